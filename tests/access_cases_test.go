package tests

// call is one row of the table of who may do what: the calls that somebody makes, on one resource.
type call struct {
	// who is a role of the program by its logical name, an AWS service, or one of the people below.
	who string
	// actions, with spaces between them; each is a case of its own.
	actions string
	// on is an ARN or "*". "${name.property}" stands for what AWS answered for a resource of the program; ${account},
	// ${region}, ${partition} and ${suffix} for where the stack is; ${stack} and ${group} for its names; ${key} for each of
	// the keys in turn.
	on string
	// with are condition keys of the calls.
	with map[string]string
}

// People and services that are no role of the program.
const (
	node        = "access-node"
	monitoring  = "database-monitoring"
	flowLogs    = "network-flow-logs-role"
	snapshots   = "search-snapshot-role"
	scaling     = "Auto Scaling"  // by its service-linked role
	admin       = "administrator" // a role whose own policy allows all of KMS and IAM
	stranger    = "stranger"      // a role of the account without policies
	ec2Service  = "ec2.${suffix}" // China has the suffix of the partition here
	logsService = "logs.${region}.${suffix}"

	delivery        = "logdelivery.elasticloadbalancing.amazonaws.com"
	flowLogsService = "vpc-flow-logs.amazonaws.com"
)

var (
	throughSecrets   = map[string]string{"kms:ViaService": "secretsmanager.${region}.${suffix}"}
	throughVolumes   = map[string]string{"kms:ViaService": "ec2.${region}.${suffix}"}
	elsewhere        = map[string]string{"kms:ViaService": "secretsmanager.eu-west-2.${suffix}"}
	mounted          = map[string]string{"elasticfilesystem:AccessedViaMountTarget": "true", "aws:SecureTransport": "true"}
	forAccount       = map[string]string{"aws:SourceAccount": "${account}"}
	forAnother       = map[string]string{"aws:SourceAccount": "999999999999"}
	ownNamespace     = map[string]string{"cloudwatch:namespace": "Morpheus/${stack}"}
	ownGroup         = map[string]string{"kms:EncryptionContext:aws:logs:arn": "arn:${partition}:logs:${region}:${account}:log-group:/morpheus/${stack}/nodes"}
	groupOfAnother   = map[string]string{"kms:EncryptionContext:aws:logs:arn": "arn:${partition}:logs:${region}:999999999999:log-group:/morpheus"}
	groupOfElsewhere = map[string]string{"kms:EncryptionContext:aws:logs:arn": "arn:${partition}:logs:eu-west-2:${account}:log-group:/morpheus"}
	throughBuckets   = map[string]string{"kms:ViaService": "s3.${region}.${suffix}"}
	safely           = map[string]string{"aws:SecureTransport": "true"}
	openly           = map[string]string{"aws:SecureTransport": "false"}
	fromAccount      = map[string]string{"aws:SourceAccount": "${account}", "aws:SecureTransport": "true"}
	inTheOpen        = map[string]string{"aws:SourceAccount": "${account}", "aws:SecureTransport": "false"}
	forDomain        = map[string]string{"aws:SourceAccount": "${account}", "aws:SourceArn": "${search-domain.arn}"}
	forBalancer      = map[string]string{"aws:SecureTransport": "true", "aws:SourceArn": "arn:${partition}:elasticloadbalancing:${region}:${account}:loadbalancer/app/alb/0123456789abcdef"}
	forOtherBalancer = map[string]string{"aws:SecureTransport": "true", "aws:SourceArn": "arn:${partition}:elasticloadbalancing:${region}:999999999999:loadbalancer/app/alb/0123456789abcdef"}

	forBalancerOpenly = map[string]string{"aws:SecureTransport": "false", "aws:SourceArn": "arn:${partition}:elasticloadbalancing:${region}:${account}:loadbalancer/app/alb/0123456789abcdef"}

	forFlowLog      = map[string]string{"aws:SourceAccount": "${account}", "aws:SourceArn": "arn:${partition}:ec2:${region}:${account}:vpc-flow-log/fl-0a1b2c3d4e5f60718"}
	forOtherFlowLog = map[string]string{"aws:SourceAccount": "999999999999", "aws:SourceArn": "arn:${partition}:ec2:${region}:999999999999:vpc-flow-log/fl-0a1b2c3d4e5f60718"}
	forOtherDomain  = map[string]string{"aws:SourceAccount": "${account}", "aws:SourceArn": "${search-domain.arn}-2"}
)

