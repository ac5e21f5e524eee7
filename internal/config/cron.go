package config

import (
	"slices"
	"strconv"
	"strings"
)

// cronFields are the limits and names of the five fields of a recurrence, as Auto Scaling takes them.
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-scheduled-scaling.html
var cronFields = []struct {
	least, most int
	names       []string // the first stands for the least
}{
	{0, 59, nil},
	{0, 23, nil},
	{1, 31, nil},
	{1, 12, []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}},
	{0, 7, []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}},
}

// isCron says whether a text is five fields, each a list of "*", numbers, names or ranges, with a step if wanted.
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

// digits is a number without a sign.
func digits(text string) (int, bool) {
	n, err := strconv.ParseUint(text, 10, 16)
	return int(n), err == nil
}
