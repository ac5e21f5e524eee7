package awstypes

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
)

// balancerName are the checks of names. The last one is only for load balancers (elbv2/validate.go).
var balancerName = []Check{
	matches(`^[0-9A-Za-z-]+$`), never(`^-`, "begin with a hyphen"), never(`-$`, "end with a hyphen"),
	never(`^internal-`, "begin with internal-"),
}

func elbv2Types() []Type { return []Type{loadBalancer(), targetGroup(), listener()} }

func loadBalancer() Type {
	const logsRefused = "InvalidConfigurationRequest: Access Denied for bucket"
	return Type{
		Token: awstoken.LBLoadBalancer,
		Simulation: Simulation{
			ID: "{arn}", ARN: "elasticloadbalancing:{region}:{account}:loadbalancer/app/{name}/{hex16}",
			Unique:   "name",
			Duration: Duration{Create: 150, Update: 5, Delete: 10},
			References: []Reference{
				toSubnets("subnets[]"), toSecurityGroups("securityGroups[]"),
				toBucket("accessLogs.bucket", logsRefused), toBucket("connectionLogs.bucket", logsRefused),
			},
			Rules: []Rule{
				{
					Name: "load-balancer-zones", AWS: Error,
					Refuses: "fewer than two zones, or two subnets in one",
					Source:  docs + "elasticloadbalancing/latest/application/application-load-balancers.html",
					Check:   balancerZones,
				},
				{
					Name: "load-balancer-logs", AWS: Error,
					Refuses: "logs to a bucket to which log delivery may not write, or that is " +
						"encrypted with KMS",
					Source: docs + "elasticloadbalancing/latest/application/enable-access-logging.html",
					Check:  balancerLogs,
				},
				{
					Name: "load-balancer-gateway", AWS: Error,
					Refuses: "an internet-facing load balancer in a VPC without internet gateway",
					Source:  docs + "elasticloadbalancing/latest/application/application-load-balancers.html",
					Check:   balancerGateway,
				},
			},
			Outputs:  balancerOutputs,
			OnDelete: balancerProtected,
		},
		Provider: Provider{
			Source:    "elbv2/load_balancer",
			Autonamed: "name", NameLimit: 32,
			Checks: map[string][]Check{"name": balancerName},
		},
		Permissions: &Permissions{
			// After the deletion, the provider deletes the interfaces that AWS has not deleted.
			Read: actions("elasticloadbalancing: DescribeLoadBalancers DescribeLoadBalancerAttributes DescribeTags",
				"ec2: DescribeNetworkInterfaces"),
			Write: actions("elasticloadbalancing: CreateLoadBalancer ModifyLoadBalancerAttributes DeleteLoadBalancer "+
				"SetSecurityGroups SetSubnets AddTags RemoveTags",
				"ec2: DetachNetworkInterface DeleteNetworkInterface"),
			NeverCalled: []NeverCalled{{
				Actions: actions("elasticloadbalancing: SetIpAddressType"),
				Because: "the type of its addresses is AWS's default",
			}},
		},
		Listing: &Listing{
			Kind: "load balancer", Service: "elasticloadbalancing", Call: "DescribeLoadBalancers",
			ID: `<LoadBalancerArn>([^<]+)`,
		},
		Example: Values{
			"name": "app", "subnets": []any{"${subnet-a.id}", "${subnet-b.id}"},
			"securityGroups": []any{"${group.id}"},
		},
	}
}

func balancerOutputs(c *Call) {
	c.ID = c.State["arn"].(string)
	_, c.State["arnSuffix"], _ = strings.Cut(c.ID, "loadbalancer/")
	if c.Old != nil {
		c.State["dnsName"] = c.Old.State["dnsName"]
	} else {
		number, _ := strconv.ParseUint(c.Store.NewDigits(8), 16, 64)
		c.State["dnsName"] = fmt.Sprintf("%s-%d.%s.elb.%s", c.Text("name"), number, c.Region, DNSSuffix(c.Partition))
	}
	c.State["zoneId"] = "Z35SXDOTRQ7X7K"
	c.State["vpcId"] = c.state(awstoken.EC2Subnet, c.Text("subnets[]"))["vpcId"]
}

