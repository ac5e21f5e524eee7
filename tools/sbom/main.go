// Command sbom writes what the programs and a node are made of, as CycloneDX, and fails if a module has a licence that
// licences.go does not allow. cyclonedx-gomod reads the modules and detects their licences; nothing is sent anywhere.
//
//	go run ./tools/sbom -cyclonedx tools/bin/cyclonedx-gomod-v1.10.0 -out sbom -stack prod
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/stack"
)

// programs are what is run outside of a checkout's tests, with their packages.
var programs = []struct{ name, path string }{
	{name: "morpheus", path: "."},
	{name: "ops", path: "./cmd/ops"},
	{name: "deploy", path: "./deploy"},
}

// bom is a CycloneDX document. Fields that are only passed on are raw.
type bom struct {
	Format       string          `json:"bomFormat"`
	Spec         string          `json:"specVersion"`
	Version      int             `json:"version"`
	Metadata     metadata        `json:"metadata"`
	Components   []component     `json:"components"`
	Dependencies []dependency    `json:"dependencies,omitempty"`
	Compositions json.RawMessage `json:"compositions,omitempty"`
}

type metadata struct {
	Component *component      `json:"component,omitempty"`
	Tools     json.RawMessage `json:"tools,omitempty"`
}

type component struct {
	Ref        string      `json:"bom-ref,omitempty"`
	Type       string      `json:"type"`
	Name       string      `json:"name"`
	Version    string      `json:"version,omitempty"`
	Scope      string      `json:"scope,omitempty"`
	Hashes     []hash      `json:"hashes,omitempty"`
	Licenses   []licence   `json:"licenses,omitempty"`
	PURL       string      `json:"purl,omitempty"`
	References []reference `json:"externalReferences,omitempty"`
	Properties []property  `json:"properties,omitempty"`
	Evidence   *struct {
		Licenses []licence `json:"licenses,omitempty"`
	} `json:"evidence,omitempty"`
}

type (
	hash      struct{ Alg, Content string }
	reference struct{ Type, URL string }
	property  struct{ Name, Value string }
	licence   struct {
		License struct {
			ID   string `json:"id,omitempty"`
			Name string `json:"name,omitempty"`
		} `json:"license"`
	}
	dependency struct {
		Ref string   `json:"ref"`
		On  []string `json:"dependsOn,omitempty"`
	}
)

// MarshalJSON writes the field names of CycloneDX.
func (h hash) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]string{"alg": h.Alg, "content": h.Content})
}

// MarshalJSON writes the field names of CycloneDX.
func (r reference) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]string{"type": r.Type, "url": r.URL})
}

// MarshalJSON writes the field names of CycloneDX.
func (p property) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]string{"name": p.Name, "value": p.Value})
}

func main() {
	var o options
	flag.StringVar(&o.binary, "cyclonedx", "", "`path` of cyclonedx-gomod")
	flag.StringVar(&o.folder, "out", "sbom", "`folder` for the documents; empty to check the licences alone")
	flag.StringVar(&o.stack, "stack", "", "stack whose release and checksums the document of a node has (default: none)")
	flag.Parse()
	if err := o.run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}

type options struct{ binary, folder, stack string }

func (o options) run(ctx context.Context, out io.Writer) error {
	modules, err := o.modules(ctx)
	if err != nil {
		return err
	}
	table, err := judge(modules.Components)
	fmt.Fprint(out, table)
	if err != nil || o.folder == "" {
		return err
	}
	if err := os.MkdirAll(o.folder, 0o750); err != nil {
		return err
	}
	commit, err := output(ctx, "git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")
	if err != nil {
		return err
	}
	for _, p := range programs {
		linked, err := output(ctx, "go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", p.path)
		if err != nil {
			return err
		}
		document := only(modules, p.name, strings.TrimSpace(commit), strings.Fields(linked))
		if err := write(filepath.Join(o.folder, p.name+".cdx.json"), document); err != nil {
			return err
		}
		fmt.Fprintf(out, "sbom: %s: %d modules\n", p.name, len(document.Components))
	}
	var settings *config.Config
	if o.stack != "" {
		if settings, err = stack.Load(".", o.stack); err != nil {
			return err
		}
	}
	document := node(settings)
	fmt.Fprintf(out, "sbom: node: %d components\n", len(document.Components))
	return write(filepath.Join(o.folder, "node.cdx.json"), document)
}

// modules are those of all packages and tests of the repository, with their licences.
func (o options) modules(ctx context.Context) (bom, error) {
	binary, err := filepath.Abs(o.binary)
	if err != nil {
		return bom{}, err
	}
	text, err := output(ctx, binary, "mod", "-test", "-json", "-licenses", "-noserial", "-notimestamp", ".")
	if err != nil {
		return bom{}, err
	}
	var all bom
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		return bom{}, fmt.Errorf("read what cyclonedx-gomod writes: %w", err)
	}
	if len(all.Components) == 0 {
		return bom{}, fmt.Errorf("cyclonedx-gomod has found no module")
	}
	return all, nil
}

// only reduces a document to the modules that a program links, and names the program.
func only(all bom, name, commit string, linked []string) bom {
	keep, refs := map[string]bool{}, map[string]bool{}
	for _, path := range linked {
		keep[path] = true
	}
	out := all
	out.Metadata.Component = &component{Ref: name, Type: "application", Name: "morpheus-aws/" + name, Version: commit}
	out.Components, out.Dependencies, out.Compositions = nil, nil, nil
	var direct []string
	for _, c := range all.Components {
		if keep[c.Name] {
			c.Scope = "required"
			out.Components = append(out.Components, c)
			refs[c.Ref] = true
			direct = append(direct, c.Ref)
		}
	}
	out.Dependencies = []dependency{{Ref: name, On: direct}}
	for _, d := range all.Dependencies {
		if !refs[d.Ref] {
			continue
		}
		var on []string
		for _, ref := range d.On {
			if refs[ref] {
				on = append(on, ref)
			}
		}
		out.Dependencies = append(out.Dependencies, dependency{Ref: d.Ref, On: on})
	}
	return out
}

func write(path string, document bom) error {
	text, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o600)
}

// output runs a program and returns its standard output.
func output(ctx context.Context, program string, arguments ...string) (string, error) {
	command := exec.CommandContext(ctx, program, arguments...) // #nosec G204 -- constants and a flag
	var complaints strings.Builder
	command.Stderr = &complaints
	text, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", filepath.Base(program), arguments[0], err, complaints.String())
	}
	return string(text), nil
}
