package account_test

func storageRefusals() []refusal {
	return []refusal{
		{rule: "efs-throughput", token: fileSystem, refused: []neighbour{
			{why: "elastic throughput beside maxIO", changes: values{"performanceMode": "maxIO", "throughputMode": "elastic"}, want: "not supported for performance mode 'maxIO'"},
			{why: "a key without encryption", changes: values{"encrypted": false}, want: "needs encrypted to be true"},
		}},
		{rule: "mount-target-per-zone", token: mountTarget, refused: []neighbour{{
			why: "a second mount target in a zone", want: "MountTargetConflict", changes: values{"subnetId": "${subnet-b.id}"},
			before: func(w *world) {
				w.need("twin", mountTarget, with(valid[mountTarget], values{"subnetId": "${subnet-b.id}"}))
			},
		}}},
		{rule: "efs-policy", token: efsPolicy, refused: []neighbour{
			{why: "another file system's policy", changes: values{"policy": policy(with(allow("AWS", "*", "*"), values{"Resource": "arn:aws:elasticfilesystem:us-east-1:1:file-system/fs-1"}))}, want: "is not this file system"},
			{why: "a role that is not there", changes: values{"policy": policy(allow("AWS", "arn:aws:iam::${account}:role/gone", "*"))}, want: "invalid principal"},
			{why: "no statement", changes: values{"policy": "{}"}, want: "not a policy"},
		}},
		{rule: "efs-replica-region", token: replica, accepted: values{"destination.kmsKeyId": "arn:aws:kms:" + other + ":123456789012:key/0a"}, refused: []neighbour{
			{why: "a copy beside the original", changes: values{"destination": values{"region": region}}, want: "is lost with the region"},
			{why: "a key of another region", changes: values{"destination.kmsKeyId": "arn:aws:kms:ap-south-1:123456789012:key/0a"}, want: "is not in the destination region " + other},
		}},
		{rule: "db-subnet-group-zones", token: dbSubnets, refused: []neighbour{
			{why: "one subnet", changes: values{"subnetIds": []any{"${subnet-a.id}"}}, want: "at least 2"},
			{why: "one zone", changes: values{"subnetIds": []any{"${subnet-a.id}", "${subnet-a2.id}"}}, want: "at least 2"},
		}},
	}
}

