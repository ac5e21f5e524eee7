package database

import (
	"github.com/morpheus-ha/morpheus-aws/internal/alarm"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
)

// auditRole is the role of the name of the audit log's group.
const auditRole = "databaseAudit"

var filters = []alarm.Filter{
	// The audit log has a line for each attempt to connect.
	{Name: "database-failed-logins", Group: alarm.Of(auditRole), Pattern: "FAILED_CONNECT"},
}

func loginFact(m config.Monitoring, metricNamespace string) alarm.Fact {
	return alarm.Fact{
		Name: "failed-logins", Aspect: alarm.Errors, Severity: alarm.Ticket,
		Metrics:    alarm.Logged(metricNamespace, filters[0].Name),
		Comparison: alarm.Above, Threshold: float64(m.FailedLogins), Unit: "refused log-ins in five minutes",
		Setting: "monitoring.failedLogins", Window: alarm.For(1, 300),
		Missing: alarm.NotBreaching, WhyMissing: "nobody tries to connect",
		Meaning: "The database refuses log-ins: a node has a wrong password, or somebody guesses one.",
		Action: "Run the saved query database-logins (docs/monitoring.md) to see who tries, and from which address. Nodes have " +
			"addresses of the application subnets: compare their secret with the database's (docs/secrets.md).",
		Source: "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Auditing.html",
	}
}
