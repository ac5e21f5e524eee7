package recovery

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/backup"
	"github.com/aws/aws-sdk-go-v2/service/efs"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// API are the calls to the services of one region. The clients of the SDK implement them.
type API struct {
	Databases Databases
	Files     Files
	Secrets   Secrets
	Groups    Groups
	Backups   Backups
}

// Clients are the SDK's clients of one region, which cfg names.
func Clients(cfg aws.Config) API {
	return API{
		Databases: rds.NewFromConfig(cfg), Files: efs.NewFromConfig(cfg), Secrets: secretsmanager.NewFromConfig(cfg),
		Groups: autoscaling.NewFromConfig(cfg), Backups: backup.NewFromConfig(cfg),
	}
}

// Databases is Amazon RDS.
type Databases interface {
	DescribeGlobalClusters(context.Context, *rds.DescribeGlobalClustersInput, ...func(*rds.Options)) (
		*rds.DescribeGlobalClustersOutput, error)
	SwitchoverGlobalCluster(context.Context, *rds.SwitchoverGlobalClusterInput, ...func(*rds.Options)) (
		*rds.SwitchoverGlobalClusterOutput, error)
	FailoverGlobalCluster(context.Context, *rds.FailoverGlobalClusterInput, ...func(*rds.Options)) (
		*rds.FailoverGlobalClusterOutput, error)
}

// Files is Amazon EFS.
type Files interface {
	DescribeReplicationConfigurations(context.Context, *efs.DescribeReplicationConfigurationsInput, ...func(*efs.Options)) (
		*efs.DescribeReplicationConfigurationsOutput, error)
	CreateReplicationConfiguration(context.Context, *efs.CreateReplicationConfigurationInput, ...func(*efs.Options)) (
		*efs.CreateReplicationConfigurationOutput, error)
	DeleteReplicationConfiguration(context.Context, *efs.DeleteReplicationConfigurationInput, ...func(*efs.Options)) (
		*efs.DeleteReplicationConfigurationOutput, error)
	DescribeFileSystems(context.Context, *efs.DescribeFileSystemsInput, ...func(*efs.Options)) (
		*efs.DescribeFileSystemsOutput, error)
	UpdateFileSystemProtection(context.Context, *efs.UpdateFileSystemProtectionInput, ...func(*efs.Options)) (
		*efs.UpdateFileSystemProtectionOutput, error)
	DeleteFileSystem(context.Context, *efs.DeleteFileSystemInput, ...func(*efs.Options)) (
		*efs.DeleteFileSystemOutput, error)
}

// Secrets is AWS Secrets Manager.
type Secrets interface {
	DescribeSecret(context.Context, *secretsmanager.DescribeSecretInput, ...func(*secretsmanager.Options)) (
		*secretsmanager.DescribeSecretOutput, error)
	StopReplicationToReplica(context.Context, *secretsmanager.StopReplicationToReplicaInput, ...func(*secretsmanager.Options)) (
		*secretsmanager.StopReplicationToReplicaOutput, error)
	GetSecretValue(context.Context, *secretsmanager.GetSecretValueInput, ...func(*secretsmanager.Options)) (
		*secretsmanager.GetSecretValueOutput, error)
	PutSecretValue(context.Context, *secretsmanager.PutSecretValueInput, ...func(*secretsmanager.Options)) (
		*secretsmanager.PutSecretValueOutput, error)
	DeleteSecret(context.Context, *secretsmanager.DeleteSecretInput, ...func(*secretsmanager.Options)) (
		*secretsmanager.DeleteSecretOutput, error)
}

// Groups is Amazon EC2 Auto Scaling.
type Groups interface {
	DescribeAutoScalingGroups(context.Context, *autoscaling.DescribeAutoScalingGroupsInput, ...func(*autoscaling.Options)) (
		*autoscaling.DescribeAutoScalingGroupsOutput, error)
	UpdateAutoScalingGroup(context.Context, *autoscaling.UpdateAutoScalingGroupInput, ...func(*autoscaling.Options)) (
		*autoscaling.UpdateAutoScalingGroupOutput, error)
	SuspendProcesses(context.Context, *autoscaling.SuspendProcessesInput, ...func(*autoscaling.Options)) (
		*autoscaling.SuspendProcessesOutput, error)
	ResumeProcesses(context.Context, *autoscaling.ResumeProcessesInput, ...func(*autoscaling.Options)) (
		*autoscaling.ResumeProcessesOutput, error)
}

// Backups is AWS Backup.
type Backups interface {
	ListRecoveryPointsByBackupVault(context.Context, *backup.ListRecoveryPointsByBackupVaultInput, ...func(*backup.Options)) (
		*backup.ListRecoveryPointsByBackupVaultOutput, error)
	ListRestoreJobs(context.Context, *backup.ListRestoreJobsInput, ...func(*backup.Options)) (
		*backup.ListRestoreJobsOutput, error)
	GetRestoreJobMetadata(context.Context, *backup.GetRestoreJobMetadataInput, ...func(*backup.Options)) (
		*backup.GetRestoreJobMetadataOutput, error)
	StartRestoreJob(context.Context, *backup.StartRestoreJobInput, ...func(*backup.Options)) (
		*backup.StartRestoreJobOutput, error)
}

// DNS is Amazon Route 53. The SDK's client implements it.
type DNS interface {
	ListResourceRecordSets(context.Context, *route53.ListResourceRecordSetsInput, ...func(*route53.Options)) (
		*route53.ListResourceRecordSetsOutput, error)
	ChangeResourceRecordSets(context.Context, *route53.ChangeResourceRecordSetsInput, ...func(*route53.Options)) (
		*route53.ChangeResourceRecordSetsOutput, error)
}

var _ DNS = (*route53.Client)(nil)
