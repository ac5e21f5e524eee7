package awstypes

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
)

// EC2ManagedPrefixList is the type of prefix lists, which exist before the first deployment.
const EC2ManagedPrefixList = "aws:ec2/managedPrefixList:ManagedPrefixList"

const (
	gatewayEndpoint   = "Gateway"
	interfaceEndpoint = "Interface"
)

func ec2EndpointTypes() []Type {
	return []Type{
		vpcEndpoint(),
		{Token: EC2ManagedPrefixList, Simulation: Simulation{ID: "pl-{hex8}"}},
		{
			Token: awstoken.EC2FlowLog,
			Simulation: Simulation{
				ID: "fl-{hex17}", ARN: "ec2:{region}:{account}:vpc-flow-log/{id}",
				Duration: Duration{Create: 2, Update: 1, Delete: 1},
				References: []Reference{
					toVPC,
					{
						Path: "logDestination", To: []string{awstoken.LogGroup}, By: "arn",
						NotFound: "InvalidParameter: unknown LogDestination",
					},
					toRole("iamRoleArn", "InvalidParameter: unknown DeliverLogsPermissionArn"),
				},
				Rules: []Rule{{
					Name: "flow-log-role", AWS: Quiet,
					Refuses: "a role that the service may not assume: the log stays in \"Access error\"",
					Source:  docs + "vpc/latest/userguide/flow-logs-iam-role.html",
					Check:   flowLogRole,
				}},
			},
			Provider: Provider{
				Source: "ec2/vpc_flow_log",
				Checks: map[string][]Check{"iamRoleArn": {isARN}, "logDestination": {isARN}},
			},
			Permissions: &Permissions{
				Read:      actions("ec2: DescribeFlowLogs"),
				Write:     actions("ec2: CreateFlowLogs DeleteFlowLogs CreateTags DeleteTags"),
				Dependent: actions("iam: PassRole"),
			},
			Listing: &Listing{Kind: "flow log", Service: "ec2", Call: "DescribeFlowLogs", ID: `<flowLogId>([^<]+)`},
			Example: Values{
				"vpcId": "${vpc.id}", "trafficType": "ALL", "logDestination": "${logs.arn}",
				"iamRoleArn": "${flow-role.arn}",
			},
		},
	}
}

