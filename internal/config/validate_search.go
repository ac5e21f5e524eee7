package config

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/morpheus-ha/morpheus-aws/internal/versions"
)

// gp3 as OpenSearch takes it: https://docs.aws.amazon.com/opensearch-service/latest/developerguide/limits.html#ebsresource
// and https://docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html#gp3-ebs-volume-type.
const (
	// largeVolume is the size in GiB past which OpenSearch wants at least largeVolumeThroughput, in MiB/s.
	largeVolume, largeVolumeThroughput = 170, 250
	maxIopsPerGiB                      = 500
	iopsPerMiBps                       = 4
	// maxSearchNodes of a domain, before AWS is asked for more.
	maxSearchNodes, maxBurstableSearchNodes = 80, 10
)

var (
	domainName = regexp.MustCompile(`^[a-z][a-z0-9-]{2,27}$`)
	searchType = regexp.MustCompile(`^[a-z]+\d[a-z]*\.(small|medium|large|\d*xlarge)\.search$`)
	// graviton families have a g after their number: https://docs.aws.amazon.com/opensearch-service/latest/developerguide/supported-instance-types.html
	graviton     = regexp.MustCompile(`^[a-z]+\d+g[a-z]*\.`)
	masterCounts = []string{"0", "3"}
	burstable    = regexp.MustCompile(`^(db\.t|t)\d`)
)

// searchZones are the zones over which the data nodes spread.
func (c *Config) searchZones() int { return max(1, min(c.zones(), c.Search.InstanceCount)) }

func (c *Config) validateSearch(p *Problems, today time.Time) {
	s := c.Search
	if !domainName.MatchString(s.Name) {
		p.Add("search.name", s.Name, "3..28 lower-case letters, digits and dashes, a letter first", "")
	}
	c.version(p, "search.engineVersion", versions.OpenSearch, s.EngineVersion, today)
	c.validateSearchType(p, "search.instanceType", s.InstanceType)
	if s.DedicatedMasters > 0 {
		c.validateSearchType(p, "search.masterInstanceType", s.MasterInstanceType)
		if c.fits(s.InstanceType) && c.fits(s.MasterInstanceType) && graviton.MatchString(s.InstanceType) != graviton.MatchString(s.MasterInstanceType) {
			p.Add("search.masterInstanceType", s.MasterInstanceType, "of a Graviton family if search.instanceType "+s.InstanceType+" is, and of another if it is not",
				"a domain has Graviton nodes only, or none")
		}
	}
	least := 1
	if c.production() {
		least = 3
	}
	most, limits := maxSearchNodes, "the limits of a domain"
	if burstable.MatchString(s.InstanceType) {
		most, limits = maxBurstableSearchNodes, "the limits of a domain of burstable nodes"
	}
	p.within("search.instanceCount", s.InstanceCount, least, most, c.inProduction(limits+"; production has a node in each zone", limits))
	if zones := c.searchZones(); s.InstanceCount > 0 && s.InstanceCount%zones != 0 {
		p.Add("search.instanceCount", s.InstanceCount, fmt.Sprintf("a multiple of the %d zones", zones), "each zone holds the same number of nodes")
	}
	if s.DedicatedMasters != 0 && s.DedicatedMasters != 3 {
		p.Add("search.dedicatedMasters", s.DedicatedMasters, OneOf(masterCounts), "two masters have no quorum, and five buy nothing here")
	}
	p.within("search.offPeakStartHour", s.OffPeakStartHour, 0, 23, "an hour of the day, in UTC")
}

// fits says whether validateSearchType finds nothing wrong with a type.
func (c *Config) fits(searchType string) bool {
	var p Problems
	c.validateSearchType(&p, "", searchType)
	return p.None()
}

func (c *Config) validateSearchType(p *Problems, key, value string) {
	name := strings.TrimSuffix(value, ".search")
	switch {
	case !searchType.MatchString(value):
		p.Add(key, value, "a type such as r6g.large.search", "")
	case !searchFamilies.has(name):
		p.Add(key, value, searchFamilies.allowed(name), "the types that are known here to store on EBS volumes of gp3")
	case c.production() && burstable.MatchString(value):
		p.Add(key, value, "a type that is not burstable in production", "")
	}
}

func (c *Config) validateVolume(p *Problems) {
	s := c.Search
	p.within("search.volumeGiB", s.VolumeGiB, 10, largestSearchVolume(s.InstanceType), "the volume of one node of type "+s.InstanceType)
	p.within("search.volumeIops", s.VolumeIops, 3000, 16000, "the limits of gp3")
	p.within("search.volumeThroughput", s.VolumeThroughput, 125, 1000, "the limits of gp3, in MiB/s")
	switch most := s.VolumeGiB * maxIopsPerGiB; {
	case s.VolumeGiB < 10 || s.VolumeIops < 3000 || s.VolumeIops > 16000: // named already
	case s.VolumeIops > most:
		p.Add("search.volumeIops", s.VolumeIops, fmt.Sprintf("at most %d with %d GiB", most, s.VolumeGiB), fmt.Sprintf("gp3 has at most %d IOPS for each GiB", maxIopsPerGiB))
	}
	switch most := s.VolumeIops / iopsPerMiBps; {
	case s.VolumeThroughput < 125 || s.VolumeThroughput > 1000 || s.VolumeIops < 3000: // named already
	case s.VolumeThroughput > most:
		p.Add("search.volumeThroughput", s.VolumeThroughput, fmt.Sprintf("at most %d with %d IOPS", most, s.VolumeIops), "gp3 has at most 0.25 MiB/s for each of its IOPS")
	case s.VolumeGiB > largeVolume && s.VolumeThroughput < largeVolumeThroughput:
		p.Add("search.volumeThroughput", s.VolumeThroughput, fmt.Sprintf("at least %d with %d GiB", largeVolumeThroughput, s.VolumeGiB),
			fmt.Sprintf("OpenSearch asks for it above %d GiB", largeVolume))
	}
}
