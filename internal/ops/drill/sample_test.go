package drill_test

import (
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/drill"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/drill/drilltest"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/opstest"
)

var update = flag.Bool("update", false, "rewrite the sample report and the table of targets in docs")

// golden compares a file of docs with a text.
func golden(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(opstest.Repository(), "docs", name)
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	have, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(have), text, "docs/%s differs: run make golden", name)
}

// TestGoldenSample: the sample report is that of a run, in virtual time. It must say that it proves no recovery.
func TestGoldenSample(t *testing.T) {
	w := drilltest.New(t)
	w.Outages = []drilltest.Outage{{After: 4 * time.Second, For: 27 * time.Second}}
	w.Begins["morpheus-prod-database-writer"] = 70 * time.Second
	record, err := conduct(t, w, drill.Database, nil, options())
	require.NoError(t, err)
	text := strings.ReplaceAll(record.Markdown("drill-database.svg"), w.Given.ID, "123456789012")
	assert.Contains(t, text, "> REHEARSAL: the services of this run were simulated")
	assert.Contains(t, record.Picture(), "REHEARSAL: simulated services")
	golden(t, "samples/drill-database.md", text)
	golden(t, "samples/drill-database.svg", record.Picture())
}

// TestARunOnAWSIsNotStamped: the stamp must tell something.
func TestARunOnAWSIsNotStamped(t *testing.T) {
	record := &drill.Record{Drill: drill.Node, Stack: "prod", Began: time.Now()}
	assert.NotContains(t, record.Markdown("p.svg")+record.Picture(), "REHEARSAL")
}

// TestThePictureIsWellFormed whatever texts it has.
func TestThePictureIsWellFormed(t *testing.T) {
	now := time.Now()
	record := &drill.Record{
		Drill: drill.Node, Stack: "a<b&c", Began: now, Injected: now.Add(time.Second), Ended: now.Add(time.Hour), Simulated: true,
		Events: []drill.Event{{At: now, Text: `<"&'>` + strings.Repeat("long ", 90)}}, Problem: "<&>",
		Alarms: []drill.Alarm{{Name: "<alarm>", On: now.Add(time.Minute)}},
	}
	decoder := xml.NewDecoder(strings.NewReader(record.Picture()))
	for {
		_, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
	}
}

// TestAReportIsWrittenWithItsPicture, in a folder that may not exist yet, and not for others to read.
func TestAReportIsWrittenWithItsPicture(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "a", "b")
	record := &drill.Record{ID: "20260101T000000Z", Drill: drill.Node, Stack: "prod", Began: time.Now()}
	require.NoError(t, record.Write(folder))
	text, err := os.ReadFile(filepath.Join(folder, "drill-node-prod-20260101T000000Z.md"))
	require.NoError(t, err)
	assert.Contains(t, string(text), "# Drill node of the stack prod")
	info, err := os.Stat(filepath.Join(folder, "drill-node-prod-20260101T000000Z.svg"))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

// TestEachDrillHasTwoTargetsWithASource, and docs/drills.md has the table.
func TestGoldenTargets(t *testing.T) {
	n := map[string]int{}
	var table strings.Builder
	table.WriteString("| drill | measure | target | source |\n|---|---|---|---|\n")
	for _, target := range drill.Targets {
		n[target.Drill]++
		assert.NotEmpty(t, target.Source, "%s: nobody states the target", target.Drill)
		assert.True(t, target.Limit > 0 != (target.Of != nil), "%s: one limit", target.Drill)
		source := target.Source
		if strings.HasPrefix(source, "https://") {
			source = "[AWS](" + source + ")"
		}
		table.WriteString("| " + target.Drill + " | " + target.Measure + " | " + target.Means + " | " + source + " |\n")
	}
	for _, name := range drill.Names {
		assert.Equal(t, 2, n[name], "%s needs a target for the outage and one for the spare", name)
	}
	page, err := os.ReadFile(filepath.Join(opstest.Repository(), "docs", "drills.md"))
	require.NoError(t, err)
	before, rest, found := strings.Cut(string(page), "<!-- targets:begin -->\n")
	require.True(t, found)
	_, after, found := strings.Cut(rest, "<!-- targets:end -->")
	require.True(t, found)
	golden(t, "drills.md", before+"<!-- targets:begin -->\n\n"+table.String()+"\n<!-- targets:end -->"+after)
}
