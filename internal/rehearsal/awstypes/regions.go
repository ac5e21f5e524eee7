package awstypes

import (
	"fmt"
	"slices"
	"strings"
)

// Regions that the simulated partitions have.
var Regions = []string{
	"us-east-1", "us-east-2", "us-west-2", "eu-west-1", "eu-central-1", "us-gov-west-1", "cn-north-1",
}

// HasRegion says whether a region exists.
func HasRegion(region string) bool { return slices.Contains(Regions, region) }

// Zones of a region. Every region of the simulated AWS has four, so that a program that takes "all" of them shows.
func Zones(region string) []string {
	return []string{region + "a", region + "b", region + "c", region + "d"}
}

// zoneID is the name of a zone that is the same in every account, such as use1-az2.
func zoneID(zone string) string {
	parts := strings.Split(zone, "-")
	if len(parts) < 3 {
		return ""
	}
	number := zone[len(zone)-1] - 'a' + 1
	return fmt.Sprintf("%s%c%s-az%d", parts[0], parts[1][0], parts[len(parts)-1][:1], number)
}

// partitionNames are the end of a partition's DNS names, and the beginning of its private service names.
type partitionNames struct{ dnsSuffix, reverseDNSPrefix string }

var partitions = map[string]partitionNames{
	"aws":        {dnsSuffix: "amazonaws.com", reverseDNSPrefix: "com.amazonaws"},
	"aws-us-gov": {dnsSuffix: "amazonaws.com", reverseDNSPrefix: "com.amazonaws"},
	"aws-cn":     {dnsSuffix: "amazonaws.com.cn", reverseDNSPrefix: "cn.com.amazonaws"},
}

// DNSSuffix is the end of the DNS names of a partition.
func DNSSuffix(partition string) string { return partitions[partition].dnsSuffix }
