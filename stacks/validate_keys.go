package stacks

import (
	"regexp"

	"github.com/morpheus-ha/morpheus-aws/components/encryption"
)

var (
	// keyARN has partition, region and account. A multi-Region key begins with "mrk-"; an alias is not taken, because it
	// can be pointed at another key behind the program's back.
	keyARN = regexp.MustCompile(`^arn:(aws[a-z-]*):kms:([a-z0-9-]+):(\d{12}):key/(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$`)
	// policyARN has partition and account, which is "aws" for the policies that AWS owns.
	policyARN = regexp.MustCompile(`^arn:(aws[a-z-]*):iam::(\d{12}|aws):policy/(?:[\x21-\x7e]{1,510}/)?[\w+=,.@-]{1,128}$`)
)

// existing pairs each concern with the key that the configuration gives for it.
func (k Keys) existing() []struct {
	concern  encryption.Concern
	key, arn string
} {
	return []struct {
		concern  encryption.Concern
		key, arn string
	}{
		{encryption.Database, "encryption.keys.database", k.Database},
		{encryption.FileSystem, "encryption.keys.filesystem", k.FileSystem},
		{encryption.Search, "encryption.keys.search", k.Search},
		{encryption.Messaging, "encryption.keys.messaging", k.Messaging},
		{encryption.Volumes, "encryption.keys.volumes", k.Volumes},
		{encryption.Secrets, "encryption.keys.secrets", k.Secrets},
		{encryption.Logs, "encryption.keys.logs", k.Logs},
		{encryption.Backup, "encryption.keys.backup", k.Backup},
	}
}

// existingKeys are the ARNs that were given, by concern.
func (c *Config) existingKeys() map[encryption.Concern]string {
	out := map[encryption.Concern]string{}
	for _, e := range c.Encryption.Keys.existing() {
		if e.arn != "" {
			out[e.concern] = e.arn
		}
	}
	return out
}

func (c *Config) validateKeys(p *problems) {
	for _, e := range c.Encryption.Keys.existing() {
		if e.arn == "" {
			continue
		}
		m := keyARN.FindStringSubmatch(e.arn)
		switch {
		case m == nil:
			p.add(e.key, e.arn, "the ARN of a KMS key, not of an alias, or empty to have one made", "")
		case m[2] != c.AWS.Region:
			p.add(e.key, e.arn, "a key in "+c.AWS.Region, "services encrypt with keys of their own region")
		case m[3] != c.AWS.AccountID:
			p.add(e.key, e.arn, "a key of account "+c.AWS.AccountID,
				"the policy of another account's key would have to let this account in, and Auto Scaling would need a grant beside it")
		}
	}
}

func (c *Config) validateBoundary(p *problems) {
	const key = "access.permissionsBoundary"
	arn := c.Access.PermissionsBoundary
	if arn == "" {
		return
	}
	m := policyARN.FindStringSubmatch(arn)
	switch {
	case m == nil:
		p.add(key, arn, "the ARN of an IAM policy, or empty for none", "")
	case m[2] != "aws" && m[2] != c.AWS.AccountID:
		p.add(key, arn, "a policy of account "+c.AWS.AccountID+" or of AWS", "IAM takes a boundary of its own account only")
	}
}
