package preflight

import (
	"context"
	"net"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/efs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/opensearch"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/components/cluster/boot"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/opstest"
)

const found, passed = check.Found, check.Passed

// few is a quota that leaves no room, and the part of the evidence that says so.
func few(id, code string, value int, says string) opstest.Case {
	return opstest.Case{
		Check: id, Name: "too low", Want: found, Says: says, Stubs: []opstest.Stub{quotaOf(code, value)},
	}
}

// own are the tags of the stack's resources.
var own = map[string]string{"Project": "morpheus", "Stack": "prod"}

var cases = []opstest.Case{
	{
		Check: "identity", Name: "of another account", Want: found, Says: "aws.accountId is 999999999999",
		Config: map[string]any{"aws.accountId": "999999999999"},
	},
	{
		Check: "session-length", Name: "role with short sessions", Want: found, Says: "last 1h0m0s at most",
		Change: func(t *testing.T, g *opstest.Given) {
			_, err := iam.NewFromConfig(g.Direct).UpdateRole(t.Context(), &iam.UpdateRoleInput{
				RoleName: aws.String("deployer"), MaxSessionDuration: aws.Int32(3600),
			})
			require.NoError(t, err)
		},
	},
	{
		Check: "permissions", Name: "one is denied", Want: found, Says: "ec2:CreateVpc is implicitDeny",
		Stubs: []opstest.Stub{allowed("implicitDeny")},
	},
	{
		Check: "region-enabled", Name: "not opted in", Want: found, Says: "not-opted-in",
		Stubs: []opstest.Stub{regionIs("us-east-1", "not-opted-in")},
	},
	{
		Check: "service-linked-role-autoscaling", Name: "exists already", Want: found, Says: "creates it once",
		Config: map[string]any{"serviceLinkedRoles.autoscaling": "create"},
	},
	{
		Check: "service-linked-role-opensearch", Name: "missing", Want: found, Says: "has no role",
		Change: func(t *testing.T, g *opstest.Given) {
			_, err := iam.NewFromConfig(g.Direct).DeleteRole(t.Context(), &iam.DeleteRoleInput{RoleName: aws.String(openSearchRole)})
			require.NoError(t, err)
		},
	},
	{
		Check: "service-linked-role-opensearch", Name: "is created", Want: passed, Says: "the stack creates",
		Config: map[string]any{"serviceLinkedRoles.opensearch": "create"},
		Change: func(t *testing.T, g *opstest.Given) {
			_, err := iam.NewFromConfig(g.Direct).DeleteRole(t.Context(), &iam.DeleteRoleInput{RoleName: aws.String(openSearchRole)})
			require.NoError(t, err)
		},
	},
	{
		Check: "backup-opt-in", Name: "opted out", Want: found, Says: "has not opted in to backups of Aurora",
		Stubs: []opstest.Stub{optIn(false)},
	},
	few("quota-vcpus", "L-1216C47A", 47, "up to 48 (ec2 L-1216C47A): 1 are missing"),
	{
		Check: "quota-vcpus", Name: "used by others", Want: found, Says: "4 vCPUs",
		Stubs: []opstest.Stub{quotaOf("L-1216C47A", 51), running(nil)},
	},
	{
		Check: "quota-vcpus", Name: "used by the stack itself", Want: passed, Says: "0 vCPUs",
		Stubs: []opstest.Stub{quotaOf("L-1216C47A", 48), running(own)},
	},
	{
		Check: "quota-elastic-ips", Name: "in use", Want: found, Says: "3 Elastic IP addresses of 5",
		Stubs: []opstest.Stub{quotaOf("L-0263D0A3", 5)},
		Change: func(t *testing.T, g *opstest.Given) {
			for range 3 {
				_, err := ec2.NewFromConfig(g.Direct).AllocateAddress(t.Context(), &ec2.AllocateAddressInput{Domain: types.DomainTypeVpc})
				require.NoError(t, err)
			}
		},
	},
	few("quota-vpcs", "L-F678F1CE", 1, "1 VPCs of 1 are in use"), // the default VPC
	few("quota-internet-gateways", "L-A4707A72", 0, "1 are missing"),
	few("quota-nat-gateways", "L-FE5A380F", 0, "1 are missing"),
	{
		Check: "quota-nat-gateways", Name: "in one zone", Want: found, Says: "1 NAT gateways in one zone of 1",
		Stubs: []opstest.Stub{quotaOf("L-FE5A380F", 1)},
		Change: func(t *testing.T, g *opstest.Given) {
			subnet := newSubnet(t, g, newVPC(t, g, "10.80.0.0/16"), 1, "us-east-1b")
			_, err := ec2.NewFromConfig(g.Direct).CreateNatGateway(t.Context(), &ec2.CreateNatGatewayInput{SubnetId: &subnet})
			require.NoError(t, err)
		},
	},
	few("quota-security-groups", "L-E79EC296", 10, "are missing"),
	few("quota-security-group-rules", "L-0EA8095F", 4, "rules of one security group"),
	few("quota-interface-endpoints", "L-29B6F2EB", 1, "are missing"),
	few("quota-database-clusters", "L-952B80B8", 0, "1 are missing"),
	few("quota-database-instances", "L-7B6409FD", 1, "1 are missing"),
	{
		Check: "quota-brokers", Name: "in use", Want: found, Says: "200 brokers of 200 are in use",
		Stubs: []opstest.Stub{{Call: "mq ListBrokers", Answer: map[string]any{"BrokerSummaries": many(documentedBrokers)}}},
	},
	few("quota-search-domains", "L-076D529E", 0, "1 are missing"),
	few("quota-search-instances", "L-6408ABDE", 2, "1 are missing"),
	few("quota-file-systems", "L-848C634D", 0, "1 are missing"),
	few("quota-load-balancers", "L-53DA6B97", 0, "1 are missing"),
	few("quota-scaling-groups", "L-CDE20ADC", 0, "1 are missing"),
	few("quota-keys", "L-C2F1777E", 7, "1 are missing"),
	few("quota-backup-vaults", "L-7705D2CB", 0, "1 are missing"),
	{
		Check: "quota-backup-vaults", Name: "AWS's default", Want: passed, Says: "of 300",
		Stubs: []opstest.Stub{
			{Call: "service-quotas GetServiceQuota", Code: "NoSuchResourceException"},
			{Call: "service-quotas GetAWSDefaultServiceQuota", Answer: map[string]any{"Quota": map[string]any{"Value": 300}}},
		},
	},
	{
		Check: "quota-alarms", Name: "in use", Want: found, Says: "4950 CloudWatch alarms",
		Stubs: []opstest.Stub{{Call: "cloudwatch DescribeAlarms", Answer: map[string]any{"MetricAlarms": many(4950)}}},
	},
	{
		Check: "zones", Name: "unknown", Want: found, Says: "there is no zone us-east-1z",
		Config: map[string]any{"network.availabilityZones": []string{"us-east-1a", "us-east-1b", "us-east-1z"}},
	},
	{
		Check: "offers-nodes", Name: "a zone without", Want: found, Says: "us-east-1c offers none of",
		Stubs: []opstest.Stub{{Call: "ec2 DescribeInstanceTypeOfferings", Answer: map[string]any{"InstanceTypeOfferings": []any{
			map[string]any{"InstanceType": "m5.xlarge", "Location": "us-east-1a", "LocationType": "availability-zone"},
			map[string]any{"InstanceType": "m5a.xlarge", "Location": "us-east-1b", "LocationType": "availability-zone"},
		}}}},
	},
	{
		Check: "offers-database", Name: "a zone without", Want: found, Says: "us-east-1b does not offer db.r5.xlarge",
		Stubs: []opstest.Stub{orderable([]any{map[string]any{"Name": "us-east-1a"}})},
	},
	{
		Check: "offers-messaging", Name: "no clusters", Want: found, Says: "us-east-1a does not offer mq.m5.large",
		Stubs: []opstest.Stub{brokerOptions([]any{map[string]any{"Name": "us-east-1a"}}, "SINGLE_INSTANCE")},
	},
	{
		Check: "offers-search", Name: "a zone without", Want: found, Says: "us-east-1c does not offer r6g.large.search",
		Stubs: []opstest.Stub{searchTypes([]string{"us-east-1a", "us-east-1b"})},
	},
	{
		Check: "version-database", Name: "not offered", Want: found, Says: "it offers 8.0.mysql_aurora.3.04.1",
		Stubs: []opstest.Stub{versionsOf("8.0.mysql_aurora.3.04.1")},
	},
	{
		Check: "version-messaging", Name: "not offered", Want: found, Says: "does not offer RabbitMQ 3.13",
		Stubs: []opstest.Stub{{Call: "mq DescribeBrokerEngineTypes", Answer: map[string]any{"BrokerEngineTypes": []any{}}}},
	},
	{
		Check: "version-search", Name: "near its end", Want: found, Says: "OpenSearch_2.19",
		Alter: func(s any) { s.(*Subject).Now = today.AddDate(0, 10, 0) },
	},
	{
		Check: "image", Name: "of another architecture", Want: found, Says: "is for arm64",
		Stubs: []opstest.Stub{image(10, "arm64", "available")},
	},
	{Check: "image", Name: "old", Want: found, Says: "100 days old", Stubs: []opstest.Stub{image(100, "x86_64", "available")}},
	{
		Check: "image", Name: "no parameter", Want: found, Says: "has no parameter",
		Stubs: []opstest.Stub{{Call: "ssm GetParameter", Code: "ParameterNotFound"}},
	},
	{
		Check: "cidr-clash", Name: "another VPC", Want: found, Says: "10.20.0.0/16 overlaps with 10.20.128.0/20",
		Change: func(t *testing.T, g *opstest.Given) { newVPC(t, g, "10.20.128.0/20") },
	},
	{
		Check: "hosted-zone", Name: "missing", Want: found, Says: "has no hosted zone Z0",
		Config: map[string]any{"dns.hostedZoneId": "Z0"},
	},
	{
		Check: "hosted-zone", Name: "of another domain", Want: found, Says: "is not a name in the hosted zone example.com",
		Config: map[string]any{"dns.hostName": "morpheus.example.org"},
	},
	{
		Check: "delegation", Name: "to other servers", Want: found, Says: "delegates example.com to ns1.example.net",
		Alter: func(s any) {
			s.(*Subject).NameServers = func(context.Context, string) ([]string, error) {
				return []string{"ns1.example.net."}, nil
			}
		},
	},
	{
		Check: "delegation", Name: "none", Want: found, Says: "has no name servers",
		Alter: func(s any) {
			s.(*Subject).NameServers = func(context.Context, string) ([]string, error) {
				return nil, &net.DNSError{Err: "no such host", IsNotFound: true}
			}
		},
	},
	{
		Check: "host-name-free", Name: "taken", Want: found, Says: "has a record A of morpheus.example.com",
		Change: func(t *testing.T, g *opstest.Given) {
			zones, err := route53.NewFromConfig(g.Direct).ListHostedZones(t.Context(), &route53.ListHostedZonesInput{})
			require.NoError(t, err)
			_, err = route53.NewFromConfig(g.Direct).ChangeResourceRecordSets(t.Context(), &route53.ChangeResourceRecordSetsInput{
				HostedZoneId: zones.HostedZones[0].Id, ChangeBatch: &r53types.ChangeBatch{Changes: []r53types.Change{{
					Action: r53types.ChangeActionCreate, ResourceRecordSet: &r53types.ResourceRecordSet{
						Name: aws.String(host), Type: r53types.RRTypeA, TTL: aws.Int64(60),
						ResourceRecords: []r53types.ResourceRecord{{Value: aws.String("192.0.2.1")}},
					},
				}}},
			})
			require.NoError(t, err)
		},
	},
	{
		Check: "package", Name: "another checksum", Want: found, Says: "the configuration has " + sum("other"),
		Config: map[string]any{"morpheus.packageSha256": sum("other")},
	},
	{
		Check: "node-tools", Name: "one is missing", Want: found, Says: boot.Tools[1].Key + " does not exist",
		Change: func(t *testing.T, g *opstest.Given) {
			_, err := storage(g).DeleteObject(t.Context(), &s3.DeleteObjectInput{
				Bucket: aws.String(tools + "-" + g.ID), Key: aws.String(boot.Tools[1].Key),
			})
			require.NoError(t, err)
		},
	},
	{
		Check: "node-tools-region", Name: "no bucket", Want: found, Says: "there is no bucket",
		Config: map[string]any{"nodeTools.bucket": "another-bucket-of-the-test"},
	},
	{
		Check: "name-file-system", Name: "taken", Want: found, Says: "which this stack did not create",
		Change: func(t *testing.T, g *opstest.Given) {
			_, err := efs.NewFromConfig(g.Direct).CreateFileSystem(t.Context(), &efs.CreateFileSystemInput{
				CreationToken: aws.String("morpheus-shared-storage"),
			})
			require.NoError(t, err)
		},
	},
	{
		Check: "name-database", Name: "taken", Want: found, Says: "has a database cluster morpheus-prod",
		Change: func(t *testing.T, g *opstest.Given) { newCluster(t, g, "morpheus-prod", "aurora-mysql") },
	},
	{
		Check: "name-broker", Name: "of another stack", Want: found, Says: "of the stack other",
		Change: func(t *testing.T, g *opstest.Given) { newBroker(t, g, "other") },
	},
	{
		Check: "name-broker", Name: "of this stack", Want: passed, Says: "is this stack's",
		Change: func(t *testing.T, g *opstest.Given) { newBroker(t, g, "prod") },
	},
	{
		Check: "name-search", Name: "taken", Want: found, Says: "has a search domain morpheus-logs",
		Change: func(t *testing.T, g *opstest.Given) {
			_, err := opensearch.NewFromConfig(g.Direct).CreateDomain(t.Context(), &opensearch.CreateDomainInput{
				DomainName: aws.String("morpheus-logs"),
			})
			require.NoError(t, err)
		},
	},
	{
		Check: "name-scaling-group", Name: "taken", Want: found, Says: "has a Auto Scaling group morpheus-prod",
		Change: func(t *testing.T, g *opstest.Given) {
			_, err := autoscaling.NewFromConfig(g.Direct).CreateLaunchConfiguration(t.Context(),
				&autoscaling.CreateLaunchConfigurationInput{
					LaunchConfigurationName: aws.String("x"), ImageId: aws.String("ami-785db401"), InstanceType: aws.String("m5.xlarge"),
				})
			require.NoError(t, err)
			_, err = autoscaling.NewFromConfig(g.Direct).CreateAutoScalingGroup(t.Context(), &autoscaling.CreateAutoScalingGroupInput{
				AutoScalingGroupName: aws.String("morpheus-prod"), LaunchConfigurationName: aws.String("x"), MinSize: aws.Int32(0),
				MaxSize: aws.Int32(0), AvailabilityZones: []string{"us-east-1a"},
			})
			require.NoError(t, err)
		},
	},
	{
		Check: "name-log-group", Name: "taken", Want: found, Says: "has a log group /morpheus/prod/nodes",
		Change: func(t *testing.T, g *opstest.Given) {
			_, err := cloudwatchlogs.NewFromConfig(g.Direct).CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{
				LogGroupName: aws.String("/morpheus/prod/nodes"),
			})
			require.NoError(t, err)
		},
	},
}

// many are empty entries of a list.
func many(n int) []any {
	var out []any
	for range n {
		out = append(out, map[string]any{})
	}
	return out
}
