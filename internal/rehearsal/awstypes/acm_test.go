package awstypes_test

import "github.com/morpheus-ha/morpheus-aws/internal/awstoken"

func acmCases() []ruleCase {
	return []ruleCase{
		{rule: "certificate-validation-records", token: awstoken.ACMCertificateValidation, refused: []refusedRequest{
			{why: "a certificate without its record", removed: "pending-record", want: "stays in PENDING_VALIDATION"},
		}},
	}
}
