package lookup

import (
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"

	"github.com/morpheus-ha/morpheus-aws/components/cluster"
)

// image returns the ID of the nodes' image. It is valid only if there are no problems.
func (q *query) image() string {
	if q.config.Cluster.ImageID != "" {
		q.checkImage()
		return q.config.Cluster.ImageID
	}
	// The parameter's name contains a date, so its value does not change until the configuration names another.
	name := q.config.Cluster.ImageParameter
	image, err := ssm.LookupParameter(q.ctx, &ssm.LookupParameterArgs{Name: name}, q.in)
	if err != nil {
		q.add("cluster.imageParameter", name, "a parameter that "+q.config.AWS.Region+" has", err.Error())
		return ""
	}
	return image.Value
}

// checkImage checks that an image fits the launch template. Otherwise the group would fail when it launches its first
// node.
func (q *query) checkImage() {
	const key = "cluster.imageId"
	id := q.config.Cluster.ImageID
	// A deprecated image still starts, and it must still be possible to update a stack with it.
	deprecated := true
	image, err := ec2.LookupAmi(q.ctx, &ec2.LookupAmiArgs{
		Filters:           []ec2.GetAmiFilter{{Name: "image-id", Values: []string{id}}},
		IncludeDeprecated: &deprecated,
	}, q.in)
	switch {
	case err != nil:
		q.add(key, id, "an image that the account sees in "+q.config.AWS.Region, err.Error())
	case image.State != "available":
		q.add(key, id, "an image that is available", "it is in the state "+image.State)
	case image.Architecture != "x86_64":
		q.add(key, id, "an image for x86_64",
			"it is for "+image.Architecture+", and the Morpheus package is built for amd64")
	case image.RootDeviceType != "ebs" || image.RootDeviceName != cluster.RootDevice:
		q.add(key, id, "an image whose root device is "+cluster.RootDevice+" on EBS",
			fmt.Sprintf("it is %s on %s; the root volume would have neither the size nor the key of the configuration",
				image.RootDeviceName, image.RootDeviceType))
	default:
		if least := rootVolumeGiB(image); q.config.Cluster.RootVolumeGiB < least {
			q.add("cluster.rootVolumeGiB", q.config.Cluster.RootVolumeGiB,
				fmt.Sprintf("at least %d with cluster.imageId", least), "a volume is not smaller than its snapshot")
		}
	}
}

// rootVolumeGiB returns the size of an image's root volume; 0 if the image does not have it.
func rootVolumeGiB(image *ec2.LookupAmiResult) int {
	for _, m := range image.BlockDeviceMappings {
		if size, err := strconv.Atoi(m.Ebs["volume_size"]); m.DeviceName == image.RootDeviceName && err == nil {
			return size
		}
	}
	return 0
}
