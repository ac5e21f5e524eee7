// Package search is the index of the appliance: a private OpenSearch domain spread over availability zones, encrypted
// with the search key, entered over HTTPS with a user name and a password from Secrets Manager.
package search

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/connection"
	"github.com/morpheus-ha/morpheus-aws/components/credential"
	"github.com/morpheus-ha/morpheus-aws/components/token"
	"github.com/morpheus-ha/morpheus-aws/internal/lifecycle"
	"github.com/morpheus-ha/morpheus-aws/internal/location"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
)

// Port of the domain: the service listens on 443, never on the 9200 of a self-managed cluster.
const Port = 443

const (
	tier     = "search"
	username = "morpheus"

	// OpenSearch wants a special character in the password. These two mean nothing in Ruby strings, JSON, URLs and shells,
	// and count as special under the stricter reading too, in which the underscore is a word character.
	specialCharacters = "-."
)

// Args of a Search.
type Args struct {
	// Required
	Location   location.Location
	Protection lifecycle.Protection
	// DomainName is unique in the account and region: 3-28 of a-z, 0-9 and "-", a letter first. Changing it replaces the
	// domain and its data.
	DomainName    string
	EngineVersion string // "OpenSearch_2.19"
	InstanceType  string // of the data nodes: "r6g.large.search"
	// InstanceCount of data nodes, the same number in every zone that is used.
	InstanceCount int
	// VolumeSizeGiB, Iops and ThroughputMiBps of the gp3 volume of each data node.
	VolumeSizeGiB   int
	Iops            int
	ThroughputMiBps int
	// DedicatedMasters is 3 or 0: two cannot elect, and AWS advises against any other number.
	DedicatedMasters   int
	MasterInstanceType string // required with dedicated masters
	// Placements that may be used; see zones.
	Placements      []connection.Placement
	SecurityGroupID pulumi.StringInput
	KeyArn          pulumi.StringInput // encrypts indexes, snapshots and swap
	SecretsKeyArn   pulumi.StringInput // encrypts the password
	LogsKeyArn      pulumi.StringInput // encrypts the log groups
	// Rotation makes a new password when it changes, at once in the domain and in the secret; 1 or more.
	Rotation int
	// LogRetentionDays is a number that CloudWatch Logs knows: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400 ...
	LogRetentionDays int

	// Optional
	// OffPeakStartHour is the hour, UTC, at which the ten quiet hours of every day begin (0..23, default 0). Service
	// software and Auto-Tune make their blue/green deployments then.
	OffPeakStartHour int
	// ServiceLinkedRole is the OpenSearch role of the account when this stack makes it; nil when the account has it.
	ServiceLinkedRole pulumi.Resource
	// PermissionsBoundary is the ARN of an IAM policy that limits the snapshot role; empty for none.
	PermissionsBoundary string
}

// Search is the domain and what its clients need.
type Search struct {
	pulumi.ResourceState

	// Connection for HTTPS clients with basic authentication.
	Connection connection.Connection
	// DomainName is, with the account id as ClientId, the dimension of the domain's metrics.
	DomainName pulumi.StringOutput `pulumi:"domainName"`
	Arn        pulumi.StringOutput `pulumi:"arn"`
	// SnapshotBucket and SnapshotRoleArn are what a snapshot repository is registered with, inside the domain.
	SnapshotBucket  pulumi.StringOutput `pulumi:"snapshotBucket"`
	SnapshotRoleArn pulumi.StringOutput `pulumi:"snapshotRoleArn"`
}

// New makes the credential, the logs and, with them, the domain. The domain takes AWS half an hour and more.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Search, error) {
	if err := args.validate(); err != nil {
		return nil, fmt.Errorf("search %q: %w", name, err)
	}
	s := &Search{}
	if err := ctx.RegisterComponentResourceV2(token.Search, name, args.inputs(), s, opts...); err != nil {
		return nil, fmt.Errorf("search %q: register: %w", name, err)
	}

	user, err := credential.New(ctx, naming.Child(name, "user"), &credential.Args{
		Description:       "OpenSearch master user of " + args.DomainName,
		Username:          username,
		SpecialCharacters: specialCharacters,
		Rotation:          args.Rotation,
		KeyArn:            args.SecretsKeyArn,
		Protection:        args.Protection,
	}, pulumi.Parent(s))
	if err != nil {
		return nil, fmt.Errorf("search %q: %w", name, err)
	}
	logs, err := newLogs(ctx, name, args, s)
	if err != nil {
		return nil, fmt.Errorf("search %q: %w", name, err)
	}
	domain, err := newDomain(ctx, naming.Child(name, "domain"), args, user, logs, s)
	if err != nil {
		return nil, fmt.Errorf("search %q: create the domain: %w", name, err)
	}

	kept, err := s.newSnapshots(ctx, name, args)
	if err != nil {
		return nil, fmt.Errorf("search %q: %w", name, err)
	}

	s.SnapshotBucket, s.SnapshotRoleArn = kept.bucket.Name, kept.role.Arn
	s.Connection = connection.Connection{
		Name:       tier,
		Host:       domain.Endpoint,
		Port:       Port,
		SecretArn:  user.SecretArn,
		Statements: user.ReadStatements("Search", args.Location.ViaService("secretsmanager")),
		Ready:      []pulumi.Resource{domain, user.Version},
	}
	s.DomainName, s.Arn = domain.DomainName, domain.Arn
	if err := ctx.RegisterResourceOutputs(s, pulumi.Map{
		"host":       s.Connection.Host,
		"port":       pulumi.Int(Port),
		"secretArn":  user.SecretArn,
		"domainName": s.DomainName,
		"arn":        s.Arn,

		"snapshotBucket":  s.SnapshotBucket,
		"snapshotRoleArn": s.SnapshotRoleArn,
	}); err != nil {
		return nil, fmt.Errorf("search %q: outputs: %w", name, err)
	}
	return s, nil
}

