package change

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/nodes"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/steps"
)

// stopLimit is for the stop of the UI of all nodes.
const stopLimit = 30 * time.Minute

// standstill stops the UI of nodes, and keeps their group from replacing them meanwhile.
type standstill struct {
	subject *Subject
	// work names it for the hold of the group.
	work string
	// of says which nodes stop, such as " of the old release"; empty for all.
	of string
	// nodes are the instances whose UI must not run.
	nodes func(ctx context.Context) ([]string, error)
	// begun reports that the change has begun, and complete that it has reached every node.
	begun, complete func(ctx context.Context) (bool, error)
}

// suspended reports whether a process that would replace stopped nodes is suspended.
func (s *Subject) suspended(ctx context.Context) (bool, error) {
	group, err := s.group(ctx)
	if err != nil {
		return false, err
	}
	return len(suspendedOf(group)) > 0, nil
}

// suspendedOf are the processes among nodes.Checks that are suspended.
func suspendedOf(group *types.AutoScalingGroup) (out []string) {
	for _, process := range group.SuspendedProcesses {
		if name := aws.ToString(process.ProcessName); slices.Contains(nodes.Checks, name) {
			out = append(out, name)
		}
	}
	return out
}

func (w standstill) hold() steps.Step {
	return steps.Step{
		Name: "hold", Limit: settingLimit,
		Does: "suspend the processes that would replace stopped nodes by new ones" + w.of,
		Done: func(ctx context.Context) (bool, error) {
			if yes, err := w.complete(ctx); yes || err != nil {
				return yes, err
			}
			group, err := w.subject.group(ctx)
			return err == nil && len(suspendedOf(group)) == len(nodes.Checks), err
		},
		Do: func(ctx context.Context) error { return w.subject.Nodes.Hold(ctx, w.work, nodes.Checks) },
	}
}

func (w standstill) stop() steps.Step {
	return steps.Step{
		Name: "stop", Limit: stopLimit,
		Does: "stop morpheus-ui on every node" + w.of + "; from here on nobody is served",
		Done: func(ctx context.Context) (bool, error) {
			if yes, err := w.begun(ctx); yes || err != nil {
				return yes, err
			}
			// Before the hold nothing is stopped, and a dry run sends no command to a node.
			if suspended, err := w.subject.suspended(ctx); !suspended || err != nil {
				return false, err
			}
			return w.uiDown(ctx)
		},
		Do: w.stopUI,
	}
}

func (w standstill) release() steps.Step {
	return steps.Step{
		Name: "release", Does: "resume the processes of the group", Limit: settingLimit,
		Done: func(ctx context.Context) (bool, error) {
			if yes, err := w.complete(ctx); !yes || err != nil {
				return false, err
			}
			if suspended, err := w.subject.suspended(ctx); suspended || err != nil {
				return false, err
			}
			held, err := w.subject.Nodes.Held(ctx)
			return held.Work != w.work, err // a tag that stays would keep other work from the nodes
		},
		Do: func(ctx context.Context) error {
			if err := w.subject.Nodes.Release(ctx); err != nil {
				return err
			}
			// An update that ran twice has removed the tag of the hold. Nothing was suspended before: the health says so.
			group, err := w.subject.group(ctx)
			if err != nil || len(suspendedOf(group)) == 0 {
				return err
			}
			_, err = w.subject.Account.AutoScaling().ResumeProcesses(ctx, &autoscaling.ResumeProcessesInput{
				AutoScalingGroupName: group.AutoScalingGroupName, ScalingProcesses: suspendedOf(group),
			})
			return err
		},
	}
}
