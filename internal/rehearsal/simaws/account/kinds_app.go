package account

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

const (
	certificateT = "aws:acm/certificate:Certificate"
	zoneT        = "aws:route53/zone:Zone"
	recordT      = "aws:route53/record:Record"
	balancerT    = "aws:lb/loadBalancer:LoadBalancer"
	targetGroupT = "aws:lb/targetGroup:TargetGroup"
	listenerT    = "aws:lb/listener:Listener"
	templateT    = "aws:ec2/launchTemplate:LaunchTemplate"
	groupT       = "aws:autoscaling/group:Group"
	scalingT     = "aws:autoscaling/policy:Policy"
	webACLT      = "aws:wafv2/webAcl:WebAcl"

	webACLAssociationT = "aws:wafv2/webAclAssociation:WebAclAssociation"

	elbAttributes = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html"
)

func init() {
	register(
		Kind{
			Token: certificateT, ID: "{arn}", ARN: "acm:{region}:{account}:certificate/{uuid}", Took: Took{5, 2, 2},
			Outputs: func(c *Call) {
				c.self.ID = c.State["arn"].(string)
				name := c.Text("domainName")
				fill(c, "status", "PENDING_VALIDATION")
				c.State["domainValidationOptions"] = []any{map[string]any{
					"domainName": name, "resourceRecordName": "_" + c.hexOnce("validation", 32) + "." + name + ".",
					"resourceRecordType": "CNAME", "resourceRecordValue": "_" + c.hexOnce("value", 32) + ".acm-validations.aws.",
				}}
				fill(c, "keyAlgorithm", "RSA_2048")
			},
		},
		Kind{
			Token: "aws:acm/certificateValidation:CertificateValidation", ID: "{uuid}", Took: Took{120, 1, 0},
			Refs:  []Ref{{Path: "certificateArn", To: []string{certificateT}, By: "arn", NotFound: "ResourceNotFoundException"}},
			Rules: []Rule{{"certificate-validation-records", "https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html", validationRecords}},
			Outputs: func(c *Call) {
				for _, r := range c.Find(certificateT, func(r *Resource) bool { return r.ID == c.Text("certificateArn") }) {
					r.State = maps.Clone(r.State)
					r.State["status"] = "ISSUED"
				}
			},
		},
		Kind{Token: zoneT, Global: true, ID: "Z{hex16}"},
		Kind{
			Token: recordT, Global: true, ID: "{zoneId}_{name}_{type}", Took: Took{40, 40, 40},
			Refs:    []Ref{{Path: "zoneId", To: []string{zoneT}, By: "id", NotFound: "NoSuchHostedZone"}},
			Rules:   []Rule{{"record-in-zone", "https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html", recordInZone}},
			Outputs: func(c *Call) { c.State["fqdn"] = strings.TrimSuffix(c.Text("name"), ".") },
		},
		Kind{
			Token: balancerT, ID: "{arn}", ARN: "elasticloadbalancing:{region}:{account}:loadbalancer/app/{name}/{hex16}", Unique: "name", Took: Took{150, 5, 10},
			Refs: []Ref{
				subnets("subnets[]"), securityGroups("securityGroups[]"),
				{Path: "accessLogs.bucket", To: []string{bucketT}, By: "id", NotFound: "InvalidConfigurationRequest: Access Denied for bucket"},
				{Path: "connectionLogs.bucket", To: []string{bucketT}, By: "id", NotFound: "InvalidConfigurationRequest: Access Denied for bucket"},
			},
			Rules: []Rule{
				{"load-balancer-zones", "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html", balancerZones},
				{"load-balancer-logs", elbLogs, balancerLogs},
				{"load-balancer-gateway", "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html", balancerGateway},
			},
			Outputs: func(c *Call) {
				c.self.ID = c.State["arn"].(string)
				_, suffix, _ := strings.Cut(c.self.ID, "loadbalancer/")
				c.State["arnSuffix"] = suffix
				c.State["dnsName"] = fmt.Sprintf("%s-%d.%s.elb.%s", c.Text("name"), 1000000+c.Account.serial, c.Region, c.Account.DNSSuffix())
				if c.Old != nil {
					c.State["dnsName"] = c.Old.State["dnsName"]
				}
				c.State["zoneId"] = "Z35SXDOTRQ7X7K"
				c.State["vpcId"] = c.state(subnetT, c.Text("subnets[]"))["vpcId"]
			},
			OnDelete: func(c *Call) error {
				if c.State["enableDeletionProtection"] == true {
					return fmt.Errorf("OperationNotPermitted: Load balancer '%s' cannot be deleted because deletion protection is enabled", c.self.ID)
				}
				return nil
			},
		},
		Kind{
			Token: targetGroupT, ID: "{arn}", ARN: "elasticloadbalancing:{region}:{account}:targetgroup/{name}/{hex16}", Unique: "name", Took: Took{2, 2, 2},
			Refs:  []Ref{{Path: "vpcId", To: []string{vpcT}, By: "id", NotFound: "InvalidVpcID.NotFound", Holds: true}},
			Rules: []Rule{{"target-group-slow-start", elbAttributes, slowStart}, {"target-group-health-check", elbAttributes, healthCheck}},
			Outputs: func(c *Call) {
				c.self.ID = c.State["arn"].(string)
				c.State["arnSuffix"] = c.self.ID[strings.Index(c.self.ID, "targetgroup/"):]
			},
		},
		Kind{
			Token: listenerT, ID: "{arn}", ARN: "elasticloadbalancing:{region}:{account}:listener/{hex16}", Took: Took{2, 2, 2},
			Refs: []Ref{
				{Path: "loadBalancerArn", To: []string{balancerT}, By: "arn", NotFound: "LoadBalancerNotFound"},
				{Path: "certificateArn", To: []string{certificateT}, By: "arn", NotFound: "CertificateNotFound", Holds: true},
				{Path: "defaultActions[].targetGroupArn", To: []string{targetGroupT}, By: "arn", NotFound: "TargetGroupNotFound", Holds: true},
			},
			Rules: []Rule{
				{"listener-certificate", "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/create-https-listener.html", listenerCertificate},
				{"listener-tls-policy", "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html", listenerPolicy},
			},
			Outputs: func(c *Call) {
				c.self.ID = c.State["arn"].(string)
				c.State["protocol"] = strings.ToUpper(c.Text("protocol"))
			},
		},
		Kind{
			Token: templateT, ID: "lt-{hex17}", ARN: "ec2:{region}:{account}:launch-template/{id}", Unique: "name", Took: Took{1, 1, 1},
			Refs: []Ref{
				{Path: "imageId", To: []string{imageT}, By: "id", NotFound: "InvalidAMIID.NotFound"},
				securityGroups("networkInterfaces[].securityGroups[]"), securityGroups("vpcSecurityGroupIds[]"),
				kmsKey("blockDeviceMappings[].ebs.kmsKeyId"),
				{Path: "iamInstanceProfile.arn", To: []string{profileT}, By: "arn", NotFound: "InvalidIamInstanceProfileArn.Malformed"},
				{Path: "iamInstanceProfile.name", To: []string{profileT}, By: "name", NotFound: "InvalidIamInstanceProfileName.NotFound"},
			},
			Rules: []Rule{{"user-data-size", "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html", userDataSize}},
			Outputs: func(c *Call) {
				version := 1.0
				if c.Old != nil {
					version = numberOr(c.Old.State["latestVersion"], 1)
					if NewTemplateVersion(c.Old.Inputs, c.In) {
						version++
					}
				}
				c.State["latestVersion"] = version
				if c.True("updateDefaultVersion") {
					c.State["defaultVersion"] = version
				}
				fill(c, "defaultVersion", 1.0)
			},
		},
		Kind{
			Token: groupT, ID: "{name}", ARN: "autoscaling:{region}:{account}:autoScalingGroup:{uuid}:autoScalingGroupName/{name}", Unique: "name", Took: Took{180, 5, 120},
			Refs: []Ref{
				subnets("vpcZoneIdentifiers[]"),
				{Path: "launchTemplate.id", To: []string{templateT}, By: "id", NotFound: "ValidationError", Holds: true},
				{Path: "launchTemplate.name", To: []string{templateT}, By: "name", NotFound: "ValidationError", Holds: true},
				{Path: specification + ".launchTemplateId", To: []string{templateT}, By: "id", NotFound: "ValidationError", Holds: true},
				{Path: specification + ".launchTemplateName", To: []string{templateT}, By: "name", NotFound: "ValidationError", Holds: true},
				{Path: "targetGroupArns[]", To: []string{targetGroupT}, By: "arn", NotFound: "ValidationError"},
				{Path: "instanceRefresh.preferences.alarmSpecification.alarms[]", To: []string{alarmT}, By: "name", NotFound: "ValidationError: alarm does not exist"},
			},
			Rules:    groupRules,
			OnDelete: dropHooks,
			Outputs: func(c *Call) {
				fill(c, "desiredCapacity", c.In["minSize"])
				c.State["availabilityZones"] = anys(c.zonesOf(c.Texts("vpcZoneIdentifiers[]")))
				fill(c, "serviceLinkedRoleArn", c.expand("arn:{partition}:iam::{account}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"))
			},
		},
		Kind{Token: imageT, ID: "ami-{hex17}"},
		Kind{
			Token: webACLAssociationT, ID: "{webAclArn},{resourceArn}", Unique: "resourceArn", Took: Took{5, 1, 5},
			Refs: []Ref{
				{Path: "webAclArn", To: []string{webACLT}, By: "arn", NotFound: "WAFNonexistentItemException"},
				{Path: "resourceArn", To: []string{balancerT}, By: "arn", NotFound: "WAFNonexistentItemException"},
			},
		},
		// A web ACL exists when somebody made it; the program makes none.
		Kind{Token: webACLT, ID: "{name}", Unique: "name"},
	)
}

