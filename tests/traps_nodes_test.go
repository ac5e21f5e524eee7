package tests

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/provider"
)

const accountAlone = `{"Version":"2012-10-17","Statement":[` +
	`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + simaws.AccountID +
	`:root"},"Action":"kms:*","Resource":"*"}]}`

// nodeTraps are the traps of the nodes and the load balancer.
func nodeTraps() []trap {
	return []trap{
		{number: 21, what: "a volume key that does not allow Auto Scaling", name: "cluster-group",
			rule: "group-volume-key", before: func(t *testing.T, r *recorder) {
				changed(t, r, "encryption-volumes", account.Values{"policy": accountAlone})
			}},
		{number: 21, what: "a key policy with a missing role", name: "encryption-volumes", mistake: account.Values{
			"policy": strings.ReplaceAll(accountAlone, `"Statement":[`,
				`"Statement":[{"Effect":"Allow","Action":"kms:CreateGrant","Resource":"*","Principal":{"AWS":"arn:aws:iam::`+
					simaws.AccountID+`:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling_later"}},`),
		}, rule: "key-policy-principals"},
		{number: 22, what: "no grace period and no launch hook", name: "cluster-group", mistake: account.Values{
			"healthCheckGracePeriod": 0.0, "initialLifecycleHooks": nil,
		}, rule: "group-boot-loop"},
		{number: 22, what: "hooks that are created after the group", check: theGroupBeginsWithItsHooks},
		{number: 22, what: "a capacity timeout shorter than the boots", check: theWaitIsLongEnough},
		{number: 23, what: "a refresh with $Latest", name: "cluster-group",
			mistake: account.Values{specification + ".version": "$Latest"}, rule: "group-refresh-latest"},
		{number: 23, what: "too large a span of healthy percentages", name: "cluster-group", mistake: account.Values{
			"instanceMaintenancePolicy.maxHealthyPercentage": 250.0,
		}, rule: "group-maintenance-policy"},
		{number: 23, what: "fewer nodes during a rollout", check: rolloutsKeepTheirNodes},
		{number: 23, what: "a rollback to the failed template", check: nothingRollsBackByItself},
		{number: 24, what: "slow start with least outstanding requests", name: "loadbalancer-nodes",
			mistake: account.Values{"slowStart": 30.0}, rule: "target-group-slow-start"},
		{number: 24, what: "values in camel case, as in AWS's pages", check: camelCaseIsNoValue},
		{number: 24, what: "a listener without a TLS policy", name: "loadbalancer-https",
			mistake: account.Values{"sslPolicy": nil}, rule: "listener-tls-policy"},
		{number: 24, what: "a health check over HTTP", name: "loadbalancer-nodes",
			mistake: account.Values{"healthCheck.protocol": "HTTP"}, rule: "target-group-health-check"},
		{number: 24, what: "access logs in a bucket with a KMS key", name: "loadbalancer-alb", rule: "load-balancer-logs",
			before: func(t *testing.T, r *recorder) {
				changed(t, r, "loadbalancer-logs-encryption", account.Values{"rules": []any{map[string]any{
					"applyServerSideEncryptionByDefault": map[string]any{"sseAlgorithm": "aws:kms",
						"kmsMasterKeyId": named(t, r, "encryption-logs").Output("arn")},
				}}})
			}},
		{number: 24, what: "the log bucket's policy after the load balancer", name: "loadbalancer-alb",
			rule: "load-balancer-logs", before: func(t *testing.T, r *recorder) {
				removed(t, r, "loadbalancer-logs-policy")
			}},
		{what: "a zone with nodes but no mount target", check: everyNodeHasAMountTarget},
	}
}

// otherTraps are the traps of backups and notifications.
func otherTraps() []trap {
	return []trap{
		{number: 25, what: "a topic that RDS may not publish to", name: "database-events-cluster", rule: "event-topic",
			before: func(t *testing.T, r *recorder) {
				changed(t, r, "notifications-policy", account.Values{"policy": fmt.Sprintf(
					`{"Version":"2012-10-17","Statement":[`+
						`{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"sns:Publish","Resource":%q}]}`, topicOf(r))})
			}},
		{number: 25, what: "a topic key that does not allow RDS", name: "database-events-instance", rule: "event-topic",
			before: func(t *testing.T, r *recorder) {
				changed(t, r, "encryption-logs", account.Values{"policy": accountAlone})
			}},
		{number: 25, what: "a topic key that does not allow CloudWatch", check: alarmsReachTheTopic},
		{number: 25, what: "an index without backups", check: theIndexCanBeKept},
		{number: 25, what: "opt-in, lock and key of an AWS Backup vault",
			check: backupsDoWork},
	}
}

const specification = "mixedInstancesPolicy.launchTemplate.launchTemplateSpecification"

