package tests

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/components"
	"github.com/morpheus-ha/morpheus-aws/internal/alarm"
	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
)

// watched are what the tiers of some stacks declare.
func watched(t *testing.T) map[string][]alarm.Tier {
	t.Helper()
	return map[string][]alarm.Tier{
		"prod": components.Alarms(load(t, "prod", nil)),
		"existing network, elastic files": components.Alarms(load(t, "prod", existing(overrides{
			"filesystem.throughputMode": "elastic",
		}))),
		"replica, maxIO": components.Alarms(load(t, "prod", both(pilotLight, overrides{
			"filesystem.performanceMode": "maxIO",
		}))),
		"another region": components.Alarms(load(t, "prod", anotherRegion)),
	}
}

func TestEveryTierIsWatchedInEveryAspect(t *testing.T) {
	looked := 0
	for stack, tiers := range watched(t) {
		for _, name := range mission {
			at := slices.IndexFunc(tiers, func(tier alarm.Tier) bool { return tier.Name == name })
			if !assert.GreaterOrEqual(t, at, 0, "%s: the tier %s declares no alarms", stack, name) {
				continue
			}
			for _, aspect := range alarm.Aspects {
				looked++
				watches := slices.ContainsFunc(tiers[at].Facts, func(f alarm.Fact) bool { return f.Aspect == aspect })
				gap := slices.ContainsFunc(tiers[at].Gaps, func(g alarm.Gap) bool { return g.Aspect == aspect && g.Why != "" })
				assert.True(t, watches || gap, "%s: no alarm of %s is about %s, and no gap says why", stack, name, aspect)
				assert.False(t, watches && gap, "%s: %s has alarms about %s and a gap that says there are none", stack, name, aspect)
			}
		}
	}
	t.Logf("looked at %d tiers and aspects", looked)
}

func TestEveryFactIsComplete(t *testing.T) {
	looked := 0
	for stack, tiers := range watched(t) {
		for _, tier := range tiers {
			names := map[string]bool{}
			for _, f := range tier.Facts {
				looked++
				at := stack + ": " + tier.Name + "-" + f.Name
				assert.False(t, names[f.Name+" "+f.Key], "%s: two alarms have the name", at)
				names[f.Name+" "+f.Key] = true
				for what, text := range map[string]string{
					"aspect": string(f.Aspect), "severity": string(f.Severity), "reason of the missing data": f.WhyMissing,
					"meaning": f.Meaning, "action": f.Action, "comparison": string(f.Comparison),
				} {
					assert.NotEmpty(t, text, "%s: the %s is missing", at, what)
				}
				assert.True(t, strings.HasPrefix(f.Source, "https://docs.aws.amazon.com/"), "%s: the source is missing", at)
				assert.NotZero(t, f.Window.Period*f.Window.Breaching, "%s: the window is missing", at)
				assert.True(t, !f.Outage || f.Severity == alarm.Page, "%s: an outage pages", at)
				assert.True(t, f.Unit != "" || f.Threshold == 1, "%s: %v of what? Only a metric of yes and no needs no unit", at,
					f.Threshold)
			}
		}
	}
	t.Logf("looked at %d alarms", looked)
}

// A service that stops sends nothing. Some alarm of each tier must then notify.
func TestEveryTierNotifiesWhenItsMetricsStop(t *testing.T) {
	for stack, tiers := range watched(t) {
		for _, tier := range tiers {
			// Without traffic, failures and jobs they send nothing; a missing backup waits for the morning. Keys have no metrics.
			if slices.Contains([]string{"network", "notifications", "backup"}, tier.Name) || len(tier.Facts) == 0 {
				continue
			}
			assert.True(t, slices.ContainsFunc(tier.Facts, func(f alarm.Fact) bool {
				return f.Missing == alarm.Breaching && f.Severity == alarm.Page
			}), "%s: when the metrics of %s stop, nobody is paged: an alarm must treat missing data as breaching", stack, tier.Name)
		}
	}
}

