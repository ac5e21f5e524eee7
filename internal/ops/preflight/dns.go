package preflight

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
)

func (s *Subject) dnsChecks() []check.Check {
	const group = "dns and certificate"
	return []check.Check{
		{
			ID: "hosted-zone", Group: group, Severity: check.Error,
			Asks: "does the hosted zone exist, and does it have the host name?",
			Do:   "correct dns.hostedZoneId or dns.hostName: aws route53 list-hosted-zones-by-name",
			Run:  s.hostedZone,
		},
		{
			ID: "delegation", Group: group, Severity: check.Error,
			Asks: "does the public DNS send questions about the domain to the hosted zone?",
			Do:   "enter the name servers of the hosted zone at the registrar or in the parent zone; otherwise the certificate is never issued",
			Run:  s.delegation,
		},
		{
			ID: "host-name-free", Group: group, Severity: check.Error,
			Asks: "has the hosted zone no record of the host name?",
			Do:   "delete the record, or choose another dns.hostName",
			Run:  s.hostNameFree,
		},
		{
			ID: "certificate", Group: group, Severity: check.Error,
			Asks: "is the given certificate issued, of the host name, and valid for long?",
			Do:   "validate, renew or replace the certificate of loadBalancer.certificateArn",
			Run:  s.certificate,
		},
	}
}

// zone returns the hosted zone, or nil and what to report of it.
func (s *Subject) zone(ctx context.Context) (*route53.GetHostedZoneOutput, check.Result, error) {
	id := s.Config.DNS.HostedZoneID
	if id == "" {
		return nil, check.Skip(noZone), nil
	}
	found, err := s.Account.Route53().GetHostedZone(ctx, &route53.GetHostedZoneInput{Id: &id})
	switch {
	case account.IsCode(err, "NoSuchHostedZone"):
		return nil, check.Finding("the account has no hosted zone %s", id), nil
	case err != nil:
		return nil, check.Result{}, err
	}
	return found, check.Result{}, nil
}

const noZone = "dns.hostedZoneId is empty: the record is yours"

func (s *Subject) hostedZone(ctx context.Context) (check.Result, error) {
	zone, result, err := s.zone(ctx)
	if zone == nil {
		return result, err
	}
	name, host := strings.TrimSuffix(aws.ToString(zone.HostedZone.Name), "."), s.Config.DNS.HostName
	if host != name && !strings.HasSuffix(host, "."+name) {
		return check.Finding("%s is not a name in the hosted zone %s", host, name), nil
	}
	if isPrivate(zone) && !s.Config.InternalOnly() {
		return check.Finding("the hosted zone %s is private, and the load balancer faces the internet", name), nil
	}
	return check.Pass("%s is a name in the hosted zone %s", host, name), nil
}

func isPrivate(zone *route53.GetHostedZoneOutput) bool {
	return zone.HostedZone.Config != nil && zone.HostedZone.Config.PrivateZone
}

func (s *Subject) delegation(ctx context.Context) (check.Result, error) {
	zone, result, err := s.zone(ctx)
	switch {
	case zone == nil:
		return result, err
	case isPrivate(zone):
		return check.Skip("the hosted zone is private"), nil
	}
	name := strings.TrimSuffix(aws.ToString(zone.HostedZone.Name), ".")
	answer, err := s.NameServers(ctx, name)
	var failed *net.DNSError
	if errors.As(err, &failed) && failed.IsNotFound {
		return check.Finding("the public DNS has no name servers for %s", name), nil
	} else if err != nil {
		return check.Result{}, fmt.Errorf("ask the DNS for the name servers of %s: %w", name, err)
	}
	var want []string
	if zone.DelegationSet != nil {
		want = zone.DelegationSet.NameServers
	}
	clean := func(list []string) []string {
		var out []string
		for _, server := range list {
			out = append(out, strings.ToLower(strings.TrimSuffix(server, ".")))
		}
		slices.Sort(out)
		return out
	}
	got, own := clean(answer), clean(want)
	for _, server := range got {
		if !slices.Contains(own, server) {
			return check.Finding("the DNS delegates %s to %s, and the hosted zone has %s", name, strings.Join(got, ", "),
				strings.Join(own, ", ")), nil
		}
	}
	return check.Pass("%s is delegated to %s", name, strings.Join(got, ", ")), nil
}

func (s *Subject) hostNameFree(ctx context.Context) (check.Result, error) {
	if s.Config.DNS.HostedZoneID == "" {
		return check.Skip(noZone), nil
	}
	host, one := s.Config.DNS.HostName, int32(10)
	found, err := s.Account.Route53().ListResourceRecordSets(ctx, &route53.ListResourceRecordSetsInput{
		HostedZoneId: &s.Config.DNS.HostedZoneID, StartRecordName: &host, MaxItems: &one,
	})
	switch {
	case account.IsCode(err, "NoSuchHostedZone"):
		return check.Finding("the account has no hosted zone %s", s.Config.DNS.HostedZoneID), nil
	case err != nil:
		return check.Result{}, err
	}
	for _, record := range found.ResourceRecordSets {
		if strings.TrimSuffix(aws.ToString(record.Name), ".") != host ||
			record.Type != types.RRTypeA && record.Type != types.RRTypeCname {
			continue
		}
		target := "addresses"
		if record.AliasTarget != nil {
			target = aws.ToString(record.AliasTarget.DNSName)
			if strings.Contains(strings.ToLower(target), "morpheus-"+s.Config.Stack+"-") {
				return check.Pass("the record %s names a load balancer of this stack", host), nil
			}
		}
		return check.Finding("the hosted zone has a record %s of %s for %s", record.Type, host, target), nil
	}
	return check.Pass("the hosted zone has no record of %s", host), nil
}

// certificateDays is how long a certificate must still be valid. ACM renews its own 60 days before the end.
const certificateDays = 30

func (s *Subject) certificate(ctx context.Context) (check.Result, error) {
	arn := s.Config.LoadBalancer.CertificateArn
	if arn == "" {
		return check.Skip("the stack makes its certificate"), nil
	}
	found, err := s.Account.ACM().DescribeCertificate(ctx, &acm.DescribeCertificateInput{CertificateArn: &arn})
	switch {
	case account.IsCode(err, "ResourceNotFoundException"):
		return check.Finding("the account has no certificate %s", arn), nil
	case err != nil:
		return check.Result{}, err
	}
	c := found.Certificate
	if c.Status != "ISSUED" {
		return check.Finding("the certificate is %s", c.Status), nil
	}
	names := append([]string{aws.ToString(c.DomainName)}, c.SubjectAlternativeNames...)
	if !slices.ContainsFunc(names, func(name string) bool { return covers(name, s.Config.DNS.HostName) }) {
		return check.Finding("the certificate is of %s, not of %s", strings.Join(names, ", "), s.Config.DNS.HostName), nil
	}
	days := int(aws.ToTime(c.NotAfter).Sub(s.Now).Hours() / 24)
	if days < certificateDays {
		return check.Finding("the certificate ends in %d days", days), nil
	}
	return check.Pass("the certificate is of %s and valid for %d days", s.Config.DNS.HostName, days), nil
}

// covers reports whether a name of a certificate, which may have a wildcard for one label, is of a host.
func covers(name, host string) bool {
	if wild, isWild := strings.CutPrefix(name, "*."); isWild {
		_, parent, _ := strings.Cut(host, ".")
		return parent == wild
	}
	return name == host
}
