package guard

import (
	"fmt"
	"slices"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
)

// role refuses that a stack begins to take over another one's data, or stops it, that its data become others, and that one
// that serves loses its broker and search domain by one value.
func (c *check) role() {
	const key, mode = "recovery.role", "recovery.mode"
	_, ownFiles := c.state.Named(awstoken.EFSFileSystem, "filesystem-storage")
	_, hasRows := c.state.Named(awstoken.RDSCluster, "database-cluster")
	// A member of a global database has the users of the writer.
	_, ownUsers := c.state.Named(awstoken.SecretsManagerSecret, "database-user-secret")
	r := c.config.Recovery
	switch {
	case !hasRows:
	case ownFiles && r.TakesOver():
		c.refuse(key, r.Role, config.RolePrimary, "the stack has data of its own, which would be lost")
	case !ownFiles && !r.TakesOver():
		c.refuse(key, r.Role, config.RoleRecovery, "its rows and files are those of another stack")
	case r.TakesOver() && ownUsers && !r.Restored():
		c.refuse(mode, r.Mode, config.RecoveryRestored, "its rows are its own, made of a snapshot, and would be lost")
	case r.Restored() && !ownUsers:
		c.problems.Add(mode, r.Mode, "pilotLight or active, as it is deployed",
			"its rows are those of a global database, and newer")
	case r.Restored():
		c.restoredFiles()
	}
	if !r.TakesOver() || r.Serves() || len(c.state.OfType(awstoken.MQBroker)) == 0 {
		return
	}
	for _, tier := range []string{"messaging", "search"} {
		if !slices.Contains(c.config.Safety.AllowReplace, tier) {
			c.problems.Add(mode, r.Mode, fmt.Sprintf("%q as it is deployed, unless %s has messaging and search",
				config.RecoveryActive, Key), "what is queued and indexed there would be lost; users must be served elsewhere first")
			return
		}
	}
}

// restoredFiles refuses another file system than the deployed one.
func (c *check) restoredFiles() {
	got, old := c.config.Recovery.FileSystemID, c.state.Text("fileSystemId")
	if got == old || slices.Contains(c.config.Safety.AllowReplace, "filesystem") {
		return
	}
	c.problems.Add("recovery.fileSystemId", got, fmt.Sprintf("%q as it is deployed, unless %s has %q", old, Key, "filesystem"),
		"what the nodes have written since the failover is in that one")
}
