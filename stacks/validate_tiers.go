package stacks

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/morpheus-ha/morpheus-aws/internal/naming"
	"github.com/morpheus-ha/morpheus-aws/internal/versions"
	"github.com/morpheus-ha/morpheus-aws/internal/window"
)

// Values of the keys below serviceLinkedRoles.
const (
	roleCreate   = "create"
	roleExisting = "existing"
)

const (
	clusterMultiAZ = "CLUSTER_MULTI_AZ"
	singleInstance = "SINGLE_INSTANCE"
	// minRootVolume is the least local disk that the vendor's requirements name, in GiB.
	minRootVolume = 200
)

var (
	efsName      = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)
	dbName       = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	dbClass      = regexp.MustCompile(`^db\.((r5|r6g|r6i|r7g|r7i|r8g)\.(large|(2|4|8|12|16|24|32|48)?xlarge)|(t4g|t3)\.(medium|large))$`)
	brokerName   = regexp.MustCompile(`^[A-Za-z0-9_-]{1,50}$`)
	brokerType   = regexp.MustCompile(`^mq\.(m5\.(large|[24]?xlarge)|m7g\.(large|(2|4|8|12|16)?xlarge))$`)
	clockTime    = regexp.MustCompile(`^([01]\d|2[0-3]):[0-5]\d$`)
	domainName   = regexp.MustCompile(`^[a-z][a-z0-9-]{2,27}$`)
	searchType   = regexp.MustCompile(`^[a-z]+\d[a-z]*\.(small|medium|large|\d*xlarge)\.search$`)
	instanceType = regexp.MustCompile(`^[a-z]+\d[a-z-]*\.(large|\d*xlarge|metal)$`)
	armType      = regexp.MustCompile(`^(a1|[a-z]+\d+g[a-z]*)\.`)
	imageName    = regexp.MustCompile(`^/aws/service/canonical/ubuntu/server/(\d\d\.\d\d)/stable/(current|\d{8}(\.\d+)?)/(amd64|arm64)/hvm/ebs-gp[23]/ami-id$`)
	ubuntuLTS    = []string{"20.04", "22.04", "24.04"} // that Morpheus 8.0 runs on
	weekdays     = []string{"MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"}
	deployments  = []string{clusterMultiAZ, singleInstance}
	masterCounts = []string{"0", "3"}
	performance  = []string{"generalPurpose", "maxIO"}
	throughput   = []string{"bursting", "elastic"}
	burstable    = regexp.MustCompile(`^(db\.t|t)\d`)
)

// version checks a configured engine version against the table.
func (c *Config) version(p *problems, key string, engine versions.Engine, value string, today time.Time) {
	warning, err := versions.Check(engine, value, today)
	switch {
	case err != nil:
		p.add(key, value, oneOf(versions.Deployable(engine)), err.Error())
	case warning != "":
		c.Warnings = append(c.Warnings, key+": "+warning)
	}
}

func (c *Config) validateFileSystem(p *problems) {
	f := c.FileSystem
	if !efsName.MatchString(f.Name) {
		p.add("filesystem.name", f.Name, "1..64 letters, digits, dashes and underscores", "it is the creation token: the file system is made once for it")
	}
	if !slices.Contains(performance, f.PerformanceMode) {
		p.add("filesystem.performanceMode", f.PerformanceMode, oneOf(performance), "a change replaces the file system")
	}
	if !slices.Contains(throughput, f.ThroughputMode) {
		p.add("filesystem.throughputMode", f.ThroughputMode, oneOf(throughput), "")
	}
	if f.PerformanceMode == "maxIO" && f.ThroughputMode == "elastic" {
		p.add("filesystem.throughputMode", f.ThroughputMode, "bursting with maxIO", "EFS has no elastic throughput in that performance mode")
	}
}

