package awstypes

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/evaluate"
)

var domainRules = []Rule{
	{
		Name: "opensearch-service-linked-role", AWS: Error,
		Refuses: "a VPC domain in an account without OpenSearch's service-linked role",
		Source:  docs + "opensearch-service/latest/developerguide/vpc.html",
		Check: func(c *Call) error {
			is := func(r *Resource) bool { return r.State["awsServiceName"] == "opensearchservice.amazonaws.com" }
			if c.In["vpcOptions"] != nil && len(c.Find(awstoken.IAMServiceLinkedRole, is)) == 0 {
				return fmt.Errorf("ValidationException: Before you can proceed, you must enable a " +
					"service-linked role to give Amazon OpenSearch Service permissions to access your VPC")
			}
			return nil
		},
	},
	{
		Name: "opensearch-log-policy", AWS: Error,
		Refuses: "log groups to which OpenSearch may not write (yet)",
		Source:  docs + "opensearch-service/latest/developerguide/createdomain-configure-slow-logs.html",
		Check:   domainLogPolicy,
	},
	{
		Name: "opensearch-zones", AWS: Error,
		Refuses: "subnets, zones, data nodes and masters that do not fit: zone awareness without the " +
			"count 3 and three subnets, an odd number of nodes over two zones, two masters",
		Source: docs + "opensearch-service/latest/developerguide/managedomains-multiaz.html",
		Check:  domainZones,
	},
	{
		Name: "opensearch-fine-grained-access", AWS: Error,
		Refuses: "fine-grained access control without HTTPS, encryption at rest and between nodes",
		Source:  docs + "opensearch-service/latest/developerguide/fgac.html",
		Check: func(c *Call) error {
			if !c.isTrue("advancedSecurityOptions.enabled") {
				return nil
			}
			if !c.isTrue("encryptAtRest.enabled") || !c.isTrue("nodeToNodeEncryption.enabled") ||
				!c.isTrue("domainEndpointOptions.enforceHttps") {
				return fmt.Errorf("ValidationException: You must enable node-to-node encryption, encryption at " +
					"rest and enforce HTTPS to use advanced security options")
			}
			return nil
		},
	},
	{
		Name: "opensearch-internal-users", AWS: ErrorOrQuiet,
		Refuses: "a weak master password (error); an access policy that names IAM principals beside " +
			"internal users (quiet)",
		Source: docs + "opensearch-service/latest/developerguide/fgac.html",
		Check:  domainUsers,
	},
	{
		Name: "opensearch-advanced-options", AWS: Error,
		Refuses: "`override_main_response_version`",
		Source:  "https://github.com/hashicorp/terraform-provider-aws/issues/27371",
		Check: func(c *Call) error {
			if options, ok := c.In["advancedOptions"].(map[string]any); ok &&
				options["override_main_response_version"] != nil {
				return fmt.Errorf("ValidationException: Unrecognized advanced option " +
					"'override_main_response_version' passed in advancedOptions map")
			}
			return nil
		},
	},
	{
		Name: "opensearch-version", AWS: Error,
		Refuses: "a version that the service does not have",
		Source:  docs + "opensearch-service/latest/developerguide/what-is.html",
		Check: func(c *Call) error {
			if v := c.Text("engineVersion"); !slices.Contains(openSearchVersions, v) {
				return fmt.Errorf("ValidationException: engine version %q is invalid; valid are %s",
					v, strings.Join(openSearchVersions, ", "))
			}
			return nil
		},
	},
	{
		Name: "opensearch-auto-tune", AWS: Error,
		Refuses: "Auto-Tune on t2 and t3 types",
		Source:  docs + "opensearch-service/latest/developerguide/auto-tune.html",
		Check: func(c *Call) error {
			if c.Text("autoTuneOptions.desiredState") == "ENABLED" &&
				strings.HasPrefix(c.Text("clusterConfig.instanceType"), "t") {
				return fmt.Errorf("ValidationException: Autotune is not supported in t2/t3 instance types. " +
					"Disable autotune or change your instance type")
			}
			return nil
		},
	},
	{
		Name: "opensearch-processors", AWS: Error,
		Refuses: "Graviton and other types in one domain",
		Source:  docs + "opensearch-service/latest/developerguide/supported-instance-types.html",
		Check: func(c *Call) error {
			data, masters := c.Text("clusterConfig.instanceType"), c.Text("clusterConfig.dedicatedMasterType")
			if masters != "" && gravitonType.MatchString(data) != gravitonType.MatchString(masters) {
				return fmt.Errorf("ValidationException: data nodes of %s and master nodes of %s: Graviton and "+
					"other types cannot be in one domain", data, masters)
			}
			return nil
		},
	},
	{
		Name: "opensearch-burstable-nodes", AWS: Error,
		Refuses: "more than ten nodes of t2 and t3 types",
		Source:  docs + "opensearch-service/latest/developerguide/limits.html",
		Check: func(c *Call) error {
			if n := c.number("clusterConfig.instanceCount"); n > 10 &&
				strings.HasPrefix(c.Text("clusterConfig.instanceType"), "t") {
				return fmt.Errorf("ValidationException: a domain has at most 10 nodes of t2 and t3 types, got %.0f", n)
			}
			return nil
		},
	},
	{
		Name: "opensearch-volume", AWS: Error,
		Refuses: "a volume below 10 GiB; gp3 with more than 500 IOPS a GiB or 0.25 MiB/s an IOPS, or " +
			"with less than 250 MiB/s above 170 GiB",
		Source: docs + "opensearch-service/latest/developerguide/limits.html",
		Check:  domainVolume,
	},
	{
		Name: "opensearch-standby", AWS: Error,
		Refuses: "Multi-AZ with Standby without three zones, three masters, data nodes in threes and Auto-Tune",
		Source:  docs + "opensearch-service/latest/developerguide/managedomains-multiaz.html",
		Check:   domainStandby,
	},
}