func brokerRefusals() []refusal {
	user := func(name, password string) values {
		return values{"users": []any{values{"username": name, "password": password}}}
	}
	const good = "aB3dEfGh1jKl"
	return []refusal{
		{rule: "rabbitmq-version", token: broker, refused: []neighbour{
			{why: "the retired 3.10.10", changes: values{"engineVersion": "3.10.10"}, want: "Broker engine version [3.10.10] is invalid. Valid values: [4.3, 4.2, 3.13]"},
			{why: "a patch number", changes: values{"engineVersion": "3.13.7"}, want: "Broker engine version [3.13.7] is invalid"},
			{why: "the same in capitals", changes: values{"engineType": "RABBITMQ", "engineVersion": "3.12"}, want: "[3.12] is invalid"},
		}},
		{rule: "rabbitmq-auto-minor-upgrade", token: broker, refused: []neighbour{
			{why: "minor upgrades off", changes: values{"autoMinorVersionUpgrade": false}, want: "autoMinorVersionUpgrade must be true"},
			{why: "minor upgrades left at the provider's default", changes: values{"autoMinorVersionUpgrade": nil}, want: "autoMinorVersionUpgrade must be true"},
		}},
		{rule: "rabbitmq-no-audit-log", token: broker, refused: []neighbour{
			{why: "an audit log", changes: values{"logs.audit": true}, want: "can not be configured when engine is RabbitMQ"},
		}},
		{rule: "rabbitmq-one-user", token: broker, refused: []neighbour{
			{why: "two users", changes: values{"users": []any{values{"username": "one", "password": good}, values{"username": "two", "password": good}}}, want: "Specify exactly one user"},
			{why: "no user", changes: values{"users": []any{}}, want: "got 0"},
		}},
		{rule: "rabbitmq-user-name", token: broker, refused: []neighbour{
			{why: "the user guest", changes: user("guest", good), want: "not guest"},
			{why: "a tilde", changes: user("mor~pheus", good), want: "letters, digits"},
			{why: "a name too short", changes: user("m", good), want: "2..100"},
		}},
		{rule: "rabbitmq-password", token: broker, refused: []neighbour{
			{why: "a comma", changes: user("morpheus", good+","), want: "without , : ="},
			{why: "a colon", changes: user("morpheus", good+":"), want: "without , : ="},
			{why: "an equals sign", changes: user("morpheus", good+"="), want: "without , : ="},
			{why: "a password too short", changes: user("morpheus", "aB3dEfGh1jK"), want: "12..250"},
			{why: "too few different characters", changes: user("morpheus", "aaabbbcccaaabbb"), want: "at least 4 of them unique"},
		}},
		{rule: "rabbitmq-subnets", token: broker, refused: []neighbour{
			{why: "one subnet for a Multi-AZ cluster", changes: values{"subnetIds": []any{"${subnet-a.id}"}}, want: "reachable in one Availability Zone only"},
			{why: "two subnets in one zone", changes: values{"subnetIds": []any{"${subnet-a.id}", "${subnet-a2.id}"}}, want: "must be in different Availability Zones"},
			{why: "two subnets for a single instance", changes: values{"deploymentMode": "SINGLE_INSTANCE", "subnetIds": []any{"${subnet-a.id}", "${subnet-b.id}"}}, want: "exactly one subnet for deployment mode [SINGLE_INSTANCE], got 2"},
			{why: "the same by default and in small letters", changes: values{"deploymentMode": "single_instance"}, want: "exactly one subnet"},
		}},
		{rule: "rabbitmq-instance-type", token: broker, refused: []neighbour{
			{why: "a type that can no longer be made", changes: values{"hostInstanceType": "mq.t3.micro"}, want: "can no longer be created"},
			{why: "a type of ActiveMQ", changes: values{"hostInstanceType": "mq.m4.large"}, want: "not valid for RabbitMQ"},
			{why: "RabbitMQ 4 on the older generation", changes: values{"engineVersion": "4.2"}, want: "runs on mq.m7g only"},
		}},
	}
}

