package loadbalancer

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/bucket"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
	"github.com/morpheus-ha/morpheus-aws/internal/policy"
)

// deliveryService writes the logs of load balancers, in every partition:
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
const deliveryService = "logdelivery.elasticloadbalancing.amazonaws.com"

// logs makes the bucket of access and connection logs. AWS writes a test file when logging is enabled, so the
// bucket's policy must exist before the load balancer. Log delivery cannot use a KMS key: S3's own key encrypts the
// objects.
func (c *LoadBalancer) logs(ctx *pulumi.Context, name string, args *Args) (*bucket.Bucket, error) {
	return bucket.New(ctx, naming.Child(name, "logs"), &bucket.Args{
		Protection:    args.LogsProtection,
		RetentionDays: args.Logs.RetentionDays,
		Statements: func(arn pulumi.StringOutput) []policy.Statement {
			return []policy.Statement{{
				Sid:       "LogDelivery",
				Principal: policy.Service(deliveryService),
				Actions:   []string{"s3:PutObject"},
				Resources: policy.On(pulumi.Sprintf("%s/AWSLogs/%s/*", arn, args.Location.AccountID)),
				// All load balancers of this account: their ARNs are not known before they exist.
				Conditions: []policy.Condition{
					policy.When("ArnLike", "aws:SourceArn", args.Location.ARN("elasticloadbalancing", "loadbalancer/*")),
				},
			}}
		},
	}, pulumi.Parent(c))
}
