package filesystem

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/efs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/naming"
)

// region is empty without a copy.
func (r *Replica) region() string {
	if r == nil {
		return ""
	}
	return r.Region
}

// replicate keeps a read-only copy in another region. EFS makes that file system itself, without mount targets, and it
// stays when the replication is deleted: https://docs.aws.amazon.com/efs/latest/ug/efs-replication.html
// It is no FileSystem resource: its protection reads back as REPLICATING, which the provider refuses.
// https://github.com/pulumi/pulumi-aws/issues/6041
func (f *FileSystem) replicate(ctx *pulumi.Context, name string, to *Replica) error {
	if to == nil {
		return nil
	}
	replica, err := efs.NewReplicationConfiguration(ctx, naming.Child(name, "replica"), &efs.ReplicationConfigurationArgs{
		SourceFileSystemId: f.ID,
		Destination: efs.ReplicationConfigurationDestinationArgs{
			Region: pulumi.String(to.Region), KmsKeyId: to.KeyArn.ToStringOutput(),
		},
	}, pulumi.Parent(f),
		// A file system has one replication at a time, so another region or key waits until the first is deleted.
		pulumi.DeleteBeforeReplace(true),
		// Deleting it and making the copy writable takes EFS several minutes:
		// https://docs.aws.amazon.com/efs/latest/ug/delete-replications.html
		pulumi.Timeouts(&pulumi.CustomTimeouts{Create: "40m", Delete: "60m"}))
	if err != nil {
		return fmt.Errorf("replicate to %s: %w", to.Region, err)
	}
	f.ReplicaID = replica.Destination.FileSystemId().Elem()
	return nil
}
