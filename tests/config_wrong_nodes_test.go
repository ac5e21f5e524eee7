package tests

import (
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
)

// wrongNodes are cases about the application and its nodes.
var wrongNodes = []wrong{
	one("release", "morpheus.version", "8.0", `morpheus.version: must be a release such as 8.0.7, got "8.0"`),
	one("package without TLS", "morpheus.packageUrl", "http://example.com/morpheus-appliance_8.0.7-1_amd64.deb",
		`morpheus.packageUrl: must be an https URL of a .deb package, or s3://<bucket>/<key>, got "http://`),
	one("RPM package", "morpheus.packageUrl", "https://example.com/morpheus-appliance-8.0.7-1.x86_64.rpm",
		`morpheus.packageUrl: must be an https URL of a .deb package, or s3://<bucket>/<key>, got "https://`),
	one("package of another release", "morpheus.version", "8.0.8",
		`morpheus.packageUrl: must be a file of version 8.0.8, got "https://`),
	one("package of another architecture", "morpheus.packageUrl", "https://example.com/morpheus-appliance_8.0.7-1_arm64.deb",
		`morpheus.packageUrl: must be a file named <name>_<version>-<number>_amd64.deb, got "https://`),
	one("package of a longer release", "morpheus.packageUrl",
		"https://example.com/morpheus-appliance_18.0.7-1_amd64.deb",
		`morpheus.packageUrl: must be a file of version 8.0.7, got "https://`),
	one("renamed package", "morpheus.packageUrl", "https://example.com/morpheus-8.0.7.deb",
		`morpheus.packageUrl: must be a file named <name>_<version>-<number>_amd64.deb, got "https://`),
	one("package with a long name", "morpheus.packageUrl",
		"https://example.com/"+strings.Repeat("m", 240)+"_8.0.7-1_amd64.deb",
		`morpheus.packageUrl: must be a URL whose file name has at most 256 characters, got "https://`),
	one("supplemental package without checksum", "morpheus.supplementalUrl", supplemental,
		`morpheus.supplementalSha256: must be 64 lower-case hexadecimal digits, not of an empty file, got "" (a package without`),
	one("checksum without supplemental package", "morpheus.supplementalSha256", noDigest,
		`morpheus.supplementalUrl: must be given with morpheus.supplementalSha256, got ""`),
	{
		name: "supplemental package without TLS",
		over: overrides{
			"morpheus.supplementalUrl":    "http://example.com/morpheus-appliance-supplemental_8.0.7-1_all.deb",
			"morpheus.supplementalSha256": noDigest,
		},
		problems: []string{
			`morpheus.supplementalUrl: must be an https URL of a .deb package, or s3://<bucket>/<key>, got "http://`,
		},
	},
	{
		name: "supplemental package of another release",
		over: overrides{
			"morpheus.supplementalUrl":    "s3://packages/morpheus-appliance-supplemental_8.0.6-1_all.deb",
			"morpheus.supplementalSha256": noDigest,
		},
		problems: []string{
			`morpheus.supplementalUrl: must be a file of version 8.0.7, got ` +
				`"s3://packages/morpheus-appliance-supplemental_8.0.6-1_all.deb" (morpheus.version and the supplemental ` +
				`package disagree)`,
		},
	},
	{
		name: "supplemental package of another architecture",
		over: overrides{
			"morpheus.supplementalUrl":    "s3://packages/morpheus-appliance-supplemental_8.0.7-1_arm64.deb",
			"morpheus.supplementalSha256": noDigest,
		},
		problems: []string{
			`morpheus.supplementalUrl: must be a file named <name>_<version>-<number>_all.deb or _amd64.deb, got "s3://`,
		},
	},
	{
		name: "supplemental package with a wildcard",
		over: overrides{
			"morpheus.supplementalUrl":    "s3://packages/*/morpheus-appliance-supplemental_8.0.7-1_all.deb",
			"morpheus.supplementalSha256": noDigest,
		},
		problems: []string{
			`morpheus.supplementalUrl: must be s3://<bucket>/<key>, with the name of a bucket`,
		},
	},
	one("extra line that the program sets", "morpheus.extraConfig", "mysql['max_active'] = 500",
		"morpheus.extraConfig: must be settings that the program does not write, got \"mysql['max_active'] = 500\""),
	one("extra line with a password", "morpheus.extraConfig", "ui['ldap_password'] = 'x'",
		`morpheus.extraConfig: must be lines without passwords and secrets, got "a line with a password"`),
	one("extra line that is no setting", "morpheus.extraConfig", "system('reboot')",
		"morpheus.extraConfig: must be lines such as section['key'] = value"),
	one("certificate that is a key", "morpheus.trustedCertificates", "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----",
		`morpheus.trustedCertificates: must be certificates as PEM and nothing else, got "something else at block 1"`),
	one("certificate that is none", "morpheus.trustedCertificates",
		"-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----",
		`morpheus.trustedCertificates: must be certificates as PEM, got "block 1"`),
	one("package with a version", "cluster.extraPackages", []any{"virtualenv=20"},
		`cluster.extraPackages[0]: must be the name of a Debian package such as virtualenv, got "virtualenv=20"`),
	one("upgrade without its releases", "morpheus.upgrade", "yes",
		`morpheus.upgrade: must be <release> -> <release>, or that with rolling after it, or empty for none, got "yes"`),
	one("upgrade to a range", "morpheus.upgrade", "8.0.7 -> 9", `morpheus.upgrade: must be <release> -> <release>`),
	one("setup secret by name", "morpheus.setupSecretArn", "first-setup",
		`morpheus.setupSecretArn: must be the whole ARN of a secret of Secrets Manager, with the six characters at `+
			`its end, or empty for none, got "first-setup"`),
	one("setup secret without its suffix", "morpheus.setupSecretArn",
		"arn:aws:secretsmanager:us-east-1:123456789012:secret:setup",
		`morpheus.setupSecretArn: must be the whole ARN of a secret`),
	one("setup secrets", "morpheus.setupSecretArn", "arn:aws:secretsmanager:us-east-1:123456789012:secret:*-AbCdEf",
		`morpheus.setupSecretArn: must be the whole ARN of a secret`),
	one("setup secret of another region", "morpheus.setupSecretArn",
		"arn:aws:secretsmanager:us-west-2:123456789012:secret:setup-AbCdEf",
		`morpheus.setupSecretArn: must be a secret in us-east-1 of account 123456789012, got "arn:aws:`),
	one("setup secret of another account", "morpheus.setupSecretArn",
		"arn:aws:secretsmanager:us-east-1:999999999999:secret:setup-AbCdEf",
		`morpheus.setupSecretArn: must be a secret in us-east-1 of account 123456789012, got "arn:aws:`),
	one("no bucket of tools", "nodeTools.bucket", "",
		`nodeTools.bucket: must be the name of an S3 bucket with the node tools of docs/node-boot.md, got "" `+
			`(Canonical's image`),
	one("address for a bucket", "nodeTools.bucket", "192.168.1.1", `nodeTools.bucket: must be the name of an S3 bucket`),
	one("empty label of a bucket", "nodeTools.bucket", "a..b", `nodeTools.bucket: must be the name of an S3 bucket`),
	one("URL for a bucket", "nodeTools.bucket", "s3://mirror", `nodeTools.bucket: must be the name of an S3 bucket`),
	one("no checksum of awsCli", "nodeTools.awsCliSha256", "",
		`nodeTools.awsCliSha256: must be 64 lower-case hexadecimal digits, not of an empty file, got "" (a tool without`),
	one("no checksum of efsUtils", "nodeTools.efsUtilsSha256", "",
		`nodeTools.efsUtilsSha256: must be 64 lower-case hexadecimal digits, not of an empty file, got "" (a tool without`),
	one("no checksum of cloudwatchAgent", "nodeTools.cloudwatchAgentSha256", "",
		`nodeTools.cloudwatchAgentSha256: must be 64 lower-case hexadecimal digits, not of an empty file, got "" (a tool without`),
	one("no checksum of rdsCa", "nodeTools.rdsCaSha256", "",
		`nodeTools.rdsCaSha256: must be 64 lower-case hexadecimal digits, not of an empty file, got "" (a tool without`),
	one("checksum", "morpheus.packageSha256", strings.Repeat("A", 64),
		`morpheus.packageSha256: must be 64 lower-case hexadecimal digits, not of an empty file, got "AAA`),

	one("one type", "cluster.instanceTypes", []any{"m5.xlarge"},
		`cluster.instanceTypes: must be 2..10 types of equal size, got ["m5.xlarge"] (one type can run out in a zone`),
	one("ARM type", "cluster.instanceTypes", []any{"m5.xlarge", "m6g.xlarge"},
		`cluster.instanceTypes[1]: must be of one of the families c5, c5a, `),
	one("type twice", "cluster.instanceTypes", []any{"m5.xlarge", "m5.xlarge"},
		`cluster.instanceTypes[1]: must be a type that is not in the list already, got "m5.xlarge"`),
	one("types of two sizes", "cluster.instanceTypes", []any{"m5.xlarge", "m5.2xlarge"},
		`cluster.instanceTypes[1]: must be a type of 4 vCPUs and 16 GiB of memory like m5.xlarge, got "m5.2xlarge" `+
			`(the load is spread evenly over the nodes)`),
	one("types of two memory sizes", "cluster.instanceTypes", []any{"m5.xlarge", "r5.xlarge"},
		`cluster.instanceTypes[1]: must be a type of 4 vCPUs and 16 GiB of memory like m5.xlarge, got "r5.xlarge"`),
	one("types with too little memory", "cluster.instanceTypes", []any{"c5.xlarge", "c6i.xlarge"}, "").of(
		`cluster.instanceTypes[0]: must be a type of at least 16 GiB of memory in production, got "c5.xlarge" (the `+
			`vendor asks for it; this one has 8)`,
		`cluster.instanceTypes[1]: must be a type of at least 16 GiB of memory in production, got "c6i.xlarge"`),
	one("old types", "cluster.instanceTypes", []any{"m4.xlarge", "m5.xlarge"},
		`cluster.instanceTypes[0]: must be of one of the families c5, c5a, `),
	one("instance size that the family does not have", "cluster.instanceTypes", []any{"m5.32xlarge", "m6i.32xlarge"},
		`cluster.instanceTypes[0]: must be in a size that m5 has, large, xlarge, 2xlarge, `),
	one("bare metal", "cluster.instanceTypes", []any{"m5.xlarge", "m5.metal"},
		`cluster.instanceTypes[1]: must be in a size that m5 has, `),
	one("burstable nodes", "cluster.instanceTypes", []any{"m5.xlarge", "t3.xlarge"},
		`cluster.instanceTypes[1]: must be a type that is not burstable in production, got "t3.xlarge"`),
	one("not an instance type", "cluster.instanceTypes", []any{"m5.xlarge", "large"},
		`cluster.instanceTypes[1]: must be an instance type such as m5.xlarge, got "large"`),
	one("fewer nodes than zones", "cluster.minSize", 2,
		`cluster.minSize: must be 3..50, got 2 (production has a node in each zone)`),
	one("sizes in the wrong order", "cluster.maxSize", 2,
		`cluster.maxSize: must be at least cluster.minSize, 3, got 2`),
	one("small disk", "cluster.rootVolumeGiB", 100,
		`cluster.rootVolumeGiB: must be 200..16384, got 100 (the vendor asks for 200 GiB)`),
	one("low CPU target", "cluster.cpuTargetPercent", 5, `cluster.cpuTargetPercent: must be 10..90, got 5`),
	one("image parameter without a date", "cluster.imageParameter",
		"/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id",
		`cluster.imageParameter: must be a dated serial instead of current in production, got "/aws`),
	one("ARM image", "cluster.imageParameter",
		"/aws/service/canonical/ubuntu/server/24.04/stable/20250610/arm64/hvm/ebs-gp3/ami-id",
		`cluster.imageParameter: must be an amd64 image, got "/aws`),
	one("old Ubuntu", "cluster.imageParameter",
		"/aws/service/canonical/ubuntu/server/18.04/stable/20230607/amd64/hvm/ebs-gp2/ami-id",
		`cluster.imageParameter: must be Ubuntu 24.04, got "/aws`),
	one("unmaintained Ubuntu release", "cluster.imageParameter",
		"/aws/service/canonical/ubuntu/server/20.04/stable/20250610/amd64/hvm/ebs-gp2/ami-id",
		`cluster.imageParameter: must be Ubuntu 24.04, got "/aws`),
	one("not an image id", "cluster.imageId", "ubuntu",
		`cluster.imageId: must be the id of an image such as ami-0a1b2c3d4e5f60718, or empty for the image of `+
			`cluster.imageParameter, got "ubuntu"`),
	{
		name: "checksum of a tool without a bucket",
		over: overrides{"cluster.imageId": simaws.ImageID, "nodeTools.bucket": ""},
		problems: []string{
			`nodeTools.bucket: must be the name of an S3 bucket with the node tools of docs/node-boot.md, got "" (the ` +
				`checksum of a tool is given)`,
		},
	},
	{name: "bucket without a tool", over: overrides{
		"cluster.imageId": simaws.ImageID, "nodeTools.awsCliSha256": "", "nodeTools.efsUtilsSha256": "",
		"nodeTools.cloudwatchAgentSha256": "", "nodeTools.rdsCaSha256": "",
	}, problems: []string{`nodeTools.bucket: must be empty without the checksum of a tool, with cluster.imageId, ` +
		`got "node-tools-of-the-rehearsal" (`}},
	{
		name: "bucket by URL with imageId",
		over: overrides{"cluster.imageId": simaws.ImageID, "nodeTools.bucket": "s3://mirror"},
		problems: []string{
			`nodeTools.bucket: must be the name of an S3 bucket with the node tools`,
		},
	},
	{
		name: "wrong checksum with imageId",
		over: overrides{"cluster.imageId": simaws.ImageID, "nodeTools.rdsCaSha256": "abc"},
		problems: []string{
			`nodeTools.rdsCaSha256: must be 64 lower-case hexadecimal digits, not of an empty file, ` +
				`or empty when the image of cluster.imageId ` +
				`has the tool, got "abc"`,
		},
	},
	one("image by id", "cluster.imageParameter", "ami-0a1b2c3d4e5f60718",
		`cluster.imageParameter: must be a parameter of Canonical, `),
}
