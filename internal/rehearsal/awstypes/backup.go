package awstypes

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
)

const backupPages = docs + "aws-backup/latest/devguide/"

// toVault is a property with the name of a backup vault. A vault takes its settings with it, so nothing blocks its
// deletion but what is in it.
func toVault(path string) Reference {
	return Reference{
		Path: path, To: []string{awstoken.BackupVault}, By: "name",
		NotFound: "ResourceNotFoundException: Backup vault does not exist",
	}
}

func backupTypes() []Type {
	return []Type{
		backupVault(), backupVaultPolicy(), backupVaultLock(), backupVaultNotifications(), backupPlan(), backupSelection(),
		backupRegionSettings(),
	}
}

func backupVault() Type {
	return Type{
		Token: awstoken.BackupVault,
		Simulation: Simulation{
			ID: "{name}", ARN: "backup:{region}:{account}:backup-vault:{name}", Unique: "name",
			Duration:   Duration{Create: 2, Update: 1, Delete: 2},
			References: []Reference{toKey("kmsKeyArn")},
			Outputs: func(c *Call) {
				c.State["recoveryPoints"] = float64(len(c.recoveryPoints()))
				c.fill("kmsKeyArn", c.Expand("arn:{partition}:kms:{region}:{account}:alias/aws/backup"))
			},
			OnDelete: deleteVault,
		},
		Provider: Provider{
			Source: "backup/vault", Autonamed: "name", NameLimit: 50,
			Checks: map[string][]Check{"name": {matches(`^[0-9A-Za-z_-]*$`)}, "kmsKeyArn": {isARN}},
		},
		Permissions: &Permissions{
			Read: actions("backup: DescribeBackupVault ListTags"),
			Write: actions("backup: CreateBackupVault DeleteBackupVault TagResource UntagResource " +
				// With forceDestroy, which only stacks without protection have.
				"ListRecoveryPointsByBackupVault DescribeRecoveryPoint DeleteRecoveryPoint",
			),
			// https://docs.aws.amazon.com/aws-backup/latest/devguide/access-control.html
			Dependent: actions("backup-storage: MountCapsule", "kms: CreateGrant Decrypt DescribeKey GenerateDataKey RetireGrant"),
		},
		Listing: &Listing{
			Kind: "backup vault", Service: "backup", Call: "/backup-vaults/", ID: `"BackupVaultArn": ?"([^"]+)`,
		},
		Example: Values{"name": "daily", "kmsKeyArn": "${key.arn}"},
	}
}

// RecoveryPoint is a recovery point in the simulated account, which AWS Backup made: "backupVaultName" is its vault.
const RecoveryPoint = "simulation:index:RecoveryPoint"

func (c *Call) recoveryPoints() []*Resource {
	return c.FindBy(RecoveryPoint, "backupVaultName", c.Text("name"))
}

// deleteVault refuses to delete a vault with recovery points. With forceDestroy the provider deletes them first, which a
// lock refuses.
func deleteVault(c *Call) error {
	name, _ := c.State["name"].(string)
	points := c.FindBy(RecoveryPoint, "backupVaultName", name)
	switch {
	case len(points) == 0:
		return nil
	case c.State["forceDestroy"] != true:
		return fmt.Errorf("InvalidRequestException: Backup vault cannot be deleted because it contains recovery points: %s",
			name)
	case len(c.FindBy(awstoken.BackupVaultLock, "backupVaultName", name)) > 0:
		return fmt.Errorf("InvalidRequestException: the vault %s is locked, its recovery points cannot be deleted", name)
	}
	for _, point := range points {
		c.Store.Remove(point)
	}
	return nil
}

