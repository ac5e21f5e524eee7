package tests

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
)

// taken are things of somebody else with the fixed names of prod: what creates them fails, up to an hour into an update.
var taken = []struct {
	token, id, property, name string
	// problem is the beginning of the problem.
	problem string
}{
	{
		token: awstoken.EFSFileSystem, id: "fs-0123456789abcdef0", property: "creationToken",
		name: "morpheus-shared-storage",
		problem: `filesystem.name: must be a name that is free, got "morpheus-shared-storage" (the account has the file ` +
			`system with the creation token morpheus-shared-storage, which this stack did not create; for the name ` +
			`morpheus-prod-shared-storage of this stack's own: pulumi config rm --path morpheus:filesystem.name)`,
	},
	{
		token: awstoken.RDSCluster, id: "morpheus-prod", property: "clusterIdentifier", name: "morpheus-prod",
		problem: `database.name: must be a name that is free, got "morpheus-prod" (the account has the database cluster ` +
			`morpheus-prod, which this stack did not create; delete it, or set another name: pulumi config set --path ` +
			`morpheus:database.name <name>)`,
	},
	{
		token: awstoken.MQBroker, id: "b-1", property: "brokerName", name: "morpheus-rabbitmq",
		problem: `messaging.name: must be a name that is free, got "morpheus-rabbitmq" (the account has the broker`,
	},
	{
		token: awstoken.OpenSearchDomain, id: "123456789012/morpheus-logs", property: "domainName", name: "morpheus-logs",
		problem: `search.name: must be a name that is free, got "morpheus-logs" (the account has the search domain`,
	},
	{
		token: awstoken.AutoScalingGroup, id: "morpheus-prod", property: "name", name: "morpheus-prod",
		problem: `the name of the stack: must be a name that is free, got "prod" (the account has the auto scaling group`,
	},
	{
		token: awstoken.LogGroup, id: "/morpheus/prod/nodes", property: "name", name: "/morpheus/prod/nodes",
		problem: `the name of the stack: must be a name that is free, got "prod" (the account has the log group`,
	},
	{
		token: awstoken.LogGroup, id: "/aws/rds/cluster/morpheus-prod/audit", property: "name",
		name: "/aws/rds/cluster/morpheus-prod/audit",
		problem: `database.name: must be a name that is free, got "/aws/rds/cluster/morpheus-prod/audit" (the account has ` +
			`the log group /aws/rds/cluster/morpheus-prod/audit, which this stack did not create; if nobody needs its lines: ` +
			`aws logs delete-log-group --log-group-name /aws/rds/cluster/morpheus-prod/audit)`,
	},
	{
		token: awstoken.LogGroup, id: "/aws/opensearch/morpheus-logs/audit", property: "name",
		name:    "/aws/opensearch/morpheus-logs/audit",
		problem: `search.name: must be a name that is free, got "/aws/opensearch/morpheus-logs/audit" (the account has`,
	},
	{
		token: awstoken.Route53Record, id: "record", property: "name", name: simaws.HostName,
		problem: `dns.hostName: must be a name without a record, got "morpheus.example.com" (the hosted zone has a record ` +
			`A of that name, which this stack did not create;`,
	},
}

// nameLookUps are the look-ups that only a new name needs.
var nameLookUps = []string{
	"getFileSystem", "getCluster", "getBroker", "getDomain", "getGroup", "getLogGroups", "getRecords",
	"getInstanceTypeOfferings", "getOrderableDbInstance",
}

func asked(r *recorder, function string) bool {
	for _, invoke := range r.Invokes {
		if strings.HasSuffix(invoke.Token, ":"+function) {
			return true
		}
	}
	return false
}

// outputsOf are the outputs that the next update reads.
func outputsOf(r *recorder) map[string]any {
	out := map[string]any{}
	for name, export := range r.Exports {
		if values, ok := export.Value.(map[string]string); ok {
			object := map[string]any{}
			for key, value := range values {
				object[key] = value
			}
			out[name] = object
		} else if export.Known {
			out[name] = export.Value
		}
	}
	return out
}

