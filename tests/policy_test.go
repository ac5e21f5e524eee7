package tests

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/endpoints"
	"github.com/morpheus-ha/morpheus-aws/internal/policy"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/controls"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/evaluate"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
)

const (
	keyToken      = "aws:kms/key:Key"
	endpointToken = "aws:ec2/vpcEndpoint:VpcEndpoint"
)

func TestPoliciesHaveNoWildcards(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) {
		all := statements(r)
		require.Greater(t, len(all), 15, "too few policies were found by their form")
		for _, s := range all {
			if s.Effect != "Allow" {
				continue
			}
			for _, action := range list(s.Action) {
				assert.NotEqual(t, "*", action, "%s allows everything", s)
				if s.Where.Token == endpointToken {
					continue // an endpoint policy grants nothing: see TestEndpointsServeThisAccountOnly
				}
				if strings.HasSuffix(action, ":*") {
					assert.True(t, s.Where.Token == keyToken && strings.HasSuffix(strings.Join(s.Principals(), " "), ":root"),
						"%s allows %s: only the account itself may have all actions, on its own keys", s, action)
				}
			}
			for _, on := range list(s.Resource) {
				if on == "*" && s.Where.Token != keyToken && s.Where.Token != endpointToken { // "*" is the key there
					assertUnscoped(t, s)
				}
			}
		}
	})
}

// assertUnscoped checks a statement for all resources: policy.WithoutResource must list its actions, with a reason.
func assertUnscoped(t *testing.T, s statement) {
	t.Helper()
	for _, action := range list(s.Action) {
		i := slices.IndexFunc(policy.WithoutResource, func(u policy.Unscoped) bool { return u.Action == action })
		if !assert.GreaterOrEqual(t, i, 0,
			"%s allows %s on all resources, and policy.WithoutResource has no reason", s, action) {
			continue
		}
		if u := policy.WithoutResource[i]; u.Condition != "" {
			assert.Contains(t, fmt.Sprint(s.Condition), u.Condition,
				"%s: %s must be restricted by this condition key", s, action)
		}
	}
}

// An entry that the program no longer needs would hide a later wildcard.
func TestEveryUnscopedActionIsUsed(t *testing.T) {
	used := map[string]bool{}
	for _, s := range statements(deployed(t, "prod")) {
		if slices.Equal(list(s.Resource), []string{"*"}) {
			for _, action := range list(s.Action) {
				used[action] = true
			}
		}
	}
	for _, u := range policy.WithoutResource {
		assert.True(t, used[u.Action], "%s is in policy.WithoutResource, but no policy uses it", u.Action)
		assert.NotEmpty(t, u.Why, u.Action)
	}
}

// openToAll are statements with the principal "*" and without a condition, with the reason.
var openToAll = map[string]string{
	"PassToFineGrainedAccessControl": "OpenSearch requires a password, and is only reachable in the VPC",
	"AnyAccount":                     "an endpoint grants nothing; the appliance uses keys of managed clouds through it",
}

func TestWildcardPrincipalsHaveConditions(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) {
		for _, s := range statements(r) {
			if s.Effect == "Deny" || openToAll[s.Sid] != "" {
				continue
			}
			for _, who := range s.Principals() {
				assert.True(t, who != "*" || len(s.Condition) > 0, "%s allows every principal", s)
			}
		}
	})
}

func TestNobodyIsLockedOutOfAKey(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) {
		roots := map[string]bool{}
		for _, s := range statements(r) {
			if s.Where.Token == keyToken && fmt.Sprint(s.Action) == "[kms:*]" &&
				strings.Join(s.Principals(), "") == "arn:aws:iam::"+simaws.AccountID+":root" {
				roots[s.Where.Name] = true
			}
		}
		assert.Len(t, roots, len(r.OfType(keyToken)), "if no principal may change its policy, a key is lost with its data")
	})
}

