package stacks

import (
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/morpheus-ha/morpheus-aws/components/loadbalancer"
	"github.com/morpheus-ha/morpheus-aws/components/network"
	"github.com/morpheus-ha/morpheus-aws/internal/lifecycle"
	"github.com/morpheus-ha/morpheus-aws/internal/subnets"
)

// Limits that are not in the configuration's own words.
const (
	minZones, maxZones = 2, 3
	// maxApplianceURL is Morpheus's: https://docs.morpheusdata.com, additional configuration, appliance_url.
	maxApplianceURL = 64
	// minClientPrefix refuses "everybody": an appliance that is not set up yet makes an administrator of its first visitor.
	minClientPrefix = 8
	// maxClientCIDRs leaves room under the 60 inbound rules of a security group.
	maxClientCIDRs = 50
	// maxTags of a resource is 50; the program and AWS add their own.
	maxTags = 40
)

var (
	stackName   = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	region      = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-\d$`)
	accountID   = regexp.MustCompile(`^\d{12}$`)
	zoneID      = regexp.MustCompile(`^[A-Z0-9]{1,32}$`)
	hostName    = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$`)
	certificate = regexp.MustCompile(`^arn:aws[a-z-]*:acm:([a-z0-9-]+):(\d{12}):certificate/[a-z0-9-]+$`)
	sha256Hex   = regexp.MustCompile(`^[0-9a-f]{64}$`)
	release     = regexp.MustCompile(`^\d+\.\d+\.\d+$`)
	placeholder = regexp.MustCompile(`^<.*>$`)
	tagText     = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)
)

// retentions are the periods that CloudWatch Logs knows, in days.
var retentions = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

// validate holds the values against AWS, Morpheus and each other. It adds everything it finds to p.
func (c *Config) validate(p *problems, today time.Time) {
	if !p.unfilled(c) {
		return
	}
	if !stackName.MatchString(c.Stack) || len(c.Stack) > 20 {
		p.list = append(p.list, fmt.Sprintf("the stack name %q must be 1..20 lower-case letters, digits and single dashes, a letter first: it is part of physical names", c.Stack))
	}
	if !slices.Contains(lifecycle.Environments, string(c.Environment)) {
		p.add("environment", c.Environment, oneOf(lifecycle.Environments), "it decides how data is protected")
	}
	c.validateAWS(p)
	c.validateNetwork(p)
	c.validateEntrance(p)
	c.validateMorpheus(p)
	c.validateTags(p)
	c.validateFileSystem(p)
	c.validateDatabase(p, today)
	c.validateMessaging(p, today)
	c.validateSearch(p, today)
	c.validateCluster(p)
}

func (c *Config) production() bool { return c.Environment == lifecycle.Production }

// zones is how many zones the rules reckon with: a list that is too short or too long is one problem, not several.
func (c *Config) zones() int {
	if c.production() {
		return maxZones
	}
	return min(max(len(c.Network.AvailabilityZones), minZones), maxZones)
}

// unfilled names every placeholder that still stands, and returns false when there is one: the other rules would only
// complain about the placeholders again.
func (p *problems) unfilled(c *Config) bool {
	before := len(p.list)
	for _, v := range []struct{ key, value string }{
		{"aws.accountId", c.AWS.AccountID},
		{"dns.hostedZoneId", c.DNS.HostedZoneID},
		{"dns.hostName", c.DNS.HostName},
		{"morpheus.packageUrl", c.Morpheus.PackageURL},
		{"morpheus.packageSha256", c.Morpheus.PackageSHA256},
		{"network.allowedClientCidrs[0]", strings.Join(c.Network.AllowedClientCIDRs, " ")},
	} {
		if placeholder.MatchString(v.value) {
			p.list = append(p.list, fmt.Sprintf("%s: still the placeholder %q; only you know it: pulumi config set --path '%s:%s' <value>",
				v.key, v.value, Namespace, v.key))
		}
	}
	return len(p.list) == before
}

