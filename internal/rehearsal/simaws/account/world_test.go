package account_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
)

const (
	region = "us-east-1"
	other  = "eu-west-1"

	vpc            = "aws:ec2/vpc:Vpc"
	subnet         = "aws:ec2/subnet:Subnet"
	gateway        = "aws:ec2/internetGateway:InternetGateway"
	address        = "aws:ec2/eip:Eip"
	nat            = "aws:ec2/natGateway:NatGateway"
	routeTable     = "aws:ec2/routeTable:RouteTable"
	association    = "aws:ec2/routeTableAssociation:RouteTableAssociation"
	route          = "aws:ec2/route:Route"
	securityGroup  = "aws:ec2/securityGroup:SecurityGroup"
	defaultGroup   = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
	ingress        = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	egress         = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
	key            = "aws:kms/key:Key"
	alias          = "aws:kms/alias:Alias"
	role           = "aws:iam/role:Role"
	rolePolicy     = "aws:iam/rolePolicy:RolePolicy"
	attachment     = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
	profile        = "aws:iam/instanceProfile:InstanceProfile"
	linkedRole     = "aws:iam/serviceLinkedRole:ServiceLinkedRole"
	secret         = "aws:secretsmanager/secret:Secret"
	secretVersion  = "aws:secretsmanager/secretVersion:SecretVersion"
	logGroup       = "aws:cloudwatch/logGroup:LogGroup"
	logPolicy      = "aws:cloudwatch/logResourcePolicy:LogResourcePolicy"
	certificate    = "aws:acm/certificate:Certificate"
	validation     = "aws:acm/certificateValidation:CertificateValidation"
	record         = "aws:route53/record:Record"
	balancer       = "aws:lb/loadBalancer:LoadBalancer"
	targetGroup    = "aws:lb/targetGroup:TargetGroup"
	listener       = "aws:lb/listener:Listener"
	template       = "aws:ec2/launchTemplate:LaunchTemplate"
	group          = "aws:autoscaling/group:Group"
	scaling        = "aws:autoscaling/policy:Policy"
	lifecycleHook  = "aws:autoscaling/lifecycleHook:LifecycleHook"
	schedule       = "aws:autoscaling/schedule:Schedule"
	alarm          = "aws:cloudwatch/metricAlarm:MetricAlarm"
	fileSystem     = "aws:efs/fileSystem:FileSystem"
	mountTarget    = "aws:efs/mountTarget:MountTarget"
	efsPolicy      = "aws:efs/fileSystemPolicy:FileSystemPolicy"
	dbSubnets      = "aws:rds/subnetGroup:SubnetGroup"
	clusterParams  = "aws:rds/clusterParameterGroup:ClusterParameterGroup"
	instanceParams = "aws:rds/parameterGroup:ParameterGroup"
	cluster        = "aws:rds/cluster:Cluster"
	instance       = "aws:rds/clusterInstance:ClusterInstance"
	topic          = "aws:sns/topic:Topic"
	topicPolicy    = "aws:sns/topicPolicy:TopicPolicy"
	subscription   = "aws:sns/topicSubscription:TopicSubscription"
	events         = "aws:rds/eventSubscription:EventSubscription"
	replica        = "aws:efs/replicationConfiguration:ReplicationConfiguration"
	global         = "aws:rds/globalCluster:GlobalCluster"
	broker         = "aws:mq/broker:Broker"
	domain         = "aws:opensearch/domain:Domain"
	endpoint       = "aws:ec2/vpcEndpoint:VpcEndpoint"
	flowLog        = "aws:ec2/flowLog:FlowLog"
	transit        = "aws:ec2transitgateway/vpcAttachment:VpcAttachment"
	zoneInVPC      = "aws:route53/zoneAssociation:ZoneAssociation"
)

type values = account.Values

