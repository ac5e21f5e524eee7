package awsplugin

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// Start runs the plug-in like an engine, until stop is called or ctx ends. engine is the address for its log
// (host:port) and may be empty; env is added to the environment of this process.
func (p Plugin) Start(
	ctx context.Context,
	engine string,
	env map[string]string,
) (_ pulumirpc.ResourceProviderClient, stop func(), err error) {
	cmd := exec.CommandContext(ctx, p.Path) //nolint:gosec // found or built by this package
	if engine != "" {
		cmd.Args = append(cmd.Args, engine)
	}
	cmd.Env = append(os.Environ(), "PULUMI_SKIP_UPDATE_CHECK=true")
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, nil, fmt.Errorf("start %s: %w", p, err)
	}
	end := func() {
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()         // by the kill
	}
	port, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		end()
		return nil, nil, fmt.Errorf("%s did not print its port: %w", p, err)
	}
	connection, err := grpc.NewClient("127.0.0.1:"+strings.TrimSpace(port),
		grpc.WithTransportCredentials(insecure.NewCredentials()), rpcutil.GrpcChannelOptions())
	if err != nil {
		end()
		return nil, nil, errors.Join(fmt.Errorf("connect to %s", p), err)
	}
	stop = func() {
		_ = connection.Close() // the process ends anyway
		end()
	}
	return pulumirpc.NewResourceProviderClient(connection), stop, nil
}
