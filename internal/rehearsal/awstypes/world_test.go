package awstypes_test

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

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
)

const (
	region = "us-east-1"
	other  = "eu-west-1"
)

type values = awstypes.Values

// example is a request for a type that AWS accepts in the world.
func example(token string) values { return awstypes.Of(token).Example }

// world is an account with valid resources for all references.
type world struct {
	t       *testing.T
	account *account.Account
	made    map[string]account.Answer
	tokens  map[string]string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t, simaws.NewAccount(simaws.Options{Fresh: true}), map[string]account.Answer{}, map[string]string{}}
	w.need("scaling-role", awstoken.IAMServiceLinkedRole, values{"awsServiceName": "autoscaling.amazonaws.com"})
	w.need("search-role", awstoken.IAMServiceLinkedRole, values{"awsServiceName": "opensearchservice.amazonaws.com"})
	w.need("vpc", awstoken.EC2VPC, values{"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": true})
	w.need("gateway", awstoken.EC2InternetGateway, values{"vpcId": "${vpc.id}"})
	for i, zone := range []string{"a", "b", "c"} {
		w.need(
			"subnet-"+zone,
			awstoken.EC2Subnet,
			values{
				"vpcId":            "${vpc.id}",
				"cidrBlock":        fmt.Sprintf("10.0.%d.0/24", i),
				"availabilityZone": region + zone,
			},
		)
	}
	w.need("subnet-a2", awstoken.EC2Subnet,
		values{"vpcId": "${vpc.id}", "cidrBlock": "10.0.4.0/24", "availabilityZone": region + "a"})
	w.need("bare", awstoken.EC2VPC, values{"cidrBlock": "10.9.0.0/16"}) // without a gateway
	w.need("bare-a", awstoken.EC2Subnet,
		values{"vpcId": "${bare.id}", "cidrBlock": "10.9.0.0/24", "availabilityZone": region + "a"})
	w.need("bare-b", awstoken.EC2Subnet,
		values{"vpcId": "${bare.id}", "cidrBlock": "10.9.1.0/24", "availabilityZone": region + "b"})
	w.need("table", awstoken.EC2RouteTable, values{"vpcId": "${vpc.id}"})
	w.need("address", awstoken.EC2ElasticIP, values{"domain": "vpc"})
	w.need("group", awstoken.EC2SecurityGroup, values{"name": "nodes", "vpcId": "${vpc.id}"})

	scalingRole := "arn:aws:iam::${account}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
	w.need("key", awstoken.KMSKey, values{"policy": policy(
		allow("AWS", "${root}", "kms:*"),
		allow("Service", "events.rds.amazonaws.com", "kms:Decrypt", "kms:GenerateDataKey*"),
		allow("Service", "cloudwatch.amazonaws.com", "kms:Decrypt", "kms:GenerateDataKey*"),
		allow("Service", "backup.amazonaws.com", "kms:Decrypt", "kms:GenerateDataKey*"),
		allow("Service", "budgets.amazonaws.com", "kms:Decrypt", "kms:GenerateDataKey*"),
		allow("Service", "costalerts.amazonaws.com", "kms:Decrypt", "kms:GenerateDataKey*"),
		allow("AWS", scalingRole, "kms:Decrypt", "kms:GenerateDataKey*"), allow("AWS", scalingRole, "kms:CreateGrant"),
		with(allow("Service", "logs."+region+".amazonaws.com", "kms:Encrypt*", "kms:Decrypt*"), values{
			"Condition": values{
				"ArnLike": values{
					"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:" + region + ":${account}:log-group:/*",
				},
			},
		}),
	)})
	w.need("plain-key", awstoken.KMSKey, values{"policy": policy(allow("AWS", "${root}", "kms:*"))})
	w.need("role", awstoken.IAMRole, with(example(awstoken.IAMRole), values{"name": "node"}))
	w.need("flow-role", awstoken.IAMRole, values{"name": "flow", "assumeRolePolicy": policy(
		values{
			"Effect":    "Allow",
			"Principal": values{"Service": "vpc-flow-logs.amazonaws.com"},
			"Action":    "sts:AssumeRole",
		},
	)})
	w.need("profile", awstoken.IAMInstanceProfile, values{"name": "node", "role": "${role.name}"})
	w.need("logs", awstoken.LogGroup, values{"name": "/search", "kmsKeyId": "${key.arn}"})
	w.need("log-policy", awstoken.LogResourcePolicy, values{"policyName": "search", "policyDocument": policy(
		with(allow("Service", "es.amazonaws.com", "logs:PutLogEvents", "logs:CreateLogStream"),
			values{"Resource": "${logs.arn}:*"}),
	)})
	w.need("pending", awstoken.ACMCertificate, values{"domainName": "old.example.com", "validationMethod": "DNS"})
	w.need("pending-record", awstoken.Route53Record, values{
		"zoneId": simaws.HostedZoneID, "name": "${pending.domainValidationOptions.0.resourceRecordName}",
		"type": "CNAME", "ttl": 60, "records": []any{"x"},
	})
	w.need("files", awstoken.EFSFileSystem,
		values{"creationToken": "files", "encrypted": true, "kmsKeyId": "${key.arn}"})
	w.need("db-subnets", awstoken.RDSSubnetGroup, with(example(awstoken.RDSSubnetGroup), values{"name": "data"}))
	w.need("cluster-params", awstoken.RDSClusterParameterGroup,
		with(example(awstoken.RDSClusterParameterGroup), values{"name": "data"}))
	w.need(
		"audited",
		awstoken.RDSClusterParameterGroup,
		values{"name": "audited", "family": "aurora-mysql8.0", "parameters": []any{
			values{
				"name":  "server_audit_logging",
				"value": "1",
			}, values{"name": "server_audit_events", "value": "CONNECT"},
		}},
	)
	w.need(
		"database",
		awstoken.RDSCluster,
		with(example(awstoken.RDSCluster),
			values{"clusterIdentifier": "data", "finalSnapshotIdentifier": "data-final"}),
	)
	w.buckets()
	w.need("own-password", awstoken.RDSCluster, with(example(awstoken.RDSCluster), values{
		"clusterIdentifier": "own-password", "manageMasterUserPassword": nil, "masterPassword": "aB3dEfGh1jKl",
	}))
	w.need("topic", awstoken.SNSTopic, with(example(awstoken.SNSTopic), values{"name": "told"}))
	w.need("alarms", awstoken.SNSTopic, with(example(awstoken.SNSTopic), values{"name": "alarms"}))
	w.need("alarms-policy", awstoken.SNSTopicPolicy, values{"arn": "${alarms.arn}", "policy": policy(
		with(allow("Service", "cloudwatch.amazonaws.com", "sns:Publish"), values{"Resource": "${alarms.arn}"}),
	)})
	w.need("costs", awstoken.SNSTopic,
		with(example(awstoken.SNSTopic), values{"name": "costs", "tags": values{"Stack": "prod"}}))
	w.need("costs-policy", awstoken.SNSTopicPolicy, values{"arn": "${costs.arn}", "policy": policy(
		with(allow("Service", "budgets.amazonaws.com", "sns:Publish"), values{"Resource": "${costs.arn}"}),
		with(allow("Service", "costalerts.amazonaws.com", "sns:Publish"), values{"Resource": "${costs.arn}"}),
	)})
	w.need("anomalies", awstoken.CostAnomalyMonitor, with(example(awstoken.CostAnomalyMonitor), values{"name": "anomalies"}))
	w.need("balancer", awstoken.LBLoadBalancer, with(example(awstoken.LBLoadBalancer), values{"name": "public"}))
	w.need("targets", awstoken.LBTargetGroup, with(example(awstoken.LBTargetGroup), values{"name": "nodes"}))
	w.need("listener", awstoken.LBListener, example(awstoken.LBListener))
	w.need("template", awstoken.EC2LaunchTemplate, with(example(awstoken.EC2LaunchTemplate), values{"name": "nodes"}))
	w.need("stored", awstoken.SecretsManagerSecret, values{"name": "stored"})
	w.backups()
	w.need("nodes", awstoken.AutoScalingGroup, with(example(awstoken.AutoScalingGroup), values{
		"name": "nodes", "enabledMetrics": []any{"GroupInServiceInstances"},
	}))
	for _, name := range []string{"nobody", "few"} {
		w.need(name, awstoken.CloudWatchAlarm, with(example(awstoken.CloudWatchAlarm), values{"name": name}))
	}
	w.account.Exists(region, awstypes.LambdaFunction, "called", values{
		"arn": "arn:aws:lambda:" + region + ":" + simaws.AccountID + ":function:called",
	})
	w.eventRoles()
	return w
}

