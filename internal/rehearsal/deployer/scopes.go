package deployer

import (
	"maps"
	"slices"
	"strings"
)

// scope limits actions to the program's resources. Their physical names begin with the project and the stack.
type scope struct {
	sid       string
	actions   func(action string) bool
	resources []string
	condition Condition
}

// Role is a role that the program creates.
type Role struct {
	// Name is the logical name; the physical name begins with project and stack and has a random suffix.
	Name string
	// PassedTo are the services to which a deployment passes the role, with their names in all partitions.
	PassedTo []string
}

// Roles are the program's roles. EC2 is one of the few services with another name in China; IAM checks its launches
// with both names.
var Roles = []Role{
	{Name: "access-node", PassedTo: []string{"ec2.amazonaws.com", "ec2.amazonaws.com.cn"}},
	{Name: "backup-restore-role", PassedTo: []string{"backup.amazonaws.com"}},
	{Name: "backup-role", PassedTo: []string{"backup.amazonaws.com"}},
	{Name: "database-monitoring", PassedTo: []string{"monitoring.rds.amazonaws.com"}},
	{Name: "monitoring-events-role", PassedTo: []string{"events.amazonaws.com"}},
	{Name: "monitoring-global-role", PassedTo: []string{"events.amazonaws.com"}},
	{Name: "network-flow-logs-role", PassedTo: []string{"vpc-flow-logs.amazonaws.com"}},
	// No deployment passes this role. The nodes do when they register the snapshot repository in the domain.
	{Name: "search-snapshot-role"},
}

// ManagedPolicies are the AWS managed policies that the program attaches, by role.
var ManagedPolicies = map[string]string{
	"backup-restore-role": "arn:*:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForRestores",
	"backup-role":         "arn:*:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup",
	"database-monitoring": "arn:*:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole",
}

// Prefix of the physical names of every stack: the project, the stack and a dash (Pulumi.yaml, pulumi:autonaming).
const Prefix = "morpheus-*-"

// Project is the value of the tag that marks the program's resources. The policies use it where AWS assigns ids.
const Project = "morpheus"

// linkedServices are the services that create their service-linked role at the first use.
var linkedServices = []string{
	"autoscaling.amazonaws.com", "backup.amazonaws.com", "elasticfilesystem.amazonaws.com", "elasticloadbalancing.amazonaws.com",
	"mq.amazonaws.com", "restore-testing.backup.amazonaws.com",
	"opensearchservice.amazonaws.com", "rds.amazonaws.com", "transitgateway.amazonaws.com",
}

// roles returns the ARN patterns of all roles and of the passed roles, and the services to which roles are passed.
func roles() (all, passed, services []string) {
	for _, r := range Roles {
		all = append(all, roleARN(r.Name))
		if len(r.PassedTo) > 0 {
			passed, services = append(passed, roleARN(r.Name)), append(services, r.PassedTo...)
		}
	}
	return all, passed, services
}

func roleARN(name string) string { return "arn:*:iam::*:role/" + Prefix + name + "-*" }

func managedPolicies() (roleARNs, policies []string) {
	for _, role := range slices.Sorted(maps.Keys(ManagedPolicies)) {
		roleARNs, policies = append(roleARNs, roleARN(role)), append(policies, ManagedPolicies[role])
	}
	return roleARNs, policies
}

func named(names ...string) func(string) bool {
	return func(action string) bool { return slices.Contains(names, action) }
}

func service(names ...string) func(string) bool {
	return func(action string) bool {
		name, _, _ := strings.Cut(action, ":")
		return slices.Contains(names, name)
	}
}

func equals(key string, values ...string) Condition { return with("StringEquals", key, values...) }

func with(operator, key string, values ...string) Condition {
	return Condition{operator: {key: values}}
}

// ours requires that a resource has the program's tag.
func ours() Condition { return equals("aws:ResourceTag/Project", Project) }

var anywhere = []string{"*"}

// readScopes limit the reading actions that could return other people's data. A preview may read public parameters, and
// the nodes' tools and packages, whose keys and endings the configuration requires.
var readScopes = []scope{
	{
		// A parameter of the account may be a secret; with the default key, every caller may decrypt it. Public
		// parameters have no account.
		sid:       "ReadPublicParameters",
		actions:   named("ssm:GetParameter"),
		resources: []string{"arn:*:ssm:*::parameter/aws/service/canonical/*"},
	},
	{
		sid:       "ReadPackages",
		actions:   named("s3:GetObject"),
		resources: []string{"arn:*:s3:::*/node-tools/*", "arn:*:s3:::*_amd64.deb", "arn:*:s3:::*_all.deb"},
	},
}

// alternatives are scopes whose actions are also allowed by later scopes, under other conditions.
var alternatives = []string{"TagNew", "TagOwn", "TagNewFiles"}

// scopes are the scopes of the actions that change resources. An action belongs to its first matching scope. If that
// scope is one of the alternatives, the action belongs to later matching scopes too.
func scopes() []scope { return slices.Concat(accessScopes(), networkScopes(), serviceScopes()) }

