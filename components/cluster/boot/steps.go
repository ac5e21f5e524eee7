package boot

// Step is one step of the boot. The scripts implement it as the function step_<Name>.
type Step struct {
	Name string
	// Seconds is the time limit. A step that exceeds it is killed, and the boot fails.
	Seconds int
	// Locked steps run on one node at a time.
	Locked bool
	// What describes the step in docs/node-boot.md.
	What string
}

// lockStep is the name of the wait for other nodes before the first locked step.
const lockStep = "lock"

// lockSeconds is long enough for one other node whose locked steps use all of their time limits (7800 s), and for
// several that take the usual time.
const lockSeconds = 10800

// Steps are all steps of a boot, in order. Schema migrations run in "ready". Its time limit is long, because a node
// that is killed during a migration may leave the schema's own lock behind for the next node.
var Steps = []Step{
	{Name: "facts", Seconds: 60, What: "instance metadata by IMDSv2; the node resolves its own host name"},
	{Name: "files", Seconds: 300, What: "the other files of the boot from the stack's bucket, verified by SHA-256"},
	{Name: "tools", Seconds: 900, What: "install missing tools, verified by SHA-256"},
	// Early, so that the log of a slow boot can be read in the log group.
	{Name: "agent", Seconds: 180, What: "the CloudWatch agent sends logs, memory and disk metrics"},
	{Name: "secrets", Seconds: 300, What: "read the back ends' secrets into memory, with the node's role"},
	{Name: "mount", Seconds: 300, What: "mount the shared file system over TLS, now and at every start"},
	{
		Name: "package", Seconds: 1800,
		What: "install the appliance package and the supplemental package, verified by SHA-256",
	},
	{Name: "database", Seconds: 600, Locked: true, What: "database, user and privileges"},
	{Name: "broker", Seconds: 600, Locked: true, What: "virtual host, permissions and policies"},
	{Name: "configuration", Seconds: 120, Locked: true, What: "morpheus.rb, and the secrets shared by all nodes"},
	{
		Name: "reconfigure", Seconds: 2700, Locked: true,
		What: "morpheus-ctl reconfigure; the first node stores the generated secrets",
	},
	{
		Name: "ready", Seconds: 3600, Locked: true,
		What: "the appliance answers MORPHEUS PING; the first node creates the tables",
	},
	{
		Name: "setup", Seconds: 180, Locked: true,
		What: "the first administrator and the licence, if a secret has them",
	},
	{Name: "backends", Seconds: 300, What: "check all four back ends from the node"},
	{Name: "keep", Seconds: 60, What: "start the hourly timer of the canaries, search snapshots and broker definitions"},
	{Name: "continue", Seconds: 120, What: "complete the launch hook with CONTINUE"},
}

// timeLimit returns the time limit of a step of this node in seconds.
func (n Node) timeLimit(name string) int {
	if configured, ok := n.TimeLimits[name]; ok {
		return configured
	}
	return defaultTimeLimit(name)
}

// defaultTimeLimit returns the time limit of a step in seconds; 0 if there is no such step.
func defaultTimeLimit(name string) int {
	if name == lockStep {
		return lockSeconds
	}
	for _, s := range Steps {
		if s.Name == name {
			return s.Seconds
		}
	}
	return 0
}

// Seconds returns the longest duration of a boot with these time limits, including its report.
func (n Node) Seconds() int {
	total := n.timeLimit(lockStep) + reportSeconds
	for _, s := range Steps {
		total += n.timeLimit(s.Name)
	}
	return total
}

// reportSeconds is the longest duration of a report: three retries of 60 s, each with a last call of up to 90 s.
const reportSeconds = 500
