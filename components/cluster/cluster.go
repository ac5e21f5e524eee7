// Package cluster makes the Morpheus nodes: the permissions of their role, their launch template, and the auto
// scaling group that spreads them over the availability zones.
package cluster

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/component"
	"github.com/morpheus-ha/morpheus-aws/components/connection"
	"github.com/morpheus-ha/morpheus-aws/components/credential"
	"github.com/morpheus-ha/morpheus-aws/components/token"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/lifecycle"
	"github.com/morpheus-ha/morpheus-aws/internal/location"
)

// Live are the sizes of a deployed scaling group, which scaling and schedules change.
type Live struct {
	MinSize, MaxSize, DesiredCapacity int
	// KnownMinSize is the smallest size in the state of the stack, with which the provider compares.
	KnownMinSize int
}

// Args of a Cluster. All are required, except that StopAll, Live, Proxy, Replica, Appliance, Tags, LoadBalancerReady and NetworkReady may be
// empty.
type Args struct {
	Settings config.Cluster
	// Morpheus is the package that the nodes run. Its version and checksum are tags of the nodes, so that another
	// package is another launch template version and replaces them.
	Morpheus config.Morpheus
	// NodeTools are the files that the image does not have.
	NodeTools config.NodeTools
	// Logs have the retention of the log group and of the reports of failed boots.
	Logs config.Logs
	// Proxy is the nodes' way to packages and managed clouds. Its URL is a tag of the nodes.
	Proxy    config.Proxy
	Location location.Location
	// Appliance is the secret of the nodes of another region, as it was copied here; nil to make one.
	Appliance *Appliance
	// Replica is the copy of that secret in another region; nil for none.
	Replica *credential.Replica
	// Protection of the bucket of reports and of the secret that all nodes share.
	Protection lifecycle.Protection

	// Name of the auto scaling group; fixed, because policies name the group before it exists.
	Name string
	// LogGroupName is the nodes' own log group; fixed, because the nodes are configured with it before it exists.
	LogGroupName string
	// MetricNamespace is the one namespace of CloudWatch in which nodes may put metrics.
	MetricNamespace string
	// ApplianceURL is where users find the appliance.
	ApplianceURL string
	// StopAll makes a rollout terminate all nodes at once instead of one after the other, for an upgrade that the vendor
	// does not allow node by node. AWS launches the new ones at the same time: they may start while an old one still
	// drains.
	StopAll bool
	// Live is what the deployed group has now; nil before there is one.
	Live *Live
	// Tags of the group, its instances, volumes and network interfaces: a provider's default tags reach none of them.
	Tags map[string]string

	// ImageID of an image whose root device is RootDevice.
	ImageID pulumi.StringInput
	// Subnets are the application subnets, in at least two availability zones.
	Subnets         []connection.Subnet
	SecurityGroupID pulumi.StringInput
	// VolumeKeyArn is the KMS key of the root volumes; its policy must allow the service-linked role of Auto Scaling.
	VolumeKeyArn pulumi.StringInput
	// LogsKeyArn is the KMS key of the log group and of the bucket of reports; its policy must allow CloudWatch Logs.
	LogsKeyArn pulumi.StringInput
	// SecretsKeyArn is the KMS key of the secret that all nodes share.
	SecretsKeyArn pulumi.StringInput
	// NodeRoleName and NodeRoleArn are of the same role.
	NodeRoleName, NodeRoleArn pulumi.StringInput
	InstanceProfileArn        pulumi.StringInput

	// The back ends. The node role's policy has their statements, and no node starts before all of them are ready.
	FileSystem connection.FileSystem
	Database   connection.Database
	Messaging  connection.Messaging
	Search     connection.Search

	TargetGroupArn pulumi.StringInput
	// LoadBalancerSuffix and TargetGroupSuffix are the ends of their ARNs: "app/<name>/<id>", "targetgroup/<name>/<id>".
	LoadBalancerSuffix, TargetGroupSuffix pulumi.StringInput
	// LoadBalancerReady connects the target group to clients. NetworkReady are the routes and rules by which a node
	// reaches its packages and back ends.
	LoadBalancerReady, NetworkReady []pulumi.Resource
}

