// Package cluster makes the Morpheus nodes: what their role may do, how one is launched, and the auto scaling group
// that spreads them over the availability zones.
package cluster

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"path"
	"slices"
	"unicode/utf8"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/connection"
	"github.com/morpheus-ha/morpheus-aws/components/token"
	"github.com/morpheus-ha/morpheus-aws/internal/lifecycle"
	"github.com/morpheus-ha/morpheus-aws/internal/location"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
)

// tagMax is AWS's limit on the value of a tag, in characters.
const tagMax = 256

// Package is the appliance package that nodes run. Its version and checksum are tags of the nodes, so that another
// package is another launch template version and replaces them.
type Package struct {
	// URL is "https://host/path/file" or "s3://bucket/key"; an object of S3 is read with the node role.
	URL     string
	SHA256  string // 64 hexadecimal digits
	Version string // "8.0.7-1"
}

// Args of a Cluster. All are required, except that ProxyURL, Tags, LoadBalancerReady and NetworkReady may be empty.
type Args struct {
	Location location.Location
	// Protection of the bucket of reports and of the secret that all nodes share.
	Protection lifecycle.Protection
	// Name of the auto scaling group; fixed, because policies and dashboards name the group before it exists.
	Name string
	// InstanceTypes, preferred first: at least two of the same size, so that a zone short of one still gets a node.
	InstanceTypes []string
	// MinSize and MaxSize bound what scaling may choose.
	MinSize, MaxSize int
	RootVolumeGiB    int
	// CPUTargetPercent is the average CPU use that scaling holds; above 0, at most 100.
	CPUTargetPercent float64
	// RequestsPerTarget is the requests a minute and node that scaling holds too; 0 for CPU alone.
	RequestsPerTarget int
	// Schedules set the sizes at times.
	Schedules []Schedule
	// BootTimeoutMinutes (1..120) is how long a node may be silent on its way to serving; it is then ended.
	BootTimeoutMinutes int
	// RolloutGuard stops a rollout while fewer than MinSize nodes serve. AWS then also refuses to begin one: a group that
	// serves nobody is repaired without it.
	RolloutGuard bool
	// StopAll makes a rollout end all nodes at once instead of one after the other, for an upgrade that the vendor does not
	// allow node by node. AWS launches the new ones at the same time: they may come up while an old one still leaves.
	StopAll bool
	Package Package
	// LogGroupName is the nodes' own log group; fixed, because what they send there is configured before it exists.
	LogGroupName string
	// LogRetentionDays is a retention that CloudWatch Logs knows; reports of failed boots end then too.
	LogRetentionDays int
	// MetricNamespace is the one namespace of CloudWatch in which nodes may put metrics.
	MetricNamespace string
	// ProxyURL is the nodes' way to packages and managed clouds, http://<host>:<port>; empty for none. It is a tag of the
	// nodes, as the package is.
	ProxyURL string
	// Tags of the group, its instances, volumes and network interfaces: a provider's default tags reach none of them.
	Tags map[string]string

	// ImageID of an image whose root device is RootDevice.
	ImageID pulumi.StringInput
	// Placements are the application subnets, in at least two availability zones.
	Placements      []connection.Placement
	SecurityGroupID pulumi.StringInput
	// VolumeKeyArn is the KMS key of the root volumes; it must let the service-linked role of Auto Scaling use it.
	VolumeKeyArn pulumi.StringInput
	// LogsKeyArn is the KMS key of the log group and of the bucket of reports; it must let CloudWatch Logs use it.
	LogsKeyArn         pulumi.StringInput
	NodeRoleName       pulumi.StringInput
	InstanceProfileArn pulumi.StringInput
	// Connections are the back ends: their statements are the node role's policy, and no node starts before all of them
	// are ready.
	Connections []connection.Connection
	// Boot is what nodes are told of the stack beside that.
	Boot           Boot
	TargetGroupArn pulumi.StringInput
	// LoadBalancerSuffix and TargetGroupSuffix are the ends of their ARNs: "app/<name>/<id>", "targetgroup/<name>/<id>".
	LoadBalancerSuffix, TargetGroupSuffix pulumi.StringInput
	// LoadBalancerReady are what joins the target group to clients, NetworkReady the routes and rules by which a node
	// reaches its packages and back ends.
	LoadBalancerReady, NetworkReady []pulumi.Resource
}

