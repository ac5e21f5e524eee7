package contract

import "strings"

// correct adds what the data does not have: resources on the provider's newer plug-in framework carry neither
// replacement nor validators, and the bridge names more resources by itself than the data says. Each line has its source.
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
	for _, r := range ranges {
		p := s.Resources[r.token].property(r.path)
		p.Enum, p.Min, p.Max = r.or, &r.min, &r.max
	}
	for token, a := range autonamed {
		property := s.Resources[token].Inputs[a.property]
		property.Autonamed = true
		if property.Max == nil {
			limit := float64(a.limit)
			property.Max = &limit
		}
	}
}

// replacing lists properties whose change replaces the resource although the data does not say so.
var replacing = map[string][]string{
	// internal/service/ec2/vpc_security_group_ingress_rule.go: stringplanmodifier.RequiresReplace on the group only; a
	// rule's peers and ports are modified in place by ModifySecurityGroupRules.
	"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": {"securityGroupId"},
	"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule":   {"securityGroupId"},
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
}

// foldCase lists enums whose validator ignores case (enum.ValidateIgnoreCase); the data has them in capitals, the API
// answers "RabbitMQ": internal/service/mq/broker.go.
var foldCase = map[string][]string{
	"aws:mq/broker:Broker": {"engineType", "deploymentMode", "authenticationStrategy", "storageType"},
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

// ranges are bounds that the data has wrong, because the validator takes a range or one more value and the data was found
// by asking it: internal/service/autoscaling/group.go, instance_maintenance_policy.
var ranges = []struct {
	token, path string
	min, max    float64
	or          []any
}{
	{"aws:autoscaling/group:Group", "instanceMaintenancePolicy.minHealthyPercentage", 0, 100, []any{-1}},
	{"aws:autoscaling/group:Group", "instanceMaintenancePolicy.maxHealthyPercentage", 100, 200, []any{-1}},
}
