package stacks

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/credential"
	"github.com/morpheus-ha/morpheus-aws/components/encryption"
	"github.com/morpheus-ha/morpheus-aws/components/filesystem"
	"github.com/morpheus-ha/morpheus-aws/internal/guard"
	"github.com/morpheus-ha/morpheus-aws/internal/location"
)

// second is what the stack needs to keep something in recovery.region.
type second struct {
	location   location.Location
	inProvider pulumi.ResourceOption
	// keys of that region: what is kept there must be readable without the stack's own region.
	keys *encryption.Encryption
}

// makeSecond makes the provider of the second region and the keys there.
func (p *primary) makeSecond() error {
	recovery := p.config.Recovery
	if !recovery.On() {
		return nil
	}
	provider, err := aws.NewProvider(p.ctx, guard.RecoveryProvider, providerArgs(p.config, recovery.Region))
	if err != nil {
		return fmt.Errorf("create AWS provider of %s: %w", recovery.Region, err)
	}
	p.second = &second{location: p.location, inProvider: pulumi.Provider(provider)}
	p.second.location.Region = recovery.Region
	concerns := []encryption.Concern{encryption.Secrets}
	if recovery.Follows() {
		concerns = append(concerns, encryption.FileSystem)
	}
	p.second.keys, err = encryption.New(p.ctx, "recovery", &encryption.Args{
		Location: p.second.location, Protection: p.protection, Only: concerns,
		AutoScalingServiceRoleArn: p.access.AutoScalingServiceRoleArn,
	}, p.second.inProvider)
	return err
}

// replicaOfFiles returns where the files are copied to; nil for no copy.
func (p *primary) replicaOfFiles() *filesystem.Replica {
	// After a failover the copy has the newer files: a new replication would overwrite them.
	if !p.config.Recovery.CopiesFiles() {
		return nil
	}
	return &filesystem.Replica{
		Region: p.config.Recovery.Region, KeyArn: p.second.keys.KeyArn(encryption.FileSystem),
	}
}

// replicaOfSecrets returns where the secrets are copied to without which the rows cannot be used there; nil for no copy.
// Broker and search get new users in another region.
func (p *primary) replicaOfSecrets() *credential.Replica {
	if p.second == nil {
		return nil
	}
	return &credential.Replica{
		Region: p.config.Recovery.Region, KeyArn: p.second.keys.KeyArn(encryption.Secrets),
		Promoted: p.config.Recovery.FailedOver,
	}
}
