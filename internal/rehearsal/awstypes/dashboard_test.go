package awstypes_test

import (
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
)

// charted is a body with a chart whose properties are those of the example and more, and with other widgets.
func charted(properties string, others ...string) values {
	first := `{"type":"metric","x":0,"y":0,"width":6,"height":5,"properties":{` + properties + `}}`
	return values{"dashboardBody": `{"widgets":[` + strings.Join(append([]string{first}, others...), ",") + `]}`}
}

func dashboardCases() []ruleCase {
	const (
		row    = `["AWS/AutoScaling","GroupInServiceInstances","AutoScalingGroupName","nodes",{"id":"in","stat":"Average"}]`
		region = `"region":"us-east-1",`
		alarms = `{"type":"alarm","x":6,"y":0,"width":6,"height":5,"properties":{"title":"state","alarms":["` +
			`arn:aws:cloudwatch:us-east-1:123456789012:alarm:ALARM"]}}`
	)
	widget := func(place string) string {
		return `{"type":"text",` + place + `,"properties":{"markdown":"a"}}`
	}
	good := charted(region+`"metrics":[`+row+`,[{"expression":"in/2","id":"half"}]],`+
		`"annotations":{"horizontal":[{"value":3,"fill":"below","label":"few"}]}`,
		widget(`"x":6,"y":0,"width":18,"height":1000`), strings.ReplaceAll(alarms, `"x":6,"y":0`, `"x":0,"y":5`))
	good["dashboardBody"] = strings.ReplaceAll(good["dashboardBody"].(string), "alarm:ALARM", "alarm:few")
	many := strings.TrimSuffix(strings.Repeat(widget(`"width":1,"height":1`)+",", 500), ",")
	return []ruleCase{
		{
			rule: "dashboard-body", token: awstoken.CloudWatchDashboard, accepted: good,
			refused: []refusedRequest{
				{why: "no widgets", changes: values{"dashboardBody": "{}"}, want: "widgets: must be at most 500"},
				{why: "501 widgets", changes: charted(region+`"metrics":[`+row+`]`, many), want: "at most 500, got 501"},
				{
					why: "beyond the grid", want: "must lie in the grid of 24 columns",
					changes: charted(region+`"metrics":[`+row+`]`, widget(`"x":20,"y":0,"width":5,"height":1`)),
				},
				{
					why: "over another", want: `lies over`,
					changes: charted(region+`"metrics":[`+row+`]`, widget(`"x":5,"y":4,"width":5,"height":1`)),
				},
				{
					why: "x without y", want: "x and y go together",
					changes: charted(region+`"metrics":[`+row+`]`, widget(`"x":6,"width":5,"height":1`)),
				},
				{why: "no region", changes: charted(`"metrics":[` + row + `]`), want: "needs a region"},
				{why: "no metrics", changes: charted(region + `"metrics":[]`), want: "metrics: must be 1 to 500"},
				{
					why: "half a dimension", changes: charted(region + `"metrics":[["AWS/AutoScaling","GroupInServiceInstances","A"]]`),
					want: "pairs of dimensions",
				},
				{
					why:     "an expression of nothing",
					changes: charted(region + `"metrics":[` + row + `,[{"expression":"out/2","id":"half"}]]`),
					want:    "names out, which no row has",
				},
				{why: "an id twice", changes: charted(region + `"metrics":[` + row + `,` + row + `]`), want: "be used once"},
				{
					why: "nothing visible", want: "no row is visible",
					changes: charted(region + `"metrics":[` + strings.ReplaceAll(row, `"id":"in"`, `"visible":false`) + `]`),
				},
				{
					why: "an annotation without value", want: "needs a value",
					changes: charted(region + `"metrics":[` + row + `],"annotations":{"horizontal":[{"label":"few"}]}`),
				},
				{why: "an unknown property", changes: charted(region + `"metrics":[` + row + `],"colour":"red"`), want: "unknown field"},
			},
		},
		{
			rule: "dashboard-metric", token: awstoken.CloudWatchDashboard,
			refused: []refusedRequest{
				{
					why: "a metric of nothing", changes: charted(region + `"metrics":[["AWS/AutoScaling","GroupSize"]]`),
					want: "no service publishes it",
				},
				{
					why: "a group that does not exist", want: `nothing in the account has the AutoScalingGroupName "others"`,
					changes: charted(region + `"metrics":[` + strings.ReplaceAll(row, "nodes", "others") + `]`),
				},
				{
					why: "another region", want: `nothing in the account has the AutoScalingGroupName "nodes"`,
					changes: charted(`"region":"eu-west-1","metrics":[` + row + `]`),
				},
				{
					why: "the bill outside us-east-1", want: "it is in us-east-1 only, not in",
					changes: charted(`"region":"eu-west-1","metrics":[["AWS/Billing","EstimatedCharges","Currency","USD"]]`),
				},
			},
		},
		{
			rule: "dashboard-alarm", token: awstoken.CloudWatchDashboard,
			refused: []refusedRequest{{
				why: "an alarm that does not exist", want: "there is no alarm",
				changes: charted(region+`"metrics":[`+row+`]`, strings.ReplaceAll(alarms, "alarm:ALARM", "alarm:none")),
			}},
		},
	}
}
