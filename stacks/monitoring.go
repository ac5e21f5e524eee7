package stacks

import (
	"fmt"
	"maps"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components"
	"github.com/morpheus-ha/morpheus-aws/components/encryption"
	"github.com/morpheus-ha/morpheus-aws/components/monitoring"
	"github.com/morpheus-ha/morpheus-aws/internal/alarm"
	"github.com/morpheus-ha/morpheus-aws/internal/guard"
)

func (p *primary) makeMonitoring() (err error) {
	dimensions := map[string]pulumi.StringInput{alarm.RegionRole: pulumi.String(p.location.Region)}
	for _, tier := range []interface {
		Dimensions() map[string]pulumi.StringInput
	}{p.balancer, p.nodes, p.fileSystem, p.database, p.messaging, p.search, p.network, p.notifications, p.keys, p.backup} {
		maps.Copy(dimensions, tier.Dimensions())
	}
	args := &monitoring.Args{
		Settings: p.config.Monitoring, Access: p.config.Access, Location: p.location, Stack: p.config.Stack,
		Tags: p.config.DefaultTags(), MetricNamespace: p.config.MetricNamespace(),
		Tiers: components.Alarms(p.config), Dimensions: dimensions,
		PagesTopicArn: p.notifications.PagesTopicArn, TicketsTopicArn: p.notifications.TopicArn,
		KeyArn: p.keys.KeyArn(encryption.Logs),
		Ready:  p.nodes.Ready,
	}
	if args.Elsewhere() {
		arns, err := p.makeGlobalMonitoring(args)
		if err != nil {
			return err
		}
		maps.Copy(dimensions, arns)
	}
	p.monitoring, err = monitoring.New(p.ctx, "monitoring", args, p.inProvider)
	return err
}

// makeGlobalMonitoring makes the alarms on metrics of services without regions, through a provider of the region that has
// them, and returns their ARNs by role.
func (p *primary) makeGlobalMonitoring(args *monitoring.Args) (map[string]pulumi.StringInput, error) {
	provider, err := aws.NewProvider(p.ctx, guard.GlobalProvider, providerArgs(p.config, alarm.GlobalRegion))
	if err != nil {
		return nil, fmt.Errorf("create AWS provider of %s: %w", alarm.GlobalRegion, err)
	}
	made, err := monitoring.NewGlobal(p.ctx, "monitoring-global", args, pulumi.Provider(provider))
	if err != nil {
		return nil, err
	}
	return made.AlarmArns, nil
}
