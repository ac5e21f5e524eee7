package boot

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// restoredHead makes a file system as AWS Backup does: the files are in a folder, also those of the former nodes.
const restoredHead = `
mkdir -p "$SHARED/.morpheus-node" "$SHARED/aws-backup-restore_2026-01-01T03-00-00/"{uploads/deep,.morpheus-node,.git}
from=$SHARED/aws-backup-restore_2026-01-01T03-00-00
echo logo >"$from/uploads/deep/logo"; echo head >"$from/.git/HEAD"; echo old >"$from/.morpheus-node/holder"
echo old >"$from/.morpheus-node/restored"; mkdir "$from/aws-backup-restore_2020"
die() { echo "died: $*"; exit 1; }
`

// restoredAll prints the files below the root.
const restoredAll = `(cd "$SHARED" && find . -type f ! -name '*.lock' ! -name restored | sort)`

func TestTheFirstNodeMovesRestoredFilesToTheRoot(t *testing.T) {
	n := longestNode()
	n.FilesRestored = true
	out, err := shellRun(t, n, restoredHead+`
[[ $FILES_RESTORED == yes ]]
restored_files
restored_files # of the next node
`+restoredAll+`
[[ ! -e $from ]] && ls -d "$SHARED"/aws-backup-restore_*`)
	require.NoError(t, err, out)
	assert.Contains(t, out, "./.git/HEAD\n./uploads/deep/logo\n", "all files are where they were, hidden ones too")
	assert.NotContains(t, out, "holder", "what former nodes agreed on is theirs")
	assert.Contains(t, out, "/aws-backup-restore_2020\n", "an older folder was a file of the appliance's, and is no work")
}

func TestTheMoveOfRestoredFilesIsTakenUpAgain(t *testing.T) {
	out, err := shellRun(t, longestNode(), restoredHead+`
echo "$(basename "$from")" >"$SHARED/.morpheus-node/restored"
mv "$from/uploads" "$SHARED"
restored_files
`+restoredAll+`
[[ ! -e $from ]]`)
	require.NoError(t, err, out)
	assert.Contains(t, out, "./.git/HEAD\n./uploads/deep/logo\n", "a node that died had moved a part")
}

// ops restore files restores into a folder of the file system in use: it is no node's work.
func TestALaterRestoreIsLeftAlone(t *testing.T) {
	out, err := shellRun(t, longestNode(), restoredHead+`
restored_files
mkdir "$SHARED/aws-backup-restore_later"; echo x >"$SHARED/aws-backup-restore_later/x"
restored_files
`+restoredAll)
	require.NoError(t, err, out)
	assert.Contains(t, out, "./aws-backup-restore_later/x\n")
}

func TestANodeServesNoFileSystemWithoutTheRestoredFiles(t *testing.T) {
	for why, c := range map[string]struct{ change, want string }{
		"none":     {`rm -rf "$from"`, "found 0 folders of AWS Backup instead of 1"},
		"two":      {`mkdir "$SHARED/aws-backup-restore_2"`, "found 2 folders of AWS Backup instead of 1"},
		"conflict": {`mkdir "$SHARED/uploads"`, "has names that exist outside of it"},
	} {
		out, err := shellRun(t, longestNode(), restoredHead+c.change+"\nrestored_files")
		assert.Error(t, err, why)
		assert.Contains(t, out, "died: the restored files of", why)
		assert.Contains(t, out, c.want, why)
	}
}
