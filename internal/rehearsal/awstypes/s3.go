package awstypes

import (
	"fmt"
	"slices"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/evaluate"
)

func s3Types() []Type {
	return []Type{
		bucket(),
		bucketSetting(Type{
			Token:    awstoken.S3BucketVersioning,
			Provider: Provider{Source: "s3/bucket_versioning"},
			Permissions: &Permissions{
				Read:  actions("s3: GetBucketVersioning"),
				Write: actions("s3: PutBucketVersioning"),
			},
			Example: Values{"bucket": "${delivery.id}", "versioningConfiguration": Values{"status": "Enabled"}},
		}),
		bucketSetting(Type{
			Token:    awstoken.S3BucketOwnershipControls,
			Provider: Provider{Source: "s3/bucket_ownership_controls"},
			Permissions: &Permissions{
				Read:  actions("s3: GetBucketOwnershipControls"),
				Write: actions("s3: PutBucketOwnershipControls"),
			},
			Example: Values{"bucket": "${delivery.id}", "rule": Values{"objectOwnership": "BucketOwnerEnforced"}},
		}),
		bucketSetting(Type{
			Token:    awstoken.S3BucketPublicAccessBlock,
			Provider: Provider{Source: "s3/bucket_public_access_block"},
			Permissions: &Permissions{
				Read:  actions("s3: GetBucketPublicAccessBlock"),
				Write: actions("s3: PutBucketPublicAccessBlock"),
			},
			Example: Values{"bucket": "${plain.id}", "blockPublicPolicy": true},
		}),
		bucketSetting(Type{
			Token: awstoken.S3BucketEncryption,
			Simulation: Simulation{
				References: []Reference{toKey("rules[].applyServerSideEncryptionByDefault.kmsMasterKeyId")},
				Rules: []Rule{{
					Name: "bucket-encryption", AWS: Error,
					Refuses: "a KMS key with AES256 encryption",
					Source:  docs + "AmazonS3/latest/userguide/UsingKMSEncryption.html",
					Check:   bucketEncryption,
				}},
			},
			Provider: Provider{Source: "s3/bucket_server_side_encryption_configuration"},
			Permissions: &Permissions{
				Read:  actions("s3: GetEncryptionConfiguration"),
				Write: actions("s3: PutEncryptionConfiguration"),
			},
			Example: Values{"bucket": "${plain.id}", "rules": []any{
				Values{"applyServerSideEncryptionByDefault": Values{"sseAlgorithm": "AES256"}},
			}},
		}),
		bucketSetting(Type{
			Token: awstoken.S3BucketLifecycle,
			Simulation: Simulation{Rules: []Rule{{
				Name: "bucket-lifecycle", AWS: Error,
				Refuses: "no rule, an expiration after 0 days",
				Source:  docs + "AmazonS3/latest/userguide/intro-lifecycle-rules.html",
				Check:   bucketLifecycle,
			}}},
			Provider: Provider{Source: "s3/bucket_lifecycle_configuration"},
			Permissions: &Permissions{
				Read:  actions("s3: GetLifecycleConfiguration"),
				Write: actions("s3: PutLifecycleConfiguration"),
			},
			Example: Values{"bucket": "${delivery.id}", "rules": []any{
				Values{"id": "expiry", "status": "Enabled", "expiration": Values{"days": 90}},
			}},
		}),
		bucketSetting(Type{
			Token: awstoken.S3BucketPolicy,
			Simulation: Simulation{Rules: []Rule{{
				Name: "bucket-policy", AWS: Error,
				Refuses: "resources of another bucket; a public policy while public policies are blocked",
				Source:  docs + "AmazonS3/latest/userguide/access-control-block-public-access.html",
				Check:   bucketPolicy,
			}}},
			Provider: Provider{Source: "s3/bucket_policy", Checks: map[string][]Check{"policy": {isJSON}}},
			Permissions: &Permissions{
				Read:  actions("s3: GetBucketPolicy"),
				Write: actions("s3: PutBucketPolicy DeleteBucketPolicy"),
			},
			Example: Values{
				"bucket": "${plain.id}", "policy": policy(allow("AWS", "${root}", "${plain.arn}/*", "s3:GetObject")),
			},
		}),
		object(),
	}
}

