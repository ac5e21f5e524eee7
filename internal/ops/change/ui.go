package change

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/nodes"
)

// uiState prints down if the UI is stopped: the supervisor begins its line so.
const uiState = `case $(morpheus-ctl status morpheus-ui 2>&1) in down:*) echo down ;; *) echo up ;; esac`

// stopScript stops the UI as the vendor's guide does. The stop gives up after some seconds, and its status says nothing.
const stopScript = `morpheus-ctl stop morpheus-ui || morpheus-ctl graceful-kill morpheus-ui || true
` + uiState

// uiLimit is for one node: running work ends first.
const uiLimit = 10 * time.Minute

// uiDown reports whether the UI is stopped on all nodes.
func (w standstill) uiDown(ctx context.Context) (bool, error) {
	up, err := w.onAll(ctx, nodes.Script{Name: "look whether morpheus-ui is down", Text: uiState})
	return len(up) == 0, err
}

// stopUI stops it, and fails if a node does not obey.
func (w standstill) stopUI(ctx context.Context) error {
	up, err := w.onAll(ctx, nodes.Script{Name: "stop morpheus-ui", Text: stopScript, Limit: uiLimit})
	if err == nil && len(up) > 0 {
		err = errors.New("morpheus-ui still runs on " + strings.Join(up, ", ") +
			`: stop it by hand (docs/nodes.md, "Work on nodes by hand")`)
	}
	return err
}

// onAll runs a script on all nodes side by side, and returns those that do not print down.
func (w standstill) onAll(ctx context.Context, script nodes.Script) (up []string, err error) {
	all, err := w.nodes(ctx)
	if err != nil {
		return nil, err
	}
	var (
		group  sync.WaitGroup
		mu     sync.Mutex
		failed []error
	)
	for _, id := range all {
		group.Go(func() {
			output, err := w.subject.Nodes.Run(ctx, id, script)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				failed = append(failed, err)
			} else if !strings.HasSuffix(strings.TrimSpace(output.Text), "down") {
				up = append(up, id)
			}
		})
	}
	group.Wait()
	return up, errors.Join(failed...)
}
