package logfilter

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The lines and patterns are those of AWS's page.
func TestAPatternMatchesAsInCloudWatchLogs(t *testing.T) {
	for _, c := range []struct {
		pattern, event string
		want           bool
	}{
		{pattern: "ERROR", event: "[ERROR 400] BAD REQUEST", want: true},
		{pattern: "ERROR", event: "error 400", want: false},
		{pattern: "ERROR ARGUMENTS", event: "[ERROR 419] MISSING ARGUMENTS", want: true},
		{pattern: "ERROR ARGUMENTS", event: "[ERROR 400] BAD REQUEST", want: false},
		{pattern: "?ERROR ?ARGUMENTS", event: "[ERROR 401] UNAUTHORIZED REQUEST", want: true},
		{pattern: "?ERROR ?ARGUMENTS", event: "all is well", want: false},
		{pattern: `"INTERNAL SERVER ERROR"`, event: "[ERROR 500] INTERNAL SERVER ERROR", want: true},
		{pattern: `"INTERNAL SERVER ERROR"`, event: "ERROR of the SERVER, INTERNAL", want: false},
		{pattern: "ERROR -ARGUMENTS", event: "[ERROR 400] BAD REQUEST", want: true},
		{pattern: "ERROR -ARGUMENTS", event: "[ERROR 419] MISSING ARGUMENTS", want: false},
		{pattern: " ", event: "anything", want: true},
	} {
		p, err := Parse(c.pattern)
		require.NoError(t, err, c.pattern)
		assert.Equal(t, c.want, p.Matches(c.event), "%s and %s", c.pattern, c.event)
	}
}

func TestAWrongPatternIsRefused(t *testing.T) {
	for pattern, want := range map[string]string{
		"a-b":              "needs quotes",
		`"a`:               "invalid character(s)",
		`{ $.a = "b" }`:    "knows terms only",
		"[ip, user, ...]":  "knows terms only",
		"?ERROR ARGUMENTS": "are ignored",
	} {
		_, err := Parse(pattern)
		assert.ErrorContains(t, err, want, pattern)
	}
}
