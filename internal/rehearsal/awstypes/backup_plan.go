package awstypes

import (
	"fmt"
	"slices"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/evaluate"
)

func backupPlan() Type {
	return Type{
		Token: awstoken.BackupPlan,
		Simulation: Simulation{
			ID: "{uuid}", ARN: "backup:{region}:{account}:backup-plan:{id}",
			Duration:   Duration{Create: 1, Update: 1, Delete: 1},
			References: []Reference{toVault("rules[].targetVaultName")},
			Rules: []Rule{{
				Name: "backup-rules", AWS: Error,
				Refuses: "a schedule that is none; a start window under 60 minutes, or a completion window that is not an hour " +
					"longer; two rules of a name; cold storage for less than 90 days",
				Source: backupPages + "plan-options-and-configuration.html",
				Check:  backupRules,
			}, {
				Name: "backup-copies", AWS: ErrorOrQuiet,
				Refuses: "a copy to a vault that does not exist, or in another partition; copies without an end",
				Source:  backupPages + "cross-region-backup.html",
				Check:   backupCopies,
			}, {
				Name: "backup-retention", AWS: Quiet,
				Refuses: "a retention that the lock of the vault does not allow: every job fails",
				Source:  backupPages + "vault-lock.html",
				Check:   backupRetention,
			}},
			Outputs: func(c *Call) { c.once("version", "{hex32}") },
		},
		Provider: Provider{Source: "backup/plan", Autonamed: "name", NameLimit: 255},
		Permissions: &Permissions{
			Read:  actions("backup: GetBackupPlan ListTags"),
			Write: actions("backup: CreateBackupPlan UpdateBackupPlan DeleteBackupPlan TagResource UntagResource"),
		},
		Listing: &Listing{
			Kind: "backup plan", Service: "backup", Call: "/backup/plans/", ID: `"BackupPlanId": ?"([^"]+)`,
		},
		Example: Values{"name": "daily", "rules": []any{Values{
			"ruleName": "daily", "targetVaultName": "${vault.name}", "schedule": "cron(0 5 ? * * *)", "startWindow": 60,
			"completionWindow": 480, "lifecycle": Values{"deleteAfter": 35},
		}}},
	}
}

// objects returns the objects of a list.
func objects(values Values, path string) []Values {
	var out []Values
	for _, v := range at(values, path) {
		if object, ok := v.(map[string]any); ok {
			out = append(out, object)
		}
	}
	return out
}

func backupRules(c *Call) error {
	var names []string
	for _, rule := range objects(c.In, "rules[]") {
		name, _ := rule["ruleName"].(string)
		start, complete := numberOr(rule["startWindow"], 60), numberOr(rule["completionWindow"], 180)
		schedule, _ := rule["schedule"].(string)
		if slices.Contains(names, name) {
			return fmt.Errorf("InvalidParameterValueException: Duplicate rule name: %s", name)
		}
		names = append(names, name)
		if why := badSchedule(schedule); why != "" {
			return fmt.Errorf("InvalidParameterValueException: Invalid schedule expression %q: %s", schedule, why)
		}
		if start < 60 || complete < start+60 {
			return fmt.Errorf("InvalidParameterValueException: rule %s: the start window must be 60 minutes or more, and the "+
				"completion window an hour longer, got %.0f and %.0f", name, start, complete)
		}
		for _, life := range slices.Concat(objects(rule, "lifecycle"), objects(rule, "copyActions[].lifecycle")) {
			cold, end := numberOr(life["coldStorageAfter"], 0), numberOr(life["deleteAfter"], 0)
			if cold > 0 && end > 0 && end < cold+90 {
				return fmt.Errorf("InvalidParameterValueException: DeleteAfterDays must be 90 days more than "+
					"MoveToColdStorageAfterDays, got %.0f and %.0f", end, cold)
			}
		}
	}
	return nil
}

// vaultAt returns the vault with an ARN in any region, or nil.
func (c *Call) vaultAt(arn string) *Resource {
	for _, vault := range c.Store.Resources(awstoken.BackupVault, "") {
		if vault.State["arn"] == arn {
			return vault
		}
	}
	return nil
}

func backupCopies(c *Call) error {
	for _, copied := range objects(c.In, "rules[].copyActions[]") {
		arn, _ := copied["destinationVaultArn"].(string)
		parts := strings.Split(arn, ":")
		switch {
		case len(parts) < 7 || parts[1] != c.Partition:
			return fmt.Errorf("InvalidParameterValueException: Invalid destination vault %q: it is not in the partition %s",
				arn, c.Partition)
		case c.vaultAt(arn) == nil:
			return fmt.Errorf("every copy fails, because there is no vault %s", arn)
		case len(at(copied, "lifecycle.deleteAfter")) == 0:
			return fmt.Errorf("copies to %s are kept, and paid for, for ever: a copy has a lifecycle of its own", arn)
		}
	}
	return nil
}

