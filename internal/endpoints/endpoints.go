// Package endpoints lists the AWS services that nodes reach by interface endpoints.
package endpoints

import (
	"slices"

	"github.com/morpheus-ha/morpheus-aws/internal/location"
)

// Service is an AWS service that nodes call, reached by an interface endpoint.
type Service struct {
	// Name of the service in the name of its endpoint service, and Prefix of its actions.
	Name, Prefix string
	// Why nodes call it.
	Why string
}

// Services are all that nodes call.
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

// chinese are the services whose endpoints begin with "cn." in the partition of China, by AWS's own list
// (aws ec2 describe-vpc-endpoint-services) as the AWS CDK keeps it: aws-cdk-lib/aws-ec2/lib/vpc-endpoint.ts.
var chinese = []string{"autoscaling", "ec2", "elasticfilesystem", "monitoring", "sts"}

// ServiceName of an endpoint, such as "com.amazonaws.us-east-1.s3".
func ServiceName(loc location.Location, service string) string {
	name := "com.amazonaws." + loc.Region + "." + service
	if loc.Partition == "aws-cn" && slices.Contains(chinese, service) {
		name = "cn." + name
	}
	return name
}
