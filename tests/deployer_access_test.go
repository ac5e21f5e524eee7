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

// keys are the condition keys of a call with their values.
type keys = map[string][]string

// subject is a resource of a call, with the condition keys of the call.
type subject struct {
	arn     string
	context keys
}

// deployersMay evaluates all deployer policies together with the given additional ones.
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
	// The policies have no wildcards in actions, so only these statements can match the action.
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

// The policies restrict actions to names, tags and services. If a restriction does not match a resource of the program,
// its deployment fails. The test evaluates each action of a type for each resource of that type.
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
				if !assert.NotEmpty(t, about, "%s (%s): no resource is known for %s", res.Name, res.Token, action) {
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
	require.Greater(t, asked, 5000, "too few calls were evaluated")
	fmt.Printf("deployer policies: %d calls on the program's resources allowed\n", asked)
}

// With the denials of boundary.json, a deployer can create the program's roles only with the boundary.
func TestDeployersWithABoundaryCreateNoRoleWithoutIt(t *testing.T) {
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
			"%s would have no boundary", role.Name)
		assert.True(t, allowed("iam:DeleteRole", subject{arn: role.Output("arn")}).Allowed,
			"deleting a role needs no boundary")
	}
}

// RDS, AWS Backup and people name snapshots differently, and a snapshot may be copied or shared.
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
			assert.True(t, got.Allowed, "%s: the restore needs access to %s: %s", identifier, about, got.By)
		}
	}
}

// Deployers use these actions, but not on these resources or in this context.
func TestDeployersMayNotChangeForeignResources(t *testing.T) {
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
			arn: secret + "morpheus-prod-cluster-appliance-1a2b3c-AbCdEf"},
		{what: "the database administrator's secret in RDS", action: "secretsmanager:GetSecretValue",
			arn: secret + "rds!cluster-0f1e2d3c-AbCdEf"},
		{what: "a foreign secret", action: "secretsmanager:GetSecretValue", arn: secret + "shop-user-secret-AbCdEf"},
		{what: "writing the appliance's administrator", action: "secretsmanager:PutSecretValue",
			arn: secret + "morpheus-prod-cluster-appliance-1a2b3c-AbCdEf"},
		{what: "deleting the secret that RDS keeps", action: "secretsmanager:DeleteSecret",
			arn: secret + "rds!cluster-0f1e2d3c-AbCdEf"},
		{what: "AdministratorAccess for the nodes", action: "iam:AttachRolePolicy", arn: role + "morpheus-prod-access-node-1a2b3c",
			context: keys{"iam:PolicyARN": {"arn:aws:iam::aws:policy/AdministratorAccess"}}},
		{what: "AdministratorAccess for the monitoring", action: "iam:AttachRolePolicy",
			arn:     role + "morpheus-prod-database-monitoring-1a2b3c",
			context: keys{"iam:PolicyARN": {"arn:aws:iam::aws:policy/AdministratorAccess"}}},
		{what: "a policy for another application's role", action: "iam:PutRolePolicy", arn: role + "administrator"},
		{what: "passing the nodes' role to Lambda", action: "iam:PassRole", arn: role + "morpheus-prod-access-node-1a2b3c",
			context: keys{"iam:PassedToService": {"lambda.amazonaws.com"}}},
		{what: "passing the snapshots' role, which no deployment does", action: "iam:PassRole",
			arn: role + "morpheus-prod-search-snapshot-role-1a2b3c", context: keys{"iam:PassedToService": {"es.amazonaws.com"}}},
		{what: "another service's role", action: "iam:TagRole", arn: role + "aws-service-role/support.amazonaws.com/" +
			"AWSServiceRoleForSupport"},
		{what: "a policy for a service-linked role", action: "iam:PutRolePolicy",
			arn: role + "aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"},
		{what: "another application's key", action: "kms:ScheduleKeyDeletion", arn: key, context: keys{other: {"shop"}}},
		{what: "a key without tags", action: "kms:ScheduleKeyDeletion", arn: key},
		{what: "the policy of a foreign key", action: "kms:PutKeyPolicy", arn: key, context: keys{other: {"shop"}}},
		{what: "decrypting with the key directly", action: "kms:Decrypt", arn: key,
			context: keys{other: {deployer.Project}}},
		{what: "decrypting a parameter", action: "kms:Decrypt", arn: key,
			context: keys{"kms:ViaService": {"ssm.us-east-1.amazonaws.com"}}},
		{what: "a grant that is not for an AWS resource", action: "kms:CreateGrant", arn: key,
			context: keys{"kms:GrantIsForAWSResource": {"false"}}},
		{what: "another application's VPC", action: "ec2:DeleteVpc", arn: ec2("vpc/vpc-1"), context: keys{other: {"shop"}}},
		{what: "a subnet without tags", action: "ec2:DeleteSubnet", arn: ec2("subnet/subnet-1")},
		{what: "a route in another application's route table", action: "ec2:DeleteRoute", arn: ec2("route-table/rtb-1")},
		{what: "another application's address", action: "ec2:ReleaseAddress", arn: ec2("elastic-ip/eipalloc-1")},
		{what: "the tag of another application's VPC", action: "ec2:CreateTags", arn: ec2("vpc/vpc-1"),
			context: keys{"aws:RequestTag/Project": {deployer.Project}}},
		{what: "another application's file system", action: "elasticfilesystem:DeleteFileSystem",
			arn: "arn:aws:elasticfilesystem" + here + "file-system/fs-1", context: keys{other: {"shop"}}},
		{what: "the tag of another application's file system", action: "elasticfilesystem:TagResource",
			arn:     "arn:aws:elasticfilesystem" + here + "file-system/fs-1",
			context: keys{"aws:RequestTag/Project": {deployer.Project}}},
		{what: "another's broker", action: "mq:DeleteBroker", arn: "arn:aws:mq" + here + "broker:shop:b-1"},
		{what: "another's certificate", action: "acm:DeleteCertificate", arn: "arn:aws:acm" + here + "certificate/1"},
		{what: "another's database", action: "rds:DeleteDBCluster", arn: "arn:aws:rds" + here + "cluster:shop"},
		{what: "another's snapshot", action: "rds:DeleteDBClusterSnapshot",
			arn: "arn:aws:rds" + here + "cluster-snapshot:shop"},
		{what: "a restore to another application's cluster name", action: "rds:RestoreDBClusterFromSnapshot",
			arn: "arn:aws:rds" + here + "cluster:shop"},
		{what: "another's bucket", action: "s3:DeleteBucket", arn: "arn:aws:s3:::shop"},
	} {
		got := allowed(c.action, subject{arn: c.arn, context: c.context})
		assert.False(t, got.Allowed, "%s: %s on %s is allowed by %s", c.what, c.action, c.arn, got.By)
	}
}
