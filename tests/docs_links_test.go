package tests

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// markdownPage has the parts of a Markdown file that the tests use.
type markdownPage struct {
	path    string          // from the root of the repository
	anchors map[string]bool // anchors that a link may point to
	links   []string        // destinations of links and images, as written
	spans   []string        // text between backticks
	shell   []string        // lines of shell blocks
}

// githubIDs gives headings the anchors that GitHub gives them.
type githubIDs struct{ used map[string]int }

func (g githubIDs) Generate(heading []byte, _ ast.NodeKind) []byte {
	kept := strings.Map(func(r rune) rune {
		switch {
		case r == ' ' || r == '-':
			return '-'
		case r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z':
			return r
		}
		return -1
	}, strings.ToLower(strings.TrimSpace(string(heading))))
	g.used[kept]++
	if again := g.used[kept] - 1; again > 0 {
		return fmt.Appendf(nil, "%s-%d", kept, again)
	}
	return []byte(kept)
}

func (g githubIDs) Put(id []byte) { g.used[string(id)]++ }

func parsePage(t *testing.T, path string) markdownPage {
	t.Helper()
	source, err := os.ReadFile(filepath.Join("..", path)) //nolint:gosec // of this repository
	require.NoError(t, err)
	d := markdownPage{path: path, anchors: map[string]bool{}}
	for _, m := range regexp.MustCompile(`<a id="([^"]+)">`).FindAllSubmatch(source, -1) {
		d.anchors[string(m[1])] = true
	}
	markdown := goldmark.New(
		goldmark.WithExtensions(extension.GFM), goldmark.WithParserOptions(parser.WithAutoHeadingID()),
	)
	ids := parser.WithIDs(githubIDs{used: map[string]int{}})
	root := markdown.Parser().Parse(text.NewReader(source), parser.WithContext(parser.NewContext(ids)))
	err = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Heading:
			id, _ := n.AttributeString("id")
			d.anchors[string(id.([]byte))] = true
		case *ast.Link:
			d.links = append(d.links, string(n.Destination))
		case *ast.Image:
			d.links = append(d.links, string(n.Destination))
		case *ast.CodeSpan:
			d.spans = append(d.spans, string(n.Text(source))) //nolint:staticcheck // a code span has no other accessor
		case *ast.FencedCodeBlock:
			if string(n.Language(source)) == "sh" {
				d.shell = append(d.shell, strings.Split(string(n.Lines().Value(source)), "\n")...)
			}
		}
		return ast.WalkContinue, nil
	})
	require.NoError(t, err)
	return d
}

// repositoryFiles returns the paths of the repository's files, without build output and installed tools.
func repositoryFiles(t *testing.T) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		path = strings.TrimPrefix(filepath.ToSlash(path), "../")
		if entry.IsDir() && slices.Contains([]string{".git", "bin", "tools/bin"}, path) {
			return fs.SkipDir
		}
		if entry.Type().IsRegular() {
			out = append(out, path)
		}
		return nil
	})
	require.NoError(t, err)
	return out
}

func markdownPages(t *testing.T) map[string]markdownPage {
	t.Helper()
	out := map[string]markdownPage{}
	for _, path := range repositoryFiles(t) {
		if strings.HasSuffix(path, ".md") {
			out[path] = parsePage(t, path)
		}
	}
	require.Contains(t, out, "README.md")
	return out
}

func TestDocsLinksHaveExistingTargets(t *testing.T) {
	all := markdownPages(t)
	for _, d := range all {
		for _, link := range d.links {
			if strings.Contains(link, "://") || strings.HasPrefix(link, "${outputs.") {
				continue
			}
			target, anchor, _ := strings.Cut(link, "#")
			path := d.path
			if target != "" {
				path = filepath.ToSlash(filepath.Join(filepath.Dir(d.path), target))
			}
			_, err := os.Stat(filepath.Join("..", path))
			if assert.NoError(t, err, "%s: link to %s", d.path, link) && anchor != "" {
				assert.True(t, all[path].anchors[anchor], "%s: %s has no heading %s", d.path, path, anchor)
			}
		}
	}
}

// Comments and messages in code name documents too.
func TestDocsNamedInCodeExist(t *testing.T) {
	all := markdownPages(t)
	reference := regexp.MustCompile(`\bdocs/[\w/-]+(?:\.[\w-]+)*\.md(?:#[\w-]+)?`)
	found := 0
	for _, path := range repositoryFiles(t) {
		if !slices.Contains([]string{".go", ".sh", ".yaml", ".yml", ".json", ""}, filepath.Ext(path)) {
			continue
		}
		source, err := os.ReadFile(filepath.Join("..", path)) //nolint:gosec // of this repository
		require.NoError(t, err)
		for _, named := range reference.FindAllString(string(source), -1) {
			found++
			page, anchor, _ := strings.Cut(named, "#")
			d, ok := all[page]
			if assert.True(t, ok, "%s names %s, which does not exist", path, page) && anchor != "" {
				assert.True(t, d.anchors[anchor], "%s names %s: the page has no such heading", path, named)
			}
		}
	}
	assert.Positive(t, found, "the search must find references")
}

