// Package awsplugin finds Pulumi's AWS plug-in, which contains the AWS provider's code. It builds the plug-in if the
// official one cannot be downloaded. Linux and macOS only, because it locks files and starts process groups.
package awsplugin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

const binaryName = "pulumi-resource-aws"

// Plugin is an installed plug-in.
type Plugin struct {
	// Path is the path of the binary. It needs the files next to it, and also finds them through a symbolic link.
	Path string
	// Version is the version of the plug-in's SDK, such as v6.83.2.
	Version string
	// Official is true for Pulumi's own plug-in. The built one has an older provider and fewer services.
	Official bool
}

// String describes the plug-in.
func (p Plugin) String() string {
	if p.Official {
		return "the official AWS plug-in " + p.Version
	}
	return fmt.Sprintf("the AWS plug-in built for %s (%s)", p.Version, filepath.Base(filepath.Dir(p.Path)))
}

// pulumiHome is the user's Pulumi home. It is read at the start, because a rehearsal removes PULUMI_ variables from its
// environment.
var pulumiHome = os.Getenv("PULUMI_HOME")

// Find returns the plug-in of the program's SDK: the official one if the user's Pulumi has installed it, otherwise the
// one that Ensure has built. It does not compile.
func Find() (Plugin, bool, error) {
	s, err := findSource()
	if err != nil {
		return Plugin{}, false, err
	}
	return s.find()
}

// Ensure finds the plug-in or builds it. A build takes long and writes to progress. Its processes end with ctx.
func Ensure(ctx context.Context, progress io.Writer) (Plugin, error) {
	s, err := findSource()
	if err != nil {
		return Plugin{}, err
	}
	if plugin, found, err := s.find(); err != nil || found {
		return plugin, err
	}
	cache, err := s.cache()
	if err != nil {
		return Plugin{}, err
	}
	if err := s.build(ctx, cache, progress); err != nil {
		return Plugin{}, fmt.Errorf("build the AWS plug-in: %w", err)
	}
	return s.built(cache), hold(cache)
}

// Cache is the folder of the plug-in that Ensure builds.
func Cache() (string, error) {
	s, err := findSource()
	if err != nil {
		return "", err
	}
	return s.cache()
}

func (s source) find() (Plugin, bool, error) {
	if plugin, found, err := s.official(); err != nil || found {
		return plugin, found, err
	}
	cache, err := s.cache()
	if err != nil {
		return Plugin{}, false, err
	}
	plugin := s.built(cache)
	found, err := exists(plugin.Path)
	if err == nil && found {
		err = hold(cache)
	}
	return plugin, found, err
}

func (s source) built(cache string) Plugin {
	return Plugin{Path: filepath.Join(cache, binaryName), Version: s.sdk}
}

func (s source) official() (Plugin, bool, error) {
	home := pulumiHome
	if home == "" {
		user, err := os.UserHomeDir()
		if err != nil {
			return Plugin{}, false, fmt.Errorf("find Pulumi's home: %w", err)
		}
		home = filepath.Join(user, ".pulumi")
	}
	dir := filepath.Join(home, "plugins", "resource-aws-"+s.sdk)
	// Pulumi keeps this file next to a plug-in whose installation is not complete.
	if partial, err := exists(dir + ".partial"); err != nil || partial {
		return Plugin{}, false, err
	}
	plugin := Plugin{Path: filepath.Join(dir, binaryName), Version: s.sdk, Official: true}
	found, err := exists(plugin.Path)
	return plugin, found, err
}

func exists(path string) (bool, error) {
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// Environment returns the variables with which the plug-in calls the AWS API server at endpoint, and not AWS or the
// instance metadata service, without the user's credentials. The program sets the region.
func Environment(endpoint string) map[string]string {
	return map[string]string{
		"AWS_ENDPOINT_URL":            endpoint,
		"AWS_ACCESS_KEY_ID":           "AKIAIOSFODNN7EXAMPLE", // the key of the AWS documentation
		"AWS_SECRET_ACCESS_KEY":       "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
		"AWS_EC2_METADATA_DISABLED":   "true",
		"AWS_CONFIG_FILE":             os.DevNull,
		"AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
	}
}
