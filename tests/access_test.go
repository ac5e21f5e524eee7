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

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/evaluate"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/harness"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
)

// managed are the AWS managed policies that the program attaches. Their resources have no partition.
// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonRDSEnhancedMonitoringRole.html
var managed = map[string]string{
	// The statements about the services of the stack, of some thirty.
	// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSBackupServiceRolePolicyForBackup.html
	"service-role/AWSBackupServiceRolePolicyForBackup": `{"Version": "2012-10-17", "Statement": [
		{"Effect": "Allow", "Action": [
			"rds:AddTagsToResource", "rds:ListTagsForResource", "rds:CreateDBClusterSnapshot", "rds:CopyDBClusterSnapshot",
			"rds:DescribeDBClusters", "rds:DescribeDBClusterSnapshots"], "Resource": ["*"]},
		{"Effect": "Allow", "Action": ["elasticfilesystem:Backup", "elasticfilesystem:DescribeTags"],
			"Resource": ["arn:${partition}:elasticfilesystem:*:*:file-system/*"]},
		{"Effect": "Allow", "Action": ["backup:DescribeBackupVault", "backup:CopyIntoBackupVault"],
			"Resource": ["arn:${partition}:backup:*:*:backup-vault:*"]},
		{"Effect": "Allow", "Action": ["kms:DescribeKey"], "Resource": ["*"]},
		{"Effect": "Allow", "Action": ["kms:CreateGrant"], "Resource": ["*"],
			"Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}}}]}`,
	// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSBackupServiceRolePolicyForRestores.html
	"service-role/AWSBackupServiceRolePolicyForRestores": `{"Version": "2012-10-17", "Statement": [
		{"Effect": "Allow", "Action": [
			"rds:AddTagsToResource", "rds:ListTagsForResource", "rds:RestoreDBClusterFromSnapshot", "rds:DescribeDBClusters",
			"rds:DeleteDBCluster", "rds:DescribeDBClusterSnapshots"], "Resource": ["*"]},
		{"Effect": "Allow", "Action": [
			"elasticfilesystem:Restore", "elasticfilesystem:CreateFileSystem", "elasticfilesystem:DescribeFileSystems",
			"elasticfilesystem:DeleteFileSystem", "elasticfilesystem:TagResource"],
			"Resource": ["arn:${partition}:elasticfilesystem:*:*:file-system/*"]},
		{"Effect": "Allow", "Action": ["kms:DescribeKey"], "Resource": ["*"]},
		{"Effect": "Allow", "Action": ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:DescribeKey"], "Resource": ["*"],
			"Condition": {"StringLike": {"kms:ViaService": ["elasticfilesystem.*.amazonaws.com", "rds.*.amazonaws.com"]}}},
		{"Effect": "Allow", "Action": ["kms:CreateGrant"], "Resource": ["*"],
			"Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}}}]}`,
	"service-role/AmazonRDSEnhancedMonitoringRole": `{"Version": "2012-10-17", "Statement": [
		{"Effect": "Allow", "Action": ["logs:CreateLogGroup", "logs:PutRetentionPolicy"],
			"Resource": ["arn:${partition}:logs:*:*:log-group:RDS*"]},
		{"Effect": "Allow", "Action": [
			"logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams", "logs:GetLogEvents"],
			"Resource": ["arn:${partition}:logs:*:*:log-group:RDS*:log-stream:*"]}]}`,
}

const administrates = `{"Version": "2012-10-17", "Statement": [{"Sid": "All", "Effect": "Allow", "Action": ` +
	`["kms:*", "iam:*"], "Resource": "*"}]}`

// document is a policy with its text and the resource that it is written in.
type document struct {
	*evaluate.Policy
	text, where string
}

// permissions are all policies of a recorded run, by the object that they are attached to.
type permissions struct {
	r                 *recorder
	partition, region string
	suffix            string
	// identity are the policies of roles, and arns the ARNs of roles, by logical name.
	identity map[string][]document
	arns     map[string]string
	// resource are the policies of keys, roles (trust policies), file systems, topics and buckets by ARN; logs is the
	// resource policy of CloudWatch Logs, which applies to all log groups.
	resource map[string]document
	logs     document
	boundary *document
}

