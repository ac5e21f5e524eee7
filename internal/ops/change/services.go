package change

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/mq"
	mqtypes "github.com/aws/aws-sdk-go-v2/service/mq/types"
	"github.com/aws/aws-sdk-go-v2/service/opensearch"
	ostypes "github.com/aws/aws-sdk-go-v2/service/opensearch/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/stack"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/steps"
	"github.com/morpheus-ha/morpheus-aws/internal/versions"
)

// nowLimit is for a restart of all instances, and of all nodes of a broker with long queues; domainLimit for a domain,
// whose blue/green deployment takes hours.
const (
	nowLimit    = 3 * time.Hour
	domainLimit = 12 * time.Hour
)

// step refuses an upgrade that cannot be made, naming its key.
func (s *Subject) step(engine versions.Engine, key, from, to string, targets []string) (warnings []string, err error) {
	warning, err := versions.Step(engine, from, to, targets, s.clock().Now())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	if warning != "" {
		warnings = append(warnings, key+": "+warning)
	}
	return warnings, nil
}

// cluster returns the database cluster of the stack.
func (s *Subject) cluster(ctx context.Context) (*rdstypes.DBCluster, error) {
	c, err := s.config()
	if err != nil {
		return nil, err
	}
	name := c.Database.Name
	found, err := s.Account.RDS().DescribeDBClusters(ctx, &rds.DescribeDBClustersInput{DBClusterIdentifier: &name})
	if account.IsCode(err, "DBClusterNotFoundFault") || err == nil && len(found.DBClusters) == 0 {
		return nil, fmt.Errorf("the account has no database cluster %s in %s: is the stack deployed?", name, s.Account.Region())
	}
	if err != nil {
		return nil, err
	}
	return &found.DBClusters[0], nil
}

// clusterTargets are the versions to which AWS upgrades a version of Aurora MySQL.
func (s *Subject) clusterTargets(ctx context.Context, from string) ([]string, error) {
	found, err := s.Account.RDS().DescribeDBEngineVersions(ctx, &rds.DescribeDBEngineVersionsInput{
		Engine: aws.String("aurora-mysql"), EngineVersion: &from, IncludeAll: aws.Bool(true),
	})
	if err != nil {
		return nil, err
	}
	out := []string{}
	for _, version := range found.DBEngineVersions {
		for _, target := range version.ValidUpgradeTarget {
			out = append(out, aws.ToString(target.EngineVersion))
		}
	}
	return out, nil
}

// Database plans an upgrade of the database. now makes AWS begin at once, otherwise it does in the maintenance window.
func (s *Subject) Database(ctx context.Context, to string, now bool) (*Plan, error) {
	c, err := s.config()
	if err != nil {
		return nil, err
	}
	if c.GlobalDatabase() != "" || c.Recovery.TakesOver() && !c.Recovery.Restored() {
		return nil, fmt.Errorf("%s: the cluster is part of a global database, whose other regions AWS upgrades first: this command "+
			"does not order two stacks (https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/"+
			"AuroraMySQL.Updates.Patching.ModifyEngineVersion.html)", databaseKey)
	}
	cluster, err := s.cluster(ctx)
	if err != nil {
		return nil, err
	}
	from := aws.ToString(cluster.EngineVersion)
	targets, err := s.clusterTargets(ctx, from)
	if err != nil {
		return nil, err
	}
	plan := &Plan{}
	if plan.Warnings, err = s.step(versions.Aurora, databaseKey, from, to, targets); err != nil {
		return nil, err
	}
	configure, err := s.configure("configure", []stack.Setting{{Key: databaseKey, Value: to}})
	if err != nil {
		return nil, err
	}
	runs := func(ctx context.Context) (bool, error) {
		cluster, err := s.cluster(ctx)
		return err == nil && aws.ToString(cluster.EngineVersion) == to && aws.ToString(cluster.Status) == "available", err
	}
	begun := func(ctx context.Context) (bool, error) {
		cluster, err := s.cluster(ctx)
		return err == nil && (aws.ToString(cluster.EngineVersion) == to || aws.ToString(cluster.Status) == "upgrading"), err
	}
	// The update only schedules it.
	scheduled := func(ctx context.Context) (bool, error) {
		if yes, err := begun(ctx); yes || err != nil {
			return yes, err
		}
		cluster, err := s.cluster(ctx)
		return err == nil && cluster.PendingModifiedValues != nil &&
			aws.ToString(cluster.PendingModifiedValues.EngineVersion) == to, err
	}
	gate := health{groups: []string{databaseChecks}, differs: []string{"database-version"}}
	name := c.Database.Name
	plan.Steps = []steps.Step{
		s.healthyBefore(gate, begun), s.snapshot(saving{cluster: name, to: to, begun: begun}), configure,
		s.up("AWS is told to upgrade "+name+" from "+from+" to "+to, scheduled),
	}
	plan.WayBack = []string{
		fmt.Sprintf("an engine version cannot be lowered: ops restore database --stack %s --snapshot %s<time> --engine-version %s",
			s.Stack, snapshotPrefix(name, to), from),
	}
	if !now {
		plan.WayBack = append(plan.WayBack, fmt.Sprintf("before the window %s: set %s back to %s and run pulumi up",
			c.Database.MaintenanceWindow, databaseKey, from))
		return s.orLater(ctx, plan, c.Database.MaintenanceWindow, runs, s.healthyAfter(gate, runs))
	}
	plan.Steps = append(plan.Steps, steps.Step{
		Name: "upgrade now", Does: "the instances restart, which is a failover of about a minute", Limit: nowLimit, Done: runs,
		Do: func(ctx context.Context) error {
			if yes, err := begun(ctx); yes || err != nil {
				return err
			}
			_, err := s.Account.RDS().ModifyDBCluster(ctx, &rds.ModifyDBClusterInput{
				DBClusterIdentifier: &name, EngineVersion: &to, ApplyImmediately: aws.Bool(true),
			})
			return err
		},
	}, s.healthyAfter(gate, runs))
	return plan, nil
}

