package tests

// eventSample is an event as AWS documents it, with the names of resources of the stack in it.
type eventSample struct {
	// rule that sends it: tier and event.
	rule, source, event string
	// not are other values of fields, by path, with which no rule sends it.
	not map[string]string
}

const (
	rdsSamples     = "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-cloud-watch-events.html"
	asgSamples     = "https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-event-reference.html"
	refreshSamples = "https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-refresh-eventbridge-events.html"
	esSamples      = "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/monitoring-events.html"
	acmSamples     = "https://docs.aws.amazon.com/acm/latest/userguide/supported-events.html"
	healthSamples  = "https://docs.aws.amazon.com/health/latest/ug/aws-health-events-eventbridge-schema.html"
	kmsSamples     = "https://docs.aws.amazon.com/kms/latest/developerguide/ct-schedule-key-deletion.html"
	secretSamples  = "https://docs.aws.amazon.com/secretsmanager/latest/userguide/cloudtrail_log_entries.html"
)

// envelope is what every event begins with.
const envelope = `"version": "0", "id": "12345678-1234-1234-1234-123456789012", "account": "${account}",
	"time": "2026-11-28T03:00:00Z", "region": "${region}", `

func failedLaunch(kind string) string {
	return `{` + envelope + `"detail-type": "` + kind + `", "source": "aws.autoscaling", "resources": ["${cluster-group.arn}",
		"arn:aws:ec2:${region}:${account}:instance/i-1234567890abcdef0"],
		"detail": {"StatusCode": "Failed", "AutoScalingGroupName": "${cluster-group.name}", "ActivityId": "1",
		"Details": {"Availability Zone": "us-west-2b", "Subnet ID": "subnet-12345678"}, "RequestId": "1",
		"StatusMessage": "message-text", "EndTime": "2026-11-28T03:00:00Z", "EC2InstanceId": "i-1234567890abcdef0",
		"StartTime": "2026-11-28T03:00:00Z", "Cause": "description-text"}}`
}

func refresh(kind string) string {
	return `{` + envelope + `"detail-type": "EC2 Auto Scaling Instance Refresh ` + kind + `", "source": "aws.autoscaling",
		"resources": ["${cluster-group.arn}"], "detail": {"InstanceRefreshId": "c613620e-07e2-4ed2-a9e2-ef8258911ade",
		"AutoScalingGroupName": "${cluster-group.name}"}}`
}

func ofDomain(kind, event, status string) string {
	return `{` + envelope + `"detail-type": "` + kind + `", "source": "aws.es", "resources": ["${search-domain.arn}"],
		"detail": {"event": "` + event + `", "status": "` + status + `", "severity": "High", "description": "text"}}`
}

func health(service, code string) string {
	return `{` + envelope + `"detail-type": "AWS Health Event", "source": "aws.health", "resources": ["i-1234567890abcdef0"],
		"detail": {"eventArn": "arn:aws:health:${region}::event/` + service + `/` + code + `/1", "service": "` + service + `",
		"eventTypeCode": "` + code + `", "eventTypeCategory": "scheduledChange", "eventScopeCode": "ACCOUNT_SPECIFIC",
		"communicationId": "1", "startTime": "Thu, 27 Aug 2026 13:19:03 GMT", "lastUpdatedTime": "Thu, 27 Aug 2026 13:19:03 GMT",
		"statusCode": "upcoming", "eventRegion": "${region}", "eventDescription": [{"language": "en_US",
		"latestDescription": "text"}], "affectedEntities": [{"entityValue": "i-1234567890abcdef0", "status": "PENDING"}],
		"affectedAccount": "${account}", "page": "1", "totalPages": "1", "backupEvent": "false"}}`
}

// healthNot are the neighbours of an event of AWS Health. A fault of another region reaches its backup region too.
var healthNot = map[string]string{
	"detail.service": "LAMBDA", "detail.eventScopeCode": "PUBLIC", "detail.eventRegion": "ap-southeast-2",
	"detail.affectedAccount": "999999999999", "source": "aws.trustedadvisor",
}

