package monitoring

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/alarm"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
)

// filters makes the metrics of the tiers' log groups, and returns them by the metric's name.
func (m *Monitoring) filters(ctx *pulumi.Context, name string, args *Args) (map[string]pulumi.Resource, error) {
	out := map[string]pulumi.Resource{}
	for _, tier := range args.Tiers {
		for _, filter := range tier.Filters {
			made, err := cloudwatch.NewLogMetricFilter(ctx, naming.Child(name, filter.Name, "filter"),
				&cloudwatch.LogMetricFilterArgs{
					LogGroupName: args.value(filter.Group),
					Pattern:      pulumi.String(filter.Pattern),
					MetricTransformation: cloudwatch.LogMetricFilterMetricTransformationArgs{
						Namespace: pulumi.String(alarm.LogNamespace(args.MetricNamespace)), Name: pulumi.String(filter.Name),
						Value: pulumi.String("1"),
						// Otherwise nothing is sent while no event matches.
						DefaultValue: pulumi.String("0"),
					},
				}, pulumi.Parent(m))
			if err != nil {
				return nil, fmt.Errorf("count the events %s of %s: %w", filter.Name, tier.Name, err)
			}
			out[filter.Name] = made
		}
	}
	return out, nil
}

// value of a dimension.
func (a *Args) value(d alarm.Dimension) pulumi.StringInput {
	if d.Role == "" {
		return pulumi.String(d.Text)
	}
	return a.Dimensions[d.Role]
}

// counts are the filters that the metrics of an alarm come from.
func counts(fact alarm.Fact, filters map[string]pulumi.Resource) []pulumi.Resource {
	var out []pulumi.Resource
	for _, metric := range fact.Metrics {
		if made := filters[metric.Name]; made != nil && len(metric.Dimensions) == 0 {
			out = append(out, made)
		}
	}
	return out
}
