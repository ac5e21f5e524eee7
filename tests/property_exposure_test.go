package tests

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/harness"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/contract"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/provider"
)

func TestEveryLaunchTemplateIsClosed(t *testing.T) {
	everywhere(t, func(p *property, d deployment) {
		for _, template := range d.OfType(awstoken.EC2LaunchTemplate) {
			for _, want := range []struct {
				path  string
				value any
				why   string
			}{
				{"metadataOptions.httpEndpoint", "enabled", "the boot reads its facts there"},
				{"metadataOptions.httpTokens", "required", "IMDSv1 gives the role's credentials to a forged request"},
				{"metadataOptions.httpPutResponseHopLimit", 1.0, "with more hops a container gets the role's credentials"},
			} {
				p.is(template.Get(want.path) == want.value, "%s: %s must be %v, is %v: %s", template.Name, want.path, want.value,
					template.Get(want.path), want.why)
			}
			volumes := template.Values("blockDeviceMappings")
			p.is(len(volumes) > 0, "%s maps no volume: the image decides on size and encryption", template.Name)
			for _, volume := range volumes {
				device := harness.ValuesAt(volume, "deviceName")
				p.is(slices.Equal(harness.ValuesAt(volume, "ebs.encrypted"), []any{"true"}) &&
					len(harness.ValuesAt(volume, "ebs.kmsKeyId")) == 1,
					"%s: the volume %v must be encrypted with a key of the stack", template.Name, device)
				p.is(slices.Equal(harness.ValuesAt(volume, "ebs.deleteOnTermination"), []any{"true"}),
					"%s: the volume %v must be deleted with its node: otherwise each replaced node leaves one, with its secrets",
					template.Name, device)
			}
			for _, card := range template.Values("networkInterfaces") {
				p.is(slices.Equal(harness.ValuesAt(card, "associatePublicIpAddress"), []any{"false"}),
					"%s: a node must have no public address: set associatePublicIpAddress to false", template.Name)
				p.is(slices.Equal(harness.ValuesAt(card, "deleteOnTermination"), []any{"true"}),
					"%s: an interface must be deleted with its node: one that is left keeps its address and its group", template.Name)
			}
		}
	})
}

// A listener without a rule answers nobody; a rule without a listener is an open port for whatever comes next.
func TestEveryListenerHasARuleForClientsAndTheReverse(t *testing.T) {
	everywhere(t, func(p *property, d deployment) {
		for _, balancer := range d.OfType(awstoken.LBLoadBalancer) {
			listens := map[any]string{}
			for _, listener := range d.OfType(awstoken.LBListener) {
				if listener.Get("loadBalancerArn") == balancer.Output("arn") {
					listens[listener.Get("port")] = listener.Name
				}
			}
			open := map[any]string{}
			for _, rule := range d.OfType(awstoken.EC2SecurityGroupIngressRule) {
				group, _ := rule.Get("securityGroupId").(string)
				if !slices.Contains(balancer.Texts("securityGroups"), group) {
					continue
				}
				p.is(rule.Get("fromPort") == rule.Get("toPort"), "%s opens a range of ports of %s: open the listener's alone",
					rule.Name, balancer.Name)
				open[rule.Get("fromPort")] = rule.Name
			}
			for port, name := range listens {
				p.is(open[port] != "", "%s listens on port %v, and no rule of its load balancer lets clients in: add a row to "+
					"network.Traffic", name, port)
			}
			for port, name := range open {
				p.is(listens[port] != "", "%s opens port %v of %s, on which nothing listens: take its row out of network.Traffic",
					name, port, balancer.Name)
			}
		}
	})
}

func TestEveryAliasEvaluatesTheHealthOfItsTarget(t *testing.T) {
	everywhere(t, func(p *property, d deployment) {
		for _, res := range d.AWS() {
			for _, path := range pathsOf("", contract.Load().Resources[res.Token].Inputs, "evaluateTargetHealth") {
				parent := path[:len(path)-len(".evaluateTargetHealth")]
				for _, alias := range res.Values(parent) {
					p.is(slices.Equal(harness.ValuesAt(alias, "evaluateTargetHealth"), []any{true}), "%s: %s must be true: "+
						"otherwise Route 53 sends clients to a target that does not answer", res.Name, path)
				}
			}
		}
	})
}

