package validate

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
	"github.com/morpheus-ha/morpheus-aws/internal/versions"
)

func (s *Subject) databaseChecks() []check.Check {
	const group = "database"
	return []check.Check{
		{
			ID: "database-available", Group: group, Severity: check.Error,
			Asks: "is the database available, with one writer and all instances?",
			Do:   "look at its events: aws rds describe-events --duration 60; run pulumi up if an instance was deleted",
			Run:  s.databaseAvailable,
		},
		{
			ID: "database-zones", Group: group, Severity: check.Error,
			Asks: "are the instances of the database in different zones?",
			Do:   "run pulumi up: the program gives each instance its zone",
			Run:  s.databaseZones,
		},
		{
			ID: "database-encrypted", Group: group, Severity: check.Error,
			Asks: "is the database encrypted?",
			Do:   "restore a snapshot into an encrypted cluster: docs/restore.md",
			Run: func(ctx context.Context) (check.Result, error) {
				return s.ofCluster(ctx, func(c types.DBCluster) check.Result {
					if !aws.ToBool(c.StorageEncrypted) {
						return check.Finding("the storage of %s is not encrypted", s.Config.Database.Name)
					}
					return check.Pass("the storage is encrypted with %s", aws.ToString(c.KmsKeyId))
				})
			},
		},
		{
			ID: "database-protected", Group: group, Severity: check.Error,
			Asks: "has the database the protection of its environment and the configured retention?",
			Do:   "run pulumi up: somebody has changed the cluster",
			Run:  s.databaseProtected,
		},
		{
			ID: "database-restorable", Group: group, Severity: check.Error,
			Asks: "can the database be restored to a few minutes ago?",
			Do:   "open a case with AWS: Aurora backs up continuously, and docs/restore.md needs it",
			Run:  s.databaseRestorable,
		},
		{
			ID: "database-settings", Group: group, Severity: check.Warning,
			Asks: "do the instances run with the settings of their parameter groups?",
			Do:   "reboot the readers, then fail over and reboot the former writer: aws rds reboot-db-instance",
			Run:  s.databaseSettings,
		},
		{
			ID: "database-version", Group: group, Severity: check.Warning,
			Asks: "does the database run the configured version, and is its end of support far?",
			Do:   "upgrade in the maintenance window: docs/changes.md",
			Run:  s.databaseVersion,
		},
	}
}

func (s *Subject) ofCluster(ctx context.Context, judge func(types.DBCluster) check.Result) (check.Result, error) {
	name := s.Config.Database.Name
	found, err := s.Account.RDS().DescribeDBClusters(ctx, &rds.DescribeDBClustersInput{DBClusterIdentifier: &name})
	switch {
	case account.IsCode(err, "DBClusterNotFoundFault") || err == nil && len(found.DBClusters) == 0:
		return check.Finding("the account has no database cluster %s", name), nil
	case err != nil:
		return check.Result{}, err
	}
	return judge(found.DBClusters[0]), nil
}

// instances of the cluster.
func (s *Subject) instances(ctx context.Context) ([]types.DBInstance, error) {
	var out []types.DBInstance
	pages := rds.NewDescribeDBInstancesPaginator(s.Account.RDS(), &rds.DescribeDBInstancesInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, instance := range page.DBInstances {
			if aws.ToString(instance.DBClusterIdentifier) == s.Config.Database.Name {
				out = append(out, instance)
			}
		}
	}
	return out, nil
}

func (s *Subject) databaseAvailable(ctx context.Context) (check.Result, error) {
	instances, err := s.instances(ctx)
	if err != nil {
		return check.Result{}, err
	}
	return s.ofCluster(ctx, func(c types.DBCluster) check.Result {
		var problems []string
		if status := aws.ToString(c.Status); status != "available" {
			problems = append(problems, fmt.Sprintf("the cluster is %s", status))
		}
		writers := 0
		for _, member := range c.DBClusterMembers {
			if aws.ToBool(member.IsClusterWriter) {
				writers++
			}
		}
		if writers != 1 {
			problems = append(problems, fmt.Sprintf("the cluster has %d writers", writers))
		}
		for _, instance := range instances {
			if status := aws.ToString(instance.DBInstanceStatus); status != "available" {
				problems = append(problems, fmt.Sprintf("%s is %s", aws.ToString(instance.DBInstanceIdentifier), status))
			}
		}
		if want := s.Config.Database.Instances; len(instances) != want {
			problems = append(problems, fmt.Sprintf("the cluster has %d instances, the configuration %d", len(instances), want))
		}
		return check.Judge(problems, "the cluster and %d instances are available", len(instances))
	})
}

