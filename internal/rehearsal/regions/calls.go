package regions

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	autoscalingtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/efs"
	efstypes "github.com/aws/aws-sdk-go-v2/service/efs/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	route53types "github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	secretstypes "github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
)

type databases struct{ *Region }

func (r databases) DescribeGlobalClusters(
	context.Context, *rds.DescribeGlobalClustersInput, ...func(*rds.Options),
) (*rds.DescribeGlobalClustersOutput, error) {
	if err := r.asked(); err != nil {
		return nil, err
	}
	w := r.world
	found := rdstypes.GlobalCluster{GlobalClusterIdentifier: &w.global, Status: aws.String("available")}
	if w.switching() {
		found.Status, found.FailoverState = aws.String("switching-over"), &rdstypes.FailoverState{}
	}
	for _, name := range w.members {
		found.GlobalClusterMembers = append(found.GlobalClusterMembers, rdstypes.GlobalClusterMember{
			DBClusterArn: aws.String(ClusterArn(name)), IsWriter: aws.Bool(name == w.writer),
		})
	}
	return &rds.DescribeGlobalClustersOutput{GlobalClusters: []rdstypes.GlobalCluster{found}}, nil
}

func (r databases) SwitchoverGlobalCluster(
	_ context.Context, in *rds.SwitchoverGlobalClusterInput, _ ...func(*rds.Options),
) (*rds.SwitchoverGlobalClusterOutput, error) {
	if err := r.changed("SwitchoverGlobalCluster"); err != nil {
		return nil, err
	}
	w := r.world
	if w.writer != r.Name {
		return nil, fmt.Errorf("InvalidGlobalClusterStateFault: call it in the region of the writer, %s", w.writer)
	}
	return &rds.SwitchoverGlobalClusterOutput{}, w.moveWriter(aws.ToString(in.TargetDbClusterIdentifier), false)
}

func (r databases) FailoverGlobalCluster(
	_ context.Context, in *rds.FailoverGlobalClusterInput, _ ...func(*rds.Options),
) (*rds.FailoverGlobalClusterOutput, error) {
	if err := r.changed("FailoverGlobalCluster"); err != nil {
		return nil, err
	}
	if !aws.ToBool(in.AllowDataLoss) {
		return nil, fmt.Errorf("InvalidParameterCombination: AllowDataLoss is required")
	}
	return &rds.FailoverGlobalClusterOutput{}, r.world.moveWriter(aws.ToString(in.TargetDbClusterIdentifier), true)
}

// moveWriter refuses a second move while one is under way.
func (w *World) moveWriter(target string, losesRows bool) error {
	i := slices.IndexFunc(w.members, func(name string) bool { return ClusterArn(name) == target })
	if i < 0 || w.switching() {
		return fmt.Errorf("InvalidGlobalClusterStateFault: %s is no member, or a move is under way", target)
	}
	next, takes := w.members[i], Failover
	if !losesRows {
		w.copyRows(0)
		takes = Switchover
	}
	w.after(takes, "writer moves", func() {
		before := w.writer
		w.writer = next
		if before != next && w.regions[before].lost {
			w.members = slices.DeleteFunc(w.members, func(m string) bool { return m == before })
		}
	})
	return nil
}

type files struct{ *Region }

func (r files) mine(id string) bool {
	_, mine := r.files[id]
	return mine
}

func (r files) DescribeReplicationConfigurations(
	_ context.Context, in *efs.DescribeReplicationConfigurationsInput, _ ...func(*efs.Options),
) (*efs.DescribeReplicationConfigurationsOutput, error) {
	if err := r.asked(); err != nil {
		return nil, err
	}
	id, now := aws.ToString(in.FileSystemId), r.world.replication
	if now == nil || id != now.source && id != now.copy || !r.mine(id) {
		return nil, &efstypes.ReplicationNotFound{Message: aws.String("no replication of " + id)}
	}
	status := efstypes.ReplicationStatusEnabling
	switch {
	case now.deleting:
		status = efstypes.ReplicationStatusDeleting
	case now.enabled:
		status = efstypes.ReplicationStatusEnabled
	}
	end := efstypes.Destination{FileSystemId: &now.copy, Region: &now.to, Status: status}
	if now.enabled {
		end.LastReplicatedTimestamp = aws.Time(now.synced)
	}
	return &efs.DescribeReplicationConfigurationsOutput{Replications: []efstypes.ReplicationConfigurationDescription{{
		SourceFileSystemId: &now.source, SourceFileSystemRegion: &now.from, Destinations: []efstypes.Destination{end},
	}}}, nil
}

