package search

import (
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/opensearch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/connection"
	"github.com/morpheus-ha/morpheus-aws/components/credential"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/policy"
)

// tlsPolicy allows TLS 1.2 and 1.3 with forward secrecy only (Security Hub control Opensearch.8).
const tlsPolicy = "Policy-Min-TLS-1-2-PFS-2023-10"

// domain sets no advanced options: OpenSearch 2.0 and later refuse override_main_response_version, which guides for
// clients of Elasticsearch often recommend.
func (s *Search) domain(
	ctx *pulumi.Context, name string, args *Args, user *credential.Credential, logs *logs,
) (*opensearch.Domain, error) {
	set := args.Settings
	return opensearch.NewDomain(ctx, name, &opensearch.DomainArgs{
		DomainName:    pulumi.String(set.Name),
		EngineVersion: pulumi.String(set.EngineVersion),
		ClusterConfig: clusterConfig(args),
		EbsOptions: opensearch.DomainEbsOptionsArgs{
			EbsEnabled: pulumi.Bool(true),
			VolumeType: pulumi.String("gp3"),
			VolumeSize: pulumi.Int(set.VolumeGiB),
			Iops:       pulumi.Int(set.VolumeIops),
			Throughput: pulumi.Int(set.VolumeThroughput),
		},
		VpcOptions: opensearch.DomainVpcOptionsArgs{
			SubnetIds:        connection.SubnetIDs(args.subnets()),
			SecurityGroupIds: pulumi.StringArray{args.SecurityGroupID},
		},
		EncryptAtRest: opensearch.DomainEncryptAtRestArgs{
			Enabled:  pulumi.Bool(true),
			KmsKeyId: args.KeyArn,
		},
		NodeToNodeEncryption: opensearch.DomainNodeToNodeEncryptionArgs{Enabled: pulumi.Bool(true)},
		DomainEndpointOptions: opensearch.DomainDomainEndpointOptionsArgs{
			EnforceHttps:      pulumi.Bool(true),
			TlsSecurityPolicy: pulumi.String(tlsPolicy),
		},
		AdvancedSecurityOptions: opensearch.DomainAdvancedSecurityOptionsArgs{
			Enabled:                     pulumi.Bool(true),
			InternalUserDatabaseEnabled: pulumi.Bool(true),
			MasterUserOptions: opensearch.DomainAdvancedSecurityOptionsMasterUserOptionsArgs{
				MasterUserName:     pulumi.String(username),
				MasterUserPassword: user.Password,
			},
		},
		AccessPolicies:        policy.Document(accessStatement(args)),
		LogPublishingOptions:  logs.publishing,
		AutoTuneOptions:       autoTune(set),
		OffPeakWindowOptions:  offPeakWindow(set),
		SoftwareUpdateOptions: opensearch.DomainSoftwareUpdateOptionsArgs{AutoSoftwareUpdateEnabled: pulumi.Bool(true)},
	}, s.domainOptions(args, logs)...)
}

func (s *Search) domainOptions(args *Args, logs *logs) []pulumi.ResourceOption {
	// When AWS accepts the request for the domain, it checks that the domain may publish the logs and may create network
	// interfaces in the VPC.
	first := []pulumi.Resource{logs.policy}
	if args.ServiceLinkedRole != nil {
		first = append(first, args.ServiceLinkedRole)
	}
	return []pulumi.ResourceOption{
		pulumi.Parent(s),
		// The automatic snapshots are deleted with the domain.
		pulumi.Protect(args.Protection.Protect),
		pulumi.DependsOn(first),
		pulumi.Timeouts(&pulumi.CustomTimeouts{Create: "120m", Update: "180m", Delete: "90m"}),
	}
}

func clusterConfig(args *Args) opensearch.DomainClusterConfigArgs {
	set := args.Settings
	config := opensearch.DomainClusterConfigArgs{
		InstanceType:  pulumi.String(set.InstanceType),
		InstanceCount: pulumi.Int(set.InstanceCount),
		// With Standby, OpenSearch refuses an index whose copies are not a multiple of three, such as one with one replica.
		MultiAzWithStandbyEnabled: pulumi.Bool(false),
		DedicatedMasterEnabled:    pulumi.Bool(set.DedicatedMasters > 0),
		ZoneAwarenessEnabled:      pulumi.Bool(args.zones() > 1),
	}
	if set.DedicatedMasters > 0 {
		config.DedicatedMasterCount = pulumi.Int(set.DedicatedMasters)
		config.DedicatedMasterType = pulumi.String(set.MasterInstanceType)
	}
	if args.zones() > 1 {
		// The default is two, with which AWS refuses three subnets.
		config.ZoneAwarenessConfig = opensearch.DomainClusterConfigZoneAwarenessConfigArgs{
			AvailabilityZoneCount: pulumi.Int(args.zones()),
		}
	}
	return config
}

// autoTune is on where AWS has it. On t2 and t3 it must be turned off explicitly: by default AWS turns it on and then
// refuses the domain (hashicorp/terraform-provider-aws#30205). A rollback would require a maintenance schedule.
func autoTune(set config.Search) opensearch.DomainAutoTuneOptionsArgs {
	if burstable(set.InstanceType) || set.DedicatedMasters > 0 && burstable(set.MasterInstanceType) {
		return opensearch.DomainAutoTuneOptionsArgs{
			DesiredState:      pulumi.String("DISABLED"),
			RollbackOnDisable: pulumi.String("NO_ROLLBACK"),
		}
	}
	return opensearch.DomainAutoTuneOptionsArgs{
		DesiredState:     pulumi.String("ENABLED"),
		UseOffPeakWindow: pulumi.Bool(true),
	}
}

func burstable(instanceType string) bool {
	return strings.HasPrefix(instanceType, "t2.") || strings.HasPrefix(instanceType, "t3.")
}

// offPeakWindow is the daily window of ten hours, in UTC, in which AWS updates service software and runs Auto-Tune.
func offPeakWindow(set config.Search) opensearch.DomainOffPeakWindowOptionsArgs {
	return opensearch.DomainOffPeakWindowOptionsArgs{
		Enabled: pulumi.Bool(true), // AWS does not let it be disabled
		OffPeakWindow: opensearch.DomainOffPeakWindowOptionsOffPeakWindowArgs{
			WindowStartTime: opensearch.DomainOffPeakWindowOptionsOffPeakWindowWindowStartTimeArgs{
				Hours:   pulumi.Int(set.OffPeakStartHour),
				Minutes: pulumi.Int(0),
			},
		},
	}
}

// accessStatement passes every request to fine-grained access control, which requires the password. A policy with IAM
// principals would require signed requests, and the appliance cannot sign. The domain has no address outside the VPC,
// and its security group admits the nodes only.
// https://docs.aws.amazon.com/opensearch-service/latest/developerguide/fgac.html
func accessStatement(args *Args) policy.Statement {
	return policy.Statement{
		Sid:       "PassToFineGrainedAccessControl",
		Principal: policy.Everybody,
		Actions:   []string{"es:ESHttp*"},
		Resources: policy.On(pulumi.String(args.arn() + "/*")),
	}
}
