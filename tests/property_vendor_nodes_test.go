package tests

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/versions"
)

// nodeCapacity are vCPUs and GiB of memory of the node types of the committed stacks.
// https://docs.aws.amazon.com/ec2/latest/instancetypes/gp.html
var nodeCapacity = map[string][2]int{"m5.xlarge": {4, 16}, "m5a.xlarge": {4, 16}}

var nodeRequirements = []requirement{
	{
		what: "nodes: 4 vCPUs and 16 GB of memory", source: "requirements/capacity_planning.rst, requirements.rst",
		program: func(t *testing.T, r *recorder) {
			each(t, r, tokenNodeGroup, func(res *registered) {
				types := res.Texts("mixedInstancesPolicy.launchTemplate.overrides.instanceType")
				types = append(types, r.OfType(tokenTemplate)[0].Texts("instanceType")...)
				require.Greater(t, len(types), 1, res.Name)
				for _, name := range types {
					require.Contains(t, nodeCapacity, name, "add AWS's figures of the type to nodeCapacity")
					assert.GreaterOrEqual(t, nodeCapacity[name][0], 4, "vCPUs of %s", name)
					assert.GreaterOrEqual(t, nodeCapacity[name][1], 16, "memory of %s in GiB", name)
				}
			})
			for _, small := range []string{"c5.xlarge", "m5.large"} {
				_, err := run(t, "prod", overrides{"cluster.instanceTypes": []any{small, strings.Replace(small, "5", "5a", 1)}})
				require.ErrorContains(t, err, "at least 16 GiB", "production must refuse %s", small)
			}
		},
		notNode: "the instance type is not the node's choice",
	},
	{
		what: "nodes: no burstable instance types", source: "app-node-requirements-al2.rst (branch internal)",
		program: func(t *testing.T, r *recorder) {
			for _, name := range r.OfType(tokenTemplate)[0].Texts("instanceType") {
				assert.NotRegexp(t, `^t\d`, name)
			}
			_, err := run(t, "prod", overrides{"cluster.instanceTypes": []any{"t3.xlarge", "t3a.xlarge"}})
			require.ErrorContains(t, err, "cluster.instanceTypes", "production must refuse a burstable type")
		},
		notNode: "the instance type is not the node's choice",
	},
	{
		what: "nodes: 200 GB of disk, 10 GB free for the package", source: "requirements/capacity_planning.rst, " +
			"maintenance/scaling.rst",
		program: func(t *testing.T, r *recorder) {
			each(t, r, tokenTemplate, func(res *registered) {
				assert.GreaterOrEqual(t, res.Get("blockDeviceMappings.ebs.volumeSize"), 200.0, res.Name)
			})
			_, err := run(t, "prod", overrides{"cluster.rootVolumeGiB": 199})
			require.ErrorContains(t, err, "cluster.rootVolumeGiB")
		},
		node: all(func(t *testing.T, n vendorNode) {
			assert.GreaterOrEqual(t, n.setting(t, "PACKAGE_SPACE_MIB"), 10*1024+1024, "10 GB, and the package itself")
		}, fileHas("appliance.sh", `install_package morpheus-appliance "$PACKAGE_URL" "$PACKAGE_SHA256" "$PACKAGE_SPACE_MIB"`,
			"((free >= space)) ||")),
	},
	{
		what: "nodes: Ubuntu 18.04 to 24.04 for amd64", source: "applianceOsTable.rst",
		program: func(t *testing.T, r *recorder) {
			cluster := componentOf(t, r, "cluster")
			parameter := cluster.Inputs["imageParameter"].StringValue()
			match := regexp.MustCompile(`/ubuntu/server/(\d\d\.\d\d)/.*/amd64/`).FindStringSubmatch(parameter)
			require.NotNil(t, match, parameter)
			assert.Contains(t, []string{"18.04", "20.04", "22.04", "24.04"}, match[1])
		},
		notNode: "the image is not the node's choice",
	},
	{
		what: "nodes: accurate time, and a host name that the node can resolve", source: "requirements.rst, " +
			"singleNode/debian.rst",
		notProgram: "the image has a time service and a resolver",
		node: all(fileHas("aws.sh", `getent hosts "$(hostname)"`, ">>/etc/hosts"),
			fileHas("checks.sh", "clock_is_synchronised || log", "--property=NTPSynchronized")),
	},
	{
		what: "nodes: outbound ports 3306, 443, 5671 and 2049, inbound 443", source: "app-node-requirements-al2.rst",
		program: func(t *testing.T, r *recorder) {
			group := r.ByURN[urnOf(r, "aws:ec2/securityGroup:SecurityGroup", "network-application")]
			require.NotNil(t, group)
			ports := func(token string) []float64 {
				var out []float64
				each(t, r, token, func(res *registered) {
					if res.Get("securityGroupId") == group.ID {
						out = append(out, res.Get("fromPort").(float64))
					}
				})
				slices.Sort(out)
				return slices.Compact(out)
			}
			for _, port := range []float64{443, 2049, 3306, 5671} {
				assert.Contains(t, ports("vpc/securityGroupEgressRule:SecurityGroupEgressRule"), port, "out of a node")
			}
			assert.Equal(t, []float64{443}, ports("vpc/securityGroupIngressRule:SecurityGroupIngressRule"), "into a node")
		},
		node: func(t *testing.T, n vendorNode) {
			assert.Equal(t, []int{3306, 5671, 443}, []int{
				n.setting(t, "DATABASE_PORT"), n.setting(t, "MESSAGING_PORT"), n.setting(t, "SEARCH_PORT"),
			})
		},
	},
	{
		what: "load balancer: HTTPS 443 to HTTPS 443, health check, algorithm", source: "additional/ha_load_balancer.rst",
		program: all(has(tokenTargets, "protocol", "HTTPS"), has(tokenTargets, "port", 443.0),
			has(tokenTargets, "healthCheck.protocol", "HTTPS"), has(tokenTargets, "healthCheck.path", "/ping"),
			has(tokenTargets, "healthCheck.port", "traffic-port"), has(tokenTargets, "healthCheck.matcher", "200"),
			has(tokenTargets, "loadBalancingAlgorithmType", "least_outstanding_requests")),
		node: fileHas("appliance.sh", `pings() { [[ $(local_api /ping) == *'MORPHEUS PING'* ]]; }`),
	},
	{
		what: "appliance_url: at most 64 characters, no slash at the end", source: "morpheusRb.rst",
		program: func(t *testing.T, _ *recorder) {
			const domain = ".morpheus.example.com"
			for length, accepted := range map[int]bool{64: true, 65: false} {
				host := strings.Repeat("m", length-len("https://")-len(domain)) + domain
				_, err := run(t, "dev", overrides{"dns.hostName": host})
				if accepted {
					require.NoError(t, err, "%d characters", length)
				} else {
					require.ErrorContains(t, err, "dns.hostName", "%d characters", length)
				}
			}
		},
		node: func(t *testing.T, n vendorNode) {
			url := strings.Trim(n.ruby["appliance_url"], "'")
			assert.Equal(t, n.settings["APPLIANCE_URL"], url)
			assert.LessOrEqual(t, len(url), 64)
			assert.Regexp(t, `^https://.*[^/]$`, url)
		},
	},
	{
		what: "encryption: the same suffix on all nodes, for ever", source: "additional/encryption.rst",
		program: func(t *testing.T, r *recorder) {
			assert.Equal(t, r.ByURN[urnOf(r, "aws:secretsmanager/secret:Secret", "cluster-appliance")].Output("arn"),
				nodeSettings(t, r)["APPLIANCE_SECRET"], "all nodes must read one secret")
		},
		node: all(rubyHas("app['encryption_key_suffix'] = '5f'"), before("configuration", "reconfigure")),
	},
	{
		what: "secrets: /etc/morpheus/morpheus-secrets.json is the same on all nodes", source: "3_node_ha_rabbit.rst",
		notProgram: "the first node makes its content",
		node: all(fileHas("common.sh", "GENERATED=/etc/morpheus/morpheus-secrets.json"),
			fileHas("appliance.sh", "CONFIGURATION=/etc/morpheus/morpheus.rb"),
			fileHas("generated.jq", `["mysql", "morpheus_password"]`, `["rabbitmq", "queue_user_password"]`)),
	},
	{
		what:       "backups: all nodes can read them",
		source:     "administration/settings/backup_settings.rst, additional/morpheusRb.rst",
		notProgram: "the node configures it",
		node:       rubyHas("bitcan['backup_directory'] = '/var/opt/morpheus/morpheus-ui/bitcan/backups'"),
	},
	{
		what:   "search: two replicas in two zones, the opensearch section from 8.1.0 on",
		source: "installation/logs/opensearch-2x.rst, branch internal; getting_started/maintenance/opensearch_migration.rst",
		program: func(t *testing.T, r *recorder) {
			zones := len(r.OfType(tokenDomain)[0].Values("vpcOptions.subnetIds"))
			assert.Equal(t, map[bool]string{true: "2"}[zones == 2], nodeSettings(t, r)["SEARCH_REPLICAS"],
				"the domain is in %d zones", zones)
			assert.Equal(t, "elasticsearch", nodeSettings(t, r)["SEARCH_SECTION"], "release 8.0.7")
		},
		node: fileHas("morpheus.rb.jq", "['replica_count'] = "),
	},
	{
		what: "stop: morpheus-ctl stop, then graceful-kill", source: "maintenance/scaling.rst",
		notProgram: "the node stops the appliance",
		node: fileHas("drain.sh", "morpheus-ctl stop morpheus-ui",
			`"$DRAIN_KILL_SECONDS" morpheus-ctl graceful-kill morpheus-ui`),
	},
	{
		what: "logs: the files of the appliance", source: "maintenance/scaling.rst", notProgram: "the agent sends them",
		node: fileHas("agent.json", "/var/log/morpheus/morpheus-ui/current", "/var/log/morpheus/nginx/current",
			"/var/log/morpheus/check-server/current"),
	},
	{
		what:   "upgrade: to 8.0.7 from 6.0.0 on, rolling from 8.0.5 and only by name, otherwise all nodes stop",
		source: "conf.py, getting_started/maintenance/upgrades/fullha/deb.rst",
		program: func(t *testing.T, _ *recorder) {
			for from, named := range map[string]versions.Path{
				"8.0.5": versions.Rolling, "8.0.6": versions.Rolling, "8.0.4": versions.NoUpgrade, "6.0.0": versions.NoUpgrade,
			} {
				path, why, err := versions.Upgrade(from, "8.0.7", "")
				require.NoError(t, err, from)
				assert.Equal(t, versions.StopAll, path, "from %s: %s", from, why)
				path, why, _ = versions.Upgrade(from, "8.0.7", from+" -> 8.0.7 rolling")
				assert.Equal(t, named, path, "from %s, named: %s", from, why)
			}
			_, _, err := versions.Upgrade("5.5.3", "8.0.7", "")
			require.Error(t, err, "from a release before 6.0.0")
		},
		notNode: "the group replaces the nodes",
	},
}
