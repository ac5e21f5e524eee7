package account

import (
	"fmt"
	"slices"
	"strings"
)

const (
	keyT         = "aws:kms/key:Key"
	roleT        = "aws:iam/role:Role"
	linkedRoleT  = "aws:iam/serviceLinkedRole:ServiceLinkedRole"
	profileT     = "aws:iam/instanceProfile:InstanceProfile"
	policyT      = "aws:iam/policy:Policy"
	secretT      = "aws:secretsmanager/secret:Secret" // #nosec G101 -- a type token
	logGroupT    = "aws:cloudwatch/logGroup:LogGroup"
	logPolicyT   = "aws:cloudwatch/logResourcePolicy:LogResourcePolicy"
	maxLogPolicy = 10
)

// kmsKey is a property that holds the ARN of a KMS key. Deleting the key is only scheduled, so nothing holds it.
func kmsKey(path string) Ref {
	return Ref{Path: path, To: []string{keyT}, By: "arn", NotFound: "NotFoundException: invalid keyId"}
}

func init() {
	inRole := Ref{Path: "role", To: []string{roleT}, By: "name", NotFound: "NoSuchEntity", Holds: true}
	register(
		Kind{
			Token: keyT, ID: "{uuid}", ARN: "kms:{region}:{account}:key/{id}", Took: Took{8, 2, 2},
			Rules: []Rule{
				{"key-policy-root", "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html", keyPolicyRoot},
				{"key-policy-principals", "https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html", keyPolicyPrincipals},
			},
			Outputs: func(c *Call) { c.State["keyId"] = c.self.ID },
			OnDelete: func(c *Call) error {
				c.Keep("key", c.self.ID, fmt.Sprintf("KMS key %s (pending deletion for %.0f days)", c.self.ID, numberOr(c.State["deletionWindowInDays"], 30)))
				return nil
			},
		},
		Kind{
			Token: "aws:kms/alias:Alias", ID: "{name}", ARN: "kms:{region}:{account}:{name}", Unique: "name", Took: Took{1, 1, 1},
			Refs: []Ref{{Path: "targetKeyId", To: []string{keyT}, By: "id", NotFound: "NotFoundException"}},
			Outputs: func(c *Call) {
				if k := c.ByID(keyT, c.Text("targetKeyId")); k != nil {
					c.State["targetKeyArn"] = k.State["arn"]
				}
			},
		},
		Kind{
			Token: roleT, Global: true, ID: "{name}", ARN: "iam::{account}:role/{name}", Unique: "name", Took: Took{2, 1, 2},
			// IAM notices a boundary that is not there when it makes the role.
			Refs:    []Ref{{Path: "permissionsBoundary", To: []string{policyT}, By: "arn", NotFound: "NoSuchEntity: scope ARN", Holds: true}},
			Rules:   []Rule{{"trust-policy", "https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html", trustPolicy}},
			Outputs: func(c *Call) { once(c, "uniqueId", "AROA{hex16}") },
		},
		Kind{
			Token: "aws:iam/rolePolicy:RolePolicy", Global: true, ID: "{role}:{name}", Refs: []Ref{inRole}, Took: Took{1, 1, 1},
			Rules: []Rule{{"role-policy", "https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html", rolePolicy}},
		},
		Kind{
			Token: "aws:iam/rolePolicyAttachment:RolePolicyAttachment", Global: true, ID: "{role}-{hex16}", Took: Took{1, 1, 1},
			Refs: []Ref{inRole, {Path: "policyArn", To: []string{policyT}, By: "arn", NotFound: "NoSuchEntity", Holds: true}},
		},
		Kind{
			Token: profileT, Global: true, ID: "{name}", ARN: "iam::{account}:instance-profile/{name}", Unique: "name", Took: Took{8, 1, 1},
			Refs:    []Ref{inRole},
			Outputs: func(c *Call) { once(c, "uniqueId", "AIPA{hex16}") },
		},
		Kind{
			// Policies that AWS owns exist; the program makes none of its own.
			Token: policyT, Global: true, ID: "{name}", ARN: "iam::{account}:policy/{name}", Unique: "name",
		},
		Kind{
			Token: linkedRoleT, Global: true, ID: "{id}", Took: Took{5, 1, 5},
			Rules: []Rule{{"service-linked-role-once", "https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceLinkedRole.html", linkedRoleOnce}},
			Outputs: func(c *Call) {
				name := linkedRoleName(c.Text("awsServiceName"))
				c.State["name"], c.State["path"] = name, "/aws-service-role/"+c.Text("awsServiceName")+"/"
				c.State["arn"] = c.expand("arn:{partition}:iam::{account}:role/aws-service-role/" + c.Text("awsServiceName") + "/" + name)
				once(c, "uniqueId", "AROA{hex16}")
				c.self.ID = c.State["arn"].(string)
			},
		},
		Kind{
			Token: secretT, ID: "{secretArn}", Unique: "name", Took: Took{2, 1, 1}, Refs: []Ref{kmsKey("kmsKeyId")},
			Rules: []Rule{{
				"secret-recovery-window", "https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html", recoveryWindow,
			}},
			Outputs: func(c *Call) {
				if c.Old == nil {
					c.self.ID = c.expand("arn:{partition}:secretsmanager:{region}:{account}:secret:{name}-{suffix6}")
				}
				c.State["arn"] = c.self.ID
			},
			OnDelete: func(c *Call) error {
				if days := numberOr(c.State["recoveryWindowInDays"], 30); days > 0 {
					c.Keep("secret", fmt.Sprint(c.State["name"]), fmt.Sprintf("secret %s (recoverable for %.0f days)", c.self.ID, days))
				}
				return nil
			},
		},
		Kind{
			Token: "aws:secretsmanager/secretVersion:SecretVersion", ID: "{secretId}|{hex32}", Took: Took{1, 1, 1},
			Refs: []Ref{{Path: "secretId", To: []string{secretT}, By: "arn", NotFound: "ResourceNotFoundException"}},
			Outputs: func(c *Call) {
				c.State["arn"] = c.Text("secretId")
				once(c, "versionId", "{uuid}")
				if c.State["versionStages"] == nil {
					c.State["versionStages"] = []any{"AWSCURRENT"}
				}
			},
		},
		Kind{
			Token: logGroupT, ID: "{name}", ARN: "logs:{region}:{account}:log-group:{name}", Unique: "name", Took: Took{1, 1, 1},
			Refs:  []Ref{kmsKey("kmsKeyId")},
			Rules: []Rule{{"log-group-key", "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html", logGroupKey}},
		},
		Kind{
			Token: logPolicyT, ID: "{policyName}", Unique: "policyName", Took: Took{1, 1, 1},
			Rules: []Rule{{"log-resource-policies", "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html", logPolicies}},
		},
	)
}

