package account

import (
	"fmt"
	"maps"
	"net/netip"
)

// named finds what a look-up by id asks for.
func (a *Account) named(region, token string, args Values, notFound string) (*Resource, error) {
	id, _ := args["id"].(string)
	found := a.find(func(r *Resource) bool { return r.Token == token && r.Region == region && r.ID == id })
	if id == "" || len(found) == 0 {
		return nil, fmt.Errorf("%s: '%s' does not exist in %s", notFound, id, region)
	}
	return found[0], nil
}

func (a *Account) vpc(region string, args Values) (Values, error) {
	vpc, err := a.named(region, vpcT, args, "InvalidVpcID.NotFound: The vpc ID")
	if err != nil {
		return nil, err
	}
	out := Values{"enableDnsSupport": true, "enableDnsHostnames": false, "default": false, "state": "available", "instanceTenancy": "default", "ownerId": a.ID}
	maps.Copy(out, vpc.State)
	out["id"] = vpc.ID
	out["cidrBlockAssociations"] = []any{Values{"associationId": "vpc-cidr-assoc-" + vpc.ID[4:], "cidrBlock": out["cidrBlock"], "state": "associated"}}
	return out, nil
}

// subnet counts its own addresses alone: what stands in it is not modelled.
func (a *Account) subnet(region string, args Values) (Values, error) {
	subnet, err := a.named(region, subnetT, args, "InvalidSubnetID.NotFound: The subnet ID")
	if err != nil {
		return nil, err
	}
	const reserved = 5
	out := Values{"mapPublicIpOnLaunch": false, "defaultForAz": false, "state": "available"}
	maps.Copy(out, subnet.State)
	out["id"], out["ownerId"] = subnet.ID, a.ID
	if p, err := netip.ParsePrefix(fmt.Sprint(out["cidrBlock"])); err == nil {
		out["availableIpAddressCount"] = float64(int(1)<<(32-p.Bits()) - reserved)
	}
	return out, nil
}

func (a *Account) prefixList(region string, args Values) (Values, error) {
	name, _ := args["name"].(string)
	found := a.find(func(r *Resource) bool { return r.Token == prefixListT && r.Region == region && r.State["name"] == name })
	if len(found) != 1 {
		return nil, fmt.Errorf("no matching EC2 Managed Prefix List found")
	}
	return Values{
		"id": found[0].ID, "name": name, "addressFamily": "IPv4", "maxEntries": 0.0, "version": 0.0, "ownerId": "AWS", "entries": []any{},
		"arn": fmt.Sprintf("arn:%s:ec2:%s:aws:prefix-list/%s", a.Partition, region, found[0].ID),
	}, nil
}
