package tests

import (
	"fmt"
	"maps"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/components/cluster/boot"
	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
)

// fixed is a value that follows from the new one, whatever that is.
func fixed(is string) func(any) string { return func(any) string { return is } }

// minutesOf is a time-out that grows by some minutes with the new value, as "264m".
func minutesOf(each, more int) func(any) string {
	return func(value any) string { n, _ := value.(int); return fmt.Sprintf("%dm", each*n+more) }
}

// multiple is a number that grows with the new value.
func multiple(each, more int) func(any) string {
	return func(value any) string { n, _ := value.(int); return fmt.Sprint(each*n + more) }
}

func secondsOf(value any) string { n, _ := value.(int); return fmt.Sprint(n * 60) }

// tools is the list of the tools that a node installs; each line begins with the name of a tool.
const tools = "userData /usr/local/lib/morpheus-node/tools.tsv "

// inEach is the same input of several resources.
func inEach(at string, names ...string) []effect {
	out := make([]effect, len(names))
	for i, name := range names {
		out[i] = effect{of: name, at: at}
	}
	return out
}

// privateCA is a certificate of a private authority.
const privateCA = `-----BEGIN CERTIFICATE-----
MIIBgjCCASegAwIBAgIUO0kYMHA0+W0fuKNiC95un2Dg52IwCgYIKoZIzj0EAwIw
FTETMBEGA1UEAwwKcHJpdmF0ZS1jYTAgFw0yNjExMjkwMjQ3MDNaGA8yMTI2MTEw
NTAyNDcwM1owFTETMBEGA1UEAwwKcHJpdmF0ZS1jYTBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABNc7ZoEh68lvmYhDmZPwY2PJ0qGcVIJ2pmLVGaMIgQxfNw6sTS+q
4v7/nL9gQhiEvNT1ZBK6rhMqeKa7KHwzvF6jUzBRMB0GA1UdDgQWBBR2Z6E5NOme
02RUrW6nyMLaQs9XBDAfBgNVHSMEGDAWgBR2Z6E5NOme02RUrW6nyMLaQs9XBDAP
BgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQDaFopql03GUDmAAmLD
qUM9X6yuF5Ge/mwPxJZadB8wAAIhAPRq/4b6qGiIbsOUoq3cyiXeLtUp3surLCoF
X9qIqWpZ
-----END CERTIFICATE-----
`

// anotherCA is a certificate of another authority.
const anotherCA = `-----BEGIN CERTIFICATE-----
MIIBgTCCASegAwIBAgIUZdpfupRnO3CLfhOY4c//38w/hUAwCgYIKoZIzj0EAwIw
FTETMBEGA1UEAwwKYW5vdGhlci1jYTAgFw0yNjExMjkwMjUzNTJaGA8yMTI2MTEw
NTAyNTM1MlowFTETMBEGA1UEAwwKYW5vdGhlci1jYTBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABCuq69B7cxkQWbmuWNIn2II2Liz8o+rQa11vcT6utebL4+ToX9jw
iEdj5Mr16XdEy2YwjJY67i1bHp3feg9jSeSjUzBRMB0GA1UdDgQWBBSN19/DwvvP
3Q/Z/RPPtxPRZ7CT0zAfBgNVHSMEGDAWgBSN19/DwvvP3Q/Z/RPPtxPRZ7CT0zAP
BgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIQCedTpPKh+RfHhLIlhn
j3oqWr70JwfulCEKge6UrAaqLwIgXQea3YKsqVr9LqjGMK2OpBVjNbxe+sNvroyI
92hFnG4=
-----END CERTIFICATE-----
`

// inBundle are the places of a file that nodes load: the object, its key, and its digest in the user data.
func inBundle(file string) []effect {
	return []effect{
		{of: "cluster-boot-files", at: "content " + boot.Folder + "/" + file, is: func(v any) string {
			return strings.TrimRight(fmt.Sprint(v), "\n") + "\n"
		}},
		{of: "cluster-boot-files", at: "key", is: fixed("boot/")},
		{of: "cluster-template", at: "userData FILES_SHA256", is: fixed("")},
	}
}

// logGroups of a stack.
var logGroups = []string{
	"cluster-logs", "database-log-audit", "database-log-error", "database-log-slowquery", "network-flow-logs",
	"search-logs-application", "search-logs-audit", "search-logs-index-slow", "search-logs-search-slow",
}

