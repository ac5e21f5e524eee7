package account

import (
	"fmt"
	"slices"
	"strings"
)

const (
	bucketT           = "aws:s3/bucketV2:BucketV2"
	bucketPolicyT     = "aws:s3/bucketPolicy:BucketPolicy"
	bucketBlockT      = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
	bucketEncryptionT = "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2"
	s3Guide           = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/"
	elbLogs           = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html"
)

// ofBucket is the bucket of a setting; each bucket has a setting once. Settings do not keep a bucket from its deletion.
func ofBucket(k Kind) Kind {
	k.ID, k.Unique, k.Took = "{bucket}", "bucket", Took{1, 1, 1}
	k.Refs = append(k.Refs, Ref{Path: "bucket", To: []string{bucketT}, By: "id", NotFound: "NoSuchBucket"})
	return k
}

func init() {
	register(
		Kind{
			// Unique in a partition; the simulated accounts share none.
			Token: bucketT, ID: "{bucket}", Unique: "bucket", Took: Took{2, 1, 1},
			Outputs: func(c *Call) {
				c.State["arn"] = c.expand("arn:{partition}:s3:::{bucket}")
				c.State["region"] = c.Region
				c.State["bucketDomainName"] = c.expand("{bucket}.s3.amazonaws.com")
				c.State["bucketRegionalDomainName"] = c.expand("{bucket}.s3.{region}.amazonaws.com")
			},
		},
		ofBucket(Kind{Token: "aws:s3/bucketVersioningV2:BucketVersioningV2"}),
		ofBucket(Kind{Token: "aws:s3/bucketOwnershipControls:BucketOwnershipControls"}),
		ofBucket(Kind{Token: bucketBlockT}),
		ofBucket(Kind{
			Token: bucketEncryptionT,
			Refs:  []Ref{kmsKey("rules[].applyServerSideEncryptionByDefault.kmsMasterKeyId")},
			Rules: []Rule{{"bucket-encryption", s3Guide + "UsingKMSEncryption.html", bucketEncryption}},
		}),
		ofBucket(Kind{
			Token: "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2",
			Rules: []Rule{{"bucket-lifecycle", s3Guide + "intro-lifecycle-rules.html", bucketLifecycle}},
		}),
		ofBucket(Kind{
			Token: bucketPolicyT,
			Rules: []Rule{{"bucket-policy", s3Guide + "access-control-block-public-access.html", bucketPolicy}},
		}),
	)
}

func bucketEncryption(c *Call) error {
	for _, algorithm := range c.Texts("rules[].applyServerSideEncryptionByDefault.sseAlgorithm") {
		if algorithm == "AES256" && len(c.Texts("rules[].applyServerSideEncryptionByDefault.kmsMasterKeyId")) > 0 {
			return fmt.Errorf("InvalidArgument: a KMS master key is not allowed with the algorithm AES256")
		}
	}
	return nil
}

func bucketLifecycle(c *Call) error {
	if len(c.All("rules[]")) == 0 {
		return fmt.Errorf("MalformedXML: a lifecycle configuration needs a rule")
	}
	for _, path := range []string{"rules[].expiration.days", "rules[].noncurrentVersionExpiration.noncurrentDays"} {
		for _, v := range c.All(path) {
			if n, isNumber := v.(float64); isNumber && n <= 0 {
				return fmt.Errorf("InvalidArgument: 'Days' must be a positive integer, %s is %.0f", path, n)
			}
		}
	}
	return nil
}

// bucketPolicy refuses what belongs to another bucket, and what makes the bucket public behind its wall.
func bucketPolicy(c *Call) error {
	doc, err := document(c.Text("policy"))
	if err != nil || len(doc.Statement) == 0 {
		return fmt.Errorf("MalformedPolicy: the bucket policy has no statement")
	}
	arn := c.expand("arn:{partition}:s3:::{bucket}")
	for _, s := range doc.Statement {
		for _, resource := range list(s.Resource) {
			if resource != arn && !strings.HasPrefix(resource, arn+"/") {
				return fmt.Errorf("MalformedPolicy: Policy has invalid resource %s: it is not of bucket %s", resource, c.Text("bucket"))
			}
		}
		if s.Effect == "Allow" && everybody(s.Principal) && len(s.Condition) == 0 && c.blocksPolicies() {
			return fmt.Errorf("AccessDenied: public policies are blocked by the BlockPublicPolicy setting of bucket %s", c.Text("bucket"))
		}
	}
	return nil
}

func everybody(principal any) bool {
	if names, ok := principal.(map[string]any); ok {
		return slices.Contains(list(names["AWS"]), "*")
	}
	return principal == "*"
}

func (c *Call) blocksPolicies() bool {
	is := func(r *Resource) bool {
		return r.State["bucket"] == c.Text("bucket") && r.State["blockPublicPolicy"] == true
	}
	return len(c.Find(bucketBlockT, is)) > 0
}

// balancerLogs is the test file that a load balancer writes when logging is turned on: log delivery must be allowed in,
// and cannot use KMS keys.
func balancerLogs(c *Call) error {
	for _, kind := range []string{"accessLogs", "connectionLogs"} {
		bucket := c.Text(kind + ".bucket")
		if bucket == "" || !c.True(kind+".enabled") {
			continue
		}
		if !c.deliveryAllowed(bucket, c.Text(kind+".prefix")) {
			return fmt.Errorf("InvalidConfigurationRequest: Access Denied for bucket: %s. Please check S3bucket permission", bucket)
		}
	}
	return nil
}

func (c *Call) deliveryAllowed(bucket, prefix string) bool {
	ofBucket := func(r *Resource) bool { return r.State["bucket"] == bucket }
	for _, e := range c.Find(bucketEncryptionT, ofBucket) {
		if covers(texts(e.State, "rules[].applyServerSideEncryptionByDefault.sseAlgorithm"), "aws:kms") {
			return false
		}
	}
	if prefix != "" {
		prefix += "/"
	}
	object := c.expand("arn:{partition}:s3:::" + bucket + "/" + prefix + "AWSLogs/{account}/ELBAccessLogTestFile")
	for _, p := range c.Find(bucketPolicyT, ofBucket) {
		text, _ := p.State["policy"].(string)
		doc, err := document(text)
		if err != nil {
			continue
		}
		for _, s := range doc.Statement {
			principal, _ := s.Principal.(map[string]any)
			if s.Effect == "Allow" && covers(list(principal["Service"]), "logdelivery.elasticloadbalancing.amazonaws.com") &&
				covers(list(s.Action), "s3:PutObject") && covers(list(s.Resource), object) {
				return true
			}
		}
	}
	return false
}
