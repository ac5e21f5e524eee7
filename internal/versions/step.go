package versions

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Same reports whether a running version is a configured one. AWS shows a patch number that the configuration does not
// have, such as 3.13.7 for 3.13.
func Same(running, configured string) bool {
	return running == configured || strings.HasPrefix(running, configured+".")
}

// Step checks an upgrade of a managed service from the version that runs to the one to configure. targets are those that
// AWS offers to this very cluster, broker or domain; nil if AWS has no such list. The error says in one sentence why the
// upgrade is refused, the warning that the support of the new version ends soon or has ended.
func Step(engine Engine, from, to string, targets []string, today time.Time) (warning string, err error) {
	if Lowered(from, to) {
		return "", fmt.Errorf("%s -> %s is a downgrade, which AWS refuses: restore a snapshot of that version instead "+
			"(docs/restore.md)", from, to)
	}
	warning, err = Check(engine, to, today)
	switch {
	case errors.Is(err, ErrUnknown):
		return "", fmt.Errorf("%s is refused: %w; it has %s", to, err, strings.Join(Deployable(engine), ", "))
	case err != nil:
		return "", fmt.Errorf("%s is refused: %w", to, err)
	}
	if between := skipped(engine, from, to); between != "" {
		return "", fmt.Errorf("%s -> %s skips %s: RabbitMQ is upgraded by one minor version at a time "+
			"(https://docs.aws.amazon.com/amazon-mq/latest/developer-guide/version-upgrades.html)", from, to, between)
	}
	if targets != nil && !Same(from, to) && !slices.Contains(targets, to) {
		offered := "AWS offers it no version at all"
		if len(targets) > 0 {
			offered = "AWS offers it " + strings.Join(targets, ", ")
		}
		return "", fmt.Errorf("%s -> %s has no path: %s", from, to, offered)
	}
	return warning, nil
}

// skipped returns the first version that must be between two; empty if there is none.
func skipped(engine Engine, from, to string) string {
	a, b := numbers(from), numbers(to)
	if engine != RabbitMQ || len(a) < 2 || len(b) < 2 || a[0] != b[0] || b[1] <= a[1]+1 {
		return ""
	}
	return fmt.Sprintf("%d.%d", a[0], a[1]+1)
}
