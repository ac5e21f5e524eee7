package tests

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/harness"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/provider"
)

// trap is a common mistake that makes a deployment fail, or that removes high availability without an error. The test
// makes the mistake in prod's deployment and expects the simulated AWS to refuse it, or checks that the program avoids
// it.
type trap struct {
	number int
	what   string
	// name is the resource that gets the mistake, and rule the rule of the simulated AWS that refuses it.
	name    string
	mistake account.Values
	rule    string
	// before prepares the account.
	before func(t *testing.T, r *recorder)
	// check verifies that the program avoids the mistake.
	check func(t *testing.T, r *recorder)
}

func subnetOf(r *recorder, name string) string {
	return r.ByURN[urnOf(r, "aws:ec2/subnet:Subnet", name)].ID
}

func traps(r *recorder) []trap { return slices.Concat(dataTraps(r), nodeTraps(), otherTraps()) }

func dataTraps(r *recorder) []trap {
	subnetA := subnetOf(r, "network-data-us-east-1a")
	user := func(name, password string) account.Values {
		return account.Values{"users": []any{map[string]any{"username": name, "password": password}}}
	}
	const good = "aB3dEfGh1jKl"
	return []trap{
		{number: 1, what: "RabbitMQ 3.10.10", name: "messaging-broker", mistake: account.Values{"engineVersion": "3.10.10"},
			rule: "rabbitmq-version"},
		{number: 1, what: "a patch number", name: "messaging-broker", mistake: account.Values{"engineVersion": "3.13.7"},
			rule: "rabbitmq-version"},
		{number: 2, what: "minor upgrades of the broker left at the provider's default", name: "messaging-broker",
			mistake: account.Values{"autoMinorVersionUpgrade": nil}, rule: "rabbitmq-auto-minor-upgrade"},
		{number: 3, what: "an audit log of RabbitMQ", name: "messaging-broker", mistake: account.Values{"logs.audit": true},
			rule: "rabbitmq-no-audit-log"},
		{number: 3, what: "two users", name: "messaging-broker", mistake: account.Values{"users": []any{
			map[string]any{"username": "one", "password": good}, map[string]any{"username": "two", "password": good},
		}}, rule: "rabbitmq-one-user"},
		{number: 3, what: "a password with a colon", name: "messaging-broker", mistake: user("morpheus", good+":"),
			rule: "rabbitmq-password"},
		{number: 3, what: "the user guest", name: "messaging-broker", mistake: user("guest", good),
			rule: "rabbitmq-user-name"},
		{number: 3, what: "a tilde in the user's name", name: "messaging-broker", mistake: user("mor~pheus", good),
			rule: "rabbitmq-user-name"},
		{number: 4, what: "a changed password of the broker's user", check: aPasswordIsNoPlan},
		{number: 5, what: "one subnet for a cluster", name: "messaging-broker",
			mistake: account.Values{"subnetIds": []any{subnetA}}, rule: "rabbitmq-subnets"},
		{number: 5, what: "two subnets in one zone", name: "messaging-broker", mistake: account.Values{
			"subnetIds": []any{subnetA, subnetOf(r, "network-application-us-east-1a")},
		}, rule: "rabbitmq-subnets"},
		{number: 6, what: "a virtual host without access to the management API", check: theManagementAPIIsReached},
		{number: 7, what: "a small disk of the broker", check: aSmallDiskWarns},
		{number: 8, what: "no service-linked role of OpenSearch", check: theRoleIsMissed},
		{number: 9, what: "a service-linked role that exists already", check: theRoleIsThere},
		{number: 10, what: "no permission to write logs", name: "search-domain", rule: "opensearch-log-policy",
			before: func(t *testing.T, r *recorder) {
				removed(t, r, "search-logs-policy")
			}},
		{number: 11, what: "three subnets without zone awareness", name: "search-domain",
			mistake: account.Values{"clusterConfig.zoneAwarenessEnabled": false}, rule: "opensearch-zones"},
		{number: 11, what: "zone awareness without a count", name: "search-domain", mistake: account.Values{
			"clusterConfig.zoneAwarenessConfig": nil, "clusterConfig.instanceCount": 4.0,
		}, rule: "opensearch-zones"},
		{number: 11, what: "two masters", name: "search-domain",
			mistake: account.Values{"clusterConfig.dedicatedMasterCount": 2.0}, rule: "opensearch-zones"},
		{number: 12, what: "Multi-AZ with Standby", check: noStandby},
		{number: 13, what: "fine-grained access without HTTPS", name: "search-domain",
			mistake: account.Values{"domainEndpointOptions.enforceHttps": false}, rule: "opensearch-fine-grained-access"},
		{number: 13, what: "a role in the access policy", name: "search-domain", mistake: account.Values{
			"accessPolicies": `{"Version":"2012-10-17","Statement":[` +
				`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:role/node"},` +
				`"Action":"es:ESHttp*","Resource":"*"}]}`,
		}, rule: "opensearch-internal-users"},
		{number: 14, what: "override_main_response_version", name: "search-domain", mistake: account.Values{
			"advancedOptions": map[string]any{"override_main_response_version": "true"},
		}, rule: "opensearch-advanced-options"},
		{number: 15, what: "a database cluster with two availability zones", check: fewZonesReplace},
		{number: 16, what: "two instances in one zone", check: instancesStandApart},
		{number: 17, what: "overlapping windows", name: "database-cluster",
			mistake: account.Values{"preferredMaintenanceWindow": "mon:03:30-mon:04:30"}, rule: "aurora-windows"},
		{number: 17, what: "an instance's maintenance window in the backup window", name: "database-instance-us-east-1a",
			mistake: account.Values{"preferredMaintenanceWindow": "mon:03:30-mon:04:30"}, rule: "aurora-instance-maintenance"},
		{number: 17, what: "one day of backups", check: aDayOfBackupsIsRefused},
		{number: 18, what: "a managed password together with a given one", name: "database-cluster",
			mistake: account.Values{"masterPassword": good}, rule: "aurora-managed-secret"},
		{number: 18, what: "a managed password in a global database", name: "database-cluster",
			mistake: account.Values{"globalClusterIdentifier": "world"}, rule: "aurora-managed-secret"},
		{number: 18, what: "the application as database administrator", check: theApplicationIsNoAdministrator},
		{number: 19, what: "backtrack in a global database", name: "database-cluster", mistake: account.Values{
			"manageMasterUserPassword": nil, "masterPassword": good, "backtrackWindow": 3600.0,
			"globalClusterIdentifier": "world",
		}, rule: "aurora-backtrack-global"},
		{number: 20, what: "an audit log that nothing writes", name: "database-cluster",
			mistake: account.Values{"dbClusterParameterGroupName": "silent"}, rule: "aurora-log-parameters",
			before: func(t *testing.T, r *recorder) {
				_, err := r.Account.Create(account.Request{Region: "us-east-1",
					Token:  "aws:rds/clusterParameterGroup:ClusterParameterGroup",
					Inputs: account.Values{"name": "silent", "family": "aurora-mysql8.0"}})
				require.NoError(t, err)
			}},
		{number: 20, what: "a cluster parameter on instances", name: "database-instance-parameters",
			mistake: account.Values{
				"parameters": []any{map[string]any{"name": "require_secure_transport", "value": "ON"}},
			}, rule: "instance-parameters"},
	}
}

