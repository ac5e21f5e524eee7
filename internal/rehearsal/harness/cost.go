package harness

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/morpheus-ha/morpheus-aws/internal/guard"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/cost"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/provider"
)

// Cost prices the resources of the run.
func (r *Run) Cost() cost.Estimate {
	region := ""
	for urn, configured := range r.Providers {
		if resource.URN(urn).Name() == guard.PrimaryProvider {
			region = configured.Region
		}
	}
	var priced []cost.Resource
	for _, res := range r.AWS() {
		priced = append(priced, cost.Resource{
			Name: res.Name, Token: res.Token, Tier: cost.Tier(res.URN), Inputs: provider.Plain(res.Checked),
		})
	}
	return cost.Of(region, priced)
}

// Cost records a stack with a configuration and prices it.
func (c Config) Cost(stack string) (cost.Estimate, error) {
	run, err := Launch{Stack: stack, Config: c}.Start()
	if err != nil {
		return cost.Estimate{}, fmt.Errorf("record %s: %w", stack, err)
	}
	return run.Cost(), nil
}

// WithoutHA are the values that take the high availability out of a production stack and leave the sizes: one of
// everything, in the fewest zones that a load balancer and a database accept. Production refuses them, so the
// environment is development.
var WithoutHA = Overrides{
	"morpheus:environment":      "development",
	"network.availabilityZones": []any{"us-east-1a", "us-east-1b"},
	"network.natGateways":       "single",
	"database.instances":        1.0,
	"messaging.deploymentMode":  "SINGLE_INSTANCE",
	"search.instanceCount":      1.0,
	"search.dedicatedMasters":   0.0,
	"cluster.minSize":           1.0,
}
