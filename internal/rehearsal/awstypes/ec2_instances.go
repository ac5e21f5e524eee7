package awstypes

import (
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
)

// EC2Image is the type of the images that exist before the first deployment; the program creates none.
const EC2Image = "aws:ec2/ami:Ami"

// isFlag checks optional flags, which are texts (ec2_launch_template.go).
var isFlag = matches(`^(|1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$`)

func ec2InstanceTypes() []Type {
	return []Type{launchTemplate(), {Token: EC2Image, Simulation: Simulation{ID: "ami-{hex17}"}}}
}

func launchTemplate() Type {
	toProfile := func(path, by, notFound string) Reference {
		return Reference{Path: path, To: []string{awstoken.IAMInstanceProfile}, By: by, NotFound: notFound}
	}
	return Type{
		Token: awstoken.EC2LaunchTemplate,
		Simulation: Simulation{
			ID: "lt-{hex17}", ARN: "ec2:{region}:{account}:launch-template/{id}", Unique: "name",
			Duration: Duration{Create: 1, Update: 1, Delete: 1},
			References: []Reference{
				{Path: "imageId", To: []string{EC2Image}, By: "id", NotFound: "InvalidAMIID.NotFound"},
				toSecurityGroups("networkInterfaces[].securityGroups[]"), toSecurityGroups("vpcSecurityGroupIds[]"),
				toKey("blockDeviceMappings[].ebs.kmsKeyId"),
				toProfile("iamInstanceProfile.arn", "arn", "InvalidIamInstanceProfileArn.Malformed"),
				toProfile("iamInstanceProfile.name", "name", "InvalidIamInstanceProfileName.NotFound"),
			},
			Rules: []Rule{{
				Name: "user-data-size", AWS: Error,
				Refuses: "more than 16 KB, or not base64",
				Source:  docs + "AWSEC2/latest/UserGuide/user-data.html",
				Check:   userDataSize,
			}},
			Outputs: templateOutputs,
		},
		Provider: Provider{
			Source:    "ec2/ec2_launch_template",
			Autonamed: "name", NameLimit: 128,
			Checks: map[string][]Check{
				"name":         {matches(`^[0-9A-Za-z().\-/_]{3,}$`)},
				"ebsOptimized": {isFlag},
				"blockDeviceMappings.ebs.deleteOnTermination": {isFlag},
				"blockDeviceMappings.ebs.encrypted":           {isFlag},
				"networkInterfaces.associatePublicIpAddress":  {isFlag},
				"networkInterfaces.deleteOnTermination":       {isFlag},
			},
		},
		Permissions: &Permissions{
			Read: actions("ec2: DescribeLaunchTemplates DescribeLaunchTemplateVersions"),
			Write: actions("ec2: CreateLaunchTemplate CreateLaunchTemplateVersion ModifyLaunchTemplate " +
				"DeleteLaunchTemplate CreateTags DeleteTags"),
			NeverCalled: []NeverCalled{{
				Actions: actions("ec2: DescribeInstanceTypes"),
				Because: "no credits of a burstable type",
			}},
		},
		Listing: &Listing{
			Kind: "launch template", Service: "ec2", Call: "DescribeLaunchTemplates", ID: `<launchTemplateId>([^<]+)`,
		},
		Example: Values{
			"name": "app", "imageId": "${image}", "instanceType": "m5.xlarge",
			"iamInstanceProfile": Values{"arn": "${profile.arn}"},
			"blockDeviceMappings": []any{
				Values{"deviceName": "/dev/sda1", "ebs": Values{"kmsKeyId": "${key.arn}"}},
			},
			"networkInterfaces": []any{Values{"securityGroups": []any{"${group.id}"}}},
		},
	}
}

func templateOutputs(c *Call) {
	version := 1.0
	if c.Old != nil {
		version = numberOr(c.Old.State["latestVersion"], 1)
		if NewTemplateVersion(c.OldIn, c.In) {
			version++
		}
	}
	c.State["latestVersion"] = version
	if c.isTrue("updateDefaultVersion") {
		c.State["defaultVersion"] = version
	}
	c.fill("defaultVersion", 1.0)
}

// NewTemplateVersion reports whether a change to a launch template creates a new version. Tags on the template and the
// choice of the default version do not (ec2_launch_template.go, updateKeys). Both inputs have the provider's defaults.
func NewTemplateVersion(old, wanted Values) bool {
	content := func(v Values) Values {
		v = maps.Clone(v)
		for _, name := range []string{"tags", "tagsAll", "defaultVersion", "updateDefaultVersion"} {
			delete(v, name)
		}
		return v
	}
	return !reflect.DeepEqual(content(old), content(wanted))
}

// maxUserData is the limit of EC2 in bytes, before base64.
const maxUserData = 16 * 1024

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

// describeImage returns the only image that a filter by id finds; other filters are not modelled. By default an image
// is Ubuntu's. Without a result, the error has the provider's text:
// internal/service/ec2/ec2_ami_data_source.go.
func describeImage(c *Call) (Values, error) {
	filters, _ := c.In["filters"].([]any)
	var ids []any
	for _, f := range filters {
		filter, _ := f.(map[string]any)
		if filter["name"] != "image-id" {
			return nil, fmt.Errorf("the simulated AWS filters images by image-id only, not by %v", filter["name"])
		}
		ids, _ = filter["values"].([]any)
	}
	found := c.Find(EC2Image, func(r *Resource) bool { return slices.Contains(ids, any(r.ID)) })
	if len(found) == 0 {
		//nolint:revive,staticcheck // the provider's text
		return nil, errors.New("Your query returned no results. Please change your search criteria and try again.")
	}
	out := Values{
		"state": "available", "architecture": "x86_64", "rootDeviceName": "/dev/sda1", "rootDeviceType": "ebs",
		"imageType": "machine", "virtualizationType": "hvm", "hypervisor": "xen", "enaSupport": true, "public": false,
		"ownerId": c.AccountID, "platformDetails": "Linux/UNIX",
	}
	maps.Copy(out, found[0].State)
	size, _ := out["volumeSize"].(float64)
	delete(out, "volumeSize")
	out["id"], out["imageId"], out["filters"] = found[0].ID, found[0].ID, filters
	out["arn"] = c.Expand("arn:{partition}:ec2:{region}::image/" + found[0].ID)
	out["blockDeviceMappings"] = []any{Values{
		"deviceName": out["rootDeviceName"], "noDevice": "", "virtualName": "",
		"ebs": Values{"volume_size": fmt.Sprint(max(int(size), 8)), "volume_type": "gp3", "encrypted": "false"},
	}}
	return out, nil
}
