package validate

import (
	"time"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/opstest"
)

// described are the services whose state moto does not have or does not let a test choose.
func described() []opstest.Stub {
	return []opstest.Stub{
		group(m{}), refresh("Successful"), machines(m{}), targets("healthy"), balancer(m{}), attributes("true"), listener(m{}),
		issued("ISSUED", 100), cluster(m{}), instances("us-east-1a", "us-east-1b"), broker(m{}), domain(m{}), subnetsOf(zoneNames...),
		{Call: "mq ListBrokers", Answer: m{"BrokerSummaries": l{m{
			"BrokerName": "morpheus-rabbitmq", "BrokerId": "b-1", "DeploymentMode": "CLUSTER_MULTI_AZ", "EngineType": "RABBITMQ",
		}}}},
		{Call: "elbv2 DescribeTargetGroups", Answer: m{"TargetGroups": l{m{"TargetGroupArn": "arn:nodes"}}}},
		points(10), jobs("COMPLETED"), locked(true), restores(5), volumes(true), commands(nil), invocations(),
	}
}

// with returns a description with some of its fields changed.
func with(base, changes m) m {
	for name, value := range changes {
		base[name] = value
	}
	return base
}

func group(changes m) opstest.Stub {
	var list l
	for _, zone := range zoneNames {
		list = append(list, m{
			"InstanceId": "i-" + zone, "AvailabilityZone": zone, "LifecycleState": "InService", "HealthStatus": "Healthy",
		})
	}
	return opstest.Stub{Call: "autoscaling DescribeAutoScalingGroups", Answer: m{"AutoScalingGroups": l{with(m{
		"AutoScalingGroupName": "morpheus-prod", "MinSize": 3, "MaxSize": 6, "DesiredCapacity": 3, "Instances": list,
	}, changes)}}}
}

func refresh(status string) opstest.Stub {
	return opstest.Stub{Call: "autoscaling DescribeInstanceRefreshes", Answer: m{"InstanceRefreshes": l{
		m{"Status": status, "StatusReason": "the reason", "PercentageComplete": 40},
	}}}
}

func machines(changes m) opstest.Stub {
	return opstest.Stub{Call: "ec2 DescribeInstances", Answer: m{"Reservations": l{m{"Instances": l{with(m{
		"InstanceId": "i-1", "MetadataOptions": m{"HttpTokens": "required"},
		"Tags": l{m{"Key": "morpheus:version", "Value": "8.0.7"}},
	}, changes)}}}}}
}

func targets(state string) opstest.Stub {
	var list l
	for _, zone := range zoneNames {
		list = append(list, m{"Target": m{"Id": "i-" + zone}, "TargetHealth": m{"State": state}})
	}
	return opstest.Stub{Call: "elbv2 DescribeTargetHealth", Answer: m{"TargetHealthDescriptions": list}}
}

func balancer(changes m) opstest.Stub {
	var zones l
	for _, zone := range zoneNames {
		zones = append(zones, m{"ZoneName": zone})
	}
	return opstest.Stub{Call: "elbv2 DescribeLoadBalancers", Answer: m{"LoadBalancers": l{with(m{
		"DNSName": dnsName, "LoadBalancerArn": "arn:balancer", "State": m{"Code": "active"}, "AvailabilityZones": zones,
	}, changes)}}}
}

func attributes(protection string) opstest.Stub {
	return opstest.Stub{Call: "elbv2 DescribeLoadBalancerAttributes", Answer: m{"Attributes": l{
		m{"Key": "deletion_protection.enabled", "Value": protection},
	}}}
}

func listener(changes m) opstest.Stub {
	return opstest.Stub{Call: "elbv2 DescribeListeners", Answer: m{"Listeners": l{with(m{
		"Protocol": "HTTPS", "SslPolicy": "ELBSecurityPolicy-TLS13-1-2-Res-2021-06", "Certificates": l{m{"CertificateArn": "arn:c"}},
	}, changes)}}}
}

func issued(status string, days int) opstest.Stub {
	return opstest.Stub{Call: "acm DescribeCertificate", Answer: m{"Certificate": m{
		"Status": status, "NotAfter": now.AddDate(0, 0, days).Add(time.Hour),
	}}}
}

