package contract

import (
	"iter"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
)

const (
	brokerToken = awstoken.MQBroker
	domainToken = awstoken.OpenSearchDomain
	routeToken  = awstoken.EC2Route
	dbToken     = awstoken.RDSCluster
	logToken    = awstoken.LogGroup
)

const balancerARN = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/a/1"

// values are plain Go values, as a program would give them.
type values = map[string]any

func unknown() resource.PropertyValue { return resource.MakeComputed(resource.NewProperty("")) }

func check(t *testing.T, token string, inputs values) []string {
	t.Helper()
	r := Load().Resources[token]
	require.NotNil(t, r, "the contract must know %s", token)
	var out []string
	for _, f := range r.Check(resource.NewPropertyMapFromMap(inputs)) {
		out = append(out, f.String())
	}
	return out
}

// with returns base with changes on top; a nil takes a property away.
func with(base values, changes values) values {
	out := values{}
	for _, m := range []values{base, changes} {
		for k, v := range m {
			if out[k] = v; v == nil {
				delete(out, k)
			}
		}
	}
	return out
}

var (
	broker = values{
		"brokerName": "rabbit", "engineType": "RabbitMQ", "engineVersion": "3.13", "hostInstanceType": "mq.m5.large",
		"users": []any{values{"username": "morpheus", "password": "aB3dEfGh1jKl"}},
	}
	targetGroup = values{"name": "nodes", "port": 443, "protocol": "HTTPS", "vpcId": "vpc-1"}
)

func TestCheckAcceptsWhatTheProviderAccepts(t *testing.T) {
	const healthy = "instanceMaintenancePolicy"
	for name, c := range map[string]struct {
		token  string
		inputs values
		why    string
	}{
		"a minimal broker": {brokerToken, broker, "everything required is there"},
		"the spelling of the documentation": {
			brokerToken, with(broker, values{
				"deploymentMode": "cluster_multi_az", "authenticationStrategy": "simple", "storageType": "ebs",
				"maintenanceWindowStartTime": values{"dayOfWeek": "Sunday", "timeOfDay": "05:00", "timeZone": "UTC"},
			}), "the provider compares these enums without regard to case",
		},
		"an autonamed resource without a name": {
			awstoken.LBLoadBalancer, values{"subnets": []any{"subnet-1"}}, "the provider makes the name, after this check",
		},
		"an unknown value of the right name": {
			brokerToken, with(broker, values{"engineVersion": unknown()}), "a preview does not know it yet",
		},
		"a null": {brokerToken, with(broker, values{"tags": resource.NewNullProperty()}), "a null is the same as nothing"},
		"the engine's own keys": {
			brokerToken, with(broker, values{"__defaults": []any{}}), "keys that begin with two underscores are the engine's",
		},
		"one of two, the other not yet known": {
			routeToken, values{"routeTableId": "rtb-1", "destinationCidrBlock": "0.0.0.0/0", "gatewayId": unknown()},
			"the unknown one may well be the one",
		},
		"a conflict that may turn out null": {
			dbToken, values{"engine": "aurora-mysql", "masterPassword": "secret", "manageMasterUserPassword": unknown()},
			"an unknown value may become null, so the provider waits",
		},
		"a gateway endpoint": {
			awstoken.EC2VPCEndpoint, values{"vpcId": "vpc-1", "serviceName": "com.amazonaws.us-east-1.s3", "routeTableIds": []any{"rtb-1"}}, "Gateway is the default type",
		},
		"a flow log": {
			awstoken.EC2FlowLog,
			values{"vpcId": "vpc-1", "trafficType": "ALL", "iamRoleArn": "arn:aws:iam::123456789012:role/flow", "logDestination": "arn:aws:logs:us-east-1:123456789012:log-group:flow"},
			"one target, and ARNs",
		},
		"an attachment": {
			awstoken.EC2TransitGatewayAttachment, values{"vpcId": "vpc-1", "transitGatewayId": "tgw-1", "subnetIds": []any{"subnet-1"}}, "all else has defaults",
		},
		"a number of days from the list": {logToken, values{"retentionInDays": 30}, "30 is one of the enum, which the data has as text"},
		"zero beside a range": {
			awstoken.SecretsManagerSecret, values{"recoveryWindowInDays": 0}, "0 deletes at once and stands beside 7..30",
		},
		"slow start off": {
			awstoken.LBTargetGroup, with(targetGroup, values{"slowStart": 0}), "0 is off and stands beside 30..900",
		},
		"launch before terminate": {
			awstoken.AutoScalingGroup, values{"minSize": 3, "maxSize": 6, "launchTemplate": values{"id": "lt-1"}, healthy: values{
				"minHealthyPercentage": 100, "maxHealthyPercentage": 200,
			}}, "the maximum is -1 or 100..200; the data knew only the -1",
		},
		"Performance Insights for a month": {
			awstoken.RDSClusterInstance,
			values{"clusterIdentifier": "db", "engine": "aurora-mysql", "instanceClass": "db.r5.large", "performanceInsightsRetentionPeriod": 31},
			"the provider takes 7, 731 and multiples of 31; the account has the exact rule",
		},
		"an enum of a list's elements": {
			dbToken, values{"engine": "aurora-mysql", "enabledCloudwatchLogsExports": []any{"audit", "iam-db-auth-error"}},
			"both are in the list of the SDK",
		},
		"a fixed response": {
			awstoken.LBListener, values{
				"loadBalancerArn": balancerARN, "protocol": "https",
				"defaultActions": []any{values{"type": "fixed-response", "fixedResponse": values{"contentType": "text/plain", "statusCode": "404"}}},
			}, "the pattern of the data has doubled backslashes, and the protocol ignores case",
		},
	} {
		t.Run(name, func(t *testing.T) { assert.Empty(t, check(t, c.token, c.inputs), c.why) })
	}
}

