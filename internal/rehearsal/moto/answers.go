package moto

import (
	"encoding/json"
	"html"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// ubuntuImage is an Ubuntu image in moto's own list.
const ubuntuImage = "ami-785db401"

func canonicalImage(_ *layerState, _ string, body []byte) any {
	var request struct{ Name string }
	if json.Unmarshal(body, &request) != nil || !strings.HasPrefix(request.Name, "/aws/service/canonical/ubuntu/") {
		return nil
	}
	return map[string]any{"Parameter": map[string]any{
		"Name": request.Name, "Type": "String", "Value": ubuntuImage, "Version": 1, "DataType": "aws:ec2:image",
		"ARN": "arn:aws:ssm:us-east-1::parameter" + request.Name,
	}}
}

// offeringZones are the zones that offer everything in a deep rehearsal, which runs in us-east-1.
var offeringZones = []string{"us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d"}

// noOptions is moto's empty list of options.
var noOptions = regexp.MustCompile(`<OrderableDBInstanceOptions\s*/>|<OrderableDBInstanceOptions>\s*</OrderableDBInstanceOptions>`)

// orderableInstances offers every requested class and version in every zone.
func orderableInstances(_ *layerState, form url.Values, response string) string {
	zones := ""
	for _, zone := range offeringZones {
		zones += "<AvailabilityZone>" + element("Name", zone) + "</AvailabilityZone>"
	}
	option := element("Engine", form.Get("Engine")) + element("EngineVersion", form.Get("EngineVersion")) +
		element("DBInstanceClass", form.Get("DBInstanceClass")) + element("StorageType", "aurora") +
		element("SupportsClusters", "true") + "<AvailabilityZones>" + zones + "</AvailabilityZones>"
	return noOptions.ReplaceAllLiteralString(response, "<OrderableDBInstanceOptions><OrderableDBInstanceOption>"+option+
		"</OrderableDBInstanceOption></OrderableDBInstanceOptions>")
}

// brokerOptions offers brokers of every type in every zone.
func brokerOptions(*layerState, string, []byte) any {
	zones := make([]any, len(offeringZones))
	for i, zone := range offeringZones {
		zones[i] = map[string]any{"name": zone}
	}
	return map[string]any{"brokerInstanceOptions": []any{map[string]any{
		"engineType": "RABBITMQ", "availabilityZones": zones,
		"supportedDeploymentModes": []any{"SINGLE_INSTANCE", "CLUSTER_MULTI_AZ"},
	}}}
}

type backupPolicyDescription struct {
	BackupPolicy struct{ Status string }
}

func putBackupPolicy(s *layerState, id string, body []byte) any {
	var request backupPolicyDescription
	if json.Unmarshal(body, &request) != nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.policies[id] = request.BackupPolicy.Status
	return request
}

func describeBackupPolicy(s *layerState, id string, _ []byte) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	status, put := s.policies[id]
	if !put {
		return nil
	}
	var out backupPolicyDescription
	out.BackupPolicy.Status = status
	return out
}

// emptyPolicy turns a delete of the policy into a put of an empty one, which moto treats as no policy.
func emptyPolicy(r *http.Request) {
	const body = `{"Policy":""}`
	r.Method, r.ContentLength = http.MethodPut, int64(len(body))
	r.Body = io.NopCloser(strings.NewReader(body))
}

// replace returns an edit of the answer by a pattern.
func replace(pattern, by string) func(*layerState, url.Values, string) string {
	re := regexp.MustCompile(pattern)
	return func(_ *layerState, _ url.Values, response string) string { return re.ReplaceAllString(response, by) }
}

// remember stores XML to add next to an element in later responses. An empty text keeps the stored XML.
func (s *layerState) remember(element, kept string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if kept != "" {
		s.forgotten[element] = kept
	}
}

// recall adds the stored XML to a response.
func recall(s *layerState, _ url.Values, response string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for element, kept := range s.forgotten {
		response = strings.ReplaceAll(response, element, element+kept)
	}
	return response
}

// compositeRequest are the parameters of a composite alarm that the layer reads.
var compositeRequest = []string{
	"AlarmName", "AlarmRule", "ActionsSuppressor", "ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod",
}

// asMetricAlarm makes a call of PutCompositeAlarm one that moto has.
func asMetricAlarm(_ *layerState, form url.Values) { form.Set("Action", "PutMetricAlarm") }

