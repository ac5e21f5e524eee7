// Package endpoints lists the AWS services that nodes call through interface endpoints.
package endpoints

import (
	"slices"

	"github.com/morpheus-ha/morpheus-aws/internal/location"
)

// Service is an AWS service that nodes call through an interface endpoint.
type Service struct {
	// Name is the last part of the endpoint service's name, and Prefix the prefix of its IAM actions.
	Name, Prefix string
	// Why is the reason why nodes call it.
	Why string
}

// Services are all services that nodes call.
var Services = []Service{
	{Name: "autoscaling", Prefix: "autoscaling", Why: "lifecycle of the node's group"},
	{Name: "ec2", Prefix: "ec2", Why: "instance tags and volumes"},
	{Name: "ec2messages", Prefix: "ec2messages", Why: "messages of Systems Manager, older channel"},
	{Name: "elasticfilesystem", Prefix: "elasticfilesystem", Why: "mount targets of the shared files"},
	{Name: "kms", Prefix: "kms", Why: "keys of the credentials"},
	{Name: "logs", Prefix: "logs", Why: "log groups"},
	{Name: "monitoring", Prefix: "cloudwatch", Why: "metrics"},
	{Name: "secretsmanager", Prefix: "secretsmanager", Why: "credentials"},
	{Name: "ssm", Prefix: "ssm", Why: "Systems Manager, instead of SSH"},
	{Name: "ssmmessages", Prefix: "ssmmessages", Why: "messages and sessions of Systems Manager"},
	{Name: "sts", Prefix: "sts", Why: "the node's own identity"},
}

// chinese are the services whose endpoint names begin with "cn." in the partition of China. The source is AWS's list
// (aws ec2 describe-vpc-endpoint-services) in the AWS CDK: aws-cdk-lib/aws-ec2/lib/vpc-endpoint.ts.
var chinese = []string{"autoscaling", "ec2", "elasticfilesystem", "monitoring", "sts"}

// ServiceName returns the name of an endpoint service, such as "com.amazonaws.us-east-1.s3".
func ServiceName(loc location.Location, service string) string {
	name := "com.amazonaws." + loc.Region + "." + service
	if loc.Partition == "aws-cn" && slices.Contains(chinese, service) {
		name = "cn." + name
	}
	return name
}
