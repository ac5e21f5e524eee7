// Command pulumi-resource-aws is Pulumi's AWS plug-in, built from the published Go module of the AWS provider's own code:
// the same checks, defaults, plans and API calls as in the official plug-in, where that cannot be downloaded.
//
// It serves the services in tokens.go under the tokens and property names of the Pulumi SDK for AWS. What the official
// plug-in adds beyond names (its own tag merging, a few patches of the provider) is not here.
//
//	pulumi-resource-aws schema --out DIR --skip-docs --skip-examples
//
// writes the two files that it needs beside itself to serve.
package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	pfbridge "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	pftfgen "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfgen"
)

// version is that of the SDK whose plug-in this is. The linker sets it (-X main.version).
var version = "0.0.0"

// The files that `schema` writes: the package schema, and which half of the provider serves which type.
const (
	schemaFile   = "schema.json"
	metadataFile = "bridge-metadata.json"
)

func main() {
	if err := run(context.Background(), len(os.Args) > 1 && os.Args[1] == "schema"); err != nil {
		fmt.Fprintln(os.Stderr, "pulumi-resource-aws:", err)
		os.Exit(1)
	}
}

// run generates the files or serves until the engine ends it; the bridge reads the arguments by itself.
func run(ctx context.Context, generate bool) error {
	if generate {
		info, err := providerInfo(ctx, nil)
		if err != nil {
			return err
		}
		if err := checkTables(info.P); err != nil {
			return err
		}
		pftfgen.MainWithMuxer(packageName, info)
		return nil
	}
	schema, err := beside(schemaFile)
	if err != nil {
		return err
	}
	metadata, err := beside(metadataFile)
	if err != nil {
		return err
	}
	info, err := providerInfo(ctx, metadata)
	if err != nil {
		return err
	}
	pfbridge.MainWithMuxer(ctx, packageName, info, schema)
	return nil
}

// beside reads a file from the folder of the binary, also when it was started through a link.
func beside(name string) ([]byte, error) {
	binary, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if binary, err = filepath.EvalSymlinks(binary); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(filepath.Join(filepath.Dir(binary), name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: run `%s schema` first", err, binary)
	}
	return data, err
}
