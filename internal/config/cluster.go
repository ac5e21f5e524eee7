package config

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/versions"
)

// Cluster is the application nodes.
type Cluster struct {
	InstanceTypes      []string `json:"instanceTypes"`
	ExtraPackages      []string `json:"extraPackages"`
	MinSize            int      `json:"minSize"`
	MaxSize            int      `json:"maxSize"`
	RootVolumeGiB      int      `json:"rootVolumeGiB"`
	CPUTargetPercent   int      `json:"cpuTargetPercent"`
	RequestsPerTarget  int      `json:"requestsPerTarget"`
	BootTimeoutMinutes int      `json:"bootTimeoutMinutes"`
	RolloutGuard       bool     `json:"rolloutGuard"`
	ImageParameter     string   `json:"imageParameter"`
	// ImageID is an AMI to use instead of ImageParameter; empty for the one that the parameter names.
	ImageID string `json:"imageId"`
	// Rollout is counted up to start an instance refresh without another change.
	Rollout   int        `json:"rollout"`
	Schedules []Schedule `json:"schedules"`
}

// MaxHealthyPercent is the largest share of its desired size that the group may have while AWS replaces nodes by
// itself.
const MaxHealthyPercent = 200

// MaxDuringReplacement is the largest number of nodes while nodes are replaced: AWS counts what it launches beside
// unhealthy nodes by the group's desired size, whatever its maximum.
func MaxDuringReplacement(maxSize int) int { return (maxSize*MaxHealthyPercent + 99) / 100 }

// minNodeMemory in GiB, of the vendor's requirements.
const minNodeMemory = 16

var (
	imageParameter = regexp.MustCompile(`^/aws/service/canonical/ubuntu/server/(\d\d\.\d\d)/stable/` +
		`(current|\d{8}(\.\d+)?)/(amd64|arm64)/hvm/ebs-gp[23]/ami-id$`)
	imageID = regexp.MustCompile(`^ami-([0-9a-f]{8}|[0-9a-f]{17})$`)
	// ubuntuLTS are the releases that Morpheus 8.0 runs on, Canonical maintains, and a node can boot with.
	ubuntuLTS = versions.Deployable(versions.Ubuntu)
)

// nodeFamilies are the x86 types on Nitro with disks on EBS only, without bare metal. c5.9xlarge and c5.18xlarge are
// not among them: no other family has the same vCPUs and memory, and a group needs two types.
// https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-types.html
var nodeFamilies = families{
	"c5":  xlarge(2, 4, 12, 24),
	"c5a": xlarge(2, 4, 8, 12, 16, 24),
	"c6a": xlarge(2, 4, 8, 12, 16, 24, 32, 48),
	"c6i": xlarge(2, 4, 8, 12, 16, 24, 32),
	"c7a": xlarge(2, 4, 8, 12, 16, 24, 32, 48),
	"c7i": xlarge(2, 4, 8, 12, 16, 24, 48),
	"m5":  xlarge(2, 4, 8, 12, 16, 24),
	"m5a": xlarge(2, 4, 8, 12, 16, 24),
	"m5n": xlarge(2, 4, 8, 12, 16, 24),
	"m6a": xlarge(2, 4, 8, 12, 16, 24, 32, 48),
	"m6i": xlarge(2, 4, 8, 12, 16, 24, 32),
	"m7a": xlarge(2, 4, 8, 12, 16, 24, 32, 48),
	"m7i": xlarge(2, 4, 8, 12, 16, 24, 48),
	"r5":  xlarge(2, 4, 8, 12, 16, 24),
	"r5a": xlarge(2, 4, 8, 12, 16, 24),
	"r5n": xlarge(2, 4, 8, 12, 16, 24),
	"r6a": xlarge(2, 4, 8, 12, 16, 24, 32, 48),
	"r6i": xlarge(2, 4, 8, 12, 16, 24, 32),
	"r7a": xlarge(2, 4, 8, 12, 16, 24, 32, 48),
	"r7i": xlarge(2, 4, 8, 12, 16, 24, 48),
	"t3":  xlarge(2),
	"t3a": xlarge(2),
}

// groupSize is how many nodes a group may have; production has a node in each zone.
var groupSize = Range{Min: 1, Max: 50, ProductionMin: maxZones}

// packageName is Debian's rule: https://www.debian.org/doc/debian-policy/ch-controlfields.html#source
var packageName = regexp.MustCompile(`^[a-z0-9][a-z0-9.+-]{1,63}$`)

