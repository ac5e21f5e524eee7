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

func newBroker(
	ctx *pulumi.Context, name string, args *Args, user *credential.Credential, parent pulumi.Resource,
) (*mq.Broker, error) {
	return mq.NewBroker(ctx, name, &mq.BrokerArgs{
		BrokerName: pulumi.String(args.BrokerName),
		// Written as AWS hands it back: the provider compares the case, and a difference would replace the broker.
		EngineType:       pulumi.String("RabbitMQ"),
		EngineVersion:    pulumi.String(args.EngineVersion),
		HostInstanceType: pulumi.String(args.InstanceType),
		DeploymentMode:   pulumi.String(args.DeploymentMode),
		// AWS requires it from 3.13 on, and the provider's default is false: hashicorp/terraform-provider-aws#42516.
		AutoMinorVersionUpgrade: pulumi.Bool(true),
		// A reboot in the day cuts every client's connection; until the window comes, a preview shows the change again.
		ApplyImmediately:   pulumi.Bool(false),
		PubliclyAccessible: pulumi.Bool(false),
		SubnetIds:          connection.SubnetIDs(args.placements()),
		SecurityGroups:     pulumi.StringArray{args.SecurityGroupID},
		EncryptionOptions: mq.BrokerEncryptionOptionsArgs{
			UseAwsOwnedKey: pulumi.Bool(false),
			KmsKeyId:       args.KeyArn,
		},
		// RabbitMQ has no audit log; asking for one is refused.
		Logs: mq.BrokerLogsArgs{General: pulumi.Bool(true)},
		MaintenanceWindowStartTime: mq.BrokerMaintenanceWindowStartTimeArgs{
			DayOfWeek: pulumi.String(args.MaintenanceDay),
			TimeOfDay: pulumi.String(args.MaintenanceTime),
			TimeZone:  pulumi.String("UTC"),
		},
		// Exactly one user for RabbitMQ; groups and console access are ActiveMQ's.
		Users: mq.BrokerUserArray{mq.BrokerUserArgs{
			Username: pulumi.String(username),
			Password: user.Password,
		}},
	}, brokerOptions(args, parent)...)
}

func brokerOptions(args *Args, parent pulumi.Resource) []pulumi.ResourceOption {
	return []pulumi.ResourceOption{
		pulumi.Parent(parent),
		pulumi.Protect(args.Protection.Protect),
		// AWS never returns the users of a RabbitMQ broker and cannot change them: a password is rotated through the
		// management API, and an edit here would only seem to do it.
		pulumi.IgnoreChanges([]string{"users"}),
		// AWS fixes the set of security groups at creation, but the provider would plan an update. The preview has to say
		// what it means, and the protection can then refuse it. Traffic is changed by the rules inside the group.
		// https://docs.aws.amazon.com/amazon-mq/latest/developer-guide/configuring-private-broker.html
		pulumi.ReplaceOnChanges([]string{"securityGroups"}),
		// The name is fixed and unique, so the old broker has to go first.
		pulumi.DeleteBeforeReplace(true),
		// The provider waits 30 minutes, which a cluster may need alone to start.
		pulumi.Timeouts(&pulumi.CustomTimeouts{Create: "60m", Update: "60m", Delete: "60m"}),
	}
}

// host takes the DNS name out of the endpoint amqps://host:5671. The nodes of a cluster share it, so the first says all.
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

func managementURL(instances []mq.BrokerInstance) (string, error) {
	if len(instances) == 0 || instances[0].ConsoleUrl == nil || *instances[0].ConsoleUrl == "" {
		return "", errors.New("messaging: the broker has no console URL")
	}
	return *instances[0].ConsoleUrl, nil
}
