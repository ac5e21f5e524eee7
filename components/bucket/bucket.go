// Package bucket makes a private bucket: no access from outside the account or without TLS; objects are encrypted,
// have one owner, and expire. The caller says in statements of the bucket's policy what may write to it.
package bucket

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/component"
	"github.com/morpheus-ha/morpheus-aws/components/token"
	"github.com/morpheus-ha/morpheus-aws/internal/lifecycle"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
	"github.com/morpheus-ha/morpheus-aws/internal/policy"
)

// uploadDays after which the parts of an unfinished upload are deleted; they cost money and no listing shows them.
const uploadDays = 7

// Args of a Bucket.
type Args struct {
	Protection lifecycle.Protection
	// KeyArn of the KMS key that encrypts the objects; nil for S3's own key, which log delivery of load balancers needs:
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
	KeyArn pulumi.StringInput
	// RetentionDays after which objects are deleted; 0 keeps them.
	RetentionDays int
	// Versioned keeps overwritten and deleted objects for another RetentionDays (or, without retention, 30 days).
	Versioned bool
	// Statements of the bucket's policy for the bucket's ARN, in addition to the one that refuses connections without TLS.
	Statements func(arn pulumi.StringOutput) []policy.Statement
}

// Bucket is a private bucket.
type Bucket struct {
	pulumi.ResourceState

	Name pulumi.StringOutput `pulumi:"name"`
	Arn  pulumi.StringOutput `pulumi:"arn"`
	// Ready are the settings that must exist before the bucket is used: policy, encryption, no public access.
	Ready []pulumi.Resource
}

// New makes the bucket. Pulumi gives it its name: bucket names are shared by all accounts of a partition.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Bucket, error) {
	b := &Bucket{}
	return component.New(ctx, name, b, component.Shape{
		Token:     token.Bucket,
		Check:     args.check,
		Inputs:    args.inputs,
		Provision: func() error { return b.provision(ctx, name, args) },
		Outputs:   b.outputs,
	}, opts...)
}

func (a *Args) check() error {
	switch {
	case a == nil:
		return errors.New("arguments are required")
	case a.RetentionDays < 0:
		return fmt.Errorf("retention must be 0 or more days, got %d", a.RetentionDays)
	}
	return nil
}

func (a *Args) inputs() pulumi.Map {
	inputs := pulumi.Map{
		"retentionDays": pulumi.Int(a.RetentionDays),
		"versioned":     pulumi.Bool(a.Versioned),
		"protect":       pulumi.Bool(a.Protection.Protect),
	}
	if a.KeyArn != nil {
		inputs["keyArn"] = a.KeyArn
	}
	return inputs
}

func (b *Bucket) provision(ctx *pulumi.Context, name string, args *Args) error {
	made, err := s3.NewBucketV2(ctx, naming.Child(name, "bucket"), &s3.BucketV2Args{
		// AWS refuses to delete a bucket that has objects; where the data is not protected, they are deleted with it.
		ForceDestroy: pulumi.Bool(!args.Protection.Protect),
	}, pulumi.Parent(b), pulumi.Protect(args.Protection.Protect))
	if err != nil {
		return fmt.Errorf("create: %w", err)
	}
	b.Name, b.Arn = made.Bucket, made.Arn
	s := settings{ctx: ctx, name: name, args: args, bucket: b}
	return errors.Join(s.publicAccess(), s.encryption(), s.versions(), s.expiry(), s.policy())
}

func (b *Bucket) outputs() pulumi.Map { return pulumi.Map{"name": b.Name, "arn": b.Arn} }
