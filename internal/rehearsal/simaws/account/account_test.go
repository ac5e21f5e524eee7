package account_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/contract"
)

func TestAReferenceMustExist(t *testing.T) {
	const gone = "gone"
	for name, c := range map[string]struct {
		token   string
		changes values
		want    string
	}{
		"VPC of a subnet":                     {subnet, values{"vpcId": gone}, "InvalidVpcID.NotFound"},
		"subnet of a NAT gateway":             {nat, values{"subnetId": gone}, "InvalidSubnetID.NotFound"},
		"address of a NAT gateway":            {nat, values{"allocationId": gone}, "InvalidAllocationID.NotFound"},
		"table of a route":                    {route, values{"routeTableId": gone}, "InvalidRouteTableID.NotFound"},
		"gateway of a route":                  {route, values{"gatewayId": gone}, "InvalidGatewayID.NotFound"},
		"NAT gateway of a route":              {route, values{"gatewayId": nil, "natGatewayId": gone}, "InvalidNatGatewayID.NotFound"},
		"peering connection of a route":       {route, values{"gatewayId": nil, "vpcPeeringConnectionId": gone}, "InvalidVpcPeeringConnectionID.NotFound"},
		"VPC of an endpoint":                  {endpoint, values{"vpcId": gone}, "InvalidVpcID.NotFound"},
		"subnet of an endpoint":               {endpoint, values{"subnetIds": []any{gone}}, "InvalidSubnetID.NotFound"},
		"security group of an endpoint":       {endpoint, values{"securityGroupIds": []any{gone}}, "InvalidGroup.NotFound"},
		"route table of an endpoint":          {endpoint, values{"routeTableIds": []any{gone}}, "InvalidRouteTableID.NotFound"},
		"VPC of a flow log":                   {flowLog, values{"vpcId": gone}, "InvalidVpcID.NotFound"},
		"log group of a flow log":             {flowLog, values{"logDestination": gone}, "unknown LogDestination"},
		"role of a flow log":                  {flowLog, values{"iamRoleArn": gone}, "unknown DeliverLogsPermissionArn"},
		"transit gateway of an attachment":    {transit, values{"transitGatewayId": gone}, "InvalidTransitGatewayID.NotFound"},
		"subnet of an attachment":             {transit, values{"subnetIds": []any{gone}}, "InvalidSubnetID.NotFound"},
		"hosted zone of an association":       {zoneInVPC, values{"zoneId": gone}, "NoSuchHostedZone"},
		"prefix list of a rule":               {egress, values{"cidrIpv4": nil, "prefixListId": gone}, "InvalidPrefixListID.NotFound"},
		"security group of a rule":            {ingress, values{"securityGroupId": gone}, "InvalidGroup.NotFound"},
		"peer of a rule":                      {egress, values{"cidrIpv4": nil, "referencedSecurityGroupId": gone}, "InvalidGroup.NotFound"},
		"key of an alias":                     {alias, values{"targetKeyId": gone}, "NotFoundException"},
		"boundary of a role":                  {role, values{"permissionsBoundary": gone}, "NoSuchEntity"},
		"role of a policy":                    {rolePolicy, values{"role": gone}, "NoSuchEntity"},
		"role of an instance profile":         {profile, values{"role": gone}, "NoSuchEntity"},
		"managed policy":                      {attachment, values{"policyArn": gone}, "NoSuchEntity"},
		"key of a secret":                     {secret, values{"kmsKeyId": gone}, "invalid keyId"},
		"key of a log group":                  {logGroup, values{"kmsKeyId": gone}, "invalid keyId"},
		"hosted zone of a record":             {record, values{"zoneId": gone}, "NoSuchHostedZone"},
		"subnet of a load balancer":           {balancer, values{"subnets": []any{"${subnet-a.id}", gone}}, "InvalidSubnetID.NotFound"},
		"security group of a load balancer":   {balancer, values{"securityGroups": []any{gone}}, "InvalidGroup.NotFound"},
		"bucket of access logs":               {balancer, values{"accessLogs": values{"bucket": gone, "enabled": true}}, "Access Denied for bucket"},
		"bucket of connection logs":           {balancer, values{"connectionLogs": values{"bucket": gone, "enabled": true}}, "Access Denied for bucket"},
		"bucket of a bucket policy":           {bucketPolicy, values{"bucket": gone}, "NoSuchBucket"},
		"bucket of versions":                  {bucketVersions, values{"bucket": gone}, "NoSuchBucket"},
		"bucket of an owner":                  {bucketOwner, values{"bucket": gone}, "NoSuchBucket"},
		"bucket of a wall":                    {bucketBlock, values{"bucket": gone}, "NoSuchBucket"},
		"bucket of a lifecycle":               {bucketLifecycle, values{"bucket": gone}, "NoSuchBucket"},
		"bucket of an encryption":             {bucketEncryption, values{"bucket": gone}, "NoSuchBucket"},
		"web ACL of a load balancer":          {webACL, values{"webAclArn": gone}, "WAFNonexistentItemException"},
		"load balancer of a web ACL":          {webACL, values{"resourceArn": gone}, "WAFNonexistentItemException"},
		"VPC of a target group":               {targetGroup, values{"vpcId": gone}, "InvalidVpcID.NotFound"},
		"load balancer of a listener":         {listener, values{"loadBalancerArn": gone}, "LoadBalancerNotFound"},
		"certificate of a listener":           {listener, values{"certificateArn": gone}, "CertificateNotFound"},
		"target group of a listener":          {listener, values{"defaultActions": []any{values{"type": "forward", "targetGroupArn": gone}}}, "TargetGroupNotFound"},
		"image of a launch template":          {template, values{"imageId": gone}, "InvalidAMIID.NotFound"},
		"security group of a launch template": {template, values{"networkInterfaces": []any{values{"securityGroups": []any{gone}}}}, "InvalidGroup.NotFound"},
		"key of a launch template":            {template, values{"blockDeviceMappings": []any{values{"ebs": values{"kmsKeyId": gone}}}}, "invalid keyId"},
		"instance profile":                    {template, values{"iamInstanceProfile": values{"arn": gone}}, "InvalidIamInstanceProfileArn.Malformed"},
		"launch template of a group":          {group, values{"launchTemplate": values{"id": gone}}, "ValidationError"},
		"subnet of a group":                   {group, values{"vpcZoneIdentifiers": []any{gone}}, "InvalidSubnetID.NotFound"},
		"target group of a group":             {group, values{"targetGroupArns": []any{gone}}, "ValidationError"},
		"group of a lifecycle hook":           {lifecycleHook, values{"autoscalingGroupName": gone}, "ValidationError"},
		"group of a schedule":                 {schedule, values{"autoscalingGroupName": gone}, "ValidationError"},
		"alarm of a rollout":                  {group, values{"instanceRefresh": values{"strategy": "Rolling", "preferences": values{"alarmSpecification": values{"alarms": []any{gone}}}}}, "alarm does not exist"},
		"group of a scaling policy":           {scaling, values{"autoscalingGroupName": gone}, "ValidationError"},
		"file system of a mount target":       {mountTarget, values{"fileSystemId": gone}, "FileSystemNotFound"},
		"subnet of a database subnet group":   {dbSubnets, values{"subnetIds": []any{"${subnet-a.id}", gone}}, "InvalidSubnetID.NotFound"},
		"subnet group of a cluster":           {cluster, values{"dbSubnetGroupName": gone}, "DBSubnetGroupNotFoundFault"},
		"parameter group of a cluster":        {cluster, values{"dbClusterParameterGroupName": gone}, "DBClusterParameterGroupNotFound"},
		"key of a cluster":                    {cluster, values{"kmsKeyId": gone}, "invalid keyId"},
		"cluster of an instance":              {instance, values{"clusterIdentifier": gone}, "DBClusterNotFoundFault"},
		"parameter group of an instance":      {instance, values{"dbParameterGroupName": gone}, "DBParameterGroupNotFound"},
		"monitoring role of an instance":      {instance, values{"monitoringInterval": 60, "monitoringRoleArn": gone}, "InvalidParameterValue"},
		"subnet of a broker":                  {broker, values{"subnetIds": []any{"${subnet-a.id}", gone}}, "InvalidSubnetID.NotFound"},
		"key of a broker":                     {broker, values{"encryptionOptions": values{"kmsKeyId": gone}}, "invalid keyId"},
		"security group of a domain":          {domain, values{"vpcOptions.securityGroupIds": []any{gone}}, "InvalidGroup.NotFound"},
		"log group of a domain":               {domain, values{"logPublishingOptions": []any{values{"cloudwatchLogGroupArn": gone}}}, "ValidationException"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			_, err := w.create(c.token, with(valid[c.token], c.changes))
			if assert.Error(t, err, "AWS refuses what refers to nothing") {
				assert.Contains(t, err.Error(), c.want, "AWS's own error code")
				assert.Contains(t, err.Error(), gone, "the message names what is missing")
			}
			made, err := w.create(c.token, valid[c.token])
			require.NoError(t, err, "the same with everything there is accepted")
			_, err = w.update(c.token, made.ID, with(valid[c.token], c.changes))
			assert.Error(t, err, "a change to something that is not there is refused too")
		})
	}
}