func (c *Config) validateAWS(p *problems) {
	if !region.MatchString(c.AWS.Region) {
		p.add("aws.region", c.AWS.Region, "the name of a region such as us-east-1", "")
	}
	if !accountID.MatchString(c.AWS.AccountID) {
		p.add("aws.accountId", c.AWS.AccountID, "twelve digits (quote it when it begins with 0)", "the provider refuses to touch any other account")
	}
	for _, r := range []struct{ key, value string }{
		{"serviceLinkedRoles.autoscaling", c.ServiceLinkedRoles.AutoScaling},
		{"serviceLinkedRoles.opensearch", c.ServiceLinkedRoles.OpenSearch},
	} {
		if choices := []string{roleCreate, roleExisting}; !slices.Contains(choices, r.value) {
			p.add(r.key, r.value, oneOf(choices), "an account has each of these roles once, and creating it twice fails")
		}
	}
	if !slices.Contains(retentions, c.Logs.RetentionDays) {
		p.add("logs.retentionDays", c.Logs.RetentionDays, "one of the periods of CloudWatch Logs: "+strings.Trim(fmt.Sprint(retentions), "[]"), "")
	}
}

func (c *Config) validateNetwork(p *problems) {
	if _, err := subnets.ParseVPC(c.Network.CIDR); err != nil {
		p.add("network.cidr", c.Network.CIDR, fmt.Sprintf("an IPv4 range of /%d../%d", subnets.MinPrefix, subnets.MaxPrefix), err.Error())
	}
	zones := c.Network.AvailabilityZones
	if len(zones) != c.zones() {
		allowed := fmt.Sprintf("%d..%d zones", minZones, maxZones)
		if c.production() {
			allowed = fmt.Sprintf("%d zones in production", maxZones)
		}
		p.add("network.availabilityZones", zones, allowed, "production survives the loss of one zone and keeps a quorum")
	}
	seen := map[string]bool{}
	for i, zone := range zones {
		key := fmt.Sprintf("network.availabilityZones[%d]", i)
		if suffix, ok := strings.CutPrefix(zone, c.AWS.Region); !ok || len(suffix) != 1 || suffix[0] < 'a' || suffix[0] > 'z' {
			p.add(key, zone, "a zone of "+c.AWS.Region+", such as "+c.AWS.Region+"a", "")
		}
		if seen[zone] {
			p.add(key, zone, "a zone that is not in the list already", "each zone has one subnet of each tier")
		}
		seen[zone] = true
	}
	choices := []string{string(network.NATPerZone), string(network.NATSingle)}
	if !slices.Contains(choices, c.Network.NATGateways) {
		p.add("network.natGateways", c.Network.NATGateways, oneOf(choices), "")
	} else if c.production() && c.Network.NATGateways != string(network.NATPerZone) {
		p.add("network.natGateways", c.Network.NATGateways, string(network.NATPerZone)+" in production", "one gateway for all zones is a single point of failure")
	}
	c.validateClients(p)
}

func (c *Config) validateClients(p *problems) {
	cidrs := c.Network.AllowedClientCIDRs
	if len(cidrs) == 0 || len(cidrs) > maxClientCIDRs {
		p.add("network.allowedClientCidrs", cidrs, fmt.Sprintf("1..%d address ranges", maxClientCIDRs), "nobody else reaches the load balancer")
	}
	seen := map[string]bool{}
	for i, text := range cidrs {
		key := fmt.Sprintf("network.allowedClientCidrs[%d]", i)
		cidr, err := netip.ParsePrefix(text)
		switch {
		case err != nil || !cidr.Addr().Is4():
			p.add(key, text, "an IPv4 range such as 203.0.113.0/24", "")
		case cidr != cidr.Masked():
			p.add(key, text, cidr.Masked().String(), "AWS refuses a range with host bits set")
		case cidr.Bits() < minClientPrefix:
			p.add(key, text, fmt.Sprintf("a range of /%d or longer", minClientPrefix), "an appliance that is not set up yet makes an administrator of its first visitor")
		case seen[text]:
			p.add(key, text, "a range that is not in the list already", "AWS refuses the same rule twice")
		}
		seen[text] = true
	}
}

