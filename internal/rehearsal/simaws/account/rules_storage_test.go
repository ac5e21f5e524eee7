package account_test

const (
	bucket           = "aws:s3/bucketV2:BucketV2"
	bucketVersions   = "aws:s3/bucketVersioningV2:BucketVersioningV2"
	bucketOwner      = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
	bucketBlock      = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
	bucketEncryption = "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2"
	bucketLifecycle  = "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2"
	bucketPolicy     = "aws:s3/bucketPolicy:BucketPolicy"
	webACL           = "aws:wafv2/webAclAssociation:WebAclAssociation"
)

// The bucket "delivery" of the world takes logs of load balancers; "encrypted" would, without its KMS key.
func init() {
	ssl := func(algorithm string) []any {
		return []any{values{"applyServerSideEncryptionByDefault": values{"sseAlgorithm": algorithm}}}
	}
	for token, inputs := range map[string]values{
		bucket:           {"bucket": "app"},
		bucketVersions:   {"bucket": "${delivery.id}", "versioningConfiguration": values{"status": "Enabled"}},
		bucketOwner:      {"bucket": "${delivery.id}", "rule": values{"objectOwnership": "BucketOwnerEnforced"}},
		bucketBlock:      {"bucket": "${plain.id}", "blockPublicPolicy": true},
		bucketEncryption: {"bucket": "${plain.id}", "rules": ssl("AES256")},
		bucketLifecycle: {"bucket": "${delivery.id}", "rules": []any{
			values{"id": "expiry", "status": "Enabled", "expiration": values{"days": 90}},
		}},
		bucketPolicy: {"bucket": "${plain.id}", "policy": policy(with(allow("AWS", "${root}", "s3:GetObject"), values{"Resource": "${plain.arn}/*"}))},
		webACL:       {"webAclArn": "${web-acl}", "resourceArn": "${balancer.arn}"},
	} {
		valid[token] = inputs
	}
}

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
			{why: "a bucket with a KMS key", changes: values{"accessLogs": logs("${encrypted.id}")}, want: "Access Denied for bucket: encrypted"},
		}},
	}
}
