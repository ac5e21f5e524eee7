package tests

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/deployer"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/harness"
)

// notCalled are the calls that the provider's code has for a type, and that this program never causes; the reason is the input
// that is missing. One that is named without being there is a mistake.
var notCalled = []struct{ token, calls, why string }{
	{"aws:acm/certificate:Certificate", "acm:ImportCertificate acm:RenewCertificate", "it is requested, not imported, and AWS renews it"},
	{"aws:autoscaling/group:Group", "autoscaling:AttachLoadBalancers autoscaling:DescribeLoadBalancers autoscaling:DetachLoadBalancers elasticloadbalancing:DescribeInstanceHealth", "no classic load balancer"},
	{"aws:autoscaling/group:Group", "autoscaling:AttachTrafficSources autoscaling:DescribeTrafficSources autoscaling:DetachTrafficSources", "no traffic source"},
	{"aws:autoscaling/group:Group", "autoscaling:DeleteWarmPool autoscaling:PutWarmPool", "no warm pool"},
	{"aws:autoscaling/group:Group", "autoscaling:SuspendProcesses", "no suspended process"},
	{"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "ec2:AuthorizeSecurityGroupEgress ec2:AuthorizeSecurityGroupIngress", "it keeps no rule"},
	{"aws:ec2/eip:Eip", "ec2:AssociateAddress", "a NAT gateway takes it"},
	{"aws:ec2/eip:Eip", "ec2:GetIpamPoolAllocations", "no address pool"},
	{"aws:ec2/launchTemplate:LaunchTemplate", "ec2:DescribeInstanceTypes", "no credits of a burstable type"},
	{"aws:ec2/natGateway:NatGateway", "ec2:AssignPrivateNatGatewayAddress ec2:AssociateNatGatewayAddress ec2:DisassociateNatGatewayAddress ec2:UnassignPrivateNatGatewayAddress", "no second address"},
	{"aws:ec2/routeTable:RouteTable", "ec2:CreateRoute ec2:DeleteRoute ec2:ReplaceRoute", "routes are resources of their own"},
	{"aws:ec2/routeTable:RouteTable", "ec2:DisableVgwRoutePropagation ec2:EnableVgwRoutePropagation", "no VPN gateway"},
	{"aws:ec2/securityGroup:SecurityGroup", "ec2:AuthorizeSecurityGroupEgress ec2:AuthorizeSecurityGroupIngress", "rules are resources of their own"},
	{"aws:ec2/securityGroup:SecurityGroup", "ec2:DeleteNetworkInterface ec2:DetachNetworkInterface", "no interface of Lambda, Comprehend or DMS is left in it"},
	{"aws:ec2/subnet:Subnet", "ec2:DeleteNetworkInterface ec2:DetachNetworkInterface", "no interface of Lambda, Comprehend or DMS is left in it"},
	{"aws:ec2/subnet:Subnet", "ec2:AssociateSubnetCidrBlock ec2:DisassociateSubnetCidrBlock", "no IPv6"},
	{"aws:ec2/vpc:Vpc", "ec2:AssociateVpcCidrBlock ec2:DisassociateVpcCidrBlock ec2:GetIpamPoolAllocations", "no IPv6 and no address pool"},
	{"aws:ec2/vpc:Vpc", "ec2:ModifyVpcTenancy", "the tenancy never changes"},
	{"aws:ec2/vpcEndpoint:VpcEndpoint", "ec2:AcceptVpcEndpointConnections ec2:DescribeVpcEndpointServiceConfigurations", "AWS accepts them for its services"},
	{"aws:ec2transitgateway/vpcAttachment:VpcAttachment", "ec2:DisableTransitGatewayRouteTablePropagation ec2:DisassociateTransitGatewayRouteTable", "it stays with the default route table"},
	{"aws:efs/fileSystem:FileSystem", "elasticfilesystem:UpdateFileSystemProtection", "AWS protects the copy, and the program sets nothing"},
	{"aws:iam/role:Role", "iam:AttachRolePolicy iam:DeleteRolePolicy iam:DetachRolePolicy iam:PutRolePolicy", "policies are resources of their own"},
	{"aws:iam/serviceLinkedRole:ServiceLinkedRole", "iam:DeleteServiceLinkedRole iam:GetServiceLinkedRoleDeletionStatus", "it is kept when the stack goes"},
	{"aws:iam/serviceLinkedRole:ServiceLinkedRole", "iam:UpdateRole", "no description"},
	{"aws:kms/key:Key", "kms:DisableKey kms:DisableKeyRotation", "keys are enabled and rotated"},
	{"aws:lb/loadBalancer:LoadBalancer", "elasticloadbalancing:SetIpAddressType", "the type of its addresses is AWS's default"},
	{"aws:mq/broker:Broker", "mq:CreateUser mq:DeleteUser mq:UpdateUser", "RabbitMQ keeps its users itself; changes of them are ignored"},
	{"aws:rds/cluster:Cluster", "rds:AddRoleToDBCluster rds:RemoveRoleFromDBCluster", "no role"},
	{"aws:rds/cluster:Cluster", "rds:DisableHttpEndpoint rds:EnableHttpEndpoint", "no data API"},
	{"aws:rds/cluster:Cluster", "rds:PromoteReadReplicaDBCluster rds:RestoreDBClusterFromS3 rds:RestoreDBClusterToPointInTime", "it is new, or made from a snapshot"},
	{"aws:rds/clusterInstance:ClusterInstance", "rds:PromoteReadReplicaDBCluster", "its cluster is no replica"},
	{"aws:s3/bucketV2:BucketV2", "s3:DeleteBucketPolicy s3:DeleteBucketWebsite s3:PutAccelerateConfiguration s3:PutBucketCORS s3:PutBucketLogging s3:PutBucketObjectLockConfiguration s3:PutBucketPolicy s3:PutBucketRequestPayment s3:PutBucketVersioning s3:PutBucketWebsite s3:PutEncryptionConfiguration s3:PutLifecycleConfiguration s3:PutReplicationConfiguration", "its settings are resources of their own"},
	{"aws:s3/bucketV2:BucketV2", "s3:PutBucketAcl", "no access list: a private one takes no permission"},
	{"aws:s3/bucketV2:BucketV2", "s3:PutObjectLegalHold", "no object is locked"},
	{"aws:secretsmanager/secret:Secret", "secretsmanager:DeleteResourcePolicy secretsmanager:PutResourcePolicy", "no policy of its own"},
	{"aws:secretsmanager/secret:Secret", "secretsmanager:RemoveRegionsFromReplication secretsmanager:ReplicateSecretToRegions", "no replica"},
	{"aws:secretsmanager/secretVersion:SecretVersion", "secretsmanager:ListSecretVersionIds", "no stages of its own"},
}

// The table is held against the provider's source, type by type: moto and a recording of what was called know only the ways
// that a rehearsal goes.
func TestTheTableOfDeployersHasTheCallsOfTheProvidersCode(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(deployerData, "provider.txt"))
	require.NoError(t, err)
	module, err := os.ReadFile(filepath.Join("..", "tools", "awsprovider", "go.mod"))
	require.NoError(t, err)
	code := map[string][]string{}
	for line := range strings.Lines(string(text)) {
		if _, version, found := strings.Cut(strings.TrimSpace(line), "# terraform-provider-aws@"); found {
			assert.Contains(t, string(module), "/terraform-provider-aws "+version, "the deep rehearsal builds another provider: read its source again")
			code["version"] = []string{version}
		}
		if fields := strings.Fields(line); !strings.HasPrefix(line, "#") {
			code[fields[0]] = fields[1:]
		}
	}
	require.NotEmpty(t, code["version"], "whose source it is stands above the calls")
	never := map[string][]string{}
	for _, n := range notCalled {
		for _, call := range strings.Fields(n.calls) {
			assert.Contains(t, code[n.token], call, "%s: the provider's code calls no such thing", n.token)
			never[n.token] = append(never[n.token], call)
		}
	}
	calls := 0
	for _, typ := range slices.Concat(deployer.Types, deployer.Lookups) {
		if typ.Token == harness.AWSProvider || len(typ.Read) == 0 && len(typ.Write) == 0 || strings.HasSuffix(typ.Token, ":getPartition") {
			continue // not a file of the provider's
		}
		if !assert.NotEmpty(t, code[typ.Token], "%s: its calls are not read; see testdata/providercalls.go", typ.Token) {
			continue
		}
		have := slices.Concat(typ.Read, typ.Write)
		for _, call := range code[typ.Token] {
			calls++
			assert.NotEqual(t, slices.Contains(have, call), slices.Contains(never[typ.Token], call),
				"%s: the provider's code calls %s; it must be in the table, or in notCalled with the reason", typ.Token, call)
		}
		for _, action := range have {
			assert.Contains(t, code[typ.Token], action, "%s: the provider calls no such thing; what a service asks besides is asked", typ.Token)
		}
	}
	assert.Greater(t, calls, 400, "the calls must be there to be looked at")
	t.Logf("%d calls of the provider's code looked at, %d reasons why one never happens", calls, len(notCalled))
}

// A read that an update alone does stands in the policy of previews too: the three others are given beside it.
func TestPreviewsMayReadWhatTheProviderReads(t *testing.T) {
	levels, preview := iamActions(t), deployer.Actions(deployer.Policies()["preview.json"])
	for _, typ := range slices.Concat(deployer.Types, deployer.Lookups) {
		for _, action := range typ.Read {
			assert.Contains(t, preview, action, typ.Token)
			assert.Contains(t, []string{"Read", "List"}, levels[action].level, "%s: %s is no read", typ.Token, action)
		}
	}
}
