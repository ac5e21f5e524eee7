package controls

import (
	"fmt"
	"slices"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/evaluate"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/harness"
)

const (
	dbCluster  = "rds/cluster:Cluster"
	dbInstance = "rds/clusterInstance:ClusterInstance"
	dbEvents   = "rds/eventSubscription:EventSubscription"
	osDomain   = "opensearch/domain:Domain"
	bucketOfS3 = "s3/bucketV2:BucketV2"
	nodeGroup  = "autoscaling/group:Group"
	template   = "ec2/launchTemplate:LaunchTemplate"
	balancer   = "lb/loadBalancer:LoadBalancer"
	listener   = "lb/listener:Listener"
	nodesOfALB = "lb/targetGroup:TargetGroup"
	vpc        = "ec2/vpc:Vpc"
	inline     = "iam/rolePolicy:RolePolicy"
	secretOf   = "secretsmanager/secret:Secret" // #nosec G101 -- a type
)

// SecurityHub are the controls of Security Hub with resources that every stack has.
var SecurityHub = slices.Concat(networkControls, accessControls, nodeControls, dataControls, bucketControls)

var networkControls = []Control{
	{IDs: "EC2.2", token: "ec2/defaultSecurityGroup:DefaultSecurityGroup", what: "the VPC's default group has no rules",
		holds: func(_ *recorder, res *registered) bool {
			return len(res.Values("ingress")) == 0 && len(res.Values("egress")) == 0
		}},
	{IDs: "EC2.6", token: vpc, what: "flow logs",
		holds: having("ec2/flowLog:FlowLog", "vpcId", "id", given("trafficType"))},
	{IDs: "EC2.10", token: vpc, what: "an endpoint of ec2", holds: endpointOf("ec2"),
		Dev: "endpoints cost by the hour, and dev's nodes use a NAT gateway"},
	{IDs: "EC2.57", token: vpc, what: "an endpoint of ssm", holds: endpointOf("ssm"), Dev: "as EC2.10"},
	{IDs: "EC2.55", token: vpc, what: "an endpoint of ecr.api", holds: endpointOf("ecr.api"),
		Except: "nodes pull no images of containers"},
	{IDs: "EC2.56", token: vpc, what: "an endpoint of ecr.dkr", holds: endpointOf("ecr.dkr"),
		Except: "nodes pull no images of containers"},
	{IDs: "EC2.58", token: vpc, what: "an endpoint of ssm-contacts", holds: endpointOf("ssm-contacts"),
		Except: "nodes have no incidents to report there"},
	{IDs: "EC2.60", token: vpc, what: "an endpoint of ssm-incidents", holds: endpointOf("ssm-incidents"),
		Except: "nodes have no incidents to report there"},
	{IDs: "EC2.15", token: "ec2/subnet:Subnet", what: "no public addresses by default",
		holds: func(_ *recorder, res *registered) bool { return res.Get("mapPublicIpOnLaunch") != true }},
	{IDs: "EC2.18 EC2.19", token: "vpc/securityGroupIngressRule:SecurityGroupIngressRule",
		what: "no ingress from 0.0.0.0/0", holds: func(_ *recorder, res *registered) bool {
			return res.Get("cidrIpv4") != "0.0.0.0/0" && res.Get("cidrIpv6") != "::/0"
		}},
	{IDs: "ELB.1", token: listener, what: "plain HTTP only redirects to HTTPS",
		holds: func(_ *recorder, res *registered) bool {
			return res.Get("protocol") == "HTTPS" || res.Get("defaultActions.redirect.protocol") == "HTTPS"
		}},
	{IDs: "ELB.18", token: listener, what: "HTTPS alone", holds: value("protocol", "HTTPS")},
	{IDs: "ELB.4", token: balancer, what: "malformed headers are dropped", holds: value("dropInvalidHeaderFields", true)},
	{IDs: "ELB.5", token: balancer, what: "access logs", holds: value("accessLogs.enabled", true)},
	{IDs: "ELB.6", token: balancer, what: "deletion protection", holds: value("enableDeletionProtection", true),
		Dev: "it is destroyed whenever somebody likes"},
	{IDs: "ELB.12", token: balancer, what: "ambiguous requests are rejected",
		holds: func(_ *recorder, res *registered) bool {
			return slices.Contains([]any{"defensive", "strictest"}, res.Get("desyncMitigationMode"))
		}},
	{IDs: "ELB.13", token: balancer, what: "several zones", holds: inZones("subnets", 2)},
	{IDs: "ELB.17", token: listener, what: "a TLS policy of the control's list", holds: strongTLS},
	{IDs: "ELB.21", token: nodesOfALB, what: "health checks over TLS", holds: value("healthCheck.protocol", "HTTPS")},
	{IDs: "ELB.22", token: nodesOfALB, what: "TLS to the nodes", holds: value("protocol", "HTTPS")},
	{IDs: "ACM.1", token: "acm/certificate:Certificate", what: "ACM renews it by a permanent DNS record",
		holds: value("validationMethod", "DNS")},
	{IDs: "ACM.2", token: "acm/certificate:Certificate", what: "a key of 2048 bits or more: ACM's default",
		holds: func(_ *recorder, res *registered) bool {
			return slices.Contains([]any{nil, "RSA_2048", "RSA_3072", "RSA_4096"}, res.Get("keyAlgorithm"))
		}},
}

