package tests

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/harness"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
)

// touching are the controls of Security Hub's Foundational Security Best Practices for resource types of a stack.
// Controls for account settings (Config, GuardDuty, CloudTrail) are left out. KMS.4 and SNS.1 belong to other
// standards. https://docs.aws.amazon.com/securityhub/latest/userguide/fsbp-standard.html
const touching = `
	ACM.1 ACM.2 AutoScaling.1 AutoScaling.2 AutoScaling.3 AutoScaling.5 AutoScaling.6 AutoScaling.9 Backup.1
	EC2.2 EC2.3 EC2.6 EC2.7 EC2.8 EC2.9 EC2.10 EC2.15 EC2.16 EC2.17 EC2.18 EC2.19 EC2.21 EC2.25 EC2.55 EC2.56 EC2.57 EC2.58
	EC2.60 EC2.170 EC2.172 EC2.181 EC2.182 EFS.1 EFS.2 EFS.3 EFS.4 EFS.7 EFS.8
	ELB.1 ELB.4 ELB.5 ELB.6 ELB.12 ELB.13 ELB.17 ELB.18 ELB.21 ELB.22 IAM.1 IAM.21 KMS.1 KMS.2 KMS.3 KMS.4 KMS.5 MQ.2
	Opensearch.1 Opensearch.2 Opensearch.3 Opensearch.4 Opensearch.5 Opensearch.6 Opensearch.7 Opensearch.8 Opensearch.10
	RDS.1 RDS.2 RDS.3 RDS.4 RDS.5 RDS.6 RDS.7 RDS.8 RDS.9 RDS.10 RDS.11 RDS.12 RDS.13 RDS.14 RDS.15 RDS.16 RDS.17 RDS.19 RDS.20
	RDS.21 RDS.22 RDS.23 RDS.24 RDS.25 RDS.27 RDS.34 RDS.35 RDS.45 RDS.46 RDS.50 RDS.51
	S3.1 S3.2 S3.3 S3.5 S3.6 S3.8 S3.9 S3.12 S3.13 SecretsManager.1 SecretsManager.2 SecretsManager.3 SecretsManager.4
	SNS.1 SNS.4 SSM.1 SSM.2 SSM.3 WAF.10 WAF.12`

// control is one control, or several controls that check the same value.
type control struct {
	ids string
	// token is the type of its resources, such as "rds/cluster:Cluster"; with a name after it, only that resource.
	token string
	// what is the requirement in words, and holds checks it for a resource.
	what  string
	holds func(r *recorder, res *registered) bool
	// except is the reason why all these resources fail it on purpose in every stack, as the decisions document. dev is
	// the reason for development only.
	except, dev string
}

func value(path string, want any) func(*recorder, *registered) bool {
	return func(_ *recorder, res *registered) bool { return fmt.Sprint(res.Get(path)) == fmt.Sprint(want) }
}

func given(path string) func(*recorder, *registered) bool {
	return func(_ *recorder, res *registered) bool { return len(res.Values(path)) > 0 && res.Values(path)[0] != "" }
}

func holding(path string, want ...string) func(*recorder, *registered) bool {
	return func(_ *recorder, res *registered) bool {
		return !slices.ContainsFunc(want, func(w string) bool { return !slices.Contains(res.Texts(path), w) })
	}
}

func number(path string, least float64) func(*recorder, *registered) bool {
	return func(_ *recorder, res *registered) bool { n, ok := res.Get(path).(float64); return ok && n >= least }
}

// having requires at least one other resource whose property names this one, and checks each of them.
func having(token, property, of string, holds func(*recorder, *registered) bool) func(*recorder, *registered) bool {
	return func(r *recorder, res *registered) bool {
		wanted := map[string]any{"id": res.ID, "arn": res.Output("arn")}[of]
		if wanted == nil {
			wanted = res.Get(of)
		}
		found := slices.DeleteFunc(r.OfType(token), func(other *registered) bool { return other.Get(property) != wanted })
		return len(found) > 0 && !slices.ContainsFunc(found, func(other *registered) bool { return !holds(r, other) })
	}
}

