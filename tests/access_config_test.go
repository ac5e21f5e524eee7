package tests

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/components/encryption"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
)

const (
	boundaryARN = "arn:aws:iam::" + simaws.AccountID + ":policy/limits"
)

// limits is a typical permissions boundary of a security team.
const limits = `{"Version": "2012-10-17", "Statement": [
	{"Sid": "Data", "Effect": "Allow", "Action": ["secretsmanager:*", "kms:*", "elasticfilesystem:*"], "Resource": "*"},
	{"Sid": "NoFileDelete", "Effect": "Deny", "Action": "elasticfilesystem:Delete*", "Resource": "*"}]}`

func TestEveryRoleHasTheBoundary(t *testing.T) {
	config := change(t, loadStack(t, "prod"), overrides{"access.permissionsBoundary": boundaryARN})
	_, err := launch{Stack: "prod", Config: config, Account: simaws.NewAccount(simaws.Options{})}.Start()
	require.ErrorContains(t, err, "access.permissionsBoundary: must be a policy that the account has",
		"IAM refuses a missing boundary when the first role is created")

	a := simaws.NewAccount(simaws.Options{})
	a.Exists("", "aws:iam/policy:Policy", "limits", account.Values{"arn": boundaryARN, "name": "limits"})
	r, err := launch{Stack: "prod", Config: config, Account: a}.Start()
	require.NoError(t, err)
	roles := r.OfType("iam/role:Role")
	require.NotEmpty(t, roles)
	for _, role := range roles {
		assert.Equal(t, boundaryARN, role.Get("permissionsBoundary"),
			"%s: a role without the boundary bypasses it", role.Name)
	}
	for _, role := range deployed(t, "prod").OfType("iam/role:Role") {
		assert.NotContains(t, role.Inputs, "permissionsBoundary", "%s: no boundary is configured", role.Name)
	}

	p := permissionsOf(t, r)
	boundary := p.parse(t, limits, "")
	p.boundary = &boundary
	within := p.cases(t, []call{
		{who: node, actions: "secretsmanager:GetSecretValue", on: "${database-user-secret.arn}"},
		{who: node, actions: "kms:Decrypt", on: "${encryption-secrets.arn}", with: throughSecrets},
		{who: node, actions: "elasticfilesystem:ClientMount", on: "${filesystem-storage.arn}", with: mounted},
	})
	beyond := p.cases(t, []call{
		{who: node, actions: "autoscaling:CompleteLifecycleAction", on: groupARN + "${group}"},
		{who: node, actions: "cloudwatch:PutMetricData", on: "*", with: ownNamespace},
		{who: node, actions: "secretsmanager:GetSecretValue", on: secretARN},
		{who: node, actions: "elasticfilesystem:DeleteFileSystem", on: "${filesystem-storage.arn}"},
		{who: node, actions: "kms:Decrypt", on: "${encryption-secrets.arn}"},
	})
	for _, c := range within {
		assert.True(t, c.Allowed, "%s is inside the boundary; %s", c, c.By)
	}
	for _, c := range beyond {
		assert.False(t, c.Allowed, "%s is outside the boundary or the role's policies; allowed by %s", c, c.By)
	}
	agree(t, slices.Concat(within, beyond), &boundary)
}

// keyOf returns the ARN of an existing key for a concern.
func keyOf(i int) string {
	return fmt.Sprintf("arn:aws:kms:us-east-1:%s:key/0f1e2d3c-4b5a-6978-8796-00000000000%d", simaws.AccountID, i)
}

// withKeys returns an account with a key for each concern, each with the policy from the documentation, and the
// configuration that names the keys.
func withKeys(t *testing.T) (*account.Account, overrides) {
	t.Helper()
	a, over := simaws.NewAccount(simaws.Options{}), overrides{}
	for i, concern := range encryption.Concerns {
		text := await(t, keyPolicy(concern, inPlace)).Value.(string)
		a.Exists("us-east-1", keyToken, keyOf(i)[strings.LastIndex(keyOf(i), "/")+1:],
			account.Values{"arn": keyOf(i), "policy": text})
		over["encryption.keys."+string(concern)] = keyOf(i)
	}
	return a, over
}

func TestExistingKeysAreUsedInsteadOfNewOnes(t *testing.T) {
	a, over := withKeys(t)
	r, err := launch{Stack: "prod", Config: change(t, loadStack(t, "prod"), over), Account: a}.Start()
	require.NoError(t, err)
	assert.Empty(t, r.OfType("kms/key:Key"))
	assert.Empty(t, r.OfType("kms/alias:Alias"), "the stack must not create an alias for an existing key")
	for _, e := range encrypted {
		for _, res := range r.OfType(e.token) {
			if slices.Contains(withoutKey, res.Name) {
				continue
			}
			assert.Equal(t, over["encryption.keys."+e.concernOf(res.Name)], res.Get(e.key), "%s", res.Name)
		}
	}

	// With one existing key, the stack creates the others as before.
	a, over = withKeys(t)
	r, err = launch{
		Stack: "prod", Account: a,
		Config: change(t, loadStack(t, "prod"), overrides{"encryption.keys.search": over["encryption.keys.search"]}),
	}.Start()
	require.NoError(t, err)
	var made []string
	for _, key := range r.OfType("kms/key:Key") {
		made = append(made, strings.TrimPrefix(key.Name, "encryption-"))
	}
	assert.ElementsMatch(t, []string{"backup", "database", "filesystem", "logs", "messaging", "secrets", "volumes"}, made)
}

