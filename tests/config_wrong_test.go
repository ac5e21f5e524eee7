package tests

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
)

// wrong is a change of prod's configuration that must be refused, with the beginning of every problem that it is.
type wrong struct {
	name     string
	over     overrides
	problems []string
}

func one(name, key string, value any, problem string) wrong {
	return wrong{name, overrides{key: value}, []string{problem}}
}

func (w wrong) of(problems ...string) wrong {
	w.problems = problems
	return w
}

func ranges(n int) []any {
	out := make([]any, n)
	for i := range out {
		out[i] = fmt.Sprintf("203.0.113.%d/32", i)
	}
	return out
}

func manyTags(n int) map[string]any {
	out := map[string]any{}
	for i := range n {
		out[fmt.Sprint("tag", i)] = "x"
	}
	return out
}

const certificate = "arn:aws:acm:us-east-1:123456789012:certificate/0f1e2d3c"

const webACL = "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/guard/0f1e2d3c"

// wrongConfigs are all changes that must be refused.
var wrongConfigs = [][]wrong{wrongPlaces, wrongReach, wrongExisting, wrongTiers, wrongData, wrongNodes, wrongTypes}

// wrongPlaces are about where the stack stands and who reaches it.
var wrongPlaces = []wrong{
	one("environment", "environment", "staging", `environment: must be one of development, production, got "staging" (it decides how data is protected)`),
	{"region", overrides{"aws.region": "us-east"}, []string{
		`aws.region: must be the name of a region such as us-east-1, got "us-east"`,
		`network.availabilityZones[0]: must be a zone of us-east, such as us-easta, got "us-east-1a"`,
		`network.availabilityZones[1]: `, `network.availabilityZones[2]: `,
	}},
	one("account", "aws.accountId", "12345", `aws.accountId: must be twelve digits (quote it when it begins with 0), got "12345"`),
	one("account without its zero", "aws.accountId", 12345678901, `aws.accountId: must be twelve digits (quote it when it begins with 0), got "12345678901"`),
	one("scaling role", "serviceLinkedRoles.autoscaling", "maybe", `serviceLinkedRoles.autoscaling: must be one of create, existing, got "maybe"`),
	one("search role", "serviceLinkedRoles.opensearch", "", `serviceLinkedRoles.opensearch: must be one of create, existing, got ""`),
	one("key that is none", "encryption.keys.database", "alias/rds", `encryption.keys.database: must be the ARN of a KMS key, not of an alias, or empty to have one made, got "alias/rds"`),
	one("key by its id", "encryption.keys.logs", "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0", `encryption.keys.logs: must be the ARN of a KMS key, not of an alias, or empty to have one made, got "0f1e2d3c-`),
	one("key of another region", "encryption.keys.volumes", "arn:aws:kms:eu-west-1:123456789012:key/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0", `encryption.keys.volumes: must be a key in us-east-1, got "arn:aws:kms:eu-west-1:`),
	one("key of another account", "encryption.keys.secrets", "arn:aws:kms:us-east-1:210987654321:key/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0", `encryption.keys.secrets: must be a key of account 123456789012, got "arn:aws:kms:us-east-1:210987654321:key/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0" (the policy of another account's key`),
	{
		"keys of every concern", overrides{
			"encryption.keys.filesystem": "x", "encryption.keys.search": "arn:aws:kms:us-east-1:123456789012:alias/search",
			"encryption.keys.messaging": "arn:aws:s3:::bucket", "encryption.keys.backup": "arn:aws:kms:us-east-1:123456789012:key/short",
		},
		[]string{`encryption.keys.backup: must be the ARN of a KMS key`, `encryption.keys.filesystem: `, `encryption.keys.messaging: `, `encryption.keys.search: `},
	},
	one("boundary that is none", "access.permissionsBoundary", "limits", `access.permissionsBoundary: must be the ARN of an IAM policy, or empty for none, got "limits"`),
	one("boundary without a name", "access.permissionsBoundary", "arn:aws:iam::123456789012:policy/limits/", `access.permissionsBoundary: must be the ARN of an IAM policy, or empty for none`),
	one("boundary that is a role", "access.permissionsBoundary", "arn:aws:iam::123456789012:role/limits", `access.permissionsBoundary: must be the ARN of an IAM policy, or empty for none, got "arn:aws:iam::123456789012:role/limits"`),
	one("boundary of another account", "access.permissionsBoundary", "arn:aws:iam::210987654321:policy/limits", `access.permissionsBoundary: must be a policy of account 123456789012 or of AWS, got "arn:aws:iam::210987654321:policy/limits" (IAM takes a boundary of its own account only)`),
	one("log retention", "logs.retentionDays", 42, `logs.retentionDays: must be one of 1, 3, 5, 7, 14, `),

	one("range too small", "network.cidr", "10.20.0.0/24", `network.cidr: must be an IPv4 range of /16../22, or empty for 10.20.0.0/16, got "10.20.0.0/24" (prefix length /24 is outside /16../22)`),
	one("range with host bits", "network.cidr", "10.20.1.0/16", `network.cidr: must be an IPv4 range of /16../22, or empty for 10.20.0.0/16, got "10.20.1.0/16" (has host bits set; the range begins at 10.20.0.0/16)`),
	one("range of IPv6", "network.cidr", "fd00::/16", `network.cidr: must be an IPv4 range of /16../22, or empty for 10.20.0.0/16, got "fd00::/16" (not an IPv4 range)`),
	one("range of the loopback", "network.cidr", "127.0.0.0/16", `network.cidr: must be an IPv4 range of /16../22, or empty for 10.20.0.0/16, got "127.0.0.0/16" (not a range that hosts can have addresses of)`),
	one("range that is none", "network.cidr", "everything", `network.cidr: must be an IPv4 range of /16../22, or empty for 10.20.0.0/16, got "everything" (not an address range such as 10.20.0.0/16)`),
	{
		"range without room for search", overrides{"network.cidr": "10.20.0.0/22", "search.instanceCount": 39},
		[]string{`network.cidr: must be a larger range, or search.instanceCount lower: its data subnets (/26) have 59 free addresses and need 62, got "10.20.0.0/22" (OpenSearch reserves 42 in each, others have 20)`},
	},
	one("two zones", "network.availabilityZones", []any{"us-east-1a", "us-east-1b"}, `network.availabilityZones: must be 3 zones in production, got ["us-east-1a","us-east-1b"] (production survives`),
	one("four zones", "network.availabilityZones", []any{"us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d"}, `network.availabilityZones: must be 3 zones in production, got [`),
	one("zone of another region", "network.availabilityZones", []any{"us-east-1a", "us-east-1b", "eu-west-1c"}, `network.availabilityZones[2]: must be a zone of us-east-1, such as us-east-1a, got "eu-west-1c"`),
	one("local zone", "network.availabilityZones", []any{"us-east-1a", "us-east-1b", "us-east-1-bos-1a"}, `network.availabilityZones[2]: must be a zone of us-east-1, such as us-east-1a, got "us-east-1-bos-1a"`),
	one("zone twice", "network.availabilityZones", []any{"us-east-1a", "us-east-1b", "us-east-1a"}, `network.availabilityZones[2]: must be a zone that is not in the list already, got "us-east-1a"`),
	one("single gateway", "network.natGateways", "single", `network.natGateways: must be per-zone, none or existing in production, got "single" (one gateway for all zones is a single point of failure)`),
	one("gateways of nobody", "network.natGateways", "two", `network.natGateways: must be one of per-zone, single, none, existing, got "two"`),
	one("gateways of a VPC that is made here", "network.natGateways", "existing", `network.natGateways: must be one of per-zone, single, none, got "existing" (a VPC with ways out of its own is given by network.existing.vpcId)`),
	one("range of others", "network.cidr", "52.10.0.0/16", `network.cidr: must be an IPv4 range of /16../22, or empty for 10.20.0.0/16, got "52.10.0.0/16" (not a private range (RFC 1918, or 100.64.0.0/10): `),
	one("range beside the private ones", "network.cidr", "172.32.0.0/16", `network.cidr: must be an IPv4 range of /16../22, or empty for 10.20.0.0/16, got "172.32.0.0/16" (not a private range`),
	{
		"range without room for the nodes", overrides{"network.cidr": "10.20.0.0/22", "cluster.maxSize": 50, "database.connectionsPerNode": 10, "loadBalancer.scheme": "internal", "cluster.minSize": 3, "network.availabilityZones": []any{"us-east-1a", "us-east-1b"}, "environment": "development", "search.instanceCount": 2},
		[]string{`network.cidr: must be a larger range, or cluster.maxSize lower: its application subnets (/26) have 59 free addresses and need 69, got "10.20.0.0/22" (50 nodes while a zone is down or all are replaced, 19 for endpoints and load balancer)`},
	},

	one("no clients", "network.allowedClientCidrs", []any{}, `network.allowedClientCidrs: must be 1..50 address ranges, got [] (nobody else reaches the load balancer)`),
	one("everybody", "network.allowedClientCidrs", []any{"0.0.0.0/0"}, `network.allowedClientCidrs[0]: must be a range of /8 or longer, got "0.0.0.0/0" (an appliance that is not set up yet`),
	one("clients with host bits", "network.allowedClientCidrs", []any{"203.0.113.5/24"}, `network.allowedClientCidrs[0]: must be 203.0.113.0/24, got "203.0.113.5/24"`),
	one("clients of IPv6", "network.allowedClientCidrs", []any{"203.0.113.0/24", "2001:db8::/32"}, `network.allowedClientCidrs[1]: must be an IPv4 range such as 203.0.113.0/24, got "2001:db8::/32"`),
	one("clients without a length", "network.allowedClientCidrs", []any{"203.0.113.5"}, `network.allowedClientCidrs[0]: must be an IPv4 range such as 203.0.113.0/24, got "203.0.113.5"`),
	one("clients twice", "network.allowedClientCidrs", []any{"203.0.113.0/24", "203.0.113.0/24"}, `network.allowedClientCidrs[1]: must be a range that is not in the list already, got "203.0.113.0/24"`),
	one("clients of the company's network", "network.allowedClientCidrs", []any{"10.0.0.0/8"}, `network.allowedClientCidrs[0]: must be a range of public addresses, got "10.0.0.0/8" (the load balancer faces the internet`),
	one("clients of the second private range", "network.allowedClientCidrs", []any{"172.31.0.0/16"}, `network.allowedClientCidrs[0]: must be a range of public addresses, got "172.31.0.0/16"`),
	one("clients of the third private range", "network.allowedClientCidrs", []any{"192.168.1.0/24"}, `network.allowedClientCidrs[0]: must be a range of public addresses, got "192.168.1.0/24"`),
	one("clients behind a carrier's NAT", "network.allowedClientCidrs", []any{"100.64.0.0/10"}, `network.allowedClientCidrs[0]: must be a range of public addresses, got "100.64.0.0/10"`),
	one("clients of the loopback", "network.allowedClientCidrs", []any{"127.0.0.1/32"}, `network.allowedClientCidrs[0]: must be a range of public addresses, got "127.0.0.1/32"`),
	one("clients of the link", "network.allowedClientCidrs", []any{"169.254.169.254/32"}, `network.allowedClientCidrs[0]: must be a range of public addresses, got "169.254.169.254/32"`),
	one("clients of nowhere", "network.allowedClientCidrs", []any{"203.0.113.0/24", "0.0.0.0/8", "224.0.0.0/8", "240.0.0.0/8"}, "").of(
		`network.allowedClientCidrs[1]: must be a range of public addresses, got "0.0.0.0/8"`,
		`network.allowedClientCidrs[2]: must be a range of public addresses, got "224.0.0.0/8"`,
		`network.allowedClientCidrs[3]: must be a range of public addresses, got "240.0.0.0/8"`),
	one("too many clients", "network.allowedClientCidrs", ranges(51), `network.allowedClientCidrs: must be 1..50 address ranges, got ["203.0.113.0/32",`),

	one("hosted zone", "dns.hostedZoneId", "example.com", `dns.hostedZoneId: must be the id of a Route 53 hosted zone, such as Z0123456789ABCDEFGHIJ, got "example.com"`),
	one("host in capitals", "dns.hostName", "Morpheus.example.com", `dns.hostName: must be a lower-case DNS name of at most 56 characters, got "Morpheus.example.com"`),
	one("host of a number", "dns.hostName", "morpheus.example.123", `dns.hostName: must be a lower-case DNS name of at most 56 characters, got "morpheus.example.123"`),
	one("long host", "dns.hostName", strings.Repeat("m", 45)+".example.com", `dns.hostName: must be a lower-case DNS name of at most 56 characters, got "mmm`),
	one("host with a scheme", "dns.hostName", "https://morpheus.example.com", `dns.hostName: must be a lower-case DNS name of at most 56 characters, got "https://`),
	one("web ACL by name", "loadBalancer.webAclArn", "guard", `loadBalancer.webAclArn: must be the ARN of a regional AWS WAF web ACL, or empty for none, got "guard"`),
	one("web ACL of CloudFront", "loadBalancer.webAclArn", strings.Replace(webACL, ":regional/", ":global/", 1), `loadBalancer.webAclArn: must be the ARN of a regional AWS WAF web ACL`),
	one("web ACL elsewhere", "loadBalancer.webAclArn", strings.Replace(webACL, "us-east-1", "eu-west-1", 1), `loadBalancer.webAclArn: must be a web ACL in us-east-1 of account 123456789012, got "arn:`),
	one("schedule without sense", "cluster.schedules", []any{map[string]any{"name": "Day", "recurrence": "every day", "timeZone": "Mars/Olympus", "minSize": 2, "maxSize": 7}}, "").of(
		`cluster.schedules[0].name: must be 1..32 lower-case letters`, `cluster.schedules[0].recurrence: must be a cron expression of five fields`,
		`cluster.schedules[0].timeZone: must be a time zone such as Europe/Berlin`, `cluster.schedules[0].minSize: must be 3..50, got 2`, `cluster.schedules[0].maxSize: must be at most cluster.maxSize, 6, got 7 (the database's`),
	one("two schedules at a time", "cluster.schedules", []any{
		map[string]any{"name": "a", "recurrence": "0 7 * * mon", "minSize": 3, "maxSize": 6},
		map[string]any{"name": "b", "recurrence": "0 7 *  * MON", "timeZone": "UTC", "minSize": 4, "maxSize": 6},
	}, `cluster.schedules[1].recurrence: must be a time that is not in the list already, got "0 7 *  * MON" (Auto Scaling refuses`),
	one("schedule of a machine's own zone", "cluster.schedules", []any{map[string]any{"name": "day", "recurrence": "0 7 * * *", "timeZone": "posix/Europe/Berlin", "minSize": 3, "maxSize": 6}}, `cluster.schedules[0].timeZone: must be a time zone`),
	one("schedule with a sign", "cluster.schedules", []any{map[string]any{"name": "day", "recurrence": "0 7 * * +1-5", "minSize": 3, "maxSize": 6}}, `cluster.schedules[0].recurrence: must be a cron expression`),
	one("schedule with a step beyond", "cluster.schedules", []any{map[string]any{"name": "day", "recurrence": "0 7 */99 * *", "minSize": 3, "maxSize": 6}}, `cluster.schedules[0].recurrence: must be a cron expression`),
	one("region of nowhere", "filesystem.replicationRegion", "xx-nowhere-9", `filesystem.replicationRegion: must be the name of a region such as us-west-2, or empty for no copy, got "xx-nowhere-9"`),
	one("copy in a region apart", "filesystem.replicationRegion", "eu-isoe-west-1", `filesystem.replicationRegion: must be a region of the stack's own partition`),
	one("package with a password", "morpheus.packageUrl", "https://me:hunter2@h.example.com/morpheus-appliance_8.0.7-1_amd64.deb", `morpheus.packageUrl: must be a URL without a user or a password, got "a URL with credentials" (`),
	one("package with a quote", "morpheus.packageUrl", `https://h.example.com/morpheus-appliance_8.0.7-1_amd64.deb?a="b`, `morpheus.packageUrl: must be a URL of printable ASCII characters`),
	one("package without a host", "morpheus.packageUrl", "https://:443/morpheus-appliance_8.0.7-1_amd64.deb", `morpheus.packageUrl: must be a URL of printable ASCII characters with a host`),
	one("package above its bucket", "morpheus.packageUrl", "s3://packages/../morpheus-appliance_8.0.7-1_amd64.deb", `morpheus.packageUrl: must be a URL of printable ASCII characters with a host, without quotes, spaces and .. in its path`),
	one("package by a long signature", "morpheus.packageUrl", "https://h.example.com/morpheus-appliance_8.0.7-1_amd64.deb?s="+strings.Repeat("x", 1024), `morpheus.packageUrl: must be a URL of at most 1024 characters`),
	one("package on a port that is closed", "morpheus.packageUrl", "https://h.example.com:8443/morpheus-appliance_8.0.7-1_amd64.deb", `morpheus.packageUrl: must be a URL on port 443 or 80, or on one in a row of network.extraEgress, got "https://h.example.com:8443/`),
	one("bucket of an alias", "nodeTools.bucket", "tools-s3alias", `nodeTools.bucket: must be the name of an S3 bucket`),
	one("tag of the nodes", "tags", map[string]any{"morpheus:version": "1"}, `tags: must be a key without the prefix morpheus: and without spaces at its ends, got "morpheus:version"`),
	one("tag of a space", "tags", map[string]any{" ": "1"}, `tags: must be a key without the prefix morpheus:`),
	one("schedule at no time", "cluster.schedules", []any{map[string]any{"name": "day", "recurrence": "99 7 * * FRI-MON", "minSize": 3, "maxSize": 6}}, `cluster.schedules[0].recurrence: must be a cron expression`),
	one("schedule in the zone of whoever deploys", "cluster.schedules", []any{map[string]any{"name": "day", "recurrence": "0,30 7 1-15/2 JAN *", "timeZone": "Local", "minSize": 3, "maxSize": 6}}, `cluster.schedules[0].timeZone: must be a time zone`),
	one("copy in another partition", "filesystem.replicationRegion", "us-gov-west-1", `filesystem.replicationRegion: must be a region of the stack's own partition, got "us-gov-west-1"`),
	one("snapshot elsewhere", "database.snapshotIdentifier", "arn:aws:rds:eu-west-1:123456789012:cluster-snapshot:x", `database.snapshotIdentifier: must be a snapshot in us-east-1, got "arn:aws:rds:eu-west-1`),
	one("requests below none", "cluster.requestsPerTarget", -1, "cluster.requestsPerTarget: must be 100..1000000, or 0 to scale on CPU alone, got -1"),
	one("a node for each request", "cluster.requestsPerTarget", 1, "cluster.requestsPerTarget: must be 100..1000000, or 0 to scale on CPU alone, got 1 (requests a minute and node)"),
	one("a boot that nobody waits for", "cluster.bootTimeoutMinutes", 5, "cluster.bootTimeoutMinutes: must be 10..120, got 5"),
	one("a boot longer than a hook", "cluster.bootTimeoutMinutes", 121, "cluster.bootTimeoutMinutes: must be 10..120, got 121"),
	one("certificate by name", "loadBalancer.certificateArn", "morpheus", `loadBalancer.certificateArn: must be the ARN of an ACM certificate, or empty to have one requested and validated by DNS, got "morpheus"`),
	one("certificate elsewhere", "loadBalancer.certificateArn", strings.Replace(certificate, "us-east-1", "eu-west-1", 1), `loadBalancer.certificateArn: must be a certificate in us-east-1 of account 123456789012, got "arn:`),
	one("certificate of others", "loadBalancer.certificateArn", strings.Replace(certificate, "123456789012", "210987654321", 1), `loadBalancer.certificateArn: must be a certificate in us-east-1 of account 123456789012, got "arn:`),
	one("TLS policy", "loadBalancer.tlsPolicy", "ELBSecurityPolicy-2016-08", `loadBalancer.tlsPolicy: must be one of ELBSecurityPolicy-TLS13-1-2-Res-2021-06, `),
	one("idle timeout", "loadBalancer.idleTimeoutSeconds", 4001, `loadBalancer.idleTimeoutSeconds: must be 1..4000, got 4001`),
	one("deregistration", "loadBalancer.deregistrationDelaySeconds", -1, `loadBalancer.deregistrationDelaySeconds: must be 0..3600, got -1`),

	one("reserved tag", "tags", map[string]any{"AWS:owner": "x"}, `tags: must be a key of 1..128 letters, digits, spaces or _.:/=+-@, without the prefixes aws: and rds:, got "AWS:owner"`),
	one("long tag", "tags", map[string]any{"owner": strings.Repeat("x", 257)}, `tags.owner: must be at most 256 letters, digits, spaces or _.:/=+-@, without the prefix aws:, got "xxx`),
	one("tag with a star", "tags", map[string]any{"owner": "*"}, `tags.owner: must be at most 256 letters, digits, spaces or _.:/=+-@, without the prefix aws:, got "*"`),
	one("tag that RDS keeps", "tags", map[string]any{"rds:owner": "x"}, `tags: must be a key of 1..128 letters, digits, spaces or _.:/=+-@, without the prefixes aws: and rds:, got "rds:owner"`),
	one("tag with a reserved value", "tags", map[string]any{"owner": "AWS:x"}, `tags.owner: must be at most 256 letters, digits, spaces or _.:/=+-@, without the prefix aws:, got "AWS:x"`),
	one("tag of the program", "tags", map[string]any{"Stack": "x"}, `tags: must be a key other than Environment, ManagedBy, Project, Stack, got "Stack" (the program sets these`),
	one("tag of the program in another case", "tags", map[string]any{"project": "x"}, `tags: must be a key that differs from "Project" in more than its case, got "project" (IAM takes both`),
	one("tags that differ in case", "tags", map[string]any{"Owner": "x", "owner": "y"}, `tags: must be a key that differs from "Owner" in more than its case, got "owner"`),
	one("too many tags", "tags", manyTags(41), `tags: must be at most 40, got 41 (AWS allows 50 a resource, and others add theirs)`),
}

