package awstypes

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/versions"
	"github.com/morpheus-ha/morpheus-aws/internal/window"
)

// auroraVersion matches the versions of Aurora MySQL 3 that AWS offers.
var auroraVersion = regexp.MustCompile(`^8\.0\.mysql_aurora\.3\.(10|12|13)\.\d+$|^8\.0$`)

// auroraClass has the sizes of each instance family.
var auroraClass = regexp.MustCompile(
	`^db\.(serverless|(t3|t4g)\.(medium|large)|(r6g|r7g|x2g)\.(large|(2|4|8|12|16)?xlarge)|` +
		`r5\.(large|(2|4|8|12|16|24)?xlarge)|r6i\.(large|(2|4|8|12|16|24|32)?xlarge)|` +
		`(r7i|r8g)\.(large|(2|4|8|12|16|24|48)?xlarge))$`,
)

var clusterRules = []Rule{
	{
		Name: "aurora-version", AWS: Error,
		Refuses: "a version that Aurora MySQL 3 does not have",
		Source:  docs + "AmazonRDS/latest/APIReference/API_CreateDBCluster.html",
		Check: func(c *Call) error {
			if v := c.Text("engineVersion"); c.Text("engine") == "aurora-mysql" && v != "" &&
				!auroraVersion.MatchString(v) {
				return fmt.Errorf("InvalidParameterCombination: Cannot find version %s for aurora-mysql", v)
			}
			return nil
		},
	},
	{
		Name: "aurora-downgrade", AWS: Error,
		Refuses: "a version that is older than the cluster's",
		Source:  docs + "AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Updates.MajorVersionUpgrade.html",
		Check: func(c *Call) error {
			if old, wanted := c.OldIn["engineVersion"], c.Text("engineVersion"); versions.Lowered(old, wanted) {
				return fmt.Errorf("InvalidParameterCombination: Cannot upgrade aurora-mysql from %s to %s", old, wanted)
			}
			return nil
		},
	},
	{
		Name: "aurora-windows", AWS: Error,
		Refuses: "overlapping backup and maintenance windows",
		Source:  docs + "AmazonRDS/latest/AuroraUserGuide/Aurora.Managing.Backups.html",
		Check: func(c *Call) error {
			return windowsApart(c.Text("preferredBackupWindow"), c.Text("preferredMaintenanceWindow"))
		},
	},
	{
		Name: "aurora-retention", AWS: Error,
		Refuses: "backups for less than 1 or more than 35 days",
		Source:  docs + "AmazonRDS/latest/APIReference/API_CreateDBCluster.html",
		Check: func(c *Call) error {
			if days := numberOr(c.In["backupRetentionPeriod"], 1); days < 1 || days > 35 {
				return fmt.Errorf("InvalidParameterValue: Invalid backup retention period: %.0f. Retention "+
					"period must be between 1 and 35", days)
			}
			return nil
		},
	},
	{
		Name: "aurora-managed-secret", AWS: Error,
		Refuses: "a managed secret and a password, neither, or a managed secret in a global database",
		Source:  docs + "AmazonRDS/latest/AuroraUserGuide/rds-secrets-manager.html",
		Check: func(c *Call) error {
			managed, given := c.isTrue("manageMasterUserPassword"), c.Text("masterPassword") != ""
			switch {
			case managed && given:
				return fmt.Errorf("InvalidParameterCombination: You can specify either masterPassword or " +
					"manageMasterUserPassword, not both")
			case !managed && !given && c.Text("snapshotIdentifier") == "" && c.Text("globalClusterIdentifier") == "":
				return fmt.Errorf("InvalidParameterValue: the master user needs a password or a managed secret")
			case managed && c.inGlobalDatabase():
				return fmt.Errorf("InvalidParameterCombination: managed master passwords are not supported for " +
					"clusters of a global database")
			}
			return nil
		},
	},
	{
		Name: "aurora-master-user", AWS: Error,
		Refuses: "a user name that is not an identifier",
		Source:  docs + "AmazonRDS/latest/APIReference/API_CreateDBCluster.html",
		Check: func(c *Call) error {
			if name := c.Text("masterUsername"); name != "" &&
				!regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,15}$`).MatchString(name) {
				return fmt.Errorf("InvalidParameterValue: the parameter MasterUsername %q is not a valid "+
					"identifier: a letter, then letters, digits or _, at most 16", name)
			}
			return nil
		},
	},
	{
		Name: "aurora-log-parameters", AWS: Quiet,
		Refuses: "an export of the audit log without the parameters that turn it on",
		Source:  docs + "AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Auditing.html",
		Check:   auditParameters,
	},
	{
		Name: "aurora-snapshot", AWS: Error,
		Refuses: "a creation from a missing snapshot",
		Source:  docs + "AmazonRDS/latest/AuroraUserGuide/aurora-restore-snapshot.html",
		Check:   restoredFrom,
	},
	{
		Name: "aurora-backtrack-global", AWS: Error,
		Refuses: "backtrack in a global database",
		Source:  docs + "AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Managing.Backtrack.html",
		Check: func(c *Call) error {
			if c.number("backtrackWindow") > 0 && c.Text("globalClusterIdentifier") != "" {
				return fmt.Errorf("InvalidParameterCombination: Backtrack is not supported for clusters of a " +
					"global database")
			}
			return nil
		},
	},
	{
		Name: "aurora-secondary", AWS: Error,
		Refuses: "a member of a global database that is missing, has another version, or has a member in the region already; a " +
			"member with a user, a password or a snapshot, or encrypted without the region of the writer",
		Source: docs + "AmazonRDS/latest/AuroraUserGuide/aurora-global-database-attaching.html",
		Check:  secondaryMember,
	},
}

var instanceRules = []Rule{
	{
		Name: "instance-class-zone", AWS: Error,
		Refuses: "a class that the zone does not offer",
		Source:  docs + "AmazonRDS/latest/APIReference/API_CreateDBInstance.html",
		Check: func(c *Call) error {
			return c.notOffered("InsufficientDBInstanceCapacity", c.Text("instanceClass"), c.texts("availabilityZone"))
		},
	},
	{
		Name: "aurora-instance-class", AWS: Error,
		Refuses: "a class, or a size of it, that Aurora MySQL 3 does not have",
		Source:  docs + "AmazonRDS/latest/AuroraUserGuide/Concepts.DBInstanceClass.SupportAurora.html",
		Check: func(c *Call) error {
			if class := c.Text("instanceClass"); !auroraClass.MatchString(class) {
				return fmt.Errorf("InvalidParameterCombination: RDS does not support creating a DB instance "+
					"with DBInstanceClass=%s, Engine=aurora-mysql", class)
			}
			return nil
		},
	},
	{
		Name: "aurora-instance-zone", AWS: Error,
		Refuses: "a zone in which the subnet group has no subnet",
		Source:  docs + "AmazonRDS/latest/APIReference/API_CreateDBCluster.html",
		Check: func(c *Call) error {
			zone := c.Text("availabilityZone")
			group := c.ByID(awstoken.RDSSubnetGroup, c.Text("dbSubnetGroupName"))
			if zone == "" || group == nil {
				return nil
			}
			if zones := c.zonesOf(Texts(group.State, "subnetIds[]")); !slices.Contains(zones, zone) {
				return fmt.Errorf("InvalidVPCNetworkStateFault: the DB subnet group has no subnet in %s, only "+
					"in %v", zone, zones)
			}
			return nil
		},
	},
	{
		Name: "aurora-enhanced-monitoring", AWS: Error,
		Refuses: "enhanced monitoring without role",
		Source:  docs + "AmazonRDS/latest/AuroraUserGuide/USER_Monitoring.OS.Enabling.html",
		Check: func(c *Call) error {
			if c.number("monitoringInterval") > 0 && c.Text("monitoringRoleArn") == "" {
				return fmt.Errorf("InvalidParameterCombination: A MonitoringRoleARN value is required if you " +
					"specify a MonitoringInterval value other than 0")
			}
			return nil
		},
	},
	{
		Name: "aurora-insights-retention", AWS: Error,
		Refuses: "days other than 7, 731 and multiples of 31",
		Source:  docs + "AmazonRDS/latest/AuroraUserGuide/USER_PerfInsights.Overview.cost.html",
		Check: func(c *Call) error {
			days := int(c.number("performanceInsightsRetentionPeriod"))
			if days != 0 && days != 7 && days != 731 && days%31 != 0 {
				return fmt.Errorf("InvalidParameterValue: Invalid Performance Insights retention period: %d; "+
					"valid are 7, 731 and multiples of 31", days)
			}
			return nil
		},
	},
	{
		Name: "aurora-instance-maintenance", AWS: Error,
		Refuses: "maintenance in the cluster's backup window",
		Source:  docs + "AmazonRDS/latest/AuroraUserGuide/Aurora.Managing.Backups.html",
		Check: func(c *Call) error {
			backup, _ := c.state(awstoken.RDSCluster, c.Text("clusterIdentifier"))["preferredBackupWindow"].(string)
			return windowsApart(backup, c.Text("preferredMaintenanceWindow"))
		},
	},
}

// windowsApart refuses a daily backup window ("03:00-04:00") that overlaps the weekly maintenance window
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
		return fmt.Errorf("InvalidParameterCombination: The backup window and maintenance window must not "+
			"overlap (%s, %s)", backup, maintenance)
	}
	return nil
}

// auditParameters refuses an export of the audit log without the parameters that turn it on. AWS accepts it, and the
// log stays empty.
func auditParameters(c *Call) error {
	if !slices.Contains(c.texts("enabledCloudwatchLogsExports[]"), "audit") {
		return nil
	}
	set := map[string]string{}
	for _, p := range at(c.state(awstoken.RDSClusterParameterGroup, c.Text("dbClusterParameterGroupName")),
		"parameters[]") {
		values, _ := p.(map[string]any)
		set[fmt.Sprint(values["name"])] = fmt.Sprint(values["value"])
	}
	if on := set["server_audit_logging"]; on != "1" && !strings.EqualFold(on, "ON") ||
		set["server_audit_events"] == "" {
		return fmt.Errorf("the audit log is exported, but the parameter group writes none: it needs " +
			"server_audit_logging and server_audit_events")
	}
	return nil
}

// restoredFrom refuses to create a cluster from a missing snapshot. An existing cluster does not use the snapshot.
func restoredFrom(c *Call) error {
	name := c.Text("snapshotIdentifier")
	if name == "" || c.Old != nil {
		return nil
	}
	if !c.hasSnapshot(name) {
		return fmt.Errorf("DBClusterSnapshotNotFoundFault: DBClusterSnapshot not found: %s", snapshotName(name))
	}
	return nil
}

// snapshotName returns the name in the ARN of a snapshot, or the name itself.
func snapshotName(id string) string {
	if at := strings.LastIndex(id, ":cluster-snapshot:"); at >= 0 {
		return id[at+len(":cluster-snapshot:"):]
	}
	return id
}

// hasSnapshot reports whether a snapshot exists: a final one of a deleted cluster, or one from before.
func (c *Call) hasSnapshot(id string) bool {
	return c.isKept("snapshot", snapshotName(id)) || len(c.snapshots(id)) > 0
}

func (c *Call) snapshots(id string) []*Resource {
	return c.Find(RDSClusterSnapshot, func(r *Resource) bool { return r.ID == id || r.State["arn"] == id })
}

// secondaryMember is about a cluster that joins a global database. The writer founds it, and is not asked.
func secondaryMember(c *Call) error {
	id := c.Text("globalClusterIdentifier")
	if id == "" || c.Old != nil {
		return nil
	}
	found := c.globalDatabase(id)
	switch {
	case found == nil:
		return fmt.Errorf("GlobalClusterNotFoundFault: Global cluster %s not found", id)
	case c.Text("masterUsername") != "" || c.Text("masterPassword") != "" || c.Text("snapshotIdentifier") != "":
		return fmt.Errorf("InvalidParameterCombination: cannot specify a user, a password or a snapshot for a cluster that " +
			"joins a global database")
	case found.State["engineVersion"] != c.Text("engineVersion"):
		return fmt.Errorf("InvalidParameterValue: the engine version must be that of the global cluster, %v",
			found.State["engineVersion"])
	case c.isTrue("storageEncrypted") && c.Text("sourceRegion") == "":
		return fmt.Errorf("InvalidParameterCombination: the source region is required for an encrypted cluster")
	}
	for _, member := range Texts(found.State, "globalClusterMembers[].dbClusterArn") {
		if strings.Split(member, ":")[3] == c.Region {
			return fmt.Errorf("InvalidGlobalClusterStateFault: the global cluster has a member in %s: %s", c.Region, member)
		}
	}
	return nil
}

// globalDatabase returns the global database with an identifier, wherever it was founded.
func (c *Call) globalDatabase(id string) *Resource {
	for _, r := range c.Store.Resources(awstoken.RDSGlobalCluster, "") {
		if r.ID == id {
			return r
		}
	}
	return nil
}

// joinGlobal makes a new cluster a member, and leaveGlobal takes it out.
func joinGlobal(c *Call) {
	if found := c.globalDatabase(c.Text("globalClusterIdentifier")); found != nil && c.Old == nil {
		members, _ := found.State["globalClusterMembers"].([]any)
		found.State = maps.Clone(found.State)
		found.State["globalClusterMembers"] = append(slices.Clone(members),
			map[string]any{"dbClusterArn": c.State["arn"], "isWriter": false})
	}
}

func leaveGlobal(c *Call) {
	id, _ := c.State["globalClusterIdentifier"].(string)
	if found := c.globalDatabase(id); found != nil {
		members, _ := found.State["globalClusterMembers"].([]any)
		found.State = maps.Clone(found.State)
		found.State["globalClusterMembers"] = slices.DeleteFunc(slices.Clone(members), func(m any) bool {
			member, _ := m.(map[string]any)
			return member["dbClusterArn"] == c.State["arn"]
		})
	}
}
