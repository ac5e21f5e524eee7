package tests

// inRegion is a stack that keeps something in us-west-2, with some other values.
func inRegion(mode string, over overrides) overrides {
	return both(overrides{"recovery.mode": mode, "recovery.region": "us-west-2"}, over)
}

// pilotLight keeps all of its data in two regions.
var pilotLight = inRegion("pilotLight", overrides{"database.administratorSecret": "own"})

// takesOver is a stack that takes over the data of another one.
func takesOver(over overrides) overrides {
	return both(overrides{
		"recovery.role": "recovery", "recovery.mode": "pilotLight", "recovery.primaryStack": "first",
		"recovery.primaryRegion": "us-west-2", "database.administratorSecret": "own",
	}, over)
}

// takesOverBut leaves out the key that a test sets.
func takesOverBut(key string) overrides {
	out := takesOver(nil)
	delete(out, key)
	return out
}

// wrongRecovery are cases about the second region.
var wrongRecovery = []wrong{
	one("an unknown mode", "recovery.mode", "warm",
		`recovery.mode: must be one of none, backup, pilotLight, active, restored, got "warm"`),
	{
		name: "a first stack that is told to be restored", over: inRegion("restored", nil),
		problems: []string{`recovery.mode: must be none, backup or pilotLight with recovery.role primary, got "restored" (only a ` +
			`stack that takes over another one's data is told to serve)`},
	},
	one("a file system that is not restored", "recovery.fileSystemId", "fs-0123456789abcdef0",
		`recovery.fileSystemId: must be empty without recovery.mode restored, got "fs-0123456789abcdef0" (the stack makes its `+
			`file system, or has the copy of another one's)`),
	one("a restored file system that is none", "recovery.fileSystemId", "arn:aws:elasticfilesystem:us-east-1:1:file-system/fs-1",
		`recovery.fileSystemId: must be the id of a file system such as fs-0123456789abcdef0, or empty without recovery.mode `+
			`restored, got "arn:`),
	{
		name: "a member of a global database that is made of a snapshot",
		over: takesOver(overrides{"database.snapshotIdentifier": "before"}),
		problems: []string{`database.snapshotIdentifier: must be empty with recovery.mode pilotLight, got "before" (a member of a ` +
			`global database has the rows of its writer)`},
	},
	{
		name: "an incomplete region", over: inRegion("backup", overrides{"recovery.region": "us-west"}),
		problems: []string{`recovery.region: must be the name of a region such as us-west-2, or empty for none, got "us-west"`},
	},
	{
		name: "a region that does not exist", over: inRegion("backup", overrides{"recovery.region": "xx-nowhere-9"}),
		problems: []string{`recovery.region: must be the name of a region such as us-west-2, or empty for none, got "xx-`},
	},
	{
		name: "the stack's own region", over: inRegion("backup", overrides{"recovery.region": "us-east-1"}),
		problems: []string{`recovery.region: must be another region than the stack's, got "us-east-1" (what is kept in the ` +
			`same region is lost with it)`},
	},
	{
		name: "a region of GovCloud", over: inRegion("pilotLight", overrides{
			"recovery.region": "us-gov-west-1", "database.administratorSecret": "own",
		}),
		problems: []string{`recovery.region: must be a region of the stack's own partition, got "us-gov-west-1" (China and ` +
			`GovCloud are apart from all other regions)`},
	},
	{
		name: "a region of an isolated partition", over: inRegion("backup", overrides{"recovery.region": "eu-isoe-west-1"}),
		problems: []string{`recovery.region: must be a region of the stack's own partition`},
	},
	one("a region for nothing", "recovery.region", "us-west-2",
		`recovery.region: must be empty with recovery.mode none, got "us-west-2" (nothing is kept there)`),
	one("a mode without a region", "recovery.mode", "backup",
		`recovery.region: must be the name of a region such as us-west-2 with recovery.mode backup, got "" (only you know `+
			`where the data may be)`),
	{
		name: "copies of nothing", over: inRegion("backup", overrides{"backup.enabled": false}),
		problems: []string{`recovery.mode: must be none without backup.enabled, got "backup" (there are no recovery points ` +
			`to copy)`},
	},
	{
		name: "a global database with a managed password", over: inRegion("pilotLight", nil),
		problems: []string{`recovery.mode: must be none or backup while database.administratorSecret is managed, got ` +
			`"pilotLight" (RDS does not manage the administrator's password in a global database; run `},
	},
	one("a role that is none", "recovery.role", "standby",
		`recovery.role: must be one of primary, recovery, got "standby"`),
	{
		name: "a first stack that is told to serve", over: inRegion("active", overrides{"database.administratorSecret": "own"}),
		problems: []string{`recovery.mode: must be none, backup or pilotLight with recovery.role primary, got "active" (only a ` +
			`stack that takes over another one's data is told to serve)`},
	},
	one("a first stack that takes over another", "recovery.primaryStack", "dev",
		`recovery.primaryStack: must be empty with recovery.role primary, got "dev" (the stack takes over no other)`),
	one("a first stack of another region", "recovery.primaryRegion", "us-west-2",
		`recovery.primaryRegion: must be empty with recovery.role primary, got "us-west-2" (the stack takes over no other)`),
	{
		name: "a stack that takes over itself", over: takesOver(overrides{"recovery.primaryStack": "prod"}),
		problems: []string{`recovery.primaryStack: must be the name of the stack whose data it takes over, another one, got "prod"`},
	},
	{
		name: "a stack that takes over its own region", over: takesOver(overrides{"recovery.primaryRegion": "us-east-1"}),
		problems: []string{`recovery.primaryRegion: must be another region than aws.region, got "us-east-1" (both would be lost ` +
			`together)`},
	},
	{
		name: "a stack that takes over GovCloud", over: takesOver(overrides{"recovery.primaryRegion": "us-gov-west-1"}),
		problems: []string{`recovery.primaryRegion: must be a region of the partition of aws.region, got "us-gov-west-1"`},
	},
	{
		name: "a stack that takes over and follows nothing", over: takesOver(overrides{"recovery.mode": "none"}),
		problems: []string{`recovery.mode: must be pilotLight, active or restored with recovery.role recovery, got "none" (copies of ` +
			`backups need no stack in the other region until they are restored)`},
	},
	{
		name: "a stack that takes over and copies", over: takesOver(overrides{"recovery.region": "us-east-2"}),
		problems: []string{`recovery.region: must be empty with recovery.role recovery, got "us-east-2" (the stack keeps nothing ` +
			`elsewhere)`},
	},
	{
		name: "a name of a stack with capitals", over: overrides{"recovery.stack": "Recovery"},
		problems: []string{`recovery.stack: must be the name of a stack, got "Recovery"`},
	},
	{
		name: "a failover of nothing", over: overrides{"recovery.failedOver": true},
		problems: []string{`recovery.failedOver: must be false with recovery.mode none or recovery.role recovery, got true ` +
			`(there is no other region that could serve)`},
	},
	{
		name: "an end of the keys with which the other region serves",
		over: inRegion("backup", overrides{"recovery.failedOver": true, "safety.allowDestroy": true}),
		problems: []string{`recovery.failedOver: must be false with safety.allowDestroy, got true (us-west-2 serves with keys that ` +
			`this stack has there; when they are deleted, nobody can read its files and secrets any more)`},
	},
	one("the former key of copies", "backup.copyRegion", "us-west-2",
		"backup.copyRegion: is no key any more; set recovery.mode to backup and recovery.region to the region. Remove it: "+
			"pulumi config rm --path 'morpheus:backup.copyRegion'"),
	one("the former key of the replica", "filesystem.replicationRegion", "us-west-2",
		"filesystem.replicationRegion: is no key any more; set recovery.mode to pilotLight and recovery.region to the region"),
	one("the former key of the replica's key", "filesystem.replicationKeyArn", "arn",
		"filesystem.replicationKeyArn: is no key any more; the stack makes a key in recovery.region for the files there"),
	one("the former key of the global database", "database.globalDatabase", "world",
		"database.globalDatabase: is no key any more; set recovery.mode to pilotLight and recovery.region to the region"),
}
