package config

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // names of time zones are known on machines without them
)

const (
	// minRootVolume is the least local disk that the vendor's requirements name, in GiB.
	minRootVolume = 200
	// minRequests a minute and node: below it the health checks and a few agents alone would add nodes.
	minRequests = 100
	// minNodeMemory in GiB, of the vendor's requirements.
	minNodeMemory = 16
)

var (
	instanceType = regexp.MustCompile(`^[a-z]+\d[a-z-]*\.(large|\d*xlarge|metal)$`)
	armType      = regexp.MustCompile(`^(a1|[a-z]+\d+g[a-z]*)\.`)
	imageName    = regexp.MustCompile(`^/aws/service/canonical/ubuntu/server/(\d\d\.\d\d)/stable/(current|\d{8}(\.\d+)?)/(amd64|arm64)/hvm/ebs-gp[23]/ami-id$`)
	imageID      = regexp.MustCompile(`^ami-([0-9a-f]{8}|[0-9a-f]{17})$`)
	// ubuntuLTS are the releases that Morpheus 8.0 runs on and Canonical still maintains: the standard support of 20.04
	// ended in May 2025.
	// curl of 22.04 cannot sign the calls that a node makes before it has the AWS CLI (https://github.com/curl/curl/issues/8810).
	ubuntuLTS = []string{"24.04"}
)

func (c *Config) validateCluster(p *Problems) {
	k := c.Cluster
	c.validateImage(p)
	c.validateSchedules(p)
	c.validateNodeTypes(p)
	least := 1
	if c.production() {
		least = c.zones()
	}
	p.within("cluster.minSize", k.MinSize, least, 50, c.inProduction("production has a node in each zone", "an appliance has a node"))
	p.within("cluster.maxSize", k.MaxSize, max(k.MinSize, 1), 50, "not below cluster.minSize")
	p.within("cluster.rootVolumeGiB", k.RootVolumeGiB, minRootVolume, 16384, "the vendor asks for 200 GiB")
	if k.RequestsPerTarget != 0 {
		p.within("cluster.requestsPerTarget", k.RequestsPerTarget, minRequests, 1_000_000, "requests a minute and node; 0 scales on CPU alone")
	}
	p.within("cluster.bootTimeoutMinutes", k.BootTimeoutMinutes, 10, 120, "the first boot installs the appliance and makes the schema; a lifecycle hook waits for two hours at most")
	p.within("cluster.cpuTargetPercent", k.CPUTargetPercent, 10, 90, "below it nodes idle, above it they are added too late")
}

// maxSchedules is less than the 125 scheduled actions that a group may have: more than a week's worth is a mistake.
const maxSchedules = 20

// timeZone leaves out what a machine has beside the names of IANA, such as posix/Europe/Berlin.
var timeZone = regexp.MustCompile(`^(UTC|(Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Etc|Europe|Indian|Pacific)/.+)$`)

var scheduleName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

func (c *Config) validateSchedules(p *Problems) {
	if n := len(c.Cluster.Schedules); n > maxSchedules {
		p.Add("cluster.schedules", n, fmt.Sprintf("at most %d", maxSchedules), "a group has its sizes at times, not a calendar")
	}
	seen, times := map[string]bool{}, map[string]bool{}
	for i, s := range c.Cluster.Schedules {
		at := fmt.Sprintf("cluster.schedules[%d].", i)
		if !scheduleName.MatchString(s.Name) || seen[s.Name] {
			p.Add(at+"name", s.Name, "1..32 lower-case letters, digits and dashes, a letter first, once in the list", "it names the scheduled action")
		}
		seen[s.Name] = true
		if !isCron(s.Recurrence) {
			p.Add(at+"recurrence", s.Recurrence, "a cron expression of five fields such as 0 7 * * 1-5", "minute, hour, day, month, day of the week")
		}
		if at := strings.ToUpper(strings.Join(strings.Fields(s.Recurrence), " ")) + " " + cmp.Or(s.TimeZone, "UTC"); times[at] {
			p.Add(fmt.Sprintf("cluster.schedules[%d].recurrence", i), s.Recurrence, "a time that is not in the list already", "Auto Scaling refuses two actions at the same time")
		} else {
			times[at] = true
		}
		if _, err := time.LoadLocation(s.TimeZone); err != nil || s.TimeZone != "" && !timeZone.MatchString(s.TimeZone) {
			p.Add(at+"timeZone", s.TimeZone, "a time zone such as Europe/Berlin, or left out for UTC", "the names are those of IANA")
		}
		least := 1
		if c.production() {
			least = c.zones()
		}
		most := max(c.Cluster.MaxSize, least)
		p.within(at+"minSize", s.MinSize, least, most, c.inProduction("production has a node in each zone; ", "an appliance has a node; ")+"cluster.maxSize is the most")
		if s.MinSize <= most {
			p.within(at+"maxSize", s.MaxSize, max(s.MinSize, 1), most, "not below its minSize, and not above cluster.maxSize, for which the database's connections are reckoned")
		}
	}
}

