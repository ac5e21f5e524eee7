package tests

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	stackconfig "github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/contract"
	"github.com/morpheus-ha/morpheus-aws/internal/versions"
)

// published is a line of testdata/calendar.csv: what the calendars of AWS and https://endoflife.date say of a version.
// The file is the second calendar, kept by hand: never write it from internal/versions.
type published struct {
	engine  versions.Engine
	version string
	// until is the end of the last day of standard support; zero when none is announced.
	until  time.Time
	source string
}

func calendar(t *testing.T) []published {
	t.Helper()
	text, err := os.ReadFile("testdata/calendar.csv")
	require.NoError(t, err)
	lines, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	require.NoError(t, err)
	require.Equal(t, []string{"engine", "version", "standard_support_until", "source", "read_on"}, lines[0])
	out := make([]published, 0, len(lines))
	for _, line := range lines[1:] {
		p := published{engine: versions.Engine(line[0]), version: line[1], source: line[3]}
		if line[2] != "" {
			day, err := time.Parse(time.DateOnly, line[2])
			require.NoError(t, err, "%v", line)
			p.until = day.Add(24*time.Hour - time.Second)
		}
		assert.Regexp(t, `^https://(docs\.aws\.amazon\.com|endoflife\.date)/`, p.source, "%v", line)
		_, err := time.Parse(time.DateOnly, line[4])
		assert.NoError(t, err, "%v: say when the source was read", line)
		out = append(out, p)
	}
	return out
}

// lineOf is the row of the program's table for a version; false when it has none.
func lineOf(p published) (versions.Version, bool) {
	at := slices.IndexFunc(versions.Table, func(v versions.Version) bool {
		line, isLine := strings.CutSuffix(v.Value, "*")
		return v.Engine == p.engine && (v.Value == p.version || isLine && strings.HasPrefix(p.version, line))
	})
	if at < 0 {
		return versions.Version{}, false
	}
	return versions.Table[at], true
}

func TestTheVersionTableAgreesWithASecondCalendar(t *testing.T) {
	all := calendar(t)
	seen := map[string]bool{}
	for _, p := range all {
		line, has := lineOf(p)
		if !has {
			_, err := versions.Check(p.engine, p.version, time.Now())
			assert.Error(t, err, "%s %s is not in the table of internal/versions, so it must be refused", p.engine, p.version)
			continue
		}
		seen[line.Value] = true
		assert.Equal(t, p.until, line.StandardUntil, "%s %s: %s says another last day of standard support. Read it again "+
			"and correct internal/versions or testdata/calendar.csv", p.engine, line.Value, p.source)
	}
	for _, v := range versions.Table {
		assert.True(t, seen[v.Value], "%s %s: add the line to testdata/calendar.csv, from a calendar and with the day that "+
			"it was read", v.Engine, v.Value)
	}
	t.Logf("looked at %d versions of the calendar and %d lines of the table", len(all), len(versions.Table))
}

func TestEveryLineThatEndsIsRefusedOrWarnsInTime(t *testing.T) {
	const day = 24 * time.Hour
	ends := 0
	for _, p := range calendar(t) {
		line, has := lineOf(p)
		if p.until.IsZero() || !has || line.Refused != "" {
			_, err := versions.Check(p.engine, p.version, p.until.Add(day))
			deployable := has && line.Refused == ""
			assert.Equal(t, deployable, err == nil, "%s %s: Check must say what the table says", p.engine, p.version)
			continue
		}
		ends++
		for _, c := range []struct {
			days int // after the last day
			says string
		}{
			{days: -versions.NearEnd - 2, says: ""},
			{days: -versions.NearEnd + 2, says: "ends on " + p.until.Format(time.DateOnly)},
			{days: 1, says: "ended on " + p.until.Format(time.DateOnly)},
			{days: 1000, says: "ended on " + p.until.Format(time.DateOnly)},
		} {
			warning, err := versions.Check(p.engine, p.version, p.until.Add(time.Duration(c.days)*day))
			require.NoError(t, err, "%s %s", p.engine, p.version)
			if c.says == "" {
				assert.Empty(t, warning, "%s %s is far from its end", p.engine, p.version)
			} else {
				assert.Contains(t, warning, c.says, "%s %s, %d days after its last day: a preview must warn", p.engine,
					p.version, c.days)
			}
		}
	}
	assert.NotZero(t, ends)
	t.Logf("looked at %d lines with an end", ends)
}

// Every key that names a version, found by its limit, and the node's image warn in the configuration, not only in the
// table.
func TestEveryKeyWithAVersionWarnsOfItsEnd(t *testing.T) {
	far := time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC)
	keys := map[string]string{"cluster.imageParameter": "standard support of 24.04 ended"}
	for key, limit := range leafKeys() {
		version, isVersion := limit.(stackconfig.Version)
		if !isVersion {
			continue
		}
		ending := slices.ContainsFunc(versions.Table, func(v versions.Version) bool {
			return v.Engine == version.Engine && v.Refused == "" && !v.StandardUntil.IsZero()
		})
		if ending {
			keys[key] = "standard support of "
		}
	}
	loaded, err := stackconfig.Load(stackconfig.Source{Stack: "prod", Values: loadStack(t, "prod"), Today: far})
	require.NoError(t, err, "a running stack must still be changed after the end of a version")
	for key, says := range keys {
		assert.True(t, slices.ContainsFunc(loaded.Warnings, func(warning string) bool {
			return strings.HasPrefix(warning, key+": ") && strings.Contains(warning, says)
		}), "%s: no warning after the end of its version, only %v", key, loaded.Warnings)
	}
	assert.True(t, slices.ContainsFunc(loaded.Warnings, func(warning string) bool {
		return strings.Contains(warning, "EC2 deprecates the image")
	}), "an image is deprecated two years after its serial: %v", loaded.Warnings)
	assert.GreaterOrEqual(t, len(keys), 3)
	t.Logf("looked at %d keys", len(keys))
}

// Instance classes have no published end. A runtime, such as that of a Lambda function, has one: it would need an
// engine in internal/versions.
func TestNothingHasARuntimeThatEnds(t *testing.T) {
	for _, token := range awstoken.All {
		facts := contract.Load().Resources[token]
		if facts == nil {
			continue
		}
		for input := range facts.Inputs {
			assert.NotContains(t, strings.ToLower(input), "runtime",
				fmt.Sprintf("%s has a runtime: give it an engine with end dates in internal/versions", token))
		}
	}
	t.Logf("looked at %d types", len(awstoken.All))
}
