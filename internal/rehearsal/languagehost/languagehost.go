// Package languagehost is the part of Pulumi that compiles a Go program and runs it for the engine, for machines
// without Pulumi. The official language host, pulumi-language-go, is part of Pulumi's installation. It cannot be built
// like the CLI, because the Go module proxy does not serve it.
package languagehost

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/constant"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	"github.com/pulumi/pulumi/sdk/v3/go/common/version"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
)

// Binary is the file name of the Go language host that the engine looks for.
const Binary = "pulumi-language-go"

// healthInterval is the time between the host's checks that its engine still runs.
const healthInterval = 5 * time.Second

// Main serves as the language host if the running binary has that name, and then returns true. A main must call it
// first.
func Main() bool {
	if filepath.Base(os.Args[0]) != Binary {
		return false
	}
	if err := serve(os.Args[len(os.Args)-1]); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", Binary, err)
		os.Exit(1)
	}
	return true
}

// serve serves the engine at the address until the engine ends.
func serve(engine string) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{Init: func(s *grpc.Server) error {
		pulumirpc.RegisterLanguageRuntimeServer(s, &host{engine: engine})
		return nil
	}})
	if err != nil {
		return err
	}
	fmt.Printf("%d\n", handle.Port) // the engine reads the port from the first line
	if err := rpcutil.Healthcheck(ctx, engine, healthInterval, cancel); err != nil {
		return err
	}
	select {
	case err := <-handle.Done:
		return err
	case <-ctx.Done():
		return nil
	}
}

// host implements the calls of preview, up, refresh and destroy. For the others, which generate code or install
// packages, the engine gets "unimplemented".
type host struct {
	pulumirpc.UnimplementedLanguageRuntimeServer
	engine string
}

// GetPluginInfo returns the version of the SDK that the host was built with.
func (*host) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: version.Version}, nil
}

// GetRequiredPackages returns no package, so that the engine loads each provider at its first resource.
func (*host) GetRequiredPackages(
	context.Context, *pulumirpc.GetRequiredPackagesRequest,
) (*pulumirpc.GetRequiredPackagesResponse, error) {
	return &pulumirpc.GetRequiredPackagesResponse{}, nil
}

// Run compiles the program to the project's buildTarget, or to a temporary file, and runs it.
func (h *host) Run(ctx context.Context, request *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	binary, remove, err := compile(ctx, request.GetInfo())
	defer remove()
	if err != nil {
		return &pulumirpc.RunResponse{Error: err.Error()}, nil
	}
	environment, err := h.environment(request)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, binary, request.GetArgs()...) //nolint:gosec // the program of the project
	cmd.Dir = request.GetPwd()
	cmd.Env = append(os.Environ(), environment...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return &pulumirpc.RunResponse{}, nil
	case errors.As(err, &exit) && exit.ExitCode() == constant.ExitStatusLoggedError:
		return &pulumirpc.RunResponse{Bail: true}, nil // the engine has its error already
	default:
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("the program failed: %v", err)}, nil
	}
}

// compile returns the path of the program's binary. Call remove in any case.
func compile(ctx context.Context, program *pulumirpc.ProgramInfo) (binary string, remove func(), err error) {
	remove = func() {}
	target, _ := program.GetOptions().AsMap()["buildTarget"].(string)
	if target == "" {
		dir, err := os.MkdirTemp("", "pulumi-go-")
		if err != nil {
			return "", remove, err
		}
		remove = func() { _ = os.RemoveAll(dir) } // a temporary folder
		target = filepath.Join(dir, "program")
	}
	if !filepath.IsAbs(target) {
		target = filepath.Join(program.GetProgramDirectory(), target)
	}
	//nolint:gosec // the path is in the project's Pulumi.yaml
	build := exec.CommandContext(ctx, "go", "build", "-o", target)
	build.Dir = program.GetProgramDirectory()
	var said bytes.Buffer
	build.Stdout, build.Stderr = &said, &said
	if err := build.Run(); err != nil {
		return "", remove, fmt.Errorf("go build: %w\n%s", err, strings.TrimSpace(said.String()))
	}
	return target, remove, nil
}

// environment returns the variables with the options of the run for the SDK in the program.
func (h *host) environment(request *pulumirpc.RunRequest) ([]string, error) {
	config, err := json.Marshal(request.GetConfig())
	if err != nil {
		return nil, err
	}
	secrets, err := json.Marshal(request.GetConfigSecretKeys())
	if err != nil {
		return nil, err
	}
	return []string{
		pulumi.EnvOrganization + "=" + request.GetOrganization(),
		pulumi.EnvProject + "=" + request.GetProject(),
		pulumi.EnvPulumiRootDirectory + "=" + request.GetInfo().GetRootDirectory(),
		pulumi.EnvStack + "=" + request.GetStack(),
		pulumi.EnvConfig + "=" + string(config),
		pulumi.EnvConfigSecretKeys + "=" + string(secrets),
		pulumi.EnvDryRun + "=" + strconv.FormatBool(request.GetDryRun()),
		pulumi.EnvParallel + "=" + strconv.Itoa(int(request.GetParallel())),
		pulumi.EnvMonitor + "=" + request.GetMonitorAddress(),
		pulumi.EnvEngine + "=" + h.engine,
	}, nil
}
