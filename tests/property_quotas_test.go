package tests

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"sort"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/components/cluster/boot"
	stackconfig "github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/provider"
)

const (
	vpcQuotas = "https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html"
	iamQuotas = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"
	backupAPI = "https://docs.aws.amazon.com/aws-backup/latest/devguide/"
	ec2API    = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/"
	rdsAPI    = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/"
)

// textQuota is the limit of a text in characters, without the white space of JSON.
type textQuota struct {
	most   int
	source string
}

// textQuotas are those of the descriptions and policies, by type and input. Each that the program gives must have one.
var textQuotas = map[string]textQuota{
	// AWS publishes no limit. A third of that of a role is far from any.
	"backup/vaultPolicy:VaultPolicy policy": {most: 3413, source: backupAPI + "API_PutBackupVaultAccessPolicy.html"},
	"vpc/securityGroupIngressRule:SecurityGroupIngressRule description": {
		most: 255, source: ec2API + "API_IpRange.html",
	},
	"vpc/securityGroupEgressRule:SecurityGroupEgressRule description": {most: 255, source: ec2API + "API_IpRange.html"},
	"ec2/securityGroup:SecurityGroup description": {
		most: 255, source: ec2API + "API_CreateSecurityGroup.html",
	},
	"ec2/launchTemplate:LaunchTemplate description": {
		most: 255, source: ec2API + "API_CreateLaunchTemplate.html",
	},
	"rds/clusterParameterGroup:ClusterParameterGroup description": {
		most: 255, source: rdsAPI + "API_CreateDBClusterParameterGroup.html",
	},
	"rds/parameterGroup:ParameterGroup description": {most: 255, source: rdsAPI + "API_CreateDBParameterGroup.html"},
	"rds/subnetGroup:SubnetGroup description":       {most: 255, source: rdsAPI + "API_CreateDBSubnetGroup.html"},
	"iam/role:Role description":                     {most: 1000, source: iamQuotas},
	"secretsmanager/secret:Secret description": {
		most: 2048, source: "https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html",
	},
	"kms/key:Key description": {
		most: 8192, source: "https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html",
	},
	"cloudwatch/metricAlarm:MetricAlarm alarmDescription": {
		most:   1024,
		source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html",
	},

	"cloudwatch/compositeAlarm:CompositeAlarm alarmDescription": {
		most:   1024,
		source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html",
	},

	"cloudwatch/eventRule:EventRule description": {
		most: 512, source: "https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html",
	},
	"cloudwatch/eventRule:EventRule eventPattern": {
		most: 4096, source: "https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html",
	},

	"iam/role:Role assumeRolePolicy":     {most: 2048, source: iamQuotas},
	"iam/rolePolicy:RolePolicy policy":   {most: 10240, source: iamQuotas}, // of all of a role together, see below
	"ec2/vpcEndpoint:VpcEndpoint policy": {most: 20480, source: vpcQuotas},
	"kms/key:Key policy": {
		most: 32768, source: "https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html",
	},
	"s3/bucketPolicy:BucketPolicy policy": {
		most: 20480, source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/BucketRestrictions.html",
	},
	"sns/topicPolicy:TopicPolicy policy": {
		most: 30720, source: "https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html",
	},
	"efs/fileSystemPolicy:FileSystemPolicy policy": {
		most: 20000, source: "https://docs.aws.amazon.com/efs/latest/ug/API_PutFileSystemPolicy.html",
	},
	"cloudwatch/logResourcePolicy:LogResourcePolicy policyDocument": {
		most:   5120,
		source: "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutResourcePolicy.html",
	},
	"opensearch/domain:Domain accessPolicies": {
		most:   102400,
		source: "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/limits.html",
	},
}

// countQuotas are how many resources of a type may name the same one.
var countQuotas = []struct {
	of, by string
	most   int
	source string
}{
	{of: "vpc/securityGroupIngressRule:SecurityGroupIngressRule", by: "securityGroupId", most: 60, source: vpcQuotas},
	{of: "vpc/securityGroupEgressRule:SecurityGroupEgressRule", by: "securityGroupId", most: 60, source: vpcQuotas},
	// Two of the 50 are the route inside the VPC and that of the endpoint of S3.
	{of: "ec2/route:Route", by: "routeTableId", most: 48, source: vpcQuotas},
	{
		of: "autoscaling/schedule:Schedule", by: "autoscalingGroupName", most: 125,
		source: "https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-quotas.html",
	},
	{
		of: "rds/clusterInstance:ClusterInstance", by: "clusterIdentifier", most: 16,
		source: "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/CHAP_Limits.html",
	},
}

const tagQuotas = "https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html"