// specification is where a mixed-instances policy names its launch template.
const specification = "mixedInstancesPolicy.launchTemplate.launchTemplateSpecification"

// NewTemplateVersion says whether a change of a launch template makes a new version of it: tags on the template itself
// and the choice of the default version do not (internal/service/ec2/ec2_launch_template.go, updateKeys).
func NewTemplateVersion(old, wanted Values) bool {
	content := func(v Values) Values {
		v = maps.Clone(v)
		for _, k := range []string{"tags", "tagsAll", "defaultVersion", "updateDefaultVersion"} {
			delete(v, k)
		}
		return v
	}
	return !reflect.DeepEqual(content(withDefaults(templateT, old)), content(withDefaults(templateT, wanted)))
}

// imageT stands for an image that exists; the program makes none.
const imageT = "aws:ec2/ami:Ami"

func validationRecords(c *Call) error {
	for _, cert := range c.Find(certificateT, func(r *Resource) bool { return r.ID == c.Text("certificateArn") }) {
		for _, name := range texts(cert.State, "domainValidationOptions[].resourceRecordName") {
			is := func(r *Resource) bool {
				recordName, _ := r.State["name"].(string)
				return strings.TrimSuffix(recordName, ".") == strings.TrimSuffix(name, ".")
			}
			if len(c.Find(recordT, is)) == 0 {
				return fmt.Errorf("the certificate stays in PENDING_VALIDATION: the record %s does not exist", name)
			}
		}
	}
	return nil
}

