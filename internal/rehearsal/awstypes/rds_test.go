package awstypes_test

import (
	"maps"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
)

func rdsCases() []ruleCase {
	return []ruleCase{
		{rule: "db-subnet-group-zones", token: awstoken.RDSSubnetGroup, refused: []refusedRequest{
			{why: "one subnet", changes: values{"subnetIds": []any{"${subnet-a.id}"}}, want: "at least 2"},
			{
				why:     "one zone",
				changes: values{"subnetIds": []any{"${subnet-a.id}", "${subnet-a2.id}"}},
				want:    "at least 2",
			},
		}},
		{rule: "aurora-version", token: awstoken.RDSCluster, refused: []refusedRequest{
			{
				why:     "a retired version",
				changes: values{"engineVersion": "8.0.mysql_aurora.3.04.0"},
				want:    "Cannot find version 8.0.mysql_aurora.3.04.0",
			},
			{
				why:     "MySQL's version number",
				changes: values{"engineVersion": "8.0.36"},
				want:    "Cannot find version 8.0.36",
			},
		}},
		{
			rule: "aurora-downgrade", token: awstoken.RDSCluster, updateOnly: true,
			accepted: values{"engineVersion": "8.0.mysql_aurora.3.10.4"},
			refused: []refusedRequest{{
				why: "an older patch", changes: values{"engineVersion": "8.0.mysql_aurora.3.10.3"},
				want: "Cannot upgrade aurora-mysql from 8.0.mysql_aurora.3.10.4 to 8.0.mysql_aurora.3.10.3",
			}},
		},
		{rule: "aurora-windows", token: awstoken.RDSCluster, refused: []refusedRequest{
			{
				why:     "a backup window in the maintenance window",
				changes: values{"preferredMaintenanceWindow": "sun:03:30-sun:04:30"},
				want:    "must not overlap",
			},
			{
				why: "a backup window over midnight",
				changes: values{
					"preferredBackupWindow":      "23:30-00:30",
					"preferredMaintenanceWindow": "mon:00:00-mon:01:00",
				},
				want: "must not overlap",
			},
			{
				why:     "an invalid window",
				changes: values{"preferredBackupWindow": "3am"},
				want:    `the backup window "3am"`,
			},
			{
				why:     "a maintenance window without day",
				changes: values{"preferredMaintenanceWindow": "05:00-06:00"},
				want:    `the maintenance window "05:00-06:00"`,
			},
		}},
		{rule: "aurora-retention", token: awstoken.RDSCluster, refused: []refusedRequest{
			{why: "no backups", changes: values{"backupRetentionPeriod": 0}, want: "must be between 1 and 35"},
			{
				why:     "backups for too long",
				changes: values{"backupRetentionPeriod": 36},
				want:    "must be between 1 and 35",
			},
		}},
		{rule: "aurora-managed-secret", token: awstoken.RDSCluster, refused: []refusedRequest{
			{why: "a managed secret and a password", changes: values{"masterPassword": "secret"}, want: "not both"},
			{
				why:     "neither",
				changes: values{"manageMasterUserPassword": nil},
				want:    "needs a password or a managed secret",
			},
			{
				why:     "a managed secret in a global database",
				changes: values{"globalClusterIdentifier": "world"},
				want:    "not supported for clusters of a global database",
			},
		}},
		{rule: "aurora-secondary", token: awstoken.RDSCluster, createOnly: true, refused: []refusedRequest{
			{
				why:     "a global database that is missing",
				changes: values{"manageMasterUserPassword": nil, "masterUsername": nil, "globalClusterIdentifier": "gone"},
				want:    "Global cluster gone not found",
			},
			{
				why:     "a second member in the region",
				changes: joins(nil),
				prepare: foundWorld,
				want:    "has a member in us-east-1",
			},
			{
				why:     "a user of its own",
				changes: joins(values{"masterUsername": "root"}),
				prepare: foundWorld,
				want:    "cannot specify a user",
			},
			{
				why:     "another version",
				changes: joins(values{"engineVersion": "8.0.mysql_aurora.3.10.3"}),
				prepare: foundWorld,
				want:    "must be that of the global cluster",
			},
			{
				why:     "no region of the writer",
				changes: joins(values{"sourceRegion": nil}),
				prepare: foundWorld,
				want:    "the source region is required",
			},
		}},
		{rule: "aurora-log-parameters", token: awstoken.RDSCluster, accepted: values{
			"enabledCloudwatchLogsExports": []any{"audit", "error"}, "dbClusterParameterGroupName": "${audited.name}",
		}, refused: []refusedRequest{
			{
				why:     "an audit log that nothing writes",
				changes: values{"dbClusterParameterGroupName": "${cluster-params.name}"},
				want:    "needs server_audit_logging",
			},
		}},
		{rule: "aurora-snapshot", token: awstoken.RDSCluster, createOnly: true, refused: []refusedRequest{
			{
				why:     "a missing snapshot",
				changes: values{"snapshotIdentifier": "gone-final"},
				want:    "DBClusterSnapshot not found: gone-final",
			},
			{
				why:     "the same by its ARN",
				changes: values{"snapshotIdentifier": "arn:aws:rds:us-east-1:123456789012:cluster-snapshot:gone"},
				want:    "DBClusterSnapshot not found: gone",
			},
		}},
		{rule: "global-database-member", token: awstoken.RDSGlobalCluster, refused: []refusedRequest{
			{
				why:     "a managed password",
				changes: values{"sourceDbClusterIdentifier": "${database.arn}"},
				want:    "cannot be a member of a global database",
			},
			{
				why:     "a member of another global database",
				changes: values{"sourceDbClusterIdentifier": "${member.arn}"},
				want:    "InvalidDBClusterStateFault: the cluster is already a member",
				prepare: func(w *world) {
					w.need(
						"member",
						awstoken.RDSCluster,
						with(
							example(awstoken.RDSCluster),
							values{
								"clusterIdentifier":        "member",
								"manageMasterUserPassword": nil,
								"masterPassword":           "aB3dEfGh1jKl",
							},
						),
					)
					w.need(
						"planet",
						awstoken.RDSGlobalCluster,
						with(example(awstoken.RDSGlobalCluster),
							values{"globalClusterIdentifier": "planet", "sourceDbClusterIdentifier": "${member.arn}"}),
					)
				},
			},
			{
				why:     "backtrack",
				want:    "a cluster with Backtrack",
				changes: values{"sourceDbClusterIdentifier": "${rewound.arn}"},
				prepare: func(w *world) {
					w.need("rewound", awstoken.RDSCluster, with(example(awstoken.RDSCluster), values{
						"clusterIdentifier": "rewound", "manageMasterUserPassword": nil,
						"masterPassword": "aB3dEfGh1jKl", "backtrackWindow": 3600,
					}))
				},
			},
		}},
		{rule: "aurora-master-user", token: awstoken.RDSCluster, refused: []refusedRequest{
			{why: "a dash", changes: values{"masterUsername": "morpheus-admin"}, want: "not a valid identifier"},
			{why: "a digit first", changes: values{"masterUsername": "1root"}, want: "not a valid identifier"},
		}},
		{
			rule:     "aurora-backtrack-global",
			token:    awstoken.RDSCluster,
			accepted: values{"manageMasterUserPassword": nil, "masterPassword": "secret", "backtrackWindow": 3600},
			refused: []refusedRequest{
				{
					why:     "backtrack in a global database",
					changes: values{"globalClusterIdentifier": "world"},
					want:    "Backtrack is not supported",
				},
			},
		},
		{rule: "cluster-parameters", token: awstoken.RDSClusterParameterGroup, refused: []refusedRequest{
			{
				why:     "another engine's family",
				changes: values{"family": "mysql8.0"},
				want:    "not a valid parameter group family",
			},
			{
				why: "a static parameter with immediate apply",
				changes: values{
					"parameters": []any{values{"name": "binlog_format", "value": "ROW", "applyMethod": "immediate"}},
				},
				want: "cannot use immediate apply method for static parameter binlog_format",
			},
		}},
		{rule: "instance-parameters", token: awstoken.RDSParameterGroup, refused: []refusedRequest{
			{
				why:     "a parameter of the cluster",
				changes: values{"parameters": []any{values{"name": "require_secure_transport", "value": "ON"}}},
				want:    "Could not find parameter with name: require_secure_transport",
			},
			{
				why:     "another engine's family",
				changes: values{"family": "aurora-mysql5.7"},
				want:    "not a valid parameter group family",
			},
		}},
		{rule: "instance-class-zone", token: awstoken.RDSClusterInstance, createOnly: true, refused: []refusedRequest{{
			why: "a zone without the class", prepare: withoutOffers, want: "db.r5.xlarge is not offered in us-east-1a",
		}}},
		{rule: "aurora-instance-class", token: awstoken.RDSClusterInstance, refused: []refusedRequest{
			{
				why:     "a class that Aurora does not have",
				changes: values{"instanceClass": "db.m5.xlarge"},
				want:    "RDS does not support creating a DB instance with DBInstanceClass=db.m5.xlarge",
			},
			{
				why:     "a size that the family does not have",
				changes: values{"instanceClass": "db.r6g.24xlarge"},
				want:    "DBInstanceClass=db.r6g.24xlarge",
			},
			{why: "a retired class", changes: values{"instanceClass": "db.r4.large"}, want: "does not support"},
		}},
		{rule: "aurora-instance-zone", token: awstoken.RDSClusterInstance, refused: []refusedRequest{
			{
				why:     "a zone without subnet",
				changes: values{"availabilityZone": "us-east-1c"},
				want:    "no subnet in us-east-1c",
			},
		}},
		{
			rule:     "aurora-enhanced-monitoring",
			token:    awstoken.RDSClusterInstance,
			accepted: values{"monitoringInterval": 60, "monitoringRoleArn": "${role.arn}"},
			refused: []refusedRequest{
				{
					why:     "monitoring without role",
					changes: values{"monitoringRoleArn": nil},
					want:    "A MonitoringRoleARN value is required",
				},
			},
		},
		{
			rule:     "aurora-insights-retention",
			token:    awstoken.RDSClusterInstance,
			accepted: values{"performanceInsightsRetentionPeriod": 465},
			refused: []refusedRequest{
				{
					why:     "a month of thirty days",
					changes: values{"performanceInsightsRetentionPeriod": 30},
					want:    "valid are 7, 731 and multiples of 31",
				},
			},
		},
		{
			rule:     "aurora-instance-maintenance",
			token:    awstoken.RDSClusterInstance,
			accepted: values{"preferredMaintenanceWindow": "sun:05:00-sun:06:00"},
			refused: []refusedRequest{
				{
					why:     "maintenance in the cluster's backup window",
					changes: values{"preferredMaintenanceWindow": "Mon:03:00-Mon:04:00"},
					want:    "must not overlap",
				},
			},
		},
		{
			rule:     "event-categories",
			token:    awstoken.RDSEventSubscription,
			accepted: values{"sourceType": "db-instance", "eventCategories": []any{"configuration change", "failure"}},
			refused: []refusedRequest{
				{
					why:     "a category of instances for a parameter group",
					changes: values{"sourceType": "db-parameter-group"},
					want:    `no category "failure"`,
				},
				{
					why:     "an unknown category",
					changes: values{"eventCategories": []any{"disaster"}},
					want:    `no category "disaster"`,
				},
			},
		},
		{rule: "event-topic", token: awstoken.RDSEventSubscription, refused: []refusedRequest{
			{
				why:     "a topic whose policy does not allow RDS",
				want:    "RDS is not authorized to publish",
				changes: values{"snsTopic": "${mute.arn}"},
				prepare: func(w *world) {
					w.need("mute", awstoken.SNSTopic, values{"name": "mute"})
					w.need("mute-policy", awstoken.SNSTopicPolicy, values{"arn": "${mute.arn}", "policy": policy(
						with(allow("Service", "cloudwatch.amazonaws.com", "sns:Publish"),
							values{"Resource": "${mute.arn}"}),
					)})
				},
			},
			{
				why:     "a topic whose key does not allow RDS",
				want:    "no kms:GenerateDataKey on the key",
				changes: values{"snsTopic": "${sealed.arn}"},
				prepare: func(w *world) {
					w.need("sealed", awstoken.SNSTopic, values{"name": "sealed", "kmsMasterKeyId": "${plain-key.arn}"})
				},
			},
		}},
	}
}

// joins are the changes that make a cluster join the global database of foundWorld.
func joins(more values) values {
	out := values{
		"clusterIdentifier": "second", "manageMasterUserPassword": nil, "masterUsername": nil,
		"globalClusterIdentifier": "world", "sourceRegion": "us-west-2",
	}
	maps.Copy(out, more)
	return out
}

func foundWorld(w *world) {
	w.need("world", awstoken.RDSGlobalCluster, example(awstoken.RDSGlobalCluster))
}
