package contract

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
)

const (
	brokerToken = awstoken.MQBroker
	domainToken = awstoken.OpenSearchDomain
	routeToken  = awstoken.EC2Route
	dbToken     = awstoken.RDSCluster
	logToken    = awstoken.LogGroup
)

const balancerARN = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/a/1"

// values are plain Go values of a program.
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

// with returns base with changes; nil removes a property.
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
		"a minimal broker": {token: brokerToken, inputs: broker, why: "it has all required properties"},
		"the spelling of the documentation": {
			token: brokerToken, inputs: with(broker, values{
				"deploymentMode": "cluster_multi_az", "authenticationStrategy": "simple", "storageType": "ebs",
				"maintenanceWindowStartTime": values{"dayOfWeek": "Sunday", "timeOfDay": "05:00", "timeZone": "UTC"},
			}), why: "the provider ignores the case of these enums",
		},
		"an autonamed resource without a name": {
			token: awstoken.LBLoadBalancer, inputs: values{"subnets": []any{"subnet-1"}},
			why: "the provider generates the name after this check",
		},
		"an unknown value of the right name": {
			token: brokerToken, inputs: with(broker, values{"engineVersion": unknown()}),
			why: "it is unknown in a preview",
		},
		"a null": {token: brokerToken, inputs: with(broker, values{"tags": resource.NewNullProperty()}),
			why: "a null is the same as an unset property"},
		"the engine's keys": {
			token: brokerToken, inputs: with(broker, values{"__defaults": []any{}}),
			why: "keys that begin with two underscores are " +
				"the engine's",
		},
		"one of two, the other not yet known": {
			token: routeToken, inputs: values{"routeTableId": "rtb-1", "destinationCidrBlock": "0.0.0.0/0",
				"gatewayId": unknown()},
			why: "the unknown one may be set",
		},
		"a conflict that may turn out null": {
			token: dbToken, inputs: values{"engine": "aurora-mysql", "masterPassword": "secret",
				"manageMasterUserPassword": unknown()},
			why: "an unknown value may become null, so the provider does not refuse yet",
		},
		"a gateway endpoint": {
			token: awstoken.EC2VPCEndpoint, inputs: values{"vpcId": "vpc-1",
				"serviceName":   "com.amazonaws.us-east-1.s3",
				"routeTableIds": []any{"rtb-1"}}, why: "Gateway is the default type",
		},
		"a flow log": {
			token: awstoken.EC2FlowLog,
			inputs: values{"vpcId": "vpc-1", "trafficType": "ALL", "iamRoleArn": "arn:aws:iam::123456789012:role/flow",
				"logDestination": "arn:aws:logs:us-east-1:123456789012:log-group:flow"},
			why: "one target, and ARNs",
		},
		"an attachment": {
			token: awstoken.EC2TransitGatewayAttachment, inputs: values{"vpcId": "vpc-1", "transitGatewayId": "tgw-1",
				"subnetIds": []any{"subnet-1"}}, why: "the other properties have defaults",
		},
		"a number of days from the list": {token: logToken, inputs: values{"retentionInDays": 30},
			why: "the enum contains 30, as text in the data"},
		"zero outside a range": {
			token: awstoken.SecretsManagerSecret, inputs: values{"recoveryWindowInDays": 0},
			why: "0 (delete immediately) is allowed in addition to 7..30",
		},
		"slow start off": {
			token: awstoken.LBTargetGroup, inputs: with(targetGroup, values{"slowStart": 0}),
			why: "0 (off) is allowed in addition to 30..900",
		},
		"launch before terminate": {
			token: awstoken.AutoScalingGroup, inputs: values{"minSize": 3, "maxSize": 6,
				"launchTemplate": values{"id": "lt-1"},
				healthy: values{
					"minHealthyPercentage": 100, "maxHealthyPercentage": 200,
				}}, why: "the maximum is -1 or 100..200; the data only has -1",
		},
		"Performance Insights for a month": {
			token: awstoken.RDSClusterInstance,
			inputs: values{"clusterIdentifier": "db", "engine": "aurora-mysql", "instanceClass": "db.r5.large",
				"performanceInsightsRetentionPeriod": 31},
			why: "the provider accepts 7, 731 and multiples of 31; the account has the exact rule",
		},
		"an enum of a list's elements": {
			token: dbToken, inputs: values{"engine": "aurora-mysql", "enabledCloudwatchLogsExports": []any{"audit",
				"iam-db-auth-error"}},
			why: "the SDK's list has both",
		},
		"a fixed response": {
			token: awstoken.LBListener, inputs: values{
				"loadBalancerArn": balancerARN, "protocol": "https",
				"defaultActions": []any{values{"type": "fixed-response",
					"fixedResponse": values{"contentType": "text/plain", "statusCode": "404"}}},
			}, why: "the pattern in the data has doubled backslashes, and the protocol ignores case",
		},
	} {
		t.Run(name, func(t *testing.T) { assert.Empty(t, check(t, c.token, c.inputs), c.why) })
	}
}

