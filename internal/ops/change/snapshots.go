package change

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
)

const (
	auroraMySQL = "aurora-mysql"
	// automatic begins the names of the snapshots that RDS makes by itself, and deletes with their cluster.
	automatic = "rds:"
	automated = "automated"
	// backupPart is in the name of a snapshot that is a recovery point of AWS Backup.
	backupPart = ":cluster-snapshot:awsbackup:"
)

// source is the snapshot that a database is restored from.
type source struct {
	*rdstypes.DBClusterSnapshot

	// id is what RDS takes: the name, or the ARN of a snapshot of another account.
	id string
	// copied is the name of the manual copy of an automatic snapshot, which stays when the cluster is deleted; empty for
	// a snapshot that stays anyway.
	copied string
}

// use is the snapshot that the configuration names.
func (o *source) use() string {
	if o.copied != "" {
		return o.copied
	}
	return o.id
}

// describe says which snapshot it is, and how old.
func (o *source) describe(now time.Time) string {
	return fmt.Sprintf("snapshot %s of %s: %s, %s old, %s", o.id, aws.ToString(o.DBClusterIdentifier),
		takenAt(o.DBClusterSnapshot), ageOf(o.DBClusterSnapshot, now), aws.ToString(o.EngineVersion))
}

// takenAt is the time of a snapshot.
func takenAt(one *rdstypes.DBClusterSnapshot) string {
	return aws.ToTime(one.SnapshotCreateTime).UTC().Format(time.RFC3339)
}

// ageOf is the age in words.
func ageOf(one *rdstypes.DBClusterSnapshot, now time.Time) string {
	age := now.Sub(aws.ToTime(one.SnapshotCreateTime))
	if age < 48*time.Hour {
		return age.Round(time.Minute).String()
	}
	return fmt.Sprintf("%d days", int(age.Hours()/24))
}

// CheckSnapshot refuses the flags of a snapshot that cannot be one. A recovery point of Aurora in AWS Backup is a cluster
// snapshot, unless it is a continuous one.
func CheckSnapshot(snapshot, point string) (id string, err error) {
	switch {
	case snapshot != "" && point != "":
		return "", fmt.Errorf("--snapshot and --recovery-point: give one of them")
	case point != "" && !strings.Contains(point, backupPart):
		return "", fmt.Errorf("--recovery-point: must be the ARN of a snapshot of a cluster, such as arn:aws:rds:us-east-1:"+
			"123456789012:cluster-snapshot:awsbackup:job-<id>, got %q: a continuous recovery point is no snapshot", point)
	case point != "":
		return point, nil
	}
	return snapshot, nil
}

// named returns how RDS takes a snapshot: by its name, or by its ARN if it is another account's.
func named(c *config.Config, id string) (string, error) {
	parts := strings.SplitN(id, ":", 7) // arn:aws:rds:<region>:<account>:cluster-snapshot:<name>
	switch {
	case parts[0] != "arn":
		return id, nil
	case len(parts) < 7 || parts[2] != "rds" || parts[5] != "cluster-snapshot":
		return "", fmt.Errorf("--snapshot: must be the name or the ARN of a cluster snapshot, got %q", id)
	case parts[3] != c.AWS.Region:
		return "", fmt.Errorf("--snapshot: must be a snapshot in %s, got %q: RDS restores in the snapshot's own region; copy it "+
			"first", c.AWS.Region, id)
	case parts[4] != c.AWS.AccountID:
		return id, nil
	}
	return parts[6], nil
}

// findSnapshot returns a snapshot by its name or ARN; nil for none.
func (s *Subject) findSnapshot(ctx context.Context, id string) (*rdstypes.DBClusterSnapshot, error) {
	in := &rds.DescribeDBClusterSnapshotsInput{DBClusterSnapshotIdentifier: &id}
	if strings.HasPrefix(id, automatic) {
		// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBClusterSnapshots.html
		in.SnapshotType = aws.String(automated)
	}
	if strings.HasPrefix(id, "arn:") {
		in.IncludeShared = aws.Bool(true)
	}
	found, err := s.Account.RDS().DescribeDBClusterSnapshots(ctx, in)
	if account.IsCode(err, "DBClusterSnapshotNotFoundFault", "DBClusterSnapshotNotFound") ||
		err == nil && len(found.DBClusterSnapshots) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &found.DBClusterSnapshots[0], nil
}

// source finds the snapshot of a restore. An automatic one may be gone with its cluster, when its copy is there.
func (s *Subject) source(ctx context.Context, c *config.Config, given string) (*source, error) {
	id, err := named(c, given)
	if err != nil {
		return nil, err
	}
	o := &source{id: id}
	if strings.HasPrefix(id, automatic) {
		o.copied = naming.Fit(naming.DBIdentifierMax, strings.TrimPrefix(id, automatic), "kept")
	}
	if o.DBClusterSnapshot, err = s.findSnapshot(ctx, id); err == nil && o.DBClusterSnapshot == nil && o.copied != "" {
		o.DBClusterSnapshot, err = s.findSnapshot(ctx, o.copied)
	}
	if err == nil && o.DBClusterSnapshot == nil {
		err = fmt.Errorf("--snapshot: the account sees no snapshot %s in %s: this command without a snapshot lists them", id,
			s.Account.Region())
	}
	return o, err
}

