package tests

import (
	"fmt"
	"strings"
)

// wrong is a change to prod's configuration that must be refused, with the beginning of each expected problem.
type wrong struct {
	name     string
	over     overrides
	problems []string
}

func one(name, key string, value any, problem string) wrong {
	return wrong{name: name, over: overrides{key: value}, problems: []string{problem}}
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
var wrongConfigs = [][]wrong{wrongPlaces, wrongReach, wrongExisting, wrongTiers, wrongData, wrongBackup, wrongRecovery,
	wrongNodes, wrongTypes}

// wrongPlaces are cases about the stack's region, account, network and clients.
var wrongPlaces = []wrong{
	one("environment", "environment", "staging",
		`environment: must be one of development, production, got "staging" (it decides how data is protected)`),
	{name: "region", over: overrides{"aws.region": "us-east"}, problems: []string{
		`aws.region: must be the name of a region such as us-east-1, got "us-east"`,
		`network.availabilityZones[0]: must be a zone of us-east, such as us-easta, got "us-east-1a"`,
		`network.availabilityZones[1]: `, `network.availabilityZones[2]: `,
	}},
	one("account", "aws.accountId", "12345",
		`aws.accountId: must be twelve digits (quote it when it begins with 0), got "12345"`),
	one("account without its leading zero", "aws.accountId", 12345678901,
		`aws.accountId: must be twelve digits (quote it when it begins with 0), got "12345678901"`),
	one("scaling role", "serviceLinkedRoles.autoscaling", "maybe",
		`serviceLinkedRoles.autoscaling: must be one of create, existing, got "maybe"`),
	one("search role", "serviceLinkedRoles.opensearch", "",
		`serviceLinkedRoles.opensearch: must be one of create, existing, got ""`),
	one("key that is not an ARN", "encryption.keys.database", "alias/rds",
		`encryption.keys.database: must be the ARN of a KMS key, not of an alias, or empty to have one made, got `+
			`"alias/rds"`),
	one("key by its id", "encryption.keys.logs", "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
		`encryption.keys.logs: must be the ARN of a KMS key, not of an alias, or empty to have one made, got "0f1e2d3c-`),
	one("key of another region", "encryption.keys.volumes",
		"arn:aws:kms:eu-west-1:123456789012:key/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
		`encryption.keys.volumes: must be a key in us-east-1, got "arn:aws:kms:eu-west-1:`),
	one("key of another account", "encryption.keys.secrets",
		"arn:aws:kms:us-east-1:210987654321:key/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
		`encryption.keys.secrets: must be a key of account 123456789012, got `+
			`"arn:aws:kms:us-east-1:210987654321:key/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0" (the policy of another `+
			`account's key`),
	{
		name: "keys of every concern", over: overrides{
			"encryption.keys.filesystem": "x", "encryption.keys.search": "arn:aws:kms:us-east-1:123456789012:alias/search",
			"encryption.keys.messaging": "arn:aws:s3:::bucket",
			"encryption.keys.backup":    "arn:aws:kms:us-east-1:123456789012:key/short",
		},
		problems: []string{
			`encryption.keys.backup: must be the ARN of a KMS key`, `encryption.keys.filesystem: `,
			`encryption.keys.messaging: `, `encryption.keys.search: `,
		},
	},
	one("boundary that is not an ARN", "access.permissionsBoundary", "limits",
		`access.permissionsBoundary: must be the ARN of an IAM policy, or empty for none, got "limits"`),
	one("boundary without a name", "access.permissionsBoundary", "arn:aws:iam::123456789012:policy/limits/",
		`access.permissionsBoundary: must be the ARN of an IAM policy, or empty for none`),
	one("boundary that is a role", "access.permissionsBoundary", "arn:aws:iam::123456789012:role/limits",
		`access.permissionsBoundary: must be the ARN of an IAM policy, or empty for none, got `+
			`"arn:aws:iam::123456789012:role/limits"`),
	one("boundary of another account", "access.permissionsBoundary", "arn:aws:iam::210987654321:policy/limits",
		`access.permissionsBoundary: must be a policy of account 123456789012 or of AWS, got `+
			`"arn:aws:iam::210987654321:policy/limits" (IAM takes a boundary of its own account only)`),
	one("log retention", "logs.retentionDays", 42, `logs.retentionDays: must be one of 1, 3, 5, 7, 14, `),

	one("range too small", "network.cidr", "10.20.0.0/24",
		`network.cidr: must be an IPv4 range of /16../22, or empty for 10.20.0.0/16, got "10.20.0.0/24" (prefix `+
			`length /24 is outside /16../22)`),
	one("range with host bits", "network.cidr", "10.20.1.0/16",
		`network.cidr: must be an IPv4 range of /16../22, or empty for 10.20.0.0/16, got "10.20.1.0/16" (has host `+
			`bits set; the range begins at 10.20.0.0/16)`),
	one("range of IPv6", "network.cidr", "fd00::/16",
		`network.cidr: must be an IPv4 range of /16../22, or empty for 10.20.0.0/16, got "fd00::/16" (not an IPv4 range)`),
	one("range of the loopback", "network.cidr", "127.0.0.0/16",
		`network.cidr: must be an IPv4 range of /16../22, or empty for 10.20.0.0/16, got "127.0.0.0/16" (not a range `+
			`that hosts can have addresses of)`),
	one("not a range", "network.cidr", "everything",
		`network.cidr: must be an IPv4 range of /16../22, or empty for 10.20.0.0/16, got "everything" (not an `+
			`address range such as 10.20.0.0/16)`),
	{
		name: "range too small for search", over: overrides{"network.cidr": "10.20.0.0/22", "search.instanceCount": 39},
		problems: []string{
			`network.cidr: must be a larger range, or search.instanceCount lower: its data subnets (/26) have 59 free ` +
				`addresses and need 62, got "10.20.0.0/22" (OpenSearch reserves 42 in each, others have 20)`,
		},
	},
	one("two zones", "network.availabilityZones", []any{"us-east-1a", "us-east-1b"},
		`network.availabilityZones: must be 3 zones in production, got ["us-east-1a","us-east-1b"] (production survives`),
	one("four zones", "network.availabilityZones", []any{"us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d"},
		`network.availabilityZones: must be 3 zones in production, got [`),
	one("zone of another region", "network.availabilityZones", []any{"us-east-1a", "us-east-1b", "eu-west-1c"},
		`network.availabilityZones[2]: must be a zone of us-east-1, such as us-east-1a, got "eu-west-1c"`),
	one("local zone", "network.availabilityZones", []any{"us-east-1a", "us-east-1b", "us-east-1-bos-1a"},
		`network.availabilityZones[2]: must be a zone of us-east-1, such as us-east-1a, got "us-east-1-bos-1a"`),
	one("zone twice", "network.availabilityZones", []any{"us-east-1a", "us-east-1b", "us-east-1a"},
		`network.availabilityZones[2]: must be a zone that is not in the list already, got "us-east-1a"`),
	one("single gateway", "network.natGateways", "single",
		`network.natGateways: must be per-zone, none or existing in production, got "single" (one gateway for all `+
			`zones is a single point of failure)`),
	one("unknown kind of gateways", "network.natGateways", "two",
		`network.natGateways: must be one of per-zone, single, none, existing, got "two"`),
	one("existing gateways in a new VPC", "network.natGateways", "existing",
		`network.natGateways: must be one of per-zone, single, none, got "existing" (a VPC with ways out of its own `+
			`is given by network.existing.vpcId)`),
	one("public range", "network.cidr", "52.10.0.0/16",
		`network.cidr: must be an IPv4 range of /16../22, or empty for 10.20.0.0/16, got "52.10.0.0/16" (not a `+
			`private range (RFC 1918, or 100.64.0.0/10): `),
	one("range next to a private one", "network.cidr", "172.32.0.0/16",
		`network.cidr: must be an IPv4 range of /16../22, or empty for 10.20.0.0/16, got "172.32.0.0/16" (not a `+
			`private range`),
	{
		name: "range too small for the nodes", over: overrides{
			"network.cidr": "10.20.0.0/22", "cluster.maxSize": 50, "database.connectionsPerNode": 10,
			"loadBalancer.scheme": "internal", "monitoring.healthCheck": false, "cluster.minSize": 3,
			"network.availabilityZones": []any{"us-east-1a", "us-east-1b"}, "environment": "development",
			"search.instanceCount": 2,
		},
		problems: []string{
			`network.cidr: must be a larger range, or cluster.maxSize lower: its application subnets (/26) have 59 free ` +
				`addresses and need 63, got "10.20.0.0/22" (50 nodes while a zone is down or all are replaced, 13 for ` +
				`endpoints and load balancer)`,
		},
	},

	one("no clients", "network.allowedClientCidrs", []any{},
		`network.allowedClientCidrs: must be one address range at least, unless network.allowedClientPrefixLists has a `+
			`list, got [] (nobody else reaches the load balancer)`),
	one("a name without zone and certificate", "dns.hostedZoneId", "",
		`dns.hostedZoneId: must be the id of a Route 53 hosted zone of the account, unless loadBalancer.certificateArn is `+
			`given, got "" (a new certificate is validated by a record in it)`),
	one("a prefix list by name", "network.allowedClientPrefixLists", []any{"clients"},
		`network.allowedClientPrefixLists[0]: must be the id of a managed prefix list, such as pl-0123456789abcdef0, `+
			`got "clients"`),
	one("everybody", "network.allowedClientCidrs", []any{"0.0.0.0/0"},
		`network.allowedClientCidrs[0]: must be a range of /8 or longer, got "0.0.0.0/0" (an appliance that is not `+
			`set up yet`),
	one("clients with host bits", "network.allowedClientCidrs", []any{"203.0.113.5/24"},
		`network.allowedClientCidrs[0]: must be 203.0.113.0/24, got "203.0.113.5/24"`),
	one("clients of IPv6", "network.allowedClientCidrs", []any{"203.0.113.0/24", "2001:db8::/32"},
		`network.allowedClientCidrs[1]: must be an IPv4 range such as 203.0.113.0/24, got "2001:db8::/32"`),
	one("clients without a length", "network.allowedClientCidrs", []any{"203.0.113.5"},
		`network.allowedClientCidrs[0]: must be an IPv4 range such as 203.0.113.0/24, got "203.0.113.5"`),
	one("clients twice", "network.allowedClientCidrs", []any{"203.0.113.0/24", "203.0.113.0/24"},
		`network.allowedClientCidrs[1]: must be a range that is not in the list already, got "203.0.113.0/24"`),
	one("clients of the company's network", "network.allowedClientCidrs", []any{"10.0.0.0/8"},
		`network.allowedClientCidrs[0]: must be a range of public addresses, got "10.0.0.0/8" (the load balancer `+
			`faces the internet`),
	one("clients of the second private range", "network.allowedClientCidrs", []any{"172.31.0.0/16"},
		`network.allowedClientCidrs[0]: must be a range of public addresses, got "172.31.0.0/16"`),
	one("clients of the third private range", "network.allowedClientCidrs", []any{"192.168.1.0/24"},
		`network.allowedClientCidrs[0]: must be a range of public addresses, got "192.168.1.0/24"`),
	one("clients behind a carrier's NAT", "network.allowedClientCidrs", []any{"100.64.0.0/10"},
		`network.allowedClientCidrs[0]: must be a range of public addresses, got "100.64.0.0/10"`),
	one("clients of the loopback", "network.allowedClientCidrs", []any{"127.0.0.1/32"},
		`network.allowedClientCidrs[0]: must be a range of public addresses, got "127.0.0.1/32"`),
	one("link-local clients", "network.allowedClientCidrs", []any{"169.254.169.254/32"},
		`network.allowedClientCidrs[0]: must be a range of public addresses, got "169.254.169.254/32"`),
	one("clients with reserved addresses", "network.allowedClientCidrs",
		[]any{"203.0.113.0/24", "0.0.0.0/8", "224.0.0.0/8", "240.0.0.0/8"}, "").of(
		`network.allowedClientCidrs[1]: must be a range of public addresses, got "0.0.0.0/8"`,
		`network.allowedClientCidrs[2]: must be a range of public addresses, got "224.0.0.0/8"`,
		`network.allowedClientCidrs[3]: must be a range of public addresses, got "240.0.0.0/8"`),
	one("too many clients", "network.allowedClientCidrs", ranges(51),
		`network.allowedClientCidrs: must be at most 50 address ranges, got 51 (a security group takes 60 rules)`),

	one("hosted zone", "dns.hostedZoneId", "example.com",
		`dns.hostedZoneId: must be the id of a Route 53 hosted zone, such as Z0123456789ABCDEFGHIJ, or empty with `+
			`loadBalancer.certificateArn, if you create the DNS record, got "example.com"`),
	one("host in capitals", "dns.hostName", "Morpheus.example.com",
		`dns.hostName: must be a lower-case DNS name of at most 56 characters, got "Morpheus.example.com"`),
	one("host with a number as its last label", "dns.hostName", "morpheus.example.123",
		`dns.hostName: must be a lower-case DNS name of at most 56 characters, got "morpheus.example.123"`),
	one("long host", "dns.hostName", strings.Repeat("m", 45)+".example.com",
		`dns.hostName: must be a lower-case DNS name of at most 56 characters, got "mmm`),
	one("host with a scheme", "dns.hostName", "https://morpheus.example.com",
		`dns.hostName: must be a lower-case DNS name of at most 56 characters, got "https://`),
	one("web ACL by name", "loadBalancer.webAclArn", "guard",
		`loadBalancer.webAclArn: must be the ARN of a regional AWS WAF web ACL, or empty for none, got "guard"`),
	one("web ACL of CloudFront", "loadBalancer.webAclArn", strings.Replace(webACL, ":regional/", ":global/", 1),
		`loadBalancer.webAclArn: must be the ARN of a regional AWS WAF web ACL`),
	one("web ACL in another region", "loadBalancer.webAclArn", strings.Replace(webACL, "us-east-1", "eu-west-1", 1),
		`loadBalancer.webAclArn: must be a web ACL in us-east-1 of account 123456789012, got "arn:`),
	one("schedule with only wrong values", "cluster.schedules", []any{map[string]any{
		"name": "Day", "recurrence": "every day", "timeZone": "Mars/Olympus", "minSize": 2, "maxSize": 7,
	}}, "").of(
		`cluster.schedules[0].name: must be 1..32 lower-case letters`, `cluster.schedules[0].recurrence: must be a `+
			`cron expression of five fields`,
		`cluster.schedules[0].timeZone: must be a time zone such as Europe/Berlin`, `cluster.schedules[0].minSize: `+
			`must be 3..50, got 2`, `cluster.schedules[0].maxSize: must be at most cluster.maxSize, 6, got 7 (the database's`),
	one("two schedules at the same time", "cluster.schedules", []any{
		map[string]any{"name": "a", "recurrence": "0 7 * * mon", "minSize": 3, "maxSize": 6},
		map[string]any{"name": "b", "recurrence": "0 7 *  * MON", "timeZone": "UTC", "minSize": 4, "maxSize": 6},
	}, `cluster.schedules[1].recurrence: must be a time that is not in the list already, got "0 7 *  * MON" (Auto `+
		`Scaling refuses`),
	one("schedule in a machine's local zone", "cluster.schedules",
		[]any{
			map[string]any{
				"name": "day", "recurrence": "0 7 * * *", "timeZone": "posix/Europe/Berlin", "minSize": 3, "maxSize": 6,
			},
		},
		`cluster.schedules[0].timeZone: must be a time zone`),
	one("schedule with a sign", "cluster.schedules",
		[]any{map[string]any{"name": "day", "recurrence": "0 7 * * +1-5", "minSize": 3, "maxSize": 6}},
		`cluster.schedules[0].recurrence: must be a cron expression`),
	one("schedule with too large a step", "cluster.schedules",
		[]any{map[string]any{"name": "day", "recurrence": "0 7 */99 * *", "minSize": 3, "maxSize": 6}},
		`cluster.schedules[0].recurrence: must be a cron expression`),
	one("package with a password", "morpheus.packageUrl",
		"https://me:hunter2@h.example.com/morpheus-appliance_8.0.7-1_amd64.deb",
		`morpheus.packageUrl: must be a URL without a user or a password, got "a URL with credentials" (`),
	one("package with a quote", "morpheus.packageUrl", `https://h.example.com/morpheus-appliance_8.0.7-1_amd64.deb?a="b`,
		`morpheus.packageUrl: must be a URL of printable ASCII characters`),
	one("package without a host", "morpheus.packageUrl", "https://:443/morpheus-appliance_8.0.7-1_amd64.deb",
		`morpheus.packageUrl: must be a URL of printable ASCII characters with a host`),
	one("package path with dots", "morpheus.packageUrl", "s3://packages/../morpheus-appliance_8.0.7-1_amd64.deb",
		`morpheus.packageUrl: must be a URL of printable ASCII characters with a host, without quotes, spaces and .. `+
			`in its path`),
	one("package with a long signature", "morpheus.packageUrl",
		"https://h.example.com/morpheus-appliance_8.0.7-1_amd64.deb?s="+strings.Repeat("x", 1024),
		`morpheus.packageUrl: must be a URL of at most 1024 characters`),
	one("package on a closed port", "morpheus.packageUrl",
		"https://h.example.com:8443/morpheus-appliance_8.0.7-1_amd64.deb",
		`morpheus.packageUrl: must be a URL on port 443 or 80, or on one in a row of network.extraEgress, got `+
			`"https://h.example.com:8443/`),
	one("bucket alias", "nodeTools.bucket", "tools-s3alias", `nodeTools.bucket: must be the name of an S3 bucket`),
	one("tag with a reserved prefix", "tags", map[string]any{"morpheus:version": "1"},
		`tags: must be a key without the prefix morpheus: and without spaces at its ends, got "morpheus:version"`),
	one("tag key of one space", "tags", map[string]any{" ": "1"}, `tags: must be a key without the prefix morpheus:`),
	one("schedule that never runs", "cluster.schedules",
		[]any{map[string]any{"name": "day", "recurrence": "99 7 * * FRI-MON", "minSize": 3, "maxSize": 6}},
		`cluster.schedules[0].recurrence: must be a cron expression`),
	one("schedule in the local zone", "cluster.schedules",
		[]any{
			map[string]any{"name": "day", "recurrence": "0,30 7 1-15/2 JAN *", "timeZone": "Local", "minSize": 3, "maxSize": 6},
		},
		`cluster.schedules[0].timeZone: must be a time zone`),
	one("snapshot of eu-west-1", "database.snapshotIdentifier", "arn:aws:rds:eu-west-1:123456789012:cluster-snapshot:x",
		`database.snapshotIdentifier: must be a snapshot in us-east-1, got "arn:aws:rds:eu-west-1`),
	one("negative requests", "cluster.requestsPerTarget", -1,
		"cluster.requestsPerTarget: must be 100..1000000, or 0 to scale on CPU alone, got -1"),
	one("one request per target", "cluster.requestsPerTarget", 1,
		"cluster.requestsPerTarget: must be 100..1000000, or 0 to scale on CPU alone, got 1 (requests a minute and node)"),
	one("a boot timeout that is too short", "cluster.bootTimeoutMinutes", 5,
		"cluster.bootTimeoutMinutes: must be 10..120, got 5"),
	one("a boot timeout longer than a hook", "cluster.bootTimeoutMinutes", 121,
		"cluster.bootTimeoutMinutes: must be 10..120, got 121"),
	one("certificate by name", "loadBalancer.certificateArn", "morpheus",
		`loadBalancer.certificateArn: must be the ARN of an ACM certificate, or empty to have one requested and `+
			`validated by DNS, got "morpheus"`),
	one("certificate in another region", "loadBalancer.certificateArn",
		strings.Replace(certificate, "us-east-1", "eu-west-1", 1),
		`loadBalancer.certificateArn: must be a certificate in us-east-1 of account 123456789012, got "arn:`),
	one("certificate of another account", "loadBalancer.certificateArn",
		strings.Replace(certificate, "123456789012", "210987654321", 1),
		`loadBalancer.certificateArn: must be a certificate in us-east-1 of account 123456789012, got "arn:`),
	one("TLS policy", "loadBalancer.tlsPolicy", "ELBSecurityPolicy-2016-08",
		`loadBalancer.tlsPolicy: must be one of ELBSecurityPolicy-TLS13-1-2-Res-2021-06, `),
	one("idle timeout", "loadBalancer.idleTimeoutSeconds", 4001,
		`loadBalancer.idleTimeoutSeconds: must be 1..4000, got 4001`),
	one("deregistration", "loadBalancer.deregistrationDelaySeconds", -1,
		`loadBalancer.deregistrationDelaySeconds: must be 0..3600, got -1`),

	one("reserved tag", "tags", map[string]any{"AWS:owner": "x"},
		`tags: must be a key of 1..128 letters, digits, spaces or _.:/=+-@, without the prefixes aws: and rds:, got `+
			`"AWS:owner"`),
	one("long tag", "tags", map[string]any{"owner": strings.Repeat("x", 257)},
		`tags.owner: must be at most 256 letters, digits, spaces or _.:/=+-@, without the prefix aws:, got "xxx`),
	one("tag with a star", "tags", map[string]any{"owner": "*"},
		`tags.owner: must be at most 256 letters, digits, spaces or _.:/=+-@, without the prefix aws:, got "*"`),
	one("tag key reserved for RDS", "tags", map[string]any{"rds:owner": "x"},
		`tags: must be a key of 1..128 letters, digits, spaces or _.:/=+-@, without the prefixes aws: and rds:, got `+
			`"rds:owner"`),
	one("tag with a reserved value", "tags", map[string]any{"owner": "AWS:x"},
		`tags.owner: must be at most 256 letters, digits, spaces or _.:/=+-@, without the prefix aws:, got "AWS:x"`),
	one("tag of the program", "tags", map[string]any{"Stack": "x"},
		`tags: must be a key other than Environment, ManagedBy, Project, Stack, got "Stack" (the program sets these`),
	one("tag of the program in another case", "tags", map[string]any{"project": "x"},
		`tags: must be a key that differs from "Project" in more than its case, got "project" (IAM takes both`),
	one("tags that differ in case", "tags", map[string]any{"Owner": "x", "owner": "y"},
		`tags: must be a key that differs from "Owner" in more than its case, got "owner"`),
	one("too many tags", "tags", manyTags(41),
		`tags: must be at most 40, got 41 (AWS allows 50 a resource, and others add theirs)`),
}
