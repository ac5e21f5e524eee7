package boot

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The vendor's documents contradict each other about max_active with an external database, so it is read back.
func TestAnIgnoredNumberOfConnectionsIsReported(t *testing.T) {
	needs(t, "jq")
	for name, c := range map[string]struct{ output, want string }{
		"as configured": {
			output: `{"morpheus": {"mysql": {"max_active": 150, "morpheus_password": "pass-word"}}}`,
			want:   "the appliance keeps at most 150 database connections\n",
		},
		"another number": {
			output: `{"morpheus": {"mysql": {"max_active": 50}}}`,
			want:   "warning: the appliance may open 50 database connections instead of 150:",
		},
		"not shown":       {output: `{"morpheus": {"mysql": {}}}`, want: "does not show mysql['max_active']\n"},
		"not JSON":        {output: "usage", want: "does not show mysql['max_active']\n"},
		"unknown command": {output: "", want: "does not show mysql['max_active']\n"},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := shellRun(t, longestNode(), `foreign() { printf '%s\n' '`+c.output+`'; [[ -n '`+c.output+`' ]]; }
check_effective`)
			require.NoError(t, err, "an appliance that does not show it must not fail the boot: %s", out)
			assert.Contains(t, out, c.want)
			assert.NotContains(t, out, "pass-word")
		})
	}
}

func TestTheFileSystemIsMountedWithTheConfiguredOptions(t *testing.T) {
	for sync, want := range map[bool]string{true: "tls,iam,noresvport,sync", false: "tls,iam,noresvport"} {
		n := longestNode()
		n.SyncWrites = sync
		out, err := shellRun(t, n, `timeout() { shift; echo "$*"; }
mount_shared`)
		require.NoError(t, err, out)
		assert.Equal(t, "mount -t efs -o "+want+" fs-0123456789abcdef0:/ ", strings.SplitAfter(out, ":/ ")[0])
	}
}

func TestASharedFolderOfBackupsIsMadeOnce(t *testing.T) {
	out, err := shellRun(t, longestNode(), `install() { echo "$*"; mkdir "${@: -1}"; }
mkdir "$SHARED"
make_backup_folder
echo again
make_backup_folder`)
	require.NoError(t, err, out)
	first, again, _ := strings.Cut(out, "again\n")
	assert.Equal(t, 2, strings.Count(first, "-d -m 0750 -o 899 -g 899 "), "the appliance's user must own it: %s", out)
	assert.Empty(t, again, "a folder with backups must stay as it is")
}
