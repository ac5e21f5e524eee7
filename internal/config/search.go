package config

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/versions"
)

// Search is the OpenSearch domain.
type Search struct {
	Name               string `json:"name"`
	EngineVersion      string `json:"engineVersion"`
	InstanceType       string `json:"instanceType"`
	InstanceCount      int    `json:"instanceCount"`
	DedicatedMasters   int    `json:"dedicatedMasters"`
	MasterInstanceType string `json:"masterInstanceType"`
	VolumeGiB          int    `json:"volumeGiB"`
	VolumeIops         int    `json:"volumeIops"`
	VolumeThroughput   int    `json:"volumeThroughput"`
	// OffPeakStartHour in UTC; validate replaces -1 by the night of the region.
	OffPeakStartHour int `json:"offPeakStartHour"`
}

// gp3 as OpenSearch takes it:
// https://docs.aws.amazon.com/opensearch-service/latest/developerguide/limits.html#ebsresource and
// https://docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html#gp3-ebs-volume-type.
const (
	// largeVolume is the size in GiB above which OpenSearch needs at least largeVolumeThroughput, in MiB/s.
	largeVolume, largeVolumeThroughput = 170, 250
	maxIopsPerGiB                      = 500
	iopsPerMiBps                       = 4
	// maxBurstableSearchNodes are the nodes of a domain of burstable types; others may have as many as the row says.
	maxBurstableSearchNodes = 10
)

var (
	domainName = regexp.MustCompile(`^[a-z][a-z0-9-]{2,27}$`)
	// graviton families have a g after their number:
	// https://docs.aws.amazon.com/opensearch-service/latest/developerguide/supported-instance-types.html
	graviton = regexp.MustCompile(`^[a-z]+\d+g[a-z]*\.`)
)

// searchFamilies are those whose nodes store on EBS; the others (i3, r6gd, ultrawarm1, ...) refuse a volume or, as t2,
// m3 and m4, encryption or the versions of OpenSearch that the program accepts.
// https://docs.aws.amazon.com/opensearch-service/latest/developerguide/supported-instance-types.html
var searchFamilies = families{
	"t3":  {"small", "medium"},
	"c5":  xlarge(2, 4, 9, 18),
	"m5":  xlarge(2, 4, 12),
	"r5":  xlarge(2, 4, 12),
	"c6g": xlarge(2, 4, 8, 12),
	"m6g": xlarge(2, 4, 8, 12),
	"r6g": xlarge(2, 4, 8, 12),
	"c7g": xlarge(2, 4, 8, 12, 16),
	"m7g": xlarge(2, 4, 8, 12, 16),
	"r7g": xlarge(2, 4, 8, 12, 16),
}

var searchTypes = Types{
	Is: "a type such as r6g.large.search", Noun: "a type",
	Suffix: ".search", Families: searchFamilies,
	WhyFamilies: "the types that are known here to store on EBS volumes of gp3",
}

var searchRows = []Row{
	{
		Key:   "search.name",
		Limit: Text{Is: "3..28 lower-case letters, digits and dashes, a letter first", Pattern: domainName},
		Empty: "for morpheus-<stack>-logs",
	},
	{Key: "search.engineVersion", Limit: Version{versions.OpenSearch}},
	{Key: "search.instanceType", Limit: searchTypes},
	{
		Key:           "search.instanceCount",
		Limit:         Range{Min: 1, Max: 80, ProductionMin: maxZones},
		Why:           "the limits of a domain",
		WhyProduction: "the limits of a domain; production has a node in each zone",
	},
	{
		Key:   "search.dedicatedMasters",
		Limit: Numbers{0, 3},
		Why:   "two masters have no quorum, and five buy nothing here",
	},
	{Key: "search.masterInstanceType", Limit: searchTypes},
	{Key: "search.volumeGiB", Limit: Range{Min: 10, Max: 1024}, Why: "the volume of one node"},
	{Key: "search.volumeIops", Limit: Range{Min: 3000, Max: 16000}, Why: "the limits of gp3"},
	{Key: "search.volumeThroughput", Limit: Range{Min: 125, Max: 1000}, Why: "the limits of gp3, in MiB/s"},
	{Key: "search.offPeakStartHour", Limit: Range{Min: -1, Max: 23}, Why: "an hour of the day in UTC, or -1"},
}

