// Package harness runs the program with Pulumi's mocks against a simulated account, without an engine or other
// processes. A run takes milliseconds. If the provider or AWS refuses a resource, the run returns the error.
//
//	config, err := harness.Load("prod", nil)
//	run, err := harness.Launch{Stack: "prod", Config: config}.Start()
//	cluster, err := run.Named("database-cluster")
package harness

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"

	stackconfig "github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/provider"
	"github.com/morpheus-ha/morpheus-aws/stacks"
)

// AWSProvider is the type token of an explicit AWS provider.
const AWSProvider = "pulumi:providers:aws"

// Launch has the options of a run.
type Launch struct {
	// Required

	Stack  string
	Config Config

	// Optional

	// Secrets are the full keys of the configuration's secret values.
	Secrets []string
	// Preview does not change the account.
	Preview bool
	// Over is a finished run. The new run is a preview of an update of its resources in its account.
	Over *Run
	// Previous are the stack's outputs of the previous update.
	Previous map[string]any
	// Others are the outputs of other stacks by name (default: of the stack that the configuration takes over).
	Others map[string]map[string]any
	// Deployed is a finished run whose resources the program finds in the state.
	Deployed *Run
	// Account is the account to deploy into (default: a new one, with what the configuration names).
	Account *account.Account
	// Fresh leaves the service-linked roles out of the new account.
	Fresh bool
	// Refuse returns AWS's error for a look-up; nil if it succeeds (default: all look-ups succeed).
	Refuse func(pulumi.MockCallArgs) error
	// Program to run (default: the whole program).
	Program pulumi.RunFunc
}

// Run records the resources, look-ups and outputs of the program.
type Run struct {
	Stack   string
	Account *account.Account
	// ByURN are the resources. If a URN is registered twice, the run fails.
	ByURN map[string]*Resource
	// Providers are the AWS providers by URN.
	Providers map[string]provider.Config
	// Invokes are the look-ups of the account.
	Invokes []pulumi.MockCallArgs
	// Reads are the resources that the program only reads.
	Reads []pulumi.MockResourceArgs
	// Exports are the outputs of the stack; empty if the program failed.
	Exports map[string]Export

	// before has, by URN, a bit for each resource that a resource waited for, and its own; place is the number of a
	// resource's bit by type and id.
	before map[string][]uint64
	place  map[[2]string]int

	preview  bool
	over     *Run
	previous map[string]any
	deployed map[string]any
	others   map[string]map[string]any
	refuse   func(pulumi.MockCallArgs) error
	mu       sync.Mutex // the SDK calls from many goroutines
}

// state returns the resources as the engine does: by URN, with type and outputs.
func (r *Run) state() map[string]any {
	out := map[string]any{}
	if r == nil {
		return out
	}
	for urn, res := range r.ByURN {
		out[urn] = map[string]any{"type": res.Token, "outputs": provider.Plain(res.State)}
	}
	return out
}

// Export is an output of the stack.
type Export struct {
	Value         any
	Known, Secret bool
}

// Start runs the program. With an error, it also returns the run up to the error.
func (l Launch) Start() (*Run, error) {
	run := &Run{
		Account: l.Account, ByURN: map[string]*Resource{}, Providers: map[string]provider.Config{},
		Exports: map[string]Export{},
		before:  map[string][]uint64{}, place: map[[2]string]int{},
		Stack: l.Stack, preview: l.Preview, over: l.Over, previous: l.Previous, refuse: l.Refuse, others: l.Others,
	}
	if l.Over != nil {
		run.Account, run.preview = l.Over.Account, true
	}
	if run.Account == nil {
		run.Account = simaws.NewAccount(simaws.Options{Fresh: l.Fresh})
		simaws.Furnish(run.Account, l.Config.Text)
		if l.Others == nil {
			run.others = simaws.Followed(run.Account, l.Config.Text)
		}
	}
	if run.previous == nil {
		run.previous = map[string]any{}
	}
	run.deployed = l.Deployed.state()
	if len(run.deployed) > 0 && len(run.previous) == 0 {
		run.previous = map[string]any{"morpheusVersion": "8.0.7"} // a stack without outputs was never complete
	}
	program := l.Program
	if program == nil {
		program = stacks.Run
	}
	var exports map[string]pulumi.Input
	err := pulumi.RunErr(func(ctx *pulumi.Context) error {
		err := program(ctx)
		exports = ctx.GetCurrentExportMap()
		return err
	}, pulumi.WithMocks(stackconfig.Namespace, l.Stack, run), func(info *pulumi.RunInfo) {
		info.Config, info.ConfigSecretKeys, info.DryRun = l.Config, l.Secrets, run.preview
	})
	if err != nil {
		return run, err // an output may never get its value
	}
	for name, value := range exports {
		if run.Exports[name], err = Await(value); err != nil {
			return run, fmt.Errorf("output %s: %w", name, err)
		}
	}
	return run, nil
}

// Await waits for the value of an input or output.
func Await(value pulumi.Input) (Export, error) {
	output, ok := value.(pulumi.Output)
	if !ok {
		return Export{Value: fmt.Sprint(value), Known: true}, nil
	}
	got, err := internals.UnsafeAwaitOutput(context.Background(), output)
	if err != nil {
		return Export{}, err
	}
	if p := reflect.ValueOf(got.Value); p.Kind() == reflect.Pointer && !p.IsNil() {
		got.Value = p.Elem().Interface()
	}
	return Export{Value: got.Value, Known: got.Known, Secret: got.Secret}, nil
}

// All returns all resources, sorted by URN.
func (r *Run) All() []*Resource {
	out := make([]*Resource, 0, len(r.ByURN))
	for _, res := range r.ByURN {
		out = append(out, res)
	}
	slices.SortFunc(out, func(a, b *Resource) int { return strings.Compare(a.URN, b.URN) })
	return out
}

// AWS returns the resources of the AWS provider, sorted by URN.
func (r *Run) AWS() []*Resource {
	return slices.DeleteFunc(r.All(), func(res *Resource) bool { return !res.IsAWS() })
}

// OfType returns the resources of a type, sorted by URN. The package of an AWS type may be left out, as in
// "rds/cluster:Cluster".
func (r *Run) OfType(token string) []*Resource {
	return slices.DeleteFunc(r.All(), func(res *Resource) bool { return res.Token != "aws:"+token && res.Token != token })
}

// Named returns the only resource of a provider with a logical name.
func (r *Run) Named(name string) (*Resource, error) {
	var found []*Resource
	for _, res := range r.All() {
		if res.Name == name && !res.IsComponent() {
			found = append(found, res)
		}
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("%d resources are named %s, want 1", len(found), name)
	}
	return found[0], nil
}
