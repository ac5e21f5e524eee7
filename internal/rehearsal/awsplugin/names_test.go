package awsplugin

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/contract"
)

var update = flag.Bool("update", false, "rewrite testdata/unverified.txt")

// unverifiedFile lists the SDK's properties that the built plug-in does not have, because its provider is older.
const unverifiedFile = "testdata/unverified.txt"

// TestPluginHasTheNamesOfTheSDK compares all types of the built plug-in, or those of the official plug-in that the
// program uses. A property with another name would be refused, or not checked at all.
func TestPluginHasTheNamesOfTheSDK(t *testing.T) {
	plugin := installed(t)
	schema, sdk := schemaOf(t, plugin), openSDK(t)
	tokens := used()
	if !plugin.Official {
		tokens = slices.Concat(slices.Collect(maps.Keys(schema.Resources)),
			slices.Collect(maps.Keys(schema.Functions)), tokens)
	}
	slices.Sort(tokens)
	for _, token := range slices.Compact(tokens) {
		t.Run(token, func(t *testing.T) {
			differ := slices.DeleteFunc(compare(t, schema, sdk, token).differ, func(difference string) bool {
				path, _, _ := strings.Cut(difference, ":")
				return slices.Contains(unread[token], path)
			})
			assert.Empty(t, differ, "%s differs from the SDK", plugin)
		})
	}
}

// unread are outputs of look-ups that differ in the built plug-in, which makes them from the provider's schema alone. The
// program does not read them.
var unread = map[string][]string{
	"aws:lb/getLoadBalancer:getLoadBalancer": {"accessLogs"},
	"aws:mq/getBroker:getBroker":             {"configurations", "logs", "maintenanceWindowStartTimes"},
}

// TestUnverifiedPropertiesAreListed compares the list of properties that the built plug-in does not have, for review.
func TestUnverifiedPropertiesAreListed(t *testing.T) {
	plugin := installed(t)
	schema, sdk := schemaOf(t, plugin), openSDK(t)
	var unknown []string
	for _, token := range used() {
		unknown = append(unknown, compare(t, schema, sdk, token).unknown...)
	}
	if plugin.Official {
		assert.Empty(t, unknown, "the official plug-in must have all properties of its SDK")
		return
	}
	slices.Sort(unknown)
	text := strings.Join(slices.Compact(unknown), "\n") + "\n"
	if *update {
		require.NoError(t, os.WriteFile(unverifiedFile, []byte(text), 0o644))
	}
	want, err := os.ReadFile(unverifiedFile)
	require.NoError(t, err)
	assert.Equal(t, string(want), text,
		"rewrite the list with: go test ./internal/rehearsal/awsplugin -run Unverified -update")
}

// TestContractHasTheNamesOfThePlugin compares the data of the simulated AWS with the real provider.
func TestContractHasTheNamesOfThePlugin(t *testing.T) {
	plugin := installed(t)
	schema, known := schemaOf(t, plugin), contract.Load()
	unverified, err := os.ReadFile(unverifiedFile)
	require.NoError(t, err)
	for _, token := range used() {
		t.Run(token, func(t *testing.T) {
			var provider, simulated shape
			_, served := schema.Functions[token]
			switch resource, function := known.Resources[token], known.Functions[token]; {
			case resource != nil:
				provider = schema.shape(schema.Resources[token].Properties)
				maps.Copy(provider, schema.shape(schema.Resources[token].InputProperties))
				simulated = contractShape(resource.Inputs)
				maps.Copy(simulated, contractShape(resource.Outputs))
			case function != nil && !served:
				assert.Contains(t, string(unverified), token+"\n", "only the simulated AWS has the look-up")
				return
			case function != nil:
				provider = schema.shape(schema.Functions[token].Inputs.Properties)
				simulated = contractShape(function.Inputs)
			default:
				provider = schema.shape(schema.Provider.InputProperties)
				simulated = contractShape(known.Provider)
			}
			for _, path := range shallowest(provider, func(path string) bool { return simulated[path] == "" }) {
				assert.True(t, excepted(token, path), "only the plug-in has %s", path)
			}
			for _, path := range shallowest(simulated, func(path string) bool { return provider[path] == "" }) {
				listed := strings.Contains(string(unverified), token+" "+path+"\n")
				assert.True(t, listed || excepted(token, path), "only the simulated AWS has %s", path)
			}
		})
	}
}

