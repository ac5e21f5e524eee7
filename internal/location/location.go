// Package location has the partition, region and account of a stack, and builds ARNs and service names from them, so
// that no other file contains "arn:aws:".
package location

import "strings"

// Location is one account in one region. All fields are plain values that are known before the first resource.
type Location struct {
	Partition string // "aws", "aws-us-gov", "aws-cn"
	DNSSuffix string // "amazonaws.com", in China "amazonaws.com.cn"
	Region    string // "us-east-1"
	AccountID string // twelve digits
}

// ARN returns the ARN of a regional resource, for example ARN("rds", "cluster:morpheus-prod").
func (l Location) ARN(service, resource string) string {
	return strings.Join([]string{"arn", l.Partition, service, l.Region, l.AccountID, resource}, ":")
}

// GlobalARN returns the ARN of a resource without a region, for example GlobalARN("iam", "role/morpheus").
func (l Location) GlobalARN(service, resource string) string {
	return strings.Join([]string{"arn", l.Partition, service, "", l.AccountID, resource}, ":")
}

// ObjectARN returns the ARN of an object in S3, which has neither region nor account.
func (l Location) ObjectARN(bucket, key string) string {
	return strings.Join([]string{"arn", l.Partition, "s3", "", "", bucket + "/" + key}, ":")
}

// ManagedPolicyARN returns the ARN of an AWS managed policy, for example
// ManagedPolicyARN("AmazonSSMManagedInstanceCore").
func (l Location) ManagedPolicyARN(path string) string {
	return strings.Join([]string{"arn", l.Partition, "iam", "", "aws", "policy/" + path}, ":")
}

// AccountRoot returns the principal with which a resource policy delegates to the IAM policies of the account.
func (l Location) AccountRoot() string { return l.GlobalARN("iam", "root") }

// RegionalService returns the principal of a service with a regional name, for example "logs.us-east-1.amazonaws.com".
// Most services have a principal without a region, which ends in ".amazonaws.com" in every partition.
func (l Location) RegionalService(service string) string {
	return service + "." + l.Region + "." + l.DNSSuffix
}

// ViaService returns the value of kms:ViaService for a service in this region. It has the form of a regional principal:
// https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
func (l Location) ViaService(service string) string { return l.RegionalService(service) }
