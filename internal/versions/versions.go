// Package versions has the table of versions of the engines and of the nodes' operating system: the versions that the
// program accepts, the end of their support, and the source page.
package versions

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Engine is a managed service, or the nodes' operating system, with a configured version.
type Engine string

// The engines in the table.
const (
	Aurora     Engine = "Aurora MySQL"
	RabbitMQ   Engine = "RabbitMQ"
	OpenSearch Engine = "OpenSearch"
	Ubuntu     Engine = "Ubuntu"
)

const (
	// NearEnd is the number of days before the end of support from which a version warns. Amazon MQ announces an end at
	// least 90 days before, and Aurora leaves three months for an upgrade of a minor version.
	NearEnd = 90
	// ImageDays is the age in days at which EC2 deprecates a public image: two years.
	// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ami-deprecate.html
	ImageDays = 730
	// OldImageDays is the age in days from which an image warns: as long as an engine warns before its end.
	OldImageDays = 90
)

// Version is a release line of an engine.
type Version struct {
	Engine Engine
	// Value is the configured text, which AWS accepts; a trailing "*" stands for the patch number.
	Value string
	// StandardUntil is the last day of standard support; zero if AWS has not announced it.
	StandardUntil time.Time
	// Refused is the reason why AWS, Morpheus or a node's boot does not accept it; empty for a deployable version.
	Refused string
	Source  string
}

const (
	auroraCalendar = "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraMySQLReleaseNotes/" +
		"AuroraMySQL.release-calendars.html"
	mqVersions    = "https://docs.aws.amazon.com/amazon-mq/latest/developer-guide/rabbitmq-version-management.html"
	osVersions    = "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/what-is.html"
	morpheusRange = "Morpheus 8.0 supports RabbitMQ 3.5-3.13"
	ended         = "its support has ended and AWS upgrades its clusters"
	notCreated    = "AWS refuses to create brokers on it"
	ubuntuCycle   = "https://ubuntu.com/about/release-cycle"
)

// Table was last checked on 2026-11-28.
var Table = []Version{
	// Long-term support line.
	{
		Engine: Aurora, Value: "8.0.mysql_aurora.3.10.*",
		StandardUntil: day(2028, 4, 30), Source: auroraCalendar,
	},
	{Engine: Aurora, Value: "8.0.mysql_aurora.3.12.*", StandardUntil: day(2027, 2, 17), Source: auroraCalendar},
	{Engine: Aurora, Value: "8.0.mysql_aurora.3.13.*", StandardUntil: day(2027, 8, 27), Source: auroraCalendar},
	{
		Engine: Aurora, Value: "8.0.mysql_aurora.3.11.*",
		StandardUntil: day(2026, 11, 13), Refused: ended, Source: auroraCalendar,
	},
	{
		Engine: Aurora, Value: "8.0.mysql_aurora.3.04.*",
		StandardUntil: day(2026, 10, 31), Refused: ended, Source: auroraCalendar,
	},
	{
		Engine: Aurora, Value: "8.0.mysql_aurora.3.08.*",
		StandardUntil: day(2026, 8, 31), Refused: ended, Source: auroraCalendar,
	},
	{
		Engine: Aurora, Value: "8.0.mysql_aurora.3.09.*",
		StandardUntil: day(2026, 8, 31), Refused: ended, Source: auroraCalendar,
	},

	{Engine: RabbitMQ, Value: "3.13", Source: mqVersions},
	{Engine: RabbitMQ, Value: "4.2", Refused: morpheusRange, Source: mqVersions},
	{Engine: RabbitMQ, Value: "4.3", Refused: morpheusRange, Source: mqVersions},
	{Engine: RabbitMQ, Value: "3.12", StandardUntil: day(2025, 3, 17), Refused: notCreated, Source: mqVersions},
	{Engine: RabbitMQ, Value: "3.11", StandardUntil: day(2025, 2, 17), Refused: notCreated, Source: mqVersions},
	{Engine: RabbitMQ, Value: "3.10", StandardUntil: day(2024, 10, 15), Refused: notCreated, Source: mqVersions},

	{Engine: OpenSearch, Value: "OpenSearch_2.19", StandardUntil: day(2027, 11, 7), Source: osVersions},
	{Engine: OpenSearch, Value: "OpenSearch_2.17", StandardUntil: day(2027, 11, 7), Source: osVersions},
	{Engine: OpenSearch, Value: "OpenSearch_2.15", StandardUntil: day(2027, 11, 7), Source: osVersions},
	{Engine: OpenSearch, Value: "OpenSearch_2.13", StandardUntil: day(2027, 11, 7), Source: osVersions},
	{Engine: OpenSearch, Value: "OpenSearch_2.11", StandardUntil: day(2027, 11, 7), Source: osVersions},
	{Engine: OpenSearch, Value: "OpenSearch_2.9", StandardUntil: day(2025, 11, 7), Source: osVersions},
	{Engine: OpenSearch, Value: "OpenSearch_2.7", StandardUntil: day(2025, 11, 7), Source: osVersions},
	{Engine: OpenSearch, Value: "OpenSearch_2.5", StandardUntil: day(2025, 11, 7), Source: osVersions},

	{Engine: Ubuntu, Value: "24.04", StandardUntil: day(2029, 5, 31), Source: ubuntuCycle},
	{
		Engine: Ubuntu, Value: "22.04", StandardUntil: day(2027, 4, 1),
		Refused: "its curl cannot sign the calls that a node makes before it has the AWS CLI " +
			"(https://github.com/curl/curl/issues/8810)",
		Source: ubuntuCycle,
	},
	{
		Engine: Ubuntu, Value: "20.04", StandardUntil: day(2025, 5, 31),
		Refused: "its standard support has ended", Source: ubuntuCycle,
	},
}

