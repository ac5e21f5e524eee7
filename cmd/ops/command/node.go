package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/spf13/cobra"

	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/nodes"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/steps"
)

func newNode(f *flags) *cobra.Command {
	c := &cobra.Command{
		Use:   "node",
		Short: "Look at the nodes, and work on one at a time",
		Long: "Look at the nodes, and work on one at a time. What would leave fewer than two healthy nodes is refused. Scripts " +
			"run by Systems Manager, as root: it keeps them and their output for 30 days, so give it no secret.",
		Args: cobra.NoArgs,
		// Without it, cobra would take a wrong subcommand for a question about the others.
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newNodeList(f), newNodeShell(f), newNodeRun(f), newNodeDrain(f), newNodeReboot(f), newNodeBoot(f),
		newNodeResume(f))
	return c
}

// group opens the group of the stack's nodes.
func (f *flags) group(ctx context.Context) (*nodes.Group, *config.Config, error) {
	_, c, a, err := f.load(ctx)
	if err != nil {
		return nil, nil, err
	}
	return &nodes.Group{Account: a, Name: c.GroupName(), Clock: f.clock}, c, nil
}

func newNodeList(f *flags) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the nodes, and what is suspended",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			g, _, err := f.group(c.Context())
			if err != nil {
				return err
			}
			return listNodes(c.Context(), f, g)
		},
	}
}

func listNodes(ctx context.Context, f *flags, g *nodes.Group) error {
	all, err := g.All(ctx)
	if err != nil {
		return err
	}
	targets, err := g.Targets(ctx)
	if err != nil {
		return err
	}
	agents := map[string]string{}
	pages := ssm.NewDescribeInstanceInformationPaginator(g.Account.SSM(), &ssm.DescribeInstanceInformationInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, i := range page.InstanceInformationList {
			agents[aws.ToString(i.InstanceId)] = string(i.PingStatus) + " " + aws.ToString(i.AgentVersion)
		}
	}
	table := tabwriter.NewWriter(f.streams.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "node\tzone\tstate\thealth\tload balancer\tagent of Systems Manager")
	for _, n := range all {
		health := "healthy"
		if !n.Healthy {
			health = "unhealthy"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", n.ID, n.Zone, n.State, health, or(targets[n.ID], "-"),
			or(agents[n.ID], "-"))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	suspended, err := g.Suspended(ctx)
	if err != nil {
		return err
	}
	held, err := g.Held(ctx)
	if err != nil {
		return err
	}
	if len(suspended) > 0 {
		fmt.Fprintf(f.streams.Out, "suspended: %s\n", strings.Join(suspended, ", "))
	}
	if held.Work != "" {
		fmt.Fprintf(f.streams.Out, "held by %q: run that again, or give it up with ops node resume\n", held.Work)
	}
	return nil
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

func newNodeShell(f *flags) *cobra.Command {
	return &cobra.Command{
		Use:   "shell <instance>",
		Short: "Open a shell on a node by Session Manager",
		Long: "Open a shell on a node by Session Manager. It needs the AWS CLI and its Session Manager plugin on this machine: " +
			pluginPage + ". AWS ends a session after 20 minutes without a key press, with everything that runs in it.",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, arguments []string) error {
			g, _, err := f.group(c.Context())
			if err != nil {
				return err
			}
			for _, program := range []string{"aws", "session-manager-plugin"} {
				if _, err := exec.LookPath(program); err != nil {
					return fmt.Errorf("%s is not in the PATH; a shell needs the AWS CLI and the Session Manager plugin: %s",
						program, pluginPage)
				}
			}
			return f.replace("aws", "ssm", "start-session", "--target", arguments[0], "--region", g.Account.Region())
		},
	}
}

const pluginPage = "https://docs.aws.amazon.com/systems-manager/latest/userguide/" +
	"session-manager-working-with-install-plugin.html"

// runLimit is the default of --limit.
const runLimit = 5 * time.Minute

func newNodeRun(f *flags) *cobra.Command {
	var (
		a     approval
		file  string
		limit time.Duration
	)
	c := &cobra.Command{
		Use:   "run <instance> [-- command arguments...]",
		Short: "Run a command or a script on a node",
		Long: fmt.Sprintf("Run a command or a script on a node, as root, by bash, and print its output. Systems Manager keeps "+
			"%d characters of the output, and the command and its output for 30 days: give it no secret.", nodes.MaxOutput),
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, arguments []string) error {
			node, command := arguments[0], arguments[1:]
			if (file == "") == (len(command) == 0) {
				return errors.New("give a command after --, or --file with a script, and not both")
			}
			script := nodes.Script{Name: "ops node run", Text: `exec "$@"`, Arguments: command, Limit: limit}
			if file != "" {
				text, err := os.ReadFile(file)
				if err != nil {
					return fmt.Errorf("--file: %w", err)
				}
				script.Text = string(text)
			}
			g, _, err := f.group(c.Context())
			if err != nil {
				return err
			}
			if !a.yes {
				fmt.Fprintf(f.streams.Out, "%s would run on %s:\n%s\n", or(file, "the command"), node,
					or(strings.Join(command, " "), script.Text))
				a.closing(f)
				return nil
			}
			out, err := g.Run(c.Context(), node, script)
			fmt.Fprint(f.streams.Out, out.Text)
			fmt.Fprint(f.streams.Err, out.Errors)
			if out.Cut {
				fmt.Fprintf(f.streams.Err, "Systems Manager has cut the output: it keeps %d characters, and %d of the errors\n",
					nodes.MaxOutput, nodes.MaxErrors)
			}
			return err
		},
	}
	c.Flags().StringVar(&file, "file", "", "script for bash")
	c.Flags().DurationVar(&limit, "limit", runLimit, "how long it may run")
	a.addTo(c)
	return c
}

