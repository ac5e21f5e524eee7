package tests

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/alarm"
	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/logfilter"
)

// logSample has lines of a log group that a filter counts, and lines of the same group that it does not.
type logSample struct {
	counted, others []string
	// written is the script of the nodes with the words that are counted; empty for those of other programs.
	written, words string
}

// logSamples are the lines by filter.
var logSamples = map[string]logSample{
	"cluster-boots-failed": {
		written: "diagnostics.sh", words: `log "boot FAILED at step $1: $(reason)"`,
		counted: []string{
			"2026-11-28T03:00:00.123Z boot FAILED at step mount: the file system fs-0123 cannot be mounted: mount.nfs4: timed out",
		},
		others: []string{
			"2026-11-28T03:00:00.123Z step mount: FAILED after 300.0 s: the file system fs-0123 cannot be mounted",
			"2026-11-28T03:00:00.123Z boot done in 412.3 s",
			"2026-11-28T03:00:00.123Z step packages: retrying in 3 s",
		},
	},
	"cluster-appliance-errors": {
		counted: []string{
			"[2026-11-28 03:00:00,123] [http-nio-127.0.0.1-8080-exec-9] ERROR o.h.e.jdbc.spi.SqlExceptionHelper - Communications link failure",
			"2026-11-28_03:00:00.12345 2026-11-28 03:00:00.123 [appJobLow-2] ERROR c.m.SyncService - connect timed out",
		},
		others: []string{
			"[2026-11-28 03:00:00,123] [http-nio-127.0.0.1-8080-exec-9] WARN  o.h.e.jdbc.spi.SqlExceptionHelper - SQL Error: 0",
			"[2026-11-28 03:00:00,123] [appJobLow-2] INFO  c.m.SyncService - no errors",
			"\tat com.mysql.cj.jdbc.exceptions.SQLError.createCommunicationsException(SQLError.java:174)",
			`10.0.1.5 - - [28/Nov/2026:03:00:00 +0000] "GET /ERROR HTTP/1.1" 404 146`,
		},
	},
	"filesystem-mounts-denied": {
		counted: []string{
			"2026-11-28T03:00:00.123Z step mount: FAILED after 240.0 s: the file system fs-0123 cannot be mounted: " +
				"mount.nfs4: access denied by server while mounting 127.0.0.1:/",
			"Nov 28 03:00:00 ip-10-0-1-5 mount[812]: mount.nfs4: access denied by server while mounting 127.0.0.1:/",
		},
		others: []string{
			"2026-11-28T03:00:00.123Z step mount: FAILED after 240.0 s: mount.nfs4: Connection timed out",
			"Nov 28 03:00:00 ip-10-0-1-5 sudo: access denied for user ubuntu",
		},
	},
	// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Auditing.html: timestamp, host, user, client,
	// connection, query, operation, database, object, result.
	"database-failed-logins": {
		counted: []string{"1764298800123456,morpheus-prod-1,morpheus,10.0.1.5,4711,0,FAILED_CONNECT,,,1045"},
		others: []string{
			"1764298800123456,morpheus-prod-1,morpheus,10.0.1.5,4711,0,CONNECT,morpheus,,0",
			"1764298800123456,morpheus-prod-1,morpheus,10.0.1.5,4711,0,DISCONNECT,morpheus,,0",
			"1764298800123456,morpheus-prod-1,morpheus_admin,10.0.1.5,4712,5,QUERY,mysql,'GRANT ALL ON morpheus.* TO morpheus',0",
		},
	},
}