func (r files) CreateReplicationConfiguration(
	_ context.Context, in *efs.CreateReplicationConfigurationInput, _ ...func(*efs.Options),
) (*efs.CreateReplicationConfigurationOutput, error) {
	if err := r.changed("CreateReplicationConfiguration"); err != nil {
		return nil, err
	}
	w, end := r.world, in.Destinations[0]
	to := w.regions[aws.ToString(end.Region)]
	id := aws.ToString(end.FileSystemId)
	switch {
	case w.replication != nil:
		return nil, &efstypes.ReplicationAlreadyExists{Message: aws.String("a file system has one replication")}
	case to.guarded[id]:
		return nil, fmt.Errorf("ConflictException: the protection of %s is enabled", id)
	}
	to.open[id] = false
	w.replicate(&replication{from: r.Name, to: to.Name, source: aws.ToString(in.SourceFileSystemId), copy: id})
	return &efs.CreateReplicationConfigurationOutput{}, nil
}

func (r files) DeleteReplicationConfiguration(
	_ context.Context, in *efs.DeleteReplicationConfigurationInput, _ ...func(*efs.Options),
) (*efs.DeleteReplicationConfigurationOutput, error) {
	if err := r.changed("DeleteReplicationConfiguration"); err != nil {
		return nil, err
	}
	w := r.world
	now := w.replication
	if now == nil || now.source != aws.ToString(in.SourceFileSystemId) {
		return nil, &efstypes.ReplicationNotFound{Message: aws.String("no replication")}
	}
	onlyHere := in.DeletionMode == efstypes.DeletionModeLocalConfigurationOnly
	if w.regions[now.from].lost && !onlyHere {
		return nil, fmt.Errorf("InternalServerError: the region of the source does not answer")
	}
	now.deleting = true
	w.after(OpenFiles, "files open", func() {
		w.replication = nil
		w.regions[now.to].open[now.copy], w.regions[now.to].guarded[now.copy] = true, true
	})
	return &efs.DeleteReplicationConfigurationOutput{}, nil
}

func (r files) DescribeFileSystems(
	_ context.Context, in *efs.DescribeFileSystemsInput, _ ...func(*efs.Options),
) (*efs.DescribeFileSystemsOutput, error) {
	if err := r.asked(); err != nil {
		return nil, err
	}
	if !r.mine(aws.ToString(in.FileSystemId)) {
		return nil, &efstypes.FileSystemNotFound{Message: in.FileSystemId}
	}
	return &efs.DescribeFileSystemsOutput{}, nil
}

func (r files) UpdateFileSystemProtection(
	_ context.Context, in *efs.UpdateFileSystemProtectionInput, _ ...func(*efs.Options),
) (*efs.UpdateFileSystemProtectionOutput, error) {
	if err := r.changed("UpdateFileSystemProtection"); err != nil {
		return nil, err
	}
	r.guarded[aws.ToString(in.FileSystemId)] = in.ReplicationOverwriteProtection ==
		efstypes.ReplicationOverwriteProtectionEnabled
	return &efs.UpdateFileSystemProtectionOutput{}, nil
}

func (r files) DeleteFileSystem(
	_ context.Context, in *efs.DeleteFileSystemInput, _ ...func(*efs.Options),
) (*efs.DeleteFileSystemOutput, error) {
	if err := r.changed("DeleteFileSystem"); err != nil {
		return nil, err
	}
	id, now := aws.ToString(in.FileSystemId), r.world.replication
	if id == r.FileSystem || now != nil && (id == now.source || id == now.copy) {
		return nil, &efstypes.FileSystemInUse{Message: aws.String(id + " is mounted or replicated")}
	}
	delete(r.files, id)
	return &efs.DeleteFileSystemOutput{}, nil
}

type secrets struct{ *Region }

func (r secrets) find(id *string) (*secret, error) {
	if s := r.secrets[aws.ToString(id)]; s != nil {
		return s, nil
	}
	return nil, &secretstypes.ResourceNotFoundException{Message: id}
}

func (r secrets) DescribeSecret(
	_ context.Context, in *secretsmanager.DescribeSecretInput, _ ...func(*secretsmanager.Options),
) (*secretsmanager.DescribeSecretOutput, error) {
	if err := r.asked(); err != nil {
		return nil, err
	}
	s, err := r.find(in.SecretId)
	if err != nil {
		return nil, err
	}
	out := &secretsmanager.DescribeSecretOutput{ARN: in.SecretId}
	if s.copyOf != "" {
		out.PrimaryRegion = &s.copyOf
	}
	return out, nil
}

func (r secrets) StopReplicationToReplica(
	_ context.Context, in *secretsmanager.StopReplicationToReplicaInput, _ ...func(*secretsmanager.Options),
) (*secretsmanager.StopReplicationToReplicaOutput, error) {
	if err := r.changed("StopReplicationToReplica"); err != nil {
		return nil, err
	}
	s, err := r.find(in.SecretId)
	if err != nil {
		return nil, err
	}
	s.copyOf = ""
	return &secretsmanager.StopReplicationToReplicaOutput{}, nil
}

func (r secrets) GetSecretValue(
	_ context.Context, in *secretsmanager.GetSecretValueInput, _ ...func(*secretsmanager.Options),
) (*secretsmanager.GetSecretValueOutput, error) {
	if err := r.asked(); err != nil {
		return nil, err
	}
	s, err := r.find(in.SecretId)
	if err != nil {
		return nil, err
	}
	return &secretsmanager.GetSecretValueOutput{SecretString: &s.value}, nil
}

