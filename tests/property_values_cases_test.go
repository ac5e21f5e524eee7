package tests

// valueStacks are the stacks on which values are tried, by environment.
var valueStacks = map[string][]string{
	"production":  {"everything", "prod", "existing", "unchecked"},
	"development": {"everything in dev", "dev", "existing in dev"},
}

// companions are what other keys must be for a value that is legal only then. The first one that the configuration
// accepts is used.
var companions = map[string][]overrides{
	"backup.completionHours": {{"backup.window": "06:30-07:30"}},
	"backup.dailyDays":       {{"backup.weeklyWeeks": 0, "backup.monthlyMonths": 0}},
	"backup.weeklyWeeks":     {{"backup.monthlyMonths": 0}, {"backup.dailyDays": 6, "backup.lock.minDays": 0, "backup.lock.mode": "none"}},
	"backup.monthlyMonths":   {{"backup.weeklyWeeks": 0, "backup.dailyDays": 7}},
	"backup.lock.mode": {{
		"backup.lock.graceDays": 3, "backup.lock.confirmation": "prod cannot be undone",
	}},
	"backup.lock.minDays": {{"backup.dailyDays": 36500, "backup.weeklyWeeks": 0, "backup.monthlyMonths": 0}},
	"backup.lock.graceDays": {{
		"backup.lock.mode": "compliance", "backup.lock.confirmation": "prod cannot be undone",
	}},
	"cluster.minSize": {
		{"cluster.maxSize": 50, "database.connectionsPerNode": 10, "database.instanceClass": "db.r5.xlarge"},
		{"cluster.maxSize": 6},
	},
	"cluster.maxSize": {
		{"database.connectionsPerNode": 10},
		{"cluster.minSize": 1, "cluster.schedules": []any{}},
	},
	"cluster.schedules[].minSize": {{
		"cluster.schedules": schedule(50, 50), "cluster.maxSize": 50, "database.connectionsPerNode": 10,
		"database.instanceClass": "db.r5.xlarge",
	}},
	"cluster.schedules[].maxSize": {
		{"cluster.schedules": schedule(4, 50), "cluster.maxSize": 50, "database.connectionsPerNode": 10},
		{"cluster.schedules": schedule(1, 1)},
	},
	"database.connectionsPerNode": {{
		"database.instanceClass": "db.r8g.24xlarge", "cluster.minSize": 1, "cluster.maxSize": 1,
		"cluster.schedules": []any{},
	}},
	"database.instanceClass": {
		{
			"database.connectionsPerNode": 10, "cluster.maxSize": 3, "cluster.schedules": []any{}, "database.insights": "",
		},
	},
	"filesystem.throughputMode":      {{"filesystem.performanceMode": "generalPurpose"}},
	"network.natGateways":            {{"network.interfaceEndpoints": true}},
	"network.interfaceEndpoints":     {{"network.natGateways": "per-zone"}},
	"network.extraEgress[].toPort":   {{"network.extraEgress": egressAt(1, 1)}},
	"network.extraEgress[].fromPort": {{"network.extraEgress": egressAt(65535, 65535)}},
	"recovery.mode": {{
		"recovery.region": "us-west-2", "database.administratorSecret": "own", "database.instanceClass": "db.r5.xlarge",
	}},
	"recovery.failedOver": {{"recovery.mode": "backup", "recovery.region": "us-west-2"}},
	"search.instanceCount": {
		{"search.instanceType": "r6g.large.search", "search.masterInstanceType": "m6g.large.search"},
	},
	"search.instanceType":       {{"search.dedicatedMasters": 0, "search.volumeGiB": 10}},
	"search.masterInstanceType": {{"search.instanceType": "r5.large.search"}},
	"search.volumeGiB": {
		{"search.volumeIops": 3000, "search.volumeThroughput": 250, "search.instanceType": "r6g.large.search"},
	},
	"search.volumeThroughput": {{"search.volumeIops": 16000}},
}

func schedule(least, most int) []any {
	return []any{map[string]any{"name": "day", "recurrence": "0 7 * * 1-5", "minSize": least, "maxSize": most}}
}

func egressAt(from, to int) []any {
	return []any{map[string]any{"cidr": "172.16.0.0/12", "fromPort": from, "toPort": to, "protocol": "udp", "why": "SNMP"}}
}

// impossible are values inside a range that no configuration can have, with the reason.
var impossible = map[string]string{
	"production search.instanceCount 80":          "a multiple of three zones: 78 deploys",
	"production recovery.mode active":             "of the stack that takes over: TestAnActiveRecoveryStackServesWithWhatWasReplicated",
	"production recovery.mode restored":           "of the stack that takes over: TestAStackIsMadeOfCopiesOfRecoveryPoints",
	"production recovery.role recovery":           "of the stack that takes over: TestAPilotLightFollowsTheDataAndServesNobody",
	"production cluster.maxSize 1":                "not below cluster.minSize, which is 3 in production",
	"production cluster.schedules[].maxSize 1":    "not below its minSize, which is 3 in production",
	"production database.connectionsPerNode 2000": "six nodes while three are replaced, and no class takes 12,000",
}
