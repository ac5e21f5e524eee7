package config

import (
	"fmt"
	"regexp"
)

// DNS is the name under which users reach the appliance.
type DNS struct {
	HostedZoneID string `json:"hostedZoneId"`
	HostName     string `json:"hostName"`
}

const (
	// maxApplianceURL in characters is Morpheus's: https://docs.morpheusdata.com, additional configuration,
	// appliance_url.
	maxApplianceURL = 64
	maxHostName     = maxApplianceURL - len("https://")
)

var (
	zoneID   = regexp.MustCompile(`^[A-Z0-9]{1,32}$`)
	hostName = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+([a-z]{2,63}|xn--[a-z0-9-]{1,58}[a-z0-9])$`)
)

var dnsRows = []Row{
	{
		Key:   "dns.hostedZoneId",
		Limit: Text{Is: "the id of a Route 53 hosted zone, such as Z0123456789ABCDEFGHIJ", Pattern: zoneID},
		Empty: "with loadBalancer.certificateArn, if you create the DNS record",
	},
	{
		Key: "dns.hostName",
		Limit: Text{
			Is:      fmt.Sprintf("a lower-case DNS name of at most %d characters", maxHostName),
			Pattern: hostName, MaxLength: maxHostName,
		},
		Why: fmt.Sprintf("Morpheus takes an appliance_url of at most %d", maxApplianceURL),
	},
}

var dnsRules = []Rule{{
	Keys:  []string{"dns.hostedZoneId"},
	Needs: []string{"loadBalancer.certificateArn"},
	Says:  "given, unless loadBalancer.certificateArn is",
	check: (*Config).checkZoneGiven,
}}

func (c *Config) checkZoneGiven(p *Problems) {
	const key = "dns.hostedZoneId"
	if c.DNS.HostedZoneID == "" && c.LoadBalancer.CertificateArn == "" && !p.anyRefused(key) {
		p.Add(key, "", "the id of a Route 53 hosted zone of the account, unless loadBalancer.certificateArn is given",
			"a new certificate is validated by a record in it")
	}
}
