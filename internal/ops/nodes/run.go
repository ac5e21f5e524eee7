package nodes

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
)

// Script is what runs on a node, as root, by bash. Systems Manager keeps it for 30 days, and everybody who may list
// commands can read it: it must not contain a secret. A script that needs one reads it on the node, with the node's role.
type Script struct {
	// Name is for messages and for the list of commands, at most 100 characters.
	Name string
	// Text has no "{{", which Systems Manager would replace.
	Text string
	// Arguments are $1 and so on.
	Arguments []string
	// Limit is how long it may run after it was delivered; the default is a minute. For longer work start a unit on the
	// node: a restart of the agent ends what it has started.
	Limit time.Duration
}

const (
	// MaxOutput is the number of characters of the standard output that Systems Manager keeps.
	// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetCommandInvocation.html
	MaxOutput = 24_000
	// MaxErrors is that of the standard error.
	MaxErrors = 8_000

	// delivery is the time that a command waits for the agent; AWS's least is 30 seconds.
	delivery = time.Minute
	// grace is for the report of the agent after the end of the script.
	grace        = 30 * time.Second
	defaultLimit = time.Minute
	look         = 2 * time.Second
	cancelling   = 10 * time.Second
)

// Output is what a script has printed.
type Output struct {
	Text, Errors string
	// Cut is true if Systems Manager has dropped the end of Text or of Errors.
	Cut bool
}

// Failure says that a script did not end with 0, in one line. The Output beside it is what there is.
type Failure struct {
	Node, Script string
	// Status is Failed, DeliveryTimedOut, ExecutionTimedOut, Cancelled, Undeliverable or Terminated.
	Status string
	// Code is the exit status of the script with Failed.
	Code int
	// Last is the last line that it has printed.
	Last string
}

// says explains the statuses. https://docs.aws.amazon.com/systems-manager/latest/userguide/monitor-commands.html
var says = map[string]string{
	"DeliveryTimedOut":  "the agent of Systems Manager did not take it within a minute; it will not run",
	"ExecutionTimedOut": "it was stopped at its time limit",
	"Cancelled":         "somebody has cancelled it",
	"Undeliverable":     "the node does not exist any more, or its agent does not answer",
	"Terminated":        "Systems Manager has stopped it",
	"InvalidPlatform":   "the node does not run Linux",
	"AccessDenied":      "the node's agent may not run it",
}

// Error implements error.
func (f *Failure) Error() string {
	if f.Status == "Failed" {
		return fmt.Sprintf("%s on %s ended with status %d: %s", f.Script, f.Node, f.Code, f.Last)
	}
	text, known := says[f.Status]
	if !known {
		text = "Systems Manager says " + f.Status
	}
	return fmt.Sprintf("%s on %s: %s (%s)", f.Script, f.Node, text, f.Status)
}

// commands are the lines of a script. AWS-RunShellScript runs them as a file by sh, so that the first line decides.
func (s Script) commands() ([]string, error) {
	text := s.Text
	if len(s.Arguments) > 0 {
		var quoted []string
		for _, a := range s.Arguments {
			quoted = append(quoted, "'"+strings.ReplaceAll(a, "'", `'\''`)+"'")
		}
		text = "set -- " + strings.Join(quoted, " ") + "\n" + text
	}
	if strings.Contains(text, "{{") {
		return nil, fmt.Errorf("%s: must not contain {{, which Systems Manager replaces", s.Name)
	}
	return append([]string{"#!/bin/bash"}, strings.Split(strings.TrimRight(text, "\n"), "\n")...), nil
}

