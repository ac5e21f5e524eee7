package tests

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/morpheus-ha/morpheus-aws/components"
	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/changes"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/harness"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/contract"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/provider"
)

// neverAlone are properties that replace a resource and do not change while the rest of it stays the same.
var neverAlone = map[string]string{
	awstoken.EC2Subnet + ".availabilityZone":     "the zone is in its name: another zone is another subnet",
	awstoken.EC2VPCEndpoint + ".vpcEndpointType": "each kind of endpoint has a name of its own",
}

// replacing are the paths of the given properties whose change replaces a resource.
func replacing(prefix string, facts map[string]*contract.Property, given map[string]any) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(given)) {
		fact := facts[name]
		switch object, isObject := given[name].(map[string]any); {
		case fact == nil:
		case fact.ForceNew:
			out = append(out, prefix+name)
		case isObject && fact.Properties != nil:
			out = append(out, replacing(prefix+name+".", fact.Properties, object)...)
		}
	}
	return out
}

// otherwise are values that a property could change to: what a reference could name instead, what others of its type
// have, or anything else.
func (d deployment) otherwise(res *registered, path string) []any {
	for _, ref := range awstypes.Of(res.Token).Simulation.References {
		if ref.Path != path {
			continue
		}
		var out []any
		for _, token := range ref.To {
			for _, other := range d.OfType(token) {
				name := other.ID
				if ref.By != "id" {
					name = other.Output(resource.PropertyKey(ref.By))
				}
				if name != res.Get(path) {
					out = append(out, name)
				}
			}
		}
		if len(out) > 0 {
			return out
		}
	}
	switch v := res.Get(path).(type) {
	case bool:
		return []any{!v}
	case float64:
		return []any{v + 1}
	}
	var out []any
	for _, other := range d.OfType(res.Token) {
		if value := other.Get(path); value != nil && value != res.Get(path) {
			out = append(out, value)
		}
	}
	if len(out) == 0 {
		return []any{"other"}
	}
	return out
}

// changedAt are the inputs of a resource with another value at a path.
func changedAt(res *registered, path string, value any) account.Values {
	inputs := resource.NewPropertyMapFromMap(provider.Plain(res.Checked)).Mappable() // a copy of every level
	if path != "" {
		harness.Put(inputs, strings.Split(path, "."), value)
	}
	return inputs
}

// refusalOf is the name of the rule that refuses, or AWS's name of the error.
func refusalOf(err error) string {
	if err == nil {
		return ""
	}
	if _, rule, ruled := strings.Cut(err.Error(), "["); ruled {
		return strings.TrimSuffix(rule, "]")
	}
	name, _, _ := strings.Cut(err.Error(), ":")
	return name
}

// regionOf is the region of a resource's provider.
func regionOf(r *recorder, res *registered) string {
	provider, _, _ := strings.Cut(res.Provider, "::provider-")
	return r.Providers[provider].Region
}

// By default the engine makes the new resource first. AWS refuses it when both need the same name, zone or place.
func TestWhatCannotStandBesideItselfIsDeletedFirst(t *testing.T) {
	seen := map[string]bool{} // most resources are the same in several deployments
	everywhere(t, func(p *property, d deployment) {
		for _, res := range d.AWS() {
			facts := contract.Load().Resources[res.Token]
			autonamed := awstypes.Of(res.Token).Provider.Autonamed
			fixed := autonamed != "" && res.Inputs.HasValue(resource.PropertyKey(autonamed))
			if fixed || res.RPC.GetDeleteBeforeReplace() {
				p.looked++ // for a name that the program fixes, the provider itself asks for the deletion first
				continue
			}
			same := encode(t, []any{res.Token, res.Name, provider.Plain(res.Checked)})
			if seen[same] {
				continue
			}
			seen[same] = true
			// Of its own type the account has nothing but itself: others have their own replacement.
			request := account.Request{Region: regionOf(d.recorder, res), Token: res.Token}
			refused := func(path string, value any) string {
				request.Inputs = changedAt(res, path, value)
				if autonamed != "" {
					request.Inputs[autonamed] = "another-name"
				}
				return refusalOf(d.Account.Refuses(request, func(e *account.Resource) bool {
					return e.Token != res.Token || e.ID == res.ID
				}))
			}
			beside := refused("", nil)
			if p.looked++; beside == "" {
				continue // two of them can exist
			}
			for _, path := range replacing("", facts.Inputs, provider.Plain(res.Checked)) {
				collides := false
				for _, value := range d.otherwise(res, path) {
					collides = collides || refused(path, value) == beside
				}
				p.is(!collides || neverAlone[res.Token+"."+path] != "", "%s: a change of %s replaces it, and AWS refuses the new "+
					"one while the old one exists (%s): give it pulumi.DeleteBeforeReplace(true)", res.Name, path, beside)
			}
		}
	})
}

