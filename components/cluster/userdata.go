package cluster

import (
	"errors"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/secretsmanager"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/cluster/boot"
	"github.com/morpheus-ha/morpheus-aws/components/connection"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
	"github.com/morpheus-ha/morpheus-aws/internal/policy"
)

// Boot is what nodes are told beside what the cluster knows itself. MirrorBucket and ToolSHA256 may be empty when the image
// has all tools of boot.Tools.
type Boot struct {
	ApplianceURL string
	// Supplemental is the vendor's package for nodes without the internet, at a URL as Package has it; the zero value for none.
	Supplemental boot.Download
	// SetupSecretArn is a secret of the user's with the first administrator and the licence, as boot.Node has it; empty for none.
	SetupSecretArn string
	// MirrorBucket holds the tools that have a checksum, by name, in ToolSHA256.
	MirrorBucket string
	ToolSHA256   map[string]string
	FileSystemID pulumi.StringInput
	// DatabaseAdminSecretArn makes the appliance's user, once; SecretsKeyArn encrypts it and the appliance's own secrets.
	DatabaseAdminSecretArn pulumi.StringInput
	SecretsKeyArn          pulumi.StringInput
	// MessagingURL is the https URL of the broker's management API.
	MessagingURL pulumi.StringInput
	// SecretRecoveryDays is how long the appliance's deleted secrets can be restored.
	SecretRecoveryDays int
}

// The names of the connections that nodes need.
const (
	databaseTier  = "database"
	messagingTier = "messaging"
	searchTier    = "search"
)

func (a *Args) connection(name string) (connection.Connection, error) {
	i := slices.IndexFunc(a.Connections, func(c connection.Connection) bool { return c.Name == name })
	if i < 0 || a.Connections[i].SecretArn == nil {
		return connection.Connection{}, fmt.Errorf("a connection %q with a secret is required", name)
	}
	return a.Connections[i], nil
}

func (a *Args) validateBoot() error {
	b := a.Boot
	if b.ApplianceURL == "" || b.FileSystemID == nil || b.DatabaseAdminSecretArn == nil || b.SecretsKeyArn == nil || b.MessagingURL == nil {
		return errors.New("boot needs an appliance URL, a file system, the administrator's secret, a secrets key and the broker's URL")
	}
	var errs []error
	for _, name := range []string{databaseTier, messagingTier, searchTier} {
		_, err := a.connection(name)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// makeApplianceSecret is where nodes keep what all of them must have alike: the encryption suffix and the secrets that the
// first reconfigure makes. It has no value yet: the first node writes it, and Pulumi never sees it. What is encrypted in the
// database cannot be read without it.
func (c *Cluster) makeApplianceSecret(ctx *pulumi.Context, name string, args *Args) (*secretsmanager.Secret, error) {
	return secretsmanager.NewSecret(ctx, naming.Child(name, "appliance"), &secretsmanager.SecretArgs{
		Description:          pulumi.String("Encryption suffix and generated secrets of the Morpheus nodes of " + args.Name),
		KmsKeyId:             args.Boot.SecretsKeyArn,
		RecoveryWindowInDays: pulumi.Int(args.Boot.SecretRecoveryDays),
	}, pulumi.Parent(c), pulumi.Protect(args.Protection.Protect))
}

// bootStatements are what a node needs once, to make itself one of the appliance: the exception that nodes may read the
// administrator's secret is explained in docs/decisions.md.
func (a *Args) bootStatements(applianceSecretArn pulumi.StringInput) []policy.Statement {
	statements := []policy.Statement{
		{
			Sid:       "ApplianceSecrets",
			Actions:   []string{"secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"},
			Resources: policy.On(applianceSecretArn),
		},
		{
			Sid:       "MakeTheDatabaseUser",
			Actions:   []string{"secretsmanager:GetSecretValue"},
			Resources: policy.On(a.Boot.DatabaseAdminSecretArn),
		},
		{
			// To put a value; to read one, the back ends' statements have kms:Decrypt.
			Sid:        "EncryptApplianceSecrets",
			Actions:    []string{"kms:GenerateDataKey"},
			Resources:  policy.On(a.Boot.SecretsKeyArn),
			Conditions: []policy.Condition{policy.When("StringEquals", "kms:ViaService", a.Location.ViaService("secretsmanager"))},
		},
	}
	if a.Boot.SetupSecretArn != "" {
		// Its key is that of the stack's secrets, which the back ends' statements open, or AWS's own, which needs no permission.
		statements = append(statements, policy.Statement{
			Sid:       "ReadTheFirstSetup",
			Actions:   []string{"secretsmanager:GetSecretValue"},
			Resources: policy.On(pulumi.String(a.Boot.SetupSecretArn)),
		})
	}
	if a.Boot.MirrorBucket != "" && len(a.Boot.ToolSHA256) > 0 {
		tools := policy.Statement{Sid: "ReadTools", Actions: []string{"s3:GetObject"}}
		for _, tool := range boot.Tools {
			if a.Boot.ToolSHA256[tool.Name] != "" {
				tools.Resources = append(tools.Resources, pulumi.String(a.Location.ObjectARN(a.Boot.MirrorBucket, tool.Key)))
			}
		}
		statements = append(statements, tools)
	}
	return statements
}

// userData is known when the back ends are: their names are AWS's choice.
func (a *Args) userData(applianceSecretArn, diagnosticsBucket pulumi.StringInput) (pulumi.StringOutput, error) {
	var found [3]connection.Connection
	for i, name := range []string{databaseTier, messagingTier, searchTier} {
		c, err := a.connection(name)
		if err != nil {
			return pulumi.StringOutput{}, err
		}
		found[i] = c
	}
	late := pulumi.All(
		a.Boot.FileSystemID, a.Boot.DatabaseAdminSecretArn, a.Boot.MessagingURL, applianceSecretArn, diagnosticsBucket,
		found[0].Host, found[0].SecretArn, found[1].Host, found[1].SecretArn, found[2].Host, found[2].SecretArn,
	)
	return late.ApplyT(func(values []any) (string, error) {
		texts := make([]string, len(values))
		for i, v := range values {
			switch v := v.(type) {
			case string:
				texts[i] = v
			case *string:
				if v != nil {
					texts[i] = *v
				}
			}
		}
		return boot.RenderBase64(boot.Node{
			Region: a.Location.Region, DNSSuffix: a.Location.DNSSuffix, GroupName: a.Name,
			LogGroup: a.LogGroupName, MetricNamespace: a.MetricNamespace,
			ApplianceURL: a.Boot.ApplianceURL, FileSystemID: texts[0],
			DatabaseAdminSecretArn: texts[1], MessagingURL: texts[2], ApplianceSecretArn: texts[3],
			DiagnosticsBucket: texts[4],
			Database:          boot.Backend{Host: texts[5], Port: found[0].Port, SecretArn: texts[6]},
			DatabaseMaxOpen:   found[0].MaxOpen,
			Messaging:         boot.Backend{Host: texts[7], Port: found[1].Port, SecretArn: texts[8]},
			Search:            boot.Backend{Host: texts[9], Port: found[2].Port, SecretArn: texts[10]},
			Package:           boot.Download{URL: a.Package.URL, SHA256: a.Package.SHA256},
			Supplemental:      a.Boot.Supplemental,
			SetupSecretArn:    a.Boot.SetupSecretArn,
			MirrorBucket:      a.Boot.MirrorBucket, ToolSHA256: a.Boot.ToolSHA256, Proxy: a.ProxyURL,
		})
	}).(pulumi.StringOutput), nil
}
