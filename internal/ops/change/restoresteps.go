package change

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/stack"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/steps"
)

// beforeRestore is in the names of the snapshots of the present rows.
const beforeRestore = "restore"

// plan puts the steps into their order. The protection ends before the UI stops, because that update serves meanwhile and
// finds out whether the stack can be updated at all. The present rows are saved when nobody writes any more.
func (r *restore) plan(ctx context.Context, c *config.Config, plan *Plan, release string) (*Plan, error) {
	s := r.subject
	allow, err := s.configure("allow", []stack.Setting{{Key: replaceKey + "[0]", Value: databaseTier}})
	if err != nil {
		return nil, err
	}
	configure, err := s.configure("configure", r.settings)
	if err != nil {
		return nil, err
	}
	still := standstill{subject: s, work: r.work, nodes: r.allNodes, begun: r.begun, complete: r.complete}
	present := saving{cluster: c.Database.Name, to: beforeRestore, begun: r.begun, since: r.since}
	begun, err := r.begun(ctx)
	if err != nil {
		return nil, err
	}
	exists, err := s.clusterNamed(ctx, present.cluster)
	if err != nil {
		return nil, err
	}

	list := []steps.Step{r.unless(r.begun, allow), r.unprotect(), still.hold(), still.stop()}
	if r.from.copied != "" {
		list = slices.Insert(list, 0, r.keep())
	}
	switch {
	case begun: // an earlier run has saved it, under the name of before
	case exists == nil:
		plan.Warnings = append(plan.Warnings, "the cluster "+present.cluster+" does not exist: there are no rows to save")
	case r.WithoutSnapshot:
		plan.Warnings = append(plan.Warnings, "the present rows of "+present.cluster+" are not saved by this command")
	default:
		list = append(list, s.snapshot(present))
	}
	list = append(list, configure)
	list = append(list, s.rollout(rollout{
		does:     "the old cluster is deleted, " + r.target + " is made from " + r.from.use() + ", and all nodes are replaced",
		deployed: r.deployed, complete: r.complete, unguarded: true,
	})...)
	list = append(list, still.release())
	for _, step := range list {
		plan.Steps = append(plan.Steps, r.unless(r.closed, step))
	}
	gate := health{groups: []string{nodeChecks, balancerChecks, outsideChecks, databaseChecks, fileChecks}}
	plan.Steps = append(plan.Steps, r.close(), s.healthyAfter(gate, r.closed))
	plan.About = []string{r.from.describe(s.clock().Now())}
	plan.Warnings = append(plan.Warnings, r.releaseWarning(release))
	plan.Next = "restore the shared files of the same time, if they were lost too (docs/runbooks/restore-files.md), and commit " +
		"the stack file: " + nameKey + " stays"
	plan.WayBack = []string{fmt.Sprintf("ops restore database --stack %s lists the snapshots: restore the newest one named "+
		"...-before-%s-<time>", s.Stack, beforeRestore)}
	return plan, nil
}

// releaseWarning says of which release the nodes will be: no snapshot tells which one wrote its rows.
func (r *restore) releaseWarning(release string) string {
	if r.Release.Version != "" {
		release = r.Release.Version
	}
	return fmt.Sprintf("the new nodes are of Morpheus %s, and the snapshot does not say which release wrote its rows: an older "+
		"schema is upgraded by the first node, a newer one cannot be used; give --release for that of the snapshot", release)
}

// unless skips a step when something is so already.
func (r *restore) unless(is func(context.Context) (bool, error), step steps.Step) steps.Step {
	done := step.Done
	step.Done = func(ctx context.Context) (bool, error) {
		if yes, err := is(ctx); yes || err != nil {
			return yes, err
		}
		return done(ctx)
	}
	return step
}

// keep copies an automatic snapshot: RDS deletes it with its cluster, which the update deletes first.
func (r *restore) keep() steps.Step {
	s, o := r.subject, r.from
	return r.unless(r.begun, steps.Step{
		Name: "keep", Limit: snapshotLimit,
		Does: "copy the automatic snapshot to " + o.copied + ", because RDS deletes it with its cluster",
		Done: func(ctx context.Context) (bool, error) {
			one, err := s.findSnapshot(ctx, o.copied)
			if err != nil || one == nil {
				return false, err
			}
			return isAvailable(one)
		},
		Do: func(ctx context.Context) error {
			if one, err := s.findSnapshot(ctx, o.copied); err != nil || one != nil {
				return err // an earlier run has begun it
			}
			_, err := s.Account.RDS().CopyDBClusterSnapshot(ctx, &rds.CopyDBClusterSnapshotInput{
				SourceDBClusterSnapshotIdentifier: &o.id, TargetDBClusterSnapshotIdentifier: &o.copied, CopyTags: aws.Bool(true),
			})
			return err
		},
	})
}

// unprotect is the first update: the guard refuses a replacement in the same update as the end of the protection.
func (r *restore) unprotect() steps.Step {
	s := r.subject
	const does = "the database may be replaced: its protection ends; users are still served"
	step := s.up(does, func(ctx context.Context) (bool, error) {
		if yes, err := r.begun(ctx); yes || err != nil {
			return yes, err
		}
		c, err := s.config()
		if err != nil || !slices.Contains(c.Safety.AllowReplace, databaseTier) {
			return false, err
		}
		state, err := stack.ReadState(ctx, s.Pulumi, s.Stack)
		for _, cluster := range state.Of(awstoken.RDSCluster) {
			if cluster.Protect || cluster.Outputs["deletionProtection"] == true {
				return false, err
			}
		}
		return err == nil, err
	})
	step.Name = "unprotect"
	return step
}

// allNodes are the instances of the group.
func (r *restore) allNodes(ctx context.Context) (out []string, err error) {
	all, err := r.subject.nodes(ctx)
	for _, n := range all {
		out = append(out, n.id)
	}
	return out, err
}

// close takes back what the restore has set, and updates the stack once more. The tag of the group tells the next run that
// this update has not ended.
func (r *restore) close() steps.Step {
	s := r.subject
	keys := []string{replaceKey, snapshotKey, guardKey}
	return steps.Step{
		Name: "close", Limit: upLimit,
		Does: "pulumi up without safety.allowReplace, " + snapshotKey + " and " + guardKey + ": the database is protected again",
		Done: func(ctx context.Context) (bool, error) {
			if yes, err := r.closed(ctx); !yes || err != nil {
				return false, err
			}
			if held, err := s.Nodes.Held(ctx); err != nil || held.Work == r.endWork() {
				return false, err
			}
			return r.isProtected(ctx)
		},
		Do: func(ctx context.Context) error {
			if err := s.Nodes.Hold(ctx, r.endWork(), nil); err != nil {
				return err
			}
			if yes, err := r.closed(ctx); err != nil {
				return err
			} else if !yes {
				if err := stack.Unset(ctx, s.Pulumi, s.Stack, keys...); err != nil {
					return err
				}
			}
			if err := stack.Up(ctx, s.Pulumi, s.Stack); err != nil {
				return err
			}
			return s.Nodes.Release(ctx)
		},
	}
}

// isProtected reports whether the new cluster has the protection of its environment.
func (r *restore) isProtected(ctx context.Context) (bool, error) {
	c, err := r.subject.config()
	if err != nil {
		return false, err
	}
	protection, err := c.ProtectionOf(databaseTier)
	if err != nil {
		return false, err
	}
	cluster, err := r.subject.cluster(ctx)
	return err == nil && aws.ToBool(cluster.DeletionProtection) == protection.DeletionProtection, err
}
