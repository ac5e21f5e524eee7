package account

import (
	"fmt"
	"slices"
	"strings"
)

const (
	fileSystemT      = "aws:efs/fileSystem:FileSystem"
	mountTargetT     = "aws:efs/mountTarget:MountTarget"
	dbClusterT       = "aws:rds/cluster:Cluster"
	dbInstanceT      = "aws:rds/clusterInstance:ClusterInstance"
	dbSubnetGroupT   = "aws:rds/subnetGroup:SubnetGroup"
	dbClusterParamsT = "aws:rds/clusterParameterGroup:ClusterParameterGroup"
	dbParamsT        = "aws:rds/parameterGroup:ParameterGroup"
	brokerT          = "aws:mq/broker:Broker"
	domainT          = "aws:opensearch/domain:Domain"
)

func securityGroups(path string) Ref {
	return Ref{Path: path, To: []string{securityGroupT}, By: "id", NotFound: "InvalidGroup.NotFound", Holds: true}
}

func subnets(path string) Ref {
	return Ref{Path: path, To: []string{subnetT}, By: "id", NotFound: "InvalidSubnetID.NotFound", Holds: true}
}

func init() {
	ofFileSystem := Ref{Path: "fileSystemId", To: []string{fileSystemT}, By: "id", NotFound: "FileSystemNotFound"}
	holdsFileSystem := ofFileSystem
	holdsFileSystem.Holds = true
	register(
		Kind{
			Token: fileSystemT, ID: "fs-{hex17}", ARN: "elasticfilesystem:{region}:{account}:file-system/{id}", Took: Took{10, 5, 5},
			Unique: "creationToken", Refs: []Ref{kmsKey("kmsKeyId")},
			Rules: []Rule{{"efs-throughput", "https://docs.aws.amazon.com/efs/latest/ug/API_CreateFileSystem.html", efsThroughput}},
			Outputs: func(c *Call) {
				c.State["dnsName"] = c.expand("{id}.efs.{region}.{suffix}")
				c.State["ownerId"], c.State["numberOfMountTargets"] = c.Account.ID, 0.0
				fill(c, "performanceMode", "generalPurpose")
				fill(c, "encrypted", false)
				once(c, "creationToken", "pulumi-{hex17}")
			},
		},
		Kind{
			Token: mountTargetT, ID: "fsmt-{hex17}", Took: Took{90, 5, 15},
			Refs: []Ref{holdsFileSystem, subnets("subnetId"), securityGroups("securityGroups[]")},
			Rules: []Rule{{
				"mount-target-per-zone", "https://docs.aws.amazon.com/efs/latest/ug/API_CreateMountTarget.html", mountTargetOnce,
			}},
			Outputs: func(c *Call) {
				subnet, fs := c.state(subnetT, c.Text("subnetId")), c.state(fileSystemT, c.Text("fileSystemId"))
				c.State["availabilityZoneName"] = subnet["availabilityZone"]
				c.State["availabilityZoneId"] = subnet["availabilityZoneId"]
				c.State["dnsName"], c.State["fileSystemArn"] = fs["dnsName"], fs["arn"]
				c.State["mountTargetDnsName"] = fmt.Sprintf("%v.%v", subnet["availabilityZone"], fs["dnsName"])
				c.State["ownerId"] = c.Account.ID
				once(c, "networkInterfaceId", "eni-{hex17}")
				fill(c, "ipAddress", "10.0.0.5")
			},
		},
		Kind{
			Token: "aws:efs/fileSystemPolicy:FileSystemPolicy", ID: "{fileSystemId}", Refs: []Ref{ofFileSystem}, Took: Took{2, 2, 2},
			Rules: []Rule{{"efs-policy", "https://docs.aws.amazon.com/efs/latest/ug/API_PutFileSystemPolicy.html", efsPolicy}},
		},
		Kind{
			Token: "aws:efs/backupPolicy:BackupPolicy", ID: "{fileSystemId}", Refs: []Ref{ofFileSystem}, Took: Took{2, 2, 2},
		},
		Kind{
			Token: dbSubnetGroupT, ID: "{name}", ARN: "rds:{region}:{account}:subgrp:{name}", Unique: "name", Took: Took{2, 1, 1},
			Refs:    []Ref{subnets("subnetIds[]")},
			Rules:   []Rule{{"db-subnet-group-zones", "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSubnetGroup.html", subnetGroupZones}},
			Outputs: func(c *Call) { c.State["vpcId"] = c.state(subnetT, c.Text("subnetIds[]"))["vpcId"] },
		},
		Kind{
			Token: dbClusterParamsT, ID: "{name}", ARN: "rds:{region}:{account}:cluster-pg:{name}", Unique: "name", Took: Took{2, 2, 1},
			Rules: []Rule{{"cluster-parameters", "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Reference.ParameterGroups.html", clusterParameters}},
		},
		Kind{
			Token: dbParamsT, ID: "{name}", ARN: "rds:{region}:{account}:pg:{name}", Unique: "name", Took: Took{2, 2, 1},
			Rules: []Rule{{"instance-parameters", "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Reference.ParameterGroups.html", instanceParameters}},
		},
		databaseCluster(),
		databaseInstance(),
		broker(),
		domain(),
	)
}

