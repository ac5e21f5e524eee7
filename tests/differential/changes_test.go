package differential

import (
	"fmt"
	"maps"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/harness"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/contract"
)

// change is a change to a committed stack's configuration.
type change struct {
	stack, path, value string
}

var configChanges = []change{
	{stack: "prod", path: "tags.CostCenter", value: "x4711"},
	{stack: "prod", path: "tags.Owner", value: "Zoë Ж"},
	{stack: "dev", path: "tags.CostCenter", value: "x4711"},
	{stack: "prod", path: "network.cidr", value: "10.40.0.0/16"},
	{stack: "prod", path: "network.cidr", value: "10.20.0.0/20"},
	{stack: "prod", path: "network.availabilityZones", value: `["us-east-1a","us-east-1b","us-east-1d"]`},
	{stack: "prod", path: "network.availabilityZones", value: `["us-east-1c","us-east-1b","us-east-1a"]`},
	{stack: "dev", path: "network.natGateways", value: "per-zone"},
	{stack: "dev", path: "network.cidr", value: "192.168.0.0/22"},
	{stack: "prod", path: "network.allowedClientCidrs", value: `["198.51.100.0/24"]`},
	{stack: "prod", path: "network.allowedClientCidrs", value: `["203.0.113.0/24","198.51.100.0/24"]`},
	{stack: "prod", path: "dns.hostName", value: "appliance.example.com"},
	{stack: "prod", path: "loadBalancer.certificateArn",
		value: "arn:aws:acm:us-east-1:123456789012:certificate/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"},
	{stack: "prod", path: "loadBalancer.tlsPolicy", value: "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-2023-04"},
	{stack: "prod", path: "loadBalancer.idleTimeoutSeconds", value: "60"},
	{stack: "prod", path: "loadBalancer.idleTimeoutSeconds", value: "4000"},
	{stack: "prod", path: "loadBalancer.deregistrationDelaySeconds", value: "0"},
	{stack: "prod", path: "loadBalancer.deregistrationDelaySeconds", value: "3600"},
	{stack: "prod", path: "morpheus.packageUrl",
		value: "https://mirror.example.com/morpheus-appliance_8.0.7-2_amd64.deb"},
	{stack: "prod", path: "morpheus.packageSha256",
		value: "ab3c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8550"},
	{stack: "prod", path: "morpheus",
		value: `{"version":"8.0.8",` +
			`"packageUrl":"https://downloads.example.com/morpheus-appliance_8.0.8-1_amd64.deb",` +
			`"packageSha256":"ab3c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8550"}`},
	{stack: "prod", path: "environment", value: "development"},
	{stack: "prod", path: "filesystem.name", value: "other-files"},
	{stack: "prod", path: "filesystem.performanceMode", value: "maxIO"},
	{stack: "prod", path: "filesystem.throughputMode", value: "elastic"},
	{stack: "dev", path: "filesystem.throughputMode", value: "elastic"},
	{stack: "prod", path: "filesystem.transitionToIaDays", value: "0"},
	{stack: "prod", path: "filesystem.transitionToIaDays", value: "1"},
	{stack: "dev", path: "filesystem.transitionToIaDays", value: "365"},
	{stack: "prod", path: "recovery", value: `{"mode":"backup","region":"us-west-2"}`},
	{stack: "prod", path: "database.administratorSecret", value: "own"},
	{stack: "prod", path: "database.connectionsPerNode", value: "100"},
	{stack: "prod", path: "database.snapshotIdentifier", value: "morpheus-prod-final-0a1b2c3d"},
	{stack: "prod", path: "rotation.databaseUser", value: "2"},
	{stack: "prod", path: "rotation.messaging", value: "2"},
	{stack: "prod", path: "rotation.search", value: "2"},
	{stack: "prod", path: "notifications.emails", value: `["oncall@example.com"]`},
	{stack: "prod", path: "safety.allowReplace", value: `["database","messaging"]`},
	{stack: "prod", path: "database.name", value: "other-db"},
	{stack: "prod", path: "database.engineVersion", value: "8.0.mysql_aurora.3.10.3"},
	{stack: "prod", path: "database.instanceClass", value: "db.r6g.xlarge"},
	{stack: "dev", path: "database.instanceClass", value: "db.r5.large"},
	{stack: "prod", path: "database.instances", value: "3"},
	{stack: "prod", path: "database.instances", value: "4"},
	{stack: "dev", path: "database.instances", value: "1"},
	{stack: "prod", path: "database.backupRetentionDays", value: "35"},
	{stack: "dev", path: "database.backupRetentionDays", value: "2"},
	{stack: "prod", path: "database.backupWindow", value: "01:00-02:00"},
	{stack: "prod", path: "database.maintenanceWindow", value: "mon:05:00-mon:06:00"},
	{stack: "prod", path: "messaging.name", value: "other-queue"},
	{stack: "prod", path: "messaging.instanceType", value: "mq.m5.xlarge"},
	{stack: "prod", path: "messaging.instanceType", value: "mq.m7g.large"},
	{stack: "dev", path: "messaging.deploymentMode", value: "CLUSTER_MULTI_AZ"},
	{stack: "prod", path: "messaging.maintenanceDay", value: "MONDAY"},
	{stack: "prod", path: "messaging.maintenanceTime", value: "23:30"},
	{stack: "prod", path: "search.name", value: "other-logs"},
	{stack: "prod", path: "search.engineVersion", value: "OpenSearch_2.17"},
	{stack: "prod", path: "search.engineVersion", value: "OpenSearch_2.5"},
	{stack: "prod", path: "search.instanceType", value: "r6g.xlarge.search"},
	{stack: "dev", path: "search.instanceType", value: "r6g.large.search"},
	{stack: "prod", path: "search.instanceCount", value: "6"},
	{stack: "dev", path: "search.instanceCount", value: "4"},
	{stack: "dev", path: "search.instanceCount", value: "1"},
	{stack: "prod", path: "search.dedicatedMasters", value: "0"},
	{stack: "dev", path: "search",
		value: `{"instanceType":"r6g.large.search","instanceCount":2,"dedicatedMasters":3,"volumeGiB":20}`},
	{stack: "prod", path: "search.masterInstanceType", value: "r6g.large.search"},
	{stack: "prod", path: "search.volumeGiB", value: "150"},
	{stack: "prod", path: "search.volumeIops", value: "4000"},
	{stack: "prod", path: "search.volumeThroughput", value: "250"},
	{stack: "prod", path: "search.offPeakStartHour", value: "0"},
	{stack: "prod", path: "search.offPeakStartHour", value: "23"},
	{stack: "prod", path: "cluster.instanceTypes", value: `["m5.2xlarge","m5a.2xlarge"]`},
	{stack: "prod", path: "cluster.instanceTypes", value: `["m5a.xlarge","m5.xlarge"]`},
	{stack: "prod", path: "cluster.instanceTypes", value: `["m5.xlarge","m5a.xlarge","m6i.xlarge"]`},
	{stack: "prod", path: "cluster.minSize", value: "4"},
	{stack: "prod", path: "cluster.maxSize", value: "5"},
	{stack: "dev", path: "cluster.maxSize", value: "1"},
	{stack: "prod", path: "cluster.rootVolumeGiB", value: "500"},
	{stack: "prod", path: "cluster.cpuTargetPercent", value: "75"},
	{stack: "prod", path: "serviceLinkedRoles.autoscaling", value: "create"},
	{stack: "prod", path: "serviceLinkedRoles.opensearch", value: "create"},
	{stack: "prod", path: "access.permissionsBoundary", value: "arn:aws:iam::aws:policy/PowerUserAccess"},
	{stack: "prod", path: "logs.retentionDays", value: "365"},
	{stack: "dev", path: "logs.retentionDays", value: "1"},
	{stack: "prod", path: "safety.allowDestroy", value: "true"},
	{stack: "dev", path: "safety.allowDestroy", value: "true"},
}

