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
	// SecretsKeyArn encrypts the appliance's own secrets.
	SecretsKeyArn pulumi.StringInput
	// SecretRecoveryDays is how long the appliance's deleted secrets can be restored.
	SecretRecoveryDays int
}

// The names of the connections that nodes need.
const (
	fileSystemTier = "filesystem"
	databaseTier   = "database"
	messagingTier  = "messaging"
	searchTier     = "search"
)

// backEnds are the connections of a node, each with what the node cannot do without.
type backEnds struct {
	fileSystem, database, messaging, search connection.Connection
}

func (a *Args) backEnds() (backEnds, error) {
	var found backEnds
	var errs []error
	for _, tier := range []struct {
		name string
		into *connection.Connection
		has  func(connection.Connection) bool
		what string
	}{
		{fileSystemTier, &found.fileSystem, func(c connection.Connection) bool { return c.ResourceID != nil }, "an id"},
		{databaseTier, &found.database, func(c connection.Connection) bool { return c.SecretArn != nil && c.AdminSecretArn != nil }, "a user's and an administrator's secret"},
		{messagingTier, &found.messaging, func(c connection.Connection) bool { return c.SecretArn != nil && c.ManagementURL != nil }, "a secret and a management URL"},
		{searchTier, &found.search, func(c connection.Connection) bool { return c.SecretArn != nil }, "a secret"},
	} {
		i := slices.IndexFunc(a.Connections, func(c connection.Connection) bool { return c.Name == tier.name })
		if i < 0 || !tier.has(a.Connections[i]) {
			errs = append(errs, fmt.Errorf("a connection %q with %s is required", tier.name, tier.what))
			continue
		}
		*tier.into = a.Connections[i]
	}
	return found, errors.Join(errs...)
}

func (a *Args) validateBoot() error {
	b := a.Boot
	if b.ApplianceURL == "" || b.SecretsKeyArn == nil {
		return errors.New("boot needs an appliance URL and a secrets key")
	}
	_, err := a.backEnds()
	return err
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

// bootStatements are what a node needs once, to make itself one of the appliance.
func (a *Args) bootStatements(applianceSecretArn pulumi.StringInput) []policy.Statement {
	statements := []policy.Statement{
		{
			Sid:       "ApplianceSecrets",
			Actions:   []string{"secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"},
			Resources: policy.On(applianceSecretArn),
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
	tiers, err := a.backEnds()
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	late := pulumi.All(
		tiers.fileSystem.ResourceID, tiers.database.AdminSecretArn, tiers.messaging.ManagementURL, applianceSecretArn, diagnosticsBucket,
		tiers.database.Host, tiers.database.SecretArn, tiers.messaging.Host, tiers.messaging.SecretArn, tiers.search.Host, tiers.search.SecretArn,
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
			Database:          boot.Backend{Host: texts[5], Port: tiers.database.Port, SecretArn: texts[6]},
			DatabaseMaxOpen:   tiers.database.MaxOpen,
			Messaging:         boot.Backend{Host: texts[7], Port: tiers.messaging.Port, SecretArn: texts[8]},
			Search:            boot.Backend{Host: texts[9], Port: tiers.search.Port, SecretArn: texts[10]},
			Package:           boot.Download{URL: a.Package.URL, SHA256: a.Package.SHA256},
			Supplemental:      a.Boot.Supplemental,
			SetupSecretArn:    a.Boot.SetupSecretArn,
			MirrorBucket:      a.Boot.MirrorBucket, ToolSHA256: a.Boot.ToolSHA256, Proxy: a.ProxyURL,
		})
	}).(pulumi.StringOutput), nil
}
