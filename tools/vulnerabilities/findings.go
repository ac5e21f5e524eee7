package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/semver"
)

// standardLibrary is the module of packages that come with Go.
const standardLibrary = "stdlib"

// finding is a vulnerability in a package that a module imports.
type finding struct {
	// Folder of the module, and ID of the vulnerability, such as GO-2024-3333.
	Folder, ID string
	// Module that has it, with its version, and the version without it; empty if there is none.
	Module, Version, Fixed string
	// Summary is what it is.
	Summary string
	// Package that has it.
	Package string
}

// message is one of the JSON objects that govulncheck prints.
type message struct {
	OSV *struct {
		ID      string `json:"id"`
		Summary string `json:"summary"`
	} `json:"osv"`
	Finding *struct {
		OSV   string `json:"osv"`
		Fixed string `json:"fixed_version"`
		// Trace begins with what is vulnerable. It has a package only if that is imported.
		Trace []struct {
			Module  string `json:"module"`
			Version string `json:"version"`
			Package string `json:"package"`
		} `json:"trace"`
	} `json:"finding"`
}

// read returns what is in imported packages, each vulnerability of a module once.
func read(folder string, from io.Reader) ([]finding, error) {
	var out []finding
	summaries := map[string]string{}
	decoder := json.NewDecoder(from)
	for {
		var m message
		err := decoder.Decode(&m)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read the report on %s: %w", folder, err)
		}
		if m.OSV != nil {
			summaries[m.OSV.ID] = m.OSV.Summary
		}
		if m.Finding == nil || len(m.Finding.Trace) == 0 || m.Finding.Trace[0].Package == "" {
			continue
		}
		at := m.Finding.Trace[0]
		f := finding{
			Folder: folder, ID: m.Finding.OSV, Module: at.Module, Version: at.Version, Fixed: m.Finding.Fixed,
			Summary: summaries[m.Finding.OSV], Package: at.Package,
		}
		if !slices.ContainsFunc(out, func(o finding) bool { return o.ID == f.ID && o.Module == f.Module }) {
			out = append(out, f)
		}
	}
}

func (f finding) String() string {
	fixed := "no version without it"
	if f.Fixed != "" {
		fixed = "fixed in " + f.Fixed
	}
	return fmt.Sprintf("%s: %s: %s (%s %s, %s), in %s", f.Folder, f.ID, f.Summary, f.Module, f.Version, fixed, f.Package)
}

// judge compares what was found with the exceptions. Vulnerabilities of the standard library are a warning: whoever
// builds chooses the Go release, so no commit here can repair them.
func judge(found []finding, allowed []exception, now time.Time, out io.Writer) error {
	var bad, library []string
	var fixed string
	used := map[string]bool{}
	for _, f := range found {
		i := slices.IndexFunc(allowed, func(e exception) bool { return e.covers(f) })
		switch {
		case f.Module == standardLibrary:
			if !slices.Contains(library, f.ID) {
				library = append(library, f.ID)
			}
			if semver.Compare(f.Fixed, fixed) > 0 {
				fixed = f.Fixed
			}
		case i < 0:
			bad = append(bad, f.String())
		default:
			used[allowed[i].name()] = true
		}
	}
	if len(library) > 0 {
		slices.Sort(library)
		fmt.Fprintf(out, "warning: the standard library has %d known vulnerabilities; build with Go %s or newer: %s\n",
			len(library), cmp.Or(strings.TrimPrefix(fixed, "v"), "of another line"), strings.Join(library, ", "))
	}
	for _, e := range allowed {
		until, err := time.Parse(time.DateOnly, e.Until)
		switch {
		case err != nil:
			bad = append(bad, fmt.Sprintf("the exception %s: %v", e.name(), err))
		case now.After(until.AddDate(0, 0, 1)):
			bad = append(bad, fmt.Sprintf("the exception %s ended on %s: %s", e.name(), e.Until, e.Reason))
		case e.ID != "" && !used[e.name()]:
			bad = append(bad, fmt.Sprintf("the exception %s is not needed any more: remove it", e.name()))
		}
	}
	if len(bad) > 0 {
		slices.Sort(bad)
		return fmt.Errorf("%d problems:\n  - %s", len(bad), strings.Join(bad, "\n  - "))
	}
	fmt.Fprintln(out, "vulnerabilities: none without an exception")
	return nil
}
