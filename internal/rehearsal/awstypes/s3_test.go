package awstypes_test

import (
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
)

func s3Cases() []ruleCase {
	return []ruleCase{
		{rule: "bucket-encryption", token: awstoken.S3BucketEncryption, refused: []refusedRequest{{
			why: "a KMS key with AES256", want: "not allowed with the algorithm AES256",
			changes: values{"rules": []any{values{
				"applyServerSideEncryptionByDefault": values{"sseAlgorithm": "AES256", "kmsMasterKeyId": "${key.arn}"},
			}}},
		}}},
		{rule: "bucket-lifecycle", token: awstoken.S3BucketLifecycle, refused: []refusedRequest{
			{why: "no rule", changes: values{"rules": []any{}}, want: "needs a rule"},
			{why: "an expiration after 0 days", want: "must be a positive integer", changes: values{"rules": []any{
				values{"id": "expiry", "status": "Enabled", "expiration": values{"days": -1}},
			}}},
		}},
		{rule: "bucket-policy", token: awstoken.S3BucketPolicy, refused: []refusedRequest{
			{why: "no policy", changes: values{"policy": "{}"}, want: "MalformedPolicy"},
			{
				why: "objects of another bucket", want: "invalid resource arn:aws:s3:::delivery/*",
				changes: values{
					"policy": policy(
						with(allow("AWS", "${root}", "s3:GetObject"), values{"Resource": "${delivery.arn}/*"}),
					),
				},
			},
			{
				why: "a public policy while public policies are blocked", want: "blocked by the BlockPublicPolicy setting",
				prepare: func(w *world) {
					w.need("block", awstoken.S3BucketPublicAccessBlock, example(awstoken.S3BucketPublicAccessBlock))
				},
				changes: values{
					"policy": policy(with(allow("AWS", "*", "s3:GetObject"), values{"Resource": "${plain.arn}/*"})),
				},
			},
		}},
		{rule: "object-tags", token: awstoken.S3Object, refused: []refusedRequest{{
			why: "11 tags", want: "Object tags cannot be greater than 10",
			changes: values{"tags": values{
				"a": "1", "b": "1", "c": "1", "d": "1", "e": "1", "f": "1", "g": "1", "h": "1", "i": "1", "j": "1", "k": "1",
			}},
		}}},
		{rule: "object-key", token: awstoken.S3Object, refused: []refusedRequest{{
			why: "a key of 1,025 bytes", want: "Your key is too long", changes: values{"key": strings.Repeat("k", 1025)},
		}}},
	}
}
