package provider

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/contract"
)

// Plan is the plan of a change.
type Plan struct {
	Changes []contract.Change
	// DeleteFirst is true when the replacement cannot exist at the same time as the old resource.
	DeleteFirst bool
}

// Replaces reports whether a change replaces the resource.
func (p Plan) Replaces() bool {
	return slices.ContainsFunc(p.Changes, func(c contract.Change) bool { return c.Replace })
}

// DiffResource plans a change from the old inputs and state to the new inputs.
func DiffResource(token string, old, state, news resource.PropertyMap) Plan {
	facts := contract.Load().Resources[token]
	if facts == nil {
		return Plan{}
	}
	if typ := awstypes.Of(token); typ != nil {
		for _, name := range typ.Provider.ComparedWithState {
			k := resource.PropertyKey(name)
			if live, ok := state[k]; ok && news.HasValue(k) {
				old = old.Copy()
				old[k] = live
			}
		}
	}
	plan := Plan{
		Changes: slices.DeleteFunc(facts.Diff(old, news),
			func(c contract.Change) bool { return suppressed(token, c, news) }),
	}
	for i, c := range plan.Changes {
		if c.Path == "engineVersion" && token == awstoken.OpenSearchDomain {
			plan.Changes[i].Replace = !upgrades(old["engineVersion"], news["engineVersion"])
		}
	}
	for name, p := range facts.Inputs {
		if p.Autonamed && !news[resource.PropertyKey(name)].IsNull() && !byDefault(news, name) {
			plan.DeleteFirst = plan.Replaces() // two resources cannot have the same fixed name
		}
	}
	return plan
}

// upgrades reports whether a domain can change from one version to another in place. The provider asks AWS, which lists
// only later versions. Otherwise the provider replaces the domain, and its data is lost:
// internal/service/opensearch/domain.go, CustomizeDiff.
func upgrades(from, to resource.PropertyValue) bool {
	if !from.IsString() || !to.IsString() {
		return true
	}
	var old, wanted [2]int
	_, errOld := fmt.Sscanf(from.StringValue(), "OpenSearch_%d.%d", &old[0], &old[1])
	_, errWanted := fmt.Sscanf(to.StringValue(), "OpenSearch_%d.%d", &wanted[0], &wanted[1])
	return errOld == nil && errWanted == nil && slices.Compare(wanted[:], old[:]) > 0
}

// suppressed reports whether the provider ignores a change. After the creation, RabbitMQ's users cannot be changed
// through AWS, so a new password is silently ignored: internal/service/mq/broker.go, DiffSuppressFunc of user.
func suppressed(token string, c contract.Change, news resource.PropertyMap) bool {
	engine := news["engineType"]
	return token == awstoken.MQBroker && c.Path == "users" && engine.IsString() &&
		strings.EqualFold(engine.StringValue(), "RabbitMQ")
}

// changedOutputs are the outputs that an update changes (SetNewComputed in the provider).
func changedOutputs(token string, old, news resource.PropertyMap) []resource.PropertyKey {
	if token != awstoken.EC2LaunchTemplate {
		return nil
	}
	plain := func(inputs resource.PropertyMap) account.Values { return account.WithDefaults(token, Plain(inputs)) }
	if !news.ContainsUnknowns() && !awstypes.NewTemplateVersion(plain(old), plain(news)) {
		return nil
	}
	return []resource.PropertyKey{"latestVersion"}
}

func diffResponse(plan Plan) *pulumirpc.DiffResponse {
	out := &pulumirpc.DiffResponse{
		Changes:             pulumirpc.DiffResponse_DIFF_NONE,
		HasDetailedDiff:     true,
		DetailedDiff:        map[string]*pulumirpc.PropertyDiff{},
		DeleteBeforeReplace: plan.DeleteFirst,
	}
	kinds := map[string][2]pulumirpc.PropertyDiff_Kind{
		"add":    {pulumirpc.PropertyDiff_ADD, pulumirpc.PropertyDiff_ADD_REPLACE},
		"delete": {pulumirpc.PropertyDiff_DELETE, pulumirpc.PropertyDiff_DELETE_REPLACE},
		"update": {pulumirpc.PropertyDiff_UPDATE, pulumirpc.PropertyDiff_UPDATE_REPLACE},
	}
	for _, c := range plan.Changes {
		out.Changes = pulumirpc.DiffResponse_DIFF_SOME
		kind := kinds[c.Op][0]
		if c.Replace {
			kind = kinds[c.Op][1]
			out.Replaces = append(out.Replaces, c.Path)
		}
		out.Diffs = append(out.Diffs, c.Path)
		out.DetailedDiff[c.Path] = &pulumirpc.PropertyDiff{Kind: kind, InputDiff: true}
	}
	return out
}