func (c *Config) validateImage(p *Problems) {
	if id := c.Cluster.ImageID; id != "" { // the parameter, which has a default, is not asked then
		if !imageID.MatchString(id) {
			p.Add("cluster.imageId", id, "the id of an image such as ami-0a1b2c3d4e5f60718, or empty for the image of cluster.imageParameter", "")
		}
		return
	}
	given := c.Cluster.ImageParameter
	image := imageName.FindStringSubmatch(given)
	switch {
	case image == nil:
		p.Add("cluster.imageParameter", given, "a parameter of Canonical, /aws/service/canonical/ubuntu/server/<release>/stable/<serial>/amd64/hvm/ebs-gp3/ami-id", "")
	case !slices.Contains(ubuntuLTS, image[1]):
		p.Add("cluster.imageParameter", given, "Ubuntu "+strings.Join(ubuntuLTS, ", "), "the releases in standard support that Morpheus runs on")
	case image[4] != "amd64":
		p.Add("cluster.imageParameter", given, "an amd64 image", "the Morpheus package is built for it")
	case c.production() && image[2] == "current":
		p.Add("cluster.imageParameter", given, "a dated serial instead of current in production", "every new image would replace the nodes at the next update")
	}
}

func (c *Config) validateNodeTypes(p *Problems) {
	types := c.Cluster.InstanceTypes
	if len(types) < 2 || len(types) > 10 {
		p.Add("cluster.instanceTypes", types, "2..10 types of equal size", "one type can run out in a zone just when a node must be replaced")
	}
	first := slices.IndexFunc(types, nodeFamilies.has)
	for i, t := range types {
		key := fmt.Sprintf("cluster.instanceTypes[%d]", i)
		switch {
		case !instanceType.MatchString(t):
			p.Add(key, t, "an instance type such as m5.xlarge", "")
		case armType.MatchString(t):
			p.Add(key, t, "an x86 type", "the image and the Morpheus package are built for amd64")
		case !nodeFamilies.has(t):
			p.Add(key, t, nodeFamilies.allowed(t), "the x86 types on current hardware")
		case slices.Index(types, t) < i:
			p.Add(key, t, "a type that is not in the list already", "")
		case c.production() && burstable.MatchString(t):
			p.Add(key, t, "a type that is not burstable in production", "a node without CPU credits fails its health checks under load")
		default:
			c.validateCapacity(p, key, t, types[first])
		}
	}
}

func (c *Config) validateCapacity(p *Problems, key, instanceType, first string) {
	vcpus, memory := capacity(instanceType)
	wantVCPUs, wantMemory := capacity(first)
	switch {
	case vcpus != wantVCPUs || memory != wantMemory:
		p.Add(key, instanceType, fmt.Sprintf("a type of %d vCPUs and %d GiB of memory like %s", wantVCPUs, wantMemory, first), "the load is spread evenly over the nodes")
	case c.production() && memory < minNodeMemory:
		p.Add(key, instanceType, fmt.Sprintf("a type of at least %d GiB of memory in production", minNodeMemory), fmt.Sprintf("the vendor asks for it; this one has %d", memory))
	}
}
