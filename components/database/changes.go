package database

import (
	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/changes"
	"github.com/morpheus-ha/morpheus-aws/internal/versions"
)

const (
	losesRows   = "replaces the cluster - data loss but for the final snapshot"
	newInstance = "replaces an instance, a failover when it is the writer"
	restartsAll = "restarts the instances in the maintenance window, a failover of about a minute"
)

// Changes lists what a change of a property does to the rows.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Modifying.html
var Changes = changes.Table{
	{
		Token: awstoken.RDSCluster, Property: "clusterIdentifier", Effect: changes.DataLoss,
		Risk: losesRows, Input: "name", Keys: "database.name",
	},
	{
		Token: awstoken.RDSCluster, Property: "kmsKeyId", Effect: changes.DataLoss,
		Risk: losesRows, Input: "keyArn", Keys: "encryption.keys.database",
	},
	{Token: awstoken.RDSCluster, Property: "storageEncrypted", Effect: changes.DataLoss, Risk: losesRows},
	{Token: awstoken.RDSCluster, Property: "masterUsername", Effect: changes.DataLoss, Risk: losesRows},
	{Token: awstoken.RDSCluster, Property: "availabilityZones", Effect: changes.DataLoss, Risk: losesRows},
	{Token: awstoken.RDSCluster, Property: "dbSubnetGroupName", Effect: changes.DataLoss, Risk: losesRows},
	{Token: awstoken.RDSCluster, Property: "databaseName", Effect: changes.DataLoss, Risk: losesRows},
	{Token: awstoken.RDSCluster, Property: "engine", Effect: changes.DataLoss, Risk: losesRows},
	{
		Token: awstoken.RDSCluster, Property: "engineVersion", Effect: changes.Refused,
		Risk: "is a downgrade, which Aurora refuses", When: versions.Lowered,
		Input: "engineVersion", Keys: "database.engineVersion",
	},
	{
		Token: awstoken.RDSCluster, Property: "engineVersion", Effect: changes.Restart,
		Risk: restartsAll, Input: "engineVersion", Keys: "database.engineVersion",
	},
	{
		Token: awstoken.RDSCluster, Property: "dbClusterParameterGroupName", Effect: changes.Restart,
		Risk: "takes the new parameters at the next restart of an instance",
	},
	{
		Token: awstoken.RDSCluster, Property: "port", Effect: changes.Restart,
		Risk: "restarts every instance, and the nodes must learn the new port",
	},
	{
		Token: awstoken.RDSCluster, Property: "masterPassword", Effect: changes.ManualStep,
		Risk: "new administrator password; clients with the old one must read the secret again",
		Keys: "rotation.databaseAdministrator",
	},
	{
		Token: awstoken.RDSCluster, Property: "manageMasterUserPassword", Effect: changes.ManualStep,
		Risk:  "the administrator moves to another secret; its readers need the new ARN",
		Input: "administratorSecret", Keys: "database.administratorSecret",
	},
	{
		Token: awstoken.RDSClusterInstance, Property: "identifier", Effect: changes.Replacement,
		Risk: newInstance,
	},
	{
		Token: awstoken.RDSClusterInstance, Property: "availabilityZone", Effect: changes.Replacement,
		Risk: newInstance, Keys: "network.availabilityZones",
	},
	{
		Token: awstoken.RDSClusterInstance, Property: "clusterIdentifier", Effect: changes.Replacement,
		Risk: newInstance, Keys: "database.name",
	},
	{
		Token: awstoken.RDSClusterInstance, Property: "dbSubnetGroupName", Effect: changes.Replacement,
		Risk: newInstance,
	},
	{Token: awstoken.RDSClusterInstance, Property: "engine", Effect: changes.Replacement, Risk: newInstance},
	{
		Token: awstoken.RDSClusterInstance, Property: "instanceClass", Effect: changes.Restart,
		Risk: restartsAll, Input: "instanceClass", Keys: "database.instanceClass",
	},
	{
		Token: awstoken.RDSClusterInstance, Property: "dbParameterGroupName", Effect: changes.Restart,
		Risk: "takes the new parameters at the next restart of the instance",
	},
	// A data loss, although this region keeps its rows: the other regions lose theirs, and AWS cannot undo it.
	{
		Token: awstoken.RDSGlobalCluster, Property: "globalClusterIdentifier", Effect: changes.DataLoss,
		Risk: "leaves the global database - other regions are cut off from the data", When: wasGiven,
		Input: "globalDatabase", Keys: "recovery.mode",
	},
	{
		Token: awstoken.RandomPassword, Property: "keepers", Effect: changes.ManualStep,
		Risk: "new password in the secret; the user of the database keeps the old one until docs/secrets.md is followed",
		Keys: "rotation.databaseUser",
	},
}

// wasGiven selects the changes of a value that was there before; a new value does not count.
func wasGiven(old, _ any) bool { return old != nil && old != "" }
