package tests

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
)

var zonesOfProd = []string{"us-east-1a", "us-east-1b", "us-east-1c"}

func TestProdHasTheRequiredSizes(t *testing.T) {
	r := deployed(t, "prod")
	for _, c := range []struct {
		token, path string
		want        any
	}{
		{token: "autoscaling/group:Group", path: "minSize", want: 3.0},
		{token: "autoscaling/group:Group", path: "maxSize", want: 6.0},
		{token: "ec2/launchTemplate:LaunchTemplate", path: "instanceType", want: "m5.xlarge"},
		{token: "ec2/launchTemplate:LaunchTemplate", path: "imageId", want: simaws.ImageID},
		{token: "rds/cluster:Cluster", path: "engine", want: "aurora-mysql"},
		{token: "rds/cluster:Cluster", path: "engineVersion", want: "8.0.mysql_aurora.3.10.4"},
		{token: "rds/cluster:Cluster", path: "backupRetentionPeriod", want: 7.0},
		{token: "rds/cluster:Cluster", path: "preferredBackupWindow", want: "03:00-04:00"},
		{token: "rds/cluster:Cluster", path: "preferredMaintenanceWindow", want: "sun:05:00-sun:06:00"},
		{token: "rds/clusterInstance:ClusterInstance", path: "instanceClass", want: "db.r5.xlarge"},
		{token: "opensearch/domain:Domain", path: "engineVersion", want: "OpenSearch_2.19"},
		{token: "opensearch/domain:Domain", path: "clusterConfig.instanceType", want: "r6g.large.search"},
		{token: "opensearch/domain:Domain", path: "clusterConfig.instanceCount", want: 3.0},
		{token: "opensearch/domain:Domain", path: "clusterConfig.dedicatedMasterCount", want: 3.0},
		{token: "opensearch/domain:Domain", path: "clusterConfig.zoneAwarenessConfig.availabilityZoneCount", want: 3.0},
		{token: "mq/broker:Broker", path: "engineVersion", want: "3.13"},
		{token: "mq/broker:Broker", path: "hostInstanceType", want: "mq.m5.large"},
		{token: "mq/broker:Broker", path: "deploymentMode", want: "CLUSTER_MULTI_AZ"},
		{token: "efs/fileSystem:FileSystem", path: "performanceMode", want: "generalPurpose"},
		{token: "efs/fileSystem:FileSystem", path: "throughputMode", want: "bursting"},
		// By the plan of the stack instead: docs/decisions/backup.md.
		{token: "efs/backupPolicy:BackupPolicy", path: "backupPolicy.status", want: "DISABLED"},
		{token: "lb/targetGroup:TargetGroup", path: "healthCheck.path", want: "/ping"},
	} {
		for _, res := range r.OfType(c.token) {
			assert.Equal(t, c.want, res.Get(c.path),
				"%s %s must have the required value, or the one that docs/decisions gives instead", res.Name, c.path)
		}
	}
	assert.Len(t, r.OfType("rds/clusterInstance:ClusterInstance"), 2)
}

func TestProdSurvivesTheLossOfAZone(t *testing.T) {
	r := deployed(t, "prod")
	zoneOf := map[string]string{}
	for _, subnet := range r.OfType("ec2/subnet:Subnet") {
		zoneOf[subnet.ID], _ = subnet.Get("availabilityZone").(string)
	}
	zones := func(subnets []string) []string {
		out := make([]string, len(subnets))
		for i, id := range subnets {
			out[i] = zoneOf[id]
		}
		slices.Sort(out)
		return out
	}
	for token, path := range map[string]string{
		"autoscaling/group:Group":      "vpcZoneIdentifiers",
		"lb/loadBalancer:LoadBalancer": "subnets",
		"mq/broker:Broker":             "subnetIds",
		"opensearch/domain:Domain":     "vpcOptions.subnetIds",
		"rds/subnetGroup:SubnetGroup":  "subnetIds",
	} {
		for _, res := range r.OfType(token) {
			assert.Equal(t, zonesOfProd, zones(res.Texts(path)), "%s is not in every zone", res.Name)
		}
	}
	var targets, gateways []string
	for _, res := range r.OfType("efs/mountTarget:MountTarget") {
		targets = append(targets, res.Texts("subnetId")...)
	}
	for _, res := range r.OfType("ec2/natGateway:NatGateway") {
		gateways = append(gateways, res.Texts("subnetId")...)
	}
	assert.Equal(t, zonesOfProd, zones(targets),
		"a node in a zone without a mount target loses its files if another zone fails")
	assert.Equal(t, zonesOfProd, zones(gateways),
		"one gateway is in one zone: if that fails, every node loses the internet")
	assert.Equal(t, true, r.OfType("opensearch/domain:Domain")[0].Get("clusterConfig.zoneAwarenessEnabled"))
}

