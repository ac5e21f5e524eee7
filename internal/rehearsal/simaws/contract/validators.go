package contract

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"time"
)

// validator is a check that the provider's code makes of one value, a string or a float64. It returns what is wrong, or
// nothing; never the value itself, which may be a secret.
type validator func(v any) string

// validators lists checks that the data does not have, because they are code in the provider. Each was found by asking
// the provider itself (tests/differential) and stands in the file named, under internal/service.
var validators = map[string]map[string][]validator{
	// ec2/vpc_.go, vpc_subnet.go, vpc_route.go, vpc_security_group.go, vpc_security_group_ingress_rule.go
	"aws:ec2/vpc:Vpc":                       {"cidrBlock": {network(16, 28)}},
	"aws:ec2/subnet:Subnet":                 {"cidrBlock": {network(0, 32)}},
	"aws:ec2/route:Route":                   {"destinationCidrBlock": {network(0, 32)}},
	"aws:ec2/securityGroup:SecurityGroup":   {"name": {never(`^sg-`, "begin with sg-")}},
	"aws:ec2/launchTemplate:LaunchTemplate": launchTemplate,
	// ec2/vpc_endpoint.go, vpc_flow_log.go
	"aws:ec2/vpcEndpoint:VpcEndpoint": {"policy": {isJSON}},
	"aws:ec2/flowLog:FlowLog":         {"iamRoleArn": {isARN}, "logDestination": {isARN}},

	ingressToken: {"cidrIpv4": {network(0, 32)}},
	egressToken:  {"cidrIpv4": {network(0, 32)}},

	// kms/key.go, alias.go, validate.go
	"aws:kms/key:Key":     {"policy": {isJSON}},
	"aws:kms/alias:Alias": {"name": {matches(`^alias/[0-9A-Za-z_/-]+$`), never(`^alias/aws/`, "begin with alias/aws/")}},

	// iam/role.go, role_policy.go, role_policy_attachment.go, instance_profile.go
	"aws:iam/role:Role":                                 {"assumeRolePolicy": {isPolicy}, "name": {iamName}},
	"aws:iam/rolePolicy:RolePolicy":                     {"policy": {isPolicy}, "name": {iamName}},
	"aws:iam/rolePolicyAttachment:RolePolicyAttachment": {"policyArn": {isARN}},
	"aws:iam/instanceProfile:InstanceProfile":           {"name": {iamName}},

	// secretsmanager/validate.go, logs/validate.go, logs/resource_policy.go, acm/certificate.go
	"aws:secretsmanager/secret:Secret":                    {"name": {matches(`^[0-9A-Za-z/_+=.@-]+$`)}},
	"aws:cloudwatch/logGroup:LogGroup":                    {"name": {matches(`^[0-9A-Za-z_./#-]+$`)}},
	"aws:cloudwatch/logResourcePolicy:LogResourcePolicy":  {"policyDocument": {isJSON}},
	"aws:acm/certificate:Certificate":                     {"domainName": {never(`\.$`, "end with a period")}},
	"aws:efs/fileSystem:FileSystem":                       {"kmsKeyId": {isARN}},
	"aws:efs/fileSystemPolicy:FileSystemPolicy":           {"policy": {isJSON}},
	"aws:lb/loadBalancer:LoadBalancer":                    {"name": balancerName},
	"aws:lb/targetGroup:TargetGroup":                      {"name": balancerName[:3], "healthCheck.path": {matches(`^/`)}},
	"aws:lb/listener:Listener":                            {"loadBalancerArn": {isARN}, "certificateArn": {isARN}},
	"aws:rds/cluster:Cluster":                             cluster,
	"aws:rds/clusterInstance:ClusterInstance":             clusterInstance,
	"aws:rds/clusterParameterGroup:ClusterParameterGroup": {"name": parameterGroupName},
	"aws:rds/parameterGroup:ParameterGroup":               {"name": parameterGroupName},
	"aws:rds/subnetGroup:SubnetGroup":                     {"name": {matches(`^[0-9a-z _.-]+$`)}},
	"aws:mq/broker:Broker":                                {"users.password": {brokerPassword}},
	"aws:opensearch/domain:Domain":                        {"domainName": {matches(`^[a-z][0-9a-z-]{2,27}$`)}, "accessPolicies": {isJSON}},
	groupToken:                                            {"waitForCapacityTimeout": {duration}},

	// cloudwatch/metric_alarm.go
	alarmToken: {
		"period": {alarmPeriod}, "metricQueries.period": {alarmPeriod}, "metricQueries.metric.period": {alarmPeriod},
	},

	// s3/bucket_policy.go, wafv2/web_acl_association.go
	"aws:s3/bucketPolicy:BucketPolicy":              {"policy": {isJSON}},
	"aws:wafv2/webAclAssociation:WebAclAssociation": {"webAclArn": {isARN}, "resourceArn": {isARN}},
}

const (
	ingressToken = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	egressToken  = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"

	windowOfDay  = `([01][0-9]|2[0-3]):[0-5][0-9]`
	windowOfWeek = `(mon|tue|wed|thu|fri|sat|sun):` + windowOfDay
)

