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
It needs no account, no credentials and no network, and leaves the working tree as it was: Pulumi's home, its
backend and the copy of the stack's settings live in a folder that is removed at the end.

The values that only you can know (account, domain, client CIDRs, package) are filled in from the simulated account.
Without a fitting Pulumi CLI on PATH, the pinned one is built once into tools/bin, which takes minutes.`

const example = `  go run ./cmd/rehearse --stack prod
  go run ./cmd/rehearse preview --stack dev --config database.instances=3
  go run ./cmd/rehearse all --stack dev --stack prod --quiet`

// verbs in the order in which all runs them.
var verbs = []struct {
	verb  rehearsal.Verb
	short string
}{
	{rehearsal.Preview, "Preview the stack on an empty account"},
	{rehearsal.Up, "Deploy the stack on an empty account"},
	{rehearsal.Drift, "Deploy, then change a resource behind the program's back, find it with refresh, repair it with up"},
	{rehearsal.Destroy, "Deploy, then take off protection as the runbook says and destroy: nothing may be left"},
	{rehearsal.All, "Preview, deploy, deploy again without a change, drift, destroy (the default)"},
	{rehearsal.Neighbours, "Deploy the stack twice into one account, under two names: destroying one must leave the other untouched"},
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
				return errors.New("--calls and --only-if-built are about --provider real")
			}
			plan.Account, err = accounts(cmd.Context(), provider, !onlyIfBuilt, plan.Progress)
			if errors.Is(err, errNotBuilt) {
				fmt.Printf("SKIP %s with the real provider: %v; `make rehearse-real-preview` builds it\n0 passed, 0 failed, %d skipped\n",
					strings.Join(plan.Stacks, ", "), err, len(plan.Stacks))
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
	flags := root.PersistentFlags()
	// Arrays, not slices: a comma is part of the value, as lists are config values.
	flags.StringArrayVar(&plan.Stacks, "stack", []string{"dev"}, "stack to rehearse; can be repeated")
	flags.StringArrayVar(&settings, "config", nil, "config value on top of the stack's file, as key=value (database.instances=3); can be repeated")
	flags.StringVar(&provider, "provider", provider, "simulated, or real: the AWS provider's own code against moto server (minutes of compiling the first time)")
	flags.BoolVar(&onlyIfBuilt, "only-if-built", false, "skip the real provider when its plug-in is neither installed nor built")
	flags.StringVar(&plan.Calls, "calls", "", "write the calls that the real provider makes to this file, each once, as phase service:operation")
	flags.BoolVar(&plan.Quiet, "quiet", false, "show Pulumi's own output only for a step that fails")
	for _, v := range verbs {
		cmd := &cobra.Command{Use: string(v.verb), Short: v.short, Args: noArguments, RunE: run(v.verb)}
		if v.verb == rehearsal.Preview {
			offerAgainst(cmd, &plan)
		}
		root.AddCommand(cmd)
	}
	root.CompletionOptions.DisableDefaultCmd = true
	return root
}

func colored() bool { return term.IsTerminal(int(os.Stdout.Fd())) && os.Getenv("NO_COLOR") == "" }

// noArguments says what may stand in the place of a word that is no verb.
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
	return fmt.Errorf("there is no verb %q; the verbs are %s", arguments[0], strings.Join(names, ", "))
}

func parseSettings(texts []string) ([]rehearsal.Setting, error) {
	var settings []rehearsal.Setting
	for _, text := range texts {
		key, value, found := strings.Cut(text, "=")
		if !found || slices.Contains(strings.Split(key, "."), "") {
			return nil, fmt.Errorf("--config %q: must be key=value, with a name on each side of a dot in the key", text)
		}
		settings = append(settings, rehearsal.Setting{Key: key, Value: value})
	}
	return settings, nil
}
