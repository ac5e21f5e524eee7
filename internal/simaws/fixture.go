package simaws

import (
	"cmp"

	"github.com/morpheus-ha/morpheus-aws/internal/simaws/account"
)

// What exists in the account before the first deployment.
const (
	AccountID      = "123456789012" // the account of the AWS documentation
	HostedZoneID   = "Z0123456789REHEARSAL"
	Domain         = "example.com"
	HostName       = "morpheus.example.com"
	ImageID        = "ami-0a1b2c3d4e5f60718"
	ImageParameter = "/aws/service/canonical/ubuntu/server/24.04/stable/20250610/amd64/hvm/ebs-gp3/ami-id"
)

// FixtureConfig fills the placeholders of the committed stack files: what only the user can know.
var FixtureConfig = map[string]string{
	"aws.accountId":              AccountID,
	"dns.hostedZoneId":           HostedZoneID,
	"dns.hostName":               HostName,
	"network.allowedClientCidrs": `["203.0.113.0/24"]`, // TEST-NET-3
	"morpheus.packageUrl":        "https://downloads.example.com/files/morpheus-appliance_8.0.7-1_amd64.deb",
	"morpheus.packageSha256":     "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
}

// CertificateARN of an issued certificate for HostName in a region.
func CertificateARN(region string) string {
	return "arn:aws:acm:" + region + ":" + AccountID + ":certificate/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
}

// WebACLARN of a web ACL that somebody made for load balancers of a region.
func WebACLARN(region string) string {
	return "arn:aws:wafv2:" + region + ":" + AccountID + ":regional/webacl/rehearsal/3b2a1c0d-4b5a-6978-8796-a5b4c3d2e1f0"
}

// NewAccount returns the account as it is before the first deployment.
func NewAccount(o Options) *account.Account {
	partition := cmp.Or(o.Partition, "aws")
	a := account.New(AccountID, partition, o.Scale)
	a.Exists("", "aws:route53/zone:Zone", HostedZoneID, account.Values{"name": Domain})
	for _, name := range []string{"AmazonSSMManagedInstanceCore", "service-role/AmazonRDSEnhancedMonitoringRole"} {
		a.Exists("", "aws:iam/policy:Policy", name, account.Values{"arn": "arn:" + partition + ":iam::aws:policy/" + name, "name": name})
	}
	if !o.Fresh {
		for service, name := range map[string]string{
			"autoscaling.amazonaws.com":       "AWSServiceRoleForAutoScaling",
			"opensearchservice.amazonaws.com": "AWSServiceRoleForAmazonOpenSearchService",
		} {
			arn := "arn:" + partition + ":iam::" + AccountID + ":role/aws-service-role/" + service + "/" + name
			a.Exists("", "aws:iam/serviceLinkedRole:ServiceLinkedRole", arn, account.Values{"arn": arn, "awsServiceName": service, "name": name})
		}
	}
	for _, region := range account.Regions {
		a.Exists(region, "aws:ec2/ami:Ami", ImageID, account.Values{"name": "ubuntu-noble-24.04-amd64-server-20250610"})
		a.Exists(region, "aws:ssm/parameter:Parameter", ImageParameter, account.Values{"name": ImageParameter, "value": ImageID})
		a.Exists(region, "aws:wafv2/webAcl:WebAcl", WebACLARN(region), account.Values{"arn": WebACLARN(region), "name": "rehearsal"})
		a.Exists(region, "aws:acm/certificate:Certificate", CertificateARN(region),
			account.Values{"arn": CertificateARN(region), "domainName": HostName, "status": "ISSUED"})
	}
	return a
}
