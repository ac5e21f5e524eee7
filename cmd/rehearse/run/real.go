package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awsplugin"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/moto"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/project"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
)

// The values of --provider.
const (
	simulatedProvider = "simulated"
	realProvider      = "real"
)

// region is the region of the committed stacks, in which moto's resources are listed.
const region = "us-east-1"

// errNotBuilt is the error of --only-if-built if there is no plug-in.
var errNotBuilt = errors.New("the AWS provider plug-in is not built")

// accounts returns the function that creates an account for a stack; nil for the simulated one.
func accounts(
	ctx context.Context, provider string, build bool, progress io.Writer,
) (func(context.Context) (rehearsal.Account, error), error) {
	switch provider {
	case simulatedProvider:
		return nil, nil
	case realProvider:
	default:
		return nil, fmt.Errorf("--provider must be %s or %s, got %q", simulatedProvider, realProvider, provider)
	}
	folder, err := project.Find()
	if err != nil {
		return nil, err
	}
	if _, found, err := awsplugin.Find(); err != nil || !found && !build {
		return nil, errors.Join(err, errNotBuilt)
	}
	plugin, err := awsplugin.Ensure(ctx, progress)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(progress, "with %s; calls that the layer answers instead of moto server: %d\n", plugin, len(moto.Layer))
	for _, entry := range moto.Layer {
		fmt.Fprintf(progress, "  %s: %s\n", entry.Call, entry.Why)
	}
	return func(ctx context.Context) (rehearsal.Account, error) {
		server, err := moto.Start(ctx, string(folder), region, simaws.Domain)
		if err != nil {
			return rehearsal.Account{}, err
		}
		return rehearsal.Account{
			Cloud:   server,
			Plugins: map[string]string{"aws": plugin.Path},
			Fixture: func(private bool) []rehearsal.Setting { return project.Settings(server.Fixture(private)) },
			Expected: map[rehearsal.Verb]string{
				rehearsal.Up:      "with the real provider: about 12 minutes, 11 of them a wait for OpenSearch",
				rehearsal.Destroy: "with the real provider: 12 to 17 minutes, nearly all of them a wait for OpenSearch",
			},
		}, nil
	}, nil
}
