package cluster

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/bucket"
	"github.com/morpheus-ha/morpheus-aws/components/cluster/boot"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
	"github.com/morpheus-ha/morpheus-aws/internal/policy"
)

// maxObjectTags is S3's limit for the tags of an object; other resources have 50.
const maxObjectTags = 10

// bootFiles makes the bucket of the files that do not fit into the user data, and uploads them as one object. Its
// content is the program's own text. S3's own key encrypts it: with a key of the stack, the deployer and the nodes
// would need permission to decrypt with that key, and nothing would be more confidential.
func (c *Cluster) bootFiles(ctx *pulumi.Context, name string, args *Args) (*bucket.Bucket, error) {
	made, err := bucket.New(ctx, naming.Child(name, "boot"), &bucket.Args{Protection: args.Protection}, pulumi.Parent(c))
	if err != nil {
		return nil, fmt.Errorf("create the bucket: %w", err)
	}
	inputs := &s3.BucketObjectv2Args{
		Bucket:      made.Name,
		Key:         pulumi.String(boot.BundleKey(args.extras())),
		Content:     pulumi.String(boot.Bundle(args.extras())),
		ContentType: pulumi.String("text/x-shellscript"),
	}
	if len(args.Tags) > maxObjectTags {
		inputs.OverrideProvider = s3.BucketObjectv2OverrideProviderArgs{
			DefaultTags: s3.BucketObjectv2OverrideProviderDefaultTagsArgs{Tags: pulumi.StringMap{}},
		}
	}
	// The key contains the digest, so each version is another object. Former ones stay: when a rollout is rolled back,
	// nodes start with the user data of a former version.
	object, err := s3.NewBucketObjectv2(ctx, naming.Child(name, "boot-files"), inputs, pulumi.Parent(c),
		pulumi.DependsOn(made.Ready), pulumi.RetainOnDelete(true))
	if err != nil {
		return nil, fmt.Errorf("upload the files: %w", err)
	}
	made.Ready = append(made.Ready, object)
	return made, nil
}

// extras are what the configuration adds to the nodes.
func (a *Args) extras() boot.Extras {
	return boot.Extras{
		Configuration: a.Morpheus.ExtraConfig, TrustedCertificates: a.Morpheus.TrustedCertificates,
		Packages: a.Settings.ExtraPackages,
	}
}

// bootFilesStatements let a node read the files of its own version and of former ones. The bucket has no others.
func bootFilesStatements(bucketArn pulumi.StringOutput) []policy.Statement {
	return []policy.Statement{{
		Sid:       "ReadBootFiles",
		Actions:   []string{"s3:GetObject"},
		Resources: policy.On(pulumi.Sprintf("%s/%s*", bucketArn, boot.BundleFolder)),
	}}
}