func (a *Args) validate() error {
	switch {
	case a == nil:
		return errors.New("arguments are required")
	case a.Location.Region == "" || a.Location.AccountID == "":
		return errors.New("a location is required")
	case a.DomainName == "" || len(a.DomainName) > naming.DomainMax:
		return fmt.Errorf("the domain's name must have 3..%d characters, got %q", naming.DomainMax, a.DomainName)
	case a.EngineVersion == "" || a.InstanceType == "":
		return errors.New("an engine version and an instance type are required")
	case a.VolumeSizeGiB < 1 || a.Iops < 1 || a.ThroughputMiBps < 1:
		return errors.New("a volume's size, IOPS and throughput are required")
	case a.Rotation < 1:
		return fmt.Errorf("the rotation must be 1 or more, got %d", a.Rotation)
	case a.LogRetentionDays < 1:
		return errors.New("a log retention is required: logs without one are kept for ever")
	case a.OffPeakStartHour < 0 || a.OffPeakStartHour > 23:
		return fmt.Errorf("the off-peak window must start in hour 0..23, got %d", a.OffPeakStartHour)
	case a.SecurityGroupID == nil || a.KeyArn == nil || a.SecretsKeyArn == nil || a.LogsKeyArn == nil:
		return errors.New("a security group and the search, secrets and logs keys are required")
	}
	return a.validateTopology()
}

func (a *Args) validateTopology() error {
	switch {
	case len(a.Placements) == 0 || a.InstanceCount < 1:
		return errors.New("a placement and a data node are required")
	case a.InstanceCount%a.zones() != 0:
		return fmt.Errorf("%d data nodes do not spread evenly over %d zones", a.InstanceCount, a.zones())
	case a.DedicatedMasters != 0 && a.DedicatedMasters != 3:
		return fmt.Errorf("dedicated masters must be 0 or 3, got %d", a.DedicatedMasters)
	case a.DedicatedMasters > 0 && a.MasterInstanceType == "":
		return errors.New("dedicated masters need an instance type")
	}
	return nil
}

// maxZones is the largest AvailabilityZoneCount of a domain.
const maxZones = 3

// zones is how many placements the domain uses, from the first: at most three, and no more than it has data nodes.
func (a *Args) zones() int {
	return min(len(a.Placements), a.InstanceCount, maxZones)
}

// arn is built from names, because the policies that the domain needs at its creation name it.
func (a *Args) arn() string {
	return a.Location.ARN("es", "domain/"+a.DomainName)
}

func (a *Args) inputs() pulumi.Map {
	return pulumi.Map{
		"domainName":         pulumi.String(a.DomainName),
		"engineVersion":      pulumi.String(a.EngineVersion),
		"instanceType":       pulumi.String(a.InstanceType),
		"instanceCount":      pulumi.Int(a.InstanceCount),
		"volumeSizeGiB":      pulumi.Int(a.VolumeSizeGiB),
		"iops":               pulumi.Int(a.Iops),
		"throughputMiBps":    pulumi.Int(a.ThroughputMiBps),
		"dedicatedMasters":   pulumi.Int(a.DedicatedMasters),
		"masterInstanceType": pulumi.String(a.MasterInstanceType),
		"zones":              pulumi.Int(a.zones()),
		"offPeakStartHour":   pulumi.Int(a.OffPeakStartHour),
		"logRetentionDays":   pulumi.Int(a.LogRetentionDays),
		"subnetIds":          connection.SubnetIDs(a.Placements[:a.zones()]),
		"securityGroupId":    a.SecurityGroupID,
		"keyArn":             a.KeyArn,
		"protect":            pulumi.Bool(a.Protection.Protect),
	}
}
