package tests

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/components/connection"
	"github.com/morpheus-ha/morpheus-aws/components/filesystem"
	stackconfig "github.com/morpheus-ha/morpheus-aws/internal/config"
)

// reached is what a client of a tier needs to connect to it. The expected values come from other resources.
type reached struct {
	tier  string
	ports []int
	// told are settings of a node, with the expected output: "name.property", or a text with "${name.property}" in it.
	told map[string]string
	// calls are the AWS calls that a client needs to connect, in addition to reading its secret.
	calls []call
	// secret holds the credentials; user and password are the paths of the same credentials in the inputs of backEnd.
	// The paths are empty if a node creates the user in the back end.
	secret, backEnd, user, password string
}

// administrator stands for the secret of the database administrator, whether RDS or the program keeps it.
const administrator = "administrator's secret"

var reaching = []reached{
	{
		tier: "filesystem", ports: []int{2049}, told: map[string]string{"FILE_SYSTEM_ID": "${filesystem-storage.id}"},
		// Root access is needed because morpheus-ctl reconfigure changes the owner of files.
		calls: []call{{who: node,
			actions: "elasticfilesystem:ClientMount elasticfilesystem:ClientWrite elasticfilesystem:ClientRootAccess",
			on:      "${filesystem-storage.arn}", with: mounted}},
	},
	{
		tier: "database", ports: []int{3306}, secret: "database-user-secret",
		told: map[string]string{
			"DATABASE_HOST": "${database-cluster.endpoint}", "DATABASE_PORT": "${database-cluster.port}",
			"DATABASE_SECRET": "${database-user-secret.arn}", "DATABASE_ADMIN_SECRET": administrator,
		},
		// Needed to create the user of that secret: RDS cannot create it.
		calls: []call{
			{who: node, actions: "secretsmanager:GetSecretValue", on: administrator},
			{who: node, actions: "kms:Decrypt", on: "${encryption-secrets.arn}", with: throughSecrets},
		},
	},
	{
		tier: "messaging", ports: []int{5671, 443}, secret: "messaging-user-secret",
		told: map[string]string{
			"MESSAGING_HOST": "${messaging-broker.instances.0.endpoints.0}",
			"MESSAGING_PORT": "${messaging-broker.instances.0.endpoints.0}",
			"MESSAGING_URL":  "${messaging-broker.instances.0.consoleUrl}", "MESSAGING_SECRET": "${messaging-user-secret.arn}",
		},
		backEnd: "messaging-broker", user: "users.username", password: "users.password",
	},
	{
		tier: "search", ports: []int{443}, secret: "search-user-secret",
		told: map[string]string{"SEARCH_HOST": "${search-domain.endpoint}",
			"SEARCH_SECRET": "${search-user-secret.arn}"},
		backEnd:  "search-domain",
		user:     "advancedSecurityOptions.masterUserOptions.masterUserName",
		password: "advancedSecurityOptions.masterUserOptions.masterUserPassword",
	},
}

// administrators are the two possible places of the administrator's secret.
var administrators = map[string]string{
	"managed": "${database-cluster.masterUserSecrets.0.secretArn}", "own": "${database-administrator-secret.arn}",
}

// The connection of a tier must be enough to use it: a name that resolves, security group rules, permissions, and
// credentials that the back end accepts.
func TestEveryConnectionIsSufficient(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) { assertReached(t, r, administrators["managed"]) })
	t.Run("own administrator", func(t *testing.T) {
		r, err := run(t, "prod", overrides{"database.administratorSecret": "own"})
		require.NoError(t, err)
		assertReached(t, r, administrators["own"])
		assertCredentials(t, r, reached{
			tier: "database", secret: "database-administrator-secret", backEnd: "database-cluster", user: "masterUsername",
			password: "masterPassword",
		})
	})
}

func assertReached(t *testing.T, r *recorder, ofAdministrator string) {
	t.Helper()
	p, settings := permissionsOf(t, r), nodeSettings(t, r)
	for _, c := range reaching {
		for setting, source := range c.told {
			want := p.fill(strings.ReplaceAll(source, administrator, ofAdministrator), "")
			if u, err := url.Parse(want); err == nil && u.Scheme == "amqps" { // the broker's endpoint has host and port
				want = map[bool]string{true: u.Port(), false: u.Hostname()}[strings.HasSuffix(setting, "_PORT")]
			}
			assert.Equal(t, want, settings[setting], "%s: the node's setting is not the address of the back end", setting)
		}
		for _, port := range c.ports {
			assertWay(t, r, c.tier, port)
		}
		calls := slices.Clone(c.calls)
		if c.secret != "" {
			calls = append(calls,
				call{who: node, actions: "secretsmanager:GetSecretValue", on: "${" + c.secret + ".arn}"},
				call{who: node, actions: "kms:Decrypt", on: named(t, r, c.secret).Get("kmsKeyId").(string), with: throughSecrets})
			assertCredentials(t, r, c)
		}
		for i := range calls {
			calls[i].on = strings.ReplaceAll(calls[i].on, administrator, ofAdministrator)
		}
		decisions := p.cases(t, calls)
		assert.NotEmpty(t, decisions, "%s: a client needs permissions", c.tier)
		for _, decided := range decisions {
			assert.True(t, decided.Allowed, "%s: a node cannot connect: %s; %s", c.tier, decided, decided.By)
		}
	}
}

