package stacks

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/recovery"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/contract"
	"github.com/morpheus-ha/morpheus-aws/internal/deployed"
	"github.com/morpheus-ha/morpheus-aws/internal/guard"
)

// takenOver reads and checks the contract of the stack whose data this one takes over; nil for a stack with its own.
func takenOver(ctx *pulumi.Context, cfg *config.Config) (*recovery.TakeOver, error) {
	if !cfg.Recovery.TakesOver() {
		return nil, nil //nolint:nilnil // the stack has data of its own
	}
	outputs, err := deployed.OutputsOf(ctx, cfg.Recovery.PrimaryStack)
	if err != nil {
		return nil, err
	}
	found, err := contract.Read(cfg.Recovery.PrimaryStack, outputs)
	if err != nil {
		return nil, err
	}
	return &recovery.TakeOver{Settings: cfg.Recovery, Contract: found}, found.Check(cfg)
}

// makeReceivers makes the provider of the second region and what receives copies there.
func (p *primary) makeReceivers() error {
	if !p.config.Recovery.On() {
		return nil
	}
	region := p.config.Recovery.Region
	provider, err := aws.NewProvider(p.ctx, guard.RecoveryProvider, providerArgs(p.config, region))
	if err != nil {
		return fmt.Errorf("create AWS provider of %s: %w", region, err)
	}
	// As those of the vault there: who gives up a region says so by this name.
	protection, err := p.config.ProtectionOf("backup")
	if err != nil {
		return err
	}
	p.receivers, err = recovery.New(p.ctx, "recovery", &recovery.Args{
		Settings: p.config.Recovery, Protection: protection, Here: p.location,
		AutoScalingServiceRoleArn: p.access.AutoScalingServiceRoleArn,
	}, pulumi.Provider(provider))
	return err
}

func (p *primary) contract() pulumi.Input {
	var offered recovery.Offered
	if p.config.Recovery.On() {
		offered = recovery.Offered{
			DatabaseVersion: p.config.Database.EngineVersion, FileSystemID: p.fileSystem.ReplicaID,
			ApplianceSecretArn: p.nodes.ApplianceSecretArn, DatabaseAdminSecretArn: p.database.AdminSecretArn,
			DatabaseSecretArn: p.database.Connection.SecretArn.ToStringOutput(),
			CopiesVault:       p.backup.CopiesVault, RestoreRoleArn: p.backup.RestoreRoleArn,
		}
	}
	return p.receivers.Contract(p.config.Recovery, p.location, offered)
}
