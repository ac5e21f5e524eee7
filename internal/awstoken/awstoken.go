// Package awstoken has the type token of every AWS resource type that the program registers, each written once, under
// the name of the service and the resource: the tables of changes, the simulated AWS and the deployer policies name
// types by these constants. It imports nothing.
package awstoken

// Type tokens of the AWS provider, by service.
const (
	ACMCertificate              = "aws:acm/certificate:Certificate"
	ACMCertificateValidation    = "aws:acm/certificateValidation:CertificateValidation"
	AutoScalingGroup            = "aws:autoscaling/group:Group"
	AutoScalingLifecycleHook    = "aws:autoscaling/lifecycleHook:LifecycleHook"
	AutoScalingPolicy           = "aws:autoscaling/policy:Policy"
	AutoScalingSchedule         = "aws:autoscaling/schedule:Schedule"
	BackupPlan                  = "aws:backup/plan:Plan"
	BackupRestoreTestPlan       = "aws:backup/restoreTestingPlan:RestoreTestingPlan"
	BackupRestoreTestSelection  = "aws:backup/restoreTestingSelection:RestoreTestingSelection"
	BackupSelection             = "aws:backup/selection:Selection"
	BackupVault                 = "aws:backup/vault:Vault"
	BackupVaultLock             = "aws:backup/vaultLockConfiguration:VaultLockConfiguration"
	BackupVaultNotifications    = "aws:backup/vaultNotifications:VaultNotifications"
	BackupVaultPolicy           = "aws:backup/vaultPolicy:VaultPolicy"
	BudgetsBudget               = "aws:budgets/budget:Budget"
	CloudWatchAlarm             = "aws:cloudwatch/metricAlarm:MetricAlarm"
	CloudWatchCompositeAlarm    = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
	CostAnomalyMonitor          = "aws:costexplorer/anomalyMonitor:AnomalyMonitor"
	CostAnomalySubscription     = "aws:costexplorer/anomalySubscription:AnomalySubscription"
	CloudWatchDashboard         = "aws:cloudwatch/dashboard:Dashboard"
	LogGroup                    = "aws:cloudwatch/logGroup:LogGroup"
	LogMetricFilter             = "aws:cloudwatch/logMetricFilter:LogMetricFilter"
	LogQueryDefinition          = "aws:cloudwatch/queryDefinition:QueryDefinition"
	LogResourcePolicy           = "aws:cloudwatch/logResourcePolicy:LogResourcePolicy"
	EC2DefaultSecurityGroup     = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
	EC2ElasticIP                = "aws:ec2/eip:Eip"
	EC2FlowLog                  = "aws:ec2/flowLog:FlowLog"
	EC2InternetGateway          = "aws:ec2/internetGateway:InternetGateway"
	EC2LaunchTemplate           = "aws:ec2/launchTemplate:LaunchTemplate"
	EC2NATGateway               = "aws:ec2/natGateway:NatGateway"
	EC2Route                    = "aws:ec2/route:Route"
	EC2RouteTable               = "aws:ec2/routeTable:RouteTable"
	EC2RouteTableAssociation    = "aws:ec2/routeTableAssociation:RouteTableAssociation"
	EC2SecurityGroup            = "aws:ec2/securityGroup:SecurityGroup"
	EC2SecurityGroupEgressRule  = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
	EC2SecurityGroupIngressRule = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	EC2Subnet                   = "aws:ec2/subnet:Subnet"
	EC2TransitGatewayAttachment = "aws:ec2transitgateway/vpcAttachment:VpcAttachment"
	EC2VPC                      = "aws:ec2/vpc:Vpc"
	EC2VPCEndpoint              = "aws:ec2/vpcEndpoint:VpcEndpoint"
	EFSBackupPolicy             = "aws:efs/backupPolicy:BackupPolicy"
	EFSFileSystem               = "aws:efs/fileSystem:FileSystem"
	EFSFileSystemPolicy         = "aws:efs/fileSystemPolicy:FileSystemPolicy"
	EFSMountTarget              = "aws:efs/mountTarget:MountTarget"
	EFSReplication              = "aws:efs/replicationConfiguration:ReplicationConfiguration"
	EventRule                   = "aws:cloudwatch/eventRule:EventRule"
	EventTarget                 = "aws:cloudwatch/eventTarget:EventTarget"
	IAMInstanceProfile          = "aws:iam/instanceProfile:InstanceProfile"
	IAMRole                     = "aws:iam/role:Role"
	IAMRolePolicy               = "aws:iam/rolePolicy:RolePolicy"
	IAMRolePolicyAttachment     = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
	IAMServiceLinkedRole        = "aws:iam/serviceLinkedRole:ServiceLinkedRole"
	KMSAlias                    = "aws:kms/alias:Alias"
	KMSKey                      = "aws:kms/key:Key"
	LambdaPermission            = "aws:lambda/permission:Permission"
	LBListener                  = "aws:lb/listener:Listener"
	LBLoadBalancer              = "aws:lb/loadBalancer:LoadBalancer"
	LBTargetGroup               = "aws:lb/targetGroup:TargetGroup"
	MQBroker                    = "aws:mq/broker:Broker"
	OpenSearchDomain            = "aws:opensearch/domain:Domain"
	RDSCluster                  = "aws:rds/cluster:Cluster"
	RDSClusterInstance          = "aws:rds/clusterInstance:ClusterInstance"
	RDSClusterParameterGroup    = "aws:rds/clusterParameterGroup:ClusterParameterGroup"
	RDSEventSubscription        = "aws:rds/eventSubscription:EventSubscription"
	RDSGlobalCluster            = "aws:rds/globalCluster:GlobalCluster"
	RDSParameterGroup           = "aws:rds/parameterGroup:ParameterGroup"
	RDSSubnetGroup              = "aws:rds/subnetGroup:SubnetGroup"
	Route53HealthCheck          = "aws:route53/healthCheck:HealthCheck"
	Route53Record               = "aws:route53/record:Record"
	Route53ZoneAssociation      = "aws:route53/zoneAssociation:ZoneAssociation"
	S3Bucket                    = "aws:s3/bucketV2:BucketV2"

	S3BucketEncryption = "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2"

	S3BucketLifecycle           = "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2"
	S3BucketOwnershipControls   = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
	S3BucketPolicy              = "aws:s3/bucketPolicy:BucketPolicy"
	S3BucketPublicAccessBlock   = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
	S3Object                    = "aws:s3/bucketObjectv2:BucketObjectv2"
	S3BucketVersioning          = "aws:s3/bucketVersioningV2:BucketVersioningV2"
	SecretsManagerSecret        = "aws:secretsmanager/secret:Secret"               // #nosec G101 -- a type token
	SecretsManagerSecretVersion = "aws:secretsmanager/secretVersion:SecretVersion" // #nosec G101 -- a type token
	SNSTopic                    = "aws:sns/topic:Topic"
	SNSTopicPolicy              = "aws:sns/topicPolicy:TopicPolicy"
	SNSTopicSubscription        = "aws:sns/topicSubscription:TopicSubscription"
	WAFWebACLAssociation        = "aws:wafv2/webAclAssociation:WebAclAssociation"
)

