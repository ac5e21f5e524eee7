package differential

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// bad is a wrong value for a resource of prod. Only the services refuse some of the values: then both providers must
// accept them.
type bad struct {
	// resource is the logical name, and path the path of the property.
	resource, path string
	value          any
	why            string
}

type missing struct{}

var (
	long = strings.Repeat("x", 300)
	rule = "network-ingress-application-to-database-3306"
)

var bads = []bad{
	{resource: "network-vpc", path: "cidrBlock", value: "everything", why: "no range"},
	{resource: "network-vpc", path: "cidrBlock", value: "10.20.0.0/8", why: "too large a range"},
	{resource: "network-vpc", path: "instanceTenancy", value: "host", why: "enum"},
	{resource: "network-vpc", path: "ipv4NetmaskLength", value: 20, why: "conflicts with cidrBlock"},
	{resource: "network-vpc", path: "ipv6NetmaskLength", value: 50, why: "enum of numbers"},
	{resource: "network-vpc", path: "enableDnsSupport", value: "yes", why: "wrong type"},
	{resource: "network-vpc", path: "arn", value: "x", why: "set by AWS"},
	{resource: "network-vpc", path: "surprise", value: "x", why: "unknown property"},
	{resource: "network-data-us-east-1a", path: "vpcId", value: missing{}, why: "required"},
	{resource: "network-data-us-east-1a", path: "availabilityZoneId", value: "use1-az1",
		why: "conflicts with availabilityZone"},
	{resource: "network-data-us-east-1a", path: "cidrBlock", value: "10.20.0.0", why: "no length"},
	{resource: "network-data-us-east-1a", path: "cidrBlock", value: "10.20.1.1/16", why: "host bits"},
	{resource: "network-data-us-east-1a", path: "mapPublicIpOnLaunch", value: 5, why: "wrong type"},
	{resource: "network-public-internet", path: "natGatewayId", value: "nat-1", why: "two targets"},
	{resource: "network-public-internet", path: "gatewayId", value: missing{}, why: "no target"},
	{resource: "network-public-internet", path: "destinationCidrBlock", value: missing{}, why: "no destination"},
	{resource: "network-public-internet", path: "destinationCidrBlock", value: "0.0.0.0", why: "no length"},
	{resource: "network-nat-us-east-1a", path: "connectivityType", value: "both", why: "enum"},
	{resource: "network-database", path: "name", value: "sg-database", why: "reserved prefix"},
	{resource: "network-database", path: "name", value: long, why: "too long"},
	{resource: "network-database", path: "description", value: long, why: "too long"},
	{resource: rule, path: "securityGroupId", value: missing{}, why: "required"},
	{resource: rule, path: "ipProtocol", value: missing{}, why: "required"},
	{resource: rule, path: "fromPort", value: 70000, why: "range"},
	{resource: rule, path: "toPort", value: -5, why: "range"},
	{resource: rule, path: "fromPort", value: "mysql", why: "wrong type"},
	{resource: rule, path: "cidrIpv4", value: "10.0.0.0", why: "no length"},
	{resource: rule, path: "cidrIpv4", value: "10.0.0.0/8", why: "two peers"},
	{resource: "encryption-logs", path: "deletionWindowInDays", value: 6, why: "range"},
	{resource: "encryption-logs", path: "deletionWindowInDays", value: 31, why: "range"},
	{resource: "encryption-logs", path: "keyUsage", value: "EVERYTHING", why: "enum"},
	{resource: "encryption-logs", path: "policy", value: "not JSON", why: "no JSON"},
	{resource: "encryption-logs", path: "rotationPeriodInDays", value: 30, why: "range"},
	{resource: "encryption-logs-alias", path: "name", value: "morpheus", why: "no alias/"},
	{resource: "encryption-logs-alias", path: "name", value: "alias/aws/morpheus", why: "reserved for AWS"},
	{resource: "encryption-logs-alias", path: "targetKeyId", value: missing{}, why: "required"},
	{resource: "access-node", path: "assumeRolePolicy", value: "{", why: "no JSON"},
	{resource: "access-node", path: "assumeRolePolicy", value: missing{}, why: "required"},
	{resource: "access-node", path: "maxSessionDuration", value: 60, why: "range"},
	{resource: "access-node", path: "name", value: strings.Repeat("r", 65), why: "too long"},
	{resource: "access-node", path: "name", value: "a role", why: "characters"},
	{resource: "access-node", path: "path", value: "morpheus", why: "no slashes"},
	{resource: "cluster-backends", path: "policy", value: "[]", why: "no policy"},
	{resource: "cluster-backends", path: "role", value: missing{}, why: "required"},
	{resource: "database-monitoring-policy", path: "policyArn", value: "AmazonRDSEnhancedMonitoringRole", why: "no ARN"},
	{resource: "access-profile", path: "name", value: "a profile!", why: "characters"},
	{resource: "database-user-secret", path: "recoveryWindowInDays", value: 5, why: "neither 0 nor in the range"},
	{resource: "database-user-secret", path: "recoveryWindowInDays", value: 0, why: "off is allowed"},
	{resource: "database-user-secret", path: "name", value: "a secret", why: "characters"},
	{resource: "database-user-version", path: "secretBinary", value: "eA==", why: "conflicts with secretString"},
	{resource: "database-user-version", path: "secretId", value: missing{}, why: "required"},
	{resource: "database-log-audit", path: "retentionInDays", value: 42, why: "enum of numbers"},
	{resource: "database-log-audit", path: "name", value: "a log: group", why: "characters"},
	{resource: "database-log-audit", path: "logGroupClass", value: "RARE", why: "enum"},
	{resource: "database-log-audit", path: "kmsKeyId", value: "alias/x", why: "no ARN"},
	{resource: "search-logs-policy", path: "policyDocument", value: "{", why: "no JSON"},
	{resource: "search-logs-policy", path: "policyName", value: missing{}, why: "required"},
	{resource: "loadbalancer-certificate", path: "validationMethod", value: "POST", why: "enum"},
	{resource: "loadbalancer-certificate", path: "privateKey", value: "x", why: "conflicts with domainName"},
	{resource: "loadbalancer-certificate", path: "domainName", value: "example.com.", why: "ends in a dot"},
	{resource: "loadbalancer-certificate", path: "keyAlgorithm", value: "RSA_512", why: "enum"},
	{resource: "loadbalancer-record", path: "ttl", value: 60, why: "conflicts with aliases"},
	{resource: "loadbalancer-record", path: "records", value: []any{"203.0.113.1"}, why: "records beside an alias"},
	{resource: "loadbalancer-record", path: "type", value: "B", why: "enum"},
	{resource: "loadbalancer-record", path: "zoneId", value: missing{}, why: "required"},
	{resource: "loadbalancer-record", path: "aliases[0].evaluateTargetHealth", value: missing{},
		why: "required in a block"},
	{resource: "loadbalancer-alb", path: "name", value: strings.Repeat("n", 33), why: "too long"},
	{resource: "loadbalancer-alb", path: "name", value: "internal-morpheus", why: "reserved prefix"},
	{resource: "loadbalancer-alb", path: "name", value: "a_balancer", why: "characters"},
	{resource: "loadbalancer-alb", path: "loadBalancerType", value: "classic", why: "enum"},
	{resource: "loadbalancer-alb", path: "subnets", value: missing{}, why: "no subnets"},
	{resource: "loadbalancer-alb", path: "idleTimeout", value: "an hour", why: "wrong type"},
	{resource: "loadbalancer-alb", path: "idleTimeout", value: 5000, why: "range"},
	{resource: "loadbalancer-alb", path: "desyncMitigationMode", value: "off", why: "enum"},
	{resource: "loadbalancer-nodes", path: "name", value: strings.Repeat("n", 33), why: "too long"},
	{resource: "loadbalancer-nodes", path: "port", value: 70000, why: "range"},
	{resource: "loadbalancer-nodes", path: "port", value: missing{}, why: "needed for instances"},
	{resource: "loadbalancer-nodes", path: "protocol", value: "SSH", why: "enum"},
	{resource: "loadbalancer-nodes", path: "deregistrationDelay", value: 4000, why: "range"},
	{resource: "loadbalancer-nodes", path: "slowStart", value: 10, why: "neither 0 nor in the range"},
	{resource: "loadbalancer-nodes", path: "slowStart", value: 0, why: "off is allowed"},
	{resource: "loadbalancer-nodes", path: "healthCheck.interval", value: 4, why: "range"},
	{resource: "loadbalancer-nodes", path: "healthCheck.protocol", value: "UDP", why: "enum in a block"},
	{resource: "loadbalancer-nodes", path: "healthCheck.path", value: "ping", why: "no slash"},
	{resource: "loadbalancer-nodes", path: "stickiness.type", value: "cookie", why: "enum in a block"},
	{resource: "loadbalancer-nodes", path: "stickiness.type", value: "source_ip", why: "not with HTTPS"},
	{resource: "loadbalancer-https", path: "protocol", value: "SSH", why: "enum"},
	{resource: "loadbalancer-https", path: "port", value: 0, why: "range"},
	{resource: "loadbalancer-https", path: "defaultActions", value: missing{}, why: "required"},
	{resource: "loadbalancer-https", path: "defaultActions[0].type", value: "drop", why: "enum in a list"},
	{resource: "loadbalancer-https", path: "loadBalancerArn", value: "arn", why: "no ARN"},
	{resource: "filesystem-storage", path: "performanceMode", value: "fast", why: "enum"},
	{resource: "filesystem-storage", path: "throughputMode", value: "infinite", why: "enum"},
	{resource: "filesystem-storage", path: "creationToken", value: long, why: "too long"},
	{resource: "filesystem-storage", path: "kmsKeyId", value: "x", why: "no ARN"},
	{resource: "filesystem-storage", path: "provisionedThroughputInMibps", value: 5, why: "not with bursting"},
	{resource: "filesystem-backup", path: "backupPolicy.status", value: "ON", why: "enum in a block"},
	{resource: "filesystem-backup", path: "backupPolicy", value: missing{}, why: "required"},
	{resource: "filesystem-mount-us-east-1a", path: "subnetId", value: missing{}, why: "required"},
	{resource: "filesystem-policy", path: "policy", value: "{", why: "no JSON"},
	{resource: "database-cluster", path: "engine", value: "oracle", why: "enum"},
	{resource: "database-cluster", path: "engine", value: missing{}, why: "required"},
	{resource: "database-cluster", path: "engineMode", value: "fast", why: "enum"},
	{resource: "database-cluster", path: "clusterIdentifier", value: "Morpheus--DB", why: "characters"},
	{resource: "database-cluster", path: "clusterIdentifier", value: strings.Repeat("c", 64), why: "too long"},
	{resource: "database-cluster", path: "backupRetentionPeriod", value: 36, why: "range"},
	{resource: "database-cluster", path: "preferredBackupWindow", value: "3-4", why: "no window"},
	{resource: "database-cluster", path: "preferredMaintenanceWindow", value: "sunday", why: "no window"},
	{resource: "database-cluster", path: "masterPassword", value: "Aa3456789012",
		why: "conflicts with manageMasterUserPassword"},
	{resource: "database-cluster", path: "enabledCloudwatchLogsExports", value: []any{"everything"},
		why: "enum of elements"},
	{resource: "database-cluster", path: "backtrackWindow", value: 300000, why: "range"},
	{resource: "database-cluster", path: "finalSnapshotIdentifier", value: "last_one", why: "characters"},
	{resource: "database-cluster", path: "kmsKeyId", value: "alias/x", why: "no ARN"},
	{resource: "database-instance-us-east-1a", path: "engine", value: "oracle", why: "enum"},
	{resource: "database-instance-us-east-1a", path: "instanceClass", value: missing{}, why: "required"},
	{resource: "database-instance-us-east-1a", path: "promotionTier", value: 16, why: "range"},
	{resource: "database-instance-us-east-1a", path: "monitoringInterval", value: 7, why: "enum of numbers"},
	{resource: "database-instance-us-east-1a", path: "performanceInsightsRetentionPeriod", value: 8,
		why: "not a multiple of 31"},
	{resource: "database-instance-us-east-1a", path: "identifier", value: "a_b", why: "characters"},
	{resource: "database-parameters", path: "parameters[0].applyMethod", value: "later", why: "enum in a list"},
	{resource: "database-parameters", path: "family", value: missing{}, why: "required"},
	{resource: "database-parameters", path: "name", value: "Capitals", why: "characters"},
	{resource: "database-subnets", path: "subnetIds", value: missing{}, why: "required"},
	{resource: "database-subnets", path: "name", value: "a!", why: "characters"},
	{resource: "messaging-broker", path: "brokerName", value: "a queue", why: "characters"},
	{resource: "messaging-broker", path: "brokerName", value: strings.Repeat("b", 51), why: "too long"},
	{resource: "messaging-broker", path: "engineType", value: "Kafka", why: "enum"},
	{resource: "messaging-broker", path: "engineType", value: "RABBITMQ", why: "wrong case is allowed"},
	{resource: "messaging-broker", path: "deploymentMode", value: "MANY", why: "enum"},
	{resource: "messaging-broker", path: "logs.audit", value: true, why: "not with RabbitMQ"},
	{resource: "messaging-broker", path: "users", value: []any{}, why: "none"},
	{resource: "messaging-broker", path: "users[0].password", value: "short", why: "too short"},
	{resource: "messaging-broker", path: "users[0].username", value: "x", why: "too short"},
	{resource: "messaging-broker", path: "users[0].password", value: "with,a:comma=12", why: "characters"},
	{resource: "messaging-broker", path: "maintenanceWindowStartTime.dayOfWeek", value: "SOMEDAY",
		why: "enum in a block"},
	{resource: "messaging-broker", path: "maintenanceWindowStartTime.timeZone", value: missing{},
		why: "required in a block"},
	{resource: "messaging-broker", path: "securityGroups", value: []any{"sg-1", "sg-2", "sg-3", "sg-4", "sg-5", "sg-6"},
		why: "too many items"},
	{resource: "messaging-broker", path: "hostInstanceType", value: missing{}, why: "required"},
	{resource: "messaging-broker", path: "storageType", value: "tape", why: "enum"},
	{resource: "search-domain", path: "domainName", value: "Logs", why: "characters"},
	{resource: "search-domain", path: "domainName", value: strings.Repeat("l", 29), why: "too long"},
	{resource: "search-domain", path: "domainName", value: "ab", why: "too short"},
	{resource: "search-domain", path: "engineVersion", value: "2.19", why: "no engine"},
	{resource: "search-domain", path: "ebsOptions.volumeType", value: "gp9", why: "enum in a block"},
	{resource: "search-domain", path: "ebsOptions.throughput", value: 100, why: "range"},
	{resource: "search-domain", path: "ebsOptions.ebsEnabled", value: missing{}, why: "required in a block"},
	{resource: "search-domain", path: "clusterConfig.zoneAwarenessConfig.availabilityZoneCount", value: 4,
		why: "enum of numbers"},
	{resource: "search-domain", path: "clusterConfig.instanceType", value: "r6g.large.elasticsearch",
		why: "not an OpenSearch instance type"},
	{resource: "search-domain", path: "clusterConfig.warmCount", value: 1, why: "range"},
	{resource: "search-domain", path: "domainEndpointOptions.tlsSecurityPolicy", value: "SSL3", why: "enum in a block"},
	{resource: "search-domain", path: "autoTuneOptions.desiredState", value: "ON", why: "enum in a block"},
	{resource: "search-domain", path: "accessPolicies", value: "{", why: "no JSON"},
	{resource: "search-domain", path: "offPeakWindowOptions.offPeakWindow.windowStartTime.hours", value: 24,
		why: "range"},
	{resource: "search-domain", path: "logPublishingOptions[0].logType", value: "EVERYTHING", why: "enum in a list"},
	{resource: "cluster-template", path: "instanceInitiatedShutdownBehavior", value: "sleep", why: "enum"},
	{resource: "cluster-template", path: "metadataOptions.httpTokens", value: "maybe", why: "enum in a block"},
	{resource: "cluster-template", path: "metadataOptions.httpPutResponseHopLimit", value: 65, why: "range"},
	{resource: "cluster-template", path: "blockDeviceMappings[0].ebs.volumeType", value: "gp9", why: "enum in a list"},
	{resource: "cluster-template", path: "blockDeviceMappings[0].ebs.throughput", value: 2000, why: "range"},
	{resource: "cluster-template", path: "blockDeviceMappings[0].ebs.encrypted", value: "perhaps",
		why: "a flag that is text"},
	{resource: "cluster-template", path: "ebsOptimized", value: "perhaps", why: "a flag that is text"},
	{resource: "cluster-template", path: "iamInstanceProfile.name", value: "x", why: "conflicts with its ARN"},
	{resource: "cluster-template", path: "name", value: "ab", why: "too short"},
	{resource: "cluster-template", path: "description", value: long, why: "too long"},
	{resource: "cluster-template", path: "tagSpecifications[0].resourceType", value: "moon", why: "enum in a list"},
	{resource: "cluster-template", path: "updateDefaultVersion", value: "yes", why: "wrong type"},
	{resource: "cluster-group", path: "maxSize", value: missing{}, why: "required"},
	{resource: "cluster-group", path: "minSize", value: 2.5, why: "fraction"},
	{resource: "cluster-group", path: "availabilityZones", value: []any{"us-east-1a"}, why: "conflicts with subnets"},
	{resource: "cluster-group", path: "launchTemplate", value: map[string]any{"id": "lt-1"}, why: "two templates"},
	{resource: "cluster-group", path: "instanceMaintenancePolicy.maxHealthyPercentage", value: 99, why: "range"},
	{resource: "cluster-group", path: "instanceMaintenancePolicy.maxHealthyPercentage", value: -1, why: "off is allowed"},
	{resource: "cluster-group", path: "instanceRefresh.preferences.minHealthyPercentage", value: 101, why: "range"},
	{resource: "cluster-group", path: "instanceRefresh.strategy", value: "Jumping", why: "enum in a block"},
	{resource: "cluster-group", path: "tags[0].propagateAtLaunch", value: missing{}, why: "required in a list"},
	{resource: "cluster-group", path: "waitForCapacityTimeout", value: "soon", why: "no duration"},
	{resource: "cluster-group", path: "healthCheckType", value: "NONE", why: "enum"},
	{resource: "cluster-group", path: "minSize", value: 7, why: "above the maximum"},
	{resource: "cluster-cpu", path: "policyType", value: "Guess", why: "enum"},
	{resource: "cluster-cpu", path: "targetTrackingConfiguration.targetValue", value: missing{},
		why: "required in a block"},
	{resource: "cluster-cpu", path: "autoscalingGroupName", value: missing{}, why: "required"},
}