func TestEveryTrapIsRefusedOrAvoided(t *testing.T) {
	seen := map[int]bool{}
	for i, c := range traps(deployed(t, "prod")) {
		seen[c.number] = true
		t.Run(fmt.Sprintf("%d %s", c.number, c.what), func(t *testing.T) {
			if c.check != nil {
				c.check(t, deployed(t, "prod"))
				return
			}
			r, err := run(t, "prod", nil) // a separate account, because the test breaks it
			require.NoError(t, err)
			c := traps(r)[i]
			if c.before != nil {
				c.before(t, r)
			}
			_, err = attempt(t, r, c.name, c.mistake)
			require.Error(t, err, "it deploys")
			assert.Contains(t, err.Error(), "["+c.rule+"]", "AWS must refuse it by this rule")
		})
	}
	for number := 1; number <= 25; number++ {
		assert.True(t, seen[number], "trap %d has no test", number)
	}
}

func named(t *testing.T, r *recorder, name string) *registered {
	t.Helper()
	for _, res := range r.All() {
		if res.Name == name && !res.IsComponent() {
			return res
		}
	}
	require.Fail(t, "the program has no "+name)
	return nil
}

// attempt updates a resource in the account with changes at dotted paths.
func attempt(t *testing.T, r *recorder, name string, changes account.Values) (account.Answer, error) {
	t.Helper()
	res := named(t, r, name)
	inputs := provider.Plain(res.Checked)
	for path, value := range changes {
		if value == nil {
			value = absent
		}
		harness.Put(inputs, strings.Split(path, "."), value)
	}
	return r.Account.Update(account.Request{Region: "us-east-1", Token: res.Token, ID: res.ID, Inputs: inputs})
}

func changed(t *testing.T, r *recorder, name string, changes account.Values) {
	t.Helper()
	_, err := attempt(t, r, name, changes)
	require.NoError(t, err)
}

func removed(t *testing.T, r *recorder, name string) {
	t.Helper()
	res := named(t, r, name)
	require.NoError(t, r.Account.Delete(account.Request{Region: "us-east-1", Token: res.Token, ID: res.ID}))
}

// topicOf is the topic of the database's events.
func topicOf(r *recorder) string {
	return r.OfType("rds/eventSubscription:EventSubscription")[0].Texts("snsTopic")[0]
}

