package regions

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/steps"
)

// Journey is the way of the service to the other region and back, with what is written on the way.
type Journey struct {
	Name string
	// Lost is true if the first region is gone when the failover begins.
	Lost bool
}

// Journeys are a failover that was planned and one that was not.
var Journeys = []Journey{{Name: "planned"}, {Name: "unplanned", Lost: true}}

// written before the failover, and in the other region.
const (
	old       = "written an hour before"
	recent    = "written seconds before"
	elsewhere = "written in the other region"
	changed   = "suffix and more"
)

// Moves are the results of both moves.
type Moves struct {
	Failover, Failback []steps.Result
	// Resumed is how many of the moves were killed and taken up again.
	Resumed int
}

// Begin returns a world that has served for an hour. An unplanned failover begins seconds after a write.
func (j Journey) Begin() (*World, error) {
	w := New()
	err := w.Write(Primary, old)
	w.Pass(time.Hour)
	if err = errors.Join(err, w.Write(Primary, recent)); err != nil {
		return nil, err
	}
	if j.Lost {
		w.Pass(5 * RowLag)
		w.Lose(Primary)
	}
	return w, nil
}

// Run moves the service away and back, and checks after each move that nothing is lost that must not be. With at above
// 0, each move is killed before its changing call of that number, and started again with the same arguments.
func (j Journey) Run(ctx context.Context, at int) (moves Moves, err error) {
	w, err := j.Begin()
	if err != nil {
		return moves, err
	}
	primary, other := w.Sides()
	away := w.Move(primary, other)
	away.Unplanned = j.Lost
	if moves.Failover, err = moves.killed(ctx, w, at, away.Failover); err != nil {
		return moves, fmt.Errorf("%s failover: %w", j.Name, err)
	}
	keptFiles := []string{old, recent}
	if j.Lost {
		keptFiles = keptFiles[:1] // EFS had not copied the last one
	}
	if err := w.served(Recovery, []string{old, recent}, keptFiles); err != nil {
		return moves, fmt.Errorf("after the %s failover: %w", j.Name, err)
	}
	if err := errors.Join(w.Write(Recovery, elsewhere), w.SetSecret(Recovery, 0, changed)); err != nil {
		return moves, fmt.Errorf("in the other region: %w", err)
	}
	if j.Lost {
		w.Return(Primary)
		if w.Write(Primary, "stale") == nil {
			return moves, errors.New("the old region took a write when it was back")
		}
	}
	back := w.Move(other, primary)
	if moves.Failback, err = moves.killed(ctx, w, at, back.Failback); err != nil {
		return moves, fmt.Errorf("failback: %w", err)
	}
	return moves, w.home(append(keptFiles, elsewhere))
}

var errKilled = errors.New("killed")

// killed runs a move, and again if it was killed.
func (m *Moves) killed(
	ctx context.Context, w *World, at int, move func(context.Context) ([]steps.Result, error),
) ([]steps.Result, error) {
	if at == 0 {
		return move(ctx)
	}
	first, died := w.Calls, false
	w.Stop = func(call string) error {
		if died || w.Calls != first+at {
			return nil
		}
		died = true
		return fmt.Errorf("%s: %w", call, errKilled)
	}
	results, err := move(ctx)
	w.Stop = nil
	switch {
	case !died:
		return results, err
	case !errors.Is(err, errKilled):
		return results, fmt.Errorf("it went on after it was killed: %w", err)
	}
	m.Resumed++
	return move(ctx)
}

// served reports what is wrong with a region that should serve alone, with these rows and files.
func (w *World) served(region string, rows, files []string) error {
	for _, text := range rows {
		if !slices.Contains(w.Rows(region), text) {
			return fmt.Errorf("the row %q is lost", text)
		}
	}
	for _, text := range files {
		if !slices.Contains(w.Files(region), text) {
			return fmt.Errorf("the file %q is lost", text)
		}
	}
	for name := range w.regions {
		if name != region && w.Write(name, "two") == nil {
			return fmt.Errorf("%s can be written too", name)
		}
	}
	if leads := w.Leads(); leads != region {
		return fmt.Errorf("users are led to %q", leads)
	}
	return w.Write(region, "written after the move")
}

// home reports what is wrong after the failback: the first region serves, follows the other one's writes, and is copied
// again, with nothing left over.
func (w *World) home(files []string) error {
	if err := w.served(Primary, []string{old, recent, elsewhere}, files); err != nil {
		return fmt.Errorf("after the failback: %w", err)
	}
	for _, region := range []string{Primary, Recovery} {
		if value := w.Secret(region, 0); value != changed {
			return fmt.Errorf("what the other region encrypted cannot be read in %s: the secret is %q", region, value)
		}
		if n := w.FileSystems(region); n != 1 {
			return fmt.Errorf("%d file systems are left in %s", n, region)
		}
	}
	if !w.replicates() {
		return errors.New("nothing is copied to the other region any more")
	}
	return nil
}

// Kills runs the journey once for each changing call of its moves, killed there, and returns how many moves were taken
// up again.
func (j Journey) Kills(ctx context.Context) (resumed int, err error) { return kills(ctx, j.Run) }

func kills(ctx context.Context, run func(ctx context.Context, at int) (Moves, error)) (resumed int, err error) {
	for at := 1; ; at++ {
		moves, err := run(ctx, at)
		if err != nil {
			return resumed, fmt.Errorf("killed at call %d: %w", at, err)
		}
		if moves.Resumed == 0 {
			return resumed, nil
		}
		resumed += moves.Resumed
	}
}
