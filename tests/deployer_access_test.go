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
	r, err := launch{
		Stack:   "prod",
		Config:  change(t, loadStack(t, "prod"), overrides{"access.permissionsBoundary": boundaryARN}),
		Account: a,
	}.Start()
	require.NoError(t, err)
	return r
}

// What is narrowed to names, tags and services must fit what the program makes, or a deployment ends at the first that
// does not: every action that a type takes is asked for every resource of that type.
func TestDeployersMayChangeWhatTheProgramMakes(t *testing.T) {
	allowed, asked, denied := deployersMay(t), 0, map[string]bool{}
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
					asked++
					if reported := res.Name + " " + action; !got.Allowed && !denied[reported] {
						denied[reported] = true // once, not for each shape
						t.Errorf("%s: %s on %s with %v: %s; its scope is in internal/rehearsal/deployer/scopes.go, "+
							"and make golden then writes the policies", res.Name, action, one.arn, one.context, got.By)
					}
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
		assert.False(t, allowed("iam:DeleteRolePermissionsBoundary", subject{arn: role.Output("arn")}).Allowed,
			"%s would be free", role.Name)
		assert.True(t, allowed("iam:DeleteRole", subject{arn: role.Output("arn")}).Allowed,
			"a destroy needs no boundary")
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
			arn, "arn:aws:rds:us-east-1:123456789012:cluster:" + cluster.Get("clusterIdentifier").(string),
			"arn:aws:rds:us-east-1:123456789012:og:default:aurora-mysql-8-0",
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
		{what: "the appliance's administrator", action: "secretsmanager:GetSecretValue",
			arn: secret + "cluster-appliance-1a2b3c4-AbCdEf"},
		{what: "the administrator of the database, that RDS keeps", action: "secretsmanager:GetSecretValue",
			arn: secret + "rds!cluster-0f1e2d3c-AbCdEf"},
		{what: "another's secret", action: "secretsmanager:GetSecretValue", arn: secret + "shop-user-secret-AbCdEf"},
		{what: "the appliance's administrator, to write", action: "secretsmanager:PutSecretValue",
			arn: secret + "cluster-appliance-1a2b3c4-AbCdEf"},
		{what: "what RDS keeps, to delete", action: "secretsmanager:DeleteSecret",
			arn: secret + "rds!cluster-0f1e2d3c-AbCdEf"},
		{what: "all of AWS for the nodes", action: "iam:AttachRolePolicy", arn: role + "access-node-1a2b3c4",
			context: keys{"iam:PolicyARN": {"arn:aws:iam::aws:policy/AdministratorAccess"}}},
		{what: "all of AWS for the monitoring", action: "iam:AttachRolePolicy",
			arn:     role + "database-monitoring-1a2b3c4",
			context: keys{"iam:PolicyARN": {"arn:aws:iam::aws:policy/AdministratorAccess"}}},
		{what: "a policy for another's role", action: "iam:PutRolePolicy", arn: role + "administrator"},
		{what: "the nodes' role for a function", action: "iam:PassRole", arn: role + "access-node-1a2b3c4",
			context: keys{"iam:PassedToService": {"lambda.amazonaws.com"}}},
		{what: "the snapshots' role, which no deployment hands on", action: "iam:PassRole",
			arn: role + "search-snapshot-role-1a2b3c4", context: keys{"iam:PassedToService": {"es.amazonaws.com"}}},
		{what: "another service's role", action: "iam:TagRole", arn: role + "aws-service-role/support.amazonaws.com/" +
			"AWSServiceRoleForSupport"},
		{what: "a policy for a service's role", action: "iam:PutRolePolicy",
			arn: role + "aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"},
		{what: "another's key", action: "kms:ScheduleKeyDeletion", arn: key, context: keys{other: {"shop"}}},
		{what: "a key without tags", action: "kms:ScheduleKeyDeletion", arn: key},
		{what: "the policy of another's key", action: "kms:PutKeyPolicy", arn: key, context: keys{other: {"shop"}}},
		{what: "a text that somebody encrypted", action: "kms:Decrypt", arn: key,
			context: keys{other: {deployer.Project}}},
		{what: "a parameter that somebody encrypted", action: "kms:Decrypt", arn: key,
			context: keys{"kms:ViaService": {"ssm.us-east-1.amazonaws.com"}}},
		{what: "a grant for a person", action: "kms:CreateGrant", arn: key,
			context: keys{"kms:GrantIsForAWSResource": {"false"}}},
		{what: "another's VPC", action: "ec2:DeleteVpc", arn: ec2("vpc/vpc-1"), context: keys{other: {"shop"}}},
		{what: "a subnet without tags", action: "ec2:DeleteSubnet", arn: ec2("subnet/subnet-1")},
		{what: "a route in another's table", action: "ec2:DeleteRoute", arn: ec2("route-table/rtb-1")},
		{what: "another's address", action: "ec2:ReleaseAddress", arn: ec2("elastic-ip/eipalloc-1")},
		{what: "the tag of another's VPC", action: "ec2:CreateTags", arn: ec2("vpc/vpc-1"),
			context: keys{"aws:RequestTag/Project": {deployer.Project}}},
		{what: "another's file system", action: "elasticfilesystem:DeleteFileSystem",
			arn: "arn:aws:elasticfilesystem" + here + "file-system/fs-1", context: keys{other: {"shop"}}},
		{what: "the tag of another's file system", action: "elasticfilesystem:TagResource",
			arn:     "arn:aws:elasticfilesystem" + here + "file-system/fs-1",
			context: keys{"aws:RequestTag/Project": {deployer.Project}}},
		{what: "another's broker", action: "mq:DeleteBroker", arn: "arn:aws:mq" + here + "broker:shop:b-1"},
		{what: "another's certificate", action: "acm:DeleteCertificate", arn: "arn:aws:acm" + here + "certificate/1"},
		{what: "another's database", action: "rds:DeleteDBCluster", arn: "arn:aws:rds" + here + "cluster:shop"},
		{what: "another's snapshot", action: "rds:DeleteDBClusterSnapshot",
			arn: "arn:aws:rds" + here + "cluster-snapshot:shop"},
		{what: "a restore over another's name", action: "rds:RestoreDBClusterFromSnapshot",
			arn: "arn:aws:rds" + here + "cluster:shop"},
		{what: "another's bucket", action: "s3:DeleteBucket", arn: "arn:aws:s3:::shop"},
	} {
		got := allowed(c.action, subject{arn: c.arn, context: c.context})
		assert.False(t, got.Allowed, "%s: %s on %s is allowed by %s", c.what, c.action, c.arn, got.By)
	}
}
