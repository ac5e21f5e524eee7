package tests

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/contract"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/provider"
)

const awsProvider = "pulumi:providers:aws"

// registered is one resource as the program registered it.
type registered struct {
	Token, Name, URN string
	// Parent is a URN, and Provider the reference of one; both may be empty.
	Parent, Provider string
	// Inputs are what the program gave, Checked what the provider made of it (names, default tags), State what AWS
	// answered. Secrets are still secret in all three.
	Inputs, Checked, State resource.PropertyMap
	ID                     string
	// RPC has the options of the resource and what it waits for.
	RPC *pulumirpc.RegisterResourceRequest
}

// component tells a component from a resource of a provider.
func (r *registered) component() bool { return !r.RPC.GetCustom() }

func (r *registered) aws() bool { return strings.HasPrefix(r.Token, "aws:") }

// recorder stands where the engine would: it holds every registration against the contract of the provider and makes it
// in a simulated account, so that what AWS refuses fails the test. It records what was registered and looked up.
type recorder struct {
	mu      sync.Mutex
	account *account.Account
	preview bool
	// byURN is keyed by URN, so that a URN registered twice is found.
	byURN     map[string]*registered
	providers map[string]provider.Config
	invokes   []pulumi.MockCallArgs
	stack     string

	// previous are the outputs of the update before.
	previous map[string]any
	// exports of the stack, once the program has ended.
	exports map[string]exported
}

func newRecorder(stack string, preview, fresh bool) *recorder {
	return &recorder{
		account: simaws.NewAccount(simaws.Options{Fresh: fresh}), preview: preview, stack: stack,
		byURN: map[string]*registered{}, providers: map[string]provider.Config{}, exports: map[string]exported{}, previous: map[string]any{},
	}
}

// all resources, sorted by URN.
func (r *recorder) all() []*registered {
	out := make([]*registered, 0, len(r.byURN))
	for _, res := range r.byURN {
		out = append(out, res)
	}
	slices.SortFunc(out, func(a, b *registered) int { return strings.Compare(a.URN, b.URN) })
	return out
}

// ofType returns the resources whose token ends in the given one, such as "rds/cluster:Cluster", sorted by URN.
func (r *recorder) ofType(token string) []*registered {
	return slices.DeleteFunc(r.all(), func(res *registered) bool { return res.Token != "aws:"+token && res.Token != token })
}

