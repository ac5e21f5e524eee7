// Package provider is the simulated AWS (and random) as a Pulumi resource provider. It checks, names and plans like the
// real provider. The resources are in the account.
package provider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/contract"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/wire"
)

// Provider serves one provider instance: one package ("aws" or "random") with one configuration.
type Provider struct {
	pulumirpc.UnimplementedResourceProviderServer

	pkg     string
	version string
	backend wire.Backend
	config  Config
}

// New returns a provider that is not yet configured.
func New(pkg, version string, backend wire.Backend) *Provider {
	return &Provider{pkg: pkg, version: version, backend: backend}
}

// Config is the configuration of an AWS provider resource.
type Config struct {
	Region      string
	DefaultTags map[string]string
	// IgnoredTags are keys of tags that the provider neither reads nor removes.
	IgnoredTags []string
	// AllowedAccounts are the ids of the accounts that the provider may use; none means any.
	AllowedAccounts []string
}

// ReadConfig reads the configuration of an AWS provider. Values that are not text arrive as JSON text.
func ReadConfig(inputs resource.PropertyMap) (Config, []contract.Failure) {
	decoded := resource.PropertyMap{}
	for k, v := range inputs {
		if v.IsSecret() {
			v = v.SecretValue().Element
		}
		var parsed any
		facts := contract.Load().Provider[string(k)]
		text := facts == nil || facts.Type == "string"
		if v.IsString() && !text && json.Unmarshal([]byte(v.StringValue()), &parsed) == nil {
			v = resource.NewPropertyValue(parsed)
		}
		if k != "version" && k != "pluginDownloadURL" {
			decoded[k] = v
		}
	}
	failures := contract.Load().CheckProvider(decoded)
	values := Plain(decoded)
	region, _ := values["region"].(string)
	if !awstypes.HasRegion(region) {
		failures = append(failures,
			contract.Failure{Property: "region", Reason: fmt.Sprintf("invalid AWS Region: %q", region)})
	}
	c := Config{Region: region, DefaultTags: map[string]string{}}
	if block, ok := values["defaultTags"].(map[string]any); ok {
		tags, _ := block["tags"].(map[string]any)
		for k, v := range tags {
			c.DefaultTags[k] = fmt.Sprint(v)
		}
	}
	if block, ok := values["ignoreTags"].(map[string]any); ok {
		keys, _ := block["keys"].([]any)
		for _, key := range keys {
			c.IgnoredTags = append(c.IgnoredTags, fmt.Sprint(key))
		}
	}
	ids, _ := values["allowedAccountIds"].([]any)
	for _, id := range ids {
		c.AllowedAccounts = append(c.AllowedAccounts, fmt.Sprint(id))
	}
	return c, failures
}

// Attach connects the provider to an engine that did not start it.
func (p *Provider) Attach(context.Context, *pulumirpc.PluginAttach) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

// GetPluginInfo returns the version that the plug-in is installed as. The engine warns about any other version.
func (p *Provider) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: p.version}, nil
}

// CheckConfig checks the configuration of the provider.
func (p *Provider) CheckConfig(_ context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	news, err := properties(req.GetNews())
	if err != nil {
		return nil, err
	}
	var failures []contract.Failure
	if p.pkg == "aws" {
		_, failures = ReadConfig(news)
	}
	return &pulumirpc.CheckResponse{Inputs: req.GetNews(), Failures: checkFailures(failures)}, nil
}

// DiffConfig plans to replace a provider, and so all its resources, if its region changes.
func (p *Provider) DiffConfig(_ context.Context, req *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	olds, err := properties(req.GetOldInputs())
	if err != nil {
		return nil, err
	}
	news, err := properties(req.GetNews())
	if err != nil {
		return nil, err
	}
	out := &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_NONE}
	if !olds.DeepEquals(news) {
		out.Changes = pulumirpc.DiffResponse_DIFF_SOME
	}
	if p.pkg == "aws" && !olds["region"].DeepEquals(news["region"]) {
		out.Replaces = []string{"region"}
	}
	return out, nil
}

