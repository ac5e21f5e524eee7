package stacks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/network"
)

// found is what the account answered, beside what only had to be there.
type found struct {
	partition *aws.GetPartitionResult
	imageID   string
	// existing is the given VPC; nil when one is made.
	existing *network.Existing
	// s3PrefixListID is empty unless the nodes have no way to the internet.
	s3PrefixListID string
	// privateZone is true when only VPCs see the hosted zone.
	privateZone bool
}

// lookUp holds the configuration against the account. It runs before any resource of AWS is registered; the provider is
// registered by then, because without it nobody can be asked.
func (c *Config) lookUp(ctx *pulumi.Context, provider *aws.Provider) (*found, error) {
	in := pulumi.Provider(provider)
	partition, err := aws.GetPartition(ctx, nil, in)
	if err != nil {
		return nil, fmt.Errorf("look up the AWS partition (are there credentials, and are they of aws.accountId %s?): %w", c.shownAccount(), err)
	}
	p := &problems{secret: c.secret, hidden: c.hidden, registered: "nothing but the provider"}
	if err := c.lookUpZones(ctx, p, in); err != nil {
		return nil, err
	}
	c.lookUpRoles(ctx, p, in)
	c.lookUpKeys(ctx, p, in, partition.Partition)
	c.checkPartition(p, partition.Partition)
	out := &found{partition: partition}
	out.privateZone = c.lookUpDNS(ctx, p, in)
	out.existing = c.lookUpNetwork(ctx, p, in)
	if out.s3PrefixListID, err = c.lookUpS3(ctx, in); err != nil {
		return nil, err
	}
	out.imageID = c.lookUpImage(ctx, p, in)
	if !p.none() {
		return nil, p
	}
	return out, nil
}

func (c *Config) shownAccount() string {
	if c.secret["aws"] {
		return "(a secret value)"
	}
	return c.AWS.AccountID
}

// lookUpZones asks for zones in any state: while one is impaired the stack must still be changed.
func (c *Config) lookUpZones(ctx *pulumi.Context, p *problems, in pulumi.InvokeOption) error {
	zones, err := aws.GetAvailabilityZones(ctx, nil, in)
	if err != nil {
		return fmt.Errorf("look up the availability zones (network.availabilityZones): %w", err)
	}
	for i, zone := range c.Network.AvailabilityZones {
		if !slices.Contains(zones.Names, zone) {
			p.add(fmt.Sprintf("network.availabilityZones[%d]", i), zone, oneOf(zones.Names), "the zones that the account has there")
		}
	}
	return nil
}

// lookUpDNS says whether the hosted zone is private.
func (c *Config) lookUpDNS(ctx *pulumi.Context, p *problems, in pulumi.InvokeOption) bool {
	id := c.DNS.HostedZoneID
	zone, err := route53.LookupZone(ctx, &route53.LookupZoneArgs{ZoneId: &id}, in)
	if err != nil {
		p.add("dns.hostedZoneId", id, "the id of a hosted zone of the account", err.Error())
		return false
	}
	private := zone.PrivateZone != nil && *zone.PrivateZone
	switch {
	case private && !c.internal():
		p.add("dns.hostedZoneId", id, "the id of a public hosted zone", "clients of an internet-facing load balancer ask the public DNS")
	case private && c.LoadBalancer.CertificateArn == "":
		p.add("loadBalancer.certificateArn", "", "given with a private hosted zone", "ACM validates a certificate by a record that everybody sees")
	}
	name := strings.TrimSuffix(zone.Name, ".")
	if host := c.DNS.HostName; host != name && !strings.HasSuffix(host, "."+name) {
		p.add("dns.hostName", host, "a name in the hosted zone "+name, "Route 53 refuses records of other names")
	}
	return private
}
