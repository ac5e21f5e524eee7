package tests

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	stackconfig "github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
	"github.com/morpheus-ha/morpheus-aws/stacks"
)

// assertRefused runs the program. It must report exactly these problems and register nothing.
func assertRefused(t *testing.T, l launch, problems ...string) {
	t.Helper()
	r, err := l.Start()
	require.Error(t, err, "the configuration must be refused")
	text := err.Error()
	noun := "problems"
	if len(problems) == 1 {
		noun = "problem"
	}
	assert.Contains(t, text, fmt.Sprintf("the configuration has %d %s; nothing was registered", len(problems), noun),
		"one problem for each mistake, and no others")
	for _, p := range problems {
		assert.Contains(t, text, "\n  - "+p, "a message names the key, the rule and the value")
	}
	assert.Empty(t, r.ByURN, "nothing may be registered before the configuration is checked, not even the provider")
	assert.Empty(t, r.Invokes, "nothing may be looked up before the configuration is checked")
	assert.Empty(t, r.Exports, "a refused configuration must not overwrite the outputs")
}

func TestWrongConfigIsRefusedBeforeRegistration(t *testing.T) {
	base := loadStack(t, "prod")
	for _, group := range wrongConfigs {
		for _, w := range group {
			t.Run(w.name, func(t *testing.T) {
				assertRefused(t, launch{Stack: "prod", Config: change(t, base, w.over)}, w.problems...)
			})
		}
	}
}

func TestAllProblemsAreReportedTogether(t *testing.T) {
	assertRefused(t, launch{Stack: "prod", Config: change(t, loadStack(t, "prod"), overrides{
		"aws.accountId":          "1",
		"network.cidr":           "10.0.0.0/8",
		"dns.hostName":           "localhost",
		"database.instances":     1,
		"messaging.name":         "a queue",
		"search.volumeGiB":       1,
		"cluster.minSize":        0,
		"logs.retentionDays":     8,
		"loadBalancer.tlsPolicy": "ELBSecurityPolicy-2016-08",
	})},
		"aws.accountId: ", "network.cidr: ", "dns.hostName: ", "database.instances: ", "messaging.name: ",
		"search.volumeGiB: ", "cluster.minSize: ", "logs.retentionDays: ", "loadBalancer.tlsPolicy: ")
}

// The committed files have placeholders and cannot be deployed. The program reports all placeholders together.
func TestPlaceholdersOfTheCommittedFilesAreReportedTogether(t *testing.T) {
	for _, stack := range committed {
		t.Run(stack, func(t *testing.T) {
			config, err := stackFile(t, stack).EngineValues(stack)
			require.NoError(t, err, "the CLI must accept placeholders, so that the program can report them")
			var problems []string
			for _, key := range []string{
				"aws.accountId", "dns.hostName", "dns.hostedZoneId", "morpheus.packageSha256", "morpheus.packageUrl",
				"network.allowedClientCidrs[0]", "nodeTools.bucket", "nodeTools.awsCliSha256", "nodeTools.efsUtilsSha256",
				"nodeTools.cloudwatchAgentSha256", "nodeTools.rdsCaSha256",
			} {
				problems = append(problems, key+`: still the placeholder "<`)
			}
			assertRefused(t, launch{Stack: stack, Config: config}, problems...)
		})
	}
}

func TestTheFixtureFillsOnlyPlaceholders(t *testing.T) {
	for _, stack := range committed {
		var standing []string
		for key := range simaws.FixtureConfig {
			value, err := stackFile(t, stack).Get(key)
			require.NoError(t, err, key)
			if value != nil {
				standing = append(standing, key)
			}
		}
		values, err := stackFile(t, stack).EngineValues(stack)
		require.NoError(t, err)
		_, err = launch{Stack: stack, Config: values}.Start()
		require.Error(t, err)
		assert.NotEmpty(t, standing)
		for _, key := range standing {
			assert.Contains(t, err.Error(), key, "a rehearsal may fill only what a real run requires")
		}
	}
}