// bucketSetting completes the record of a bucket setting. A bucket has each setting once. Settings do not block the
// deletion of their bucket.
func bucketSetting(t Type) Type {
	t.Simulation.ID, t.Simulation.Unique = "{bucket}", "bucket"
	t.Simulation.Duration = Duration{Create: 1, Update: 1, Delete: 1}
	t.Simulation.References = append(t.Simulation.References, toBucket("bucket", "NoSuchBucket"))
	t.NotListed = "a setting of the bucket"
	return t
}

func bucket() Type {
	return Type{
		Token: awstoken.S3Bucket,
		Simulation: Simulation{
			// Names are unique in a partition; simulated accounts do not share one.
			ID: "{bucket}", Unique: "bucket",
			Duration: Duration{Create: 2, Update: 1, Delete: 1},
			Outputs: func(c *Call) {
				c.State["arn"] = c.Expand("arn:{partition}:s3:::{bucket}")
				c.State["region"] = c.Region
				c.State["bucketDomainName"] = c.Expand("{bucket}.s3.amazonaws.com")
				c.State["bucketRegionalDomainName"] = c.Expand("{bucket}.s3.{region}.amazonaws.com")
			},
			OnDelete: deleteObjects,
		},
		Provider: Provider{Source: "s3/bucket", Autonamed: "bucket", NameLimit: 63},
		Permissions: &Permissions{
			// The provider reads every setting of a bucket.
			Read: actions("s3: ListBucket GetAccelerateConfiguration GetBucketAcl GetBucketCORS GetBucketLogging " +
				"GetBucketObjectLockConfiguration GetBucketPolicy GetBucketRequestPayment GetBucketTagging " +
				"GetBucketVersioning GetBucketWebsite GetEncryptionConfiguration GetLifecycleConfiguration " +
				"GetReplicationConfiguration"),
			// In development, a bucket is deleted with its objects.
			Write: actions("s3: CreateBucket DeleteBucket PutBucketTagging ListBucketVersions DeleteObject " +
				"DeleteObjectVersion"),
			NeverCalled: []NeverCalled{
				{
					Actions: actions("s3: DeleteBucketPolicy DeleteBucketWebsite PutAccelerateConfiguration " +
						"PutBucketCORS " +
						"PutBucketLogging PutBucketObjectLockConfiguration PutBucketPolicy PutBucketRequestPayment " +
						"PutBucketVersioning PutBucketWebsite PutEncryptionConfiguration PutLifecycleConfiguration " +
						"PutReplicationConfiguration"),
					Because: "its settings are separate resources",
				},
				{Actions: actions("s3: PutBucketAcl"), Because: "no ACL: private is the default"},
				{Actions: actions("s3: PutObjectLegalHold"), Because: "no object is locked"},
			},
		},
		Listing: &Listing{Kind: "bucket", Service: "s3", Call: "/", ID: `<Bucket>.*?<Name>([^<]+)`},
		Example: Values{"bucket": "app"},
	}
}

