package validate

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
)

func (s *Subject) balancerChecks() []check.Check {
	const group = "load balancer"
	return []check.Check{
		{
			ID: "balancer-active", Group: group, Severity: check.Error,
			Asks: "is the load balancer active in all zones of the stack?",
			Do:   "look at AWS Health and run pulumi up: aws elbv2 describe-load-balancers",
			Run:  s.balancerActive,
		},
		{
			ID: "balancer-targets", Group: group, Severity: check.Error,
			Asks: "does the load balancer see every node as healthy?",
			Do:   "look at the reason of the target and at the node's log: docs/nodes.md",
			Run:  s.balancerTargets,
		},
		{
			ID: "balancer-protected", Group: group, Severity: check.Warning,
			Asks: "is the load balancer protected against deletion, as the environment says?",
			Do:   "run pulumi up: somebody has switched the protection off",
			Run:  s.balancerProtected,
		},
		{
			ID: "balancer-tls-policy", Group: group, Severity: check.Error,
			Asks: "has the HTTPS listener the configured TLS policy?",
			Do:   "run pulumi up: somebody has changed the listener",
			Run:  s.balancerPolicy,
		},
		{
			ID: "balancer-certificate", Group: group, Severity: check.Error,
			Asks: "is the certificate of the listener issued, and valid for long?",
			Do:   "look at the validation record: aws acm describe-certificate; ACM renews 60 days before the end if the record is there",
			Run:  s.balancerCertificate,
		},
	}
}

// certificateDays is how long a certificate must still be valid: ACM renews 60 days before the end.
const certificateDays = 30

// ofBalancer judges the load balancer, if there is one.
func (s *Subject) ofBalancer(
	ctx context.Context, judge func(types.LoadBalancer) (check.Result, error),
) (check.Result, error) {
	name := s.Outputs["loadBalancerDnsName"]
	pages := elb.NewDescribeLoadBalancersPaginator(s.Account.ELB(), &elb.DescribeLoadBalancersInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return check.Result{}, err
		}
		for _, balancer := range page.LoadBalancers {
			if name != "" && strings.EqualFold(aws.ToString(balancer.DNSName), name) {
				return judge(balancer)
			}
		}
	}
	return check.Finding("the account has no load balancer %s", name), nil
}

func (s *Subject) balancerActive(ctx context.Context) (check.Result, error) {
	return s.ofBalancer(ctx, func(b types.LoadBalancer) (check.Result, error) {
		if b.State != nil && b.State.Code != types.LoadBalancerStateEnumActive {
			return check.Finding("the load balancer is %s: %s", b.State.Code, aws.ToString(b.State.Reason)), nil
		}
		var zones []string
		for _, zone := range b.AvailabilityZones {
			zones = append(zones, aws.ToString(zone.ZoneName))
		}
		if lacks := missing(s.zones(), zones); len(lacks) > 0 {
			return check.Finding("the load balancer is not in %s", strings.Join(lacks, ", ")), nil
		}
		return check.Pass("the load balancer is active in %s", strings.Join(distinct(zones), ", ")), nil
	})
}

func (s *Subject) balancerTargets(ctx context.Context) (check.Result, error) {
	return s.ofBalancer(ctx, func(b types.LoadBalancer) (check.Result, error) {
		groups, err := s.Account.ELB().DescribeTargetGroups(ctx, &elb.DescribeTargetGroupsInput{
			LoadBalancerArn: b.LoadBalancerArn,
		})
		if err != nil {
			return check.Result{}, err
		}
		healthy := 0
		var problems []string
		for _, group := range groups.TargetGroups {
			found, err := s.Account.ELB().DescribeTargetHealth(ctx, &elb.DescribeTargetHealthInput{
				TargetGroupArn: group.TargetGroupArn,
			})
			if err != nil {
				return check.Result{}, err
			}
			for _, target := range found.TargetHealthDescriptions {
				switch state := target.TargetHealth.State; state {
				case types.TargetHealthStateEnumHealthy:
					healthy++
				case types.TargetHealthStateEnumDraining: // it leaves
				default:
					problems = append(problems, fmt.Sprintf("%s is %s: %s", aws.ToString(target.Target.Id), state,
						target.TargetHealth.Reason))
				}
			}
		}
		if least := s.Config.Cluster.LeastNodes(); healthy < least {
			problems = append(problems, fmt.Sprintf("%d targets are healthy, %d are the least", healthy, least))
		}
		return check.Judge(problems, "%d targets are healthy", healthy), nil
	})
}

func (s *Subject) balancerProtected(ctx context.Context) (check.Result, error) {
	if !s.protected() {
		return check.Skip("the environment protects nothing"), nil
	}
	return s.ofBalancer(ctx, func(b types.LoadBalancer) (check.Result, error) {
		found, err := s.Account.ELB().DescribeLoadBalancerAttributes(ctx, &elb.DescribeLoadBalancerAttributesInput{
			LoadBalancerArn: b.LoadBalancerArn,
		})
		if err != nil {
			return check.Result{}, err
		}
		for _, attribute := range found.Attributes {
			if aws.ToString(attribute.Key) == "deletion_protection.enabled" && aws.ToString(attribute.Value) == "true" {
				return check.Pass("the load balancer is protected against deletion"), nil
			}
		}
		return check.Finding("the load balancer is not protected against deletion"), nil
	})
}

// ofListener judges the HTTPS listener, if there is one.
func (s *Subject) ofListener(ctx context.Context, judge func(types.Listener) (check.Result, error)) (check.Result, error) {
	return s.ofBalancer(ctx, func(b types.LoadBalancer) (check.Result, error) {
		found, err := s.Account.ELB().DescribeListeners(ctx, &elb.DescribeListenersInput{LoadBalancerArn: b.LoadBalancerArn})
		if err != nil {
			return check.Result{}, err
		}
		for _, listener := range found.Listeners {
			if listener.Protocol == types.ProtocolEnumHttps {
				return judge(listener)
			}
		}
		return check.Finding("the load balancer has no HTTPS listener"), nil
	})
}

func (s *Subject) balancerPolicy(ctx context.Context) (check.Result, error) {
	want := s.Config.LoadBalancer.TLSPolicy
	return s.ofListener(ctx, func(l types.Listener) (check.Result, error) {
		if got := aws.ToString(l.SslPolicy); got != want {
			return check.Finding("the listener has the policy %s, the configuration %s", got, want), nil
		}
		return check.Pass("the listener has the policy %s", want), nil
	})
}

func (s *Subject) balancerCertificate(ctx context.Context) (check.Result, error) {
	return s.ofListener(ctx, func(l types.Listener) (check.Result, error) {
		if len(l.Certificates) == 0 {
			return check.Finding("the listener has no certificate"), nil
		}
		found, err := s.Account.ACM().DescribeCertificate(ctx, &acm.DescribeCertificateInput{
			CertificateArn: l.Certificates[0].CertificateArn,
		})
		if err != nil {
			return check.Result{}, err
		}
		if status := found.Certificate.Status; status != "ISSUED" {
			return check.Finding("the certificate is %s", status), nil
		}
		left := s.days(aws.ToTime(found.Certificate.NotAfter))
		if left < certificateDays {
			return check.Finding("the certificate ends in %d days", left), nil
		}
		return check.Pass("the certificate is valid for %d days", left), nil
	})
}