func TestCheckRefusesWhatTheProviderRefuses(t *testing.T) {
	user := func(changes values) values {
		return with(broker, values{"users": []any{with(values{"username": "morpheus", "password": "aB3dEfGh1jKl"}, changes)}})
	}
	domain := values{"domainName": "logs"}
	listener := values{"loadBalancerArn": balancerARN, "defaultActions": []any{values{"type": "forward"}}}
	for name, c := range map[string]struct {
		token  string
		inputs values
		want   string
	}{
		"policy of an endpoint":      {awstoken.EC2VPCEndpoint, values{"vpcId": "vpc-1", "policy": "{"}, "policy: "},
		"role of a flow log":         {awstoken.EC2FlowLog, values{"vpcId": "vpc-1", "iamRoleArn": "role"}, "iamRoleArn: "},
		"two targets of a flow log":  {awstoken.EC2FlowLog, values{"vpcId": "vpc-1", "subnetId": "subnet-1"}, "exactly one of"},
		"DNS of an attachment":       {awstoken.EC2TransitGatewayAttachment, values{"vpcId": "vpc-1", "transitGatewayId": "tgw-1", "subnetIds": []any{"subnet-1"}, "dnsSupport": "on"}, "dnsSupport: must be one of disable, enable"},
		"unknown property":           {brokerToken, with(broker, values{"engine": "x"}), "engine: unknown property"},
		"unknown nested property":    {domainToken, with(domain, values{"clusterConfig": values{"nodes": 3}}), "clusterConfig.nodes: unknown property"},
		"unknown property of a list": {brokerToken, user(values{"user": "x"}), "users[0].user: unknown property"},
		"an output given":            {brokerToken, with(broker, values{"arn": "x"}), "arn: is set by AWS and cannot be given"},
		"missing":                    {brokerToken, with(broker, values{"engineVersion": nil}), "engineVersion: missing required property"},
		"null for required":          {brokerToken, with(broker, values{"engineVersion": resource.NewNullProperty()}), "engineVersion: missing required property"},
		"missing in a list":          {brokerToken, user(values{"password": nil}), "users[0].password: missing required property"},
		"string wanted":              {brokerToken, with(broker, values{"engineVersion": 3.13}), "engineVersion: must be a string, got number"},
		"number wanted":              {logToken, values{"retentionInDays": "30"}, "retentionInDays: must be a number, got string"},
		"whole number wanted":        {domainToken, with(domain, values{"clusterConfig": values{"instanceCount": 1.5}}), "clusterConfig.instanceCount: must be a whole number, got 1.5"},
		"bool wanted":                {brokerToken, with(broker, values{"publiclyAccessible": "no"}), "publiclyAccessible: must be true or false, got string"},
		"list wanted":                {brokerToken, with(broker, values{"subnetIds": "subnet-1"}), "subnetIds: must be a list, got string"},
		"object wanted":              {domainToken, with(domain, values{"clusterConfig": []any{}}), "clusterConfig: must be an object, got []"},
		"map wanted":                 {brokerToken, with(broker, values{"tags": "a"}), "tags: must be a map, got string"},
		"type of a map's element":    {brokerToken, with(broker, values{"tags": values{"a": 1}}), "tags.a: must be a string, got number"},
		"type of a list's element":   {brokerToken, with(broker, values{"subnetIds": []any{"subnet-1", 2}}), "subnetIds[1]: must be a string, got number"},
		"enum":                       {brokerToken, with(broker, values{"deploymentMode": "MULTI_AZ"}), "deploymentMode: must be one of ACTIVE_STANDBY_MULTI_AZ, CLUSTER_MULTI_AZ, SINGLE_INSTANCE, got MULTI_AZ"},
		"camel case from the pages":  {awstoken.LBTargetGroup, with(targetGroup, values{"loadBalancingAlgorithmType": "leastOutstandingRequests"}), "loadBalancingAlgorithmType: must be one of least_outstanding_requests"},
		"enum of a number":           {logToken, values{"retentionInDays": 31}, "retentionInDays: must be one of"},
		"enum of a list's element":   {dbToken, values{"engine": "aurora-mysql", "enabledCloudwatchLogsExports": []any{"audits"}}, "enabledCloudwatchLogsExports[0]: must be one of audit"},
		"nested enum":                {domainToken, with(domain, values{"clusterConfig": values{"zoneAwarenessConfig": values{"availabilityZoneCount": 4}}}), "clusterConfig.zoneAwarenessConfig.availabilityZoneCount: must be one of 2, 3, got 4"},
		"range":                      {awstoken.KMSKey, values{"deletionWindowInDays": 31}, "deletionWindowInDays: must be in the range 7..30, got 31"},
		"range beside a value":       {awstoken.SecretsManagerSecret, values{"recoveryWindowInDays": 3}, "recoveryWindowInDays: must be in the range 7..30, got 3"},
		"upper bound alone":          {dbToken, values{"engine": "aurora-mysql", "backupRetentionPeriod": 36}, "backupRetentionPeriod: must be in the range at most 35, got 36"},
		"lower bound alone":          {awstoken.EC2LaunchTemplate, values{"defaultVersion": 0}, "defaultVersion: must be in the range at least 1, got 0"},
		"too long":                   {brokerToken, with(broker, values{"brokerName": strings.Repeat("x", 51)}), "brokerName: must have 1..50 characters, got 51"},
		"too short in a list":        {brokerToken, user(values{"username": "m"}), "users[0].username: must have 2..100 characters, got 1"},
		"pattern":                    {brokerToken, with(broker, values{"brokerName": "a.b"}), "brokerName: must match ^[0-9A-Za-z_-]+$, got a.b"},
		"pattern with a class":       {awstoken.LBListener, with(listener, values{"defaultActions": []any{values{"type": "fixed-response", "fixedResponse": values{"contentType": "text/plain", "statusCode": "900"}}}}), "must match ^[245]\\d\\d$"},
		"too many items":             {brokerToken, with(broker, values{"securityGroups": []any{"1", "2", "3", "4", "5", "6"}}), "securityGroups: must have at most 5 items, got 6"},
		"conflict":                   {dbToken, values{"engine": "aurora-mysql", "masterPassword": "x", "manageMasterUserPassword": true}, "masterPassword: conflicts with manageMasterUserPassword"},
		"conflict with a false":      {dbToken, values{"engine": "aurora-mysql", "masterPassword": "x", "manageMasterUserPassword": false}, "masterPassword: conflicts with manageMasterUserPassword"},
		"nested conflict":            {awstoken.AutoScalingGroup, values{"minSize": 1, "maxSize": 1, "launchTemplate": values{"id": "lt-1", "name": "nodes"}}, "launchTemplate.id: conflicts with launchTemplate.name"},
		"exactly one, none":          {routeToken, values{"routeTableId": "rtb-1", "gatewayId": "igw-1"}, "destinationCidrBlock: exactly one of destinationCidrBlock, destinationIpv6CidrBlock, destinationPrefixListId must be given, got 0"},
		"exactly one, two":           {routeToken, values{"routeTableId": "rtb-1", "destinationCidrBlock": "0.0.0.0/0", "gatewayId": "igw-1", "natGatewayId": "nat-1"}, "must be given, got 2"},
		"required with":              {awstoken.KMSKey, values{"rotationPeriodInDays": 180}, "rotationPeriodInDays: also needs enableKeyRotation"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Contains(t, strings.Join(check(t, c.token, c.inputs), "\n"), c.want, "the provider refuses this before AWS sees it")
		})
	}
}