// orLater ends a plan without --now: AWS makes the change in a window, and the health is checked by the next run.
func (s *Subject) orLater(
	ctx context.Context, plan *Plan, window string, runs func(context.Context) (bool, error), after steps.Step,
) (*Plan, error) {
	yes, err := runs(ctx)
	if err != nil {
		return nil, err
	}
	if yes {
		plan.Steps = append(plan.Steps, after)
	} else {
		plan.Next = "AWS upgrades in the window " + window + "; run the same command again afterwards, which checks the health, " +
			"or give --now"
	}
	return plan, nil
}

// domain returns the search domain of the stack.
func (s *Subject) domain(ctx context.Context) (*ostypes.DomainStatus, error) {
	c, err := s.config()
	if err != nil {
		return nil, err
	}
	name := c.Search.Name
	found, err := s.Account.OpenSearch().DescribeDomain(ctx, &opensearch.DescribeDomainInput{DomainName: &name})
	if account.IsCode(err, "ResourceNotFoundException") {
		return nil, fmt.Errorf("the account has no search domain %s in %s: is the stack deployed?", name, s.Account.Region())
	}
	if err != nil {
		return nil, err
	}
	return found.DomainStatus, nil
}

// snapshotHours is the age up to which a snapshot of the search domain is one of the last night: OpenSearch takes one each
// night, and a node looks each hour.
const snapshotHours = 26

// Search plans an upgrade of the search domain.
func (s *Subject) Search(ctx context.Context, to string) (*Plan, error) {
	domain, err := s.domain(ctx)
	if err != nil {
		return nil, err
	}
	from, name := aws.ToString(domain.EngineVersion), aws.ToString(domain.DomainName)
	found, err := s.Account.OpenSearch().GetCompatibleVersions(ctx, &opensearch.GetCompatibleVersionsInput{DomainName: &name})
	if err != nil {
		return nil, err
	}
	targets := []string{}
	for _, path := range found.CompatibleVersions {
		if aws.ToString(path.SourceVersion) == from {
			targets = append(targets, path.TargetVersions...)
		}
	}
	plan := &Plan{}
	if plan.Warnings, err = s.step(versions.OpenSearch, searchKey, from, to, targets); err != nil {
		return nil, err
	}
	configure, err := s.configure("configure", []stack.Setting{{Key: searchKey, Value: to}})
	if err != nil {
		return nil, err
	}
	begun := func(ctx context.Context) (bool, error) {
		d, err := s.domain(ctx)
		return err == nil && (aws.ToString(d.EngineVersion) == to || aws.ToBool(d.UpgradeProcessing)), err
	}
	runs := func(ctx context.Context) (bool, error) {
		d, err := s.domain(ctx)
		return err == nil && aws.ToString(d.EngineVersion) == to && !aws.ToBool(d.UpgradeProcessing) &&
			!aws.ToBool(d.Processing), err
	}
	gate := health{groups: []string{searchChecks}, differs: []string{"search-version"}}
	update := s.up("AWS upgrades "+name+" from "+from+" to "+to+" by a blue/green deployment of hours; it cannot be undone",
		runs)
	update.Limit = domainLimit
	plan.Steps = []steps.Step{
		s.healthyBefore(gate, begun),
		s.keptCopy(kept{
			what: "a snapshot of the search domain", metric: "SearchSnapshotAgeHours", oldest: snapshotHours, window: 3 * time.Hour,
		}, begun),
		configure, update, s.healthyAfter(gate, runs),
	}
	plan.WayBack = []string{
		"an engine version cannot be lowered: replace the domain by one of " + from +
			" and restore a snapshot of before (docs/restore.md, \"The search domain\")",
	}
	return plan, nil
}

