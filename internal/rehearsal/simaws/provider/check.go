package provider

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/contract"
)

// Checked is the result of a check: the inputs with names and default tags, and the failures.
type Checked struct {
	Inputs   resource.PropertyMap
	Failures []contract.Failure
}

// CheckResource implements the provider's Check. olds are the inputs of the existing resource, whose names are kept.
// Generated names depend on seed, so that preview and update have the same name.
func CheckResource(token, name string, news, olds resource.PropertyMap, seed []byte, tags map[string]string) Checked {
	return CheckNamed(token, name, "", news, olds, seed, tags)
}

// CheckNamed is CheckResource with the name that the engine proposes for the resource; empty for the provider's own.
func CheckNamed(
	token, name, proposed string, news, olds resource.PropertyMap, seed []byte, tags map[string]string,
) Checked {
	facts := contract.Load().Resources[token]
	if facts == nil {
		return Checked{
			Failures: []contract.Failure{
				{Property: token, Reason: "the simulated AWS does not know this resource type"},
			},
		}
	}
	inputs := news.Copy()
	var failures []contract.Failure
	made := []resource.PropertyValue{}
	for _, property := range slices.Sorted(maps.Keys(facts.Inputs)) {
		p := facts.Inputs[property]
		if !p.Autonamed || isGiven(inputs, property) {
			continue
		}
		if err := autoname(inputs, olds, property, name, proposed, seed, p); err != nil {
			failures = append(failures, contract.Failure{Property: property, Reason: err.Error()})
		}
		made = append(made, resource.NewProperty(property))
	}
	inputs[defaultsKey] = resource.NewProperty(made)
	// A resource with overrideProvider gets no default tags: it can only set them to none (terraform-provider-aws,
	// internal/service/s3/object.go, ignoreProviderDefaultTags).
	own := isGiven(inputs, "overrideProvider")
	if p := facts.Inputs["tags"]; p != nil && p.Type == "map" && len(tags) > 0 && !own {
		inputs["tags"] = mergeTags(inputs["tags"], tags)
	}
	failures = append(failures, facts.Check(inputs)...)
	return Checked{Inputs: inputs, Failures: append(failures, planRules(token, inputs)...)}
}

// defaultsKey is the input in which the bridge lists the properties that it set. Such a name is kept, and a replacement
// gets a new name (pulumi-terraform-bridge, pkg/tfbridge/schema.go).
const defaultsKey resource.PropertyKey = "__defaults"

// byDefault reports whether the bridge set a property.
func byDefault(inputs resource.PropertyMap, property string) bool {
	list := inputs[defaultsKey]
	return list.IsArray() && slices.ContainsFunc(list.ArrayValue(), func(v resource.PropertyValue) bool {
		return v.IsString() && v.StringValue() == property
	})
}

// isGiven reports whether the program set a name or a name prefix.
func isGiven(inputs resource.PropertyMap, property string) bool {
	k := resource.PropertyKey(property)
	return !inputs[k].IsNull() || !inputs[k+"Prefix"].IsNull() // an unknown value is set
}

// autoname gives a resource the name that Pulumi would generate: the proposed one, or the logical name, a dash and seven
// characters.
func autoname(
	inputs, olds resource.PropertyMap, property, name, proposed string, seed []byte, p *contract.Property,
) error {
	k := resource.PropertyKey(property)
	if old, ok := olds[k]; ok && old.IsString() && byDefault(olds, property) {
		inputs[k] = old
		return nil
	}
	sum := sha256.Sum256(append([]byte(property+name), seed...))
	made := name + "-" + hex.EncodeToString(sum[:])[:7]
	if proposed != "" {
		if p.Max != nil && len(proposed) > int(*p.Max) {
			return fmt.Errorf("calculated name '%s' exceeds maximum length of %.0f", proposed, *p.Max)
		}
		made = proposed
	}
	if p.Max != nil && len(made) > int(*p.Max) {
		return fmt.Errorf("name '%s-' plus 7 random chars is longer than maximum length %.0f", name, *p.Max)
	}
	if property == "name" && isAlias(inputs) {
		made = "alias/" + made
	}
	inputs[k] = resource.NewProperty(made)
	return nil
}

// isAlias reports whether the inputs belong to a KMS alias, whose name begins with "alias/".
func isAlias(inputs resource.PropertyMap) bool {
	_, ok := inputs["targetKeyId"]
	return ok
}

// mergeTags adds the provider's default tags to the resource's tags, as pulumi-aws v6 does in Check. The resource's
// tags override the defaults.
func mergeTags(own resource.PropertyValue, defaults map[string]string) resource.PropertyValue {
	switch {
	case own.IsSecret():
		return resource.MakeSecret(mergeTags(own.SecretValue().Element, defaults))
	case own.IsComputed():
		return own
	}
	out := resource.PropertyMap{}
	for k, v := range defaults {
		out[resource.PropertyKey(k)] = resource.NewProperty(v)
	}
	if own.IsObject() {
		maps.Copy(out, own.ObjectValue())
	}
	return resource.NewProperty(out)
}

// planRules are checks in the provider's code at plan time, in addition to its schema.
func planRules(token string, inputs resource.PropertyMap) []contract.Failure {
	switch token {
	case awstoken.MQBroker:
		// internal/service/mq/broker.go, CustomizeDiff: only ActiveMQ has audit logs.
		values := Plain(inputs)
		logs, _ := values["logs"].(map[string]any)
		if engine, _ := values["engineType"].(string); logs["audit"] == true && strings.EqualFold(engine, "RabbitMQ") {
			return []contract.Failure{
				{Property: "logs.audit", Reason: "can not be configured when engine is RabbitMQ"},
			}
		}
	case awstoken.LBTargetGroup:
		return targetGroupRules(inputs)
	}
	return nil
}

// targetGroupRules: internal/service/elbv2/target_group.go, CustomizeDiff.
func targetGroupRules(inputs resource.PropertyMap) []contract.Failure {
	if kind := inputs["targetType"]; kind.IsComputed() || kind.IsString() && kind.StringValue() == "lambda" {
		return nil
	}
	var out []contract.Failure
	for _, property := range []string{"port", "protocol", "vpcId"} {
		if inputs[resource.PropertyKey(property)].IsNull() {
			out = append(out,
				contract.Failure{Property: property, Reason: "must be given unless the targets are Lambda functions"})
		}
	}
	return out
}
