package awsplugin

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
)

const (
	sourceDir      = "tools/awsprovider"
	sdkModule      = "github.com/pulumi/pulumi-aws/sdk/v6"
	providerModule = "github.com/hashicorp/terraform-provider-aws"
)

// source is the source code of the plug-in.
type source struct {
	dir      string // the folder of its module
	sdk      string // version of the plug-in's SDK
	provider string // version of the provider's code
	hash     string // of the sources
}

// findSource walks up from the current folder to the repository.
func findSource() (source, error) {
	dir, err := os.Getwd()
	if err != nil {
		return source{}, fmt.Errorf("find %s: %w", sourceDir, err)
	}
	for at := dir; ; at = filepath.Dir(at) {
		found, err := exists(filepath.Join(at, sourceDir, "go.mod"))
		switch {
		case err != nil:
			return source{}, fmt.Errorf("find %s: %w", sourceDir, err)
		case found:
			return readSource(at)
		case at == filepath.Dir(at):
			return source{}, fmt.Errorf("no %s in %s or above it: run this inside a clone of the repository",
				sourceDir, dir)
		}
	}
}

func readSource(repository string) (source, error) {
	s := source{dir: filepath.Join(repository, sourceDir)}
	program, err := readModule(repository)
	if err != nil {
		return source{}, err
	}
	for _, require := range program.Require {
		if require.Mod.Path == sdkModule {
			s.sdk = require.Mod.Version
		}
	}
	plugin, err := readModule(s.dir)
	if err != nil {
		return source{}, err
	}
	for _, replace := range plugin.Replace {
		if replace.Old.Path == providerModule {
			s.provider = replace.New.Version
		}
	}
	if s.sdk == "" || s.provider == "" {
		return source{}, errors.New(
			"go.mod must require " + sdkModule + ", and that of " + sourceDir + " replace " + providerModule,
		)
	}
	s.hash, err = hash(s.dir)
	return s, err
}

func readModule(dir string) (*modfile.File, error) {
	path := filepath.Join(dir, "go.mod")
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return modfile.Parse(path, text, nil)
}

// hash returns the hash of a build's inputs: the Go files without the tests, go.mod and go.sum.
func hash(dir string) (string, error) {
	entries, err := os.ReadDir(dir) // sorted
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	for _, entry := range entries {
		name := entry.Name()
		code := strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go")
		if !code && name != "go.mod" && name != "go.sum" {
			continue
		}
		data, err := fs.ReadFile(os.DirFS(dir), name)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(sum, "%s %d\n%s", name, len(data), data)
	}
	return fmt.Sprintf("%x", sum.Sum(nil)[:6]), nil
}

// cache returns the folder of the plug-in that is built from this source.
func (s source) cache() (string, error) {
	user, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the cache of the AWS plug-in: %w", err)
	}
	provider := s.provider
	if revision, err := module.PseudoVersionRev(provider); err == nil {
		provider = revision
	}
	name := strings.Join([]string{"awsprovider", s.sdk, provider, s.hash}, "-")
	return filepath.Join(user, "morpheus-aws", name), nil
}
