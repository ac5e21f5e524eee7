package tests

import "fmt"

// ageAlarms watch the age of the newest recovery points.
var ageAlarms = []string{"monitoring-backup-age-aurora", "monitoring-backup-age-efs"}

// hoursLater is the window of an age alarm: a day, the two hours in which jobs start, and those that they may take.
func hoursLater(value any) string { n, _ := value.(int); return fmt.Sprint(n + 26) }

// hoursIn are the windows of the age alarms.
func hoursIn(input string) []effect {
	out := inEach(input, ageAlarms...)
	for i := range out {
		out[i].is = hoursLater
	}
	return out
}

func minutesOfHours(value any) string { n, _ := value.(int); return fmt.Sprint(n * 60) }

// restoreAlarms watch the age of the last restore test that worked.
var restoreAlarms = []string{"monitoring-backup-restore-age-aurora", "monitoring-backup-restore-age-efs"}

// afterTests is the window of an alarm on restore tests, in hours.
func afterTests(hours string) []effect {
	out := append(inEach("evaluationPeriods", restoreAlarms...), inEach("datapointsToAlarm", restoreAlarms...)...)
	for i := range out {
		out[i].is = fixed(hours)
	}
	return out
}

// effectsOfBackups are those of the keys of the vault and its plan.
var effectsOfBackups = map[string]keyEffect{
	"backup.window": {to: "20:15-22:15", why: "apart from the windows of the database", in: []effect{
		{of: "backup-plan", at: "rules.schedule", is: fixed("cron(15 20 ")},
	}},
	"backup.completionHours": {in: append(hoursIn("evaluationPeriods"), append(
		hoursIn("datapointsToAlarm"), effect{of: "backup-plan", at: "rules.completionWindow", is: minutesOfHours})...)},
	"backup.dailyDays":     {in: []effect{{of: "backup-plan", at: "rules.lifecycle.deleteAfter"}}},
	"backup.weeklyWeeks":   {in: []effect{{of: "backup-plan", at: "rules.lifecycle.deleteAfter", is: multiple(7, 0)}}},
	"backup.monthlyMonths": {in: []effect{{of: "backup-plan", at: "rules.lifecycle.deleteAfter", is: fixed("")}}},
	"backup.deletionRoleArn": {to: "arn:aws:iam::123456789012:role/other", why: "of the account", in: []effect{
		{of: "backup-policy", at: "policy.NobodyEndsARecoveryPoint", gone: true},
		{of: "backup-policy", at: "policy.OneRoleEndsRecoveryPoints"},
	}},
	"backup.restoreTest.enabled": {to: false, everywhere: true, why: "there are tests, or nothing of them", in: []effect{
		{of: "backup-restore-*", at: "-"}, {of: "monitoring-backup-restore-*", at: "-"},
	}},
	"backup.restoreTest.days": {to: "tue,wed,sat", why: "days of the week", in: append(afterTests("98"),
		effect{of: "backup-restore-plan", at: "scheduleExpression", is: fixed("cron(0 12 ? * TUE,WED,SAT *)")})},
	"backup.restoreTest.window": {to: "23:30-02:30", why: "whole hours", in: append(afterTests("123"),
		effect{of: "backup-restore-plan", at: "scheduleExpression", is: fixed("cron(30 23 ")},
		effect{of: "backup-restore-plan", at: "startWindowHours", is: fixed("3")})},
	"backup.restoreTest.validationHours": {in: []effect{
		{of: "backup-restore-aurora", at: "validationWindowHours"}, {of: "backup-restore-efs", at: "validationWindowHours"},
	}},
	"recovery.mode": {to: "pilotLight", with: overrides{"recovery.region": "us-west-2"}, everywhere: true,
		why: "a mode has a region", in: []effect{{of: "filesystem-replica", at: "+", is: fixed("us-west-2")}}},
	"recovery.region": {to: "us-west-2", with: overrides{"recovery.mode": "backup"}, everywhere: true,
		why: "a region has a mode", in: []effect{{of: "copies-vault", at: "+", is: fixed("${copies-key}")}}},
	"recovery.role": {to: "recovery", with: takesOverBut("recovery.role"), pair: true,
		why: "TestAPilotLightFollowsTheDataAndServesNobody has its effect"},
	"recovery.stack": {to: "other", pair: true, why: "TestARecoveryStackRefusesWhatItCannotTakeOver has its effect"},
	"recovery.primaryStack": {to: "second", with: takesOverBut("recovery.primaryStack"), pair: true,
		why: "TestARecoveryStackRefusesWhatItCannotTakeOver has its effect"},
	"recovery.primaryRegion": {to: "us-east-2", with: takesOverBut("recovery.primaryRegion"), pair: true,
		why: "TestARecoveryStackRefusesWhatItCannotTakeOver has its effect"},
	"recovery.fileSystemId": {to: restoredFiles, with: takesOver(overrides{"recovery.mode": "restored"}), pair: true,
		why: "TestAStackIsMadeOfCopiesOfRecoveryPoints has its effect"},
	"recovery.failedOver": {to: true, with: pilotLight, everywhere: true, why: "it needs a mode; " +
		"TestAfterAFailoverNothingIsCopiedOverTheOtherRegion has its effects"},
	"backup.enabled":      {to: false, everywhere: true, why: "there is a vault, or EFS has a plan of its own"},
	"backup.lock.mode":    {to: "none", why: "a lock of another mode needs more keys", in: []effect{{of: "backup-lock", at: "-"}}},
	"backup.lock.minDays": {to: 6, why: "below every retention", in: []effect{{of: "backup-lock", at: "minRetentionDays"}}},
	"backup.lock.maxDays": {to: 400, why: "above every retention", in: []effect{{of: "backup-lock", at: "maxRetentionDays"}}},
	"backup.lock.graceDays": {
		to: 30, with: overrides{"backup.lock.mode": "compliance", "backup.lock.confirmation": "prod cannot be undone"},
		why: "only compliance has it", in: []effect{{of: "backup-lock", at: "changeableForDays"}},
	},
	"backup.lock.confirmation": {
		to: "prod cannot be undone", with: overrides{"backup.lock.mode": "compliance", "backup.lock.graceDays": 30},
		everywhere: true, why: "AWS gets the mode that it confirms",
	},
}
