package differential

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/components"
	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/changes"
)

// sample is a change to a property in a table of risks.
type sample struct {
	tier     string
	resource string // logical name of the changed resource
	property string
	value    any
	effect   changes.Effect
	// kind is the provider's plan if the effect has another cause; why names the cause.
	kind, why string
}

const (
	otherKey   = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
	byTheTiers = "the provider would change it in place, but AWS cannot: the program sets replaceOnChanges"
)

// samples check each row of the tables with both providers. Both must plan a replacement for a row that replaces, and
// an update for a row that makes AWS restart or copy something.
var samples = []sample{
	{tier: "backup", resource: "backup-vault", property: "kmsKeyArn", value: otherKey, effect: changes.DataLoss},
	{tier: "backup", resource: "backup-vault", property: "name", value: "other", effect: changes.DataLoss},
	{tier: "backup", resource: "backup-lock", property: "minRetentionDays", value: 6, effect: changes.Replacement},
	{tier: "backup", resource: "backup-lock", property: "maxRetentionDays", value: 400, effect: changes.Replacement},
	{tier: "backup", resource: "backup-lock", property: "changeableForDays", value: 30, effect: changes.Replacement},
	{
		tier: "backup", resource: "backup-tiers", property: "resources",
		value: []any{"arn:aws:rds:us-east-1:123456789012:cluster:other"}, effect: changes.Replacement,
	},
	{
		tier: "backup", resource: "backup-tiers", property: "iamRoleArn",
		value: "arn:aws:iam::123456789012:role/other", effect: changes.Replacement,
	},
	{
		tier: "backup", resource: "backup-restore-efs", property: "protectedResourceArns",
		value: []any{"arn:aws:elasticfilesystem:us-east-1:123456789012:file-system/fs-0a1b2c3d4e5f60718"}, effect: changes.Replacement,
		kind: "update", why: byTheTiers,
	},
	{tier: "backup", resource: "backup-restore-plan", property: "name", value: "other", effect: changes.Replacement},
	{
		tier: "filesystem", resource: "filesystem-storage", property: "creationToken",
		value: "other", effect: changes.DataLoss,
	},
	{
		tier: "filesystem", resource: "filesystem-storage", property: "performanceMode",
		value: "maxIO", effect: changes.DataLoss,
	},
	{
		tier: "filesystem", resource: "filesystem-storage", property: "kmsKeyId",
		value: otherKey, effect: changes.DataLoss,
	},
	{
		tier: "filesystem", resource: "filesystem-storage", property: "encrypted",
		value: false, effect: changes.DataLoss,
	},
	{
		tier: "filesystem", resource: "filesystem-storage", property: "availabilityZoneName",
		value: "us-east-1a", effect: changes.DataLoss,
	},
	{
		tier: "filesystem", resource: "filesystem-mount-us-east-1a", property: "subnetId",
		value: "subnet-0a1b2c3d", effect: changes.Replacement,
	},
	{
		tier: "filesystem", resource: "filesystem-replica", property: "destination.region",
		value: "eu-west-1", effect: changes.Replacement,
	},

	{
		tier: "database", resource: "database-cluster", property: "clusterIdentifier",
		value: "other", effect: changes.DataLoss,
	},
	{tier: "database", resource: "database-cluster", property: "kmsKeyId", value: otherKey, effect: changes.DataLoss},
	{
		tier: "database", resource: "database-cluster", property: "storageEncrypted",
		value: false, effect: changes.DataLoss,
	},
	{
		tier: "database", resource: "database-cluster", property: "masterUsername",
		value: "other", effect: changes.DataLoss,
	},
	{
		tier: "database", resource: "database-cluster", property: "availabilityZones",
		value: []any{"us-east-1a", "us-east-1b", "us-east-1d"}, effect: changes.DataLoss,
	},
	{
		tier: "database", resource: "database-cluster", property: "dbSubnetGroupName",
		value: "other", effect: changes.DataLoss,
	},
	{
		tier: "database", resource: "database-cluster", property: "databaseName",
		value: "other", effect: changes.DataLoss,
	},
	{
		tier: "database", resource: "database-cluster", property: "engine",
		value: "aurora-postgresql", effect: changes.DataLoss,
	},
	{
		tier: "database", resource: "database-cluster", property: "engineVersion",
		value: "8.0.mysql_aurora.3.12.0", effect: changes.Restart,
	},
	{
		tier: "database", resource: "database-cluster", property: "engineVersion",
		value: "8.0.mysql_aurora.3.10.3", effect: changes.Refused,
	},
	{
		tier: "database", resource: "database-cluster", property: "dbClusterParameterGroupName",
		value: "other", effect: changes.Restart,
	},
	{tier: "database", resource: "database-cluster", property: "port", value: 3307, effect: changes.Restart},
	{
		tier: "database", resource: "database-cluster", property: "masterPassword",
		value: "aB3dEfGh1jKl", effect: changes.ManualStep,
	},
	{
		tier: "database", resource: "database-instance-us-east-1a", property: "identifier",
		value: "other", effect: changes.Replacement,
	},
	{
		tier: "database", resource: "database-instance-us-east-1a", property: "availabilityZone",
		value: "us-east-1c", effect: changes.Replacement,
	},
	{
		tier: "database", resource: "database-instance-us-east-1a", property: "clusterIdentifier",
		value: "other", effect: changes.Replacement,
	},
	{
		tier: "database", resource: "database-instance-us-east-1a", property: "dbSubnetGroupName",
		value: "other", effect: changes.Replacement,
	},
	{
		tier: "database", resource: "database-instance-us-east-1a", property: "engine",
		value: "aurora-postgresql", effect: changes.Replacement,
	},
	{
		tier: "database", resource: "database-instance-us-east-1a", property: "instanceClass",
		value: "db.r5.2xlarge", effect: changes.Restart,
	},
	{
		tier: "database", resource: "database-instance-us-east-1a", property: "dbParameterGroupName",
		value: "other", effect: changes.Restart,
	},
	{
		tier: "database", resource: "database-global", property: "globalClusterIdentifier",
		value: "other", effect: changes.DataLoss,
	},

	{
		tier: "messaging", resource: "messaging-broker", property: "brokerName",
		value: "other", effect: changes.DataLoss,
	},
	{
		tier: "messaging", resource: "messaging-broker", property: "deploymentMode",
		value: "SINGLE_INSTANCE", effect: changes.DataLoss,
	},
	{
		tier: "messaging", resource: "messaging-broker", property: "subnetIds",
		value: []any{"subnet-0a1b2c3d"}, effect: changes.DataLoss,
	},
	{
		tier: "messaging", resource: "messaging-broker", property: "securityGroups",
		value: []any{"sg-0a1b2c3d"}, effect: changes.DataLoss, kind: "update", why: byTheTiers,
	},
	{
		tier: "messaging", resource: "messaging-broker", property: "encryptionOptions.kmsKeyId",
		value: otherKey, effect: changes.DataLoss,
	},
	{
		tier: "messaging", resource: "messaging-broker", property: "encryptionOptions.useAwsOwnedKey",
		value: true, effect: changes.DataLoss,
	},
	{
		tier: "messaging", resource: "messaging-broker", property: "engineType",
		value: "ActiveMQ", effect: changes.DataLoss,
	},
	{
		tier: "messaging", resource: "messaging-broker", property: "publiclyAccessible",
		value: true, effect: changes.DataLoss,
	},
	{
		tier: "messaging", resource: "messaging-broker", property: "hostInstanceType",
		value: "mq.m5.xlarge", effect: changes.Restart,
	},
	{
		tier: "messaging", resource: "messaging-broker", property: "engineVersion",
		value: "4.2", effect: changes.Restart,
	},
	{
		tier: "messaging", resource: "messaging-broker", property: "engineVersion",
		value: "3.12", effect: changes.Refused,
	},
	{tier: "messaging", resource: "messaging-broker", property: "logs.general", value: false, effect: changes.Restart},

	{
		tier: "loadbalancer", resource: "loadbalancer-alb", property: "internal", value: true, effect: changes.Outage,
	},

	{tier: "search", resource: "search-domain", property: "domainName", value: "other", effect: changes.DataLoss},
	{
		tier: "search", resource: "search-domain", property: "engineVersion",
		value: "OpenSearch_2.17", effect: changes.DataLoss,
	},
	{
		tier: "search", resource: "search-domain", property: "engineVersion",
		value: "OpenSearch_3.1", effect: changes.BlueGreen,
	},
	{
		tier: "search", resource: "search-domain", property: "encryptAtRest.kmsKeyId",
		value: otherKey, effect: changes.DataLoss,
	},
	{
		tier: "search", resource: "search-domain", property: "clusterConfig.instanceType",
		value: "r6g.xlarge.search", effect: changes.BlueGreen,
	},
	{
		tier: "search", resource: "search-domain", property: "clusterConfig.dedicatedMasterEnabled",
		value: false, effect: changes.BlueGreen,
	},
	{
		tier: "search", resource: "search-domain", property: "clusterConfig.instanceCount",
		value: 6, effect: changes.BlueGreen,
	},
	{
		tier: "search", resource: "search-domain", property: "clusterConfig.dedicatedMasterCount",
		value: 5, effect: changes.BlueGreen,
	},
	{
		tier: "search", resource: "search-domain", property: "clusterConfig.dedicatedMasterType",
		value: "r6g.large.search", effect: changes.BlueGreen,
	},
	{
		tier: "search", resource: "search-domain", property: "clusterConfig.zoneAwarenessEnabled",
		value: false, effect: changes.BlueGreen,
	},
	{
		tier: "search", resource: "search-domain", property: "clusterConfig.zoneAwarenessConfig.availabilityZoneCount",
		value: 2, effect: changes.BlueGreen,
	},
	{
		tier: "search", resource: "search-domain", property: "vpcOptions.subnetIds",
		value: []any{"subnet-0a1b2c3d"}, effect: changes.BlueGreen,
	},
	{
		tier: "search", resource: "search-domain", property: "vpcOptions.securityGroupIds",
		value: []any{"sg-0a1b2c3d"}, effect: changes.BlueGreen,
	},
	{
		tier: "search", resource: "search-domain", property: "ebsOptions.volumeType",
		value: "gp2", effect: changes.BlueGreen,
	},
	{
		tier: "search", resource: "search-domain", property: "ebsOptions.volumeSize",
		value: 50, effect: changes.BlueGreen,
	},
	{
		tier: "search", resource: "search-domain", property: "logPublishingOptions",
		value: []any{}, effect: changes.BlueGreen,
	},
	{
		tier: "search", resource: "search-domain", property: "advancedSecurityOptions.masterUserOptions.masterUserPassword",
		value: "aB3-dEfGh1jKl", effect: changes.ManualStep,
	},
}

// notOfAWS reports whether the AWS provider does not plan the change of a row.
func notOfAWS(row changes.Row) bool {
	return row.Token == awstoken.RandomPassword || row.Property == "manageMasterUserPassword" // set with it
}

func compareRisks(t *testing.T, pair providers) (equal int) {
	t.Helper()
	s := stand(t, pair, "prod", settings{
		"recovery.mode": "pilotLight", "recovery.region": "us-west-2", "database.administratorSecret": "own",
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

			row, found := components.Changes[c.tier].Of(res.Token, c.property, old.V, c.value)
			require.True(t, found, "the table of %s has no row for it", c.tier)
			assert.Equal(t, c.effect, row.Effect)
			seen[row.String()+string(row.Effect)] = true

			kind := c.kind
			if kind == "" {
				kind = map[changes.Effect]string{
					changes.DataLoss: "replace", changes.Replacement: "replace", changes.Outage: "replace",
				}[row.Effect]
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
	for _, table := range components.Changes {
		for _, row := range table {
			assert.True(t, notOfAWS(row) || seen[row.String()+string(row.Effect)], "there is no sample for %s", row)
		}
	}
	return equal
}