func (s *Subject) databaseZones(ctx context.Context) (check.Result, error) {
	instances, err := s.instances(ctx)
	if err != nil {
		return check.Result{}, err
	}
	var zones []string
	for _, instance := range instances {
		zones = append(zones, aws.ToString(instance.AvailabilityZone))
	}
	zones = distinct(zones)
	if want := min(s.Config.Database.Instances, len(s.zones())); len(zones) < want {
		return check.Finding("%d instances are in %d zones: %s", len(instances), len(zones), strings.Join(zones, ", ")), nil
	}
	return check.Pass("the instances are in %s", strings.Join(zones, ", ")), nil
}

func (s *Subject) databaseProtected(ctx context.Context) (check.Result, error) {
	return s.ofCluster(ctx, func(c types.DBCluster) check.Result {
		var problems []string
		if s.protected() && !aws.ToBool(c.DeletionProtection) {
			problems = append(problems, "the cluster is not protected against deletion")
		}
		if got, want := int(aws.ToInt32(c.BackupRetentionPeriod)), s.Config.Database.BackupRetentionDays; got < want {
			problems = append(problems, fmt.Sprintf("backups are kept for %d days, the configuration has %d", got, want))
		}
		return check.Judge(problems, "backups are kept for %d days", aws.ToInt32(c.BackupRetentionPeriod))
	})
}

// restorable is the age that the latest restorable time may have. Aurora's is usually within five minutes.
const restorable = 30 * time.Minute

func (s *Subject) databaseRestorable(ctx context.Context) (check.Result, error) {
	return s.ofCluster(ctx, func(c types.DBCluster) check.Result {
		if c.LatestRestorableTime == nil {
			return check.Finding("the cluster cannot be restored to any time")
		}
		age := s.Now.Sub(*c.LatestRestorableTime).Round(time.Second)
		if age > restorable {
			return check.Finding("the latest time to restore to is %s ago", age)
		}
		return check.Pass("the latest time to restore to is %s ago", max(age, 0))
	})
}

func (s *Subject) databaseSettings(ctx context.Context) (check.Result, error) {
	instances, err := s.instances(ctx)
	if err != nil {
		return check.Result{}, err
	}
	return s.ofCluster(ctx, func(c types.DBCluster) check.Result {
		var problems []string
		for _, member := range c.DBClusterMembers {
			if status := aws.ToString(member.DBClusterParameterGroupStatus); status != "in-sync" {
				problems = append(problems, fmt.Sprintf("%s: the cluster's parameters are %s",
					aws.ToString(member.DBInstanceIdentifier), status))
			}
		}
		for _, instance := range instances {
			for _, group := range instance.DBParameterGroups {
				if status := aws.ToString(group.ParameterApplyStatus); status != "in-sync" {
					problems = append(problems, fmt.Sprintf("%s: its parameters are %s", aws.ToString(instance.DBInstanceIdentifier),
						status))
				}
			}
		}
		return check.Judge(problems, "all instances have their parameters")
	})
}

func (s *Subject) databaseVersion(ctx context.Context) (check.Result, error) {
	return s.ofCluster(ctx, func(c types.DBCluster) check.Result {
		return s.version(versions.Aurora, s.Config.Database.EngineVersion, aws.ToString(c.EngineVersion))
	})
}

// version compares the version that runs with the configured one, and with its end of support.
func (s *Subject) version(engine versions.Engine, want, got string) check.Result {
	if got != want && !strings.HasPrefix(got, want+".") {
		return check.Finding("%s %s runs, the configuration has %s", engine, got, want)
	}
	warning, err := versions.Check(engine, want, s.Now)
	switch {
	case err != nil:
		return check.Finding("%s", err)
	case warning != "":
		return check.Finding("%s: %s", want, warning)
	}
	return check.Pass("%s %s runs, and its end of support is not near", engine, got)
}
