package tests

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
)

// without returns the preparation of an account whose zones do not offer a type.
func without(what string, zones ...string) func(*account.Account) {
	return func(a *account.Account) {
		for _, zone := range zones {
			a.Exists("us-east-1", awstypes.NotOffered, what+" "+zone, account.Values{})
		}
	}
}

// The names of zones differ between accounts: the us-east-1e of one may be an old zone without current types.
func TestZonesMustOfferWhatTheTiersRunOn(t *testing.T) {
	everywhere := awstypes.Zones("us-east-1")
	check(t, []lacking{
		{
			name: "no node type in a zone",
			prepare: func(a *account.Account) {
				without("m5.xlarge", "us-east-1c")(a)
				without("m5a.xlarge", "us-east-1c")(a)
			},
			problem: `network.availabilityZones[2]: must be a zone that offers one of cluster.instanceTypes, got ` +
				`"us-east-1c" (it offers none of m5.xlarge, m5a.xlarge; m5.xlarge is offered in us-east-1a, us-east-1b, ` +
				`us-east-1d, m5a.xlarge is offered in us-east-1a, us-east-1b, us-east-1d)`,
		},
		{
			name: "a node type in no zone", prepare: without("m5a.xlarge", everywhere...),
			problem: `cluster.instanceTypes[1]: must be a type that us-east-1 offers, got "m5a.xlarge" (no zone there has it)`,
		},
		{
			name: "database class in a zone", prepare: without("db.r5.xlarge", "us-east-1b"),
			problem: `database.instanceClass: must be a class that us-east-1b offers, got "db.r5.xlarge" (it is offered in ` +
				`us-east-1a, us-east-1c, us-east-1d)`,
		},
		{
			name: "database class in no zone", prepare: without("db.r5.xlarge", everywhere...),
			problem: `database.instanceClass: must be a class that us-east-1 offers with 8.0.mysql_aurora.3.`,
		},
		{
			name: "broker type in a zone", prepare: without("mq.m5.large", "us-east-1c"),
			problem: `messaging.instanceType: must be a type that us-east-1c offers for CLUSTER_MULTI_AZ, got "mq.m5.large"`,
		},
	})
	for name, prepare := range map[string]func(*account.Account){
		"one of two node types is missing in a zone":      without("m5a.xlarge", "us-east-1c"),
		"the class is missing where no instance is":       without("db.r5.xlarge", "us-east-1c"),
		"a zone that the configuration does not name":     without("mq.m5.large", "us-east-1d"),
		"a type that the configuration does not name":     without("m5.large", "us-east-1a"),
		"a class that the configuration does not name":    without("db.r5.large", everywhere...),
		"a type of broker that no key of the stack names": without("mq.t3.micro", everywhere...),
	} {
		a := simaws.NewAccount(simaws.Options{})
		prepare(a)
		_, err := launch{Stack: "prod", Config: loadStack(t, "prod"), Account: a}.Start()
		assert.NoError(t, err, name)
	}
}

// AWS stops offering old types. A stack that runs on them must stay updatable.
func TestADeployedTypeIsNotAskedAgain(t *testing.T) {
	first, err := launch{Stack: "prod", Config: loadStack(t, "prod")}.Start()
	require.NoError(t, err)
	without("db.r5.xlarge", awstypes.Zones("us-east-1")...)(first.Account)
	next := launch{
		Stack: "prod", Config: loadStack(t, "prod"), Account: first.Account, Preview: true, Previous: outputsOf(first),
	}
	_, err = next.Start()
	require.NoError(t, err)
	next.Config = change(t, next.Config, overrides{"database.instances": 3})
	_, err = next.Start()
	require.ErrorContains(t, err, "database.instanceClass: must be a class that us-east-1 offers",
		"a further instance is a new one")
}

// A VPC has one endpoint with private DNS of each service.
func TestEndpointsOfAnExistingVPCAreSeen(t *testing.T) {
	endpoint := func(a *account.Account, service string, private bool) {
		a.Exists("us-east-1", awstoken.EC2VPCEndpoint, "vpce-"+service, account.Values{
			"vpcId": simaws.ExistingVpcID, "serviceName": "com.amazonaws.us-east-1." + service, "privateDnsEnabled": private,
		})
	}
	config := change(t, loadStack(t, "prod"), existing(overrides{"network.interfaceEndpoints": true}))
	a := simaws.NewAccount(simaws.Options{})
	endpoint(a, "ec2", false)
	first, err := launch{Stack: "prod", Config: config, Account: a}.Start()
	require.NoError(t, err, "an endpoint without private DNS is not in the way")
	_, err = launch{Stack: "prod", Config: config, Account: first.Account, Preview: true}.Start()
	require.NoError(t, err, "the stack's own endpoints are not in its way")

	a = simaws.NewAccount(simaws.Options{})
	endpoint(a, "logs", true)
	endpoint(a, "ssm", true)
	_, err = launch{Stack: "prod", Config: config, Account: a}.Start()
	for _, service := range []string{"logs", "ssm"} {
		require.ErrorContains(t, err, "network.interfaceEndpoints: must be false with "+simaws.ExistingVpcID+
			", got true (it has an endpoint of com.amazonaws.us-east-1."+service+" with private DNS already, vpce-"+service)
	}
}
