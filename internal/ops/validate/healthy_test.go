package validate

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/efs"
	efstypes "github.com/aws/aws-sdk-go-v2/service/efs/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/opstest"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/stack"
)

func TestMain(m *testing.M) { opstest.Main(m) }

var update = flag.Bool("update", false, "rewrite the lists of calls in docs/operations.md")

const (
	host    = "morpheus.example.com"
	dnsName = "morpheus-prod-1.us-east-1.elb.amazonaws.com"
	secret  = "a-password-of-the-test"
	vault   = "morpheus-prod-backup-vault"
)

// now is the present: moto stamps lines and events with it.
var now = time.Now().Truncate(time.Second)

var zoneNames = []string{"us-east-1a", "us-east-1b", "us-east-1c"}

// stacks are the outputs and the state of healthy stacks by account; cases run side by side.
var stacks sync.Map

// of returns the stack of an account.
func of(id string) *made {
	known, _ := stacks.Load(id)
	if known == nil {
		return &made{}
	}
	return known.(*made)
}

// made is what Healthy knows of its account.
type made struct {
	outputs stack.Outputs
	state   stack.State
}

// table is how the checks of this package are tested.
var table = &opstest.Table{Healthy: healthy, Checks: checksOf, Cases: slices.Concat(cases, insideCases)}

func checksOf(c *config.Config, a *account.Account, alter func(any)) []check.Check {
	s := &Subject{
		Config: c, Account: a, Now: now, Outside: &fakeOutside{version: tls.VersionTLS13, days: 100, status: 200},
		Drift: func(context.Context) ([]string, error) { return nil, nil }, Transactions: true,
	}
	s.Outputs, s.State = of(c.AWS.AccountID).outputs, slices.Clone(of(c.AWS.AccountID).state)
	if alter != nil {
		alter(s)
	}
	return Checks(s)
}

// fakeOutside answers as a load balancer does.
type fakeOutside struct {
	version uint16
	// least is the oldest version that it accepts; TLS 1.2 if it is zero.
	least  uint16
	days   int
	status int
	err    error
}

func (f *fakeOutside) Handshake(_ context.Context, _ string, most uint16) (tls.ConnectionState, error) {
	if f.err != nil {
		return tls.ConnectionState{}, f.err
	}
	if most < max(f.least, tls.VersionTLS12) && f.least == 0 {
		return tls.ConnectionState{}, errors.New("remote error: tls: protocol version not supported")
	}
	return tls.ConnectionState{
		Version:          min(most, f.version),
		PeerCertificates: []*x509.Certificate{{NotAfter: now.AddDate(0, 0, f.days)}},
	}, nil
}

func (f *fakeOutside) Status(context.Context, string) (int, error) { return f.status, f.err }

type (
	m = map[string]any
	l = []any
)

// healthy makes an account with a healthy stack: services that moto describes well by the SDK, others as AWS answers.
func healthy(t *testing.T, g *opstest.Given) (map[string]any, []opstest.Stub) {
	t.Helper()
	ctx := t.Context()
	stack := &made{outputs: maps.Clone(endpoints)}
	add := func(token, name, id string, outputs m) {
		stack.state = append(stack.state, stackResource(token, name, id, outputs))
	}
	key, err := kms.NewFromConfig(g.Direct).CreateKey(ctx, &kms.CreateKeyInput{})
	require.NoError(t, err)
	keyID := aws.ToString(key.KeyMetadata.KeyId)
	_, err = kms.NewFromConfig(g.Direct).EnableKeyRotation(ctx, &kms.EnableKeyRotationInput{KeyId: &keyID})
	require.NoError(t, err)
	add(awstoken.KMSKey, "encryption-logs", keyID, nil)
	made, err := secretsmanager.NewFromConfig(g.Direct).CreateSecret(ctx, &secretsmanager.CreateSecretInput{
		Name: aws.String("database-user"), SecretString: aws.String(secret), KmsKeyId: &keyID,
	})
	require.NoError(t, err)
	add(awstoken.SecretsManagerSecret, "database-user-secret", aws.ToString(made.ARN), nil)
	for _, output := range []string{"pagesTopicArn", "notificationsTopicArn"} {
		topic, err := sns.NewFromConfig(g.Direct).CreateTopic(ctx, &sns.CreateTopicInput{Name: aws.String(output)})
		require.NoError(t, err)
		_, err = sns.NewFromConfig(g.Direct).Subscribe(ctx, &sns.SubscribeInput{
			TopicArn: topic.TopicArn, Protocol: aws.String("email"), Endpoint: aws.String("ops@example.com"),
		})
		require.NoError(t, err)
		stack.outputs[output] = aws.ToString(topic.TopicArn)
	}
	actions := l{stack.outputs["pagesTopicArn"]}
	putAlarm(t, g, "database-writer", stack.outputs["pagesTopicArn"], true)
	add(awstoken.CloudWatchAlarm, "monitoring-database-writer", "database-writer", m{"alarmActions": actions})
	stack.outputs["fileSystemId"] = newFileSystem(t, g)
	writeLine(t, g)
	add(awstoken.RDSCluster, "database-cluster", "morpheus-prod", m{"arn": "arn:aws:rds:us-east-1:1:cluster:morpheus-prod"})
	add(awstoken.EFSFileSystem, "filesystem-storage", "fs-1", m{"arn": "arn:aws:elasticfilesystem:us-east-1:1:file-system/fs-1"})
	add(awstoken.BackupVault, "backup-vault", vault, nil)
	stacks.Store(g.ID, stack)
	return opstest.Filled(g.ID), described()
}

