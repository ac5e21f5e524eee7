package tests

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/components"
	"github.com/morpheus-ha/morpheus-aws/internal/alarm"
	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/cloudwatch"
)

// notified returns the alarms that page while some metric alarms are on, by their names without the stack.
func notified(t *testing.T, r *recorder, on ...string) []string {
	t.Helper()
	prefix := "morpheus-" + r.Stack + "-"
	states := map[string]cloudwatch.State{}
	for _, res := range r.OfType(awstoken.CloudWatchAlarm) {
		states[res.Output("name")] = cloudwatch.OK
	}
	for _, name := range on {
		_, exists := states[prefix+name]
		require.True(t, exists, "%s has no alarm %s", r.Stack, name)
		states[prefix+name] = cloudwatch.Alarming
	}
	composites := r.OfType(awstoken.CloudWatchCompositeAlarm)
	for range composites { // a composite alarm may name another one
		for _, res := range composites {
			rule, err := cloudwatch.ParseRule(res.Texts("alarmRule")[0])
			require.NoError(t, err, res.Name)
			states[res.ID] = cloudwatch.OK
			if rule.Holds(states) {
				states[res.ID] = cloudwatch.Alarming
			}
		}
	}
	var out []string
	for _, res := range composites {
		suppressed := slices.ContainsFunc(res.Texts("actionsSuppressor.alarm"), func(name string) bool {
			return states[name] == cloudwatch.Alarming
		})
		if states[res.ID] == cloudwatch.Alarming && !suppressed && len(res.Texts("alarmActions")) > 0 {
			out = append(out, strings.TrimPrefix(res.ID, prefix))
		}
	}
	slices.Sort(out)
	return out
}

func TestOneFaultPagesOnce(t *testing.T) {
	r := deployed(t, "prod")
	for fault, c := range map[string]struct {
		on   []string
		want string
	}{
		"nobody is served, because the database has no writer": {
			on: []string{
				"database-writer", "database-instances", "loadbalancer-no-node", "loadbalancer-own-errors",
				"loadbalancer-node-errors", "cluster-too-few-nodes", "loadbalancer-zone-us-east-1a",
			},
			want: "down",
		},
		"the database is nearly full of connections, and the nodes answer with errors": {
			on: []string{"database-connections", "loadbalancer-node-errors"}, want: "database",
		},
		"the domain blocks writes, and its storage is low": {
			on: []string{"search-writes-blocked", "search-storage", "search-heap"}, want: "search",
		},
		"the nodes are well, and nobody on the internet reaches them": {on: []string{"loadbalancer-unreachable"}, want: "down"},
		"nobody is served, as seen from inside and from outside": {
			on: []string{"loadbalancer-unreachable", "loadbalancer-no-node"}, want: "down",
		},
		"the nodes fail by themselves": {on: []string{"loadbalancer-node-errors"}, want: "loadbalancer"},
		"a zone is lost": {
			on: []string{
				"loadbalancer-zone-us-east-1a", "cluster-too-few-nodes", "search-nodes", "database-instances",
			},
			want: "redundancy",
		},
		"the queue is gone, and jobs wait": {
			on: []string{"messaging-no-clients", "messaging-memory"}, want: "messaging",
		},
		"nobody is served, because the broker blocks": {
			on: []string{"messaging-memory", "messaging-disk", "loadbalancer-no-node", "loadbalancer-own-errors"}, want: "down",
		},
	} {
		assert.Equal(t, []string{c.want}, notified(t, r, c.on...), "%s: %v must page once", fault, c.on)
	}
}

// Each alarm that pages does so through one composite alarm, and each ticket without one.
func TestEveryPageGoesThroughOneCompositeAlarm(t *testing.T) {
	for _, stack := range committed {
		r := deployed(t, stack)
		looked := 0
		for _, tier := range components.Alarms(load(t, stack, nil)) {
			for _, f := range tier.Facts {
				looked++
				name := strings.TrimSuffix(tier.Name+"-"+f.Name+"-"+f.Key, "-")
				got := notified(t, r, name)
				switch {
				case f.Severity == alarm.Ticket:
					assert.Empty(t, got, "%s: %s waits for the next working day", stack, name)
				case f.Outage:
					assert.Equal(t, []string{"down"}, got, "%s: %s means that nobody is served", stack, name)
				case f.Aspect == alarm.Redundancy:
					assert.Equal(t, []string{"redundancy"}, got, "%s: after %s the next fault may end the service", stack, name)
				default:
					assert.Equal(t, []string{tier.Name}, got, "%s: %s pages for its tier", stack, name)
				}
			}
		}
		t.Logf("looked at %d alarms of %s", looked, stack)
	}
}

// A suppressor that suppresses itself, in a circle, would page nobody.
func TestNoOutageIsSuppressed(t *testing.T) {
	everywhere(t, func(p *property, d deployment) {
		suppressors := map[string]string{}
		for _, res := range d.OfType(awstoken.CloudWatchCompositeAlarm) {
			for _, name := range res.Texts("actionsSuppressor.alarm") {
				suppressors[res.ID] = name
			}
			p.is(!strings.HasSuffix(res.Name, "-down") || suppressors[res.ID] == "", "%s must page whatever else is on", res.Name)
		}
		for _, name := range slices.Sorted(maps.Keys(suppressors)) {
			by := suppressors[name]
			for range suppressors {
				by = suppressors[by]
			}
			p.is(by == "", "%s is suppressed in a circle", name)
		}
	})
}
