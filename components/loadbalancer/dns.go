package loadbalancer

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/naming"
)

// record is the appliance's name; none if the user creates it in a zone of another account or provider.
func (c *LoadBalancer) record(ctx *pulumi.Context, name string, args *Args, alb *lb.LoadBalancer) error {
	if args.DNS.HostedZoneID == "" || args.Name == NameOfOther {
		return nil
	}
	// Without AllowOverwrite a record that exists already is an error; it is not taken over.
	record, err := route53.NewRecord(ctx, naming.Child(name, "record"), &route53.RecordArgs{
		ZoneId: pulumi.String(args.DNS.HostedZoneID),
		Name:   pulumi.String(args.DNS.HostName),
		Type:   pulumi.String("A"),
		Aliases: route53.RecordAliasArray{route53.RecordAliasArgs{
			Name:                 alb.DnsName,
			ZoneId:               alb.ZoneId,
			EvaluateTargetHealth: pulumi.Bool(true),
		}},
	}, append(args.Name.options(), pulumi.Parent(c))...)
	if err != nil {
		return fmt.Errorf("create the DNS record: %w", err)
	}
	c.Ready = append(c.Ready, record)
	return nil
}

// zone makes the name known in the VPC, when the hosted zone is private and not associated with it.
func (c *LoadBalancer) zone(ctx *pulumi.Context, name string, args *Args) error {
	if !args.AssociateZone {
		return nil
	}
	association, err := route53.NewZoneAssociation(ctx, naming.Child(name, "zone"), &route53.ZoneAssociationArgs{
		ZoneId: pulumi.String(args.DNS.HostedZoneID),
		VpcId:  args.VpcID,
	}, pulumi.Parent(c))
	if err != nil {
		return fmt.Errorf("associate the private zone with the VPC: %w", err)
	}
	c.Ready = append(c.Ready, association)
	return nil
}

func (n Name) options() []pulumi.ResourceOption {
	if n != NameMoved {
		return nil
	}
	return []pulumi.ResourceOption{pulumi.IgnoreChanges([]string{"aliases"})}
}