func (r secrets) PutSecretValue(
	_ context.Context, in *secretsmanager.PutSecretValueInput, _ ...func(*secretsmanager.Options),
) (*secretsmanager.PutSecretValueOutput, error) {
	if err := r.changed("PutSecretValue"); err != nil {
		return nil, err
	}
	s, err := r.find(in.SecretId)
	if err != nil {
		return nil, err
	}
	if s.copyOf != "" {
		return nil, &secretstypes.InvalidRequestException{Message: aws.String("the secret is a copy")}
	}
	s.value = aws.ToString(in.SecretString)
	return &secretsmanager.PutSecretValueOutput{}, nil
}

func (r secrets) DeleteSecret(
	_ context.Context, in *secretsmanager.DeleteSecretInput, _ ...func(*secretsmanager.Options),
) (*secretsmanager.DeleteSecretOutput, error) {
	if err := r.changed("DeleteSecret"); err != nil {
		return nil, err
	}
	delete(r.secrets, aws.ToString(in.SecretId))
	return &secretsmanager.DeleteSecretOutput{}, nil
}

type groups struct{ *Region }

func (r groups) DescribeAutoScalingGroups(
	context.Context, *autoscaling.DescribeAutoScalingGroupsInput, ...func(*autoscaling.Options),
) (*autoscaling.DescribeAutoScalingGroupsOutput, error) {
	if err := r.asked(); err != nil {
		return nil, err
	}
	if !r.hasGroup {
		return &autoscaling.DescribeAutoScalingGroupsOutput{}, nil
	}
	found := autoscalingtypes.AutoScalingGroup{MinSize: &r.min, MaxSize: &r.max}
	for _, process := range r.suspended {
		found.SuspendedProcesses = append(found.SuspendedProcesses, autoscalingtypes.SuspendedProcess{ProcessName: &process})
	}
	for _, serves := range r.nodes {
		state := autoscalingtypes.LifecycleStateInService
		if serves.After(r.world.now) {
			state = autoscalingtypes.LifecycleStatePendingWait
		}
		found.Instances = append(found.Instances, autoscalingtypes.Instance{
			LifecycleState: state, HealthStatus: aws.String("Healthy"),
		})
	}
	return &autoscaling.DescribeAutoScalingGroupsOutput{AutoScalingGroups: []autoscalingtypes.AutoScalingGroup{found}}, nil
}

func (r groups) UpdateAutoScalingGroup(
	_ context.Context, in *autoscaling.UpdateAutoScalingGroupInput, _ ...func(*autoscaling.Options),
) (*autoscaling.UpdateAutoScalingGroupOutput, error) {
	if err := r.changed("UpdateAutoScalingGroup"); err != nil {
		return nil, err
	}
	r.scale(aws.ToInt32(in.MinSize), aws.ToInt32(in.MaxSize))
	return &autoscaling.UpdateAutoScalingGroupOutput{}, nil
}

func (r groups) SuspendProcesses(
	_ context.Context, in *autoscaling.SuspendProcessesInput, _ ...func(*autoscaling.Options),
) (*autoscaling.SuspendProcessesOutput, error) {
	if err := r.changed("SuspendProcesses"); err != nil {
		return nil, err
	}
	r.suspended = in.ScalingProcesses
	return &autoscaling.SuspendProcessesOutput{}, nil
}

func (r groups) ResumeProcesses(
	context.Context, *autoscaling.ResumeProcessesInput, ...func(*autoscaling.Options),
) (*autoscaling.ResumeProcessesOutput, error) {
	if err := r.changed("ResumeProcesses"); err != nil {
		return nil, err
	}
	r.suspended = nil
	return &autoscaling.ResumeProcessesOutput{}, nil
}

// names is Route 53, which no region's loss takes away.
type names struct{ world *World }

func (n names) ListResourceRecordSets(
	context.Context, *route53.ListResourceRecordSetsInput, ...func(*route53.Options),
) (*route53.ListResourceRecordSetsOutput, error) {
	return &route53.ListResourceRecordSetsOutput{ResourceRecordSets: []route53types.ResourceRecordSet{{
		Name: aws.String(Host + "."), Type: route53types.RRTypeA,
		AliasTarget: &route53types.AliasTarget{DNSName: aws.String("dualstack." + n.world.record + ".")},
	}}}, nil
}

func (n names) ChangeResourceRecordSets(
	_ context.Context, in *route53.ChangeResourceRecordSetsInput, _ ...func(*route53.Options),
) (*route53.ChangeResourceRecordSetsOutput, error) {
	n.world.Calls++
	if n.world.Stop != nil {
		if err := n.world.Stop("ChangeResourceRecordSets"); err != nil {
			return nil, err
		}
	}
	n.world.record = strings.TrimSuffix(aws.ToString(in.ChangeBatch.Changes[0].ResourceRecordSet.AliasTarget.DNSName), ".")
	return &route53.ChangeResourceRecordSetsOutput{}, nil
}
