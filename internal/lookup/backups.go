package lookup

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/backup"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"

	"github.com/morpheus-ha/morpheus-aws/components"
	"github.com/morpheus-ha/morpheus-aws/internal/backups"
)

// backupChecks ask which services the account backs up in the region.
func (q *query) backupChecks() []func() {
	if !q.config.Backup.Enabled {
		return nil
	}
	return []func(){q.checkOptIns}
}

// checkOptIns refuses a vault that would stay empty: AWS Backup skips some services unless the account has opted in to
// them in the region. The setting is the account's, and all its stacks share it, so it is only read. The provider has no
// function that reads it, so the program reads it as a resource that it does not own. For a deployed stack it is a
// warning: the stack must stay updatable when somebody changes the account.
func (q *query) checkOptIns() {
	const key = "backup.enabled"
	settings, err := backup.GetRegionSettings(q.ctx, "backup-opt-ins", pulumi.ID(q.config.AWS.Region), nil,
		pulumi.Provider(q.provider))
	var result internals.UnsafeAwaitOutputResult
	if err == nil {
		result, err = internals.UnsafeAwaitOutput(q.ctx.Context(), settings.ResourceTypeOptInPreference)
	}
	if err != nil {
		q.add(key, true, "false, or the account's backup settings readable", err.Error())
		return
	}
	preference, _ := result.Value.(map[string]bool)
	var missing []string
	for _, part := range backups.Protected(components.Backups) {
		if opted, known := preference[part.Service]; part.MustOptIn && known && !opted {
			missing = append(missing, part.Service+"=true")
		}
	}
	if len(missing) == 0 {
		return
	}
	slices.Sort(missing)
	why := fmt.Sprintf("the account has not opted in to backups of %s in %s, and AWS Backup skips it without a word. The "+
		"setting is the account's, so its owner decides: aws backup update-region-settings --region %s "+
		"--resource-type-opt-in-preference %s", strings.ReplaceAll(strings.Join(missing, " and "), "=true", ""),
		q.config.AWS.Region, q.config.AWS.Region, strings.Join(missing, ","))
	if q.unchanged(heldBackup) {
		q.warn(key + ": " + why)
		return
	}
	q.add(key, true, "false until the account has opted in", why)
}
