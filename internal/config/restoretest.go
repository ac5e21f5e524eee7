package config

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/morpheus-ha/morpheus-aws/internal/window"
)

// RestoreTest says when AWS Backup restores the newest recovery points to prove that it can.
type RestoreTest struct {
	Enabled         bool   `json:"enabled"`
	Days            string `json:"days"`
	Window          string `json:"window"`
	ValidationHours int    `json:"validationHours"`
}

// daysOfTests are the days in the order of a week.
var daysOfTests = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

// dayList is a list of days of the week.
var dayList = regexp.MustCompile(`^(mon|tue|wed|thu|fri|sat|sun)(,(mon|tue|wed|thu|fri|sat|sun))+$`)

const daysOfWeek = 7

var restoreTestRows = []Row{
	{Key: "backup.restoreTest.enabled", Limit: Flag{}},
	{
		Key: "backup.restoreTest.days",
		Limit: Text{
			Is: "two or more days of the week such as mon,thu", Pattern: dayList, Valid: isDayList,
		},
		Why: "an alarm looks back seven days, and must see the last test",
	},
	{
		Key: "backup.restoreTest.window",
		Limit: Text{
			Is: "hh24:mi-hh24:mi in UTC, whole hours long", Pattern: window.DailyForm, Valid: isWholeHours,
		},
		Why: "AWS Backup starts the tests in it",
	},
	{
		Key:   "backup.restoreTest.validationHours",
		Limit: Range{Min: 1, Max: 168},
		Why:   "the limits of AWS Backup",
	},
}

var restoreTestRules = []Rule{{
	Keys:  []string{"backup.restoreTest.enabled"},
	Needs: []string{"environment", "backup.enabled"},
	Says:  "warns if production tests no restore",
	check: (*Config).warnOfNoRestoreTest,
}}

func isDayList(text string) error {
	days := strings.Split(text, ",")
	for i, day := range days {
		if slices.Contains(days[:i], day) {
			return fmt.Errorf("%s is there twice", day)
		}
	}
	return nil
}

func isWholeHours(text string) error {
	w, err := window.Daily(text)
	if err == nil && (w.Length < time.Hour || w.Length%time.Hour != 0) {
		err = errors.New("the length is not in whole hours")
	}
	return err
}

// TestsRestores reports whether the stack tests restores.
func (b *Backup) TestsRestores() bool { return b.Enabled && b.RestoreTest.Enabled }

// StartWindow is when tests start. Load has checked its form.
func (r *RestoreTest) StartWindow() window.Window {
	w, _ := window.Daily(r.Window)
	return w
}

// DayNames are the days of the tests for a cron expression, in the order of the week.
func (r *RestoreTest) DayNames() string {
	var out []string
	for _, day := range r.indexes() {
		out = append(out, strings.ToUpper(daysOfTests[day]))
	}
	return strings.Join(out, ",")
}

// LongestPause is the longest time between two tests, in days.
func (r *RestoreTest) LongestPause() int {
	days := r.indexes()
	longest := 0
	for i, day := range days {
		next := days[(i+1)%len(days)]
		longest = max(longest, (next-day+daysOfWeek-1)%daysOfWeek+1)
	}
	return longest
}

// indexes are the days as numbers, in the order of the week.
func (r *RestoreTest) indexes() []int {
	var out []int
	for i, day := range daysOfTests {
		if slices.Contains(strings.Split(r.Days, ","), day) {
			out = append(out, i)
		}
	}
	return out
}

func (c *Config) warnOfNoRestoreTest(*Problems) {
	if c.production() && c.Backup.Enabled && !c.Backup.RestoreTest.Enabled {
		c.warn("backup.restoreTest.enabled", "nothing proves that the recovery points of production can be restored")
	}
}
