package config

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/naming"
	"github.com/morpheus-ha/morpheus-aws/internal/versions"
	"github.com/morpheus-ha/morpheus-aws/internal/window"
)

// Database is the Aurora MySQL cluster.
type Database struct {
	Name                string `json:"name"`
	EngineVersion       string `json:"engineVersion"`
	InstanceClass       string `json:"instanceClass"`
	Instances           int    `json:"instances"`
	BackupRetentionDays int    `json:"backupRetentionDays"`
	BackupWindow        string `json:"backupWindow"`
	MaintenanceWindow   string `json:"maintenanceWindow"`
	ConnectionsPerNode  int    `json:"connectionsPerNode"`
	Insights            string `json:"insights"`
	SnapshotIdentifier  string `json:"snapshotIdentifier"`
	AdministratorSecret string `json:"administratorSecret"`
}

// Values of database.insights.
const (
	InsightsStandard = "standard"
	InsightsAdvanced = "advanced"
)

// Values of database.administratorSecret.
const (
	AdministratorManaged = "managed" // RDS makes the password and rotates it every seven days
	AdministratorOwn     = "own"     // a secret of the stack, as a global database needs it
)

// DatabaseAdministrator is the administrator of a database that the program makes. It may not be "admin", the default
// that attackers try first (Security Hub RDS.24).
const DatabaseAdministrator = "morpheus_admin"

var (
	dbName = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	// snapshot is the name or the ARN of a cluster snapshot; its first group has the region of an ARN. RDS and AWS
	// Backup put a prefix before the names of the snapshots that they make by themselves. The name has up to 255
	// characters.
	snapshot = regexp.MustCompile(`^(?:arn:aws[a-z-]*:rds:([a-z0-9-]+):\d{12}:cluster-snapshot:)?` +
		`((rds|awsbackup):)?[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*$`)
)

const (
	maxSnapshotName = 255
	isDBName        = "1..63 lower-case letters, digits and single dashes, a letter first"
)

// databaseFamilies have no end dates: AWS publishes those for engines, not for instance classes.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Concepts.DBInstanceClass.SupportAurora.html
var databaseFamilies = families{
	"r5":  xlarge(2, 4, 8, 12, 16, 24),
	"r6g": xlarge(2, 4, 8, 12, 16),
	"r6i": xlarge(2, 4, 8, 12, 16, 24, 32),
	"r7g": xlarge(2, 4, 8, 12, 16),
	"r7i": xlarge(2, 4, 8, 12, 16, 24, 48),
	"r8g": xlarge(2, 4, 8, 12, 16, 24, 48),
	"t3":  {"medium", "large"},
	"t4g": {"medium", "large"},
}

var databaseRows = []Row{
	{
		Key:   "database.name",
		Limit: Text{Is: isDBName, Pattern: dbName, MaxLength: naming.DBIdentifierMax},
		Empty: "for morpheus-<stack>",
	},
	{Key: "database.engineVersion", Limit: Version{versions.Aurora}},
	{
		Key: "database.instanceClass",
		Limit: Types{
			Is: "a class of Aurora MySQL 3 such as db.r5.xlarge or db.r6g.large", Noun: "a class",
			Prefix: "db.", Families: databaseFamilies,
			WhyFamilies: "the classes of Aurora MySQL 3", WhyBurstable: "AWS advises T classes for development only",
		},
	},
	{
		Key:           "database.instances",
		Limit:         Range{Min: 1, Max: 15, ProductionMin: 2},
		Why:           "Aurora takes fifteen",
		WhyProduction: "high availability needs a reader in another zone, and Aurora takes fifteen",
	},
	{
		Key:           "database.backupRetentionDays",
		Limit:         Range{Min: 1, Max: 35, ProductionMin: 7},
		Why:           "the limits of Aurora",
		WhyProduction: "the limits of Aurora; production keeps a week",
	},
	{
		Key: "database.backupWindow",
		Limit: Text{
			Is:      "hh24:mi-hh24:mi in UTC, at least 30 minutes",
			Pattern: window.DailyForm, Valid: isDailyWindow,
		},
	},
	{
		Key: "database.maintenanceWindow",
		Limit: Text{
			Is:      "ddd:hh24:mi-ddd:hh24:mi in UTC, 30 minutes to a day",
			Pattern: window.WeeklyForm, Valid: isWeeklyWindow,
		},
	},
	{
		Key:   "database.connectionsPerNode",
		Limit: Range{Min: 10, Max: 2000},
		Why:   "what a pool of connections can sensibly hold",
	},
	{
		Key:   "database.insights",
		Limit: Choice{Values: []string{InsightsStandard, InsightsAdvanced}},
		Empty: "for the mode that the database has",
	},
	{
		Key:   "database.snapshotIdentifier",
		Limit: Text{Is: "the name or ARN of a cluster snapshot", Pattern: snapshot, Valid: valid(isSnapshotLength)},
		Empty: "for an empty database",
	},
	{
		Key:   "database.administratorSecret",
		Limit: Choice{Values: []string{AdministratorManaged, AdministratorOwn}},
	},
}

