package nodes

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/steps"
)

var (
	//go:embed scripts/boot-start.sh
	bootStart string
	//go:embed scripts/boot-look.sh
	bootLook string
)

// bootLimit is for a boot that waits for another node's, reconfigures twice and starts the vendor's UI.
const bootLimit = 90 * time.Minute

// Boot is a step that gives a node new credentials: it runs the boot of the node again, which reads the secrets,
// reconfigures the appliance if something has changed, and waits for its /ping. A node that works with the current
// secrets is left alone, and so is one that does not serve any more.
func (g *Group) Boot(node string) steps.Step {
	begun := false
	return steps.Step{
		Name: "boot " + node, Does: "run the boot of " + node + " again, which reads the secrets", Limit: bootLimit,
		Done: func(ctx context.Context) (bool, error) {
			all, err := g.All(ctx)
			if err != nil {
				return false, err
			}
			if !slices.ContainsFunc(all, func(n Node) bool { return n.ID == node && n.State == "InService" }) {
				if begun {
					return false, errors.New("the node has left the group: look why with aws autoscaling describe-scaling-activities")
				}
				return true, nil
			}
			out, err := g.Run(ctx, node, Script{Name: "look at the secrets of the node", Text: bootLook, Limit: lookLimit})
			if err != nil {
				return false, err
			}
			state, detail, _ := strings.Cut(strings.TrimSpace(out.Text), ": ")
			switch {
			case state == "current":
				return true, nil
			case state == "running" || state == "former" && !begun:
				begun = begun || state == "running"
				return false, nil
			case state == "former":
				return false, fmt.Errorf("the boot has ended and the node still works with the former state: %s", detail)
			}
			return false, fmt.Errorf("the node answers %q", out.Text)
		},
		Do: func(ctx context.Context) error {
			_, err := g.Run(ctx, node, Script{Name: "boot the node again", Text: bootStart})
			begun = err == nil
			return err
		},
	}
}

// lookLimit is for three secrets, with the retries of the AWS CLI.
const lookLimit = 5 * time.Minute
