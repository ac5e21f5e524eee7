package drill

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/arczonalshift"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
)

// zone moves clients out of a zone with a zonal shift of the load balancer. AWS ends the shift at its expiry, whatever
// becomes of the run.
// https://docs.aws.amazon.com/r53recovery/latest/dg/arc-zonal-shift.resource-types.app-load-balancers.html
type zone struct {
	*run
	balancer string
	// id is the zone's in the account, such as use1-az1: names of zones differ between accounts.
	id      string
	expires time.Time
}

// shiftAttribute is the load balancer's attribute without which AWS refuses a shift; the program sets it.
const shiftAttribute = "zonal_shift.config.enabled"

func (d *zone) look(ctx context.Context) ([]Fact, []string, error) {
	wanted, zones := d.options.Zone, d.subject.Config.Network.AvailabilityZones
	if !slices.Contains(zones, wanted) {
		return nil, []string{fmt.Sprintf("--zone: must be a zone of the stack, %s, got %q", strings.Join(zones, ", "), wanted)}, nil
	}
	nodes, err := d.nodes(ctx)
	if err != nil {
		return nil, nil, err
	}
	var problems []string
	inside, outside := 0, 0
	for _, n := range nodes {
		if aws.ToString(n.AvailabilityZone) == wanted {
			inside++
		} else {
			outside++
		}
	}
	if outside == 0 {
		problems = append(problems, fmt.Sprintf("no healthy node is in another zone than %s: nobody would be served", wanted))
	}
	if inside == 0 {
		problems = append(problems, fmt.Sprintf("no healthy node is in %s: there is nothing to lose", wanted))
	}
	if d.balancer, err = balancerArn(ctx, d.subject); err != nil || d.balancer == "" {
		return nil, problems, err // balancer-active has found it
	}
	enabled, err := d.allowed(ctx)
	if err != nil {
		return nil, nil, err
	}
	if !enabled {
		problems = append(problems, fmt.Sprintf("the load balancer does not have %s: run pulumi up, somebody has changed it",
			shiftAttribute))
	}
	found, err := d.subject.Account.EC2().DescribeAvailabilityZones(ctx, &ec2.DescribeAvailabilityZonesInput{
		ZoneNames: []string{wanted},
	})
	if err != nil {
		return nil, nil, err
	}
	for _, z := range found.AvailabilityZones {
		d.id = aws.ToString(z.ZoneId)
	}
	facts := append(nodeFacts(nodes), Fact{Name: "load balancer", Value: d.balancer}, Fact{Name: "zone " + wanted, Value: d.id})
	return facts, problems, nil
}

// allowed reports whether the load balancer takes part in zonal shifts.
func (d *zone) allowed(ctx context.Context) (bool, error) {
	found, err := d.subject.Account.ELB().DescribeLoadBalancerAttributes(ctx, &elb.DescribeLoadBalancerAttributesInput{
		LoadBalancerArn: &d.balancer,
	})
	if err != nil {
		return false, err
	}
	for _, a := range found.Attributes {
		if aws.ToString(a.Key) == shiftAttribute {
			return aws.ToString(a.Value) == "true", nil
		}
	}
	return false, nil
}

// lasts is how long AWS keeps the shift if nobody ends it: a whole number of minutes.
func (d *zone) lasts() time.Duration {
	return (noticeLimit + d.options.Hold + 5*time.Minute).Round(time.Minute)
}

func (d *zone) comment() string { return shiftComment + d.record.ID }

func (d *zone) does() string {
	return fmt.Sprintf("move clients out of %s (%s) with a zonal shift of the load balancer that AWS ends after %d minutes at the "+
		"latest (arc-zonal-shift StartZonalShift)", d.options.Zone, d.id, int(d.lasts().Minutes()))
}

func (d *zone) stays() string {
	if d.expires.IsZero() {
		return fmt.Sprintf("AWS ends it by itself within %d minutes", int(d.lasts().Minutes()))
	}
	return "AWS ends it by itself at " + d.expires.UTC().Format(time.RFC3339)
}

func (d *zone) inject(ctx context.Context) error {
	d.expires = time.Now().Add(d.lasts())
	_, err := d.subject.Account.ZonalShift().StartZonalShift(ctx, &arczonalshift.StartZonalShiftInput{
		ResourceIdentifier: &d.balancer, AwayFrom: &d.id, Comment: aws.String(d.comment()),
		ExpiresIn: aws.String(fmt.Sprintf("%dm", int(d.lasts().Minutes()))),
	})
	return err
}

// undo ends the shift of this run, which its comment names: the answer to inject may be lost.
func (d *zone) undo(ctx context.Context) error {
	shifts, err := Shifts(ctx, d.subject)
	if err != nil {
		return err
	}
	for _, s := range shifts {
		if s.Comment == d.comment() {
			if err := s.end(ctx, d.subject); err != nil {
				return err
			}
		}
	}
	return nil
}

// weight is the share of the zone, 0 while it is left out and 1 otherwise.
func (d *zone) weight(ctx context.Context) (float32, error) {
	found, err := d.subject.Account.ZonalShift().GetManagedResource(ctx, &arczonalshift.GetManagedResourceInput{
		ResourceIdentifier: &d.balancer,
	})
	if err != nil {
		return 0, err
	}
	weight, known := found.AppliedWeights[d.id]
	if !known {
		return 0, fmt.Errorf("the load balancer %s has no weight for %s", d.balancer, d.id)
	}
	return weight, nil
}

func (d *zone) noticed(ctx context.Context) (bool, string, error) {
	weight, err := d.weight(ctx)
	return err == nil && weight == 0, fmt.Sprintf("the weight of %s is %g", d.options.Zone, weight), err
}

func (d *zone) whole(ctx context.Context) (bool, string, error) {
	weight, err := d.weight(ctx)
	return err == nil && weight == 1, fmt.Sprintf("the weight of %s is %g", d.options.Zone, weight), err
}
