package awstypes

import (
	"fmt"
	"slices"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
)

const (
	windowOfDay  = `([01][0-9]|2[0-3]):[0-5][0-9]`
	windowOfWeek = `(mon|tue|wed|thu|fri|sat|sun):` + windowOfDay
)

// Checks of rds/validate.go.
var (
	rdsIdentifier = []Check{
		matches(`^[a-z][0-9a-z-]*$`), never(`--`, "have two hyphens in a row"), never(`-$`, "end with a hyphen"),
	}
	parameterGroupName = []Check{
		matches(`^[a-z][0-9a-z.-]*$`), never(`--`, "have two hyphens in a row"), never(`-$`, "end with a hyphen"),
	}
	dayWindow  = matches(`^(` + windowOfDay + `-` + windowOfDay + `)?$`)
	weekWindow = matches(`(?i)^(` + windowOfWeek + `-` + windowOfWeek + `)?$`)
)

func rdsTypes() []Type {
	return []Type{
		databaseCluster(), databaseInstance(), databaseSubnetGroup(), clusterParameterGroup(), parameterGroup(),
		eventSubscription(), globalCluster(),
	}
}

// toDatabase is a reference to a resource of RDS that blocks its deletion.
func toDatabase(path, token, by, notFound string) Reference {
	return Reference{Path: path, To: []string{token}, By: by, NotFound: notFound, BlocksDelete: true}
}

func databaseCluster() Type {
	return Type{
		Token: awstoken.RDSCluster,
		Simulation: Simulation{
			ID: "{clusterIdentifier}", ARN: "rds:{region}:{account}:cluster:{clusterIdentifier}",
			Unique:   "clusterIdentifier",
			Duration: Duration{Create: 90, Update: 30, Delete: 60},
			References: []Reference{
				toKey("kmsKeyId"), toKey("masterUserSecretKmsKeyId"), toSecurityGroups("vpcSecurityGroupIds[]"),
				toDatabase("dbSubnetGroupName", awstoken.RDSSubnetGroup, "id", "DBSubnetGroupNotFoundFault"),
				toDatabase("dbClusterParameterGroupName", awstoken.RDSClusterParameterGroup, "id",
					"DBClusterParameterGroupNotFound"),
			},
			Rules:    clusterRules,
			Outputs:  clusterOutputs,
			OnDelete: deleteDatabase,
		},
		Provider: Provider{
			Source:    "rds/cluster",
			Autonamed: "clusterIdentifier", NameLimit: 63,
			Checks: map[string][]Check{
				"clusterIdentifier": rdsIdentifier,
				"finalSnapshotIdentifier": {
					matches(
						`^[0-9A-Za-z-]+$`,
					), never(`--`, "have two hyphens in a row"), never(`-$`, "end with a hyphen"),
				},
				"kmsKeyId":                   {isARN},
				"preferredBackupWindow":      {dayWindow},
				"preferredMaintenanceWindow": {weekWindow},
			},
			// The SDK's documentation of the property (rds/cluster.go) has it; it is newer than the provider
			// version of the schema.
			AlsoAccepted: map[string][]any{"enabledCloudwatchLogsExports": {"iam-db-auth-error"}},
			// RDS gives a cluster with one or two zones three zones, and the next plan replaces it:
			// https://github.com/pulumi/pulumi-aws/issues/1276
			ComparedWithState: []string{"availabilityZones"},
		},
		Permissions: &Permissions{
			Read: actions("rds: DescribeDBClusters DescribeGlobalClusters"),
			Write: actions("rds: CreateDBCluster RestoreDBClusterFromSnapshot ModifyDBCluster DeleteDBCluster " +
				"RemoveFromGlobalCluster AddTagsToResource RemoveTagsFromResource"),
			// For a managed password, RDS creates a secret with the permissions of the caller:
			// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-secrets-manager.html
			Dependent: actions("rds: CreateDBClusterSnapshot", "secretsmanager: CreateSecret TagResource RotateSecret",
				"kms: CreateGrant Decrypt GenerateDataKey"),
			NeverCalled: []NeverCalled{
				{Actions: actions("rds: AddRoleToDBCluster RemoveRoleFromDBCluster"), Because: "no role"},
				{Actions: actions("rds: DisableHttpEndpoint EnableHttpEndpoint"), Because: "no data API"},
				{
					Actions: actions("rds: PromoteReadReplicaDBCluster RestoreDBClusterFromS3 " +
						"RestoreDBClusterToPointInTime"),
					Because: "it is new, or restored from a snapshot",
				},
			},
		},
		Listing: &Listing{
			Kind: "database cluster", Service: "rds", Call: "DescribeDBClusters", ID: `<DBClusterIdentifier>([^<]+)`,
		},
		Example: Values{
			"clusterIdentifier": "app", "engine": "aurora-mysql", "engineVersion": "8.0.mysql_aurora.3.10.4",
			"masterUsername": "root", "manageMasterUserPassword": true, "dbSubnetGroupName": "${db-subnets.name}",
			"dbClusterParameterGroupName": "${cluster-params.name}", "vpcSecurityGroupIds": []any{"${group.id}"},
			"storageEncrypted": true, "kmsKeyId": "${key.arn}", "backupRetentionPeriod": 7,
			"preferredBackupWindow": "03:00-04:00", "preferredMaintenanceWindow": "sun:05:00-sun:06:00",
			"finalSnapshotIdentifier": "app-final",
		},
	}
}