func ofKey(name, concern string) string {
	return `{` + envelope + `"detail-type": "AWS API Call via CloudTrail", "source": "aws.kms", "detail": {
		"eventVersion": "1.08", "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::${account}:user/Alice"},
		"eventTime": "2026-11-28T03:00:00Z", "eventSource": "kms.amazonaws.com", "eventName": "` + name + `",
		"awsRegion": "${region}", "requestParameters": {"pendingWindowInDays": 20, "keyId": "${encryption-` + concern + `.keyId}"},
		"responseElements": {"keyId": "${encryption-` + concern + `.arn}", "keyState": "PendingDeletion"}, "readOnly": false,
		"resources": [{"accountId": "${account}", "type": "AWS::KMS::Key", "ARN": "${encryption-` + concern + `.arn}"}],
		"eventType": "AwsApiCall", "recipientAccountId": "${account}"}}`
}

var (
	asgNot     = map[string]string{"detail.AutoScalingGroupName": "${cluster-group.name}-2", "source": "aws.ec2"}
	esNot      = map[string]string{"resources": "${search-domain.arn}-2", "source": "aws.rds"}
	keyNot     = map[string]string{"detail.resources.ARN": keyARN, "detail.eventName": "Decrypt"}
	refreshNot = map[string]string{
		"detail.AutoScalingGroupName": "others", "detail-type": "EC2 Auto Scaling Instance Refresh Succeeded",
	}
)