// once gives an output a value at the creation and keeps it afterwards.
func once(c *Call, output, pattern string) {
	if c.State[output] == nil {
		c.State[output] = c.expand(pattern)
	}
}

func numberOr(v any, otherwise float64) float64 {
	if n, ok := v.(float64); ok {
		return n
	}
	return otherwise
}

// keyPolicyRoot is the lock-out check of KMS: the account must keep a way to change the policy.
func keyPolicyRoot(c *Call) error {
	text := c.Text("policy")
	if text == "" || c.True("bypassPolicyLockoutSafetyCheck") {
		return nil
	}
	doc, err := document(text)
	if err != nil {
		return fmt.Errorf("MalformedPolicyDocumentException: %w", err)
	}
	root := c.expand("arn:{partition}:iam::{account}:root")
	for _, s := range doc.Statement {
		p, _ := s.Principal.(map[string]any)
		if s.Effect == "Allow" && slices.Contains(list(p["AWS"]), root) && covers(list(s.Action), "kms:PutKeyPolicy") {
			return nil
		}
	}
	return fmt.Errorf("MalformedPolicyDocumentException: the new key policy will not allow you to update the key policy in the future")
}

// keyPolicyPrincipals refuses a policy that names a role that is not there, as KMS does.
func keyPolicyPrincipals(c *Call) error {
	doc, err := document(c.Text("policy"))
	if err != nil {
		return nil // keyPolicyRoot has said so, or there is no policy
	}
	for _, s := range doc.Statement {
		p, _ := s.Principal.(map[string]any)
		for _, arn := range list(p["AWS"]) {
			if strings.Contains(arn, ":role/") && !c.roleExists(arn) {
				return fmt.Errorf("MalformedPolicyDocumentException: policy contains a statement with one or more invalid principals: %s", arn)
			}
		}
	}
	return nil
}

func (c *Call) roleExists(arn string) bool {
	is := func(r *Resource) bool { return r.State["arn"] == arn }
	return len(c.Find(roleT, is))+len(c.Find(linkedRoleT, is)) > 0
}

func trustPolicy(c *Call) error {
	doc, err := document(c.Text("assumeRolePolicy"))
	if err != nil || len(doc.Statement) == 0 {
		return fmt.Errorf("MalformedPolicyDocument: the trust policy is not a policy")
	}
	for _, s := range doc.Statement {
		if s.Principal == nil || s.Resource != nil {
			return fmt.Errorf("MalformedPolicyDocument: a trust policy names principals and no resources")
		}
	}
	return nil
}

