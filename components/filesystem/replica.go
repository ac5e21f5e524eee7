package filesystem

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/efs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
)

// replica keeps a read-only copy in another region. EFS makes that file system itself, without mount targets, and it
// stays when the replication is deleted: https://docs.aws.amazon.com/efs/latest/ug/efs-replication.html
func (f *FileSystem) replica(ctx *pulumi.Context, name string, settings config.FileSystem) error {
	if settings.ReplicationRegion == "" {
		return nil
	}
	destination := efs.ReplicationConfigurationDestinationArgs{Region: pulumi.String(settings.ReplicationRegion)}
	if settings.ReplicationKeyArn != "" {
		destination.KmsKeyId = pulumi.String(settings.ReplicationKeyArn)
	}
	replica, err := efs.NewReplicationConfiguration(ctx, naming.Child(name, "replica"), &efs.ReplicationConfigurationArgs{
		SourceFileSystemId: f.ID,
		Destination:        destination,
	}, pulumi.Parent(f),
		// A file system has one replication at a time, so another region or key waits until the first is deleted.
		pulumi.DeleteBeforeReplace(true),
		// Deleting it and making the copy writable takes EFS several minutes:
		// https://docs.aws.amazon.com/efs/latest/ug/delete-replications.html
		pulumi.Timeouts(&pulumi.CustomTimeouts{Create: "40m", Delete: "60m"}))
	if err != nil {
		return fmt.Errorf("replicate to %s: %w", settings.ReplicationRegion, err)
	}
	f.replicaID = replica.Destination.FileSystemId().Elem()
	return nil
}
