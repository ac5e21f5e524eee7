package moto

import (
	"cmp"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	formType = "application/x-www-form-urlencoded; charset=utf-8"
	jsonType = "application/x-amz-json-1.1"
)

// call is a request through the layer, with moto's response (moto) and the expected response of the layer.
type call struct {
	entry, method, path, target, contentType, body string
	moto, want                                     string
	asked                                          string // the request to moto, if it differs
	service                                        string // in the signature, if it differs from the entry's
}

var calls = []call{
	{
		entry: "backup DescribeRegionSettings", method: http.MethodGet, path: "/account-settings", want: `"ResourceTypeOptInPreference":{}`,
	},
	{
		entry: "backup PutBackupVaultAccessPolicy", method: http.MethodPut, path: "/backup-vaults/points/access-policy",
		body: `{"Policy":"{}"}`, want: "{}",
	},
	{
		entry: "backup GetBackupVaultAccessPolicy", method: http.MethodGet, path: "/backup-vaults/points/access-policy",
		want: `"Policy":"{}"`,
	},
	{
		entry: "backup DeleteBackupVaultAccessPolicy", method: http.MethodDelete,
		path: "/backup-vaults/points/access-policy", want: "{}",
	},
	{
		entry: "backup PutBackupVaultNotifications", method: http.MethodPut,
		path: "/backup-vaults/points/notification-configuration", body: `{"SNSTopicArn":"t","BackupVaultEvents":["COPY_JOB_FAILED"]}`, want: "{}",
	},
	{
		entry: "backup GetBackupVaultNotifications", method: http.MethodGet,
		path: "/backup-vaults/points/notification-configuration", want: `"SNSTopicArn":"t"`,
	},
	{
		entry: "backup DeleteBackupVaultNotifications", method: http.MethodDelete,
		path: "/backup-vaults/points/notification-configuration", want: "{}",
	},
	{
		entry: "backup ListRecoveryPointsByBackupVault", method: http.MethodGet,
		path: "/backup-vaults/points/recovery-points/?maxResults=1", want: `{"RecoveryPoints":[]}`,
	},
	{
		entry: "backup CreateBackupSelection", method: http.MethodPut, path: "/backup/plans/p-1/selections/",
		body: `{"BackupSelection":{"SelectionName":"tiers"}}`, want: `"SelectionId":"p-1"`,
	},
	{
		entry: "backup GetBackupSelection", method: http.MethodGet, path: "/backup/plans/p-1/selections/p-1",
		want: `"SelectionName":"tiers"`,
	},
	{
		entry: "backup DeleteBackupSelection", method: http.MethodDelete, path: "/backup/plans/p-1/selections/p-1",
		want: "{}",
	},
	{
		entry: "backup CreateRestoreTestingPlan", method: http.MethodPut, path: "/restore-testing/plans",
		body: `{"RestoreTestingPlan":{"RestoreTestingPlanName":"tests","StartWindowHours":2},"Tags":{}}`,
		want: `"RestoreTestingPlanName":"tests"`,
	},
	{
		entry: "backup UpdateRestoreTestingPlan", method: http.MethodPut, path: "/restore-testing/plans/tests",
		body: `{"RestoreTestingPlan":{"StartWindowHours":3}}`, want: `"RestoreTestingPlanName":"tests"`,
	},
	{
		entry: "backup GetRestoreTestingPlan", method: http.MethodGet, path: "/restore-testing/plans/tests",
		want: `"RestoreTestingPlanName":"tests","StartWindowHours":3`,
	},
	{
		entry: "backup ListTags", method: http.MethodGet, path: "/tags/arn:aws:backup:us-east-1:123456789012:restore-testing-plan:tests-0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0/", want: `{"Tags":{}}`,
	},
	{
		entry: "backup CreateRestoreTestingSelection", method: http.MethodPut,
		path: "/restore-testing/plans/tests/selections",
		body: `{"RestoreTestingSelection":{"RestoreTestingSelectionName":"efs","ValidationWindowHours":8}}`,
		want: `"RestoreTestingSelectionName":"efs"`,
	},
	{
		entry: "backup UpdateRestoreTestingSelection", method: http.MethodPut,
		path: "/restore-testing/plans/tests/selections/efs",
		body: `{"RestoreTestingSelection":{"ValidationWindowHours":9}}`, want: `"RestoreTestingPlanName":"tests"`,
	},
	{
		entry: "backup GetRestoreTestingSelection", method: http.MethodGet,
		path: "/restore-testing/plans/tests/selections/efs", want: `"ValidationWindowHours":9`,
	},
	{
		entry: "backup DeleteRestoreTestingSelection", method: http.MethodDelete,
		path: "/restore-testing/plans/tests/selections/efs", want: "{}",
	},
	{
		entry: "backup DeleteRestoreTestingPlan", method: http.MethodDelete, path: "/restore-testing/plans/tests", want: "{}",
	},
	{
		entry: "budgets CreateBudget", method: http.MethodPost, path: "/", target: "AWSBudgetServiceGateway.CreateBudget",
		contentType: jsonType,
		body:        `{"Budget":{"BudgetName":"b"},"ResourceTags":[{"Key":"Stack","Value":"prod"}]}`,
		moto:        `{}`, want: `{}`,
	},
	{
		entry: "budgets ListTagsForResource", method: http.MethodPost, path: "/",
		target: "AWSBudgetServiceGateway.ListTagsForResource", contentType: jsonType,
		body: `{"ResourceARN":"arn:aws:budgets::123456789012:budget/b"}`,
		want: `{"ResourceTags":[{"Key":"Stack","Value":"prod"}]}`,
	},
	{
		entry: "budgets CreateNotification", method: http.MethodPost, path: "/",
		target: "AWSBudgetServiceGateway.CreateNotification", contentType: jsonType,
		body: `{"BudgetName":"b","Notification":{"NotificationType":"ACTUAL","Threshold":80},` +
			`"Subscribers":[{"SubscriptionType":"SNS","Address":"arn"}]}`,
		moto: `{}`, want: `{}`,
	},
	{
		entry: "budgets DescribeSubscribersForNotification", method: http.MethodPost, path: "/",
		target: "AWSBudgetServiceGateway.DescribeSubscribersForNotification", contentType: jsonType,
		body: `{"BudgetName":"b","Notification":{"NotificationType":"ACTUAL","Threshold":80}}`,
		want: `{"Subscribers":[{"SubscriptionType":"SNS","Address":"arn"}]}`,
	},
	{
		entry: "ssm GetParameter", method: http.MethodPost, path: "/", target: "AmazonSSM.GetParameter",
		contentType: jsonType,
		body:        `{"Name":"/aws/service/canonical/ubuntu/server/24.04/stable/20250610/amd64/hvm/ebs-gp3/ami-id"}`,
		want:        ubuntuImage,
	},
	{
		entry: "logs PutQueryDefinition", method: http.MethodPost, path: "/", target: "Logs_20140328.PutQueryDefinition",
		contentType: jsonType, body: `{"name":"errors","queryString":"fields @message","logGroupNames":["/nodes"]}`,
		want: `{"queryDefinitionId":"00000000-0000-0000-0000-000000000001"}`,
	},
	{
		entry: "logs DescribeQueryDefinitions", method: http.MethodPost, path: "/",
		target: "Logs_20140328.DescribeQueryDefinitions", contentType: jsonType, body: `{}`,
		want: `{"queryDefinitions":[{"queryDefinitionId":"00000000-0000-0000-0000-000000000001","name":"errors",` +
			`"queryString":"fields @message","logGroupNames":["/nodes"]}]}`,
	},
	{
		entry: "logs DeleteQueryDefinition", method: http.MethodPost, path: "/",
		target: "Logs_20140328.DeleteQueryDefinition", contentType: jsonType,
		body: `{"queryDefinitionId":"00000000-0000-0000-0000-000000000001"}`, want: `{"success":true}`,
	},
	{
		entry: "efs PutBackupPolicy", method: http.MethodPut, path: "/2015-02-01/file-systems/fs-1/backup-policy",
		body: `{"BackupPolicy":{"Status":"ENABLED"}}`, want: `{"BackupPolicy":{"Status":"ENABLED"}}`,
	},
	{
		entry: "efs DescribeBackupPolicy", method: http.MethodGet, path: "/2015-02-01/file-systems/fs-1/backup-policy",
		want: `{"BackupPolicy":{"Status":"ENABLED"}}`,
	},
	{
		entry: "efs DeleteFileSystemPolicy", method: http.MethodDelete, path: "/2015-02-01/file-systems/fs-1/policy",
		asked: `PUT {"Policy":""}`,
	},
	{
		entry: "s3 PutBucketPolicy", method: http.MethodPut, path: "/bucket?policy",
		body: `{"Statement":[{"Action":["s3:*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}},"Effect":"Deny"},` +
			`{"Action":"s3:GetObject","Effect":"Deny"},{"Action":"s3:PutObject","Condition":{},"Effect":"Allow"}]}`,
		asked: `PUT {"Statement":[{"Action":["conditional-s3:*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}},` +
			`"Effect":"Deny"},{"Action":"s3:GetObject","Effect":"Deny"},{"Action":"s3:PutObject","Condition":{},"Effect":"Allow"}]}`,
	},
	{
		entry: "s3 GetBucketPolicy", method: http.MethodGet, path: "/bucket?policy",
		moto: `{"Statement":[{"Action":["conditional-s3:*"]}]}`, want: `{"Statement":[{"Action":["s3:*"]}]}`,
	},
	{
		entry: "rds DescribeDBClusters", body: "Action=DescribeDBClusters",
		moto: "<a/><ScalingConfigurationInfo><MinCapacity>1</MinCapacity></ScalingConfigurationInfo><b/>",
		want: "<a/><b/>",
	},
	{
		entry: "rds DescribeOrderableDBInstanceOptions",
		body: "Action=DescribeOrderableDBInstanceOptions&Engine=aurora-mysql&EngineVersion=8.0.mysql_aurora.3.10.4" +
			"&DBInstanceClass=db.r5.xlarge",
		moto: "<OrderableDBInstanceOptions/>",
		want: "<EngineVersion>8.0.mysql_aurora.3.10.4</EngineVersion><DBInstanceClass>db.r5.xlarge</DBInstanceClass>",
	},
	{
		entry: "mq DescribeBrokerInstanceOptions", method: http.MethodGet, path: "/v1/broker-instance-options",
		want: `{"name":"us-east-1a"}`,
	},
	{
		entry: "rds CreateDBCluster", body: "Action=CreateDBCluster&DBClusterIdentifier=c&EnablePerformanceInsights=true" +
			"&PerformanceInsightsKMSKeyId=k&PerformanceInsightsRetentionPeriod=7",
		moto: "<created/>", want: "<created/>",
	},
	{
		entry: "rds ModifyDBCluster", body: "Action=ModifyDBCluster&DBClusterIdentifier=c&BackupRetentionPeriod=7",
		moto: "<modified/>", want: "<modified/>",
	},
	{
		entry: "rds DescribeDBClusters", body: "Action=DescribeDBClusters",
		moto: "<DBClusterIdentifier>c</DBClusterIdentifier><PerformanceInsightsEnabled>false</PerformanceInsightsEnabled>",
		want: "<DBClusterIdentifier>c</DBClusterIdentifier><PerformanceInsightsEnabled>true</PerformanceInsightsEnabled>" +
			"<PerformanceInsightsKMSKeyId>k</PerformanceInsightsKMSKeyId>" +
			"<PerformanceInsightsRetentionPeriod>7</PerformanceInsightsRetentionPeriod>",
	},
	{
		entry: "rds CreateDBInstance", body: "Action=CreateDBInstance&DBInstanceIdentifier=i" +
			"&EnablePerformanceInsights=true" +
			"&PerformanceInsightsKMSKeyId=k&PerformanceInsightsRetentionPeriod=7",
		moto: "<created/>", want: "<created/>",
	},
	{
		entry: "rds ModifyDBInstance", body: "Action=ModifyDBInstance&DBInstanceIdentifier=i&PromotionTier=1",
		moto: "<modified/>", want: "<modified/>",
	},
	{
		entry: "rds DescribeDBInstances", body: "Action=DescribeDBInstances",
		moto: "<DBInstanceIdentifier>i</DBInstanceIdentifier><DBInstanceClass>c</DBInstanceClass>" +
			"<PerformanceInsightsRetentionPeriod/>",
		want: "<DBInstanceIdentifier>i</DBInstanceIdentifier>" +
			"<PerformanceInsightsEnabled>true</PerformanceInsightsEnabled>" +
			"<PerformanceInsightsKMSKeyId>k</PerformanceInsightsKMSKeyId>" +
			"<PerformanceInsightsRetentionPeriod>7</PerformanceInsightsRetentionPeriod><DBInstanceClass>c</DBInstanceClass>",
	},
	{
		entry: "autoscaling DescribePolicies", body: "Action=DescribePolicies",
		moto: "<member><PredictiveScalingConfiguration/></member>", want: "<member><Enabled>true</Enabled></member>",
	},
	{
		entry: "autoscaling DescribeLifecycleHooks", body: "Action=DescribeLifecycleHooks",
		moto: "<member><RoleARN>arn:aws:iam::1234567890:role/my-auto-scaling-role</RoleARN>" +
			"<NotificationTargetARN>arn:aws:sqs:us-east-1:123456789012:my-queue</NotificationTargetARN></member>" +
			"<member><RoleARN>arn:aws:iam::123456789012:role/ours</RoleARN></member>",
		want: "<member></member><member><RoleARN>arn:aws:iam::123456789012:role/ours</RoleARN></member>",
	},
	{
		entry: "cloudwatch PutCompositeAlarm", body: "Action=PutCompositeAlarm&AlarmName=a&AlarmRule=ALARM%28b%29" +
			"&ActionsSuppressor=c&ActionsSuppressorWaitPeriod=60&ActionsSuppressorExtensionPeriod=120",
		moto: "<put/>", want: "<put/>",
		asked: "POST Action=PutMetricAlarm&ActionsSuppressor=c&ActionsSuppressorExtensionPeriod=120" +
			"&ActionsSuppressorWaitPeriod=60&AlarmName=a&AlarmRule=ALARM%28b%29",
	},
	{
		entry: "cloudwatch DescribeAlarms", body: "Action=DescribeAlarms&AlarmTypes.member.1=CompositeAlarm",
		moto: "<CompositeAlarms/><MetricAlarms><AlarmName>a</AlarmName></MetricAlarms>",
		want: "<CompositeAlarms><AlarmName>a</AlarmName><AlarmRule>ALARM(b)</AlarmRule><ActionsSuppressor>c</ActionsSuppressor>" +
			"<ActionsSuppressorWaitPeriod>60</ActionsSuppressorWaitPeriod>" +
			"<ActionsSuppressorExtensionPeriod>120</ActionsSuppressorExtensionPeriod></CompositeAlarms>",
	},
	{
		entry: "rds DescribeDBParameters", body: "Action=DescribeDBParameters",
		moto: "<Parameter><ParameterName>a</ParameterName></Parameter>",
		want: "<Parameter><ParameterName>a</ParameterName><Source>user</Source></Parameter>",
	},
	{
		entry: "ec2 DescribeLaunchTemplateVersions", body: "Action=DescribeLaunchTemplateVersions",
		moto: "<item><resourceType>volume</resourceType><tagSet><item><key>a</key><value>b</value></item></tagSet></item>" +
			"<item><resourceType>launch-template</resourceType><tagSet><item><key>a</key><value>b</value></item></tagSet>" +
			"</item>",
		want: "<item><resourceType>volume</resourceType><tagSet><item><key>a</key><value>b</value></item></tagSet></item>",
	},
	{
		entry: "ec2 DescribeVpcEndpoints", body: "Action=DescribeVpcEndpoints",
		moto: "<state>deleted</state><state>available</state>", want: "<state>Deleted</state><state>available</state>",
	},
	{
		entry: "ec2 AuthorizeSecurityGroupIngress",
		body:  "Action=AuthorizeSecurityGroupIngress&IpPermissions.1.Groups.1.Description=in+%26+out",
		moto:  "<securityGroupRuleId>sgr-1</securityGroupRuleId>", want: "<securityGroupRuleId>sgr-1</securityGroupRuleId>",
	},
	{
		entry: "ec2 AuthorizeSecurityGroupEgress", body: "Action=AuthorizeSecurityGroupEgress" +
			"&IpPermissions.1.IpRanges.1.Description=kept",
		moto: "<securityGroupRuleId>sgr-2</securityGroupRuleId>", want: "<securityGroupRuleId>sgr-2</securityGroupRuleId>",
	},
	{
		entry: "ec2 AuthorizeSecurityGroupIngress",
		body:  "Action=AuthorizeSecurityGroupIngress&IpPermissions.1.PrefixListIds.1.Description=checkers",
		moto:  "<securityGroupRuleId>sgr-3</securityGroupRuleId>", want: "<securityGroupRuleId>sgr-3</securityGroupRuleId>",
	},
	{
		entry: "ec2 DescribeSecurityGroupRules", body: "Action=DescribeSecurityGroupRules",
		moto: "<securityGroupRuleId>sgr-1</securityGroupRuleId><securityGroupRuleId>sgr-2</securityGroupRuleId>" +
			"<description>kept</description><securityGroupRuleId>sgr-3</securityGroupRuleId>",
		want: "<securityGroupRuleId>sgr-1</securityGroupRuleId><description>in &amp; out</description>" +
			"<securityGroupRuleId>sgr-2</securityGroupRuleId><description>kept</description>" +
			"<securityGroupRuleId>sgr-3</securityGroupRuleId><description>checkers</description>",
	},
	{
		entry: "autoscaling CreateAutoScalingGroup",
		body: "Action=CreateAutoScalingGroup&AutoScalingGroupName=g&DefaultInstanceWarmup=300" +
			"&InstanceMaintenancePolicy.MinHealthyPercentage=100&InstanceMaintenancePolicy.MaxHealthyPercentage=200" +
			"&MixedInstancesPolicy.LaunchTemplate.Overrides.member.1.InstanceType=m5.xlarge",
		moto: "<created/>", want: "<created/>",
	},
	{
		entry: "autoscaling UpdateAutoScalingGroup", body: "Action=UpdateAutoScalingGroup&AutoScalingGroupName=g&MaxSize=6",
		moto: "<updated/>", want: "<updated/>",
		asked: "POST Action=UpdateAutoScalingGroup&AutoScalingGroupName=g&MaxSize=6" +
			"&MixedInstancesPolicy.LaunchTemplate.Overrides.member.1.InstanceType=m5.xlarge",
	},
	{
		entry: "autoscaling CreateAutoScalingGroup", moto: "<created/>", want: "<created/>",
		body: "Action=CreateAutoScalingGroup&AutoScalingGroupName=h" +
			"&MixedInstancesPolicy.LaunchTemplate.Overrides.member.1.InstanceType=m5.large",
	},
	{
		entry: "autoscaling UpdateAutoScalingGroup", moto: "<updated/>", want: "<updated/>",
		body: "Action=UpdateAutoScalingGroup&AutoScalingGroupName=h&LaunchConfigurationName=old",
	},
	{
		entry: "autoscaling UpdateAutoScalingGroup", body: "Action=UpdateAutoScalingGroup&AutoScalingGroupName=h&MaxSize=6",
		moto: "<updated/>", want: "<updated/>", asked: "POST Action=UpdateAutoScalingGroup&AutoScalingGroupName=h&MaxSize=6",
	},
	{
		entry: "autoscaling DescribeAutoScalingGroups", body: "Action=DescribeAutoScalingGroups",
		moto: "<member><AutoScalingGroupName>g</AutoScalingGroupName></member>",
		want: "<member><AutoScalingGroupName>g</AutoScalingGroupName><DefaultInstanceWarmup>300</DefaultInstanceWarmup>" +
			"<InstanceMaintenancePolicy><MinHealthyPercentage>100</MinHealthyPercentage>" +
			"<MaxHealthyPercentage>200</MaxHealthyPercentage></InstanceMaintenancePolicy></member>",
	},
	{
		entry: "", method: http.MethodPost, path: "/", target: "AmazonSSM.GetParameter", contentType: jsonType,
		body: `{"Name":"/mine"}`, moto: "moto's own", want: "moto's own", service: "ssm",
	},
	{
		entry: "", body: "Action=DescribePolicies", service: "another",
		moto: "<member><PredictiveScalingConfiguration/></member>", want: "<member><PredictiveScalingConfiguration/>" +
			"</member>",
	},
}

