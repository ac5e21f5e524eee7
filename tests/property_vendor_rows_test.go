package tests

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	tokenCluster   = "rds/cluster:Cluster"
	tokenInstance  = "rds/clusterInstance:ClusterInstance"
	tokenBroker    = "mq/broker:Broker"
	tokenDomain    = "opensearch/domain:Domain"
	tokenFiles     = "efs/fileSystem:FileSystem"
	tokenTargets   = "lb/targetGroup:TargetGroup"
	tokenTemplate  = "ec2/launchTemplate:LaunchTemplate"
	tokenNodeGroup = "autoscaling/group:Group"
)

// parameters returns the parameters of the database, of the cluster and of its instances.
func parameters(r *recorder) map[string]string {
	out := map[string]string{}
	for _, token := range []string{
		"rds/clusterParameterGroup:ClusterParameterGroup", "rds/parameterGroup:ParameterGroup",
	} {
		for _, group := range r.OfType(token) {
			for _, p := range group.Values("parameters") {
				values := p.(map[string]any)
				out[values["name"].(string)], _ = values["value"].(string)
			}
		}
	}
	return out
}

func parameterIs(name, want string) func(t *testing.T, r *recorder) {
	return func(t *testing.T, r *recorder) {
		t.Helper()
		assert.Equal(t, want, parameters(r)[name], "the parameter %s of the database", name)
	}
}

// connectionsOf are AWS's defaults of max_connections for the classes of the committed stacks.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Managing.Performance.html
var connectionsOf = map[string]int{"db.r5.xlarge": 2000, "db.t4g.medium": 90}

var databaseRequirements = []requirement{
	{
		what: "database: MySQL 8.0, from 8.0.32", source: "conf.py, 3_node_ha_database_requirements.rst; " +
			"Aurora 3.05 is MySQL 8.0.32: AuroraMySQLReleaseNotes, AuroraMySQL.Updates.3050.html",
		program: func(t *testing.T, r *recorder) {
			for _, token := range []string{tokenCluster, tokenInstance} {
				each(t, r, token, func(res *registered) {
					assert.Equal(t, "aurora-mysql", res.Get("engine"), res.Name)
					have := res.Get("engineVersion").(string)
					match := regexp.MustCompile(`^8\.0\.mysql_aurora\.(3\.\d+)\.\d+$`).FindStringSubmatch(have)
					if assert.NotNil(t, match, "%s has version %s", res.Name, have) {
						assert.GreaterOrEqual(t, version(t, match[1]), 3005, res.Name)
					}
				})
			}
		},
		notNode: serverSide,
	},
	{
		what: "database: time zone UTC", source: "3_node_ha_database_requirements.rst",
		program: parameterIs("time_zone", "UTC"), notNode: serverSide,
	},
	{
		what: "database: values of 64 MiB, as in the vendor's own MySQL", source: "additional/morpheusRb.rst",
		program: parameterIs("max_allowed_packet", "67108864"), notNode: serverSide,
	},
	{
		what: "database: character set and collation", source: "database_configure_generic.rst",
		program: all(parameterIs("character_set_server", "utf8mb4"), parameterIs("collation_server", "utf8mb4_general_ci")),
		node: all(func(t *testing.T, n vendorNode) {
			assert.Contains(t, n.statements,
				"CREATE DATABASE IF NOT EXISTS morpheus CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;\n")
		}, fileHas("database.sh", "schema_name = 'morpheus') = 'utf8mb4_general_ci'")),
	},
	{
		what: "database: rights of the user", source: "database_configure_generic.rst", notProgram: nodeSide,
		node: all(func(t *testing.T, n vendorNode) {
			assert.Contains(t, n.statements,
				"GRANT ALL PRIVILEGES ON morpheus.* TO 'user-of-database'@'%' WITH GRANT OPTION;\n")
			assert.Contains(t, n.statements,
				"GRANT SELECT, PROCESS, SHOW DATABASES, RELOAD ON *.* TO 'user-of-database'@'%';\n")
		}, fileHas("database.sh", "IN ('SELECT', 'PROCESS', 'SHOW DATABASES', 'RELOAD')) = 4", "is_grantable = 'YES'")),
	},
	{
		what: "database: tables without a primary key", source: "database_configure_generic.rst",
		program: func(t *testing.T, r *recorder) {
			assert.Contains(t, []string{"", "0", "OFF"}, parameters(r)["sql_require_primary_key"])
		},
		notNode: serverSide,
	},
	{
		what: "database: connections of all nodes below max_connections", source: "morpheusRb.rst, mysql['max_active']",
		program: func(t *testing.T, r *recorder) {
			class := r.OfType(tokenInstance)[0].Get("instanceClass").(string)
			require.Contains(t, connectionsOf, class, "add AWS's max_connections of the class to connectionsOf")
			// While all nodes are replaced, the new ones run beside the old ones.
			nodes := 2 * int(r.OfType(tokenNodeGroup)[0].Get("maxSize").(float64))
			each := vendorNode{settings: nodeSettings(t, r)}.setting(t, "DATABASE_MAX_OPEN")
			assert.Less(t, nodes*each, connectionsOf[class], "%d nodes with %d connections each on %s", nodes, each, class)
			assert.Empty(t, parameters(r)["max_connections"], "the default of the class is expected")
		},
		node: rubyHas("mysql['max_active'] = $DATABASE_MAX_OPEN"),
	},
	{
		what: "database: external, over TLS, port 3306", source: "al2.rst, app-node-requirements-al2.rst, morpheusRb.rst",
		program: all(has(tokenCluster, "port", 3306.0), parameterIs("require_secure_transport", "ON"),
			func(t *testing.T, r *recorder) {
				assert.Equal(t, r.OfType(tokenCluster)[0].Output("endpoint"), nodeSettings(t, r)["DATABASE_HOST"],
					"the nodes must use the writer")
			}),
		node: rubyHas("mysql['enable'] = false", "mysql['host'] = {'$DATABASE_HOST' => 3306}", "mysql['use_tls'] = true",
			"mysql['morpheus_db'] = 'morpheus'", "mysql['morpheus_db_user'] = 'user-of-database'",
			"mysql['morpheus_password'] = 'p-database'"),
	},
}

