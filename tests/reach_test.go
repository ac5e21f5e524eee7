package tests

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/components/network"
	stackconfig "github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/endpoints"
	"github.com/morpheus-ha/morpheus-aws/internal/location"
	"github.com/morpheus-ha/morpheus-aws/internal/policy"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
)

// subnetsOf returns the names of the subnets at a path, without the component's name.
func subnetsOf(r *recorder, res *registered, path string) []string {
	names := map[string]string{}
	for _, s := range r.OfType("ec2/subnet:Subnet") {
		names[s.ID] = strings.TrimPrefix(s.Name, "network-")
	}
	var out []string
	for _, id := range res.Texts(path) {
		out = append(out, names[id])
	}
	slices.Sort(out)
	return out
}

func TestPrivateOnlyHasNothingPublic(t *testing.T) {
	for name, over := range map[string]overrides{"alone": privateOnly(nil), "with reach": both(privateOnly(nil), reach)} {
		t.Run(name, func(t *testing.T) {
			r, err := run(t, "prod", over)
			require.NoError(t, err)
			for _, token := range []string{
				"ec2/internetGateway:InternetGateway", "ec2/natGateway:NatGateway", "ec2/eip:Eip", "acm/certificate:Certificate",
			} {
				assert.Empty(t, r.OfType(token), "%s connects to the internet", token)
			}
			for _, s := range r.OfType("ec2/subnet:Subnet") {
				assert.NotContains(t, s.Name, "public")
			}
			for _, route := range r.OfType("ec2/route:Route") {
				assert.NotEqual(t, "0.0.0.0/0", route.Get("destinationCidrBlock"), route.Name)
			}
			balancer := r.OfType("lb/loadBalancer:LoadBalancer")[0]
			assert.Equal(t, true, balancer.Get("internal"))
			assert.Equal(t, []string{"application-us-east-1a", "application-us-east-1b", "application-us-east-1c"},
				subnetsOf(r, balancer, "subnets"))
			assert.Len(t, r.OfType("route53/zoneAssociation:ZoneAssociation"), 1,
				"a new VPC is not yet associated with the private zone")
			assert.Equal(t, "[]", strings.TrimSpace(encode(t, orEmpty(r.Exports["egressIps"].Value))),
				"no node has a public address")
		})
	}
}

func orEmpty(v any) any {
	if list, ok := v.([]string); ok && len(list) > 0 {
		return list
	}
	return []string{}
}

// There are public subnets only if NAT gateways or an internet-facing load balancer need them.
func TestPublicSubnetsExistOnlyIfNeeded(t *testing.T) {
	for name, c := range map[string]struct {
		over                      overrides
		gateways, public, balance int
	}{
		"internal with NAT": {
			over:     overrides{"loadBalancer.scheme": "internal", "monitoring.healthCheck": false},
			gateways: 1, public: 3, balance: 3,
		},
		"public without NAT": {over: overrides{"network.natGateways": "none", "morpheus.packageUrl": mirror,
			"cluster.imageId": simaws.ImageID}, gateways: 1, public: 3, balance: 3},
		"neither":           {over: privateOnly(nil), gateways: 0, public: 0, balance: 3},
		"both, the default": {gateways: 1, public: 3, balance: 3},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := run(t, "prod", c.over)
			require.NoError(t, err)
			public := 0
			for _, s := range r.OfType("ec2/subnet:Subnet") {
				if strings.HasPrefix(s.Name, "network-public-") {
					public++
				}
			}
			assert.Equal(t, []int{c.gateways, c.public}, []int{len(r.OfType("ec2/internetGateway:InternetGateway")), public})
			assert.Len(t, subnetsOf(r, r.OfType("lb/loadBalancer:LoadBalancer")[0], "subnets"), c.balance)
		})
	}
}

