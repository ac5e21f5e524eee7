package account

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

const (
	mqAPI     = "https://docs.aws.amazon.com/amazon-mq/latest/api-reference/brokers.html"
	mqGuide   = "https://docs.aws.amazon.com/amazon-mq/latest/developer-guide/"
	osGuide   = "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/"
	rdsAPI    = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html"
	rdsGuide  = "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/"
	dbVersion = `^8\.0\.mysql_aurora\.3\.(10|12|13)\.\d+$|^8\.0$`
)

// gravitonType has a g after the number of its family.
var gravitonType = regexp.MustCompile(`^[a-z]+\d+g[a-z]*\.`)

var brokerRules = []Rule{
	{"rabbitmq-version", mqGuide + "rabbitmq-version-management.html", func(c *Call) error {
		// Creation takes major.minor only, and only these: a patch number is refused too.
		if v := c.Text("engineVersion"); rabbit(c) && !slices.Contains([]string{"3.13", "4.2", "4.3"}, v) {
			return fmt.Errorf("BadRequestException: Broker engine version [%s] is invalid. Valid values: [4.3, 4.2, 3.13]", v)
		}
		return nil
	}},
	{"rabbitmq-auto-minor-upgrade", mqAPI, func(c *Call) error {
		if rabbit(c) && !c.True("autoMinorVersionUpgrade") {
			return fmt.Errorf("BadRequestException: autoMinorVersionUpgrade must be true for RabbitMQ %s", c.Text("engineVersion"))
		}
		return nil
	}},
	{"rabbitmq-no-audit-log", mqGuide + "rabbitmq-logging-monitoring.html", func(c *Call) error {
		if rabbit(c) && c.True("logs.audit") {
			return fmt.Errorf("BadRequestException: logs.audit: can not be configured when engine is RabbitMQ")
		}
		return nil
	}},
	{"rabbitmq-one-user", mqAPI, func(c *Call) error {
		if n := len(c.All("users[]")); rabbit(c) && n != 1 {
			return fmt.Errorf("BadRequestException: Specify exactly one user for engine type [RABBITMQ], got %d", n)
		}
		return nil
	}},
	{"rabbitmq-user-name", mqGuide + "rabbitmq-simple-auth-broker-users.html", func(c *Call) error {
		for _, name := range c.Texts("users[].username") {
			if !regexp.MustCompile(`^[A-Za-z0-9._-]{2,100}$`).MatchString(name) || name == "guest" {
				return fmt.Errorf("BadRequestException: the username %q must be 2..100 letters, digits, or - . _ and not guest", name)
			}
		}
		return nil
	}},
	{"rabbitmq-password", mqAPI, func(c *Call) error {
		for _, p := range c.Texts("users[].password") {
			distinct := map[rune]bool{}
			for _, r := range p {
				distinct[r] = true
			}
			if len(p) < 12 || len(p) > 250 || len(distinct) < 4 || strings.ContainsAny(p, ",:=") {
				return fmt.Errorf("BadRequestException: the password must be 12..250 characters, at least 4 of them unique, without , : =")
			}
		}
		return nil
	}},
	{"rabbitmq-subnets", mqGuide + "configuring-private-broker.html", func(c *Call) error {
		zones := c.zonesOf(c.Texts("subnetIds[]"))
		distinct := slices.Compact(slices.Sorted(slices.Values(zones)))
		switch {
		case len(distinct) < len(zones):
			return fmt.Errorf("BadRequestException: the subnets must be in different Availability Zones, got %v", zones)
		case strings.EqualFold(c.Text("deploymentMode"), "SINGLE_INSTANCE") && len(zones) > 1:
			return fmt.Errorf("BadRequestException: specify exactly one subnet for deployment mode [SINGLE_INSTANCE], got %d", len(zones))
		case strings.EqualFold(c.Text("deploymentMode"), "CLUSTER_MULTI_AZ") && !c.True("publiclyAccessible") && len(zones) < 2:
			// AWS takes one subnet; the way to the cluster then lives in one zone. Nobody who asks for Multi-AZ means that.
			return fmt.Errorf("a Multi-AZ cluster with %d subnet is reachable in one Availability Zone only", len(zones))
		}
		return nil
	}},
	{"rabbitmq-instance-type", mqGuide + "rmq-broker-instance-types.html", func(c *Call) error {
		t := c.Text("hostInstanceType")
		switch {
		case !rabbit(c):
		case t == "mq.t3.micro":
			return fmt.Errorf("BadRequestException: instance type [%s] can no longer be created", t)
		case !regexp.MustCompile(`^mq\.(m5|m7g)\.\w+$`).MatchString(t):
			return fmt.Errorf("BadRequestException: instance type [%s] is not valid for RabbitMQ", t)
		case strings.HasPrefix(c.Text("engineVersion"), "4.") && !strings.HasPrefix(t, "mq.m7g."):
			return fmt.Errorf("BadRequestException: RabbitMQ %s runs on mq.m7g only, not on [%s]", c.Text("engineVersion"), t)
		}
		return nil
	}},
}

