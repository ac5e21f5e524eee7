package config

import (
	"regexp"
	"slices"

	"github.com/morpheus-ha/morpheus-aws/internal/naming"
)

// Recovery is what the stack keeps in a second region, against the loss of its own, or what it takes over of another
// stack's region.
type Recovery struct {
	Role string `json:"role"`
	Mode string `json:"mode"`
	// Region and Stack are where the copies are kept and which stack may take them over.
	Region string `json:"region"`
	Stack  string `json:"stack"`
	// PrimaryStack and PrimaryRegion are what a stack with the role recovery takes over.
	PrimaryStack  string `json:"primaryStack"`
	PrimaryRegion string `json:"primaryRegion"`
	// FailedOver is true while the other region serves.
	FailedOver bool `json:"failedOver"`
	// FileSystemID is the file system that AWS Backup made of a copied recovery point, in a stack with the mode restored.
	FileSystemID string `json:"fileSystemId"`
}

// Values of recovery.mode, each with all of the one before it.
const (
	RecoveryNone = "none"
	// RecoveryBackup keeps copies of the recovery points and of the secrets there.
	RecoveryBackup = "backup"
	// RecoveryPilotLight also keeps the files and the rows there, minutes and seconds behind.
	RecoveryPilotLight = "pilotLight"
	// RecoveryActive is a stack of the recovery region that serves.
	RecoveryActive = "active"
	// RecoveryRestored is a stack of the recovery region that serves from copies of recovery points.
	RecoveryRestored = "restored"
)

// Values of recovery.role.
const (
	RolePrimary  = "primary"
	RoleRecovery = "recovery" // the stack takes over another one's data
)

var recoveryRows = []Row{
	{Key: "recovery.role", Limit: Choice{Values: []string{RolePrimary, RoleRecovery}}},
	{
		Key: "recovery.mode",
		Limit: Choice{Values: []string{
			RecoveryNone, RecoveryBackup, RecoveryPilotLight, RecoveryActive, RecoveryRestored,
		}},
	},
	{
		Key:   "recovery.region",
		Limit: Text{Is: "the name of a region such as us-west-2", Pattern: region},
		Empty: "for none",
	},
	{Key: "recovery.stack", Limit: Text{Is: "the name of a stack", Pattern: stackName}},
	{
		Key:   "recovery.primaryStack",
		Limit: Text{Is: "the name of a stack", Pattern: stackName},
		Empty: "with recovery.role primary",
	},
	{
		Key:   "recovery.primaryRegion",
		Limit: Text{Is: "the name of a region such as us-east-1", Pattern: region},
		Empty: "with recovery.role primary",
	},
	{Key: "recovery.failedOver", Limit: Flag{}},
	{
		Key:   "recovery.fileSystemId",
		Limit: Text{Is: "the id of a file system such as fs-0123456789abcdef0", Pattern: fileSystemID},
		Empty: "without recovery.mode restored",
	},
}

var fileSystemID = regexp.MustCompile(`^fs-[0-9a-f]{8,40}$`)

var recoveryRules = []Rule{
	{
		Keys:  []string{"recovery.region"},
		Needs: []string{"aws.region", "recovery.mode", "recovery.role"},
		Says:  "another region of the stack's partition, unless recovery.mode is none or recovery.role is recovery",
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
		Keys:  []string{"recovery.mode", "recovery.primaryStack", "recovery.primaryRegion"},
		Needs: []string{"recovery.role", "aws.region"},
		Says: "of recovery.role: primary has none of the modes active and restored, and follows no stack; recovery has a mode " +
			"pilotLight, active or restored and follows another stack in another region of the partition",
		check: (*Config).checkRole,
	},
	{
		Keys:  []string{"recovery.failedOver"},
		Needs: []string{"recovery.mode", "safety.allowDestroy"},
		Says:  "false with recovery.mode none, and with safety.allowDestroy; warns while it is set",
		check: (*Config).checkFailedOver,
	},
	{
		Keys:  []string{"recovery.fileSystemId", "database.snapshotIdentifier"},
		Needs: []string{"recovery.mode", "recovery.role"},
		Says: "recovery.fileSystemId only with recovery.mode restored; database.snapshotIdentifier with recovery.role recovery " +
			"only with the mode restored",
		check: (*Config).checkRestored,
	},
}

// On reports whether the stack keeps anything in a second region.
func (r *Recovery) On() bool { return r.Mode != RecoveryNone && !r.TakesOver() }

// TakesOver reports whether the stack takes over another one's data.
func (r *Recovery) TakesOver() bool { return r.Role == RoleRecovery }

// Serves reports whether the stack has what serves users, not only data.
func (r *Recovery) Serves() bool { return !r.TakesOver() || r.Mode == RecoveryActive || r.Restored() }

// Restored reports whether the stack has data that were made of copies of another one's recovery points.
func (r *Recovery) Restored() bool { return r.TakesOver() && r.Mode == RecoveryRestored }

// Follows reports whether the files and the rows are in the second region, not only copies of their backups.
func (r *Recovery) Follows() bool { return r.Mode == RecoveryPilotLight && !r.TakesOver() }