// gravitonType has a g after the number of its family.
var gravitonType = regexp.MustCompile(`^[a-z]+\d+g[a-z]*\.`)

var openSearchVersions = []string{
	"OpenSearch_3.5", "OpenSearch_3.3", "OpenSearch_3.1", "OpenSearch_2.19", "OpenSearch_2.17", "OpenSearch_2.15",
	"OpenSearch_2.13",
	"OpenSearch_2.11", "OpenSearch_2.9", "OpenSearch_2.7", "OpenSearch_2.5", "OpenSearch_2.3", "OpenSearch_1.3",
}

// domainVolume also checks the ratios of gp3. AWS chooses valid values for unset properties.
func domainVolume(c *Call) error {
	if !c.isTrue("ebsOptions.ebsEnabled") {
		return nil
	}
	size, iops, throughput := c.number(
		"ebsOptions.volumeSize",
	), c.number("ebsOptions.iops"), c.number("ebsOptions.throughput")
	switch gp3 := c.Text("ebsOptions.volumeType") == "gp3"; {
	case size < 10:
		return fmt.Errorf("ValidationException: Volume size must be at least 10 GiB, got %.0f", size)
	case gp3 && iops > 500*size:
		return fmt.Errorf("ValidationException: gp3 IOPS must be at most 500 per GiB, got %.0f for %.0f GiB",
			iops, size)
	case gp3 && throughput > max(iops, 3000)/4:
		return fmt.Errorf("ValidationException: gp3 throughput must be at most 0.25 MiB/s per IOPS, got %.0f "+
			"for %.0f IOPS", throughput, max(iops, 3000))
	case gp3 && size > 170 && throughput > 0 && throughput < 250:
		return fmt.Errorf("ValidationException: gp3 throughput must be at least 250 MiB/s above 170 GiB, got "+
			"%.0f for %.0f GiB", throughput, size)
	}
	return nil
}

// domainLogPolicy refuses a domain that may not write to its log groups (yet). All policies of the region apply.
func domainLogPolicy(c *Call) error {
	for _, group := range c.texts("logPublishingOptions[].cloudwatchLogGroupArn") {
		allowed := slices.ContainsFunc([]string{group + ":*", group}, func(resource string) bool {
			by := caller{principal: "es.amazonaws.com", resource: resource, context: map[string][]string{
				"aws:SourceArn": {c.Expand("arn:{partition}:es:{region}:{account}:domain/{domainName}")},
			}}
			return len(c.Find(awstoken.LogResourcePolicy, func(r *Resource) bool {
				return c.mayAll(r.State["policyDocument"], by, "logs:PutLogEvents", "logs:CreateLogStream")
			})) > 0
		})
		if !allowed {
			return fmt.Errorf(
				"ValidationException: The Resource Access Policy specified for the CloudWatch Logs log group "+
					"%s does not grant sufficient permissions for Amazon OpenSearch Service to create a log stream",
				group,
			)
		}
	}
	return nil
}

