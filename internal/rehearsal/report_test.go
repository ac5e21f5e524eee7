package rehearsal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
)

func TestLinesOfParallelStacksBeginWithTheirName(t *testing.T) {
	var out bytes.Buffer
	report := newReport(&out, false, true)
	var running sync.WaitGroup
	for _, stack := range []string{"dev", "prod"} {
		lane := report.lane(stack, true)
		running.Go(func() {
			for range 50 {
				lane.write([]byte("one\ntwo\n"))
			}
			lane.end("up", 0, nil)
		})
	}
	running.Wait()
	assert.Equal(t, 100, strings.Count(out.String(), "dev | "))
	assert.Equal(t, 100, strings.Count(out.String(), "prod | "))
	assert.Equal(t, 200, strings.Count(out.String(), "\n"), "every line must be complete")

	out.Reset()
	assert.NoError(t, report.close())
	assert.Less(t, strings.Index(out.String(), "dev"), strings.Index(out.String(), "prod"),
		"the table must be in the order of the stacks")

	out.Reset()
	report.lane("alone", false).write([]byte("one\n"))
	assert.Equal(t, "one\n", out.String())
}

func TestASilentStepPrintsItsProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		lane := newReport(&out, false, false).lane("dev", false)
		stop := lane.heartbeat(30*time.Second, func() []string { return []string{"create search-domain (2m4s)"} })
		time.Sleep(29 * time.Second)
		lane.write([]byte("Pulumi's own line\n"))
		time.Sleep(61500 * time.Millisecond)
		stop()
		assert.Equal(t, "Pulumi's own line\n"+
			"   59s: still at work: create search-domain (2m4s)\n"+
			"   1m29s: still at work: create search-domain (2m4s)\n", out.String(), "only after 30 s without a line")
	})
}

func TestUnderwayListsUnfinishedOperations(t *testing.T) {
	const urn = "urn:pulumi:dev::morpheus::aws:opensearch/domain:Domain::search-domain"
	step := func(op apitype.OpType, custom bool) apitype.StepEventMetadata {
		return apitype.StepEventMetadata{Op: op, URN: urn, New: &apitype.StepEventStateMetadata{Custom: custom}}
	}
	begin := func(step apitype.StepEventMetadata, planning bool) apitype.EngineEvent {
		return apitype.EngineEvent{ResourcePreEvent: &apitype.ResourcePreEvent{Metadata: step, Planning: planning}}
	}
	s := &Session{}
	assert.Empty(t, s.Underway(), "nothing has run")
	o := &observer{}
	s.watch.Store(o)
	for _, event := range []apitype.EngineEvent{
		begin(step(apitype.OpSame, true), false), begin(step(apitype.OpCreate, false), false),
		begin(step(apitype.OpCreate, true), true),
	} {
		o.follow(event)
	}
	assert.Equal(t, []string{"the engine waits for the program"}, s.Underway(),
		"unchanged resources, components and previews are not listed")
	o.follow(begin(step(apitype.OpCreate, true), false))
	assert.Equal(t, []string{"create search-domain (0s)"}, s.Underway())
	o.follow(apitype.EngineEvent{ResOpFailedEvent: &apitype.ResOpFailedEvent{Metadata: step(apitype.OpCreate, true)}})
	assert.Equal(t, []string{"the engine waits for the program"}, s.Underway())
}

func TestAStepPrintsOneLineUnlessItFailsOrWarns(t *testing.T) {
	var out bytes.Buffer
	report := newReport(&out, false, false)
	r := &rehearsal{lane: report.lane("dev", false), warned: map[string]bool{}}
	preview := step{name: "preview", run: func(context.Context) error {
		r.lane.note("a detail")
		r.lane.summarize("create 12")
		return nil
	}}
	up := step{name: "up", run: func(context.Context) error {
		r.write([]byte("a line of Pulumi\n"))
		r.warn(&Result{Warnings: []string{"small disk"}})
		return nil
	}}
	failing := step{name: "again", run: func(context.Context) error {
		r.write([]byte("why Pulumi failed\n"))
		return errors.New("not empty")
	}}
	skipped := step{name: "destroy", run: func(context.Context) error {
		return fmt.Errorf("%w: nothing is there", errNotApplicable)
	}}
	for _, step := range []step{preview, up, up, skipped} {
		assert.True(t, r.step(t.Context(), step))
	}
	assert.False(t, r.step(t.Context(), failing))
	assert.Error(t, report.close())
	durations := regexp.MustCompile(`[0-9]+\.[0-9] s`)
	assert.Equal(t, `dev: preview ... PASS (0 s): create 12
dev: up ...
   warning: small disk
dev: up ... PASS (0 s)
dev: up ... PASS (0 s)
dev: destroy ... SKIP: nothing is there
dev: again ...
why Pulumi failed
dev: again ... FAIL (0 s)
   FAIL not empty

rehearsed in 0 s
3 passed, 1 failed
`, durations.ReplaceAllString(out.String(), "0 s"), "a warning must be shown once; without --verbose no detail, and Pulumi's lines only if the step fails")
}

func TestASilentStepNamesAFewOperations(t *testing.T) {
	assert.Equal(t, "a, b, c, d, e", shortList([]string{"a", "b", "c", "d", "e"}))
	assert.Equal(t, "a, b, c, d, e and 2 others", shortList([]string{"a", "b", "c", "d", "e", "f", "g"}),
		"a line with every resource of a stack hides the other lines")
}