// work is a command that changes one node.
func (f *flags) work(c *cobra.Command, a *approval, work, node string, processes []string,
	plan func(g *nodes.Group) ([]steps.Step, error),
) error {
	g, config, err := f.group(c.Context())
	if err != nil {
		return err
	}
	name := work + " " + node
	if err := g.Spare(c.Context(), node, name, config.Cluster.LeastNodes()); err != nil {
		return err
	}
	all, err := plan(g)
	if err != nil {
		return err
	}
	o := a.options(f)
	o.Clock = f.clock
	if !a.yes {
		for _, s := range all {
			o.Report(steps.Result{Step: s.Name, Does: s.Does, State: steps.Would})
		}
		a.closing(f)
		return nil
	}
	run := func(ctx context.Context) error {
		_, err := steps.Run(ctx, all, o)
		return err
	}
	if len(processes) == 0 {
		return run(c.Context())
	}
	return g.While(c.Context(), name, processes, run)
}

func newNodeDrain(f *flags) *cobra.Command {
	var a approval
	c := &cobra.Command{
		Use:   "drain <instance>",
		Short: "Replace a node: the group terminates it gracefully and starts another",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, arguments []string) error {
			return f.work(c, &a, "drain", arguments[0], nil, func(g *nodes.Group) ([]steps.Step, error) {
				size, err := g.Size(c.Context())
				return g.Drain(arguments[0], size), err
			})
		},
	}
	a.addTo(c)
	return c
}

func newNodeReboot(f *flags) *cobra.Command {
	var a approval
	c := &cobra.Command{
		Use:   "reboot <instance>",
		Short: "Restart the machine of a node while the checks of the group are suspended",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, arguments []string) error {
			return f.work(c, &a, "reboot", arguments[0], nodes.Checks, func(g *nodes.Group) ([]steps.Step, error) {
				return g.Reboot(arguments[0]), nil
			})
		},
	}
	a.addTo(c)
	return c
}

func newNodeBoot(f *flags) *cobra.Command {
	var a approval
	c := &cobra.Command{
		Use:   "boot <instance>",
		Short: "Give a node new credentials and settings: its boot runs again",
		Long: "Give a node new credentials and settings: its boot runs again in a unit of its own, while the checks of the " +
			"group are suspended. A node that works with the current secrets is left alone.",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, arguments []string) error {
			return f.work(c, &a, "boot", arguments[0], nodes.Checks, func(g *nodes.Group) ([]steps.Step, error) {
				return g.BootAgain(arguments[0]), nil
			})
		},
	}
	a.addTo(c)
	return c
}

func newNodeResume(f *flags) *cobra.Command {
	var a approval
	c := &cobra.Command{
		Use:   "resume",
		Short: "Give up work whose session is lost: resume what it has suspended",
		Long: "Give up work whose session is lost: resume what it has suspended. Run the lost command again instead if you " +
			"can: it goes on where it stopped. What somebody has suspended by hand stays suspended.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			g, _, err := f.group(c.Context())
			if err != nil {
				return err
			}
			held, err := g.Held(c.Context())
			switch {
			case err != nil:
				return err
			case held.Work == "":
				fmt.Fprintln(f.streams.Out, "no work holds the group")
				return nil
			case !a.yes:
				fmt.Fprintf(f.streams.Out, "would give up %q and resume %s\n", held.Work,
					or(strings.Join(held.Processes, ", "), "nothing"))
				a.closing(f)
				return nil
			}
			if err := g.Release(c.Context()); err != nil {
				return err
			}
			fmt.Fprintf(f.streams.Out, "%q is given up, and its processes run again\n", held.Work)
			return nil
		},
	}
	a.addTo(c)
	return c
}