func TestWhatIsInUseCannotBeDeleted(t *testing.T) {
	// What each of these holds in use is in the world already, or is made by use.
	for name, c := range map[string]struct {
		held string
		use  func(*world)
		by   string
	}{
		"VPC with subnets":            {"vpc", nil, "aws:ec2/"},
		"subnet with a load balancer": {"subnet-b", nil, "is in use by"},
		"subnet with a mount target": {"subnet-c", func(w *world) {
			w.need("mount", mountTarget, with(valid[mountTarget], values{"subnetId": "${subnet-c.id}"}))
		}, mountTarget},
		"security group that a template names": {"group", nil, "is in use by"},
		"security group that a rule elsewhere names": {"peer", func(w *world) {
			w.need("peer", securityGroup, with(valid[securityGroup], values{"name": "peer"}))
			w.need("rule", ingress, with(valid[ingress], values{"cidrIpv4": nil, "referencedSecurityGroupId": "${peer.id}"}))
		}, ingress},
		"VPC with an endpoint": {"bare", func(w *world) {
			w.need("s3", endpoint, values{"vpcId": "${bare.id}", "serviceName": "com.amazonaws.us-east-1.s3", "routeTableIds": []any{"${table.id}"}})
			w.remove("bare-a")
			w.remove("bare-b")
		}, endpoint},
		"subnet of an endpoint": {"subnet-c", func(w *world) {
			w.need("kms", endpoint, with(valid[endpoint], values{"subnetIds": []any{"${subnet-c.id}"}}))
		}, endpoint},
		"address of a NAT gateway":        {"address", func(w *world) { w.need("nat", nat, valid[nat]) }, nat},
		"route table with a route":        {"table", func(w *world) { w.need("route", route, valid[route]) }, route},
		"role of an instance profile":     {"role", nil, profile},
		"target group of a listener":      {"targets", nil, listener},
		"launch template of a group":      {"template", nil, group},
		"file system with a mount target": {"files", func(w *world) { w.need("mount", mountTarget, valid[mountTarget]) }, mountTarget},
		"database subnet group":           {"db-subnets", nil, cluster},
		"database parameter group":        {"cluster-params", nil, cluster},
		"cluster with an instance":        {"database", func(w *world) { w.need("instance", instance, valid[instance]) }, instance},
		"gateway of a VPC with a NAT gateway": {"gateway", func(w *world) {
			w.need("nat", nat, valid[nat])
			w.remove("nodes")
			w.remove("listener")
			w.remove("balancer")
		}, "mapped public address"},
		"gateway of a VPC with an internet-facing load balancer": {"gateway", nil, "mapped public address"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if c.use != nil {
				c.use(w)
			}
			err := w.delete(w.tokens[c.held], w.made[c.held].ID)
			if assert.Error(t, err, "AWS refuses to delete what is in use") {
				assert.Contains(t, err.Error(), c.by, "the message names the holder")
			}
			_, err = w.account.Read(account.Request{Region: region, Token: w.tokens[c.held], ID: w.made[c.held].ID})
			assert.NoError(t, err, "it is still there")
		})
	}
}

