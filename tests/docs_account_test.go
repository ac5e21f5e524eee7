package tests

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	stackconfig "github.com/morpheus-ha/morpheus-aws/internal/config"
)

// Whoever raises a quota by a figure that is too small finds out an hour into the first update.
func TestDocsQuotasAreThoseOfProduction(t *testing.T) {
	page := content(t, "../docs/account.md")
	r, err := run(t, "prod", nil)
	require.NoError(t, err)
	addresses := len(r.OfType(awstoken.EC2ElasticIP))
	assert.Contains(t, page, fmt.Sprintf("(`L-0263D0A3`) | 5 | %d |", addresses))

	cfg := load(t, "prod", nil)
	const vCPUs = 4 // of each type in the default of cluster.instanceTypes
	assert.True(t, !slices.ContainsFunc(cfg.Cluster.InstanceTypes, func(name string) bool {
		return !strings.HasSuffix(name, ".xlarge")
	}), "an xlarge has 4 vCPUs")
	least, most := cfg.Cluster.MinSize, cfg.Cluster.MaxSize
	assert.Contains(t, page, fmt.Sprintf("| %d | %d nodes with %d vCPUs |", least*vCPUs, least, vCPUs))
	assert.Contains(t, page, fmt.Sprintf("| %d | `cluster.maxSize`: %d nodes |", most*vCPUs, most))
	all := stackconfig.MaxDuringReplacement(most) * vCPUs
	assert.Contains(t, page, fmt.Sprintf("| %d | all nodes are replaced at once", all))
	assert.Contains(t, content(t, "../README.md"),
		fmt.Sprintf("%d Elastic IP addresses and %d vCPUs, %d while", addresses, most*vCPUs, all))
}

// A session that ends during an update leaves resources that the state does not have.
func TestDocsSessionsLastAsLongAsTheFirstUpdateWaits(t *testing.T) {
	group := named(t, deployed(t, "prod"), "cluster-group")
	minutes, _ := strings.CutSuffix(group.Texts("waitForCapacityTimeout")[0], "m")
	assert.Contains(t, content(t, "../docs/account.md"), minutes+"\nminutes by default")
}