// pathsOf finds every property of a name.
func pathsOf(prefix string, facts map[string]*contract.Property, name string) []string {
	var out []string
	for _, key := range slices.Sorted(maps.Keys(facts)) {
		if key == name {
			out = append(out, prefix+key)
		}
		out = append(out, pathsOf(prefix+key+".", facts[key].Properties, name)...)
	}
	return out
}

// keep is what a bucket keeps, by its purpose.
type keep struct {
	versions bool
	// expires is true when objects are deleted after logs.retentionDays.
	expires bool
	// oldVersionDays is for how long an overwritten or deleted object can be restored; 0 for logs.retentionDays.
	oldVersionDays float64
	because        string
}

// buckets has a row for each component that makes a bucket.
var buckets = map[string]keep{
	"cluster-boot": {because: "nodes of every launch template version need their files; a few kB for each version"},
	"cluster-diagnostics": {
		versions: true, expires: true, because: "all nodes write reports with one role: one must not overwrite another's",
	},
	"loadbalancer-logs": {expires: true, because: "one service writes each object once"},
	"messaging-topology": {
		versions: true, oldVersionDays: 30, because: "each hour a node overwrites the only object, maybe with a broken one",
	},
	"search-snapshots": {
		versions: true, oldVersionDays: 30,
		because: "snapshots share files: one that is missing or overwritten breaks all of them",
	},
}

func TestEveryBucketKeepsWhatItsPurposeDemands(t *testing.T) {
	everywhere(t, func(p *property, d deployment) {
		production := d.config[namespace+":environment"] == "production"
		purposes := map[string]bool{}
		for _, bucket := range d.OfType(awstoken.S3Bucket) {
			purpose := d.ByURN[bucket.Parent].Name
			row, known := buckets[purpose]
			purposes[purpose] = true
			if !p.is(known, "%s: the table `buckets` lacks the purpose %s: add what it must keep", bucket.Name, purpose) {
				continue
			}
			of := func(token string) []*registered {
				return slices.DeleteFunc(d.OfType(token), func(res *registered) bool { return res.Get("bucket") != bucket.ID })
			}
			versioning := of(awstoken.S3BucketVersioning)
			p.is(len(versioning) == 1 && versioning[0].Get("versioningConfiguration.status") == "Enabled" ||
				!row.versions && len(versioning) == 0, "%s: versions must be kept: %t (%s); see bucket.Args.Versioned", bucket.Name,
				row.versions, row.because)
			rules := of(awstoken.S3BucketLifecycle)
			if p.is(len(rules) == 1, "%s has %d lifecycle configurations, want 1: nothing is deleted without", bucket.Name,
				len(rules)) {
				days := any(nil)
				if row.expires {
					days = d.section(t, "logs")["retentionDays"]
				}
				p.is(rules[0].Get("rules.expiration.days") == days, "%s: objects expire after %v days, want %v (%s)", bucket.Name,
					rules[0].Get("rules.expiration.days"), days, row.because)
				old := any(nil)
				if row.versions {
					old = row.oldVersionDays
					if row.oldVersionDays == 0 {
						old = days
					}
				}
				p.is(rules[0].Get("rules.noncurrentVersionExpiration.noncurrentDays") == old, "%s: old versions expire after %v "+
					"days, want %v (%s)", bucket.Name, rules[0].Get("rules.noncurrentVersionExpiration.noncurrentDays"), old,
					row.because)
				p.is(rules[0].Get("rules.abortIncompleteMultipartUpload.daysAfterInitiation") != nil && rules[0].Get(
					"rules.status") == "Enabled", "%s: its rule must be enabled and end unfinished uploads, which no listing shows",
					bucket.Name)
			}
			p.is(bucket.RPC.GetProtect() == production && bucket.Get("forceDestroy") == !production, "%s: protect is %t and "+
				"forceDestroy %v, want %t and %t: production's objects must not be deleted with the bucket, and those of "+
				"development must not stop its destroy", bucket.Name, bucket.RPC.GetProtect(), bucket.Get("forceDestroy"),
				production, !production)
		}
		for purpose := range buckets {
			p.is(purposes[purpose], "no bucket of the purpose %s: take its row out of the table `buckets`", purpose)
		}
	})
}

