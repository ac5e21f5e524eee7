package database

import (
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// The modes of CloudWatch Database Insights. A new cluster has the standard one, without being asked for it; one that had
// the advanced mode keeps it until it is told the other.
const (
	Standard = "standard"
	Advanced = "advanced"
)

// Days that performance data is kept: a week costs nothing, and the advanced mode demands fifteen months.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Database-Insights.html
const (
	standardDays = 7
	advancedDays = 465
)

func (a *Args) insightsDays() int {
	if a.Insights == Advanced {
		return advancedDays
	}
	return standardDays
}

// insights stand on the cluster, and the instances say the same: RDS refuses an instance that differs.
func insights(args *Args, values *rds.ClusterArgs) {
	if !HasInsights(args.InstanceClass) {
		return
	}
	if args.Insights != "" {
		values.DatabaseInsightsMode = pulumi.String(args.Insights)
	}
	values.PerformanceInsightsEnabled = pulumi.Bool(true)
	values.PerformanceInsightsKmsKeyId = args.KeyArn.ToStringOutput()
	values.PerformanceInsightsRetentionPeriod = pulumi.Int(args.insightsDays())
}

// HasInsights is false for the classes on which Aurora MySQL refuses Performance Insights.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_DatabaseInsights.Engines.html
func HasInsights(class string) bool {
	return !strings.HasPrefix(class, "db.t2.") && !strings.HasPrefix(class, "db.t3.")
}