var (
	keys = []string{"arn:*:kms:*:*:key/*"}
	// values are the secrets with values that the program writes.
	values = []string{
		"arn:*:secretsmanager:*:*:secret:morpheus-*-database-user-secret-*",
		"arn:*:secretsmanager:*:*:secret:morpheus-*-messaging-user-secret-*",
		"arn:*:secretsmanager:*:*:secret:morpheus-*-search-user-secret-*",
		"arn:*:secretsmanager:*:*:secret:morpheus-*-database-administrator-secret-*",
	}
)

func networkScopes() []scope {
	tag := named("ec2:CreateTags")
	return []scope{
		// Deletion depends on tags, so a deployer who can tag any resource could delete it. Therefore tagging is limited.
		{
			sid:       "TagNew",
			actions:   tag,
			resources: anywhere,
			condition: with("Null", "ec2:CreateAction", "false"),
		},
		{
			sid:       "TagOwn",
			actions:   tag,
			resources: anywhere,
			condition: ours(),
		},
		// AWS creates a VPC's default security group without tags.
		{
			sid:       "TagDefaultGroup",
			actions:   tag,
			resources: []string{"arn:*:ec2:*:*:security-group/*"},
			condition: equals("aws:RequestTag/Project", Project),
		},
		{
			sid: "DeleteOwn",
			actions: named("ec2:DeleteTags", "ec2:DeleteVpc", "ec2:DeleteSubnet", "ec2:DeleteRouteTable",
				"ec2:DeleteRoute", "ec2:DeleteInternetGateway", "ec2:DeleteNatGateway", "ec2:ReleaseAddress",
				"ec2:DeleteFlowLogs", "ec2:DeleteLaunchTemplate", "ec2:DeleteSecurityGroup",
				"ec2:DeleteTransitGatewayVpcAttachment"),
			resources: anywhere,
			condition: ours(),
		},
		// AWS assigns the ids. Other services create interfaces and the endpoint of a broker, without tags.
		{
			sid:       "Network",
			actions:   service("ec2"),
			resources: anywhere,
		},
	}
}

