package rotate

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/opstest"
)

// newPassword has characters that need escaping in JSON and in an option file.
const newPassword = `new"pass\word`

// programs stand in for those of a node.
var programs = map[string]string{
	"aws": `printf '%s\n' "$SECRET"`,
	"curl": `for argument in "$@"; do case $argument in @*) cp "${argument#@}" "$WORLD/sent";; esac; done
[[ -z ${REFUSE:-} ]] || { echo "curl: (22) The requested URL returned error: $REFUSE" >&2; exit 22; }
printf '{"name": "morpheus", "tags": %s}' "$TAGS"`,
	"mysql": `[[ $1 == --version ]] || cat >"$WORLD/sent"`,
}

// onNode runs a script as Run Command does on a node, with the functions of the boot's parts.
func onNode(t *testing.T, script string, environment ...string) (n *opstest.Node, output string, err error) {
	t.Helper()
	n = opstest.NewNode(t, programs, map[string]string{
		"node.conf": "REGION=us-east-1\nMESSAGING_URL=https://broker\nMESSAGING_SECRET=a\n" +
			"DATABASE_ADMIN_SECRET=b\nDATABASE_HOST=h\nDATABASE_PORT=3306\n",
	})
	n.Write(t, "run/secret/messaging.curl", "user = \"morpheus:old\"\n")
	n.Write(t, "run/curl.err", "")
	n.Write(t, "run/mysql.err", "")
	n.Write(t, "run/aws.err", "")
	output, err = n.Run(t, script, append(environment, `SECRET={"username": "morpheus", "password": "new\"pass\\word"}`)...)
	assert.NotContains(t, n.Calls(t), newPassword, "all users can read the process list")
	left, globErr := filepath.Glob(n.Path("run/secret/*"))
	require.NoError(t, globErr)
	assert.Equal(t, []string{n.Path("run/secret/messaging.curl")}, left, "the script must delete its files with secrets")
	assert.NotContains(t, output, newPassword, "Systems Manager keeps the output")
	return n, output, err
}

func TestTheBrokerGetsTheNewPasswordWithTheTagsThatTheUserHas(t *testing.T) {
	for name, tags := range map[string]string{"a list, as in RabbitMQ 3.9 and newer": `["administrator"]`,
		"a text": `"administrator"`} {
		t.Run(name, func(t *testing.T) {
			n, _, err := onNode(t, brokerUser, "TAGS="+tags)
			require.NoError(t, err)
			assert.JSONEq(t, `{"tags": "administrator", "password": "new\"pass\\word"}`, n.Read(t, "sent"))
			assert.Equal(t, `user = "morpheus:new\"pass\\word"`+"\n", n.Read(t, "run/secret/messaging.curl"),
				"the check must use the new password")
		})
	}
}

// Without its tags, the user is no longer an administrator, and AWS cannot restore the tags.
func TestNoUserIsSentToTheBrokerWithoutTags(t *testing.T) {
	for _, tags := range []string{`[]`, `""`, `null`} {
		n, _, err := onNode(t, brokerUser, "TAGS="+tags)
		require.Error(t, err, tags)
		assert.NoFileExists(t, n.Path("sent"), tags)
	}
}

// TestARefusedPasswordIsTheLastLine: the rotation then tries another node.
func TestARefusedPasswordIsTheLastLine(t *testing.T) {
	_, output, err := onNode(t, brokerUser, "REFUSE=401", "TAGS=[]")
	require.Error(t, err)
	assert.True(t, strings.HasSuffix(output, " 401\n"), output)
}

func TestTheFormerPasswordOfTheDatabaseUserIsDiscarded(t *testing.T) {
	n, _, err := onNode(t, databaseDiscard)
	require.NoError(t, err)
	assert.Equal(t, "ALTER USER 'morpheus'@'%' DISCARD OLD PASSWORD;\n", n.Read(t, "sent"))
}

func TestTheLookAtTheBrokerTellsARefusalFromAnError(t *testing.T) {
	_, output, err := onNode(t, brokerLook, `TAGS=["administrator"]`)
	require.NoError(t, err)
	assert.Equal(t, "current\n", output)
	_, output, err = onNode(t, brokerLook, "REFUSE=401", "TAGS=[]")
	require.NoError(t, err)
	assert.Equal(t, "former\n", output)
	_, output, err = onNode(t, brokerLook, "REFUSE=503", "TAGS=[]")
	require.Error(t, err)
	assert.Contains(t, output, "503", "the broker may be down: nothing is known of its password")
}
