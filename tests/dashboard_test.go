package tests

import (
	"fmt"
	"os"
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

// dashboardOf returns the dashboard of a run. The simulated AWS has checked its structure and its metrics.
func dashboardOf(t *testing.T, r *recorder) cloudwatch.Dashboard {
	t.Helper()
	board, err := cloudwatch.ParseDashboard(named(t, r, "monitoring-dashboard").Texts("dashboardBody")[0])
	require.NoError(t, err)
	return board
}

// An alarm that is not on the dashboard cannot be looked at, and one without its threshold cannot be judged.
func TestEveryAlarmIsOnTheDashboardWithItsThreshold(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) {
		board, looked := dashboardOf(t, r), 0
		colors := map[string]string{}
		for _, w := range board.Widgets {
			for _, line := range w.Thresholds {
				colors[line.Label] = line.Color
			}
		}
		assert.NotEqual(t, colors[string(alarm.Page)], colors[string(alarm.Ticket)], "a line of a page looks like that of a ticket")
		for _, tier := range components.Alarms(load(t, r.Stack, nil)) {
			for _, f := range tier.Facts {
				looked++
				fill := "above"
				if f.Comparison == alarm.Below || f.Comparison == alarm.AtMost {
					fill = "below"
				}
				shown := slices.ContainsFunc(board.Widgets, func(w cloudwatch.Widget) bool {
					named := strings.HasPrefix(w.Title, tier.Name+" ")
					metrics := slices.ContainsFunc(w.Metrics, func(m cloudwatch.Metric) bool {
						return m.Namespace == f.Metrics[0].Namespace && m.Name == f.Metrics[0].Name && m.Statistic == f.Metrics[0].Statistic
					})
					return named && metrics && slices.ContainsFunc(w.Thresholds, func(line cloudwatch.Threshold) bool {
						return line.Value == f.Threshold && line.Fill == fill && line.Label == string(f.Severity)
					}) && (f.Key == "" || slices.ContainsFunc(w.Lines, func(l cloudwatch.Line) bool { return l.Label == f.Key }))
				})
				assert.True(t, shown, "%s: no chart shows %s-%s %s with its threshold", r.Stack, tier.Name, f.Name, f.Key)
			}
		}
		t.Logf("%s: %d alarms on %d widgets", r.Stack, looked, len(board.Widgets))
	})
}

func TestTheDashboardBeginsWithWhatTheClientsNotice(t *testing.T) {
	r := deployed(t, "prod")
	board := dashboardOf(t, r)
	var sections, first []string
	for _, w := range board.Widgets {
		if w.Type == "text" {
			sections = append(sections, strings.TrimPrefix(w.Markdown, "## "))
		} else if len(sections) == 1 {
			first = append(first, w.Title)
		}
	}
	assert.Equal(t, slices.Concat([]string{"Request health"}, mission, []string{"notifications", "Redundancy", "backup", "Cost by use"}),
		inMission(sections), "from the clients to the back ends")
	for _, want := range []string{"Composite alarms", "requests (a minute)", "loadbalancer no node (healthy nodes)"} {
		assert.Contains(t, first, want, "the first question at night is whether anybody is served")
	}
	states := map[string]bool{}
	for _, w := range board.Widgets {
		for _, arn := range w.Alarms {
			states[arn] = true
		}
	}
	for _, res := range r.OfType(awstoken.CloudWatchCompositeAlarm) {
		if len(res.Texts("alarmActions")) > 0 {
			assert.True(t, states[res.Output("arn")], "%s pages, and its state is not shown", res.Name)
		}
	}
}

// inMission sorts the tiers among the sections like the mission; the order of the others stays.
func inMission(sections []string) []string {
	out := slices.Clone(sections)
	var tiers []string
	for _, tier := range mission {
		if slices.Contains(sections, tier) {
			tiers = append(tiers, tier)
		}
	}
	at := 0
	for i, section := range out {
		if slices.Contains(mission, section) {
			out[i] = tiers[at]
			at++
		}
	}
	return out
}

func TestAStackWithoutADashboardHasNone(t *testing.T) {
	r, err := run(t, "prod", overrides{"monitoring.dashboard": false})
	require.NoError(t, err)
	assert.Empty(t, r.OfType(awstoken.CloudWatchDashboard))
}

// TestGoldenDashboardPicture draws prod's dashboard for docs/monitoring.md.
func TestGoldenDashboardPicture(t *testing.T) {
	const path = "../docs/images/dashboard.svg"
	picture := dashboardOf(t, deployed(t, "prod")).Picture()
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(picture), 0o644))
	}
	drawn, err := os.ReadFile(path)
	require.NoError(t, err, "run make golden")
	assert.Equal(t, fmt.Sprint(len(drawn)), fmt.Sprint(len(picture)), "%s shows another dashboard: run make golden", path)
	assert.True(t, string(drawn) == picture, "%s shows another dashboard: run make golden", path)
}
