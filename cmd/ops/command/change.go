package command

import (
	"context"
	"fmt"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/change"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/nodes"
)

// subject of a change: the stack of the flags.
func (f *flags) subject(ctx context.Context) (*change.Subject, error) {
	folder, config, account, err := f.load(ctx)
	if err != nil {
		return nil, err
	}
	return &change.Subject{
		Stack: f.stack, Folder: folder, Account: account, Pulumi: f.pulumi(folder), Clock: f.clock,
		Nodes: &nodes.Group{Account: account, Name: config.GroupName(), Clock: f.clock},
		Say:   func(line string) { fmt.Fprintln(f.streams.Err, line) },
	}, nil
}

// change runs a plan, or shows it, and says what comes next and how to go back.
func (a *approval) change(ctx context.Context, f *flags, s *change.Subject, p *change.Plan) error {
	for _, line := range p.About {
		fmt.Fprintln(f.streams.Out, line)
	}
	if err := s.Run(ctx, p, a.options(f)); err != nil {
		fmt.Fprintln(f.streams.Err, "ops:", err) // with the lines of the Pulumi CLI
		return errUnknown
	}
	if p.Next != "" {
		fmt.Fprintln(f.streams.Out, "next: "+p.Next)
	}
	for _, line := range p.WayBack {
		fmt.Fprintln(f.streams.Out, "way back: "+line)
	}
	a.closing(f)
	return nil
}
