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

// controls are those of the list that something of the program is held against.
var controls = slices.Concat(networkControls, accessControls, nodeControls, dataControls, bucketControls)

var networkControls = []control{
	{"EC2.2", "ec2/defaultSecurityGroup:DefaultSecurityGroup", "the VPC's own group has no rules", func(_ *recorder, res *registered) bool {
		return len(res.Values("ingress")) == 0 && len(res.Values("egress")) == 0
	}, "", ""},
	{"EC2.6", vpc, "flow logs", having("ec2/flowLog:FlowLog", "vpcId", "id", given("trafficType")), "", ""},
	{"EC2.10", vpc, "an endpoint of ec2", endpointOf("ec2"), "", "endpoints cost by the hour, and its nodes leave through a NAT gateway"},
	{"EC2.57", vpc, "an endpoint of ssm", endpointOf("ssm"), "", "as EC2.10"},
	{"EC2.55", vpc, "an endpoint of ecr.api", endpointOf("ecr.api"), "nodes pull no images of containers", ""},
	{"EC2.56", vpc, "an endpoint of ecr.dkr", endpointOf("ecr.dkr"), "nodes pull no images of containers", ""},
	{"EC2.58", vpc, "an endpoint of ssm-contacts", endpointOf("ssm-contacts"), "nodes have no incidents to report there", ""},
	{"EC2.60", vpc, "an endpoint of ssm-incidents", endpointOf("ssm-incidents"), "nodes have no incidents to report there", ""},
	{"EC2.15", "ec2/subnet:Subnet", "no public addresses by default", func(_ *recorder, res *registered) bool { return res.Get("mapPublicIpOnLaunch") != true }, "", ""},
	{"EC2.18 EC2.19", "vpc/securityGroupIngressRule:SecurityGroupIngressRule", "nothing from everywhere", func(_ *recorder, res *registered) bool {
		return res.Get("cidrIpv4") != "0.0.0.0/0" && res.Get("cidrIpv6") != "::/0"
	}, "", ""},
	{"ELB.1", listener, "plain HTTP only sends on to HTTPS", func(_ *recorder, res *registered) bool {
		return res.Get("protocol") == "HTTPS" || res.Get("defaultActions.redirect.protocol") == "HTTPS"
	}, "", ""},
	{"ELB.18", listener, "HTTPS alone", value("protocol", "HTTPS"), "", ""},
	{"ELB.4", balancer, "malformed headers are dropped", value("dropInvalidHeaderFields", true), "", ""},
	{"ELB.5", balancer, "access logs", value("accessLogs.enabled", true), "", ""},
	{"ELB.6", balancer, "deletion protection", value("enableDeletionProtection", true), "", "it is destroyed whenever somebody likes"},
	{"ELB.12", balancer, "requests that two servers read differently are stopped", func(_ *recorder, res *registered) bool {
		return slices.Contains([]any{"defensive", "strictest"}, res.Get("desyncMitigationMode"))
	}, "", ""},
	{"ELB.13", balancer, "several zones", inZones("subnets", 2), "", ""},
	{"ELB.17", listener, "a TLS policy of the control's list", strongTLS, "", ""},
	{"ELB.21", nodesOfALB, "health checks over TLS", value("healthCheck.protocol", "HTTPS"), "", ""},
	{"ELB.22", nodesOfALB, "TLS to the nodes", value("protocol", "HTTPS"), "", ""},
	{"ACM.1", "acm/certificate:Certificate", "ACM renews it by a record that stays", value("validationMethod", "DNS"), "", ""},
	{"ACM.2", "acm/certificate:Certificate", "a key of 2048 bits or more, as ACM's own default", func(_ *recorder, res *registered) bool {
		return slices.Contains([]any{nil, "RSA_2048", "RSA_3072", "RSA_4096"}, res.Get("keyAlgorithm"))
	}, "", ""},
}

