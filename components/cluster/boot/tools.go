package boot

// Tool is a program that a node needs and the distribution's archive does not have. It is in the image already, or comes
// from the mirror bucket. Nothing is fetched from the vendors by the nodes: they replace their files under the same name,
// and what is pinned by a checksum would stop booting on the day they do.
type Tool struct {
	Name string
	// Path is there when the tool is installed.
	Path string
	// Kind says how it is installed: deb, zip (the AWS CLI with its installer) or pem.
	Kind string
	// Key of the file in the mirror bucket.
	Key string
	// Source is where the file for the mirror comes from.
	Source string
	// Version is the least that is known to do.
	Version string
}

// Tools stand in the order of their installation. Their SHA-256 is configuration: it belongs to the file in the mirror.
var Tools = []Tool{
	{
		Name: "aws-cli", Path: "/usr/local/bin/aws", Kind: "zip", Version: "2",
		Key:    "node-tools/awscli-exe-linux-x86_64.zip",
		Source: "https://awscli.amazonaws.com/awscli-exe-linux-x86_64.zip, signed with AWS's PGP key",
	},
	{
		// AWS publishes no package for Ubuntu: https://github.com/aws/efs-utils/issues/111
		Name: "efs-utils", Path: "/sbin/mount.efs", Kind: "deb", Version: "1.35",
		Key:    "node-tools/amazon-efs-utils.deb",
		Source: "built by build-deb.sh of https://github.com/aws/efs-utils",
	},
	{
		Name: "cloudwatch-agent", Path: "/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl", Kind: "deb", Version: "1.3",
		Key:    "node-tools/amazon-cloudwatch-agent.deb",
		Source: "https://amazoncloudwatch-agent.s3.amazonaws.com/ubuntu/amd64/latest/amazon-cloudwatch-agent.deb, signed with AWS's PGP key",
	},
	{
		Name: "rds-ca", Path: "/usr/local/share/morpheus-node/rds-ca.pem", Kind: "pem", Version: "any with the region's authorities",
		Key:    "node-tools/rds-global-bundle.pem",
		Source: "https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem",
	},
}

// Package is a program of the distribution's archive, which signs it: no checksum of ours.
type Package struct {
	Program string
	Name    string
}

// Packages of Ubuntu that the parts use and a cloud image may lack; those of the mount helper among them, so that its own
// package installs without an archive.
var Packages = []Package{
	{"jq", "jq"},
	{"unzip", "unzip"},
	{"curl", "curl"},
	{"openssl", "openssl"},
	{"mysql", "mysql-client"},
	{"mount.nfs4", "nfs-common"},
	{"stunnel4", "stunnel4"},
}

// BrokerPolicy makes the broker treat queues as the vendor asks: mirrored on all nodes, because a new virtual host of
// Amazon MQ has none of its default policies.
type BrokerPolicy struct {
	Name, Pattern string
	Priority      int
	Definition    string // JSON
}

// BrokerPolicies of the virtual host "morpheus". One policy applies to a queue, that of the highest priority.
var BrokerPolicies = []BrokerPolicy{
	{"morpheus-all", ".*", 1, `{"ha-mode": "all"}`},
	{"morpheus-stat-commands", "statCommands.*", 2, expiring},
	{"morpheus-agent-actions", "morpheusAgentActions.*", 2, expiring},
	{"morpheus-monitor-jobs", "monitorJobs.*", 2, expiring},
}

const expiring = `{"expires": 1800000, "ha-mode": "all"}`
