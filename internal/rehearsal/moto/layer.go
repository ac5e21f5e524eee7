package moto

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"sync"
)

// Entry is a call that the layer answers instead of moto, or whose response it corrects.
type Entry struct {
	// Call is the service and operation, by botocore's names.
	Call string
	// Why is the reason why moto cannot answer it, and the source of the answer.
	Why string
	// Target is the X-Amz-Target header of a JSON service, Method and Path belong to a REST service, and Action to a
	// query service.
	Target string
	Method string
	Path   *regexp.Regexp
	Action string
	// Query is the parameter that tells the operations of a path of S3 apart.
	Query string
	// Request are the parameters that the entry reads from the request. Answer are the elements of the response that it
	// reads, writes or removes. Both are paths in the protocol without list indexes. A written value follows "=".
	Request []string
	Answer  []string
	// answer returns nil to pass the call to moto. id is the first group of Path.
	answer func(s *layerState, id string, body []byte) any
	// rewrite replaces a call that moto does not support by another call.
	rewrite func(r *http.Request)
	// complete adds parameters to a query request, which moto would otherwise reset.
	complete func(s *layerState, form url.Values)
	// edit corrects moto's response; form is the request of a query service.
	edit func(s *layerState, form url.Values, response string) string
}

// layerState is the layer's state between calls.
type layerState struct {
	mu sync.Mutex
	// backups are the settings of vaults and plans as they were put.
	backups  map[string]map[string]any
	policies map[string]string // status of a file system's backup policy
	// forgotten is XML that moto does not store, by the element next to which it belongs.
	forgotten map[string]string
	// clusters are the insights of database clusters by identifier, and mixed the policies of scaling groups by name.
	clusters map[string]string
	// queries are the saved queries of logs by id.
	queries map[string]queryDefinition
	mixed   map[string]url.Values
	// fields are parts of JSON requests.
	fields map[string]json.RawMessage
}

var (
	backupPolicy     = regexp.MustCompile(`^/2015-02-01/file-systems/([^/]+)/backup-policy$`)
	fileSystemPolicy = regexp.MustCompile(`^/2015-02-01/file-systems/([^/]+)/policy$`)
)

// templateTags is the path of the tags of the resources that a template launches.
const templateTags = "launchTemplateVersionSet.item.launchTemplateData.tagSpecificationSet.item."

// orderable is the path of an option in the answer of RDS.
const orderable = "OrderableDBInstanceOptions.OrderableDBInstanceOption."

// groupRequest are the parameters of a scaling group that the layer reads.
var groupRequest = []string{
	"AutoScalingGroupName", "DefaultInstanceWarmup",
	"InstanceMaintenancePolicy.MinHealthyPercentage", "InstanceMaintenancePolicy.MaxHealthyPercentage",
	"MixedInstancesPolicy", "LaunchTemplate", "LaunchConfigurationName",
}

func insightsRequest(identifier string) []string {
	return []string{
		identifier,
		"EnablePerformanceInsights",
		"PerformanceInsightsKMSKeyId",
		"PerformanceInsightsRetentionPeriod",
	}
}

func insightsIn(path string, beside ...string) []string {
	var out []string
	for _, name := range append(beside, "PerformanceInsightsEnabled", "PerformanceInsightsKMSKeyId",
		"PerformanceInsightsRetentionPeriod") {
		out = append(out, path+name)
	}
	return out
}

// Layer lists the calls that moto does not support or answers wrongly. Each answer follows botocore's service model.
// moto answers all other calls.
var Layer = slices.Concat(motoLayer, bucketLayer, backupLayer, budgetEntries)

