package restorefiles

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const folder = "aws-backup-restore_2026-11-26T07-15-00-123Z"

var (
	old   = time.Date(2026, 11, 20, 3, 0, 0, 0, time.UTC)
	newer = old.Add(48 * time.Hour)
)

// place is a local folder as the root of a file system.
type place struct {
	t    *testing.T
	root string
}

func newPlace(t *testing.T) *place {
	t.Helper()
	return &place{t: t, root: t.TempDir()}
}

func (p *place) path(name string) string { return filepath.Join(p.root, name) }

// write makes a file with a text and a time.
func (p *place) write(name, text string, at time.Time) {
	p.t.Helper()
	require.NoError(p.t, os.MkdirAll(filepath.Dir(p.path(name)), 0o750))
	require.NoError(p.t, os.WriteFile(p.path(name), []byte(text), 0o600))
	require.NoError(p.t, os.Chtimes(p.path(name), at, at))
}

func (p *place) link(target, name string) {
	p.t.Helper()
	require.NoError(p.t, os.MkdirAll(filepath.Dir(p.path(name)), 0o750))
	require.NoError(p.t, os.Symlink(target, p.path(name)))
}

// tree returns what is below a folder: the text of files, "-> target" of links, "/" of folders.
func tree(t *testing.T, root string) map[string]string {
	t.Helper()
	out := map[string]string{}
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == root {
			return err
		}
		name, _ := filepath.Rel(root, path)
		switch {
		case d.IsDir():
			out[name] = "/"
		case d.Type()&fs.ModeSymlink != 0:
			target, err := os.Readlink(path)
			out[name] = "-> " + target
			return err
		default:
			text, err := os.ReadFile(path) //nolint:gosec // of the test
			out[name] = string(text)
			return err
		}
		return nil
	}))
	delete(out, ".morpheus-node")
	delete(out, ".morpheus-node/restore.lock")
	return out
}

// command runs the script as a node does: by bash, with the node's own folder and its mount replaced.
func (p *place) command(arguments ...string) *exec.Cmd {
	p.t.Helper()
	lib := p.t.TempDir()
	require.NoError(p.t, os.WriteFile(filepath.Join(lib, "common.sh"), []byte("SHARED='"+p.root+"'\n"), 0o600))
	require.NoError(p.t, os.WriteFile(filepath.Join(lib, "mountpoint"), []byte("#!/bin/sh\n"), 0o700)) //nolint:gosec // a program
	text := strings.Replace(Script(), "/usr/local/lib/morpheus-node", lib, 1)
	require.NotEqual(p.t, Script(), text)
	c := exec.CommandContext(p.t.Context(), "bash", append([]string{"-c", text, "move"}, arguments...)...) //nolint:gosec // of the test
	c.Env = append(os.Environ(), "PATH="+lib+":"+os.Getenv("PATH"))
	return c
}

func (p *place) run(arguments ...string) (answer string, status int, complaints string) {
	p.t.Helper()
	c := p.command(arguments...)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); err != nil {
		ended := new(exec.ExitError)
		require.ErrorAs(p.t, err, &ended)
		return out.String(), ended.ExitCode(), errs.String()
	}
	return out.String(), 0, errs.String()
}

func (p *place) move(arguments ...string) Moved {
	p.t.Helper()
	text, status, complaints := p.run(append([]string{"move", folder}, arguments...)...)
	require.Zero(p.t, status, complaints)
	var got Moved
	require.NoError(p.t, json.Unmarshal([]byte(text), &got))
	return got
}