var searchRules = []Rule{
	{
		Keys:  []string{"search.instanceCount"},
		Needs: []string{"search.instanceType", "network.availabilityZones"},
		Says:  "a multiple of the zones; at most 10 of a burstable type",
		check: (*Config).checkSearchNodes,
	},
	{
		Keys:  []string{"search.masterInstanceType"},
		Needs: []string{"search.instanceType", "search.dedicatedMasters"},
		Says:  "Graviton if search.instanceType is, and not if that is not",
		check: (*Config).checkMasterType,
	},
	{
		Keys:  []string{"search.volumeGiB"},
		Needs: []string{"search.instanceType"},
		Says:  "at most what search.instanceType takes",
		check: (*Config).checkVolumeSize,
	},
	{
		Keys:  []string{"search.volumeIops"},
		Needs: []string{"search.volumeGiB"},
		Says:  "at most 500 for each GiB",
		check: (*Config).checkVolumeIops,
	},
	{
		Keys:  []string{"search.volumeThroughput"},
		Needs: []string{"search.volumeGiB", "search.volumeIops"},
		Says:  "at most a quarter of the IOPS; at least 250 above 170 GiB",
		check: (*Config).checkVolumeThroughput,
	},
}

// searchZones are the zones over which the data nodes spread.
func (c *Config) searchZones() int { return max(1, min(c.zones(), c.Search.InstanceCount)) }

func (c *Config) checkSearchNodes(p *Problems) {
	const key = "search.instanceCount"
	s := c.Search
	if s.InstanceCount > maxBurstableSearchNodes && burstable.MatchString(s.InstanceType) && !p.anyRefused(key) {
		p.Add(key, s.InstanceCount, fmt.Sprintf("at most %d of type %s", maxBurstableSearchNodes, s.InstanceType),
			"the limits of a domain of burstable nodes")
	}
	if zones := c.searchZones(); s.InstanceCount > 0 && s.InstanceCount%zones != 0 && !p.anyRefused(key) {
		p.Add(key, s.InstanceCount, fmt.Sprintf("a multiple of the %d zones", zones),
			"each zone holds the same number of nodes")
	}
}

func (c *Config) checkMasterType(p *Problems) {
	const key = "search.masterInstanceType"
	s := c.Search
	if s.DedicatedMasters == 0 || p.anyRefused(key, "search.instanceType") {
		return
	}
	if graviton.MatchString(s.InstanceType) != graviton.MatchString(s.MasterInstanceType) {
		p.Add(key, s.MasterInstanceType,
			"of a Graviton family if search.instanceType "+s.InstanceType+" is, and of another if it is not",
			"a domain has Graviton nodes only, or none")
	}
}

func (c *Config) checkVolumeSize(p *Problems) {
	s := c.Search
	if most := largestSearchVolume(s.InstanceType); s.VolumeGiB > most && !p.anyRefused("search.volumeGiB") {
		p.Add("search.volumeGiB", s.VolumeGiB, fmt.Sprintf("at most %d on %s", most, s.InstanceType),
			"the volume of one node of that type")
	}
}

// largestSearchVolume is the gp3 quota for a node of a type, in GiB; 1 TiB where the quota is that or more.
// https://docs.aws.amazon.com/opensearch-service/latest/developerguide/limits.html#ebsresource
func largestSearchVolume(searchType string) int {
	switch family, size, _ := strings.Cut(strings.TrimSuffix(searchType, ".search"), "."); {
	case family == "t3" && size == "small":
		return 100
	case family == "t3":
		return 200
	case strings.HasPrefix(family, "c") && size == "large":
		return 256
	case strings.HasPrefix(family, "c") && size == "xlarge":
		return 512
	case family == "m7g" && size == "large":
		return 768
	}
	return 1024
}

func (c *Config) checkVolumeIops(p *Problems) {
	const key = "search.volumeIops"
	s := c.Search
	if most := s.VolumeGiB * maxIopsPerGiB; s.VolumeIops > most && !p.anyRefused(key, "search.volumeGiB") {
		p.Add(key, s.VolumeIops, fmt.Sprintf("at most %d with %d GiB", most, s.VolumeGiB),
			fmt.Sprintf("gp3 has at most %d IOPS for each GiB", maxIopsPerGiB))
	}
}

func (c *Config) checkVolumeThroughput(p *Problems) {
	const key = "search.volumeThroughput"
	s := c.Search
	switch most := s.VolumeIops / iopsPerMiBps; {
	case p.anyRefused(key, "search.volumeGiB", "search.volumeIops"):
	case s.VolumeThroughput > most:
		p.Add(key, s.VolumeThroughput, fmt.Sprintf("at most %d with %d IOPS", most, s.VolumeIops),
			"gp3 has at most 0.25 MiB/s for each of its IOPS")
	case s.VolumeGiB > largeVolume && s.VolumeThroughput < largeVolumeThroughput:
		p.Add(key, s.VolumeThroughput, fmt.Sprintf("at least %d with %d GiB", largeVolumeThroughput, s.VolumeGiB),
			fmt.Sprintf("OpenSearch asks for it above %d GiB", largeVolume))
	}
}
