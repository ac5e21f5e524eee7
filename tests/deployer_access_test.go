package tests

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/deployer"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/evaluate"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
)

// keys are condition keys of a call.
type keys = map[string][]string

// subject is one thing that a call is about, with what IAM knows of the call then.
type subject struct {
	arn     string
	context keys
}

// deployersMay asks all policies of deployers together, and those that are given beside them.
func deployersMay(t *testing.T, beside ...deployer.Document) func(action string, about subject) evaluate.Decision {
	t.Helper()
	var policies []*evaluate.Policy
	for i, document := range append(slices.Collect(maps.Values(deployer.Policies())), beside...) {
		text, err := json.Marshal(document)
		require.NoError(t, err)
		p, err := evaluate.Parse(string(text))
		require.NoError(t, err, "policy %d", i)
		policies = append(policies, p)
	}
	// Actions stand in the policies without wildcards: only these statements can be about one.
	of := map[string][]*evaluate.Policy{}
	for _, p := range policies {
		for _, s := range p.Statements {
			for _, action := range s.Action {
				of[action] = append(of[action], &evaluate.Policy{Statements: []evaluate.Statement{s}})
			}
		}
	}
	return func(action string, about subject) evaluate.Decision {
		return evaluate.Decide(evaluate.Request{
			Principal: "arn:aws:iam::123456789012:role/deployer", Account: "123456789012",
			Action: action, Resource: about.arn, Context: about.context,
		}, evaluate.Policies{Identity: of[action]})
	}
}

// bounded is prod with a permissions boundary on its roles.
func bounded(t *testing.T) *recorder {
	t.Helper()
	a := simaws.NewAccount(simaws.Options{})
	a.Exists("", awstypes.IAMPolicy, "limits", account.Values{"arn": boundaryARN, "name": "limits"})
	r, err := launch{Stack: "prod", Config: change(t, loadStack(t, "prod"), overrides{"access.permissionsBoundary": boundaryARN}), Account: a}.Start()
	require.NoError(t, err)
	return r
}

// What is narrowed to names, tags and services must fit what the program makes, or a deployment ends at the first that does
// not: every action that a type takes is asked for every resource of that type.
func TestDeployersMayChangeWhatTheProgramMakes(t *testing.T) {
	allowed, asked := deployersMay(t), 0
	for _, r := range append(shapes(t), bounded(t), judgedStackOf(t, "prod").in(t, "aws-cn", "cn-north-1")) {
		w := newWorld(t, r)
		for _, res := range r.All() {
			if !res.IsAWS() {
				continue
			}
			for _, action := range awstypes.Of(res.Token).Permissions.Updates() {
				about := w.subjects(res, action)
				if !assert.NotEmpty(t, about, "%s (%s): what is %s about?", res.Name, res.Token, action) {
					continue
				}
				for _, one := range about {
					got := allowed(action, one)
					assert.True(t, got.Allowed, "%s: %s on %s with %v: %s", res.Name, action, one.arn, one.context, got.By)
					asked++
				}
			}
		}
	}
	require.Greater(t, asked, 5000, "the calls must be there to be looked at")
	fmt.Printf("deployer policies: %d calls on what the program makes allowed\n", asked)
}