func serviceScopes() []scope {
	groups := []string{
		"arn:*:rds:*:*:cluster:morpheus-*", "arn:*:rds:*:*:cluster-pg:morpheus-*-database-parameters-*",
		"arn:*:rds:*:*:subgrp:morpheus-*-database-subnets-*",
		// The default option group of RDS.
		"arn:*:rds:*:*:og:default*",
	}
	tagFiles := named("elasticfilesystem:TagResource")
	return []scope{
		// A snapshot may come from RDS (rds:), from AWS Backup (awsbackup:), from a copy or from another account.
		{
			sid:       "RestoreSnapshots",
			actions:   named("rds:RestoreDBClusterFromSnapshot"),
			resources: append(slices.Clone(groups), "arn:*:rds:*:*:cluster-snapshot:*"),
		},
		{
			sid:     "Database",
			actions: service("rds"),
			resources: append(slices.Clone(groups), "arn:*:rds:*:*:cluster-snapshot:morpheus-*",
				"arn:*:rds:*:*:db:morpheus-*", "arn:*:rds:*:*:es:morpheus-*-database-events-*",
				"arn:*:rds:*:*:pg:morpheus-*-database-instance-parameters-*", "arn:*:rds:*:*:pg:default*",
				"arn:*:rds::*:global-cluster:*"),
		},
		// These actions have no resource level: IAM allows them for every subscription and load balancer, or none.
		{
			sid:       "WithoutResources",
			actions:   named("sns:SetSubscriptionAttributes", "sns:Unsubscribe", "elasticloadbalancing:SetWebAcl"),
			resources: anywhere,
		},
		{
			sid: "RestoreTests",
			actions: named("backup:CreateRestoreTestingPlan", "backup:UpdateRestoreTestingPlan",
				"backup:DeleteRestoreTestingPlan", "backup:CreateRestoreTestingSelection",
				"backup:UpdateRestoreTestingSelection", "backup:DeleteRestoreTestingSelection"),
			resources: []string{"arn:*:backup:*:*:restore-testing-plan:morpheus_*"},
		},
		// AWS assigns the ids of plans, and a vault's recovery points have ARNs of their services.
		{
			sid: "Vaults",
			actions: named("backup:CreateBackupVault", "backup:DeleteBackupVault", "backup:PutBackupVaultAccessPolicy",
				"backup:DeleteBackupVaultAccessPolicy", "backup:PutBackupVaultLockConfiguration",
				"backup:DeleteBackupVaultLockConfiguration", "backup:PutBackupVaultNotifications",
				"backup:DeleteBackupVaultNotifications", "backup:ListRecoveryPointsByBackupVault"),
			resources: []string{"arn:*:backup:*:*:backup-vault:morpheus-*"},
		},
		{
			sid:       "MakePlans",
			actions:   named("backup:CreateBackupPlan", "backup:TagResource", "backup-storage:MountCapsule"),
			resources: anywhere,
		},
		{
			sid:       "Backups",
			actions:   service("backup"),
			resources: anywhere,
			condition: ours(),
		},
		{
			sid:       "Search",
			actions:   service("es"),
			resources: []string{"arn:*:es:*:*:domain/morpheus-*"},
		},
		{
			sid:     "LoadBalancers",
			actions: service("elasticloadbalancing"),
			resources: []string{
				"arn:*:elasticloadbalancing:*:*:loadbalancer/app/morpheus-*",
				"arn:*:elasticloadbalancing:*:*:listener/app/morpheus-*",
				"arn:*:elasticloadbalancing:*:*:targetgroup/morpheus-*",
			},
		},
		{
			sid:       "ScalingGroups",
			actions:   service("autoscaling"),
			resources: []string{"arn:*:autoscaling:*:*:autoScalingGroup:*:autoScalingGroupName/morpheus-*"},
		},
		{
			sid:     "Buckets",
			actions: service("s3"),
			resources: []string{
				"arn:*:s3:::morpheus-*-cluster-boot-*",
				"arn:*:s3:::morpheus-*-cluster-diagnostics-*",
				"arn:*:s3:::morpheus-*-loadbalancer-logs-*",
				"arn:*:s3:::morpheus-*-messaging-topology-*",
				"arn:*:s3:::morpheus-*-search-snapshots-*",
			},
		},
		{
			sid:       "Topics",
			actions:   service("sns"),
			resources: []string{"arn:*:sns:*:*:morpheus-*-notifications-*"},
		},
		{
			sid:       "Dashboards",
			actions:   named("cloudwatch:PutDashboard", "cloudwatch:DeleteDashboards"),
			resources: []string{"arn:*:cloudwatch::*:dashboard/morpheus-*"},
		},
		{
			sid:       "Alarms",
			actions:   service("cloudwatch"),
			resources: []string{"arn:*:cloudwatch:*:*:alarm:morpheus-*"},
		},
		{
			sid:       "Functions",
			actions:   service("lambda"),
			resources: []string{"arn:*:lambda:*:*:function:*"},
			condition: equals("lambda:Principal", "sns.amazonaws.com"),
		},
		{
			sid:       "EventRules",
			actions:   service("events"),
			resources: []string{"arn:*:events:*:*:rule/morpheus-*"},
		},
		{
			sid:       "Budgets",
			actions:   service("budgets"),
			resources: []string{"arn:*:budgets::*:budget/morpheus-*"},
		},
		// AWS gives the ids.
		{
			sid:       "MakeAnomalyMonitors",
			actions:   named("ce:CreateAnomalyMonitor", "ce:CreateAnomalySubscription"),
			resources: anywhere,
		},
		{
			sid:       "AnomalyMonitors",
			actions:   service("ce"),
			resources: []string{"arn:*:ce::*:anomalymonitor/*", "arn:*:ce::*:anomalysubscription/*"},
			condition: ours(),
		},
		{
			sid:     "WebACLs",
			actions: service("wafv2"),
			resources: []string{
				"arn:*:wafv2:*:*:regional/webacl/*",
				"arn:*:elasticloadbalancing:*:*:loadbalancer/app/morpheus-*",
			},
		},
		{
			sid:       "MakeHealthChecks",
			actions:   named("route53:CreateHealthCheck"),
			resources: anywhere,
		},
		// Route 53 gives the ids, and its policies know no tags.
		{
			sid:       "HealthChecks",
			actions:   named("route53:UpdateHealthCheck", "route53:DeleteHealthCheck", "route53:ChangeTagsForResource"),
			resources: []string{"arn:*:route53:::healthcheck/*"},
		},
		{
			sid:       "Zones",
			actions:   service("route53"),
			resources: []string{"arn:*:route53:::hostedzone/*", "arn:*:route53:::change/*", "arn:*:ec2:*:*:vpc/*"},
		},

		{
			sid:       "TagNewFiles",
			actions:   tagFiles,
			resources: anywhere,
			condition: equals("elasticfilesystem:CreateAction", "CreateFileSystem"),
		},
		{
			sid:       "TagOwnFiles",
			actions:   tagFiles,
			resources: anywhere,
			condition: ours(),
		},
		// EFS creates the copy in another region, without tags.
		{
			sid: "MakeFiles",
			actions: named("elasticfilesystem:CreateFileSystem", "elasticfilesystem:CreateReplicationConfiguration",
				"elasticfilesystem:DeleteReplicationConfiguration"),
			resources: anywhere,
		},
		{
			sid:       "Files",
			actions:   service("elasticfilesystem"),
			resources: anywhere,
			condition: ours(),
		},
		{
			sid:       "MakeBrokersAndCertificates",
			actions:   named("mq:CreateBroker", "mq:CreateTags", "acm:RequestCertificate", "acm:AddTagsToCertificate"),
			resources: anywhere,
		},
		{
			sid:       "BrokersAndCertificates",
			actions:   service("mq", "acm"),
			resources: anywhere,
			condition: ours(),
		},
	}
}