// backupRetention refuses what the lock of a vault does not allow: AWS takes the plan, and its jobs fail.
func backupRetention(c *Call) error {
	for _, rule := range objects(c.In, "rules[]") {
		for _, vault := range c.FindBy(awstoken.BackupVault, "name", rule["targetVaultName"]) {
			if err := c.locked(vault, objects(rule, "lifecycle")); err != nil {
				return err
			}
		}
		for _, copied := range objects(rule, "copyActions[]") {
			arn, _ := copied["destinationVaultArn"].(string)
			if vault := c.vaultAt(arn); vault != nil {
				if err := c.locked(vault, objects(copied, "lifecycle")); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// locked returns why the lock of a vault makes the jobs of a lifecycle fail.
func (c *Call) locked(vault *Resource, lives []Values) error {
	days := 0.0
	for _, life := range lives {
		days = numberOr(life["deleteAfter"], 0)
	}
	for _, lock := range c.Store.Resources(awstoken.BackupVaultLock, vault.Region) {
		if lock.State["backupVaultName"] != vault.State["name"] {
			continue
		}
		least, most := numberOr(lock.State["minRetentionDays"], 0), numberOr(lock.State["maxRetentionDays"], 0)
		if days > 0 && days < least || most > 0 && (days == 0 || days > most) {
			return fmt.Errorf("every job fails: retention of %.0f days is not within the lock of %v, %.0f to %.0f days",
				days, vault.State["name"], least, most)
		}
	}
	return nil
}

// vaultPolicy checks the access policy of a vault.
func vaultPolicy(c *Call) error {
	doc, err := evaluate.Parse(c.Text("policy"))
	if err != nil {
		return fmt.Errorf("InvalidParameterValueException: Invalid policy: %w", err)
	}
	if role := c.missingRole(doc); role != "" {
		return fmt.Errorf("InvalidParameterValueException: Invalid principal in policy: %s", role)
	}
	vaults := c.FindBy(awstoken.BackupVault, "name", c.Text("backupVaultName"))
	for _, s := range doc.Statements {
		if allowsEveryone(s) {
			return fmt.Errorf("a statement lets everybody in the world use the vault")
		}
		for _, resource := range s.Resource {
			if strings.Contains(resource, ":backup-vault:") && (len(vaults) == 0 || resource != vaults[0].State["arn"]) {
				return fmt.Errorf("the statement protects nothing: %s is not this vault", resource)
			}
		}
	}
	return nil
}

func backupSelection() Type {
	return Type{
		Token: awstoken.BackupSelection,
		Simulation: Simulation{
			ID: "{uuid}", Duration: Duration{Create: 1, Update: 1, Delete: 1},
			References: []Reference{
				{
					Path: "planId", To: []string{awstoken.BackupPlan}, By: "id", NotFound: "ResourceNotFoundException",
					// "Related backup plan selections must be deleted prior to backup plan deletion"
					BlocksDelete: true,
				},
				toRole("iamRoleArn", "InvalidParameterValueException: IAM Role"),
			},
			Rules: []Rule{{
				Name: "backup-role", AWS: ErrorOrQuiet,
				Refuses: "a role that AWS Backup cannot assume, or that lacks AWS's policy for the jobs",
				Source:  backupPages + "iam-service-roles.html",
				Check: func(c *Call) error {
					if why := c.badBackupRole(c.Text("iamRoleArn"), "AWSBackupServiceRolePolicyForBackup"); why != "" {
						return fmt.Errorf("%s", why)
					}
					return nil
				},
			}, {
				Name: "backup-resources", AWS: Quiet,
				Refuses: "an ARN that nothing has; a resource of a service that the account does not back up in the region",
				Source:  backupPages + "assigning-resources.html",
				Check:   backupResources,
			}},
		},
		Provider: Provider{
			Source: "backup/selection", Autonamed: "name", NameLimit: 50,
			Checks: map[string][]Check{"name": {matches(`^[0-9A-Za-z_.-]+$`)}, "iamRoleArn": {isARN}},
		},
		Permissions: &Permissions{
			Read:      actions("backup: GetBackupSelection"),
			Write:     actions("backup: CreateBackupSelection DeleteBackupSelection"),
			Dependent: actions("iam: PassRole"),
		},
		NotListed: "AWS does not delete a plan that has one",
		Example: Values{
			"name": "files", "planId": "${plan.id}", "iamRoleArn": "${backup-role.arn}", "resources": []any{"${files.arn}"},
		},
	}
}

// protectedTypes are the types that AWS Backup protects here, by the name that AWS Backup gives the service. With mustOptIn
// the service is skipped without an opt-in, even if a selection has the ARN.
var protectedTypes = map[string]struct {
	service   string
	mustOptIn bool
}{
	awstoken.RDSCluster:    {service: "Aurora", mustOptIn: true},
	awstoken.EFSFileSystem: {service: "EFS"},
}

// protectedAt returns the type of the resource with an ARN that AWS Backup can protect; "" if there is none.
func (c *Call) protectedAt(arn string) string {
	for token := range protectedTypes {
		if len(c.FindBy(token, "arn", arn)) > 0 {
			return token
		}
	}
	return ""
}

func backupResources(c *Call) error {
	for _, arn := range c.texts("resources[]") {
		token := c.protectedAt(arn)
		kind := protectedTypes[token]
		switch {
		case token == "":
			return fmt.Errorf("nothing is backed up: nothing has the ARN %s", arn)
		case kind.mustOptIn && !c.optedIn(kind.service):
			return fmt.Errorf("%s is skipped: the account has not opted in to %s in %s", arn, kind.service, c.Region)
		}
	}
	return nil
}
