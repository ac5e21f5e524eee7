package config

import (
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/morpheus-ha/morpheus-aws/internal/window"
)

// Backup is what AWS Backup keeps of the tiers that hold data, in addition to what they keep by themselves.
type Backup struct {
	Enabled         bool   `json:"enabled"`
	Window          string `json:"window"`
	CompletionHours int    `json:"completionHours"`
	DailyDays       int    `json:"dailyDays"`
	WeeklyWeeks     int    `json:"weeklyWeeks"`
	MonthlyMonths   int    `json:"monthlyMonths"`
	DeletionRoleArn string `json:"deletionRoleArn"`

	Lock        BackupLock  `json:"lock"`
	RestoreTest RestoreTest `json:"restoreTest"`
}

// BackupLock is the lock of the vault.
type BackupLock struct {
	Mode         string `json:"mode"`
	MinDays      int    `json:"minDays"`
	MaxDays      int    `json:"maxDays"`
	GraceDays    int    `json:"graceDays"`
	Confirmation string `json:"confirmation"`
}

// Values of backup.lock.mode.
const (
	LockNone       = "none"
	LockGovernance = "governance" // a principal with the permission can take it off
	LockCompliance = "compliance" // after the grace time nobody can, not AWS either
)

const (
	// shortestJobWindow is the shortest period in which AWS Backup starts a job, and how much longer a job may take.
	shortestJobWindow = time.Hour
	// longestKept is the longest retention and lock of AWS Backup, in days.
	longestKept = 36500
)

var (
	roleARN = regexp.MustCompile(`^arn:(aws[a-z-]*):iam::(\d{12}):role/[\w+=,.@/-]{1,512}$`)
	// confirmation is any text; the rule knows the right one.
	confirmation = regexp.MustCompile(`^[a-z0-9 -]+$`)
)

var backupRows = []Row{
	{Key: "backup.enabled", Limit: Flag{}},
	{
		Key: "backup.window",
		Limit: Text{
			Is: "hh24:mi-hh24:mi in UTC, at least an hour", Pattern: window.DailyForm, Valid: isJobWindow,
		},
		Why: "AWS Backup starts the day's jobs in it",
	},
	{
		Key:   "backup.completionHours",
		Limit: Range{Min: 2, Max: 168},
		Why:   "AWS Backup ends a job that takes longer, which leaves part of a copy",
	},
	{
		Key:   "backup.dailyDays",
		Limit: Range{Min: 1, Max: longestKept, ProductionMin: 7},
		Why:   "the limits of AWS Backup", WhyProduction: "the limits of AWS Backup; production keeps a week",
	},
	{
		Key:   "backup.weeklyWeeks",
		Limit: Range{Min: 1, Max: 520},
		Empty: "for none", Why: "ten years at most",
	},
	{
		Key:   "backup.monthlyMonths",
		Limit: Range{Min: 1, Max: 120},
		Empty: "for none", Why: "ten years at most",
	},
	{
		Key:   "backup.deletionRoleArn",
		Limit: Text{Is: "the ARN of an IAM role", Pattern: roleARN},
		Empty: "for nobody",
	},
	{Key: "backup.lock.mode", Limit: Choice{Values: []string{LockNone, LockGovernance, LockCompliance}}},
	{
		Key:   "backup.lock.minDays",
		Limit: Range{Min: 1, Max: longestKept},
		Empty: "for no minimum", Why: "the limits of AWS Backup",
	},
	{
		Key:   "backup.lock.maxDays",
		Limit: Range{Min: 1, Max: longestKept},
		Empty: "for no maximum", Why: "the limits of AWS Backup",
	},
	{
		Key:   "backup.lock.graceDays",
		Limit: Range{Min: 3, Max: longestKept},
		Empty: "without compliance", Why: "the limits of AWS Backup",
	},
	{
		Key:   "backup.lock.confirmation",
		Limit: Text{Is: "lower-case letters, digits, spaces and dashes", Pattern: confirmation},
		Empty: "without compliance",
	},
}

