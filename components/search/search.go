// Package search is the index of the appliance: a private OpenSearch domain spread over availability zones, encrypted
// with the search key. Clients use HTTPS with a user name and a password from Secrets Manager.
package search

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/component"
	"github.com/morpheus-ha/morpheus-aws/components/connection"
	"github.com/morpheus-ha/morpheus-aws/components/credential"
	"github.com/morpheus-ha/morpheus-aws/components/token"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/lifecycle"
	"github.com/morpheus-ha/morpheus-aws/internal/location"
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
)

// Port of the domain: the service listens on 443, never on the 9200 of a self-managed cluster.
const Port = 443

const (
	username = "morpheus"

	// OpenSearch requires a special character in the password. These two have no meaning in Ruby strings, JSON, URLs and
	// shells, and are special also where the underscore counts as a letter.
	specialCharacters = "-."

	// maxZones is the largest AvailabilityZoneCount of a domain.
	maxZones = 3
)

// Args of a Search. All are required but ServiceLinkedRole.
type Args struct {
	Settings config.Search
	Logs     config.Logs
	// Rotation makes a new password, at once in the domain and in the secret.
	Rotation   config.Rotation
	Access     config.Access
	Location   location.Location
	Protection lifecycle.Protection
	// Subnets that may be used; the domain uses as many of them as zones says.
	Subnets         []connection.Subnet
	SecurityGroupID pulumi.StringInput
	KeyArn          pulumi.StringInput // encrypts indexes, snapshots and swap files
	SecretsKeyArn   pulumi.StringInput // encrypts the password
	LogsKeyArn      pulumi.StringInput // encrypts the log groups
	// ServiceLinkedRole is the OpenSearch role of the account when this stack makes it; nil when the account has it.
	ServiceLinkedRole pulumi.Resource
}

// Search is the domain and what its clients need.
type Search struct {
	pulumi.ResourceState

	// Connection for HTTPS clients with basic authentication.
	Connection connection.Search
	// DomainName and the account id (ClientId) are the dimensions of the domain's metrics.
	DomainName pulumi.StringOutput `pulumi:"domainName"`
	Arn        pulumi.StringOutput `pulumi:"arn"`
	// SnapshotBucket and SnapshotRoleArn are needed to register a snapshot repository in the domain.
	SnapshotBucket  pulumi.StringOutput `pulumi:"snapshotBucket"`
	SnapshotRoleArn pulumi.StringOutput `pulumi:"snapshotRoleArn"`

	// owner is the account id, a dimension of the metrics.
	owner pulumi.StringInput
	// slowLog is the name of the log group of slow searches.
	slowLog pulumi.StringInput
}

// New makes the credential, the logs, the domain and the bucket of its snapshots. AWS takes half an hour and more to
// make the domain.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Search, error) {
	s := &Search{}
	return component.New(ctx, name, s, component.Shape{
		Token:     token.Search,
		Check:     args.check,
		Inputs:    args.inputs,
		Provision: func() error { return s.provision(ctx, name, args) },
		Outputs:   s.outputs,
	}, opts...)
}

func (a *Args) check() error {
	switch {
	case a == nil || a.Location.Region == "" || a.Location.AccountID == "":
		return errors.New("a location is required")
	case a.SecurityGroupID == nil || a.KeyArn == nil || a.SecretsKeyArn == nil || a.LogsKeyArn == nil:
		return errors.New("a security group and the search, secrets and logs keys are required")
	case a.zones() < 1:
		return errors.New("a subnet and a data node are required")
	case a.Settings.InstanceCount%a.zones() != 0:
		return fmt.Errorf("%d data nodes do not spread evenly over %d zones", a.Settings.InstanceCount, a.zones())
	}
	return nil
}

// inputs leave the rotation out: it changes a secret and the user, not the domain.
func (a *Args) inputs() pulumi.Map {
	return component.Inputs(a.Settings, pulumi.Map{
		"logs":            component.Inputs(a.Logs, nil),
		"access":          component.Inputs(a.Access, nil),
		"zoneCount":       pulumi.Int(a.zones()),
		"subnetIds":       connection.SubnetIDs(a.subnets()),
		"securityGroupId": a.SecurityGroupID,
		"keyArn":          a.KeyArn,
		"protect":         pulumi.Bool(a.Protection.Protect),
	})
}

func (s *Search) provision(ctx *pulumi.Context, name string, args *Args) error {
	user, err := credential.New(ctx, naming.Child(name, "user"), &credential.Args{
		Description:       "OpenSearch master user of " + args.Settings.Name,
		Username:          username,
		SpecialCharacters: specialCharacters,
		Rotation:          args.Rotation.Search,
		KeyArn:            args.SecretsKeyArn,
		Protection:        args.Protection,
	}, pulumi.Parent(s))
	if err != nil {
		return err
	}
	logs, err := s.logs(ctx, name, args)
	if err != nil {
		return err
	}
	domain, err := s.domain(ctx, naming.Child(name, "domain"), args, user, logs)
	if err != nil {
		return fmt.Errorf("create the domain: %w", err)
	}
	if err := s.snapshots(ctx, name, args); err != nil {
		return err
	}
	s.DomainName, s.Arn = domain.DomainName, domain.Arn
	s.owner = pulumi.String(args.Location.AccountID)
	s.Connection = connection.Search{
		Connection: connection.Connection{
			Host: domain.Endpoint,
			Port: Port,
			Statements: append(user.ReadStatements("Search", args.Location.ViaService("secretsmanager")),
				registerStatements(args, s.SnapshotRoleArn)...),
			Ready: []pulumi.Resource{domain, user.Version},
		},
		SecretArn: user.SecretArn,
		Replicas:  args.replicas(),

		SnapshotBucket: s.SnapshotBucket, SnapshotRoleArn: s.SnapshotRoleArn,
	}
	return nil
}

func (s *Search) outputs() pulumi.Map {
	return pulumi.Map{
		"host":       s.Connection.Host,
		"port":       pulumi.Int(Port),
		"secretArn":  s.Connection.SecretArn,
		"domainName": s.DomainName,
		"arn":        s.Arn,

		"snapshotBucket":  s.SnapshotBucket,
		"snapshotRoleArn": s.SnapshotRoleArn,
	}
}

// zones is how many zones the domain uses: at most three, and no more than it has subnets or data nodes.
func (a *Args) zones() int {
	return min(len(a.Subnets), a.Settings.InstanceCount, maxZones)
}

// replicas of a shard in two zones are two, as the vendor requires (installation/logs/opensearch-2x.rst, branch
// internal). With three zones its own default, one, is right.
func (a *Args) replicas() int {
	if a.zones() == 2 {
		return 2
	}
	return 0
}

// subnets that the domain uses, one in each zone, from the first.
func (a *Args) subnets() []connection.Subnet { return a.Subnets[:a.zones()] }

// arn is built from names, because the policies that the domain needs at its creation name it.
func (a *Args) arn() string {
	return a.Location.ARN("es", "domain/"+a.Settings.Name)
}
