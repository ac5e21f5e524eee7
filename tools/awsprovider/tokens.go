package main

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

// services are the modules of pulumi-aws by what the provider puts in front of a resource's name: aws_db_subnet_group is
// aws:rds/subnetGroup:SubnetGroup. The longest prefix counts; one without a module is not served.
var services = map[string]string{
	"acm":                          "acm",
	"appautoscaling":               "appautoscaling",
	"autoscaling":                  "autoscaling",
	"autoscalingplans":             "autoscalingplans",
	"backup":                       "backup",
	"budgets":                      "budgets",
	"ce":                           "costexplorer",
	"cloudtrail":                   "cloudtrail",
	"cloudwatch":                   "cloudwatch",
	"codedeploy":                   "codedeploy",
	"config":                       "cfg",
	"db":                           "rds",
	"dlm":                          "dlm",
	"ebs":                          "ebs",
	"ec2":                          "ec2",
	"ec2_client_vpn":               "",
	"ec2_transit_gateway":          "",
	"efs":                          "efs",
	"fis":                          "fis",
	"iam":                          "iam",
	"kms":                          "kms",
	"lambda":                       "lambda",
	"lb":                           "lb",
	"mq":                           "mq",
	"oam":                          "oam",
	"opensearch":                   "opensearch",
	"rds":                          "rds",
	"resiliencehub":                "resiliencehub",
	"resourcegroups":               "resourcegroups",
	"route53":                      "route53",
	"route53recoverycontrolconfig": "route53recoverycontrol",
	"route53recoveryreadiness":     "route53recoveryreadiness",
	"s3":                           "s3",
	"scheduler":                    "scheduler",
	"secretsmanager":               "secretsmanager",
	"service_discovery":            "servicediscovery",
	"servicequotas":                "servicequotas",
	"sfn":                          "sfn",
	"sns":                          "sns",
	"sqs":                          "sqs",
	"ssm":                          "ssm",
	"synthetics":                   "synthetics",
}

// families are the EC2 resources that the provider names without their service: aws_eip and aws_eip_association are
// aws:ec2/eip:Eip and aws:ec2/eipAssociation:EipAssociation.
var families = []string{
	"ami", "customer_gateway", "default", "egress_only_internet_gateway", "eip", "flow_log", "instance", "internet_gateway",
	"key_pair", "launch_configuration", "launch_template", "main_route_table_association", "nat_gateway", "network_acl",
	"network_interface", "placement_group", "proxy_protocol_policy", "route", "route_table", "security_group",
	"snapshot_create_volume_permission", "spot_datafeed_subscription", "spot_fleet_request", "spot_instance_request",
	"subnet", "volume_attachment", "vpc", "vpn",
}

