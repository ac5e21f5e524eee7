package awstypes

import (
	"errors"
	"fmt"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/evaluate"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/eventbridge"
)

// eventsService is the service principal of EventBridge.
const eventsService = "events.amazonaws.com"

func eventbridgeTypes() []Type {
	ruleName := matches(`^[0-9A-Za-z_.-]{1,64}$`) // events/validate.go
	return []Type{
		{
			Token: awstoken.EventRule,
			Simulation: Simulation{
				ID: "{name}", ARN: "events:{region}:{account}:rule/{name}", Unique: "name",
				Duration: Duration{Create: 1, Update: 1, Delete: 1},
				OnDelete: ruleInUse,
				Rules: []Rule{{
					Name: "event-pattern", AWS: Error,
					Refuses: "a pattern that is no object of arrays, that is empty, or that has more than 4,096 characters",
					Source:  docs + "eventbridge/latest/APIReference/API_PutRule.html",
					Check:   eventPattern,
				}},
				Outputs: func(c *Call) { c.fill("state", "ENABLED") },
			},
			Provider: Provider{
				Source: "events/rule",
				Checks: map[string][]Check{
					"name": {ruleName}, "eventPattern": {isJSON}, "roleArn": {isARN},
				},
			},
			Permissions: &Permissions{
				Read:  actions("events: DescribeRule ListTagsForResource"),
				Write: actions("events: PutRule DeleteRule TagResource UntagResource"),
			},
			Listing: &Listing{Kind: "event rule", Service: "events", Call: "AWSEvents.ListRules", ID: `"Name": ?"([^"]+)`},
			Example: Values{"name": "failover", "eventPattern": `{"source": ["aws.rds"]}`},
		},
		{
			Token: awstoken.EventTarget,
			Simulation: Simulation{
				ID:       "{rule}-{targetId}",
				Duration: Duration{Create: 1, Update: 1, Delete: 1},
				References: []Reference{{
					Path: "rule", To: []string{awstoken.EventRule}, By: "name", NotFound: "ResourceNotFoundException",
				}},
				Rules: []Rule{{
					Name: "event-target-region", AWS: Error,
					Refuses: "a target in another region, unless it is an event bus and the target has a role",
					Source:  docs + "eventbridge/latest/userguide/eb-cross-region.html",
					Check:   eventTargetRegion,
				}, {
					Name: "event-target", AWS: Quiet,
					Refuses: "a topic that the target's role, or EventBridge itself, may not publish to, or whose key it may not use; " +
						"an event bus to which the role may not send, or the bus of the rule",
					Source: docs + "eventbridge/latest/userguide/eb-use-resource-based.html",
					Check:  eventTarget,
				}},
			},
			Provider: Provider{
				Source: "events/target",
				Checks: map[string][]Check{
					"rule": {ruleName}, "targetId": {ruleName}, "arn": {isARN}, "roleArn": {isARN},
				},
			},
			Permissions: &Permissions{
				Read:      actions("events: ListTargetsByRule"),
				Write:     actions("events: PutTargets RemoveTargets"),
				Dependent: actions("iam: PassRole"),
			},
			NotListed: "AWS does not delete a rule that has one",
			Example: Values{
				"rule": "${happened.name}", "targetId": "topic", "arn": "${alarms.arn}", "roleArn": "${events-role.arn}",
			},
		},
	}
}

func eventPattern(c *Call) error {
	if _, err := eventbridge.Parse(c.Text("eventPattern")); err != nil {
		return fmt.Errorf("InvalidEventPatternException: Event pattern is not valid. Reason: %w", err)
	}
	return nil
}

// ruleInUse refuses the deletion of a rule with targets.
func ruleInUse(c *Call) error {
	if len(c.FindBy(awstoken.EventTarget, "rule", c.ID)) > 0 {
		return errors.New("ValidationException: Rule can't be deleted since it has targets")
	}
	return nil
}