// Appliance is a secret that holds the encryption suffix of another region's nodes, without which their rows cannot be
// read.
type Appliance struct{ SecretArn, KeyArn string }

// Cluster is the group of Morpheus nodes.
type Cluster struct {
	pulumi.ResourceState

	AutoScalingGroupName pulumi.StringOutput `pulumi:"autoScalingGroupName"`
	AutoScalingGroupArn  pulumi.StringOutput `pulumi:"autoScalingGroupArn"`
	LaunchTemplateID     pulumi.StringOutput `pulumi:"launchTemplateId"`
	// LogGroupName is known when the log group exists.
	LogGroupName pulumi.StringOutput `pulumi:"logGroupName"`
	// DiagnosticsBucket has the reports of failed boots, under boot/.
	DiagnosticsBucket pulumi.StringOutput `pulumi:"diagnosticsBucket"`
	// ApplianceSecretArn is the secret that all nodes share; the first node writes its value.
	ApplianceSecretArn pulumi.StringOutput `pulumi:"applianceSecretArn"`
	// Ready is the group, which exists when its nodes serve.
	Ready []pulumi.Resource
}

// New makes the node role's permissions, the launch template, the auto scaling group with its hooks, and its scaling.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Cluster, error) {
	c := &Cluster{}
	return component.New(ctx, name, c, component.Shape{
		Token:     token.Cluster,
		Check:     args.check,
		Inputs:    args.inputs,
		Provision: func() error { return c.provision(ctx, name, args) },
		Outputs:   c.outputs,
	}, opts...)
}

func (a *Args) check() error {
	switch {
	case a == nil || a.Location.Partition == "":
		return errors.New("a location is required")
	case a.Name == "" || a.LogGroupName == "" || a.MetricNamespace == "" || a.ApplianceURL == "":
		return errors.New("the names of group, log group and metric namespace, and the appliance's URL are required")
	case a.VolumeKeyArn == nil || a.LogsKeyArn == nil || a.SecretsKeyArn == nil:
		return errors.New("the volumes, logs and secrets keys are required")
	case a.ImageID == nil || a.SecurityGroupID == nil || a.NodeRoleName == nil || a.InstanceProfileArn == nil:
		return errors.New("an image, a security group, a node role and an instance profile are required")
	case a.TargetGroupArn == nil || a.LoadBalancerSuffix == nil || a.TargetGroupSuffix == nil:
		return errors.New("a load balancer and a target group are required")
	case len(a.Subnets) < 2:
		return fmt.Errorf("at least two availability zones are required, got %d", len(a.Subnets))
	}
	return a.checkBackEnds()
}

// checkBackEnds returns an error for a back end that a node could not use.
func (a *Args) checkBackEnds() error {
	switch {
	case a.FileSystem.ID == nil:
		return errors.New("a file system is required")
	case a.Database.Host == nil || a.Database.SecretArn == nil || a.Database.AdminSecretArn == nil:
		return errors.New("a database with the secrets of a user and of the administrator is required")
	case a.Messaging.Host == nil || a.Messaging.SecretArn == nil || a.Messaging.ManagementURL == nil ||
		a.Messaging.DefinitionsBucket == nil:
		return errors.New("a broker with a secret, a management URL and a bucket is required")
	case a.Search.Host == nil || a.Search.SecretArn == nil || a.Search.SnapshotBucket == nil || a.Search.SnapshotRoleArn == nil:
		return errors.New("a search domain with a secret, a bucket and a role of its snapshots is required")
	}
	return nil
}

func (a *Args) inputs() pulumi.Map {
	return component.Inputs(a.Settings, pulumi.Map{
		"morpheus":           component.Inputs(a.Morpheus, nil),
		"nodeTools":          component.Inputs(a.NodeTools, nil),
		"logs":               component.Inputs(a.Logs, nil),
		"proxy":              component.Inputs(a.Proxy, nil),
		"name":               pulumi.String(a.Name),
		"logGroupName":       pulumi.String(a.LogGroupName),
		"metricNamespace":    pulumi.String(a.MetricNamespace),
		"applianceUrl":       pulumi.String(a.ApplianceURL),
		"stopAll":            pulumi.Bool(a.StopAll),
		"protect":            pulumi.Bool(a.Protection.Protect),
		"tags":               pulumi.ToStringMap(a.tags()),
		"zones":              connection.Zones(a.Subnets),
		"imageId":            a.ImageID,
		"securityGroupId":    a.SecurityGroupID,
		"volumeKeyArn":       a.VolumeKeyArn,
		"logsKeyArn":         a.LogsKeyArn,
		"secretsKeyArn":      a.SecretsKeyArn,
		"nodeRoleName":       a.NodeRoleName,
		"instanceProfileArn": a.InstanceProfileArn,
		"targetGroupArn":     a.TargetGroupArn,
	})
}