var clusterRows = []Row{
	{
		Key:   "cluster.extraPackages",
		Limit: List{Max: 30, Of: "packages"},
		Why:   "a node installs them while it boots; an image is faster",
	},
	{
		Key:   "cluster.extraPackages[]",
		Limit: Text{Is: "the name of a Debian package such as virtualenv", Pattern: packageName},
		Once:  "a package",
	},
	{
		Key:   "cluster.instanceTypes",
		Limit: List{Min: 2, Max: 10, Of: "types of equal size"},
		Why:   "one type can run out in a zone just when a node must be replaced",
	},
	{
		Key: "cluster.instanceTypes[]",
		Limit: Types{
			Is: "an instance type such as m5.xlarge", Noun: "a type", Families: nodeFamilies,
			WhyFamilies:  "the x86 types on current hardware; the image and the Morpheus package are built for amd64",
			WhyBurstable: "a node without CPU credits fails its health checks under load",
		},
		Once: "a type",
	},
	{
		Key:           "cluster.minSize",
		Limit:         groupSize,
		Why:           "an appliance has a node",
		WhyProduction: "production has a node in each zone",
	},
	{Key: "cluster.maxSize", Limit: Range{Min: 1, Max: 50}},
	{Key: "cluster.rootVolumeGiB", Limit: Range{Min: 200, Max: 16384}, Why: "the vendor asks for 200 GiB"},
	{
		Key:   "cluster.cpuTargetPercent",
		Limit: Range{Min: 10, Max: 90},
		Why:   "below it nodes idle, above it they are added too late",
	},
	{
		// Fewer requests than the lower bound are those of the health checks and a few agents: they alone would add
		// nodes.
		Key:   "cluster.requestsPerTarget",
		Limit: Range{Min: 100, Max: 1_000_000},
		Empty: "to scale on CPU alone",
		Why:   "requests a minute and node",
	},
	{
		Key:   "cluster.bootTimeoutMinutes",
		Limit: Range{Min: 10, Max: 120},
		Why: "the first boot installs the appliance and makes the schema; " +
			"a lifecycle hook waits for two hours at most",
	},
	{Key: "cluster.rolloutGuard", Limit: Flag{}},
	{Key: "cluster.rollout", Limit: Range{Min: 0}, Why: "it is counted up for each rollout"},
	{
		Key: "cluster.imageParameter",
		Limit: Text{
			Is: "a parameter of Canonical, " +
				"/aws/service/canonical/ubuntu/server/<release>/stable/<serial>/amd64/hvm/ebs-gp3/ami-id",
			Pattern: imageParameter,
		},
	},
	{
		Key:   "cluster.imageId",
		Limit: Text{Is: "the id of an image such as ami-0a1b2c3d4e5f60718", Pattern: imageID},
		Empty: "for the image of cluster.imageParameter",
	},
}

var clusterRules = []Rule{
	{
		Keys:  []string{"cluster.instanceTypes"},
		Says:  "of the same vCPUs and memory, in production at least 16 GiB",
		check: (*Config).checkNodeCapacity,
	},
	{
		Keys:  []string{"cluster.maxSize"},
		Needs: []string{"cluster.minSize"},
		Says:  "not below cluster.minSize",
		check: (*Config).checkGroupSize,
	},
	{
		Keys:  []string{"cluster.imageParameter"},
		Needs: []string{"cluster.imageId"},
		Says: "Ubuntu " + strings.Join(ubuntuLTS, ", ") + " for amd64, in production a dated serial; " +
			"warns of a release near its end, and of a serial that is older than 90 days or near its end",
		check: (*Config).checkImageParameter,
	},
}

// checkNodeCapacity compares the types with the first one that is allowed.
func (c *Config) checkNodeCapacity(p *Problems) {
	types := c.Cluster.InstanceTypes
	first := slices.IndexFunc(types, nodeFamilies.has)
	for i, t := range types {
		key := fmt.Sprintf("cluster.instanceTypes[%d]", i)
		if p.anyRefused(key) {
			continue
		}
		vcpus, memory := capacity(t)
		wantVCPUs, wantMemory := capacity(types[first])
		switch {
		case vcpus != wantVCPUs || memory != wantMemory:
			p.Add(key, t, fmt.Sprintf("a type of %d vCPUs and %d GiB of memory like %s", wantVCPUs, wantMemory, types[first]),
				"the load is spread evenly over the nodes")
		case c.production() && memory < minNodeMemory:
			p.Add(key, t, fmt.Sprintf("a type of at least %d GiB of memory in production", minNodeMemory),
				fmt.Sprintf("the vendor asks for it; this one has %d", memory))
		}
	}
}

// capacity of a type in nodeFamilies: two vCPUs in a large, four in each xlarge, and the family's memory for each
// vCPU.
func capacity(instanceType string) (vcpus, memoryGiB int) {
	family, size, _ := strings.Cut(instanceType, ".")
	vcpus = 2
	if multiple, ok := strings.CutSuffix(size, "xlarge"); ok {
		n, err := strconv.Atoi(multiple)
		if err != nil {
			n = 1 // xlarge itself
		}
		vcpus = 4 * n
	}
	switch family[0] {
	case 'c':
		return vcpus, 2 * vcpus
	case 'r':
		return vcpus, 8 * vcpus
	}
	return vcpus, 4 * vcpus
}

func (c *Config) checkGroupSize(p *Problems) {
	if k := c.Cluster; k.MaxSize < k.MinSize && !p.anyRefused("cluster.minSize", "cluster.maxSize") {
		p.Add("cluster.maxSize", k.MaxSize, fmt.Sprintf("at least cluster.minSize, %d", k.MinSize), "")
	}
}

// checkImageParameter leaves the parameter, which has a default, alone when cluster.imageId is used instead.
func (c *Config) checkImageParameter(p *Problems) {
	const key = "cluster.imageParameter"
	text := c.Cluster.ImageParameter
	image := imageParameter.FindStringSubmatch(text)
	switch {
	case image == nil || c.Cluster.ImageID != "":
	case !slices.Contains(ubuntuLTS, image[1]):
		p.Add(key, text, "Ubuntu "+strings.Join(ubuntuLTS, ", "), "the releases in standard support that Morpheus runs on")
	case image[4] != "amd64":
		p.Add(key, text, "an amd64 image", "the Morpheus package is built for it")
	case c.production() && image[2] == "current":
		p.Add(key, text, "a dated serial instead of current in production",
			"every new image would replace the nodes at the next update")
	default:
		release, _ := versions.Check(versions.Ubuntu, image[1], c.today) // deployable, as the first case says
		for _, warning := range []string{release, versions.CheckImage(image[2], c.today)} {
			if warning != "" {
				c.warn(key, warning)
			}
		}
	}
}
