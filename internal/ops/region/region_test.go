package region_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/contract"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/opstest"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/recovery"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/region"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/stack"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/regions"
)

var regionOf = map[string]string{"prod": regions.Primary, "recovery": regions.Recovery}

// project is a folder with both stack files, and a CLI that deploys to the modelled regions.
type project struct {
	t      *testing.T
	world  *regions.World
	folder string
	values map[string]map[string]any // of the stack files
	// copies is true if prod has copies of its recovery points only.
	copies bool
	// stale keeps the former replication in the state of prod: nobody has updated it after the failover.
	stale bool
	// dies is the number of the changing command that fails once.
	dies, changes int
	commands      []string
}

func newProject(t *testing.T) *project {
	t.Helper()
	p := &project{t: t, world: regions.New(), values: map[string]map[string]any{}}
	for name := range regionOf {
		p.values[name] = opstest.Filled("123456789012")
	}
	maps.Copy(p.values["prod"], map[string]any{
		"recovery.mode": "pilotLight", "recovery.region": regions.Recovery, "database.administratorSecret": "own",
	})
	p.folder = opstest.Folder(t, p.values["prod"])
	opstest.WriteStack(t, p.folder, "recovery", p.values["recovery"])
	return p
}

func (p *project) pair() *region.Pair {
	sides := map[string]recovery.Side{}
	sides[regions.Primary], sides[regions.Recovery] = p.world.Sides()
	return &region.Pair{
		First: "prod", Other: "recovery", Folder: p.folder, Pulumi: p.pulumi,
		Services: func(name string) recovery.API { return sides[name].API },
		DNS:      p.world.Move(sides[regions.Primary], sides[regions.Recovery]).DNS,
	}
}

var errDied = errors.New("the session was lost")

func (p *project) pulumi(ctx context.Context, arguments ...string) ([]byte, error) {
	name := arguments[len(arguments)-1]
	of := regions.Stack{Region: p.world.Region(regionOf[name])}
	switch arguments[0] + " " + arguments[1] {
	case "stack output":
		return json.Marshal(p.outputs(name))
	case "stack export":
		return p.state(ctx, name, of)
	}
	if p.changes++; p.changes == p.dies {
		return nil, errDied
	}
	p.commands = append(p.commands, strings.Join(arguments, " "))
	switch arguments[0] {
	case "config":
		p.configure(name, arguments)
		return nil, nil
	case "up":
		return nil, p.up(ctx, name, of)
	}
	return nil, fmt.Errorf("unexpected command %v", arguments)
}

func (p *project) outputs(name string) map[string]any {
	at := regionOf[name]
	out := map[string]any{
		"fileSystemId":        p.world.Region(at).FileSystem,
		"loadBalancerDnsName": "alb." + at + ".elb.amazonaws.com", "loadBalancerZoneId": "Z1ALB",
		contract.Output: map[string]any{
			"version": contract.Version, "readable": contract.Readable, "mode": "pilotLight", "recoveryStack": "recovery",
		},
	}
	if p.copies {
		out[contract.Output] = map[string]any{
			"version": contract.Version, "readable": contract.Readable, "mode": "backup", "recoveryStack": "recovery",
			"copiesVault": regions.Vault, "restoreRoleArn": "role", "filesKeyArn": "key",
			"applianceSecretArn": regions.SecretArn(regions.Recovery, 0),
		}
	}
	for i, output := range []string{"applianceSecretArn", "databaseSecretArn", "databaseAdminSecretArn"} {
		out[output] = regions.SecretArn(at, i)
	}
	return out
}

func (p *project) state(ctx context.Context, name string, of regions.Stack) ([]byte, error) {
	resources := []map[string]any{{
		"type": awstoken.RDSCluster, "outputs": map[string]any{"arn": regions.ClusterArn(regionOf[name])},
	}}
	serves, err := of.Serves(ctx)
	if err != nil && name == "recovery" {
		return nil, err
	}
	token := map[string]string{"prod": awstoken.EFSReplication, "recovery": awstoken.AutoScalingGroup}[name]
	if serves || p.stale && name == "prod" {
		resources = append(resources, map[string]any{"type": token})
	}
	return json.Marshal(map[string]any{"deployment": map[string]any{"resources": resources}})
}

// configure does what `pulumi config set-all` and `rm` do.
func (p *project) configure(name string, arguments []string) {
	values := p.values[name]
	for _, argument := range arguments {
		setting, isKey := strings.CutPrefix(argument, config.Namespace+":")
		key, value, isSet := strings.Cut(setting, "=")
		list, _, isItem := strings.Cut(key, "[")
		switch {
		case !isKey:
		case !isSet:
			delete(values, key)
		case isItem && strings.HasSuffix(key, "[0]"):
			values[list] = []string{value}
		case isItem:
			before, _ := values[list].([]string)
			values[list] = append(before, value)
		case value == "true" || value == "false":
			values[key] = value == "true"
		default:
			values[key] = value
		}
	}
	opstest.WriteStack(p.t, p.folder, name, values)
}

func (p *project) up(ctx context.Context, name string, of regions.Stack) error {
	c, err := stack.Load(p.folder, name)
	switch {
	case err != nil:
		return err
	case name == "prod" && c.Recovery.FailedOver:
		p.stale = false
		return nil // no nodes, and no replication
	case name == "prod", c.Recovery.Serves():
		p.world.MadeOf(c.Database.SnapshotIdentifier, c.Recovery.FileSystemID)
		return of.Serve(ctx)
	case len(c.Safety.AllowReplace) != 2:
		return errors.New("refused: the update would replace messaging and search")
	}
	return of.Stand(ctx)
}