// Run runs a script on a node and waits for its end. The error is a *Failure if the script did not end with 0. If ctx
// ends, the script is cancelled, which leaves units that it has started alone.
func (g *Group) Run(ctx context.Context, node string, s Script) (Output, error) {
	if s.Limit == 0 {
		s.Limit = defaultLimit
	}
	lines, err := s.commands()
	if err != nil {
		return Output{}, err
	}
	client := g.Account.SSM()
	sent, err := client.SendCommand(ctx, &ssm.SendCommandInput{
		DocumentName: aws.String("AWS-RunShellScript"), InstanceIds: []string{node}, Comment: &s.Name,
		TimeoutSeconds: aws.Int32(int32(delivery.Seconds())),
		Parameters:     map[string][]string{"commands": lines, "executionTimeout": {strconv.Itoa(int(s.Limit.Seconds()))}},
	})
	switch {
	case account.IsCode(err, "InvalidInstanceId"):
		return Output{}, fmt.Errorf("%s on %s: the node is not connected to Systems Manager: is it booting, or without a way out? (%w)",
			s.Name, node, err)
	case err != nil:
		return Output{}, fmt.Errorf("%s on %s: %w", s.Name, node, err)
	}
	return g.follow(ctx, client, node, s, aws.ToString(sent.Command.CommandId))
}

// follow waits for the end of a command.
func (g *Group) follow(ctx context.Context, client *ssm.Client, node string, s Script, id string) (Output, error) {
	for deadline := g.clock().Now().Add(delivery + s.Limit + grace); ; {
		got, err := client.GetCommandInvocation(ctx, &ssm.GetCommandInvocationInput{CommandId: &id, InstanceId: &node})
		switch {
		case account.IsCode(err, "InvocationDoesNotExist"): // normal for a moment after the sending
		case err != nil && ctx.Err() == nil:
			return Output{}, fmt.Errorf("%s on %s: %w", s.Name, node, err)
		case err == nil && got.Status == types.CommandInvocationStatusSuccess:
			return output(got), nil
		case err == nil && !underWay(got.Status):
			return output(got), failure(node, s, got)
		}
		if err := g.clock().Sleep(ctx, look); err != nil {
			end, cancel := context.WithTimeout(context.WithoutCancel(ctx), cancelling)
			defer cancel()
			// Best effort: the script has a time limit of its own.
			_, _ = client.CancelCommand(end, &ssm.CancelCommandInput{CommandId: &id, InstanceIds: []string{node}})
			return Output{}, fmt.Errorf("%s on %s: interrupted: %w", s.Name, node, err)
		}
		if g.clock().Now().After(deadline) {
			return Output{}, fmt.Errorf("%s on %s: Systems Manager has not reported its end; look with aws ssm "+
				"get-command-invocation --command-id %s --instance-id %s", s.Name, node, id, node)
		}
	}
}

func underWay(s types.CommandInvocationStatus) bool {
	switch s {
	case types.CommandInvocationStatusPending, types.CommandInvocationStatusInProgress,
		types.CommandInvocationStatusDelayed, types.CommandInvocationStatusCancelling:
		return true
	}
	return false
}

func output(got *ssm.GetCommandInvocationOutput) Output {
	o := Output{Text: aws.ToString(got.StandardOutputContent), Errors: aws.ToString(got.StandardErrorContent)}
	o.Cut = len([]rune(o.Text)) >= MaxOutput || len([]rune(o.Errors)) >= MaxErrors
	return o
}

func failure(node string, s Script, got *ssm.GetCommandInvocationOutput) *Failure {
	f := &Failure{Node: node, Script: s.Name, Code: int(got.ResponseCode)}
	f.Status = strings.ReplaceAll(aws.ToString(got.StatusDetails), " ", "")
	if f.Status == "" {
		f.Status = string(got.Status)
	}
	for _, text := range []string{aws.ToString(got.StandardOutputContent), aws.ToString(got.StandardErrorContent)} {
		if last := lastLine(text); last != "" {
			f.Last = last
		}
	}
	return f
}

// agentLine is what the agent adds to the standard error.
var agentLine = regexp.MustCompile(`^failed to run commands: exit status \d+$`)

// lastLine returns the last line of a text that says something.
func lastLine(text string) string {
	lines := strings.Split(text, "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		if line := strings.TrimSpace(lines[i]); line != "" && !agentLine.MatchString(line) {
			return line
		}
	}
	return ""
}