func rememberComposite(s *layerState, form url.Values, response string) string {
	kept := ""
	for _, name := range compositeRequest[1:] {
		kept += element(name, form.Get(name))
	}
	s.remember(element("AlarmName", form.Get("AlarmName")), kept)
	return response
}

// describeAlarms adds what moto does not store of a composite alarm. It lists such an alarm among the metric alarms.
func describeAlarms(s *layerState, form url.Values, response string) string {
	if form.Get("AlarmTypes.member.1") == "CompositeAlarm" {
		response = strings.ReplaceAll(response, "<CompositeAlarms/>", "")
		response = strings.NewReplacer("<MetricAlarms", "<CompositeAlarms", "</MetricAlarms", "</CompositeAlarms").Replace(response)
	}
	return recall(s, form, response)
}

// element returns an XML element with a name and text; empty if there is no text.
func element(name, text string) string {
	if text == "" {
		return ""
	}
	return "<" + name + ">" + html.EscapeString(text) + "</" + name + ">"
}

func rememberGroup(s *layerState, form url.Values, response string) string {
	const policy = "InstanceMaintenancePolicy"
	kept := element("DefaultInstanceWarmup", form.Get("DefaultInstanceWarmup"))
	if least := form.Get(policy + ".MinHealthyPercentage"); least != "" {
		kept += "<" + policy + ">" + element("MinHealthyPercentage", least) +
			element("MaxHealthyPercentage", form.Get(policy+".MaxHealthyPercentage")) + "</" + policy + ">"
	}
	const name = "AutoScalingGroupName"
	s.remember(element(name, form.Get(name)), kept)
	return response
}

func rememberInsights(s *layerState, form url.Values, response string) string {
	const name = "DBInstanceIdentifier"
	s.remember(element(name, form.Get(name)), insightsOf(form))
	return response
}

// insightsOf returns the Performance Insights of a request as XML of a description, "" when the request does not
// enable them.
func insightsOf(form url.Values) string {
	if form.Get("EnablePerformanceInsights") != "true" {
		return ""
	}
	kept := element("PerformanceInsightsEnabled", "true")
	for _, name := range []string{"PerformanceInsightsKMSKeyId", "PerformanceInsightsRetentionPeriod"} {
		kept += element(name, form.Get(name))
	}
	return kept
}

var insights = regexp.MustCompile(`<(PerformanceInsights[A-Za-z]+)(/>|>[^<]*</PerformanceInsights[A-Za-z]+>)`)

func recallInsights(s *layerState, form url.Values, response string) string {
	return recall(s, form, insights.ReplaceAllString(response, ""))
}

var ruleID = regexp.MustCompile(`<securityGroupRuleId>[^<]+</securityGroupRuleId>`)

func rememberRule(s *layerState, form url.Values, response string) string {
	for _, of := range []string{"Groups", "PrefixListIds"} {
		description := element("description", form.Get("IpPermissions.1."+of+".1.Description"))
		s.remember(ruleID.FindString(response), description)
	}
	return response
}

var scaling = regexp.MustCompile(
	`(?s)<ScalingConfigurationInfo/>|<ScalingConfigurationInfo>.*?</ScalingConfigurationInfo>`,
)

func rememberCluster(s *layerState, form url.Values, response string) string {
	kept := insightsOf(form)
	if kept == "" {
		return response
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clusters[form.Get("DBClusterIdentifier")] = kept
	return response
}

// describeClusters adds the stored insights. It cannot use recall, because an instance has the same element with its
// cluster.
func describeClusters(s *layerState, _ url.Values, response string) string {
	response = scaling.ReplaceAllString(response, "")
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.clusters) > 0 {
		response = insights.ReplaceAllString(response, "")
	}
	for id, kept := range s.clusters {
		of := element("DBClusterIdentifier", id)
		response = strings.ReplaceAll(response, of, of+kept)
	}
	return response
}

// keepMixed stores the mixed-instances policy of a group, and adds it to a call without a launch template.
func keepMixed(s *layerState, form url.Values) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name, given := form.Get("AutoScalingGroupName"), url.Values{}
	for key, values := range form {
		switch {
		case strings.HasPrefix(key, "MixedInstancesPolicy."):
			given[key] = values
		case key == "LaunchConfigurationName", strings.HasPrefix(key, "LaunchTemplate."):
			delete(s.mixed, name)
			return
		}
	}
	if len(given) > 0 {
		s.mixed[name] = given
		return
	}
	maps.Copy(form, s.mixed[name])
}