func rolePolicy(c *Call) error {
	text := c.Text("policy")
	doc, err := document(text)
	if err != nil || len(doc.Statement) == 0 {
		return fmt.Errorf("MalformedPolicyDocument: the policy has no statement")
	}
	size := len(text)
	for _, other := range c.Find(c.Kind.Token, func(r *Resource) bool { return r != c.Old && r.State["role"] == c.In["role"] }) {
		text, _ := other.State["policy"].(string)
		size += len(text)
	}
	if size > 10240 { // IAM counts all inline policies of a role together
		return fmt.Errorf("LimitExceeded: maximum policy size of 10240 bytes exceeded for role %s", c.Text("role"))
	}
	for _, s := range doc.Statement {
		if s.Principal != nil {
			return fmt.Errorf("MalformedPolicyDocument: policy document should not specify a principal")
		}
		if len(list(s.Action)) == 0 || len(list(s.Resource)) == 0 || slices.Contains(list(s.Resource), "") {
			return fmt.Errorf("MalformedPolicyDocument: a statement needs actions and resources")
		}
	}
	return nil
}

// linkedRoleName is the name of the role behind a service principal.
func linkedRoleName(service string) string {
	switch service {
	case "autoscaling.amazonaws.com":
		return "AWSServiceRoleForAutoScaling"
	case "opensearchservice.amazonaws.com":
		return "AWSServiceRoleForAmazonOpenSearchService"
	default:
		return "AWSServiceRoleFor" + strings.TrimSuffix(service, ".amazonaws.com")
	}
}

func linkedRoleOnce(c *Call) error {
	service := c.Text("awsServiceName")
	taken := c.Find(linkedRoleT, func(r *Resource) bool { return r.State["awsServiceName"] == service && r != c.Old })
	if len(taken) > 0 {
		return fmt.Errorf("InvalidInput: service role name %s has been taken in this account, please try a different suffix", linkedRoleName(service))
	}
	return nil
}

func recoveryWindow(c *Call) error {
	if days := numberOr(c.In["recoveryWindowInDays"], 30); days != 0 && (days < 7 || days > 30) {
		return fmt.Errorf("InvalidParameterException: recoveryWindowInDays must be 0 or 7..30, got %.0f", days)
	}
	if name := c.Text("name"); c.Old == nil && c.IsKept("secret", name) {
		return fmt.Errorf("InvalidRequestException: you can't create this secret because a secret with the name %s is already scheduled for deletion", name)
	}
	return nil
}

// logGroupKey is the check of CloudWatch Logs that it may use the key for this group.
func logGroupKey(c *Call) error {
	arn := c.Text("kmsKeyId")
	if arn == "" {
		return nil
	}
	service := "logs." + c.Region + "."
	for _, k := range c.Find(keyT, func(r *Resource) bool { return r.State["arn"] == arn }) {
		text, _ := k.State["policy"].(string)
		doc, err := document(text)
		if err != nil {
			continue
		}
		for _, s := range doc.Statement {
			p, _ := s.Principal.(map[string]any)
			for _, name := range list(p["Service"]) {
				if s.Effect == "Allow" && strings.HasPrefix(name, service) && contextAllows(s.Condition, c) &&
					covers(list(s.Action), "kms:Encrypt") && covers(list(s.Action), "kms:Decrypt") {
					return nil
				}
			}
		}
	}
	return fmt.Errorf("AccessDeniedException: the specified KMS key does not exist or is not allowed to be used with log group %s", c.Text("name"))
}

// contextAllows looks at the encryption context that CloudWatch Logs sends: the ARN of the group.
func contextAllows(conditions map[string]map[string]any, c *Call) bool {
	group := c.expand("arn:{partition}:logs:{region}:{account}:log-group:{name}")
	for _, keys := range conditions {
		patterns := list(keys["kms:EncryptionContext:aws:logs:arn"])
		if len(patterns) > 0 && !covers(patterns, group) {
			return false
		}
	}
	return true
}

// covers says whether one of the patterns of a policy element matches a text.
func covers(patterns []string, text string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return wildcard(p, text) })
}

// wildcard matches an ARN pattern in which "*" stands for any text.
func wildcard(pattern, text string) bool {
	head, rest, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == text
	}
	if !strings.HasPrefix(text, head) {
		return false
	}
	text = text[len(head):]
	for i := 0; i <= len(text); i++ {
		if wildcard(rest, text[i:]) {
			return true
		}
	}
	return false
}

func logPolicies(c *Call) error {
	if _, err := document(c.Text("policyDocument")); err != nil {
		return fmt.Errorf("InvalidParameterException: the policy document is not a policy: %w", err)
	}
	if c.Old == nil && len(c.Find(logPolicyT, func(*Resource) bool { return true })) >= maxLogPolicy {
		return fmt.Errorf("LimitExceededException: resource limit exceeded: %d resource policies in %s", maxLogPolicy, c.Region)
	}
	return nil
}
