// Package opstest gives tests accounts on moto server, an implementation of the AWS API that is independent of this
// project. What moto lacks, a test answers with values that are rendered and checked by botocore's service models.
package opstest

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/require"
)

// Region of the accounts.
const Region = "us-east-1"

const (
	startTime  = 90 * time.Second
	motoFolder = "tools/bin/moto"
	firstID    = 200000000000
)

// Repository returns the root folder of the repository.
func Repository() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..", "..")
}

var server struct {
	once    sync.Once
	address string
	err     error
	command *exec.Cmd
	ids     atomic.Int64
}

// Main runs the tests of a package and stops moto afterwards. TestMain calls it.
func Main(m *testing.M) {
	code := m.Run()
	if server.command != nil {
		_ = server.command.Process.Kill() // it may have ended, and has nothing to save
		_ = server.command.Wait()         // it ends by the signal
	}
	os.Exit(code)
}

// moto starts moto once in a test binary and returns its address. It skips the test if moto is not installed.
func moto(t *testing.T) string {
	t.Helper()
	program := filepath.Join(Repository(), motoFolder, "bin", "moto_server")
	if _, err := os.Stat(program); err != nil {
		t.Skip("moto is not installed: run `make moto`")
	}
	server.once.Do(func() { server.address, server.err = start(program) })
	require.NoError(t, server.err)
	return server.address
}

func start(program string) (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	port := listener.Addr().(*net.TCPAddr).Port
	if err := listener.Close(); err != nil {
		return "", err
	}
	address := fmt.Sprintf("http://127.0.0.1:%d", port)
	//nolint:gosec // a program in tools/bin
	server.command = exec.CommandContext(context.Background(), program, "-H", "127.0.0.1", "-p", fmt.Sprint(port))
	server.command.Env = append(os.Environ(), "MOTO_ACM_VALIDATION_WAIT=1", "MOTO_EC2_LOAD_DEFAULT_AMIS=false")
	server.command.Stdout, server.command.Stderr = io.Discard, io.Discard
	server.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	if err := server.command.Start(); err != nil {
		return "", err
	}
	client := &http.Client{Transport: &http.Transport{Proxy: nil}, Timeout: time.Second}
	for deadline := time.Now().Add(startTime); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		response, err := client.Get(address + "/moto-api/") //nolint:noctx // with a time-out
		if err == nil {
			return address, response.Body.Close()
		}
	}
	return "", fmt.Errorf("moto does not answer at %s", address)
}

// Given is an account of a test on moto.
type Given struct {
	// Direct is the configuration of SDK clients that call moto without the stubs.
	Direct aws.Config
	// ID is the account's, twelve digits.
	ID string
	// Wrap sees each call that Account's clients make, and may refuse or lose it; nil for none.
	Wrap func(next http.RoundTripper) http.RoundTripper

	t *testing.T
}

// NewAccount returns an empty account. Accounts of moto do not see each other.
func NewAccount(t *testing.T) *Given {
	t.Helper()
	address := moto(t)
	id := fmt.Sprint(firstID + server.ids.Add(1))
	root := aws.Config{
		Region: Region, BaseEndpoint: aws.String(address), HTTPClient: &http.Client{},
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	}
	session, err := sts.NewFromConfig(root).AssumeRole(t.Context(), &sts.AssumeRoleInput{
		RoleArn: aws.String("arn:aws:iam::" + id + ":role/deployer"), RoleSessionName: aws.String("test"),
	})
	require.NoError(t, err)
	c := session.Credentials
	root.Credentials = credentials.NewStaticCredentialsProvider(aws.ToString(c.AccessKeyId),
		aws.ToString(c.SecretAccessKey), aws.ToString(c.SessionToken))
	return &Given{Direct: root, ID: id, t: t}
}