// create creates a resource in the world's region.
func (w *world) create(token string, inputs values) (account.Answer, error) {
	return w.account.Create(account.Request{Region: region, Token: token, Inputs: w.resolve(inputs)})
}

func (w *world) update(token, id string, inputs values) (account.Answer, error) {
	return w.account.Update(account.Request{Region: region, Token: token, ID: id, Inputs: w.resolve(inputs)})
}

func (w *world) delete(token, id string) error {
	return w.account.Delete(account.Request{Region: region, Token: token, ID: id})
}

// need creates a valid resource and stores it by a name.
func (w *world) need(name, token string, inputs values) account.Answer {
	w.t.Helper()
	answer, err := w.create(token, inputs)
	require.NoError(w.t, err, "the world needs a valid %s", name)
	w.made[name], w.tokens[name] = answer, token
	return answer
}

// remove deletes the resource with a name.
func (w *world) remove(name string) {
	w.t.Helper()
	require.NoError(w.t, w.delete(w.tokens[name], w.made[name].ID), "%s must be deletable", name)
}

var reference = regexp.MustCompile(`\$\{([^}]+)\}`)

// resolve replaces references, and converts numbers as JSON does.
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
	case "transit-gateway":
		return simaws.TransitGatewayID
	case "hosted-zone":
		return simaws.HostedZoneID
	case "private-zone":
		return simaws.PrivateZoneID
	case "image":
		return simaws.ImageID
	case "certificate":
		return simaws.CertificateARN(region)
	case "function.arn":
		return "arn:aws:lambda:" + region + ":" + simaws.AccountID + ":function:called"
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

