package account_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
)

func reachRefusals() []refusal {
	s3 := values{"serviceName": "com.amazonaws.us-east-1.s3", "vpcEndpointType": "Gateway", "routeTableIds": []any{"${table.id}"}, "subnetIds": nil, "securityGroupIds": nil, "privateDnsEnabled": nil}
	byTransit := values{"gatewayId": nil, "transitGatewayId": simaws.TransitGatewayID, "destinationCidrBlock": "10.50.0.0/16"}
	return []refusal{
		{rule: "route-outside", token: route, accepted: values{"destinationCidrBlock": "10.0.0.0/8"}, refused: []neighbour{
			{why: "a route to the VPC itself", changes: values{"destinationCidrBlock": "10.0.0.0/16"}, want: "equal to or more specific than one of this VPC's CIDR blocks"},
			{why: "a route to a part of the VPC", changes: values{"destinationCidrBlock": "10.0.3.0/24"}, want: "equal to or more specific"},
		}},
		{rule: "route-transit-attachment", token: route, once: true, refused: []neighbour{
			{why: "a transit gateway that the VPC is not attached to", changes: byTransit, want: "The transitGateway ID '" + simaws.TransitGatewayID + "' does not exist"},
			{why: "an attachment of another VPC", changes: byTransit, want: "does not exist", before: func(w *world) {
				w.need("elsewhere", transit, with(valid[transit], values{"vpcId": "${bare.id}", "subnetIds": []any{"${bare-a.id}"}}))
			}},
		}},
		{rule: "endpoint-service", token: endpoint, refused: []neighbour{
			{why: "a service that there is not", changes: values{"serviceName": "com.amazonaws.us-east-1.keys"}, want: "The Vpc Endpoint Service 'com.amazonaws.us-east-1.keys' does not exist"},
			{why: "another region's", changes: values{"serviceName": "com.amazonaws.eu-west-1.kms"}, want: "does not exist"},
			{why: "a name of China", changes: values{"serviceName": "cn.com.amazonaws.us-east-1.ec2"}, want: "does not exist"},
			{why: "a gateway endpoint of a service that has none", changes: with(s3, values{"serviceName": "com.amazonaws.us-east-1.kms"}), want: "does not exist"},
		}},
		{rule: "endpoint-type", token: endpoint, refused: []neighbour{
			{why: "an interface endpoint in route tables", changes: values{"routeTableIds": []any{"${table.id}"}}, want: "route tables are for endpoints of type Gateway"},
			{why: "a gateway endpoint in subnets", changes: with(s3, values{"subnetIds": []any{"${subnet-a.id}"}}), want: "are for endpoints of type Interface"},
			{why: "a gateway endpoint in no route table", changes: with(s3, values{"routeTableIds": nil}), want: "leads nowhere"},
			{why: "an interface endpoint in no subnet", changes: values{"subnetIds": nil}, want: "leads nowhere"},
		}},
		{rule: "endpoint-zones", token: endpoint, refused: []neighbour{
			{why: "two subnets in a zone", changes: values{"subnetIds": []any{"${subnet-a.id}", "${subnet-a2.id}"}}, want: "DuplicateSubnetsInSameZone"},
			{why: "a subnet of another VPC", changes: values{"subnetIds": []any{"${bare-a.id}"}}, want: "is not in vpc-"},
		}},
		{rule: "endpoint-private-dns", token: endpoint, once: true, refused: []neighbour{
			{why: "a second endpoint of a service", want: "already a conflicting DNS domain for com.amazonaws.us-east-1.kms", before: func(w *world) { w.need("twin", endpoint, valid[endpoint]) }},
			{why: "a VPC without DNS host names", changes: values{"vpcId": "${bare.id}", "subnetIds": []any{"${bare-a.id}"}}, want: "requires both enableDnsSupport and enableDnsHostnames"},
		}},
		{rule: "flow-log-role", token: flowLog, refused: []neighbour{
			{why: "a role of another service", changes: values{"iamRoleArn": "${role.arn}"}, want: "does not trust vpc-flow-logs.amazonaws.com"},
		}},
		{rule: "transit-attachment-zones", token: transit, refused: []neighbour{
			{why: "two subnets in a zone", changes: values{"subnetIds": []any{"${subnet-a.id}", "${subnet-a2.id}"}}, want: "DuplicateSubnetsInSameZone"},
		}},
		{rule: "zone-association-private", token: zoneInVPC, refused: []neighbour{
			{why: "a public zone", changes: values{"zoneId": simaws.HostedZoneID}, want: "PublicZoneVPCAssociation"},
			{why: "a VPC that is not there", changes: values{"vpcId": "vpc-gone"}, want: "the VPC vpc-gone does not exist"},
		}},
	}
}

