package stacks

import (
	"maps"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components"
	"github.com/morpheus-ha/morpheus-aws/components/encryption"
	"github.com/morpheus-ha/morpheus-aws/components/monitoring"
	"github.com/morpheus-ha/morpheus-aws/internal/alarm"
)

func (p *primary) makeMonitoring() (err error) {
	dimensions := map[string]pulumi.StringInput{alarm.RegionRole: pulumi.String(p.location.Region)}
	for _, tier := range []interface {
		Dimensions() map[string]pulumi.StringInput
	}{p.balancer, p.nodes, p.fileSystem, p.database, p.messaging, p.search, p.network, p.notifications, p.keys, p.backup} {
		maps.Copy(dimensions, tier.Dimensions())
	}
	p.monitoring, err = monitoring.New(p.ctx, "monitoring", &monitoring.Args{
		Settings: p.config.Monitoring, Access: p.config.Access, Location: p.location, Stack: p.config.Stack,
		Tags: p.config.DefaultTags(), MetricNamespace: p.config.MetricNamespace(),
		Tiers: components.Alarms(p.config), Dimensions: dimensions,
		PagesTopicArn: p.notifications.PagesTopicArn, TicketsTopicArn: p.notifications.TopicArn,
		KeyArn: p.keys.KeyArn(encryption.Logs),
		Ready:  p.nodes.Ready,
	}, p.inProvider)
	return err
}
