package loadbalancer

import (
	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/changes"
)

// Changes lists what a change of a property does to the clients.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html
var Changes = changes.Table{
	{
		Token: awstoken.LBLoadBalancer, Property: "internal", Effect: changes.Outage,
		Risk:  "replaces the load balancer - no client is served until DNS has its new address",
		Input: "scheme", Keys: "loadBalancer.scheme",
	},
	{
		Token: awstoken.LBLoadBalancer, Property: "loadBalancerType", Effect: changes.Outage,
		Risk: "replaces the load balancer - no client is served until DNS has its new address",
	},
}
