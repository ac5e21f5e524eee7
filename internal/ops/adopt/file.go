package adopt

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/stack"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/steps"
)

// file is what `pulumi import --file` reads and what `pulumi preview --import-file` writes, as far as it matters here.
type file struct {
	NameTable      map[string]string `json:"nameTable,omitempty"`
	Resources      []entry           `json:"resources,omitempty"`
	ProviderInputs map[string]any    `json:"providerInputs,omitempty"`
}

// entry is a resource; all of its fields are kept.
type entry map[string]any

func (e entry) text(field string) string {
	text, _ := e[field].(string)
	return text
}

// logical is the name in the program. Name is another one only if two resources have the same.
func (e entry) logical() string {
	if name := e.text("logicalName"); name != "" {
		return name
	}
	return e.text("name")
}

// File reduces the import file of a preview, which has everything that an update would create, to the resources to
// adopt and their parents. So names, types, parents and the provider are the program's own.
func File(preview []byte, adopted []Resource) ([]byte, error) {
	var all, out file
	if err := json.Unmarshal(preview, &all); err != nil {
		return nil, fmt.Errorf("read the import file of the preview: %w", err)
	}
	out.NameTable, out.ProviderInputs = map[string]string{}, map[string]any{}
	byName := map[string]entry{}
	for _, e := range all.Resources {
		byName[e.text("name")] = e
	}
	added := map[string]bool{}
	var add func(e entry)
	add = func(e entry) {
		name := e.text("name")
		if added[name] {
			return
		}
		added[name] = true
		if parent := e.text("parent"); parent != "" {
			if above, made := byName[parent]; made {
				add(above)
			} else {
				out.NameTable[parent] = all.NameTable[parent]
			}
		}
		if provider := e.text("provider"); provider != "" {
			out.NameTable[provider] = all.NameTable[provider]
			if inputs, isNew := all.ProviderInputs[provider]; isNew {
				out.ProviderInputs[provider] = inputs
			}
		}
		out.Resources = append(out.Resources, e)
	}
	for _, r := range adopted {
		at := slices.IndexFunc(all.Resources, func(e entry) bool { return e.text("type") == r.Type && e.logical() == r.Name })
		if at < 0 {
			return nil, fmt.Errorf("the next update would not create %s, as which %s is to be adopted: the stack has one already, or "+
				"its configuration has none", r.Name, r.ID)
		}
		all.Resources[at]["id"] = r.ID
		add(all.Resources[at])
	}
	return json.MarshalIndent(out, "", "  ")
}

// tagLimit is how long a service may take to show a new tag.
const tagLimit = 2 * time.Minute

// Steps give the resources the tags of the stack, without which the program takes them for another one's, and write the
// file. They need no answer from the program before: its preview is the last step.
func (s *Subject) Steps(f *Found, run stack.Run, path string) []steps.Step {
	own := s.Config.DefaultTags()
	var out []steps.Step
	for _, t := range f.tagged {
		out = append(out, steps.Step{
			Name: "tag", Does: t.what + " gets the tags of the stack", Limit: tagLimit,
			Done: func(ctx context.Context) (bool, error) {
				has, err := t.read(ctx)
				return len(missing(own, has)) == 0, err
			},
			Do: func(ctx context.Context) error {
				has, err := t.read(ctx)
				if err != nil {
					return err
				}
				return t.write(ctx, missing(own, has))
			},
		})
	}
	written := false
	return append(out, steps.Step{
		Name: "file", Does: path + " has what to import, from a preview of the stack",
		Done: func(context.Context) (bool, error) { return written, nil },
		Do: func(ctx context.Context) error {
			err := write(ctx, run, s.Config.Stack, path, f.Resources)
			written = err == nil
			return err
		},
	})
}

// write previews the stack and writes the file.
func write(ctx context.Context, run stack.Run, name, path string, adopted []Resource) error {
	folder, err := os.MkdirTemp("", "adopt-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder) //nolint:errcheck // a temporary folder
	all := filepath.Join(folder, "all.json")
	if _, err := run(ctx, "preview", "--import-file", all, "--stack", name); err != nil {
		return err
	}
	preview, err := os.ReadFile(all) //nolint:gosec // in the temporary folder
	if err != nil {
		return err
	}
	text, err := File(preview, adopted)
	if err != nil {
		return err
	}
	// An earlier file may be of other resources.
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the path is the user's
	if err != nil {
		return err
	}
	_, err = out.Write(append(text, '\n'))
	return errors.Join(err, out.Close())
}

// Next are the commands that follow.
func Next(stack, path string) string {
	return strings.Join([]string{
		"pulumi import --file " + path + " --generate-code=false --stack " + stack,
		"pulumi preview --diff --stack " + stack + ", which must replace and delete nothing",
	}, "\nthen: ")
}