var motoLayer = []Entry{
	{
		Call: "ssm GetParameter",
		Why: "moto has no public parameters of Canonical and refuses to create any below /aws (ssm 2014-11-06, " +
			"Parameter)",
		Target:  "AmazonSSM.GetParameter",
		Request: []string{"Name"},
		Answer: []string{
			"Parameter.Name",
			"Parameter.Type=String",
			"Parameter.Value",
			"Parameter.Version",
			"Parameter.DataType",
			"Parameter.ARN",
		},
		answer: canonicalImage,
	},
	{
		Call:    "logs PutQueryDefinition",
		Why:     "moto has no saved queries (logs 2014-03-28, QueryDefinition)",
		Target:  "Logs_20140328.PutQueryDefinition",
		Request: []string{"name", "queryDefinitionId", "queryString", "logGroupNames"},
		Answer:  []string{"queryDefinitionId"},
		answer:  putQuery,
	},
	{
		Call:   "logs DescribeQueryDefinitions",
		Why:    "moto has no saved queries (logs 2014-03-28, QueryDefinition)",
		Target: "Logs_20140328.DescribeQueryDefinitions",
		Answer: []string{
			"queryDefinitions.queryDefinitionId", "queryDefinitions.name", "queryDefinitions.queryString",
			"queryDefinitions.logGroupNames",
		},
		answer: describeQueries,
	},
	{
		Call:    "logs DeleteQueryDefinition",
		Why:     "moto has no saved queries (logs 2014-03-28, QueryDefinition)",
		Target:  "Logs_20140328.DeleteQueryDefinition",
		Request: []string{"queryDefinitionId"},
		Answer:  []string{"success"},
		answer:  deleteQuery,
	},
	{
		Call: "efs PutBackupPolicy",
		Why: "moto only has the policy of a file system's creation (elasticfilesystem 2015-02-01, " +
			"BackupPolicyDescription)",
		Method: http.MethodPut, Path: backupPolicy,
		Request: []string{"BackupPolicy.Status"},
		Answer:  []string{"BackupPolicy.Status"},
		answer:  putBackupPolicy,
	},
	{
		Call: "efs DescribeBackupPolicy",
		Why: "moto returns PolicyNotFound for an existing policy (elasticfilesystem 2015-02-01, " +
			"BackupPolicyDescription)",
		Method: http.MethodGet, Path: backupPolicy,
		Answer: []string{"BackupPolicy.Status"},
		answer: describeBackupPolicy,
	},
	{
		Call: "efs DeleteFileSystemPolicy",
		Why: "moto can put and describe a file system's policy, but not delete it (elasticfilesystem " +
			"2015-02-01): the layer puts an empty policy instead",
		Method: http.MethodDelete, Path: fileSystemPolicy,
		rewrite: emptyPolicy,
	},
	{
		Call: "rds DescribeDBClusters",
		Why: "moto gives every cluster the scaling of serverless v1, and does not store Performance Insights " +
			"(rds 2014-10-31, DBCluster)",
		Action: "DescribeDBClusters",
		Answer: insightsIn("DBClusters.DBCluster.", "DBClusterIdentifier", "ScalingConfigurationInfo"),
		edit:   describeClusters,
	},
	{
		Call:    "rds DescribeOrderableDBInstanceOptions",
		Why:     "moto has options of other engines and old versions only (rds 2014-10-31, OrderableDBInstanceOption)",
		Action:  "DescribeOrderableDBInstanceOptions",
		Request: []string{"Engine", "EngineVersion", "DBInstanceClass"},
		Answer: []string{
			orderable + "Engine", orderable + "EngineVersion", orderable + "DBInstanceClass",
			orderable + "StorageType", orderable + "SupportsClusters",
			orderable + "AvailabilityZones.AvailabilityZone.Name",
		},
		edit: orderableInstances,
	},
	{
		Call:   "mq DescribeBrokerInstanceOptions",
		Why:    "moto does not have the operation (mq 2017-11-27, BrokerInstanceOption)",
		Method: http.MethodGet, Path: regexp.MustCompile(`^/v1/(broker-instance-options)$`),
		Answer: []string{
			"brokerInstanceOptions.engineType=RABBITMQ", "brokerInstanceOptions.availabilityZones.name",
			"brokerInstanceOptions.supportedDeploymentModes",
		},
		answer: brokerOptions,
	},
	{
		Call:    "rds CreateDBCluster",
		Why:     "remembered for DescribeDBClusters",
		Action:  "CreateDBCluster",
		Request: insightsRequest("DBClusterIdentifier"),
		edit:    rememberCluster,
	},
	{
		Call:    "rds ModifyDBCluster",
		Why:     "remembered for DescribeDBClusters",
		Action:  "ModifyDBCluster",
		Request: insightsRequest("DBClusterIdentifier"),
		edit:    rememberCluster,
	},
	{
		Call:    "rds CreateDBInstance",
		Why:     "remembered for DescribeDBInstances",
		Action:  "CreateDBInstance",
		Request: insightsRequest("DBInstanceIdentifier"),
		edit:    rememberInsights,
	},
	{
		Call:    "rds ModifyDBInstance",
		Why:     "remembered for DescribeDBInstances",
		Action:  "ModifyDBInstance",
		Request: insightsRequest("DBInstanceIdentifier"),
		edit:    rememberInsights,
	},
	{
		Call:   "rds DescribeDBInstances",
		Why:    "moto does not store Performance Insights of a cluster's instance (rds 2014-10-31, DBInstance)",
		Action: "DescribeDBInstances",
		Answer: insightsIn("DBInstances.DBInstance.", "DBInstanceIdentifier"),
		edit:   recallInsights,
	},
	{
		Call: "rds DescribeDBParameters",
		Why: "moto only has the set parameters, but without their source, and the provider ignores those " +
			"(rds 2014-10-31, Parameter)",
		Action: "DescribeDBParameters",
		Answer: []string{"Parameters.Parameter.ParameterName", "Parameters.Parameter.Source"},
		edit:   replace(`</ParameterName>`, "</ParameterName><Source>user</Source>"),
	},
	{
		Call: "ec2 DescribeLaunchTemplateVersions",
		Why: "moto also returns the template's tags as tags of its instances (ec2 2016-11-15, " +
			"CreateLaunchTemplateRequest)",
		Action: "DescribeLaunchTemplateVersions",
		Answer: []string{
			templateTags + "resourceType=launch-template", templateTags + "tagSet.item.key",
			templateTags + "tagSet.item.value",
		},
		edit: replace(
			`<item><resourceType>launch-template</resourceType><tagSet>(<item><key>[^<]*</key><value>[^<]*</value>`+
				`</item>)*</tagSet></item>`,
			"",
		),
	},
	{
		Call: "ec2 DescribeVpcEndpoints",
		Why: "moto names the last state deleted instead of Deleted, and the provider waits forever " +
			"(ec2 2016-11-15, State)",
		Action: "DescribeVpcEndpoints",
		Answer: []string{"vpcEndpointSet.item.state=Deleted"},
		edit:   replace(`<state>deleted</state>`, "<state>Deleted</state>"),
	},
	{
		Call:    "ec2 AuthorizeSecurityGroupIngress",
		Why:     "remembered for DescribeSecurityGroupRules",
		Action:  "AuthorizeSecurityGroupIngress",
		Request: []string{"IpPermissions.Groups.Description", "IpPermissions.PrefixListIds.Description"},
		Answer:  []string{"securityGroupRuleSet.item.securityGroupRuleId"},
		edit:    rememberRule,
	},
	{
		Call:    "ec2 AuthorizeSecurityGroupEgress",
		Why:     "remembered for DescribeSecurityGroupRules",
		Action:  "AuthorizeSecurityGroupEgress",
		Request: []string{"IpPermissions.Groups.Description", "IpPermissions.PrefixListIds.Description"},
		Answer:  []string{"securityGroupRuleSet.item.securityGroupRuleId"},
		edit:    rememberRule,
	},
	{
		Call:   "ec2 DescribeSecurityGroupRules",
		Why:    "moto does not store the description of a rule with a group or a prefix list (ec2 2016-11-15, SecurityGroupRule)",
		Action: "DescribeSecurityGroupRules",
		Answer: []string{"securityGroupRuleSet.item.securityGroupRuleId", "securityGroupRuleSet.item.description"},
		edit:   recall,
	},
	{
		Call:     "autoscaling CreateAutoScalingGroup",
		Why:      "remembered for DescribeAutoScalingGroups",
		Action:   "CreateAutoScalingGroup",
		Request:  groupRequest,
		complete: keepMixed,
		edit:     rememberGroup,
	},
	{
		Call: "autoscaling UpdateAutoScalingGroup",
		Why: "remembered for DescribeAutoScalingGroups; moto removes the mixed-instances policy of a group " +
			"when its sizes are set (autoscaling 2011-01-01, UpdateAutoScalingGroupType)",
		Action:   "UpdateAutoScalingGroup",
		Request:  groupRequest,
		complete: keepMixed,
		edit:     rememberGroup,
	},
	{
		Call:   "autoscaling DescribeAutoScalingGroups",
		Why:    "moto does not store the warm-up and the maintenance policy (autoscaling 2011-01-01, AutoScalingGroup)",
		Action: "DescribeAutoScalingGroups",
		Answer: []string{
			"AutoScalingGroups.member.AutoScalingGroupName", "AutoScalingGroups.member.DefaultInstanceWarmup",
			"AutoScalingGroups.member.InstanceMaintenancePolicy.MinHealthyPercentage",
			"AutoScalingGroups.member.InstanceMaintenancePolicy.MaxHealthyPercentage",
		},
		edit: recall,
	},
	{
		Call:   "autoscaling DescribeLifecycleHooks",
		Why:    "moto returns a role and a queue for a hook without them (autoscaling 2011-01-01, LifecycleHook)",
		Action: "DescribeLifecycleHooks",
		Answer: []string{"LifecycleHooks.member.RoleARN", "LifecycleHooks.member.NotificationTargetARN"},
		edit: replace(`<RoleARN>arn:aws:iam::1234567890:role/my-auto-scaling-role</RoleARN>|`+
			`<NotificationTargetARN>arn:aws:sqs:us-east-1:123456789012:my-queue</NotificationTargetARN>`,
			""),
	},
	{
		Call: "cloudwatch PutCompositeAlarm",
		Why: "moto has no call for composite alarms: the layer stores them as metric alarms (monitoring 2010-08-01, " +
			"PutCompositeAlarmInput)",
		Action:   "PutCompositeAlarm",
		Request:  compositeRequest,
		complete: asMetricAlarm,
		edit:     rememberComposite,
	},
	{
		Call:    "cloudwatch DescribeAlarms",
		Why:     "moto does not store the rule of a composite alarm and what suppresses it (monitoring 2010-08-01, CompositeAlarm)",
		Action:  "DescribeAlarms",
		Request: []string{"AlarmTypes"},
		Answer: []string{
			"CompositeAlarms.member.AlarmRule", "CompositeAlarms.member.ActionsSuppressor", "CompositeAlarms.member.ActionsSuppressorWaitPeriod",
			"CompositeAlarms.member.ActionsSuppressorExtensionPeriod",
		},
		edit: describeAlarms,
	},
	{
		Call: "autoscaling DescribePolicies",
		Why: "moto does not return Enabled, and gives every policy an empty predictive configuration " +
			"(autoscaling 2011-01-01, ScalingPolicy)",
		Action: "DescribePolicies",
		Answer: []string{"ScalingPolicies.member.PredictiveScalingConfiguration", "ScalingPolicies.member.Enabled"},
		edit:   replace(`<PredictiveScalingConfiguration/>`, "<Enabled>true</Enabled>"),
	},
}
