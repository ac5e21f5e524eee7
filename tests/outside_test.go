package tests

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/alarm"
	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/eventbridge"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
)

// inAnotherRegion is the run of prod in a region without the metrics of services that have no regions.
func inAnotherRegion(t *testing.T) *recorder {
	t.Helper()
	for _, d := range deployments(t) {
		if d.name == "another region" {
			return d.recorder
		}
	}
	require.Fail(t, "optionalParts has no stack in another region")
	return nil
}

// regionIn is the region in an ARN.
func regionIn(arn string) string { return strings.Split(arn+":::", ":")[3] }

// stateChange is the event in which an alarm changes.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
func stateChange(alarmARN, state, previous string) string {
	name := alarmARN[strings.LastIndex(alarmARN, ":")+1:]
	return `{"version": "0", "id": "c4c1c1c9-6542-e61b-6ef0-8c4d36933a92", "detail-type": "CloudWatch Alarm State Change",
		"source": "aws.cloudwatch", "account": "` + simaws.AccountID + `", "time": "2026-11-29T03:00:00Z",
		"region": "` + regionIn(alarmARN) + `", "resources": ["` + alarmARN + `"], "detail": {"alarmName": "` + name + `",
		"configuration": {"description": "text", "metrics": []},
		"previousState": {"reason": "text", "timestamp": "2026-11-29T02:50:00.000+0000", "value": "` + previous + `"},
		"state": {"reason": "text", "timestamp": "2026-11-29T03:00:00.000+0000", "value": "` + state + `"}}}`
}

// targetsOf are the targets that EventBridge sends an event to, in a region.
func targetsOf(t *testing.T, r *recorder, region, event string) []string {
	t.Helper()
	var out []string
	for _, target := range r.OfType(awstoken.EventTarget) {
		for _, rule := range r.OfType(awstoken.EventRule) {
			if rule.Output("name") != fmt.Sprint(target.Get("rule")) || regionIn(rule.Output("arn")) != region {
				continue
			}
			pattern, err := eventbridge.Parse(fmt.Sprint(rule.Get("eventPattern")))
			require.NoError(t, err, rule.Name)
			matches, err := pattern.Matches(event)
			require.NoError(t, err, rule.Name)
			if matches {
				out = append(out, target.Texts("arn")...)
			}
		}
	}
	return out
}

// forwarded are the targets that a change of an alarm gets to through an event bus of another region.
func forwarded(t *testing.T, r *recorder, alarmARN, state, previous string) []string {
	t.Helper()
	event := stateChange(alarmARN, state, previous)
	var out []string
	for _, bus := range targetsOf(t, r, regionIn(alarmARN), event) {
		if strings.Contains(bus, ":event-bus/") {
			out = append(out, targetsOf(t, r, regionIn(bus), event)...)
		}
	}
	return out
}

// An alarm acts on topics of its own region, and the metric is in us-east-1. So in another region the page goes by events.
func TestAnOutageSeenFromOutsidePagesInEveryRegion(t *testing.T) {
	r := inAnotherRegion(t)
	pages := topicsOf(t, r)[alarm.Page]
	unreachable := named(t, r, "monitoring-global-loadbalancer-unreachable")
	arn := unreachable.Output("arn")
	assert.Equal(t, "us-east-1", regionIn(arn), "no other region has the metric")
	assert.Equal(t, "eu-west-1", regionIn(pages))
	assert.Empty(t, unreachable.Texts("alarmActions"), "CloudWatch refuses topics of another region")
	for _, c := range []struct {
		state, previous string
		want            []string
		why             string
	}{
		{"ALARM", "OK", []string{pages}, "nobody is served"},
		{"ALARM", "INSUFFICIENT_DATA", []string{pages}, "nobody is served"},
		{"OK", "ALARM", []string{pages}, "whoever was paged must learn that it is over"},
		{"OK", "INSUFFICIENT_DATA", nil, "a new alarm is no news"},
		{"INSUFFICIENT_DATA", "OK", nil, "Route 53 does not measure"},
	} {
		assert.Equal(t, c.want, forwarded(t, r, arn, c.state, c.previous), "%s after %s: %s", c.state, c.previous, c.why)
	}
	assert.Empty(t, forwarded(t, r, arn+"-2", "ALARM", "OK"), "the alarm of another stack")

	p := permissionsOf(t, r)
	rule := named(t, r, "monitoring-global-forward").Output("arn")
	const role = "monitoring-global-role"
	bus := "arn:aws:events:eu-west-1:" + simaws.AccountID + ":event-bus/"
	for _, c := range []struct {
		call call
		may  bool
	}{
		{call{who: role, actions: "events:PutEvents", on: bus + "default"}, true},
		{call{who: role, actions: "events:PutEvents", on: bus + "other"}, false},
		{call{who: role, actions: "events:PutRule events:PutTargets", on: rule}, false},
		{call{who: eventsService, actions: "sts:AssumeRole", on: "${" + role + ".arn}", with: source(rule)}, true},
		{call{who: eventsService, actions: "sts:AssumeRole", on: "${" + role + ".arn}", with: source(rule + "-2")}, false},
	} {
		for _, decided := range p.cases(t, []call{c.call}) {
			assert.Equal(t, c.may, decided.Allowed, "%s", decided.String())
		}
	}
}

// The health check asks what the nodes' own checks ask, under the name of the clients, and begins when it can succeed.
func TestTheHealthCheckFromOutsideAsksLikeAClient(t *testing.T) {
	everywhere(t, func(p *property, d deployment) {
		checks := d.OfType(awstoken.Route53HealthCheck)
		p.is(len(checks) == 0 || len(checks) == 1, "the stack has %d health checks", len(checks))
		for _, check := range checks {
			p.is("https://"+fmt.Sprint(check.Get("fqdn")) == d.Exports["applianceUrl"].Value, "it must ask the appliance's name")
			p.is(check.Get("resourcePath") == d.OfType(awstoken.LBTargetGroup)[0].Get("healthCheck.path"),
				"it must ask what the load balancer asks the nodes")
			p.is(check.Get("type") == "HTTPS" && check.Get("enableSni") == true && check.Get("port") == 443.0,
				"it must connect like a browser")
			p.is(len(check.Texts("regions")) >= 3, "one region that is cut off must not page")
			before := madeBefore(d.recorder, check)
			for _, token := range []string{awstoken.LBListener, awstoken.Route53Record} {
				for _, res := range d.OfType(token) {
					if res.Name != "loadbalancer-validation" {
						p.is(before[res.Name], "it must wait for %s, without which it fails", res.Name)
					}
				}
			}
			p.is(before["network-ingress-checkers-to-loadbalancer-443"], "it must wait for the rule that lets it in")
		}
	})
}

// Without dns.hostedZoneId the record is in a zone of another account or provider, which the program cannot see.
func TestAHealthCheckOfANameOfOthersWarns(t *testing.T) {
	over := overrides{"dns.hostedZoneId": "", "loadBalancer.certificateArn": simaws.CertificateARN("us-east-1")}
	warned := warnings(t, "prod", over)
	require.Len(t, warned, 1)
	assert.Contains(t, warned[0], "monitoring.healthCheck: the health check fails, and somebody is paged, until the public DNS")
}
