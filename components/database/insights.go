package database

import (
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/config"
)

// Days that performance data is kept: a week is free, and the advanced mode requires fifteen months.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Database-Insights.html
const (
	standardDays = 7
	advancedDays = 465
)

func (a *Args) insightsDays() int {
	if a.Settings.Insights == config.InsightsAdvanced {
		return advancedDays
	}
	return standardDays
}

// insights sets the mode of CloudWatch Database Insights on the cluster. The instances have the same settings: RDS
// refuses an instance that differs. An empty mode leaves a cluster its mode; a new cluster gets the standard one.
func (a *Args) insights(values *rds.ClusterArgs) {
	if !hasInsights(a.Settings.InstanceClass) {
		return
	}
	if a.Settings.Insights != "" {
		values.DatabaseInsightsMode = pulumi.String(a.Settings.Insights)
	}
	values.PerformanceInsightsEnabled = pulumi.Bool(true)
	values.PerformanceInsightsKmsKeyId = a.KeyArn.ToStringOutput()
	values.PerformanceInsightsRetentionPeriod = pulumi.Int(a.insightsDays())
}

// hasInsights is false for the classes on which Aurora MySQL refuses Performance Insights.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_DatabaseInsights.Engines.html
func hasInsights(class string) bool {
	return !strings.HasPrefix(class, "db.t2.") && !strings.HasPrefix(class, "db.t3.")
}