// wrongTiers are about the back ends.
var wrongTiers = []wrong{
	one("file system name", "filesystem.name", "shared storage", `filesystem.name: must be 1..64 letters, digits, dashes and underscores, or empty for morpheus-<stack>-shared-storage, got "shared storage"`),
	one("performance mode", "filesystem.performanceMode", "fast", `filesystem.performanceMode: must be one of generalPurpose, maxIO, got "fast"`),
	one("throughput mode", "filesystem.throughputMode", "provisioned", `filesystem.throughputMode: must be one of bursting, elastic, got "provisioned"`),
	{
		"modes that exclude each other", overrides{"filesystem.performanceMode": "maxIO", "filesystem.throughputMode": "elastic"},
		[]string{`filesystem.throughputMode: must be bursting with maxIO, got "elastic" (EFS has no elastic throughput`},
	},

	one("database name", "database.name", "Morpheus--DB", `database.name: must be 1..63 lower-case letters, digits and single dashes, a letter first, or empty for morpheus-<stack>, got "Morpheus--DB"`),
	one("retired database", "database.engineVersion", "8.0.mysql_aurora.3.04.2", `database.engineVersion: must be one of 8.0.mysql_aurora.3.10.*, `),
	one("unknown database", "database.engineVersion", "5.7.mysql_aurora.2.11.1", `database.engineVersion: must be one of 8.0.mysql_aurora.3.10.*, `),
	one("lonely database", "database.instances", 1, `database.instances: must be 2..15, got 1 (high availability needs a reader in another zone`),
	one("many instances", "database.instances", 16, `database.instances: must be 2..15, got 16`),
	one("short memory", "database.backupRetentionDays", 6, `database.backupRetentionDays: must be 7..35, got 6 (the limits of Aurora; production keeps a week)`),
	one("burstable database", "database.instanceClass", "db.t4g.medium", `database.instanceClass: must be a class that is not burstable in production, got "db.t4g.medium"`),
	one("class that Aurora has not", "database.instanceClass", "db.m5.large", `database.instanceClass: must be of one of the families r5, r6g, r6i, r7g, r7i, r8g, t3, t4g, got "db.m5.large" (the classes of Aurora MySQL 3)`),
	one("class without its prefix", "database.instanceClass", "r5.large", `database.instanceClass: must be a class of Aurora MySQL 3 such as db.r5.xlarge or db.r6g.large, got "r5.large"`),
	one("size that the generation has not", "database.instanceClass", "db.r6g.24xlarge", `database.instanceClass: must be in a size that r6g has, large, xlarge, 2xlarge, 4xlarge, 8xlarge, 12xlarge, 16xlarge, got "db.r6g.24xlarge"`),
	one("size that Aurora has not", "database.instanceClass", "db.r5.medium", `database.instanceClass: must be in a size that r5 has, large, xlarge, 2xlarge, 4xlarge, 8xlarge, 12xlarge, 16xlarge, 24xlarge, got "db.r5.medium"`),
	one("backup window", "database.backupWindow", "3:00-4:00", `database.backupWindow: must be hh24:mi-hh24:mi in UTC, at least 30 minutes, got "3:00-4:00"`),
	one("short window", "database.backupWindow", "03:00-03:29", `database.backupWindow: must be hh24:mi-hh24:mi in UTC, at least 30 minutes, got "03:00-03:29" (shorter than 30 minutes)`),
	one("maintenance window", "database.maintenanceWindow", "Sun:05:00-Sun:06:00", `database.maintenanceWindow: must be ddd:hh24:mi-ddd:hh24:mi in UTC, 30 minutes to a day, got "Sun:05:00-Sun:06:00"`),
	one("windows that meet", "database.maintenanceWindow", "mon:03:30-mon:04:30", `database.maintenanceWindow: must be apart from the backup window 03:00-04:00, got "mon:03:30-mon:04:30" (RDS refuses`),

	one("broker name", "messaging.name", "a queue", `messaging.name: must be 1..50 letters, digits, dashes and underscores, or empty for morpheus-<stack>-rabbitmq, got "a queue"`),
	one("the required RabbitMQ", "messaging.engineVersion", "3.10.10", `messaging.engineVersion: must be one of 3.13, got "3.10.10"`),
	one("RabbitMQ without quotes", "messaging.engineVersion", json.Number("3.1"), `messaging.engineVersion: must be one of 3.13, got "3.1" (quote it in YAML, where 3.10 without quotes is the number 3.1)`),
	one("RabbitMQ that AWS refuses", "messaging.engineVersion", "3.12", `messaging.engineVersion: must be one of 3.13, got "3.12" (AWS refuses to create brokers on it`),
	one("RabbitMQ that Morpheus refuses", "messaging.engineVersion", "4.2", `messaging.engineVersion: must be one of 3.13, got "4.2" (Morpheus 8.0 supports RabbitMQ 3.5-3.13`),
	one("broker type", "messaging.instanceType", "mq.t3.micro", `messaging.instanceType: must be mq.m5.large or larger, or mq.m7g.large or larger, got "mq.t3.micro"`),
	one("broker size", "messaging.instanceType", "mq.m5.32xlarge", `messaging.instanceType: must be mq.m5.large or larger, or mq.m7g.large or larger, got "mq.m5.32xlarge"`),
	one("single broker", "messaging.deploymentMode", "SINGLE_INSTANCE", `messaging.deploymentMode: must be CLUSTER_MULTI_AZ in production, got "SINGLE_INSTANCE" (a single broker is down`),
	one("ActiveMQ's mode", "messaging.deploymentMode", "ACTIVE_STANDBY_MULTI_AZ", `messaging.deploymentMode: must be one of CLUSTER_MULTI_AZ, SINGLE_INSTANCE, got "ACTIVE_STANDBY_MULTI_AZ"`),
	one("day", "messaging.maintenanceDay", "Sunday", `messaging.maintenanceDay: must be one of MONDAY, TUESDAY, `),
	one("time", "messaging.maintenanceTime", "24:00", `messaging.maintenanceTime: must be a time such as 05:00, in UTC, got "24:00"`),

	one("domain in capitals", "search.name", "Logs", `search.name: must be 3..28 lower-case letters, digits and dashes, a letter first, or empty for morpheus-<stack>-logs, got "Logs"`),
	one("long domain", "search.name", strings.Repeat("l", 29), `search.name: must be 3..28 lower-case letters, digits and dashes, a letter first, or empty for morpheus-<stack>-logs, got "lll`),
	one("search version", "search.engineVersion", "2.19", `search.engineVersion: must be one of OpenSearch_2.19, `),
	one("search type", "search.instanceType", "r6g.large", `search.instanceType: must be a type such as r6g.large.search, got "r6g.large"`),
	one("search on local disks", "search.instanceType", "r6gd.large.search", `search.instanceType: must be of one of the families c5, c6g, c7g, m5, m6g, m7g, r5, r6g, r7g, t3, got "r6gd.large.search" (the types that are known here to store on EBS volumes of gp3)`),
	one("search of another age", "search.instanceType", "m4.large.search", `search.instanceType: must be of one of the families c5, `),
	one("search in a size that there is not", "search.instanceType", "m5.8xlarge.search", `search.instanceType: must be in a size that m5 has, large, xlarge, 2xlarge, 4xlarge, 12xlarge, got "m5.8xlarge.search"`),
	one("masters on local disks", "search.masterInstanceType", "i3.large.search", `search.masterInstanceType: must be of one of the families c5, `),
	{
		"volume that the node cannot take", overrides{"search.instanceType": "c6g.large.search", "search.volumeGiB": 513, "search.volumeThroughput": 250},
		[]string{`search.volumeGiB: must be at most 256 on c6g.large.search, got 513 (the volume of one node of that type)`},
	},
	{
		"large and slow volume", overrides{"search.volumeGiB": 171, "search.volumeThroughput": 249},
		[]string{`search.volumeThroughput: must be at least 250 with 171 GiB, got 249 (OpenSearch asks for it above 170 GiB)`},
	},
	{
		"small and fast volume", overrides{"search.volumeGiB": 10, "search.volumeIops": 5001},
		[]string{`search.volumeIops: must be at most 5000 with 10 GiB, got 5001 (gp3 has at most 500 IOPS for each GiB)`},
	},
	one("wide volume of few operations", "search.volumeThroughput", 751, `search.volumeThroughput: must be at most 750 with 3000 IOPS, got 751 (gp3 has at most 0.25 MiB/s for each of its IOPS)`),
	one("burstable search", "search.instanceType", "t3.medium.search", `search.instanceType: must be a type that is not burstable in production, got "t3.medium.search"`),
	one("masters with another processor", "search.masterInstanceType", "m5.large.search", `search.masterInstanceType: must be of a Graviton family if search.instanceType r6g.large.search is, and of another if it is not, got "m5.large.search" (`),
	one("master type", "search.masterInstanceType", "large", `search.masterInstanceType: must be a type such as r6g.large.search, got "large"`),
	one("lopsided search", "search.instanceCount", 4, `search.instanceCount: must be a multiple of the 3 zones, got 4 (each zone holds the same number of nodes)`),
	one("small search", "search.instanceCount", 2, `search.instanceCount: must be 3..80, got 2`),
	one("too many nodes", "search.instanceCount", 81, `search.instanceCount: must be 3..80, got 81 (the limits of a domain; production has a node in each zone)`),
	one("two masters", "search.dedicatedMasters", 2, `search.dedicatedMasters: must be one of 0, 3, got 2 (two masters have no quorum`),
	one("small volume", "search.volumeGiB", 9, `search.volumeGiB: must be 10..1024, got 9`),
	one("slow volume", "search.volumeIops", 2999, `search.volumeIops: must be 3000..16000, got 2999 (the limits of gp3)`),
	one("narrow volume", "search.volumeThroughput", 1001, `search.volumeThroughput: must be 125..1000, got 1001`),
	one("hour", "search.offPeakStartHour", 24, `search.offPeakStartHour: must be 0..23, got 24`),
}