// Cluster is the group of Morpheus nodes.
type Cluster struct {
	pulumi.ResourceState

	AutoScalingGroupName pulumi.StringOutput `pulumi:"autoScalingGroupName"`
	AutoScalingGroupArn  pulumi.StringOutput `pulumi:"autoScalingGroupArn"`
	LaunchTemplateID     pulumi.StringOutput `pulumi:"launchTemplateId"`
	// LogGroupName is known when nodes can write to it.
	LogGroupName pulumi.StringOutput `pulumi:"logGroupName"`
	// DiagnosticsBucket has the reports of failed boots, under boot/.
	DiagnosticsBucket pulumi.StringOutput `pulumi:"diagnosticsBucket"`
	// ApplianceSecretArn is the secret that all nodes share; the first of them gives it its value.
	ApplianceSecretArn pulumi.StringOutput `pulumi:"applianceSecretArn"`
}

// New makes the node role's permissions, the launch template, the auto scaling group with its hooks, and what scales it.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Cluster, error) {
	if err := args.validate(); err != nil {
		return nil, fmt.Errorf("cluster %q: %w", name, err)
	}
	c := &Cluster{}
	if err := ctx.RegisterComponentResourceV2(token.Cluster, name, args.inputs(), c, opts...); err != nil {
		return nil, fmt.Errorf("cluster %q: register: %w", name, err)
	}

	logs, err := c.makeLogGroup(ctx, name, args)
	if err != nil {
		return nil, fmt.Errorf("cluster %q: create the log group: %w", name, err)
	}
	appliance, err := c.makeApplianceSecret(ctx, name, args)
	if err != nil {
		return nil, fmt.Errorf("cluster %q: create the secret of the appliance: %w", name, err)
	}
	diagnostics, err := c.makeDiagnostics(ctx, name, args)
	if err != nil {
		return nil, fmt.Errorf("cluster %q: create the bucket of reports: %w", name, err)
	}
	permissions, err := c.grant(ctx, name, args, slices.Concat(
		args.nodeStatements(logs.Arn), args.bootStatements(appliance.Arn), args.diagnosticsStatements(diagnostics.Arn)))
	if err != nil {
		return nil, fmt.Errorf("cluster %q: %w", name, err)
	}
	userData, err := args.userData(appliance.Arn, diagnostics.Name)
	if err != nil {
		return nil, fmt.Errorf("cluster %q: write the user data: %w", name, err)
	}
	template, err := c.makeTemplate(ctx, name, args, userData)
	if err != nil {
		return nil, fmt.Errorf("cluster %q: create the launch template: %w", name, err)
	}
	guard, err := c.makeGuard(ctx, name, args)
	if err != nil {
		return nil, fmt.Errorf("cluster %q: create the alarm that guards rollouts: %w", name, err)
	}
	group, err := c.makeGroup(ctx, name, args, template, guard, slices.Concat(permissions, diagnostics.Ready, args.ready()))
	if err != nil {
		return nil, fmt.Errorf("cluster %q: create the auto scaling group: %w", name, err)
	}
	if err := errors.Join(c.makeHooks(ctx, name, args, group), c.makeScaling(ctx, name, args, group)); err != nil {
		return nil, fmt.Errorf("cluster %q: %w", name, err)
	}

	c.AutoScalingGroupName, c.AutoScalingGroupArn = group.Name, group.Arn
	c.LaunchTemplateID, c.LogGroupName = template.ID().ToStringOutput(), logs.Name
	c.DiagnosticsBucket, c.ApplianceSecretArn = diagnostics.Name, appliance.Arn
	if err := ctx.RegisterResourceOutputs(c, pulumi.Map{
		"autoScalingGroupName": c.AutoScalingGroupName,
		"autoScalingGroupArn":  c.AutoScalingGroupArn,
		"launchTemplateId":     c.LaunchTemplateID,
		"logGroupName":         c.LogGroupName,
		"diagnosticsBucket":    c.DiagnosticsBucket,
		"applianceSecretArn":   c.ApplianceSecretArn,
	}); err != nil {
		return nil, fmt.Errorf("cluster %q: outputs: %w", name, err)
	}
	return c, nil
}

// ready are the resources of other tiers that a node needs from its first minute.
func (a *Args) ready() []pulumi.Resource {
	var out []pulumi.Resource
	for _, conn := range a.Connections {
		out = append(out, conn.Ready...)
	}
	out = append(out, a.LoadBalancerReady...)
	return append(out, a.NetworkReady...)
}

// tags are the caller's and what tells nodes apart. Of the package's URL only the file name is shown: the rest may be
// signed, and whoever can list instances can read their tags.
func (a *Args) tags() map[string]string {
	tags := maps.Clone(a.Tags)
	if tags == nil {
		tags = map[string]string{}
	}
	tags["Name"] = a.Name
	tags["morpheus:version"] = a.Package.Version
	tags["morpheus:package"] = a.Package.file()
	tags["morpheus:package-sha256"] = a.Package.SHA256
	if a.ProxyURL != "" {
		tags["morpheus:proxy"] = a.ProxyURL
	}
	return tags
}

