package simaws

import (
	"cmp"
	"fmt"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
)

// Resources and names that exist before the first deployment.
const (
	AccountID      = "123456789012" // the account of the AWS documentation
	HostedZoneID   = "Z0123456789REHEARSAL"
	Domain         = "example.com"
	HostName       = "morpheus.example.com"
	ImageID        = "ami-0a1b2c3d4e5f60718"
	ImageParameter = "/aws/service/canonical/ubuntu/server/24.04/stable/20250610/amd64/hvm/ebs-gp3/ami-id"
)

// Buckets that exist before the first deployment, with the tools and packages of the nodes.
const (
	ToolsBucket    = "node-tools-of-the-rehearsal"
	PackagesBucket = "packages-of-example-com"
)

// sumOfRehearsal is the SHA-256 of every file that a rehearsal pretends to have.
const sumOfRehearsal = "2bcd3e14dca8fdb18ca3d4e958bb1c4df002598ae6e5d80fc9d9824a6b5dc450"

// FixtureObjects are the objects in the buckets, as <bucket>/<key>.
var FixtureObjects = []string{
	ToolsBucket + "/node-tools/awscli-exe-linux-x86_64.zip",
	ToolsBucket + "/node-tools/amazon-efs-utils.deb",
	ToolsBucket + "/node-tools/amazon-cloudwatch-agent.deb",
	ToolsBucket + "/node-tools/rds-global-bundle.pem",
	PackagesBucket + "/morpheus-appliance_8.0.7-1_amd64.deb",
	PackagesBucket + "/morpheus-appliance-supplemental_8.0.7-1_all.deb",
}

// FixtureConfig are the configuration values that depend on the account. They replace the values of a stack file or an
// example.
var FixtureConfig = map[string]string{
	"aws.accountId":                   AccountID,
	"dns.hostedZoneId":                HostedZoneID,
	"dns.hostName":                    HostName,
	"network.allowedClientCidrs":      `["203.0.113.0/24"]`, // TEST-NET-3
	"morpheus.packageUrl":             "https://downloads.example.com/files/morpheus-appliance_8.0.7-1_amd64.deb",
	"morpheus.packageSha256":          sumOfRehearsal,
	"nodeTools.bucket":                ToolsBucket,
	"nodeTools.awsCliSha256":          sumOfRehearsal,
	"nodeTools.efsUtilsSha256":        sumOfRehearsal,
	"nodeTools.cloudwatchAgentSha256": sumOfRehearsal,
	"nodeTools.rdsCaSha256":           sumOfRehearsal,

	"cluster.imageId":             ImageID,
	"loadBalancer.certificateArn": CertificateARN("us-east-1"),
	"morpheus.supplementalUrl": "s3://" + PackagesBucket + "/" +
		"morpheus-appliance-supplemental_8.0.7-1_all.deb",
	"morpheus.supplementalSha256":           sumOfRehearsal,
	"network.existing.vpcId":                ExistingVpcID,
	"network.existing.publicSubnetIds":      existingSubnets("public"),
	"network.existing.applicationSubnetIds": existingSubnets("application"),
	"network.existing.dataSubnetIds":        existingSubnets("data"),
}

// PrivateConfig are the values for a stack with an internal load balancer.
var PrivateConfig = map[string]string{
	"dns.hostedZoneId":    PrivateZoneID,
	"morpheus.packageUrl": "s3://" + PackagesBucket + "/morpheus-appliance_8.0.7-1_amd64.deb",
}

// PrivateZoneID is a private hosted zone of the same domain.
const PrivateZoneID = "Z0123456789PRIVATE00"

// Existing resources in every region: a VPC with an internet gateway and a subnet of each tier in three zones, a
// transit gateway, a peering connection and a prefix list of clients.
const (
	ExistingVpcID       = "vpc-0e15710000000000a"
	TransitGatewayID    = "tgw-0e15710000000000a"
	PeeringConnectionID = "pcx-0e15710000000000a"
	existingCIDR        = "10.80.0.0/16"

	existingKeyID = "0e157100-0000-4000-8000-00000000000a"
	// ExistingKeyARN is a KMS key of another stack in us-east-1. Its policy lets only the account use it.
	ExistingKeyARN = "arn:aws:kms:us-east-1:" + AccountID + ":key/" + existingKeyID

	// ClientsPrefixListID is a managed prefix list of clients: one public range, ten entries at most.
	ClientsPrefixListID = "pl-0e15710000000000a"
)

// ExistingSubnetID returns the subnet of a tier ("public", "application", "data") in the zone with a letter.
func ExistingSubnetID(tier string, letter byte) string {
	return fmt.Sprintf("subnet-0e1571000000%s%02x",
		map[string]string{"public": "001", "application": "002", "data": "003"}[tier], letter)
}

// existingSubnets returns a tier's subnets in three zones, as a configuration value.
func existingSubnets(tier string) string {
	return fmt.Sprintf(`["%s","%s","%s"]`, ExistingSubnetID(tier, 'a'), ExistingSubnetID(tier, 'b'),
		ExistingSubnetID(tier, 'c'))
}

