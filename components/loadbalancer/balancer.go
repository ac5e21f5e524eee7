package loadbalancer

import (
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/bucket"
	"github.com/morpheus-ha/morpheus-aws/components/connection"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
)

// Roles of the children whose physical names AWS keeps short.
const (
	albRole   = "alb"
	nodesRole = "nodes"
)

func (c *LoadBalancer) balancer(
	ctx *pulumi.Context, name string, args *Args, logs *bucket.Bucket,
) (*lb.LoadBalancer, error) {
	needs := append(slices.Clone(args.Routes), logs.Ready...)
	// No Name: with a fixed one a replacement could not be made before the old load balancer is gone.
	return lb.NewLoadBalancer(ctx, naming.Child(name, albRole), &lb.LoadBalancerArgs{
		LoadBalancerType:         pulumi.String("application"),
		Internal:                 pulumi.Bool(args.Settings.Scheme == config.Internal),
		Subnets:                  connection.SubnetIDs(args.Subnets),
		SecurityGroups:           pulumi.StringArray{args.SecurityGroupID},
		DropInvalidHeaderFields:  pulumi.Bool(true),
		DesyncMitigationMode:     pulumi.String("defensive"),
		IdleTimeout:              pulumi.Int(args.Settings.IdleTimeoutSeconds),
		EnableDeletionProtection: pulumi.Bool(args.Protection.DeletionProtection),
		// With zonal shift an operator can move clients out of a failing zone; the default is off.
		EnableZonalShift: pulumi.Bool(true),
		// Access logs have the requests, connection logs the failed TLS handshakes.
		AccessLogs:     lb.LoadBalancerAccessLogsArgs{Bucket: logs.Name, Enabled: pulumi.Bool(true)},
		ConnectionLogs: lb.LoadBalancerConnectionLogsArgs{Bucket: logs.Name, Enabled: pulumi.Bool(true)},
	}, pulumi.Parent(c), pulumi.Protect(args.Protection.Protect), pulumi.DependsOn(needs))
}

func (c *LoadBalancer) targetGroup(ctx *pulumi.Context, name string, args *Args) (*lb.TargetGroup, error) {
	// No Name: port, protocol and VPC replace the group, and the listener must be moved to the new one first.
	return lb.NewTargetGroup(ctx, naming.Child(name, nodesRole), &lb.TargetGroupArgs{
		TargetType: pulumi.String("instance"),
		Port:       pulumi.Int(Port),
		// The load balancer does not check the nodes' certificates, which are self-signed.
		Protocol: pulumi.String("HTTPS"),
		VpcId:    args.VpcID,
		// As the vendor requires. AWS refuses it together with slow start.
		LoadBalancingAlgorithmType: pulumi.String("least_outstanding_requests"),
		DeregistrationDelay:        pulumi.Int(args.Settings.DeregistrationDelaySeconds),
		HealthCheck: lb.TargetGroupHealthCheckArgs{
			// The default is HTTP, even in an HTTPS group.
			Protocol:         pulumi.String("HTTPS"),
			Path:             pulumi.String(pingPath),
			Port:             pulumi.String("traffic-port"),
			Matcher:          pulumi.String("200"),
			HealthyThreshold: pulumi.Int(2),
			// 9 checks of 10 seconds: the group replaces an unhealthy node at once, and a failover of the database, which AWS
			// expects to take less than 60 seconds, must not replace all nodes (docs/decisions/rollouts.md).
			Interval:           pulumi.Int(10),
			Timeout:            pulumi.Int(5),
			UnhealthyThreshold: pulumi.Int(9),
		},
	}, pulumi.Parent(c))
}
