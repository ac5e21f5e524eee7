package change

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/nodes"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/stack"
)

// Restore is a restore of the rows into the deployed stack.
type Restore struct {
	// Snapshot is the name or the ARN of a cluster snapshot; that of a recovery point of AWS Backup is one.
	Snapshot string
	// EngineVersion of the new cluster; empty for that of the configuration.
	EngineVersion string
	// Release of Morpheus that wrote the rows; its version is empty for the deployed one.
	Release Release
	// Again restores once more what the stack has been restored from.
	Again bool
	// WithoutSnapshot gives up the present rows: a cluster that is not available cannot be saved.
	WithoutSnapshot bool
	// SecretFits says that a younger appliance secret has the value of the snapshot's time.
	SecretFits bool
}

// Outputs of a stack that a restore reads.
const (
	endpointOutput = "databaseEndpoint"
	secretOutput   = "applianceSecretArn" // #nosec G101 -- a name
)

// databaseTier is the name of the tier in safety.allowReplace.
const databaseTier = "database"

// restore is a restore with what has been found out.
type restore struct {
	Restore

	subject *Subject
	from    *source
	// family is the name of the cluster that this snapshot is restored into, and target that of this restore: a further
	// one of the same snapshot has a number behind it.
	family, target string
	// work names it for the hold of the group, and since is when that began.
	work  string
	since time.Time
	// settings are those of the new cluster.
	settings []stack.Setting
}

// sinceWord separates the name of the work from the time of its hold.
const sinceWord = " since "

// RestoreDatabase plans a restore. What it refuses is refused before anything changes.
func (s *Subject) RestoreDatabase(ctx context.Context, given Restore) (*Plan, error) {
	c, err := s.config()
	if err != nil {
		return nil, err
	}
	release, err := s.restorable(ctx, c)
	if err != nil {
		return nil, err
	}
	r := &restore{Restore: given, subject: s}
	if r.from, err = s.source(ctx, c, given.Snapshot); err != nil {
		return nil, err
	}
	r.family = familyOf(c.Database.Name, r.from)
	r.target = r.nextTarget(c)
	plan := &Plan{}
	if plan.Warnings, err = r.refuse(ctx, c); err != nil {
		return nil, err
	}
	if err := r.takeUp(ctx); err != nil {
		return nil, err
	}
	if err := s.refuseSecondRollout(ctx, r.begun); err != nil {
		return nil, err
	}
	if r.settings, err = r.changes(c, release); err != nil {
		return nil, err
	}
	return r.plan(ctx, c, plan, release)
}

// restorable refuses a stack that this command cannot restore, and returns the release of its last update.
func (s *Subject) restorable(ctx context.Context, c *config.Config) (release string, err error) {
	if c.Recovery.Restored() {
		return "", errors.New("recovery.mode: restored needs database.snapshotIdentifier for good, which the last step of this " +
			`command removes: follow its steps by hand, and keep the key (docs/restore.md, "Into the same stack")`)
	}
	if c.GlobalDatabase() != "" || c.Recovery.TakesOver() {
		return "", errors.New("recovery.mode: the cluster is part of a global database, and RDS makes no member of one from a " +
			`snapshot: give up the region first (docs/recovery.md, "Give up the region"), restore, and add it again`)
	}
	others := slices.DeleteFunc(slices.Clone(c.Safety.AllowReplace), func(tier string) bool {
		return tier == databaseTier
	})
	if len(others) > 0 {
		return "", fmt.Errorf("safety.allowReplace: remove %s first: the updates of this restore could replace it too, and the "+
			"last one removes the key", strings.Join(others, ", "))
	}
	release, err = s.deployedRelease(ctx)
	if err == nil && release == "" {
		err = fmt.Errorf("the stack has no output %s: it has never been deployed (docs/restore.md, \"Into a new stack\")",
			deployedOutput)
	}
	return release, err
}

// inWork reports whether the configuration has what a restore sets until its end.
func (r *restore) inWork(c *config.Config) bool {
	return c.Database.SnapshotIdentifier == r.from.use() && slices.Contains(c.Safety.AllowReplace, databaseTier)
}

// number of a cluster among those of the family: 1, 2 and so on; 0 for another cluster.
func (r *restore) number(name string) int {
	rest, isOurs := strings.CutPrefix(name, r.family)
	if !isOurs {
		return 0
	}
	if rest == "" {
		return 1
	}
	n, err := strconv.Atoi(strings.TrimPrefix(rest, "-"))
	if err != nil {
		return 0
	}
	return n
}

// nextTarget is the name of the cluster of this restore: that of one under way, or of one that has ended, unless it is to
// be done again.
func (r *restore) nextTarget(c *config.Config) string {
	n := r.number(c.Database.Name)
	switch {
	case n == 0:
		return r.family
	case r.Again && !r.inWork(c):
		return fmt.Sprintf("%s-%d", r.family, n+1)
	}
	return c.Database.Name
}

// begun reports whether the configuration names the new cluster: from then on an update replaces the old one.
func (r *restore) begun(context.Context) (bool, error) {
	c, err := r.subject.config()
	return err == nil && c.Database.Name == r.target, err
}

// closed reports whether the configuration has lost what a restore sets until its end.
func (r *restore) closed(context.Context) (bool, error) {
	c, err := r.subject.config()
	return err == nil && c.Database.Name == r.target && !r.inWork(c), err
}

// deployed reports whether an update with the new cluster has ended.
func (r *restore) deployed(ctx context.Context) (bool, error) {
	if yes, err := r.begun(ctx); !yes || err != nil {
		return false, err
	}
	outputs, err := stack.ReadOutputs(ctx, r.subject.Pulumi, r.subject.Stack)
	return err == nil && strings.HasPrefix(outputs[endpointOutput], r.target+"."), err
}

