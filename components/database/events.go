package database

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/naming"
)

// subscriptions are the sources and categories of Security Hub's controls RDS.19 to RDS.22. They name no single
// source, as the controls demand, so events of other databases of the account and region reach the topic too.
var subscriptions = []struct {
	role, source string
	categories   []string
}{
	{role: "cluster", source: "db-cluster", categories: []string{"failure", "maintenance"}}, // RDS.19
	{
		role: "instance", source: "db-instance", // RDS.20
		categories: []string{"configuration change", "failure", "maintenance"},
	},
	{role: "parameters", source: "db-parameter-group", categories: []string{"configuration change"}},         // RDS.21
	{role: "security", source: "db-security-group", categories: []string{"configuration change", "failure"}}, // RDS.22
}

// events subscribes the topic to what RDS reports.
func (d *Database) events(ctx *pulumi.Context, name string, args *Args) error {
	for _, s := range subscriptions {
		_, err := rds.NewEventSubscription(ctx, naming.Child(name, "events", s.role), &rds.EventSubscriptionArgs{
			SnsTopic:        args.TopicArn,
			SourceType:      pulumi.String(s.source),
			EventCategories: pulumi.ToStringArray(s.categories),
		}, pulumi.Parent(d))
		if err != nil {
			return fmt.Errorf("subscribe to events of %s: %w", s.source, err)
		}
	}
	return nil
}