// What AWS cannot change must be shown as a replacement, which the protection can refuse; a plan to update it would
// seem to succeed, or fail half-way.
func TestWhatAWSCannotChangeIsReplaced(t *testing.T) {
	entries := map[string]bool{} // of the program
	used := map[string]bool{}    // of those, the ones that a table of changes calls for
	everywhere(t, func(p *property, d deployment) {
		for _, res := range d.All() {
			for _, path := range res.RPC.GetReplaceOnChanges() {
				entries[res.Token+"."+path] = true
			}
			for _, row := range rowsOf(res) {
				if row.Effect != changes.DataLoss && row.Effect != changes.Replacement {
					continue
				}
				values := provider.Plain(res.Checked)
				for _, before := range harness.ValuesAt(values, row.Property) {
					planned := false
					for _, after := range otherValues(resource.NewPropertyValue(before)) {
						if row.When != nil && !row.When(before, after.Mappable()) {
							continue
						}
						news := resource.NewPropertyMapFromMap(changedAt(res, row.Property, after.Mappable()))
						planned = planned || provider.DiffResource(res.Token, res.Checked, res.State, news).Replaces()
					}
					listed := slices.Contains(res.RPC.GetReplaceOnChanges(), row.Property)
					if listed {
						used[res.Token+"."+row.Property] = true
					}
					p.is(planned || listed, "%s: by its table of changes a change of %s %s, but the provider plans an update in "+
						"place, which AWS refuses or ignores: add it to pulumi.ReplaceOnChanges", res.Name, row.Property, row.Risk)
				}
			}
		}
	})
	for entry := range entries {
		if !used[entry] {
			t.Errorf("pulumi.ReplaceOnChanges has %s, and no table of changes says that AWS cannot change it: add the row, or "+
				"take the entry out", entry)
		}
	}
}

// rowsOf are the rows of all tiers about the type of a resource.
func rowsOf(res *registered) []changes.Row {
	var out []changes.Row
	for _, tier := range slices.Sorted(maps.Keys(components.Changes)) {
		for _, row := range components.Changes[tier] {
			if row.Token == res.Token && row.Property != "" && res.IsAWS() {
				out = append(out, row)
			}
		}
	}
	return out
}

// How the program leaves a property to AWS.
const (
	ignored  = "ignored"   // by pulumi.IgnoreChanges: given at the creation, and never compared again
	notGiven = "not given" // never an input
)

const frozen = "a password changes by its rotation, the keepers, alone: the back end keeps the old one"

