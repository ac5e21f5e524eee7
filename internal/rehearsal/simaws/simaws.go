// Package simaws is a simulated AWS: an account with regions behind a Pulumi resource provider for the real engine. It
// refuses what the real provider and the real services refuse. README.md lists what it does not model.
package simaws

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/provider"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/wire"
)

// Packages that the plug-in serves, depending on its file name.
var Packages = []string{"aws", "random"}

const pluginPrefix = "pulumi-resource-"

// DefaultScale is how many times faster the simulated AWS is: an Aurora instance takes a quarter of a second instead of
// eight minutes.
const DefaultScale = 2000

// healthInterval is the time between a plug-in's checks that its engine still runs.
const healthInterval = 5 * time.Second

// Options are the options of a simulated AWS.
type Options struct {
	// Fresh leaves the service-linked roles out, as in a new account.
	Fresh bool
	// Partition is the account's partition; empty for "aws".
	Partition string
	// Scale is how many seconds of AWS one second of the rehearsal stands for; 0 does not wait at all.
	Scale float64
	// LookUpDelay is how long each look-up waits for its answer, as for a service that is far away.
	LookUpDelay time.Duration
}

// Server is a simulated account that plug-ins can reach.
type Server struct {
	account *account.Account
	wire    *wire.Server
}

// Start creates the account with its existing resources and serves it on loopback until Close.
func Start(o Options) (*Server, error) {
	a := NewAccount(o)
	a.LookUpDelay = o.LookUpDelay
	w, err := wire.Serve(a)
	if err != nil {
		return nil, err
	}
	return &Server{a, w}, nil
}

// Env returns the environment variables for the plug-ins.
func (s *Server) Env() map[string]string { return s.wire.Env() }

// Drift changes a property of the first resource of a type, as a person in the console would, and returns its id.
func (s *Server) Drift(token, property string, value any) (string, error) {
	return s.account.Drift(token, property, value)
}

// LookUps is the number of look-ups that the account has answered.
func (s *Server) LookUps() int { return s.account.LookUps() }

// Shortage sets which instance types a zone has no capacity for; none end the shortage.
func (s *Server) Shortage(region, zone string, instanceTypes ...string) {
	types := make([]any, len(instanceTypes))
	for i, name := range instanceTypes {
		types[i] = name
	}
	s.account.Exists(region, awstypes.Shortage, zone, account.Values{"instanceTypes": types})
}

// Lose makes a region not answer any more, and Return ends that.
func (s *Server) Lose(region string) { s.account.Lose(region) }

// Return makes a lost region answer again.
func (s *Server) Return(region string) { s.account.Return(region) }

// Change makes a call in a region that no provider makes, such as one of an operator or of AWS itself.
func (s *Server) Change(region string, do func(awstypes.Store) error) error {
	return s.account.Change(region, do)
}

// Read returns a resource of the account.
func (s *Server) Read(r account.Request) (*account.Resource, error) { return s.account.Read(r) }

// Leftovers returns the resources that deployments created and did not delete.
func (s *Server) Leftovers() ([]string, error) { return s.account.Leftovers(), nil }

// Kept describes the resources that AWS keeps after a delete.
func (s *Server) Kept() []string { return s.account.Kept() }

// Close stops serving.
func (s *Server) Close() error { return s.wire.Close() }

// PluginMain serves a provider if the running binary has the name of a plug-in, and then returns true. A main calls it
// first, so that one binary is both the rehearsal and its plug-ins.
func PluginMain() bool {
	pkg, isPlugin := strings.CutPrefix(strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe"), pluginPrefix)
	if !isPlugin {
		return false
	}
	if err := servePlugin(pkg); err != nil {
		fmt.Fprintf(os.Stderr, "%s%s: %v\n", pluginPrefix, pkg, err)
		os.Exit(1)
	}
	return true
}

// installedVersion is read from the name of the plug-in's folder, such as resource-aws-v6.83.2.
func installedVersion(pkg string) string {
	folder := filepath.Base(filepath.Dir(os.Args[0]))
	return strings.TrimPrefix(folder, "resource-"+pkg+"-v")
}

func servePlugin(pkg string) error {
	var backend wire.Backend
	if pkg != "random" { // random needs no account
		account, err := wire.Dial()
		if err != nil {
			return err
		}
		backend = account
	}
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Init: func(s *grpc.Server) error {
			pulumirpc.RegisterResourceProviderServer(s, provider.New(pkg, installedVersion(pkg), backend))
			return nil
		},
	})
	if err != nil {
		return err
	}
	fmt.Printf("%d\n", handle.Port) // the engine reads the port from the first line

	// The engine stops its plug-ins. If the engine was killed, the health check fails and the plug-in stops by itself.
	gone, cancel := context.WithCancel(context.Background())
	defer cancel()
	if engine := os.Args[len(os.Args)-1]; strings.Contains(engine, ":") {
		if err := rpcutil.Healthcheck(gone, engine, healthInterval, cancel); err != nil {
			return err
		}
	}
	select {
	case err := <-handle.Done:
		return err
	case <-gone.Done():
		return nil
	}
}
