package tests

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// workflow has the parts of a workflow of GitHub Actions that the tests read.
type workflow struct {
	Permissions map[string]string `yaml:"permissions"`
	Jobs        map[string]struct {
		Permissions map[string]string `yaml:"permissions"`
		Timeout     int               `yaml:"timeout-minutes"`
		Steps       []struct {
			Uses string         `yaml:"uses"`
			Run  string         `yaml:"run"`
			With map[string]any `yaml:"with"`
		} `yaml:"steps"`
	} `yaml:"jobs"`
}

// workflows returns the workflows by their file name, with their text.
func workflows(t *testing.T) (parsed map[string]workflow, texts map[string]string) {
	t.Helper()
	files, err := filepath.Glob("../.github/workflows/*.yml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	parsed, texts = map[string]workflow{}, map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		var w workflow
		require.NoError(t, yaml.Unmarshal(text, &w), file)
		parsed[filepath.Base(file)], texts[filepath.Base(file)] = w, string(text)
	}
	return parsed, texts
}

// A tag can be moved to other code, which would run with the credentials of the job.
func TestActionsArePinnedToACommit(t *testing.T) {
	_, texts := workflows(t)
	versions := map[string]string{}
	for file, text := range texts {
		for _, m := range regexp.MustCompile(`uses: (\S+?)@(\S+)(.*)`).FindAllStringSubmatch(text, -1) {
			assert.Regexp(t, `^[0-9a-f]{40}$`, m[2], "%s: %s", file, m[1])
			assert.Regexp(t, `^ # v\d+\.\d+\.\d+$`, m[3], "%s: %s: a reader and the updates need the version", file, m[1])
			pin := m[2] + m[3]
			if other, seen := versions[m[1]]; seen {
				assert.Equal(t, other, pin, "%s: %s has two versions", file, m[1])
			}
			versions[m[1]] = pin
		}
	}
}

// The token of a job may do what the job needs. A job that can assume a role of the account cannot write to GitHub.
func TestJobsHaveTheLeastPermissions(t *testing.T) {
	parsed, _ := workflows(t)
	for file, w := range parsed {
		assert.NotNil(t, w.Permissions, "%s: permissions must be {}, otherwise the repository's default applies", file)
		assert.Empty(t, w.Permissions, file)
		for name, job := range w.Jobs {
			assert.Equal(t, "read", job.Permissions["contents"], "%s: %s", file, name)
			assert.NotZero(t, job.Timeout, "%s: %s: the default is six hours", file, name)
			var writes []string
			for scope, level := range job.Permissions {
				if level == "write" {
					writes = append(writes, scope)
				}
			}
			assert.LessOrEqual(t, len(writes), 1, "%s: %s: %v", file, name, writes)
			for _, scope := range writes {
				assert.Contains(t, []string{"id-token", "pull-requests"}, scope, "%s: %s", file, name)
			}
		}
	}
}

// A step is one command that a test here executes, or a target of the Makefile: logic in YAML runs nowhere else.
func TestStepsAreCommandsThatRunHere(t *testing.T) {
	parsed, _ := workflows(t)
	makefile, err := os.ReadFile("../Makefile")
	require.NoError(t, err)
	used := map[string]bool{}
	for file, w := range parsed {
		for name, job := range w.Jobs {
			for _, step := range job.Steps {
				if step.Run == "" {
					continue
				}
				where := fmt.Sprintf("%s: %s: %s", file, name, step.Run)
				assert.NotContains(t, strings.TrimSpace(step.Run), "\n", where)
				assert.NotContains(t, step.Run, "${{", "%s: a value in a script is code; use env", where)
				script := regexp.MustCompile(`\.github/scripts/(\S+)|\.ci/run`).FindString(step.Run)
				target := regexp.MustCompile(`^make (\S+)$`).FindStringSubmatch(step.Run)
				verb := regexp.MustCompile(`^go run \./cmd/rehearse (\w+)`).FindStringSubmatch(step.Run)
				switch {
				case script != "":
					info, err := os.Stat("../" + script)
					require.NoError(t, err, where)
					assert.NotZero(t, info.Mode()&0o111, "%s must be executable", script)
					used[script] = true
				case target != nil:
					assert.Contains(t, string(makefile), "\n"+target[1]+":", where)
				default:
					assert.NotNil(t, verb, where)
				}
			}
		}
	}
	scripts, err := filepath.Glob("../.github/scripts/*")
	require.NoError(t, err)
	for _, script := range scripts {
		name := strings.TrimPrefix(script, "../")
		assert.True(t, used[name], "no workflow uses %s", name)
		assert.NotEmpty(t, scriptTests[filepath.Base(script)], "no test executes %s", name)
	}
	for script, test := range scriptTests {
		found, err := exec.Command("grep", "-rlE", "--include=*_test.go", "^func "+test+`\(`, "../tests", "../cmd").Output()
		require.NoError(t, err, "%s: there is no %s", script, test)
		assert.NotEmpty(t, found)
	}
}

