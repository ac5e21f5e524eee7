// Package restoretest checks what AWS Backup restored in a test: it reads the canaries, which the nodes write each hour,
// out of the restored database and file system, and reports the result to AWS Backup. A restore that completes proves
// that a recovery point can be read; the canary, that the data of its time is in it.
//
// What it makes for a check has the tag of restore tests, so that AWS Backup deletes it with the rest if the check dies.
package restoretest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Tag marks what belongs to a restore test: AWS Backup deletes only what has it.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/restore-testing.html
const Tag = "awsbackup-restore-test"

// Job is a restore job of the plan of the restore tests.
type Job struct {
	ID string
	// Type is Aurora or EFS; Arn is what was restored.
	Type, Arn string
	// Status is AWS Backup's: COMPLETED, FAILED and others. Message is its reason.
	Status, Message string
	// Validation is SUCCESSFUL, FAILED or TIMED_OUT, and empty or VALIDATING before a result. AWS takes one result.
	Validation string
	// Deletion is FAILED if AWS Backup could not delete what it restored, which is then paid for.
	Deletion string
	// Point is when the recovery point was made.
	Point time.Time
}

// Account is what a check needs of AWS. Each call that makes something returns no error if it exists.
type Account interface {
	// Jobs of the plan that were created since a time.
	Jobs(ctx context.Context, since time.Time) ([]Job, error)
	// Report sends the result of a check, which AWS Backup never changes.
	Report(ctx context.Context, id string, passed bool, message string) error

	// Open makes what a node needs to reach a restored resource: an instance in a cluster, with Tag, or a mount target of a
	// file system, which has no tags of its own.
	Open(ctx context.Context, job Job) error
	// Address returns how a node reaches it; empty while AWS is still making it.
	Address(ctx context.Context, job Job) (string, error)
	// Close deletes what Open has made. Nothing to delete is no error.
	Close(ctx context.Context, job Job) error

	// Read runs keep.sh on a node in service. It returns the output of a command that has ended, and its exit status.
	Read(ctx context.Context, arguments ...string) (output string, status int, err error)
}

// Options of a check.
type Options struct {
	// Since is how far back jobs are looked at.
	Since time.Duration
	// Patience is the longest that AWS may take to make an instance or a mount target, and Pause the time between two
	// questions.
	Patience, Pause time.Duration
	// MaxAge is how much older than its recovery point a canary may be: nodes write it each hour, and a job that copies
	// many files reads it some time after its start.
	MaxAge time.Duration
	// Now is the clock.
	Now func() time.Time
	// DryRun says which tests wait for a check, and checks none.
	DryRun bool
}

// Defaults are the options of the nodes' schedule.
func Defaults() Options {
	return Options{
		Since: 8 * 24 * time.Hour, Patience: 40 * time.Minute, Pause: 20 * time.Second, MaxAge: 3 * time.Hour, Now: time.Now,
	}
}

// Result is what is known of one test.
type Result struct {
	Job Job
	// Passed is true if the canary of the recovery point's time was found.
	Passed bool
	// Checked is true if this run has looked at it.
	Checked bool
	// Why says what was found, or what is missing.
	Why string
	// Pending is true for a test that may still pass: its restore has not ended, or it waits for a check.
	Pending bool
}

// types are those of the recovery points, with the command of keep.sh that reads the canary.
var types = map[string]string{"Aurora": "read-row", "EFS": "read-file"}

// closing is the time for deleting what a check has made, also when the check itself was cancelled.
const closing = 2 * time.Minute

