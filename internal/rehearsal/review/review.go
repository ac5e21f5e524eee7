// Package review writes the comment on a pull request from a preview: first what a reviewer must decide, then the
// details. It uses the same tables of risks as the program's guard.
package review

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/morpheus-ha/morpheus-aws/internal/changes"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal"
)

// MaxSize is the largest comment that GitHub accepts, in characters. A comment here has at most so many bytes.
// https://docs.github.com/en/rest/issues/comments
const MaxSize = 65536

const (
	// maxMessages limits the warnings, errors and protections that are listed, and maxMessage the bytes of each.
	maxMessages = 20
	maxMessage  = 1500
)

// Marker is the first line of a comment, by which a workflow finds the comment to replace.
func Marker(stack string) string { return "<!-- morpheus-review: " + stack + " -->" }

// Comment returns the comment in GitHub's Markdown. today decides which versions are near their end.
func Comment(stack string, result *rehearsal.Result, today time.Time) string {
	var out strings.Builder
	effects := rehearsal.Effects(result)
	fmt.Fprintf(&out, "%s\n## Preview of %s: %s\n\n", Marker(stack), code(stack), verdict(result, effects))
	if len(result.Errors) > 0 {
		out.WriteString("`pulumi up` would stop with this message:\n\n")
		out.WriteString(fenced("text", limited(result.Errors)))
		if len(result.Changes) == 0 {
			return out.String()
		}
	}
	if gone := lost(result); len(gone) > 0 {
		fmt.Fprintf(&out, "**Data is lost.** Deleted or replaced: %s.\n\n", strings.Join(codes(gone), ", "))
	}
	if counts := changed(result); counts != "" {
		fmt.Fprintf(&out, "%s.\n\n", counts)
		out.WriteString(tiers(result, effects))
	}
	out.WriteString(list("Protection", protectionLines(result)))
	if len(result.Errors) == 0 {
		fmt.Fprintf(&out, "**Cost** (list prices, `docs/cost.md`): %s\n\n", text(rehearsal.CostLine(result)))
		out.WriteString(list("Support", supportLines(result, today)))
	}
	if len(result.Warnings) > 0 {
		warnings := slices.Sorted(slices.Values(result.Warnings))
		out.WriteString("**Warnings of the program**\n\n" + fenced("text", limited(warnings)))
	}
	return out.String() + folded(result, MaxSize-out.Len())
}

// verdict is the worst that the preview says, in a few words.
func verdict(result *rehearsal.Result, effects []rehearsal.TierEffect) string {
	existing := false
	var worst []changes.Row
	for _, e := range effects {
		existing = existing || e.Changed && e.Existing
		worst = append(worst, e.Risks...)
	}
	slices.SortStableFunc(worst, changes.Compare)
	switch {
	case len(result.Errors) > 0:
		return "refused"
	case len(lost(result)) > 0, has(worst, changes.DataLoss):
		return "data loss"
	case has(worst, changes.Outage):
		return "outage"
	case slices.ContainsFunc(changedProtections(result), func(g guarded) bool { return g.lowered }):
		return "less protection"
	case has(worst, changes.Replacement):
		return "risky, resources are replaced or deleted"
	case has(worst, changes.BlueGreen):
		return "risky, AWS copies data to new nodes"
	case has(worst, changes.Restart):
		return "risky, resources restart"
	case has(worst, changes.ManualStep):
		return "a manual step is needed"
	case changed(result) == "":
		return "no change"
	case !existing:
		return "only new resources"
	}
	return "harmless, changes in place"
}

func has(rows []changes.Row, effect changes.Effect) bool {
	return slices.ContainsFunc(rows, func(r changes.Row) bool { return r.Effect == effect })
}

// verbs are the operations that a reader counts, in the order of the comment.
var verbs = []struct {
	op   apitype.OpType
	text string
}{
	{apitype.OpDelete, "deleted"}, {apitype.OpReplace, "replaced"}, {apitype.OpUpdate, "updated"},
	{apitype.OpCreate, "created"}, {apitype.OpImport, "imported"}, {apitype.OpReadDiscard, "forgotten"},
}

// changed returns a text such as "1 replaced, 3 updated, 250 unchanged"; empty if nothing changes.
func changed(result *rehearsal.Result) string {
	return counted(result.Changes, result.Counts[apitype.OpSame])
}

func counted(planned []rehearsal.Change, same int) string {
	var parts []string
	for _, verb := range verbs {
		n := 0
		for _, c := range planned {
			if c.Op == verb.op && c.Tier() != "" || c.Op == verb.op && strings.HasPrefix(c.Type, "aws:") {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, verb.text))
		}
	}
	if len(parts) > 0 && same > 0 {
		parts = append(parts, fmt.Sprintf("%d unchanged", same))
	}
	return strings.Join(parts, ", ")
}

// tiers is the table of the changed tiers.
func tiers(result *rehearsal.Result, effects []rehearsal.TierEffect) string {
	var out strings.Builder
	out.WriteString("| tier | resources | effect on clients and data |\n|---|---|---|\n")
	var unchanged []string
	for _, e := range effects {
		if !e.Changed {
			unchanged = append(unchanged, e.Tier)
			continue
		}
		of := slices.DeleteFunc(slices.Clone(result.Changes), func(c rehearsal.Change) bool { return c.Tier() != e.Tier })
		effect := e.Text()
		if !e.Existing && len(e.Risks) == 0 {
			effect = "new resources, existing ones stay as they are"
		}
		if len(e.Risks) > 0 {
			worst := string(e.Risks[0].Effect)
			effect = "**" + worst + "**: " + strings.TrimPrefix(effect, worst+", ")
		}
		fmt.Fprintf(&out, "| %s | %s | %s |\n", e.Tier, counted(of, 0), text(effect))
	}
	if len(unchanged) > 0 {
		fmt.Fprintf(&out, "\nUnchanged: %s.\n", strings.Join(unchanged, ", "))
	}
	return out.String() + "\n"
}

func protectionLines(result *rehearsal.Result) []string {
	var lines []string
	for _, g := range changedProtections(result) {
		line := text(g.text)
		if g.lowered {
			line = "**lowered**: " + line
		}
		lines = append(lines, line)
	}
	if len(lines) == 0 && len(result.Protected) > 0 && len(result.Errors) == 0 {
		lines = append(lines, fmt.Sprintf("unchanged: Pulumi refuses to delete %d resources", len(result.Protected)))
	}
	return lines
}

func supportLines(result *rehearsal.Result, today time.Time) []string {
	var lines []string
	for _, s := range SupportOf(result.After, today) {
		lines = append(lines, s.String())
	}
	return lines
}

func removes(op apitype.OpType) bool {
	return op == apitype.OpDelete || op == apitype.OpReplace || op == apitype.OpDeleteReplaced ||
		op == apitype.OpCreateReplacement
}
