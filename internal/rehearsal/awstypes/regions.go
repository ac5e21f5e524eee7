package awstypes

import (
	"fmt"
	"slices"
	"strings"
)

// Regions of the simulated partitions.
var Regions = []string{
	"us-east-1", "us-east-2", "us-west-2", "eu-west-1", "eu-central-1", "us-gov-west-1", "cn-north-1",
}

// HasRegion reports whether a region exists.
func HasRegion(region string) bool { return slices.Contains(Regions, region) }

// Zones returns the zones of a region. Each simulated region has four, so that a program that uses all zones is found.
func Zones(region string) []string {
	return []string{region + "a", region + "b", region + "c", region + "d"}
}

// zoneID returns the id of a zone, which is the same in every account, such as use1-az2.
func zoneID(zone string) string {
	parts := strings.Split(zone, "-")
	if len(parts) < 3 {
		return ""
	}
	number := zone[len(zone)-1] - 'a' + 1
	return fmt.Sprintf("%s%c%s-az%d", parts[0], parts[1][0], parts[len(parts)-1][:1], number)
}

// partitionNames are the suffix of a partition's DNS names, and the prefix of its private service names.
type partitionNames struct{ dnsSuffix, reverseDNSPrefix string }

var partitions = map[string]partitionNames{
	"aws":        {dnsSuffix: "amazonaws.com", reverseDNSPrefix: "com.amazonaws"},
	"aws-us-gov": {dnsSuffix: "amazonaws.com", reverseDNSPrefix: "com.amazonaws"},
	"aws-cn":     {dnsSuffix: "amazonaws.com.cn", reverseDNSPrefix: "cn.com.amazonaws"},
}

// DNSSuffix returns the suffix of a partition's DNS names.
func DNSSuffix(partition string) string { return partitions[partition].dnsSuffix }
