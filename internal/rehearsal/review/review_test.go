package review

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal"
)

var today = time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC)

func urn(tier, token, name string) string {
	return "urn:pulumi:prod::morpheus::morpheus:" + tier + ":T$" + token + "::" + name
}

// state returns a resource as `pulumi preview --json` writes it.
func state(token string, protect bool, inputs map[string]any) map[string]any {
	return map[string]any{"type": token, "custom": true, "protect": protect, "inputs": inputs}
}

type step = map[string]any

// comment renders the steps of a preview.
func comment(t *testing.T, steps []step, diagnostics ...step) string {
	t.Helper()
	text, err := json.Marshal(map[string]any{"steps": steps, "diagnostics": diagnostics})
	require.NoError(t, err)
	result, stack, err := rehearsal.ReadPreview(strings.NewReader(string(text)))
	require.NoError(t, err)
	return Comment(stack, result, today)
}

func updated(token, name string, old, wanted map[string]any, properties ...string) step {
	diff := map[string]any{}
	for _, property := range properties {
		diff[property] = map[string]any{"kind": "update"}
	}
	return step{"op": "update", "urn": urn("database", token, name), "detailedDiff": diff,
		"oldState": state(token, true, old), "newState": state(token, true, wanted)}
}

// A reviewer must see a lower protection before anything else that is harmless.
func TestALowerProtectionIsTheVerdict(t *testing.T) {
	for name, c := range map[string]struct {
		token       string
		old, wanted map[string]any
		want        string
	}{
		"deletion protection": {awstoken.RDSCluster, step{"deletionProtection": true}, step{"deletionProtection": false},
			"loses AWS's deletion protection"},
		"deletion protection left out": {awstoken.LBLoadBalancer, step{"enableDeletionProtection": true}, step{},
			"loses AWS's deletion protection"},
		"final snapshot": {awstoken.RDSCluster, step{"skipFinalSnapshot": false}, step{"skipFinalSnapshot": true},
			"loses final snapshot"},
		"fewer days": {awstoken.RDSCluster, step{"backupRetentionPeriod": 7}, step{"backupRetentionPeriod": 1},
			"1 instead of 7 days of backups"},
		"a bucket with objects": {awstoken.S3Bucket, step{}, step{"forceDestroy": true},
			"loses refusal to delete a bucket with objects"},
	} {
		out := comment(t, []step{updated(c.token, "one", c.old, c.wanted, "x")})
		assert.Contains(t, out, ": less protection\n", name)
		assert.Contains(t, out, "**lowered**: one: "+c.want, name)
		out = comment(t, []step{updated(c.token, "one", c.wanted, c.old, "x")})
		assert.NotContains(t, out, "lowered", "%s: a higher protection is no risk", name)
	}
	unprotected := updated(awstoken.RDSCluster, "one", nil, nil)
	unprotected["op"], unprotected["newState"] = "same", state(awstoken.RDSCluster, false, nil)
	out := comment(t, []step{unprotected})
	assert.Contains(t, out, "**lowered**: one: loses Pulumi's protection",
		"the engine counts it as the same resource")
}

// Whatever holds data and goes away is named, even if no tier has a row for it.
func TestADeletedResourceWithDataIsDataLoss(t *testing.T) {
	for _, token := range []string{
		awstoken.KMSKey, awstoken.S3Bucket, awstoken.SecretsManagerSecret, awstoken.BackupVault, awstoken.RDSCluster,
	} {
		for _, op := range []string{"delete", "replace"} {
			s := updated(token, "one", nil, nil, "x")
			s["op"] = op
			out := comment(t, []step{s})
			assert.Contains(t, out, ": data loss\n", "%s %s", op, token)
			assert.Contains(t, out, "Deleted or replaced: `one ("+op+")`", "%s %s", op, token)
		}
	}
}

func TestValuesCannotBecomeMarkdown(t *testing.T) {
	evil := "a | b <img src=x> @team\n```\n# heading"
	s := updated(awstoken.RDSCluster, "one", step{"description": evil}, step{"description": "b`"}, "description")
	out := comment(t, []step{s}, step{"severity": "warning", "message": "warning: " + evil})
	for _, line := range strings.Split(out, "\n") {
		assert.False(t, strings.HasPrefix(line, "# heading") && !strings.Contains(out, "````"),
			"a value must not end the block of code")
	}
	assert.Contains(t, out, "````text\n", "the fence is longer than any in the message")
	assert.Contains(t, out, "description: (text of")
}

func TestSecretsAreNotShown(t *testing.T) {
	s := updated(awstoken.SecretsManagerSecretVersion, "one",
		step{"secretString": "hunter2", "password": step{"value": "hunter2"}}, step{"secretString": "hunter3"},
		"secretString", "password.value")
	out := comment(t, []step{s})
	assert.NotContains(t, out, "hunter", "a value that nobody marked as secret must not be shown either")
	assert.Contains(t, out, "secretString: [hidden] -> [hidden]")
}

// GitHub refuses a longer comment as a whole.
func TestACommentIsNeverTooLong(t *testing.T) {
	var steps []step
	for i := range 3000 {
		s := updated(awstoken.RDSCluster, fmt.Sprintf("database-%04d-ü", i), step{"a": "x"}, step{"a": "y"}, "a")
		s["newState"] = state(awstoken.RDSCluster, false, step{"a": strings.Repeat("ü", 79)})
		steps = append(steps, s)
	}
	var messages []step
	for range 100 {
		messages = append(messages, step{"severity": "warning", "message": strings.Repeat("ö`", 5000)})
	}
	out := comment(t, steps, messages...)
	assert.LessOrEqual(t, len(out), MaxSize)
	assert.Regexp(t, `# \d+ more changes do not fit into a comment`, out)
	assert.Contains(t, out, "and 80 more")
	assert.True(t, strings.HasSuffix(out, "```\n\n</details>\n"), "the folded part must be closed")
}

func TestAPreviewWithoutAChangeIsShort(t *testing.T) {
	same := updated(awstoken.RDSCluster, "one", step{"engineVersion": "8.0.mysql_aurora.3.12.0"},
		step{"engineVersion": "8.0.mysql_aurora.3.12.0"})
	same["op"] = "same"
	out := comment(t, []step{same})
	assert.Contains(t, out, ": no change\n")
	assert.Contains(t, out, "**standard support ends on 2027-02-17**", "the support of what runs is shown all the same")
	assert.NotContains(t, out, "<details>")
}

func TestReadPreviewRefusesWhatIsNoPreview(t *testing.T) {
	for text, want := range map[string]string{
		"":             "must be the output of `pulumi preview --json --show-sames`: EOF",
		"Previewing":   "must be the output of",
		"{}":           "neither a resource nor a message",
		`{"steps":[]}`: "neither a resource nor a message",
		`{"steps":[{"op":"update","urn":"` + urn("database", awstoken.RDSCluster, "one") +
			`"}],"changeSummary":{"same":7}}`: "7 of 7 unchanged resources are missing",
	} {
		_, _, err := rehearsal.ReadPreview(strings.NewReader(text))
		assert.ErrorContains(t, err, want, text)
	}
}

func TestEveryOperationHasASign(t *testing.T) {
	for _, op := range []apitype.OpType{
		apitype.OpCreate, apitype.OpUpdate, apitype.OpDelete, apitype.OpReplace, apitype.OpCreateReplacement,
		apitype.OpDeleteReplaced, apitype.OpImport, apitype.OpReadDiscard,
	} {
		assert.NotEmpty(t, signs[string(op)], op)
	}
}
