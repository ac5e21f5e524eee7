package restoretest_test

import (
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/efs"
	efstypes "github.com/aws/aws-sdk-go-v2/service/efs/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/nodes"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/opstest"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/restoretest"
)

func TestMain(m *testing.M) { opstest.Main(m) }

var update = flag.Bool("update", false, "rewrite the list of calls in docs/operations.md")

// TestGoldenPermissions compares the document with the calls of a check. That of the node is in internal/ops/nodes.
func TestGoldenPermissions(t *testing.T) {
	w := newWorld(t)
	_, err := restoretest.Check(t.Context(), w, options())
	require.NoError(t, err)
	preview, err := os.ReadFile(filepath.Join(opstest.Repository(), "docs", "deployer-policy", "preview.json"))
	require.NoError(t, err)
	opstest.AssertListed(t, "restore-test-permissions", opstest.Permissions(string(preview), "ec2:CreateNetworkInterface",
		"ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface", "rds:AddTagsToResource", "ssm:SendCommand",
		"ssm:GetCommandInvocation", "ssm:CancelCommand"), *update)
}

type (
	m = map[string]any
	l = []any
)

const (
	planArn = "arn:aws:backup:us-east-1:123456789012:restore-testing-plan:morpheus_prod_restore_test-1"
	rowJob  = "A1B2C3D4-0000-4444-8888-000000000001"
	fileJob = "A1B2C3D4-0000-4444-8888-000000000002"
)

// world is an account after a restore test, on moto. AWS Backup itself is answered by stubs: moto restores nothing.
type world struct {
	*restoretest.Live

	given                *opstest.Given
	cluster, files, test string
	canary               map[string]string
	asked                [][]string
	mu                   sync.Mutex
	results              map[string]map[string]string
}

func newWorld(t *testing.T, extra ...opstest.Stub) *world {
	t.Helper()
	g := opstest.NewAccount(t)
	good := canary(point.Add(-40 * time.Minute))
	w := &world{
		given: g, cluster: "awsbackup-restore-test-cluster", canary: map[string]string{"read-row": good, "read-file": good},
		results: map[string]map[string]string{},
	}
	database := rds.NewFromConfig(g.Direct)
	made, err := database.CreateDBCluster(t.Context(), &rds.CreateDBClusterInput{
		DBClusterIdentifier: &w.cluster, Engine: aws.String("aurora-mysql"), MasterUsername: aws.String("morpheus"),
		MasterUserPassword: aws.String("of-the-test"),
		Tags:               []rdstypes.Tag{{Key: aws.String(restoretest.Tag), Value: aws.String(rowJob)}},
	})
	require.NoError(t, err)
	network := ec2.NewFromConfig(g.Direct)
	vpc, err := network.CreateVpc(t.Context(), &ec2.CreateVpcInput{CidrBlock: aws.String("10.80.0.0/16")})
	require.NoError(t, err)
	subnet, err := network.CreateSubnet(t.Context(), &ec2.CreateSubnetInput{
		VpcId: vpc.Vpc.VpcId, CidrBlock: aws.String("10.80.0.0/24"), AvailabilityZone: aws.String("us-east-1a"),
	})
	require.NoError(t, err)
	group, err := network.CreateSecurityGroup(t.Context(), &ec2.CreateSecurityGroupInput{
		VpcId: vpc.Vpc.VpcId, GroupName: aws.String("files"), Description: aws.String("of the mount targets"),
	})
	require.NoError(t, err)
	w.files = newFiles(t, g, "morpheus-shared-storage")
	_, err = efs.NewFromConfig(g.Direct).CreateMountTarget(t.Context(), &efs.CreateMountTargetInput{
		FileSystemId: &w.files, SubnetId: subnet.Subnet.SubnetId, SecurityGroups: []string{aws.ToString(group.GroupId)},
	})
	require.NoError(t, err)
	w.test = newFiles(t, g, "restored", efstypes.Tag{Key: aws.String(restoretest.Tag), Value: aws.String(fileJob)})
	job := func(id, kind, arn string) m {
		return m{
			"RestoreJobId": id, "ResourceType": kind, "CreatedResourceArn": arn, "Status": "COMPLETED",
			"RecoveryPointCreationDate": point, "ValidationStatus": "VALIDATING",
		}
	}
	jobs := l{
		job(rowJob, "Aurora", aws.ToString(made.DBCluster.DBClusterArn)),
		job(fileJob, "EFS", "arn:aws:elasticfilesystem:us-east-1:"+g.ID+":file-system/"+w.test),
	}
	stubs := []opstest.Stub{
		{Call: "backup ListRestoreJobs", When: "restoreTestingPlanArn=" + strings.NewReplacer(":", "%3A").Replace(planArn),
			Answer: m{"RestoreJobs": jobs}},
		{Call: "backup PutRestoreValidationResult", Reply: w.report},
	}
	w.Live = &restoretest.Live{
		AWS: g.Account(t, append(stubs, extra...)...), PlanArn: planArn, InstanceClass: "db.r5.xlarge",
		FileSystem: w.files, Run: w.run, Pause: time.Millisecond,
	}
	return w
}

