package restoretest_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/restoretest"
)

var point = time.Date(2026, 11, 26, 7, 15, 0, 0, time.UTC)

// canary is what keep.sh writes at a time.
func canary(written time.Time) string {
	text := written.UTC().Format(time.RFC3339)
	digest := sha256.Sum256([]byte(text))
	return text + " " + hex.EncodeToString(digest[:]) + "\n"
}

// account is an account with restore tests. AWS refuses a second result of a test, and a result that comes too late.
type account struct {
	jobs    []restoretest.Job
	canary  map[string]string // by type
	status  int
	slow    int // questions until an address is there
	fails   map[string]error
	open    []string
	reports map[string]string
	read    [][]string
	cancel  func()
}

func tested(jobs ...restoretest.Job) *account {
	good := canary(point.Add(-40 * time.Minute))
	return &account{
		jobs: jobs, canary: map[string]string{"Aurora": good, "EFS": good}, fails: map[string]error{},
		reports: map[string]string{},
	}
}

func completed(id, kind string) restoretest.Job {
	arn := map[string]string{
		"Aurora": "arn:aws:rds:us-east-1:123456789012:cluster:awsbackup-restore-test-1",
		"EFS":    "arn:aws:elasticfilesystem:us-east-1:123456789012:file-system/fs-0a1b2c3d4e5f60718",
	}[kind]
	return restoretest.Job{ID: id, Type: kind, Arn: arn, Status: "COMPLETED", Point: point}
}

func (a *account) Jobs(_ context.Context, since time.Time) ([]restoretest.Job, error) {
	if !since.Before(point) {
		return nil, errors.New("the last tests are asked for")
	}
	return slices.Clone(a.jobs), a.fails["jobs"]
}

func (a *account) Report(_ context.Context, id string, passed bool, message string) error {
	if a.reports[id] != "" {
		return errors.New("InvalidRequestException: the validation status cannot be changed")
	}
	if a.fails["report"] != nil {
		return a.fails["report"]
	}
	a.reports[id] = map[bool]string{true: "SUCCESSFUL", false: "FAILED"}[passed] + ": " + message
	for i := range a.jobs {
		if a.jobs[i].ID == id {
			a.jobs[i].Validation, _, _ = strings.Cut(a.reports[id], ":")
		}
	}
	return nil
}

func (a *account) Open(_ context.Context, job restoretest.Job) error {
	if !slices.Contains(a.open, job.ID) {
		a.open = append(a.open, job.ID)
	}
	return a.fails["open"]
}

func (a *account) Address(context.Context, restoretest.Job) (string, error) {
	if a.slow--; a.slow >= 0 {
		return "", nil
	}
	return "10.0.0.9", a.fails["address"]
}

func (a *account) Close(ctx context.Context, job restoretest.Job) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	a.open = slices.DeleteFunc(a.open, func(id string) bool { return id == job.ID })
	return a.fails["close"]
}

func (a *account) Read(_ context.Context, arguments ...string) (string, int, error) {
	a.read = append(a.read, arguments)
	if a.cancel != nil {
		a.cancel()
	}
	kind := map[string]string{"read-row": "Aurora", "read-file": "EFS"}[arguments[0]]
	return a.canary[kind], a.status, a.fails["read"]
}

func options() restoretest.Options {
	o := restoretest.Defaults()
	o.Now = func() time.Time { return point.Add(30 * time.Hour) }
	o.Pause = time.Millisecond
	return o
}

func TestATestWithItsCanaryPassesOnce(t *testing.T) {
	a := tested(completed("row", "Aurora"), completed("file", "EFS"))
	a.slow = 3
	results, err := restoretest.Check(t.Context(), a, options())
	require.NoError(t, err)
	for _, r := range results {
		assert.True(t, r.Passed && r.Checked, "%s: %s", r.Job.ID, r.Why)
	}
	assert.Equal(t, "SUCCESSFUL: the canary of its time is there", a.reports["row"])
	assert.Equal(t, [][]string{{"read-row", "10.0.0.9"}, {"read-file", "10.0.0.9", "fs-0a1b2c3d4e5f60718"}}, a.read,
		"a node must know what to ask")
	assert.Empty(t, a.open, "an instance or a mount target that stays makes AWS Backup fail to delete, and is paid for")

	results, err = restoretest.Check(t.Context(), a, options())
	require.NoError(t, err)
	for _, r := range results {
		assert.True(t, r.Passed && !r.Checked, "%s: a result cannot be changed, so it is not looked at again", r.Job.ID)
	}
	assert.Len(t, a.read, 2)
}