var (
	iamName = matches(`^[0-9A-Za-z_+=,.@-]*$`)

	// elbv2/validate.go; the last one is for load balancers only.
	balancerName = []validator{
		matches(`^[0-9A-Za-z-]+$`), never(`^-`, "begin with a hyphen"), never(`-$`, "end with a hyphen"),
		never(`^internal-`, "begin with internal-"),
	}

	// rds/validate.go
	identifier = []validator{
		matches(`^[a-z][0-9a-z-]*$`), never(`--`, "have two hyphens in a row"), never(`-$`, "end with a hyphen"),
	}
	parameterGroupName = []validator{
		matches(`^[a-z][0-9a-z.-]*$`), never(`--`, "have two hyphens in a row"), never(`-$`, "end with a hyphen"),
	}
	dayWindow  = matches(`^(` + windowOfDay + `-` + windowOfDay + `)?$`)
	weekWindow = matches(`(?i)^(` + windowOfWeek + `-` + windowOfWeek + `)?$`)

	// rds/cluster.go, cluster_instance.go
	cluster = map[string][]validator{
		"clusterIdentifier":          identifier,
		"finalSnapshotIdentifier":    {matches(`^[0-9A-Za-z-]+$`), never(`--`, "have two hyphens in a row"), never(`-$`, "end with a hyphen")},
		"kmsKeyId":                   {isARN},
		"preferredBackupWindow":      {dayWindow},
		"preferredMaintenanceWindow": {weekWindow},
	}
	clusterInstance = map[string][]validator{
		"identifier":                         identifier,
		"performanceInsightsRetentionPeriod": {insightsPeriod},
		"preferredBackupWindow":              {dayWindow},
		"preferredMaintenanceWindow":         {weekWindow},
	}

	// ec2/ec2_launch_template.go: flags that can also be unset are texts.
	flag           = matches(`^(|1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$`)
	launchTemplate = map[string][]validator{
		"name":         {matches(`^[0-9A-Za-z().\-/_]{3,}$`)},
		"ebsOptimized": {flag},
		"blockDeviceMappings.ebs.deleteOnTermination": {flag},
		"blockDeviceMappings.ebs.encrypted":           {flag},
		"networkInterfaces.associatePublicIpAddress":  {flag},
		"networkInterfaces.deleteOnTermination":       {flag},
	}
)

// peers of a rule, one of which must be given: ec2/vpc_security_group_ingress_rule.go, ConfigValidators.
var peers = []string{"cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"}

func (s *Set) addValidators() {
	for token, paths := range validators {
		for path, list := range paths {
			p := s.Resources[token].property(path)
			p.validators = append(p.validators, list...)
		}
	}
	// The data has the 4 of "4 different characters" as the shortest length.
	s.Resources["aws:mq/broker:Broker"].property("users.password").Min = nil
	for _, token := range []string{ingressToken, egressToken} {
		inputs := s.Resources[token].Inputs
		var names []string
		for _, peer := range peers {
			names = append(names, inputs[peer].TF)
		}
		for _, peer := range peers {
			inputs[peer].ExactlyOneOf = names
		}
	}
}

// onText makes a validator of a check of texts; what is no text has been refused already.
func onText(check func(string) string) validator {
	return func(v any) string {
		text, _ := v.(string)
		return check(text)
	}
}

func matches(pattern string) validator {
	re := regexp.MustCompile(pattern)
	return onText(func(s string) string {
		if !re.MatchString(s) {
			return "must match " + pattern
		}
		return ""
	})
}

func never(pattern, what string) validator {
	re := regexp.MustCompile(pattern)
	return onText(func(s string) string {
		if re.MatchString(s) {
			return "cannot " + what
		}
		return ""
	})
}

func network(shortest, longest int) validator {
	return onText(func(s string) string {
		prefix, err := netip.ParsePrefix(s)
		switch {
		case s == "" && shortest == 0:
			return ""
		case err != nil || !prefix.Addr().Is4():
			return "must be an IPv4 range such as 10.0.0.0/16"
		case prefix != prefix.Masked():
			return "must be " + prefix.Masked().String() + ": a range begins at its first address"
		case prefix.Bits() < shortest || prefix.Bits() > longest:
			return fmt.Sprintf("must be a range of /%d to /%d", shortest, longest)
		}
		return ""
	})
}

// verify/validate.go, ValidARN.
var isARN = matches(`^(arn:aws(-[a-z]+)*:[^:]*:([a-z]{2}(-[a-z]+)+-\d{1,2})?:(aws|aws-managed|third-party|aws-marketplace|\d{12}|cw.{10})?:.+)?$`)

var isJSON = onText(func(s string) string {
	if !json.Valid([]byte(s)) {
		return "must be JSON"
	}
	return ""
})

// verify/json.go, ValidIAMPolicyJSON.
var isPolicy = onText(func(s string) string {
	if json.Valid([]byte(s)) && strings.HasPrefix(strings.TrimSpace(s), "{") {
		return ""
	}
	return "must be a policy: a JSON object"
})

var duration = onText(func(s string) string {
	if _, err := time.ParseDuration(s); err != nil {
		return "must be a duration such as 10m"
	}
	return ""
})

// mq/broker.go, ValidBrokerPassword.
var brokerPassword = onText(func(s string) string {
	different := map[rune]bool{}
	for _, r := range s {
		different[r] = true
	}
	switch {
	case len(s) < 12 || len(s) > 250:
		return "must have 12..250 characters"
	case len(different) < 4:
		return "must have at least 4 different characters"
	case strings.Contains(s, ","):
		return "cannot have a comma"
	}
	return ""
})

func alarmPeriod(v any) string {
	seconds, _ := v.(float64)
	if seconds == 10 || seconds == 30 || seconds > 0 && int(seconds)%60 == 0 {
		return ""
	}
	return "must be 10, 30 or a multiple of 60"
}

func insightsPeriod(v any) string {
	days, _ := v.(float64)
	if days == 7 || days == 731 || days > 0 && int(days)%31 == 0 {
		return ""
	}
	return "must be 7, 731 or a multiple of 31"
}