// signature returns the signature of a call to a service.
func signature(service string) string {
	return "AWS4-HMAC-SHA256 Credential=AKIA/20250101/us-east-1/" + service + "/aws4_request, SignedHeaders=host, " +
		"Signature=0"
}

// signedAs returns the service of a call: by default the entry's.
func (c call) signedAs() string { return cmp.Or(c.service, Entry{Call: c.entry}.service()) }

// said is the result of a call: the request to moto and the layer's response.
type said struct {
	call
	request      *http.Request
	body, answer string
}

// replay sends all calls in order through one layer.
func replay(t *testing.T) []said {
	var out []said
	var now said
	layer := layered(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		now.request, now.body = r, string(body)
		assert.NoError(t, err, "moto must be able to read the request after the layer")
		_, err = io.WriteString(w, now.moto)
		assert.NoError(t, err)
	}), newRecorder(&models{}))
	for _, c := range calls {
		if c.method == "" {
			c.method, c.path, c.contentType = http.MethodPost, "/", formType
		}
		now = said{call: c}
		request := httptest.NewRequestWithContext(t.Context(), c.method, c.path, strings.NewReader(c.body))
		request.Header.Set("Content-Type", c.contentType)
		request.Header.Set("X-Amz-Target", c.target)
		request.Header.Set("Authorization", signature(c.signedAs()))
		answer := httptest.NewRecorder()
		layer.ServeHTTP(answer, request)
		require.Equal(t, http.StatusOK, answer.Code, c.entry)
		now.answer = strings.TrimSpace(answer.Body.String())
		out = append(out, now)
	}
	return out
}

func TestTheLayerAnswersItsCallsAndPassesOthersToMoto(t *testing.T) {
	tried := map[string]bool{}
	for _, c := range replay(t) {
		assert.Contains(t, c.answer, c.want, c.entry)
		if c.asked != "" {
			assert.Equal(t, c.asked, c.request.Method+" "+c.body, c.entry)
		}
		assert.NotContains(t, c.answer, "launch-template", "the template's tags must not be among those of a launch")
		tried[c.entry] = true
	}
	for _, entry := range Layer {
		assert.True(t, tried[entry.Call], "%s is in the layer but has no test", entry.Call)
		assert.NotEmpty(t, entry.Why, "an entry must state why moto cannot answer")
	}
}
