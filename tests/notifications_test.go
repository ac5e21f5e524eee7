package tests

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
)

// functionARN is a function that gets the messages.
const functionARN = "arn:aws:lambda:us-east-1:123456789012:function:oncall"

// pagingToken is what nobody may read in a URL.
const pagingToken = "p4g1ngt0k3n9x8y7"

// withWebhooks is prod with the endpoints of two services, given with --secret.
func withWebhooks(t *testing.T) *recorder {
	t.Helper()
	r, err := launch{
		Stack: "prod", Secrets: []string{"morpheus:webhooks"},
		Config: change(t, loadStack(t, "prod"), overrides{
			"webhooks.pageUrls":   []any{"https://events.pagerduty.com/integration/" + pagingToken + "/enqueue"},
			"webhooks.ticketUrls": []any{"https://api.eu.opsgenie.com/v1/json/cloudwatch?apiKey=" + pagingToken},
		}),
	}.Start()
	require.NoError(t, err)
	return r
}

// The token in a URL lets everybody page: no name, preview or state may show it.
func TestTheTokenOfAnEndpointIsShownNowhere(t *testing.T) {
	r := withWebhooks(t)
	hidden, looked := 0, 0
	for _, res := range r.All() {
		assert.NotContains(t, res.Name, pagingToken, "a name is shown everywhere")
		assert.NotContains(t, res.Name, "pagerduty", "nothing of a secret value is in a name")
		for what, values := range map[string]resource.PropertyMap{"inputs": res.Inputs, "state": res.State} {
			visit("", resource.NewProperty(values), false, func(path, text string, secret bool) {
				looked++
				if strings.Contains(text, pagingToken) {
					hidden++
					assert.True(t, secret, "%s: %s shows the token in its %s", res.Name, path, what)
				}
			})
		}
	}
	assert.NotZero(t, hidden, "the endpoints must be subscribed")
	t.Logf("looked at %d texts; the token is in %d, as a secret", looked, hidden)
}

func TestEverySubscriberGetsItsTopics(t *testing.T) {
	r := withWebhooks(t)
	pages, tickets := named(t, r, "notifications-pages").Output("arn"), named(t, r, "notifications-topic").Output("arn")
	got := map[string]string{}
	for _, res := range r.OfType(awstoken.SNSTopicSubscription) {
		got[fmt.Sprint(res.Get("topic"))] += fmt.Sprint(res.Get("protocol")) + " "
	}
	assert.Equal(t, map[string]string{pages: "https ", tickets: "https "}, got, "an endpoint gets the messages of its list only")

	r, err := launch{Stack: "prod", Config: change(t, loadStack(t, "prod"), overrides{
		"notifications.functionArns": []any{functionARN}, "notifications.emails": []any{"oncall@example.com"},
	})}.Start()
	require.NoError(t, err)
	for _, topic := range r.OfType(awstoken.SNSTopic) {
		protocols := map[string]bool{}
		for _, res := range r.OfType(awstoken.SNSTopicSubscription) {
			if res.Get("topic") == topic.Output("arn") {
				protocols[fmt.Sprint(res.Get("protocol"))] = true
			}
		}
		assert.Equal(t, map[string]bool{"email": true, "lambda": true}, protocols, "%s: addresses and functions get both topics",
			topic.Name)
	}
	for _, res := range r.OfType(awstoken.LambdaPermission) {
		assert.Equal(t, "sns.amazonaws.com", res.Get("principal"), res.Name)
		assert.Contains(t, fmt.Sprint(res.Get("sourceArn")), ":sns:", "%s: only the stack's topics may call the function", res.Name)
	}
	assert.Len(t, r.OfType(awstoken.LambdaPermission), 2)
}
