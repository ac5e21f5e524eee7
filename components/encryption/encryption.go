// Package encryption makes one customer KMS key per concern, so that who may read what can be decided, audited and
// revoked concern by concern.
package encryption

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/token"
	"github.com/morpheus-ha/morpheus-aws/internal/lifecycle"
	"github.com/morpheus-ha/morpheus-aws/internal/location"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
)

// Concern is what a key encrypts.
type Concern string

// The concerns; each has a key of its own.
const (
	Database   Concern = "database"   // Aurora storage, snapshots and Performance Insights
	FileSystem Concern = "filesystem" // EFS
	Search     Concern = "search"     // OpenSearch
	Messaging  Concern = "messaging"  // Amazon MQ
	Volumes    Concern = "volumes"    // root volumes of the nodes
	Secrets    Concern = "secrets"    // Secrets Manager
	Logs       Concern = "logs"       // CloudWatch log groups
)

// Concerns in the order in which they are registered.
var Concerns = []Concern{Database, FileSystem, Search, Messaging, Volumes, Secrets, Logs}

var descriptions = map[Concern]string{
	Database:   "Morpheus: database storage, snapshots and insights",
	FileSystem: "Morpheus: shared file system",
	Search:     "Morpheus: search domain",
	Messaging:  "Morpheus: message broker",
	Volumes:    "Morpheus: volumes of the application nodes",
	Secrets:    "Morpheus: credentials in Secrets Manager",
	Logs:       "Morpheus: log groups",
}

// Args of Encryption.
type Args struct {
	Location   location.Location
	Protection lifecycle.Protection
	// AutoScalingServiceRoleArn is the service-linked role that launches nodes; it must exist before the key that names it.
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
	if args == nil || args.AutoScalingServiceRoleArn == nil {
		return nil, fmt.Errorf("encryption %q: the service-linked role of Auto Scaling is required", name)
	}
	e := &Encryption{keys: map[Concern]pulumi.StringOutput{}}
	inputs := pulumi.Map{"deletionWindowInDays": pulumi.Int(args.Protection.KeyDeletionDays)}
	if err := ctx.RegisterComponentResourceV2(token.Encryption, name, inputs, e, opts...); err != nil {
		return nil, fmt.Errorf("encryption %q: register: %w", name, err)
	}
	outputs := pulumi.Map{}
	for _, concern := range Concerns {
		key, err := e.key(ctx, name, concern, args)
		if err != nil {
			return nil, fmt.Errorf("encryption %q: %s key: %w", name, concern, err)
		}
		e.keys[concern] = key.Arn
		outputs[string(concern)+"KeyArn"] = key.Arn
	}
	if err := ctx.RegisterResourceOutputs(e, outputs); err != nil {
		return nil, fmt.Errorf("encryption %q: outputs: %w", name, err)
	}
	return e, nil
}

func (e *Encryption) key(ctx *pulumi.Context, name string, concern Concern, args *Args) (*kms.Key, error) {
	// MultiRegion stays off: nothing here needs one key in two regions, and the flag cannot be changed afterwards.
	key, err := kms.NewKey(ctx, naming.Child(name, string(concern)), &kms.KeyArgs{
		Description:          pulumi.String(descriptions[concern]),
		EnableKeyRotation:    pulumi.Bool(true),
		DeletionWindowInDays: pulumi.Int(args.Protection.KeyDeletionDays),
		Policy:               keyPolicy(concern, args),
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
