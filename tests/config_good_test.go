package tests

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
)

// good is a change to a committed stack that must be accepted.
type good struct {
	stack string
	fresh bool
	over  overrides
}

var goodConfigs = map[string]good{
	"an existing certificate": {
		stack: "prod", over: overrides{"loadBalancer.certificateArn": simaws.CertificateARN("us-east-1")},
	},
	"an account without service-linked roles": {
		stack: "prod", fresh: true,
		over: overrides{"serviceLinkedRoles.autoscaling": "create", "serviceLinkedRoles.opensearch": "create"},
	},
	"three zones in dev": {
		stack: "dev",
		over: overrides{
			"network.availabilityZones": []any{"us-east-1a", "us-east-1b", "us-east-1d"}, "search.instanceCount": 3,
		},
	},
	"another region": {
		stack: "dev",
		over:  overrides{"aws.region": "eu-central-1", "network.availabilityZones": []any{"eu-central-1b", "eu-central-1c"}},
	},
	"single instances": {
		stack: "dev", over: overrides{"database.instances": 1, "search.instanceCount": 1, "cluster.maxSize": 1},
	},
	"a gateway per zone":   {stack: "dev", over: overrides{"network.natGateways": "per-zone"}},
	"the smallest network": {stack: "prod", over: overrides{"network.cidr": "192.168.4.0/22"}},
	"many clients": {
		stack: "prod",
		over: overrides{
			"network.allowedClientCidrs": []any{"11.0.0.0/8", "100.0.0.0/10", "172.32.0.0/11", "203.0.113.7/32"},
		},
	},
	"the largest database": {
		stack: "prod",
		over: overrides{
			"database.instances": 15, "database.instanceClass": "db.r8g.24xlarge",
			"database.backupRetentionDays": 35,
		},
	},
	"three database instances": {
		stack: "prod",
		over: overrides{
			"database.instances": 3, "database.backupWindow": "23:30-00:30",
			"database.maintenanceWindow": "sat:22:00-sat:23:00",
		},
	},
	"a broker cluster in dev": {
		stack: "dev",
		over:  overrides{"messaging.deploymentMode": "CLUSTER_MULTI_AZ", "messaging.name": "queue_1"},
	},
	"search without masters":  {stack: "prod", over: overrides{"search.dedicatedMasters": 0, "search.instanceCount": 6}},
	"the required OpenSearch": {stack: "prod", over: overrides{"search.engineVersion": "OpenSearch_2.5"}},
	"no infrequent access":    {stack: "prod", over: overrides{"filesystem.transitionToIaDays": 0}},
	"copies of the backups": {
		stack: "prod",
		over:  inRegion("backup", nil),
	},
	"the program's own administrator secret": {
		stack: "prod",
		over:  overrides{"database.administratorSecret": "own", "rotation.databaseAdministrator": 2},
	},
	"a pilot light": {
		stack: "prod",
		over:  pilotLight,
	},
	"advanced insights":    {stack: "prod", over: overrides{"database.insights": "advanced"}},
	"the most connections": {stack: "prod", over: overrides{"database.connectionsPerNode": 165}},
	"notification addresses": {
		stack: "dev",
		over:  overrides{"notifications.emails": []any{"oncall@example.com", "a.b+c@sub.example.org"}},
	},
	"no budget, an existing anomaly monitor": {
		stack: "prod",
		over: overrides{
			"monitoring.budgetUsd":      0,
			"monitoring.anomalyMonitor": "arn:aws:ce::123456789012:anomalymonitor/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9",
		},
	},
	"tiers that may be replaced": {stack: "dev", over: overrides{"safety.allowReplace": []any{"filesystem", "search"}}},
	"new passwords": {
		stack: "prod", over: overrides{"rotation.databaseUser": 2, "rotation.messaging": 3, "rotation.search": 2},
	},
	"elastic files":  {stack: "prod", over: overrides{"filesystem.throughputMode": "elastic"}},
	"parallel files": {stack: "prod", over: overrides{"filesystem.performanceMode": "maxIO"}},
	"tags and allowDestroy": {
		stack: "dev",
		over:  overrides{"safety.allowDestroy": true, "tags": map[string]any{"CostCenter": "4711", "Owner": "Zoë Ж"}},
	},
	"a number for a text": {
		stack: "dev", over: overrides{"tags": map[string]any{"CostCenter": 4711}, "aws.accountId": 123456789012},
	},
	"other nodes": {
		stack: "prod",
		over: overrides{
			"cluster.instanceTypes": []any{"m6i.2xlarge", "m5.2xlarge", "m7a.2xlarge"}, "cluster.minSize": 6,
			"cluster.maxSize": 12, "database.connectionsPerNode": 80,
		},
	},
	"burstable nodes": {
		stack: "dev", over: overrides{"cluster.instanceTypes": []any{"t3.large", "t3a.large", "m5.large"}},
	},
	"memory-optimised nodes": {stack: "prod", over: overrides{"cluster.instanceTypes": []any{"r5.large", "r7i.large"}}},
	"compute-optimised nodes": {
		stack: "prod", over: overrides{"cluster.instanceTypes": []any{"c5.2xlarge", "c6a.2xlarge"}},
	},
	"the highest volume throughput": {
		stack: "prod",
		over:  overrides{"search.volumeGiB": 1024, "search.volumeIops": 16000, "search.volumeThroughput": 1000},
	},
	"the largest volume with the default throughput": {stack: "prod", over: overrides{"search.volumeGiB": 170}},
	"the smallest volume": {
		stack: "prod",
		over:  overrides{"search.volumeGiB": 10, "search.volumeIops": 5000, "search.volumeThroughput": 750},
	},
	"the fullest network": {
		stack: "prod", over: overrides{"network.cidr": "10.20.0.0/22", "search.instanceCount": 36},
	},
	"a name from a suffix": {
		stack: "prod",
		over:  overrides{"morpheus.packageUrl": "https://example.com/a/morpheus-appliance-offline_8.0.7-12_amd64.deb?x=y"},
	},
	"configured names": {
		stack: "dev", over: overrides{"search.name": "logs", "database.name": "db", "filesystem.name": "files"},
	},
}

func TestGoodConfigsDeploy(t *testing.T) {
	for name, c := range goodConfigs {
		t.Run(name, func(t *testing.T) {
			r, err := launch{Stack: c.stack, Config: change(t, loadStack(t, c.stack), c.over), Fresh: c.fresh}.Start()
			require.NoError(t, err, "AWS must accept each valid configuration")
			assert.NotEmpty(t, r.ByURN)
		})
	}
}