// eventSamples have at least one sample for each rule of prod.
var eventSamples = []eventSample{
	{
		rule: "database-failover", source: rdsSamples,
		event: `{` + envelope + `"detail-type": "RDS DB Cluster Event", "source": "aws.rds",
			"resources": ["${database-cluster.arn}"], "detail": {"EventCategories": ["failover"], "SourceType": "CLUSTER",
			"SourceArn": "${database-cluster.arn}", "Date": "2026-11-28T03:00:00Z",
			"Message": "Started cross AZ failover to DB instance", "SourceIdentifier": "${database-cluster.clusterIdentifier}",
			"EventID": "RDS-EVENT-0073"}}`,
		not: map[string]string{
			"detail.SourceIdentifier": "${database-cluster.clusterIdentifier}-2", "detail.EventCategories": "notification",
			"detail-type": "RDS DB Cluster Snapshot Event",
		},
	},
	{
		rule: "database-rotation-failed", source: secretSamples,
		event: `{` + envelope + `"detail-type": "AWS Service Event via CloudTrail", "source": "aws.secretsmanager", "detail": {
			"eventVersion": "1.08", "userIdentity": {"accountId": "${account}", "invokedBy": "secretsmanager.amazonaws.com"},
			"eventSource": "secretsmanager.amazonaws.com", "eventName": "RotationFailed", "awsRegion": "${region}",
			"requestParameters": null, "responseElements": null,
			"additionalEventData": {"SecretId": "${database-cluster.masterUserSecrets.0.secretArn}"},
			"eventType": "AwsServiceEvent", "recipientAccountId": "${account}"}}`,
		not: map[string]string{
			"detail.additionalEventData.SecretId": secretARN, "detail.eventName": "RotationSucceeded",
		},
	},
	{
		rule: "backup-restored", source: docsOfAWS + "aws-backup/latest/devguide/restore-testing-validation.html",
		event: `{` + envelope + `"detail-type": "Restore Job State Change", "source": "aws.backup", "resources": [], "detail": {
			"restoreJobId": "0F1E2D3C-4B5A-6978-8796-A5B4C3D2E1F0", "backupSizeInBytes": "8589934592",
			"creationDate": "2026-11-26T12:04:01Z", "iamRoleArn": "${backup-restore-role.arn}", "resourceType": "EFS",
			"status": "COMPLETED", "restoreTestingPlanArn": "${backup-restore-plan.arn}",
			"createdResourceArn": "arn:aws:elasticfilesystem:${region}:${account}:file-system/fs-0a1b2c3d4e5f60718"}}`,
		not: map[string]string{
			"detail.restoreTestingPlanArn": "${backup-restore-plan.arn}2", "detail.status": "RUNNING",
		},
	},
	{rule: "cluster-launch-failed", source: asgSamples, event: failedLaunch("EC2 Instance Launch Unsuccessful"), not: asgNot},
	{rule: "cluster-launch-failed", source: asgSamples, event: failedLaunch("EC2 Instance Terminate Unsuccessful"), not: asgNot},
	{rule: "cluster-refresh-failed", source: refreshSamples, event: refresh("Failed"), not: refreshNot},
	{rule: "cluster-refresh-failed", source: refreshSamples, event: refresh("Cancelled"), not: refreshNot},
	{rule: "cluster-refresh-failed", source: refreshSamples, event: refresh("Rollback Started"), not: refreshNot},
	{rule: "cluster-refresh-failed", source: refreshSamples, event: refresh("Rollback Succeeded"), not: refreshNot},
	{rule: "cluster-refresh-failed", source: refreshSamples, event: refresh("Rollback Failed"), not: refreshNot},
	{
		rule: "search-notice", source: esSamples, not: esNot,
		event: ofDomain("Amazon OpenSearch Service Software Update Notification", "Service Software Update", "Available"),
	},
	{
		rule: "search-notice", source: esSamples, not: esNot,
		event: ofDomain("Amazon OpenSearch Service Cluster Status Notification",
			"Automatic Snapshot Restore for Red Indices", "Started"),
	},
	{
		rule: "search-notice", source: esSamples, not: esNot,
		event: ofDomain("Domain Error Notification", "KMS Key Inaccessible", "Error"),
	},
	{
		rule: "search-notice", source: esSamples, not: esNot,
		event: ofDomain("Amazon OpenSearch Service Notification", "Domain Isolation Notification", "Warning"),
	},
	{
		rule: "search-notice", source: esSamples, not: map[string]string{
			"resources": "${search-domain.arn}-2", "detail-type": "Amazon OpenSearch Service Auto-Tune Notification",
		},
		event: ofDomain("Amazon OpenSearch Service Node Retirement Notification", "Node Retirement Notification", "Scheduled"),
	},
	{
		rule: "loadbalancer-renewal", source: acmSamples,
		event: `{` + envelope + `"detail-type": "ACM Certificate Renewal Action Required", "source": "aws.acm",
			"resources": ["${loadbalancer-certificate.arn}"], "detail": {"CertificateType": "AMAZON_ISSUED",
			"CommonName": "example.com", "DomainValidationMethod": "DNS", "RenewalStatusReason": "CAA_ERROR",
			"DaysToExpiry": 30, "CertificateExpirationDate": "2026-12-28T00:00:00Z", "InUse": "true", "Exported": "false"}}`,
		not: map[string]string{
			"resources": "${loadbalancer-certificate.arn}2", "detail-type": "ACM Certificate Available",
		},
	},
	{rule: "loadbalancer-health", source: healthSamples, not: healthNot,
		event: health("ELASTICLOADBALANCING", "AWS_ELASTICLOADBALANCING_MAINTENANCE_SCHEDULED")},
	{rule: "cluster-health", source: healthSamples, not: healthNot,
		event: health("EC2", "AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED")},
	{rule: "database-health", source: healthSamples, not: healthNot,
		event: health("RDS", "AWS_RDS_MAINTENANCE_SCHEDULED")},
	{rule: "messaging-health", source: healthSamples, not: healthNot,
		event: health("MQ", "AWS_MQ_MAINTENANCE_SCHEDULED")},
	{rule: "search-health", source: healthSamples, not: healthNot,
		event: health("ES", "AWS_ES_SCHEDULED_MAINTENANCE")},
	{rule: "filesystem-health", source: healthSamples, not: healthNot,
		event: health("ELASTICFILESYSTEM", "AWS_ELASTICFILESYSTEM_OPERATIONAL_NOTIFICATION")},
	{rule: "encryption-key-ends", source: kmsSamples, not: keyNot, event: ofKey("ScheduleKeyDeletion", "database")},
	{rule: "encryption-key-ends", source: kmsSamples, not: keyNot, event: ofKey("DisableKey", "secrets")},
	{rule: "encryption-key-ends", source: kmsSamples, not: keyNot, event: ofKey("ScheduleKeyDeletion", "backup")},
}