var backEndRequirements = []requirement{
	{
		what: "broker: RabbitMQ 3.5 to 3.13", source: "conf.py",
		program: all(has(tokenBroker, "engineType", "RabbitMQ"), func(t *testing.T, r *recorder) {
			each(t, r, tokenBroker, func(res *registered) {
				have := version(t, res.Get("engineVersion").(string))
				assert.True(t, 3005 <= have && have <= 3013, "%s: version %v", res.Name, res.Get("engineVersion"))
			})
		}),
		notNode: serverSide,
	},
	{
		what:   "broker: external, AMQPS on port 5671",
		source: "functionality/communication.rst, distributed/full/rabbitmq.rst",
		program: func(t *testing.T, r *recorder) {
			settings := nodeSettings(t, r)
			assert.Equal(t, "5671", settings["MESSAGING_PORT"])
			assert.Regexp(t, `^https://`, settings["MESSAGING_URL"])
		},
		node: rubyHas("rabbitmq['enable'] = false", "rabbitmq['host'] = '$MESSAGING_HOST'", "rabbitmq['port'] = '5671'",
			"rabbitmq['use_tls'] = true", "rabbitmq['vhost'] = 'morpheus'", "rabbitmq['queue_user'] = 'user-of-messaging'",
			"rabbitmq['queue_user_password'] = 'p-messaging'", "rabbitmq['heartbeat'] = 50"),
	},
	{
		what: "broker: virtual host, permissions, policies", source: "branch 5.5.1, distributed/full/rabbitmq.rst",
		notProgram: nodeSide,
		node: all(fileHas("broker.sh", "broker vhosts/morpheus -X PUT",
			`{"configure": ".*", "write": ".*", "read": ".*"}`),
			func(t *testing.T, n vendorNode) {
				want := []string{"ha\t.*\t1\tall\t" + `{"ha-mode": "all"}`}
				for _, name := range []string{"statCommands", "morpheusAgentActions", "monitorJobs"} {
					want = append(want, name+"\t"+name+".*\t2\tqueues\t"+`{"expires": 1800000, "ha-mode": "all"}`)
				}
				assert.ElementsMatch(t, want, strings.Split(strings.TrimSpace(n.files["policies.tsv"]), "\n"))
			}),
	},
	{
		what: "search: OpenSearch 2.x with a master user", source: "logs/opensearch-2x.rst (branch internal)",
		program: all(has(tokenDomain, "advancedSecurityOptions.enabled", true),
			has(tokenDomain, "advancedSecurityOptions.internalUserDatabaseEnabled", true),
			has(tokenDomain, "clusterConfig.multiAzWithStandbyEnabled", false),
			func(t *testing.T, r *recorder) {
				each(t, r, tokenDomain, func(res *registered) {
					assert.Regexp(t, `^OpenSearch_2\.\d+$`, res.Get("engineVersion"), res.Name)
				})
			}),
		node: rubyHas("elasticsearch['auth_user'] = 'user-of-search'", "elasticsearch['auth_password'] = 'p-search'"),
	},
	{
		what: "search: external, TLS on port 443, name of the cluster", source: "functionality/communication.rst, " +
			"distributed-morpheus_rb-config-al2.rst",
		program: all(has(tokenDomain, "domainEndpointOptions.enforceHttps", true), func(t *testing.T, r *recorder) {
			assert.Equal(t, r.OfType(tokenDomain)[0].Get("domainName"), nodeSettings(t, r)["SEARCH_CLUSTER"])
		}),
		node: rubyHas("elasticsearch['enable'] = false", "elasticsearch['es_hosts'] = {'$SEARCH_HOST' => 443}",
			"elasticsearch['use_tls'] = true", "elasticsearch['cluster'] = '$SEARCH_CLUSTER'"),
	},
	{
		what: "files: shared and mounted before the first reconfigure", source: "HA_Shared_Storage.rst",
		program: has(tokenFiles, "availabilityZoneName", nil),
		node: all(before("mount", "package"), before("mount", "reconfigure"),
			fileHas("common.sh", "SHARED=/var/opt/morpheus/morpheus-ui "),
			fileHas("storage.sh", `RequiresMountsFor=%s\n' "$SHARED"`)),
	},
	{
		what: "files: no transition into infrequent access", source: "storage/amazon-efs.rst (branch internal)",
		program: func(t *testing.T, r *recorder) {
			text, err := os.ReadFile("../docs/decisions/filesystem.md")
			require.NoError(t, err)
			decided := strings.Contains(string(text), "\n## Infrequent access after 30 days\n")
			each(t, r, tokenFiles, func(res *registered) {
				moved := res.Texts("lifecyclePolicies.transitionToIa")
				assert.True(t, len(moved) == 0 || decided && slices.Equal(moved, []string{"AFTER_30_DAYS"}),
					"%s: the vendor requires none, and docs/decisions/filesystem.md decides on 30 days: %v", res.Name, moved)
				assert.Empty(t, res.Texts("lifecyclePolicies.transitionToArchive"),
					"%s: the archive is too slow for files that the appliance reads", res.Name)
			})
		},
		notNode: "EFS moves files by itself",
	},
	{
		what: "files: same user and group IDs on all nodes", source: "3_node_ha_morpheus_rb.rst",
		notProgram: "the appliance's package creates the users",
		node: rubyHas("user['uid'] = 899", "user['gid'] = 899", "guacd['uid'] = 894", "guacd['gid'] = 894",
			"node.default['morpheus_solo']['local_user']['uid'] = 898",
			"node.default['morpheus_solo']['local_user']['gid'] = 898"),
	},
}
