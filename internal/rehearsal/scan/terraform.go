package scan

import (
	"strings"
	"unicode"
)

// services are the modules of pulumi-aws whose Terraform types have another prefix than the module's name.
var services = map[string]string{
	"costexplorer":      "ce_",
	"ec2":               "", // aws_vpc, aws_subnet: the first types of the provider have no service in their names
	"ec2transitgateway": "ec2_transit_gateway_",
	"rds":               "db_",
	"s3":                "s3_",
	"vpc":               "vpc_",
}

// exceptional are the Terraform types that do not follow from the token.
var exceptional = map[string]string{
	"lb/loadBalancer:LoadBalancer":                    "aws_lb",
	"rds/cluster:Cluster":                             "aws_rds_cluster",
	"rds/clusterInstance:ClusterInstance":             "aws_rds_cluster_instance",
	"rds/clusterParameterGroup:ClusterParameterGroup": "aws_rds_cluster_parameter_group",
	"rds/globalCluster:GlobalCluster":                 "aws_rds_global_cluster",
	"s3/bucketObjectv2:BucketObjectv2":                "aws_s3_object",
}

// TypeName returns the Terraform type of a Pulumi type token of the AWS provider: aws_db_subnet_group for
// aws:rds/subnetGroup:SubnetGroup.
func TypeName(token string) string {
	token = strings.TrimPrefix(token, "aws:")
	if name, ok := exceptional[token]; ok {
		return name
	}
	module, rest, _ := strings.Cut(token, "/")
	_, name, _ := strings.Cut(rest, ":")
	prefix, ok := services[module]
	if !ok {
		prefix = module + "_"
	}
	// Pulumi's second form of the S3 types, after the provider took buckets apart.
	return "aws_" + prefix + snake(strings.TrimSuffix(name, "V2"))
}

// snake turns SubnetGroup and subnetGroup into subnet_group.
func snake(camel string) string {
	var out strings.Builder
	for i, r := range camel {
		if unicode.IsUpper(r) && i > 0 {
			out.WriteByte('_')
		}
		out.WriteRune(unicode.ToLower(r))
	}
	return out.String()
}