func TestWhatNothingHoldsCanBeDeleted(t *testing.T) {
	w := newWorld(t)
	w.need("nat", nat, valid[nat])
	w.need("out", route, with(valid[route], values{"gatewayId": nil, "natGatewayId": "${nat.id}"}))
	w.remove("nat") // AWS leaves the route behind, as a black hole
	w.remove("out")
	w.need("rule", ingress, valid[ingress])
	w.remove("rule")
	for _, name := range []string{"nodes", "template", "listener", "targets", "balancer", "gateway", "database", "files", "logs", "key"} {
		w.remove(name)
	}
	assert.NoError(t, w.delete(vpc, "vpc-never-there"), "what is not there (any more) is already deleted")
}

func TestNamesAreTaken(t *testing.T) {
	for _, token := range []string{alias, role, profile, secret, logGroup, logPolicy, balancer, targetGroup, template, group, fileSystem,
		dbSubnets, clusterParams, instanceParams, cluster, instance, broker, domain, association, securityGroup} {
		t.Run(token, func(t *testing.T) {
			w := newWorld(t)
			made := w.need("first", token, valid[token])
			_, err := w.create(token, valid[token])
			if assert.Error(t, err, "a name is taken once in a region") {
				assert.Contains(t, err.Error(), "AlreadyExists", "the message says so")
			}
			_, err = w.update(token, made.ID, valid[token])
			assert.NoError(t, err, "a resource may keep its own name")
			if token != secret { // its name stays taken
				w.remove("first")
				_, err = w.create(token, with(valid[token], values{"finalSnapshotIdentifier": "another"}))
				assert.NoError(t, err, "the name is free again")
			}
		})
	}
	w := newWorld(t)
	w.need("here", securityGroup, valid[securityGroup])
	_, err := w.create(securityGroup, with(valid[securityGroup], values{"vpcId": "${bare.id}"}))
	assert.NoError(t, err, "a security group's name is taken in its VPC alone")
	w.need("record", record, valid[record])
	_, err = w.create(record, valid[record])
	assert.ErrorContains(t, err, "already exists", "a DNS name that something else answers for is not taken over")
}

