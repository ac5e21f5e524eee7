package command

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/opstest"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/stack"
)

// operated is a stack with a group of three nodes on moto.
type operated struct {
	t     *testing.T
	given *opstest.Given
	nodes []string
	stubs []opstest.Stub
	// became is the program that the command became.
	became []string
}

func operate(t *testing.T, stubs ...opstest.Stub) *operated {
	t.Helper()
	g := opstest.NewAccount(t)
	return &operated{t: t, given: g, nodes: g.NewGroup(t, "morpheus-prod", 3), stubs: append(stubs,
		opstest.Stub{Call: "autoscaling DescribeInstanceRefreshes", Answer: m{"InstanceRefreshes": l{}}})}
}

// run runs the command and returns its exit status, its answer and its errors.
func (o *operated) run(ctx context.Context, line string) (status int, out, errs string) {
	o.t.Helper()
	folder := opstest.Folder(o.t, opstest.Filled(o.given.ID))
	var answer, problems bytes.Buffer
	f := &flags{
		streams: Streams{Out: &answer, Err: &problems}, clock: &opstest.Hurry{},
		open: func(context.Context, string) (*account.Account, error) { return o.given.Account(o.t, o.stubs...), nil },
		pulumi: func(string) stack.Run {
			return func(_ context.Context, arguments ...string) ([]byte, error) {
				return nil, fmt.Errorf("pulumi %s must not run", arguments[0])
			}
		},
		replace: func(program string, arguments ...string) error {
			o.became = append([]string{program}, arguments...)
			return nil
		},
	}
	status = execute(ctx, append([]string{"--stack", "prod", "--cwd", folder}, strings.Fields(line)...), f)
	return status, answer.String(), problems.String()
}

func (o *operated) groups() *autoscaling.Client { return autoscaling.NewFromConfig(o.given.Direct) }

func (o *operated) suspended() (names []string) {
	found, err := o.groups().DescribeAutoScalingGroups(o.t.Context(), &autoscaling.DescribeAutoScalingGroupsInput{})
	require.NoError(o.t, err)
	for _, p := range found.AutoScalingGroups[0].SuspendedProcesses {
		names = append(names, aws.ToString(p.ProcessName))
	}
	return names
}

// answers is what each script on a node prints.
func answers(text string) []opstest.Stub {
	return []opstest.Stub{{Call: "ssm GetCommandInvocation", Answer: m{
		"Status": "Success", "StatusDetails": "Success", "StandardOutputContent": text,
	}}}
}

// TestNoCommandOnNodesChangesAnythingWithoutYes: a person reads first what it would do.
func TestNoCommandOnNodesChangesAnythingWithoutYes(t *testing.T) {
	refuse := func(call string) opstest.Stub { return opstest.Stub{Call: call, Code: "AccessDenied"} }
	o := operate(t, refuse("ssm SendCommand"), refuse("autoscaling SuspendProcesses"), refuse("autoscaling CreateOrUpdateTags"),
		refuse("autoscaling TerminateInstanceInAutoScalingGroup"), refuse("ec2 RebootInstances"))
	for _, c := range []struct{ line, says string }{
		{"node drain NODE", "would    terminate NODE: let the group terminate it and keep its size\n"},
		{"node reboot NODE", "would    reboot NODE: restart the machine"},
		{"node boot NODE", "would    boot NODE: run the boot of NODE again"},
		{"node run NODE -- df -h", "the command would run on NODE:\ndf -h\n"},
		{"rotate search", "would    configure: pulumi config set rotation.search 2\n"},
	} {
		line := strings.ReplaceAll(c.line, "NODE", o.nodes[0])
		status, out, errs := o.run(t.Context(), line)
		assert.Zero(t, status, "%s: %s", line, errs)
		assert.Contains(t, out, strings.ReplaceAll(c.says, "NODE", o.nodes[0]), line)
		assert.Contains(t, out, "nothing is changed; --yes does it", line)
	}
}

