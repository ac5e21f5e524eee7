// Package regions is an account with two regions and what the recovery steps need of it: a global database, a file
// system with its copy, secrets with theirs, a scaling group in each region, and a record. Its time is modelled, a region
// can be lost, and all that was written can be asked for.
package regions

import (
	"context"
	"fmt"
	"net"
	"slices"
	"time"
)

// Durations that the world models. Those of AWS are the bounds of its documentation, or estimates where it has none;
// docs/recovery.md says which.
const (
	Switchover   = 2 * time.Minute
	Failover     = 2 * time.Minute
	OpenFiles    = 5 * time.Minute
	FirstSync    = 20 * time.Minute
	Drain        = 10 * time.Minute
	Boot         = 25 * time.Minute
	RowLag       = time.Second
	FileLag      = 15 * time.Minute
	Rebuild      = 20 * time.Minute // of a member that was lost
	DeployServe  = 45 * time.Minute
	DeployStand  = 30 * time.Minute
	minutesApart = 15 * time.Minute // between two copies of the files
)

// World is the account. It is used by one goroutine.
type World struct {
	now     time.Time
	regions map[string]*Region
	// global is the identifier of the global database; writer is the region of its writer, members those that take part.
	global  string
	writer  string
	members []string
	// replication of the files; nil for none.
	replication *replication
	// later is what AWS does after some time.
	later []event
	// record is the alias of the appliance's name.
	record string

	// copies is true if the other region has copies of recovery points only. The next ones are made at nextBackup; points counts
	// them. snapshot and restored are what the stack of the other region is made of.
	copies             bool
	nextBackup         time.Time
	points             int
	snapshot, restored string
	// FailingRestores is how many of the next restore jobs fail.
	FailingRestores int

	// Calls counts the changing calls. Stop, if not nil, is asked before each; its error ends the run there.
	Calls int
	Stop  func(call string) error
}

type event struct {
	at   time.Time
	what string
	do   func()
}

// item is something written, and when.
type item struct {
	text string
	at   time.Time
}

// Region is one region of a world.
type Region struct {
	Name  string
	world *World
	lost  bool

	rows []item
	// files are those of each file system; open are the writable ones.
	files  map[string][]item
	open   map[string]bool
	nextFS int
	// FileSystem is the one that the stack of the region uses.
	FileSystem string
	guarded    map[string]bool // against being overwritten

	secrets map[string]*secret
	points  []*point
	jobs    []*restoreJob

	hasGroup  bool
	min, max  int32
	suspended []string
	nodes     []time.Time // when each serves
	serves    bool
}

type secret struct {
	value string
	// copyOf is the region of the original; empty for a secret of its own.
	copyOf string
}

type replication struct {
	from, to     string // regions
	source, copy string // file systems
	enabled      bool
	synced       time.Time
	deleting     bool
}

// Names of what a world has.
const (
	Global   = "morpheus-prod-global"
	Group    = "morpheus-prod"
	Host     = "morpheus.example.com"
	Zone     = "Z0EXAMPLE"
	Primary  = "us-east-1"
	Recovery = "us-west-2"
	MinSize  = 3
	MaxSize  = 6
)

// New returns a world in which the primary region serves and the other one follows.
func New() *World {
	w := &World{
		now: time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC), regions: map[string]*Region{}, global: Global,
		writer: Primary, members: []string{Primary, Recovery},
	}
	for _, name := range []string{Primary, Recovery} {
		w.regions[name] = &Region{
			Name: name, world: w, files: map[string][]item{}, open: map[string]bool{}, guarded: map[string]bool{},
			secrets: map[string]*secret{},
		}
	}
	p, r := w.regions[Primary], w.regions[Recovery]
	p.FileSystem, r.FileSystem = p.newFileSystem(true), r.newFileSystem(false)
	w.replication = &replication{
		from: Primary, to: Recovery, source: p.FileSystem, copy: r.FileSystem, enabled: true, synced: w.now,
	}
	for i, value := range []string{"suffix", "password of the user", "password of the administrator"} {
		p.secrets[SecretArn(Primary, i)] = &secret{value: value}
		r.secrets[SecretArn(Recovery, i)] = &secret{value: value, copyOf: Primary}
	}
	p.deployServing()
	p.scale(MinSize, MaxSize)
	w.Pass(time.Hour)
	w.record = p.alias()
	return w
}

// SecretArn is the ARN of a secret in a region. It differs in the region only.
func SecretArn(region string, i int) string {
	return fmt.Sprintf("arn:aws:secretsmanager:%s:123456789012:secret:morpheus-prod-%d-AbCdEf", region, i)
}

// ClusterArn is the ARN of the member in a region.
func ClusterArn(region string) string {
	return "arn:aws:rds:" + region + ":123456789012:cluster:morpheus"
}

// Region returns a region by its name.
func (w *World) Region(name string) *Region { return w.regions[name] }

// Lose makes every call to a region fail, and what runs there stop.
func (w *World) Lose(name string) {
	w.Settle()
	w.regions[name].lost = true
}

// Return brings a region back as it was when it was lost. AWS rebuilds its member if another one became the writer.
func (w *World) Return(name string) {
	w.regions[name].lost = false
	if w.writer != name {
		w.members = slices.DeleteFunc(w.members, func(m string) bool { return m == name })
		w.after(Rebuild, "member of "+name+" is rebuilt", func() {
			w.members = append(w.members, name)
			w.regions[name].rows = slices.Clone(w.regions[w.writer].rows)
		})
	}
}

