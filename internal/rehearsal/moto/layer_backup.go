package moto

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
)

var (
	vaultAccess     = regexp.MustCompile(`^/backup-vaults/([^/]+)/access-policy$`)
	vaultEvents     = regexp.MustCompile(`^/backup-vaults/([^/]+)/notification-configuration$`)
	vaultPoints     = regexp.MustCompile(`^/backup-vaults/([^/]+)/recovery-points/?$`)
	planSelections  = regexp.MustCompile(`^/backup/plans/([^/]+)/selections/?$`)
	planSelection   = regexp.MustCompile(`^/backup/plans/([^/]+)/selections/[^/]+$`)
	testPlans       = regexp.MustCompile(`^/(restore-testing/plans)/?$`)
	testPlan        = regexp.MustCompile(`^/restore-testing/plans/([^/]+)$`)
	testPlanTags    = regexp.MustCompile(`^/tags/(.+?)/?$`)
	testSelections  = regexp.MustCompile(`^/restore-testing/plans/([^/]+/selections)/?$`)
	testSelection   = regexp.MustCompile(`^/restore-testing/plans/([^/]+/selections/[^/]+)$`)
	accountSettings = regexp.MustCompile(`^/(account-settings)$`)
)

// noBackup is why the calls of the settings of a vault and a plan are answered here.
const noBackup = "moto has vaults, their locks and plans, and no other call of AWS Backup (backup 2018-11-15)"

// backupLayer has the calls of AWS Backup that moto does not have. It keeps what was put, by the path of the vault or the
// plan.
var backupLayer = slices.Concat(vaultLayer, restoreTestLayer)

var vaultLayer = []Entry{
	{
		Call: "backup DescribeRegionSettings", Why: noBackup,
		Method: http.MethodGet, Path: accountSettings,
		Answer: []string{"ResourceTypeOptInPreference"},
		answer: func(*layerState, string, []byte) any {
			return map[string]any{"ResourceTypeOptInPreference": map[string]bool{}} // nothing is opted out
		},
	},
	{
		Call: "backup PutBackupVaultAccessPolicy", Why: noBackup,
		Method: http.MethodPut, Path: vaultAccess, Request: []string{"Policy"},
		answer: putBackup("policy"),
	},
	{
		Call: "backup GetBackupVaultAccessPolicy", Why: noBackup,
		Method: http.MethodGet, Path: vaultAccess, Answer: []string{"BackupVaultName", "BackupVaultArn", "Policy"},
		answer: getBackup("policy"),
	},
	{
		Call: "backup DeleteBackupVaultAccessPolicy", Why: noBackup,
		Method: http.MethodDelete, Path: vaultAccess,
		answer: deleteBackup("policy"),
	},
	{
		Call: "backup PutBackupVaultNotifications", Why: noBackup,
		Method: http.MethodPut, Path: vaultEvents, Request: []string{"SNSTopicArn", "BackupVaultEvents"},
		answer: putBackup("events"),
	},
	{
		Call: "backup GetBackupVaultNotifications", Why: noBackup,
		Method: http.MethodGet, Path: vaultEvents,
		Answer: []string{"BackupVaultName", "BackupVaultArn", "SNSTopicArn", "BackupVaultEvents"},
		answer: getBackup("events"),
	},
	{
		Call: "backup DeleteBackupVaultNotifications", Why: noBackup,
		Method: http.MethodDelete, Path: vaultEvents,
		answer: deleteBackup("events"),
	},
	{
		// The provider lists them before it deletes a vault with forceDestroy. Nothing here runs a plan.
		Call: "backup ListRecoveryPointsByBackupVault", Why: noBackup,
		Method: http.MethodGet, Path: vaultPoints, Answer: []string{"RecoveryPoints"},
		answer: func(*layerState, string, []byte) any { return map[string]any{"RecoveryPoints": []any{}} },
	},
	{
		Call: "backup CreateBackupSelection", Why: noBackup,
		Method: http.MethodPut, Path: planSelections, Request: []string{"BackupSelection"},
		Answer: []string{"SelectionId", "BackupPlanId"},
		answer: func(s *layerState, id string, body []byte) any {
			putBackup("selection")(s, id, body)
			return map[string]any{"SelectionId": id, "BackupPlanId": id} // a plan has one
		},
	},
	{
		Call: "backup GetBackupSelection", Why: noBackup,
		Method: http.MethodGet, Path: planSelection,
		Answer: []string{"BackupSelection.SelectionName", "SelectionId", "BackupPlanId"},
		answer: func(s *layerState, id string, _ []byte) any {
			kept := s.backup("selection " + id)
			if kept == nil {
				return nil
			}
			return map[string]any{"BackupSelection": kept["BackupSelection"], "SelectionId": id, "BackupPlanId": id}
		},
	},
	{
		Call: "backup DeleteBackupSelection", Why: noBackup,
		Method: http.MethodDelete, Path: planSelection,
		answer: deleteBackup("selection"),
	},
}

// backup returns what was put; nil for nothing.
func (s *layerState) backup(key string) map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.backups[key]
}

func putBackup(kind string) func(*layerState, string, []byte) any {
	return func(s *layerState, id string, body []byte) any {
		var request map[string]any
		if json.Unmarshal(body, &request) != nil {
			return nil
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.backups[kind+" "+id] = request
		return struct{}{}
	}
}

func getBackup(kind string) func(*layerState, string, []byte) any {
	return func(s *layerState, id string, _ []byte) any {
		kept := s.backup(kind + " " + id)
		if kept == nil {
			return nil // moto answers that it does not know it
		}
		out := map[string]any{
			"BackupVaultName": id, "BackupVaultArn": "arn:aws:backup:us-east-1:123456789012:backup-vault:" + id,
		}
		for name, value := range kept {
			out[name] = value
		}
		return out
	}
}

func deleteBackup(kind string) func(*layerState, string, []byte) any {
	return func(s *layerState, id string, _ []byte) any {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.backups, kind+" "+id)
		return struct{}{}
	}
}
