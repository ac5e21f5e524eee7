package messaging

import (
	"errors"
	"fmt"
	"net/url"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/mq"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/connection"
	"github.com/morpheus-ha/morpheus-aws/components/credential"
)

func (m *Messaging) broker(
	ctx *pulumi.Context, name string, args *Args, user *credential.Credential,
) (*mq.Broker, error) {
	s := args.Settings
	return mq.NewBroker(ctx, name, &mq.BrokerArgs{
		BrokerName: pulumi.String(s.Name),
		// Spelled as AWS returns it: the provider compares the case, and a difference would replace the broker.
		EngineType:       pulumi.String("RabbitMQ"),
		EngineVersion:    pulumi.String(s.EngineVersion),
		HostInstanceType: pulumi.String(s.InstanceType),
		DeploymentMode:   pulumi.String(s.DeploymentMode),
		// AWS requires it from 3.13 on, and the provider's default is false: hashicorp/terraform-provider-aws#42516.
		AutoMinorVersionUpgrade: pulumi.Bool(true),
		// A reboot cuts every client's connection, so it waits for the window; until then a preview shows the change again.
		ApplyImmediately:   pulumi.Bool(false),
		PubliclyAccessible: pulumi.Bool(false),
		SubnetIds:          connection.SubnetIDs(args.subnets()),
		SecurityGroups:     pulumi.StringArray{args.SecurityGroupID},
		EncryptionOptions: mq.BrokerEncryptionOptionsArgs{
			UseAwsOwnedKey: pulumi.Bool(false),
			KmsKeyId:       args.KeyArn,
		},
		// RabbitMQ has no audit log; asking for one is refused.
		Logs: mq.BrokerLogsArgs{General: pulumi.Bool(true)},
		MaintenanceWindowStartTime: mq.BrokerMaintenanceWindowStartTimeArgs{
			DayOfWeek: pulumi.String(s.MaintenanceDay),
			TimeOfDay: pulumi.String(s.MaintenanceTime),
			TimeZone:  pulumi.String("UTC"),
		},
		// RabbitMQ takes exactly one user; groups and console access are for ActiveMQ.
		Users: mq.BrokerUserArray{mq.BrokerUserArgs{
			Username: pulumi.String(username),
			Password: user.Password,
		}},
	}, m.brokerOptions(args)...)
}

func (m *Messaging) brokerOptions(args *Args) []pulumi.ResourceOption {
	return []pulumi.ResourceOption{
		pulumi.Parent(m),
		pulumi.Protect(args.Protection.Protect),
		// AWS never returns the users of a RabbitMQ broker and cannot change them: a password is rotated through the
		// management API, and an edit here would have no effect.
		pulumi.IgnoreChanges([]string{"users"}),
		// AWS fixes the set of security groups at creation, but the provider would plan an update. With this the preview
		// shows the replacement, and the protection can refuse it. To change the traffic, change the rules of the group.
		// https://docs.aws.amazon.com/amazon-mq/latest/developer-guide/configuring-private-broker.html
		pulumi.ReplaceOnChanges([]string{"securityGroups"}),
		// The name is fixed and unique, so the old broker has to go first.
		pulumi.DeleteBeforeReplace(true),
		// The provider waits 30 minutes, which may be too short for the start of a cluster.
		pulumi.Timeouts(&pulumi.CustomTimeouts{Create: "60m", Update: "60m", Delete: "60m"}),
	}
}

// host is the DNS name in the endpoint amqps://host:5671, which all nodes of a cluster share.
func host(instances []mq.BrokerInstance) (string, error) {
	if len(instances) == 0 || len(instances[0].Endpoints) == 0 {
		return "", errors.New("messaging: the broker has no endpoint")
	}
	endpoint := instances[0].Endpoints[0]
	parsed, err := url.Parse(endpoint)
	if err != nil || parsed.Hostname() == "" {
		return "", fmt.Errorf("messaging: the broker's endpoint must be amqps://host:%d, got %q", Port, endpoint)
	}
	return parsed.Hostname(), nil
}

// managementURL is the URL of the console, whose host serves the management API too.
func managementURL(instances []mq.BrokerInstance) (string, error) {
	if len(instances) == 0 || instances[0].ConsoleUrl == nil || *instances[0].ConsoleUrl == "" {
		return "", errors.New("messaging: the broker has no console URL")
	}
	return *instances[0].ConsoleUrl, nil
}