func (c *Cluster) provision(ctx *pulumi.Context, name string, args *Args) error {
	logs, err := c.logGroup(ctx, name, args)
	if err != nil {
		return fmt.Errorf("create the log group: %w", err)
	}
	appliance, err := c.applianceSecret(ctx, name, args)
	if err != nil {
		return fmt.Errorf("create the secret of the appliance: %w", err)
	}
	diagnostics, err := c.diagnostics(ctx, name, args)
	if err != nil {
		return fmt.Errorf("create the bucket of reports: %w", err)
	}
	files, err := c.bootFiles(ctx, name, args)
	if err != nil {
		return fmt.Errorf("provide the files of the boot: %w", err)
	}
	permissions, err := c.permissions(ctx, name, args, slices.Concat(
		args.nodeStatements(logs.Arn), args.bootStatements(appliance), args.diagnosticsStatements(diagnostics.Arn),
		bootFilesStatements(files.Arn)))
	if err != nil {
		return err
	}
	template, err := c.template(ctx, name, args, args.userData(appliance, diagnostics.Name, files.Name))
	if err != nil {
		return fmt.Errorf("create the launch template: %w", err)
	}
	alarm, err := c.rolloutAlarm(ctx, name, args)
	if err != nil {
		return fmt.Errorf("create the alarm that stops rollouts: %w", err)
	}
	group, err := c.group(ctx, name, args, template, alarm, slices.Concat(permissions, diagnostics.Ready, files.Ready,
		args.ready()))
	if err != nil {
		return fmt.Errorf("create the auto scaling group: %w", err)
	}
	if err := errors.Join(c.hooks(ctx, name, args, group), c.scaling(ctx, name, args, group)); err != nil {
		return err
	}
	c.AutoScalingGroupName, c.AutoScalingGroupArn, c.Ready = group.Name, group.Arn, []pulumi.Resource{group}
	c.LaunchTemplateID, c.LogGroupName = template.ID().ToStringOutput(), logs.Name
	c.DiagnosticsBucket, c.ApplianceSecretArn = diagnostics.Name, appliance
	return nil
}

func (c *Cluster) outputs() pulumi.Map {
	return pulumi.Map{
		"autoScalingGroupName": c.AutoScalingGroupName,
		"autoScalingGroupArn":  c.AutoScalingGroupArn,
		"launchTemplateId":     c.LaunchTemplateID,
		"logGroupName":         c.LogGroupName,
		"diagnosticsBucket":    c.DiagnosticsBucket,
		"applianceSecretArn":   c.ApplianceSecretArn,
	}
}

// ready are the resources of other tiers that a node needs from its first minute.
func (a *Args) ready() []pulumi.Resource {
	return slices.Concat(a.FileSystem.Ready, a.Database.Ready, a.Messaging.Ready, a.Search.Ready,
		a.LoadBalancerReady, a.NetworkReady)
}

// tags are those of the stack and those by which nodes differ. Of the package's URL only the file name is a tag: the
// rest may be signed, and whoever may list instances can read their tags.
func (a *Args) tags() map[string]string {
	tags := maps.Clone(a.Tags)
	if tags == nil {
		tags = map[string]string{}
	}
	tags["Name"] = a.Name
	tags["morpheus:version"] = a.Morpheus.Version
	tags["morpheus:package"] = component.FileName(a.Morpheus.PackageURL)
	tags["morpheus:package-sha256"] = a.Morpheus.PackageSHA256
	if a.Proxy.URL != "" {
		tags["morpheus:proxy"] = a.Proxy.URL
	}
	return tags
}
