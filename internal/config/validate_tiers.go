package config

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/morpheus-ha/morpheus-aws/internal/naming"
	"github.com/morpheus-ha/morpheus-aws/internal/versions"
	"github.com/morpheus-ha/morpheus-aws/internal/window"
)

var (
	yamlNumber  = regexp.MustCompile(`^\d+(\.\d+)?$`)
	efsName     = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)
	dbName      = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	brokerName  = regexp.MustCompile(`^[A-Za-z0-9_-]{1,50}$`)
	brokerType  = regexp.MustCompile(`^mq\.(m5\.(large|[24]?xlarge)|m7g\.(large|(2|4|8|12|16)?xlarge))$`)
	clockTime   = regexp.MustCompile(`^([01]\d|2[0-3]):[0-5]\d$`)
	weekdays    = []string{"MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"}
	deployments = []string{ClusterMultiAZ, SingleInstance}
	performance = []string{"generalPurpose", "maxIO"}
	throughput  = []string{"bursting", "elastic"}
)

// version checks a configured engine version against the table.
func (c *Config) version(p *Problems, key string, engine versions.Engine, value string, today time.Time) {
	warning, err := versions.Check(engine, value, today)
	switch {
	case errors.Is(err, versions.ErrUnknown) && yamlNumber.MatchString(value):
		p.Add(key, value, OneOf(versions.Deployable(engine)), "quote it in YAML, where 3.10 without quotes is the number 3.1")
	case err != nil:
		p.Add(key, value, OneOf(versions.Deployable(engine)), err.Error())
	case warning != "":
		c.Warnings = append(c.Warnings, key+": "+warning)
	}
}

func (c *Config) validateFileSystem(p *Problems) {
	f := c.FileSystem
	if !efsName.MatchString(f.Name) {
		p.Add("filesystem.name", f.Name, "1..64 letters, digits, dashes and underscores", "it is the creation token: the file system is made once for it")
	}
	if !slices.Contains(performance, f.PerformanceMode) {
		p.Add("filesystem.performanceMode", f.PerformanceMode, OneOf(performance), "a change replaces the file system")
	}
	if !slices.Contains(throughput, f.ThroughputMode) {
		p.Add("filesystem.throughputMode", f.ThroughputMode, OneOf(throughput), "")
	}
	if f.PerformanceMode == "maxIO" && f.ThroughputMode == "elastic" {
		p.Add("filesystem.throughputMode", f.ThroughputMode, "bursting with maxIO", "EFS has no elastic throughput in that performance mode")
	}
}

func (c *Config) validateDatabase(p *Problems, today time.Time) {
	d := c.Database
	if !dbName.MatchString(d.Name) || len(d.Name) > naming.DBIdentifierMax {
		p.Add("database.name", d.Name, "1..63 lower-case letters, digits and single dashes, a letter first", "")
	}
	c.version(p, "database.engineVersion", versions.Aurora, d.EngineVersion, today)
	least, days := 1, 1
	if c.production() {
		least, days = 2, 7
	}
	p.within("database.instances", d.Instances, least, 15, c.inProduction("high availability needs a reader in another zone, and Aurora takes fifteen", "Aurora takes fifteen"))
	p.within("database.backupRetentionDays", d.BackupRetentionDays, days, 35, c.inProduction("the limits of Aurora; production keeps a week", "the limits of Aurora"))
	if class, ok := strings.CutPrefix(d.InstanceClass, "db."); !ok {
		p.Add("database.instanceClass", d.InstanceClass, "a class of Aurora MySQL 3 such as db.r5.xlarge or db.r6g.large", "")
	} else if !databaseFamilies.has(class) {
		p.Add("database.instanceClass", d.InstanceClass, databaseFamilies.allowed(class), "the classes of Aurora MySQL 3")
	} else if c.production() && burstable.MatchString(d.InstanceClass) {
		p.Add("database.instanceClass", d.InstanceClass, "a class that is not burstable in production", "AWS advises T classes for development only")
	}
	backup, backupErr := window.Daily(d.BackupWindow)
	if backupErr != nil {
		p.Add("database.backupWindow", d.BackupWindow, "hh24:mi-hh24:mi in UTC, at least 30 minutes", backupErr.Error())
	}
	maintenance, maintenanceErr := window.Weekly(d.MaintenanceWindow)
	if maintenanceErr != nil {
		p.Add("database.maintenanceWindow", d.MaintenanceWindow, "ddd:hh24:mi-ddd:hh24:mi in UTC, 30 minutes to a day", maintenanceErr.Error())
	}
	if backupErr == nil && maintenanceErr == nil && window.Overlaps(backup, maintenance) {
		p.Add("database.maintenanceWindow", d.MaintenanceWindow, "apart from the backup window "+d.BackupWindow, "RDS refuses windows that overlap")
	}
}

func (c *Config) validateMessaging(p *Problems, today time.Time) {
	m := c.Messaging
	if !brokerName.MatchString(m.Name) {
		p.Add("messaging.name", m.Name, "1..50 letters, digits, dashes and underscores", "")
	}
	c.version(p, "messaging.engineVersion", versions.RabbitMQ, m.EngineVersion, today)
	if !brokerType.MatchString(m.InstanceType) {
		p.Add("messaging.instanceType", m.InstanceType, "mq.m5.large or larger, or mq.m7g.large or larger", "the types that Amazon MQ makes RabbitMQ brokers of")
	} else if strings.HasPrefix(m.InstanceType, "mq.m7g.") {
		c.Warnings = append(c.Warnings, "messaging.instanceType: "+m.InstanceType+
			" has a tenth of the disk of mq.m5 with RabbitMQ 3.13 (15 GB on large); a full disk blocks publishers")
	}
	if !slices.Contains(deployments, m.DeploymentMode) {
		p.Add("messaging.deploymentMode", m.DeploymentMode, OneOf(deployments), "")
	} else if c.production() && m.DeploymentMode != ClusterMultiAZ {
		p.Add("messaging.deploymentMode", m.DeploymentMode, ClusterMultiAZ+" in production", "a single broker is down in every maintenance window")
	}
	if !slices.Contains(weekdays, m.MaintenanceDay) {
		p.Add("messaging.maintenanceDay", m.MaintenanceDay, OneOf(weekdays), "")
	}
	if !clockTime.MatchString(m.MaintenanceTime) {
		p.Add("messaging.maintenanceTime", m.MaintenanceTime, "a time such as 05:00, in UTC", "")
	}
}
