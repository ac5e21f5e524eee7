package tests

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/deployer"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/harness"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/provider"
)

// world is the resources of a run as IAM sees them.
type world struct {
	partition, region, account string
	actions                    map[string]iamAction
	// arns by "iam:role/name", "autoscaling:group/name"; tagged are the ARNs with the program's tag.
	arns   map[string]string
	tagged map[string]bool
	trust  map[string][]string // by the ARN of the role
	named  map[*registered]map[string][]string
}

// aRecoveryPoint is a recovery point of the stack. The plan gives it the tags of the stack.
const aRecoveryPoint = "recovery-point:0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"

func newWorld(t *testing.T, r *recorder) *world {
	t.Helper()
	w := &world{
		actions: iamActions(t),
		arns:    map[string]string{},
		tagged:  map[string]bool{},
		trust:   map[string][]string{},
		named:   map[*registered]map[string][]string{},
	}
	secret := strings.Split(r.OfType("secretsmanager/secret:Secret")[0].Output("arn"), ":")
	w.partition, w.region, w.account = secret[1], secret[3], secret[4]
	w.tagged[w.arn("backup", aRecoveryPoint)] = true
	for _, res := range r.All() {
		if len(harness.ValuesAt(provider.Plain(res.State), "tagsAll.Project")) > 0 {
			w.tagged[w.own(res)] = true
		}
		switch res.Token {
		case awstoken.IAMRole:
			w.arns["role/"+res.Output("name")] = res.Output("arn")
			trust, _ := res.Get("assumeRolePolicy").(string)
			w.trust[res.Output("arn")] = aName.FindAllString(trust, -1)
		case awstoken.IAMInstanceProfile:
			w.arns["profile"] = res.Output("arn")
		case awstoken.BackupRestoreTestPlan:
			w.arns["tests/"+res.Output("name")] = res.Output("arn")
		case awstoken.AutoScalingGroup:
			w.arns["group/"+res.Output("name")] = res.Output("arn")
		}
	}
	return w
}

// idKind is the prefix of a resource type's ids, and their place in its ARN.
type idKind struct{ prefix, service, kind string }

// idKinds are the kinds of EC2 and EFS, the longest prefix first. The records have the patterns of ids and ARNs.
var idKinds = sync.OnceValue(func() []idKind {
	// Types without an ARN in the provider's state.
	out := []idKind{
		{prefix: "nat-", service: "ec2", kind: "natgateway"},
		{prefix: "tgw-", service: "ec2", kind: "transit-gateway"},
	}
	for _, typ := range awstypes.All() {
		prefix, hasDigits := strings.CutSuffix(typ.Simulation.ID, "{hex17}")
		service, _, _ := strings.Cut(typ.Simulation.ARN, ":")
		rest, hasID := strings.CutSuffix(typ.Simulation.ARN, "/{id}")
		if hasDigits && hasID {
			out = append(out, idKind{prefix: prefix, service: service, kind: rest[strings.LastIndex(rest, ":")+1:]})
		}
	}
	slices.SortFunc(out, func(a, b idKind) int { return len(b.prefix) - len(a.prefix) })
	return out
})

var (
	anID      = regexp.MustCompile(`^[a-z-]+-[0-9a-f]{17}$`)
	aListener = regexp.MustCompile(`:listener/([^/]+)$`)
)

func (w *world) arn(service, rest string) string {
	return strings.Join([]string{"arn", w.partition, service, w.region, w.account, rest}, ":")
}

// own returns the ARN of a resource as AWS formats it; empty if it has none.
func (w *world) own(res *registered) string {
	arn := res.Output("arn")
	if m := aListener.FindStringSubmatch(arn); m != nil { // the simulator leaves the load balancer out of the ARN
		return strings.Replace(res.Output("loadBalancerArn"), ":loadbalancer/", ":listener/", 1) + "/" + m[1]
	}
	if arn == "" && anID.MatchString(res.ID) {
		return w.byID(res.ID)
	}
	return arn
}

// byID returns the ARN for an id of EC2 or EFS; empty for an id of another service.
func (w *world) byID(id string) string {
	for _, known := range idKinds() {
		if strings.HasPrefix(id, known.prefix) {
			return w.arn(known.service, known.kind+"/"+id)
		}
	}
	return ""
}

