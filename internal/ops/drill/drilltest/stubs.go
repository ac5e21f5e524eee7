package drilltest

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/opstest"
)

type (
	m = map[string]any
	l = []any
)

// stubs are the services whose state follows the failure.
func (w *World) stubs() []opstest.Stub {
	all := []struct {
		call  string
		reply func(body string) m
	}{
		{"autoscaling DescribeAutoScalingGroups", w.group},
		{"autoscaling DescribeInstanceRefreshes", w.refreshes},
		{"elbv2 DescribeLoadBalancers", w.balancers},
		{"elbv2 DescribeLoadBalancerAttributes", w.attributes},
		{"elbv2 DescribeTargetGroups", func(string) m { return m{"TargetGroups": l{m{"TargetGroupArn": "arn:nodes"}}} }},
		{"elbv2 DescribeTargetHealth", w.targets},
		{"rds DescribeDBInstances", w.instances},
		{"mq DescribeBroker", w.broker},
		{"ec2 DescribeSubnets", w.subnets},
		{"opensearch DescribeDomain", w.domain},
		{"opensearch DescribeDomainNodes", w.dataNodes},
		{"opensearch DescribeDomainHealth", w.health},
		{"opensearch StartDomainMaintenance", w.reboot},
		{"opensearch GetDomainMaintenanceStatus", w.maintenance},
		{"cloudwatch DescribeAlarms", w.alarms},
		{"arc-zonal-shift StartZonalShift", w.startShift},
		{"arc-zonal-shift ListZonalShifts", w.listShifts},
		{"arc-zonal-shift GetManagedResource", w.resource},
	}
	var out []opstest.Stub
	add := func(call, when string, reply func(body string) m) {
		out = append(out, opstest.Stub{Call: call, When: when, Reply: func(body string) (m, string) {
			w.mu.Lock()
			defer w.mu.Unlock()
			if code := w.Fails[call]; code != "" {
				return nil, code
			}
			return reply(body), ""
		}})
	}
	for _, one := range all {
		add(one.call, "", one.reply)
	}
	for i := range mostShifts { // the id is in the path
		add("arc-zonal-shift CancelZonalShift", "/"+shiftID(i), func(string) m { return w.cancel(i) })
	}
	for call, code := range w.Fails {
		if !slices.ContainsFunc(out, func(s opstest.Stub) bool { return s.Call == call }) {
			out = append(out, opstest.Stub{Call: call, Code: code})
		}
	}
	return out
}

// lostNode reports whether a node was terminated and has no replacement yet. AWS notices after half a minute.
func (w *World) lostNode() bool {
	return w.missing() && slices.Contains(w.calls, "Action=TerminateInstances") && w.since() >= 30*time.Second
}

func (w *World) nodes() l {
	var list l
	for i, zone := range w.NodesOf {
		if i == 0 && w.lostNode() {
			continue
		}
		id := fmt.Sprintf("i-other-%d", i)
		if i < len(w.ids) {
			id = w.ids[i]
		}
		if i == 0 && slices.Contains(w.calls, "Action=TerminateInstances") && !w.missing() {
			id = "i-replacement"
		}
		list = append(list, m{"InstanceId": id, "AvailabilityZone": zone, "LifecycleState": "InService", "HealthStatus": "Healthy"})
	}
	return list
}

func (w *World) group(string) m {
	return m{"AutoScalingGroups": l{m{
		"AutoScalingGroupName": "morpheus-prod", "MinSize": 3, "MaxSize": 6, "DesiredCapacity": len(w.NodesOf),
		"Instances": w.nodes(),
	}}}
}

func (w *World) refreshes(string) m {
	return m{"InstanceRefreshes": l{m{"Status": w.Refresh, "StatusReason": "the reason", "PercentageComplete": 40}}}
}

func (w *World) balancers(string) m {
	var zones l
	for _, zone := range Zones {
		zones = append(zones, m{"ZoneName": zone})
	}
	return m{"LoadBalancers": l{m{
		"DNSName": dnsName, "LoadBalancerArn": balancer, "State": m{"Code": "active"}, "AvailabilityZones": zones,
	}}}
}

func (w *World) attributes(string) m {
	return m{"Attributes": l{m{"Key": "zonal_shift.config.enabled", "Value": w.ZonalShift}}}
}

func (w *World) targets(string) m {
	var list l
	for _, node := range w.nodes() {
		list = append(list, m{"Target": m{"Id": node.(m)["InstanceId"]}, "TargetHealth": m{"State": "healthy"}})
	}
	return m{"TargetHealthDescriptions": list}
}

// instances of the database: the former writer starts again as a reader.
func (w *World) instances(string) m {
	status := "available"
	if w.missing() {
		status = "rebooting"
	}
	instance := func(zone, status string) m {
		return m{
			"DBInstanceIdentifier": "morpheus-prod-" + zone, "DBClusterIdentifier": cluster, "DBInstanceStatus": status,
			"AvailabilityZone": zone,
		}
	}
	return m{"DBInstances": l{instance(Zones[0], status), instance(Zones[1], "available")}}
}