func balancerProtected(c *Call) error {
	if c.State["enableDeletionProtection"] == true {
		return fmt.Errorf("OperationNotPermitted: Load balancer '%s' cannot be deleted because deletion "+
			"protection is enabled", c.ID)
	}
	return nil
}

func balancerZones(c *Call) error {
	zones := slices.Compact(slices.Sorted(slices.Values(c.zonesOf(c.texts("subnets[]")))))
	if c.Text("loadBalancerType") == "application" && (len(zones) < 2 || len(zones) != len(c.texts("subnets[]"))) {
		return fmt.Errorf("InvalidConfigurationRequest: At least two subnets in two different Availability "+
			"Zones must be specified, one each; got %v", zones)
	}
	return nil
}

func balancerGateway(c *Call) error {
	vpc := c.state(awstoken.EC2Subnet, c.Text("subnets[]"))["vpcId"]
	if !c.isTrue("internal") && len(c.FindBy(awstoken.EC2InternetGateway, "vpcId", vpc)) == 0 {
		return fmt.Errorf("InvalidSubnet: VPC %v has no internet gateway", vpc)
	}
	return nil
}

// balancerLogs checks the bucket like AWS, which writes a test file when logging is turned on: the bucket's policy must
// allow log delivery, and log delivery cannot use KMS keys.
func balancerLogs(c *Call) error {
	for _, kind := range []string{"accessLogs", "connectionLogs"} {
		bucket := c.Text(kind + ".bucket")
		if bucket == "" || !c.isTrue(kind+".enabled") {
			continue
		}
		if !c.deliveryAllowed(bucket, c.Text(kind+".prefix")) {
			return fmt.Errorf("InvalidConfigurationRequest: Access Denied for bucket: %s. Please check S3bucket "+
				"permission", bucket)
		}
	}
	return nil
}

// deliveryAllowed reports whether log delivery may write to a bucket and the bucket has no KMS key.
func (c *Call) deliveryAllowed(bucket, prefix string) bool {
	for _, e := range c.FindBy(awstoken.S3BucketEncryption, "bucket", bucket) {
		if slices.Contains(Texts(e.State, "rules[].applyServerSideEncryptionByDefault.sseAlgorithm"), "aws:kms") {
			return false
		}
	}
	if prefix != "" {
		prefix += "/"
	}
	by := caller{
		principal: "logdelivery.elasticloadbalancing.amazonaws.com",
		resource:  c.Expand("arn:{partition}:s3:::" + bucket + "/" + prefix + "AWSLogs/{account}/ELBAccessLogTestFile"),
		context: map[string][]string{
			"aws:SourceArn": {
				c.Expand("arn:{partition}:elasticloadbalancing:{region}:{account}:loadbalancer/app/{name}/0"),
			},
		},
	}
	return slices.ContainsFunc(c.FindBy(awstoken.S3BucketPolicy, "bucket", bucket), func(p *Resource) bool {
		return c.mayAll(p.State["policy"], by, "s3:PutObject")
	})
}

