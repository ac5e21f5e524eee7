package drill

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/mq"
	"github.com/aws/aws-sdk-go-v2/service/mq/types"
)

// broker reboots the broker. Amazon MQ has no call that stops one node of a cluster.
type broker struct {
	*run
	id string
}

func (d *broker) describe(ctx context.Context) (*mq.DescribeBrokerOutput, error) {
	return d.subject.Account.MQ().DescribeBroker(ctx, &mq.DescribeBrokerInput{BrokerId: &d.id})
}

func (d *broker) look(ctx context.Context) ([]Fact, []string, error) {
	name := d.subject.Config.Messaging.Name
	pages := mq.NewListBrokersPaginator(d.subject.Account.MQ(), &mq.ListBrokersInput{})
	for pages.HasMorePages() && d.id == "" {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, nil, err
		}
		for _, summary := range page.BrokerSummaries {
			if aws.ToString(summary.BrokerName) == name {
				d.id = aws.ToString(summary.BrokerId)
			}
		}
	}
	if d.id == "" {
		return nil, nil, nil // a check has found it already
	}
	b, err := d.describe(ctx)
	if err != nil {
		return nil, nil, err
	}
	if b.DeploymentMode != types.DeploymentModeClusterMultiAz {
		return nil, []string{fmt.Sprintf("the broker %s is %s: nothing serves while it reboots", name, b.DeploymentMode)}, nil
	}
	return []Fact{{
		Name: "broker " + d.id, Value: fmt.Sprintf("%s, %s, RabbitMQ %s", b.BrokerState, b.DeploymentMode, aws.ToString(b.EngineVersion)),
	}}, nil, nil
}

func (d *broker) does() string {
	return fmt.Sprintf("reboot the broker %s (mq RebootBroker)", d.subject.Config.Messaging.Name)
}

func (d *broker) inject(ctx context.Context) error {
	_, err := d.subject.Account.MQ().RebootBroker(ctx, &mq.RebootBrokerInput{BrokerId: &d.id})
	return err
}

func (d *broker) noticed(ctx context.Context) (bool, string, error) {
	b, err := d.describe(ctx)
	if err != nil {
		return false, "", err
	}
	return b.BrokerState != types.BrokerStateRunning, "the broker is " + string(b.BrokerState), nil
}

func (d *broker) whole(ctx context.Context) (bool, string, error) {
	b, err := d.describe(ctx)
	if err != nil {
		return false, "", err
	}
	return b.BrokerState == types.BrokerStateRunning, "the broker is " + string(b.BrokerState), nil
}
