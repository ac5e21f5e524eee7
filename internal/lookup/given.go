package lookup

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/secretsmanager"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/wafv2"

	"github.com/morpheus-ha/morpheus-aws/components/cluster"
	"github.com/morpheus-ha/morpheus-aws/components/cluster/boot"
)

// givenChecks look up what the configuration names and the stack does not create. What is in another partition has a
// problem already.
func (q *query) givenChecks(partition string) []func() {
	var out []func()
	c := q.config
	if there(c.Access.PermissionsBoundary, partition) {
		out = append(out, q.checkBoundary)
	}
	if there(c.Morpheus.SetupSecretArn, partition) {
		out = append(out, q.checkSetupSecret)
	}
	if there(c.LoadBalancer.WebACLArn, partition) {
		out = append(out, q.checkWebACL)
	}
	// A cluster that exists does not read it again, and it may be deleted then.
	if there(c.Database.SnapshotIdentifier, partition) && !q.unchanged(heldDatabase) {
		out = append(out, q.checkSnapshot)
	}
	return out
}

// there reports whether something is given, and if by its ARN, in the partition.
func there(given, partition string) bool {
	parts := strings.Split(given, ":")
	return given != "" && (parts[0] != "arn" || len(parts) > 1 && parts[1] == partition)
}

func (q *query) checkBoundary() {
	arn := q.config.Access.PermissionsBoundary
	if _, err := iam.LookupPolicy(q.ctx, &iam.LookupPolicyArgs{Arn: &arn}, q.in); err != nil {
		q.add("access.permissionsBoundary", arn, "a policy that the account has", err.Error())
	}
}

func (q *query) checkSetupSecret() {
	arn := q.config.Morpheus.SetupSecretArn
	if _, err := secretsmanager.LookupSecret(q.ctx, &secretsmanager.LookupSecretArgs{Arn: &arn}, q.in); err != nil {
		q.add("morpheus.setupSecretArn", arn, "a secret that the account has there", err.Error())
	}
}

// checkWebACL finds the ACL by its name, because the provider has no look-up by ARN.
func (q *query) checkWebACL() {
	const key, allowed = "loadBalancer.webAclArn", "a web ACL that the account has there"
	arn := q.config.LoadBalancer.WebACLArn
	parts := strings.Split(arn, "/") // arn:aws:wafv2:<region>:<account>:regional/webacl/<name>/<id>
	if len(parts) < 4 {
		return
	}
	found, err := wafv2.LookupWebAcl(q.ctx, &wafv2.LookupWebAclArgs{Name: parts[2], Scope: "REGIONAL"}, q.in)
	switch {
	case err != nil:
		q.add(key, arn, allowed, err.Error())
	case found.Arn != arn:
		q.add(key, arn, allowed, "the web ACL of that name is "+found.Arn)
	}
}

func (q *query) checkSnapshot() {
	const key = "database.snapshotIdentifier"
	id, shared := q.config.Database.SnapshotIdentifier, true
	found, err := rds.LookupClusterSnapshot(q.ctx, &rds.LookupClusterSnapshotArgs{
		DbClusterSnapshotIdentifier: &id, IncludeShared: &shared,
	}, q.in)
	switch {
	case err != nil:
		q.add(key, id, "a snapshot of a cluster that the account sees in "+q.config.AWS.Region, err.Error())
	case found.Engine != "aurora-mysql":
		q.add(key, id, "a snapshot of Aurora MySQL", "it is of "+found.Engine)
	case found.Status != "available":
		q.add(key, id, "a snapshot that is available", "it is in the state "+found.Status)
	}
}

// object is a file that the nodes download, and the key of its checksum.
type object struct{ bucket, path, key, sumKey, sum string }

// objectChecks look up the bucket with the tools, then its objects, and the packages that are in S3.
func (q *query) objectChecks() []func() {
	c := q.config
	var packages []func()
	for _, p := range []struct{ key, url, sumKey, sum string }{
		{
			key: "morpheus.packageUrl", url: c.Morpheus.PackageURL,
			sumKey: "morpheus.packageSha256", sum: c.Morpheus.PackageSHA256,
		},
		{
			key: "morpheus.supplementalUrl", url: c.Morpheus.SupplementalURL,
			sumKey: "morpheus.supplementalSha256", sum: c.Morpheus.SupplementalSHA256,
		},
	} {
		if bucket, path := cluster.Object(p.url); bucket != "" {
			packages = append(packages, func() { q.checkObject(object{bucket, path, p.key, p.sumKey, p.sum}) })
		}
	}
	if c.NodeTools.Bucket == "" {
		return packages
	}
	return append(packages, q.checkTools)
}

func (q *query) checkTools() {
	const key = "nodeTools.bucket"
	bucket, region := q.config.NodeTools.Bucket, q.config.AWS.Region
	found, err := s3.LookupBucket(q.ctx, &s3.LookupBucketArgs{Bucket: bucket}, q.in)
	switch {
	case err != nil && strings.Contains(err.Error(), "403"):
		// The bucket may be of another account whose policy lets only the nodes in. The objects say more.
	case err != nil:
		q.add(key, bucket, "a bucket that exists", err.Error())
		return
	case found.Region != region:
		q.add(key, bucket, "a bucket in "+region,
			"it is in "+found.Region+"; nodes without the internet reach S3 of their own region only")
		return
	}
	sums := q.config.NodeTools.Checksums()
	var checks []func()
	for _, tool := range boot.Tools {
		if sum := sums[tool.Name]; sum != "" {
			checks = append(checks, func() { q.checkObject(object{bucket, tool.Key, key, sumKeys[tool.Name], sum}) })
		}
	}
	q.sideBySide(checks...)
}

// sumKeys are the configuration keys of the tools' checksums.
var sumKeys = map[string]string{
	"aws-cli": "nodeTools.awsCliSha256", "efs-utils": "nodeTools.efsUtilsSha256",
	"cloudwatch-agent": "nodeTools.cloudwatchAgentSha256", "rds-ca": "nodeTools.rdsCaSha256",
}

// checkObject compares an object with its checksum, if S3 has one: it keeps a SHA-256 when the upload asks for it.
func (q *query) checkObject(o object) {
	enabled := "ENABLED"
	found, err := s3.GetObject(q.ctx, &s3.GetObjectArgs{Bucket: o.bucket, Key: o.path, ChecksumMode: &enabled}, q.in)
	name := "s3://" + o.bucket + "/" + o.path
	if err != nil {
		if strings.Contains(err.Error(), "403") {
			q.warn(o.key + ": whether the object exists could not be seen, because S3 refuses the deployer: " + name)
			return
		}
		q.add(o.key, name, "an object that exists", err.Error())
		return
	}
	if found.ContentLength == 0 {
		q.add(o.key, name, "an object that is not empty", "it has 0 bytes")
		return
	}
	// The checksum of a multipart upload is one of the parts' checksums, and has their number behind a dash.
	sum, err := base64.StdEncoding.DecodeString(found.ChecksumSha256)
	if err == nil && len(sum) > 0 && hex.EncodeToString(sum) != o.sum {
		q.add(o.sumKey, o.sum, "the SHA-256 of "+name, fmt.Sprintf("S3 says %x", sum))
	}
}
