package account_test

import "github.com/morpheus-ha/morpheus-aws/internal/awstoken"

const (
	bucket           = awstoken.S3Bucket
	bucketVersions   = awstoken.S3BucketVersioning
	bucketOwner      = awstoken.S3BucketOwnershipControls
	bucketBlock      = awstoken.S3BucketPublicAccessBlock
	bucketEncryption = awstoken.S3BucketEncryption
	bucketLifecycle  = awstoken.S3BucketLifecycle
	bucketPolicy     = awstoken.S3BucketPolicy
	webACL           = awstoken.WAFWebACLAssociation
)

func (w *world) buckets() {
	w.need("plain", bucket, values{"bucket": "plain"})
	for _, name := range []string{"delivery", "encrypted"} {
		w.need(name, bucket, values{"bucket": name})
		w.need(name+"-policy", bucketPolicy, values{"bucket": "${" + name + ".id}", "policy": policy(
			with(allow("Service", "logdelivery.elasticloadbalancing.amazonaws.com", "s3:PutObject"),
				values{"Resource": "${" + name + ".arn}/AWSLogs/${account}/*"}),
		)})
	}
	w.need("encryption", bucketEncryption, values{"bucket": "${encrypted.id}", "rules": []any{values{
		"applyServerSideEncryptionByDefault": values{"sseAlgorithm": "aws:kms", "kmsMasterKeyId": "${key.arn}"},
	}}})
}

func bucketRefusals() []refusal {
	logs := func(bucket string) values { return values{"bucket": bucket, "enabled": true} }
	return []refusal{
		{rule: "bucket-encryption", token: bucketEncryption, refused: []neighbour{{
			why: "a KMS key beside S3's own", want: "not allowed with the algorithm AES256", changes: values{"rules": []any{values{
				"applyServerSideEncryptionByDefault": values{"sseAlgorithm": "AES256", "kmsMasterKeyId": "${key.arn}"},
			}}},
		}}},
		{rule: "bucket-lifecycle", token: bucketLifecycle, refused: []neighbour{
			{why: "no rule", changes: values{"rules": []any{}}, want: "needs a rule"},
			{why: "an end after no day", want: "must be a positive integer", changes: values{"rules": []any{
				values{"id": "expiry", "status": "Enabled", "expiration": values{"days": -1}},
			}}},
		}},
		{rule: "bucket-policy", token: bucketPolicy, refused: []neighbour{
			{why: "no policy", changes: values{"policy": "{}"}, want: "MalformedPolicy"},
			{
				why: "objects of another bucket", want: "invalid resource arn:aws:s3:::delivery/*",
				changes: values{"policy": policy(with(allow("AWS", "${root}", "s3:GetObject"), values{"Resource": "${delivery.arn}/*"}))},
			},
			{
				why: "everybody behind the wall", want: "blocked by the BlockPublicPolicy setting",
				before:  func(w *world) { w.need("block", bucketBlock, valid[bucketBlock]) },
				changes: values{"policy": policy(with(allow("AWS", "*", "s3:GetObject"), values{"Resource": "${plain.arn}/*"}))},
			},
		}},
		{rule: "load-balancer-logs", token: balancer, accepted: values{
			"accessLogs": logs("${delivery.id}"), "connectionLogs": logs("${delivery.id}"),
		}, refused: []neighbour{
			{why: "access logs to a bucket without policy", changes: values{"accessLogs": logs("${plain.id}")}, want: "Access Denied for bucket: plain"},
			{why: "connection logs to a bucket without policy", changes: values{"connectionLogs": logs("${plain.id}")}, want: "Access Denied for bucket: plain"},
			{
				why: "a prefix that the policy does not allow", want: "Access Denied for bucket: delivery",
				changes: values{"accessLogs": values{"bucket": "${delivery.id}", "enabled": true, "prefix": "web"}},
			},
			{
				why: "a bucket policy that allows log delivery and denies it", want: "Access Denied for bucket: plain",
				changes: values{"accessLogs": logs("${plain.id}")}, before: func(w *world) {
					delivery := func(effect string) values {
						return with(allow("Service", "logdelivery.elasticloadbalancing.amazonaws.com", "s3:PutObject"),
							values{"Effect": effect, "Resource": "${plain.arn}/*"})
					}
					w.need("plain-policy", bucketPolicy, values{"bucket": "${plain.id}", "policy": policy(delivery("Allow"), delivery("Deny"))})
				},
			},
			{why: "a bucket with a KMS key", changes: values{"accessLogs": logs("${encrypted.id}")}, want: "Access Denied for bucket: encrypted"},
		}},
	}
}
