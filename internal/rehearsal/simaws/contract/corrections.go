package contract

import "strings"

// correct adds what the data does not have: resources on the provider's newer plug-in framework carry neither
// replacement nor validators, the bridge names more resources by itself than the data says, and a validator that takes
// a range or a few other values has told only half of them. Each line has its source.
func (s *Set) correct() {
	for token, properties := range replacing {
		for _, p := range properties {
			s.Resources[token].Inputs[p].ForceNew = true
		}
	}
	for token, paths := range foldCase {
		for _, path := range paths {
			s.Resources[token].property(path).FoldCase = true
		}
	}
	for _, a := range also {
		p := s.Resources[a.token].property(a.path)
		p.Enum = append(p.Enum, a.values...)
	}
	for _, a := range ranges {
		p := s.Resources[a.token].property(a.path)
		p.Min, p.Max = &a.min, &a.max
	}
	for token, a := range autonamed {
		property := s.Resources[token].Inputs[a.property]
		property.Autonamed = true
		if property.Max == nil {
			limit := float64(a.limit)
			property.Max = &limit
		}
	}
	for token, paths := range partial {
		for _, path := range paths {
			s.Resources[token].property(path).Enum = nil
		}
	}
	s.addValidators()
	for _, r := range s.Resources {
		unescape(r.Inputs)
	}
}

