package config

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/morpheus-ha/morpheus-aws/internal/lifecycle"
)

// Limits that are not in the configuration's own words.
const (
	minZones, maxZones = 2, 3
	// maxApplianceURL is Morpheus's: https://docs.morpheusdata.com, additional configuration, appliance_url.
	maxApplianceURL = 64
	// maxTags of a resource is 50; the program and AWS add their own.
	maxTags = 40
	// maxTagKey and maxTagValue are AWS's, in characters.
	maxTagKey, maxTagValue = 128, 256
)

var (
	stackName = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	// region has the parts that AWS's names are made of; which of them an account may use, AWS says.
	region      = regexp.MustCompile(`^(af|ap|ca|cn|eu|eu-isoe|eusc-de|il|me|mx|sa|us|us-gov|us-iso|us-isob|us-isof)-(central|(north|south)?(east|west)|north|south)-\d$`)
	accountID   = regexp.MustCompile(`^\d{12}$`)
	zoneID      = regexp.MustCompile(`^[A-Z0-9]{1,32}$`)
	hostName    = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+([a-z]{2,63}|xn--[a-z0-9-]{1,58}[a-z0-9])$`)
	certificate = regexp.MustCompile(`^arn:aws[a-z-]*:acm:([a-z0-9-]+):(\d{12}):certificate/[a-z0-9-]+$`)
	webACL      = regexp.MustCompile(`^arn:aws[a-z-]*:wafv2:([a-z0-9-]+):(\d{12}):regional/webacl/[\w-]{1,128}/[a-z0-9-]+$`)
	sha256Hex   = regexp.MustCompile(`^[0-9a-f]{64}$`)
	placeholder = regexp.MustCompile(`^<.*>$`)
	bucketLabel = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)
	tagText     = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)
)

// retentions are the periods that CloudWatch Logs knows, in days.
var retentions = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

// validate holds the values against AWS, Morpheus and each other. It adds everything it finds to p. A rule is left out when
// a value that it needs could not be read.
func (c *Config) validate(p *Problems, today time.Time) {
	if !p.unfilled(c) {
		return
	}
	if !stackName.MatchString(c.Stack) || len(c.Stack) > 20 {
		p.list = append(p.list, fmt.Sprintf("the stack name %q must be 1..20 lower-case letters, digits and single dashes, a letter first: it is part of physical names", c.Stack))
	}
	if p.wasRead("environment") && !slices.Contains(lifecycle.Environments, string(c.Environment)) {
		p.Add("environment", c.Environment, OneOf(lifecycle.Environments), "it decides how data is protected")
	}
	for _, rule := range []struct {
		check func(*Problems)
		needs []string
	}{
		{c.validateAWS, []string{"aws"}},
		{c.validateAccount, []string{"serviceLinkedRoles", "logs"}},
		{c.validateKeys, []string{"encryption", "aws"}},
		{c.validateBoundary, []string{"access", "aws"}},
		{c.validateSafety, []string{"safety", "environment"}},
		{c.validateNetwork, []string{"network", "aws.region", "loadBalancer"}},
		{c.validateWaysOut, []string{"network", "morpheus"}},
		{c.validateReach, []string{"network"}},
		{c.validateExisting, []string{"network", "loadBalancer"}},
		{c.validateRoom, []string{"network", "search", "cluster", "loadBalancer"}},
		{c.validateEntrance, []string{"dns", "loadBalancer", "aws"}},
		{c.validateMorpheus, []string{"morpheus"}},
		{c.validateSetup, []string{"morpheus", "aws"}},
		{c.validateTools, []string{"nodeTools", "cluster"}},
		{c.validateTags, []string{"tags"}},
		{c.validateFileSystem, []string{"filesystem"}},
		{func(p *Problems) { c.validateDatabase(p, today) }, []string{"database"}},
		{func(p *Problems) { c.validateMessaging(p, today) }, []string{"messaging"}},
		{func(p *Problems) { c.validateSearch(p, today) }, []string{"search", "network.availabilityZones"}},
		{c.validateVolume, []string{"search"}},
		{c.validateReplica, []string{"filesystem", "aws"}},
		{c.validateDatabaseOptions, []string{"database"}},
		{c.validateConnections, []string{"database", "cluster"}},
		{c.validateRotation, []string{"rotation", "database"}},
		{c.validateNotifications, []string{"notifications"}},
		{c.validateCluster, []string{"cluster", "network.availabilityZones"}},
	} {
		if p.wasRead(rule.needs...) {
			rule.check(p)
		}
	}
}

func (c *Config) production() bool { return c.Environment == lifecycle.Production }

// inProduction picks what a message says about the environment that is configured.
func (c *Config) inProduction(production, development string) string {
	if c.production() {
		return production
	}
	return development
}

// zones is how many zones the rules reckon with: a list that is too short or too long is one problem, not several.
func (c *Config) zones() int {
	if c.production() {
		return maxZones
	}
	return min(max(len(c.Network.AvailabilityZones), minZones), maxZones)
}

// unfilled names every placeholder that still stands, and returns false when there is one: the other rules would only
// complain about the placeholders again.
func (p *Problems) unfilled(c *Config) bool {
	before := len(p.list)
	texts("", reflect.ValueOf(c).Elem(), func(key, value string) {
		if placeholder.MatchString(value) {
			p.list = append(p.list, fmt.Sprintf("%s: still the placeholder %q; only you know it: pulumi config set --path '%s:%s' <value>",
				key, value, Namespace, key))
		}
	})
	return len(p.list) == before
}

// texts calls f with every text of the configuration and its key.
func texts(key string, v reflect.Value, f func(key, value string)) {
	switch v.Kind() {
	case reflect.String:
		f(key, v.String())
	case reflect.Slice:
		for i := range v.Len() {
			texts(fmt.Sprintf("%s[%d]", key, i), v.Index(i), f)
		}
	case reflect.Struct:
		fields := fieldsOf(v.Type())
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			texts(strings.TrimPrefix(key+"."+name, "."), v.FieldByIndex(fields[name]), f)
		}
	}
}

func (c *Config) validateAWS(p *Problems) {
	if !region.MatchString(c.AWS.Region) {
		p.Add("aws.region", c.AWS.Region, "the name of a region such as us-east-1", "")
	}
	if !accountID.MatchString(c.AWS.AccountID) {
		p.Add("aws.accountId", c.AWS.AccountID, "twelve digits (quote it when it begins with 0)", "the provider refuses to touch any other account")
	}
}

func (c *Config) validateAccount(p *Problems) {
	for _, r := range []struct{ key, value string }{
		{"serviceLinkedRoles.autoscaling", c.ServiceLinkedRoles.AutoScaling},
		{"serviceLinkedRoles.opensearch", c.ServiceLinkedRoles.OpenSearch},
	} {
		if choices := []string{RoleCreate, RoleExisting}; !slices.Contains(choices, r.value) {
			p.Add(r.key, r.value, OneOf(choices), "an account has each of these roles once, and creating it twice fails")
		}
	}
	if !slices.Contains(retentions, c.Logs.RetentionDays) {
		p.Add("logs.retentionDays", c.Logs.RetentionDays, "one of the periods of CloudWatch Logs: "+strings.Trim(fmt.Sprint(retentions), "[]"), "")
	}
}

// validateSafety warns of a stack that anybody can destroy: the switch is meant for the minutes before a destroy.
func (c *Config) validateSafety(p *Problems) {
	for i, tier := range c.Safety.AllowReplace {
		key := fmt.Sprintf("safety.allowReplace[%d]", i)
		if !slices.Contains(DataTiers, tier) {
			p.Add(key, tier, OneOf(DataTiers), "the tiers that hold data")
		} else if slices.Contains(c.Safety.AllowReplace[:i], tier) {
			p.Add(key, tier, "a tier that is not in the list already", "")
		} else {
			c.Warnings = append(c.Warnings, key+": a change may replace the "+tier+" and lose what is in it, and nothing protects it from deletion; take it out again when the change is made")
		}
	}
	if c.Safety.AllowDestroy {
		c.Warnings = append(c.Warnings, "safety.allowDestroy: protection and deletion protection are off on everything; "+
			c.inProduction("production data is one command from being lost: set it back to false unless you destroy this stack next",
				"set it back to false when the stack is to stay"))
	}
}

func (c *Config) validateEntrance(p *Problems) {
	if !zoneID.MatchString(c.DNS.HostedZoneID) {
		p.Add("dns.hostedZoneId", c.DNS.HostedZoneID, "the id of a Route 53 hosted zone, such as Z0123456789ABCDEFGHIJ", "")
	}
	if longest := maxApplianceURL - len("https://"); !hostName.MatchString(c.DNS.HostName) || len(c.DNS.HostName) > longest {
		p.Add("dns.hostName", c.DNS.HostName, fmt.Sprintf("a lower-case DNS name of at most %d characters", longest),
			fmt.Sprintf("Morpheus takes an appliance_url of at most %d", maxApplianceURL))
	}
	if !slices.Contains(Schemes, c.LoadBalancer.Scheme) {
		p.Add("loadBalancer.scheme", c.LoadBalancer.Scheme, OneOf(Schemes), "")
	}
	if arn := c.LoadBalancer.CertificateArn; arn != "" {
		m := certificate.FindStringSubmatch(arn)
		switch {
		case m == nil:
			p.Add("loadBalancer.certificateArn", arn, "the ARN of an ACM certificate, or empty to have one requested and validated by DNS", "")
		case m[1] != c.AWS.Region || m[2] != c.AWS.AccountID:
			p.Add("loadBalancer.certificateArn", arn, "a certificate in "+c.AWS.Region+" of account "+c.AWS.AccountID, "a load balancer uses those of its own region and account only")
		}
	}
	if arn := c.LoadBalancer.WebACLArn; arn != "" {
		m := webACL.FindStringSubmatch(arn)
		switch {
		case m == nil:
			p.Add("loadBalancer.webAclArn", arn, "the ARN of a regional AWS WAF web ACL, or empty for none", "")
		case m[1] != c.AWS.Region || m[2] != c.AWS.AccountID:
			p.Add("loadBalancer.webAclArn", arn, "a web ACL in "+c.AWS.Region+" of account "+c.AWS.AccountID, "a load balancer uses those of its own region and account only")
		}
	}
	if !slices.Contains(TLSPolicies, c.LoadBalancer.TLSPolicy) {
		p.Add("loadBalancer.tlsPolicy", c.LoadBalancer.TLSPolicy, OneOf(TLSPolicies), "the policies that pass Security Hub control ELB.17")
	}
	p.within("loadBalancer.idleTimeoutSeconds", c.LoadBalancer.IdleTimeoutSeconds, 1, 4000, "the limits of a load balancer")
	p.within("loadBalancer.deregistrationDelaySeconds", c.LoadBalancer.DeregistrationDelaySeconds, 0, 3600, "the limits of a target group")
}

func (c *Config) validateTags(p *Problems) {
	if len(c.Tags) > maxTags {
		p.Add("tags", len(c.Tags), fmt.Sprintf("at most %d", maxTags), "AWS allows 50 a resource, and others add theirs")
	}
	own := (&Config{}).DefaultTags()
	// The nodes' own carry this prefix, and what is told by them must stay true.
	const nodeTags = "morpheus:"
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#case-sensitivity
	folded := map[string]string{}
	for k := range own {
		folded[strings.ToLower(k)] = k
	}
	for _, k := range slices.Sorted(maps.Keys(c.Tags)) {
		lower := strings.ToLower(k)
		if _, taken := own[k]; taken {
			p.Add("tags", k, "a key other than "+strings.Join(slices.Sorted(maps.Keys(own)), ", "), "the program sets these, and bills and policies rely on them")
		} else if same, taken := folded[lower]; taken {
			p.Add("tags", k, "a key that differs from "+strconv.Quote(same)+" in more than its case", "IAM takes both for the same key and refuses the roles")
		}
		folded[lower] = k
		value := c.Tags[k]
		switch {
		case strings.HasPrefix(lower, nodeTags) || k != strings.TrimSpace(k):
			p.Add("tags", k, "a key without the prefix "+nodeTags+" and without spaces at its ends", "the nodes have tags of the program with that prefix")
		case k == "" || utf8.RuneCountInString(k) > maxTagKey || !tagText.MatchString(k) || strings.HasPrefix(lower, "aws:") || strings.HasPrefix(lower, "rds:"):
			p.Add("tags", k, "a key of 1..128 letters, digits, spaces or _.:/=+-@, without the prefixes aws: and rds:", "")
		case utf8.RuneCountInString(value) > maxTagValue || !tagText.MatchString(value) || strings.HasPrefix(strings.ToLower(value), "aws:"):
			p.Add("tags."+k, value, "at most 256 letters, digits, spaces or _.:/=+-@, without the prefix aws:", "")
		}
	}
}

// within checks a number against its limits.
func (p *Problems) within(key string, got, least, most int, why string) {
	if got < least || got > most {
		p.Add(key, got, fmt.Sprintf("%d..%d", least, most), why)
	}
}

func OneOf(choices []string) string { return "one of " + strings.Join(choices, ", ") }