// With the denials of boundary.json a deployer still makes the program's roles, and none without the boundary.
func TestDeployersWithABoundaryMakeNoRoleWithoutIt(t *testing.T) {
	allowed := deployersMay(t, deployer.Boundary(boundaryARN))
	roles := bounded(t).OfType("iam/role:Role")
	require.NotEmpty(t, roles)
	for _, role := range roles {
		for action, context := range map[string]keys{
			"iam:CreateRole": {}, "iam:PutRolePolicy": {}, "iam:PutRolePermissionsBoundary": {},
			"iam:AttachRolePolicy": {"iam:PolicyARN": {"arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"}},
		} {
			about := subject{arn: role.Output("arn"), context: context}
			assert.False(t, allowed(action, about).Allowed, "%s of %s without a boundary", action, role.Name)
			context["iam:PermissionsBoundary"] = []string{"arn:aws:iam::aws:policy/AdministratorAccess"}
			assert.False(t, allowed(action, about).Allowed, "%s of %s with another boundary", action, role.Name)
			context["iam:PermissionsBoundary"] = []string{role.Get("permissionsBoundary").(string)}
			if got := allowed(action, about); action != "iam:AttachRolePolicy" || role.Name == "database-monitoring" {
				assert.True(t, got.Allowed, "%s of %s with its boundary: %s", action, role.Name, got.By)
			}
		}
		assert.False(t, allowed("iam:DeleteRolePermissionsBoundary", subject{arn: role.Output("arn")}).Allowed, "%s would be free", role.Name)
		assert.True(t, allowed("iam:DeleteRole", subject{arn: role.Output("arn")}).Allowed, "a destroy needs no boundary")
	}
}

// RDS, AWS Backup and people name snapshots each in their own way, and one may be copied from elsewhere or shared.
func TestDeployersMayRestoreEverySnapshot(t *testing.T) {
	allowed := deployersMay(t)
	const here = "arn:aws:rds:us-east-1:123456789012:cluster-snapshot:"
	for _, identifier := range []string{
		"morpheus-prod-final-1c11ec80", "before-upgrade", "rds:morpheus-prod-2026-01-31-03-07",
		here + "awsbackup:job-0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0", here + "copied",
		"arn:aws:rds:us-east-1:210987654321:cluster-snapshot:shared",
	} {
		config := change(t, loadStack(t, "prod"), overrides{"database.snapshotIdentifier": identifier})
		r, err := launch{Stack: "prod", Config: config, Preview: true}.Start()
		require.NoError(t, err, "%s is refused", identifier)
		cluster := r.OfType("rds/cluster:Cluster")[0]
		require.Equal(t, identifier, cluster.Get("snapshotIdentifier"))
		arn := identifier
		if !strings.HasPrefix(arn, "arn:") {
			arn = here + identifier
		}
		for _, about := range []string{
			arn, "arn:aws:rds:us-east-1:123456789012:cluster:" + cluster.Get("clusterIdentifier").(string), "arn:aws:rds:us-east-1:123456789012:og:default:aurora-mysql-8-0",
		} {
			got := allowed("rds:RestoreDBClusterFromSnapshot", subject{arn: about})
			assert.True(t, got.Allowed, "%s: a restore of it touches %s: %s", identifier, about, got.By)
		}
	}
}

