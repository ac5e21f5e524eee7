package change

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/stack"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/steps"
)

// Rollout is an instance refresh of the nodes' group.
type Rollout struct {
	ID     string
	Status types.InstanceRefreshStatus
	// Reason is AWS's, of a failure or of what it waits for; may be empty.
	Reason string
	// Percent is done, and Left is the number of nodes to replace.
	Percent, Left  int32
	Started, Ended time.Time
}

// Runs reports whether it has not ended.
func (r *Rollout) Runs() bool {
	switch r.Status {
	case types.InstanceRefreshStatusPending, types.InstanceRefreshStatusInProgress, types.InstanceRefreshStatusBaking,
		types.InstanceRefreshStatusCancelling, types.InstanceRefreshStatusRollbackInProgress:
		return true
	}
	return false
}

// String is one line.
func (r *Rollout) String() string {
	var out strings.Builder
	fmt.Fprintf(&out, "rollout %s: %s, %d percent, %d nodes left", r.ID, r.Status, r.Percent, r.Left)
	if !r.Started.IsZero() {
		fmt.Fprintf(&out, ", started %s", r.Started.UTC().Format(time.RFC3339))
	}
	if !r.Ended.IsZero() {
		fmt.Fprintf(&out, ", ended %s", r.Ended.UTC().Format(time.RFC3339))
	}
	if r.Reason != "" {
		fmt.Fprintf(&out, ": %s", r.Reason)
	}
	return out.String()
}

// ErrNoRollout says that the group has never had an instance refresh; AWS forgets one after six weeks.
var ErrNoRollout = errors.New("the group has had no rollout in the last six weeks")

// LastRollout returns the last rollout of the stack's nodes, or ErrNoRollout.
func (s *Subject) LastRollout(ctx context.Context) (*Rollout, error) {
	c, err := s.config()
	if err != nil {
		return nil, err
	}
	name := c.GroupName()
	found, err := s.Account.AutoScaling().DescribeInstanceRefreshes(ctx, &autoscaling.DescribeInstanceRefreshesInput{
		AutoScalingGroupName: &name, MaxRecords: aws.Int32(1),
	})
	if err != nil {
		return nil, err
	}
	if len(found.InstanceRefreshes) == 0 {
		return nil, ErrNoRollout
	}
	r := found.InstanceRefreshes[0]
	return &Rollout{
		ID: aws.ToString(r.InstanceRefreshId), Status: r.Status, Reason: aws.ToString(r.StatusReason),
		Percent: aws.ToInt32(r.PercentageComplete), Left: aws.ToInt32(r.InstancesToUpdate),
		Started: aws.ToTime(r.StartTime), Ended: aws.ToTime(r.EndTime),
	}, nil
}

// runs reports whether a rollout has not ended.
func (s *Subject) runs(ctx context.Context) (bool, error) {
	last, err := s.LastRollout(ctx)
	if errors.Is(err, ErrNoRollout) {
		return false, nil
	}
	return err == nil && last.Runs(), err
}

// rolloutLimit is longer than a group of the largest size needs, one node after the other: AWS itself ends an instance
// refresh after 14 days.
const rolloutLimit = 14 * 24 * time.Hour

// Wait waits for the end of the last rollout and returns it. The error is AWS's reason unless it is Successful.
func (s *Subject) Wait(ctx context.Context) (last *Rollout, err error) {
	err = s.until(ctx, rolloutLimit, func(ctx context.Context) (bool, string, error) {
		if last, err = s.LastRollout(ctx); err != nil {
			return false, "", err
		}
		return !last.Runs(), last.String(), nil
	})
	if err == nil && last.Status != types.InstanceRefreshStatusSuccessful {
		err = fmt.Errorf("the rollout is %s: %s (docs/nodes.md, \"When a boot fails\")", last.Status, reasonOf(last))
	}
	return last, err
}

func reasonOf(r *Rollout) string {
	if r.Reason == "" {
		return "AWS gives no reason"
	}
	return r.Reason
}

// cancelLimit is for a cancellation that does not wait for nodes.
const cancelLimit = 15 * time.Minute

