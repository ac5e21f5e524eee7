package config_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/config/reference"
)

// required are values for the keys without a default.
var required = map[string]any{
	"environment":                     "production",
	"aws.region":                      "us-east-1",
	"aws.accountId":                   "123456789012",
	"network.availabilityZones":       []any{"us-east-1a", "us-east-1b", "us-east-1c"},
	"network.allowedClientCidrs":      []any{"203.0.113.0/24"},
	"dns.hostedZoneId":                "Z0123456789ABCDEFGHIJ",
	"dns.hostName":                    "morpheus.example.com",
	"morpheus.packageUrl":             "https://downloads.example.com/morpheus-appliance_8.0.7-1_amd64.deb",
	"morpheus.packageSha256":          sum,
	"nodeTools.bucket":                "tools",
	"nodeTools.awsCliSha256":          sum,
	"nodeTools.efsUtilsSha256":        sum,
	"nodeTools.cloudwatchAgentSha256": sum,
	"nodeTools.rdsCaSha256":           sum,
}

const sum = "2bcd3e14dca8fdb18ca3d4e958bb1c4df002598ae6e5d80fc9d9824a6b5dc450"

// source is a configuration as the engine passes it: the defaults of Pulumi.yaml, what is required, and changes by
// key. A nil change takes the key away.
func source(t testing.TB, changes map[string]any) config.Source {
	t.Helper()
	text, err := os.ReadFile("../../Pulumi.yaml")
	require.NoError(t, err)
	project, err := reference.ParseProject(text)
	require.NoError(t, err)
	tree := map[string]any{}
	for key, declared := range project.Keys {
		if declared.Default != nil {
			set(tree, strings.Split(key, "."), declared.Default)
		}
	}
	for _, values := range []map[string]any{required, changes} {
		for key, value := range values {
			set(tree, strings.Split(key, "."), value)
		}
	}
	out := config.Source{Stack: "test", Values: map[string]string{}, Secrets: map[string]bool{}}
	for section, value := range tree {
		if text, isText := value.(string); isText {
			out.Values["morpheus:"+section] = text
			continue
		}
		encoded, err := json.Marshal(value)
		require.NoError(t, err)
		out.Values["morpheus:"+section] = string(encoded)
	}
	return out
}

func set(tree map[string]any, path []string, value any) {
	if len(path) == 1 {
		if tree[path[0]] = value; value == nil {
			delete(tree, path[0])
		}
		return
	}
	below, isObject := tree[path[0]].(map[string]any)
	if !isObject {
		below = map[string]any{}
		tree[path[0]] = below
	}
	set(below, path[1:], value)
}

// refused is the message of a configuration that must be refused.
func refused(t *testing.T, changes map[string]any) string {
	t.Helper()
	loaded, err := config.Load(source(t, changes))
	require.Error(t, err)
	assert.Nil(t, loaded, "a refused configuration must not be used")
	return err.Error()
}

func TestLoadFillsInNamesAndDefaults(t *testing.T) {
	c, err := config.Load(source(t, map[string]any{
		"network.extraEgress": []any{map[string]any{"cidr": "198.51.100.0/24", "fromPort": 22, "why": "SSH"}},
	}))
	require.NoError(t, err)
	assert.Equal(t, "morpheus-test-shared-storage", c.FileSystem.Name)
	assert.Equal(t, "morpheus-test", c.Database.Name)
	assert.Equal(t, "morpheus-test-rabbitmq", c.Messaging.Name)
	assert.Equal(t, "morpheus-test-logs", c.Search.Name)
	assert.Equal(t, "10.20.0.0/16", c.Network.CIDR)
	assert.Equal(t, 22, c.Network.ExtraEgress[0].ToPort, "toPort defaults to fromPort")
	assert.Equal(t, "tcp", c.Network.ExtraEgress[0].Protocol)
	assert.Equal(t, 2, c.Database.Instances, "the default of Pulumi.yaml")
	assert.Equal(t, 3, c.Search.OffPeakStartHour, "22:00 in us-east-1")
}

func TestLoadNamesEveryProblemAtOnceInAStableOrder(t *testing.T) {
	text := refused(t, map[string]any{
		"search.volumeGiB": 1, "database.instances": "two", "surprise": "x", "aws.accountId": nil, "logs.retentionDays": 8,
	})
	assert.Equal(t, `the configuration has 5 problems; nothing was registered:
  - aws.accountId: missing; set it with `+"`pulumi config set --path morpheus:aws.accountId <value>`"+`
  - database.instances: must be a whole number, got "two"
  - logs.retentionDays: must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, `+
		`2192, 2557, 2922, 3288, 3653, got 8 (the periods that CloudWatch Logs knows)
  - search.volumeGiB: must be 10..1024, got 1 (the volume of one node)
  - surprise: unknown key; known here are access, aws, backup, cluster, database, dns, encryption, environment, `+
		`filesystem, loadBalancer, logs, messaging, monitoring, morpheus, network, nodeTools, notifications, recovery, rotation, safety, `+
		`search, serviceLinkedRoles, tags, webhooks`, text)
}