// Amazon MQ has no API for it, and the provider plans no change. The password would only seem to change.
func aPasswordIsNoPlan(t *testing.T, r *recorder) {
	broker := named(t, r, "messaging-broker")
	other := broker.Checked.Copy()
	other["users"] = resource.NewPropertyValue([]any{map[string]any{"username": "morpheus", "password": "aB3dEfGh1jKl"}})
	assert.Empty(t, provider.DiffResource(broker.Token, broker.Checked, broker.State, other).Changes)
	assert.Contains(t, broker.RPC.GetIgnoreChanges(), "users", "the program must ignore the change explicitly")
}

// AWS has no API for virtual hosts. A node creates it with the management API and the broker's credentials.
func theManagementAPIIsReached(t *testing.T, r *recorder) {
	for _, name := range []string{"network-ingress-application-to-messaging-443",
		"network-egress-application-to-messaging-443"} {
		assert.EqualValues(t, 443, named(t, r, name).Get("toPort"))
	}
	assert.Regexp(t, `^https://[^:]+$`, r.Exports["messagingManagementUrl"].Value, "on port 443, which the rules allow")
}

func aSmallDiskWarns(t *testing.T, r *recorder) {
	assert.Equal(t, "mq.m5.large", named(t, r, "messaging-broker").Get("hostInstanceType"), "200 GB per node")
	warned := warnings(t, "prod", overrides{"messaging.instanceType": "mq.m7g.large"})
	require.Len(t, warned, 1)
	assert.Contains(t, warned[0], "a full disk blocks publishers")
}

func theRoleIsMissed(t *testing.T, _ *recorder) {
	_, err := launch{Stack: "prod", Fresh: true, Config: loadStack(t, "prod")}.Start()
	assert.ErrorContains(t, err, `serviceLinkedRoles.opensearch: must be create, got "existing"`)
}

func theRoleIsThere(t *testing.T, _ *recorder) {
	_, err := run(t, "prod", overrides{"serviceLinkedRoles.opensearch": "create"})
	assert.ErrorContains(t, err, `serviceLinkedRoles.opensearch: must be existing, got "create"`)
}

// With Standby, a domain refuses indexes with one replica, which the application creates.
func noStandby(t *testing.T, r *recorder) {
	assert.Equal(t, false, named(t, r, "search-domain").Get("clusterConfig.multiAzWithStandbyEnabled"))
}

func fewZonesReplace(t *testing.T, r *recorder) {
	cluster := named(t, r, "database-cluster")
	assert.NotContains(t, cluster.Inputs, resource.PropertyKey("availabilityZones"),
		"RDS extends a shorter list to three zones")
	asked := cluster.Checked.Copy()
	asked["availabilityZones"] = resource.NewPropertyValue([]any{"us-east-1a", "us-east-1b"})
	assert.True(t, provider.DiffResource(cluster.Token, asked, cluster.State, asked).Replaces(),
		"the next update would replace the cluster")
}

func instancesStandApart(t *testing.T, r *recorder) {
	zones := map[any]bool{}
	instances := r.OfType("rds/clusterInstance:ClusterInstance")
	for _, instance := range instances {
		zones[instance.Get("availabilityZone")] = true
	}
	assert.Len(t, zones, len(instances), "a reader in the writer's zone is lost with it")
	assert.NotContains(t, zones, any(nil), "without a zone, RDS chooses one")
}

// By default RDS keeps backups for one day: a mistake on Friday could not be undone on Monday.
func aDayOfBackupsIsRefused(t *testing.T, r *recorder) {
	assert.Contains(t, named(t, r, "database-cluster").Inputs, resource.PropertyKey("backupRetentionPeriod"),
		"must not be the default")
	_, err := run(t, "prod", overrides{"database.backupRetentionDays": 1})
	assert.ErrorContains(t, err, "database.backupRetentionDays: must be 7..35, got 1")
}

func theApplicationIsNoAdministrator(t *testing.T, r *recorder) {
	assert.NotEqual(t, r.Exports["databaseAdminSecretArn"].Value, r.Exports["databaseSecretArn"].Value)
	for _, s := range statements(r) {
		if s.Sid == "MakeTheDatabaseUser" {
			continue // to create the appliance's user once: docs/decisions/secrets.md
		}
		assert.NotContains(t, fmt.Sprint(s.Resource), r.Exports["databaseAdminSecretArn"].Value,
			"%s: RDS changes the administrator's password after a week, and a node that uses it would stop", s)
	}
}

// A node in a zone without a mount target uses one in another zone, and hangs when that zone fails.
func everyNodeHasAMountTarget(t *testing.T, r *recorder) {
	zones := map[string]bool{}
	for _, target := range r.OfType("efs/mountTarget:MountTarget") {
		zones[target.Output("availabilityZoneName")] = true
	}
	for _, subnet := range r.OfType("autoscaling/group:Group")[0].Texts("vpcZoneIdentifiers") {
		for _, s := range r.OfType("ec2/subnet:Subnet") {
			if s.ID == subnet {
				assert.True(t, zones[s.Get("availabilityZone").(string)], "%s", s.Name)
			}
		}
	}
	assert.NotEmpty(t, zones)
}
