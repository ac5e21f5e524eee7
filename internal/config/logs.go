package config

// Logs is how long log groups keep their events.
type Logs struct {
	RetentionDays int `json:"retentionDays"`
}

var logPeriods = Numbers{
	1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
}

var logsRows = []Row{
	{
		Key:   "logs.retentionDays",
		Limit: logPeriods,
		Why:   "the periods that CloudWatch Logs knows",
	},
}
