package tests

// call is one row of the permission tables: actions that a principal calls on one resource.
type call struct {
	// who is the logical name of a role of the program, an AWS service, or one of the principals below.
	who string
	// actions are separated by spaces; each action is one case.
	actions string
	// on is an ARN or "*". "${name.property}" stands for an output of a resource of the program; ${account}, ${region},
	// ${partition} and ${suffix} for the place of the stack; ${stack} and ${group} for its names. A row with ${key}
	// becomes one case for each key.
	on string
	// with are the values of the condition keys in the calls.
	with map[string]string
}

// Principals that are not roles of the program.
const (
	node        = "access-node"
	monitoring  = "database-monitoring"
	backupJobs  = "backup-role"
	restoreJobs = "backup-restore-role"
	flowLogs    = "network-flow-logs-role"
	snapshots   = "search-snapshot-role"
	publisher   = "monitoring-events-role"
	scaling     = "Auto Scaling"  // with its service-linked role
	admin       = "administrator" // a role whose policy allows all KMS and IAM actions
	stranger    = "stranger"      // a role in the account without policies
	ec2Service  = "ec2.${suffix}" // in China the name ends in the partition's suffix
	logsService = "logs.${region}.${suffix}"

	delivery        = "logdelivery.elasticloadbalancing.amazonaws.com"
	flowLogsService = "vpc-flow-logs.amazonaws.com"
	eventsService   = "events.amazonaws.com"
)

// groupContext is the condition key with the log group that a KMS key is used for.
const groupContext = "kms:EncryptionContext:aws:logs:arn"

var (
	throughSecrets = map[string]string{"kms:ViaService": "secretsmanager.${region}.${suffix}"}
	throughVolumes = map[string]string{"kms:ViaService": "ec2.${region}.${suffix}"}
	elsewhere      = map[string]string{"kms:ViaService": "secretsmanager.eu-west-2.${suffix}"}
	mounted        = map[string]string{"elasticfilesystem:AccessedViaMountTarget": "true",
		"aws:SecureTransport": "true"}
	forAccount   = map[string]string{"aws:SourceAccount": "${account}"}
	forAnother   = map[string]string{"aws:SourceAccount": "999999999999"}
	ownNamespace = map[string]string{"cloudwatch:namespace": "Morpheus/${stack}"}
	ownGroup     = map[string]string{
		groupContext: "arn:${partition}:logs:${region}:${account}:log-group:/morpheus/${stack}/nodes",
	}
	groupOfAnother   = map[string]string{groupContext: "arn:${partition}:logs:${region}:999999999999:log-group:/morpheus"}
	groupOfElsewhere = map[string]string{groupContext: "arn:${partition}:logs:eu-west-2:${account}:log-group:/morpheus"}
	throughTopics    = map[string]string{"kms:ViaService": "sns.${region}.${suffix}"}
	throughBuckets   = map[string]string{"kms:ViaService": "s3.${region}.${suffix}"}
	safely           = map[string]string{"aws:SecureTransport": "true"}
	openly           = map[string]string{"aws:SecureTransport": "false"}
	fromAccount      = map[string]string{"aws:SourceAccount": "${account}", "aws:SecureTransport": "true"}
	inTheOpen        = map[string]string{"aws:SourceAccount": "${account}", "aws:SecureTransport": "false"}
	forDomain        = map[string]string{"aws:SourceAccount": "${account}", "aws:SourceArn": "${search-domain.arn}"}
	forBalancer      = map[string]string{"aws:SecureTransport": "true",
		"aws:SourceArn": "arn:${partition}:elasticloadbalancing:${region}:${account}:loadbalancer/app/alb/0123456789abcdef"}
	forOtherBalancer = map[string]string{"aws:SecureTransport": "true",
		"aws:SourceArn": "arn:${partition}:elasticloadbalancing:${region}:999999999999:loadbalancer/app/alb/0123456789abcdef"}

	forBalancerOpenly = map[string]string{"aws:SecureTransport": "false",
		"aws:SourceArn": "arn:${partition}:elasticloadbalancing:${region}:${account}:loadbalancer/app/alb/0123456789abcdef"}

	forFlowLog = map[string]string{"aws:SourceAccount": "${account}",
		"aws:SourceArn": "arn:${partition}:ec2:${region}:${account}:vpc-flow-log/fl-0a1b2c3d4e5f60718"}
	forOtherFlowLog = map[string]string{"aws:SourceAccount": "999999999999",
		"aws:SourceArn": "arn:${partition}:ec2:${region}:999999999999:vpc-flow-log/fl-0a1b2c3d4e5f60718"}
	forRule = map[string]string{"aws:SourceAccount": "${account}",
		"aws:SourceArn": "${monitoring-cluster-launch-failed.arn}"}
	forOtherRule = map[string]string{"aws:SourceAccount": "${account}",
		"aws:SourceArn": "arn:${partition}:events:${region}:${account}:rule/others"}
	forRuleOfAnother = map[string]string{"aws:SourceAccount": "999999999999",
		"aws:SourceArn": "arn:${partition}:events:${region}:999999999999:rule/morpheus-${stack}-cluster-launch-failed"}
	forOtherDomain = map[string]string{"aws:SourceAccount": "${account}", "aws:SourceArn": "${search-domain.arn}-2"}
)