var accessControls = []control{
	{"IAM.1", inline, "not everything", allowingNone(func(s statement) bool { return slices.Contains(list(s.Action), "*") }), "", ""},
	{"IAM.21", inline, "not everything of a service", allowingNone(func(s statement) bool {
		return slices.ContainsFunc(list(s.Action), func(a string) bool { return strings.HasSuffix(a, ":*") })
	}), "", ""},
	{"KMS.1 KMS.2", inline, "no decryption with all keys", allowingNone(func(s statement) bool {
		opens := func(pattern string) bool {
			return evaluate.ActionMatches(pattern, "kms:Decrypt") || evaluate.ActionMatches(pattern, "kms:ReEncryptFrom")
		}
		all := func(on string) bool { return on == "*" || strings.HasSuffix(on, ":key/*") }
		return slices.ContainsFunc(list(s.Action), opens) && slices.ContainsFunc(list(s.Resource), all)
	}), "", ""},
	{"KMS.4", "kms/key:Key", "keys rotate", value("enableKeyRotation", true), "", ""},
	{"KMS.5", "kms/key:Key", "not public", notPublic("policy"), "", ""},
	{"SNS.1", "sns/topic:Topic", "encrypted", given("kmsMasterKeyId"), "", ""},
	{"SNS.4", "sns/topic:Topic", "not public", having("sns/topicPolicy:TopicPolicy", "arn", "arn", notPublic("policy")), "", ""},
	{"SSM.1", inline + " cluster-node", "Systems Manager manages the nodes", func(r *recorder, res *registered) bool {
		return !allowingNone(func(s statement) bool { return slices.Contains(list(s.Action), "ssm:UpdateInstanceInformation") })(r, res)
	}, "", ""},
	{"SecretsManager.1 SecretsManager.4", secretOf, "rotates by itself", having("secretsmanager/secretRotation:SecretRotation", "secretId", "arn", given("secretId")),
		"Morpheus keeps the password in a file: a rotation that nobody follows cuts it off", ""},
}

var nodeControls = []control{
	{"AutoScaling.1", nodeGroup, "health as the load balancer sees it", value("healthCheckType", "ELB"), "", ""},
	{"AutoScaling.2", nodeGroup, "several zones", inZones("vpcZoneIdentifiers", 2), "", ""},
	{"AutoScaling.6", nodeGroup, "several instance types", func(_ *recorder, res *registered) bool {
		types := res.Texts("mixedInstancesPolicy.launchTemplate.overrides.instanceType")
		slices.Sort(types)
		return len(slices.Compact(types)) > 1
	}, "", ""},
	{"AutoScaling.9", nodeGroup, "a launch template", given("mixedInstancesPolicy.launchTemplate.launchTemplateSpecification.launchTemplateId"), "", ""},
	{"EC2.3 EC2.181", template, "volumes are encrypted", value("blockDeviceMappings.ebs.encrypted", true), "", ""},
	{"EC2.8 EC2.170", template, "metadata for sessions only", value("metadataOptions.httpTokens", "required"), "", ""},
	{"EC2.9 EC2.25", template, "no public address", value("networkInterfaces.associatePublicIpAddress", false), "", ""},
	{"EC2.17", template, "one network interface", func(_ *recorder, res *registered) bool { return len(res.Values("networkInterfaces")) == 1 }, "", ""},
}

