package awstypes

import (
	"fmt"
	"slices"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
)

func scalingPolicy() Type {
	return Type{
		Token: awstoken.AutoScalingPolicy,
		Simulation: Simulation{
			ID: "{name}",
			ARN: "autoscaling:{region}:{account}:scalingPolicy:{uuid}:autoScalingGroupName/{autoscalingGroupName}:" +
				"policyName/{name}",
			Duration:   Duration{Create: 2, Update: 2, Delete: 1},
			References: []Reference{toScalingGroup},
			Rules: []Rule{{
				Name: "scaling-request-label", AWS: Error,
				Refuses: "requests per target of a target group that is not attached, or that no listener uses",
				Source:  docs + "autoscaling/ec2/APIReference/API_PredefinedMetricSpecification.html",
				Check:   requestLabel,
			}},
		},
		Provider: Provider{Source: "autoscaling/policy", Autonamed: "name", NameLimit: 255},
		Permissions: &Permissions{
			Read:  actions("autoscaling: DescribePolicies"),
			Write: actions("autoscaling: PutScalingPolicy DeletePolicy"),
		},
		Listing: &Listing{
			Kind: "scaling policy", Service: "autoscaling", Call: "DescribePolicies", ID: `<PolicyARN>([^<]+)`,
		},
		Example: Values{"name": "cpu", "autoscalingGroupName": "${nodes.name}"},
	}
}

// requestLabel must name the load balancer and a target group of the scaling group that one of its listeners uses.
func requestLabel(c *Call) error {
	const at = "targetTrackingConfiguration.predefinedMetricSpecification."
	if c.Text(at+"predefinedMetricType") != "ALBRequestCountPerTarget" {
		return nil
	}
	label := c.Text(at + "resourceLabel")
	group := c.state(awstoken.AutoScalingGroup, c.Text("autoscalingGroupName"))
	for _, l := range c.Find(awstoken.LBListener, func(*Resource) bool { return true }) {
		balancer := c.state(awstoken.LBLoadBalancer, fmt.Sprint(l.State["loadBalancerArn"]))
		for _, arn := range Texts(l.State, "defaultActions[].targetGroupArn") {
			targets := c.state(awstoken.LBTargetGroup, arn)
			if label == fmt.Sprintf("%v/%v", balancer["arnSuffix"], targets["arnSuffix"]) &&
				slices.Contains(Texts(group, "targetGroupArns[]"), arn) {
				return nil
			}
		}
	}
	return fmt.Errorf("ValidationError: The load balancer does not route traffic to the target group, or the "+
		"group is not attached to it: %q", label)
}

func scalingSchedule() Type {
	return Type{
		Token: awstoken.AutoScalingSchedule,
		Simulation: Simulation{
			ID: "{scheduledActionName}",
			ARN: "autoscaling:{region}:{account}:scheduledUpdateGroupAction:{uuid}:" +
				"autoScalingGroupName/{autoscalingGroupName}:scheduledActionName/{scheduledActionName}",
			Unique: "scheduledActionName", UniqueWithin: "autoscalingGroupName",
			Duration:   Duration{Create: 1, Update: 1, Delete: 1},
			References: []Reference{toScalingGroup},
			Rules: []Rule{{
				Name: "schedule-sizes", AWS: Error,
				Refuses: "a minimum above the maximum, a time that is not a cron expression, the time of " +
					"another action of the group",
				Source: docs + "autoscaling/ec2/APIReference/API_PutScheduledUpdateGroupAction.html",
				Check:  scheduleSizes,
			}},
		},
		Provider: Provider{Source: "autoscaling/schedule"},
		Permissions: &Permissions{
			Read:  actions("autoscaling: DescribeScheduledActions"),
			Write: actions("autoscaling: PutScheduledUpdateGroupAction DeleteScheduledAction"),
		},
		Listing: &Listing{
			Kind: "scaling schedule", Service: "autoscaling", Call: "DescribeScheduledActions",
			ID: `<ScheduledActionName>([^<]+)`,
		},
		Example: Values{
			"scheduledActionName": "day", "autoscalingGroupName": "${nodes.name}", "recurrence": "0 7 * * 1-5",
			"minSize": 3, "maxSize": 6, "desiredCapacity": -1,
		},
	}
}

func scheduleSizes(c *Call) error {
	least, most := c.number("minSize"), c.number("maxSize")
	if least >= 0 && most >= 0 && least > most {
		return fmt.Errorf("ValidationError: Min size %.0f must not be greater than max size %.0f", least, most)
	}
	if when := c.Text("recurrence"); when != "" && len(strings.Fields(when)) != 5 {
		return fmt.Errorf("ValidationError: Given recurrence string: %s is invalid", when)
	}
	twins := c.Find(awstoken.AutoScalingSchedule, func(r *Resource) bool {
		return r.State["autoscalingGroupName"] == c.Text("autoscalingGroupName") &&
			r.State["scheduledActionName"] != c.Text("scheduledActionName") &&
			r.State["recurrence"] == c.Text("recurrence") &&
			r.State["timeZone"] == c.State["timeZone"]
	})
	if c.Text("recurrence") != "" && len(twins) > 0 {
		return fmt.Errorf("AlreadyExists: a scheduled action at the same time exists already: %v",
			twins[0].State["scheduledActionName"])
	}
	return nil
}