// Now implements steps.Clock.
func (w *World) Now() time.Time { return w.now }

// Sleep implements steps.Clock: it lets the modelled time pass.
func (w *World) Sleep(ctx context.Context, d time.Duration) error {
	w.Pass(d)
	return ctx.Err()
}

// Pass lets time pass.
func (w *World) Pass(d time.Duration) {
	w.now = w.now.Add(d)
	w.Settle()
}

// Settle does what AWS has done by now: events that are due, and copies.
func (w *World) Settle() {
	slices.SortStableFunc(w.later, func(a, b event) int { return a.at.Compare(b.at) })
	for len(w.later) > 0 && !w.later[0].at.After(w.now) {
		due := w.later[0]
		w.later = w.later[1:]
		due.do()
	}
	w.copyRows(RowLag)
	w.copyFiles()
	w.backUp()
}

func (w *World) after(d time.Duration, what string, do func()) {
	w.later = append(w.later, event{w.now.Add(d), what, do})
}

// pending reports whether AWS is at something.
func (w *World) pending(what string) bool {
	return slices.ContainsFunc(w.later, func(e event) bool { return e.what == what })
}

// copyRows brings the members up to the writer but for what it wrote in the last moments.
func (w *World) copyRows(lag time.Duration) {
	from := w.regions[w.writer]
	for _, name := range w.members {
		if to := w.regions[name]; name != w.writer && !from.lost && !to.lost {
			to.rows = until(from.rows, w.now.Add(-lag))
		}
	}
}

// copyFiles copies every few minutes what was written until then.
func (w *World) copyFiles() {
	r := w.replication
	if r == nil || !r.enabled || r.deleting || w.regions[r.from].lost || w.regions[r.to].lost {
		return
	}
	for !r.synced.Add(minutesApart).After(w.now) {
		r.synced = r.synced.Add(minutesApart)
	}
	w.regions[r.to].files[r.copy] = until(w.regions[r.from].files[r.source], r.synced)
}

func until(items []item, at time.Time) []item {
	var out []item
	for _, i := range items {
		if !i.at.After(at) {
			out = append(out, i)
		}
	}
	return out
}

// Write writes a row and a file in a region, as a node there does. It is an error if no node serves, or if the row or the
// file cannot be written.
func (w *World) Write(region, text string) error {
	r := w.regions[region]
	w.Settle()
	switch {
	case r.lost:
		return unreachable(region)
	case r.healthy() == 0:
		return fmt.Errorf("no node serves in %s", region)
	case !w.isWriter(region):
		return fmt.Errorf("the database in %s cannot be written", region)
	case !r.open[r.FileSystem]:
		return fmt.Errorf("the files in %s cannot be written", region)
	}
	r.rows = append(r.rows, item{text, w.now})
	r.files[r.FileSystem] = append(r.files[r.FileSystem], item{text, w.now})
	return nil
}

// isWriter reports whether a region has a database that can be written.
func (w *World) isWriter(region string) bool {
	if w.copies {
		return region == Primary || w.regions[region].serves
	}
	return w.writer == region && !w.switching()
}

// Rows and Files are what a node in a region reads.
func (w *World) Rows(region string) []string { return texts(w.regions[region].rows) }

// Files of the file system that the stack of a region uses.
func (w *World) Files(region string) []string {
	r := w.regions[region]
	return texts(r.files[r.FileSystem])
}

// FileSystems are those that a region has.
func (w *World) FileSystems(region string) int { return len(w.regions[region].files) }

// Secret is the value of a secret in a region; empty for none.
func (w *World) Secret(region string, i int) string {
	if s := w.regions[region].secrets[SecretArn(region, i)]; s != nil {
		return s.value
	}
	return ""
}

// SetSecret is what a node does that changes the appliance's secret.
func (w *World) SetSecret(region string, i int, value string) error {
	s := w.regions[region].secrets[SecretArn(region, i)]
	if s.copyOf != "" {
		return fmt.Errorf("InvalidRequestException: the secret is a copy of one in %s", s.copyOf)
	}
	s.value = value
	for _, other := range w.regions {
		if copied := other.secrets[SecretArn(other.Name, i)]; copied != nil && copied.copyOf == region {
			copied.value = value
		}
	}
	return nil
}

// Leads reports which region the appliance's name leads to.
func (w *World) Leads() string {
	for _, r := range w.regions {
		if w.record == r.alias() {
			return r.Name
		}
	}
	return ""
}

func texts(items []item) []string {
	out := make([]string, 0, len(items))
	for _, i := range items {
		out = append(out, i.text)
	}
	return out
}

// unreachable is what a client says of a region that is gone.
func unreachable(region string) error {
	return &net.DNSError{Err: "no such host", Name: region + ".amazonaws.com", IsNotFound: true}
}

// asked is the beginning of every call to a region.
func (r *Region) asked() error {
	r.world.Settle()
	if r.lost {
		return unreachable(r.Name)
	}
	return nil
}

// changed is the beginning of every call that changes something.
func (r *Region) changed(call string) error {
	if err := r.asked(); err != nil {
		return err
	}
	r.world.Calls++
	if r.world.Stop != nil {
		return r.world.Stop(call)
	}
	return nil
}