var accessControls = []Control{
	{IDs: "IAM.1", token: inline, what: "not everything",
		holds: allowingNone(func(s Statement) bool { return slices.Contains(List(s.Action), "*") })},
	{IDs: "IAM.21", token: inline, what: "not all actions of a service", holds: allowingNone(func(s Statement) bool {
		return slices.ContainsFunc(List(s.Action), func(a string) bool { return strings.HasSuffix(a, ":*") })
	})},
	{IDs: "KMS.1 KMS.2", token: inline, what: "no decryption with all keys", holds: allowingNone(func(s Statement) bool {
		opens := func(pattern string) bool {
			return evaluate.ActionMatches(pattern, "kms:Decrypt") || evaluate.ActionMatches(pattern, "kms:ReEncryptFrom")
		}
		all := func(on string) bool { return on == "*" || strings.HasSuffix(on, ":key/*") }
		return slices.ContainsFunc(List(s.Action), opens) && slices.ContainsFunc(List(s.Resource), all)
	})},
	{IDs: "KMS.4", token: "kms/key:Key", what: "keys rotate", holds: value("enableKeyRotation", true)},
	{IDs: "KMS.5", token: "kms/key:Key", what: "not public", holds: notPublic("policy")},
	{IDs: "SNS.1", token: "sns/topic:Topic", what: "encrypted", holds: given("kmsMasterKeyId")},
	{IDs: "SNS.4", token: "sns/topic:Topic", what: "not public",
		holds: having("sns/topicPolicy:TopicPolicy", "arn", "arn", notPublic("policy"))},
	{IDs: "SSM.1", token: inline + " cluster-node", what: "Systems Manager manages the nodes",
		holds: func(r *recorder, res *registered) bool {
			return !allowingNone(func(s Statement) bool {
				return slices.Contains(List(s.Action),
					"ssm:UpdateInstanceInformation")
			})(r, res)
		}},
	{IDs: "SecretsManager.1 SecretsManager.4", token: secretOf, what: "rotates automatically",
		holds:  having("secretsmanager/secretRotation:SecretRotation", "secretId", "arn", given("secretId")),
		Except: "Morpheus keeps the password in a file and loses its access when only the secret rotates"},
}

var nodeControls = []Control{
	{IDs: "AutoScaling.1", token: nodeGroup, what: "health checks of the load balancer",
		holds: value("healthCheckType", "ELB")},
	{IDs: "AutoScaling.2", token: nodeGroup, what: "several zones", holds: inZones("vpcZoneIdentifiers", 2)},
	{IDs: "AutoScaling.6", token: nodeGroup, what: "several instance types",
		holds: func(_ *recorder, res *registered) bool {
			types := res.Texts("mixedInstancesPolicy.launchTemplate.overrides.instanceType")
			slices.Sort(types)
			return len(slices.Compact(types)) > 1
		}},
	{IDs: "AutoScaling.9", token: nodeGroup, what: "a launch template",
		holds: given("mixedInstancesPolicy.launchTemplate.launchTemplateSpecification.launchTemplateId")},
	{IDs: "EC2.3 EC2.181", token: template, what: "volumes are encrypted",
		holds: value("blockDeviceMappings.ebs.encrypted", true)},
	{IDs: "EC2.8 EC2.170", token: template, what: "metadata only with session tokens",
		holds: value("metadataOptions.httpTokens", "required")},
	{IDs: "EC2.9 EC2.25", token: template, what: "no public address",
		holds: value("networkInterfaces.associatePublicIpAddress", false)},
	{IDs: "EC2.17", token: template, what: "one network interface",
		holds: func(_ *recorder, res *registered) bool { return len(res.Values("networkInterfaces")) == 1 }},
}

