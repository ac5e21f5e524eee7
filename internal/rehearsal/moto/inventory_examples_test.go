package moto

import "slices"

// step is a call of a test. {name} stands for a value from an earlier response.
type step struct {
	service, call, body string
	keep                string // name and pattern of a value in the answer, such as "vpc <vpcId>([^<]+)"
}

// example creates and deletes one resource of a kind.
type example struct {
	kind         string
	make, remove []step
	// with are kinds that AWS creates and deletes with it.
	with []string
}

const trust = "AssumeRolePolicyDocument=%7B%7D"

// examples are in the order of their dependencies. They are deleted in the reverse order.
var examples = slices.Concat(networkExamples, serviceExamples)

var networkExamples = []example{
	{
		kind:   "VPC",
		make:   []step{{service: "ec2", call: "CreateVpc", body: "CidrBlock=10.9.0.0/16", keep: "vpc <vpcId>([^<]+)"}},
		remove: []step{{service: "ec2", call: "DeleteVpc", body: "VpcId={vpc}"}},
		with:   []string{"route table", "security group"}, // the main table and the default group
	},
	{
		kind: "subnet",
		make: []step{
			{
				service: "ec2",
				call:    "CreateSubnet",
				body:    "VpcId={vpc}&CidrBlock=10.9.1.0/24&AvailabilityZone=us-east-1a",
				keep:    "subnet <subnetId>([^<]+)",
			},
			{
				service: "ec2",
				call:    "CreateSubnet",
				body:    "VpcId={vpc}&CidrBlock=10.9.2.0/24&AvailabilityZone=us-east-1b",
				keep:    "other <subnetId>([^<]+)",
			},
		},
		remove: []step{{
			service: "ec2", call: "DeleteSubnet",
			body: "SubnetId={other}"}, {service: "ec2", call: "DeleteSubnet",
			body: "SubnetId={subnet}",
		}},
	},
	{
		kind: "route table",
		make: []step{
			{service: "ec2", call: "CreateRouteTable", body: "VpcId={vpc}", keep: "table <routeTableId>([^<]+)"},
		},
		remove: []step{{service: "ec2", call: "DeleteRouteTable", body: "RouteTableId={table}"}},
	},
	{
		kind:   "internet gateway",
		make:   []step{{service: "ec2", call: "CreateInternetGateway", keep: "igw <internetGatewayId>([^<]+)"}},
		remove: []step{{service: "ec2", call: "DeleteInternetGateway", body: "InternetGatewayId={igw}"}},
	},
	{
		kind: "address",
		make: []step{
			{service: "ec2", call: "AllocateAddress", body: "Domain=vpc", keep: "address <allocationId>([^<]+)"},
		},
		remove: []step{{service: "ec2", call: "ReleaseAddress", body: "AllocationId={address}"}},
	},
	{
		kind: "NAT gateway",
		make: []step{{
			service: "ec2", call: "CreateNatGateway",
			body: "SubnetId={subnet}&AllocationId={address}",
			keep: "nat <natGatewayId>([^<]+)",
		}},
		remove: []step{{service: "ec2", call: "DeleteNatGateway", body: "NatGatewayId={nat}"}},
	},
	{
		kind: "security group",
		make: []step{{
			service: "ec2", call: "CreateSecurityGroup",
			body: "VpcId={vpc}&GroupName=nodes&GroupDescription=nodes",
			keep: "group <groupId>([^<]+)",
		}},
		remove: []step{{service: "ec2", call: "DeleteSecurityGroup", body: "GroupId={group}"}},
	},
	{
		kind: "security group rule",
		make: []step{{
			service: "ec2", call: "AuthorizeSecurityGroupIngress",
			body: "GroupId={group}&IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort=443&IpPermissions.1.ToPort=443" +
				"&IpPermissions.1.IpRanges.1.CidrIp=10.9.0.0/16",
			keep: "rule <securityGroupRuleId>([^<]+)",
		}},
		remove: []step{
			{service: "ec2", call: "RevokeSecurityGroupIngress", body: "GroupId={group}&SecurityGroupRuleId.1={rule}"},
		},
	},
	{
		kind:   "log group",
		make:   []step{{service: "logs", call: "Logs_20140328.CreateLogGroup", body: `{"logGroupName":"/nodes"}`}},
		remove: []step{{service: "logs", call: "Logs_20140328.DeleteLogGroup", body: `{"logGroupName":"/nodes"}`}},
	},
	{
		kind: "log policy",
		make: []step{
			{
				service: "logs",
				call:    "Logs_20140328.PutResourcePolicy",
				body:    `{"policyName":"search","policyDocument":"{}"}`,
			},
		},
		remove: []step{{service: "logs", call: "Logs_20140328.DeleteResourcePolicy", body: `{"policyName":"search"}`}},
	},
	{
		kind:   "bucket",
		make:   []step{{service: "s3", call: "PUT /morpheus-files"}},
		remove: []step{{service: "s3", call: "DELETE /morpheus-files"}},
	},
	{
		kind: "flow log",
		make: []step{{
			service: "ec2", call: "CreateFlowLogs",
			body: "ResourceType=VPC&ResourceId.1={vpc}&TrafficType=ALL&LogDestinationType=s3" +
				"&LogDestination=arn:aws:s3:::morpheus-files",
			keep: "flow <flowLogIdSet><item>([^<]+)",
		}},
		remove: []step{{service: "ec2", call: "DeleteFlowLogs", body: "FlowLogId.1={flow}"}},
	},
	{
		kind: "VPC endpoint",
		make: []step{{
			service: "ec2", call: "CreateVpcEndpoint",
			body: "VpcId={vpc}&ServiceName=com.amazonaws.us-east-1.s3&VpcEndpointType=Gateway&RouteTableId.1={table}",
			keep: "endpoint <vpcEndpointId>([^<]+)",
		}},
		remove: []step{{service: "ec2", call: "DeleteVpcEndpoints", body: "VpcEndpointId.1={endpoint}"}},
	},
	{
		kind: "transit attachment",
		make: []step{
			{service: "ec2", call: "CreateTransitGateway", keep: "transit <transitGatewayId>([^<]+)"},
			{
				service: "ec2",
				call:    "CreateTransitGatewayVpcAttachment",
				body:    "TransitGatewayId={transit}&VpcId={vpc}&SubnetIds.1={subnet}",
				keep:    "attachment <transitGatewayAttachmentId>([^<]+)",
			},
		},
		remove: []step{
			{
				service: "ec2",
				call:    "DeleteTransitGatewayVpcAttachment",
				body:    "TransitGatewayAttachmentId={attachment}",
			},
		},
	},
	{
		kind:   "role",
		make:   []step{{service: "iam", call: "CreateRole", body: "RoleName=node&" + trust}},
		remove: []step{{service: "iam", call: "DeleteRole", body: "RoleName=node"}},
	},
	{
		kind:   "instance profile",
		make:   []step{{service: "iam", call: "CreateInstanceProfile", body: "InstanceProfileName=node"}},
		remove: []step{{service: "iam", call: "DeleteInstanceProfile", body: "InstanceProfileName=node"}},
	},
	{
		kind: "launch template",
		make: []step{{
			service: "ec2", call: "CreateLaunchTemplate",
			body: "LaunchTemplateName=node&LaunchTemplateData.ImageId=" + ubuntuImage + "&LaunchTemplateData.InstanceType=m5.xlarge" +
				"&LaunchTemplateData.BlockDeviceMapping.1.DeviceName=/dev/sda1" +
				"&LaunchTemplateData.BlockDeviceMapping.1.Ebs.VolumeSize=200" +
				"&LaunchTemplateData.BlockDeviceMapping.1.Ebs.DeleteOnTermination=true",
			keep: "template <launchTemplateId>([^<]+)",
		}},
		remove: []step{{service: "ec2", call: "DeleteLaunchTemplate", body: "LaunchTemplateId={template}"}},
	},
}