func targetGroup() Type {
	return Type{
		Token: awstoken.LBTargetGroup,
		Simulation: Simulation{
			ID: "{arn}", ARN: "elasticloadbalancing:{region}:{account}:targetgroup/{name}/{hex16}", Unique: "name",
			Duration:   Duration{Create: 2, Update: 2, Delete: 2},
			References: []Reference{toVPC},
			Rules: []Rule{
				{
					Name: "target-group-slow-start", AWS: Error,
					Refuses: "slow start with least outstanding requests or weighted random",
					Source:  docs + "elasticloadbalancing/latest/application/edit-target-group-attributes.html",
					Check:   slowStart,
				},
				{
					Name: "target-group-health-check", AWS: ErrorOrQuiet,
					Refuses: "a timeout not below the interval (error); an HTTP check, the default, of " +
						"HTTPS nodes (quiet)",
					Source: docs + "elasticloadbalancing/latest/application/edit-target-group-attributes.html",
					Check:  healthCheck,
				},
			},
			Outputs: func(c *Call) {
				c.ID = c.State["arn"].(string)
				c.State["arnSuffix"] = c.ID[strings.Index(c.ID, "targetgroup/"):]
			},
		},
		Provider: Provider{
			Source:    "elbv2/target_group",
			Autonamed: "name", NameLimit: 32,
			Checks: map[string][]Check{"name": balancerName[:3], "healthCheck.path": {matches(`^/`)}},
			// The schema does not have this validator.
			Ranges: map[string]Range{"deregistrationDelay": {Min: 0, Max: 3600}},
			// validateSlowStart: 0 is off, otherwise 30..900.
			AlsoAccepted: map[string][]any{"slowStart": {0}},
		},
		Permissions: &Permissions{
			Read: actions("elasticloadbalancing: DescribeTargetGroups DescribeTargetGroupAttributes DescribeTags"),
			Write: actions("elasticloadbalancing: CreateTargetGroup ModifyTargetGroup ModifyTargetGroupAttributes " +
				"DeleteTargetGroup AddTags RemoveTags"),
		},
		Listing: &Listing{
			Kind: "target group", Service: "elasticloadbalancing", Call: "DescribeTargetGroups",
			ID: `<TargetGroupArn>([^<]+)`,
		},
		Example: Values{
			"name": "app", "port": 443, "protocol": "HTTPS", "vpcId": "${vpc.id}",
			"healthCheck": Values{"protocol": "HTTPS", "path": "/ping"},
		},
	}
}

func slowStart(c *Call) error {
	algorithm := c.Text("loadBalancingAlgorithmType")
	if c.number("slowStart") > 0 && (algorithm == "least_outstanding_requests" || algorithm == "weighted_random") {
		return fmt.Errorf("InvalidConfigurationRequest: slow start mode cannot be used with the load balancing "+
			"algorithm %s", algorithm)
	}
	return nil
}

func healthCheck(c *Call) error {
	interval, timeout := c.number("healthCheck.interval"), c.number("healthCheck.timeout")
	if interval == 0 {
		interval = 30 // AWS's default
	}
	if timeout >= interval {
		return fmt.Errorf("ValidationError: Health check timeout %.0f must be smaller than the interval %.0f",
			timeout, interval)
	}
	// Morpheus nodes only serve TLS on 443. With HTTP, the default, every check would fail.
	if c.Text("protocol") == "HTTPS" && c.Text("healthCheck.protocol") != "HTTPS" {
		return fmt.Errorf("the group speaks HTTPS and its health check %s: every target would be unhealthy",
			cmp.Or(c.Text("healthCheck.protocol"), "HTTP, the default"))
	}
	return nil
}

