package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal"
	"github.com/morpheus-ha/morpheus-aws/stacks"
)

const long = `Runs the program under the real Pulumi engine against a simulated AWS, which refuses what AWS refuses.
It needs no account, no credentials and no network, and does not change the working tree: Pulumi's home, its
backend and the copy of the stack file are in a temporary folder that is removed at the end.

The values that only you know (account, domain, client CIDRs, package) are filled in from the simulated account.
If there is no Pulumi CLI on PATH, or an older one, the pinned one is built once into tools/bin, which takes minutes.

Each step is one line, and warnings are shown. With --verbose, all that Pulumi prints is shown too.`

const example = `  go run ./cmd/rehearse --stack prod
  go run ./cmd/rehearse preview --stack dev --config database.instances=3
  go run ./cmd/rehearse all --stack dev --stack prod --verbose
  go run ./cmd/rehearse cost --stack prod
  go run ./cmd/rehearse serve`

// verbs are the commands, in the order in which all runs them.
var verbs = []struct {
	verb  rehearsal.Verb
	short string
}{
	{rehearsal.Preview, "Preview the stack on an empty account"},
	{rehearsal.Up, "Deploy the stack on an empty account"},
	{rehearsal.Drift, "Deploy, change a resource outside Pulumi, find the change with refresh, repair it with up"},
	{rehearsal.Destroy, "Deploy, remove the protection as in the runbook, destroy: no resource may remain"},
	{rehearsal.All, "Preview, deploy, deploy again without a change, drift, destroy (the default)"},
	{rehearsal.SharedAccount,
		"Deploy the stack twice in one account with different names and destroy one: the other must not change"},
}

func command() *cobra.Command {
	plan := rehearsal.Plan{Program: stacks.Run, Output: os.Stdout, Progress: os.Stderr}
	var settings []string
	provider, onlyIfBuilt := simulatedProvider, false
	run := func(verb rehearsal.Verb) func(*cobra.Command, []string) error {
		return func(cmd *cobra.Command, _ []string) error {
			err := plan.Validate()
			if err != nil {
				return err
			}
			if plan.Config, err = parseSettings(settings); err != nil {
				return err
			}
			if provider == simulatedProvider && (plan.Calls != "" || onlyIfBuilt) {
				return errors.New("--calls and --only-if-built need --provider real")
			}
			plan.Account, err = accounts(cmd.Context(), provider, !onlyIfBuilt, plan.Progress)
			if errors.Is(err, errNotBuilt) {
				fmt.Printf("SKIP %s with the real provider: %v; `make rehearse-real-preview` builds it\n",
					strings.Join(plan.Stacks, ", "), err)
				fmt.Printf("0 passed, 0 failed, %d skipped\n", len(plan.Stacks))
				return nil
			}
			if err != nil {
				return err
			}
			plan.Verb = verb
			plan.Color = colored()
			return plan.Run(cmd.Context())
		}
	}
	root := &cobra.Command{
		Use:           "rehearse",
		Short:         "Rehearse the stacks against a simulated AWS",
		Long:          long,
		Example:       example,
		Args:          noArguments,
		RunE:          run(rehearsal.All),
		SilenceErrors: true, // main prints them
		SilenceUsage:  true,
	}
	addFlags := func(cmd *cobra.Command) {
		flags := cmd.Flags()
		// Arrays, not slices: a list is one configuration value, and a comma is part of it.
		flags.StringArrayVar(&plan.Stacks, "stack", []string{"dev"}, "stack to rehearse; can be repeated")
		flags.StringArrayVar(&settings, "config", nil,
			"configuration value to change, as key=value (database.instances=3); can be repeated")
		flags.StringVar(&provider, "provider", provider,
			"simulated, or real: the AWS provider's own code against moto server (minutes to compile the first time)")
		flags.BoolVar(&onlyIfBuilt, "only-if-built", false,
			"skip the real provider if its plug-in is neither installed nor built")
		flags.StringVar(&plan.Calls, "calls", "",
			"file to write the real provider's calls to, each once, as phase service:operation")
		flags.BoolVar(&plan.Verbose, "verbose", false, "show all output of Pulumi")
	}
	addFlags(root)
	for _, v := range verbs {
		cmd := &cobra.Command{Use: string(v.verb), Short: v.short, Args: noArguments, RunE: run(v.verb)}
		addFlags(cmd)
		if v.verb == rehearsal.Preview {
			offerAgainst(cmd, &plan)
		}
		root.AddCommand(cmd)
	}
	root.AddCommand(waysCommand(&plan), costCommand(os.Stdout), drCommand(&plan, os.Stdout), policyCommand(os.Stdout),
		scanCommand(os.Stdout), reviewCommand(os.Stdin, os.Stdout), supportCommand(os.Stdout), serveCommand(os.Stdout, os.Stderr))
	root.CompletionOptions.DisableDefaultCmd = true
	return root
}

func colored() bool { return term.IsTerminal(int(os.Stdout.Fd())) && os.Getenv("NO_COLOR") == "" }

// noArguments refuses arguments. Its error lists the verbs.
func noArguments(cmd *cobra.Command, arguments []string) error {
	switch {
	case len(arguments) == 0:
		return nil
	case cmd.HasParent():
		return fmt.Errorf("%s takes no argument, got %q; a stack is named with --stack", cmd.CommandPath(), arguments[0])
	}
	var names []string
	for _, v := range verbs {
		names = append(names, string(v.verb))
	}
	names = append(names, "ways", "cost", "dr", "policy", "scan", "review", "support", "serve")
	return fmt.Errorf("there is no verb %q; the verbs are %s", arguments[0], strings.Join(names, ", "))
}

func parseSettings(texts []string) ([]rehearsal.Setting, error) {
	var settings []rehearsal.Setting
	for _, text := range texts {
		key, value, isPair := strings.Cut(text, "=")
		if !isPair || slices.Contains(strings.Split(key, "."), "") {
			return nil, fmt.Errorf("--config %q: must be key=value, with a name on each side of a dot in the key", text)
		}
		settings = append(settings, rehearsal.Setting{Key: key, Value: value})
	}
	return settings, nil
}
