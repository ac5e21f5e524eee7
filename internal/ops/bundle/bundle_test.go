package bundle

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/opstest"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/stack"
)

func TestMain(m *testing.M) { opstest.Main(m) }

type (
	m = map[string]any
	l = []any
)

// canary is a secret with characters that every encoding writes in another way; given is one of --secret.
const (
	canary = `Canary'pw"<&>\ #1`
	given  = "https://hooks.example.com/services/T0/canary-of-config"
)

// forms are how a canary could appear.
func forms(secret string) []string {
	quoted, _ := json.Marshal(secret)
	return []string{
		secret, string(quoted[1 : len(quoted)-1]), base64.StdEncoding.EncodeToString([]byte(secret)), url.QueryEscape(secret),
	}
}

// planted returns a stack with the canary in everything that the bundle reads.
func planted(t *testing.T) *Subject {
	t.Helper()
	g := opstest.NewAccount(t)
	ids := g.NewGroup(t, "morpheus-prod", 1)
	value, err := json.Marshal(m{"username": "morpheus", "password": canary})
	require.NoError(t, err)
	secret, err := secretsmanager.NewFromConfig(g.Direct).CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{
		Name: aws.String("database-user"), SecretString: aws.String(string(value)),
	})
	require.NoError(t, err)
	all := strings.Join(forms(canary), " | ") + " | " + given
	_, err = cloudwatch.NewFromConfig(g.Direct).PutMetricAlarm(t.Context(), &cloudwatch.PutMetricAlarmInput{
		AlarmName: aws.String("alarm"), AlarmDescription: &all, MetricName: aws.String("m"), Namespace: aws.String("n"),
		Period: aws.Int32(60), EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(1), Statistic: cwtypes.StatisticSum,
		ComparisonOperator: cwtypes.ComparisonOperatorGreaterThanThreshold,
	})
	require.NoError(t, err)
	logs, group, stream := cloudwatchlogs.NewFromConfig(g.Direct), "/morpheus/prod/nodes", ids[0]+"/boot"
	_, err = logs.CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: &group})
	require.NoError(t, err)
	_, err = logs.CreateLogStream(t.Context(), &cloudwatchlogs.CreateLogStreamInput{LogGroupName: &group, LogStreamName: &stream})
	require.NoError(t, err)
	_, err = logs.PutLogEvents(t.Context(), &cloudwatchlogs.PutLogEventsInput{
		LogGroupName: &group, LogStreamName: &stream,
		LogEvents: []logtypes.InputLogEvent{{Message: aws.String("a line " + all), Timestamp: aws.Int64(time.Now().UnixMilli())}},
	})
	require.NoError(t, err)
	c := opstest.Config(t, opstest.Filled(g.ID))
	return &Subject{
		Config: c, Now: time.Now(),
		Account: g.Account(t,
			opstest.Stub{Call: "autoscaling DescribeAutoScalingGroups", Answer: m{"AutoScalingGroups": l{m{
				"AutoScalingGroupName": "morpheus-prod", "TargetGroupARNs": []string{"arn:nodes"},
				"Instances": l{m{"InstanceId": ids[0], "LifecycleState": "InService", "HealthStatus": "Healthy"}},
				"Tags":      l{m{"Key": "note", "Value": all}},
			}}}},
			opstest.Stub{Call: "autoscaling DescribeScalingActivities", Answer: m{"Activities": l{m{"Cause": all}}}},
			opstest.Stub{Call: "autoscaling DescribeInstanceRefreshes", Answer: m{"InstanceRefreshes": l{m{"StatusReason": all}}}},
			opstest.Stub{Call: "elbv2 DescribeTargetHealth", Answer: m{"TargetHealthDescriptions": l{m{
				"TargetHealth": m{"State": "unhealthy", "Description": all},
			}}}},
			opstest.Stub{Call: "rds DescribeDBClusters", Answer: m{"DBClusters": l{m{"TagList": l{m{"Key": "note", "Value": all}}}}}},
			opstest.Stub{Call: "rds DescribeDBInstances", Answer: m{"DBInstances": l{m{"DBInstanceStatus": all}}}},
			opstest.Stub{Call: "rds DescribeEvents", Answer: m{"Events": l{m{"Message": all}}}},
			opstest.Stub{Call: "mq ListBrokers", Answer: m{"BrokerSummaries": l{m{
				"BrokerName": c.Messaging.Name, "BrokerId": "b-1", "DeploymentMode": "CLUSTER_MULTI_AZ", "EngineType": "RABBITMQ",
			}}}},
			opstest.Stub{Call: "mq DescribeBroker", Answer: m{"BrokerName": all}},
			opstest.Stub{Call: "opensearch DescribeDomain", Answer: m{"DomainStatus": m{
				"DomainId": "1", "DomainName": c.Search.Name, "ARN": "arn:domain", "ClusterConfig": m{}, "AccessPolicies": all,
			}}},
			opstest.Stub{Call: "cloudwatch DescribeAlarmHistory", Answer: m{"AlarmHistoryItems": l{m{"HistorySummary": all}}}},
		),
		Outputs: stack.Outputs{"databaseSecretArn": aws.ToString(secret.ARN), "databaseEndpoint": "morpheus-prod.x", "note": all},
		StackFile: []byte("encryptionsalt: v1:the-salt\nconfig:\n  morpheus:webhooks:\n" +
			"    pageUrls: [{secure: AAABcipher}]\n  morpheus:note: " + given + "\n"),
		Pulumi: func(_ context.Context, arguments ...string) ([]byte, error) {
			if arguments[0] == "version" {
				return []byte("v3.245.0 " + all), nil
			}
			return json.Marshal(m{
				"morpheus:webhooks": m{"secret": true, "value": "x", "objectValue": m{"pageUrls": l{given}}},
				"morpheus:note":     m{"value": given},
			})
		},
		Report: func(context.Context) ([]byte, error) { return json.Marshal(m{"evidence": all}) },
	}
}