const (
	secretARN   = "arn:${partition}:secretsmanager:${region}:${account}:secret:others-AbCdEf"
	keyARN      = "arn:${partition}:kms:${region}:${account}:key/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
	groupARN    = "arn:${partition}:autoscaling:${region}:${account}:autoScalingGroup:0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0:autoScalingGroupName/"
	instanceARN = "arn:${partition}:ec2:${region}:${account}:instance/i-0a1b2c3d4e5f60718"
	logARN      = "arn:${partition}:logs:${region}:${account}:log-group:"
	roleARN     = "arn:${partition}:iam::${account}:role/"
)

// intended are the calls without which something would not work, in every stack.
var intended = []call{
	{node, "secretsmanager:GetSecretValue secretsmanager:DescribeSecret", "${database-user-secret.arn}", nil},
	{node, "secretsmanager:GetSecretValue secretsmanager:DescribeSecret", "${messaging-user-secret.arn}", nil},
	{node, "secretsmanager:GetSecretValue secretsmanager:DescribeSecret", "${search-user-secret.arn}", nil},
	{node, "kms:Decrypt kms:GenerateDataKey", "${encryption-secrets.arn}", throughSecrets},
	// To make the appliance's database user, see docs/decisions/secrets.md.
	{node, "secretsmanager:GetSecretValue", "${database-cluster.masterUserSecrets.0.secretArn}", nil},
	{node, "secretsmanager:DescribeSecret secretsmanager:GetSecretValue secretsmanager:PutSecretValue", "${cluster-appliance.arn}", nil},
	{node, "s3:PutObject", "${cluster-diagnostics-bucket.arn}/boot/i-0a1b2c3d4e5f60718-20261123T120000Z.txt", safely},
	{node, "kms:GenerateDataKey", "${encryption-logs.arn}", throughBuckets},
	{node, "elasticfilesystem:ClientMount elasticfilesystem:ClientWrite elasticfilesystem:ClientRootAccess", "${filesystem-storage.arn}", mounted},
	{node, "autoscaling:CompleteLifecycleAction autoscaling:RecordLifecycleActionHeartbeat", groupARN + "${group}", nil},
	{node, "logs:CreateLogStream logs:PutLogEvents", logARN + "/morpheus/${stack}/nodes:log-stream:i-0a1b2c3d4e5f60718", nil},
	{node, "logs:DescribeLogStreams", logARN + "/morpheus/${stack}/nodes:*", nil},
	{node, "cloudwatch:PutMetricData", "*", ownNamespace},
	{node, "ssm:UpdateInstanceInformation", instanceARN, nil},
	{node, "ssmmessages:CreateControlChannel ssmmessages:CreateDataChannel ssmmessages:OpenControlChannel ssmmessages:OpenDataChannel", "*", nil},
	{ec2Service, "sts:AssumeRole", "${access-node.arn}", nil},

	{"monitoring.rds.amazonaws.com", "sts:AssumeRole", "${database-monitoring.arn}", forAccount},
	{monitoring, "logs:CreateLogStream logs:PutLogEvents", logARN + "RDSOSMetrics:log-stream:db-1", nil},

	{flowLogsService, "sts:AssumeRole", "${network-flow-logs-role.arn}", forFlowLog},
	{flowLogs, "logs:CreateLogStream logs:PutLogEvents", "${network-flow-logs.arn}:log-stream:eni-0a1b2c3d4e5f60718-all", nil},
	{flowLogs, "logs:DescribeLogStreams", "${network-flow-logs.arn}:*", nil},
	{flowLogs, "logs:DescribeLogGroups", "*", nil},

	{scaling, "kms:Encrypt kms:Decrypt kms:ReEncryptFrom kms:ReEncryptTo kms:GenerateDataKeyWithoutPlaintext kms:DescribeKey", "${encryption-volumes.arn}", throughVolumes},
	{scaling, "kms:CreateGrant", "${encryption-volumes.arn}", map[string]string{"kms:GrantIsForAWSResource": "true", "kms:ViaService": "ec2.${region}.${suffix}"}},
	{logsService, "kms:Encrypt kms:Decrypt kms:ReEncryptFrom kms:ReEncryptTo kms:GenerateDataKey", "${encryption-logs.arn}", ownGroup},
	{logsService, "kms:DescribeKey", "${encryption-logs.arn}", ownGroup},
	{"cloudwatch.amazonaws.com", "kms:Decrypt kms:GenerateDataKey", "${encryption-logs.arn}", forAccount},
	{"events.rds.amazonaws.com", "kms:Decrypt kms:GenerateDataKey", "${encryption-logs.arn}", forAccount},
	{admin, "kms:PutKeyPolicy kms:DescribeKey kms:CreateGrant kms:ScheduleKeyDeletion kms:Decrypt", "${key}", nil},

	{"es.amazonaws.com", "logs:CreateLogStream logs:PutLogEvents", "${search-logs-application.arn}:log-stream:1", forDomain},
	{"es.amazonaws.com", "logs:PutLogEvents", "${search-logs-audit.arn}:log-stream:1", forDomain},

	{"es.amazonaws.com", "sts:AssumeRole", "${search-snapshot-role.arn}", forDomain},
	{delivery, "s3:PutObject", "${loadbalancer-logs-bucket.arn}/AWSLogs/${account}/elasticloadbalancing/${region}/2026/11/23/log.gz", forBalancer},
	{snapshots, "s3:ListBucket", "${search-snapshots-bucket.arn}", safely},
	{snapshots, "s3:GetObject s3:PutObject s3:DeleteObject", "${search-snapshots-bucket.arn}/indices/0", safely},
	{snapshots, "kms:Decrypt kms:GenerateDataKey", "${encryption-search.arn}", throughBuckets},
	{"cloudwatch.amazonaws.com", "sns:Publish", "${notifications-topic.arn}", fromAccount},
	{"events.rds.amazonaws.com", "sns:Publish", "${notifications-topic.arn}", fromAccount},
}

