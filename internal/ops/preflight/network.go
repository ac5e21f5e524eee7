package preflight

import (
	"context"
	"fmt"
	"net/netip"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
)

func (s *Subject) networkChecks() []check.Check {
	const group = "network"
	return []check.Check{
		{
			ID: "existing-vpc", Group: group, Severity: check.Error,
			Asks: "does the existing VPC exist, and does it resolve names?",
			Do:   "correct network.existing.vpcId, or enable DNS support and DNS hostnames of the VPC",
			Run:  s.existingVPC,
		},
		{
			ID: "existing-subnets", Group: group, Severity: check.Error,
			Asks: "are the existing subnets in the VPC, in the right zones, with free addresses?",
			Do:   "correct the lists of network.existing: docs/traffic.md, \"Shapes of the network\"",
			Run:  s.existingSubnets,
		},
		{
			ID: "cidr-clash", Group: group, Severity: check.Warning,
			Asks: "does network.cidr overlap with another VPC of the account or with a peer?",
			Do:   "choose another network.cidr before the first update: overlapping VPCs can never be peered",
			Run:  s.cidrClash,
		},
		{
			ID: "client-prefix-lists", Group: group, Severity: check.Error,
			Asks: "do the prefix lists of clients exist?",
			Do:   "correct network.allowedClientPrefixLists: aws ec2 describe-managed-prefix-lists",
			Run:  s.clientLists,
		},
	}
}

func (s *Subject) existingVPC(ctx context.Context) (check.Result, error) {
	if !s.Config.Network.Given() {
		return check.Skip("the stack makes its VPC"), nil
	}
	id := s.Config.Network.Existing.VpcID
	found, err := s.Account.EC2().DescribeVpcs(ctx, &ec2.DescribeVpcsInput{VpcIds: []string{id}})
	switch {
	case account.IsCode(err, "InvalidVpcID.NotFound") || err == nil && len(found.Vpcs) == 0:
		return check.Finding("the account has no VPC %s", id), nil
	case err != nil:
		return check.Result{}, err
	}
	var problems []string
	for _, attribute := range []types.VpcAttributeName{
		types.VpcAttributeNameEnableDnsSupport, types.VpcAttributeNameEnableDnsHostnames,
	} {
		got, err := s.Account.EC2().DescribeVpcAttribute(ctx, &ec2.DescribeVpcAttributeInput{VpcId: &id, Attribute: attribute})
		if err != nil {
			return check.Result{}, err
		}
		on := got.EnableDnsSupport
		if attribute == types.VpcAttributeNameEnableDnsHostnames {
			on = got.EnableDnsHostnames
		}
		if on == nil || !aws.ToBool(on.Value) {
			problems = append(problems, fmt.Sprintf("%s of %s is off", attribute, id))
		}
	}
	return check.Judge(problems, "%s exists and resolves names", id), nil
}

// leastFree is the number of free addresses that a tier needs in one zone: nodes while they are replaced, or interfaces
// of the data tiers.
const leastFree = 16

func (s *Subject) existingSubnets(ctx context.Context) (check.Result, error) {
	if !s.Config.Network.Given() {
		return check.Skip("the stack makes its subnets"), nil
	}
	existing, zones := s.Config.Network.Existing, s.Config.Network.AvailabilityZones
	var problems []string
	for _, tier := range []struct {
		name string
		ids  []string
	}{
		{"public", existing.PublicSubnetIDs},
		{"application", existing.ApplicationSubnetIDs},
		{"data", existing.DataSubnetIDs},
	} {
		if len(tier.ids) == 0 {
			continue
		}
		found, err := s.Account.EC2().DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{SubnetIds: tier.ids})
		switch {
		case account.IsCode(err, "InvalidSubnetID.NotFound"):
			problems = append(problems, fmt.Sprintf("the account lacks a %s subnet: %s", tier.name, account.Explain(err)))
			continue
		case err != nil:
			return check.Result{}, err
		}
		in := map[string]bool{}
		for _, subnet := range found.Subnets {
			id, zone := aws.ToString(subnet.SubnetId), aws.ToString(subnet.AvailabilityZone)
			in[zone] = true
			if vpc := aws.ToString(subnet.VpcId); vpc != existing.VpcID {
				problems = append(problems, fmt.Sprintf("%s is in %s, not in %s", id, vpc, existing.VpcID))
			}
			if free := aws.ToInt32(subnet.AvailableIpAddressCount); free < leastFree {
				problems = append(problems, fmt.Sprintf("%s has %d free addresses and needs %d", id, free, leastFree))
			}
		}
		for _, zone := range zones {
			if !in[zone] {
				problems = append(problems, fmt.Sprintf("no %s subnet is in %s", tier.name, zone))
			}
		}
	}
	return check.Judge(problems, "the subnets are in %d zones and have free addresses", len(zones)), nil
}