// Configure sets the configuration. It refuses an account that is not allowed.
func (p *Provider) Configure(
	_ context.Context,
	req *pulumirpc.ConfigureRequest,
) (*pulumirpc.ConfigureResponse, error) {
	inputs, err := properties(req.GetArgs())
	if err != nil {
		return nil, err
	}
	if p.pkg == "aws" {
		config, failures := ReadConfig(inputs)
		if len(failures) > 0 {
			return nil, fmt.Errorf("configuring the provider: %v", failures)
		}
		if err := p.allowed(config); err != nil {
			return nil, err
		}
		p.config = config
	}
	return &pulumirpc.ConfigureResponse{
		AcceptSecrets: true, SupportsPreview: true, AcceptResources: false, SupportsAutonamingConfiguration: true,
	}, nil
}

func (p *Provider) allowed(config Config) error {
	id, _, err := p.backend.Identity()
	if err != nil {
		return err
	}
	if ids := config.AllowedAccounts; len(ids) > 0 && !slices.Contains(ids, id) {
		return fmt.Errorf("AWS account ID not allowed: %s", id)
	}
	return nil
}

// Check refuses wrong inputs, and adds names and default tags.
func (p *Provider) Check(_ context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	news, err := properties(req.GetNews())
	if err != nil {
		return nil, err
	}
	olds, err := properties(req.GetOlds())
	if err != nil {
		return nil, err
	}
	checked := CheckNamed(tokenOf(req.GetUrn()), nameOf(req.GetUrn()), req.GetAutonaming().GetProposedName(), news, olds,
		req.GetRandomSeed(),
		p.config.DefaultTags)
	inputs, err := marshal(checked.Inputs)
	if err != nil {
		return nil, err
	}
	return &pulumirpc.CheckResponse{Inputs: inputs, Failures: checkFailures(checked.Failures)}, nil
}

// Diff plans no change, an update or a replacement, with the changed properties.
func (p *Provider) Diff(_ context.Context, req *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	old, err := properties(req.GetOldInputs())
	if err != nil {
		return nil, err
	}
	state, err := properties(req.GetOlds())
	if err != nil {
		return nil, err
	}
	news, err := properties(req.GetNews())
	if err != nil {
		return nil, err
	}
	return diffResponse(DiffResource(tokenOf(req.GetUrn()), old, state, news)), nil
}

// Create creates the resource; in a preview it returns the planned state.
func (p *Provider) Create(_ context.Context, req *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	inputs, err := properties(req.GetProperties())
	if err != nil {
		return nil, err
	}
	token := tokenOf(req.GetUrn())
	facts := contract.Load().Resources[token]
	if req.GetPreview() {
		state, err := marshal(Planned(inputs, facts))
		return &pulumirpc.CreateResponse{Properties: state}, err
	}
	var answer account.Answer
	if p.pkg == "random" {
		answer, err = Random(token, Plain(inputs))
	} else {
		answer, err = p.backend.Create(account.Request{Region: p.config.Region, Token: token, Inputs: Plain(inputs)})
	}
	partial := new(account.PartialError)
	if err != nil && !errors.As(err, &partial) {
		return nil, fmt.Errorf("creating %s (%s): %w", nameOf(req.GetUrn()), token, err)
	}
	failed := err
	state, err := marshal(Typed(answer.State, inputs, facts))
	if err != nil || failed == nil {
		return &pulumirpc.CreateResponse{Id: answer.ID, Properties: state}, err
	}
	return nil, partly(answer.ID, state, req.GetProperties(), failed)
}

// Update changes the resource in place; in a preview it returns the planned state.
func (p *Provider) Update(_ context.Context, req *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	news, err := properties(req.GetNews())
	if err != nil {
		return nil, err
	}
	token := tokenOf(req.GetUrn())
	if req.GetPreview() {
		state, err := properties(req.GetOlds())
		if err != nil {
			return nil, err
		}
		old, err := properties(req.GetOldInputs())
		if err != nil {
			return nil, err
		}
		out, err := marshal(PlannedUpdate(token, old, state, news))
		return &pulumirpc.UpdateResponse{Properties: out}, err
	}
	known, err := properties(req.GetOlds())
	if err != nil {
		return nil, err
	}
	answer, failed := p.backend.Update(account.Request{
		Region: p.config.Region, Token: token, ID: req.GetId(), Inputs: Plain(news), Known: Plain(known),
	})
	partial := new(account.PartialError)
	if failed != nil && !errors.As(failed, &partial) {
		return nil, fmt.Errorf("updating %s (%s): %w", nameOf(req.GetUrn()), token, failed)
	}
	state, err := marshal(Typed(answer.State, news, contract.Load().Resources[token]))
	if err != nil || failed == nil {
		return &pulumirpc.UpdateResponse{Properties: state}, err
	}
	return nil, partly(req.GetId(), state, req.GetNews(), failed)
}