// existingNetwork adds the existing network to a region.
func existingNetwork(a *account.Account, region string) {
	a.Exists(region, awstoken.EC2VPC, ExistingVpcID, account.Values{
		"cidrBlock": existingCIDR, "enableDnsSupport": true, "enableDnsHostnames": true,
	})
	a.Exists(region, awstoken.EC2InternetGateway, "igw-0e15710000000000a", account.Values{"vpcId": ExistingVpcID})
	for i, tier := range []string{"application", "data", "public"} {
		for zone := range 3 {
			letter := byte('a' + zone) // #nosec G115 -- a to c
			a.Exists(region, awstoken.EC2Subnet, ExistingSubnetID(tier, letter), account.Values{
				"vpcId": ExistingVpcID, "cidrBlock": fmt.Sprintf("10.80.%d.0/24", 10*i+zone),
				"availabilityZone": region + string(letter),
			})
		}
	}
	a.Exists(region, awstypes.EC2TransitGateway, TransitGatewayID, account.Values{})
	a.Exists(region, awstypes.EC2PeeringConnection, PeeringConnectionID, account.Values{})
	a.Exists(region, awstoken.KMSKey, existingKeyID, account.Values{
		"arn": "arn:" + a.Partition + ":kms:" + region + ":" + AccountID + ":key/" + existingKeyID, "keyId": existingKeyID,
	})
	s3 := "com.amazonaws." + region + ".s3"
	a.Exists(region, awstypes.EC2ManagedPrefixList, awstypes.PrefixListID(region, s3), account.Values{"name": s3})
	checkers := "com.amazonaws." + region + ".route53-healthchecks"
	a.Exists(region, awstypes.EC2ManagedPrefixList, awstypes.PrefixListID(region, checkers), account.Values{"name": checkers})
	a.Exists(region, awstypes.EC2ManagedPrefixList, ClientsPrefixListID, account.Values{
		"name": "clients", "ownerId": AccountID, "maxEntries": 10.0,
		"entries": []any{account.Values{"cidr": "198.51.100.0/24", "description": "office"}},
	})
}

// existingObjects adds the buckets and their objects to a region. In the simulated account each region has its own.
func existingObjects(a *account.Account, region string) {
	for _, name := range []string{ToolsBucket, PackagesBucket} {
		a.Exists(region, awstoken.S3Bucket, name, account.Values{"bucket": name})
	}
	for _, id := range FixtureObjects {
		a.Exists(region, awstypes.S3Object, id, account.Values{"contentLength": 1.0})
	}
}

// issued is the state of a certificate. AWS lists its first name among the others too.
func issued(arn, host string) account.Values {
	return account.Values{
		"arn": arn, "domainName": host, "subjectAlternativeNames": []any{host}, "status": "ISSUED",
	}
}

// CertificateARN returns the ARN of an issued certificate for HostName in a region.
func CertificateARN(region string) string {
	return "arn:aws:acm:" + region + ":" + AccountID + ":certificate/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
}

// WebACLARN returns the ARN of an existing web ACL for load balancers in a region.
func WebACLARN(region string) string {
	return "arn:aws:wafv2:" + region + ":" + AccountID + ":regional/webacl/rehearsal/3b2a1c0d-4b5a-6978-8796-a5b4c3d2e1f0"
}

// NewAccount returns an account before its first deployment.
func NewAccount(o Options) *account.Account {
	partition := cmp.Or(o.Partition, "aws")
	a := account.New(AccountID, partition, o.Scale)
	a.Exists("", awstypes.Route53Zone, HostedZoneID, account.Values{"name": Domain})
	for _, name := range []string{"AmazonSSMManagedInstanceCore", "service-role/AmazonRDSEnhancedMonitoringRole",
		"service-role/AWSBackupServiceRolePolicyForBackup", "service-role/AWSBackupServiceRolePolicyForRestores"} {
		a.Exists("", awstypes.IAMPolicy, name,
			account.Values{"arn": "arn:" + partition + ":iam::aws:policy/" + name, "name": name})
	}
	if !o.Fresh {
		for service, name := range map[string]string{
			"autoscaling.amazonaws.com":       "AWSServiceRoleForAutoScaling",
			"opensearchservice.amazonaws.com": "AWSServiceRoleForAmazonOpenSearchService",
		} {
			arn := "arn:" + partition + ":iam::" + AccountID + ":role/aws-service-role/" + service + "/" + name
			a.Exists("", awstoken.IAMServiceLinkedRole, arn,
				account.Values{"arn": arn, "awsServiceName": service, "name": name})
		}
	}
	a.Exists("", awstypes.Route53Zone, PrivateZoneID, account.Values{"name": Domain, "privateZone": true})
	for _, region := range awstypes.Regions {
		existingNetwork(a, region)
		existingObjects(a, region)
		a.Exists(region, awstypes.RegionSettings, region,
			account.Values{"resourceTypeOptInPreference": awstypes.OptIns()})
		a.Exists(region, awstypes.EC2Image, ImageID,
			account.Values{"name": "ubuntu-noble-24.04-amd64-server-20250610"})
		a.Exists(region, awstypes.SSMParameter, ImageParameter,
			account.Values{"name": ImageParameter, "value": ImageID})
		a.Exists(region, awstypes.WAFWebACL, WebACLARN(region),
			account.Values{"arn": WebACLARN(region), "name": "rehearsal"})
		a.Exists(region, awstoken.ACMCertificate, CertificateARN(region),
			issued(CertificateARN(region), HostName))
	}
	return a
}
