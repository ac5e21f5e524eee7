// Package alarm has the type in which tiers declare what is alarming about them, as data: the monitoring component makes
// CloudWatch alarms from it, the documentation its tables, and the tests drive each alarm through its states.
package alarm

import "slices"

// Severity decides who is notified.
type Severity string

// The severities: a page wakes somebody, a ticket waits for the next working day.
const (
	Page   Severity = "page"
	Ticket Severity = "ticket"
)

// Aspect is what an alarm watches of its tier.
type Aspect string

// The aspects that each tier covers, or says why it cannot.
const (
	Utilisation Aspect = "utilisation"
	Errors      Aspect = "errors"
	Latency     Aspect = "latency"
	Saturation  Aspect = "saturation"
	Redundancy  Aspect = "redundancy"
)

// Aspects in the order of the documentation.
var Aspects = []Aspect{Utilisation, Errors, Latency, Saturation, Redundancy}

// Comparison of a value with the threshold, in CloudWatch's words.
type Comparison string

// The comparisons.
const (
	Above   Comparison = "GreaterThanThreshold"
	AtLeast Comparison = "GreaterThanOrEqualToThreshold"
	Below   Comparison = "LessThanThreshold"
	AtMost  Comparison = "LessThanOrEqualToThreshold"
)

// Missing is how an alarm treats periods without data, in CloudWatch's words.
type Missing string

// The treatments: as a breach, as no breach, as unknown, or as no reason to change the state.
const (
	Breaching    Missing = "breaching"
	NotBreaching Missing = "notBreaching"
	Unknown      Missing = "missing"
	Ignore       Missing = "ignore"
)

// Dimension is the value of a metric's dimension: an output of a tier, by its role, or a fixed text. A role means the
// same in all tiers.
type Dimension struct {
	Role, Text string
}

// GroupRole is the role of the auto scaling group's name, which several tiers compare with.
const GroupRole = "group"

// Of returns the dimension that has the output with a role.
func Of(role string) Dimension { return Dimension{Role: role} }

// Is returns a dimension with a fixed text.
func Is(text string) Dimension { return Dimension{Text: text} }

// GlobalRegion has the metrics of services without regions.
const GlobalRegion = "us-east-1"

// Metric is one series of values. CloudWatch has data only for the exact set of dimensions that the service publishes.
type Metric struct {
	// ID in an expression, such as "used"; empty for the only metric of an alarm without an expression.
	ID              string
	Namespace, Name string
	// Statistic is Sum, Average, Minimum, Maximum, SampleCount, or a percentile such as p99.
	Statistic  string
	Dimensions map[string]Dimension
}

// Window is how long a breach must last.
type Window struct {
	// Period in seconds that one datapoint covers.
	Period int
	// Breaching of the latest Periods datapoints must breach.
	Breaching, Periods int
}

// For returns the window in which all datapoints breach, for some periods of some seconds.
func For(periods, seconds int) Window {
	return Window{Period: seconds, Breaching: periods, Periods: periods}
}

// Fact is one alarm of a tier.
type Fact struct {
	// Name within the tier, such as "connections". With the tier's name it is the anchor of its runbook.
	Name string
	// Key tells repeated alarms apart, such as a zone; empty for a single one.
	Key      string
	Aspect   Aspect
	Severity Severity
	// Outage is true if the appliance serves nobody while the alarm lasts.
	Outage bool
	// Health is true for what the clients notice at once; the dashboard shows it first.
	Health bool
	// Essential alarms are those that a development stack has too.
	Essential bool

	// Global is true for metrics of a service without regions: they are in GlobalRegion only. The alarm of a stack in another
	// region sends an event there.
	Global bool
	// Metrics has one metric, or those of Expression.
	Metrics []Metric
	// Expression computes the value from the metrics by their IDs; empty for the value of the only metric.
	Expression string
	Comparison Comparison
	Threshold  float64
	// Unit of the threshold in the documentation.
	Unit string
	// Setting is the configuration key of the threshold; empty for a fixed one.
	Setting string
	Window  Window
	Missing Missing
	// WhyMissing is the reason of Missing: when the service sends no data.
	WhyMissing string
	// Meaning is what is wrong, and Action what the person on call does first.
	Meaning, Action string
	// Source is the page of the metric or of the threshold.
	Source string
}

// Gap is an aspect that a tier has no alarm for.
type Gap struct {
	Aspect Aspect
	Why    string
}

// Tier is what one tier declares.
type Tier struct {
	Name   string
	Facts  []Fact
	Events []Event
	// Filters make the metrics of log groups that Facts are about.
	Filters []Filter
	// Queries answer what the first steps ask of the logs.
	Queries []Query
	Gaps    []Gap
}

// EssentialOnly returns the facts and events that a development stack has.
func (t Tier) EssentialOnly() Tier {
	out := Tier{Name: t.Name, Queries: t.Queries, Gaps: t.Gaps}
	for _, f := range t.Facts {
		if f.Essential {
			out.Facts = append(out.Facts, f)
		}
	}
	for _, filter := range t.Filters {
		if slices.ContainsFunc(out.Facts, func(f Fact) bool { return f.Metrics[0].Name == filter.Name }) {
			out.Filters = append(out.Filters, filter)
		}
	}
	for _, e := range t.Events {
		if e.Essential {
			out.Events = append(out.Events, e)
		}
	}
	return out
}