func recordInZone(c *Call) error {
	domain := strings.TrimSuffix(fmt.Sprint(c.state(zoneT, c.Text("zoneId"))["name"]), ".")
	if name := strings.TrimSuffix(c.Text("name"), "."); name != domain && !strings.HasSuffix(name, "."+domain) {
		return fmt.Errorf("InvalidChangeBatch: RRSet with DNS name %s is not permitted in zone %s", name, domain)
	}
	return nil
}

func balancerZones(c *Call) error {
	zones := slices.Compact(slices.Sorted(slices.Values(c.zonesOf(c.Texts("subnets[]")))))
	if c.Text("loadBalancerType") == "application" && (len(zones) < 2 || len(zones) != len(c.Texts("subnets[]"))) {
		return fmt.Errorf("InvalidConfigurationRequest: At least two subnets in two different Availability Zones must be specified, one each; got %v", zones)
	}
	return nil
}

func balancerGateway(c *Call) error {
	vpc := c.state(subnetT, c.Text("subnets[]"))["vpcId"]
	if !c.True("internal") && len(c.Find(gatewayT, func(r *Resource) bool { return r.State["vpcId"] == vpc })) == 0 {
		return fmt.Errorf("InvalidSubnet: VPC %v has no internet gateway", vpc)
	}
	return nil
}