// Cancel returns the step that ends a running rollout. Nodes that are replaced stay; the others keep what they run.
func (s *Subject) Cancel() steps.Step {
	return steps.Step{
		Name: "cancel", Limit: cancelLimit,
		Does: "cancel the rollout; nodes that are replaced stay, and nodes of both versions serve",
		Done: func(ctx context.Context) (bool, error) {
			runs, err := s.runs(ctx)
			return !runs, err
		},
		Do: func(ctx context.Context) error {
			c, err := s.config()
			if err != nil {
				return err
			}
			name := c.GroupName()
			_, err = s.Account.AutoScaling().CancelInstanceRefresh(ctx, &autoscaling.CancelInstanceRefreshInput{
				AutoScalingGroupName: &name,
			}, withoutWaiting)
			if account.IsCode(err, "ActiveInstanceRefreshNotFound") { // it has ended meanwhile
				return nil
			}
			return err
		},
	}
}

// withoutWaiting adds WaitForTransitioningInstances=false to the request, which this version of the SDK does not know: AWS
// would finish the launches that are under way first, and a booting node may take an hour.
// https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_CancelInstanceRefresh.html
func withoutWaiting(o *autoscaling.Options) {
	o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
		return stack.Serialize.Add(middleware.SerializeMiddlewareFunc("WithoutWaiting", func(
			ctx context.Context, in middleware.SerializeInput, next middleware.SerializeHandler,
		) (out middleware.SerializeOutput, metadata middleware.Metadata, err error) {
			request, isHTTP := in.Request.(*smithyhttp.Request)
			if !isHTTP || request.GetStream() == nil {
				return out, metadata, errors.New("the request of the cancellation has no body")
			}
			body, err := io.ReadAll(request.GetStream())
			if err != nil {
				return out, metadata, err
			}
			body = append(body, "&WaitForTransitioningInstances=false"...)
			if request, err = request.SetStream(bytes.NewReader(body)); err != nil {
				return out, metadata, err
			}
			in.Request = request
			return next.HandleSerialize(ctx, in)
		}), middleware.After)
	})
}

// rollout is how nodes get what the configuration has.
type rollout struct {
	does string
	// deployed reports whether the group's launch template has it, and complete whether all nodes have it.
	deployed, complete func(ctx context.Context) (bool, error)
	// unguarded turns cluster.rolloutGuard off to start a rollout again: nobody is served, and AWS would not start it.
	unguarded bool
}

// steps of a rollout. The update starts it, and the next step waits for its end. If it did not start or has failed,
// another number in cluster.rollout starts it again.
func (s *Subject) rollout(r rollout) []steps.Step {
	started := func(ctx context.Context) (bool, error) {
		if yes, err := r.deployed(ctx); !yes || err != nil {
			return false, err
		}
		if yes, err := r.complete(ctx); yes || err != nil {
			return yes, err
		}
		return s.runs(ctx)
	}
	update := s.up(r.does, started)
	plainUp := update.Do
	update.Do = func(ctx context.Context) error {
		yes, err := r.deployed(ctx)
		if err != nil {
			return err
		}
		if !yes {
			if err := plainUp(ctx); err != nil {
				return err
			}
		}
		if yes, err := started(ctx); yes || err != nil {
			return err
		}
		return s.again(ctx, r.unguarded)
	}
	return []steps.Step{update, {
		Name: "rollout", Does: "wait until all nodes are replaced", Limit: upLimit,
		Done: func(ctx context.Context) (bool, error) {
			if yes, err := started(ctx); !yes || err != nil {
				return false, err
			}
			if runs, err := s.runs(ctx); runs || err != nil {
				return false, err
			}
			return r.complete(ctx)
		},
		Do: func(ctx context.Context) error {
			_, err := s.Wait(ctx)
			return err
		},
	}}
}

// again counts cluster.rollout up, which starts an instance refresh without another change.
func (s *Subject) again(ctx context.Context, unguarded bool) error {
	c, err := s.config()
	if err != nil {
		return err
	}
	settings := []stack.Setting{{Key: rolloutKey, Value: fmt.Sprint(c.Cluster.Rollout + 1)}}
	if unguarded {
		settings = append(settings, stack.Setting{Key: guardKey, Value: "false"})
	}
	s.say("the nodes are not replaced and no rollout runs: %s is counted up, which starts one", rolloutKey)
	if err := stack.Set(ctx, s.Pulumi, s.Stack, settings...); err != nil {
		return err
	}
	return stack.Up(ctx, s.Pulumi, s.Stack)
}
