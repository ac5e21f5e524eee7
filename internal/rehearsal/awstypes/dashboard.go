package awstypes

import (
	"fmt"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/cloudwatch"
)

func dashboard() Type {
	const structure = docs + "AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html"
	return Type{
		Token: awstoken.CloudWatchDashboard,
		Simulation: Simulation{
			Global: true, ID: "{dashboardName}", Unique: "dashboardName",
			Duration: Duration{Create: 1, Update: 1, Delete: 1},
			Outputs: func(c *Call) {
				c.State["dashboardArn"] = c.Expand("arn:{partition}:cloudwatch::{account}:dashboard/{dashboardName}")
			},
			Rules: []Rule{{
				Name: "dashboard-body", AWS: ErrorOrQuiet,
				Refuses: "more than 500 widgets; a widget outside the grid of 24 columns or over another one; a metric widget " +
					"without region; a row of metrics that is none; an expression of unknown metrics; an annotation without value",
				Source: structure, Check: dashboardBody,
			}, {
				Name: "dashboard-metric", AWS: Quiet,
				Refuses: "a metric, or dimensions, that nothing in the account publishes in the widget's region: the chart is empty",
				Source:  docs + "AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html",
				Check:   dashboardMetrics,
			}, {
				Name: "dashboard-alarm", AWS: Quiet,
				Refuses: "an alarm that does not exist",
				Source:  structure, Check: dashboardAlarms,
			}},
		},
		Provider: Provider{
			Source: "cloudwatch/dashboard",
			Checks: map[string][]Check{
				"dashboardBody": {isJSON}, "dashboardName": {matches(`^[0-9A-Za-z_-]{1,255}$`)},
			},
		},
		Permissions: &Permissions{
			Read:  actions("cloudwatch: GetDashboard"),
			Write: actions("cloudwatch: PutDashboard DeleteDashboards"),
		},
		Listing: &Listing{
			Kind: "dashboard", Service: "monitoring", Call: "ListDashboards", ID: `<DashboardName>([^<]+)`,
		},
		Example: Values{
			"dashboardName": "app",
			"dashboardBody": `{"widgets":[{"type":"metric","x":0,"y":0,"width":6,"height":5,"properties":{"region":"us-east-1",` +
				`"metrics":[["AWS/AutoScaling","GroupInServiceInstances","AutoScalingGroupName","nodes",{"stat":"Average"}]]}}]}`,
		},
	}
}

func dashboardBody(c *Call) error {
	if _, err := cloudwatch.ParseDashboard(c.Text("dashboardBody")); err != nil {
		return fmt.Errorf("InvalidParameterInput: The dashboard body is invalid: %w", err)
	}
	return nil
}

// dashboardMetrics refuses charts that stay empty. CloudWatch takes them.
func dashboardMetrics(c *Call) error {
	board, err := cloudwatch.ParseDashboard(c.Text("dashboardBody"))
	if err != nil {
		return nil // another rule says it
	}
	for _, widget := range board.Widgets {
		for _, m := range widget.Metrics {
			where := *c
			where.Region = widget.Region
			if why := where.unpublished(m); why != "" {
				return fmt.Errorf("the chart %q has no data of %s %s: %s", widget.Title, m.Namespace, m.Name, why)
			}
		}
	}
	return nil
}

func dashboardAlarms(c *Call) error {
	board, err := cloudwatch.ParseDashboard(c.Text("dashboardBody"))
	if err != nil {
		return nil // another rule says it
	}
	for _, widget := range board.Widgets {
		for _, arn := range widget.Alarms {
			if len(c.FindBy(awstoken.CloudWatchAlarm, "arn", arn))+
				len(c.FindBy(awstoken.CloudWatchCompositeAlarm, "arn", arn)) == 0 {
				return fmt.Errorf("the widget %q shows nothing: there is no alarm %s", widget.Title, arn)
			}
		}
	}
	return nil
}
