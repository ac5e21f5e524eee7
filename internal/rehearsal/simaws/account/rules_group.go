package account

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
)

const asgGuide = "https://docs.aws.amazon.com/autoscaling/ec2/userguide/"

// maxUserData is the limit of EC2, before base64.
const maxUserData = 16 * 1024

var groupRules = []Rule{
	{"group-sizes", asgGuide + "asg-capacity-limits.html", func(c *Call) error {
		if c.Number("minSize") > c.Number("maxSize") {
			return fmt.Errorf("ValidationError: Max bound, %.0f, must be greater than or equal to min bound, %.0f", c.Number("maxSize"), c.Number("minSize"))
		}
		return nil
	}},
	{"group-maintenance-policy", asgGuide + "ec2-auto-scaling-instance-maintenance-policy.html", func(c *Call) error {
		low, high := c.Number("instanceMaintenancePolicy.minHealthyPercentage"), c.Number("instanceMaintenancePolicy.maxHealthyPercentage")
		if high > 0 && high-low > 100 {
			return fmt.Errorf("ValidationError: the difference of maximum (%.0f) and minimum (%.0f) healthy percentage must not exceed 100", high, low)
		}
		return nil
	}},
	{"group-refresh-latest", "https://github.com/pulumi/pulumi-aws/issues/1577", func(c *Call) error {
		version := c.Text("launchTemplate.version") + c.Text(specification+".version")
		if c.In["instanceRefresh"] != nil && (version == "" || strings.HasPrefix(version, "$")) {
			return fmt.Errorf("an instance refresh never starts with launch template version %q: pin the number", version)
		}
		return nil
	}},
	{"group-volume-key", asgGuide + "key-policy-requirements-EBS-encryption.html", groupVolumeKey},
	{"group-boot-loop", asgGuide + "health-check-grace-period.html", groupBootLoop},
	{"group-target-listener", "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html", func(c *Call) error {
		for _, arn := range c.Texts("targetGroupArns[]") {
			uses := func(r *Resource) bool { return slices.Contains(texts(r.State, "defaultActions[].targetGroupArn"), arn) }
			if c.Text("healthCheckType") == "ELB" && len(c.Find(listenerT, uses)) == 0 {
				return fmt.Errorf("no listener uses target group %s: its targets are never healthy", arn)
			}
		}
		return nil
	}},
}

// template finds the launch template of a group.
func (c *Call) template() *Resource {
	id := cmp.Or(c.Text("launchTemplate.id"), c.Text(specification+".launchTemplateId"))
	name := cmp.Or(c.Text("launchTemplate.name"), c.Text(specification+".launchTemplateName"))
	found := c.Find(templateT, func(r *Resource) bool { return r.ID == id || name != "" && r.State["name"] == name })
	if len(found) == 0 {
		return nil
	}
	return found[0]
}

// groupVolumeKey refuses what would launch instances that stop at once: a customer key for their volumes that the
// service-linked role of Auto Scaling may not use.
func groupVolumeKey(c *Call) error {
	template := c.template()
	if template == nil {
		return fmt.Errorf("ValidationError: a launch template must be given")
	}
	for _, arn := range texts(template.State, "blockDeviceMappings[].ebs.kmsKeyId") {
		for _, k := range c.Find(keyT, func(r *Resource) bool { return r.State["arn"] == arn }) {
			if !keyAllowsAutoScaling(k) {
				return fmt.Errorf("Client.InternalError: Client error on launch: the instances stop at once because AWSServiceRoleForAutoScaling may not use key %s (kms:CreateGrant and the data-key actions)", arn)
			}
		}
	}
	return nil
}

func keyAllowsAutoScaling(k *Resource) bool {
	text, _ := k.State["policy"].(string)
	doc, err := document(text)
	if err != nil {
		return false
	}
	var grant, use bool
	for _, s := range doc.Statement {
		p, _ := s.Principal.(map[string]any)
		isRole := func(arn string) bool { return strings.HasSuffix(arn, "/AWSServiceRoleForAutoScaling") }
		if s.Effect != "Allow" || !slices.ContainsFunc(list(p["AWS"]), isRole) {
			continue
		}
		grant = grant || covers(list(s.Action), "kms:CreateGrant")
		use = use || covers(list(s.Action), "kms:GenerateDataKeyWithoutPlaintext") && covers(list(s.Action), "kms:Decrypt")
	}
	return grant && use
}

func userDataSize(c *Call) error {
	raw, err := base64.StdEncoding.DecodeString(c.Text("userData"))
	if err != nil {
		return fmt.Errorf("InvalidUserData.Malformed: Invalid BASE64 encoding of user data")
	}
	if len(raw) > maxUserData {
		return fmt.Errorf("InvalidParameterValue: User data is limited to %d bytes, got %d", maxUserData, len(raw))
	}
	return nil
}