func TestServicesActForThisAccountOnly(t *testing.T) {
	// These need no such condition: EC2 does not support it, and Auto Scaling's role belongs to the account.
	unconditional := map[string]bool{"ec2.amazonaws.com": true}
	onBoth(t, func(t *testing.T, r *recorder) {
		for _, s := range statements(r) {
			for _, who := range s.Principals() {
				if strings.HasSuffix(who, ".amazonaws.com") && !unconditional[who] &&
					// That it sends the key when it assumes a role is documented nowhere; iam:PassRole decides who gives it one.
					(who != "backup.amazonaws.com" || s.Where.Token != awstoken.IAMRole) {
					assert.Contains(t, fmt.Sprint(s.Condition), simaws.AccountID,
						"%s: %s could be made to act for another account (the confused deputy)", s, who)
				}
			}
		}
	})
}

// The node role gets the permissions that the back ends require: their secrets with the key, the file system, and
// nothing else.
func TestNodesMayDoWhatTheirBackEndsNeed(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) {
		allowed := map[string]int{}
		for _, s := range statements(r) {
			if s.Where.Name != "cluster-backends" {
				continue
			}
			for _, action := range list(s.Action) {
				allowed[action] += len(list(s.Resource))
			}
			for _, on := range list(s.Resource) {
				assert.NotContains(t, on, "*", "%s: each permission must name its resource", s)
			}
		}
		assert.Equal(t, map[string]int{
			"elasticfilesystem:ClientMount": 1, "elasticfilesystem:ClientWrite": 1, "elasticfilesystem:ClientRootAccess": 1,
			// the fourth is the administrator's
			"kms:Decrypt": 3, "secretsmanager:DescribeSecret": 3, "secretsmanager:GetSecretValue": 4,
			// snapshots of the search domain, and the definitions of the broker
			"es:ESHttpPut": 1, "iam:PassRole": 1, "kms:GenerateDataKey": 1, "s3:PutObject": 1,
		}, allowed)
		for _, role := range r.OfType("iam/rolePolicyAttachment:RolePolicyAttachment") {
			assert.Contains(t, []string{"database-monitoring-policy", "backup-role-policy", "backup-restore-role-policy"}, role.Name,
				"no other managed policy is attached")
		}
	})
}

// prefixes maps an endpoint to the action prefix of its service, where they differ.
// https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
var prefixes = map[string]string{"monitoring": "cloudwatch"}

// forClouds are the services that the appliance calls for the AWS clouds that it manages, with keys of their accounts.
var forClouds = []string{"autoscaling", "ec2", "kms", "monitoring", "sts"}

// With credentials of another account, an endpoint could carry data out of a VPC without internet access; but the
// appliance must reach the clouds of other accounts through it. An endpoint policy with the actions of another service
// would block all calls.
func TestEndpointsServeTheKeysOfManagedClouds(t *testing.T) {
	for stack, internet := range map[string]bool{"prod": true, "private": false} {
		r := judgedStackOf(t, stack).deployed(t)
		p := permissionsOf(t, r)
		var served []string
		for _, e := range r.OfType(endpointToken) {
			if e.Get("vpcEndpointType") != "Interface" {
				continue
			}
			name := e.Get("serviceName").(string)
			service := name[strings.LastIndex(name, ".")+1:]
			served = append(served, service)
			filter := evaluate.Policies{Resource: p.read(t, e, "policy").Policy}
			for account, want := range map[string]bool{
				simaws.AccountID: true, "999999999999": slices.Contains(forClouds, service),
			} {
				decision := evaluate.Decide(evaluate.Request{
					Principal: "arn:aws:iam::" + account + ":user/cloud", Account: account,
					Action: cmp.Or(prefixes[service], service) + ":Describe", Resource: "*",
					Context: map[string][]string{"aws:PrincipalAccount": {account}},
				}, filter)
				assert.Equal(t, want, decision.Allowed,
					"%s, %s: a key of account %s, when the stack is in %s: the private DNS sends every call of the "+
						"appliance to the endpoint; %s", stack, e.Name, account, simaws.AccountID, decision.By)
			}
			other := evaluate.Decide(evaluate.Request{
				Principal: "arn:aws:iam::" + simaws.AccountID + ":user/cloud", Account: simaws.AccountID,
				Action: "iam:CreateUser", Resource: "*",
				Context: map[string][]string{"aws:PrincipalAccount": {simaws.AccountID}},
			}, filter)
			assert.False(t, other.Allowed, "%s: only the actions of its service", e.Name)
		}
		var want []string
		for _, s := range endpoints.Services(internet) {
			want = append(want, s.Name)
		}
		assert.ElementsMatch(t, want, served, "%s: an endpoint for each service that the nodes need, and no other", stack)
	}
}