// Readers paste shell blocks. A placeholder in angle brackets would be a redirection.
func TestDocsShellBlocksCanBePasted(t *testing.T) {
	for _, d := range markdownPages(t) {
		command := exec.CommandContext(t.Context(), "bash", "-n")
		command.Stdin = strings.NewReader(strings.Join(d.shell, "\n"))
		out, err := command.CombinedOutput()
		assert.NoError(t, err, "%s: %s", d.path, out)
		for _, line := range d.shell {
			code, _, _ := strings.Cut(line, " # ")
			code, _, _ = strings.Cut(code, "   #")
			assert.NotRegexp(t, `<[a-z][^<>|&;]*>`, code,
				"%s: angle brackets are redirections in a shell; use a variable", d.path)
		}
	}
}

func TestDocsAreListedInTheirIndex(t *testing.T) {
	all := markdownPages(t)
	for index, folder := range map[string]string{"docs/index.md": "docs", "docs/decisions/README.md": "docs/decisions"} {
		listed := map[string]bool{index: true}
		for _, link := range all[index].links {
			target, _, _ := strings.Cut(link, "#")
			listed[filepath.ToSlash(filepath.Join(folder, target))] = true
		}
		for path := range all {
			if filepath.ToSlash(filepath.Dir(path)) == folder {
				assert.True(t, listed[path], "%s is not listed in %s", path, index)
			}
		}
	}
}

func TestDocsNameTestsThatExist(t *testing.T) {
	known := map[string]bool{}
	for _, path := range repositoryFiles(t) {
		if strings.HasSuffix(path, "_test.go") {
			for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllStringSubmatch(content(t, "..", path), -1) {
				known[m[1]] = true
			}
		}
	}
	for _, d := range markdownPages(t) {
		for _, span := range d.spans {
			if regexp.MustCompile(`^Test[A-Z]\w+$`).MatchString(span) {
				assert.True(t, known[span], "%s: there is no test %s", d.path, span)
			}
		}
	}
}

func TestDocsNameTargetsOfTheMakefile(t *testing.T) {
	targets := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^([a-z-]+):`).FindAllStringSubmatch(content(t, "../Makefile"), -1) {
		targets[m[1]] = true
	}
	for _, d := range markdownPages(t) {
		for _, line := range slices.Concat(d.spans, d.shell) {
			if m := regexp.MustCompile(`^make ([a-z-]+)`).FindStringSubmatch(line); m != nil {
				assert.True(t, targets[m[1]], "%s: make has no target %s", d.path, m[1])
			}
		}
	}
}

func TestDocsNamePathsThatExist(t *testing.T) {
	notHere := regexp.MustCompile(`^(tools/bin|internal/service)/`) // build output; the provider's repository
	isPath := regexp.MustCompile(`^(\.ci|cmd|components|docs|internal|stacks|tests|tools)/[\w./<>*-]*$`)
	for _, d := range markdownPages(t) {
		for _, span := range d.spans {
			path, _, _ := strings.Cut(span, " ")
			if !isPath.MatchString(path) || notHere.MatchString(path) {
				continue
			}
			if at := strings.IndexAny(path, "<*"); at >= 0 { // <tier>, *.go: the folder above must exist
				path = filepath.Dir(path[:at] + "x")
			}
			_, err := os.Stat(filepath.Join("..", path))
			assert.NoError(t, err, "%s names %s", d.path, span)
		}
	}
}

func TestDocsNameConfigurationKeysThatExist(t *testing.T) {
	keys := slices.Sorted(maps.Keys(loadProject(t).Config))
	sections := map[string]bool{}
	for _, key := range keys {
		if section, _, nested := strings.Cut(key, "."); nested {
			sections[section] = true
		}
	}
	isKey := regexp.MustCompile(`^([a-z]\w+)\.[\w.]*[\w*](\[\d+\])?$`)
	isFile := regexp.MustCompile(`\.(go|json|md|rb|sh|yaml)$`)
	inShell := regexp.MustCompile(`morpheus:([a-z][\w.]*)|--config ([a-z][\w.]*)=|^key '?([a-z][\w.]*)`)
	check := func(d markdownPage, named string) {
		named, _, _ = strings.Cut(named, "[")
		above := strings.TrimSuffix(named, "*")
		assert.True(t, slices.ContainsFunc(keys, func(key string) bool {
			below := strings.HasSuffix(above, ".") && strings.HasPrefix(key, above)
			return key == named || below || strings.HasPrefix(key, named+".")
		}), "%s: there is no configuration key %s", d.path, named)
	}
	for _, d := range markdownPages(t) {
		for _, span := range d.spans {
			named, _, _ := strings.Cut(strings.TrimSuffix(span, ":"), " ")
			named, _, _ = strings.Cut(named, ":")
			if m := isKey.FindStringSubmatch(named); m != nil && sections[m[1]] && !isFile.MatchString(named) {
				check(d, named)
			}
		}
		for _, line := range d.shell {
			for _, m := range inShell.FindAllStringSubmatch(line, -1) {
				check(d, m[1]+m[2]+m[3])
			}
		}
	}
}

func TestTheLicenceIsApache(t *testing.T) {
	text, err := os.ReadFile("../LICENSE")
	require.NoError(t, err, "without a licence nobody may use the program")
	assert.Regexp(t, `^\s*Apache License\s+Version 2\.0`, string(text), "most dependencies have the same licence")
}
