package tests

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// control is one control of Security Hub's Foundational Security Best Practices that is about the data tiers.
// https://docs.aws.amazon.com/securityhub/latest/userguide/fsbp-standard.html
type control struct {
	// ids are controls that one value decides.
	ids string
	// token of the resources that it is about, such as "rds/cluster:Cluster".
	token string
	// what is to hold of each of them.
	what  string
	holds func(r *recorder, res *registered) bool
	// except says why production fails it, knowingly; the decisions name it too. dev says why development does.
	except, dev string
}

func value(path string, want any) func(*recorder, *registered) bool {
	return func(_ *recorder, res *registered) bool { return fmt.Sprint(res.get(path)) == fmt.Sprint(want) }
}

func given(path string) func(*recorder, *registered) bool {
	return func(_ *recorder, res *registered) bool { return len(res.at(path)) > 0 && res.at(path)[0] != "" }
}

func holding(path string, want ...string) func(*recorder, *registered) bool {
	return func(_ *recorder, res *registered) bool {
		return !slices.ContainsFunc(want, func(w string) bool { return !slices.Contains(res.texts(path), w) })
	}
}

func number(path string, least float64) func(*recorder, *registered) bool {
	return func(_ *recorder, res *registered) bool { n, ok := res.get(path).(float64); return ok && n >= least }
}

const (
	dbCluster  = "rds/cluster:Cluster"
	dbInstance = "rds/clusterInstance:ClusterInstance"
	dbEvents   = "rds/eventSubscription:EventSubscription"
	osDomain   = "opensearch/domain:Domain"
	noBuckets  = "it is one bucket of snapshots that only one service reads and writes"
)

