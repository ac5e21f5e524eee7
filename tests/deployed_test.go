package tests

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/components/encryption"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/harness"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/contract"
)

// onDeployed runs the program with changed values in the state that a run has left.
func onDeployed(t *testing.T, before *recorder, over overrides) (*recorder, error) {
	t.Helper()
	return launch{Stack: before.Stack, Config: change(t, loadStack(t, before.Stack), over), Deployed: before}.Start()
}

// What a value that cannot change is refused with. It is refused before the provider is registered, because a provider
// of another region would replace every resource.
func TestWhatCannotChangeIsRefusedFirst(t *testing.T) {
	for name, c := range map[string]struct {
		stack string
		over  overrides
		want  []string
	}{
		"region": {
			stack: "prod",
			over: overrides{
				"aws.region": "eu-west-1", "network.availabilityZones": []any{"eu-west-1a", "eu-west-1b", "eu-west-1c"},
			},
			want: []string{`aws.region: must be "us-east-1" as it is deployed, got "eu-west-1"`},
		},
		"account": {
			stack: "prod", over: overrides{"aws.accountId": "210987654321"},
			want: []string{`aws.accountId: must be "123456789012" as it is deployed, got "210987654321"`},
		},
		"range": {
			stack: "prod", over: overrides{"network.cidr": "10.40.0.0/16"},
			want: []string{`network.cidr: must be "10.20.0.0/16" as it is deployed, got "10.40.0.0/16"`},
		},
		"another zone in the place of a deployed one": {
			stack: "dev", over: overrides{"network.availabilityZones": []any{"us-east-1a", "us-east-1d"}},
			want: []string{"network.availabilityZones: must be a list that begins with the deployed zones in their order: " +
				"us-east-1a, us-east-1b"},
		},
		"another order of the zones": {
			stack: "prod", over: overrides{"network.availabilityZones": []any{"us-east-1b", "us-east-1a", "us-east-1c"}},
			want: []string{"in their order: us-east-1a, us-east-1b, us-east-1c, got"},
		},
		"production to development": {
			stack: "prod", over: overrides{"environment": "development"},
			want: []string{`environment: must be "production" as it is deployed, unless safety.allowDestroy is true`,
				"takes the protection off 20 resources",
				"backup-vault, cluster-appliance, cluster-boot-bucket, cluster-diagnostics-bucket, database-cluster",
				"keeps no final snapshot"},
		},
		"an older Aurora": {
			stack: "prod", over: overrides{"database.engineVersion": "8.0.mysql_aurora.3.10.3"},
			want: []string{`database: changing engineVersion (database.engineVersion) from "8.0.mysql_aurora.3.10.4" to ` +
				`"8.0.mysql_aurora.3.10.3" is a downgrade, which Aurora refuses; nothing has been changed`},
		},
		"an older OpenSearch": {
			stack: "prod", over: overrides{"search.engineVersion": "OpenSearch_2.17"},
			want: []string{"search: changing engineVersion", "nothing has been changed", `add "search" to safety.allowReplace`},
		},
		"the scheme of the load balancer": {
			stack: "prod",
			over: overrides{
				"loadBalancer.scheme": "internal", "network.allowedClientCidrs": []any{"10.0.0.0/8"},
				"monitoring.healthCheck": false,
			},
			want: []string{`loadbalancer: changing scheme (loadBalancer.scheme) from "internet-facing" to "internal"`,
				`add "loadbalancer" to safety.allowReplace`},
		},
		"the key of a tier": {
			stack: "prod", over: overrides{"encryption.keys.database": simaws.ExistingKeyARN},
			want: []string{"database: changing keyArn (encryption.keys.database) from", simaws.ExistingKeyARN},
		},
		"several at once": {
			stack: "prod",
			over:  overrides{"filesystem.name": "other", "messaging.name": "other", "network.cidr": "10.40.0.0/16"},
			want:  []string{"network.cidr: must be", "filesystem: changing name", "messaging: changing name"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := onDeployed(t, deployed(t, c.stack), c.over)
			require.Error(t, err)
			for _, part := range c.want {
				assert.ErrorContains(t, err, part, "the message must name the key that was changed")
			}
			assert.ErrorContains(t, err, "nothing")
			assert.Empty(t, r.ByURN, "what cannot change must be refused before anything is registered")
		})
	}
}

// A stack in an existing VPC stays in it.
func TestAStackStaysInItsVPC(t *testing.T) {
	own := deployed(t, "prod")
	existing := overrides{
		"network.existing.vpcId": simaws.ExistingVpcID, "network.natGateways": "existing", "network.cidr": "",
		"network.interfaceEndpoints": false,
	}
	for _, layer := range []string{"public", "application", "data"} {
		existing["network.existing."+layer+"SubnetIds"] = []any{
			simaws.ExistingSubnetID(layer, 'a'), simaws.ExistingSubnetID(layer, 'b'), simaws.ExistingSubnetID(layer, 'c'),
		}
	}
	_, err := onDeployed(t, own, existing)
	require.ErrorContains(t, err, "network.existing.vpcId: must be empty, because the stack has a VPC of its own")

	given, err := run(t, "prod", existing)
	require.NoError(t, err)
	_, err = onDeployed(t, given, nil)
	require.ErrorContains(t, err, `network.existing.vpcId: must be "`+simaws.ExistingVpcID+`" as it is deployed, got ""`)
	_, err = onDeployed(t, given, existing)
	require.NoError(t, err)
}

