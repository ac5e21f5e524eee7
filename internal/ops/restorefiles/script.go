package restorefiles

import _ "embed"

//go:embed move.sh
var moveShell string

//go:embed move.py
var movePython string

// Script is what a node runs. Its arguments are those of move.py after ROOT.
func Script() string { return moveShell + movePython + "END_OF_MOVE\n" }

// Exit statuses of the script.
const (
	// Locked says that another run moves files on the file system.
	Locked = 3
	// Refused says that nothing was moved; the reason is on the standard error.
	Refused = 4
)

// Moved is the answer of the script. Its numbers are those of one run: an interrupted one has moved more.
type Moved struct {
	// Moved files were missing; Replaced ones were older than the backup's, or of any age with Overwrite.
	Moved, Replaced int
	// Kept files are not older than the backup's. LeftOut ones belong to the nodes or to an earlier restore.
	Kept, LeftOut int
	// Conflicts are the first names that stay in the folder: a file where there is a folder now, or the reverse.
	Conflicts     []string
	ConflictCount int
}
