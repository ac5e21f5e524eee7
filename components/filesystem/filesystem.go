// Package filesystem is the shared storage of the application nodes: an EFS file system with a mount target in every
// availability zone. It admits the node role, over TLS, and nobody else.
package filesystem

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/efs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/component"
	"github.com/morpheus-ha/morpheus-aws/components/connection"
	"github.com/morpheus-ha/morpheus-aws/components/token"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/lifecycle"
	"github.com/morpheus-ha/morpheus-aws/internal/location"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
	"github.com/morpheus-ha/morpheus-aws/internal/policy"
)

// Port is NFS; the mount helper wraps it in TLS on the same port.
const Port = 2049

// Args of a FileSystem. All are required.
type Args struct {
	Settings   config.FileSystem
	Location   location.Location
	Protection lifecycle.Protection
	// Subnets get a mount target each; AWS takes at most one in a zone.
	Subnets []connection.Subnet
	// SecurityGroupID of the mount targets.
	SecurityGroupID pulumi.StringInput
	// KeyArn encrypts the files; a change replaces the file system, and its files are lost.
	KeyArn pulumi.StringInput
	// NodeRoleArn is the only role that may mount. It exists before the file system, as yet without permissions: EFS
	// refuses a policy that names a role it cannot find.
	NodeRoleArn pulumi.StringInput
	// AutomaticBackups has EFS back up the file system by a plan of its own. It is off if the stack has a backup plan:
	// otherwise each file is kept, and paid for, twice, and the two jobs of a day disturb each other.
	AutomaticBackups bool
	// Replica is the copy in another region; nil for none.
	Replica *Replica
	// Copied makes this the copy of another region's files; nil for files of its own.
	Copied *Copied
}

// Copied is a file system that EFS made as the copy of another one, or AWS Backup of a recovery point.
type Copied struct {
	ID string
	// Serves is true when nodes use it. A copy that nobody uses has no settings: EFS takes them from the original.
	Serves bool
	// Restored is true for one that AWS Backup made: the files are in a folder of it.
	Restored bool
}

// Replica is where a copy of the files is kept.
type Replica struct {
	Region string
	// KeyArn encrypts the copy: a key of its region.
	KeyArn pulumi.StringInput
}

// FileSystem is the shared storage.
type FileSystem struct {
	pulumi.ResourceState

	// ID such as "fs-0123456789abcdef0".
	ID  pulumi.StringOutput `pulumi:"fileSystemId"`
	Arn pulumi.StringOutput `pulumi:"fileSystemArn"`
	// Connection is what a node needs to mount it.
	Connection connection.FileSystem

	// ReplicaID is the file system in the other region; nil without a replica.
	ReplicaID pulumi.StringInput

	keyArn pulumi.StringInput
}

// New makes the file system, its mount targets, its policy, its daily backup and its replica.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*FileSystem, error) {
	f := &FileSystem{}
	return component.New(ctx, name, f, component.Shape{
		Token:     token.FileSystem,
		Check:     args.check,
		Inputs:    args.inputs,
		Provision: func() error { return f.provision(ctx, name, args) },
		Outputs:   f.outputs,
	}, opts...)
}

func (a *Args) check() error {
	switch {
	case a == nil || a.Location.Region == "" || a.Location.DNSSuffix == "":
		return errors.New("a location is required")
	case len(a.Subnets) == 0:
		return errors.New("at least one subnet is required")
	case a.SecurityGroupID == nil || a.KeyArn == nil || a.NodeRoleArn == nil:
		return errors.New("a security group, a key and a node role are required")
	}
	return nil
}

func (a *Args) inputs() pulumi.Map {
	return component.Inputs(a.Settings, pulumi.Map{
		"zones":   connection.Zones(a.Subnets),
		"keyArn":  a.KeyArn,
		"protect": pulumi.Bool(a.Protection.Protect),

		"automaticBackups":  pulumi.Bool(a.AutomaticBackups),
		"replicationRegion": pulumi.String(a.Replica.region()),
	})
}

