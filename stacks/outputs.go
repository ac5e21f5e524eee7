package stacks

import (
	_ "embed"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

//go:embed Pulumi.README.md
var readme string

// versionOutput is what planUpgrade reads at the next update.
const versionOutput = "morpheusVersion"

// Output is one output of a stack: the contract with whatever reads it. Names and meanings stay; README.md lists them.
type Output struct {
	Name, Meaning string
	value         func(*primary) pulumi.Input
}

// Outputs of a stack. Secrets are named, never shown.
var Outputs = []Output{
	{"applianceUrl", "URL of the appliance", func(p *primary) pulumi.Input { return p.balancer.URL }},
	{"loadBalancerDnsName", "DNS name that AWS gave the load balancer", func(p *primary) pulumi.Input { return p.balancer.DNSName }},
	{"applianceSecretArn", "secret that the nodes share: the encryption suffix, without which the database cannot be read", func(p *primary) pulumi.Input { return p.nodes.ApplianceSecretArn }},
	{"vpcId", "VPC of the stack", func(p *primary) pulumi.Input { return p.network.VpcID }},
	{"egressIps", "public addresses of the NAT gateways, as the internet sees the nodes; empty when the stack has none", func(p *primary) pulumi.Input { return p.network.EgressIPs }},
	{"fileSystemId", "EFS file system with the shared files", func(p *primary) pulumi.Input { return p.fileSystem.ID }},
	{"databaseEndpoint", "host of the database's writer, port 3306, TLS only", func(p *primary) pulumi.Input { return p.database.Connection.Host }},
	{"databaseReaderEndpoint", "host that spreads over the database's readers", func(p *primary) pulumi.Input { return p.database.ReaderEndpoint }},
	{"databaseSecretArn", "secret of the application's database user", func(p *primary) pulumi.Input { return p.database.Connection.SecretArn }},
	{"databaseAdminSecretArn", "secret of the database's administrator; RDS rotates a managed one every seven days", func(p *primary) pulumi.Input { return p.database.AdminSecretArn }},
	{"messagingEndpoint", "host of the broker, AMQPS on port 5671", func(p *primary) pulumi.Input { return p.messaging.Connection.Host }},
	{"messagingManagementUrl", "URL of the broker's console and management API, reached from the nodes only", func(p *primary) pulumi.Input { return p.messaging.ManagementURL }},
	{"messagingSecretArn", "secret of the broker's user", func(p *primary) pulumi.Input { return p.messaging.Connection.SecretArn }},
	{"searchEndpoint", "host of the search domain, HTTPS on port 443", func(p *primary) pulumi.Input { return p.search.Connection.Host }},
	{"searchSecretArn", "secret of the search domain's user", func(p *primary) pulumi.Input { return p.search.Connection.SecretArn }},
	{"searchSnapshotBucket", "bucket for manual snapshots of the search domain", func(p *primary) pulumi.Input { return p.search.SnapshotBucket }},
	{"searchSnapshotRoleArn", "role with which the search domain writes manual snapshots", func(p *primary) pulumi.Input { return p.search.SnapshotRoleArn }},
	{"notificationsTopicArn", "topic on which AWS tells about the stack", func(p *primary) pulumi.Input { return p.notifications.TopicArn }},
	{"diagnosticsBucket", "bucket with reports of failed boots, under boot/", func(p *primary) pulumi.Input { return p.nodes.DiagnosticsBucket }},
	{"autoScalingGroupName", "group of the application nodes", func(p *primary) pulumi.Input { return p.nodes.AutoScalingGroupName }},
	{versionOutput, "release of Morpheus that the last update deployed; the next one reads it to plan an upgrade", func(p *primary) pulumi.Input { return pulumi.String(p.config.Morpheus.Version) }},
	{"readme", "what the Pulumi console shows about the stack", func(*primary) pulumi.Input { return pulumi.String(readme) }},
}

func (p *primary) export() {
	for _, o := range Outputs {
		p.ctx.Export(o.Name, o.value(p))
	}
}
