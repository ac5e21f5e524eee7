// Command node-tools gathers the four files that nodes install (docs/node-boot.md, Tools): it downloads three of them,
// verifies AWS's PGP signatures, builds the package of the EFS mount helper in a container, uploads all four into a
// bucket, and prints the commands that configure the stack.
//
//	go run ./tools/node-tools -bucket my-bucket
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/morpheus-ha/morpheus-aws/components/cluster/boot"
)

// keys of the configuration with the checksum of each tool, by boot.Tool.Name.
var keys = map[string]string{
	"aws-cli": "awsCliSha256", "efs-utils": "efsUtilsSha256", "cloudwatch-agent": "cloudwatchAgentSha256",
	"rds-ca": "rdsCaSha256",
}

func main() {
	g := gatherer{sources: vendors, run: runCommand, out: os.Stdout}
	flag.StringVar(&g.folder, "out", "node-tools", "`folder` of the files; existing files are kept and not verified again")
	flag.StringVar(&g.bucket, "bucket", "", "bucket to upload to; empty for none")
	flag.StringVar(&g.awsCLI, "aws-cli", "latest", "`version` of the AWS CLI, such as 2.31.0")
	flag.StringVar(&g.agent, "cloudwatch-agent", "latest", "`version` of the CloudWatch agent")
	flag.StringVar(&g.image, "image", "ubuntu:24.04", "container `image` for the build: the Ubuntu release of the nodes")
	flag.StringVar(&g.builder, "builder", "docker", "`program` that runs containers: docker or podman")
	flag.Parse()
	if err := g.gather(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "node-tools:", err)
		os.Exit(1)
	}
}

// gatherer gathers the files.
type gatherer struct {
	folder, bucket, awsCLI, agent, image, builder string
	sources                                       sources
	run                                           func(ctx context.Context, command ...string) error
	out                                           io.Writer
}

func (g gatherer) gather(ctx context.Context) error {
	if err := os.MkdirAll(g.folder, 0o750); err != nil {
		return fmt.Errorf("create the folder: %w", err)
	}
	for _, tool := range boot.Tools {
		if keys[tool.Name] == "" {
			return fmt.Errorf("%s: this program does not know the tool", tool.Name)
		}
		file := filepath.Join(g.folder, filepath.Base(tool.Key))
		if _, err := os.Stat(file); err == nil {
			fmt.Fprintf(g.out, "%s: kept\n", file)
			continue
		} else if !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("look for %s: %w", file, err)
		}
		if err := g.fetch(ctx, tool.Name, file); err != nil {
			return fmt.Errorf("%s: %w", tool.Name, err)
		}
	}
	if g.bucket != "" {
		for _, tool := range boot.Tools {
			// S3 compares the checksum of what it has received.
			if err := g.run(ctx, "aws", "s3", "cp", "--only-show-errors", "--checksum-algorithm", "SHA256",
				filepath.Join(g.folder, filepath.Base(tool.Key)), "s3://"+g.bucket+"/"+tool.Key); err != nil {
				return fmt.Errorf("upload %s: %w", tool.Name, err)
			}
		}
	}
	return g.printConfiguration()
}

// fetch provides one file.
func (g gatherer) fetch(ctx context.Context, name, file string) error {
	switch name {
	case "aws-cli":
		url := g.sources.cli + "/awscli-exe-linux-x86_64.zip"
		if g.awsCLI != "latest" {
			url = g.sources.cli + "/awscli-exe-linux-x86_64-" + g.awsCLI + ".zip"
		}
		return g.sources.signed(ctx, url, file, g.sources.cliKey)
	case "cloudwatch-agent":
		return g.sources.signed(ctx, g.sources.agent+"/ubuntu/amd64/"+g.agent+"/amazon-cloudwatch-agent.deb", file,
			g.sources.agentKey)
	case "rds-ca":
		return g.sources.certificates(ctx, g.sources.rds+"/global/global-bundle.pem", file)
	default:
		return g.build(ctx, file)
	}
}

// build builds the package of the mount helper in a container and moves it to the file.
func (g gatherer) build(ctx context.Context, file string) error {
	folder, err := filepath.Abs(g.folder)
	if err != nil {
		return fmt.Errorf("find the folder: %w", err)
	}
	fmt.Fprintf(g.out, "%s: building efs-utils %s in %s, which takes minutes\n", file, efsUtilsTag, g.image)
	if err := g.run(ctx, g.builder, "run", "--rm", "--volume", folder+":/out", g.image, "bash", "-ec",
		buildScript); err != nil {
		return fmt.Errorf("build in a container (-builder): %w", err)
	}
	if err := os.Rename(filepath.Join(folder, "built.deb"), file); err != nil {
		return fmt.Errorf("the build left no package: %w", err)
	}
	return nil
}

// printConfiguration prints the commands that configure the stack.
func (g gatherer) printConfiguration() error {
	if g.bucket != "" {
		fmt.Fprintf(g.out, "pulumi config set --path morpheus:nodeTools.bucket %s\n", g.bucket)
	}
	for _, tool := range boot.Tools {
		text, err := os.ReadFile(filepath.Join(g.folder, filepath.Base(tool.Key)))
		if err != nil {
			return fmt.Errorf("read %s: %w", tool.Name, err)
		}
		sum := sha256.Sum256(text)
		fmt.Fprintf(g.out, "pulumi config set --path morpheus:nodeTools.%s %s\n", keys[tool.Name], hex.EncodeToString(sum[:]))
	}
	return nil
}

// runCommand runs a command with the terminal's output.
func runCommand(ctx context.Context, command ...string) error {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...) // #nosec G204 -- the commands are in this program
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", command[0], err)
	}
	return nil
}
