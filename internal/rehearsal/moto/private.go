package moto

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
)

// privateCA is the authority of the certificate. moto does not look for it, and such a certificate is issued at once.
const privateCA = "arn:aws:acm-pca:us-east-1:123456789012:certificate-authority/0e157100-0000-4000-8000-00000000000a"

// privateZone creates a private hosted zone for the existing VPC, and a certificate for a host name in it.
func (s *Server) privateZone(ctx context.Context, domain string) error {
	zone, err := route53.NewFromConfig(s.config()).CreateHostedZone(ctx, &route53.CreateHostedZoneInput{
		Name: aws.String(domain), CallerReference: aws.String("private"),
		HostedZoneConfig: &types.HostedZoneConfig{PrivateZone: true},
		VPC: &types.VPC{
			VPCId:     aws.String(s.Existing["network.existing.vpcId"]),
			VPCRegion: types.VPCRegion(s.region),
		},
	})
	if err != nil {
		return fmt.Errorf("private hosted zone: %w", err)
	}
	answer, err := s.call(ctx, http.MethodPost, "", "acm", http.Header{
		"Content-Type": {"application/x-amz-json-1.1"}, "X-Amz-Target": {"CertificateManager.RequestCertificate"},
	}, fmt.Sprintf(`{"DomainName":"*.%s","CertificateAuthorityArn":%q}`, domain, privateCA))
	var certificate struct{ CertificateArn string }
	if err = errors.Join(err, json.Unmarshal(answer, &certificate)); err != nil {
		return fmt.Errorf("certificate: %w", err)
	}
	s.private = map[string]string{
		"dns.hostedZoneId":            strings.TrimPrefix(aws.ToString(zone.HostedZone.Id), "/hostedzone/"),
		"loadBalancer.certificateArn": certificate.CertificateArn,
	}
	return nil
}

// Fixture returns the configuration values that depend on this account, for a public or a private stack.
func (s *Server) Fixture(private bool) map[string]string {
	out := maps.Clone(s.Existing)
	out["dns.hostedZoneId"], out["cluster.imageId"] = s.HostedZoneID, ubuntuImage
	if private {
		maps.Copy(out, s.private)
	}
	return out
}
