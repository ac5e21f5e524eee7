package nodes

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/steps"
)

// enough is the number of healthy nodes that work on another one must leave.
const enough = 2

// Spare refuses work on a node that the others cannot make up for. least is the smallest size of the group: one that may
// have fewer than three nodes must leave one less than that.
func (g *Group) Spare(ctx context.Context, node, work string, least int) error {
	all, err := g.All(ctx)
	if err != nil {
		return err
	}
	others := 0
	var ids []string
	for _, n := range all {
		ids = append(ids, n.ID)
		if n.ID != node && n.Serves() {
			others++
		}
	}
	if !slices.Contains(ids, node) {
		return fmt.Errorf("%s is no node of %s, which has %s", node, g.Name, strings.Join(ids, ", "))
	}
	if need := min(enough, least-1); others < need {
		return fmt.Errorf("%s must stay: without it %d nodes are in service and healthy, and %d are the least: "+
			"wait, or repair them first", node, others, need)
	}
	now, err := g.Held(ctx)
	if err != nil {
		return err
	}
	if now.Work != "" && now.Work != work {
		return fmt.Errorf("%w: %q, one at a time; run that again, or give it up with ops node resume", ErrHeld, now.Work)
	}
	refreshing, err := g.Refreshing(ctx)
	if err == nil && refreshing {
		err = errors.New("a rollout replaces the nodes: wait for its end")
	}
	return err
}

// target returns the state of a node in the load balancer, such as healthy; unused if it is not registered.
func (g *Group) target(ctx context.Context, node string) (string, error) {
	states, err := g.Targets(ctx)
	if err != nil {
		return "", err
	}
	if state, known := states[node]; known {
		return state, nil
	}
	return "unused", nil
}

// Targets returns the states of the nodes in the load balancer by their ids.
func (g *Group) Targets(ctx context.Context) (map[string]string, error) {
	found, err := g.describe(ctx)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, arn := range found.TargetGroupARNs {
		health, err := g.Account.ELB().DescribeTargetHealth(ctx, &elb.DescribeTargetHealthInput{TargetGroupArn: &arn})
		if err != nil {
			return nil, fmt.Errorf("describe the targets: %w", err)
		}
		for _, t := range health.TargetHealthDescriptions {
			if t.Target != nil && t.TargetHealth != nil {
				out[aws.ToString(t.Target.Id)] = string(t.TargetHealth.State)
			}
		}
	}
	return out, nil
}

const (
	drainLimit   = 90 * time.Minute
	replaceLimit = 3 * time.Hour
	targetLimit  = 15 * time.Minute
)

// serves is a step that waits for the load balancer, without which a node must not be given back.
func (g *Group) serves(node string) steps.Step {
	return steps.Step{
		Name: "serves " + node, Does: "wait until the load balancer sees " + node + " as healthy", Limit: targetLimit,
		Done: func(ctx context.Context) (bool, error) {
			state, err := g.target(ctx, node)
			return err == nil && state == "healthy", err
		},
		Do: func(context.Context) error { return nil },
	}
}

// BootAgain are the steps of new credentials for a node.
func (g *Group) BootAgain(node string) []steps.Step {
	return []steps.Step{g.Boot(node), g.serves(node)}
}

// Reboot are the steps of a restart of the machine, whose boot then reads the secrets.
func (g *Group) Reboot(node string) []steps.Step {
	before := ""
	return []steps.Step{
		{
			Name: "reboot " + node, Does: "restart the machine, and wait until it runs again", Limit: targetLimit,
			Done: func(ctx context.Context) (bool, error) {
				now, err := g.bootID(ctx, node)
				if before == "" {
					before = now
					return false, err
				}
				// Until the agent is back, nobody answers.
				return err == nil && now != before, ctx.Err()
			},
			Do: func(ctx context.Context) error {
				_, err := g.Account.EC2().RebootInstances(ctx, &ec2.RebootInstancesInput{InstanceIds: []string{node}})
				return err
			},
		},
		g.Boot(node),
		g.serves(node),
	}
}

// bootID returns the kernel's identifier of this start of the machine.
func (g *Group) bootID(ctx context.Context, node string) (string, error) {
	out, err := g.Run(ctx, node, Script{Name: "read the id of the machine's start", Text: "cat /proc/sys/kernel/random/boot_id"})
	if err == nil && strings.TrimSpace(out.Text) == "" {
		err = fmt.Errorf("%s does not tell the id of its start", node)
	}
	return strings.TrimSpace(out.Text), err
}

// Drain are the steps that take a node out: the group terminates it, its drain stops the appliance when the load balancer
// has deregistered it, and a new node takes its place. want is the number of nodes in service afterwards.
func (g *Group) Drain(node string, want int) []steps.Step {
	state := func(ctx context.Context) (string, error) {
		all, err := g.All(ctx)
		for _, n := range all {
			if n.ID == node {
				return n.State, err
			}
		}
		return "", err
	}
	return []steps.Step{
		{
			Name: "terminate " + node, Does: "let the group terminate it and keep its size", Limit: time.Minute,
			Done: func(ctx context.Context) (bool, error) {
				now, err := state(ctx)
				return err == nil && (now == "" || strings.HasPrefix(now, "Terminat")), err
			},
			Do: func(ctx context.Context) error {
				_, err := g.Account.AutoScaling().TerminateInstanceInAutoScalingGroup(ctx,
					&autoscaling.TerminateInstanceInAutoScalingGroupInput{
						InstanceId: &node, ShouldDecrementDesiredCapacity: aws.Bool(false),
					})
				return err
			},
		},
		{
			Name: "drained " + node, Does: "wait until it has ended its requests and left the group", Limit: drainLimit,
			Done: func(ctx context.Context) (bool, error) {
				now, err := state(ctx)
				return err == nil && now == "", err
			},
			Do: func(context.Context) error { return nil },
		},
		{
			Name: "replaced", Does: fmt.Sprintf("wait for %d healthy nodes", want), Limit: replaceLimit,
			Done: func(ctx context.Context) (bool, error) {
				serving, err := g.Serving(ctx)
				return err == nil && len(serving) >= want, err
			},
			Do: func(context.Context) error { return nil },
		},
	}
}

// Size returns how many nodes the group should have.
func (g *Group) Size(ctx context.Context) (int, error) {
	found, err := g.describe(ctx)
	if err != nil {
		return 0, err
	}
	return int(aws.ToInt32(found.DesiredCapacity)), nil
}

// Suspended returns the suspended processes, whoever has suspended them.
func (g *Group) Suspended(ctx context.Context) ([]string, error) {
	found, err := g.describe(ctx)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, p := range found.SuspendedProcesses {
		out = append(out, aws.ToString(p.ProcessName))
	}
	slices.Sort(out)
	return out, nil
}