func backupVaultPolicy() Type {
	return Type{
		Token: awstoken.BackupVaultPolicy,
		Simulation: Simulation{
			ID:         "{backupVaultName}",
			Duration:   Duration{Create: 1, Update: 1, Delete: 1},
			References: []Reference{toVault("backupVaultName")},
			Rules: []Rule{{
				Name: "vault-policy", AWS: ErrorOrQuiet,
				Refuses: "a policy that allows every principal, that names a missing role, or another vault",
				Source:  backupPages + "create-a-vault-access-policy.html",
				Check:   vaultPolicy,
			}},
			Outputs: vaultArn,
		},
		Provider: Provider{Source: "backup/vault_policy", Checks: map[string][]Check{"policy": {isPolicy}}},
		Permissions: &Permissions{
			Read:  actions("backup: GetBackupVaultAccessPolicy"),
			Write: actions("backup: PutBackupVaultAccessPolicy DeleteBackupVaultAccessPolicy"),
		},
		NotListed: "a setting of the vault",
		Example: Values{
			"backupVaultName": "${vault.name}",
			"policy": policy(Values{
				"Effect": "Deny", "Principal": Values{"AWS": "*"}, "Action": "backup:DeleteRecoveryPoint", "Resource": "*",
			}),
		},
	}
}

// vaultArn is the computed ARN of the vault that a resource belongs to.
func vaultArn(c *Call) {
	for _, vault := range c.FindBy(awstoken.BackupVault, "name", c.Text("backupVaultName")) {
		c.State["backupVaultArn"] = vault.State["arn"]
	}
}

func backupVaultLock() Type {
	return Type{
		Token: awstoken.BackupVaultLock,
		Simulation: Simulation{
			// A vault has one lock. The provider's deletion of a replaced one takes away the new one.
			ID:         "{backupVaultName}",
			Duration:   Duration{Create: 1, Update: 1, Delete: 1},
			References: []Reference{toVault("backupVaultName")},
			Rules: []Rule{{
				Name: "vault-lock", AWS: Error,
				Refuses: "a minimum that is more than the maximum, or neither; less than 3 days to change it",
				Source:  backupPages + "API_PutBackupVaultLockConfiguration.html",
				Check:   vaultLock,
			}},
			Outputs: vaultArn,
		},
		Provider: Provider{
			Source: "backup/vault_lock_configuration",
			Checks: map[string][]Check{"backupVaultName": {matches(`^[0-9A-Za-z_-]{2,50}$`)}},
		},
		Permissions: &Permissions{
			Read:  actions("backup: DescribeBackupVault"),
			Write: actions("backup: PutBackupVaultLockConfiguration DeleteBackupVaultLockConfiguration"),
		},
		NotListed: "a setting of the vault",
		Example:   Values{"backupVaultName": "${vault.name}", "minRetentionDays": 7, "maxRetentionDays": 365},
	}
}

func vaultLock(c *Call) error {
	least, most, grace := c.number("minRetentionDays"), c.number("maxRetentionDays"), c.number("changeableForDays")
	switch {
	case least == 0 && most == 0:
		return fmt.Errorf("InvalidParameterValueException: MinRetentionDays or MaxRetentionDays must be given")
	case most > 0 && least > most:
		return fmt.Errorf("InvalidParameterValueException: MinRetentionDays %.0f is more than MaxRetentionDays %.0f",
			least, most)
	case c.In["changeableForDays"] != nil && grace < 3:
		return fmt.Errorf("InvalidParameterValueException: ChangeableForDays must be 3 or more, got %.0f", grace)
	}
	return nil
}

func backupVaultNotifications() Type {
	return Type{
		Token: awstoken.BackupVaultNotifications,
		Simulation: Simulation{
			ID:         "{backupVaultName}",
			Duration:   Duration{Create: 1, Update: 1, Delete: 1},
			References: []Reference{toVault("backupVaultName"), toTopic("snsTopicArn")},
			Rules: []Rule{{
				Name: "vault-events", AWS: ErrorOrQuiet,
				Refuses: "a topic whose policy or key does not allow AWS Backup; an event that is accepted and never sent",
				Source:  backupPages + "backup-notifications.html",
				Check:   vaultEvents,
			}},
			Outputs: vaultArn,
		},
		Provider: Provider{
			Source: "backup/vault_notifications",
			Checks: map[string][]Check{
				"backupVaultName": {matches(`^[0-9A-Za-z_-]{2,50}$`)}, "snsTopicArn": {isARN},
			},
		},
		Permissions: &Permissions{
			Read:  actions("backup: GetBackupVaultNotifications"),
			Write: actions("backup: PutBackupVaultNotifications DeleteBackupVaultNotifications"),
		},
		NotListed: "a setting of the vault",
		Example: Values{
			"backupVaultName": "${vault.name}", "snsTopicArn": "${backups.arn}",
			"backupVaultEvents": []any{"BACKUP_JOB_FAILED", "BACKUP_JOB_EXPIRED"},
		},
	}
}

