package tests

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/harness"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/contract"
)

// componentTokens are the type tokens in the state of each deployed stack.
var componentTokens = []string{
	"morpheus:access:Access",
	"morpheus:backup:Backup",
	"morpheus:backup:Copies",
	"morpheus:bucket:Bucket",
	"morpheus:cluster:Cluster",
	"morpheus:credential:Credential",
	"morpheus:database:Database",
	"morpheus:encryption:Encryption",
	"morpheus:filesystem:FileSystem",
	"morpheus:loadbalancer:LoadBalancer",
	"morpheus:messaging:Messaging",
	"morpheus:monitoring:Global",
	"morpheus:monitoring:Monitoring",
	"morpheus:network:Network",
	"morpheus:notifications:Notifications",
	"morpheus:search:Search",
}

func TestTypeTokensArePinned(t *testing.T) {
	const why = "a token is part of each child's URN: without an alias, a new token replaces all children"
	file, err := parser.ParseFile(token.NewFileSet(), "../components/token/token.go", nil, 0)
	require.NoError(t, err)
	var declared []string
	ast.Inspect(file, func(n ast.Node) bool {
		if literal, ok := n.(*ast.BasicLit); ok {
			declared = append(declared, strings.Trim(literal.Value, `"`))
		}
		return true
	})
	assert.ElementsMatch(t, componentTokens, declared, why)
	onBoth(t, func(t *testing.T, r *recorder) {
		used := map[string]bool{}
		for _, res := range r.All() {
			if res.IsComponent() {
				used[res.Token] = true
			}
		}
		used["morpheus:backup:Copies"] = true     // TestEachRecoveryPointIsCopiedUnderAKeyOfTheOtherRegion
		used["morpheus:monitoring:Global"] = true // TestAnOutageSeenFromOutsidePagesInEveryRegion
		assert.ElementsMatch(t, componentTokens, slices.Collect(maps.Keys(used)), why)
	})
}

// The recorder refuses a second resource with the same URN. This test checks the names themselves.
func TestNamesAreTheComponentsAndARole(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) {
		seen := map[string]string{}
		for _, res := range r.All() {
			assert.Empty(t, seen[res.Name], "%s: two resources with the same name are ambiguous", res.Name)
			seen[res.Name] = res.Token
			assert.NotContains(t, res.Name, r.Stack,
				"the URN contains the stack already, and a name with the stack cannot move to another stack")
			if parent := r.ByURN[res.Parent]; parent != nil {
				assert.True(t, strings.HasPrefix(res.Name, parent.Name+"-"),
					"%s: an alias of a renamed component only moves children with its name (%s) as a prefix", res.Name,
					parent.Name)
			}
		}
	})
}

func TestEveryResourceHasAComponentAsItsParent(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) {
		for _, res := range r.All() {
			if res.Token == harness.AWSProvider || res.IsComponent() && r.ByURN[res.Parent] == nil {
				continue // the provider and the tiers belong to the stack itself
			}
			parent := r.ByURN[res.Parent]
			if assert.NotNil(t, parent, "%s has no component as its parent", res.Name) {
				assert.True(t, parent.IsComponent(), "%s: the parent of a resource is a component", res.Name)
			}
		}
	})
}

func TestThereIsOneProviderAndEverythingUsesIt(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) {
		require.Len(t, r.Providers, 1, "one region, one provider")
		provider := r.OfType(harness.AWSProvider)[0]
		assert.Equal(t, simaws.AccountID, strings.Join(provider.Texts("allowedAccountIds"), " "),
			"the provider must refuse credentials of another account")
		assert.Equal(t, []string{config.WorkTag}, provider.Texts("ignoreTags.keys"),
			"an update during the work of an ops command must leave the tag with which the command holds the group")
		for _, res := range r.All() {
			if res.IsAWS() {
				assert.True(t, strings.HasPrefix(res.Provider, provider.URN+"::"),
					"%s: without the explicit provider a resource can end up in another account or region", res.Name)
			}
		}
		for _, call := range r.Invokes {
			assert.True(t, strings.HasPrefix(call.Provider, provider.URN+"::"), "%s uses another provider", call.Token)
		}
	})
}

