package versions

import (
	"fmt"
	"slices"

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

// Release is what the vendor says about upgrades to a release.
type Release struct {
	Version string
	// Minimum is the earliest release from which an upgrade is supported.
	Minimum string
	// RollingFrom is the earliest release from which a rolling upgrade is supported; empty for none. The vendor
	// contradicts himself: the rolling section of the guide stops the UI on all nodes too, and the release notes of
	// 8.0.5 to 8.0.7 still have the sentence of 8.0.4, "rolling upgrades not supported".
	RollingFrom string
}

// Releases are the releases whose upgrade rules can be read: conf.py (minUpgradeVer, minRollingUpgradeVer,
// nonRollingUpgradeVer), release_notes/current.rst and getting_started/maintenance/upgrades/fullha/deb.rst of the
// release's branch of https://github.com/gomorpheus/morpheus-docs. Not listed, because nothing certain can be read:
// 8.0.8 and later 8.0 releases, 8.1 (its notes of 2026 have no minimum), 9.0 (its notes have a minimum without a
// number), and 9.1 (a draft: 6.0.0 in its conf.py, 9.0.0 in its notes).
var Releases = []Release{
	{Version: "8.0.0", Minimum: "6.0.0", RollingFrom: "7.0.3"},
	{Version: "8.0.1", Minimum: "6.0.0", RollingFrom: "7.0.3"},
	{Version: "8.0.2", Minimum: "6.0.0", RollingFrom: "7.0.8"},
	{Version: "8.0.3", Minimum: "6.0.0", RollingFrom: "7.0.8"},
	{Version: "8.0.4", Minimum: "6.0.0"},
	{Version: "8.0.5", Minimum: "6.0.0"},
	{Version: "8.0.6", Minimum: "6.0.0", RollingFrom: "8.0.5"},
	{Version: "8.0.7", Minimum: "6.0.0", RollingFrom: "8.0.5"},
}

// rollingWord at the end of a named upgrade asks for a rolling upgrade.
const rollingWord = " rolling"

// Upgrade returns the path from the deployed release (empty before the first deployment) to the configured one, and the
// reason as a sentence for the preview. named is morpheus.upgrade: "<from> -> <to>" for an upgrade that would be
// refused, with " rolling" for one that the vendor allows node by node. It returns an error for a refused upgrade.
func Upgrade(from, to, named string) (path Path, why string, err error) {
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
	step := from + " -> " + to
	// A terminated node serves until its deregistration ends. A new node already starts in these minutes, so only
	// a manual stop keeps the old release from using the new schema.
	const stops = "every node is terminated at once, and the first new one upgrades the schema alone; until then " +
		"nobody is served. Back up the database and stop morpheus-ui on all nodes first, as the vendor requires " +
		"(docs/nodes.md, Upgrades)"
	at := slices.IndexFunc(Releases, func(r Release) bool { return r.Version == to })
	allowed := named == step || named == step+rollingWord
	refused := func(because string) (Path, string, error) {
		return NoUpgrade, "", fmt.Errorf("%s is refused: %s; if you know that it is right, set morpheus.upgrade to %q",
			step, because, step)
	}
	switch {
	case wanted.LT(was) && !allowed:
		return refused("the vendor cannot downgrade the schema: database, shared files and appliance secret of " + to +
			" must be restored with it (docs/restore.md)")
	case wanted.LT(was):
		return StopAll, step + " goes back: restore database and shared files of " + to + " with it (docs/restore.md); " +
			stops, nil
	case at < 0 && !allowed:
		return refused("the vendor's rules for an upgrade to " + to + " are not known here, read its release notes")
	case at < 0:
		return StopAll, step + ", stop-all: it was named, but its rules are not known here; " + stops, nil
	}
	release := Releases[at]
	switch {
	case was.LT(semver.MustParse(release.Minimum)) && !allowed:
		return refused("the vendor supports upgrades to " + to + " from " + release.Minimum +
			" on, so upgrade to a release in between first")
	case named == step+rollingWord && (release.RollingFrom == "" || was.LT(semver.MustParse(release.RollingFrom))):
		return NoUpgrade, "", fmt.Errorf("%s rolling is refused: the vendor supports %s; set morpheus.upgrade to %q or "+
			"remove it", step, rollingRule(release), step)
	case named == step+rollingWord:
		return Rolling, fmt.Sprintf("%s, rolling, as named: one node after the other, as the vendor allows from %s on; its "+
			"own guide stops the UI at one point, so plan a maintenance window. Back up the database first", step,
			release.RollingFrom), nil
	default:
		return StopAll, fmt.Sprintf("%s, stop-all: the vendor's guide contradicts itself about rolling upgrades (%s); %s",
			step, rollingRule(release), stops), nil
	}
}

// rollingRule is the vendor's rule in words.
func rollingRule(r Release) string {
	if r.RollingFrom == "" {
		return "no rolling upgrade to " + r.Version
	}
	return "a rolling upgrade to " + r.Version + " from " + r.RollingFrom + " on"
}

// SearchSection returns the section of morpheus.rb for the search cluster of a release. From 8.1.0 on it is called
// opensearch; the former name is still bridged, but opensearch takes precedence.
// https://github.com/gomorpheus/morpheus-docs, getting_started/maintenance/opensearch_migration.rst
func SearchSection(release string) string {
	if v, err := semver.Parse(release); err == nil && v.GE(semver.MustParse("8.1.0")) {
		return "opensearch"
	}
	return "elasticsearch"
}
