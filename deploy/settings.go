package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// settings is the configuration. Pulumi.yaml describes the keys.
type settings struct {
	Region, AccountID   string
	Stacks              []string
	TemporaryStacks     []string
	GitHubRepository    string
	PulumiOrganization  string
	ProvidersExist      bool
	PermissionsBoundary string
	SessionHours        int
	StateBucket         bool
}

// namespace of the configuration: the name in Pulumi.yaml.
const namespace = "morpheus-delivery"

// load reads the configuration and reports all mistakes at once. The engine has checked the types of the keys and
// filled in the defaults.
func load(ctx *pulumi.Context) (settings, error) {
	var s settings
	var errs []error
	for key, into := range map[string]any{
		"region": &s.Region, "accountId": &s.AccountID, "stacks": &s.Stacks, "githubRepository": &s.GitHubRepository,
		"pulumiOrganization": &s.PulumiOrganization, "providersExist": &s.ProvidersExist,
		"permissionsBoundary": &s.PermissionsBoundary, "sessionHours": &s.SessionHours, "stateBucket": &s.StateBucket,
		"temporaryStacks": &s.TemporaryStacks,
	} {
		value, given := ctx.GetConfig(namespace + ":" + key)
		text, isText := into.(*string)
		switch {
		case !given:
		case isText:
			*text = value
		default:
			if err := json.Unmarshal([]byte(value), into); err != nil {
				errs = append(errs, fmt.Errorf("%s: must have the type of Pulumi.yaml, got %q: %w", key, value, err))
			}
		}
	}
	return s, errors.Join(append(errs, s.check())...)
}

// stackName has the characters of a stack's name that are safe in a role's name and in a condition without wildcards.
const stackName = `^[a-z0-9][a-z0-9-]{0,30}$`

func (s settings) check() error {
	var errs []error
	must := func(ok bool, key, rule string, got any, why string) {
		if !ok {
			errs = append(errs, fmt.Errorf("%s: must be %s, got %q: %s", key, rule, fmt.Sprint(got), why))
		}
	}
	is := func(pattern, text string) bool { return regexp.MustCompile(pattern).MatchString(text) }
	must(is(`^[a-z]{2}(-[a-z]+)+-\d$`, s.Region), "region", "a region such as us-east-1", s.Region, "the stacks are there")
	must(is(`^\d{12}$`, s.AccountID), "accountId", "twelve digits in quotes", s.AccountID, "no other account is touched")
	must(len(s.Stacks) > 0, "stacks", "one or more names", s.Stacks, "each gets roles of its own")
	for i, stack := range s.Stacks {
		must(is(stackName, stack), fmt.Sprintf("stacks[%d]", i), "up to 31 lower-case letters, digits and -", stack,
			"a wildcard would let other stacks assume its roles")
	}
	for i, stack := range s.TemporaryStacks {
		must(slices.Contains(s.Stacks, stack), fmt.Sprintf("temporaryStacks[%d]", i), "one of stacks", stack,
			"a stack without roles cannot be destroyed with them")
		must(s.PulumiOrganization != "", fmt.Sprintf("temporaryStacks[%d]", i), "given with pulumiOrganization only", stack,
			"only Pulumi Cloud destroys a stack when its time is over")
	}
	must(s.GitHubRepository == "" || is(`^[A-Za-z0-9][\w.-]*/[\w.-]+$`, s.GitHubRepository), "githubRepository",
		"owner/name or empty", s.GitHubRepository, "a wildcard would let other repositories assume the roles")
	must(s.PulumiOrganization == "" || is(`^[A-Za-z0-9][\w-]*$`, s.PulumiOrganization), "pulumiOrganization",
		"a name or empty", s.PulumiOrganization, "a wildcard would let other organisations assume the roles")
	must(s.GitHubRepository+s.PulumiOrganization != "" || s.StateBucket, "githubRepository",
		"given, or pulumiOrganization or stateBucket", "", "there is nothing to create otherwise")
	must(s.PermissionsBoundary == "" || is(`^arn:[a-z-]+:iam::\d{12}:policy/.+$`, s.PermissionsBoundary),
		"permissionsBoundary", "the ARN of a policy or empty", s.PermissionsBoundary, "IAM takes nothing else")
	must(s.SessionHours >= 1 && s.SessionHours <= 12, "sessionHours", "1 to 12", s.SessionHours,
		"IAM allows no other session")
	return errors.Join(errs...)
}