func newFiles(t *testing.T, g *opstest.Given, token string, tags ...efstypes.Tag) string {
	t.Helper()
	made, err := efs.NewFromConfig(g.Direct).CreateFileSystem(t.Context(), &efs.CreateFileSystemInput{
		CreationToken: &token, Encrypted: aws.Bool(true), Tags: tags,
	})
	require.NoError(t, err)
	return aws.ToString(made.FileSystemId)
}

// report keeps the results by what the node was asked last.
func (w *world) report(body string) (map[string]any, string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var got map[string]string
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		return nil, "InvalidParameterValueException"
	}
	w.results[w.asked[len(w.asked)-1][0]] = got
	return nil, ""
}

// run is a node. What it is asked for must exist at this moment.
func (w *world) run(ctx context.Context, program string, arguments ...string) (string, int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = append(w.asked, arguments)
	if program != restoretest.Keep {
		return "no such program", 127, nil
	}
	if arguments[0] == "read-row" {
		found, err := rds.NewFromConfig(w.given.Direct).DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{})
		if err != nil || len(found.DBInstances) != 1 ||
			aws.ToString(found.DBInstances[0].Endpoint.Address) != arguments[1] {
			return "Unknown host " + arguments[1], 1, err
		}
		tags := found.DBInstances[0].TagList
		if len(tags) != 1 || aws.ToString(tags[0].Key) != restoretest.Tag || aws.ToString(tags[0].Value) != rowJob ||
			aws.ToString(found.DBInstances[0].DBClusterIdentifier) != w.cluster {
			return "the instance is not of the test", 1, nil
		}
	} else if targets := w.targets(ctx); len(targets) != 1 || aws.ToString(targets[0].IpAddress) != arguments[1] ||
		arguments[2] != w.test {
		return "mount.nfs4: Connection timed out", 32, nil
	}
	return w.canary[arguments[0]], 0, nil
}

func (w *world) targets(ctx context.Context) []efstypes.MountTargetDescription {
	found, err := efs.NewFromConfig(w.given.Direct).DescribeMountTargets(ctx, &efs.DescribeMountTargetsInput{FileSystemId: &w.test})
	if err != nil {
		return nil
	}
	return found.MountTargets
}

func (w *world) assertNothingLeft(t *testing.T) {
	t.Helper()
	found, err := rds.NewFromConfig(w.given.Direct).DescribeDBInstances(t.Context(), &rds.DescribeDBInstancesInput{})
	require.NoError(t, err)
	assert.Empty(t, found.DBInstances, "an instance that stays is paid for")
	assert.Empty(t, w.targets(t.Context()), "AWS Backup cannot delete a file system with a mount target")
	own, err := efs.NewFromConfig(w.given.Direct).DescribeMountTargets(t.Context(), &efs.DescribeMountTargetsInput{
		FileSystemId: &w.files,
	})
	require.NoError(t, err)
	assert.Len(t, own.MountTargets, 1, "the stack's own mount target must stay")
}

func TestTheRestoredDataIsReachedCheckedAndReportedInAWS(t *testing.T) {
	w := newWorld(t)
	results, err := restoretest.Check(t.Context(), w, options())
	require.NoError(t, err)
	require.Len(t, results, 2)
	for _, r := range results {
		assert.True(t, r.Passed && r.Checked, "%s: %s", r.Job.Type, r.Why)
	}
	assert.Equal(t, "SUCCESSFUL", w.results["read-row"]["ValidationStatus"])
	assert.Equal(t, "SUCCESSFUL", w.results["read-file"]["ValidationStatus"])
	w.assertNothingLeft(t)
}

func TestABrokenRecoveryPointInAWSIsReportedAsFailed(t *testing.T) {
	w := newWorld(t)
	w.canary["read-row"], w.canary["read-file"] = canary(point.Add(-30*time.Hour)), "damaged"
	results, err := restoretest.Check(t.Context(), w, options())
	require.NoError(t, err)
	for i, command := range []string{"read-row", "read-file"} {
		assert.False(t, results[i].Passed || results[i].Pending)
		assert.Equal(t, "FAILED", w.results[command]["ValidationStatus"], "AWS Backup must know: %s", results[i].Why)
		assert.Equal(t, results[i].Why, w.results[command]["ValidationStatusMessage"])
	}
	w.assertNothingLeft(t)
}

