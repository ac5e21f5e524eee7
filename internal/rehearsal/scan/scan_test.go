package scan

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/controls"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/harness"
)

// planOf records the tests' dev.
func planOf(t *testing.T) plan {
	t.Helper()
	config, err := harness.Load("dev", nil)
	require.NoError(t, err)
	run, err := harness.Launch{Stack: "dev", Config: config}.Start()
	require.NoError(t, err)
	text, err := Plan(run)
	require.NoError(t, err)
	var p plan
	require.NoError(t, json.Unmarshal(text, &p))
	require.Len(t, p.PlannedValues.Root.Resources, len(run.AWS()), "every resource of the provider is in the plan")
	return p
}

func (p plan) values(t *testing.T, address string) map[string]any {
	t.Helper()
	for _, r := range p.PlannedValues.Root.Resources {
		if r.Address == address {
			return r.Values
		}
	}
	require.Fail(t, "the plan does not have "+address)
	return nil
}

func (p plan) references(address, property string) []string {
	for _, r := range p.Configuration.Root.Resources {
		if r.Address == address {
			return r.Expressions[property].References
		}
	}
	return nil
}

// Without them, checkov finds a bucket without versioning, because the versioning is a resource of its own.
func TestReferencesBetweenResourcesAreInThePlan(t *testing.T) {
	p := planOf(t)
	assert.Contains(t, p.references("aws_s3_bucket_versioning.search-snapshots-versions", "bucket"),
		"aws_s3_bucket.search-snapshots-bucket")
	assert.Contains(t, p.references("aws_rds_cluster.database-cluster", "vpc_security_group_ids"),
		"aws_security_group.network-database", "a list has references too")
}

// checkov reads Terraform's names and shapes. A value under another name would count as missing.
func TestAPlanHasTheNamesAndShapesOfTerraform(t *testing.T) {
	p := planOf(t)
	cluster := p.values(t, "aws_rds_cluster.database-cluster")
	assert.Equal(t, true, cluster["storage_encrypted"])
	domain := p.values(t, "aws_opensearch_domain.search-domain")
	encryption, isList := domain["encrypt_at_rest"].([]any)
	require.True(t, isList, "a block that occurs once is a list of one in Terraform")
	assert.Equal(t, true, encryption[0].(map[string]any)["enabled"])
	broker := p.values(t, "aws_mq_broker.messaging-broker")
	assert.Contains(t, broker, "user", "users in Pulumi")
}

// The plans are files. A password in them would be readable for as long as the scan runs, and in checkov's output.
func TestNoSecretIsInAPlan(t *testing.T) {
	p := planOf(t)
	secrets := 0
	for _, r := range p.PlannedValues.Root.Resources {
		if r.Type == "aws_secretsmanager_secret_version" {
			secrets++
			assert.Equal(t, Hidden, r.Values["secret_string"], r.Address)
		}
	}
	assert.NotZero(t, secrets)
	user := p.values(t, "aws_mq_broker.messaging-broker")["user"].([]any)[0].(map[string]any)
	assert.Equal(t, Hidden, user["password"])
}

func TestTerraformTypesFollowFromTokens(t *testing.T) {
	for token, want := range map[string]string{
		awstoken.S3Bucket: "aws_s3_bucket", awstoken.S3Object: "aws_s3_object", awstoken.EC2VPC: "aws_vpc",
		awstoken.S3BucketEncryption: "aws_s3_bucket_server_side_encryption_configuration",
		awstoken.RDSSubnetGroup:     "aws_db_subnet_group", awstoken.LBLoadBalancer: "aws_lb",
		awstoken.EC2SecurityGroupIngressRule: "aws_vpc_security_group_ingress_rule",
		awstoken.CostAnomalyMonitor:          "aws_ce_anomaly_monitor",
		awstoken.EC2TransitGatewayAttachment: "aws_ec2_transit_gateway_vpc_attachment",
	} {
		assert.Equal(t, want, TypeName(token))
	}
}

var findings = Report{
	Types: map[string]bool{"aws_lb": true},
	Findings: []Finding{
		{Stack: "dev", Check: "CKV_AWS_150", Type: "aws_lb", Resource: "loadbalancer-alb"},
		{Stack: "prod", Check: "CKV_AWS_150", Type: "aws_lb", Resource: "loadbalancer-alb"},
	},
}

func stacksOf(t *testing.T, types ...string) map[string]Stack {
	t.Helper()
	var p plan
	for _, kind := range types {
		p.PlannedValues.Root.Resources = append(p.PlannedValues.Root.Resources, planned{address: address{Type: kind}})
	}
	text, err := json.Marshal(p)
	require.NoError(t, err)
	return map[string]Stack{"dev": {Plan: text, Development: true}, "prod": {Plan: text}}
}