// wrongNodes are about the application.
var wrongNodes = []wrong{
	one("release", "morpheus.version", "8.0", `morpheus.version: must be a release such as 8.0.7, got "8.0"`),
	one("package without TLS", "morpheus.packageUrl", "http://example.com/morpheus-appliance_8.0.7-1_amd64.deb", `morpheus.packageUrl: must be an https URL of a .deb package, or s3://<bucket>/<key>, got "http://`),
	one("package of Red Hat", "morpheus.packageUrl", "https://example.com/morpheus-appliance-8.0.7-1.x86_64.rpm", `morpheus.packageUrl: must be an https URL of a .deb package, or s3://<bucket>/<key>, got "https://`),
	one("package of another release", "morpheus.version", "8.0.8", `morpheus.packageUrl: must be a file of version 8.0.8, got "https://`),
	one("package of another machine", "morpheus.packageUrl", "https://example.com/morpheus-appliance_8.0.7-1_arm64.deb", `morpheus.packageUrl: must be a file named <name>_<version>-<number>_amd64.deb, got "https://`),
	one("package of a longer release", "morpheus.packageUrl", "https://example.com/morpheus-appliance_18.0.7-1_amd64.deb", `morpheus.packageUrl: must be a file of version 8.0.7, got "https://`),
	one("package that is renamed", "morpheus.packageUrl", "https://example.com/morpheus-8.0.7.deb", `morpheus.packageUrl: must be a file named <name>_<version>-<number>_amd64.deb, got "https://`),
	one("package with a long name", "morpheus.packageUrl", "https://example.com/"+strings.Repeat("m", 240)+"_8.0.7-1_amd64.deb", `morpheus.packageUrl: must be a URL whose file name has at most 256 characters, got "https://`),
	one("supplemental package without checksum", "morpheus.supplementalUrl", supplemental, `morpheus.supplementalSha256: must be 64 lower-case hexadecimal digits, got "" (a package without`),
	one("checksum without supplemental package", "morpheus.supplementalSha256", noDigest, `morpheus.supplementalUrl: must be given with morpheus.supplementalSha256, got ""`),
	{"supplemental package without TLS", overrides{"morpheus.supplementalUrl": "http://example.com/morpheus-appliance-supplemental_8.0.7-1_all.deb", "morpheus.supplementalSha256": noDigest}, []string{
		`morpheus.supplementalUrl: must be an https URL of a .deb package, or s3://<bucket>/<key>, got "http://`,
	}},
	{"supplemental package of another release", overrides{"morpheus.supplementalUrl": "s3://packages/morpheus-appliance-supplemental_8.0.6-1_all.deb", "morpheus.supplementalSha256": noDigest}, []string{
		`morpheus.supplementalUrl: must be a file of version 8.0.7, got "s3://packages/morpheus-appliance-supplemental_8.0.6-1_all.deb" (morpheus.version and the supplemental package disagree)`,
	}},
	{"supplemental package of another machine", overrides{"morpheus.supplementalUrl": "s3://packages/morpheus-appliance-supplemental_8.0.7-1_arm64.deb", "morpheus.supplementalSha256": noDigest}, []string{
		`morpheus.supplementalUrl: must be a file named <name>_<version>-<number>_all.deb or _amd64.deb, got "s3://`,
	}},
	{"supplemental package with a wildcard", overrides{"morpheus.supplementalUrl": "s3://packages/*/morpheus-appliance-supplemental_8.0.7-1_all.deb", "morpheus.supplementalSha256": noDigest}, []string{
		`morpheus.supplementalUrl: must be s3://<bucket>/<key>, with the name of a bucket`,
	}},
	one("setup secret by name", "morpheus.setupSecretArn", "first-setup", `morpheus.setupSecretArn: must be the whole ARN of a secret of Secrets Manager, with the six characters at its end, or empty for none, got "first-setup"`),
	one("setup secret without its end", "morpheus.setupSecretArn", "arn:aws:secretsmanager:us-east-1:123456789012:secret:setup", `morpheus.setupSecretArn: must be the whole ARN of a secret`),
	one("setup secrets", "morpheus.setupSecretArn", "arn:aws:secretsmanager:us-east-1:123456789012:secret:*-AbCdEf", `morpheus.setupSecretArn: must be the whole ARN of a secret`),
	one("setup secret of another region", "morpheus.setupSecretArn", "arn:aws:secretsmanager:us-west-2:123456789012:secret:setup-AbCdEf", `morpheus.setupSecretArn: must be a secret in us-east-1 of account 123456789012, got "arn:aws:`),
	one("setup secret of another account", "morpheus.setupSecretArn", "arn:aws:secretsmanager:us-east-1:999999999999:secret:setup-AbCdEf", `morpheus.setupSecretArn: must be a secret in us-east-1 of account 123456789012, got "arn:aws:`),
	one("no bucket of tools", "nodeTools.bucket", "", `nodeTools.bucket: must be the name of an S3 bucket with the node tools of docs/node-boot.md, got "" (Canonical's image`),
	one("address for a bucket", "nodeTools.bucket", "192.168.1.1", `nodeTools.bucket: must be the name of an S3 bucket`),
	one("empty label of a bucket", "nodeTools.bucket", "a..b", `nodeTools.bucket: must be the name of an S3 bucket`),
	one("URL for a bucket", "nodeTools.bucket", "s3://mirror", `nodeTools.bucket: must be the name of an S3 bucket`),
	one("no checksum of awsCli", "nodeTools.awsCliSha256", "", `nodeTools.awsCliSha256: must be 64 lower-case hexadecimal digits, got "" (a tool without`),
	one("no checksum of efsUtils", "nodeTools.efsUtilsSha256", "", `nodeTools.efsUtilsSha256: must be 64 lower-case hexadecimal digits, got "" (a tool without`),
	one("no checksum of cloudwatchAgent", "nodeTools.cloudwatchAgentSha256", "", `nodeTools.cloudwatchAgentSha256: must be 64 lower-case hexadecimal digits, got "" (a tool without`),
	one("no checksum of rdsCa", "nodeTools.rdsCaSha256", "", `nodeTools.rdsCaSha256: must be 64 lower-case hexadecimal digits, got "" (a tool without`),
	one("checksum", "morpheus.packageSha256", strings.Repeat("A", 64), `morpheus.packageSha256: must be 64 lower-case hexadecimal digits, got "AAA`),

	one("one type", "cluster.instanceTypes", []any{"m5.xlarge"}, `cluster.instanceTypes: must be 2..10 types of equal size, got ["m5.xlarge"] (one type can run out in a zone`),
	one("ARM type", "cluster.instanceTypes", []any{"m5.xlarge", "m6g.xlarge"}, `cluster.instanceTypes[1]: must be of one of the families c5, c5a, `),
	one("type twice", "cluster.instanceTypes", []any{"m5.xlarge", "m5.xlarge"}, `cluster.instanceTypes[1]: must be a type that is not in the list already, got "m5.xlarge"`),
	one("types of two sizes", "cluster.instanceTypes", []any{"m5.xlarge", "m5.2xlarge"}, `cluster.instanceTypes[1]: must be a type of 4 vCPUs and 16 GiB of memory like m5.xlarge, got "m5.2xlarge" (the load is spread evenly over the nodes)`),
	one("types of two memories", "cluster.instanceTypes", []any{"m5.xlarge", "r5.xlarge"}, `cluster.instanceTypes[1]: must be a type of 4 vCPUs and 16 GiB of memory like m5.xlarge, got "r5.xlarge"`),
	one("types without memory", "cluster.instanceTypes", []any{"c5.xlarge", "c6i.xlarge"}, "").of(
		`cluster.instanceTypes[0]: must be a type of at least 16 GiB of memory in production, got "c5.xlarge" (the vendor asks for it; this one has 8)`,
		`cluster.instanceTypes[1]: must be a type of at least 16 GiB of memory in production, got "c6i.xlarge"`),
	one("old types", "cluster.instanceTypes", []any{"m4.xlarge", "m5.xlarge"}, `cluster.instanceTypes[0]: must be of one of the families c5, c5a, `),
	one("size that the type has not", "cluster.instanceTypes", []any{"m5.32xlarge", "m6i.32xlarge"}, `cluster.instanceTypes[0]: must be in a size that m5 has, large, xlarge, 2xlarge, `),
	one("bare metal", "cluster.instanceTypes", []any{"m5.xlarge", "m5.metal"}, `cluster.instanceTypes[1]: must be in a size that m5 has, `),
	one("burstable nodes", "cluster.instanceTypes", []any{"m5.xlarge", "t3.xlarge"}, `cluster.instanceTypes[1]: must be a type that is not burstable in production, got "t3.xlarge"`),
	one("type that is none", "cluster.instanceTypes", []any{"m5.xlarge", "large"}, `cluster.instanceTypes[1]: must be an instance type such as m5.xlarge, got "large"`),
	one("fewer nodes than zones", "cluster.minSize", 2, `cluster.minSize: must be 3..50, got 2 (production has a node in each zone)`),
	one("sizes the wrong way round", "cluster.maxSize", 2, `cluster.maxSize: must be at least cluster.minSize, 3, got 2`),
	one("small disk", "cluster.rootVolumeGiB", 100, `cluster.rootVolumeGiB: must be 200..16384, got 100 (the vendor asks for 200 GiB)`),
	one("idle nodes", "cluster.cpuTargetPercent", 5, `cluster.cpuTargetPercent: must be 10..90, got 5`),
	one("moving image", "cluster.imageParameter", "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id", `cluster.imageParameter: must be a dated serial instead of current in production, got "/aws`),
	one("ARM image", "cluster.imageParameter", "/aws/service/canonical/ubuntu/server/24.04/stable/20250610/arm64/hvm/ebs-gp3/ami-id", `cluster.imageParameter: must be an amd64 image, got "/aws`),
	one("old Ubuntu", "cluster.imageParameter", "/aws/service/canonical/ubuntu/server/18.04/stable/20230607/amd64/hvm/ebs-gp2/ami-id", `cluster.imageParameter: must be Ubuntu 24.04, got "/aws`),
	one("Ubuntu that nobody maintains", "cluster.imageParameter", "/aws/service/canonical/ubuntu/server/20.04/stable/20250610/amd64/hvm/ebs-gp2/ami-id", `cluster.imageParameter: must be Ubuntu 24.04, got "/aws`),
	one("image that is none", "cluster.imageId", "ubuntu", `cluster.imageId: must be the id of an image such as ami-0a1b2c3d4e5f60718, or empty for the image of cluster.imageParameter, got "ubuntu"`),
	{"checksum of a tool without a bucket", overrides{"cluster.imageId": simaws.ImageID, "nodeTools.bucket": ""}, []string{
		`nodeTools.bucket: must be the name of an S3 bucket with the node tools of docs/node-boot.md, got "" (the checksum of a tool is given)`,
	}},
	{"bucket without a tool", overrides{
		"cluster.imageId": simaws.ImageID, "nodeTools.awsCliSha256": "", "nodeTools.efsUtilsSha256": "",
		"nodeTools.cloudwatchAgentSha256": "", "nodeTools.rdsCaSha256": "",
	}, []string{`nodeTools.bucket: must be empty without the checksum of a tool, with cluster.imageId, got "node-tools-of-the-rehearsal" (`}},
	{"bucket by URL for an own image", overrides{"cluster.imageId": simaws.ImageID, "nodeTools.bucket": "s3://mirror"}, []string{
		`nodeTools.bucket: must be the name of an S3 bucket with the node tools`,
	}},
	{"wrong checksum for an own image", overrides{"cluster.imageId": simaws.ImageID, "nodeTools.rdsCaSha256": "abc"}, []string{
		`nodeTools.rdsCaSha256: must be 64 lower-case hexadecimal digits, or empty when the image of cluster.imageId has the tool, got "abc"`,
	}},
	one("image by id", "cluster.imageParameter", "ami-0a1b2c3d4e5f60718", `cluster.imageParameter: must be a parameter of Canonical, `),
}

