package messaging

import (
	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/changes"
	"github.com/morpheus-ha/morpheus-aws/internal/versions"
)

const (
	losesMessages = "replaces the broker - its messages, users and virtual hosts are lost"
	rebootsNodes  = "reboot in the maintenance window, one node at a time in a cluster; clients reconnect"
)

// Changes lists what a change of a property does to the messages.
// https://docs.aws.amazon.com/amazon-mq/latest/developer-guide/amazon-mq-editing-broker-preferences.html
var Changes = changes.Table{
	{
		Token: awstoken.MQBroker, Property: "brokerName", Effect: changes.DataLoss,
		Risk: losesMessages, Input: "name", Keys: "messaging.name",
	},
	{
		Token: awstoken.MQBroker, Property: "deploymentMode", Effect: changes.DataLoss,
		Risk: losesMessages, Input: "deploymentMode", Keys: "messaging.deploymentMode",
	},
	{
		Token: awstoken.MQBroker, Property: "subnetIds", Effect: changes.DataLoss,
		Risk: losesMessages, Input: "subnetIds", Keys: "network.availabilityZones",
	},
	{
		Token: awstoken.MQBroker, Property: "securityGroups", Effect: changes.DataLoss,
		Risk: losesMessages, Input: "securityGroupId",
	},
	{
		Token: awstoken.MQBroker, Property: "encryptionOptions.kmsKeyId", Effect: changes.DataLoss,
		Risk: losesMessages, Input: "keyArn", Keys: "encryption.keys.messaging",
	},
	{
		Token: awstoken.MQBroker, Property: "encryptionOptions.useAwsOwnedKey", Effect: changes.DataLoss,
		Risk: losesMessages,
	},
	{Token: awstoken.MQBroker, Property: "engineType", Effect: changes.DataLoss, Risk: losesMessages},
	{Token: awstoken.MQBroker, Property: "publiclyAccessible", Effect: changes.DataLoss, Risk: losesMessages},
	{
		Token: awstoken.MQBroker, Property: "hostInstanceType", Effect: changes.Restart,
		Risk: rebootsNodes, Input: "instanceType", Keys: "messaging.instanceType",
	},
	{
		Token: awstoken.MQBroker, Property: "engineVersion", Effect: changes.Refused,
		Risk: "is a downgrade, which Amazon MQ refuses", When: versions.Lowered,
		Input: "engineVersion", Keys: "messaging.engineVersion",
	},
	{
		Token: awstoken.MQBroker, Property: "engineVersion", Effect: changes.Restart,
		Risk: rebootsNodes, Input: "engineVersion", Keys: "messaging.engineVersion",
	},
	{Token: awstoken.MQBroker, Property: "logs", Effect: changes.Restart, Risk: rebootsNodes},
	{
		Token: awstoken.RandomPassword, Property: "keepers", Effect: changes.ManualStep,
		Risk: "new password in the secret; the broker keeps the old one until docs/secrets.md is followed",
		Keys: "rotation.messaging",
	},
}