func permissionsOf(t *testing.T, r *recorder) *permissions {
	t.Helper()
	p := &permissions{
		r: r, partition: r.Account.Partition, suffix: r.Account.DNSSuffix(),
		region:   r.OfType(harness.AWSProvider)[0].Get("region").(string),
		identity: map[string][]document{}, arns: map[string]string{}, resource: map[string]document{},
	}
	byName := map[string]string{}
	for _, role := range r.OfType("iam/role:Role") {
		p.arns[role.Name], byName[role.Output("name")] = role.Output("arn"), role.Name
		p.resource[role.Output("arn")] = p.read(t, role, "assumeRolePolicy")
		p.identity[role.Name] = nil
	}
	attach := func(res *registered, d document) {
		role := byName[res.Get("role").(string)]
		require.NotEmpty(t, role, "%s must be attached to a role of the program", res.Name)
		p.identity[role] = append(p.identity[role], d)
	}
	for _, res := range r.OfType("iam/rolePolicy:RolePolicy") {
		attach(res, p.read(t, res, "policy"))
	}
	for _, res := range r.OfType("iam/rolePolicyAttachment:RolePolicyAttachment") {
		_, name, _ := strings.Cut(res.Get("policyArn").(string), ":policy/")
		require.Contains(t, managed, name, "%s: add the policy's statements to the table managed", res.Name)
		attach(res, p.parse(t, strings.ReplaceAll(managed[name], "${partition}", p.partition), name))
	}
	for _, key := range r.OfType("kms/key:Key") {
		p.resource[key.Output("arn")] = p.read(t, key, "policy")
	}
	for _, res := range r.OfType("efs/fileSystemPolicy:FileSystemPolicy") {
		for _, files := range r.OfType("efs/fileSystem:FileSystem") {
			p.resource[files.Output("arn")] = p.read(t, res, "policy")
		}
	}
	for _, res := range r.OfType("sns/topicPolicy:TopicPolicy") {
		p.resource[res.Get("arn").(string)] = p.read(t, res, "policy")
	}
	for _, res := range r.OfType("s3/bucketPolicy:BucketPolicy") {
		for _, bucket := range r.OfType("s3/bucketV2:BucketV2") {
			if bucket.Output("bucket") == res.Get("bucket") {
				p.resource[bucket.Output("arn")] = p.read(t, res, "policy")
			}
		}
	}
	for _, res := range r.OfType("cloudwatch/logResourcePolicy:LogResourcePolicy") {
		p.logs = p.read(t, res, "policyDocument")
	}
	p.identity[scaling], p.identity[stranger] = nil, nil
	p.identity[admin] = []document{p.parse(t, administrates, "")}
	p.arns[scaling] = p.fill("arn:${partition}:iam::${account}:role/aws-service-role/autoscaling.amazonaws.com/"+
		"AWSServiceRoleForAutoScaling", "")
	p.arns[admin], p.arns[stranger] = p.fill(roleARN+"administrator", ""), p.fill(roleARN+"stranger", "")
	return p
}

func (p *permissions) read(t *testing.T, res *registered, property string) document {
	t.Helper()
	return p.parse(t, res.Get(property).(string), res.Name+" "+property)
}

func (p *permissions) parse(t *testing.T, text, where string) document {
	t.Helper()
	policy, err := evaluate.Parse(text)
	require.NoError(t, err, where)
	return document{Policy: policy, text: text, where: where}
}

