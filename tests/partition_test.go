package tests

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"

	"github.com/morpheus-ha/morpheus-aws/components/notifications"
)

// partitions are AWS partitions, each with one region and its DNS suffix.
var partitions = []struct{ name, region, suffix string }{
	{name: "aws", region: "eu-central-1", suffix: "amazonaws.com"},
	{name: "aws-us-gov", region: "us-gov-west-1", suffix: "amazonaws.com"},
	{name: "aws-cn", region: "cn-north-1", suffix: "amazonaws.com.cn"},
}

// sameEverywhere are service principals whose names end in ".amazonaws.com" in China too.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-services
var sameEverywhere = []string{
	"autoscaling.amazonaws.com", "backup.amazonaws.com", "cloudwatch.amazonaws.com", "es.amazonaws.com",
	"events.amazonaws.com",
	"events.rds.amazonaws.com", "monitoring.rds.amazonaws.com", "opensearchservice.amazonaws.com",
	"logdelivery.elasticloadbalancing.amazonaws.com", "vpc-flow-logs.amazonaws.com",
}

var (
	anARN    = regexp.MustCompile(`\barn:([a-z-]+):`)
	aName    = regexp.MustCompile(`[a-z0-9.-]+\.amazonaws\.com(\.cn)?`)
	ofRegion = regexp.MustCompile(`^[a-z]+\.[a-z]{2}(-[a-z]+)+-\d\.amazonaws\.com`)
)

func TestNothingNamesAnotherPartition(t *testing.T) {
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
							"%s: %s names %s, which is not in this partition", res.Name, path, name)
						if ofRegion.MatchString(name) {
							assert.Contains(t, name, "."+p.region+".", "%s: %s names another region", res.Name, path)
						}
					}
				})
			}
			assert.Greater(t, arns, 50, "too few ARNs were checked")
			assert.Greater(t, names, 10, "too few names of services were checked")
			assert.Equal(t, 8, via,
				"the permissions on the secrets' key (four times), the snapshots', the definitions', the reports' and the topics' key")
			t.Logf("%s: %d ARNs, %d names of services", p.name, arns, names)
		})
	}
}

// Permissions are the same in every partition, and the simulator agrees.
func TestPermissionsAreTheSameInEveryPartition(t *testing.T) {
	for _, place := range partitions {
		for _, name := range []string{"prod", "private"} {
			t.Run(place.name+" "+name, func(t *testing.T) {
				s := judgedStackOf(t, name)
				p := permissionsOf(t, s.in(t, place.name, place.region))
				intended := slices.DeleteFunc(s.allowed(), func(c call) bool {
					return slices.ContainsFunc(notifications.Publishers, func(publisher notifications.Publisher) bool {
						return publisher.Commercial && publisher.Principal == c.who && place.name != "aws"
					})
				})
				allowed, refused := p.cases(t, intended), p.cases(t, s.refused())
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
