package validate

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/efs"
	"github.com/aws/aws-sdk-go-v2/service/efs/types"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
)

func (s *Subject) fileChecks() []check.Check {
	const group = "file system"
	return []check.Check{
		{
			ID: "filesystem-available", Group: group, Severity: check.Error,
			Asks: "is the file system available, with the configured throughput?",
			Do:   "look at AWS Health; run pulumi up if somebody has changed the throughput",
			Run:  func(ctx context.Context) (check.Result, error) { return s.ofFileSystem(ctx, s.filesAvailable) },
		},
		{
			ID: "filesystem-zones", Group: group, Severity: check.Error,
			Asks: "has the file system a mount target in every zone?",
			Do:   "run pulumi up: nodes of the zone cannot mount without it",
			Run:  s.filesZones,
		},
		{
			ID: "filesystem-encrypted", Group: group, Severity: check.Error,
			Asks: "is the file system encrypted?",
			Do:   "restore the files into an encrypted file system: docs/restore.md",
			Run: func(ctx context.Context) (check.Result, error) {
				return s.ofFileSystem(ctx, func(f types.FileSystemDescription) check.Result {
					if !aws.ToBool(f.Encrypted) {
						return check.Finding("%s is not encrypted", aws.ToString(f.FileSystemId))
					}
					return check.Pass("it is encrypted with %s", aws.ToString(f.KmsKeyId))
				})
			},
		},
	}
}

// ofFileSystem judges the file system, if there is one.
func (s *Subject) ofFileSystem(ctx context.Context, judge func(types.FileSystemDescription) check.Result) (check.Result, error) {
	id := s.Outputs["fileSystemId"]
	found, err := s.Account.EFS().DescribeFileSystems(ctx, &efs.DescribeFileSystemsInput{FileSystemId: &id})
	switch {
	case account.IsCode(err, "FileSystemNotFound") || err == nil && len(found.FileSystems) == 0:
		return check.Finding("the account has no file system %s", id), nil
	case err != nil:
		return check.Result{}, err
	}
	return judge(found.FileSystems[0]), nil
}

func (s *Subject) filesAvailable(f types.FileSystemDescription) check.Result {
	var problems []string
	if f.LifeCycleState != types.LifeCycleStateAvailable {
		problems = append(problems, fmt.Sprintf("it is %s", f.LifeCycleState))
	}
	if want := s.Config.FileSystem.ThroughputMode; string(f.ThroughputMode) != want {
		problems = append(problems, fmt.Sprintf("its throughput is %s, the configuration has %s", f.ThroughputMode, want))
	}
	return check.Judge(problems, "it is available with the throughput mode %s", f.ThroughputMode)
}

func (s *Subject) filesZones(ctx context.Context) (check.Result, error) {
	id := s.Outputs["fileSystemId"]
	found, err := s.Account.EFS().DescribeMountTargets(ctx, &efs.DescribeMountTargetsInput{FileSystemId: &id})
	switch {
	case account.IsCode(err, "FileSystemNotFound"):
		return check.Finding("the account has no file system %s", id), nil
	case err != nil:
		return check.Result{}, err
	}
	var zones, problems []string
	for _, target := range found.MountTargets {
		zone := aws.ToString(target.AvailabilityZoneName)
		zones = append(zones, zone)
		if target.LifeCycleState != types.LifeCycleStateAvailable {
			problems = append(problems, fmt.Sprintf("the mount target in %s is %s", zone, target.LifeCycleState))
		}
	}
	for _, zone := range missing(s.zones(), zones) {
		problems = append(problems, "there is no mount target in "+zone)
	}
	return check.Judge(problems, "there are mount targets in %s", strings.Join(distinct(zones), ", ")), nil
}
