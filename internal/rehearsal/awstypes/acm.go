package awstypes

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
)

func acmTypes() []Type {
	return []Type{
		{
			Token: awstoken.ACMCertificate,
			Simulation: Simulation{
				ID: "{arn}", ARN: "acm:{region}:{account}:certificate/{uuid}",
				Duration: Duration{Create: 5, Update: 2, Delete: 2},
				Outputs:  certificateOutputs,
			},
			Provider: Provider{
				Source: "acm/certificate",
				Checks: map[string][]Check{"domainName": {never(`\.$`, "end with a period")}},
			},
			Permissions: &Permissions{
				Read: actions("acm: DescribeCertificate ListTagsForCertificate"),
				Write: actions("acm: RequestCertificate DeleteCertificate UpdateCertificateOptions " +
					"AddTagsToCertificate RemoveTagsFromCertificate"),
				NeverCalled: []NeverCalled{{
					Actions: actions("acm: ImportCertificate RenewCertificate"),
					Because: "it is requested, not imported, and AWS renews it",
				}},
			},
			Listing: &Listing{
				Kind: "certificate", Service: "acm", Call: "CertificateManager.ListCertificates",
				ID: `"CertificateArn": ?"([^"]+)`,
			},
			Example: Values{"domainName": "new.example.com", "validationMethod": "DNS"},
		},
		{
			Token: awstoken.ACMCertificateValidation,
			Simulation: Simulation{
				ID:       "{uuid}",
				Duration: Duration{Create: 120, Update: 1, Delete: 0},
				References: []Reference{{
					Path: "certificateArn", To: []string{awstoken.ACMCertificate}, By: "arn",
					NotFound: "ResourceNotFoundException",
				}},
				Rules: []Rule{{
					Name: "certificate-validation-records", AWS: Error,
					Refuses: "a certificate whose DNS record does not exist (AWS waits until the timeout)",
					Source:  docs + "acm/latest/userguide/dns-validation.html",
					Check:   validationRecords,
				}},
				Outputs: issueCertificate,
			},
			Provider:    Provider{Source: "acm/certificate_validation"},
			Permissions: &Permissions{Read: actions("acm: DescribeCertificate")},
			NotListed:   "it only waits and creates no resource",
			Example:     Values{"certificateArn": "${pending.arn}"},
		},
	}
}

func certificateOutputs(c *Call) {
	c.ID = c.State["arn"].(string)
	name := c.Text("domainName")
	c.fill("status", "PENDING_VALIDATION")
	c.fill("subjectAlternativeNames", []any{name})
	c.State["domainValidationOptions"] = []any{map[string]any{
		"domainName":          name,
		"resourceRecordName":  ValidationRecord(c.AccountID, name),
		"resourceRecordType":  "CNAME",
		"resourceRecordValue": "_" + validationDigits(c.AccountID, name+" value") + ".acm-validations.aws.",
	}}
	c.fill("keyAlgorithm", "RSA_2048")
}

func issueCertificate(c *Call) {
	if certificate := c.ByID(awstoken.ACMCertificate, c.Text("certificateArn")); certificate != nil {
		certificate.State = maps.Clone(certificate.State)
		certificate.State["status"] = "ISSUED"
	}
}

// ValidationRecord is the name of the record by which ACM validates a name. It is the same for every certificate of the
// account, in every region: https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html
func ValidationRecord(account, name string) string {
	return "_" + validationDigits(account, name) + "." + name + "."
}

func validationDigits(account, name string) string {
	sum := sha256.Sum256([]byte(account + " " + name))
	return hex.EncodeToString(sum[:])[:32]
}

func validationRecords(c *Call) error {
	for _, cert := range c.Find(awstoken.ACMCertificate,
		func(r *Resource) bool { return r.ID == c.Text("certificateArn") }) {
		for _, name := range Texts(cert.State, "domainValidationOptions[].resourceRecordName") {
			is := func(r *Resource) bool {
				recordName, _ := r.State["name"].(string)
				return strings.TrimSuffix(recordName, ".") == strings.TrimSuffix(name, ".")
			}
			if len(c.Find(awstoken.Route53Record, is)) == 0 {
				return fmt.Errorf("the certificate stays in PENDING_VALIDATION: the record %s does not exist", name)
			}
		}
	}
	return nil
}
