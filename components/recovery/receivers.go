// Package recovery is what a stack keeps in a second region, and what a stack there takes over. It makes no data of its
// own: the tiers do, with what it hands to them.
package recovery

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/credential"
	"github.com/morpheus-ha/morpheus-aws/components/encryption"
	"github.com/morpheus-ha/morpheus-aws/components/filesystem"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/contract"
	"github.com/morpheus-ha/morpheus-aws/internal/lifecycle"
	"github.com/morpheus-ha/morpheus-aws/internal/location"
)

// Args of the Receivers. All are required.
type Args struct {
	Settings   config.Recovery
	Protection lifecycle.Protection
	// Here is the stack's own region.
	Here location.Location
	// AutoScalingServiceRoleArn exists in every region.
	AutoScalingServiceRoleArn pulumi.StringInput
}

// Receivers are in recovery.region: what receives the copies of this stack's data. A nil one stands for no region.
type Receivers struct {
	// Location is that of the other region, and In passes its provider.
	Location location.Location
	In       pulumi.ResourceOption

	settings config.Recovery
	// keys of that region: what is kept there must be readable without the stack's own region.
	keys *encryption.Encryption
}

// New makes the keys there. in is the provider of the other region.
func New(ctx *pulumi.Context, name string, args *Args, in pulumi.ResourceOption) (*Receivers, error) {
	r := &Receivers{Location: args.Here, In: in, settings: args.Settings}
	r.Location.Region = args.Settings.Region
	// The file system is EFS's copy, or what AWS Backup makes of a copied recovery point when the region is lost: then it is
	// too late for a key of this stack.
	concerns := []encryption.Concern{encryption.Secrets, encryption.FileSystem}
	keys, err := encryption.New(ctx, name, &encryption.Args{
		Location: r.Location, Protection: args.Protection, Only: concerns,
		AutoScalingServiceRoleArn: args.AutoScalingServiceRoleArn,
	}, in)
	r.keys = keys
	return r, err
}

// Files returns where the files are copied to; nil for no copy. After a failover the copy has the newer files, and a new
// replication would overwrite them.
func (r *Receivers) Files() *filesystem.Replica {
	if r == nil || !r.settings.CopiesFiles() {
		return nil
	}
	return &filesystem.Replica{Region: r.settings.Region, KeyArn: r.keys.KeyArn(encryption.FileSystem)}
}

// Secrets returns where the secrets are copied to without which the rows cannot be used there; nil for no copy. Broker
// and search get new users in another region.
func (r *Receivers) Secrets() *credential.Replica {
	if r == nil {
		return nil
	}
	return &credential.Replica{
		Region: r.settings.Region, KeyArn: r.keys.KeyArn(encryption.Secrets), Promoted: r.settings.FailedOver,
	}
}

// Offered is what the contract says of this stack's tiers.
type Offered struct {
	DatabaseVersion                                               string
	FileSystemID                                                  pulumi.StringInput
	ApplianceSecretArn, DatabaseSecretArn, DatabaseAdminSecretArn pulumi.StringOutput
	// CopiesVault is the vault there, and RestoreRoleArn the role of restore jobs.
	CopiesVault, RestoreRoleArn pulumi.StringInput
}

// Contract is what a stack of the second region needs of this one, as an output.
func (r *Receivers) Contract(settings config.Recovery, here location.Location, offered Offered) pulumi.Output {
	out := pulumi.Map{
		"version": pulumi.Int(contract.Version), "readable": pulumi.Int(contract.Readable),
		"region": pulumi.String(here.Region), "mode": pulumi.String(settings.Mode),
		"recoveryRegion": pulumi.String(settings.Region), "recoveryStack": pulumi.String(settings.Stack),
	}
	if r == nil {
		return out.ToMapOutput()
	}
	there := func(arn pulumi.StringOutput) pulumi.StringOutput {
		return arn.ApplyT(func(arn string) string {
			return strings.Replace(arn, ":"+here.Region+":", ":"+settings.Region+":", 1)
		}).(pulumi.StringOutput)
	}
	out["databaseVersion"] = pulumi.String(offered.DatabaseVersion)
	out["applianceSecretArn"] = there(offered.ApplianceSecretArn)
	out["secretsKeyArn"] = r.keys.KeyArn(encryption.Secrets)
	out["copiesVault"], out["restoreRoleArn"] = offered.CopiesVault, offered.RestoreRoleArn
	out["filesKeyArn"] = r.keys.KeyArn(encryption.FileSystem)
	if !settings.Follows() {
		return out.ToMapOutput()
	}
	out["databaseSecretArn"] = there(offered.DatabaseSecretArn)
	out["databaseAdminSecretArn"] = there(offered.DatabaseAdminSecretArn)
	if offered.FileSystemID != nil {
		out["fileSystemId"] = offered.FileSystemID
	}
	return out.ToMapOutput()
}