// broker returns the broker of the stack.
func (s *Subject) broker(ctx context.Context) (*mq.DescribeBrokerOutput, error) {
	c, err := s.config()
	if err != nil {
		return nil, err
	}
	pages := mq.NewListBrokersPaginator(s.Account.MQ(), &mq.ListBrokersInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, one := range page.BrokerSummaries {
			if aws.ToString(one.BrokerName) == c.Messaging.Name {
				return s.Account.MQ().DescribeBroker(ctx, &mq.DescribeBrokerInput{BrokerId: one.BrokerId})
			}
		}
	}
	return nil, fmt.Errorf("the account has no broker %s in %s: is the stack deployed?", c.Messaging.Name, s.Account.Region())
}

// Messaging plans an upgrade of the broker. now reboots it, otherwise AWS upgrades it in the maintenance window.
func (s *Subject) Messaging(ctx context.Context, to string, now bool) (*Plan, error) {
	broker, err := s.broker(ctx)
	if err != nil {
		return nil, err
	}
	from, id := aws.ToString(broker.EngineVersion), aws.ToString(broker.BrokerId)
	plan := &Plan{}
	if plan.Warnings, err = s.step(versions.RabbitMQ, messagingKey, from, to, nil); err != nil {
		return nil, err
	}
	configure, err := s.configure("configure", []stack.Setting{{Key: messagingKey, Value: to}})
	if err != nil {
		return nil, err
	}
	runs := func(ctx context.Context) (bool, error) {
		b, err := s.broker(ctx)
		return err == nil && versions.Same(aws.ToString(b.EngineVersion), to) &&
			b.BrokerState == mqtypes.BrokerStateRunning, err
	}
	begun := func(ctx context.Context) (bool, error) {
		b, err := s.broker(ctx)
		return err == nil && (versions.Same(aws.ToString(b.EngineVersion), to) ||
			b.BrokerState == mqtypes.BrokerStateRebootInProgress), err
	}
	scheduled := func(ctx context.Context) (bool, error) {
		if yes, err := begun(ctx); yes || err != nil {
			return yes, err
		}
		b, err := s.broker(ctx)
		return err == nil && versions.Same(aws.ToString(b.PendingEngineVersion), to), err
	}
	gate := health{groups: []string{messagingChecks}, differs: []string{"messaging-version"}}
	plan.Steps = []steps.Step{
		s.healthyBefore(gate, begun),
		s.keptCopy(kept{what: "the definitions of the broker", metric: "BrokerDefinitionsKept", window: 3 * time.Hour}, begun),
		configure, s.up("AWS is told to upgrade the broker from "+from+" to "+to, scheduled),
	}
	plan.WayBack = []string{
		"an engine version cannot be lowered: replace the broker, which loses its messages, and import the definitions " +
			"(docs/restore.md, \"The definitions of the broker\")",
	}
	after := s.healthyAfter(gate, runs)
	if !now {
		return s.orLater(ctx, plan, windowOf(broker), runs, after)
	}
	plan.Steps = append(plan.Steps, steps.Step{
		Name: "upgrade now", Limit: nowLimit, Done: runs,
		Does: "the nodes of the broker restart, one at a time in a cluster; clients reconnect",
		Do: func(ctx context.Context) error {
			if yes, err := begun(ctx); yes || err != nil {
				return err
			}
			if id == "" {
				return errors.New("the broker has no id")
			}
			_, err := s.Account.MQ().RebootBroker(ctx, &mq.RebootBrokerInput{BrokerId: &id})
			return err
		},
	}, after)
	return plan, nil
}

// windowOf is the maintenance window of a broker in words.
func windowOf(b *mq.DescribeBrokerOutput) string {
	w := b.MaintenanceWindowStartTime
	if w == nil {
		return "of the broker"
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s %s", w.DayOfWeek, aws.ToString(w.TimeOfDay), aws.ToString(w.TimeZone)))
}
