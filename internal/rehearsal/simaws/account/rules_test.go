package account_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
)

// refusal shows one rule: a request that is accepted, and its neighbours that are not.
type refusal struct {
	rule, token string
	// accepted are changes on the valid request of the type; refused are changes on top of them.
	accepted values
	refused  []neighbour
	// once is true for a rule that AWS holds against a creation alone.
	once bool
}

type neighbour struct {
	why     string
	changes values
	// gone is taken out of the world, and before is done, ahead of the refused request.
	gone   string
	before func(*world)
	want   string
}

func (r refusal) name() string { return r.token + " " + r.rule }

func TestEachRuleRefusesItsCaseAndAcceptsTheNeighbour(t *testing.T) {
	for _, r := range refusals() {
		inputs := with(valid[r.token], r.accepted)
		t.Run(r.name(), func(t *testing.T) {
			_, err := newWorld(t).create(r.token, inputs)
			require.NoError(t, err, "AWS accepts the neighbour")
			for _, n := range r.refused {
				t.Run(n.why, func(t *testing.T) { refused(t, r, inputs, n) })
			}
		})
	}
}

func refused(t *testing.T, r refusal, inputs values, n neighbour) {
	prepared := func() *world {
		w := newWorld(t)
		if n.before != nil {
			n.before(w)
		}
		return w
	}
	expect := func(err error, when string) {
		if assert.Error(t, err, "AWS refuses %s in %s", n.why, when) {
			assert.Contains(t, err.Error(), n.want, "the message says what is wrong")
			assert.Contains(t, err.Error(), "["+r.rule+"]", "the message names the rule")
		}
	}
	w := prepared()
	if n.gone != "" {
		w.remove(n.gone)
	}
	_, err := w.create(r.token, with(inputs, n.changes))
	expect(err, "a creation")
	if r.once {
		return
	}

	w = prepared()
	made, err := w.create(r.token, inputs)
	require.NoError(t, err, "the neighbour is there before it is changed")
	if n.gone != "" {
		w.remove(n.gone)
	}
	_, err = w.update(r.token, made.ID, with(inputs, n.changes))
	expect(err, "an update")
	live, err := w.account.Read(account.Request{Region: region, Token: r.token, ID: made.ID})
	require.NoError(t, err)
	assert.Equal(t, made.State, live.State, "a refused update changes nothing")
}

// A rule that no test exercises is a claim that nobody has looked at.
func TestEveryRuleHasACase(t *testing.T) {
	cases := map[string]bool{}
	for _, r := range refusals() {
		assert.False(t, cases[r.name()], "%s stands twice in the table", r.name())
		assert.NotEmpty(t, r.refused, "%s shows no refusal", r.name())
		cases[r.name()] = true
	}
	for token, rules := range rulesOf() {
		for _, rule := range rules {
			name := token + " " + rule.Name
			assert.True(t, cases[name], "no case exercises %s", name)
			delete(cases, name)
			assert.True(t, strings.HasPrefix(rule.Source, "https://"), "%s has no source", name)
		}
	}
	assert.Empty(t, slices.Sorted(maps.Keys(cases)), "cases of rules that do not exist")
}

func refusals() []refusal {
	return slices.Concat(networkRefusals(), reachRefusals(), securityRefusals(), applicationRefusals(), groupRefusals(),
		storageRefusals(), bucketRefusals(), brokerRefusals(), domainRefusals(), databaseRefusals(), notificationRefusals())
}

