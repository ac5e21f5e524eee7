package config

import "regexp"

// FileSystem is the shared storage.
type FileSystem struct {
	Name            string `json:"name"`
	PerformanceMode string `json:"performanceMode"`
	ThroughputMode  string `json:"throughputMode"`

	TransitionToIADays int  `json:"transitionToIaDays"`
	SyncWrites         bool `json:"syncWrites"`
}

// Values of filesystem.performanceMode and of filesystem.throughputMode.
const (
	GeneralPurpose = "generalPurpose"
	maxIO          = "maxIO"
	Bursting       = "bursting"
	elastic        = "elastic"
)

var efsName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

var fileSystemRows = []Row{
	{
		Key:   "filesystem.name",
		Limit: Text{Is: "1..64 letters, digits, dashes and underscores", Pattern: efsName},
		Empty: "for morpheus-<stack>-shared-storage",
		Why:   "it is the creation token: the file system is made once for it",
	},
	{
		Key:   "filesystem.performanceMode",
		Limit: Choice{Values: []string{GeneralPurpose, maxIO}},
		Why:   "a change replaces the file system",
	},
	{Key: "filesystem.throughputMode", Limit: Choice{Values: []string{Bursting, elastic}}},
	{
		Key:   "filesystem.transitionToIaDays",
		Limit: Numbers{0, 1, 7, 14, 30, 60, 90, 180, 270, 365},
		Why:   "the periods that EFS knows; 0 is never",
	},
	{Key: "filesystem.syncWrites", Limit: Flag{}},
}

var fileSystemRules = []Rule{
	{
		Keys:  []string{"filesystem.throughputMode"},
		Needs: []string{"filesystem.performanceMode"},
		Says:  "bursting with maxIO",
		check: (*Config).checkFileSystemModes,
	},
}

func (c *Config) checkFileSystemModes(p *Problems) {
	if f := c.FileSystem; f.PerformanceMode == maxIO && f.ThroughputMode == elastic {
		p.Add("filesystem.throughputMode", f.ThroughputMode, "bursting with maxIO",
			"EFS has no elastic throughput in that performance mode")
	}
}
