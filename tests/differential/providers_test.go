package differential

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awsplugin"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/provider"
)

var wireOptions = plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true, SkipNulls: true}

// compatible is AWS's response about upgrades of OpenSearch 2.19, the version of both committed stacks:
// https://docs.aws.amazon.com/opensearch-service/latest/developerguide/version-migration.html
const compatible = `{"CompatibleVersions":[{"SourceVersion":"OpenSearch_2.19",` +
	`"TargetVersions":["OpenSearch_3.1","OpenSearch_3.3","OpenSearch_3.5"]}]}`

// cloud serves the few AWS calls that the real provider makes while it plans. Any other call fails the test.
func cloud(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/2021-01-01/opensearch/compatibleVersions" {
			t.Errorf("the provider called AWS while it planned: %s %s", r.Method, r.URL.Path)
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprint(w, compatible) // a stopped provider needs no response
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// asked has the requests that the test sends to both providers.
type asked interface {
	Configure(context.Context, *pulumirpc.ConfigureRequest) (*pulumirpc.ConfigureResponse, error)
	Check(context.Context, *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error)
	Diff(context.Context, *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error)
	Create(context.Context, *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error)
}

// remote is a provider in a separate process.
type remote struct {
	pulumirpc.ResourceProviderClient
}

func (r remote) Configure(ctx context.Context, q *pulumirpc.ConfigureRequest) (*pulumirpc.ConfigureResponse, error) {
	return r.ResourceProviderClient.Configure(ctx, q)
}

func (r remote) Check(ctx context.Context, q *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	return r.ResourceProviderClient.Check(ctx, q)
}

func (r remote) Diff(ctx context.Context, q *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	return r.ResourceProviderClient.Diff(ctx, q)
}

func (r remote) Create(ctx context.Context, q *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	return r.ResourceProviderClient.Create(ctx, q)
}

// engine is the part of the engine that a plug-in needs: the log.
type engine struct {
	pulumirpc.UnimplementedEngineServer
}

func (engine) Log(context.Context, *pulumirpc.LogRequest) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

// realProvider starts the plug-in. It skips the test if the plug-in is not built.
func realProvider(t *testing.T) asked {
	t.Helper()
	found, ok, err := awsplugin.Find()
	require.NoError(t, err)
	if !ok {
		t.Skip("the differential test needs the AWS plug-in: `make rehearse-real-preview` builds it, which takes about 55 " +
			"CPU minutes once")
	}
	stop := make(chan bool)
	host, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: stop,
		Init: func(s *grpc.Server) error {
			pulumirpc.RegisterEngineServer(s, engine{})
			return nil
		},
	})
	require.NoError(t, err)
	t.Cleanup(func() { close(stop) })
	client, end, err := found.Start(t.Context(), fmt.Sprintf("127.0.0.1:%d", host.Port), awsplugin.Environment(cloud(t)))
	require.NoError(t, err)
	t.Cleanup(end)
	out := remote{client}
	configure(t, out, map[string]string{
		"skipCredentialsValidation": "true", "skipRequestingAccountId": "true", "skipMetadataApiCheck": "true",
		"skipRegionValidation": "true", "maxRetries": "0",
	})
	return out
}

func simulatedProvider(t *testing.T) asked {
	t.Helper()
	out := provider.New("aws", "", simaws.NewAccount(simaws.Options{}))
	configure(t, out, nil)
	return out
}

// configure sets no default tags: pulumi-aws and the plug-in built from the published modules merge them at different
// times, so the requests already contain them.
func configure(t *testing.T, p asked, more map[string]string) {
	t.Helper()
	values := resource.PropertyMap{"region": resource.NewProperty(region)}
	for k, v := range more {
		values[resource.PropertyKey(k)] = resource.NewProperty(v)
	}
	_, err := p.Configure(t.Context(), &pulumirpc.ConfigureRequest{
		Args: marshal(t, values), AcceptSecrets: true, SendsOldInputs: true, SendsOldInputsToDelete: true,
	})
	require.NoError(t, err)
}

func marshal(t *testing.T, values resource.PropertyMap) *structpb.Struct {
	t.Helper()
	out, err := plugin.MarshalProperties(values, wireOptions)
	require.NoError(t, err)
	return out
}

func unmarshal(t *testing.T, values *structpb.Struct) resource.PropertyMap {
	t.Helper()
	options := wireOptions
	options.SkipNulls = false // otherwise a null secret is an error
	out, err := plugin.UnmarshalProperties(values, options)
	require.NoError(t, err)
	return out
}