func rabbit(c *Call) bool { return strings.EqualFold(c.Text("engineType"), "RabbitMQ") }

// auroraClass has for each family the sizes that it comes in.
var auroraClass = regexp.MustCompile(`^db\.(serverless|(t3|t4g)\.(medium|large)|(r6g|r7g|x2g)\.(large|(2|4|8|12|16)?xlarge)|` +
	`r5\.(large|(2|4|8|12|16|24)?xlarge)|r6i\.(large|(2|4|8|12|16|24|32)?xlarge)|(r7i|r8g)\.(large|(2|4|8|12|16|24|48)?xlarge))$`)

var domainRules = []Rule{
	{"opensearch-service-linked-role", osGuide + "vpc.html", func(c *Call) error {
		is := func(r *Resource) bool { return r.State["awsServiceName"] == "opensearchservice.amazonaws.com" }
		if c.In["vpcOptions"] != nil && len(c.Find(linkedRoleT, is)) == 0 {
			return fmt.Errorf("ValidationException: Before you can proceed, you must enable a service-linked role to give Amazon OpenSearch Service permissions to access your VPC")
		}
		return nil
	}},
	{"opensearch-log-policy", osGuide + "createdomain-configure-slow-logs.html", domainLogPolicy},
	{"opensearch-zones", osGuide + "managedomains-multiaz.html", domainZones},
	{"opensearch-fine-grained-access", osGuide + "fgac.html", func(c *Call) error {
		if !c.True("advancedSecurityOptions.enabled") {
			return nil
		}
		if !c.True("encryptAtRest.enabled") || !c.True("nodeToNodeEncryption.enabled") || !c.True("domainEndpointOptions.enforceHttps") {
			return fmt.Errorf("ValidationException: You must enable node-to-node encryption, encryption at rest and enforce HTTPS to use advanced security options")
		}
		return nil
	}},
	{"opensearch-internal-users", osGuide + "fgac.html", domainUsers},
	{"opensearch-advanced-options", "https://github.com/hashicorp/terraform-provider-aws/issues/27371", func(c *Call) error {
		if options, ok := c.In["advancedOptions"].(map[string]any); ok && options["override_main_response_version"] != nil {
			return fmt.Errorf("ValidationException: Unrecognized advanced option 'override_main_response_version' passed in advancedOptions map")
		}
		return nil
	}},
	{"opensearch-version", osGuide + "what-is.html", func(c *Call) error {
		if v := c.Text("engineVersion"); !slices.Contains(openSearchVersions, v) {
			return fmt.Errorf("ValidationException: engine version %q is invalid; valid are %s", v, strings.Join(openSearchVersions, ", "))
		}
		return nil
	}},
	{"opensearch-auto-tune", osGuide + "auto-tune.html", func(c *Call) error {
		if c.Text("autoTuneOptions.desiredState") == "ENABLED" && strings.HasPrefix(c.Text("clusterConfig.instanceType"), "t") {
			return fmt.Errorf("ValidationException: Autotune is not supported in t2/t3 instance types. Disable autotune or change your instance type")
		}
		return nil
	}},
	{"opensearch-processors", osGuide + "supported-instance-types.html", func(c *Call) error {
		data, masters := c.Text("clusterConfig.instanceType"), c.Text("clusterConfig.dedicatedMasterType")
		if masters != "" && gravitonType.MatchString(data) != gravitonType.MatchString(masters) {
			return fmt.Errorf("ValidationException: data nodes of %s and master nodes of %s: Graviton and other types cannot be in one domain", data, masters)
		}
		return nil
	}},
	{"opensearch-burstable-nodes", osGuide + "limits.html", func(c *Call) error {
		if n := c.Number("clusterConfig.instanceCount"); n > 10 && strings.HasPrefix(c.Text("clusterConfig.instanceType"), "t") {
			return fmt.Errorf("ValidationException: a domain has at most 10 nodes of t2 and t3 types, got %.0f", n)
		}
		return nil
	}},
	{"opensearch-volume", osGuide + "limits.html", domainVolume},
	{"opensearch-standby", osGuide + "managedomains-multiaz.html", domainStandby},
}

