// Package bucket makes a private bucket: nobody outside the account reads it, nothing reaches it without TLS, its objects
// are encrypted, have one owner and an end. What fills it is said by the caller in statements of the bucket's policy.
package bucket

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/token"
	"github.com/morpheus-ha/morpheus-aws/internal/lifecycle"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
	"github.com/morpheus-ha/morpheus-aws/internal/policy"
)

// uploadDays is when the parts of an upload that nobody finished are removed; they cost and no listing shows them.
const uploadDays = 7

// Args of a Bucket.
type Args struct {
	Protection lifecycle.Protection
	// KeyArn of the KMS key that encrypts the objects; nil for S3's own key, which log delivery of load balancers needs:
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
	KeyArn pulumi.StringInput
	// RetentionDays after which objects are deleted; 0 keeps them.
	RetentionDays int
	// Versioned keeps what is overwritten or deleted for another RetentionDays (or, without retention, 30 days).
	Versioned bool
	// Statements of the bucket's policy for a bucket of the given ARN, beside the refusal of connections without TLS.
	Statements func(arn pulumi.StringOutput) []policy.Statement
}

// Bucket is a private bucket.
type Bucket struct {
	pulumi.ResourceState

	Name pulumi.StringOutput `pulumi:"name"`
	Arn  pulumi.StringOutput `pulumi:"arn"`
	// Ready are the settings without which the bucket is not to be used: its policy, encryption and walls.
	Ready []pulumi.Resource
}

// New makes the bucket. Its name is Pulumi's: bucket names are shared by all accounts of a partition.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Bucket, error) {
	if args == nil {
		return nil, fmt.Errorf("bucket %q: arguments are required", name)
	}
	if args.RetentionDays < 0 {
		return nil, fmt.Errorf("bucket %q: retention must be 0 or more days, got %d", name, args.RetentionDays)
	}
	b := &Bucket{}
	inputs := pulumi.Map{
		"retentionDays": pulumi.Int(args.RetentionDays),
		"versioned":     pulumi.Bool(args.Versioned),
		"protect":       pulumi.Bool(args.Protection.Protect),
	}
	if args.KeyArn != nil {
		inputs["keyArn"] = args.KeyArn
	}
	if err := ctx.RegisterComponentResourceV2(token.Bucket, name, inputs, b, opts...); err != nil {
		return nil, fmt.Errorf("bucket %q: register: %w", name, err)
	}
	made, err := s3.NewBucketV2(ctx, naming.Child(name, "bucket"), &s3.BucketV2Args{
		// AWS refuses to delete a bucket with objects in it; where the data is worth nothing, they go with it.
		ForceDestroy: pulumi.Bool(!args.Protection.Protect),
	}, pulumi.Parent(b), pulumi.Protect(args.Protection.Protect))
	if err != nil {
		return nil, fmt.Errorf("bucket %q: create: %w", name, err)
	}
	b.Name, b.Arn = made.Bucket, made.Arn
	s := settings{ctx: ctx, name: name, args: args, bucket: b}
	if err := errors.Join(s.walls(), s.encryption(), s.versions(), s.expiry(), s.policy()); err != nil {
		return nil, fmt.Errorf("bucket %q: %w", name, err)
	}
	if err := ctx.RegisterResourceOutputs(b, pulumi.Map{"name": b.Name, "arn": b.Arn}); err != nil {
		return nil, fmt.Errorf("bucket %q: outputs: %w", name, err)
	}
	return b, nil
}
