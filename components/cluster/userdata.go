package cluster

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/secretsmanager"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/cluster/boot"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
	"github.com/morpheus-ha/morpheus-aws/internal/policy"
	"github.com/morpheus-ha/morpheus-aws/internal/versions"
)

// applianceSecret is the secret that all nodes share: the encryption suffix and the secrets that the first
// reconfigure generates. It has no value yet: the first node writes it, and Pulumi never reads it. Encrypted values
// in the database cannot be read without it.
func (c *Cluster) applianceSecret(ctx *pulumi.Context, name string, args *Args) (arn pulumi.StringOutput, err error) {
	if args.Appliance != nil {
		return pulumi.String(args.Appliance.SecretArn).ToStringOutput(), nil
	}
	secret, err := secretsmanager.NewSecret(ctx, naming.Child(name, "appliance"), &secretsmanager.SecretArgs{
		Description: pulumi.String("Encryption suffix and generated secrets of the Morpheus nodes of " + args.Name),
		KmsKeyId:    args.SecretsKeyArn,

		RecoveryWindowInDays: pulumi.Int(args.Protection.SecretRecoveryDays),
		Replicas:             args.Replica.Copies(),
	}, append(args.Replica.Options(), pulumi.Parent(c), pulumi.Protect(args.Protection.Protect))...)
	if err != nil {
		return arn, err
	}
	return secret.Arn, nil
}

// applianceKey encrypts that secret.
func (a *Args) applianceKey() pulumi.StringInput {
	if a.Appliance != nil {
		return pulumi.String(a.Appliance.KeyArn)
	}
	return a.SecretsKeyArn
}

// bootStatements are what a node needs to join the appliance.
func (a *Args) bootStatements(applianceSecretArn pulumi.StringInput) []policy.Statement {
	statements := []policy.Statement{
		{
			Sid: "ApplianceSecrets",
			Actions: []string{
				"secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue",
			},
			Resources: policy.On(applianceSecretArn),
		},
		{
			// To write a value. To read one, the back ends' statements have kms:Decrypt.
			Sid:       "EncryptApplianceSecrets",
			Actions:   []string{"kms:GenerateDataKey"},
			Resources: policy.On(a.applianceKey()),
			Conditions: []policy.Condition{
				policy.When("StringEquals", "kms:ViaService", a.Location.ViaService("secretsmanager")),
			},
		},
	}
	if a.Morpheus.SetupSecretArn != "" {
		// Its key is that of the stack's secrets, which the back ends' statements allow, or AWS's own, which needs no
		// permission.
		statements = append(statements, policy.Statement{
			Sid:       "ReadTheFirstSetup",
			Actions:   []string{"secretsmanager:GetSecretValue"},
			Resources: policy.On(pulumi.String(a.Morpheus.SetupSecretArn)),
		})
	}
	if sums := a.NodeTools.Checksums(); a.NodeTools.Bucket != "" && len(sums) > 0 {
		tools := policy.Statement{Sid: "ReadTools", Actions: []string{"s3:GetObject"}}
		for _, tool := range boot.Tools {
			if sums[tool.Name] != "" {
				tools.Resources = append(tools.Resources, pulumi.String(a.Location.ObjectARN(a.NodeTools.Bucket, tool.Key)))
			}
		}
		statements = append(statements, tools)
	}
	return statements
}

// userData are the boot files of a node. AWS decides some of the values in them, so they are rendered when those are
// known, which are passed by name.
func (a *Args) userData(applianceSecretArn, diagnosticsBucket, filesBucket pulumi.StringInput) pulumi.StringOutput {
	return pulumi.StringMap{
		"applianceSecretArn":     applianceSecretArn,
		"diagnosticsBucket":      diagnosticsBucket,
		"filesBucket":            filesBucket,
		"fileSystemID":           a.FileSystem.ID,
		"databaseHost":           a.Database.Host,
		"databaseSecretArn":      a.Database.SecretArn,
		"databaseAdminSecretArn": a.Database.AdminSecretArn,
		"messagingHost":          a.Messaging.Host,
		"messagingSecretArn":     a.Messaging.SecretArn,
		"messagingURL":           a.Messaging.ManagementURL,
		"definitionsBucket":      a.Messaging.DefinitionsBucket,
		"snapshotBucket":         a.Search.SnapshotBucket,
		"snapshotRoleArn":        a.Search.SnapshotRoleArn,
		"nodeRoleArn":            a.NodeRoleArn,
		"searchHost":             a.Search.Host,
		"searchSecretArn":        a.Search.SecretArn,
	}.ToStringMapOutput().ApplyT(func(known map[string]string) (string, error) {
		return boot.RenderBase64(boot.Node{
			Region: a.Location.Region, DNSSuffix: a.Location.DNSSuffix,
			GroupName: a.Name, LogGroup: a.LogGroupName, MetricNamespace: a.MetricNamespace,
			DiagnosticsBucket:  known["diagnosticsBucket"],
			FilesBucket:        known["filesBucket"],
			Extras:             a.extras(),
			ApplianceURL:       a.ApplianceURL,
			ApplianceSecretArn: known["applianceSecretArn"],
			SetupSecretArn:     a.Morpheus.SetupSecretArn,
			FileSystemID:       known["fileSystemID"],
			Database: boot.Backend{
				Host: known["databaseHost"], Port: a.Database.Port, SecretArn: known["databaseSecretArn"],
			},
			DatabaseMaxOpen:        a.Database.MaxOpen,
			DatabaseAdminSecretArn: known["databaseAdminSecretArn"],
			Messaging: boot.Backend{
				Host: known["messagingHost"], Port: a.Messaging.Port, SecretArn: known["messagingSecretArn"],
			},
			MessagingURL:      known["messagingURL"],
			DefinitionsBucket: known["definitionsBucket"],
			SnapshotBucket:    known["snapshotBucket"],
			SnapshotRoleArn:   known["snapshotRoleArn"],
			RoleArn:           known["nodeRoleArn"],
			Search: boot.Backend{
				Host: known["searchHost"], Port: a.Search.Port, SecretArn: known["searchSecretArn"],
			},
			SearchSection: versions.SearchSection(a.Morpheus.Version), SearchReplicas: a.Search.Replicas,
			SyncWrites: a.FileSystem.SyncWrites, FilesRestored: a.FileSystem.Restored,
			Package:      boot.Download{URL: a.Morpheus.PackageURL, SHA256: a.Morpheus.PackageSHA256},
			Supplemental: boot.Download{URL: a.Morpheus.SupplementalURL, SHA256: a.Morpheus.SupplementalSHA256},
			MirrorBucket: a.NodeTools.Bucket, ToolSHA256: a.NodeTools.Checksums(),
			Proxy: a.Proxy.URL,
		})
	}).(pulumi.StringOutput)
}