func slowStart(c *Call) error {
	algorithm := c.Text("loadBalancingAlgorithmType")
	if c.Number("slowStart") > 0 && (algorithm == "least_outstanding_requests" || algorithm == "weighted_random") {
		return fmt.Errorf("InvalidConfigurationRequest: slow start mode cannot be used with the load balancing algorithm %s", algorithm)
	}
	return nil
}

func healthCheck(c *Call) error {
	interval, timeout := c.Number("healthCheck.interval"), c.Number("healthCheck.timeout")
	if interval == 0 {
		interval = 30 // AWS's own
	}
	if timeout >= interval {
		return fmt.Errorf("ValidationError: Health check timeout %.0f must be smaller than the interval %.0f", timeout, interval)
	}
	// Morpheus nodes answer on 443 with TLS alone: a check by HTTP, the default, finds every node unhealthy.
	if c.Text("protocol") == "HTTPS" && c.Text("healthCheck.protocol") != "HTTPS" {
		return fmt.Errorf("the group speaks HTTPS and its health check %s: every target would be unhealthy", cmp.Or(c.Text("healthCheck.protocol"), "HTTP, the default"))
	}
	return nil
}

func listenerCertificate(c *Call) error {
	if !strings.EqualFold(c.Text("protocol"), "HTTPS") {
		return nil
	}
	cert := c.Find(certificateT, func(r *Resource) bool { return r.ID == c.Text("certificateArn") })
	if len(cert) == 0 {
		return fmt.Errorf("ValidationError: a certificate must be specified for HTTPS listeners")
	}
	if cert[0].State["status"] != "ISSUED" {
		return fmt.Errorf("UnsupportedCertificate: The certificate '%s' must have a fully-qualified domain name, a supported signature, and a supported key size, and be issued (it is %v)", cert[0].ID, cert[0].State["status"])
	}
	return nil
}

// tlsPolicies are the names that load balancers know, a little widened: not every combination of the newer ones exists.
var tlsPolicies = regexp.MustCompile(`^ELBSecurityPolicy-(2016-08|TLS-1-0-2015-04|TLS-1-[12]-2017-01|TLS-1-2-Ext-2018-06|FS-2018-06|FS-1-[12]-2019-08|FS-1-2-Res-(2019-08|2020-10)|` +
	`TLS13-1-[0-3](-(Ext[0-2]|Res))?(-2021-06|-FIPS-2023-04|(-FIPS)?-PQ-2025-09))$`)

func listenerPolicy(c *Call) error {
	p := c.Text("sslPolicy")
	switch {
	case !strings.EqualFold(c.Text("protocol"), "HTTPS"):
	case p == "":
		// AWS takes it, and gives what its API has given since 2016.
		return fmt.Errorf("an HTTPS listener without sslPolicy gets ELBSecurityPolicy-2016-08, which still speaks TLS 1.0")
	case !tlsPolicies.MatchString(p):
		return fmt.Errorf("SSLPolicyNotFound: SSL policy '%s' not found", p)
	}
	return nil
}