// kindOf returns the kind of an ARN, such as "rds:cluster".
func kindOf(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" {
		return ""
	}
	service, rest := parts[2], parts[5]
	switch {
	case service == "sns" && !strings.Contains(rest, ":"):
		return "sns:topic"
	case service == "s3" && !strings.Contains(rest, "/"):
		return "s3:bucket"
	case service == "wafv2":
		return "wafv2:webacl"
	}
	return service + ":" + rest[:max(0, strings.IndexAny(rest+"/", ":/"))]
}

// names returns the ARN of a resource and of every resource in its state, by kind; its own comes first.
func (w *world) names(res *registered) map[string][]string {
	if w.named[res] != nil {
		return w.named[res]
	}
	out := map[string][]string{}
	w.named[res] = out
	add := func(arn string) {
		if kind := kindOf(arn); kind != "" && !slices.Contains(out[kind], arn) {
			out[kind] = append(out[kind], arn)
		}
	}
	add(w.own(res))
	visit("", resource.NewProperty(res.State), false, func(path, text string, _ bool) {
		if strings.HasPrefix(text, "arn:") && !aListener.MatchString(text) && !strings.ContainsAny(text, " *\n") {
			add(text)
		}
		if anID.MatchString(text) {
			add(w.byID(text))
		}
		switch strings.TrimPrefix(path, ".") {
		case "dbClusterParameterGroupName":
			add(w.arn("rds", "cluster-pg:"+text))
		case "dbSubnetGroupName":
			add(w.arn("rds", "subgrp:"+text))
		case "dbParameterGroupName":
			add(w.arn("rds", "pg:"+text))
		case "clusterIdentifier":
			add(w.arn("rds", "cluster:"+text))
		case "finalSnapshotIdentifier":
			add(w.arn("rds", "cluster-snapshot:"+text))
		case "autoscalingGroupName":
			add(w.arns["group/"+text])
		case "backupVaultName":
			add(w.arn("backup", "backup-vault:"+text))
		case "restoreTestingPlanName":
			add(w.arns["tests/"+text])
		case "planId":
			add(w.arn("backup", "backup-plan:"+text))
		case "role":
			add(w.arns["role/"+text])
		case "logGroupName":
			add(w.arn("logs", "log-group:"+text))
		case "rule":
			add(w.arn("events", "rule/"+text))
		case "bucket":
			add("arn:" + w.partition + ":s3:::" + text)
		case "zoneId":
			add("arn:" + w.partition + ":route53:::hostedzone/" + text)
		}
	})
	for _, bucket := range out["s3:bucket"] {
		out["s3:object"] = append(out["s3:object"], bucket+"/any/object")
	}
	return out
}

// others returns the ARN of a resource without the program's tag: AWS services create it, or the program looks it up.
func (w *world) others(kind string) string {
	switch kind {
	case "ec2:network-interface", "ec2:instance", "ec2:vpc-endpoint", "ec2:security-group":
		return w.arn("ec2", strings.TrimPrefix(kind, "ec2:")+"/others-1")
	case "secretsmanager:secret":
		return w.arn("secretsmanager", "secret:rds!cluster-0f1e2d3c-AbCdEf")
	case "backup:recovery-point":
		return w.arn("backup", aRecoveryPoint)
	case "kms:key":
		return w.arn("kms", "key/0f1e2d3c-0000-0000-0000-000000000000")
	case "route53:hostedzone":
		return "arn:" + w.partition + ":route53:::hostedzone/Z0OTHERS"
	case "route53:change":
		return "arn:" + w.partition + ":route53:::change/C1"
	case "iam:instance-profile":
		return w.arns["profile"]
	case "iam:role":
		for name, arn := range w.arns {
			if strings.HasPrefix(name, "role/morpheus-") && strings.Contains(name, "-access-node-") {
				return arn
			}
		}
	}
	return ""
}

// kinds maps resource kinds of IAM's lists to kinds in ARNs, where they differ in name or service.
var kinds = map[string]string{
	"mq:brokers": "mq:broker", "wafv2:loadbalancer": "elasticloadbalancing:loadbalancer", "route53:vpc": "ec2:vpc",
	"secretsmanager:Secret": "secretsmanager:secret", "events:rule-on-default-event-bus": "events:rule",
	"backup:backupVault": "backup:backup-vault", "backup:restoreTestingPlan": "backup:restore-testing-plan",
	"backup:backupPlan": "backup:backup-plan", "backup:recoveryPoint": "backup:recovery-point",
}

