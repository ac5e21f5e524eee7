package validate

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
)

// insideChecks are about what only a node can tell. One command of Systems Manager on each node answers all of them.
func (s *Subject) insideChecks() []check.Check {
	const group = "inside the nodes"
	look := once(s.look)
	all := []check.Check{
		{
			ID: "node-agent", Severity: check.Error,
			Asks: "does every node in service run a command by Systems Manager?",
			Do:   "look at the way to Systems Manager (docs/nodes.md) and replace the node: ops node drain",
			Run: func(ctx context.Context) (check.Result, error) {
				nodes, err := look(ctx)
				if err != nil {
					return check.Result{}, err
				}
				var problems []string
				for _, node := range nodes {
					if node.err != nil {
						problems = append(problems, node.err.Error())
					}
				}
				return check.Judge(problems, "%d nodes answer", len(nodes)), nil
			},
		},
		{
			ID: "node-mounts", Severity: check.Error,
			Asks: "is the shared file system mounted by TLS on every node, now and after a restart?",
			Do:   "read /var/log/amazon/efs/mount.log on the node and restart it: ops node reboot (docs/nodes.md)",
			Run:  judged(look, "have the file system by TLS", s.mountProblems, "mount", "proxy", "fstab", "answers"),
		},
		{
			ID: "node-users", Severity: check.Error,
			Asks: "have the service users the same ids on every node?",
			Do:   "look for what made the users before the appliance, such as the image, and replace the node: ops node drain",
			Run:  judged(look, "have the users of the shared files", userProblems, "user"),
		},
		{
			ID: "node-packages", Severity: check.Error,
			Asks: "has every node the configured packages installed?",
			Do:   "wait for the rollout; otherwise somebody has installed a package by hand: replace the node with ops node drain",
			Run:  judged(look, "have the configured packages", s.packageProblems, "release", "package", "supplemental"),
		},
		{
			ID: "node-settings", Severity: check.Error,
			Asks: "do the effective settings of every node name the stack's back ends?",
			Do:   "compare morpheus.extraConfig, and run the boot of the node again: ops node boot (docs/nodes.md)",
			Run: judged(look, "work with the settings of the stack", s.settingProblems, "set.url", "set.database",
				"set.messaging", "set.search", "set.connections", "reconfigured", "written"),
		},
		{
			ID: "node-secrets", Severity: check.Error,
			Asks: "does every node work with the current secrets, and with those that the nodes share?",
			Do:   "give the node the current ones: ops node boot (docs/nodes.md)",
			Run:  judged(look, "work with the current secrets", secretProblems, "secret", "generated"),
		},
		{
			ID: "node-clock", Severity: check.Warning,
			Asks: "is the clock of every node synchronised?",
			Do:   "look at chrony on the node: AWS's time server 169.254.169.123 needs no way out",
			Run:  judged(look, "have a synchronised clock", clockProblems, "clock"),
		},
		{
			ID: "node-back-ends", Severity: check.Error,
			Asks: "does every node reach database, broker and search domain, with a valid certificate and its user?",
			Do:   "compare the security groups and the secrets: docs/node-boot.md, \"Reasons\"",
			Run:  judged(look, "reach their back ends", backEndProblems, "backend"),
		},
	}
	for i := range all {
		all[i].Group, all[i].Timeout = group, scriptTook
	}
	return all
}

// judged judges what the nodes have told. A node that has not told a fact that the check needs
// is no finding, but it is not healthy either.
func judged(
	look func(context.Context) ([]told, error), healthy string, problems func(facts) []string, needs ...string,
) func(context.Context) (check.Result, error) {
	return func(ctx context.Context) (check.Result, error) {
		nodes, err := look(ctx)
		if err != nil {
			return check.Result{}, err
		}
		var found []string
		var silent error
		for _, node := range nodes {
			lacks := slices.IndexFunc(needs, func(name string) bool { return node.facts[name] == nil })
			switch {
			case lacks < 0:
				for _, p := range problems(node.facts) {
					found = append(found, node.node+" "+p)
				}
			case node.err != nil:
				silent = fmt.Errorf("%s has not answered: %w", node.node, node.err)
			default:
				silent = fmt.Errorf("%s has not told its %s", node.node, needs[lacks])
			}
		}
		if len(found) == 0 && silent != nil {
			return check.Result{}, silent
		}
		return check.Judge(found, "%d nodes %s", len(nodes), healthy), nil
	}
}

