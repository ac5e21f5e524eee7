package moto

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
)

// TestLeftoversAreListed: with a pattern that matches nothing, no leftover of a destroy would be found.
func TestLeftoversAreListed(t *testing.T) {
	if _, err := os.Stat(filepath.Join("..", "..", "..", Folder)); err != nil {
		t.Skip("moto is not installed: run `make moto`")
	}
	s, err := Start(t.Context(), filepath.Join("..", "..", ".."), "us-east-1", "example.com")
	require.NoError(t, err)
	defer func() { assert.NoError(t, s.Close()) }()
	known := map[string]string{"{zone}": s.HostedZoneID, "{private}": s.private["dns.hostedZoneId"]}
	do := func(steps []step) {
		for _, c := range steps {
			for name, value := range known {
				c.call, c.body = strings.ReplaceAll(c.call, name, value), strings.ReplaceAll(c.body, name, value)
			}
			answer, err := s.send(t.Context(), c.service, c.call, c.body)
			require.NoError(t, err, "%s %s", c.service, c.call)
			if name, pattern, kept := strings.Cut(c.keep, " "); kept {
				found := regexp.MustCompile(pattern).FindStringSubmatch(answer)
				require.NotNil(t, found, "%s in %s", c.keep, answer)
				known["{"+name+"}"] = found[1]
			}
		}
	}
	look := func(e example) []string {
		var ids []string
		for _, kind := range append(e.with, e.kind) {
			l := awstypes.ListingOf(kind)
			items, err := s.list(t.Context(), l)
			require.NoError(t, err)
			for _, id := range present(l, items) {
				ids = append(ids, kind+" "+id)
			}
		}
		slices.Sort(ids)
		return slices.Compact(ids)
	}
	before := map[string][]string{}
	tried := map[string]bool{}
	for _, e := range examples {
		was := look(e)
		before[e.kind] = was
		do(e.make)
		now := look(e)
		for _, kind := range append(e.with, e.kind) {
			tried[kind] = true
			assert.True(t, slices.ContainsFunc(now, func(item string) bool {
				return strings.HasPrefix(item, kind+" ") && !slices.Contains(was, item)
			}), "each %s that exists must be listed", kind)
		}
	}
	left, err := s.Leftovers()
	require.NoError(t, err)
	for _, e := range slices.Backward(examples) {
		assert.True(t,
			slices.ContainsFunc(left, func(item string) bool { return strings.HasPrefix(item, e.kind+" ") }),
			"a %s exists, and must be listed among %v", e.kind, left)
		do(e.remove)
		assert.Equal(t, before[e.kind], look(e), "%s: a deleted resource must not be listed", e.kind)
	}
	left, err = s.Leftovers()
	require.NoError(t, err)
	assert.Empty(t, left, "all resources are deleted")
	for _, l := range awstypes.Listings() {
		assert.True(t, tried[l.Kind], "there is no example of a %s, so its listing is not tested", l.Kind)
	}
	assert.Equal(t, []string{"KMS key " + known["{key}"] + " (pending deletion)", "database snapshot last"}, s.Kept(),
		"AWS keeps the final snapshot, and a key until its deletion, but no automatic snapshot")
}