// A gateway endpoint has no subnets, and tells the prefix list that rules and routes name.
func TestAGatewayEndpointHasThePrefixListOfItsService(t *testing.T) {
	w := newWorld(t)
	const name = "com.amazonaws.us-east-1.s3"
	made := w.need("s3", endpoint, values{"vpcId": "${vpc.id}", "serviceName": name, "routeTableIds": []any{"${table.id}"}})
	list, err := w.account.Invoke(region, "aws:ec2/getManagedPrefixList:getManagedPrefixList", values{"name": name})
	require.NoError(t, err)
	assert.Equal(t, list["id"], made.State["prefixListId"], "the list that a look-up finds is the endpoint's")
	w.need("rule", egress, with(valid[egress], values{"cidrIpv4": nil, "prefixListId": list["id"]}))
	_, err = w.create(egress, with(valid[egress], values{"cidrIpv4": nil, "prefixListId": "pl-gone"}))
	assert.ErrorContains(t, err, "InvalidPrefixListID.NotFound")
	_, err = w.account.Invoke(region, "aws:ec2/getManagedPrefixList:getManagedPrefixList", values{"name": "com.amazonaws.us-east-1.dynamo"})
	assert.ErrorContains(t, err, "no matching EC2 Managed Prefix List found")
}

func TestChinaHasNamesOfItsOwn(t *testing.T) {
	a := simaws.NewAccount(simaws.Options{Partition: "aws-cn"})
	const china = "cn-north-1"
	ask := func(token string, inputs values) (account.Answer, error) {
		return a.Create(account.Request{Region: china, Token: token, Inputs: inputs})
	}
	made, err := ask(vpc, values{"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": true})
	require.NoError(t, err)
	net, err := ask(subnet, values{"vpcId": made.ID, "cidrBlock": "10.0.0.0/24"})
	require.NoError(t, err)
	for name, exists := range map[string]bool{
		"cn.com.amazonaws.cn-north-1.ec2": true, "com.amazonaws.cn-north-1.ec2": false,
		"com.amazonaws.cn-north-1.kms": true, "cn.com.amazonaws.cn-north-1.kms": false,
	} {
		_, err := ask(endpoint, values{"vpcId": made.ID, "serviceName": name, "vpcEndpointType": "Interface", "subnetIds": []any{net.ID}})
		assert.Equal(t, exists, err == nil, "%s: %v", name, err)
	}
}

func TestATransitGatewayIsAttachedOnceAndHeldByItsRoutes(t *testing.T) {
	w := newWorld(t)
	w.need("attachment", transit, valid[transit])
	_, err := w.create(transit, valid[transit])
	assert.ErrorContains(t, err, "AlreadyExists", "a VPC is attached to a gateway once")
	w.need("route", route, values{"routeTableId": "${table.id}", "destinationCidrBlock": "10.50.0.0/16", "transitGatewayId": simaws.TransitGatewayID})
	assert.ErrorContains(t, w.delete(transit, w.made["attachment"].ID), "IncorrectState", "a route in use keeps it")
	w.remove("route")
	w.remove("attachment")
}

func TestTheVPCOfOthersIsFoundByItsIds(t *testing.T) {
	a := simaws.NewAccount(simaws.Options{})
	found, err := a.Invoke(other, "aws:ec2/getVpc:getVpc", values{"id": simaws.ExistingVpcID})
	require.NoError(t, err)
	assert.Equal(t, true, found["enableDnsHostnames"])
	net, err := a.Invoke(other, "aws:ec2/getSubnet:getSubnet", values{"id": simaws.ExistingSubnetID("data", 'b')})
	require.NoError(t, err)
	assert.Equal(t, simaws.ExistingVpcID, net["vpcId"])
	assert.Equal(t, other+"b", net["availabilityZone"])
	assert.InDelta(t, 251, net["availableIpAddressCount"], 0, "AWS keeps five of 256")
	for _, token := range []string{"aws:ec2/getVpc:getVpc", "aws:ec2/getSubnet:getSubnet"} {
		_, err = a.Invoke(region, token, values{"id": "gone"})
		assert.ErrorContains(t, err, "'gone' does not exist in us-east-1")
	}
}