func TestEveryFilterCountsItsLinesAndNoOthers(t *testing.T) {
	r := deployed(t, "prod")
	counted, others := 0, 0
	filters := r.OfType(awstoken.LogMetricFilter)
	for _, res := range filters {
		name := fmt.Sprint(res.Get("metricTransformation.name"))
		sample, has := logSamples[name]
		require.True(t, has, "the filter %s has no sample lines: add them to logSamples", name)
		pattern, err := logfilter.Parse(fmt.Sprint(res.Get("pattern")))
		require.NoError(t, err, name)
		for _, line := range sample.counted {
			counted++
			assert.True(t, pattern.Matches(line), "%s must count %s", name, line)
		}
		for _, line := range sample.others {
			others++
			assert.False(t, pattern.Matches(line), "%s must not count %s", name, line)
		}
		if sample.written != "" {
			script, err := os.ReadFile("../components/cluster/boot/parts/" + sample.written)
			require.NoError(t, err)
			assert.Contains(t, string(script), sample.words, "%s: the nodes write other words now", name)
		}
	}
	assert.Len(t, logSamples, len(filters), "each sample belongs to a filter")
	t.Logf("%d filters count %d/%d lines, and none of %d others", len(filters), counted, counted, others)
}

// A filter that no alarm reads is a metric that nobody looks at; an alarm on a metric that no filter makes is refused by
// the simulated AWS.
func TestEveryFilterHasAnAlarm(t *testing.T) {
	everywhere(t, func(p *property, d deployment) {
		watched := map[string]bool{}
		for _, res := range d.OfType(awstoken.CloudWatchAlarm) {
			for _, m := range read(t, res).Metrics {
				watched[m.Namespace+" "+m.Name] = true
			}
		}
		for _, res := range d.OfType(awstoken.LogMetricFilter) {
			namespace := fmt.Sprint(res.Get("metricTransformation.namespace"))
			p.is(watched[namespace+" "+fmt.Sprint(res.Get("metricTransformation.name"))], "%s: no alarm is about it", res.Name)
			p.is(strings.HasSuffix(namespace, "/logs"), "%s: nodes may put metrics into %s, also wrong ones", res.Name, namespace)
		}
	})
}

// A group without retention keeps its events for ever, and one without a key those that no key of the stack protects.
func TestEveryLogGroupHasTheKeyAndTheRetention(t *testing.T) {
	everywhere(t, func(p *property, d deployment) {
		for _, res := range d.OfType(awstoken.LogGroup) {
			days, _ := res.Get("retentionInDays").(float64)
			p.is(days > 0, "%s keeps its events for ever: set retentionInDays", res.Name)
			p.is(res.Get("kmsKeyId") != nil && res.Get("kmsKeyId") != "", "%s has no key: set kmsKeyId", res.Name)
		}
	})
}

// A saved query that no page names is found by nobody, and a page that names one that does not exist helps nobody.
func TestEverySavedQueryIsNamedInTheDocuments(t *testing.T) {
	r := deployed(t, "prod")
	page, err := os.ReadFile("../docs/monitoring.md")
	require.NoError(t, err)
	queries := r.OfType(awstoken.LogQueryDefinition)
	require.NotEmpty(t, queries)
	for _, res := range queries {
		name, below := strings.CutPrefix(fmt.Sprint(res.Get("name")), "morpheus/prod/")
		assert.True(t, below, "%s: two stacks in an account must not share a query", res.Name)
		assert.Contains(t, string(page), "`"+name+"`", "run make golden")
		assert.NotEmpty(t, res.Texts("logGroupNames"), "%s asks no log group", res.Name)
		_, isPlain := res.Get("queryString").(string)
		assert.True(t, isPlain, res.Name)
	}
	for _, tier := range watched(t)["prod"] {
		for _, f := range tier.Facts {
			_, after, names := strings.Cut(f.Action, "saved query ")
			if !names {
				continue
			}
			name := strings.FieldsFunc(after, func(c rune) bool { return c == ' ' || c == '.' || c == ',' || c == ':' })[0]
			named(t, r, "monitoring-query-"+name)
		}
	}
	t.Logf("%d saved queries", len(queries))
}

func queryTable(tiers []alarm.Tier) string {
	var out strings.Builder
	out.WriteString("| saved query | answers |\n|---|---|\n")
	for _, tier := range tiers {
		for _, q := range tier.Queries {
			fmt.Fprintf(&out, "| `%s` | %s |\n", q.Name, q.Question)
		}
	}
	return out.String()
}