func databaseCluster() Kind {
	return Kind{
		Token: dbClusterT, ID: "{clusterIdentifier}", ARN: "rds:{region}:{account}:cluster:{clusterIdentifier}",
		Unique: "clusterIdentifier", Took: Took{90, 30, 60},
		Refs: []Ref{
			kmsKey("kmsKeyId"), kmsKey("masterUserSecretKmsKeyId"), securityGroups("vpcSecurityGroupIds[]"),
			{Path: "dbSubnetGroupName", To: []string{dbSubnetGroupT}, By: "id", NotFound: "DBSubnetGroupNotFoundFault", Holds: true},
			{Path: "dbClusterParameterGroupName", To: []string{dbClusterParamsT}, By: "id", NotFound: "DBClusterParameterGroupNotFound", Holds: true},
		},
		Rules: databaseRules,
		Outputs: func(c *Call) {
			fill(c, "port", 3306.0)
			once(c, "clusterResourceId", "cluster-{hex32}")
			once(c, "hostedZoneId", "Z{hex16}")
			host := c.hexOnce("endpoint", 12)
			name := c.Text("clusterIdentifier")
			c.State["endpoint"] = fmt.Sprintf("%s.cluster-%s.%s.rds.%s", name, host, c.Region, c.Account.DNSSuffix())
			c.State["readerEndpoint"] = fmt.Sprintf("%s.cluster-ro-%s.%s.rds.%s", name, host, c.Region, c.Account.DNSSuffix())
			c.State["engineVersionActual"] = c.In["engineVersion"]
			fill(c, "backupRetentionPeriod", 1.0)
			c.State["availabilityZones"] = anys(storageZones(c))
			delete(c.State, "masterUserSecrets") // of a password that was managed before
			if c.True("manageMasterUserPassword") {
				c.State["masterUserSecrets"] = []any{map[string]any{
					"kmsKeyId": c.In["masterUserSecretKmsKeyId"], "secretStatus": "active",
					"secretArn": c.expand("arn:{partition}:secretsmanager:{region}:{account}:secret:rds!cluster-" + host),
				}}
			}
		},
		OnDelete: deleteDatabase,
	}
}

// storageZones are where RDS puts a cluster's storage: three zones, whatever was asked for.
func storageZones(c *Call) []string {
	zones := c.Texts("availabilityZones[]")
	for _, zone := range Zones(c.Region) {
		if len(zones) < 3 && !slices.Contains(zones, zone) {
			zones = append(zones, zone)
		}
	}
	slices.Sort(zones)
	return zones
}