// object is a file in a bucket. A second object with the same key replaces the first, as a version without versioning.
func object() Type {
	return Type{
		Token: awstoken.S3Object,
		Simulation: Simulation{
			// The provider's id is the key alone, and its reads name the bucket too.
			ID:         "{bucket}/{key}",
			References: []Reference{toBucket("bucket", "NoSuchBucket")},
			Duration:   Duration{Create: 1, Update: 1, Delete: 1},
			Outputs: func(c *Call) {
				c.State["arn"] = c.Expand("arn:{partition}:s3:::{bucket}/{key}")
				for _, former := range c.FindBy(awstoken.S3Object, "arn", c.State["arn"]) {
					c.Store.Remove(former)
				}
			},
			Rules: []Rule{
				{
					Name: "object-tags", AWS: Error,
					Refuses: "more than 10 tags of an object; the provider's default tags count",
					Source:  docs + "AmazonS3/latest/userguide/object-tagging.html",
					Check: func(c *Call) error {
						if tags, ok := c.In["tags"].(map[string]any); ok && len(tags) > 10 {
							return fmt.Errorf("BadRequest: Object tags cannot be greater than 10")
						}
						return nil
					},
				},
				{
					Name: "object-key", AWS: Error,
					Refuses: "a key of more than 1,024 bytes",
					Source:  docs + "AmazonS3/latest/userguide/object-keys.html",
					Check: func(c *Call) error {
						if len(c.Text("key")) > 1024 {
							return fmt.Errorf("KeyTooLongError: Your key is too long")
						}
						return nil
					},
				},
			},
		},
		Provider: Provider{Source: "s3/object"},
		Permissions: &Permissions{
			Read:  actions("s3: GetObject GetObjectTagging"),
			Write: actions("s3: PutObject PutObjectTagging DeleteObject DeleteObjectTagging"),
			NeverCalled: []NeverCalled{
				{Actions: actions("s3: PutObjectAcl"), Because: "no ACL: the bucket's owner owns every object"},
				{Actions: actions("s3: PutObjectLegalHold PutObjectRetention"), Because: "no object is locked"},
				{Actions: actions("s3: ListBucketVersions"), Because: "the bucket has no versions"},
			},
		},
		NotListed: "it is deleted with its bucket",
		Example:   Values{"bucket": "${plain.id}", "key": "boot/files.sh", "content": "true"},
	}
}

// deleteObjects refuses to delete a bucket with objects, unless the provider has been told to delete them first.
func deleteObjects(c *Call) error {
	for _, object := range c.FindBy(awstoken.S3Object, "bucket", c.ID) {
		if c.State["forceDestroy"] != true {
			return fmt.Errorf("BucketNotEmpty: The bucket you tried to delete is not empty: %s", object.ID)
		}
		c.Store.Remove(object)
	}
	return nil
}

func bucketEncryption(c *Call) error {
	for _, algorithm := range c.texts("rules[].applyServerSideEncryptionByDefault.sseAlgorithm") {
		if algorithm == "AES256" && len(c.texts("rules[].applyServerSideEncryptionByDefault.kmsMasterKeyId")) > 0 {
			return fmt.Errorf("InvalidArgument: a KMS master key is not allowed with the algorithm AES256")
		}
	}
	return nil
}

func bucketLifecycle(c *Call) error {
	if len(at(c.In, "rules[]")) == 0 {
		return fmt.Errorf("MalformedXML: a lifecycle configuration needs a rule")
	}
	for _, path := range []string{"rules[].expiration.days", "rules[].noncurrentVersionExpiration.noncurrentDays"} {
		for _, v := range at(c.In, path) {
			if n, isNumber := v.(float64); isNumber && n <= 0 {
				return fmt.Errorf("InvalidArgument: 'Days' must be a positive integer, %s is %.0f", path, n)
			}
		}
	}
	return nil
}

// bucketPolicy refuses resources of another bucket, and a public policy while the bucket blocks public policies.
func bucketPolicy(c *Call) error {
	doc, err := evaluate.Parse(c.Text("policy"))
	if err != nil {
		return fmt.Errorf("MalformedPolicy: %w", err)
	}
	arn := c.Expand("arn:{partition}:s3:::{bucket}")
	for _, s := range doc.Statements {
		for _, resource := range slices.Concat(s.Resource, s.NotResource) {
			if resource != arn && !strings.HasPrefix(resource, arn+"/") {
				return fmt.Errorf("MalformedPolicy: Policy has invalid resource %s: it is not of bucket %s",
					resource, c.Text("bucket"))
			}
		}
		if allowsEveryone(s) && c.blocksPolicies() {
			return fmt.Errorf("AccessDenied: public policies are blocked by the BlockPublicPolicy setting of "+
				"bucket %s", c.Text("bucket"))
		}
	}
	return nil
}

func (c *Call) blocksPolicies() bool {
	is := func(r *Resource) bool {
		return r.State["bucket"] == c.Text("bucket") && r.State["blockPublicPolicy"] == true
	}
	return len(c.Find(awstoken.S3BucketPublicAccessBlock, is)) > 0
}