func networkRefusals() []refusal {
	rules := func(token string) []refusal {
		return []refusal{
			{rule: "rule-one-peer", token: token, refused: []neighbour{
				{why: "two peers", changes: values{"referencedSecurityGroupId": "${group.id}"}, want: "exactly one of cidrIpv4"},
				{why: "no peer", changes: values{"cidrIpv4": nil}, want: "got 0"},
				{why: "host bits in a range", changes: values{"cidrIpv4": "10.0.0.1/16"}, want: "CIDR block 10.0.0.1/16 is malformed"},
				{why: "a protocol without ports", changes: values{"toPort": nil}, want: "protocol tcp needs fromPort and toPort"},
			}},
			{rule: "rule-description", token: token, accepted: values{"description": "packages: 1.2_3 (x/y) #1, @[a]+=&;{}!$*"}, refused: []neighbour{
				{why: "a letter of another script", changes: values{"description": "Zoë"}, want: "Invalid rule description 'Zoë'"},
				{why: "a description too long", changes: values{"description": strings.Repeat("x", 256)}, want: "less than 256 characters"},
			}},
			{rule: "rules-of-a-group", token: token, once: true, refused: []neighbour{{
				why: "a sixty-first rule", want: "RulesPerSecurityGroupLimitExceeded", before: func(w *world) {
					for i := range 60 {
						w.need(fmt.Sprint("rule-", i), token, with(valid[token], values{"fromPort": i + 1, "toPort": i + 1}))
					}
				},
			}}},
			{rule: "rule-once", token: token, once: true, refused: []neighbour{{
				why: "the same rule again", want: "InvalidPermission.Duplicate",
				before: func(w *world) { w.need("twin", token, valid[token]) },
			}}},
		}
	}
	return append([]refusal{
		{rule: "vpc-cidr-size", token: vpc, refused: []neighbour{
			{why: "a range too large", changes: values{"cidrBlock": "10.0.0.0/8"}, want: "InvalidVpc.Range"},
			{why: "a range too small", changes: values{"cidrBlock": "10.0.0.0/29"}, want: "InvalidVpc.Range"},
		}},
		{rule: "subnet-zone", token: subnet, refused: []neighbour{
			{why: "a zone of another region", changes: values{"availabilityZone": "eu-west-1a"}, want: "subnets can currently only be created in us-east-1a"},
		}},
		{rule: "subnet-cidr", token: subnet, refused: []neighbour{
			{why: "a range outside the VPC", changes: values{"cidrBlock": "192.168.0.0/24"}, want: "InvalidSubnet.Range"},
			{why: "a range larger than the VPC", changes: values{"cidrBlock": "10.0.0.0/15"}, want: "InvalidSubnet.Range"},
			{why: "a range that another subnet has", changes: values{"cidrBlock": "10.0.0.128/25"}, want: "InvalidSubnet.Conflict"},
		}},
		{rule: "nat-needs-internet-gateway", token: nat, refused: []neighbour{
			{why: "a VPC without internet gateway", changes: values{"subnetId": "${bare-a.id}"}, want: "Gateway.NotAttached"},
		}},
		{rule: "route-once", token: route, once: true, refused: []neighbour{{
			why: "a second default route", want: "RouteAlreadyExists", before: func(w *world) { w.need("twin", route, valid[route]) },
		}}},
		{rule: "security-group-name", token: securityGroup, refused: []neighbour{
			{why: "a name like an id", changes: values{"name": "SG-app"}, want: "may not begin with sg-"},
		}},
	}, append(rules(ingress), rules(egress)...)...)
}