// Of what deployers need, this much must stay out of their reach.
func TestDeployersMayNotTouchWhatOthersMade(t *testing.T) {
	const (
		here   = ":us-east-1:123456789012:"
		secret = "arn:aws:secretsmanager" + here + "secret:"
		role   = "arn:aws:iam::123456789012:role/"
		key    = "arn:aws:kms" + here + "key/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
		other  = "aws:ResourceTag/Project"
	)
	ec2 := func(kind string) string { return "arn:aws:ec2" + here + kind }
	allowed := deployersMay(t)
	for _, c := range []struct {
		what, action, arn string
		context           keys
	}{
		{"the appliance's administrator", "secretsmanager:GetSecretValue", secret + "cluster-appliance-1a2b3c4-AbCdEf", nil},
		{"the administrator of the database, that RDS keeps", "secretsmanager:GetSecretValue", secret + "rds!cluster-0f1e2d3c-AbCdEf", nil},
		{"another's secret", "secretsmanager:GetSecretValue", secret + "shop-user-secret-AbCdEf", nil},
		{"the appliance's administrator, to write", "secretsmanager:PutSecretValue", secret + "cluster-appliance-1a2b3c4-AbCdEf", nil},
		{"what RDS keeps, to delete", "secretsmanager:DeleteSecret", secret + "rds!cluster-0f1e2d3c-AbCdEf", nil},
		{"all of AWS for the nodes", "iam:AttachRolePolicy", role + "access-node-1a2b3c4", keys{"iam:PolicyARN": {"arn:aws:iam::aws:policy/AdministratorAccess"}}},
		{"all of AWS for the monitoring", "iam:AttachRolePolicy", role + "database-monitoring-1a2b3c4", keys{"iam:PolicyARN": {"arn:aws:iam::aws:policy/AdministratorAccess"}}},
		{"a policy for another's role", "iam:PutRolePolicy", role + "administrator", nil},
		{"the nodes' role for a function", "iam:PassRole", role + "access-node-1a2b3c4", keys{"iam:PassedToService": {"lambda.amazonaws.com"}}},
		{"the snapshots' role, which no deployment hands on", "iam:PassRole", role + "search-snapshot-role-1a2b3c4", keys{"iam:PassedToService": {"es.amazonaws.com"}}},
		{"another service's role", "iam:TagRole", role + "aws-service-role/support.amazonaws.com/AWSServiceRoleForSupport", nil},
		{"a policy for a service's role", "iam:PutRolePolicy", role + "aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling", nil},
		{"another's key", "kms:ScheduleKeyDeletion", key, keys{other: {"shop"}}},
		{"a key without tags", "kms:ScheduleKeyDeletion", key, nil},
		{"the policy of another's key", "kms:PutKeyPolicy", key, keys{other: {"shop"}}},
		{"a text that somebody encrypted", "kms:Decrypt", key, keys{other: {deployer.Project}}},
		{"a parameter that somebody encrypted", "kms:Decrypt", key, keys{"kms:ViaService": {"ssm.us-east-1.amazonaws.com"}}},
		{"a grant for a person", "kms:CreateGrant", key, keys{"kms:GrantIsForAWSResource": {"false"}}},
		{"another's VPC", "ec2:DeleteVpc", ec2("vpc/vpc-1"), keys{other: {"shop"}}},
		{"a subnet without tags", "ec2:DeleteSubnet", ec2("subnet/subnet-1"), nil},
		{"a route in another's table", "ec2:DeleteRoute", ec2("route-table/rtb-1"), nil},
		{"another's address", "ec2:ReleaseAddress", ec2("elastic-ip/eipalloc-1"), nil},
		{"the tag of another's VPC", "ec2:CreateTags", ec2("vpc/vpc-1"), keys{"aws:RequestTag/Project": {deployer.Project}}},
		{"another's file system", "elasticfilesystem:DeleteFileSystem", "arn:aws:elasticfilesystem" + here + "file-system/fs-1", keys{other: {"shop"}}},
		{"the tag of another's file system", "elasticfilesystem:TagResource", "arn:aws:elasticfilesystem" + here + "file-system/fs-1", keys{"aws:RequestTag/Project": {deployer.Project}}},
		{"another's broker", "mq:DeleteBroker", "arn:aws:mq" + here + "broker:shop:b-1", nil},
		{"another's certificate", "acm:DeleteCertificate", "arn:aws:acm" + here + "certificate/1", nil},
		{"another's database", "rds:DeleteDBCluster", "arn:aws:rds" + here + "cluster:shop", nil},
		{"another's snapshot", "rds:DeleteDBClusterSnapshot", "arn:aws:rds" + here + "cluster-snapshot:shop", nil},
		{"a restore over another's name", "rds:RestoreDBClusterFromSnapshot", "arn:aws:rds" + here + "cluster:shop", nil},
		{"another's bucket", "s3:DeleteBucket", "arn:aws:s3:::shop", nil},
	} {
		got := allowed(c.action, subject{arn: c.arn, context: c.context})
		assert.False(t, got.Allowed, "%s: %s on %s is allowed by %s", c.what, c.action, c.arn, got.By)
	}
}