func TestRestoredFilesGoBackToTheirPlaces(t *testing.T) {
	p := newPlace(t)
	p.write("uploads/stays", "of today", newer)
	names := []string{"uploads/a b/c", "uploads/line\nbreak", "uploads/-rf", "new/deep/er/file", "tab\tand'quote\"", "uploads/\xff\xfe"}
	for _, name := range names {
		p.write(folder+"/"+name, "restored "+name, old)
	}
	p.link("/etc/passwd", folder+"/uploads/out")
	p.link("nowhere", folder+"/new/dangling")
	p.link("../../..", folder+"/new/up")
	require.NoError(t, os.Chmod(p.path(folder+"/uploads/-rf"), 0o640))
	require.NoError(t, os.Mkdir(p.path(folder+"/empty"), 0o700))
	before, err := os.ReadFile("/etc/passwd")
	require.NoError(t, err)

	text, status, complaints := p.run("look")
	require.Zero(t, status, complaints)
	assert.JSONEq(t, `{"folders": ["`+folder+`"]}`, text)
	assert.Equal(t, Moved{Moved: 9, Conflicts: []string{}}, p.move("newer"))

	got := tree(t, p.root)
	for _, name := range names {
		assert.Equal(t, "restored "+name, got[name])
	}
	assert.Equal(t, "of today", got["uploads/stays"], "what the backup does not have must stay")
	assert.Equal(t, "-> /etc/passwd", got["uploads/out"], "a link comes back as a link")
	assert.Equal(t, "-> ../../..", got["new/up"])
	assert.Equal(t, "/", got["empty"])
	assert.NotContains(t, got, folder, "the empty folder goes, or the next restore cannot tell its own")
	info, err := os.Stat(p.path("uploads/-rf"))
	require.NoError(t, err)
	assert.Equal(t, fs.FileMode(0o640), info.Mode())
	assert.True(t, info.ModTime().Equal(old))
	after, err := os.ReadFile("/etc/passwd")
	require.NoError(t, err)
	assert.Equal(t, before, after)
	assert.Equal(t, Moved{Conflicts: []string{}}, p.move("newer"), "a second run finds nothing to do")
}

func TestNewerFilesStayUnlessToldOtherwise(t *testing.T) {
	for keep, want := range map[string]struct {
		moved Moved
		texts [3]string
	}{
		"newer":   {Moved{Replaced: 1, Kept: 2, Conflicts: []string{}}, [3]string{"now", "now", "backup"}},
		"nothing": {Moved{Replaced: 3, Conflicts: []string{}}, [3]string{"backup", "backup", "backup"}},
	} {
		t.Run(keep, func(t *testing.T) {
			p := newPlace(t)
			for name, at := range map[string]time.Time{"d/newer": newer, "d/same": old, "d/older": old.Add(-time.Hour)} {
				p.write(name, "now", at)
				p.write(folder+"/"+name, "backup", old)
			}
			assert.Equal(t, want.moved, p.move(keep))
			got := tree(t, p.root)
			assert.Equal(t, want.texts, [3]string{got["d/newer"], got["d/same"], got["d/older"]})
			assert.NotContains(t, got, folder)
		})
	}
}

// A link where a folder was would lead the restored files to wherever it points.
func TestNoFileLeavesTheFileSystemThroughALink(t *testing.T) {
	outside := t.TempDir()
	p := newPlace(t)
	p.link(outside, "uploads")
	p.write("was-a-file/now", "a folder", newer)
	p.write("was-a-folder", "a file", newer)
	for _, name := range []string{"uploads/secret", "was-a-file", "was-a-folder/below", "fine"} {
		p.write(folder+"/"+name, "restored", old)
	}
	got := p.move("nothing")
	assert.Equal(t, 1, got.Moved)
	assert.Equal(t, []string{
		"'uploads': a folder in the backup, and now something else", "'was-a-file': a file in the backup, and now a folder",
		"'was-a-folder': a folder in the backup, and now something else",
	}, got.Conflicts)
	assert.Equal(t, 3, got.ConflictCount)
	assert.Empty(t, tree(t, outside), "nothing may be written through the link")
	assert.Equal(t, "restored", tree(t, p.root)[folder+"/uploads/secret"], "what cannot go back must not be lost")

	p = newPlace(t)
	p.write("elsewhere/file", "restored", old)
	p.link("elsewhere", folder)
	_, status, _ := p.run("move", folder, "newer")
	assert.NotZero(t, status, "the folder itself may be no link")
	assert.Contains(t, tree(t, p.root), "elsewhere/file")
}

func TestAnInterruptedRunIsTakenUp(t *testing.T) {
	p := newPlace(t)
	const files = 3000
	for i := range files {
		name := fmt.Sprintf("d%d/f %d", i%7, i)
		p.write(folder+"/"+name, name, old)
		if i < 7 {
			p.write(fmt.Sprintf("d%d/own", i), "own", newer) // so that no folder moves as a whole
		}
	}
	// Between the two names of a file.
	require.NoError(t, os.Link(p.path(folder+"/d1/f 1"), p.path("d1/f 1")))
	killed := 0
	for i := range 7 {
		c := p.command("move", folder, "newer")
		c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		require.NoError(t, c.Start())
		ended := make(chan error, 1)
		go func() { ended <- c.Wait() }()
		for running := true; running; {
			select {
			case err := <-ended:
				require.Error(t, err, "only the kill ends it here")
				running = false
			case <-time.After(time.Millisecond):
				if _, err := os.Lstat(p.path(fmt.Sprintf("d%d/f %d", i, 994+i))); err == nil {
					_ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL) // it may have ended
					require.Error(t, <-ended, "it ended before it was killed")
					running = false
					killed++
				}
			}
		}
	}
	require.Equal(t, 7, killed)
	assert.Positive(t, p.move("newer").Moved, "the last run must have something to do")
	got := tree(t, p.root)
	for i := range files {
		name := fmt.Sprintf("d%d/f %d", i%7, i)
		assert.Equal(t, name, got[name])
	}
	assert.NotContains(t, got, folder)
}

