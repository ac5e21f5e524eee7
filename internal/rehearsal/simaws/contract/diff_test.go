package contract

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
)

func TestDiffPlansWhatTheProviderPlans(t *testing.T) {
	domain := values{
		"domainName": "logs", "engineVersion": "OpenSearch_2.19",
		"encryptAtRest": values{"enabled": true, "kmsKeyId": "key-1"},
		"vpcOptions":    values{"subnetIds": []any{"a", "b"}},
	}
	parameters := func(list ...any) values {
		return values{"name": "p", "family": "aurora-mysql8.0", "parameters": list}
	}
	for name, c := range map[string]struct {
		token    string
		old, new values
		want     []Change
		why      string
	}{
		"nothing changed": {token: brokerToken, old: broker, new: broker, want: nil,
			why: "the inputs are the same"},
		"changed in place": {token: brokerToken, old: broker, new: with(broker,
			values{"hostInstanceType": "mq.m7g.large"}),
			want: []Change{{Path: "hostInstanceType", Op: "update", Replace: false}}, why: "AWS resizes brokers"},
		"replaced": {token: brokerToken, old: broker, new: with(broker, values{"deploymentMode": "CLUSTER_MULTI_AZ"}),
			want: []Change{{Path: "deploymentMode", Op: "update", Replace: true}},
			why: "a broker's deployment mode is fixed; left out it is " +
				"SINGLE_INSTANCE"},
		"added": {token: brokerToken, old: broker, new: with(broker, values{"tags": values{"a": "b"}}),
			want: []Change{{Path: "tags",
				Op: "add", Replace: false}}, why: ""},
		"added and replacing": {token: brokerToken, old: broker, new: with(broker,
			values{"encryptionOptions": values{"useAwsOwnedKey": true}}), want: []Change{{Path: "encryptionOptions",
			Op:      "add",
			Replace: true}}, why: "the key of a broker is fixed"},
		"taken away": {token: brokerToken, old: with(broker, values{"tags": values{"a": "b"}}), new: broker,
			want: []Change{{Path: "tags",
				Op: "delete", Replace: false}}, why: ""},
		"explicit default": {token: brokerToken, old: broker, new: with(broker, values{"publiclyAccessible": false,
			"deploymentMode": "SINGLE_INSTANCE"}), want: nil, why: "an unset property equals its default"},
		"back to the default": {token: brokerToken, old: with(broker, values{"publiclyAccessible": true}), new: broker,
			want: []Change{{Path: "publiclyAccessible", Op: "update", Replace: true}},
			why: "left out, the broker is private again, and that " +
				"replaces"},
		"computed left out": {token: brokerToken, old: with(broker, values{"storageType": "ebs"}), new: broker,
			want: nil,
			why:  "AWS computes it: the provider keeps the value"},
		"a set in any order": {token: domainToken, old: domain, new: with(domain,
			values{"vpcOptions": values{"subnetIds": []any{"b",
				"a"}}}), want: nil, why: "subnets are a set"},
		"another set": {token: domainToken, old: domain, new: with(domain,
			values{"vpcOptions": values{"subnetIds": []any{"a",
				"c"}}}), want: []Change{{Path: "vpcOptions.subnetIds", Op: "update", Replace: false}},
			why: "OpenSearch can move to other subnets"},
		"nested replacement": {token: domainToken, old: domain, new: with(domain,
			values{"encryptAtRest": values{"enabled": true,
				"kmsKeyId": "key-2"}}), want: []Change{{Path: "encryptAtRest.kmsKeyId", Op: "update", Replace: true}},
			why: "the key of a domain is fixed"},
		"a block with a replacing field is added": {
			token: domainToken, old: with(domain, values{"encryptAtRest": nil}), new: domain,
			want: []Change{{Path: "encryptAtRest", Op: "add", Replace: true}},
			why:  "its field replaces the resource",
		},
		"not yet known": {token: brokerToken, old: broker, new: with(broker, values{"engineVersion": unknown()}),
			want: []Change{{Path: "engineVersion", Op: "update", Replace: false}},
			why:  "a preview plans a possible change"},
		"a replacing property not yet known": {
			token: brokerToken, old: with(broker, values{"subnetIds": []any{"a"}}), new: with(broker,
				values{"subnetIds": unknown()}),
			want: []Change{{Path: "subnetIds", Op: "update", Replace: true}},
			why:  "a preview must not hide a replacement",
		},
		"an element not yet known": {
			token: domainToken, old: domain, new: with(domain, values{"vpcOptions": values{"subnetIds": []any{"a",
				unknown()}}}),
			want: []Change{{Path: "vpcOptions.subnetIds", Op: "update", Replace: false}}, why: "",
		},
		"a default in a list's object": {
			token: awstoken.RDSClusterParameterGroup,
			old:   parameters(values{"name": "time_zone", "value": "UTC"}),
			new:   parameters(values{"name": "time_zone", "value": "UTC", "applyMethod": "immediate"}), want: nil,
			why: "immediate is the default",
		},
		"a set of objects in any order": {
			token: awstoken.RDSClusterParameterGroup,
			old:   parameters(values{"name": "a", "value": "1"}, values{"name": "b", "value": "2"}),
			new:   parameters(values{"name": "b", "value": "2"}, values{"name": "a", "value": "1"}), want: nil,
			why: "parameters are a set",
		},
		"a secret of the same value": {
			token: brokerToken, old: broker, new: with(broker,
				values{"engineVersion": resource.MakeSecret(resource.NewProperty("3.13"))}), want: nil,
			why: "only the secrecy changes",
		},
		"the engine's keys": {token: brokerToken, old: broker, new: with(broker,
			values{"__defaults": []any{"brokerName"}}), want: nil,
			why: "not a property"},
		"an empty list": {token: brokerToken, old: broker, new: with(broker, values{"securityGroups": []any{}}),
			want: nil,
			why:  "an empty list equals an unset one"},
		"random has no update": {
			token: awstoken.RandomPassword, old: values{"length": 32}, new: values{"length": 40},
			want: []Change{{Path: "length", Op: "update", Replace: true}},
			why:  "every input of random replaces",
		},
		"framework resource": {
			token: awstoken.EC2SecurityGroupIngressRule,
			old:   values{"securityGroupId": "sg-1", "ipProtocol": "tcp", "fromPort": 443},
			new: values{"securityGroupId": "sg-2",
				"ipProtocol": "tcp", "fromPort": 444},
			want: []Change{{Path: "fromPort", Op: "update", Replace: false}, {Path: "securityGroupId", Op: "update",
				Replace: true}},
			why: "added by hand: the group replaces, ports change in place",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := Load().Resources[c.token].Diff(resource.NewPropertyMapFromMap(c.old),
				resource.NewPropertyMapFromMap(c.new))
			assert.Equal(t, c.want, got, c.why)
		})
	}
}
