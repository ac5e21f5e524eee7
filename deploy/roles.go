package main

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/policy"
)

// rolePath keeps the roles out of the reach of the deployer's own policies, which name roles at the path /.
const rolePath = "/morpheus-delivery/"

// issuer issues the tokens of a pipeline.
type issuer struct {
	name, host, audience string
}

func (s settings) github() issuer {
	return issuer{name: "github", host: "token.actions.githubusercontent.com", audience: "sts.amazonaws.com"}
}

func (s settings) pulumi() issuer {
	return issuer{name: "pulumi", host: "api.pulumi.com/oidc", audience: s.PulumiOrganization}
}

// grant is a role of a stack: which tokens may assume it, and what it may do.
type grant struct {
	name     string
	issuer   issuer
	subjects []string
	policies []string
	// hours is the longest session, and writes is true for a role that changes the state.
	hours  int
	writes bool
}

// grants are the roles of a stack.
// https://docs.github.com/en/actions/concepts/security/openid-connect
// https://www.pulumi.com/docs/deployments/guides/oidc/aws/
func (s settings) grants(stack string, updates []string) []grant {
	var out []grant
	if s.GitHubRepository != "" {
		// A job gets a token with the name of its environment, whose rules of protection GitHub checks first.
		environment := func(operation string) []string {
			return []string{fmt.Sprintf("repo:%s:environment:%s-%s", s.GitHubRepository, operation, stack)}
		}
		out = append(out,
			grant{name: stack + "-preview", issuer: s.github(), subjects: environment("preview"),
				policies: []string{"preview"}, hours: 1},
			grant{name: stack + "-drift", issuer: s.github(), subjects: environment("drift"),
				policies: []string{"preview", "secrets"}, hours: 1})
	}
	if s.PulumiOrganization != "" {
		var subjects []string
		operations := []string{"update", "refresh"}
		if slices.Contains(s.TemporaryStacks, stack) {
			operations = append(operations, "destroy")
		}
		for _, operation := range operations {
			subjects = append(subjects, fmt.Sprintf("pulumi:deploy:org:%s:project:morpheus:stack:%s:operation:%s:scope:write",
				s.PulumiOrganization, stack, operation))
		}
		all := append([]string{"preview"}, updates...)
		if s.PermissionsBoundary != "" {
			all = append(all, "boundary")
		}
		out = append(out, grant{name: stack + "-update", issuer: s.pulumi(), subjects: subjects, policies: all,
			hours: s.SessionHours, writes: true})
	}
	return out
}

// roles makes the identity providers, the policies and the roles of all stacks.
func (d *delivery) roles(texts policies) error {
	providers, managed := map[string]pulumi.StringInput{}, map[string]*iam.Policy{}
	outputs := pulumi.StringMap{}
	for _, stack := range d.settings.Stacks {
		for _, g := range d.settings.grants(stack, texts.updates()) {
			if providers[g.issuer.host] == nil {
				arn, err := d.identityProvider(g.issuer)
				if err != nil {
					return err
				}
				providers[g.issuer.host] = arn
			}
			for _, name := range g.policies {
				if managed[name] != nil {
					continue
				}
				made, err := iam.NewPolicy(d.ctx, "policy-"+name, &iam.PolicyArgs{
					Path: pulumi.String(rolePath), Policy: pulumi.String(texts[name]),
					Description: pulumi.String("Deployer of Morpheus: " + name),
				}, d.provider)
				if err != nil {
					return fmt.Errorf("policy %s: %w", name, err)
				}
				managed[name] = made
			}
			arn, err := d.role(g, stack, providers[g.issuer.host], managed)
			if err != nil {
				return fmt.Errorf("role %s: %w", g.name, err)
			}
			outputs[g.name] = arn
		}
	}
	d.ctx.Export("roleArns", outputs)
	return nil
}

// identityProvider makes the OIDC provider, or returns the ARN of the existing one.
func (d *delivery) identityProvider(from issuer) (pulumi.StringInput, error) {
	if d.settings.ProvidersExist {
		arn := fmt.Sprintf("arn:%s:iam::%s:oidc-provider/%s", d.partition, d.settings.AccountID, from.host)
		return pulumi.String(arn), nil
	}
	made, err := iam.NewOpenIdConnectProvider(d.ctx, "provider-"+from.name, &iam.OpenIdConnectProviderArgs{
		Url: pulumi.String("https://" + from.host), ClientIdLists: pulumi.ToStringArray([]string{from.audience}),
	}, d.provider)
	if err != nil {
		return nil, fmt.Errorf("identity provider of %s: %w", from.name, err)
	}
	return made.Arn, nil
}

func (d *delivery) role(
	g grant, stack string, provider pulumi.StringInput, managed map[string]*iam.Policy,
) (pulumi.StringOutput, error) {
	role, err := iam.NewRole(d.ctx, "role-"+g.name, &iam.RoleArgs{
		Name: pulumi.String("morpheus-delivery-" + g.name), Path: pulumi.String(rolePath),
		Description:        pulumi.String("Pipeline of the stack " + stack + " of Morpheus"),
		MaxSessionDuration: pulumi.Int(g.hours * 3600),
		AssumeRolePolicy: policy.AssumeRoleWithToken(provider,
			policy.When("StringEquals", g.issuer.host+":aud", g.issuer.audience),
			policy.When("StringEquals", g.issuer.host+":sub", g.subjects...)),
	}, d.provider)
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	for _, name := range slices.Sorted(slices.Values(g.policies)) {
		_, err := iam.NewRolePolicyAttachment(d.ctx, "attached-"+g.name+"-"+name, &iam.RolePolicyAttachmentArgs{
			Role: role.Name, PolicyArn: managed[name].Arn,
		}, d.provider)
		if err != nil {
			return pulumi.StringOutput{}, err
		}
	}
	if d.bucketArn == nil {
		return role.Arn, nil
	}
	_, err = iam.NewRolePolicy(d.ctx, "state-"+g.name, &iam.RolePolicyArgs{
		Role: role.Name, Policy: policy.Document(d.stateAccess(stack, g.writes)...),
	}, d.provider)
	return role.Arn, err
}
