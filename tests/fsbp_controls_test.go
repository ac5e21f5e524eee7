package tests

import (
	"fmt"
	"slices"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/evaluate"
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

// controls are the controls with resources that every stack has.
var controls = slices.Concat(networkControls, accessControls, nodeControls, dataControls, bucketControls)

var networkControls = []control{
	{ids: "EC2.2", token: "ec2/defaultSecurityGroup:DefaultSecurityGroup", what: "the VPC's default group has no rules",
		holds: func(_ *recorder, res *registered) bool {
			return len(res.Values("ingress")) == 0 && len(res.Values("egress")) == 0
		}},
	{ids: "EC2.6", token: vpc, what: "flow logs",
		holds: having("ec2/flowLog:FlowLog", "vpcId", "id", given("trafficType"))},
	{ids: "EC2.10", token: vpc, what: "an endpoint of ec2", holds: endpointOf("ec2"),
		dev: "endpoints cost by the hour, and dev's nodes use a NAT gateway"},
	{ids: "EC2.57", token: vpc, what: "an endpoint of ssm", holds: endpointOf("ssm"), dev: "as EC2.10"},
	{ids: "EC2.55", token: vpc, what: "an endpoint of ecr.api", holds: endpointOf("ecr.api"),
		except: "nodes pull no images of containers"},
	{ids: "EC2.56", token: vpc, what: "an endpoint of ecr.dkr", holds: endpointOf("ecr.dkr"),
		except: "nodes pull no images of containers"},
	{ids: "EC2.58", token: vpc, what: "an endpoint of ssm-contacts", holds: endpointOf("ssm-contacts"),
		except: "nodes have no incidents to report there"},
	{ids: "EC2.60", token: vpc, what: "an endpoint of ssm-incidents", holds: endpointOf("ssm-incidents"),
		except: "nodes have no incidents to report there"},
	{ids: "EC2.15", token: "ec2/subnet:Subnet", what: "no public addresses by default",
		holds: func(_ *recorder, res *registered) bool { return res.Get("mapPublicIpOnLaunch") != true }},
	{ids: "EC2.18 EC2.19", token: "vpc/securityGroupIngressRule:SecurityGroupIngressRule",
		what: "no ingress from 0.0.0.0/0", holds: func(_ *recorder, res *registered) bool {
			return res.Get("cidrIpv4") != "0.0.0.0/0" && res.Get("cidrIpv6") != "::/0"
		}},
	{ids: "ELB.1", token: listener, what: "plain HTTP only redirects to HTTPS",
		holds: func(_ *recorder, res *registered) bool {
			return res.Get("protocol") == "HTTPS" || res.Get("defaultActions.redirect.protocol") == "HTTPS"
		}},
	{ids: "ELB.18", token: listener, what: "HTTPS alone", holds: value("protocol", "HTTPS")},
	{ids: "ELB.4", token: balancer, what: "malformed headers are dropped", holds: value("dropInvalidHeaderFields", true)},
	{ids: "ELB.5", token: balancer, what: "access logs", holds: value("accessLogs.enabled", true)},
	{ids: "ELB.6", token: balancer, what: "deletion protection", holds: value("enableDeletionProtection", true),
		dev: "it is destroyed whenever somebody likes"},
	{ids: "ELB.12", token: balancer, what: "ambiguous requests are rejected",
		holds: func(_ *recorder, res *registered) bool {
			return slices.Contains([]any{"defensive", "strictest"}, res.Get("desyncMitigationMode"))
		}},
	{ids: "ELB.13", token: balancer, what: "several zones", holds: inZones("subnets", 2)},
	{ids: "ELB.17", token: listener, what: "a TLS policy of the control's list", holds: strongTLS},
	{ids: "ELB.21", token: nodesOfALB, what: "health checks over TLS", holds: value("healthCheck.protocol", "HTTPS")},
	{ids: "ELB.22", token: nodesOfALB, what: "TLS to the nodes", holds: value("protocol", "HTTPS")},
	{ids: "ACM.1", token: "acm/certificate:Certificate", what: "ACM renews it by a permanent DNS record",
		holds: value("validationMethod", "DNS")},
	{ids: "ACM.2", token: "acm/certificate:Certificate", what: "a key of 2048 bits or more: ACM's default",
		holds: func(_ *recorder, res *registered) bool {
			return slices.Contains([]any{nil, "RSA_2048", "RSA_3072", "RSA_4096"}, res.Get("keyAlgorithm"))
		}},
}

var accessControls = []control{
	{ids: "IAM.1", token: inline, what: "not everything",
		holds: allowingNone(func(s statement) bool { return slices.Contains(list(s.Action), "*") })},
	{ids: "IAM.21", token: inline, what: "not all actions of a service", holds: allowingNone(func(s statement) bool {
		return slices.ContainsFunc(list(s.Action), func(a string) bool { return strings.HasSuffix(a, ":*") })
	})},
	{ids: "KMS.1 KMS.2", token: inline, what: "no decryption with all keys", holds: allowingNone(func(s statement) bool {
		opens := func(pattern string) bool {
			return evaluate.ActionMatches(pattern, "kms:Decrypt") || evaluate.ActionMatches(pattern, "kms:ReEncryptFrom")
		}
		all := func(on string) bool { return on == "*" || strings.HasSuffix(on, ":key/*") }
		return slices.ContainsFunc(list(s.Action), opens) && slices.ContainsFunc(list(s.Resource), all)
	})},
	{ids: "KMS.4", token: "kms/key:Key", what: "keys rotate", holds: value("enableKeyRotation", true)},
	{ids: "KMS.5", token: "kms/key:Key", what: "not public", holds: notPublic("policy")},
	{ids: "SNS.1", token: "sns/topic:Topic", what: "encrypted", holds: given("kmsMasterKeyId")},
	{ids: "SNS.4", token: "sns/topic:Topic", what: "not public",
		holds: having("sns/topicPolicy:TopicPolicy", "arn", "arn", notPublic("policy"))},
	{ids: "SSM.1", token: inline + " cluster-node", what: "Systems Manager manages the nodes",
		holds: func(r *recorder, res *registered) bool {
			return !allowingNone(func(s statement) bool {
				return slices.Contains(list(s.Action),
					"ssm:UpdateInstanceInformation")
			})(r, res)
		}},
	{ids: "SecretsManager.1 SecretsManager.4", token: secretOf, what: "rotates automatically",
		holds:  having("secretsmanager/secretRotation:SecretRotation", "secretId", "arn", given("secretId")),
		except: "Morpheus keeps the password in a file and loses its access when only the secret rotates"},
}

var nodeControls = []control{
	{ids: "AutoScaling.1", token: nodeGroup, what: "health checks of the load balancer",
		holds: value("healthCheckType", "ELB")},
	{ids: "AutoScaling.2", token: nodeGroup, what: "several zones", holds: inZones("vpcZoneIdentifiers", 2)},
	{ids: "AutoScaling.6", token: nodeGroup, what: "several instance types",
		holds: func(_ *recorder, res *registered) bool {
			types := res.Texts("mixedInstancesPolicy.launchTemplate.overrides.instanceType")
			slices.Sort(types)
			return len(slices.Compact(types)) > 1
		}},
	{ids: "AutoScaling.9", token: nodeGroup, what: "a launch template",
		holds: given("mixedInstancesPolicy.launchTemplate.launchTemplateSpecification.launchTemplateId")},
	{ids: "EC2.3 EC2.181", token: template, what: "volumes are encrypted",
		holds: value("blockDeviceMappings.ebs.encrypted", true)},
	{ids: "EC2.8 EC2.170", token: template, what: "metadata only with session tokens",
		holds: value("metadataOptions.httpTokens", "required")},
	{ids: "EC2.9 EC2.25", token: template, what: "no public address",
		holds: value("networkInterfaces.associatePublicIpAddress", false)},
	{ids: "EC2.17", token: template, what: "one network interface",
		holds: func(_ *recorder, res *registered) bool { return len(res.Values("networkInterfaces")) == 1 }},
}

var dataControls = []control{
	{ids: "EFS.1 EFS.8", token: "efs/fileSystem:FileSystem", what: "encrypted", holds: value("encrypted", true)},
	{ids: "EFS.7", token: "efs/fileSystem:FileSystem", what: "automatic backups",
		holds:  having("efs/backupPolicy:BackupPolicy", "fileSystemId", "id", value("backupPolicy.status", "ENABLED")),
		except: "the plan of the stack has the files, and two plans disturb each other"},
	{ids: "EFS.2", token: "backup/selection:Selection", what: "a plan selects resources", holds: given("resources")},
	{ids: "Backup.1", token: "backup/vault:Vault", what: "a key of the stack", holds: given("kmsKeyArn")},

	{ids: "Opensearch.1", token: osDomain, what: "encrypted at rest", holds: value("encryptAtRest.enabled", true)},
	{ids: "Opensearch.2", token: osDomain, what: "in a VPC", holds: given("vpcOptions.subnetIds")},
	{ids: "Opensearch.3", token: osDomain, what: "encrypted between nodes",
		holds: value("nodeToNodeEncryption.enabled", true)},
	{ids: "Opensearch.4 Opensearch.5", token: osDomain, what: "error and audit logs",
		holds: holding("logPublishingOptions.logType", "ES_APPLICATION_LOGS", "AUDIT_LOGS")},
	{ids: "Opensearch.6", token: osDomain, what: "three data nodes over zones",
		holds: func(r *recorder, res *registered) bool {
			return number("clusterConfig.instanceCount", 3)(r, res) && value("clusterConfig.zoneAwarenessEnabled", true)(r, res)
		}, dev: "two small nodes cost less"},
	{ids: "Opensearch.7", token: osDomain, what: "fine-grained access control",
		holds: value("advancedSecurityOptions.enabled", true)},
	{ids: "Opensearch.8", token: osDomain, what: "TLS 1.2 with forward secrecy",
		holds: func(r *recorder, res *registered) bool {
			return value("domainEndpointOptions.enforceHttps", true)(r, res) &&
				value("domainEndpointOptions.tlsSecurityPolicy", "Policy-Min-TLS-1-2-PFS-2023-10")(r, res)
		}},
	{ids: "Opensearch.10", token: osDomain, what: "service software is kept up to date",
		holds: value("softwareUpdateOptions.autoSoftwareUpdateEnabled", true)},

	{ids: "RDS.2", token: dbInstance, what: "not public", holds: value("publiclyAccessible", false)},
	{ids: "RDS.46", token: "rds/subnetGroup:SubnetGroup", what: "no route to the internet", holds: noWayOut},
	{ids: "RDS.3 RDS.4 RDS.27", token: dbCluster, what: "encrypted, and its snapshots with it",
		holds: value("storageEncrypted", true)},
	{ids: "RDS.6", token: dbInstance, what: "enhanced monitoring", holds: number("monitoringInterval", 1)},
	{ids: "RDS.7", token: dbCluster, what: "deletion protection", holds: value("deletionProtection", true),
		dev: "it is destroyed whenever somebody likes"},
	{ids: "RDS.9 RDS.34", token: dbCluster, what: "logs are exported, audit among them",
		holds: holding("enabledCloudwatchLogsExports", "audit", "error", "slowquery")},
	{ids: "RDS.45", token: dbCluster, what: "the audit log is written",
		holds: having("rds/clusterParameterGroup:ClusterParameterGroup", "name", "dbClusterParameterGroupName",
			func(_ *recorder, res *registered) bool {
				return parameter(res, "server_audit_logging") == "1" && parameter(res, "server_audit_events") != ""
			})},
	{ids: "RDS.10 RDS.12", token: dbCluster, what: "IAM authentication",
		holds: value("iamDatabaseAuthenticationEnabled", true)},
	{ids: "RDS.11 RDS.50", token: dbCluster, what: "backups of a week", holds: number("backupRetentionPeriod", 7),
		dev: "a day of backups is enough for its data"},
	{ids: "RDS.13 RDS.35", token: dbInstance, what: "automatic minor upgrades",
		holds:  value("autoMinorVersionUpgrade", true),
		except: "AWS advises against it for a long-term support release"},
	{ids: "RDS.14", token: dbCluster, what: "backtrack", holds: number("backtrackWindow", 1),
		except: "it excludes a global database for ever"},
	{ids: "RDS.15", token: "rds/subnetGroup:SubnetGroup", what: "instances in several zones",
		holds: func(r *recorder, _ *registered) bool {
			zones := map[any]bool{}
			for _, instance := range r.OfType(dbInstance) {
				zones[instance.Get("availabilityZone")] = true
			}
			return len(zones) > 1
		}},
	{ids: "RDS.16", token: dbCluster, what: "snapshots carry tags", holds: value("copyTagsToSnapshot", true)},
	{ids: "RDS.17", token: dbInstance, what: "snapshots carry tags", holds: value("copyTagsToSnapshot", true)},
	{ids: "RDS.19", token: dbEvents, what: "clusters: failure and maintenance",
		holds: hears("db-cluster", "failure", "maintenance")},
	{ids: "RDS.20", token: dbEvents, what: "instances: configuration change, failure and maintenance",
		holds: hears("db-instance", "configuration change", "failure", "maintenance")},
	{ids: "RDS.21", token: dbEvents, what: "parameter groups: configuration change",
		holds: hears("db-parameter-group", "configuration change")},
	{ids: "RDS.22", token: dbEvents, what: "security groups: configuration change and failure",
		holds: hears("db-security-group", "configuration change", "failure")},
	{ids: "RDS.23", token: dbCluster, what: "another port than the engine's own",
		holds:  func(_ *recorder, res *registered) bool { return fmt.Sprint(res.Get("port")) != "3306" },
		except: "the security groups restrict who may connect; another port does not hide the database inside the VPC"},
	{ids: "RDS.24", token: dbCluster, what: "the administrator has a name of its own",
		holds: func(_ *recorder, res *registered) bool {
			return !slices.Contains([]any{nil, "", "admin", "postgres", "root"}, res.Get("masterUsername"))
		}},
}

// bucketControls check the settings of each bucket, which are separate resources. A missing resource fails.
var bucketControls = []control{
	{ids: "S3.1 S3.2 S3.3 S3.8", token: bucketOfS3, what: "closed to the public in all four ways",
		holds: ofBucket("s3/bucketPublicAccessBlock:BucketPublicAccessBlock", func(_ *recorder, res *registered) bool {
			for _, way := range []string{"blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"} {
				if res.Get(way) != true {
					return false
				}
			}
			return true
		})},
	{ids: "S3.5", token: bucketOfS3, what: "TLS only",
		holds: ofBucket("s3/bucketPolicy:BucketPolicy", func(r *recorder, res *registered) bool {
			return slices.ContainsFunc(statements(r), func(s statement) bool {
				return s.where == res && s.Effect == "Deny" && slices.Equal(s.principals(), []string{"*"}) &&
					slices.Equal(list(s.Action), []string{"s3:*"}) &&
					fmt.Sprint(s.Condition) == "map[Bool:map[aws:SecureTransport:[false]]]"
			})
		})},
	{ids: "S3.6", token: bucketOfS3, what: "nothing for other accounts",
		holds: ofBucket("s3/bucketPolicy:BucketPolicy", notForOthers)},
	{ids: "S3.12", token: bucketOfS3, what: "no access lists",
		holds: ofBucket("s3/bucketOwnershipControls:BucketOwnershipControls",
			value("rule.objectOwnership", "BucketOwnerEnforced"))},
	{ids: "S3.13", token: bucketOfS3, what: "a lifecycle",
		holds: ofBucket("s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2",
			value("rules.status", "Enabled"))},
	{ids: "S3.9", token: bucketOfS3 + " search-snapshots-bucket", what: "access logs",
		holds:  ofBucket("s3/bucketLoggingV2:BucketLoggingV2", given("targetBucket")),
		except: "only one service reads and writes the snapshots, with its own role"},
	{ids: "S3.9", token: bucketOfS3 + " loadbalancer-logs-bucket", what: "access logs",
		holds:  ofBucket("s3/bucketLoggingV2:BucketLoggingV2", given("targetBucket")),
		except: "it holds logs that one service writes; access logs would double them"},
	{ids: "S3.9", token: bucketOfS3 + " cluster-diagnostics-bucket", what: "access logs",
		holds:  ofBucket("s3/bucketLoggingV2:BucketLoggingV2", given("targetBucket")),
		except: "nodes only write into it, when a boot fails; a report has no secrets"},
	{ids: "S3.9", token: bucketOfS3 + " cluster-boot-bucket", what: "access logs",
		holds:  ofBucket("s3/bucketLoggingV2:BucketLoggingV2", given("targetBucket")),
		except: "it holds text of the program; nodes read it once, and verify it by its SHA-256"},
}

// absentControls do not apply, because the program does not create resources of their type.
var absentControls = []struct{ ids, token, why string }{
	{ids: "EFS.3 EFS.4", token: "efs/accessPoint:AccessPoint",
		why: "no access point: its fixed user would break the chown of a reconfigure"},
	{ids: "RDS.1", token: "rds/clusterSnapshot:ClusterSnapshot", why: "only RDS creates snapshots; none is shared"},
	{ids: "RDS.5 RDS.8 RDS.25", token: "rds/instance:Instance", why: "no instance outside a cluster"},
	{ids: "RDS.51", token: "rds/globalCluster:GlobalCluster",
		why: "no global database unless recovery.mode is pilotLight"},
	{ids: "SecretsManager.2", token: "secretsmanager/secretRotation:SecretRotation", why: "no rotation that could fail"},
	{ids: "MQ.2", token: "mq/configuration:Configuration", why: "applies to ActiveMQ only"},
	{ids: "AutoScaling.3 AutoScaling.5", token: "ec2/launchConfiguration:LaunchConfiguration",
		why: "a launch template instead"},
	{ids: "EC2.16 EC2.21", token: "ec2/networkAcl:NetworkAcl",
		why: "only the VPC's default network ACL, which these controls leave out"},
	{ids: "SSM.2 SSM.3", token: "ssm/association:Association",
		why: "nodes are not patched but replaced by nodes with a newer image"},
	{ids: "WAF.10 WAF.12", token: "wafv2/webAcl:WebAcl", why: "the configuration names an existing web ACL"},
	{ids: "IAM.1 IAM.21 KMS.1", token: "iam/policy:Policy",
		why: "only inline policies, which are checked by the same rules"},
}

// outsideControls do not depend on resources of the program.
var outsideControls = map[string]string{
	"EC2.7":            "a setting of the account and region",
	"EC2.172":          "a setting of the account and region",
	"EC2.182":          "a setting of the account and region",
	"KMS.3":            "a destroy schedules the deletion of the keys",
	"SecretsManager.3": "nodes read secrets when they boot",
}

// widened are optional settings of production, with the controls that then apply. They replace the controls with the
// same ids.
var (
	widened = overrides{
		"recovery.mode": "pilotLight", "recovery.region": "us-west-2", "database.administratorSecret": "own",
		"loadBalancer.redirectHttp": true,
	}
	widenedControls = []control{
		{ids: "RDS.51", token: "rds/globalCluster:GlobalCluster", what: "3.08 or later, or the line 3.04, in each member",
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
		{ids: "ELB.18", token: listener + " loadbalancer-https", what: "HTTPS alone", holds: value("protocol", "HTTPS")},
		{ids: "ELB.18", token: listener + " loadbalancer-redirect", what: "HTTPS alone", holds: value("protocol", "HTTPS"),
			except: "a client requests the redirect in plain HTTP"},
		{ids: "ELB.17", token: listener + " loadbalancer-https", what: "a TLS policy of the control's list",
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