func (b bad) in(t *testing.T, inputs resource.PropertyMap) resource.PropertyMap {
	t.Helper()
	path, err := resource.ParsePropertyPath(b.path)
	require.NoError(t, err)
	root := deepCopy(resource.NewProperty(inputs))
	if b.value == (missing{}) {
		require.True(t, path.Delete(root), "%s %s is not set, so it cannot be removed", b.resource, b.path)
		return root.ObjectValue()
	}
	out, ok := path.Add(root, resource.NewPropertyValue(b.value))
	require.True(t, ok, "%s has no property %s", b.resource, b.path)
	return out.ObjectValue()
}

// lenient are bad values that the real provider accepts and the simulated one refuses, by resource, path and reason.
var lenient = map[string]string{
	"database-cluster clusterIdentifier too long": "RDS refuses it when it creates the cluster; the simulated provider " +
		"checks the length limit in Pulumi's schema",
	"cluster-group minSize fraction": "the bridge silently truncates the number; the SDK's type is an " +
		"integer",
}

func compareValues(t *testing.T, pair providers) (equal int) {
	t.Helper()
	prod := deploy(t, "prod", nil)
	needed := map[string]bool{}
	for _, b := range bads {
		name := b.resource + " " + b.path + " " + b.why
		t.Run(name, func(t *testing.T) {
			res, err := prod.Named(b.resource)
			require.NoError(t, err)
			inputs := b.in(t, given(res))
			actual, _, _ := create(t, pair.real, res.URN, inputs)
			simulated, _, _ := create(t, pair.simulated, res.URN, inputs)
			if _, excepted := lenient[name]; excepted && actual.Kind == "accept" && simulated.Kind == "refuse" {
				needed[name] = true
				return
			}
			if assert.Equal(t, actual.Kind, simulated.Kind,
				"%v\n real      %s\n simulated %s", b.value, actual.Why, simulated.Why) {
				equal++
			}
		})
	}
	for name := range lenient {
		assert.True(t, needed[name], "%s: remove this exception, because the providers agree", name)
	}
	return equal
}

func deepCopy(v resource.PropertyValue) resource.PropertyValue {
	switch {
	case v.IsSecret():
		return resource.MakeSecret(deepCopy(v.SecretValue().Element))
	case v.IsObject():
		out := resource.PropertyMap{}
		for k, e := range v.ObjectValue() {
			out[k] = deepCopy(e)
		}
		return resource.NewProperty(out)
	case v.IsArray():
		out := []resource.PropertyValue{}
		for _, e := range v.ArrayValue() {
			out = append(out, deepCopy(e))
		}
		return resource.NewProperty(out)
	}
	return v
}
