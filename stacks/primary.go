// Package stacks composes the tiers into stacks. It passes each tier its section of the configuration and the outputs
// of other tiers. These inputs alone determine the order of the deployment.
package stacks

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components"
	"github.com/morpheus-ha/morpheus-aws/components/access"
	"github.com/morpheus-ha/morpheus-aws/components/backup"
	"github.com/morpheus-ha/morpheus-aws/components/cluster"
	"github.com/morpheus-ha/morpheus-aws/components/database"
	"github.com/morpheus-ha/morpheus-aws/components/encryption"
	"github.com/morpheus-ha/morpheus-aws/components/filesystem"
	"github.com/morpheus-ha/morpheus-aws/components/loadbalancer"
	"github.com/morpheus-ha/morpheus-aws/components/messaging"
	"github.com/morpheus-ha/morpheus-aws/components/monitoring"
	"github.com/morpheus-ha/morpheus-aws/components/network"
	"github.com/morpheus-ha/morpheus-aws/components/notifications"
	"github.com/morpheus-ha/morpheus-aws/components/recovery"
	"github.com/morpheus-ha/morpheus-aws/components/search"
	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/deployed"
	"github.com/morpheus-ha/morpheus-aws/internal/guard"
	"github.com/morpheus-ha/morpheus-aws/internal/lifecycle"
	"github.com/morpheus-ha/morpheus-aws/internal/location"
	"github.com/morpheus-ha/morpheus-aws/internal/lookup"
	"github.com/morpheus-ha/morpheus-aws/internal/subnets"
	"github.com/morpheus-ha/morpheus-aws/internal/versions"
)

