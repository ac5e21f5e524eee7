package cloudwatch

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// points are datapoints as AWS writes them: X breaches a threshold of 0, 0 does not, - is missing.
func points(text string) []*float64 {
	var out []*float64
	for letter := range strings.FieldsSeq(text) {
		breach, fine := 1.0, 0.0
		switch letter {
		case "X":
			out = append(out, &breach)
		case "0":
			out = append(out, &fine)
		default:
			out = append(out, nil)
		}
	}
	return out
}

// retained stands for the state before.
const retained State = "retained"

// The tables of https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html.
func TestMissingDataIsTreatedAsInAWSsTables(t *testing.T) {
	for _, row := range []struct {
		breaching                              int
		data                                   string
		missing, ignore, asBreach, notAsBreach State
	}{
		{3, "0 - X - X", OK, OK, OK, OK},
		{3, "0 - - - -", OK, OK, OK, OK},
		{3, "- - - - -", InsufficientData, retained, Alarming, OK},
		{3, "0 X X - X", Alarming, Alarming, Alarming, Alarming},
		{3, "- - X - -", Alarming, retained, Alarming, OK},
		{2, "0 - X - X", Alarming, Alarming, Alarming, Alarming},
		{2, "0 0 X 0 X", Alarming, Alarming, Alarming, Alarming},
		{2, "0 - X - -", OK, OK, Alarming, OK},
		{2, "- - - - 0", OK, OK, Alarming, OK},
		{2, "- - - X -", Alarming, retained, Alarming, OK},
	} {
		for treatment, want := range map[string]State{
			"missing": row.missing, "ignore": row.ignore, "breaching": row.asBreach, "notBreaching": row.notAsBreach,
		} {
			a := Alarm{
				Metrics: []Metric{{ID: only}}, Comparison: "GreaterThanThreshold", Missing: treatment,
				Periods: 3, Breaching: row.breaching,
			}
			got, err := a.Evaluate(Series{only: points(row.data)}, retained)
			require.NoError(t, err)
			assert.Equal(t, want, got, "%d of 3, %s, %s", row.breaching, row.data, treatment)
		}
	}
}

func TestExpressions(t *testing.T) {
	one, two, ten := 1.0, 2.0, 10.0
	series := Series{"a": {&one, &two}, "b": {&ten, nil}}
	for expression, want := range map[string][]any{
		"100*a/b":                   {10.0, nil},
		"FILL(b,0)+a":               {11.0, 2.0},
		"IF(FILL(b,0)>5,a,0)":       {1.0, 0.0},
		"(a/PERIOD(a))*100":         {100.0 / 60, 200.0 / 60},
		"DIFF(a)":                   {nil, 1.0},
		"a/(a-a)":                   {nil, nil},
		"IF(a>=2,1,0)-IF(a<=1,1,0)": {-1.0, 1.0},
	} {
		got, err := compute(expression, series, 2, 60)
		require.NoError(t, err, expression)
		for i, v := range want {
			if v == nil {
				assert.Nil(t, got[i], "%s at %d", expression, i)
			} else if assert.NotNil(t, got[i], "%s at %d", expression, i) {
				assert.InDelta(t, v, *got[i], 1e-9, "%s at %d", expression, i)
			}
		}
	}
	for _, wrong := range []string{"a+", "SORT(a)", "a%b", "FILL(a)"} {
		_, err := compute(wrong, series, 2, 60)
		assert.Error(t, err, "%s must be an error: a rule that is not modelled must not pass as evaluated", wrong)
	}
}
