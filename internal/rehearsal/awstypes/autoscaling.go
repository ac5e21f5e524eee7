package awstypes

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
)

// specification is the path of the launch template in a mixed-instances policy.
const specification = "mixedInstancesPolicy.launchTemplate.launchTemplateSpecification"

// scalingGroups are listed because the listing of hooks needs them.
var scalingGroups = &Listing{
	Kind: "scaling group", Service: "autoscaling", Call: "DescribeAutoScalingGroups",
	ID: `<AutoScalingGroupName>([^<]+)`,
}

func autoscalingTypes() []Type {
	return []Type{scalingGroup(), scalingNodes(), lifecycleHook(), scalingPolicy(), scalingSchedule()}
}

func scalingGroup() Type {
	toTemplate := func(path, by string) Reference {
		return Reference{
			Path: path, To: []string{awstoken.EC2LaunchTemplate}, By: by, NotFound: "ValidationError",
			BlocksDelete: true,
		}
	}
	return Type{
		Token: awstoken.AutoScalingGroup,
		Simulation: Simulation{
			ID:  "{name}",
			ARN: "autoscaling:{region}:{account}:autoScalingGroup:{uuid}:autoScalingGroupName/{name}", Unique: "name",
			Duration: Duration{Create: 180, Update: 5, Delete: 120},
			References: []Reference{
				toSubnets("vpcZoneIdentifiers[]"),
				toTemplate("launchTemplate.id", "id"), toTemplate("launchTemplate.name", "name"),
				toTemplate(specification+".launchTemplateId",
					"id"), toTemplate(specification+".launchTemplateName", "name"),
				{
					Path:     "targetGroupArns[]",
					To:       []string{awstoken.LBTargetGroup},
					By:       "arn",
					NotFound: "ValidationError",
				},
				{
					Path: "instanceRefresh.preferences.alarmSpecification.alarms[]",
					To: []string{
						awstoken.CloudWatchAlarm,
					}, By: "name", NotFound: "ValidationError: alarm does not exist",
				},
			},
			Rules:    groupRules,
			Outputs:  groupOutputs,
			After:    rollOut,
			OnDelete: deleteHooks,
		},
		Provider: Provider{
			Source:    "autoscaling/group",
			Autonamed: "name", NameLimit: 255,
			Checks: map[string][]Check{"waitForCapacityTimeout": {isDuration}},
			// -1 removes the policy, otherwise 100..200.
			Ranges:       map[string]Range{"instanceMaintenancePolicy.maxHealthyPercentage": {Min: 100, Max: 200}},
			AlsoAccepted: map[string][]any{"instanceMaintenancePolicy.maxHealthyPercentage": {-1}},
		},
		Permissions: &Permissions{
			// The provider waits until the nodes serve.
			Read: actions("autoscaling: DescribeAutoScalingGroups DescribeScalingActivities DescribeWarmPool "+
				"DescribeInstanceRefreshes DescribeLoadBalancerTargetGroups",
				"elasticloadbalancing: DescribeTargetHealth"),
			// ResumeProcesses is for processes that an operator has suspended.
			Write: actions("autoscaling: CreateAutoScalingGroup UpdateAutoScalingGroup DeleteAutoScalingGroup " +
				"CreateOrUpdateTags DeleteTags EnableMetricsCollection DisableMetricsCollection " +
				"AttachLoadBalancerTargetGroups DetachLoadBalancerTargetGroups PutLifecycleHook " +
				"StartInstanceRefresh " +
				"CancelInstanceRefresh SetInstanceProtection ResumeProcesses"),
			// To create a group from a launch template, the caller needs permission to start its instances:
			// https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-launch-template-permissions.html
			Dependent: actions("ec2: RunInstances CreateTags", "iam: PassRole"),
			NeverCalled: []NeverCalled{
				{
					Actions: actions("autoscaling: AttachLoadBalancers DescribeLoadBalancers DetachLoadBalancers",
						"elasticloadbalancing: DescribeInstanceHealth"),
					Because: "no classic load balancer",
				},
				{
					Actions: actions("autoscaling: AttachTrafficSources DescribeTrafficSources DetachTrafficSources"),
					Because: "no traffic source",
				},
				{Actions: actions("autoscaling: DeleteWarmPool PutWarmPool"), Because: "no warm pool"},
				{Actions: actions("autoscaling: SuspendProcesses"), Because: "no suspended process"},
			},
		},
		Listing: scalingGroups,
		Example: Values{
			"name": "app", "minSize": 3, "maxSize": 6, "vpcZoneIdentifiers": []any{"${subnet-a.id}", "${subnet-b.id}"},
			"launchTemplate":  Values{"id": "${template.id}", "version": "1"},
			"targetGroupArns": []any{"${targets.arn}"}, "healthCheckType": "ELB", "healthCheckGracePeriod": 300,
		},
	}
}

