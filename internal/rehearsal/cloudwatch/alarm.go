// Package cloudwatch evaluates alarms as CloudWatch does, so that tests can drive each alarm of a stack through its
// states: values of metrics in, the state out.
package cloudwatch

import (
	"errors"
	"fmt"
	"strings"
)

// State of an alarm.
type State string

// The states.
const (
	OK               State = "OK"
	Alarming         State = "ALARM"
	InsufficientData State = "INSUFFICIENT_DATA"
)

// Metric is one series that an alarm reads.
type Metric struct {
	ID, Namespace, Name, Statistic string
	Dimensions                     map[string]string
}

// Alarm is an alarm on metrics.
type Alarm struct {
	Metrics []Metric
	// Expression computes the value from the metrics; empty for the only metric.
	Expression                 string
	Comparison, Missing        string
	Threshold                  float64
	Period, Periods, Breaching int
}

// Series are the values of the metrics by ID, the oldest first; nil is a period without data.
type Series map[string][]*float64

// only is the ID of the metric of an alarm without an expression.
const only = "m"

// Parse reads an alarm from the inputs of a resource. It returns an error for an alarm that CloudWatch would refuse.
func Parse(in map[string]any) (Alarm, error) {
	a := Alarm{
		Comparison: text(in["comparisonOperator"]), Missing: text(in["treatMissingData"]),
		Threshold: number(in["threshold"]), Period: int(number(in["period"])),
		Periods: int(number(in["evaluationPeriods"])), Breaching: int(number(in["datapointsToAlarm"])),
	}
	if a.Missing == "" {
		a.Missing = "missing"
	}
	if a.Breaching == 0 {
		a.Breaching = a.Periods
	}
	if a.Breaching > a.Periods {
		return a, fmt.Errorf("%d datapoints of %d periods", a.Breaching, a.Periods)
	}
	queries, _ := in["metricQueries"].([]any)
	if len(queries) == 0 {
		statistic := text(in["statistic"])
		if statistic == "" {
			statistic = text(in["extendedStatistic"])
		}
		if text(in["metricName"]) == "" || statistic == "" || a.Period == 0 {
			return a, fmt.Errorf("a metric name, a statistic and a period are required")
		}
		a.Metrics = []Metric{{
			ID: only, Namespace: text(in["namespace"]), Name: text(in["metricName"]), Statistic: statistic,
			Dimensions: texts(in["dimensions"]),
		}}
		return a, nil
	}
	return a, a.readQueries(queries)
}

func (a *Alarm) readQueries(queries []any) error {
	returned, expressions := 0, 0
	for _, q := range queries {
		query, _ := q.(map[string]any)
		id := text(query["id"])
		if id == "" || id[0] < 'a' || id[0] > 'z' {
			return fmt.Errorf("the id %q must begin with a lower-case letter", id)
		}
		if query["returnData"] == true {
			returned++
			a.Expression = text(query["expression"])
			if a.Expression == "" {
				a.Expression = id
			}
		}
		metric, isMetric := query["metric"].(map[string]any)
		if !isMetric {
			expressions++
			continue
		}
		period := int(number(metric["period"]))
		if a.Period != 0 && a.Period != period {
			return fmt.Errorf("%s: all metrics must have one period", id)
		}
		a.Period = period
		a.Metrics = append(a.Metrics, Metric{
			ID: id, Namespace: text(metric["namespace"]), Name: text(metric["metricName"]), Statistic: text(metric["stat"]),
			Dimensions: texts(metric["dimensions"]),
		})
	}
	switch {
	case returned != 1:
		return fmt.Errorf("exactly one element of the metrics list should return data, got %d", returned)
	case expressions > 1:
		return errors.New("an expression of expressions is not modelled")
	case len(a.Metrics) > maxMetrics:
		return fmt.Errorf("an alarm has at most %d metrics, got %d", maxMetrics, len(a.Metrics))
	}
	known := map[string]bool{}
	for _, m := range a.Metrics {
		known[m.ID] = true
	}
	used, err := names(a.Expression)
	if err != nil {
		return err
	}
	for _, id := range used {
		if !known[id] {
			return fmt.Errorf("the expression %s names %s, which no metric has", a.Expression, id)
		}
	}
	return nil
}

// maxMetrics is https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-limits.html.
const maxMetrics = 10

// Range is how many datapoints CloudWatch fetches: more than Periods, in case some of the latest are missing.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
func (a Alarm) Range() int { return a.Periods + 2 }

// Evaluate returns the state after the latest values, if the state before was now. Each series has the same length.
func (a Alarm) Evaluate(series Series, now State) (State, error) {
	points, err := a.values(series)
	if err != nil {
		return "", err
	}
	if len(points) > a.Range() {
		points = points[len(points)-a.Range():]
	}
	if recent := points[max(0, len(points)-a.Periods):]; len(recent) == a.Periods && known(recent) == a.Periods {
		points = recent
	}
	var breaches []bool // of the real datapoints, the oldest first
	for _, p := range points {
		if p != nil {
			breaches = append(breaches, a.breaches(*p))
		}
	}
	if len(breaches) >= a.Periods {
		return a.decide(breaches[len(breaches)-a.Periods:], 0), nil
	}
	missing := a.Periods - len(breaches)
	switch a.Missing {
	case "breaching":
		return a.decide(breaches, missing), nil
	case "notBreaching":
		return a.decide(breaches, 0), nil
	}
	switch {
	case len(breaches) == 0 && a.Missing == "missing":
		return InsufficientData, nil
	case len(breaches) == 0 || a.premature(points) && a.Missing == "ignore":
		return now, nil
	case a.premature(points):
		return Alarming, nil
	}
	return a.decide(breaches, 0), nil
}

func (a Alarm) decide(breaches []bool, more int) State {
	for _, breach := range breaches {
		if breach {
			more++
		}
	}
	if more >= a.Breaching {
		return Alarming
	}
	return OK
}

// premature reports whether all real datapoints breach, and the oldest is at least as old as the datapoints to alarm.
func (a Alarm) premature(points []*float64) bool {
	oldest := -1
	for i, p := range points {
		switch {
		case p == nil:
		case !a.breaches(*p):
			return false
		case oldest < 0:
			oldest = i
		}
	}
	return oldest >= 0 && len(points)-oldest >= a.Breaching
}

func (a Alarm) breaches(value float64) bool {
	switch a.Comparison {
	case "GreaterThanThreshold":
		return value > a.Threshold
	case "GreaterThanOrEqualToThreshold":
		return value >= a.Threshold
	case "LessThanThreshold":
		return value < a.Threshold
	default:
		return value <= a.Threshold
	}
}

// values computes the datapoints.
func (a Alarm) values(series Series) ([]*float64, error) {
	if a.Expression == "" {
		return series[a.Metrics[0].ID], nil
	}
	length := 0
	for _, m := range a.Metrics {
		length = max(length, len(series[m.ID]))
	}
	return compute(a.Expression, series, length, float64(a.Period))
}

func known(points []*float64) int {
	n := 0
	for _, p := range points {
		if p != nil {
			n++
		}
	}
	return n
}

func text(v any) string {
	s, _ := v.(string)
	return strings.TrimSpace(s)
}

func number(v any) float64 {
	n, _ := v.(float64)
	return n
}

func texts(v any) map[string]string {
	out := map[string]string{}
	m, _ := v.(map[string]any)
	for k, value := range m {
		out[k] = text(value)
	}
	return out
}
