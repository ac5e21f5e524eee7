// Package stacks composes the tiers into stacks. It reads the configuration, hands plain decisions and the outputs of one
// tier to the next, and nothing else: the order of the deployment follows from that alone.
package stacks

import (
	"fmt"
	"net/netip"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/access"
	"github.com/morpheus-ha/morpheus-aws/components/cluster"
	"github.com/morpheus-ha/morpheus-aws/components/connection"
	"github.com/morpheus-ha/morpheus-aws/components/database"
	"github.com/morpheus-ha/morpheus-aws/components/encryption"
	"github.com/morpheus-ha/morpheus-aws/components/filesystem"
	"github.com/morpheus-ha/morpheus-aws/components/loadbalancer"
	"github.com/morpheus-ha/morpheus-aws/components/messaging"
	"github.com/morpheus-ha/morpheus-aws/components/network"
	"github.com/morpheus-ha/morpheus-aws/components/search"
	"github.com/morpheus-ha/morpheus-aws/internal/lifecycle"
	"github.com/morpheus-ha/morpheus-aws/internal/location"
	"github.com/morpheus-ha/morpheus-aws/internal/subnets"
)

// Run is the program: everything is validated, then everything is registered.
func Run(ctx *pulumi.Context) error {
	config, err := Load(ctx)
	if err != nil {
		return err
	}
	for _, warning := range config.Warnings {
		if err := ctx.Log.Warn(warning, nil); err != nil {
			return fmt.Errorf("warn: %w", err)
		}
	}
	p, err := newPrimary(ctx, config)
	if err != nil {
		return err
	}
	for _, tier := range []func() error{p.foundations, p.dataTiers, p.loadBalancer, p.cluster} {
		if err := tier(); err != nil {
			return err
		}
	}
	p.export()
	return nil
}

// primary is the stack of the region that serves.
type primary struct {
	ctx        *pulumi.Context
	config     *Config
	location   location.Location
	protection lifecycle.Protection
	cidr       netip.Prefix
	account    *found
	// provider is the one AWS provider; every component is given it, and default providers are off.
	provider *aws.Provider
	in       pulumi.ResourceOption

	access     *access.Access
	keys       *encryption.Encryption
	network    *network.Network
	fileSystem *filesystem.FileSystem
	database   *database.Database
	messaging  *messaging.Messaging
	search     *search.Search
	balancer   *loadbalancer.LoadBalancer
	nodes      *cluster.Cluster
}

func newPrimary(ctx *pulumi.Context, config *Config) (*primary, error) {
	protection, err := config.Protection()
	if err != nil {
		return nil, err
	}
	var cidr netip.Prefix // none of a given VPC
	if !config.Network.given() {
		if cidr, err = subnets.ParseVPC(config.Network.CIDR); err != nil {
			return nil, fmt.Errorf("network.cidr: %w", err)
		}
	}
	provider, err := aws.NewProvider(ctx, "aws", &aws.ProviderArgs{
		Region:            pulumi.String(config.AWS.Region),
		AllowedAccountIds: pulumi.StringArray{pulumi.String(config.AWS.AccountID)},
		DefaultTags:       &aws.ProviderDefaultTagsArgs{Tags: pulumi.ToStringMap(config.DefaultTags())},
	})
	if err != nil {
		return nil, fmt.Errorf("create AWS provider: %w", err)
	}
	account, err := config.lookUp(ctx, provider)
	if err != nil {
		return nil, err
	}
	return &primary{
		ctx: ctx, config: config, protection: protection, cidr: cidr, account: account, provider: provider,
		in: pulumi.Provider(provider),
		location: location.Location{
			Partition: account.partition.Partition, DNSSuffix: account.partition.DnsSuffix,
			Region: config.AWS.Region, AccountID: config.AWS.AccountID,
		},
	}, nil
}

