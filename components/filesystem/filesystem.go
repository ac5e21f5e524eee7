// Package filesystem is the shared storage of the application nodes: an EFS file system with a mount target in every
// availability zone, that lets in the node role over TLS and nobody else.
package filesystem

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/efs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/connection"
	"github.com/morpheus-ha/morpheus-aws/components/token"
	"github.com/morpheus-ha/morpheus-aws/internal/lifecycle"
	"github.com/morpheus-ha/morpheus-aws/internal/location"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
	"github.com/morpheus-ha/morpheus-aws/internal/policy"
)

// Port is NFS; the mount helper wraps it in TLS on the same port.
const Port = 2049

// Args of a FileSystem. All are required but those whose description says what empty means.
type Args struct {
	Location   location.Location
	Protection lifecycle.Protection
	// Name is the creation token and the Name tag, such as "morpheus-shared-storage": at most 64 characters, and unique
	// in the account and region, because a second file system with the same token is refused.
	Name string
	// PerformanceMode is "generalPurpose" or "maxIO"; a change replaces the file system, and its files are lost.
	PerformanceMode string
	// ThroughputMode is "bursting" or "elastic"; it can be changed in place.
	ThroughputMode string
	// ColdAfterDays without access a file moves to infrequent access, from which its next access brings it back: 1, 7,
	// 14, 30, 60, 90, 180, 270 or 365; 0 never.
	ColdAfterDays int
	// ReplicaRegion gets a read-only copy of everything, normally within 15 minutes; empty for none.
	ReplicaRegion string
	// ReplicaKeyArn is a KMS key in that region; empty for the one that EFS keeps in the account.
	ReplicaKeyArn string
	// Placements get a mount target each; AWS takes at most one in a zone.
	Placements []connection.Placement
	// SecurityGroupID of the mount targets.
	SecurityGroupID pulumi.StringInput
	// KeyArn encrypts the files; a change replaces the file system, and its files are lost.
	KeyArn pulumi.StringInput
	// NodeRoleArn is the only role that may mount. It exists before the file system, as yet without permissions: EFS
	// refuses a policy that names a role it cannot find.
	NodeRoleArn pulumi.StringInput
}

// FileSystem is the shared storage.
type FileSystem struct {
	pulumi.ResourceState

	// ID such as "fs-0123456789abcdef0".
	ID  pulumi.StringOutput `pulumi:"fileSystemId"`
	Arn pulumi.StringOutput `pulumi:"fileSystemArn"`
	// Connection is what a node needs to mount it. It has no secret: nodes enter with their role.
	Connection connection.Connection
}

// New makes the file system, its mount targets, its policy and its daily backup.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*FileSystem, error) {
	if err := args.validate(); err != nil {
		return nil, fmt.Errorf("filesystem %q: %w", name, err)
	}
	f := &FileSystem{}
	if err := ctx.RegisterComponentResourceV2(token.FileSystem, name, args.inputs(), f, opts...); err != nil {
		return nil, fmt.Errorf("filesystem %q: register: %w", name, err)
	}

	storage, err := efs.NewFileSystem(ctx, naming.Child(name, "storage"), &efs.FileSystemArgs{
		CreationToken:     pulumi.String(args.Name),
		Encrypted:         pulumi.Bool(true),
		KmsKeyId:          args.KeyArn,
		PerformanceMode:   pulumi.String(args.PerformanceMode),
		ThroughputMode:    pulumi.String(args.ThroughputMode),
		LifecyclePolicies: args.lifecycle(),
		Tags:              pulumi.StringMap{"Name": pulumi.String(args.Name)},
	}, pulumi.Parent(f), pulumi.Protect(args.Protection.Protect),
		// The creation token stays the same when the mode or the key changes, and a second file system with it is refused.
		pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return nil, fmt.Errorf("filesystem %q: create the file system: %w", name, err)
	}
	f.ID, f.Arn = storage.ID().ToStringOutput(), storage.Arn

	ready, err := f.mountTargets(ctx, name, args)
	if err != nil {
		return nil, err
	}
	access, err := f.accessPolicy(ctx, name, args)
	if err != nil {
		return nil, err
	}
	// Until there is a backup plan of our own, this keeps daily copies for 35 days; Security Hub's EFS.7 looks at it.
	_, err = efs.NewBackupPolicy(ctx, naming.Child(name, "backup"), &efs.BackupPolicyArgs{
		FileSystemId: f.ID,
		BackupPolicy: efs.BackupPolicyBackupPolicyArgs{Status: pulumi.String("ENABLED")},
	}, pulumi.Parent(f))
	if err != nil {
		return nil, fmt.Errorf("filesystem %q: enable backups: %w", name, err)
	}

	if err := f.replicate(ctx, name, args); err != nil {
		return nil, err
	}

	f.Connection = f.connection(args.Location, append(ready, access))
	outputs := pulumi.Map{"fileSystemId": f.ID, "fileSystemArn": f.Arn, "host": f.Connection.Host}
	if err := ctx.RegisterResourceOutputs(f, outputs); err != nil {
		return nil, fmt.Errorf("filesystem %q: outputs: %w", name, err)
	}
	return f, nil
}