// The data of the types in use has no at-least-one-of group and no lower bound on the number of items: the checks are
// shown on a contract made for the purpose.
func TestCheckOfGroupsAndItemsThatTheTypesInUseDoNotHave(t *testing.T) {
	r := &Resource{Inputs: map[string]*Property{
		"alpha": {Type: "string", TF: "alpha", AtLeastOneOf: []string{"alpha", "beta"}},
		"beta":  {Type: "string", TF: "beta", AtLeastOneOf: []string{"alpha", "beta"}},
		"items": {Type: "list", TF: "items", MinItems: 2, Items: &Items{Property{Type: "string"}}},
	}}
	for name, c := range map[string]struct {
		inputs values
		want   []Failure
	}{
		"one of them":     {values{"beta": "b"}, nil},
		"both":            {values{"alpha": "a", "beta": "b"}, nil},
		"not yet known":   {values{"beta": unknown()}, nil},
		"none":            {values{}, []Failure{{"alpha", "at least one of alpha, beta must be given"}}},
		"too few items":   {values{"alpha": "a", "items": []any{"1"}}, []Failure{{"items", "must have at least 2 items, got 1"}}},
		"enough items":    {values{"alpha": "a", "items": []any{"1", unknown()}}, nil},
		"a list to come":  {values{"alpha": "a", "items": unknown()}, nil},
		"in a secret":     {values{"alpha": resource.MakeSecret(resource.NewProperty("a"))}, nil},
		"unknown outputs": {values{"alpha": resource.NewProperty(resource.Output{Known: false})}, nil},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, c.want, r.Check(resource.NewPropertyMapFromMap(c.inputs))) })
	}
}

