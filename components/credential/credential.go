// Package credential makes a user's password and keeps it in Secrets Manager, encrypted with the secrets key. The
// password leaves only as a secret output, for the one resource that must be created with it.
package credential

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/secretsmanager"
	"github.com/pulumi/pulumi-random/sdk/v4/go/random"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/component"
	"github.com/morpheus-ha/morpheus-aws/components/token"
	"github.com/morpheus-ha/morpheus-aws/internal/lifecycle"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
	"github.com/morpheus-ha/morpheus-aws/internal/policy"
)

// PasswordLength is valid for every back end: RabbitMQ 12-250, Aurora 8-41, OpenSearch 8-128 characters.
const PasswordLength = 32

// Args of a Credential.
type Args struct {
	// Description says in the console whose secret it is.
	Description string
	// Username that the secret has with the password.
	Username string
	// SpecialCharacters that the password may have in addition to letters and digits; empty for none. Of the back ends only
	// OpenSearch requires one; RabbitMQ refuses `, : =` and Aurora `/ " @` and space.
	SpecialCharacters string
	// Rotation is 1 or more; another number makes a new password.
	Rotation int
	// KeyArn is the KMS key of the secret.
	KeyArn     pulumi.StringInput
	Protection lifecycle.Protection
	// Replica is the copy in another region; nil for none.
	Replica *Replica
}

// Credential is a password and its secret.
type Credential struct {
	pulumi.ResourceState

	// SecretArn names the secret; its value is JSON {"username","password"}.
	SecretArn pulumi.StringOutput `pulumi:"secretArn"`
	// Password is a secret output: encrypted in the state and hidden in previews.
	Password pulumi.StringOutput
	// Version is what makes the secret readable; clients wait for it.
	Version pulumi.Resource

	keyArn pulumi.StringInput
}

// New makes the password, the secret and its first version.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Credential, error) {
	c := &Credential{}
	return component.New(ctx, name, c, component.Shape{
		Token:     token.Credential,
		Check:     args.check,
		Inputs:    args.inputs,
		Provision: func() error { return c.provision(ctx, name, args) },
		Outputs:   c.outputs,
	}, opts...)
}

func (a *Args) check() error {
	if a == nil || a.Username == "" || a.KeyArn == nil || a.Rotation < 1 {
		return errors.New("a user name, a key and a rotation of 1 or more are required")
	}
	return nil
}

func (a *Args) inputs() pulumi.Map {
	return pulumi.Map{
		"username": pulumi.String(a.Username), "description": pulumi.String(a.Description),
		"rotation": pulumi.Int(a.Rotation),
	}
}

func (c *Credential) provision(ctx *pulumi.Context, name string, args *Args) error {
	password, err := c.password(ctx, naming.Child(name, "password"), args)
	if err != nil {
		return fmt.Errorf("make the password: %w", err)
	}
	secret, err := secretsmanager.NewSecret(ctx, naming.Child(name, "secret"), &secretsmanager.SecretArgs{
		Description:          pulumi.String(args.Description),
		KmsKeyId:             args.KeyArn,
		RecoveryWindowInDays: pulumi.Int(args.Protection.SecretRecoveryDays),
		Replicas:             args.Replica.Copies(),
	}, append(args.Replica.Options(), pulumi.Parent(c))...)
	if err != nil {
		return fmt.Errorf("create the secret: %w", err)
	}
	version, err := secretsmanager.NewSecretVersion(ctx, naming.Child(name, "version"), &secretsmanager.SecretVersionArgs{
		SecretId: secret.Arn,
		SecretString: pulumi.ToSecret(pulumi.JSONMarshal(pulumi.Map{
			"username": pulumi.String(args.Username),
			"password": password.Result,
		})).(pulumi.StringOutput),
	}, pulumi.Parent(c))
	if err != nil {
		return fmt.Errorf("store the password: %w", err)
	}
	c.SecretArn, c.Password, c.Version, c.keyArn = secret.Arn, password.Result, version, args.KeyArn
	return nil
}

func (c *Credential) outputs() pulumi.Map { return pulumi.Map{"secretArn": c.SecretArn} }

// password is not protected: a protected one could not be rotated. Instead changes of everything but the rotation are
// ignored: each would make a new password while the back end keeps the old one.
func (c *Credential) password(ctx *pulumi.Context, name string, args *Args) (*random.RandomPassword, error) {
	return random.NewRandomPassword(ctx, name, &random.RandomPasswordArgs{
		Length:          pulumi.Int(PasswordLength),
		MinLower:        pulumi.Int(1),
		MinUpper:        pulumi.Int(1),
		MinNumeric:      pulumi.Int(1),
		Special:         pulumi.Bool(args.SpecialCharacters != ""),
		MinSpecial:      pulumi.Int(min(1, len(args.SpecialCharacters))),
		OverrideSpecial: pulumi.String(args.SpecialCharacters),
		Keepers:         pulumi.StringMap{"rotation": pulumi.String(strconv.Itoa(args.Rotation))},
	}, pulumi.Parent(c), pulumi.IgnoreChanges([]string{
		"length", "minLower", "minUpper", "minNumeric", "special", "minSpecial", "overrideSpecial",
	}))
}

// ReadStatements let a client's role read this secret only, and use its key only through Secrets Manager. sid is the
// prefix of the statement ids; via is the value of kms:ViaService for Secrets Manager in the stack's region.
func (c *Credential) ReadStatements(sid, via string) []policy.Statement {
	return ReadStatements(sid, via, c.SecretArn, c.keyArn)
}

// ReadStatements is like Credential.ReadStatements for a secret that is no credential of this stack.
func ReadStatements(sid, via string, secretArn, keyArn pulumi.StringInput) []policy.Statement {
	return []policy.Statement{
		{
			Sid:       sid + "ReadSecret",
			Actions:   []string{"secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"},
			Resources: policy.On(secretArn),
		},
		{
			Sid:        sid + "DecryptSecret",
			Actions:    []string{"kms:Decrypt"},
			Resources:  policy.On(keyArn),
			Conditions: []policy.Condition{policy.When("StringEquals", "kms:ViaService", via)},
		},
	}
}