// there runs a failover, again after the loss of its session.
func (p *project) there(t *testing.T, unplanned bool) {
	t.Helper()
	failover := func() error {
		m, err := p.pair().Failover(t.Context(), unplanned)
		require.NoError(t, err)
		m.Clock = p.world
		return m.Failover(t.Context())
	}
	before := p.changes
	if err := failover(); p.dies > before && p.changes >= p.dies {
		require.ErrorIs(t, err, errDied)
		require.NoError(t, failover(), "a lost session must be taken up")
	} else {
		require.NoError(t, err)
	}
}

func (p *project) back(t *testing.T) {
	t.Helper()
	failback := func() error {
		m, err := p.pair().Failback(t.Context())
		if err != nil {
			return err
		}
		m.Clock = p.world
		return m.Failback(t.Context())
	}
	before := p.changes
	if err := failback(); p.dies > before && p.changes >= p.dies {
		require.ErrorIs(t, err, errDied)
		require.NoError(t, failback(), "a lost session must be taken up")
	} else {
		require.NoError(t, err)
	}
}

// journey moves the service away and back, with writes on the way.
func (p *project) journey(t *testing.T, unplanned bool) {
	t.Helper()
	require.NoError(t, p.world.Write(regions.Primary, "before"))
	p.world.Pass(time.Hour)
	if unplanned {
		p.world.Lose(regions.Primary)
	}
	p.there(t, unplanned)
	assert.Equal(t, regions.Recovery, p.world.Leads(), "users must be led to the region that serves")
	require.NoError(t, p.world.Write(regions.Recovery, "there"))
	c, err := stack.Load(p.folder, "prod")
	require.NoError(t, err)
	assert.True(t, c.Recovery.FailedOver, "the next update of prod must not copy the files again")

	if unplanned {
		p.world.Return(regions.Primary)
		p.there(t, unplanned) // stops what still runs
	}
	_, err = p.pulumi(t.Context(), "up", "--yes", "--stack", "prod")
	require.NoError(t, err)
	p.back(t)
	assert.Equal(t, regions.Primary, p.world.Leads())
	for _, text := range []string{"before", "there"} {
		assert.Contains(t, p.world.Rows(regions.Primary), text)
		assert.Contains(t, p.world.Files(regions.Primary), text)
	}
	for name := range regionOf {
		c, err := stack.Load(p.folder, name)
		require.NoError(t, err)
		assert.False(t, c.Recovery.FailedOver, "%s", name)
		assert.Empty(t, c.Safety.AllowReplace, "%s: what was allowed for the failback must not stay allowed", name)
		assert.Equal(t, config.RecoveryPilotLight, c.Recovery.Mode, "%s", name)
	}
}

func TestTheServiceMovesAwayAndBackByTheStacks(t *testing.T) {
	for name, unplanned := range map[string]bool{"planned": false, "unplanned": true} {
		t.Run(name, func(t *testing.T) { newProject(t).journey(t, unplanned) })
	}
}

func TestAMoveWhoseSessionIsLostAtAnyCommandIsTakenUp(t *testing.T) {
	whole := newProject(t)
	whole.journey(t, false)
	byHand := 1 + slices.Index(whole.commands, "up --yes --stack prod") // between the moves
	for at := 1; at <= whole.changes; at++ {
		if at == byHand {
			continue
		}
		p := newProject(t)
		p.dies = at
		p.journey(t, false)
	}
	t.Logf("%d of %d changing commands", whole.changes-1, whole.changes-1)
}

func TestADryRunOfAFailoverChangesNothing(t *testing.T) {
	p := newProject(t)
	m, err := p.pair().Failover(t.Context(), false)
	require.NoError(t, err)
	m.Clock, m.DryRun = p.world, true
	require.NoError(t, m.Failover(t.Context()))
	assert.Empty(t, p.commands)
	assert.Equal(t, regions.Primary, p.world.Leads())
}

func TestWhatIsNoPairIsRefused(t *testing.T) {
	for _, c := range []struct {
		name, stack string
		values      map[string]any
		stale       bool
		want        string
	}{
		{
			name: "nothing is elsewhere", stack: "prod", values: map[string]any{"recovery.mode": "none", "recovery.region": ""},
			want: `stack prod: recovery.mode is "none", must be "backup" or "pilotLight"`,
		},
		{
			name: "made of copies although the data follow", stack: "recovery", values: map[string]any{"recovery.mode": "restored"},
			want: `stack recovery: recovery.mode is "restored", must be "pilotLight" or "active": the data of prod follow`,
		},
		{
			name: "following copies", stack: "prod", values: map[string]any{"recovery.mode": "backup"},
			want: `stack recovery: recovery.mode is "pilotLight", must be "restored" while that of prod is "backup"`,
		},
		{
			name: "another stack's", stack: "recovery", values: map[string]any{"recovery.primaryStack": "staging"},
			want: `recovery.role and recovery.primaryStack are "recovery" and "staging", must be "recovery" and "prod"`,
		},
		{
			name: "left over", stack: "recovery", values: map[string]any{"safety.allowReplace": []string{"search"}},
			want: "stack recovery: remove safety.allowReplace first",
		},
		{
			name: "not updated", stack: "prod", values: map[string]any{"recovery.failedOver": true}, stale: true,
			want: "the state of the stack prod is of before the failover: run `pulumi up --stack prod` first",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newProject(t)
			maps.Copy(p.values[c.stack], c.values)
			opstest.WriteStack(t, p.folder, c.stack, p.values[c.stack])
			p.stale = c.stale
			_, err := p.pair().Failback(t.Context())
			assert.ErrorContains(t, err, c.want)
			assert.Empty(t, p.commands, "nothing may be changed")
		})
	}
}