// contractExceptions are properties with other names in the data of the simulated AWS, and why that does no harm.
var contractExceptions = []struct{ token, path, why string }{
	{token: awstoken.CloudWatchAlarm, path: "alarmActions", why: "the data has the type any, for texts or topics"},
	{token: awstoken.CloudWatchAlarm, path: "insufficientDataActions", why: "any in the data, for texts or topics"},
	{token: awstoken.CloudWatchAlarm, path: "okActions", why: "the data has the type any, for texts or topics"},
	{
		token: awstoken.AutoScalingPolicy,
		path:  "predictiveScalingConfiguration.",
		why:   "the data ends above the dimensions of its metrics",
	},
}

func excepted(token, path string) bool {
	for _, e := range contractExceptions {
		if token == e.token && strings.HasPrefix(path, e.path) {
			return true
		}
	}
	return false
}

func contractShape(properties map[string]*contract.Property) shape {
	out := shape{}
	for name, property := range properties {
		describeContract(out, name, property)
	}
	return out
}

// describeContract describes the data, in which a list itself has the properties of its objects.
func describeContract(out shape, path string, p *contract.Property) {
	out[path] = p.Type
	properties := p.Properties
	if p.Items != nil && properties == nil {
		properties = p.Items.Properties
	}
	switch p.Type {
	case "list":
		path += "[]"
	case "map":
		path += "{}"
	}
	out[path] = p.Type
	for name, property := range properties {
		describeContract(out, path+"."+name, property)
	}
}

func installed(t *testing.T) Plugin {
	t.Helper()
	plugin, found, err := Find()
	require.NoError(t, err)
	if !found {
		cache, err := Cache()
		require.NoError(t, err)
		t.Skipf("no AWS plug-in of this version is installed, and none is built in %s", cache)
	}
	return plugin
}

// used are the tokens of the provider and of the program's resources and functions, which simaws serves.
func used() []string {
	known := contract.Load()
	all := append(known.Tokens(), slices.Sorted(maps.Keys(known.Functions))...)
	all = slices.DeleteFunc(all, func(token string) bool { return !strings.HasPrefix(token, "aws:") })
	return append(all, providerToken)
}

const providerToken = "pulumi:providers:aws"

// comparison is the result of comparing a plug-in's names with the SDK's.
type comparison struct {
	differ  []string // paths that only the plug-in has, or that have another type
	unknown []string // paths that only the SDK has
}

func compare(t *testing.T, schema packageSchema, sdk *sdk, token string) comparison {
	t.Helper()
	var c comparison
	if token == providerToken {
		inputs, _ := sdk.resource(t, token)
		c.add(token, inputs, schema.shape(schema.Provider.InputProperties))
		return c
	}
	if function, ok := schema.Functions[token]; ok {
		inputs, outputs := sdk.invoke(t, token)
		c.add(token, inputs, schema.shape(function.Inputs.Properties))
		c.add(token, outputs, schema.shape(function.Outputs.Properties))
		return c
	}
	if contract.Load().Functions[token] != nil {
		c.unknown = append(c.unknown, token) // a look-up that is newer than the provider
		return c
	}
	resource, ok := schema.Resources[token]
	require.True(t, ok, "the plug-in does not serve %s", token)
	inputs, outputs := sdk.resource(t, token)
	c.add(token, inputs, schema.shape(resource.InputProperties))
	c.add(token, outputs, schema.shape(resource.Properties))
	return c
}

func (c *comparison) add(token string, sdk, plugin shape) {
	for _, path := range shallowest(plugin, func(path string) bool { return sdk[path] != plugin[path] }) {
		switch want := sdk[path]; want {
		case "any": // such as a policy, which the SDKs of other languages take as an object too
		case "":
			c.differ = append(c.differ, path+": only the plug-in has it")
		default:
			c.differ = append(c.differ, fmt.Sprintf("%s: %s in the SDK, %s in the plug-in", path, want, plugin[path]))
		}
	}
	for _, path := range shallowest(sdk, func(path string) bool { return plugin[path] == "" }) {
		c.unknown = append(c.unknown, token+" "+path)
	}
}

// shallowest returns the sorted matching paths, without paths inside another matching path.
func shallowest(s shape, match func(path string) bool) []string {
	var out []string
	for _, path := range slices.Sorted(maps.Keys(s)) {
		inside := slices.ContainsFunc(out, func(outer string) bool {
			rest, found := strings.CutPrefix(path, outer)
			return found && strings.ContainsAny(rest[:1], ".[{")
		})
		if !inside && match(path) {
			out = append(out, path)
		}
	}
	return out
}
