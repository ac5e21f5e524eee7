package tests

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/harness"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/project"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
)

// deployment is one of the shapes in which the property tests look at the program.
type deployment struct {
	*recorder
	name   string
	config map[string]string
}

// optionalParts are configurations of prod with something that neither committed stack nor network variant has.
var optionalParts = map[string]overrides{
	"service-linked roles": {"serviceLinkedRoles.autoscaling": "create", "serviceLinkedRoles.opensearch": "create"},
	"copies of backups":    inRegion("backup", nil),
	"another region":       anotherRegion,
	"e-mail":               {"notifications.emails": []any{"ops@example.com"}},
	"functions":            {"notifications.functionArns": []any{functionARN}},
	"webhooks": {
		"webhooks.pageUrls": []any{"https://events.example.com"}, "webhooks.ticketUrls": []any{"https://tickets.example.com"},
	},
	"cost anomalies":      {"monitoring.anomalyMonitor": "own"},
	"own image":           {"cluster.imageId": simaws.ImageID},
	"web ACL":             {"loadBalancer.webAclArn": simaws.WebACLARN("us-east-1")},
	"pilot light":         pilotLight,
	"longest drain":       {"loadBalancer.deregistrationDelaySeconds": 3600},
	"scaling on requests": {"cluster.requestsPerTarget": 500},
	"fewer nodes at night": {
		"cluster.minSize": 5, "cluster.maxSize": 8, "database.connectionsPerNode": 100, "cluster.schedules": []any{
			map[string]any{"name": "night", "recurrence": "0 20 * * *", "minSize": 4, "maxSize": 8},
			map[string]any{"name": "day", "recurrence": "0 6 * * *", "minSize": 6, "maxSize": 8},
		},
	},
}

// anotherRegion is not that with the metrics of services without regions.
var anotherRegion = overrides{
	"aws.region": "eu-west-1", "network.availabilityZones": []any{"eu-west-1a", "eu-west-1b", "eu-west-1c"},
}

var deploymentsMade onlyOnce[[]deployment]

// deployments are the committed stacks and the examples, every shape of network, and every optional part. They are
// made once, and no test may change them.
func deployments(t testing.TB) []deployment {
	t.Helper()
	var out []deployment
	for _, stack := range committed {
		out = append(out, deployment{name: stack, config: loadStack(t, stack), recorder: deployed(t, stack)})
	}
	return append(out, deploymentsMade.get(t, "the examples and variants", func() ([]deployment, error) {
		return makeDeployments(t)
	})...)
}

func makeDeployments(t testing.TB) ([]deployment, error) {
	t.Helper()
	var out []deployment
	var wrong []string
	var cause error
	add := func(name, stack string, config map[string]string, fresh bool) {
		r, err := launch{Stack: stack, Config: config, Fresh: fresh}.Start()
		if err != nil {
			wrong, cause = append(wrong, name), cmp.Or(cause, err)
		}
		out = append(out, deployment{name: name, config: config, recorder: r})
	}
	for _, stack := range examples(t) {
		add(stack, stack, exampleConfig(t, stack), false)
	}
	for _, v := range networkVariants {
		if v.over != nil {
			add(v.name, v.stack, change(t, loadStack(t, v.stack), v.over), false)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(optionalParts)) {
		over := optionalParts[name]
		add(name, "prod", change(t, loadStack(t, "prod"), over), over["serviceLinkedRoles.opensearch"] != nil)
	}
	if cause != nil {
		return nil, fmt.Errorf("%s: %w", strings.Join(wrong, ", "), cause)
	}
	return out, nil
}

// examples are the stacks that have a file and are not committed to be deployed.
func examples(t testing.TB) []string {
	t.Helper()
	folder, err := project.Find()
	require.NoError(t, err)
	names, err := folder.Examples()
	require.NoError(t, err)
	require.NotEmpty(t, names)
	return names
}

// exampleConfig is the configuration of an example, filled in as the rehearsal does it.
func exampleConfig(t testing.TB, stack string) map[string]string {
	t.Helper()
	private := map[string]string{}
	if scheme, err := stackFile(t, stack).Get("loadBalancer.scheme"); err == nil && scheme == "internal" {
		private = simaws.PrivateConfig
	}
	config, err := harness.Load(stack, private)
	require.NoError(t, err)
	return config
}

// property collects what a test of a property looks at, and what it finds. A mistake in a component is in most
// deployments; it is reported once, with their names.
type property struct {
	t        *testing.T
	now      string
	looked   int
	problems []string
	in       map[string][]string
}

// is notes one thing that was looked at. When it is not as it should be, the message says what is wrong and what to
// do; it must not have ids, which differ between deployments.
func (p *property) is(ok bool, message string, args ...any) bool {
	p.looked++
	if ok {
		return true
	}
	text := fmt.Sprintf(message, args...)
	if p.in[text] == nil {
		p.problems = append(p.problems, text)
	}
	if !slices.Contains(p.in[text], p.now) {
		p.in[text] = append(p.in[text], p.now)
	}
	return false
}

// mostProblems are reported of one property: one mistake can be seen in many resources.
const mostProblems = 8

// everywhere tests a property on all deployments.
func everywhere(t *testing.T, check func(p *property, d deployment)) *property {
	t.Helper()
	p := &property{t: t, in: map[string][]string{}}
	all := deployments(t)
	for _, d := range all {
		p.now = d.name
		check(p, d)
	}
	for i, problem := range p.problems {
		if i == mostProblems {
			t.Errorf("and %d more of this kind", len(p.problems)-i)
			break
		}
		names, more := p.in[problem], ""
		if many := len(names) - 4; many > 0 {
			names, more = names[:4], fmt.Sprintf(" and %d more", many)
		}
		t.Errorf("%s\n    in: %s%s", problem, strings.Join(names, ", "), more)
	}
	require.Positive(t, p.looked, "the test looked at nothing: it finds its subjects no longer")
	t.Logf("looked at %d in %d deployments", p.looked, len(all))
	return p
}
