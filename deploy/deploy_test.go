package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/deployer"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/evaluate"
)

const accountID = "123456789012"

// recorded are the inputs of the resources by logical name.
type recorded struct {
	mu     sync.Mutex
	inputs map[string]resource.PropertyMap
	types  map[string]string
}

func (r *recorded) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	if args.Token == "aws:index/getPartition:getPartition" {
		return resource.PropertyMap{"partition": resource.NewProperty("aws"), "id": resource.NewProperty("aws"),
			"dnsSuffix": resource.NewProperty("amazonaws.com"), "reverseDnsPrefix": resource.NewProperty("com.amazonaws")}, nil
	}
	return nil, fmt.Errorf("unexpected call of %s", args.Token)
}

func (r *recorded) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.inputs[args.Name], r.types[args.Name] = args.Inputs, args.TypeToken
	state := args.Inputs.Copy()
	arn := "arn:aws:iam::" + accountID + ":" + args.Name
	switch args.TypeToken {
	case "aws:iam/role:Role":
		arn = "arn:aws:iam::" + accountID + ":role" + args.Inputs["path"].StringValue() + args.Inputs["name"].StringValue()
	case "aws:iam/openIdConnectProvider:OpenIdConnectProvider":
		host := strings.TrimPrefix(args.Inputs["url"].StringValue(), "https://")
		arn = "arn:aws:iam::" + accountID + ":oidc-provider/" + host
	case "aws:s3/bucketV2:BucketV2":
		state["bucket"], arn = resource.NewProperty("state"), "arn:aws:s3:::state"
	case "aws:kms/key:Key":
		state["keyId"], arn = resource.NewProperty("k"), "arn:aws:kms:us-east-1:"+accountID+":key/k"
	}
	state["arn"] = resource.NewProperty(arn)
	return args.Name + "-id", state, nil
}

// deployed runs the program with settings in addition to those that every test has.
func deployed(t *testing.T, settings map[string]string) (*recorded, error) {
	t.Helper()
	r := &recorded{inputs: map[string]resource.PropertyMap{}, types: map[string]string{}}
	values := map[string]string{}
	for key, value := range map[string]string{
		"region": "us-east-1", "accountId": accountID, "stacks": `["dev","prod"]`, "sessionHours": "6",
	} {
		values["morpheus-delivery:"+key] = value
	}
	for key, value := range settings {
		values["morpheus-delivery:"+key] = value
	}
	err := pulumi.RunErr(run, pulumi.WithMocks("morpheus-delivery", "main", r), func(info *pulumi.RunInfo) {
		info.Config = values
	})
	return r, err
}

var everything = map[string]string{
	"githubRepository": "acme/morpheus", "pulumiOrganization": "acme", "stateBucket": "true",
	"permissionsBoundary": "arn:aws:iam::123456789012:policy/limits",
}

func (r *recorded) policy(t *testing.T, name, property string) *evaluate.Policy {
	t.Helper()
	require.Contains(t, r.inputs, name)
	p, err := evaluate.Parse(r.inputs[name][resource.PropertyKey(property)].StringValue())
	require.NoError(t, err, name)
	return p
}

// Each role can be assumed by the tokens of its own operation, stack and repository, and by nobody else.
func TestTokensAssumeTheirOwnRoleOnly(t *testing.T) {
	r, err := deployed(t, everything)
	require.NoError(t, err)
	const github, cloud = "token.actions.githubusercontent.com", "api.pulumi.com/oidc"
	type token struct{ host, audience, subject string }
	own := map[string]token{}
	for _, stack := range []string{"dev", "prod"} {
		for _, operation := range []string{"preview", "drift"} {
			own["role-"+stack+"-"+operation] = token{github, "sts.amazonaws.com",
				"repo:acme/morpheus:environment:" + operation + "-" + stack}
		}
		own["role-"+stack+"-update"] = token{cloud, "acme",
			"pulumi:deploy:org:acme:project:morpheus:stack:" + stack + ":operation:update:scope:write"}
	}
	may := func(role string, by token) bool {
		return evaluate.Decide(evaluate.Request{
			Principal: "arn:aws:iam::" + accountID + ":oidc-provider/" + by.host, Action: "sts:AssumeRoleWithWebIdentity",
			Resource: "*", Account: accountID,
			Context: map[string][]string{by.host + ":sub": {by.subject}, by.host + ":aud": {by.audience}},
		}, evaluate.Policies{Resource: r.policy(t, role, "assumeRolePolicy"), KeyOrTrust: true}).Allowed
	}
	foreign := map[string]token{
		"a pull request without an environment": {github, "sts.amazonaws.com", "repo:acme/morpheus:pull_request"},
		"a branch":                              {github, "sts.amazonaws.com", "repo:acme/morpheus:ref:refs/heads/main"},
		"another repository":                    {github, "sts.amazonaws.com", "repo:evil/morpheus:environment:preview-prod"},
		"another audience": {github, "https://example.com",
			"repo:acme/morpheus:environment:preview-prod"},
		"a preview in Deployments": {cloud, "acme",
			"pulumi:deploy:org:acme:project:morpheus:stack:prod:operation:preview:scope:write"},
		"a destroy": {cloud, "acme", "pulumi:deploy:org:acme:project:morpheus:stack:prod:operation:destroy:scope:write"},
		"another project": {cloud, "acme",
			"pulumi:deploy:org:acme:project:other:stack:prod:operation:update:scope:write"},
		"another organisation": {cloud, "evil",
			"pulumi:deploy:org:evil:project:morpheus:stack:prod:operation:update:scope:write"},
	}
	roles := 0
	for name, typ := range r.types {
		if typ != "aws:iam/role:Role" {
			continue
		}
		roles++
		for other, by := range own {
			assert.Equal(t, other == name, may(name, by), "%s with the token of %s", name, other)
		}
		for what, by := range foreign {
			assert.False(t, may(name, by), "%s with %s", name, what)
		}
	}
	assert.Equal(t, len(own), roles)
}

