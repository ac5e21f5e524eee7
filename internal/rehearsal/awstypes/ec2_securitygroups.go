package awstypes

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
)

var (
	securityGroups = &Listing{
		Kind: "security group", Service: "ec2", Call: "DescribeSecurityGroups", ID: `:security-group/([^<]+)`,
	}
	securityGroupRules = &Listing{
		Kind: "security group rule", Service: "ec2", Call: "DescribeSecurityGroupRules",
		ID: `<securityGroupRuleId>([^<]+)`,
	}
)

func ec2SecurityGroupTypes() []Type {
	return []Type{
		securityGroup(), defaultSecurityGroup(),
		securityGroupRule(awstoken.EC2SecurityGroupIngressRule, "ec2/vpc_security_group_ingress_rule",
			"AuthorizeSecurityGroupIngress RevokeSecurityGroupIngress"),
		securityGroupRule(awstoken.EC2SecurityGroupEgressRule, "ec2/vpc_security_group_egress_rule",
			"AuthorizeSecurityGroupEgress RevokeSecurityGroupEgress"),
	}
}

func securityGroup() Type {
	return Type{
		Token: awstoken.EC2SecurityGroup,
		Simulation: Simulation{
			ID: "sg-{hex17}", ARN: "ec2:{region}:{account}:security-group/{id}",
			Unique: "name", UniqueWithin: "vpcId",
			Duration:   Duration{Create: 2, Update: 1, Delete: 1},
			References: []Reference{toVPC},
			Rules: []Rule{{
				Name: "security-group-name", AWS: Error,
				Refuses: "a name that begins with sg-",
				Source:  docs + "AWSEC2/latest/APIReference/API_CreateSecurityGroup.html",
				Check:   groupName,
			}},
			Outputs: func(c *Call) { c.State["ownerId"] = c.AccountID },
		},
		Provider: Provider{
			Source:    "ec2/vpc_security_group",
			Autonamed: "name", NameLimit: 255,
			Checks: map[string][]Check{"name": {never(`^sg-`, "begin with sg-")}},
		},
		Permissions: &Permissions{
			Read: actions("ec2: DescribeSecurityGroups DescribeSecurityGroupRules DescribeNetworkInterfaces"),
			Write: actions("ec2: CreateSecurityGroup DeleteSecurityGroup RevokeSecurityGroupIngress " +
				"RevokeSecurityGroupEgress CreateTags DeleteTags"),
			NeverCalled: []NeverCalled{
				{
					Actions: actions("ec2: AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress"),
					Because: "rules are separate resources",
				},
				noForeignInterfaces,
			},
		},
		Listing: securityGroups,
		Example: Values{"name": "app", "vpcId": "${vpc.id}"},
	}
}

func groupName(c *Call) error {
	if name := c.Text("name"); strings.HasPrefix(strings.ToLower(name), "sg-") {
		return fmt.Errorf("InvalidParameterValue: invalid value '%s' for groupName; it may not begin with sg-", name)
	}
	return nil
}

// defaultSecurityGroup is created with its VPC. The provider adopts it and removes its rules.
func defaultSecurityGroup() Type {
	return Type{
		Token: awstoken.EC2DefaultSecurityGroup,
		Simulation: Simulation{
			ID: "sg-{hex17}", Unique: "vpcId",
			Duration:   Duration{Create: 1, Update: 1, Delete: 0},
			References: []Reference{toVPC},
			Outputs: func(c *Call) {
				if id, ok := c.state(awstoken.EC2VPC, c.Text("vpcId"))["defaultSecurityGroupId"].(string); ok {
					c.ID = id
				}
				c.State["arn"] = c.Expand("arn:{partition}:ec2:{region}:{account}:security-group/{id}")
				c.State["ownerId"], c.State["name"] = c.AccountID, "default"
			},
		},
		Provider: Provider{Source: "ec2/vpc_default_security_group"},
		Permissions: &Permissions{
			Read:  actions("ec2: DescribeSecurityGroups DescribeSecurityGroupRules"),
			Write: actions("ec2: RevokeSecurityGroupIngress RevokeSecurityGroupEgress CreateTags DeleteTags"),
			NeverCalled: []NeverCalled{{
				Actions: actions("ec2: AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress"),
				Because: "it has no rules",
			}},
		},
		Listing: securityGroups,
		Example: Values{"vpcId": "${vpc.id}"},
	}
}

// peers are the properties of a rule of which exactly one must be given: vpc_security_group_ingress_rule.go,
// ConfigValidators.
var peers = []string{"cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"}

