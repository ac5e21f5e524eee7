package network

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// securityGroups makes the groups first, without rules, and then every rule of the table: two groups may name each other.
// Rules are resources of their own, never inline: the two forms undo each other
// (https://github.com/pulumi/pulumi-aws/issues/2391).
func (b *builder) securityGroups() error {
	for _, g := range Groups {
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
	for _, row := range Traffic {
		if err := b.rules(row); err != nil {
			return fmt.Errorf("allow %s: %w", row.Name(), err)
		}
	}
	return nil
}

func (b *builder) rules(row Row) error {
	if !row.To.outsider() {
		for _, peer := range b.peers(row.From) {
			rule, err := vpc.NewSecurityGroupIngressRule(b.ctx, b.child("ingress", row.Name()+peer.suffix), &vpc.SecurityGroupIngressRuleArgs{
				SecurityGroupId:           b.network.groups[row.To].ID(),
				ReferencedSecurityGroupId: peer.group,
				CidrIpv4:                  peer.cidr,
				IpProtocol:                pulumi.String("tcp"),
				FromPort:                  pulumi.Int(row.Port),
				ToPort:                    pulumi.Int(row.Port),
				Description:               pulumi.String(row.Why),
			}, pulumi.Parent(b.network))
			if err != nil {
				return err
			}
			b.network.Application = append(b.network.Application, rule)
		}
	}
	if row.From.outsider() {
		return nil
	}
	for _, peer := range b.peers(row.To) {
		rule, err := vpc.NewSecurityGroupEgressRule(b.ctx, b.child("egress", row.Name()+peer.suffix), &vpc.SecurityGroupEgressRuleArgs{
			SecurityGroupId:           b.network.groups[row.From].ID(),
			ReferencedSecurityGroupId: peer.group,
			CidrIpv4:                  peer.cidr,
			IpProtocol:                pulumi.String("tcp"),
			FromPort:                  pulumi.Int(row.Port),
			ToPort:                    pulumi.Int(row.Port),
			Description:               pulumi.String(row.Why),
		}, pulumi.Parent(b.network))
		if err != nil {
			return err
		}
		b.network.Application = append(b.network.Application, rule)
	}
	return nil
}

// peer is the other side of a rule: a group, or one address range.
type peer struct {
	group  pulumi.StringPtrInput
	cidr   pulumi.StringPtrInput
	suffix string // keeps the rules of several ranges apart
}

func (b *builder) peers(g Group) []peer {
	switch g {
	case Internet:
		return []peer{{cidr: pulumi.StringPtr(anywhere)}}
	case Clients:
		out := make([]peer, len(b.args.ClientCIDRs))
		for i, cidr := range b.args.ClientCIDRs {
			out[i] = peer{cidr: pulumi.StringPtr(cidr), suffix: "-" + strings.NewReplacer("/", "-").Replace(cidr)}
		}
		return out
	default:
		return []peer{{group: b.network.groups[g].ID()}}
	}
}
