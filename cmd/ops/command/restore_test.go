package command

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/opstest"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/restoretest"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/stack"
)

type (
	m = map[string]any
	l = []any
)

// stateOf returns what the Pulumi CLI answers for a stack: its outputs and its state.
func stateOf(outputs m, resources ...m) func(string) stack.Run {
	return func(string) stack.Run {
		return func(_ context.Context, arguments ...string) ([]byte, error) {
			if arguments[1] == "output" {
				return json.Marshal(outputs)
			}
			return json.Marshal(m{"deployment": m{"resources": resources}})
		}
	}
}

func resourceOf(token, name, id string, outputs m) m {
	return m{"urn": "urn:pulumi:prod::morpheus::" + token + "::" + name, "type": token, "id": id, "outputs": outputs}
}

// ops runs the command on a stack of the account.
func ops(t *testing.T, g *opstest.Given, pulumi func(string) stack.Run, stubs []opstest.Stub, arguments ...string) (
	status int, out, errs string,
) {
	t.Helper()
	var shown, complaints bytes.Buffer
	f := &flags{streams: Streams{Out: &shown, Err: &complaints}, pulumi: pulumi,
		open: func(context.Context, string) (*account.Account, error) { return g.Account(t, stubs...), nil }}
	folder := opstest.Folder(t, opstest.Filled(g.ID))
	status = execute(t.Context(), append(arguments, "--stack", "prod", "--cwd", folder), f)
	return status, shown.String(), complaints.String()
}

// TestABrokenRecoveryPointEndsWithStatus1: a scheduler reads nothing else.
func TestABrokenRecoveryPointEndsWithStatus1(t *testing.T) {
	point := time.Now().UTC().Truncate(time.Second).Add(-3 * time.Hour)
	canaryOf := func(age time.Duration) string {
		written := point.Add(-age).Format(time.RFC3339)
		digest := sha256.Sum256([]byte(written))
		return written + " " + hex.EncodeToString(digest[:])
	}
	for name, c := range map[string]struct {
		canary, validation string
		arguments          []string
		want               int
		says, reported     string
	}{
		"good":            {canaryOf(time.Hour), "", []string{"--yes"}, check.ExitHealthy, "passed  Aurora", "SUCCESSFUL"},
		"broken":          {canaryOf(30 * time.Hour), "", []string{"--yes"}, check.ExitFindings, "30h0m0s older", "FAILED"},
		"not asked for":   {canaryOf(30 * time.Hour), "", nil, check.ExitHealthy, "it waits for its check", ""},
		"known as broken": {"", "FAILED", nil, check.ExitFindings, "an earlier check failed", ""},
	} {
		t.Run(name, func(t *testing.T) {
			g := opstest.NewAccount(t)
			g.NewGroup(t, "morpheus-prod", 1)
			made, err := rds.NewFromConfig(g.Direct).CreateDBCluster(t.Context(), &rds.CreateDBClusterInput{
				DBClusterIdentifier: aws.String("awsbackup-restore-test-1"), Engine: aws.String("aurora-mysql"),
				MasterUsername: aws.String("morpheus"), MasterUserPassword: aws.String("of-the-test"),
				Tags: []types.Tag{{Key: aws.String(restoretest.Tag), Value: aws.String("1")}},
			})
			require.NoError(t, err)
			job := func(kind, validation string) m {
				out := m{
					"RestoreJobId": "JOB-" + kind, "ResourceType": kind, "CreatedResourceArn": aws.ToString(made.DBCluster.DBClusterArn),
					"Status": "COMPLETED", "RecoveryPointCreationDate": point,
				}
				if validation != "" {
					out["ValidationStatus"] = validation
				}
				return out
			}
			reported := ""
			stubs := []opstest.Stub{
				{Call: "backup ListRestoreJobs", Answer: m{"RestoreJobs": l{job("Aurora", c.validation), job("EFS", "SUCCESSFUL")}}},
				{Call: "backup PutRestoreValidationResult", Reply: func(body string) (map[string]any, string) {
					reported = body
					return nil, ""
				}},
				{Call: "ssm SendCommand", Answer: m{"Command": m{"CommandId": "c-1"}}},
				{Call: "ssm GetCommandInvocation", Answer: m{"Status": "Success", "StandardOutputContent": c.canary + "\n"}},
			}
			status, out, errs := ops(t, g, stateOf(m{"fileSystemId": "fs-1"}, resourceOf(awstoken.BackupRestoreTestPlan,
				"backup-restore-plan", "p", m{"arn": "arn:aws:backup:us-east-1:1:restore-testing-plan:p"})), stubs,
				append([]string{"restore", "test"}, c.arguments...)...)
			assert.Equal(t, c.want, status, errs)
			assert.Contains(t, out, c.says)
			assert.Contains(t, reported, c.reported)
			assert.Equal(t, c.reported == "", reported == "", "without --yes nothing is reported: %s", reported)
		})
	}
}

func TestARestoreTestNeedsThePlanOfTheStack(t *testing.T) {
	status, out, errs := ops(t, opstest.NewAccount(t), stateOf(m{}), nil, "restore", "test", "--yes")
	assert.Equal(t, check.ExitUnknown, status)
	assert.Contains(t, errs, "the stack has no restore tests: see backup.enabled")
	assert.Empty(t, strings.TrimSpace(out))
}

// TestARestoreOfFilesUsesTheStacksVaultAndRole: nobody should have to look them up at night.
func TestARestoreOfFilesUsesTheStacksVaultAndRole(t *testing.T) {
	g := opstest.NewAccount(t)
	const point = "arn:aws:backup:us-east-1:1:recovery-point:1"
	described := opstest.Stub{Call: "backup DescribeRecoveryPoint", When: "/backup-vaults/morpheus-prod-vault/", Answer: m{
		"ResourceType": "EFS", "ResourceArn": "arn:aws:elasticfilesystem:us-east-1:1:file-system/fs-1", "Status": "COMPLETED",
	}}
	none := opstest.Stub{Call: "backup ListRestoreJobs", Answer: m{"RestoreJobs": l{}}}
	vault := resourceOf(awstoken.BackupVault, "backup-vault", "morpheus-prod-vault", nil)
	role := resourceOf(awstoken.IAMRole, "backup-restore-role", "r", m{"arn": "arn:aws:iam::1:role/r"})
	for name, c := range map[string]struct {
		state     []m
		arguments []string
		want      int
		says      string
	}{
		"all there": {[]m{vault, role}, nil, check.ExitHealthy,
			"would    move the files back: a node moves what is in the folder to where it was; files that are newer"},
		"overwrite":  {[]m{vault, role}, []string{"--overwrite"}, check.ExitHealthy, "newer files are replaced, too\nnothing is changed"},
		"no role":    {[]m{vault}, nil, check.ExitUnknown, "--role: without restore tests the stack has no role"},
		"no vault":   {[]m{role}, nil, check.ExitUnknown, "--vault: the stack has no vault"},
		"wrong path": {[]m{vault, role}, []string{"--path", "../x"}, check.ExitUnknown, "--path: must be a path from the root"},
	} {
		t.Run(name, func(t *testing.T) {
			status, out, errs := ops(t, g, stateOf(m{"fileSystemId": "fs-1"}, c.state...), []opstest.Stub{described, none},
				append([]string{"restore", "files", "--recovery-point", point}, c.arguments...)...)
			assert.Equal(t, c.want, status, errs)
			assert.Contains(t, out+errs, c.says)
		})
	}
}
