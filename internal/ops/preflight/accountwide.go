package preflight

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/backup"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
)

// Service-linked roles that an account has at most once.
const (
	autoScalingRole = "AWSServiceRoleForAutoScaling"
	openSearchRole  = "AWSServiceRoleForAmazonOpenSearchService"
)

// mustOptIn are the services that AWS Backup skips in an account that has not opted in.
var mustOptIn = []string{"Aurora"}

func (s *Subject) accountChecks() []check.Check {
	const group = "account"
	return []check.Check{
		{
			ID: "region-enabled", Group: group, Severity: check.Error,
			Asks: "is the region of the stack enabled in the account?",
			Do:   "enable it: aws account enable-region --region-name <region>; it takes minutes to hours",
			Run: func(ctx context.Context) (check.Result, error) {
				return s.regionEnabled(ctx, "aws.region", s.Config.AWS.Region)
			},
		},
		{
			ID: "recovery-region-enabled", Group: group, Severity: check.Error,
			Asks: "is the recovery region enabled in the account?",
			Do:   "enable it: aws account enable-region --region-name <region>; it takes minutes to hours",
			Run:  s.recoveryRegionEnabled,
		},
		{
			ID: "service-linked-role-autoscaling", Group: group, Severity: check.Error,
			Asks: "does serviceLinkedRoles.autoscaling fit the account?",
			Do:   "set serviceLinkedRoles.autoscaling to create if the account has no such role, otherwise to existing",
			Run: func(ctx context.Context) (check.Result, error) {
				return s.serviceRole(ctx, autoScalingRole, s.Config.ServiceLinkedRoles.AutoScaling)
			},
		},
		{
			ID: "service-linked-role-opensearch", Group: group, Severity: check.Error,
			Asks: "does serviceLinkedRoles.opensearch fit the account?",
			Do:   "set serviceLinkedRoles.opensearch to create if the account has no such role, otherwise to existing",
			Run: func(ctx context.Context) (check.Result, error) {
				return s.serviceRole(ctx, openSearchRole, s.Config.ServiceLinkedRoles.OpenSearch)
			},
		},
		{
			ID: "backup-opt-in", Group: group, Severity: check.Error,
			Asks: "has the account opted in to the backups that the stack makes?",
			Do: "let the owner of the account opt in: aws backup update-region-settings " +
				"--resource-type-opt-in-preference Aurora=true",
			Run: s.backupOptIn,
		},
	}
}

func (s *Subject) regionEnabled(ctx context.Context, key, region string) (check.Result, error) {
	all := true
	found, err := s.Account.EC2().DescribeRegions(ctx, &ec2.DescribeRegionsInput{AllRegions: &all})
	if err != nil {
		return check.Result{}, err
	}
	for _, r := range found.Regions {
		if aws.ToString(r.RegionName) != region {
			continue
		}
		if state := aws.ToString(r.OptInStatus); state == "not-opted-in" {
			return check.Finding("%s: %s is %s", key, region, state), nil
		}
		return check.Pass("%s is enabled", region), nil
	}
	return check.Finding("%s: AWS has no region %s for the account", key, region), nil
}

func (s *Subject) recoveryRegionEnabled(ctx context.Context) (check.Result, error) {
	if !s.Config.Recovery.On() {
		return check.Skip("the stack keeps nothing in another region"), nil
	}
	return s.regionEnabled(ctx, "recovery.region", s.Config.Recovery.Region)
}

func (s *Subject) serviceRole(ctx context.Context, name, choice string) (check.Result, error) {
	found, err := s.Account.IAM().GetRole(ctx, &iam.GetRoleInput{RoleName: &name})
	switch {
	case account.IsCode(err, "NoSuchEntity"):
		if choice == config.RoleExisting {
			return check.Finding("the account has no role %s", name), nil
		}
		return check.Pass("the stack creates %s", name), nil
	case err != nil:
		return check.Result{}, err
	}
	if choice == config.RoleCreate {
		for _, tag := range found.Role.Tags {
			if aws.ToString(tag.Key) == "Stack" && aws.ToString(tag.Value) == s.Config.Stack {
				return check.Pass("%s is this stack's", name), nil
			}
		}
		return check.Finding("the account has the role %s already, and AWS creates it once", name), nil
	}
	return check.Pass("the account has %s", name), nil
}

func (s *Subject) backupOptIn(ctx context.Context) (check.Result, error) {
	if !s.Config.Backup.Enabled {
		return check.Skip("backup.enabled is false"), nil
	}
	found, err := s.Account.Backup().DescribeRegionSettings(ctx, &backup.DescribeRegionSettingsInput{})
	if err != nil {
		return check.Result{}, err
	}
	var problems []string
	for _, service := range mustOptIn {
		if opted, known := found.ResourceTypeOptInPreference[service]; known && !opted {
			problems = append(problems, fmt.Sprintf("the account has not opted in to backups of %s in %s", service,
				s.Config.AWS.Region))
		}
	}
	return check.Judge(problems, "the account has opted in to %s", strings.Join(mustOptIn, ", ")), nil
}