const (
	secretARN = "arn:${partition}:secretsmanager:${region}:${account}:secret:others-AbCdEf"
	keyARN    = "arn:${partition}:kms:${region}:${account}:key/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
	groupARN  = "arn:${partition}:autoscaling:${region}:${account}:autoScalingGroup:" +
		"0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0:autoScalingGroupName/"
	instanceARN = "arn:${partition}:ec2:${region}:${account}:instance/i-0a1b2c3d4e5f60718"
	logARN      = "arn:${partition}:logs:${region}:${account}:log-group:"
	roleARN     = "arn:${partition}:iam::${account}:role/"
)

// intended are the calls that every stack needs.
var intended = []call{
	{who: node, actions: "secretsmanager:GetSecretValue secretsmanager:DescribeSecret",
		on: "${database-user-secret.arn}"},
	{who: node, actions: "secretsmanager:GetSecretValue secretsmanager:DescribeSecret",
		on: "${messaging-user-secret.arn}"},
	{who: node, actions: "secretsmanager:GetSecretValue secretsmanager:DescribeSecret", on: "${search-user-secret.arn}"},
	{who: node, actions: "kms:Decrypt kms:GenerateDataKey", on: "${encryption-secrets.arn}", with: throughSecrets},
	// Needed to create the appliance's database user, see docs/decisions/secrets.md.
	{who: node, actions: "secretsmanager:GetSecretValue", on: "${database-cluster.masterUserSecrets.0.secretArn}"},
	{who: node, actions: "secretsmanager:DescribeSecret secretsmanager:GetSecretValue secretsmanager:PutSecretValue",
		on: "${cluster-appliance.arn}"},
	{who: node, actions: "s3:PutObject",
		on: "${cluster-diagnostics-bucket.arn}/boot/i-0a1b2c3d4e5f60718-20261123T120000Z.txt", with: safely},
	{who: node, actions: "kms:GenerateDataKey", on: "${encryption-logs.arn}", with: throughBuckets},
	{who: node, actions: "s3:GetObject", on: "${cluster-boot-files.arn}", with: safely},
	{who: node, actions: "s3:PutObject", on: "${messaging-topology-bucket.arn}/definitions/morpheus.json", with: safely},
	{who: node, actions: "kms:GenerateDataKey", on: "${encryption-messaging.arn}", with: throughBuckets},
	{who: node, actions: "iam:PassRole", on: "${search-snapshot-role.arn}"},
	{who: node, actions: "es:ESHttpPut", on: "${search-domain.arn}/_snapshot/morpheus"},
	// The user data of a former launch template version names a former object.
	{who: node, actions: "s3:GetObject", on: "${cluster-boot-bucket.arn}/boot/a-former-version.sh", with: safely},
	{who: node, actions: "elasticfilesystem:ClientMount elasticfilesystem:ClientWrite elasticfilesystem:ClientRootAccess",
		on: "${filesystem-storage.arn}", with: mounted},
	{who: node, actions: "autoscaling:CompleteLifecycleAction autoscaling:RecordLifecycleActionHeartbeat",
		on: groupARN + "${group}"},
	{who: node, actions: "logs:CreateLogStream logs:PutLogEvents",
		on: logARN + "/morpheus/${stack}/nodes:log-stream:i-0a1b2c3d4e5f60718"},
	{who: node, actions: "logs:DescribeLogStreams", on: logARN + "/morpheus/${stack}/nodes:*"},
	{who: node, actions: "cloudwatch:PutMetricData", on: "*", with: ownNamespace},
	{who: node, actions: "ssm:UpdateInstanceInformation", on: instanceARN},
	{who: node, actions: "ssmmessages:CreateControlChannel ssmmessages:CreateDataChannel " +
		"ssmmessages:OpenControlChannel ssmmessages:OpenDataChannel", on: "*"},
	{who: ec2Service, actions: "sts:AssumeRole", on: "${access-node.arn}"},

	{who: "monitoring.rds.amazonaws.com", actions: "sts:AssumeRole", on: "${database-monitoring.arn}", with: forAccount},
	{who: monitoring, actions: "logs:CreateLogStream logs:PutLogEvents", on: logARN + "RDSOSMetrics:log-stream:db-1"},

	{who: "backup.amazonaws.com", actions: "sts:AssumeRole", on: "${backup-role.arn}", with: forAccount},
	{who: backupJobs, actions: "rds:CreateDBClusterSnapshot", on: "${database-cluster.arn}"},
	{who: backupJobs, actions: "elasticfilesystem:Backup", on: "${filesystem-storage.arn}"},
	{who: backupJobs, actions: "backup:CopyIntoBackupVault", on: "${backup-vault.arn}"},
	{who: backupJobs, actions: "kms:CreateGrant", on: "${encryption-database.arn}",
		with: map[string]string{"kms:GrantIsForAWSResource": "true"}},
	{who: "backup.amazonaws.com", actions: "kms:Decrypt kms:GenerateDataKey", on: "${encryption-logs.arn}",
		with: forAccount},
	{who: "backup.amazonaws.com", actions: "sns:Publish", on: "${notifications-topic.arn}", with: fromAccount},

	{who: flowLogsService, actions: "sts:AssumeRole", on: "${network-flow-logs-role.arn}", with: forFlowLog},
	{who: flowLogs, actions: "logs:CreateLogStream logs:PutLogEvents",
		on: "${network-flow-logs.arn}:log-stream:eni-0a1b2c3d4e5f60718-all"},
	{who: flowLogs, actions: "logs:DescribeLogStreams", on: "${network-flow-logs.arn}:*"},
	{who: flowLogs, actions: "logs:DescribeLogGroups", on: "*"},

	{who: scaling,
		actions: "kms:Encrypt kms:Decrypt kms:ReEncryptFrom kms:ReEncryptTo kms:GenerateDataKeyWithoutPlaintext " +
			"kms:DescribeKey", on: "${encryption-volumes.arn}", with: throughVolumes},
	{who: scaling, actions: "kms:CreateGrant", on: "${encryption-volumes.arn}",
		with: map[string]string{"kms:GrantIsForAWSResource": "true", "kms:ViaService": "ec2.${region}.${suffix}"}},
	{who: logsService, actions: "kms:Encrypt kms:Decrypt kms:ReEncryptFrom kms:ReEncryptTo kms:GenerateDataKey",
		on: "${encryption-logs.arn}", with: ownGroup},
	{who: logsService, actions: "kms:DescribeKey", on: "${encryption-logs.arn}", with: ownGroup},
	{who: "cloudwatch.amazonaws.com", actions: "kms:Decrypt kms:GenerateDataKey", on: "${encryption-logs.arn}",
		with: forAccount},
	{who: "events.rds.amazonaws.com", actions: "kms:Decrypt kms:GenerateDataKey", on: "${encryption-logs.arn}",
		with: forAccount},
	{who: "budgets.amazonaws.com", actions: "kms:Decrypt kms:GenerateDataKey", on: "${encryption-logs.arn}",
		with: forAccount},
	{who: "costalerts.amazonaws.com", actions: "kms:Decrypt kms:GenerateDataKey", on: "${encryption-logs.arn}",
		with: forAccount},
	{who: admin, actions: "kms:PutKeyPolicy kms:DescribeKey kms:CreateGrant kms:ScheduleKeyDeletion kms:Decrypt",
		on: "${key}"},

	{who: "es.amazonaws.com", actions: "logs:CreateLogStream logs:PutLogEvents",
		on: "${search-logs-application.arn}:log-stream:1", with: forDomain},
	{who: "es.amazonaws.com", actions: "logs:PutLogEvents", on: "${search-logs-audit.arn}:log-stream:1", with: forDomain},

	{who: "es.amazonaws.com", actions: "sts:AssumeRole", on: "${search-snapshot-role.arn}", with: forDomain},
	{who: delivery, actions: "s3:PutObject",
		on:   "${loadbalancer-logs-bucket.arn}/AWSLogs/${account}/elasticloadbalancing/${region}/2026/11/23/log.gz",
		with: forBalancer},
	{who: snapshots, actions: "s3:ListBucket", on: "${search-snapshots-bucket.arn}", with: safely},
	{who: snapshots, actions: "s3:GetObject s3:PutObject s3:DeleteObject", on: "${search-snapshots-bucket.arn}/indices/0",
		with: safely},
	{who: snapshots, actions: "kms:Decrypt kms:GenerateDataKey", on: "${encryption-search.arn}", with: throughBuckets},
	{who: "cloudwatch.amazonaws.com", actions: "sns:Publish", on: "${notifications-topic.arn}", with: fromAccount},
	{who: "events.rds.amazonaws.com", actions: "sns:Publish", on: "${notifications-topic.arn}", with: fromAccount},
	{who: "cloudwatch.amazonaws.com", actions: "sns:Publish", on: "${notifications-pages.arn}", with: fromAccount},
	{who: eventsService, actions: "sts:AssumeRole", on: "${monitoring-events-role.arn}", with: forRule},
	{who: publisher, actions: "sns:Publish", on: "${notifications-topic.arn}", with: safely},
	{who: publisher, actions: "sns:Publish", on: "${notifications-pages.arn}", with: safely},
	{who: publisher, actions: "kms:Decrypt kms:GenerateDataKey", on: "${encryption-logs.arn}", with: throughTopics},
	{who: "budgets.amazonaws.com", actions: "sns:Publish", on: "${notifications-topic.arn}", with: fromAccount},
	{who: "costalerts.amazonaws.com", actions: "sns:Publish", on: "${notifications-topic.arn}", with: fromAccount},
}