// vaultEvents refuses what AWS takes and then does not send.
func vaultEvents(c *Call) error {
	for _, event := range c.texts("backupVaultEvents[]") {
		if strings.HasPrefix(event, "BACKUP_PLAN_") {
			return fmt.Errorf("nobody is notified: AWS Backup accepts %s and does not list it as an event", event)
		}
	}
	if why := c.cannotPublish("backup.amazonaws.com", c.Text("snsTopicArn")); why != "" {
		return fmt.Errorf("nobody is notified: %s", why)
	}
	return nil
}

// RegionSettings is the type of AWS Backup's settings of an account in a region. The program reads them only: they are
// the account's, and every stack there shares them.
const RegionSettings = "aws:backup/regionSettings:RegionSettings"

func backupRegionSettings() Type {
	return Type{
		Token: RegionSettings,
		Simulation: Simulation{
			ID: "{region}", Duration: Duration{Create: 1, Update: 1, Delete: 1},
		},
		Provider: Provider{Source: "backup/region_settings"},
		Permissions: &Permissions{
			Read: actions("backup: DescribeRegionSettings"),
			NeverCalled: []NeverCalled{{
				Actions: actions("backup: UpdateRegionSettings"),
				Because: "the account decides which services it backs up; the program only reads it",
			}},
		},
		NotListed: "the account has it in every region, whoever uses it",
		Example:   Values{"resourceTypeOptInPreference": Values{"Aurora": true, "EFS": true}},
	}
}

// OptIns are AWS Backup's services in a region of an account, as AWS sets them for a new account.
func OptIns() Values {
	return Values{"Aurora": true, "DynamoDB": true, "EBS": true, "EC2": true, "EFS": true, "RDS": true, "S3": false}
}

// optedIn reports whether the account backs up a service in the call's region.
func (c *Call) optedIn(service string) bool {
	settings, _ := c.state(RegionSettings, c.Region)["resourceTypeOptInPreference"].(map[string]any)
	return settings[service] != false
}

var cronForm = regexp.MustCompile(`^cron\(\S+ \S+ \S+ \S+ \S+ \S+\)$`)

// badSchedule returns why AWS Backup refuses a schedule; "" for a good one.
func badSchedule(text string) string {
	fields := strings.Fields(strings.TrimSuffix(strings.TrimPrefix(text, "cron("), ")"))
	switch {
	case text == "" || strings.HasPrefix(text, "rate("):
		return ""
	case !cronForm.MatchString(text):
		return "a schedule is cron(...) with six fields"
	case (fields[2] == "?") == (fields[4] == "?"):
		return "one of the day of the month and the day of the week must be ?"
	}
	return ""
}

// assumedBy reports whether a role trusts a service.
func (c *Call) assumedBy(roleArn, service string) bool {
	roles := c.FindBy(awstoken.IAMRole, "arn", roleArn)
	return len(roles) > 0 && c.mayAll(roles[0].State["assumeRolePolicy"], caller{principal: service}, "sts:AssumeRole")
}

// hasPolicy reports whether a managed policy is attached to a role.
func (c *Call) hasPolicy(roleArn, name string) bool {
	return len(c.Find(awstoken.IAMRolePolicyAttachment, func(r *Resource) bool {
		arn, _ := r.State["policyArn"].(string)
		role, _ := r.State["role"].(string)
		return strings.HasSuffix(arn, "/"+name) && strings.HasSuffix(roleArn, "/"+role)
	})) > 0
}

// badBackupRole returns why AWS Backup cannot work with a role; "" if it can.
func (c *Call) badBackupRole(arn, policy string) string {
	switch {
	case !c.assumedBy(arn, "backup.amazonaws.com"):
		return fmt.Sprintf("InvalidParameterValueException: IAM Role %s cannot be assumed by AWS Backup", arn)
	case !c.hasPolicy(arn, policy):
		return fmt.Sprintf("every job fails, because the role %s does not have the policy %s", arn, policy)
	}
	return ""
}