// complete reports whether all nodes use the new cluster.
func (r *restore) complete(ctx context.Context) (bool, error) {
	if yes, err := r.deployed(ctx); !yes || err != nil {
		return false, err
	}
	return r.subject.allOfTemplate(ctx)
}

// refuse looks at the snapshot, at the present cluster and at the names.
func (r *restore) refuse(ctx context.Context, c *config.Config) (warnings []string, err error) {
	if yes, err := r.closed(ctx); yes || err != nil {
		return nil, err // the end of a restore looks at nothing of this
	}
	version := c.Database.EngineVersion
	if r.EngineVersion != "" {
		version = r.EngineVersion
	}
	if warnings, err = r.subject.check(ctx, r.from, version); err != nil {
		return nil, err
	}
	if err := r.refuseSecret(ctx); err != nil {
		return nil, err
	}
	if yes, err := r.begun(ctx); yes || err != nil {
		return warnings, err
	}
	taken, err := r.subject.clusterNamed(ctx, r.target)
	if err != nil {
		return nil, err
	}
	if taken != nil {
		return nil, fmt.Errorf("database.name: the account has a cluster %s already, and it is not the stack's: delete it",
			r.target)
	}
	return warnings, r.refusePresent(ctx, c)
}

// refuseSecret refuses a snapshot of before the appliance secret: the rows are encrypted with another one.
func (r *restore) refuseSecret(ctx context.Context) error {
	outputs, err := stack.ReadOutputs(ctx, r.subject.Pulumi, r.subject.Stack)
	arn := outputs[secretOutput]
	if err != nil || arn == "" || r.SecretFits {
		return err
	}
	secret, err := r.subject.Account.Secrets().DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: &arn})
	if err != nil {
		return err
	}
	made, taken := aws.ToTime(secret.CreatedDate).UTC(), aws.ToTime(r.from.SnapshotCreateTime).UTC()
	if !taken.Before(made) {
		return nil
	}
	return fmt.Errorf("--snapshot: is of %s, and the appliance secret was created at %s: nobody can decrypt older rows with it; "+
		"if somebody has put the value of that time into it, give --secret-fits (docs/restore.md, \"Keep the appliance secret\")",
		taken.Format(time.RFC3339), made.Format(time.RFC3339))
}

// refusePresent refuses to begin if the present cluster cannot be saved, or is lost and still in the state.
func (r *restore) refusePresent(ctx context.Context, c *config.Config) error {
	name := c.Database.Name
	present, err := r.subject.clusterNamed(ctx, name)
	if err != nil {
		return err
	}
	if present == nil {
		state, err := stack.ReadState(ctx, r.subject.Pulumi, r.subject.Stack)
		if err == nil && len(state.Of(awstoken.RDSCluster)) > 0 {
			err = fmt.Errorf("the cluster %s is in the state and not in the account: run `pulumi refresh --stack %s` first, "+
				"so that the next update makes another one", name, r.subject.Stack)
		}
		return err
	}
	switch status := aws.ToString(present.Status); {
	case status == "available", status == "backing-up", r.WithoutSnapshot:
		return nil
	default:
		return fmt.Errorf("the cluster %s is %s, and only an available one can be saved: wait, repair it, or give "+
			"--without-snapshot, which gives its rows up", name, status)
	}
}

// clusterNamed returns a cluster of the account; nil for none.
func (s *Subject) clusterNamed(ctx context.Context, name string) (*rdstypes.DBCluster, error) {
	found, err := s.Account.RDS().DescribeDBClusters(ctx, &rds.DescribeDBClustersInput{DBClusterIdentifier: &name})
	if account.IsCode(err, "DBClusterNotFoundFault") || err == nil && len(found.DBClusters) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &found.DBClusters[0], nil
}

// takeUp finds out whether an earlier run holds the nodes, and refuses to begin while other work does.
func (r *restore) takeUp(ctx context.Context) error {
	held, err := r.subject.Nodes.Held(ctx)
	if err != nil {
		return err
	}
	now := r.subject.clock().Now().UTC().Format(snapshotTime)
	r.work = "restore " + r.target + sinceWord + now
	if before, at, isWork := strings.Cut(held.Work, sinceWord); isWork && before == "restore "+r.target {
		r.work, now = held.Work, at
	} else if held.Work != "" && held.Work != r.endWork() {
		return fmt.Errorf("%w: %q; end that first", nodes.ErrHeld, held.Work)
	}
	r.since, err = time.Parse(snapshotTime, now)
	return err
}

// endWork names the last step for the hold of the group.
func (r *restore) endWork() string { return "end of restore " + r.target }

// changes of the configuration with which the next update makes the new cluster.
func (r *restore) changes(c *config.Config, release string) ([]stack.Setting, error) {
	out := []stack.Setting{
		{Key: nameKey, Value: r.target}, {Key: snapshotKey, Value: r.from.use()}, {Key: guardKey, Value: "false"},
	}
	if r.EngineVersion != "" {
		out = append(out, stack.Setting{Key: databaseKey, Value: r.EngineVersion})
	}
	if r.Release.Version == "" || r.Release.Version == c.Morpheus.Version && release == c.Morpheus.Version {
		return out, nil
	}
	of, err := r.Release.settings(c)
	if err != nil {
		return nil, err
	}
	if release != r.Release.Version {
		of = append(of, stack.Setting{Key: upgradeKey, Value: release + " -> " + r.Release.Version})
	}
	return append(out, of...), nil
}
