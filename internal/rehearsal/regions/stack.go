package regions

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/recovery"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/steps"
)

func (r *Region) alias() string { return "alb." + r.Name + ".elb.amazonaws.com" }

func (r *Region) newFileSystem(open bool) string {
	r.nextFS++
	id := fmt.Sprintf("fs-%x%08d", r.Name[3], r.nextFS) // the regions differ in that letter
	r.files[id], r.open[id], r.guarded[id] = nil, open, true
	return id
}

// scale sets the sizes of the group. Nodes that are missing serve after their boot.
func (r *Region) scale(least, most int32) {
	r.min, r.max = least, most
	if len(r.nodes) > int(most) {
		r.world.after(Drain, "drain", func() {
			if len(r.nodes) > int(r.max) {
				r.nodes = r.nodes[:r.max]
			}
		})
	}
	for len(r.nodes) < int(least) && !slices.Contains(r.suspended, "Launch") {
		r.nodes = append(r.nodes, r.world.now.Add(Boot))
	}
}

// healthy is how many nodes serve.
func (r *Region) healthy() int {
	n := 0
	for _, serves := range r.nodes {
		if !serves.After(r.world.now) {
			n++
		}
	}
	return n
}

func (r *Region) deployServing() { r.serves, r.hasGroup = true, true }

// Stack deploys the stack of a region in no modelled time of its own but that of AWS.
type Stack struct{ Region *Region }

var _ recovery.Stack = Stack{}

// Serves implements recovery.Stack. The first region's stack serves when it copies to the other region again.
func (s Stack) Serves(context.Context) (bool, error) {
	r := s.Region
	if err := r.asked(); err != nil {
		return false, err
	}
	if r.Name == Primary {
		return r.serves && r.world.replicates(), nil
	}
	return r.serves, nil
}

// replicates reports whether the first region copies its files and secrets.
func (w *World) replicates() bool {
	if w.replication == nil || w.replication.from != Primary {
		return false
	}
	for arn := range w.regions[Primary].secrets {
		i := slices.IndexFunc([]int{0, 1, 2}, func(i int) bool { return SecretArn(Primary, i) == arn })
		if copied := w.regions[Recovery].secrets[SecretArn(Recovery, i)]; copied == nil || copied.copyOf != Primary {
			return false
		}
	}
	return true
}

// Serve implements recovery.Stack.
func (s Stack) Serve(ctx context.Context) error {
	r, w := s.Region, s.Region.world
	if err := r.changed("pulumi up of the stack in " + r.Name); err != nil {
		return err
	}
	if w.copies {
		return r.serveCopies(ctx)
	}
	if err := w.Sleep(ctx, DeployServe); err != nil {
		return err
	}
	if !r.hasGroup {
		r.deployServing()
		r.scale(MinSize, MaxSize)
	}
	if r.Name != Primary {
		return nil
	}
	other := w.regions[Recovery]
	if w.replication != nil {
		return fmt.Errorf("ReplicationAlreadyExists: %s", w.replication.source)
	}
	id := other.newFileSystem(false)
	w.replicate(&replication{from: Primary, to: Recovery, source: r.FileSystem, copy: id})
	for i := range 3 {
		if copied := other.secrets[SecretArn(Recovery, i)]; copied != nil && copied.copyOf == "" {
			return fmt.Errorf("replication to %s fails: a secret with the name exists there", Recovery)
		}
		other.secrets[SecretArn(Recovery, i)] = &secret{value: r.secrets[SecretArn(Primary, i)].value, copyOf: Primary}
	}
	return nil
}

// Stand implements recovery.Stack: the stack of the recovery region takes the new copy of the files.
func (s Stack) Stand(ctx context.Context) error {
	r, w := s.Region, s.Region.world
	if err := r.changed("pulumi up of the stack in " + r.Name); err != nil {
		return err
	}
	r.serves, r.hasGroup, r.nodes, r.suspended = false, false, nil, nil
	if w.replication != nil && w.replication.to == r.Name {
		r.FileSystem = w.replication.copy
	}
	return w.Sleep(ctx, DeployStand)
}

// Alias implements recovery.Stack.
func (s Stack) Alias(context.Context) (recovery.Alias, error) {
	if err := s.Region.asked(); err != nil {
		return recovery.Alias{}, err
	}
	return recovery.Alias{Name: s.Region.alias(), ZoneID: "Z1ALB"}, nil
}

// replicate begins a replication, which copies everything first.
func (w *World) replicate(r *replication) {
	w.replication = r
	w.after(FirstSync, "first sync", func() {
		r.enabled, r.synced = true, w.now
	})
}

// Sides are both regions as the steps see them.
func (w *World) Sides() (primary, other recovery.Side) {
	return w.side(Primary), w.side(Recovery)
}

func (w *World) side(name string) recovery.Side {
	r := w.regions[name]
	var arns []string
	for i := range 3 {
		arns = append(arns, SecretArn(name, i))
	}
	if w.copies {
		arns = arns[:1] // the stack there makes users of its own
	}
	return recovery.Side{
		Region: name, ClusterArn: ClusterArn(name), FileSystem: r.FileSystem, Secrets: arns, Group: Group,
		MinSize: MinSize, MaxSize: MaxSize, Stack: Stack{r},
		API: recovery.API{Databases: databases{r}, Files: files{r}, Secrets: secrets{r}, Groups: groups{r}, Backups: backups{r}},
	}
}

// Move is a move in the world.
func (w *World) Move(from, to recovery.Side) *recovery.Move {
	move := &recovery.Move{
		From: from, To: to, Global: Global, DNS: names{w}, ZoneID: Zone, HostName: Host, Clock: w,
	}
	if w.copies {
		move.Copies = &recovery.Copies{Vault: Vault, RoleArn: "role", FilesKeyArn: "key", Stack: Other, Origin: origin{w}}
	}
	return move
}

// switching reports whether the writer moves at the moment.
func (w *World) switching() bool { return w.pending("writer moves") }

var _ steps.Clock = (*World)(nil)

// Since is how long something took by the modelled time.
func (w *World) Since(t time.Time) time.Duration { return w.now.Sub(t) }
