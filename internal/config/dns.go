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
