package preflight

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/components/cluster/boot"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/opstest"
)

func TestMain(m *testing.M) { opstest.Main(m) }

const (
	host       = "morpheus.example.com"
	tools      = "morpheus-node-tools"
	packageURL = "morpheus-appliance_8.0.7-1_amd64.deb"
	extraURL   = "morpheus-appliance-supplemental_8.0.7-1_all.deb"
	content    = "a file of the test"
)

// today is the day of the tests: end dates of versions are compared with it.
var today = time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC)

// motoServers are the name servers of moto's hosted zones.
var motoServers = []string{
	"ns-2048.awsdns-64.com.", "ns-2049.awsdns-65.net.", "ns-2050.awsdns-66.org.", "ns-2051.awsdns-67.co.uk.",
}

func sum(text string) string {
	digest := sha256.Sum256([]byte(text))
	return hex.EncodeToString(digest[:])
}

func checksOf(c *config.Config, a *account.Account, alter func(any)) []check.Check {
	s := &Subject{
		Config: c, Account: a, Now: today,
		NameServers: func(context.Context, string) ([]string, error) { return motoServers, nil },
	}
	if alter != nil {
		alter(s)
	}
	return Checks(s)
}

// upload puts an object with its checksum into a bucket.
func upload(t *testing.T, g *opstest.Given, bucket, key, text string) {
	t.Helper()
	_, err := storage(g).PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: &bucket, Key: &key, Body: strings.NewReader(text), ChecksumAlgorithm: s3types.ChecksumAlgorithmSha256,
	})
	require.NoError(t, err)
}

func storage(g *opstest.Given) *s3.Client {
	return s3.NewFromConfig(g.Direct, func(o *s3.Options) { o.UsePathStyle = true })
}

// healthy makes an account that is ready for the stack prod.
func healthy(t *testing.T, g *opstest.Given) (map[string]any, []opstest.Stub) {
	t.Helper()
	ctx := t.Context()
	zone, err := route53.NewFromConfig(g.Direct).CreateHostedZone(ctx, &route53.CreateHostedZoneInput{
		Name: aws.String("example.com"), CallerReference: &g.ID,
	})
	require.NoError(t, err)
	roles := iam.NewFromConfig(g.Direct)
	for name, path := range map[string]string{
		autoScalingRole: "/aws-service-role/autoscaling.amazonaws.com/",
		openSearchRole:  "/aws-service-role/opensearchservice.amazonaws.com/", "deployer": "/",
	} {
		_, err := roles.CreateRole(ctx, &iam.CreateRoleInput{
			RoleName: &name, Path: &path, AssumeRolePolicyDocument: aws.String("{}"), MaxSessionDuration: aws.Int32(43200),
		})
		require.NoError(t, err)
	}
	bucket := tools + "-" + g.ID
	_, err = storage(g).CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &bucket})
	require.NoError(t, err)
	for _, tool := range boot.Tools {
		upload(t, g, bucket, tool.Key, content)
	}
	upload(t, g, bucket, packageURL, content)
	return map[string]any{
		"aws.accountId": g.ID, "network.allowedClientCidrs": []string{"203.0.113.0/24"},
		"dns.hostedZoneId": strings.TrimPrefix(aws.ToString(zone.HostedZone.Id), "/hostedzone/"), "dns.hostName": host,
		"morpheus.packageUrl": "s3://" + bucket + "/" + packageURL, "morpheus.packageSha256": sum(content),
		"nodeTools.bucket": bucket, "nodeTools.awsCliSha256": sum(content), "nodeTools.efsUtilsSha256": sum(content),
		"nodeTools.cloudwatchAgentSha256": sum(content), "nodeTools.rdsCaSha256": sum(content),
	}, offersOf("us-east-1a", "us-east-1b", "us-east-1c")
}

// offersOf are what moto lacks, as AWS answers for zones that offer everything.
func offersOf(zones ...string) []opstest.Stub {
	var named []any
	for _, zone := range zones {
		named = append(named, map[string]any{"Name": zone})
	}
	return []opstest.Stub{
		allowed("allowed"), quotaOf("", 100000), versionsOf("8.0.mysql_aurora.3.10.4"),
		orderable(named), brokerOptions(named, "CLUSTER_MULTI_AZ"), searchTypes(zones), image(10, "x86_64", "available"),
		{Call: "mq DescribeBrokerEngineTypes", Answer: map[string]any{"BrokerEngineTypes": []any{map[string]any{
			"EngineType": "RABBITMQ", "EngineVersions": []any{map[string]any{"Name": "3.13"}},
		}}}},
		{Call: "opensearch ListVersions", Answer: map[string]any{"Versions": []string{"OpenSearch_2.17", "OpenSearch_2.19"}}},
		{Call: "ssm GetParameter", Answer: map[string]any{"Parameter": map[string]any{
			"Name": "image", "Type": "String", "Value": "ami-0123456789abcdef0",
		}}},
		optIn(true), {Call: "ec2 DescribeManagedPrefixLists", Answer: map[string]any{"PrefixLists": []any{
			map[string]any{"PrefixListId": prefixList},
		}}},
	}
}

