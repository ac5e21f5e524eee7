package tests

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	stackconfig "github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/project"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
)

// placeholder is a value that only the user knows.
var placeholder = regexp.MustCompile(`"<[^"]+>"`)

// committedFiles are the stack files of the repository by stack: those that ship and those of users.
func committedFiles(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob("../Pulumi.*.yaml")
	require.NoError(t, err)
	out := map[string]string{}
	for _, path := range paths {
		out[strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), "Pulumi."), ".yaml")] = path
	}
	return out
}

// The values of a user are theirs: another region, more instances. Only what the program requires is checked.
func TestEveryCommittedStackFileIsAccepted(t *testing.T) {
	for stack, path := range committedFiles(t) {
		folder, err := project.Find()
		require.NoError(t, err)
		file, err := folder.Stack(stack)
		require.NoError(t, err, "the CLI must be able to read %s", path)
		if placeholder.MatchString(content(t, path)) {
			require.NoError(t, file.Fill(project.Settings(simaws.FixtureConfig)))
		}
		values, err := file.EngineValues(stack)
		require.NoError(t, err, "%s must pass the CLI's own checks", path)
		_, err = stackconfig.Load(stackconfig.Source{Stack: stack, Values: values})
		assert.NoError(t, err, "%s must be accepted by the program, with its placeholders filled in", path)
	}
}

// The tests have copies of dev and prod, so that a user's values turn no test red. As long as the committed files have
// placeholders, both must be the same: the tests test what ships.
func TestTheTestsStackFilesAreThoseThatShip(t *testing.T) {
	for _, stack := range committed {
		shipped, err := os.ReadFile(committedFiles(t)[stack])
		require.NoError(t, err)
		if !placeholder.Match(shipped) {
			t.Logf("%s is filled in: the tests use the values that ship", stack)
			continue
		}
		path := filepath.Join("..", "internal", "rehearsal", "harness", "stacks", stack+".yaml")
		copied := []byte(content(t, path))
		_, want, _ := bytes.Cut(shipped, []byte("\n")) // the first line names the schema by its path
		_, got, _ := bytes.Cut(copied, []byte("\n"))
		assert.Equal(t, string(want), string(got), "copy Pulumi.%s.yaml to %s", stack, path)
	}
}