func TestTheListShowsWhatALostSessionHasSuspendedAndResumeGivesItUp(t *testing.T) {
	o := operate(t, opstest.Stub{Call: "ssm DescribeInstanceInformation", Answer: m{"InstanceInformationList": l{}}})
	_, err := o.groups().SuspendProcesses(t.Context(), &autoscaling.SuspendProcessesInput{
		AutoScalingGroupName: aws.String("morpheus-prod"), ScalingProcesses: []string{"AZRebalance"},
	})
	require.NoError(t, err)
	ctx, lose := context.WithCancel(t.Context())
	o.stubs = append(o.stubs, opstest.Stub{Call: "autoscaling ResumeProcesses", Reply: func(string) (map[string]any, string) {
		return nil, "AccessDenied" // the session ends without this call
	}}, opstest.Stub{Call: "ssm SendCommand", Reply: func(string) (map[string]any, string) {
		lose()
		return nil, "AccessDenied"
	}})
	status, _, _ := o.run(ctx, "node boot "+o.nodes[0]+" --yes")
	assert.Equal(t, check.ExitUnknown, status)
	assert.Len(t, o.suspended(), 5)
	o.stubs = o.stubs[:len(o.stubs)-2]

	_, out, errs := o.run(t.Context(), "node list")
	assert.Contains(t, out, o.nodes[2], errs)
	assert.Contains(t, out, "suspended: AZRebalance, AlarmNotification, HealthCheck, ReplaceUnhealthy, ScheduledActions\n")
	assert.Contains(t, out, `held by "boot `+o.nodes[0]+`"`)
	status, _, errs = o.run(t.Context(), "node reboot "+o.nodes[1]+" --yes")
	assert.Equal(t, check.ExitUnknown, status)
	assert.Contains(t, errs, "one at a time")
	_, out, _ = o.run(t.Context(), "node resume")
	assert.Contains(t, out, "would give up")
	assert.Len(t, o.suspended(), 5)
	status, _, errs = o.run(t.Context(), "node resume --yes")
	require.Zero(t, status, errs)
	assert.Equal(t, []string{"AZRebalance"}, o.suspended(), "somebody has suspended it by hand")
}

func TestABootOfANodeResumesTheChecks(t *testing.T) {
	o := operate(t, answers("current\n")...)
	o.stubs = append(o.stubs, opstest.Stub{Call: "elbv2 DescribeTargetHealth", Answer: m{}})
	status, out, errs := o.run(t.Context(), "node boot "+o.nodes[0]+" --yes")
	// moto's group has no target group, so that nobody sees the node as healthy.
	assert.Equal(t, check.ExitUnknown, status)
	assert.Contains(t, out, "already  boot "+o.nodes[0])
	assert.Contains(t, errs, "not done after 15m0s")
	assert.Empty(t, o.suspended())
}

func TestACommandOnANodePrintsItsOutputAndSaysThatItWasCut(t *testing.T) {
	o := operate(t, answers(strings.Repeat("x", 24_000))...)
	status, out, errs := o.run(t.Context(), "node run "+o.nodes[0]+" --yes -- df")
	assert.Zero(t, status)
	assert.Len(t, out, 24_000)
	assert.Contains(t, errs, "has cut the output: it keeps 24000 characters")
	status, _, errs = o.run(t.Context(), "node run "+o.nodes[0]+" --yes")
	assert.Equal(t, check.ExitUnknown, status)
	assert.Contains(t, errs, "give a command after --, or --file with a script, and not both")
}

func TestAShellNeedsThePlugin(t *testing.T) {
	o := operate(t)
	t.Setenv("PATH", t.TempDir())
	status, _, errs := o.run(t.Context(), "node shell i-1")
	assert.Equal(t, check.ExitUnknown, status)
	assert.Contains(t, errs, "aws is not in the PATH; a shell needs the AWS CLI and the Session Manager plugin: https://")
	for _, program := range []string{"aws", "session-manager-plugin"} {
		require.NoError(t, os.WriteFile(filepath.Join(os.Getenv("PATH"), program), nil, 0o700))
	}
	status, _, errs = o.run(t.Context(), "node shell i-1")
	assert.Zero(t, status, errs)
	assert.Equal(t, []string{"aws", "ssm", "start-session", "--target", "i-1", "--region", "us-east-1"}, o.became)
}

func TestAPasswordThatRDSRotatesIsRefused(t *testing.T) {
	o := operate(t)
	for line, says := range map[string]string{
		"rotate database-administrator": "must be database.administratorSecret own, got managed: RDS rotates that password itself",
		"rotate broker":                 "broker: must be one of database-user, database-administrator, messaging, search",
	} {
		status, _, errs := o.run(t.Context(), line)
		assert.Equal(t, check.ExitUnknown, status)
		assert.Contains(t, errs, says)
	}
}