var dataControls = []Control{
	{IDs: "EFS.1 EFS.8", token: "efs/fileSystem:FileSystem", what: "encrypted", holds: value("encrypted", true)},
	{IDs: "EFS.7", token: "efs/fileSystem:FileSystem", what: "automatic backups",
		holds:  having("efs/backupPolicy:BackupPolicy", "fileSystemId", "id", value("backupPolicy.status", "ENABLED")),
		Except: "the plan of the stack has the files, and two plans disturb each other"},
	{IDs: "EFS.2", token: "backup/selection:Selection", what: "a plan selects resources", holds: given("resources")},
	{IDs: "Backup.1", token: "backup/vault:Vault", what: "a key of the stack", holds: given("kmsKeyArn")},

	{IDs: "Opensearch.1", token: osDomain, what: "encrypted at rest", holds: value("encryptAtRest.enabled", true)},
	{IDs: "Opensearch.2", token: osDomain, what: "in a VPC", holds: given("vpcOptions.subnetIds")},
	{IDs: "Opensearch.3", token: osDomain, what: "encrypted between nodes",
		holds: value("nodeToNodeEncryption.enabled", true)},
	{IDs: "Opensearch.4 Opensearch.5", token: osDomain, what: "error and audit logs",
		holds: holding("logPublishingOptions.logType", "ES_APPLICATION_LOGS", "AUDIT_LOGS")},
	{IDs: "Opensearch.6", token: osDomain, what: "three data nodes over zones",
		holds: func(r *recorder, res *registered) bool {
			return number("clusterConfig.instanceCount", 3)(r, res) && value("clusterConfig.zoneAwarenessEnabled", true)(r, res)
		}, Dev: "two small nodes cost less"},
	{IDs: "Opensearch.7", token: osDomain, what: "fine-grained access control",
		holds: value("advancedSecurityOptions.enabled", true)},
	{IDs: "Opensearch.8", token: osDomain, what: "TLS 1.2 with forward secrecy",
		holds: func(r *recorder, res *registered) bool {
			return value("domainEndpointOptions.enforceHttps", true)(r, res) &&
				value("domainEndpointOptions.tlsSecurityPolicy", "Policy-Min-TLS-1-2-PFS-2023-10")(r, res)
		}},
	{IDs: "Opensearch.10", token: osDomain, what: "service software is kept up to date",
		holds: value("softwareUpdateOptions.autoSoftwareUpdateEnabled", true)},

	{IDs: "RDS.2", token: dbInstance, what: "not public", holds: value("publiclyAccessible", false)},
	{IDs: "RDS.46", token: "rds/subnetGroup:SubnetGroup", what: "no route to the internet", holds: noWayOut},
	{IDs: "RDS.3 RDS.4 RDS.27", token: dbCluster, what: "encrypted, and its snapshots with it",
		holds: value("storageEncrypted", true)},
	{IDs: "RDS.6", token: dbInstance, what: "enhanced monitoring", holds: number("monitoringInterval", 1)},
	{IDs: "RDS.7", token: dbCluster, what: "deletion protection", holds: value("deletionProtection", true),
		Dev: "it is destroyed whenever somebody likes"},
	{IDs: "RDS.9 RDS.34", token: dbCluster, what: "logs are exported, audit among them",
		holds: holding("enabledCloudwatchLogsExports", "audit", "error", "slowquery")},
	{IDs: "RDS.45", token: dbCluster, what: "the audit log is written",
		holds: having("rds/clusterParameterGroup:ClusterParameterGroup", "name", "dbClusterParameterGroupName",
			func(_ *recorder, res *registered) bool {
				return parameter(res, "server_audit_logging") == "1" && parameter(res, "server_audit_events") != ""
			})},
	{IDs: "RDS.10 RDS.12", token: dbCluster, what: "IAM authentication",
		holds: value("iamDatabaseAuthenticationEnabled", true)},
	{IDs: "RDS.11 RDS.50", token: dbCluster, what: "backups of a week", holds: number("backupRetentionPeriod", 7),
		Dev: "a day of backups is enough for its data"},
	{IDs: "RDS.13 RDS.35", token: dbInstance, what: "automatic minor upgrades",
		holds:  value("autoMinorVersionUpgrade", true),
		Except: "AWS advises against it for a long-term support release"},
	{IDs: "RDS.14", token: dbCluster, what: "backtrack", holds: number("backtrackWindow", 1),
		Except: "it excludes a global database for ever"},
	{IDs: "RDS.15", token: "rds/subnetGroup:SubnetGroup", what: "instances in several zones",
		holds: func(r *recorder, _ *registered) bool {
			zones := map[any]bool{}
			for _, instance := range r.OfType(dbInstance) {
				zones[instance.Get("availabilityZone")] = true
			}
			return len(zones) > 1
		}},
	{IDs: "RDS.16", token: dbCluster, what: "snapshots carry tags", holds: value("copyTagsToSnapshot", true)},
	{IDs: "RDS.17", token: dbInstance, what: "snapshots carry tags", holds: value("copyTagsToSnapshot", true)},
	{IDs: "RDS.19", token: dbEvents, what: "clusters: failure and maintenance",
		holds: hears("db-cluster", "failure", "maintenance")},
	{IDs: "RDS.20", token: dbEvents, what: "instances: configuration change, failure and maintenance",
		holds: hears("db-instance", "configuration change", "failure", "maintenance")},
	{IDs: "RDS.21", token: dbEvents, what: "parameter groups: configuration change",
		holds: hears("db-parameter-group", "configuration change")},
	{IDs: "RDS.22", token: dbEvents, what: "security groups: configuration change and failure",
		holds: hears("db-security-group", "configuration change", "failure")},
	{IDs: "RDS.23", token: dbCluster, what: "another port than the engine's own",
		holds:  func(_ *recorder, res *registered) bool { return fmt.Sprint(res.Get("port")) != "3306" },
		Except: "the security groups restrict who may connect; another port does not hide the database inside the VPC"},
	{IDs: "RDS.24", token: dbCluster, what: "the administrator has a name of its own",
		holds: func(_ *recorder, res *registered) bool {
			return !slices.Contains([]any{nil, "", "admin", "postgres", "root"}, res.Get("masterUsername"))
		}},
}

