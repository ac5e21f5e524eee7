package awstypes

import (
	"fmt"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/logfilter"
)

// maxLogPolicies is the largest number of resource policies of CloudWatch Logs in a region.
const maxLogPolicies = 10

func logsTypes() []Type {
	return []Type{
		{
			Token: awstoken.LogGroup,
			Simulation: Simulation{
				ID: "{name}", ARN: "logs:{region}:{account}:log-group:{name}", Unique: "name",
				Duration:   Duration{Create: 1, Update: 1, Delete: 1},
				References: []Reference{toKey("kmsKeyId")},
				Rules: []Rule{{
					Name: "log-group-key", AWS: Error,
					Refuses: "a key that CloudWatch Logs may not use for this group",
					Source:  docs + "AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
					Check:   logGroupKey,
				}},
			},
			Provider: Provider{
				Source:    "logs/group",
				Autonamed: "name", NameLimit: 512,
				Checks: map[string][]Check{"name": {matches(`^[0-9A-Za-z_./#-]+$`)}}, // logs/validate.go
			},
			Permissions: &Permissions{
				Read: actions("logs: DescribeLogGroups ListTagsForResource"),
				Write: actions("logs: CreateLogGroup DeleteLogGroup PutRetentionPolicy DeleteRetentionPolicy " +
					"AssociateKmsKey DisassociateKmsKey TagResource UntagResource"),
			},
			Listing: &Listing{
				Kind: "log group", Service: "logs", Call: "Logs_20140328.DescribeLogGroups",
				ID: `"logGroupName": ?"([^"]+)`,
			},
			Example: Values{"name": "/app", "kmsKeyId": "${key.arn}"},
		},
		metricFilter(), queryDefinition(),
		{
			Token: awstoken.LogResourcePolicy,
			Simulation: Simulation{
				ID: "{policyName}", Unique: "policyName",
				Duration: Duration{Create: 1, Update: 1, Delete: 1},
				Rules: []Rule{{
					Name: "log-resource-policies", AWS: Error,
					Refuses: "an eleventh policy in a region",
					Source:  docs + "AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html",
					Check:   logPolicies,
				}},
			},
			Provider: Provider{
				Source: "logs/resource_policy",
				Checks: map[string][]Check{"policyDocument": {isJSON}},
			},
			Permissions: &Permissions{
				Read:  actions("logs: DescribeResourcePolicies"),
				Write: actions("logs: PutResourcePolicy DeleteResourcePolicy"),
			},
			Listing: &Listing{
				Kind: "log policy", Service: "logs", Call: "Logs_20140328.DescribeResourcePolicies",
				ID: `"policyName": ?"([^"]+)`,
			},
			Example: Values{
				"policyName": "app", "policyDocument": policy(allow("Service", "es.amazonaws.com", "*",
					"logs:PutLogEvents")),
			},
		},
	}
}

// logGroupKey checks like CloudWatch Logs that the service may use the key for this group. The encryption context is
// the ARN of the group.
func logGroupKey(c *Call) error {
	arn := c.Text("kmsKeyId")
	if arn == "" {
		return nil
	}
	logs := caller{
		principal: "logs." + c.Region + "." + DNSSuffix(c.Partition), resource: arn,
		context: map[string][]string{
			"kms:EncryptionContext:aws:logs:arn": {
				c.Expand("arn:{partition}:logs:{region}:{account}:log-group:{name}"),
			},
		},
	}
	for _, key := range c.FindBy(awstoken.KMSKey, "arn", arn) {
		if c.mayAll(key.State["policy"], logs, "kms:Encrypt", "kms:Decrypt") {
			return nil
		}
	}
	return fmt.Errorf("AccessDeniedException: the specified KMS key does not exist or is not allowed to be used "+
		"with log group %s", c.Text("name"))
}

func logPolicies(c *Call) error {
	if err := isPolicyDocument(c.Text("policyDocument")); err != nil {
		return fmt.Errorf("InvalidParameterException: the policy document is not a policy: %w", err)
	}
	if c.Old == nil &&
		len(c.Find(awstoken.LogResourcePolicy, func(*Resource) bool { return true })) >= maxLogPolicies {
		return fmt.Errorf("LimitExceededException: resource limit exceeded: %d resource policies in %s",
			maxLogPolicies, c.Region)
	}
	return nil
}

// maxFilters is the largest number of metric filters of a log group.
const maxFilters = 100

func metricFilter() Type {
	return Type{
		Token: awstoken.LogMetricFilter,
		Simulation: Simulation{
			ID: "{name}", Unique: "name", UniqueWithin: "logGroupName",
			Duration: Duration{Create: 1, Update: 1, Delete: 1},
			References: []Reference{{
				Path: "logGroupName", To: []string{awstoken.LogGroup}, By: "name", NotFound: "ResourceNotFoundException",
			}},
			Rules: []Rule{{
				Name: "filter-pattern", AWS: ErrorOrQuiet,
				Refuses: "a pattern that is none, or whose optional terms are ignored; a default with dimensions; a hundred and " +
					"first filter of a group",
				Source: docs + "AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html",
				Check:  filterPattern,
			}},
		},
		Provider: Provider{
			Source: "logs/metric_filter", Autonamed: "name", NameLimit: 512,
			Checks: map[string][]Check{
				"logGroupName": {matches(`^[0-9A-Za-z_./#-]{1,512}$`)}, "name": {matches(`^[^:*]{1,512}$`)},
				"metricTransformation.name": {metricName}, "metricTransformation.namespace": {metricName},
				"metricTransformation.defaultValue": {matches(`^-?[0-9.]+$`)},
			},
		},
		Permissions: &Permissions{
			Read:  actions("logs: DescribeMetricFilters"),
			Write: actions("logs: PutMetricFilter DeleteMetricFilter"),
		},
		NotListed: "AWS deletes it with its log group",
		Example: Values{
			"name": "errors", "logGroupName": "${logs.name}", "pattern": "ERROR",
			"metricTransformation": Values{"namespace": "App/logs", "name": "errors", "value": "1", "defaultValue": "0"},
		},
	}
}

// metricName is the check of names in logs/metric_filter.go.
var metricName = matches(`^[^:*$]{1,255}$`)

func filterPattern(c *Call) error {
	if _, err := logfilter.Parse(c.Text("pattern")); err != nil {
		return fmt.Errorf("InvalidParameterException: Invalid metric filter pattern: %w", err)
	}
	if c.Text("metricTransformation.defaultValue") != "" && len(at(c.In, "metricTransformation.dimensions")) > 0 {
		return fmt.Errorf("InvalidParameterException: a transformation with dimensions has no default value")
	}
	others := c.FindBy(awstoken.LogMetricFilter, "logGroupName", c.Text("logGroupName"))
	if c.Old == nil && len(others) >= maxFilters {
		return fmt.Errorf("LimitExceededException: %s has %d metric filters", c.Text("logGroupName"), maxFilters)
	}
	return nil
}
