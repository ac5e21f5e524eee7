package filesystem

import (
	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/changes"
)

const losesFiles = "replaces the file system - data loss"

// Changes lists what a change of a property does to the files.
// https://docs.aws.amazon.com/efs/latest/ug/API_UpdateFileSystem.html: an update changes the throughput alone.
var Changes = changes.Table{
	{
		Token: awstoken.EFSFileSystem, Property: "creationToken", Effect: changes.DataLoss,
		Risk: losesFiles, Input: "name", Keys: "filesystem.name",
	},
	{
		Token: awstoken.EFSFileSystem, Property: "performanceMode", Effect: changes.DataLoss,
		Risk: losesFiles, Input: "performanceMode", Keys: "filesystem.performanceMode",
	},
	{
		Token: awstoken.EFSFileSystem, Property: "kmsKeyId", Effect: changes.DataLoss,
		Risk: losesFiles, Input: "keyArn", Keys: "encryption.keys.filesystem",
	},
	{Token: awstoken.EFSFileSystem, Property: "encrypted", Effect: changes.DataLoss, Risk: losesFiles},
	{
		Token: awstoken.EFSFileSystem, Property: "availabilityZoneName", Effect: changes.DataLoss,
		Risk: losesFiles,
	},
	{
		Token: awstoken.EFSMountTarget, Property: "subnetId", Effect: changes.Replacement,
		Risk: "replaces a mount target, the nodes of its zone hang for minutes",
		Keys: "network.availabilityZones",
	},
	{
		Token: awstoken.EFSReplication, Property: "destination", Effect: changes.Replacement,
		Risk: "copies everything anew, the former copy stays, writable and paid for", Input: "replicationRegion",
		Keys: "recovery.mode, recovery.region",
	},
}
