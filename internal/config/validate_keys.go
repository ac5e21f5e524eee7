package config

import "regexp"

var (
	// keyARN has partition, region and account. A multi-Region key begins with "mrk-"; an alias is not taken, because it
	// can be pointed at another key behind the program's back.
	keyARN = regexp.MustCompile(`^arn:(aws[a-z-]*):kms:([a-z0-9-]+):(\d{12}):key/(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$`)
	// policyARN has partition and account, which is "aws" for the policies that AWS owns.
	policyARN = regexp.MustCompile(`^arn:(aws[a-z-]*):iam::(\d{12}|aws):policy/(?:[\x21-\x7e]{1,510}/)?[\w+=,.@-]{1,128}$`)
)

// GivenKey is a key that the configuration names instead of having one made.
type GivenKey struct {
	// Concern is what it encrypts, such as "database", and Key where the configuration names it.
	Concern, Key string
	ARN          string
}

// Given are the keys that the configuration names, in the order of the struct.
func (k Keys) Given() []GivenKey {
	var out []GivenKey
	for _, e := range []GivenKey{
		{Concern: "database", ARN: k.Database},
		{Concern: "filesystem", ARN: k.FileSystem},
		{Concern: "search", ARN: k.Search},
		{Concern: "messaging", ARN: k.Messaging},
		{Concern: "volumes", ARN: k.Volumes},
		{Concern: "secrets", ARN: k.Secrets},
		{Concern: "logs", ARN: k.Logs},
		{Concern: "backup", ARN: k.Backup},
	} {
		if e.Key = "encryption.keys." + e.Concern; e.ARN != "" {
			out = append(out, e)
		}
	}
	return out
}

func (c *Config) validateKeys(p *Problems) {
	for _, e := range c.Encryption.Keys.Given() {
		m := keyARN.FindStringSubmatch(e.ARN)
		switch {
		case m == nil:
			p.Add(e.Key, e.ARN, "the ARN of a KMS key, not of an alias, or empty to have one made", "")
		case m[2] != c.AWS.Region:
			p.Add(e.Key, e.ARN, "a key in "+c.AWS.Region, "services encrypt with keys of their own region")
		case m[3] != c.AWS.AccountID:
			p.Add(e.Key, e.ARN, "a key of account "+c.AWS.AccountID,
				"the policy of another account's key would have to let this account in, and Auto Scaling would need a grant beside it")
		}
	}
}

func (c *Config) validateBoundary(p *Problems) {
	const key = "access.permissionsBoundary"
	arn := c.Access.PermissionsBoundary
	if arn == "" {
		return
	}
	m := policyARN.FindStringSubmatch(arn)
	switch {
	case m == nil:
		p.Add(key, arn, "the ARN of an IAM policy, or empty for none", "")
	case m[2] != "aws" && m[2] != c.AWS.AccountID:
		p.Add(key, arn, "a policy of account "+c.AWS.AccountID+" or of AWS", "IAM takes a boundary of its own account only")
	}
}
