package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var (
	// coldDays are the periods after which EFS moves a file; 0 is never.
	coldDays = []int{0, 1, 7, 14, 30, 60, 90, 180, 270, 365}
	// snapshotName and snapshotArn may be of a snapshot that RDS or AWS Backup has made by itself.
	snapshotName   = regexp.MustCompile(`^((rds|awsbackup):)?[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*$`)
	snapshotArn    = regexp.MustCompile(`^arn:aws[a-z-]*:rds:[a-z0-9-]+:\d{12}:cluster-snapshot:((rds|awsbackup):)?[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*$`)
	emailAddress   = regexp.MustCompile(`^[A-Za-z0-9_%+'&-]+(\.[A-Za-z0-9_%+'&-]+)*@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}$`)
	insightsModes  = []string{InsightsStandard, InsightsAdvanced}
	administrators = []string{AdministratorManaged, AdministratorOwn}
)

// maxSnapshotName is the length that RDS takes.
const maxSnapshotName = 255

// reservedConnections are kept for administrators, monitoring and the appliance's own tools.
const reservedConnections = 10

func (c *Config) validateReplica(p *Problems) {
	f := c.FileSystem
	if !slices.Contains(coldDays, f.TransitionToIADays) {
		p.Add("filesystem.transitionToIaDays", f.TransitionToIADays, "one of "+strings.Trim(fmt.Sprint(coldDays), "[]"), "the periods that EFS knows; 0 is never")
	}
	switch {
	case f.ReplicationRegion == "":
	case !region.MatchString(f.ReplicationRegion):
		p.Add("filesystem.replicationRegion", f.ReplicationRegion, "the name of a region such as us-west-2, or empty", "")
	case partitionPrefix(f.ReplicationRegion) != partitionPrefix(c.AWS.Region):
		p.Add("filesystem.replicationRegion", f.ReplicationRegion, "a region of the stack's own partition", "China and GovCloud are apart from all other regions")
	case f.ReplicationRegion == c.AWS.Region:
		p.Add("filesystem.replicationRegion", f.ReplicationRegion, "another region than the stack's", "a copy in the same region is lost with it")
	}
	if f.ReplicationKeyArn == "" {
		return
	}
	switch m := keyARN.FindStringSubmatch(f.ReplicationKeyArn); {
	case m == nil:
		p.Add("filesystem.replicationKeyArn", f.ReplicationKeyArn, "the ARN of a KMS key, or empty for the key that EFS keeps", "")
	case f.ReplicationRegion == "":
		p.Add("filesystem.replicationKeyArn", f.ReplicationKeyArn, "empty without filesystem.replicationRegion", "there is no copy to encrypt")
	case m[2] != f.ReplicationRegion:
		p.Add("filesystem.replicationKeyArn", f.ReplicationKeyArn, "a key in "+f.ReplicationRegion, "a copy is encrypted in its own region")
	case m[3] != c.AWS.AccountID:
		p.Add("filesystem.replicationKeyArn", f.ReplicationKeyArn, "a key of account "+c.AWS.AccountID, "the copy is made in the same account")
	}
}