func securityGroupRule(token, source, writes string) Type {
	groups := []string{awstoken.EC2SecurityGroup, awstoken.EC2DefaultSecurityGroup}
	ports := Range{Min: -1, Max: 65535} // -1 is every type of ICMP
	return Type{
		Token: token,
		Simulation: Simulation{
			ID: "sgr-{hex17}", ARN: "ec2:{region}:{account}:security-group-rule/{id}",
			Duration: Duration{Create: 1, Update: 1, Delete: 1},
			References: []Reference{
				// The rules of a group are deleted with it. A rule of another group that names it blocks its deletion.
				{Path: "securityGroupId", To: groups, By: "id", NotFound: "InvalidGroup.NotFound"},
				{
					Path: "referencedSecurityGroupId", To: groups, By: "id", NotFound: "InvalidGroup.NotFound",
					BlocksDelete: true,
				},
				{
					Path:     "prefixListId",
					To:       []string{EC2ManagedPrefixList},
					By:       "id",
					NotFound: "InvalidPrefixListID.NotFound",
				},
			},
			Rules: []Rule{
				{
					Name: "rule-description", AWS: Error,
					Refuses: "a description of more than 255 characters, or with characters that AWS does not allow",
					Source:  docs + "AWSEC2/latest/APIReference/API_IpRange.html",
					Check:   ruleDescription,
				},
				{
					Name: "rules-of-a-group", AWS: Error,
					Refuses: "a sixty-first rule of a group in a direction; a prefix list counts as its largest number of entries, one of " +
						"AWS as its weight",
					Source: docs + "vpc/latest/userguide/amazon-vpc-limits.html",
					Check:  rulesOfGroup,
				},
				{
					Name: "rule-one-peer", AWS: Error,
					Refuses: "no peer or several, host bits in a range, a protocol without ports",
					Source:  docs + "AWSEC2/latest/APIReference/API_IpPermission.html",
					Check:   rulePeer,
				},
				{
					Name: "rule-once", AWS: Error,
					Refuses: "the same rule twice",
					Source:  docs + "AWSEC2/latest/APIReference/errors-overview.html",
					Check:   ruleOnce,
				},
			},
			Outputs: func(c *Call) { c.State["securityGroupRuleId"] = c.ID },
		},
		Provider: Provider{
			Source: source,
			// The plug-in framework's resources have neither replacement nor validators in the schema. Only the
			// group has RequiresReplace; ModifySecurityGroupRules changes a rule's peers and ports in place.
			Replacing:    []string{"securityGroupId"},
			ExactlyOneOf: peers,
			Ranges:       map[string]Range{"fromPort": ports, "toPort": ports},
			Checks:       map[string][]Check{"cidrIpv4": {network(0, 32)}},
		},
		Permissions: &Permissions{
			Read:  actions("ec2: DescribeSecurityGroupRules"),
			Write: actions("ec2: ModifySecurityGroupRules CreateTags DeleteTags " + writes),
		},
		Listing: securityGroupRules,
		Example: Values{
			"securityGroupId": "${group.id}", "ipProtocol": "tcp", "fromPort": 443, "toPort": 443,
			"cidrIpv4": "10.0.0.0/16",
		},
	}
}

var ruleText = regexp.MustCompile(`^[A-Za-z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{0,255}$`)

func ruleDescription(c *Call) error {
	if text := c.Text("description"); !ruleText.MatchString(text) {
		return fmt.Errorf("InvalidParameterValue: Invalid rule description '%s'. Valid descriptions are strings "+
			"less than 256 characters from the following set: a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*", text)
	}
	return nil
}

// maxRules is the default quota of rules in one direction of a security group.
const maxRules = 60

func rulesOfGroup(c *Call) error {
	others := c.Find(c.Type.Token,
		func(r *Resource) bool { return r != c.Old && r.State["securityGroupId"] == c.Text("securityGroupId") })
	count := c.rules(c.Text("prefixListId"))
	for _, r := range others {
		list, _ := r.State["prefixListId"].(string)
		count += c.rules(list)
	}
	if count > maxRules {
		return fmt.Errorf("RulesPerSecurityGroupLimitExceeded: The maximum number of rules per security group " +
			"has been reached")
	}
	return nil
}

// rules is how many rules one counts as: a prefix list as many as it may have entries.
func (c *Call) rules(prefixList string) int {
	if found := c.ByID(EC2ManagedPrefixList, prefixList); prefixList != "" && found != nil {
		most, _ := found.State["maxEntries"].(float64)
		name, _ := found.State["name"].(string)
		return max(1, int(most), awsListWeights[name[strings.LastIndex(name, ".")+1:]])
	}
	return 1
}

// awsListWeights are how many rules AWS's own prefix lists count as, by the end of their names. AWS tells no largest
// number of their entries.
// https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html
var awsListWeights = map[string]int{"s3": 1, healthCheckers: 25}

// healthCheckers is the end of the name of the prefix list of the Route 53 health checkers.
const healthCheckers = "route53-healthchecks"

func rulePeer(c *Call) error {
	given := 0
	for _, p := range []string{"cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"} {
		if c.Text(p) != "" {
			given++
		}
	}
	if given != 1 {
		return fmt.Errorf("InvalidParameterCombination: exactly one of cidrIpv4, cidrIpv6, prefixListId, "+
			"referencedSecurityGroupId must be given, got %d", given)
	}
	if cidr := c.Text("cidrIpv4"); cidr != "" {
		if p, err := netip.ParsePrefix(cidr); err != nil || p != p.Masked() {
			return fmt.Errorf("InvalidParameterValue: CIDR block %s is malformed", cidr)
		}
	}
	if c.Text("ipProtocol") != "-1" && (c.In["fromPort"] == nil || c.In["toPort"] == nil) {
		return fmt.Errorf("InvalidParameterValue: protocol %s needs fromPort and toPort", c.Text("ipProtocol"))
	}
	return nil
}

func ruleOnce(c *Call) error {
	properties := []string{
		"securityGroupId",
		"ipProtocol",
		"cidrIpv4",
		"cidrIpv6",
		"prefixListId",
		"referencedSecurityGroupId",
		"fromPort",
		"toPort",
	}
	same := c.Find(c.Type.Token, func(r *Resource) bool {
		return r != c.Old && !slices.ContainsFunc(properties, func(p string) bool { return r.State[p] != c.In[p] })
	})
	if len(same) > 0 {
		return fmt.Errorf("InvalidPermission.Duplicate: the specified rule already exists")
	}
	return nil
}