// A schedule can destroy only what was declared as temporary.
func TestOnlyATemporaryStackCanBeDestroyed(t *testing.T) {
	settings := maps.Clone(everything)
	settings["stacks"], settings["temporaryStacks"] = `["prod","review"]`, `["review"]`
	r, err := deployed(t, settings)
	require.NoError(t, err)
	for role, want := range map[string]bool{"role-review-update": true, "role-prod-update": false} {
		for _, stack := range []string{"review", "prod"} {
			got := evaluate.Decide(evaluate.Request{
				Principal: "arn:aws:iam::" + accountID + ":oidc-provider/api.pulumi.com/oidc",
				Action:    "sts:AssumeRoleWithWebIdentity", Resource: "*", Account: accountID,
				Context: map[string][]string{
					"api.pulumi.com/oidc:sub": {"pulumi:deploy:org:acme:project:morpheus:stack:" + stack +
						":operation:destroy:scope:write"},
					"api.pulumi.com/oidc:aud": {"acme"},
				},
			}, evaluate.Policies{Resource: r.policy(t, role, "assumeRolePolicy"), KeyOrTrust: true}).Allowed
			assert.Equal(t, want && stack == "review", got, "%s with the token of a destroy of %s", role, stack)
		}
	}
	settings["temporaryStacks"] = `["gone"]`
	_, err = deployed(t, settings)
	require.ErrorContains(t, err, `temporaryStacks[0]: must be one of stacks, got "gone"`)
	_, err = deployed(t, map[string]string{"stateBucket": "true", "temporaryStacks": `["dev"]`})
	require.ErrorContains(t, err, "only Pulumi Cloud destroys a stack when its time is over")
}

// attached are the policies of a role, with the inline ones.
func (r *recorded) attached(t *testing.T, role string) []*evaluate.Policy {
	t.Helper()
	var out []*evaluate.Policy
	for _, name := range slices.Sorted(maps.Keys(r.inputs)) {
		inputs := r.inputs[name]
		switch {
		case r.types[name] == "aws:iam/rolePolicyAttachment:RolePolicyAttachment" &&
			inputs["role"].StringValue() == "morpheus-delivery-"+role:
			arn := inputs["policyArn"].StringValue()
			out = append(out, r.policy(t, arn[strings.LastIndex(arn, ":")+1:], "policy"))
		case name == "state-"+role:
			out = append(out, r.policy(t, name, "policy"))
		}
	}
	return out
}

func allowed(action, on string, identity []*evaluate.Policy, context map[string][]string) bool {
	return evaluate.Decide(evaluate.Request{
		Principal: "arn:aws:iam::" + accountID + ":role/x", Action: action, Resource: on, Account: accountID, Context: context,
	}, evaluate.Policies{Identity: identity}).Allowed
}

// A preview reads, a drift check also reads the program's secrets, and only an update writes.
func TestRolesMayWhatTheirOperationNeeds(t *testing.T) {
	r, err := deployed(t, everything)
	require.NoError(t, err)
	const secret = "arn:aws:secretsmanager:us-east-1:" + accountID +
		":secret:morpheus-prod-database-user-secret-0a1b2c3-AbCdEf"
	role := "arn:aws:iam::" + accountID + ":role" + rolePath + "morpheus-delivery-prod-update"
	for _, c := range []struct {
		action, on            string
		preview, drift, write bool
	}{
		{"rds:DescribeDBClusters", "*", true, true, true},
		{"secretsmanager:GetSecretValue", secret, false, true, true},
		{"secretsmanager:PutSecretValue", secret, false, false, true},
		{"rds:ModifyDBCluster", "arn:aws:rds:us-east-1:" + accountID + ":cluster:morpheus-prod", false, false, true},
		{"iam:PutRolePolicy", role, false, false, false},
		{"iam:AttachRolePolicy", role, false, false, false},
		{"iam:UpdateAssumeRolePolicy", role, false, false, false},
		{"iam:CreatePolicyVersion", "arn:aws:iam::" + accountID + ":policy" + rolePath + "policy-preview-1",
			false, false, false},
		{"s3:DeleteBucket", "arn:aws:s3:::state", false, false, false},
		{"s3:GetObject", "arn:aws:s3:::state/.pulumi/stacks/morpheus/prod.json", true, true, true},
		{"s3:PutObject", "arn:aws:s3:::state/.pulumi/stacks/morpheus/prod.json", false, false, true},
		{"s3:PutObject", "arn:aws:s3:::state/.pulumi/locks/organization/morpheus/prod/1.json", true, true, true},
		{"s3:GetObject", "arn:aws:s3:::state/.pulumi/stacks/morpheus/dev.json", false, false, false},
		{"s3:PutObject", "arn:aws:s3:::state/.pulumi/stacks/morpheus/dev.json", false, false, false},
		{"kms:Decrypt", "arn:aws:kms:us-east-1:" + accountID + ":key/k", true, true, true},
	} {
		for operation, want := range map[string]bool{"preview": c.preview, "drift": c.drift, "update": c.write} {
			assert.Equal(t, want, allowed(c.action, c.on, r.attached(t, "prod-"+operation), nil), "%s: %s on %s", operation,
				c.action, c.on)
		}
	}
}