// special are the tokens that do not follow from the name.
var special = map[string]string{
	// Named after the AWS console, or before there was a rule.
	"aws_autoscaling_group_tag":                   "autoscaling:Tag",
	"aws_cloudtrail":                              "cloudtrail:Trail",
	"aws_codedeploy_app":                          "codedeploy:Application",
	"aws_config_config_rule":                      "cfg:Rule",
	"aws_config_configuration_recorder":           "cfg:Recorder",
	"aws_config_configuration_recorder_status":    "cfg:RecorderStatus",
	"aws_db_instance_role_association":            "rds:RoleAssociation",
	"aws_ec2_host":                                "ec2:DedicatedHost",
	"aws_iam_user_ssh_key":                        "iam:SshKey",
	"aws_lb":                                      "lb:LoadBalancer",
	"aws_network_interface_sg_attachment":         "ec2:NetworkInterfaceSecurityGroupAttachment",
	"aws_sns_topic_data_protection_policy":        "sns:DataProtectionPolicy",
	"aws_sqs_queue_redrive_allow_policy":          "sqs:RedriveAllowPolicy",
	"aws_sqs_queue_redrive_policy":                "sqs:RedrivePolicy",
	"aws_vpc_endpoint_security_group_association": "ec2:SecurityGroupAssociation",
	"aws_vpc_endpoint_service_allowed_principal":  "ec2:VpcEndpointServiceAllowedPrinciple",
	"aws_vpc_peering_connection_options":          "ec2:PeeringConnectionOptions",

	// Acronyms written as people write them.
	"aws_iam_openid_connect_provider":    "iam:OpenIdConnectProvider",
	"aws_route53_hosted_zone_dnssec":     "route53:HostedZoneDnsSec",
	"aws_route53_resolver_dnssec_config": "route53:ResolverDnsSecConfig",

	// Newer than the module ec2, which takes no more.
	"aws_vpc_endpoint_private_dns":                      "vpc:EndpointPrivateDns",
	"aws_vpc_endpoint_service_private_dns_verification": "vpc:EndpointServicePrivateDnsVerification",
	"aws_vpc_security_group_egress_rule":                "vpc:SecurityGroupEgressRule",
	"aws_vpc_security_group_ingress_rule":               "vpc:SecurityGroupIngressRule",
	"aws_vpc_security_group_vpc_association":            "vpc:SecurityGroupVpcAssociation",

	// Node.js has a type of the rule's name already.
	"aws_rds_instance_state": "rds:InstanceDesiredState",

	// The rule's names belong to what S3 buckets were before version 4 of the provider.
	"aws_s3_bucket":                                      "s3:BucketV2",
	"aws_s3_bucket_accelerate_configuration":             "s3:BucketAccelerateConfigurationV2",
	"aws_s3_bucket_acl":                                  "s3:BucketAclV2",
	"aws_s3_bucket_analytics_configuration":              "s3:AnalyticsConfiguration",
	"aws_s3_bucket_cors_configuration":                   "s3:BucketCorsConfigurationV2",
	"aws_s3_bucket_inventory":                            "s3:Inventory",
	"aws_s3_bucket_lifecycle_configuration":              "s3:BucketLifecycleConfigurationV2",
	"aws_s3_bucket_logging":                              "s3:BucketLoggingV2",
	"aws_s3_bucket_object_lock_configuration":            "s3:BucketObjectLockConfigurationV2",
	"aws_s3_bucket_replication_configuration":            "s3:BucketReplicationConfig",
	"aws_s3_bucket_request_payment_configuration":        "s3:BucketRequestPaymentConfigurationV2",
	"aws_s3_bucket_server_side_encryption_configuration": "s3:BucketServerSideEncryptionConfigurationV2",
	"aws_s3_bucket_versioning":                           "s3:BucketVersioningV2",
	"aws_s3_bucket_website_configuration":                "s3:BucketWebsiteConfigurationV2",
	"aws_s3_object":                                      "s3:BucketObjectv2",

	// Alone of its module: nothing else of transit gateways is used.
	"aws_ec2_transit_gateway_vpc_attachment": "ec2transitgateway:VpcAttachment",

	// Alone of its service: the rules of web ACLs nest in each other, and make the schema seven times as large.
	"aws_wafv2_web_acl_association": "wafv2:WebAclAssociation",
}

// unserved are resources under a served prefix that pulumi-aws does not have, or has in a module that is not served.
var unserved = map[string]bool{
	"aws_ec2_instance_connect_endpoint": true, // in ec2transitgateway
	"aws_ec2_instance_state":            true, // in ec2transitgateway
	"aws_ec2_transit_gateway":           true, // in ec2transitgateway
	"aws_lb_cookie_stickiness_policy":   true, // of classic load balancers, in elb
	"aws_lb_ssl_negotiation_policy":     true, // of classic load balancers, in elb
	"aws_mq_user":                       true, // not finished
}

// resourceToken is the token of one of the provider's resources, empty when it is not served.
func resourceToken(name string) tokens.Type {
	if unserved[name] {
		return ""
	}
	module, typ, found := strings.Cut(special[name], ":")
	if !found {
		module, typ = byRule(strings.TrimPrefix(name, "aws_"))
	}
	if module == "" {
		return ""
	}
	return tokens.Type(member(module, typ))
}

// byRule splits a name without aws_ into the module and the type in it.
func byRule(name string) (module, typ string) {
	for _, family := range families {
		if name == family || strings.HasPrefix(name, family+"_") {
			return "ec2", pascal(name)
		}
	}
	longest := ""
	for prefix := range services {
		if len(prefix) > len(longest) && strings.HasPrefix(name, prefix+"_") {
			longest = prefix
		}
	}
	return services[longest], pascal(strings.TrimPrefix(name, longest+"_"))
}

// member is a token: aws:<module>/<name>:<Name>; the file in the middle is a leftover of Node.js.
func member(module, name string) string {
	return packageName + ":" + module + "/" + strings.ToLower(name[:1]) + name[1:] + ":" + name
}

// pascal turns subnet_group into SubnetGroup.
func pascal(snake string) string {
	var out strings.Builder
	for word := range strings.SplitSeq(snake, "_") {
		out.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return out.String()
}
