package tests

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/cloudwatch"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/provider"
)

// sample has values of an alarm's metrics: of a stack that is well, and of one with the fault.
type sample struct {
	well, ill map[string]float64
	// counter is true for metrics that only grow: the values are what is added in a period.
	counter bool
}

// samples are those of the alarms on expressions. The samples of all other alarms follow from their threshold.
var samples = map[string]sample{
	"loadbalancer-own-errors": {
		well: map[string]float64{"requests": 1000, "errors": 40}, ill: map[string]float64{"requests": 100, "errors": 11},
	},
	"loadbalancer-node-errors": {
		well: map[string]float64{"requests": 0, "errors": 10}, ill: map[string]float64{"requests": 1000, "errors": 100},
	},
	"cluster-at-maximum": {
		well: map[string]float64{"wanted": 1, "most": 6, "least": 3}, ill: map[string]float64{"wanted": 6, "most": 6, "least": 3},
	},
	"filesystem-not-mounted": {
		well: map[string]float64{"mounted": 4, "nodes": 3}, ill: map[string]float64{"mounted": 2, "nodes": 3},
	},
	"filesystem-throughput": {
		well: map[string]float64{"used": 60 * 80e6, "permitted": 100e6},
		ill:  map[string]float64{"used": 60 * 81e6, "permitted": 100e6},
	},
	"messaging-memory": {
		well: map[string]float64{"used": 4e9, "most": 5e9}, ill: map[string]float64{"used": 4.1e9, "most": 5e9},
	},
	"messaging-disk": {
		well: map[string]float64{"free": 10e9, "least": 5e9}, ill: map[string]float64{"free": 9e9, "least": 5e9},
	},
	"network-nat-drops": {
		well: map[string]float64{"dropped": 10, "out": 50e3, "back": 50e3},
		ill:  map[string]float64{"dropped": 11, "out": 50e3, "back": 50e3},
	},
	"search-key": {
		well: map[string]float64{"error": 0, "lost": 0}, ill: map[string]float64{"error": 0, "lost": 1},
	},
	"search-rejected-writes": {
		well: map[string]float64{"rejected": 0}, ill: map[string]float64{"rejected": 3}, counter: true,
	},
}

// sampleOf returns values on both sides of the threshold.
func sampleOf(t *testing.T, name string, a cloudwatch.Alarm) sample {
	t.Helper()
	if a.Expression != "" {
		for title, s := range samples {
			if strings.HasPrefix(strings.TrimPrefix(name, "monitoring-"), title) {
				return s
			}
		}
		require.Fail(t, "no sample", "%s: the table `samples` lacks values of the metrics of %s", name, a.Expression)
	}
	beyond := max(1, a.Threshold/100)
	well, ill := a.Threshold, a.Threshold+beyond
	switch a.Comparison {
	case "GreaterThanOrEqualToThreshold":
		well, ill = a.Threshold-beyond, a.Threshold
	case "LessThanThreshold":
		well, ill = a.Threshold, a.Threshold-beyond
	case "LessThanOrEqualToThreshold":
		well, ill = a.Threshold+beyond, a.Threshold
	}
	id := a.Metrics[0].ID
	return sample{well: map[string]float64{id: well}, ill: map[string]float64{id: ill}}
}

// series has the values of some periods: w is well, i is ill, - is no data.
func (s sample) series(periods string) cloudwatch.Series {
	out := cloudwatch.Series{}
	for id := range s.well {
		total := 0.0
		for _, period := range periods {
			value := s.well[id]
			if period == 'i' {
				value = s.ill[id]
			}
			total += value
			if s.counter {
				value = total
			}
			if period == '-' {
				out[id] = append(out[id], nil)
			} else {
				out[id] = append(out[id], &value)
			}
		}
	}
	return out
}

// withoutData is the state of an alarm without any data.
func withoutData(a cloudwatch.Alarm, now cloudwatch.State) cloudwatch.State {
	switch a.Missing {
	case "breaching":
		return cloudwatch.Alarming
	case "notBreaching":
		return cloudwatch.OK
	case "missing":
		return cloudwatch.InsufficientData
	}
	return now
}

func TestEveryAlarmGoesThroughItsStates(t *testing.T) {
	driven, alarms := 0, 0
	for _, d := range deployments(t) {
		for _, res := range d.OfType(awstoken.CloudWatchAlarm) {
			alarms++
			a, err := cloudwatch.Parse(provider.Plain(res.Checked))
			require.NoError(t, err, res.Name)
			s := sampleOf(t, res.Name, a)
			// The first periods of the range are well, and one more, so that what grows has a value before.
			before := strings.Repeat("w", a.Range()+1-a.Periods)
			wells := a.Periods - a.Breaching
			none := strings.Repeat("-", a.Range()+1)
			ok := true
			for _, c := range []struct {
				what, periods string
				now, want     cloudwatch.State
			}{
				{"all is well", before + strings.Repeat("w", a.Periods), cloudwatch.Alarming, cloudwatch.OK},
				{
					"as few periods as the alarm needs are ill, the others lie between them",
					before + spread(a.Breaching, wells), cloudwatch.OK, cloudwatch.Alarming,
				},
				{
					"one period too few is ill",
					before + spread(a.Breaching-1, wells+1), cloudwatch.Alarming, cloudwatch.OK,
				},
				{"no data while it was well", none, cloudwatch.OK, withoutData(a, cloudwatch.OK)},
				{"no data while it alarmed", none, cloudwatch.Alarming, withoutData(a, cloudwatch.Alarming)},
				{
					"the fault ends", before + strings.Repeat("i", a.Periods) + strings.Repeat("w", a.Periods),
					cloudwatch.Alarming, cloudwatch.OK,
				},
			} {
				got, err := a.Evaluate(s.series(c.periods), c.now)
				require.NoError(t, err, res.Name)
				ok = assert.Equal(t, c.want, got, "%s in %s: %s (%s, before it was %s)", res.Name, d.name, c.what, c.periods,
					c.now) && ok
			}
			if ok {
				driven++
			}
		}
	}
	t.Logf("drove %d of %d alarms through their states", driven, alarms)
	assert.NotZero(t, alarms)
}

// spread returns periods that are ill with those that are well between them.
func spread(ill, well int) string {
	periods := []byte(strings.Repeat("i", ill) + strings.Repeat("w", well))
	for i, at := 0, 1; i < well && at < len(periods); i, at = i+1, at+2 {
		last := slices.Index(periods[len(periods)-well+i:], 'w') + len(periods) - well + i
		periods[at], periods[last] = periods[last], periods[at]
	}
	return string(periods)
}
