package tests

import (
	"fmt"
	"maps"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/components/encryption"
	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
)

// effectStack is a committed stack with changes.
type effectStack struct {
	stack string
	over  overrides
}

// effectStacks are the stacks on which keys have an effect.
var effectStacks = map[string]effectStack{
	"dev":      {stack: "dev"},
	"prod":     {stack: "prod"},
	"existing": {stack: "prod", over: existing(nil)},
	// Every optional key that production can have at the same time.
	"everything": {stack: "prod", over: everything()},
	"existing in dev": {stack: "dev", over: existing(overrides{
		"network.existing.publicSubnetIds":      existingIDs("public", "ab"),
		"network.existing.applicationSubnetIds": existingIDs("application", "ab"),
		"network.existing.dataSubnetIds":        existingIDs("data", "ab"),
	})},
	"everything in dev": {stack: "dev", over: both(everything(), overrides{
		"database.instanceClass": "db.r5.large", "cluster.maxSize": 6, "cluster.minSize": 1,
	})},
}

// existingIDs are the subnets of a tier in some zones of the existing VPC.
func existingIDs(tier, zones string) []any {
	return listOf(len(zones), func(i int) any { return simaws.ExistingSubnetID(tier, zones[i]) })
}

func everything() overrides {
	over := both(reach, overrides{
		"tags":                         map[string]any{"Owner": "platform"},
		"loadBalancer.certificateArn":  simaws.CertificateARN("us-east-1"),
		"loadBalancer.webAclArn":       simaws.WebACLARN("us-east-1"),
		"morpheus.supplementalUrl":     supplemental,
		"morpheus.supplementalSha256":  noDigest,
		"morpheus.setupSecretArn":      "arn:aws:secretsmanager:us-east-1:123456789012:secret:morpheus/first-setup-AbCdEf",
		"filesystem.replicationRegion": "us-west-2",
		"filesystem.replicationKeyArn": "arn:aws:kms:us-west-2:123456789012:key/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9",
		"database.name":                "morpheus-main",
		"database.insights":            "advanced",
		"database.administratorSecret": "own",
		"database.globalDatabase":      "morpheus-world",
		"notifications.emails":         []any{"oncall@example.com"},
		"access.permissionsBoundary":   boundaryARN,
		"safety.allowReplace":          []any{"search"},
		"cluster.schedules": []any{map[string]any{
			"name": "day", "recurrence": "0 7 * * 1-5", "timeZone": "Europe/Berlin", "minSize": 4, "maxSize": 5,
		}},
	})
	for i, tool := range []string{"awsCli", "efsUtils", "cloudwatchAgent", "rdsCa"} {
		over["nodeTools."+tool+"Sha256"] = strings.Repeat(strconv.Itoa(i+1), 64)
	}
	for i, concern := range encryption.Concerns {
		over["encryption.keys."+string(concern)] = keyOf(i)
	}
	return over
}

// effectAccount has what these stacks name.
func effectAccount(t *testing.T) *account.Account {
	t.Helper()
	a, _ := withKeys(t)
	a.Exists("", awstypes.IAMPolicy, "limits", account.Values{"arn": boundaryARN, "name": "limits"})
	return a
}

// keyExists puts a key that may be used for a concern into the account.
func keyExists(concern encryption.Concern) func(t testing.TB, a *account.Account, arn string) {
	return func(t testing.TB, a *account.Account, arn string) {
		text, ok := await(t, keyPolicy(concern, inPlace)).Value.(string)
		require.True(t, ok)
		a.Exists("us-east-1", keyToken, arn[strings.LastIndex(arn, "/")+1:], account.Values{"arn": arn, "policy": text})
	}
}

type fixture = func(t testing.TB, a *account.Account, value string)

// byID puts something that is known by its id into the account.
func byID(region, token string, state account.Values) fixture {
	return func(_ testing.TB, a *account.Account, id string) { a.Exists(region, token, id, state) }
}

// byARN puts something that is known by its ARN into the account.
func byARN(region, token string, state account.Values) fixture {
	return func(_ testing.TB, a *account.Account, arn string) {
		state["arn"] = arn
		a.Exists(region, token, arn, state)
	}
}

// subnetExists puts a subnet of the existing VPC into the last zone.
func subnetExists(cidr string) fixture {
	return byID("us-east-1", awstoken.EC2Subnet,
		account.Values{"vpcId": simaws.ExistingVpcID, "cidrBlock": cidr, "availabilityZone": "us-east-1c"})
}

