package guard_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"

	"github.com/morpheus-ha/morpheus-aws/internal/guard"
)

type inputs = map[string]any

func TestCheck(t *testing.T) {
	for name, c := range map[string]struct {
		tier        string
		allowed     bool
		old, wanted inputs
		want        []string // parts of the refusal; none for a change that goes through
	}{
		"nothing changes":         {tier: "filesystem", old: inputs{"name": "files"}, wanted: inputs{"name": "files"}},
		"what changes in place":   {tier: "filesystem", old: inputs{"throughputMode": "bursting"}, wanted: inputs{"throughputMode": "elastic"}},
		"an input that is new":    {tier: "filesystem", old: inputs{}, wanted: inputs{"name": "files"}},
		"an upgrade of search":    {tier: "search", old: inputs{"engineVersion": "OpenSearch_2.9"}, wanted: inputs{"engineVersion": "OpenSearch_2.19"}},
		"what is meant":           {tier: "filesystem", allowed: true, old: inputs{"name": "files", "protect": false}, wanted: inputs{"name": "other"}},
		"another tier's property": {tier: "messaging", old: inputs{"name": "files"}, wanted: inputs{"name": "other"}},
		"another name": {
			tier: "filesystem", old: inputs{"name": "files"}, wanted: inputs{"name": "other"},
			want: []string{`filesystem: changing name (filesystem.name) from "files" to "other" replaces the file system - data loss; nothing has been changed`, `add "filesystem" to safety.allowReplace`},
		},
		"a key that is made anew": {
			tier: "database", old: inputs{"keyArn": "arn:old"}, wanted: inputs{"keyArn": resource.MakeComputed(resource.NewProperty(""))},
			want: []string{`database: changing keyArn from "arn:old" to a value not known yet`},
		},
		"other subnets": {
			tier: "messaging", old: inputs{"subnetIds": []any{"subnet-1", "subnet-2"}}, wanted: inputs{"subnetIds": []any{"subnet-1"}},
			want: []string{`subnetIds (network.availabilityZones) from ["subnet-1" "subnet-2"] to ["subnet-1"]`},
		},
		"a downgrade of search": {
			tier: "search", old: inputs{"engineVersion": "OpenSearch_2.19"}, wanted: inputs{"engineVersion": "OpenSearch_2.9"},
			want: []string{"search: changing engineVersion"},
		},
		"meant, but protected until now": {
			tier: "database", allowed: true, old: inputs{"identifier": "a", "protect": true}, wanted: inputs{"identifier": "b", "protect": false},
			want: []string{"is allowed only now; run `pulumi up` with safety.allowReplace alone first"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := guard.Check(c.tier, c.allowed, resource.NewPropertyMapFromMap(c.old), resource.NewPropertyMapFromMap(c.wanted))
			if c.want == nil {
				assert.NoError(t, err)
			}
			for _, part := range c.want {
				assert.ErrorContains(t, err, part)
			}
		})
	}
}

// The engine wraps what came out of another resource.
func TestWrappedValuesAreComparedBare(t *testing.T) {
	plain := resource.PropertyMap{"keyArn": resource.NewProperty("arn:key")}
	wrapped := resource.PropertyMap{"keyArn": resource.MakeSecret(resource.NewProperty(resource.Output{
		Element: resource.NewProperty("arn:key"), Known: true,
	}))}
	assert.NoError(t, guard.Check("database", false, plain, wrapped))
	assert.NoError(t, guard.Check("database", false, wrapped, plain))
}
