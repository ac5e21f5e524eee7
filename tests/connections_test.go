package tests

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// reached is what a client of a tier needs, each of it as another resource says it.
type reached struct {
	tier  string
	ports []int
	// host is what the tier hands on, and answers what AWS made of the resource that answers there.
	host    func(r *recorder) string
	answers func(r *recorder) string
	// secret of the credentials, and the user with his password that the back end was made with; no path for one that is
	// made in the back end itself.
	secret, backEnd, user, password string
}

func exportedText(name string) func(*recorder) string {
	return func(r *recorder) string { text, _ := r.exports[name].Value.(string); return text }
}

func answeredText(token, name, property string) func(*recorder) string {
	return func(r *recorder) string {
		value := r.byURN[urnOf(r, token, name)].State.Mappable()
		return fmt.Sprint(at(value, property)...)
	}
}

var reaching = []reached{
	{
		tier: "filesystem", ports: []int{2049},
		host: func(r *recorder) string {
			return exportedText("fileSystemId")(r) + ".efs." + r.ofType(awsProvider)[0].get("region").(string) + ".amazonaws.com"
		},
		answers: answeredText("aws:efs/fileSystem:FileSystem", "filesystem-storage", "dnsName"),
	},
	{
		tier: "database", ports: []int{3306}, host: exportedText("databaseEndpoint"),
		answers: answeredText("aws:rds/cluster:Cluster", "database-cluster", "endpoint"), secret: "database-user-secret",
	},
	{
		tier: "messaging", ports: []int{5671, 443},
		host:    func(r *recorder) string { return "amqps://" + exportedText("messagingEndpoint")(r) + ":5671" },
		answers: answeredText("aws:mq/broker:Broker", "messaging-broker", "instances.endpoints"),
		secret:  "messaging-user-secret", backEnd: "messaging-broker", user: "users.username", password: "users.password",
	},
	{
		tier: "search", ports: []int{443}, host: exportedText("searchEndpoint"),
		answers: answeredText("aws:opensearch/domain:Domain", "search-domain", "endpoint"),
		secret:  "search-user-secret", backEnd: "search-domain",
		user: "advancedSecurityOptions.masterUserOptions.masterUserName", password: "advancedSecurityOptions.masterUserOptions.masterUserPassword",
	},
}

// What a tier hands to its clients must be enough to use it: a name that answers, a way through the network, permission,
// and credentials that the back end takes.
func TestEveryConnectionIsSufficient(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) {
		p := permissionsOf(t, r)
		for _, c := range reaching {
			assert.NotEmpty(t, c.host(r))
			assert.Equal(t, c.answers(r), c.host(r), "%s: clients are sent where nobody answers", c.tier)
			for _, port := range c.ports {
				assertWay(t, r, c.tier, port)
			}
			if c.secret == "" {
				continue
			}
			calls := []call{
				{node, "secretsmanager:GetSecretValue", "${" + c.secret + ".arn}", nil},
				{node, "kms:Decrypt", named(t, r, c.secret).get("kmsKeyId").(string), throughSecrets},
			}
			for _, decided := range p.cases(t, calls) {
				assert.True(t, decided.Allowed, "%s: a node cannot read its credentials: %s; %s", c.tier, decided, decided.By)
			}
			assertCredentials(t, r, c)
		}
	})
}

// assertWay looks for both halves of a row of traffic, between the group of the nodes and that of the tier.
func assertWay(t *testing.T, r *recorder, tier string, port int) {
	t.Helper()
	nodes, back := named(t, r, "network-application").ID, named(t, r, "network-"+tier).ID
	for token, from := range map[string][2]string{
		"vpc/securityGroupIngressRule:SecurityGroupIngressRule": {back, nodes},
		"vpc/securityGroupEgressRule:SecurityGroupEgressRule":   {nodes, back},
	} {
		found := false
		for _, rule := range r.ofType(token) {
			least, _ := rule.get("fromPort").(float64)
			most, _ := rule.get("toPort").(float64)
			found = found || rule.get("securityGroupId") == from[0] && rule.get("referencedSecurityGroupId") == from[1] &&
				int(least) <= port && port <= int(most)
		}
		assert.True(t, found, "%s: no %s lets a node through on %d", tier, token, port)
	}
}

func assertCredentials(t *testing.T, r *recorder, c reached) {
	t.Helper()
	for _, version := range r.ofType("secretsmanager/secretVersion:SecretVersion") {
		if version.get("secretId") != named(t, r, c.secret).output("arn") {
			continue
		}
		var credentials struct{ Username, Password string }
		require.NoError(t, json.Unmarshal([]byte(version.get("secretString").(string)), &credentials))
		assert.NotEmpty(t, credentials.Username)
		assert.Len(t, credentials.Password, 32)
		if c.backEnd != "" {
			assert.Equal(t, credentials.Username, named(t, r, c.backEnd).get(c.user), "%s: the user of the secret", c.tier)
			assert.Equal(t, credentials.Password, named(t, r, c.backEnd).get(c.password), "%s: the password of the secret", c.tier)
		}
		return
	}
	assert.Fail(t, "the secret has no version: nobody can read it", c.tier)
}
