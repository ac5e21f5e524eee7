// Package loadbalancer makes the only door of the appliance: an application load balancer that takes HTTPS from
// clients under the appliance's name and speaks HTTPS to the nodes.
package loadbalancer

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/bucket"
	"github.com/morpheus-ha/morpheus-aws/components/connection"
	"github.com/morpheus-ha/morpheus-aws/components/token"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/lifecycle"
	"github.com/morpheus-ha/morpheus-aws/internal/location"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
)

// Port is where clients reach the load balancer and where it reaches the nodes; HTTPS on both sides.
const Port = 443

// RedirectPort is where clients are sent to Port, when that is asked for.
const RedirectPort = 80

// Roles of the children whose physical names AWS keeps short.
const (
	albRole   = "alb"
	nodesRole = "nodes"
)

// Args of a LoadBalancer. All but CertificateArn, WebACLArn, RedirectHTTP, Routes and
// AssociateZone are required.
type Args struct {
	Location   location.Location
	Protection lifecycle.Protection
	// HostName is the appliance's name, such as "morpheus.example.com"; it must lie in the zone.
	HostName     string
	HostedZoneID string
	// CertificateArn of a certificate for HostName in the stack's region; when empty one is requested and validated in
	// the zone.
	CertificateArn string
	// TLSPolicy is one of config.TLSPolicies.
	TLSPolicy string
	// IdleTimeoutSeconds (1..4000) is how long a silent connection is kept: a console or a long upload may be silent for
	// longer than AWS's default of 60.
	IdleTimeoutSeconds int
	// DeregistrationDelaySeconds (0..3600) is how long a node that leaves may finish its requests.
	DeregistrationDelaySeconds int
	// RedirectHTTP answers port 80 with a redirect to HTTPS. Security Hub's control ELB.18 fails on such a listener.
	RedirectHTTP bool
	// WebACLArn of a regional AWS WAF web ACL that looks at every request; empty for none.
	WebACLArn string
	// LogRetentionDays is how long access and connection logs are kept.
	LogRetentionDays int

	VpcID           pulumi.StringInput
	SecurityGroupID pulumi.StringInput
	// Scheme is one of config.Schemes; a change replaces the load balancer.
	Scheme string
	// Placements are the public subnets, of an internal load balancer the application subnets, in at least two
	// availability zones.
	Placements []connection.Placement
	// Routes are what makes the subnets public (the internet gateway and the routes to it): AWS refuses an
	// internet-facing load balancer in a VPC without them.
	Routes []pulumi.Resource
	// AssociateZone makes the name known in the VPC, when the hosted zone is private and not yet associated with it.
	AssociateZone bool
}

// LoadBalancer is the way from clients to the nodes.
type LoadBalancer struct {
	pulumi.ResourceState

	// DNSName is AWS's own name of the load balancer; clients use URL.
	DNSName pulumi.StringOutput `pulumi:"dnsName"`
	// URL of the appliance, "https://" and the host name, without a trailing "/".
	URL pulumi.StringOutput `pulumi:"url"`
	// TargetGroupArn is where the nodes register.
	TargetGroupArn pulumi.StringOutput `pulumi:"targetGroupArn"`
	// ArnSuffix and TargetGroupArnSuffix are the metric dimensions LoadBalancer and TargetGroup.
	ArnSuffix            pulumi.StringOutput `pulumi:"arnSuffix"`
	TargetGroupArnSuffix pulumi.StringOutput `pulumi:"targetGroupArnSuffix"`
	// LogBucket is the name of the bucket with access and connection logs, under AWSLogs/.
	LogBucket pulumi.StringOutput `pulumi:"logBucket"`
	// Ready are the resources without which no client reaches a node.
	Ready []pulumi.Resource
}

