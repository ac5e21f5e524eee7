package tests

import (
	"maps"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	stackconfig "github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/harness"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/project"
)

// Short names for what every test uses.
type (
	recorder   = harness.Run
	registered = harness.Resource
	launch     = harness.Launch
	overrides  = harness.Overrides
)

var absent = harness.Absent

const namespace = stackconfig.Namespace

// committed are the stacks whose files are in the repository.
var committed = []string{"dev", "prod"}

func loadProject(t testing.TB) *workspace.Project {
	t.Helper()
	folder, err := project.Find()
	require.NoError(t, err)
	p, err := folder.Project()
	require.NoError(t, err, "the CLI must be able to read Pulumi.yaml")
	return p.Project
}

var (
	loaded   = map[string]map[string]string{}
	loadedMu sync.Mutex
)

// stackFile is the file of a committed stack, with its placeholders.
func stackFile(t testing.TB, stack string) *project.StackFile {
	t.Helper()
	file, err := harness.StackFile(stack)
	require.NoError(t, err, "the CLI must be able to read the committed stack file")
	return file
}

// loadStack is the configuration of a committed stack, with its placeholders filled in from the simulated account. A
// test that begins with it is skipped when the stack does not deploy as it is committed.
func loadStack(t testing.TB, stack string) map[string]string {
	t.Helper()
	deployed(t, stack)
	loadedMu.Lock()
	defer loadedMu.Unlock()
	if loaded[stack] == nil {
		config, err := harness.Load(stack, nil)
		require.NoError(t, err, "the committed stack file must pass the CLI's own checks")
		loaded[stack] = config
	}
	return maps.Clone(loaded[stack])
}

// change returns the configuration with overrides, which the CLI does not check.
func change(t testing.TB, config map[string]string, over overrides) map[string]string {
	t.Helper()
	changed, err := harness.Config(config).With(over)
	require.NoError(t, err)
	return changed
}

func encode(t testing.TB, value any) string {
	t.Helper()
	text, err := harness.Encode(value)
	require.NoError(t, err)
	return text
}

func await(t testing.TB, value pulumi.Input) harness.Export {
	t.Helper()
	out, err := harness.Await(value)
	require.NoError(t, err)
	return out
}

// run deploys a committed stack with overrides.
func run(t testing.TB, stack string, over overrides) (*recorder, error) {
	t.Helper()
	return launch{Stack: stack, Config: change(t, loadStack(t, stack), over)}.Start()
}

// onlyOnce is a value that many tests share. When it cannot be made, the first test that needs it fails with the cause,
// and the others are skipped: one mistake is one failure.
type onlyOnce[T any] struct {
	mu    sync.Mutex
	made  bool
	value T
	err   error
	told  string // the test that has failed with the error
}

func (o *onlyOnce[T]) get(t testing.TB, what string, start func() (T, error)) T {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.made {
		o.value, o.err = start()
		o.made = true
	}
	if o.err != nil && o.told == "" {
		o.told = t.Name()
		t.Fatalf("%s cannot be deployed to the simulated AWS; repair this first, tests that need it are skipped:\n%v",
			what, o.err)
	}
	if o.err != nil {
		t.Skipf("%s cannot be deployed: %s has the cause", what, o.told)
	}
	return o.value
}

var runs = map[string]*onlyOnce[*recorder]{"dev": {}, "prod": {}}

// deployed is the recorded run of a committed stack; every test shares it and must not change it.
func deployed(t testing.TB, stack string) *recorder {
	t.Helper()
	require.Contains(t, runs, stack, "only committed stacks are shared")
	return runs[stack].get(t, "the committed stack "+stack, func() (*recorder, error) {
		config, err := harness.Load(stack, nil)
		if err != nil {
			return nil, err
		}
		return launch{Stack: stack, Config: config}.Start()
	})
}

// onBoth runs a test on both committed stacks.
func onBoth(t *testing.T, test func(t *testing.T, r *recorder)) {
	t.Helper()
	for _, stack := range committed {
		deployed(t, stack) // else the test as a whole is skipped
	}
	for _, stack := range committed {
		t.Run(stack, func(t *testing.T) { test(t, deployed(t, stack)) })
	}
}