func vpcEndpoint() Type {
	return Type{
		Token: awstoken.EC2VPCEndpoint,
		Simulation: Simulation{
			ID: "vpce-{hex17}", ARN: "ec2:{region}:{account}:vpc-endpoint/{id}",
			Duration: Duration{Create: 60, Update: 10, Delete: 60},
			References: []Reference{
				toVPC, toSubnets("subnetIds[]"), toSecurityGroups("securityGroupIds[]"),
				{
					Path: "routeTableIds[]", To: []string{awstoken.EC2RouteTable}, By: "id",
					NotFound: "InvalidRouteTableID.NotFound",
				},
			},
			Rules: []Rule{
				{
					Name: "endpoint-service", AWS: Error,
					Refuses: "a service that the region does not have, including names without, or " +
						"with, the prefix of China",
					Source: docs + "AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html",
					Check:  endpointService,
				},
				{
					Name: "endpoint-type", AWS: ErrorOrQuiet,
					Refuses: "subnets, groups or private DNS of a gateway endpoint, route tables of an " +
						"interface endpoint (error); neither, so that nothing is reachable (quiet)",
					Source: docs + "AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html",
					Check:  endpointType,
				},
				{
					Name: "endpoint-zones", AWS: Error,
					Refuses: "two subnets in a zone, or one of another VPC",
					Source:  docs + "vpc/latest/privatelink/create-interface-endpoint.html",
					Check:   endpointZones,
				},
				{
					Name: "endpoint-private-dns", AWS: Error,
					Refuses: "private DNS in a VPC without DNS host names, or twice for a service",
					Source:  docs + "vpc/latest/privatelink/interface-endpoints.html",
					Check:   endpointPrivateDNS,
				},
			},
			Outputs: func(c *Call) {
				c.State["ownerId"], c.State["state"] = c.AccountID, "available"
				if c.Text("vpcEndpointType") == gatewayEndpoint {
					c.State["prefixListId"] = PrefixListID(c.Region, c.Text("serviceName"))
				}
			},
		},
		Provider: Provider{Source: "ec2/vpc_endpoint", Checks: map[string][]Check{"policy": {isJSON}}},
		Permissions: &Permissions{
			Read:  actions("ec2: DescribeVpcEndpoints DescribePrefixLists DescribeNetworkInterfaces"),
			Write: actions("ec2: CreateVpcEndpoint ModifyVpcEndpoint DeleteVpcEndpoints CreateTags DeleteTags"),
			// The private DNS of an endpoint is a hosted zone that AWS manages:
			// https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
			Dependent: actions("route53: AssociateVPCWithHostedZone"),
			NeverCalled: []NeverCalled{{
				Actions: actions("ec2: AcceptVpcEndpointConnections DescribeVpcEndpointServiceConfigurations"),
				Because: "AWS accepts them for its services",
			}},
		},
		Listing: &Listing{
			Kind: "VPC endpoint", Service: "ec2", Call: "DescribeVpcEndpoints", ID: `<vpcEndpointId>([^<]+)`,
		},
		Example: Values{
			"vpcId": "${vpc.id}", "serviceName": "com.amazonaws.us-east-1.kms", "vpcEndpointType": "Interface",
			"subnetIds": []any{"${subnet-a.id}", "${subnet-b.id}"}, "securityGroupIds": []any{"${group.id}"},
			"privateDnsEnabled": true,
		},
	}
}

// endpointServices are the services of every region that the program may use, by the last part of their names. Newer
// regions lack ec2messages: https://docs.aws.amazon.com/systems-manager/latest/userguide/setup-create-vpc.html
var endpointServices = []string{
	"autoscaling", "backup", "ec2", "elasticfilesystem", "elasticloadbalancing", "kms", "logs",
	"monitoring", "rds", "s3", "secretsmanager", "sns", "sqs", "ssm", "ssmmessages", "sts",
}

// gatewayServices are the services with gateway endpoints.
var gatewayServices = []string{"s3", "dynamodb"}

// chineseServices are the services whose names begin with "cn." in the regions of China.
var chineseServices = []string{"autoscaling", "ec2", "elasticfilesystem", "monitoring", "sts"}

// PrefixListID returns the id of a gateway service's prefix list in a region, such as "com.amazonaws.us-east-1.s3".
func PrefixListID(region, service string) string {
	sum := sha256.Sum256([]byte(region + service))
	return "pl-" + hex.EncodeToString(sum[:4])
}

// serviceOf returns the last part of an endpoint service's name; empty if the region does not have the service.
func serviceOf(region, name string) string {
	rest, china := strings.CutPrefix(name, "cn.")
	service, found := strings.CutPrefix(rest, "com.amazonaws."+region+".")
	if !found || china != (strings.HasPrefix(region, "cn-") && slices.Contains(chineseServices, service)) {
		return ""
	}
	return service
}

func endpointService(c *Call) error {
	name := c.Text("serviceName")
	service := serviceOf(c.Region, name)
	known := endpointServices
	if c.Text("vpcEndpointType") == gatewayEndpoint {
		known = gatewayServices
	}
	if !slices.Contains(known, service) {
		return fmt.Errorf("InvalidServiceName: The Vpc Endpoint Service '%s' does not exist", name)
	}
	return nil
}

