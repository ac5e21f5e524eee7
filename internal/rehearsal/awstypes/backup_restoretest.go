package awstypes

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
)

func restoreTestTypes() []Type { return []Type{restoreTestPlan(), restoreTestSelection()} }

func restoreTestPlan() Type {
	return Type{
		Token: awstoken.BackupRestoreTestPlan,
		Simulation: Simulation{
			ID: "{name}", ARN: "backup:{region}:{account}:restore-testing-plan:{name}-{uuid}", Unique: "name",
			Duration: Duration{Create: 1, Update: 1, Delete: 1},
			Rules: []Rule{{
				Name: "restore-schedule", AWS: Error,
				Refuses: "a schedule that is none",
				Source:  backupPages + "restore-testing.html",
				Check: func(c *Call) error {
					if why := badSchedule(c.Text("scheduleExpression")); why != "" {
						return fmt.Errorf("InvalidParameterValueException: Invalid schedule expression: %s", why)
					}
					return nil
				},
			}, {
				Name: "restore-points", AWS: Quiet,
				Refuses: "a vault that nothing fills; a window that can miss the newest recovery point; types that no plan " +
					"makes: nothing is tested, and nobody is told",
				Source: backupPages + "restore-testing.html",
				Check:  restorePoints,
			}},
			Outputs: func(c *Call) {
				c.fill("startWindowHours", 24.0)
				c.fill("scheduleExpressionTimezone", "Etc/UTC")
			},
		},
		Provider: Provider{
			Source: "backup/restore_testing_plan", Autonamed: "name", NameLimit: 50, Replacing: []string{"name"},
			Checks: map[string][]Check{"name": {matches(`^[0-9A-Za-z_]+$`)}},
		},
		Permissions: &Permissions{
			Read: actions("backup: GetRestoreTestingPlan ListTags"),
			Write: actions("backup: CreateRestoreTestingPlan UpdateRestoreTestingPlan DeleteRestoreTestingPlan TagResource " +
				"UntagResource"),
		},
		NotListed: "moto has no restore tests",
		Example: Values{
			"name": "tests", "scheduleExpression": "cron(0 12 ? * MON,THU *)", "startWindowHours": 2,
			"recoveryPointSelection": Values{
				"algorithm": "LATEST_WITHIN_WINDOW", "recoveryPointTypes": []any{"SNAPSHOT"},
				"includeVaults": []any{"${vault.arn}"}, "selectionWindowDays": 2,
			},
		},
	}
}

// restorePoints refuses a plan that finds no recovery point: AWS Backup then tests nothing and reports nothing.
func restorePoints(c *Call) error {
	const path = "recoveryPointSelection."
	snapshots := slices.Contains(c.texts(path+"recoveryPointTypes[]"), "SNAPSHOT")
	days := c.number(path + "selectionWindowDays")
	for _, arn := range c.texts(path + "includeVaults[]") {
		if arn == "*" {
			continue
		}
		vault := c.vaultAt(arn)
		if vault == nil {
			return fmt.Errorf("nothing is tested: there is no vault %s", arn)
		}
		oldest := c.oldestPoint(vault)
		switch {
		case oldest == 0:
			return fmt.Errorf("nothing is tested: no plan makes recovery points in the vault %v", vault.State["name"])
		case !snapshots:
			return fmt.Errorf("nothing is tested: no plan makes continuous recovery points in the vault %v", vault.State["name"])
		case days > 0 && days*24 < oldest:
			return fmt.Errorf("a test may find nothing: the newest recovery point in the vault %v may be %.0f hours old, and "+
				"selectionWindowDays is %.0f", vault.State["name"], math.Ceil(oldest), days)
		}
	}
	return nil
}

