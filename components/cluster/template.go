package cluster

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/naming"
)

// RootDevice of Ubuntu's images. On an image with another root device the mapping below would add a second disk, and
// the root volume would have the size and the encryption of the image.
const RootDevice = "/dev/sda1"

// taggedResources are the resources of a launch. Tags of the group alone reach instances, but not volumes and
// interfaces.
var taggedResources = []string{"instance", "volume", "network-interface"}

func (c *Cluster) template(
	ctx *pulumi.Context, name string, args *Args, userData pulumi.StringInput,
) (*ec2.LaunchTemplate, error) {
	tags := make(ec2.LaunchTemplateTagSpecificationArray, len(taggedResources))
	for i, kind := range taggedResources {
		tags[i] = ec2.LaunchTemplateTagSpecificationArgs{
			ResourceType: pulumi.String(kind),
			Tags:         pulumi.ToStringMap(args.tags()),
		}
	}
	return ec2.NewLaunchTemplate(ctx, naming.Child(name, "template"), &ec2.LaunchTemplateArgs{
		Description:        pulumi.String("Morpheus nodes"),
		ImageId:            args.ImageID,
		InstanceType:       pulumi.String(args.Settings.InstanceTypes[0]),
		IamInstanceProfile: ec2.LaunchTemplateIamInstanceProfileArgs{Arn: args.InstanceProfileArn},
		EbsOptimized:       pulumi.String("true"),
		// Metrics each minute: with the free ones, each five minutes, scaling would react too late.
		Monitoring: ec2.LaunchTemplateMonitoringArgs{Enabled: pulumi.Bool(true)},
		// IMDSv2 only, and one hop: neither a forged request nor a container on the node gets the role's credentials.
		MetadataOptions: ec2.LaunchTemplateMetadataOptionsArgs{
			HttpEndpoint:            pulumi.String("enabled"),
			HttpTokens:              pulumi.String("required"),
			HttpPutResponseHopLimit: pulumi.Int(1),
		},
		// AWS refuses security groups on the template beside an interface. The auto scaling group chooses the subnet.
		NetworkInterfaces: ec2.LaunchTemplateNetworkInterfaceArray{ec2.LaunchTemplateNetworkInterfaceArgs{
			DeviceIndex:              pulumi.Int(0),
			AssociatePublicIpAddress: pulumi.String("false"),
			DeleteOnTermination:      pulumi.String("true"),
			SecurityGroups:           pulumi.StringArray{args.SecurityGroupID},
		}},
		BlockDeviceMappings: ec2.LaunchTemplateBlockDeviceMappingArray{ec2.LaunchTemplateBlockDeviceMappingArgs{
			DeviceName: pulumi.String(RootDevice),
			Ebs: ec2.LaunchTemplateBlockDeviceMappingEbsArgs{
				VolumeType:          pulumi.String("gp3"),
				VolumeSize:          pulumi.Int(args.Settings.RootVolumeGiB),
				Encrypted:           pulumi.String("true"),
				KmsKeyId:            args.VolumeKeyArn,
				DeleteOnTermination: pulumi.String("true"),
			},
		}},
		TagSpecifications: tags,
		UserData:          userData,
	}, pulumi.Parent(c))
}