var openSearchVersions = []string{
	"OpenSearch_3.5", "OpenSearch_3.3", "OpenSearch_3.1", "OpenSearch_2.19", "OpenSearch_2.17", "OpenSearch_2.15", "OpenSearch_2.13",
	"OpenSearch_2.11", "OpenSearch_2.9", "OpenSearch_2.7", "OpenSearch_2.5", "OpenSearch_2.3", "OpenSearch_1.3",
}

// domainVolume holds gp3 against its ratios too; what is not given AWS chooses so that it fits.
func domainVolume(c *Call) error {
	if !c.True("ebsOptions.ebsEnabled") {
		return nil
	}
	size, iops, throughput := c.Number("ebsOptions.volumeSize"), c.Number("ebsOptions.iops"), c.Number("ebsOptions.throughput")
	switch gp3 := c.Text("ebsOptions.volumeType") == "gp3"; {
	case size < 10:
		return fmt.Errorf("ValidationException: Volume size must be at least 10 GiB, got %.0f", size)
	case gp3 && iops > 500*size:
		return fmt.Errorf("ValidationException: gp3 IOPS must be at most 500 per GiB, got %.0f for %.0f GiB", iops, size)
	case gp3 && throughput > max(iops, 3000)/4:
		return fmt.Errorf("ValidationException: gp3 throughput must be at most 0.25 MiB/s per IOPS, got %.0f for %.0f IOPS", throughput, max(iops, 3000))
	case gp3 && size > 170 && throughput > 0 && throughput < 250:
		return fmt.Errorf("ValidationException: gp3 throughput must be at least 250 MiB/s above 170 GiB, got %.0f for %.0f GiB", throughput, size)
	}
	return nil
}

// domainLogPolicy refuses a domain that may not write to its log groups (yet).
func domainLogPolicy(c *Call) error {
	for _, group := range c.Texts("logPublishingOptions[].cloudwatchLogGroupArn") {
		allowed := c.Find(logPolicyT, func(r *Resource) bool {
			text, _ := r.State["policyDocument"].(string)
			doc, err := document(text)
			if err != nil {
				return false
			}
			for _, s := range doc.Statement {
				p, _ := s.Principal.(map[string]any)
				if s.Effect == "Allow" && slices.Contains(list(p["Service"]), "es.amazonaws.com") &&
					covers(list(s.Action), "logs:PutLogEvents") && covers(list(s.Action), "logs:CreateLogStream") &&
					(covers(list(s.Resource), group+":*") || covers(list(s.Resource), group)) {
					return true
				}
			}
			return false
		})
		if len(allowed) == 0 {
			return fmt.Errorf("ValidationException: The Resource Access Policy specified for the CloudWatch Logs log group %s does not grant sufficient permissions for Amazon OpenSearch Service to create a log stream", group)
		}
	}
	return nil
}