func (f *FileSystem) mountTargets(ctx *pulumi.Context, name string, args *Args) ([]pulumi.Resource, error) {
	targets := make([]pulumi.Resource, 0, len(args.Placements))
	for _, p := range args.Placements {
		target, err := efs.NewMountTarget(ctx, naming.Child(name, "mount", p.Zone), &efs.MountTargetArgs{
			FileSystemId:   f.ID,
			SubnetId:       p.SubnetID,
			SecurityGroups: pulumi.StringArray{args.SecurityGroupID},
		}, pulumi.Parent(f))
		if err != nil {
			return nil, fmt.Errorf("filesystem %q: create the mount target in %s: %w", name, p.Zone, err)
		}
		targets = append(targets, target)
	}
	return targets, nil
}

// accessPolicy closes the file system: without a policy EFS gives full access to whoever reaches a mount target.
// https://docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html
func (f *FileSystem) accessPolicy(ctx *pulumi.Context, name string, args *Args) (pulumi.Resource, error) {
	nodes := f.clientStatement("NodesThroughMountTargets")
	nodes.Principal = policy.AWS(args.NodeRoleArn)
	document := policy.Document(policy.Statement{
		Sid:        "DenyWithoutTLS",
		Effect:     "Deny",
		Principal:  policy.Everybody,
		Actions:    []string{"*"},
		Resources:  policy.On(f.Arn),
		Conditions: []policy.Condition{policy.When("Bool", "aws:SecureTransport", "false")},
	}, nodes)
	access, err := efs.NewFileSystemPolicy(ctx, naming.Child(name, "policy"), &efs.FileSystemPolicyArgs{
		FileSystemId: f.ID,
		Policy:       document,
	}, pulumi.Parent(f))
	if err != nil {
		return nil, fmt.Errorf("filesystem %q: set the policy: %w", name, err)
	}
	return access, nil
}

// clientStatement is what a node may do. Root access, and no access point: `morpheus-ctl reconfigure` runs as root and
// gives files to the service users, which root squashing refuses and an access point's fixed user would undo.
func (f *FileSystem) clientStatement(sid string) policy.Statement {
	return policy.Statement{
		Sid: sid,
		Actions: []string{
			"elasticfilesystem:ClientMount",
			"elasticfilesystem:ClientWrite",
			"elasticfilesystem:ClientRootAccess",
		},
		Resources:  policy.On(f.Arn),
		Conditions: []policy.Condition{policy.When("Bool", "elasticfilesystem:AccessedViaMountTarget", "true")},
	}
}

// connection has a DNS name that answers with the mount target in the caller's own zone.
func (f *FileSystem) connection(loc location.Location, ready []pulumi.Resource) connection.Connection {
	return connection.Connection{
		Name:       "filesystem",
		ResourceID: f.ID.ToStringPtrOutput(),
		Host:       pulumi.Sprintf("%s.efs.%s.%s", f.ID, loc.Region, loc.DNSSuffix),
		Port:       Port,
		Statements: []policy.Statement{f.clientStatement("FileSystemMount")},
		Ready:      ready,
	}
}

func (a *Args) inputs() pulumi.Map {
	zones := make(pulumi.StringArray, len(a.Placements))
	for i, p := range a.Placements {
		zones[i] = pulumi.String(p.Zone)
	}
	return pulumi.Map{
		"name":            pulumi.String(a.Name),
		"performanceMode": pulumi.String(a.PerformanceMode),
		"throughputMode":  pulumi.String(a.ThroughputMode),
		"coldAfterDays":   pulumi.Int(a.ColdAfterDays),
		"replicaRegion":   pulumi.String(a.ReplicaRegion),
		"zones":           zones,
		"keyArn":          a.KeyArn,
		"protect":         pulumi.Bool(a.Protection.Protect),
	}
}

func (a *Args) validate() error {
	switch {
	case a == nil:
		return errors.New("arguments are required")
	case a.Location.Region == "" || a.Location.DNSSuffix == "":
		return errors.New("a location is required")
	case a.Name == "" || len(a.Name) > naming.CreationTokenMax:
		return fmt.Errorf("the name must have 1..%d characters, got %q", naming.CreationTokenMax, a.Name)
	case a.PerformanceMode == "" || a.ThroughputMode == "":
		return errors.New("a performance mode and a throughput mode are required")
	case a.ColdAfterDays < 0:
		return fmt.Errorf("files must grow cold after 1 day or more, or 0 for never, got %d", a.ColdAfterDays)
	case a.ReplicaRegion == a.Location.Region:
		return fmt.Errorf("the replica must be in another region than %s", a.ReplicaRegion)
	case a.ReplicaKeyArn != "" && a.ReplicaRegion == "":
		return errors.New("the key of a replica is given, but no region for it")
	case len(a.Placements) == 0:
		return errors.New("at least one placement is required")
	case a.SecurityGroupID == nil || a.KeyArn == nil || a.NodeRoleArn == nil:
		return errors.New("a security group, a key and a node role are required")
	}
	return nil
}
