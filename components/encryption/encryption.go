// Package encryption makes one customer KMS key per concern, so that who may read what can be decided, audited and
// revoked concern by concern.
package encryption

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/token"
	"github.com/morpheus-ha/morpheus-aws/internal/lifecycle"
	"github.com/morpheus-ha/morpheus-aws/internal/location"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
	"github.com/morpheus-ha/morpheus-aws/internal/policy"
)

// Args of Encryption.
type Args struct {
	Location   location.Location
	Protection lifecycle.Protection
	// AutoScalingServiceRoleArn is the service-linked role that launches nodes; it must exist before the key that names it.
	AutoScalingServiceRoleArn pulumi.StringInput
	// ExistingKeyArns are keys to use instead of making one, by concern. Their policies are their owner's business and
	// must hold what Statements says; nothing here changes them.
	ExistingKeyArns map[Concern]string
}

// Encryption is the set of keys.
type Encryption struct {
	pulumi.ResourceState

	keys map[Concern]pulumi.StringOutput
}

// KeyArn of a concern.
func (e *Encryption) KeyArn(concern Concern) pulumi.StringOutput { return e.keys[concern] }

// New makes the keys.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Encryption, error) {
	if args == nil || args.AutoScalingServiceRoleArn == nil {
		return nil, fmt.Errorf("encryption %q: the service-linked role of Auto Scaling is required", name)
	}
	existing := pulumi.StringMap{}
	for concern, arn := range args.ExistingKeyArns {
		if !slices.Contains(Concerns, concern) || arn == "" {
			return nil, fmt.Errorf("encryption %q: an existing key needs a concern and an ARN, got %q for %q", name, arn, concern)
		}
		existing[string(concern)] = pulumi.String(arn)
	}
	e := &Encryption{keys: map[Concern]pulumi.StringOutput{}}
	inputs := pulumi.Map{"deletionWindowInDays": pulumi.Int(args.Protection.KeyDeletionDays), "existingKeyArns": existing}
	if err := ctx.RegisterComponentResourceV2(token.Encryption, name, inputs, e, opts...); err != nil {
		return nil, fmt.Errorf("encryption %q: register: %w", name, err)
	}
	outputs := pulumi.Map{}
	for _, concern := range Concerns {
		arn := pulumi.String(args.ExistingKeyArns[concern]).ToStringOutput()
		if args.ExistingKeyArns[concern] == "" {
			key, err := e.key(ctx, name, concern, args)
			if err != nil {
				return nil, fmt.Errorf("encryption %q: %s key: %w", name, concern, err)
			}
			arn = key.Arn
		}
		e.keys[concern] = arn
		outputs[string(concern)+"KeyArn"] = arn
	}
	if err := ctx.RegisterResourceOutputs(e, outputs); err != nil {
		return nil, fmt.Errorf("encryption %q: outputs: %w", name, err)
	}
	return e, nil
}

func (e *Encryption) key(ctx *pulumi.Context, name string, concern Concern, args *Args) (*kms.Key, error) {
	// MultiRegion stays off: every service that copies to another region takes a key of that region, and the flag cannot be
	// changed afterwards without a new key.
	key, err := kms.NewKey(ctx, naming.Child(name, string(concern)), &kms.KeyArgs{
		Description:          pulumi.String(about[concern].description),
		EnableKeyRotation:    pulumi.Bool(true),
		DeletionWindowInDays: pulumi.Int(args.Protection.KeyDeletionDays),
		Policy:               policy.Document(Statements(concern, args.Location, args.AutoScalingServiceRoleArn)...),
	}, pulumi.Parent(e), pulumi.Protect(args.Protection.Protect))
	if err != nil {
		return nil, err
	}
	// The alias is for people: in the console a key without one is a number. It is autonamed, so two stacks do not collide.
	_, err = kms.NewAlias(ctx, naming.Child(name, string(concern), "alias"), &kms.AliasArgs{
		TargetKeyId: key.KeyId,
	}, pulumi.Parent(e))
	return key, err
}