// fill replaces the placeholders in a text of the tables with values of the run.
func (p *permissions) fill(text, key string) string {
	pairs := []string{
		"${account}", simaws.AccountID, "${partition}", p.partition, "${suffix}", p.suffix, "${region}", p.region,
		"${stack}", p.r.Stack, "${group}", "morpheus-" + p.r.Stack, "${key}", key,
	}
	for rest := text; strings.Contains(rest, "${"); {
		_, after, _ := strings.Cut(rest, "${")
		expression, more, _ := strings.Cut(after, "}")
		rest = more
		if name, property, found := strings.Cut(expression, "."); found {
			pairs = append(pairs, "${"+expression+"}", p.answered(name, property))
		}
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// answered returns an output of a resource. In the property's path, any index means the first item of a list.
func (p *permissions) answered(name, property string) string {
	for _, res := range p.r.All() {
		if res.Name != name {
			continue
		}
		var value any = res.State.Mappable()
		for part := range strings.SplitSeq(property, ".") {
			switch v := value.(type) {
			case map[string]any:
				value = v[part]
			case []any:
				value = v[0]
			default:
				value = nil
			}
		}
		switch {
		case property == "id":
			return res.ID
		case value != nil:
			return fmt.Sprint(value)
		}
	}
	return "the program has no " + name + "." + property
}

// decided is one case: a request, the policies that apply to it, and the decision.
type decided struct {
	row      call
	request  evaluate.Request
	policies evaluate.Policies
	// identity and resource are the texts of these policies.
	identity []string
	resource string
	evaluate.Decision
}

func (d decided) String() string {
	context, _ := json.Marshal(d.request.Context)
	return fmt.Sprintf("%s: %s on %s with %s", d.row.who, d.request.Action, d.request.Resource, context)
}

// cases returns the cases of a table: one for each action of a row and, if the row has ${key}, for each key.
func (p *permissions) cases(t *testing.T, table []call) []decided {
	t.Helper()
	var out []decided
	for _, row := range table {
		keys := []string{""}
		if strings.Contains(row.on, "${key}") {
			keys = nil
			for _, key := range p.r.OfType("kms/key:Key") {
				keys = append(keys, key.Output("arn"))
			}
		}
		for _, key := range keys {
			for action := range strings.FieldsSeq(row.actions) {
				out = append(out, p.decide(t, row, action, key))
			}
		}
	}
	return out
}

func (p *permissions) decide(t *testing.T, row call, action, key string) decided {
	t.Helper()
	c := decided{row: row, request: evaluate.Request{
		Principal: p.fill(row.who, key), Account: simaws.AccountID, Action: action, Resource: p.fill(row.on, key),
		Context: map[string][]string{},
	}}
	require.NotContains(t, c.request.Resource, "the program has no", "%s: the table names a missing resource", c)
	if arn := p.arns[row.who]; arn != "" {
		c.request.Principal = arn
	} else {
		require.Contains(t, row.who, ".", "%s is neither a role of the program nor a service", row.who)
	}
	for name, value := range row.with {
		c.request.Context[name] = []string{p.fill(value, key)}
	}
	for _, d := range p.identity[row.who] {
		c.policies.Identity = append(c.policies.Identity, d.Policy)
		c.identity = append(c.identity, d.text)
	}
	if p.boundary != nil {
		c.policies.Boundary = p.boundary.Policy
	}
	on, has := p.resource[c.request.Resource]
	if strings.HasPrefix(action, "s3:") { // a bucket policy applies to the objects too
		bucket, _, _ := strings.Cut(c.request.Resource, "/")
		on, has = p.resource[bucket]
	}
	if strings.HasPrefix(action, "logs:") {
		on, has = p.logs, p.logs.Policy != nil
	}
	// IAM actions on a role are not decided by its trust policy, which only applies to AssumeRole.
	if has && (action == "sts:AssumeRole" || !strings.Contains(c.request.Resource, ":role/")) {
		c.policies.Resource, c.resource = on.Policy, on.text
	}
	c.policies.KeyOrTrust = strings.HasPrefix(action, "kms:") || action == "sts:AssumeRole"
	c.Decision = evaluate.Decide(c.request, c.policies)
	return c
}

// documents are the policies that the program writes, without those of AWS and of the test's principals.
func (p *permissions) documents() []document {
	var out []document
	for _, role := range slices.Sorted(maps.Keys(p.identity)) {
		out = append(out, p.identity[role]...)
	}
	for _, arn := range slices.Sorted(maps.Keys(p.resource)) {
		out = append(out, p.resource[arn])
	}
	out = append(out, p.logs)
	return slices.DeleteFunc(out, func(d document) bool { return !strings.Contains(d.where, " ") })
}

// nowhere are actions that a service checks but IAM's lists do not have, so no case can test them.
var nowhere = map[string]string{
	"logs:PutLogEventsBatch": "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/createdomain-configure-slow-logs.html",
}

func TestWhoMayDoWhat(t *testing.T) {
	onJudgedStacks(t, func(t *testing.T, s judgedStack, r *recorder) {
		p := permissionsOf(t, r)
		used := map[*evaluate.Statement][]string{}
		note := func(c decided) {
			for _, s := range c.Statements {
				used[s] = append(used[s], c.request.Action)
			}
		}
		allowed := p.cases(t, s.allowed())
		for _, c := range allowed {
			assert.True(t, c.Allowed, "%s must be allowed; %s", c, c.By)
			note(c)
		}
		refused := p.cases(t, s.refused())
		for _, c := range refused {
			assert.False(t, c.Allowed, "%s must be refused; allowed by %s", c, c.By)
			note(c)
		}
		statements := 0
		for _, d := range p.documents() {
			for i := range d.Statements {
				s := &d.Statements[i]
				statements++
				assert.NotEmpty(t, used[s],
					"%s, statement %s: no case needs it: remove it, or add a case", d.where, s.Sid)
				for _, action := range s.Action {
					if nowhere[action] != "" {
						continue
					}
					assert.True(t, slices.ContainsFunc(used[s], func(a string) bool { return evaluate.ActionMatches(action, a) }),
						"%s, statement %s: no case needs %s", d.where, s.Sid, action)
				}
			}
		}
		t.Logf("%d calls allowed, %d refused; a case needs each action of the %d policies with %d statements",
			len(allowed), len(refused), len(p.documents()), statements)
	})
}

// Each role and each key has at least one allowed and one refused call.
func TestEveryRoleAndKeyHasCases(t *testing.T) {
	onJudgedStacks(t, func(t *testing.T, s judgedStack, r *recorder) {
		p := permissionsOf(t, r)
		for name, table := range map[string][]call{"intended": s.allowed(), "forbidden": s.refused()} {
			about := map[string]bool{}
			for _, c := range p.cases(t, table) {
				about[c.request.Principal], about[c.request.Resource] = true, true
			}
			for _, role := range r.OfType("iam/role:Role") {
				assert.True(t, about[role.Output("arn")], "no %s call has the role %s as its resource", name, role.Name)
			}
			for _, key := range r.OfType("kms/key:Key") {
				assert.True(t, about[key.Output("arn")], "no %s call has the key %s as its resource", name, key.Name)
			}
		}
	})
}
