package deployer

import (
	"cmp"
	"strings"
)

// services maps names of endpoints, SDK packages or folders in the provider to names in IAM, where they differ.
var services = map[string]string{
	"cloudwatchlogs": "logs", "costexplorer": "ce", "efs": "elasticfilesystem", "elb": "elasticloadbalancing",
	"eventbridge":            "events",
	"elasticloadbalancingv2": "elasticloadbalancing",
	"elbv2":                  "elasticloadbalancing", "monitoring": "cloudwatch", "opensearch": "es",
	"s3express": "s3",
}

// renamed maps calls of S3 to their IAM actions, where the names differ:
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
var renamed = map[string]string{
	"DeleteBucketCors": "PutBucketCORS", "GetBucketCors": "GetBucketCORS", "PutBucketCors": "PutBucketCORS",
	"DeleteBucketEncryption": "PutEncryptionConfiguration", "GetBucketEncryption": "GetEncryptionConfiguration",
	"PutBucketEncryption":   "PutEncryptionConfiguration",
	"DeleteBucketLifecycle": "PutLifecycleConfiguration", "GetBucketLifecycle": "GetLifecycleConfiguration",
	"PutBucketLifecycle": "PutLifecycleConfiguration", "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
	"PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
	"DeleteBucketOwnershipControls":   "PutBucketOwnershipControls",
	"DeleteBucketReplication":         "PutReplicationConfiguration",
	"GetBucketReplication":            "GetReplicationConfiguration",
	"PutBucketReplication":            "PutReplicationConfiguration",
	"DeleteBucketTagging":             "PutBucketTagging",
	"DeleteObjects":                   "DeleteObjectVersion", "ListObjectVersions": "ListBucketVersions",
	"DeletePublicAccessBlock": "PutBucketPublicAccessBlock", "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
	"PutPublicAccessBlock":             "PutBucketPublicAccessBlock",
	"GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
	"PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
	"GetObjectLockConfiguration":       "GetBucketObjectLockConfiguration",
	"PutObjectLockConfiguration":       "PutBucketObjectLockConfiguration",
	"HeadBucket":                       "ListBucket", "HeadObject": "GetObject",
}

// budgetActions maps calls of AWS Budgets to their IAM actions:
// https://docs.aws.amazon.com/cost-management/latest/userguide/billing-permissions-ref.html
var budgetActions = map[string]string{
	"CreateBudget": "ModifyBudget", "UpdateBudget": "ModifyBudget", "DeleteBudget": "ModifyBudget",
	"CreateNotification": "ModifyBudget", "UpdateNotification": "ModifyBudget", "DeleteNotification": "ModifyBudget",
	"CreateSubscriber": "ModifyBudget", "UpdateSubscriber": "ModifyBudget", "DeleteSubscriber": "ModifyBudget",
	"DescribeBudget": "ViewBudget", "DescribeBudgets": "ViewBudget",
	"DescribeNotificationsForBudget": "ViewBudget", "DescribeSubscribersForNotification": "ViewBudget",
}

// ActionOf returns the IAM action for an API call, such as "s3:ListBucket" for "s3:HeadBucket". The service may have
// the name of its endpoint or of its package in the SDK.
func ActionOf(call string) string {
	service, name, _ := strings.Cut(call, ":")
	service = cmp.Or(services[service], service)
	switch service {
	case "s3":
		name = cmp.Or(renamed[name], name)
	case "budgets":
		name = cmp.Or(budgetActions[name], name)
	}
	return service + ":" + name
}