// leftToAWS are the properties that something else than the program changes, or that nobody can change. Every entry
// of pulumi.IgnoreChanges has a row, and every row is true of every resource of its type.
var leftToAWS = []struct{ token, property, how, because, source string }{
	{
		token: awstoken.MQBroker, property: "users", how: ignored,
		because: "AWS never returns the users of RabbitMQ and has no call to change them",
		source:  "https://docs.aws.amazon.com/amazon-mq/latest/api-reference/brokers-broker-id-users-username.html",
	},
	{
		token: awstoken.RDSCluster, property: "snapshotIdentifier", how: ignored,
		because: "what the cluster was made from; without the key in the configuration it would be replaced by an empty one",
		source:  "https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/rds_cluster",
	},
	{
		token: awstoken.RDSCluster, property: "globalClusterIdentifier", how: ignored,
		because: "RDS sets it when a global database is made of the cluster",
		source:  "https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/rds_global_cluster",
	},
	{
		token: awstoken.RDSCluster, property: "replicationSourceIdentifier", how: ignored,
		because: "RDS sets it on the members of a global database that follow, also on a former writer",
		source:  "https://github.com/hashicorp/terraform-provider-aws/issues/40921",
	},
	{
		token: awstoken.RDSCluster, property: "masterUsername", how: ignored,
		because: "nobody can change it, and an adopted cluster has another one: docs/adopt.md",
		source:  "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBCluster.html",
	},
	{
		token: awstoken.RDSSubnetGroup, property: "name", how: ignored,
		because: "nobody can change it, and an adopted group has another one: docs/adopt.md",
		source:  "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBSubnetGroup.html",
	},
	{
		token: awstoken.RDSGlobalCluster, property: "sourceDbClusterIdentifier", how: ignored,
		because: "it is of the creation alone: after a failover another member is the primary",
		source:  "https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/rds_global_cluster",
	},
	{
		token: awstoken.RDSCluster, property: "availabilityZones", how: notGiven,
		because: "RDS fills a shorter list up to three zones, and the next update would replace the cluster",
		source:  "https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/rds_cluster",
	},
	{
		token: awstoken.RDSClusterInstance, property: "preferredBackupWindow", how: notGiven,
		because: "a setting of the cluster, which RDS refuses on an instance",
		source:  "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html",
	},
	{
		token: awstoken.AutoScalingGroup, property: "initialLifecycleHooks", how: ignored,
		because: "they are of the creation alone, and a change would replace the group with every node",
		source:  "https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/autoscaling_group",
	},
	{
		token: awstoken.AutoScalingGroup, property: "desiredCapacity", how: notGiven,
		because: "scaling chooses it, and each update would undo the choice",
		source:  "https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-target-tracking.html",
	},
	{token: awstoken.RandomPassword, property: "length", how: ignored, because: frozen},
	{token: awstoken.RandomPassword, property: "minLower", how: ignored, because: frozen},
	{token: awstoken.RandomPassword, property: "minUpper", how: ignored, because: frozen},
	{token: awstoken.RandomPassword, property: "minNumeric", how: ignored, because: frozen},
	{token: awstoken.RandomPassword, property: "special", how: ignored, because: frozen},
	{token: awstoken.RandomPassword, property: "minSpecial", how: ignored, because: frozen},
	{token: awstoken.RandomPassword, property: "overrideSpecial", how: ignored, because: frozen},
}

func TestOnlyAndAllThatAWSChangesIsLeftToIt(t *testing.T) {
	everywhere(t, func(p *property, d deployment) {
		for _, row := range leftToAWS {
			for _, res := range d.OfType(row.token) {
				if row.how == notGiven {
					p.is(!res.Inputs.HasValue(resource.PropertyKey(row.property)), "%s gives %s: %s; take it out", res.Name,
						row.property, row.because)
					continue
				}
				p.is(slices.Contains(res.RPC.GetIgnoreChanges(), row.property), "%s does not ignore changes of %s: %s; add it to "+
					"pulumi.IgnoreChanges", res.Name, row.property, row.because)
			}
		}
		for _, res := range d.All() {
			for _, path := range res.RPC.GetIgnoreChanges() {
				known := slices.ContainsFunc(leftToAWS, func(row struct{ token, property, how, because, source string }) bool {
					return row.token == res.Token && row.property == path && row.how == ignored
				})
				p.is(known, "%s ignores changes of %s without a reason: it hides drift, and a change of the configuration has no "+
					"effect; take it out, or add the reason with AWS's page to the table `leftToAWS`", res.Name, path)
			}
		}
	})
	for _, row := range leftToAWS {
		if contract.Load().Resources[row.token].Inputs[row.property] == nil {
			t.Errorf("%s has no property %s: correct the row of the table `leftToAWS`", row.token, row.property)
		}
	}
}
