package validate

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/opensearch"
	"github.com/aws/aws-sdk-go-v2/service/opensearch/types"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
	"github.com/morpheus-ha/morpheus-aws/internal/versions"
)

func (s *Subject) searchChecks() []check.Check {
	const group = "search"
	return []check.Check{
		{
			ID: "search-active", Group: group, Severity: check.Error,
			Asks: "is the search domain active, with the configured nodes?",
			Do:   "wait if a change is under way; otherwise run pulumi up: aws opensearch describe-domain-change-progress",
			Run:  func(ctx context.Context) (check.Result, error) { return s.ofDomain(ctx, s.domainActive) },
		},
		{
			ID: "search-zones", Group: group, Severity: check.Error,
			Asks: "are the nodes of the search domain in as many zones as the stack?",
			Do:   "run pulumi up: AWS moves the nodes with a blue/green deployment",
			Run:  func(ctx context.Context) (check.Result, error) { return s.ofDomain(ctx, s.domainZones) },
		},
		{
			ID: "search-encrypted", Group: group, Severity: check.Error,
			Asks: "is the search domain encrypted at rest, between nodes and for clients?",
			Do:   "run pulumi up; encryption at rest cannot be switched on later (docs/changes.md)",
			Run:  func(ctx context.Context) (check.Result, error) { return s.ofDomain(ctx, domainEncrypted) },
		},
		{
			ID: "search-update", Group: group, Severity: check.Warning,
			Asks: "has the search domain the newest service software?",
			Do:   "start it in the off-peak window: aws opensearch start-service-software-update",
			Run:  func(ctx context.Context) (check.Result, error) { return s.ofDomain(ctx, domainUpdate) },
		},
		{
			ID: "search-version", Group: group, Severity: check.Warning,
			Asks: "does the search domain run the configured version, and is its end of support far?",
			Do:   "upgrade with search.engineVersion: docs/changes.md",
			Run: func(ctx context.Context) (check.Result, error) {
				return s.ofDomain(ctx, func(d *types.DomainStatus) check.Result {
					return s.version(versions.OpenSearch, s.Config.Search.EngineVersion, aws.ToString(d.EngineVersion))
				})
			},
		},
	}
}

// ofDomain judges the search domain, if there is one.
func (s *Subject) ofDomain(ctx context.Context, judge func(*types.DomainStatus) check.Result) (check.Result, error) {
	name := s.Config.Search.Name
	found, err := s.Account.OpenSearch().DescribeDomain(ctx, &opensearch.DescribeDomainInput{DomainName: &name})
	switch {
	case account.IsCode(err, "ResourceNotFoundException"):
		return check.Finding("the account has no search domain %s", name), nil
	case err != nil:
		return check.Result{}, err
	}
	return judge(found.DomainStatus), nil
}

func (s *Subject) domainActive(d *types.DomainStatus) check.Result {
	want := s.Config.Search
	var problems []string
	switch {
	case aws.ToBool(d.Deleted):
		problems = append(problems, "the domain is being deleted")
	case aws.ToBool(d.UpgradeProcessing):
		problems = append(problems, "an upgrade is under way")
	case aws.ToBool(d.Processing):
		problems = append(problems, "a change is under way")
	}
	if c := d.ClusterConfig; c != nil {
		if got := int(aws.ToInt32(c.InstanceCount)); got != want.InstanceCount {
			problems = append(problems, fmt.Sprintf("the domain has %d data nodes, the configuration %d", got, want.InstanceCount))
		}
		if string(c.InstanceType) != want.InstanceType {
			problems = append(problems, fmt.Sprintf("the data nodes are %s, the configuration has %s", c.InstanceType, want.InstanceType))
		}
		if got := int(aws.ToInt32(c.DedicatedMasterCount)); aws.ToBool(c.DedicatedMasterEnabled) && got != want.DedicatedMasters ||
			!aws.ToBool(c.DedicatedMasterEnabled) && want.DedicatedMasters > 0 {
			problems = append(problems, fmt.Sprintf("the domain has %d masters, the configuration %d", got, want.DedicatedMasters))
		}
	}
	return check.Judge(problems, "the domain is active with %d data nodes and %d masters", want.InstanceCount,
		want.DedicatedMasters)
}

func (s *Subject) domainZones(d *types.DomainStatus) check.Result {
	want := min(s.Config.Search.InstanceCount, len(s.zones()))
	got := 1
	if c := d.ClusterConfig; c != nil && aws.ToBool(c.ZoneAwarenessEnabled) {
		got = 2
		if z := c.ZoneAwarenessConfig; z != nil && z.AvailabilityZoneCount != nil {
			got = int(*z.AvailabilityZoneCount)
		}
	}
	if got < want {
		return check.Finding("the domain uses %d zones, the configuration %d", got, want)
	}
	return check.Pass("the domain uses %d zones", got)
}

func domainEncrypted(d *types.DomainStatus) check.Result {
	var problems []string
	if d.EncryptionAtRestOptions == nil || !aws.ToBool(d.EncryptionAtRestOptions.Enabled) {
		problems = append(problems, "the domain is not encrypted at rest")
	}
	if d.NodeToNodeEncryptionOptions == nil || !aws.ToBool(d.NodeToNodeEncryptionOptions.Enabled) {
		problems = append(problems, "the traffic between nodes is not encrypted")
	}
	if o := d.DomainEndpointOptions; o == nil || !aws.ToBool(o.EnforceHTTPS) {
		problems = append(problems, "the domain accepts HTTP")
	} else if !strings.Contains(string(o.TLSSecurityPolicy), "TLS-1-2") && !strings.Contains(string(o.TLSSecurityPolicy), "TLS-1-3") {
		problems = append(problems, fmt.Sprintf("the domain has the TLS policy %s", o.TLSSecurityPolicy))
	}
	return check.Judge(problems, "the domain is encrypted at rest, between nodes and for clients")
}

func domainUpdate(d *types.DomainStatus) check.Result {
	o := d.ServiceSoftwareOptions
	if o != nil && aws.ToBool(o.UpdateAvailable) {
		return check.Finding("an update to %s is available; it is %s", aws.ToString(o.NewVersion), o.UpdateStatus)
	}
	return check.Pass("no update is available")
}
