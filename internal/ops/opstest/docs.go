package opstest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// actions are IAM's names of calls where they differ from the name in the signature or of the operation.
var actions = map[string]string{
	"monitoring": "cloudwatch", "s3:HeadObject": "s3:GetObject", "s3:ListBuckets": "s3:ListAllMyBuckets",
	"mq:ListTags": "mq:ListTags", "sts:GetCallerIdentity": "",
}

// Permissions returns the IAM actions that a policy document does not contain: of the calls of this test binary, and of
// more calls that only some accounts cause.
func Permissions(document string, more ...string) []string {
	var out []string
	all := append(Called(), more...)
	slices.Sort(all)
	for _, call := range slices.Compact(all) {
		service, operation, _ := strings.Cut(call, ":")
		if renamed, known := actions[service]; known {
			call = renamed + ":" + operation
		}
		if renamed, known := actions[call]; known {
			call = renamed
		}
		if call != "" && !strings.Contains(document, `"`+call+`"`) {
			out = append(out, call)
		}
	}
	return out
}

// AssertListed compares a block of docs/operations.md with a list, and writes it if rewrite is set. The list of
// permissions may have more: which calls were made depends on the tests that ran.
func AssertListed(t *testing.T, block string, items []string, rewrite bool) {
	t.Helper()
	path := filepath.Join(Repository(), "docs", "operations.md")
	page, err := os.ReadFile(path)
	require.NoError(t, err)
	begin, end := "<!-- "+block+":begin -->\n", "<!-- "+block+":end -->\n"
	before, rest, found := strings.Cut(string(page), begin)
	require.True(t, found, "docs/operations.md must have the marker %s", begin)
	_, after, found := strings.Cut(rest, end)
	require.True(t, found, "docs/operations.md must have the marker %s", end)
	want := before + begin + "\n- `" + strings.Join(items, "`\n- `") + "`\n\n" + end + after
	if rewrite {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o644)) //nolint:gosec // a document
		return
	}
	listed, _, _ := strings.Cut(rest, end)
	for _, item := range items {
		assert.True(t, strings.Contains(listed, "- `"+item+"`\n"), "docs/operations.md, %s lacks %s: run make golden", block, item)
	}
	if !strings.HasSuffix(block, "permissions") {
		assert.True(t, want == string(page), "docs/operations.md, %s lists more than there is: run make golden", block)
	}
}
