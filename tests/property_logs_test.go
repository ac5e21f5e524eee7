package tests

import (
	"slices"
	"testing"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
)

// writing are the parameters that make Aurora write each log. With the defaults AWS exports an empty log, or one that
// lacks what it is read for. https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_LogAccess.MySQL.html
// and AuroraMySQL.Auditing.html
var writing = map[string]map[string]func(value string) bool{
	"audit": {
		"server_audit_logging": oneOf("1", "ON"),
		"server_audit_events":  func(value string) bool { return value != "" },
	},
	"slowquery": {
		"slow_query_log": oneOf("1", "ON"),
		"log_output":     oneOf("FILE"),
		// Seconds. By default it is 10: a page that needs four such queries is never found.
		"long_query_time": oneOf("1", "2", "3"),
	},
	"error": {
		"innodb_print_all_deadlocks": oneOf("1", "ON"), // otherwise only the last one can be asked for
	},
}

func oneOf(wanted ...string) func(string) bool {
	return func(value string) bool { return slices.Contains(wanted, value) }
}

func TestEveryExportedLogOfTheDatabaseIsWritten(t *testing.T) {
	everywhere(t, func(p *property, d deployment) {
		set := parameters(d.recorder)
		for _, cluster := range d.OfType(dbCluster) {
			for _, log := range cluster.Texts("enabledCloudwatchLogsExports") {
				rows, known := writing[log]
				p.is(known, "%s exports the log %q: add the parameters that make Aurora write it", cluster.Name, log)
				for name, right := range rows {
					p.is(right(set[name]), "%s exports the log %q, and %s is %q: Aurora does not write what it is read for",
						cluster.Name, log, name, set[name])
				}
			}
		}
	})
}

// Auto-Tune restarts nodes for some of its changes.
func TestAutoTuneWaitsForTheOffPeakWindow(t *testing.T) {
	everywhere(t, func(p *property, d deployment) {
		for _, domain := range d.OfType(string(awstoken.OpenSearchDomain)) {
			if domain.Get("autoTuneOptions.desiredState") != "ENABLED" {
				continue
			}
			p.is(domain.Get("autoTuneOptions.useOffPeakWindow") == true,
				"%s: Auto-Tune must change the domain in its off-peak window only", domain.Name)
		}
	})
}