// forbidden are the calls that nobody may make: what an intruder on a node, or a service that acts for another account,
// would try.
var forbidden = []call{
	{node, "secretsmanager:GetSecretValue", secretARN, nil},
	{node, "secretsmanager:PutSecretValue secretsmanager:RotateSecret secretsmanager:DeleteSecret", "${database-cluster.masterUserSecrets.0.secretArn}", nil},
	{node, "secretsmanager:DeleteSecret secretsmanager:PutResourcePolicy secretsmanager:UpdateSecretVersionStage", "${cluster-appliance.arn}", nil},
	{node, "s3:GetObject", "arn:${partition}:s3:::node-tools-of-the-rehearsal/others", nil},
	{node, "s3:PutObject", "arn:${partition}:s3:::node-tools-of-the-rehearsal/node-tools/amazon-efs-utils.deb", nil},
	{node, "secretsmanager:PutSecretValue secretsmanager:UpdateSecret secretsmanager:DeleteSecret secretsmanager:PutResourcePolicy", "${database-user-secret.arn}", nil},
	{node, "secretsmanager:ListSecrets", "*", nil},
	{flowLogsService, "sts:AssumeRole", "${network-flow-logs-role.arn}", forOtherFlowLog},
	{flowLogs, "logs:PutLogEvents", logARN + "/morpheus/${stack}/nodes:log-stream:1", nil},
	{flowLogs, "logs:DeleteLogGroup logs:PutRetentionPolicy", "${network-flow-logs.arn}:*", nil},
	{node, "kms:Decrypt", "${encryption-secrets.arn}", nil},
	{node, "kms:Decrypt", "${encryption-secrets.arn}", elsewhere},
	{node, "kms:Decrypt", "${encryption-secrets.arn}", throughVolumes},
	{node, "kms:Decrypt", keyARN, throughSecrets},
	{node, "kms:Encrypt kms:CreateGrant kms:PutKeyPolicy kms:DisableKey kms:DisableKeyRotation kms:ScheduleKeyDeletion", "${key}", throughSecrets},
	{node, "kms:GenerateDataKey", "${encryption-database.arn}", throughSecrets},
	{node, "kms:GenerateDataKey", "${encryption-secrets.arn}", elsewhere},
	{node, "kms:Decrypt", "${key}", nil},
	{node, "iam:PassRole iam:PutRolePolicy iam:AttachRolePolicy iam:UpdateAssumeRolePolicy iam:DeleteRolePermissionsBoundary", "${access-node.arn}", nil},
	{node, "iam:CreateRole", roleARN + "more", nil},
	{node, "iam:CreateAccessKey", "arn:${partition}:iam::${account}:user/back-door", nil},
	{node, "sts:AssumeRole", roleARN + "administrator", nil},
	{node, "sts:AssumeRole", "${access-node.arn}", nil},
	{node, "sts:AssumeRole", "${database-monitoring.arn}", nil},
	{node, "elasticfilesystem:ClientMount elasticfilesystem:ClientWrite", "arn:${partition}:elasticfilesystem:${region}:${account}:file-system/fs-0123456789abcdef0", mounted},
	{node, "elasticfilesystem:ClientMount", "${filesystem-storage.arn}", map[string]string{"elasticfilesystem:AccessedViaMountTarget": "false", "aws:SecureTransport": "true"}},
	{node, "elasticfilesystem:ClientMount", "${filesystem-storage.arn}", map[string]string{"elasticfilesystem:AccessedViaMountTarget": "true", "aws:SecureTransport": "false"}},
	{node, "elasticfilesystem:DeleteFileSystem elasticfilesystem:PutFileSystemPolicy", "${filesystem-storage.arn}", nil},
	{node, "autoscaling:CompleteLifecycleAction", groupARN + "others", nil},
	{node, "autoscaling:CompleteLifecycleAction", groupARN + "${group}-2", nil},
	{node, "autoscaling:SetDesiredCapacity autoscaling:DeleteAutoScalingGroup", groupARN + "${group}", nil},
	{node, "logs:PutLogEvents", logARN + "/morpheus/others/nodes:log-stream:1", nil},
	{node, "logs:PutLogEvents", logARN + "/aws/rds/cluster/morpheus-${stack}/audit:log-stream:1", nil},
	{node, "logs:DeleteLogGroup logs:PutRetentionPolicy logs:GetLogEvents logs:DisassociateKmsKey", logARN + "/morpheus/${stack}/nodes:*", nil},
	{node, "cloudwatch:PutMetricData", "*", map[string]string{"cloudwatch:namespace": "AWS/RDS"}},
	{node, "cloudwatch:PutMetricData", "*", nil},
	{node, "cloudwatch:DeleteAlarms cloudwatch:DisableAlarmActions", "arn:${partition}:cloudwatch:${region}:${account}:alarm:nodes", nil},
	{node, "ssm:GetParameter ssm:GetParameters", "arn:${partition}:ssm:${region}:${account}:parameter/others", nil},
	{node, "ssm:SendCommand ssm:StartSession", instanceARN, nil},
	{node, "ec2:TerminateInstances ec2:ModifyInstanceAttribute", instanceARN, nil},
	{node, "s3:GetObject s3:PutObject", "arn:${partition}:s3:::others/key", nil},
	{node, "rds:DeleteDBCluster rds:ModifyDBCluster", "${database-cluster.arn}", nil},

	{"lambda.amazonaws.com", "sts:AssumeRole", "${access-node.arn}", nil},
	{"monitoring.rds.amazonaws.com", "sts:AssumeRole", "${database-monitoring.arn}", forAnother},
	{"monitoring.rds.amazonaws.com", "sts:AssumeRole", "${access-node.arn}", forAccount},
	{ec2Service, "sts:AssumeRole", "${database-monitoring.arn}", nil},
	{monitoring, "logs:PutLogEvents", logARN + "/morpheus/${stack}/nodes:log-stream:1", nil},
	{monitoring, "kms:Decrypt kms:ScheduleKeyDeletion", "${key}", nil},
	{monitoring, "iam:PassRole", "${access-node.arn}", nil},
	{monitoring, "secretsmanager:GetSecretValue", "${database-user-secret.arn}", nil},

	{scaling, "kms:CreateGrant", "${encryption-volumes.arn}", map[string]string{"kms:GrantIsForAWSResource": "false"}},
	{scaling, "kms:PutKeyPolicy kms:ScheduleKeyDeletion kms:RetireGrant", "${encryption-volumes.arn}", throughVolumes},
	{scaling, "kms:Decrypt", "${encryption-secrets.arn}", throughVolumes},
	{scaling, "kms:Decrypt", "${encryption-database.arn}", throughVolumes},
	{logsService, "kms:Encrypt kms:Decrypt", "${encryption-logs.arn}", groupOfAnother},
	{logsService, "kms:Encrypt kms:Decrypt", "${encryption-logs.arn}", groupOfElsewhere},
	{logsService, "kms:CreateGrant kms:PutKeyPolicy kms:ScheduleKeyDeletion", "${encryption-logs.arn}", ownGroup},
	{logsService, "kms:Decrypt", "${encryption-secrets.arn}", ownGroup},
	{"cloudwatch.amazonaws.com", "kms:Decrypt kms:GenerateDataKey", "${encryption-logs.arn}", forAnother},
	{"events.rds.amazonaws.com", "kms:Decrypt", "${encryption-logs.arn}", forAnother},
	{"budgets.amazonaws.com", "kms:Decrypt kms:GenerateDataKey", "${encryption-logs.arn}", forAccount}, // there is no budget
	{"lambda.amazonaws.com", "kms:Decrypt kms:CreateGrant kms:ScheduleKeyDeletion", "${key}", forAccount},
	{stranger, "kms:Decrypt kms:CreateGrant kms:PutKeyPolicy kms:ScheduleKeyDeletion", "${key}", nil},
	{stranger, "elasticfilesystem:ClientMount", "${filesystem-storage.arn}", mounted},
	{stranger, "sts:AssumeRole", "${access-node.arn}", nil},

	{"es.amazonaws.com", "logs:PutLogEvents", "${search-logs-application.arn}:log-stream:1", forAnother},
	{"es.amazonaws.com", "logs:PutLogEvents", "${search-logs-application.arn}:log-stream:1", forOtherDomain},
	{"es.amazonaws.com", "logs:DeleteLogGroup", "${search-logs-application.arn}:*", forDomain},
	{"es.amazonaws.com", "logs:PutLogEvents", logARN + "/morpheus/${stack}/nodes:log-stream:1", forDomain},

	{"es.amazonaws.com", "sts:AssumeRole", "${search-snapshot-role.arn}", forAnother},
	{"es.amazonaws.com", "sts:AssumeRole", "${search-snapshot-role.arn}", forOtherDomain},
	{"es.amazonaws.com", "sts:AssumeRole", "${access-node.arn}", forDomain},
	{node, "sts:AssumeRole iam:PassRole", "${search-snapshot-role.arn}", nil},
	{node, "s3:GetObject s3:PutObject s3:DeleteObject", "${search-snapshots-bucket.arn}/indices/0", safely},
	{node, "s3:GetObject s3:DeleteObject", "${cluster-diagnostics-bucket.arn}/boot/i-0a1b2c3d4e5f60718-20261123T120000Z.txt", safely},
	{node, "s3:ListBucket s3:PutBucketPolicy s3:DeleteBucket", "${cluster-diagnostics-bucket.arn}", safely},
	{node, "s3:PutObject", "${cluster-diagnostics-bucket.arn}/boot/i-0a1b2c3d4e5f60718-20261123T120000Z.txt", openly},
	{node, "kms:GenerateDataKey", "${encryption-logs.arn}", throughSecrets},
	{node, "kms:GenerateDataKey", "${encryption-search.arn}", throughBuckets},
	{node, "kms:Decrypt", "${encryption-logs.arn}", throughBuckets},
	{node, "sns:Publish", "${notifications-topic.arn}", safely},
	{snapshots, "s3:GetObject s3:PutObject", "${search-snapshots-bucket.arn}/indices/0", openly},
	{delivery, "s3:PutObject", "${loadbalancer-logs-bucket.arn}/AWSLogs/${account}/log.gz", forOtherBalancer},
	{delivery, "s3:PutObject", "${loadbalancer-logs-bucket.arn}/AWSLogs/${account}/log.gz", forBalancerOpenly},
	{delivery, "s3:PutObject", "${loadbalancer-logs-bucket.arn}/others", forBalancer},
	{delivery, "s3:GetObject s3:DeleteObject", "${loadbalancer-logs-bucket.arn}/AWSLogs/${account}/log.gz", forBalancer},
	{node, "s3:GetObject s3:PutObject s3:DeleteObject", "${loadbalancer-logs-bucket.arn}/AWSLogs/${account}/log.gz", safely},
	{snapshots, "s3:ListBucket", "${search-snapshots-bucket.arn}", openly},
	{snapshots, "s3:DeleteBucket s3:PutBucketPolicy", "${search-snapshots-bucket.arn}", safely},
	{snapshots, "s3:GetObject", "arn:${partition}:s3:::others/key", safely},
	{snapshots, "kms:Decrypt kms:GenerateDataKey", "${encryption-search.arn}", nil},
	{snapshots, "kms:Decrypt kms:ScheduleKeyDeletion", "${key}", throughSecrets},
	{snapshots, "secretsmanager:GetSecretValue", "${search-user-secret.arn}", nil},
	{"cloudwatch.amazonaws.com", "sns:Publish", "${notifications-topic.arn}", forAnother},
	{"events.rds.amazonaws.com", "sns:Publish", "${notifications-topic.arn}", forAnother},
	{"events.rds.amazonaws.com", "sns:Publish", "${notifications-topic.arn}", inTheOpen},
	{"events.rds.amazonaws.com", "sns:DeleteTopic sns:SetTopicAttributes", "${notifications-topic.arn}", fromAccount},
	{"budgets.amazonaws.com", "sns:Publish", "${notifications-topic.arn}", fromAccount},
}
