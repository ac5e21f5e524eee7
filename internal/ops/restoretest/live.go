package restoretest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/backup"
	backuptypes "github.com/aws/aws-sdk-go-v2/service/backup/types"
	"github.com/aws/aws-sdk-go-v2/service/efs"
	efstypes "github.com/aws/aws-sdk-go-v2/service/efs/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/nodes"
)

// Keep is the program of the nodes that reads a canary.
const Keep = "/usr/local/lib/morpheus-node/keep.sh"

const (
	// readLimit is more than keep.sh waits for a mount and a connection.
	readLimit = 3 * time.Minute
	// notRun is the first exit status of bash with which the program itself has not run.
	notRun = 126
)

// OnNode returns a Run of Live that uses the first node in service.
func OnNode(group *nodes.Group) func(context.Context, string, ...string) (string, int, error) {
	return func(ctx context.Context, program string, arguments ...string) (string, int, error) {
		serving, err := group.Serving(ctx)
		if err != nil {
			return "", 0, err
		}
		if len(serving) == 0 {
			return "", 0, fmt.Errorf("%s has no node in service", group.Name)
		}
		out, err := group.Run(ctx, serving[0].ID, nodes.Script{
			Name: "read the canary of a restore test", Text: `exec bash "$@"`,
			Arguments: append([]string{program}, arguments...), Limit: readLimit,
		})
		if failed := new(nodes.Failure); errors.As(err, &failed) && failed.Status == "Failed" && failed.Code < notRun {
			return out.Text + out.Errors, failed.Code, nil
		}
		return out.Text, 0, err
	}
}

// Live is the Account of a stack in AWS.
type Live struct {
	AWS *account.Account
	// PlanArn is the plan of the restore tests.
	PlanArn string
	// InstanceClass is that of the instance in a restored cluster.
	InstanceClass string
	// FileSystem is the id of the stack's file system. A restored one gets a mount target beside one of it.
	FileSystem string
	// Run executes a program on a node in service, and returns what it prints and its exit status.
	Run func(ctx context.Context, program string, arguments ...string) (output string, status int, err error)
	// Pause is the time between two tries to delete an instance that AWS is still making.
	Pause time.Duration
}

var _ Account = (*Live)(nil)

// Jobs implements Account.
func (l *Live) Jobs(ctx context.Context, since time.Time) ([]Job, error) {
	pages := backup.NewListRestoreJobsPaginator(l.AWS.Backup(), &backup.ListRestoreJobsInput{
		ByRestoreTestingPlanArn: &l.PlanArn, ByCreatedAfter: &since,
	})
	var out []Job
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, job := range page.RestoreJobs {
			out = append(out, Job{
				ID: aws.ToString(job.RestoreJobId), Type: aws.ToString(job.ResourceType), Arn: aws.ToString(job.CreatedResourceArn),
				Status: string(job.Status), Message: aws.ToString(job.StatusMessage), Validation: string(job.ValidationStatus),
				Deletion: string(job.DeletionStatus), Point: aws.ToTime(job.RecoveryPointCreationDate),
			})
		}
	}
	return out, nil
}

// Report implements Account.
func (l *Live) Report(ctx context.Context, id string, passed bool, message string) error {
	status := backuptypes.RestoreValidationStatusFailed
	if passed {
		status = backuptypes.RestoreValidationStatusSuccessful
	}
	_, err := l.AWS.Backup().PutRestoreValidationResult(ctx, &backup.PutRestoreValidationResultInput{
		RestoreJobId: &id, ValidationStatus: status, ValidationStatusMessage: &message,
	})
	return err
}

// Open implements Account. It refuses a resource that is not of a restore test, whatever a job says.
func (l *Live) Open(ctx context.Context, job Job) error {
	isTest, err := l.isTest(ctx, job)
	if err != nil {
		return err
	}
	if !isTest {
		return fmt.Errorf("%s does not have the tag %s: it is not of a restore test, or somebody has removed the tag", job.Arn, Tag)
	}
	if job.Type == "Aurora" {
		return l.openCluster(ctx, job)
	}
	return l.openFiles(ctx, job)
}

// Address implements Account.
func (l *Live) Address(ctx context.Context, job Job) (string, error) {
	if job.Type == "Aurora" {
		instance, err := l.instance(ctx, job)
		if err != nil || instance == nil || aws.ToString(instance.DBInstanceStatus) != "available" || instance.Endpoint == nil {
			return "", err
		}
		return aws.ToString(instance.Endpoint.Address), nil
	}
	targets, err := l.targets(ctx, resource(job))
	if err != nil {
		return "", err
	}
	for _, target := range targets {
		if target.LifeCycleState == efstypes.LifeCycleStateAvailable {
			return aws.ToString(target.IpAddress), nil
		}
	}
	return "", nil
}

// Close implements Account. AWS refuses to delete an instance that it is still making, so it is tried until ctx ends.
func (l *Live) Close(ctx context.Context, job Job) error {
	if job.Type == "Aurora" {
		return l.closeCluster(ctx, job)
	}
	if isTest, err := l.isTest(ctx, job); err != nil || !isTest {
		return err // nothing was made in what is not of a test
	}
	targets, err := l.targets(ctx, resource(job))
	if err != nil {
		return err
	}
	for _, target := range targets {
		if target.LifeCycleState == efstypes.LifeCycleStateDeleting || target.LifeCycleState == efstypes.LifeCycleStateDeleted {
			continue
		}
		_, err := l.AWS.EFS().DeleteMountTarget(ctx, &efs.DeleteMountTargetInput{MountTargetId: target.MountTargetId})
		if err != nil && !account.IsCode(err, "MountTargetNotFound") {
			return err
		}
	}
	return nil
}