func ofBucket(token string, holds func(*recorder, *registered) bool) func(*recorder, *registered) bool {
	return having(token, "bucket", "id", holds)
}

func endpointOf(service string) func(*recorder, *registered) bool {
	return having("ec2/vpcEndpoint:VpcEndpoint", "vpcId", "id", func(r *recorder, _ *registered) bool {
		return endpoint(r, service) != nil
	})
}

// endpoint returns the VPC endpoint of a service, found by the end of its name; nil if there is none.
func endpoint(r *recorder, service string) *registered {
	for _, e := range r.OfType("ec2/vpcEndpoint:VpcEndpoint") {
		region := r.OfType(harness.AWSProvider)[0].Get("region").(string)
		if name, _ := e.Get("serviceName").(string); strings.HasSuffix(name, "."+region+"."+service) {
			return e
		}
	}
	return nil
}

// inZones reports whether subnets are in at least that many zones.
func inZones(path string, least int) func(*recorder, *registered) bool {
	return func(r *recorder, res *registered) bool {
		zones := map[any]bool{}
		for _, subnet := range r.OfType("ec2/subnet:Subnet") {
			if slices.Contains(res.Texts(path), subnet.ID) {
				zones[subnet.Get("availabilityZone")] = true
			}
		}
		return len(zones) >= least
	}
}

// allowingNone reports whether no Allow statement of a policy matches.
func allowingNone(bad func(statement) bool) func(*recorder, *registered) bool {
	return func(r *recorder, res *registered) bool {
		return !slices.ContainsFunc(statements(r),
			func(s statement) bool { return s.where == res && s.Effect == "Allow" && bad(s) })
	}
}

func parameter(group *registered, name string) string {
	names, values := group.Texts("parameters.name"), group.Texts("parameters.value")
	if i := slices.Index(names, name); i >= 0 {
		return values[i]
	}
	return ""
}

// hears reports whether the subscription for a source type covers all sources and has all the categories. Subscriptions
// for other source types pass.
func hears(source string, categories ...string) func(*recorder, *registered) bool {
	return func(r *recorder, res *registered) bool {
		there := slices.ContainsFunc(r.OfType(dbEvents), func(e *registered) bool { return e.Get("sourceType") == source })
		return there &&
			(res.Get("sourceType") != source || holding("eventCategories", categories...)(r, res) &&
				len(res.Values("sourceIds")) == 0)
	}
}

func notPublic(property string) func(*recorder, *registered) bool {
	return func(r *recorder, res *registered) bool {
		return !slices.ContainsFunc(statements(r), func(s statement) bool {
			return s.where == res && s.property == property && s.Effect == "Allow" && len(s.Condition) == 0 &&
				slices.Contains(s.principals(), "*")
		})
	}
}

// notForOthers reports whether a policy allows only services and this account.
func notForOthers(r *recorder, res *registered) bool {
	return allowingNone(func(s statement) bool {
		return slices.ContainsFunc(s.principals(), func(who string) bool {
			return !strings.HasSuffix(who, ".amazonaws.com") && !strings.Contains(who, ":"+simaws.AccountID+":")
		})
	})(r, res)
}

// noWayOut reports whether the group's subnets have no route to an internet or NAT gateway.
func noWayOut(r *recorder, group *registered) bool {
	for _, association := range r.OfType("ec2/routeTableAssociation:RouteTableAssociation") {
		if !slices.Contains(group.Texts("subnetIds"), fmt.Sprint(association.Get("subnetId"))) {
			continue
		}
		for _, route := range r.OfType("ec2/route:Route") {
			if route.Get("routeTableId") == association.Get("routeTableId") {
				return false
			}
		}
	}
	return true
}

