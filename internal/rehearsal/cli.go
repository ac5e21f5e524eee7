package rehearsal

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/blang/semver"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/gobuild"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/project"
)

// FindCLI finds a Pulumi CLI of at least the pinned version on PATH or in tools/bin. If there is none, it builds one
// from the module that pins it, which takes minutes and writes to progress.
func FindCLI(ctx context.Context, folder project.Folder, progress io.Writer) (Command, error) {
	pkg, version, err := folder.PinnedCLI()
	if err != nil {
		return Command{}, fmt.Errorf("find the pinned Pulumi CLI: %w", err)
	}
	minimum, err := semver.ParseTolerant(version)
	if err != nil {
		return Command{}, fmt.Errorf("%s: version %q: %w", project.CLIModule, version, err)
	}
	if path, err := exec.LookPath("pulumi"); err == nil {
		command, err := newCommand(ctx, path, minimum)
		if err == nil {
			return command, nil
		}
		fmt.Fprintf(progress, "not using the Pulumi CLI on PATH: %v\n", err)
	}
	path := folder.Path("tools", "bin", "pulumi-"+version, "bin", "pulumi")
	if _, err := os.Stat(path); err != nil {
		if err := buildCLI(ctx, folder, pkg, version, path, progress); err != nil {
			return Command{}, fmt.Errorf("build the Pulumi CLI %s: %w", version, err)
		}
	}
	return newCommand(ctx, path, minimum)
}

// buildCLI compiles to a temporary name first, so that an interrupted build leaves no incomplete CLI.
func buildCLI(
	ctx context.Context, folder project.Folder, pkg, version, path string, progress io.Writer,
) error {
	fmt.Fprintf(progress,
		"building the Pulumi CLI %s into %s: 3 to 8 minutes on 2 cores, only this once\n", version, filepath.Dir(path))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // as readable as the rest of the clone
		return err
	}
	// The linker sets the version of the CLI.
	link := "-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=" + version
	options := gobuild.Options{Dir: folder.Path(filepath.Dir(project.CLIModule)), Package: pkg, Name: pkg, Link: link,
		Binary: path + ".part"}
	if err := gobuild.Build(ctx, options, progress); err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}
