package tests

// inRegion is a stack that keeps something in us-west-2, with some other values.
func inRegion(mode string, over overrides) overrides {
	return both(overrides{"recovery.mode": mode, "recovery.region": "us-west-2"}, over)
}

// pilotLight keeps all of its data in two regions.
var pilotLight = inRegion("pilotLight", overrides{"database.administratorSecret": "own"})

// wrongRecovery are cases about the second region.
var wrongRecovery = []wrong{
	one("an unknown mode", "recovery.mode", "warm",
		`recovery.mode: must be one of none, backup, pilotLight, got "warm"`),
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
