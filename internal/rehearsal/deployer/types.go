// Package deployer says what the person or the pipeline that deploys the program must be allowed to do in AWS: one table from
// the types of resources to actions of IAM, and the policies that follow from it.
package deployer

import (
	"slices"
	"strings"
)

// Type is what one type of resource, or one look-up, takes.
type Type struct {
	// Token is Pulumi's, such as aws:ec2/vpc:Vpc.
	Token string
	// Read are the actions of a preview and a refresh, Write those that make, change and delete it: the calls of the
	// provider.
	Read, Write []string
	// Asked are what the services ask of their caller besides, and no call shows.
	Asked []string
}

// Updates are all actions that an update needs beyond those of a preview.
func (t Type) Updates() []string { return slices.Concat(t.Write, t.Asked) }

// actions of one service: actions("ec2", "CreateVpc DeleteVpc").
func actions(service, names string) []string {
	var out []string
	for _, name := range strings.Fields(names) {
		out = append(out, service+":"+name)
	}
	return out
}

func of(token, service, read, write string) Type {
	return Type{Token: token, Read: actions(service, read), Write: actions(service, write)}
}

// calls adds writing calls of the provider to another service.
func (t Type) calls(service, names string) Type {
	t.Write = append(t.Write, actions(service, names)...)
	return t
}

// asks adds what the service asks of its caller, or has another service do in its name.
func (t Type) asks(service, names string) Type {
	t.Asked = append(t.Asked, actions(service, names)...)
	return t
}

// reads adds reading calls of the provider to another service.
func (t Type) reads(service, names string) Type {
	t.Read = append(t.Read, actions(service, names)...)
	return t
}

