package awstypes_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/contract"
)

// tokens returns the tokens of the AWS resource types that the program creates: from the list of constants, the
// contract, and the committed stacks.
func tokens(t *testing.T) []string {
	t.Helper()
	list := slices.Concat(awstoken.All, contract.Load().Tokens())
	manifests, err := filepath.Glob(filepath.Join("..", "..", "..", "tests", "golden", "*.txt"))
	require.NoError(t, err)
	require.NotEmpty(t, manifests, "the golden manifests of the committed stacks must exist")
	for _, manifest := range manifests {
		text, err := os.ReadFile(manifest)
		require.NoError(t, err)
		list = append(list, regexp.MustCompile(`aws:[a-z0-9]+/\w+:\w+`).FindAllString(string(text), -1)...)
	}
	slices.Sort(list)
	return slices.DeleteFunc(slices.Compact(list),
		func(token string) bool { return !strings.HasPrefix(token, "aws:") })
}

// If a record is missing or incomplete, AWS may refuse a deployment, or a destroy may leave a resource without notice.
func TestEveryTypeOfTheProgramHasACompleteRecord(t *testing.T) {
	known := tokens(t)
	for _, token := range known {
		typ := awstypes.Of(token)
		if !assert.NotNil(t, typ, "%s has no record", token) {
			continue
		}
		assert.Contains(t, contract.Load().Tokens(), token, "the contract must have its schema")
		assert.NotEmpty(t, typ.Simulation.ID, "%s needs a pattern for its id", token)
		assert.NotEmpty(t, typ.Provider.Source, "%s needs a source, to compare its permissions with the provider's code",
			token)
		assert.NotEmpty(t, typ.Example, "%s needs an example", token)
		if assert.NotNil(t, typ.Permissions, "%s: a deployment needs IAM actions for it", token) {
			assert.NotEmpty(t, slices.Concat(typ.Permissions.Read, typ.Permissions.Write),
				"%s: a deployment needs IAM actions", token)
		}
		assert.NotEqual(t, typ.Listing != nil, typ.NotListed != "",
			"%s needs a listing, or a reason why a destroy always deletes it", token)
	}
	for _, typ := range awstypes.Created() {
		assert.Contains(t, known, typ.Token, "the program does not create this type")
	}
}

// Two records may have the same kind only if they share the listing.
func TestEveryListingHasAUniqueKind(t *testing.T) {
	seen := map[string]bool{}
	for _, l := range awstypes.Listings() {
		assert.NotEmpty(t, l.Kind, "%s %s", l.Service, l.Call)
		assert.False(t, seen[l.Kind], "two listings of a %s", l.Kind)
		seen[l.Kind] = true
		_, err := regexp.Compile(l.ID + l.Gone)
		assert.NoError(t, err, "patterns of a %s", l.Kind)
	}
}

func TestEveryReferenceNamesARecordAndAPropertyOfIt(t *testing.T) {
	for _, typ := range awstypes.All() {
		for _, ref := range typ.Simulation.References {
			assert.NotEmpty(t, ref.NotFound, "%s %s needs AWS's error", typ.Token, ref.Path)
			assert.Contains(t, []string{"id", "arn", "name"}, ref.By, "%s %s", typ.Token, ref.Path)
			for _, token := range ref.To {
				assert.NotNil(t, awstypes.Of(token), "%s %s names %s, which has no record", typ.Token, ref.Path, token)
			}
		}
	}
}