var backupRules = []Rule{
	{
		Keys:  []string{"backup.enabled"},
		Needs: []string{"environment"},
		Says:  "warns if production has no vault",
		check: (*Config).warnOfNoBackup,
	},
	{
		Keys:  []string{"backup.window"},
		Needs: []string{"backup.enabled", "database.backupWindow", "database.maintenanceWindow"},
		Says:  "apart from database.backupWindow and database.maintenanceWindow",
		check: (*Config).checkJobWindow,
	},
	{
		Keys:  []string{"backup.completionHours"},
		Needs: []string{"backup.enabled", "backup.window"},
		Says:  "an hour longer than backup.window",
		check: (*Config).checkCompletion,
	},
	{
		Keys:  []string{"backup.dailyDays", "backup.weeklyWeeks", "backup.monthlyMonths"},
		Says:  "each kept longer than the one before it",
		Needs: []string{"backup.enabled"},
		check: (*Config).checkKeptOrder,
	},
	{
		Keys:  []string{"backup.dailyDays", "backup.weeklyWeeks", "backup.monthlyMonths"},
		Needs: []string{"backup.enabled", "backup.lock"},
		Says:  "within backup.lock.minDays and backup.lock.maxDays",
		check: (*Config).checkLocked,
	},
	{
		Keys:  []string{"backup.lock"},
		Needs: []string{"backup.enabled"},
		Says:  "a minimum or a maximum with a mode; graceDays and confirmation with compliance, and only then",
		check: (*Config).checkLock,
	},
	{
		Keys:  []string{"backup.deletionRoleArn"},
		Needs: []string{"aws.accountId", "aws.region"},
		Says:  "of the stack's account",
		check: (*Config).checkDeletionRole,
	},
}

func isJobWindow(text string) error {
	w, err := window.Daily(text)
	if err == nil && w.Length < shortestJobWindow {
		err = fmt.Errorf("shorter than %d minutes", int(shortestJobWindow.Minutes()))
	}
	return err
}

// Kept is one schedule of recovery points.
type Kept struct {
	// Name is daily, weekly or monthly; Key is where the configuration has its retention.
	Name, Key string
	// Days that a recovery point is kept.
	Days int
}

// Kept are the schedules in the configuration, the shortest retention first. A month has 30.4 days, so that twelve are a
// year.
func (b *Backup) Kept() []Kept {
	const daysOfYear, monthsOfYear, daysOfWeek = 365, 12, 7
	all := []Kept{
		{Name: "daily", Key: "backup.dailyDays", Days: b.DailyDays},
		{Name: "weekly", Key: "backup.weeklyWeeks", Days: b.WeeklyWeeks * daysOfWeek},
		{
			Name: "monthly", Key: "backup.monthlyMonths",
			Days: (b.MonthlyMonths*daysOfYear + monthsOfYear - 1) / monthsOfYear,
		},
	}
	return slices.DeleteFunc(all, func(k Kept) bool { return k.Days == 0 })
}

// JobWindow is when jobs start. Load has checked its form.
func (b *Backup) JobWindow() window.Window {
	w, _ := window.Daily(b.Window)
	return w
}

func (c *Config) warnOfNoBackup(*Problems) {
	if !c.Backup.Enabled && c.production() {
		c.warn("backup.enabled", "production has no backup vault: the database keeps database.backupRetentionDays days, EFS "+
			"keeps the files for 35, in vaults that whoever may delete backups can empty, and nothing is in another region")
	}
}

// checkJobWindow refuses a window that meets those of the database: a snapshot during maintenance or beside Aurora's own
// backup waits, and may not start before its window ends.
func (c *Config) checkJobWindow(p *Problems) {
	const key = "backup.window"
	jobs, err := window.Daily(c.Backup.Window)
	if err != nil || !c.Backup.Enabled {
		return
	}
	d := c.Database
	maintenance, maintenanceErr := window.Weekly(d.MaintenanceWindow)
	own, ownErr := window.Daily(d.BackupWindow)
	if maintenanceErr == nil && window.Overlaps(jobs, maintenance) {
		p.Add(key, c.Backup.Window, "apart from database.maintenanceWindow "+d.MaintenanceWindow,
			"a job that finds the database in maintenance may not start before the window ends")
	}
	if ownErr == nil && window.Meet(jobs, own) {
		p.Add(key, c.Backup.Window, "apart from database.backupWindow "+d.BackupWindow,
			"RDS makes one snapshot of a cluster at a time")
	}
}

func (c *Config) checkCompletion(p *Problems) {
	const key = "backup.completionHours"
	jobs, err := window.Daily(c.Backup.Window)
	if err != nil || !c.Backup.Enabled || p.anyRefused(key) {
		return
	}
	if time.Duration(c.Backup.CompletionHours)*time.Hour < jobs.Length+shortestJobWindow {
		least := (jobs.Length + shortestJobWindow + time.Hour - 1) / time.Hour
		p.Add(key, c.Backup.CompletionHours, fmt.Sprintf("%d or more with backup.window %s", int(least), c.Backup.Window),
			"AWS Backup requires an hour more than the time in which a job may start")
	}
}

