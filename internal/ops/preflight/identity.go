package preflight

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	deployerpolicy "github.com/morpheus-ha/morpheus-aws/docs/deployer-policy"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
)

func (s *Subject) identityChecks() []check.Check {
	const group = "identity"
	return []check.Check{
		{
			ID: "identity", Group: group, Severity: check.Error,
			Asks: "are the credentials of the configured account?",
			Do:   "choose the profile of the account (AWS_PROFILE), or correct aws.accountId",
			Run:  s.identity,
		},
		{
			ID: "session-length", Group: group, Severity: check.Warning,
			Asks: "does the session last as long as a first update?",
			Do:   "renew the session, and let the role and the log-in give longer ones: docs/account.md, \"Credentials that last\"",
			Run:  s.sessionLength,
		},
		{
			ID: "permissions", Group: group, Severity: check.Error,
			Asks: "may the identity do what the deployer policies allow?",
			Do:   "attach the policies of docs/deployer-policy to the role, or find the boundary or the organisation's policy that denies",
			Run:  s.permissions,
		},
	}
}

func (s *Subject) identity(ctx context.Context) (check.Result, error) {
	who, err := s.Account.STS().GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return check.Result{}, err
	}
	if got := aws.ToString(who.Account); got != s.Config.AWS.AccountID {
		return check.Finding("the credentials are of account %s, and aws.accountId is %s", got, s.Config.AWS.AccountID), nil
	}
	return check.Pass("%s", aws.ToString(who.Arn)), nil
}

// dataTiers is how long the data tiers take before the nodes begin (docs/account.md).
const dataTiers = 30 * time.Minute

// updateLength is how long a first update takes in the worst case.
func (s *Subject) updateLength() time.Duration {
	c := s.Config.Cluster
	return dataTiers + time.Duration((c.MinSize+1)*c.BootTimeoutMinutes+10)*time.Minute
}

func (s *Subject) sessionLength(ctx context.Context) (check.Result, error) {
	need := s.updateLength()
	expires, known, err := s.Account.Expires(ctx)
	if err != nil {
		return check.Result{}, err
	}
	if known {
		left := expires.Sub(s.Now).Round(time.Minute)
		if left < need {
			return check.Finding("the session ends in %s, and a first update may take %s", left, need), nil
		}
		return check.Pass("the session lasts for %s, a first update for at most %s", left, need), nil
	}
	role, err := s.role(ctx)
	switch {
	case err != nil:
		return check.Result{}, err
	case role == nil:
		return check.Pass("the credentials are of no role and do not expire"), nil
	}
	longest := time.Duration(aws.ToInt32(role.MaxSessionDuration)) * time.Second
	if longest < need {
		return check.Finding("sessions of the role %s last %s at most, and a first update may take %s",
			aws.ToString(role.RoleName), longest, need), nil
	}
	return check.Pass("sessions of the role %s may last %s; when this one ends is not known", aws.ToString(role.RoleName),
		longest), nil
}

// role returns the role of the session; nil for a user.
func (s *Subject) role(ctx context.Context) (*types.Role, error) {
	who, err := s.Account.STS().GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return nil, err
	}
	_, session, isRole := strings.Cut(aws.ToString(who.Arn), ":assumed-role/")
	if !isRole {
		return nil, nil //nolint:nilnil // no role
	}
	name, _, _ := strings.Cut(session, "/")
	found, err := s.Account.IAM().GetRole(ctx, &iam.GetRoleInput{RoleName: &name})
	if err != nil {
		return nil, err
	}
	return found.Role, nil
}

// statement is one of a deployer policy.
type statement struct {
	Action, Resource []string
	Condition        map[string]map[string][]string
}

// statements of the deployer policies.
func statements() ([]statement, error) {
	names, err := fs.Glob(deployerpolicy.Files, "*.json")
	if err != nil {
		return nil, err
	}
	var out []statement
	for _, name := range names {
		text, err := deployerpolicy.Files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var document struct{ Statement []statement }
		if err := json.Unmarshal(text, &document); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out = append(out, document.Statement...)
	}
	return out, nil
}

// simulations is the number of simulations at the same time. IAM throttles early.
const simulations = 4

