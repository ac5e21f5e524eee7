package versions

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

var today = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestOnlyVersionsThatCanBeDeployedAreAccepted(t *testing.T) {
	for _, c := range []struct {
		engine Engine
		value  string
		why    string // empty when it is accepted
	}{
		{engine: Aurora, value: "8.0.mysql_aurora.3.10.4"},
		{engine: Aurora, value: "8.0.mysql_aurora.3.10.12"},
		{engine: Aurora, value: "8.0.mysql_aurora.3.10.", why: "does not have it"},
		{engine: Aurora, value: "8.0.mysql_aurora.3.10.x", why: "does not have it"},
		{engine: Aurora, value: "8.0.mysql_aurora.3.1", why: "does not have it"},
		{engine: Aurora, value: "8.0", why: "does not have it"}, // AWS's default, which changes
		{engine: Aurora, value: "8.0.mysql_aurora.3.04.2", why: "its support has ended"},
		{engine: RabbitMQ, value: "3.13"},
		{engine: RabbitMQ, value: "3.13.7", why: "does not have it"}, // AWS refuses patch numbers
		{engine: RabbitMQ, value: "3.10", why: "AWS refuses to create brokers on it"},
		{engine: RabbitMQ, value: "4.2", why: "Morpheus 8.0 supports RabbitMQ 3.5-3.13"},
		{engine: OpenSearch, value: "OpenSearch_2.19"},
		{engine: OpenSearch, value: "2.19", why: "does not have it"},
		{engine: OpenSearch, value: "Elasticsearch_7.10", why: "does not have it"},
		{engine: RabbitMQ, value: "OpenSearch_2.19", why: "does not have it"}, // another engine's
	} {
		warning, err := Check(c.engine, c.value, today)
		assert.Empty(t, warning, c.value)
		if c.why == "" {
			assert.NoError(t, err, c.value)
		} else {
			assert.ErrorContains(t, err, c.why, c.value)
		}
	}
}

func TestStandardSupportEndsAfterItsLastDay(t *testing.T) {
	end := time.Date(2025, 11, 7, 23, 0, 0, 0, time.UTC)
	warning, err := Check(OpenSearch, "OpenSearch_2.5", end)
	assert.NoError(t, err)
	assert.Contains(t, warning, "standard support of OpenSearch_2.5 ends on 2025-11-07",
		"the last day must still have support")
	warning, err = Check(OpenSearch, "OpenSearch_2.5", end.Add(2*time.Hour))
	assert.NoError(t, err, "the required version must be accepted")
	assert.Contains(t, warning, "standard support of OpenSearch_2.5 ended on 2025-11-07")
}

func TestTheEndOfSupportWarnsBefore(t *testing.T) {
	end := time.Date(2027, 2, 17, 23, 59, 59, 0, time.UTC)
	warning, err := Check(Aurora, "8.0.mysql_aurora.3.12.1", end.AddDate(0, 0, -NearEnd-1))
	assert.NoError(t, err)
	assert.Empty(t, warning)
	warning, err = Check(Aurora, "8.0.mysql_aurora.3.12.1", end.AddDate(0, 0, -NearEnd+1))
	assert.NoError(t, err)
	assert.Contains(t, warning, "standard support of 8.0.mysql_aurora.3.12.1 ends on 2027-02-17; then AWS upgrades")
}

func TestAnOldImageWarns(t *testing.T) {
	end := time.Date(2027, 6, 10, 0, 0, 0, 0, time.UTC)
	made := time.Date(2025, 6, 10, 0, 0, 0, 0, time.UTC)
	assert.Empty(t, CheckImage("20250610", made.AddDate(0, 0, OldImageDays)))
	assert.Contains(t, CheckImage("20250610.1", made.AddDate(0, 0, OldImageDays+1)), "20250610.1 is 91 days old, and a new "+
		"node starts without the security updates since then")
	for _, serial := range []string{"20250610", "20250610.2"} {
		assert.Contains(t, CheckImage(serial, end.AddDate(0, 0, -NearEnd+1)), "deprecates the image "+serial+" on 2027-06-10")
	}
	assert.Empty(t, CheckImage("current", end), "current has no date")
}

func TestTheWarningDescribesWhatAWSDoes(t *testing.T) {
	later := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	for engine, c := range map[Engine]struct{ value, want string }{
		Aurora:     {"8.0.mysql_aurora.3.10.4", "AWS upgrades such clusters by force"},
		OpenSearch: {"OpenSearch_2.19", "AWS charges extended support"},
	} {
		warning, err := Check(engine, c.value, later)
		assert.NoError(t, err)
		assert.Contains(t, warning, c.want)
	}
	for _, v := range Table {
		assert.NotEmpty(t, afterwards[v.Engine], v.Engine)
	}
}

func TestDeployableVersionsAreAccepted(t *testing.T) {
	for _, engine := range []Engine{Aurora, RabbitMQ, OpenSearch, Ubuntu} {
		offered := Deployable(engine)
		assert.NotEmpty(t, offered, engine)
		for _, value := range offered {
			_, err := Check(engine, strings.Replace(value, "*", "0", 1), today)
			assert.NoError(t, err, "an error message recommends this version")
		}
	}
}

func TestEveryLineHasItsSource(t *testing.T) {
	seen := map[string]bool{}
	for _, v := range Table {
		assert.Regexp(t, `^https://(docs\.aws\.amazon\.com|ubuntu\.com)/`, v.Source, v.Value)
		assert.False(t, seen[v.Value], "%s is in the table twice, and only the first counts", v.Value)
		seen[v.Value] = true
	}
}