// A session ends in the middle of an update otherwise.
func TestSessionsLastAsLongAsTheirOperation(t *testing.T) {
	r, err := deployed(t, everything)
	require.NoError(t, err)
	for role, hours := range map[string]float64{"prod-preview": 1, "prod-drift": 1, "prod-update": 6} {
		assert.Equal(t, hours*3600, r.inputs["role-"+role]["maxSessionDuration"].NumberValue(), role)
	}
}

// IAM refuses a longer policy, and more than ten policies on a role.
func TestPoliciesFitIntoIAM(t *testing.T) {
	r, err := deployed(t, everything)
	require.NoError(t, err)
	attached := map[string]int{}
	for name, typ := range r.types {
		switch typ {
		case "aws:iam/policy:Policy":
			text := r.inputs[name]["policy"].StringValue()
			assert.LessOrEqual(t, len(text), deployer.MaxSize, name)
			assert.True(t, json.Valid([]byte(text)), name)
			assert.NotContains(t, text, boundaryPlaceholder)
		case "aws:iam/rolePolicyAttachment:RolePolicyAttachment":
			attached[r.inputs[name]["role"].StringValue()]++
		}
	}
	for role, n := range attached {
		assert.LessOrEqual(t, n, 10, role)
	}
	texts, err := readPolicies("arn")
	require.NoError(t, err)
	assert.Equal(t, len(texts.updates())+2, attached["morpheus-delivery-prod-update"],
		"what a preview needs, what an update needs, and the boundary")
}

func TestOnlyWhatIsConfiguredIsCreated(t *testing.T) {
	r, err := deployed(t, map[string]string{"githubRepository": "acme/morpheus", "providersExist": "true"})
	require.NoError(t, err)
	for name, typ := range r.types {
		assert.NotContains(t, []string{"aws:kms/key:Key", "aws:iam/openIdConnectProvider:OpenIdConnectProvider"}, typ, name)
		assert.NotContains(t, name, "update", "nothing may write without Pulumi Cloud")
	}
	assert.Contains(t, r.inputs["role-prod-preview"]["assumeRolePolicy"].StringValue(),
		"arn:aws:iam::"+accountID+":oidc-provider/token.actions.githubusercontent.com")

	r, err = deployed(t, map[string]string{"stateBucket": "true"})
	require.NoError(t, err)
	assert.True(t, r.inputs["state-key"]["enableKeyRotation"].BoolValue())
	assert.Equal(t, "Enabled",
		r.inputs["state-versions"]["versioningConfiguration"].ObjectValue()["status"].StringValue())
}

// A wildcard in a name would open the roles to others.
func TestBadSettingsAreRefusedBeforeAnything(t *testing.T) {
	for _, c := range []struct{ key, value, want string }{
		{"region", "everywhere", `region: must be a region such as us-east-1, got "everywhere"`},
		{"accountId", "12", `accountId: must be twelve digits in quotes, got "12"`},
		{"stacks", "[]", "stacks: must be one or more names"},
		{"stacks", `["*"]`, `stacks[0]: must be up to 31 lower-case letters, digits and -, got "*": a wildcard`},
		{"stacks", `"dev"`, "stacks: must have the type of Pulumi.yaml"},
		{"githubRepository", "acme/*", `githubRepository: must be owner/name or empty, got "acme/*": a wildcard`},
		{"pulumiOrganization", "*", `pulumiOrganization: must be a name or empty, got "*": a wildcard`},
		{"permissionsBoundary", "limits", `permissionsBoundary: must be the ARN of a policy or empty, got "limits"`},
		{"sessionHours", "13", `sessionHours: must be 1 to 12, got "13"`},
		{"githubRepository", "", "githubRepository: must be given, or pulumiOrganization or stateBucket"},
	} {
		settings := map[string]string{"githubRepository": "acme/morpheus"}
		settings[c.key] = c.value
		r, err := deployed(t, settings)
		require.ErrorContains(t, err, c.want)
		assert.Empty(t, r.inputs, "%s: nothing may be registered", c.key)
	}
}