// scriptTests are the tests that execute the scripts of the workflows.
var scriptTests = map[string]string{
	"comment": "TestACommentIsReplacedByTheNextOne",
	"drift":   "TestASandboxRunsTheRealCommands",
	"plugin":  "TestTheOfficialPluginHasTheVersionOfTheSDK",
	"preview": "TestASandboxRunsTheRealCommands",
}

// The CLI of the workflows is the one that the rehearsals use, and the minimum of the project.
func TestWorkflowsUseThePinnedCLI(t *testing.T) {
	parsed, _ := workflows(t)
	pins, err := os.ReadFile("../tools/pulumi/go.mod")
	require.NoError(t, err)
	pinned := regexp.MustCompile(`github\.com/pulumi/pulumi/pkg/v3 v(\S+)`).FindSubmatch(pins)
	require.NotNil(t, pinned)
	seen := 0
	for file, w := range parsed {
		for _, job := range w.Jobs {
			for _, step := range job.Steps {
				if strings.HasPrefix(step.Uses, "pulumi/actions@") {
					assert.Equal(t, string(pinned[1]), step.With["pulumi-version"], file)
					seen++
				}
			}
		}
	}
	assert.GreaterOrEqual(t, seen, 3)
}

// What nobody updates keeps its known faults.
func TestUpdatesCoverEveryPinnedFile(t *testing.T) {
	text, err := os.ReadFile("../.github/dependabot.yml")
	require.NoError(t, err)
	var updates struct {
		Updates []struct {
			Ecosystem   string   `yaml:"package-ecosystem"`
			Directory   string   `yaml:"directory"`
			Directories []string `yaml:"directories"`
		} `yaml:"updates"`
	}
	require.NoError(t, yaml.Unmarshal(text, &updates))
	covered := map[string]bool{}
	for _, u := range updates.Updates {
		for _, directory := range append(u.Directories, u.Directory) {
			if directory != "" {
				covered[u.Ecosystem+" "+directory] = true
			}
		}
	}
	// The provider's code is of the SDK's version and cannot be built with newer modules.
	delete(covered, "gomod /tools/awsprovider")
	want := map[string]bool{"github-actions /": true}
	for ecosystem, name := range map[string]string{"gomod": "go.mod", "pip": "requirements.txt", "npm": "package.json"} {
		out, err := exec.Command("git", "-C", "..", "ls-files", "-c", "-o", "--exclude-standard", name, "**/"+name).Output()
		require.NoError(t, err)
		for line := range strings.FieldsSeq(string(out)) {
			directory := filepath.Join("/", filepath.Dir(line))
			if directory != "/tools/awsprovider" {
				want[ecosystem+" "+directory] = true
			}
		}
	}
	assert.ElementsMatch(t, slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(covered)))
}

// github answers as the API for comments does.
type github struct {
	comments []map[string]any
	token    string
	calls    []string
}