// effects are the places in which each key stands: every input that another value changes, and no other.
var effects = joined(effectsOfTheStack, effectsOfTiers, effectsOfBackups)

func joined(tables ...map[string]keyEffect) map[string]keyEffect {
	out := map[string]keyEffect{}
	for _, table := range tables {
		maps.Copy(out, table)
	}
	return out
}

// effectsOfTheStack are the places of the keys of the network, the load balancer, the package and the file system.
var effectsOfTheStack = map[string]keyEffect{
	"environment": {on: "prod", to: "development", why: "production has more to lose", in: []effect{
		{of: "aws", at: "defaultTags.tags.Environment"},
		{of: "cluster-group", at: "tags.value"},
		{of: "cluster-template", at: "tagSpecifications.tags.Environment"},
		{of: "cluster-appliance", at: "(protect)", gone: true},
		{of: "backup-plan", at: "rules.recoveryPointTags.Environment"},
		{of: "backup-vault", at: "(protect)", gone: true},
		{of: "backup-vault", at: "forceDestroy", is: fixed("true")},
		{of: "cluster-appliance", at: "recoveryWindowInDays", is: fixed("0")},
		{of: "*-user-secret", at: "recoveryWindowInDays", is: fixed("0")},
		{of: "*-bucket", at: "(protect)", gone: true},
		{of: "*-bucket", at: "forceDestroy", is: fixed("true")},
		{of: "database-cluster", at: "(protect)", gone: true},
		{of: "database-cluster", at: "deletionProtection", is: fixed("false")},
		{of: "database-cluster", at: "skipFinalSnapshot", is: fixed("true")},
		{of: "database-cluster", at: "finalSnapshotIdentifier", gone: true},
		{of: "database-snapshot", at: "-"},
		{of: "encryption-*", at: "(protect)", gone: true},
		{of: "encryption-*", at: "deletionWindowInDays", is: fixed("7")},
		{of: "filesystem-storage", at: "(protect)", gone: true},
		{of: "loadbalancer-alb", at: "(protect)", gone: true},
		{of: "loadbalancer-alb", at: "enableDeletionProtection", is: fixed("false")},
		{of: "messaging-broker", at: "(protect)", gone: true},
		{of: "search-domain", at: "(protect)", gone: true},
	}},
	"tags": {in: []effect{
		{of: "aws", at: "defaultTags.tags.Team", is: fixed("operations")},
		{of: "aws", at: "defaultTags.tags.Owner", is: fixed("platform"), gone: true},
		{of: "backup-plan", at: "rules.recoveryPointTags.Team", is: fixed("operations")},
		{of: "backup-plan", at: "rules.recoveryPointTags.Owner", is: fixed("platform"), gone: true},
		{of: "cluster-group", at: "tags.key", is: fixed("Team")},
		{of: "cluster-group", at: "tags.value", is: fixed("operations")},
		{of: "cluster-template", at: "tagSpecifications.tags.Team", is: fixed("operations")},
		{of: "cluster-template", at: "tagSpecifications.tags.Owner", is: fixed("platform"), gone: true},
	}},

	"aws.region": {
		on: "prod", to: "eu-central-1", everywhere: true, why: "zones are those of the region",
		with: overrides{
			"network.availabilityZones": []any{"eu-central-1a", "eu-central-1b", "eu-central-1c"},
			// Its alarm stays in us-east-1.
			"monitoring.healthCheck": false,
		},
		in: []effect{
			{of: "aws", at: "region"},
			{of: "network-endpoint-*", at: "serviceName"},
			{of: "network-s3", at: "serviceName"},
			{of: "cluster-template", at: "userData REGION"},
		},
	},
	"aws.accountId": {
		on: "prod", to: "210987654321", exists: accountIs, everywhere: true, why: "the account must have that id",
		in: []effect{
			{of: "aws", at: "allowedAccountIds"},
			{of: "network-endpoint-*", at: "policy.OwnAccountOnly"},
			{of: "encryption-*", at: "policy.AccountDecidesByIAM"},
			{of: "cluster-node", at: "policy.AnswerLifecycleHooks"},
		},
	},

	"network.cidr": {in: []effect{
		{of: "network-vpc", at: "cidrBlock"},
		{of: "network-application-*", at: "cidrBlock", is: fixed("10.30.")},
		{of: "network-data-*", at: "cidrBlock", is: fixed("10.30.")},
		{of: "network-public-*", at: "cidrBlock", is: fixed("10.30.")},
	}},
	"network.availabilityZones[]": {everywhere: true, in: []effect{
		{of: "network-application-us-east-1d", at: "+"},
		{of: "network-data-us-east-1d", at: "+"},
		{of: "network-public-us-east-1d", at: "+"},
		{of: "network-nat-us-east-1d", at: "+"},
		{of: "filesystem-mount-us-east-1d", at: "+"},
		{of: "database-subnets", at: "subnetIds"},
		{of: "messaging-broker", at: "subnetIds"},
		{of: "search-domain", at: "vpcOptions.subnetIds"},
		{of: "loadbalancer-alb", at: "subnets"},
		{of: "cluster-group", at: "vpcZoneIdentifiers"},
	}},
	"network.natGateways": {in: []effect{
		{of: "network-application-*-internet", at: "-"},
		{of: "network-egress-application-to-internet-*", at: "-"},
		{of: "network-egress-application-to-s3-443", at: "+", is: fixed("443")},
		{of: "network-nat-*", at: "-"},
		{of: "network-endpoint-autoscaling", at: "+", is: fixed("Interface")},
		{of: "network-endpoint-kms", at: "+", is: fixed("Interface")},
		{of: "network-endpoint-monitoring", at: "+", is: fixed("Interface")},
		{of: "network-endpoint-sts", at: "+", is: fixed("Interface")},
		{of: "monitoring-network-nat-*", at: "-"},
	}},
	"network.allowedClientPrefixLists[]": {
		exists: byID("us-east-1", awstypes.EC2ManagedPrefixList, clientList(nil)), why: "AWS looks for it",
		in: []effect{{of: "network-ingress-clients-to-loadbalancer-443-*", at: "-"},
			{of: "network-ingress-clients-to-loadbalancer-443-*", at: "+"}},
	},
	"network.allowedClientCidrs[]": {in: []effect{
		{of: "network-ingress-clients-to-loadbalancer-443-203.0.113.0-24", at: "-"},
		{of: "network-ingress-clients-to-loadbalancer-443-198.51.100.0-24", at: "+"},
	}},
	"network.interfaceEndpoints": {in: []effect{
		{of: "network-endpoint-*", at: "-"},
		{of: "network-endpoints", at: "-"},
		{of: "network-egress-application-to-endpoints-443", at: "-"},
		{of: "network-ingress-application-to-endpoints-443", at: "-"},
	}},
	"network.proxy.url": {in: []effect{
		{of: "cluster-group", at: "tags.value"},
		{of: "cluster-template", at: "tagSpecifications.tags.morpheus:proxy"},
		{of: "cluster-template", at: "userData PROXY"},
	}},
	"network.proxy.cidr": {in: []effect{
		{of: "network-egress-application-to-proxy-tcp-3128-10.60.0.0-24", at: "-"},
		{of: "network-egress-application-to-proxy-tcp-3128-10.60.0.0-25", at: "+"},
	}},
	"network.extraEgress[].cidr": {in: []effect{
		{of: "network-egress-application-to-networks-udp-161-172.16.0.0-12", at: "-"},
		{of: "network-egress-application-to-networks-udp-161-198.51.100.0-24", at: "+"},
	}},
	"network.extraEgress[].fromPort": {in: []effect{
		{of: "network-egress-application-to-networks-udp-161-172.16.0.0-12", at: "-"},
		{of: "network-egress-application-to-networks-udp-162-172.16.0.0-12", at: "+"},
	}},
	"network.extraEgress[].toPort": {in: []effect{
		{of: "network-egress-application-to-networks-tcp-5985-5986-10.50.0.0-16", at: "-"},
		{of: "network-egress-application-to-networks-tcp-5985-5987-10.50.0.0-16", at: "+"},
	}},
	"network.extraEgress[].protocol": {in: []effect{
		{of: "network-egress-application-to-networks-udp-161-172.16.0.0-12", at: "-"},
		{of: "network-egress-application-to-networks-tcp-161-172.16.0.0-12", at: "+"},
	}},
	"network.extraEgress[].why": {in: []effect{
		{of: "network-egress-application-to-networks-udp-161-172.16.0.0-12", at: "description"},
	}},
	"network.routes[].cidr": {to: "172.0.0.0/8", why: "network.extraEgress needs a route to its ranges", in: []effect{
		{of: "network-application-*-to-172.16.0.0-12", at: "-"},
		{of: "network-application-*-to-172.0.0.0-8", at: "+"},
	}},
	"network.routes[].transitGatewayId": {
		exists: byID("us-east-1", awstypes.EC2TransitGateway, account.Values{}), why: "AWS looks for it",
		in: []effect{
			{of: "network-application-*-to-10.0.0.0-8", at: "transitGatewayId"},
			{of: "network-transit-tgw-0e15710000000000a", at: "-"},
			{of: "network-transit-tgw-1e15710000000000a", at: "+"},
		},
	},
	"network.routes[].peeringConnectionId": {
		exists: byID("us-east-1", awstypes.EC2PeeringConnection, account.Values{}), why: "AWS looks for it",
		in: []effect{{of: "network-application-*-to-172.16.0.0-12", at: "vpcPeeringConnectionId"}},
	},
	"network.existing.vpcId": {on: "existing", exists: vpcExists, why: "AWS looks for it and its subnets", in: []effect{
		{of: "loadbalancer-nodes", at: "vpcId"},
		{of: "network-*", at: "vpcId"}, // its security groups and endpoints, of which AWS takes none without a VPC
	}},
	"network.existing.dedicated": {
		on: "existing", to: false, with: overrides{"network.interfaceEndpoints": false},
		why: "only a dedicated VPC gets endpoints", in: []effect{
			{of: "network-endpoint-*", at: "-"},
			{of: "network-endpoints", at: "-"},
			{of: "network-egress-application-to-endpoints-443", at: "-"},
			{of: "network-ingress-application-to-endpoints-443", at: "-"},
		},
	},
	"network.existing.publicSubnetIds[]": {
		on: "existing", exists: subnetExists("10.80.101.0/24"), why: "AWS looks for it",
		in: []effect{{of: "loadbalancer-alb", at: "subnets"}},
	},
	"network.existing.applicationSubnetIds[]": {
		on: "existing", exists: subnetExists("10.80.101.0/24"), why: "AWS looks for it",
		in: []effect{
			{of: "cluster-group", at: "vpcZoneIdentifiers"},
			{of: "network-endpoint-*", at: "subnetIds"},
		},
	},
	"network.existing.dataSubnetIds[]": {
		on: "existing", exists: subnetExists("10.80.101.0/24"), why: "AWS looks for it",
		in: []effect{
			{of: "database-subnets", at: "subnetIds"},
			{of: "filesystem-mount-us-east-1c", at: "subnetId"},
			{of: "messaging-broker", at: "subnetIds"},
			{of: "search-domain", at: "vpcOptions.subnetIds"},
		},
	},

	"dns.hostedZoneId": {
		exists: byID("", awstypes.Route53Zone, account.Values{"name": simaws.Domain}), why: "AWS looks for it",
		in: []effect{{of: "loadbalancer-record", at: "zoneId"}},
	},
	"dns.hostName": {in: []effect{
		{of: "cluster-template", at: "userData APPLIANCE_URL"},
		{of: "loadbalancer-record", at: "name"},
		{of: "loadbalancer-health-check", at: "fqdn"},
		{of: "loadbalancer-health-check", at: "tags.Name"},
	}},

	"loadBalancer.scheme": {on: "unchecked", why: "the health checkers are on the internet", in: []effect{
		{of: "loadbalancer-alb", at: "internal", is: fixed("true")},
		{of: "loadbalancer-alb", at: "subnets", is: fixed("${network-application-us-east-1a}")},
	}},
	"loadBalancer.certificateArn": {
		exists: byARN("us-east-1", awstoken.ACMCertificate,
			account.Values{"domainName": simaws.HostName, "status": "ISSUED"}), why: "AWS looks for it",
		in: []effect{
			{of: "loadbalancer-https", at: "certificateArn"},
			{of: "monitoring-loadbalancer-certificate", at: "dimensions.CertificateArn"},
			{of: "monitoring-loadbalancer-renewal", at: "eventPattern"},
		},
	},
	"loadBalancer.tlsPolicy":                  {in: []effect{{of: "loadbalancer-https", at: "sslPolicy"}}},
	"loadBalancer.idleTimeoutSeconds":         {in: []effect{{of: "loadbalancer-alb", at: "idleTimeout"}}},
	"loadBalancer.deregistrationDelaySeconds": {in: []effect{{of: "loadbalancer-nodes", at: "deregistrationDelay"}}},
	"loadBalancer.redirectHttp": {in: []effect{
		{of: "loadbalancer-redirect", at: "+", is: fixed("80")},
		{of: "network-ingress-clients-to-loadbalancer-80-203.0.113.0-24", at: "+", is: fixed("203.0.113.0/24")},
		{
			of: "network-ingress-clients-to-loadbalancer-80-" + simaws.ClientsPrefixListID, at: "+",
			is: fixed(simaws.ClientsPrefixListID),
		},
	}},
	"loadBalancer.webAclArn": {
		why: "AWS looks for it",
		in:  []effect{{of: "loadbalancer-web-acl", at: "webAclArn"}},
	},

	"morpheus.version": {
		to: "8.0.8", why: "the names of the packages have it", with: overrides{
			"morpheus.packageUrl":      "https://downloads.example.com/files/morpheus-appliance_8.0.8-1_amd64.deb",
			"morpheus.supplementalUrl": strings.Replace(supplemental, "8.0.7", "8.0.8", 1),
		},
		in: []effect{
			{of: "cluster-group", at: "tags.value"},
			{of: "cluster-node", at: "policy.ReadPackage"},
			{of: "cluster-template", at: "tagSpecifications.tags.morpheus:package"},
			{of: "cluster-template", at: "tagSpecifications.tags.morpheus:version"},
			{of: "cluster-template", at: "userData PACKAGE_URL"},
			{of: "cluster-template", at: "userData SUPPLEMENTAL_URL"},
		},
	},
	"morpheus.packageUrl": {in: []effect{{of: "cluster-template", at: "userData PACKAGE_URL"}}},
	"morpheus.packageSha256": {in: []effect{
		{of: "cluster-group", at: "tags.value"},
		{of: "cluster-template", at: "tagSpecifications.tags.morpheus:package-sha256"},
		{of: "cluster-template", at: "userData PACKAGE_SHA256"},
	}},
	"morpheus.supplementalUrl": {
		to: strings.Replace(supplemental, "/packages/", "/mirror/", 1), why: "the bucket stands in an ARN too",
		in: []effect{
			{of: "cluster-node", at: "policy.ReadPackage", is: fixed("arn:aws:s3:::mirror/")},
			{of: "cluster-template", at: "userData SUPPLEMENTAL_URL"},
		},
	},
	"morpheus.supplementalSha256": {in: []effect{{of: "cluster-template", at: "userData SUPPLEMENTAL_SHA256"}}},
	"morpheus.setupSecretArn": {in: []effect{
		{of: "cluster-node", at: "policy.ReadTheFirstSetup"},
		{of: "cluster-template", at: "userData SETUP_SECRET"},
	}},
	"morpheus.extraConfig":         {to: "ui['pool_size'] = 30", why: "each line is checked", in: inBundle("extra.rb")},
	"morpheus.trustedCertificates": {to: anotherCA, why: "it is checked", in: inBundle("trusted.pem")},
	"cluster.extraPackages[]": {to: "sshpass", why: "a name", in: []effect{
		{of: "cluster-boot-files", at: "content " + boot.Folder + "/packages.tsv -", is: func(v any) string {
			return fmt.Sprintln(v)
		}},
		{of: "cluster-boot-files", at: "key", is: fixed("boot/")},
		{of: "cluster-template", at: "userData FILES_SHA256", is: fixed("")},
	}},
	"morpheus.upgrade": {compared: true, why: "it is compared with the deployed release"},

	"filesystem.syncWrites": {in: []effect{{of: "cluster-template", at: "userData SYNC_OPTION", is: func(v any) string {
		return map[any]string{true: ",sync"}[v]
	}}}},
	"filesystem.name": {in: []effect{
		{of: "filesystem-storage", at: "creationToken"},
		{of: "filesystem-storage", at: "tags.Name"},
	}},
	"filesystem.performanceMode": {in: []effect{
		{of: "filesystem-storage", at: "performanceMode"},
		{of: "monitoring-filesystem-operations", at: "-"},
	}},
	"filesystem.throughputMode": {in: []effect{
		{of: "filesystem-storage", at: "throughputMode"},
		{of: "monitoring-filesystem-credits-*", at: "-"},
		{of: "monitoring-filesystem", at: "alarmRule", is: fixed("filesystem-not-mounted")},
	}},
	"filesystem.transitionToIaDays": {in: []effect{
		{of: "filesystem-storage", at: "lifecyclePolicies.transitionToIa"},
		{
			of: "filesystem-storage", at: "lifecyclePolicies.transitionToPrimaryStorageClass",
			is: fixed("AFTER_1_ACCESS"),
		},
	}},
}