// A hook that is created after the group does not apply to its first nodes. They would get traffic before Morpheus is
// installed.
func theGroupBeginsWithItsHooks(t *testing.T, r *recorder) {
	group := named(t, r, "cluster-group")
	results := map[string]string{}
	for _, h := range group.Values("initialLifecycleHooks") {
		hook := h.(map[string]any)
		results[hook["lifecycleTransition"].(string)] = hook["defaultResult"].(string)
	}
	assert.Equal(t,
		map[string]string{"autoscaling:EC2_INSTANCE_LAUNCHING": "ABANDON",
			"autoscaling:EC2_INSTANCE_TERMINATING": "CONTINUE"}, results,
		"a node that does not become ready must be abandoned, and a node that fails while it stops must be terminated")
	assert.Greater(t, group.Get("healthCheckGracePeriod"), 0.0)
}

// By default the provider waits ten minutes for the nodes and then fails the update. Nodes set themselves up one after
// the other, under a lock, and each may take as long as its launch hook allows.
func theWaitIsLongEnough(t *testing.T, _ *recorder) {
	for _, over := range []overrides{nil, {"cluster.minSize": 5}, {"cluster.bootTimeoutMinutes": 120}} {
		r, err := run(t, "prod", over)
		require.NoError(t, err)
		group, hook := named(t, r, "cluster-group"), named(t, r, "cluster-hook-launch")
		wait, err := time.ParseDuration(group.Get("waitForCapacityTimeout").(string))
		require.NoError(t, err)
		boots := time.Duration(group.Get("minSize").(float64)*hook.Get("heartbeatTimeout").(float64)) * time.Second
		assert.Greater(t, wait, boots, "%v: the last node of the first deployment may still boot", over)
		update, err := time.ParseDuration(group.RPC.GetCustomTimeouts().GetUpdate())
		require.NoError(t, err)
		assert.Greater(t, update, wait, "%v: the engine's timeout must be longer than the provider's", over)
	}
}

// With three nodes, a minimum of 90 percent means two nodes: each rollout would remove a third of the capacity.
func rolloutsKeepTheirNodes(t *testing.T, r *recorder) {
	group := named(t, r, "cluster-group")
	least := group.Get("minSize").(float64)
	for _, at := range []string{"instanceMaintenancePolicy.", "instanceRefresh.preferences."} {
		assert.Equal(t, 100.0, group.Get(at+"minHealthyPercentage"),
			"%s: a node must be terminated only after a new one serves", at)
		most, _ := group.Get(at + "maxHealthyPercentage").(float64)
		assert.GreaterOrEqual(t, int(least*most/100), int(least)+1, "%s: the maximum does not allow an additional node", at)
	}
}

// The provider writes the new template into the group before it starts the refresh, so a rollback would use the new
// template: docs/decisions/rollouts.md.
func nothingRollsBackByItself(t *testing.T, r *recorder) {
	assert.Empty(t, named(t, r, "cluster-group").Values("instanceRefresh.preferences.autoRollback"))
}

func camelCaseIsNoValue(t *testing.T, r *recorder) {
	nodes := named(t, r, "loadbalancer-nodes")
	wrong := nodes.Inputs.Copy()
	wrong["loadBalancingAlgorithmType"] = resource.NewProperty("leastOutstandingRequests")
	failures := provider.CheckResource(nodes.Token, nodes.Name, wrong, nil, []byte(nodes.URN), nil).Failures
	require.Len(t, failures, 1)
	assert.Contains(t, failures[0].Reason, "must be one of least_outstanding_requests")
}

// If CloudWatch cannot encrypt the message, the alarm still changes its state, but sends no notification.
func alarmsReachTheTopic(t *testing.T, r *recorder) {
	assert.NotEmpty(t, named(t, r, "notifications-topic").Get("kmsMasterKeyId"))
	for _, c := range permissionsOf(t, r).cases(t, []call{
		{who: "cloudwatch.amazonaws.com", actions: "sns:Publish", on: "${notifications-topic.arn}", with: fromAccount},
		{who: "cloudwatch.amazonaws.com", actions: "kms:Decrypt kms:GenerateDataKey", on: "${encryption-logs.arn}",
			with: forAccount},
	}) {
		assert.True(t, c.Allowed, "%s: %s", c, c.By)
	}
}

// AWS Backup supports neither OpenSearch nor Amazon MQ. The domain itself can write snapshots.
func theIndexCanBeKept(t *testing.T, r *recorder) {
	assert.NotEmpty(t, r.Exports["searchSnapshotBucket"].Value)
	assert.NotEmpty(t, r.Exports["searchSnapshotRoleArn"].Value)
}

// AWS Backup takes a plan whose jobs cannot work, and says nothing.
func backupsDoWork(t *testing.T, r *recorder) {
	assert.NotEmpty(t, r.Reads, "Aurora is skipped in an account that has not opted in; the preview asks")
	vault := named(t, r, "backup-vault")
	assert.Equal(t, named(t, r, "encryption-backup").Output("arn"), vault.Get("kmsKeyArn"))
	assert.Nil(t, named(t, r, "backup-lock").Get("changeableForDays"), "a lock that nobody can take off is a decision of its own")
	assert.Equal(t, "DISABLED", r.OfType("efs/backupPolicy:BackupPolicy")[0].Get("backupPolicy.status"),
		"two plans of one file system disturb each other")
}