// vpcExists moves the subnets of the existing VPC into another one.
func vpcExists(_ testing.TB, a *account.Account, id string) {
	for _, token := range []string{awstoken.EC2VPC, awstoken.EC2Subnet, awstoken.EC2InternetGateway} {
		for _, r := range a.Resources(token, "us-east-1") {
			state := maps.Clone(r.State)
			state["vpcId"] = id
			if at := r.ID; token == awstoken.EC2VPC {
				a.Exists("us-east-1", token, id, state)
			} else {
				a.Exists("us-east-1", token, at, state)
			}
		}
	}
}

// accountIs gives the account another id, and its roles the ARNs with it.
func accountIs(_ testing.TB, a *account.Account, id string) {
	a.ID = id
	for _, r := range a.Resources(awstoken.IAMServiceLinkedRole, "") {
		state := maps.Clone(r.State)
		state["arn"] = strings.Replace(r.ID, simaws.AccountID, id, 1)
		a.Remove(r)
		a.Exists("", awstoken.IAMServiceLinkedRole, fmt.Sprint(state["arn"]), state)
	}
}

// lacksRole takes the role of a service out of the account.
func lacksRole(service string) fixture {
	return func(_ testing.TB, a *account.Account, _ string) {
		for _, r := range a.Resources(awstoken.IAMServiceLinkedRole, "") {
			if r.State["awsServiceName"] == service {
				a.Remove(r)
			}
		}
	}
}

func snapshotExists(_ testing.TB, a *account.Account, name string) {
	a.Keep("us-east-1", "snapshot", name, "a snapshot by hand")
}

// fixed is a value that follows from the new one, whatever that is.
func fixed(is string) func(any) string { return func(any) string { return is } }

