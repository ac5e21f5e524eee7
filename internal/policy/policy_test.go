package policy

import (
	"context"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func rendered(t *testing.T, statements ...Statement) string {
	t.Helper()
	got, err := internals.UnsafeAwaitOutput(context.Background(), Document(statements...))
	require.NoError(t, err)
	require.True(t, got.Known)
	text, ok := got.Value.(string)
	require.True(t, ok)
	return text
}

func TestAStatementAllowsByDefault(t *testing.T) {
	assert.JSONEq(t, `{"Version": "2012-10-17", "Statement": [
		{"Sid": "Read", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["a", "b"]},
		{"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": ["*"], "Resource": ["*"],
		 "Condition": {"Bool": {"aws:SecureTransport": ["false"]}}}
	]}`, rendered(t,
		Statement{
			Sid: "Read", Actions: []string{"s3:GetObject"},
			Resources: On(pulumi.String("a"), pulumi.String("b").ToStringOutput()),
		},
		Statement{
			Effect: "Deny", Principal: Everybody, Actions: []string{"*"}, Resources: Any,
			Conditions: []Condition{When("Bool", "aws:SecureTransport", "false")},
		},
	), "an identity policy has no principal; the principal * has the form that AWS returns")
}

func TestPrincipalsHaveTheirKind(t *testing.T) {
	assert.JSONEq(t, `{"Version": "2012-10-17", "Statement": [
		{"Effect": "Allow", "Principal": {"Service": ["es.amazonaws.com"]}, "Action": ["x"], "Resource": ["*"]},
		{"Effect": "Allow", "Principal": {"AWS": ["arn"]}, "Action": ["x"], "Resource": ["*"]}
	]}`, rendered(t,
		Statement{Principal: Service("es.amazonaws.com"), Actions: []string{"x"}, Resources: Any},
		Statement{Principal: AWS(pulumi.String("arn")), Actions: []string{"x"}, Resources: Any},
	))
}

func TestConditionsWithTheSameOperatorAreMerged(t *testing.T) {
	assert.JSONEq(t, `{"Version": "2012-10-17", "Statement": [
		{"Effect": "Allow", "Action": ["x"], "Resource": ["*"], "Condition": {
			"StringEquals": {"aws:SourceAccount": ["1"], "kms:ViaService": ["a", "b"]}, "ArnLike": {"aws:SourceArn": ["arn"]}
		}}
	]}`, rendered(t, Statement{Actions: []string{"x"}, Resources: Any, Conditions: []Condition{
		When("StringEquals", "aws:SourceAccount", "1"),
		When("StringEquals", "kms:ViaService", "a", "b"),
		When("ArnLike", "aws:SourceArn", "arn"),
	}}), "a JSON object has each key once: a second condition with the same operator would be lost")
}

func TestATrustPolicyNamesTheServiceAndTheAccountItActsFor(t *testing.T) {
	text, err := AssumeRole("ec2.amazonaws.com", nil)
	require.NoError(t, err)
	assert.JSONEq(t, `{"Version": "2012-10-17", "Statement": [
		{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}]}`, text)

	text, err = AssumeRole("monitoring.rds.amazonaws.com", map[string]map[string]string{
		"StringEquals": {"aws:SourceAccount": "1"},
	})
	require.NoError(t, err)
	assert.Contains(t, text, `"Condition":{"StringEquals":{"aws:SourceAccount":"1"}}`)
}