func TestTheLargestConfigurationStaysUnderTheQuotas(t *testing.T) {
	most := largest(t)
	clients, isList := most["network.allowedClientCidrs"].([]any)
	require.True(t, isList)
	redirect := both(most, overrides{ // each client takes two rules
		"loadBalancer.redirectHttp": true, "network.allowedClientCidrs": clients[:len(clients)/2],
	})
	checked := both(most, overrides{
		"monitoring.healthCheck": true, "network.allowedClientCidrs": clients[:len(clients)-stackconfig.CheckerEntries],
	})
	for name, over := range map[string]overrides{
		"with most clients": most, "with a redirect": redirect, "with a health check": checked,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := launch{Stack: "prod", Config: change(t, loadStack(t, "prod"), over), Account: effectAccount(t)}
			simaws.Furnish(l.Account, l.Config.Text)
			r, err := l.Start()
			require.NoError(t, err, "the largest values that the configuration accepts must deploy together")
			t.Logf("looked at %d resources", len(r.AWS()))
			checkTexts(t, r)
			checkCounts(t, r)
			checkTags(t, r)
			checkRolePolicies(t, r)
			data, err := base64.StdEncoding.DecodeString(
				fmt.Sprint(r.OfType("ec2/launchTemplate:LaunchTemplate")[0].Get("userData")))
			require.NoError(t, err)
			assert.LessOrEqual(t, len(data), boot.MaxUserData, "EC2 takes 16 KB of user data")
		})
	}
}

// checkTexts looks at all descriptions and policies.
func checkTexts(t *testing.T, r *recorder) {
	t.Helper()
	looked := 0
	for _, res := range r.AWS() {
		for property, v := range res.Inputs {
			text, isText := provider.Plain(resource.PropertyMap{"v": v})["v"].(string)
			if !isText {
				continue
			}
			var document struct{ Statement []any }
			isPolicy := json.Unmarshal([]byte(text), &document) == nil && len(document.Statement) > 0
			if !isPolicy && !strings.HasSuffix(strings.ToLower(string(property)), "description") {
				continue
			}
			looked++
			at := strings.TrimPrefix(res.Token, "aws:") + " " + string(property)
			quota, has := textQuotas[at]
			if assert.True(t, has, "%s: find out how long AWS lets it be, and add it to textQuotas", at) {
				assert.LessOrEqual(t, len([]rune(text)), quota.most, "%s %s: longer than %s allows", res.Name, property,
					quota.source)
			}
		}
	}
	assert.NotZero(t, looked)
	t.Logf("looked at %d texts", looked)
}

func checkCounts(t *testing.T, r *recorder) {
	t.Helper()
	for _, quota := range countQuotas {
		count := map[string]int{}
		for _, res := range r.OfType(quota.of) {
			count[fmt.Sprint(res.Get(quota.by))]++
		}
		require.NotEmpty(t, count, "the largest configuration has no %s", quota.of)
		for owner, n := range count {
			assert.LessOrEqual(t, n, quota.most, "%s of one %s (%s): %s", quota.of, quota.by, owner, quota.source)
		}
	}
}

// checkTags looks at the tags of each resource, those of the provider included.
func checkTags(t *testing.T, r *recorder) {
	t.Helper()
	looked := 0
	check := func(name string, tags map[string]any) {
		if len(tags) == 0 {
			return
		}
		looked++
		assert.LessOrEqual(t, len(tags), 50, "%s: a resource has 50 tags (%s)", name, tagQuotas)
		for key, value := range tags {
			assert.LessOrEqual(t, len([]rune(key)), 128, "%s: tag %s", name, key)
			assert.LessOrEqual(t, len([]rune(fmt.Sprint(value))), 256, "%s: tag %s", name, key)
		}
	}
	for _, res := range r.AWS() {
		checked := provider.Plain(res.Checked)
		if tags, isMap := checked["tags"].(map[string]any); isMap {
			check(res.Name, tags)
		}
		if list, isList := checked["tags"].([]any); isList { // of an auto scaling group
			tags := map[string]any{}
			for _, item := range list {
				tag, _ := item.(map[string]any)
				tags[fmt.Sprint(tag["key"])] = tag["value"]
			}
			check(res.Name, tags)
		}
		for _, tags := range res.Values("tagSpecifications.tags") {
			launched, _ := tags.(map[string]any)
			check(res.Name+" of nodes", launched)
		}
	}
	assert.Greater(t, looked, 50)
	t.Logf("looked at the tags of %d resources", looked)
}

// checkRolePolicies adds up the policies in each role: IAM limits their sum.
func checkRolePolicies(t *testing.T, r *recorder) {
	t.Helper()
	size := map[string]int{}
	for _, res := range r.OfType("iam/rolePolicy:RolePolicy") {
		size[fmt.Sprint(res.Get("role"))] += len(fmt.Sprint(res.Get("policy")))
	}
	require.NotEmpty(t, size)
	for role, n := range size {
		assert.LessOrEqual(t, n, textQuotas["iam/rolePolicy:RolePolicy policy"].most, "role %s: %s", role, iamQuotas)
	}
}