func TestNamesThatSomethingElseHasAreRefusedTogether(t *testing.T) {
	a := simaws.NewAccount(simaws.Options{})
	for _, thing := range taken {
		region := "us-east-1"
		state := account.Values{thing.property: thing.name}
		if thing.token == awstoken.Route53Record {
			region, state["zoneId"], state["type"] = "", simaws.HostedZoneID, "A"
		}
		a.Exists(region, thing.token, thing.id, state)
	}
	r, err := launch{Stack: "prod", Config: loadStack(t, "prod"), Account: a}.Start()
	require.Error(t, err)
	for _, thing := range taken {
		assert.Contains(t, err.Error(), "\n  - "+thing.problem, "%s fails when the update creates its own", thing.token)
	}
	assert.Contains(t, err.Error(), "the configuration has 9 problems; nothing but the provider was registered")
	assert.Len(t, r.All(), 1, "a resource was made before the account was asked")
	for _, stack := range []string{"dev", "prod"} {
		_, err := launch{Stack: stack, Config: loadStack(t, stack), Account: simaws.NewAccount(simaws.Options{})}.Start()
		require.NoError(t, err, "in an account without the names, %s is deployed", stack)
	}
}

// A first update may fail half-way. What it created has the stack's tags, and the stack has no outputs yet.
func TestANameThatTheStackHasItselfIsAccepted(t *testing.T) {
	for _, stack := range []string{"dev", "prod"} {
		first, err := launch{Stack: stack, Config: loadStack(t, stack)}.Start()
		require.NoError(t, err)
		again := launch{Stack: stack, Config: loadStack(t, stack), Account: first.Account, Preview: true}
		r, err := again.Start()
		require.NoError(t, err, "%s: the update after a failed first one must go on with what that one created", stack)
		for _, function := range nameLookUps {
			assert.True(t, asked(r, function), "%s: %s must be asked before the first update has finished", stack, function)
		}
		again.Previous = outputsOf(first)
		r, err = again.Start()
		require.NoError(t, err, "%s: the next update of a deployed stack", stack)
		for _, function := range nameLookUps {
			if function == "getGroup" {
				continue // its sizes are read in every update
			}
			assert.False(t, asked(r, function), "%s: a deployed name is asked about again by %s", stack, function)
		}
	}
}

// A copy of a stack file has the fixed names of the first stack.
func TestAnotherStackIsToldWhichNamesToRemove(t *testing.T) {
	prod, err := launch{Stack: "prod", Config: loadStack(t, "prod")}.Start()
	require.NoError(t, err)
	qa := launch{Stack: "qa", Config: loadStack(t, "prod"), Account: prod.Account, Preview: true}
	_, err = qa.Start()
	require.Error(t, err)
	for key, own := range map[string]string{
		"filesystem.name": "morpheus-qa-shared-storage", "messaging.name": "morpheus-qa-rabbitmq",
		"search.name": "morpheus-qa-logs",
	} {
		assert.Contains(t, err.Error(), "of the stack prod; for the name "+own+
			" of this stack's own: pulumi config rm --path morpheus:"+key, "%s", key)
	}
	assert.Contains(t, err.Error(), `dns.hostName: must be a name without a record, got "morpheus.example.com"`)
	assert.NotContains(t, err.Error(), "the name of the stack", "it is free: two stacks have two names")
	qa.Config = change(t, qa.Config, overrides{
		"filesystem.name": "", "messaging.name": "", "search.name": "", "dns.hostName": "qa.example.com",
	})
	r, err := qa.Start()
	require.NoError(t, err, "with the lines removed, the preview passes")
	assert.NotEmpty(t, r.AWS())
}

// The names of a secret section are compared by their hashes, which tell nothing.
func TestFingerprintsHaveNoValues(t *testing.T) {
	kept := outputsOf(deployed(t, "prod"))["fingerprints"].(map[string]any)
	for _, key := range slices.Sorted(maps.Keys(kept)) {
		assert.Regexp(t, `^[0-9a-f]{16}$`, kept[key], "%s: a section may be secret, its fingerprint is an output", key)
	}
	assert.Len(t, kept, 12, "what is asked once")
}

// TestARenamedTierIsLookedUpAgain: a deployed stack may get a name that something else has.
func TestARenamedTierIsLookedUpAgain(t *testing.T) {
	first, err := launch{Stack: "prod", Config: loadStack(t, "prod")}.Start()
	require.NoError(t, err)
	first.Account.Exists("us-east-1", awstoken.OpenSearchDomain, "other", account.Values{"domainName": "search-of-others"})
	_, err = launch{
		Stack: "prod", Account: first.Account, Preview: true, Previous: outputsOf(first),
		Config: change(t, loadStack(t, "prod"), overrides{"search.name": "search-of-others"}),
	}.Start()
	require.ErrorContains(t, err, `search.name: must be a name that is free, got "search-of-others"`)
	assert.ErrorContains(t, err, "the configuration has 1 problem")
}