func TestAnExistingVPCIsUsedAndNotChanged(t *testing.T) {
	for name, c := range map[string]struct {
		over     overrides
		balancer string
	}{
		"internet-facing": {existing(nil), "public"},
		"private only":    {existing(privateOnly(overrides{"network.existing.publicSubnetIds": []any{}})), "application"},
		"other order": {existing(overrides{"network.existing.dataSubnetIds": []any{
			simaws.ExistingSubnetID("data", 'c'), dataA, simaws.ExistingSubnetID("data", 'b'),
		}}), "public"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := run(t, "prod", c.over)
			require.NoError(t, err)
			for _, res := range r.All() {
				for _, owners := range []string{
					"vpc:Vpc", "subnet:Subnet", "Gateway:", "route:Route", "routeTable", "defaultSecurityGroup", "eip:Eip",
					"flowLog:FlowLog", "zoneAssociation",
				} {
					assert.NotContains(t, res.Token, owners, "%s: the owner of the existing VPC manages these resources", res.Name)
				}
			}
			ids := func(tier string) []string {
				return []string{simaws.ExistingSubnetID(tier, 'a'), simaws.ExistingSubnetID(tier, 'b'),
					simaws.ExistingSubnetID(tier, 'c')}
			}
			for token, want := range map[string]struct {
				path string
				ids  []string
			}{
				"autoscaling/group:Group":      {"vpcZoneIdentifiers", ids("application")},
				"ec2/vpcEndpoint:VpcEndpoint":  {"subnetIds", ids("application")},
				"lb/loadBalancer:LoadBalancer": {"subnets", ids(c.balancer)},
				"opensearch/domain:Domain":     {"vpcOptions.subnetIds", ids("data")},
				"rds/subnetGroup:SubnetGroup":  {"subnetIds", ids("data")},
			} {
				for _, res := range r.OfType(token) {
					assert.Equal(t, want.ids, res.Texts(want.path),
						"%s: one subnet in each zone, in the order of the zones", res.Name)
				}
			}
			for _, res := range r.OfType("efs/mountTarget:MountTarget") {
				zone := res.Name[len(res.Name)-1]
				assert.Equal(t, []string{simaws.ExistingSubnetID("data", zone)}, res.Texts("subnetId"), res.Name)
			}
			assert.Equal(t, simaws.ExistingVpcID, r.Exports["vpcId"].Value)
		})
	}
}

func TestOnlyNodesUseInterfaceEndpoints(t *testing.T) {
	r := deployed(t, "prod")
	interfaces := slices.DeleteFunc(r.OfType("ec2/vpcEndpoint:VpcEndpoint"),
		func(e *registered) bool { return e.Get("vpcEndpointType") != "Interface" })
	require.Len(t, interfaces, 5, "the public shape has the fewest")
	group := r.ByURN[urnOf(r, "aws:ec2/securityGroup:SecurityGroup", "network-endpoints")]
	for _, e := range interfaces {
		assert.Equal(t, []string{group.ID}, e.Texts("securityGroupIds"),
			"%s: without a security group AWS uses the default group, which has no rules", e.Name)
		assert.Equal(t, true, e.Get("privateDnsEnabled"), "%s: the SDKs only use the public name", e.Name)
		assert.Len(t, subnetsOf(r, e, "subnetIds"), 3, "%s must survive the loss of a zone", e.Name)
	}
	for _, e := range deployed(t, "dev").OfType("ec2/vpcEndpoint:VpcEndpoint") {
		assert.Equal(t, "Gateway", e.Get("vpcEndpointType"), "dev only has endpoints without charges")
	}
}

func TestS3IsReachedWithoutTheNATGateways(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) {
		var tables []string
		for _, table := range r.OfType("ec2/routeTable:RouteTable") {
			if strings.HasPrefix(table.Name, "network-application-") {
				tables = append(tables, table.ID)
			}
		}
		for _, e := range r.OfType("ec2/vpcEndpoint:VpcEndpoint") {
			if e.Get("vpcEndpointType") == "Gateway" {
				assert.ElementsMatch(t, tables, e.Texts("routeTableIds"),
					"the nodes' route tables, and not those of the data subnets, which have no route out")
			}
		}
	})
}

