package boot

// Step is one row of the boot: what is done, for how long at most, and whether on one node at a time.
type Step struct {
	Name string
	// Seconds after which the step is ended, and with it the boot.
	Seconds int
	// Locked steps run on one node at a time.
	Locked bool
	What   string
}

// lockStep is the wait before the first locked step, for as many nodes as may be before this one.
const lockStep = "lock"

// lockSeconds lets one node go first whose locked steps take all that they may (7800 s), and some more that come up as
// they usually do.
const lockSeconds = 10800

// Steps in their order. The migrations of the schema run within ready: a node that is ended in their middle may leave the
// schema's own lock to the next. The function of a step is step_<name> of the parts.
var Steps = []Step{
	{"facts", 60, false, "instance facts by IMDSv2; the node can resolve its own name"},
	{"tools", 900, false, "programs that the image lacks, by their SHA-256"},
	{"secrets", 300, false, "secrets of the back ends into memory, with the node's role"},
	{"mount", 300, false, "the shared file system over TLS, and at every start from now on"},
	{"package", 1800, false, "the appliance package, and the supplemental one, by their SHA-256"},
	{"database", 600, true, "database, user and rights"},
	{"broker", 600, true, "virtual host, permissions and policies"},
	{"configuration", 120, true, "morpheus.rb, and the secrets that all nodes share"},
	{"reconfigure", 2700, true, "morpheus-ctl reconfigure; the first node's secrets are kept for the others"},
	{"ready", 3600, true, "the appliance answers MORPHEUS PING; the first node makes the tables"},
	{"setup", 180, true, "the first administrator and the licence, when a secret has them"},
	{"backends", 300, false, "all four back ends answer from the node"},
	{"agent", 180, false, "the CloudWatch agent sends logs, memory and disks"},
	{"continue", 120, false, "the launch hook is told CONTINUE"},
}

// bound of a step in seconds; 0 when there is none of that name.
func (n Node) bound(name string) int {
	seconds := 0
	if name == lockStep {
		seconds = lockSeconds
	}
	for _, s := range Steps {
		if s.Name == name {
			seconds = s.Seconds
		}
	}
	if given, ok := n.Bounds[name]; ok && seconds > 0 {
		return given
	}
	return seconds
}

// Seconds is the longest that a boot with these bounds takes, its report included.
func (n Node) Seconds() int {
	total := n.bound(lockStep) + reportSeconds
	for _, s := range Steps {
		total += n.bound(s.Name)
	}
	return total
}

// reportSeconds: three retries of a minute and the last call of each.
const reportSeconds = 500