func domainZones(c *Call) error {
	if masters := c.Number("clusterConfig.dedicatedMasterCount"); c.True("clusterConfig.dedicatedMasterEnabled") && masters != 3 && masters != 5 {
		return fmt.Errorf("ValidationException: dedicated master count must be 3 or 5, got %.0f", masters)
	}
	zones := 1
	if c.True("clusterConfig.zoneAwarenessEnabled") {
		zones = 2 // what AWS takes when no count is given
		if n := c.Number("clusterConfig.zoneAwarenessConfig.availabilityZoneCount"); n > 0 {
			zones = int(n)
		}
	}
	nodes := max(1, int(c.Number("clusterConfig.instanceCount")))
	switch {
	case nodes < zones:
		return fmt.Errorf("ValidationException: You must choose a minimum of %d data nodes for a domain over %d Availability Zones, got %d", zones, zones, nodes)
	case zones == 2 && nodes%2 != 0: // over three zones AWS takes any number from three on
		return fmt.Errorf("ValidationException: You must choose an even number of data nodes for a two Availability Zone deployment, got %d", nodes)
	}
	return domainSubnets(c, zones)
}

func domainSubnets(c *Call, zones int) error {
	if c.In["vpcOptions"] == nil {
		return nil
	}
	subnetIDs := c.Texts("vpcOptions.subnetIds[]")
	switch given := c.zonesOf(subnetIDs); {
	case zones == 1 && len(subnetIDs) != 1:
		return fmt.Errorf("ValidationException: You must specify exactly one subnet, got %d, because zone awareness is off", len(subnetIDs))
	case len(subnetIDs) != zones:
		return fmt.Errorf("ValidationException: You must specify exactly %d subnets because you've set zone count to %d, got %d", zones, zones, len(subnetIDs))
	case len(slices.Compact(slices.Sorted(slices.Values(given)))) != len(given):
		return fmt.Errorf("ValidationException: the subnets must be in different Availability Zones, got %v", given)
	}
	return nil
}

