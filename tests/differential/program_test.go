package differential

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	stackconfig "github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/contract"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/provider"
	"github.com/morpheus-ha/morpheus-aws/stacks"
)

const (
	project = stackconfig.Namespace
	region  = "us-east-1"
)

// settings are values of the configuration by dotted path, as `pulumi config set --path` takes them.
type settings map[string]string

// configOf is what the engine hands to the program of a committed stack after a person has changed values.
func configOf(t testing.TB, stack string, changed settings) map[string]string {
	t.Helper()
	p, err := workspace.LoadProject("../../Pulumi.yaml")
	require.NoError(t, err)
	sink := diag.DefaultSink(io.Discard, io.Discard, diag.FormatOptions{Color: colors.Never})
	file, err := workspace.LoadProjectStack(sink, p, "../../Pulumi."+stack+".yaml")
	require.NoError(t, err)
	fixture := settings{}
	for path, value := range simaws.FixtureConfig {
		_, stands, err := file.Config.Get(config.MustMakeKey(project, path), true)
		require.NoError(t, err, path)
		if stands {
			fixture[path] = value
		}
	}
	for _, values := range []settings{fixture, changed} {
		for _, path := range slices.Sorted(maps.Keys(values)) {
			value := config.NewValue(values[path])
			if strings.ContainsAny(values[path][:min(1, len(values[path]))], "[{") {
				value = config.NewObjectValue(values[path])
			}
			require.NoError(t, file.Config.Set(config.MustMakeKey(project, path), value, true), path)
		}
	}
	require.NoError(t, withoutEnvironment(workspace.ValidateStackConfigAndApplyProjectConfig, stack, p, file.Config))
	decrypted, err := file.Config.Decrypt(config.NopDecrypter)
	require.NoError(t, err)
	out := map[string]string{}
	for k, v := range decrypted {
		out[k.String()] = v
	}
	return out
}

// withoutEnvironment calls apply with an empty environment, whose type it infers: naming it would make Pulumi's
// environments a direct dependency of the program's module.
func withoutEnvironment[E any](
	apply func(context.Context, string, *workspace.Project, E, config.Map, config.Encrypter, config.Decrypter) error,
	stack string, p *workspace.Project, values config.Map,
) error {
	var none E
	return apply(context.Background(), stack, p, none, values, config.NopEncrypter, config.NopDecrypter)
}

// registered is one resource as the program registered it.
type registered struct {
	urn, token, name string
	// given is what the program gave, with the default tags of its provider; checked has names too.
	given, checked resource.PropertyMap
	id             string
	state          resource.PropertyMap
	ignored        []string
}

// run is the program run once: a deployment into an empty account, or a preview of the same program over it.
type run struct {
	stack     string
	account   *account.Account
	before    *run // nil in a deployment
	mu        sync.Mutex
	resources map[string]*registered // by URN
	tags      map[string]string      // the provider's default tags
}

// deploy runs the program in an account where nothing is yet.
func deploy(t testing.TB, stack string, changed settings) *run {
	t.Helper()
	r := &run{stack: stack, account: simaws.NewAccount(simaws.Options{}), resources: map[string]*registered{}}
	// As if an update before had made them: otherwise the program refuses to make them at all.
	for service, name := range map[string]string{
		"autoscaling.amazonaws.com":       "AWSServiceRoleForAutoScaling",
		"opensearchservice.amazonaws.com": "AWSServiceRoleForAmazonOpenSearchService",
	} {
		arn := "arn:aws:iam::" + simaws.AccountID + ":role/aws-service-role/" + service + "/" + name
		r.account.Exists("", "aws:iam/serviceLinkedRole:ServiceLinkedRole", arn, account.Values{
			"arn": arn, "awsServiceName": service, "name": name, "tagsAll": map[string]any{"Stack": stack},
		})
	}
	require.NoError(t, r.start(configOf(t, stack, changed)), "what is changed later must deploy first")
	return r
}

// preview runs the program over what is there, with other values. Nothing is changed.
func (r *run) preview(t testing.TB, changed settings) *run {
	t.Helper()
	p := &run{stack: r.stack, account: r.account, before: r, resources: map[string]*registered{}}
	require.NoError(t, p.start(configOf(t, r.stack, changed)), "a change that the program itself refuses compares nothing")
	return p
}

func (r *run) start(values map[string]string) error {
	return pulumi.RunErr(stacks.Run, pulumi.WithMocks(project, r.stack, r), func(info *pulumi.RunInfo) {
		info.Config, info.DryRun = values, r.before != nil
	})
}

