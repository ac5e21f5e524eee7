package rehearsal

import (
	"context"
	"fmt"
	"time"

	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/recovery"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/operator"
)

// withCopies makes the first stack keep copies of its recovery points in the other region.
var withCopies = []Setting{
	{Key: "recovery.mode", Value: config.RecoveryBackup},
	{Key: "recovery.region", Value: otherRegion},
}

// FromCopies does what TwoRegions does with a first stack that has copies only and is lost: the second one is made of them, and
// serves from then on.
func (p Plan) FromCopies(ctx context.Context) error {
	j := &journey{lost: true, settings: withCopies}
	j.made = &stackFile{journey: j}
	return p.journey(ctx, j, (*journey).wayFromCopies)
}

func (j *journey) wayFromCopies(e *execution) []place {
	return []place{
		on(j.first, "start one account with two regions", func(ctx context.Context) error { return j.open(ctx, e) }),
		on(j.first, "up", j.up(j.first)), again(j.first),
		on(j.other, "recovery points are copied", j.copied(e)),
		j.loses(), on(j.other, "fail over", j.failover), again(j.other),
		on(j.first, "recovery points of old rows are copied", func(context.Context) error { return j.copy(time.Now()) }),
		j.returns(),
		on(j.first, "up with recovery.failedOver", j.failedOver), j.refreshed(j.first), j.refreshed(j.other),
		on(j.other, "nothing is left over", j.noOrphans),
	}
}

// copied opens the session of the second stack, which is not deployed yet, and makes the failover.
func (j *journey) copied(e *execution) func(context.Context) error {
	return func(ctx context.Context) error {
		settings := []Setting{{Key: "recovery.mode", Value: config.RecoveryRestored}}
		if err := e.open(ctx, j.other, secondStack, Account{Cloud: follower{borrowed{j.account}}}, settings); err != nil {
			return err
		}
		if err := j.handOver(ctx); err != nil {
			return err
		}
		if err := j.copy(time.Now().Add(-20 * time.Hour)); err != nil { //nolint:mnd // last night's
			return err
		}
		to := j.nodesOf(j.other, otherRegion)
		to.Secrets = []string{j.offered("applianceSecretArn")}
		j.away = j.move(j.nodesOf(j.first, firstRegion), to)
		j.away.Unplanned, j.away.Report = true, j.reported(j.other)
		j.away.Copies = &recovery.Copies{
			Vault: j.offered("copiesVault"), RoleArn: j.offered("restoreRoleArn"), FilesKeyArn: j.offered("filesKeyArn"),
			Stack: secondStack, Origin: j.made,
		}
		return nil
	}
}

// copy does what AWS Backup does each night.
func (j *journey) copy(made time.Time) error {
	for kind, arn := range map[string]string{
		"Aurora": "rds:%s:123456789012:cluster-snapshot:awsbackup:copyjob-%d", "EFS": "backup:%s:123456789012:recovery-point:%d",
	} {
		point := operator.Point{
			Kind: kind, Of: "arn:aws:elasticfilesystem:" + firstRegion + ":123456789012:file-system/" + j.text(j.first, "fileSystemId"),
			Arn: "arn:aws:" + fmt.Sprintf(arn, otherRegion, made.Unix()), Vault: j.offered("copiesVault"), Made: made,
		}
		if err := j.operator.Copied(otherRegion, point); err != nil {
			return err
		}
	}
	return nil
}

// stackFile keeps what the second stack is made of.
type stackFile struct {
	*journey
	snapshot, fileSystem string
}

var _ recovery.Origin = (*stackFile)(nil)

// Read implements recovery.Origin.
func (f *stackFile) Read(context.Context) (snapshot, fileSystem string, err error) {
	return f.snapshot, f.fileSystem, nil
}

// SetSnapshot implements recovery.Origin.
func (f *stackFile) SetSnapshot(_ context.Context, arn string) error {
	f.snapshot = arn
	return f.other.session.SetConfig(Setting{Key: "database.snapshotIdentifier", Value: arn})
}

// SetFileSystem implements recovery.Origin.
func (f *stackFile) SetFileSystem(_ context.Context, id string) error {
	f.fileSystem = id
	return f.other.session.SetConfig(Setting{Key: "recovery.fileSystemId", Value: id})
}
