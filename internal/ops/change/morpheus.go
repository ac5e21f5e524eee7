package change

import (
	"context"
	"errors"
	"fmt"

	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/nodes"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/stack"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/steps"
	"github.com/morpheus-ha/morpheus-aws/internal/versions"
)

// Nodes is what an upgrade of Morpheus needs of the nodes: a *nodes.Group.
type Nodes interface {
	Hold(ctx context.Context, work string, processes []string) error
	Held(ctx context.Context) (nodes.Held, error)
	Release(ctx context.Context) error
	Run(ctx context.Context, node string, s nodes.Script) (nodes.Output, error)
}

// Release is the release of Morpheus to upgrade to.
type Release struct {
	Version string
	// PackageURL and PackageSHA256 are empty if the configuration has them already. The supplemental ones are only needed if
	// the configuration has such a package.
	PackageURL, PackageSHA256           string
	SupplementalURL, SupplementalSHA256 string
}

// deployedOutput is the output with the release that the last finished update has deployed.
const deployedOutput = "morpheusVersion"

// deployedRelease is the release of the last finished update.
func (s *Subject) deployedRelease(ctx context.Context) (string, error) {
	outputs, err := stack.ReadOutputs(ctx, s.Pulumi, s.Stack)
	return outputs[deployedOutput], err
}

// settings of a release, with what the configuration must have for it.
func (r Release) settings(c *config.Config) ([]stack.Setting, error) {
	m := c.Morpheus
	given := func(key, flag, value, now string) (stack.Setting, error) {
		if value == "" && m.Version != r.Version {
			return stack.Setting{}, fmt.Errorf("--%s is required: %s is still that of %s", flag, key, m.Version)
		}
		if value == "" {
			value = now
		}
		return stack.Setting{Key: key, Value: value}, nil
	}
	out := []stack.Setting{{Key: releaseKey, Value: r.Version}}
	var problems error
	add := func(key, flag, value, now string) {
		setting, err := given(key, flag, value, now)
		out, problems = append(out, setting), errors.Join(problems, err)
	}
	add(packageKey, "package", r.PackageURL, m.PackageURL)
	add(packageSumKey, "package-sha256", r.PackageSHA256, m.PackageSHA256)
	if m.SupplementalURL != "" || r.SupplementalURL != "" {
		add(supplementalKey, "supplemental", r.SupplementalURL, m.SupplementalURL)
		add(supplementalSumKey, "supplemental-sha256", r.SupplementalSHA256, m.SupplementalSHA256)
	}
	if problems == nil && m.Version != r.Version && r.PackageSHA256 == m.PackageSHA256 {
		problems = fmt.Errorf("--package-sha256: must be that of the package of %s, got that of %s", r.Version, m.Version)
	}
	return out, problems
}

// Morpheus plans an upgrade of the appliance. Which path it takes, and what is refused, is in internal/versions;
// morpheus.upgrade names what that would refuse, and a rolling upgrade.
func (s *Subject) Morpheus(ctx context.Context, r Release) (*Plan, error) {
	c, err := s.config()
	if err != nil {
		return nil, err
	}
	from, err := s.deployedRelease(ctx)
	if err != nil {
		return nil, err
	}
	if from == "" {
		return nil, fmt.Errorf("the stack has no output %s: it has never been deployed; run pulumi up", deployedOutput)
	}
	path, why, err := versions.Upgrade(from, r.Version, c.Morpheus.Upgrade)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", releaseKey, err)
	}
	settings, err := r.settings(c)
	if err != nil {
		return nil, err
	}
	configure, err := s.configure("configure", settings)
	if err != nil {
		return nil, err
	}
	u := upgrade{subject: s, from: from, to: r.Version, work: "upgrade to " + r.Version, stopAll: path == versions.StopAll}
	if err := u.takeUp(ctx); err != nil {
		return nil, err
	}
	if err := s.refuseSecondRollout(ctx, u.begun); err != nil {
		return nil, err
	}
	plan, err := u.plan(ctx, c, configure)
	if err != nil {
		return nil, err
	}
	if why != "" {
		plan.Warnings = append(plan.Warnings, why)
	}
	plan.WayBack = s.wayBack(c, from, r.Version)
	return plan, nil
}

// upgrade of Morpheus.
type upgrade struct {
	subject *Subject
	// from is the release of the last finished update: to, once the update of this upgrade has ended.
	from, to string
	// work names it for the hold of the group.
	work string
	// stopAll stops the UI of all nodes before, and holds their group.
	stopAll bool
}

// takeUp finds out whether an earlier run has stopped the nodes: after its update the path is not known any more. It
// refuses to begin while other work holds the nodes.
func (u *upgrade) takeUp(ctx context.Context) error {
	held, err := u.subject.Nodes.Held(ctx)
	if err != nil {
		return err
	}
	if held.Work != "" && held.Work != u.work {
		return fmt.Errorf("%w: %q; end that first", nodes.ErrHeld, held.Work)
	}
	suspended, err := u.subject.suspended(ctx)
	if err != nil {
		return err
	}
	complete, err := u.complete(ctx)
	u.stopAll = u.stopAll || held.Work == u.work || u.from == u.to && suspended && !complete
	return err
}

