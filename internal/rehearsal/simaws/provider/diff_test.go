package provider

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/contract"
)

func checked(t *testing.T, token string, inputs values, olds resource.PropertyMap) resource.PropertyMap {
	t.Helper()
	c := CheckResource(token, "thing", props(inputs), olds, []byte("seed"), nil)
	require.Empty(t, c.Failures)
	return c.Inputs
}

func TestAReplacementIsCreatedFirstUnlessTheNameIsFixed(t *testing.T) {
	plan := func(name values) Plan {
		old := checked(t, targets, with(values{"port": 443, "protocol": "HTTPS", "vpcId": "vpc-1"}, name), nil)
		news := checked(t, targets, with(values{"port": 8443, "protocol": "HTTPS", "vpcId": "vpc-1"}, name), old)
		return DiffResource(targets, old, old, news)
	}
	assert.True(t, plan(nil).Replaces(), "a new port must replace a target group")
	assert.False(t, plan(nil).DeleteFirst,
		"with a generated name, the new group is created first, and the listener changes to it")
	assert.False(t, plan(values{"namePrefix": "app-"}).DeleteFirst, "a prefix works like a generated name")
	assert.True(t, plan(values{"name": "fixed"}).DeleteFirst,
		"two target groups cannot have the same name: the old one, which the listener uses, is deleted first")

	old := checked(t, targets, values{"name": "fixed", "targetType": "lambda", "deregistrationDelay": 60}, nil)
	update := DiffResource(targets, old, old,
		checked(t, targets, values{"name": "fixed", "targetType": "lambda", "deregistrationDelay": 90}, old))
	assert.False(t, update.Replaces() || update.DeleteFirst, "an update must not delete anything")
	assert.Equal(t, []contract.Change{{Path: "deregistrationDelay", Op: "update"}}, update.Changes)
}

// RDS always gives a cluster three zones. If the program sets only one or two, the provider finds a difference, and the
// next update after a successful deployment replaces the database.
func TestAClusterWithFewerThanThreeZonesIsReplacedByTheNextPlan(t *testing.T) {
	for name, c := range map[string]struct {
		zones    []any
		replaced bool
	}{
		"one zone":          {zones: []any{"us-east-1a"}, replaced: true},
		"two zones":         {zones: []any{"us-east-1a", "us-east-1b"}, replaced: true},
		"three zones":       {zones: []any{"us-east-1c", "us-east-1a", "us-east-1b"}, replaced: false},
		"three other zones": {zones: []any{"us-east-1b", "us-east-1c", "us-east-1d"}, replaced: false},
		"left out":          {zones: nil, replaced: false},
	} {
		t.Run(name, func(t *testing.T) {
			inputs := values{
				"clusterIdentifier":        "data",
				"engine":                   "aurora-mysql",
				"masterUsername":           "root",
				"manageMasterUserPassword": true,
			}
			if c.zones != nil {
				inputs["availabilityZones"] = c.zones
			}
			news := checked(t, cluster, inputs, nil)
			a := account.New("123456789012", "aws", 0)
			made, err := a.Create(account.Request{Region: "us-east-1", Token: cluster, Inputs: Plain(news)})
			require.NoError(t, err, "AWS accepts it; the next plan fails")

			plan := DiffResource(cluster, news, props(made.State), news)
			assert.Equal(t, c.replaced, plan.Replaces(), "the plan of the unchanged program")
			assert.Equal(t, c.replaced, len(plan.Changes) > 0, "there must be no other change")
		})
	}
}

func TestAChangedRabbitMQPasswordPlansNothing(t *testing.T) {
	inputs := func(engine, password string) values {
		return values{
			"brokerName": "rabbit", "engineType": engine, "engineVersion": "3.13", "hostInstanceType": "mq.m5.large",
			"users": []any{values{"username": "morpheus", "password": password}},
		}
	}
	for engine, changes := range map[string]int{"RabbitMQ": 0, "RABBITMQ": 0, "ActiveMQ": 1} {
		old := checked(t, broker, inputs(engine, "aB3dEfGh1jKl"), nil)
		plan := DiffResource(broker, old, old, checked(t, broker, inputs(engine, "zY9xWvUt8sRq"), old))
		assert.Len(t, plan.Changes, changes, "%s: a RabbitMQ password is changed in RabbitMQ, because AWS has no API for it",
			engine)
	}
}

func TestTheDetailedDiffDistinguishesUpdatesFromReplacements(t *testing.T) {
	out := diffResponse(Plan{Changes: []contract.Change{
		{
			Path:    "port",
			Op:      "update",
			Replace: true,
		}, {Path: "tags", Op: "add"}, {Path: "name", Op: "delete", Replace: true},
	}, DeleteFirst: true})
	assert.Equal(t, []string{"port", "name"}, out.GetReplaces())
	assert.Equal(t, []string{"port", "tags", "name"}, out.GetDiffs())
	assert.True(t, out.GetDeleteBeforeReplace())
	assert.Equal(t, "UPDATE_REPLACE", out.GetDetailedDiff()["port"].GetKind().String())
	assert.Equal(t, "ADD", out.GetDetailedDiff()["tags"].GetKind().String())
	assert.Equal(t, "DELETE_REPLACE", out.GetDetailedDiff()["name"].GetKind().String())
	assert.Equal(t, "DIFF_NONE", diffResponse(Plan{}).GetChanges().String(),
		"an empty plan must be DIFF_NONE")
	assert.Empty(t, DiffResource("aws:dynamodb/table:Table", nil, nil, props(values{"a": 1})).Changes,
		"Check must have refused it before")
}

func with(base, changes values) values {
	out := values{}
	for _, m := range []values{base, changes} {
		for k, v := range m {
			out[k] = v
		}
	}
	return out
}

func TestADomainIsUpgradedInPlaceAndReplacedOtherwise(t *testing.T) {
	const domain = awstoken.OpenSearchDomain
	plan := func(from, to string) Plan {
		old := checked(t, domain, values{"domainName": "logs", "engineVersion": from}, nil)
		return DiffResource(domain, old, old,
			checked(t, domain, values{"domainName": "logs", "engineVersion": to}, old))
	}
	assert.Empty(t, plan("OpenSearch_2.19", "OpenSearch_2.19").Changes)
	assert.False(t, plan("OpenSearch_2.9", "OpenSearch_2.19").Replaces(), "versions must be compared as numbers")
	assert.False(t, plan("OpenSearch_2.19", "OpenSearch_3.1").Replaces())
	assert.True(t, plan("OpenSearch_2.19", "OpenSearch_2.17").Replaces(),
		"AWS cannot downgrade a domain")
	assert.True(t, plan("OpenSearch_2.19", "OpenSearch_2.17").DeleteFirst,
		"the domain has a fixed name, so the old one is deleted first, with its data")
}

func TestATargetGroupOfInstancesNeedsAPortAProtocolAndAVPC(t *testing.T) {
	failures := CheckResource(targets, "nodes", props(values{"protocol": "HTTPS", "vpcId": "vpc-1"}), nil, nil,
		nil).Failures
	require.Len(t, failures, 1)
	assert.Equal(t, "port", failures[0].Property)
}
