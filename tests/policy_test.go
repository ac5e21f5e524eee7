package tests

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/endpoints"
	"github.com/morpheus-ha/morpheus-aws/internal/policy"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/evaluate"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
)

const (
	keyToken      = "aws:kms/key:Key"
	endpointToken = "aws:ec2/vpcEndpoint:VpcEndpoint"
)

func TestPoliciesAllowNothingInGeneral(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) {
		all := statements(r)
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
				if on == "*" && s.where.Token != keyToken && s.where.Token != endpointToken { // in a key policy it means the key
					assertUnscoped(t, s)
				}
			}
		}
	})
}

// assertUnscoped holds a statement about everything against the one list of actions for which AWS has nothing
// narrower.
func assertUnscoped(t *testing.T, s statement) {
	t.Helper()
	for _, action := range list(s.Action) {
		i := slices.IndexFunc(policy.WithoutResource, func(u policy.Unscoped) bool { return u.Action == action })
		if !assert.GreaterOrEqual(t, i, 0,
			"%s allows %s on everything, and policy.WithoutResource gives no reason", s, action) {
			continue
		}
		if u := policy.WithoutResource[i]; u.Condition != "" {
			assert.Contains(t, fmt.Sprint(s.Condition), u.Condition, "%s: %s is narrowed by this key instead", s, action)
		}
	}
}

// A reason for something that the program does not do any more would hide the next one who does it.
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
		assert.True(t, used[u.Action], "%s is in policy.WithoutResource, and nothing uses it", u.Action)
		assert.NotEmpty(t, u.Why, u.Action)
	}
}

// openToAll may name everybody without a condition, for the reason given.
var openToAll = map[string]string{
	"PassToFineGrainedAccessControl": "OpenSearch asks for a password behind it, and has no address outside the VPC",
}

func TestEverybodyIsNarrowedByConditions(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) {
		for _, s := range statements(r) {
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
		for _, s := range statements(r) {
			if s.where.Token == keyToken && fmt.Sprint(s.Action) == "[kms:*]" &&
				strings.Join(s.principals(), "") == "arn:aws:iam::"+simaws.AccountID+":root" {
				roots[s.where.Name] = true
			}
		}
		assert.Len(t, roots, len(r.OfType(keyToken)), "a key whose policy nobody may change is lost, and its data with it")
	})
}

func TestServicesActForThisAccountOnly(t *testing.T) {
	// What these may do is bound otherwise: EC2 takes no such condition, and Auto Scaling's role is the account's own.
	unconditional := map[string]bool{"ec2.amazonaws.com": true}
	onBoth(t, func(t *testing.T, r *recorder) {
		for _, s := range statements(r) {
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
		for _, s := range statements(r) {
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
			// the administrator's is the fourth
			"kms:Decrypt": 3, "secretsmanager:DescribeSecret": 3, "secretsmanager:GetSecretValue": 4,
		}, allowed)
		for _, role := range r.OfType("iam/rolePolicyAttachment:RolePolicyAttachment") {
			assert.Contains(t, []string{"database-monitoring-policy"}, role.Name, "no other managed policy is attached")
		}
	})
}

// prefixes of the actions of a service, where they are not the name of its endpoint.
// https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
var prefixes = map[string]string{"monitoring": "cloudwatch"}

// Credentials of another account, used through an endpoint, would carry data out of a VPC that has no other way out.
// And a policy about actions of another service would let none of its own through.
func TestEndpointsServeThisAccountOnly(t *testing.T) {
	filtered := 0
	for _, s := range statements(deployed(t, "prod")) {
		if s.where.Token != endpointToken {
			continue
		}
		filtered++
		assert.Equal(t, map[string]map[string]any{"StringEquals": {"aws:PrincipalAccount": []any{simaws.AccountID}}},
			s.Condition, "%s", s)
		name := s.where.Get("serviceName").(string)
		service := name[strings.LastIndex(name, ".")+1:]
		if prefix := prefixes[service]; prefix != "" {
			service = prefix
		}
		assert.Equal(t, []string{service + ":*"}, list(s.Action), "%s: the actions of this service and of no other", s)
	}
	assert.Len(t, endpoints.Services, filtered, "every interface endpoint has a policy")
}

// atMountTargets are actions that EFS asks about when a client mounts, over NFS: no endpoint stands between.
// https://docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html
const atMountTargets = "elasticfilesystem:Client"

// Without the internet a call has no way but an endpoint, whose policy is asked beside the role's.
func TestEveryCallOfANodeHasAnEndpointThatLetsItThrough(t *testing.T) {
	s := judgedStackOf(t, "private")
	r := s.deployed(t)
	p := permissionsOf(t, r)
	through := map[string]int{}
	for _, c := range p.cases(t, s.allowed()) {
		if c.row.who != node || strings.HasPrefix(c.request.Action, atMountTargets) {
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
		e := endpoint(r, service)
		if !assert.NotNil(t, e, "%s: it reaches nobody", c) {
			continue
		}
		if e.Get("vpcEndpointType") == "Gateway" {
			assertGateway(t, r, e)
			continue
		}
		assert.Equal(t, true, e.Get("privateDnsEnabled"), "%s: the SDKs ask for the service's public name", e.Name)
		filter := evaluate.Policies{Resource: p.read(t, e, "policy").Policy}
		for account, want := range map[string]bool{simaws.AccountID: true, "999999999999": false} {
			request := c.request
			request.Context = maps.Clone(request.Context)
			request.Context["aws:PrincipalAccount"] = []string{account}
			decision := evaluate.Decide(request, filter)
			assert.Equal(t, want, decision.Allowed, "%s by an identity of %s, through %s: %s", c, account, e.Name, decision.By)
		}
	}
	assert.ElementsMatch(t,
		[]string{"autoscaling", "kms", "logs", "monitoring", "s3", "secretsmanager", "ssm", "ssmmessages"},
		slices.Collect(maps.Keys(through)), "the services that the node's role is for")
}

// assertGateway looks for the gateway in the route table of every subnet with nodes. It has no policy of its own,
// which lets everything through: docs/decisions/network.md.
func assertGateway(t *testing.T, r *recorder, gateway *registered) {
	t.Helper()
	assert.Empty(t, gateway.Values("policy"), "%s: a policy must be evaluated here", gateway.Name)
	for _, subnet := range r.OfType("autoscaling/group:Group")[0].Texts("vpcZoneIdentifiers") {
		routed := slices.ContainsFunc(r.OfType("ec2/routeTableAssociation:RouteTableAssociation"), func(a *registered) bool {
			return a.Get("subnetId") == subnet &&
				slices.Contains(gateway.Texts("routeTableIds"), fmt.Sprint(a.Get("routeTableId")))
		})
		assert.True(t, routed, "%s: nodes in %s have no way to it", gateway.Name, subnet)
	}
}
