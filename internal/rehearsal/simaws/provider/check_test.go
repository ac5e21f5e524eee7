package provider

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/contract"
)

const (
	broker   = awstoken.MQBroker
	cluster  = awstoken.RDSCluster
	balancer = awstoken.LBLoadBalancer
	targets  = awstoken.LBTargetGroup
	template = awstoken.EC2LaunchTemplate
	vpc      = awstoken.EC2VPC
	alias    = awstoken.KMSAlias
)

type values = map[string]any

func props(v values) resource.PropertyMap { return resource.NewPropertyMapFromMap(v) }

func named(t *testing.T, name string, news, olds resource.PropertyMap, seed string) resource.PropertyMap {
	t.Helper()
	news = news.Copy()
	news["targetType"] = resource.NewProperty("lambda") // the only kind of target group without other required properties
	checked := CheckResource(targets, name, news, olds, []byte(seed), nil)
	require.Empty(t, checked.Failures)
	return checked.Inputs
}

func TestANameIsGeneratedOnceAndKept(t *testing.T) {
	none := resource.PropertyMap{}
	made := named(t, "nodes", none, none, "seed")
	assert.Regexp(t, `^nodes-[0-9a-f]{7}$`, made["name"].StringValue(),
		"the logical name, a dash and seven characters")
	assert.Equal(t, made, named(t, "nodes", none, none, "seed"),
		"preview and update must generate the same name from the engine's seed")
	assert.NotEqual(t, made["name"], named(t, "nodes", none, none, "other")["name"],
		"another stack or a replacement must get another name")
	assert.NotEqual(t, made["name"], named(t, "others", none, none, "seed")["name"],
		"another resource must get another name")
	assert.Equal(t, made["name"], named(t, "nodes", none, made, "other")["name"],
		"an existing name must stay with any seed")

	fixed := named(t, "nodes", props(values{"name": "fixed"}), made, "seed")
	assert.Equal(t, "fixed", fixed["name"].StringValue(), "the program may fix the name")
	again := named(t, "nodes", none, fixed, "seed")
	assert.Equal(t, made["name"], again["name"],
		"a name of the program must not stay after the program removes it")

	prefixed := named(t, "nodes", props(values{"namePrefix": "app-"}), none, "seed")
	assert.False(t, prefixed.HasValue("name"), "with a prefix, AWS generates the name")
}

func TestANameThatIsTooLongIsRefused(t *testing.T) {
	long := strings.Repeat("x", 25)
	check := func(name string) []contract.Failure {
		return CheckResource(balancer, name, props(values{"subnets": []any{"a", "b"}}), nil, nil, nil).Failures
	}
	assert.Empty(t, check(long[:24]), "24 characters, a dash and seven more are 32")
	require.NotEmpty(t, check(long), "33 characters are too many for a load balancer")
	assert.Equal(t, "name: name '"+long+"-' plus 7 random chars is longer than maximum length 32",
		check(long)[0].String(), "the message of the bridge")

	given := CheckResource(targets, "nodes", props(values{"name": strings.Repeat("x", 33), "targetType": "lambda"}),
		nil, nil, nil).Failures
	require.Len(t, given, 1)
	assert.Equal(t, "name", given[0].Property, "a name of the program has the same limit")
}

func TestAnAliasIsNamedUnderItsPrefix(t *testing.T) {
	made := CheckResource(alias, "data", props(values{"targetKeyId": "k"}), nil, []byte("s"), nil)
	require.Empty(t, made.Failures)
	assert.Regexp(t, `^alias/data-[0-9a-f]{7}$`, made.Inputs["name"].StringValue(), "KMS requires the prefix alias/")
}

func TestResourceTagsOverrideDefaultTags(t *testing.T) {
	defaults := map[string]string{"project": "morpheus", "stack": "prod"}
	tagged := func(inputs values) resource.PropertyValue {
		checked := CheckResource(vpc, "vpc", props(inputs), nil, nil, defaults)
		require.Empty(t, checked.Failures)
		return checked.Inputs["tags"]
	}
	own := values{"cidrBlock": "10.0.0.0/16", "tags": values{"Name": "net", "stack": "mine"}}
	assert.Equal(t, props(values{"t": values{"Name": "net", "project": "morpheus", "stack": "mine"}})["t"],
		tagged(own), "the resource's tag overrides the default")
	assert.Equal(t, values{"Name": "net", "stack": "mine"}, own["tags"], "the program's map must not change")
	assert.Len(t, tagged(values{"cidrBlock": "10.0.0.0/16"}).ObjectValue(), 2,
		"without its own tags, a resource must have the defaults")
	secret := tagged(
		values{"cidrBlock": "10.0.0.0/16", "tags": resource.MakeSecret(resource.NewProperty(props(values{"a": "b"})))},
	)
	require.True(t, secret.IsSecret(), "tags that contain a secret must stay secret")
	assert.Len(t, secret.SecretValue().Element.ObjectValue(), 3, "secret tags must be merged too")
	assert.True(t, tagged(values{"cidrBlock": "10.0.0.0/16", "tags": unknown()}).IsComputed(),
		"unknown tags must stay unknown")

	object := CheckResource(awstoken.S3Object, "files", props(values{
		"bucket": "b", "key": "k", "overrideProvider": values{"defaultTags": values{"tags": values{}}},
	}), nil, nil, defaults)
	require.Empty(t, object.Failures)
	assert.False(t, object.Inputs.HasValue("tags"), "an object can refuse default tags, because S3 accepts 10")

	for token, why := range map[string]string{
		awstoken.AutoScalingGroup: "a group's tags are a list, to which default tags do not apply",
		awstoken.EC2Route:         "a route has no tags",
	} {
		checked := CheckResource(token, "x", resource.PropertyMap{}, nil, nil, defaults)
		assert.False(t, checked.Inputs.HasValue("tags"), why)
	}
}

func TestCheckRefusesUnknownTypes(t *testing.T) {
	checked := CheckResource("aws:dynamodb/table:Table", "logs", nil, nil, nil, nil)
	require.Len(t, checked.Failures, 1, "an unknown type must not be accepted")
	assert.Contains(t, checked.Failures[0].String(), "aws:dynamodb/table:Table")
}

func TestAnAuditLogOfRabbitMQIsRefusedInThePlan(t *testing.T) {
	check := func(engine string) []contract.Failure {
		return CheckResource(broker, "rabbit", props(values{
			"engineType": engine, "engineVersion": "3.13", "hostInstanceType": "mq.m5.large",
			"logs": values{"audit": true},
			"users": []any{
				values{"username": "morpheus", "password": resource.MakeSecret(resource.NewProperty("aB3dEfGh1jKl"))},
			},
		}), nil, nil, nil).Failures
	}
	for _, engine := range []string{"RabbitMQ", "RABBITMQ"} {
		require.Len(t, check(engine), 1, engine)
		assert.Equal(t, "logs.audit", check(engine)[0].Property, "the provider must refuse it before AWS")
	}
	for _, engine := range []string{"ActiveMQ", "ACTIVEMQ"} {
		assert.Empty(t, check(engine), "%s has an audit log", engine)
	}
}
