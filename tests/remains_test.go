package tests

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/cost"
)

// remainder is a row of docs/destroy.md: what a destroy leaves.
type remainder struct {
	row string
	// prices are the rows of the cost table; none if it costs nothing.
	prices []string
	// token and leaves are the resources that leave it. Without a token it is no resource of the program.
	token  string
	leaves func(*registered) bool
}

func retained(res *registered) bool { return res.RPC.GetRetainOnDelete() }

func positive(path string) func(*registered) bool {
	return func(res *registered) bool { days, _ := res.Get(path).(float64); return days > 0 }
}

func always(*registered) bool { return true }

var remainders = []remainder{
	{row: "final snapshot of the database", prices: []string{"aurora/backup"}, token: awstoken.RDSCluster,
		leaves: func(res *registered) bool { return res.Get("skipFinalSnapshot") == false }},
	{row: "recovery points of the database", prices: []string{"aurora/backup"}, token: awstoken.BackupVault, leaves: retained},
	{row: "recovery points of the files", prices: []string{"efs/backup"}, token: awstoken.BackupVault, leaves: retained},
	{row: "vault with its policy and lock", token: awstoken.BackupVault, leaves: retained},
	{row: "vault with its policy and lock", token: awstoken.BackupVaultPolicy, leaves: retained},
	{row: "vault with its policy and lock", token: awstoken.BackupVaultLock, leaves: retained},
	{row: "vault with its policy and lock", token: awstoken.IAMRole, leaves: retained},
	{row: "vault with its policy and lock", token: awstoken.IAMRolePolicyAttachment, leaves: retained},
	{row: "copy of the shared files", prices: []string{"efs/storage"}, token: awstoken.EFSReplication, leaves: always},
	{row: "automatic backups of the files", prices: []string{"efs/backup"}, token: awstoken.EFSBackupPolicy,
		leaves: func(res *registered) bool { return res.Get("backupPolicy.status") == "ENABLED" }},
	{row: "deleted secrets", prices: []string{"secrets/secret"}, token: awstoken.SecretsManagerSecret,
		leaves: positive("recoveryWindowInDays")},
	{row: "deleted keys", prices: []string{"kms/key"}, token: awstoken.KMSKey, leaves: positive("deletionWindowInDays")},
	{row: "service-linked roles", token: awstoken.IAMServiceLinkedRole, leaves: retained},
	{row: "log groups that RDS creates again", prices: []string{"logs/storage"}},
	{row: "cluster or file system of a restore test", prices: []string{"aurora/storage", "efs/storage"}},
}

// remainsRows are the rows of the page.
func remainsRows(t *testing.T) []string {
	t.Helper()
	_, section, found := strings.Cut(content(t, "../docs/destroy.md"), "### What it costs")
	require.True(t, found)
	var rows []string
	for _, m := range regexp.MustCompile(`(?m)^\| (.*) \|$`).FindAllStringSubmatch(section, -1) {
		if !strings.HasPrefix(m[1], "what remains") {
			rows = append(rows, m[1])
		}
	}
	return rows
}

// Whoever destroys a stack decides what may go, and pays for what stays.
func TestTheListOfWhatADestroyLeavesIsThatOfTheProgram(t *testing.T) {
	rows := remainsRows(t)
	for _, row := range rows {
		assert.True(t, slices.ContainsFunc(remainders, func(r remainder) bool { return strings.HasPrefix(row, r.row) }),
			"nothing leaves it: %s", row)
	}
	unplanned, err := run(t, "prod", overrides{"backup.enabled": false})
	require.NoError(t, err)
	left := map[int]bool{}
	for _, d := range append(deployments(t), deployment{name: "no backup plan", recorder: unplanned}) {
		for _, res := range d.AWS() {
			known := res.Token == awstoken.S3Object // deleted with its bucket
			for i, r := range remainders {
				if r.token == res.Token && r.leaves(res) {
					left[i], known = true, true
				}
			}
			assert.True(t, known || !retained(res), "%s: %s stays after a destroy, and the page does not say so", d.name, res.Name)
		}
	}
	for i, r := range remainders {
		assert.True(t, left[i] || r.token == "", "no deployment leaves a %s: %s", r.token, r.row)
		at := slices.IndexFunc(rows, func(row string) bool { return strings.HasPrefix(row, r.row) })
		if !assert.GreaterOrEqual(t, at, 0, "the page lacks %s", r.row) {
			continue
		}
		if len(r.prices) == 0 {
			assert.NotContains(t, rows[at], "$")
		}
		for _, id := range r.prices {
			price, ok := cost.PriceOf(id)
			require.True(t, ok, id)
			text := fmt.Sprintf("$%.2f", price.USD)
			if !strings.HasSuffix(fmt.Sprintf("%.3f", price.USD), "0") {
				text = fmt.Sprintf("$%.3f", price.USD)
			}
			assert.Contains(t, rows[at], text+" ", "%s: the price of %s", r.row, id)
		}
	}
}
