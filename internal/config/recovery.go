package config

import (
	"github.com/morpheus-ha/morpheus-aws/internal/naming"
)

// Recovery is what the stack keeps in a second region, against the loss of its own.
type Recovery struct {
	Mode   string `json:"mode"`
	Region string `json:"region"`
	// FailedOver is true while the other region serves.
	FailedOver bool `json:"failedOver"`
}

// Values of recovery.mode, each with all of the one before it.
const (
	RecoveryNone = "none"
	// RecoveryBackup keeps copies of the recovery points and of the secrets there.
	RecoveryBackup = "backup"
	// RecoveryPilotLight also keeps the files and the rows there, minutes and seconds behind.
	RecoveryPilotLight = "pilotLight"
)

var recoveryRows = []Row{
	{
		Key:   "recovery.mode",
		Limit: Choice{Values: []string{RecoveryNone, RecoveryBackup, RecoveryPilotLight}},
	},
	{
		Key:   "recovery.region",
		Limit: Text{Is: "the name of a region such as us-west-2", Pattern: region},
		Empty: "for none",
	},
	{Key: "recovery.failedOver", Limit: Flag{}},
}

var recoveryRules = []Rule{
	{
		Keys:  []string{"recovery.region"},
		Needs: []string{"aws.region", "recovery.mode"},
		Says:  "another region of the stack's partition, unless recovery.mode is none",
		check: (*Config).checkRecoveryRegion,
	},
	{
		Keys:  []string{"recovery.mode"},
		Needs: []string{"backup.enabled", "database.administratorSecret", "database.instanceClass"},
		Says: "not without backup.enabled; pilotLight only with database.administratorSecret own and a class that is not " +
			"burstable",
		check: (*Config).checkRecoveryMode,
	},
	{
		Keys:  []string{"recovery.failedOver"},
		Needs: []string{"recovery.mode"},
		Says:  "false with recovery.mode none; warns while it is set",
		check: (*Config).checkFailedOver,
	},
}

// On reports whether the stack keeps anything in a second region.
func (r *Recovery) On() bool { return r.Mode != RecoveryNone }

// Follows reports whether the files and the rows are in the second region, not only copies of their backups.
func (r *Recovery) Follows() bool { return r.Mode == RecoveryPilotLight }

// CopiesFiles reports whether the files are copied to the second region: not while that serves.
func (r *Recovery) CopiesFiles() bool { return r.Follows() && !r.FailedOver }

// GlobalDatabase is the identifier of the Aurora global database; empty without one. It follows from the name of the
// stack, so that the cluster in the other region can name it without asking this stack.
func (c *Config) GlobalDatabase() string {
	if !c.Recovery.Follows() {
		return ""
	}
	return naming.Fit(naming.DBIdentifierMax, "morpheus", c.Stack, "global")
}

func (c *Config) checkRecoveryRegion(p *Problems) {
	const key = "recovery.region"
	to := c.Recovery.Region
	switch {
	case p.anyRefused(key, "recovery.mode", "aws.region"):
	case !c.Recovery.On() && to != "":
		p.Add(key, to, "empty with recovery.mode none", "nothing is kept there")
	case !c.Recovery.On():
	case to == "":
		p.Add(key, to, "the name of a region such as us-west-2 with recovery.mode "+c.Recovery.Mode,
			"only you know where the data may be")
	case partitionPrefix(to) != partitionPrefix(c.AWS.Region):
		p.Add(key, to, "a region of the stack's own partition", "China and GovCloud are apart from all other regions")
	case to == c.AWS.Region:
		p.Add(key, to, "another region than the stack's", "what is kept in the same region is lost with it")
	}
}

func (c *Config) checkRecoveryMode(p *Problems) {
	const key = "recovery.mode"
	mode := c.Recovery.Mode
	if p.anyRefused(key) || !c.Recovery.On() {
		return
	}
	if !c.Backup.Enabled {
		p.Add(key, mode, "none without backup.enabled", "there are no recovery points to copy")
	}
	if !c.Recovery.Follows() {
		return
	}
	if c.Database.AdministratorSecret == AdministratorManaged {
		p.Add(key, mode, "none or backup while database.administratorSecret is managed",
			"RDS does not manage the administrator's password in a global database; run `pulumi up` with own first, "+
				"which changes the password in place")
	}
	if c.Database.isBurstable() {
		p.Add(key, mode, "none or backup on "+c.Database.InstanceClass,
			"a global database has memory-optimised classes only")
	}
}

func (c *Config) checkFailedOver(p *Problems) {
	const key = "recovery.failedOver"
	switch {
	case !c.Recovery.FailedOver || p.anyRefused("recovery.mode"):
	case !c.Recovery.On():
		p.Add(key, true, "false with recovery.mode none", "there is no other region that could serve")
	default:
		c.warn(key, c.Recovery.Region+" serves, and nothing is copied there; set it to false after the failback")
	}
}