// oldestPoint are the hours that the newest recovery point of a vault may be old; 0 if no plan fills the vault. It is made
// each day, or week, as late as its job is allowed to end.
func (c *Call) oldestPoint(vault *Resource) float64 {
	var out float64
	for _, plan := range c.Find(awstoken.BackupPlan, func(*Resource) bool { return true }) {
		for _, rule := range objects(plan.State, "rules[]") {
			if rule["targetVaultName"] != vault.State["name"] {
				continue
			}
			schedule, _ := rule["schedule"].(string)
			every := 24.0
			if fields := strings.Fields(strings.Trim(schedule, "cron()")); len(fields) == 6 {
				switch {
				case !slices.Contains([]string{"*", "?"}, fields[2]):
					every = 31 * 24
				case !slices.Contains([]string{"*", "?"}, fields[4]):
					every = 7 * 24
				}
			}
			age := every + numberOr(rule["completionWindow"], 180)/60
			if out == 0 || age < out {
				out = age
			}
		}
	}
	return out
}

func restoreTestSelection() Type {
	return Type{
		Token: awstoken.BackupRestoreTestSelection,
		Simulation: Simulation{
			ID: "{name},{restoreTestingPlanName}", Unique: "name", UniqueWithin: "restoreTestingPlanName",
			Duration: Duration{Create: 1, Update: 1, Delete: 1},
			References: []Reference{
				{
					Path: "restoreTestingPlanName", To: []string{awstoken.BackupRestoreTestPlan}, By: "name",
					NotFound: "ResourceNotFoundException", BlocksDelete: true,
				},
				toRole("iamRoleArn", "InvalidParameterValueException: IAM Role"),
			},
			Rules: []Rule{{
				Name: "restore-role", AWS: ErrorOrQuiet,
				Refuses: "a role that AWS Backup cannot assume, or that lacks AWS's policy for restores",
				Source:  backupPages + "restore-testing.html",
				Check: func(c *Call) error {
					if why := c.badBackupRole(c.Text("iamRoleArn"), "AWSBackupServiceRolePolicyForRestores"); why != "" {
						return fmt.Errorf("%s", why)
					}
					return nil
				},
			}, {
				Name: "restore-resources", AWS: Quiet,
				Refuses: "an ARN that nothing has, or of another type; a resource that no plan backs up: nothing is tested",
				Source:  backupPages + "restore-testing.html",
				Check:   restoreResources,
			}, {
				Name: "restore-change", AWS: Quiet,
				Refuses: "a change of the ARNs alone: the provider does not send it",
				Source:  "https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/backup/restore_testing_selection.go",
				Check:   restoreChange,
			}, {
				Name: "restore-target", AWS: ErrorOrQuiet,
				Refuses: "a setting that cannot be given; a cluster without a subnet group in an account without a default VPC; a " +
					"group, key or parameter group that does not exist",
				Source: backupPages + "restore-testing-inferred-metadata.html",
				Check:  restoreTarget,
			}},
			Outputs: func(c *Call) { c.fill("validationWindowHours", 0.0) },
		},
		Provider: Provider{
			Source: "backup/restore_testing_selection", Autonamed: "name", NameLimit: 50,
			Replacing:    []string{"name", "protectedResourceType", "restoreTestingPlanName"},
			ExactlyOneOf: []string{"protectedResourceArns", "protectedResourceConditions"},
			Checks:       map[string][]Check{"name": {matches(`^[0-9A-Za-z_]+$`)}, "iamRoleArn": {isARN}},
		},
		Permissions: &Permissions{
			Read: actions("backup: GetRestoreTestingSelection"),
			Write: actions("backup: CreateRestoreTestingSelection UpdateRestoreTestingSelection " +
				"DeleteRestoreTestingSelection"),
			Dependent: actions("iam: PassRole"),
		},
		NotListed: "AWS does not delete a plan that has one",
		Example: Values{
			"name": "files", "restoreTestingPlanName": "${restore-plan.name}", "protectedResourceType": "EFS",
			"protectedResourceArns": []any{"${files.arn}"}, "iamRoleArn": "${restore-role.arn}",
			"restoreMetadataOverrides": Values{"kmsKeyId": "${key.arn}"}, "validationWindowHours": 8,
		},
	}
}

