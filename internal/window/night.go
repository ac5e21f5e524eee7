package window

import "strings"

// nightHour is when the night begins in a region, in its standard time. It is also AWS's default for OpenSearch.
const nightHour = 22

// offsets of standard time from UTC in whole hours, by region, and by the beginning of the names of all others there.
var offsets = map[string]int{
	"us-east-1": -5, "us-east-2": -5, "us-gov-east-1": -5, "us-west-1": -8, "us-west-2": -8, "us-gov-west-1": -8,
	"us": -6, "ca-west-1": -7, "ca": -5, "mx": -6, "sa": -3,
	"eu-west-1": 0, "eu-west-2": 0, "eu": 1, "eusc": 1, "il": 2, "af": 2, "me-central-1": 4, "me": 3,
	"ap-south-1": 5, "ap-south-2": 5, "ap-northeast": 9, "ap-southeast-2": 10, "ap-southeast-3": 7,
	"ap-southeast-4": 10, "ap-southeast-6": 12, "ap-southeast-7": 7, "ap": 8, "cn": 8,
}

// NightStart returns the hour in UTC, 0 to 23, at which it is 22:00 in the standard time of a region.
func NightStart(region string) int {
	for name := region; name != ""; {
		if offset, known := offsets[name]; known {
			return (nightHour - offset + 24) % 24
		}
		last := strings.LastIndex(name, "-")
		if last < 0 {
			break
		}
		name = name[:last]
	}
	return nightHour
}