func TestRegionsAreApart(t *testing.T) {
	a := simaws.NewAccount(simaws.Options{})
	ask := func(region, token string, inputs values) (account.Answer, error) {
		return a.Create(account.Request{Region: region, Token: token, Inputs: inputs})
	}
	here, err := ask(region, vpc, values{"cidrBlock": "10.0.0.0/16"})
	require.NoError(t, err)
	there, err := ask(other, vpc, values{"cidrBlock": "10.0.0.0/16"})
	require.NoError(t, err, "two regions may have the same addresses")

	in := func(id string) values { return values{"vpcId": id, "cidrBlock": "10.0.0.0/24"} }
	_, err = ask(other, subnet, in(here.ID))
	assert.ErrorContains(t, err, "InvalidVpcID.NotFound", "an id of another region does not exist")
	assert.ErrorContains(t, err, other, "the message says where it was looked for")
	made, err := ask(other, subnet, in(there.ID))
	require.NoError(t, err)
	assert.Equal(t, "eu-west-1a", made.State["availabilityZone"], "AWS chooses a zone of the region when nobody asks")

	for _, r := range []string{region, other} {
		_, err = ask(r, fileSystem, values{"creationToken": "shared"})
		assert.NoError(t, err, "the same physical name is free in %s", r)
		_, err = ask(r, fileSystem, values{"creationToken": "shared"})
		assert.ErrorContains(t, err, "AlreadyExists", "and taken once it is used in %s", r)
	}
	for _, r := range []string{region, other} {
		_, err = a.Read(account.Request{Region: r, Token: vpc, ID: here.ID})
		assert.Equal(t, r == region, err == nil, "a VPC is read in its own region alone")
	}

	trust := policy(values{"Effect": "Allow", "Principal": values{"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"})
	_, err = ask(region, role, values{"name": "node", "assumeRolePolicy": trust})
	require.NoError(t, err)
	_, err = ask(other, role, values{"name": "node", "assumeRolePolicy": trust})
	assert.ErrorContains(t, err, "AlreadyExists", "IAM has no regions")
	_, err = ask(other, profile, values{"name": "node", "role": "node"})
	assert.NoError(t, err, "a role is seen from every region")

	for _, r := range []string{region, other} { // what AWS keeps has its name in one region alone
		_, err = ask(r, secret, values{"name": "app"})
		require.NoError(t, err, "a secret that waits for its deletion in another region is not in the way")
		for _, left := range a.Leftovers() {
			if fields := strings.Fields(left); fields[0] == secret {
				require.NoError(t, a.Delete(account.Request{Region: r, Token: secret, ID: fields[1]}))
			}
		}
	}
}

func TestWhatTheAccountDoesNotModelIsAnError(t *testing.T) {
	w := newWorld(t)
	const bucket = "aws:dynamodb/table:Table"
	request := account.Request{Region: region, Token: bucket, ID: "x"}
	_, err := w.account.Create(request)
	assert.ErrorContains(t, err, bucket, "nothing is accepted by silence")
	_, err = w.account.Update(request)
	assert.ErrorContains(t, err, bucket)
	_, err = w.account.Read(request)
	assert.ErrorContains(t, err, bucket)
	assert.ErrorContains(t, w.account.Delete(request), bucket)
	_, err = w.account.Invoke(region, "aws:ec2/getVpcs:getVpcs", nil)
	assert.ErrorContains(t, err, "aws:ec2/getVpcs:getVpcs", "a look-up without answer is never an empty one")
	_, err = w.account.Invoke(other, "aws:ssm/getParameter:getParameter", values{"name": "/gone"})
	assert.ErrorContains(t, err, "ParameterNotFound")
	for _, args := range []values{{"zoneId": "ZGONE"}, {"name": "example.org"}, {"name": "example.org", "privateZone": true}} {
		_, err = w.account.Invoke(region, "aws:route53/getZone:getZone", args)
		assert.ErrorContains(t, err, "no matching Route 53 Hosted Zone found")
	}
	_, err = w.account.Invoke(region, "aws:iam/getRole:getRole", values{"name": "gone"})
	assert.ErrorContains(t, err, "couldn't find resource", "the provider's words for a role that is not there")
	_, err = w.account.Invoke(other, "aws:kms/getKey:getKey", values{"keyId": w.made["key"].State["arn"]})
	assert.ErrorContains(t, err, "NotFoundException", "a key is of one region")
	_, err = w.account.Invoke(region, "aws:route53/getZone:getZone", nil)
	assert.ErrorContains(t, err, "one of zoneId and name must be given")

	_, err = w.update(vpc, "vpc-gone", valid[vpc])
	assert.ErrorIs(t, err, account.ErrNotFound, "what was deleted behind the program's back cannot be changed")
	_, err = w.account.Read(account.Request{Region: region, Token: vpc, ID: "vpc-gone"})
	assert.ErrorIs(t, err, account.ErrNotFound, "a refresh learns that it is gone")
}

// The contract says what a type is and the account what AWS does with it: one without the other is a trap for whoever
// adds a type.
func TestContractAndAccountKnowTheSameTypes(t *testing.T) {
	for _, token := range contract.Load().Tokens() {
		assert.Equal(t, strings.HasPrefix(token, "aws:"), (awstypes.Of(token) != nil), "%s is in the contract", token)
	}
	for token := range valid {
		assert.True(t, (awstypes.Of(token) != nil), "%s has a valid request", token)
	}
	for token := range rulesOf() {
		assert.Contains(t, contract.Load().Tokens(), token, "%s has rules", token)
	}
}

func TestDriftChangesWhatIsThereAndNothingElse(t *testing.T) {
	w := newWorld(t)
	id, err := w.account.Drift(broker, "engineVersion", "4.2")
	assert.ErrorContains(t, err, "no "+broker, "there is nothing to change")
	assert.Empty(t, id)

	made := w.need("broker", broker, valid[broker])
	id, err = w.account.Drift(broker, "hostInstanceType", "mq.m5.4xlarge")
	require.NoError(t, err)
	assert.Equal(t, made.ID, id, "the id tells what was changed")
	live, err := w.account.Read(account.Request{Region: region, Token: broker, ID: id})
	require.NoError(t, err)
	assert.Equal(t, "mq.m5.4xlarge", live.State["hostInstanceType"], "a refresh reads the change")
	assert.Equal(t, "mq.m5.large", live.Inputs["hostInstanceType"], "nobody asked for it")
	assert.Equal(t, "mq.m5.large", made.State["hostInstanceType"], "the program's own copy is as it was")
}

func TestLeftoversAreWhatDeploymentsMade(t *testing.T) {
	a := simaws.NewAccount(simaws.Options{})
	assert.Empty(t, a.Leftovers(), "what was there before does not count")
	made, err := a.Create(account.Request{Region: other, Token: vpc, Inputs: values{"cidrBlock": "10.0.0.0/16"}})
	require.NoError(t, err)
	assert.Equal(t, []string{vpc + " " + made.ID + " " + other}, a.Leftovers(), "type, id and region")
	require.NoError(t, a.Delete(account.Request{Region: other, Token: vpc, ID: made.ID}))
	assert.Empty(t, a.Leftovers(), "a deleted thing is gone")
	assert.Empty(t, a.Kept(), "and AWS keeps nothing of it")
}

func TestAServiceLinkedRoleExistsOnceInAnAccount(t *testing.T) {
	create := func(a *account.Account) error {
		_, err := a.Create(account.Request{Region: region, Token: linkedRole, Inputs: values{"awsServiceName": "opensearchservice.amazonaws.com"}})
		return err
	}
	assert.ErrorContains(t, create(simaws.NewAccount(simaws.Options{})), "has been taken", "an account in use has the role already")
	fresh := simaws.NewAccount(simaws.Options{Fresh: true})
	require.NoError(t, create(fresh), "a fresh account has it not")
	assert.ErrorContains(t, create(fresh), "has been taken", "a second stack cannot own it too")
}

func TestDurationsAreScaled(t *testing.T) {
	took := func(scale float64) time.Duration {
		a := simaws.NewAccount(simaws.Options{Scale: scale})
		start := time.Now()
		made, err := a.Create(account.Request{Region: region, Token: vpc, Inputs: values{"cidrBlock": "10.0.0.0/16"}})
		require.NoError(t, err)
		require.NoError(t, a.Delete(account.Request{Region: region, Token: vpc, ID: made.ID}))
		return time.Since(start)
	}
	assert.Less(t, took(0), 500*time.Millisecond, "without a scale nothing waits")
	assert.GreaterOrEqual(t, took(60), 50*time.Millisecond, "a VPC takes AWS 2 s and its deletion 1 s: at sixty times the speed 50 ms")

	a := simaws.NewAccount(simaws.Options{Scale: 0.001})
	start := time.Now()
	_, err := a.Create(account.Request{Region: region, Token: vpc, Inputs: values{"cidrBlock": "10.0.0.0/8"}})
	assert.Error(t, err)
	assert.Less(t, time.Since(start), time.Second, "a refusal comes at once")
}

func TestTheAccountServesManyProvidersAtOnce(t *testing.T) {
	w := newWorld(t)
	var all sync.WaitGroup
	answers := make([]account.Answer, 32)
	for i := range answers {
		all.Go(func() {
			answers[i], _ = w.account.Create(account.Request{Region: region, Token: address, Inputs: values{"domain": "vpc"}})
			answers[i].State["publicIp"] = "mine" // a caller's own copy
			w.account.Leftovers()
		})
	}
	all.Wait()
	ids := map[string]bool{}
	for _, answer := range answers {
		ids[answer.ID] = true
	}
	assert.Len(t, ids, len(answers), "every resource has an id of its own")
	live, err := w.account.Read(account.Request{Region: region, Token: address, ID: answers[0].ID})
	require.NoError(t, err)
	assert.NotEqual(t, "mine", live.State["publicIp"], "answers are copies")
}

func TestAPanicInARuleDoesNotBlockTheAccount(t *testing.T) {
	w := newWorld(t)
	// A network load balancer by subnet mappings: a rule that looked for the first subnet must not stumble.
	_, err := w.create(balancer, values{"name": "network", "loadBalancerType": "network", "internal": true, "subnetMappings": []any{values{"subnetId": "${subnet-a.id}"}}})
	assert.NoError(t, err)
	done := make(chan struct{})
	go func() { w.account.Leftovers(); close(done) }()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		t.Fatal("the account is locked for ever")
	}
	assert.True(t, slices.IsSorted(w.account.Leftovers()))
}