var dataControls = []control{
	{"EFS.1 EFS.8", "efs/fileSystem:FileSystem", "encrypted", value("encrypted", true), "", ""},
	{"EFS.7", "efs/fileSystem:FileSystem", "automatic backups", having("efs/backupPolicy:BackupPolicy", "fileSystemId", "id", value("backupPolicy.status", "ENABLED")), "", ""},

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
	{"RDS.45", dbCluster, "the audit log is written", having("rds/clusterParameterGroup:ClusterParameterGroup", "name", "dbClusterParameterGroupName",
		func(_ *recorder, res *registered) bool {
			return parameter(res, "server_audit_logging") == "1" && parameter(res, "server_audit_events") != ""
		}), "", ""},
	{"RDS.10 RDS.12", dbCluster, "IAM authentication", value("iamDatabaseAuthenticationEnabled", true), "", ""},
	{"RDS.11 RDS.50", dbCluster, "backups of a week", number("backupRetentionPeriod", 7), "", "its data is worth a day"},
	{"RDS.13 RDS.35", dbInstance, "automatic minor upgrades", value("autoMinorVersionUpgrade", true),
		"AWS advises against it on a line with long-term support", ""},
	{"RDS.14", dbCluster, "backtrack", number("backtrackWindow", 1), "it excludes a global database for ever", ""},
	{"RDS.15", "rds/subnetGroup:SubnetGroup", "instances in several zones", func(r *recorder, _ *registered) bool {
		zones := map[any]bool{}
		for _, instance := range r.OfType(dbInstance) {
			zones[instance.Get("availabilityZone")] = true
		}
		return len(zones) > 1
	}, "", ""},
	{"RDS.16", dbCluster, "snapshots carry tags", value("copyTagsToSnapshot", true), "", ""},
	{"RDS.17", dbInstance, "snapshots carry tags", value("copyTagsToSnapshot", true), "", ""},
	{"RDS.19", dbEvents, "clusters: failure and maintenance", hears("db-cluster", "failure", "maintenance"), "", ""},
	{"RDS.20", dbEvents, "instances: configuration change, failure and maintenance", hears("db-instance", "configuration change", "failure", "maintenance"), "", ""},
	{"RDS.21", dbEvents, "parameter groups: configuration change", hears("db-parameter-group", "configuration change"), "", ""},
	{"RDS.22", dbEvents, "security groups: configuration change and failure", hears("db-security-group", "configuration change", "failure"), "", ""},
	{"RDS.23", dbCluster, "another port than the engine's own", func(_ *recorder, res *registered) bool { return fmt.Sprint(res.Get("port")) != "3306" },
		"another port hides nothing from who is inside the VPC, where the rules name who may connect", ""},
	{"RDS.24", dbCluster, "the administrator has a name of its own", func(_ *recorder, res *registered) bool {
		return !slices.Contains([]any{nil, "", "admin", "postgres", "root"}, res.Get("masterUsername"))
	}, "", ""},
}

// bucketControls ask each bucket for its settings, which are resources of their own: one that is missing fails.
var bucketControls = []control{
	{"S3.1 S3.2 S3.3 S3.8", bucketOfS3, "closed to the public in all four ways", ofBucket("s3/bucketPublicAccessBlock:BucketPublicAccessBlock", func(_ *recorder, res *registered) bool {
		for _, way := range []string{"blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"} {
			if res.Get(way) != true {
				return false
			}
		}
		return true
	}), "", ""},
	{"S3.5", bucketOfS3, "TLS only", ofBucket("s3/bucketPolicy:BucketPolicy", func(r *recorder, res *registered) bool {
		return slices.ContainsFunc(statements(r), func(s statement) bool {
			return s.where == res && s.Effect == "Deny" && slices.Equal(s.principals(), []string{"*"}) && slices.Equal(list(s.Action), []string{"s3:*"}) &&
				fmt.Sprint(s.Condition) == "map[Bool:map[aws:SecureTransport:[false]]]"
		})
	}), "", ""},
	{"S3.6", bucketOfS3, "nothing for other accounts", ofBucket("s3/bucketPolicy:BucketPolicy", notForOthers), "", ""},
	{"S3.12", bucketOfS3, "no access lists", ofBucket("s3/bucketOwnershipControls:BucketOwnershipControls", value("rule.objectOwnership", "BucketOwnerEnforced")), "", ""},
	{"S3.13", bucketOfS3, "a lifecycle", ofBucket("s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2", value("rules.status", "Enabled")), "", ""},
	{"S3.9", bucketOfS3 + " search-snapshots-bucket", "access logs", ofBucket("s3/bucketLoggingV2:BucketLoggingV2", given("targetBucket")),
		"one service reads and writes the snapshots, with a role that nobody else has", ""},
	{"S3.9", bucketOfS3 + " loadbalancer-logs-bucket", "access logs", ofBucket("s3/bucketLoggingV2:BucketLoggingV2", given("targetBucket")),
		"it holds logs, which one service writes: logs of those would be as many again", ""},
	{"S3.9", bucketOfS3 + " cluster-diagnostics-bucket", "access logs", ofBucket("s3/bucketLoggingV2:BucketLoggingV2", given("targetBucket")),
		"nodes write into it when a boot fails and can read nothing; a report has no secret", ""},
}

