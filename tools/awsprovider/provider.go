package main

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-provider-aws/xpprovider"
	pfbridge "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
	sdkv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
)

const packageName = "aws"

// providerInfo puts the provider's two halves, written on the older and the newer Terraform plug-in SDK, under Pulumi's
// names. metadata is what `schema` wrote, or nil for `schema` itself.
func providerInfo(ctx context.Context, metadata []byte) (tfbridge.ProviderInfo, error) {
	newer, old, err := xpprovider.GetProvider(ctx)
	if err != nil {
		return tfbridge.ProviderInfo{}, fmt.Errorf("make the AWS provider: %w", err)
	}
	older := sdkv2.NewProvider(old)
	p := pfbridge.MuxShimWithDisjointgPF(ctx, older, newer)
	info := tfbridge.ProviderInfo{
		P:            p,
		Name:         packageName,
		Version:      version,
		Description:  "The AWS provider, built from its Go module.",
		License:      "MPL-2.0",
		GitHubOrg:    "hashicorp",
		MetadataInfo: tfbridge.NewProviderMetadata(metadata),
		Config:       configuration(),
		Resources:    resources(p, older),
		DataSources:  functions(p),
		// The older half has checked the configuration already, and the newer one takes seconds for it.
		SkipValidateProviderConfigForPluginFramework: true,
		EnableZeroDefaultSchemaVersion:               true,
		EnableAccurateBridgePreview:                  true,
	}
	ignoreRest(&info)
	info.SetAutonaming(nameLimit, nameSeparator)
	return info, nil
}

// resources are those of the provider that have a token. Of the newer half nothing can be asked but names and types.
func resources(p, older shim.Provider) map[string]*tfbridge.ResourceInfo {
	out := map[string]*tfbridge.ResourceInfo{}
	p.ResourcesMap().Range(func(name string, _ shim.Resource) bool {
		if token := resourceToken(name); token != "" {
			out[name] = &tfbridge.ResourceInfo{
				Tok:                 token,
				Fields:              fields(name, older),
				ComputeID:           computeID(name),
				DeleteBeforeReplace: deleteFirst[name],
			}
		}
		return true
	})
	return out
}

// ignoreRest says that what has no token is meant to have none; the bridge takes it for a mistake otherwise.
func ignoreRest(info *tfbridge.ProviderInfo) {
	info.P.ResourcesMap().Range(func(name string, _ shim.Resource) bool {
		if info.Resources[name] == nil {
			info.IgnoreMappings = append(info.IgnoreMappings, name)
		}
		return true
	})
	info.P.DataSourcesMap().Range(func(name string, _ shim.Resource) bool {
		if info.DataSources[name] == nil {
			info.IgnoreMappings = append(info.IgnoreMappings, name)
		}
		return true
	})
}

// configuration is how pulumi-aws presents the provider's own settings.
func configuration() map[string]*tfbridge.SchemaInfo {
	secret := &tfbridge.SchemaInfo{Secret: tfbridge.True()}
	return map[string]*tfbridge.SchemaInfo{
		"access_key": secret,
		"secret_key": secret,
		"token":      secret,
		// A region that the provider does not know yet is not wrong.
		"skip_region_validation":  {Default: &tfbridge.DefaultInfo{Value: true}},
		"skip_metadata_api_check": {Type: "boolean"},
		// The provider takes a chain of roles by now, the SDK still one.
		"assume_role": {Name: "assumeRole", MaxItemsOne: tfbridge.True()},
		// Nothing can be moved to another region: everything is replaced, with the provider.
		"region": {
			Default:               &tfbridge.DefaultInfo{EnvVars: []string{"AWS_REGION", "AWS_DEFAULT_REGION"}},
			ForcesProviderReplace: tfbridge.True(),
		},
	}
}