// Types of the resources that the program registers. A test holds it against the program: none may be missing, none too many.
var Types = []Type{
	of("aws:acm/certificate:Certificate", "acm", "DescribeCertificate ListTagsForCertificate",
		"RequestCertificate DeleteCertificate AddTagsToCertificate RemoveTagsFromCertificate UpdateCertificateOptions"),
	of("aws:acm/certificateValidation:CertificateValidation", "acm", "DescribeCertificate", ""),
	// Whoever makes a group from a launch template must be allowed to start its instances:
	// https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-launch-template-permissions.html
	of("aws:autoscaling/group:Group", "autoscaling",
		"DescribeAutoScalingGroups DescribeScalingActivities DescribeWarmPool DescribeInstanceRefreshes DescribeLoadBalancerTargetGroups",
		"CreateAutoScalingGroup UpdateAutoScalingGroup DeleteAutoScalingGroup CreateOrUpdateTags DeleteTags "+
			"EnableMetricsCollection DisableMetricsCollection AttachLoadBalancerTargetGroups DetachLoadBalancerTargetGroups "+
			"PutLifecycleHook StartInstanceRefresh CancelInstanceRefresh SetInstanceProtection "+
			// For what somebody has suspended by hand.
			"ResumeProcesses").
		// It waits until the nodes serve.
		reads("elasticloadbalancing", "DescribeTargetHealth").
		asks("ec2", "RunInstances CreateTags").asks("iam", "PassRole"),
	of("aws:autoscaling/lifecycleHook:LifecycleHook", "autoscaling", "DescribeLifecycleHooks", "PutLifecycleHook DeleteLifecycleHook"),
	of("aws:autoscaling/policy:Policy", "autoscaling", "DescribePolicies", "PutScalingPolicy DeletePolicy"),
	of("aws:autoscaling/schedule:Schedule", "autoscaling", "DescribeScheduledActions", "PutScheduledUpdateGroupAction DeleteScheduledAction"),
	of("aws:cloudwatch/metricAlarm:MetricAlarm", "cloudwatch", "DescribeAlarms ListTagsForResource",
		"PutMetricAlarm DeleteAlarms TagResource UntagResource"),
	of("aws:cloudwatch/logGroup:LogGroup", "logs", "DescribeLogGroups ListTagsForResource",
		"CreateLogGroup DeleteLogGroup PutRetentionPolicy DeleteRetentionPolicy AssociateKmsKey DisassociateKmsKey TagResource UntagResource"),
	of("aws:cloudwatch/logResourcePolicy:LogResourcePolicy", "logs", "DescribeResourcePolicies", "PutResourcePolicy DeleteResourcePolicy"),
	of("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "ec2", "DescribeSecurityGroups DescribeSecurityGroupRules",
		"RevokeSecurityGroupIngress RevokeSecurityGroupEgress CreateTags DeleteTags"),
	of("aws:ec2/eip:Eip", "ec2", "DescribeAddresses DescribeAddressesAttribute", "AllocateAddress ReleaseAddress DisassociateAddress CreateTags DeleteTags"),
	of("aws:ec2/flowLog:FlowLog", "ec2", "DescribeFlowLogs", "CreateFlowLogs DeleteFlowLogs CreateTags DeleteTags").asks("iam", "PassRole"),
	of("aws:ec2/internetGateway:InternetGateway", "ec2", "DescribeInternetGateways",
		"CreateInternetGateway DeleteInternetGateway AttachInternetGateway DetachInternetGateway CreateTags DeleteTags"),
	of("aws:ec2/launchTemplate:LaunchTemplate", "ec2", "DescribeLaunchTemplates DescribeLaunchTemplateVersions",
		"CreateLaunchTemplate CreateLaunchTemplateVersion ModifyLaunchTemplate DeleteLaunchTemplate CreateTags DeleteTags"),
	of("aws:ec2/natGateway:NatGateway", "ec2", "DescribeNatGateways", "CreateNatGateway DeleteNatGateway CreateTags DeleteTags"),
	of("aws:ec2/route:Route", "ec2", "DescribeRouteTables", "CreateRoute ReplaceRoute DeleteRoute"),
	of("aws:ec2/routeTable:RouteTable", "ec2", "DescribeRouteTables DescribeNetworkInterfaces",
		"CreateRouteTable DeleteRouteTable DisassociateRouteTable CreateTags DeleteTags"),
	of("aws:ec2/routeTableAssociation:RouteTableAssociation", "ec2", "DescribeRouteTables",
		"AssociateRouteTable DisassociateRouteTable ReplaceRouteTableAssociation"),
	of("aws:ec2/securityGroup:SecurityGroup", "ec2", "DescribeSecurityGroups DescribeSecurityGroupRules DescribeNetworkInterfaces",
		"CreateSecurityGroup DeleteSecurityGroup RevokeSecurityGroupIngress RevokeSecurityGroupEgress CreateTags DeleteTags"),
	of("aws:ec2/subnet:Subnet", "ec2", "DescribeSubnets DescribeNetworkInterfaces", "CreateSubnet DeleteSubnet ModifySubnetAttribute CreateTags DeleteTags"),
	of("aws:ec2/vpc:Vpc", "ec2", "DescribeVpcs DescribeVpcAttribute DescribeNetworkAcls DescribeRouteTables DescribeSecurityGroups",
		"CreateVpc DeleteVpc ModifyVpcAttribute CreateTags DeleteTags"),
	// The private DNS of an endpoint is a hosted zone of AWS:
	// https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
	of("aws:ec2/vpcEndpoint:VpcEndpoint", "ec2", "DescribeVpcEndpoints DescribePrefixLists DescribeNetworkInterfaces",
		"CreateVpcEndpoint ModifyVpcEndpoint DeleteVpcEndpoints CreateTags DeleteTags").asks("route53", "AssociateVPCWithHostedZone"),
	of("aws:ec2transitgateway/vpcAttachment:VpcAttachment", "ec2",
		"DescribeTransitGatewayVpcAttachments DescribeTransitGateways GetTransitGatewayRouteTableAssociations GetTransitGatewayRouteTablePropagations",
		"CreateTransitGatewayVpcAttachment ModifyTransitGatewayVpcAttachment DeleteTransitGatewayVpcAttachment CreateTags DeleteTags "+
			// Of a gateway in the account itself, where it does not do so by itself.
			"AssociateTransitGatewayRouteTable EnableTransitGatewayRouteTablePropagation"),
	of("aws:efs/backupPolicy:BackupPolicy", "elasticfilesystem", "DescribeBackupPolicy", "PutBackupPolicy"),
	of("aws:efs/fileSystem:FileSystem", "elasticfilesystem", "DescribeFileSystems DescribeLifecycleConfiguration",
		"CreateFileSystem UpdateFileSystem DeleteFileSystem PutLifecycleConfiguration TagResource UntagResource").
		// https://docs.aws.amazon.com/efs/latest/ug/EFSKMS.html
		asks("kms", "CreateGrant GenerateDataKeyWithoutPlaintext"),
	of("aws:efs/fileSystemPolicy:FileSystemPolicy", "elasticfilesystem", "DescribeFileSystemPolicy", "PutFileSystemPolicy DeleteFileSystemPolicy"),
	// https://docs.aws.amazon.com/efs/latest/ug/API_CreateMountTarget.html and API_ModifyMountTargetSecurityGroups.html
	of("aws:efs/mountTarget:MountTarget", "elasticfilesystem", "DescribeMountTargets DescribeMountTargetSecurityGroups",
		"CreateMountTarget DeleteMountTarget ModifyMountTargetSecurityGroups").reads("ec2", "DescribeSubnets").
		asks("ec2", "DescribeNetworkInterfaces CreateNetworkInterface ModifyNetworkInterfaceAttribute DeleteNetworkInterface"),
	of("aws:efs/replicationConfiguration:ReplicationConfiguration", "elasticfilesystem", "DescribeReplicationConfigurations",
		"CreateReplicationConfiguration DeleteReplicationConfiguration").
		asks("elasticfilesystem", "CreateFileSystem").asks("kms", "CreateGrant GenerateDataKeyWithoutPlaintext"),
	of("aws:iam/instanceProfile:InstanceProfile", "iam", "GetInstanceProfile GetRole",
		"CreateInstanceProfile DeleteInstanceProfile AddRoleToInstanceProfile RemoveRoleFromInstanceProfile TagInstanceProfile UntagInstanceProfile").
		asks("iam", "PassRole"),
	of("aws:iam/role:Role", "iam", "GetRole GetRolePolicy ListRolePolicies ListAttachedRolePolicies ListInstanceProfilesForRole",
		"CreateRole DeleteRole UpdateRole UpdateAssumeRolePolicy UpdateRoleDescription PutRolePermissionsBoundary DeleteRolePermissionsBoundary TagRole UntagRole "+
			"RemoveRoleFromInstanceProfile"),
	of("aws:iam/rolePolicy:RolePolicy", "iam", "GetRolePolicy", "PutRolePolicy DeleteRolePolicy"),
	of("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "iam", "ListAttachedRolePolicies", "AttachRolePolicy DetachRolePolicy"),
	// The provider tags it after it has made it, and the default tags are always there. It stays when the stack goes.
	of("aws:iam/serviceLinkedRole:ServiceLinkedRole", "iam", "GetRole", "CreateServiceLinkedRole TagRole UntagRole"),
	of("aws:kms/alias:Alias", "kms", "ListAliases", "CreateAlias UpdateAlias DeleteAlias"),
	// EnableKey is for a key that somebody has disabled by hand.
	of("aws:kms/key:Key", "kms", "DescribeKey GetKeyPolicy GetKeyRotationStatus ListResourceTags",
		"CreateKey PutKeyPolicy EnableKey EnableKeyRotation UpdateKeyDescription ScheduleKeyDeletion TagResource UntagResource"),
	of("aws:lb/listener:Listener", "elasticloadbalancing", "DescribeListeners DescribeListenerAttributes DescribeTags",
		"CreateListener ModifyListener ModifyListenerAttributes DeleteListener AddTags RemoveTags"),
	of("aws:lb/loadBalancer:LoadBalancer", "elasticloadbalancing", "DescribeLoadBalancers DescribeLoadBalancerAttributes DescribeTags",
		"CreateLoadBalancer ModifyLoadBalancerAttributes DeleteLoadBalancer SetSecurityGroups SetSubnets AddTags RemoveTags").
		// After a load balancer the provider deletes the interfaces that AWS has left.
		reads("ec2", "DescribeNetworkInterfaces").calls("ec2", "DetachNetworkInterface DeleteNetworkInterface"),
	of("aws:lb/targetGroup:TargetGroup", "elasticloadbalancing",
		"DescribeTargetGroups DescribeTargetGroupAttributes DescribeTags",
		"CreateTargetGroup ModifyTargetGroup ModifyTargetGroupAttributes DeleteTargetGroup AddTags RemoveTags"),
	// https://docs.aws.amazon.com/amazon-mq/latest/developer-guide/security-api-authentication-authorization.html
	of("aws:mq/broker:Broker", "mq", "DescribeBroker DescribeUser", "CreateBroker UpdateBroker RebootBroker DeleteBroker CreateTags DeleteTags").
		asks("ec2", "CreateNetworkInterface CreateNetworkInterfacePermission DeleteNetworkInterface DeleteNetworkInterfacePermission "+
			"DetachNetworkInterface ModifyNetworkInterfaceAttribute DescribeNetworkInterfacePermissions CreateSecurityGroup "+
			"CreateVpcEndpoint DeleteVpcEndpoints").
		asks("route53", "AssociateVPCWithHostedZone").asks("kms", "CreateGrant"),
	of("aws:opensearch/domain:Domain", "es", "DescribeDomain DescribeDomainConfig GetCompatibleVersions GetUpgradeStatus ListTags",
		"CreateDomain UpdateDomainConfig UpgradeDomain DeleteDomain AddTags RemoveTags").asks("kms", "CreateGrant"),
	// A managed password is a secret that RDS makes as its caller:
	// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-secrets-manager.html
	of("aws:rds/cluster:Cluster", "rds", "DescribeDBClusters DescribeGlobalClusters",
		"CreateDBCluster RestoreDBClusterFromSnapshot ModifyDBCluster DeleteDBCluster RemoveFromGlobalCluster "+
			"AddTagsToResource RemoveTagsFromResource").
		asks("rds", "CreateDBClusterSnapshot").
		asks("secretsmanager", "CreateSecret TagResource RotateSecret").
		asks("kms", "CreateGrant Decrypt GenerateDataKey"),
	of("aws:rds/clusterInstance:ClusterInstance", "rds", "DescribeDBInstances DescribeDBClusters",
		"CreateDBInstance ModifyDBInstance RebootDBInstance DeleteDBInstance AddTagsToResource RemoveTagsFromResource").asks("iam", "PassRole"),
	of("aws:rds/clusterParameterGroup:ClusterParameterGroup", "rds", "DescribeDBClusterParameterGroups DescribeDBClusterParameters ListTagsForResource",
		"CreateDBClusterParameterGroup ModifyDBClusterParameterGroup ResetDBClusterParameterGroup DeleteDBClusterParameterGroup AddTagsToResource RemoveTagsFromResource"),
	of("aws:rds/eventSubscription:EventSubscription", "rds", "DescribeEventSubscriptions ListTagsForResource",
		"CreateEventSubscription ModifyEventSubscription DeleteEventSubscription AddSourceIdentifierToSubscription "+
			"RemoveSourceIdentifierFromSubscription AddTagsToResource RemoveTagsFromResource"),
	of("aws:rds/globalCluster:GlobalCluster", "rds", "DescribeGlobalClusters DescribeDBClusters",
		"CreateGlobalCluster ModifyGlobalCluster ModifyDBCluster RemoveFromGlobalCluster DeleteGlobalCluster AddTagsToResource RemoveTagsFromResource"),
	of("aws:rds/parameterGroup:ParameterGroup", "rds", "DescribeDBParameterGroups DescribeDBParameters ListTagsForResource",
		"CreateDBParameterGroup ModifyDBParameterGroup ResetDBParameterGroup DeleteDBParameterGroup AddTagsToResource RemoveTagsFromResource"),
	of("aws:rds/subnetGroup:SubnetGroup", "rds", "DescribeDBSubnetGroups ListTagsForResource",
		"CreateDBSubnetGroup ModifyDBSubnetGroup DeleteDBSubnetGroup AddTagsToResource RemoveTagsFromResource"),
	of("aws:route53/record:Record", "route53", "GetHostedZone ListResourceRecordSets", "ChangeResourceRecordSets GetChange"),
	of("aws:route53/zoneAssociation:ZoneAssociation", "route53", "ListHostedZonesByVPC",
		"AssociateVPCWithHostedZone DisassociateVPCFromHostedZone GetChange"),
	of("aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2", "s3", "GetLifecycleConfiguration", "PutLifecycleConfiguration"),
	of("aws:s3/bucketOwnershipControls:BucketOwnershipControls", "s3", "GetBucketOwnershipControls", "PutBucketOwnershipControls"),
	of("aws:s3/bucketPolicy:BucketPolicy", "s3", "GetBucketPolicy", "PutBucketPolicy DeleteBucketPolicy"),
	of("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "s3", "GetBucketPublicAccessBlock", "PutBucketPublicAccessBlock"),
	of("aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2", "s3",
		"GetEncryptionConfiguration", "PutEncryptionConfiguration"),
	// The provider reads every setting of a bucket; to delete one with objects in it (development) it deletes these first.
	of("aws:s3/bucketV2:BucketV2", "s3",
		"ListBucket GetAccelerateConfiguration GetBucketAcl GetBucketCORS GetBucketLogging GetBucketObjectLockConfiguration "+
			"GetBucketPolicy GetBucketRequestPayment GetBucketTagging GetBucketVersioning GetBucketWebsite GetEncryptionConfiguration "+
			"GetLifecycleConfiguration GetReplicationConfiguration",
		"CreateBucket DeleteBucket PutBucketTagging ListBucketVersions DeleteObject DeleteObjectVersion"),
	of("aws:s3/bucketVersioningV2:BucketVersioningV2", "s3", "GetBucketVersioning", "PutBucketVersioning"),
	// Without versions: what is in the appliance's secret, and in that of a password that RDS keeps, nobody here reads.
	of("aws:secretsmanager/secret:Secret", "secretsmanager", "DescribeSecret GetResourcePolicy",
		"CreateSecret UpdateSecret DeleteSecret TagResource UntagResource").asks("kms", "Decrypt GenerateDataKey"),
	// A refresh and an update read the value, to compare it; a preview does not.
	of("aws:secretsmanager/secretVersion:SecretVersion", "secretsmanager", "",
		"GetSecretValue PutSecretValue UpdateSecretVersionStage").asks("kms", "Decrypt GenerateDataKey"),
	of("aws:sns/topic:Topic", "sns", "GetTopicAttributes ListTagsForResource",
		"CreateTopic SetTopicAttributes DeleteTopic TagResource UntagResource"),
	of("aws:sns/topicPolicy:TopicPolicy", "sns", "GetTopicAttributes", "SetTopicAttributes"),
	of("aws:sns/topicSubscription:TopicSubscription", "sns", "GetSubscriptionAttributes", "Subscribe Unsubscribe SetSubscriptionAttributes"),
	of("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "ec2", "DescribeSecurityGroupRules",
		"AuthorizeSecurityGroupEgress RevokeSecurityGroupEgress ModifySecurityGroupRules CreateTags DeleteTags"),
	of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "ec2", "DescribeSecurityGroupRules",
		"AuthorizeSecurityGroupIngress RevokeSecurityGroupIngress ModifySecurityGroupRules CreateTags DeleteTags"),
	// https://docs.aws.amazon.com/waf/latest/APIReference/API_AssociateWebACL.html
	of("aws:wafv2/webAclAssociation:WebAclAssociation", "wafv2", "GetWebACLForResource",
		"AssociateWebACL DisassociateWebACL").asks("wafv2", "GetWebACL").
		asks("elasticloadbalancing", "SetWebAcl CreateWebACLAssociation DeleteWebACLAssociation GetLoadBalancerWebACL"),
}

// Lookups of the program, by the token of the function; the provider itself asks who it is.
var Lookups = []Type{
	of("pulumi:providers:aws", "sts", "GetCallerIdentity", ""),
	of("aws:ec2/getAmi:getAmi", "ec2", "DescribeImages", ""),
	of("aws:ec2/getManagedPrefixList:getManagedPrefixList", "ec2", "DescribeManagedPrefixLists GetManagedPrefixListEntries", ""),
	of("aws:ec2/getSubnet:getSubnet", "ec2", "DescribeSubnets", ""),
	of("aws:ec2/getVpc:getVpc", "ec2", "DescribeVpcs DescribeVpcAttribute DescribeRouteTables", ""),
	of("aws:iam/getRole:getRole", "iam", "GetRole", ""),
	of("aws:index/getAvailabilityZones:getAvailabilityZones", "ec2", "DescribeAvailabilityZones", ""),
	of("aws:index/getPartition:getPartition", "", "", ""),
	of("aws:kms/getKey:getKey", "kms", "DescribeKey", ""),
	of("aws:route53/getZone:getZone", "route53", "GetHostedZone ListHostedZones ListResourceRecordSets ListTagsForResource", ""),
	of("aws:ssm/getParameter:getParameter", "ssm", "GetParameter", ""),
}
