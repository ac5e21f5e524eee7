package rehearsal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/contract"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/recovery"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/steps"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/operator"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
)

// The stacks of two regions: the second follows the first.
const (
	firstStack  = "prod"
	secondStack = "recovery"
	firstRegion = "us-east-1"
	otherRegion = "us-west-2"
)

// withASecondRegion makes the first stack keep its data in the other region.
var withASecondRegion = []Setting{
	{Key: "recovery.mode", Value: config.RecoveryPilotLight},
	{Key: "recovery.region", Value: otherRegion},
	{Key: "database.administratorSecret", Value: "own"},
}

// follower is the account of the first stack's session: the second stack finds in it what the first has made, and
// nothing else.
type follower struct{ borrowed }

// Furnish adds what a stack only reads.
func (f follower) Furnish(get func(key string) string) {
	if simulated, ok := f.Cloud.(*simaws.Server); ok {
		simulated.Furnish(get)
	}
}

// TwoRegions deploys a stack and the one of its recovery region in one account, moves the service with the steps of
// package recovery and back, and checks that both stacks then have what their programs say.
func (p Plan) TwoRegions(ctx context.Context, lost bool) error {
	return p.journey(ctx, &journey{lost: lost, settings: withASecondRegion}, (*journey).way)
}

func (p Plan) journey(ctx context.Context, j *journey, way func(*journey, *execution) []place) error {
	e, err := p.prepare(ctx)
	if err != nil {
		return err
	}
	j.first, j.other = e.newRehearsal(firstStack), e.newRehearsal(secondStack)
	j.outputs = map[*rehearsal]auto.OutputMap{}
	defer e.close(j.first) // this also closes the account
	defer e.close(j.other)
	for _, at := range way(j, e) {
		if !at.on.step(ctx, at.step) {
			break
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return e.report.close()
}

// journey is the way of the service to the other region and back.
type journey struct {
	// lost is true if the first region is gone when the failover begins.
	lost bool
	// settings of the first stack. made is what the second one is made of; nil if it follows the first one's data.
	settings     []Setting
	made         *stackFile
	first, other *rehearsal
	account      *simaws.Server
	operator     *operator.Operator
	// outputs of the last update of each stack.
	outputs map[*rehearsal]auto.OutputMap
	away    *recovery.Move
}

// place is a step of one of the stacks.
type place struct {
	on *rehearsal
	step
}

func on(r *rehearsal, name string, run func(context.Context) error) place {
	return place{r, step{name: name, run: run}}
}

func again(r *rehearsal) place { return on(r, "second up changes nothing", r.upAgain) }

func (j *journey) refreshed(r *rehearsal) place {
	return on(r, "refresh and up change nothing", j.settled(r))
}

// loses makes the first region not answer, and returns makes it answer again and fails over once more.
func (j *journey) loses() place {
	return on(j.first, "the region is lost", func(context.Context) error {
		j.account.Lose(firstRegion)
		return nil
	})
}

func (j *journey) returns() place {
	return on(j.first, "the region is back", func(ctx context.Context) error {
		j.account.Return(firstRegion)
		return j.failover(ctx)
	})
}

// way is that of a second stack that follows the data.
func (j *journey) way(e *execution) []place {
	way := []place{
		on(j.first, "start one account with two regions", func(ctx context.Context) error { return j.open(ctx, e) }),
		on(j.first, "up", j.up(j.first)),
		on(j.other, "up as pilot light", j.joins(e)),
		again(j.first), again(j.other),
	}
	if j.lost {
		way = append(way, j.loses())
	}
	way = append(way, on(j.other, "fail over", j.failover), again(j.other))
	if j.lost {
		way = append(way, j.returns())
	}
	return append(way,
		on(j.first, "up with recovery.failedOver", j.failedOver), j.refreshed(j.first), j.refreshed(j.other),
		on(j.first, "fail back", j.failback), j.refreshed(j.first), j.refreshed(j.other),
		on(j.other, "nothing is left over", j.noOrphans),
	)
}

func (j *journey) open(ctx context.Context, e *execution) error {
	account, err := e.account(ctx)
	if err != nil {
		return err
	}
	simulated, ok := account.Cloud.(*simaws.Server)
	if !ok {
		return errors.Join(errors.New("two regions need the simulated account"), account.Cloud.Close())
	}
	j.account, j.operator = simulated, operator.New(simulated)
	return e.open(ctx, j.first, firstStack, account, j.settings)
}

// joins opens the session of the second stack, which reads the outputs of the first, and deploys it.
func (j *journey) joins(e *execution) func(context.Context) error {
	return func(ctx context.Context) error {
		if err := e.open(ctx, j.other, secondStack, Account{Cloud: follower{borrowed{j.account}}}, nil); err != nil {
			return err
		}
		if err := j.handOver(ctx); err != nil {
			return err
		}
		if err := j.up(j.other)(ctx); err != nil {
			return err
		}
		return j.prepare()
	}
}

// handOver puts the outputs of the first stack where the second reads them. The stacks have backends of their own.
func (j *journey) handOver(ctx context.Context) error {
	offered := j.outputs[j.first][contract.Output].Value
	return j.other.session.hasOutputs(ctx, firstStack, map[string]any{contract.Output: offered})
}

func (j *journey) up(r *rehearsal) func(context.Context) error {
	return func(ctx context.Context) error {
		result, err := r.session.Up(ctx)
		if err != nil {
			return err
		}
		j.outputs[r] = result.Outputs
		r.warn(result)
		r.lane.summarize(result.Summary())
		return nil
	}
}

// settled checks that AWS has what the program says, whatever the steps have done.
func (j *journey) settled(r *rehearsal) func(context.Context) error {
	return func(ctx context.Context) error {
		if _, err := r.session.Refresh(ctx); err != nil {
			return err
		}
		return r.upAgain(ctx)
	}
}

func (j *journey) text(r *rehearsal, output string) string {
	out, _ := j.outputs[r][output].Value.(string)
	return out
}

// offered is a text of the first stack's contract.
func (j *journey) offered(key string) string {
	all, _ := j.outputs[j.first][contract.Output].Value.(map[string]any)
	out, _ := all[key].(string)
	return out
}

// nodesOf is a region as the steps see it, without its data.
func (j *journey) nodesOf(r *rehearsal, region string) recovery.Side {
	return recovery.Side{
		Region: region, API: j.operator.In(region), Group: "morpheus-" + r.lane.stack,
		MinSize: 3, MaxSize: 6, //nolint:mnd // as in both stack files
		Stack: &regionStack{journey: j, rehearsal: r, region: region},
	}
}

// side is a region as the steps see it.
func (j *journey) side(r *rehearsal, region string) (recovery.Side, error) {
	side := j.nodesOf(r, region)
	side.FileSystem = j.text(r, "fileSystemId")
	for _, name := range []string{"applianceSecretArn", "databaseSecretArn", "databaseAdminSecretArn"} {
		arn := j.text(r, name)
		if r == j.other {
			arn = j.offered(name)
		}
		side.Secrets = append(side.Secrets, arn)
	}
	if r == j.other {
		side.FileSystem = j.offered("fileSystemId")
	}
	err := j.account.Change(region, func(store awstypes.Store) error {
		for _, cluster := range store.Resources(awstoken.RDSCluster, region) {
			side.ClusterArn, _ = cluster.State["arn"].(string)
		}
		if side.ClusterArn == "" {
			return fmt.Errorf("no database cluster in %s", region)
		}
		return nil
	})
	return side, err
}

// move of the service between two regions.
func (j *journey) move(from, to recovery.Side) *recovery.Move {
	return &recovery.Move{
		From: from, To: to, Global: config.GlobalDatabaseOf(firstStack), DNS: j.operator.DNS(to.Region),
		ZoneID: simaws.HostedZoneID, HostName: simaws.HostName,
	}
}

// prepare makes the failover, with the names of both regions as they are before the loss.
func (j *journey) prepare() error {
	from, err := j.side(j.first, firstRegion)
	if err != nil {
		return err
	}
	to, err := j.side(j.other, otherRegion)
	if err != nil {
		return err
	}
	j.away = j.move(from, to)
	j.away.Unplanned, j.away.Report = j.lost, j.reported(j.other)
	return nil
}

// failover makes the other region serve. The second time it finds what is done, and stops what still runs.
func (j *journey) failover(ctx context.Context) error {
	_, err := j.away.Failover(ctx)
	return err
}

// failback makes the first region serve again. Afterwards the second stack stands by without what it was allowed for it; its
// vault stays, with its recovery points.
func (j *journey) failback(ctx context.Context) error {
	back := j.move(j.away.To, j.away.From)
	back.Report = j.reported(j.first)
	var err error
	if j.other.kept, err = j.other.session.outlives(ctx); err != nil {
		return err
	}
	if _, err := back.Failback(ctx); err != nil {
		return err
	}
	if err := j.other.session.SetConfig(Setting{Key: "safety.allowReplace", Value: "[]"}); err != nil {
		return err
	}
	return j.up(j.other)(ctx)
}

func (j *journey) reported(r *rehearsal) func(steps.Result) {
	return func(result steps.Result) { r.lane.note("%s: %s", result.Step, result.State) }
}

func (j *journey) failedOver(ctx context.Context) error {
	if err := j.first.session.SetConfig(Setting{Key: "recovery.failedOver", Value: "true"}); err != nil {
		return err
	}
	return j.up(j.first)(ctx)
}

// noOrphans checks that the account has nothing that neither stack knows.
func (j *journey) noOrphans(ctx context.Context) error {
	left, err := j.account.Leftovers()
	if err != nil {
		return err
	}
	var known []Made
	for _, r := range []*rehearsal{j.first, j.other} {
		made, err := r.session.State(ctx)
		if err != nil {
			return err
		}
		known = append(known, made...)
	}
	is := func(line string) func(Made) bool { return func(m Made) bool { return m.is(line) } }
	// Copies of secrets are the first stack's, also the promoted one with which the nodes of a restored stack go on.
	isSecret := func(line string) bool {
		arn, isCopy := strings.CutPrefix(line, awstypes.SecretReplica+" ")
		original := awstoken.SecretsManagerSecret + " " + strings.ReplaceAll(arn, otherRegion, firstRegion)
		return isCopy && j.made != nil && slices.ContainsFunc(known, is(original))
	}
	left = slices.DeleteFunc(left, func(line string) bool {
		isNodes := strings.HasPrefix(line, awstypes.ScalingNodes+" ") // what a group has; no provider makes them
		return isNodes || isSecret(line) || slices.ContainsFunc(known, is(line)) || j.other.keeps(line)
	})
	if len(left) > 0 {
		return fmt.Errorf("%d resources belong to neither stack:%s", len(left), list(left))
	}
	return nil
}

// regionStack deploys the stack of a region.
type regionStack struct {
	*journey
	*rehearsal
	region string
}

// Serves implements recovery.Stack. The first stack serves when it copies to the other region again.
func (s *regionStack) Serves(context.Context) (serves bool, err error) {
	err = s.account.Change(s.region, func(store awstypes.Store) error {
		token := awstoken.AutoScalingGroup
		if s.rehearsal == s.first {
			token = awstoken.EFSReplication
		}
		serves = len(store.Resources(token, s.region)) > 0
		return nil
	})
	return serves, err
}

// Serve implements recovery.Stack.
func (s *regionStack) Serve(ctx context.Context) error {
	setting := Setting{Key: "recovery.mode", Value: config.RecoveryActive}
	if s.made != nil {
		setting.Value = config.RecoveryRestored
	}
	if s.rehearsal == s.first {
		setting = Setting{Key: "recovery.failedOver", Value: "false"}
	}
	if err := s.session.SetConfig(setting); err != nil {
		return err
	}
	return s.journey.up(s.rehearsal)(ctx)
}

// Stand implements recovery.Stack.
func (s *regionStack) Stand(ctx context.Context) error {
	if err := s.handOver(ctx); err != nil {
		return err
	}
	err := s.session.SetConfig(Setting{Key: "recovery.mode", Value: config.RecoveryPilotLight},
		Setting{Key: "safety.allowReplace", Value: "[messaging, search]"})
	if err != nil {
		return err
	}
	return s.journey.up(s.rehearsal)(ctx)
}

// Alias implements recovery.Stack.
func (s *regionStack) Alias(context.Context) (recovery.Alias, error) {
	return recovery.Alias{
		Name: s.text(s.rehearsal, "loadBalancerDnsName"), ZoneID: s.text(s.rehearsal, "loadBalancerZoneId"),
	}, nil
}
