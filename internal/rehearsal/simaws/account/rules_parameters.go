package account

import (
	"fmt"
	"slices"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/window"
)

// clusterParameterNames are parameters that exist on the cluster only; on an instance AWS does not know them.
var clusterParameterNames = []string{"require_secure_transport", "server_audit_logging", "server_audit_events", "character_set_server", "collation_server", "binlog_format", "time_zone"}

// staticParameters are some that take effect at a restart only.
var staticParameters = []string{
	"binlog_format", "gtid-mode", "innodb_ft_min_token_size", "lower_case_table_names", "performance_schema", "tls_version",
}

func clusterParameters(c *Call) error {
	if family := c.Text("family"); family != "aurora-mysql8.0" {
		return fmt.Errorf("InvalidParameterValue: ParameterGroupFamily %s is not a valid parameter group family", family)
	}
	for _, p := range c.All("parameters[]") {
		values, _ := p.(map[string]any)
		name, _ := values["name"].(string)
		// The provider's own default of the method is "immediate".
		if method, _ := values["applyMethod"].(string); slices.Contains(staticParameters, name) && method != "pending-reboot" {
			return fmt.Errorf("InvalidParameterCombination: cannot use immediate apply method for static parameter %s", name)
		}
	}
	return nil
}

func instanceParameters(c *Call) error {
	for _, name := range c.Texts("parameters[].name") {
		if slices.Contains(clusterParameterNames, name) {
			return fmt.Errorf("InvalidParameterValue: Could not find parameter with name: %s", name)
		}
	}
	return clusterParameters(c)
}

// windowsApart refuses a daily backup window ("03:00-04:00") that meets the weekly maintenance window
// ("sun:05:00-sun:06:00").
func windowsApart(backup, maintenance string) error {
	if backup == "" || maintenance == "" {
		return nil
	}
	b, err := window.Daily(backup)
	if err != nil {
		return fmt.Errorf("InvalidParameterValue: the backup window %q is %w", backup, err)
	}
	m, err := window.Weekly(strings.ToLower(maintenance))
	if err != nil {
		return fmt.Errorf("InvalidParameterValue: the maintenance window %q is %w", maintenance, err)
	}
	if window.Overlaps(b, m) {
		return fmt.Errorf("InvalidParameterCombination: The backup window and maintenance window must not overlap (%s, %s)", backup, maintenance)
	}
	return nil
}

// auditParameters refuses an export of the audit log without the parameters that make the engine write one. AWS takes it,
// and the log stays empty.
func auditParameters(c *Call) error {
	if !slices.Contains(c.Texts("enabledCloudwatchLogsExports[]"), "audit") {
		return nil
	}
	set := map[string]string{}
	for _, p := range at(c.state(dbClusterParamsT, c.Text("dbClusterParameterGroupName")), "parameters[]") {
		values, _ := p.(map[string]any)
		set[fmt.Sprint(values["name"])] = fmt.Sprint(values["value"])
	}
	if on := set["server_audit_logging"]; on != "1" && !strings.EqualFold(on, "ON") || set["server_audit_events"] == "" {
		return fmt.Errorf("the audit log is exported, but the parameter group writes none: it needs server_audit_logging and server_audit_events")
	}
	return nil
}

// restoredFrom refuses a cluster made of a snapshot that nobody has. One that is there never looks at it again.
func restoredFrom(c *Call) error {
	name := c.Text("snapshotIdentifier")
	if name == "" || c.Old != nil {
		return nil
	}
	if at := strings.LastIndex(name, ":cluster-snapshot:"); at >= 0 {
		name = name[at+len(":cluster-snapshot:"):]
	}
	if !c.IsKept("snapshot", name) {
		return fmt.Errorf("DBClusterSnapshotNotFoundFault: DBClusterSnapshot not found: %s", name)
	}
	return nil
}

// domainStandby refuses Multi-AZ with Standby without what it needs.
func domainStandby(c *Call) error {
	if !c.True("clusterConfig.multiAzWithStandbyEnabled") {
		return nil
	}
	nodes, masters := c.Number("clusterConfig.instanceCount"), c.Number("clusterConfig.dedicatedMasterCount")
	switch {
	case c.Number("clusterConfig.zoneAwarenessConfig.availabilityZoneCount") != 3:
		return fmt.Errorf("ValidationException: Multi-AZ with Standby needs three Availability Zones")
	case !c.True("clusterConfig.dedicatedMasterEnabled") || masters != 3:
		return fmt.Errorf("ValidationException: Multi-AZ with Standby needs three dedicated master nodes")
	case int(nodes)%3 != 0:
		return fmt.Errorf("ValidationException: Multi-AZ with Standby needs data nodes in multiples of three, got %.0f", nodes)
	case c.Text("autoTuneOptions.desiredState") == "DISABLED":
		return fmt.Errorf("ValidationException: Multi-AZ with Standby needs Auto-Tune")
	}
	return nil
}
