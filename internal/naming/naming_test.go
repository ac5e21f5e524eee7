package naming

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
)

func TestFitKeepsShortNamesAsTheyAre(t *testing.T) {
	for _, c := range []struct {
		limit int
		parts []string
		want  string
	}{
		{limit: 28, parts: []string{"morpheus", "prod", "logs"}, want: "morpheus-prod-logs"},
		{limit: 63, parts: []string{"morpheus", "prod", ""}, want: "morpheus-prod"}, // a role that is empty leaves no dash
		{limit: 8, parts: []string{"morpheus"}, want: "morpheus"},
		{limit: 28, parts: nil, want: ""},
		{limit: 28, parts: []string{"a-"}, want: "a"},
	} {
		assert.Equal(t, c.want, Fit(c.limit, c.parts...), "a name that fits is what people look for in the console")
	}
}

func TestFitEndsLongNamesWithAHash(t *testing.T) {
	one := Fit(DomainMax, "morpheus", "a-very-long-stack-name", "logs")
	other := Fit(DomainMax, "morpheus", "a-very-long-stack-name", "lags")
	assert.Len(t, one, DomainMax, "as much as possible of the name stays readable")
	assert.True(t, strings.HasPrefix(one, "morpheus-a-very-long"), one)
	assert.NotEqual(t, one, other, "the two differ in what was cut off")
	assert.Equal(t, one, Fit(DomainMax, "morpheus", "a-very-long-stack-name", "logs"),
		"another name would replace the domain")
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
		assert.Equal(t, got, Fit(limit, a, b, c), "a name that changes replaces the resource")
		if utf8.ValidString(a) && utf8.ValidString(b) && utf8.ValidString(c) {
			assert.True(t, utf8.ValidString(got), "%q: half a character is none", got)
		}
		if limit <= hashLen {
			return
		}
		other := Fit(limit, a, b, c+"x")
		assert.NotEqual(t, got, other, "two resources must not get one name")
		// These differ only in what is cut off.
		long := strings.Repeat("n", max(0, min(limit, 300)))
		assert.NotEqual(t, Fit(limit, long, a, "x"), Fit(limit, long, a, "y"), "the hash is of the whole name")
	})
}
