package cloudwatch

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRulesOfCompositeAlarms(t *testing.T) {
	states := map[string]State{"on": Alarming, "off": OK, "with blank": Alarming, "new": InsufficientData}
	for text, want := range map[string]bool{
		`ALARM("on")`:                        true,
		`ALARM(off)`:                         false,
		`ALARM("with blank") AND OK(off)`:    true,
		`ALARM(off) OR ALARM(on)`:            true,
		`ALARM(off) OR ALARM(on) AND FALSE`:  false,
		`NOT ALARM(off)`:                     true,
		`NOT (ALARM(on) OR OK(on))`:          false,
		`INSUFFICIENT_DATA("new") AND TRUE`:  true,
		`(ALARM(on) OR FALSE) AND OK("off")`: true,
	} {
		rule, err := ParseRule(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, rule.Holds(states), text)
	}
	for _, wrong := range []string{
		"", "on", "ALARM", "ALARM()", "ALARM(on", `ALARM("on`, "ALARM(on) OR", "ALARM(on) ALARM(off)", "AT_LEAST(1, ALARM, (on))",
		"FIRES(on)", "NOT",
	} {
		_, err := ParseRule(wrong)
		assert.Error(t, err, wrong)
	}
	rule, err := ParseRule(`ALARM(b) OR (ALARM("a") AND NOT OK(b))`)
	require.NoError(t, err)
	assert.Equal(t, []string{"a", "b"}, rule.Names())
}