var databaseRules = []Rule{
	{
		Keys:  []string{"database.maintenanceWindow"},
		Needs: []string{"database.backupWindow"},
		Says:  "apart from database.backupWindow",
		check: (*Config).checkDatabaseWindows,
	},
	{
		Keys:  []string{"database.insights"},
		Needs: []string{"database.instanceClass"},
		Says:  "not advanced on a burstable class",
		check: (*Config).checkInsights,
	},
	{
		Keys:  []string{"database.snapshotIdentifier"},
		Needs: []string{"aws.region"},
		Says:  "in the stack's region",
		check: (*Config).checkSnapshot,
	},
	{
		Keys:  []string{"database.connectionsPerNode"},
		Needs: []string{"database.instanceClass", "cluster.maxSize"},
		Says:  "all nodes together, also while all are replaced, stay below what database.instanceClass takes",
		check: (*Config).checkConnections,
	},
}

func isDailyWindow(text string) error {
	_, err := window.Daily(text)
	return err
}

func isWeeklyWindow(text string) error {
	_, err := window.Weekly(text)
	return err
}

func (c *Config) checkDatabaseWindows(p *Problems) {
	backup, backupErr := window.Daily(c.Database.BackupWindow)
	maintenance, maintenanceErr := window.Weekly(c.Database.MaintenanceWindow)
	if backupErr == nil && maintenanceErr == nil && window.Overlaps(backup, maintenance) {
		p.Add("database.maintenanceWindow", c.Database.MaintenanceWindow,
			"apart from the backup window "+c.Database.BackupWindow, "RDS refuses windows that overlap")
	}
}

func (d *Database) isBurstable() bool {
	return burstable.MatchString(strings.TrimPrefix(d.InstanceClass, "db."))
}

func (c *Config) checkInsights(p *Problems) {
	if d := c.Database; d.Insights == InsightsAdvanced && d.isBurstable() {
		p.Add("database.insights", d.Insights, "standard or empty on "+d.InstanceClass,
			"burstable classes have no advanced mode")
	}
}

// isSnapshotLength looks at the name alone, which stands behind the last colon.
func isSnapshotLength(identifier string) bool {
	return len(identifier[strings.LastIndexByte(identifier, ':')+1:]) <= maxSnapshotName
}

func (c *Config) checkSnapshot(p *Problems) {
	identifier := c.Database.SnapshotIdentifier
	m := snapshot.FindStringSubmatch(identifier)
	if m != nil && m[1] != "" && m[1] != c.AWS.Region {
		p.Add("database.snapshotIdentifier", identifier, "a snapshot in "+c.AWS.Region,
			"RDS restores in the snapshot's own region; copy it first")
	}
}

// reservedConnections are kept for administrators, monitoring and the appliance's own tools.
const reservedConnections = 10

// checkConnections compares the connections that all nodes may open with those that the class takes. While AWS
// replaces all nodes of a group, the new ones stand beside the old, whatever cluster.maxSize is.
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-maintenance-policy-overview-and-considerations.html
func (c *Config) checkConnections(p *Problems) {
	const key = "database.connectionsPerNode"
	d := c.Database
	most := maxConnections(d.InstanceClass)
	if p.anyRefused(key, "database.instanceClass") || most == 0 || c.Cluster.MaxSize < 1 {
		return
	}
	nodes := MaxDuringReplacement(c.Cluster.MaxSize)
	if nodes*d.ConnectionsPerNode+reservedConnections <= most {
		return
	}
	p.Add(key, d.ConnectionsPerNode,
		fmt.Sprintf("at most %d with cluster.maxSize %d on %s",
			max(0, (most-reservedConnections)/nodes), c.Cluster.MaxSize, d.InstanceClass),
		fmt.Sprintf("the class takes %d connections, %d of them kept for administrators, "+
			"and %d nodes while all are replaced; nodes beyond that fail to start", most, reservedConnections, nodes))
}

// maxConnections is the default of max_connections, which follows the memory of the class; 0 for a class that is not
// known. https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Managing.Performance.html
func maxConnections(class string) int {
	class, isClass := strings.CutPrefix(class, "db.")
	family, size, _ := strings.Cut(class, ".")
	if !isClass || !databaseFamilies.has(class) {
		return 0
	}
	if strings.HasPrefix(family, "t") {
		return map[string]int{"medium": 90, "large": 135}[size]
	}
	return map[string]int{
		"large": 1000, "xlarge": 2000, "2xlarge": 3000, "4xlarge": 4000, "8xlarge": 5000,
		"12xlarge": 6000, "16xlarge": 6000, "24xlarge": 7000, "32xlarge": 7000, "48xlarge": 7000,
	}[size]
}
