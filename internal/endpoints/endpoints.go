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
	// Why is the reason for the endpoint.
	Why string
	// AnyAccount is true if the appliance calls the service for the AWS clouds that it manages, with keys of their
	// accounts. The private DNS of an endpoint takes these calls too.
	AnyAccount bool
	// Isolated is true if only nodes without a way to the internet need the endpoint.
	Isolated bool
}

// services are all services that nodes call.
var services = []Service{
	{Name: "autoscaling", Prefix: "autoscaling", Why: "lifecycle hooks", AnyAccount: true, Isolated: true},
	{
		Name: "ec2", Prefix: "ec2", AnyAccount: true,
		Why: "managed clouds; Security Hub control EC2.10 requires it",
	},
	{Name: "kms", Prefix: "kms", Why: "managed clouds", AnyAccount: true, Isolated: true},
	{Name: "logs", Prefix: "logs", Why: "log files; cheaper for each GB than a NAT gateway"},
	{Name: "monitoring", Prefix: "cloudwatch", Why: "metrics of the nodes", AnyAccount: true, Isolated: true},
	{Name: "secretsmanager", Prefix: "secretsmanager", Why: "credentials, also while NAT gateways fail"},
	{Name: "ssm", Prefix: "ssm", Why: "Systems Manager, instead of SSH; Security Hub control EC2.57 requires it"},
	{Name: "ssmmessages", Prefix: "ssmmessages", Why: "shells on nodes, also while NAT gateways fail"},
	{Name: "sts", Prefix: "sts", Why: "managed clouds", AnyAccount: true, Isolated: true},
}

// Services are the services that need an endpoint, for nodes with or without a way to the internet.
func Services(internet bool) []Service {
	return slices.DeleteFunc(slices.Clone(services), func(s Service) bool { return internet && s.Isolated })
}

// chinese are the services whose endpoint names begin with "cn." in the partition of China. The source is AWS's list
// (aws ec2 describe-vpc-endpoint-services) in the AWS CDK: aws-cdk-lib/aws-ec2/lib/vpc-endpoint.ts.
var chinese = []string{"autoscaling", "ec2", "monitoring", "sts"}

// ServiceName returns the name of an endpoint service, such as "com.amazonaws.us-east-1.s3".
func ServiceName(loc location.Location, service string) string {
	name := "com.amazonaws." + loc.Region + "." + service
	if loc.Partition == "aws-cn" && slices.Contains(chinese, service) {
		name = "cn." + name
	}
	return name
}