// New makes the load balancer with its target group, certificate, listener and DNS record.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*LoadBalancer, error) {
	if err := args.validate(); err != nil {
		return nil, fmt.Errorf("loadbalancer %q: %w", name, err)
	}
	for _, child := range []string{naming.Child(name, albRole), naming.Child(name, nodesRole)} {
		if len(child)+naming.AutonameSuffixLen > naming.LoadBalancerMax {
			return nil, fmt.Errorf("loadbalancer %q: the name %q leaves no room for the provider's suffix", name, child)
		}
	}
	c := &LoadBalancer{}
	if err := ctx.RegisterComponentResourceV2(token.LoadBalancer, name, args.inputs(), c, opts...); err != nil {
		return nil, fmt.Errorf("loadbalancer %q: register: %w", name, err)
	}

	logs, err := c.makeLogs(ctx, name, args)
	if err != nil {
		return nil, fmt.Errorf("loadbalancer %q: %w", name, err)
	}
	alb, err := c.makeBalancer(ctx, name, args, logs)
	if err != nil {
		return nil, fmt.Errorf("loadbalancer %q: create the load balancer: %w", name, err)
	}
	nodes, err := c.makeTargetGroup(ctx, name, args)
	if err != nil {
		return nil, fmt.Errorf("loadbalancer %q: create the target group: %w", name, err)
	}
	certificate, err := c.certificate(ctx, name, args)
	if err != nil {
		return nil, fmt.Errorf("loadbalancer %q: %w", name, err)
	}
	listeners, err := c.makeListeners(ctx, name, args, alb, nodes, certificate)
	if err != nil {
		return nil, fmt.Errorf("loadbalancer %q: %w", name, err)
	}
	if err := c.guard(ctx, name, args, alb); err != nil {
		return nil, fmt.Errorf("loadbalancer %q: %w", name, err)
	}
	record, err := c.makeRecord(ctx, name, args, alb)
	if err != nil {
		return nil, fmt.Errorf("loadbalancer %q: create the DNS record: %w", name, err)
	}

	c.DNSName, c.ArnSuffix = alb.DnsName, alb.ArnSuffix
	c.TargetGroupArn, c.TargetGroupArnSuffix = nodes.Arn, nodes.ArnSuffix
	c.URL = pulumi.String("https://" + args.HostName).ToStringOutput()
	c.LogBucket = logs.Name
	c.Ready = append(listeners, record)
	if args.AssociateZone {
		association, err := route53.NewZoneAssociation(ctx, naming.Child(name, "zone"), &route53.ZoneAssociationArgs{
			ZoneId: pulumi.String(args.HostedZoneID),
			VpcId:  args.VpcID,
		}, pulumi.Parent(c))
		if err != nil {
			return nil, fmt.Errorf("loadbalancer %q: associate the private zone with the VPC: %w", name, err)
		}
		c.Ready = append(c.Ready, association)
	}
	if err := ctx.RegisterResourceOutputs(c, pulumi.Map{
		"dnsName":              c.DNSName,
		"url":                  c.URL,
		"targetGroupArn":       c.TargetGroupArn,
		"arnSuffix":            c.ArnSuffix,
		"targetGroupArnSuffix": c.TargetGroupArnSuffix,
		"logBucket":            c.LogBucket,
	}); err != nil {
		return nil, fmt.Errorf("loadbalancer %q: outputs: %w", name, err)
	}
	return c, nil
}

func (c *LoadBalancer) makeBalancer(
	ctx *pulumi.Context, name string, args *Args, logs *bucket.Bucket,
) (*lb.LoadBalancer, error) {
	needs := append(slices.Clone(args.Routes), logs.Ready...)
	// No Name: with a fixed one a replacement could not be made before the old load balancer is gone.
	return lb.NewLoadBalancer(ctx, naming.Child(name, albRole), &lb.LoadBalancerArgs{
		LoadBalancerType:         pulumi.String("application"),
		Internal:                 pulumi.Bool(args.Scheme == config.Internal),
		Subnets:                  connection.SubnetIDs(args.Placements),
		SecurityGroups:           pulumi.StringArray{args.SecurityGroupID},
		DropInvalidHeaderFields:  pulumi.Bool(true),
		DesyncMitigationMode:     pulumi.String("defensive"),
		IdleTimeout:              pulumi.Int(args.IdleTimeoutSeconds),
		EnableDeletionProtection: pulumi.Bool(args.Protection.DeletionProtection),
		// Lets whoever is on call move clients out of a failing zone; off by default.
		EnableZonalShift: pulumi.Bool(true),
		// Who asked what, and whose TLS handshake failed: two kinds of logs, each with its own switch.
		AccessLogs:     lb.LoadBalancerAccessLogsArgs{Bucket: logs.Name, Enabled: pulumi.Bool(true)},
		ConnectionLogs: lb.LoadBalancerConnectionLogsArgs{Bucket: logs.Name, Enabled: pulumi.Bool(true)},
	}, pulumi.Parent(c), pulumi.Protect(args.Protection.Protect), pulumi.DependsOn(needs))
}

