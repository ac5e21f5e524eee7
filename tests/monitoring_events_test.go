package tests

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/components"
	"github.com/morpheus-ha/morpheus-aws/internal/alarm"
	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/eventbridge"
)

// rulesOf are the patterns of the rules of a stack, by tier and event.
func rulesOf(t *testing.T, r *recorder) map[string]eventbridge.Pattern {
	t.Helper()
	out := map[string]eventbridge.Pattern{}
	for _, res := range r.OfType(awstoken.EventRule) {
		pattern, err := eventbridge.Parse(fmt.Sprint(res.Get("eventPattern")))
		require.NoError(t, err, res.Name)
		out[strings.TrimPrefix(res.Name, "monitoring-")] = pattern
	}
	return out
}

// sentBy are the rules that send an event.
func sentBy(t *testing.T, rules map[string]eventbridge.Pattern, event string) []string {
	t.Helper()
	var out []string
	for _, name := range slices.Sorted(maps.Keys(rules)) {
		matches, err := rules[name].Matches(event)
		require.NoError(t, err, event)
		if matches {
			out = append(out, name)
		}
	}
	return out
}

// withValue is an event with another value at a path.
func withValue(t *testing.T, event, path, value string) string {
	t.Helper()
	var e map[string]any
	require.NoError(t, json.Unmarshal([]byte(event), &e))
	var at any = e
	steps := strings.Split(path, ".")
	for _, step := range steps[:len(steps)-1] {
		if list, isList := at.([]any); isList {
			at = list[0]
		}
		at = at.(map[string]any)[step]
	}
	if list, isList := at.([]any); isList {
		at = list[0]
	}
	last, object := steps[len(steps)-1], at.(map[string]any)
	require.Contains(t, object, last, "%s: the sample has no %s", event, path)
	if _, isList := object[last].([]any); isList {
		object[last] = []any{value}
	} else {
		object[last] = value
	}
	text, err := json.Marshal(e)
	require.NoError(t, err)
	return string(text)
}

// Each event is sent by its rule alone, and that of a neighbour by none.
func TestEachEventIsSentOnceAndThoseOfOthersAreNot(t *testing.T) {
	r := deployed(t, "prod")
	rules, place := rulesOf(t, r), permissionsOf(t, r)
	sampled, neighbours := map[string]bool{}, 0
	for _, s := range eventSamples {
		event := place.fill(s.event, "")
		require.NotContains(t, event, "${", "%s: a resource of the sample does not exist", s.rule)
		sampled[s.rule] = true
		assert.Equal(t, []string{s.rule}, sentBy(t, rules, event), "AWS's sample (%s)\n%s", s.source, event)
		assert.NotEmpty(t, s.not, "%s has no neighbour that must not be sent", s.rule)
		for path, value := range s.not {
			neighbours++
			neighbour := withValue(t, event, path, place.fill(value, ""))
			assert.Empty(t, sentBy(t, rules, neighbour), "%s: with another %s it is none of this stack's", s.rule, path)
		}
		assert.True(t, strings.HasPrefix(s.source, "https://docs.aws.amazon.com/"), "%s: the sample has no source", s.rule)
	}
	for name := range rules {
		assert.True(t, sampled[name], "the rule %s has no sample of AWS's documentation: add one to eventSamples", name)
	}
	t.Logf("%d rules of prod match their samples, %d of %d neighbours are not sent", len(rules), neighbours, neighbours)
}

func TestEveryEventIsComplete(t *testing.T) {
	for stack, tiers := range watched(t) {
		for _, tier := range tiers {
			names := map[string]bool{}
			for _, f := range tier.Facts {
				names[f.Name] = true
			}
			for _, e := range tier.Events {
				at := stack + ": " + tier.Name + "-" + e.Name
				assert.False(t, names[e.Name], "%s: an alarm or event of the tier has the name", at)
				names[e.Name] = true
				assert.NotEmpty(t, e.Meaning, at)
				assert.NotEmpty(t, e.Action, at)
				assert.True(t, strings.HasPrefix(e.Source, "https://docs.aws.amazon.com/"), "%s: the source is missing", at)
				assert.True(t, slices.ContainsFunc(e.Fields, func(f alarm.Field) bool { return f.Values[0].Role != "" }),
					"%s: the event is about no resource of the stack", at)
				cloudTrail := slices.ContainsFunc(e.Fields, func(f alarm.Field) bool {
					return f.Path == "detail-type" && strings.HasSuffix(f.Values[0].Text, "via CloudTrail")
				})
				assert.Equal(t, cloudTrail, e.Trail, "%s: does it need CloudTrail?", at)
			}
		}
	}
}

// An event goes to the topic of its severity, in every deployment.
func TestEveryRuleHasOneTargetWhichIsTheTopicOfItsSeverity(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) {
		topics := topicsOf(t, r)
		looked := 0
		for _, tier := range components.Alarms(load(t, r.Stack, nil)) {
			for _, e := range tier.Events {
				looked++
				rule := named(t, r, "monitoring-"+tier.Name+"-"+e.Name)
				target := named(t, r, rule.Name+"-target")
				assert.Equal(t, rule.Output("name"), target.Get("rule"), rule.Name)
				assert.Equal(t, topics[e.Severity], target.Get("arn"), "%s is a %s", rule.Name, e.Severity)
				assert.Contains(t, rule.Get("description"), "docs/monitoring.md#"+tier.Name+"-"+e.Name)
			}
		}
		assert.Len(t, r.OfType(awstoken.EventRule), looked)
		assert.Len(t, r.OfType(awstoken.EventTarget), looked)
		assert.NotZero(t, looked)
	})
}

// RDS sends the events of its subscriptions to the topic by itself.
func TestNoDatabaseEventIsSentTwice(t *testing.T) {
	r := deployed(t, "prod")
	sources := map[string]string{"db-cluster": "RDS DB Cluster Event", "db-instance": "RDS DB Instance Event"}
	for _, res := range r.OfType(awstoken.RDSEventSubscription) {
		for _, category := range res.Texts("eventCategories") {
			event := `{"source": "aws.rds", "detail-type": "` + sources[fmt.Sprint(res.Get("sourceType"))] +
				`", "detail": {"SourceIdentifier": "` + named(t, r, "database-cluster").Output("clusterIdentifier") +
				`", "EventCategories": ["` + category + `"]}}`
			assert.Empty(t, sentBy(t, rulesOf(t, r), event), "%s sends events of the category %s already", res.Name, category)
		}
	}
}

func eventTable(tiers []alarm.Tier) string {
	var out strings.Builder
	out.WriteString("| event | severity | sent when | needs | source |\n|---|---|---|---|---|\n")
	for _, tier := range tiers {
		for _, e := range tier.Events {
			severity, needs := string(e.Severity), "-"
			if e.Essential {
				severity += ", also in dev"
			}
			if e.Trail {
				needs = "CloudTrail"
			}
			fmt.Fprintf(&out, "| [%s-%s](#%s-%s) | %s | %s | %s | [page](%s) |\n", tier.Name, e.Name, tier.Name, e.Name,
				severity, e.Meaning, needs, e.Source)
		}
	}
	return out.String()
}