// unpack returns the files of a bundle.
func unpack(t *testing.T, path string) map[string]string {
	t.Helper()
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close() //nolint:errcheck // read only
	zip, err := gzip.NewReader(file)
	require.NoError(t, err)
	out := map[string]string{}
	for archive := tar.NewReader(zip); ; {
		header, err := archive.Next()
		if err == io.EOF {
			return out
		}
		require.NoError(t, err)
		text, err := io.ReadAll(archive)
		require.NoError(t, err)
		out[header.Name] = string(text)
	}
}

func TestNoSecretOfAnySourceIsInTheBundle(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bundle.tar.gz")
	s := planted(t)
	names, problems, err := Write(t.Context(), s, path)
	require.NoError(t, err)
	assert.Empty(t, problems)
	files := unpack(t, path)
	assert.Len(t, names, len(s.sources()))
	for _, source := range s.sources() {
		text, has := files[source.name]
		require.True(t, has, source.name)
		assert.Contains(t, text, removed, "%s: the test must plant the secret there", source.name)
		for _, secret := range append(forms(canary), given, "the-salt", "AAABcipher") {
			assert.NotContains(t, text, secret, source.name)
		}
	}
	assert.Contains(t, files["logs.txt"], "a line [redacted]", "what is no secret must stay")
	assert.Contains(t, files["broker.json"], `"BrokerName"`)
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	_, _, err = Write(t.Context(), s, path)
	require.ErrorIs(t, err, os.ErrExist, "a former bundle must not be lost")
}

func TestASecretThatCannotBeReadEndsTheBundle(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bundle.tar.gz")
	s := planted(t)
	s.Outputs["searchSecretArn"] = "arn:aws:secretsmanager:us-east-1:1:secret:none"
	s.Account = opstest.NewAccount(t).Account(t, opstest.Stub{Call: "secretsmanager GetSecretValue", Code: "AccessDeniedException"})
	_, _, err := Write(t.Context(), s, path)
	require.ErrorContains(t, err, "to remove its value")
	assert.NoFileExists(t, path)
}

func TestASourceThatCannotBeReadIsNamedAndTheOthersStay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bundle.tar.gz")
	s := planted(t)
	s.Report = func(context.Context) ([]byte, error) { return nil, os.ErrDeadlineExceeded }
	_, problems, err := Write(t.Context(), s, path)
	require.NoError(t, err)
	require.Len(t, problems, 1)
	files := unpack(t, path)
	assert.Contains(t, files["problems.txt"], "validate.json: ")
	assert.NotContains(t, files, "validate.json")
}

func TestASecretIsRemovedWhateverItsShape(t *testing.T) {
	for name, c := range map[string]struct{ secret, text, want string }{
		"text":      {"plain-secret", "it is plain-secret", "it is [redacted]"},
		"number":    {"1234567890123456789", "it is 1234567890123456789", "it is [redacted]"},
		"lines":     {"first-line\nsecond-line", "only second-line", "only [redacted]"},
		"nested":    {`{"secrets": "{\"a\": {\"b\": \"inner-secret\"}}"}`, "inner-secret", "[redacted]"},
		"user":      {`{"username": "morpheus", "password": "the-password"}`, "morpheus the-password", "morpheus [redacted]"},
		"short":     {"abc", "abc", "abc"},
		"signature": {"", "https://b.s3.amazonaws.com/p.deb?X-Amz-Signature=abc", "https://b.s3.amazonaws.com/p.deb?[redacted]"},
		"key":       {"", "AKIAABCDEFGHIJKLMNOP", "[redacted]"},
	} {
		r := &redactor{}
		r.learn(c.secret)
		assert.Equal(t, c.want, r.text(c.text), name)
	}
}
