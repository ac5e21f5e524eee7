package rehearsal

import (
	"context"
	"os"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
)

// keptTier is a row of the matrix: a resource with data, and what could replace it, or a value that the whole stack
// depends on.
type keptTier struct {
	name string
	// resource is the one to replace; empty for a value of the whole stack.
	resource string
	// change is a change of the configuration that replaces it; nil if there is none.
	change []Setting
	// renamed is another name for the stack.
	renamed string
	// only is the environment that the row needs; empty for both.
	only string
	// property is one whose drift replaces the resource, with the deployed and another value; empty if there is none.
	property       string
	value, drifted any
}

// keptTiers are the rows of the matrix for the committed stacks.
var keptTiers = []keptTier{
	{
		name: "filesystem", resource: "filesystem-storage",
		change:   []Setting{{Key: "filesystem.performanceMode", Value: "maxIO"}},
		property: "performanceMode", value: "generalPurpose", drifted: "maxIO",
	},
	{
		name: "database", resource: "database-cluster", change: []Setting{{Key: "database.name", Value: "other"}},
		property: "storageEncrypted", value: true, drifted: false,
	},
	{
		name: "messaging", resource: "messaging-broker", change: []Setting{{Key: "messaging.name", Value: "other"}},
		property: "publiclyAccessible", value: false, drifted: true,
	},
	{
		name: "search", resource: "search-domain",
		change:   []Setting{{Key: "search.engineVersion", Value: "OpenSearch_2.17"}},
		property: "engineVersion", value: "OpenSearch_2.19", drifted: "OpenSearch_3.1",
	},
	{
		name: "load balancer", resource: "loadbalancer-alb",
		change: []Setting{
			{Key: "loadBalancer.scheme", Value: "internal"}, {Key: "network.allowedClientCidrs", Value: "[10.0.0.0/8]"},
			{Key: "monitoring.healthCheck", Value: "false"},
		},
		property: "internal", value: false, drifted: true,
	},
	{
		name: "key", resource: "encryption-secrets",
		change:   []Setting{{Key: "encryption.keys.secrets", Value: simaws.ExistingKeyARN}},
		property: "customerMasterKeySpec", value: "SYMMETRIC_DEFAULT", drifted: "RSA_2048",
	},
	{name: "appliance secret", resource: "cluster-appliance"},
	{name: "bucket", resource: "cluster-diagnostics-bucket"},
	{name: "VPC", resource: "network-vpc", change: []Setting{{Key: "network.cidr", Value: "10.40.0.0/16"}}},
	{name: "security group", resource: "network-messaging"},
	{name: "database key given", change: []Setting{{Key: "encryption.keys.database", Value: simaws.ExistingKeyARN}}},
	{name: "older Aurora", change: []Setting{{Key: "database.engineVersion", Value: "8.0.mysql_aurora.3.10.0"}}},
	{
		name: "environment", only: "production",
		change: []Setting{{Key: "environment", Value: "development"}},
	},
	{name: "zones", change: []Setting{{Key: "network.availabilityZones", Value: "[us-east-1a, us-east-1d, us-east-1c]"}}},
	{
		name: "existing VPC", change: []Setting{
			{Key: "network.existing.vpcId", Value: simaws.ExistingVpcID}, {Key: "network.natGateways", Value: "existing"},
			{Key: "network.cidr", Value: ""},
			{Key: "network.availabilityZones", Value: "[us-east-1a, us-east-1b, us-east-1c]"},
			{Key: "network.existing.publicSubnetIds", Value: simaws.FixtureConfig["network.existing.publicSubnetIds"]},
			{Key: "network.existing.applicationSubnetIds",
				Value: simaws.FixtureConfig["network.existing.applicationSubnetIds"]},
			{Key: "network.existing.dataSubnetIds", Value: simaws.FixtureConfig["network.existing.dataSubnetIds"]},
		},
	},
	{name: "region", change: []Setting{
		{Key: "aws.region", Value: "us-west-2"},
		{Key: "network.availabilityZones", Value: "[us-west-2a, us-west-2b, us-west-2c]"},
	}},
	{name: "account", change: []Setting{{Key: "aws.accountId", Value: "210987654321"}}},
	{name: "stack name", renamed: "renamed"},
}

