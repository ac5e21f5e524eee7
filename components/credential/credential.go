// Package credential makes a user's password and keeps it in Secrets Manager, encrypted with the secrets key. The
// password leaves only as a secret output, for the one resource that must be created with it.
package credential

import (
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/secretsmanager"
	"github.com/pulumi/pulumi-random/sdk/v4/go/random"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/token"
	"github.com/morpheus-ha/morpheus-aws/internal/lifecycle"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
	"github.com/morpheus-ha/morpheus-aws/internal/policy"
)

// PasswordLength satisfies every back end: RabbitMQ 12-250, Aurora 8-41, OpenSearch 8-128 characters.
const PasswordLength = 32

// Args of a Credential.
type Args struct {
	// Description says in the console whose secret it is.
	Description string
	// Username that the secret holds beside the password.
	Username string
	// SpecialCharacters that the password may hold beside letters and digits; empty for none. Of the back ends only
	// OpenSearch asks for one; RabbitMQ refuses `, : =` and Aurora `/ " @` and space.
	SpecialCharacters string
	// Rotation is a number, 1 at first; another makes a new password.
	Rotation int
	// KeyArn is the KMS key of the secret.
	KeyArn     pulumi.StringInput
	Protection lifecycle.Protection
}

// Credential is a password and the secret that holds it.
type Credential struct {
	pulumi.ResourceState

	// SecretArn names the secret; its value is JSON {"username","password"}.
	SecretArn pulumi.StringOutput `pulumi:"secretArn"`
	// Password is secret: it is encrypted in state and hidden in previews.
	Password pulumi.StringOutput
	// Version is what makes the secret readable; clients wait for it.
	Version pulumi.Resource

	keyArn pulumi.StringInput
}

// New makes the password, the secret and its first version.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Credential, error) {
	if args == nil || args.Username == "" || args.KeyArn == nil || args.Rotation < 1 {
		return nil, fmt.Errorf("credential %q: a user name, a key and a rotation of 1 or more are required", name)
	}
	c := &Credential{}
	inputs := pulumi.Map{
		"username": pulumi.String(args.Username), "description": pulumi.String(args.Description),
		"rotation": pulumi.Int(args.Rotation),
	}
	if err := ctx.RegisterComponentResourceV2(token.Credential, name, inputs, c, opts...); err != nil {
		return nil, fmt.Errorf("credential %q: register: %w", name, err)
	}

	password, err := newPassword(ctx, naming.Child(name, "password"), args, c)
	if err != nil {
		return nil, fmt.Errorf("credential %q: make the password: %w", name, err)
	}
	secret, err := secretsmanager.NewSecret(ctx, naming.Child(name, "secret"), &secretsmanager.SecretArgs{
		Description:          pulumi.String(args.Description),
		KmsKeyId:             args.KeyArn,
		RecoveryWindowInDays: pulumi.Int(args.Protection.SecretRecoveryDays),
	}, pulumi.Parent(c))
	if err != nil {
		return nil, fmt.Errorf("credential %q: create the secret: %w", name, err)
	}
	version, err := secretsmanager.NewSecretVersion(ctx, naming.Child(name, "version"), &secretsmanager.SecretVersionArgs{
		SecretId: secret.Arn,
		SecretString: pulumi.ToSecret(pulumi.JSONMarshal(pulumi.Map{
			"username": pulumi.String(args.Username),
			"password": password.Result,
		})).(pulumi.StringOutput),
	}, pulumi.Parent(c))
	if err != nil {
		return nil, fmt.Errorf("credential %q: store the password: %w", name, err)
	}

	c.SecretArn, c.Password, c.Version, c.keyArn = secret.Arn, password.Result, version, args.KeyArn
	if err := ctx.RegisterResourceOutputs(c, pulumi.Map{"secretArn": c.SecretArn}); err != nil {
		return nil, fmt.Errorf("credential %q: outputs: %w", name, err)
	}
	return c, nil
}

// newPassword is not protected: a protected one could not be rotated. Instead everything but the rotation is frozen, for
// any change of these arguments makes a new password while the back end keeps the old one.
func newPassword(
	ctx *pulumi.Context, name string, args *Args, parent pulumi.Resource,
) (*random.RandomPassword, error) {
	return random.NewRandomPassword(ctx, name, &random.RandomPasswordArgs{
		Length:          pulumi.Int(PasswordLength),
		MinLower:        pulumi.Int(1),
		MinUpper:        pulumi.Int(1),
		MinNumeric:      pulumi.Int(1),
		Special:         pulumi.Bool(args.SpecialCharacters != ""),
		MinSpecial:      pulumi.Int(min(1, len(args.SpecialCharacters))),
		OverrideSpecial: pulumi.String(args.SpecialCharacters),
		Keepers:         pulumi.StringMap{"rotation": pulumi.String(strconv.Itoa(args.Rotation))},
	}, pulumi.Parent(parent), pulumi.IgnoreChanges([]string{
		"length", "minLower", "minUpper", "minNumeric", "special", "minSpecial", "overrideSpecial",
	}))
}

// ReadStatements let a client's role read the secret: exactly this secret, and its key only through Secrets Manager.
// sid begins the statement ids; via is the value of kms:ViaService for Secrets Manager in the stack's region.
func (c *Credential) ReadStatements(sid, via string) []policy.Statement {
	return []policy.Statement{
		{
			Sid:       sid + "ReadSecret",
			Actions:   []string{"secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"},
			Resources: policy.On(c.SecretArn),
		},
		{
			Sid:        sid + "DecryptSecret",
			Actions:    []string{"kms:Decrypt"},
			Resources:  policy.On(c.keyArn),
			Conditions: []policy.Condition{policy.When("StringEquals", "kms:ViaService", via)},
		},
	}
}