// The nodes mount by the file system's id. The mount helper derives the DNS name from it, and the connection's host
// must be the same name.
func TestTheFileSystemHostIsTheNameOfTheMountHelper(t *testing.T) {
	made, err := run(t, "prod", nil)
	require.NoError(t, err)
	var tier *filesystem.FileSystem
	r, err := launch{Stack: "beside", Account: made.Account, Program: func(ctx *pulumi.Context) error {
		provider, err := aws.NewProvider(ctx, "aws", &aws.ProviderArgs{Region: pulumi.String(inPlace.Region)})
		if err != nil {
			return err
		}
		tier, err = filesystem.New(ctx, "filesystem", &filesystem.Args{
			Settings: stackconfig.FileSystem{Name: "beside", PerformanceMode: "generalPurpose", ThroughputMode: "bursting"},
			Location: inPlace,
			Subnets: []connection.Subnet{{
				Zone: "us-east-1a", ID: pulumi.String(subnetOf(made, "network-data-us-east-1a")).ToStringOutput(),
			}},
			SecurityGroupID: pulumi.String(named(t, made, "network-filesystem").ID),
			KeyArn:          pulumi.String(named(t, made, "encryption-filesystem").Output("arn")),
			NodeRoleArn:     pulumi.String(named(t, made, "access-node").Output("arn")),
		}, pulumi.Provider(provider))
		return err
	}}.Start()
	require.NoError(t, err)
	files := named(t, r, "filesystem-storage")
	assert.Equal(t, files.Output("dnsName"), await(t, tier.Connection.Host).Value,
		"the host is not the DNS name of the file system")
	assert.Equal(t, 2049, tier.Connection.Port)
	for _, target := range r.OfType("efs/mountTarget:MountTarget") {
		assert.True(t, slices.ContainsFunc(tier.Connection.Ready, func(ready pulumi.Resource) bool {
			return await(t, ready.URN().ToStringOutput()).Value == target.URN
		}), "%s: clients must wait for the mount target", target.Name)
	}
}

// assertWay requires the egress and the ingress rule between the nodes' security group and the tier's.
func assertWay(t *testing.T, r *recorder, tier string, port int) {
	t.Helper()
	nodes, back := named(t, r, "network-application").ID, named(t, r, "network-"+tier).ID
	for token, from := range map[string][2]string{
		"vpc/securityGroupIngressRule:SecurityGroupIngressRule": {back, nodes},
		"vpc/securityGroupEgressRule:SecurityGroupEgressRule":   {nodes, back},
	} {
		found := false
		for _, rule := range r.OfType(token) {
			least, _ := rule.Get("fromPort").(float64)
			most, _ := rule.Get("toPort").(float64)
			found = found || rule.Get("securityGroupId") == from[0] && rule.Get("referencedSecurityGroupId") == from[1] &&
				int(least) <= port && port <= int(most)
		}
		assert.True(t, found, "%s: no %s allows port %d for the nodes", tier, token, port)
	}
}

func assertCredentials(t *testing.T, r *recorder, c reached) {
	t.Helper()
	for _, version := range r.OfType("secretsmanager/secretVersion:SecretVersion") {
		if version.Get("secretId") != named(t, r, c.secret).Output("arn") {
			continue
		}
		var credentials struct{ Username, Password string }
		require.NoError(t, json.Unmarshal([]byte(version.Get("secretString").(string)), &credentials))
		assert.NotEmpty(t, credentials.Username)
		assert.Len(t, credentials.Password, 32)
		if c.backEnd != "" {
			assert.Equal(t, credentials.Username, named(t, r, c.backEnd).Get(c.user),
				"%s: the back end must have the user of the secret", c.tier)
			assert.Equal(t, credentials.Password, named(t, r, c.backEnd).Get(c.password),
				"%s: the back end must have the password of the secret", c.tier)
		}
		return
	}
	assert.Fail(t, "the secret has no version, so it cannot be read", c.tier)
}