// The nodes of a zone use a NAT gateway in the same zone, so that a failed zone does not disconnect the others.
func TestEachZoneUsesItsOwnNATGateway(t *testing.T) {
	r := deployed(t, "prod")
	gateways := map[string]string{}
	for _, g := range r.OfType("ec2/natGateway:NatGateway") {
		gateways[g.ID] = g.Name
	}
	for _, zone := range zonesOfProd {
		route := r.ByURN[urnOf(r, "aws:ec2/route:Route", "network-application-"+zone+"-internet")]
		require.NotNil(t, route, zone)
		id, _ := route.Get("natGatewayId").(string)
		assert.Equal(t, "network-nat-"+zone, gateways[id])
	}
	assert.Len(t, deployed(t, "dev").OfType("ec2/natGateway:NatGateway"), 1, "one gateway costs less in dev")
}

func TestDatabaseInstancesAreInDifferentZonesWithAnOrderOfFailover(t *testing.T) {
	r, err := run(t, "prod", overrides{"database.instances": 4})
	require.NoError(t, err)
	var zones []string
	tiers := map[any]bool{}
	for _, name := range []string{
		"database-instance-us-east-1a", "database-instance-us-east-1b", "database-instance-us-east-1c",
		"database-instance-us-east-1a-2",
	} {
		instance := r.ByURN[urnOf(r, "aws:rds/clusterInstance:ClusterInstance", name)]
		require.NotNil(t, instance, name)
		zones = append(zones, instance.Texts("availabilityZone")...)
		tiers[instance.Get("promotionTier")] = true
	}
	assert.Equal(t, []string{"us-east-1a", "us-east-1b", "us-east-1c", "us-east-1a"}, zones,
		"without a zone RDS may put the writer and its only reader into the same one")
	assert.Equal(t, map[any]bool{1.0: true, 2.0: true, 3.0: true, 4.0: true}, tiers,
		"the order of failover must be defined")

	var promoted []any
	for _, instance := range deployed(t, "prod").OfType("rds/clusterInstance:ClusterInstance") {
		promoted = append(promoted, instance.Get("promotionTier"))
	}
	assert.Equal(t, []any{1.0, 2.0}, promoted, "the required promotion tiers")
}

// A third zone or another instance must not move or rename existing resources.
func TestGrowthReplacesNothing(t *testing.T) {
	smaller := deployed(t, "dev")
	larger, err := run(t, "dev", overrides{
		"network.availabilityZones": []any{"us-east-1a", "us-east-1b", "us-east-1c"},
		"network.natGateways":       "per-zone", "database.instances": 3, "cluster.maxSize": 4,
		"database.connectionsPerNode": 10,
		"network.allowedClientCidrs":  []any{"198.51.100.0/24", "203.0.113.0/24"},
	})
	require.NoError(t, err)
	for _, res := range smaller.All() {
		grown := larger.ByURN[res.URN]
		if !assert.NotNil(t, grown, "%s is missing: adding a resource would replace it", res.Name) {
			continue
		}
		switch res.Token {
		case "aws:ec2/subnet:Subnet":
			assert.Equal(t, res.Get("cidrBlock"), grown.Get("cidrBlock"), "%s: another range replaces the subnet", res.Name)
		case "aws:rds/clusterInstance:ClusterInstance":
			assert.Equal(t, res.Get("availabilityZone"), grown.Get("availabilityZone"),
				"%s: another zone replaces the instance", res.Name)
		}
	}
}

// The vendor allows no tier but the standard one for the shared files, and reads from another one are billed and use up
// the credits of bursting throughput.
func TestFilesStayInTheStandardClassByDefault(t *testing.T) {
	looked := 0
	for _, stack := range []string{"dev", "prod"} {
		for _, system := range deployed(t, stack).OfType("efs/fileSystem:FileSystem") {
			looked++
			assert.Empty(t, system.Values("lifecyclePolicies"), "%s of %s moves files to another class", system.Name, stack)
		}
	}
	assert.Equal(t, 2, looked, "each stack has a file system")
}

