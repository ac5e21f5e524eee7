package awsplugin

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// toy is a plug-in that only writes a schema.
const toy = `package main

import "os"

var version string

func main() {
	if os.Args[1] != "schema" || os.Args[2] != "--out" {
		os.Exit(1)
	}
	if err := os.WriteFile(os.Args[3]+"/schema.json", []byte(version), 0o600); err != nil {
		panic(err)
	}
}
`

// toySource returns a repository whose plug-in compiles quickly.
func toySource(t *testing.T) source {
	t.Helper()
	repository := t.TempDir()
	write(t, filepath.Join(repository, "go.mod"), "module toy\n\nrequire "+sdkModule+" v6.1.2\n")
	dir := filepath.Join(repository, sourceDir)
	write(t, filepath.Join(dir, "go.mod"), "module "+mainPackage+"\n\ngo 1.25\n\n"+
		"replace "+providerModule+" => example.com/provider v0.0.0-20250210124112-ca3a4c5ba291\n")
	write(t, filepath.Join(dir, "main.go"), toy)
	s, err := readSource(repository)
	require.NoError(t, err)
	return s
}

func write(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
}

func TestBuildCreatesThePluginAndItsFiles(t *testing.T) {
	s := toySource(t)
	cache := filepath.Join(t.TempDir(), "new", "cache")
	var progress bytes.Buffer

	require.NoError(t, s.build(t.Context(), cache, &progress))

	schema, err := os.ReadFile(filepath.Join(cache, "schema.json"))
	require.NoError(t, err)
	assert.Equal(t, "6.1.2", string(schema), "the linker must set the version of the SDK")
	assert.FileExists(t, s.built(cache).Path)
	assert.Contains(t, progress.String(), "55 CPU minutes", "the message must say how long it takes")

	progress.Reset()
	require.NoError(t, s.build(t.Context(), cache, &progress))
	assert.Empty(t, progress.String(), "another process has built it")
}

func TestFailedBuildReportsItsErrorAndLeavesNoFiles(t *testing.T) {
	s := toySource(t)
	write(t, filepath.Join(s.dir, "main.go"), "package main\n\nfunc main() { nonsense() }\n")
	parent := t.TempDir()

	err := s.build(t.Context(), filepath.Join(parent, "cache"), &bytes.Buffer{})

	assert.ErrorContains(t, err, "undefined: nonsense")
	assert.NoDirExists(t, filepath.Join(parent, "cache"))
	assert.NoDirExists(t, filepath.Join(parent, "part"))
}

func TestOnlyOneProcessBuilds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	unlock, err := lock(t.Context(), path, &bytes.Buffer{})
	require.NoError(t, err)

	ended, end := context.WithCancel(t.Context())
	end()
	var progress bytes.Buffer
	_, err = lock(ended, path, &progress)
	require.ErrorIs(t, err, context.Canceled)
	assert.Contains(t, progress.String(), "another process", "the message must say what it waits for")

	unlock()
	unlock, err = lock(t.Context(), path, &bytes.Buffer{})
	require.NoError(t, err)
	unlock()
}

func TestCacheFolderHasTheVersionAndTheHashOfTheSource(t *testing.T) {
	s := toySource(t)
	cache, err := s.cache()
	require.NoError(t, err)
	assert.Regexp(t, `/morpheus-aws/awsprovider-v6\.1\.2-ca3a4c5ba291-[0-9a-f]{12}$`, cache)

	write(t, filepath.Join(s.dir, "main_test.go"), "package main\n")
	same, err := hash(s.dir)
	require.NoError(t, err)
	assert.Equal(t, s.hash, same, "a test must not change the hash")

	write(t, filepath.Join(s.dir, "go.sum"), "changed\n")
	changed, err := hash(s.dir)
	require.NoError(t, err)
	assert.NotEqual(t, s.hash, changed)
}

func TestInstalledOfficialPluginIsPreferred(t *testing.T) {
	pulumiHome = t.TempDir()
	t.Cleanup(func() { pulumiHome = os.Getenv("PULUMI_HOME") })
	s := toySource(t)
	installed := filepath.Join(pulumiHome, "plugins", "resource-aws-v6.1.2")

	_, found, err := s.official()
	require.NoError(t, err)
	assert.False(t, found)

	write(t, filepath.Join(installed, binaryName), "")
	plugin, found, err := s.find()
	require.NoError(t, err)
	require.True(t, found)
	assert.Equal(t, Plugin{Path: filepath.Join(installed, binaryName), Version: "v6.1.2", Official: true}, plugin)

	write(t, installed+".partial", "")
	_, found, err = s.official()
	require.NoError(t, err)
	assert.False(t, found, "Pulumi has not finished installing it")
}

// A plug-in has 700 MB, and each change to its source creates another.
func TestBuildRemovesUnusedOlderPlugins(t *testing.T) {
	s, parent := toySource(t), t.TempDir()
	at := func(name string) string { return filepath.Join(parent, name) }
	for _, name := range []string{"awsprovider-v6.1.2-old", "awsprovider-v6.1.2-used", "awsprovider-v6.1.1-other"} {
		write(t, filepath.Join(at(name), binaryName), "")
	}
	release, err := use(at("awsprovider-v6.1.2-used"))
	require.NoError(t, err)
	var progress bytes.Buffer

	require.NoError(t, s.build(t.Context(), at("awsprovider-v6.1.2-new"), &progress))

	assert.NoDirExists(t, at("awsprovider-v6.1.2-old"))
	assert.Contains(t, progress.String(), "awsprovider-v6.1.2-old", "the message must name the removed plug-in")
	assert.DirExists(t, at("awsprovider-v6.1.2-used"), "another process runs it")
	assert.DirExists(t, at("awsprovider-v6.1.1-other"), "another branch may use another version of the SDK")
	release()
	require.NoError(t, s.prune(at("awsprovider-v6.1.2-new"), &progress))
	assert.NoDirExists(t, at("awsprovider-v6.1.2-used"))
}