// verdict is a provider's response to the inputs of a new or existing resource.
type verdict struct {
	// Kind is accept, refuse, same, update or replace.
	Kind string
	// Replacing are the inputs of the program that cause a replacement, sorted. The real provider does not name them
	// when its code, and not its schema, decides on the replacement.
	Replacing []string
	// Why explains the verdict in a message: the reasons for a refusal, or the changed properties.
	Why string
}

func (v verdict) String() string {
	return strings.TrimSpace(v.Kind + " " + strings.Join(v.Replacing, ", "))
}

// create sends the requests of a preview for a new resource: Check and Create.
func create(t *testing.T, p asked, urn string, inputs resource.PropertyMap) (verdict, *pulumirpc.CheckResponse,
	*pulumirpc.CreateResponse) {
	t.Helper()
	checked, err := p.Check(t.Context(),
		&pulumirpc.CheckRequest{Urn: urn, News: marshal(t, inputs), RandomSeed: []byte(urn)})
	if err != nil {
		return verdict{Kind: "refuse", Why: err.Error()}, nil, nil
	}
	if why := reasons(checked); why != "" {
		return verdict{Kind: "refuse", Why: why}, checked, nil
	}
	planned, err := p.Create(t.Context(),
		&pulumirpc.CreateRequest{Urn: urn, Properties: checked.GetInputs(), Preview: true})
	if err != nil {
		return verdict{Kind: "refuse", Why: err.Error()}, checked, nil
	}
	return verdict{Kind: "accept"}, checked, planned
}

func reasons(checked *pulumirpc.CheckResponse) string {
	var out []string
	for _, f := range checked.GetFailures() {
		out = append(out, f.GetProperty()+": "+f.GetReason())
	}
	slices.Sort(out)
	return strings.Join(out, "; ")
}

// standing is a resource in a provider's state.
type standing struct {
	id            string
	inputs, state *structpb.Struct
}

// update sends the requests of a preview for an existing resource: Check and Diff.
func update(t *testing.T, p asked, urn string, there standing, inputs resource.PropertyMap) verdict {
	t.Helper()
	checked, err := p.Check(t.Context(), &pulumirpc.CheckRequest{
		Urn: urn, Olds: there.inputs, News: marshal(t, inputs), RandomSeed: []byte(urn),
	})
	if err != nil {
		return verdict{Kind: "refuse", Why: err.Error()}
	}
	if why := reasons(checked); why != "" {
		return verdict{Kind: "refuse", Why: why}
	}
	diff, err := p.Diff(t.Context(), &pulumirpc.DiffRequest{
		Id: there.id, Urn: urn, OldInputs: there.inputs, Olds: there.state, News: checked.GetInputs(),
	})
	if err != nil {
		return verdict{Kind: "refuse", Why: err.Error()}
	}
	return verdictOf(diff, there.inputs, checked.GetInputs())
}

func verdictOf(diff *pulumirpc.DiffResponse, oldInputs, newInputs *structpb.Struct) verdict {
	out := verdict{Kind: "same"}
	replacing := map[string]bool{}
	given := func(path string) bool { // otherwise it comes from AWS or from the bridge
		_, was := oldInputs.GetFields()[top(path)]
		_, is := newInputs.GetFields()[top(path)]
		return (was || is) && !strings.HasPrefix(path, "__")
	}
	for path, d := range diff.GetDetailedDiff() {
		switch d.GetKind() {
		case pulumirpc.PropertyDiff_ADD_REPLACE, pulumirpc.PropertyDiff_DELETE_REPLACE, pulumirpc.PropertyDiff_UPDATE_REPLACE:
			replacing[top(path)] = given(path)
		}
	}
	for _, path := range diff.GetReplaces() {
		replacing[top(path)] = given(path)
	}
	for _, name := range slices.Sorted(maps.Keys(replacing)) {
		if replacing[name] {
			out.Replacing = append(out.Replacing, name)
		}
	}
	switch {
	case len(replacing) > 0:
		out.Kind = "replace"
	case diff.GetChanges() == pulumirpc.DiffResponse_DIFF_SOME:
		out.Kind = "update"
	}
	out.Why = strings.Join(slices.Sorted(maps.Keys(diff.GetDetailedDiff())), " ")
	return out
}

// agrees reports whether the simulated provider's verdict equals the real one's.
func (v verdict) agrees(simulated verdict) bool {
	return v.Kind == simulated.Kind && (len(v.Replacing) == 0 || slices.Equal(v.Replacing, simulated.Replacing))
}

// top returns the first property of a path such as "ebs.volumes[0].size".
func top(path string) string {
	if i := strings.IndexAny(path, ".["); i > 0 {
		return path[:i]
	}
	return path
}
