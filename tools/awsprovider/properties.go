package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

// overrides are what pulumi-aws says of properties beyond what the bridge makes of their schema: camel case, plurals for
// lists, and a single value for a list of one element at most. A path leads into nested properties.
var overrides = map[string]map[string]*tfbridge.SchemaInfo{
	// AWS's own word is the singular.
	"aws_default_network_acl":    {"ingress": named("ingress"), "egress": named("egress")},
	"aws_default_security_group": {"ingress": named("ingress"), "egress": named("egress")},
	"aws_network_acl":            {"ingress": named("ingress"), "egress": named("egress")},
	"aws_security_group":         {"ingress": named("ingress"), "egress": named("egress")},

	// Named after what the name or ARN stands for: the SDK for Node.js takes the resource itself too.
	"aws_cloudwatch_log_subscription_filter": {"log_group_name": named("logGroup")},
	"aws_lambda_permission":                  {"function_name": named("function")},
	"aws_sns_topic_subscription":             {"topic_arn": named("topic")},

	// Pulumi's assets where the provider has paths.
	"aws_lambda_function":      {"filename": archive("code"), "architectures": list("architectures")},
	"aws_lambda_layer_version": {"filename": archive("code")},
	"aws_s3_object":            {"source": {Asset: &tfbridge.AssetTranslation{Kind: tfbridge.FileAsset}}},

	// Numbers and booleans that the provider keeps as text, to tell 0 and false from nothing.
	"aws_appautoscaling_scheduled_action": {
		"scalable_target_action.max_capacity": typed("integer"),
		"scalable_target_action.min_capacity": typed("integer"),
	},
	"aws_lb_target_group": {"deregistration_delay": typed("integer")},
	"aws_mq_broker":       {"logs.audit": typed("boolean")},
	"aws_s3_bucket_lifecycle_configuration": {
		"rule.filter.object_size_greater_than":                         typed("integer"),
		"rule.filter.object_size_less_than":                            typed("integer"),
		"rule.noncurrent_version_expiration.newer_noncurrent_versions": typed("integer"),
		"rule.noncurrent_version_transition.newer_noncurrent_versions": typed("integer"),
	},

	// One element at most, by now or as yet: the SDK keeps the list.
	"aws_dlm_lifecycle_policy": {"policy_details.resource_types": list("resourceTypes")},
	"aws_route53_record": {
		"alias":                      list("aliases"),
		"failover_routing_policy":    list("failoverRoutingPolicies"),
		"geolocation_routing_policy": list("geolocationRoutingPolicies"),
		"latency_routing_policy":     list("latencyRoutingPolicies"),
		"weighted_routing_policy":    list("weightedRoutingPolicies"),
		"name":                       named("name"), // a DNS name, which must not be made up as other names are
	},
	"aws_s3_bucket": {
		"lifecycle_rule.expiration":                    list("expirations"),
		"lifecycle_rule.noncurrent_version_expiration": list("noncurrentVersionExpirations"),
		"logging":                        list("loggings"),
		"object_lock_configuration.rule": list("rules"),
		"object_lock_configuration.rule.default_retention":                                    list("defaultRetentions"),
		"replication_configuration":                                                           list("replicationConfigurations"),
		"replication_configuration.rules.destination":                                         list("destinations"),
		"replication_configuration.rules.destination.access_control_translation":              list("accessControlTranslations"),
		"replication_configuration.rules.destination.metrics":                                 list("metrics"),
		"replication_configuration.rules.destination.replication_time":                        list("replicationTimes"),
		"replication_configuration.rules.filter":                                              list("filters"),
		"replication_configuration.rules.source_selection_criteria":                           list("sourceSelectionCriterias"),
		"replication_configuration.rules.source_selection_criteria.sse_kms_encrypted_objects": list("sseKmsEncryptedObjects"),
		"server_side_encryption_configuration":                                                list("serverSideEncryptionConfigurations"),
		"server_side_encryption_configuration.rule":                                           list("rules"),
		"server_side_encryption_configuration.rule.apply_server_side_encryption_by_default":   list("applyServerSideEncryptionByDefaults"),
		"versioning": list("versionings"),
		"website":    list("websites"),
	},

	// Two properties whose plurals are the same.
	"aws_s3_bucket_website_configuration": {"routing_rules": named("routingRuleDetails"), "routing_rule": named("routingRules")},
}

func named(name string) *tfbridge.SchemaInfo { return &tfbridge.SchemaInfo{Name: name} }

func typed(typ tokens.Type) *tfbridge.SchemaInfo { return &tfbridge.SchemaInfo{Type: typ} }

func list(name string) *tfbridge.SchemaInfo {
	return &tfbridge.SchemaInfo{Name: name, MaxItemsOne: tfbridge.False()}
}

func archive(name string) *tfbridge.SchemaInfo {
	return &tfbridge.SchemaInfo{Name: name, Asset: &tfbridge.AssetTranslation{
		Kind: tfbridge.FileArchive, Format: resource.ZIPArchive, HashField: "source_code_hash",
	}}
}

// set puts an override where its path leads; what is nested stands in the elements of the outer property.
func set(fields map[string]*tfbridge.SchemaInfo, path string, override tfbridge.SchemaInfo) {
	outer, inner, nested := strings.Cut(path, ".")
	if !nested {
		fields[path] = &override
		return
	}
	if fields[outer] == nil {
		fields[outer] = &tfbridge.SchemaInfo{}
	}
	if fields[outer].Elem == nil {
		fields[outer].Elem = &tfbridge.SchemaInfo{Fields: map[string]*tfbridge.SchemaInfo{}}
	}
	set(fields[outer].Elem.Fields, inner, override)
}

