package tests

import (
	"maps"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
)

// stateful are the types that cannot be recreated: their loss means the loss of data or of the users' address.
var stateful = []string{
	"aws:backup/vault:Vault",
	"aws:efs/fileSystem:FileSystem",
	"aws:kms/key:Key",
	"aws:lb/loadBalancer:LoadBalancer",
	"aws:mq/broker:Broker",
	"aws:opensearch/domain:Domain",
	"aws:rds/cluster:Cluster",
	"aws:s3/bucketV2:BucketV2",
	secretToken,
}

// secretToken is the type of all secrets. One of them is stateful: without it, the database cannot be read, and it
// cannot be generated again.
const (
	secretToken     = "aws:secretsmanager/secret:Secret" // #nosec G101 -- a type token
	applianceSecret = "cluster-appliance"
)

// guard is the protection of a stack against loss.
type guard struct {
	protected                  []string
	database, balancer         any
	skipsSnapshot              any
	secretRecovery, keyRemoval []any
}

func guardOf(r *recorder) guard {
	g := guard{
		database:      r.OfType("rds/cluster:Cluster")[0].Get("deletionProtection"),
		balancer:      r.OfType("lb/loadBalancer:LoadBalancer")[0].Get("enableDeletionProtection"),
		skipsSnapshot: r.OfType("rds/cluster:Cluster")[0].Get("skipFinalSnapshot"),
	}
	for _, res := range r.All() {
		if res.RPC.GetProtect() {
			g.protected = append(g.protected, res.Token)
		}
		switch res.Token {
		case secretToken:
			g.secretRecovery = append(g.secretRecovery, res.Get("recoveryWindowInDays"))
		case "aws:kms/key:Key":
			g.keyRemoval = append(g.keyRemoval, res.Get("deletionWindowInDays"))
		}
	}
	slices.Sort(g.protected)
	g.protected = slices.Compact(g.protected)
	slices.SortFunc(g.keyRemoval, func(a, b any) int { return int(a.(float64) - b.(float64)) })
	g.keyRemoval, g.secretRecovery = slices.Compact(g.keyRemoval), slices.Compact(g.secretRecovery)
	return g
}

func TestProtectionFollowsTheEnvironment(t *testing.T) {
	open, err := run(t, "prod", overrides{"safety.allowDestroy": true})
	require.NoError(t, err)
	for name, c := range map[string]struct {
		r    *recorder
		want guard
	}{
		"prod": {deployed(t, "prod"),
			guard{protected: stateful, database: true, balancer: true, skipsSnapshot: false, secretRecovery: []any{30.0},
				keyRemoval: []any{30.0}}},
		"dev": {deployed(t, "dev"),
			guard{database: false, balancer: false, skipsSnapshot: true, secretRecovery: []any{0.0}, keyRemoval: []any{7.0}}},
		// The final snapshot stays: allowDestroy does not mean that the data may be lost.
		"prod that may be destroyed": {open,
			guard{database: false, balancer: false, skipsSnapshot: false, secretRecovery: []any{30.0},
				keyRemoval: []any{30.0}}},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, c.want, guardOf(c.r)) })
	}
}

func TestEverythingStatefulOfProdIsProtected(t *testing.T) {
	for _, res := range deployed(t, "prod").All() {
		holds := slices.Contains(stateful, res.Token) && (res.Token != secretToken || res.Name == applianceSecret)
		assert.Equal(t, holds, res.RPC.GetProtect(),
			"%s: stateful resources must be protected, and others must not", res.Name)
	}
}

func TestProdKeepsAFinalSnapshotUnderANewNameEachTime(t *testing.T) {
	cluster := deployed(t, "prod").OfType("rds/cluster:Cluster")[0]
	assert.Regexp(t, regexp.MustCompile(`^morpheus-prod-final-[0-9a-f]{8}$`), cluster.Get("finalSnapshotIdentifier"),
		"the snapshot of a second destroy must have another name")
	suffix := deployed(t, "prod").ByURN[urnOf(deployed(t, "prod"), "random:index/randomId:RandomId", "database-snapshot")]
	require.NotNil(t, suffix)
	assert.Equal(t, cluster.Get("clusterIdentifier"), suffix.Get("keepers.identifier"),
		"so must the snapshot of a cluster that reuses an earlier name")
	assert.Nil(t, deployed(t, "dev").OfType("rds/cluster:Cluster")[0].Get("finalSnapshotIdentifier"))
}

func TestRolesOfTheWholeAccountOutliveTheStack(t *testing.T) {
	config := change(t, loadStack(t, "prod"), overrides{
		"serviceLinkedRoles.autoscaling": "create", "serviceLinkedRoles.opensearch": "create",
	})
	r, err := launch{Stack: "prod", Config: config, Fresh: true}.Start()
	require.NoError(t, err)
	kept := map[string]bool{}
	for _, res := range r.All() {
		if res.RPC.GetRetainOnDelete() && res.Token != awstoken.S3Object && // deleted with their bucket
			tierOf(r, res) != "backup" { // TestARecoveryPointOutlivesItsProductionStack
			kept[res.Name] = true
		}
	}
	assert.ElementsMatch(t, []string{"access-autoscaling", "access-opensearch"}, slices.Collect(maps.Keys(kept)),
		"other stacks use the account's service-linked roles too")
	domain := r.OfType("opensearch/domain:Domain")[0]
	assert.True(t, madeBefore(r, domain)["access-opensearch"], "without the role AWS refuses a domain in a VPC")
	assert.True(t, madeBefore(r, r.OfType("autoscaling/group:Group")[0])["access-autoscaling"])
}

func TestOutputsAreTheContract(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) {
		want := []string{
			"applianceSecretArn", "applianceUrl", "autoScalingGroupName", "contract", "databaseAdminSecretArn", "databaseEndpoint",
			"databaseReaderEndpoint",
			"databaseSecretArn", "diagnosticsBucket", "egressIps", "fileSystemId", "fingerprints",
			"loadBalancerDnsName", "loadBalancerZoneId", "messagingDefinitionsBucket", "messagingEndpoint",
			"messagingManagementUrl",
			"messagingSecretArn", "morpheusVersion", "notificationsTopicArn", "pagesTopicArn", "readme",
			"searchEndpoint", "searchSecretArn",
			"searchSnapshotBucket",
			"searchSnapshotRoleArn", "vpcId",
		}
		assert.Equal(t, want, slices.Sorted(maps.Keys(r.Exports)), "other stacks and scripts read these outputs by name")
		for name, out := range r.Exports {
			assert.True(t, out.Known, name)
			assert.NotEmpty(t, out.Value, name)
			assert.False(t, out.Secret, "%s: an output may name a secret, but not contain its value", name)
		}
		text, _ := r.Exports["readme"].Value.(string)
		for _, m := range regexp.MustCompile(`\$\{outputs\.(\w+)\}`).FindAllStringSubmatch(text, -1) {
			assert.Contains(t, want, m[1], "the README names an output that does not exist")
		}
	})
}
