package preflight

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/mq"
	mqtypes "github.com/aws/aws-sdk-go-v2/service/mq/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/opstest"
)

func regionIs(name, status string) opstest.Stub {
	return opstest.Stub{Call: "ec2 DescribeRegions", Answer: map[string]any{"Regions": []any{
		map[string]any{"RegionName": name, "OptInStatus": status},
	}}}
}

// running is an instance with 4 vCPUs. moto does not describe the CPUs of an instance.
func running(tags map[string]string) opstest.Stub {
	var list []any
	for key, value := range tags {
		list = append(list, map[string]any{"Key": key, "Value": value})
	}
	return opstest.Stub{Call: "ec2 DescribeInstances", Answer: map[string]any{"Reservations": []any{map[string]any{
		"Instances": []any{map[string]any{
			"InstanceId": "i-1", "InstanceType": "m5.xlarge", "Tags": list,
			"CpuOptions": map[string]any{"CoreCount": 2, "ThreadsPerCore": 2},
		}},
	}}}}
}

func newBroker(t *testing.T, g *opstest.Given, stack string) {
	t.Helper()
	_, err := mq.NewFromConfig(g.Direct).CreateBroker(t.Context(), &mq.CreateBrokerInput{
		BrokerName: aws.String("morpheus-rabbitmq"), EngineType: mqtypes.EngineTypeRabbitmq, EngineVersion: aws.String("3.13"),
		HostInstanceType: aws.String("mq.m5.large"), DeploymentMode: mqtypes.DeploymentModeClusterMultiAz,
		PubliclyAccessible: aws.Bool(false), AutoMinorVersionUpgrade: aws.Bool(true),
		Users: []mqtypes.User{{Username: aws.String("morpheus"), Password: aws.String(secretValue)}},
		Tags:  map[string]string{"Project": "morpheus", "Stack": stack},
	})
	require.NoError(t, err)
}

var givenCases = []opstest.Case{
	{
		Check: "recovery-region-enabled", Name: "not opted in", Want: found, Says: "recovery.region: us-west-2 is not-opted-in",
		Stubs: []opstest.Stub{regionIs("us-west-2", "not-opted-in")},
	},
	{
		Check: "existing-vpc", Name: "missing", Want: found, Says: "has no VPC",
		Config: map[string]any{"network.existing.vpcId": "vpc-0123456789abcdef0"},
	},
	{
		Check: "existing-vpc", Name: "without names", Want: found, Says: "enableDnsHostnames of",
		Change: func(t *testing.T, g *opstest.Given) {
			vpcs, err := ec2.NewFromConfig(g.Direct).DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{})
			require.NoError(t, err)
			for _, vpc := range vpcs.Vpcs {
				_, err := ec2.NewFromConfig(g.Direct).ModifyVpcAttribute(t.Context(), &ec2.ModifyVpcAttributeInput{
					VpcId: vpc.VpcId, EnableDnsHostnames: &types.AttributeBooleanValue{Value: aws.Bool(false)},
				})
				require.NoError(t, err)
			}
		},
	},
	{
		Check: "existing-subnets", Name: "without free addresses", Want: found, Says: "has 3 free addresses",
		Stubs: []opstest.Stub{{Call: "ec2 DescribeSubnets", Answer: map[string]any{"Subnets": []any{
			map[string]any{"SubnetId": "subnet-1", "AvailabilityZone": "us-east-1a", "AvailableIpAddressCount": 3},
		}}}},
	},
	{
		Check: "client-prefix-lists", Name: "missing", Want: found, Says: "has no prefix list " + prefixList,
		Stubs: []opstest.Stub{{Call: "ec2 DescribeManagedPrefixLists", Answer: map[string]any{"PrefixLists": []any{}}}},
	},
	{
		Check: "certificate", Name: "not issued", Want: found, Says: "PENDING_VALIDATION",
		Stubs: []opstest.Stub{issued("PENDING_VALIDATION", 300, "*.example.com")},
	},
	{
		Check: "certificate", Name: "of another name", Want: found, Says: "not of morpheus.example.com",
		Stubs: []opstest.Stub{issued("ISSUED", 300, "*.morpheus.example.com")},
	},
	{
		Check: "certificate", Name: "ends soon", Want: found, Says: "ends in 20 days",
		Stubs: []opstest.Stub{issued("ISSUED", 20, "*.example.com")},
	},
	{
		Check: "supplemental-package", Name: "missing", Want: found, Says: "does not exist",
		Change: func(t *testing.T, g *opstest.Given) {
			_, err := storage(g).DeleteObject(t.Context(), &s3.DeleteObjectInput{
				Bucket: aws.String(tools + "-" + g.ID), Key: aws.String(extraURL),
			})
			require.NoError(t, err)
		},
	},
	{
		Check: "given-keys", Name: "disabled", Want: found, Says: "encryption.keys.logs: the key is Disabled",
		Stubs: []opstest.Stub{keyIs("Disabled")},
	},
	{
		Check: "permissions-boundary", Name: "missing", Want: found, Says: "has no policy",
		Change: func(t *testing.T, g *opstest.Given) {
			_, err := iam.NewFromConfig(g.Direct).DeletePolicy(t.Context(), &iam.DeletePolicyInput{
				PolicyArn: aws.String("arn:aws:iam::" + g.ID + ":policy/limits"),
			})
			require.NoError(t, err)
		},
	},
	{
		Check: "setup-secret", Name: "missing", Want: found, Says: "has no secret",
		Stubs: []opstest.Stub{{Call: "secretsmanager DescribeSecret", Code: "ResourceNotFoundException"}},
	},
	{
		Check: "snapshot", Name: "of another engine", Want: found, Says: "is of aurora-postgresql",
		Stubs: []opstest.Stub{{Call: "rds DescribeDBClusterSnapshots", Answer: map[string]any{"DBClusterSnapshots": []any{
			map[string]any{"DBClusterSnapshotIdentifier": "old", "Engine": "aurora-postgresql", "Status": "available"},
		}}}},
	},
	{
		Check: "snapshot", Name: "missing", Want: found, Says: "sees no snapshot",
		Config: map[string]any{"database.snapshotIdentifier": strings.Repeat("x", 8)},
	},
}
