package tests

import (
	"github.com/morpheus-ha/morpheus-aws/components/encryption"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
)

// endsOf is the rule that tells about a key that somebody disables.
var endsOf = effect{of: "monitoring-encryption-key-ends", at: "eventPattern"}

// effectsOfTiers are the places of the keys of the data tiers and the nodes.
var effectsOfTiers = map[string]keyEffect{
	"database.name": {in: []effect{
		{of: "monitoring-database-failover", at: "eventPattern"},
		{of: "monitoring-database-failed-logins-filter", at: "logGroupName"},
		{of: "monitoring-query-database-*", at: "logGroupNames"},
		{of: "backup-tiers", at: "resources"},
		{of: "backup-restore-aurora", at: "protectedResourceArns"},
		{of: "database-administrator-secret", at: "description"},
		{of: "database-cluster", at: "clusterIdentifier"},
		{of: "database-cluster", at: "finalSnapshotIdentifier"},
		{of: "database-instance-us-*", at: "clusterIdentifier"},
		{of: "database-instance-parameters", at: "description"},
		{of: "database-log-audit", at: "name"},
		{of: "database-log-error", at: "name"},
		{of: "database-log-slowquery", at: "name"},
		{of: "database-monitoring", at: "description"},
		{of: "database-parameters", at: "description"},
		{of: "database-snapshot", at: "keepers.identifier"},
		{of: "database-subnets", at: "description"},
		{of: "database-user-secret", at: "description"},
		{of: "monitoring-database-*", at: "dimensions.DBClusterIdentifier"},
	}},
	"database.engineVersion": {in: []effect{
		{of: "database-cluster", at: "engineVersion"},
		{of: "database-instance-*", at: "engineVersion"},
	}},
	"database.instanceClass": {to: "db.r5.2xlarge", why: "the class decides two thresholds", in: []effect{
		{of: "database-instance-*", at: "instanceClass"},
		{of: "monitoring-database-connections", at: "threshold", is: fixed("2700")},
		{of: "monitoring-database-memory", at: "threshold", is: fixed("3435973836")},
	}},
	"database.instances": {in: []effect{
		{of: "database-instance-us-east-1c", at: "+"},
		{of: "monitoring-database-instances", at: "threshold"},
	}},
	"database.backupRetentionDays": {in: []effect{{of: "database-cluster", at: "backupRetentionPeriod"}}},
	"database.backupWindow":        {in: []effect{{of: "database-cluster", at: "preferredBackupWindow"}}},
	"database.maintenanceWindow": {in: []effect{
		{of: "database-cluster", at: "preferredMaintenanceWindow"},
		{of: "database-instance-*", at: "preferredMaintenanceWindow"},
	}},
	"database.connectionsPerNode": {in: []effect{{of: "cluster-template", at: "userData DATABASE_MAX_OPEN"}}},
	"database.insights": {in: []effect{
		{of: "database-cluster", at: "databaseInsightsMode"},
		{of: "database-cluster", at: "performanceInsightsRetentionPeriod", is: fixed("7")},
		{of: "database-instance-*", at: "performanceInsightsRetentionPeriod", is: fixed("7")},
	}},
	"database.snapshotIdentifier": {
		on: "prod", to: "before-the-upgrade", exists: snapshotExists, why: "RDS looks for it",
		in: []effect{{of: "database-cluster", at: "snapshotIdentifier"}},
	},
	"database.administratorSecret": {on: "prod", why: "a global database must have its own", in: []effect{
		{of: "cluster-backends", at: "policy.MakeTheDatabaseUser", is: fixed("${database-administrator-secret}")},
		{of: "cluster-template", at: "userData DATABASE_ADMIN_SECRET", is: fixed("${database-administrator-secret}")},
		{of: "database-administrator-password", at: "+", is: fixed("1")},
		{of: "database-administrator-secret", at: "+", is: fixed("Administrator of morpheus-prod")},
		{of: "database-administrator-version", at: "+", is: fixed("(secret)")},
		{of: "database-cluster", at: "manageMasterUserPassword", gone: true},
		{of: "database-cluster", at: "masterPassword", is: fixed("(secret)")},
		{of: "database-cluster", at: "masterUserSecretKmsKeyId", gone: true},
		{of: "monitoring-database-rotation-failed", at: "-"},
		{of: "monitoring-database-rotation-failed-target", at: "-"},
	}},

	"messaging.name": {in: []effect{
		{of: "messaging-broker", at: "brokerName"},
		{of: "messaging-user-secret", at: "description"},
		{of: "monitoring-messaging-descriptors", at: "dimensions.Broker"},
		{of: "monitoring-messaging-no-clients", at: "dimensions.Broker"},
		{of: "monitoring-messaging-ready", at: "dimensions.Broker"},
		{of: "monitoring-messaging-unacknowledged", at: "dimensions.Broker"},
		{of: "monitoring-messaging-disk", at: "metricQueries.metric.dimensions.Broker"},
		{of: "monitoring-messaging-memory", at: "metricQueries.metric.dimensions.Broker"},
	}},
	"messaging.engineVersion": {in: []effect{{of: "messaging-broker", at: "engineVersion"}}},
	"messaging.instanceType": {
		to: "mq.m5.xlarge", why: "a type with another letter is none",
		in: []effect{{of: "messaging-broker", at: "hostInstanceType"}},
	},
	"messaging.deploymentMode": {on: "dev", why: "production has one mode", in: []effect{
		{of: "messaging-broker", at: "deploymentMode"},
		{of: "messaging-broker", at: "subnetIds", is: fixed("${network-data-us-east-1b}")},
	}},
	"messaging.maintenanceDay":  {in: []effect{{of: "messaging-broker", at: "maintenanceWindowStartTime.dayOfWeek"}}},
	"messaging.maintenanceTime": {in: []effect{{of: "messaging-broker", at: "maintenanceWindowStartTime.timeOfDay"}}},

	"search.name": {in: []effect{
		{of: "monitoring-search-notice", at: "eventPattern"},
		{of: "monitoring-query-search-slow", at: "logGroupNames"},
		{of: "cluster-template", at: "userData SEARCH_CLUSTER"},
		{of: "search-domain", at: "accessPolicies.PassToFineGrainedAccessControl"},
		{of: "search-domain", at: "domainName"},
		{of: "search-domain", at: "logPublishingOptions.cloudwatchLogGroupArn"},
		{of: "search-logs-*", at: "name"},
		{of: "search-logs-policy", at: "policyDocument.PublishDomainLogs"},
		{of: "search-logs-policy", at: "policyName"},
		{of: "cluster-backends", at: "policy.RegisterSnapshots"},
		{of: "search-snapshot-role", at: "assumeRolePolicy"},
		{of: "search-snapshot-role", at: "description"},
		{of: "search-user-secret", at: "description"},
		{of: "monitoring-search-*", at: "dimensions.DomainName", some: true},
		{of: "monitoring-search-key", at: "metricQueries.metric.dimensions.DomainName"},
		{of: "monitoring-search-rejected-writes", at: "metricQueries.metric.dimensions.DomainName"},
	}},
	"search.engineVersion": {in: []effect{{of: "search-domain", at: "engineVersion"}}},
	"search.instanceType":  {in: []effect{{of: "search-domain", at: "clusterConfig.instanceType"}}},
	"search.instanceCount": {to: 6, why: "the alarm counts the masters too", in: []effect{
		{of: "search-domain", at: "clusterConfig.instanceCount"},
		{of: "monitoring-search-nodes", at: "threshold", is: fixed("9")},
	}},
	"search.dedicatedMasters": {in: []effect{
		{of: "search-domain", at: "clusterConfig.dedicatedMasterCount", gone: true},
		{of: "search-domain", at: "clusterConfig.dedicatedMasterEnabled", is: fixed("false")},
		{of: "search-domain", at: "clusterConfig.dedicatedMasterType", gone: true},
		{of: "monitoring-search-master-*", at: "-"},
		{of: "monitoring-search", at: "alarmRule", is: fixed("morpheus-prod-search-red")},
		{of: "monitoring-search-nodes", at: "threshold", is: fixed("3")},
	}},
	"search.masterInstanceType": {in: []effect{{of: "search-domain", at: "clusterConfig.dedicatedMasterType"}}},
	"search.volumeGiB": {to: 104, why: "the alarm has a quarter of it, in MiB", in: []effect{
		{of: "search-domain", at: "ebsOptions.volumeSize"},
		{of: "monitoring-search-storage", at: "threshold", is: fixed("26624")},
	}},
	"search.volumeIops":       {in: []effect{{of: "search-domain", at: "ebsOptions.iops"}}},
	"search.volumeThroughput": {in: []effect{{of: "search-domain", at: "ebsOptions.throughput"}}},
	"search.offPeakStartHour": {in: []effect{
		{of: "search-domain", at: "offPeakWindowOptions.offPeakWindow.windowStartTime.hours"},
	}},

	"rotation.databaseUser":          {in: []effect{{of: "database-user-password", at: "keepers.rotation"}}},
	"rotation.databaseAdministrator": {in: []effect{{of: "database-administrator-password", at: "keepers.rotation"}}},
	"rotation.messaging":             {in: []effect{{of: "messaging-user-password", at: "keepers.rotation"}}},
	"rotation.search":                {in: []effect{{of: "search-user-password", at: "keepers.rotation"}}},

	"notifications.emails[]": {in: []effect{
		{of: "notifications-to-d876c66b", at: "-"},
		{of: "notifications-to-2abfe5ed", at: "+"},
		{of: "notifications-page-d876c66b", at: "-"},
		{of: "notifications-page-2abfe5ed", at: "+"},
	}},

	"notifications.functionArns[]": {in: []effect{
		{of: "notifications-to-function-*", at: "-"},
		{of: "notifications-to-function-*", at: "+", is: fixed("lambda")},
		{of: "notifications-page-function-*", at: "-"},
		{of: "notifications-page-function-*", at: "+", is: fixed("lambda")},
	}},
	"webhooks.pageUrls[]": {in: []effect{
		{of: "notifications-page-url-*", at: "-"}, {of: "notifications-page-url-*", at: "+", is: fixed("https")},
	}},
	"webhooks.ticketUrls[]": {in: []effect{
		{of: "notifications-to-url-*", at: "-"}, {of: "notifications-to-url-*", at: "+", is: fixed("https")},
	}},
	"monitoring.alarms": {on: "dev", to: "all", why: "production has no other value", in: []effect{
		{of: "monitoring-*", at: "+", is: fixed("")},
		{of: "monitoring-*", at: "alarmRule", is: fixed("ALARM"), some: true},
	}},
	"monitoring.errorPercent": {in: []effect{
		{of: "monitoring-loadbalancer-own-errors", at: "threshold"},
		{of: "monitoring-loadbalancer-node-errors", at: "threshold"},
	}},
	"monitoring.latencySeconds": {in: []effect{{of: "monitoring-loadbalancer-slow", at: "threshold"}}},
	"monitoring.queuedMessages": {in: []effect{
		{of: "monitoring-messaging-ready", at: "threshold"},
		{of: "monitoring-messaging-unacknowledged", at: "threshold"},
	}},
	"monitoring.applianceErrors": {in: []effect{{of: "monitoring-cluster-appliance-errors", at: "threshold"}}},
	"monitoring.failedLogins":    {in: []effect{{of: "monitoring-database-failed-logins", at: "threshold"}}},

	"monitoring.healthCheck": {in: []effect{
		{of: "loadbalancer-health-check", at: "-"},
		{of: "monitoring-loadbalancer-unreachable", at: "-"},
		{of: "monitoring-down", at: "alarmRule", is: fixed("ALARM")},
		{of: "network-ingress-checkers-to-loadbalancer-443", at: "-"},
	}},
	"monitoring.dashboard": {in: []effect{{of: "monitoring-dashboard", at: "-"}}},
	"monitoring.budgetUsd": {in: []effect{{of: "monitoring-budget", at: "limitAmount"}}},
	"monitoring.anomalyMonitor": {to: "none", why: "an existing monitor has one ARN", in: []effect{
		{of: "monitoring-anomalies", at: "-"}, {of: "monitoring-anomalies-to", at: "-"},
	}},
	"monitoring.anomalyUsd": {in: []effect{
		{of: "monitoring-anomalies-to", at: "thresholdExpression.dimension.values"},
	}},

	"cluster.instanceTypes[]": {in: []effect{
		{of: "cluster-group", at: "mixedInstancesPolicy.launchTemplate.overrides.instanceType"},
	}},
	"cluster.minSize": {in: []effect{
		{of: "cluster-group", at: "minSize"},
		{of: "cluster-group", at: "waitForCapacityTimeout", is: minutesOf(60, 70)},
		{of: "cluster-group", at: "(update)", is: minutesOf(60, 80)},
		{of: "cluster-healthy", at: "alarmDescription"},
		{of: "cluster-healthy", at: "threshold"},
		{of: "monitoring-cluster-too-few-nodes", at: "threshold"},
	}},
	"cluster.maxSize":           {in: []effect{{of: "cluster-group", at: "maxSize"}}},
	"cluster.rootVolumeGiB":     {in: []effect{{of: "cluster-template", at: "blockDeviceMappings.ebs.volumeSize"}}},
	"cluster.cpuTargetPercent":  {in: []effect{{of: "cluster-cpu", at: "targetTrackingConfiguration.targetValue"}}},
	"cluster.requestsPerTarget": {in: []effect{{of: "cluster-requests", at: "targetTrackingConfiguration.targetValue"}}},
	"cluster.bootTimeoutMinutes": {in: []effect{
		{of: "cluster-group", at: "initialLifecycleHooks.heartbeatTimeout", is: secondsOf},
		{of: "cluster-group", at: "waitForCapacityTimeout", is: minutesOf(4, 10)},
		{of: "cluster-group", at: "(update)", is: minutesOf(4, 20)},
		{of: "cluster-hook-launch", at: "heartbeatTimeout", is: secondsOf},
		{of: "monitoring-cluster-too-few-nodes", at: "datapointsToAlarm", is: multiple(1, 10)},
		{of: "monitoring-cluster-too-few-nodes", at: "evaluationPeriods", is: multiple(1, 10)},
		{of: "monitoring-cluster-pending-too-long", at: "datapointsToAlarm", is: multiple(2, 20)},
		{of: "monitoring-cluster-pending-too-long", at: "evaluationPeriods", is: multiple(2, 20)},
	}},
	"cluster.rolloutGuard": {in: []effect{
		{of: "cluster-group", at: "instanceRefresh.preferences.alarmSpecification.alarms", is: fixed(""), gone: true},
	}},
	"cluster.rollout": {in: []effect{{of: "cluster-group", at: "tags.value"}}},
	"cluster.imageParameter": {
		exists: imageExists, why: "AWS looks for it",
		in: []effect{{of: "cluster-template", at: "imageId", is: fixed(anotherImage)}},
	},
	"cluster.imageId": {
		to: anotherImage, exists: byID("us-east-1", awstypes.EC2Image, account.Values{"name": "own"}),
		why: "it is empty, and AWS looks for it",
		in:  []effect{{of: "cluster-template", at: "imageId"}},
	},
	"cluster.schedules[].name": {in: []effect{
		{of: "cluster-schedule-day", at: "-"},
		{of: "cluster-schedule-eay", at: "+"},
	}},
	"cluster.schedules[].recurrence": {in: []effect{{of: "cluster-schedule-day", at: "recurrence"}}},
	"cluster.schedules[].timeZone": {
		to: "Europe/Paris", why: "a zone with another letter is none",
		in: []effect{{of: "cluster-schedule-day", at: "timeZone"}},
	},
	"cluster.schedules[].minSize": {in: []effect{{of: "cluster-schedule-day", at: "minSize"}}},
	"cluster.schedules[].maxSize": {in: []effect{{of: "cluster-schedule-day", at: "maxSize"}}},

	"nodeTools.bucket": {in: []effect{
		{of: "cluster-node", at: "policy.ReadTools"},
		{of: "cluster-template", at: "userData MIRROR_BUCKET"},
	}},
	"nodeTools.awsCliSha256":          {in: []effect{{of: "cluster-template", at: tools + "aws-cli"}}},
	"nodeTools.efsUtilsSha256":        {in: []effect{{of: "cluster-template", at: tools + "efs-utils"}}},
	"nodeTools.cloudwatchAgentSha256": {in: []effect{{of: "cluster-template", at: tools + "cloudwatch-agent"}}},
	"nodeTools.rdsCaSha256":           {in: []effect{{of: "cluster-template", at: tools + "rds-ca"}}},

	"encryption.keys.database": {exists: keyExists(encryption.Database), why: "AWS looks for it", in: []effect{
		endsOf,
		{of: "database-cluster", at: "kmsKeyId"},
		{of: "database-cluster", at: "performanceInsightsKmsKeyId"},
		{of: "database-instance-*", at: "performanceInsightsKmsKeyId"},
		{of: "database-snapshot", at: "keepers.key"},
		{of: "backup-restore-aurora", at: "restoreMetadataOverrides.kmsKeyId"},
	}},
	"encryption.keys.filesystem": {exists: keyExists(encryption.FileSystem), why: "AWS looks for it", in: []effect{
		endsOf,
		{of: "filesystem-storage", at: "kmsKeyId"},
		{of: "backup-restore-efs", at: "restoreMetadataOverrides.kmsKeyId"},
	}},
	"encryption.keys.search": {exists: keyExists(encryption.Search), why: "AWS looks for it", in: []effect{
		endsOf,
		{of: "search-domain", at: "encryptAtRest.kmsKeyId"},
		{of: "search-snapshot-policy", at: "policy.EncryptSnapshots"},
		{of: "search-snapshots-encryption", at: "rules.applyServerSideEncryptionByDefault.kmsMasterKeyId"},
	}},
	"encryption.keys.messaging": {exists: keyExists(encryption.Messaging), why: "AWS looks for it", in: []effect{
		endsOf,
		{of: "messaging-broker", at: "encryptionOptions.kmsKeyId"},
		{of: "messaging-topology-encryption", at: "rules.applyServerSideEncryptionByDefault.kmsMasterKeyId"},
		{of: "cluster-backends", at: "policy.EncryptDefinitions"},
	}},
	"encryption.keys.volumes": {exists: keyExists(encryption.Volumes), why: "AWS looks for it", in: []effect{
		endsOf,
		{of: "cluster-template", at: "blockDeviceMappings.ebs.kmsKeyId"},
	}},
	"encryption.keys.secrets": {
		exists: keyExists(encryption.Secrets), why: "AWS looks for it",
		in: append(inEach("kmsKeyId", "cluster-appliance", "database-administrator-secret", "database-user-secret",
			"messaging-user-secret", "search-user-secret"),
			effect{of: "cluster-backends", at: "policy.DatabaseDecryptSecret"},
			effect{of: "cluster-backends", at: "policy.MessagingDecryptSecret"},
			effect{of: "cluster-backends", at: "policy.SearchDecryptSecret"},
			effect{of: "cluster-node", at: "policy.EncryptApplianceSecrets"}, endsOf),
	},
	"encryption.keys.logs": {
		exists: keyExists(encryption.Logs), why: "AWS looks for it",
		in: append(inEach("kmsKeyId", logGroups...),
			effect{of: "cluster-diagnostics-encryption", at: "rules.applyServerSideEncryptionByDefault.kmsMasterKeyId"},
			effect{of: "cluster-node", at: "policy.EncryptReports"},
			effect{of: "notifications-pages", at: "kmsMasterKeyId"},
			effect{of: "notifications-topic", at: "kmsMasterKeyId"},
			effect{of: "monitoring-events-publish", at: "policy.EncryptMessages"}, endsOf),
	},
	"encryption.keys.backup": {
		on: "prod", to: keyOf(7), exists: keyExists(encryption.Backup), why: "AWS looks for it",
		in: []effect{
			{of: "backup-vault", at: "kmsKeyArn"}, {of: "encryption-backup", at: "-"},
			{of: "encryption-backup-alias", at: "-"}, endsOf,
		},
	},

	"access.permissionsBoundary": {
		exists: byARN("", awstypes.IAMPolicy, account.Values{"name": "other"}), why: "AWS looks for it",
		in: inEach("permissionsBoundary", "access-node", "backup-restore-role", "backup-role", "database-monitoring", "network-flow-logs-role",
			"search-snapshot-role", "monitoring-events-role"),
	},
	"serviceLinkedRoles.autoscaling": {
		on: "prod", exists: lacksRole(roleServices["serviceLinkedRoles.autoscaling"]), why: "an account has the role once",
		in: []effect{{of: "access-autoscaling", at: "+", is: fixed("autoscaling.amazonaws.com")}},
	},
	"serviceLinkedRoles.opensearch": {
		on: "prod", exists: lacksRole(roleServices["serviceLinkedRoles.opensearch"]), why: "an account has the role once",
		in: []effect{{of: "access-opensearch", at: "+", is: fixed("opensearchservice.amazonaws.com")}},
	},
	"logs.retentionDays": {in: append(inEach("retentionInDays", logGroups...),
		append(inEach("rules.expiration.days", "cluster-diagnostics-expiry", "loadbalancer-logs-expiry"),
			effect{of: "cluster-diagnostics-expiry", at: "rules.noncurrentVersionExpiration.noncurrentDays"})...)},
	"safety.allowDestroy": {in: []effect{
		{of: "*", at: "(protect)", is: fixed("true"), gone: true},
		{of: "*-bucket", at: "forceDestroy", some: true},
		{of: "database-*", at: "deletionProtection", is: fixed("false")},
		{of: "loadbalancer-alb", at: "enableDeletionProtection", is: fixed("false")},
	}},
	"safety.allowReplace[]": {in: []effect{
		{of: "loadbalancer-alb", at: "(protect)", is: fixed("true"), gone: true},
		{of: "loadbalancer-alb", at: "enableDeletionProtection", is: fixed("false")},
		{of: "search-domain", at: "(protect)", is: fixed("true")},
		{of: "search-snapshots-bucket", at: "(protect)", is: fixed("true")},
		{of: "search-snapshots-bucket", at: "forceDestroy", is: fixed("false")},
	}},
}
