package main

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
)

// unmanaged returns the resources of the account that the state does not have, by type.
func unmanaged(ctx context.Context, t *testing.T, s *rehearsal.Session) map[string][]string {
	t.Helper()
	made, err := s.State(ctx)
	require.NoError(t, err)
	left, err := s.Cloud().Leftovers()
	require.NoError(t, err)
	out := map[string][]string{}
	for _, text := range left {
		fields := strings.Fields(text) // token, id, region
		known := slices.ContainsFunc(made, func(m rehearsal.Made) bool { return m.Type == fields[0] && m.ID == fields[1] })
		if !known {
			out[fields[0]] = append(out[fields[0]], fields[1])
		}
	}
	return out
}

// The steps are those of docs/state.md: the machine of an update is lost while AWS creates its slowest resources.
func TestAStateIsRecoveredAfterTheEngineWasKilled(t *testing.T) {
	s, ctx := undeployedAt(t, "dev", simaws.Options{Scale: simaws.DefaultScale})
	ended := make(chan error, 1)
	go func() {
		_, err := s.Up(ctx)
		ended <- err
	}()
	const slow = "aws:opensearch/domain:Domain"
	begun := func() bool {
		left, err := s.Cloud().Leftovers()
		return err == nil && slices.ContainsFunc(left, func(text string) bool { return strings.HasPrefix(text, slow) })
	}
	require.Eventually(t, begun, 5*time.Minute, 5*time.Millisecond)
	require.NoError(t, s.KillEngine())
	require.Error(t, <-ended)

	_, err := s.Up(ctx)
	require.ErrorContains(t, err, "the stack is currently locked", "nobody may write beside an update that may still run")
	require.NoError(t, s.Unlock(ctx))
	pending, err := s.Pending(ctx)
	require.NoError(t, err)
	require.NotEmpty(t, pending, "the state must list what was under way")
	var adopted []rehearsal.Adoption
	lost := unmanaged(ctx, t, s)
	for _, operation := range pending {
		require.Equal(t, apitype.OperationTypeCreating, operation.Type)
		r := operation.Resource
		ids := lost[string(r.Type)]
		if len(ids) == 1 { // the others have several candidates, or AWS had not begun
			adopted = append(adopted, rehearsal.Adoption{
				URN: string(r.URN), Parent: string(r.Parent), Provider: providerOf(r.Provider), ID: ids[0],
			})
		}
	}
	require.NoError(t, s.ForgetPending(ctx))
	require.NoError(t, s.Import(ctx, adopted))
	after := unmanaged(ctx, t, s)
	assert.Empty(t, after[slow], "the imported domain must be in the state")

	_, err = s.Up(ctx)
	require.NoError(t, err, "the update must continue with what there is")
	result, err := s.Up(ctx)
	require.NoError(t, err)
	assert.Empty(t, result.Changes, "the next update changes nothing")
	left, err := s.Cloud().Leftovers()
	require.NoError(t, err)
	domains := slices.DeleteFunc(left, func(text string) bool { return !strings.HasPrefix(text, slow) })
	assert.Len(t, domains, 1, "the domain that was under way must be used, not created again")
}

// providerOf returns the URN in a provider reference, which ends in the id of the provider.
func providerOf(reference string) string {
	at := strings.LastIndex(reference, "::")
	if at < 0 {
		return ""
	}
	return reference[:at]
}