func TestASecretIsCheckedButNeverQuoted(t *testing.T) {
	const password = "p,w" // too short for the provider
	for name, value := range map[string]resource.PropertyValue{
		"given as a secret":              resource.MakeSecret(resource.NewProperty(password)),
		"given in plain text":            resource.NewProperty(password),
		"given as a secret output value": resource.NewProperty(resource.Output{Element: resource.NewProperty(password), Known: true, Secret: true}),
	} {
		t.Run(name, func(t *testing.T) {
			failures := check(t, brokerToken, with(broker, values{"users": []any{values{"username": "morpheus", "password": value}}}))
			require.Len(t, failures, 1, "a secret is looked into")
			assert.Contains(t, failures[0], "users[0].password", "the message names the property")
			assert.NotContains(t, failures[0], password, "messages end up in logs")
		})
	}

	const name = "not a broker name"
	failures := check(t, brokerToken, with(broker, values{"brokerName": resource.MakeSecret(resource.NewProperty(name))}))
	require.NotEmpty(t, failures, "a secret is held against the pattern")
	assert.NotContains(t, strings.Join(failures, "\n"), name, "what was made a secret stays one, whatever the schema says")
	assert.Contains(t, failures[0], "a secret value", "the message says why it does not quote")
}

func TestCheckReportsEverythingAtOnceAndInOrder(t *testing.T) {
	failures := check(t, brokerToken, values{"engineType": "Kafka", "engineVersion": 1, "zebra": true, "users": []any{}, "hostInstanceType": "x"})
	require.Len(t, failures, 3, "one message each, all at once")
	assert.IsNonDecreasing(t, failures, "the order does not change from run to run")
}

