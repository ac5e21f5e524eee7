package awstypes

import (
	"fmt"
	"maps"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
)

// cannotPublish returns why a service may not publish to a topic, for this account; "" if it may.
func (c *Call) cannotPublish(service, topic string) string {
	return c.cannotPublishWith(caller{principal: service}, topic)
}

// cannotPublishWith is cannotPublish for any caller; its resource is filled in.
func (c *Call) cannotPublishWith(by caller, topic string) string {
	topics := c.FindBy(awstoken.SNSTopic, "arn", topic)
	if len(topics) == 0 {
		return fmt.Sprintf("there is no topic %s", topic)
	}
	by.resource = topic
	var document any
	if policies := c.FindBy(awstoken.SNSTopicPolicy, "arn", topic); len(policies) > 0 {
		document = policies[0].State["policy"]
	}
	if !c.mayAll(document, by, "sns:Publish") {
		return fmt.Sprintf("the policy of %s does not let %s publish", topic, by.principal)
	}
	keyArn, _ := topics[0].State["kmsMasterKeyId"].(string)
	if keyArn == "" {
		return ""
	}
	keys := c.FindBy(awstoken.KMSKey, "arn", keyArn)
	by.resource, by.key = keyArn, true
	context := c.throughSNS()
	maps.Copy(context, by.context)
	by.context = context
	if len(keys) == 0 || !c.mayAll(keys[0].State["policy"], by, "kms:Decrypt", "kms:GenerateDataKey") {
		return fmt.Sprintf("the policy of the key of %s does not let %s encrypt", topic, by.principal)
	}
	return ""
}