// largest is production with every list, number and text at its upper end, as the limits say or the configuration
// accepts.
func largest(t *testing.T) overrides {
	t.Helper()
	over, tags := everything(), map[string]any{}
	object, isObject := leafKeys()["tags"].(stackconfig.Object)
	require.True(t, isObject)
	for i := range object.Max {
		key := fmt.Sprintf("k%02d", i)
		tags[key+strings.Repeat("k", object.Names.MaxLength-len(key))] = strings.Repeat("v", object.Values.MaxLength)
	}
	maps.Copy(over, overrides{
		"tags":                             tags,
		"network.allowedClientPrefixLists": []any{}, // its entries count as ranges
		"monitoring.healthCheck":           false,   // its checkers count as ranges too
		"network.allowedClientCidrs": listOf(longestList("network.allowedClientCidrs"), func(i int) any {
			return fmt.Sprintf("11.%d.0.0/16", i)
		}),
		"network.routes": listOf(longestList("network.routes"), func(i int) any {
			return map[string]any{"cidr": fmt.Sprintf("10.%d.0.0/16", 100+i), "transitGatewayId": simaws.TransitGatewayID}
		}),
		"network.extraEgress": listOf(longestList("network.extraEgress"), func(i int) any {
			return map[string]any{
				"cidr": fmt.Sprintf("10.%d.0.0/16", 100+i), "fromPort": 1, "toPort": 65535, "protocol": "udp",
				"why": strings.Repeat("w", 255),
			}
		}),
		"network.proxy.cidr":          "10.100.0.0/16",
		"network.proxy.url":           "http://10.100.0.1:65535",
		"database.instanceClass":      "db.r8g.48xlarge",
		"database.connectionsPerNode": 69, // 100 nodes while 50 are replaced, on a class that takes 7000
		"search.instanceCount":        78, // a multiple of three
		"notifications.emails": listOf(30, func(i int) any {
			return fmt.Sprintf("%s%d@example.com", strings.Repeat("a", 60), i)
		}),
		"cluster.instanceTypes": []any{
			"m5.xlarge", "m5a.xlarge", "m5n.xlarge", "m6a.xlarge", "m6i.xlarge", "m7a.xlarge", "m7i.xlarge",
		},
		"cluster.schedules": listOf(longestList("cluster.schedules"), func(i int) any {
			return map[string]any{
				"name": fmt.Sprintf("s%031d", i), "recurrence": fmt.Sprintf("%d 7 * * *", i),
				"timeZone": "America/Argentina/ComodRivadavia", "minSize": 50, "maxSize": 50,
			}
		}),
	})
	for _, key := range []string{
		"cluster.minSize", "cluster.maxSize", "cluster.rootVolumeGiB", "cluster.bootTimeoutMinutes", "database.instances",
		"search.volumeGiB", "search.volumeIops", "search.volumeThroughput",
	} {
		limit, isRange := leafKeys()[key].(stackconfig.Range)
		require.True(t, isRange, key)
		over[key] = limit.Max
	}
	for key, text := range map[string]func(n int) string{
		"network.proxy.url":        func(n int) string { return "http://" + strings.Repeat("p", n) + ":65535" },
		"dns.hostName":             func(n int) string { return strings.Repeat("m", n) + ".example.com" },
		"filesystem.name":          func(n int) string { return strings.Repeat("f", n) },
		"database.name":            func(n int) string { return strings.Repeat("d", n) },
		"messaging.name":           func(n int) string { return strings.Repeat("q", n) },
		"search.name":              func(n int) string { return strings.Repeat("s", n) },
		"morpheus.packageUrl":      signed("morpheus-appliance_8.0.7-1_amd64.deb"),
		"morpheus.supplementalUrl": signed("morpheus-appliance-supplemental_8.0.7-1_all.deb"),
		"morpheus.setupSecretArn": func(n int) string {
			return "arn:aws:secretsmanager:us-east-1:" + simaws.AccountID + ":secret:" + strings.Repeat("s", n) + "-AbCdEf"
		},
	} {
		over[key] = longestText(t, over, key, text)
	}
	return over
}

// longestList is how many elements a list may have.
func longestList(key string) int {
	for _, row := range stackconfig.Rows() {
		if list, isList := row.Limit.(stackconfig.List); isList && row.Key == key {
			return list.Max
		}
	}
	return 0
}

// longestText is the longest of the texts, by a number, that the configuration accepts.
func longestText(t *testing.T, over overrides, key string, text func(n int) string) string {
	t.Helper()
	row := keyEffect{on: "prod"}
	base := change(t, loadStack(t, "prod"), over)
	refused := func(n int) bool { return loads(row, change(t, base, overrides{key: text(n)})) != nil }
	const most = 1 << 14
	first := 3 // search.name has three characters at least
	require.False(t, refused(first), "%s: %v", key, loads(row, change(t, base, overrides{key: text(first)})))
	n := first + sort.Search(most, func(n int) bool { return refused(first + n) }) - 1
	require.Less(t, n, most, "%s: the configuration accepts any length", key)
	return text(n)
}

// signed is the URL of a package with a signature, which does not compress.
func signed(file string) func(n int) string {
	noise := make([]byte, 1<<14)
	_, _ = rand.NewChaCha8([32]byte{}).Read(noise) // never fails
	signature := base64.RawURLEncoding.EncodeToString(noise)
	return func(n int) string { return "https://downloads.example.com/" + file + "?id=" + signature[:n] }
}

func listOf(n int, element func(int) any) []any {
	out := make([]any, n)
	for i := range out {
		out[i] = element(i)
	}
	return out
}
