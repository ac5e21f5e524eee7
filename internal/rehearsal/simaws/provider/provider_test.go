package provider

import (
	"context"
	"errors"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/contract"
)

const accountID = "123456789012"

func TestTheConfigurationIsReadInTheEnginesForms(t *testing.T) {
	for name, in := range map[string]values{
		"as JSON text": {
			"region": "eu-west-1", "allowedAccountIds": `["` + accountID + `"]`, "version": "6.83.2",
			"defaultTags": `{"tags":{"project":"morpheus"}}`, "skipCredentialsValidation": "true", "maxRetries": "3",
		},
		"as values": {"region": "eu-west-1", "allowedAccountIds": []any{accountID},
			"defaultTags": values{"tags": values{"project": "morpheus"}}},
		"as a secret": {
			"region":            "eu-west-1",
			"allowedAccountIds": resource.MakeSecret(resource.NewProperty(`["` + accountID + `"]`)),
			"defaultTags":       resource.MakeSecret(resource.NewProperty(`{"tags":{"project":"morpheus"}}`)),
			"pluginDownloadURL": "x",
		},
	} {
		config, failures := ReadConfig(props(in))
		assert.Empty(t, failures, name)
		assert.Equal(t, Config{
			Region: "eu-west-1", DefaultTags: map[string]string{"project": "morpheus"}, AllowedAccounts: []string{accountID},
		}, config, name)
	}
	_, failures := ReadConfig(props(values{"region": "eu-west-1", "profile": "123"}))
	assert.Empty(t, failures, "text that looks like a number must stay text")
}

func TestAWrongConfigurationIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		in   values
		want string
	}{
		"an unknown region": {in: values{"region": "eu-west-9"}, want: `region: invalid AWS Region: "eu-west-9"`},
		"no region":         {in: values{}, want: `region: invalid AWS Region: ""`},
		"a mistyped key": {in: values{"region": "eu-west-1", "alowedAccountIds": `["1"]`},
			want: "alowedAccountIds: unknown property"},
		"text instead of a list": {in: values{"region": "eu-west-1", "allowedAccountIds": accountID},
			want: "allowedAccountIds: must be a list"},
		"numbers for account ids": {in: values{"region": "eu-west-1", "allowedAccountIds": "[123456789012]"},
			want: "allowedAccountIds[0]: must be a string"},
		"a wrong nested key": {in: values{"region": "eu-west-1", "defaultTags": `{"tag":{}}`},
			want: "defaultTags.tag: unknown property"},
		"a switch that is neither true nor false": {in: values{"region": "eu-west-1", "skipCredentialsValidation": "maybe"},
			want: "skipCredentialsValidation: must be true or false"},
	} {
		t.Run(name, func(t *testing.T) {
			_, failures := ReadConfig(props(c.in))
			var all string
			for _, f := range failures {
				all += f.String() + "\n"
			}
			assert.Contains(t, all, c.want)
			p := New("aws", "6.83.2", account.New(accountID, "aws", 0))
			out, err := p.CheckConfig(context.Background(), &pulumirpc.CheckRequest{News: encoded(t, c.in)})
			require.NoError(t, err)
			assert.NotEmpty(t, out.GetFailures(), "the engine must get the failure before it creates anything")
			_, err = p.Configure(context.Background(), &pulumirpc.ConfigureRequest{Args: encoded(t, c.in)})
			assert.Error(t, err, "Configure must refuse it too")
		})
	}
}

func TestAnAccountThatIsNotAllowedIsRefused(t *testing.T) {
	configure := func(ids any) error {
		in := values{"region": "eu-west-1"}
		if ids != nil {
			in["allowedAccountIds"] = ids
		}
		_, err := New(
			"aws",
			"",
			account.New(accountID, "aws", 0),
		).Configure(context.Background(), &pulumirpc.ConfigureRequest{Args: encoded(t, in)})
		return err
	}
	assert.NoError(t, configure(nil), "without a list, any account is allowed")
	assert.NoError(t, configure(`["999999999999","`+accountID+`"]`))
	assert.NoError(
		t,
		configure(
			resource.MakeSecret(resource.NewProperty([]resource.PropertyValue{resource.NewProperty(accountID)})),
		),
		"a secret list must work too",
	)
	assert.ErrorContains(t, configure(`["999999999999"]`), "AWS account ID not allowed: "+accountID,
		"wrong credentials must be refused")
	assert.ErrorContains(t, configure([]any{"999999999999"}), "not allowed")
}