// Check looks at each test that has no result yet, reports it, and returns what is known of all tests. The error is about
// AWS: a test that could not be looked at has no result, and the next run tries again.
func Check(ctx context.Context, account Account, o Options) ([]Result, error) {
	jobs, err := account.Jobs(ctx, o.Now().Add(-o.Since))
	if err != nil {
		return nil, fmt.Errorf("list the restore tests: %w", err)
	}
	var results []Result
	var problems []error
	tested := map[string]bool{}
	for _, job := range jobs {
		tested[job.Type] = true
		result := known(job)
		switch {
		case job.Status != "COMPLETED" || result.Why != "":
		case o.DryRun:
			result.Why, result.Pending = "it waits for its check", true
		default:
			if result, err = check(ctx, account, job, o); err != nil {
				problems = append(problems, fmt.Errorf("the test %s of %s has no result: %w", job.ID, job.Type, err))
				result = Result{Job: job, Why: "it could not be checked: " + err.Error(), Pending: true}
			}
		}
		results = append(results, result)
	}
	for _, name := range []string{"Aurora", "EFS"} {
		if !tested[name] {
			results = append(results, Result{
				Job: Job{Type: name},
				Why: fmt.Sprintf("no restore test has begun for %s: AWS Backup found no recovery point", o.Since),
			})
		}
	}
	return results, errors.Join(problems...)
}

// known is what AWS Backup says of a test; Why is empty for one that waits for its check.
func known(job Job) Result {
	r := Result{Job: job}
	switch {
	case job.Deletion == "FAILED":
		r.Why = "AWS Backup could not delete " + job.Arn + ": it is paid for until somebody does"
	case job.Status == "FAILED" || job.Status == "ABORTED":
		r.Why = "the restore failed: " + job.Message
	case job.Status != "COMPLETED":
		r.Why, r.Pending = "the restore has not ended", true
	case job.Validation == "SUCCESSFUL":
		r.Passed, r.Why = true, "checked before"
	case job.Validation == "FAILED":
		r.Why = "an earlier check failed"
	case job.Validation == "TIMED_OUT" || job.Deletion != "":
		r.Why = "nobody checked it before AWS Backup deleted it"
	case types[job.Type] == "":
		r.Why = "no check is known for it"
	}
	return r
}

// check reads the canary of a test and reports the result.
func check(ctx context.Context, account Account, job Job, o Options) (result Result, err error) {
	result = Result{Job: job, Checked: true}
	defer func() {
		// Also after a cancelled check: an instance costs money until the end of the test.
		cleanup, cancel := context.WithTimeout(context.WithoutCancel(ctx), closing)
		defer cancel()
		if closed := account.Close(cleanup, job); closed != nil {
			err = errors.Join(err, fmt.Errorf("delete what the check has made: %w", closed))
		}
	}()
	if err := account.Open(ctx, job); err != nil {
		return result, fmt.Errorf("make it reachable: %w", err)
	}
	address, err := reachable(ctx, account, job, o)
	if err != nil {
		return result, err
	}
	arguments := []string{types[job.Type], address}
	if job.Type == "EFS" {
		arguments = append(arguments, job.Arn[strings.LastIndex(job.Arn, "/")+1:])
	}
	output, status, err := account.Read(ctx, arguments...)
	if err != nil {
		return result, fmt.Errorf("ask a node: %w", err)
	}
	problem := Judge(output, job.Point, o.MaxAge)
	if status != 0 {
		problem = fmt.Errorf("a node cannot read the canary: %s", strings.Join(strings.Fields(output), " "))
	}
	result.Passed, result.Why = problem == nil, "the canary of its time is there"
	if problem != nil {
		result.Why = problem.Error()
	}
	if err := account.Report(ctx, job.ID, result.Passed, result.Why); err != nil {
		return result, fmt.Errorf("report the result: %w", err)
	}
	return result, nil
}

func reachable(ctx context.Context, account Account, job Job, o Options) (string, error) {
	end := o.Now().Add(o.Patience)
	for {
		address, err := account.Address(ctx, job)
		if err != nil {
			return "", fmt.Errorf("ask for its address: %w", err)
		}
		if address != "" {
			return address, nil
		}
		if o.Now().After(end) {
			return "", fmt.Errorf("AWS has not made it reachable within %s", o.Patience)
		}
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(o.Pause):
		}
	}
}
