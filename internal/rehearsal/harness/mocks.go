package harness

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	stackconfig "github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/project"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/contract"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/provider"
)

const randomPassword = "random:index/randomPassword:RandomPassword" //nolint:gosec // a type

// NewResource implements pulumi.MockResourceMonitor: it registers a resource like the engine.
func (r *Run) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	if args.ReadRPC != nil {
		return r.read(args)
	}
	// args.Inputs has no unknown values, so it is not used.
	inputs, err := plugin.UnmarshalProperties(args.RegisterRPC.GetObject(), plugin.MarshalOptions{
		KeepUnknowns: true, KeepSecrets: true, KeepResources: true, SkipNulls: true,
	})
	if err != nil {
		return "", nil, err
	}
	res := &Resource{
		Token: args.TypeToken, Name: args.Name, URN: r.urn(args), Parent: args.RegisterRPC.GetParent(),
		Provider: args.Provider, Inputs: inputs, Checked: inputs, State: inputs, RPC: args.RegisterRPC,
	}
	if err := r.register(res); err != nil {
		return "", nil, fmt.Errorf("%s %s: %w", args.TypeToken, args.Name, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ByURN[res.URN] != nil {
		return "", nil, fmt.Errorf("duplicate resource URN '%s'; try giving it a unique name", res.URN)
	}
	r.ByURN[res.URN] = res
	r.mark(res)
	return res.ID, known(res.State), nil
}

// read returns a resource that the stack does not own, like the engine.
func (r *Run) read(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	config, err := r.provider(args.Provider)
	if err != nil {
		return "", nil, err
	}
	found, err := r.Account.Read(account.Request{Region: config.Region, Token: args.TypeToken, ID: args.ID})
	if errors.Is(err, account.ErrNotFound) {
		return "", nil, fmt.Errorf("resource '%s' does not exist", args.ID)
	}
	if err != nil {
		return "", nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Reads = append(r.Reads, args)
	return args.ID, provider.Typed(found.State, nil, contract.Load().Resources[args.TypeToken]), nil
}

// urn returns the URN that the SDK's mock creates for a registration.
func (r *Run) urn(args pulumi.MockResourceArgs) string {
	var parent tokens.Type
	if p := resource.URN(args.RegisterRPC.GetParent()); p != "" && p.QualifiedType() != resource.RootStackType {
		parent = p.QualifiedType()
	}
	return string(resource.NewURN(
		tokens.QName(r.Stack), stackconfig.Namespace, parent, tokens.Type(args.TypeToken), args.Name))
}

// register handles a resource like the engine: it applies ignoreChanges, calls the provider's Check, and then plans the
// resource or calls AWS.
func (r *Run) register(res *Resource) error {
	switch {
	case res.Token == AWSProvider:
		return r.configure(res)
	case res.IsComponent():
		return nil
	case strings.HasPrefix(res.Token, "pulumi:"):
		return errors.New("an unexpected provider")
	}
	config, err := r.providerOf(res)
	if err != nil {
		return err
	}
	var old *Resource
	var oldChecked resource.PropertyMap
	if r.over != nil && r.over.ByURN[res.URN] != nil {
		old = r.over.ByURN[res.URN]
		oldChecked = old.Checked
		if err := ignoreChanges(res, old); err != nil {
			return err
		}
	}
	proposed, err := r.autoname(res)
	if err != nil {
		return err
	}
	checked := provider.CheckNamed(
		res.Token, res.Name, proposed, res.Inputs, oldChecked, []byte(res.URN), config.DefaultTags)
	if len(checked.Failures) > 0 {
		return fmt.Errorf("the provider refuses it: %v", checked.Failures)
	}
	res.Checked = checked.Inputs
	// In contrast to the engine, a preview generates a new password: the SDK's mock fails on an unknown secret ("malformed
	// RPC secret").
	if r.preview && (res.Token != randomPassword || !isNew(res, old)) {
		plan(res, old)
		return nil
	}
	return r.create(res, config.Region)
}

// settings reads Pulumi.yaml once for all runs.
var settings = sync.OnceValues(func() (project.Project, error) {
	folder, err := project.Find()
	if err != nil {
		return project.Project{}, err
	}
	return folder.Project()
})

// autoname returns the physical name that the engine proposes.
func (r *Run) autoname(res *Resource) (string, error) {
	p, err := settings()
	if err != nil {
		return "", err
	}
	return p.Autoname(r.Stack, res.Token, res.Name, []byte(res.URN)), nil
}

// configure registers an AWS provider.
func (r *Run) configure(res *Resource) error {
	config, failures := provider.ReadConfig(res.Inputs)
	if len(failures) > 0 {
		return fmt.Errorf("the provider refuses its configuration: %v", failures)
	}
	if !r.preview {
		res.ID = "provider-" + res.Name
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Providers[res.URN] = config
	return nil
}

// providerOf returns the configuration of the provider in a reference "<urn>::<id>". Without a reference, the engine
// would use a default provider, which the project disables for AWS.
func (r *Run) providerOf(res *Resource) (provider.Config, error) {
	if !res.IsAWS() {
		return provider.Config{}, nil
	}
	return r.provider(res.Provider)
}

func (r *Run) provider(reference string) (provider.Config, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	config, ok := r.Providers[reference[:max(0, strings.LastIndex(reference, "::"))]]
	if !ok {
		return config, fmt.Errorf("no explicit provider, and default providers are off (provider %q)", reference)
	}
	return config, nil
}

// ignoreChanges applies the option like the engine, before it calls the provider.
func ignoreChanges(res, old *Resource) error {
	for _, text := range res.RPC.GetIgnoreChanges() {
		path, err := resource.ParsePropertyPath(text)
		if err != nil {
			return err
		}
		if !path.Reset(old.Inputs, res.Inputs) {
			return fmt.Errorf("ignoreChanges %s: no such path", text)
		}
	}
	return nil
}

func isNew(res, old *Resource) bool {
	return old == nil || provider.DiffResource(res.Token, old.Checked, old.State, res.Checked).Replaces()
}

// plan sets the known state of a resource in a preview.
func plan(res, old *Resource) {
	switch {
	case isNew(res, old):
		res.State = provider.Planned(res.Checked, contract.Load().Resources[res.Token])
	case len(provider.DiffResource(res.Token, old.Checked, old.State, res.Checked).Changes) > 0:
		res.ID, res.State = old.ID, provider.PlannedUpdate(res.Token, old.Checked, old.State, res.Checked)
	default:
		res.ID, res.State = old.ID, old.State
	}
}

// waitedFor tells what certainly exists before a resource is made: what it waits for. The SDK registers side by side
// what does not wait for each other, so the rest may exist in one run and not in another; AWS is to refuse a missing
// dependency in every run.
func (r *Run) waitedFor(res *Resource) func(*account.Resource) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	bits := r.union(res)
	place := maps.Clone(r.place)
	return func(existing *account.Resource) bool {
		i, ours := place[[2]string{existing.Token, existing.ID}]
		return !ours || i/64 < len(bits) && bits[i/64]&(1<<(i%64)) != 0
	}
}

func everything(*account.Resource) bool { return true }

// union are the bits of everything that a resource waits for.
func (r *Run) union(res *Resource) []uint64 {
	var out []uint64
	for _, urn := range append(slices.Clone(res.RPC.GetDependencies()), res.Parent) {
		for i, word := range r.before[urn] {
			if i == len(out) {
				out = append(out, 0)
			}
			out[i] |= word
		}
	}
	return out
}

// mark gives a registered resource its bit.
func (r *Run) mark(res *Resource) {
	bits, i := r.union(res), len(r.before)
	for len(bits) <= i/64 {
		bits = append(bits, 0)
	}
	bits[i/64] |= 1 << (i % 64)
	r.before[res.URN] = bits
	if res.IsAWS() && res.ID != "" {
		r.place[[2]string{res.Token, res.ID}] = i
	}
}

func (r *Run) create(res *Resource, region string) (err error) {
	inputs := provider.Plain(res.Checked)
	var answer account.Answer
	if res.IsAWS() {
		request := account.Request{Region: region, Token: res.Token, Inputs: inputs}
		if err := r.Account.Refuses(request, r.waitedFor(res)); err != nil {
			if r.Account.Refuses(request, everything) == nil {
				err = fmt.Errorf("it does not wait for what AWS requires, add pulumi.DependsOn: %w", err)
			}
			return err
		}
		answer, err = r.Account.Create(request) // which sees the whole account, where names may be taken
	} else {
		answer, err = provider.Random(res.Token, inputs)
	}
	if err != nil {
		return err
	}
	if !r.preview {
		res.ID = answer.ID
	}
	res.State = provider.Typed(answer.State, res.Checked, contract.Load().Resources[res.Token])
	return nil
}

// Call implements pulumi.MockResourceMonitor. A look-up that the simulated AWS does not know is an error.
func (r *Run) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	if args.Token == "pulumi:pulumi:readStackOutputs" { // a call to the engine
		name, _ := strings.CutPrefix(args.Args["name"].StringValue(), "organization/"+stackconfig.Namespace+"/")
		if other, has := r.others[name]; has {
			return resource.NewPropertyMapFromMap(map[string]any{"outputs": other}), nil
		}
		if name != r.Stack {
			return nil, fmt.Errorf("unknown stack %q", name)
		}
		return resource.NewPropertyMapFromMap(map[string]any{"outputs": r.previous}), nil
	}
	if args.Token == "pulumi:pulumi:readStackResourceOutputs" {
		return resource.NewPropertyMapFromMap(map[string]any{"outputs": r.deployed}), nil
	}
	facts := contract.Load().Functions[args.Token]
	if facts == nil {
		return nil, fmt.Errorf("%s: the simulated AWS does not know this function", args.Token)
	}
	if failures := facts.Check(args.Args); len(failures) > 0 {
		return nil, fmt.Errorf("%s: the provider refuses it: %v", args.Token, failures)
	}
	r.mu.Lock()
	r.Invokes = append(r.Invokes, args)
	r.mu.Unlock()
	config, err := r.provider(args.Provider)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", args.Token, err)
	}
	if r.refuse != nil {
		if err := r.refuse(args); err != nil {
			return nil, err
		}
	}
	values, err := r.Account.Invoke(config.Region, args.Token, provider.Plain(args.Args))
	if err != nil {
		return nil, err
	}
	return resource.NewPropertyMapFromMap(values), nil
}

// known removes unknown values. In a preview, the SDK treats a missing property as unknown.
func known(properties resource.PropertyMap) resource.PropertyMap {
	out := resource.PropertyMap{}
	for k, v := range properties {
		if !v.ContainsUnknowns() {
			out[k] = v
		}
	}
	return out
}