// The table is complete in both directions, so it says what checkov says, no more and no less.
func TestAFindingNeedsAReasonAndAReasonAFinding(t *testing.T) {
	stacks := stacksOf(t, "aws_lb")
	reason := Reason{Check: "CKV_AWS_150", Type: "aws_lb", Why: "because"}
	result := Compare(findings, stacks, []Reason{reason}, nil)
	assert.Empty(t, result.Unexplained)
	require.NoError(t, result.Unneeded)

	reason.Development = true
	result = Compare(findings, stacks, []Reason{reason}, nil)
	require.Len(t, result.Unexplained, 1, "a reason of development does not excuse production")
	assert.Equal(t, "prod", result.Unexplained[0].Stack)

	reason = Reason{Check: "CKV_AWS_150", Type: "aws_lb", Resources: []string{"loadbalancer-alb", "gone"}, Why: "because"}
	result = Compare(findings, stacks, []Reason{reason, {Check: "CKV_AWS_1", Type: "aws_lb"}}, nil)
	require.ErrorContains(t, result.Unneeded, "CKV_AWS_150 aws_lb: gone does not need the reason any more")
	assert.ErrorContains(t, result.Unneeded, "CKV_AWS_1 aws_lb: no finding needs the reason any more")
}

func TestAStacksExceptionAcceptsItsFindingsUntilItEnds(t *testing.T) {
	parse := func(until, check string) []controls.Exception {
		exceptions, err := controls.ParseExceptions([]byte(
			"exceptions: [{control: "+check+", stack: prod, reason: r, until: "+until+"}]"), nil)
		require.NoError(t, err)
		return exceptions
	}
	stacks := stacksOf(t, "aws_lb")
	tomorrow := time.Now().AddDate(0, 0, 1).Format(time.DateOnly)
	result := Compare(findings, stacks, nil, parse(tomorrow, "CKV_AWS_150"))
	require.Len(t, result.Unexplained, 1, "an exception is for one stack")
	assert.Equal(t, "dev", result.Unexplained[0].Stack)
	require.NoError(t, result.Unneeded)
	assert.Len(t, Compare(findings, stacks, nil, parse("2020-01-01", "CKV_AWS_150")).Unexplained, 2, "it has ended")
	assert.ErrorContains(t, Compare(findings, stacks, nil, parse(tomorrow, "CKV_AWS_1")).Unneeded,
		"prod: CKV_AWS_1: nothing needs the exception any more")
}

// A wrong name of a type would hide all its findings.
func TestATypeWithoutAnyCheckIsListed(t *testing.T) {
	require.NoError(t, Compare(findings, stacksOf(t, "aws_lb", Unchecked[0]), nil, nil).Coverage)
	require.ErrorContains(t, Compare(findings, stacksOf(t, "aws_bucket"), nil, nil).Coverage,
		"aws_bucket: checkov has no check for it")
	report := Report{Types: map[string]bool{Unchecked[0]: true}}
	assert.ErrorContains(t, Compare(report, stacksOf(t, Unchecked[0]), nil, nil).Coverage,
		"checkov has a check for it now")
}

// checkov skips what it cannot read, and returns 0.
func TestARunThatDidNotSeeEverythingFails(t *testing.T) {
	stacks := stacksOf(t, "aws_lb")
	answer := func(text string) string {
		path := filepath.Join(t.TempDir(), "checkov")
		require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\necho '"+text+"'\n"), 0o700))
		return path
	}
	_, err := Run(t.Context(), answer(`{"passed": 0, "failed": 0, "resource_count": 0}`), stacks)
	require.ErrorContains(t, err, "it has read no plan")
	_, err = Run(t.Context(), answer(`{"check_type": "terraform_plan", "summary": {"resource_count": 1}}`), stacks)
	require.ErrorContains(t, err, "checkov has read 1 resources, want 2")
	_, err = Run(t.Context(), answer(
		`{"check_type": "terraform_plan", "results": {"parsing_errors": ["prod.json"]}}`), stacks)
	require.ErrorContains(t, err, "checkov cannot read prod.json")
	_, err = Run(t.Context(), "/nowhere/checkov", stacks)
	require.ErrorContains(t, err, "`make scan` installs checkov")
	report, err := Run(t.Context(), answer(
		`{"check_type": "terraform_plan", "summary": {"resource_count": 2}, "results": `+
			`{"failed_checks": [{"check_id": "CKV_AWS_150", "file_path": "/prod.json", "resource": "aws_lb.alb"}]}}`), stacks)
	require.NoError(t, err)
	assert.Equal(t, []Finding{{Stack: "prod", Check: "CKV_AWS_150", Type: "aws_lb", Resource: "alb"}}, report.Findings)
}

func TestEveryReasonIsComplete(t *testing.T) {
	for _, r := range Reasons {
		assert.Regexp(t, `^CKV2?_AWS_\d+$`, r.Check)
		assert.Regexp(t, `^aws_`, r.Type, r.Check)
		assert.NotEmpty(t, r.Why, r.Check)
	}
}