const prefixList = "pl-0123456789abcdef0"

func allowed(decision string) opstest.Stub {
	return opstest.Stub{Call: "iam SimulatePrincipalPolicy", Answer: map[string]any{"EvaluationResults": []any{
		map[string]any{"EvalActionName": "ec2:CreateVpc", "EvalDecision": decision},
	}}}
}

// quotaOf answers for one quota; for all if the code is empty.
func quotaOf(code string, value int) opstest.Stub {
	return opstest.Stub{
		Call: "service-quotas GetServiceQuota", When: code,
		Answer: map[string]any{"Quota": map[string]any{"QuotaCode": code, "Value": value}},
	}
}

func versionsOf(values ...string) opstest.Stub {
	var list []any
	for _, value := range values {
		list = append(list, map[string]any{"Engine": "aurora-mysql", "EngineVersion": value})
	}
	return opstest.Stub{Call: "rds DescribeDBEngineVersions", Answer: map[string]any{"DBEngineVersions": list}}
}

func orderable(zones []any) opstest.Stub {
	return opstest.Stub{Call: "rds DescribeOrderableDBInstanceOptions", Answer: map[string]any{
		"OrderableDBInstanceOptions": []any{map[string]any{"Engine": "aurora-mysql", "AvailabilityZones": zones}},
	}}
}

func brokerOptions(zones []any, mode string) opstest.Stub {
	return opstest.Stub{Call: "mq DescribeBrokerInstanceOptions", Answer: map[string]any{
		"BrokerInstanceOptions": []any{map[string]any{
			"EngineType": "RABBITMQ", "SupportedDeploymentModes": []any{mode}, "AvailabilityZones": zones,
		}},
	}}
}

func searchTypes(zones []string) opstest.Stub {
	var list []any
	for _, name := range []string{"r6g.large.search", "m6g.large.search"} {
		list = append(list, map[string]any{"InstanceType": name, "AvailabilityZones": zones})
	}
	return opstest.Stub{Call: "opensearch ListInstanceTypeDetails", Answer: map[string]any{"InstanceTypeDetails": list}}
}

func image(days int, architecture, state string) opstest.Stub {
	return opstest.Stub{Call: "ec2 DescribeImages", Answer: map[string]any{"Images": []any{map[string]any{
		"ImageId": "ami-0123456789abcdef0", "State": state, "Architecture": architecture,
		"CreationDate": today.AddDate(0, 0, -days).Format(time.RFC3339),
	}}}}
}

func optIn(aurora bool) opstest.Stub {
	return opstest.Stub{Call: "backup DescribeRegionSettings", Answer: map[string]any{
		"ResourceTypeOptInPreference": map[string]any{"Aurora": aurora, "EFS": true},
	}}
}

