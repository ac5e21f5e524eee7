package moto

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/contract"
)

// kindOf says of each type under which kind the inventory finds it.
var kindOf = map[string]string{
	"aws:acm/certificate:Certificate":                           "certificate",
	"aws:autoscaling/group:Group":                               "scaling group",
	"aws:autoscaling/lifecycleHook:LifecycleHook":               "lifecycle hook",
	"aws:autoscaling/policy:Policy":                             "scaling policy",
	"aws:autoscaling/schedule:Schedule":                         "scaling schedule",
	"aws:cloudwatch/logGroup:LogGroup":                          "log group",
	"aws:cloudwatch/logResourcePolicy:LogResourcePolicy":        "log policy",
	"aws:cloudwatch/metricAlarm:MetricAlarm":                    "alarm",
	"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup":         "security group",
	"aws:ec2/eip:Eip":                                           "address",
	"aws:ec2/flowLog:FlowLog":                                   "flow log",
	"aws:ec2/internetGateway:InternetGateway":                   "internet gateway",
	"aws:ec2/launchTemplate:LaunchTemplate":                     "launch template",
	"aws:ec2/natGateway:NatGateway":                             "NAT gateway",
	"aws:ec2/routeTable:RouteTable":                             "route table",
	"aws:ec2/securityGroup:SecurityGroup":                       "security group",
	"aws:ec2/subnet:Subnet":                                     "subnet",
	"aws:ec2/vpc:Vpc":                                           "VPC",
	"aws:ec2/vpcEndpoint:VpcEndpoint":                           "VPC endpoint",
	"aws:ec2transitgateway/vpcAttachment:VpcAttachment":         "transit attachment",
	"aws:efs/fileSystem:FileSystem":                             "file system",
	"aws:iam/instanceProfile:InstanceProfile":                   "instance profile",
	"aws:iam/role:Role":                                         "role",
	"aws:iam/serviceLinkedRole:ServiceLinkedRole":               "role",
	"aws:kms/alias:Alias":                                       "key alias",
	"aws:kms/key:Key":                                           "key",
	"aws:lb/loadBalancer:LoadBalancer":                          "load balancer",
	"aws:lb/targetGroup:TargetGroup":                            "target group",
	"aws:mq/broker:Broker":                                      "broker",
	"aws:opensearch/domain:Domain":                              "search domain",
	"aws:rds/cluster:Cluster":                                   "database cluster",
	"aws:rds/clusterInstance:ClusterInstance":                   "database instance",
	"aws:rds/clusterParameterGroup:ClusterParameterGroup":       "cluster parameter group",
	"aws:rds/eventSubscription:EventSubscription":               "database event subscription",
	"aws:rds/globalCluster:GlobalCluster":                       "global database",
	"aws:rds/parameterGroup:ParameterGroup":                     "database parameter group",
	"aws:rds/subnetGroup:SubnetGroup":                           "database subnet group",
	"aws:route53/record:Record":                                 "record",
	"aws:route53/zoneAssociation:ZoneAssociation":               "zone association",
	"aws:s3/bucketV2:BucketV2":                                  "bucket",
	"aws:secretsmanager/secret:Secret":                          "secret",
	"aws:sns/topic:Topic":                                       "topic",
	"aws:sns/topicSubscription:TopicSubscription":               "topic subscription",
	"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule":   "security group rule",
	"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": "security group rule",
}

// neverAlone says of each other type why nothing of it can be left that the inventory does not see.
var neverAlone = map[string]string{
	"aws:acm/certificateValidation:CertificateValidation": "a wait, which makes nothing",
	"aws:ec2/route:Route": "goes with its route table",
	"aws:ec2/routeTableAssociation:RouteTableAssociation":                                        "AWS deletes no route table that has one",
	"aws:efs/backupPolicy:BackupPolicy":                                                          "a setting of the file system",
	"aws:efs/fileSystemPolicy:FileSystemPolicy":                                                  "a setting of the file system",
	"aws:efs/mountTarget:MountTarget":                                                            "AWS deletes no file system that has one",
	"aws:efs/replicationConfiguration:ReplicationConfiguration":                                  "moto has no replication of file systems, so that no deep rehearsal makes one",
	"aws:iam/rolePolicy:RolePolicy":                                                              "AWS deletes no role that has one",
	"aws:iam/rolePolicyAttachment:RolePolicyAttachment":                                          "AWS deletes no role that has one",
	"aws:lb/listener:Listener":                                                                   "goes with its load balancer",
	"aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2":                       "a setting of the bucket",
	"aws:s3/bucketOwnershipControls:BucketOwnershipControls":                                     "a setting of the bucket",
	"aws:s3/bucketPolicy:BucketPolicy":                                                           "a setting of the bucket",
	"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock":                                     "a setting of the bucket",
	"aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2": "a setting of the bucket",
	"aws:s3/bucketVersioningV2:BucketVersioningV2":                                               "a setting of the bucket",
	"aws:secretsmanager/secretVersion:SecretVersion":                                             "goes with its secret",
	"aws:sns/topicPolicy:TopicPolicy":                                                            "a setting of the topic",
	"aws:wafv2/webAclAssociation:WebAclAssociation":                                              "ends with its load balancer; the ACL is of others",
}

// made are the kinds of things that AWS makes for a resource of the program.
var made = []string{"instance", "volume"}

// TestNothingLeftLooksAtEveryType: of a type that is listed nowhere, every destroy would leave nothing.
func TestNothingLeftLooksAtEveryType(t *testing.T) {
	types := contract.Load().Tokens()
	manifests, err := filepath.Glob(filepath.Join("..", "..", "..", "tests", "golden", "*.txt"))
	require.NoError(t, err)
	require.NotEmpty(t, manifests, "the golden manifests are the stacks that are deployed")
	for _, manifest := range manifests {
		text, err := os.ReadFile(manifest)
		require.NoError(t, err)
		types = append(types, regexp.MustCompile(`aws:[a-z0-9]+/\w+:\w+`).FindAllString(string(text), -1)...)
	}
	slices.Sort(types)
	types = slices.DeleteFunc(slices.Compact(types), func(token string) bool { return token[:4] != "aws:" })
	for _, token := range types {
		kind, listed := kindOf[token]
		assert.NotEqual(t, listed, neverAlone[token] != "", "%s needs a listing, or else a reason why it cannot be left alone", token)
		if listed {
			assert.True(t, slices.ContainsFunc(listings, func(l listing) bool { return l.kind == kind }), "nothing lists a %s", kind)
		}
	}
	kinds := slices.Clone(made)
	for token, kind := range kindOf {
		assert.Contains(t, types, token, "the program makes no such thing")
		kinds = append(kinds, kind)
	}
	for token := range neverAlone {
		assert.Contains(t, types, token, "the program makes no such thing")
	}
	for _, l := range listings {
		assert.Contains(t, kinds, l.kind, "no type is listed there")
	}
}
