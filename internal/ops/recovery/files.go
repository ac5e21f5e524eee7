package recovery

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/efs"
	"github.com/aws/aws-sdk-go-v2/service/efs/types"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/steps"
)

// replication of the file system of a side; nil for none.
func replication(ctx context.Context, side Side) (*types.ReplicationConfigurationDescription, error) {
	found, err := side.API.Files.DescribeReplicationConfigurations(ctx, &efs.DescribeReplicationConfigurationsInput{
		FileSystemId: &side.FileSystem,
	})
	if missing := new(types.ReplicationNotFound); errors.As(err, &missing) {
		return nil, nil //nolint:nilnil // it takes part in none
	}
	if err != nil {
		return nil, fmt.Errorf("describe the replication of %s: %w", side.FileSystem, err)
	}
	if len(found.Replications) == 0 {
		return nil, nil //nolint:nilnil // it takes part in none
	}
	return &found.Replications[0], nil
}

// to returns the end of a replication at a file system; nil if it ends elsewhere.
func to(r *types.ReplicationConfigurationDescription, fileSystem string) *types.Destination {
	for i := range r.Destinations {
		if aws.ToString(r.Destinations[i].FileSystemId) == fileSystem {
			return &r.Destinations[i]
		}
	}
	return nil
}

// copying returns the replication of which the files of the new region are the copy; nil when they are open.
func (m *Move) copying(ctx context.Context) (*types.ReplicationConfigurationDescription, error) {
	now, err := replication(ctx, m.To)
	if err != nil || now == nil || aws.ToString(now.SourceFileSystemId) == m.To.FileSystem {
		return nil, err
	}
	return now, nil
}

// synced waits until EFS has copied all that was written before this step: nobody writes any more.
func (m *Move) synced() steps.Step {
	var since time.Time
	return steps.Step{
		Name: "files are copied", Does: "wait until EFS has copied everything to " + m.To.FileSystem, Limit: filesLimit,
		Done: func(ctx context.Context) (bool, error) {
			if since.IsZero() {
				since = m.clock().Now()
			}
			now, err := m.copying(ctx)
			if err != nil || now == nil {
				return err == nil, err // a copy that is open already was complete before
			}
			end := to(now, m.To.FileSystem)
			if end == nil {
				return false, fmt.Errorf("%s is not the copy of a replication", m.To.FileSystem)
			}
			return end.LastReplicatedTimestamp != nil && end.LastReplicatedTimestamp.After(since), nil
		},
		Do: func(context.Context) error { return nil },
	}
}

// openFiles ends the replication, which makes the copy writable. Without the old region only the copy's half of it is
// deleted, and the other half can never be taken up again.
// https://docs.aws.amazon.com/efs/latest/ug/delete-replications.html
func (m *Move) openFiles() steps.Step {
	return steps.Step{
		Name: "open the files", Does: "end the replication to " + m.To.FileSystem + ", which makes it writable",
		Limit: filesLimit,
		Done: func(ctx context.Context) (bool, error) {
			now, err := m.copying(ctx)
			return err == nil && now == nil, err
		},
		Do: func(ctx context.Context) error {
			now, err := m.copying(ctx)
			if err != nil || now == nil {
				return err
			}
			if end := to(now, m.To.FileSystem); end != nil && end.Status == types.ReplicationStatusDeleting {
				return nil // started before
			}
			input := &efs.DeleteReplicationConfigurationInput{SourceFileSystemId: now.SourceFileSystemId}
			if m.Unplanned {
				if _, err := replication(ctx, m.From); steps.Unreachable(err) {
					input.DeletionMode = types.DeletionModeLocalConfigurationOnly
				}
			}
			_, err = m.To.API.Files.DeleteReplicationConfiguration(ctx, input)
			return err
		},
	}
}

// filesBack copies what was written in the recovery region to the file system of the first one, and overwrites what is
// there. It is not started when the rows are back: then the first region has the newer files.
func (m *Move) filesBack() steps.Step {
	return steps.Step{
		Name: "copy the files back", Does: "replicate " + m.From.FileSystem + " to " + m.To.FileSystem + ", whose files are overwritten",
		Limit: filesLimit,
		Done: func(ctx context.Context) (bool, error) {
			if writes, _, err := m.writes(ctx, m.To.ClusterArn); err != nil || writes {
				return writes, err
			}
			now, err := replication(ctx, m.From)
			if err != nil || now == nil {
				return false, err
			}
			if aws.ToString(now.SourceFileSystemId) != m.From.FileSystem {
				return false, fmt.Errorf("%s is still a copy of %s", m.From.FileSystem, aws.ToString(now.SourceFileSystemId))
			}
			end := to(now, m.To.FileSystem)
			return end != nil && end.Status == types.ReplicationStatusEnabled, nil
		},
		Do: func(ctx context.Context) error {
			if now, err := replication(ctx, m.From); err != nil || now != nil {
				return err // started before
			}
			_, err := m.To.API.Files.UpdateFileSystemProtection(ctx, &efs.UpdateFileSystemProtectionInput{
				FileSystemId: &m.To.FileSystem, ReplicationOverwriteProtection: types.ReplicationOverwriteProtectionDisabled,
			})
			if err != nil {
				return err
			}
			_, err = m.From.API.Files.CreateReplicationConfiguration(ctx, &efs.CreateReplicationConfigurationInput{
				SourceFileSystemId: &m.From.FileSystem,
				Destinations: []types.DestinationToCreate{{
					FileSystemId: &m.To.FileSystem, Region: &m.To.Region,
				}},
			})
			return err
		},
	}
}

// removeCopy deletes the file system that served during the failover. The first region replicates to a new one.
func (m *Move) removeCopy() steps.Step {
	return steps.Step{
		Name: "remove the former copy", Does: "delete " + m.From.FileSystem + ", after the files have a new copy", Limit: shortLimit,
		Done: func(ctx context.Context) (bool, error) {
			now, err := replication(ctx, m.To)
			if err != nil {
				return false, err
			}
			if now != nil && aws.ToString(now.SourceFileSystemId) == m.To.FileSystem && to(now, m.From.FileSystem) != nil {
				return true, nil // it is the new copy: a run that goes on after the last update knows no other
			}
			_, err = m.From.API.Files.DescribeFileSystems(ctx, &efs.DescribeFileSystemsInput{FileSystemId: &m.From.FileSystem})
			if missing := new(types.FileSystemNotFound); errors.As(err, &missing) {
				return true, nil
			}
			return false, err
		},
		Do: func(ctx context.Context) error {
			now, err := replication(ctx, m.To)
			if err != nil {
				return err
			}
			if now == nil || aws.ToString(now.SourceFileSystemId) != m.To.FileSystem || to(now, m.From.FileSystem) != nil {
				return fmt.Errorf("%s has no other copy yet: deploy the stack of %s", m.To.FileSystem, m.To.Region)
			}
			_, err = m.From.API.Files.DeleteFileSystem(ctx, &efs.DeleteFileSystemInput{FileSystemId: &m.From.FileSystem})
			return err
		},
	}
}
