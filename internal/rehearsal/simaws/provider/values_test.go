package provider

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/contract"
)

func TestPlainReturnsTheValuesOfAnAPICall(t *testing.T) {
	in := props(values{
		"text": "a", "number": 3, "list": []any{"a", unknown(), values{"b": true}}, "null": resource.NewNullProperty(),
		"secret": resource.MakeSecret(resource.NewProperty("s")), "unknown": unknown(), "__defaults": []any{"text"},
		"output":  resource.NewProperty(resource.Output{Element: resource.NewProperty("o"), Known: true, Secret: true}),
		"pending": resource.NewProperty(resource.Output{}),
	})
	assert.Equal(t, map[string]any{
		"text": "a", "number": 3.0, "list": []any{"a", values{"b": true}}, "secret": "s", "output": "o",
	}, Plain(in), "secrets must be plain; unknown values, nulls and the engine's keys must be left out")
}

func TestSecretsStaySecret(t *testing.T) {
	facts := contract.Load().Resources[cluster]
	out := Typed(
		values{"masterPassword": "p", "databaseName": "morpheus", "masterUsername": "root", "tags": values{"a": "b"}},
		props(
			values{
				"databaseName": resource.MakeSecret(resource.NewProperty("morpheus")),
				"tags":         values{"a": resource.MakeSecret(resource.NewProperty("b"))},
			},
		),
		facts,
	)
	assert.True(t, out["masterPassword"].IsSecret(), "the schema marks it as secret")
	assert.True(t, out["databaseName"].IsSecret(), "the input was a secret")
	assert.True(t, out["tags"].IsSecret(), "the input contained a secret")
	assert.False(t, out["masterUsername"].IsSecret(), "the input was not a secret")

	password := contract.Load().Resources[passwordT]
	made := Typed(values{"result": "p", "bcryptHash": "h", "length": 3.0}, nil, password)
	assert.True(t, made["result"].IsSecret() && made["bcryptHash"].IsSecret(), "the SDK marks these outputs as secret")
	assert.False(t, made["length"].IsSecret())
	assert.False(t, Typed(values{"a": "b"}, nil, nil)["a"].IsSecret(), "without a schema, nothing is secret")
}

func TestAPreviewKnowsOnlyInputsAndDefaults(t *testing.T) {
	facts := contract.Load().Resources[vpc]
	inputs := props(values{"cidrBlock": "10.0.0.0/16", "__defaults": []any{}})
	planned := Planned(inputs, facts)
	assert.Equal(t, "10.0.0.0/16", planned["cidrBlock"].StringValue(), "given")
	assert.Equal(t, "default", planned["instanceTenancy"].StringValue(), "the provider's default")
	for _, output := range []resource.PropertyKey{"arn", "defaultSecurityGroupId", "mainRouteTableId",
		"enableDnsHostnames"} {
		assert.True(t, planned[output].IsComputed(), "%s is unknown before the creation", output)
	}
	assert.NotContains(t, planned, defaultsKey, "the bridge's key must not be an output")
	assert.NotContains(t, planned, resource.PropertyKey("ipv4IpamPoolId"), "unset properties must be left out")
	assert.Len(t, inputs, 2, "the inputs must not change")
}

func TestAPreviewOfAnUpdateKeepsKnownValues(t *testing.T) {
	old := props(
		values{
			"name":         "nodes",
			"instanceType": "m5.large",
			"description":  "old",
			"ebsOptimized": "true",
			"tags":         values{"a": "b"},
		},
	)
	state := props(
		values{
			"name":           "nodes",
			"instanceType":   "m5.large",
			"description":    "old",
			"ebsOptimized":   "true",
			"tags":           values{"a": "b"},
			"arn":            "arn",
			"latestVersion":  3,
			"defaultVersion": 1,
		},
	)
	update := func(news values) resource.PropertyMap { return PlannedUpdate(template, old, state, props(news)) }

	tagged := update(
		values{
			"name":         "nodes",
			"instanceType": "m5.large",
			"description":  "old",
			"ebsOptimized": "true",
			"tags":         values{"c": "d"},
			"__defaults":   []any{},
		},
	)
	assert.InDelta(t, 3, tagged["latestVersion"].NumberValue(), 0,
		"a tag creates no new version, so the group does not change")
	assert.NotContains(t, tagged, defaultsKey)

	changed := update(values{"name": "nodes", "instanceType": "m5.xlarge"})
	assert.True(t, changed["latestVersion"].IsComputed(), "the number of a new version must be unknown")
	assert.Equal(t, "arn", changed["arn"].StringValue(), "the ARN must stay known, so that dependents are not replaced")
	assert.InDelta(t, 1, changed["defaultVersion"].NumberValue(), 0)
	assert.NotContains(t, changed, resource.PropertyKey("description"), "a removed input must be removed")

	pending := update(values{"name": "nodes", "instanceType": unknown()})
	assert.True(t, pending["latestVersion"].IsComputed(), "an unknown input may create a new version")
	assert.Equal(
		t,
		"rabbit",
		PlannedUpdate(broker, props(values{"storageType": "ebs"}), props(values{"brokerName": "rabbit",
			"storageType": "ebs"}), nil)["brokerName"].StringValue(),
	)
	assert.Contains(t,
		PlannedUpdate(broker, props(values{"storageType": "ebs"}), props(values{"storageType": "ebs"}), nil),
		resource.PropertyKey("storageType"), "a value that AWS computes must stay after the input is removed")
}

func TestTagsThatTheProviderIgnoresAreNotRead(t *testing.T) {
	config, failures := ReadConfig(resource.NewPropertyMapFromMap(values{
		"region": "eu-west-1", "ignoreTags": `{"keys":["work"]}`,
	}))
	require.Empty(t, failures)
	state := account.Values{
		"tags": []any{values{"key": "work", "value": "reboot"}, values{"key": "Name", "value": "node"}},
	}
	read := withoutTags(state, config.IgnoredTags)
	assert.Equal(t, []any{values{"key": "Name", "value": "node"}}, read["tags"], "tags of a scaling group are a list")
	assert.Len(t, state["tags"], 2, "the account keeps the tag")
	read = withoutTags(account.Values{"tags": values{"work": "reboot"}, "tagsAll": values{"work": "reboot", "Name": "x"}},
		config.IgnoredTags)
	assert.Empty(t, read["tags"], "tags of all other resources are a map")
	assert.Equal(t, values{"Name": "x"}, read["tagsAll"])
}
