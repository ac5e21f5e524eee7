package differential

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/risk"
)

// sample is one change of a property in a table of risks.
type sample struct {
	tier     string
	resource string // logical name of what it is changed on
	property string
	value    any
	effect   risk.Effect
	// kind is what a provider plans, when the effect comes from elsewhere; why says where from.
	kind, why string
}

const (
	otherKey   = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
	byTheTiers = "the provider would change it in place, AWS would not: the program asks for the replacement"
)

// samples hold every row of the tables against both providers: what replaces must be planned as a replacement, and what
// AWS restarts or copies behind an update as an update.
var samples = []sample{
	{"filesystem", "filesystem-storage", "creationToken", "other", risk.Loses, "", ""},
	{"filesystem", "filesystem-storage", "performanceMode", "maxIO", risk.Loses, "", ""},
	{"filesystem", "filesystem-storage", "kmsKeyId", otherKey, risk.Loses, "", ""},
	{"filesystem", "filesystem-storage", "encrypted", false, risk.Loses, "", ""},
	{"filesystem", "filesystem-storage", "availabilityZoneName", "us-east-1a", risk.Loses, "", ""},
	{"filesystem", "filesystem-mount-us-east-1a", "subnetId", "subnet-0a1b2c3d", risk.Replaces, "", ""},
	{"filesystem", "filesystem-replica", "destination.region", "eu-west-1", risk.Replaces, "", ""},

	{"database", "database-cluster", "clusterIdentifier", "other", risk.Loses, "", ""},
	{"database", "database-cluster", "kmsKeyId", otherKey, risk.Loses, "", ""},
	{"database", "database-cluster", "storageEncrypted", false, risk.Loses, "", ""},
	{"database", "database-cluster", "masterUsername", "other", risk.Loses, "", ""},
	{"database", "database-cluster", "availabilityZones", []any{"us-east-1a", "us-east-1b", "us-east-1d"}, risk.Loses, "", ""},
	{"database", "database-cluster", "dbSubnetGroupName", "other", risk.Loses, "", ""},
	{"database", "database-cluster", "databaseName", "other", risk.Loses, "", ""},
	{"database", "database-cluster", "engine", "aurora-postgresql", risk.Loses, "", ""},
	{"database", "database-cluster", "engineVersion", "8.0.mysql_aurora.3.12.0", risk.Restarts, "", ""},
	{"database", "database-cluster", "dbClusterParameterGroupName", "other", risk.Restarts, "", ""},
	{"database", "database-cluster", "port", 3307, risk.Restarts, "", ""},
	{"database", "database-cluster", "masterPassword", "aB3dEfGh1jKl", risk.Waits, "", ""},
	{"database", "database-instance-us-east-1a", "identifier", "other", risk.Replaces, "", ""},
	{"database", "database-instance-us-east-1a", "availabilityZone", "us-east-1c", risk.Replaces, "", ""},
	{"database", "database-instance-us-east-1a", "clusterIdentifier", "other", risk.Replaces, "", ""},
	{"database", "database-instance-us-east-1a", "dbSubnetGroupName", "other", risk.Replaces, "", ""},
	{"database", "database-instance-us-east-1a", "engine", "aurora-postgresql", risk.Replaces, "", ""},
	{"database", "database-instance-us-east-1a", "instanceClass", "db.r5.2xlarge", risk.Restarts, "", ""},
	{"database", "database-instance-us-east-1a", "dbParameterGroupName", "other", risk.Restarts, "", ""},
	{"database", "database-global", "globalClusterIdentifier", "other", risk.Loses, "", ""},

	{"messaging", "messaging-broker", "brokerName", "other", risk.Loses, "", ""},
	{"messaging", "messaging-broker", "deploymentMode", "SINGLE_INSTANCE", risk.Loses, "", ""},
	{"messaging", "messaging-broker", "subnetIds", []any{"subnet-0a1b2c3d"}, risk.Loses, "", ""},
	{"messaging", "messaging-broker", "securityGroups", []any{"sg-0a1b2c3d"}, risk.Loses, "update", byTheTiers},
	{"messaging", "messaging-broker", "encryptionOptions.kmsKeyId", otherKey, risk.Loses, "", ""},
	{"messaging", "messaging-broker", "encryptionOptions.useAwsOwnedKey", true, risk.Loses, "", ""},
	{"messaging", "messaging-broker", "engineType", "ActiveMQ", risk.Loses, "", ""},
	{"messaging", "messaging-broker", "publiclyAccessible", true, risk.Loses, "", ""},
	{"messaging", "messaging-broker", "hostInstanceType", "mq.m5.xlarge", risk.Restarts, "", ""},
	{"messaging", "messaging-broker", "engineVersion", "4.2", risk.Restarts, "", ""},
	{"messaging", "messaging-broker", "logs.general", false, risk.Restarts, "", ""},

	{"search", "search-domain", "domainName", "other", risk.Loses, "", ""},
	{"search", "search-domain", "engineVersion", "OpenSearch_2.17", risk.Loses, "", ""},
	{"search", "search-domain", "engineVersion", "OpenSearch_3.1", risk.BlueGreen, "", ""},
	{"search", "search-domain", "encryptAtRest.kmsKeyId", otherKey, risk.Loses, "", ""},
	{"search", "search-domain", "clusterConfig.instanceType", "r6g.xlarge.search", risk.BlueGreen, "", ""},
	{"search", "search-domain", "clusterConfig.dedicatedMasterEnabled", false, risk.BlueGreen, "", ""},
	{"search", "search-domain", "clusterConfig.instanceCount", 6, risk.BlueGreen, "", ""},
	{"search", "search-domain", "clusterConfig.dedicatedMasterCount", 5, risk.BlueGreen, "", ""},
	{"search", "search-domain", "clusterConfig.dedicatedMasterType", "r6g.large.search", risk.BlueGreen, "", ""},
	{"search", "search-domain", "clusterConfig.zoneAwarenessEnabled", false, risk.BlueGreen, "", ""},
	{"search", "search-domain", "clusterConfig.zoneAwarenessConfig.availabilityZoneCount", 2, risk.BlueGreen, "", ""},
	{"search", "search-domain", "vpcOptions.subnetIds", []any{"subnet-0a1b2c3d"}, risk.BlueGreen, "", ""},
	{"search", "search-domain", "vpcOptions.securityGroupIds", []any{"sg-0a1b2c3d"}, risk.BlueGreen, "", ""},
	{"search", "search-domain", "ebsOptions.volumeType", "gp2", risk.BlueGreen, "", ""},
	{"search", "search-domain", "ebsOptions.volumeSize", 50, risk.BlueGreen, "", ""},
	{"search", "search-domain", "logPublishingOptions", []any{}, risk.BlueGreen, "", ""},
	{"search", "search-domain", "advancedSecurityOptions.masterUserOptions.masterUserPassword", "aB3-dEfGh1jKl", risk.Waits, "", ""},
}

