package risk

import (
	"fmt"
	"strings"
)

const (
	passwordT    = "random:index/randomPassword:RandomPassword" // #nosec G101 -- a type token
	fileSystemT  = "aws:efs/fileSystem:FileSystem"
	mountTargetT = "aws:efs/mountTarget:MountTarget"
	replicaT     = "aws:efs/replicationConfiguration:ReplicationConfiguration"
	clusterT     = "aws:rds/cluster:Cluster"
	instanceT    = "aws:rds/clusterInstance:ClusterInstance"
	globalT      = "aws:rds/globalCluster:GlobalCluster"
	brokerT      = "aws:mq/broker:Broker"
	domainT      = "aws:opensearch/domain:Domain"
)

// https://docs.aws.amazon.com/efs/latest/ug/API_UpdateFileSystem.html: throughput is all that an update changes.
const losesFiles = "replaces the file system - data loss"

var fileSystem = []Row{
	{Token: fileSystemT, Property: "creationToken", Effect: Loses, Risk: losesFiles, Input: "name", Keys: "filesystem.name"},
	{Token: fileSystemT, Property: "performanceMode", Effect: Loses, Risk: losesFiles, Input: "performanceMode", Keys: "filesystem.performanceMode"},
	{Token: fileSystemT, Property: "kmsKeyId", Effect: Loses, Risk: losesFiles, Input: "keyArn", Keys: "encryption.keys.filesystem"},
	{Token: fileSystemT, Property: "encrypted", Effect: Loses, Risk: losesFiles},
	{Token: fileSystemT, Property: "availabilityZoneName", Effect: Loses, Risk: losesFiles},
	{Token: mountTargetT, Property: "subnetId", Effect: Replaces, Risk: "replaces a mount target, the nodes of its zone hang for minutes", Keys: "network.availabilityZones"},
	{Token: replicaT, Property: "destination", Effect: Replaces, Risk: "copies everything anew, the former copy stays, writable and paid for", Input: "replicaRegion", Keys: "filesystem.replicationRegion, filesystem.replicationKeyArn"},
}

// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Modifying.html
const (
	losesRows   = "replaces the cluster - data loss but for the final snapshot"
	newInstance = "replaces an instance, a failover when it is the writer"
	restartsAll = "restarts the instances in the maintenance window, a failover of about a minute"
)

// had tells a change of what there was from what comes new.
func had(old, _ any) bool { return old != nil && old != "" }

var database = []Row{
	{Token: clusterT, Property: "clusterIdentifier", Effect: Loses, Risk: losesRows, Input: "identifier", Keys: "database.name"},
	{Token: clusterT, Property: "kmsKeyId", Effect: Loses, Risk: losesRows, Input: "keyArn", Keys: "encryption.keys.database"},
	{Token: clusterT, Property: "storageEncrypted", Effect: Loses, Risk: losesRows},
	{Token: clusterT, Property: "masterUsername", Effect: Loses, Risk: losesRows},
	{Token: clusterT, Property: "availabilityZones", Effect: Loses, Risk: losesRows},
	{Token: clusterT, Property: "dbSubnetGroupName", Effect: Loses, Risk: losesRows},
	{Token: clusterT, Property: "databaseName", Effect: Loses, Risk: losesRows},
	{Token: clusterT, Property: "engine", Effect: Loses, Risk: losesRows},
	{Token: clusterT, Property: "engineVersion", Effect: Restarts, Risk: restartsAll, Input: "engineVersion", Keys: "database.engineVersion"},
	{Token: clusterT, Property: "dbClusterParameterGroupName", Effect: Restarts, Risk: "takes the new parameters at the next restart of an instance"},
	{Token: clusterT, Property: "port", Effect: Restarts, Risk: "restarts every instance, and the nodes must learn the new port"},
	{Token: clusterT, Property: "masterPassword", Effect: Waits, Risk: "new administrator password; whoever holds the old one must read the secret again", Keys: "rotation.databaseAdministrator"},
	{Token: clusterT, Property: "manageMasterUserPassword", Effect: Waits, Risk: "the administrator moves to another secret; whoever reads it must learn its ARN", Input: "administrator", Keys: "database.administratorSecret"},
	{Token: instanceT, Property: "identifier", Effect: Replaces, Risk: newInstance},
	{Token: instanceT, Property: "availabilityZone", Effect: Replaces, Risk: newInstance, Keys: "network.availabilityZones"},
	{Token: instanceT, Property: "clusterIdentifier", Effect: Replaces, Risk: newInstance},
	{Token: instanceT, Property: "dbSubnetGroupName", Effect: Replaces, Risk: newInstance},
	{Token: instanceT, Property: "engine", Effect: Replaces, Risk: newInstance},
	{Token: instanceT, Property: "instanceClass", Effect: Restarts, Risk: restartsAll, Input: "instanceClass", Keys: "database.instanceClass"},
	{Token: instanceT, Property: "dbParameterGroupName", Effect: Restarts, Risk: "takes the new parameters at the next restart of the instance"},
	// Loses: this region keeps its rows, but AWS protects the global database too, and goes no way back.
	{Token: globalT, Property: "globalClusterIdentifier", Effect: Loses, Risk: "leaves the global database - other regions are cut off from the data", When: had, Input: "globalIdentifier", Keys: "database.globalDatabase"},
	{Token: passwordT, Property: "keepers", Effect: Waits, Risk: "new password in the secret; the user of the database keeps the old one until docs/secrets.md is followed", Keys: "rotation.databaseUser"},
}

