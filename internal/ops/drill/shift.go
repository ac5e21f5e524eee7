package drill

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/arczonalshift"
	"github.com/aws/aws-sdk-go-v2/service/arczonalshift/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/steps"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/validate"
)

// shiftComment begins the comment of a drill's zonal shift; the id of the run follows.
const shiftComment = "ops drill zone "

// Shift is a zonal shift of the stack's load balancer that is active.
type Shift struct {
	ID, AwayFrom, Comment string
	Expires               time.Time
}

// Ours reports whether a drill has started it.
func (s Shift) Ours() bool { return strings.HasPrefix(s.Comment, shiftComment) }

// refusal is why no drill starts while it is active.
func (s Shift) refusal(stack string) string {
	until := s.Expires.UTC().Format(time.RFC3339)
	if s.Ours() {
		return fmt.Sprintf("a drill that began at %s still moves clients out of %s until %s: if it no longer runs, end that with "+
			"go run ./cmd/ops drill undo --stack %s --yes", strings.TrimPrefix(s.Comment, shiftComment), s.AwayFrom, until, stack)
	}
	return fmt.Sprintf("somebody moves clients out of %s until %s (%s): a zone is missing already", s.AwayFrom, until, s.Comment)
}

func (s Shift) end(ctx context.Context, subject *validate.Subject) error {
	_, err := subject.Account.ZonalShift().CancelZonalShift(ctx, &arczonalshift.CancelZonalShiftInput{ZonalShiftId: &s.ID})
	return err
}

// balancerArn returns the ARN of the stack's load balancer; empty if there is none.
func balancerArn(ctx context.Context, s *validate.Subject) (string, error) {
	pages := elb.NewDescribeLoadBalancersPaginator(s.Account.ELB(), &elb.DescribeLoadBalancersInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return "", err
		}
		for _, b := range page.LoadBalancers {
			if name := aws.ToString(b.DNSName); name != "" && strings.EqualFold(name, s.Outputs["loadBalancerDnsName"]) {
				return aws.ToString(b.LoadBalancerArn), nil
			}
		}
	}
	return "", nil
}

// Shifts returns the active zonal shifts of the stack's load balancer.
func Shifts(ctx context.Context, s *validate.Subject) ([]Shift, error) {
	arn, err := balancerArn(ctx, s)
	if err != nil || arn == "" {
		return nil, err
	}
	var out []Shift
	pages := arczonalshift.NewListZonalShiftsPaginator(s.Account.ZonalShift(), &arczonalshift.ListZonalShiftsInput{
		ResourceIdentifier: &arn, Status: types.ZonalShiftStatusActive,
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, item := range page.Items {
			out = append(out, Shift{
				ID: aws.ToString(item.ZonalShiftId), AwayFrom: aws.ToString(item.AwayFrom), Comment: aws.ToString(item.Comment),
				Expires: aws.ToTime(item.ExpiryTime),
			})
		}
	}
	return out, nil
}

// Undo ends what drills that no longer run have suspended, and leaves alone what others have started.
func Undo(ctx context.Context, s *validate.Subject, o steps.Options) ([]steps.Result, error) {
	shifts, err := Shifts(ctx, s)
	if err != nil {
		return nil, err
	}
	var all []steps.Step
	for _, shift := range shifts {
		if !shift.Ours() {
			continue
		}
		all = append(all, steps.Step{
			Name: "end the zonal shift", Limit: undoLimit,
			Does: fmt.Sprintf("let clients into %s again; a drill that began at %s has moved them out", shift.AwayFrom,
				strings.TrimPrefix(shift.Comment, shiftComment)),
			Done: func(ctx context.Context) (bool, error) {
				now, err := Shifts(ctx, s)
				for _, other := range now {
					if other.ID == shift.ID {
						return false, err
					}
				}
				return err == nil, err
			},
			Do: func(ctx context.Context) error { return shift.end(ctx, s) },
		})
	}
	return steps.Run(ctx, all, o)
}
