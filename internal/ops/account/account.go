// Package account gives access to an AWS account in one region, with bounded retries, and turns errors of AWS into one
// line that names the cause and never a credential.
package account

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/arczonalshift"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/backup"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/efs"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/mq"
	"github.com/aws/aws-sdk-go-v2/service/opensearch"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

const (
	attempts   = 4
	maxBackoff = 5 * time.Second
)

// Account is an AWS account in one region.
type Account struct{ config aws.Config }

// Open uses the credentials of the environment, like the AWS CLI. It calls nothing.
func Open(ctx context.Context, region string) (*Account, error) {
	loaded, err := config.LoadDefaultConfig(ctx, config.WithRegion(region))
	if err != nil {
		return nil, fmt.Errorf("read the configuration of the AWS SDK: %w", err)
	}
	return From(loaded), nil
}

// From uses a configuration of the SDK. Calls are repeated at most three times.
func From(c aws.Config) *Account {
	c.Retryer = func() aws.Retryer {
		return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxAttempts, o.MaxBackoff = attempts, maxBackoff })
	}
	return &Account{config: c}
}

// In returns the same account in another region.
func (a *Account) In(region string) *Account {
	c := a.config.Copy()
	c.Region = region
	return &Account{config: c}
}

// Region of the calls.
func (a *Account) Region() string { return a.config.Region }

// Simulated reports whether the calls go to another address than AWS's, such as a simulation's.
func (a *Account) Simulated() bool { return a.config.BaseEndpoint != nil }

// Expires returns when the credentials end, and whether the SDK knows it.
func (a *Account) Expires(ctx context.Context) (time.Time, bool, error) {
	got, err := a.config.Credentials.Retrieve(ctx)
	return got.Expires, err == nil && got.CanExpire, err
}

// ACM returns a client of the service.
func (a *Account) ACM() *acm.Client { return acm.NewFromConfig(a.config) }

// ZonalShift returns a client of the service.
func (a *Account) ZonalShift() *arczonalshift.Client { return arczonalshift.NewFromConfig(a.config) }

// AutoScaling returns a client of the service.
func (a *Account) AutoScaling() *autoscaling.Client { return autoscaling.NewFromConfig(a.config) }

// Backup returns a client of the service.
func (a *Account) Backup() *backup.Client { return backup.NewFromConfig(a.config) }

// CloudWatch returns a client of the service.
func (a *Account) CloudWatch() *cloudwatch.Client { return cloudwatch.NewFromConfig(a.config) }

// Logs returns a client of the service.
func (a *Account) Logs() *cloudwatchlogs.Client { return cloudwatchlogs.NewFromConfig(a.config) }

// EC2 returns a client of the service.
func (a *Account) EC2() *ec2.Client { return ec2.NewFromConfig(a.config) }

// EFS returns a client of the service.
func (a *Account) EFS() *efs.Client { return efs.NewFromConfig(a.config) }

// ELB returns a client of the service.
func (a *Account) ELB() *elb.Client { return elb.NewFromConfig(a.config) }

// IAM returns a client of the service.
func (a *Account) IAM() *iam.Client { return iam.NewFromConfig(a.config) }

// KMS returns a client of the service.
func (a *Account) KMS() *kms.Client { return kms.NewFromConfig(a.config) }

// MQ returns a client of the service.
func (a *Account) MQ() *mq.Client { return mq.NewFromConfig(a.config) }

// OpenSearch returns a client of the service.
func (a *Account) OpenSearch() *opensearch.Client { return opensearch.NewFromConfig(a.config) }

// Quotas returns a client of the service.
func (a *Account) Quotas() *servicequotas.Client { return servicequotas.NewFromConfig(a.config) }

// RDS returns a client of the service.
func (a *Account) RDS() *rds.Client { return rds.NewFromConfig(a.config) }

// Route53 returns a client of the service.
func (a *Account) Route53() *route53.Client { return route53.NewFromConfig(a.config) }

// S3 returns a client of the service.
func (a *Account) S3() *s3.Client {
	return s3.NewFromConfig(a.config, func(o *s3.Options) {
		// Another implementation of the API has no names for its buckets in the DNS.
		o.UsePathStyle = a.config.BaseEndpoint != nil
	})
}

// Secrets returns a client of the service.
func (a *Account) Secrets() *secretsmanager.Client { return secretsmanager.NewFromConfig(a.config) }

// SNS returns a client of the service.
func (a *Account) SNS() *sns.Client { return sns.NewFromConfig(a.config) }

// SSM returns a client of the service.
func (a *Account) SSM() *ssm.Client { return ssm.NewFromConfig(a.config) }

// STS returns a client of the service.
func (a *Account) STS() *sts.Client { return sts.NewFromConfig(a.config) }