// The services would refuse such a key an hour into the deployment, so the look-up refuses it first.
func TestUnusableExistingKeysAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		state account.Values
		want  string
	}{
		"pending deletion": {account.Values{"keyState": "PendingDeletion"},
			"must be an enabled key, got \"" + keyOf(0) + "\" (it is in the state PendingDeletion)"},
		"disabled": {account.Values{"keyState": "Disabled"}, "(it is in the state Disabled)"},
		"for signatures": {account.Values{"keyUsage": "SIGN_VERIFY", "keySpec": "RSA_2048"},
			"must be a symmetric key for encryption"},
		"AWS-managed": {account.Values{"keyManager": "AWS"}, "must be a key of yours"},
		"missing":     {nil, "must be a key that the account has there, got"},
	} {
		t.Run(name, func(t *testing.T) {
			a := simaws.NewAccount(simaws.Options{})
			if c.state != nil {
				c.state["arn"] = keyOf(0)
				a.Exists("us-east-1", keyToken, "key", c.state)
			}
			r, err := launch{Stack: "prod", Account: a,
				Config: change(t, loadStack(t, "prod"), overrides{"encryption.keys.database": keyOf(0)})}.Start()
			require.ErrorContains(t, err, "encryption.keys.database: must be ")
			assert.ErrorContains(t, err, c.want)
			assert.Empty(t, r.OfType("ec2/vpc:Vpc"), "the look-ups come before any resource")
		})
	}
}

// The program does not read the policy of an existing key. If a statement is missing, AWS refuses the first resource
// that needs it.
func TestExistingKeysNeedTheirStatements(t *testing.T) {
	for concern, rules := range map[encryption.Concern][]string{
		encryption.Logs:    {"[log-group-key]", "[event-topic]"}, // the first one created
		encryption.Volumes: {"[group-volume-key]"},
	} {
		a := simaws.NewAccount(simaws.Options{})
		bare := await(t, keyPolicy(encryption.Database, inPlace)).Value.(string)
		a.Exists("us-east-1", keyToken, "key", account.Values{"arn": keyOf(0), "policy": bare})
		_, err := launch{Stack: "prod", Account: a,
			Config: change(t, loadStack(t, "prod"), overrides{"encryption.keys." + string(concern): keyOf(0)})}.Start()
		require.Error(t, err, "%s", concern)
		assert.True(t, slices.ContainsFunc(rules, func(rule string) bool { return strings.Contains(err.Error(), rule) }),
			"%s: the statement for the account does not allow services: %v", concern, err)
	}
}

func TestWrongServiceLinkedRoleSettingsNameTheRightValue(t *testing.T) {
	const asg, search = "serviceLinkedRoles.autoscaling", "serviceLinkedRoles.opensearch"
	_, err := launch{Stack: "prod", Fresh: true, Config: loadStack(t, "prod")}.Start()
	require.ErrorContains(t, err, "the configuration has 2 problems; nothing but the provider was registered:")
	assert.ErrorContains(t, err,
		asg+`: must be create, got "existing" (the account has no role AWSServiceRoleForAutoScaling)`)
	assert.ErrorContains(t, err,
		search+`: must be create, got "existing" (the account has no role AWSServiceRoleForAmazonOpenSearchService)`)

	create := change(t, loadStack(t, "prod"), overrides{asg: "create"})
	_, err = launch{Stack: "prod", Config: create}.Start()
	require.ErrorContains(t, err,
		asg+`: must be existing, got "create" (the account has the role AWSServiceRoleForAutoScaling already, and not `+
			`from this stack; AWS makes it once)`)

	// On its next update the stack finds the roles that it created.
	both := change(t, create, overrides{search: "create"})
	r, err := launch{Stack: "prod", Config: both, Fresh: true}.Start()
	require.NoError(t, err)
	_, err = launch{Stack: "prod", Config: both, Account: r.Account, Preview: true}.Start()
	require.NoError(t, err, "the setting of the first update must stay valid")
	_, err = launch{Stack: "blue", Config: create, Account: r.Account, Preview: true}.Start()
	assert.ErrorContains(t, err, asg+": must be existing", "the role belongs to another stack")
}

func TestAServiceLinkedRoleThatCannotBeLookedUpIsReported(t *testing.T) {
	denied := func(call pulumi.MockCallArgs) error {
		if call.Token != "aws:iam/getRole:getRole" {
			return nil
		}
		return errors.New("AccessDenied: not allowed to perform it")
	}
	_, err := launch{Stack: "prod", Config: loadStack(t, "prod"), Refuse: denied}.Start()
	assert.ErrorContains(t, err,
		`serviceLinkedRoles.autoscaling: must be a choice that the account can be asked about, got "existing" (`)
	assert.ErrorContains(t, err, "AccessDenied: not allowed", "the message keeps AWS's error")
}

// Keys are single-region: a copy in another region uses a key of that region, and multiRegion cannot be changed later.
func TestKeysAreSingleRegionAndRotate(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) {
		keys := r.OfType("kms/key:Key")
		assert.Len(t, keys, len(encryption.Concerns))
		for _, key := range keys {
			assert.NotContains(t, key.Inputs, resource.PropertyKey("multiRegion"), key.Name)
			assert.Equal(t, true, key.Get("enableKeyRotation"), key.Name)
		}
	})
}
