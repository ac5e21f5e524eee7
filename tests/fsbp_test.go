package tests

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/lifecycle"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/controls"
)

// touching are the controls of Security Hub's Foundational Security Best Practices for resource types of a stack.
// Controls for account settings (Config, GuardDuty, CloudTrail) are left out. KMS.4 and SNS.1 belong to other
// standards. https://docs.aws.amazon.com/securityhub/latest/userguide/fsbp-standard.html
const touching = `
	ACM.1 ACM.2 AutoScaling.1 AutoScaling.2 AutoScaling.3 AutoScaling.5 AutoScaling.6 AutoScaling.9 Backup.1
	EC2.2 EC2.3 EC2.6 EC2.7 EC2.8 EC2.9 EC2.10 EC2.15 EC2.16 EC2.17 EC2.18 EC2.19 EC2.21 EC2.25 EC2.55 EC2.56 EC2.57 EC2.58
	EC2.60 EC2.170 EC2.172 EC2.181 EC2.182 EFS.1 EFS.2 EFS.3 EFS.4 EFS.7 EFS.8
	ELB.1 ELB.4 ELB.5 ELB.6 ELB.12 ELB.13 ELB.17 ELB.18 ELB.21 ELB.22 IAM.1 IAM.21 KMS.1 KMS.2 KMS.3 KMS.4 KMS.5 MQ.2
	Opensearch.1 Opensearch.2 Opensearch.3 Opensearch.4 Opensearch.5 Opensearch.6 Opensearch.7 Opensearch.8 Opensearch.10
	RDS.1 RDS.2 RDS.3 RDS.4 RDS.5 RDS.6 RDS.7 RDS.8 RDS.9 RDS.10 RDS.11 RDS.12 RDS.13 RDS.14 RDS.15 RDS.16 RDS.17 RDS.19 RDS.20
	RDS.21 RDS.22 RDS.23 RDS.24 RDS.25 RDS.27 RDS.34 RDS.35 RDS.45 RDS.46 RDS.50 RDS.51
	S3.1 S3.2 S3.3 S3.5 S3.6 S3.8 S3.9 S3.12 S3.13 SecretsManager.1 SecretsManager.2 SecretsManager.3 SecretsManager.4
	SNS.1 SNS.4 SSM.1 SSM.2 SSM.3 WAF.10 WAF.12`

// held checks a run against controls. Each resource of a control passes, or fails if the control has a reason: a reason
// that is needed no longer must go.
func held(t *testing.T, r *recorder, environment lifecycle.Environment, rows []controls.Control) {
	t.Helper()
	seen := map[string]bool{}
	for _, f := range controls.Check(r, environment, rows) {
		seen[f.IDs] = true
		if f.Reason == "" {
			assert.True(t, f.Passes, "%s: %s fails: %s", f.IDs, f.Resource, f.What)
			continue
		}
		assert.False(t, f.Passes, "%s: %s passes (%s), although %s has an exception (%s). If a setting lost its configured "+
			"value, repair the component; if the reason has ended, remove the exception", f.IDs, f.Resource, f.What, r.Stack,
			f.Reason)
	}
	for _, c := range rows {
		assert.True(t, seen[c.IDs] || environment != lifecycle.Production, "%s: the control applies to no resource", c.IDs)
	}
	assert.Empty(t, controls.Unassigned(r, rows), "these have neither a row nor a reason")
}

func TestSecurityHubControls(t *testing.T) {
	environments := map[string]lifecycle.Environment{"dev": lifecycle.Development, "prod": lifecycle.Production}
	onBoth(t, func(t *testing.T, r *recorder) {
		held(t, r, environments[r.Stack], controls.All())
		for _, c := range controls.Absent {
			assert.Empty(t, r.OfType(c.Token), "%s applies now (%s): add a row to controls", c.IDs, c.Why)
		}
	})
	t.Run("widened", func(t *testing.T) {
		r, err := run(t, "prod", controls.Widened)
		require.NoError(t, err)
		instead := func(c controls.Control) bool {
			return slices.ContainsFunc(controls.WidenedControls, func(w controls.Control) bool { return w.IDs == c.IDs })
		}
		held(t, r, lifecycle.Production,
			append(slices.DeleteFunc(controls.All(), instead), controls.WidenedControls...))
	})
}

// Each control passes, has a reason in docs/decisions/security-hub.md, or does not apply to any stack.
func TestEverySecurityHubControlIsDecided(t *testing.T) {
	text, err := os.ReadFile("../docs/decisions/security-hub.md")
	require.NoError(t, err)
	written := map[string]bool{}
	for _, id := range regexp.MustCompile(`\b[A-Z][A-Za-z0-9]+\.\d+\b`).FindAllString(string(text), -1) {
		written[id] = true
	}
	known, fails := map[string]bool{}, map[string]bool{}
	note := func(ids, except string) {
		for id := range strings.FieldsSeq(ids) {
			known[id] = true
			if except != "" {
				fails[id] = true
				assert.True(t, written[id], "%s fails on purpose (%s), and the decisions do not document it", id, except)
			}
		}
	}
	for _, c := range slices.Concat(controls.SecurityHub, controls.WidenedControls) {
		note(c.IDs, c.Except)
		for id := range strings.FieldsSeq(c.IDs) {
			fails[id] = fails[id] || c.Dev != ""
		}
		assert.True(t, c.Except == "" || c.Dev == "", "%s: its exception applies to development too", c.IDs)
	}
	for _, c := range controls.Absent {
		except := ""
		if strings.HasPrefix(c.IDs, "EFS.") { // the file system exists and has no such resource
			except = c.Why
		}
		note(c.IDs, except)
	}
	for id, why := range controls.Outside {
		note(id, why)
	}
	assert.ElementsMatch(t, strings.Fields(touching), slices.Collect(maps.Keys(known)),
		"each control of the list must have a row, and each row must be in the list")
	for id := range written {
		assert.True(t, fails[id], "%s: the decisions say that it fails, but no row fails", id)
	}
}
