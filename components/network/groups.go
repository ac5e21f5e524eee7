package network

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// securityGroups makes the groups first, without rules, and then every rule of the table: two groups may name each
// other. Rules are separate resources, never inline: the two forms undo each other
// (https://github.com/pulumi/pulumi-aws/issues/2391).
func (b *builder) securityGroups() error {
	for _, g := range Groups {
		if g.Name == Endpoints && !b.args.Settings.InterfaceEndpoints {
			continue
		}
		group, err := ec2.NewSecurityGroup(b.ctx, b.child(string(g.Name)), &ec2.SecurityGroupArgs{
			VpcId:       b.vpcID,
			Description: pulumi.String(g.Description),
			Tags:        nameTag(b.child(string(g.Name))),
		}, pulumi.Parent(b.network))
		if err != nil {
			return fmt.Errorf("create security group %s: %w", g.Name, err)
		}
		b.network.groups[g.Name] = group
	}
	for _, flow := range b.args.Flows() {
		if err := b.allow(flow); err != nil {
			return fmt.Errorf("allow %s: %w", flow.Name(), err)
		}
	}
	return nil
}

// allow makes the rules of a flow.
func (b *builder) allow(f Flow) error {
	if !f.To.Outsider() {
		from := b.peer(f.From, f)
		rule, err := vpc.NewSecurityGroupIngressRule(b.ctx, b.child("ingress", f.Name()), &vpc.SecurityGroupIngressRuleArgs{
			SecurityGroupId:           b.network.groups[f.To].ID(),
			ReferencedSecurityGroupId: from.group,
			CidrIpv4:                  from.cidr,
			PrefixListId:              from.prefixList,
			IpProtocol:                pulumi.String(f.Protocol),
			FromPort:                  pulumi.Int(f.FromPort),
			ToPort:                    pulumi.Int(f.ToPort),
			Description:               pulumi.String(f.Why),
		}, pulumi.Parent(b.network))
		if err != nil {
			return err
		}
		b.network.Application = append(b.network.Application, rule)
		if f.To == LoadBalancer {
			b.network.Entrance = append(b.network.Entrance, rule)
		}
	}
	if f.From.Outsider() {
		return nil
	}
	to := b.peer(f.To, f)
	rule, err := vpc.NewSecurityGroupEgressRule(b.ctx, b.child("egress", f.Name()), &vpc.SecurityGroupEgressRuleArgs{
		SecurityGroupId:           b.network.groups[f.From].ID(),
		ReferencedSecurityGroupId: to.group,
		CidrIpv4:                  to.cidr,
		PrefixListId:              to.prefixList,
		IpProtocol:                pulumi.String(f.Protocol),
		FromPort:                  pulumi.Int(f.FromPort),
		ToPort:                    pulumi.Int(f.ToPort),
		Description:               pulumi.String(f.Why),
	}, pulumi.Parent(b.network))
	if err != nil {
		return err
	}
	b.network.Application = append(b.network.Application, rule)
	return nil
}

// peer is the other side of a rule: a group, a prefix list or an address range.
type peer struct{ group, cidr, prefixList pulumi.StringPtrInput }

func (b *builder) peer(g Group, f Flow) peer {
	switch {
	case g == S3:
		return peer{prefixList: pulumi.StringPtr(b.args.S3PrefixListID)}
	case g == Checkers:
		return peer{prefixList: pulumi.StringPtr(b.args.CheckersListID)}
	case f.PrefixList != "" && g == f.From:
		return peer{prefixList: pulumi.StringPtr(f.PrefixList)}
	case g.Outsider():
		return peer{cidr: pulumi.StringPtr(f.CIDR)}
	}
	return peer{group: b.network.groups[g].ID()}
}