func (s *Subject) permissions(ctx context.Context) (check.Result, error) {
	who, err := s.Account.STS().GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return check.Result{}, err
	}
	arn := aws.ToString(who.Arn)
	if strings.HasSuffix(arn, ":root") {
		return check.Warn("the credentials are those of the root user, who may do everything; use a role"), nil
	}
	role, err := s.role(ctx)
	if err != nil {
		return check.Result{}, err
	}
	if role != nil {
		arn = aws.ToString(role.Arn)
	}
	all, err := statements()
	if err != nil {
		return check.Result{}, err
	}
	var (
		mu     sync.Mutex
		denied []string
		failed error
		group  sync.WaitGroup
		asked  int
	)
	slots := make(chan struct{}, simulations)
	for _, st := range all {
		asked += len(st.Action)
		group.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			not, err := s.simulate(ctx, arn, st)
			mu.Lock()
			defer mu.Unlock()
			denied, failed = append(denied, not...), errors.Join(failed, err)
		})
	}
	group.Wait()
	if failed != nil {
		if account.IsCode(failed, "NoSuchEntity") {
			return check.Result{}, fmt.Errorf("IAM cannot simulate for %s: %w", arn, failed)
		}
		return check.Result{}, failed
	}
	slices.Sort(denied)
	return check.Judge(slices.Compact(denied), "%d permissions of %d statements are allowed", asked, len(all)), nil
}

// simulate returns what IAM would deny of a statement.
func (s *Subject) simulate(ctx context.Context, arn string, st statement) ([]string, error) {
	input := &iam.SimulatePrincipalPolicyInput{PolicySourceArn: &arn, ActionNames: st.Action}
	for _, resource := range st.Resource {
		input.ResourceArns = append(input.ResourceArns, s.example(resource))
	}
	for operator, keys := range st.Condition {
		for key, values := range keys {
			input.ContextEntries = append(input.ContextEntries, s.contextEntry(operator, key, values))
		}
	}
	var denied []string
	pages := iam.NewSimulatePrincipalPolicyPaginator(s.Account.IAM(), input)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, result := range page.EvaluationResults {
			if result.EvalDecision != types.PolicyEvaluationDecisionTypeAllowed {
				denied = append(denied, fmt.Sprintf("%s is %s", aws.ToString(result.EvalActionName), result.EvalDecision))
			}
		}
	}
	return denied, nil
}

// contextEntry is a condition key with a value that meets the condition.
func (s *Subject) contextEntry(operator, key string, values []string) types.ContextEntry {
	entry := types.ContextEntry{ContextKeyName: &key, ContextKeyType: types.ContextKeyTypeEnumString}
	switch operator {
	case "Bool":
		entry.ContextKeyType, entry.ContextKeyValues = types.ContextKeyTypeEnumBoolean, values
	case "Null": // the key must exist
		entry.ContextKeyValues = []string{"CreateVpc"}
	default:
		for _, value := range values[:1] {
			entry.ContextKeyValues = append(entry.ContextKeyValues, s.example(value))
		}
	}
	return entry
}

// example replaces the wildcards of a pattern by values of the stack.
func (s *Subject) example(pattern string) string {
	if pattern == "*" {
		return pattern
	}
	parts := strings.SplitN(pattern, ":", 6)
	if len(parts) == 6 && parts[0] == "arn" {
		for i, value := range map[int]string{1: s.partition(), 3: s.Config.AWS.Region, 4: s.Config.AWS.AccountID} {
			if parts[i] == "*" {
				parts[i] = value
			}
		}
		pattern = strings.Join(parts, ":")
	}
	return strings.ReplaceAll(pattern, "*", s.Config.Stack)
}

// partition of the region.
func (s *Subject) partition() string {
	for prefix, partition := range map[string]string{
		"cn-": "aws-cn", "us-gov-": "aws-us-gov", "us-iso-": "aws-iso", "us-isob-": "aws-iso-b", "eusc-": "aws-eusc",
		"us-isof-": "aws-iso-f", "eu-isoe-": "aws-iso-e",
	} {
		if strings.HasPrefix(s.Config.AWS.Region, prefix) {
			return partition
		}
	}
	return "aws"
}
