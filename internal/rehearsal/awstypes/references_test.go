package awstypes_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
)

// AWS refuses a reference to a missing resource in a create and in an update. The test derives its cases from the
// records: each reference of each example in turn names a missing resource.
func TestEveryReferenceMustExist(t *testing.T) {
	const gone = "gone"
	tried := 0
	for _, typ := range awstypes.All() {
		for _, ref := range typ.Simulation.References {
			if typ.Example == nil {
				continue
			}
			tried++
			t.Run(typ.Token+" "+ref.Path, func(t *testing.T) {
				w := newWorld(t)
				broken := withValue(typ.Example, ref.Path, gone)
				_, err := w.create(typ.Token, broken)
				if assert.Error(t, err, "AWS must refuse a reference to a missing resource") {
					assert.Contains(t, err.Error(), ref.NotFound, "the error must have AWS's code")
					assert.Contains(t, err.Error(), gone, "the message must name the missing resource")
				}
				made, err := w.create(typ.Token, typ.Example)
				require.NoError(t, err, "AWS must accept the example with its references")
				_, err = w.update(typ.Token, made.ID, broken)
				assert.ErrorContains(t, err, ref.NotFound, "an update must refuse it too")
			})
		}
	}
	assert.Greater(t, tried, 80, "too few references were tried")
}

// withValue sets the value at the path of a reference, such as "rules[].key", in a copy.
func withValue(inputs values, path string, value any) values {
	head, rest, nested := strings.Cut(path, ".")
	name, list := strings.CutSuffix(head, "[]")
	out := with(inputs, nil)
	if nested {
		inner, _ := out[name].(values)
		if items, isList := out[name].([]any); isList && len(items) > 0 {
			inner, _ = items[0].(values)
		}
		value = withValue(inner, rest, value)
	}
	if list {
		value = []any{value}
	}
	out[name] = value
	return out
}

func TestAResourceInUseCannotBeDeleted(t *testing.T) {
	// The resource that uses it is in the world already, or use creates it.
	for name, c := range map[string]struct {
		held string
		use  func(*world)
		by   string
	}{
		"VPC with subnets":            {held: "vpc", use: nil, by: "aws:ec2/"},
		"subnet with a load balancer": {held: "subnet-b", use: nil, by: "is in use by"},
		"subnet with a mount target": {held: "subnet-c", use: func(w *world) {
			w.need("mount", awstoken.EFSMountTarget, with(example(awstoken.EFSMountTarget),
				values{"subnetId": "${subnet-c.id}"}))
		}, by: awstoken.EFSMountTarget},
		"security group that a template names": {held: "group", use: nil, by: "is in use by"},
		"security group that a rule elsewhere names": {held: "peer", use: func(w *world) {
			w.need("peer", awstoken.EC2SecurityGroup, with(example(awstoken.EC2SecurityGroup), values{"name": "peer"}))
			w.need("rule", awstoken.EC2SecurityGroupIngressRule, with(example(awstoken.EC2SecurityGroupIngressRule),
				values{"cidrIpv4": nil, "referencedSecurityGroupId": "${peer.id}"}))
		}, by: awstoken.EC2SecurityGroupIngressRule},
		"VPC with an endpoint": {held: "bare", use: func(w *world) {
			w.need("s3", awstoken.EC2VPCEndpoint, values{"vpcId": "${bare.id}",
				"serviceName": "com.amazonaws.us-east-1.s3", "routeTableIds": []any{"${table.id}"}})
			w.remove("bare-a")
			w.remove("bare-b")
		}, by: awstoken.EC2VPCEndpoint},
		"subnet of an endpoint": {held: "subnet-c", use: func(w *world) {
			w.need("kms", awstoken.EC2VPCEndpoint, with(example(awstoken.EC2VPCEndpoint),
				values{"subnetIds": []any{"${subnet-c.id}"}}))
		}, by: awstoken.EC2VPCEndpoint},
		"address of a NAT gateway": {held: "address", use: func(w *world) {
			w.need("nat", awstoken.EC2NATGateway,
				example(awstoken.EC2NATGateway))
		}, by: awstoken.EC2NATGateway},
		"route table with a route": {held: "table", use: func(w *world) {
			w.need("route", awstoken.EC2Route,
				example(awstoken.EC2Route))
		}, by: awstoken.EC2Route},
		"role of an instance profile": {held: "role", use: nil, by: awstoken.IAMInstanceProfile},
		"target group of a listener":  {held: "targets", use: nil, by: awstoken.LBListener},
		"launch template of a group":  {held: "template", use: nil, by: awstoken.AutoScalingGroup},
		"file system with a mount target": {held: "files", use: func(w *world) {
			w.need("mount", awstoken.EFSMountTarget,
				example(awstoken.EFSMountTarget))
		}, by: awstoken.EFSMountTarget},
		"database subnet group":    {held: "db-subnets", use: nil, by: awstoken.RDSCluster},
		"database parameter group": {held: "cluster-params", use: nil, by: awstoken.RDSCluster},
		"cluster with an instance": {held: "database", use: func(w *world) {
			w.need("instance",
				awstoken.RDSClusterInstance, example(awstoken.RDSClusterInstance))
		}, by: awstoken.RDSClusterInstance},
		"gateway of a VPC with a NAT gateway": {held: "gateway", use: func(w *world) {
			w.need("nat", awstoken.EC2NATGateway, example(awstoken.EC2NATGateway))
			w.remove("nodes")
			w.remove("listener")
			w.remove("balancer")
		}, by: "mapped public address"},
		"gateway of a VPC with an internet-facing load balancer": {held: "gateway", use: nil,
			by: "mapped public address"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if c.use != nil {
				c.use(w)
			}
			err := w.delete(w.tokens[c.held], w.made[c.held].ID)
			if assert.Error(t, err, "AWS must refuse to delete a resource in use") {
				assert.Contains(t, err.Error(), c.by, "the message must name the user of the resource")
			}
			_, err = w.account.Read(account.Request{Region: region, Token: w.tokens[c.held], ID: w.made[c.held].ID})
			assert.NoError(t, err, "the resource must still exist")
		})
	}
}

