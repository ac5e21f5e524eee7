package lookup

import (
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"

	"github.com/morpheus-ha/morpheus-aws/components/cluster"
)

// image returns the ID of the nodes' image; it is meaningful only when there are no problems.
func (q *query) image() string {
	if q.config.Cluster.ImageID != "" {
		q.checkImage()
		return q.config.Cluster.ImageID
	}
	// The parameter carries a date, so the ID behind it stays the same until the configuration names another.
	name := q.config.Cluster.ImageParameter
	image, err := ssm.LookupParameter(q.ctx, &ssm.LookupParameterArgs{Name: name}, q.in)
	if err != nil {
		q.problems.Add("cluster.imageParameter", name, "a parameter that "+q.config.AWS.Region+" has", err.Error())
		return ""
	}
	return image.Value
}

// checkImage compares an image with what the launch template assumes: otherwise the group fails only when it launches
// its first node.
func (q *query) checkImage() {
	const key = "cluster.imageId"
	id := q.config.Cluster.ImageID
	// An image that its owner deprecates still starts, and a stack that runs it must still be changed.
	deprecated := true
	image, err := ec2.LookupAmi(q.ctx, &ec2.LookupAmiArgs{
		Filters:           []ec2.GetAmiFilter{{Name: "image-id", Values: []string{id}}},
		IncludeDeprecated: &deprecated,
	}, q.in)
	switch {
	case err != nil:
		q.problems.Add(key, id, "an image that the account sees in "+q.config.AWS.Region, err.Error())
	case image.State != "available":
		q.problems.Add(key, id, "an image that is available", "it is in the state "+image.State)
	case image.Architecture != "x86_64":
		q.problems.Add(key, id, "an image for x86_64",
			"it is for "+image.Architecture+", and the Morpheus package is built for amd64")
	case image.RootDeviceType != "ebs" || image.RootDeviceName != cluster.RootDevice:
		q.problems.Add(key, id, "an image whose root device is "+cluster.RootDevice+" on EBS",
			fmt.Sprintf("it is %s on %s; the root volume would have neither the size nor the key of the configuration",
				image.RootDeviceName, image.RootDeviceType))
	default:
		if least := rootVolumeGiB(image); q.config.Cluster.RootVolumeGiB < least {
			q.problems.Add("cluster.rootVolumeGiB", q.config.Cluster.RootVolumeGiB,
				fmt.Sprintf("at least %d with cluster.imageId", least), "a volume is not smaller than its snapshot")
		}
	}
}

// rootVolumeGiB is the size of an image's root volume; 0 when the image does not say.
func rootVolumeGiB(image *ec2.LookupAmiResult) int {
	for _, m := range image.BlockDeviceMappings {
		if size, err := strconv.Atoi(m.Ebs["volume_size"]); m.DeviceName == image.RootDeviceName && err == nil {
			return size
		}
	}
	return 0
}