// schemaVersions are in the states that the real provider writes. Without one it takes a state for one of version 0 and
// upgrades it; for a rule, this needs a property that version 1 does not have, and ends the provider.
var schemaVersions = map[string]string{awstoken.EventRule: "1"}

// stood is a deployed stack with the inputs and the state of both providers.
type stood struct {
	*harness.Run
	real, simulated map[string]standing
}

func stand(t *testing.T, pair providers, stack string, changed settings) stood {
	t.Helper()
	s := stood{Run: deploy(t, stack, changed), real: map[string]standing{}, simulated: map[string]standing{}}
	for _, res := range s.AWS() {
		answer, checked, planned := create(t, pair.real, res.URN, given(res))
		require.Equal(t, "accept", answer.Kind, "%s: %s", res.Name, answer.Why)
		facts := contract.Load().Resources[res.Token]
		all := &contract.Property{Properties: maps.Clone(facts.Outputs)}
		maps.Copy(all.Properties, facts.Inputs)
		state := filled(resource.NewProperty(unmarshal(t, planned.GetProperties())), resource.NewProperty(res.State),
			all).ObjectValue()
		state["id"] = resource.NewProperty(res.ID)
		if version, newer := schemaVersions[res.Token]; newer {
			state["__meta"] = resource.NewProperty(`{"schema_version":"` + version + `"}`)
		}
		s.real[res.URN] = standing{id: res.ID, inputs: checked.GetInputs(), state: marshal(t, state)}
		s.simulated[res.URN] = standing{id: res.ID, inputs: marshal(t, res.Checked), state: marshal(t, res.State)}
	}
	return s
}