// domainUsers refuses a mix of the internal users that Morpheus needs with an access policy that makes clients sign.
func domainUsers(c *Call) error {
	if !c.True("advancedSecurityOptions.internalUserDatabaseEnabled") {
		return nil
	}
	user, password := c.Text("advancedSecurityOptions.masterUserOptions.masterUserName"), c.Text("advancedSecurityOptions.masterUserOptions.masterUserPassword")
	if user == "" || len(password) < 8 || !strings.ContainsAny(password, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") ||
		!strings.ContainsAny(password, "abcdefghijklmnopqrstuvwxyz") || !strings.ContainsAny(password, "0123456789") ||
		!regexp.MustCompile(`[^A-Za-z0-9]`).MatchString(password) {
		return fmt.Errorf("ValidationException: The master user password must contain at least one uppercase letter, one lowercase letter, one number, and one special character, and a master user name must be given")
	}
	doc, err := document(c.Text("accessPolicies"))
	if err != nil {
		return nil // none given
	}
	for _, s := range doc.Statement {
		p, _ := s.Principal.(map[string]any)
		if names := list(p["AWS"]); len(names) > 0 && !slices.Contains(names, "*") {
			return fmt.Errorf("an access policy that names IAM principals (%v) makes OpenSearch refuse the basic authentication of its internal users", names)
		}
	}
	return nil
}

var databaseRules = []Rule{
	{"aurora-version", rdsAPI, func(c *Call) error {
		if v := c.Text("engineVersion"); c.Text("engine") == "aurora-mysql" && v != "" && !regexp.MustCompile(dbVersion).MatchString(v) {
			return fmt.Errorf("InvalidParameterCombination: Cannot find version %s for aurora-mysql", v)
		}
		return nil
	}},
	{"aurora-windows", rdsGuide + "Aurora.Managing.Backups.html", func(c *Call) error {
		return windowsApart(c.Text("preferredBackupWindow"), c.Text("preferredMaintenanceWindow"))
	}},
	{"aurora-retention", rdsAPI, func(c *Call) error {
		if days := numberOr(c.In["backupRetentionPeriod"], 1); days < 1 || days > 35 {
			return fmt.Errorf("InvalidParameterValue: Invalid backup retention period: %.0f. Retention period must be between 1 and 35", days)
		}
		return nil
	}},
	{"aurora-managed-secret", rdsGuide + "rds-secrets-manager.html", func(c *Call) error {
		managed, given := c.True("manageMasterUserPassword"), c.Text("masterPassword") != ""
		switch {
		case managed && given:
			return fmt.Errorf("InvalidParameterCombination: You can specify either masterPassword or manageMasterUserPassword, not both")
		case !managed && !given && c.Text("snapshotIdentifier") == "" && c.Text("globalClusterIdentifier") == "":
			return fmt.Errorf("InvalidParameterValue: the master user needs a password or a managed secret")
		case managed && c.inGlobalDatabase():
			return fmt.Errorf("InvalidParameterCombination: managed master passwords are not supported for clusters of a global database")
		}
		return nil
	}},
	{"aurora-master-user", rdsAPI, func(c *Call) error {
		if name := c.Text("masterUsername"); name != "" && !regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,15}$`).MatchString(name) {
			return fmt.Errorf("InvalidParameterValue: the parameter MasterUsername %q is not a valid identifier: a letter, then letters, digits or _, at most 16", name)
		}
		return nil
	}},
	{"aurora-log-parameters", rdsGuide + "AuroraMySQL.Auditing.html", auditParameters},
	{"aurora-snapshot", rdsGuide + "aurora-restore-snapshot.html", restoredFrom},
	{"aurora-backtrack-global", rdsGuide + "AuroraMySQL.Managing.Backtrack.html", func(c *Call) error {
		if c.Number("backtrackWindow") > 0 && c.Text("globalClusterIdentifier") != "" {
			return fmt.Errorf("InvalidParameterCombination: Backtrack is not supported for clusters of a global database")
		}
		return nil
	}},
}

var instanceRules = []Rule{
	{"aurora-instance-class", rdsGuide + "Concepts.DBInstanceClass.SupportAurora.html", func(c *Call) error {
		if class := c.Text("instanceClass"); !auroraClass.MatchString(class) {
			return fmt.Errorf("InvalidParameterCombination: RDS does not support creating a DB instance with DBInstanceClass=%s, Engine=aurora-mysql", class)
		}
		return nil
	}},
	{"aurora-instance-zone", rdsAPI, func(c *Call) error {
		zone := c.Text("availabilityZone")
		group := c.ByID(dbSubnetGroupT, c.Text("dbSubnetGroupName"))
		if zone == "" || group == nil {
			return nil
		}
		if zones := c.zonesOf(texts(group.State, "subnetIds[]")); !slices.Contains(zones, zone) {
			return fmt.Errorf("InvalidVPCNetworkStateFault: the DB subnet group has no subnet in %s, only in %v", zone, zones)
		}
		return nil
	}},
	{"aurora-enhanced-monitoring", rdsGuide + "USER_Monitoring.OS.Enabling.html", func(c *Call) error {
		if c.Number("monitoringInterval") > 0 && c.Text("monitoringRoleArn") == "" {
			return fmt.Errorf("InvalidParameterCombination: A MonitoringRoleARN value is required if you specify a MonitoringInterval value other than 0")
		}
		return nil
	}},
	{"aurora-insights-retention", rdsGuide + "USER_PerfInsights.Overview.cost.html", func(c *Call) error {
		days := int(c.Number("performanceInsightsRetentionPeriod"))
		if days != 0 && days != 7 && days != 731 && days%31 != 0 {
			return fmt.Errorf("InvalidParameterValue: Invalid Performance Insights retention period: %d; valid are 7, 731 and multiples of 31", days)
		}
		return nil
	}},
	{"aurora-instance-maintenance", rdsGuide + "Aurora.Managing.Backups.html", func(c *Call) error {
		backup, _ := c.state(dbClusterT, c.Text("clusterIdentifier"))["preferredBackupWindow"].(string)
		return windowsApart(backup, c.Text("preferredMaintenanceWindow"))
	}},
}
