package awstypes

import "github.com/morpheus-ha/morpheus-aws/internal/awstoken"

// References that several types have.

var toVPC = Reference{
	Path: "vpcId", To: []string{awstoken.EC2VPC}, By: "id", NotFound: "InvalidVpcID.NotFound", BlocksDelete: true,
}

// toSubnets is a property with ids of subnets.
func toSubnets(path string) Reference {
	return Reference{
		Path: path, To: []string{awstoken.EC2Subnet}, By: "id", NotFound: "InvalidSubnetID.NotFound",
		BlocksDelete: true,
	}
}

// toSecurityGroups is a property with ids of security groups.
func toSecurityGroups(path string) Reference {
	return Reference{
		Path: path, To: []string{awstoken.EC2SecurityGroup}, By: "id", NotFound: "InvalidGroup.NotFound",
		BlocksDelete: true,
	}
}

// toKey is a property with the ARN of a KMS key. Deleting a key is only scheduled, so nothing blocks it.
func toKey(path string) Reference {
	return Reference{
		Path:     path,
		To:       []string{awstoken.KMSKey},
		By:       "arn",
		NotFound: "NotFoundException: invalid keyId",
	}
}

// toTopic is a property with the ARN of a topic. Nothing blocks the deletion of a topic: its publishers then fail.
func toTopic(path string) Reference {
	return Reference{
		Path: path, To: []string{awstoken.SNSTopic}, By: "arn", NotFound: "NotFound: Topic does not exist",
	}
}

// toBucket is a property with the name of a bucket; notFound is the error of the service that looks for it.
func toBucket(path, notFound string) Reference {
	return Reference{Path: path, To: []string{awstoken.S3Bucket}, By: "id", NotFound: notFound}
}

// toRole is a property with the ARN of a role; notFound is the error of the service that looks for it.
func toRole(path, notFound string) Reference {
	return Reference{Path: path, To: []string{awstoken.IAMRole}, By: "arn", NotFound: notFound}
}