func (f *FileSystem) provision(ctx *pulumi.Context, name string, args *Args) error {
	f.keyArn = args.KeyArn
	if args.Copied != nil {
		f.ID = pulumi.String(args.Copied.ID).ToStringOutput()
		f.Arn = pulumi.String(args.Location.ARN("elasticfilesystem", "file-system/"+args.Copied.ID)).ToStringOutput()
	} else if err := f.storage(ctx, name, args); err != nil {
		return err
	}
	ready, err := f.mountTargets(ctx, name, args)
	if err != nil {
		return err
	}
	if args.Copied != nil && !args.Copied.Serves {
		f.Connection = f.connection(args, ready)
		return nil
	}
	access, err := f.accessPolicy(ctx, name, args)
	if err != nil {
		return err
	}
	status := "DISABLED"
	if args.AutomaticBackups { // daily copies for 35 days; Security Hub's EFS.7 checks it
		status = "ENABLED"
	}
	_, err = efs.NewBackupPolicy(ctx, naming.Child(name, "backup"), &efs.BackupPolicyArgs{
		FileSystemId: f.ID,
		BackupPolicy: efs.BackupPolicyBackupPolicyArgs{Status: pulumi.String(status)},
	}, pulumi.Parent(f))
	if err != nil {
		return fmt.Errorf("enable backups: %w", err)
	}
	if err := f.replicate(ctx, name, args.Replica); err != nil {
		return err
	}
	f.Connection = f.connection(args, append(ready, access))
	return nil
}

func (f *FileSystem) outputs() pulumi.Map {
	return pulumi.Map{"fileSystemId": f.ID, "fileSystemArn": f.Arn, "host": f.Connection.Host}
}

func (f *FileSystem) storage(ctx *pulumi.Context, name string, args *Args) error {
	s := args.Settings
	storage, err := efs.NewFileSystem(ctx, naming.Child(name, "storage"), &efs.FileSystemArgs{
		CreationToken:     pulumi.String(s.Name),
		Encrypted:         pulumi.Bool(true),
		KmsKeyId:          args.KeyArn,
		PerformanceMode:   pulumi.String(s.PerformanceMode),
		ThroughputMode:    pulumi.String(s.ThroughputMode),
		LifecyclePolicies: lifecyclePolicies(s.TransitionToIADays),
		Tags:              pulumi.StringMap{"Name": pulumi.String(s.Name)},
	}, pulumi.Parent(f), pulumi.Protect(args.Protection.Protect),
		// The creation token stays the same when the mode or the key changes, and AWS refuses a second file system with it.
		pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return fmt.Errorf("create the file system: %w", err)
	}
	f.ID, f.Arn = storage.ID().ToStringOutput(), storage.Arn
	return nil
}

// lifecyclePolicies move files without access for some days to infrequent access, and back at the first access; 0
// days are never. AWS takes one transition in each element.
func lifecyclePolicies(days int) efs.FileSystemLifecyclePolicyArray {
	if days == 0 {
		return nil
	}
	after := fmt.Sprintf("AFTER_%d_DAYS", days)
	if days == 1 {
		after = "AFTER_1_DAY"
	}
	return efs.FileSystemLifecyclePolicyArray{
		efs.FileSystemLifecyclePolicyArgs{TransitionToIa: pulumi.String(after)},
		efs.FileSystemLifecyclePolicyArgs{TransitionToPrimaryStorageClass: pulumi.String("AFTER_1_ACCESS")},
	}
}

func (f *FileSystem) mountTargets(ctx *pulumi.Context, name string, args *Args) ([]pulumi.Resource, error) {
	targets := make([]pulumi.Resource, 0, len(args.Subnets))
	for _, s := range args.Subnets {
		target, err := efs.NewMountTarget(ctx, naming.Child(name, "mount", s.Zone), &efs.MountTargetArgs{
			FileSystemId:   f.ID,
			SubnetId:       s.ID,
			SecurityGroups: pulumi.StringArray{args.SecurityGroupID},
		}, pulumi.Parent(f),
			// A zone has one mount target at a time, so another subnet of the zone waits until the first is deleted.
			pulumi.DeleteBeforeReplace(true))
		if err != nil {
			return nil, fmt.Errorf("create the mount target in %s: %w", s.Zone, err)
		}
		targets = append(targets, target)
	}
	return targets, nil
}

// connection has a DNS name that answers with the mount target in the caller's own zone.
func (f *FileSystem) connection(args *Args, ready []pulumi.Resource) connection.FileSystem {
	loc := args.Location
	return connection.FileSystem{
		Connection: connection.Connection{
			Host:       pulumi.Sprintf("%s.efs.%s.%s", f.ID, loc.Region, loc.DNSSuffix),
			Port:       Port,
			Statements: []policy.Statement{f.clientStatement("FileSystemMount")},
			Ready:      ready,
		},
		ID:         f.ID,
		SyncWrites: args.Settings.SyncWrites,
		Restored:   args.Copied != nil && args.Copied.Restored,
	}
}
