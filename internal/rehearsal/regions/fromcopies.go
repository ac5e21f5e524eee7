package regions

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/recovery"
)

// days in which the old region runs again before somebody stops it.
const days = 2 * 24 * time.Hour

// BeginCopies returns a world with copies only, whose first region is lost a day after a write of which there is a copy, and
// seconds after one of which there is none, with the move.
func BeginCopies() (*World, *recovery.Move, error) {
	w := NewCopies()
	err := w.Write(Primary, old)
	w.Pass(BackupEvery + BackupJob + CopyJob + time.Minute)
	if err = errors.Join(err, w.Write(Primary, recent)); err != nil {
		return nil, nil, err
	}
	w.Pass(time.Second)
	w.Lose(Primary)
	away := w.Move(w.Sides())
	away.Unplanned = true
	return w, away, nil
}

// RunCopies makes the recovery region serve from copies, and stops the first one when that is back. With at above 0, each of
// the two runs is killed before its changing call of that number, and started again.
func RunCopies(ctx context.Context, at int) (moves Moves, err error) {
	w, away, err := BeginCopies()
	if err != nil {
		return moves, err
	}
	if moves.Failover, err = moves.killed(ctx, w, at, away.Failover); err != nil {
		return moves, fmt.Errorf("failover from copies: %w", err)
	}
	copied := []string{old}
	if err := w.served(Recovery, copied, copied); err != nil {
		return moves, fmt.Errorf("after the failover from copies: %w", err)
	}
	if slices.Contains(w.Rows(Recovery), recent) {
		return moves, errors.New("a row is there that was never copied: the world proves nothing")
	}
	if err := errors.Join(w.Write(Recovery, elsewhere), w.SetSecret(Recovery, 0, changed)); err != nil {
		return moves, fmt.Errorf("in the other region: %w", err)
	}
	w.Return(Primary)
	if err := w.Write(Primary, "stale"); err != nil {
		return moves, fmt.Errorf("nothing but the next run keeps the old region from writing, so it must be able to: %w", err)
	}
	w.Pass(days) // its recovery points are copied again, and are newer than those that were restored
	if _, err := moves.killed(ctx, w, at, away.Failover); err != nil {
		return moves, fmt.Errorf("failover when the region is back: %w", err)
	}
	if err := w.served(Recovery, append(copied, elsewhere), append(copied, elsewhere)); err != nil {
		return moves, fmt.Errorf("after the old region was stopped: %w", err)
	}
	switch {
	case w.Secret(Recovery, 0) != changed:
		return moves, errors.New("what the other region encrypted cannot be read there")
	case !slices.Contains(w.Rows(Primary), recent) || !slices.Contains(w.Files(Primary), recent):
		return moves, errors.New("what was not copied is gone from the old region too")
	case w.FileSystems(Recovery) != 1:
		return moves, fmt.Errorf("%d file systems are in %s", w.FileSystems(Recovery), Recovery)
	}
	return moves, nil
}

// KillsCopies does what Journey.Kills does with RunCopies.
func KillsCopies(ctx context.Context) (resumed int, err error) { return kills(ctx, RunCopies) }

// Objective is what a move loses at worst, and when users are served again.
type Objective struct {
	Mode, Move  string
	Rows, Files time.Duration
	Served      time.Duration
}

// Objectives are measured on the world: the region is lost at many moments, and what is missing afterwards is counted.
func Objectives(ctx context.Context) ([]Objective, error) {
	var out []Objective
	for _, c := range []struct {
		mode, move string
		begin      func() *World
		// The service writes that often for so long, and the region is lost at each of the moments after it.
		every, since, moment, until time.Duration
		planned                     bool
	}{
		{
			mode: "backup", move: "unplanned", begin: NewCopies, every: 10 * time.Minute, since: 2 * BackupEvery,
			moment: 10 * time.Minute, until: BackupEvery,
		},
		{
			mode: "pilotLight", move: "unplanned", begin: New, every: time.Second, since: 2*minutesApart - time.Second,
			moment: 5 * time.Minute, until: minutesApart,
		},
		{mode: "pilotLight", move: "planned", begin: New, every: time.Second, since: time.Minute, planned: true},
	} {
		worst := Objective{Mode: c.mode, Move: c.move}
		for lost := time.Duration(0); lost <= c.until; lost += max(c.moment, time.Second) {
			w := c.begin()
			for end := w.now.Add(c.since + lost); w.now.Before(end); {
				w.Pass(c.every)
				if err := w.Write(Primary, "x"); err != nil {
					return nil, err
				}
			}
			last := w.now
			if !c.planned {
				w.Lose(Primary)
			}
			move := w.Move(w.Sides())
			move.Unplanned = !c.planned
			results, err := move.Failover(ctx)
			if err != nil {
				return nil, err
			}
			r := w.regions[Recovery]
			if len(r.rows) == 0 || len(r.files[r.FileSystem]) == 0 {
				return nil, fmt.Errorf("%s, %s: nothing was copied before the region was lost", c.mode, c.move)
			}
			worst.Rows = max(worst.Rows, behind(r.rows, last))
			worst.Files = max(worst.Files, behind(r.files[r.FileSystem], last))
			worst.Served = max(worst.Served, Sum(results))
			if c.until == 0 {
				break
			}
		}
		out = append(out, worst)
	}
	return out, nil
}

// behind is how much older the newest item is than the last one that was written.
func behind(items []item, last time.Time) time.Duration {
	return last.Sub(items[len(items)-1].at)
}
