package tests

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/harness"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/contract"
)

// encrypted is a property with a KMS key and its concern, with the property that turns encryption on, if there is one.
var encrypted = []encryptedBy{
	{token: "aws:cloudwatch/logGroup:LogGroup", key: "kmsKeyId", concern: "logs"},
	{token: "aws:ec2/launchTemplate:LaunchTemplate", key: "blockDeviceMappings.ebs.kmsKeyId", concern: "volumes",
		flag: "blockDeviceMappings.ebs.encrypted"},
	{token: "aws:efs/fileSystem:FileSystem", key: "kmsKeyId", concern: "filesystem", flag: "encrypted"},
	{token: "aws:mq/broker:Broker", key: "encryptionOptions.kmsKeyId", concern: "messaging"},
	{token: "aws:opensearch/domain:Domain", key: "encryptAtRest.kmsKeyId", concern: "search",
		flag: "encryptAtRest.enabled"},
	{token: "aws:rds/cluster:Cluster", key: "kmsKeyId", concern: "database", flag: "storageEncrypted"},
	{token: "aws:rds/cluster:Cluster", key: "masterUserSecretKmsKeyId", concern: "secrets",
		flag: "manageMasterUserPassword"},
	{token: "aws:rds/cluster:Cluster", key: "performanceInsightsKmsKeyId", concern: "database",
		flag: "performanceInsightsEnabled"},
	{token: "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
		key: "rules.applyServerSideEncryptionByDefault.kmsMasterKeyId", concern: "search"},
	{token: "aws:sns/topic:Topic", key: "kmsMasterKeyId", concern: "logs"},
	{token: "aws:rds/clusterInstance:ClusterInstance", key: "performanceInsightsKmsKeyId", concern: "database",
		flag: "performanceInsightsEnabled"},
	{token: "aws:secretsmanager/secret:Secret", key: "kmsKeyId", concern: "secrets"},
}

type encryptedBy struct{ token, key, concern, flag string }

// otherConcerns are the resources that store other data than most resources of their type.
var otherConcerns = map[string]string{
	"cluster-diagnostics-encryption": "logs", "messaging-topology-encryption": "messaging",
}

func (e encryptedBy) concernOf(name string) string { return cmp.Or(otherConcerns[name], e.concern) }

// withoutKey are the resources that AWS only encrypts with the service's key.
var withoutKey = []string{
	"loadbalancer-logs-encryption", // log delivery cannot use KMS keys
	"cluster-boot-encryption",      // the program's own text: no key could make it more confidential
}

// notUsed are key properties of features that the program does not use.
var notUsed = []string{
	"aws:secretsmanager/secret:Secret replicas.kmsKeyId",
	"aws:s3/bucketObjectv2:BucketObjectv2 kmsKeyId", // its bucket decides
	// Properties of the bucket that are separate resources in the program.
	"aws:s3/bucketV2:BucketV2 replicationConfigurations.rules.destinations.replicaKmsKeyId",
	"aws:s3/bucketV2:BucketV2 " +
		"serverSideEncryptionConfigurations.rules.applyServerSideEncryptionByDefaults.kmsMasterKeyId",
}

func TestEverythingStoredIsUnderTheKeyOfItsConcern(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) {
		covered := map[string]bool{}
		for _, e := range encrypted {
			covered[e.token+" "+e.key] = true
			found := r.OfType(e.token)
			assert.NotEmpty(t, found, "%s: the table has a type that the program does not create", e.token)
			for _, res := range found {
				if slices.Contains(withoutKey, res.Name) {
					continue
				}
				concern := e.concernOf(res.Name)
				key := r.ByURN[urnOf(r, "aws:kms/key:Key", "encryption-"+concern)]
				require.NotNil(t, key, "encryption-%s", concern)
				assert.Equal(t, key.Output("arn"), res.Get(e.key),
					"%s: without the stack's key, access to stored data cannot be revoked", res.Name)
				if e.flag != "" {
					assert.Contains(t, []any{true, "true"}, res.Get(e.flag), "%s: the key alone encrypts nothing", res.Name)
				}
			}
		}
		for _, name := range notUsed {
			covered[name] = true
		}
		for _, res := range r.All() {
			if facts := contract.Load().Resources[res.Token]; facts != nil {
				for _, path := range keyProperties("", facts.Inputs) {
					assert.True(t, covered[res.Token+" "+path], "%s can have a key at %s: add it to the table", res.Name, path)
				}
			}
		}
		for _, b := range r.OfType("mq/broker:Broker") {
			assert.Equal(t, false, b.Get("encryptionOptions.useAwsOwnedKey"),
				"with the AWS owned key, the stack's key is ignored")
		}
	})
}

