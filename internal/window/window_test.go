package window

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWindowsAreParsed(t *testing.T) {
	w, err := Daily("23:30-00:15")
	require.NoError(t, err)
	assert.Equal(t, Window{Start: 23*time.Hour + 30*time.Minute, Length: 45 * time.Minute}, w,
		"a window may pass midnight")

	w, err = Weekly("sat:23:30-sun:00:30")
	require.NoError(t, err)
	assert.Equal(t, Window{Start: 6*day + 23*time.Hour + 30*time.Minute, Length: time.Hour}, w,
		"a window may pass the end of the week")
}

func TestWindowsThatRDSRefusesAreRefused(t *testing.T) {
	for _, text := range []string{
		"", "3:00-4:00", "03:00", "24:00-01:00", "03:00-04:60", "sun:03:00-sun:04:00", "03:00-04:00 ",
	} {
		_, err := Daily(text)
		assert.ErrorContains(t, err, "hh24:mi-hh24:mi", text)
	}
	for _, text := range []string{"03:00-03:29", "03:00-03:00"} {
		_, err := Daily(text)
		assert.ErrorContains(t, err, "shorter than 30 minutes", text)
	}
	for _, text := range []string{"", "sun:05:00", "Sun:05:00-Sun:06:00", "son:05:00-son:06:00", "05:00-06:00"} {
		_, err := Weekly(text)
		assert.ErrorContains(t, err, "ddd:hh24:mi-ddd:hh24:mi", text)
	}
	_, err := Weekly("sun:05:00-sun:05:20")
	assert.ErrorContains(t, err, "shorter than 30 minutes")
	_, err = Weekly("sun:06:00-sun:05:00")
	assert.ErrorContains(t, err, "longer than a day", "it lasts a week minus an hour")
	_, err = Weekly("sun:05:00-mon:05:00")
	assert.NoError(t, err, "a day is allowed")
}

func TestOverlapsAreFoundOnEveryDay(t *testing.T) {
	for _, c := range []struct {
		backup, maintenance string
		want                bool
	}{
		{backup: "03:00-04:00", maintenance: "sun:05:00-sun:06:00", want: false},
		{backup: "03:00-04:00", maintenance: "sun:04:00-sun:05:00", want: false}, // one ends where the other begins
		{backup: "03:00-04:00", maintenance: "sun:02:00-sun:03:00", want: false},
		{backup: "03:00-04:00", maintenance: "wed:03:30-wed:04:30", want: true},
		{backup: "03:00-04:00", maintenance: "wed:02:30-wed:03:30", want: true},
		{backup: "03:00-04:00", maintenance: "sat:22:00-sun:03:30", want: true}, // passes the end of the week
		{backup: "23:30-00:30", maintenance: "sun:00:00-sun:01:00", want: true}, // Saturday's backup has not ended
		{backup: "23:30-00:30", maintenance: "sun:00:30-sun:01:30", want: false},
		{backup: "12:00-12:30", maintenance: "thu:00:00-fri:00:00", want: true}, // one within the other
		{backup: "04:00-03:30", maintenance: "thu:03:30-thu:04:00", want: false},
	} {
		b, err := Daily(c.backup)
		require.NoError(t, err)
		m, err := Weekly(c.maintenance)
		require.NoError(t, err)
		assert.Equal(t, c.want, Overlaps(b, m), "%s and %s", c.backup, c.maintenance)
	}
}

// The window is ten hours long, so it must not begin in anybody's working day.
func TestTheNightIsThatOfTheRegion(t *testing.T) {
	for region, want := range map[string]int{
		"us-east-1": 3, "us-west-2": 6, "us-gov-west-1": 6, "eu-central-1": 21, "eu-west-2": 22, "ap-northeast-1": 13,
		"ap-northeast-3": 13, "ap-southeast-1": 14, "ap-southeast-2": 12, "sa-east-1": 1, "cn-north-1": 14, "eu-north-1": 21,
		"eu-isoe-west-1": 21, "nowhere": 22,
	} {
		assert.Equal(t, want, NightStart(region), "%s: 22:00 there in UTC", region)
	}
}

func TestDailyWindowsMeetAlsoAtMidnight(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{a: "03:00-04:00", b: "04:00-05:00", want: false}, // one ends where the other begins
		{a: "03:00-04:30", b: "04:00-05:00", want: true},
		{a: "23:30-00:30", b: "00:00-01:00", want: true}, // passes midnight
		{a: "23:30-00:30", b: "00:30-01:30", want: false},
		{a: "01:00-12:00", b: "05:00-06:00", want: true}, // one within the other
	} {
		a, err := Daily(c.a)
		require.NoError(t, err)
		b, err := Daily(c.b)
		require.NoError(t, err)
		assert.Equal(t, c.want, Meet(a, b), "%s and %s", c.a, c.b)
		assert.Equal(t, c.want, Meet(b, a), "%s and %s", c.b, c.a)
	}
}

func TestAWindowBeginsAtTheTimeOfItsCronExpression(t *testing.T) {
	for text, want := range map[string]string{"06:30-08:30": "30 6", "00:00-01:00": "0 0", "23:05-01:00": "5 23"} {
		w, err := Daily(text)
		require.NoError(t, err)
		assert.Equal(t, want, w.Cron(), "minute and hour of %s", text)
	}
}