func TestADevelopmentStackHasTheAlarmsThatMatter(t *testing.T) {
	few, all := components.Alarms(load(t, "dev", nil)), components.Alarms(load(t, "prod", nil))
	count := func(tiers []alarm.Tier) (n int) {
		for _, tier := range tiers {
			n += len(tier.Facts)
		}
		return n
	}
	assert.Less(t, count(few), count(all)/2, "essential alarms are few")
	for _, tier := range few {
		if slices.Contains(mission[1:], tier.Name) {
			assert.NotEmpty(t, tier.Facts, "%s: a development stack notices the loss of each tier", tier.Name)
		}
	}
	t.Logf("dev has %d alarms, prod %d", count(few), count(all))
}

// topicsOf are the ARNs of the topics by severity.
func topicsOf(t *testing.T, r *recorder) map[alarm.Severity]string {
	t.Helper()
	return map[alarm.Severity]string{
		alarm.Page:   named(t, r, "notifications-pages").Output("arn"),
		alarm.Ticket: named(t, r, "notifications-topic").Output("arn"),
	}
}

func TestEveryAlarmGoesToTheTopicOfItsSeverity(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) {
		topics := topicsOf(t, r)
		looked := 0
		for _, tier := range components.Alarms(load(t, r.Stack, nil)) {
			for _, f := range tier.Facts {
				looked++
				res := named(t, r, strings.TrimSuffix("monitoring-"+tier.Name+"-"+f.Name+"-"+f.Key, "-"))
				want := []string{topics[alarm.Ticket]}
				if f.Severity == alarm.Page {
					want = nil // its composite alarm pages
				}
				assert.Equal(t, want, res.Texts("alarmActions"), "%s is a %s", res.Name, f.Severity)
				assert.Equal(t, res.Texts("alarmActions"), res.Texts("okActions"),
					"%s: whoever was notified must learn that it is over", res.Name)
				assert.Contains(t, res.Get("name"), "-"+r.Stack+"-", "%s: a message shows the name first, which must tell the "+
					"stack", res.Name)
			}
		}
		for _, res := range r.OfType(awstoken.CloudWatchCompositeAlarm) {
			looked++
			want := []string{topics[alarm.Page]}
			if res.Name == "monitoring-back-ends" {
				want = nil // it only suppresses others
			}
			assert.Equal(t, want, res.Texts("alarmActions"), "%s pages", res.Name)
			assert.Equal(t, want, res.Texts("okActions"), "%s: whoever was paged must learn that it is over", res.Name)
		}
		t.Logf("looked at %d alarms", looked)
	})
}

// The page of an alarm is read at night: its anchor must exist.
func TestEveryAlarmNamesItsFirstSteps(t *testing.T) {
	page, err := os.ReadFile("../docs/monitoring.md")
	require.NoError(t, err)
	everywhere(t, func(p *property, d deployment) {
		for _, res := range d.OfType(awstoken.CloudWatchAlarm) {
			_, anchor, has := strings.Cut(fmt.Sprint(res.Get("alarmDescription")), "docs/monitoring.md#")
			if !strings.HasPrefix(res.Name, "monitoring-") {
				continue
			}
			p.is(has && strings.Contains(string(page), "\n### "+anchor+"\n"), "%s: its description names no heading of "+
				"docs/monitoring.md: run make golden", res.Name)
		}
	})
}

// TestGoldenMonitoring writes the tables and the first steps of docs/monitoring.md.
func TestGoldenMonitoring(t *testing.T) {
	tiers := everyFact(t)
	goldenTable(t, "../docs/monitoring.md", "coverage", coverageTable(tiers))
	goldenTable(t, "../docs/monitoring.md", "alarms", alarmTable(tiers))
	goldenTable(t, "../docs/monitoring.md", "events", eventTable(tiers))
	goldenTable(t, "../docs/monitoring.md", "queries", queryTable(tiers))
	goldenTable(t, "../docs/monitoring.md", "steps", firstSteps(tiers))
}

// everyFact are the tiers of prod, with the alarms that only other stacks have.
func everyFact(t *testing.T) []alarm.Tier {
	t.Helper()
	tiers, plain := components.Alarms(load(t, "prod", pilotLight)), components.Alarms(load(t, "prod", nil))
	elsewhere := components.Alarms(load(t, "prod", anotherRegion))
	for i := range tiers {
		tiers[i].Events = plain[i].Events // RDS rotates no password in a global database
		for _, e := range elsewhere[i].Events {
			if !slices.ContainsFunc(tiers[i].Events, func(other alarm.Event) bool { return other.Name == e.Name }) {
				tiers[i].Events = append(tiers[i].Events, e)
			}
		}
		// A repeated alarm has one row.
		tiers[i].Facts = slices.CompactFunc(tiers[i].Facts, func(a, b alarm.Fact) bool { return a.Name == b.Name })
		seen := map[string]bool{}
		tiers[i].Facts = slices.DeleteFunc(tiers[i].Facts, func(f alarm.Fact) bool {
			again := seen[f.Name]
			seen[f.Name] = true
			return again
		})
	}
	return tiers
}

