package provider

import (
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAPasswordHasTheRequiredLengthAndCharacters(t *testing.T) {
	count := func(s, set string) (n int) {
		for _, r := range s {
			if strings.ContainsRune(set, r) {
				n++
			}
		}
		return n
	}
	for name, c := range map[string]struct {
		in                            values
		allowed                       string
		lower, upper, digits, special int
	}{
		"default": {in: values{"length": 32.0}, allowed: lowerSet + upperSet + numericSet + specialSet, lower: 0,
			upper: 0, digits: 0, special: 0},
		"minimums": {in: values{"length": 8.0, "minLower": 2.0, "minUpper": 2.0, "minNumeric": 2.0, "minSpecial": 2.0},
			allowed: lowerSet + upperSet + numericSet + specialSet, lower: 2, upper: 2, digits: 2, special: 2},
		"no specials": {in: values{"length": 40.0, "special": false}, allowed: lowerSet + upperSet + numericSet,
			lower: 0, upper: 0, digits: 0, special: 0},
		"own specials": {
			in:      values{"length": 24.0, "overrideSpecial": "-_", "minSpecial": 3.0},
			allowed: lowerSet + upperSet + numericSet + "-_", lower: 0, upper: 0, digits: 0, special: 3,
		},
		"digits alone": {in: values{"length": 6.0, "special": false, "lower": false, "upper": false},
			allowed: numericSet, lower: 0, upper: 0, digits: 6,
			special: 0},
	} {
		t.Run(name, func(t *testing.T) {
			seen := map[string]bool{}
			for range 50 {
				made, err := Random(passwordT, c.in)
				require.NoError(t, err)
				p, _ := made.State["result"].(string)
				assert.Len(t, p, int(number(c.in["length"])), "the password must have the configured length")
				assert.Equal(t, len(p), count(p, c.allowed), "%q must have no other characters", p)
				assert.GreaterOrEqual(t, count(p, lowerSet), c.lower)
				assert.GreaterOrEqual(t, count(p, upperSet), c.upper)
				assert.GreaterOrEqual(t, count(p, numericSet), c.digits)
				assert.GreaterOrEqual(t, len(p)-count(p, lowerSet+upperSet+numericSet), c.special)
				assert.Equal(t, c.in["length"], made.State["length"], "the state must contain the inputs")
				seen[p] = true
			}
			assert.Greater(t, len(seen), 40, "passwords must differ")
		})
	}
}

func TestAnImpossiblePasswordIsRefused(t *testing.T) {
	for name, in := range map[string]values{
		"no length":             {},
		"minimums above length": {"length": 3.0, "minLower": 2.0, "minUpper": 2.0},
		"no allowed characters": {"length": 8.0, "lower": false, "upper": false, "numeric": false,
			"special": false},
		"a minimum of an excluded class": {"length": 8.0, "special": false, "minSpecial": 1.0},
	} {
		_, err := Random(passwordT, in)
		assert.Error(t, err, name)
	}
	_, err := Random("random:index/randomPet:RandomPet", values{})
	assert.ErrorContains(t, err, "RandomPet", "an unknown type must be an error")
}

func TestAnIDIsTheSameBytesInEveryForm(t *testing.T) {
	made, err := Random(idT, values{"byteLength": 4.0, "prefix": "p-"})
	require.NoError(t, err)
	text := func(k string) string { return strings.TrimPrefix(made.State[k].(string), "p-") }
	raw, err := hex.DecodeString(text("hex"))
	require.NoError(t, err)
	assert.Len(t, raw, 4, "the id must have the configured number of bytes")
	assert.Equal(t, base64.StdEncoding.EncodeToString(raw), text("b64Std"))
	assert.Equal(t, base64.RawURLEncoding.EncodeToString(raw), text("b64Url"))
	assert.Equal(t, new(big.Int).SetBytes(raw).String(), text("dec"))
	assert.Equal(t, text("b64Url"), made.ID, "the id must not have the prefix")
	assert.True(t, strings.HasPrefix(made.State["hex"].(string), "p-"), "the outputs must have the prefix")
	_, err = Random(idT, values{})
	assert.Error(t, err, "an id needs at least one byte")
}
