// Package region makes the moves of package recovery on two deployed stacks: it reads them through the Pulumi CLI, and
// updates them when a step asks for it.
package region

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/contract"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/recovery"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/stack"
)

// Pair is a stack and the stack of its recovery region.
type Pair struct {
	// First is the name of the stack with data of its own, Other that of the recovery region's.
	First, Other string
	// Folder is that of Pulumi.yaml, and Pulumi runs the CLI there.
	Folder string
	Pulumi stack.Run
	// Services are the services of a region, and DNS is Route 53.
	Services func(region string) recovery.API
	DNS      recovery.DNS
}

// keys that the moves change.
const (
	modeKey       = "recovery.mode"
	failedOverKey = "recovery.failedOver"
	replaceKey    = "safety.allowReplace"
)

// givenUp are the tiers of the recovery region that stand by without their data.
var givenUp = []string{"messaging", "search"}

// stacks are what the moves need to know of both stacks.
type stacks struct {
	first, other config.Config
	from, to     recovery.Side
	// copies are nil if the other stack follows the first one's data.
	copies *recovery.Copies
}

// Move is a move of the service with what remains to do by hand.
type Move struct {
	*recovery.Move
	pair *Pair
}

// Failover returns the move to the recovery region; unplanned is one without the first region.
func (p *Pair) Failover(ctx context.Context, unplanned bool) (*Move, error) {
	s, err := p.read(ctx)
	if err != nil {
		return nil, err
	}
	if s.copies != nil && !unplanned {
		return nil, fmt.Errorf("stack %s: %s is %q, a planned failover needs %q: all that was written since the newest copy, up to a "+
			"day, would be lost although %s still has it; with --unplanned it is given up", p.First, modeKey, s.first.Recovery.Mode,
			config.RecoveryPilotLight, s.from.Region)
	}
	m := p.move(s, s.from, s.to)
	m.Unplanned = unplanned
	return m, nil
}

// Failback returns the move back to the first region, after its stack was updated with recovery.failedOver.
func (p *Pair) Failback(ctx context.Context) (*Move, error) {
	s, err := p.read(ctx)
	if err != nil {
		return nil, err
	}
	if s.copies != nil {
		return nil, fmt.Errorf("stack %s: %s is %q, a failback needs %q: nothing copies rows and files back; "+
			"docs/runbooks/lose-a-region.md says how the service moves on", p.First, modeKey, s.first.Recovery.Mode,
			config.RecoveryPilotLight)
	}
	// A step would take the replication of before the failover for a new one.
	copies, err := s.from.Stack.Serves(ctx)
	if err != nil {
		return nil, err
	}
	if copies && s.first.Recovery.FailedOver {
		return nil, fmt.Errorf("the state of the stack %s is of before the failover: run `pulumi up --stack %s` first",
			p.First, p.First)
	}
	return p.move(s, s.to, s.from), nil
}

func (p *Pair) move(s *stacks, from, to recovery.Side) *Move {
	return &Move{pair: p, Move: &recovery.Move{
		From: from, To: to, Global: config.GlobalDatabaseOf(p.First), DNS: p.DNS, ZoneID: s.first.DNS.HostedZoneID,
		HostName: s.first.DNS.HostName, Copies: s.copies,
	}}
}

// read reads both stacks and refuses what is no pair.
func (p *Pair) read(ctx context.Context) (*stacks, error) {
	first, err := stack.Load(p.Folder, p.First)
	if err != nil {
		return nil, fmt.Errorf("stack %s: %w", p.First, err)
	}
	if !first.Recovery.On() {
		return nil, fmt.Errorf("stack %s: %s is %q, must be %q or %q: nothing of its data is elsewhere", p.First, modeKey,
			first.Recovery.Mode, config.RecoveryBackup, config.RecoveryPilotLight)
	}
	other, err := stack.Load(p.Folder, p.Other)
	if err != nil {
		return nil, fmt.Errorf("stack %s: %w", p.Other, err)
	}
	if !other.Recovery.TakesOver() || other.Recovery.PrimaryStack != p.First {
		return nil, fmt.Errorf("stack %s: recovery.role and recovery.primaryStack are %q and %q, must be %q and %q", p.Other,
			other.Recovery.Role, other.Recovery.PrimaryStack, config.RoleRecovery, p.First)
	}
	if allowed := other.Safety.AllowReplace; len(allowed) > 0 && !slices.Equal(allowed, givenUp) {
		return nil, fmt.Errorf("stack %s: remove %s first: the failback sets it and removes it again", p.Other, replaceKey)
	}
	s := &stacks{first: *first, other: *other}
	if !first.Recovery.Follows() {
		return s, p.readCopies(ctx, s)
	}
	if other.Recovery.Restored() {
		return nil, fmt.Errorf("stack %s: %s is %q, must be %q or %q: the data of %s follow, and are newer than any copy of a recovery "+
			"point", p.Other, modeKey, other.Recovery.Mode, config.RecoveryPilotLight, config.RecoveryActive, p.First)
	}
	if s.from, err = p.side(ctx, p.First, first); err != nil {
		return nil, err
	}
	if s.to, err = p.side(ctx, p.Other, other); err != nil {
		return nil, err
	}
	// The copy of a secret has the ARN of its original in another region.
	for _, arn := range s.from.Secrets {
		s.to.Secrets = append(s.to.Secrets, strings.Replace(arn, ":"+s.from.Region+":", ":"+s.to.Region+":", 1))
	}
	return s, nil
}

