package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/harness"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/review"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/provider"
	"github.com/morpheus-ha/morpheus-aws/internal/versions"
)

// reviewCommand writes the comment on a pull request from a preview. It calls no account.
func reviewCommand(in io.Reader, out io.Writer) *cobra.Command {
	name := ""
	cmd := &cobra.Command{
		Use:   "review [file]",
		Short: "Write a review comment in Markdown from the output of pulumi preview --json --show-sames",
		Long: `Reads a file, or standard input, and writes a comment that a reviewer can read in a minute: what the change
does to each tier, protections, cost, end of support, then the full preview, folded. It has no secret that Pulumi knows, and
fits into a comment on GitHub. A preview that failed is a comment too: what the program refuses, and why.`,
		Example: `  pulumi preview --stack prod --json --show-sames > preview.json
  go run ./cmd/rehearse review preview.json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, arguments []string) error {
			if len(arguments) == 1 {
				file, err := os.Open(arguments[0])
				if err != nil {
					return err
				}
				defer func() { _ = file.Close() }()
				in = file
			}
			result, stack, err := rehearsal.ReadPreview(in)
			switch {
			case err != nil:
				return err
			case name != "":
				stack = name
			case stack == "":
				return errors.New("the preview names no stack, because it stopped before the first resource: add --stack")
			}
			_, err = io.WriteString(out, review.Comment(stack, result, time.Now()))
			return err
		},
	}
	cmd.Flags().StringVar(&name, "stack", "", "name of the stack (default: that of the preview's resources)")
	return cmd
}

// errEnding is the error of the support command.
var errEnding = errors.New("standard support has ended or ends soon: docs/nodes.md, docs/decisions/versions.md")

// supportCommand lists the end of support of the engines of stacks.
func supportCommand(out io.Writer) *cobra.Command {
	var stackNames []string
	cmd := &cobra.Command{
		Use:   "support",
		Short: "List the end of standard support of each engine of a stack; fail if one is near",
		Long: fmt.Sprintf(`Compares the engines of a stack file with the table of versions. It fails if the standard support of
one has ended, or ends within %d days. It calls no account: what runs can be older than the stack file.`, versions.NearEnd),
		Example: `  go run ./cmd/rehearse support --stack dev --stack prod`,
		Args:    noArguments,
		RunE: func(*cobra.Command, []string) error {
			ending := false
			for _, stack := range stackNames {
				config, err := rehearsal.CommittedConfig(stack, nil)
				if err != nil {
					return err
				}
				run, err := harness.Launch{Stack: stack, Config: harness.Config(config)}.Start()
				if err != nil {
					return fmt.Errorf("record %s: %w", stack, err)
				}
				resources := map[string]rehearsal.Inputs{}
				for _, res := range run.AWS() {
					resources[res.URN] = rehearsal.Inputs{Type: res.Token, Values: provider.Plain(res.Checked)}
				}
				for _, s := range review.SupportOf(resources, time.Now()) {
					fmt.Fprintf(out, "%s: %s\n", stack, s)
					ending = ending || s.Near
				}
			}
			if ending {
				return errEnding
			}
			return nil
		},
	}
	cmd.Flags().StringArrayVar(&stackNames, "stack", []string{"prod"}, "stack to check; can be repeated")
	return cmd
}
