package operator

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/efs"
	"github.com/aws/aws-sdk-go-v2/service/efs/types"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
)

// copyOf is the property of a file system that a replication keeps up; isHalf, that of a replication whose copy knows
// nothing of it any more.
const (
	copyOf = "copyOf"
	isHalf = "half"
)

type files struct{ *inRegion }

func destination(replication *awstypes.Resource) map[string]any {
	out, _ := replication.State["destination"].(map[string]any)
	return out
}

// replication that a file system takes part in, as the region of this file system sees it; nil for none.
func (f files) replication(store awstypes.Store, id string) *awstypes.Resource {
	for _, r := range store.Resources(awstoken.EFSReplication, "") {
		isCopy := text(destination(r), "fileSystemId") == id && r.State[isHalf] != true
		if isCopy || text(r.State, "sourceFileSystemId") == id && r.Region == f.region {
			return r
		}
	}
	return nil
}

func (f files) DescribeReplicationConfigurations(
	_ context.Context, in *efs.DescribeReplicationConfigurationsInput, _ ...func(*efs.Options),
) (out *efs.DescribeReplicationConfigurationsOutput, err error) {
	err = f.call(func(store awstypes.Store) error {
		found := f.replication(store, aws.ToString(in.FileSystemId))
		if found == nil {
			return &types.ReplicationNotFound{Message: aws.String("no replication of " + aws.ToString(in.FileSystemId))}
		}
		end := types.Destination{
			FileSystemId: aws.String(text(destination(found), "fileSystemId")),
			Region:       aws.String(text(destination(found), "region")),
			Status:       types.ReplicationStatusEnabled, LastReplicatedTimestamp: aws.Time(time.Now()),
		}
		if found.State[isHalf] == true {
			end.Status = types.ReplicationStatusError
		}
		out = &efs.DescribeReplicationConfigurationsOutput{Replications: []types.ReplicationConfigurationDescription{{
			SourceFileSystemId: aws.String(text(found.State, "sourceFileSystemId")), Destinations: []types.Destination{end},
			SourceFileSystemRegion: aws.String(found.Region),
		}}}
		return nil
	})
	return out, err
}

func (f files) CreateReplicationConfiguration(
	_ context.Context, in *efs.CreateReplicationConfigurationInput, _ ...func(*efs.Options),
) (*efs.CreateReplicationConfigurationOutput, error) {
	source, to := aws.ToString(in.SourceFileSystemId), in.Destinations[0]
	return &efs.CreateReplicationConfigurationOutput{}, f.call(func(store awstypes.Store) error {
		into := byID(store, aws.ToString(to.Region), aws.ToString(to.FileSystemId))
		switch {
		case into == nil:
			return &types.FileSystemNotFound{Message: to.FileSystemId}
		case f.replication(store, source) != nil:
			return &types.ReplicationAlreadyExists{Message: aws.String("a file system has one replication")}
		case overwriteProtection(into) != string(types.ReplicationOverwriteProtectionDisabled):
			return &types.ValidationException{Message: aws.String("replication overwrite protection is on")}
		}
		store.Add(&awstypes.Resource{
			Token: awstoken.EFSReplication, Region: f.region, ID: source, Fixture: true, State: awstypes.Values{
				"sourceFileSystemId": source,
				"destination": map[string]any{
					"fileSystemId": aws.ToString(to.FileSystemId), "region": aws.ToString(to.Region), "status": "ENABLED",
				},
			},
		})
		set(into, copyOf, source)
		return nil
	})
}

// DeleteReplicationConfiguration makes the copy writable. With only the local half deleted, the other region keeps its
// half until it deletes it.
func (f files) DeleteReplicationConfiguration(
	_ context.Context, in *efs.DeleteReplicationConfigurationInput, _ ...func(*efs.Options),
) (*efs.DeleteReplicationConfigurationOutput, error) {
	return &efs.DeleteReplicationConfigurationOutput{}, f.call(func(store awstypes.Store) error {
		found := named(store, awstoken.EFSReplication, "", "sourceFileSystemId", aws.ToString(in.SourceFileSystemId))
		if found == nil {
			return &types.ReplicationNotFound{Message: in.SourceFileSystemId}
		}
		if into := byID(store, text(destination(found), "region"), text(destination(found), "fileSystemId")); into != nil {
			set(into, copyOf, nil)
		}
		if in.DeletionMode == types.DeletionModeLocalConfigurationOnly {
			set(found, isHalf, true)
			return nil
		}
		store.Remove(found)
		return nil
	})
}

func byID(store awstypes.Store, region, id string) *awstypes.Resource {
	for _, r := range store.Resources(awstoken.EFSFileSystem, region) {
		if r.ID == id {
			return r
		}
	}
	return nil
}

func overwriteProtection(fileSystem *awstypes.Resource) string {
	protection, _ := fileSystem.State["protection"].(map[string]any)
	return text(protection, "replicationOverwrite")
}

func (f files) DescribeFileSystems(
	_ context.Context, in *efs.DescribeFileSystemsInput, _ ...func(*efs.Options),
) (out *efs.DescribeFileSystemsOutput, err error) {
	err = f.call(func(store awstypes.Store) error {
		if byID(store, f.region, aws.ToString(in.FileSystemId)) == nil {
			return &types.FileSystemNotFound{Message: in.FileSystemId}
		}
		out = &efs.DescribeFileSystemsOutput{FileSystems: []types.FileSystemDescription{{FileSystemId: in.FileSystemId}}}
		return nil
	})
	return out, err
}

func (f files) UpdateFileSystemProtection(
	_ context.Context, in *efs.UpdateFileSystemProtectionInput, _ ...func(*efs.Options),
) (*efs.UpdateFileSystemProtectionOutput, error) {
	return &efs.UpdateFileSystemProtectionOutput{}, f.call(func(store awstypes.Store) error {
		found := byID(store, f.region, aws.ToString(in.FileSystemId))
		if found == nil {
			return &types.FileSystemNotFound{Message: in.FileSystemId}
		}
		set(found, "protection", map[string]any{"replicationOverwrite": string(in.ReplicationOverwriteProtection)})
		return nil
	})
}

func (f files) DeleteFileSystem(
	_ context.Context, in *efs.DeleteFileSystemInput, _ ...func(*efs.Options),
) (*efs.DeleteFileSystemOutput, error) {
	id := aws.ToString(in.FileSystemId)
	return &efs.DeleteFileSystemOutput{}, f.call(func(store awstypes.Store) error {
		found := byID(store, f.region, id)
		switch {
		case found == nil:
			return &types.FileSystemNotFound{Message: in.FileSystemId}
		case f.replication(store, id) != nil:
			return fmt.Errorf("%w: it takes part in a replication", &types.FileSystemInUse{Message: in.FileSystemId})
		case named(store, awstoken.EFSMountTarget, f.region, "fileSystemId", id) != nil:
			return fmt.Errorf("%w: it has mount targets", &types.FileSystemInUse{Message: in.FileSystemId})
		}
		store.Remove(found)
		return nil
	})
}
