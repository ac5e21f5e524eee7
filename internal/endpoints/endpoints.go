// Package endpoints names the AWS services that nodes reach by interface endpoints.
package endpoints

import (
	"slices"

	"github.com/morpheus-ha/morpheus-aws/internal/location"
)

// Service is an AWS service that nodes call, reached by an interface endpoint.
type Service struct {
	// Name in the name of the endpoint service, and Prefix of its actions.
	Name, Prefix string
	// Why nodes call it.
	Why string
}

// Services are all that nodes call.
var Services = []Service{
	{"autoscaling", "autoscaling", "lifecycle of the node's group"},
	{"ec2", "ec2", "instance tags and volumes"},
	{"ec2messages", "ec2messages", "messages of Systems Manager, older channel"},
	{"elasticfilesystem", "elasticfilesystem", "mount targets of the shared files"},
	{"kms", "kms", "keys of the credentials"},
	{"logs", "logs", "log groups"},
	{"monitoring", "cloudwatch", "metrics"},
	{"secretsmanager", "secretsmanager", "credentials"},
	{"ssm", "ssm", "Systems Manager, instead of SSH"},
	{"ssmmessages", "ssmmessages", "messages and sessions of Systems Manager"},
	{"sts", "sts", "the node's own identity"},
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