// eventTarget refuses a topic to which the events do not get. AWS accepts it, and counts a failed invocation.
func eventTarget(c *Call) error {
	why, roleARN := "", c.Text("roleArn")
	switch {
	case isEventBus(c.Text("arn")):
		why = c.roleCannotSend(roleARN, c.Text("rule"), c.Text("arn"))
	case roleARN != "":
		why = c.roleCannotPublish(roleARN, c.Text("rule"), c.Text("arn"))
	default:
		why = c.eventsCannotPublish(c.Text("arn"))
	}
	if why != "" {
		return fmt.Errorf("nobody is notified: %s", why)
	}
	return nil
}

// eventsCannotPublish is cannotPublish for EventBridge without a role, which sends neither the account nor the rule to
// an encrypted topic.
func (c *Call) eventsCannotPublish(topic string) string {
	return c.cannotPublishWith(caller{
		principal: eventsService, context: map[string][]string{"aws:SourceAccount": nil},
	}, topic)
}

// roleCannotPublish returns why EventBridge may not publish to a topic with a role, for a rule.
func (c *Call) roleCannotPublish(roleARN, rule, topic string) string {
	by, why := c.ruleWithRole(roleARN, rule)
	if why != "" {
		return why
	}
	return c.cannotPublishWith(by, topic)
}

// isEventBus reports whether an ARN is that of an event bus.
func isEventBus(arn string) bool { return strings.Contains(arn, ":event-bus/") }

// eventTargetRegion refuses what PutTargets refuses of a target in another region.
func eventTargetRegion(c *Call) error {
	switch target := c.Text("arn"); {
	case regionOf(target) == c.Region:
	case !isEventBus(target):
		return fmt.Errorf("ValidationException: Parameter %s is not valid. Reason: Provided Arn is not in the region %s", target,
			c.Region)
	case c.Text("roleArn") == "":
		return fmt.Errorf("ValidationException: RoleArn is required for target %s", target)
	}
	return nil
}

// roleCannotSend returns why EventBridge may not send events of a rule to a bus of the account with a role.
func (c *Call) roleCannotSend(roleARN, rule, bus string) string {
	if bus == c.Expand("arn:{partition}:events:{region}:{account}:event-bus/default") {
		return "the events of " + rule + " go round: " + bus + " is the bus of the rule"
	}
	by, why := c.ruleWithRole(roleARN, rule)
	if why != "" {
		return why
	}
	by.resource = bus
	if !c.mayAll(nil, by, "events:PutEvents") {
		return fmt.Sprintf("the policies of %s do not let it send to %s", roleARN, bus)
	}
	return ""
}

// ruleWithRole is a role that EventBridge assumes for a rule, as a caller; or why EventBridge may not assume it.
func (c *Call) ruleWithRole(roleARN, rule string) (by caller, why string) {
	roles := c.FindBy(awstoken.IAMRole, "arn", roleARN)
	if len(roles) == 0 {
		return by, fmt.Sprintf("there is no role %s", roleARN)
	}
	assume := caller{principal: eventsService, resource: roleARN, context: map[string][]string{
		"aws:SourceArn": {c.Expand("arn:{partition}:events:{region}:{account}:rule/") + rule},
	}}
	if !c.mayAll(roles[0].State["assumeRolePolicy"], assume, "sts:AssumeRole") {
		return by, fmt.Sprintf("%s may not assume %s for the rule %s", eventsService, roleARN, rule)
	}
	by = caller{principal: roleARN}
	for _, p := range c.FindBy(awstoken.IAMRolePolicy, "role", roles[0].State["name"]) {
		text, _ := p.State["policy"].(string)
		if doc, err := evaluate.Parse(text); err == nil {
			by.identity = append(by.identity, doc)
		}
	}
	return by, ""
}

// throughSNS are the condition keys of a use of a key by a topic.
func (c *Call) throughSNS() map[string][]string {
	return map[string][]string{
		"kms:ViaService": {strings.Join([]string{"sns", c.Region, DNSSuffix(c.Partition)}, ".")},
	}
}
