package tests

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// mission is the required order of deployment. It is a partial order: the tiers between network and cluster do not
// depend on each other and are created in parallel.
var mission = []string{"network", "filesystem", "database", "messaging", "search", "loadbalancer", "cluster"}

// watchers are the components after all tiers.
var watchers = []string{"backup", "monitoring"}

// foundations are the components before all tiers: roles and keys.
var foundations = []string{"access", "encryption"}

// waitsFor returns the URNs that a resource waits for directly: its dependencies and its parent. A parent is registered
// when its own inputs are known.
func waitsFor(res *registered) []string {
	out := slices.Clone(res.RPC.GetDependencies())
	if res.Parent != "" {
		out = append(out, res.Parent)
	}
	return out
}

// madeBefore returns the names of all resources that exist before a resource is created.
func madeBefore(r *recorder, res *registered) map[string]bool {
	names, seen := map[string]bool{}, map[string]bool{}
	var walk func(*registered)
	walk = func(from *registered) {
		for _, urn := range waitsFor(from) {
			if next := r.ByURN[urn]; next != nil && !seen[urn] {
				seen[urn], names[next.Name] = true, true
				walk(next)
			}
		}
	}
	walk(res)
	return names
}

// tierOf returns the name of the topmost component above a resource; empty for the provider.
func tierOf(r *recorder, res *registered) string {
	for parent := r.ByURN[res.Parent]; parent != nil; parent = r.ByURN[res.Parent] {
		res = parent
	}
	if !res.IsComponent() {
		return ""
	}
	return res.Name
}

// edges returns the dependencies between tiers, each with an example: cluster, network if a resource of the cluster
// waits for one of the network.
func edges(r *recorder) map[[2]string]string {
	out := map[[2]string]string{}
	for _, res := range r.All() {
		for _, urn := range waitsFor(res) {
			to := r.ByURN[urn]
			if to == nil {
				continue
			}
			if from, onto := tierOf(r, res), tierOf(r, to); from != onto && from != "" && onto != "" {
				out[[2]string{from, onto}] = res.Name + " waits for " + to.Name
			}
		}
	}
	return out
}

func TestTheOrderOfTheMissionFollowsFromTheGraph(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) {
		// The flow logs are encrypted with a key of the stack.
		want := map[[2]string]bool{{"encryption", "access"}: false, {"network", "encryption"}: true}
		for _, tier := range []string{"filesystem", "database", "messaging", "search", "cluster"} {
			want[[2]string{tier, "network"}] = true
			want[[2]string{tier, "encryption"}] = true
		}
		want[[2]string{"loadbalancer", "network"}] = true
		want[[2]string{"notifications", "encryption"}] = true
		want[[2]string{"database", "notifications"}] = true // its events go to the topic
		for _, tier := range []string{"filesystem", "database", "messaging", "search", "loadbalancer"} {
			want[[2]string{"cluster", tier}] = true
		}
		// Its alarms are about outputs of the tiers, and it waits for the nodes.
		want[[2]string{"monitoring", "notifications"}] = true
		want[[2]string{"monitoring", "network"}] = false
		want[[2]string{"monitoring", "encryption"}] = true // whoever ends a key is noticed
		for _, tier := range []string{"filesystem", "database", "messaging", "search", "loadbalancer", "cluster"} {
			want[[2]string{"monitoring", tier}] = true
		}
		for _, tier := range []string{"encryption", "notifications", "filesystem", "database"} {
			want[[2]string{"backup", tier}] = true
		}
		want[[2]string{"backup", "network"}] = false    // a restored database needs subnets, where restores are tested
		want[[2]string{"monitoring", "backup"}] = false // its alarms can wait, so development has none
		want[[2]string{"cluster", "access"}] = true
		want[[2]string{"filesystem", "access"}] = true // its policy names the node role

		found := edges(r)
		for edge, example := range found {
			_, allowed := want[edge]
			assert.True(t, allowed, "%s must not wait for %s: %s", edge[0], edge[1], example)
		}
		for edge, required := range want {
			assert.True(t, !required || found[edge] != "", "%s must wait for %s", edge[0], edge[1])
		}
	})
}

// No tier waits for a later tier of the mission.
func TestNoEdgeRunsAgainstTheMission(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) {
		for edge, example := range edges(r) {
			from, onto := slices.Index(mission, edge[0]), slices.Index(mission, edge[1])
			switch {
			case slices.Contains(foundations, edge[0]):
				assert.Contains(t, foundations, edge[1], "roles and keys must not wait for a tier: %s", example)
			case slices.Contains(foundations, edge[1]):
			case slices.Contains(watchers, edge[0]):
			default:
				assert.Greater(t, from, onto, "%s", example)
			}
			sideBySide := mission[1:6]
			assert.False(t, slices.Contains(sideBySide, edge[0]) && slices.Contains(sideBySide, edge[1]),
				"AWS does not require this dependency, and it makes the deployment slower: %s", example)
		}
	})
}

func TestNetworkAndKeysPrecedeEveryDataTier(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) {
		for _, c := range []struct{ token, key, group string }{
			{token: "efs/mountTarget:MountTarget", key: "filesystem", group: "filesystem"},
			{token: "rds/cluster:Cluster", key: "database", group: "database"},
			{token: "rds/clusterInstance:ClusterInstance", key: "database", group: "database"},
			{token: "mq/broker:Broker", key: "messaging", group: "messaging"},
			{token: "opensearch/domain:Domain", key: "search", group: "search"},
		} {
			resources := r.OfType(c.token)
			require.NotEmpty(t, resources, c.token)
			for _, res := range resources {
				before := madeBefore(r, res)
				for _, name := range []string{"network-vpc", "network-" + c.group, "encryption-" + c.key} {
					assert.True(t, before[name], "%s must wait for %s", res.Name, name)
				}
				assert.True(t,
					slices.ContainsFunc(slices.Collect(maps.Keys(before)),
						func(s string) bool { return strings.HasPrefix(s, "network-data-us-east-1") }),
					"%s must wait for the subnets of the data tiers", res.Name)
			}
		}
	})
}