// https://docs.aws.amazon.com/amazon-mq/latest/developer-guide/amazon-mq-editing-broker-preferences.html
const (
	losesMessages = "replaces the broker - its messages, users and virtual hosts are lost"
	rebootsNodes  = "reboot in the maintenance window, one node at a time in a cluster; clients reconnect"
)

var messaging = []Row{
	{Token: brokerT, Property: "brokerName", Effect: Loses, Risk: losesMessages, Input: "brokerName", Keys: "messaging.name"},
	{Token: brokerT, Property: "deploymentMode", Effect: Loses, Risk: losesMessages, Input: "deploymentMode", Keys: "messaging.deploymentMode"},
	{Token: brokerT, Property: "subnetIds", Effect: Loses, Risk: losesMessages, Input: "subnetIds", Keys: "network.availabilityZones"},
	{Token: brokerT, Property: "securityGroups", Effect: Loses, Risk: losesMessages, Input: "securityGroupId"},
	{Token: brokerT, Property: "encryptionOptions.kmsKeyId", Effect: Loses, Risk: losesMessages, Input: "keyArn", Keys: "encryption.keys.messaging"},
	{Token: brokerT, Property: "encryptionOptions.useAwsOwnedKey", Effect: Loses, Risk: losesMessages},
	{Token: brokerT, Property: "engineType", Effect: Loses, Risk: losesMessages},
	{Token: brokerT, Property: "publiclyAccessible", Effect: Loses, Risk: losesMessages},
	{Token: brokerT, Property: "hostInstanceType", Effect: Restarts, Risk: rebootsNodes, Input: "instanceType", Keys: "messaging.instanceType"},
	{Token: brokerT, Property: "engineVersion", Effect: Restarts, Risk: rebootsNodes, Input: "engineVersion", Keys: "messaging.engineVersion"},
	{Token: brokerT, Property: "logs", Effect: Restarts, Risk: rebootsNodes},
	{Token: passwordT, Property: "keepers", Effect: Waits, Risk: "new password in the secret; the broker keeps the old one until docs/secrets.md is followed", Keys: "rotation.messaging"},
}

// https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-configuration-changes.html
const (
	losesIndexes = "replaces the domain - its indexes and automatic snapshots are lost"
	blueGreen    = "blue/green, ~1-2 h, double capacity and free addresses needed meanwhile"
)