func coverageTable(tiers []alarm.Tier) string {
	var out strings.Builder
	out.WriteString("| tier | utilisation | errors | latency | saturation | redundancy |\n|---|---|---|---|---|---|\n")
	for _, tier := range tiers {
		if !slices.Contains(mission, tier.Name) {
			continue
		}
		fmt.Fprintf(&out, "| %s |", tier.Name)
		for _, aspect := range alarm.Aspects {
			var cells []string
			for _, f := range tier.Facts {
				if f.Aspect == aspect {
					cells = append(cells, fmt.Sprintf("[%s](#%s-%s)", f.Name, tier.Name, f.Name))
				}
			}
			for _, g := range tier.Gaps {
				if g.Aspect == aspect {
					cells = append(cells, "none: "+g.Why)
				}
			}
			fmt.Fprintf(&out, " %s |", strings.Join(cells, ", "))
		}
		out.WriteString("\n")
	}
	return out.String()
}

var words = map[alarm.Comparison]string{
	alarm.Above: "above", alarm.AtLeast: "at least", alarm.Below: "below", alarm.AtMost: "at most",
}

func alarmTable(tiers []alarm.Tier) string {
	var out strings.Builder
	out.WriteString("| alarm | severity | fires when | for | without data | threshold | source |\n|---|---|---|---|---|---|---|\n")
	for _, tier := range tiers {
		for _, f := range tier.Facts {
			value := "`" + f.Metrics[0].Name + "`, " + f.Metrics[0].Statistic
			if f.Expression != "" {
				value = "`" + f.Expression + "`"
			}
			severity := string(f.Severity)
			if f.Essential {
				severity += ", also in dev"
			}
			fires := strings.TrimSpace(value + " " + words[f.Comparison] + " " + amount(f.Threshold, f.Unit))
			fmt.Fprintf(&out, "| [%s-%s](#%s-%s) | %s | %s | %s | %s: %s | %s | [page](%s) |\n", tier.Name, f.Name, tier.Name,
				f.Name, severity, fires, lasting(f.Window), f.Missing, f.WhyMissing, cmp.Or(quoted(f.Setting), "fixed"), f.Source)
		}
	}
	return out.String()
}

func quoted(key string) string {
	if key == "" {
		return ""
	}
	return "`" + key + "`"
}

// amount is a threshold with its unit.
func amount(v float64, unit string) string {
	const gib = 1 << 30
	if rest, isBytes := strings.CutPrefix(unit, "bytes"); isBytes && v >= gib {
		return strconv.FormatFloat(v/gib, 'f', 1, 64) + " GiB" + rest
	}
	return strconv.FormatFloat(v, 'f', -1, 64) + " " + unit
}

func lasting(w alarm.Window) string {
	if w.Breaching == w.Periods {
		return minutes(w.Periods * w.Period)
	}
	return fmt.Sprintf("%d of %d times %s", w.Breaching, w.Periods, minutes(w.Period))
}

func minutes(seconds int) string {
	switch {
	case seconds%86400 == 0:
		return fmt.Sprintf("%d d", seconds/86400)
	case seconds%3600 == 0:
		return fmt.Sprintf("%d h", seconds/3600)
	}
	return fmt.Sprintf("%d min", seconds/60)
}

func firstSteps(tiers []alarm.Tier) string {
	var out strings.Builder
	for _, tier := range tiers {
		for _, f := range tier.Facts {
			fmt.Fprintf(&out, "\n### %s-%s\n\n%s\n\n%s\n", tier.Name, f.Name, f.Meaning, f.Action)
		}
		for _, e := range tier.Events {
			fmt.Fprintf(&out, "\n### %s-%s\n\n%s\n\n%s\n", tier.Name, e.Name, e.Meaning, e.Action)
		}
	}
	out.WriteString("\n")
	return out.String()
}
