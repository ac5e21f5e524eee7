package tests

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/deployer"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/harness"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
)

const deployerData = "../internal/rehearsal/deployer/testdata"

var shapesMade []*recorder

// shapes are runs of the program that together register all its resource types.
func shapes(t *testing.T) []*recorder {
	t.Helper()
	if shapesMade == nil {
		shapesMade = makeShapes(t)
	}
	return slices.Clone(shapesMade)
}

func makeShapes(t *testing.T) []*recorder {
	t.Helper()
	out := []*recorder{deployed(t, "dev"), deployed(t, "prod")}
	for _, over := range []overrides{
		privateOnly(nil), reach, {"serviceLinkedRoles.autoscaling": "create", "serviceLinkedRoles.opensearch": "create"},
		existing(nil),
		inRegion("backup", nil), anotherRegion, {"notifications.emails": []any{"ops@example.com"}},
		{"notifications.functionArns": []any{functionARN}},
		{"monitoring.anomalyMonitor": "own"},
		{"cluster.schedules": []any{map[string]any{"name": "day", "recurrence": "0 7 * * 1-5", "minSize": 4, "maxSize": 6}}},
		{"cluster.imageId": simaws.ImageID},
		{"loadBalancer.webAclArn": simaws.WebACLARN("us-east-1")},
		pilotLight,
		existing(overrides{"network.interfaceEndpoints": true}),
		{
			"access.permissionsBoundary":  "arn:aws:iam::123456789012:policy/limits",
			"morpheus.setupSecretArn":     "arn:aws:secretsmanager:us-east-1:123456789012:secret:setup-AbCdEf",
			"database.snapshotIdentifier": "before",
		},
	} {
		l := launch{Stack: "prod", Config: change(t, loadStack(t, "prod"), over),
			Fresh: over["serviceLinkedRoles.opensearch"] != nil}
		r, err := l.Start()
		require.NoError(t, err)
		out = append(out, r)
	}
	a, over := withKeys(t)
	r, err := launch{Stack: "prod", Config: change(t, loadStack(t, "prod"), over), Account: a}.Start()
	require.NoError(t, err)
	return append(out, r)
}

// updated returns the preview of a deployed stack, which looks at what is deployed.
func updated(t *testing.T) *recorder {
	t.Helper()
	r, err := launch{
		Stack: "prod", Config: loadStack(t, "prod"), Account: deployed(t, "prod").Account, Preview: true,
		Previous: map[string]any{"autoScalingGroupName": "morpheus-prod"},
	}.Start()
	require.NoError(t, err)
	return r
}

// If a type has no actions, AWS refuses the deployment half-way. A type that the program does not register would give
// a permission that nobody needs.
func TestDeployersMayMakeEveryType(t *testing.T) {
	used := map[string]bool{harness.AWSProvider: true}
	// The update after a failed first one finds its own log groups and record.
	retried, err := launch{
		Stack: "prod", Config: loadStack(t, "prod"), Account: deployed(t, "prod").Account, Preview: true,
	}.Start()
	require.NoError(t, err)
	for _, r := range append(shapes(t), retried, updated(t)) {
		for _, res := range r.All() {
			if res.IsAWS() {
				used[res.Token] = true
			}
		}
		for _, invoke := range r.Invokes {
			used[invoke.Token] = true
		}
		for _, read := range r.Reads {
			used[read.TypeToken] = true
		}
	}
	listed := []string{harness.AWSProvider}
	for _, typ := range awstypes.Created() {
		listed = append(listed, typ.Token)
	}
	for _, lookUp := range awstypes.LookUps() {
		if lookUp.Permissions != nil {
			listed = append(listed, lookUp.Token)
		}
	}
	assert.ElementsMatch(t, slices.Collect(maps.Keys(used)), listed,
		"the records of package awstypes have permissions for the types and look-ups of the program, and for no others")
	t.Logf("%d types and look-ups", len(listed))
}