func TestCheckRefusesWhatTheProviderRefuses(t *testing.T) {
	user := func(changes values) values {
		return with(broker,
			values{"users": []any{with(values{"username": "morpheus", "password": "aB3dEfGh1jKl"}, changes)}})
	}
	domain := values{"domainName": "logs"}
	listener := values{"loadBalancerArn": balancerARN, "defaultActions": []any{values{"type": "forward"}}}
	for name, c := range map[string]struct {
		token  string
		inputs values
		want   string
	}{
		"policy of an endpoint": {token: awstoken.EC2VPCEndpoint, inputs: values{"vpcId": "vpc-1", "policy": "{"},
			want: "policy: "},
		"role of a flow log": {token: awstoken.EC2FlowLog, inputs: values{"vpcId": "vpc-1", "iamRoleArn": "role"},
			want: "iamRoleArn: "},
		"two targets of a flow log": {token: awstoken.EC2FlowLog, inputs: values{"vpcId": "vpc-1",
			"subnetId": "subnet-1"},
			want: "exactly one of"},
		"DNS of an attachment": {token: awstoken.EC2TransitGatewayAttachment, inputs: values{"vpcId": "vpc-1",
			"transitGatewayId": "tgw-1", "subnetIds": []any{"subnet-1"}, "dnsSupport": "on"},
			want: "dnsSupport: must be one of disable, enable"},
		"unknown property": {token: brokerToken, inputs: with(broker, values{"engine": "x"}),
			want: "engine: unknown property"},
		"unknown nested property": {token: domainToken, inputs: with(domain,
			values{"clusterConfig": values{"nodes": 3}}),
			want: "clusterConfig.nodes: unknown property"},
		"unknown property of a list": {token: brokerToken, inputs: user(values{"user": "x"}),
			want: "users[0].user: unknown property"},
		"an output given": {token: brokerToken, inputs: with(broker, values{"arn": "x"}),
			want: "arn: is set by AWS and cannot be given"},
		"missing": {token: brokerToken, inputs: with(broker, values{"engineVersion": nil}),
			want: "engineVersion: missing required property"},
		"null for required": {token: brokerToken, inputs: with(broker,
			values{"engineVersion": resource.NewNullProperty()}),
			want: "engineVersion: missing required property"},
		"missing in a list": {token: brokerToken, inputs: user(values{"password": nil}),
			want: "users[0].password: missing required property"},
		"string wanted": {token: brokerToken, inputs: with(broker, values{"engineVersion": 3.13}),
			want: "engineVersion: must be a string, got number"},
		"number wanted": {token: logToken, inputs: values{"retentionInDays": "30"},
			want: "retentionInDays: must be a number, got string"},
		"fraction for a whole number": {token: domainToken, inputs: with(domain,
			values{"clusterConfig": values{"instanceCount": 1.5}}), want: "clusterConfig.instanceCount: must be a " +
			"whole " +
			"number, got 1.5"},
		"bool wanted": {token: brokerToken, inputs: with(broker, values{"publiclyAccessible": "no"}),
			want: "publiclyAccessible: must be true or false, got string"},
		"list wanted": {token: brokerToken, inputs: with(broker, values{"subnetIds": "subnet-1"}),
			want: "subnetIds: must be a list, got string"},
		"object wanted": {token: domainToken, inputs: with(domain, values{"clusterConfig": []any{}}),
			want: "clusterConfig: must be an object, got []"},
		"map wanted": {token: brokerToken, inputs: with(broker, values{"tags": "a"}),
			want: "tags: must be a map, got string"},
		"type of a map's element": {token: brokerToken, inputs: with(broker, values{"tags": values{"a": 1}}),
			want: "tags.a: must be a string, got number"},
		"type of a list's element": {token: brokerToken, inputs: with(broker, values{"subnetIds": []any{"subnet-1",
			2}}),
			want: "subnetIds[1]: must be a string, got number"},
		"enum": {token: brokerToken, inputs: with(broker, values{"deploymentMode": "MULTI_AZ"}),
			want: "deploymentMode: must be one of ACTIVE_STANDBY_MULTI_AZ, CLUSTER_MULTI_AZ, SINGLE_INSTANCE, got " +
				"MULTI_AZ"},
		"camel case from AWS's pages": {token: awstoken.LBTargetGroup, inputs: with(targetGroup,
			values{"loadBalancingAlgorithmType": "leastOutstandingRequests"}),
			want: "loadBalancingAlgorithmType: must be one of least_outstanding_requests"},
		"enum of a number": {token: logToken, inputs: values{"retentionInDays": 31},
			want: "retentionInDays: must be one of"},
		"enum of a list's element": {token: dbToken, inputs: values{"engine": "aurora-mysql",
			"enabledCloudwatchLogsExports": []any{"audits"}}, want: "enabledCloudwatchLogsExports[0]: must be one " +
			"of audit"},
		"nested enum": {token: domainToken, inputs: with(domain,
			values{"clusterConfig": values{"zoneAwarenessConfig": values{"availabilityZoneCount": 4}}}),
			want: "clusterConfig.zoneAwarenessConfig.availabilityZoneCount: must be one of 2, 3, got 4"},
		"range": {token: awstoken.KMSKey, inputs: values{"deletionWindowInDays": 31},
			want: "deletionWindowInDays: must be in the range 7..30, got 31"},
		"range with an additional value": {token: awstoken.SecretsManagerSecret, inputs: values{"recoveryWindowInDays": 3},
			want: "recoveryWindowInDays: must be in the range 7..30, got 3"},
		"only an upper bound": {token: dbToken, inputs: values{"engine": "aurora-mysql", "backupRetentionPeriod": 36},
			want: "backupRetentionPeriod: must be in the range at most 35, got 36"},
		"only a lower bound": {token: awstoken.EC2LaunchTemplate, inputs: values{"defaultVersion": 0},
			want: "defaultVersion: must be in the range at least 1, got 0"},
		"too long": {token: brokerToken, inputs: with(broker, values{"brokerName": strings.Repeat("x", 51)}),
			want: "brokerName: must have 1..50 characters, got 51"},
		"too short in a list": {token: brokerToken, inputs: user(values{"username": "m"}),
			want: "users[0].username: must have 2..100 characters, got 1"},
		"pattern": {token: brokerToken, inputs: with(broker, values{"brokerName": "a.b"}),
			want: "brokerName: must match ^[0-9A-Za-z_-]+$, got a.b"},
		"pattern with a class": {token: awstoken.LBListener, inputs: with(listener,
			values{"defaultActions": []any{values{"type": "fixed-response",
				"fixedResponse": values{"contentType": "text/plain", "statusCode": "900"}}}}),
			want: "must match ^[245]\\d\\d$"},
		"too many items": {token: brokerToken, inputs: with(broker, values{"securityGroups": []any{"1", "2", "3", "4",
			"5", "6"}}), want: "securityGroups: must have at most 5 items, got 6"},
		"conflict": {token: dbToken, inputs: values{"engine": "aurora-mysql", "masterPassword": "x",
			"manageMasterUserPassword": true}, want: "masterPassword: conflicts with manageMasterUserPassword"},
		"conflict with a false": {token: dbToken, inputs: values{"engine": "aurora-mysql", "masterPassword": "x",
			"manageMasterUserPassword": false}, want: "masterPassword: conflicts with manageMasterUserPassword"},
		"nested conflict": {token: awstoken.AutoScalingGroup, inputs: values{"minSize": 1, "maxSize": 1,
			"launchTemplate": values{"id": "lt-1", "name": "nodes"}}, want: "launchTemplate.id: conflicts with " +
			"launchTemplate.name"},
		"exactly one, none": {token: routeToken, inputs: values{"routeTableId": "rtb-1", "gatewayId": "igw-1"},
			want: "destinationCidrBlock: exactly one of destinationCidrBlock, destinationIpv6CidrBlock, " +
				"destinationPrefixListId must be given, got 0"},
		"exactly one, two": {token: routeToken, inputs: values{"routeTableId": "rtb-1",
			"destinationCidrBlock": "0.0.0.0/0", "gatewayId": "igw-1", "natGatewayId": "nat-1"},
			want: "must be given, got 2"},
		"required with": {token: awstoken.KMSKey, inputs: values{"rotationPeriodInDays": 180},
			want: "rotationPeriodInDays: also needs enableKeyRotation"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Contains(t, strings.Join(check(t, c.token, c.inputs), "\n"), c.want,
				"the provider must refuse this before it calls AWS")
		})
	}
}

