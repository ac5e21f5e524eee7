package moto

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// listing is a call that lists what an account has of one kind.
type listing struct {
	kind, service string
	// action of a query service, target of a JSON service, or path of a REST service.
	action, target, path string
	version              string // of a query service
	id                   string // pattern of what stands once in the answer for each; its first group is the id
}

const (
	ec2Version = "2016-11-15"
	rdsVersion = "2014-10-31"
	elbVersion = "2015-12-01"
)

// listings of the kinds that the program makes. moto's own listing has what was deleted too, and fails after a deployment.
// Network interfaces are not among them: services make them, and moto leaves those of NAT gateways and mount targets.
var listings = []listing{
	{kind: "VPC", service: "ec2", version: ec2Version, action: "DescribeVpcs", id: `<vpcId>([^<]+)`},
	{kind: "subnet", service: "ec2", version: ec2Version, action: "DescribeSubnets", id: `<subnetId>([^<]+)`},
	{kind: "route table", service: "ec2", version: ec2Version, action: "DescribeRouteTables", id: `<item>\s*<routeTableId>([^<]+)`},
	{kind: "internet gateway", service: "ec2", version: ec2Version, action: "DescribeInternetGateways", id: `<internetGatewayId>([^<]+)`},
	{kind: "NAT gateway", service: "ec2", version: ec2Version, action: "DescribeNatGateways", id: `<natGatewayId>([^<]+)`},
	{kind: "address", service: "ec2", version: ec2Version, action: "DescribeAddresses", id: `<allocationId>([^<]+)`},
	{kind: "security group", service: "ec2", version: ec2Version, action: "DescribeSecurityGroups", id: `<groupName>([^<]+)`},
	{kind: "flow log", service: "ec2", version: ec2Version, action: "DescribeFlowLogs", id: `<flowLogId>([^<]+)`},
	{kind: "VPC endpoint", service: "ec2", version: ec2Version, action: "DescribeVpcEndpoints", id: `<vpcEndpointId>([^<]+)`},
	{kind: "launch template", service: "ec2", version: ec2Version, action: "DescribeLaunchTemplates", id: `<launchTemplateId>([^<]+)`},
	{kind: "database cluster", service: "rds", version: rdsVersion, action: "DescribeDBClusters", id: `<DBClusterIdentifier>([^<]+)`},
	{kind: "database instance", service: "rds", version: rdsVersion, action: "DescribeDBInstances", id: `<DBInstanceIdentifier>([^<]+)`},
	{kind: "database subnet group", service: "rds", version: rdsVersion, action: "DescribeDBSubnetGroups", id: `<DBSubnetGroupName>([^<]+)`},
	{kind: "database parameter group", service: "rds", version: rdsVersion, action: "DescribeDBClusterParameterGroups", id: `<DBClusterParameterGroupName>([^<]+)`},
	{kind: "role", service: "iam", version: "2010-05-08", action: "ListRoles", id: `<RoleName>([^<]+)`},
	{kind: "instance profile", service: "iam", version: "2010-05-08", action: "ListInstanceProfiles", id: `<InstanceProfileName>([^<]+)`},
	{kind: "load balancer", service: "elasticloadbalancing", version: elbVersion, action: "DescribeLoadBalancers", id: `<LoadBalancerArn>([^<]+)`},
	{kind: "target group", service: "elasticloadbalancing", version: elbVersion, action: "DescribeTargetGroups", id: `<TargetGroupArn>([^<]+)`},
	{kind: "scaling group", service: "autoscaling", version: "2011-01-01", action: "DescribeAutoScalingGroups", id: `<AutoScalingGroupARN>([^<]+)`},
	{kind: "log group", service: "logs", target: "Logs_20140328.DescribeLogGroups", id: `"logGroupName": ?"([^"]+)`},
	{kind: "log policy", service: "logs", target: "Logs_20140328.DescribeResourcePolicies", id: `"policyName": ?"([^"]+)`},
	{kind: "certificate", service: "acm", target: "CertificateManager.ListCertificates", id: `"CertificateArn": ?"([^"]+)`},
	{kind: "secret", service: "secretsmanager", target: "secretsmanager.ListSecrets", id: `"ARN": ?"([^"]+)`},
	{kind: "key alias", service: "kms", target: "TrentService.ListAliases", id: `"AliasName": ?"([^"]+)`},
	{kind: "file system", service: "elasticfilesystem", path: "/2015-02-01/file-systems", id: `"FileSystemId": ?"([^"]+)`},
	{kind: "broker", service: "mq", path: "/v1/brokers", id: `"brokerId": ?"([^"]+)`},
	{kind: "search domain", service: "es", path: "/2021-01-01/domain", id: `"DomainName": ?"([^"]+)`},
}