func TestUnknownKeysAreErrors(t *testing.T) {
	base := loadStack(t, "prod")
	for key, want := range map[string]string{
		"surprise": "surprise: unknown key; known here are access, aws, backup, cluster, database, dns, " +
			"encryption, environment, ",
		"databse": "databse: unknown key; known here are ",
		"database.instance": "database.instance: unknown key; known here are administratorSecret, " +
			"backupRetentionDays, backupWindow, ",
		"network.existing.vpc": "network.existing.vpc: unknown key; known here are applicationSubnetIds, " +
			"dataSubnetIds, dedicated, publicSubnetIds, vpcId",
		"network.vpc": "network.vpc: unknown key; known here are allowedClientCidrs, allowedClientPrefixLists, " +
			"availabilityZones, " +
			"cidr, existing, extraEgress, interfaceEndpoints, natGateways, proxy, routes",
		"safety.allowDestroyed": "safety.allowDestroyed: unknown key; known here are allowDestroy",
		"aws:region": "aws:region: unknown key; the program sets up the AWS provider itself; the region is " +
			"morpheus:aws.region. Remove it: pulumi config rm 'aws:region'",
		"aws:profile": "aws:profile: unknown key; the program sets up the AWS provider itself; choose the profile in the " +
			"environment: AWS_PROFILE. Remove it",
		"aws:assumeRoles": "aws:assumeRoles: unknown key; the program sets up the AWS provider itself; assume the role with " +
			"a profile that has role_arn",
		"aws:secretKey": "aws:secretKey: unknown key; the program sets up the AWS provider itself; give credentials in the " +
			"environment",
		"aws:maxRetries": "aws:maxRetries: unknown key; the program sets up the AWS provider itself, and reads no aws:* key",
		"other:key": "other:key: unknown key; this program reads morpheus:* only. Remove it: pulumi config rm " +
			"'other:key'",
	} {
		t.Run(key, func(t *testing.T) {
			assertRefused(t, launch{Stack: "prod", Config: change(t, base, overrides{key: "x"})}, want)
		})
	}
}

// The SDK only returns single keys, so stacks.Load lists all keys by reflection.
func TestKeysAreListedByReflection(t *testing.T) {
	_, err := launch{Stack: "prod", Config: map[string]string{"morpheus:only": "x"}}.Start()
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "pulumi.Context has changed",
		"this version of the Pulumi SDK has other fields in its context: see allConfig in stacks/source.go")
	assert.Contains(t, err.Error(), "only: unknown key", "the program must see each key that the engine passes")
}

func TestMissingKeysAreNamedWithTheCommandThatSetsThem(t *testing.T) {
	base := loadStack(t, "prod")
	for name, w := range map[string]wrong{
		"key in a section": {
			over: overrides{"network.availabilityZones": absent},
			problems: []string{
				"network.availabilityZones: missing; set it with `pulumi config set --path " +
					"morpheus:network.availabilityZones <value>`",
			},
		},
		"key at the top": {over: overrides{"environment": absent}, problems: []string{"environment: missing; set it with "}},
		"section": {
			over: overrides{"dns": absent}, problems: []string{"dns.hostName: missing", "dns.hostedZoneId: missing"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			assertRefused(t, launch{Stack: "prod", Config: change(t, base, w.over)}, w.problems...)
		})
	}
	t.Run("everything", func(t *testing.T) {
		r, err := launch{Stack: "prod", Config: nil}.Start()
		require.Error(t, err)
		assert.Equal(t, len(schema(t)), strings.Count(err.Error(), ": missing; "), "each missing key is reported")
		assert.Empty(t, r.ByURN)
	})
}

func TestSecretValuesAreNotShown(t *testing.T) {
	const private = "Do-Not-Show"
	assertRefused(t, launch{
		Stack:   "prod",
		Secrets: []string{"morpheus:dns", "morpheus:environment"},
		Config:  change(t, loadStack(t, "prod"), overrides{"dns.hostName": private, "environment": private}),
	}, "dns.hostName: must be a lower-case DNS name of at most 56 characters, got a secret value",
		"environment: must be one of development, production, got a secret value",
		"dns: must not be given with --secret", "environment: must not be given with --secret")

	_, err := launch{
		Stack: "prod", Secrets: []string{"morpheus:dns"},
		Config: change(t, loadStack(t, "prod"), overrides{"dns.hostName": private}),
	}.Start()
	require.Error(t, err)
	assert.NotContains(t, err.Error(), private, "more people can read the logs than the secrets")

	_, err = launch{
		Stack: "prod", Secrets: []string{"morpheus:aws"},
		Config: change(t, loadStack(t, "prod"),
			overrides{"access.permissionsBoundary": "arn:aws:iam::210987654321:policy/limits"}),
	}.Start()
	require.ErrorContains(t, err, "access.permissionsBoundary: must be a policy of account a secret value or of AWS")
	assert.NotContains(t, err.Error(), simaws.AccountID, "the account id that the value must match may be a secret")
}

