package database

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/alarm"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
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

// administratorRole is the role of the ARN of the administrator's secret, which RDS rotates.
const administratorRole = "administratorSecret"

// events that the subscriptions do not send: those of this cluster only. Their categories are others than those of the
// subscriptions, so that nobody is notified twice.
func events(settings config.Database) []alarm.Event {
	out := []alarm.Event{
		{
			Name: "failover", Severity: alarm.Ticket, Essential: true,
			Fields: append(alarm.From("aws.rds", "RDS DB Cluster Event"),
				alarm.About("detail.SourceIdentifier", clusterRole),
				alarm.Having("detail.EventCategories", "failover", "global-failover")),
			Meaning: "The database has failed over to another instance, or tries to. Nodes reconnect by themselves; " +
				"database-writer pages if no instance takes over.",
			Action: "Find the cause: `aws rds describe-events --source-type db-instance --duration 60`. Without a maintenance, a " +
				"reboot or memory that ended, look at AWS Health.",
			Source: "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_Events.Messages.html",
		},
		alarm.Health("the database", "RDS"),
	}
	if settings.AdministratorSecret == config.AdministratorManaged {
		out = append(out, alarm.Event{
			Name: "rotation-failed", Severity: alarm.Ticket, Trail: true,
			Fields: append(alarm.From("aws.secretsmanager", "AWS Service Event via CloudTrail"),
				alarm.Having("detail.eventName", "RotationFailed", "RotationAbandoned"),
				alarm.About("detail.additionalEventData.SecretId", administratorRole)),
			Meaning: "The password of the database's administrator was not rotated. The appliance does not use it.",
			Action: "Look at the secret's state: `aws secretsmanager describe-secret`. RDS tries again; if it fails again, look " +
				"whether the secrets key may be used, and open a case with AWS.",
			Source: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/cloudtrail_log_entries.html",
		})
	}
	return out
}