func TestANewRegionReplacesTheProvider(t *testing.T) {
	p := New("aws", "", nil)
	diff := func(old, news values) *pulumirpc.DiffResponse {
		out, err := p.DiffConfig(context.Background(),
			&pulumirpc.DiffRequest{OldInputs: encoded(t, old), News: encoded(t, news)})
		require.NoError(t, err)
		return out
	}
	here := values{"region": "eu-west-1"}
	assert.Equal(t, "DIFF_NONE", diff(here, here).GetChanges().String())
	assert.Empty(t, diff(here, with(here, values{"maxRetries": "3"})).GetReplaces(), "other settings must change in place")
	assert.Equal(t, []string{"region"}, diff(here, values{"region": "us-east-1"}).GetReplaces(),
		"its resources are in the old region")
}

// The test sends the engine's requests for one resource, from its first preview to its deletion.
func TestAResourceLivesThroughTheEngineProtocol(t *testing.T) {
	e := newEngine(t)
	const token = awstoken.EC2VPC
	inputs := e.check(token, values{"cidrBlock": "10.0.0.0/16", "tags": values{"Name": "net"}}, nil)
	assert.Equal(t, "morpheus", inputs["tags"].ObjectValue()["project"].StringValue(),
		"the resource must have the provider's tags")

	preview := e.create(token, inputs, true)
	assert.Empty(t, preview.GetId(), "a preview must not create anything")
	assert.True(t, decoded(t, preview.GetProperties())["arn"].IsComputed())
	assert.Empty(t, e.account.Leftovers())

	made := e.create(token, inputs, false)
	state := decoded(t, made.GetProperties())
	assert.Regexp(t, "^vpc-", made.GetId())
	assert.Regexp(t, "^arn:aws:ec2:eu-west-1:", state["arn"].StringValue(),
		"the resource must be in the provider's region")

	again := e.check(token, values{"cidrBlock": "10.0.0.0/16", "tags": values{"Name": "net"}}, inputs)
	assert.Equal(t, "DIFF_NONE", e.diff(token, inputs, state, again).GetChanges().String(),
		"the second up must not change anything")

	_, err := e.account.Drift(token, "enableDnsHostnames", false)
	require.NoError(t, err)
	_, err = e.account.Drift(token, "cidrBlock", "10.9.0.0/16")
	require.NoError(t, err)
	read := e.read(token, made.GetId(), state, inputs)
	assert.Equal(t, "10.9.0.0/16", decoded(t, read.GetInputs())["cidrBlock"].StringValue(),
		"a refresh must find a changed input")
	assert.NotContains(t, decoded(t, read.GetInputs()), resource.PropertyKey("enableDnsHostnames"),
		"a refresh must not add inputs that the program does not set")
	repair := e.diff(token, decoded(t, read.GetInputs()), decoded(t, read.GetProperties()), again)
	assert.Equal(t, []string{"cidrBlock"}, repair.GetReplaces(), "the next up must repair it")

	changed := e.check(token, values{"cidrBlock": "10.0.0.0/16", "tags": values{"Name": "other"}}, inputs)
	assert.Equal(t, []string{"tags"}, e.diff(token, inputs, state, changed).GetDiffs(),
		"a map must be compared as a whole")
	planned, err := e.provider.Update(context.Background(), &pulumirpc.UpdateRequest{
		Urn: urn(
			token,
		), Id: made.GetId(), Olds: encode(t, state), OldInputs: encode(t, inputs), News: encode(t, changed),
		Preview: true,
	})
	require.NoError(t, err)
	assert.Equal(t, state["arn"], decoded(t, planned.GetProperties())["arn"], "an update in place must keep the ARN")
	updated, err := e.provider.Update(context.Background(),
		&pulumirpc.UpdateRequest{Urn: urn(token), Id: made.GetId(), Olds: encode(t, state), News: encode(t, changed)})
	require.NoError(t, err)
	assert.Equal(t, "other", decoded(t, updated.GetProperties())["tags"].ObjectValue()["Name"].StringValue())

	_, err = e.provider.Delete(context.Background(), &pulumirpc.DeleteRequest{Urn: urn(token), Id: made.GetId()})
	require.NoError(t, err)
	assert.Empty(t, e.read(token, made.GetId(), state, inputs).GetId(), "a refresh must find that it is deleted")
	_, err = e.provider.Update(context.Background(),
		&pulumirpc.UpdateRequest{Urn: urn(token), Id: made.GetId(), News: encode(t, changed)})
	assert.ErrorContains(t, err, "updating thing ("+token+")", "an error must name the operation and the resource")
}