// of is what the configuration of a stack says of its side.
func (p *Pair) of(name string, c *config.Config) recovery.Side {
	return recovery.Side{
		Region: c.AWS.Region, API: p.Services(c.AWS.Region), Group: c.GroupName(), Stack: &deployment{pair: p, name: name, config: *c},
		MinSize: int32(c.Cluster.MinSize), MaxSize: int32(c.Cluster.MaxSize), // #nosec G115 -- the configuration limits both
	}
}

// side is a deployed stack as the steps see it.
func (p *Pair) side(ctx context.Context, name string, c *config.Config) (recovery.Side, error) {
	side := p.of(name, c)
	all, err := stack.ReadAllOutputs(ctx, p.Pulumi, name)
	if err != nil {
		return side, err
	}
	outputs := stack.Texts(all)
	if side.FileSystem = outputs["fileSystemId"]; side.FileSystem == "" {
		return side, fmt.Errorf("the stack %s has no output fileSystemId: deploy it first", name)
	}
	if name == p.First {
		for _, output := range []string{"applianceSecretArn", "databaseSecretArn", "databaseAdminSecretArn"} {
			if outputs[output] == "" {
				return side, fmt.Errorf("the stack %s has no output %s: deploy it first", name, output)
			}
			side.Secrets = append(side.Secrets, outputs[output])
		}
		if _, err := p.readContract(all); err != nil {
			return side, err
		}
	}
	state, err := stack.ReadState(ctx, p.Pulumi, name)
	if err != nil {
		return side, err
	}
	for _, cluster := range state.Of(awstoken.RDSCluster) {
		side.ClusterArn, _ = cluster.Outputs["arn"].(string)
	}
	if side.ClusterArn == "" {
		return side, fmt.Errorf("the state of the stack %s has no database cluster", name)
	}
	return side, nil
}

// readContract refuses a first stack that does not offer its data to the other one.
func (p *Pair) readContract(outputs map[string]any) (contract.Contract, error) {
	offered, err := contract.Read(p.First, outputs)
	if err != nil {
		return offered, err
	}
	if offered.RecoveryStack != p.Other {
		return offered, fmt.Errorf("the stack %s lets the stack %q follow it, not %q: see recovery.stack", p.First,
			offered.RecoveryStack, p.Other)
	}
	return offered, nil
}

// Failover runs the move, and then writes recovery.failedOver to the stack file of the first region: its next update must
// neither copy the files again nor start nodes.
func (m *Move) Failover(ctx context.Context) error {
	if _, err := m.Move.Failover(ctx); err != nil || m.DryRun {
		return err
	}
	return stack.Set(ctx, m.pair.Pulumi, m.pair.First, stack.Setting{Key: failedOverKey, Value: "true"})
}

// Failback runs the move back. The stack of the recovery region may then replace nothing any more.
func (m *Move) Failback(ctx context.Context) error {
	if _, err := m.Move.Failback(ctx); err != nil || m.DryRun {
		return err
	}
	other, err := stack.Load(m.pair.Folder, m.pair.Other)
	if err != nil || len(other.Safety.AllowReplace) == 0 {
		return err
	}
	return stack.Unset(ctx, m.pair.Pulumi, m.pair.Other, replaceKey)
}

// deployment is the stack of a region, which the CLI deploys.
type deployment struct {
	pair   *Pair
	name   string
	config config.Config
}

var _ recovery.Stack = (*deployment)(nil)

// Serves implements recovery.Stack: the first stack serves when it copies its files again, the other when it has nodes.
func (d *deployment) Serves(ctx context.Context) (bool, error) {
	state, err := stack.ReadState(ctx, d.pair.Pulumi, d.name)
	if err != nil {
		return false, err
	}
	token := awstoken.AutoScalingGroup
	if d.name == d.pair.First {
		token = awstoken.EFSReplication
	}
	return len(state.Of(token)) > 0, nil
}

// Serve implements recovery.Stack.
func (d *deployment) Serve(ctx context.Context) error {
	setting := stack.Setting{Key: modeKey, Value: config.RecoveryActive}
	if d.config.Recovery.Restored() {
		setting.Value = config.RecoveryRestored
	}
	if d.name == d.pair.First {
		setting = stack.Setting{Key: failedOverKey, Value: "false"}
	}
	return d.update(ctx, setting)
}

// Stand implements recovery.Stack. What is queued and indexed in the recovery region is given up for this update only.
func (d *deployment) Stand(ctx context.Context) error {
	settings := []stack.Setting{{Key: modeKey, Value: config.RecoveryPilotLight}}
	for i, tier := range givenUp {
		settings = append(settings, stack.Setting{Key: fmt.Sprintf("%s[%d]", replaceKey, i), Value: tier})
	}
	return d.update(ctx, settings...)
}

func (d *deployment) update(ctx context.Context, settings ...stack.Setting) error {
	if err := stack.Set(ctx, d.pair.Pulumi, d.name, settings...); err != nil {
		return err
	}
	return stack.Up(ctx, d.pair.Pulumi, d.name)
}

// Alias implements recovery.Stack.
func (d *deployment) Alias(ctx context.Context) (recovery.Alias, error) {
	outputs, err := stack.ReadOutputs(ctx, d.pair.Pulumi, d.name)
	if err != nil {
		return recovery.Alias{}, err
	}
	return recovery.Alias{Name: outputs["loadBalancerDnsName"], ZoneID: outputs["loadBalancerZoneId"]}, nil
}
