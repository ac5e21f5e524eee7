package validate

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/mq"
	"github.com/aws/aws-sdk-go-v2/service/mq/types"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
	"github.com/morpheus-ha/morpheus-aws/internal/versions"
)

func (s *Subject) messagingChecks() []check.Check {
	const group = "messaging"
	return []check.Check{
		{
			ID: "messaging-running", Group: group, Severity: check.Error,
			Asks: "does the broker run with the configured mode and type?",
			Do:   "wait if it reboots in its maintenance window; otherwise look at AWS Health: aws mq describe-broker",
			Run: func(ctx context.Context) (check.Result, error) {
				return s.ofBroker(ctx, func(b *mq.DescribeBrokerOutput) (check.Result, error) { return s.brokerRuns(b), nil })
			},
		},
		{
			ID: "messaging-zones", Group: group, Severity: check.Error,
			Asks: "is the broker in as many zones as its mode needs?",
			Do:   "restore the subnets of messaging with pulumi up; AWS moves a broker by replacing it (docs/changes.md)",
			Run:  s.brokerZones,
		},
		{
			ID: "messaging-encrypted", Group: group, Severity: check.Error,
			Asks: "is the broker encrypted with a customer key, and private?",
			Do:   "replace the broker: docs/changes.md, \"A change that loses data\"",
			Run: func(ctx context.Context) (check.Result, error) {
				return s.ofBroker(ctx, func(b *mq.DescribeBrokerOutput) (check.Result, error) { return brokerEncrypted(b), nil })
			},
		},
		{
			ID: "messaging-version", Group: group, Severity: check.Warning,
			Asks: "does the broker run the configured version, and is its end of support far?",
			Do:   "upgrade in the maintenance window: docs/changes.md",
			Run: func(ctx context.Context) (check.Result, error) {
				return s.ofBroker(ctx, func(b *mq.DescribeBrokerOutput) (check.Result, error) {
					return s.version(versions.RabbitMQ, s.Config.Messaging.EngineVersion, aws.ToString(b.EngineVersion)), nil
				})
			},
		},
	}
}

// ofBroker judges the broker, if there is one.
func (s *Subject) ofBroker(
	ctx context.Context, judge func(*mq.DescribeBrokerOutput) (check.Result, error),
) (check.Result, error) {
	pages := mq.NewListBrokersPaginator(s.Account.MQ(), &mq.ListBrokersInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return check.Result{}, err
		}
		for _, summary := range page.BrokerSummaries {
			if aws.ToString(summary.BrokerName) != s.Config.Messaging.Name {
				continue
			}
			broker, err := s.Account.MQ().DescribeBroker(ctx, &mq.DescribeBrokerInput{BrokerId: summary.BrokerId})
			if err != nil {
				return check.Result{}, err
			}
			return judge(broker)
		}
	}
	return check.Finding("the account has no broker %s", s.Config.Messaging.Name), nil
}

func (s *Subject) brokerRuns(b *mq.DescribeBrokerOutput) check.Result {
	m := s.Config.Messaging
	var problems []string
	if b.BrokerState != types.BrokerStateRunning {
		problems = append(problems, fmt.Sprintf("the broker is %s", b.BrokerState))
	}
	if string(b.DeploymentMode) != m.DeploymentMode {
		problems = append(problems, fmt.Sprintf("the broker is %s, the configuration has %s", b.DeploymentMode, m.DeploymentMode))
	}
	if got := aws.ToString(b.HostInstanceType); got != m.InstanceType {
		problems = append(problems, fmt.Sprintf("the broker is on %s, the configuration has %s", got, m.InstanceType))
	}
	for _, required := range b.ActionsRequired {
		problems = append(problems, "AWS requires an action: "+aws.ToString(required.ActionRequiredCode))
	}
	return check.Judge(problems, "the broker runs as %s on %s", b.DeploymentMode, aws.ToString(b.HostInstanceType))
}

func (s *Subject) brokerZones(ctx context.Context) (check.Result, error) {
	return s.ofBroker(ctx, func(b *mq.DescribeBrokerOutput) (check.Result, error) {
		zones, err := s.zonesOf(ctx, b.SubnetIds)
		if err != nil {
			return check.Result{}, err
		}
		want := len(s.zones())
		if b.DeploymentMode == types.DeploymentModeSingleInstance {
			want = 1
		}
		if len(zones) < want {
			return check.Finding("the broker is in %d zones and needs %d: %s", len(zones), want, strings.Join(zones, ", ")), nil
		}
		return check.Pass("the broker is in %s", strings.Join(zones, ", ")), nil
	})
}

// zonesOf returns the zones of subnets.
func (s *Subject) zonesOf(ctx context.Context, subnets []string) ([]string, error) {
	if len(subnets) == 0 {
		return nil, nil
	}
	found, err := s.Account.EC2().DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{SubnetIds: subnets})
	if err != nil {
		return nil, err
	}
	var zones []string
	for _, subnet := range found.Subnets {
		zones = append(zones, aws.ToString(subnet.AvailabilityZone))
	}
	return distinct(zones), nil
}

func brokerEncrypted(b *mq.DescribeBrokerOutput) check.Result {
	var problems []string
	if b.EncryptionOptions == nil || aws.ToBool(b.EncryptionOptions.UseAwsOwnedKey) {
		problems = append(problems, "the broker has no customer key")
	}
	if aws.ToBool(b.PubliclyAccessible) {
		problems = append(problems, "the broker is public")
	}
	return check.Judge(problems, "the broker is private and has a customer key")
}