func TestStackNamesThatCannotBePartOfPhysicalNamesAreRefused(t *testing.T) {
	base := loadStack(t, "prod")
	for _, name := range []string{"Prod", "prod_1", "1st", "prod-", "pr--od", strings.Repeat("p", 21)} {
		t.Run(name, func(t *testing.T) {
			assertRefused(t, launch{Stack: name, Config: base}, `the stack name "`+name+`" must be 1..20 lower-case letters`)
		})
	}
}

// load reads a configuration without deploying it.
func load(t *testing.T, stack string, over overrides) *stackconfig.Config {
	t.Helper()
	var loaded *stackconfig.Config
	config := change(t, loadStack(t, stack), over)
	_, err := launch{Stack: stack, Config: config, Program: func(ctx *pulumi.Context) (err error) {
		loaded, err = stacks.Load(ctx)
		return err
	}}.Start()
	require.NoError(t, err, "the configuration must be valid")
	return loaded
}

// warnings are those of a configuration without the age of the image, which depends on the day of the test.
func warnings(t *testing.T, stack string, over overrides) []string {
	t.Helper()
	return slices.DeleteFunc(load(t, stack, over).Warnings, func(warning string) bool {
		return strings.HasPrefix(warning, "cluster.imageParameter: the image ")
	})
}

// Requests fail with 502 when a node closes an idle connection before the load balancer does.
func TestAnIdleTimeoutAboveTheNodesKeepAliveWarns(t *testing.T) {
	assert.Empty(t, warnings(t, "prod", overrides{"loadBalancer.idleTimeoutSeconds": 60}))
	warned := warnings(t, "prod", overrides{"loadBalancer.idleTimeoutSeconds": 61})
	require.Len(t, warned, 1)
	assert.Contains(t, warned[0], "loadBalancer.idleTimeoutSeconds: nginx on the nodes closes idle connections sooner")
	balancer := deployed(t, "prod").OfType("lb/loadBalancer:LoadBalancer")[0]
	assert.LessOrEqual(t, balancer.Get("idleTimeout"), 60.0, "the default must be one without failing requests")
}

// A window in the working day of the region would let AWS replace the domain's nodes then.
func TestTheSearchDomainIsUpdatedInTheNightOfItsRegion(t *testing.T) {
	hour := func(over overrides) any {
		r, err := run(t, "dev", over)
		require.NoError(t, err)
		return r.OfType("opensearch/domain:Domain")[0].Get("offPeakWindowOptions.offPeakWindow.windowStartTime.hours")
	}
	assert.Equal(t, []any{3.0}, []any{hour(nil)}, "22:00 in us-east-1")
	assert.Equal(t, []any{21.0}, []any{hour(overrides{
		"aws.region": "eu-central-1", "network.availabilityZones": []any{"eu-central-1a", "eu-central-1b"},
	})}, "22:00 in eu-central-1")
	assert.Equal(t, []any{0.0}, []any{hour(overrides{"search.offPeakStartHour": 0})}, "midnight in UTC is an hour too")
}

func TestWarnings(t *testing.T) {
	for _, stack := range committed {
		assert.Empty(t, warnings(t, stack, nil), "the committed stacks must deploy without a warning")
	}
	warned := warnings(t, "prod",
		overrides{"search.engineVersion": "OpenSearch_2.5", "messaging.instanceType": "mq.m7g.large"})
	require.Len(t, warned, 2, "%v", warned)
	assert.ElementsMatch(t, []string{"messaging.instanceType", "search.engineVersion"}, []string{
		strings.SplitN(warned[0], ":", 2)[0], strings.SplitN(warned[1], ":", 2)[0],
	}, "a warning begins with the key")
}