func (s *Subject) cidrClash(ctx context.Context) (check.Result, error) {
	if s.Config.Network.Given() {
		return check.Skip("the stack uses an existing VPC"), nil
	}
	own, err := netip.ParsePrefix(s.Config.Network.CIDR)
	if err != nil {
		return check.Result{}, fmt.Errorf("network.cidr: %w", err)
	}
	var problems []string
	clash := func(cidr, what string) {
		if other, err := netip.ParsePrefix(cidr); err == nil && other.Overlaps(own) {
			problems = append(problems, fmt.Sprintf("%s overlaps with %s of %s", own, cidr, what))
		}
	}
	_, err = count(ctx, ec2.NewDescribeVpcsPaginator(s.Account.EC2(), &ec2.DescribeVpcsInput{}),
		func(p *ec2.DescribeVpcsOutput) int {
			for _, vpc := range p.Vpcs {
				if s.owns(tagsOf(vpc.Tags)) {
					continue
				}
				for _, block := range vpc.CidrBlockAssociationSet {
					clash(aws.ToString(block.CidrBlock), aws.ToString(vpc.VpcId))
				}
			}
			return 0
		})
	if err != nil {
		return check.Result{}, err
	}
	_, err = count(ctx, ec2.NewDescribeVpcPeeringConnectionsPaginator(s.Account.EC2(),
		&ec2.DescribeVpcPeeringConnectionsInput{}), func(p *ec2.DescribeVpcPeeringConnectionsOutput) int {
		for _, peering := range p.VpcPeeringConnections {
			for _, side := range []*types.VpcPeeringConnectionVpcInfo{peering.AccepterVpcInfo, peering.RequesterVpcInfo} {
				if side != nil && aws.ToString(side.OwnerId) != s.Config.AWS.AccountID {
					clash(aws.ToString(side.CidrBlock), "the peer "+aws.ToString(side.VpcId))
				}
			}
		}
		return 0
	})
	if err != nil {
		return check.Result{}, err
	}
	slices.Sort(problems)
	return check.Judge(slices.Compact(problems), "%s overlaps with no VPC of the account", own), nil
}

func (s *Subject) clientLists(ctx context.Context) (check.Result, error) {
	ids := s.Config.Network.AllowedClientLists
	if len(ids) == 0 {
		return check.Skip("network.allowedClientPrefixLists is empty"), nil
	}
	found, err := s.Account.EC2().DescribeManagedPrefixLists(ctx, &ec2.DescribeManagedPrefixListsInput{PrefixListIds: ids})
	switch {
	case account.IsCode(err, "InvalidPrefixListID.NotFound", "InvalidPrefixListId.NotFound"):
		return check.Finding("the account has no such list: %s", account.Explain(err)), nil
	case err != nil:
		return check.Result{}, err
	}
	has := map[string]bool{}
	for _, list := range found.PrefixLists {
		has[aws.ToString(list.PrefixListId)] = true
	}
	var problems []string
	for _, id := range ids {
		if !has[id] {
			problems = append(problems, "the account has no prefix list "+id)
		}
	}
	return check.Judge(problems, "the account has all %d lists", len(ids)), nil
}
