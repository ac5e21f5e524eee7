// Package lookup checks, before the first resource is registered, that the account has the required existing resources
// and does not have conflicting ones.
package lookup

import (
	"fmt"
	"slices"
	"strings"

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
	// PrivateZone is true for a private hosted zone.
	PrivateZone bool
}

// query runs the look-ups and collects the problems.
type query struct {
	ctx      *pulumi.Context
	config   *config.Config
	problems *config.Problems
	in       pulumi.InvokeOption
}

// Account compares the configuration with the account. Before it, only the provider is registered, because it makes the
// look-ups. The error is a *config.Problems with all problems, or the error of a failed look-up.
func Account(ctx *pulumi.Context, c *config.Config, provider *aws.Provider) (*Found, error) {
	q := &query{ctx: ctx, config: c, problems: c.NewProblems("nothing but the provider"), in: pulumi.Provider(provider)}
	partition, err := aws.GetPartition(ctx, nil, q.in)
	if err != nil {
		return nil, fmt.Errorf("look up the AWS partition (are there credentials, and are they of aws.accountId %s?): %w",
			q.accountID(), err)
	}
	if err := q.checkZones(); err != nil {
		return nil, err
	}
	q.checkRoles()
	q.checkClientLists()
	q.checkKeys(partition.Partition)
	q.checkPartitions(partition.Partition)
	out := &Found{Partition: partition}
	out.PrivateZone = q.isPrivateZone()
	out.Existing = q.network()
	if out.S3PrefixListID, err = q.s3PrefixList(); err != nil {
		return nil, err
	}
	out.ImageID = q.image()
	if !q.problems.None() {
		return nil, q.problems
	}
	return out, nil
}

// accountID returns the account id for a message.
func (q *query) accountID() string {
	if q.config.IsSecret("aws") {
		return "(a secret value)"
	}
	return q.config.AWS.AccountID
}

// checkZones accepts zones in any state, because a stack must be updatable while a zone is impaired.
func (q *query) checkZones() error {
	zones, err := aws.GetAvailabilityZones(q.ctx, nil, q.in)
	if err != nil {
		return fmt.Errorf("look up the availability zones (network.availabilityZones): %w", err)
	}
	for i, zone := range q.config.Network.AvailabilityZones {
		if !slices.Contains(zones.Names, zone) {
			q.problems.Add(fmt.Sprintf("network.availabilityZones[%d]", i), zone, config.OneOf(zones.Names),
				"the zones that the account has there")
		}
	}
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
		q.problems.Add("dns.hostedZoneId", id, "the id of a hosted zone of the account", err.Error())
		return false
	}
	private := zone.PrivateZone != nil && *zone.PrivateZone
	switch {
	case private && !q.config.InternalOnly():
		q.problems.Add("dns.hostedZoneId", id, "the id of a public hosted zone",
			"clients of an internet-facing load balancer ask the public DNS")
	case private && q.config.LoadBalancer.CertificateArn == "":
		q.problems.Add("loadBalancer.certificateArn", "", "given with a private hosted zone",
			"ACM validates a certificate by a record that everybody sees")
	}
	name := strings.TrimSuffix(zone.Name, ".")
	if host := q.config.DNS.HostName; host != name && !strings.HasSuffix(host, "."+name) {
		q.problems.Add("dns.hostName", host, "a name in the hosted zone "+name, "Route 53 refuses records of other names")
	}
	return private
}
