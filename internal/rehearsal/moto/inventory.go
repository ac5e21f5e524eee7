package moto

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// listing is a call that lists what an account has of one kind.
type listing struct {
	kind, service string
	// call is the operation of a query service, the X-Amz-Target of a JSON service, or the path of a REST service.
	call string
	body string // of a JSON service, where it is not empty
	id   string // pattern of what stands once in the answer for each; its groups are the id
	// gone is a pattern of what stands in the answer beside what is deleted or AWS's own; "" is deletedState.
	gone string
	// of lists what each call is made for: {of} in call or body is its id.
	of *listing
}

// deletedState of an instance has a name, that of all else has none.
const deletedState = `<state>deleted</state>|<name>terminated</name>`

// queryVersions are the versions of the interfaces of query services.
var queryVersions = map[string]string{
	"autoscaling":          "2011-01-01",
	"ec2":                  "2016-11-15",
	"elasticloadbalancing": "2015-12-01",
	"iam":                  "2010-05-08",
	"monitoring":           "2010-08-01",
	"rds":                  "2014-10-31",
	"sns":                  "2010-03-31",
}

var (
	zones = listing{service: "route53", call: "/2013-04-01/hostedzone", id: `<Id>/hostedzone/([^<]+)`}
	keys  = listing{service: "kms", call: "TrentService.ListKeys", body: `{"Limit":1000}`, id: `"KeyId": ?"([^"]+)`}
	// moto leaves automatic snapshots, which AWS deletes with their cluster.
	snapshots = listing{service: "rds", call: "DescribeDBClusterSnapshots", id: `<DBClusterSnapshotIdentifier>([^<:]+)<`}
	groups    = listing{kind: "scaling group", service: "autoscaling", call: "DescribeAutoScalingGroups", id: `<AutoScalingGroupName>([^<]+)`}
)

// pendingDeletion is said of a key in its waiting time.
const pendingDeletion = `"KeyState": ?"PendingDeletion"`

