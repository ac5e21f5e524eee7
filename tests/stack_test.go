package tests

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"
	"github.com/stretchr/testify/require"

	stackconfig "github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
	"github.com/morpheus-ha/morpheus-aws/stacks"
)

const project = stackconfig.Namespace

// committed are the stacks whose files are in the repository.
var committed = []string{"dev", "prod"}

// overrides change a configuration by dotted path ("database.instances"), or by full key ("aws:region"); a value is
// what JSON would give, or absent.
type overrides map[string]any

type absence struct{}

var absent = absence{}

func loadProject(t testing.TB) *workspace.Project {
	t.Helper()
	p, err := workspace.LoadProject("../Pulumi.yaml")
	require.NoError(t, err, "Pulumi.yaml must be a project that the CLI takes")
	return p
}

func loadStackFile(t testing.TB, stack string) *workspace.ProjectStack {
	t.Helper()
	sink := diag.DefaultSink(io.Discard, io.Discard, diag.FormatOptions{Color: colors.Never})
	file, err := workspace.LoadProjectStack(sink, loadProject(t), "../Pulumi."+stack+".yaml")
	require.NoError(t, err, "the committed stack file must be one that the CLI takes")
	return file
}

// committedConfig reads a stack's file and sets those of the values that it has, as `pulumi config set --path` would.
func committedConfig(t testing.TB, stack string, values map[string]string) config.Map {
	t.Helper()
	file := loadStackFile(t, stack)
	for path, text := range values {
		key := config.MustMakeKey(project, path)
		if _, stands, err := file.Config.Get(key, true); err != nil || !stands {
			require.NoError(t, err, path)
			continue
		}
		value := config.NewValue(text)
		if strings.HasPrefix(text, "[") || strings.HasPrefix(text, "{") {
			value = config.NewObjectValue(text)
		}
		require.NoError(t, file.Config.Set(key, value, true), path)
	}
	return file.Config
}

// engineConfig is what the engine hands to the program: the CLI's own code merges the defaults of Pulumi.yaml into the
// stack's values, and refuses what is missing or of another type.
func engineConfig(t testing.TB, stack string, values config.Map) (map[string]string, error) {
	t.Helper()
	err := withoutEnvironment(workspace.ValidateStackConfigAndApplyProjectConfig, stack, loadProject(t), values)
	if err != nil {
		return nil, err
	}
	decrypted, err := values.Decrypt(config.NopDecrypter)
	require.NoError(t, err)
	out := map[string]string{}
	for k, v := range decrypted {
		out[k.String()] = v
	}
	return out, nil
}

// withoutEnvironment calls apply with an empty environment. Its type is inferred: naming it would make Pulumi's
// environments a direct dependency of the program's module.
func withoutEnvironment[E any](
	apply func(context.Context, string, *workspace.Project, E, config.Map, config.Encrypter, config.Decrypter) error,
	stack string, p *workspace.Project, values config.Map,
) error {
	var none E
	return apply(context.Background(), stack, p, none, values, config.NopEncrypter, config.NopDecrypter)
}

// loadStack is the configuration of a committed stack, with its placeholders filled from the fixture.
func loadStack(t testing.TB, stack string) map[string]string {
	t.Helper()
	out, err := engineConfig(t, stack, committedConfig(t, stack, simaws.FixtureConfig))
	require.NoError(t, err, "the committed stack file must pass the CLI's own validation")
	return out
}

// change returns the configuration with overrides. They come after the CLI's checks, so that the program is on its own.
func change(t testing.TB, values map[string]string, over overrides) map[string]string {
	t.Helper()
	out := maps.Clone(values)
	for _, path := range slices.Sorted(maps.Keys(over)) {
		key, rest := path, ""
		if !strings.Contains(path, ":") {
			section, below, _ := strings.Cut(path, ".")
			key, rest = project+":"+section, below
		}
		switch {
		case rest != "":
			object := map[string]any{}
			require.NoError(t, json.Unmarshal([]byte(out[key]), &object), key)
			put(object, strings.Split(rest, "."), over[path])
			out[key] = encode(t, object)
		case over[path] == absent:
			delete(out, key)
		default:
			out[key] = encode(t, over[path])
		}
	}
	return out
}

// put sets, or takes away, what stands at a path.
func put(object map[string]any, path []string, value any) {
	switch below, _ := object[path[0]].(map[string]any); {
	case len(path) > 1 && below != nil:
		put(below, path[1:], value)
	case value == absent:
		delete(object, path[0])
	default:
		object[path[0]] = value
	}
}

// encode is how the engine passes a value: text as it is, the rest as JSON.
func encode(t testing.TB, value any) string {
	t.Helper()
	if text, ok := value.(string); ok {
		return text
	}
	out, err := json.Marshal(value)
	require.NoError(t, err)
	return string(out)
}

// launch is one run of the program.
type launch struct {
	stack   string
	config  map[string]string
	secrets []string // full keys
	preview bool
	fresh   bool // an account without service-linked roles
	// previous are the outputs of the update before, when there was one.
	previous map[string]any
	// account to deploy into; a new one when nil.
	account *account.Account
}

// start runs the whole program against a recorder.
func (l launch) start(t testing.TB) (*recorder, error) {
	t.Helper()
	r := newRecorder(l.stack, l.preview, l.fresh)
	if l.account != nil {
		r.account = l.account
	}
	if l.previous != nil {
		r.previous = l.previous
	}
	var exports map[string]pulumi.Input
	err := pulumi.RunErr(func(ctx *pulumi.Context) error {
		err := stacks.Run(ctx)
		exports = ctx.GetCurrentExportMap()
		return err
	}, pulumi.WithMocks(project, l.stack, r), func(info *pulumi.RunInfo) {
		info.Config, info.ConfigSecretKeys, info.DryRun = l.config, l.secrets, l.preview
	})
	if err != nil {
		return r, err // and what is exported may never be known
	}
	for name, value := range exports {
		r.exports[name] = await(t, value)
	}
	return r, nil
}

// run starts a committed stack with overrides.
func run(t testing.TB, stack string, over overrides) (*recorder, error) {
	t.Helper()
	return launch{stack: stack, config: change(t, loadStack(t, stack), over)}.start(t)
}

// exported is an output of the stack.
type exported struct {
	Value         any
	Known, Secret bool
}

func await(t testing.TB, value pulumi.Input) exported {
	t.Helper()
	out, ok := value.(pulumi.Output)
	if !ok {
		return exported{Value: fmt.Sprint(value), Known: true}
	}
	got, err := internals.UnsafeAwaitOutput(context.Background(), out)
	require.NoError(t, err)
	if p := reflect.ValueOf(got.Value); p.Kind() == reflect.Pointer && !p.IsNil() {
		got.Value = p.Elem().Interface()
	}
	return exported{got.Value, got.Known, got.Secret}
}

var (
	runs   = map[string]*recorder{}
	runsMu sync.Mutex
)

// deployed is the recorded run of a committed stack; every test shares it and must not change it.
func deployed(t testing.TB, stack string) *recorder {
	t.Helper()
	runsMu.Lock()
	defer runsMu.Unlock()
	if runs[stack] == nil {
		r, err := run(t, stack, nil)
		require.NoError(t, err, "the committed stack must deploy")
		runs[stack] = r
	}
	return runs[stack]
}

// onBoth runs a test on both committed stacks.
func onBoth(t *testing.T, test func(t *testing.T, r *recorder)) {
	t.Helper()
	for _, stack := range committed {
		t.Run(stack, func(t *testing.T) { test(t, deployed(t, stack)) })
	}
}
