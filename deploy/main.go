// Command deploy is a small Pulumi project of its own: the roles of the pipelines that deploy Morpheus, with the
// permissions of docs/deployer-policy, and a bucket and key for its state. It is deployed once for an account, by a
// person. A pipeline cannot change its own permissions.
package main

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() { pulumi.Run(run) }

func run(ctx *pulumi.Context) error {
	settings, err := load(ctx)
	if err != nil {
		return err
	}
	policies, err := readPolicies(settings.PermissionsBoundary)
	if err != nil {
		return err
	}
	provider, err := aws.NewProvider(ctx, "aws", &aws.ProviderArgs{
		Region:            pulumi.String(settings.Region),
		AllowedAccountIds: pulumi.ToStringArray([]string{settings.AccountID}),
		DefaultTags: aws.ProviderDefaultTagsArgs{Tags: pulumi.StringMap{
			"Project": pulumi.String("morpheus-delivery"), "ManagedBy": pulumi.String("pulumi"),
		}},
	})
	if err != nil {
		return err
	}
	partition, err := aws.GetPartition(ctx, nil, pulumi.Provider(provider))
	if err != nil {
		return err
	}
	d := &delivery{ctx: ctx, settings: settings, partition: partition.Partition, provider: pulumi.Provider(provider)}
	if settings.StateBucket {
		if err := d.state(); err != nil {
			return err
		}
	}
	return d.roles(policies)
}

// delivery makes the resources.
type delivery struct {
	ctx       *pulumi.Context
	settings  settings
	partition string
	provider  pulumi.ResourceOption

	// bucketArn and keyArn are those of the state; nil without it.
	bucketArn, keyArn pulumi.StringInput
}