func databaseInstance() Kind {
	return Kind{
		Token: dbInstanceT, ID: "{identifier}", ARN: "rds:{region}:{account}:db:{identifier}", Unique: "identifier", Took: Took{480, 60, 300},
		Refs: []Ref{
			{Path: "clusterIdentifier", To: []string{dbClusterT}, By: "id", NotFound: "DBClusterNotFoundFault", Holds: true},
			{Path: "dbSubnetGroupName", To: []string{dbSubnetGroupT}, By: "id", NotFound: "DBSubnetGroupNotFoundFault", Holds: true},
			{Path: "dbParameterGroupName", To: []string{dbParamsT}, By: "id", NotFound: "DBParameterGroupNotFound", Holds: true},
			kmsKey("performanceInsightsKmsKeyId"),
			{Path: "monitoringRoleArn", To: []string{roleT}, By: "arn", NotFound: "InvalidParameterValue"},
		},
		Rules: instanceRules,
		Outputs: func(c *Call) {
			cluster := c.state(dbClusterT, c.Text("clusterIdentifier"))
			for _, same := range []string{"kmsKeyId", "storageEncrypted", "port", "engineVersionActual"} {
				c.State[same] = cluster[same]
			}
			fill(c, "availabilityZone", Zones(c.Region)[0])
			fill(c, "dbSubnetGroupName", cluster["dbSubnetGroupName"])
			once(c, "dbiResourceId", "db-{hex32}")
			c.State["endpoint"] = fmt.Sprintf("%s.%s.%s.rds.%s", c.self.ID, c.hexOnce("endpoint", 12), c.Region, c.Account.DNSSuffix())
			writers := c.Find(dbInstanceT, func(r *Resource) bool {
				return r.State["clusterIdentifier"] == c.Text("clusterIdentifier") && r.State["writer"] == true && r != c.Old
			})
			c.State["writer"] = len(writers) == 0
		},
	}
}

func broker() Kind {
	return Kind{
		Token: brokerT, ID: "b-{uuid}", ARN: "mq:{region}:{account}:broker:{brokerName}:{id}", Unique: "brokerName", Took: Took{1080, 600, 300},
		Refs:  []Ref{subnets("subnetIds[]"), securityGroups("securityGroups[]"), kmsKey("encryptionOptions.kmsKeyId")},
		Rules: brokerRules,
		Outputs: func(c *Call) {
			host := fmt.Sprintf("%s.mq.%s.on.aws", c.self.ID, c.Region)
			c.State["instances"] = []any{map[string]any{
				"consoleUrl": "https://" + host, "ipAddress": "",
				"endpoints": []any{"amqps://" + host + ":5671"},
			}}
			fill(c, "authenticationStrategy", "simple")
			fill(c, "storageType", "ebs")
			fill(c, "pendingDataReplicationMode", "NONE")
		},
	}
}

func domain() Kind {
	return Kind{
		Token: domainT, ID: "{arn}", ARN: "es:{region}:{account}:domain/{domainName}", Unique: "domainName", Took: Took{1500, 3600, 900},
		Refs: []Ref{
			subnets("vpcOptions.subnetIds[]"), securityGroups("vpcOptions.securityGroupIds[]"), kmsKey("encryptAtRest.kmsKeyId"),
			{Path: "logPublishingOptions[].cloudwatchLogGroupArn", To: []string{logGroupT}, By: "arn", NotFound: "ValidationException"},
		},
		Rules: domainRules,
		Outputs: func(c *Call) {
			c.self.ID = c.State["arn"].(string)
			c.State["domainId"] = c.Account.ID + "/" + c.Text("domainName")
			c.State["endpoint"] = fmt.Sprintf("vpc-%s-%s.%s.es.%s", c.Text("domainName"), c.hexOnce("endpoint", 26), c.Region, c.Account.DNSSuffix())
			c.State["dashboardEndpoint"] = fmt.Sprint(c.State["endpoint"], "/_dashboards")
			fill(c, "ipAddressType", "ipv4")
		},
	}
}

