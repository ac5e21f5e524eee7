package guard_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"github.com/morpheus-ha/morpheus-aws/components"
	"github.com/morpheus-ha/morpheus-aws/internal/deployed"
	"github.com/morpheus-ha/morpheus-aws/internal/guard"
)

type inputs = map[string]any

func TestCheck(t *testing.T) {
	for name, c := range map[string]struct {
		tier        string
		allowed     bool
		old, wanted inputs
		want        []string // parts of the error; none for a change that goes through
		warned      []string
	}{
		"nothing changes": {tier: "filesystem", old: inputs{"name": "files"}, wanted: inputs{"name": "files"}},
		"a change in place": {
			tier: "filesystem", old: inputs{"throughputMode": "bursting"}, wanted: inputs{"throughputMode": "elastic"},
		},
		"an input that is new": {tier: "filesystem", old: inputs{}, wanted: inputs{"name": "files"}},
		"an upgrade of search": {
			tier: "search", old: inputs{"engineVersion": "OpenSearch_2.9"}, wanted: inputs{"engineVersion": "OpenSearch_2.19"},
			warned: []string{`search: changing engineVersion (search.engineVersion) from "OpenSearch_2.9" to ` +
				`"OpenSearch_2.19": ` + "blue/green, ~1-2 h, double capacity and free addresses needed meanwhile; " +
				"it cannot be undone"},
		},
		"masters for a domain without any": {
			tier: "search", old: inputs{"dedicatedMasters": 0.0}, wanted: inputs{"dedicatedMasters": 3.0},
			warned: []string{"search: changing dedicatedMasters (search.dedicatedMasters) from 0 to 3: blue/green, ~1-2 h, " +
				"double capacity and free addresses needed meanwhile"},
		},
		"a larger broker": {
			tier: "messaging", old: inputs{"instanceType": "mq.m5.large"}, wanted: inputs{"instanceType": "mq.m5.xlarge"},
			warned: []string{`messaging: changing instanceType (messaging.instanceType) from "mq.m5.large" to ` +
				`"mq.m5.xlarge": ` + "reboot in the maintenance window, one node at a time in a cluster; clients reconnect"},
		},
		"an allowed data loss": {
			tier: "filesystem", allowed: true, old: inputs{"name": "files", "protect": false}, wanted: inputs{"name": "other"},
			warned: []string{`filesystem: changing name (filesystem.name) from "files" to "other" ` +
				"replaces the file system - data loss"},
		},
		"an input of another tier": {
			tier: "filesystem", old: inputs{"deploymentMode": "a"}, wanted: inputs{"deploymentMode": "b"},
		},
		"another name": {
			tier: "filesystem", old: inputs{"name": "files"}, wanted: inputs{"name": "other"},
			want: []string{`filesystem: changing name (filesystem.name) from "files" to "other" ` +
				"replaces the file system - data loss; the filesystem is kept as it is", `add "filesystem" to safety.allowReplace`},
		},
		"a key that is replaced": {
			tier: "database", old: inputs{"keyArn": "arn:old"},
			wanted: inputs{"keyArn": resource.MakeComputed(resource.NewProperty(""))},
			want:   []string{`database: changing keyArn (encryption.keys.database) from "arn:old" to a value not known yet`},
		},
		"other subnets": {
			tier: "messaging", old: inputs{"subnetIds": []any{"subnet-1", "subnet-2"}},
			wanted: inputs{"subnetIds": []any{"subnet-1"}},
			want:   []string{`subnetIds (network.availabilityZones) from ["subnet-1" "subnet-2"] to ["subnet-1"]`},
		},
		"a downgrade of search": {
			tier: "search", old: inputs{"engineVersion": "OpenSearch_2.19"}, wanted: inputs{"engineVersion": "OpenSearch_2.9"},
			want: []string{"search: changing engineVersion"},
		},
		"allowed, but protected until now": {
			tier: "database", allowed: true,
			old: inputs{"name": "a", "protect": true}, wanted: inputs{"name": "b", "protect": false},
			want: []string{"is allowed only now; run `pulumi up` with safety.allowReplace alone first"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			warned, err := guard.Check(c.tier, components.Changes[c.tier], c.allowed, deployed.State{},
				resource.NewPropertyMapFromMap(c.old), resource.NewPropertyMapFromMap(c.wanted))
			if c.want == nil {
				assert.NoError(t, err)
			}
			assert.Equal(t, c.warned, warned)
			for _, part := range c.want {
				assert.ErrorContains(t, err, part)
			}
		})
	}
}

// The engine wraps values that are outputs of another resource.
func TestWrappingsOfTheEngineAreNoChange(t *testing.T) {
	plain := resource.PropertyMap{"keyArn": resource.NewProperty("arn:key")}
	wrapped := resource.PropertyMap{"keyArn": resource.MakeSecret(resource.NewProperty(resource.Output{
		Element: resource.NewProperty("arn:key"), Known: true,
	}))}
	for _, pair := range [][2]resource.PropertyMap{{plain, wrapped}, {wrapped, plain}} {
		_, err := guard.Check("database", components.Changes["database"], false, deployed.State{}, pair[0], pair[1])
		assert.NoError(t, err)
	}
}

// A component has outputs once all its resources exist. Before that, and before the stack was complete, a change can
// lose nothing.
func TestATierThatWasNeverCompleteMayChange(t *testing.T) {
	file := func(name string) resource.PropertyMap {
		return resource.PropertyMap{"name": resource.NewProperty(name)}
	}
	complete := deployed.New(map[string]any{"applianceUrl": "https://morpheus.example.com"}, nil)
	for name, c := range map[string]struct {
		state   deployed.State
		outputs resource.PropertyMap
		refused bool
	}{
		"the first creation failed":   {},
		"the tier is complete":        {outputs: file("fs-1"), refused: true},
		"the stack was complete":      {state: complete, refused: true},
		"both the tier and the stack": {state: complete, outputs: file("fs-1"), refused: true},
	} {
		hook := guard.Hook("filesystem", components.Changes["filesystem"], nil, c.state, func(string) error { return nil })
		err := hook(&pulumi.ResourceHookArgs{OldInputs: file("files"), NewInputs: file("other"), OldOutputs: c.outputs})
		assert.Equal(t, c.refused, err != nil, "%s: %v", name, err)
	}
}