func TestRefusalsOfTheServiceNameTheResource(t *testing.T) {
	e := newEngine(t)
	const subnet = awstoken.EC2Subnet
	inputs := e.check(subnet, values{"cidrBlock": "10.0.0.0/24", "vpcId": "vpc-0"}, nil)
	_, err := e.provider.Create(context.Background(),
		&pulumirpc.CreateRequest{Urn: urn(subnet), Properties: encode(t, inputs)})
	assert.ErrorContains(t, err, "creating thing (aws:ec2/subnet:Subnet): InvalidVpcID.NotFound",
		"the error must have the logical name, the type, and AWS's message")

	out, err := e.provider.Check(context.Background(),
		&pulumirpc.CheckRequest{Urn: urn(vpc), News: encoded(t, values{"cidr": "10.0.0.0/16"})})
	require.NoError(t, err)
	require.Len(t, out.GetFailures(), 1)
	assert.Equal(t, "cidr", out.GetFailures()[0].GetProperty())

	e.provider.backend = broken{e.account}
	_, err = e.provider.Read(context.Background(), &pulumirpc.ReadRequest{Urn: urn(vpc), Id: "vpc-1"})
	assert.ErrorContains(t, err, "reading thing", "an unreachable account must not look empty")
	_, err = e.provider.Delete(context.Background(), &pulumirpc.DeleteRequest{Urn: urn(vpc), Id: "vpc-1"})
	assert.ErrorContains(t, err, "deleting thing")
	_, err = e.provider.Configure(context.Background(),
		&pulumirpc.ConfigureRequest{Args: encoded(t, values{"region": "eu-west-1"})})
	assert.ErrorContains(t, err, "no account")
}

func TestAnImportReadsTheInputsFromTheAccount(t *testing.T) {
	e := newEngine(t)
	made := e.create(vpc, e.check(vpc, values{"cidrBlock": "10.0.0.0/16"}, nil), false)
	read := decoded(t, e.read(vpc, made.GetId(), nil, nil).GetInputs())
	assert.Equal(t, "10.0.0.0/16", read["cidrBlock"].StringValue(),
		"an import must return the inputs of the creation")
}

func TestInvokesAreCheckedAndAnswered(t *testing.T) {
	e := newEngine(t)
	invoke := func(token string, args values) (*pulumirpc.InvokeResponse, error) {
		return e.provider.Invoke(context.Background(), &pulumirpc.InvokeRequest{Tok: token, Args: encoded(t, args)})
	}
	out, err := invoke("aws:index/getRegion:getRegion", values{})
	require.NoError(t, err)
	assert.Equal(t, "eu-west-1", decoded(t, out.GetReturn())["name"].StringValue(), "the provider's region")
	out, err = invoke("aws:ssm/getParameter:getParameter", values{"nam": "/x"})
	require.NoError(t, err)
	assert.Len(t, out.GetFailures(), 2, "one for the mistyped argument, one for the missing name")
	_, err = invoke("aws:ssm/getParameter:getParameter", values{"name": "/x"})
	assert.ErrorContains(t, err, "ParameterNotFound")
	_, err = invoke("aws:ec2/getVpcs:getVpcs", values{})
	assert.ErrorContains(t, err, "does not know the function aws:ec2/getVpcs:getVpcs",
		"an unknown look-up must be an error")
	_, err = invoke("aws:route53/getZone:getZone", values{"zoneId": "ZGONE"})
	assert.ErrorContains(t, err, "no matching Route 53 Hosted Zone found")
}

