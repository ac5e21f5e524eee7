package boot

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sharedSecrets is the text of morpheus-secrets.json that another node has stored, with the former passwords.
const sharedSecrets = `{"mysql": {"root_password": "root", "morpheus_password": "former"},
	"rabbitmq": {"cookie": "biscuit", "queue_user_password": "former"}, "list": ["a"]}`

// generatedHead arranges the shared secrets and the current passwords, and reports what is stored or fails.
const generatedHead = `
GENERATED=$RUN/generated
printf '%s' '` + sharedSecrets + `' | jq --raw-input --slurp '{suffix: "s", secrets: .}' >"$RUN/secret/appliance.json"
echo '{"username": "morpheus", "password": "db-now"}' >"$RUN/secret/database.json"
echo '{"username": "morpheus", "password": "mq-now"}' >"$RUN/secret/messaging.json"
keep_appliance_secrets() { echo "stored"; }
die() { because "$*"; echo "died: $(reason)"; exit 0; }
log() { [[ $* == *"is written" ]] || echo "log: $*" | redact; }
`

func TestReconfigureMayAddAndDropSharedSecretsButNotChangeThem(t *testing.T) {
	needs(t, "jq")
	const list = `"list": ["a"]`
	for name, c := range map[string]struct{ made, want string }{
		"same values, other order": {
			made: `{` + list + `, "rabbitmq": {"queue_user_password": "former", "cookie": "biscuit"},
				"mysql": {"root_password": "root", "morpheus_password": "former"}}`,
			want: "",
		},
		"current passwords": {
			made: `{"mysql": {"root_password": "root", "morpheus_password": "db-now"},
				"rabbitmq": {"cookie": "biscuit", "queue_user_password": "mq-now"}, ` + list + `}`,
			want: "",
		},
		"key and part added": {
			made: `{"mysql": {"root_password": "root", "morpheus_password": "former", "ops_password": "ops"},
				"rabbitmq": {"cookie": "biscuit", "queue_user_password": "former"}, "ui": {"ajp_secret": "ajp"}, ` + list + `}`,
			want: "stored\nlog: stored the secrets that reconfigure generated: mysql.ops_password, ui.ajp_secret\n",
		},
		"key and part dropped": {
			made: `{"mysql": {"morpheus_password": "former"},
				"rabbitmq": {"cookie": "biscuit", "queue_user_password": "former"}}`,
			want: "log: warning: reconfigure dropped values from GENERATED: mysql.root_password, list\n",
		},
		"password of a back end dropped": {
			made: `{"mysql": {"root_password": "root"}, "rabbitmq": {"cookie": "biscuit"}, ` + list + `}`,
			want: "",
		},
		"value changed": {
			made: `{"mysql": {"root_password": "rooted", "morpheus_password": "former"},
				"rabbitmq": {"cookie": "biscuit", "queue_user_password": "former"}, ` + list + `}`,
			want: "died: reconfigure changed values in GENERATED that other nodes use: mysql.root_password\n",
		},
		"value became an object": {
			made: `{"mysql": {"root_password": {"text": "root"}}, "rabbitmq": {"cookie": "biscuit"}, ` + list + `}`,
			want: "died: reconfigure changed values in GENERATED that other nodes use: mysql.root_password\n",
		},
		"longer list": {
			made: `{"mysql": {"root_password": "root"}, "rabbitmq": {"cookie": "biscuit"}, "list": ["a", "b"]}`,
			want: "died: reconfigure changed values in GENERATED that other nodes use: list\n",
		},
		"not JSON":      {made: `{"mysql": {"root_password": "root"`, want: "died: GENERATED is not valid JSON\n"},
		"not an object": {made: `["root"]`, want: "died: GENERATED is not valid JSON\n"},
		"empty":         {made: "", want: "died: reconfigure did not create GENERATED\n"},
	} {
		t.Run(name, func(t *testing.T) {
			n := longestNode()
			n.LogGroup = "x" + strings.Join(strings.Fields(c.made), " ") // a setting, so that it is quoted
			out, err := shellRun(t, n, generatedHead+`
printf %s "${LOG_GROUP#x}" >"$GENERATED"
share_generated | sed "s|$GENERATED|GENERATED|"`)
			require.NoError(t, err, out)
			assert.Equal(t, c.want, out, "a node that could not read the data of the others must not boot, any other must")
		})
	}
}

func TestSharedSecretsHaveTheCurrentPasswordsOfTheBackEnds(t *testing.T) {
	needs(t, "jq")
	type secrets map[string]any
	current := secrets{
		"mysql":    map[string]any{"root_password": "root", "morpheus_password": "db-now"},
		"rabbitmq": map[string]any{"cookie": "biscuit", "queue_user_password": "mq-now"},
		"list":     []any{"a"},
	}
	for name, c := range map[string]struct {
		script string
		want   secrets
	}{
		"rotation and restore": {script: "update_generated", want: current},
		"values of the appliance itself": {
			script: `echo '{"mysql": {"root_password": "local"}}' >"$GENERATED"; update_generated`, want: current,
		},
		"interrupted first reconfigure": {
			script: `echo '{"suffix": "s"}' >"$RUN/secret/appliance.json"
echo '{"mysql": {"root_password": "local", "morpheus_password": "random"}}' >"$GENERATED"; update_generated`,
			want: secrets{"mysql": map[string]any{"root_password": "local", "morpheus_password": "db-now"}},
		},
		"dropped by a newer release": {
			script: `echo '{"mysql": {"root_password": "root"}}' >"$GENERATED"; share_generated >/dev/null`, want: current,
		},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := shellRun(t, longestNode(), generatedHead+c.script+"\n"+`cat "$GENERATED"`)
			require.NoError(t, err, out)
			var have secrets
			require.NoError(t, json.Unmarshal([]byte(out), &have), out)
			assert.Equal(t, c.want, have)
		})
	}

	out, err := shellRun(t, longestNode(), generatedHead+`
echo '{"suffix": "s"}' >"$RUN/secret/appliance.json"
update_generated
[[ ! -e $GENERATED ]]`)
	require.NoError(t, err, "before the first reconfigure there is nothing to update: %s", out)
}
