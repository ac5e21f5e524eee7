package tests

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/components/network"
	"github.com/morpheus-ha/morpheus-aws/internal/simaws"
)

const (
	keyToken      = "aws:kms/key:Key"
	endpointToken = "aws:ec2/vpcEndpoint:VpcEndpoint"
)

func TestPoliciesAllowNothingInGeneral(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) {
		all := r.statements()
		require.Greater(t, len(all), 15, "policies are found by what they look like")
		for _, s := range all {
			if s.Effect != "Allow" {
				continue
			}
			for _, action := range list(s.Action) {
				assert.NotEqual(t, "*", action, "%s allows everything", s)
				if s.where.Token == endpointToken {
					continue // a filter, which grants nothing: see TestEndpointsServeThisAccountOnly
				}
				if strings.HasSuffix(action, ":*") {
					assert.True(t, s.where.Token == keyToken && strings.HasSuffix(strings.Join(s.principals(), " "), ":root"),
						"%s allows %s: only the account itself may do everything, with its own keys", s, action)
				}
			}
			for _, on := range list(s.Resource) {
				assert.True(t, on != "*" || s.where.Token == keyToken || s.where.Token == endpointToken, "%s is about everything; in a key policy alone * means the key", s)
			}
		}
	})
}

// openToAll may name everybody without a condition, for the reason given.
var openToAll = map[string]string{
	"PassToFineGrainedAccessControl": "OpenSearch asks for a password behind it, and has no address outside the VPC",
}

func TestEverybodyIsNarrowedByConditions(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) {
		for _, s := range r.statements() {
			if s.Effect == "Deny" || openToAll[s.Sid] != "" {
				continue
			}
			for _, who := range s.principals() {
				assert.True(t, who != "*" || len(s.Condition) > 0, "%s lets everybody in", s)
			}
		}
	})
}

func TestNobodyIsLockedOutOfAKey(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) {
		roots := map[string]bool{}
		for _, s := range r.statements() {
			if s.where.Token == keyToken && fmt.Sprint(s.Action) == "[kms:*]" && strings.Join(s.principals(), "") == "arn:aws:iam::"+simaws.AccountID+":root" {
				roots[s.where.Name] = true
			}
		}
		assert.Len(t, roots, len(r.ofType(keyToken)), "a key whose policy nobody may change is lost, and its data with it")
	})
}

func TestServicesActForThisAccountOnly(t *testing.T) {
	// What these may do is bound otherwise: EC2 takes no such condition, and Auto Scaling's role is the account's own.
	unconditional := map[string]bool{"ec2.amazonaws.com": true}
	onBoth(t, func(t *testing.T, r *recorder) {
		for _, s := range r.statements() {
			for _, who := range s.principals() {
				if strings.HasSuffix(who, ".amazonaws.com") && !unconditional[who] {
					assert.Contains(t, fmt.Sprint(s.Condition), simaws.AccountID,
						"%s: %s could be made to act for another account (the confused deputy)", s, who)
				}
			}
		}
	})
}

// The node role gets what its back ends ask for: their secrets with their key, the file system, and nothing else.
func TestNodesMayDoWhatTheirBackEndsNeed(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) {
		allowed := map[string]int{}
		for _, s := range r.statements() {
			if s.where.Name != "cluster-backends" {
				continue
			}
			for _, action := range list(s.Action) {
				allowed[action] += len(list(s.Resource))
			}
			for _, on := range list(s.Resource) {
				assert.NotContains(t, on, "*", "%s: each permission names its one resource", s)
			}
		}
		assert.Equal(t, map[string]int{
			"elasticfilesystem:ClientMount": 1, "elasticfilesystem:ClientWrite": 1, "elasticfilesystem:ClientRootAccess": 1,
			"kms:Decrypt": 3, "secretsmanager:DescribeSecret": 3, "secretsmanager:GetSecretValue": 3,
		}, allowed)
		for _, role := range r.ofType("iam/rolePolicyAttachment:RolePolicyAttachment") {
			assert.Contains(t, []string{"cluster-ssm", "database-monitoring-policy"}, role.Name, "no other managed policy is attached")
		}
	})
}

// Credentials of another account, used through an endpoint, would carry data out of a VPC that has no other way out.
func TestEndpointsServeThisAccountOnly(t *testing.T) {
	filtered := 0
	for _, s := range deployed(t, "prod").statements() {
		if s.where.Token != endpointToken {
			continue
		}
		filtered++
		assert.Equal(t, map[string]map[string]any{"StringEquals": {"aws:PrincipalAccount": []any{simaws.AccountID}}}, s.Condition, "%s", s)
		for _, action := range list(s.Action) {
			assert.NotEqual(t, "*", action, "%s is about another service", s)
		}
	}
	assert.Len(t, network.Services, filtered, "every interface endpoint has a policy")
}

func TestEveryPartitionIsItsOwn(t *testing.T) {
	gov := "us-gov-west-1"
	r, err := launch{
		stack: "prod",
		config: change(t, loadStack(t, "prod"), overrides{
			"aws.region": gov, "network.availabilityZones": []any{gov + "a", gov + "b", gov + "c"},
		}),
		account: simaws.NewAccount(simaws.Options{Partition: "aws-us-gov"}),
	}.start(t)
	require.NoError(t, err, "GovCloud has the same services under other names")
	arns := 0
	for _, res := range r.all() {
		visit("", resource.NewProperty(res.Inputs), false, func(path, text string, _ bool) {
			assert.NotContains(t, text, "arn:aws:", "%s: %s names another partition, where it does not exist", res.Name, path)
			arns += strings.Count(text, "arn:aws-us-gov:")
		})
	}
	assert.Greater(t, arns, 50, "the ARNs must be there to be looked at")
}
