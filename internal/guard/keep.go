package guard

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/deployed"
)

// protected are the types that production protects: their loss is the loss of data or of the users' address.
var protected = []string{
	awstoken.BackupVault, awstoken.EFSFileSystem, awstoken.KMSKey, awstoken.LBLoadBalancer, awstoken.MQBroker,
	awstoken.OpenSearchDomain,
	awstoken.RDSCluster, awstoken.S3Bucket, awstoken.SecretsManagerSecret,
}

// foundations are the types whose replacement replaces data too, because AWS cannot move a broker to another subnet, or
// a database to another subnet group.
var foundations = []string{
	awstoken.EC2VPC, awstoken.EC2Subnet, awstoken.EC2SecurityGroup, awstoken.RDSSubnetGroup, awstoken.RDSGlobalCluster,
}

// deletedFirst are the types of which AWS refuses a second resource with the same name.
var deletedFirst = []string{
	awstoken.EFSFileSystem, awstoken.MQBroker, awstoken.OpenSearchDomain, awstoken.RDSCluster, awstoken.RDSGlobalCluster,
}

// applianceSecret is the only secret that nobody can generate again. It is named here, because the secrets of the
// tiers' users have the same type.
const applianceSecret = "cluster-appliance" // #nosec G101 -- a name

// HoldsData reports whether the loss of a resource of a type is a loss of data.
func HoldsData(token string) bool {
	return token != awstoken.LBLoadBalancer && slices.Contains(protected, token)
}

// keeps reports whether an update must not replace a resource without permission.
func keeps(token, name string) bool {
	if token == awstoken.SecretsManagerSecret {
		return name == applianceSecret
	}
	return slices.Contains(protected, token) || slices.Contains(foundations, token)
}

// permits reports whether the configuration allows the replacement of a resource. What no tier owns has no key:
// its replacement would take the data of all tiers with it.
func permits(allowed []string, name string) bool {
	switch tier := deployed.Tier(name); tier {
	case "network":
		return !slices.ContainsFunc(config.DataTiers, func(tier string) bool { return !slices.Contains(allowed, tier) })
	case "copies":
		return slices.Contains(allowed, "backup")
	default:
		return slices.Contains(allowed, tier)
	}
}

// Keep adds options to every resource whose replacement loses data. A hook of the engine refuses to create a
// replacement, whatever the reason for it is. The old resource must still exist then, so it is not deleted first.
// allowed are the tiers in the value of Key. With mocks there is no hook.
//
// Neither Pulumi's protection nor a hook on the deletion can do this in development: both block a destroy.
func Keep(ctx *pulumi.Context, state deployed.State, allowed []string) error {
	var kept pulumi.ResourceOption
	if !ctx.RunningWithMocks() {
		hook, err := ctx.RegisterResourceHook("keeps-its-data", func(args *pulumi.ResourceHookArgs) error {
			return refuseReplacement(state, string(args.URN), args.Name)
		}, &pulumi.ResourceHookOptions{OnDryRun: true})
		if err != nil {
			return fmt.Errorf("guard: %w", err)
		}
		kept = pulumi.ResourceHooks(&pulumi.ResourceHookBinding{BeforeCreate: []*pulumi.ResourceHook{hook}})
	}
	return ctx.RegisterStackTransformation(
		func(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
			opts := slices.Clone(args.Opts)
			switch {
			case !keeps(args.Type, args.Name):
				return nil
			case !state.Completed():
				return nil // nothing to lose
			case !permits(allowed, args.Name):
				opts = append(opts, pulumi.DeleteBeforeReplace(false))
				if kept != nil {
					opts = append(opts, kept)
				}
			case slices.Contains(deletedFirst, args.Type):
				// Otherwise a replacement by --replace would begin with a resource that AWS refuses.
				opts = append(opts, pulumi.DeleteBeforeReplace(true))
			}
			return &pulumi.ResourceTransformationResult{Props: args.Props, Opts: opts}
		})
}

// refuseReplacement refuses to create a resource that the stack has already.
func refuseReplacement(state deployed.State, urn, name string) error {
	if !state.Has(urn) {
		return nil
	}
	tier := deployed.Tier(name)
	permission := "no setting allows that, because data depends on it"
	switch {
	case slices.Contains(config.Replaceable, tier):
		permission = fmt.Sprintf("if that is meant, add %q to %s", tier, Key)
	case tier == "network":
		permission = fmt.Sprintf("the data tiers cannot move; if all their data may be lost, add %s to %s",
			strings.Join(config.DataTiers, ", "), Key)
	}
	return fmt.Errorf("%s: this update would replace it; it is kept as it is, and %s. If you have not asked for a "+
		"replacement, look for a --replace option, `pulumi state untaint` it, or see in `pulumi preview --diff` which "+
		"property has another value in AWS", name, permission)
}
