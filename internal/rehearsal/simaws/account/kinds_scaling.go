package account

import (
	"fmt"
	"slices"
	"strings"
)

const (
	alarmT     = "aws:cloudwatch/metricAlarm:MetricAlarm"
	hookT      = "aws:autoscaling/lifecycleHook:LifecycleHook"
	asgActions = "https://docs.aws.amazon.com/autoscaling/ec2/APIReference/"
)

func init() {
	inGroup := Ref{Path: "autoscalingGroupName", To: []string{groupT}, By: "id", NotFound: "ValidationError"}
	register(
		Kind{
			// A hook of a name that the group has already is changed, not refused. The provider's id is the name alone, which
			// two groups may share; here the id tells them apart.
			Token: hookT, ID: "{autoscalingGroupName}/{name}", Took: Took{1, 1, 1},
			Refs: []Ref{inGroup},
		},
		Kind{
			Token: "aws:autoscaling/schedule:Schedule", ID: "{scheduledActionName}", Unique: "scheduledActionName", Within: "autoscalingGroupName",
			ARN:  "autoscaling:{region}:{account}:scheduledUpdateGroupAction:{uuid}:autoScalingGroupName/{autoscalingGroupName}:scheduledActionName/{scheduledActionName}",
			Refs: []Ref{inGroup}, Took: Took{1, 1, 1},
			Rules: []Rule{{"schedule-sizes", asgActions + "API_PutScheduledUpdateGroupAction.html", scheduleSizes}},
		},
		Kind{
			Token: scalingT, ID: "{name}", ARN: "autoscaling:{region}:{account}:scalingPolicy:{uuid}:autoScalingGroupName/{autoscalingGroupName}:policyName/{name}", Took: Took{2, 2, 1},
			Refs:  []Ref{inGroup},
			Rules: []Rule{{"scaling-request-label", asgActions + "API_PredefinedMetricSpecification.html", requestLabel}},
		},
		Kind{
			Token: alarmT, ID: "{name}", ARN: "cloudwatch:{region}:{account}:alarm:{name}", Unique: "name", Took: Took{1, 1, 1},
			Rules: []Rule{{"alarm-window", "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html", alarmWindow}},
		},
	)
}

func scheduleSizes(c *Call) error {
	least, most := c.Number("minSize"), c.Number("maxSize")
	if least >= 0 && most >= 0 && least > most {
		return fmt.Errorf("ValidationError: Min size %.0f must not be greater than max size %.0f", least, most)
	}
	if when := c.Text("recurrence"); when != "" && len(strings.Fields(when)) != 5 {
		return fmt.Errorf("ValidationError: Given recurrence string: %s is invalid", when)
	}
	twins := c.Find("aws:autoscaling/schedule:Schedule", func(r *Resource) bool {
		return r.State["autoscalingGroupName"] == c.Text("autoscalingGroupName") && r.State["scheduledActionName"] != c.Text("scheduledActionName") &&
			r.State["recurrence"] == c.Text("recurrence") && r.State["timeZone"] == c.State["timeZone"]
	})
	if c.Text("recurrence") != "" && len(twins) > 0 {
		return fmt.Errorf("AlreadyExists: a scheduled action at the same time exists already: %v", twins[0].State["scheduledActionName"])
	}
	return nil
}

// requestLabel must name the load balancer and a target group of the scaling group that one of its listeners uses.
func requestLabel(c *Call) error {
	const at = "targetTrackingConfiguration.predefinedMetricSpecification."
	if c.Text(at+"predefinedMetricType") != "ALBRequestCountPerTarget" {
		return nil
	}
	label := c.Text(at + "resourceLabel")
	group := c.state(groupT, c.Text("autoscalingGroupName"))
	for _, l := range c.Find(listenerT, func(*Resource) bool { return true }) {
		balancer := c.state(balancerT, fmt.Sprint(l.State["loadBalancerArn"]))
		for _, arn := range texts(l.State, "defaultActions[].targetGroupArn") {
			targets := c.state(targetGroupT, arn)
			if label == fmt.Sprintf("%v/%v", balancer["arnSuffix"], targets["arnSuffix"]) && slices.Contains(texts(group, "targetGroupArns[]"), arn) {
				return nil
			}
		}
	}
	return fmt.Errorf("ValidationError: The load balancer does not route traffic to the target group, or the group is not attached to it: %q", label)
}

// alarmWindow is the longest time that an alarm looks back.
func alarmWindow(c *Call) error {
	const day = 24 * 60 * 60
	period, periods := c.Number("period"), c.Number("evaluationPeriods")
	limit := 1.0 * day
	if period >= 60*60 {
		limit = 7 * day
	}
	if period*periods > limit {
		return fmt.Errorf("ValidationError: Metrics cannot be checked across more than %.0f seconds, got %.0f", limit, period*periods)
	}
	return nil
}

// groupBootLoop is the trap of a group with health checks by the load balancer: a node that has not started yet is unhealthy.
func groupBootLoop(c *Call) error {
	launching := slices.Contains(c.Texts("initialLifecycleHooks[].lifecycleTransition"), "autoscaling:EC2_INSTANCE_LAUNCHING")
	if c.Text("healthCheckType") == "ELB" && c.Number("healthCheckGracePeriod") == 0 && !launching {
		return fmt.Errorf("ELB health checks without grace period or launch hook end every node before it has started")
	}
	return nil
}

// dropHooks: hooks go with their group.
func dropHooks(c *Call) error {
	for _, h := range c.Find(hookT, func(r *Resource) bool { return r.State["autoscalingGroupName"] == c.self.ID }) {
		delete(c.Account.resources, key{h.Region, h.Token, h.ID})
	}
	return nil
}
