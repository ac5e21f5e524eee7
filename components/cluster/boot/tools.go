package boot

// Tool is a program that a node needs and that the distribution's archive does not have. It is part of the image or is
// installed from the mirror bucket. Nodes do not download from the vendors, which replace files under the same name: a
// pinned digest would fail every boot from that day on.
type Tool struct {
	Name string
	// Path exists when the tool is installed.
	Path string
	// Kind is the way of installation: deb, zip (the AWS CLI with its installer) or pem.
	Kind string
	// Key is the object in the mirror bucket.
	Key string
	// Source is where the file in the mirror bucket comes from.
	Source string
	// Version is the lowest version that is known to work.
	Version string
}

// Tools are listed in order of installation. Their SHA-256 digests are configuration, because they belong to the
// files in the mirror bucket.
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
		Name: "cloudwatch-agent", Kind: "deb", Version: "1.3",
		Path: "/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl",
		Key:  "node-tools/amazon-cloudwatch-agent.deb",
		Source: "https://amazoncloudwatch-agent.s3.amazonaws.com/ubuntu/amd64/latest/amazon-cloudwatch-agent.deb, " +
			"signed with AWS's PGP key",
	},
	{
		Name: "rds-ca", Kind: "pem", Version: "any with the region's authorities",
		Path:   "/usr/local/share/morpheus-node/rds-ca.pem",
		Key:    "node-tools/rds-global-bundle.pem",
		Source: "https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem",
	},
}

// Package is a package of the distribution's archive. APT verifies its signature, so it needs no digest here.
type Package struct {
	// Program is in the PATH when the package is installed.
	Program string
	Name    string
}

// Packages are Ubuntu packages that the scripts use and that a cloud image may not contain. They include the
// dependencies of the mount helper, so that its package can be installed without access to an archive.
var Packages = []Package{
	{Program: "jq", Name: "jq"},
	{Program: "unzip", Name: "unzip"},
	{Program: "curl", Name: "curl"},
	{Program: "openssl", Name: "openssl"},
	{Program: "mysql", Name: "mysql-client"},
	{Program: "mount.nfs4", Name: "nfs-common"},
	{Program: "stunnel4", Name: "stunnel4"},
}

// BrokerPolicy is a RabbitMQ policy that the vendor requires. Queues must be mirrored to all nodes of the broker,
// and a new virtual host of Amazon MQ has none of its default policies. Name, pattern and scope must be the
// vendor's: current releases create the same policies themselves, and of two policies with the same priority
// RabbitMQ applies either.
type BrokerPolicy struct {
	Name, Pattern string
	Priority      int
	ApplyTo       string // "queues", or "all" for queues and exchanges
	Definition    string // JSON
}

// BrokerPolicies are the policies of the virtual host "morpheus". The matching policy of the highest priority
// applies to a queue.
var BrokerPolicies = []BrokerPolicy{
	{Name: "ha", Pattern: ".*", Priority: 1, ApplyTo: "all", Definition: `{"ha-mode": "all"}`},
	expiringQueues("statCommands"), expiringQueues("morpheusAgentActions"), expiringQueues("monitorJobs"),
}

// expiringQueues is the policy of the queues of that name: they are deleted when unused for 1,800,000 ms (30 minutes).
func expiringQueues(name string) BrokerPolicy {
	return BrokerPolicy{
		Name: name, Pattern: name + ".*", Priority: 2, ApplyTo: "queues",
		Definition: `{"expires": 1800000, "ha-mode": "all"}`,
	}
}