// Prefixes are what AWS writes before the version of an engine, the whole prefix first.
func Prefixes(engine Engine) []string {
	switch engine {
	case Aurora:
		return []string{"8.0.mysql_aurora.", "8.0."}
	case OpenSearch:
		return []string{"OpenSearch_"}
	}
	return nil
}

// ErrUnknown is the error for a version that is not in the table.
var ErrUnknown = errors.New("the version table does not have it")

// afterwards describes what AWS does with a running version after its standard support.
var afterwards = map[Engine]string{
	Aurora:     "AWS upgrades such clusters by force",
	RabbitMQ:   "AWS upgrades such brokers by force",
	OpenSearch: "AWS charges extended support",
	Ubuntu:     "Canonical publishes no more security updates for it without a subscription",
}

// Check looks up a configured version in the table. It returns an error with the valid versions if the version cannot
// be deployed, and a warning if its standard support has ended or ends within NearEnd days.
func Check(engine Engine, value string, today time.Time) (warning string, err error) {
	for _, v := range Table {
		if v.Engine != engine || !v.matches(value) {
			continue
		}
		if v.Refused != "" {
			return "", fmt.Errorf("%s (%s)", v.Refused, v.Source)
		}
		return v.ending(value, today), nil
	}
	return "", ErrUnknown
}

// Find returns the row of a version that runs or is configured; false if the table has none.
func Find(engine Engine, value string) (Version, bool) {
	at := slices.IndexFunc(Table, func(v Version) bool { return v.Engine == engine && v.matches(value) })
	if at < 0 {
		return Version{}, false
	}
	return Table[at], true
}

// ending returns a warning if the standard support of a version has ended or ends within NearEnd days, otherwise "".
func (v Version) ending(value string, today time.Time) string {
	switch until := v.StandardUntil; {
	case until.IsZero() || !IsNear(until, today):
		return ""
	case today.After(until):
		return fmt.Sprintf("standard support of %s ended on %s; %s (%s)",
			value, until.Format(time.DateOnly), afterwards[v.Engine], v.Source)
	default:
		return fmt.Sprintf("standard support of %s ends on %s; then %s (%s)",
			value, until.Format(time.DateOnly), afterwards[v.Engine], v.Source)
	}
}

// IsNear reports whether an end has passed or is within NearEnd days.
func IsNear(end, today time.Time) bool { return today.After(end.AddDate(0, 0, -NearEnd)) }

// CheckImage returns a warning if a public image is older than OldImageDays, or if EC2 has deprecated it or will do so
// within NearEnd days, otherwise "".
// The date is in the image's serial, such as 20250610 or 20250610.1. A serial without a date has no warning.
func CheckImage(serial string, today time.Time) string {
	date, _, _ := strings.Cut(serial, ".")
	made, err := time.Parse("20060102", date)
	if err != nil {
		return ""
	}
	end := made.AddDate(0, 0, ImageDays)
	if !IsNear(end, today) {
		if age := int(today.Sub(made).Hours() / 24); age > OldImageDays {
			return fmt.Sprintf("the image %s is %d days old, and a new node starts without the security updates since then: "+
				"configure a newer serial at least every %d days (docs/nodes.md#a-newer-image)", serial, age, OldImageDays)
		}
		return ""
	}
	return fmt.Sprintf("EC2 deprecates the image %s on %s, two years after it was made; its owner may remove it at any "+
		"time, and new nodes cannot start then: configure a newer serial", serial, end.Format(time.DateOnly))
}

// Deployable returns the versions of an engine that Check accepts, in the order of the table.
func Deployable(engine Engine) []string {
	var out []string
	for _, v := range Table {
		if v.Engine == engine && v.Refused == "" {
			out = append(out, v.Value)
		}
	}
	return out
}

func (v Version) matches(value string) bool {
	line, isLine := strings.CutSuffix(v.Value, "*")
	if !isLine {
		return v.Value == value
	}
	patch, ok := strings.CutPrefix(value, line)
	return ok && patch != "" && !slices.ContainsFunc([]rune(patch), func(r rune) bool { return r < '0' || r > '9' })
}

func day(year int, month time.Month, d int) time.Time {
	return time.Date(year, month, d, 23, 59, 59, 0, time.UTC)
}