// inventory is what moto holds, as "kind id". Deleted NAT gateways stay in the answer for a while, as in AWS, and deleted
// VPC endpoints too.
func (s *Server) inventory(ctx context.Context) (map[string]bool, error) {
	found := map[string]bool{}
	for _, l := range listings {
		answer, err := s.list(ctx, l)
		if err != nil {
			return nil, fmt.Errorf("list each %s: %w", l.kind, err)
		}
		for _, id := range l.ids(answer) {
			found[l.kind+" "+id] = true
		}
	}
	keys, err := s.keys(ctx)
	if err != nil {
		return nil, fmt.Errorf("list each key: %w", err)
	}
	for id, pending := range keys {
		if !pending {
			found["key "+id] = true
		}
	}
	return found, nil
}

// ids in an answer, without what is told of as deleted before the next id.
func (l listing) ids(answer string) []string {
	var ids []string
	matches := regexp.MustCompile(l.id).FindAllStringSubmatchIndex(answer, -1)
	for i, at := range matches {
		end := len(answer)
		if i+1 < len(matches) {
			end = matches[i+1][0]
		}
		if !strings.Contains(answer[at[0]:end], "<state>deleted</state>") {
			ids = append(ids, answer[at[2]:at[3]])
		}
	}
	return ids
}

func (s *Server) list(ctx context.Context, l listing) (string, error) {
	header := http.Header{"Content-Type": {"application/x-amz-json-1.1"}, "X-Amz-Target": {l.target}}
	method, body := http.MethodPost, "{}"
	switch {
	case l.action != "":
		header = http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
		body = url.Values{"Action": {l.action}, "Version": {l.version}, "MaxItems": {"1000"}}.Encode()
	case l.path != "":
		method, header, body = http.MethodGet, http.Header{}, ""
	}
	answer, err := s.call(ctx, method, l.path, l.service, header, body)
	return string(answer), err
}

// keys says of each key whether it waits for its deletion.
func (s *Server) keys(ctx context.Context) (map[string]bool, error) {
	ask := func(operation, body string, answer any) error {
		header := http.Header{"Content-Type": {"application/x-amz-json-1.1"}, "X-Amz-Target": {"TrentService." + operation}}
		text, err := s.call(ctx, http.MethodPost, "", "kms", header, body)
		return errors.Join(err, json.Unmarshal(text, answer))
	}
	var list struct{ Keys []struct{ KeyID string } }
	if err := ask("ListKeys", `{"Limit":1000}`, &list); err != nil {
		return nil, err
	}
	pending := map[string]bool{}
	for _, key := range list.Keys {
		var described struct {
			KeyMetadata struct{ KeyState, KeyManager string }
		}
		if err := ask("DescribeKey", fmt.Sprintf(`{"KeyId":%q}`, key.KeyID), &described); err != nil {
			return nil, err
		}
		if described.KeyMetadata.KeyManager != "AWS" {
			pending[key.KeyID] = described.KeyMetadata.KeyState == "PendingDeletion"
		}
	}
	return pending, nil
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
	ctx := context.Background()
	var kept []string
	keys, err := s.keys(ctx)
	if err != nil {
		return []string{"what, moto does not say: " + err.Error()}
	}
	for id, pending := range keys {
		if pending {
			kept = append(kept, "KMS key "+id+" (pending deletion)")
		}
	}
	snapshots := listing{service: "rds", version: rdsVersion, action: "DescribeDBClusterSnapshots", id: `<DBClusterSnapshotIdentifier>([^<]+)`}
	answer, err := s.list(ctx, snapshots)
	if err != nil {
		return append(kept, "database snapshots, which moto does not list: "+err.Error())
	}
	for _, id := range snapshots.ids(answer) {
		kept = append(kept, "database snapshot "+id)
	}
	slices.Sort(kept)
	return kept
}
