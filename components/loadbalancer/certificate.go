package loadbalancer

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/acm"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/naming"
)

// validationTTL of the record is short, so that a mistake in the zone is not remembered for long.
const validationTTL = 60

// certificate returns the ARN of a certificate that a listener can use now: the given one, or a new one once ACM has
// validated it.
func (c *LoadBalancer) certificate(ctx *pulumi.Context, name string, args *Args) (pulumi.StringInput, error) {
	if args.CertificateArn != "" {
		return pulumi.String(args.CertificateArn), nil
	}
	requested, err := acm.NewCertificate(ctx, naming.Child(name, "certificate"), &acm.CertificateArgs{
		DomainName:       pulumi.String(args.HostName),
		ValidationMethod: pulumi.String("DNS"),
	}, pulumi.Parent(c))
	if err != nil {
		return nil, fmt.Errorf("request the certificate: %w", err)
	}

	// One domain, so exactly one option. ACM renews the certificate for as long as this record stands.
	option := requested.DomainValidationOptions.Index(pulumi.Int(0))
	record, err := route53.NewRecord(ctx, naming.Child(name, "validation"), &route53.RecordArgs{
		ZoneId:  pulumi.String(args.HostedZoneID),
		Name:    option.ResourceRecordName().Elem(),
		Type:    option.ResourceRecordType().Elem(),
		Records: pulumi.StringArray{option.ResourceRecordValue().Elem()},
		Ttl:     pulumi.Int(validationTTL),
		// ACM asks for the same record for every certificate of one name in one account, so an earlier one may have left it.
		AllowOverwrite: pulumi.Bool(true),
	}, pulumi.Parent(c))
	if err != nil {
		return nil, fmt.Errorf("create the validation record: %w", err)
	}

	// Validation takes minutes, and AWS says up to half an hour. The provider's own limit of 75 minutes would be spent
	// in full on a zone that no registrar delegates to.
	validated, err := acm.NewCertificateValidation(ctx, naming.Child(name, "validated"), &acm.CertificateValidationArgs{
		CertificateArn:        requested.Arn,
		ValidationRecordFqdns: pulumi.StringArray{record.Fqdn},
	}, pulumi.Parent(c), pulumi.Timeouts(&pulumi.CustomTimeouts{Create: "45m"}))
	if err != nil {
		return nil, fmt.Errorf("wait for the certificate: %w", err)
	}
	return validated.CertificateArn, nil
}