// foundations are roles, keys and the network: what every tier stands on.
func (p *primary) foundations() (err error) {
	p.access, err = access.New(p.ctx, "access", &access.Args{
		Location:              p.location,
		CreateAutoScalingRole: p.config.ServiceLinkedRoles.AutoScaling == roleCreate,
		CreateOpenSearchRole:  p.config.ServiceLinkedRoles.OpenSearch == roleCreate,
	}, p.in)
	if err != nil {
		return err
	}
	p.keys, err = encryption.New(p.ctx, "encryption", &encryption.Args{
		Location:                  p.location,
		Protection:                p.protection,
		AutoScalingServiceRoleArn: p.access.AutoScalingServiceRoleArn,
	}, p.in)
	if err != nil {
		return err
	}
	p.network, err = network.New(p.ctx, "network", p.networkArgs(), p.in)
	return err
}

func (p *primary) networkArgs() *network.Args {
	n := p.config.Network
	args := &network.Args{
		Location:           p.location,
		CIDR:               p.cidr,
		Existing:           p.account.existing,
		Zones:              n.AvailabilityZones,
		NAT:                network.NATGateways(n.NATGateways),
		InternetFacing:     !p.config.internal(),
		ClientCIDRs:        n.AllowedClientCIDRs,
		InterfaceEndpoints: n.InterfaceEndpoints,
		S3PrefixListID:     p.account.s3PrefixListID,
		LogRetentionDays:   p.config.Logs.RetentionDays,
		LogsKeyArn:         p.keys.KeyArn(encryption.Logs),
	}
	if proxy, ok := p.config.proxy(); ok {
		args.Proxy = &proxy
	}
	for _, e := range n.ExtraEgress {
		args.ExtraEgress = append(args.ExtraEgress, network.Egress{
			CIDR: e.CIDR, FromPort: e.FromPort, ToPort: e.ToPort, Protocol: e.Protocol, Why: e.Why,
		})
	}
	for _, r := range n.Routes {
		args.Routes = append(args.Routes, network.Route{
			CIDR: r.CIDR, TransitGatewayID: r.TransitGatewayID, PeeringConnectionID: r.PeeringConnectionID,
		})
	}
	return args
}

// dataTiers know nothing of each other, so the engine makes them side by side.
func (p *primary) dataTiers() (err error) {
	data := p.network.Placements(subnets.Data)
	f := p.config.FileSystem
	p.fileSystem, err = filesystem.New(p.ctx, "filesystem", &filesystem.Args{
		Location: p.location, Protection: p.protection,
		Name: f.Name, PerformanceMode: f.PerformanceMode, ThroughputMode: f.ThroughputMode,
		Placements:      data,
		SecurityGroupID: p.network.SecurityGroupID(network.FileSystem),
		KeyArn:          p.keys.KeyArn(encryption.FileSystem),
		NodeRoleArn:     p.access.NodeRoleArn,
	}, p.in)
	if err != nil {
		return err
	}
	d := p.config.Database
	p.database, err = database.New(p.ctx, "database", &database.Args{
		Location: p.location, Protection: p.protection,
		Identifier: d.Name, EngineVersion: d.EngineVersion, InstanceClass: d.InstanceClass, Instances: d.Instances,
		BackupRetentionDays: d.BackupRetentionDays, BackupWindow: d.BackupWindow, MaintenanceWindow: d.MaintenanceWindow,
		LogRetentionDays: p.config.Logs.RetentionDays,
		Placements:       data,
		SecurityGroupID:  p.network.SecurityGroupID(network.Database),
		KeyArn:           p.keys.KeyArn(encryption.Database),
		SecretsKeyArn:    p.keys.KeyArn(encryption.Secrets),
		LogsKeyArn:       p.keys.KeyArn(encryption.Logs),
	}, p.in)
	if err != nil {
		return err
	}
	m := p.config.Messaging
	p.messaging, err = messaging.New(p.ctx, "messaging", &messaging.Args{
		Location: p.location, Protection: p.protection,
		BrokerName: m.Name, EngineVersion: m.EngineVersion, InstanceType: m.InstanceType, DeploymentMode: m.DeploymentMode,
		MaintenanceDay: m.MaintenanceDay, MaintenanceTime: m.MaintenanceTime,
		Placements:      data,
		SecurityGroupID: p.network.SecurityGroupID(network.Messaging),
		KeyArn:          p.keys.KeyArn(encryption.Messaging),
		SecretsKeyArn:   p.keys.KeyArn(encryption.Secrets),
	}, p.in)
	if err != nil {
		return err
	}
	return p.searchTier(data)
}