func restoreResources(c *Call) error {
	for _, arn := range c.texts("protectedResourceArns[]") {
		if arn == "*" {
			continue
		}
		token := c.protectedAt(arn)
		selected := c.Find(awstoken.BackupSelection, func(r *Resource) bool {
			return slices.Contains(Texts(r.State, "resources[]"), arn)
		})
		switch {
		case token == "":
			return fmt.Errorf("nothing is tested: nothing has the ARN %s", arn)
		case protectedTypes[token].service != c.Text("protectedResourceType"):
			return fmt.Errorf("InvalidParameterValueException: %s is not of the type %s", arn, c.Text("protectedResourceType"))
		case len(selected) == 0:
			return fmt.Errorf("nothing is tested: no backup plan selects %s", arn)
		}
	}
	return nil
}

// restoreChange refuses an update whose ARNs are the only change. The provider stores them in the state, and AWS goes on
// testing the former resource.
func restoreChange(c *Call) error {
	if c.Old == nil {
		return nil
	}
	same := func(path string) bool { return fmt.Sprint(at(c.In, path)) == fmt.Sprint(at(c.OldIn, path)) }
	if !same("protectedResourceArns[]") && same("iamRoleArn") && same("restoreMetadataOverrides") &&
		same("validationWindowHours") {
		return fmt.Errorf("the provider does not send a change of protectedResourceArns: the former resource is tested")
	}
	return nil
}

// restoreSettings are the settings of a restored resource that a selection may give, in lower case.
var restoreSettings = map[string][]string{
	"Aurora": {
		"availabilityzones", "dbclusterparametergroupname", "dbsubnetgroupname", "enablecloudwatchlogsexports",
		"enableiamdatabaseauthentication", "engine", "enginemode", "engineversion", "kmskeyid", "port", "optiongroupname",
		"scalingconfiguration", "vpcsecuritygroupids",
	},
	"EFS": {"kmskeyid", "performancemode"},
}

// DefaultVPC is the default VPC of a region in the simulated account, which most accounts have deleted.
const DefaultVPC = "simulation:index:DefaultVPC"

func restoreTarget(c *Call) error {
	given := map[string]string{}
	settings, _ := c.In["restoreMetadataOverrides"].(map[string]any)
	for name, value := range settings {
		given[strings.ToLower(name)] = fmt.Sprint(value)
		if !slices.Contains(restoreSettings[c.Text("protectedResourceType")], strings.ToLower(name)) {
			return fmt.Errorf("InvalidParameterValueException: %s cannot be overridden for %s", name,
				c.Text("protectedResourceType"))
		}
	}
	if key := given["kmskeyid"]; key != "" && len(c.FindBy(awstoken.KMSKey, "arn", key)) == 0 {
		return fmt.Errorf("every test fails: KMS key %s does not exist", key)
	}
	if c.Text("protectedResourceType") != "Aurora" {
		return nil
	}
	subnets, groups := given["dbsubnetgroupname"], given["vpcsecuritygroupids"]
	switch {
	case subnets == "" && len(c.Store.Resources(DefaultVPC, c.Region)) == 0:
		return fmt.Errorf("every test fails: No default subnet detected in VPC")
	case subnets != "" && len(c.FindBy(awstoken.RDSSubnetGroup, "name", subnets)) == 0:
		return fmt.Errorf("every test fails: DB subnet group %s does not exist", subnets)
	}
	parameters := given["dbclusterparametergroupname"]
	if parameters != "" && len(c.FindBy(awstoken.RDSClusterParameterGroup, "name", parameters)) == 0 {
		return fmt.Errorf("every test fails: DB cluster parameter group %s does not exist", parameters)
	}
	var ids []string
	if groups != "" && json.Unmarshal([]byte(groups), &ids) != nil {
		return fmt.Errorf("every test fails: vpcSecurityGroupIds must be a JSON list in a text, got %s", groups)
	}
	for _, id := range ids {
		if c.ByID(awstoken.EC2SecurityGroup, id) == nil {
			return fmt.Errorf("every test fails: security group %s does not exist", id)
		}
	}
	return nil
}
