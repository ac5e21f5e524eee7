package database

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/naming"
)

// events are what RDS tells the topic: the sources and categories of Security Hub's controls RDS.19 to RDS.22. They name
// no single source, as the controls demand, so a second database of the account and region is heard too.
var events = []struct {
	role, source string
	categories   []string
}{
	{"cluster", "db-cluster", []string{"failure", "maintenance"}},                           // RDS.19
	{"instance", "db-instance", []string{"configuration change", "failure", "maintenance"}}, // RDS.20
	{"parameters", "db-parameter-group", []string{"configuration change"}},                  // RDS.21
	{"security", "db-security-group", []string{"configuration change", "failure"}},          // RDS.22
}

func (d *Database) subscribe(ctx *pulumi.Context, name string, args *Args) error {
	for _, e := range events {
		_, err := rds.NewEventSubscription(ctx, naming.Child(name, "events", e.role), &rds.EventSubscriptionArgs{
			SnsTopic:        args.TopicArn,
			SourceType:      pulumi.String(e.source),
			EventCategories: pulumi.ToStringArray(e.categories),
		}, pulumi.Parent(d))
		if err != nil {
			return fmt.Errorf("subscribe to events of %s: %w", e.source, err)
		}
	}
	return nil
}
