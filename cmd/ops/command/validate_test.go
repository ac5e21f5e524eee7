package command

import (
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/opstest"
)

// TestNothingIsWrittenWithoutYes: whoever only asks must be able to ask for everything.
func TestNothingIsWrittenWithoutYes(t *testing.T) {
	var sent atomic.Int32
	stubs := []opstest.Stub{{Call: "ssm SendCommand", Reply: func(string) (map[string]any, string) {
		sent.Add(1)
		return nil, "AccessDeniedException"
	}}}
	g := opstest.NewAccount(t)
	g.NewGroup(t, "morpheus-prod", 2)
	validate := func(arguments ...string) (int, string, string) {
		return ops(t, g, stateOf(m{"fileSystemId": "fs-1"}), stubs, append([]string{"validate"}, arguments...)...)
	}
	status, out, errs := validate("--transactions", "--all", "--only", "transaction-file")
	assert.Equal(t, check.ExitHealthy, status, errs)
	assert.Contains(t, out, "with --transactions --yes, a node writes a file to the shared file system")
	assert.Contains(t, errs, "nothing is written; --yes does it")
	assert.Zero(t, sent.Load())

	status, out, errs = validate("--transactions", "--yes", "--only", "transaction-file")
	assert.Equal(t, check.ExitUnknown, status, errs)
	assert.Contains(t, out, "the credentials do not allow the call", errs)
	assert.Positive(t, sent.Load())
}