var controls = []control{
	{"EFS.1 EFS.8", "efs/fileSystem:FileSystem", "encrypted", value("encrypted", true), "", ""},
	{"EFS.7", "efs/backupPolicy:BackupPolicy", "automatic backups", value("backupPolicy.status", "ENABLED"), "", ""},

	{"Opensearch.1", osDomain, "encrypted at rest", value("encryptAtRest.enabled", true), "", ""},
	{"Opensearch.2", osDomain, "in a VPC", given("vpcOptions.subnetIds"), "", ""},
	{"Opensearch.3", osDomain, "encrypted between nodes", value("nodeToNodeEncryption.enabled", true), "", ""},
	{"Opensearch.4 Opensearch.5", osDomain, "error and audit logs", holding("logPublishingOptions.logType", "ES_APPLICATION_LOGS", "AUDIT_LOGS"), "", ""},
	{"Opensearch.6", osDomain, "three data nodes over zones", func(r *recorder, res *registered) bool {
		return number("clusterConfig.instanceCount", 3)(r, res) && value("clusterConfig.zoneAwarenessEnabled", true)(r, res)
	}, "", "two small nodes cost less"},
	{"Opensearch.7", osDomain, "fine-grained access control", value("advancedSecurityOptions.enabled", true), "", ""},
	{"Opensearch.8", osDomain, "TLS 1.2 with forward secrecy", func(r *recorder, res *registered) bool {
		return value("domainEndpointOptions.enforceHttps", true)(r, res) &&
			value("domainEndpointOptions.tlsSecurityPolicy", "Policy-Min-TLS-1-2-PFS-2023-10")(r, res)
	}, "", ""},
	{"Opensearch.10", osDomain, "service software is kept up to date", value("softwareUpdateOptions.autoSoftwareUpdateEnabled", true), "", ""},

	{"RDS.2", dbInstance, "not public", value("publiclyAccessible", false), "", ""},
	{"RDS.46", "rds/subnetGroup:SubnetGroup", "no way to the internet", noWayOut, "", ""},
	{"RDS.3 RDS.4 RDS.27", dbCluster, "encrypted, and its snapshots with it", value("storageEncrypted", true), "", ""},
	{"RDS.6", dbInstance, "enhanced monitoring", number("monitoringInterval", 1), "", ""},
	{"RDS.7", dbCluster, "deletion protection", value("deletionProtection", true), "", "it is destroyed whenever somebody likes"},
	{"RDS.9 RDS.34", dbCluster, "logs are exported, audit among them", holding("enabledCloudwatchLogsExports", "audit", "error", "slowquery"), "", ""},
	{"RDS.45", "rds/clusterParameterGroup:ClusterParameterGroup", "the audit log is written", func(_ *recorder, res *registered) bool {
		return parameter(res, "server_audit_logging") == "1" && parameter(res, "server_audit_events") != ""
	}, "", ""},
	{"RDS.10 RDS.12", dbCluster, "IAM authentication", value("iamDatabaseAuthenticationEnabled", true), "", ""},
	{"RDS.11 RDS.50", dbCluster, "backups of a week", number("backupRetentionPeriod", 7), "", "its data is worth a day"},
	{"RDS.13 RDS.35", dbInstance, "automatic minor upgrades", value("autoMinorVersionUpgrade", true),
		"AWS advises against it on a line with long-term support", "as production"},
	{"RDS.14", dbCluster, "backtrack", number("backtrackWindow", 1), "it excludes a global database for ever", "as production"},
	{"RDS.15", "rds/subnetGroup:SubnetGroup", "instances in several zones", func(r *recorder, _ *registered) bool {
		zones := map[any]bool{}
		for _, instance := range r.ofType(dbInstance) {
			zones[instance.get("availabilityZone")] = true
		}
		return len(zones) > 1
	}, "", ""},
	{"RDS.16", dbCluster, "snapshots carry tags", value("copyTagsToSnapshot", true), "", ""},
	{"RDS.17", dbInstance, "snapshots carry tags", value("copyTagsToSnapshot", true), "", ""},
	{"RDS.19", dbEvents, "clusters: failure and maintenance", hears("db-cluster", "failure", "maintenance"), "", ""},
	{"RDS.20", dbEvents, "instances: configuration change, failure and maintenance", hears("db-instance", "configuration change", "failure", "maintenance"), "", ""},
	{"RDS.21", dbEvents, "parameter groups: configuration change", hears("db-parameter-group", "configuration change"), "", ""},
	{"RDS.22", dbEvents, "security groups: configuration change and failure", hears("db-security-group", "configuration change", "failure"), "", ""},
	{"RDS.24", dbCluster, "the administrator has a name of its own", func(_ *recorder, res *registered) bool {
		return !slices.Contains([]any{nil, "", "admin", "postgres", "root"}, res.get("masterUsername"))
	}, "", ""},

	{"KMS.4", "kms/key:Key", "keys rotate", value("enableKeyRotation", true), "", ""},
	{"SNS.1", "sns/topic:Topic", "encrypted", given("kmsMasterKeyId"), "", ""},
	{"SNS.4", "sns/topicPolicy:TopicPolicy", "not public", notPublic("policy"), "", ""},
	{"S3.1 S3.2 S3.3 S3.8", "s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "closed to the public in all four ways", func(_ *recorder, res *registered) bool {
		for _, way := range []string{"blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"} {
			if res.get(way) != true {
				return false
			}
		}
		return true
	}, "", ""},
	{"S3.5", "s3/bucketPolicy:BucketPolicy", "TLS only", func(_ *recorder, res *registered) bool {
		text, _ := res.get("policy").(string)
		return strings.Contains(text, `"Effect":"Deny"`) && strings.Contains(text, `"aws:SecureTransport"`)
	}, "", ""},
	{"S3.6", "s3/bucketPolicy:BucketPolicy", "nothing for other accounts", notPublic("policy"), "", ""},
	{"S3.12", "s3/bucketOwnershipControls:BucketOwnershipControls", "no access lists", value("rule.objectOwnership", "BucketOwnerEnforced"), "", ""},
	{"S3.13", "s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2", "a lifecycle", given("rules.status"), "", ""},
	{"S3.9", "s3/bucketV2:BucketV2", "access logs", func(r *recorder, _ *registered) bool {
		return len(r.ofType("s3/bucketLoggingV2:BucketLoggingV2")) > 0
	}, noBuckets, "as production"},
	{"SecretsManager.1 SecretsManager.4", "secretsmanager/secret:Secret", "rotates by itself", func(r *recorder, _ *registered) bool {
		return len(r.ofType("secretsmanager/secretRotation:SecretRotation")) > 0
	}, "Morpheus keeps the password in a file: a rotation that nobody follows cuts it off", "as production"},
}