// keyProperties finds every property that takes a KMS key.
func keyProperties(prefix string, facts map[string]*contract.Property) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(facts)) {
		p := facts[name]
		if strings.HasSuffix(strings.ToLower(name), "kmskeyid") {
			out = append(out, prefix+name)
		}
		out = append(out, keyProperties(prefix+name+".", p.Properties)...)
		if p.Items != nil {
			out = append(out, keyProperties(prefix+name+".", p.Items.Properties)...)
		}
	}
	return out
}

func urnOf(r *recorder, token, name string) string {
	for _, res := range r.OfType(token) {
		if res.Name == name {
			return res.URN
		}
	}
	return ""
}

// secretInputs are the inputs that must be secret.
var secretInputs = map[string]string{
	"aws:mq/broker:Broker":                              "users[0].password",
	"aws:opensearch/domain:Domain":                      "advancedSecurityOptions.masterUserOptions.masterUserPassword",
	"aws:secretsmanager/secretVersion:SecretVersion":    "secretString",
	"random:index/randomPassword:RandomPassword output": "result",
}

func TestSecretsAreSecret(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) {
		var passwords []string
		for _, p := range r.OfType("random:index/randomPassword:RandomPassword") {
			passwords = append(passwords, p.Output("result"))
		}
		require.Len(t, passwords, 3, "one password for each back end that has users")
		found := map[string]bool{}
		for _, res := range r.All() {
			for part, values := range map[string]resource.PropertyMap{"": res.Inputs, " output": res.State} {
				visit("", resource.NewProperty(values), false, func(path, text string, secret bool) {
					if secretInputs[res.Token+part] == path {
						found[res.Token+part] = true
						assert.True(t, secret, "%s: %s must be a secret, or the state and previews show it", res.Name, path)
					}
					for _, p := range passwords {
						assert.False(t, !secret && strings.Contains(text, p), "%s: %s%s shows a password", res.Name, path, part)
					}
				})
			}
		}
		assert.Len(t, found, len(secretInputs), "each entry of secretInputs must be found")
		for name, out := range r.Exports {
			for _, p := range passwords {
				assert.NotContains(t, fmt.Sprint(out.Value), p, "output %s shows a password", name)
			}
		}
	})
}

func TestConnectionsAreEncrypted(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) {
		parameters := map[any]any{}
		for _, p := range r.OfType("rds/clusterParameterGroup:ClusterParameterGroup")[0].Values("parameters") {
			parameters[harness.ValuesAt(p, "name")[0]] = harness.ValuesAt(p, "value")[0]
		}
		assert.Equal(t, "ON", parameters["require_secure_transport"], "without it Aurora accepts passwords in plain text")
		domain := r.OfType("opensearch/domain:Domain")[0]
		assert.Equal(t, true, domain.Get("domainEndpointOptions.enforceHttps"))
		assert.Equal(t, true, domain.Get("nodeToNodeEncryption.enabled"))
		assert.Equal(t, "HTTPS", r.OfType("lb/targetGroup:TargetGroup")[0].Get("protocol"))
		assert.Equal(t, "required", r.OfType("ec2/launchTemplate:LaunchTemplate")[0].Get("metadataOptions.httpTokens"),
			"without session tokens, a forged request can get credentials of the node's role")
	})
}
