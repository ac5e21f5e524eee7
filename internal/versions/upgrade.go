package versions

import (
	"fmt"

	"github.com/blang/semver"
)

// Path is the way in which nodes are upgraded from one release of Morpheus to another.
type Path string

// The paths.
const (
	// NoUpgrade: the release does not change.
	NoUpgrade Path = ""
	// Rolling: one node after the other is replaced, while the others serve.
	Rolling Path = "rolling"
	// StopAll: all nodes stop, the first new node upgrades the schema alone, then the others start.
	StopAll Path = "stop-all"
)

// rollingFrom maps a release to the earliest release from which a rolling upgrade to it is allowed. For other releases
// the program uses StopAll, which the vendor allows from every release.
// https://github.com/gomorpheus/morpheus-docs, branch 8.0.7, maintenance/upgrades/fullha/deb.rst
var rollingFrom = map[string]string{"8.0.7": "8.0.5"}

// Upgrade returns the path from the deployed release (empty before the first deployment) to the configured one, and the
// reason as a sentence for the preview.
func Upgrade(from, to string) (path Path, why string, err error) {
	if from == "" || from == to {
		return NoUpgrade, "", nil
	}
	was, err := semver.Parse(from)
	if err != nil {
		return NoUpgrade, "", fmt.Errorf("deployed release %q: %w", from, err)
	}
	wanted, err := semver.Parse(to)
	if err != nil {
		return NoUpgrade, "", fmt.Errorf("release %q: %w", to, err)
	}
	// A terminated node serves until its deregistration ends. A new node already starts in these minutes, so only
	// a manual stop keeps the old release from using the new schema.
	const stops = "every node is terminated at once, and the first new one upgrades the schema alone; until then " +
		"nobody is served. Back up the database and stop morpheus-ui on all nodes first, as the vendor requires " +
		"(docs/nodes.md, Upgrades)"
	least, known := rollingFrom[to]
	switch {
	case wanted.LT(was):
		return StopAll, fmt.Sprintf("%s -> %s goes back: the vendor cannot downgrade the schema, so restore database and "+
			"shared files of %s with it (docs/restore.md); %s", from, to, to, stops), nil
	case known && was.GE(semver.MustParse(least)):
		return Rolling, fmt.Sprintf("%s -> %s, rolling: one node after the other, as the vendor allows from %s on; its own "+
			"guide stops the UI at one point, so plan a maintenance window. Back up the database first", from, to, least), nil
	case known:
		return StopAll, fmt.Sprintf("%s -> %s, stop-all: the vendor allows a rolling upgrade from %s on only; %s",
			from, to, least, stops), nil
	default:
		return StopAll, fmt.Sprintf("%s -> %s, stop-all: no rule for a rolling upgrade to %s is known here; %s",
			from, to, to, stops), nil
	}
}