var groupRules = []Rule{
	{
		Name: "group-type-zone", AWS: Error,
		Refuses: "a zone that offers none of the instance types (AWS tries to launch there until the timeout)",
		Source:  docs + "AWSEC2/latest/UserGuide/instance-discovery.html",
		Check:   groupZones,
	},
	{
		Name: "group-sizes", AWS: Error,
		Refuses: "a minimum above the maximum",
		Source:  docs + "autoscaling/ec2/userguide/asg-capacity-limits.html",
		Check: func(c *Call) error {
			if c.number("minSize") > c.number("maxSize") {
				return fmt.Errorf("ValidationError: Max bound, %.0f, must be greater than or equal to min "+
					"bound, %.0f", c.number("maxSize"), c.number("minSize"))
			}
			return nil
		},
	},
	{
		Name: "group-maintenance-policy", AWS: Error,
		Refuses: "healthy percentages more than 100 apart",
		Source:  docs + "autoscaling/ec2/userguide/ec2-auto-scaling-instance-maintenance-policy.html",
		Check: func(c *Call) error {
			low, high := c.number(
				"instanceMaintenancePolicy.minHealthyPercentage",
			), c.number("instanceMaintenancePolicy.maxHealthyPercentage")
			if high > 0 && high-low > 100 {
				return fmt.Errorf("ValidationError: the difference of maximum (%.0f) and minimum (%.0f) healthy "+
					"percentage must not exceed 100", high, low)
			}
			return nil
		},
	},
	{
		Name: "group-refresh-latest", AWS: Quiet,
		Refuses: "an instance refresh with `$Latest` or no version, which never starts",
		Source:  "https://github.com/pulumi/pulumi-aws/issues/1577",
		Check: func(c *Call) error {
			version := c.Text("launchTemplate.version") + c.Text(specification+".version")
			if c.In["instanceRefresh"] != nil && (version == "" || strings.HasPrefix(version, "$")) {
				return fmt.Errorf("an instance refresh never starts with launch template version %q: pin the "+
					"number", version)
			}
			return nil
		},
	},
	{
		Name: "group-refresh-triggers", AWS: Error,
		Refuses: "a trigger that is not a property of the group in the provider's own words, such as `tags`",
		Source:  "https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/autoscaling_group",
		Check: func(c *Call) error {
			for _, trigger := range c.texts("instanceRefresh.triggers[]") {
				if trigger != "tag" {
					return fmt.Errorf("'%s' is not a recognized parameter name for aws_autoscaling_group", trigger)
				}
			}
			return nil
		},
	},
	{
		Name: "group-volume-key", AWS: Quiet,
		Refuses: "a volume key that Auto Scaling may not use: instances stop at launch",
		Source:  docs + "autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html",
		Check:   groupVolumeKey,
	},
	{
		Name: "group-boot-loop", AWS: Quiet,
		Refuses: "ELB health checks without grace period or launch hook: nodes are terminated before they have started",
		Source:  docs + "autoscaling/ec2/userguide/health-check-grace-period.html",
		Check:   groupBootLoop,
	},
	{
		Name: "group-target-listener", AWS: Quiet,
		Refuses: "ELB health checks by a target group that no listener uses",
		Source:  docs + "elasticloadbalancing/latest/application/load-balancer-target-groups.html",
		Check: func(c *Call) error {
			for _, arn := range c.texts("targetGroupArns[]") {
				uses := func(r *Resource) bool {
					return slices.Contains(Texts(r.State,
						"defaultActions[].targetGroupArn"), arn)
				}
				if c.Text("healthCheckType") == "ELB" && len(c.Find(awstoken.LBListener, uses)) == 0 {
					return fmt.Errorf("no listener uses target group %s: its targets are never healthy", arn)
				}
			}
			return nil
		},
	},
}

func groupOutputs(c *Call) {
	c.fill("desiredCapacity", c.In["minSize"])
	if desired, isNumber := c.State["desiredCapacity"].(float64); isNumber && c.Old != nil {
		c.State["desiredCapacity"] = min(max(desired, c.number("minSize")), c.number("maxSize"))
	}
	c.State["availabilityZones"] = anys(c.zonesOf(c.texts("vpcZoneIdentifiers[]")))
	c.fill("serviceLinkedRoleArn", c.autoScalingRole())
}

// autoScalingRole returns the ARN of the service-linked role of Auto Scaling.
func (c *Call) autoScalingRole() string {
	return c.Expand("arn:{partition}:iam::{account}:role/aws-service-role/autoscaling.amazonaws.com/" +
		"AWSServiceRoleForAutoScaling")
}