// Read implements Account.
func (l *Live) Read(ctx context.Context, arguments ...string) (string, int, error) {
	return l.Run(ctx, Keep, arguments...)
}

// resource is the name or id at the end of the ARN of what was restored.
func resource(job Job) string { return job.Arn[strings.LastIndexAny(job.Arn, ":/")+1:] }

// instanceOf is the identifier of the instance of a check. AWS Backup's plans leave out what begins like this.
func instanceOf(job Job) string { return Tag + "-" + strings.ToLower(job.ID) }

func (l *Live) isTest(ctx context.Context, job Job) (bool, error) {
	if job.Type == "Aurora" {
		cluster, err := l.cluster(ctx, job)
		return err == nil && slices.ContainsFunc(cluster.TagList, func(t rdstypes.Tag) bool { return aws.ToString(t.Key) == Tag }), err
	}
	id := resource(job)
	found, err := l.AWS.EFS().DescribeFileSystems(ctx, &efs.DescribeFileSystemsInput{FileSystemId: &id})
	if err != nil || len(found.FileSystems) != 1 {
		return false, err
	}
	return slices.ContainsFunc(found.FileSystems[0].Tags, func(t efstypes.Tag) bool { return aws.ToString(t.Key) == Tag }), nil
}

func (l *Live) cluster(ctx context.Context, job Job) (*rdstypes.DBCluster, error) {
	id := resource(job)
	found, err := l.AWS.RDS().DescribeDBClusters(ctx, &rds.DescribeDBClustersInput{DBClusterIdentifier: &id})
	if err != nil {
		return nil, err
	}
	if len(found.DBClusters) != 1 {
		return nil, fmt.Errorf("there is no cluster %s", id)
	}
	return &found.DBClusters[0], nil
}

// openCluster makes an instance. The cluster has the subnets and the security group of the stack's database.
func (l *Live) openCluster(ctx context.Context, job Job) error {
	cluster, err := l.cluster(ctx, job)
	if err != nil {
		return err
	}
	_, err = l.AWS.RDS().CreateDBInstance(ctx, &rds.CreateDBInstanceInput{
		DBInstanceIdentifier: aws.String(instanceOf(job)), DBClusterIdentifier: cluster.DBClusterIdentifier,
		DBInstanceClass: &l.InstanceClass, Engine: cluster.Engine,
		PubliclyAccessible: aws.Bool(false), AutoMinorVersionUpgrade: aws.Bool(false),
		Tags: []rdstypes.Tag{{Key: aws.String(Tag), Value: &job.ID}},
	})
	if account.IsCode(err, "DBInstanceAlreadyExists", "DBInstanceAlreadyExistsFault") {
		return nil
	}
	return err
}

// openFiles makes a mount target in a subnet of the stack's file system, with its security groups. A mount target has no
// tags: AWS Backup deletes it with its file system.
func (l *Live) openFiles(ctx context.Context, job Job) error {
	given, err := l.targets(ctx, l.FileSystem)
	if err != nil {
		return fmt.Errorf("list the mount targets of %s: %w", l.FileSystem, err)
	}
	if len(given) == 0 {
		return fmt.Errorf("%s has no mount target: there is no subnet from which a node could reach another one", l.FileSystem)
	}
	slices.SortFunc(given, func(a, b efstypes.MountTargetDescription) int {
		return strings.Compare(aws.ToString(a.SubnetId), aws.ToString(b.SubnetId))
	})
	groups, err := l.AWS.EFS().DescribeMountTargetSecurityGroups(ctx, &efs.DescribeMountTargetSecurityGroupsInput{
		MountTargetId: given[0].MountTargetId,
	})
	if err != nil {
		return err
	}
	id := resource(job)
	_, err = l.AWS.EFS().CreateMountTarget(ctx, &efs.CreateMountTargetInput{
		FileSystemId: &id, SubnetId: given[0].SubnetId, SecurityGroups: groups.SecurityGroups,
	})
	if account.IsCode(err, "MountTargetConflict") {
		return nil
	}
	return err
}

func (l *Live) targets(ctx context.Context, fileSystem string) ([]efstypes.MountTargetDescription, error) {
	found, err := l.AWS.EFS().DescribeMountTargets(ctx, &efs.DescribeMountTargetsInput{FileSystemId: &fileSystem})
	if err != nil {
		return nil, err
	}
	return found.MountTargets, nil
}

// instance of a check; nil for none.
func (l *Live) instance(ctx context.Context, job Job) (*rdstypes.DBInstance, error) {
	name := instanceOf(job)
	found, err := l.AWS.RDS().DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{DBInstanceIdentifier: &name})
	if gone := new(rdstypes.DBInstanceNotFoundFault); errors.As(err, &gone) {
		return nil, nil //nolint:nilnil // there is none
	}
	if err != nil || len(found.DBInstances) == 0 {
		return nil, err
	}
	return &found.DBInstances[0], nil
}

func (l *Live) closeCluster(ctx context.Context, job Job) error {
	name := instanceOf(job)
	for {
		_, err := l.AWS.RDS().DeleteDBInstance(ctx, &rds.DeleteDBInstanceInput{
			DBInstanceIdentifier: &name, SkipFinalSnapshot: aws.Bool(true),
		})
		if err == nil || account.IsCode(err, "DBInstanceNotFound", "DBInstanceNotFoundFault") {
			return nil
		}
		if !account.IsCode(err, "InvalidDBInstanceState", "InvalidDBInstanceStateFault") {
			return err
		}
		if instance, asked := l.instance(ctx, job); asked == nil && instance != nil &&
			aws.ToString(instance.DBInstanceStatus) == "deleting" {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("AWS is still making %s: %w", name, err)
		case <-time.After(l.Pause):
		}
	}
}