// subjects returns the resources that a control applies to.
func (c control) subjects(t *testing.T, r *recorder) []*registered {
	t.Helper()
	token, name, one := strings.Cut(c.token, " ")
	found := slices.DeleteFunc(r.OfType(token), func(res *registered) bool { return one && res.Name != name })
	require.NotEmpty(t, found, "%s: the control applies to no resource", c.ids)
	return found
}

// hold checks a run against controls. Each resource of a control passes, or fails if the control has a reason.
func hold(t *testing.T, r *recorder, rows []control) {
	t.Helper()
	held, times := map[string]bool{}, map[string]int{}
	for _, c := range rows {
		reason := c.except
		if r.Stack == "dev" && reason == "" {
			reason = c.dev
		}
		token, _, _ := strings.Cut(c.token, " ")
		times[c.ids]++
		for _, res := range c.subjects(t, r) {
			held[c.ids+token+res.Name] = true
			if passes := c.holds(r, res); reason == "" {
				assert.True(t, passes, "%s: %s fails: %s", c.ids, res.Name, c.what)
			} else {
				assert.False(t, passes, "%s: %s passes (%s), although %s has an exception (%s). If a setting lost its configured "+
					"value, repair the component; if the reason has ended, remove the exception", c.ids, res.Name, c.what, r.Stack, reason)
			}
		}
	}
	for _, c := range rows {
		if token, _, one := strings.Cut(c.token, " "); one && times[c.ids] > 1 { // a row for each resource
			for _, res := range r.OfType(token) {
				assert.True(t, held[c.ids+token+res.Name], "%s: %s has neither a row nor a reason", c.ids, res.Name)
			}
		}
	}
}

func TestSecurityHubControls(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) {
		hold(t, r, controls)
		for _, c := range absentControls {
			assert.Empty(t, r.OfType(c.token), "%s applies now (%s): add a row to controls", c.ids, c.why)
		}
	})
	t.Run("widened", func(t *testing.T) {
		r, err := run(t, "prod", widened)
		require.NoError(t, err)
		instead := func(c control) bool {
			return slices.ContainsFunc(widenedControls, func(w control) bool { return w.ids == c.ids })
		}
		hold(t, r, append(slices.DeleteFunc(slices.Clone(controls), instead), widenedControls...))
	})
}

// Each control passes, has a reason in docs/decisions/security-hub.md, or does not apply to any stack.
func TestEverySecurityHubControlIsDecided(t *testing.T) {
	text, err := os.ReadFile("../docs/decisions/security-hub.md")
	require.NoError(t, err)
	written := map[string]bool{}
	for _, id := range regexp.MustCompile(`\b[A-Z][A-Za-z0-9]+\.\d+\b`).FindAllString(string(text), -1) {
		written[id] = true
	}
	known, fails := map[string]bool{}, map[string]bool{}
	note := func(ids, except string) {
		for id := range strings.FieldsSeq(ids) {
			known[id] = true
			if except != "" {
				fails[id] = true
				assert.True(t, written[id], "%s fails on purpose (%s), and the decisions do not document it", id, except)
			}
		}
	}
	for _, c := range slices.Concat(controls, widenedControls) {
		note(c.ids, c.except)
		for id := range strings.FieldsSeq(c.ids) {
			fails[id] = fails[id] || c.dev != ""
		}
		assert.True(t, c.except == "" || c.dev == "", "%s: its exception applies to development too", c.ids)
	}
	for _, c := range absentControls {
		except := ""
		if strings.HasPrefix(c.ids, "EFS.") { // the file system exists and has no such resource
			except = c.why
		}
		note(c.ids, except)
	}
	for id, why := range outsideControls {
		note(id, why)
	}
	assert.ElementsMatch(t, strings.Fields(touching), slices.Collect(maps.Keys(known)),
		"each control of the list must have a row, and each row must be in the list")
	for id := range written {
		assert.True(t, fails[id], "%s: the decisions say that it fails, but no row fails", id)
	}
}
