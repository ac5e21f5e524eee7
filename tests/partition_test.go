package tests

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
)

// partitions of AWS, each with one of its regions and the suffix of its names.
var partitions = []struct{ name, region, suffix string }{
	{name: "aws", region: "eu-central-1", suffix: "amazonaws.com"},
	{name: "aws-us-gov", region: "us-gov-west-1", suffix: "amazonaws.com"},
	{name: "aws-cn", region: "cn-north-1", suffix: "amazonaws.com.cn"},
}

// sameEverywhere are principals whose names end in ".amazonaws.com" in China too.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-services
var sameEverywhere = []string{
	"autoscaling.amazonaws.com", "cloudwatch.amazonaws.com", "es.amazonaws.com",
	"events.rds.amazonaws.com", "monitoring.rds.amazonaws.com", "opensearchservice.amazonaws.com",
	"logdelivery.elasticloadbalancing.amazonaws.com", "vpc-flow-logs.amazonaws.com",
}

var (
	anARN    = regexp.MustCompile(`\barn:([a-z-]+):`)
	aName    = regexp.MustCompile(`[a-z0-9.-]+\.amazonaws\.com(\.cn)?`)
	ofRegion = regexp.MustCompile(`^[a-z]+\.[a-z]{2}(-[a-z]+)+-\d\.amazonaws\.com`)
)

func TestEveryPartitionIsItsOwn(t *testing.T) {
	for _, p := range partitions {
		t.Run(p.name, func(t *testing.T) {
			arns, names, via := 0, 0, 0
			for _, res := range judgedStackOf(t, "prod").in(t, p.name, p.region).All() {
				visit("", resource.NewProperty(res.Inputs), false, func(path, text string, _ bool) {
					for _, m := range anARN.FindAllStringSubmatch(text, -1) {
						arns++
						assert.Equal(t, p.name, m[1], "%s: %s names another partition, where it does not exist", res.Name, path)
					}
					via += strings.Count(text, "kms:ViaService")
					for _, name := range aName.FindAllString(text, -1) {
						names++
						ends := strings.HasSuffix(name, "."+p.suffix)
						assert.True(t, ends || slices.Contains(sameEverywhere, name),
							"%s: %s names %s, which is not of this partition", res.Name, path, name)
						if ofRegion.MatchString(name) {
							assert.Contains(t, name, "."+p.region+".", "%s: %s names another region", res.Name, path)
						}
					}
				})
			}
			assert.Greater(t, arns, 50, "the ARNs must be there to be looked at")
			assert.Greater(t, names, 10, "so must the names of services")
			assert.Equal(t, 6, via,
				"and the permissions on the key of the secrets, four times, of the snapshots and of the reports")
			t.Logf("%s: %d ARNs, %d names of services", p.name, arns, names)
		})
	}
}

// What is allowed and refused is the same in every partition, and so is the simulator's opinion of it.
func TestPermissionsAreTheSameInEveryPartition(t *testing.T) {
	for _, place := range partitions {
		for _, name := range []string{"prod", "private"} {
			t.Run(place.name+" "+name, func(t *testing.T) {
				s := judgedStackOf(t, name)
				p := permissionsOf(t, s.in(t, place.name, place.region))
				allowed, refused := p.cases(t, s.allowed()), p.cases(t, s.refused())
				for _, c := range allowed {
					assert.True(t, c.Allowed, "%s must be allowed; %s", c, c.By)
				}
				for _, c := range refused {
					assert.False(t, c.Allowed, "%s must be refused; allowed by %s", c, c.By)
				}
				agree(t, slices.Concat(allowed, refused), nil)
			})
		}
	}
}