// PassRole is restricted to role names and services. A role with another name, or a service name of another partition,
// could not be passed.
func TestDeployersMayPassEveryRole(t *testing.T) {
	seen, allowed := map[string]bool{}, deployersMay(t)
	for _, r := range append(shapes(t), judgedStackOf(t, "prod").in(t, "aws-cn", "cn-north-1"),
		judgedStackOf(t, "prod").in(t, "aws-us-gov", "us-gov-west-1")) {
		for _, role := range r.OfType("iam/role:Role") {
			i := slices.IndexFunc(deployer.Roles, func(known deployer.Role) bool { return known.Name == role.Name })
			if !assert.GreaterOrEqual(t, i, 0, "%s is not in deployer.Roles", role.Name) {
				continue
			}
			assert.True(t, strings.HasPrefix(role.Checked["name"].StringValue(), "morpheus-"+r.Stack+"-"+role.Name+"-"),
				"the policies derive the physical name from this one")
			trust, _ := role.Get("assumeRolePolicy").(string)
			services := aName.FindAllString(trust, -1)
			require.NotEmpty(t, services, "%s: no service may assume it", role.Name)
			if slices.Contains(services, "ec2.amazonaws.com.cn") {
				services = append(services, "ec2.amazonaws.com") // EC2 partly uses this name in China too
			}
			seen[role.Name] = true
			if deployer.Roles[i].PassedTo == nil {
				got := allowed("iam:PassRole", subject{arn: role.Output("arn"), context: keys{"iam:PassedToService": services}})
				assert.False(t, got.Allowed, "%s is passed by no deployment", role.Name)
				continue
			}
			for _, service := range services {
				assert.Contains(t, deployer.Roles[i].PassedTo, service, "%s: PassedTo lacks a trusted service", role.Name)
				got := allowed("iam:PassRole", subject{arn: role.Output("arn"), context: keys{"iam:PassedToService": {service}}})
				assert.True(t, got.Allowed, "%s cannot be passed to %s: %s", role.Output("arn"), service, got.By)
			}
		}
	}
	assert.Len(t, seen, len(deployer.Roles), "deployer.Roles has a role that the program does not create")
}

func TestGoldenDeployerPolicies(t *testing.T) {
	policies := deployer.Policies()
	policies["boundary.json"] = deployer.Boundary(deployer.BoundaryARN)
	for name, document := range policies {
		text, err := document.JSON()
		require.NoError(t, err)
		path := filepath.Join("..", "docs", "deployer-policy", name)
		if *update {
			require.NoError(t, os.WriteFile(path, text, 0o644))
		}
		want, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, string(want), string(text), "%s differs from the program: run make golden", path)
		compact, err := json.Marshal(document)
		require.NoError(t, err)
		size := len(strings.Map(func(r rune) rune {
			if unicode.IsSpace(r) {
				return -1
			}
			return r
		}, string(compact)))
		assert.LessOrEqual(t, size, deployer.MaxSize, "%s: IAM's size limit", name)
		t.Logf("%s: %d actions, %d of %d characters", name, len(deployer.Actions(document)), size, deployer.MaxSize)
	}
}

// iamAction is an action in the service authorization reference.
type iamAction struct {
	level     string
	resources []string
}

func iamActions(t *testing.T) map[string]iamAction {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(deployerData, "actions.txt"))
	require.NoError(t, err)
	out := map[string]iamAction{}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); !strings.HasPrefix(line, "#") {
			a := iamAction{level: fields[1]}
			if fields[2] != "none" {
				a.resources = strings.Split(fields[2], ",")
			}
			out[fields[0]] = a
		}
	}
	return out
}

func TestDeployerPoliciesHaveActionsThatExist(t *testing.T) {
	known := iamActions(t)
	for name, document := range deployer.Policies() {
		for _, s := range document.Statement {
			for _, action := range s.Action {
				facts, ok := known[action]
				if !assert.True(t, ok, "%s: IAM has no action %s", name, action) {
					continue
				}
				if name == "preview.json" {
					assert.Contains(t, []string{"Read", "List"}, facts.level, "a preview must not change anything, %s does", action)
				}
				if !slices.Equal(s.Resource, []string{"*"}) {
					assert.NotEmpty(t, facts.resources,
						"%s %s: %s cannot be narrowed to resources, and would never be allowed; give it a scope for any "+
							"resource in internal/rehearsal/deployer/scopes.go", name, s.Sid, action)
				}
			}
		}
	}
	assert.NotContains(t, deployer.Actions(deployer.Policies()["preview.json"]), "secretsmanager:GetSecretValue",
		"a preview must not read secrets")
}

// TestDeployersMayMakeTheCallsOfTheRealProvider checks the policies against the calls that the real provider made when
// it deployed and destroyed dev and prod. The deep rehearsal's --calls records them.
func TestDeployersMayMakeTheCallsOfTheRealProvider(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(deployerData, "calls.txt"))
	require.NoError(t, err)
	policies := deployer.Policies()
	preview, all := deployer.Actions(policies["preview.json"]), deployer.Actions(slices.Collect(maps.Values(policies))...)
	calls, allowed := map[string]int{}, map[string]int{}
	for line := range strings.Lines(string(text)) {
		i := strings.LastIndex(strings.TrimSpace(line), " ")
		phase, action := line[:i], deployer.ActionOf(strings.TrimSpace(line[i:]))
		may, policy := all, "update"
		if phase == "preview" || phase == "destroy --preview-only" {
			may, policy = preview, "preview"
		}
		calls[policy]++
		if assert.Contains(t, may, action, "%s calls it", phase) {
			allowed[policy]++
		}
	}
	require.Greater(t, calls["preview"], 5, "too few recorded calls")
	require.Greater(t, calls["update"], 150, "too few recorded calls")
	fmt.Printf("deployer policies: %d/%d calls of previews, %d/%d of deployments allowed\n",
		allowed["preview"], calls["preview"], allowed["update"], calls["update"])
}
