package tests

import (
	"encoding/json"
	"strings"
)

// wrongTiers are cases about the back ends.
var wrongTiers = []wrong{
	one("file system name", "filesystem.name", "shared storage",
		`filesystem.name: must be 1..64 letters, digits, dashes and underscores, or empty for `+
			`morpheus-<stack>-shared-storage, got "shared storage"`),
	one("performance mode", "filesystem.performanceMode", "fast",
		`filesystem.performanceMode: must be one of generalPurpose, maxIO, got "fast"`),
	one("throughput mode", "filesystem.throughputMode", "provisioned",
		`filesystem.throughputMode: must be one of bursting, elastic, got "provisioned"`),
	{
		name: "modes that exclude each other", over: overrides{
			"filesystem.performanceMode": "maxIO", "filesystem.throughputMode": "elastic",
		},
		problems: []string{
			`filesystem.throughputMode: must be bursting with maxIO, got "elastic" (EFS has no elastic throughput`,
		},
	},

	one("database name", "database.name", "Morpheus--DB",
		`database.name: must be 1..63 lower-case letters, digits and single dashes, a letter first, or empty for `+
			`morpheus-<stack>, got "Morpheus--DB"`),
	one("retired database", "database.engineVersion", "8.0.mysql_aurora.3.04.2",
		`database.engineVersion: must be one of 8.0.mysql_aurora.3.10.*, `),
	one("unknown database", "database.engineVersion", "5.7.mysql_aurora.2.11.1",
		`database.engineVersion: must be one of 8.0.mysql_aurora.3.10.*, `),
	one("lonely database", "database.instances", 1,
		`database.instances: must be 2..15, got 1 (high availability needs a reader in another zone`),
	one("many instances", "database.instances", 16, `database.instances: must be 2..15, got 16`),
	one("short memory", "database.backupRetentionDays", 6,
		`database.backupRetentionDays: must be 7..35, got 6 (the limits of Aurora; production keeps a week)`),
	one("burstable database", "database.instanceClass", "db.t4g.medium",
		`database.instanceClass: must be a class that is not burstable in production, got "db.t4g.medium"`),
	one("class that Aurora does not offer", "database.instanceClass", "db.m5.large",
		`database.instanceClass: must be of one of the families r5, r6g, r6i, r7g, r7i, r8g, t3, t4g, got `+
			`"db.m5.large" (the classes of Aurora MySQL 3)`),
	one("class without its prefix", "database.instanceClass", "r5.large",
		`database.instanceClass: must be a class of Aurora MySQL 3 such as db.r5.xlarge or db.r6g.large, got "r5.large"`),
	one("database size that the family does not have", "database.instanceClass", "db.r6g.24xlarge",
		`database.instanceClass: must be in a size that r6g has, large, xlarge, 2xlarge, 4xlarge, 8xlarge, 12xlarge, `+
			`16xlarge, got "db.r6g.24xlarge"`),
	one("size that Aurora does not offer", "database.instanceClass", "db.r5.medium",
		`database.instanceClass: must be in a size that r5 has, large, xlarge, 2xlarge, 4xlarge, 8xlarge, 12xlarge, `+
			`16xlarge, 24xlarge, got "db.r5.medium"`),
	one("backup window", "database.backupWindow", "3:00-4:00",
		`database.backupWindow: must be hh24:mi-hh24:mi in UTC, at least 30 minutes, got "3:00-4:00"`),
	one("short window", "database.backupWindow", "03:00-03:29",
		`database.backupWindow: must be hh24:mi-hh24:mi in UTC, at least 30 minutes, got "03:00-03:29" (shorter than `+
			`30 minutes)`),
	one("maintenance window", "database.maintenanceWindow", "Sun:05:00-Sun:06:00",
		`database.maintenanceWindow: must be ddd:hh24:mi-ddd:hh24:mi in UTC, 30 minutes to a day, got `+
			`"Sun:05:00-Sun:06:00"`),
	one("overlapping windows", "database.maintenanceWindow", "mon:03:30-mon:04:30",
		`database.maintenanceWindow: must be apart from the backup window 03:00-04:00, got "mon:03:30-mon:04:30" `+
			`(RDS refuses`),

	one("broker name", "messaging.name", "a queue",
		`messaging.name: must be 1..50 letters, digits, dashes and underscores, or empty for `+
			`morpheus-<stack>-rabbitmq, got "a queue"`),
	one("the required RabbitMQ", "messaging.engineVersion", "3.10.10",
		`messaging.engineVersion: must be one of 3.13, got "3.10.10"`),
	one("RabbitMQ without quotes", "messaging.engineVersion", json.Number("3.1"),
		`messaging.engineVersion: must be text, got 3.1 (quote it: without quotes YAML reads a number, and 1.10 or `+
			`2026-01-01 becomes another text)`),
	one("RabbitMQ that AWS refuses", "messaging.engineVersion", "3.12",
		`messaging.engineVersion: must be one of 3.13, got "3.12" (AWS refuses to create brokers on it`),
	one("RabbitMQ that Morpheus refuses", "messaging.engineVersion", "4.2",
		`messaging.engineVersion: must be one of 3.13, got "4.2" (Morpheus 8.0 supports RabbitMQ 3.5-3.13`),
	one("broker type", "messaging.instanceType", "mq.t3.micro",
		`messaging.instanceType: must be mq.m5.large or larger, or mq.m7g.large or larger, got "mq.t3.micro"`),
	one("broker size", "messaging.instanceType", "mq.m5.32xlarge",
		`messaging.instanceType: must be mq.m5.large or larger, or mq.m7g.large or larger, got "mq.m5.32xlarge"`),
	one("single broker", "messaging.deploymentMode", "SINGLE_INSTANCE",
		`messaging.deploymentMode: must be CLUSTER_MULTI_AZ in production, got "SINGLE_INSTANCE" (a single broker is down`),
	one("ActiveMQ's mode", "messaging.deploymentMode", "ACTIVE_STANDBY_MULTI_AZ",
		`messaging.deploymentMode: must be one of CLUSTER_MULTI_AZ, SINGLE_INSTANCE, got "ACTIVE_STANDBY_MULTI_AZ"`),
	one("day", "messaging.maintenanceDay", "Sunday", `messaging.maintenanceDay: must be one of MONDAY, TUESDAY, `),
	one("time", "messaging.maintenanceTime", "24:00",
		`messaging.maintenanceTime: must be a time such as 05:00, in UTC, got "24:00"`),

	one("domain in capitals", "search.name", "Logs",
		`search.name: must be 3..28 lower-case letters, digits and dashes, a letter first, or empty for `+
			`morpheus-<stack>-logs, got "Logs"`),
	one("long domain", "search.name", strings.Repeat("l", 29),
		`search.name: must be 3..28 lower-case letters, digits and dashes, a letter first, or empty for `+
			`morpheus-<stack>-logs, got "lll`),
	one("search version", "search.engineVersion", "2.19", `search.engineVersion: must be one of OpenSearch_2.19, `),
	one("search type", "search.instanceType", "r6g.large",
		`search.instanceType: must be a type such as r6g.large.search, got "r6g.large"`),
	one("search on local disks", "search.instanceType", "r6gd.large.search",
		`search.instanceType: must be of one of the families c5, c6g, c7g, m5, m6g, m7g, r5, r6g, r7g, t3, got `+
			`"r6gd.large.search" (the types that are known here to store on EBS volumes of gp3)`),
	one("search of an old family", "search.instanceType", "m4.large.search",
		`search.instanceType: must be of one of the families c5, `),
	one("search in a size that does not exist", "search.instanceType", "m5.8xlarge.search",
		`search.instanceType: must be in a size that m5 has, large, xlarge, 2xlarge, 4xlarge, 12xlarge, got `+
			`"m5.8xlarge.search"`),
	one("masters on local disks", "search.masterInstanceType", "i3.large.search",
		`search.masterInstanceType: must be of one of the families c5, `),
	{
		name: "volume too large for the node", over: overrides{
			"search.instanceType": "c6g.large.search", "search.volumeGiB": 513, "search.volumeThroughput": 250,
		},
		problems: []string{
			`search.volumeGiB: must be at most 256 on c6g.large.search, got 513 (the volume of one node of that type)`,
		},
	},
	{
		name: "large and slow volume", over: overrides{"search.volumeGiB": 171, "search.volumeThroughput": 249},
		problems: []string{
			`search.volumeThroughput: must be at least 250 with 171 GiB, got 249 (OpenSearch asks for it above 170 GiB)`,
		},
	},
	{
		name: "small and fast volume", over: overrides{"search.volumeGiB": 10, "search.volumeIops": 5001},
		problems: []string{
			`search.volumeIops: must be at most 5000 with 10 GiB, got 5001 (gp3 has at most 500 IOPS for each GiB)`,
		},
	},
	one("too much throughput for the IOPS", "search.volumeThroughput", 751,
		`search.volumeThroughput: must be at most 750 with 3000 IOPS, got 751 (gp3 has at most 0.25 MiB/s for each `+
			`of its IOPS)`),
	one("burstable search", "search.instanceType", "t3.medium.search",
		`search.instanceType: must be a type that is not burstable in production, got "t3.medium.search"`),
	one("masters with another architecture", "search.masterInstanceType", "m5.large.search",
		`search.masterInstanceType: must be of a Graviton family if search.instanceType r6g.large.search is, and of `+
			`another if it is not, got "m5.large.search" (`),
	one("master type", "search.masterInstanceType", "large",
		`search.masterInstanceType: must be a type such as r6g.large.search, got "large"`),
	one("search nodes that do not fit the zones", "search.instanceCount", 4,
		`search.instanceCount: must be a multiple of the 3 zones, got 4 (each zone holds the same number of nodes)`),
	one("small search", "search.instanceCount", 2, `search.instanceCount: must be 3..80, got 2`),
	one("too many nodes", "search.instanceCount", 81,
		`search.instanceCount: must be 3..80, got 81 (the limits of a domain; production has a node in each zone)`),
	one("two masters", "search.dedicatedMasters", 2,
		`search.dedicatedMasters: must be one of 0, 3, got 2 (two masters have no quorum`),
	one("small volume", "search.volumeGiB", 9, `search.volumeGiB: must be 10..1024, got 9`),
	one("slow volume", "search.volumeIops", 2999,
		`search.volumeIops: must be 3000..16000, got 2999 (the limits of gp3)`),
	one("too much throughput", "search.volumeThroughput", 1001, `search.volumeThroughput: must be 125..1000, got 1001`),
	one("hour", "search.offPeakStartHour", 24, `search.offPeakStartHour: must be -1..23, got 24`),
}
