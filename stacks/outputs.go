package stacks

import (
	_ "embed"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/contract"
	"github.com/morpheus-ha/morpheus-aws/internal/lookup"
)

//go:embed Pulumi.README.md
var readme string

// versionOutput is the output that planUpgrade reads at the next update.
const versionOutput = "morpheusVersion"

// Output is one output of a stack. Other stacks and scripts read outputs, so names and meanings must not change.
type Output struct {
	Name, Meaning string
	value         func(*primary) pulumi.Input
	// serving is true for an output of a tier that only a stack that serves has.
	serving bool
}

// Outputs are the outputs of a stack. For a secret, only the ARN is an output.
var Outputs = []Output{
	{
		Name: "applianceUrl", serving: true, Meaning: "URL of the appliance",
		value: func(p *primary) pulumi.Input { return p.balancer.URL },
	},
	{
		Name: "loadBalancerDnsName", serving: true, Meaning: "DNS name that AWS gave the load balancer",
		value: func(p *primary) pulumi.Input { return p.balancer.DNSName },
	},
	{
		Name: "loadBalancerZoneId", serving: true,
		Meaning: "hosted zone of that name, for an alias record that you create yourself",
		value:   func(p *primary) pulumi.Input { return p.balancer.ZoneID },
	},
	{
		Name: "applianceSecretArn", serving: true,
		Meaning: "secret that the nodes share: the encryption suffix, without which the database cannot be read",
		value:   func(p *primary) pulumi.Input { return p.nodes.ApplianceSecretArn },
	},
	{
		Name: "vpcId", Meaning: "VPC of the stack",
		value: func(p *primary) pulumi.Input { return p.network.VpcID },
	},
	{
		Name:    "egressIps",
		Meaning: "public addresses of the NAT gateways, as the internet sees the nodes; empty when the stack has none",
		value:   func(p *primary) pulumi.Input { return p.network.EgressIPs },
	},
	{
		Name: "fileSystemId", Meaning: "EFS file system with the shared files",
		value: func(p *primary) pulumi.Input { return p.fileSystem.ID },
	},
	{
		Name: "databaseEndpoint", Meaning: "host of the database's writer, port 3306, TLS only",
		value: func(p *primary) pulumi.Input { return p.database.Connection.Host },
	},
	{
		Name: "databaseReaderEndpoint", Meaning: "host that balances over the database's readers",
		value: func(p *primary) pulumi.Input { return p.database.ReaderEndpoint },
	},
	{
		Name: "databaseSecretArn", Meaning: "secret of the application's database user",
		value: func(p *primary) pulumi.Input { return p.database.Connection.SecretArn },
	},
	{
		Name:    "databaseAdminSecretArn",
		Meaning: "secret of the database's administrator; RDS rotates a managed one every seven days",
		value:   func(p *primary) pulumi.Input { return p.database.AdminSecretArn },
	},
	{
		Name: "messagingEndpoint", serving: true, Meaning: "host of the broker, AMQPS on port 5671",
		value: func(p *primary) pulumi.Input { return p.messaging.Connection.Host },
	},
	{
		Name: "messagingManagementUrl", serving: true,
		Meaning: "URL of the broker's console and management API, reached from the nodes only",
		value:   func(p *primary) pulumi.Input { return p.messaging.ManagementURL },
	},
	{
		Name: "messagingSecretArn", serving: true, Meaning: "secret of the broker's user",
		value: func(p *primary) pulumi.Input { return p.messaging.Connection.SecretArn },
	},
	{
		Name: "messagingDefinitionsBucket", serving: true, Meaning: "bucket with the definitions of the broker",
		value: func(p *primary) pulumi.Input { return p.messaging.DefinitionsBucket },
	},
	{
		Name: "searchEndpoint", serving: true, Meaning: "host of the search domain, HTTPS on port 443",
		value: func(p *primary) pulumi.Input { return p.search.Connection.Host },
	},
	{
		Name: "searchSecretArn", serving: true, Meaning: "secret of the search domain's user",
		value: func(p *primary) pulumi.Input { return p.search.Connection.SecretArn },
	},
	{
		Name: "searchSnapshotBucket", serving: true, Meaning: "bucket with the snapshots of the search domain",
		value: func(p *primary) pulumi.Input { return p.search.SnapshotBucket },
	},
	{
		Name: "searchSnapshotRoleArn", serving: true, Meaning: "role with which the search domain writes its snapshots",
		value: func(p *primary) pulumi.Input { return p.search.SnapshotRoleArn },
	},
	{
		Name: "notificationsTopicArn", Meaning: "topic of tickets: alarms that can wait, and events of the database",
		value: func(p *primary) pulumi.Input { return p.notifications.TopicArn },
	},
	{
		Name: "pagesTopicArn", Meaning: "topic of pages: alarms that somebody must answer at once",
		value: func(p *primary) pulumi.Input { return p.notifications.PagesTopicArn },
	},
	{
		Name: "diagnosticsBucket", serving: true, Meaning: "bucket with reports of failed boots, under boot/",
		value: func(p *primary) pulumi.Input { return p.nodes.DiagnosticsBucket },
	},
	{
		Name: "autoScalingGroupName", serving: true, Meaning: "group of the application nodes",
		value: func(p *primary) pulumi.Input { return p.nodes.AutoScalingGroupName },
	},
	{
		Name:    versionOutput,
		Meaning: "release of Morpheus that the last update deployed; the next one reads it to plan an upgrade",
		value:   func(p *primary) pulumi.Input { return pulumi.String(p.config.Morpheus.Version) },
	},
	{
		Name: fingerprintsOutput,
		Meaning: "hashes of names and types that the account was asked about; the next update asks only about what has " +
			"changed",
		value: func(p *primary) pulumi.Input {
			return pulumi.ToStringMap(lookup.Fingerprints(p.config)).ToStringMapOutput()
		},
	},
	{
		Name: contract.Output, Meaning: "what a stack of the second region reads of this one, with its version",
		value: (*primary).contract,
	},
	{
		Name: "readme", Meaning: "what the Pulumi console shows about the stack",
		value: func(*primary) pulumi.Input { return pulumi.String(readme) },
	},
}

func (p *primary) export() {
	for _, o := range Outputs {
		if o.serving && !p.config.Recovery.Serves() {
			continue
		}
		p.ctx.Export(o.Name, o.value(p))
	}
}
