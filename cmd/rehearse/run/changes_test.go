package main

import (
	"bytes"
	"context"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/languagehost"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/project"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
	"github.com/morpheus-ha/morpheus-aws/stacks"
)

func TestMain(m *testing.M) {
	if simaws.PluginMain() || languagehost.Main() {
		return
	}
	if os.Getenv(asCommand) != "" {
		os.Exit(run())
	}
	os.Exit(m.Run())
}

// asCommand is a variable that makes the binary of the tests the command, so that scripts can call it.
const asCommand = "REHEARSE_AS_COMMAND"

// deployed deploys a committed stack with the real engine in a simulated account without delays.
func deployed(t *testing.T, stack string, settings ...rehearsal.Setting) (*rehearsal.Session, context.Context) {
	t.Helper()
	s, ctx := undeployed(t, stack, settings...)
	_, err := s.Up(ctx)
	require.NoError(t, err)
	return s, ctx
}

// undeployed is a stack without a first update.
func undeployed(t *testing.T, stack string, settings ...rehearsal.Setting) (*rehearsal.Session, context.Context) {
	t.Helper()
	return undeployedAt(t, stack, simaws.Options{}, settings...)
}

func undeployedAt(
	t *testing.T, stack string, account simaws.Options, settings ...rehearsal.Setting,
) (*rehearsal.Session, context.Context) {
	t.Helper()
	t.Parallel() // most of the time, a session waits for the CLI
	options, err := rehearsal.Committed(stack, stacks.Run)
	require.NoError(t, err)
	// On a fresh machine this builds the CLI, which takes minutes: it has a separate timeout.
	folder, err := project.Find()
	require.NoError(t, err)
	options.CLI, err = rehearsal.FindCLI(t.Context(), folder, os.Stderr)
	require.NoError(t, err)
	options.Cloud = rehearsal.Simulated(account)
	options.Config = append(options.Config, settings...)
	ctx, cancel := context.WithTimeout(t.Context(), 14*time.Minute)
	t.Cleanup(cancel)
	s, err := rehearsal.New(ctx, options)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	return s, ctx
}

