package controls

import (
	"fmt"
	"slices"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/harness"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
)

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
		return Endpoint(r, service) != nil
	})
}

// Endpoint returns the VPC endpoint of a service, found by the end of its name; nil if there is none.
func Endpoint(r *recorder, service string) *registered {
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
		for _, configured := range r.Providers {
			// The account has the existing subnets too.
			for _, subnet := range r.Account.Resources(awstoken.EC2Subnet, configured.Region) {
				if slices.Contains(res.Texts(path), subnet.ID) {
					zones[subnet.State["availabilityZone"]] = true
				}
			}
		}
		return len(zones) >= least
	}
}

// allowingNone reports whether no Allow statement of a policy matches.
func allowingNone(bad func(Statement) bool) func(*recorder, *registered) bool {
	return func(r *recorder, res *registered) bool {
		return !slices.ContainsFunc(Statements(r),
			func(s Statement) bool { return s.Where == res && s.Effect == "Allow" && bad(s) })
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
		return !slices.ContainsFunc(Statements(r), func(s Statement) bool {
			return s.Where == res && s.Property == property && s.Effect == "Allow" && len(s.Condition) == 0 &&
				slices.Contains(s.Principals(), "*")
		})
	}
}

// notForOthers reports whether a policy allows only services and this account.
func notForOthers(r *recorder, res *registered) bool {
	return allowingNone(func(s Statement) bool {
		return slices.ContainsFunc(s.Principals(), func(who string) bool {
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
