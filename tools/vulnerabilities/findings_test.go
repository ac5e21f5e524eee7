package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var day = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)

// report is what govulncheck prints: entries, modules that have them, and packages that are imported.
const report = `{"osv": {"id": "GO-1", "summary": "Denial of service"}}
{"osv": {"id": "GO-2", "summary": "Unused"}}
{"finding": {"osv": "GO-1", "fixed_version": "v1.2.0", "trace": [{"module": "example.com/m", "version": "v1.1.0"}]}}
{"finding": {"osv": "GO-2", "trace": [{"module": "example.com/m", "version": "v1.1.0"}]}}
{"finding": {"osv": "GO-1", "fixed_version": "v1.2.0", "trace": [
  {"module": "example.com/m", "version": "v1.1.0", "package": "example.com/m/p"}]}}
{"finding": {"osv": "GO-1", "fixed_version": "v1.2.0", "trace": [
  {"module": "example.com/m", "version": "v1.1.0", "package": "example.com/m/q"}]}}
`

func TestOnlyImportedPackagesCountAndOnlyOnce(t *testing.T) {
	found, err := read(".", strings.NewReader(report))
	require.NoError(t, err)
	require.Len(t, found, 1, "a module that has a vulnerability does no harm unless its package is imported")
	assert.Equal(t, ".: GO-1: Denial of service (example.com/m v1.1.0, fixed in v1.2.0), in example.com/m/p",
		found[0].String())
	_, err = read(".", strings.NewReader(report+"{"))
	assert.Error(t, err, "half a report must not count as none")
}

func TestAVulnerabilityNeedsAnExceptionThatHasNotEnded(t *testing.T) {
	found := []finding{{Folder: ".", ID: "GO-1", Module: "example.com/m"}}
	one := func(folder, id, until string) []exception {
		return []exception{{Folder: folder, ID: id, Reason: "because", Until: until}}
	}
	for name, c := range map[string]struct {
		found   []finding
		allowed []exception
		want    string
	}{
		"none":            {},
		"no exception":    {found: found, want: ".: GO-1: "},
		"an exception":    {found: found, allowed: one(".", "GO-1", "2026-12-31")},
		"on its last day": {found: found, allowed: one(".", "GO-1", "2026-12-01")},
		"that has ended": {
			found: found, allowed: one(".", "GO-1", "2026-11-30"), want: ". GO-1 ended on 2026-11-30: because",
		},
		"without a date":          {found: found, allowed: one(".", "GO-1", "soon"), want: "parsing time"},
		"of another module":       {found: found, allowed: one("tools/x", "GO-1", "2026-12-31"), want: ".: GO-1: "},
		"that is not needed":      {allowed: one(".", "GO-1", "2026-12-31"), want: "is not needed any more"},
		"of a module not scanned": {allowed: one("tools/x", "", "2026-12-31")},
		"of one, ended":           {allowed: one("tools/x", "", "2026-11-30"), want: "tools/x ended on"},
	} {
		err := judge(c.found, c.allowed, day, &strings.Builder{})
		if c.want == "" {
			assert.NoError(t, err, name)
		} else {
			assert.ErrorContains(t, err, c.want, name)
		}
	}
}

// No commit here can repair the standard library of whoever builds.
func TestTheStandardLibraryIsAWarning(t *testing.T) {
	var out strings.Builder
	found := []finding{
		{Folder: ".", ID: "GO-3", Module: standardLibrary, Version: "v1.26.8", Fixed: "v1.26.10"},
		{Folder: "tools/x", ID: "GO-3", Module: standardLibrary, Version: "v1.26.8", Fixed: "v1.26.10"},
		{Folder: ".", ID: "GO-4", Module: standardLibrary, Version: "v1.26.8", Fixed: "v1.26.9"},
	}
	require.NoError(t, judge(found, nil, day, &out))
	assert.Contains(t, out.String(),
		"warning: the standard library has 2 known vulnerabilities; build with Go 1.26.10 or newer: GO-3, GO-4\n")
}

// A module that nobody scans is a hole in the check.
func TestEveryModuleIsScannedOrExcepted(t *testing.T) {
	modules, err := filepath.Glob("../*/go.mod")
	require.NoError(t, err)
	require.NotEmpty(t, modules)
	looked := map[string]bool{}
	for _, s := range scans {
		looked[s.Folder] = true
	}
	for _, e := range exceptions {
		assert.Greater(t, len(e.Reason), 30, "%s: whoever reads it must be able to judge it", e.name())
		looked[e.Folder] = looked[e.Folder] || e.ID == ""
	}
	for _, path := range modules {
		folder := "tools/" + filepath.Base(filepath.Dir(path))
		assert.True(t, looked[folder], "%s: scan it, or write an exception", folder)
	}
	for _, s := range scans {
		_, err := os.Stat(filepath.Join("../..", s.Folder, "go.mod"))
		assert.NoError(t, err, "%s is no module", s.Folder)
	}
}

func TestTheAgeOfTheDatabaseIsInItsVersion(t *testing.T) {
	_, version, _ := strings.Cut(database, "@")
	made, err := madeAt(version)
	require.NoError(t, err)
	assert.False(t, made.Before(time.Date(2026, 11, 5, 0, 0, 0, 0, time.UTC)), "it only gets newer")
	_, err = madeAt("v1.2.3")
	assert.Error(t, err)
}