// absent are controls about something that the program does not make, with the type that would bring them into force.
var absentControls = []struct{ ids, token, why string }{
	{"EFS.3 EFS.4", "efs/accessPoint:AccessPoint", "no access point: its fixed user would undo the chown of a reconfigure"},
	{"EFS.2", "backup/plan:Plan", "the plan of AWS Backup is not there yet; EFS keeps daily backups of its own"},
	{"Backup.1", "backup/vault:Vault", "no vault yet"},
	{"RDS.1", "rds/clusterSnapshot:ClusterSnapshot", "snapshots are AWS's own and shared with nobody"},
	{"RDS.5 RDS.8 RDS.25", "rds/instance:Instance", "no instance outside a cluster"},
	{"RDS.51", "rds/globalCluster:GlobalCluster", "no global database unless database.globalDatabase names one; every version of the table is newer than 3.08"},
	{"SecretsManager.2", "secretsmanager/secretRotation:SecretRotation", "no rotation that could fail"},
	{"MQ.2", "mq/configuration:Configuration", "about ActiveMQ alone"},
}

func parameter(group *registered, name string) string {
	names, values := group.texts("parameters.name"), group.texts("parameters.value")
	if i := slices.Index(names, name); i >= 0 {
		return values[i]
	}
	return ""
}

// hears says whether the subscription of a source has all the categories, and no single source; the others pass.
func hears(source string, categories ...string) func(*recorder, *registered) bool {
	return func(r *recorder, res *registered) bool {
		there := slices.ContainsFunc(r.ofType(dbEvents), func(e *registered) bool { return e.get("sourceType") == source })
		return there && (res.get("sourceType") != source || holding("eventCategories", categories...)(r, res) && len(res.at("sourceIds")) == 0)
	}
}

func notPublic(property string) func(*recorder, *registered) bool {
	return func(r *recorder, res *registered) bool {
		for _, s := range r.statements() {
			if s.where == res && s.property == property && s.Effect == "Allow" && len(s.Condition) == 0 && fmt.Sprint(s.Principal) == "map[AWS:*]" {
				return false
			}
		}
		return true
	}
}

// noWayOut says whether no route of the group's subnets leads to an internet or NAT gateway.
func noWayOut(r *recorder, group *registered) bool {
	for _, association := range r.ofType("ec2/routeTableAssociation:RouteTableAssociation") {
		if !slices.Contains(group.texts("subnetIds"), fmt.Sprint(association.get("subnetId"))) {
			continue
		}
		for _, route := range r.ofType("ec2/route:Route") {
			if route.get("routeTableId") == association.get("routeTableId") {
				return false
			}
		}
	}
	return true
}

func TestSecurityHubControlsOfTheDataTiers(t *testing.T) {
	text, err := os.ReadFile("../docs/decisions.md")
	require.NoError(t, err)
	onBoth(t, func(t *testing.T, r *recorder) {
		for _, c := range controls {
			found := r.ofType(c.token)
			require.NotEmpty(t, found, "%s: nothing to hold it against", c.ids)
			reason := c.except
			if r.stack == "dev" && reason == "" {
				reason = c.dev
			}
			passes := !slices.ContainsFunc(found, func(res *registered) bool { return !c.holds(r, res) })
			if reason == "" {
				assert.True(t, passes, "%s fails: %s", c.ids, c.what)
				continue
			}
			assert.False(t, passes, "%s passes (%s): its exception is not needed any more", c.ids, c.what)
			if c.except != "" {
				for id := range strings.FieldsSeq(c.ids) {
					assert.True(t, strings.Contains(string(text), id), "%s fails knowingly, and the decisions do not say so", id)
				}
			}
		}
		for _, c := range absentControls {
			assert.Empty(t, r.ofType(c.token), "%s applies now (%s): hold the program against it", c.ids, c.why)
		}
	})
}