// notOfAWS are rows about what the AWS provider does not plan.
func notOfAWS(row risk.Row) bool {
	return row.Token == awstoken.RandomPassword || row.Property == "manageMasterUserPassword" // goes with the password
}

func compareRisks(t *testing.T, pair providers) (equal int) {
	t.Helper()
	s := stand(t, pair, "prod", settings{
		"filesystem.replicationRegion": "us-west-2", "database.administratorSecret": "own", "database.globalDatabase": "world",
	})
	seen := map[string]bool{}
	for _, c := range samples {
		t.Run(c.resource+" "+c.property, func(t *testing.T) {
			res, err := s.Named(c.resource)
			require.NoError(t, err)
			path, err := resource.ParsePropertyPath(c.property)
			require.NoError(t, err)
			inputs := deepCopy(resource.NewProperty(given(res))).ObjectValue()
			old, _ := path.Get(resource.NewProperty(inputs))
			wanted := resource.NewPropertyValue(c.value)
			if old.IsSecret() {
				wanted = resource.MakeSecret(wanted)
			}
			set := path.Set(resource.NewProperty(inputs), wanted)
			require.True(t, set)

			row, found := risk.Of(c.tier, res.Token, c.property, old.V, c.value)
			require.True(t, found, "the table of %s has no row for it", c.tier)
			assert.Equal(t, c.effect, row.Effect)
			seen[row.String()+string(row.Effect)] = true

			kind := c.kind
			if kind == "" {
				kind = map[risk.Effect]string{risk.Loses: "replace", risk.Replaces: "replace"}[row.Effect]
			}
			if kind == "" {
				kind = "update"
			}
			actual := update(t, pair.real, res.URN, s.real[res.URN], inputs)
			simulated := update(t, pair.simulated, res.URN, s.simulated[res.URN], inputs)
			ok := assert.Equal(t, kind, actual.Kind, "the real provider plans it: %s", actual.Why)
			if assert.Equal(t, kind, simulated.Kind, "the simulated provider plans it: %s", simulated.Why) && ok {
				equal++
			}
		})
	}
	for _, tier := range risk.Tiers {
		for _, row := range risk.Table(tier) {
			assert.True(t, notOfAWS(row) || seen[row.String()+string(row.Effect)], "no sample changes %s", row)
		}
	}
	return equal
}
