// Package stacks composes the tiers into stacks. It reads the configuration, hands plain decisions and the outputs of one
// tier to the next, and nothing else: the order of the deployment follows from that alone.
package stacks

import (
	"cmp"
	"fmt"
	"net/netip"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/access"
	"github.com/morpheus-ha/morpheus-aws/components/cluster"
	"github.com/morpheus-ha/morpheus-aws/components/cluster/boot"
	"github.com/morpheus-ha/morpheus-aws/components/connection"
	"github.com/morpheus-ha/morpheus-aws/components/database"
	"github.com/morpheus-ha/morpheus-aws/components/encryption"
	"github.com/morpheus-ha/morpheus-aws/components/filesystem"
	"github.com/morpheus-ha/morpheus-aws/components/loadbalancer"
	"github.com/morpheus-ha/morpheus-aws/components/messaging"
	"github.com/morpheus-ha/morpheus-aws/components/network"
	"github.com/morpheus-ha/morpheus-aws/components/notifications"
	"github.com/morpheus-ha/morpheus-aws/components/search"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/lifecycle"
	"github.com/morpheus-ha/morpheus-aws/internal/location"
	"github.com/morpheus-ha/morpheus-aws/internal/lookup"
	"github.com/morpheus-ha/morpheus-aws/internal/subnets"
	"github.com/morpheus-ha/morpheus-aws/internal/versions"
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
	if err := p.planUpgrade(); err != nil {
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
	config     *config.Config
	location   location.Location
	protection lifecycle.Protection
	cidr       netip.Prefix
	account    *lookup.Found
	// provider is the one AWS provider; every component is given it, and default providers are off.
	provider *aws.Provider
	in       pulumi.ResourceOption
	// before is what the last update deployed, and upgrade how the nodes get from its release to the configured one.
	before  previous
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
}

func newPrimary(ctx *pulumi.Context, config *config.Config) (*primary, error) {
	protection, err := config.Protection()
	if err != nil {
		return nil, err
	}
	var cidr netip.Prefix // none of a given VPC
	if !config.Network.Given() {
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
	account, err := lookup.Account(ctx, config, provider)
	if err != nil {
		return nil, err
	}
	before, err := readPrevious(ctx)
	if err != nil {
		return nil, err
	}
	return &primary{
		ctx: ctx, config: config, protection: protection, cidr: cidr, account: account, provider: provider, before: before,
		in: pulumi.Provider(provider),
		location: location.Location{
			Partition: account.Partition.Partition, DNSSuffix: account.Partition.DnsSuffix,
			Region: config.AWS.Region, AccountID: config.AWS.AccountID,
		},
	}, nil
}

// foundations are roles, keys and the network: what every tier stands on.
func (p *primary) foundations() (err error) {
	p.access, err = access.New(p.ctx, "access", &access.Args{
		Location:              p.location,
		CreateAutoScalingRole: p.config.ServiceLinkedRoles.AutoScaling == config.RoleCreate,
		CreateOpenSearchRole:  p.config.ServiceLinkedRoles.OpenSearch == config.RoleCreate,
		PermissionsBoundary:   p.config.Access.PermissionsBoundary,
	}, p.in)
	if err != nil {
		return err
	}
	p.keys, err = encryption.New(p.ctx, "encryption", &encryption.Args{
		Location:                  p.location,
		Protection:                p.protection,
		AutoScalingServiceRoleArn: p.access.AutoScalingServiceRoleArn,
		ExistingKeyArns:           existingKeys(p.config),
	}, p.in)
	if err != nil {
		return err
	}
	p.notifications, err = notifications.New(p.ctx, "notifications", &notifications.Args{
		Location: p.location,
		KeyArn:   p.keys.KeyArn(encryption.Logs),
		Emails:   p.config.Notifications.Emails,
	}, p.in)
	if err != nil {
		return err
	}
	p.network, err = network.New(p.ctx, "network", p.networkArgs(), p.in)
	return err
}

// existingKeys are the ARNs that the configuration names, by concern.
func existingKeys(c *config.Config) map[encryption.Concern]string {
	out := map[encryption.Concern]string{}
	for _, given := range c.Encryption.Keys.Given() {
		out[encryption.Concern(given.Concern)] = given.ARN
	}
	return out
}

func (p *primary) networkArgs() *network.Args {
	n := p.config.Network
	args := &network.Args{
		Location:           p.location,
		CIDR:               p.cidr,
		Existing:           p.account.Existing,
		Zones:              n.AvailabilityZones,
		NAT:                network.NATGateways(n.NATGateways),
		InternetFacing:     !p.config.InternalOnly(),
		RedirectHTTP:       p.config.LoadBalancer.RedirectHTTP,
		ClientCIDRs:        n.AllowedClientCIDRs,
		InterfaceEndpoints: n.InterfaceEndpoints,
		S3PrefixListID:     p.account.S3PrefixListID,
		LogRetentionDays:   p.config.Logs.RetentionDays,
		LogsKeyArn:         p.keys.KeyArn(encryption.Logs),

		PermissionsBoundary: p.config.Access.PermissionsBoundary,
	}
	if port := n.Proxy.Port(); port > 0 {
		args.Proxy = &network.ProxyRange{CIDR: n.Proxy.CIDR, Port: port}
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

func (p *primary) loadBalancer() (err error) {
	l := p.config.LoadBalancer
	placements, routes := p.network.Placements(subnets.Public), p.network.Public
	if p.config.InternalOnly() {
		placements, routes = p.network.Placements(subnets.Application), nil
	}
	p.balancer, err = loadbalancer.New(p.ctx, "loadbalancer", &loadbalancer.Args{
		Location: p.location, Protection: p.protection,
		HostName: p.config.DNS.HostName, HostedZoneID: p.config.DNS.HostedZoneID,
		CertificateArn: l.CertificateArn, TLSPolicy: l.TLSPolicy,
		IdleTimeoutSeconds: l.IdleTimeoutSeconds, DeregistrationDelaySeconds: l.DeregistrationDelaySeconds,
		RedirectHTTP: l.RedirectHTTP, WebACLArn: l.WebACLArn, LogRetentionDays: p.config.Logs.RetentionDays,
		VpcID:           p.network.VpcID,
		SecurityGroupID: p.network.SecurityGroupID(network.LoadBalancer),
		Scheme:          l.Scheme,
		Placements:      placements,
		Routes:          routes,
		// The owner of a given VPC decides what it resolves; a new one resolves nothing yet.
		AssociateZone: p.account.PrivateZone && !p.config.Network.Given(),
	}, p.in)
	return err
}

func (p *primary) cluster() (err error) {
	k := p.config.Cluster
	schedules := make([]cluster.Schedule, len(k.Schedules))
	for i, s := range k.Schedules {
		schedules[i] = cluster.Schedule{
			Name: s.Name, Recurrence: s.Recurrence, TimeZone: cmp.Or(s.TimeZone, "UTC"), MinSize: s.MinSize, MaxSize: s.MaxSize,
		}
	}
	p.nodes, err = cluster.New(p.ctx, "cluster", &cluster.Args{
		Location: p.location, Protection: p.protection,
		Name: p.config.GroupName(), InstanceTypes: k.InstanceTypes,
		MinSize: k.MinSize, MaxSize: k.MaxSize, RootVolumeGiB: k.RootVolumeGiB, CPUTargetPercent: float64(k.CPUTargetPercent),
		RequestsPerTarget: k.RequestsPerTarget, BootTimeoutMinutes: k.BootTimeoutMinutes, RolloutGuard: k.RolloutGuard,
		Schedules: schedules,
		StopAll:   p.upgrade == versions.StopAll,
		Package: cluster.Package{
			Version: p.config.Morpheus.Version, URL: p.config.Morpheus.PackageURL, SHA256: p.config.Morpheus.PackageSHA256,
		},
		LogGroupName: p.config.NodeLogGroup(), LogRetentionDays: p.config.Logs.RetentionDays,
		MetricNamespace:    p.config.MetricNamespace(),
		ProxyURL:           p.config.Network.Proxy.URL,
		Tags:               p.config.DefaultTags(),
		ImageID:            pulumi.String(p.account.ImageID),
		Placements:         p.network.Placements(subnets.Application),
		SecurityGroupID:    p.network.SecurityGroupID(network.Application),
		VolumeKeyArn:       p.keys.KeyArn(encryption.Volumes),
		LogsKeyArn:         p.keys.KeyArn(encryption.Logs),
		NodeRoleName:       p.access.NodeRoleName,
		InstanceProfileArn: p.access.InstanceProfileArn,
		Connections: []connection.Connection{
			p.fileSystem.Connection, p.database.Connection, p.messaging.Connection, p.search.Connection,
		},
		Boot: cluster.Boot{
			ApplianceURL:   "https://" + p.config.DNS.HostName,
			SetupSecretArn: p.config.Morpheus.SetupSecretArn,
			Supplemental:   boot.Download{URL: p.config.Morpheus.SupplementalURL, SHA256: p.config.Morpheus.SupplementalSHA256},
			MirrorBucket:   p.config.NodeTools.Bucket, ToolSHA256: p.config.NodeTools.Checksums(),
			SecretsKeyArn:      p.keys.KeyArn(encryption.Secrets),
			SecretRecoveryDays: p.protection.SecretRecoveryDays,
		},
		TargetGroupArn:     p.balancer.TargetGroupArn,
		LoadBalancerSuffix: p.balancer.ArnSuffix,
		TargetGroupSuffix:  p.balancer.TargetGroupArnSuffix,
		LoadBalancerReady:  p.balancer.Ready,
		NetworkReady:       p.network.Application,
	}, p.in)
	return err
}