func (p *primary) searchTier(data []connection.Placement) (err error) {
	s := p.config.Search
	p.search, err = search.New(p.ctx, "search", &search.Args{
		Location: p.location, Protection: p.protection,
		DomainName: s.Name, EngineVersion: s.EngineVersion,
		InstanceType: s.InstanceType, InstanceCount: s.InstanceCount,
		DedicatedMasters: s.DedicatedMasters, MasterInstanceType: s.MasterInstanceType,
		VolumeSizeGiB: s.VolumeGiB, Iops: s.VolumeIops, ThroughputMiBps: s.VolumeThroughput,
		OffPeakStartHour: s.OffPeakStartHour,
		LogRetentionDays: p.config.Logs.RetentionDays,
		Placements:       data,
		SecurityGroupID:  p.network.SecurityGroupID(network.Search),
		KeyArn:           p.keys.KeyArn(encryption.Search),
		SecretsKeyArn:    p.keys.KeyArn(encryption.Secrets),
		LogsKeyArn:       p.keys.KeyArn(encryption.Logs),

		ServiceLinkedRole: p.access.OpenSearchServiceRole,
	}, p.in)
	return err
}

func (p *primary) loadBalancer() (err error) {
	l := p.config.LoadBalancer
	placements, routes := p.network.Placements(subnets.Public), p.network.Public
	if p.config.internal() {
		placements, routes = p.network.Placements(subnets.Application), nil
	}
	p.balancer, err = loadbalancer.New(p.ctx, "loadbalancer", &loadbalancer.Args{
		Protection: p.protection,
		HostName:   p.config.DNS.HostName, HostedZoneID: p.config.DNS.HostedZoneID,
		CertificateArn: l.CertificateArn, TLSPolicy: l.TLSPolicy,
		IdleTimeoutSeconds: l.IdleTimeoutSeconds, DeregistrationDelaySeconds: l.DeregistrationDelaySeconds,
		VpcID:           p.network.VpcID,
		SecurityGroupID: p.network.SecurityGroupID(network.LoadBalancer),
		Scheme:          l.Scheme,
		Placements:      placements,
		Routes:          routes,
		// The owner of a given VPC decides what it resolves; a new one resolves nothing yet.
		AssociateZone: p.account.privateZone && !p.config.Network.given(),
	}, p.in)
	return err
}

func (p *primary) cluster() (err error) {
	k := p.config.Cluster
	p.nodes, err = cluster.New(p.ctx, "cluster", &cluster.Args{
		Location: p.location,
		Name:     p.config.GroupName(), InstanceTypes: k.InstanceTypes,
		MinSize: k.MinSize, MaxSize: k.MaxSize, RootVolumeGiB: k.RootVolumeGiB, CPUTargetPercent: float64(k.CPUTargetPercent),
		Package: cluster.Package{
			Version: p.config.Morpheus.Version, URL: p.config.Morpheus.PackageURL, SHA256: p.config.Morpheus.PackageSHA256,
		},
		ProxyURL:           p.config.Network.Proxy.URL,
		Tags:               p.config.DefaultTags(),
		ImageID:            pulumi.String(p.account.imageID),
		Placements:         p.network.Placements(subnets.Application),
		SecurityGroupID:    p.network.SecurityGroupID(network.Application),
		VolumeKeyArn:       p.keys.KeyArn(encryption.Volumes),
		NodeRoleName:       p.access.NodeRoleName,
		InstanceProfileArn: p.access.InstanceProfileArn,
		Connections: []connection.Connection{
			p.fileSystem.Connection, p.database.Connection, p.messaging.Connection, p.search.Connection,
		},
		TargetGroupArn:    p.balancer.TargetGroupArn,
		LoadBalancerReady: p.balancer.Ready,
		NetworkReady:      p.network.Application,
	}, p.in)
	return err
}