// listings of the kinds that the program makes, and of those that AWS makes for them and does not take away with them.
// moto's own listing has what was deleted too, and fails after a deployment. Network interfaces are not among them:
// services make them, and moto leaves those of NAT gateways and mount targets.
var listings = []listing{
	{kind: "VPC", service: "ec2", call: "DescribeVpcs", id: `<vpcId>([^<]+)`},
	{kind: "subnet", service: "ec2", call: "DescribeSubnets", id: `<subnetId>([^<]+)`},
	{kind: "route table", service: "ec2", call: "DescribeRouteTables", id: `<routeTableId>([^<]+)`},
	{kind: "internet gateway", service: "ec2", call: "DescribeInternetGateways", id: `<internetGatewayId>([^<]+)`},
	{kind: "NAT gateway", service: "ec2", call: "DescribeNatGateways", id: `<natGatewayId>([^<]+)`},
	{kind: "address", service: "ec2", call: "DescribeAddresses", id: `<allocationId>([^<]+)`},
	{kind: "security group", service: "ec2", call: "DescribeSecurityGroups", id: `:security-group/([^<]+)`},
	{kind: "security group rule", service: "ec2", call: "DescribeSecurityGroupRules", id: `<securityGroupRuleId>([^<]+)`},
	{kind: "flow log", service: "ec2", call: "DescribeFlowLogs", id: `<flowLogId>([^<]+)`},
	{kind: "VPC endpoint", service: "ec2", call: "DescribeVpcEndpoints", id: `<vpcEndpointId>([^<]+)`},
	{kind: "transit attachment", service: "ec2", call: "DescribeTransitGatewayVpcAttachments", id: `<transitGatewayAttachmentId>([^<]+)`},
	{kind: "launch template", service: "ec2", call: "DescribeLaunchTemplates", id: `<launchTemplateId>([^<]+)`},
	{kind: "instance", service: "ec2", call: "DescribeInstances", id: `<instanceId>([^<]+)`},
	// What is attached is its instance's, and goes with it. moto makes two root volumes from a template that names one, and
	// leaves its own to the terminated instance.
	{kind: "volume", service: "ec2", call: "DescribeVolumes", id: `</volumeType><volumeId>([^<]+)`, gone: `<status>attached</status>`},
	groups,
	{kind: "scaling policy", service: "autoscaling", call: "DescribePolicies", id: `<PolicyARN>([^<]+)`},
	{kind: "scaling schedule", service: "autoscaling", call: "DescribeScheduledActions", id: `<ScheduledActionName>([^<]+)`},
	{
		kind: "lifecycle hook", service: "autoscaling", call: "DescribeLifecycleHooks&AutoScalingGroupName={of}",
		id: `<LifecycleHookName>([^<]+)`, of: &groups,
	},
	{kind: "load balancer", service: "elasticloadbalancing", call: "DescribeLoadBalancers", id: `<LoadBalancerArn>([^<]+)`},
	{kind: "target group", service: "elasticloadbalancing", call: "DescribeTargetGroups", id: `<TargetGroupArn>([^<]+)`},
	{kind: "database cluster", service: "rds", call: "DescribeDBClusters", id: `<DBClusterIdentifier>([^<]+)`},
	{kind: "global database", service: "rds", call: "DescribeGlobalClusters", id: `<GlobalClusterIdentifier>([^<]+)`},
	{kind: "database instance", service: "rds", call: "DescribeDBInstances", id: `<DBInstanceIdentifier>([^<]+)`},
	{kind: "database subnet group", service: "rds", call: "DescribeDBSubnetGroups", id: `<DBSubnetGroupName>([^<]+)`},
	{kind: "cluster parameter group", service: "rds", call: "DescribeDBClusterParameterGroups", id: `<DBClusterParameterGroupName>([^<]+)`},
	{
		kind: "database parameter group", service: "rds", call: "DescribeDBParameterGroups",
		id: `<DBParameterGroupName>([^<]+)`, gone: `Name>default\.`, // AWS's own, which come with the first instance
	},
	{kind: "database event subscription", service: "rds", call: "DescribeEventSubscriptions", id: `<CustSubscriptionId>([^<]+)`},
	{kind: "role", service: "iam", call: "ListRoles", id: `<RoleName>([^<]+)`},
	{kind: "instance profile", service: "iam", call: "ListInstanceProfiles", id: `<InstanceProfileName>([^<]+)`},
	{kind: "alarm", service: "monitoring", call: "DescribeAlarms", id: `<AlarmArn>([^<]+)`},
	{kind: "topic", service: "sns", call: "ListTopics", id: `<TopicArn>([^<]+)`},
	{kind: "topic subscription", service: "sns", call: "ListSubscriptions", id: `<SubscriptionArn>([^<]+)`},
	{kind: "bucket", service: "s3", call: "/", id: `<Bucket>.*?<Name>([^<]+)`},
	{kind: "log group", service: "logs", call: "Logs_20140328.DescribeLogGroups", id: `"logGroupName": ?"([^"]+)`},
	{kind: "log policy", service: "logs", call: "Logs_20140328.DescribeResourcePolicies", id: `"policyName": ?"([^"]+)`},
	{kind: "certificate", service: "acm", call: "CertificateManager.ListCertificates", id: `"CertificateArn": ?"([^"]+)`},
	{kind: "secret", service: "secretsmanager", call: "secretsmanager.ListSecrets", id: `"ARN": ?"([^"]+)`},
	{
		kind: "key", service: "kms", call: "TrentService.DescribeKey", body: `{"KeyId":"{of}"}`,
		id: `"KeyId": ?"([^"]+)`, gone: pendingDeletion + `|"KeyManager": ?"AWS"`, of: &keys,
	},
	{kind: "key alias", service: "kms", call: "TrentService.ListAliases", id: `"AliasName": ?"([^"]+)`},
	{kind: "file system", service: "elasticfilesystem", call: "/2015-02-01/file-systems", id: `"FileSystemId": ?"([^"]+)`},
	{kind: "broker", service: "mq", call: "/v1/brokers", id: `"brokerId": ?"([^"]+)`},
	{kind: "search domain", service: "es", call: "/2021-01-01/domain", id: `"DomainName": ?"([^"]+)`},
	{
		kind: "record", service: "route53", call: "/2013-04-01/hostedzone/{of}/rrset",
		id: `<ResourceRecordSet>\s*<Name>([^<]+)</Name>\s*<Type>([^<]+)`, of: &zones,
	},
	{kind: "zone association", service: "route53", call: "/2013-04-01/hostedzone/{of}", id: `<VPCId>([^<]+)`, of: &zones},
}

// thing is one item of a list, and what the answer says of it.
type thing struct{ id, text string }

// inventory is what moto holds, as "kind id".
func (s *Server) inventory(ctx context.Context) (map[string]bool, error) {
	found := map[string]bool{}
	for _, l := range listings {
		things, err := s.list(ctx, l)
		if err != nil {
			return nil, err
		}
		for _, id := range l.present(things) {
			found[l.kind+" "+id] = true
		}
	}
	return found, nil
}

