// Package encryption makes one customer KMS key per concern, so that access can be decided, audited and revoked
// concern by concern.
package encryption

import (
	"errors"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/component"
	"github.com/morpheus-ha/morpheus-aws/components/token"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/lifecycle"
	"github.com/morpheus-ha/morpheus-aws/internal/location"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
	"github.com/morpheus-ha/morpheus-aws/internal/policy"
)

// Args of Encryption. All are required.
type Args struct {
	// Settings name existing keys, which are used instead of new ones. Their owners are responsible for their policies,
	// which must have what Statements returns; nothing here changes them.
	Settings config.Encryption
	// Only are the concerns to make keys for; empty for all.
	Only []Concern
	// Deployed are the concerns whose keys an earlier update made. They stay beside a key of Settings, because what they
	// have encrypted needs them: volumes, log events, secret versions and snapshots are not encrypted again.
	Deployed   []string
	Location   location.Location
	Protection lifecycle.Protection
	// AutoScalingServiceRoleArn is the service-linked role that launches nodes. It must exist before the key whose
	// policy names it.
	AutoScalingServiceRoleArn pulumi.StringInput
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
	e := &Encryption{keys: map[Concern]pulumi.StringOutput{}}
	return component.New(ctx, name, e, component.Shape{
		Token:     token.Encryption,
		Check:     args.check,
		Inputs:    args.inputs,
		Provision: func() error { return e.provision(ctx, name, args) },
		Outputs:   e.outputs,
	}, opts...)
}

func (a *Args) check() error {
	if a == nil || a.AutoScalingServiceRoleArn == nil {
		return errors.New("the service-linked role of Auto Scaling is required")
	}
	return nil
}

func (a *Args) concerns() []Concern {
	if len(a.Only) > 0 {
		return a.Only
	}
	return Concerns
}

func (a *Args) inputs() pulumi.Map {
	return component.Inputs(a.Settings, pulumi.Map{
		"protect":         pulumi.Bool(a.Protection.Protect),
		"keyDeletionDays": pulumi.Int(a.Protection.KeyDeletionDays),
	})
}

func (e *Encryption) provision(ctx *pulumi.Context, name string, args *Args) error {
	for _, existing := range args.Settings.Keys.Given() {
		e.keys[Concern(existing.Concern)] = pulumi.String(existing.ARN).ToStringOutput()
	}
	for _, concern := range args.concerns() {
		_, given := e.keys[concern]
		if given && !slices.Contains(args.Deployed, string(concern)) {
			continue
		}
		key, err := e.key(ctx, name, concern, args)
		if err != nil {
			return fmt.Errorf("%s key: %w", concern, err)
		}
		if !given {
			e.keys[concern] = key.Arn
		}
	}
	return nil
}

func (e *Encryption) outputs() pulumi.Map {
	out := pulumi.Map{}
	for concern, arn := range e.keys {
		out[string(concern)+"KeyArn"] = arn
	}
	return out
}

func (e *Encryption) key(ctx *pulumi.Context, name string, concern Concern, args *Args) (*kms.Key, error) {
	// MultiRegion stays off: every service that copies to another region uses a key of that region, and the flag cannot
	// be changed later.
	key, err := kms.NewKey(ctx, naming.Child(name, string(concern)), &kms.KeyArgs{
		Description:          pulumi.String(about[concern].description),
		EnableKeyRotation:    pulumi.Bool(true),
		DeletionWindowInDays: pulumi.Int(args.Protection.KeyDeletionDays),
		Policy:               policy.Document(Statements(concern, args.Location, args.AutoScalingServiceRoleArn)...),
	}, pulumi.Parent(e), pulumi.Protect(args.Protection.Protect))
	if err != nil {
		return nil, err
	}
	// In the console a key without an alias is a number. The alias is autonamed, so that two stacks do not collide.
	_, err = kms.NewAlias(ctx, naming.Child(name, string(concern), "alias"), &kms.AliasArgs{
		TargetKeyId: key.KeyId,
	}, pulumi.Parent(e))
	return key, err
}
