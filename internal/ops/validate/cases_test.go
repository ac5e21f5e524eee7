package validate

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/efs"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/opstest"
)

const found = check.Found

// answer is a case in which one description of AWS differs.
func answer(id, name, says string, stub opstest.Stub) opstest.Case {
	return opstest.Case{Check: id, Name: name, Want: found, Says: says, Stubs: []opstest.Stub{stub}}
}

// outside is a case in which a client sees something else.
func outside(id, name, says string, f *fakeOutside) opstest.Case {
	return opstest.Case{
		Check: id, Name: name, Want: found, Says: says, Alter: func(s any) { s.(*Subject).Outside = f },
	}
}

var twoInOneZone = l{
	m{"InstanceId": "i-1", "AvailabilityZone": "us-east-1a", "LifecycleState": "InService", "HealthStatus": "Healthy"},
	m{"InstanceId": "i-2", "AvailabilityZone": "us-east-1a", "LifecycleState": "InService", "HealthStatus": "Healthy"},
	m{"InstanceId": "i-3", "AvailabilityZone": "us-east-1b", "LifecycleState": "Pending:Wait", "HealthStatus": "Healthy"},
}

var cases = []opstest.Case{
	answer("nodes-in-service", "one boots", "2 nodes are in service and healthy, 3 are wanted", group(m{"Instances": twoInOneZone})),
	answer("nodes-zones", "all in one", "2 nodes are in 1 zones only: us-east-1a", group(m{"Instances": twoInOneZone})),
	answer("nodes-processes", "suspended", "ReplaceUnhealthy is suspended",
		group(m{"SuspendedProcesses": l{m{"ProcessName": "ReplaceUnhealthy"}}})),
	answer("nodes-rollout", "failed", "is Failed: the reason", refresh("Failed")),
	answer("nodes-rollout", "under way", "40 percent", refresh("InProgress")),
	answer("nodes-room", "none", "which is its maximum", group(m{"DesiredCapacity": 6})),
	answer("nodes-release", "former", "i-1 runs 8.0.6, not 8.0.7", machines(m{"Tags": l{m{"Key": "morpheus:version", "Value": "8.0.6"}}})),
	answer("nodes-metadata", "without token", "without a token", machines(m{"MetadataOptions": m{"HttpTokens": "optional"}})),
	answer("nodes-metadata", "no node", "no node of morpheus-prod is running",
		opstest.Stub{Call: "ec2 DescribeInstances", Answer: m{"Reservations": l{}}}),

	answer("balancer-active", "failed", "is failed", balancer(m{"State": m{"Code": "failed"}})),
	answer("balancer-active", "not in a zone", "is not in us-east-1c",
		balancer(m{"AvailabilityZones": l{m{"ZoneName": "us-east-1a"}, m{"ZoneName": "us-east-1b"}}})),
	answer("balancer-active", "missing", "has no load balancer", balancer(m{"DNSName": "another"})),
	answer("balancer-targets", "unhealthy", "0 targets are healthy, 3 are the least", targets("unhealthy")),
	answer("balancer-protected", "not", "is not protected", attributes("false")),
	answer("balancer-tls-policy", "old", "has the policy ELBSecurityPolicy-2016-08", listener(m{"SslPolicy": "ELBSecurityPolicy-2016-08"})),
	answer("balancer-tls-policy", "no HTTPS", "has no HTTPS listener", listener(m{"Protocol": "HTTP"})),
	answer("balancer-certificate", "not issued", "is EXPIRED", issued("EXPIRED", 100)),
	answer("balancer-certificate", "ends soon", "ends in 29 days", issued("ISSUED", 29)),

	outside("tls-certificate", "ends soon", "ends in 10 days", &fakeOutside{version: tls.VersionTLS13, days: 10, status: 200}),
	outside("tls-certificate", "of another name", "not valid for "+host, &fakeOutside{
		err: &tls.CertificateVerificationError{Err: x509.HostnameError{Certificate: &x509.Certificate{}, Host: host}},
	}),
	{
		Check: "tls-certificate", Name: "not reachable", Want: check.Unknown, Says: "network.allowedClientCidrs",
		Alter: func(s any) { s.(*Subject).Outside = &fakeOutside{err: errors.New("connection refused")} },
	},
	outside("tls-versions", "accepts TLS 1.1", "accepts TLS 1.1",
		&fakeOutside{version: tls.VersionTLS13, least: tls.VersionTLS10, days: 100}),
	outside("ping", "answers 503", "/ping answers 503", &fakeOutside{status: 503}),

	answer("database-available", "failing over", "the cluster is failing-over", cluster(m{"Status": "failing-over"})),
	answer("database-available", "no writer", "has 0 writers", cluster(m{"DBClusterMembers": l{}})),
	answer("database-available", "an instance is missing", "has 1 instances, the configuration 2", instances("us-east-1a")),
	answer("database-zones", "in one", "2 instances are in 1 zones: us-east-1a", instances("us-east-1a", "us-east-1a")),
	answer("database-encrypted", "not", "is not encrypted", cluster(m{"StorageEncrypted": false})),
	answer("database-protected", "not", "is not protected", cluster(m{"DeletionProtection": false})),
	answer("database-protected", "short retention", "kept for 1 days, the configuration has 7", cluster(m{"BackupRetentionPeriod": 1})),
	answer("database-restorable", "not for hours", "is 2h0m0s ago", cluster(m{"LatestRestorableTime": now.Add(-2 * time.Hour)})),
	answer("database-settings", "pending", "two: the cluster's parameters are pending-reboot", cluster(m{"DBClusterMembers": l{
		m{"DBInstanceIdentifier": "two", "IsClusterWriter": true, "DBClusterParameterGroupStatus": "pending-reboot"},
	}})),
	answer("database-version", "another", "the configuration has 8.0.mysql_aurora.3.10.4",
		cluster(m{"EngineVersion": "8.0.mysql_aurora.3.12.0"})),

	answer("messaging-running", "rebooting", "the broker is REBOOT_IN_PROGRESS", broker(m{"BrokerState": "REBOOT_IN_PROGRESS"})),
	answer("messaging-running", "single", "is SINGLE_INSTANCE, the configuration", broker(m{"DeploymentMode": "SINGLE_INSTANCE"})),
	answer("messaging-running", "missing", "has no broker morpheus-rabbitmq",
		opstest.Stub{Call: "mq ListBrokers", Answer: m{"BrokerSummaries": l{}}}),
	answer("messaging-zones", "in two", "in 2 zones and needs 3", subnetsOf("us-east-1a", "us-east-1b", "us-east-1b")),
	answer("messaging-encrypted", "AWS's key", "has no customer key", broker(m{"EncryptionOptions": m{"UseAwsOwnedKey": true}})),
	answer("messaging-version", "another", "RabbitMQ 3.12.13 runs", broker(m{"EngineVersion": "3.12.13"})),

	answer("search-active", "changing", "a change is under way", domain(m{"Processing": true})),
	answer("search-active", "fewer nodes", "has 2 data nodes, the configuration 3", domain(m{"ClusterConfig": m{
		"InstanceCount": 2, "InstanceType": "r6g.large.search", "DedicatedMasterEnabled": true, "DedicatedMasterCount": 3,
	}})),
	answer("search-active", "missing", "has no search domain",
		opstest.Stub{Call: "opensearch DescribeDomain", Code: "ResourceNotFoundException"}),
	answer("search-zones", "one", "uses 1 zones, the configuration 3", domain(m{"ClusterConfig": m{
		"InstanceCount": 3, "InstanceType": "r6g.large.search", "ZoneAwarenessEnabled": false,
	}})),
	answer("search-encrypted", "HTTP", "accepts HTTP", domain(m{"DomainEndpointOptions": m{"EnforceHTTPS": false}})),
	answer("search-update", "available", "an update to R2 is available",
		domain(m{"ServiceSoftwareOptions": m{"UpdateAvailable": true, "NewVersion": "R2", "UpdateStatus": "ELIGIBLE"}})),
	answer("search-version", "another", "OpenSearch_2.17 runs", domain(m{"EngineVersion": "OpenSearch_2.17"})),

	answer("filesystem-available", "another throughput", "is elastic, the configuration has bursting", opstest.Stub{
		Call: "efs DescribeFileSystems", Answer: m{"FileSystems": l{files(m{"ThroughputMode": "elastic"})}},
	}),
	{
		Check: "filesystem-zones", Name: "a target is missing", Want: found, Says: "there is no mount target in us-east-1",
		Change: func(t *testing.T, g *opstest.Given) {
			client, id := efs.NewFromConfig(g.Direct), of(g.ID).outputs["fileSystemId"]
			targets, err := client.DescribeMountTargets(t.Context(), &efs.DescribeMountTargetsInput{FileSystemId: &id})
			require.NoError(t, err)
			_, err = client.DeleteMountTarget(t.Context(), &efs.DeleteMountTargetInput{
				MountTargetId: targets.MountTargets[0].MountTargetId,
			})
			require.NoError(t, err)
		},
	},
	answer("filesystem-encrypted", "not", "is not encrypted", opstest.Stub{
		Call: "efs DescribeFileSystems", Answer: m{"FileSystems": l{files(m{"Encrypted": false})}},
	}),

	answer("backup-points", "old", "of database is 40h0m0s old", points(40)),
	answer("backup-points", "none", "filesystem has no recovery point",
		opstest.Stub{Call: "backup ListRecoveryPointsByResource", Answer: m{"RecoveryPoints": l{}}}),
	answer("backup-jobs", "failed", "the job of Aurora is FAILED", jobs("FAILED")),
	answer("backup-lock", "open", "is not locked", locked(false)),
	answer("restore-test", "none", "no restore was completed", restores()),

	{
		Check: "alarms-exist", Name: "deleted", Want: found, Says: "there is no alarm database-writer",
		Change: func(t *testing.T, g *opstest.Given) {
			_, err := cloudwatch.NewFromConfig(g.Direct).DeleteAlarms(t.Context(), &cloudwatch.DeleteAlarmsInput{
				AlarmNames: []string{"database-writer"},
			})
			require.NoError(t, err)
		},
	},
	{
		Check: "alarms-notify", Name: "disabled", Want: found, Says: "database-writer notifies nobody",
		Change: func(t *testing.T, g *opstest.Given) {
			putAlarm(t, g, "database-writer", of(g.ID).outputs["pagesTopicArn"], false)
		},
	},
	{
		Check: "alarms-quiet", Name: "one fires", Want: found, Says: "database-writer is in ALARM",
		Change: func(t *testing.T, g *opstest.Given) { setAlarm(t, g, "database-writer", cwtypes.StateValueAlarm) },
	},
	{
		Check: "alarms-have-data", Name: "none", Want: found, Says: "database-writer has no data",
		Change: func(t *testing.T, g *opstest.Given) {
			setAlarm(t, g, "database-writer", cwtypes.StateValueInsufficientData)
		},
	},
	answer("subscriptions", "not confirmed", "with email is not confirmed", opstest.Stub{
		Call: "sns ListSubscriptionsByTopic", Answer: m{"Subscriptions": l{
			m{"SubscriptionArn": "PendingConfirmation", "Protocol": "email"},
		}},
	}),
	answer("subscriptions", "nobody", "pagesTopicArn reaches nobody",
		opstest.Stub{Call: "sns ListSubscriptionsByTopic", Answer: m{"Subscriptions": l{}}}),
	{
		Check: "logs-flow", Name: "silent", Want: found, Says: "the newest line of /morpheus/prod/nodes is",
		Alter: func(s any) { s.(*Subject).Now = now.Add(5 * time.Hour) },
	},

	{
		Check: "keys-enabled", Name: "disabled", Want: found, Says: "encryption-logs is Disabled",
		Change: func(t *testing.T, g *opstest.Given) {
			_, err := kms.NewFromConfig(g.Direct).DisableKey(t.Context(), &kms.DisableKeyInput{KeyId: aws.String(of(g.ID).state[0].ID)})
			require.NoError(t, err)
		},
	},
	{
		Check: "keys-rotate", Name: "not", Want: found, Says: "encryption-logs is not rotated",
		Change: func(t *testing.T, g *opstest.Given) {
			_, err := kms.NewFromConfig(g.Direct).DisableKeyRotation(t.Context(), &kms.DisableKeyRotationInput{
				KeyId: aws.String(of(g.ID).state[0].ID),
			})
			require.NoError(t, err)
		},
	},
	{
		Check: "secrets", Name: "deleted", Want: found, Says: "database-user-secret",
		Change: func(t *testing.T, g *opstest.Given) {
			_, err := secretsmanager.NewFromConfig(g.Direct).DeleteSecret(t.Context(), &secretsmanager.DeleteSecretInput{
				SecretId: aws.String("database-user"), ForceDeleteWithoutRecovery: aws.Bool(true),
			})
			require.NoError(t, err)
		},
	},
	{
		Check: "secrets", Name: "in no state", Want: found, Says: "has no secrets",
		Alter: func(s any) {
			for i := range s.(*Subject).State {
				if s.(*Subject).State[i].Type == awstoken.SecretsManagerSecret {
					s.(*Subject).State[i].Type = "other"
				}
			}
		},
	},
	answer("volumes-encrypted", "not", "vol-1 is not encrypted", volumes(false)),
	{
		Check: "drift", Name: "a change", Want: found, Says: "update database-cluster",
		Alter: func(s any) {
			s.(*Subject).Drift = func(context.Context) ([]string, error) { return []string{"update database-cluster"}, nil }
		},
	},
}

// files is a description of a file system.
func files(changes m) m {
	return with(m{
		"FileSystemId": "fs-1", "LifeCycleState": "available", "ThroughputMode": "bursting", "Encrypted": true,
		"OwnerId": "1", "CreationToken": "x", "CreationTime": now, "NumberOfMountTargets": 3, "SizeInBytes": m{"Value": 1},
		"PerformanceMode": "generalPurpose", "Tags": l{},
	}, changes)
}