func stackResource(token, name, id string, outputs m) stack.Resource {
	return stack.Resource{URN: "urn:pulumi:prod::morpheus::" + token + "::" + name, Type: token, ID: id, Outputs: outputs}
}

func putAlarm(t *testing.T, g *opstest.Given, name, topic string, enabled bool) {
	t.Helper()
	_, err := cloudwatch.NewFromConfig(g.Direct).PutMetricAlarm(t.Context(), &cloudwatch.PutMetricAlarmInput{
		AlarmName: &name, AlarmActions: []string{topic}, ActionsEnabled: &enabled, MetricName: aws.String("EngineUptime"),
		Namespace: aws.String("AWS/RDS"), Statistic: cwtypes.StatisticAverage, Period: aws.Int32(60), Threshold: aws.Float64(0),
		EvaluationPeriods: aws.Int32(3), ComparisonOperator: cwtypes.ComparisonOperatorLessThanOrEqualToThreshold,
		TreatMissingData: aws.String("breaching"),
	})
	require.NoError(t, err)
	setAlarm(t, g, name, cwtypes.StateValueOk)
}

func setAlarm(t *testing.T, g *opstest.Given, name string, state cwtypes.StateValue) {
	t.Helper()
	_, err := cloudwatch.NewFromConfig(g.Direct).SetAlarmState(t.Context(), &cloudwatch.SetAlarmStateInput{
		AlarmName: &name, StateValue: state, StateReason: aws.String("test"),
	})
	require.NoError(t, err)
}

func newFileSystem(t *testing.T, g *opstest.Given) string {
	t.Helper()
	files := efs.NewFromConfig(g.Direct)
	system, err := files.CreateFileSystem(t.Context(), &efs.CreateFileSystemInput{
		CreationToken: aws.String("morpheus-shared-storage"), Encrypted: aws.Bool(true),
		ThroughputMode: efstypes.ThroughputModeBursting,
	})
	require.NoError(t, err)
	network := ec2.NewFromConfig(g.Direct)
	vpc, err := network.CreateVpc(t.Context(), &ec2.CreateVpcInput{CidrBlock: aws.String("10.80.0.0/16")})
	require.NoError(t, err)
	for i, zone := range zoneNames {
		subnet, err := network.CreateSubnet(t.Context(), &ec2.CreateSubnetInput{
			VpcId: vpc.Vpc.VpcId, CidrBlock: aws.String([]string{"10.80.0.0/24", "10.80.1.0/24", "10.80.2.0/24"}[i]),
			AvailabilityZone: &zone,
		})
		require.NoError(t, err)
		_, err = files.CreateMountTarget(t.Context(), &efs.CreateMountTargetInput{
			FileSystemId: system.FileSystemId, SubnetId: subnet.Subnet.SubnetId,
		})
		require.NoError(t, err)
	}
	return aws.ToString(system.FileSystemId)
}

func writeLine(t *testing.T, g *opstest.Given) {
	t.Helper()
	logs, group, stream := cloudwatchlogs.NewFromConfig(g.Direct), "/morpheus/prod/nodes", "i-1/boot"
	_, err := logs.CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: &group})
	require.NoError(t, err)
	_, err = logs.CreateLogStream(t.Context(), &cloudwatchlogs.CreateLogStreamInput{LogGroupName: &group, LogStreamName: &stream})
	require.NoError(t, err)
	_, err = logs.PutLogEvents(t.Context(), &cloudwatchlogs.PutLogEventsInput{
		LogGroupName: &group, LogStreamName: &stream, LogEvents: []logtypes.InputLogEvent{{
			Message: aws.String("boot"), Timestamp: aws.Int64(time.Now().UnixMilli()),
		}},
	})
	require.NoError(t, err)
}

// TestEveryCheckHasABrokenAndAHealthyCase: a check that was never seen to find anything, or to be content, proves
// nothing.
func TestEveryCheckHasABrokenAndAHealthyCase(t *testing.T) {
	outcomes := table.RunHealthy(t)
	_, values, _ := table.Shared(t)
	all := checksOf(opstest.Config(t, values), nil, nil)
	assert.Empty(t, table.Uncovered(all, outcomes))
	t.Logf("%d checks, each with a broken and a healthy case", len(all))
}

func TestChecksFindWhatIsBroken(t *testing.T) { table.Run(t) }

// TestGoldenCalls compares the document with the calls of all checks.
func TestGoldenCalls(t *testing.T) {
	table.RunHealthy(t)
	preview, err := os.ReadFile(filepath.Join(opstest.Repository(), "docs", "deployer-policy", "preview.json"))
	require.NoError(t, err)
	opstest.AssertListed(t, "validate-permissions", opstest.Permissions(string(preview), "ssm:CancelCommand"), *update)
	opstest.AssertListed(t, "validate-answers", opstest.StubbedCalls(table), *update)
}
