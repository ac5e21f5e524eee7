package scan

// Reasons explain every finding of checkov in the stacks of this repository. `make scan` fails on a finding without a
// reason, and on a reason without a finding.
var Reasons = []Reason{
	{Check: "CKV2_AWS_28", Type: "aws_lb",
		Why: "the owner of the account chooses a web ACL: loadBalancer.webAclArn attaches one"},
	{Check: "CKV2_AWS_57", Type: "aws_secretsmanager_secret", Resources: []string{
		"cluster-appliance", "database-user-secret", "messaging-user-secret", "search-user-secret"},
		Why: "Morpheus keeps its passwords in files, so a number in the configuration rotates them " +
			"(docs/decisions/secrets.md)"},
	{Check: "CKV2_AWS_59", Type: "aws_opensearch_domain", Development: true,
		Why: "development need not survive the loss of a node"},
	{Check: "CKV_AWS_318", Type: "aws_opensearch_domain", Development: true, Why: "as CKV2_AWS_59"},
	{Check: "CKV2_AWS_62", Type: "aws_s3_bucket", Why: "nothing acts on a new object; alarms watch what should arrive"},
	{Check: "CKV_AWS_139", Type: "aws_rds_cluster", Development: true, Why: "it is destroyed whenever somebody likes"},
	{Check: "CKV_AWS_150", Type: "aws_lb", Development: true, Why: "it is destroyed whenever somebody likes"},
	{Check: "CKV_AWS_144", Type: "aws_s3_bucket",
		Why: "a second region has new boot files, a new broker and a new search domain, and needs no object of the first"},
	{Check: "CKV_AWS_145", Type: "aws_s3_bucket", Resources: []string{"loadbalancer-logs-bucket"},
		Why: "log delivery of load balancers cannot use a KMS key"},
	{Check: "CKV_AWS_145", Type: "aws_s3_bucket", Resources: []string{"cluster-boot-bucket"},
		Why: "it has text of the program only; nodes would need permission to decrypt with another key"},
	{Check: "CKV_AWS_18", Type: "aws_s3_bucket",
		Why: "the reasons for Security Hub control S3.9 count (docs/decisions/security-hub.md)"},
	{Check: "CKV_AWS_21", Type: "aws_s3_bucket", Resources: []string{"cluster-boot-bucket"},
		Why: "each key has the digest of its content, so no object is overwritten"},
	{Check: "CKV_AWS_21", Type: "aws_s3_bucket", Resources: []string{"loadbalancer-logs-bucket"},
		Why: "only the log delivery writes, and each object once"},
	{Check: "CKV_AWS_226", Type: "aws_rds_cluster_instance",
		Why: "AWS advises against automatic upgrades for a long-term support release"},
	{Check: "CKV_AWS_326", Type: "aws_rds_cluster", Why: "backtrack excludes a global database for ever"},
	{Check: "CKV_AWS_338", Type: "aws_cloudwatch_log_group",
		Why: "logs.retentionDays decides: the default is 90 days, because a year costs more and few need it"},
}
