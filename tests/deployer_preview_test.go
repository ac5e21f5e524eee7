package tests

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/deployer"
)

// A preview of a pull request runs code that nobody has reviewed, with the preview role.
func TestPreviewsReadNoValueOfASecret(t *testing.T) {
	may := deployersMay(t)
	preview := deployer.Policies()["preview.json"]
	for _, c := range []struct {
		action, on string
		allowed    bool
	}{
		{"ssm:GetParameter", "arn:aws:ssm:us-east-1::parameter/aws/service/canonical/ubuntu/server/24.04/stable/20250610/" +
			"amd64/hvm/ebs-gp3/ami-id", true},
		{"ssm:GetParameter", "arn:aws:ssm:us-east-1:123456789012:parameter/billing/password", false},
		{"ssm:GetParameter", "arn:aws:ssm:us-east-1:123456789012:parameter/aws/service/canonical/x", false},
	} {
		decision := may(c.action, subject{arn: c.on})
		assert.Equal(t, c.allowed, decision.Allowed, "%s on %s: %s", c.action, c.on, decision.By)
	}
	for _, s := range preview.Statement {
		for _, action := range s.Action {
			verb := action[strings.Index(action, ":")+1:]
			assert.NotContains(t, []string{
				"GetSecretValue", "BatchGetSecretValue", "GetParameters", "GetParametersByPath", "GetParameterHistory", "Decrypt",
				"GetObjectVersion", "GetLogEvents", "FilterLogEvents", "GetPasswordData", "DescribeInstanceAttribute",
				"GetConsoleOutput", "ReceiveMessage",
			}, verb, "%s returns values that may be secret", action)
			if verb == "GetObject" || verb == "GetParameter" {
				assert.NotContains(t, s.Resource, "*", "%s returns values: name what a preview needs", action)
			}
		}
	}
}