func TestEndpointsHaveTheNamesOfTheirPartition(t *testing.T) {
	for want, c := range map[string]struct {
		in      location.Location
		service string
	}{
		"com.amazonaws.us-east-1.sts":      {location.Location{Partition: "aws", Region: "us-east-1"}, "sts"},
		"com.amazonaws.us-gov-west-1.ec2":  {location.Location{Partition: "aws-us-gov", Region: "us-gov-west-1"}, "ec2"},
		"cn.com.amazonaws.cn-north-1.ec2":  {location.Location{Partition: "aws-cn", Region: "cn-north-1"}, "ec2"},
		"com.amazonaws.cn-northwest-1.kms": {location.Location{Partition: "aws-cn", Region: "cn-northwest-1"}, "kms"},
		"com.amazonaws.cn-northwest-1.s3":  {location.Location{Partition: "aws-cn", Region: "cn-northwest-1"}, "s3"},
		"cn.com.amazonaws.cn-north-1.sts":  {location.Location{Partition: "aws-cn", Region: "cn-north-1"}, "sts"},
		"com.amazonaws.eu-central-1.logs":  {location.Location{Partition: "aws", Region: "eu-central-1"}, "logs"},
		"com.amazonaws.cn-north-1.ssm":     {location.Location{Partition: "aws-cn", Region: "cn-north-1"}, "ssm"},
		"com.amazonaws.us-gov-east-1.ssm":  {location.Location{Partition: "aws-us-gov", Region: "us-gov-east-1"}, "ssm"},
	} {
		assert.Equal(t, want, endpoints.ServiceName(c.in, c.service))
	}
}

func TestFlowLogsAreEncryptedAndWrittenOnlyByTheirRole(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) {
		logs := r.OfType("ec2/flowLog:FlowLog")
		require.Len(t, logs, 1)
		assert.Equal(t, "ALL", logs[0].Get("trafficType"),
			"investigations need rejected traffic, audits need accepted traffic")
		assert.True(t, madeBefore(r, logs[0])["network-flow-logs-write"], "AWS starts to write immediately")
		for _, g := range r.OfType("cloudwatch/logGroup:LogGroup") {
			if g.Name == "network-flow-logs" {
				assert.Equal(t, g.Output("arn"), logs[0].Get("logDestination"))
				assert.NotNil(t, g.Get("retentionInDays"), "without a retention, logs are kept forever")
			}
		}
		found := 0
		for _, s := range statements(r) {
			switch s.Where.Name {
			case "network-flow-logs-role":
				found++
				assert.Equal(t, map[string]map[string]any{
					"StringEquals": {"aws:SourceAccount": simaws.AccountID},
					"ArnLike":      {"aws:SourceArn": "arn:aws:ec2:us-east-1:" + simaws.AccountID + ":vpc-flow-log/*"},
				}, s.Condition, "otherwise flow logs of other accounts could use the role")
			case "network-flow-logs-write":
				found++
				assert.NotContains(t, list(s.Action), "logs:CreateLogGroup",
					"a log group that AWS creates again has no key and no retention")
				assert.Len(t, list(s.Resource), 1)
			}
		}
		assert.Equal(t, 3, found, "the trust policy and two permissions")
	})
}

func TestOnlyTheNodesHaveConfiguredRoutes(t *testing.T) {
	r, err := run(t, "prod", reach)
	require.NoError(t, err)
	attachments := r.OfType("ec2transitgateway/vpcAttachment:VpcAttachment")
	require.Len(t, attachments, 1)
	assert.Len(t, subnetsOf(r, attachments[0], "subnetIds"), 3,
		"a transit gateway only serves zones with an attachment")
	byTarget := map[string]int{}
	for _, route := range r.OfType("ec2/route:Route") {
		switch {
		case route.Get("transitGatewayId") != nil:
			byTarget["transit"]++
			assert.True(t, madeBefore(r, route)[attachments[0].Name],
				"AWS refuses a route to a transit gateway before the VPC is attached")
		case route.Get("vpcPeeringConnectionId") != nil:
			byTarget["peering"]++
		default:
			continue
		}
		for _, table := range r.OfType("ec2/routeTable:RouteTable") {
			if table.ID == route.Get("routeTableId") {
				assert.Contains(t, table.Name, "network-application-", "%s", route.Name)
			}
		}
		assert.True(t, madeBefore(r, r.OfType("autoscaling/group:Group")[0])[route.Name],
			"nodes must wait for %s", route.Name)
	}
	assert.Equal(t, map[string]int{"transit": 3, "peering": 3}, byTarget, "one in each zone's route table")
}

func TestTheProxyReachesTheNodes(t *testing.T) {
	r, err := run(t, "prod", reach)
	require.NoError(t, err)
	tags := r.OfType("ec2/launchTemplate:LaunchTemplate")[0].Texts("tagSpecifications.tags.morpheus:proxy")
	assert.Equal(t, []string{"http://10.60.0.5:3128", "http://10.60.0.5:3128", "http://10.60.0.5:3128"}, tags)
	assert.Empty(t,
		deployed(t, "prod").OfType("ec2/launchTemplate:LaunchTemplate")[0].Texts("tagSpecifications.tags.morpheus:proxy"))
}