func domainRefusals() []refusal {
	subnets := func(names ...string) []any {
		out := make([]any, len(names))
		for i, n := range names {
			out[i] = "${" + n + ".id}"
		}
		return out
	}
	return []refusal{
		{rule: "opensearch-service-linked-role", token: domain, refused: []neighbour{{
			why: "an account that never used OpenSearch", gone: "search-role", want: "you must enable a service-linked role",
		}}, once: true},
		{rule: "opensearch-log-policy", token: domain, refused: []neighbour{
			{why: "no policy lets OpenSearch write (yet)", gone: "log-policy", want: "does not grant sufficient permissions"},
			{why: "a log group that the policy does not name", want: "does not grant sufficient permissions",
				before:  func(w *world) { w.need("other-logs", logGroup, values{"name": "/other"}) },
				changes: values{"logPublishingOptions": []any{values{"logType": "AUDIT_LOGS", "cloudwatchLogGroupArn": "${other-logs.arn}"}}}},
		}},
		{rule: "opensearch-zones", token: domain, refused: []neighbour{
			{why: "three subnets without zone awareness", changes: values{"clusterConfig.zoneAwarenessEnabled": false}, want: "You must specify exactly one subnet, got 3"},
			{why: "zone awareness without a count, and three subnets", changes: values{"clusterConfig.zoneAwarenessConfig": nil, "clusterConfig.instanceCount": 4}, want: "set zone count to 2, got 3"},
			{why: "fewer data nodes than zones", changes: values{"clusterConfig.instanceCount": 2}, want: "a minimum of 3 data nodes"},
			{why: "an odd number of data nodes over two zones", changes: values{
				"clusterConfig.zoneAwarenessConfig": nil, "vpcOptions.subnetIds": subnets("subnet-a", "subnet-b"),
			}, want: "an even number of data nodes for a two Availability Zone deployment, got 3"},
			{why: "two subnets in one zone", changes: values{"vpcOptions.subnetIds": subnets("subnet-a", "subnet-a2", "subnet-b")}, want: "must be in different Availability Zones"},
			{why: "two masters", changes: values{"clusterConfig.dedicatedMasterCount": 2}, want: "dedicated master count must be 3 or 5, got 2"},
			{why: "two masters in one zone", changes: values{
				"clusterConfig.dedicatedMasterCount": 2, "clusterConfig.zoneAwarenessEnabled": false, "vpcOptions.subnetIds": subnets("subnet-a"),
			}, want: "dedicated master count must be 3 or 5, got 2"},
		}},
		{rule: "opensearch-fine-grained-access", token: domain, refused: []neighbour{
			{why: "no encryption at rest", changes: values{"encryptAtRest": values{"enabled": false}}, want: "to use advanced security options"},
			{why: "no encryption between nodes", changes: values{"nodeToNodeEncryption": nil}, want: "to use advanced security options"},
			{why: "no HTTPS", changes: values{"domainEndpointOptions.enforceHttps": false}, want: "to use advanced security options"},
		}},
		{rule: "opensearch-internal-users", token: domain, refused: []neighbour{
			{why: "an access policy that names a role", changes: values{"accessPolicies": policy(allow("AWS", "arn:aws:iam::${account}:role/node", "es:ESHttp*"))}, want: "refuse the basic authentication"},
			{why: "a password without special character", changes: values{"advancedSecurityOptions.masterUserOptions.masterUserPassword": "aB3dEfGh1jKl"}, want: "one special character"},
			{why: "a password without digit", changes: values{"advancedSecurityOptions.masterUserOptions.masterUserPassword": "aBc-dEfGhijKl"}, want: "one number"},
			{why: "no user", changes: values{"advancedSecurityOptions.masterUserOptions.masterUserName": nil}, want: "a master user name must be given"},
		}},
		{rule: "opensearch-advanced-options", token: domain, accepted: values{"advancedOptions": values{"rest.action.multi.allow_explicit_index": "true"}}, refused: []neighbour{
			{why: "override_main_response_version", changes: values{"advancedOptions": values{"override_main_response_version": "true"}}, want: "Unrecognized advanced option 'override_main_response_version'"},
		}},
		{rule: "opensearch-version", token: domain, accepted: values{"engineVersion": "OpenSearch_2.5"}, refused: []neighbour{
			{why: "a version that does not exist", changes: values{"engineVersion": "OpenSearch_2.18"}, want: `"OpenSearch_2.18" is invalid`},
			{why: "a version without its product", changes: values{"engineVersion": "2.19"}, want: `"2.19" is invalid`},
		}},
		{rule: "opensearch-auto-tune", token: domain, refused: []neighbour{
			{why: "Auto-Tune on a small type", changes: values{"clusterConfig.instanceType": "t3.small.search"}, want: "not supported in t2/t3"},
		}},
		{rule: "opensearch-processors", token: domain, refused: []neighbour{
			{why: "masters with another processor", changes: values{"clusterConfig.dedicatedMasterType": "m5.large.search"}, want: "Graviton and other types cannot be in one domain"},
		}},
		{rule: "opensearch-burstable-nodes", token: domain, accepted: values{
			"clusterConfig.instanceType": "t3.small.search", "clusterConfig.dedicatedMasterEnabled": false, "clusterConfig.dedicatedMasterType": nil, "autoTuneOptions.desiredState": "DISABLED",
			"clusterConfig.dedicatedMasterCount": nil, "clusterConfig.instanceCount": 9,
		}, refused: []neighbour{
			{why: "more than ten", changes: values{"clusterConfig.instanceCount": 12}, want: "at most 10 nodes of t2 and t3 types, got 12"},
		}},
		{rule: "opensearch-standby", token: domain, accepted: values{"clusterConfig.multiAzWithStandbyEnabled": true}, refused: []neighbour{
			{why: "standby without masters", changes: values{"clusterConfig.dedicatedMasterEnabled": false}, want: "needs three dedicated master nodes"},
			{why: "standby with an odd node", changes: values{"clusterConfig.instanceCount": 4}, want: "in multiples of three, got 4"},
			{why: "standby without Auto-Tune", changes: values{"autoTuneOptions.desiredState": "DISABLED"}, want: "needs Auto-Tune"},
			{why: "standby in two zones", want: "needs three Availability Zones", changes: values{
				"clusterConfig.zoneAwarenessConfig": values{"availabilityZoneCount": 2}, "clusterConfig.instanceCount": 6, "vpcOptions.subnetIds": subnets("subnet-a", "subnet-b"),
			}},
		}},
		{rule: "opensearch-volume", token: domain, accepted: values{"ebsOptions.volumeSize": 171, "ebsOptions.iops": 4000, "ebsOptions.throughput": 1000}, refused: []neighbour{
			{why: "a volume too small", changes: values{"ebsOptions.volumeSize": 9}, want: "at least 10 GiB, got 9"},
			{why: "too many IOPS for its size", changes: values{"ebsOptions.volumeSize": 10, "ebsOptions.iops": 5001}, want: "at most 500 per GiB, got 5001 for 10 GiB"},
			{why: "too much throughput for its IOPS", changes: values{"ebsOptions.iops": 3000, "ebsOptions.throughput": 751}, want: "at most 0.25 MiB/s per IOPS, got 751 for 3000 IOPS"},
			{why: "too little throughput for its size", changes: values{"ebsOptions.throughput": 249}, want: "at least 250 MiB/s above 170 GiB, got 249 for 171 GiB"},
		}},
	}
}

