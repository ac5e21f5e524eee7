package differential

import (
	"fmt"
	"maps"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/harness"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/contract"
)

// change is one change of a committed stack's configuration.
type change struct {
	stack, path, value string
}

var configChanges = []change{
	{"prod", "tags.CostCenter", "x4711"},
	{"prod", "tags.Owner", "Zoë Ж"},
	{"dev", "tags.CostCenter", "x4711"},
	{"prod", "network.cidr", "10.40.0.0/16"},
	{"prod", "network.cidr", "10.20.0.0/20"},
	{"prod", "network.availabilityZones", `["us-east-1a","us-east-1b","us-east-1d"]`},
	{"prod", "network.availabilityZones", `["us-east-1c","us-east-1b","us-east-1a"]`},
	{"dev", "network.natGateways", "per-zone"},
	{"dev", "network.cidr", "192.168.0.0/22"},
	{"prod", "network.allowedClientCidrs", `["198.51.100.0/24"]`},
	{"prod", "network.allowedClientCidrs", `["203.0.113.0/24","198.51.100.0/24"]`},
	{"prod", "dns.hostName", "appliance.example.com"},
	{"prod", "loadBalancer.certificateArn", "arn:aws:acm:us-east-1:123456789012:certificate/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"},
	{"prod", "loadBalancer.tlsPolicy", "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-2023-04"},
	{"prod", "loadBalancer.idleTimeoutSeconds", "60"},
	{"prod", "loadBalancer.idleTimeoutSeconds", "4000"},
	{"prod", "loadBalancer.deregistrationDelaySeconds", "0"},
	{"prod", "loadBalancer.deregistrationDelaySeconds", "3600"},
	{"prod", "morpheus.packageUrl", "https://mirror.example.com/morpheus-appliance_8.0.7-2_amd64.deb"},
	{"prod", "morpheus.packageSha256", "ab3c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8550"},
	{"prod", "morpheus", `{"version":"8.0.8","packageUrl":"https://downloads.example.com/morpheus-appliance_8.0.8-1_amd64.deb","packageSha256":"ab3c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8550"}`},
	{"prod", "environment", "development"},
	{"prod", "filesystem.name", "other-files"},
	{"prod", "filesystem.performanceMode", "maxIO"},
	{"prod", "filesystem.throughputMode", "elastic"},
	{"dev", "filesystem.throughputMode", "elastic"},
	{"prod", "filesystem.transitionToIaDays", "0"},
	{"prod", "filesystem.transitionToIaDays", "1"},
	{"dev", "filesystem.transitionToIaDays", "365"},
	{"prod", "filesystem.replicationRegion", "us-west-2"},
	{"prod", "filesystem", `{"name":"morpheus-shared-storage","performanceMode":"generalPurpose","throughputMode":"bursting","transitionToIaDays":30,"replicationRegion":"us-west-2","replicationKeyArn":"arn:aws:kms:us-west-2:123456789012:key/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"}`},
	{"prod", "database.administratorSecret", "own"},
	{"prod", "database.connectionsPerNode", "100"},
	{"prod", "database.snapshotIdentifier", "morpheus-prod-final-0a1b2c3d"},
	{"prod", "rotation.databaseUser", "2"},
	{"prod", "rotation.messaging", "2"},
	{"prod", "rotation.search", "2"},
	{"prod", "notifications.emails", `["oncall@example.com"]`},
	{"prod", "safety.allowReplace", `["database","messaging"]`},
	{"prod", "database.name", "other-db"},
	{"prod", "database.engineVersion", "8.0.mysql_aurora.3.10.3"},
	{"prod", "database.instanceClass", "db.r6g.xlarge"},
	{"dev", "database.instanceClass", "db.r5.large"},
	{"prod", "database.instances", "3"},
	{"prod", "database.instances", "4"},
	{"dev", "database.instances", "1"},
	{"prod", "database.backupRetentionDays", "35"},
	{"dev", "database.backupRetentionDays", "2"},
	{"prod", "database.backupWindow", "01:00-02:00"},
	{"prod", "database.maintenanceWindow", "mon:05:00-mon:06:00"},
	{"prod", "messaging.name", "other-queue"},
	{"prod", "messaging.instanceType", "mq.m5.xlarge"},
	{"prod", "messaging.instanceType", "mq.m7g.large"},
	{"dev", "messaging.deploymentMode", "CLUSTER_MULTI_AZ"},
	{"prod", "messaging.maintenanceDay", "MONDAY"},
	{"prod", "messaging.maintenanceTime", "23:30"},
	{"prod", "search.name", "other-logs"},
	{"prod", "search.engineVersion", "OpenSearch_2.17"},
	{"prod", "search.engineVersion", "OpenSearch_2.5"},
	{"prod", "search.instanceType", "r6g.xlarge.search"},
	{"dev", "search.instanceType", "r6g.large.search"},
	{"prod", "search.instanceCount", "6"},
	{"dev", "search.instanceCount", "4"},
	{"dev", "search.instanceCount", "1"},
	{"prod", "search.dedicatedMasters", "0"},
	{"dev", "search", `{"instanceType":"r6g.large.search","instanceCount":2,"dedicatedMasters":3,"volumeGiB":20}`},
	{"prod", "search.masterInstanceType", "r6g.large.search"},
	{"prod", "search.volumeGiB", "150"},
	{"prod", "search.volumeIops", "4000"},
	{"prod", "search.volumeThroughput", "250"},
	{"prod", "search.offPeakStartHour", "0"},
	{"prod", "search.offPeakStartHour", "23"},
	{"prod", "cluster.instanceTypes", `["m5.2xlarge","m5a.2xlarge"]`},
	{"prod", "cluster.instanceTypes", `["m5a.xlarge","m5.xlarge"]`},
	{"prod", "cluster.instanceTypes", `["m5.xlarge","m5a.xlarge","m6i.xlarge"]`},
	{"prod", "cluster.minSize", "4"},
	{"prod", "cluster.maxSize", "5"},
	{"dev", "cluster.maxSize", "1"},
	{"prod", "cluster.rootVolumeGiB", "500"},
	{"prod", "cluster.cpuTargetPercent", "75"},
	{"prod", "serviceLinkedRoles.autoscaling", "create"},
	{"prod", "serviceLinkedRoles.opensearch", "create"},
	{"prod", "access.permissionsBoundary", "arn:aws:iam::aws:policy/PowerUserAccess"},
	{"prod", "logs.retentionDays", "365"},
	{"dev", "logs.retentionDays", "1"},
	{"prod", "safety.allowDestroy", "true"},
	{"dev", "safety.allowDestroy", "true"},
}

