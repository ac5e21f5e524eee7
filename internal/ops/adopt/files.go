package adopt

import (
	"context"
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/efs"
	efstypes "github.com/aws/aws-sdk-go-v2/service/efs/types"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
)

// files looks at the file system and its mount targets.
func (s *Subject) files(ctx context.Context, f *Found) error {
	found, err := s.AWS.EFS().DescribeFileSystems(ctx, &efs.DescribeFileSystemsInput{FileSystemId: &s.FileSystem})
	if err != nil {
		return err
	}
	if len(found.FileSystems) != 1 {
		return errors.New("there is no such file system")
	}
	fs := found.FileSystems[0]
	s.fileSystem(f, &fs)
	if aws.ToBool(fs.Encrypted) {
		err := s.key(ctx, f, "the file system", "filesystem", aws.ToString(fs.KmsKeyId), s.Config.Encryption.Keys.FileSystem)
		if err != nil {
			return err
		}
	} else {
		f.refuse("the file system is not encrypted: AWS cannot encrypt it in place; copy the files into a file system of the stack")
	}
	f.Resources = append(f.Resources, Resource{Type: awstoken.EFSFileSystem, Name: "filesystem-storage", ID: s.FileSystem})
	f.tagged = append(f.tagged, s.ofEFS(&fs))
	return s.mountTargets(ctx, f)
}

// fileSystem compares what AWS cannot change with the configuration.
func (s *Subject) fileSystem(f *Found, fs *efstypes.FileSystemDescription) {
	want := s.Config.FileSystem
	if fs.LifeCycleState != efstypes.LifeCycleStateAvailable {
		f.refuse("the file system is in the state %s: it must be available", fs.LifeCycleState)
	}
	if zone := aws.ToString(fs.AvailabilityZoneName); zone != "" {
		f.refuse("the file system is in the zone %s alone: nodes of other zones would lose it with that zone; copy the files into a "+
			"file system of the stack", zone)
	}
	if p := fs.FileSystemProtection; p != nil &&
		p.ReplicationOverwriteProtection == efstypes.ReplicationOverwriteProtectionReplicating {
		f.refuse("the file system is the copy of another one: delete the replication first, then it can be written")
	}
	f.must("filesystem.name", aws.ToString(fs.CreationToken), want.Name, "another creation token replaces the file system")
	f.must("filesystem.performanceMode", string(fs.PerformanceMode), want.PerformanceMode, "another mode replaces the file system")
	if mode := string(fs.ThroughputMode); mode != want.ThroughputMode {
		f.changes("the throughput mode changes from %s to %s; EFS allows one such change a day", mode, want.ThroughputMode)
	}
	f.changes("the file system gets the policy of the stack instead of its own: all clients but the nodes lose access at once")
	f.changes("the file system gets the stack's setting of EFS's automatic backups and of infrequent access")
}

// mountTargets adopts those in the stack's subnets. A zone has one, so another one there is in the way.
func (s *Subject) mountTargets(ctx context.Context, f *Found) error {
	pages := efs.NewDescribeMountTargetsPaginator(s.AWS.EFS(), &efs.DescribeMountTargetsInput{FileSystemId: &s.FileSystem})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, m := range page.MountTargets {
			id, subnet, zone := aws.ToString(m.MountTargetId), aws.ToString(m.SubnetId), aws.ToString(m.AvailabilityZoneName)
			if !slices.Contains(s.Config.Network.Existing.DataSubnetIDs, subnet) {
				f.refuse("the mount target %s is in the subnet %s of %s, which is not in network.existing.dataSubnetIds: add the subnet, "+
					"or delete the mount target; its clients lose the files", id, subnet, zone)
				continue
			}
			f.Resources = append(f.Resources, Resource{Type: awstoken.EFSMountTarget, Name: "filesystem-mount-" + zone, ID: id})
			f.changes("the mount target %s gets the security group of the stack", id)
		}
	}
	return nil
}

// ofEFS are the tags of a file system.
func (s *Subject) ofEFS(fs *efstypes.FileSystemDescription) tagged {
	id := aws.ToString(fs.FileSystemId)
	texts := func(list []efstypes.Tag) map[string]string {
		out := map[string]string{}
		for _, t := range list {
			out[aws.ToString(t.Key)] = aws.ToString(t.Value)
		}
		return out
	}
	return tagged{
		what: "the file system " + id, tags: texts(fs.Tags),
		read: func(ctx context.Context) (map[string]string, error) {
			out, err := s.AWS.EFS().ListTagsForResource(ctx, &efs.ListTagsForResourceInput{ResourceId: &id})
			if err != nil {
				return nil, err
			}
			return texts(out.Tags), nil
		},
		write: func(ctx context.Context, tags map[string]string) error {
			var list []efstypes.Tag
			for key, value := range tags {
				list = append(list, efstypes.Tag{Key: &key, Value: &value})
			}
			_, err := s.AWS.EFS().TagResource(ctx, &efs.TagResourceInput{ResourceId: &id, Tags: list})
			return err
		},
	}
}