func TestPlaceholdersComeAlone(t *testing.T) {
	text := refused(t, map[string]any{"dns.hostName": "<morpheus.your-domain>", "database.instances": 99})
	assert.Contains(t, text, `the configuration has 1 problem`)
	assert.Contains(t, text, `dns.hostName: still the placeholder "<morpheus.your-domain>"`)
}

func TestARuleIsLeftOutWhenAKeyThatItReadsCannotBeRead(t *testing.T) {
	text := refused(t, map[string]any{"search.volumeIops": "fast", "search.volumeThroughput": 1000})
	assert.Contains(t, text, "the configuration has 1 problem", "throughput can only be compared with IOPS")
	assert.Contains(t, text, `search.volumeIops: must be a whole number, got "fast"`)
}

func TestAKeyThatIsRefusedByItselfIsNotRefusedAgain(t *testing.T) {
	text := refused(t, map[string]any{"search.volumeIops": 99999})
	assert.Contains(t, text, "the configuration has 1 problem")
}

func TestASecretIsHiddenInTheMessagesOfOtherKeysToo(t *testing.T) {
	s := source(t, map[string]any{"access.permissionsBoundary": "arn:aws:iam::210987654321:policy/limits"})
	s.Secrets["morpheus:aws"], s.Secrets["morpheus:database"], s.Secrets["morpheus:dns"] = true, true, true
	_, err := config.Load(s)
	require.ErrorContains(t, err, "must be a policy of account a secret value or of AWS")
	assert.NotContains(t, err.Error(), "123456789012")
}

func TestProductionHasItsOwnLimits(t *testing.T) {
	changes := map[string]any{"database.instances": 1, "database.backupRetentionDays": 1}
	text := refused(t, changes)
	assert.Contains(t, text, "database.instances: must be 2..15, got 1 (high availability needs")
	assert.Contains(t, text, "database.backupRetentionDays: must be 7..35, got 1")

	changes["environment"] = "development"
	_, err := config.Load(source(t, changes))
	require.NoError(t, err)
}

func TestLimitsOfProductionAreThoseThatItChecks(t *testing.T) {
	for name, c := range map[string]struct {
		limit, want config.Limit
		differs     bool
	}{
		"a number":                {limit: config.Range{Min: 1, Max: 9, ProductionMin: 2}, want: config.Range{Min: 2, Max: 9}, differs: true},
		"a number with one bound": {limit: config.Range{Min: 1, Max: 9}, want: config.Range{Min: 1, Max: 9}},
		"a list":                  {limit: config.List{Min: 1, Max: 4, ProductionMin: 3}, want: config.List{Min: 3, Max: 4}, differs: true},
		"a word": {
			limit: config.Choice{Values: []string{"a", "b"}, DevelopmentOnly: []string{"a"}},
			want:  config.Choice{Values: []string{"b"}}, differs: true,
		},
		"a text": {limit: config.Text{Is: "a name"}, want: config.Text{Is: "a name"}},
	} {
		got, differs := config.ForProduction(c.limit)
		assert.Equal(t, c.want, got, name)
		assert.Equal(t, c.differs, differs, "%s: the reference has a second line only where production differs", name)
	}
	changed := 0
	for _, row := range config.Rows() {
		limit, differs := config.ForProduction(row.Limit)
		if differs {
			changed++
		}
		_, again := config.ForProduction(limit)
		assert.False(t, again, "%s: production has no limits of its own beside those of production", row.Key)
	}
	assert.Positive(t, changed)
}

func TestEverySortOfLimitRefuses(t *testing.T) {
	for key, c := range map[string]struct {
		value any
		want  string
	}{
		"rotation.search":           {value: 0, want: "1 or more, got 0 (it is counted up for each new password)"},
		"cluster.requestsPerTarget": {value: 99, want: "100..1000000, or 0 to scale on CPU alone, got 99"},
		"search.dedicatedMasters":   {value: 2, want: "one of 0, 3, got 2"},
		"loadBalancer.scheme":       {value: "open", want: `one of internet-facing, internal, got "open"`},
		"network.natGateways":       {value: "single", want: `per-zone, none or existing in production, got "single"`},
		"dns.hostName":              {value: "localhost", want: `a lower-case DNS name of at most 56 characters, got`},
		"database.backupWindow":     {value: "03:00-03:10", want: `hh24:mi-hh24:mi in UTC, at least 30 minutes, got`},
		"network.proxy.cidr":        {value: "10.50.0.1/16", want: `10.50.0.0/16, or empty for none, got "10.50.0.1/16"`},
		"database.instanceClass":    {value: "db.t3.medium", want: `a class that is not burstable in production, got`},
		"messaging.engineVersion":   {value: "3.12", want: `one of 3.13, got "3.12" (AWS refuses to create brokers on it`},
		"network.availabilityZones": {value: []any{"us-east-1a"}, want: `3 zones in production, got ["us-east-1a"]`},
	} {
		assert.Contains(t, refused(t, map[string]any{key: c.value}), "\n  - "+key+": must be "+c.want)
	}
	assert.Contains(t, refused(t, map[string]any{"notifications.emails": []any{"a@example.com", "a@example.com"}}),
		`notifications.emails[1]: must be an address that is not in the list already, got "a@example.com"`)
}