func (w *World) broker(string) m {
	state := "RUNNING"
	if w.missing() {
		state = "REBOOT_IN_PROGRESS"
	}
	return m{
		"BrokerName": "morpheus-rabbitmq", "BrokerState": state, "DeploymentMode": w.Broker, "HostInstanceType": "mq.m5.large",
		"EngineVersion": "3.13.7", "SubnetIds": []string{"subnet-1", "subnet-2", "subnet-3"},
	}
}

func (w *World) subnets(string) m {
	var list l
	for _, zone := range Zones {
		list = append(list, m{"SubnetId": "subnet", "AvailabilityZone": zone})
	}
	return m{"Subnets": list}
}

func (w *World) domain(string) m {
	return m{"DomainStatus": m{
		"DomainId": "1", "DomainName": "morpheus-logs", "ARN": "arn:domain", "EngineVersion": "OpenSearch_2.19",
		"ClusterConfig": m{
			"InstanceCount": 3, "InstanceType": "r6g.large.search", "DedicatedMasterEnabled": true, "DedicatedMasterCount": 3,
			"ZoneAwarenessEnabled": true, "ZoneAwarenessConfig": m{"AvailabilityZoneCount": 3},
		},
	}}
}

func (w *World) dataNodes(string) m {
	list := l{m{"NodeId": "master-node-000", "NodeType": "Master", "AvailabilityZone": Zones[0], "NodeStatus": "Active"}}
	for i := range w.DataNodes {
		status := "Active"
		if i == 0 && w.missing() {
			status = "NotAvailable"
		}
		list = append(list, m{
			"NodeId": fmt.Sprintf("data-node-%03d", i), "NodeType": "Data", "AvailabilityZone": Zones[i%len(Zones)], "NodeStatus": status,
		})
	}
	return m{"DomainNodesStatusList": list}
}

func (w *World) health(string) m {
	health := "Green"
	if w.missing() {
		health = "Yellow"
	}
	return m{"ClusterHealth": health, "DomainState": "Active"}
}

func (w *World) reboot(body string) m {
	w.injected = w.now()
	w.calls = append(w.calls, "StartDomainMaintenance "+body)
	return m{"MaintenanceId": "maintenance-1"}
}

func (w *World) maintenance(string) m {
	status := "COMPLETED"
	if w.missing() {
		status = "IN_PROGRESS"
	}
	return m{"Status": status}
}

func (w *World) alarms(string) m {
	var list l
	for _, name := range alarms {
		state := "OK"
		begins, later := w.Begins[name]
		if slices.Contains(w.Firing, name) || later && w.since() >= begins && w.missing() {
			state = "ALARM"
		}
		list = append(list, m{"AlarmName": name, "StateValue": state, "ActionsEnabled": true})
	}
	return m{"MetricAlarms": list}
}

// mostShifts is how many a test starts.
const mostShifts = 4

func shiftID(i int) string { return fmt.Sprintf("shift-%d", i+1) }

func (w *World) active() []*shift {
	var out []*shift
	for _, s := range w.shifts {
		if !s.ended && w.now().Before(s.expires) {
			out = append(out, s)
		}
	}
	return out
}

func (w *World) start(away, comment string, lasts time.Duration) *shift {
	s := &shift{
		id: shiftID(len(w.shifts)), comment: comment, away: away, resource: balancer, started: w.now(),
		expires: w.now().Add(lasts),
	}
	w.shifts = append(w.shifts, s)
	return s
}

func (s *shift) row(status string) m {
	return m{
		"zonalShiftId": s.id, "resourceIdentifier": s.resource, "awayFrom": s.away, "expiryTime": s.expires, "startTime": s.started,
		"status": status, "comment": s.comment,
	}
}

func (w *World) startShift(body string) m {
	var asked struct{ ResourceIdentifier, AwayFrom, ExpiresIn, Comment string }
	lasts := time.Duration(0)
	if err := json.Unmarshal([]byte(body), &asked); err == nil {
		lasts, _ = time.ParseDuration(asked.ExpiresIn) // zero is a shift that has ended, which the test notices
	}
	w.injected = w.now()
	w.calls = append(w.calls, "StartZonalShift "+asked.AwayFrom+" "+asked.ExpiresIn)
	return w.start(asked.AwayFrom, asked.Comment, lasts).row("ACTIVE")
}

func (w *World) listShifts(string) m {
	var list l
	for _, s := range w.active() {
		list = append(list, s.row("ACTIVE"))
	}
	return m{"items": list}
}

func (w *World) cancel(i int) m {
	s := w.shifts[i]
	s.ended = true
	w.calls = append(w.calls, "CancelZonalShift "+s.id)
	return s.row("CANCELED")
}

// resource has the weights of the zones. AWS needs a minute to apply a shift.
func (w *World) resource(string) m {
	weights := m{}
	for _, id := range ZoneIDs {
		weights[id] = 1.0
	}
	for _, s := range w.active() {
		if w.now().Sub(s.started) >= time.Minute {
			weights[s.away] = 0.0
		}
	}
	return m{"appliedWeights": weights, "zonalShifts": l{}}
}
