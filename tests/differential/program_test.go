package differential

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/harness"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
)

// region is the region of the committed stacks.
const region = "us-east-1"

// settings are configuration values by path, in the form of `pulumi config set --path`.
type settings map[string]string

// deploy runs the program in an empty account.
func deploy(t testing.TB, stack string, changed settings) *harness.Run {
	t.Helper()
	a := simaws.NewAccount(simaws.Options{Fresh: true})
	// With the stack's tag, as if an earlier update had made them: the program refuses to create another stack's roles.
	for service, name := range map[string]string{
		"autoscaling.amazonaws.com":       "AWSServiceRoleForAutoScaling",
		"opensearchservice.amazonaws.com": "AWSServiceRoleForAmazonOpenSearchService",
	} {
		arn := "arn:aws:iam::" + simaws.AccountID + ":role/aws-service-role/" + service + "/" + name
		a.Exists("", "aws:iam/serviceLinkedRole:ServiceLinkedRole", arn, account.Values{
			"arn": arn, "awsServiceName": service, "name": name, "tagsAll": map[string]any{"Stack": stack},
		})
	}
	config, err := harness.Load(stack, changed)
	require.NoError(t, err)
	run, err := harness.Launch{Stack: stack, Config: config, Account: a}.Start()
	require.NoError(t, err, "the stack must deploy before a change is compared")
	return run
}

// preview runs the program against a deployed stack, with changed values.
func preview(t testing.TB, deployed *harness.Run, changed settings) *harness.Run {
	t.Helper()
	config, err := harness.Load(deployed.Stack, changed)
	require.NoError(t, err)
	simaws.Furnish(deployed.Account, config.Text)
	run, err := harness.Launch{Stack: deployed.Stack, Config: config, Over: deployed}.Start()
	require.NoError(t, err, "the program must accept the change")
	return run
}

// given returns the inputs of a resource with the default tags of its provider.
func given(res *harness.Resource) resource.PropertyMap {
	tags, tagged := res.Checked["tags"]
	if !tagged {
		return res.Inputs
	}
	inputs := res.Inputs.Copy()
	inputs["tags"] = tags
	return inputs
}
