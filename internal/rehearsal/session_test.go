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
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/project"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
)

func TestMain(m *testing.M) {
	if simaws.PluginMain() {
		return
	}
	os.Exit(m.Run())
}

// awsProvider registers a provider without the AWS SDK, so that this package does not link the SDK.
func awsProvider(ctx *pulumi.Context, region string) (pulumi.ProviderResource, error) {
	var provider pulumi.ProviderResourceState
	err := ctx.RegisterResource("pulumi:providers:aws", "aws-"+region, pulumi.Map{
		"region": pulumi.String(region),
	}, &provider, pulumi.Version("6.83.2"))
	return &provider, err
}

// keyProgram creates one KMS key.
func keyProgram(options ...pulumi.ResourceOption) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		provider, err := awsProvider(ctx, "eu-central-1")
		if err != nil {
			return err
		}
		var key pulumi.CustomResourceState
		err = ctx.RegisterResource("aws:kms/key:Key", "key", pulumi.Map{
			"description":          pulumi.String("rehearsal"),
			"deletionWindowInDays": pulumi.Int(7),
		}, &key, append(options, pulumi.Provider(provider))...)
		ctx.Export("key", key.ID())
		return err
	}
}

func open(t *testing.T, options rehearsal.Options) (*rehearsal.Session, context.Context) {
	t.Helper()
	// On a fresh machine this builds the CLI, which takes minutes: it has a separate timeout.
	folder, err := project.Find()
	require.NoError(t, err)
	options.CLI, err = rehearsal.FindCLI(t.Context(), folder, os.Stderr)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	options.Stack = "test"
	options.Output = t.Output()
	session, err := rehearsal.New(ctx, options)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, session.Close()) })
	return session, ctx
}

func leftovers(t *testing.T, s *rehearsal.Session) []string {
	t.Helper()
	left, err := s.Cloud().Leftovers()
	require.NoError(t, err)
	return left
}

func TestSessionRunsTheRealEngine(t *testing.T) {
	s, ctx := open(t, rehearsal.Options{Program: keyProgram()})

	preview, err := s.Preview(ctx)
	require.NoError(t, err)
	assert.Contains(t, preview.Counts, apitype.OpCreate)
	assert.Empty(t, leftovers(t, s), "a preview must not create anything")

	up, err := s.Up(ctx)
	require.NoError(t, err)
	assert.NotEmpty(t, up.Outputs["key"].Value)
	assert.Len(t, leftovers(t, s), 1)

	again, err := s.Up(ctx)
	require.NoError(t, err)
	assert.Empty(t, again.Changes, "the program did not change")

	id, err := s.Cloud().Drift("aws:kms/key:Key", "description", "console")
	require.NoError(t, err)
	refresh, err := s.Refresh(ctx)
	require.NoError(t, err)
	require.Len(t, refresh.Changes, 1, "one property was changed outside Pulumi")
	assert.Equal(t, id, refresh.Changes[0].ID)
	assert.Equal(t, "update aws:kms/key:Key key (description)", refresh.Changes[0].String())

	_, err = s.Destroy(ctx)
	require.NoError(t, err)
	assert.Empty(t, leftovers(t, s))
}

func TestProtectedResourcesStopTheDestroyPreview(t *testing.T) {
	s, ctx := open(t, rehearsal.Options{Program: keyProgram(pulumi.Protect(true))})

	up, err := s.Up(ctx)
	require.NoError(t, err)
	assert.Len(t, up.Protected, 1)

	_, err = s.PreviewDestroy(ctx)
	assert.ErrorContains(t, err, "because it is protected", "the error must have the engine's message, not an exit code")
	assert.Len(t, leftovers(t, s), 1)
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

// Each provider instance is a separate process with its own region, as with the real provider.
func TestOneProgramInTwoRegions(t *testing.T) {
	regions := []string{"us-east-1", "eu-central-1"}
	s, ctx := open(t, rehearsal.Options{Program: func(ctx *pulumi.Context) error {
		for _, region := range regions {
			provider, err := awsProvider(ctx, region)
			if err != nil {
				return err
			}
			var group struct {
				pulumi.CustomResourceState
				Arn pulumi.StringOutput `pulumi:"arn"`
			}
			if err := ctx.RegisterResource("aws:cloudwatch/logGroup:LogGroup", "group-"+region, pulumi.Map{
				"name": pulumi.String("the-same-in-both"),
			}, &group, pulumi.Provider(provider)); err != nil {
				return err
			}
			ctx.Export(region, group.Arn)
		}
		return nil
	}})

	up, err := s.Up(ctx)
	require.NoError(t, err, "a name must be free in another region")
	for _, region := range regions {
		assert.Contains(t, up.Outputs[region].Value, ":"+region+":", "the resource must be in its provider's region")
	}
	assert.Len(t, leftovers(t, s), len(regions))
	_, err = s.Destroy(ctx)
	require.NoError(t, err)
	assert.Empty(t, leftovers(t, s))
}
