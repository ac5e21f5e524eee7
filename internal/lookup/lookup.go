// Package lookup checks, before the first resource is registered, that the account has the required existing resources
// and does not have conflicting ones.
package lookup

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/network"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
)

// Found has the results of the look-ups that the program needs.
type Found struct {
	Partition *aws.GetPartitionResult
	ImageID   string
	// Existing is the existing VPC; nil if the program creates one.
	Existing *network.Existing
	// S3PrefixListID is set if the nodes have no internet access.
	S3PrefixListID string
	// CheckersListID is the prefix list of the health checkers; empty without monitoring.healthCheck.
	CheckersListID string
	// PrivateZone is true for a private hosted zone.
	PrivateZone bool
}

// query runs the look-ups and collects the problems.
type query struct {
	ctx      *pulumi.Context
	config   *config.Config
	deployed Deployed
	in       pulumi.InvokeOption
	// provider reads settings that only a resource has.
	provider *aws.Provider

	mu       sync.Mutex // the look-ups run side by side
	problems *config.Problems
	warnings []string
	failed   []error
	// unsure are the taken names that a failed first update of this stack may have created.
	unsure []string
}

// add records a problem; see config.Problems.Add.
func (q *query) add(key string, got any, allowed, why string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.problems.Add(key, got, allowed, why)
}

// warn records what is shown as a warning if there are no problems.
func (q *query) warn(text string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.warnings = append(q.warnings, text)
}

// fail records a failed look-up that ends the program.
func (q *query) fail(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err != nil {
		q.failed = append(q.failed, err)
	}
}

// Account compares the configuration with the account. Before it, only the provider is registered, because it makes the
// look-ups. They run side by side. deployed is what the last update left. The error is a *config.Problems with all
// problems, or the errors of failed look-ups.
func Account(ctx *pulumi.Context, c *config.Config, provider *aws.Provider, deployed Deployed) (*Found, error) {
	q := &query{
		ctx: ctx, config: c, deployed: deployed,
		problems: c.NewProblems("nothing but the provider"), in: pulumi.Provider(provider), provider: provider,
	}
	// Wrong credentials would fail every look-up, so this one comes first.
	partition, err := aws.GetPartition(ctx, nil, q.in)
	if err != nil {
		return nil, fmt.Errorf("look up the AWS partition (are there credentials, and are they of aws.accountId %s?): %w",
			q.config.AWS.AccountID, err)
	}
	out := &Found{Partition: partition}
	q.checkPartitions(partition.Partition)
	q.checkPackage()
	q.sideBySide(slices.Concat(
		[]func(){
			func() { q.fail(q.zones()) },
			func() { q.checkKeys(partition.Partition) },
			func() { out.PrivateZone = q.isPrivateZone() },
			func() { out.Existing = q.network() },
			func() {
				id, err := q.s3PrefixList()
				out.S3PrefixListID = id
				q.fail(err)
			},
			func() { out.CheckersListID = q.checkersList() },
			func() { out.ImageID = q.image() },
			q.checkClientLists,
		},
		q.roleChecks(), q.givenChecks(partition.Partition), q.objectChecks(), q.nameChecks(), q.backupChecks(),
		q.endpointChecks(partition.Partition),
	)...)
	if err := errors.Join(q.failed...); err != nil {
		return nil, err
	}
	if !q.problems.None() {
		return nil, q.problems
	}
	return out, q.showWarnings()
}

// sideBySide runs the checks at the same time and waits for them.
func (q *query) sideBySide(checks ...func()) {
	var group sync.WaitGroup
	for _, check := range checks {
		group.Go(check)
	}
	group.Wait()
}

func (q *query) showWarnings() error {
	for _, warning := range q.allWarnings() {
		if err := q.ctx.Log.Warn(warning, nil); err != nil {
			return fmt.Errorf("warn: %w", err)
		}
	}
	return nil
}

// allWarnings returns the warnings in an order that does not depend on the order of AWS's answers.
func (q *query) allWarnings() []string {
	out := slices.Clone(q.warnings)
	if len(q.unsure) > 0 {
		unsure := slices.Sorted(slices.Values(q.unsure))
		out = append(out, "the account has "+strings.Join(unsure, ", ")+" with the tags of this stack, "+
			"which has no finished update. If a failed update of this stack created them, all is well. If the state lost "+
			"them, or another backend has a stack of this name, the update fails when it creates them")
	}
	slices.Sort(out)
	return out
}

// zones checks the zones, and what those that exist offer. It accepts zones in any state, because a stack must be
// updatable while a zone is impaired.
func (q *query) zones() error {
	zones, err := aws.GetAvailabilityZones(q.ctx, nil, q.in)
	if err != nil {
		return fmt.Errorf("look up the availability zones (network.availabilityZones): %w", err)
	}
	known := true
	for i, zone := range q.config.Network.AvailabilityZones {
		if !slices.Contains(zones.Names, zone) {
			q.add(fmt.Sprintf("network.availabilityZones[%d]", i), zone, config.OneOf(zones.Names),
				"the zones that the account has there")
			known = false
		}
	}
	if !known {
		return nil
	}
	q.sideBySide(q.offerChecks()...)
	return nil
}

// isPrivateZone checks the hosted zone and reports whether it is private.
func (q *query) isPrivateZone() bool {
	id := q.config.DNS.HostedZoneID
	if id == "" { // the record is the user's
		return false
	}
	zone, err := route53.LookupZone(q.ctx, &route53.LookupZoneArgs{ZoneId: &id}, q.in)
	if err != nil {
		q.add("dns.hostedZoneId", id, "the id of a hosted zone of the account", err.Error())
		return false
	}
	private := zone.PrivateZone != nil && *zone.PrivateZone
	switch {
	case private && !q.config.InternalOnly():
		q.add("dns.hostedZoneId", id, "the id of a public hosted zone",
			"clients of an internet-facing load balancer ask the public DNS")
	case private && q.config.LoadBalancer.CertificateArn == "":
		q.add("loadBalancer.certificateArn", "", "given with a private hosted zone",
			"ACM validates a certificate by a record that everybody sees")
	}
	name := strings.TrimSuffix(zone.Name, ".")
	if host := q.config.DNS.HostName; host != name && !strings.HasSuffix(host, "."+name) {
		q.add("dns.hostName", host, "a name in the hosted zone "+name, "Route 53 refuses records of other names")
	}
	return private
}
