package tests

// wrongData are cases about copies, passwords and notifications.
var wrongData = []wrong{
	one("unsupported days until infrequent access", "filesystem.transitionToIaDays", 20,
		`filesystem.transitionToIaDays: must be one of 0, 1, 7, 14, 30, 60, 90, 180, 270, 365, got 20 (the periods `+
			`that EFS knows; 0 is never)`),
	one("negative days until infrequent access", "filesystem.transitionToIaDays", -1,
		`filesystem.transitionToIaDays: must be one of 0, 1, 7, `),

	one("insights", "database.insights", "all",
		`database.insights: must be one of standard, advanced, or empty for the mode that the database has, got "all"`),
	one("administrator", "database.administratorSecret", "none",
		`database.administratorSecret: must be one of managed, own, got "none"`),
	one("snapshot", "database.snapshotIdentifier", "last night's",
		`database.snapshotIdentifier: must be the name or ARN of a cluster snapshot, or empty for an empty database, `+
			`got "last night's"`),
	one("snapshot of an instance", "database.snapshotIdentifier", "arn:aws:rds:us-east-1:123456789012:snapshot:one",
		`database.snapshotIdentifier: must be the name or ARN of a cluster snapshot, or empty for an empty database, `+
			`got "arn:`),
	one("too many connections", "database.connectionsPerNode", 166,
		`database.connectionsPerNode: must be at most 165 with cluster.maxSize 6 on db.r5.xlarge, got 166 (the class `+
			`takes 2000 connections, 10 of them kept for administrators, and 12 nodes while all are replaced; nodes `+
			`beyond that fail to start)`),
	{
		name: "more nodes than connections", over: overrides{"cluster.maxSize": 14},
		problems: []string{
			`database.connectionsPerNode: must be at most 71 with cluster.maxSize 14 on db.r5.xlarge, got 150`,
		},
	},
	one("too few connections", "database.connectionsPerNode", 9, `database.connectionsPerNode: must be 10..2000, got 9`),

	one("rotation zero of the broker", "rotation.messaging", 0,
		`rotation.messaging: must be 1 or more, got 0 (it is counted up for each new password)`),
	one("rotation zero, database user", "rotation.databaseUser", 0, `rotation.databaseUser: must be 1 or more, got 0`),
	one("negative rotation of search", "rotation.search", -1, `rotation.search: must be 1 or more, got -1`),
	one("rotation of a password that RDS manages", "rotation.databaseAdministrator", 2,
		`rotation.databaseAdministrator: must be 1 while database.administratorSecret is managed, got 2 (RDS rotates `+
			`that password itself)`),

	one("address", "notifications.emails", []any{"oncall"},
		`notifications.emails[0]: must be an address such as oncall@example.com, got "oncall"`),
	one("address with an empty part", "notifications.emails", []any{"on..call@example.com"},
		`notifications.emails[0]: must be an address such as oncall@example.com, got "on..call@example.com"`),
	one("few alarms in production", "monitoring.alarms", "essential",
		`monitoring.alarms: must be all in production, got "essential" (production is watched in every aspect)`),
	one("alarms of another kind", "monitoring.alarms", "none",
		`monitoring.alarms: must be one of all, essential, got "none"`),
	one("errors that most requests have", "monitoring.errorPercent", 51,
		`monitoring.errorPercent: must be 1..50, got 51 (above half, the alarm would stay silent while most requests fail)`),
	one("no errors", "monitoring.errorPercent", 0, `monitoring.errorPercent: must be 1..50, got 0`),
	one("slower than a browser waits", "monitoring.latencySeconds", 61,
		`monitoring.latencySeconds: must be 1..60, got 61 (browsers and API clients give up after about a minute)`),
	one("no latency", "monitoring.latencySeconds", 0, `monitoring.latencySeconds: must be 1..60, got 0`),
	one("more messages than a queue takes", "monitoring.queuedMessages", 1000001,
		`monitoring.queuedMessages: must be 1..1000000, got 1000001`),
	one("no messages", "monitoring.queuedMessages", 0, `monitoring.queuedMessages: must be 1..1000000, got 0`),
	one("no error at all", "monitoring.applianceErrors", 0, `monitoring.applianceErrors: must be 1..100000, got 0`),
	one("more refused log-ins than none", "monitoring.failedLogins", -1, `monitoring.failedLogins: must be 0..10000, got -1`),
	one("function with a version", "notifications.functionArns", []any{functionARN + ":7"},
		`notifications.functionArns[0]: must be the ARN of a Lambda function without a version, got "`+functionARN+`:7"`),
	one("function of another region", "notifications.functionArns",
		[]any{"arn:aws:lambda:eu-west-1:123456789012:function:oncall"},
		"notifications.functionArns[0]: must be a function in aws.region and aws.accountId"),
	one("endpoint without TLS", "webhooks.pageUrls", []any{"http://events.example.com"},
		"webhooks.pageUrls[0]: must be a URL such as https://events.example.com/integration/token"),
	one("URL in plain text", "webhooks.pageUrls", []any{"https://events.example.com/integration/0123/enqueue"},
		`webhooks.pageUrls: must be given with --secret, got "(a URL in plain text)"`),
	one("URL twice", "webhooks.ticketUrls", []any{"https://a.example.com", "https://a.example.com"},
		"webhooks.ticketUrls[1]: must be a URL that is not in the list already"),
	one("a budget below nothing", "monitoring.budgetUsd", -1, `monitoring.budgetUsd: must be 0..10000000, got -1 (0 is no budget)`),
	one("a monitor by its name", "monitoring.anomalyMonitor", "ours",
		`monitoring.anomalyMonitor: must be none, own, or the ARN of an anomaly monitor, got "ours"`),
	one("a monitor of another account", "monitoring.anomalyMonitor",
		"arn:aws:ce::210987654321:anomalymonitor/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9",
		`monitoring.anomalyMonitor: must be a monitor of account 123456789012`),
	{
		name: "a health check of an internal load balancer",
		over: privateOnly(overrides{"monitoring.healthCheck": true}),
		problems: []string{`monitoring.healthCheck: must be false with loadBalancer.scheme internal, got true (the health ` +
			`checkers are on the internet; monitor https://morpheus.example.com/ping from a network of the clients, such as by a ` +
			`CloudWatch Synthetics canary in a VPC)`},
	},
	{
		name: "a health check in China",
		over: overrides{
			"aws.region": "cn-north-1", "network.availabilityZones": []any{"cn-north-1a", "cn-north-1b", "cn-north-1c"},
			"monitoring.budgetUsd": 0,
		},
		problems: []string{`monitoring.healthCheck: must be false in cn-north-1, got true (the metric of a health check is in ` +
			`us-east-1, and no event crosses partitions; monitor https://morpheus.example.com/ping by a service of your own)`},
	},
	one("a health check with TLS 1.3 alone", "loadBalancer.tlsPolicy", "ELBSecurityPolicy-TLS13-1-3-2021-06",
		`monitoring.healthCheck: must be false with loadBalancer.tlsPolicy ELBSecurityPolicy-TLS13-1-3-2021-06, or the `+
			`policy one with TLS 1.2, got true (the health checkers use TLS 1.2 at most)`),
	{
		name: "more clients than there is room for beside the health checkers",
		over: overrides{"network.allowedClientCidrs": ranges(26)},
		problems: []string{`network.allowedClientCidrs: must be 1..25 address ranges, got ` +
			`["203.0.113.0/32","203.0.113.1/32"`},
	},
	one("every anomaly", "monitoring.anomalyUsd", 0, `monitoring.anomalyUsd: must be 1..1000000, got 0`),
	one("address twice", "notifications.emails", []any{"a@example.com", "a@example.com"},
		`notifications.emails[1]: must be an address that is not in the list already, got "a@example.com"`),

	one("tier without data", "safety.allowReplace", []any{"cluster"},
		`safety.allowReplace[0]: must be one of filesystem, database, messaging, search, loadbalancer, backup, got "cluster" `+
			`(the tiers that hold data, and the load balancer with its address)`),
	one("tier twice", "safety.allowReplace", []any{"search", "search"},
		`safety.allowReplace[1]: must be a tier that is not in the list already, got "search"`),
}