func TestLogsHaveARetention(t *testing.T) {
	for stack, days := range map[string]float64{"prod": 90, "dev": 14} {
		r := deployed(t, stack)
		assert.ElementsMatch(t, []string{"audit", "error", "slowquery"},
			r.OfType("rds/cluster:Cluster")[0].Texts("enabledCloudwatchLogsExports"))
		assert.Len(t, r.OfType("opensearch/domain:Domain")[0].Values("logPublishingOptions"), 4)
		assert.Equal(t, true, r.OfType("mq/broker:Broker")[0].Get("logs.general"))
		for _, group := range r.OfType("cloudwatch/logGroup:LogGroup") {
			assert.Equal(t, days, group.Get("retentionInDays"),
				"%s: a log group without a retention costs more every month", group.Name)
		}
	}
	r := deployed(t, "prod")
	cluster := madeBefore(r, r.OfType("rds/cluster:Cluster")[0])
	for _, kind := range []string{"audit", "error", "slowquery"} {
		assert.True(t, cluster["database-log-"+kind],
			"RDS creates a missing log group itself, unencrypted, and the program's then collides")
	}
}

// The launch hook holds a new node until it serves, and the health check of the load balancer replaces it later if it
// stops serving. tests/boot runs what a node does between the two.
func TestNodesAreHeldUntilTheyServeAndThenCheckedByTheLoadBalancer(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) {
		group := r.OfType("autoscaling/group:Group")[0]
		assert.Equal(t, "ELB", group.Get("healthCheckType"),
			"the check of EC2 does not notice that the appliance has stopped")
		assert.Greater(t, group.Get("healthCheckGracePeriod"), 0.0,
			"the load balancer needs two successful checks of a new node first")
		initial := map[any]any{}
		for _, h := range group.Values("initialLifecycleHooks") {
			initial[h.(map[string]any)["name"]] = h.(map[string]any)["defaultResult"]
		}
		assert.Equal(t, map[any]any{"launch": "ABANDON", "drain": "CONTINUE"}, initial,
			"a hook that is created after the group does not apply to its first nodes")
		for _, h := range r.OfType("autoscaling/lifecycleHook:LifecycleHook") {
			assert.Equal(t, initial[h.Get("name")], h.Get("defaultResult"),
				"%s: the hook of the group, so that it can be updated in place", h.Name)
			assert.Equal(t, group.URN, h.RPC.GetDeletedWith(),
				"%s: without it, a destroy removes the hook first and nodes are not drained", h.Name)
		}
		assert.Len(t, r.OfType("autoscaling/lifecycleHook:LifecycleHook"), len(initial))
		assert.NotContains(t, group.Texts("mixedInstancesPolicy.launchTemplate.launchTemplateSpecification.version"),
			"$Latest",
			"with $Latest, a change of the template replaces no node")
	})
}

func TestAnUpgradeRollsOnlyWhereTheVendorAllows(t *testing.T) {
	for name, c := range map[string]struct {
		previous    map[string]any
		named       string
		least, most float64
		guarded     bool
	}{
		"first deployment": {least: 100, most: 134, guarded: true},
		"same release":     {previous: map[string]any{"morpheusVersion": "8.0.7"}, least: 100, most: 134, guarded: true},
		"rolling, by name": {previous: map[string]any{"morpheusVersion": "8.0.5"}, named: "8.0.5 -> 8.0.7 rolling",
			least: 100, most: 134, guarded: true},
		"contradictory": {previous: map[string]any{"morpheusVersion": "8.0.5"}, least: 0, most: 100},
		"stop-all":      {previous: map[string]any{"morpheusVersion": "8.0.4"}, least: 0, most: 100},
	} {
		t.Run(name, func(t *testing.T) {
			config := change(t, loadStack(t, "prod"), overrides{"morpheus.upgrade": c.named})
			r, err := launch{Stack: "prod", Config: config, Previous: c.previous}.Start()
			require.NoError(t, err)
			group := r.OfType("autoscaling/group:Group")[0]
			const preferences = "instanceRefresh.preferences."
			assert.Equal(t, c.least, group.Get(preferences+"minHealthyPercentage"),
				"0 terminates all old nodes at once; above 0, some would use a schema that a new node has upgraded")
			assert.Equal(t, c.most, group.Get(preferences+"maxHealthyPercentage"))
			assert.Equal(t, c.guarded, len(group.Values(preferences+"alarmSpecification")) > 0,
				"the alarm would stop a rollout that stops all nodes on purpose")
		})
	}
}