// unescape takes the second backslash away that some patterns of the data have: "^[245]\\\\d" for "^[245]\\d".
func unescape(properties map[string]*Property) {
	for _, p := range properties {
		for i := range p.Pattern {
			p.Pattern[i] = strings.ReplaceAll(p.Pattern[i], `\\`, `\`)
		}
		unescape(p.Properties)
		if p.Items != nil {
			unescape(p.Items.Properties)
		}
	}
}

// replacing lists properties whose change replaces the resource although the data does not say so.
var replacing = map[string][]string{
	// internal/service/ec2/vpc_security_group_ingress_rule.go: stringplanmodifier.RequiresReplace on the group only; a
	// rule's peers and ports are modified in place by ModifySecurityGroupRules.
	ingressToken: {"securityGroupId"},
	egressToken:  {"securityGroupId"},
}

// autonamed lists the names that Pulumi makes from the logical name, a dash and seven characters, with their limit:
// pulumi-aws provider/resources.go (AutoName, AutoNameWithMaxLength).
var autonamed = map[string]struct {
	property string
	limit    int
}{
	"aws:lb/loadBalancer:LoadBalancer":                    {"name", 32},
	"aws:lb/targetGroup:TargetGroup":                      {"name", 32},
	"aws:ec2/securityGroup:SecurityGroup":                 {"name", 255},
	"aws:ec2/launchTemplate:LaunchTemplate":               {"name", 128},
	"aws:iam/role:Role":                                   {"name", 64},
	"aws:iam/instanceProfile:InstanceProfile":             {"name", 128},
	"aws:iam/rolePolicy:RolePolicy":                       {"name", 128},
	"aws:rds/subnetGroup:SubnetGroup":                     {"name", 255},
	"aws:rds/clusterParameterGroup:ClusterParameterGroup": {"name", 255},
	"aws:rds/parameterGroup:ParameterGroup":               {"name", 255},
	"aws:rds/clusterInstance:ClusterInstance":             {"identifier", 63},
	"aws:rds/cluster:Cluster":                             {"clusterIdentifier", 63},
	"aws:cloudwatch/logGroup:LogGroup":                    {"name", 512},
	"aws:autoscaling/group:Group":                         {"name", 255},
	"aws:autoscaling/policy:Policy":                       {"name", 255},
	"aws:secretsmanager/secret:Secret":                    {"name", 512},
	"aws:mq/broker:Broker":                                {"brokerName", 50},
	"aws:opensearch/domain:Domain":                        {"domainName", 28},
	"aws:kms/alias:Alias":                                 {"name", 256},
	"aws:rds/eventSubscription:EventSubscription":         {"name", 255},
	"aws:sns/topic:Topic":                                 {"name", 256},
	"aws:s3/bucketV2:BucketV2":                            {"bucket", 63},
	"aws:autoscaling/lifecycleHook:LifecycleHook":         {"name", 255},
	"aws:cloudwatch/metricAlarm:MetricAlarm":              {"name", 255},
}

// foldCase lists enums whose validator ignores case (enum.ValidateIgnoreCase in the provider): the data has the values of
// the API's own model in capitals, the documentation and the engine's own examples say "RabbitMQ" and "simple".
var foldCase = map[string][]string{
	// internal/service/mq/broker.go
	"aws:mq/broker:Broker": {"engineType", "deploymentMode", "authenticationStrategy", "storageType", "maintenanceWindowStartTime.dayOfWeek"},
	// internal/service/rds/cluster_parameter_group.go, parameter_group.go
	"aws:rds/clusterParameterGroup:ClusterParameterGroup": {"parameters.applyMethod"},
	"aws:rds/parameterGroup:ParameterGroup":               {"parameters.applyMethod"},
	// internal/service/elbv2/listener.go
	"aws:lb/listener:Listener": {"protocol"},
}

// partial lists enums that are only the exceptions of a rule, which stands among the validators.
var partial = map[string][]string{
	// internal/service/cloudwatch/metric_alarm.go: 10, 30 or a multiple of 60.
	alarmToken: {"period", "metricQueries.period", "metricQueries.metric.period"},
}

const alarmToken = "aws:cloudwatch/metricAlarm:MetricAlarm"

const groupToken = "aws:autoscaling/group:Group"

// ranges lists bounds that the data has wrong or not at all: asked for a range or one more value, a validator told that
// value alone.
var ranges = []struct {
	token, path string
	min, max    float64
}{
	// internal/service/autoscaling/group.go: 100..200, or -1, which is among also.
	{groupToken, "instanceMaintenancePolicy.maxHealthyPercentage", 100, 200},
	// internal/service/elbv2/target_group.go, listener.go: validators that the data has nothing of.
	{"aws:lb/targetGroup:TargetGroup", "deregistrationDelay", 0, 3600},
	{"aws:lb/listener:Listener", "port", 1, 65535},
	// internal/service/ec2/vpc_security_group_ingress_rule.go: -1 is every type of ICMP.
	{ingressToken, "fromPort", -1, 65535},
	{ingressToken, "toPort", -1, 65535},
	{egressToken, "fromPort", -1, 65535},
	{egressToken, "toPort", -1, 65535},
}

// also lists values that are accepted beside what the data knows.
var also = []struct {
	token, path string
	values      []any
}{
	// internal/service/autoscaling/group.go: -1 takes the policy away, else 100..200.
	{groupToken, "instanceMaintenancePolicy.maxHealthyPercentage", []any{-1}},
	// internal/service/elbv2/target_group.go, validateSlowStart: 0 is off, else 30..900.
	{"aws:lb/targetGroup:TargetGroup", "slowStart", []any{0}},
	// The SDK's own documentation of the property (rds/cluster.go) has it; it came after the provider version of the data.
	{"aws:rds/cluster:Cluster", "enabledCloudwatchLogsExports", []any{"iam-db-auth-error"}},
	// https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_DomainEndpointOptions.html, likewise newer
	{"aws:opensearch/domain:Domain", "domainEndpointOptions.tlsSecurityPolicy", []any{"Policy-Min-TLS-1-2-RFC9151-FIPS-2024-08"}},
}

// property finds a property by its path, such as "maintenanceWindowStartTime.dayOfWeek".
func (r *Resource) property(path string) *Property {
	head, rest, nested := strings.Cut(path, ".")
	p := r.Inputs[head]
	for nested {
		head, rest, nested = strings.Cut(rest, ".")
		p = p.Properties[head]
	}
	return p
}
