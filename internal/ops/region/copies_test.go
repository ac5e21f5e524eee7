package region_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/opstest"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/stack"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/regions"
)

// newCopiesProject has served for a day and a half. Its recovery stack was never deployed.
func newCopiesProject(t *testing.T) *project {
	t.Helper()
	p := newProject(t)
	p.copies, p.world = true, regions.NewCopies()
	p.values["prod"]["recovery.mode"] = "backup"
	delete(p.values["prod"], "database.administratorSecret")
	p.values["recovery"]["recovery.mode"] = "restored"
	for name := range regionOf {
		opstest.WriteStack(t, p.folder, name, p.values[name])
	}
	require.NoError(t, p.world.Write(regions.Primary, "before"))
	p.world.Pass(36 * time.Hour)
	require.NoError(t, p.world.Write(regions.Primary, "last"))
	return p
}

// lost loses the region, moves the service, and stops what comes back.
func (p *project) lost(t *testing.T) {
	t.Helper()
	p.world.Lose(regions.Primary)
	p.there(t, true)
	assert.Equal(t, regions.Recovery, p.world.Leads(), "users must be led to the region that serves")
	require.NoError(t, p.world.Write(regions.Recovery, "there"))
	made, err := stack.Load(p.folder, "recovery")
	require.NoError(t, err)

	p.world.Return(regions.Primary)
	p.world.Pass(48 * time.Hour) // newer recovery points of old rows are copied
	p.there(t, true)
	after, err := stack.Load(p.folder, "recovery")
	require.NoError(t, err)
	assert.Equal(t, made.Recovery, after.Recovery, "a later run must not take other files")
	assert.Equal(t, made.Database, after.Database, "a later run must not choose another snapshot")
	require.ErrorContains(t, p.world.Write(regions.Primary, "stale"), "no node serves")
	assert.Contains(t, p.world.Rows(regions.Primary), "last", "what was not copied stays where it is")
	for _, text := range []string{"before", "there"} {
		assert.Contains(t, p.world.Rows(regions.Recovery), text)
		assert.Contains(t, p.world.Files(regions.Recovery), text)
	}
	first, err := stack.Load(p.folder, "prod")
	require.NoError(t, err)
	assert.True(t, first.Recovery.FailedOver, "the next update of prod must neither start nodes nor take the name back")
}

func TestTheServiceMovesToAStackThatIsMadeOfCopies(t *testing.T) {
	p := newCopiesProject(t)
	p.lost(t)
	c, err := stack.Load(p.folder, "recovery")
	require.NoError(t, err)
	assert.Regexp(t, `^arn:aws:rds:us-west-2:123456789012:cluster-snapshot:awsbackup:copyjob-\d+$`, c.Database.SnapshotIdentifier)
	assert.Regexp(t, `^fs-[0-9a-f]+$`, c.Recovery.FileSystemID)
}

func TestAMoveFromCopiesWhoseSessionIsLostIsTakenUp(t *testing.T) {
	whole := newCopiesProject(t)
	whole.lost(t)
	for at := 1; at <= whole.changes; at++ {
		p := newCopiesProject(t)
		p.dies = at
		p.lost(t)
	}
	t.Logf("%d of %d changing commands", whole.changes, whole.changes)
}

func TestCopiesAreForAnUnplannedFailoverOnly(t *testing.T) {
	p := newCopiesProject(t)
	_, err := p.pair().Failover(t.Context(), false)
	assert.ErrorContains(t, err, `stack prod: recovery.mode is "backup", a planned failover needs "pilotLight": all that was written `+
		`since the newest copy, up to a day, would be lost although us-east-1 still has it`)
	_, err = p.pair().Failback(t.Context())
	assert.ErrorContains(t, err, `stack prod: recovery.mode is "backup", a failback needs "pilotLight": nothing copies rows and files`)
	m, err := p.pair().Failover(t.Context(), true)
	require.NoError(t, err)
	m.Clock, m.DryRun = p.world, true
	require.NoError(t, m.Failover(t.Context()))
	assert.Empty(t, p.commands, "a dry run changes nothing")
}

// What an older program has deployed lacks the role and the key, which cannot be made when the region is gone.
func TestAContractWithoutCopiesIsRefused(t *testing.T) {
	p := newCopiesProject(t)
	p.copies = false
	_, err := p.pair().Failover(t.Context(), true)
	assert.ErrorContains(t, err, "the contract of the stack prod has no ")
	assert.ErrorContains(t, err, `deploy it with this program and recovery.mode "backup" first`)
}