// Type tokens of the random provider.
const (
	RandomID       = "random:index/randomId:RandomId"
	RandomPassword = "random:index/randomPassword:RandomPassword" // #nosec G101 -- a type token
)

// All are the types that the program registers; a test compares the list with what it does register.
var All = []string{
	ACMCertificate,
	ACMCertificateValidation,
	AutoScalingGroup,
	AutoScalingLifecycleHook,
	AutoScalingPolicy,
	AutoScalingSchedule,
	BackupPlan,
	BackupRestoreTestPlan,
	BackupRestoreTestSelection,
	BackupSelection,
	BackupVault,
	BackupVaultLock,
	BackupVaultNotifications,
	BackupVaultPolicy,
	BudgetsBudget,
	CloudWatchAlarm,
	CloudWatchCompositeAlarm,
	CloudWatchDashboard,
	CostAnomalyMonitor,
	CostAnomalySubscription,
	LogGroup,
	LogMetricFilter,
	LogQueryDefinition,
	LogResourcePolicy,
	EC2DefaultSecurityGroup,
	EC2ElasticIP,
	EC2FlowLog,
	EC2InternetGateway,
	EC2LaunchTemplate,
	EC2NATGateway,
	EC2Route,
	EC2RouteTable,
	EC2RouteTableAssociation,
	EC2SecurityGroup,
	EC2SecurityGroupEgressRule,
	EC2SecurityGroupIngressRule,
	EC2Subnet,
	EC2TransitGatewayAttachment,
	EC2VPC,
	EC2VPCEndpoint,
	EFSBackupPolicy,
	EFSFileSystem,
	EFSFileSystemPolicy,
	EFSMountTarget,
	EFSReplication,
	EventRule,
	EventTarget,
	IAMInstanceProfile,
	IAMRole,
	IAMRolePolicy,
	IAMRolePolicyAttachment,
	IAMServiceLinkedRole,
	KMSAlias,
	KMSKey,
	LambdaPermission,
	LBListener,
	LBLoadBalancer,
	LBTargetGroup,
	MQBroker,
	OpenSearchDomain,
	RDSCluster,
	RDSClusterInstance,
	RDSClusterParameterGroup,
	RDSEventSubscription,
	RDSGlobalCluster,
	RDSParameterGroup,
	RDSSubnetGroup,
	Route53HealthCheck,
	Route53Record,
	Route53ZoneAssociation,
	S3Bucket,
	S3BucketEncryption,
	S3BucketLifecycle,
	S3BucketOwnershipControls,
	S3BucketPolicy,
	S3BucketPublicAccessBlock,
	S3BucketVersioning,
	S3Object,
	SecretsManagerSecret,
	SecretsManagerSecretVersion,
	SNSTopic,
	SNSTopicPolicy,
	SNSTopicSubscription,
	WAFWebACLAssociation,
	RandomID,
	RandomPassword,
}