// NewResource is called by the SDK, from many goroutines at once.
func (r *recorder) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	if args.RegisterRPC == nil {
		return "", nil, fmt.Errorf("%s %s is read, not registered: the tests do not model it", args.TypeToken, args.Name)
	}
	// Not args.Inputs: unknown values are missing there.
	inputs, err := plugin.UnmarshalProperties(args.RegisterRPC.GetObject(), plugin.MarshalOptions{
		KeepUnknowns: true, KeepSecrets: true, KeepResources: true, SkipNulls: true,
	})
	if err != nil {
		return "", nil, err
	}
	res := &registered{
		Token: args.TypeToken, Name: args.Name, URN: r.urn(args), Parent: args.RegisterRPC.GetParent(),
		Provider: args.Provider, Inputs: inputs, Checked: inputs, State: inputs, RPC: args.RegisterRPC,
	}
	if err := r.make(res); err != nil {
		return "", nil, fmt.Errorf("%s %s: %w", args.TypeToken, args.Name, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.byURN[res.URN] != nil {
		return "", nil, fmt.Errorf("duplicate resource URN '%s'; try giving it a unique name", res.URN)
	}
	r.byURN[res.URN] = res
	if r.preview {
		return "", known(res.State), nil // an id that is not known yet
	}
	return res.ID, res.State, nil
}

// urn is what the SDK's mock will make of the registration.
func (r *recorder) urn(args pulumi.MockResourceArgs) string {
	var parent tokens.Type
	if p := resource.URN(args.RegisterRPC.GetParent()); p != "" && p.QualifiedType() != resource.RootStackType {
		parent = p.QualifiedType()
	}
	return string(resource.NewURN(tokens.QName(r.stack), project, parent, tokens.Type(args.TypeToken), args.Name))
}

func (r *recorder) make(res *registered) error {
	switch {
	case res.Token == awsProvider:
		return r.makeProvider(res)
	case res.component():
		return nil
	case strings.HasPrefix(res.Token, "pulumi:"):
		return errors.New("an unexpected provider")
	}
	config, err := r.providerOf(res)
	if err != nil {
		return err
	}
	checked := provider.CheckResource(res.Token, res.Name, res.Inputs, nil, []byte(res.URN), config.DefaultTags)
	if len(checked.Failures) > 0 {
		return fmt.Errorf("the provider refuses it: %v", checked.Failures)
	}
	res.Checked = checked.Inputs
	facts := contract.Load().Resources[res.Token]
	var answer account.Answer
	switch {
	case r.preview && res.aws():
		res.State = provider.Planned(checked.Inputs, facts)
		return nil
	case res.aws():
		answer, err = r.account.Create(account.Request{Region: config.Region, Token: res.Token, Inputs: provider.Plain(checked.Inputs)})
	default:
		// In a preview too, although the engine does not know a password then: the SDK's mock fails on a secret that is
		// not known ("malformed RPC secret").
		answer, err = provider.Random(res.Token, provider.Plain(checked.Inputs))
	}
	if err != nil {
		return err
	}
	res.ID, res.State = answer.ID, provider.Typed(answer.State, checked.Inputs, facts)
	return nil
}

func (r *recorder) makeProvider(res *registered) error {
	config, failures := provider.ReadConfig(res.Inputs)
	if len(failures) > 0 {
		return fmt.Errorf("the provider refuses its configuration: %v", failures)
	}
	res.ID = "provider-" + res.Name
	r.mu.Lock()
	defer r.mu.Unlock()
	r.providers[res.URN] = config
	return nil
}

// providerOf reads the provider's reference, "<urn>::<id>". Without one the engine would take a default provider, which
// the project forbids for AWS.
func (r *recorder) providerOf(res *registered) (provider.Config, error) {
	if !res.aws() {
		return provider.Config{}, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	urn := res.Provider[:max(0, strings.LastIndex(res.Provider, "::"))]
	config, ok := r.providers[urn]
	if !ok {
		return config, fmt.Errorf("no explicit provider, and default providers are off (provider %q)", res.Provider)
	}
	return config, nil
}

// Call answers a look-up; one that the simulated AWS does not know is an error.
func (r *recorder) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	if args.Token == "pulumi:pulumi:readStackOutputs" { // the engine's own
		if name := args.Args["name"].StringValue(); name != "organization/"+project+"/"+r.stack {
			return nil, fmt.Errorf("the program reads the outputs of another stack: %s", name)
		}
		return resource.NewPropertyMapFromMap(map[string]any{"outputs": r.previous}), nil
	}
	facts := contract.Load().Functions[args.Token]
	if facts == nil {
		return nil, fmt.Errorf("%s: the simulated AWS does not know this function", args.Token)
	}
	if failures := facts.Check(args.Args); len(failures) > 0 {
		return nil, fmt.Errorf("%s: the provider refuses it: %v", args.Token, failures)
	}
	r.mu.Lock()
	config, ok := r.providers[args.Provider[:max(0, strings.LastIndex(args.Provider, "::"))]]
	r.invokes = append(r.invokes, args)
	r.mu.Unlock()
	if !ok {
		return nil, fmt.Errorf("%s: no explicit provider, and default providers are off", args.Token)
	}
	values, err := r.account.Invoke(config.Region, args.Token, provider.Plain(args.Args))
	if err != nil {
		return nil, err
	}
	return resource.NewPropertyMapFromMap(values), nil
}

// known leaves out what a preview does not know: the SDK takes what is missing then as unknown.
func known(properties resource.PropertyMap) resource.PropertyMap {
	out := resource.PropertyMap{}
	for k, v := range properties {
		if !v.ContainsUnknowns() {
			out[k] = v
		}
	}
	return out
}