func clusterOutputs(c *Call) {
	c.fill("port", 3306.0)
	c.once("clusterResourceId", "cluster-{hex32}")
	c.once("hostedZoneId", "Z{hex16}")
	host, name := c.digitsOnce("endpoint", 12), c.Text("clusterIdentifier")
	suffix := c.Region + ".rds." + DNSSuffix(c.Partition)
	c.State["endpoint"] = fmt.Sprintf("%s.cluster-%s.%s", name, host, suffix)
	c.State["readerEndpoint"] = fmt.Sprintf("%s.cluster-ro-%s.%s", name, host, suffix)
	c.State["engineVersionActual"] = c.In["engineVersion"]
	c.fill("backupRetentionPeriod", 1.0)
	c.State["availabilityZones"] = anys(storageZones(c))
	joinGlobal(c)
	delete(c.State, "masterUserSecrets") // the password was managed before
	if c.isTrue("manageMasterUserPassword") {
		c.State["masterUserSecrets"] = []any{map[string]any{
			"kmsKeyId": c.In["masterUserSecretKmsKeyId"], "secretStatus": "active",
			"secretArn": c.Expand("arn:{partition}:secretsmanager:{region}:{account}:secret:rds!cluster-" + host),
		}}
	}
}

// storageZones are the zones of a cluster's storage: always three.
func storageZones(c *Call) []string {
	zones := c.texts("availabilityZones[]")
	for _, zone := range Zones(c.Region) {
		if len(zones) < 3 && !slices.Contains(zones, zone) {
			zones = append(zones, zone)
		}
	}
	slices.Sort(zones)
	return zones
}

func deleteDatabase(c *Call) error {
	if c.State["deletionProtection"] == true {
		return fmt.Errorf("InvalidParameterCombination: cannot delete protected cluster, please disable " +
			"deletion protection and try again")
	}
	if c.State["skipFinalSnapshot"] == true {
		leaveGlobal(c)
		return nil
	}
	name, _ := c.State["finalSnapshotIdentifier"].(string)
	if name == "" {
		return fmt.Errorf("RDS Cluster finalSnapshotIdentifier is required when a final snapshot is required")
	}
	if c.isKept("snapshot", name) {
		return fmt.Errorf("DBClusterSnapshotAlreadyExistsFault: cannot create the cluster snapshot because one "+
			"with the identifier %s already exists", name)
	}
	c.keep("snapshot", name, "database snapshot "+name)
	leaveGlobal(c)
	return nil
}

func databaseInstance() Type {
	return Type{
		Token: awstoken.RDSClusterInstance,
		Simulation: Simulation{
			ID: "{identifier}", ARN: "rds:{region}:{account}:db:{identifier}", Unique: "identifier",
			Duration: Duration{Create: 480, Update: 60, Delete: 300},
			References: []Reference{
				toDatabase("clusterIdentifier", awstoken.RDSCluster, "id", "DBClusterNotFoundFault"),
				toDatabase("dbSubnetGroupName", awstoken.RDSSubnetGroup, "id", "DBSubnetGroupNotFoundFault"),
				toDatabase("dbParameterGroupName", awstoken.RDSParameterGroup, "id", "DBParameterGroupNotFound"),
				toKey("performanceInsightsKmsKeyId"), toRole("monitoringRoleArn", "InvalidParameterValue"),
			},
			Rules:   instanceRules,
			Outputs: instanceOutputs,
		},
		Provider: Provider{
			Source:    "rds/cluster_instance",
			Autonamed: "identifier", NameLimit: 63,
			Checks: map[string][]Check{
				"identifier":                         rdsIdentifier,
				"performanceInsightsRetentionPeriod": {insightsPeriod},
				"preferredBackupWindow":              {dayWindow},
				"preferredMaintenanceWindow":         {weekWindow},
			},
		},
		Permissions: &Permissions{
			Read: actions("rds: DescribeDBInstances DescribeDBClusters"),
			Write: actions("rds: CreateDBInstance ModifyDBInstance RebootDBInstance DeleteDBInstance " +
				"AddTagsToResource RemoveTagsFromResource"),
			Dependent: actions("iam: PassRole"),
			NeverCalled: []NeverCalled{{
				Actions: actions("rds: PromoteReadReplicaDBCluster"),
				Because: "its cluster is no replica",
			}},
		},
		Listing: &Listing{
			Kind: "database instance", Service: "rds", Call: "DescribeDBInstances",
			ID: `<DBInstanceIdentifier>([^<]+)`,
		},
		Example: Values{
			"identifier": "app-1", "clusterIdentifier": "${database.id}", "engine": "aurora-mysql",
			"instanceClass": "db.r5.xlarge", "dbSubnetGroupName": "${db-subnets.name}",
			"availabilityZone": "us-east-1a",
		},
	}
}