func (s *Subject) mountProblems(f facts) []string {
	var out []string
	mount := f.one("mount")
	options := strings.Split(strings.Join(strings.Fields(mount), ","), ",")
	switch {
	case mount == "none":
		return []string{"has not mounted the file system"}
	case !slices.Contains(options, "nfs4"):
		return []string{fmt.Sprintf("has mounted something else: %s", mount)}
	case f.one("proxy") == "none":
		out = append(out, fmt.Sprintf("has not mounted %s by its mount helper: %s", s.Outputs["fileSystemId"], mount))
	case f.one("proxy") != "tls":
		out = append(out, "has mounted the file system without TLS")
	}
	if s.Config.FileSystem.SyncWrites && !slices.Contains(options, "sync") {
		out = append(out, "has mounted the file system without the option sync, filesystem.syncWrites is true")
	}
	if next := f.one("fstab"); next != "yes" {
		out = append(out, "does not mount the file system by TLS after a restart: "+next)
	}
	if f.one("answers") != "yes" {
		out = append(out, "gets no answer of the file system within 20 seconds")
	}
	return out
}

// serviceUsers own the shared files, by their ids: the boot sets them in morpheus.rb.
var serviceUsers = []string{"899", "898", "894"}

func userProblems(f facts) []string {
	var out []string
	for _, id := range serviceUsers {
		name, group, _ := strings.Cut(f.about("user", id), " ")
		switch {
		case name == "":
			out = append(out, "has no user with the id "+id)
		case group != id:
			out = append(out, fmt.Sprintf("has the user %s with the id %s in the group %s", name, id, group))
		}
	}
	return out
}

func (s *Subject) packageProblems(f facts) []string {
	var out []string
	want := s.Config.Morpheus
	// The number after the hyphen is that of the package.
	if release, _, _ := strings.Cut(f.one("release"), "-"); release != want.Version {
		out = append(out, fmt.Sprintf("has the release %s installed, the configuration has %s", f.one("release"),
			want.Version))
	}
	if f.one("package") != want.PackageSHA256 {
		out = append(out, "has a package with another SHA-256 than morpheus.packageSha256")
	}
	if want.SupplementalSHA256 != "" && f.one("supplemental") != want.SupplementalSHA256 {
		out = append(out, "has a package with another SHA-256 than morpheus.supplementalSha256")
	}
	return out
}

// quoted matches the first text in a value of morpheus.rb: a host, or the key of a hash.
var quoted = regexp.MustCompile(`['"]([^'"]*)['"]`)

func (s *Subject) settingProblems(f facts) []string {
	var out []string
	// What the appliance shows takes precedence over what is written for it.
	effective := func(name string) string {
		if shown := f.one("effective." + name); shown != "" {
			return shown
		}
		written := f.one("set." + name)
		if match := quoted.FindStringSubmatch(written); match != nil {
			return match[1]
		}
		return written
	}
	for _, one := range []struct{ what, name, want string }{
		{"the URL", "url", s.Outputs["applianceUrl"]},
		{"the database", "database", s.Outputs["databaseEndpoint"]},
		{"the broker", "messaging", s.Outputs["messagingEndpoint"]},
		{"the search domain", "search", s.Outputs["searchEndpoint"]},
		{"the database connections", "connections", strconv.Itoa(s.Config.Database.ConnectionsPerNode)},
	} {
		if got := effective(one.name); got != one.want {
			out = append(out, fmt.Sprintf("has %s %q, the stack has %q", one.what, got, one.want))
		}
	}
	if f.one("written") == "no" {
		out = append(out, "has another morpheus.rb than its boot writes")
	}
	if f.one("reconfigured") != "yes" {
		out = append(out, "was not reconfigured since its settings or secrets changed")
	}
	return out
}

func secretProblems(f facts) []string {
	var out []string
	for _, name := range []string{"database", "messaging", "search"} {
		switch state := f.about("secret", name); {
		case state == "former":
			out = append(out, "works with a former secret of the "+name)
		case state != "current":
			out = append(out, fmt.Sprintf("cannot read the secret of the %s: %s", name,
				strings.TrimPrefix(state, "unreadable: ")))
		}
	}
	if why, found := strings.CutPrefix(f.about("secret", "appliance"), "unreadable: "); found {
		out = append(out, "cannot read the secret of the appliance: "+why)
	} else if generated := f.one("generated"); generated != "equal" {
		out = append(out, "has other generated secrets than the nodes share: "+strings.TrimPrefix(generated, "differ: "))
	}
	return out
}

// clockOffset is the largest difference to the time servers: lines of several nodes are put in order by their times.
const clockOffset = time.Second

func clockProblems(f facts) []string {
	var out []string
	if f.one("clock") != "synchronised" {
		out = append(out, "has a clock that is not synchronised")
	}
	// Only chrony tells it.
	if seconds, err := strconv.ParseFloat(f.one("offset"), 64); err == nil && seconds > clockOffset.Seconds() {
		out = append(out, fmt.Sprintf("has a clock that is %.1f s wrong", seconds))
	}
	return out
}

func backEndProblems(f facts) []string {
	var out []string
	for _, name := range []string{"database", "broker", "search"} {
		if state := f.about("backend", name); state != "answers" {
			out = append(out, fmt.Sprintf("cannot use the %s: %s", name, strings.TrimPrefix(state, "fails: ")))
		}
	}
	return out
}