// deleteHooks deletes the hooks of a deleted group.
func deleteHooks(c *Call) error {
	for _, hook := range c.FindBy(awstoken.AutoScalingLifecycleHook, "autoscalingGroupName", c.ID) {
		c.Store.Remove(hook)
	}
	if nodes := c.ByID(ScalingNodes, c.ID); nodes != nil {
		c.Store.Remove(nodes)
	}
	return nil
}

// template returns the launch template of a group.
func (c *Call) template() *Resource {
	id := cmp.Or(c.Text("launchTemplate.id"), c.Text(specification+".launchTemplateId"))
	name := cmp.Or(c.Text("launchTemplate.name"), c.Text(specification+".launchTemplateName"))
	found := c.Find(awstoken.EC2LaunchTemplate,
		func(r *Resource) bool { return r.ID == id || name != "" && r.State["name"] == name })
	if len(found) == 0 {
		return nil
	}
	return found[0]
}

// groupZones refuses a zone in which the group can launch no instance.
func groupZones(c *Call) error {
	if c.Old != nil { // its instances run
		return nil
	}
	types := c.launched()
	for _, zone := range c.zonesOf(c.texts("vpcZoneIdentifiers[]")) {
		if len(types) > 0 && !slices.ContainsFunc(types, func(name string) bool { return c.offers(name, zone) }) {
			return fmt.Errorf("ValidationError: your requested instance types %v are not supported in your requested "+
				"Availability Zone (%s)", types, zone)
		}
	}
	return nil
}

// launched are the instance types that a group may launch.
func (c *Call) launched() []string {
	types := c.texts("mixedInstancesPolicy.launchTemplate.overrides[].instanceType")
	if template := c.template(); len(types) == 0 && template != nil {
		types = Texts(template.State, "instanceType")
	}
	return types
}

// groupVolumeKey refuses a group whose instances would stop immediately, because the service-linked role of Auto
// Scaling may not use the customer key of their volumes.
func groupVolumeKey(c *Call) error {
	template := c.template()
	if template == nil {
		return fmt.Errorf("ValidationError: a launch template must be given")
	}
	for _, arn := range Texts(template.State, "blockDeviceMappings[].ebs.kmsKeyId") {
		by := caller{principal: c.autoScalingRole(), resource: arn}
		by.context = map[string][]string{"kms:GrantIsForAWSResource": {"true"}}
		for _, key := range c.FindBy(awstoken.KMSKey, "arn", arn) {
			if !c.mayAll(key.State["policy"], by, "kms:CreateGrant", "kms:GenerateDataKeyWithoutPlaintext",
				"kms:Decrypt") {
				return fmt.Errorf("Client.InternalError: Client error on launch: the instances stop at once because "+
					"AWSServiceRoleForAutoScaling may not use key %s (kms:CreateGrant and the data-key actions)", arn)
			}
		}
	}
	return nil
}

// groupBootLoop refuses health checks by the load balancer without a grace period or a launch hook, because a node that
// has not started yet is unhealthy.
func groupBootLoop(c *Call) error {
	launching := slices.Contains(c.texts("initialLifecycleHooks[].lifecycleTransition"),
		"autoscaling:EC2_INSTANCE_LAUNCHING")
	if c.Text("healthCheckType") == "ELB" && c.number("healthCheckGracePeriod") == 0 && !launching {
		return fmt.Errorf("ELB health checks without grace period or launch hook end every node before it has started")
	}
	return nil
}

// toScalingGroup is the reference of a hook, policy or schedule to its group, by name.
var toScalingGroup = Reference{
	Path: "autoscalingGroupName", To: []string{awstoken.AutoScalingGroup}, By: "id", NotFound: "ValidationError",
}

func lifecycleHook() Type {
	return Type{
		Token: awstoken.AutoScalingLifecycleHook,
		Simulation: Simulation{
			// If the group has a hook with the same name, AWS changes it and returns no error. The provider's id is the name
			// alone, which two groups may share; here the id is different for each.
			ID:         "{autoscalingGroupName}/{name}",
			Duration:   Duration{Create: 1, Update: 1, Delete: 1},
			References: []Reference{toScalingGroup},
		},
		Provider: Provider{Source: "autoscaling/lifecycle_hook", Autonamed: "name", NameLimit: 255},
		Permissions: &Permissions{
			Read:  actions("autoscaling: DescribeLifecycleHooks"),
			Write: actions("autoscaling: PutLifecycleHook DeleteLifecycleHook"),
		},
		Listing: &Listing{
			Kind: "lifecycle hook", Service: "autoscaling", Call: "DescribeLifecycleHooks&AutoScalingGroupName={of}",
			ID: `<LifecycleHookName>([^<]+)`, Each: scalingGroups,
		},
		Example: Values{
			"name": "launch", "autoscalingGroupName": "${nodes.name}",
			"lifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING",
		},
	}
}