// The types in use have no at-least-one-of group and no lower bound on the number of items, so the test uses its own
// contract.
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
		"one of them":   {inputs: values{"beta": "b"}, want: nil},
		"both":          {inputs: values{"alpha": "a", "beta": "b"}, want: nil},
		"not yet known": {inputs: values{"beta": unknown()}, want: nil},
		"none": {inputs: values{}, want: []Failure{{Property: "alpha",
			Reason: "at least one of alpha, beta must be given"}}},
		"too few items": {inputs: values{"alpha": "a", "items": []any{"1"}}, want: []Failure{{Property: "items",
			Reason: "must have at least 2 items, got 1"}}},
		"enough items":    {inputs: values{"alpha": "a", "items": []any{"1", unknown()}}, want: nil},
		"an unknown list": {inputs: values{"alpha": "a", "items": unknown()}, want: nil},
		"in a secret":     {inputs: values{"alpha": resource.MakeSecret(resource.NewProperty("a"))}, want: nil},
		"unknown outputs": {inputs: values{"alpha": resource.NewProperty(resource.Output{Known: false})}, want: nil},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, c.want, r.Check(resource.NewPropertyMapFromMap(c.inputs))) })
	}
}

func TestASecretIsCheckedButNeverQuoted(t *testing.T) {
	const password = "p,w" // too short for the provider
	for name, value := range map[string]resource.PropertyValue{
		"given as a secret":   resource.MakeSecret(resource.NewProperty(password)),
		"given in plain text": resource.NewProperty(password),
		"given as a secret output value": resource.NewProperty(resource.Output{
			Element: resource.NewProperty(password), Known: true, Secret: true,
		}),
	} {
		t.Run(name, func(t *testing.T) {
			failures := check(t, brokerToken,
				with(broker, values{"users": []any{values{"username": "morpheus", "password": value}}}))
			require.Len(t, failures, 1, "a secret must be checked")
			assert.Contains(t, failures[0], "users[0].password", "the message must name the property")
			assert.NotContains(t, failures[0], password, "messages are logged, so they must not show a secret")
		})
	}

	const name = "not a broker name"
	failures := check(t, brokerToken,
		with(broker, values{"brokerName": resource.MakeSecret(resource.NewProperty(name))}))
	require.NotEmpty(t, failures, "a secret must be checked against the pattern")
	assert.NotContains(t, strings.Join(failures, "\n"), name,
		"a secret input must not be shown, even if the schema does not mark it")
	assert.Contains(t, failures[0], "a secret value", "the message must say that the value is secret")
}