// A tier is ready when its clients can use it.
func TestNoNodeStartsBeforeItsBackEndsAreReady(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) {
		group := r.OfType("autoscaling/group:Group")
		require.Len(t, group, 1)
		before := madeBefore(r, group[0])
		for token, why := range map[string]string{
			"efs/mountTarget:MountTarget":                   "nodes reach a file system through its mount targets",
			"efs/fileSystemPolicy:FileSystemPolicy":         "without its policy, a file system allows every client",
			"rds/clusterInstance:ClusterInstance":           "a cluster without instances does not accept connections",
			"mq/broker:Broker":                              "the queue",
			"opensearch/domain:Domain":                      "the index",
			"secretsmanager/secretVersion:SecretVersion":    "a secret without a version has no value",
			"lb/listener:Listener":                          "a target group without a listener does no health checks",
			"route53/record:Record":                         "the appliance's name must resolve",
			"iam/instanceProfile:InstanceProfile":           "a node reads its secrets with its role",
			"iam/rolePolicy:RolePolicy":                     "a role without permissions cannot read the secrets",
			"iam/rolePolicyAttachment:RolePolicyAttachment": "without Systems Manager, a failed node cannot be inspected",
		} {
			found := r.OfType(token)
			require.NotEmpty(t, found, token)
			for _, res := range found {
				// Permissions of flow logs, OpenSearch, EventBridge and AWS Backup, not of nodes.
				if slices.Contains([]string{
					"network-flow-logs-write", "search-snapshot-policy", "monitoring-events-publish", "backup-role-policy",
					"backup-restore-role-policy",
				}, res.Name) {
					continue
				}
				assert.True(t, before[res.Name], "the nodes do not wait for %s: %s", res.Name, why)
			}
		}
	})
}

// A booting node must reach the internet and the back ends.
func TestNoNodeStartsBeforeItsNetworkIsReady(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) {
		before := madeBefore(r, r.OfType("autoscaling/group:Group")[0])
		for _, res := range r.All() {
			if strings.HasPrefix(res.Name, "network-application-") || strings.HasPrefix(res.Token, "aws:vpc/securityGroup") {
				assert.True(t, before[res.Name], "the nodes do not wait for %s", res.Name)
			}
		}
	})
}

func TestTheInternetGatewayComesFirst(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) {
		balancer := r.OfType("lb/loadBalancer:LoadBalancer")[0]
		before := madeBefore(r, balancer)
		for _, name := range []string{"network-public-internet", "network-internet-gateway"} {
			assert.True(t, before[name], "AWS refuses an internet-facing load balancer without %s", name)
		}
		for _, gateway := range r.OfType("ec2/natGateway:NatGateway") {
			assert.True(t, madeBefore(r, gateway)["network-internet-gateway"],
				"%s needs a VPC with an internet gateway", gateway.Name)
		}
	})
}

// arrow is one arrow of a flow chart: tiers, a label, tiers.
var arrow = regexp.MustCompile(
	`^((?:\w+(?:\[[^\]]*\])?(?: & )?)+)\s+--(?: \w+ --)?>\s+((?:\w+(?:\[[^\]]*\])?(?: & )?)+)`)

// drawn returns the arrows of the flow chart in a page, as {after, before}.
func drawn(t *testing.T, page string) map[[2]string]bool {
	t.Helper()
	_, chart, found := strings.Cut(content(t, page), "```mermaid\nflowchart LR\n")
	require.True(t, found, "%s has no flow chart", page)
	chart, _, _ = strings.Cut(chart, "```")
	tiers := func(text string) []string {
		return strings.Split(regexp.MustCompile(`\[[^\]]*\]`).ReplaceAllString(strings.TrimSpace(text), ""), " & ")
	}
	out := map[[2]string]bool{}
	for line := range strings.Lines(chart) {
		for rest := strings.TrimSpace(line); ; {
			match := arrow.FindStringSubmatch(rest)
			if match == nil {
				break
			}
			for _, before := range tiers(match[1]) {
				for _, after := range tiers(match[2]) {
					out[[2]string{after, before}] = true
				}
			}
			rest = rest[strings.LastIndex(match[0], match[2]):]
		}
	}
	return out
}

// The picture leaves out what follows from its other arrows. It must not show an order that the program does not have,
// and leave out none that it has.
func TestDocsPictureOfTheOrderIsTheGraph(t *testing.T) {
	arrows := drawn(t, "../docs/architecture.md")
	require.Len(t, arrows, 20, "the picture is not read as it is drawn")
	var reaches func(from, to string) bool
	reaches = func(from, to string) bool {
		for a := range arrows {
			if a[0] == from && (a[1] == to || reaches(a[1], to)) {
				return true
			}
		}
		return false
	}
	r, err := run(t, "prod", nil)
	require.NoError(t, err)
	actual := edges(r)
	for edge, example := range actual {
		assert.True(t, reaches(edge[0], edge[1]), "the picture has no way from %s to %s: %s", edge[1], edge[0], example)
	}
	for a := range arrows {
		assert.Contains(t, actual, a, "%s does not wait for %s", a[0], a[1])
	}
}