func (c *Config) validateEntrance(p *problems) {
	if !zoneID.MatchString(c.DNS.HostedZoneID) {
		p.add("dns.hostedZoneId", c.DNS.HostedZoneID, "the id of a Route 53 hosted zone, such as Z0123456789ABCDEFGHIJ", "")
	}
	if longest := maxApplianceURL - len("https://"); !hostName.MatchString(c.DNS.HostName) || len(c.DNS.HostName) > longest {
		p.add("dns.hostName", c.DNS.HostName, fmt.Sprintf("a lower-case DNS name of at most %d characters", longest),
			fmt.Sprintf("Morpheus takes an appliance_url of at most %d", maxApplianceURL))
	}
	if arn := c.LoadBalancer.CertificateArn; arn != "" {
		m := certificate.FindStringSubmatch(arn)
		switch {
		case m == nil:
			p.add("loadBalancer.certificateArn", arn, "the ARN of an ACM certificate, or empty to have one requested and validated by DNS", "")
		case m[1] != c.AWS.Region || m[2] != c.AWS.AccountID:
			p.add("loadBalancer.certificateArn", arn, "a certificate in "+c.AWS.Region+" of account "+c.AWS.AccountID, "a load balancer uses those of its own region and account only")
		}
	}
	if !slices.Contains(loadbalancer.TLSPolicies, c.LoadBalancer.TLSPolicy) {
		p.add("loadBalancer.tlsPolicy", c.LoadBalancer.TLSPolicy, oneOf(loadbalancer.TLSPolicies), "the policies that pass Security Hub control ELB.17")
	}
	p.within("loadBalancer.idleTimeoutSeconds", c.LoadBalancer.IdleTimeoutSeconds, 1, 4000, "the limits of a load balancer")
	p.within("loadBalancer.deregistrationDelaySeconds", c.LoadBalancer.DeregistrationDelaySeconds, 0, 3600, "the limits of a target group")
}

func (c *Config) validateMorpheus(p *problems) {
	if !release.MatchString(c.Morpheus.Version) {
		p.add("morpheus.version", c.Morpheus.Version, "a release such as 8.0.7", "")
	}
	u, err := url.Parse(c.Morpheus.PackageURL)
	switch {
	case err != nil || u.Scheme != "https" || u.Host == "" || !strings.HasSuffix(u.Path, ".deb"):
		p.add("morpheus.packageUrl", c.Morpheus.PackageURL, "an https URL of a .deb package", "the nodes run Ubuntu")
	case !strings.Contains(path.Base(u.Path), c.Morpheus.Version):
		p.add("morpheus.packageUrl", c.Morpheus.PackageURL, "a file of version "+c.Morpheus.Version, "morpheus.version and the package disagree")
	}
	if !sha256Hex.MatchString(c.Morpheus.PackageSHA256) {
		p.add("morpheus.packageSha256", c.Morpheus.PackageSHA256, "64 lower-case hexadecimal digits", "a package without a checksum is not installed")
	}
}

func (c *Config) validateTags(p *problems) {
	if len(c.Tags) > maxTags {
		p.add("tags", len(c.Tags), fmt.Sprintf("at most %d", maxTags), "AWS allows 50 a resource, and others add theirs")
	}
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#case-sensitivity
	folded := map[string]string{}
	for k := range (&Config{}).DefaultTags() {
		folded[strings.ToLower(k)] = k
	}
	for _, k := range slices.Sorted(maps.Keys(c.Tags)) {
		lower := strings.ToLower(k)
		if same, taken := folded[lower]; taken && same != k {
			p.add("tags", k, "a key that differs from "+strconv.Quote(same)+" in more than its case", "IAM takes both for the same key and refuses the roles")
		}
		folded[lower] = k
		switch {
		case k == "" || len(k) > 128 || !tagText.MatchString(k) || strings.HasPrefix(lower, "aws:"):
			p.add("tags", k, "a key of 1..128 letters, digits, spaces or _.:/=+-@, without the prefix aws:", "")
		case len(c.Tags[k]) > 256 || !tagText.MatchString(c.Tags[k]):
			p.add("tags."+k, c.Tags[k], "at most 256 letters, digits, spaces or _.:/=+-@", "")
		}
	}
}

// within checks a number against its limits.
func (p *problems) within(key string, got, least, most int, why string) {
	if got < least || got > most {
		p.add(key, got, fmt.Sprintf("%d..%d", least, most), why)
	}
}

func oneOf(choices []string) string { return "one of " + strings.Join(choices, ", ") }
