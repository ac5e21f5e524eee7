package rehearsal

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
)

// state runs a command of `pulumi state`, such as taint: the next update replaces the resource.
func (s *Session) state(ctx context.Context, command, urn string) error {
	return s.cli(ctx, "state", command, urn, "--stack", s.stack.Name(), "--yes")
}

// Rename runs `pulumi stack rename`, which renames the stack's file too.
func (s *Session) Rename(ctx context.Context, name string) error {
	if err := s.cli(ctx, "stack", "rename", name, "--stack", s.stack.Name()); err != nil {
		return err
	}
	stack, err := s.selected(ctx, name)
	s.stack = stack
	return err
}

func (s *Session) cli(ctx context.Context, arguments ...string) error {
	var env []string
	for name, value := range s.variables() {
		env = append(env, name+"="+value)
	}
	env = append(env, "PULUMI_HOME="+s.home())
	out, problem, code, err := s.stack.Workspace().PulumiCommand().Run(ctx, s.work(), nil, nil, nil, env, arguments...)
	if err != nil || code != 0 {
		return fmt.Errorf("pulumi %s %s: %w: %s%s", arguments[0], arguments[1], err, out, problem)
	}
	return nil
}

// Made is a resource in the state.
type Made struct {
	URN, Name, Type, ID string
	// Created changes when the resource is replaced, also by one with the same id.
	Created time.Time
	// Outlives is true for a resource that stays when the stack is destroyed, and External for one that the program only
	// reads.
	Outlives, External bool
}

// is reports whether a line of Cloud.Leftovers is the resource. The simulated account names the type and the id; another
// one a kind, and the name or the ARN that ends with it.
func (m Made) is(line string) bool {
	if strings.HasPrefix(line, "aws:") {
		return strings.HasPrefix(line+" ", m.Type+" "+m.ID+" ")
	}
	name := line[strings.LastIndex(line, " ")+1:]
	return name == m.ID || strings.HasSuffix(name, ":"+m.ID)
}

// outlives returns the resources in the state that stay when the stack is destroyed.
func (s *Session) outlives(ctx context.Context) ([]Made, error) {
	all, err := s.State(ctx)
	return slices.DeleteFunc(all, func(made Made) bool { return !made.Outlives }), err
}

// State returns the custom resources in the state, without those that wait for their deletion.
func (s *Session) State(ctx context.Context) ([]Made, error) {
	exported, err := s.stack.Export(ctx)
	if err != nil {
		return nil, fmt.Errorf("export the state: %w", err)
	}
	var deployment apitype.DeploymentV3
	if err := json.Unmarshal(exported.Deployment, &deployment); err != nil {
		return nil, fmt.Errorf("read the state: %w", err)
	}
	var out []Made
	for _, r := range deployment.Resources {
		if !r.Custom || r.Delete || r.PendingReplacement {
			continue
		}
		made := Made{
			URN: string(r.URN), Name: r.URN.Name(), Type: string(r.Type), ID: string(r.ID), Outlives: r.RetainOnDelete,
			External: r.External,
		}
		if r.Created != nil {
			made.Created = *r.Created
		}
		out = append(out, made)
	}
	return out, nil
}