// partly is the error of a call whose change was made. The engine records the change and the error.
func partly(id string, state, inputs *structpb.Struct, failed error) error {
	return rpcerror.WithDetails(rpcerror.New(codes.Unknown, failed.Error()), &pulumirpc.ErrorResourceInitFailed{
		Id: id, Properties: state, Inputs: inputs, Reasons: []string{failed.Error()},
	})
}

// Read returns the current state, so that a refresh finds changes outside Pulumi.
func (p *Provider) Read(_ context.Context, req *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	if p.pkg == "random" { // it only exists in the state
		return &pulumirpc.ReadResponse{Id: req.GetId(), Properties: req.GetProperties(), Inputs: req.GetInputs()}, nil
	}
	given, err := properties(req.GetInputs())
	if err != nil {
		return nil, err
	}
	token := tokenOf(req.GetUrn())
	found, err := p.backend.Read(account.Request{Region: p.config.Region, Token: token, ID: req.GetId()})
	if errors.Is(err, account.ErrNotFound) {
		return &pulumirpc.ReadResponse{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s (%s): %w", nameOf(req.GetUrn()), token, err)
	}
	state := Typed(withoutTags(found.State, p.config.IgnoredTags), given, contract.Load().Resources[token])
	inputs := resource.PropertyMap{}
	if len(given) == 0 { // an import
		inputs = resource.NewPropertyMapFromMap(found.Inputs)
	}
	for k, v := range given {
		inputs[k] = v
		if live, ok := state[k]; ok {
			inputs[k] = live
		}
	}
	rpcState, err := marshal(state)
	if err != nil {
		return nil, err
	}
	rpcInputs, err := marshal(inputs)
	return &pulumirpc.ReadResponse{Id: found.ID, Properties: rpcState, Inputs: rpcInputs}, err
}

// Delete removes the resource.
func (p *Provider) Delete(_ context.Context, req *pulumirpc.DeleteRequest) (*emptypb.Empty, error) {
	if p.pkg == "random" {
		return &emptypb.Empty{}, nil
	}
	token := tokenOf(req.GetUrn())
	err := p.backend.Delete(account.Request{Region: p.config.Region, Token: token, ID: req.GetId()})
	if err != nil {
		return nil, fmt.Errorf("deleting %s (%s): %w", nameOf(req.GetUrn()), token, err)
	}
	return &emptypb.Empty{}, nil
}

// Invoke returns the result of a look-up.
func (p *Provider) Invoke(_ context.Context, req *pulumirpc.InvokeRequest) (*pulumirpc.InvokeResponse, error) {
	args, err := properties(req.GetArgs())
	if err != nil {
		return nil, err
	}
	facts := contract.Load().Functions[req.GetTok()]
	if facts == nil {
		return nil, fmt.Errorf("the simulated AWS does not know the function %s", req.GetTok())
	}
	if failures := facts.Check(args); len(failures) > 0 {
		return &pulumirpc.InvokeResponse{Failures: checkFailures(failures)}, nil
	}
	values, err := p.backend.Invoke(p.config.Region, req.GetTok(), Plain(args))
	if err != nil {
		return nil, err
	}
	out, err := marshal(resource.NewPropertyMapFromMap(values))
	return &pulumirpc.InvokeResponse{Return: out}, err
}

// Cancel does nothing: every call is short.
func (p *Provider) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

func properties(s *structpb.Struct) (resource.PropertyMap, error) {
	return plugin.UnmarshalProperties(s, plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true, SkipNulls: true})
}

func marshal(m resource.PropertyMap) (*structpb.Struct, error) {
	return plugin.MarshalProperties(m, plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true, SkipNulls: true})
}

func checkFailures(failures []contract.Failure) []*pulumirpc.CheckFailure {
	out := make([]*pulumirpc.CheckFailure, len(failures))
	for i, f := range failures {
		out[i] = &pulumirpc.CheckFailure{Property: f.Property, Reason: f.Reason}
	}
	return out
}

func tokenOf(urn string) string { return string(resource.URN(urn).Type()) }

func nameOf(urn string) string {
	if i := strings.LastIndex(urn, "::"); i >= 0 {
		return urn[i+2:]
	}
	return urn
}
