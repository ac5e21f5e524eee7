package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/project"
)

// benchCompile uses an empty build cache. It first compiles the SDK packages that the program imports, and then the
// program. The ratio compares both times together with the first.
func benchCompile(ctx context.Context) error {
	folder, err := project.Find()
	if err != nil {
		return err
	}
	cache, err := os.MkdirTemp("", "morpheus-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(cache) }() // in the temporary folder
	packages, err := sdkPackages(ctx, string(folder))
	if err != nil {
		return err
	}
	fmt.Printf("compiling %d SDK packages in an empty cache; about 3 to 8 minutes on 2 cores\n", len(packages))
	sdk, err := compile(ctx, string(folder), cache, packages...)
	if err != nil {
		return err
	}
	fmt.Printf("  SDK packages            %6.1f s\n", sdk.Seconds())
	program, err := compile(ctx, string(folder), cache, "-o", filepath.Join(cache, "morpheus"), ".")
	if err != nil {
		return err
	}
	fmt.Printf("  and the program, linked %6.1f s\n", program.Seconds())
	fmt.Printf("  ratio of both to the SDK packages %.2f\n", (sdk+program).Seconds()/sdk.Seconds())
	return nil
}

// sdkPackages returns the Pulumi packages that the program imports.
func sdkPackages(ctx context.Context, dir string) ([]string, error) {
	list := exec.CommandContext(ctx, "go", "list", "-deps", "-f",
		`{{if and .Module .Module.Main}}{{range .Imports}}{{println .}}{{end}}{{end}}`, ".")
	list.Dir, list.Stderr = dir, os.Stderr
	out, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("list the program's imports: %w", err)
	}
	seen := map[string]bool{}
	var packages []string
	for name := range strings.FieldsSeq(string(out)) {
		if strings.HasPrefix(name, "github.com/pulumi/") && !seen[name] {
			seen[name] = true
			packages = append(packages, name)
		}
	}
	return packages, nil
}

func compile(ctx context.Context, dir, cache string, args ...string) (time.Duration, error) {
	// #nosec G204 -- package names of this module
	build := exec.CommandContext(ctx, "go", append([]string{"build"}, args...)...)
	build.Dir, build.Stdout, build.Stderr = dir, os.Stdout, os.Stderr
	build.Env = append(os.Environ(), "GOCACHE="+cache)
	start := time.Now()
	if err := build.Run(); err != nil {
		return 0, fmt.Errorf("go build: %w", err)
	}
	return time.Since(start), nil
}
