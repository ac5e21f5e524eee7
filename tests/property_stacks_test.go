package tests

import (
	"fmt"
	"maps"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/components/encryption"
	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
)

// effectStack is a committed stack with changes.
type effectStack struct {
	stack string
	over  overrides
}

// effectStacks are the stacks on which keys have an effect.
var effectStacks = map[string]effectStack{
	"dev":       {stack: "dev"},
	"prod":      {stack: "prod"},
	"existing":  {stack: "prod", over: existing(nil)},
	"unchecked": {stack: "prod", over: overrides{"monitoring.healthCheck": false}},
	// Every optional key that production can have at the same time.
	"everything": {stack: "prod", over: everything()},
	"existing in dev": {stack: "dev", over: existing(overrides{
		"network.existing.publicSubnetIds":      existingIDs("public", "ab"),
		"network.existing.applicationSubnetIds": existingIDs("application", "ab"),
		"network.existing.dataSubnetIds":        existingIDs("data", "ab"),
	})},
	"everything in dev": {stack: "dev", over: both(everything(), overrides{
		"database.instanceClass": "db.r5.large", "cluster.maxSize": 6, "cluster.minSize": 1,
	})},
}

// existingIDs are the subnets of a tier in some zones of the existing VPC.
func existingIDs(tier, zones string) []any {
	return listOf(len(zones), func(i int) any { return simaws.ExistingSubnetID(tier, zones[i]) })
}

func everything() overrides {
	over := both(reach, overrides{
		"tags": map[string]any{"Owner": "platform"},

		"network.allowedClientPrefixLists": []any{simaws.ClientsPrefixListID},

		"loadBalancer.certificateArn":  simaws.CertificateARN("us-east-1"),
		"loadBalancer.webAclArn":       simaws.WebACLARN("us-east-1"),
		"morpheus.supplementalUrl":     supplemental,
		"morpheus.supplementalSha256":  noDigest,
		"morpheus.setupSecretArn":      "arn:aws:secretsmanager:us-east-1:123456789012:secret:morpheus/first-setup-AbCdEf",
		"morpheus.extraConfig":         "ui['pool_size'] = 20",
		"morpheus.trustedCertificates": privateCA,
		"cluster.extraPackages":        []any{"virtualenv"},
		"morpheus.upgrade":             "8.0.5 -> 8.0.7 rolling",
		"filesystem.syncWrites":        true,
		"database.name":                "morpheus-main",
		"database.insights":            "advanced",
		"database.administratorSecret": "own",
		"notifications.emails":         []any{"oncall@example.com"},
		"notifications.functionArns":   []any{functionARN},
		"webhooks.pageUrls":            []any{"https://events.example.com"},
		"webhooks.ticketUrls":          []any{"https://tickets.example.com"},
		"monitoring.anomalyMonitor":    "own",
		"access.permissionsBoundary":   boundaryARN,
		"safety.allowReplace":          []any{"search"},
		"cluster.schedules": []any{map[string]any{
			"name": "day", "recurrence": "0 7 * * 1-5", "timeZone": "Europe/Berlin", "minSize": 4, "maxSize": 5,
		}},
	})
	for i, tool := range []string{"awsCli", "efsUtils", "cloudwatchAgent", "rdsCa"} {
		over["nodeTools."+tool+"Sha256"] = strings.Repeat(strconv.Itoa(i+1), 64)
	}
	for i, concern := range encryption.Concerns {
		over["encryption.keys."+string(concern)] = keyOf(i)
	}
	return over
}

// effectAccount has what these stacks name.
func effectAccount(t *testing.T) *account.Account {
	t.Helper()
	a, _ := withKeys(t)
	a.Exists("", awstypes.IAMPolicy, "limits", account.Values{"arn": boundaryARN, "name": "limits"})
	return a
}

// keyExists puts a key that may be used for a concern into the account.
func keyExists(concern encryption.Concern) func(t testing.TB, a *account.Account, arn string) {
	return func(t testing.TB, a *account.Account, arn string) {
		text, ok := await(t, keyPolicy(concern, inPlace)).Value.(string)
		require.True(t, ok)
		a.Exists("us-east-1", keyToken, arn[strings.LastIndex(arn, "/")+1:], account.Values{"arn": arn, "policy": text})
	}
}

type fixture = func(t testing.TB, a *account.Account, value string)

// byID puts something that is known by its id into the account.
func byID(region, token string, state account.Values) fixture {
	return func(_ testing.TB, a *account.Account, id string) { a.Exists(region, token, id, state) }
}

// byARN puts something that is known by its ARN into the account.
func byARN(region, token string, state account.Values) fixture {
	return func(_ testing.TB, a *account.Account, arn string) {
		state["arn"] = arn
		a.Exists(region, token, arn, state)
	}
}

// subnetExists puts a subnet of the existing VPC into the last zone.
func subnetExists(cidr string) fixture {
	return byID("us-east-1", awstoken.EC2Subnet,
		account.Values{"vpcId": simaws.ExistingVpcID, "cidrBlock": cidr, "availabilityZone": "us-east-1c"})
}

// vpcExists moves the subnets of the existing VPC into another one.
func vpcExists(_ testing.TB, a *account.Account, id string) {
	for _, token := range []string{awstoken.EC2VPC, awstoken.EC2Subnet, awstoken.EC2InternetGateway} {
		for _, r := range a.Resources(token, "us-east-1") {
			state := maps.Clone(r.State)
			state["vpcId"] = id
			if at := r.ID; token == awstoken.EC2VPC {
				a.Exists("us-east-1", token, id, state)
			} else {
				a.Exists("us-east-1", token, at, state)
			}
		}
	}
}

// accountIs gives the account another id, and its roles the ARNs with it.
func accountIs(_ testing.TB, a *account.Account, id string) {
	a.ID = id
	for _, r := range a.Resources(awstoken.IAMServiceLinkedRole, "") {
		state := maps.Clone(r.State)
		state["arn"] = strings.Replace(r.ID, simaws.AccountID, id, 1)
		a.Remove(r)
		a.Exists("", awstoken.IAMServiceLinkedRole, fmt.Sprint(state["arn"]), state)
	}
}

// lacksRole takes the role of a service out of the account.
func lacksRole(service string) fixture {
	return func(_ testing.TB, a *account.Account, _ string) {
		for _, r := range a.Resources(awstoken.IAMServiceLinkedRole, "") {
			if r.State["awsServiceName"] == service {
				a.Remove(r)
			}
		}
	}
}

func snapshotExists(_ testing.TB, a *account.Account, name string) {
	a.Keep("us-east-1", "snapshot", name, "a snapshot by hand")
}

const anotherImage = "ami-00000000000000001"

// imageExists puts an image with its parameter into the account.
func imageExists(_ testing.TB, a *account.Account, name string) {
	a.Exists("us-east-1", awstypes.EC2Image, anotherImage, account.Values{"name": "ubuntu-noble"})
	a.Exists("us-east-1", awstypes.SSMParameter, name, account.Values{"name": name, "value": anotherImage})
}
