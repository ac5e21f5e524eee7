package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/review"
)

var update = flag.Bool("update", false, "rewrite the example comments in docs/reviews")

var title = regexp.MustCompile(`(?m)^## Preview of .*$`)

// reviewed are the changes whose comments are the examples of docs/reviews.
var reviewed = []struct {
	name, about string
	// before are values that are deployed before the change.
	before, change []rehearsal.Setting
	// fails is true if the preview itself must fail.
	fails bool
	want  []string
}{
	{
		name: "harmless", about: "More days of backups and of logs",
		change: []rehearsal.Setting{{Key: "database.backupRetentionDays", Value: "14"},
			{Key: "logs.retentionDays", Value: "60"}},
		want: []string{": harmless, changes in place\n", " | changes in place, clients go on working |",
			"14 instead of 7 days of backups", "Unchanged: filesystem"},
	},
	{
		name: "risky", about: "Larger nodes for the database and the search domain",
		change: []rehearsal.Setting{{Key: "database.instanceClass", Value: "db.r5.2xlarge"},
			{Key: "search.instanceType", Value: "r6g.xlarge.search"}},
		want: []string{": risky, AWS copies data to new nodes\n", "**blue/green**: ~1-2 h, double capacity",
			"**restart**: restarts the instances in the maintenance window", "USD a month: from about "},
	},
	{
		name: "refused", about: "Another performance mode of the file system, without a permission",
		change: []rehearsal.Setting{{Key: "filesystem.performanceMode", Value: "maxIO"}},
		fails:  true,
		want: []string{"Preview of `prod`: refused\n", "replaces the file system - data loss",
			`add "filesystem" to safety.allowReplace`},
	},
	{
		name: "data-loss", about: "The same change, after `safety.allowReplace: [filesystem]` was deployed",
		before: []rehearsal.Setting{{Key: "safety.allowReplace", Value: "[filesystem]"},
			{Key: "filesystem.performanceMode", Value: "generalPurpose"}},
		change: []rehearsal.Setting{{Key: "filesystem.performanceMode", Value: "maxIO"}},
		want: []string{"Preview of `prod`: data loss\n",
			"**Data is lost.** Deleted or replaced: `filesystem-storage (replace)`",
			"| filesystem | ", "**data loss**: replaces the file system - data loss"},
	},
}

// restored are the committed values of the keys above.
var restored = []rehearsal.Setting{
	{Key: "database.backupRetentionDays", Value: "7"}, {Key: "logs.retentionDays", Value: "90"},
	{Key: "database.instanceClass", Value: "db.r5.xlarge"}, {Key: "search.instanceType", Value: "r6g.large.search"},
	{Key: "filesystem.performanceMode", Value: "generalPurpose"},
}

// Each example is a real change: the real CLI previews it against a deployed stack in the simulated account.
func TestReviewCommentsSayWhatTheChangeDoes(t *testing.T) {
	const address = "private@example.com"
	s, ctx := deployed(t, "prod", rehearsal.Setting{Key: "notifications.emails", Value: "[" + address + "]"})
	for _, c := range reviewed {
		t.Run(c.name, func(t *testing.T) {
			require.NoError(t, s.SetConfig(restored...))
			if c.before != nil {
				require.NoError(t, s.SetConfig(c.before...))
				_, err := s.Up(ctx)
				require.NoError(t, err)
			}
			require.NoError(t, s.SetConfig(c.change...))
			preview, err := s.PreviewJSON(ctx)
			assert.Equal(t, c.fails, err != nil, "%v", err)
			comment := reviewOf(t, preview)
			for _, want := range c.want {
				assert.Contains(t, comment, want)
			}
			assert.Less(t, len(comment), review.MaxSize)

			page := fmt.Sprintf("../../../docs/reviews/%s.md", c.name)
			text := "# Review comment: " + c.name + "\n\n" + c.about + ":\n\n```\n"
			for _, setting := range c.change {
				text += setting.Key + ": " + setting.Value + "\n"
			}
			text += "```\n\nThe comment, as GitHub shows it:\n\n---\n\n" + comment
			if *update {
				require.NoError(t, os.MkdirAll(filepath.Dir(page), 0o750))
				require.NoError(t, os.WriteFile(page, []byte(text), 0o600))
			}
			committed, err := os.ReadFile(page)
			require.NoError(t, err)
			// Every new resource of the program changes counts and prices of the examples, but not what they say.
			for _, want := range append([]string{title.FindString(comment)}, c.want...) {
				assert.Contains(t, string(committed), want,
					"the example is not what the command writes: go test ./cmd/rehearse/run -run Review -update")
			}
		})
	}
}

// scripts executes the scripts of the workflows in the sandbox, with this binary as the command.
func scripts(t *testing.T, environment, secret string) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	run := func(script string) (string, error) {
		file, summary := filepath.Join(t.TempDir(), "review.md"), filepath.Join(t.TempDir(), "summary.md")
		out, err := shell(t, environment, fmt.Sprintf("export %s=1 REHEARSE='%s' GITHUB_STEP_SUMMARY='%s'\n"+
			".github/scripts/%s dev '%s'", asCommand, self, summary, script, file))
		comment, readErr := os.ReadFile(file)
		require.NoError(t, readErr, out)
		shown, readErr := os.ReadFile(summary)
		require.NoError(t, readErr, out)
		assert.NotContains(t, string(comment), secret, "everybody who may read the pull request reads the comment")
		assert.Equal(t, string(comment), string(shown), "the summary of the job shows the comment too")
		assert.True(t, strings.HasPrefix(string(comment), review.Marker("dev")+"\n"), string(comment))
		return string(comment), err
	}
	comment, err := run("preview")
	require.NoError(t, err)
	assert.Contains(t, comment, ": no change\n")
	comment, err = run("drift")
	require.NoError(t, err, "nothing has drifted")
	assert.Contains(t, comment, ": no change\n")

	_, err = shell(t, environment, "pulumi config set --path 'morpheus:database.backupRetentionDays' 14")
	require.NoError(t, err)
	comment, err = run("preview")
	require.NoError(t, err, "a change is no failure")
	assert.Contains(t, comment, "| database | 2 updated |")
	comment, err = run("drift")
	require.Error(t, err, "what is deployed is not what the program says")
	assert.Contains(t, comment, "| database | 2 updated |")

	_, err = shell(t, environment, "pulumi config set --path 'morpheus:database.backupRetentionDays' 99")
	require.NoError(t, err)
	comment, err = run("preview")
	require.Error(t, err, "a refused configuration must fail the job")
	assert.Contains(t, comment, "Preview of `dev`: refused")
	assert.Contains(t, comment, "database.backupRetentionDays: must be")

	_, err = shell(t, environment, "pulumi config set --path 'morpheus:database.backupRetentionDays' 1")
	require.NoError(t, err)
	out, err := shell(t, environment, fmt.Sprintf("export %s=1 REHEARSE='%s'\n.github/scripts/preview none none.md",
		asCommand, self))
	require.Error(t, err, out)
	out, err = shell(t, environment, "cat none.md")
	require.NoError(t, err)
	assert.Contains(t, out, "<!-- morpheus-review: none -->\n## Preview of none: not made")
}

func reviewOf(t *testing.T, preview string) string {
	t.Helper()
	var out bytes.Buffer
	cmd := reviewCommand(strings.NewReader(preview), &out)
	cmd.SetArgs([]string{})
	require.NoError(t, cmd.ExecuteContext(t.Context()))
	return out.String()
}