func databaseRefusals() []refusal {
	return []refusal{
		{rule: "aurora-version", token: cluster, refused: []neighbour{
			{why: "a version that is gone", changes: values{"engineVersion": "8.0.mysql_aurora.3.04.0"}, want: "Cannot find version 8.0.mysql_aurora.3.04.0"},
			{why: "MySQL's own number", changes: values{"engineVersion": "8.0.36"}, want: "Cannot find version 8.0.36"},
		}},
		{rule: "aurora-windows", token: cluster, refused: []neighbour{
			{why: "a backup window in the maintenance window", changes: values{"preferredMaintenanceWindow": "sun:03:30-sun:04:30"}, want: "must not overlap"},
			{why: "a backup window over midnight", changes: values{"preferredBackupWindow": "23:30-00:30", "preferredMaintenanceWindow": "mon:00:00-mon:01:00"}, want: "must not overlap"},
			{why: "a window that is none", changes: values{"preferredBackupWindow": "3am"}, want: `the backup window "3am"`},
			{why: "a maintenance window without day", changes: values{"preferredMaintenanceWindow": "05:00-06:00"}, want: `the maintenance window "05:00-06:00"`},
		}},
		{rule: "aurora-retention", token: cluster, refused: []neighbour{
			{why: "no backups", changes: values{"backupRetentionPeriod": 0}, want: "must be between 1 and 35"},
			{why: "backups for too long", changes: values{"backupRetentionPeriod": 36}, want: "must be between 1 and 35"},
		}},
		{rule: "aurora-managed-secret", token: cluster, refused: []neighbour{
			{why: "a managed secret and a password", changes: values{"masterPassword": "secret"}, want: "not both"},
			{why: "neither", changes: values{"manageMasterUserPassword": nil}, want: "needs a password or a managed secret"},
			{why: "a managed secret in a global database", changes: values{"globalClusterIdentifier": "world"}, want: "not supported for clusters of a global database"},
		}},
		{rule: "aurora-log-parameters", token: cluster, accepted: values{
			"enabledCloudwatchLogsExports": []any{"audit", "error"}, "dbClusterParameterGroupName": "${audited.name}",
		}, refused: []neighbour{
			{why: "an audit log that nothing writes", changes: values{"dbClusterParameterGroupName": "${cluster-params.name}"}, want: "needs server_audit_logging"},
		}},
		{rule: "aurora-snapshot", token: cluster, once: true, refused: []neighbour{
			{why: "a snapshot that is not there", changes: values{"snapshotIdentifier": "gone-final"}, want: "DBClusterSnapshot not found: gone-final"},
			{why: "the same by its ARN", changes: values{"snapshotIdentifier": "arn:aws:rds:us-east-1:123456789012:cluster-snapshot:gone"}, want: "DBClusterSnapshot not found: gone"},
		}},
		{rule: "global-database-member", token: global, refused: []neighbour{
			{why: "a managed password", changes: values{"sourceDbClusterIdentifier": "${database.arn}"}, want: "cannot be a member of a global database"},
			{why: "a member of another already", changes: values{"sourceDbClusterIdentifier": "${member.arn}"}, want: "InvalidDBClusterStateFault: the cluster is already a member",
				before: func(w *world) {
					w.need("member", cluster, with(valid[cluster], values{"clusterIdentifier": "member", "manageMasterUserPassword": nil, "masterPassword": "aB3dEfGh1jKl"}))
					w.need("planet", global, with(valid[global], values{"globalClusterIdentifier": "planet", "sourceDbClusterIdentifier": "${member.arn}"}))
				}},
			{why: "backtrack", want: "a cluster with Backtrack", changes: values{"sourceDbClusterIdentifier": "${rewound.arn}"},
				before: func(w *world) {
					w.need("rewound", cluster, with(valid[cluster], values{
						"clusterIdentifier": "rewound", "manageMasterUserPassword": nil, "masterPassword": "aB3dEfGh1jKl", "backtrackWindow": 3600,
					}))
				}},
		}},
		{rule: "aurora-master-user", token: cluster, refused: []neighbour{
			{why: "a dash", changes: values{"masterUsername": "morpheus-admin"}, want: "not a valid identifier"},
			{why: "a digit first", changes: values{"masterUsername": "1root"}, want: "not a valid identifier"},
		}},
		{rule: "aurora-backtrack-global", token: cluster, accepted: values{"manageMasterUserPassword": nil, "masterPassword": "secret", "backtrackWindow": 3600}, refused: []neighbour{
			{why: "backtrack in a global database", changes: values{"globalClusterIdentifier": "world"}, want: "Backtrack is not supported"},
		}},
		{rule: "cluster-parameters", token: clusterParams, refused: []neighbour{
			{why: "another engine's family", changes: values{"family": "mysql8.0"}, want: "not a valid parameter group family"},
			{why: "a static parameter at once", changes: values{"parameters": []any{values{"name": "binlog_format", "value": "ROW", "applyMethod": "immediate"}}}, want: "cannot use immediate apply method for static parameter binlog_format"},
		}},
		{rule: "instance-parameters", token: instanceParams, refused: []neighbour{
			{why: "a parameter of the cluster", changes: values{"parameters": []any{values{"name": "require_secure_transport", "value": "ON"}}}, want: "Could not find parameter with name: require_secure_transport"},
			{why: "another engine's family", changes: values{"family": "aurora-mysql5.7"}, want: "not a valid parameter group family"},
		}},
		{rule: "aurora-instance-class", token: instance, refused: []neighbour{
			{why: "a class that Aurora does not have", changes: values{"instanceClass": "db.m5.xlarge"}, want: "RDS does not support creating a DB instance with DBInstanceClass=db.m5.xlarge"},
			{why: "a size that the family does not have", changes: values{"instanceClass": "db.r6g.24xlarge"}, want: "DBInstanceClass=db.r6g.24xlarge"},
			{why: "a retired class", changes: values{"instanceClass": "db.r4.large"}, want: "does not support"},
		}},
		{rule: "aurora-instance-zone", token: instance, refused: []neighbour{
			{why: "a zone without subnet", changes: values{"availabilityZone": "us-east-1c"}, want: "no subnet in us-east-1c"},
		}},
		{rule: "aurora-enhanced-monitoring", token: instance, accepted: values{"monitoringInterval": 60, "monitoringRoleArn": "${role.arn}"}, refused: []neighbour{
			{why: "monitoring without role", changes: values{"monitoringRoleArn": nil}, want: "A MonitoringRoleARN value is required"},
		}},
		{rule: "aurora-insights-retention", token: instance, accepted: values{"performanceInsightsRetentionPeriod": 465}, refused: []neighbour{
			{why: "a month of thirty days", changes: values{"performanceInsightsRetentionPeriod": 30}, want: "valid are 7, 731 and multiples of 31"},
		}},
		{rule: "aurora-instance-maintenance", token: instance, accepted: values{"preferredMaintenanceWindow": "sun:05:00-sun:06:00"}, refused: []neighbour{
			{why: "maintenance in the cluster's backup window", changes: values{"preferredMaintenanceWindow": "Mon:03:00-Mon:04:00"}, want: "must not overlap"},
		}},
	}
}