func (c *Config) validateDatabaseOptions(p *Problems) {
	d := c.Database
	small := burstable.MatchString(d.InstanceClass)
	if d.Insights != "" && !slices.Contains(insightsModes, d.Insights) {
		p.Add("database.insights", d.Insights, OneOf(insightsModes)+", or empty", "")
	} else if d.Insights == InsightsAdvanced && small {
		p.Add("database.insights", d.Insights, "standard or empty on "+d.InstanceClass, "burstable classes have no advanced mode")
	}
	if !slices.Contains(administrators, d.AdministratorSecret) {
		p.Add("database.administratorSecret", d.AdministratorSecret, OneOf(administrators), "")
	}
	if s := d.SnapshotIdentifier; s != "" && !snapshotName.MatchString(s) && !snapshotArn.MatchString(s) || len(s[strings.LastIndexByte(s, ':')+1:]) > maxSnapshotName {
		p.Add("database.snapshotIdentifier", s, "the name or ARN of a cluster snapshot, or empty", "")
	} else if strings.HasPrefix(s, "arn:") && strings.Split(s, ":")[3] != c.AWS.Region {
		p.Add("database.snapshotIdentifier", s, "a snapshot in "+c.AWS.Region, "RDS restores in the snapshot's own region; copy it first")
	}
	if d.GlobalDatabase == "" {
		return
	}
	if !dbName.MatchString(d.GlobalDatabase) || len(d.GlobalDatabase) > 63 {
		p.Add("database.globalDatabase", d.GlobalDatabase, "1..63 lower-case letters, digits and single dashes, a letter first", "")
	}
	if d.AdministratorSecret == AdministratorManaged {
		p.Add("database.globalDatabase", d.GlobalDatabase, "empty while database.administratorSecret is managed",
			"RDS does not manage the administrator's password in a global database; run `pulumi up` with own first, which changes the password in place")
	}
	if small {
		p.Add("database.globalDatabase", d.GlobalDatabase, "empty on "+d.InstanceClass, "a global database has memory-optimised classes only")
	}
}

// validateConnections holds what all nodes may open against what the class takes: of a group whose nodes are all replaced, the
// new ones stand beside the old, and cluster.maxSize does not hold AWS back.
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-maintenance-policy-overview-and-considerations.html
func (c *Config) validateConnections(p *Problems) {
	d := c.Database
	if c.production() && burstable.MatchString(d.InstanceClass) {
		return // the class is the problem
	}
	p.within("database.connectionsPerNode", d.ConnectionsPerNode, 10, 2000, "what a pool of connections can sensibly hold")
	most := maxConnections(d.InstanceClass)
	nodes := MaxDuringReplacement(c.Cluster.MaxSize)
	if want := nodes*d.ConnectionsPerNode + reservedConnections; most > 0 && d.ConnectionsPerNode >= 10 && c.Cluster.MaxSize > 0 && want > most {
		p.Add("database.connectionsPerNode", d.ConnectionsPerNode, fmt.Sprintf("at most %d with cluster.maxSize %d on %s",
			max(0, (most-reservedConnections)/nodes), c.Cluster.MaxSize, d.InstanceClass),
			fmt.Sprintf("the class takes %d connections, %d of them kept for administrators, and %d nodes while all are replaced; nodes beyond that fail to start",
				most, reservedConnections, nodes))
	}
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

func (c *Config) validateRotation(p *Problems) {
	for _, r := range []struct {
		key   string
		value int
	}{
		{"rotation.databaseUser", c.Rotation.DatabaseUser},
		{"rotation.databaseAdministrator", c.Rotation.DatabaseAdministrator},
		{"rotation.messaging", c.Rotation.Messaging},
		{"rotation.search", c.Rotation.Search},
	} {
		if r.value < 1 {
			p.Add(r.key, r.value, "1 or more", "it is counted up for each new password")
		}
	}
	if c.Rotation.DatabaseAdministrator > 1 && c.Database.AdministratorSecret == AdministratorManaged {
		p.Add("rotation.databaseAdministrator", c.Rotation.DatabaseAdministrator, "1 while database.administratorSecret is managed", "RDS rotates that password itself")
	}
}

func (c *Config) validateNotifications(p *Problems) {
	for i, email := range c.Notifications.Emails {
		key := fmt.Sprintf("notifications.emails[%d]", i)
		if !emailAddress.MatchString(email) {
			p.Add(key, email, "an address such as oncall@example.com", "")
		} else if slices.Contains(c.Notifications.Emails[:i], email) {
			p.Add(key, email, "an address that is not in the list already", "")
		}
	}
}

// partitionPrefix tells the regions of China and GovCloud from all others.
func partitionPrefix(region string) string {
	for _, prefix := range []string{"cn-", "us-gov-", "us-iso-", "us-isob-", "us-isof-", "eu-isoe-", "eusc-"} {
		if strings.HasPrefix(region, prefix) {
			return prefix
		}
	}
	return ""
}
