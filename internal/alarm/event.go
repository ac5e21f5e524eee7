package alarm

import (
	"encoding/json"
	"strings"
)

// Roles of the outputs that events of several tiers are about.
const (
	AccountRole = "account"
	RegionRole  = "region"
	// NodeLogsRole is the role of the name of the nodes' log group, which has events about several tiers.
	NodeLogsRole = "nodeLogs"
)

// Event is something that a service reports once, and that no metric shows: EventBridge sends it to a topic.
type Event struct {
	// Name within the tier, such as "failover". With the tier's name it is the anchor of its runbook.
	Name     string
	Severity Severity
	// Essential events are those that a development stack has too.
	Essential bool
	// Trail is true for an event that EventBridge has only while CloudTrail records the account's management events.
	Trail bool
	// Fields are what an event must have to be sent: each field, with one of its values.
	Fields []Field
	// Meaning is what has happened, and Action what the person on call does first.
	Meaning, Action string
	// Source is the page of the event.
	Source string
}

// Field is a field of an event by its path, such as "detail.SourceIdentifier", and the values of which it must have one.
type Field struct {
	Path   string
	Values []Dimension
}

// Pattern returns the pattern of EventBridge for the event, as JSON; values are the outputs by role.
func (e Event) Pattern(values map[string]string) (string, error) {
	pattern := map[string]any{}
	for _, f := range e.Fields {
		at, steps := pattern, strings.Split(f.Path, ".")
		for _, step := range steps[:len(steps)-1] {
			inner, ok := at[step].(map[string]any)
			if !ok {
				inner = map[string]any{}
				at[step] = inner
			}
			at = inner
		}
		list := make([]string, len(f.Values))
		for i, v := range f.Values {
			list[i] = v.Text
			if v.Role != "" {
				list[i] = values[v.Role]
			}
		}
		at[steps[len(steps)-1]] = list
	}
	text, err := json.Marshal(pattern)
	return string(text), err
}

// From returns the fields that every event has: the service that sends it, and its types.
func From(source string, types ...string) []Field {
	return []Field{{Path: "source", Values: []Dimension{Is(source)}}, Having("detail-type", types...)}
}

// Having returns a field with fixed values.
func Having(path string, values ...string) Field {
	f := Field{Path: path}
	for _, v := range values {
		f.Values = append(f.Values, Is(v))
	}
	return f
}

// About returns a field with the outputs that have the roles.
func About(path string, roles ...string) Field {
	f := Field{Path: path}
	for _, role := range roles {
		f.Values = append(f.Values, Of(role))
	}
	return f
}

// StateRole is the role of the ARN of an alarm of a tier, as far as the alarm is in another region.
func StateRole(tier, name string) string { return "alarm " + tier + "-" + name }

// StateChange returns the fields of the event in which an alarm becomes a state. was are the states before it, all if there
// are none. The role is that of the alarm's ARN.
func StateChange(role, state string, was ...string) []Field {
	fields := append(From("aws.cloudwatch", "CloudWatch Alarm State Change"),
		About("resources", role), Having("detail.state.value", state))
	if len(was) > 0 {
		fields = append(fields, Having("detail.previousState.value", was...))
	}
	return fields
}

// Health returns the event in which AWS Health tells about resources of the account: maintenance that it plans, a fault of
// a host, an end of support. what names the resources in the message. AWS Health sends each event to a second region too,
// so that the region of the fault is compared.
func Health(what string, services ...string) Event {
	return Event{
		Name: "health", Severity: Ticket, Essential: true,
		Fields: append(From("aws.health", "AWS Health Event"),
			Having("detail.service", services...),
			Having("detail.eventScopeCode", "ACCOUNT_SPECIFIC"),
			About("detail.affectedAccount", AccountRole), About("detail.eventRegion", RegionRole)),
		Meaning: "AWS plans maintenance of " + what + ", has found a fault of it, or wants you to do something.",
		Action: "Read the description in the message; the AWS Health Dashboard lists the affected resources. Plan the work " +
			"before the date in it.",
		Source: "https://docs.aws.amazon.com/health/latest/ug/aws-health-events-eventbridge-schema.html",
	}
}
