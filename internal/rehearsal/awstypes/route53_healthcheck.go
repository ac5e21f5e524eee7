package awstypes

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
)

func healthCheckType() Type {
	return Type{
		Token: awstoken.Route53HealthCheck,
		Simulation: Simulation{
			Global: true, ID: "{uuid}", ARN: "route53:::healthcheck/{id}",
			Duration: Duration{Create: 1, Update: 1, Delete: 1},
			Rules: []Rule{
				{
					Name: "health-check-arguments", AWS: Error,
					Refuses: "an endpoint without a name or address; a path of a check of TCP; a text to find in another " +
						"type than one that looks for it",
					Source: docs + "Route53/latest/APIReference/API_HealthCheckConfig.html",
					Check:  healthCheckArguments,
				},
				{
					Name: "health-check-reach", AWS: Quiet,
					Refuses: "the name of a load balancer that is internal, that does not let the checkers in, or that " +
						"accepts TLS 1.3 only",
					Source: docs + "Route53/latest/DeveloperGuide/dns-failover-router-firewall-rules.html",
					Check:  healthCheckReach,
				},
			},
			Outputs: func(c *Call) {
				const failures = 3.0
				c.fill("failureThreshold", failures)
				c.fill("enableSni", strings.HasPrefix(c.Text("type"), "HTTPS"))
			},
		},
		Provider: Provider{
			Source: "route53/health_check",
			Ranges: map[string]Range{"port": {Min: 1, Max: 65535}},
			Checks: map[string][]Check{"routingControlArn": {isARN}, "ipAddress": {isAddress}},
		},
		Permissions: &Permissions{
			Read:  actions("route53: GetHealthCheck ListTagsForResource"),
			Write: actions("route53: CreateHealthCheck UpdateHealthCheck DeleteHealthCheck ChangeTagsForResource"),
		},
		Listing: &Listing{
			Kind: "health check", Service: "route53", Call: "/2013-04-01/healthcheck", ID: `<HealthCheck>\s*<Id>([^<]+)`,
		},
		Example: Values{
			"type": "HTTPS", "fqdn": "app.example.com", "port": 443, "resourcePath": "/ping", "requestInterval": 30,
			"failureThreshold": 3, "enableSni": true, "regions": []any{"us-west-2", "eu-west-1", "ap-southeast-1"},
		},
	}
}

// isAddress is IsIPAddress of the plug-in SDK.
var isAddress = onText(func(s string) string {
	if _, err := netip.ParseAddr(s); err != nil {
		return "must be an IP address"
	}
	return ""
})

// endpointTypes are the types of health checks that call an endpoint.
var endpointTypes = []string{"HTTP", "HTTPS", "HTTP_STR_MATCH", "HTTPS_STR_MATCH", "TCP"}

func healthCheckArguments(c *Call) error {
	kind := c.Text("type")
	if !slices.Contains(endpointTypes, kind) {
		return nil
	}
	finds := strings.HasSuffix(kind, "_STR_MATCH")
	switch {
	case c.Text("fqdn") == "" && c.Text("ipAddress") == "":
		return errors.New("InvalidInput: Invalid parameter : Either IPAddress or FullyQualifiedDomainName must be " +
			"specified")
	case kind == "TCP" && c.Text("resourcePath") != "":
		return fmt.Errorf("InvalidInput: Invalid parameter : ResourcePath cannot be specified for type %s", kind)
	case finds != (c.Text("searchString") != ""):
		return fmt.Errorf("InvalidInput: Invalid parameter : SearchString and the type %s do not fit", kind)
	}
	return nil
}

// healthCheckReach refuses a health check that fails from the beginning: AWS creates it. It knows only names that are
// records for a load balancer.
func healthCheckReach(c *Call) error {
	for _, balancer := range c.balancersOf(c.Text("fqdn")) {
		in := *c
		in.Region = balancer.Region
		switch {
		case balancer.State["internal"] == true:
			return fmt.Errorf("the health check fails: %s is an internal load balancer", c.Text("fqdn"))
		case in.onlyTLS13(balancer, c.number("port")):
			return fmt.Errorf("the health check fails: the listener of %s accepts TLS 1.3 only, and the checkers use 1.2",
				c.Text("fqdn"))
		case !in.letsCheckersIn(balancer, c.number("port")):
			return fmt.Errorf("the health check fails: no security group of %s lets the prefix list %s in", c.Text("fqdn"),
				healthCheckers)
		}
	}
	return nil
}

// balancersOf are the load balancers that a name is an alias of.
func (c *Call) balancersOf(name string) []*Resource {
	var out []*Resource
	for _, record := range c.FindBy(awstoken.Route53Record, "name", name) {
		for _, target := range Texts(record.State, "aliases[].name") {
			for _, balancer := range c.Store.Resources(awstoken.LBLoadBalancer, "") {
				if balancer.State["dnsName"] == target {
					out = append(out, balancer)
				}
			}
		}
	}
	return out
}

func (c *Call) onlyTLS13(balancer *Resource, port float64) bool {
	listeners := c.Find(awstoken.LBListener, func(r *Resource) bool {
		policy, _ := r.State["sslPolicy"].(string)
		return r.State["loadBalancerArn"] == balancer.ID && r.State["port"] == port && strings.Contains(policy, "-TLS13-1-3-")
	})
	return len(listeners) > 0
}

func (c *Call) letsCheckersIn(balancer *Resource, port float64) bool {
	groups := Texts(balancer.State, "securityGroups[]")
	rules := c.Find(awstoken.EC2SecurityGroupIngressRule, func(r *Resource) bool {
		group, _ := r.State["securityGroupId"].(string)
		from, _ := r.State["fromPort"].(float64)
		to, _ := r.State["toPort"].(float64)
		list, _ := r.State["prefixListId"].(string)
		name, _ := c.state(EC2ManagedPrefixList, list)["name"].(string)
		return slices.Contains(groups, group) && from <= port && to >= port &&
			(r.State["cidrIpv4"] == "0.0.0.0/0" || strings.HasSuffix(name, "."+healthCheckers))
	})
	return len(rules) > 0
}
