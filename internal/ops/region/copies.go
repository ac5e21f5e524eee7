package region

import (
	"context"
	"fmt"

	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/recovery"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/stack"
)

// keys with what a stack is made of.
const (
	snapshotKey   = "database.snapshotIdentifier"
	fileSystemKey = "recovery.fileSystemId"
)

// readCopies reads what the recovery region has of a first stack with recovery.mode backup. The other stack need not be
// deployed, but the backend must know it.
func (p *Pair) readCopies(ctx context.Context, s *stacks) error {
	if !s.other.Recovery.Restored() {
		return fmt.Errorf("stack %s: %s is %q, must be %q while that of %s is %q: it is made of copies of recovery points", p.Other,
			modeKey, s.other.Recovery.Mode, config.RecoveryRestored, p.First, s.first.Recovery.Mode)
	}
	outputs, err := stack.ReadAllOutputs(ctx, p.Pulumi, p.First)
	if err != nil {
		return err
	}
	offered, err := p.readContract(outputs)
	if err != nil {
		return err
	}
	for name, value := range map[string]string{
		"copiesVault": offered.CopiesVault, "restoreRoleArn": offered.RestoreRoleArn, "filesKeyArn": offered.FilesKeyArn,
		"applianceSecretArn": offered.ApplianceSecretArn,
	} {
		if value == "" {
			return fmt.Errorf("the contract of the stack %s has no %s: deploy it with this program and %s %q first", p.First, name,
				modeKey, config.RecoveryBackup)
		}
	}
	s.from, s.to = p.of(p.First, &s.first), p.of(p.Other, &s.other)
	// The other stack makes users of its own for the rows; only the nodes' secret cannot be made again.
	s.to.Secrets = []string{offered.ApplianceSecretArn}
	s.copies = &recovery.Copies{
		Vault: offered.CopiesVault, RoleArn: offered.RestoreRoleArn, FilesKeyArn: offered.FilesKeyArn, Stack: p.Other,
		Origin: &origin{p},
	}
	return nil
}

// origin is kept in the file of the other stack.
type origin struct{ pair *Pair }

var _ recovery.Origin = (*origin)(nil)

// Read implements recovery.Origin.
func (o *origin) Read(context.Context) (snapshot, fileSystem string, err error) {
	c, err := stack.Load(o.pair.Folder, o.pair.Other)
	if err != nil {
		return "", "", fmt.Errorf("stack %s: %w", o.pair.Other, err)
	}
	return c.Database.SnapshotIdentifier, c.Recovery.FileSystemID, nil
}

// SetSnapshot implements recovery.Origin.
func (o *origin) SetSnapshot(ctx context.Context, arn string) error {
	return stack.Set(ctx, o.pair.Pulumi, o.pair.Other, stack.Setting{Key: snapshotKey, Value: arn})
}

// SetFileSystem implements recovery.Origin.
func (o *origin) SetFileSystem(ctx context.Context, id string) error {
	return stack.Set(ctx, o.pair.Pulumi, o.pair.Other, stack.Setting{Key: fileSystemKey, Value: id})
}
