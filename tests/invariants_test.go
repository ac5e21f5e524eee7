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

	"github.com/morpheus-ha/morpheus-aws/internal/naming"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/harness"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/contract"
)

// componentTokens are the type tokens, as they are in the state of every deployed stack.
var componentTokens = []string{
	"morpheus:access:Access",
	"morpheus:bucket:Bucket",
	"morpheus:cluster:Cluster",
	"morpheus:credential:Credential",
	"morpheus:database:Database",
	"morpheus:encryption:Encryption",
	"morpheus:filesystem:FileSystem",
	"morpheus:loadbalancer:LoadBalancer",
	"morpheus:messaging:Messaging",
	"morpheus:network:Network",
	"morpheus:notifications:Notifications",
	"morpheus:search:Search",
}

func TestTypeTokensArePinned(t *testing.T) {
	const why = "a token is in the URN of every child: without an alias, another one replaces them all"
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
		assert.ElementsMatch(t, componentTokens, slices.Collect(maps.Keys(used)), why)
	})
}

// The recorder refuses a second resource with the same URN; here it is names that must be good.
func TestNamesAreTheComponentsAndARole(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) {
		seen := map[string]string{}
		for _, res := range r.All() {
			assert.Empty(t, seen[res.Name], "%s: a name that two types share tells nobody which of them is meant", res.Name)
			seen[res.Name] = res.Token
			assert.NotContains(t, res.Name, r.Stack,
				"the URN has the stack already; a name with it cannot be moved to another stack")
			if parent := r.ByURN[res.Parent]; parent != nil {
				assert.True(t, strings.HasPrefix(res.Name, parent.Name+"-"),
					"%s: an alias of a renamed component moves only the children whose names begin with its own (%s)", res.Name,
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
			if assert.NotNil(t, parent, "%s stands beside the tiers instead of in one", res.Name) {
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
			"credentials of another account must be refused before anything is made there")
		for _, res := range r.All() {
			if res.IsAWS() {
				assert.True(t, strings.HasPrefix(res.Provider, provider.URN+"::"),
					"%s: without the explicit provider a resource can end up in another account or region", res.Name)
			}
		}
		for _, call := range r.Invokes {
			assert.True(t, strings.HasPrefix(call.Provider, provider.URN+"::"), "%s asks another provider", call.Token)
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
			assert.Equal(t, v, res.Get("tags."+k), "%s: who pays, and which stack it is, is asked of every resource", res.Name)
		}
	}

	group := r.OfType("autoscaling/group:Group")[0]
	onGroup := map[string]any{}
	for _, tag := range group.Values("tags") {
		assert.Equal(t, []any{true}, harness.ValuesAt(tag, "propagateAtLaunch"), "tags of the group are for its nodes")
		onGroup[harness.ValuesAt(tag, "key")[0].(string)] = harness.ValuesAt(tag, "value")[0]
	}
	template := r.OfType("ec2/launchTemplate:LaunchTemplate")[0]
	assert.ElementsMatch(t, []string{"instance", "volume", "network-interface"},
		template.Texts("tagSpecifications.resourceType"),
		"the provider's default tags reach nothing that a launch makes")
	for k, v := range want {
		assert.Equal(t, v, onGroup[k], "the group does not take the provider's default tags")
		for _, specification := range template.Values("tagSpecifications") {
			assert.Equal(t, []any{v}, harness.ValuesAt(specification, "tags."+k),
				"volumes and interfaces are tagged by the template alone")
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
				"%s: with a fixed name a replacement cannot stand beside what it replaces", res.Name)
		}
	})
}

// Two people deploy the same file under two names, one beside the other.
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
		require.NoError(t, err, "%s cannot be deployed beside the others", stack)
		for _, res := range r.All() {
			if res.IsAWS() && res.ID != "" {
				key := res.Token + " " + res.ID
				assert.Empty(t, ids[key], "%s of %s is also the other stack's", key, stack)
				ids[key] = stack
			}
		}
	}
}

// The names that are required are prod's alone.
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
		}, "changing one of these replaces what holds the data")
	}
}

func TestThePreviewShowsWhatIsDeployed(t *testing.T) {
	for _, stack := range committed {
		t.Run(stack, func(t *testing.T) {
			preview, err := launch{Stack: stack, Config: loadStack(t, stack), Preview: true}.Start()
			require.NoError(t, err, "a preview knows no output yet, and must get by without")
			var previewed, made []string
			for _, res := range preview.All() {
				previewed = append(previewed, res.URN)
			}
			for _, res := range deployed(t, stack).All() {
				made = append(made, res.URN)
			}
			assert.Equal(t, made, previewed, "a resource that only an output calls for is missing in every preview")
			assert.Empty(t, preview.Account.Leftovers(), "a preview makes nothing")
		})
	}
}