func (c *Config) validateDatabase(p *problems, today time.Time) {
	d := c.Database
	if !dbName.MatchString(d.Name) || len(d.Name) > naming.DBIdentifierMax {
		p.add("database.name", d.Name, "1..63 lower-case letters, digits and single dashes, a letter first", "")
	}
	c.version(p, "database.engineVersion", versions.Aurora, d.EngineVersion, today)
	least, days := 1, 1
	if c.production() {
		least, days = 2, 7
	}
	p.within("database.instances", d.Instances, least, 15, "high availability needs a reader in another zone, and Aurora takes fifteen")
	p.within("database.backupRetentionDays", d.BackupRetentionDays, days, 35, "the limits of Aurora; production keeps a week")
	if !dbClass.MatchString(d.InstanceClass) {
		p.add("database.instanceClass", d.InstanceClass, "a class of Aurora MySQL 3 such as db.r5.xlarge or db.r6g.large", "")
	} else if c.production() && burstable.MatchString(d.InstanceClass) {
		p.add("database.instanceClass", d.InstanceClass, "a class that is not burstable in production", "AWS advises T classes for development only")
	}
	backup, backupErr := window.Daily(d.BackupWindow)
	if backupErr != nil {
		p.add("database.backupWindow", d.BackupWindow, "hh24:mi-hh24:mi in UTC, at least 30 minutes", backupErr.Error())
	}
	maintenance, maintenanceErr := window.Weekly(d.MaintenanceWindow)
	if maintenanceErr != nil {
		p.add("database.maintenanceWindow", d.MaintenanceWindow, "ddd:hh24:mi-ddd:hh24:mi in UTC, 30 minutes to a day", maintenanceErr.Error())
	}
	if backupErr == nil && maintenanceErr == nil && window.Overlaps(backup, maintenance) {
		p.add("database.maintenanceWindow", d.MaintenanceWindow, "apart from the backup window "+d.BackupWindow, "RDS refuses windows that overlap")
	}
}

func (c *Config) validateMessaging(p *problems, today time.Time) {
	m := c.Messaging
	if !brokerName.MatchString(m.Name) {
		p.add("messaging.name", m.Name, "1..50 letters, digits, dashes and underscores", "")
	}
	c.version(p, "messaging.engineVersion", versions.RabbitMQ, m.EngineVersion, today)
	if !brokerType.MatchString(m.InstanceType) {
		p.add("messaging.instanceType", m.InstanceType, "mq.m5.large or larger, or mq.m7g.large or larger", "the types that Amazon MQ makes RabbitMQ brokers of")
	} else if strings.HasPrefix(m.InstanceType, "mq.m7g.") {
		c.Warnings = append(c.Warnings, "messaging.instanceType: "+m.InstanceType+
			" has a tenth of the disk of mq.m5 with RabbitMQ 3.13 (15 GB on large); a full disk blocks publishers")
	}
	if !slices.Contains(deployments, m.DeploymentMode) {
		p.add("messaging.deploymentMode", m.DeploymentMode, oneOf(deployments), "")
	} else if c.production() && m.DeploymentMode != clusterMultiAZ {
		p.add("messaging.deploymentMode", m.DeploymentMode, clusterMultiAZ+" in production", "a single broker is down in every maintenance window")
	}
	if !slices.Contains(weekdays, m.MaintenanceDay) {
		p.add("messaging.maintenanceDay", m.MaintenanceDay, oneOf(weekdays), "")
	}
	if !clockTime.MatchString(m.MaintenanceTime) {
		p.add("messaging.maintenanceTime", m.MaintenanceTime, "a time such as 05:00, in UTC", "")
	}
}