// wrongTypes cannot be read at all.
var wrongTypes = []wrong{
	one("section as text", "database", "mysql", `database: must be an object with the keys administratorSecret, backupRetentionDays, `),
	one("section as list", "cluster", []any{1, 2}, `cluster: must be an object with the keys bootTimeoutMinutes, cpuTargetPercent, `),
	one("section as null", "search", nil, `search: must be an object with the keys dedicatedMasters, `),
	one("broken JSON", "logs", `{"retentionDays":`, `logs: must be an object with the keys retentionDays, got "{\"retentionDays\":"`),
	one("two values", "safety", `{"allowDestroy":false}{}`, `safety: must be an object with the keys allowDestroy, allowReplace, got `),
	one("number in words", "database.instances", "two", `database.instances: must be a whole number, got "two"`),
	one("number as text", "database.instances", "2", `database.instances: must be a whole number, got "2"`),
	one("half an instance", "database.instances", 2.5, `database.instances: must be a whole number, got 2.5`),
	one("number without end", "search.volumeGiB", 99999999999, `search.volumeGiB: must be a whole number, got 99999999999`),
	one("number as flag", "logs.retentionDays", true, `logs.retentionDays: must be a whole number, got true`),
	one("flag in words", "safety.allowDestroy", "yes", `safety.allowDestroy: must be true or false, got "yes"`),
	one("flag as number", "safety.allowDestroy", 1, `safety.allowDestroy: must be true or false, got 1`),
	one("text as object", "search.name", map[string]any{"a": "b"}, `search.name: must be text, got {"a":"b"}`),
	one("text as null", "dns.hostName", nil, `dns.hostName: must be text, got null`),
	one("list as text", "network.availabilityZones", "us-east-1a", `network.availabilityZones: must be a list of texts, got "us-east-1a"`),
	one("list of texts for objects", "network.extraEgress", []any{"10.50.0.0/16"}, `network.extraEgress[0]: must be an object with the keys cidr, fromPort, protocol, toPort, why, got "10.50.0.0/16"`),
	one("object for a list of objects", "network.routes", map[string]any{"cidr": "x"}, `network.routes: must be a list of objects with the keys cidr, peeringConnectionId, transitGatewayId, got {"cidr":"x"}`),
	one("object without its keys", "network.extraEgress", []any{map[string]any{"cidr": "203.0.113.0/24"}}, "").of(`network.extraEgress[0].fromPort: missing`, `network.extraEgress[0].why: missing`),
	one("object with a key too many", "network.routes", []any{map[string]any{"cidr": "10.50.0.0/16", "transitGatewayId": "tgw-0123456789abcdef0", "via": "x"}}, `network.routes[0].via: unknown key; known here are cidr, peeringConnectionId, transitGatewayId`),
	one("port in words", "network.extraEgress", []any{map[string]any{"cidr": "203.0.113.0/24", "fromPort": "ssh", "why": "x"}}, `network.extraEgress[0].fromPort: must be a whole number, got "ssh"`),
	one("list of lists", "network.allowedClientCidrs", []any{[]any{"203.0.113.0/24"}}, `network.allowedClientCidrs[0]: must be text, got ["203.0.113.0/24"]`),
	one("tags as list", "tags", []any{"a"}, `tags: must be an object of texts, got ["a"]`),
	one("tag as list", "tags", map[string]any{"owner": []any{"a"}}, `tags.owner: must be text, got ["a"]`),
}
