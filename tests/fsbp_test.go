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

// touching are the controls of Security Hub's Foundational Security Best Practices that are about something that a
// stack is made of; those of the account alone (Config, GuardDuty, CloudTrail) are left out. KMS.4 and SNS.1 are of
// other standards. https://docs.aws.amazon.com/securityhub/latest/userguide/fsbp-standard.html
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

// control is one of them, or several that one value decides.
type control struct {
	ids string
	// token of the resources that it is about, such as "rds/cluster:Cluster"; a name after it is for that one alone.
	token string
	// what is to hold of each of them.
	what  string
	holds func(r *recorder, res *registered) bool
	// except says why each of them fails it, knowingly, in every stack; the decisions name it too. dev says why
	// development does.
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

// having asks for another resource, whose property is what AWS answered, or was given, for this one: one at least, and
// the same of all.
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

// endpoint of a service, by the end of its name.
func endpoint(r *recorder, service string) *registered {
	for _, e := range r.OfType("ec2/vpcEndpoint:VpcEndpoint") {
		region := r.OfType(harness.AWSProvider)[0].Get("region").(string)
		if name, _ := e.Get("serviceName").(string); strings.HasSuffix(name, "."+region+"."+service) {
			return e
		}
	}
	return nil
}

// inZones says whether subnets are in as many zones.
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

// allowingNone says whether no statement of a policy that allows is one of those.
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

// hears says whether the subscription of a source has all the categories, and no single source; the others pass.
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

// notForOthers says whether a policy lets in services and this account alone.
func notForOthers(r *recorder, res *registered) bool {
	return allowingNone(func(s statement) bool {
		return slices.ContainsFunc(s.principals(), func(who string) bool {
			return !strings.HasSuffix(who, ".amazonaws.com") && !strings.Contains(who, ":"+simaws.AccountID+":")
		})
	})(r, res)
}

// noWayOut says whether no route of the group's subnets leads to an internet or NAT gateway.
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

// subjects are what a control is about.
func (c control) subjects(t *testing.T, r *recorder) []*registered {
	t.Helper()
	token, name, one := strings.Cut(c.token, " ")
	found := slices.DeleteFunc(r.OfType(token), func(res *registered) bool { return one && res.Name != name })
	require.NotEmpty(t, found, "%s: nothing to hold it against", c.ids)
	return found
}

// hold holds a run against controls: each passes, or each of its resources fails it for the reason given.
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
				assert.False(t, passes, "%s: %s passes (%s): its exception is not needed any more", c.ids, res.Name, c.what)
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
			assert.Empty(t, r.OfType(c.token), "%s applies now (%s): hold the program against it", c.ids, c.why)
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

// A control passes, has a reason in docs/decisions/security-hub.md, or is about something that no stack has.
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
				assert.True(t, written[id], "%s is not passed, knowingly (%s), and the decisions do not say so", id, except)
			}
		}
	}
	for _, c := range slices.Concat(controls, widenedControls) {
		note(c.ids, c.except)
		for id := range strings.FieldsSeq(c.ids) {
			fails[id] = fails[id] || c.dev != ""
		}
		assert.True(t, c.except == "" || c.dev == "", "%s: its exception is development's too", c.ids)
	}
	for _, c := range absentControls {
		except := ""
		if strings.HasPrefix(c.ids, "EFS.") { // the file system is there, and lacks it
			except = c.why
		}
		note(c.ids, except)
	}
	for id, why := range outsideControls {
		note(id, why)
	}
	assert.ElementsMatch(t, strings.Fields(touching), slices.Collect(maps.Keys(known)),
		"each control has a row, and each row is one of the list")
	for id := range written {
		assert.True(t, fails[id], "%s: the decisions say that it fails, and no row does", id)
	}
}
