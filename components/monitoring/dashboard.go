package monitoring

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/alarm"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
)

// The grid of a dashboard, in CloudWatch's units.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
const (
	columns      = 24
	inLine       = 4
	widest       = 12
	widgetHeight = 5
	headHeight   = 1
	stateHeight  = 3

	maxDashboardName = 255

	// backups is the tier whose section follows redundancy.
	backups = "backup"
)

// widget is one element of a dashboard's body.
type widget struct {
	Type       string         `json:"type"`
	X          int            `json:"x"`
	Y          int            `json:"y"`
	Width      int            `json:"width"`
	Height     int            `json:"height"`
	Properties map[string]any `json:"properties"`
}

// dashboard makes the dashboard of the stack from the facts of its alarms, if the settings have one.
func (m *Monitoring) dashboard(ctx *pulumi.Context, name string, args *Args) error {
	if !args.Settings.Dashboard {
		return nil
	}
	values := pulumi.StringMap{}
	maps.Copy(values, args.Dimensions)
	body := pulumi.JSONMarshal(pulumi.All(values, m.states.ToStringArrayOutput()).ApplyT(func(got []any) map[string]any {
		b := board{region: args.Location.Region, dimensions: got[0].(map[string]string)}
		b.all(args.Tiers, got[1].([]string))
		return map[string]any{"start": "-PT12H", "periodOverride": "inherit", "widgets": b.widgets}
	}))
	_, err := cloudwatch.NewDashboard(ctx, naming.Child(name, "dashboard"), &cloudwatch.DashboardArgs{
		DashboardName: pulumi.String(naming.Fit(maxDashboardName, "morpheus", args.Stack)),
		DashboardBody: body,
	}, pulumi.Parent(m), pulumi.DependsOn(m.counted))
	if err != nil {
		return fmt.Errorf("create the dashboard: %w", err)
	}
	return nil
}

// board lays widgets out, row by row.
type board struct {
	region     string
	dimensions map[string]string
	widgets    []widget
	// y is the first free line.
	y int
}

// all puts every section on the board: what the clients notice, the tiers, redundancy, and what costs by use.
func (b *board) all(tiers []alarm.Tier, states []string) {
	b.head("Request health")
	if len(states) > 0 {
		b.widgets = append(b.widgets, widget{
			Type: "alarm", Y: b.y, Width: columns, Height: stateHeight,
			Properties: map[string]any{"title": "Composite alarms", "alarms": states},
		})
		b.y += stateHeight
	}
	health, redundancy := b.traffic(tiers), []widget{}
	rows := map[string][]widget{}
	for _, tier := range tiers {
		for _, facts := range together(tier.Facts) {
			drawn := b.chart(tier.Name, facts)
			switch {
			case facts[0].Health:
				health = append(health, drawn)
			case facts[0].Aspect == alarm.Redundancy:
				redundancy = append(redundancy, drawn)
			default:
				rows[tier.Name] = append(rows[tier.Name], drawn)
			}
		}
	}
	b.row(health)
	for _, tier := range tiers {
		if tier.Name != backups {
			b.section(tier.Name, rows[tier.Name])
		}
	}
	b.section("Redundancy", redundancy)
	b.section(backups, rows[backups])
	b.section("Cost by use", b.costs(tiers))
}

// together groups the facts that one chart shows: those of one name, such as one for each zone, and those on the same
// values with another threshold.
func together(facts []alarm.Fact) [][]alarm.Fact {
	var out [][]alarm.Fact
	for _, f := range facts {
		at := slices.IndexFunc(out, func(group []alarm.Fact) bool {
			return group[0].Name == f.Name || group[0].Expression == f.Expression && slices.EqualFunc(group[0].Metrics, f.Metrics,
				func(a, b alarm.Metric) bool {
					return a.ID == b.ID && a.Namespace == b.Namespace && a.Name == b.Name && a.Statistic == b.Statistic &&
						maps.Equal(a.Dimensions, b.Dimensions)
				})
		})
		if at < 0 {
			out = append(out, []alarm.Fact{f})
			continue
		}
		out[at] = append(out[at], f)
	}
	return out
}

// section adds a heading and its widgets, unless there are none.
func (b *board) section(title string, widgets []widget) {
	if len(widgets) > 0 {
		b.head(title)
		b.row(widgets)
	}
}

func (b *board) head(title string) {
	b.widgets = append(b.widgets, widget{
		Type: "text", Y: b.y, Width: columns, Height: headHeight, Properties: map[string]any{"markdown": "## " + title},
	})
	b.y += headHeight
}

// row adds widgets from left to right, in lines of nearly the same number, which the widgets fill.
func (b *board) row(widgets []widget) {
	for lines := (len(widgets) + inLine - 1) / inLine; lines > 0; lines-- {
		count := (len(widgets) + lines - 1) / lines
		for i, w := range widgets[:count] {
			w.Width, w.Height = min(columns/count, widest), widgetHeight
			w.X, w.Y = i*w.Width, b.y
			b.widgets = append(b.widgets, w)
		}
		b.y += widgetHeight
		widgets = widgets[count:]
	}
}

// metric returns a chart of some lines.
func (b *board) metric(title, region string, lines []any, thresholds []any) widget {
	properties := map[string]any{
		"title": title, "region": region, "view": "timeSeries", "stacked": false, "metrics": lines,
	}
	if len(thresholds) > 0 {
		properties["annotations"] = map[string]any{"horizontal": thresholds}
	}
	return widget{Type: "metric", Properties: properties}
}

