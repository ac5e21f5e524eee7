package main

import (
	"fmt"
	"slices"
	"strings"

	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
)

// checkTables finds rows that mean nothing to the provider: the bridge would pass over a misspelt name in silence.
func checkTables(p shim.Provider) error {
	var wrong []string
	property := func(resource, property string) {
		r, ok := p.ResourcesMap().GetOk(resource)
		if !ok {
			wrong = append(wrong, resource)
			return
		}
		if _, ok := r.Schema().GetOk(property); property != "" && !ok {
			wrong = append(wrong, resource+"."+property)
		}
	}
	for resource := range special {
		property(resource, "")
	}
	for resource := range unserved {
		property(resource, "")
	}
	for resource := range deleteFirst {
		property(resource, "")
	}
	for resource := range ids {
		property(resource, "")
	}
	for resource, auto := range autoNames {
		property(resource, auto.property)
	}
	for resource, paths := range overrides {
		for path := range paths {
			outer, _, _ := strings.Cut(path, ".") // the comparison with the SDK finds what is wrong inside
			property(resource, outer)
		}
	}
	for name := range functionNames {
		if _, ok := p.DataSourcesMap().GetOk(name); !ok {
			wrong = append(wrong, name)
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	slices.Sort(wrong)
	return fmt.Errorf("the provider does not have %s", strings.Join(slices.Compact(wrong), ", "))
}
