package tests

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	stackconfig "github.com/morpheus-ha/morpheus-aws/internal/config"
)

// typesOf are the keys with instance types of a service that testdata/instance-types.csv has.
var typesOf = map[string][]string{
	"ec2":        {"cluster.instanceTypes[]"},
	"opensearch": {"search.instanceType", "search.masterInstanceType"},
}

// newerThanTheModel are families that OpenSearch has, and that its API model does not list yet.
// https://docs.aws.amazon.com/opensearch-service/latest/developerguide/supported-instance-types.html
var newerThanTheModel = []string{"c7g", "m7g", "r7g"}

// leftOut are types that exist and that no key takes.
var leftOut = map[string]struct {
	types *regexp.Regexp
	why   string
}{
	"ec2": {
		types: regexp.MustCompile(`metal|\.(nano|micro|small|medium)$|^c5\.(9|18)xlarge$`),
		why:   "bare metal boots too long, the smallest lack memory, and no second type is as large as c5.9xlarge",
	},
	"opensearch": {
		types: regexp.MustCompile(`^t3\.(nano|micro|x?large|2xlarge)\.|^[mr]5\.24xlarge\.`),
		why:   "the documentation of OpenSearch has t3.small and t3.medium only, and m5 and r5 up to 12xlarge",
	},
}

// The sizes of a family are written down in the program. A size that does not exist would fail in the middle of an update.
func TestTheTypesOfEveryFamilyAreThoseOfTheAPIModel(t *testing.T) {
	text, err := os.ReadFile("testdata/instance-types.csv")
	require.NoError(t, err)
	listed := map[string][]string{}
	for line := range strings.Lines(string(text)) {
		if service, name, ok := strings.Cut(strings.TrimSpace(line), ","); ok && !strings.HasPrefix(line, "#") {
			listed[service] = append(listed[service], name)
		}
	}
	looked, limits := 0, leafKeys()
	for service, keys := range typesOf {
		for _, key := range keys {
			limit, isTypes := limits[key].(stackconfig.Types)
			require.True(t, isTypes, "%s takes no instance type", key)
			taken := limit.All()
			for _, name := range taken {
				looked++
				family, _, _ := strings.Cut(name, ".")
				assert.True(t, slices.Contains(listed[service], name) || slices.Contains(newerThanTheModel, family),
					"%s takes %s, which the API model of %s does not list", key, name, service)
			}
			for _, name := range listed[service] {
				looked++
				assert.True(t, slices.Contains(taken, name) || leftOut[service].types.MatchString(name),
					"%s takes other types of the family, but not %s: add it, or say in leftOut why not (now: %s)", key, name,
					leftOut[service].why)
			}
		}
	}
	t.Logf("looked at %d types", looked)
}
