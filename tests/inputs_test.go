package tests

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Everybody who can read the state or a preview can read the inputs of components. A parameter may give access to the
// object, whatever its name is.
func TestComponentInputsHaveNoSignedURL(t *testing.T) {
	const signed = "https://downloads.example.com/morpheus-appliance_8.0.7-1_amd64.deb?id=c2lnbmVk"
	r, err := run(t, "prod", overrides{"morpheus.packageUrl": signed})
	require.NoError(t, err)
	components := 0
	for _, res := range r.All() {
		if res.IsComponent() {
			components++
			assert.NotContains(t, resource.NewProperty(res.Inputs).String(), "c2lnbmVk", res.Name)
		}
	}
	require.Greater(t, components, 10)
	cluster := componentOf(t, r, "cluster")
	shown := cluster.Inputs["morpheus"].ObjectValue()["packageUrl"].StringValue()
	assert.Equal(t, "morpheus-appliance_8.0.7-1_amd64.deb", shown, "a preview shows the name of the package")
}

// componentOf returns the component with a name.
func componentOf(t *testing.T, r *recorder, name string) *registered {
	t.Helper()
	all := r.All()
	i := slices.IndexFunc(all, func(res *registered) bool { return res.Name == name && res.IsComponent() })
	require.GreaterOrEqual(t, i, 0, "%s is not registered", name)
	return all[i]
}

// If the program linked packages of the rehearsal, a deployment would contain a simulated AWS, and test helpers could
// change a deployment.
func TestTheProgramLinksNoProof(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "..")
	out, err := cmd.Output()
	require.NoError(t, err)
	packages := strings.Fields(string(out))
	require.Contains(t, packages, "github.com/morpheus-ha/morpheus-aws/stacks")
	for _, p := range packages {
		for _, proof := range []string{"internal/rehearsal", "internal/ops", "cmd", "tests"} {
			assert.False(t, strings.HasPrefix(p, "github.com/morpheus-ha/morpheus-aws/"+proof), "the program links %s", p)
		}
	}
}
