// Package messaging is the queue of the appliance: a private RabbitMQ broker on Amazon MQ, in production three nodes
// in three zones, encrypted with the messaging key, with one user whose password is in Secrets Manager.
//
// A new broker has the virtual host "/" only. AWS has no API for the one that Morpheus uses and its mirroring
// policies: the nodes make them through the broker's management API, from inside the VPC.
package messaging

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

// Port of AMQP; Amazon MQ for RabbitMQ has no port without TLS.
const Port = 5671

const username = "morpheus"

// Args of a Messaging. All are required.
type Args struct {
	Settings config.Messaging
	// Rotation of the password reaches the secret, not the broker, whose users AWS cannot change.
	Rotation   config.Rotation
	Location   location.Location
	Protection lifecycle.Protection
	// Subnets are where clients reach the broker: all of them for a cluster, the first for a single instance.
	Subnets         []connection.Subnet
	SecurityGroupID pulumi.StringInput
	KeyArn          pulumi.StringInput // encrypts the messages on disk
	SecretsKeyArn   pulumi.StringInput // encrypts the password
}

// Messaging is the broker and what its clients need.
type Messaging struct {
	pulumi.ResourceState

	// Connection for AMQP clients; its Host is the one name of all nodes.
	Connection connection.Messaging
	// ManagementURL is the https URL of the management API and console, reachable from inside the VPC.
	ManagementURL pulumi.StringOutput `pulumi:"managementUrl"`
	// BrokerName is the value of the dimension "Broker" of the broker's metrics.
	BrokerName pulumi.StringOutput `pulumi:"brokerName"`
	Arn        pulumi.StringOutput `pulumi:"arn"`
	// DefinitionsBucket has the definitions of the broker.
	DefinitionsBucket pulumi.StringOutput `pulumi:"definitionsBucket"`
}

// New makes the credential and, with it, the broker. AWS takes about half an hour to make a cluster.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Messaging, error) {
	m := &Messaging{}
	return component.New(ctx, name, m, component.Shape{
		Token:     token.Messaging,
		Check:     args.check,
		Inputs:    args.inputs,
		Provision: func() error { return m.provision(ctx, name, args) },
		Outputs:   m.outputs,
	}, opts...)
}

func (a *Args) check() error {
	if a == nil || a.Location.Region == "" {
		return errors.New("a location is required")
	}
	// AWS accepts one subnet for a cluster too: its nodes are then in three zones, but the endpoint to them in only one.
	least := 1
	if a.Settings.DeploymentMode == config.ClusterMultiAZ {
		least = 2
	}
	switch {
	case len(a.Subnets) < least:
		return fmt.Errorf("%s needs subnets in at least %d zones, got %d", a.Settings.DeploymentMode, least, len(a.Subnets))
	case a.SecurityGroupID == nil || a.KeyArn == nil || a.SecretsKeyArn == nil:
		return errors.New("a security group, a messaging key and a secrets key are required")
	}
	return nil
}

// inputs leave the rotation out: it changes a secret, not the broker.
func (a *Args) inputs() pulumi.Map {
	return component.Inputs(a.Settings, pulumi.Map{
		"subnetIds":       connection.SubnetIDs(a.subnets()),
		"securityGroupId": a.SecurityGroupID,
		"keyArn":          a.KeyArn,
		"protect":         pulumi.Bool(a.Protection.Protect),
	})
}

func (m *Messaging) provision(ctx *pulumi.Context, name string, args *Args) error {
	user, err := credential.New(ctx, naming.Child(name, "user"), &credential.Args{
		Description: "RabbitMQ user of " + args.Settings.Name,
		Username:    username,
		KeyArn:      args.SecretsKeyArn,
		Rotation:    args.Rotation.Messaging,
		Protection:  args.Protection,
	}, pulumi.Parent(m))
	if err != nil {
		return err
	}
	broker, err := m.broker(ctx, naming.Child(name, "broker"), args, user)
	if err != nil {
		return fmt.Errorf("create the broker: %w", err)
	}
	kept, err := m.definitions(ctx, name, args)
	if err != nil {
		return err
	}
	m.DefinitionsBucket = kept.Name
	m.BrokerName, m.Arn = broker.BrokerName, broker.Arn
	m.ManagementURL = broker.Instances.ApplyT(managementURL).(pulumi.StringOutput)
	m.Connection = connection.Messaging{
		Connection: connection.Connection{
			Host: broker.Instances.ApplyT(host).(pulumi.StringOutput),
			Port: Port,
			Statements: append(user.ReadStatements("Messaging", args.Location.ViaService("secretsmanager")),
				keepStatements(args, kept.Arn)...),
			Ready: []pulumi.Resource{broker, user.Version},
		},
		SecretArn:     user.SecretArn,
		ManagementURL: m.ManagementURL,

		DefinitionsBucket: kept.Name,
	}
	return nil
}

func (m *Messaging) outputs() pulumi.Map {
	return pulumi.Map{
		"host":          m.Connection.Host,
		"port":          pulumi.Int(Port),
		"secretArn":     m.Connection.SecretArn,
		"managementUrl": m.ManagementURL,
		"brokerName":    m.BrokerName,
		"arn":           m.Arn,

		"definitionsBucket": m.DefinitionsBucket,
	}
}

// subnets that the broker uses: AWS takes exactly one for a single instance.
func (a *Args) subnets() []connection.Subnet {
	if a.Settings.DeploymentMode == config.SingleInstance {
		return a.Subnets[:1]
	}
	return a.Subnets
}