// absentControls are about something that the program does not make, with the type that would bring them into force.
var absentControls = []struct{ ids, token, why string }{
	{"EFS.3 EFS.4", "efs/accessPoint:AccessPoint", "no access point: its fixed user would undo the chown of a reconfigure"},
	{"EFS.2", "backup/plan:Plan", "the plan of AWS Backup is not there yet; EFS keeps daily backups of its own"},
	{"Backup.1", "backup/vault:Vault", "no vault yet"},
	{"RDS.1", "rds/clusterSnapshot:ClusterSnapshot", "snapshots are AWS's own and shared with nobody"},
	{"RDS.5 RDS.8 RDS.25", "rds/instance:Instance", "no instance outside a cluster"},
	{"RDS.51", "rds/globalCluster:GlobalCluster", "no global database unless database.globalDatabase names one"},
	{"SecretsManager.2", "secretsmanager/secretRotation:SecretRotation", "no rotation that could fail"},
	{"MQ.2", "mq/configuration:Configuration", "about ActiveMQ alone"},
	{"AutoScaling.3 AutoScaling.5", "ec2/launchConfiguration:LaunchConfiguration", "a launch template instead"},
	{"EC2.16 EC2.21", "ec2/networkAcl:NetworkAcl", "the VPC's own network ACL alone, which these leave out"},
	{"SSM.2 SSM.3", "ssm/association:Association", "nodes are replaced by ones of a newer image instead of patched"},
	{"WAF.10 WAF.12", "wafv2/webAcl:WebAcl", "a web ACL is given by its owner"},
	{"IAM.1 IAM.21 KMS.1", "iam/policy:Policy", "no policies but inline ones, which are held to the same"},
}

// outsideControls are decided by something else than what the program deploys.
var outsideControls = map[string]string{
	"EC2.7":            "a setting of the account and region",
	"EC2.172":          "a setting of the account and region",
	"EC2.182":          "a setting of the account and region",
	"KMS.3":            "a destroy schedules the deletion of the keys",
	"SecretsManager.3": "nodes read secrets when they boot",
}

// widened is what production can have beside, with the controls that then come into force; they stand in the place of those
// with the same ids.
var (
	widened = overrides{
		"database.globalDatabase": "world", "database.administratorSecret": "own", "loadBalancer.redirectHttp": true,
	}
	widenedControls = []control{
		{"RDS.51", "rds/globalCluster:GlobalCluster", "3.08 or later, or the line 3.04, in each member", func(r *recorder, res *registered) bool {
			var major, minor, patch int
			for _, member := range r.OfType(dbCluster) {
				_, err := fmt.Sscanf(fmt.Sprint(member.Get("engineVersion")), "8.0.mysql_aurora.%d.%d.%d", &major, &minor, &patch)
				if err != nil || major != 3 || minor != 4 && minor < 8 || res.Get("sourceDbClusterIdentifier") != member.Output("arn") {
					return false
				}
			}
			return major > 0
		}, "", ""},
		{"ELB.18", listener + " loadbalancer-https", "HTTPS alone", value("protocol", "HTTPS"), "", ""},
		{"ELB.18", listener + " loadbalancer-redirect", "HTTPS alone", value("protocol", "HTTPS"), "a redirect is asked for in plain HTTP", ""},
		{"ELB.17", listener + " loadbalancer-https", "a TLS policy of the control's list", strongTLS, "", ""},
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