// bucketControls check the settings of each bucket, which are separate resources. A missing resource fails.
var bucketControls = []Control{
	{IDs: "S3.1 S3.2 S3.3 S3.8", token: bucketOfS3, what: "closed to the public in all four ways",
		holds: ofBucket("s3/bucketPublicAccessBlock:BucketPublicAccessBlock", func(_ *recorder, res *registered) bool {
			for _, way := range []string{"blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"} {
				if res.Get(way) != true {
					return false
				}
			}
			return true
		})},
	{IDs: "S3.5", token: bucketOfS3, what: "TLS only",
		holds: ofBucket("s3/bucketPolicy:BucketPolicy", func(r *recorder, res *registered) bool {
			return slices.ContainsFunc(Statements(r), func(s Statement) bool {
				return s.Where == res && s.Effect == "Deny" && slices.Equal(s.Principals(), []string{"*"}) &&
					slices.Equal(List(s.Action), []string{"s3:*"}) &&
					fmt.Sprint(s.Condition) == "map[Bool:map[aws:SecureTransport:[false]]]"
			})
		})},
	{IDs: "S3.6", token: bucketOfS3, what: "nothing for other accounts",
		holds: ofBucket("s3/bucketPolicy:BucketPolicy", notForOthers)},
	{IDs: "S3.12", token: bucketOfS3, what: "no access lists",
		holds: ofBucket("s3/bucketOwnershipControls:BucketOwnershipControls",
			value("rule.objectOwnership", "BucketOwnerEnforced"))},
	{IDs: "S3.13", token: bucketOfS3, what: "a lifecycle",
		holds: ofBucket("s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2",
			value("rules.status", "Enabled"))},
	unlogged("search-snapshots-bucket", "only one service reads and writes the snapshots, with its own role"),
	unlogged("messaging-topology-bucket", "nodes only write into it; the definitions have no users and no secrets"),
	unlogged("loadbalancer-logs-bucket", "it holds logs that one service writes; access logs would double them"),
	unlogged("cluster-diagnostics-bucket", "nodes only write into it, when a boot fails; a report has no secrets"),
	unlogged("cluster-boot-bucket", "it holds text of the program; nodes read it once, and verify it by its SHA-256"),
}

// unlogged is the control of access logs, which a bucket does not have for a reason.
func unlogged(bucket, why string) Control {
	return Control{
		IDs: "S3.9", token: bucketOfS3 + " " + bucket, what: "access logs",
		holds: ofBucket("s3/bucketLoggingV2:BucketLoggingV2", given("targetBucket")), Except: why,
	}
}