// given makes, in addition, everything that a configuration may name.
func given(t *testing.T, g *opstest.Given) (map[string]any, []opstest.Stub) {
	t.Helper()
	values, stubs := healthy(t, g)
	ctx := t.Context()
	vpc := newVPC(t, g, "10.80.0.0/16")
	lists := map[string][]string{}
	for i, tier := range []string{"application", "data", "public"} {
		for j, zone := range []string{"a", "b", "c"} {
			lists[tier] = append(lists[tier], newSubnet(t, g, vpc, 10*i+j, opstest.Region+zone))
		}
	}
	key, err := kms.NewFromConfig(g.Direct).CreateKey(ctx, &kms.CreateKeyInput{})
	require.NoError(t, err)
	boundary, err := iam.NewFromConfig(g.Direct).CreatePolicy(ctx, &iam.CreatePolicyInput{
		PolicyName: aws.String("limits"), PolicyDocument: aws.String(`{"Version": "2012-10-17", "Statement": [
			{"Effect": "Allow", "Action": "*", "Resource": "*"}]}`),
	})
	require.NoError(t, err)
	secret, err := secretsmanager.NewFromConfig(g.Direct).CreateSecret(ctx, &secretsmanager.CreateSecretInput{
		Name: aws.String("setup"), SecretString: aws.String(secretValue),
	})
	require.NoError(t, err)
	certificate, err := acm.NewFromConfig(g.Direct).RequestCertificate(ctx, &acm.RequestCertificateInput{
		DomainName: aws.String("*.example.com"),
	})
	require.NoError(t, err)
	newSnapshot(t, g, "aurora-mysql")
	bucket := values["nodeTools.bucket"].(string)
	upload(t, g, bucket, extraURL, content)
	maps.Copy(values, map[string]any{
		"network.cidr": "", "network.natGateways": "existing", "network.interfaceEndpoints": false,
		"network.allowedClientPrefixLists": []string{prefixList},
		"network.existing.vpcId":           vpc, "network.existing.publicSubnetIds": lists["public"],
		"network.existing.applicationSubnetIds": lists["application"], "network.existing.dataSubnetIds": lists["data"],
		"encryption.keys.logs": aws.ToString(key.KeyMetadata.Arn), "access.permissionsBoundary": aws.ToString(boundary.Policy.Arn),
		"morpheus.setupSecretArn": aws.ToString(secret.ARN), "database.snapshotIdentifier": "old",
		"loadBalancer.certificateArn": aws.ToString(certificate.CertificateArn),
		"recovery.mode":               "backup", "recovery.region": "us-west-2",
		"morpheus.supplementalUrl": "s3://" + bucket + "/" + extraURL, "morpheus.supplementalSha256": sum(content),
	})
	return values, append(stubs, issued("ISSUED", 300, "*.example.com"), keyIs("Enabled"))
}

const secretValue = "a-password-of-the-test"

func issued(status string, days int, name string) opstest.Stub {
	return opstest.Stub{Call: "acm DescribeCertificate", Answer: map[string]any{"Certificate": map[string]any{
		"Status": status, "DomainName": name, "NotAfter": today.AddDate(0, 0, days),
	}}}
}

func keyIs(state string) opstest.Stub {
	return opstest.Stub{Call: "kms DescribeKey", Answer: map[string]any{"KeyMetadata": map[string]any{
		"KeyId": "1", "KeyState": state, "KeySpec": "SYMMETRIC_DEFAULT", "KeyUsage": "ENCRYPT_DECRYPT",
	}}}
}

func newVPC(t *testing.T, g *opstest.Given, cidr string) string {
	t.Helper()
	made, err := ec2.NewFromConfig(g.Direct).CreateVpc(t.Context(), &ec2.CreateVpcInput{CidrBlock: &cidr})
	require.NoError(t, err)
	_, err = ec2.NewFromConfig(g.Direct).ModifyVpcAttribute(t.Context(), &ec2.ModifyVpcAttributeInput{
		VpcId: made.Vpc.VpcId, EnableDnsHostnames: &ec2types.AttributeBooleanValue{Value: aws.Bool(true)},
	})
	require.NoError(t, err)
	return aws.ToString(made.Vpc.VpcId)
}

func newSubnet(t *testing.T, g *opstest.Given, vpc string, third int, zone string) string {
	t.Helper()
	cidr := fmt.Sprintf("10.80.%d.0/24", third)
	made, err := ec2.NewFromConfig(g.Direct).CreateSubnet(t.Context(), &ec2.CreateSubnetInput{
		VpcId: &vpc, CidrBlock: &cidr, AvailabilityZone: &zone,
	})
	require.NoError(t, err)
	return aws.ToString(made.Subnet.SubnetId)
}

func newCluster(t *testing.T, g *opstest.Given, name, engine string) {
	t.Helper()
	_, err := rds.NewFromConfig(g.Direct).CreateDBCluster(t.Context(), &rds.CreateDBClusterInput{
		DBClusterIdentifier: &name, Engine: &engine, MasterUsername: aws.String("root"),
		MasterUserPassword: aws.String(secretValue),
	})
	require.NoError(t, err)
}

func newSnapshot(t *testing.T, g *opstest.Given, engine string) {
	t.Helper()
	newCluster(t, g, "source", engine)
	_, err := rds.NewFromConfig(g.Direct).CreateDBClusterSnapshot(t.Context(), &rds.CreateDBClusterSnapshotInput{
		DBClusterIdentifier: aws.String("source"), DBClusterSnapshotIdentifier: aws.String("old"),
	})
	require.NoError(t, err)
}