// Run is the program: it validates the configuration, then registers all resources.
func Run(ctx *pulumi.Context) error {
	cfg, err := Load(ctx)
	if err != nil {
		return err
	}
	before, err := deployed.Read(ctx)
	if err != nil {
		return err
	}
	warnings, err := guard.CheckDeployed(cfg, before, components.Changes)
	if err != nil {
		return err
	}
	cfg.Warnings = append(cfg.Warnings, warnings...)
	if err := warn(ctx, cfg.Warnings); err != nil {
		return err
	}
	if err := guard.Keep(ctx, before, cfg.Safety.AllowReplace); err != nil {
		return err
	}
	takes, err := takenOver(ctx, cfg)
	if err != nil {
		return err
	}
	p, err := newPrimary(ctx, cfg, before)
	if err != nil {
		return err
	}
	p.takes = takes
	if err := p.planUpgrade(); err != nil {
		return err
	}
	// A step may only use results of earlier steps. The engine deploys independent resources in parallel.
	steps := []func() error{
		p.makeAccess, p.makeKeys, p.makeReceivers, p.makeNotifications, p.makeNetwork, p.makeFileSystem, p.makeDatabase,
	}
	if cfg.Recovery.Serves() {
		steps = append(steps, p.makeMessaging, p.makeSearch, p.makeBackup, p.makeLoadBalancer, p.makeCluster, p.makeMonitoring)
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	p.export()
	return nil
}

func warn(ctx *pulumi.Context, warnings []string) error {
	for _, warning := range warnings {
		if err := ctx.Log.Warn(warning, nil); err != nil {
			return fmt.Errorf("warn: %w", err)
		}
	}
	return nil
}

// primary is the stack of the region that serves users.
type primary struct {
	ctx        *pulumi.Context
	config     *config.Config
	location   location.Location
	protection lifecycle.Protection
	// serving is the protection of what serves users and has no data of its own.
	serving lifecycle.Protection
	account *lookup.Found
	// inProvider passes the AWS provider to every component; default providers are disabled.
	inProvider pulumi.ResourceOption
	// provider makes look-ups.
	provider pulumi.InvokeOption
	// takes is what the stack takes over of another one; nil for a stack with data of its own.
	takes *recovery.TakeOver
	// before is what earlier updates left, and upgrade the path from their release to the configured one.
	before  deployed.State
	upgrade versions.Path

	access        *access.Access
	keys          *encryption.Encryption
	notifications *notifications.Notifications
	network       *network.Network
	fileSystem    *filesystem.FileSystem
	database      *database.Database
	messaging     *messaging.Messaging
	search        *search.Search
	balancer      *loadbalancer.LoadBalancer
	nodes         *cluster.Cluster
	monitoring    *monitoring.Monitoring
	// receivers are nil if nothing is kept in a second region.
	receivers *recovery.Receivers
	// backup is nil if backup.enabled is false.
	backup *backup.Backup
}

// providerArgs are the settings of the provider of a region.
func providerArgs(cfg *config.Config, region string) *aws.ProviderArgs {
	return &aws.ProviderArgs{
		Region:            pulumi.String(region),
		AllowedAccountIds: pulumi.StringArray{pulumi.String(cfg.AWS.AccountID)},
		DefaultTags:       &aws.ProviderDefaultTagsArgs{Tags: pulumi.ToStringMap(cfg.DefaultTags())},
		IgnoreTags:        &aws.ProviderIgnoreTagsArgs{Keys: pulumi.StringArray{pulumi.String(config.WorkTag)}},
	}
}

// newPrimary registers the provider and runs the look-ups.
func newPrimary(ctx *pulumi.Context, cfg *config.Config, before deployed.State) (*primary, error) {
	protection, err := cfg.Protection()
	if err != nil {
		return nil, err
	}
	serving, err := cfg.ProtectionOf("cluster")
	if err != nil {
		return nil, err
	}
	provider, err := aws.NewProvider(ctx, guard.PrimaryProvider, providerArgs(cfg, cfg.AWS.Region))
	if err != nil {
		return nil, fmt.Errorf("create AWS provider: %w", err)
	}
	account, err := lookup.Account(ctx, cfg, provider, lookUps(before))
	if err != nil {
		return nil, err
	}
	return &primary{
		ctx: ctx, config: cfg, protection: protection, serving: serving, account: account, before: before,
		inProvider: pulumi.Provider(provider), provider: pulumi.Provider(provider),
		location: location.Location{
			Partition: account.Partition.Partition, DNSSuffix: account.Partition.DnsSuffix,
			Region: cfg.AWS.Region, AccountID: cfg.AWS.AccountID,
		},
	}, nil
}

func (p *primary) makeAccess() (err error) {
	p.access, err = access.New(p.ctx, "access", &access.Args{
		Settings: p.config.Access, ServiceLinkedRoles: p.config.ServiceLinkedRoles, Location: p.location,
	}, p.inProvider)
	return err
}

func (p *primary) makeKeys() (err error) {
	p.keys, err = encryption.New(p.ctx, "encryption", &encryption.Args{
		Settings: p.config.Encryption, Location: p.location, Protection: p.protection,
		Deployed:                  guard.OwnKeys(p.before),
		AutoScalingServiceRoleArn: p.access.AutoScalingServiceRoleArn,
	}, p.inProvider)
	return err
}

func (p *primary) makeNotifications() (err error) {
	const name = "notifications"
	var deployed []string
	for _, subscription := range p.before.OfType(awstoken.SNSTopicSubscription) {
		deployed = append(deployed, subscription.Name)
	}
	p.notifications, err = notifications.New(p.ctx, name, &notifications.Args{
		Settings: p.config.Notifications, Secret: p.config.IsSecret(name), Webhooks: p.config.Webhooks,
		Deployed: deployed, Location: p.location,
		KeyArn: p.keys.KeyArn(encryption.Logs),
	}, p.inProvider)
	return err
}

func (p *primary) makeNetwork() (err error) {
	p.network, err = network.New(p.ctx, "network", &network.Args{
		Settings: p.config.Network, Logs: p.config.Logs, Access: p.config.Access, Location: p.location,
		Existing:       p.account.Existing,
		InternetFacing: !p.config.InternalOnly(),
		RedirectHTTP:   p.config.LoadBalancer.RedirectHTTP,
		S3PrefixListID: p.account.S3PrefixListID, CheckersListID: p.account.CheckersListID,
		LogsKeyArn: p.keys.KeyArn(encryption.Logs),
	}, p.inProvider)
	return err
}

func (p *primary) makeLoadBalancer() error {
	const name = "loadbalancer"
	protection, options, err := p.protect(name)
	if err != nil {
		return err
	}
	layer, routes := subnets.Public, p.network.Public
	if p.config.InternalOnly() {
		layer, routes = subnets.Application, nil
	}
	p.balancer, err = loadbalancer.New(p.ctx, name, &loadbalancer.Args{
		Settings: p.config.LoadBalancer, DNS: p.config.DNS, Logs: p.config.Logs,
		Location: p.location, Protection: protection, LogsProtection: p.serving, Name: recovery.Name(p.config.Recovery),
		VpcID:           p.network.VpcID,
		SecurityGroupID: p.network.SecurityGroupID(network.LoadBalancer),
		Subnets:         p.network.Subnets(layer),
		Routes:          routes,
		// A new VPC has no associated zone yet. The owner of an existing VPC decides on its zones.
		AssociateZone: p.account.PrivateZone && !p.config.Network.Given(),
		HealthCheck:   p.config.Monitoring.HealthCheck, Entrance: p.network.Entrance,
	}, options...)
	return err
}

// liveGroup returns the sizes of the deployed scaling group; nil before the first update.
func (p *primary) liveGroup() (*cluster.Live, error) {
	name := p.before.Text("autoScalingGroupName")
	if name == "" {
		return nil, nil //nolint:nilnil // there is no group yet
	}
	live, err := lookup.Group(p.ctx, name, p.provider)
	if live == nil || err != nil {
		return nil, err
	}
	live.KnownMinSize = live.MinSize
	for _, group := range p.before.OfType(awstoken.AutoScalingGroup) {
		if least, isNumber := group.Outputs["minSize"].(float64); isNumber && group.Outputs["name"] == name {
			live.KnownMinSize = int(least)
		}
	}
	return live, nil
}

func (p *primary) makeCluster() (err error) {
	live, err := p.liveGroup()
	if err != nil {
		return err
	}
	p.nodes, err = cluster.New(p.ctx, "cluster", &cluster.Args{
		Settings: p.config.RunningCluster(), Morpheus: p.config.Morpheus, NodeTools: p.config.NodeTools,
		Logs: p.config.Logs, Proxy: p.config.Network.Proxy,
		Location: p.location, Protection: p.serving, Replica: p.receivers.Secrets(), Appliance: p.takes.Appliance(),

		Name:            p.config.GroupName(),
		LogGroupName:    p.config.NodeLogGroup(),
		MetricNamespace: p.config.MetricNamespace(),
		ApplianceURL:    "https://" + p.config.DNS.HostName,
		StopAll:         p.upgrade == versions.StopAll,
		Tags:            p.config.DefaultTags(),
		ImageID:         pulumi.String(p.account.ImageID),
		Live:            live,

		Subnets:            p.network.Subnets(subnets.Application),
		SecurityGroupID:    p.network.SecurityGroupID(network.Application),
		NetworkReady:       p.network.Application,
		VolumeKeyArn:       p.keys.KeyArn(encryption.Volumes),
		LogsKeyArn:         p.keys.KeyArn(encryption.Logs),
		SecretsKeyArn:      p.keys.KeyArn(encryption.Secrets),
		NodeRoleName:       p.access.NodeRoleName,
		NodeRoleArn:        p.access.NodeRoleArn,
		InstanceProfileArn: p.access.InstanceProfileArn,

		FileSystem: p.fileSystem.Connection,
		Database:   p.database.Connection,
		Messaging:  p.messaging.Connection,
		Search:     p.search.Connection,

		TargetGroupArn:     p.balancer.TargetGroupArn,
		LoadBalancerSuffix: p.balancer.ArnSuffix,
		TargetGroupSuffix:  p.balancer.TargetGroupArnSuffix,
		LoadBalancerReady:  p.balancer.Ready,
	}, p.inProvider)
	return err
}
