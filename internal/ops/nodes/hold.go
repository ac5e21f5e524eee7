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
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/morpheus-ha/morpheus-aws/internal/config"
)

// Checks are the processes that would replace a node during work on it, or change the number of nodes. Launch and
// Terminate are not among them: an instance refresh needs both.
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-suspend-resume-processes.html
var Checks = []string{"HealthCheck", "ReplaceUnhealthy", "AlarmNotification", "ScheduledActions", "AZRebalance"}

// holdTag is the tag of the group that names the work, and the processes that were suspended for it. It is on the group
// and not on this machine, so that every session sees it, also after the loss of the one that has written it.
const holdTag = config.WorkTag

// Held is a piece of work for which the group's processes are suspended. Its Work is empty for none.
type Held struct {
	// Work is the name, such as "reboot i-0123".
	Work string
	// Processes were suspended for it. Others that are suspended were so before, and stay so.
	Processes []string
}

// ErrHeld says that another piece of work holds the group.
var ErrHeld = errors.New("the group is held by other work")

// Held returns what holds the group, also if the session that has begun it is lost.
func (g *Group) Held(ctx context.Context) (Held, error) {
	found, err := g.describe(ctx)
	if err != nil {
		return Held{}, err
	}
	return held(found), nil
}

func held(found *types.AutoScalingGroup) Held {
	for _, tag := range found.Tags {
		if aws.ToString(tag.Key) == holdTag {
			work, processes, _ := strings.Cut(aws.ToString(tag.Value), " / ")
			return Held{Work: work, Processes: strings.Fields(processes)}
		}
	}
	return Held{}
}

// Hold suspends processes of the group for a piece of work, and writes down which. It takes up the same work that a lost
// session has begun; other work is ErrHeld. Release ends it. The name has letters, digits, spaces and _.:=+-@ only, at
// most 100 of them. Two sessions that begin in the same second are not kept apart: a tag has no condition.
func (g *Group) Hold(ctx context.Context, work string, processes []string) error {
	found, err := g.describe(ctx)
	if err != nil {
		return err
	}
	now := held(found)
	if now.Work != "" && now.Work != work {
		return fmt.Errorf("%w: %q holds %s: run that command again, or give it up with ops node resume",
			ErrHeld, now.Work, g.Name)
	}
	for _, process := range processes {
		if !suspended(found, process) && !slices.Contains(now.Processes, process) {
			now.Processes = append(now.Processes, process)
		}
	}
	// The tag first: a session that is lost in between leaves nothing suspended that nobody knows of.
	_, err = g.Account.AutoScaling().CreateOrUpdateTags(ctx, &autoscaling.CreateOrUpdateTagsInput{Tags: []types.Tag{
		g.tag(work + " / " + strings.Join(now.Processes, " ")),
	}})
	if err != nil {
		return fmt.Errorf("write down what holds %s: %w", g.Name, err)
	}
	if len(now.Processes) == 0 { // without names, AWS would suspend all
		return nil
	}
	_, err = g.Account.AutoScaling().SuspendProcesses(ctx, &autoscaling.SuspendProcessesInput{
		AutoScalingGroupName: &g.Name, ScalingProcesses: now.Processes,
	})
	if err != nil {
		return fmt.Errorf("suspend processes of %s: %w", g.Name, err)
	}
	return nil
}

func suspended(found *types.AutoScalingGroup, process string) bool {
	return slices.ContainsFunc(found.SuspendedProcesses, func(p types.SuspendedProcess) bool {
		return aws.ToString(p.ProcessName) == process
	})
}

func (g *Group) tag(value string) types.Tag {
	return types.Tag{
		Key: aws.String(holdTag), Value: &value, ResourceId: &g.Name, ResourceType: aws.String("auto-scaling-group"),
		PropagateAtLaunch: aws.Bool(false),
	}
}

// Release resumes what Hold has suspended for the work that holds the group, if any. It resumes nothing that somebody
// else has suspended.
func (g *Group) Release(ctx context.Context) error {
	found, err := g.describe(ctx)
	if err != nil {
		return err
	}
	return g.release(ctx, held(found))
}

func (g *Group) release(ctx context.Context, now Held) (err error) {
	if now.Work == "" {
		return nil
	}
	if len(now.Processes) > 0 {
		_, err = g.Account.AutoScaling().ResumeProcesses(ctx, &autoscaling.ResumeProcessesInput{
			AutoScalingGroupName: &g.Name, ScalingProcesses: now.Processes,
		})
		if err != nil {
			return fmt.Errorf("resume processes of %s: %w", g.Name, err)
		}
	}
	_, err = g.Account.AutoScaling().DeleteTags(ctx, &autoscaling.DeleteTagsInput{Tags: []types.Tag{g.tag("")}})
	if err != nil {
		return fmt.Errorf("remove the tag %s of %s: %w", holdTag, g.Name, err)
	}
	return nil
}

// releasing is the time for a Release after an interrupt.
const releasing = time.Minute

// While does the work while processes of the group are suspended, and resumes them however it ends: with an error, a
// panic or an interrupt. Only a session that is killed leaves them suspended; Hold of the same work takes that up.
func (g *Group) While(ctx context.Context, work string, processes []string, do func(ctx context.Context) error) (err error) {
	if err := g.Hold(ctx, work, processes); err != nil {
		if errors.Is(err, ErrHeld) {
			return err
		}
		return errors.Join(err, g.releaseOwn(ctx, work)) // it may be half made
	}
	defer func() { err = errors.Join(err, g.releaseOwn(ctx, work)) }()
	return do(ctx)
}

func (g *Group) releaseOwn(ctx context.Context, work string) error {
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), releasing)
	defer cancel()
	now, err := g.Held(end)
	if err != nil || now.Work != work {
		return err
	}
	return g.release(end, now)
}