// file is the last part of the URL's path; empty when it has none.
func (p Package) file() string {
	u, err := url.Parse(p.URL)
	if err != nil || u.Path == "" || u.Path[len(u.Path)-1] == '/' {
		return ""
	}
	return path.Base(u.Path)
}

func (a *Args) inputs() pulumi.Map {
	zones := make(pulumi.StringArray, len(a.Placements))
	for i, p := range a.Placements {
		zones[i] = pulumi.String(p.Zone)
	}
	return pulumi.Map{
		"name":               pulumi.String(a.Name),
		"instanceTypes":      pulumi.ToStringArray(a.InstanceTypes),
		"minSize":            pulumi.Int(a.MinSize),
		"maxSize":            pulumi.Int(a.MaxSize),
		"rootVolumeGiB":      pulumi.Int(a.RootVolumeGiB),
		"cpuTargetPercent":   pulumi.Float64(a.CPUTargetPercent),
		"requestsPerTarget":  pulumi.Int(a.RequestsPerTarget),
		"bootTimeoutMinutes": pulumi.Int(a.BootTimeoutMinutes),
		"stopAll":            pulumi.Bool(a.StopAll),
		"rolloutGuard":       pulumi.Bool(a.RolloutGuard),
		"logGroupName":       pulumi.String(a.LogGroupName),
		"logRetentionDays":   pulumi.Int(a.LogRetentionDays),
		"metricNamespace":    pulumi.String(a.MetricNamespace),
		"tags":               pulumi.ToStringMap(a.tags()),
		"zones":              zones,
		"imageId":            a.ImageID,
		"securityGroupId":    a.SecurityGroupID,
		"volumeKeyArn":       a.VolumeKeyArn,
		"logsKeyArn":         a.LogsKeyArn,
		"nodeRoleName":       a.NodeRoleName,
		"instanceProfileArn": a.InstanceProfileArn,
		"targetGroupArn":     a.TargetGroupArn,
	}
}

func (a *Args) validate() error {
	if a == nil {
		return errors.New("arguments are required")
	}
	types := slices.Compact(slices.Sorted(slices.Values(a.InstanceTypes)))
	switch {
	case a.Location.Partition == "":
		return errors.New("a location is required")
	case a.Name == "" || len(a.Name) > naming.AutoScalingMax:
		return fmt.Errorf("a name of 1..%d characters is required", naming.AutoScalingMax)
	case len(types) < 2 || len(types) != len(a.InstanceTypes) || types[0] == "":
		return errors.New("at least two instance types are required, each once")
	case a.MinSize < 1 || a.MaxSize < a.MinSize:
		return fmt.Errorf("sizes must be 1 <= min <= max, got %d and %d", a.MinSize, a.MaxSize)
	case a.RootVolumeGiB < 1:
		return errors.New("a root volume size is required")
	case !(a.CPUTargetPercent > 0 && a.CPUTargetPercent <= 100):
		return fmt.Errorf("CPU target must be above 0 and at most 100 percent, got %v", a.CPUTargetPercent)
	case a.RequestsPerTarget < 0:
		return fmt.Errorf("requests per target must be 0 or more, got %d", a.RequestsPerTarget)
	case a.BootTimeoutMinutes < 1 || a.BootTimeoutMinutes > 120:
		return fmt.Errorf("boot timeout must be 1..120 minutes, got %d", a.BootTimeoutMinutes)
	case a.Package.Version == "" || a.Package.SHA256 == "" || a.Package.file() == "":
		return errors.New("a package with a file name, version and checksum is required")
	case a.LogGroupName == "" || a.LogRetentionDays < 1 || a.MetricNamespace == "":
		return errors.New("a log group name, its retention and a metric namespace are required")
	case a.LogsKeyArn == nil:
		return errors.New("the key of the log group is required")
	case a.ImageID == nil || a.SecurityGroupID == nil || a.VolumeKeyArn == nil || a.NodeRoleName == nil ||
		a.InstanceProfileArn == nil || a.TargetGroupArn == nil || a.LoadBalancerSuffix == nil || a.TargetGroupSuffix == nil:
		return errors.New("image, security group, volume key, node role, instance profile, load balancer and target group are required")
	case len(a.Placements) < 2:
		return fmt.Errorf("at least two availability zones are required, got %d", len(a.Placements))
	}
	return errors.Join(a.validateTags(), a.validateStatements(), a.validateBoot(), a.validateObjects())
}

func (a *Args) validateTags() error {
	tags := a.tags()
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		if utf8.RuneCountInString(tags[key]) > tagMax {
			return fmt.Errorf("tag %q is longer than %d characters", key, tagMax)
		}
	}
	return nil
}
