package rehearsal_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal"
	"github.com/morpheus-ha/morpheus-aws/internal/simaws"
)

func TestMain(m *testing.M) {
	if simaws.PluginMain() {
		return
	}
	os.Exit(m.Run())
}

// keyProgram makes one KMS key without the AWS SDK, which this package would otherwise have to link.
func keyProgram(options ...pulumi.ResourceOption) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		var provider pulumi.ProviderResourceState
		if err := ctx.RegisterResource("pulumi:providers:aws", "aws", pulumi.Map{
			"region": pulumi.String("eu-central-1"),
		}, &provider, pulumi.Version("6.83.2")); err != nil {
			return err
		}
		var key pulumi.CustomResourceState
		err := ctx.RegisterResource("aws:kms/key:Key", "key", pulumi.Map{
			"description":          pulumi.String("rehearsal"),
			"deletionWindowInDays": pulumi.Int(7),
		}, &key, append(options, pulumi.Provider(&provider))...)
		ctx.Export("key", key.ID())
		return err
	}
}

func open(t *testing.T, options rehearsal.Options) (*rehearsal.Session, context.Context) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	options.Stack = "test"
	options.Output = t.Output()
	session, err := rehearsal.New(ctx, options)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, session.Close()) })
	return session, ctx
}

func TestSessionRunsTheRealEngine(t *testing.T) {
	s, ctx := open(t, rehearsal.Options{Program: keyProgram()})

	preview, err := s.Preview(ctx)
	require.NoError(t, err)
	assert.Contains(t, preview.Counts, apitype.OpCreate)
	assert.Empty(t, s.Account().Leftovers(), "a preview makes nothing")

	up, err := s.Up(ctx)
	require.NoError(t, err)
	assert.NotEmpty(t, up.Outputs["key"].Value)
	assert.Len(t, s.Account().Leftovers(), 1)

	again, err := s.Up(ctx)
	require.NoError(t, err)
	assert.Empty(t, again.Changes, "the program did not change")

	id, err := s.Account().Drift("aws:kms/key:Key", "description", "console")
	require.NoError(t, err)
	refresh, err := s.Refresh(ctx)
	require.NoError(t, err)
	require.Len(t, refresh.Changes, 1, "one property was changed behind the program's back")
	assert.Equal(t, id, refresh.Changes[0].ID)
	assert.Equal(t, "update aws:kms/key:Key key (description)", refresh.Changes[0].String())

	_, err = s.Destroy(ctx)
	require.NoError(t, err)
	assert.Empty(t, s.Account().Leftovers())
}

func TestProtectedResourcesStopADestroyAtItsPreview(t *testing.T) {
	s, ctx := open(t, rehearsal.Options{Program: keyProgram(pulumi.Protect(true))})

	up, err := s.Up(ctx)
	require.NoError(t, err)
	assert.Len(t, up.Protected, 1)

	_, err = s.PreviewDestroy(ctx)
	assert.ErrorContains(t, err, "because it is protected", "the engine's own words, not an exit code")
	assert.Len(t, s.Account().Leftovers(), 1)
}

func TestConfigReachesTheProgram(t *testing.T) {
	seen := make(chan string, 2)
	s, ctx := open(t, rehearsal.Options{
		Program: func(ctx *pulumi.Context) error {
			value, _ := ctx.GetConfig("rehearsal:section")
			seen <- value
			return nil
		},
		StackYAML: []byte("config:\n  rehearsal:section: {size: 1}\n"),
		Config:    []rehearsal.Setting{{Key: "section.size", Value: "2"}},
	})

	_, err := s.Up(ctx)
	require.NoError(t, err)
	assert.JSONEq(t, `{"size":2}`, <-seen)

	require.NoError(t, s.SetConfig(rehearsal.Setting{Key: "section.size", Value: "3"}))
	_, err = s.Up(ctx)
	require.NoError(t, err)
	assert.JSONEq(t, `{"size":3}`, <-seen)
}