func domainZones(c *Call) error {
	if masters := c.number("clusterConfig.dedicatedMasterCount"); c.isTrue("clusterConfig.dedicatedMasterEnabled") &&
		masters != 3 &&
		masters != 5 {
		return fmt.Errorf("ValidationException: dedicated master count must be 3 or 5, got %.0f", masters)
	}
	zones := 1
	if c.isTrue("clusterConfig.zoneAwarenessEnabled") {
		zones = 2 // AWS's default
		if n := c.number("clusterConfig.zoneAwarenessConfig.availabilityZoneCount"); n > 0 {
			zones = int(n)
		}
	}
	nodes := max(1, int(c.number("clusterConfig.instanceCount")))
	switch {
	case nodes < zones:
		return fmt.Errorf("ValidationException: You must choose a minimum of %d data nodes for a domain over %d "+
			"Availability Zones, got %d", zones, zones, nodes)
	case zones == 2 && nodes%2 != 0: // over three zones, AWS accepts any number from three
		return fmt.Errorf("ValidationException: You must choose an even number of data nodes for a two "+
			"Availability Zone deployment, got %d", nodes)
	}
	return domainSubnets(c, zones)
}

func domainSubnets(c *Call, zones int) error {
	if c.In["vpcOptions"] == nil {
		return nil
	}
	subnetIDs := c.texts("vpcOptions.subnetIds[]")
	switch given := c.zonesOf(subnetIDs); {
	case zones == 1 && len(subnetIDs) != 1:
		return fmt.Errorf("ValidationException: You must specify exactly one subnet, got %d, because zone "+
			"awareness is off", len(subnetIDs))
	case len(subnetIDs) != zones:
		return fmt.Errorf("ValidationException: You must specify exactly %d subnets because you've set zone "+
			"count to %d, got %d", zones, zones, len(subnetIDs))
	case len(slices.Compact(slices.Sorted(slices.Values(given)))) != len(given):
		return fmt.Errorf("ValidationException: the subnets must be in different Availability Zones, got %v", given)
	}
	return nil
}

// domainUsers refuses internal users, which Morpheus needs, together with an access policy that requires signatures.
func domainUsers(c *Call) error {
	if !c.isTrue("advancedSecurityOptions.internalUserDatabaseEnabled") {
		return nil
	}
	user, password := c.Text(
		"advancedSecurityOptions.masterUserOptions.masterUserName",
	), c.Text("advancedSecurityOptions.masterUserOptions.masterUserPassword")
	if user == "" || len(password) < 8 || !strings.ContainsAny(password, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") ||
		!strings.ContainsAny(password, "abcdefghijklmnopqrstuvwxyz") || !strings.ContainsAny(password, "0123456789") ||
		!regexp.MustCompile(`[^A-Za-z0-9]`).MatchString(password) {
		return fmt.Errorf("ValidationException: The master user password must contain at least one uppercase " +
			"letter, one lowercase letter, one number, and one special character, and a master user name must " +
			"be given")
	}
	text := c.Text("accessPolicies")
	if text == "" {
		return nil
	}
	doc, err := evaluate.Parse(text)
	if err != nil {
		return fmt.Errorf("ValidationException: the access policy is not a policy: %w", err)
	}
	for _, s := range doc.Statements {
		if names := s.Principal["AWS"]; len(names) > 0 && !slices.Contains(names, "*") {
			return fmt.Errorf("an access policy that names IAM principals (%v) makes OpenSearch refuse the basic "+
				"authentication of its internal users", names)
		}
	}
	return nil
}

// domainStandby refuses Multi-AZ with Standby without its prerequisites.
func domainStandby(c *Call) error {
	if !c.isTrue("clusterConfig.multiAzWithStandbyEnabled") {
		return nil
	}
	nodes, masters := c.number("clusterConfig.instanceCount"), c.number("clusterConfig.dedicatedMasterCount")
	switch {
	case c.number("clusterConfig.zoneAwarenessConfig.availabilityZoneCount") != 3:
		return fmt.Errorf("ValidationException: Multi-AZ with Standby needs three Availability Zones")
	case !c.isTrue("clusterConfig.dedicatedMasterEnabled") || masters != 3:
		return fmt.Errorf("ValidationException: Multi-AZ with Standby needs three dedicated master nodes")
	case int(nodes)%3 != 0:
		return fmt.Errorf("ValidationException: Multi-AZ with Standby needs data nodes in multiples of three, "+
			"got %.0f", nodes)
	case c.Text("autoTuneOptions.desiredState") == "DISABLED":
		return fmt.Errorf("ValidationException: Multi-AZ with Standby needs Auto-Tune")
	}
	return nil
}
