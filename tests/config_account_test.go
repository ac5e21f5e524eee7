package tests

import (
	"errors"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/harness"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
)

const hostedZone = "aws:route53/zone:Zone"

// otherZones returns an account with two more hosted zones than the fixture.
func otherZones() *account.Account {
	a := simaws.NewAccount(simaws.Options{})
	a.Exists("", hostedZone, "ZPRIVATE", account.Values{"name": simaws.Domain, "privateZone": true})
	a.Exists("", hostedZone, "ZCYRILLIC", account.Values{"name": "xn--e1afmkfd.xn--p1ai."})
	return a
}

// otherVPC returns an account with a second VPC, without DNS host names and with unsuitable subnets.
func otherVPC(a *account.Account) *account.Account {
	const vpc, subnet = "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet"
	a.Exists("us-east-1", vpc, "vpc-0123456789abcdef0",
		account.Values{"cidrBlock": "10.90.0.0/16", "enableDnsSupport": true, "enableDnsHostnames": false})
	a.Exists("us-east-1", subnet, "subnet-0123456789abcdef0",
		account.Values{"vpcId": "vpc-0123456789abcdef0", "cidrBlock": "10.90.0.0/24", "availabilityZone": "us-east-1c"})
	a.Exists("us-east-1", subnet, "subnet-0123456789abcdef1",
		account.Values{"vpcId": simaws.ExistingVpcID, "cidrBlock": "10.80.100.0/28", "availabilityZone": "us-east-1c"})
	a.Exists("us-east-1", subnet, "subnet-0123456789abcdef2",
		account.Values{"vpcId": simaws.ExistingVpcID, "cidrBlock": "10.80.101.0/24", "availabilityZone": "us-east-1d"})
	return a
}

func TestAnExistingVPCMustFitTheTiers(t *testing.T) {
	data := func(last string) []any { return []any{dataA, simaws.ExistingSubnetID("data", 'b'), last} }
	const key = "network.existing.dataSubnetIds"
	applicationB, publicB := simaws.ExistingSubnetID("application", 'b'), simaws.ExistingSubnetID("public", 'b')
	for _, w := range []wrong{
		oneExisting("missing VPC", "network.existing.vpcId", "vpc-00000000000000000",
			`network.existing.vpcId: must be a VPC that the account has in us-east-1, got "vpc-00000000000000000" (`),
		oneExisting("missing subnet", key, data("subnet-00000000000000000"),
			key+`[2]: must be a subnet that the account has in us-east-1, got "subnet-00000000000000000" (`),
		oneExisting("subnet of another VPC", key, data("subnet-0123456789abcdef0"),
			key+`[2]: must be a subnet of network.existing.vpcId `+simaws.ExistingVpcID+
				`, got "subnet-0123456789abcdef0" (it is one of vpc-0123456789abcdef0)`),
		oneExisting("subnet that is too small", key, data("subnet-0123456789abcdef1"),
			key+`[2]: must be a subnet of 26 addresses beside AWS's own 5, got "subnet-0123456789abcdef1" (OpenSearch `+
				`reserves 6 in each, others have 20; its range is 10.80.100.0/28)`),
		oneExisting("subnet in another zone", key, data("subnet-0123456789abcdef2"),
			key+`[2]: must be a subnet in one of network.availabilityZones, got "subnet-0123456789abcdef2" (it is in `+
				`us-east-1d)`),
		oneExisting("two subnets in a zone", "network.existing.applicationSubnetIds",
			[]any{applicationA, applicationB, publicB},
			"network.existing.applicationSubnetIds[2]: must be a subnet in a zone of its own, got \""+publicB+
				"\" (us-east-1b has "+applicationB+" already)"),
	} {
		t.Run(w.name, func(t *testing.T) {
			if strings.HasPrefix(w.name, "two subnets") {
				w.over["network.existing.publicSubnetIds"] = []any{}
				w.over["loadBalancer.scheme"] = "internal"
				w.over["monitoring.healthCheck"] = false
			}
			config := change(t, loadStack(t, "prod"), w.over)
			r, err := launch{Stack: "prod", Config: config, Account: otherVPC(simaws.NewAccount(simaws.Options{}))}.Start()
			require.Error(t, err)
			assert.Contains(t, err.Error(),
				"the configuration has 1 problem; nothing but the provider was registered:\n  - "+w.problems[0])
			assert.Len(t, r.All(), 1, "a resource was made before the account was asked")
		})
	}
	for name, c := range map[string]struct {
		state account.Values
		want  string
	}{
		"VPC shared by another account": {
			account.Values{"ownerId": "210987654321"}, "must be a VPC of account 123456789012, got",
		},
		"VPC with dedicated tenancy": {
			account.Values{"instanceTenancy": "dedicated"}, "must be a VPC of default tenancy, got",
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := simaws.NewAccount(simaws.Options{})
			c.state["cidrBlock"], c.state["enableDnsSupport"], c.state["enableDnsHostnames"] = "10.80.0.0/16", true, true
			a.Exists("us-east-1", "aws:ec2/vpc:Vpc", "vpc-0123456789abcdef1", c.state)
			over := existing(overrides{"network.existing.vpcId": "vpc-0123456789abcdef1"})
			_, err := launch{Stack: "prod", Config: change(t, loadStack(t, "prod"), over), Account: a}.Start()
			assert.ErrorContains(t, err, "network.existing.vpcId: "+c.want)
		})
	}
	t.Run("VPC without names", func(t *testing.T) {
		over := existing(overrides{"network.existing.vpcId": "vpc-0123456789abcdef0"})
		config := change(t, loadStack(t, "prod"), over)
		_, err := launch{Stack: "prod", Config: config, Account: otherVPC(simaws.NewAccount(simaws.Options{}))}.Start()
		assert.ErrorContains(t, err,
			`network.existing.vpcId: must be a VPC with DNS support and DNS host names on, got "vpc-0123456789abcdef0"`)
		assert.ErrorContains(t, err, "the configuration has 10 problems", "all nine subnets belong to the other VPC")
	})
}

