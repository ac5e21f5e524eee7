package command

import (
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/drill/drilltest"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/opstest"
)

// childVariable makes the test binary the operations command, so that a process can be signalled and killed.
const childVariable = "OPS_TEST_CHILD"

func child() int {
	ctx, stop := Interruptible(context.Background())
	defer stop()
	return Execute(ctx, os.Args[1:], Streams{Out: os.Stdout, Err: os.Stderr})
}

// operator runs the command as processes against a stack of the test, in real time.
type operator struct {
	t       *testing.T
	world   *drilltest.World
	folder  string
	reports string
	env     []string
}

func newOperator(t *testing.T) *operator {
	t.Helper()
	w := drilltest.New(t)
	o := &operator{t: t, world: w, folder: opstest.Folder(t, w.Values(nil)), reports: filepath.Join(t.TempDir(), "drills")}
	endpoint := aws.ToString(w.RealAccount(t).STS().Options().BaseEndpoint)
	w.Appliance.StartTLS()
	t.Cleanup(w.Appliance.Close)
	proxy := httptest.NewServer(http.HandlerFunc(o.connect))
	t.Cleanup(proxy.Close)
	tools := t.TempDir()
	certificate := filepath.Join(tools, "ca.pem")
	require.NoError(t, os.WriteFile(certificate, pem.EncodeToMemory(&pem.Block{
		Type: "CERTIFICATE", Bytes: w.Appliance.Certificate().Raw,
	}), 0o600))
	script := fmt.Sprintf("#!/bin/sh\nif [ \"$2\" = output ]; then echo '%s'; else echo '%s'; fi\n", drilltest.Outputs(),
		drilltest.State())
	require.NoError(t, os.WriteFile(filepath.Join(tools, "pulumi"), []byte(script), 0o700))
	credentials, err := w.Given.Direct.Credentials.Retrieve(t.Context())
	require.NoError(t, err)
	o.env = append(os.Environ(), childVariable+"=1", "AWS_ENDPOINT_URL="+endpoint, "AWS_EC2_METADATA_DISABLED=true",
		"AWS_ACCESS_KEY_ID="+credentials.AccessKeyID, "AWS_SECRET_ACCESS_KEY="+credentials.SecretAccessKey,
		"AWS_SESSION_TOKEN="+credentials.SessionToken, "HTTPS_PROXY="+proxy.URL, "SSL_CERT_FILE="+certificate,
		"PATH="+tools+":"+os.Getenv("PATH"))
	return o
}

// connect leads every name to the appliance.
func (o *operator) connect(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect || !strings.HasPrefix(r.Host, drilltest.Host) {
		http.Error(w, "the proxy of the test leads to the appliance only", http.StatusForbidden)
		return
	}
	there, err := (&net.Dialer{}).DialContext(r.Context(), "tcp", o.world.Appliance.Listener.Addr().String())
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	here, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		_ = there.Close() // the client sees the error
		return
	}
	_, _ = io.WriteString(here, "HTTP/1.1 200 Connection established\r\n\r\n") // a client that is gone asks nothing
	go func() {
		_, _ = io.Copy(there, here) // ends with the connection
		_ = there.Close()
	}()
	_, _ = io.Copy(here, there)
	_ = here.Close()
}

// start starts the command. Its text is complete when it has ended.
func (o *operator) start(arguments string) (*exec.Cmd, *strings.Builder) {
	o.t.Helper()
	fields := append(strings.Fields(arguments), "--stack", "prod", "--cwd", o.folder)
	if !strings.HasPrefix(arguments, "drill undo") {
		fields = append(fields, "--out", o.reports)
	}
	command := exec.CommandContext(o.t.Context(), os.Args[0], fields...)
	command.Env = o.env
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	text := &strings.Builder{}
	command.Stdout, command.Stderr = text, text
	require.NoError(o.t, command.Start())
	return command, text
}

// run runs the command to its end.
func (o *operator) run(arguments string) (status int, text string) {
	o.t.Helper()
	command, out := o.start(arguments)
	_ = command.Wait() // the status tells
	return command.ProcessState.ExitCode(), out.String()
}

// report is the text of the only report.
func (o *operator) report() string {
	o.t.Helper()
	files, err := filepath.Glob(filepath.Join(o.reports, "*.md"))
	require.NoError(o.t, err)
	require.Len(o.t, files, 1)
	text, err := os.ReadFile(files[0])
	require.NoError(o.t, err)
	return string(text)
}