// valid is a request for each type that AWS accepts in a world. "${name.property}" stands for a property of what the world
// holds under that name.
var valid = map[string]values{
	vpc:           {"cidrBlock": "10.1.0.0/16"},
	subnet:        {"vpcId": "${vpc.id}", "cidrBlock": "10.0.9.0/24", "availabilityZone": "us-east-1d"},
	gateway:       {"vpcId": "${vpc.id}"},
	nat:           {"subnetId": "${subnet-a.id}", "allocationId": "${address.id}"},
	association:   {"routeTableId": "${table.id}", "subnetId": "${subnet-a.id}"},
	route:         {"routeTableId": "${table.id}", "destinationCidrBlock": "0.0.0.0/0", "gatewayId": "${gateway.id}"},
	securityGroup: {"name": "app", "vpcId": "${vpc.id}"},
	ingress:       {"securityGroupId": "${group.id}", "ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "cidrIpv4": "10.0.0.0/16"},
	egress:        {"securityGroupId": "${group.id}", "ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "cidrIpv4": "10.0.0.0/16"},
	endpoint: {
		"vpcId": "${vpc.id}", "serviceName": "com.amazonaws.us-east-1.kms", "vpcEndpointType": "Interface",
		"subnetIds": []any{"${subnet-a.id}", "${subnet-b.id}"}, "securityGroupIds": []any{"${group.id}"}, "privateDnsEnabled": true,
	},
	flowLog:     {"vpcId": "${vpc.id}", "trafficType": "ALL", "logDestination": "${logs.arn}", "iamRoleArn": "${flow-role.arn}"},
	transit:     {"vpcId": "${vpc.id}", "transitGatewayId": simaws.TransitGatewayID, "subnetIds": []any{"${subnet-a.id}", "${subnet-b.id}"}},
	zoneInVPC:   {"zoneId": simaws.PrivateZoneID, "vpcId": "${vpc.id}"},
	key:         {"policy": policy(allow("AWS", "${root}", "kms:*"))},
	alias:       {"name": "alias/app", "targetKeyId": "${key.id}"},
	role:        {"name": "app", "assumeRolePolicy": policy(values{"Effect": "Allow", "Principal": values{"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"})},
	rolePolicy:  {"role": "${role.name}", "name": "read", "policy": policy(values{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "${key.arn}"})},
	attachment:  {"role": "${role.name}", "policyArn": "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"},
	profile:     {"name": "app", "role": "${role.name}"},
	linkedRole:  {"awsServiceName": "backup.amazonaws.com"},
	secret:      {"name": "app", "recoveryWindowInDays": 7, "kmsKeyId": "${key.arn}"},
	logGroup:    {"name": "/app", "kmsKeyId": "${key.arn}"},
	logPolicy:   {"policyName": "app", "policyDocument": policy(values{"Effect": "Allow"})},
	certificate: {"domainName": "new.example.com", "validationMethod": "DNS"},
	validation:  {"certificateArn": "${pending.arn}"},
	record:      {"zoneId": simaws.HostedZoneID, "name": "app.example.com", "type": "A", "ttl": 60, "records": []any{"10.0.0.1"}},
	balancer:    {"name": "app", "subnets": []any{"${subnet-a.id}", "${subnet-b.id}"}, "securityGroups": []any{"${group.id}"}},
	targetGroup: {"name": "app", "port": 443, "protocol": "HTTPS", "vpcId": "${vpc.id}", "healthCheck": values{"protocol": "HTTPS", "path": "/ping"}},
	listener: {
		"loadBalancerArn": "${balancer.arn}", "port": 443, "protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
		"certificateArn": simaws.CertificateARN(region), "defaultActions": []any{values{"type": "forward", "targetGroupArn": "${targets.arn}"}},
	},
	template: {
		"name": "app", "imageId": simaws.ImageID, "instanceType": "m5.xlarge", "iamInstanceProfile": values{"arn": "${profile.arn}"},
		"blockDeviceMappings": []any{values{"deviceName": "/dev/sda1", "ebs": values{"kmsKeyId": "${key.arn}"}}},
		"networkInterfaces":   []any{values{"securityGroups": []any{"${group.id}"}}},
	},
	group: {
		"name": "app", "minSize": 3, "maxSize": 6, "vpcZoneIdentifiers": []any{"${subnet-a.id}", "${subnet-b.id}"},
		"launchTemplate": values{"id": "${template.id}", "version": "1"}, "targetGroupArns": []any{"${targets.arn}"}, "healthCheckType": "ELB", "healthCheckGracePeriod": 300,
	},
	scaling:       {"name": "cpu", "autoscalingGroupName": "${nodes.name}"},
	lifecycleHook: {"name": "launch", "autoscalingGroupName": "${nodes.name}", "lifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING"},
	schedule:      {"scheduledActionName": "day", "autoscalingGroupName": "${nodes.name}", "recurrence": "0 7 * * 1-5", "minSize": 3, "maxSize": 6, "desiredCapacity": -1},
	alarm: {
		"name": "healthy", "comparisonOperator": "LessThanThreshold", "threshold": 3, "evaluationPeriods": 5, "period": 60,
		"namespace": "AWS/ApplicationELB", "metricName": "HealthyHostCount", "statistic": "Minimum",
	},
	fileSystem:     {"creationToken": "app", "encrypted": true, "kmsKeyId": "${key.arn}"},
	mountTarget:    {"fileSystemId": "${files.id}", "subnetId": "${subnet-a.id}", "securityGroups": []any{"${group.id}"}},
	efsPolicy:      {"fileSystemId": "${files.id}", "policy": policy(with(allow("AWS", "*", "*"), values{"Resource": "${files.arn}"}))},
	topic:          {"name": "app", "kmsMasterKeyId": "${key.arn}"},
	topicPolicy:    {"arn": "${topic.arn}", "policy": policy(with(allow("Service", "events.rds.amazonaws.com", "sns:Publish"), values{"Resource": "${topic.arn}"}))},
	subscription:   {"topic": "${topic.arn}", "protocol": "email", "endpoint": "oncall@example.com"},
	events:         {"name": "app", "snsTopic": "${topic.arn}", "sourceType": "db-cluster", "eventCategories": []any{"failure", "maintenance"}},
	replica:        {"sourceFileSystemId": "${files.id}", "destination": values{"region": other}},
	global:         {"globalClusterIdentifier": "world", "sourceDbClusterIdentifier": "${own-password.arn}"},
	dbSubnets:      {"name": "app", "subnetIds": []any{"${subnet-a.id}", "${subnet-b.id}"}},
	clusterParams:  {"name": "app", "family": "aurora-mysql8.0", "parameters": []any{values{"name": "require_secure_transport", "value": "ON"}}},
	instanceParams: {"name": "app", "family": "aurora-mysql8.0", "parameters": []any{values{"name": "max_connections", "value": "1000"}}},
	cluster: {
		"clusterIdentifier": "app", "engine": "aurora-mysql", "engineVersion": "8.0.mysql_aurora.3.10.4", "masterUsername": "root",
		"manageMasterUserPassword": true, "dbSubnetGroupName": "${db-subnets.name}", "dbClusterParameterGroupName": "${cluster-params.name}",
		"vpcSecurityGroupIds": []any{"${group.id}"}, "storageEncrypted": true, "kmsKeyId": "${key.arn}", "backupRetentionPeriod": 7,
		"preferredBackupWindow": "03:00-04:00", "preferredMaintenanceWindow": "sun:05:00-sun:06:00", "finalSnapshotIdentifier": "app-final",
	},
	instance: {
		"identifier": "app-1", "clusterIdentifier": "${database.id}", "engine": "aurora-mysql", "instanceClass": "db.r5.xlarge",
		"dbSubnetGroupName": "${db-subnets.name}", "availabilityZone": "us-east-1a",
	},
	broker: {
		"brokerName": "app", "engineType": "RabbitMQ", "engineVersion": "3.13", "hostInstanceType": "mq.m5.large", "autoMinorVersionUpgrade": true,
		"deploymentMode": "CLUSTER_MULTI_AZ", "subnetIds": []any{"${subnet-a.id}", "${subnet-b.id}", "${subnet-c.id}"},
		"securityGroups": []any{"${group.id}"}, "logs": values{"general": true},
		"users": []any{values{"username": "morpheus", "password": "aB3dEfGh1jKl"}},
	},
	domain: {
		"domainName": "app", "engineVersion": "OpenSearch_2.19",
		"clusterConfig": values{
			"instanceType": "r6g.large.search", "instanceCount": 3, "zoneAwarenessEnabled": true,
			"zoneAwarenessConfig":    values{"availabilityZoneCount": 3},
			"dedicatedMasterEnabled": true, "dedicatedMasterCount": 3,
		},
		"vpcOptions":            values{"subnetIds": []any{"${subnet-a.id}", "${subnet-b.id}", "${subnet-c.id}"}, "securityGroupIds": []any{"${group.id}"}},
		"encryptAtRest":         values{"enabled": true, "kmsKeyId": "${key.arn}"},
		"nodeToNodeEncryption":  values{"enabled": true},
		"domainEndpointOptions": values{"enforceHttps": true},
		"ebsOptions":            values{"ebsEnabled": true, "volumeSize": 100, "volumeType": "gp3"},
		"autoTuneOptions":       values{"desiredState": "ENABLED"},
		"advancedSecurityOptions": values{
			"enabled": true, "internalUserDatabaseEnabled": true,
			"masterUserOptions": values{"masterUserName": "morpheus", "masterUserPassword": "aB3-dEfGh1jKl"},
		},
		"accessPolicies":       policy(allow("AWS", "*", "es:ESHttp*")),
		"logPublishingOptions": []any{values{"logType": "ES_APPLICATION_LOGS", "cloudwatchLogGroupArn": "${logs.arn}"}},
	},
}

// world is an account with one of everything that others refer to, all of it accepted.
type world struct {
	t       *testing.T
	account *account.Account
	made    map[string]account.Answer
	tokens  map[string]string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t, simaws.NewAccount(simaws.Options{Fresh: true}), map[string]account.Answer{}, map[string]string{}}
	w.need("scaling-role", linkedRole, values{"awsServiceName": "autoscaling.amazonaws.com"})
	w.need("search-role", linkedRole, values{"awsServiceName": "opensearchservice.amazonaws.com"})
	w.need("vpc", vpc, values{"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": true})
	w.need("gateway", gateway, values{"vpcId": "${vpc.id}"})
	for i, zone := range []string{"a", "b", "c"} {
		w.need("subnet-"+zone, subnet, values{"vpcId": "${vpc.id}", "cidrBlock": fmt.Sprintf("10.0.%d.0/24", i), "availabilityZone": region + zone})
	}
	w.need("subnet-a2", subnet, values{"vpcId": "${vpc.id}", "cidrBlock": "10.0.4.0/24", "availabilityZone": region + "a"})
	w.need("bare", vpc, values{"cidrBlock": "10.9.0.0/16"}) // without a gateway
	w.need("bare-a", subnet, values{"vpcId": "${bare.id}", "cidrBlock": "10.9.0.0/24", "availabilityZone": region + "a"})
	w.need("bare-b", subnet, values{"vpcId": "${bare.id}", "cidrBlock": "10.9.1.0/24", "availabilityZone": region + "b"})
	w.need("table", routeTable, values{"vpcId": "${vpc.id}"})
	w.need("address", address, values{"domain": "vpc"})
	w.need("group", securityGroup, values{"name": "nodes", "vpcId": "${vpc.id}"})

	scalingRole := "arn:aws:iam::${account}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
	w.need("key", key, values{"policy": policy(
		allow("AWS", "${root}", "kms:*"),
		allow("Service", "events.rds.amazonaws.com", "kms:Decrypt", "kms:GenerateDataKey*"),
		allow("AWS", scalingRole, "kms:Decrypt", "kms:GenerateDataKey*"), allow("AWS", scalingRole, "kms:CreateGrant"),
		with(allow("Service", "logs."+region+".amazonaws.com", "kms:Encrypt*", "kms:Decrypt*"), values{
			"Condition": values{"ArnLike": values{"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:" + region + ":${account}:log-group:/*"}},
		}),
	)})
	w.need("plain-key", key, values{"policy": policy(allow("AWS", "${root}", "kms:*"))})
	w.need("role", role, with(valid[role], values{"name": "node"}))
	w.need("flow-role", role, values{"name": "flow", "assumeRolePolicy": policy(
		values{"Effect": "Allow", "Principal": values{"Service": "vpc-flow-logs.amazonaws.com"}, "Action": "sts:AssumeRole"},
	)})
	w.need("profile", profile, values{"name": "node", "role": "${role.name}"})
	w.need("logs", logGroup, values{"name": "/search", "kmsKeyId": "${key.arn}"})
	w.need("log-policy", logPolicy, values{"policyName": "search", "policyDocument": policy(
		with(allow("Service", "es.amazonaws.com", "logs:PutLogEvents", "logs:CreateLogStream"), values{"Resource": "${logs.arn}:*"}),
	)})
	w.need("pending", certificate, values{"domainName": "old.example.com", "validationMethod": "DNS"})
	w.need("pending-record", record, values{
		"zoneId": simaws.HostedZoneID, "name": "${pending.domainValidationOptions.0.resourceRecordName}", "type": "CNAME", "ttl": 60, "records": []any{"x"},
	})
	w.need("files", fileSystem, values{"creationToken": "files", "encrypted": true, "kmsKeyId": "${key.arn}"})
	w.need("db-subnets", dbSubnets, with(valid[dbSubnets], values{"name": "data"}))
	w.need("cluster-params", clusterParams, with(valid[clusterParams], values{"name": "data"}))
	w.need("audited", clusterParams, values{"name": "audited", "family": "aurora-mysql8.0", "parameters": []any{
		values{"name": "server_audit_logging", "value": "1"}, values{"name": "server_audit_events", "value": "CONNECT"},
	}})
	w.need("database", cluster, with(valid[cluster], values{"clusterIdentifier": "data", "finalSnapshotIdentifier": "data-final"}))
	w.buckets()
	w.need("own-password", cluster, with(valid[cluster], values{
		"clusterIdentifier": "own-password", "manageMasterUserPassword": nil, "masterPassword": "aB3dEfGh1jKl",
	}))
	w.need("topic", topic, with(valid[topic], values{"name": "told"}))
	w.need("balancer", balancer, with(valid[balancer], values{"name": "public"}))
	w.need("targets", targetGroup, with(valid[targetGroup], values{"name": "nodes"}))
	w.need("listener", listener, valid[listener])
	w.need("template", template, with(valid[template], values{"name": "nodes"}))
	w.need("nodes", group, with(valid[group], values{"name": "nodes"}))
	return w
}

// create asks for a resource in the world's region.
func (w *world) create(token string, inputs values) (account.Answer, error) {
	return w.account.Create(account.Request{Region: region, Token: token, Inputs: w.resolve(inputs)})
}

func (w *world) update(token, id string, inputs values) (account.Answer, error) {
	return w.account.Update(account.Request{Region: region, Token: token, ID: id, Inputs: w.resolve(inputs)})
}

func (w *world) delete(token, id string) error {
	return w.account.Delete(account.Request{Region: region, Token: token, ID: id})
}

// need creates what must be accepted, and remembers it under a name.
func (w *world) need(name, token string, inputs values) account.Answer {
	w.t.Helper()
	answer, err := w.create(token, inputs)
	require.NoError(w.t, err, "the world needs a valid %s", name)
	w.made[name], w.tokens[name] = answer, token
	return answer
}

// remove deletes what the world holds under a name.
func (w *world) remove(name string) {
	w.t.Helper()
	require.NoError(w.t, w.delete(w.tokens[name], w.made[name].ID), "the world must let %s go", name)
}

var reference = regexp.MustCompile(`\$\{([^}]+)\}`)

// resolve fills references in, and makes numbers what JSON makes of them.
func (w *world) resolve(inputs values) values {
	w.t.Helper()
	text, err := json.Marshal(inputs)
	require.NoError(w.t, err)
	filled := reference.ReplaceAllStringFunc(string(text), func(found string) string {
		return w.lookUp(found[2 : len(found)-1])
	})
	var out values
	require.NoError(w.t, json.Unmarshal([]byte(filled), &out))
	return out
}

func (w *world) lookUp(path string) string {
	w.t.Helper()
	switch path {
	case "account":
		return simaws.AccountID
	case "web-acl":
		return simaws.WebACLARN(region)
	case "root":
		return "arn:aws:iam::" + simaws.AccountID + ":root"
	}
	name, rest, _ := strings.Cut(path, ".")
	made, ok := w.made[name]
	require.True(w.t, ok, "the world has no %s", name)
	if rest == "id" {
		return made.ID
	}
	var v any = made.State
	for step := range strings.SplitSeq(rest, ".") {
		if i, err := strconv.Atoi(step); err == nil {
			v = v.([]any)[i]
		} else {
			v = v.(values)[step]
		}
	}
	return v.(string)
}

// with returns base with changes on top. A key such as "clusterConfig.instanceCount" changes one field, nil takes a
// property away.
func with(base, changes values) values {
	out := maps.Clone(base)
	if out == nil {
		out = values{}
	}
	for path, v := range changes {
		head, rest, nested := strings.Cut(path, ".")
		switch inner, _ := out[head].(values); {
		case nested:
			out[head] = with(inner, values{rest: v})
		case v == nil:
			delete(out, head)
		default:
			out[head] = v
		}
	}
	return out
}

func allow(kind, principal string, actions ...string) values {
	return values{"Effect": "Allow", "Principal": values{kind: principal}, "Action": actions, "Resource": "*"}
}

func policy(statements ...values) string {
	text, err := json.Marshal(values{"Version": "2012-10-17", "Statement": statements})
	if err != nil {
		panic(err)
	}
	return string(text)
}

func base64Of(n int) string { return base64.StdEncoding.EncodeToString(make([]byte, n)) }
