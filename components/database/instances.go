package database

import (
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/naming"
	"github.com/morpheus-ha/morpheus-aws/internal/policy"
)

const (
	// certificateAuthority signs the instances' certificates; clients trust it through the RDS bundle.
	certificateAuthority = "rds-ca-rsa2048-g1"
	// monitoringSeconds between two samples of the operating system's metrics.
	monitoringSeconds = 60
)

// instances go to the subnets in turn, so that the first ones are in different zones. The instance that is available
// first becomes the writer; the promotion tiers decide in which order the others take over.
func (d *Database) instances(
	ctx *pulumi.Context, name string, args *Args, cluster *rds.Cluster,
) ([]pulumi.Resource, error) {
	role, attachment, err := d.monitoringRole(ctx, name, args)
	if err != nil {
		return nil, err
	}
	parameters, err := d.instanceParameterGroup(ctx, name, args)
	if err != nil {
		return nil, err
	}
	instances := make([]pulumi.Resource, 0, args.Settings.Instances)
	for i := range args.Settings.Instances {
		zone := args.Subnets[i%len(args.Subnets)].Zone
		key := []string{"instance", zone}
		if round := i / len(args.Subnets); round > 0 {
			key = append(key, strconv.Itoa(round+1))
		}
		values := instanceArgs(args, cluster, zone, i+1)
		values.MonitoringRoleArn, values.DbParameterGroupName = role.Arn, parameters.Name
		// RDS checks the permissions of the role when the instance is created.
		instance, err := rds.NewClusterInstance(ctx, naming.Child(name, key...), values, pulumi.Parent(d),
			pulumi.DependsOn([]pulumi.Resource{attachment}),
			pulumi.Timeouts(&pulumi.CustomTimeouts{Create: "90m", Update: "120m", Delete: "90m"}))
		if err != nil {
			return nil, fmt.Errorf("create the instance in %s: %w", zone, err)
		}
		instances = append(instances, instance)
	}
	return instances, nil
}

// instanceArgs leaves Identifier to Pulumi: with a fixed one a replacement would have to delete the instance first.
// Instances hold no data, so the cluster is protected and they are not.
func instanceArgs(args *Args, cluster *rds.Cluster, zone string, promotionTier int) *rds.ClusterInstanceArgs {
	values := &rds.ClusterInstanceArgs{
		ClusterIdentifier: cluster.ID(),
		Engine:            pulumi.String(engine),
		EngineVersion:     cluster.EngineVersion,
		InstanceClass:     pulumi.String(args.Settings.InstanceClass),
		// Without a zone RDS chooses, and may put the writer and its only reader into the same one.
		AvailabilityZone:   pulumi.String(zone),
		PromotionTier:      pulumi.Int(promotionTier),
		DbSubnetGroupName:  cluster.DbSubnetGroupName,
		CaCertIdentifier:   pulumi.String(certificateAuthority),
		PubliclyAccessible: pulumi.Bool(false),
		CopyTagsToSnapshot: pulumi.Bool(true),

		// PreferredBackupWindow is left unset: it is a setting of the cluster, and RDS refuses it on both.
		PreferredMaintenanceWindow: pulumi.String(args.Settings.MaintenanceWindow),
		// The version is pinned on the cluster. Automatic upgrades would leave the long-term support line, and the next
		// update would try to go back, which Aurora refuses (pulumi-aws#5756).
		AutoMinorVersionUpgrade: pulumi.Bool(false),
		ApplyImmediately:        pulumi.Bool(false),

		MonitoringInterval:         pulumi.Int(monitoringSeconds),
		PerformanceInsightsEnabled: pulumi.Bool(hasInsights(args.Settings.InstanceClass)),
	}
	if hasInsights(args.Settings.InstanceClass) {
		values.PerformanceInsightsKmsKeyId = args.KeyArn
		values.PerformanceInsightsRetentionPeriod = pulumi.Int(args.insightsDays())
	}
	return values
}

// monitoringRole lets RDS write the operating system's metrics of this account's instances to CloudWatch Logs.
func (d *Database) monitoringRole(
	ctx *pulumi.Context, name string, args *Args,
) (*iam.Role, *iam.RolePolicyAttachment, error) {
	trust, err := policy.AssumeRole("monitoring.rds.amazonaws.com", map[string]map[string]string{
		"StringEquals": {"aws:SourceAccount": args.Location.AccountID},
	})
	if err != nil {
		return nil, nil, fmt.Errorf("write the monitoring role's trust: %w", err)
	}
	role, err := iam.NewRole(ctx, naming.Child(name, "monitoring"), &iam.RoleArgs{
		Description:         pulumi.String("Enhanced monitoring of " + args.Settings.Name),
		AssumeRolePolicy:    pulumi.String(trust),
		PermissionsBoundary: policy.Boundary(args.Access.PermissionsBoundary),
	}, pulumi.Parent(d))
	if err != nil {
		return nil, nil, fmt.Errorf("create the monitoring role: %w", err)
	}
	attachment, err := iam.NewRolePolicyAttachment(ctx, naming.Child(name, "monitoring", "policy"),
		&iam.RolePolicyAttachmentArgs{
			Role:      role.Name,
			PolicyArn: pulumi.String(args.Location.ManagedPolicyARN("service-role/AmazonRDSEnhancedMonitoringRole")),
		}, pulumi.Parent(d))
	if err != nil {
		return nil, nil, fmt.Errorf("attach the monitoring policy: %w", err)
	}
	return role, attachment, nil
}