func instanceOutputs(c *Call) {
	cluster := c.state(awstoken.RDSCluster, c.Text("clusterIdentifier"))
	for _, same := range []string{"kmsKeyId", "storageEncrypted", "port", "engineVersionActual"} {
		c.State[same] = cluster[same]
	}
	c.fill("availabilityZone", Zones(c.Region)[0])
	c.fill("dbSubnetGroupName", cluster["dbSubnetGroupName"])
	c.once("dbiResourceId", "db-{hex32}")
	c.State["endpoint"] = fmt.Sprintf("%s.%s.%s.rds.%s",
		c.ID, c.digitsOnce("endpoint", 12), c.Region, DNSSuffix(c.Partition))
	writers := c.Find(awstoken.RDSClusterInstance, func(r *Resource) bool {
		return r.State["clusterIdentifier"] == c.Text("clusterIdentifier") && r.State["writer"] == true && r != c.Old
	})
	c.State["writer"] = len(writers) == 0
}

func insightsPeriod(v any) string {
	days, _ := v.(float64)
	if days == 7 || days == 731 || days > 0 && int(days)%31 == 0 {
		return ""
	}
	return "must be 7, 731 or a multiple of 31"
}

func globalCluster() Type {
	return Type{
		Token: awstoken.RDSGlobalCluster,
		Simulation: Simulation{
			ID: "{globalClusterIdentifier}", ARN: "rds::{account}:global-cluster:{globalClusterIdentifier}",
			Unique:   "globalClusterIdentifier",
			Duration: Duration{Create: 30, Update: 5, Delete: 60},
			References: []Reference{
				toDatabase("sourceDbClusterIdentifier", awstoken.RDSCluster, "arn", "DBClusterNotFoundFault"),
			},
			Rules: []Rule{{
				Name: "global-database-member", AWS: Error,
				Refuses: "a member with a managed password or with Backtrack",
				Source:  docs + "AmazonRDS/latest/AuroraUserGuide/aurora-global-database.html",
				Check:   globalMember,
			}},
			Outputs:  globalOutputs,
			OnDelete: globalProtected,
		},
		Provider: Provider{Source: "rds/global_cluster"},
		Permissions: &Permissions{
			Read: actions("rds: DescribeGlobalClusters DescribeDBClusters"),
			Write: actions("rds: CreateGlobalCluster ModifyGlobalCluster ModifyDBCluster RemoveFromGlobalCluster " +
				"DeleteGlobalCluster AddTagsToResource RemoveTagsFromResource"),
		},
		Listing: &Listing{
			Kind: "global database", Service: "rds", Call: "DescribeGlobalClusters",
			ID: `<GlobalClusterIdentifier>([^<]+)`,
		},
		Example: Values{"globalClusterIdentifier": "world", "sourceDbClusterIdentifier": "${own-password.arn}"},
	}
}

func globalOutputs(c *Call) {
	c.once("globalClusterResourceId", "cluster-{hex16}")
	arn := c.Text("sourceDbClusterIdentifier")
	for _, source := range c.FindBy(awstoken.RDSCluster, "arn", arn) {
		for _, same := range []string{"engine", "engineVersion", "storageEncrypted"} {
			c.State[same] = source.State[same]
		}
		c.State["engineVersionActual"] = source.State["engineVersion"]
		c.State["globalClusterMembers"] = []any{map[string]any{"dbClusterArn": arn, "isWriter": true}}
	}
}

func globalProtected(c *Call) error {
	if c.State["deletionProtection"] == true {
		return fmt.Errorf("InvalidParameterCombination: cannot delete protected global cluster, please disable " +
			"deletion protection and try again")
	}
	return nil
}

// globalMember refuses a cluster that cannot be a member of a global database.
func globalMember(c *Call) error {
	arn := c.Text("sourceDbClusterIdentifier")
	for _, source := range c.FindBy(awstoken.RDSCluster, "arn", arn) {
		switch {
		case source.State["manageMasterUserPassword"] == true:
			return fmt.Errorf("InvalidParameterCombination: a cluster whose master password is managed in AWS " +
				"Secrets Manager cannot be a member of a global database")
		case numberOr(source.State["backtrackWindow"], 0) > 0:
			return fmt.Errorf("InvalidParameterCombination: a cluster with Backtrack cannot be a member of a " +
				"global database")
		case len(c.Find(awstoken.RDSGlobalCluster, func(r *Resource) bool {
			return r.State["sourceDbClusterIdentifier"] == arn &&
				r.State["globalClusterIdentifier"] != c.Text("globalClusterIdentifier")
		})) > 0:
			return fmt.Errorf("InvalidDBClusterStateFault: the cluster is already a member of a global database")
		}
	}
	return nil
}

// inGlobalDatabase reports whether the cluster of a call is a member of a global database.
func (c *Call) inGlobalDatabase() bool {
	if c.Text("globalClusterIdentifier") != "" {
		return true
	}
	return c.Old != nil && len(c.Find(awstoken.RDSGlobalCluster, func(r *Resource) bool {
		return r.State["sourceDbClusterIdentifier"] == c.Old.State["arn"]
	})) > 0
}
