package tests

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/components/encryption"
	"github.com/morpheus-ha/morpheus-aws/internal/location"
	"github.com/morpheus-ha/morpheus-aws/internal/policy"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
)

var (
	// inPlace is the location of the tests, inDocs the placeholder location in the documentation.
	inPlace = location.Location{Partition: "aws", DNSSuffix: "amazonaws.com", Region: "us-east-1",
		AccountID: simaws.AccountID}
	inDocs = location.Location{Partition: "aws", DNSSuffix: "amazonaws.com", Region: "REGION", AccountID: "ACCOUNT"}
)

// keyPolicy returns the policy that a concern's key must have at a location.
func keyPolicy(concern encryption.Concern, at location.Location) pulumi.StringOutput {
	return policy.Document(encryption.Statements(concern, at, autoScalingRole(at))...)
}

func autoScalingRole(at location.Location) pulumi.String {
	return pulumi.String(at.GlobalARN("iam",
		"role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"))
}

// TestGoldenKeys generates docs/keys.md from the program, for reviewers and for owners of existing keys.
func TestGoldenKeys(t *testing.T) {
	const path = "../docs/keys.md"
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	want := between(t, string(text), "keys", keysText(t))
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o644))
		return
	}
	assert.Equal(t, string(text), want, "docs/keys.md differs from the program: run make golden")
}

func keysText(t *testing.T) string {
	t.Helper()
	var out strings.Builder
	out.WriteString("| key | encrypts | used by |\n|---|---|---|\n")
	for _, concern := range encryption.Concerns {
		about := encryption.About(concern)
		fmt.Fprintf(&out, "| `%s` | %s | %s |\n", concern, about.Encrypts, about.UsedBy)
	}
	out.WriteString("\n### The statement of every key\n")
	common := statementsOf(t, encryption.Database)
	writeStatements(t, &out, common)
	for _, concern := range encryption.Concerns {
		if more := statementsOf(t, concern)[len(common):]; len(more) > 0 {
			fmt.Fprintf(&out, "\n### And of `%s`\n", concern)
			writeStatements(t, &out, more)
		}
	}
	return out.String()
}

func statementsOf(t *testing.T, concern encryption.Concern) []json.RawMessage {
	t.Helper()
	var document struct{ Statement []json.RawMessage }
	require.NoError(t, json.Unmarshal([]byte(await(t, keyPolicy(concern, inDocs)).Value.(string)), &document))
	return document.Statement
}

func writeStatements(t *testing.T, out *strings.Builder, statements []json.RawMessage) {
	t.Helper()
	out.WriteString("\n```json\n")
	for i, s := range statements {
		var pretty bytes.Buffer
		require.NoError(t, json.Indent(&pretty, s, "", "  "))
		out.WriteString(pretty.String())
		if i < len(statements)-1 {
			out.WriteString(",")
		}
		out.WriteString("\n")
	}
	out.WriteString("```\n")
}