func TestEverythingIsTagged(t *testing.T) {
	config := change(t, loadStack(t, "prod"), overrides{"tags": map[string]any{"CostCenter": "4711"}})
	r, err := launch{Stack: "prod", Config: config}.Start()
	require.NoError(t, err)
	want := map[string]string{
		"Project": "morpheus", "Stack": "prod", "Environment": "production", "ManagedBy": "pulumi", "CostCenter": "4711",
	}
	for _, res := range r.All() {
		facts := contract.Load().Resources[res.Token]
		if !res.IsAWS() || facts.Inputs["tags"] == nil || facts.Inputs["tags"].Type != "map" {
			continue
		}
		for k, v := range want {
			assert.Equal(t, v, res.Get("tags."+k), "%s: each resource needs the tags for cost and stack", res.Name)
		}
	}

	group := r.OfType("autoscaling/group:Group")[0]
	onGroup := map[string]any{}
	for _, tag := range group.Values("tags") {
		if slices.Equal(harness.ValuesAt(tag, "key"), []any{"morpheus:rollout"}) {
			continue // it starts a refresh and says nothing about a node
		}
		assert.Equal(t, []any{true}, harness.ValuesAt(tag, "propagateAtLaunch"), "nodes must inherit the group's tags")
		onGroup[harness.ValuesAt(tag, "key")[0].(string)] = harness.ValuesAt(tag, "value")[0]
	}
	template := r.OfType("ec2/launchTemplate:LaunchTemplate")[0]
	assert.ElementsMatch(t, []string{"instance", "volume", "network-interface"},
		template.Texts("tagSpecifications.resourceType"),
		"the provider's default tags do not apply to launched resources")
	for k, v := range want {
		assert.Equal(t, v, onGroup[k], "the provider's default tags do not apply to a group")
		for _, specification := range template.Values("tagSpecifications") {
			assert.Equal(t, []any{v}, harness.ValuesAt(specification, "tags."+k),
				"only the template tags volumes and interfaces")
		}
	}
}

func TestNamesThatPulumiMakesFit(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) {
		for _, res := range append(r.OfType("lb/loadBalancer:LoadBalancer"), r.OfType("lb/targetGroup:TargetGroup")...) {
			name, _ := res.Get("name").(string)
			require.NotEmpty(t, name)
			assert.LessOrEqual(t, len(name), naming.LoadBalancerMax, "%s: AWS refuses a longer name", res.Name)
			assert.NotContains(t, res.Inputs, "name",
				"%s: with a fixed name, the replacement cannot be created before the deletion", res.Name)
		}
	})
}

// Two stacks with the same configuration and different names must fit into one account.
func TestTwoStacksInOneAccountNeverCollide(t *testing.T) {
	shared := simaws.NewAccount(simaws.Options{})
	ids := map[string]string{}
	for _, stack := range []string{"blue", "green", "dev", "prod"} {
		file := stack
		if stack == "blue" || stack == "green" {
			file = "dev"
		}
		config := change(t, loadStack(t, file), overrides{"dns.hostName": stack + ".example.com"})
		r, err := launch{Stack: stack, Config: config, Account: shared}.Start()
		require.NoError(t, err, "%s cannot be deployed next to the others", stack)
		for _, res := range r.All() {
			if res.IsAWS() && res.ID != "" {
				key := res.Token + " " + res.ID
				assert.Empty(t, ids[key], "%s of %s also belongs to the other stack", key, stack)
				ids[key] = stack
			}
		}
	}
}

// The required names apply to prod only.
func TestProdHasTheRequiredNames(t *testing.T) {
	for stack, want := range map[string][]string{
		"prod": {"morpheus-shared-storage", "morpheus-rabbitmq", "morpheus-logs", "morpheus-prod", "morpheus-prod"},
		"dev": {"morpheus-dev-shared-storage", "morpheus-dev-rabbitmq", "morpheus-dev-logs", "morpheus-dev",
			"morpheus-dev"},
	} {
		r := deployed(t, stack)
		assert.Equal(t, want, []string{
			r.OfType("efs/fileSystem:FileSystem")[0].Get("creationToken").(string),
			r.OfType("mq/broker:Broker")[0].Get("brokerName").(string),
			r.OfType("opensearch/domain:Domain")[0].Get("domainName").(string),
			r.OfType("rds/cluster:Cluster")[0].Get("clusterIdentifier").(string),
			r.OfType("autoscaling/group:Group")[0].Get("name").(string),
		}, "a change to one of these names replaces a resource with data")
	}
}

func TestThePreviewShowsWhatIsDeployed(t *testing.T) {
	for _, stack := range committed {
		t.Run(stack, func(t *testing.T) {
			preview, err := launch{Stack: stack, Config: loadStack(t, stack), Preview: true}.Start()
			require.NoError(t, err, "a preview must work without outputs")
			var previewed, made []string
			for _, res := range preview.All() {
				previewed = append(previewed, res.URN)
			}
			for _, res := range deployed(t, stack).All() {
				made = append(made, res.URN)
			}
			assert.Equal(t, made, previewed, "a resource that depends on the value of an output is missing in previews")
			assert.Empty(t, preview.Account.Leftovers(), "a preview must not create anything")
		})
	}
}
