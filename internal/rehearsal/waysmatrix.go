package rehearsal

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
)

// keptTypes are the types of resources that no update may replace or delete without permission.
var keptTypes = []string{
	awstoken.EFSFileSystem, awstoken.RDSCluster, awstoken.MQBroker, awstoken.OpenSearchDomain, awstoken.KMSKey,
	awstoken.S3Bucket, awstoken.LBLoadBalancer, awstoken.EC2VPC, awstoken.EC2Subnet, awstoken.EC2SecurityGroup,
}

// Verdict is the result of a cell of the matrix.
type Verdict string

// The verdicts. Lost is the only one that must not be there.
const (
	// Refused is an update that ended with an error and kept everything.
	Refused Verdict = "refused"
	// Kept is an update that succeeded and kept everything.
	Kept Verdict = "kept"
	// Lost is an update that replaced or deleted something.
	Lost Verdict = "LOST"
	// NotApplicable is a way that does not exist for a tier.
	NotApplicable Verdict = "-"
)

// TryWays deploys each stack of the plan and tries each way to run an update on it. It prints the matrix, and returns
// an error if an update has lost something.
func (p Plan) TryWays(ctx context.Context) error {
	if err := p.Validate(); err != nil {
		return err
	}
	e, err := p.prepare(ctx)
	if err != nil {
		return err
	}
	for _, stack := range p.Stacks {
		e.run(ctx, stack, func(r *rehearsal) []step {
			return []step{
				{name: "up", run: r.up},
				{name: "no way of updating loses data", run: r.ways},
				{name: "another up changes nothing", run: r.upAgain},
			}
		})
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	return e.report.close()
}

func (r *rehearsal) ways(ctx context.Context) error {
	matrix, err := r.session.Ways(ctx, nil, func(c Cell) {
		r.printed.Reset() // an expected refusal
		if c.Verdict == Lost {
			r.lane.say("%s, %s: LOST %s", c.Tier, c.Way, c.Reason)
			return
		}
		r.lane.note("%s, %s: %s %s", c.Tier, c.Way, c.Verdict, c.Reason)
	})
	if err != nil {
		return err
	}
	var table bytes.Buffer
	matrix.Print(&table)
	r.lane.write(table.Bytes())
	held, all := matrix.Held()
	r.lane.summarize(fmt.Sprintf("%d/%d kept", held, all))
	if held < all {
		return fmt.Errorf("%d of %d updates have lost data", all-held, all)
	}
	return nil
}

// Matrix is what each way to run an update does to each tier's data.
type Matrix struct {
	Tiers, Ways []string
	// Verdicts are by tier and way.
	Verdicts [][]Verdict
}

// Held returns the number of cells in which everything was kept, and of all cells that apply.
func (m Matrix) Held() (held, all int) {
	for _, row := range m.Verdicts {
		for _, verdict := range row {
			if verdict != NotApplicable {
				all++
			}
			if verdict == Refused || verdict == Kept {
				held++
			}
		}
	}
	return held, all
}

// Print writes the matrix as a table of Markdown.
func (m Matrix) Print(out io.Writer) {
	line := func(cells []string) { fmt.Fprintf(out, "| %s |\n", strings.Join(cells, " | ")) }
	line(append([]string{"what changes"}, m.Ways...))
	fmt.Fprintln(out, "|"+strings.Repeat("---|", len(m.Ways)+1))
	for i, row := range m.Verdicts {
		cells := []string{m.Tiers[i]}
		for _, verdict := range row {
			cells = append(cells, string(verdict))
		}
		line(cells)
	}
	held, all := m.Held()
	fmt.Fprintf(out, "\nkept: %d/%d\n", held, all)
}

// Cell is one cell of the matrix. Reason is the error of a refused update, or the lost resources.
type Cell struct {
	Tier, Way string
	Verdict   Verdict
	Reason    string
}

// Ways tries each way on each tier of a deployed stack, and passes each cell to seen. After each way, every kept
// resource of the stack must be the same one in the state and exist in the account. wanted selects the cells (default:
// all).
func (s *Session) Ways(ctx context.Context, wanted func(tier, way string) bool, seen func(Cell)) (Matrix, error) {
	var m Matrix
	before, err := s.kept(ctx)
	if err != nil {
		return m, err
	}
	for _, w := range ways {
		m.Ways = append(m.Ways, w.name)
	}
	for _, t := range keptTiers {
		if t.only != "" && !s.is(t.only) {
			continue
		}
		m.Tiers = append(m.Tiers, t.name)
		verdicts := make([]Verdict, len(ways))
		for i, w := range ways {
			verdicts[i] = NotApplicable
			if !w.fits(t) || wanted != nil && !wanted(t.name, w.name) {
				continue
			}
			cell := Cell{Tier: t.name, Way: w.name}
			cell.Verdict, cell.Reason, err = s.attempt(ctx, w, t, before)
			if err != nil {
				return m, fmt.Errorf("%s, %s: %w", t.name, w.name, err)
			}
			verdicts[i] = cell.Verdict
			seen(cell)
		}
		m.Verdicts = append(m.Verdicts, verdicts)
	}
	return m, nil
}

// is reports whether the stack has an environment.
func (s *Session) is(environment string) bool {
	text, err := os.ReadFile(s.stackFile(s.stack.Name()))
	if err != nil {
		return false
	}
	file, err := s.project.ParseStack(text)
	if err != nil {
		return false
	}
	value, err := file.Get("environment")
	return err == nil && value == environment
}

func (s *Session) attempt(ctx context.Context, w way, t keptTier, before map[string]Made) (Verdict, string, error) {
	urn := ""
	for _, made := range before {
		if made.Name == t.resource {
			urn = made.URN
		}
	}
	if urn == "" && t.resource != "" {
		return "", "", fmt.Errorf("the stack has no %s", t.resource)
	}
	updated, err := w.run(ctx, s, t, urn)
	if err != nil {
		return "", "", err
	}
	lost, err := s.lost(ctx, before)
	switch {
	case err != nil:
		return "", "", err
	case len(lost) > 0:
		return Lost, strings.Join(lost, ", "), nil
	case updated != nil:
		return Refused, updated.Error(), nil
	}
	return Kept, "", nil
}

// kept returns the resources that no update may replace, by URN.
func (s *Session) kept(ctx context.Context) (map[string]Made, error) {
	all, err := s.State(ctx)
	out := map[string]Made{}
	for _, made := range all {
		if slices.Contains(keptTypes, made.Type) || made.Name == "cluster-appliance" {
			out[made.URN] = made
		}
	}
	return out, err
}

// lost returns the names of the resources that are not the same as before, or that the account does not have.
func (s *Session) lost(ctx context.Context, before map[string]Made) ([]string, error) {
	after, err := s.kept(ctx)
	if err != nil {
		return nil, err
	}
	exist, err := s.cloud.Leftovers()
	if err != nil {
		return nil, err
	}
	var lost []string
	for urn, made := range before {
		exists := slices.ContainsFunc(exist, func(line string) bool {
			return strings.HasPrefix(line, made.Type+" "+made.ID)
		})
		if now := after[urn]; now.ID != made.ID || !now.Created.Equal(made.Created) || !exists {
			lost = append(lost, made.Name)
		}
	}
	slices.Sort(lost)
	return lost, nil
}
