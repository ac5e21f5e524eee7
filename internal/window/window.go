// Package window parses the windows of a database: the daily backup window and the weekly maintenance window, in UTC.
package window

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"
)

const (
	// Shortest is the shortest window that RDS accepts.
	Shortest = 30 * time.Minute

	day  = 24 * time.Hour
	week = 7 * day
)

// Window is a recurring period of Length: it begins Start after Sunday 00:00 UTC (weekly) or midnight UTC (daily).
type Window struct{ Start, Length time.Duration }

// Formats of the two windows in AWS.
var (
	DailyForm  = regexp.MustCompile(`^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$`)
	WeeklyForm = regexp.MustCompile(`^(sun|mon|tue|wed|thu|fri|sat):([01]\d|2[0-3]):([0-5]\d)` +
		`-(sun|mon|tue|wed|thu|fri|sat):([01]\d|2[0-3]):([0-5]\d)$`)
)

var days = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// Daily parses "hh24:mi-hh24:mi"; it may pass midnight.
func Daily(text string) (Window, error) {
	m := DailyForm.FindStringSubmatch(text)
	if m == nil {
		return Window{}, fmt.Errorf("not of the form hh24:mi-hh24:mi")
	}
	return between(clock(m[1], m[2]), clock(m[3], m[4]), day)
}

// Weekly parses "ddd:hh24:mi-ddd:hh24:mi", in lower case as RDS returns it.
func Weekly(text string) (Window, error) {
	m := WeeklyForm.FindStringSubmatch(text)
	if m == nil {
		return Window{}, fmt.Errorf("not of the form ddd:hh24:mi-ddd:hh24:mi, in lower case")
	}
	from := time.Duration(slices.Index(days, m[1]))*day + clock(m[2], m[3])
	to := time.Duration(slices.Index(days, m[4]))*day + clock(m[5], m[6])
	return between(from, to, week)
}

// Overlaps reports whether a daily window overlaps a weekly one on any day.
func Overlaps(backup, maintenance Window) bool {
	for d := range 7 {
		start := backup.Start + time.Duration(d)*day
		if after(start, maintenance.Start, week) < backup.Length ||
			after(maintenance.Start, start, week) < maintenance.Length {
			return true
		}
	}
	return false
}

// Meet reports whether two daily windows overlap.
func Meet(a, b Window) bool {
	return after(a.Start, b.Start, day) < a.Length || after(b.Start, a.Start, day) < b.Length
}

// Cron is the time at which a daily window begins, as minute and hour of a cron expression.
func (w Window) Cron() string {
	return fmt.Sprintf("%d %d", int(w.Start.Minutes())%60, int(w.Start.Hours())%24)
}

func between(from, to, period time.Duration) (Window, error) {
	w := Window{Start: from, Length: after(from, to, period)}
	if w.Length < Shortest {
		return Window{}, fmt.Errorf("shorter than %d minutes", int(Shortest.Minutes()))
	}
	if w.Length > day {
		return Window{}, fmt.Errorf("longer than a day")
	}
	return w, nil
}

// after returns the time from one moment of the period to the next occurrence of the other.
func after(from, to, period time.Duration) time.Duration { return ((to-from)%period + period) % period }

func clock(hours, minutes string) time.Duration {
	h, _ := strconv.Atoi(hours) // the patterns match digits only
	m, _ := strconv.Atoi(minutes)
	return time.Duration(h)*time.Hour + time.Duration(m)*time.Minute
}
