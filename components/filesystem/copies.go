package filesystem

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/efs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/naming"
)

// lifecycle moves what nobody reads to infrequent access and back at the first access. AWS takes one transition in each
// element.
func (a *Args) lifecycle() efs.FileSystemLifecyclePolicyArray {
	if a.ColdAfterDays == 0 {
		return nil
	}
	after := fmt.Sprintf("AFTER_%d_DAYS", a.ColdAfterDays)
	if a.ColdAfterDays == 1 {
		after = "AFTER_1_DAY"
	}
	return efs.FileSystemLifecyclePolicyArray{
		efs.FileSystemLifecyclePolicyArgs{TransitionToIa: pulumi.String(after)},
		efs.FileSystemLifecyclePolicyArgs{TransitionToPrimaryStorageClass: pulumi.String("AFTER_1_ACCESS")},
	}
}

// replicate keeps a read-only copy in another region. EFS makes that file system itself, without mount targets, and it
// stays when the replication is deleted: https://docs.aws.amazon.com/efs/latest/ug/efs-replication.html
func (f *FileSystem) replicate(ctx *pulumi.Context, name string, args *Args) error {
	if args.ReplicaRegion == "" {
		return nil
	}
	destination := efs.ReplicationConfigurationDestinationArgs{Region: pulumi.String(args.ReplicaRegion)}
	if args.ReplicaKeyArn != "" {
		destination.KmsKeyId = pulumi.String(args.ReplicaKeyArn)
	}
	_, err := efs.NewReplicationConfiguration(ctx, naming.Child(name, "replica"), &efs.ReplicationConfigurationArgs{
		SourceFileSystemId: f.ID,
		Destination:        destination,
	}, pulumi.Parent(f),
		// A file system has one replication at a time, so another region or key waits until the first is gone.
		pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return fmt.Errorf("filesystem %q: replicate to %s: %w", name, args.ReplicaRegion, err)
	}
	return nil
}
