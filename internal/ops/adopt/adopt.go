// Package adopt takes an existing database cluster and an existing file system into a stack that has not been deployed.
// It looks whether the configuration describes them so that no update replaces them, gives them the tags of the stack, and
// writes the file for `pulumi import`. It imports nothing itself.
package adopt

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/lifecycle"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
)

// Subject is what is to be adopted, and the stack that adopts it.
type Subject struct {
	Config *config.Config
	AWS    *account.Account
	// Cluster and FileSystem are their ids; empty for none. One is required.
	Cluster, FileSystem string
}

// Resource is a resource to import: what the program calls it, and the id that AWS gave it.
type Resource struct{ Type, Name, ID string }

// Found is what the account has.
type Found struct {
	// Resources are imported.
	Resources []Resource
	// Problems are why the resources cannot be adopted as they are, or as the configuration is. Nothing is written then.
	Problems []string
	// Changes are what the next update changes in place, and Left what stays outside of the stack.
	Changes, Left []string

	// tagged have tags of their own, which must become those of the stack.
	tagged []tagged
}

// tagged is a resource with tags.
type tagged struct {
	what string
	tags map[string]string
	// read returns the tags anew, and write adds some.
	read  func(ctx context.Context) (map[string]string, error)
	write func(ctx context.Context, tags map[string]string) error
}

// Look asks the account. An error means that it could not look; what cannot be adopted is in Problems.
func (s *Subject) Look(ctx context.Context) (*Found, error) {
	if s.Cluster == "" && s.FileSystem == "" {
		return nil, errors.New("--database or --filesystem is required, such as --filesystem fs-0123456789abcdef0")
	}
	f := &Found{}
	s.stack(f)
	if s.FileSystem != "" {
		if err := s.files(ctx, f); err != nil {
			return nil, fmt.Errorf("file system %s: %w", s.FileSystem, err)
		}
	}
	if s.Cluster != "" {
		if err := s.database(ctx, f); err != nil {
			return nil, fmt.Errorf("database %s: %w", s.Cluster, err)
		}
	}
	s.owners(f)
	return f, nil
}

// stack looks at the configuration alone.
func (s *Subject) stack(f *Found) {
	if s.Config.Environment != lifecycle.Production {
		f.refuse("environment: must be production, got %s: until the first update has ended, Pulumi's protection of production "+
			"alone keeps the data", s.Config.Environment)
	}
	if s.Config.Recovery.TakesOver() {
		f.refuse("recovery.role: must be primary, got recovery: the stack takes over the data of %s", s.Config.Recovery.PrimaryStack)
	}
	if s.Config.Safety.AllowDestroy || len(s.Config.Safety.AllowReplace) > 0 {
		f.refuse("safety.allowReplace, safety.allowDestroy: must be empty and false: they take off the protection that keeps the data")
	}
}

// owners refuses what another stack has.
func (s *Subject) owners(f *Found) {
	own := s.Config.DefaultTags()
	for _, t := range f.tagged {
		stack := t.tags["Stack"]
		if t.tags["Project"] == own["Project"] && stack != "" && stack != own["Stack"] {
			f.refuse("%s has the tags of the stack %s: take it out of that stack first (`pulumi state delete`), then remove its "+
				"tags Project and Stack", t.what, stack)
		}
	}
}

// refuse adds a problem.
func (f *Found) refuse(format string, values ...any) {
	f.Problems = append(f.Problems, fmt.Sprintf(format, values...))
}

// must refuses another value of a key than the resource has, because a change would replace the resource.
func (f *Found) must(key, is, got, why string) {
	if is != got {
		f.refuse("%s: must be %q as it has, got %q: %s", key, is, got, why)
	}
}

// changes adds a change in place.
func (f *Found) changes(format string, values ...any) {
	f.Changes = append(f.Changes, fmt.Sprintf(format, values...))
}

// Err returns the problems as one error; nil for none.
func (f *Found) Err() error {
	if len(f.Problems) == 0 {
		return nil
	}
	return fmt.Errorf("cannot be adopted, nothing is written:\n  - %s", strings.Join(f.Problems, "\n  - "))
}

// missing returns the tags of the stack that a resource does not have.
func missing(own, has map[string]string) map[string]string {
	out := maps.Clone(own)
	maps.DeleteFunc(out, func(key, value string) bool { return has[key] == value })
	return out
}

// sameSet reports whether two lists have the same elements.
func sameSet(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// listed returns a sorted list for a message.
func listed(items []string) string { return strings.Join(slices.Sorted(slices.Values(items)), ", ") }

// key refuses a key that is not the configured one, or that is not the account's own.
func (s *Subject) key(ctx context.Context, f *Found, what, concern, arn, configured string) error {
	manager, err := s.keyManager(ctx, arn)
	if err != nil {
		return err
	}
	if manager != "CUSTOMER" {
		f.refuse("%s is encrypted with a key of AWS, %s: the stack needs a customer key, and AWS cannot change the key of "+
			"existing data; restore a copy of it with a key of the account", what, arn)
		return nil
	}
	f.must("encryption.keys."+concern, arn, configured, "another key replaces it")
	return nil
}