// forbidden are the calls that must be denied, such as those of an intruder on a node or of a service that acts for
// another account.
var forbidden = []call{
	{who: node, actions: "secretsmanager:GetSecretValue", on: secretARN},
	{who: node, actions: "secretsmanager:PutSecretValue secretsmanager:RotateSecret secretsmanager:DeleteSecret",
		on: "${database-cluster.masterUserSecrets.0.secretArn}"},
	{who: node, actions: "secretsmanager:DeleteSecret secretsmanager:PutResourcePolicy " +
		"secretsmanager:UpdateSecretVersionStage", on: "${cluster-appliance.arn}"},
	{who: node, actions: "s3:GetObject", on: "arn:${partition}:s3:::node-tools-of-the-rehearsal/others"},
	{who: node, actions: "s3:PutObject",
		on: "arn:${partition}:s3:::node-tools-of-the-rehearsal/node-tools/amazon-efs-utils.deb"},
	{who: node, actions: "secretsmanager:PutSecretValue secretsmanager:UpdateSecret secretsmanager:DeleteSecret " +
		"secretsmanager:PutResourcePolicy", on: "${database-user-secret.arn}"},
	{who: node, actions: "secretsmanager:ListSecrets", on: "*"},
	{who: flowLogsService, actions: "sts:AssumeRole", on: "${network-flow-logs-role.arn}", with: forOtherFlowLog},
	{who: flowLogs, actions: "logs:PutLogEvents", on: logARN + "/morpheus/${stack}/nodes:log-stream:1"},
	{who: flowLogs, actions: "logs:DeleteLogGroup logs:PutRetentionPolicy", on: "${network-flow-logs.arn}:*"},
	{who: node, actions: "kms:Decrypt", on: "${encryption-secrets.arn}"},
	{who: node, actions: "kms:Decrypt", on: "${encryption-secrets.arn}", with: elsewhere},
	{who: node, actions: "kms:Decrypt", on: "${encryption-secrets.arn}", with: throughVolumes},
	{who: node, actions: "kms:Decrypt", on: keyARN, with: throughSecrets},
	{who: node, actions: "kms:Encrypt kms:CreateGrant kms:PutKeyPolicy kms:DisableKey kms:DisableKeyRotation " +
		"kms:ScheduleKeyDeletion", on: "${key}", with: throughSecrets},
	{who: node, actions: "kms:GenerateDataKey", on: "${encryption-database.arn}", with: throughSecrets},
	{who: node, actions: "kms:GenerateDataKey", on: "${encryption-secrets.arn}", with: elsewhere},
	{who: node, actions: "kms:Decrypt", on: "${key}"},
	{who: node, actions: "iam:PassRole iam:PutRolePolicy iam:AttachRolePolicy iam:UpdateAssumeRolePolicy " +
		"iam:DeleteRolePermissionsBoundary", on: "${access-node.arn}"},
	{who: node, actions: "iam:CreateRole", on: roleARN + "more"},
	{who: node, actions: "iam:CreateAccessKey", on: "arn:${partition}:iam::${account}:user/back-door"},
	{who: node, actions: "sts:AssumeRole", on: roleARN + "administrator"},
	{who: node, actions: "sts:AssumeRole", on: "${access-node.arn}"},
	{who: node, actions: "sts:AssumeRole", on: "${database-monitoring.arn}"},
	{who: node, actions: "elasticfilesystem:ClientMount elasticfilesystem:ClientWrite",
		on: "arn:${partition}:elasticfilesystem:${region}:${account}:file-system/fs-0123456789abcdef0", with: mounted},
	{who: node, actions: "elasticfilesystem:ClientMount", on: "${filesystem-storage.arn}",
		with: map[string]string{"elasticfilesystem:AccessedViaMountTarget": "false", "aws:SecureTransport": "true"}},
	{who: node, actions: "elasticfilesystem:ClientMount", on: "${filesystem-storage.arn}",
		with: map[string]string{"elasticfilesystem:AccessedViaMountTarget": "true", "aws:SecureTransport": "false"}},
	{who: node, actions: "elasticfilesystem:DeleteFileSystem elasticfilesystem:PutFileSystemPolicy",
		on: "${filesystem-storage.arn}"},
	{who: node, actions: "autoscaling:CompleteLifecycleAction", on: groupARN + "others"},
	{who: node, actions: "autoscaling:CompleteLifecycleAction", on: groupARN + "${group}-2"},
	{who: node, actions: "autoscaling:SetDesiredCapacity autoscaling:DeleteAutoScalingGroup", on: groupARN + "${group}"},
	{who: node, actions: "logs:PutLogEvents", on: logARN + "/morpheus/others/nodes:log-stream:1"},
	{who: node, actions: "logs:PutLogEvents", on: logARN + "/aws/rds/cluster/morpheus-${stack}/audit:log-stream:1"},
	{who: node, actions: "logs:DeleteLogGroup logs:PutRetentionPolicy logs:GetLogEvents logs:DisassociateKmsKey",
		on: logARN + "/morpheus/${stack}/nodes:*"},
	{who: node, actions: "cloudwatch:PutMetricData", on: "*", with: map[string]string{"cloudwatch:namespace": "AWS/RDS"}},
	{who: node, actions: "cloudwatch:PutMetricData", on: "*"},
	{who: node, actions: "cloudwatch:DeleteAlarms cloudwatch:DisableAlarmActions",
		on: "arn:${partition}:cloudwatch:${region}:${account}:alarm:nodes"},
	{who: node, actions: "ssm:GetParameter ssm:GetParameters",
		on: "arn:${partition}:ssm:${region}:${account}:parameter/others"},
	{who: node, actions: "ssm:SendCommand ssm:StartSession", on: instanceARN},
	{who: node, actions: "ec2:TerminateInstances ec2:ModifyInstanceAttribute", on: instanceARN},
	{who: node, actions: "s3:GetObject s3:PutObject", on: "arn:${partition}:s3:::others/key"},
	{who: node, actions: "rds:DeleteDBCluster rds:ModifyDBCluster", on: "${database-cluster.arn}"},

	{who: "lambda.amazonaws.com", actions: "sts:AssumeRole", on: "${access-node.arn}"},
	{who: "monitoring.rds.amazonaws.com", actions: "sts:AssumeRole", on: "${database-monitoring.arn}", with: forAnother},
	{who: "monitoring.rds.amazonaws.com", actions: "sts:AssumeRole", on: "${access-node.arn}", with: forAccount},
	{who: ec2Service, actions: "sts:AssumeRole", on: "${database-monitoring.arn}"},
	{who: monitoring, actions: "logs:PutLogEvents", on: logARN + "/morpheus/${stack}/nodes:log-stream:1"},
	{who: monitoring, actions: "kms:Decrypt kms:ScheduleKeyDeletion", on: "${key}"},
	{who: monitoring, actions: "iam:PassRole", on: "${access-node.arn}"},
	{who: monitoring, actions: "secretsmanager:GetSecretValue", on: "${database-user-secret.arn}"},

	{who: scaling, actions: "kms:CreateGrant", on: "${encryption-volumes.arn}",
		with: map[string]string{"kms:GrantIsForAWSResource": "false"}},
	{who: scaling, actions: "kms:PutKeyPolicy kms:ScheduleKeyDeletion kms:RetireGrant", on: "${encryption-volumes.arn}",
		with: throughVolumes},
	{who: scaling, actions: "kms:Decrypt", on: "${encryption-secrets.arn}", with: throughVolumes},
	{who: scaling, actions: "kms:Decrypt", on: "${encryption-database.arn}", with: throughVolumes},
	{who: logsService, actions: "kms:Encrypt kms:Decrypt", on: "${encryption-logs.arn}", with: groupOfAnother},
	{who: logsService, actions: "kms:Encrypt kms:Decrypt", on: "${encryption-logs.arn}", with: groupOfElsewhere},
	{who: logsService, actions: "kms:CreateGrant kms:PutKeyPolicy kms:ScheduleKeyDeletion", on: "${encryption-logs.arn}",
		with: ownGroup},
	{who: logsService, actions: "kms:Decrypt", on: "${encryption-secrets.arn}", with: ownGroup},
	{who: "cloudwatch.amazonaws.com", actions: "kms:Decrypt kms:GenerateDataKey", on: "${encryption-logs.arn}",
		with: forAnother},
	{who: "events.rds.amazonaws.com", actions: "kms:Decrypt", on: "${encryption-logs.arn}", with: forAnother},
	{who: "backup.amazonaws.com", actions: "kms:Decrypt", on: "${encryption-logs.arn}", with: forAnother},
	{who: "backup.amazonaws.com", actions: "kms:Decrypt", on: "${encryption-secrets.arn}", with: forAccount},
	{who: "backup.amazonaws.com", actions: "sns:Publish", on: "${notifications-topic.arn}", with: forAnother},
	{who: "backup.amazonaws.com", actions: "sns:Publish", on: "${notifications-topic.arn}", with: inTheOpen},
	{who: "backup.amazonaws.com", actions: "sns:Publish", on: "${notifications-pages.arn}", with: fromAccount},
	{who: backupJobs, actions: "kms:CreateGrant kms:Decrypt kms:ScheduleKeyDeletion", on: "${key}"},
	{who: backupJobs, actions: "rds:DeleteDBCluster", on: "${database-cluster.arn}"},
	{who: backupJobs, actions: "secretsmanager:GetSecretValue", on: "${database-user-secret.arn}"},
	{who: node, actions: "sts:AssumeRole", on: "${backup-role.arn}"},
	{who: "budgets.amazonaws.com", actions: "kms:Decrypt kms:GenerateDataKey", on: "${encryption-logs.arn}",
		with: forAnother},
	{who: "budgets.amazonaws.com", actions: "kms:CreateGrant kms:PutKeyPolicy", on: "${encryption-logs.arn}",
		with: forAccount},
	{who: "costalerts.amazonaws.com", actions: "kms:Decrypt kms:GenerateDataKey", on: "${encryption-logs.arn}",
		with: forAnother},
	{who: "lambda.amazonaws.com", actions: "kms:Decrypt kms:CreateGrant kms:ScheduleKeyDeletion", on: "${key}",
		with: forAccount},
	{who: stranger, actions: "kms:Decrypt kms:CreateGrant kms:PutKeyPolicy kms:ScheduleKeyDeletion", on: "${key}"},
	{who: stranger, actions: "elasticfilesystem:ClientMount", on: "${filesystem-storage.arn}", with: mounted},
	{who: stranger, actions: "sts:AssumeRole", on: "${access-node.arn}"},

	{who: "es.amazonaws.com", actions: "logs:PutLogEvents", on: "${search-logs-application.arn}:log-stream:1",
		with: forAnother},
	{who: "es.amazonaws.com", actions: "logs:PutLogEvents", on: "${search-logs-application.arn}:log-stream:1",
		with: forOtherDomain},
	{who: "es.amazonaws.com", actions: "logs:DeleteLogGroup", on: "${search-logs-application.arn}:*", with: forDomain},
	{who: "es.amazonaws.com", actions: "logs:PutLogEvents", on: logARN + "/morpheus/${stack}/nodes:log-stream:1",
		with: forDomain},

	{who: "es.amazonaws.com", actions: "sts:AssumeRole", on: "${search-snapshot-role.arn}", with: forAnother},
	{who: "es.amazonaws.com", actions: "sts:AssumeRole", on: "${search-snapshot-role.arn}", with: forOtherDomain},
	{who: "es.amazonaws.com", actions: "sts:AssumeRole", on: "${access-node.arn}", with: forDomain},
	{who: node, actions: "sts:AssumeRole", on: "${search-snapshot-role.arn}"},
	{who: node, actions: "iam:PassRole", on: "${access-node.arn}"},
	{who: node, actions: "es:ESHttpPut es:ESHttpDelete", on: "${search-domain.arn}/_snapshot/others"},
	{who: node, actions: "s3:GetObject s3:DeleteObject", on: "${messaging-topology-bucket.arn}/definitions/morpheus.json",
		with: safely},
	{who: node, actions: "s3:PutObject", on: "${messaging-topology-bucket.arn}/definitions/others.json", with: safely},
	{who: node, actions: "s3:PutObject", on: "${messaging-topology-bucket.arn}/definitions/morpheus.json", with: openly},
	{who: node, actions: "s3:GetObject s3:PutObject s3:DeleteObject", on: "${search-snapshots-bucket.arn}/indices/0",
		with: safely},
	{who: node, actions: "s3:GetObject s3:DeleteObject",
		on: "${cluster-diagnostics-bucket.arn}/boot/i-0a1b2c3d4e5f60718-20261123T120000Z.txt", with: safely},
	{who: node, actions: "s3:ListBucket s3:PutBucketPolicy s3:DeleteBucket", on: "${cluster-diagnostics-bucket.arn}",
		with: safely},
	{who: node, actions: "s3:PutObject",
		on: "${cluster-diagnostics-bucket.arn}/boot/i-0a1b2c3d4e5f60718-20261123T120000Z.txt", with: openly},
	{who: node, actions: "s3:PutObject s3:DeleteObject", on: "${cluster-boot-files.arn}", with: safely},
	{who: node, actions: "s3:GetObject", on: "${cluster-boot-bucket.arn}/other", with: safely},
	{who: node, actions: "s3:ListBucket s3:PutBucketPolicy s3:DeleteBucket", on: "${cluster-boot-bucket.arn}",
		with: safely},
	{who: node, actions: "s3:GetObject", on: "${cluster-boot-files.arn}", with: openly},
	{who: node, actions: "kms:GenerateDataKey", on: "${encryption-logs.arn}", with: throughSecrets},
	{who: node, actions: "kms:GenerateDataKey", on: "${encryption-search.arn}", with: throughBuckets},
	{who: node, actions: "kms:Decrypt", on: "${encryption-logs.arn}", with: throughBuckets},
	{who: node, actions: "sns:Publish", on: "${notifications-topic.arn}", with: safely},
	{who: snapshots, actions: "s3:GetObject s3:PutObject", on: "${search-snapshots-bucket.arn}/indices/0", with: openly},
	{who: delivery, actions: "s3:PutObject", on: "${loadbalancer-logs-bucket.arn}/AWSLogs/${account}/log.gz",
		with: forOtherBalancer},
	{who: delivery, actions: "s3:PutObject", on: "${loadbalancer-logs-bucket.arn}/AWSLogs/${account}/log.gz",
		with: forBalancerOpenly},
	{who: delivery, actions: "s3:PutObject", on: "${loadbalancer-logs-bucket.arn}/others", with: forBalancer},
	{who: delivery, actions: "s3:GetObject s3:DeleteObject",
		on: "${loadbalancer-logs-bucket.arn}/AWSLogs/${account}/log.gz", with: forBalancer},
	{who: node, actions: "s3:GetObject s3:PutObject s3:DeleteObject",
		on: "${loadbalancer-logs-bucket.arn}/AWSLogs/${account}/log.gz", with: safely},
	{who: snapshots, actions: "s3:ListBucket", on: "${search-snapshots-bucket.arn}", with: openly},
	{who: snapshots, actions: "s3:DeleteBucket s3:PutBucketPolicy", on: "${search-snapshots-bucket.arn}", with: safely},
	{who: snapshots, actions: "s3:GetObject", on: "arn:${partition}:s3:::others/key", with: safely},
	{who: snapshots, actions: "kms:Decrypt kms:GenerateDataKey", on: "${encryption-search.arn}"},
	{who: snapshots, actions: "kms:Decrypt kms:ScheduleKeyDeletion", on: "${key}", with: throughSecrets},
	{who: snapshots, actions: "secretsmanager:GetSecretValue", on: "${search-user-secret.arn}"},
	{who: "cloudwatch.amazonaws.com", actions: "sns:Publish", on: "${notifications-topic.arn}", with: forAnother},
	{who: "events.rds.amazonaws.com", actions: "sns:Publish", on: "${notifications-topic.arn}", with: forAnother},
	{who: "events.rds.amazonaws.com", actions: "sns:Publish", on: "${notifications-topic.arn}", with: inTheOpen},
	{who: "cloudwatch.amazonaws.com", actions: "sns:Publish", on: "${notifications-pages.arn}", with: forAnother},
	{who: "cloudwatch.amazonaws.com", actions: "sns:Publish", on: "${notifications-pages.arn}", with: inTheOpen},
	{who: "events.rds.amazonaws.com", actions: "sns:Publish", on: "${notifications-pages.arn}", with: fromAccount},
	{who: node, actions: "sns:Publish", on: "${notifications-pages.arn}", with: safely},
	{who: eventsService, actions: "sns:Publish", on: "${notifications-pages.arn}", with: fromAccount},
	{who: eventsService, actions: "kms:GenerateDataKey", on: "${encryption-logs.arn}", with: forAccount},
	{who: eventsService, actions: "sts:AssumeRole", on: "${monitoring-events-role.arn}", with: forOtherRule},
	{who: eventsService, actions: "sts:AssumeRole", on: "${monitoring-events-role.arn}", with: forRuleOfAnother},
	{who: eventsService, actions: "sts:AssumeRole", on: "${access-node.arn}", with: forRule},
	{who: publisher, actions: "sns:Publish", on: "${notifications-topic.arn}", with: openly},
	{who: publisher, actions: "sns:Publish", on: "arn:${partition}:sns:${region}:${account}:others", with: safely},
	{who: publisher, actions: "sns:Subscribe sns:SetTopicAttributes", on: "${notifications-topic.arn}", with: safely},
	{who: publisher, actions: "kms:Decrypt", on: "${encryption-logs.arn}", with: throughBuckets},
	{who: publisher, actions: "kms:Decrypt", on: "${encryption-secrets.arn}", with: throughTopics},
	{who: publisher, actions: "logs:PutLogEvents", on: logARN + "/morpheus/${stack}/nodes:log-stream:1"},
	{who: "events.rds.amazonaws.com", actions: "sns:DeleteTopic sns:SetTopicAttributes", on: "${notifications-topic.arn}",
		with: fromAccount},
	{who: "budgets.amazonaws.com", actions: "sns:Publish", on: "${notifications-topic.arn}", with: forAnother},
	{who: "budgets.amazonaws.com", actions: "sns:Publish", on: "${notifications-topic.arn}", with: inTheOpen},
	{who: "budgets.amazonaws.com", actions: "sns:Publish", on: "${notifications-pages.arn}", with: fromAccount},
	{who: "costalerts.amazonaws.com", actions: "sns:Publish", on: "${notifications-topic.arn}", with: forAnother},
	{who: "costalerts.amazonaws.com", actions: "sns:Publish", on: "${notifications-topic.arn}", with: inTheOpen},
	{who: "costalerts.amazonaws.com", actions: "sns:Publish", on: "${notifications-pages.arn}", with: fromAccount},
	{who: "lambda.amazonaws.com", actions: "sns:Publish", on: "${notifications-topic.arn}", with: fromAccount},
}

// testsRestores are the calls of a stack with restore tests, and notByTests those that they must not make.
var (
	testsRestores = []call{
		{who: "backup.amazonaws.com", actions: "sts:AssumeRole", on: "${backup-restore-role.arn}", with: forAccount},
		{who: restoreJobs, actions: "rds:RestoreDBClusterFromSnapshot", on: "${database-subnets.arn}"},
		{who: restoreJobs, actions: "elasticfilesystem:Restore", on: "${filesystem-storage.arn}"},
		{who: restoreJobs, actions: "kms:CreateGrant", on: "${encryption-database.arn}",
			with: map[string]string{"kms:GrantIsForAWSResource": "true"}},
	}
	notByTests = []call{
		{who: restoreJobs, actions: "kms:Decrypt kms:ScheduleKeyDeletion", on: "${key}"},
		{who: restoreJobs, actions: "secretsmanager:GetSecretValue", on: "${database-user-secret.arn}"},
		{who: restoreJobs, actions: "backup:DeleteRecoveryPoint", on: "${backup-vault.arn}"},
		{who: node, actions: "sts:AssumeRole", on: "${backup-restore-role.arn}"},
	}
)