func names(changes []rehearsal.Change, operations ...apitype.OpType) []string {
	var out []string
	for _, c := range changes {
		if slices.Contains(operations, c.Op) {
			out = append(out, resource.URN(c.URN).Name())
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// The engine does not protect development, so that it can be destroyed at any time. The guard protects its data.
func TestAChangeThatLosesDataIsRefusedUntilItIsAllowed(t *testing.T) {
	s, ctx := deployed(t, "dev")
	for _, c := range []struct{ tier, key, value, old, shown string }{
		{tier: "filesystem", key: "filesystem.performanceMode", value: "maxIO", old: "generalPurpose",
			shown: "performanceMode (filesystem.performanceMode) from \"generalPurpose\" to \"maxIO\""},
		{tier: "database", key: "database.name", value: "other",
			shown: "name (database.name) from \"morpheus-dev\" to \"other\""},
		{tier: "messaging", key: "messaging.deploymentMode", value: "CLUSTER_MULTI_AZ", old: "SINGLE_INSTANCE",
			shown: "deploymentMode (messaging.deploymentMode)"},
		{tier: "search", key: "search.engineVersion", value: "OpenSearch_2.17", old: "OpenSearch_2.19",
			shown: "engineVersion (search.engineVersion) from \"OpenSearch_2.19\" to \"OpenSearch_2.17\""},
	} {
		t.Run(c.key, func(t *testing.T) {
			require.NoError(t, s.SetConfig(rehearsal.Setting{Key: c.key, Value: c.value}))
			defer func() { require.NoError(t, s.SetConfig(rehearsal.Setting{Key: c.key, Value: c.old})) }()
			operations := map[string]func(context.Context) (*rehearsal.Result, error){"preview": s.Preview, "up": s.Up}
			for operation, run := range operations {
				result, err := run(ctx)
				require.Error(t, err, "%s must not empty the %s", operation, c.tier)
				assert.ErrorContains(t, err, c.tier+": changing "+c.shown)
				assert.ErrorContains(t, err, `nothing has been changed. If that is meant, add "`+c.tier+`" to safety.allowReplace`)
				assert.Empty(t, names(result.Changes, apitype.OpReplace, apitype.OpCreateReplacement, apitype.OpDeleteReplaced))
			}
		})
	}
	result, err := s.Up(ctx)
	require.NoError(t, err)
	assert.Zero(t, result.Counts[apitype.OpUpdate]+result.Counts[apitype.OpReplace],
		"a refused change must not change anything: %v", result.Changes)

	require.NoError(t, s.SetConfig(
		rehearsal.Setting{Key: "safety.allowReplace", Value: "[filesystem]"},
		rehearsal.Setting{Key: "filesystem.performanceMode", Value: "maxIO"}))
	result, err = s.Up(ctx)
	require.NoError(t, err, "an allowed change must succeed")
	assert.Contains(t, names(result.Changes, apitype.OpReplace), "filesystem-storage")
}

// A preview warns of an allowed change that affects clients.
func TestAPreviewWarnsOfChangesThatAffectClients(t *testing.T) {
	s, ctx := deployed(t, "dev")
	require.NoError(t,
		s.SetConfig(rehearsal.Setting{Key: "search.volumeGiB", Value: "10"},
			rehearsal.Setting{Key: "database.instanceClass", Value: "db.t4g.large"}))
	result, err := s.Preview(ctx)
	require.NoError(t, err)
	warnings := slices.DeleteFunc(result.Warnings, func(text string) bool {
		return strings.HasPrefix(text, "cluster.imageParameter: ") // the age of the image, on each day another one
	})
	assert.ElementsMatch(t, []string{
		"search: changing volumeGiB (search.volumeGiB) from 20 to 10: blue/green, ~1-2 h, double capacity and free " +
			"addresses needed meanwhile",
		`database: changing instanceClass (database.instanceClass) from "db.t4g.medium" to "db.t4g.large": restarts the ` +
			`instances in the maintenance window, a failover of about a minute`,
	}, warnings)
}

// If AWS's deletion protection were still on, the replacement would delete the instances and then fail at the cluster.
func TestDeletionProtectionIsRemovedInASeparateUpdate(t *testing.T) {
	s, ctx := deployed(t, "prod")
	require.NoError(t, s.SetConfig(
		rehearsal.Setting{Key: "safety.allowReplace", Value: "[database]"},
		rehearsal.Setting{Key: "database.name", Value: "other"}))
	_, err := s.Up(ctx)
	require.Error(t, err)
	assert.ErrorContains(t, err, "is allowed only now; run `pulumi up` with safety.allowReplace alone first")

	require.NoError(t, s.SetConfig(rehearsal.Setting{Key: "database.name", Value: ""}))
	result, err := s.Up(ctx)
	require.NoError(t, err)
	assert.Equal(t, []string{"database", "database-cluster"}, names(result.Changes, apitype.OpUpdate),
		"only the database may lose its protection")
	require.NoError(t, s.SetConfig(rehearsal.Setting{Key: "database.name", Value: "other"}))
	result, err = s.Up(ctx)
	require.NoError(t, err)
	assert.Contains(t, names(result.Changes, apitype.OpReplace), "database-cluster")
	assert.Contains(t, s.Cloud().Kept()[len(s.Cloud().Kept())-1], "database snapshot morpheus-prod-final-",
		"the final snapshot must have the old data")
}

// A new rotation number changes only the listed resources of a tier.
func TestRotationChangesThePasswordAndNothingElse(t *testing.T) {
	s, ctx := deployed(t, "prod", rehearsal.Setting{Key: "database.administratorSecret", Value: "own"})
	replaced := []apitype.OpType{apitype.OpReplace}
	for _, c := range []struct {
		key               string
		replaced, updated []string
	}{
		{
			key:      "rotation.databaseUser",
			replaced: []string{"database-user-password", "database-user-version"},
			updated:  []string{"database-user"},
		},
		{
			key:      "rotation.databaseAdministrator",
			replaced: []string{"database-administrator-password", "database-administrator-version"},
			updated:  []string{"database-administrator", "database-cluster"},
		},
		{
			key:      "rotation.messaging",
			replaced: []string{"messaging-user-password", "messaging-user-version"},
			updated:  []string{"messaging-user"},
		},
		{
			key:      "rotation.search",
			replaced: []string{"search-user-password", "search-user-version"},
			updated:  []string{"search-domain", "search-user"},
		},
	} {
		t.Run(c.key, func(t *testing.T) {
			require.NoError(t, s.SetConfig(rehearsal.Setting{Key: c.key, Value: "2"}))
			result, err := s.Up(ctx)
			require.NoError(t, err)
			assert.Equal(t, c.replaced, names(result.Changes, replaced...),
				"a new password in a new version of the same secret")
			assert.Equal(t, c.updated, names(result.Changes, apitype.OpUpdate), "the resources that use the password")
			assert.Empty(t, names(result.Changes, apitype.OpCreate, apitype.OpDelete),
				"no node may be replaced, no secret may be lost")
		})
	}
}

// Changing from managed to own and back only changes the password. A global database is one more resource.
func TestTheAdministratorsSecretChangesInPlace(t *testing.T) {
	s, ctx := deployed(t, "prod")
	require.NoError(t, s.SetConfig(rehearsal.Setting{Key: "database.administratorSecret", Value: "own"}))
	result, err := s.Up(ctx)
	require.NoError(t, err)
	assert.Empty(t, names(result.Changes, apitype.OpReplace))
	assert.Equal(t, []string{"cluster-backends", "cluster-group", "cluster-template", "database", "database-cluster"},
		names(result.Changes, apitype.OpUpdate),
		"the database changes in place; new nodes get the ARN of the administrator's secret")

	require.NoError(t, s.SetConfig(
		rehearsal.Setting{Key: "recovery.mode", Value: "pilotLight"},
		rehearsal.Setting{Key: "recovery.region", Value: "us-west-2"}))
	result, err = s.Up(ctx)
	require.NoError(t, err)
	assert.Contains(t, names(result.Changes, apitype.OpCreate), "database-global")
	assert.Empty(t, names(result.Changes, apitype.OpReplace), "a stack gains a second region without losing data")
	result, err = s.Refresh(ctx)
	require.NoError(t, err)
	assert.Empty(t, result.Changes)
	result, err = s.Up(ctx)
	require.NoError(t, err)
	assert.Empty(t, result.Changes, "the next update must not remove the cluster from the global database")

	backup := rehearsal.Setting{Key: "recovery.mode", Value: "backup"}
	require.NoError(t, s.SetConfig(backup))
	_, err = s.Up(ctx)
	require.Error(t, err, "a global database must not be left without permission: it disconnects other regions")
	assert.ErrorContains(t, err,
		`changing globalDatabase (recovery.mode) from "morpheus-prod-global" to "" leaves the global database`)
	require.NoError(t, s.SetConfig(
		rehearsal.Setting{Key: "recovery.mode", Value: "pilotLight"},
		rehearsal.Setting{Key: "safety.allowReplace", Value: "[database, backup]"}))
	result, err = s.Up(ctx)
	require.NoError(t, err)
	assert.Contains(t, names(result.Changes, apitype.OpUpdate), "database-global",
		"a separate update must remove AWS's deletion protection")
	require.NoError(t, s.SetConfig(backup))
	result, err = s.Up(ctx)
	require.NoError(t, err)
	assert.Subset(t, names(result.Changes, apitype.OpDelete), []string{"database-global", "filesystem-replica"})
}

func TestRisksAreListedPerTier(t *testing.T) {
	plan := rehearsal.Plan{Program: stacks.Run, Progress: os.Stderr}
	for name, c := range map[string]struct {
		stack  string
		config []rehearsal.Setting
		want   []string
		cost   string
	}{
		"production becomes development": {
			"prod",
			[]rehearsal.Setting{{Key: "environment", Value: "development"}},
			[]string{
				"environment: refused unless safety.allowDestroy is true",
			},
			"",
		},
		"fewer instances, another network, an upgrade": {
			"dev",
			[]rehearsal.Setting{
				{Key: "database.instances", Value: "1"}, {Key: "network.allowedClientCidrs", Value: "[198.51.100.0/24]"},
				{Key: "morpheus.version", Value: "8.1.0"}, {Key: "morpheus.upgrade", Value: "8.0.7 -> 8.1.0"},
				{Key: "morpheus.packageSha256", Value: strings.Repeat("ab", 32)},
				{Key: "morpheus.packageUrl", Value: "https://downloads.example.com/morpheus-appliance_8.1.0-1_amd64.deb"},
			},
			[]string{
				"database: deletes database-instance-us-east-1b, a failover when it is the writer",
				"network: deletes network-ingress-clients-to-loadbalancer-443-203.0.113.0-24",
				"cluster: stop-all: every node is terminated before the first new one starts, nobody is served",
			},
			"-53.54 USD a month: from about ",
		},
		"a new name of the database": {
			"prod",
			[]rehearsal.Setting{{Key: "database.name", Value: "other"}},
			[]string{
				"filesystem: unchanged", "messaging: unchanged", "search: unchanged",
				"database: replaces the cluster - data loss but for the final snapshot (refused unless safety.allowReplace " +
					"holds database)",
			},
			"unchanged, about ",
		},
		"larger nodes everywhere": {
			"prod",
			[]rehearsal.Setting{
				{Key: "search.instanceType", Value: "r6g.xlarge.search"}, {Key: "messaging.instanceType", Value: "mq.m5.xlarge"},
				{Key: "database.instanceClass", Value: "db.r5.2xlarge"}, {Key: "filesystem.throughputMode", Value: "elastic"},
			},
			[]string{
				"filesystem: changes in place, clients go on working",
				"database: restarts the instances in the maintenance window, a failover of about a minute",
				"messaging: reboot in the maintenance window, one node at a time in a cluster; clients reconnect",
				"search: blue/green, ~1-2 h, double capacity and free addresses needed meanwhile",
			},
			"+1,843.05 USD a month: from about ",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			plan := plan
			plan.Config, plan.Output = c.config, &out
			ctx, cancel := context.WithTimeout(t.Context(), 14*time.Minute)
			defer cancel()
			require.NoError(t, plan.Against(ctx, c.stack), out.String())
			for _, line := range c.want {
				assert.Contains(t, out.String(), "   "+line+"\n")
			}
			assert.Contains(t, out.String(), "   cost: "+c.cost, "the price of the change stands beside its risk")
		})
	}
}
