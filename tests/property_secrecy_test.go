package tests

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	stackconfig "github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
)

// plainTexts are what everybody reads who may read the state or a preview: names, options, inputs and outputs without
// the secret ones.
func plainTexts(r *recorder) map[string]string {
	out := map[string]string{}
	var add func(at string, v resource.PropertyValue)
	add = func(at string, v resource.PropertyValue) {
		switch {
		case v.IsSecret(), v.IsOutput() && v.OutputValue().Secret:
		case v.IsOutput():
			add(at, v.OutputValue().Element)
		case v.IsArray():
			for i, item := range v.ArrayValue() {
				add(fmt.Sprintf("%s[%d]", at, i), item)
			}
		case v.IsObject():
			for k, item := range v.ObjectValue() {
				out[at+"."+string(k)+" (name)"] = string(k)
				add(at+"."+string(k), item)
			}
		default:
			out[at] = fmt.Sprint(v.V)
		}
	}
	for _, res := range r.All() {
		out[res.URN], out[res.URN+" id"] = res.Name, res.ID
		for kind, values := range map[string]resource.PropertyMap{
			"input": res.Inputs, "checked": res.Checked, "state": res.State,
		} {
			add(res.URN+" "+kind, resource.NewProperty(values))
		}
		for _, alias := range res.RPC.GetAliases() {
			out[res.URN+" alias"] += alias.GetUrn() + alias.GetSpec().GetName()
		}
	}
	for name, export := range r.Exports {
		if !export.Secret {
			out["output "+name] = fmt.Sprint(export.Value)
		}
	}
	return out
}

// A value that was given with --secret must not be readable in a preview, in the exported state or in a name. Where AWS
// or Pulumi keeps it in plain text, the program refuses it: a promise that does not hold is worse than none.
func TestAValueGivenAsASecretStaysOneOrIsRefused(t *testing.T) {
	var kept []string
	for key, limit := range leafKeys() {
		row := effects[key]
		config, value, _ := row.other(t, key, limit)
		section, _, _ := strings.Cut(strings.TrimSuffix(key, "[]"), ".")
		account := effectAccount(t)
		if row.exists != nil {
			row.exists(t, account, fmt.Sprint(value))
		}
		simaws.Furnish(account, config.Text)
		r, err := launch{
			Stack: effectStacks[row.stack()].stack, Config: config, Account: account,
			Secrets: []string{namespace + ":" + section},
		}.Start()
		if !stackconfig.MayBeSecret(section) {
			if assert.Error(t, err, "%s: its value stands in plain text somewhere, so --secret must be refused", key) {
				assert.Contains(t, err.Error(),
					section+": must not be given with --secret, because its values would stay readable: ")
				assert.Contains(t, err.Error(), "pulumi config set --plaintext --path '"+namespace+":"+section)
				assert.Empty(t, r.ByURN, "%s: nothing may be registered before the refusal", key)
				if text, isText := value.(string); isText && len(text) > 8 && strings.ContainsAny(text, ".0123456789") {
					assert.NotContains(t, err.Error(), text, "%s: the message must not show the value", key)
				}
			}
			continue
		}
		require.NoError(t, err, key)
		kept = append(kept, key)
		for at, text := range plainTexts(r) {
			assert.NotContains(t, text, fmt.Sprint(value), "%s is a secret, but stands in plain text in %s", key, at)
		}
	}
	slices.Sort(kept)
	assert.Equal(t, []string{
		"notifications.emails[]", "notifications.functionArns[]", "webhooks.pageUrls[]", "webhooks.ticketUrls[]",
	}, kept, "these stay secret: the looking finds nothing in none")
}

// The test above would find nothing if it did not look where values stand.
func TestPlainValuesAreFoundWhereTheyStand(t *testing.T) {
	r, err := run(t, "prod", overrides{"notifications.emails": []any{"a@example.com"}})
	require.NoError(t, err)
	var inputs, states int
	for at, text := range plainTexts(r) {
		if text == "a@example.com" {
			inputs += strings.Count(at, " input")
			states += strings.Count(at, " state")
		}
	}
	assert.Equal(t, 3, inputs, "two subscriptions and the component have the address")
	assert.GreaterOrEqual(t, states, 2, "and so has the state of the subscriptions")
}

// An address in a name stands in every preview and in the console's history of updates, secret or not.
func TestNoNameContainsAnAddress(t *testing.T) {
	r, err := run(t, "prod", overrides{"notifications.emails": []any{"a@example.com", "b@example.com"}})
	require.NoError(t, err)
	subscriptions := r.OfType(awstoken.SNSTopicSubscription)
	assert.Len(t, subscriptions, 4, "two addresses, each for pages and for tickets")
	for _, s := range subscriptions {
		assert.NotContains(t, s.URN, "example.com")
		assert.Empty(t, s.RPC.GetAliases(), "%s: the state keeps an alias, which would contain the address", s.Name)
	}
}

// A subscription under another name is a new one: its owner would get no alarm until they confirm it.
func TestADeployedSubscriptionKeepsItsConfirmation(t *testing.T) {
	over := overrides{"notifications.emails": []any{"a@example.com", "new@example.com"}}
	before, err := run(t, "prod", overrides{"notifications.emails": []any{"a@example.com"}})
	require.NoError(t, err)
	earlier := map[string]string{} // by the name of today
	for _, s := range before.OfType(awstoken.SNSTopicSubscription) {
		old := s.Name[:strings.LastIndex(s.Name, "-")+1] + "a@example.com"
		earlier[s.Name] = old
		delete(before.ByURN, s.URN)
		s.URN, s.Name = strings.ReplaceAll(s.URN, s.Name, old), old
		before.ByURN[s.URN] = s
	}
	r, err := launch{
		Stack: "prod", Config: change(t, loadStack(t, "prod"), over), Deployed: before,
		Previous: map[string]any{"morpheusVersion": "8.0.7"},
	}.Start()
	require.NoError(t, err)
	renamed := 0
	for _, s := range r.OfType(awstoken.SNSTopicSubscription) {
		old, isDeployed := earlier[s.Name]
		if !isDeployed {
			assert.Empty(t, s.RPC.GetAliases(), "%s is a new subscription", s.Name)
			continue
		}
		if assert.Len(t, s.RPC.GetAliases(), 1, "%s was %s: without an alias it is replaced", s.Name, old) {
			assert.Equal(t, old, s.RPC.GetAliases()[0].GetSpec().GetName())
			renamed++
		}
	}
	assert.Equal(t, 2, renamed)
}