// with returns base with changes. A key such as "clusterConfig.instanceCount" changes one field; nil removes a
// property.
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

// rulesOf returns the rules by type.
func rulesOf() map[string][]awstypes.Rule {
	out := map[string][]awstypes.Rule{}
	for _, typ := range awstypes.All() {
		if len(typ.Simulation.Rules) > 0 {
			out[typ.Token] = typ.Simulation.Rules
		}
	}
	return out
}

// buckets are "plain"; "delivery", which allows the logs of load balancers; and "encrypted", which also allows them but
// has a KMS key.
func (w *world) buckets() {
	w.need("plain", awstoken.S3Bucket, values{"bucket": "plain"})
	for _, name := range []string{"delivery", "encrypted"} {
		w.need(name, awstoken.S3Bucket, values{"bucket": name})
		w.need(name+"-policy", awstoken.S3BucketPolicy, values{"bucket": "${" + name + ".id}", "policy": policy(
			with(allow("Service", "logdelivery.elasticloadbalancing.amazonaws.com", "s3:PutObject"),
				values{"Resource": "${" + name + ".arn}/AWSLogs/${account}/*"}),
		)})
	}
	w.need("encryption", awstoken.S3BucketEncryption, values{"bucket": "${encrypted.id}", "rules": []any{values{
		"applyServerSideEncryptionByDefault": values{"sseAlgorithm": "aws:kms", "kmsMasterKeyId": "${key.arn}"},
	}}})
}

// withoutOffers takes the types of the examples out of the first zone.
func withoutOffers(w *world) {
	for _, what := range []string{"m5.xlarge", "mq.m5.large", "db.r5.xlarge"} {
		w.account.Exists(region, awstypes.NotOffered, what+" "+region+"a", nil)
	}
}