func TestCheckReportsAllFailuresInOrder(t *testing.T) {
	failures := check(t, brokerToken,
		values{"engineType": "Kafka", "engineVersion": 1, "zebra": true, "users": []any{}, "hostInstanceType": "x"})
	require.Len(t, failures, 3, "one message for each failure")
	assert.IsNonDecreasing(t, failures, "the order must be stable")
}

func TestCheckOfInvokesAndOfTheProvider(t *testing.T) {
	parameter := Load().Functions["aws:ssm/getParameter:getParameter"]
	require.NotNil(t, parameter, "the program looks up the image in a parameter")
	assert.Empty(t, parameter.Check(resource.NewPropertyMapFromMap(values{"name": "/image"})), "a valid call")
	assert.NotEmpty(t, parameter.Check(resource.NewPropertyMapFromMap(values{})), "the name is required")
	assert.NotEmpty(t, parameter.Check(resource.NewPropertyMapFromMap(values{"name": "/image", "version": 1})),
		"an unknown argument")

	right := values{
		"region":            "eu-west-1",
		"allowedAccountIds": []any{"123456789012"},
		"defaultTags":       values{"tags": values{"a": "b"}},
	}
	assert.Empty(t, Load().CheckProvider(resource.NewPropertyMapFromMap(right)), "the program's configuration")
	assert.NotEmpty(t, Load().CheckProvider(resource.NewPropertyMapFromMap(values{"regoin": "eu-west-1"})),
		"a mistyped key")
}