func cluster(changes m) opstest.Stub {
	member := func(name string, writer bool) m {
		return m{"DBInstanceIdentifier": name, "IsClusterWriter": writer, "DBClusterParameterGroupStatus": "in-sync"}
	}
	return opstest.Stub{Call: "rds DescribeDBClusters", Answer: m{"DBClusters": l{with(m{
		"DBClusterIdentifier": "morpheus-prod", "Status": "available", "StorageEncrypted": true, "KmsKeyId": "arn:key",
		"DeletionProtection": true, "BackupRetentionPeriod": 7, "LatestRestorableTime": now.Add(-5 * time.Minute),
		"EngineVersion": "8.0.mysql_aurora.3.10.4", "DBClusterMembers": l{member("one", true), member("two", false)},
	}, changes)}}}
}

func instances(zones ...string) opstest.Stub {
	var list l
	for _, zone := range zones {
		list = append(list, m{
			"DBInstanceIdentifier": "in-" + zone, "DBClusterIdentifier": "morpheus-prod", "DBInstanceStatus": "available",
			"AvailabilityZone": zone, "DBParameterGroups": l{m{"ParameterApplyStatus": "in-sync"}},
		})
	}
	return opstest.Stub{Call: "rds DescribeDBInstances", Answer: m{"DBInstances": list}}
}

func broker(changes m) opstest.Stub {
	return opstest.Stub{Call: "mq DescribeBroker", Answer: with(m{
		"BrokerName": "morpheus-rabbitmq", "BrokerState": "RUNNING", "DeploymentMode": "CLUSTER_MULTI_AZ",
		"HostInstanceType": "mq.m5.large", "EngineVersion": "3.13.7", "SubnetIds": []string{"subnet-1", "subnet-2", "subnet-3"},
		"EncryptionOptions": m{"UseAwsOwnedKey": false, "KmsKeyId": "arn:key"}, "PubliclyAccessible": false,
	}, changes)}
}

func subnetsOf(zones ...string) opstest.Stub {
	var list l
	for _, zone := range zones {
		list = append(list, m{"SubnetId": "subnet", "AvailabilityZone": zone})
	}
	return opstest.Stub{Call: "ec2 DescribeSubnets", Answer: m{"Subnets": list}}
}

func domain(changes m) opstest.Stub {
	return opstest.Stub{Call: "opensearch DescribeDomain", Answer: m{"DomainStatus": with(m{
		"DomainId": "1", "DomainName": "morpheus-logs", "ARN": "arn:domain", "EngineVersion": "OpenSearch_2.19",
		"ClusterConfig": m{
			"InstanceCount": 3, "InstanceType": "r6g.large.search", "DedicatedMasterEnabled": true, "DedicatedMasterCount": 3,
			"ZoneAwarenessEnabled": true, "ZoneAwarenessConfig": m{"AvailabilityZoneCount": 3},
		},
		"EncryptionAtRestOptions": m{"Enabled": true}, "NodeToNodeEncryptionOptions": m{"Enabled": true},
		"DomainEndpointOptions":  m{"EnforceHTTPS": true, "TLSSecurityPolicy": "Policy-Min-TLS-1-2-PFS-2023-10"},
		"ServiceSoftwareOptions": m{"UpdateAvailable": false},
	}, changes)}}
}

func points(hours int) opstest.Stub {
	return opstest.Stub{Call: "backup ListRecoveryPointsByResource", Answer: m{"RecoveryPoints": l{
		m{"Status": "COMPLETED", "CreationDate": now.Add(-time.Duration(hours) * time.Hour)},
		m{"Status": "EXPIRED", "CreationDate": now},
	}}}
}

func jobs(state string) opstest.Stub {
	return opstest.Stub{Call: "backup ListBackupJobs", Answer: m{"BackupJobs": l{m{"State": state, "ResourceType": "Aurora"}}}}
}

func locked(yes bool) opstest.Stub {
	return opstest.Stub{Call: "backup DescribeBackupVault", Answer: m{"BackupVaultName": vault, "Locked": yes}}
}

func restores(days ...int) opstest.Stub {
	var list l
	for _, n := range days {
		list = append(list, m{"Status": "COMPLETED", "CompletionDate": now.AddDate(0, 0, -n)})
	}
	return opstest.Stub{Call: "backup ListRestoreJobs", Answer: m{"RestoreJobs": list}}
}

func volumes(encrypted bool) opstest.Stub {
	return opstest.Stub{Call: "ec2 DescribeVolumes", Answer: m{"Volumes": l{m{"VolumeId": "vol-1", "Encrypted": encrypted}}}}
}
