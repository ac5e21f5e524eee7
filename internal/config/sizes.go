package config

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// sizes are those of one family of instances, by name.
type sizes []string

// xlarge gives the sizes large and xlarge, and the multiples of xlarge that a family has.
func xlarge(multiples ...int) sizes {
	out := sizes{"large", "xlarge"}
	for _, n := range multiples {
		out = append(out, strconv.Itoa(n)+"xlarge")
	}
	return out
}

// families maps the name of a family to its sizes.
type families map[string]sizes

// has says whether there is a type, such as "m5.xlarge".
func (f families) has(instanceType string) bool {
	family, size, _ := strings.Cut(instanceType, ".")
	return slices.Contains(f[family], size)
}

// allowed says what a type must be: in one of the sizes of its family, or else of one of the families.
func (f families) allowed(instanceType string) string {
	family, _, _ := strings.Cut(instanceType, ".")
	if s := f[family]; len(s) > 0 {
		return "in a size that " + family + " has, " + strings.Join(s, ", ")
	}
	return "of one of the families " + strings.Join(slices.Sorted(maps.Keys(f)), ", ")
}

// databaseFamilies have no dates of their end: AWS publishes them for engines, not for classes of instances.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Concepts.DBInstanceClass.SupportAurora.html
var databaseFamilies = families{
	"r5":  xlarge(2, 4, 8, 12, 16, 24),
	"r6g": xlarge(2, 4, 8, 12, 16),
	"r6i": xlarge(2, 4, 8, 12, 16, 24, 32),
	"r7g": xlarge(2, 4, 8, 12, 16),
	"r7i": xlarge(2, 4, 8, 12, 16, 24, 48),
	"r8g": xlarge(2, 4, 8, 12, 16, 24, 48),
	"t3":  {"medium", "large"},
	"t4g": {"medium", "large"},
}

// searchFamilies are those whose nodes store on EBS; the others (i3, r6gd, ultrawarm1, ...) refuse a volume or, as t2, m3
// and m4, encryption or the versions of OpenSearch that the program accepts.
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

// largestSearchVolume is the quota of gp3 for a node of a type, in GiB, and 1 TiB where the quota is that or more.
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

// nodeFamilies are the x86 types on Nitro with disks on EBS only, without bare metal.
// https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-types.html
var nodeFamilies = families{
	"c5":  xlarge(2, 4, 9, 12, 18, 24),
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

// capacity of a type in nodeFamilies: two vCPUs in a large, four in each xlarge, and a family's memory for each.
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
