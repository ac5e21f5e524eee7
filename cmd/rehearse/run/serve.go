package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
)

const longServe = `Keeps a simulated AWS account on 127.0.0.1, and a project folder in which you run the real Pulumi
commands: preview, up, config set, refresh, destroy. It prints the environment that your shell needs for that.

The folder has links to this repository's sources, so that your changes of the program count, and copies of the stack
files in which the values that only you know are filled in. The committed files stay as they are.
The account, the backend and the folder are removed at the end.`

// maxServe limits the time of a sandbox, because a forgotten one must end.
const maxServe = 24 * time.Hour

type serveOptions struct {
	stacks []string
	speed  float64
	fresh  bool
	until  time.Duration
}

func (o serveOptions) validate() error {
	switch {
	case o.speed < 0:
		return fmt.Errorf("--speed: must be 0 or more, got %v", o.speed)
	case o.until <= 0 || o.until > maxServe:
		return fmt.Errorf("--for: must be more than 0 and at most %s, got %s", maxServe, o.until)
	}
	return nil
}

func serveCommand(out, progress io.Writer) *cobra.Command {
	options := serveOptions{}
	cmd := &cobra.Command{
		Use: "serve", Short: "Keep a simulated account in which you run Pulumi by hand", Long: longServe, Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := options.validate(); err != nil {
				return err
			}
			return serve(cmd.Context(), options, out, progress)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&options.stacks, "stack", nil,
		"stack file to prepare (default: all, with the examples); can be repeated")
	flags.Float64Var(&options.speed, "speed", simaws.DefaultScale,
		"how many times faster than AWS the account works; 0 takes no time for anything")
	flags.BoolVar(&options.fresh, "fresh", false, "a new account: without the service-linked roles")
	flags.DurationVar(&options.until, "for", 2*time.Hour, "time until the sandbox ends automatically, such as 30m")
	return cmd
}

// serve keeps a sandbox until the context ends or the time is over. It prints the environment for a shell.
func serve(ctx context.Context, options serveOptions, out, progress io.Writer) (err error) {
	sandbox, err := rehearsal.OpenSandbox(ctx, rehearsal.SandboxOptions{
		Stacks: options.stacks, Account: simaws.Options{Scale: options.speed, Fresh: options.fresh}, Progress: progress,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sandbox.Close()) }()
	path, err := sandbox.WriteShell()
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "# The sandbox is ready. In another terminal, run `source %s`, which is:\n\n%s\n\n",
		path, strings.Join(sandbox.Shell(), "\n"))
	fmt.Fprintf(out, "# Then, for example: pulumi stack init dev && pulumi preview\n")
	fmt.Fprintf(out, "# It ends with Ctrl-C here, or automatically at %s. Then its folder and account are removed.\n",
		time.Now().Add(options.until).Format("15:04"))
	select {
	case <-ctx.Done():
		fmt.Fprintln(progress, "the sandbox has ended, its folder is removed")
		return nil
	case <-time.After(options.until):
		fmt.Fprintf(progress, "the sandbox has ended after %s, its folder is removed\n", options.until)
		return nil
	}
}
