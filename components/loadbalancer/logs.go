package loadbalancer

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/bucket"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
	"github.com/morpheus-ha/morpheus-aws/internal/policy"
)

// deliveryService writes the logs of load balancers, in every partition:
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
const deliveryService = "logdelivery.elasticloadbalancing.amazonaws.com"

// makeLogs makes the bucket of access and connection logs. AWS writes a test file when logging is turned on, so the bucket's
// policy must stand before the load balancer. Log delivery cannot use a KMS key: the objects have S3's own encryption.
func (c *LoadBalancer) makeLogs(ctx *pulumi.Context, name string, args *Args) (*bucket.Bucket, error) {
	logs, err := bucket.New(ctx, naming.Child(name, "logs"), &bucket.Args{
		Protection:    args.Protection,
		RetentionDays: args.LogRetentionDays,
		Statements: func(arn pulumi.StringOutput) []policy.Statement {
			return []policy.Statement{{
				Sid:       "LogDelivery",
				Principal: policy.Service(deliveryService),
				Actions:   []string{"s3:PutObject"},
				Resources: policy.On(pulumi.Sprintf("%s/AWSLogs/%s/*", arn, args.Location.AccountID)),
				// Of this account's load balancers only: their names are not known before they are made.
				Conditions: []policy.Condition{
					policy.When("ArnLike", "aws:SourceArn", args.Location.ARN("elasticloadbalancing", "loadbalancer/*")),
				},
			}}
		},
	}, pulumi.Parent(c))
	if err != nil {
		return nil, fmt.Errorf("create the bucket of the logs: %w", err)
	}
	return logs, nil
}