// chart draws the values of facts, and their thresholds.
func (b *board) chart(tier string, facts []alarm.Fact) widget {
	var lines, thresholds []any
	drawn := map[string]bool{}
	for i, f := range facts {
		if i == 0 || f.Key != "" {
			lines = append(lines, b.lines(f, i)...)
		}
		mark := fmt.Sprint(f.Comparison, f.Threshold)
		if !drawn[mark] {
			thresholds = append(thresholds, threshold(f))
		}
		drawn[mark] = true
	}
	title := strings.ReplaceAll(naming.Child(tier, facts[0].Name), "-", " ")
	if unit, _, _ := strings.Cut(facts[0].Unit, ","); unit != "" {
		title += " (" + unit + ")"
	}
	region := b.region
	if facts[0].Global {
		region = alarm.GlobalRegion
	}
	out := b.metric(title, region, lines, thresholds)
	if facts[0].Threshold > 0 { // a difference with the threshold 0 may be negative
		out.Properties["yAxis"] = map[string]any{"left": map[string]any{"min": 0, "showUnits": false}}
	}
	return out
}

// threshold is a line at which an alarm fires; the side on which it does is filled.
func threshold(f alarm.Fact) map[string]any {
	side, color := "above", "#ff9900"
	if f.Comparison == alarm.Below || f.Comparison == alarm.AtMost {
		side = "below"
	}
	if f.Severity == alarm.Page {
		color = "#d13212"
	}
	return map[string]any{
		"label": string(f.Severity), "value": f.Threshold, "fill": side, "color": color,
	}
}

// lines are the rows of a chart for one fact: its metric, or its hidden metrics and their expression.
func (b *board) lines(f alarm.Fact, number int) []any {
	label := f.Key
	if label == "" {
		label = strings.ReplaceAll(f.Name, "-", " ")
	}
	if f.Expression == "" {
		return []any{b.line(f.Metrics[0], map[string]any{"label": label, "period": f.Window.Period})}
	}
	// Ids are unique in a chart, and several facts have the same.
	suffix := ""
	if number > 0 {
		suffix = strconv.Itoa(number)
	}
	expression := f.Expression
	var out []any
	for _, m := range f.Metrics {
		expression = regexp.MustCompile(`\b`+m.ID+`\b`).ReplaceAllString(expression, m.ID+suffix)
		out = append(out, b.line(m, map[string]any{"id": m.ID + suffix, "visible": false, "period": f.Window.Period}))
	}
	return append(out, []any{map[string]any{"expression": expression, "id": "value" + suffix, "label": label}})
}

// line is the row of a metric: namespace, name, pairs of dimensions, options.
func (b *board) line(m alarm.Metric, options map[string]any) []any {
	out := []any{m.Namespace, m.Name}
	for _, name := range slices.Sorted(maps.Keys(m.Dimensions)) {
		value := m.Dimensions[name].Text
		if role := m.Dimensions[name].Role; role != "" {
			value = b.dimensions[role]
		}
		out = append(out, name, value)
	}
	options["stat"] = m.Statistic
	return append(out, options)
}

// beside returns the metric of a fact under another name: one that the same resource publishes.
func beside(tiers []alarm.Tier, of, other, statistic string) []alarm.Metric {
	var out []alarm.Metric
	for _, tier := range tiers {
		for _, f := range tier.Facts {
			for _, m := range f.Metrics {
				same := func(o alarm.Metric) bool { return maps.Equal(o.Dimensions, m.Dimensions) }
				if m.Name == of && !slices.ContainsFunc(out, same) {
					m.Name, m.Statistic, m.ID = other, statistic, ""
					out = append(out, m)
				}
			}
		}
	}
	return out
}

const minute, quarter, sixHours = 60, 900, 21600

// traffic is how many requests come in: no alarm is about it, and every other chart is read against it.
func (b *board) traffic(tiers []alarm.Tier) []widget {
	requests := beside(tiers, "HTTPCode_ELB_5XX_Count", "RequestCount", "Sum")
	if len(requests) == 0 {
		return nil
	}
	return []widget{b.metric("requests (a minute)", b.region,
		[]any{b.line(requests[0], map[string]any{"label": "requests", "period": minute})}, nil)}
}

// costs are what is charged by use. CloudWatch has the bill of the account in us-east-1 only, and only after billing
// alerts have been turned on.
func (b *board) costs(tiers []alarm.Tier) []widget {
	var out []widget
	if units := beside(tiers, "HTTPCode_ELB_5XX_Count", "ConsumedLCUs", "Average"); len(units) > 0 {
		out = append(out, b.metric("load balancer (capacity units)", b.region,
			[]any{b.line(units[0], map[string]any{"label": "capacity units", "period": quarter})}, nil))
	}
	var lines []any
	for i, m := range beside(tiers, "ErrorPortAllocation", "BytesOutToDestination", "Sum") {
		lines = append(lines, b.line(m, map[string]any{"label": "gateway " + strconv.Itoa(i+1), "period": quarter}))
	}
	if len(lines) > 0 {
		out = append(out, b.metric("NAT gateways (bytes to the internet)", b.region, lines, nil))
	}
	bill := alarm.Metric{
		Namespace: "AWS/Billing", Name: "EstimatedCharges", Statistic: "Maximum",
		Dimensions: map[string]alarm.Dimension{"Currency": alarm.Is("USD")},
	}
	return append(out, b.metric("bill of the whole account (USD this month)", alarm.GlobalRegion,
		[]any{b.line(bill, map[string]any{"label": "USD", "period": sixHours})}, nil))
}