func TestARefusedUpgradeMakesNothing(t *testing.T) {
	for from, says := range map[string]string{
		"5.5.3": "5.5.3 -> 8.0.7 is refused: the vendor supports upgrades to 8.0.7 from 6.0.0 on",
		"9.0.1": "9.0.1 -> 8.0.7 is refused: the vendor cannot downgrade the schema",
	} {
		previous := map[string]any{"morpheusVersion": from}
		r, err := launch{Stack: "prod", Config: loadStack(t, "prod"), Previous: previous}.Start()
		require.ErrorContains(t, err, says)
		assert.Empty(t, r.OfType("ec2/vpc:Vpc"), "nothing may be half-made")
	}
}

func TestNodesAskForTheReplicasThatTheZonesNeed(t *testing.T) {
	zones := func(names ...any) overrides {
		return overrides{"network.availabilityZones": names, "search.instanceCount": len(names) * 2}
	}
	for want, over := range map[string]overrides{
		"2": zones("us-east-1a", "us-east-1b"), "": zones("us-east-1a", "us-east-1b", "us-east-1c"),
	} {
		r, err := run(t, "dev", over)
		require.NoError(t, err)
		assert.Equal(t, want, nodeSettings(t, r)["SEARCH_REPLICAS"],
			"the vendor requires elasticsearch['replica_count'] = 2 with two zones")
	}
}

func TestTheLoadBalancerServesOnlyHTTPSByDefault(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) {
		listeners := r.OfType("lb/listener:Listener")
		require.Len(t, listeners, 1, "ELB.18: a listener on port 80 has no TLS, even if it only redirects")
		assert.Equal(t, "HTTPS", listeners[0].Get("protocol"))
		assert.Empty(t, r.OfType("wafv2/webAclAssociation:WebAclAssociation"))
	})
	r, err := run(t,
		"prod", overrides{"loadBalancer.redirectHttp": true, "loadBalancer.webAclArn": simaws.WebACLARN("us-east-1")})
	require.NoError(t, err)
	balancer := r.OfType("lb/loadBalancer:LoadBalancer")[0]
	for _, l := range r.OfType("lb/listener:Listener") {
		if l.Get("protocol") == "HTTP" {
			assert.Equal(t, []any{"HTTPS", "443", "HTTP_301"}, []any{
				l.Get("defaultActions.redirect.protocol"), l.Get("defaultActions.redirect.port"),
				l.Get("defaultActions.redirect.statusCode"),
			}, "plain HTTP only redirects")
		}
	}
	assert.Len(t, r.OfType("lb/listener:Listener"), 2)
	guard := r.OfType("wafv2/webAclAssociation:WebAclAssociation")
	require.Len(t, guard, 1)
	assert.Equal(t, balancer.Output("arn"), guard[0].Get("resourceArn"))
}

func TestEveryRequestAndHandshakeIsLogged(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) {
		balancer := r.OfType("lb/loadBalancer:LoadBalancer")[0]
		bucket := r.ByURN[urnOf(r, "aws:s3/bucketV2:BucketV2", "loadbalancer-logs-bucket")]
		for _, kind := range []string{"accessLogs", "connectionLogs"} {
			assert.Equal(t, bucket.ID, balancer.Get(kind+".bucket"), kind)
			assert.Equal(t, true, balancer.Get(kind+".enabled"), kind)
		}
		assert.True(t, madeBefore(r, balancer)["loadbalancer-logs-policy"],
			"AWS writes a test file when logging is turned on, and refuses without the policy")
		for _, e := range r.OfType("s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2") {
			if e.Get("bucket") == bucket.ID {
				assert.Equal(t, "AES256", e.Get("rules.applyServerSideEncryptionByDefault.sseAlgorithm"),
					"log delivery cannot use a KMS key")
			}
		}
	})
}