// A mistake in an ARN must not make an instance in the cluster that serves, and delete it afterwards.
func TestAResourceWithoutTheTagOfATestIsLeftAlone(t *testing.T) {
	w := newWorld(t)
	database, name := rds.NewFromConfig(w.given.Direct), "morpheus-prod"
	_, err := database.CreateDBCluster(t.Context(), &rds.CreateDBClusterInput{
		DBClusterIdentifier: &name, Engine: aws.String("aurora-mysql"), MasterUsername: aws.String("morpheus"),
		MasterUserPassword: aws.String("of-the-test"),
	})
	require.NoError(t, err)
	for _, job := range []restoretest.Job{
		{ID: rowJob, Type: "Aurora", Arn: "arn:aws:rds:us-east-1:" + w.given.ID + ":cluster:" + name},
		{ID: fileJob, Type: "EFS", Arn: "arn:aws:elasticfilesystem:us-east-1:" + w.given.ID + ":file-system/" + w.files},
	} {
		require.ErrorContains(t, w.Open(t.Context(), job), "does not have the tag awsbackup-restore-test")
		require.NoError(t, w.Close(t.Context(), job))
	}
	w.assertNothingLeft(t)
}

// AWS makes an instance for minutes, and refuses to delete it until then.
func TestAnInstanceIsDeletedAsSoonAsAWSAllowsIt(t *testing.T) {
	tries := 0
	w := newWorld(t, opstest.Stub{Call: "rds DeleteDBInstance", Reply: func(string) (map[string]any, string) {
		if tries++; tries < 3 {
			return nil, "InvalidDBInstanceState"
		}
		return m{}, ""
	}})
	require.NoError(t, w.Close(t.Context(), completed(rowJob, "Aurora")))
	assert.Equal(t, 3, tries)

	tries = -1000
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	assert.Error(t, w.Close(ctx, completed(rowJob, "Aurora")), "an instance that stays must be named")
}

// That a node could not be asked says nothing about the data, and a result is final.
func TestOnlyWhatTheProgramSaysIsAResult(t *testing.T) {
	g := opstest.NewAccount(t)
	g.NewGroup(t, "morpheus-prod", 1)
	for name, c := range map[string]struct {
		answer m
		output string
		status int
		fails  bool
	}{
		"a canary":     {m{"Status": "Success", "StandardOutputContent": "time digest"}, "time digest", 0, false},
		"no canary":    {m{"Status": "Failed", "StatusDetails": "Failed", "ResponseCode": 1, "StandardErrorContent": "gone"}, "gone", 1, false},
		"no program":   {m{"Status": "Failed", "StatusDetails": "Failed", "ResponseCode": 127}, "", 0, true},
		"stopped":      {m{"Status": "TimedOut", "StatusDetails": "ExecutionTimedOut", "ResponseCode": -1}, "", 0, true},
		"no agent":     {m{"Status": "TimedOut", "StatusDetails": "DeliveryTimedOut", "ResponseCode": -1}, "", 0, true},
		"not answered": {nil, "", 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			var sent string
			stubs := []opstest.Stub{
				{Call: "ssm SendCommand", Reply: func(body string) (map[string]any, string) {
					sent = body
					return m{"Command": m{"CommandId": "c-1"}}, ""
				}},
				{Call: "ssm GetCommandInvocation", Answer: c.answer},
			}
			if c.answer == nil {
				stubs[1].Code = "AccessDeniedException"
			}
			run := restoretest.OnNode(&nodes.Group{Account: g.Account(t, stubs...), Name: "morpheus-prod", Clock: &opstest.Hurry{}})
			output, status, err := run(t.Context(), restoretest.Keep, "read-row", "h'ost")
			assert.Equal(t, c.fails, err != nil, "%v", err)
			assert.Equal(t, c.output, output)
			assert.Equal(t, c.status, status)
			assert.Contains(t, sent, restoretest.Keep)
		})
	}
	g = opstest.NewAccount(t)
	g.NewGroup(t, "morpheus-prod", 0)
	_, _, err := restoretest.OnNode(&nodes.Group{Account: g.Account(t), Name: "morpheus-prod"})(t.Context(), restoretest.Keep)
	assert.ErrorContains(t, err, "no node in service")
}

func TestOpeningTwiceMakesOneInstanceAndOneMountTarget(t *testing.T) {
	w := newWorld(t)
	jobs, err := w.Jobs(t.Context(), point.Add(-time.Hour))
	require.NoError(t, err)
	for _, job := range jobs {
		require.NoError(t, w.Open(t.Context(), job))
		require.NoError(t, w.Open(t.Context(), job), "a check that died is done again")
	}
	assert.Len(t, w.targets(t.Context()), 1)
	for _, job := range jobs {
		require.NoError(t, w.Close(t.Context(), job))
		require.NoError(t, w.Close(t.Context(), job))
	}
	w.assertNothingLeft(t)
}