// alone deploys only the network.
func alone(t *testing.T, args *network.Args) (*recorder, error) {
	t.Helper()
	return launch{Stack: "prod", Program: func(ctx *pulumi.Context) error {
		provider, err := aws.NewProvider(ctx, "aws", &aws.ProviderArgs{Region: pulumi.String("us-east-1")})
		if err != nil || args == nil {
			_, refused := network.New(ctx, "network", args)
			return errors.Join(err, refused)
		}
		key, err := kms.NewKey(ctx, "logs", &kms.KeyArgs{Policy: policy.Document(
			policy.Statement{Principal: policy.AWS(pulumi.String(args.Location.AccountRoot())), Actions: []string{"kms:*"},
				Resources: policy.Any},
			policy.Statement{Principal: policy.Service(args.Location.RegionalService("logs")),
				Actions: []string{"kms:Encrypt*", "kms:Decrypt*"}, Resources: policy.Any},
		)}, pulumi.Provider(provider))
		if err != nil {
			return err
		}
		args.LogsKeyArn = key.Arn
		_, err = network.New(ctx, "network", args, pulumi.Provider(provider))
		return err
	}}.Start()
}

// smallNetwork returns the required arguments of a network, with a change.
func smallNetwork(change func(*network.Args)) *network.Args {
	args := &network.Args{
		Settings: stackconfig.Network{
			CIDR: "10.20.0.0/16", AvailabilityZones: []string{"us-east-1a", "us-east-1b"},
			NATGateways: stackconfig.NATSingle, AllowedClientCIDRs: []string{"203.0.113.0/24"},
		},
		Logs: stackconfig.Logs{RetentionDays: 7},
		Location: location.Location{
			Partition: "aws", DNSSuffix: "amazonaws.com", Region: "us-east-1", AccountID: simaws.AccountID,
		},
		InternetFacing: true,
	}
	change(args)
	return args
}

func TestTheRoleOfTheFlowLogsHasTheBoundaryThatItIsGiven(t *testing.T) {
	const boundary = "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
	r, err := alone(t, smallNetwork(func(a *network.Args) { a.Access.PermissionsBoundary = boundary }))
	require.NoError(t, err)
	assert.Equal(t, boundary, r.OfType("iam/role:Role")[0].Get("permissionsBoundary"))
	r, err = alone(t, smallNetwork(func(*network.Args) {}))
	require.NoError(t, err)
	assert.Nil(t, r.OfType("iam/role:Role")[0].Get("permissionsBoundary"),
		"without a boundary, the input must be unset and not empty")
}

func TestANetworkWithoutItsInputsIsAnError(t *testing.T) {
	_, err := alone(t, nil)
	assert.ErrorContains(t, err, `network "network": a location is required`)
	existing := func(a *network.Args) {
		a.Settings.Existing.VpcID, a.Settings.NATGateways = "vpc-1", stackconfig.NATExisting
	}
	for want, change := range map[string]func(*network.Args){
		"the prefix list of S3 is required": func(a *network.Args) { a.Settings.NATGateways = stackconfig.NATNone },
		"the existing VPC is required":      existing,
		"the configuration has a new one":   func(a *network.Args) { a.Existing = &network.Existing{VpcID: "vpc-1"} },
		"address range \"\"":                func(a *network.Args) { a.Settings.CIDR = "" },
		"the existing VPC has no application subnet in us-east-1a": func(a *network.Args) {
			existing(a)
			a.Existing = &network.Existing{VpcID: "vpc-1"}
		},
	} {
		_, err := alone(t, smallNetwork(change))
		assert.ErrorContains(t, err, want)
	}
}

func TestTheEgressAddressesAreThoseOfTheGateways(t *testing.T) {
	for stack, want := range map[string]int{"dev": 1, "prod": 3} {
		r := deployed(t, stack)
		var addresses []string
		for _, a := range r.OfType("ec2/eip:Eip") {
			addresses = append(addresses, a.Output("publicIp"))
		}
		assert.Len(t, addresses, want)
		assert.ElementsMatch(t, addresses, r.Exports["egressIps"].Value)
	}
}