func (c *Config) validateSearch(p *problems, today time.Time) {
	s := c.Search
	if !domainName.MatchString(s.Name) {
		p.add("search.name", s.Name, "3..28 lower-case letters, digits and dashes, a letter first", "")
	}
	c.version(p, "search.engineVersion", versions.OpenSearch, s.EngineVersion, today)
	types := []struct{ key, value string }{{"search.instanceType", s.InstanceType}}
	if s.DedicatedMasters > 0 {
		types = append(types, struct{ key, value string }{"search.masterInstanceType", s.MasterInstanceType})
	}
	for _, t := range types {
		if !searchType.MatchString(t.value) {
			p.add(t.key, t.value, "a type such as r6g.large.search", "")
		} else if c.production() && burstable.MatchString(t.value) {
			p.add(t.key, t.value, "a type that is not burstable in production", "")
		}
	}
	zones := max(1, min(c.zones(), s.InstanceCount))
	least := 1
	if c.production() {
		least = 3
	}
	p.within("search.instanceCount", s.InstanceCount, least, 80, "the limits of a domain; production has a node in each zone")
	if s.InstanceCount > 0 && s.InstanceCount%zones != 0 {
		p.add("search.instanceCount", s.InstanceCount, fmt.Sprintf("a multiple of the %d zones", zones), "each zone holds the same number of nodes")
	}
	if s.DedicatedMasters != 0 && s.DedicatedMasters != 3 {
		p.add("search.dedicatedMasters", s.DedicatedMasters, oneOf(masterCounts), "two masters have no quorum, and five buy nothing here")
	}
	p.within("search.volumeGiB", s.VolumeGiB, 10, 1024, "the volume of one node; the largest type decides the upper limit")
	p.within("search.volumeIops", s.VolumeIops, 3000, 16000, "the limits of gp3")
	p.within("search.volumeThroughput", s.VolumeThroughput, 125, 1000, "the limits of gp3, in MiB/s")
	p.within("search.offPeakStartHour", s.OffPeakStartHour, 0, 23, "an hour of the day, in UTC")
}

func (c *Config) validateCluster(p *problems) {
	k := c.Cluster
	if len(k.InstanceTypes) < 2 || len(k.InstanceTypes) > 10 {
		p.add("cluster.instanceTypes", k.InstanceTypes, "2..10 types of equal size", "one type can run out in a zone just when a node must be replaced")
	}
	image := imageName.FindStringSubmatch(k.ImageParameter)
	switch {
	case image == nil:
		p.add("cluster.imageParameter", k.ImageParameter, "a parameter of Canonical, /aws/service/canonical/ubuntu/server/<release>/stable/<serial>/amd64/hvm/ebs-gp3/ami-id", "")
	case !slices.Contains(ubuntuLTS, image[1]):
		p.add("cluster.imageParameter", k.ImageParameter, "Ubuntu "+strings.Join(ubuntuLTS, ", "), "the releases with long-term support that Morpheus runs on")
	case image[4] != "amd64":
		p.add("cluster.imageParameter", k.ImageParameter, "an amd64 image", "the Morpheus package is built for it")
	case c.production() && image[2] == "current":
		p.add("cluster.imageParameter", k.ImageParameter, "a dated serial instead of current in production", "every new image would replace the nodes at the next update")
	}
	for i, t := range k.InstanceTypes {
		key := fmt.Sprintf("cluster.instanceTypes[%d]", i)
		switch {
		case !instanceType.MatchString(t):
			p.add(key, t, "an instance type such as m5.xlarge", "")
		case armType.MatchString(t):
			p.add(key, t, "an x86 type", "the image and the Morpheus package are built for amd64")
		case slices.Index(k.InstanceTypes, t) < i:
			p.add(key, t, "a type that is not in the list already", "")
		case size(t) != size(k.InstanceTypes[0]):
			p.add(key, t, "of the size "+size(k.InstanceTypes[0])+" like the first", "the load is spread evenly over the nodes")
		}
	}
	least := 1
	if c.production() {
		least = c.zones()
	}
	p.within("cluster.minSize", k.MinSize, least, 50, "production has a node in each zone")
	p.within("cluster.maxSize", k.MaxSize, max(k.MinSize, 1), 50, "not below cluster.minSize")
	p.within("cluster.rootVolumeGiB", k.RootVolumeGiB, minRootVolume, 16384, "the vendor asks for 200 GiB")
	p.within("cluster.cpuTargetPercent", k.CPUTargetPercent, 10, 90, "below it nodes idle, above it they are added too late")
}

// size of an instance type: what stands after the dot.
func size(instanceType string) string {
	_, s, _ := strings.Cut(instanceType, ".")
	return s
}
