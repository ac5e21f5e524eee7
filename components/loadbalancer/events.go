package loadbalancer

import "github.com/morpheus-ha/morpheus-aws/internal/alarm"

// events of the load balancer and its certificate.
func events() []alarm.Event {
	return []alarm.Event{
		{
			Name: "renewal", Severity: alarm.Ticket, Essential: true,
			Fields: append(alarm.From("aws.acm", "ACM Certificate Renewal Action Required"),
				alarm.About("resources", certificateRole)),
			Meaning: "ACM cannot renew the certificate by itself.",
			Action: "The message names the reason. Usually the record that validates the domain is missing: `pulumi up` makes it " +
				"again; at another DNS provider, the owner of the zone must.",
			Source: "https://docs.aws.amazon.com/acm/latest/userguide/supported-events.html",
		},
		alarm.Health("the load balancer or the certificate", "ELASTICLOADBALANCING", "ACM"),
	}
}