func endpointType(c *Call) error {
	tables, nets := c.texts("routeTableIds[]"), c.texts("subnetIds[]")
	switch kind := c.Text("vpcEndpointType"); {
	case kind == gatewayEndpoint && (len(nets) > 0 || len(c.texts("securityGroupIds[]")) > 0 ||
		c.isTrue("privateDnsEnabled")):
		return fmt.Errorf("InvalidParameter: subnets, security groups and private DNS are for endpoints of type "+
			"Interface, not %s", kind)
	case kind == interfaceEndpoint && len(tables) > 0:
		return fmt.Errorf("InvalidParameter: route tables are for endpoints of type Gateway, not %s", kind)
	case kind == gatewayEndpoint && len(tables) == 0, kind == interfaceEndpoint && len(nets) == 0:
		// AWS accepts it, but the endpoint is not reachable.
		return fmt.Errorf("an endpoint of type %s without route tables or subnets leads nowhere", kind)
	}
	return nil
}

func endpointZones(c *Call) error {
	seen := map[any]bool{}
	for _, id := range c.texts("subnetIds[]") {
		state := c.state(awstoken.EC2Subnet, id)
		switch zone := state["availabilityZone"]; {
		case state["vpcId"] != c.Text("vpcId"):
			return fmt.Errorf("InvalidParameter: subnet %s is not in %s", id, c.Text("vpcId"))
		case seen[zone]:
			return fmt.Errorf("DuplicateSubnetsInSameZone: Found another VPC endpoint subnet in the "+
				"availability zone of %s", id)
		default:
			seen[zone] = true
		}
	}
	return nil
}

func endpointPrivateDNS(c *Call) error {
	if !c.isTrue("privateDnsEnabled") {
		return nil
	}
	vpc := c.state(awstoken.EC2VPC, c.Text("vpcId"))
	if vpc["enableDnsSupport"] != true || vpc["enableDnsHostnames"] != true {
		return fmt.Errorf("InvalidParameter: Enabling private DNS requires both enableDnsSupport and "+
			"enableDnsHostnames VPC attributes set to true for %s", c.Text("vpcId"))
	}
	twins := c.Find(awstoken.EC2VPCEndpoint, func(r *Resource) bool {
		return r != c.Old && r.State["vpcId"] == c.Text("vpcId") && r.State["serviceName"] == c.Text("serviceName") &&
			r.State["privateDnsEnabled"] == true
	})
	if len(twins) > 0 {
		return fmt.Errorf("InvalidParameter: private-dns-enabled cannot be set because there is already a "+
			"conflicting DNS domain for %s in the VPC %s", c.Text("serviceName"), c.Text("vpcId"))
	}
	return nil
}

// flowLogRole refuses a role that the service may not assume. AWS creates the flow log, which then has the status
// "Access error".
func flowLogRole(c *Call) error {
	service := caller{principal: "vpc-flow-logs.amazonaws.com", resource: c.Text("iamRoleArn")}
	service.context = map[string][]string{
		"aws:SourceArn": {c.Expand("arn:{partition}:ec2:{region}:{account}:vpc-flow-log/fl-0")},
	}
	for _, role := range c.FindBy(awstoken.IAMRole, "arn", service.resource) {
		if !c.mayAll(role.State["assumeRolePolicy"], service, "sts:AssumeRole") {
			return fmt.Errorf("the role %v does not trust %s: the flow log stays in Access error",
				role.State["name"], service.principal)
		}
	}
	return nil
}

func describePrefixList(c *Call) (Values, error) {
	name, id := c.Text("name"), c.Text("id")
	found := c.Find(EC2ManagedPrefixList, func(r *Resource) bool {
		return (id == "" || r.ID == id) && (name == "" || r.State["name"] == name)
	})
	if len(found) != 1 {
		return nil, fmt.Errorf("no matching EC2 Managed Prefix List found")
	}
	out := Values{
		"addressFamily": "IPv4", "maxEntries": 0.0, "version": 0.0, "ownerId": "AWS", "entries": []any{},
		"arn": c.Expand("arn:{partition}:ec2:{region}:aws:prefix-list/" + found[0].ID),
	}
	maps.Copy(out, found[0].State)
	out["id"] = found[0].ID
	return out, nil
}