func TestAPrivateZoneNeedsAnExistingCertificate(t *testing.T) {
	over := privateOnly(overrides{"loadBalancer.certificateArn": ""})
	_, err := launch{Stack: "prod", Config: change(t, loadStack(t, "prod"), over)}.Start()
	assert.ErrorContains(t, err,
		`loadBalancer.certificateArn: must be given with a private hosted zone, got "" (ACM validates`)
}

// The look-ups come before the first AWS resource, because an error after hours of creation would be expensive.
func TestMissingPrerequisitesAreRefusedBeforeAnyResource(t *testing.T) {
	const parameter = "/aws/service/canonical/ubuntu/server/24.04/stable/20990101/amd64/hvm/ebs-gp3/ami-id"
	for _, w := range []wrong{
		one("zone that does not exist", "network.availabilityZones", []any{"us-east-1a", "us-east-1b", "us-east-1x"},
			`network.availabilityZones[2]: must be one of us-east-1a, us-east-1b, us-east-1c, us-east-1d, got `+
				`"us-east-1x" (the zones that the account has there)`),
		one("hosted zone of another account", "dns.hostedZoneId", "ZOTHERS",
			`dns.hostedZoneId: must be the id of a hosted zone of the account, got "ZOTHERS" (`),
		one("private zone", "dns.hostedZoneId", "ZPRIVATE",
			`dns.hostedZoneId: must be the id of a public hosted zone, got "ZPRIVATE" (clients of an internet-facing`),
		one("host of another zone", "dns.hostName", "morpheus.example.org",
			`dns.hostName: must be a name in the hosted zone example.com, got "morpheus.example.org" (Route 53 refuses`),
		one("host with the zone's name as a mere suffix", "dns.hostName", "myexample.com",
			`dns.hostName: must be a name in the hosted zone example.com, got "myexample.com"`),
		one("key of another partition", "encryption.keys.search",
			"arn:aws-cn:kms:us-east-1:123456789012:key/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
			`encryption.keys.search: must be a key in the partition aws, got "arn:aws-cn:kms:`),
		one("boundary of another partition", "access.permissionsBoundary", "arn:aws-us-gov:iam::aws:policy/limits",
			`access.permissionsBoundary: must be a policy in the partition aws, got `+
				`"arn:aws-us-gov:iam::aws:policy/limits" (that is where`),
		one("setup secret of another partition", "morpheus.setupSecretArn",
			"arn:aws-cn:secretsmanager:us-east-1:123456789012:secret:setup-AbCdEf",
			`morpheus.setupSecretArn: must be a secret in the partition aws, got "arn:aws-cn:secretsmanager:`),
		one("missing image", "cluster.imageParameter", parameter,
			`cluster.imageParameter: must be a parameter that us-east-1 has, got "/aws`),
	} {
		t.Run(w.name, func(t *testing.T) {
			r, err := launch{Stack: "prod", Config: change(t, loadStack(t, "prod"), w.over), Account: otherZones()}.Start()
			require.Error(t, err)
			assert.Contains(t, err.Error(),
				"the configuration has 1 problem; nothing but the provider was registered:\n  - "+w.problems[0])
			for _, res := range r.All() {
				assert.Equal(t, harness.AWSProvider, res.Token, "a resource was made before the account was asked")
			}
		})
	}
}