func listener() Type {
	return Type{
		Token: awstoken.LBListener,
		Simulation: Simulation{
			ID: "{arn}", ARN: "elasticloadbalancing:{region}:{account}:listener/{hex16}",
			Duration: Duration{Create: 2, Update: 2, Delete: 2},
			References: []Reference{
				{
					Path:     "loadBalancerArn",
					To:       []string{awstoken.LBLoadBalancer},
					By:       "arn",
					NotFound: "LoadBalancerNotFound",
				},
				{
					Path: "certificateArn", To: []string{awstoken.ACMCertificate}, By: "arn",
					NotFound: "CertificateNotFound", BlocksDelete: true,
				},
				{
					Path: "defaultActions[].targetGroupArn", To: []string{awstoken.LBTargetGroup}, By: "arn",
					NotFound: "TargetGroupNotFound", BlocksDelete: true,
				},
			},
			Rules: []Rule{
				{
					Name: "listener-certificate", AWS: Error,
					Refuses: "HTTPS without certificate, or with one that is not issued",
					Source:  docs + "elasticloadbalancing/latest/application/create-https-listener.html",
					Check:   listenerCertificate,
				},
				{
					Name: "listener-tls-policy", AWS: ErrorOrQuiet,
					Refuses: "a TLS policy that does not exist (error); none at all, which still speaks " +
						"TLS 1.0 (quiet)",
					Source: docs + "elasticloadbalancing/latest/application/describe-ssl-policies.html",
					Check:  listenerPolicy,
				},
			},
			Outputs: func(c *Call) {
				c.ID = c.State["arn"].(string)
				c.State["protocol"] = strings.ToUpper(c.Text("protocol"))
			},
		},
		Provider: Provider{
			Source:       "elbv2/listener",
			IgnoringCase: []string{"protocol"},
			// The schema does not have this validator.
			Ranges: map[string]Range{"port": {Min: 1, Max: 65535}},
			Checks: map[string][]Check{"loadBalancerArn": {isARN}, "certificateArn": {isARN}},
		},
		Permissions: &Permissions{
			Read: actions("elasticloadbalancing: DescribeListeners DescribeListenerAttributes DescribeTags"),
			Write: actions("elasticloadbalancing: CreateListener ModifyListener ModifyListenerAttributes " +
				"DeleteListener AddTags RemoveTags"),
		},
		NotListed: "is deleted with its load balancer",
		Example: Values{
			"loadBalancerArn": "${balancer.arn}", "port": 443, "protocol": "HTTPS",
			"sslPolicy": "ELBSecurityPolicy-TLS13-1-2-Res-2021-06", "certificateArn": "${certificate}",
			"defaultActions": []any{Values{"type": "forward", "targetGroupArn": "${targets.arn}"}},
		},
	}
}

func listenerCertificate(c *Call) error {
	if !strings.EqualFold(c.Text("protocol"), "HTTPS") {
		return nil
	}
	cert := c.Find(awstoken.ACMCertificate, func(r *Resource) bool { return r.ID == c.Text("certificateArn") })
	if len(cert) == 0 {
		return fmt.Errorf("ValidationError: a certificate must be specified for HTTPS listeners")
	}
	if cert[0].State["status"] != "ISSUED" {
		return fmt.Errorf("UnsupportedCertificate: The certificate '%s' must have a fully-qualified domain "+
			"name, a supported signature, and a supported key size, and be issued (it is %v)",
			cert[0].ID, cert[0].State["status"])
	}
	return nil
}

// tlsPolicies matches the names of TLS policies. It also accepts combinations of the newer names that do not exist.
var tlsPolicies = regexp.MustCompile(
	`^ELBSecurityPolicy-(2016-08|TLS-1-0-2015-04|TLS-1-[12]-2017-01|TLS-1-2-Ext-2018-06|FS-2018-06|` +
		`FS-1-[12]-2019-08|FS-1-2-Res-(2019-08|2020-10)|` +
		`TLS13-1-[0-3](-(Ext[0-2]|Res))?(-2021-06|-FIPS-2023-04|(-FIPS)?-PQ-2025-09))$`,
)

func listenerPolicy(c *Call) error {
	p := c.Text("sslPolicy")
	switch {
	case !strings.EqualFold(c.Text("protocol"), "HTTPS"):
	case p == "":
		// AWS accepts it and uses the default of 2016.
		return fmt.Errorf("an HTTPS listener without sslPolicy gets ELBSecurityPolicy-2016-08, which still " +
			"speaks TLS 1.0")
	case !tlsPolicies.MatchString(p):
		return fmt.Errorf("SSLPolicyNotFound: SSL policy '%s' not found", p)
	}
	return nil
}