// Absent do not apply, because the program does not create resources of their type.
var Absent = []struct{ IDs, Token, Why string }{
	{IDs: "EFS.3 EFS.4", Token: "efs/accessPoint:AccessPoint",
		Why: "no access point: its fixed user would break the chown of a reconfigure"},
	{IDs: "RDS.1", Token: "rds/clusterSnapshot:ClusterSnapshot", Why: "only RDS creates snapshots; none is shared"},
	{IDs: "RDS.5 RDS.8 RDS.25", Token: "rds/instance:Instance", Why: "no instance outside a cluster"},
	{IDs: "RDS.51", Token: "rds/globalCluster:GlobalCluster",
		Why: "no global database unless recovery.mode is pilotLight"},
	{IDs: "SecretsManager.2", Token: "secretsmanager/secretRotation:SecretRotation", Why: "no rotation that could fail"},
	{IDs: "MQ.2", Token: "mq/configuration:Configuration", Why: "applies to ActiveMQ only"},
	{IDs: "AutoScaling.3 AutoScaling.5", Token: "ec2/launchConfiguration:LaunchConfiguration",
		Why: "a launch template instead"},
	{IDs: "EC2.16 EC2.21", Token: "ec2/networkAcl:NetworkAcl",
		Why: "only the VPC's default network ACL, which these controls leave out"},
	{IDs: "SSM.2 SSM.3", Token: "ssm/association:Association",
		Why: "nodes are not patched but replaced by nodes with a newer image"},
	{IDs: "WAF.10 WAF.12", Token: "wafv2/webAcl:WebAcl", Why: "the configuration names an existing web ACL"},
	{IDs: "IAM.1 IAM.21 KMS.1", Token: "iam/policy:Policy",
		Why: "only inline policies, which are checked by the same rules"},
}

// Outside do not depend on resources of the program.
var Outside = map[string]string{
	"EC2.7":            "a setting of the account and region",
	"EC2.172":          "a setting of the account and region",
	"EC2.182":          "a setting of the account and region",
	"KMS.3":            "a destroy schedules the deletion of the keys",
	"SecretsManager.3": "nodes read secrets when they boot",
}

// Widened are optional settings of production, with the controls that then apply. They replace the controls with the
// same ids.
var (
	Widened = harness.Overrides{
		"recovery.mode": "pilotLight", "recovery.region": "us-west-2", "database.administratorSecret": "own",
		"loadBalancer.redirectHttp": true,
	}
	WidenedControls = []Control{
		{IDs: "RDS.51", token: "rds/globalCluster:GlobalCluster", what: "3.08 or later, or the line 3.04, in each member",
			holds: func(r *recorder, res *registered) bool {
				var major, minor, patch int
				for _, member := range r.OfType(dbCluster) {
					_, err := fmt.Sscanf(fmt.Sprint(member.Get("engineVersion")), "8.0.mysql_aurora.%d.%d.%d", &major, &minor, &patch)
					if err != nil || major != 3 || minor != 4 && minor < 8 ||
						res.Get("sourceDbClusterIdentifier") != member.Output("arn") {
						return false
					}
				}
				return major > 0
			}},
		{IDs: "ELB.18", token: listener + " loadbalancer-https", what: "HTTPS alone", holds: value("protocol", "HTTPS")},
		{IDs: "ELB.18", token: listener + " loadbalancer-redirect", what: "HTTPS alone", holds: value("protocol", "HTTPS"),
			Except: "a client requests the redirect in plain HTTP"},
		{IDs: "ELB.17", token: listener + " loadbalancer-https", what: "a TLS policy of the control's list",
			holds: strongTLS},
	}
)

// https://docs.aws.amazon.com/securityhub/latest/userguide/elb-controls.html#elb-17
func strongTLS(_ *recorder, res *registered) bool {
	text, _ := res.Get("sslPolicy").(string)
	return slices.Contains([]string{
		"TLS13-1-3-2021-06", "TLS13-1-3-FIPS-2023-04", "TLS13-1-2-Res-2021-06", "TLS13-1-2-Res-FIPS-2023-04",
		"TLS13-1-2-Res-PQ-2025-09", "TLS13-1-3-PQ-2025-09", "TLS13-1-2-Res-FIPS-PQ-2025-09", "TLS13-1-3-FIPS-PQ-2025-09",
	}, strings.TrimPrefix(text, "ELBSecurityPolicy-"))
}