// checkKeptOrder refuses a weekly copy that goes before the daily ones: on its day AWS Backup makes one recovery point, for
// the schedule with the longest retention.
func (c *Config) checkKeptOrder(p *Problems) {
	kept := c.Backup.Kept()
	for i := 1; i < len(kept) && c.Backup.Enabled; i++ {
		shorter, longer := kept[i-1], kept[i]
		if longer.Days <= shorter.Days && !p.anyRefused(shorter.Key, longer.Key) {
			p.Add(longer.Key, c.keptValue(longer), fmt.Sprintf("more than the %d days of %s, or 0 for none", shorter.Days,
				shorter.Key), "a "+longer.Name+" recovery point that goes with the "+shorter.Name+" ones is of no use")
		}
	}
}

func (c *Config) keptValue(k Kept) int {
	return map[string]int{
		"daily": c.Backup.DailyDays, "weekly": c.Backup.WeeklyWeeks, "monthly": c.Backup.MonthlyMonths,
	}[k.Name]
}

// checkLocked refuses a retention that the lock does not allow: AWS takes the plan, and its jobs fail.
func (c *Config) checkLocked(p *Problems) {
	lock := c.Backup.Lock
	if !c.Backup.Enabled || lock.Mode == LockNone {
		return
	}
	const why = "AWS Backup takes the plan, and each of its jobs fails"
	for _, k := range c.Backup.Kept() {
		switch {
		case p.anyRefused(k.Key):
		case k.Days < lock.MinDays:
			p.Add(k.Key, c.keptValue(k), fmt.Sprintf("at least %d days, backup.lock.minDays", lock.MinDays), why)
		case lock.MaxDays > 0 && k.Days > lock.MaxDays:
			p.Add(k.Key, c.keptValue(k), fmt.Sprintf("at most %d days, backup.lock.maxDays", lock.MaxDays), why)
		}
	}
}

// LockConfirmation is the text that backup.lock.confirmation must have for compliance.
func (c *Config) LockConfirmation() string { return c.Stack + " cannot be undone" }

func (c *Config) checkLock(p *Problems) {
	lock := c.Backup.Lock
	if !c.Backup.Enabled || p.anyRefused("backup.lock.mode", "backup.lock.graceDays") {
		return
	}
	if lock.MaxDays > 0 && lock.MaxDays < lock.MinDays {
		p.Add("backup.lock.maxDays", lock.MaxDays, fmt.Sprintf("at least backup.lock.minDays, %d, or 0", lock.MinDays), "")
	}
	if lock.Mode != LockNone && lock.MinDays == 0 && lock.MaxDays == 0 {
		p.Add("backup.lock.minDays", lock.MinDays, "1 or more with a lock, unless backup.lock.maxDays is given",
			"a lock without limits locks nothing, and AWS refuses it")
	}
	if lock.Mode != LockCompliance {
		const why = "only the mode compliance has a day from which nobody can take the lock off"
		if lock.GraceDays != 0 {
			p.Add("backup.lock.graceDays", lock.GraceDays, "0 with "+lock.Mode, why)
		}
		if lock.Confirmation != "" {
			p.Add("backup.lock.confirmation", lock.Confirmation, "empty with "+lock.Mode, why)
		}
		return
	}
	if lock.GraceDays == 0 {
		p.Add("backup.lock.graceDays", 0, "3 or more with compliance", "AWS locks the vault for ever after so many days")
		return
	}
	final := c.today.AddDate(0, 0, lock.GraceDays).Format(time.DateOnly)
	if want := c.LockConfirmation(); lock.Confirmation != want {
		p.Add("backup.lock.confirmation", lock.Confirmation, fmt.Sprintf("%q with compliance", want),
			"from "+final+" on nobody, not AWS either, can take the lock off, shorten a retention or delete a recovery point "+
				"before its end; they are paid for until then")
		return
	}
	c.warn("backup.lock.mode", "a vault that is locked today is locked for ever from "+final+" on: until then take the "+
		"lock off if it is not meant; after it nobody, not AWS either, can shorten a retention, delete a recovery point "+
		"before its end, or delete the vault while it has one")
}

func (c *Config) checkDeletionRole(p *Problems) {
	const key = "backup.deletionRoleArn"
	arn := c.Backup.DeletionRoleArn
	m := roleARN.FindStringSubmatch(arn)
	if m != nil && m[2] != c.AWS.AccountID && !p.anyRefused("aws.accountId") {
		p.Add(key, arn, "a role of account "+c.AWS.AccountID, "the vault's policy excepts one role of its own account")
	}
}