func TestADeployedZoneStaysWhenOneIsAdded(t *testing.T) {
	_, err := onDeployed(t, deployed(t, "dev"),
		overrides{"network.availabilityZones": []any{"us-east-1a", "us-east-1b", "us-east-1d"}})
	require.NoError(t, err)

	three, err := run(t, "dev", overrides{
		"network.availabilityZones": []any{"us-east-1a", "us-east-1b", "us-east-1c"}, "database.instances": 3,
	})
	require.NoError(t, err)
	_, err = launch{Stack: "dev", Deployed: three, Config: change(t, loadStack(t, "dev"),
		overrides{"network.availabilityZones": []any{"us-east-1a", "us-east-1b"}})}.Start()
	require.ErrorContains(t, err, "network.availabilityZones: must be a list with us-east-1c",
		"RDS refuses the change of the subnet group in the middle of the update")
}

func TestAProtectionThatComesOffIsNamed(t *testing.T) {
	r, err := onDeployed(t, deployed(t, "prod"), overrides{"environment": "development", "safety.allowDestroy": true})
	require.NoError(t, err, "safety.allowDestroy says that the protection may come off")
	for _, res := range r.All() {
		assert.False(t, res.RPC.GetProtect(), res.Name)
	}
}

// What a key has encrypted cannot be read without it: volumes, log events, secret versions and snapshots stay as they
// are.
func TestTheOldKeyStaysBesideAConfiguredOne(t *testing.T) {
	before := deployed(t, "prod")
	for _, concern := range []string{"secrets", "volumes", "logs"} {
		config := change(t, loadStack(t, "prod"), overrides{"encryption.keys." + concern: simaws.ExistingKeyARN})
		a := effectAccount(t)
		keyExists(encryption.Concern(concern))(t, a, simaws.ExistingKeyARN)
		simaws.Furnish(a, harness.Config(config).Text)
		after, err := launch{Stack: "prod", Config: config, Deployed: before, Account: a}.Start()
		require.NoError(t, err, concern)
		old, err := after.Named("encryption-" + concern)
		require.NoError(t, err, "the key of the first update must not be deleted")
		assert.True(t, old.RPC.GetProtect())
		_, err = after.Named("encryption-" + concern + "-alias")
		require.NoError(t, err)
	}
	fresh, err := run(t, "prod", overrides{"encryption.keys.secrets": simaws.ExistingKeyARN})
	require.NoError(t, err)
	_, err = fresh.Named("encryption-secrets")
	require.Error(t, err, "a new stack needs no key beside a configured one")
}

// There is nothing to lose before the first update has succeeded.
func TestAStackThatWasNeverCompleteMayChange(t *testing.T) {
	_, err := launch{Stack: "prod", Previous: map[string]any{}, Config: change(t, loadStack(t, "prod"),
		overrides{"filesystem.name": "other", "network.cidr": "10.40.0.0/16"})}.Start()
	require.NoError(t, err)
}

// A resource that is deleted before its replacement is gone when the hook refuses the replacement, and it takes along
// what must be replaced with it.
func TestWhatHasDataAndWhatItStandsOnIsNeverDeletedFirst(t *testing.T) {
	for _, stack := range []string{"dev", "prod"} {
		r, err := onDeployed(t, deployed(t, stack), nil)
		require.NoError(t, err)
		keptFirst := func(res *registered) bool {
			return res.RPC.GetDeleteBeforeReplaceDefined() && !res.RPC.GetDeleteBeforeReplace()
		}
		kept, looked := 0, 0
		for _, protected := range deployed(t, "prod").All() {
			if protected.RPC.GetProtect() {
				res, err := r.Named(protected.Name)
				require.NoError(t, err)
				assert.True(t, keptFirst(res), "%s of %s: production protects it, and the guard does not keep it; add its type "+
					"to internal/guard/keep.go", res.Name, stack)
			}
		}
		for _, res := range r.AWS() {
			if !keptFirst(res) {
				continue
			}
			kept++
			facts := contract.Load().Resources[res.Token]
			for name, dependencies := range res.RPC.GetPropertyDependencies() {
				if !forcesReplacement(facts.Inputs[name]) {
					continue
				}
				for _, urn := range dependencies.GetUrns() {
					if base := r.ByURN[urn]; base != nil && !base.IsComponent() && base.Token != "random:index/randomId:RandomId" {
						looked++
						assert.True(t, keptFirst(base), "%s of %s: it is replaced with %s (%s), which the guard does not keep; add "+
							"its type to internal/guard/keep.go", res.Name, stack, base.Name, name)
					}
				}
			}
		}
		t.Logf("%s: %d resources are kept, looked at %d that they stand on", stack, kept, looked)
	}
}

func forcesReplacement(p *contract.Property) bool {
	if p == nil {
		return false
	}
	nested := false
	for _, field := range p.Properties {
		nested = nested || forcesReplacement(field)
	}
	return p.ForceNew || nested
}

// When an update changes the smallest size, the provider waits for exactly the capacity in its state, which scaling may
// have changed since. Such an update names what the group has now; any other leaves the capacity to scaling.
func TestOnlyAChangedMinimumNamesTheCapacityThatTheGroupHas(t *testing.T) {
	for _, c := range []struct {
		minSize int
		want    any
	}{{minSize: 3, want: nil}, {minSize: 4, want: 5.0}} {
		before, err := run(t, "prod", nil)
		require.NoError(t, err)
		_, err = before.Account.Drift("aws:autoscaling/group:Group", "desiredCapacity", 5)
		require.NoError(t, err)
		r, err := launch{
			Stack: "prod", Config: change(t, loadStack(t, "prod"), overrides{"cluster.minSize": c.minSize}),
			Account: before.Account, Preview: true, Previous: map[string]any{"autoScalingGroupName": "morpheus-prod"},
		}.Start()
		require.NoError(t, err)
		assert.Equal(t, c.want, r.OfType("autoscaling/group:Group")[0].Get("desiredCapacity"),
			"the group has 3 to 6 nodes and scaling has chosen 5; cluster.minSize is %d now", c.minSize)
	}
}
