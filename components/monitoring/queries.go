package monitoring

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/naming"
)

// queries saves the tiers' queries of Logs Insights. A saved query costs nothing until somebody runs it.
func (m *Monitoring) queries(ctx *pulumi.Context, name string, args *Args) error {
	for _, tier := range args.Tiers {
		for _, query := range tier.Queries {
			groups := make(pulumi.StringArray, len(query.Groups))
			for i, group := range query.Groups {
				groups[i] = args.value(group)
			}
			_, err := cloudwatch.NewQueryDefinition(ctx, naming.Child(name, "query", query.Name), &cloudwatch.QueryDefinitionArgs{
				// A name that Pulumi makes would have a random end. The console makes folders of the slashes.
				Name:          pulumi.String("morpheus/" + args.Stack + "/" + query.Name),
				LogGroupNames: groups,
				QueryString:   pulumi.String(query.Text),
			}, pulumi.Parent(m))
			if err != nil {
				return fmt.Errorf("save the query %s: %w", query.Name, err)
			}
		}
	}
	return nil
}