// withoutEndpoint are the beginnings of actions that no endpoint sees: EFS checks its own when a client mounts over NFS,
// the search domain answers in the VPC itself, and OpenSearch checks iam:PassRole when it gets the role.
// https://docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html
// https://docs.aws.amazon.com/opensearch-service/latest/developerguide/vpc.html
var withoutEndpoint = []string{"elasticfilesystem:Client", "es:ESHttp", "iam:PassRole"}

// Without internet access, calls go through endpoints, whose policies must allow them too.
func TestEveryCallOfANodeHasAnEndpointThatLetsItThrough(t *testing.T) {
	s := judgedStackOf(t, "private")
	r := s.deployed(t)
	p := permissionsOf(t, r)
	through := map[string]int{}
	for _, c := range p.cases(t, s.allowed()) {
		if c.row.who != node || slices.ContainsFunc(withoutEndpoint, func(action string) bool {
			return strings.HasPrefix(c.request.Action, action)
		}) {
			continue
		}
		prefix, _, _ := strings.Cut(c.request.Action, ":")
		service := prefix
		for endpoint, actions := range prefixes {
			if actions == prefix {
				service = endpoint
			}
		}
		through[service]++
		e := controls.Endpoint(r, service)
		if !assert.NotNil(t, e, "%s: there is no endpoint for it", c) {
			continue
		}
		if e.Get("vpcEndpointType") == "Gateway" {
			assertGateway(t, r, e)
			continue
		}
		assert.Equal(t, true, e.Get("privateDnsEnabled"), "%s: the SDKs resolve the service's public name", e.Name)
		filter := evaluate.Policies{Resource: p.read(t, e, "policy").Policy}
		request := c.request
		request.Context = maps.Clone(request.Context)
		request.Context["aws:PrincipalAccount"] = []string{simaws.AccountID}
		decision := evaluate.Decide(request, filter)
		assert.True(t, decision.Allowed, "%s through %s: %s", c, e.Name, decision.By)
	}
	assert.ElementsMatch(t,
		[]string{"autoscaling", "kms", "logs", "monitoring", "s3", "secretsmanager", "ssm", "ssmmessages"},
		slices.Collect(maps.Keys(through)), "the services that the node role uses")
}

// assertGateway requires the gateway endpoint in the route table of each subnet with nodes. It has no policy and so
// allows all calls: docs/decisions/network.md.
func assertGateway(t *testing.T, r *recorder, gateway *registered) {
	t.Helper()
	assert.Empty(t, gateway.Values("policy"), "%s: this test does not evaluate a policy", gateway.Name)
	for _, subnet := range r.OfType("autoscaling/group:Group")[0].Texts("vpcZoneIdentifiers") {
		routed := slices.ContainsFunc(r.OfType("ec2/routeTableAssociation:RouteTableAssociation"), func(a *registered) bool {
			return a.Get("subnetId") == subnet &&
				slices.Contains(gateway.Texts("routeTableIds"), fmt.Sprint(a.Get("routeTableId")))
		})
		assert.True(t, routed, "%s: nodes in %s have no route to it", gateway.Name, subnet)
	}
}