func (c *LoadBalancer) makeTargetGroup(ctx *pulumi.Context, name string, args *Args) (*lb.TargetGroup, error) {
	// No Name: port, protocol and VPC replace the group, and the listener must be moved to the new one first.
	return lb.NewTargetGroup(ctx, naming.Child(name, nodesRole), &lb.TargetGroupArgs{
		TargetType: pulumi.String("instance"),
		Port:       pulumi.Int(Port),
		// The load balancer does not check the nodes' certificates, which are self-signed.
		Protocol: pulumi.String("HTTPS"),
		VpcId:    args.VpcID,
		// As the vendor asks. AWS refuses slow start beside it.
		LoadBalancingAlgorithmType: pulumi.String("least_outstanding_requests"),
		DeregistrationDelay:        pulumi.Int(args.DeregistrationDelaySeconds),
		HealthCheck: lb.TargetGroupHealthCheckArgs{
			// HTTP unless set, even in an HTTPS group.
			Protocol:         pulumi.String("HTTPS"),
			Path:             pulumi.String("/ping"),
			Port:             pulumi.String("traffic-port"),
			Matcher:          pulumi.String("200"),
			HealthyThreshold: pulumi.Int(2),
			// 90 seconds: the group replaces a node as soon as the load balancer gives it up, and a failover of the database,
			// which AWS expects to take less than 60, must not replace all of them (docs/decisions/rollouts.md).
			Interval:           pulumi.Int(10),
			Timeout:            pulumi.Int(5),
			UnhealthyThreshold: pulumi.Int(9),
		},
	}, pulumi.Parent(c))
}

func (c *LoadBalancer) makeRecord(
	ctx *pulumi.Context, name string, args *Args, alb *lb.LoadBalancer,
) (*route53.Record, error) {
	// Without AllowOverwrite a name that something else answers for is an error, not a take-over.
	return route53.NewRecord(ctx, naming.Child(name, "record"), &route53.RecordArgs{
		ZoneId: pulumi.String(args.HostedZoneID),
		Name:   pulumi.String(args.HostName),
		Type:   pulumi.String("A"),
		Aliases: route53.RecordAliasArray{route53.RecordAliasArgs{
			Name:                 alb.DnsName,
			ZoneId:               alb.ZoneId,
			EvaluateTargetHealth: pulumi.Bool(true),
		}},
	}, pulumi.Parent(c))
}

func (a *Args) inputs() pulumi.Map {
	zones := make(pulumi.StringArray, len(a.Placements))
	for i, p := range a.Placements {
		zones[i] = pulumi.String(p.Zone)
	}
	return pulumi.Map{
		"scheme":                     pulumi.String(a.Scheme),
		"hostName":                   pulumi.String(a.HostName),
		"hostedZoneId":               pulumi.String(a.HostedZoneID),
		"certificateArn":             pulumi.String(a.CertificateArn),
		"tlsPolicy":                  pulumi.String(a.TLSPolicy),
		"idleTimeoutSeconds":         pulumi.Int(a.IdleTimeoutSeconds),
		"deregistrationDelaySeconds": pulumi.Int(a.DeregistrationDelaySeconds),
		"redirectHttp":               pulumi.Bool(a.RedirectHTTP),
		"webAclArn":                  pulumi.String(a.WebACLArn),
		"logRetentionDays":           pulumi.Int(a.LogRetentionDays),
		"deletionProtection":         pulumi.Bool(a.Protection.DeletionProtection),
		"zones":                      zones,
		"vpcId":                      a.VpcID,
		"securityGroupId":            a.SecurityGroupID,
	}
}

func (a *Args) validate() error {
	switch {
	case a == nil:
		return errors.New("arguments are required")
	case a.Location.AccountID == "":
		return errors.New("a location is required")
	case a.LogRetentionDays < 1:
		return fmt.Errorf("log retention must be 1 or more days, got %d", a.LogRetentionDays)
	case a.HostName == "" || a.HostedZoneID == "":
		return errors.New("a host name and its hosted zone are required")
	case !slices.Contains(config.Schemes, a.Scheme):
		return fmt.Errorf("scheme %q is not one of %s", a.Scheme, strings.Join(config.Schemes, ", "))
	case !slices.Contains(config.TLSPolicies, a.TLSPolicy):
		return fmt.Errorf("TLS policy %q does not pass ELB.17", a.TLSPolicy)
	case a.IdleTimeoutSeconds < 1 || a.IdleTimeoutSeconds > 4000:
		return fmt.Errorf("idle timeout must be 1..4000 seconds, got %d", a.IdleTimeoutSeconds)
	case a.DeregistrationDelaySeconds < 0 || a.DeregistrationDelaySeconds > 3600:
		return fmt.Errorf("deregistration delay must be 0..3600 seconds, got %d", a.DeregistrationDelaySeconds)
	case a.VpcID == nil || a.SecurityGroupID == nil:
		return errors.New("a VPC and a security group are required")
	case len(a.Placements) < 2:
		return fmt.Errorf("at least two availability zones are required, got %d", len(a.Placements))
	}
	return nil
}
