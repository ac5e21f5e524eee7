package stacks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// found is what the account answered, beside what only had to be there.
type found struct {
	partition *aws.GetPartitionResult
	imageID   string
}

// lookUp holds the configuration against the account. It runs before any resource of AWS is registered; the provider is
// registered by then, because without it nobody can be asked.
func (c *Config) lookUp(ctx *pulumi.Context, provider *aws.Provider) (*found, error) {
	in := pulumi.Provider(provider)
	partition, err := aws.GetPartition(ctx, nil, in)
	if err != nil {
		return nil, fmt.Errorf("look up the AWS partition (are there credentials, and are they of aws.accountId %s?): %w", c.shownAccount(), err)
	}
	p := &problems{secret: c.secret, registered: "nothing but the provider"}
	if err := c.lookUpZones(ctx, p, in); err != nil {
		return nil, err
	}
	c.lookUpDNS(ctx, p, in)
	c.lookUpRoles(ctx, p, in)
	c.lookUpKeys(ctx, p, in, partition.Partition)
	c.checkBoundary(p, partition.Partition)
	// The parameter carries a date, so the id behind it stays the same until the configuration names another.
	image, err := ssm.LookupParameter(ctx, &ssm.LookupParameterArgs{Name: c.Cluster.ImageParameter}, in)
	if err != nil {
		p.add("cluster.imageParameter", c.Cluster.ImageParameter, "a parameter that "+c.AWS.Region+" has", err.Error())
	}
	if !p.none() {
		return nil, p
	}
	return &found{partition: partition, imageID: image.Value}, nil
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

func (c *Config) lookUpDNS(ctx *pulumi.Context, p *problems, in pulumi.InvokeOption) {
	id := c.DNS.HostedZoneID
	zone, err := route53.LookupZone(ctx, &route53.LookupZoneArgs{ZoneId: &id}, in)
	if err != nil {
		p.add("dns.hostedZoneId", id, "the id of a hosted zone of the account", err.Error())
		return
	}
	if zone.PrivateZone != nil && *zone.PrivateZone {
		p.add("dns.hostedZoneId", id, "the id of a public hosted zone", "ACM validates the certificate by a record that everybody sees")
	}
	name := strings.TrimSuffix(zone.Name, ".")
	if host := c.DNS.HostName; host != name && !strings.HasSuffix(host, "."+name) {
		p.add("dns.hostName", host, "a name in the hosted zone "+name, "Route 53 refuses records of other names")
	}
}
