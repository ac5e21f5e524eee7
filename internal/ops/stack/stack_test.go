package stack

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	engine "github.com/morpheus-ha/morpheus-aws/internal/rehearsal/project"
)

// TestAConfigurationIsReadAsTheEngineReadsIt: the checks must look for what an update would create.
func TestAConfigurationIsReadAsTheEngineReadsIt(t *testing.T) {
	defaults, err := os.ReadFile("../../../Pulumi.yaml")
	require.NoError(t, err)
	parsed, err := engine.Parse(defaults)
	require.NoError(t, err)
	files, err := filepath.Glob("../../../Pulumi.*.yaml")
	require.NoError(t, err)
	examples, err := filepath.Glob("../../../stacks/examples/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, examples)
	for _, path := range append(files, examples...) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			text, err := os.ReadFile(path) //nolint:gosec // of this repository
			require.NoError(t, err)
			got, err := merge(defaults, text)
			require.NoError(t, err)
			file, err := parsed.ParseStack(text)
			require.NoError(t, err)
			want, err := file.EngineValues("test")
			require.NoError(t, err)
			for key, value := range want {
				switch {
				case strings.HasPrefix(key, "pulumi:"):
				case strings.HasPrefix(value, "{"):
					assert.JSONEq(t, value, got[key], key)
				default:
					assert.Equal(t, value, got[key], key)
				}
			}
			for key := range got {
				assert.Contains(t, want, key, "the engine passes no such key")
			}
		})
	}
}

// TestSecretsOfAStackFileAreLeftOut: only the Pulumi CLI can decrypt them.
func TestSecretsOfAStackFileAreLeftOut(t *testing.T) {
	got, err := merge([]byte("config:\n  webhooks.pageUrls: {type: array, default: []}\n"), []byte(`config:
  morpheus:webhooks:
    secure: AAABAIy
  morpheus:notifications:
    emails: [a@example.com, {secure: AAAB}]
    more: {secure: AAAC}
`))
	require.NoError(t, err)
	assert.JSONEq(t, `{"pageUrls": []}`, got["morpheus:webhooks"])
	assert.JSONEq(t, `{"emails": ["a@example.com"]}`, got["morpheus:notifications"])
}

func TestOutputsAndStateComeFromTheCLI(t *testing.T) {
	var asked []string
	run := func(_ context.Context, arguments ...string) ([]byte, error) {
		asked = append(asked, strings.Join(arguments, " "))
		if arguments[0] == "preview" {
			return []byte(`{"steps": [{"op": "same", "urn": "urn:pulumi:prod::morpheus::a::one"},
				{"op": "update", "urn": "urn:pulumi:prod::morpheus::a::two"}]}`), nil
		}
		if arguments[1] == "output" {
			return []byte(`{"applianceUrl": "https://m.example.com", "egressIps": ["192.0.2.1"]}`), nil
		}
		return []byte(`{"version": 3, "deployment": {"resources": [
			{"urn": "urn:pulumi:prod::morpheus::aws:kms/key:Key::encryption-logs", "type": "aws:kms/key:Key", "id": "k-1",
			 "outputs": {"arn": "arn:aws:kms:::key/k-1"}}]}}`), nil
	}
	outputs, err := ReadOutputs(t.Context(), run, "prod")
	require.NoError(t, err)
	assert.Equal(t, Outputs{"applianceUrl": "https://m.example.com"}, outputs)
	state, err := ReadState(t.Context(), run, "prod")
	require.NoError(t, err)
	require.Len(t, state.Of("aws:kms/key:Key"), 1)
	assert.Equal(t, "encryption-logs", state[0].Name())
	drift, err := Drift(t.Context(), run, "prod")
	require.NoError(t, err)
	assert.Equal(t, []string{"update two"}, drift)
	assert.Equal(t, []string{"stack output --json --stack prod", "stack export --stack prod",
		"preview --refresh --json --stack prod"}, asked)
}
