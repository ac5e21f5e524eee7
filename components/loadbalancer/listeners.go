package loadbalancer

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/wafv2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/naming"
)

// listeners are HTTPS, and HTTP only to redirect clients to it. Consoles of machines use WebSockets, for which an
// application load balancer needs no setting.
func (c *LoadBalancer) listeners(
	ctx *pulumi.Context, name string, args *Args,
	alb *lb.LoadBalancer, nodes *lb.TargetGroup, certificate pulumi.StringInput,
) ([]pulumi.Resource, error) {
	https, err := lb.NewListener(ctx, naming.Child(name, "https"), &lb.ListenerArgs{
		LoadBalancerArn: alb.Arn,
		Port:            pulumi.Int(Port),
		Protocol:        pulumi.String("HTTPS"),
		// A listener without a policy gets ELBSecurityPolicy-2016-08, which accepts TLS 1.0.
		SslPolicy:      pulumi.String(args.Settings.TLSPolicy),
		CertificateArn: certificate,
		DefaultActions: lb.ListenerDefaultActionArray{lb.ListenerDefaultActionArgs{
			Type:           pulumi.String("forward"),
			TargetGroupArn: nodes.Arn,
		}},
	}, pulumi.Parent(c))
	if err != nil {
		return nil, fmt.Errorf("create the listener: %w", err)
	}
	if !args.Settings.RedirectHTTP {
		return []pulumi.Resource{https}, nil
	}
	http, err := lb.NewListener(ctx, naming.Child(name, "redirect"), &lb.ListenerArgs{
		LoadBalancerArn: alb.Arn,
		Port:            pulumi.Int(RedirectPort),
		Protocol:        pulumi.String("HTTP"),
		DefaultActions: lb.ListenerDefaultActionArray{lb.ListenerDefaultActionArgs{
			Type: pulumi.String("redirect"),
			Redirect: lb.ListenerDefaultActionRedirectArgs{
				Protocol:   pulumi.String("HTTPS"),
				Port:       pulumi.String(fmt.Sprint(Port)),
				StatusCode: pulumi.String("HTTP_301"),
			},
		}},
	}, pulumi.Parent(c))
	if err != nil {
		return nil, fmt.Errorf("create the redirect: %w", err)
	}
	return []pulumi.Resource{https, http}, nil
}

// webACL associates the configured web ACL with the load balancer. When WAF does not answer, requests are refused: to
// let them through (fail open) would make an outage of WAF a way around it.
func (c *LoadBalancer) webACL(ctx *pulumi.Context, name string, args *Args, alb *lb.LoadBalancer) error {
	if args.Settings.WebACLArn == "" {
		return nil
	}
	_, err := wafv2.NewWebAclAssociation(ctx, naming.Child(name, "web-acl"), &wafv2.WebAclAssociationArgs{
		ResourceArn: alb.Arn,
		WebAclArn:   pulumi.String(args.Settings.WebACLArn),
	}, pulumi.Parent(c),
		// A load balancer has one web ACL. If the former association were deleted last, that would remove the new one: AWS
		// deletes an association by the load balancer alone.
		pulumi.DeleteBeforeReplace(true))
	return err
}