func TestAnUnusedResourceCanBeDeleted(t *testing.T) {
	w := newWorld(t)
	w.need("nat", awstoken.EC2NATGateway, example(awstoken.EC2NATGateway))
	w.need("out", awstoken.EC2Route,
		with(example(awstoken.EC2Route), values{"gatewayId": nil, "natGatewayId": "${nat.id}"}))
	w.remove("nat") // AWS keeps the route as a black hole
	w.remove("out")
	w.need("rule", awstoken.EC2SecurityGroupIngressRule, example(awstoken.EC2SecurityGroupIngressRule))
	w.remove("rule")
	for _, name := range []string{"nodes", "template", "listener", "targets", "balancer", "gateway", "database",
		"files", "logs", "key"} {
		w.remove(name)
	}
	assert.NoError(t, w.delete(awstoken.EC2VPC, "vpc-never-there"), "deleting a missing resource must succeed")
}

// A name is unique in a region, or in another scope such as a VPC.
func TestNamesAreTaken(t *testing.T) {
	tried := 0
	for _, typ := range awstypes.Created() {
		token := typ.Token
		if typ.Simulation.Unique == "" || token == awstoken.EC2TransitGatewayAttachment {
			continue // the attachment has its own test
		}
		tried++
		t.Run(token, func(t *testing.T) {
			w := newWorld(t)
			made := w.need("first", token, typ.Example)
			_, err := w.create(token, typ.Example)
			assert.Error(t, err, "a taken name must be refused")
			_, err = w.update(token, made.ID, typ.Example)
			assert.NoError(t, err, "a resource must be able to keep its name")
			if token != awstoken.SecretsManagerSecret { // its name stays taken
				w.remove("first")
				_, err = w.create(token, with(typ.Example, values{"finalSnapshotIdentifier": "another"}))
				assert.NoError(t, err, "the name must be free again")
			}
		})
	}
	assert.Greater(t, tried, 25, "too few names were tried")
	w := newWorld(t)
	w.need("here", awstoken.EC2SecurityGroup, example(awstoken.EC2SecurityGroup))
	_, err := w.create(awstoken.EC2SecurityGroup,
		with(example(awstoken.EC2SecurityGroup), values{"vpcId": "${bare.id}"}))
	assert.NoError(t, err, "a security group's name must be free in another VPC")
	w.need("record", awstoken.Route53Record, example(awstoken.Route53Record))
	_, err = w.create(awstoken.Route53Record, example(awstoken.Route53Record))
	assert.ErrorContains(t, err, "already exists", "an existing DNS record must not be overwritten")
}

func TestDriftChangesOnlyAnExistingResource(t *testing.T) {
	w := newWorld(t)
	id, err := w.account.Drift(awstoken.MQBroker, "engineVersion", "4.2")
	assert.ErrorContains(t, err, "no "+awstoken.MQBroker, "there is no resource to change")
	assert.Empty(t, id)

	made := w.need("broker", awstoken.MQBroker, example(awstoken.MQBroker))
	id, err = w.account.Drift(awstoken.MQBroker, "hostInstanceType", "mq.m5.4xlarge")
	require.NoError(t, err)
	assert.Equal(t, made.ID, id, "Drift must return the id of the changed resource")
	live, err := w.account.Read(account.Request{Region: region, Token: awstoken.MQBroker, ID: id})
	require.NoError(t, err)
	assert.Equal(t, "mq.m5.4xlarge", live.State["hostInstanceType"], "a refresh must read the change")
	assert.Equal(t, "mq.m5.large", live.Inputs["hostInstanceType"], "the inputs must not change")
	assert.Equal(t, "mq.m5.large", made.State["hostInstanceType"], "an earlier response must not change")
}
