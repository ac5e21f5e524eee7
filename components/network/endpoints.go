package network

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/connection"
	"github.com/morpheus-ha/morpheus-aws/internal/endpoints"
	"github.com/morpheus-ha/morpheus-aws/internal/policy"
	"github.com/morpheus-ha/morpheus-aws/internal/subnets"
)

// s3Endpoint is free, and keeps downloads from S3 off the NAT gateways. It has no policy of its own: archives of the
// distribution, Systems Manager and mirrors use buckets of other accounts, in lists that grow without notice.
func (b *builder) s3Endpoint() error {
	tables := make(pulumi.StringArray, len(b.zones()))
	for i, zone := range b.zones() {
		tables[i] = b.tables[zone].ID()
	}
	endpoint, err := ec2.NewVpcEndpoint(b.ctx, b.child("s3"), &ec2.VpcEndpointArgs{
		VpcId:           b.vpcID,
		ServiceName:     pulumi.String(endpoints.ServiceName(b.args.Location, "s3")),
		VpcEndpointType: pulumi.String("Gateway"),
		RouteTableIds:   tables,
		Tags:            nameTag(b.child("s3")),
	}, pulumi.Parent(b.network))
	if err != nil {
		return fmt.Errorf("create the endpoint of S3: %w", err)
	}
	b.network.Application = append(b.network.Application, endpoint)
	return nil
}

// interfaceEndpoints are in the application subnets of each zone: a node's call stays in its zone.
func (b *builder) interfaceEndpoints() error {
	if !b.args.Settings.InterfaceEndpoints {
		return nil
	}
	for _, service := range endpoints.Services(b.args.hasInternet()) {
		name := b.child("endpoint", service.Name)
		endpoint, err := ec2.NewVpcEndpoint(b.ctx, name, &ec2.VpcEndpointArgs{
			VpcId:           b.vpcID,
			ServiceName:     pulumi.String(endpoints.ServiceName(b.args.Location, service.Name)),
			VpcEndpointType: pulumi.String("Interface"),
			SubnetIds:       connection.SubnetIDs(b.network.subnets[subnets.Application]),
			SecurityGroupIds: pulumi.StringArray{
				b.network.groups[Endpoints].ID(),
			},
			// The SDKs on a node use the service's public name, which then resolves to the endpoint.
			PrivateDnsEnabled: pulumi.Bool(true),
			Policy:            policy.Document(b.callers(service)),
			Tags:              nameTag(name),
		}, pulumi.Parent(b.network))
		if err != nil {
			return fmt.Errorf("create the endpoint of %s: %w", service.Name, err)
		}
		b.network.Application = append(b.network.Application, endpoint)
	}
	return nil
}

// callers are those whom an endpoint serves. It grants nothing: a caller still needs its own permissions. The resource
// is "*", because some calls have none.
//
// Services that nodes alone call refuse credentials of other accounts, with which data could be copied out through the
// endpoint. The others must serve the keys of every account whose cloud the appliance manages. Their policy is
// explicit, because the provider does not reset a policy that is left out.
func (b *builder) callers(service endpoints.Service) policy.Statement {
	out := policy.Statement{
		Sid:       "AnyAccount",
		Principal: policy.Everybody,
		Actions:   []string{service.Prefix + ":*"},
		Resources: policy.Any,
	}
	if !service.AnyAccount {
		out.Sid = "OwnAccountOnly"
		out.Conditions = []policy.Condition{
			policy.When("StringEquals", "aws:PrincipalAccount", b.args.Location.AccountID),
		}
	}
	return out
}
