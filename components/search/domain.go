package search

import (
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/opensearch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/connection"
	"github.com/morpheus-ha/morpheus-aws/components/credential"
	"github.com/morpheus-ha/morpheus-aws/internal/policy"
)

// tlsPolicy allows TLS 1.2 and 1.3 with forward secrecy only (Security Hub control Opensearch.8).
const tlsPolicy = "Policy-Min-TLS-1-2-PFS-2023-10"

// newDomain sets no advanced options: the one that clients of Elasticsearch are often told to set,
// override_main_response_version, is refused from OpenSearch 2.0 on.
func newDomain(
	ctx *pulumi.Context, name string, args *Args, user *credential.Credential, logs *logs, parent pulumi.Resource,
) (*opensearch.Domain, error) {
	return opensearch.NewDomain(ctx, name, &opensearch.DomainArgs{
		DomainName:    pulumi.String(args.DomainName),
		EngineVersion: pulumi.String(args.EngineVersion),
		ClusterConfig: clusterConfig(args),
		EbsOptions: opensearch.DomainEbsOptionsArgs{
			EbsEnabled: pulumi.Bool(true),
			VolumeType: pulumi.String("gp3"),
			VolumeSize: pulumi.Int(args.VolumeSizeGiB),
			Iops:       pulumi.Int(args.Iops),
			Throughput: pulumi.Int(args.ThroughputMiBps),
		},
		VpcOptions: opensearch.DomainVpcOptionsArgs{
			SubnetIds:        connection.SubnetIDs(args.Placements[:args.zones()]),
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
		AutoTuneOptions:       autoTune(args),
		OffPeakWindowOptions:  offPeakWindow(args),
		SoftwareUpdateOptions: opensearch.DomainSoftwareUpdateOptionsArgs{AutoSoftwareUpdateEnabled: pulumi.Bool(true)},
	}, domainOptions(args, logs, parent)...)
}

func domainOptions(args *Args, logs *logs, parent pulumi.Resource) []pulumi.ResourceOption {
	// AWS checks both while it takes the request for the domain: that it may publish the logs, and that it may place
	// network interfaces in the VPC.
	first := []pulumi.Resource{logs.policy}
	if args.ServiceLinkedRole != nil {
		first = append(first, args.ServiceLinkedRole)
	}
	return []pulumi.ResourceOption{
		pulumi.Parent(parent),
		// The automatic snapshots go with the domain.
		pulumi.Protect(args.Protection.Protect),
		pulumi.DependsOn(first),
		pulumi.Timeouts(&pulumi.CustomTimeouts{Create: "120m", Update: "180m", Delete: "90m"}),
	}
}

func clusterConfig(args *Args) opensearch.DomainClusterConfigArgs {
	config := opensearch.DomainClusterConfigArgs{
		InstanceType:  pulumi.String(args.InstanceType),
		InstanceCount: pulumi.Int(args.InstanceCount),
		// With Standby every index must have its copies in multiples of three; one made with a single replica is refused.
		MultiAzWithStandbyEnabled: pulumi.Bool(false),
		DedicatedMasterEnabled:    pulumi.Bool(args.DedicatedMasters > 0),
		ZoneAwarenessEnabled:      pulumi.Bool(args.zones() > 1),
	}
	if args.DedicatedMasters > 0 {
		config.DedicatedMasterCount = pulumi.Int(args.DedicatedMasters)
		config.DedicatedMasterType = pulumi.String(args.MasterInstanceType)
	}
	if args.zones() > 1 {
		// Left out it is two, and three subnets are then refused.
		config.ZoneAwarenessConfig = opensearch.DomainClusterConfigZoneAwarenessConfigArgs{
			AvailabilityZoneCount: pulumi.Int(args.zones()),
		}
	}
	return config
}

// autoTune is on where AWS has it. On t2 and t3 it must be off in so many words: left out, AWS turns it on and then
// refuses the domain (hashicorp/terraform-provider-aws#30205). Rolling back would ask for a maintenance schedule.
func autoTune(args *Args) opensearch.DomainAutoTuneOptionsArgs {
	if burstable(args.InstanceType) || args.DedicatedMasters > 0 && burstable(args.MasterInstanceType) {
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

func offPeakWindow(args *Args) opensearch.DomainOffPeakWindowOptionsArgs {
	return opensearch.DomainOffPeakWindowOptionsArgs{
		Enabled: pulumi.Bool(true), // AWS does not let it be disabled
		OffPeakWindow: opensearch.DomainOffPeakWindowOptionsOffPeakWindowArgs{
			WindowStartTime: opensearch.DomainOffPeakWindowOptionsOffPeakWindowWindowStartTimeArgs{
				Hours:   pulumi.Int(args.OffPeakStartHour),
				Minutes: pulumi.Int(0),
			},
		},
	}
}

// accessStatement lets every request through to fine-grained access control, which asks for the password. A policy that
// named IAM principals would demand signed requests, and the appliance cannot sign; the domain has no address outside
// the VPC, and its security group admits the nodes alone.
// https://docs.aws.amazon.com/opensearch-service/latest/developerguide/fgac.html
func accessStatement(args *Args) policy.Statement {
	return policy.Statement{
		Sid:       "PassToFineGrainedAccessControl",
		Principal: policy.Everybody,
		Actions:   []string{"es:ESHttp*"},
		Resources: policy.On(pulumi.String(args.arn() + "/*")),
	}
}