// What a name is made of when the program gives none: the logical name, the separator and seven characters, at most this
// long. It holds for every property called name.
const (
	nameLimit     = 255
	nameSeparator = "-"
)

// autoName is a name with another limit, or in another property.
type autoName struct {
	property, name string
	limit          int
}

var autoNames = map[string]autoName{
	"aws_cloudwatch_event_rule":   {"name", "name", 64},
	"aws_cloudwatch_event_target": {"target_id", "targetId", nameLimit},
	"aws_cloudwatch_metric_alarm": {"alarm_name", "name", nameLimit},
	"aws_db_instance":             {"identifier", "identifier", nameLimit},
	"aws_efs_file_system":         {"creation_token", "creationToken", nameLimit},
	"aws_iam_role":                {"name", "name", 64},
	"aws_key_pair":                {"key_name", "keyName", nameLimit},
	"aws_lambda_function":         {"function_name", "name", 64},
	"aws_lambda_permission":       {"statement_id", "statementId", 100},
	"aws_lb_target_group":         {"name", "name", 32},
	"aws_mq_broker":               {"broker_name", "brokerName", 50},
	"aws_opensearch_domain":       {"domain_name", "domainName", nameLimit},
	"aws_s3_bucket":               {"bucket", "bucket", 63},
}

// An alias must begin so, also one with a made-up name.
const aliasPrefix = "alias/"

func aliasName() *tfbridge.SchemaInfo {
	return tfbridge.AutoNameWithCustomOptions("name", tfbridge.AutoNameOptions{
		Separator: nameSeparator,
		Maxlen:    238,
		Randlen:   7,
		PostTransform: func(_ *tfbridge.PulumiResource, name string) (string, error) {
			return aliasPrefix + strings.TrimPrefix(name, aliasPrefix), nil
		},
	})
}

// upstreamDescription is the default of many a description; the SDK's documentation promises another.
const (
	upstreamDescription = "Managed by Terraform"
	description         = "Managed by Pulumi"
)

// fields are what pulumi-aws says of a resource's properties beyond their schema.
func fields(name string, older shim.Provider) map[string]*tfbridge.SchemaInfo {
	out := map[string]*tfbridge.SchemaInfo{}
	if r, ok := older.ResourcesMap().GetOk(name); ok {
		r.Schema().Range(func(property string, s shim.Schema) bool {
			switch {
			case s.Default() == upstreamDescription:
				out[property] = &tfbridge.SchemaInfo{Default: &tfbridge.DefaultInfo{Value: description}}
			case property == "tags_all": // the default tags in it are not the program's to give
				out[property] = &tfbridge.SchemaInfo{MarkAsComputedOnly: tfbridge.True()}
			}
			return true
		})
	}
	for _, path := range slices.Sorted(maps.Keys(overrides[name])) { // the outer before what is nested in it
		set(out, path, *overrides[name][path])
	}
	if auto, ok := autoNames[name]; ok {
		out[auto.property] = tfbridge.AutoName(auto.name, auto.limit, nameSeparator)
	}
	if name == "aws_kms_alias" {
		out["name"] = aliasName()
	}
	return out
}

// deleteFirst are resources of which AWS holds no second one beside the first while it is replaced.
var deleteFirst = map[string]bool{
	"aws_cloudwatch_log_subscription_filter": true,
	"aws_efs_mount_target":                   true, // one per zone
	"aws_iam_account_alias":                  true,
	"aws_security_group_rule":                true,
	// The new one would be the same attachment as the old one, and be gone with it.
	"aws_iam_group_policy_attachment": true,
	"aws_iam_policy_attachment":       true,
	"aws_iam_role_policy_attachment":  true,
	"aws_iam_user_policy_attachment":  true,
}

// ids say what the id is made of where the provider gives none: the newer half does without.
var ids = map[string][]resource.PropertyKey{
	"aws_backup_restore_testing_plan":                   {"name"},
	"aws_backup_restore_testing_selection":              {"name", "restoreTestingPlanName"},
	"aws_cloudwatch_log_anomaly_detector":               {"arn"},
	"aws_iam_group_policies_exclusive":                  {"groupName"},
	"aws_iam_group_policy_attachments_exclusive":        {"groupName"},
	"aws_iam_role_policies_exclusive":                   {"roleName"},
	"aws_iam_role_policy_attachments_exclusive":         {"roleName"},
	"aws_iam_user_policies_exclusive":                   {"userName"},
	"aws_iam_user_policy_attachments_exclusive":         {"userName"},
	"aws_lambda_function_recursion_config":              {"functionName"},
	"aws_lambda_runtime_management_config":              {"functionName", "qualifier"},
	"aws_opensearch_authorize_vpc_endpoint_access":      {"domainName"},
	"aws_rds_instance_state":                            {"identifier"},
	"aws_resiliencehub_resiliency_policy":               {"arn"},
	"aws_vpc_endpoint_private_dns":                      {"vpcEndpointId"},
	"aws_vpc_endpoint_service_private_dns_verification": {"serviceId"},
	"aws_vpc_security_group_vpc_association":            {"securityGroupId", "vpcId"},
}

// computeID is nil for a resource that has an id.
func computeID(name string) tfbridge.ComputeID {
	properties := ids[name]
	if properties == nil {
		return nil
	}
	return func(_ context.Context, state resource.PropertyMap) (resource.ID, error) {
		var parts []string
		for _, property := range properties {
			value, ok := state[property]
			if !ok || !value.IsString() {
				return "", fmt.Errorf("%s: no id, because it has no %s", name, property)
			}
			parts = append(parts, value.StringValue())
		}
		return resource.ID(strings.Join(parts, ",")), nil
	}
}
