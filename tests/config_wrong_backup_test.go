package tests

// wrongBackup are cases about the vault and its lock.
var wrongBackup = []wrong{
	one("jobs at a time that is none", "backup.window", "6:30", `backup.window: must be hh24:mi-hh24:mi in UTC, at least `+
		`an hour, got "6:30"`),
	one("jobs in half an hour", "backup.window", "06:30-07:00",
		`backup.window: must be hh24:mi-hh24:mi in UTC, at least an hour, got "06:30-07:00" (shorter than 60 minutes)`),
	one("jobs during maintenance", "backup.window", "05:30-07:00",
		`backup.window: must be apart from database.maintenanceWindow sun:05:00-sun:06:00, got "05:30-07:00" (a job that `+
			`finds the database in maintenance may not start before the window ends)`),
	one("jobs beside Aurora's own backup", "backup.window", "02:00-03:30",
		`backup.window: must be apart from database.backupWindow 03:00-04:00, got "02:00-03:30" (RDS makes one snapshot of `+
			`a cluster at a time)`),
	one("jobs that end before they may start", "backup.completionHours", 2,
		`backup.completionHours: must be 3 or more with backup.window 06:30-08:30, got 2 (AWS Backup requires an hour more`),
	one("completion of no time", "backup.completionHours", 0, `backup.completionHours: must be 2..168, got 0 (AWS Backup `+
		`ends a job that takes longer`),
	one("daily points for a day", "backup.dailyDays", 1,
		`backup.dailyDays: must be 7..36500, got 1 (the limits of AWS Backup; production keeps a week)`),
	one("weekly points that go with the daily ones", "backup.weeklyWeeks", 5,
		`backup.weeklyWeeks: must be more than the 35 days of backup.dailyDays, or 0 for none, got 5 (a weekly recovery `+
			`point that goes with the daily ones is of no use)`),
	one("monthly points that go with the weekly ones", "backup.monthlyMonths", 2,
		`backup.monthlyMonths: must be more than the 84 days of backup.weeklyWeeks, or 0 for none, got 2 (`),
	one("weekly points for ever", "backup.weeklyWeeks", 521,
		`backup.weeklyWeeks: must be 1..520, or 0 for none, got 521 (ten years at most)`),
	one("monthly points for ever", "backup.monthlyMonths", 121,
		`backup.monthlyMonths: must be 1..120, or 0 for none, got 121 (ten years at most)`),
	one("a user who may delete", "backup.deletionRoleArn", "arn:aws:iam::123456789012:user/root",
		`backup.deletionRoleArn: must be the ARN of an IAM role, or empty for nobody, got "arn:`),
	one("a role of another account", "backup.deletionRoleArn", "arn:aws:iam::210987654321:role/deletes",
		`backup.deletionRoleArn: must be a role of account 123456789012, got "arn:aws:iam::210987654321:role/deletes" (the `+
			`vault's policy excepts one role of its own account)`),
	one("a restore test once a week", "backup.restoreTest.days", "mon",
		`backup.restoreTest.days: must be two or more days of the week such as mon,thu, got "mon" (an alarm looks back seven `+
			`days, and must see the last test)`),
	one("restore tests on a day twice", "backup.restoreTest.days", "mon,mon",
		`backup.restoreTest.days: must be two or more days of the week such as mon,thu, got "mon,mon" (mon is there twice)`),
	one("restore tests on no day", "backup.restoreTest.days", "monday,thursday", `backup.restoreTest.days: must be two or more `),
	one("restore tests at a time that is none", "backup.restoreTest.window", "noon", `backup.restoreTest.window: must be `+
		`hh24:mi-hh24:mi in UTC, whole hours long, got "noon"`),
	one("restore tests in an hour and a half", "backup.restoreTest.window", "12:00-13:30", `backup.restoreTest.window: must be `+
		`hh24:mi-hh24:mi in UTC, whole hours long, got "12:00-13:30" (the length is not in whole hours)`),
	one("a validation of no time", "backup.restoreTest.validationHours", 0,
		`backup.restoreTest.validationHours: must be 1..168, got 0 (the limits of AWS Backup)`),
	one("an unknown lock", "backup.lock.mode", "legal",
		`backup.lock.mode: must be one of none, governance, compliance, got "legal"`),
	one("a negative minimum", "backup.lock.minDays", -1, `backup.lock.minDays: must be 1..36500, or 0 for no minimum, got -1`),
	one("a maximum beyond AWS's", "backup.lock.maxDays", 36501,
		`backup.lock.maxDays: must be 1..36500, or 0 for no maximum, got 36501`),
	one("a lock without limits", "backup.lock.minDays", 0,
		`backup.lock.minDays: must be 1 or more with a lock, unless backup.lock.maxDays is given, got 0 (a lock without `+
			`limits locks nothing, and AWS refuses it)`),
	one("retention shorter than the lock", "backup.lock.minDays", 36,
		`backup.dailyDays: must be at least 36 days, backup.lock.minDays, got 35 (AWS Backup takes the plan, and each of its `+
			`jobs fails)`),
	one("retention longer than the lock", "backup.lock.maxDays", 364,
		`backup.monthlyMonths: must be at most 364 days, backup.lock.maxDays, got 12 (AWS Backup takes the plan, and each of `+
			`its jobs fails)`),
	{
		name: "a maximum below the minimum",
		over: overrides{
			"backup.lock.minDays": 30, "backup.lock.maxDays": 20, "backup.weeklyWeeks": 0, "backup.monthlyMonths": 0,
		},
		problems: []string{
			`backup.lock.maxDays: must be at least backup.lock.minDays, 30, or 0, got 20`,
			`backup.dailyDays: must be at most 20 days, backup.lock.maxDays, got 35 (`,
		},
	},
	one("grace of a lock that never ends it", "backup.lock.graceDays", 3,
		`backup.lock.graceDays: must be 0 with governance, got 3 (only the mode compliance has a day from which nobody can `+
			`take the lock off)`),
	one("grace of a day", "backup.lock.graceDays", 1,
		`backup.lock.graceDays: must be 3..36500, or 0 without compliance, got 1`),
	one("confirmation of what can be undone", "backup.lock.confirmation", "prod cannot be undone",
		`backup.lock.confirmation: must be empty with governance, got "prod cannot be undone"`),
	one("compliance without grace", "backup.lock.mode", "compliance",
		`backup.lock.graceDays: must be 3 or more with compliance, got 0 (AWS locks the vault for ever after so many days)`),
	{
		name: "compliance that is confirmed once",
		over: overrides{"backup.lock.mode": "compliance", "backup.lock.graceDays": 30, "backup.lock.confirmation": "yes"},
		problems: []string{
			`backup.lock.confirmation: must be "prod cannot be undone" with compliance, got "yes" (from 20`,
		},
	},
	{
		name:     "compliance without any confirmation",
		over:     overrides{"backup.lock.mode": "compliance", "backup.lock.graceDays": 3},
		problems: []string{`backup.lock.confirmation: must be "prod cannot be undone" with compliance, got "" (from 20`},
	},
}