// section reads a section of a deployment's configuration.
func (d deployment) section(t testing.TB, name string) map[string]any {
	t.Helper()
	out := map[string]any{}
	require.NoError(t, json.Unmarshal([]byte(d.config[namespace+":"+name]), &out))
	return out
}

// retentions has a row for each property by which AWS forgets something, with the days that the configuration says.
var retentions = map[string]func(t *testing.T, d deployment) any{
	awstoken.LogGroup + ".retentionInDays": func(t *testing.T, d deployment) any {
		return d.section(t, "logs")["retentionDays"]
	},
	awstoken.RDSCluster + ".backupRetentionPeriod": func(t *testing.T, d deployment) any {
		return d.section(t, "database")["backupRetentionDays"]
	},
	awstoken.BackupVaultLock + ".minRetentionDays": func(t *testing.T, d deployment) any {
		lock, _ := d.section(t, "backup")["lock"].(map[string]any)
		return lock["minDays"]
	},
	awstoken.RDSCluster + ".performanceInsightsRetentionPeriod":         insightsDays,
	awstoken.RDSClusterInstance + ".performanceInsightsRetentionPeriod": insightsDays,
}

// insightsDays are the days of AWS for the modes of Database Insights; none for a class without.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Database-Insights.html
func insightsDays(t *testing.T, d deployment) any {
	database := d.section(t, "database")
	switch {
	case strings.HasPrefix(fmt.Sprint(database["instanceClass"]), "db.t3."):
		return nil
	case database["insights"] == "advanced":
		return 465.0
	}
	return 7.0
}

// A constant in the place of the configured days is seen in one of the deployments, and so is a value that is lost:
// what has no end costs more every month.
func TestEveryRetentionIsThatOfTheConfiguration(t *testing.T) {
	everywhere(t, func(p *property, d deployment) {
		for _, res := range d.AWS() {
			for name := range contract.Load().Resources[res.Token].Inputs {
				if !strings.Contains(strings.ToLower(name), "retention") {
					continue
				}
				want, known := retentions[res.Token+"."+name]
				if !known {
					p.is(res.Get(name) == nil, "%s sets %s, which the table `retentions` lacks: add where its days come from",
						res.Name, name)
					continue
				}
				p.is(res.Get(name) == want(t, d), "%s: %s is %v, and the configuration says %v: pass the configured value on",
					res.Name, name, res.Get(name), want(t, d))
			}
		}
	})
}

// User data is opened in TestNoRequestOfANodeIsPlain.
func TestNoInputIsPlainHTTP(t *testing.T) {
	everywhere(t, func(p *property, d deployment) {
		proxy := d.proxy(t)
		for _, res := range d.AWS() {
			eachText("", provider.Plain(res.Checked), func(path, text string) {
				for _, url := range plainURLs(text) {
					p.is(url == proxy, "%s: %s has %s, which is not encrypted: use https", res.Name, path, url)
				}
				p.looked++
			})
		}
		for _, name := range slices.Sorted(maps.Keys(d.Exports)) {
			for _, url := range plainURLs(fmt.Sprint(d.Exports[name].Value)) {
				p.is(false, "the output %s has %s, which is not encrypted: use https", name, url)
			}
		}
	})
}

// proxy is the URL of the configured proxy, which may be plain: what goes through it is encrypted to its target.
func (d deployment) proxy(t testing.TB) string {
	t.Helper()
	proxy, _ := d.section(t, "network")["proxy"].(map[string]any)
	url, _ := proxy["url"].(string)
	return url
}
