package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// allowed are the licences that a module may have, and why.
var allowed = map[string]string{
	"Apache-2.0":   "permissive, with a grant of patents",
	"MIT":          "permissive",
	"BSD-2-Clause": "permissive",
	"BSD-3-Clause": "permissive",
	"ISC":          "permissive",
	// HashiCorp's libraries from before its change to BUSL, and some others.
	"MPL-2.0": "copyleft of single files: the modules are linked as they are, and their source is public",
}

// refused are licences with a reason of their own; everything else that is not allowed is refused too.
var refused = map[string]string{
	"BUSL-1.1":      "no production use beside the licensor's grant: HashiCorp's products since August 2023",
	"SSPL-1.0":      "whoever offers the service must publish all that runs it",
	"AGPL-3.0":      "users over the network get the source of all that is linked",
	"GPL-3.0":       "all that is linked comes under it",
	"GPL-2.0":       "all that is linked comes under it",
	"Elastic-2.0":   "not for a managed service",
	"LicenseRef-no": "no licence is no permission",
}

// corrections are what the detector, which compares texts, gets wrong. Modules are a path or the begin of one with "/".
var corrections = []struct{ modules, detected, is, because string }{
	{
		modules: "golang.org/x/", detected: "BSD-Source-Code", is: "BSD-3-Clause",
		because: "the Go project's text has three clauses: https://go.dev/LICENSE",
	},
	{
		modules: "github.com/gogo/protobuf", detected: "0BSD", is: "BSD-3-Clause",
		because: "its file LICENSE has the texts of GoGo and of Go, three clauses each",
	},
}

// of returns the licences of a component, after the corrections.
func of(c component) []string {
	found := slices.Clone(c.Licenses)
	if c.Evidence != nil {
		found = append(found, c.Evidence.Licenses...)
	}
	var out []string
	for _, l := range found {
		name := l.License.ID
		if name == "" {
			name = l.License.Name
		}
		for _, fix := range corrections {
			if fix.detected == name && (fix.modules == c.Name || strings.HasSuffix(fix.modules, "/") && strings.HasPrefix(c.Name, fix.modules)) {
				name = fix.is
			}
		}
		out = append(out, name)
	}
	return out
}

// judge returns a table with the number of modules by licence, and an error that names each module whose licence is not
// allowed.
func judge(modules []component) (string, error) {
	counts := map[string]int{}
	var errs []error
	for _, c := range modules {
		names := of(c)
		if len(names) == 0 {
			errs = append(errs, fmt.Errorf("%s %s: no licence was found: %s", c.Name, c.Version, refused["LicenseRef-no"]))
		}
		for _, name := range names {
			counts[name]++
			if allowed[name] != "" {
				continue
			}
			why := refused[name]
			if why == "" {
				why = "nobody has looked at it"
			}
			errs = append(errs, fmt.Errorf("%s %s: the licence %s is not allowed: %s; replace the module, or add the licence with "+
				"its reason to tools/sbom/licences.go", c.Name, c.Version, name, why))
		}
	}
	var table strings.Builder
	fmt.Fprintf(&table, "licences: %d modules\n", len(modules))
	for _, name := range slices.SortedFunc(maps.Keys(counts), func(a, b string) int { return counts[b] - counts[a] }) {
		fmt.Fprintf(&table, "  %-14s %3d\n", name, counts[name])
	}
	return table.String(), errors.Join(errs...)
}