// plan puts the steps into their order: what is saved is saved before the UI stops, and that before anything changes.
func (u upgrade) plan(ctx context.Context, c *config.Config, configure steps.Step) (*Plan, error) {
	s := u.subject
	still := standstill{
		subject: s, work: u.work, of: " of the old release", nodes: u.old, begun: u.begun, complete: u.complete,
	}
	gate := health{
		groups:  []string{nodeChecks, balancerChecks, outsideChecks, databaseChecks, fileChecks},
		differs: []string{"nodes-release", "nodes-rollout"},
	}
	plan := &Plan{Steps: []steps.Step{
		s.healthyBefore(gate, u.stopped), s.snapshot(saving{cluster: c.Database.Name, to: u.to, begun: u.begun}),
	}}
	files, hasVault, err := s.filesOf(ctx)
	if err != nil {
		return nil, err
	}
	if hasVault {
		plan.Steps = append(plan.Steps, s.saveFiles(files, u.begun))
	} else {
		plan.Warnings = append(plan.Warnings, "the stack has no vault: save the shared files yourself (docs/nodes.md, "+
			"\"Back up before an upgrade\")")
	}
	plan.Steps = append(plan.Steps, configure)
	does := "one node after the other is replaced by nodes of " + u.to
	if u.stopAll {
		does = "all nodes are replaced by nodes of " + u.to + ", and the first new one upgrades the schema alone"
		plan.Steps = append(plan.Steps, still.hold(), still.stop())
	}
	plan.Steps = append(plan.Steps, s.rollout(rollout{
		does: does, deployed: u.deployed, complete: u.complete, unguarded: u.stopAll,
	})...)
	if u.stopAll {
		plan.Steps = append(plan.Steps, still.release())
	}
	if u.stopAll || u.from == u.to && !c.Cluster.RolloutGuard {
		plan.Steps = append(plan.Steps, s.guardOn(u.complete))
	}
	plan.Steps = append(plan.Steps, s.healthyAfter(gate, u.complete))
	return plan, nil
}

// begun reports whether the group has been told to launch nodes of the new release.
func (u upgrade) begun(ctx context.Context) (bool, error) {
	release, err := u.subject.groupRelease(ctx)
	return release == u.to, err
}

// stopped reports whether the stack need not be healthy any more: the upgrade has begun, or this work holds its nodes.
func (u upgrade) stopped(ctx context.Context) (bool, error) {
	if yes, err := u.begun(ctx); yes || err != nil {
		return yes, err
	}
	held, err := u.subject.Nodes.Held(ctx)
	return held.Work == u.work, err
}

// deployed reports whether an update to the new release has ended: one that was interrupted must run again.
func (u upgrade) deployed(ctx context.Context) (bool, error) {
	release, err := u.subject.deployedRelease(ctx)
	if err != nil || release != u.to {
		return false, err
	}
	return u.begun(ctx)
}

// complete reports whether all nodes are of the new release.
func (u upgrade) complete(ctx context.Context) (bool, error) {
	all, err := u.subject.nodes(ctx)
	for _, n := range all {
		if n.release != u.to {
			return false, err
		}
	}
	return len(all) > 0, err
}

// old are the nodes of another release.
func (u upgrade) old(ctx context.Context) (out []string, err error) {
	all, err := u.subject.nodes(ctx)
	for _, n := range all {
		if n.release != u.to {
			out = append(out, n.id)
		}
	}
	return out, err
}

// guardOn turns the guard of rollouts on, if a rollout had to be started again without it.
func (s *Subject) guardOn(complete func(context.Context) (bool, error)) steps.Step {
	on := func() (bool, error) {
		c, err := s.config()
		return err == nil && c.Cluster.RolloutGuard, err
	}
	return steps.Step{
		Name: "guard", Does: "a rollout stops again while too few nodes are healthy (" + guardKey + "); this replaces nothing",
		Limit: settingLimit,
		Done:  func(context.Context) (bool, error) { return on() },
		Do: func(ctx context.Context) error {
			if yes, err := complete(ctx); !yes || err != nil {
				return err
			}
			return s.upWithout(ctx, guardKey)
		},
	}
}

// upWithout removes a key and updates the stack. If the update fails, the key is set again, so that the next run sees that
// it is still to be done.
func (s *Subject) upWithout(ctx context.Context, key string) error {
	c, err := s.config()
	if err != nil {
		return err
	}
	before := valueOf(c, key)
	if err := stack.Unset(ctx, s.Pulumi, s.Stack, key); err != nil {
		return err
	}
	err = stack.Up(ctx, s.Pulumi, s.Stack)
	if err == nil {
		return nil
	}
	return errors.Join(err, stack.Set(context.WithoutCancel(ctx), s.Pulumi, s.Stack, stack.Setting{Key: key, Value: before}))
}

// wayBack from an upgrade.
func (s *Subject) wayBack(c *config.Config, from, to string) []string {
	if from == to {
		return nil
	}
	m := c.Morpheus
	packages := "--package and --package-sha256 of its package"
	if m.Version == from {
		packages = fmt.Sprintf("--package %s --package-sha256 %s", m.PackageURL, m.PackageSHA256)
		if m.SupplementalURL != "" {
			packages += fmt.Sprintf(" --supplemental %s --supplemental-sha256 %s", m.SupplementalURL, m.SupplementalSHA256)
		}
	}
	return []string{
		"the vendor cannot downgrade the schema: restore the rows, and the files of the same time, with the old release",
		fmt.Sprintf("ops restore database --stack %s --snapshot %s<time> --release %s %s", s.Stack,
			snapshotPrefix(c.Database.Name, to), from, packages),
	}
}
