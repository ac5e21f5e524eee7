package stacks

import (
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/cluster"
)

// lookUpImage is the id of the nodes' image; it counts only when there are no problems.
func (c *Config) lookUpImage(ctx *pulumi.Context, p *problems, in pulumi.InvokeOption) string {
	if c.Cluster.ImageID != "" {
		c.lookUpGivenImage(ctx, p, in)
		return c.Cluster.ImageID
	}
	// The parameter carries a date, so the id behind it stays the same until the configuration names another.
	image, err := ssm.LookupParameter(ctx, &ssm.LookupParameterArgs{Name: c.Cluster.ImageParameter}, in)
	if err != nil {
		p.add("cluster.imageParameter", c.Cluster.ImageParameter, "a parameter that "+c.AWS.Region+" has", err.Error())
		return ""
	}
	return image.Value
}

// lookUpGivenImage holds an image against what the launch template says of it: the group would find out only when its first
// node does not start.
func (c *Config) lookUpGivenImage(ctx *pulumi.Context, p *problems, in pulumi.InvokeOption) {
	const key = "cluster.imageId"
	id := c.Cluster.ImageID
	// An image that its owner deprecates still starts, and a stack that runs it must still be changed.
	deprecated := true
	image, err := ec2.LookupAmi(ctx, &ec2.LookupAmiArgs{
		Filters:           []ec2.GetAmiFilter{{Name: "image-id", Values: []string{id}}},
		IncludeDeprecated: &deprecated,
	}, in)
	switch {
	case err != nil:
		p.add(key, id, "an image that the account sees in "+c.AWS.Region, err.Error())
	case image.State != "available":
		p.add(key, id, "an image that is available", "it is in the state "+image.State)
	case image.Architecture != "x86_64":
		p.add(key, id, "an image for x86_64", "it is for "+image.Architecture+", and the Morpheus package is built for amd64")
	case image.RootDeviceType != "ebs" || image.RootDeviceName != cluster.RootDevice:
		p.add(key, id, "an image whose root device is "+cluster.RootDevice+" on EBS",
			fmt.Sprintf("it is %s on %s; the root volume would have neither the size nor the key of the configuration", image.RootDeviceName, image.RootDeviceType))
	default:
		if least := rootSize(image); c.Cluster.RootVolumeGiB < least {
			p.add("cluster.rootVolumeGiB", c.Cluster.RootVolumeGiB, fmt.Sprintf("at least %d with cluster.imageId", least), "a volume is not smaller than its snapshot")
		}
	}
}

// rootSize of an image in GiB; 0 when it does not say.
func rootSize(image *ec2.LookupAmiResult) int {
	for _, m := range image.BlockDeviceMappings {
		if size, err := strconv.Atoi(m.Ebs["volume_size"]); m.DeviceName == image.RootDeviceName && err == nil {
			return size
		}
	}
	return 0
}
