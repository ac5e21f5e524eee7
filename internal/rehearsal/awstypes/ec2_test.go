package awstypes_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
)

func ec2Cases() []ruleCase {
	rules := func(token string) []ruleCase {
		return []ruleCase{
			{rule: "rule-one-peer", token: token, refused: []refusedRequest{
				{
					why:     "two peers",
					changes: values{"referencedSecurityGroupId": "${group.id}"},
					want:    "exactly one of cidrIpv4",
				},
				{why: "no peer", changes: values{"cidrIpv4": nil}, want: "got 0"},
				{
					why:     "host bits in a range",
					changes: values{"cidrIpv4": "10.0.0.1/16"},
					want:    "CIDR block 10.0.0.1/16 is malformed",
				},
				{
					why:     "a protocol without ports",
					changes: values{"toPort": nil},
					want:    "protocol tcp needs fromPort and toPort",
				},
			}},
			{
				rule:     "rule-description",
				token:    token,
				accepted: values{"description": "packages: 1.2_3 (x/y) #1, @[a]+=&;{}!$*"},
				refused: []refusedRequest{
					{
						why:     "a character that AWS does not allow",
						changes: values{"description": "Zoë"},
						want:    "Invalid rule description 'Zoë'",
					},
					{
						why:     "a description too long",
						changes: values{"description": strings.Repeat("x", 256)},
						want:    "less than 256 characters",
					},
				},
			},
			{rule: "rules-of-a-group", token: token, createOnly: true, refused: []refusedRequest{{
				why: "a sixty-first rule", want: "RulesPerSecurityGroupLimitExceeded", prepare: func(w *world) {
					for i := range 60 {
						w.need(fmt.Sprint("rule-", i), token,
							with(example(token), values{"fromPort": i + 1, "toPort": i + 1}))
					}
				},
			}}},
			{rule: "rule-once", token: token, createOnly: true, refused: []refusedRequest{{
				why: "the same rule again", want: "InvalidPermission.Duplicate",
				prepare: func(w *world) { w.need("twin", token, example(token)) },
			}}},
		}
	}
	s3 := values{
		"serviceName":       "com.amazonaws.us-east-1.s3",
		"vpcEndpointType":   "Gateway",
		"routeTableIds":     []any{"${table.id}"},
		"subnetIds":         nil,
		"securityGroupIds":  nil,
		"privateDnsEnabled": nil,
	}
	byTransit := values{
		"gatewayId":            nil,
		"transitGatewayId":     simaws.TransitGatewayID,
		"destinationCidrBlock": "10.50.0.0/16",
	}
	return slices.Concat([]ruleCase{
		{rule: "vpc-cidr-size", token: awstoken.EC2VPC, refused: []refusedRequest{
			{why: "a range too large", changes: values{"cidrBlock": "10.0.0.0/8"}, want: "InvalidVpc.Range"},
			{why: "a range too small", changes: values{"cidrBlock": "10.0.0.0/29"}, want: "InvalidVpc.Range"},
		}},
		{rule: "subnet-zone", token: awstoken.EC2Subnet, refused: []refusedRequest{
			{
				why:     "a zone of another region",
				changes: values{"availabilityZone": "eu-west-1a"},
				want:    "subnets can currently only be created in us-east-1a",
			},
		}},
		{rule: "subnet-cidr", token: awstoken.EC2Subnet, refused: []refusedRequest{
			{
				why:     "a range outside the VPC",
				changes: values{"cidrBlock": "192.168.0.0/24"},
				want:    "InvalidSubnet.Range",
			},
			{
				why:     "a range larger than the VPC",
				changes: values{"cidrBlock": "10.0.0.0/15"},
				want:    "InvalidSubnet.Range",
			},
			{
				why:     "a range that another subnet has",
				changes: values{"cidrBlock": "10.0.0.128/25"},
				want:    "InvalidSubnet.Conflict",
			},
		}},
		{rule: "nat-needs-internet-gateway", token: awstoken.EC2NATGateway, refused: []refusedRequest{
			{
				why:     "a VPC without internet gateway",
				changes: values{"subnetId": "${bare-a.id}"},
				want:    "Gateway.NotAttached",
			},
		}},
		{rule: "route-once", token: awstoken.EC2Route, createOnly: true, refused: []refusedRequest{{
			why: "a second default route", want: "RouteAlreadyExists", prepare: func(w *world) {
				w.need("twin",
					awstoken.EC2Route, example(awstoken.EC2Route))
			},
		}}},
		{rule: "security-group-name", token: awstoken.EC2SecurityGroup, refused: []refusedRequest{
			{why: "a name like an id", changes: values{"name": "SG-app"}, want: "may not begin with sg-"},
		}},
		{
			rule:     "user-data-size",
			token:    awstoken.EC2LaunchTemplate,
			accepted: values{"userData": base64Of(16 * 1024)},
			refused: []refusedRequest{
				{
					why:     "user data too long",
					changes: values{"userData": base64Of(16*1024 + 1)},
					want:    "User data is limited to 16384 bytes, got 16385",
				},
				{why: "user data in plain text", changes: values{"userData": "#!/bin/bash"}, want: "Invalid BASE64"},
			},
		},
		{
			rule:     "route-outside",
			token:    awstoken.EC2Route,
			accepted: values{"destinationCidrBlock": "10.0.0.0/8"},
			refused: []refusedRequest{
				{
					why:     "a route to the VPC's range",
					changes: values{"destinationCidrBlock": "10.0.0.0/16"},
					want:    "equal to or more specific than one of this VPC's CIDR blocks",
				},
				{
					why:     "a route to a part of the VPC",
					changes: values{"destinationCidrBlock": "10.0.3.0/24"},
					want:    "equal to or more specific",
				},
			},
		},
		{rule: "route-transit-attachment", token: awstoken.EC2Route, createOnly: true, refused: []refusedRequest{
			{
				why:     "a transit gateway that the VPC is not attached to",
				changes: byTransit,
				want:    "The transitGateway ID '" + simaws.TransitGatewayID + "' does not exist",
			},
			{why: "an attachment of another VPC", changes: byTransit, want: "does not exist", prepare: func(w *world) {
				w.need(
					"elsewhere",
					awstoken.EC2TransitGatewayAttachment,
					with(example(awstoken.EC2TransitGatewayAttachment),
						values{"vpcId": "${bare.id}", "subnetIds": []any{"${bare-a.id}"}}),
				)
			}},
		}},
		{rule: "endpoint-service", token: awstoken.EC2VPCEndpoint, refused: []refusedRequest{
			{
				why:     "a service that does not exist",
				changes: values{"serviceName": "com.amazonaws.us-east-1.keys"},
				want:    "The Vpc Endpoint Service 'com.amazonaws.us-east-1.keys' does not exist",
			},
			{
				why:     "another region's",
				changes: values{"serviceName": "com.amazonaws.eu-west-1.kms"},
				want:    "does not exist",
			},
			{
				why:     "a name of China",
				changes: values{"serviceName": "cn.com.amazonaws.us-east-1.ec2"},
				want:    "does not exist",
			},
			{
				why:     "a gateway endpoint of a service without gateway endpoints",
				changes: with(s3, values{"serviceName": "com.amazonaws.us-east-1.kms"}),
				want:    "does not exist",
			},
		}},
		{rule: "endpoint-type", token: awstoken.EC2VPCEndpoint, refused: []refusedRequest{
			{
				why:     "an interface endpoint in route tables",
				changes: values{"routeTableIds": []any{"${table.id}"}},
				want:    "route tables are for endpoints of type Gateway",
			},
			{
				why:     "a gateway endpoint in subnets",
				changes: with(s3, values{"subnetIds": []any{"${subnet-a.id}"}}),
				want:    "are for endpoints of type Interface",
			},
			{
				why:     "a gateway endpoint in no route table",
				changes: with(s3, values{"routeTableIds": nil}),
				want:    "leads nowhere",
			},
			{why: "an interface endpoint in no subnet", changes: values{"subnetIds": nil}, want: "leads nowhere"},
		}},
		{rule: "endpoint-zones", token: awstoken.EC2VPCEndpoint, refused: []refusedRequest{
			{
				why:     "two subnets in a zone",
				changes: values{"subnetIds": []any{"${subnet-a.id}", "${subnet-a2.id}"}},
				want:    "DuplicateSubnetsInSameZone",
			},
			{
				why:     "a subnet of another VPC",
				changes: values{"subnetIds": []any{"${bare-a.id}"}},
				want:    "is not in vpc-",
			},
		}},
		{rule: "endpoint-private-dns", token: awstoken.EC2VPCEndpoint, createOnly: true, refused: []refusedRequest{
			{
				why:     "a second endpoint of a service",
				want:    "already a conflicting DNS domain for com.amazonaws.us-east-1.kms",
				prepare: func(w *world) { w.need("twin", awstoken.EC2VPCEndpoint, example(awstoken.EC2VPCEndpoint)) },
			},
			{
				why:     "a VPC without DNS host names",
				changes: values{"vpcId": "${bare.id}", "subnetIds": []any{"${bare-a.id}"}},
				want:    "requires both enableDnsSupport and enableDnsHostnames",
			},
		}},
		{rule: "flow-log-role", token: awstoken.EC2FlowLog, refused: []refusedRequest{
			{
				why:     "a role of another service",
				changes: values{"iamRoleArn": "${role.arn}"},
				want:    "does not trust vpc-flow-logs.amazonaws.com",
			},
		}},
		{rule: "transit-attachment-zones", token: awstoken.EC2TransitGatewayAttachment, refused: []refusedRequest{
			{
				why:     "two subnets in a zone",
				changes: values{"subnetIds": []any{"${subnet-a.id}", "${subnet-a2.id}"}},
				want:    "DuplicateSubnetsInSameZone",
			},
		}},
	}, rules(awstoken.EC2SecurityGroupIngressRule), rules(awstoken.EC2SecurityGroupEgressRule))
}