func TestNodesWithoutTheInternetNeedTheSupplementalPackage(t *testing.T) {
	warned := warnings(t, "prod", privateOnly(nil))
	require.Len(t, warned, 1)
	assert.Contains(t, warned[0],
		"morpheus.supplementalUrl: nodes without a way to the internet need the vendor's supplemental package")
	for name, over := range map[string]overrides{
		"given": privateOnly(overrides{
			"morpheus.supplementalUrl": supplemental, "morpheus.supplementalSha256": noDigest,
		}),
		"through a proxy": privateOnly(reach),
	} {
		assert.Empty(t, warnings(t, "prod", over), name)
	}
}

func TestAllowDestroyWarns(t *testing.T) {
	for stack, want := range map[string]string{"dev": "when the stack is to stay", "prod": "production data is one " +
		"command from being lost"} {
		warned := warnings(t, stack, overrides{"safety.allowDestroy": true})
		require.Len(t, warned, 1)
		assert.Contains(t, warned[0], "safety.allowDestroy: protection and deletion protection are off")
		assert.Contains(t, warned[0], want)
	}
}

// Production refuses these classes. In development, an error must name the missing feature.
func TestABurstableDatabaseHasFewerFeatures(t *testing.T) {
	_, err := run(t, "dev", overrides{"database.insights": "advanced"})
	require.ErrorContains(t, err,
		`database.insights: must be standard or empty on db.t4g.medium, got "advanced" (burstable classes have no `+
			`advanced mode)`)
	_, err = run(t, "dev", pilotLight)
	require.ErrorContains(t, err,
		`recovery.mode: must be none or backup on db.t4g.medium, got "pilotLight" (a global database has memory-optimised `+
			`classes only)`)
	_, err = run(t, "dev", overrides{"cluster.maxSize": 3})
	require.ErrorContains(t, err,
		`database.connectionsPerNode: must be at most 13 with cluster.maxSize 3 on db.t4g.medium, got 20`)
}

// If a message for a development stack explained a rule of production, the reader would search in vain.
func TestReasonsFitTheEnvironment(t *testing.T) {
	_, err := run(t, "dev", overrides{
		"network.availabilityZones": []any{"us-east-1a"}, "database.instances": 0, "database.backupRetentionDays": 0,
		"search.instanceCount": 0, "cluster.minSize": 0, "cluster.instanceTypes": []any{"m5.metal", "m4.large"},
	})
	require.Error(t, err)
	for _, key := range []string{
		"network.availabilityZones", "database.instances", "database.backupRetentionDays", "search.instanceCount",
		"cluster.minSize",
	} {
		assert.Contains(t, err.Error(), key+": must be")
	}
	assert.NotContains(t, err.Error(), "production")
}

// One run reports each problem in each section once, even if a section cannot be parsed.
func TestOneUnreadableValueHidesNoOther(t *testing.T) {
	assertRefused(t, launch{Stack: "prod", Config: change(t, loadStack(t, "prod"), overrides{
		"surprise": "x", "network.natGateway": "single", "dns.hostName": absent, "database.instances": "two",
		"aws.region": true, "search.volumeGiB": 9, "messaging.engineVersion": "3.12", "cluster.minSize": 1, "tags": []any{
			"a",
		},
	})}, "surprise: unknown key", "network.natGateway: unknown key", "dns.hostName: missing",
		"database.instances: must be a whole number", "aws.region: must be text", "tags: must be an object of texts",
		"search.volumeGiB: must be 10..1024", "messaging.engineVersion: must be one of", "cluster.minSize: must be 3..50")
}

func TestADottedKeyAtTheTopGetsAHint(t *testing.T) {
	config := change(t, loadStack(t, "prod"), overrides{"search.volumeGiB": 9})
	config["morpheus:database.instances"] = "3"
	assertRefused(t, launch{Stack: "prod", Config: config}, "search.volumeGiB: must be 10..1024, got 9",
		"database.instances: unknown key; did you forget --path? pulumi config rm 'morpheus:database.instances', then "+
			"pulumi config set --path 'morpheus:database.instances' <value>; of a command, --config needs --config-path")
}