// minutesOf is a time-out that grows by some minutes with the new value, as "264m".
func minutesOf(each, more int) func(any) string {
	return func(value any) string { n, _ := value.(int); return fmt.Sprintf("%dm", each*n+more) }
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

// logGroups of a stack.
var logGroups = []string{
	"cluster-logs", "database-log-audit", "database-log-error", "database-log-slowquery", "network-flow-logs",
	"search-logs-application", "search-logs-audit", "search-logs-index-slow", "search-logs-search-slow",
}

// effects are the places in which each key stands: every input that another value changes, and no other.
var effects = map[string]keyEffect{
	"environment": {on: "prod", to: "development", why: "production has more to lose", in: []effect{
		{of: "aws", at: "defaultTags.tags.Environment"},
		{of: "cluster-group", at: "tags.value"},
		{of: "cluster-template", at: "tagSpecifications.tags.Environment"},
		{of: "cluster-appliance", at: "(protect)", gone: true},
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
		{of: "cluster-group", at: "tags.key", is: fixed("Team")},
		{of: "cluster-group", at: "tags.value", is: fixed("operations")},
		{of: "cluster-template", at: "tagSpecifications.tags.Team", is: fixed("operations")},
		{of: "cluster-template", at: "tagSpecifications.tags.Owner", is: fixed("platform"), gone: true},
	}},

	"aws.region": {
		on: "prod", to: "eu-central-1", everywhere: true, why: "zones are those of the region",
		with: overrides{"network.availabilityZones": []any{"eu-central-1a", "eu-central-1b", "eu-central-1c"}},
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
	}},
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
	}},

	"loadBalancer.scheme": {in: []effect{
		{of: "loadbalancer-alb", at: "internal", is: fixed("true")},
		{of: "loadbalancer-alb", at: "subnets", is: fixed("${network-application-us-east-1a}")},
	}},
	"loadBalancer.certificateArn": {
		exists: byARN("us-east-1", awstoken.ACMCertificate,
			account.Values{"domainName": simaws.HostName, "status": "ISSUED"}), why: "AWS looks for it",
		in: []effect{{of: "loadbalancer-https", at: "certificateArn"}},
	},
	"loadBalancer.tlsPolicy":                  {in: []effect{{of: "loadbalancer-https", at: "sslPolicy"}}},
	"loadBalancer.idleTimeoutSeconds":         {in: []effect{{of: "loadbalancer-alb", at: "idleTimeout"}}},
	"loadBalancer.deregistrationDelaySeconds": {in: []effect{{of: "loadbalancer-nodes", at: "deregistrationDelay"}}},
	"loadBalancer.redirectHttp": {in: []effect{
		{of: "loadbalancer-redirect", at: "+", is: fixed("80")},
		{of: "network-ingress-clients-to-loadbalancer-80-203.0.113.0-24", at: "+", is: fixed("203.0.113.0/24")},
	}},
	"loadBalancer.webAclArn": {
		exists: byARN("us-east-1", awstypes.WAFWebACL, account.Values{"name": "another"}), why: "AWS looks for it",
		in: []effect{{of: "loadbalancer-web-acl", at: "webAclArn"}},
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

	"filesystem.name": {in: []effect{
		{of: "filesystem-storage", at: "creationToken"},
		{of: "filesystem-storage", at: "tags.Name"},
	}},
	"filesystem.performanceMode":    {in: []effect{{of: "filesystem-storage", at: "performanceMode"}}},
	"filesystem.throughputMode":     {in: []effect{{of: "filesystem-storage", at: "throughputMode"}}},
	"filesystem.transitionToIaDays": {in: []effect{{of: "filesystem-storage", at: "lifecyclePolicies.transitionToIa"}}},
	"filesystem.replicationRegion": {
		to: "us-east-2", with: overrides{"filesystem.replicationKeyArn": ""}, why: "a key is of its own region",
		in: []effect{
			{of: "filesystem-replica", at: "destination.kmsKeyId", gone: true},
			{of: "filesystem-replica", at: "destination.region"},
		},
	},
	"filesystem.replicationKeyArn": {in: []effect{{of: "filesystem-replica", at: "destination.kmsKeyId"}}},

	"database.name": {in: []effect{
		{of: "database-administrator-secret", at: "description"},
		{of: "database-cluster", at: "clusterIdentifier"},
		{of: "database-cluster", at: "finalSnapshotIdentifier"},
		{of: "database-global", at: "sourceDbClusterIdentifier"},
		{of: "database-instance-us-*", at: "clusterIdentifier"},
		{of: "database-instance-parameters", at: "description"},
		{of: "database-log-audit", at: "name"},
		{of: "database-log-error", at: "name"},
		{of: "database-log-slowquery", at: "name"},
		{of: "database-monitoring", at: "description"},
		{of: "database-parameters", at: "description"},
		{of: "database-snapshot", at: "keepers.identifier"},
		{of: "database-subnets", at: "description"},
		{of: "database-user-secret", at: "description"},
	}},
	"database.engineVersion": {in: []effect{
		{of: "database-cluster", at: "engineVersion"},
		{of: "database-instance-*", at: "engineVersion"},
	}},
	"database.instanceClass":       {in: []effect{{of: "database-instance-*", at: "instanceClass"}}},
	"database.instances":           {in: []effect{{of: "database-instance-us-east-1c", at: "+"}}},
	"database.backupRetentionDays": {in: []effect{{of: "database-cluster", at: "backupRetentionPeriod"}}},
	"database.backupWindow":        {in: []effect{{of: "database-cluster", at: "preferredBackupWindow"}}},
	"database.maintenanceWindow": {in: []effect{
		{of: "database-cluster", at: "preferredMaintenanceWindow"},
		{of: "database-instance-*", at: "preferredMaintenanceWindow"},
	}},
	"database.connectionsPerNode": {in: []effect{{of: "cluster-template", at: "userData DATABASE_MAX_OPEN"}}},
	"database.insights": {in: []effect{
		{of: "database-cluster", at: "databaseInsightsMode"},
		{of: "database-cluster", at: "performanceInsightsRetentionPeriod", is: fixed("7")},
		{of: "database-instance-*", at: "performanceInsightsRetentionPeriod", is: fixed("7")},
	}},
	"database.snapshotIdentifier": {
		on: "prod", to: "before-the-upgrade", exists: snapshotExists, why: "RDS looks for it",
		in: []effect{{of: "database-cluster", at: "snapshotIdentifier"}},
	},
	"database.administratorSecret": {on: "prod", why: "a global database must have its own", in: []effect{
		{of: "cluster-backends", at: "policy.MakeTheDatabaseUser", is: fixed("${database-administrator-secret}")},
		{of: "cluster-template", at: "userData DATABASE_ADMIN_SECRET", is: fixed("${database-administrator-secret}")},
		{of: "database-administrator-password", at: "+", is: fixed("1")},
		{of: "database-administrator-secret", at: "+", is: fixed("Administrator of morpheus-prod")},
		{of: "database-administrator-version", at: "+", is: fixed("(secret)")},
		{of: "database-cluster", at: "manageMasterUserPassword", gone: true},
		{of: "database-cluster", at: "masterPassword", is: fixed("(secret)")},
		{of: "database-cluster", at: "masterUserSecretKmsKeyId", gone: true},
	}},
	"database.globalDatabase": {in: []effect{{of: "database-global", at: "globalClusterIdentifier"}}},

	"messaging.name": {in: []effect{
		{of: "messaging-broker", at: "brokerName"},
		{of: "messaging-user-secret", at: "description"},
	}},
	"messaging.engineVersion": {in: []effect{{of: "messaging-broker", at: "engineVersion"}}},
	"messaging.instanceType": {
		to: "mq.m5.xlarge", why: "a type with another letter is none",
		in: []effect{{of: "messaging-broker", at: "hostInstanceType"}},
	},
	"messaging.deploymentMode": {on: "dev", why: "production has one mode", in: []effect{
		{of: "messaging-broker", at: "deploymentMode"},
		{of: "messaging-broker", at: "subnetIds", is: fixed("${network-data-us-east-1b}")},
	}},
	"messaging.maintenanceDay":  {in: []effect{{of: "messaging-broker", at: "maintenanceWindowStartTime.dayOfWeek"}}},
	"messaging.maintenanceTime": {in: []effect{{of: "messaging-broker", at: "maintenanceWindowStartTime.timeOfDay"}}},

	"search.name": {in: []effect{
		{of: "cluster-template", at: "userData SEARCH_CLUSTER"},
		{of: "search-domain", at: "accessPolicies.PassToFineGrainedAccessControl"},
		{of: "search-domain", at: "domainName"},
		{of: "search-domain", at: "logPublishingOptions.cloudwatchLogGroupArn"},
		{of: "search-logs-*", at: "name"},
		{of: "search-logs-policy", at: "policyDocument.PublishDomainLogs"},
		{of: "search-logs-policy", at: "policyName"},
		{of: "search-snapshot-role", at: "assumeRolePolicy"},
		{of: "search-snapshot-role", at: "description"},
		{of: "search-user-secret", at: "description"},
	}},
	"search.engineVersion": {in: []effect{{of: "search-domain", at: "engineVersion"}}},
	"search.instanceType":  {in: []effect{{of: "search-domain", at: "clusterConfig.instanceType"}}},
	"search.instanceCount": {in: []effect{{of: "search-domain", at: "clusterConfig.instanceCount"}}},
	"search.dedicatedMasters": {in: []effect{
		{of: "search-domain", at: "clusterConfig.dedicatedMasterCount", gone: true},
		{of: "search-domain", at: "clusterConfig.dedicatedMasterEnabled", is: fixed("false")},
		{of: "search-domain", at: "clusterConfig.dedicatedMasterType", gone: true},
	}},
	"search.masterInstanceType": {in: []effect{{of: "search-domain", at: "clusterConfig.dedicatedMasterType"}}},
	"search.volumeGiB":          {in: []effect{{of: "search-domain", at: "ebsOptions.volumeSize"}}},
	"search.volumeIops":         {in: []effect{{of: "search-domain", at: "ebsOptions.iops"}}},
	"search.volumeThroughput":   {in: []effect{{of: "search-domain", at: "ebsOptions.throughput"}}},
	"search.offPeakStartHour": {in: []effect{
		{of: "search-domain", at: "offPeakWindowOptions.offPeakWindow.windowStartTime.hours"},
	}},

	"rotation.databaseUser":          {in: []effect{{of: "database-user-password", at: "keepers.rotation"}}},
	"rotation.databaseAdministrator": {in: []effect{{of: "database-administrator-password", at: "keepers.rotation"}}},
	"rotation.messaging":             {in: []effect{{of: "messaging-user-password", at: "keepers.rotation"}}},
	"rotation.search":                {in: []effect{{of: "search-user-password", at: "keepers.rotation"}}},

	"notifications.emails[]": {in: []effect{
		{of: "notifications-to-oncall@example.com", at: "-"},
		{of: "notifications-to-pncall@example.com", at: "+"},
	}},

	"cluster.instanceTypes[]": {in: []effect{
		{of: "cluster-group", at: "mixedInstancesPolicy.launchTemplate.overrides.instanceType"},
	}},
	"cluster.minSize": {in: []effect{
		{of: "cluster-group", at: "minSize"},
		{of: "cluster-group", at: "waitForCapacityTimeout", is: minutesOf(60, 70)},
		{of: "cluster-group", at: "(update)", is: minutesOf(60, 80)},
		{of: "cluster-healthy", at: "alarmDescription"},
		{of: "cluster-healthy", at: "threshold"},
	}},
	"cluster.maxSize":           {in: []effect{{of: "cluster-group", at: "maxSize"}}},
	"cluster.rootVolumeGiB":     {in: []effect{{of: "cluster-template", at: "blockDeviceMappings.ebs.volumeSize"}}},
	"cluster.cpuTargetPercent":  {in: []effect{{of: "cluster-cpu", at: "targetTrackingConfiguration.targetValue"}}},
	"cluster.requestsPerTarget": {in: []effect{{of: "cluster-requests", at: "targetTrackingConfiguration.targetValue"}}},
	"cluster.bootTimeoutMinutes": {in: []effect{
		{of: "cluster-group", at: "initialLifecycleHooks.heartbeatTimeout", is: secondsOf},
		{of: "cluster-group", at: "waitForCapacityTimeout", is: minutesOf(4, 10)},
		{of: "cluster-group", at: "(update)", is: minutesOf(4, 20)},
		{of: "cluster-hook-launch", at: "heartbeatTimeout", is: secondsOf},
	}},
	"cluster.rolloutGuard": {in: []effect{
		{of: "cluster-group", at: "instanceRefresh.preferences.alarmSpecification.alarms", is: fixed(""), gone: true},
	}},
	"cluster.imageParameter": {
		exists: imageExists, why: "AWS looks for it",
		in: []effect{{of: "cluster-template", at: "imageId", is: fixed(anotherImage)}},
	},
	"cluster.imageId": {
		to: anotherImage, exists: byID("us-east-1", awstypes.EC2Image, account.Values{"name": "own"}),
		why: "it is empty, and AWS looks for it",
		in:  []effect{{of: "cluster-template", at: "imageId"}},
	},
	"cluster.schedules[].name": {in: []effect{
		{of: "cluster-schedule-day", at: "-"},
		{of: "cluster-schedule-eay", at: "+"},
	}},
	"cluster.schedules[].recurrence": {in: []effect{{of: "cluster-schedule-day", at: "recurrence"}}},
	"cluster.schedules[].timeZone": {
		to: "Europe/Paris", why: "a zone with another letter is none",
		in: []effect{{of: "cluster-schedule-day", at: "timeZone"}},
	},
	"cluster.schedules[].minSize": {in: []effect{{of: "cluster-schedule-day", at: "minSize"}}},
	"cluster.schedules[].maxSize": {in: []effect{{of: "cluster-schedule-day", at: "maxSize"}}},

	"nodeTools.bucket": {in: []effect{
		{of: "cluster-node", at: "policy.ReadTools"},
		{of: "cluster-template", at: "userData MIRROR_BUCKET"},
	}},
	"nodeTools.awsCliSha256":          {in: []effect{{of: "cluster-template", at: tools + "aws-cli"}}},
	"nodeTools.efsUtilsSha256":        {in: []effect{{of: "cluster-template", at: tools + "efs-utils"}}},
	"nodeTools.cloudwatchAgentSha256": {in: []effect{{of: "cluster-template", at: tools + "cloudwatch-agent"}}},
	"nodeTools.rdsCaSha256":           {in: []effect{{of: "cluster-template", at: tools + "rds-ca"}}},

	"encryption.keys.database": {exists: keyExists(encryption.Database), why: "AWS looks for it", in: []effect{
		{of: "database-cluster", at: "kmsKeyId"},
		{of: "database-cluster", at: "performanceInsightsKmsKeyId"},
		{of: "database-instance-*", at: "performanceInsightsKmsKeyId"},
	}},
	"encryption.keys.filesystem": {exists: keyExists(encryption.FileSystem), why: "AWS looks for it", in: []effect{
		{of: "filesystem-storage", at: "kmsKeyId"},
	}},
	"encryption.keys.search": {exists: keyExists(encryption.Search), why: "AWS looks for it", in: []effect{
		{of: "search-domain", at: "encryptAtRest.kmsKeyId"},
		{of: "search-snapshot-policy", at: "policy.EncryptSnapshots"},
		{of: "search-snapshots-encryption", at: "rules.applyServerSideEncryptionByDefault.kmsMasterKeyId"},
	}},
	"encryption.keys.messaging": {exists: keyExists(encryption.Messaging), why: "AWS looks for it", in: []effect{
		{of: "messaging-broker", at: "encryptionOptions.kmsKeyId"},
	}},
	"encryption.keys.volumes": {exists: keyExists(encryption.Volumes), why: "AWS looks for it", in: []effect{
		{of: "cluster-template", at: "blockDeviceMappings.ebs.kmsKeyId"},
	}},
	"encryption.keys.secrets": {
		exists: keyExists(encryption.Secrets), why: "AWS looks for it",
		in: append(inEach("kmsKeyId", "cluster-appliance", "database-administrator-secret", "database-user-secret",
			"messaging-user-secret", "search-user-secret"),
			effect{of: "cluster-backends", at: "policy.DatabaseDecryptSecret"},
			effect{of: "cluster-backends", at: "policy.MessagingDecryptSecret"},
			effect{of: "cluster-backends", at: "policy.SearchDecryptSecret"},
			effect{of: "cluster-node", at: "policy.EncryptApplianceSecrets"}),
	},
	"encryption.keys.logs": {
		exists: keyExists(encryption.Logs), why: "AWS looks for it",
		in: append(inEach("kmsKeyId", logGroups...),
			effect{of: "cluster-diagnostics-encryption", at: "rules.applyServerSideEncryptionByDefault.kmsMasterKeyId"},
			effect{of: "cluster-node", at: "policy.EncryptReports"},
			effect{of: "notifications-topic", at: "kmsMasterKeyId"}),
	},
	"encryption.keys.backup": {
		on: "prod", to: keyOf(7), why: "nothing is backed up with it yet: a given key only takes the place of a new one",
		in: []effect{{of: "encryption-backup", at: "-"}, {of: "encryption-backup-alias", at: "-"}},
	},

	"access.permissionsBoundary": {
		exists: byARN("", awstypes.IAMPolicy, account.Values{"name": "other"}), why: "AWS looks for it",
		in: inEach("permissionsBoundary", "access-node", "database-monitoring", "network-flow-logs-role",
			"search-snapshot-role"),
	},
	"serviceLinkedRoles.autoscaling": {
		on: "prod", exists: lacksRole(roleServices["serviceLinkedRoles.autoscaling"]), why: "an account has the role once",
		in: []effect{{of: "access-autoscaling", at: "+", is: fixed("autoscaling.amazonaws.com")}},
	},
	"serviceLinkedRoles.opensearch": {
		on: "prod", exists: lacksRole(roleServices["serviceLinkedRoles.opensearch"]), why: "an account has the role once",
		in: []effect{{of: "access-opensearch", at: "+", is: fixed("opensearchservice.amazonaws.com")}},
	},
	"logs.retentionDays": {in: append(inEach("retentionInDays", logGroups...),
		inEach("rules.expiration.days", "cluster-diagnostics-expiry", "loadbalancer-logs-expiry")...)},
	"safety.allowDestroy": {in: []effect{
		{of: "*", at: "(protect)", is: fixed("true"), gone: true},
		{of: "*-bucket", at: "forceDestroy", some: true},
		{of: "database-*", at: "deletionProtection", is: fixed("false")},
		{of: "loadbalancer-alb", at: "enableDeletionProtection", is: fixed("false")},
	}},
	"safety.allowReplace[]": {in: []effect{
		{of: "filesystem-storage", at: "(protect)", is: fixed("true"), gone: true},
		{of: "search-domain", at: "(protect)", is: fixed("true")},
		{of: "search-snapshots-bucket", at: "(protect)", is: fixed("true")},
		{of: "search-snapshots-bucket", at: "forceDestroy", is: fixed("false")},
	}},
}

const anotherImage = "ami-00000000000000001"

// imageExists puts an image with its parameter into the account.
func imageExists(_ testing.TB, a *account.Account, name string) {
	a.Exists("us-east-1", awstypes.EC2Image, anotherImage, account.Values{"name": "ubuntu-noble"})
	a.Exists("us-east-1", awstypes.SSMParameter, name, account.Values{"name": name, "value": anotherImage})
}