func TestTwoRunsDoNotMoveAtTheSameTime(t *testing.T) {
	p := newPlace(t)
	p.write(folder+"/file", "restored", old)
	require.NoError(t, os.Mkdir(p.path(".morpheus-node"), 0o700))
	held, err := os.Create(p.path(".morpheus-node/restore.lock"))
	require.NoError(t, err)
	// A shared lock: only a run that takes an exclusive one notices it.
	require.NoError(t, syscall.Flock(int(held.Fd()), syscall.LOCK_SH))
	_, status, complaints := p.run("move", folder, "newer")
	assert.Equal(t, Locked, status)
	assert.Contains(t, complaints, "another run moves files")
	assert.Contains(t, tree(t, p.root), folder+"/file")
	require.NoError(t, held.Close())
	assert.Equal(t, 1, p.move("newer").Moved, "the lock ends with its run")
}

// The nodes' own folder has locks and the canary of now; a folder of an earlier restore is in the backup as well.
func TestWhatBelongsToTheNodesStaysAsItIs(t *testing.T) {
	p := newPlace(t)
	p.write(".morpheus-node/holder", "i-now", newer)
	p.write(folder+"/.morpheus-node/holder", "i-then", newer.Add(time.Hour))
	p.write(folder+"/aws-backup-restore_2020-01-01T00-00-00-000Z/x/y", "an earlier restore", old)
	p.write(folder+"/below/.morpheus-node", "the appliance's own", old)
	assert.Equal(t, Moved{Moved: 1, LeftOut: 2, Conflicts: []string{}}, p.move("nothing"))
	got := tree(t, p.root)
	assert.Equal(t, "i-now", got[".morpheus-node/holder"])
	assert.Equal(t, "the appliance's own", got["below/.morpheus-node"])
	assert.Len(t, got, 3)
}

func TestARestoreOfAPathMovesNothingElse(t *testing.T) {
	p := newPlace(t)
	p.write(folder+"/a b/c/file", "restored", old)
	p.write("a b/other", "own", newer)
	assert.Equal(t, 1, p.move("newer", "a b/c").Moved)
	assert.Equal(t, "restored", tree(t, p.root)["a b/c/file"])

	p.write(folder+"/a b/c/file", "restored", old)
	p.write(folder+"/a b/d", "more", old)
	_, status, complaints := p.run("move", folder, "newer", "a b/c")
	assert.Equal(t, Refused, status)
	assert.Contains(t, complaints, "the folder must have 'a b/c' and nothing else")

	require.NoError(t, os.RemoveAll(p.path(folder)))
	require.NoError(t, os.MkdirAll(p.path(folder+"/a b"), 0o700))
	assert.Zero(t, p.move("newer", "a b/c").Moved, "an interrupted run may have left only the folder above it")
}

func TestWrongArgumentsOfTheScriptMoveNothing(t *testing.T) {
	p := newPlace(t)
	p.write(folder+"/file", "restored", old)
	p.write("uploads/file", "own", newer)
	for _, arguments := range [][]string{
		{"move", "uploads", "newer"}, {"move", "../" + folder, "newer"}, {"move", folder, "older"}, {"move", ".", "newer"},
	} {
		_, status, complaints := p.run(arguments...)
		assert.Equal(t, Refused, status, "%v: %s", arguments, complaints)
	}
	assert.Len(t, tree(t, p.root), 4)
	assert.NotContains(t, Script(), "{{", "Systems Manager replaces it")
	assert.Less(t, len(Script()), 20_000, "Systems Manager takes a document of 64 KB")
	_, err := exec.LookPath("python3")
	require.False(t, errors.Is(err, exec.ErrNotFound))
}
