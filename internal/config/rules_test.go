package config

import (
	"os/exec"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// leaves calls f with every key of the configuration that has a value of its own; "[]" stands for the elements of a
// list.
func leaves(path string, of reflect.Type, f func(key string, of reflect.Type)) {
	switch of.Kind() {
	case reflect.Struct:
		for name, index := range fieldsOf(of) {
			leaves(strings.TrimPrefix(path+"."+name, "."), of.FieldByIndex(index).Type, f)
		}
	case reflect.Slice:
		f(path, of)
		leaves(path+"[]", of.Elem(), f)
	default:
		f(path, of)
	}
}

func TestEveryKeyHasOneRowOfItsOwnType(t *testing.T) {
	rows := map[string]Row{}
	for _, row := range Rows() {
		_, twice := rows[row.Key]
		require.False(t, twice, "%s: a key has one limit, in one place", row.Key)
		rows[row.Key] = row
	}
	leaves("", reflect.TypeFor[Config](), func(key string, of reflect.Type) {
		row, ok := rows[key]
		if delete(rows, key); !assert.True(t, ok, "%s: no row says what it allows", key) {
			return
		}
		kinds := map[reflect.Kind][]string{
			reflect.Int: {"Range", "Numbers"}, reflect.Bool: {"Flag"}, reflect.Slice: {"List"}, reflect.Map: {"Object"},
			reflect.String: {"Choice", "Text", "IPv4Range", "Types", "Version"},
		}
		assert.Contains(t, kinds[of.Kind()], reflect.TypeOf(row.Limit).Name(), "%s: a limit for another type", key)
		assert.NotEmpty(t, row.Allows(), key)
	})
	assert.Empty(t, rows, "rows for keys that do not exist")
}

// A row whose text has neither a pattern nor a check allows everything: then a rule must refuse what is wrong.
func TestEveryTextWithoutAPatternHasARule(t *testing.T) {
	for _, row := range Rows() {
		text, isText := row.Limit.(Text)
		if !isText || text.Pattern != nil || text.Valid != nil {
			continue
		}
		hasRule := false
		for _, rule := range Rules() {
			for _, key := range rule.Keys {
				hasRule = hasRule || isUnder(row.Key, key)
			}
		}
		assert.True(t, hasRule, "%s: nothing checks it", row.Key)
	}
}

func TestRulesNameKeysThatExist(t *testing.T) {
	var known []string
	leaves("", reflect.TypeFor[Config](), func(key string, _ reflect.Type) { known = append(known, key) })
	for _, rule := range Rules() {
		assert.NotEmpty(t, rule.Says, "%v: the reference has every rule", rule.Keys)
		assert.NotNil(t, rule.check, "%v", rule.Keys)
		assert.NotEmpty(t, rule.Keys, "%s: a rule about no key is checked even if its key cannot be read", rule.Says)
		for _, key := range append(rule.Keys, rule.Needs...) {
			exists := false
			for _, k := range known {
				exists = exists || isUnder(k, key)
			}
			assert.True(t, exists, "%s: a rule about a key that does not exist is never left out", key)
		}
	}
}

// cmd/ops reads configurations: linking the SDK of Pulumi would cost it minutes of compilation.
func TestTheConfigurationImportsNoPulumiPackage(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	require.NoError(t, err)
	packages := strings.Fields(string(out))
	require.NotEmpty(t, packages)
	for _, p := range packages {
		assert.NotRegexp(t, regexp.MustCompile(`(?i)pulumi`), p)
		assert.NotContains(t, p, "aws-sdk")
	}
}

func TestRecurrences(t *testing.T) {
	for _, text := range []string{
		"0 7 * * 1-5", "*/15 * * * *", "0,30 7 1-15/2 JAN *", "0 7 * * MON-FRI", "59 23 31 12 7",
		"0 7 * * sun", " 0  7 * * * ",
	} {
		assert.True(t, isCron(text) && cronForm.MatchString(text), text)
	}
	for _, text := range []string{
		"", "0 7 * *", "0 7 * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "* * * * FRI-MON",
		"+1 * * * *", "*/0 * * * *", "*/99 * * * *", "5- * * * *", "a * * * *", "@daily", "? * * * *",
		"0 7 L * *", "0 7 * * 1#2",
	} {
		assert.False(t, isCron(text) && cronForm.MatchString(text), text)
	}
}

func TestBucketNames(t *testing.T) {
	for _, name := range []string{"abc", "my.bucket-1", strings.Repeat("b", 63)} {
		assert.True(t, isBucket(name) && bucketForm.MatchString(name), name)
	}
	for _, name := range []string{
		"ab", strings.Repeat("b", 64), "192.168.1.1", "a..b", "-ab", "Abc", "xn--abc", "tools-s3alias", "a_b", "ab-",
	} {
		assert.False(t, isBucket(name), name)
	}
}
