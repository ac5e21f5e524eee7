package moto

// step is one call of a test, with {name} in it for what earlier answers gave.
type step struct {
	service, call, body string
	keep                string // name and pattern of what to keep of the answer, such as "vpc <vpcId>([^<]+)"
}

// example is how one thing of a kind comes and goes.
type example struct {
	kind         string
	make, remove []step
	// with are kinds that come with it and must be gone with it.
	with []string
}

const trust = "AssumeRolePolicyDocument=%7B%7D"

// examples stand in an order in which each finds what it needs; they go in the reverse order.
var examples = []example{
	{
		kind:   "VPC",
		make:   []step{{service: "ec2", call: "CreateVpc", body: "CidrBlock=10.9.0.0/16", keep: "vpc <vpcId>([^<]+)"}},
		remove: []step{{service: "ec2", call: "DeleteVpc", body: "VpcId={vpc}"}},
		with:   []string{"route table", "security group"}, // its main and its default one
	},
	{
		kind: "subnet",
		make: []step{
			{
				service: "ec2",
				call:    "CreateSubnet",
				body:    "VpcId={vpc}&CidrBlock=10.9.1.0/24&AvailabilityZone=us-east-1a",
				keep:    "subnet <subnetId>([^<]+)",
			},
			{
				service: "ec2",
				call:    "CreateSubnet",
				body:    "VpcId={vpc}&CidrBlock=10.9.2.0/24&AvailabilityZone=us-east-1b",
				keep:    "other <subnetId>([^<]+)",
			},
		},
		remove: []step{{
			service: "ec2", call: "DeleteSubnet",
			body: "SubnetId={other}"}, {service: "ec2", call: "DeleteSubnet",
			body: "SubnetId={subnet}",
		}},
	},
	{
		kind: "route table",
		make: []step{
			{service: "ec2", call: "CreateRouteTable", body: "VpcId={vpc}", keep: "table <routeTableId>([^<]+)"},
		},
		remove: []step{{service: "ec2", call: "DeleteRouteTable", body: "RouteTableId={table}"}},
	},
	{
		kind:   "internet gateway",
		make:   []step{{service: "ec2", call: "CreateInternetGateway", keep: "igw <internetGatewayId>([^<]+)"}},
		remove: []step{{service: "ec2", call: "DeleteInternetGateway", body: "InternetGatewayId={igw}"}},
	},
	{
		kind: "address",
		make: []step{
			{service: "ec2", call: "AllocateAddress", body: "Domain=vpc", keep: "address <allocationId>([^<]+)"},
		},
		remove: []step{{service: "ec2", call: "ReleaseAddress", body: "AllocationId={address}"}},
	},
	{
		kind: "NAT gateway",
		make: []step{{
			service: "ec2", call: "CreateNatGateway",
			body: "SubnetId={subnet}&AllocationId={address}",
			keep: "nat <natGatewayId>([^<]+)",
		}},
		remove: []step{{service: "ec2", call: "DeleteNatGateway", body: "NatGatewayId={nat}"}},
	},
	{
		kind: "security group",
		make: []step{{
			service: "ec2", call: "CreateSecurityGroup",
			body: "VpcId={vpc}&GroupName=nodes&GroupDescription=nodes",
			keep: "group <groupId>([^<]+)",
		}},
		remove: []step{{service: "ec2", call: "DeleteSecurityGroup", body: "GroupId={group}"}},
	},
	{
		kind: "security group rule",
		make: []step{{
			service: "ec2", call: "AuthorizeSecurityGroupIngress",
			body: "GroupId={group}&IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort=443&IpPermissions.1.ToPort=443" +
				"&IpPermissions.1.IpRanges.1.CidrIp=10.9.0.0/16",
			keep: "rule <securityGroupRuleId>([^<]+)",
		}},
		remove: []step{
			{service: "ec2", call: "RevokeSecurityGroupIngress", body: "GroupId={group}&SecurityGroupRuleId.1={rule}"},
		},
	},
	{
		kind:   "log group",
		make:   []step{{service: "logs", call: "Logs_20140328.CreateLogGroup", body: `{"logGroupName":"/nodes"}`}},
		remove: []step{{service: "logs", call: "Logs_20140328.DeleteLogGroup", body: `{"logGroupName":"/nodes"}`}},
	},
	{
		kind: "log policy",
		make: []step{
			{
				service: "logs",
				call:    "Logs_20140328.PutResourcePolicy",
				body:    `{"policyName":"search","policyDocument":"{}"}`,
			},
		},
		remove: []step{{service: "logs", call: "Logs_20140328.DeleteResourcePolicy", body: `{"policyName":"search"}`}},
	},
	{
		kind:   "bucket",
		make:   []step{{service: "s3", call: "PUT /morpheus-files"}},
		remove: []step{{service: "s3", call: "DELETE /morpheus-files"}},
	},
	{
		kind: "flow log",
		make: []step{{
			service: "ec2", call: "CreateFlowLogs",
			body: "ResourceType=VPC&ResourceId.1={vpc}&TrafficType=ALL&LogDestinationType=s3&LogDestination=arn:aws:s3:::morpheus-files",
			keep: "flow <flowLogIdSet><item>([^<]+)",
		}},
		remove: []step{{service: "ec2", call: "DeleteFlowLogs", body: "FlowLogId.1={flow}"}},
	},
	{
		kind: "VPC endpoint",
		make: []step{{
			service: "ec2", call: "CreateVpcEndpoint",
			body: "VpcId={vpc}&ServiceName=com.amazonaws.us-east-1.s3&VpcEndpointType=Gateway&RouteTableId.1={table}",
			keep: "endpoint <vpcEndpointId>([^<]+)",
		}},
		remove: []step{{service: "ec2", call: "DeleteVpcEndpoints", body: "VpcEndpointId.1={endpoint}"}},
	},
	{
		kind: "transit attachment",
		make: []step{
			{service: "ec2", call: "CreateTransitGateway", keep: "transit <transitGatewayId>([^<]+)"},
			{
				service: "ec2",
				call:    "CreateTransitGatewayVpcAttachment",
				body:    "TransitGatewayId={transit}&VpcId={vpc}&SubnetIds.1={subnet}",
				keep:    "attachment <transitGatewayAttachmentId>([^<]+)",
			},
		},
		remove: []step{
			{
				service: "ec2",
				call:    "DeleteTransitGatewayVpcAttachment",
				body:    "TransitGatewayAttachmentId={attachment}",
			},
		},
	},
	{
		kind:   "role",
		make:   []step{{service: "iam", call: "CreateRole", body: "RoleName=node&" + trust}},
		remove: []step{{service: "iam", call: "DeleteRole", body: "RoleName=node"}},
	},
	{
		kind:   "instance profile",
		make:   []step{{service: "iam", call: "CreateInstanceProfile", body: "InstanceProfileName=node"}},
		remove: []step{{service: "iam", call: "DeleteInstanceProfile", body: "InstanceProfileName=node"}},
	},
	{
		kind: "launch template",
		make: []step{{
			service: "ec2", call: "CreateLaunchTemplate",
			body: "LaunchTemplateName=node&LaunchTemplateData.ImageId=" + ubuntuImage + "&LaunchTemplateData.InstanceType=m5.xlarge" +
				"&LaunchTemplateData.BlockDeviceMapping.1.DeviceName=/dev/sda1&LaunchTemplateData.BlockDeviceMapping.1.Ebs.VolumeSize=200" +
				"&LaunchTemplateData.BlockDeviceMapping.1.Ebs.DeleteOnTermination=true",
			keep: "template <launchTemplateId>([^<]+)",
		}},
		remove: []step{{service: "ec2", call: "DeleteLaunchTemplate", body: "LaunchTemplateId={template}"}},
	},
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
			body: "AutoScalingGroupName=nodes&PolicyName=cpu&PolicyType=TargetTrackingScaling&TargetTrackingConfiguration.TargetValue=60" +
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
			body: "AutoScalingGroupName=nodes&ScheduledActionName=night&Recurrence=0+20+*+*+*&MinSize=1&MaxSize=1&DesiredCapacity=1",
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
			body: "DBClusterIdentifier=db&Engine=aurora-mysql&MasterUsername=admin&MasterUserPassword=not-a-secret&DBSubnetGroupName=data",
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
		kind: "alarm",
		make: []step{{
			service: "monitoring", call: "PutMetricAlarm",
			body: "AlarmName=unhealthy&MetricName=m&Namespace=n&Statistic=Sum&Period=60" +
				"&EvaluationPeriods=1&Threshold=1&ComparisonOperator=GreaterThanThreshold",
		}},
		remove: []step{{service: "monitoring", call: "DeleteAlarms", body: "AlarmNames.member.1=unhealthy"}},
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
			body: `{"brokerName":"broker","engineType":"RABBITMQ","engineVersion":"3.13","deploymentMode":"SINGLE_INSTANCE","hostInstanceType":"mq.m5.large","publiclyAccessible":false,"autoMinorVersionUpgrade":true,"users":[{"username":"morpheus","password":"not-a-secret-1"}]}`,
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
	return `<ChangeResourceRecordSetsRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><ChangeBatch><Changes><Change><Action>` + action +
		`</Action><ResourceRecordSet><Name>ui.example.com</Name><Type>A</Type><TTL>60</TTL><ResourceRecords><ResourceRecord><Value>192.0.2.1</Value>` +
		`</ResourceRecord></ResourceRecords></ResourceRecordSet></Change></Changes></ChangeBatch></ChangeResourceRecordSetsRequest>`
}

func associate(verb string) string {
	root := verb + "VPCWithHostedZoneRequest"
	if verb == "Disassociate" {
		root = "DisassociateVPCFromHostedZoneRequest"
	}
	return "<" + root + ` xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><VPC><VPCRegion>us-east-1</VPCRegion><VPCId>{vpc}</VPCId></VPC></` + root + ">"
}
