package config

import "regexp"

// FileSystem is the shared storage.
type FileSystem struct {
	Name            string `json:"name"`
	PerformanceMode string `json:"performanceMode"`
	ThroughputMode  string `json:"throughputMode"`

	TransitionToIADays int    `json:"transitionToIaDays"`
	SyncWrites         bool   `json:"syncWrites"`
	ReplicationRegion  string `json:"replicationRegion"`
	ReplicationKeyArn  string `json:"replicationKeyArn"`
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
	{
		Key:   "filesystem.replicationRegion",
		Limit: Text{Is: "the name of a region such as us-west-2", Pattern: region},
		Empty: "for no copy",
	},
	{
		Key:   "filesystem.replicationKeyArn",
		Limit: Text{Is: "the ARN of a KMS key", Pattern: keyARN},
		Empty: "for the key that EFS keeps",
	},
}

var fileSystemRules = []Rule{
	{
		Keys:  []string{"filesystem.throughputMode"},
		Needs: []string{"filesystem.performanceMode"},
		Says:  "bursting with maxIO",
		check: (*Config).checkFileSystemModes,
	},
	{
		Keys:  []string{"filesystem.replicationRegion"},
		Needs: []string{"aws.region"},
		Says:  "another region of the stack's partition",
		check: (*Config).checkReplicationRegion,
	},
	{
		Keys:  []string{"filesystem.replicationKeyArn"},
		Needs: []string{"filesystem.replicationRegion", "aws.accountId"},
		Says:  "in filesystem.replicationRegion, of the stack's account",
		check: (*Config).checkReplicationKey,
	},
}

func (c *Config) checkFileSystemModes(p *Problems) {
	if f := c.FileSystem; f.PerformanceMode == maxIO && f.ThroughputMode == elastic {
		p.Add("filesystem.throughputMode", f.ThroughputMode, "bursting with maxIO",
			"EFS has no elastic throughput in that performance mode")
	}
}

func (c *Config) checkReplicationRegion(p *Problems) {
	const key = "filesystem.replicationRegion"
	to := c.FileSystem.ReplicationRegion
	switch {
	case to == "" || p.anyRefused(key):
	case partitionPrefix(to) != partitionPrefix(c.AWS.Region):
		p.Add(key, to, "a region of the stack's own partition", "China and GovCloud are apart from all other regions")
	case to == c.AWS.Region:
		p.Add(key, to, "another region than the stack's", "a copy in the same region is lost with it")
	}
}

func (c *Config) checkReplicationKey(p *Problems) {
	const key = "filesystem.replicationKeyArn"
	f := c.FileSystem
	m := keyARN.FindStringSubmatch(f.ReplicationKeyArn)
	switch {
	case m == nil: // refused by its row, or empty
	case f.ReplicationRegion == "":
		p.Add(key, f.ReplicationKeyArn, "empty without filesystem.replicationRegion", "there is no copy to encrypt")
	case m[1] != f.ReplicationRegion:
		p.Add(key, f.ReplicationKeyArn, "a key in "+f.ReplicationRegion, "a copy is encrypted in its own region")
	case m[2] != c.AWS.AccountID:
		p.Add(key, f.ReplicationKeyArn, "a key of account "+c.AWS.AccountID, "the copy is made in the same account")
	}
}
