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
		"nothing changed":     {brokerToken, broker, broker, nil, "the same inputs are the same resource"},
		"changed in place":    {brokerToken, broker, with(broker, values{"hostInstanceType": "mq.m7g.large"}), []Change{{"hostInstanceType", "update", false}}, "AWS resizes brokers"},
		"replaced":            {brokerToken, broker, with(broker, values{"deploymentMode": "CLUSTER_MULTI_AZ"}), []Change{{"deploymentMode", "update", true}}, "a broker's deployment mode is fixed; left out it is SINGLE_INSTANCE"},
		"added":               {brokerToken, broker, with(broker, values{"tags": values{"a": "b"}}), []Change{{"tags", "add", false}}, ""},
		"added and replacing": {brokerToken, broker, with(broker, values{"encryptionOptions": values{"useAwsOwnedKey": true}}), []Change{{"encryptionOptions", "add", true}}, "the key of a broker is fixed"},
		"taken away":          {brokerToken, with(broker, values{"tags": values{"a": "b"}}), broker, []Change{{"tags", "delete", false}}, ""},
		"default spelled out": {brokerToken, broker, with(broker, values{"publiclyAccessible": false, "deploymentMode": "SINGLE_INSTANCE"}), nil, "what is left out is the default"},
		"back to the default": {brokerToken, with(broker, values{"publiclyAccessible": true}), broker, []Change{{"publiclyAccessible", "update", true}}, "left out, the broker is private again, and that replaces"},
		"computed left out":   {brokerToken, with(broker, values{"storageType": "ebs"}), broker, nil, "AWS fills it in: the provider keeps what is there"},
		"a set in any order":  {domainToken, domain, with(domain, values{"vpcOptions": values{"subnetIds": []any{"b", "a"}}}), nil, "subnets are a set"},
		"another set":         {domainToken, domain, with(domain, values{"vpcOptions": values{"subnetIds": []any{"a", "c"}}}), []Change{{"vpcOptions.subnetIds", "update", false}}, "OpenSearch moves to other subnets"},
		"nested replacement":  {domainToken, domain, with(domain, values{"encryptAtRest": values{"enabled": true, "kmsKeyId": "key-2"}}), []Change{{"encryptAtRest.kmsKeyId", "update", true}}, "the key of a domain is fixed"},
		"a block with a replacing field comes": {
			domainToken, with(domain, values{"encryptAtRest": nil}), domain, []Change{{"encryptAtRest", "add", true}},
			"the field in it replaces, however the block came",
		},
		"not yet known": {brokerToken, broker, with(broker, values{"engineVersion": unknown()}), []Change{{"engineVersion", "update", false}}, "a preview plans the change that may come"},
		"a replacing one not yet known": {
			brokerToken, with(broker, values{"subnetIds": []any{"a"}}), with(broker, values{"subnetIds": unknown()}),
			[]Change{{"subnetIds", "update", true}}, "a preview must not hide a replacement",
		},
		"an element not yet known": {
			domainToken, domain, with(domain, values{"vpcOptions": values{"subnetIds": []any{"a", unknown()}}}),
			[]Change{{"vpcOptions.subnetIds", "update", false}}, "",
		},
		"a default in a list's object": {
			awstoken.RDSClusterParameterGroup,
			parameters(values{"name": "time_zone", "value": "UTC"}),
			parameters(values{"name": "time_zone", "value": "UTC", "applyMethod": "immediate"}), nil, "immediate is the default",
		},
		"a set of objects in any order": {
			awstoken.RDSClusterParameterGroup,
			parameters(values{"name": "a", "value": "1"}, values{"name": "b", "value": "2"}),
			parameters(values{"name": "b", "value": "2"}, values{"name": "a", "value": "1"}), nil, "parameters are a set",
		},
		"a secret of the same value": {
			brokerToken, broker, with(broker, values{"engineVersion": resource.MakeSecret(resource.NewProperty("3.13"))}), nil, "secrecy is not a change of the resource",
		},
		"the engine's own keys": {brokerToken, broker, with(broker, values{"__defaults": []any{"brokerName"}}), nil, "not a property"},
		"an empty list":         {brokerToken, broker, with(broker, values{"securityGroups": []any{}}), nil, "an empty list is the same as none"},
		"random has no update": {
			awstoken.RandomPassword, values{"length": 32}, values{"length": 40}, []Change{{"length", "update", true}},
			"every input of random replaces",
		},
		"framework resource": {
			awstoken.EC2SecurityGroupIngressRule,
			values{"securityGroupId": "sg-1", "ipProtocol": "tcp", "fromPort": 443}, values{"securityGroupId": "sg-2", "ipProtocol": "tcp", "fromPort": 444},
			[]Change{{"fromPort", "update", false}, {"securityGroupId", "update", true}}, "added by hand: the group replaces, ports change in place",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := Load().Resources[c.token].Diff(resource.NewPropertyMapFromMap(c.old), resource.NewPropertyMapFromMap(c.new))
			assert.Equal(t, c.want, got, c.why)
		})
	}
}
