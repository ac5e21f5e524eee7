package main

import (
	"strings"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

// functionNames are the look-ups that are served; "index" is the module of what belongs to no service.
var functionNames = map[string]string{
	"aws_acm_certificate":                   "acm:getCertificate",
	"aws_ami":                               "ec2:getAmi",
	"aws_autoscaling_group":                 "autoscaling:getGroup",
	"aws_availability_zones":                "index:getAvailabilityZones",
	"aws_backup_vault":                      "backup:getVault",
	"aws_caller_identity":                   "index:getCallerIdentity",
	"aws_default_tags":                      "index:getDefaultTags",
	"aws_ec2_managed_prefix_list":           "ec2:getManagedPrefixList",
	"aws_elb_service_account":               "elb:getServiceAccount",
	"aws_iam_policy_document":               "iam:getPolicyDocument",
	"aws_iam_role":                          "iam:getRole",
	"aws_kms_alias":                         "kms:getAlias",
	"aws_kms_key":                           "kms:getKey",
	"aws_mq_broker_engine_types":            "mq:getBrokerEngineTypes",
	"aws_mq_broker_instance_type_offerings": "mq:getInstanceTypeOfferings",
	"aws_partition":                         "index:getPartition",
	"aws_prefix_list":                       "ec2:getPrefixList",
	"aws_rds_engine_version":                "rds:getEngineVersion",
	"aws_rds_orderable_db_instance":         "rds:getOrderableDbInstance",
	"aws_region":                            "index:getRegion",
	"aws_route53_zone":                      "route53:getZone",
	"aws_secretsmanager_secret":             "secretsmanager:getSecret",
	"aws_secretsmanager_secret_version":     "secretsmanager:getSecretVersion",
	"aws_service_principal":                 "index:getServicePrincipal",
	"aws_ssm_parameter":                     "ssm:getParameter",
	"aws_subnet":                            "ec2:getSubnet",
	"aws_subnets":                           "ec2:getSubnets",
	"aws_vpc":                               "ec2:getVpc",
	"aws_vpc_endpoint_service":              "ec2:getVpcEndpointService",
}

// functions are the provider's data sources that have a token.
func functions(p shim.Provider) map[string]*tfbridge.DataSourceInfo {
	out := map[string]*tfbridge.DataSourceInfo{}
	p.DataSourcesMap().Range(func(name string, _ shim.Resource) bool {
		if module, function, found := strings.Cut(functionNames[name], ":"); found {
			out[name] = &tfbridge.DataSourceInfo{Tok: tokens.ModuleMember(member(module, function))}
		}
		return true
	})
	return out
}
