package moto

// serviceExamples are the examples outside the network.
var serviceExamples = []example{
	{
		kind: "load balancer",
		make: []step{{
			service: "elasticloadbalancing", call: "CreateLoadBalancer",
			body: "Name=ui&Subnets.member.1={subnet}&Subnets.member.2={other}",
			keep: "lb <LoadBalancerArn>([^<]+)",
		}},
		remove: []step{{service: "elasticloadbalancing", call: "DeleteLoadBalancer", body: "LoadBalancerArn={lb}"}},
	},
	{
		kind: "target group",
		make: []step{{
			service: "elasticloadbalancing", call: "CreateTargetGroup",
			body: "Name=ui&Protocol=HTTPS&Port=443&VpcId={vpc}",
			keep: "targets <TargetGroupArn>([^<]+)",
		}},
		remove: []step{{service: "elasticloadbalancing", call: "DeleteTargetGroup", body: "TargetGroupArn={targets}"}},
	},
	{
		kind: "scaling group",
		make: []step{{
			service: "autoscaling", call: "CreateAutoScalingGroup",
			body: "AutoScalingGroupName=nodes&MinSize=0&MaxSize=3&DesiredCapacity=0" +
				"&LaunchTemplate.LaunchTemplateId={template}&LaunchTemplate.Version=1&VPCZoneIdentifier={subnet}",
		}},
		remove: []step{
			{
				service: "autoscaling",
				call:    "DeleteAutoScalingGroup",
				body:    "AutoScalingGroupName=nodes&ForceDelete=true",
			},
		},
	},
	{
		kind: "scaling policy",
		make: []step{{
			service: "autoscaling", call: "PutScalingPolicy",
			body: "AutoScalingGroupName=nodes&PolicyName=cpu&PolicyType=TargetTrackingScaling" +
				"&TargetTrackingConfiguration.TargetValue=60" +
				"&TargetTrackingConfiguration.PredefinedMetricSpecification.PredefinedMetricType=ASGAverageCPUUtilization",
		}},
		remove: []step{
			{service: "autoscaling", call: "DeletePolicy", body: "AutoScalingGroupName=nodes&PolicyName=cpu"},
		},
	},
	{
		kind: "scaling schedule",
		make: []step{{
			service: "autoscaling", call: "PutScheduledUpdateGroupAction",
			body: "AutoScalingGroupName=nodes&ScheduledActionName=night&Recurrence=0+20+*+*+*&MinSize=1&MaxSize=1" +
				"&DesiredCapacity=1",
		}},
		remove: []step{{
			service: "autoscaling", call: "DeleteScheduledAction",
			body: "AutoScalingGroupName=nodes&ScheduledActionName=night",
		}},
	},
	{
		kind: "lifecycle hook",
		make: []step{{
			service: "autoscaling", call: "PutLifecycleHook",
			body: "AutoScalingGroupName=nodes&LifecycleHookName=ready&LifecycleTransition=autoscaling:EC2_INSTANCE_LAUNCHING",
		}},
		remove: []step{
			{
				service: "autoscaling",
				call:    "DeleteLifecycleHook",
				body:    "AutoScalingGroupName=nodes&LifecycleHookName=ready",
			},
		},
	},
	{
		kind: "instance",
		make: []step{
			{service: "autoscaling", call: "SetDesiredCapacity", body: "AutoScalingGroupName=nodes&DesiredCapacity=2"},
		},
		remove: []step{
			{service: "autoscaling", call: "SetDesiredCapacity", body: "AutoScalingGroupName=nodes&DesiredCapacity=0"},
		},
	},
	{
		kind: "volume",
		make: []step{{
			service: "ec2", call: "CreateVolume",
			body: "AvailabilityZone=us-east-1a&Size=8",
			keep: "volume <volumeId>([^<]+)",
		}},
		remove: []step{{service: "ec2", call: "DeleteVolume", body: "VolumeId={volume}"}},
	},
	{
		kind: "cluster parameter group",
		make: []step{{
			service: "rds", call: "CreateDBClusterParameterGroup",
			body: "DBClusterParameterGroupName=cpg&DBParameterGroupFamily=aurora-mysql8.0&Description=d",
		}},
		remove: []step{
			{service: "rds", call: "DeleteDBClusterParameterGroup", body: "DBClusterParameterGroupName=cpg"},
		},
	},
	{
		kind: "database parameter group",
		make: []step{{
			service: "rds", call: "CreateDBParameterGroup",
			body: "DBParameterGroupName=pg&DBParameterGroupFamily=aurora-mysql8.0&Description=d",
		}},
		remove: []step{{service: "rds", call: "DeleteDBParameterGroup", body: "DBParameterGroupName=pg"}},
	},
	{
		kind: "database subnet group",
		make: []step{{
			service: "rds", call: "CreateDBSubnetGroup",
			body: "DBSubnetGroupName=data&DBSubnetGroupDescription=d" +
				"&SubnetIds.SubnetIdentifier.1={subnet}&SubnetIds.SubnetIdentifier.2={other}",
		}},
		remove: []step{{service: "rds", call: "DeleteDBSubnetGroup", body: "DBSubnetGroupName=data"}},
	},
	{
		kind: "global database",
		make: []step{{
			service: "rds", call: "CreateGlobalCluster",
			body: "GlobalClusterIdentifier=world&Engine=aurora-mysql&EngineVersion=8.0.mysql_aurora.3.08.0",
		}},
		remove: []step{{service: "rds", call: "DeleteGlobalCluster", body: "GlobalClusterIdentifier=world"}},
	},
	{
		kind: "database cluster",
		make: []step{{
			service: "rds", call: "CreateDBCluster",
			body: "DBClusterIdentifier=db&Engine=aurora-mysql&MasterUsername=admin&MasterUserPassword=not-a-secret" +
				"&DBSubnetGroupName=data",
		}},
		remove: []step{
			{service: "rds", call: "DeleteDBCluster", body: "DBClusterIdentifier=db&FinalDBSnapshotIdentifier=last"},
		},
	},
	{
		kind: "database instance",
		make: []step{{
			service: "rds", call: "CreateDBInstance",
			body: "DBInstanceIdentifier=db-1&DBClusterIdentifier=db&Engine=aurora-mysql&DBInstanceClass=db.r6g.large",
		}},
		remove: []step{
			{service: "rds", call: "DeleteDBInstance", body: "DBInstanceIdentifier=db-1&SkipFinalSnapshot=true"},
		},
	},
	{
		kind:   "topic",
		make:   []step{{service: "sns", call: "CreateTopic", body: "Name=alerts", keep: "topic <TopicArn>([^<]+)"}},
		remove: []step{{service: "sns", call: "DeleteTopic", body: "TopicArn={topic}"}},
	},
	{
		kind: "topic subscription",
		make: []step{{
			service: "sns", call: "Subscribe",
			body: "TopicArn={topic}&Protocol=email&Endpoint=a@example.com&ReturnSubscriptionArn=true",
			keep: "subscription <SubscriptionArn>([^<]+)",
		}},
		remove: []step{{service: "sns", call: "Unsubscribe", body: "SubscriptionArn={subscription}"}},
	},
	{
		kind: "database event subscription",
		make: []step{{
			service: "rds", call: "CreateEventSubscription",
			body: "SubscriptionName=failover&SnsTopicArn={topic}&SourceType=db-cluster",
		}},
		remove: []step{{service: "rds", call: "DeleteEventSubscription", body: "SubscriptionName=failover"}},
	},
	{
		kind: "dashboard",
		make: []step{{
			service: "monitoring", call: "PutDashboard", body: "DashboardName=app&DashboardBody=%7B%22widgets%22%3A%5B%5D%7D",
		}},
		remove: []step{{service: "monitoring", call: "DeleteDashboards", body: "DashboardNames.member.1=app"}},
	},
	{
		kind: "backup vault",
		make: []step{{
			service: "backup", call: "PUT /backup-vaults/points", body: "{}", keep: `vault "BackupVaultArn": ?"([^"]+)`,
		}},
		remove: []step{{service: "backup", call: "DELETE /backup-vaults/points"}},
	},
	{
		kind: "backup plan",
		make: []step{{
			service: "backup", call: "PUT /backup/plans/",
			body: `{"BackupPlan":{"BackupPlanName":"tiers","Rules":[{"RuleName":"daily","TargetBackupVaultName":"points"}]}}`,
			keep: `plan "BackupPlanId": ?"([^"]+)`,
		}},
		remove: []step{{service: "backup", call: "DELETE /backup/plans/{plan}"}},
	},
	{
		kind: "budget",
		make: []step{{
			service: "budgets", call: "AWSBudgetServiceGateway.CreateBudget",
			body: `{"AccountId":"123456789012","Budget":{"BudgetName":"app","BudgetType":"COST","TimeUnit":"MONTHLY",` +
				`"BudgetLimit":{"Amount":"1","Unit":"USD"}}}`,
		}},
		remove: []step{{
			service: "budgets", call: "AWSBudgetServiceGateway.DeleteBudget",
			body: `{"AccountId":"123456789012","BudgetName":"app"}`,
		}},
	},
	{
		kind: "alarm",
		make: []step{{
			service: "monitoring", call: "PutMetricAlarm",
			body: "AlarmName=unhealthy&MetricName=m&Namespace=n&Statistic=Sum&Period=60" +
				"&EvaluationPeriods=1&Threshold=1&ComparisonOperator=GreaterThanThreshold",
		}},
		remove: []step{{service: "monitoring", call: "DeleteAlarms", body: "AlarmNames.member.1=unhealthy"}},
	},
	{
		kind: "composite alarm",
		make: []step{
			{
				service: "monitoring", call: "PutMetricAlarm",
				body: "AlarmName=child&MetricName=m&Namespace=n&Statistic=Sum&Period=60" +
					"&EvaluationPeriods=1&Threshold=1&ComparisonOperator=GreaterThanThreshold",
			},
			// What the layer makes of PutCompositeAlarm, which moto does not have.
			{service: "monitoring", call: "PutMetricAlarm", body: "AlarmName=down&AlarmRule=ALARM(child)"},
		},
		remove: []step{
			{service: "monitoring", call: "DeleteAlarms", body: "AlarmNames.member.1=down"},
			{service: "monitoring", call: "DeleteAlarms", body: "AlarmNames.member.1=child"},
		},
	},
	{
		kind: "event rule",
		make: []step{{
			service: "events", call: "AWSEvents.PutRule",
			body: `{"Name":"failover","EventPattern":"{\"source\":[\"aws.rds\"]}"}`,
		}},
		remove: []step{{service: "events", call: "AWSEvents.DeleteRule", body: `{"Name":"failover"}`}},
	},
	{
		kind: "certificate",
		make: []step{{
			service: "acm", call: "CertificateManager.RequestCertificate",
			body: `{"DomainName":"ui.example.com","ValidationMethod":"DNS"}`,
			keep: `certificate "CertificateArn": ?"([^"]+)`,
		}},
		remove: []step{
			{service: "acm", call: "CertificateManager.DeleteCertificate", body: `{"CertificateArn":"{certificate}"}`},
		},
	},
	{
		kind: "secret",
		make: []step{
			{
				service: "secretsmanager",
				call:    "secretsmanager.CreateSecret",
				body:    `{"Name":"broker","SecretString":"x"}`,
			},
		},
		remove: []step{
			{service: "secretsmanager", call: "secretsmanager.DeleteSecret", body: `{"SecretId":"broker"}`},
		},
	},
	{
		kind:   "key",
		make:   []step{{service: "kms", call: "TrentService.CreateKey", keep: `key "KeyId": ?"([^"]+)`}},
		remove: []step{{service: "kms", call: "TrentService.ScheduleKeyDeletion", body: `{"KeyId":"{key}"}`}},
	},
	{
		kind: "key alias",
		make: []step{
			{
				service: "kms",
				call:    "TrentService.CreateAlias",
				body:    `{"AliasName":"alias/data","TargetKeyId":"{key}"}`,
			},
		},
		remove: []step{{service: "kms", call: "TrentService.DeleteAlias", body: `{"AliasName":"alias/data"}`}},
	},
	{
		kind: "file system",
		make: []step{{
			service: "elasticfilesystem", call: "POST /2015-02-01/file-systems",
			body: `{"CreationToken":"files"}`,
			keep: `files "FileSystemId": ?"([^"]+)`,
		}},
		remove: []step{{service: "elasticfilesystem", call: "DELETE /2015-02-01/file-systems/{files}"}},
	},
	{
		kind: "broker",
		make: []step{{
			service: "mq", call: "POST /v1/brokers",
			body: `{"brokerName":"broker","engineType":"RABBITMQ","engineVersion":"3.13",` +
				`"deploymentMode":"SINGLE_INSTANCE","hostInstanceType":"mq.m5.large","publiclyAccessible":false,` +
				`"autoMinorVersionUpgrade":true,"users":[{"username":"morpheus","password":"not-a-secret-1"}]}`,
			keep: `broker "brokerId": ?"([^"]+)`,
		}},
		remove: []step{{service: "mq", call: "DELETE /v1/brokers/{broker}"}},
	},
	{
		kind: "search domain",
		make: []step{{
			service: "es", call: "POST /2021-01-01/opensearch/domain",
			body: `{"DomainName":"logs","EngineVersion":"OpenSearch_2.11"}`,
		}},
		remove: []step{{service: "es", call: "DELETE /2021-01-01/opensearch/domain/logs"}},
	},
	{
		kind: "record",
		make: []step{
			{service: "route53", call: "POST /2013-04-01/hostedzone/{zone}/rrset/", body: changeRecord("CREATE")},
		},
		remove: []step{
			{service: "route53", call: "POST /2013-04-01/hostedzone/{zone}/rrset/", body: changeRecord("DELETE")},
		},
	},
	{
		kind: "health check",
		make: []step{{
			service: "route53", call: "POST /2013-04-01/healthcheck",
			body: `<CreateHealthCheckRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/">` +
				`<CallerReference>check</CallerReference><HealthCheckConfig><Type>HTTPS</Type>` +
				`<FullyQualifiedDomainName>ui.example.com</FullyQualifiedDomainName></HealthCheckConfig></CreateHealthCheckRequest>`,
			keep: `check <Id>([^<]+)</Id>`,
		}},
		remove: []step{{service: "route53", call: "DELETE /2013-04-01/healthcheck/{check}"}},
	},
	{
		kind: "zone association",
		make: []step{
			{
				service: "route53",
				call:    "POST /2013-04-01/hostedzone/{private}/associatevpc",
				body:    associate("Associate"),
			},
		},
		remove: []step{{
			service: "route53", call: "POST /2013-04-01/hostedzone/{private}/disassociatevpc",
			body: associate("Disassociate"),
		}},
	},
}

func changeRecord(action string) string {
	return `<ChangeResourceRecordSetsRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><ChangeBatch>` +
		`<Changes><Change><Action>` + action +
		`</Action><ResourceRecordSet><Name>ui.example.com</Name><Type>A</Type><TTL>60</TTL><ResourceRecords>` +
		`<ResourceRecord><Value>192.0.2.1</Value>` +
		`</ResourceRecord></ResourceRecords></ResourceRecordSet></Change></Changes></ChangeBatch>` +
		`</ChangeResourceRecordSetsRequest>`
}

func associate(verb string) string {
	root := verb + "VPCWithHostedZoneRequest"
	if verb == "Disassociate" {
		root = "DisassociateVPCFromHostedZoneRequest"
	}
	return "<" + root + ` xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><VPC>` +
		`<VPCRegion>us-east-1</VPCRegion><VPCId>{vpc}</VPCId></VPC></` + root + ">"
}