// fill gives a computed property a value unless one was asked for.
func fill(c *Call, property string, value any) {
	if c.State[property] == nil {
		c.State[property] = value
	}
}

// hexOnce returns hexadecimal digits for a part of an endpoint; the same ones as long as the resource lives.
func (c *Call) hexOnce(part string, n int) string {
	if c.self.digits == nil {
		c.self.digits = map[string]string{}
		if c.Old != nil && c.Old.digits != nil {
			c.self.digits = c.Old.digits
		}
	}
	if c.self.digits[part] == "" {
		c.self.digits[part] = c.Account.hex(n)
	}
	return c.self.digits[part]
}

func anys(values []string) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = v
	}
	return out
}

func efsThroughput(c *Call) error {
	if c.Text("performanceMode") == "maxIO" && c.Text("throughputMode") == "elastic" {
		return fmt.Errorf("BadRequest: throughput mode 'elastic' is not supported for performance mode 'maxIO'")
	}
	if c.Text("kmsKeyId") != "" && !c.True("encrypted") {
		return fmt.Errorf("BadRequest: a KMS key needs encrypted to be true")
	}
	return nil
}

func mountTargetOnce(c *Call) error {
	zone := c.state(subnetT, c.Text("subnetId"))["availabilityZone"]
	same := c.Find(mountTargetT, func(r *Resource) bool {
		return r != c.Old && r.State["fileSystemId"] == c.Text("fileSystemId") && r.State["availabilityZoneName"] == zone
	})
	if len(same) > 0 {
		return fmt.Errorf("MountTargetConflict: a mount target already exists in %v", zone)
	}
	return nil
}

func efsPolicy(c *Call) error {
	doc, err := document(c.Text("policy"))
	if err != nil || len(doc.Statement) == 0 {
		return fmt.Errorf("InvalidPolicyException: the file system policy is not a policy")
	}
	arn := c.state(fileSystemT, c.Text("fileSystemId"))["arn"]
	for _, s := range doc.Statement {
		p, _ := s.Principal.(map[string]any)
		for _, role := range list(p["AWS"]) {
			if strings.Contains(role, ":role/") && !c.roleExists(role) {
				return fmt.Errorf("InvalidPolicyException: invalid principal %s", role)
			}
		}
		for _, r := range list(s.Resource) {
			if r != arn && r != "*" {
				return fmt.Errorf("InvalidPolicyException: resource %s is not this file system", r)
			}
		}
	}
	return nil
}

func subnetGroupZones(c *Call) error {
	zones := c.zonesOf(c.Texts("subnetIds[]"))
	if len(slices.Compact(slices.Sorted(slices.Values(zones)))) < 2 {
		return fmt.Errorf("DBSubnetGroupDoesNotCoverEnoughAZs: the DB subnet group doesn't meet Availability Zone (AZ) coverage requirement of at least 2, got %v", zones)
	}
	return nil
}

// zonesOf returns the availability zone of each subnet.
func (c *Call) zonesOf(ids []string) []string {
	var zones []string
	for _, id := range ids {
		if s := c.ByID(subnetT, id); s != nil {
			zones = append(zones, fmt.Sprint(s.State["availabilityZone"]))
		}
	}
	return zones
}

func deleteDatabase(c *Call) error {
	if c.State["deletionProtection"] == true {
		return fmt.Errorf("InvalidParameterCombination: cannot delete protected cluster, please disable deletion protection and try again")
	}
	if c.State["skipFinalSnapshot"] == true {
		return nil
	}
	name, _ := c.State["finalSnapshotIdentifier"].(string)
	if name == "" {
		return fmt.Errorf("RDS Cluster finalSnapshotIdentifier is required when a final snapshot is required")
	}
	if c.IsKept("snapshot", name) {
		return fmt.Errorf("DBClusterSnapshotAlreadyExistsFault: cannot create the cluster snapshot because one with the identifier %s already exists", name)
	}
	c.Keep("snapshot", name, "database snapshot "+name)
	return nil
}
