package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/project"
)

// policyOf runs the gate with a file of exceptions; empty for none.
func policyOf(t *testing.T, exceptions string, today time.Time, stacks ...string) (string, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "exceptions.yaml")
	if exceptions == "" {
		exceptions = "exceptions: []\n"
	}
	require.NoError(t, os.WriteFile(file, []byte(exceptions), 0o600))
	var out bytes.Buffer
	err := checkPolicy(&out, stacks, file, true, today)
	return out.String(), err
}

var policyDay = time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC)

// Every stack file of the repository is checked, with those that users add.
func TestThePolicyGateChecksEveryStackFile(t *testing.T) {
	exceptions, err := os.ReadFile("../../../" + exceptionsFile)
	require.NoError(t, err)
	out, err := policyOf(t, string(exceptions), policyDay)
	require.NoError(t, err, out)
	folder, err := project.Find()
	require.NoError(t, err)
	all, err := folder.Stacks()
	require.NoError(t, err)
	for stack := range all {
		assert.Regexp(t, `(?m)^`+stack+`: \d\d+ passed, \d+ accepted, 0 failed$`, out)
	}
	assert.Contains(t, out, "RDS.13 RDS.35: database-instance-us-east-1a: automatic minor upgrades (accepted until 2027-")

	out, err = policyOf(t, "", policyDay.AddDate(1, 1, 0), "prod")
	require.Error(t, err, "the reasons of the table end, so that somebody reads them again")
	assert.Contains(t, out, "FAIL prod: RDS.13 RDS.35: ")
}

func TestExceptionsNeedAnIDAReasonAndAnEnd(t *testing.T) {
	out, err := policyOf(t, "exceptions: [{control: RDS.1000, until: some day}]", policyDay, "dev")
	for _, want := range []string{
		`exceptions[0].control: must be an id of the table (`, `got "RDS.1000"`,
		"exceptions[0].stack: must not be empty", "exceptions[0].reason: must not be empty",
		`exceptions[0].until: must be a day such as 2027-02-28, got "some day"`,
	} {
		assert.ErrorContains(t, err, want, out)
	}
	_, err = policyOf(t, "exceptions: [{control: RDS.11, why: typo}]", policyDay, "dev")
	require.ErrorContains(t, err, "field why not found")

	out, err = policyOf(t, "exceptions: [{control: RDS.2, stack: dev, reason: none, until: 2027-01-01}]", policyDay, "dev")
	require.Error(t, err)
	assert.Contains(t, out, "FAIL dev: RDS.2: nothing needs the exception any more: remove it")
	out, err = policyOf(t, "exceptions: [{control: RDS.2, stack: gone, reason: none, until: 2027-01-01}]", policyDay, "dev")
	require.Error(t, err)
	assert.Contains(t, out, "gone: RDS.2: there is no such stack")
}
