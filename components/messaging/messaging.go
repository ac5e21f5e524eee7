// Package messaging is the queue of the appliance: a private RabbitMQ broker on Amazon MQ, three nodes in three zones
// for production, encrypted with the messaging key, with one user whose password is in Secrets Manager.
//
// The broker begins with the virtual host "/" only. The one that Morpheus uses, with its mirroring policies, has no AWS
// API: it is made through the broker's management API from inside the VPC.
package messaging

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

// Port of AMQP; Amazon MQ for RabbitMQ serves nothing without TLS.
const Port = 5671

// The deployment modes of RabbitMQ.
const (
	Cluster        = "CLUSTER_MULTI_AZ" // always three nodes behind one endpoint
	SingleInstance = "SINGLE_INSTANCE"
)

const (
	tier     = "messaging"
	username = "morpheus"
)

// Args of a Messaging.
type Args struct {
	// Required
	Location   location.Location
	Protection lifecycle.Protection
	// BrokerName is unique in the account and region: 1-50 letters, digits, "-" and "_". Changing it replaces the broker.
	BrokerName string
	// EngineVersion is major and minor, such as "3.13": AWS refuses patch numbers.
	EngineVersion string
	InstanceType  string // "mq.m5.large"
	// DeploymentMode is Cluster or SingleInstance; changing it replaces the broker.
	DeploymentMode string
	// MaintenanceDay ("SUNDAY") and MaintenanceTime ("05:00", UTC) begin the two hours in which AWS patches the broker, one
	// node after the other, and in which changes that need a reboot are applied.
	MaintenanceDay  string
	MaintenanceTime string
	// Placements are where clients reach the broker: all of them for a cluster, the first for a single instance.
	Placements      []connection.Placement
	SecurityGroupID pulumi.StringInput
	KeyArn          pulumi.StringInput // encrypts the messages on disk
	SecretsKeyArn   pulumi.StringInput // encrypts the password
	// Rotation makes a new password when it changes; 1 or more. It reaches the secret, not the broker, whose users AWS
	// cannot change.
	Rotation int
}

// Messaging is the broker and what its clients need.
type Messaging struct {
	pulumi.ResourceState

	// Connection for AMQP clients; its Host is the one name that stands for all nodes.
	Connection connection.Connection
	// ManagementURL is the https URL of the management API and console, reachable from inside the VPC.
	ManagementURL pulumi.StringOutput `pulumi:"managementUrl"`
	// BrokerName is the value of the dimension "Broker" of the broker's metrics.
	BrokerName pulumi.StringOutput `pulumi:"brokerName"`
	Arn        pulumi.StringOutput `pulumi:"arn"`
}

// New makes the credential and, with it, the broker. A cluster takes AWS about half an hour.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Messaging, error) {
	if err := args.validate(); err != nil {
		return nil, fmt.Errorf("messaging %q: %w", name, err)
	}
	m := &Messaging{}
	if err := ctx.RegisterComponentResourceV2(token.Messaging, name, args.inputs(), m, opts...); err != nil {
		return nil, fmt.Errorf("messaging %q: register: %w", name, err)
	}

	user, err := credential.New(ctx, naming.Child(name, "user"), &credential.Args{
		Description: "RabbitMQ user of " + args.BrokerName,
		Username:    username,
		KeyArn:      args.SecretsKeyArn,
		Rotation:    args.Rotation,
		Protection:  args.Protection,
	}, pulumi.Parent(m))
	if err != nil {
		return nil, fmt.Errorf("messaging %q: %w", name, err)
	}
	broker, err := newBroker(ctx, naming.Child(name, "broker"), args, user, m)
	if err != nil {
		return nil, fmt.Errorf("messaging %q: create the broker: %w", name, err)
	}

	m.ManagementURL = broker.Instances.ApplyT(managementURL).(pulumi.StringOutput)
	m.Connection = connection.Connection{
		Name: tier,
		Host: broker.Instances.ApplyT(host).(pulumi.StringOutput),
		Port: Port,

		ManagementURL: m.ManagementURL.ToStringPtrOutput(),
		SecretArn:     user.SecretArn,
		Statements:    user.ReadStatements("Messaging", args.Location.ViaService("secretsmanager")),
		Ready:         []pulumi.Resource{broker, user.Version},
	}
	m.BrokerName, m.Arn = broker.BrokerName, broker.Arn
	if err := ctx.RegisterResourceOutputs(m, pulumi.Map{
		"host":          m.Connection.Host,
		"port":          pulumi.Int(Port),
		"secretArn":     user.SecretArn,
		"managementUrl": m.ManagementURL,
		"brokerName":    m.BrokerName,
		"arn":           m.Arn,
	}); err != nil {
		return nil, fmt.Errorf("messaging %q: outputs: %w", name, err)
	}
	return m, nil
}

func (a *Args) validate() error {
	switch {
	case a == nil:
		return errors.New("arguments are required")
	case a.Location.Region == "":
		return errors.New("a location is required")
	case a.BrokerName == "" || len(a.BrokerName) > naming.BrokerMax:
		return fmt.Errorf("the broker's name must have 1..%d characters, got %q", naming.BrokerMax, a.BrokerName)
	case a.EngineVersion == "" || a.InstanceType == "":
		return errors.New("an engine version and an instance type are required")
	case a.Rotation < 1:
		return fmt.Errorf("the rotation must be 1 or more, got %d", a.Rotation)
	case a.MaintenanceDay == "" || a.MaintenanceTime == "":
		return errors.New("a maintenance day and time are required")
	case a.SecurityGroupID == nil || a.KeyArn == nil || a.SecretsKeyArn == nil:
		return errors.New("a security group, a messaging key and a secrets key are required")
	}
	return a.validatePlacements()
}

func (a *Args) validatePlacements() error {
	switch a.DeploymentMode {
	case SingleInstance:
		if len(a.Placements) == 0 {
			return errors.New("a single instance needs a placement")
		}
	case Cluster:
		// AWS accepts one subnet: the nodes are then in three zones but the endpoint to them in only one.
		if len(a.Placements) < 2 {
			return fmt.Errorf("a cluster needs placements in at least 2 zones, got %d", len(a.Placements))
		}
	default:
		return fmt.Errorf("the deployment mode must be %s or %s, got %q", Cluster, SingleInstance, a.DeploymentMode)
	}
	return nil
}

// placements that the broker uses: AWS takes exactly one for a single instance.
func (a *Args) placements() []connection.Placement {
	if a.DeploymentMode == SingleInstance {
		return a.Placements[:1]
	}
	return a.Placements
}

func (a *Args) inputs() pulumi.Map {
	return pulumi.Map{
		"brokerName":      pulumi.String(a.BrokerName),
		"engineVersion":   pulumi.String(a.EngineVersion),
		"instanceType":    pulumi.String(a.InstanceType),
		"deploymentMode":  pulumi.String(a.DeploymentMode),
		"maintenanceDay":  pulumi.String(a.MaintenanceDay),
		"maintenanceTime": pulumi.String(a.MaintenanceTime),
		"subnetIds":       connection.SubnetIDs(a.placements()),
		"securityGroupId": a.SecurityGroupID,
		"keyArn":          a.KeyArn,
		"protect":         pulumi.Bool(a.Protection.Protect),
	}
}