// filled returns the planned state of a provider. Unknown values come from the simulated AWS; they are empty if it has
// none.
func filled(planned, made resource.PropertyValue, facts *contract.Property) resource.PropertyValue {
	if planned.IsSecret() {
		if planned = filled(planned.SecretValue().Element, made, facts); !planned.IsNull() {
			planned = resource.MakeSecret(planned)
		}
		return planned
	}
	if made.IsSecret() {
		made = made.SecretValue().Element
	}
	switch {
	case planned.IsComputed(), planned.IsOutput():
		if made.IsNull() {
			return empty(facts)
		}
		return made
	case planned.IsObject():
		out := resource.PropertyMap{}
		for k, v := range planned.ObjectValue() {
			var inner resource.PropertyValue
			if made.IsObject() {
				inner = made.ObjectValue()[k]
			}
			if v = filled(v, inner, field(facts, string(k))); !v.IsNull() {
				out[k] = v
			}
		}
		return resource.NewProperty(out)
	case planned.IsArray():
		out := []resource.PropertyValue{}
		for i, v := range planned.ArrayValue() {
			var inner resource.PropertyValue
			if made.IsArray() && i < len(made.ArrayValue()) {
				inner = made.ArrayValue()[i]
			}
			out = append(out, filled(v, inner, facts))
		}
		return resource.NewProperty(out)
	}
	return planned
}

// field returns the schema of a nested property.
func field(facts *contract.Property, name string) *contract.Property {
	switch {
	case facts == nil:
		return nil
	case facts.Properties == nil && facts.Items != nil:
		return facts.Items.Properties[name]
	}
	return facts.Properties[name]
}

func empty(facts *contract.Property) resource.PropertyValue {
	if facts == nil {
		return resource.NewProperty("")
	}
	switch facts.Type {
	case "string":
		return resource.NewProperty("")
	case "int", "float":
		return resource.NewProperty(0.0)
	case "bool":
		return resource.NewProperty(false)
	case "list":
		return resource.NewProperty([]resource.PropertyValue{})
	case "map":
		return resource.NewProperty(resource.PropertyMap{})
	}
	return resource.NewNullProperty()
}

// compare gets the plans of both providers for each resource that a change affects, and returns the differences.
func (s *stood) compare(t *testing.T, pair providers, changed settings) []string {
	t.Helper()
	var out []string
	for _, res := range preview(t, s.Run, changed).AWS() {
		var actual, simulated verdict
		switch old := s.ByURN[res.URN]; {
		case old == nil:
			actual, _, _ = create(t, pair.real, res.URN, given(res))
			simulated, _, _ = create(t, pair.simulated, res.URN, given(res))
		case len(changed) > 0 && given(old).DeepEquals(given(res)):
			continue // the run without a change compares it
		default:
			actual = update(t, pair.real, res.URN, s.real[res.URN], given(res))
			simulated = update(t, pair.simulated, res.URN, s.simulated[res.URN], given(res))
		}
		if !actual.agrees(simulated) {
			out = append(out, fmt.Sprintf("%s (%s)\n real      %s (%s)\n simulated %s (%s)",
				res.Name, res.Token, actual, actual.Why, simulated, simulated.Why))
		}
	}
	return out
}

func compareChanges(t *testing.T, pair providers) (equal int) {
	t.Helper()
	for _, stack := range []string{"prod", "dev"} {
		s := stand(t, pair, stack, nil)
		t.Run(stack, func(t *testing.T) {
			assert.Empty(t, s.compare(t, pair, nil), "without a change, neither provider may plan one")
			for _, c := range configChanges {
				if c.stack != stack {
					continue
				}
				t.Run(c.path+"="+c.value, func(t *testing.T) {
					if differences := s.compare(t, pair, settings{c.path: c.value}); assert.Empty(t, differences) {
						equal++
					}
				})
			}
		})
	}
	return equal
}