// majorVersion is the part of an engine version that a restore must not change.
var majorVersion = regexp.MustCompile(`^\d+\.\d+\.mysql_aurora\.\d+\b`)

// check refuses a snapshot that the cluster cannot be made from, and warns of what AWS does with it.
func (s *Subject) check(ctx context.Context, o *source, version string) (warnings []string, err error) {
	from := aws.ToString(o.EngineVersion)
	switch engine := aws.ToString(o.Engine); {
	case engine != auroraMySQL:
		return nil, fmt.Errorf("--snapshot: must be one of Aurora MySQL, got %s, which is of %s", o.id, engine)
	case aws.ToString(o.Status) != "available":
		return nil, fmt.Errorf("--snapshot: must be available, got %s, which is %s: wait, or choose another one", o.id,
			aws.ToString(o.Status))
	case majorVersion.FindString(from) == "" || majorVersion.FindString(from) != majorVersion.FindString(version):
		return nil, fmt.Errorf("--snapshot: must be of the major version of %s, got %s, which is of %s", version, o.id, from)
	}
	if from != version {
		targets, err := s.clusterTargets(ctx, from)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(targets, version) {
			return nil, fmt.Errorf("--snapshot: is of %s, and AWS makes no cluster of %s from it: give --engine-version %s",
				from, version, from)
		}
		warnings = append(warnings, fmt.Sprintf("the snapshot is of %s: AWS upgrades it to %s while it restores it, which cannot "+
			"be undone; --engine-version %s keeps it", from, version, from))
	}
	return s.checkKey(ctx, o, warnings)
}

// checkKey refuses a snapshot that nobody can decrypt.
func (s *Subject) checkKey(ctx context.Context, o *source, warnings []string) ([]string, error) {
	id := aws.ToString(o.KmsKeyId)
	if !aws.ToBool(o.StorageEncrypted) || id == "" {
		return warnings, nil
	}
	found, err := s.Account.KMS().DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &id})
	const docs = `(docs/restore.md, "Keep the appliance secret")`
	switch {
	case account.IsCode(err, "NotFoundException"):
		return nil, fmt.Errorf("--snapshot: %s is encrypted with the key %s, which does not exist any more: nobody can read it",
			o.id, id)
	case account.IsCode(err, "AccessDeniedException"):
		return append(warnings, fmt.Sprintf("the snapshot is encrypted with the key %s, which these credentials may not "+
			"describe: the restore fails if they may not use it", id)), nil
	case err != nil:
		return nil, err
	case found.KeyMetadata.KeyState != kmstypes.KeyStateEnabled:
		return nil, fmt.Errorf("--snapshot: %s is encrypted with the key %s, which is %s: cancel its deletion or enable it %s",
			o.id, id, found.KeyMetadata.KeyState, docs)
	}
	return warnings, nil
}

// restoredName matches the end of the name of a cluster that a restore has made.
var restoredName = regexp.MustCompile(`-r[0-9a-f]{6}(-\d+)?$`)

const restoredRoom = len("-r123456-99")

// familyOf is the name of the cluster that a snapshot is restored into. The name follows from that of the snapshot, so
// that the next run knows it. The name of the deployed cluster goes before it, without the end of an earlier restore.
func familyOf(deployed string, o *source) string {
	name := o.id
	if at := strings.LastIndex(name, ":cluster-snapshot:"); at >= 0 {
		name = name[at+len(":cluster-snapshot:"):]
	}
	sum := sha256.Sum256([]byte(name))
	base := restoredName.ReplaceAllString(deployed, "")
	return naming.Fit(naming.DBIdentifierMax-restoredRoom, base) + "-r" + hex.EncodeToString(sum[:3])
}

// Snapshots lists the snapshots of the stack's clusters, the newest first.
func (s *Subject) Snapshots(ctx context.Context) ([]string, error) {
	c, err := s.config()
	if err != nil {
		return nil, err
	}
	base := restoredName.ReplaceAllString(c.Database.Name, "")
	var all []rdstypes.DBClusterSnapshot
	pages := rds.NewDescribeDBClusterSnapshotsPaginator(s.Account.RDS(), &rds.DescribeDBClusterSnapshotsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, one := range page.DBClusterSnapshots {
			of := restoredName.ReplaceAllString(aws.ToString(one.DBClusterIdentifier), "")
			if of == base && aws.ToString(one.Engine) == auroraMySQL {
				all = append(all, one)
			}
		}
	}
	slices.SortFunc(all, func(a, b rdstypes.DBClusterSnapshot) int {
		return aws.ToTime(b.SnapshotCreateTime).Compare(aws.ToTime(a.SnapshotCreateTime))
	})
	var out []string
	for _, one := range all {
		out = append(out, fmt.Sprintf("%s  %12s old  %-9s  %-9s  %s  %s", takenAt(&one), ageOf(&one, s.clock().Now()),
			aws.ToString(one.Status), aws.ToString(one.SnapshotType), aws.ToString(one.EngineVersion), aws.ToString(one.DBClusterSnapshotIdentifier)))
	}
	if out == nil {
		out = []string{"the account has no snapshot of " + base + " in " + s.Account.Region()}
	}
	return out, nil
}
