package config

import "regexp"

// Encryption is which KMS keys encrypt.
type Encryption struct {
	Keys Keys `json:"keys"`
}

// Keys are the ARNs of existing KMS keys by concern; the program makes a key where the ARN is empty.
type Keys struct {
	Database   string `json:"database"`
	FileSystem string `json:"filesystem"`
	Search     string `json:"search"`
	Messaging  string `json:"messaging"`
	Volumes    string `json:"volumes"`
	Secrets    string `json:"secrets"`
	Logs       string `json:"logs"`
	Backup     string `json:"backup"`
}

// keyARN has region and account as its first groups. A multi-Region key begins with "mrk-". An alias is not taken,
// because it can be pointed at another key behind the program's back.
var keyARN = regexp.MustCompile(`^arn:aws[a-z-]*:kms:([a-z0-9-]+):(\d{12}):key/` +
	`(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$`)

// keyText is an existing key; emptyKey is what an empty text means.
var keyText = Text{Is: "the ARN of a KMS key, not of an alias", Pattern: keyARN}

const emptyKey = "to have one made"

var encryptionRows = []Row{
	{Key: "encryption.keys.database", Limit: keyText, Empty: emptyKey},
	{Key: "encryption.keys.filesystem", Limit: keyText, Empty: emptyKey},
	{Key: "encryption.keys.search", Limit: keyText, Empty: emptyKey},
	{Key: "encryption.keys.messaging", Limit: keyText, Empty: emptyKey},
	{Key: "encryption.keys.volumes", Limit: keyText, Empty: emptyKey},
	{Key: "encryption.keys.secrets", Limit: keyText, Empty: emptyKey},
	{Key: "encryption.keys.logs", Limit: keyText, Empty: emptyKey},
	{Key: "encryption.keys.backup", Limit: keyText, Empty: emptyKey},
}

var encryptionRules = []Rule{
	{
		Keys:  []string{"encryption.keys"},
		Needs: []string{"aws"},
		Says:  "in the stack's region and account",
		check: (*Config).checkKeys,
	},
}

// GivenKey is an existing key that the configuration names.
type GivenKey struct {
	// Concern is what it encrypts, such as "database", and Key where the configuration names it.
	Concern, Key string
	ARN          string
}

// Given are the existing keys that the configuration names, in the order of the struct.
func (k Keys) Given() []GivenKey {
	var out []GivenKey
	for _, given := range []GivenKey{
		{Concern: "database", ARN: k.Database},
		{Concern: "filesystem", ARN: k.FileSystem},
		{Concern: "search", ARN: k.Search},
		{Concern: "messaging", ARN: k.Messaging},
		{Concern: "volumes", ARN: k.Volumes},
		{Concern: "secrets", ARN: k.Secrets},
		{Concern: "logs", ARN: k.Logs},
		{Concern: "backup", ARN: k.Backup},
	} {
		if given.Key = "encryption.keys." + given.Concern; given.ARN != "" {
			out = append(out, given)
		}
	}
	return out
}

func (c *Config) checkKeys(p *Problems) {
	for _, given := range c.Encryption.Keys.Given() {
		m := keyARN.FindStringSubmatch(given.ARN)
		switch {
		case m == nil: // refused by its row
		case m[1] != c.AWS.Region:
			p.Add(given.Key, given.ARN, "a key in "+c.AWS.Region, "services encrypt with keys of their own region")
		case m[2] != c.AWS.AccountID:
			p.Add(given.Key, given.ARN, "a key of account "+c.AWS.AccountID,
				"the policy of another account's key would have to let this account in, and Auto Scaling would need a grant")
		}
	}
}
