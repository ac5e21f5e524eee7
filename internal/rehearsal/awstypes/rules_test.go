package awstypes_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
)

// ruleCase is the test of one rule: a request that AWS accepts, and similar ones that it refuses.
type ruleCase struct {
	rule, token string
	// accepted are changes to the type's example; refused are further changes to the accepted request.
	accepted values
	refused  []refusedRequest
	// createOnly is true for a rule that AWS only applies to a create.
	createOnly bool
	// updateOnly is true for a rule about the change of a resource.
	updateOnly bool
}

type refusedRequest struct {
	why     string
	changes values
	// removed is deleted from the world, and prepare is run, before the request.
	removed string
	prepare func(*world)
	want    string // part of the message
}

func (r ruleCase) name() string { return r.token + " " + r.rule }

func TestEachRuleRefusesItsCasesAndAcceptsASimilarOne(t *testing.T) {
	for _, r := range ruleCases() {
		inputs := with(example(r.token), r.accepted)
		t.Run(r.name(), func(t *testing.T) {
			_, err := newWorld(t).create(r.token, inputs)
			require.NoError(t, err, "AWS must accept the similar request")
			for _, n := range r.refused {
				t.Run(n.why, func(t *testing.T) { refused(t, r, inputs, n) })
			}
		})
	}
}

func refused(t *testing.T, r ruleCase, inputs values, n refusedRequest) {
	prepared := func() *world {
		w := newWorld(t)
		if n.prepare != nil {
			n.prepare(w)
		}
		return w
	}
	expect := func(err error, when string) {
		if assert.Error(t, err, "AWS must refuse %s in %s", n.why, when) {
			assert.Contains(t, err.Error(), n.want, "the message must explain the error")
			assert.Contains(t, err.Error(), "["+r.rule+"]", "the message must name the rule")
		}
	}
	w := prepared()
	if n.removed != "" {
		w.remove(n.removed)
	}
	_, err := w.create(r.token, with(inputs, n.changes))
	if r.updateOnly {
		require.NoError(t, err, "AWS accepts it in a creation")
	} else {
		expect(err, "a creation")
	}
	if r.createOnly {
		return
	}

	w = prepared()
	made, err := w.create(r.token, inputs)
	require.NoError(t, err, "the resource must exist before the update")
	if n.removed != "" {
		w.remove(n.removed)
	}
	_, err = w.update(r.token, made.ID, with(inputs, n.changes))
	expect(err, "an update")
	live, err := w.account.Read(account.Request{Region: region, Token: r.token, ID: made.ID})
	require.NoError(t, err)
	assert.Equal(t, made.State, live.State, "a refused update must not change anything")
}

// A rule without a case would be an untested claim.
func TestEveryRuleHasACase(t *testing.T) {
	cases := map[string]bool{}
	for _, r := range ruleCases() {
		assert.False(t, cases[r.name()], "%s is in the table twice", r.name())
		assert.NotEmpty(t, r.refused, "%s has no refused request", r.name())
		cases[r.name()] = true
	}
	for token, rules := range rulesOf() {
		for _, rule := range rules {
			name := token + " " + rule.Name
			assert.True(t, cases[name], "%s has no case", name)
			delete(cases, name)
			assert.True(t, strings.HasPrefix(rule.Source, "https://"), "%s has no source", name)
		}
	}
	assert.Empty(t, slices.Sorted(maps.Keys(cases)), "cases of rules that do not exist")
}

func ruleCases() []ruleCase {
	return slices.Concat(acmCases(), autoscalingCases(), backupCases(), cloudwatchCases(), costCases(),
		dashboardCases(), ec2Cases(), efsCases(), elbv2Cases(), eventbridgeCases(), iamCases(), kmsCases(),
		lambdaCases(), restoreTestCases(), logsCases(), mqCases(), opensearchCases(), rdsCases(), route53Cases(),
		s3Cases(), secretsmanagerCases(), snsCases())
}