// way is a way to start an update.
type way struct {
	name string
	// fits reports whether the way applies to a tier.
	fits func(keptTier) bool
	// run returns the result of the update, after it has restored what the update starts from.
	run func(ctx context.Context, s *Session, t keptTier, urn string) (updated, err error)
}

func hasChange(t keptTier) bool { return t.change != nil || t.renamed != "" }

func hasResource(t keptTier) bool { return t.resource != "" }

func hasResourceAndChange(t keptTier) bool { return hasResource(t) && hasChange(t) }

func hasDrift(t keptTier) bool { return t.property != "" }

// ways are the rows of the matrix. Every update runs without a preview, as with --skip-preview and in the Automation
// API; the first row is the preview with which `pulumi up` begins.
var ways = []way{
	{name: "preview", fits: hasChange, run: changed(func(ctx context.Context, s *Session, _ string) error {
		_, err := s.Preview(ctx)
		return err
	})},
	{name: "up", fits: hasChange, run: changed(up())},
	{name: "--target", fits: hasResourceAndChange, run: changed(up(target))},
	{name: "--target-dependents", fits: hasResourceAndChange, run: changed(up(target, dependents))},
	{name: "--replace", fits: hasResource, run: unchanged(up(replace))},
	{name: "--target --replace", fits: hasResource, run: unchanged(up(target, replace, dependents))},
	{name: "taint", fits: hasResource, run: tainted},
	{name: "drift", fits: hasDrift, run: drifted(up())},
	{name: "drift, --target", fits: hasDrift, run: drifted(up(target))},
}

type update func(ctx context.Context, s *Session, urn string) error

func target(urn string) optup.Option { return optup.Target([]string{urn}) }

func replace(urn string) optup.Option { return optup.Replace([]string{urn}) }

func dependents(string) optup.Option { return optup.TargetDependents() }

func up(options ...func(urn string) optup.Option) update {
	return func(ctx context.Context, s *Session, urn string) error {
		var given []optup.Option
		for _, option := range options {
			given = append(given, option(urn))
		}
		_, err := s.UpWith(ctx, given...)
		return err
	}
}

type attempt = func(context.Context, *Session, keptTier, string) (error, error)

func unchanged(do update) attempt {
	return func(ctx context.Context, s *Session, _ keptTier, urn string) (error, error) {
		return do(ctx, s, urn), nil
	}
}

func changed(do update) attempt {
	return func(ctx context.Context, s *Session, t keptTier, urn string) (error, error) {
		restore, err := s.try(t.change...)
		if t.renamed != "" {
			restore, err = s.renamed(ctx, t.renamed)
		}
		if err != nil {
			return nil, err
		}
		return do(ctx, s, urn), restore()
	}
}

func tainted(ctx context.Context, s *Session, _ keptTier, urn string) (error, error) {
	if err := s.state(ctx, "taint", urn); err != nil {
		return nil, err
	}
	return up()(ctx, s, urn), s.state(ctx, "untaint", urn)
}

func drifted(do update) attempt {
	return func(ctx context.Context, s *Session, t keptTier, urn string) (error, error) {
		if err := s.drift(ctx, urn, t.property, t.drifted); err != nil {
			return nil, err
		}
		return do(ctx, s, urn), s.drift(ctx, urn, t.property, t.value)
	}
}

// drift changes a property outside Pulumi and refreshes.
func (s *Session) drift(ctx context.Context, urn, property string, value any) error {
	if _, err := s.cloud.Drift(string(resource.URN(urn).Type()), property, value); err != nil {
		return err
	}
	_, err := s.Refresh(ctx)
	return err
}

// try sets a value and returns a function that restores the stack file.
func (s *Session) try(settings ...Setting) (restore func() error, err error) {
	path := s.stackFile(s.stack.Name())
	before, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	restore = func() error {
		return os.WriteFile(path, before, 0o600) //nolint:gosec // in the temporary folder of the session
	}
	return restore, s.SetConfig(settings...)
}

// renamed renames the stack and returns a function that names it as before.
func (s *Session) renamed(ctx context.Context, name string) (restore func() error, err error) {
	before := s.stack.Name()
	return func() error { return s.Rename(ctx, before) }, s.Rename(ctx, name)
}