const zoneDrill = "drill zone --zone us-east-1a --yes --confirm prod"

// shifted waits until the drill has moved clients out of the zone.
func (o *operator) shifted() {
	o.t.Helper()
	require.Eventually(o.t, func() bool { return len(o.world.ActiveShifts()) == 1 }, 2*time.Minute, 50*time.Millisecond,
		"the drill must begin")
}

// TestADrillUndoesOnEverySignal: Ctrl-C, the end of a job, and a terminal that is lost, which may signal twice.
func TestADrillUndoesOnEverySignal(t *testing.T) {
	// A process that was started with nohup ignores SIGHUP, and so do its children, unless it handles the signal itself.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	for name, signals := range map[string][]syscall.Signal{
		"Ctrl-C": {syscall.SIGINT}, "end of a job": {syscall.SIGTERM}, "lost terminal": {syscall.SIGHUP, syscall.SIGHUP},
		"closed pipe": {syscall.SIGPIPE, syscall.SIGINT},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOperator(t)
			command, text := o.start(zoneDrill)
			o.shifted()
			for _, s := range signals {
				require.NoError(t, command.Process.Signal(s))
				time.Sleep(100 * time.Millisecond)
			}
			_ = command.Wait() // the status tells
			assert.Equal(t, check.ExitUnknown, command.ProcessState.ExitCode(), text.String())
			assert.Empty(t, o.world.ActiveShifts(), text.String())
			assert.Contains(t, o.report(), "| what was suspended | ended by this run |")
		})
	}
}

// TestAKilledDrillIsFoundByTheNextRun: nothing undoes it but AWS, after a limited time, or the command that is told.
func TestAKilledDrillIsFoundByTheNextRun(t *testing.T) {
	t.Parallel()
	o := newOperator(t)
	command, _ := o.start(zoneDrill)
	o.shifted()
	require.NoError(t, command.Process.Kill())
	_ = command.Wait() // it was killed
	assert.Len(t, o.world.ActiveShifts(), 1, "nobody could undo it")
	assert.Contains(t, o.world.Calls(), "StartZonalShift use1-az6 20m", "AWS ends it by itself")
	assert.Contains(t, o.report(), "The run has not ended")

	status, text := o.run("drill node --yes --confirm prod")
	assert.Equal(t, check.ExitUnknown, status)
	assert.Contains(t, text, "still moves clients out of use1-az6")
	assert.Contains(t, text, "go run ./cmd/ops drill undo --stack prod --yes")
	status, text = o.run("drill undo")
	assert.Equal(t, check.ExitHealthy, status, text)
	assert.Contains(t, text, "nothing is changed; --yes does it")
	assert.Len(t, o.world.ActiveShifts(), 1)
	status, text = o.run("drill undo --yes")
	assert.Equal(t, check.ExitHealthy, status, text)
	assert.Empty(t, o.world.ActiveShifts())
	_, text = o.run("drill undo --yes")
	assert.Contains(t, text, "no drill has left anything behind")
}

// TestAMissedTargetExitsWithOne, in real time: /ping fails for longer than the target.
func TestAMissedTargetExitsWithOne(t *testing.T) {
	t.Parallel()
	o := newOperator(t)
	o.world.Outages, o.world.Spare = []drilltest.Outage{{For: 33 * time.Second}}, 35*time.Second
	status, text := o.run("drill search --yes --confirm prod")
	assert.Equal(t, check.ExitFindings, status, text)
	assert.Contains(t, text, "a target is missed")
	assert.Contains(t, o.report(), "**Missed**")
	assert.Contains(t, o.report(), "> REHEARSAL")
}

// TestADrillWithoutYesOnlyShows, also for a production stack, and writes no report.
func TestADrillWithoutYesOnlyShows(t *testing.T) {
	t.Parallel()
	o := newOperator(t)
	status, text := o.run("drill database")
	assert.Equal(t, check.ExitHealthy, status, text)
	assert.Contains(t, text, "would    inject: fail the cluster morpheus-prod over from its writer morpheus-prod-us-east-1a")
	assert.Contains(t, text, "nothing is changed; --yes does it")
	assert.NoDirExists(t, o.reports)
	assert.Empty(t, o.world.Calls())
}