// The restore of a broken recovery point completes, as that of a good one does.
func TestABrokenRecoveryPointIsNoticed(t *testing.T) {
	good := canary(point.Add(-40 * time.Minute))
	for name, c := range map[string]struct {
		canary string
		status int
		want   string
	}{
		"empty":                 {want: "there is no canary"},
		"without the table":     {canary: "ERROR 1146 (42S02): Table 'morpheus_canary.canary' doesn't exist", status: 1, want: "ERROR 1146"},
		"without the file":      {canary: "no canary\n", status: 1, want: "a node cannot read the canary: no canary"},
		"cut":                   {canary: good[:40], want: "its digest does not match"},
		"a bit changed":         {canary: "2026-11-26T06:36:00Z" + good[20:], want: "its digest does not match"},
		"cut after the time":    {canary: good[:20], want: "the canary is damaged: it has 1 words"},
		"other data":            {canary: "<html> not what it was </html>", want: "the canary is damaged: it has 6 words"},
		"an old state":          {canary: canary(point.Add(-4 * time.Hour)), want: "4h0m0s older than the recovery point"},
		"the state of today":    {canary: canary(point.Add(time.Hour)), want: "newer than the recovery point"},
		"no time in the canary": {canary: digested("yesterday"), want: "the canary has no time"},
	} {
		for _, kind := range []string{"Aurora", "EFS"} {
			t.Run(name+" "+kind, func(t *testing.T) {
				a := tested(completed("broken", kind))
				a.canary[kind], a.status = c.canary, c.status
				results, err := restoretest.Check(t.Context(), a, options())
				require.NoError(t, err, "that the data is broken is a result, not an error")
				assert.False(t, results[0].Passed)
				assert.Contains(t, results[0].Why, c.want)
				assert.True(t, strings.HasPrefix(a.reports["broken"], "FAILED: "), "AWS Backup must know: %s", a.reports["broken"])
				assert.Empty(t, a.open)
			})
		}
	}
}

func digested(text string) string {
	digest := sha256.Sum256([]byte(text))
	return text + " " + hex.EncodeToString(digest[:])
}

// A result is final, so a fault of AWS or of the way to the data must not become one.
func TestAFaultOfAWSIsNoResult(t *testing.T) {
	refused := errors.New("AccessDenied")
	for _, call := range []string{"open", "address", "read", "report"} {
		t.Run(call, func(t *testing.T) {
			a := tested(completed("row", "Aurora"))
			a.fails[call] = refused
			results, err := restoretest.Check(t.Context(), a, options())
			require.ErrorIs(t, err, refused)
			assert.Contains(t, results[0].Why, "it could not be checked")
			assert.Empty(t, a.reports, "the next run must be able to report it")
			assert.Empty(t, a.open)

			delete(a.fails, call)
			results, err = restoretest.Check(t.Context(), a, options())
			require.NoError(t, err)
			assert.True(t, results[0].Passed, "the next run finishes it")
		})
	}
	a := tested(completed("row", "Aurora"))
	a.slow = 1 << 30
	o := options()
	begin, asked := o.Now(), 0
	o.Now = func() time.Time { asked++; return begin.Add(time.Duration(asked) * 10 * time.Minute) }
	_, err := restoretest.Check(t.Context(), a, o)
	assert.ErrorContains(t, err, "AWS has not made it reachable within 40m0s")
	assert.Empty(t, a.open)
}

func TestACancelledCheckLeavesNothingBehind(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	a := tested(completed("row", "Aurora"))
	a.cancel, a.fails["read"] = cancel, context.Canceled
	_, err := restoretest.Check(ctx, a, options())
	require.ErrorIs(t, err, context.Canceled)
	assert.Empty(t, a.open, "an instance costs money until somebody finds it")

	a = tested(completed("row", "Aurora"))
	a.fails["close"] = errors.New("InvalidDBInstanceState")
	_, err = restoretest.Check(t.Context(), a, options())
	assert.ErrorContains(t, err, "delete what the check has made: InvalidDBInstanceState")
}

func TestATestThatNobodyCanCheckIsNamed(t *testing.T) {
	job := func(change func(*restoretest.Job)) restoretest.Job {
		j := completed("x", "EFS")
		change(&j)
		return j
	}
	for name, c := range map[string]struct {
		job  restoretest.Job
		want string
	}{
		"failed":        {job(func(j *restoretest.Job) { j.Status, j.Message = "FAILED", "no key" }), "the restore failed: no key"},
		"running":       {job(func(j *restoretest.Job) { j.Status = "RUNNING" }), "the restore has not ended"},
		"not checked":   {job(func(j *restoretest.Job) { j.Validation = "TIMED_OUT" }), "nobody checked it"},
		"deleted":       {job(func(j *restoretest.Job) { j.Deletion = "DELETING" }), "nobody checked it"},
		"found broken":  {job(func(j *restoretest.Job) { j.Validation = "FAILED" }), "an earlier check failed"},
		"not deleted":   {job(func(j *restoretest.Job) { j.Deletion = "FAILED" }), "is paid for until somebody does"},
		"of no service": {job(func(j *restoretest.Job) { j.Type = "S3" }), "no check is known for it"},
	} {
		t.Run(name, func(t *testing.T) {
			a := tested(c.job)
			results, err := restoretest.Check(t.Context(), a, options())
			require.NoError(t, err)
			assert.False(t, results[0].Passed)
			assert.Contains(t, results[0].Why, c.want)
			assert.Empty(t, a.reports)
			last := results[len(results)-1]
			assert.Contains(t, last.Why, "AWS Backup found no recovery point",
				"a type without a test is silent in AWS: %s", last.Job.Type)
		})
	}
	a := tested()
	a.fails["jobs"] = errors.New("Throttling")
	_, err := restoretest.Check(t.Context(), a, options())
	assert.ErrorContains(t, err, "list the restore tests: Throttling")
}