// NewResource stands where the engine would; the SDK calls it from many goroutines.
func (r *run) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	// Not args.Inputs: unknown values are missing there.
	inputs, err := plugin.UnmarshalProperties(args.RegisterRPC.GetObject(), wireOptions)
	if err != nil {
		return "", nil, err
	}
	var parent tokens.Type
	if p := resource.URN(args.RegisterRPC.GetParent()); p != "" && p.QualifiedType() != resource.RootStackType {
		parent = p.QualifiedType()
	}
	urn := resource.NewURN(tokens.QName(r.stack), project, parent, tokens.Type(args.TypeToken), args.Name)
	res := &registered{
		urn: string(urn), token: args.TypeToken, name: args.Name, given: inputs, state: inputs,
		ignored: args.RegisterRPC.GetIgnoreChanges(),
	}
	if args.RegisterRPC.GetCustom() {
		if err := r.make(res); err != nil {
			return "", nil, fmt.Errorf("%s %s: %w", res.token, res.name, err)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.resources[res.urn] = res
	out := resource.PropertyMap{}
	for k, v := range res.state {
		if !v.ContainsUnknowns() { // the SDK takes what is missing in a preview as unknown
			out[k] = v
		}
	}
	return res.id, out, nil
}

func (r *run) make(res *registered) error {
	if res.token == "pulumi:providers:aws" {
		read, failures := provider.ReadConfig(res.given)
		if len(failures) > 0 {
			return fmt.Errorf("the provider's configuration: %v", failures)
		}
		r.tags, res.id = read.DefaultTags, "provider"
		return nil
	}
	var old *registered
	if r.before != nil {
		old = r.before.resources[res.urn]
	}
	if old != nil {
		if err := ignore(res, old.given); err != nil {
			return err
		}
	}
	tags := r.tags
	if !strings.HasPrefix(res.token, "aws:") {
		tags = nil
	}
	var olds resource.PropertyMap
	if old != nil {
		olds = old.checked
	}
	checked := provider.CheckResource(res.token, res.name, res.given, olds, []byte(res.urn), tags)
	if len(checked.Failures) > 0 {
		return fmt.Errorf("the simulated provider refuses it: %v", checked.Failures)
	}
	res.checked = checked.Inputs
	if _, tagged := checked.Inputs["tags"]; tagged {
		res.given = res.given.Copy()
		res.given["tags"] = checked.Inputs["tags"]
	}
	if r.before == nil || res.token == "random:index/randomPassword:RandomPassword" && isNew(res, old) {
		return r.create(res)
	}
	plan(res, old)
	return nil
}

// isNew passwords are made in a preview too: the SDK's mock fails on a secret that is not known.
func isNew(res, old *registered) bool {
	return old == nil || provider.DiffResource(res.token, old.checked, old.state, res.checked).Replaces()
}

// ignore does what the engine does with ignoreChanges before it asks the provider.
func ignore(res *registered, old resource.PropertyMap) error {
	for _, text := range res.ignored {
		path, err := resource.ParsePropertyPath(text)
		if err != nil {
			return err
		}
		if !path.Reset(old, res.given) {
			return fmt.Errorf("ignoreChanges %s: no such path", text)
		}
	}
	return nil
}

func (r *run) create(res *registered) (err error) {
	facts := contract.Load().Resources[res.token]
	inputs := provider.Plain(res.checked)
	var answer account.Answer
	if strings.HasPrefix(res.token, "aws:") {
		answer, err = r.account.Create(account.Request{Region: region, Token: res.token, Inputs: inputs})
	} else {
		answer, err = provider.Random(res.token, inputs)
	}
	res.id, res.state = answer.ID, provider.Typed(answer.State, res.checked, facts)
	return err
}

// plan gives a resource the state that a preview knows of it.
func plan(res, old *registered) {
	if old == nil {
		res.state = provider.Planned(res.checked, contract.Load().Resources[res.token])
		return
	}
	planned := provider.DiffResource(res.token, old.checked, old.state, res.checked)
	switch {
	case planned.Replaces():
		res.state = provider.Planned(res.checked, contract.Load().Resources[res.token])
	case len(planned.Changes) > 0:
		res.id, res.state = old.id, provider.PlannedUpdate(res.token, old.checked, old.state, res.checked)
	default:
		res.id, res.state = old.id, old.state
	}
}

// Call answers a look-up.
func (r *run) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	if args.Token == "pulumi:pulumi:readStackOutputs" { // the engine's own
		return resource.PropertyMap{"outputs": resource.NewProperty(resource.PropertyMap{})}, nil
	}
	values, err := r.account.Invoke(region, args.Token, provider.Plain(args.Args))
	if err != nil {
		return nil, err
	}
	return resource.NewPropertyMapFromMap(values), nil
}

// aws returns the resources of the AWS provider, sorted by URN.
func (r *run) aws() []*registered {
	var out []*registered
	for _, urn := range slices.Sorted(maps.Keys(r.resources)) {
		if strings.HasPrefix(r.resources[urn].token, "aws:") {
			out = append(out, r.resources[urn])
		}
	}
	return out
}

// named finds a resource of the AWS provider by its logical name.
func (r *run) named(name string) (*registered, error) {
	for _, res := range r.aws() {
		if res.name == name {
			return res, nil
		}
	}
	return nil, errors.New("the program registers no " + name)
}