// stood is a deployed stack as both providers know it.
type stood struct {
	*harness.Run
	real, simulated map[string]standing
}

func stand(t *testing.T, pair providers, stack string, changed settings) stood {
	t.Helper()
	s := stood{deploy(t, stack, changed), map[string]standing{}, map[string]standing{}}
	for _, res := range s.AWS() {
		answer, checked, planned := create(t, pair.real, res.URN, given(res))
		require.Equal(t, "accept", answer.Kind, "%s: %s", res.Name, answer.Why)
		facts := contract.Load().Resources[res.Token]
		all := &contract.Property{Properties: maps.Clone(facts.Outputs)}
		maps.Copy(all.Properties, facts.Inputs)
		state := filled(resource.NewProperty(unmarshal(t, planned.GetProperties())), resource.NewProperty(res.State), all).ObjectValue()
		state["id"] = resource.NewProperty(res.ID)
		s.real[res.URN] = standing{res.ID, checked.GetInputs(), marshal(t, state)}
		s.simulated[res.URN] = standing{res.ID, marshal(t, res.Checked), marshal(t, res.State)}
	}
	return s
}

// filled is what a provider planned, with what was not known yet from what AWS made of it, and empty where the simulated
// AWS does not say.
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

// field is what is known of a property inside another.
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

// compare asks both providers about every resource that a change of the configuration reaches, and returns where they
// differ.
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
			continue // compared where nothing changes
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
			assert.Empty(t, s.compare(t, pair, nil), "without a change neither may plan one")
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