var search = []Row{
	{Token: domainT, Property: "domainName", Effect: Loses, Risk: losesIndexes, Input: "domainName", Keys: "search.name"},
	{Token: domainT, Property: "engineVersion", Effect: Loses, Risk: losesIndexes, Input: "engineVersion", When: notAnUpgrade, Keys: "search.engineVersion"},
	{Token: domainT, Property: "engineVersion", Effect: BlueGreen, Risk: blueGreen + "; there is no way back", Input: "engineVersion", Keys: "search.engineVersion"},
	{Token: domainT, Property: "encryptAtRest.kmsKeyId", Effect: Loses, Risk: losesIndexes, Input: "keyArn", Keys: "encryption.keys.search"},
	{Token: domainT, Property: "clusterConfig.instanceType", Effect: BlueGreen, Risk: blueGreen, Input: "instanceType", Keys: "search.instanceType"},
	{Token: domainT, Property: "clusterConfig.instanceCount", Effect: BlueGreen, Risk: "without dedicated masters " + blueGreen + "; with them in place", Keys: "search.instanceCount"},
	{Token: domainT, Property: "clusterConfig.dedicatedMasterEnabled", Effect: BlueGreen, Risk: blueGreen, Input: "dedicatedMasters", Keys: "search.dedicatedMasters"},
	{Token: domainT, Property: "clusterConfig.dedicatedMasterCount", Effect: BlueGreen, Risk: blueGreen, Input: "dedicatedMasters", Keys: "search.dedicatedMasters"},
	{Token: domainT, Property: "clusterConfig.dedicatedMasterType", Effect: BlueGreen, Risk: blueGreen, Input: "masterInstanceType", Keys: "search.masterInstanceType"},
	{Token: domainT, Property: "clusterConfig.zoneAwarenessEnabled", Effect: BlueGreen, Risk: blueGreen, Input: "zones", Keys: "search.instanceCount"},
	{Token: domainT, Property: "clusterConfig.zoneAwarenessConfig", Effect: BlueGreen, Risk: blueGreen, Input: "zones", Keys: "search.instanceCount"},
	{Token: domainT, Property: "vpcOptions.subnetIds", Effect: BlueGreen, Risk: blueGreen, Input: "subnetIds", Keys: "network.availabilityZones"},
	{Token: domainT, Property: "vpcOptions.securityGroupIds", Effect: BlueGreen, Risk: blueGreen, Input: "securityGroupId"},
	{Token: domainT, Property: "ebsOptions.volumeType", Effect: BlueGreen, Risk: blueGreen},
	{Token: domainT, Property: "ebsOptions.volumeSize", Effect: BlueGreen, Risk: blueGreen, When: smaller, Input: "volumeSizeGiB", Keys: "search.volumeGiB"},
	{Token: domainT, Property: "logPublishingOptions", Effect: BlueGreen, Risk: blueGreen},
	{Token: domainT, Property: "advancedSecurityOptions.masterUserOptions", Effect: Waits, Risk: "new password at once; the nodes cannot search until they are reconfigured (docs/secrets.md)", Keys: "rotation.search"},
	{Token: passwordT, Property: "keepers", Effect: Waits, Risk: "new password at once; the nodes cannot search until they are reconfigured (docs/secrets.md)", Keys: "rotation.search"},
}

// notAnUpgrade: the provider asks AWS which versions a domain can be taken to, and replaces it for any other.
func notAnUpgrade(old, wanted any) bool {
	a, known := release(old)
	b, also := release(wanted)
	return known && also && (b[0] < a[0] || b[0] == a[0] && b[1] < a[1])
}

func release(version any) (numbers [2]int, ok bool) {
	text := strings.TrimPrefix(fmt.Sprint(version), "OpenSearch_")
	_, err := fmt.Sscanf(text, "%d.%d", &numbers[0], &numbers[1])
	return numbers, err == nil
}

func smaller(old, wanted any) bool {
	a, known := number(old)
	b, also := number(wanted)
	return known && also && b < a
}

func number(v any) (float64, bool) {
	var n float64
	_, err := fmt.Sscan(fmt.Sprint(v), &n)
	return n, err == nil
}