func (g *github) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.calls = append(g.calls, r.Method+" "+r.URL.Path)
	var body struct {
		Body string `json:"body"`
	}
	switch {
	case r.Header.Get("Authorization") != "Bearer "+g.token:
		http.Error(w, "Bad credentials", http.StatusUnauthorized)
	case r.Method == http.MethodGet && r.URL.Path == "/repos/o/r/issues/7/comments":
		var page int
		_, _ = fmt.Sscan(r.URL.Query().Get("page"), &page)
		from, to := min(100*(page-1), len(g.comments)), min(100*page, len(g.comments))
		_ = json.NewEncoder(w).Encode(g.comments[from:to])
	case json.NewDecoder(r.Body).Decode(&body) != nil:
		http.Error(w, "Problems parsing JSON", http.StatusBadRequest)
	case r.Method == http.MethodPost && r.URL.Path == "/repos/o/r/issues/7/comments":
		g.add("Bot", body.Body)
		w.WriteHeader(http.StatusCreated)
	case r.Method == http.MethodPatch:
		for _, c := range g.comments {
			if r.URL.Path == fmt.Sprintf("/repos/o/r/issues/comments/%v", c["id"]) {
				c["body"] = body.Body
				return
			}
		}
		http.NotFound(w, r)
	default:
		http.NotFound(w, r)
	}
}

func (g *github) add(kind, body string) {
	g.comments = append(g.comments, map[string]any{
		"id": 1000 + len(g.comments), "user": map[string]any{"type": kind}, "body": body,
	})
}

// Each stack has one comment, however often somebody pushes, and only the workflow's own is replaced.
func TestACommentIsReplacedByTheNextOne(t *testing.T) {
	for _, tool := range []string{"curl", "jq"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip("needs " + tool)
		}
	}
	g := &github{token: "token-of-the-job"}
	server := httptest.NewServer(g)
	defer server.Close()
	post := func(text, token string) error {
		file := filepath.Join(t.TempDir(), "review.md")
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		cmd := exec.Command("../.github/scripts/comment", file, "7")
		cmd.Env = append(os.Environ(), "GITHUB_TOKEN="+token, "GITHUB_REPOSITORY=o/r", "GITHUB_API_URL="+server.URL)
		out, err := cmd.CombinedOutput()
		if err != nil {
			err = fmt.Errorf("%w: %s", err, out)
			assert.NotContains(t, string(out), token, "the log must not show the token")
		}
		return err
	}
	const prod, dev = "<!-- morpheus-review: prod -->\n", "<!-- morpheus-review: dev -->\n"
	for range 120 {
		g.add("User", "a discussion")
	}
	g.add("User", prod+"somebody else's, with the same mark")
	awkward := prod + "first: `x` \"y\" $HOME \\n |\n"
	require.NoError(t, post(awkward, g.token))
	require.NoError(t, post(dev+"of another stack\n", g.token))
	require.Len(t, g.comments, 123)
	assert.Equal(t, awkward, g.comments[121]["body"])
	require.NoError(t, post(prod+"second\n", g.token))
	require.Len(t, g.comments, 123, "the earlier comment must be replaced, also on the second page")
	assert.Equal(t, prod+"second\n", g.comments[121]["body"])
	assert.Equal(t, prod+"somebody else's, with the same mark", g.comments[120]["body"])

	require.ErrorContains(t, post("no mark\n", g.token), "is not a mark")
	require.ErrorContains(t, post(prod, "wrong"), "Bad credentials", "the reason must be in the log")
}

// An older plug-in would refuse what the program sets, or plan something else.
func TestTheOfficialPluginHasTheVersionOfTheSDK(t *testing.T) {
	folder := t.TempDir()
	fake := filepath.Join(folder, "pulumi")
	require.NoError(t, os.WriteFile(fake, []byte("#!/bin/sh\necho \"$@\"\n"), 0o700)) //nolint:gosec // a stand-in
	cmd := exec.Command(".github/scripts/plugin")
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), "PATH="+folder+":"+os.Getenv("PATH"))
	out, err := cmd.Output()
	require.NoError(t, err)
	module, err := os.ReadFile("../go.mod")
	require.NoError(t, err)
	version := regexp.MustCompile(`pulumi-aws/sdk/v6 v(\S+)`).FindSubmatch(module)
	require.NotNil(t, version)
	assert.Equal(t, "plugin install resource aws "+string(version[1])+"\n", string(out))
}
