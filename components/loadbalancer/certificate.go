package loadbalancer

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/acm"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/naming"
)

// validationTTL of the record in seconds is short, so that resolvers forget a mistake in the zone soon.
const validationTTL = 60

// certificate returns the ARN of a certificate that a listener can use: the configured one, or a new one after ACM
// has validated it.
func (c *LoadBalancer) certificate(ctx *pulumi.Context, name string, args *Args) (pulumi.StringInput, error) {
	if args.Settings.CertificateArn != "" {
		return c.given(ctx, name, args)
	}
	requested, err := acm.NewCertificate(ctx, naming.Child(name, "certificate"), &acm.CertificateArgs{
		DomainName:       pulumi.String(args.DNS.HostName),
		ValidationMethod: pulumi.String("DNS"),
	}, pulumi.Parent(c))
	if err != nil {
		return nil, fmt.Errorf("request the certificate: %w", err)
	}

	// One domain has exactly one option. ACM renews the certificate as long as this record exists.
	option := requested.DomainValidationOptions.Index(pulumi.Int(0))
	if args.Name == NameOfOther {
		// ACM asks for the same record in each region, and the other stack has it.
		return c.validated(ctx, name, requested, option.ResourceRecordName().Elem())
	}
	record, err := route53.NewRecord(ctx, naming.Child(name, "validation"), &route53.RecordArgs{
		ZoneId:  pulumi.String(args.DNS.HostedZoneID),
		Name:    option.ResourceRecordName().Elem(),
		Type:    option.ResourceRecordType().Elem(),
		Records: pulumi.StringArray{option.ResourceRecordValue().Elem()},
		Ttl:     pulumi.Int(validationTTL),
		// ACM needs the same record for every certificate of one name in one account, so it may exist already.
		AllowOverwrite: pulumi.Bool(true),
	}, pulumi.Parent(c))
	if err != nil {
		return nil, fmt.Errorf("create the validation record: %w", err)
	}
	return c.validated(ctx, name, requested, record.Fqdn)
}

// validated returns the certificate's ARN when ACM has issued it.
func (c *LoadBalancer) validated(
	ctx *pulumi.Context, name string, requested *acm.Certificate, record pulumi.StringInput,
) (pulumi.StringInput, error) {
	// Validation takes minutes, and up to half an hour according to AWS. With a zone that no registrar delegates to, the
	// provider would wait for its own limit of 75 minutes.
	validated, err := acm.NewCertificateValidation(ctx, naming.Child(name, "validated"), &acm.CertificateValidationArgs{
		CertificateArn:        requested.Arn,
		ValidationRecordFqdns: pulumi.StringArray{record},
	}, pulumi.Parent(c), pulumi.Timeouts(&pulumi.CustomTimeouts{Create: "45m"}))
	if err != nil {
		return nil, fmt.Errorf("wait for the certificate: %w", err)
	}
	return validated.CertificateArn, nil
}

// given returns the ARN of the configured certificate after a check. The provider has no look-up by ARN, so the
// certificate is a resource that is only read. A preview reads it too: one that is missing, not issued or of other
// names ends there, and not at the listener or in the users' browsers.
func (c *LoadBalancer) given(ctx *pulumi.Context, name string, args *Args) (pulumi.StringInput, error) {
	arn, host := args.Settings.CertificateArn, args.DNS.HostName
	found, err := acm.GetCertificate(ctx, naming.Child(name, "given-certificate"), pulumi.ID(arn), nil, pulumi.Parent(c))
	if err != nil {
		return nil, fmt.Errorf("read the certificate: %w", err)
	}
	return pulumi.All(found.Arn, found.Status, found.DomainName, found.SubjectAlternativeNames).ApplyT(
		func(values []any) (string, error) {
			status, _ := values[1].(string)
			first, _ := values[2].(string)
			more, _ := values[3].([]string)
			names := append([]string{first}, more...)
			switch {
			case status != "ISSUED":
				return "", fmt.Errorf("loadBalancer.certificateArn: must be an issued certificate, got %q: it is in the state %s",
					arn, status)
			case !slices.ContainsFunc(names, func(of string) bool { return covers(of, host) }):
				return "", fmt.Errorf("loadBalancer.certificateArn: must be a certificate of dns.hostName %s, got %q: it is of %s",
					host, arn, strings.Join(slices.Compact(names), ", "))
			}
			return arn, nil
		}).(pulumi.StringOutput), nil
}

// covers reports whether a name in a certificate is that of a host. "*" stands for one label.
func covers(name, host string) bool {
	name, host = strings.ToLower(name), strings.ToLower(host)
	parent, isWildcard := strings.CutPrefix(name, "*.")
	_, above, _ := strings.Cut(host, ".")
	return name == host || isWildcard && parent == above
}
