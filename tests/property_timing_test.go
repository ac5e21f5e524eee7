package tests

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/contract"
)

// A change that restarts a service waits for the maintenance window. The provider's default is right in some versions
// only, so the program says it.
func TestEveryChangeWaitsForTheWindow(t *testing.T) {
	everywhere(t, func(p *property, d deployment) {
		for _, res := range d.AWS() {
			if contract.Load().Resources[res.Token].Inputs["applyImmediately"] == nil {
				continue
			}
			given := res.Inputs[resource.PropertyKey("applyImmediately")]
			p.is(given.IsBool() && !given.BoolValue(), "%s must set applyImmediately to false: otherwise a change restarts it "+
				"at once, in the middle of the day", res.Name)
		}
	})
}

// times are for a create, an update and a delete; zero for a call that the provider does not wait for.
type times struct{ create, update, delete time.Duration }

func inMinutes(created, updated, deleted time.Duration) times {
	return times{created * time.Minute, updated * time.Minute, deleted * time.Minute}
}

// patience is how long a type takes and how long the provider waits by itself.
type patience struct {
	token string
	// takes is the longest that AWS is known to take, by source.
	takes  times
	source string
	// provider are the provider's defaults, in internal/service/<Source of the record>.go of terraform-provider-aws. They
	// were raised for what users met.
	provider times
	// shorter is why the program waits less than the provider would; empty where it does not.
	shorter string
}

const docsOfAWS = "https://docs.aws.amazon.com/"

var patiences = []patience{
	{
		token: awstoken.ACMCertificateValidation, takes: inMinutes(30, 0, 0), provider: inMinutes(75, 0, 0),
		source:  docsOfAWS + "acm/latest/userguide/troubleshooting-DNS-validation.html",
		shorter: "a zone that no registrar delegates to is never validated: 75 minutes would be lost",
	},
	{
		// The longest deregistration delay, 60 minutes, and the drain hook, 15. An update waits for nodes: below.
		token: awstoken.AutoScalingGroup, takes: inMinutes(0, 0, 75), provider: inMinutes(0, 10, 10),
		source: docsOfAWS + "elasticloadbalancing/latest/application/edit-target-group-attributes.html",
	},
	{
		token: awstoken.EFSReplication, takes: inMinutes(10, 0, 20), provider: inMinutes(20, 0, 20),
		source: docsOfAWS + "efs/latest/ug/delete-replications.html",
	},
	{
		token: awstoken.MQBroker, takes: inMinutes(30, 30, 30), provider: inMinutes(30, 30, 30),
		source: docsOfAWS + "amazon-mq/latest/developer-guide/rabbitmq-broker-architecture.html",
	},
	{
		// A blue/green deployment copies all data.
		token: awstoken.OpenSearchDomain, takes: inMinutes(60, 120, 30), provider: inMinutes(120, 180, 90),
		source: docsOfAWS + "opensearch-service/latest/developerguide/managedomains-configuration-changes.html",
	},
	{
		// From a snapshot more than 40 minutes.
		token: awstoken.RDSCluster, takes: inMinutes(40, 60, 30), provider: inMinutes(120, 120, 120),
		source: "https://github.com/hashicorp/terraform-provider-aws/issues/951",
	},
	{
		token: awstoken.RDSClusterInstance, takes: inMinutes(40, 60, 30), provider: inMinutes(90, 90, 90),
		source: "https://github.com/hashicorp/terraform/issues/2886",
	},
}

// takesLong is from when on a type needs a row: AWS's slow days are several times what the records have measured.
const takesLong = 5 * time.Minute

func TestEveryTimeOutIsLongerThanAWSTakes(t *testing.T) {
	rows := map[string]patience{}
	for _, row := range patiences {
		rows[row.token] = row
	}
	everywhere(t, func(p *property, d deployment) {
		for _, res := range d.AWS() {
			custom := res.RPC.GetCustomTimeouts()
			given := cmp.Or(custom.GetCreate(), custom.GetUpdate(), custom.GetDelete()) != ""
			measured := awstypes.Of(res.Token).Simulation.Duration
			long := max(measured.Create, measured.Update, measured.Delete) >= int(takesLong/time.Second)
			if !given && !long {
				continue
			}
			row, known := rows[res.Token]
			if !p.is(known, "%s: the table `patiences` lacks %s, which takes long or has time-outs of its own: add what AWS "+
				"takes, with its source, and the provider's defaults", res.Name, res.Token) {
				continue
			}
			for _, call := range []struct {
				name, custom             string
				takes, provider, measure time.Duration
			}{
				{"create", custom.GetCreate(), row.takes.create, row.provider.create, seconds(measured.Create)},
				{"update", custom.GetUpdate(), row.takes.update, row.provider.update, seconds(measured.Update)},
				{"delete", custom.GetDelete(), row.takes.delete, row.provider.delete, seconds(measured.Delete)},
			} {
				if call.provider == 0 {
					continue // the provider does not wait, or has a property of its own for it
				}
				waits, err := time.ParseDuration(call.custom)
				if !p.is(err == nil && waits > 0, "%s: the %s takes long and has only the provider's default of %s: set it in "+
					"pulumi.Timeouts", res.Name, call.name, call.provider) {
					continue
				}
				enough := p.is(waits >= call.takes && waits >= 2*call.measure, "%s: the %s may take %s (%s) and %s was measured; `pulumi "+
					"up` gives up after %s and leaves a half-made resource: wait longer", res.Name, call.name, call.takes, row.source,
					call.measure, waits)
				p.is(!enough || waits >= call.provider || row.shorter != "", "%s: %s for the %s is shorter than the provider's own %s, which "+
					"was raised for what users met: wait at least as long, or say why not in the table", res.Name, waits, call.name,
					call.provider)
			}
		}
	})
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

// The engine must not give up before the provider does, which waits for nodes that serve.
func TestTheEngineWaitsForTheNodes(t *testing.T) {
	everywhere(t, func(p *property, d deployment) {
		for _, group := range d.OfType(awstoken.AutoScalingGroup) {
			wait, err := time.ParseDuration(group.Get("waitForCapacityTimeout").(string))
			p.is(err == nil, "%s: waitForCapacityTimeout is no duration", group.Name)
			update, err := time.ParseDuration(group.RPC.GetCustomTimeouts().GetUpdate())
			p.is(err == nil && update > wait, "%s: an update may take %s and ends after %s, while the provider waits for the "+
				"nodes: make the update's time-out longer", group.Name, wait, update)
			drain := 0.0
			for _, hook := range d.OfType(awstoken.AutoScalingLifecycleHook) {
				if hook.Get("lifecycleTransition") == "autoscaling:EC2_INSTANCE_TERMINATING" {
					drain, _ = hook.Get("heartbeatTimeout").(float64)
				}
			}
			var delays []float64
			for _, target := range d.OfType(awstoken.LBTargetGroup) {
				delay, _ := target.Get("deregistrationDelay").(float64)
				delays = append(delays, delay)
			}
			leave := seconds(int(drain + slices.Max(append(delays, 0))))
			end, err := time.ParseDuration(group.RPC.GetCustomTimeouts().GetDelete())
			p.is(err == nil && end > leave, "%s: its nodes leave within %s, and its deletion ends after %s: make the time-out "+
				"longer", group.Name, leave, end)
		}
	})
}