// present leaves out what is told of as deleted: NAT gateways stay in the answer for a while, as in AWS, and others too.
func (l listing) present(things []thing) []string {
	gone := regexp.MustCompile(cmp.Or(l.gone, deletedState))
	var ids []string
	for _, t := range things {
		if !gone.MatchString(t.text) {
			ids = append(ids, t.id)
		}
	}
	return ids
}

// things in an answer: each reaches to the next.
func (l listing) things(answer string) []thing {
	var things []thing
	matches := regexp.MustCompile(l.id).FindAllStringSubmatchIndex(answer, -1)
	for i, at := range matches {
		end := len(answer)
		if i+1 < len(matches) {
			end = matches[i+1][0]
		}
		var id []string
		for g := 2; g < len(at); g += 2 {
			id = append(id, answer[at[g]:at[g+1]])
		}
		things = append(things, thing{strings.Join(id, " "), answer[at[0]:end]})
	}
	return things
}

// more stands in an answer that is not the last: what is not read could be left.
var more = regexp.MustCompile(`<(NextToken|nextToken|Marker|NextMarker)>[^<]|"[nN]ext(Token|Marker)": ?"[^"]|<IsTruncated>true|"Truncated": ?true`)

// list is what moto tells of a kind, deleted or not.
func (s *Server) list(ctx context.Context, l listing) ([]thing, error) {
	if l.of == nil {
		return s.ask(ctx, l)
	}
	parents, err := s.list(ctx, *l.of)
	if err != nil {
		return nil, err
	}
	var all []thing
	for _, parent := range parents {
		one := l
		one.call, one.body = strings.ReplaceAll(l.call, "{of}", parent.id), strings.ReplaceAll(l.body, "{of}", parent.id)
		things, err := s.ask(ctx, one)
		if err != nil {
			return nil, err
		}
		for _, t := range things {
			if t.id != parent.id {
				t.id = parent.id + " " + t.id
			}
			all = append(all, t)
		}
	}
	return all, nil
}

// ask makes the call of a listing.
func (s *Server) ask(ctx context.Context, l listing) ([]thing, error) {
	call := l.call
	if strings.HasPrefix(call, "/") {
		call = http.MethodGet + " " + call
	}
	answer, err := s.send(ctx, l.service, call, l.body)
	if err == nil && more.MatchString(answer) {
		err = errors.New("the answer is only a part")
	}
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", l.service, l.call, err)
	}
	return l.things(answer), nil
}

// send makes a call past the layer: "Operation" of a query service, with its parameters, "Target.Operation" of a JSON
// service, or "METHOD /path" of a REST service.
func (s *Server) send(ctx context.Context, service, call, body string) (string, error) {
	method, path := http.MethodPost, ""
	var header http.Header
	switch version := queryVersions[service]; {
	case version != "":
		header = http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
		// IAM gives a hundred of each, unless asked for more.
		body = "Action=" + call + "&Version=" + version + "&MaxItems=1000&" + body
	case strings.Contains(call, " "):
		method, path, _ = strings.Cut(call, " ")
		header = http.Header{} // moto takes a content type for another protocol
	default:
		header = http.Header{"Content-Type": {"application/x-amz-json-1.1"}, "X-Amz-Target": {call}}
		body = cmp.Or(body, "{}")
	}
	answer, err := s.call(ctx, method, path, service, header, body)
	return string(answer), err
}

// Leftovers are what moto has now and had not before the first deployment.
func (s *Server) Leftovers() ([]string, error) {
	now, err := s.inventory(context.Background())
	if err != nil {
		return nil, err
	}
	var left []string
	for item := range now {
		if !s.before[item] {
			left = append(left, item)
		}
	}
	slices.Sort(left)
	return left, nil
}

// Kept are keys in their waiting time and final snapshots.
func (s *Server) Kept() []string {
	var kept []string
	keep := func(l listing, format string, pattern string) {
		things, err := s.list(context.Background(), l)
		if err != nil {
			kept = append(kept, "what moto does not say: "+err.Error())
		}
		for _, t := range things {
			if regexp.MustCompile(pattern).MatchString(t.text) {
				kept = append(kept, fmt.Sprintf(format, t.id))
			}
		}
	}
	keep(listingOf("key"), "KMS key %s (pending deletion)", pendingDeletion)
	keep(snapshots, "database snapshot %s", "")
	slices.Sort(kept)
	return kept
}

// listingOf a kind.
func listingOf(kind string) listing {
	return listings[slices.IndexFunc(listings, func(l listing) bool { return l.kind == kind })]
}