func TestAllMissingPrerequisitesAreReportedTogether(t *testing.T) {
	_, err := launch{
		Stack: "prod",
		Config: change(t, loadStack(t, "prod"),
			overrides{
				"network.availabilityZones": []any{"us-east-1x", "us-east-1y", "us-east-1a"},
				"dns.hostName":              "a.example.org",
			}),
	}.Start()
	require.Error(t, err)
	assert.Contains(t, err.Error(), "the configuration has 3 problems;")
}

func TestHostNamesOfEveryScriptAreAccepted(t *testing.T) {
	config := change(t, loadStack(t, "prod"),
		overrides{"dns.hostedZoneId": "ZCYRILLIC", "dns.hostName": "xn--e1afmkfd.xn--p1ai"})
	_, err := launch{Stack: "prod", Config: config, Account: otherZones()}.Start()
	require.NoError(t, err)
}

func TestWrongCredentialsAreReported(t *testing.T) {
	wrongAccount := func(pulumi.MockCallArgs) error { return errors.New("AWS account ID not allowed: 210987654321") }
	_, err := launch{Stack: "prod", Config: loadStack(t, "prod"), Refuse: wrongAccount}.Start()
	assert.ErrorContains(t, err, "are there credentials, and are they of aws.accountId "+simaws.AccountID+"?")
	assert.ErrorContains(t, err, "AWS account ID not allowed: 210987654321", "the message keeps the provider's error")
}

// Without the check, the first launch would fail an hour into the deployment.
func TestAnAMIMustFitTheLaunchTemplate(t *testing.T) {
	const id = "ami-0f1e2d3c4b5a69788"
	for name, c := range map[string]struct {
		image account.Values
		want  string
	}{
		"none": {
			nil,
			`cluster.imageId: must be an image that the account sees in us-east-1, got "ami-0f1e2d3c4b5a69788" (`,
		},
		"pending": {
			account.Values{"state": "pending"},
			`cluster.imageId: must be an image that is available, got "ami-0f1e2d3c4b5a69788" (it is in the state pending)`,
		},
		"of ARM": {
			account.Values{"architecture": "arm64"},
			`cluster.imageId: must be an image for x86_64, got "ami-0f1e2d3c4b5a69788" (it is for arm64,`,
		},
		"of Amazon": {
			account.Values{"rootDeviceName": "/dev/xvda"},
			`cluster.imageId: must be an image whose root device is /dev/sda1 on EBS, got "ami-0f1e2d3c4b5a69788" (it is ` +
				`/dev/xvda on ebs;`,
		},
		"without disk": {
			account.Values{"rootDeviceType": "instance-store"},
			`cluster.imageId: must be an image whose root device is /dev/sda1 on EBS, got "ami-0f1e2d3c4b5a69788" (it is ` +
				`/dev/sda1 on instance-store;`,
		},
		"too large": {
			account.Values{"volumeSize": 500.0},
			`cluster.rootVolumeGiB: must be at least 500 with cluster.imageId, got 400 (`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := simaws.NewAccount(simaws.Options{})
			if c.image != nil {
				a.Exists("us-east-1", "aws:ec2/ami:Ami", id, c.image)
			}
			config := change(t, loadStack(t, "prod"), overrides{"cluster.imageId": id})
			r, err := launch{Stack: "prod", Config: config, Account: a}.Start()
			require.Error(t, err)
			assert.Contains(t, err.Error(),
				"the configuration has 1 problem; nothing but the provider was registered:\n  - "+c.want)
			assert.Len(t, r.All(), 1, "a resource was made before the account was asked")
		})
	}
}
