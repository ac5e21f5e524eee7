package tests

import (
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/harness"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/provider"
	"github.com/morpheus-ha/morpheus-aws/stacks"
)

// origin is the property of a resource that an output names.
type origin struct {
	// of are the names of the resources that may have it, the preferred one first; "*" stands for any text.
	of []string
	// at is the path in what AWS answered; "id" is the id of the resource.
	at string
	// as makes the output of the property (default: as it is).
	as func(string) string
	// several is true for an output that lists the property of all resources of the name; there may be none.
	several bool
}

// origins of all outputs but the readme, which is a file.
var origins = map[string]origin{
	"applianceUrl":        {of: []string{"loadbalancer-record"}, at: "name", as: https},
	"loadBalancerDnsName": {of: []string{"loadbalancer-alb"}, at: "dnsName"},
	"loadBalancerZoneId":  {of: []string{"loadbalancer-alb"}, at: "zoneId"},
	"applianceSecretArn":  {of: []string{"cluster-appliance"}, at: "arn"},
	"egressIps":           {of: []string{"network-nat-*-address"}, at: "publicIp", several: true},
	"fileSystemId":        {of: []string{"filesystem-storage"}, at: "id"},

	// The target group is in the existing VPC, which is no resource of the stack.
	"vpcId": {of: []string{"network-vpc", "loadbalancer-nodes"}, at: "vpcId"},

	"databaseEndpoint":       {of: []string{"database-cluster"}, at: "endpoint"},
	"databaseReaderEndpoint": {of: []string{"database-cluster"}, at: "readerEndpoint"},
	"databaseSecretArn":      {of: []string{"database-user-secret"}, at: "arn"},

	"messagingEndpoint":          {of: []string{"messaging-broker"}, at: "instances.endpoints", as: hostOf},
	"messagingManagementUrl":     {of: []string{"messaging-broker"}, at: "instances.consoleUrl"},
	"messagingDefinitionsBucket": {of: []string{"messaging-topology-bucket"}, at: "bucket"},
	"messagingSecretArn":         {of: []string{"messaging-user-secret"}, at: "arn"},

	"searchEndpoint":        {of: []string{"search-domain"}, at: "endpoint"},
	"searchSecretArn":       {of: []string{"search-user-secret"}, at: "arn"},
	"searchSnapshotBucket":  {of: []string{"search-snapshots-bucket"}, at: "bucket"},
	"searchSnapshotRoleArn": {of: []string{"search-snapshot-role"}, at: "arn"},

	"notificationsTopicArn": {of: []string{"notifications-topic"}, at: "arn"},
	"pagesTopicArn":         {of: []string{"notifications-pages"}, at: "arn"},
	"diagnosticsBucket":     {of: []string{"cluster-diagnostics-bucket"}, at: "bucket"},
	"autoScalingGroupName":  {of: []string{"cluster-group"}, at: "name"},
	"morpheusVersion":       {of: []string{"cluster-template"}, at: "tagSpecifications.tags.morpheus:version"},
}

// administratorSecrets are where the administrator's secret is, by database.administratorSecret.
var administratorSecrets = map[string]origin{
	"managed": {of: []string{"database-cluster"}, at: "masterUserSecrets.secretArn"},
	"own":     {of: []string{"database-administrator-secret"}, at: "arn"},
}

func https(host string) string { return "https://" + host }

func hostOf(endpoint string) string {
	u, err := url.Parse(endpoint)
	if err != nil {
		return endpoint
	}
	return u.Hostname()
}

func TestEveryOutputIsThePropertyOfTheResourceThatItNames(t *testing.T) {
	looked, wrong := 0, map[string]bool{}
	for _, name := range []string{"dev", "prod", "existing", "everything"} {
		stack := effectStacks[name]
		row := keyEffect{on: name}
		r := row.deploy(t, row.config(t), nil)
		administrator, ok := stack.over["database.administratorSecret"].(string)
		if !ok {
			administrator = "managed"
		}
		for _, output := range stacks.Outputs {
			looked++
			var want any
			switch from, has := origins[output.Name]; {
			case output.Name == "readme":
				text, err := os.ReadFile("../stacks/Pulumi.README.md")
				require.NoError(t, err)
				want = string(text)
			case output.Name == "contract": // what another stack reads; TestAPilotLightFollowsTheDataAndServesNobody
				continue
			case output.Name == "fingerprints": // of the configuration; TestFingerprintsHaveNoValues
				continue
			case output.Name == "databaseAdminSecretArn":
				want = administratorSecrets[administrator].value(t, r)
			case !has:
				assert.Fail(t, "no origin", "%s: say in origins which property of which resource the output is", output.Name)
				continue
			default:
				want = from.value(t, r)
			}
			if wrong[output.Name] {
				continue // said once
			}
			wrong[output.Name] = !assert.Equal(t, fmt.Sprint(want), fmt.Sprint(r.Exports[output.Name].Value),
				"%s of %s is not %s: correct stacks/outputs.go, or origins if the meaning has changed", output.Name, name,
				output.Meaning)
		}
	}
	for name := range origins {
		assert.True(t, slices.ContainsFunc(stacks.Outputs, func(o stacks.Output) bool { return o.Name == name }),
			"no output %s: remove it from origins", name)
	}
	t.Logf("looked at %d outputs on 4 stacks", looked)
}

// value is the property in a run: a text, or a list for several.
func (o origin) value(t *testing.T, r *recorder) any {
	t.Helper()
	for _, form := range o.of {
		var found []string
		for _, res := range r.All() {
			if res.IsComponent() || !like(form, res.Name) || strings.HasPrefix(res.Token, "pulumi:") {
				continue
			}
			all := harness.ValuesAt(provider.Plain(res.State), o.at)
			if o.at == "id" || o.at == "vpcId" && strings.HasSuffix(res.Token, ":Vpc") {
				all = []any{res.ID}
			}
			require.NotEmpty(t, all, "%s has no %s", res.Name, o.at)
			first := fmt.Sprint(all[0])
			if list, isList := all[0].([]any); isList && len(list) > 0 {
				first = fmt.Sprint(list[0])
			}
			if o.as != nil {
				first = o.as(first)
			}
			found = append(found, first)
		}
		switch {
		case o.several:
			return found
		case len(found) > 0:
			require.Len(t, found, 1, "%s: more than one resource", form)
			return found[0]
		}
	}
	require.Fail(t, "no such resource", "%v", o.of)
	return nil
}