// subjects returns the ARNs that IAM checks when an action is called for a resource, with the condition keys.
func (w *world) subjects(res *registered, action string) []subject {
	facts, about := w.actions[action], []string{}
	service, name, _ := strings.Cut(action, ":")
	names := w.names(res)
	switch {
	case len(facts.resources) == 0:
		about = append(about, "*")
	case action == "iam:PassRole": // a group passes the role of its launch template
		about = slices.DeleteFunc(slices.Clone(names["iam:role"]),
			func(arn string) bool { return w.trust[arn] == nil })
		if len(about) == 0 && res.Token != awstoken.RDSClusterInstance {
			about = append(about, w.others("iam:role"))
		}
	case facts.level == "Tagging" && strings.Split(w.own(res)+":::", ":")[2] == service &&
		!strings.HasPrefix(res.Token, "aws:iam/serviceLinked"):
		about = append(about, w.own(res))
	default:
		for _, kind := range facts.resources {
			kind, _, _ = strings.Cut(kind, "/")
			kind = service + ":" + kind
			if other := kinds[kind]; other != "" {
				kind = other
			}
			about = append(about, names[kind]...)
		}
		for _, kind := range facts.resources {
			if other := w.others(service + ":" + kind); len(about) == 0 && other != "" {
				about = append(about, other)
			} else if other := w.others(kinds[service+":"+kind]); len(about) == 0 && other != "" {
				about = append(about, other)
			}
		}
	}
	var out []subject
	for _, arn := range about {
		for _, context := range w.contexts(res, action, name, arn) {
			out = append(out, subject{arn, context})
		}
	}
	return out
}

// atOnce are actions that the provider calls right after the creation, before IAM sees the tags: KMS takes minutes.
var atOnce = []string{
	"kms:TagResource",
	"kms:EnableKeyRotation",
	"kms:CreateAlias",
	"mq:CreateTags",
	"acm:AddTagsToCertificate",
}

// contexts returns the condition keys of a call, one set for each way in which it happens.
func (w *world) contexts(res *registered, action, name, arn string) []keys {
	base := keys{}
	switch service, _, _ := strings.Cut(action, ":"); {
	case action == "iam:PassRole":
		base["iam:PassedToService"] = w.trust[arn]
	case service == "lambda":
		base["lambda:Principal"] = []string{res.Output("principal")}
	case action == "iam:CreateServiceLinkedRole":
		base["iam:AWSServiceName"] = []string{res.Output("awsServiceName")}
	case action == "iam:AttachRolePolicy" || action == "iam:DetachRolePolicy":
		base["iam:PolicyARN"] = []string{res.Output("policyArn")}
	case service == "kms" && !strings.HasPrefix(res.Token, "aws:kms/"):
		base["kms:GrantIsForAWSResource"] = []string{"true"}
		via := map[string]string{"efs": "elasticfilesystem", "opensearch": "es"}
		of, _, _ := strings.Cut(strings.TrimPrefix(res.Token, "aws:"), "/")
		if via[of] != "" {
			of = via[of]
		}
		suffix := map[bool]string{true: "amazonaws.com.cn", false: "amazonaws.com"}[w.partition == "aws-cn"]
		base["kms:ViaService"] = []string{of + "." + w.region + "." + suffix}
	}
	with := func(key, value string) keys {
		out := maps.Clone(base)
		out[key] = []string{value}
		return out
	}
	later := base
	if w.tagged[arn] {
		later = with("aws:ResourceTag/Project", deployer.Project)
	}
	switch {
	case res.Token == awstoken.EC2DefaultSecurityGroup && action == "ec2:CreateTags":
		return []keys{with("aws:RequestTag/Project", deployer.Project), later}
	case action == "ec2:CreateTags" && w.own(res) == arn:
		return []keys{with("ec2:CreateAction", "Create"), later}
	case action == "ec2:CreateTags": // on the instances of a group
		return []keys{with("ec2:CreateAction", "RunInstances")}
	case action == "elasticfilesystem:TagResource":
		return []keys{with("elasticfilesystem:CreateAction", "CreateFileSystem"), later}
	case slices.Contains(atOnce, action):
		return []keys{base, later}
	case strings.HasPrefix(name, "Create") && w.own(res) == arn:
		return []keys{base}
	}
	return []keys{later}
}
