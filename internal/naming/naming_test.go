package naming

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
)

func TestFitDoesNotChangeShortNames(t *testing.T) {
	for _, c := range []struct {
		limit int
		parts []string
		want  string
	}{
		{limit: 28, parts: []string{"morpheus", "prod", "logs"}, want: "morpheus-prod-logs"},
		{limit: 63, parts: []string{"morpheus", "prod", ""}, want: "morpheus-prod"}, // an empty role adds no dash
		{limit: 8, parts: []string{"morpheus"}, want: "morpheus"},
		{limit: 28, parts: nil, want: ""},
		{limit: 28, parts: []string{"a-"}, want: "a"},
	} {
		assert.Equal(t, c.want, Fit(c.limit, c.parts...), "a name within the limit must not change")
	}
}

func TestFitEndsLongNamesWithAHash(t *testing.T) {
	one := Fit(DomainMax, "morpheus", "a-very-long-stack-name", "logs")
	other := Fit(DomainMax, "morpheus", "a-very-long-stack-name", "lags")
	assert.Len(t, one, DomainMax, "a shortened name must use the full limit")
	assert.True(t, strings.HasPrefix(one, "morpheus-a-very-long"), one)
	assert.NotEqual(t, one, other, "names that differ in the removed part must stay different")
	assert.Equal(t, one, Fit(DomainMax, "morpheus", "a-very-long-stack-name", "logs"),
		"the name must be stable: another name would replace the domain")
}

func TestChildBeginsWithItsComponent(t *testing.T) {
	assert.Equal(t, "network", Child("network"))
	assert.Equal(t, "network-public-us-east-1a", Child("network", "public", "us-east-1a"))
}

func FuzzFit(f *testing.F) {
	f.Add(28, "morpheus", "prod", "logs")
	f.Add(32, "loadbalancer", "", "nodes")
	f.Add(0, "a", "b", "c")
	f.Add(-1, "", "", "")
	f.Add(7, "morpheus-production", "x", "y")
	f.Add(12, "abc----------", "----", "d")
	f.Add(20, "Zoë-ЖЖЖЖЖЖ", "界界界界界", "é")
	f.Add(16, "aaaaaaaa\xff\xfe", "bbbbbbbb", "c")
	f.Fuzz(func(t *testing.T, limit int, a, b, c string) {
		got := Fit(limit, a, b, c)
		assert.LessOrEqual(t, len(got), max(limit, 0), "AWS refuses a longer name")
		assert.False(t, strings.HasSuffix(got, "-"), "%q: several services refuse a dash at the end", got)
		assert.Equal(t, got, Fit(limit, a, b, c), "the name must be stable: another name replaces the resource")
		if utf8.ValidString(a) && utf8.ValidString(b) && utf8.ValidString(c) {
			assert.True(t, utf8.ValidString(got), "%q must be valid UTF-8", got)
		}
		if limit <= hashLen {
			return
		}
		other := Fit(limit, a, b, c+"x")
		assert.NotEqual(t, got, other, "two resources must not get the same name")
		// These only differ in the removed part.
		long := strings.Repeat("n", max(0, min(limit, 300)))
		assert.NotEqual(t, Fit(limit, long, a, "x"), Fit(limit, long, a, "y"), "the hash must depend on the full name")
	})
}