func TestRandomNeedsNoAccount(t *testing.T) {
	p := New("random", "4.19.0", nil)
	ctx := context.Background()
	_, err := p.Configure(ctx, &pulumirpc.ConfigureRequest{})
	require.NoError(t, err)
	made, err := p.Create(ctx,
		&pulumirpc.CreateRequest{Urn: urn(passwordT), Properties: encoded(t, values{"length": 32})})
	require.NoError(t, err)
	assert.True(t, decoded(t, made.GetProperties())["result"].IsSecret(),
		"the provider must return a password as a secret")
	planned, err := p.Create(ctx,
		&pulumirpc.CreateRequest{Urn: urn(passwordT), Properties: encoded(t, values{"length": 32}), Preview: true})
	require.NoError(t, err)
	assert.True(t, decoded(t, planned.GetProperties())["result"].IsComputed(), "a password must be unknown in a preview")
	read, err := p.Read(ctx, &pulumirpc.ReadRequest{Id: "none", Urn: urn(passwordT), Properties: made.GetProperties()})
	require.NoError(t, err)
	assert.Equal(t, made.GetProperties(), read.GetProperties(), "it only exists in the state")
	_, err = p.Delete(ctx, &pulumirpc.DeleteRequest{Urn: urn(passwordT), Id: "none"})
	assert.NoError(t, err)
	info, err := p.GetPluginInfo(ctx, nil)
	require.NoError(t, err)
	assert.Equal(t, "4.19.0", info.GetVersion(), "the engine compares it with the required version")
	assert.NotNil(t, contract.Load().Resources[idT], "the contract must have both types of random")
}

// engine sends the engine's requests to a provider.
type engine struct {
	t        *testing.T
	account  *account.Account
	provider *Provider
}

func newEngine(t *testing.T) *engine {
	a := account.New(accountID, "aws", 0)
	e := &engine{t, a, New("aws", "6.83.2", a)}
	out, err := e.provider.Configure(context.Background(), &pulumirpc.ConfigureRequest{
		Args: encoded(t, values{"region": "eu-west-1", "defaultTags": `{"tags":{"project":"morpheus"}}`}),
	})
	require.NoError(t, err)
	require.True(t, out.GetAcceptSecrets() && out.GetSupportsPreview(),
		"the provider must accept secrets and support previews")
	return e
}

func (e *engine) check(token string, inputs values, olds resource.PropertyMap) resource.PropertyMap {
	e.t.Helper()
	out, err := e.provider.Check(
		context.Background(),
		&pulumirpc.CheckRequest{
			Urn:        urn(token),
			News:       encoded(e.t, inputs),
			Olds:       encode(e.t, olds),
			RandomSeed: []byte("seed"),
		},
	)
	require.NoError(e.t, err)
	require.Empty(e.t, out.GetFailures())
	return decoded(e.t, out.GetInputs())
}

func (e *engine) create(token string, inputs resource.PropertyMap, preview bool) *pulumirpc.CreateResponse {
	e.t.Helper()
	out, err := e.provider.Create(context.Background(),
		&pulumirpc.CreateRequest{Urn: urn(token), Properties: encode(e.t, inputs), Preview: preview})
	require.NoError(e.t, err)
	return out
}

func (e *engine) diff(token string, old, state, news resource.PropertyMap) *pulumirpc.DiffResponse {
	e.t.Helper()
	out, err := e.provider.Diff(
		context.Background(),
		&pulumirpc.DiffRequest{
			Urn:       urn(token),
			OldInputs: encode(e.t, old),
			Olds:      encode(e.t, state),
			News:      encode(e.t, news),
		},
	)
	require.NoError(e.t, err)
	return out
}

func (e *engine) read(token, id string, state, inputs resource.PropertyMap) *pulumirpc.ReadResponse {
	e.t.Helper()
	out, err := e.provider.Read(context.Background(),
		&pulumirpc.ReadRequest{Urn: urn(token), Id: id, Properties: encode(e.t, state), Inputs: encode(e.t, inputs)})
	require.NoError(e.t, err)
	return out
}

// broken is an unreachable account.
type broken struct{ *account.Account }

var errBroken = errors.New("no account")

func (broken) Read(account.Request) (*account.Resource, error) { return nil, errBroken }
func (broken) Delete(account.Request) error                    { return errBroken }
func (broken) Identity() (id, partition string, err error)     { return "", "", errBroken }

func urn(token string) string { return "urn:pulumi:prod::morpheus::" + token + "::thing" }

func encode(t *testing.T, m resource.PropertyMap) *structpb.Struct {
	t.Helper()
	out, err := marshal(m)
	require.NoError(t, err)
	return out
}

func encoded(t *testing.T, v values) *structpb.Struct { t.Helper(); return encode(t, props(v)) }

func decoded(t *testing.T, s *structpb.Struct) resource.PropertyMap {
	t.Helper()
	out, err := properties(s)
	require.NoError(t, err)
	return out
}