func securityRefusals() []refusal {
	someRole := "arn:aws:iam::${account}:role/"
	return []refusal{
		{rule: "key-policy-root", token: key, refused: []neighbour{
			{why: "a policy that locks the account out", changes: values{"policy": policy(allow("AWS", someRole+"node", "kms:*"))}, want: "will not allow you to update the key policy"},
			{why: "a policy that denies the account", changes: values{"policy": policy(with(allow("AWS", "${root}", "kms:*"), values{"Effect": "Deny"}))}, want: "will not allow you"},
			{why: "a policy that allows the account and denies it the policy itself", changes: values{"policy": policy(
				allow("AWS", "${root}", "kms:*"), with(allow("AWS", "*", "kms:PutKeyPolicy"), values{"Effect": "Deny"}),
			)}, want: "will not allow you"},
			{why: "a policy that is not JSON", changes: values{"policy": "{"}, want: "MalformedPolicyDocumentException"},
		}},
		{rule: "key-policy-principals", token: key, accepted: values{
			"policy": policy(allow("AWS", "${root}", "kms:*"), allow("AWS", someRole+"node", "kms:Decrypt")),
		}, refused: []neighbour{
			{why: "a role that is not there (yet)", want: "invalid principals: arn:aws:iam::" + simaws.AccountID + ":role/gone", changes: values{
				"policy": policy(allow("AWS", "${root}", "kms:*"), allow("AWS", someRole+"gone", "kms:Decrypt")),
			}},
			{why: "a service-linked role that a fresh account does not have", want: "invalid principals", changes: values{
				"policy": policy(allow("AWS", "${root}", "kms:*"), allow("AWS", someRole+"aws-service-role/backup.amazonaws.com/AWSServiceRoleForbackup", "kms:CreateGrant")),
			}},
		}},
		{rule: "trust-policy", token: role, refused: []neighbour{
			{why: "a resource in a trust policy", changes: values{"assumeRolePolicy": policy(allow("Service", "ec2.amazonaws.com", "sts:AssumeRole"))}, want: "names principals and no resources"},
			{why: "no principal", changes: values{"assumeRolePolicy": policy(values{"Effect": "Allow", "Action": "sts:AssumeRole"})}, want: "names principals"},
			{why: "no statement", changes: values{"assumeRolePolicy": "{}"}, want: "not a policy"},
		}},
		{rule: "role-policy", token: rolePolicy, refused: []neighbour{
			{why: "a principal in a role's policy", changes: values{"policy": policy(allow("AWS", "*", "kms:Decrypt"))}, want: "should not specify a principal"},
			{why: "no statement", changes: values{"policy": "{}"}, want: "a policy of version 2012-10-17 with statements was expected"},
			{why: "a statement without resource", changes: values{"policy": policy(values{"Effect": "Allow", "Action": "kms:Decrypt"})}, want: "needs actions and resources"},
			{why: "an empty resource", changes: values{"policy": policy(values{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": []any{""}})}, want: "needs actions and resources"},
			{why: "a policy too long", changes: values{"policy": policy(values{"Effect": "Allow", "Action": strings.Repeat("x", 10240), "Resource": "*"})}, want: "maximum policy size of 10240"},
			{why: "two policies that are too long together", want: "maximum policy size of 10240", before: func(w *world) {
				w.need("long", rolePolicy, values{"role": "${role.name}", "name": "long", "policy": policy(values{"Effect": "Allow", "Action": strings.Repeat("x", 5000), "Resource": "*"})})
			}, changes: values{"policy": policy(values{"Effect": "Allow", "Action": strings.Repeat("x", 5200), "Resource": "*"})}},
		}},
		{rule: "service-linked-role-once", token: linkedRole, once: true, refused: []neighbour{
			{why: "the OpenSearch role that is there already", changes: values{"awsServiceName": "opensearchservice.amazonaws.com"}, want: "AWSServiceRoleForAmazonOpenSearchService has been taken in this account"},
			{why: "the Auto Scaling role that is there already", changes: values{"awsServiceName": "autoscaling.amazonaws.com"}, want: "AWSServiceRoleForAutoScaling has been taken in this account"},
		}},
		{rule: "secret-recovery-window", token: secret, once: true, refused: []neighbour{
			{why: "a window too short", changes: values{"recoveryWindowInDays": 6}, want: "must be 0 or 7..30"},
			{why: "a name that waits for its deletion", want: "already scheduled for deletion", before: func(w *world) {
				w.need("deleted", secret, valid[secret])
				w.remove("deleted")
			}},
		}},
		{rule: "log-group-key", token: logGroup, refused: []neighbour{
			{why: "a key that CloudWatch Logs may not use", changes: values{"kmsKeyId": "${plain-key.arn}"}, want: "is not allowed to be used with log group /app"},
			{why: "a key that CloudWatch Logs is denied", changes: values{"kmsKeyId": "${denied-key.arn}"}, want: "is not allowed to be used with log group /app", before: func(w *world) {
				w.need("denied-key", key, values{"policy": policy(
					allow("AWS", "${root}", "kms:*"), allow("Service", "logs.us-east-1.amazonaws.com", "kms:*"),
					with(allow("Service", "logs.us-east-1.amazonaws.com", "kms:Decrypt"), values{"Effect": "Deny"}),
				)})
			}},
			{why: "a group outside the key's condition", changes: values{"name": "app"}, want: "is not allowed to be used with log group app"},
		}},
		{rule: "log-resource-policies", token: logPolicy, once: true, refused: []neighbour{
			{why: "a policy that is not JSON", changes: values{"policyDocument": "{"}, want: "not a policy"},
			{why: "an eleventh policy", want: "10 resource policies in us-east-1", before: func(w *world) {
				for i := range 9 {
					name := fmt.Sprintf("policy-%d", i)
					w.need(name, logPolicy, with(valid[logPolicy], values{"policyName": name}))
				}
			}},
		}},
	}
}

func applicationRefusals() []refusal {
	return []refusal{
		{rule: "certificate-validation-records", token: validation, refused: []neighbour{
			{why: "a certificate without its record", gone: "pending-record", want: "stays in PENDING_VALIDATION"},
		}},
		{rule: "record-in-zone", token: record, refused: []neighbour{
			{why: "a name of another domain", changes: values{"name": "app.example.org"}, want: "not permitted in zone example.com"},
			{why: "a domain that only ends alike", changes: values{"name": "myexample.com"}, want: "not permitted in zone example.com"},
		}},
		{rule: "load-balancer-zones", token: balancer, refused: []neighbour{
			{why: "one subnet", changes: values{"subnets": []any{"${subnet-a.id}"}}, want: "At least two subnets in two different Availability Zones"},
			{why: "two subnets in one zone", changes: values{"subnets": []any{"${subnet-a.id}", "${subnet-a2.id}"}}, want: "At least two subnets in two different Availability Zones"},
		}},
		{rule: "load-balancer-gateway", token: balancer, refused: []neighbour{
			{why: "a VPC without internet gateway", changes: values{"subnets": []any{"${bare-a.id}", "${bare-b.id}"}}, want: "has no internet gateway"},
		}},
		{rule: "target-group-slow-start", token: targetGroup, accepted: values{"loadBalancingAlgorithmType": "least_outstanding_requests"}, refused: []neighbour{
			{why: "slow start beside least outstanding requests", changes: values{"slowStart": 60}, want: "slow start mode cannot be used with the load balancing algorithm least_outstanding_requests"},
			{why: "slow start beside weighted random", changes: values{"slowStart": 60, "loadBalancingAlgorithmType": "weighted_random"}, want: "weighted_random"},
		}},
		{rule: "target-group-health-check", token: targetGroup, accepted: values{"healthCheck.timeout": 29}, refused: []neighbour{
			{why: "an HTTP check of HTTPS nodes", changes: values{"healthCheck.protocol": "HTTP"}, want: "every target would be unhealthy"},
			{why: "the default check of HTTPS nodes", changes: values{"healthCheck.protocol": nil}, want: "HTTP, the default"},
			{why: "a timeout as long as the default interval", changes: values{"healthCheck.timeout": 30}, want: "must be smaller than the interval 30"},
			{why: "a timeout longer than the interval", changes: values{"healthCheck.interval": 10, "healthCheck.timeout": 15}, want: "must be smaller than the interval 10"},
		}},
		{rule: "listener-certificate", token: listener, refused: []neighbour{
			{why: "HTTPS without certificate", changes: values{"certificateArn": nil}, want: "a certificate must be specified"},
			{why: "a certificate that is not issued", changes: values{"certificateArn": "${pending.arn}"}, want: "PENDING_VALIDATION"},
			{why: "the same in small letters", changes: values{"certificateArn": nil, "protocol": "https"}, want: "a certificate must be specified"},
		}},
		{rule: "listener-tls-policy", token: listener, refused: []neighbour{
			{why: "no TLS policy", changes: values{"sslPolicy": nil}, want: "ELBSecurityPolicy-2016-08, which still speaks TLS 1.0"},
			{why: "a policy that does not exist", changes: values{"sslPolicy": "ELBSecurityPolicy-TLS13-1-2-Res-2021-6"}, want: "SSLPolicyNotFound"},
		}},
		{rule: "user-data-size", token: template, accepted: values{"userData": base64Of(16 * 1024)}, refused: []neighbour{
			{why: "user data too long", changes: values{"userData": base64Of(16*1024 + 1)}, want: "User data is limited to 16384 bytes, got 16385"},
			{why: "user data in plain text", changes: values{"userData": "#!/bin/bash"}, want: "Invalid BASE64"},
		}},
	}
}

func groupRefusals() []refusal {
	tracking := func(label string) values {
		return values{"targetValue": 1000, "predefinedMetricSpecification": values{"predefinedMetricType": "ALBRequestCountPerTarget", "resourceLabel": label}}
	}
	mixed := values{"launchTemplate": nil, "mixedInstancesPolicy": values{"launchTemplate": values{"launchTemplateSpecification": values{"launchTemplateId": "${template.id}", "version": "$Latest"}}}}
	plainVolume := func(w *world) {
		w.need("plain-template", template, with(valid[template], values{
			"name": "plain", "blockDeviceMappings": []any{values{"ebs": values{"kmsKeyId": "${plain-key.arn}"}}},
		}))
		w.need("idle", targetGroup, with(valid[targetGroup], values{"name": "idle"}))
	}
	return []refusal{
		{rule: "group-sizes", token: group, refused: []neighbour{
			{why: "a minimum above the maximum", changes: values{"minSize": 7}, want: "Max bound, 6, must be greater than or equal to min bound, 7"},
		}},
		{rule: "group-maintenance-policy", token: group, accepted: values{"instanceMaintenancePolicy": values{"minHealthyPercentage": 100, "maxHealthyPercentage": 200}}, refused: []neighbour{
			{why: "percentages too far apart", changes: values{"instanceMaintenancePolicy.minHealthyPercentage": 90}, want: "must not exceed 100"},
		}},
		{rule: "group-refresh-latest", token: group, accepted: values{"instanceRefresh": values{"strategy": "Rolling"}}, refused: []neighbour{
			{why: "a refresh with $Latest", changes: values{"launchTemplate.version": "$Latest"}, want: `never starts with launch template version "$Latest"`},
			{why: "a refresh without version", changes: values{"launchTemplate.version": nil}, want: "never starts"},
			{why: "a refresh of mixed instances with $Latest", changes: mixed, want: "never starts"},
		}},
		{rule: "group-volume-key", token: group, refused: []neighbour{
			{why: "a volume key that Auto Scaling may not use", before: plainVolume, changes: values{"launchTemplate.id": "${plain-template.id}"}, want: "AWSServiceRoleForAutoScaling may not use key"},
			{why: "the same by the template's name", before: plainVolume, changes: values{"launchTemplate": values{"name": "plain", "version": "1"}}, want: "AWSServiceRoleForAutoScaling may not use key"},
			{why: "no launch template", changes: values{"launchTemplate": nil}, want: "a launch template must be given"},
		}},
		{rule: "group-boot-loop", token: group, refused: []neighbour{
			{why: "health checks of nodes that have not started", changes: values{"healthCheckGracePeriod": 0}, want: "end every node before it has started"},
		}},
		{rule: "scaling-request-label", token: scaling, accepted: values{"policyType": "TargetTrackingScaling", "targetTrackingConfiguration": tracking("${balancer.arnSuffix}/${targets.arnSuffix}")}, refused: []neighbour{
			{why: "a label without target group", changes: values{"targetTrackingConfiguration": tracking("${balancer.arnSuffix}")}, want: "does not route traffic to the target group"},
			{why: "a target group without listener", before: plainVolume, changes: values{"targetTrackingConfiguration": tracking("${balancer.arnSuffix}/${idle.arnSuffix}")}, want: "does not route traffic to the target group"},
		}},
		{rule: "schedule-sizes", token: schedule, refused: []neighbour{
			{why: "a minimum above the maximum", changes: values{"minSize": 7}, want: "Min size 7 must not be greater than max size 6"},
			{why: "the time of another", want: "AlreadyExists: a scheduled action at the same time", before: func(w *world) {
				w.need("evening", schedule, with(valid[schedule], values{"scheduledActionName": "evening", "recurrence": "0 19 * * 1-5"}))
			}, changes: values{"recurrence": "0 19 * * 1-5"}},
			{why: "a time that is no cron expression", changes: values{"recurrence": "every day"}, want: "recurrence string: every day is invalid"},
		}},
		{rule: "alarm-window", token: alarm, accepted: values{"evaluationPeriods": 1440}, refused: []neighbour{
			{why: "more than a day", changes: values{"evaluationPeriods": 1441}, want: "cannot be checked across more than 86400 seconds"},
			{why: "more than a week", changes: values{"period": 3600, "evaluationPeriods": 169}, want: "more than 604800 seconds"},
		}},
		{rule: "group-target-listener", token: group, refused: []neighbour{
			{why: "health checks by a load balancer that does not know the targets", before: plainVolume, changes: values{"targetGroupArns": []any{"${idle.arn}"}}, want: "its targets are never healthy"},
		}},
	}
}
