package config

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // names of time zones are known on machines without them
)

// Schedule sets the sizes of the group at times; TimeZone is UTC when it is left out.
type Schedule struct {
	Name       string `json:"name"`
	Recurrence string `json:"recurrence"`
	TimeZone   string `json:"timeZone,omitempty"`
	MinSize    int    `json:"minSize"`
	MaxSize    int    `json:"maxSize"`
}

var (
	scheduleName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)
	// cronForm is what a recurrence can be made of; isCron says the rest.
	cronForm = regexp.MustCompile(`^ *[0-9A-Za-z*,/-]+( +[0-9A-Za-z*,/-]+){4} *$`)
	// timeZone leaves out what a machine has beside the names of IANA, such as posix/Europe/Berlin.
	timeZone = regexp.MustCompile(`^(UTC|(Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|` +
		`Etc|Europe|Indian|Pacific)/.+)$`)
)

var scheduleRows = []Row{
	{
		// A group may have 125 scheduled actions; more than a week's worth is a mistake.
		Key:   "cluster.schedules",
		Limit: List{Max: 20},
		Why:   "a group has its sizes at times, not a calendar",
	},
	{
		Key:   "cluster.schedules[].name",
		Limit: Text{Is: "1..32 lower-case letters, digits and dashes, a letter first", Pattern: scheduleName},
		Why:   "it names the scheduled action",
		Once:  "a name", WhyOnce: "it names the scheduled action",
	},
	{
		Key: "cluster.schedules[].recurrence",
		Limit: Text{
			Is:      "a cron expression of five fields such as 0 7 * * 1-5",
			Pattern: cronForm, Valid: valid(isCron),
		},
		Why: "minute, hour, day, month, day of the week",
	},
	{
		Key:   "cluster.schedules[].timeZone",
		Limit: Text{Is: "a time zone such as Europe/Berlin", Pattern: timeZone, Valid: valid(isTimeZone)},
		Empty: "for UTC",
		Why:   "the names are those of IANA",
	},
	{
		Key:           "cluster.schedules[].minSize",
		Limit:         groupSize,
		Why:           "an appliance has a node",
		WhyProduction: "production has a node in each zone",
	},
	{Key: "cluster.schedules[].maxSize", Limit: Range{Min: 1, Max: 50}},
}

var scheduleRules = []Rule{
	{
		Keys:  []string{"cluster.schedules"},
		Says:  "no two at the same time",
		check: (*Config).checkScheduleTimes,
	},
	{
		Keys:  []string{"cluster.schedules"},
		Needs: []string{"cluster.maxSize"},
		Says:  "sizes up to cluster.maxSize, and no maxSize below its minSize",
		check: (*Config).checkScheduleSizes,
	},
}

func (c *Config) checkScheduleTimes(p *Problems) {
	seen := map[string]bool{}
	for i, s := range c.Cluster.Schedules {
		// Auto Scaling reads names in any case, and any number of spaces.
		at := strings.ToUpper(strings.Join(strings.Fields(s.Recurrence), " ")) + " " + cmp.Or(s.TimeZone, "UTC")
		if seen[at] {
			p.Add(fmt.Sprintf("cluster.schedules[%d].recurrence", i), s.Recurrence, "a time that is not in the list already",
				"Auto Scaling refuses two actions at the same time")
		}
		seen[at] = true
	}
}

func (c *Config) checkScheduleSizes(p *Problems) {
	if p.anyRefused("cluster.maxSize") {
		return
	}
	for i, s := range c.Cluster.Schedules {
		minKey, maxKey := fmt.Sprintf("cluster.schedules[%d].minSize", i), fmt.Sprintf("cluster.schedules[%d].maxSize", i)
		switch {
		case p.anyRefused(maxKey):
		case s.MaxSize > c.Cluster.MaxSize:
			p.Add(maxKey, s.MaxSize, fmt.Sprintf("at most cluster.maxSize, %d", c.Cluster.MaxSize),
				"the database's connections are counted for cluster.maxSize")
		case s.MaxSize < s.MinSize && !p.anyRefused(minKey):
			p.Add(maxKey, s.MaxSize, fmt.Sprintf("at least its minSize, %d", s.MinSize), "")
		}
	}
}

func isTimeZone(name string) bool {
	_, err := time.LoadLocation(name)
	return err == nil
}

// cronFields are the limits and names of the five fields of a recurrence, as Auto Scaling takes them.
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-scheduled-scaling.html
var cronFields = []struct {
	least, most int
	names       []string // the first stands for the least
}{
	{least: 0, most: 59},
	{least: 0, most: 23},
	{least: 1, most: 31},
	{least: 1, most: 12, names: strings.Fields("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC")},
	{least: 0, most: 7, names: strings.Fields("SUN MON TUE WED THU FRI SAT")},
}

// isCron reports whether a text is five fields, each a list of "*", numbers, names or ranges, which may have a step.
func isCron(text string) bool {
	fields := strings.Fields(text)
	if len(fields) != len(cronFields) {
		return false
	}
	for i := range fields {
		for item := range strings.SplitSeq(fields[i], ",") {
			if !isCronItem(item, i) {
				return false
			}
		}
	}
	return true
}

func isCronItem(item string, field int) bool {
	span, step, stepped := strings.Cut(item, "/")
	if n, ok := digits(step); stepped && (!ok || n < 1 || n > cronFields[field].most) {
		return false
	}
	if span == "*" {
		return true
	}
	from, to, isRange := strings.Cut(span, "-")
	first, ok := cronNumber(from, field)
	if !ok || !isRange {
		return ok
	}
	last, ok := cronNumber(to, field)
	return ok && first <= last
}

func cronNumber(text string, field int) (int, bool) {
	limits := cronFields[field]
	if at := slices.Index(limits.names, strings.ToUpper(text)); at >= 0 {
		return limits.least + at, true
	}
	n, ok := digits(text)
	return n, ok && n >= limits.least && n <= limits.most
}

// digits reads a number without a sign.
func digits(text string) (int, bool) {
	n, err := strconv.ParseUint(text, 10, 16)
	return int(n), err == nil
}
