package tests

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/harness"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
)

// judgedStack is a stack whose policies are evaluated, with additional calls to those of every stack.
type judgedStack struct {
	name, stack         string
	over                overrides
	intended, forbidden []call
}

const (
	fixtureTools    = "arn:${partition}:s3:::node-tools-of-the-rehearsal/"
	fixturePackages = "arn:${partition}:s3:::packages"
	firstSetup      = ":secret:morpheus/first-setup-AbCdEf"
	firstSetupARN   = "arn:${partition}:secretsmanager:${region}:${account}" + firstSetup
)

var judged = []judgedStack{
	{name: "dev", stack: "dev", intended: withInternet, forbidden: withoutPrivate},
	{
		name: "prod", stack: "prod", intended: slices.Concat(withInternet, testsRestores),
		forbidden: slices.Concat(withoutPrivate, notByTests),
	},
	{
		// Nothing public: packages are objects of S3, the image brings all tools but the certificates of RDS, and a secret
		// of the user's has the first administrator.
		name: "private", stack: "prod",
		over: privateOnly(overrides{
			"morpheus.supplementalUrl": supplemental, "morpheus.supplementalSha256": noDigest,
			"nodeTools.awsCliSha256": "", "nodeTools.efsUtilsSha256": "", "nodeTools.cloudwatchAgentSha256": "",
		}),
		intended: append(slices.Clone(testsRestores), []call{
			{who: node, actions: "s3:GetObject", on: fixturePackages + "/morpheus/morpheus-appliance_8.0.7-1_amd64.deb"},
			{who: node, actions: "s3:GetObject",
				on: fixturePackages + "/morpheus/morpheus-appliance-supplemental_8.0.7-1_all.deb"},
			{who: node, actions: "s3:GetObject", on: fixtureTools + "node-tools/rds-global-bundle.pem"},
			{who: node, actions: "secretsmanager:GetSecretValue", on: firstSetupARN},
		}...),
		forbidden: append(slices.Clone(notByTests), []call{
			{who: node, actions: "s3:PutObject s3:DeleteObject",
				on: fixturePackages + "/morpheus/morpheus-appliance_8.0.7-1_amd64.deb"},
			{who: node, actions: "s3:GetObject", on: fixturePackages + "/morpheus/morpheus-appliance_8.0.8-1_amd64.deb"},
			{who: node, actions: "s3:ListBucket", on: fixturePackages},
			{who: node, actions: "s3:GetObject", on: fixtureTools + "node-tools/amazon-efs-utils.deb"}, // the image has it
			{who: node, actions: "s3:PutObject", on: fixtureTools + "node-tools/rds-global-bundle.pem"},
			{who: node, actions: "secretsmanager:PutSecretValue secretsmanager:DeleteSecret secretsmanager:DescribeSecret",
				on: firstSetupARN},
			{who: node, actions: "secretsmanager:GetSecretValue",
				on: "arn:${partition}:secretsmanager:${region}:${account}:secret:morpheus/first-setup-2-AbCdEf"},
			{who: snapshots, actions: "secretsmanager:GetSecretValue", on: firstSetupARN},
			{who: snapshots, actions: "s3:GetObject", on: fixturePackages + "/morpheus/morpheus-appliance_8.0.7-1_amd64.deb"},
			{who: stranger, actions: "secretsmanager:GetSecretValue", on: firstSetupARN},
		}...),
	},
}

var (
	withInternet   = []call{{who: node, actions: "s3:GetObject", on: fixtureTools + "node-tools/amazon-efs-utils.deb"}}
	withoutPrivate = []call{
		{who: node, actions: "s3:GetObject", on: fixturePackages + "/morpheus/morpheus-appliance_8.0.7-1_amd64.deb"},
		{who: node, actions: "secretsmanager:GetSecretValue", on: firstSetupARN},
	}
)

// allowed and refused return the calls of every stack and of this one.
func (s judgedStack) allowed() []call { return slices.Concat(intended, s.intended) }
func (s judgedStack) refused() []call { return slices.Concat(forbidden, s.forbidden) }

// judgedRuns are the runs of stacks that are not committed.
var judgedRuns = map[string]*onlyOnce[*recorder]{"private": {}}

// in returns a run of the stack in a region of a partition.
func (s judgedStack) in(t *testing.T, partition, region string) *recorder {
	t.Helper()
	r, err := s.start(t, partition, region)
	require.NoError(t, err, "%s has the same services under other names", partition)
	return r
}

func (s judgedStack) start(t *testing.T, partition, region string) (*recorder, error) {
	t.Helper()
	over := both(s.over, overrides{"aws.region": region, "network.availabilityZones": zonesOf(s.stack, region)})
	if partition != "aws" {
		over["monitoring.budgetUsd"], over["monitoring.healthCheck"] = 0, false
	}
	a := simaws.NewAccount(simaws.Options{Partition: partition})
	if s.name == "private" {
		over["morpheus.setupSecretArn"] = "arn:" + partition + ":secretsmanager:" + region +
			":" + simaws.AccountID + firstSetup
		certificate := "arn:" + partition + ":acm:" + region + ":" + simaws.AccountID +
			":certificate/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
		over["loadBalancer.certificateArn"] = certificate
		a.Exists(region, "aws:acm/certificate:Certificate", certificate,
			account.Values{"arn": certificate, "domainName": simaws.HostName, "status": "ISSUED"})
	}
	config := harness.Config(change(t, loadStack(t, s.stack), over))
	simaws.Furnish(a, config.Text)
	return launch{Stack: s.stack, Config: config, Account: a}.Start()
}

func zonesOf(stack, region string) []any {
	zones := []any{region + "a", region + "b", region + "c"}
	if stack == "dev" {
		return zones[:2]
	}
	return zones
}

// deployed returns the run in the region of the committed stacks. All tests share it and must not change it.
func (s judgedStack) deployed(t *testing.T) *recorder {
	t.Helper()
	if s.over == nil {
		return deployed(t, s.stack)
	}
	require.Contains(t, judgedRuns, s.name)
	return judgedRuns[s.name].get(t, "the stack "+s.name, func() (*recorder, error) {
		return s.start(t, "aws", "us-east-1")
	})
}

func judgedStackOf(t *testing.T, name string) judgedStack {
	t.Helper()
	i := slices.IndexFunc(judged, func(s judgedStack) bool { return s.name == name })
	require.GreaterOrEqual(t, i, 0, name)
	return judged[i]
}

// onJudgedStacks runs a test on the stacks whose permissions differ.
func onJudgedStacks(t *testing.T, test func(t *testing.T, s judgedStack, r *recorder)) {
	t.Helper()
	for _, s := range judged {
		t.Run(s.name, func(t *testing.T) { test(t, s, s.deployed(t)) })
	}
}