// CopiesFiles reports whether the files are copied to the second region: not while that serves.
func (r *Recovery) CopiesFiles() bool { return r.Follows() && !r.FailedOver }

// GlobalDatabase is the identifier of the Aurora global database; empty without one. It follows from the name of the
// stack, so that the cluster in the other region can name it without asking this stack.
func (c *Config) GlobalDatabase() string {
	if !c.Recovery.Follows() {
		return ""
	}
	return GlobalDatabaseOf(c.Stack)
}

// GlobalDatabaseOf is the identifier of the global database of a stack.
func GlobalDatabaseOf(stack string) string {
	return naming.Fit(naming.DBIdentifierMax, "morpheus", stack, "global")
}

// RunningCluster has the sizes that the group of nodes has: none while the other region serves, so that no update starts a
// node that would write.
func (c *Config) RunningCluster() Cluster {
	out := c.Cluster
	if c.Recovery.FailedOver {
		out.MinSize, out.MaxSize, out.Schedules = 0, 0, nil
	}
	return out
}

// standsBy reports whether a tier comes and goes with the mode of a stack that takes over another one's data: it has
// nothing that must outlive it. A stack with the mode restored never stands by.
func (c *Config) standsBy(tier string) bool {
	return c.Recovery.TakesOver() && !c.Recovery.Restored() &&
		slices.Contains([]string{"messaging", "search", "loadbalancer", "cluster", "backup"}, tier)
}

func (c *Config) checkRecoveryRegion(p *Problems) {
	const key = "recovery.region"
	to := c.Recovery.Region
	switch {
	case p.anyRefused(key, "recovery.mode", "aws.region"):
	case c.Recovery.TakesOver() && to != "":
		p.Add(key, to, "empty with recovery.role recovery", "the stack keeps nothing elsewhere")
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
	if p.anyRefused(key) || mode == RecoveryNone {
		return
	}
	if c.Recovery.On() && !c.Backup.Enabled {
		p.Add(key, mode, "none without backup.enabled", "there are no recovery points to copy")
	}
	if !c.Recovery.Follows() && !c.Recovery.TakesOver() || c.Recovery.Restored() {
		return // no global database
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
		p.Add(key, true, "false with recovery.mode none or recovery.role recovery", "there is no other region that could serve")
	case c.Safety.AllowDestroy:
		p.Add(key, true, "false with safety.allowDestroy", c.Recovery.Region+" serves with keys that this stack has there; when they "+
			"are deleted, nobody can read its files and secrets any more")
	default:
		c.warn(key, c.Recovery.Region+" serves, and nothing is copied there; set it to false after the failback")
	}
}

// checkRestored leaves the choice of what is restored to the contract's check: `ops failover` reads the stack file before it
// has restored anything.
func (c *Config) checkRestored(p *Problems) {
	const files, rows = "recovery.fileSystemId", "database.snapshotIdentifier"
	if p.anyRefused("recovery.mode", "recovery.role") || c.Recovery.Restored() {
		return
	}
	if id := c.Recovery.FileSystemID; id != "" && !p.anyRefused(files) {
		p.Add(files, id, "empty without recovery.mode restored", "the stack makes its file system, or has the copy of another one's")
	}
	if id := c.Database.SnapshotIdentifier; id != "" && c.Recovery.TakesOver() && !p.anyRefused(rows) {
		p.Add(rows, id, "empty with recovery.mode "+c.Recovery.Mode, "a member of a global database has the rows of its writer")
	}
}

func (c *Config) checkRole(p *Problems) {
	r := c.Recovery
	if p.anyRefused("recovery.role", "recovery.mode", "recovery.primaryStack", "recovery.primaryRegion", "aws.region") {
		return
	}
	if !r.TakesOver() {
		if r.Mode == RecoveryActive || r.Mode == RecoveryRestored {
			p.Add("recovery.mode", r.Mode, "none, backup or pilotLight with recovery.role primary",
				"only a stack that takes over another one's data is told to serve")
		}
		for key, value := range map[string]string{
			"recovery.primaryStack": r.PrimaryStack, "recovery.primaryRegion": r.PrimaryRegion,
		} {
			if value != "" {
				p.Add(key, value, "empty with recovery.role primary", "the stack takes over no other")
			}
		}
		return
	}
	if r.Mode == RecoveryNone || r.Mode == RecoveryBackup {
		p.Add("recovery.mode", r.Mode, "pilotLight, active or restored with recovery.role recovery",
			"copies of backups need no stack in the other region until they are restored")
	}
	if r.PrimaryStack == "" || r.PrimaryStack == c.Stack {
		p.Add("recovery.primaryStack", r.PrimaryStack, "the name of the stack whose data it takes over, another one", "")
	}
	switch {
	case r.PrimaryRegion == c.AWS.Region:
		p.Add("recovery.primaryRegion", r.PrimaryRegion, "another region than aws.region", "both would be lost together")
	case r.PrimaryRegion == "" || partitionPrefix(r.PrimaryRegion) != partitionPrefix(c.AWS.Region):
		p.Add("recovery.primaryRegion", r.PrimaryRegion, "a region of the partition of aws.region", "")
	}
}