func TestCheckOfInvokesAndOfTheProvider(t *testing.T) {
	parameter := Load().Functions["aws:ssm/getParameter:getParameter"]
	require.NotNil(t, parameter, "the program looks the image up in a parameter")
	assert.Empty(t, parameter.Check(resource.NewPropertyMapFromMap(values{"name": "/image"})), "a right call")
	assert.NotEmpty(t, parameter.Check(resource.NewPropertyMapFromMap(values{})), "the name is required")
	assert.NotEmpty(t, parameter.Check(resource.NewPropertyMapFromMap(values{"name": "/image", "version": 1})), "an unknown argument")

	right := values{"region": "eu-west-1", "allowedAccountIds": []any{"123456789012"}, "defaultTags": values{"tags": values{"a": "b"}}}
	assert.Empty(t, Load().CheckProvider(resource.NewPropertyMapFromMap(right)), "what the program configures")
	assert.NotEmpty(t, Load().CheckProvider(resource.NewPropertyMapFromMap(values{"regoin": "eu-west-1"})), "a mistyped key")
}

// A correction of a property that the data does not have would correct nothing.
func TestEveryCorrectionNamesAPropertyOfTheData(t *testing.T) {
	corrected := 0
	for _, typ := range awstypes.All() {
		r, p := Load().Resources[typ.Token], typ.Provider
		var paths []string
		for _, more := range []iter.Seq[string]{
			maps.Keys(p.Checks), maps.Keys(p.AlsoAccepted), maps.Keys(p.Ranges), slices.Values(p.Replacing),
			slices.Values(p.IgnoringCase), slices.Values(p.WithoutEnum), slices.Values(p.WithoutMinimum),
			slices.Values(p.ExactlyOneOf), slices.Values(p.ComparedWithState),
		} {
			paths = slices.AppendSeq(paths, more)
		}
		if p.Autonamed != "" {
			paths = append(paths, p.Autonamed)
		}
		if len(paths) > 0 && !assert.NotNil(t, r, "%s", typ.Token) {
			continue
		}
		for _, path := range paths {
			corrected++
			assert.NotPanics(t, func() { assert.NotNil(t, r.property(path), "%s %s", typ.Token, path) }, "%s %s", typ.Token, path)
		}
		for _, name := range p.Replacing {
			assert.True(t, r.property(name).ForceNew, "%s %s must replace", typ.Token, name)
		}
		for _, path := range p.IgnoringCase {
			assert.NotEmpty(t, r.property(path).Enum, "%s %s: only an enum has a case to ignore", typ.Token, path)
		}
		if p.Autonamed != "" {
			limit := *r.property(p.Autonamed).Max
			assert.LessOrEqual(t, limit, float64(p.NameLimit), "%s: a name longer than AWS takes", typ.Token)
		}
	}
	assert.Greater(t, corrected, 100, "the corrections must be there to be looked at")
}

// A pattern that does not compile, or a type the checker does not know, would be accepted by silence.
func TestTheCheckerUnderstandsAllOfTheData(t *testing.T) {
	var walk func(at string, properties map[string]*Property)
	walk = func(at string, properties map[string]*Property) {
		for name, p := range properties {
			path := at + "." + name
			assert.Contains(t, []string{"string", "int", "float", "bool", "object", "list", "map", "any"}, p.Type, "type of %s", path)
			for _, pattern := range p.Pattern {
				assert.NotContains(t, pattern, `\\`, "pattern of %s", path)
				assert.NotPanics(t, func() { (&checker{}).text(path, p, "x", "x") }, "pattern of %s", path)
			}
			for _, group := range [][]string{p.ConflictsWith, p.ExactlyOneOf, p.AtLeastOneOf, p.RequiredWith} {
				for _, other := range group {
					assert.NotEmpty(t, other, "group of %s", path)
				}
			}
			walk(path, p.Properties)
			if p.Items != nil {
				walk(path, p.Items.Properties)
			}
		}
	}
	for token, r := range Load().Resources {
		walk(token, r.Inputs)
	}
	walk("provider", Load().Provider)
	assert.Equal(t, len(Load().Resources), len(Load().Tokens()), "every type is listed")
}
