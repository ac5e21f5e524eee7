package config

import (
	"fmt"
	"regexp"
)

// LoadBalancer is how users reach the nodes.
type LoadBalancer struct {
	Scheme                     string `json:"scheme"`
	CertificateArn             string `json:"certificateArn"`
	TLSPolicy                  string `json:"tlsPolicy"`
	IdleTimeoutSeconds         int    `json:"idleTimeoutSeconds"`
	DeregistrationDelaySeconds int    `json:"deregistrationDelaySeconds"`
	RedirectHTTP               bool   `json:"redirectHttp"`
	WebACLArn                  string `json:"webAclArn"`
}

// Values of loadBalancer.scheme.
const (
	InternetFacing = "internet-facing"
	Internal       = "internal"
)

// Schemes are all values of loadBalancer.scheme.
var Schemes = []string{InternetFacing, Internal}

// TLSPolicies are the security policies of a listener that pass Security Hub's control ELB.17:
// https://docs.aws.amazon.com/securityhub/latest/userguide/elb-controls.html#elb-17
var TLSPolicies = []string{
	"ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
	"ELBSecurityPolicy-TLS13-1-2-Res-FIPS-2023-04",
	"ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
	"ELBSecurityPolicy-TLS13-1-2-Res-FIPS-PQ-2025-09",
	"ELBSecurityPolicy-TLS13-1-3-2021-06",
	"ELBSecurityPolicy-TLS13-1-3-FIPS-2023-04",
	"ELBSecurityPolicy-TLS13-1-3-PQ-2025-09",
	"ELBSecurityPolicy-TLS13-1-3-FIPS-PQ-2025-09",
}

var (
	certificate = regexp.MustCompile(`^arn:aws[a-z-]*:acm:([a-z0-9-]+):(\d{12}):certificate/[a-z0-9-]+$`)
	webACL      = regexp.MustCompile(`^arn:aws[a-z-]*:wafv2:([a-z0-9-]+):(\d{12}):regional/webacl/` +
		`[\w-]{1,128}/[a-z0-9-]+$`)
)

var loadBalancerRows = []Row{
	{Key: "loadBalancer.scheme", Limit: Choice{Values: Schemes}},
	{
		Key:   "loadBalancer.certificateArn",
		Limit: Text{Is: "the ARN of an ACM certificate", Pattern: certificate},
		Empty: "to have one requested and validated by DNS",
	},
	{
		Key:   "loadBalancer.tlsPolicy",
		Limit: Choice{Values: TLSPolicies},
		Why:   "the policies that pass Security Hub control ELB.17",
	},
	{
		Key:   "loadBalancer.idleTimeoutSeconds",
		Limit: Range{Min: 1, Max: 4000},
		Why:   "the limits of a load balancer",
	},
	{
		Key:   "loadBalancer.deregistrationDelaySeconds",
		Limit: Range{Min: 0, Max: 3600},
		Why:   "the limits of a target group",
	},
	{Key: "loadBalancer.redirectHttp", Limit: Flag{}},
	{
		Key:   "loadBalancer.webAclArn",
		Limit: Text{Is: "the ARN of a regional AWS WAF web ACL", Pattern: webACL},
		Empty: "for none",
	},
}

var loadBalancerRules = []Rule{
	{
		Keys:  []string{"loadBalancer.certificateArn", "loadBalancer.webAclArn"},
		Needs: []string{"aws"},
		Says:  "in the stack's region and account",
		check: (*Config).checkBalancerARNs,
	},
	{
		Keys:  []string{"loadBalancer.idleTimeoutSeconds"},
		Says:  fmt.Sprintf("warns above %d, which the nodes' nginx does not wait for", idleSeconds),
		check: (*Config).warnOfIdleTimeout,
	},
}

// idleSeconds is the longest idle timeout below the keep-alive of nginx on the nodes: 65 to 75 seconds unless configured.
const idleSeconds = 60

// warnOfIdleTimeout: when the target closes an idle connection first, a request that the load balancer sends on it at
// that moment fails with 502.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-502-issues
func (c *Config) warnOfIdleTimeout(p *Problems) {
	const key = "loadBalancer.idleTimeoutSeconds"
	if got := c.LoadBalancer.IdleTimeoutSeconds; got > idleSeconds && !p.anyRefused(key) {
		c.warn(key, fmt.Sprintf("nginx on the nodes closes idle connections sooner than %d seconds, and some requests then "+
			"fail with 502; keep it at %d or below unless the nodes' keep-alive is longer", got, idleSeconds))
	}
}

// InternalOnly reports whether the load balancer faces private networks only.
func (c *Config) InternalOnly() bool { return c.LoadBalancer.Scheme == Internal }

func (c *Config) checkBalancerARNs(p *Problems) {
	const why = "a load balancer uses those of its own region and account only"
	c.checkPlace(p, arnRule{
		key: "loadBalancer.certificateArn", arn: c.LoadBalancer.CertificateArn, pattern: certificate,
		what: "a certificate", why: why,
	})
	c.checkPlace(p, arnRule{
		key: "loadBalancer.webAclArn", arn: c.LoadBalancer.WebACLArn, pattern: webACL,
		what: "a web ACL", why: why,
	})
}
