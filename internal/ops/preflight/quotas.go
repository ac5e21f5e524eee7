package preflight

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas"

	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/endpoints"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
)

// quota is a limit of AWS that a stack may reach.
type quota struct {
	id, what string
	// service and code are those of Service Quotas. Without a code, limit is AWS's documented default.
	service, code string
	limit         int
	// needs is how many the stack takes; 0 if it takes none.
	needs func(ctx context.Context, s *Subject) (int, error)
	// used is how many the account has in the region.
	used func(ctx context.Context, s *Subject) (int, error)
}

const (
	// securityGroups and alarms are what a production stack has at most.
	securityGroups = 10
	alarms         = 100
	// keys is one for each concern, and buckets and balancers what the program makes.
	keys    = 8
	buckets = 4
	// groupRules are rules of a group of the balancer besides those of the clients.
	groupRules = 4
	// documented is the default of quotas that Service Quotas does not list.
	documentedBrokers, documentedAlarms = 200, 5000
)

// quotas in the order of the report.
var quotas = []quota{
	{
		id: "quota-vcpus", what: "vCPUs of running standard on-demand instances", service: "ec2", code: "L-1216C47A",
		needs: vcpusNeeded, used: vcpusUsed,
	},
	{
		id: "quota-elastic-ips", what: "Elastic IP addresses", service: "ec2", code: "L-0263D0A3",
		needs: func(_ context.Context, s *Subject) (int, error) { return gateways(s.Config), nil },
		used:  addressesUsed,
	},
	{
		id: "quota-vpcs", what: "VPCs", service: "vpc", code: "L-F678F1CE", needs: ifNewNetwork(1),
		used: vpcsUsed,
	},
	{
		id: "quota-internet-gateways", what: "internet gateways", service: "vpc", code: "L-A4707A72", needs: ifNewNetwork(1),
		used: internetGatewaysUsed,
	},
	{
		id: "quota-nat-gateways", what: "NAT gateways in one zone", service: "vpc", code: "L-FE5A380F",
		needs: func(_ context.Context, s *Subject) (int, error) { return min(1, gateways(s.Config)), nil },
		used:  natGatewaysUsed,
	},
	{
		id: "quota-security-groups", what: "security groups", service: "vpc", code: "L-E79EC296",
		needs: always(securityGroups), used: securityGroupsUsed,
	},
	{
		id: "quota-security-group-rules", what: "rules of one security group", service: "vpc", code: "L-0EA8095F",
		needs: clientRules, used: none,
	},
	{
		id: "quota-interface-endpoints", what: "interface endpoints of one VPC", service: "vpc", code: "L-29B6F2EB",
		needs: endpointsNeeded, used: endpointsUsed,
	},
	{
		id: "quota-database-clusters", what: "database clusters", service: "rds", code: "L-952B80B8", needs: always(1),
		used: databaseClustersUsed,
	},
	{
		id: "quota-database-instances", what: "database instances", service: "rds", code: "L-7B6409FD",
		needs: func(_ context.Context, s *Subject) (int, error) { return s.Config.Database.Instances, nil },
		used:  databaseInstancesUsed,
	},
	{
		id: "quota-brokers", what: "brokers", service: "mq", limit: documentedBrokers, needs: always(1), used: brokersUsed,
	},
	{
		id: "quota-search-domains", what: "search domains", service: "es", code: "L-076D529E", needs: always(1),
		used: domainsUsed,
	},
	{
		id: "quota-search-instances", what: "instances of one search domain", service: "es", code: "L-6408ABDE",
		needs: func(_ context.Context, s *Subject) (int, error) { return s.Config.Search.InstanceCount, nil },
		used:  none,
	},
	{
		id: "quota-file-systems", what: "file systems", service: "elasticfilesystem", code: "L-848C634D",
		needs: always(1), used: fileSystemsUsed,
	},
	{
		id: "quota-load-balancers", what: "Application Load Balancers", service: "elasticloadbalancing", code: "L-53DA6B97",
		needs: always(1), used: balancersUsed,
	},
	{
		id: "quota-scaling-groups", what: "Auto Scaling groups", service: "autoscaling", code: "L-CDE20ADC",
		needs: always(1), used: scalingGroupsUsed,
	},
	{
		id: "quota-keys", what: "KMS keys", service: "kms", code: "L-C2F1777E",
		needs: func(_ context.Context, s *Subject) (int, error) {
			return keys - len(s.Config.Encryption.Keys.Given()), nil
		},
		used: keysUsed,
	},
	{
		id: "quota-backup-vaults", what: "backup vaults", service: "backup", code: "L-7705D2CB",
		needs: func(_ context.Context, s *Subject) (int, error) {
			if !s.Config.Backup.Enabled {
				return 0, nil
			}
			return 1, nil
		},
		used: vaultsUsed,
	},
	{
		id: "quota-alarms", what: "CloudWatch alarms", service: "monitoring", limit: documentedAlarms, needs: always(alarms),
		used: alarmsUsed,
	},
}

func (s *Subject) quotaChecks() []check.Check {
	var out []check.Check
	for _, q := range quotas {
		advice := "delete what nobody needs, or open a case with AWS"
		if q.code != "" {
			advice = fmt.Sprintf("delete what nobody needs, or ask for more: aws service-quotas "+
				"request-service-quota-increase --service-code %s --quota-code %s --desired-value <number>", q.service, q.code)
		}
		out = append(out, check.Check{
			ID: q.id, Group: "quotas", Severity: check.Error,
			Asks: "does the account have room for the stack's " + q.what + "?", Do: advice,
			Run: func(ctx context.Context) (check.Result, error) { return s.compare(ctx, q) },
		})
	}
	return out
}

func (s *Subject) compare(ctx context.Context, q quota) (check.Result, error) {
	needs, err := q.needs(ctx, s)
	if err != nil {
		return check.Result{}, err
	}
	if needs == 0 {
		return check.Skip("the stack takes no %s", q.what), nil
	}
	limit, source := q.limit, "AWS's documented default"
	if q.code != "" {
		source = q.service + " " + q.code
		if limit, err = s.limit(ctx, q); err != nil {
			return check.Result{}, err
		}
	}
	used, err := q.used(ctx, s)
	if err != nil {
		return check.Result{}, err
	}
	text := fmt.Sprintf("%d %s of %d are in use, and the stack takes up to %d (%s)", used, q.what, limit, needs, source)
	if used+needs > limit {
		return check.Finding("%s: %d are missing", text, used+needs-limit), nil
	}
	return check.Pass("%s", text), nil
}

// limit returns the account's value of a quota, or AWS's default if the account has none of its own.
func (s *Subject) limit(ctx context.Context, q quota) (int, error) {
	own, err := s.Account.Quotas().GetServiceQuota(ctx, &servicequotas.GetServiceQuotaInput{
		ServiceCode: &q.service, QuotaCode: &q.code,
	})
	if err == nil && own.Quota != nil {
		return int(aws.ToFloat64(own.Quota.Value)), nil
	}
	if err != nil && !account.IsCode(err, "NoSuchResourceException") {
		return 0, err
	}
	usual, err := s.Account.Quotas().GetAWSDefaultServiceQuota(ctx, &servicequotas.GetAWSDefaultServiceQuotaInput{
		ServiceCode: &q.service, QuotaCode: &q.code,
	})
	if err != nil {
		return 0, err
	}
	return int(aws.ToFloat64(usual.Quota.Value)), nil
}

func always(n int) func(context.Context, *Subject) (int, error) {
	return func(context.Context, *Subject) (int, error) { return n, nil }
}

// none counts nothing: what the quota limits does not exist yet.
func none(context.Context, *Subject) (int, error) { return 0, nil }

func ifNewNetwork(n int) func(context.Context, *Subject) (int, error) {
	return func(_ context.Context, s *Subject) (int, error) {
		if s.Config.Network.Given() {
			return 0, nil
		}
		return n, nil
	}
}

// gateways is the number of NAT gateways that the stack makes.
func gateways(c *config.Config) int {
	switch c.Network.NATGateways {
	case "per-zone":
		return len(c.Network.AvailabilityZones)
	case "single":
		return 1
	}
	return 0
}

func clientRules(_ context.Context, s *Subject) (int, error) {
	n := len(s.Config.Network.AllowedClientCIDRs)
	if s.Config.LoadBalancer.RedirectHTTP {
		n *= 2
	}
	return n + groupRules, nil
}

func endpointsNeeded(_ context.Context, s *Subject) (int, error) {
	if !s.Config.Network.InterfaceEndpoints {
		return 0, nil
	}
	return len(endpoints.Services(!s.Config.NoInternet())), nil
}

// vcpusNeeded is that of the largest type for all nodes while they are replaced.
func vcpusNeeded(ctx context.Context, s *Subject) (int, error) {
	var names []types.InstanceType
	for _, name := range s.Config.Cluster.InstanceTypes {
		names = append(names, types.InstanceType(name))
	}
	found, err := s.Account.EC2().DescribeInstanceTypes(ctx, &ec2.DescribeInstanceTypesInput{InstanceTypes: names})
	if err != nil {
		return 0, err
	}
	most := 0
	for _, t := range found.InstanceTypes {
		if t.VCpuInfo != nil {
			most = max(most, int(aws.ToInt32(t.VCpuInfo.DefaultVCpus)))
		}
	}
	return most * config.MaxDuringReplacement(s.Config.Cluster.MaxSize), nil
}

// standard are the families that the quota of standard instances counts.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-on-demand-instances.html
const standard = "acdhimrtz"

// vcpusUsed counts the running instances that are not the stack's own.
func vcpusUsed(ctx context.Context, s *Subject) (int, error) {
	total := 0
	pages := ec2.NewDescribeInstancesPaginator(s.Account.EC2(), &ec2.DescribeInstancesInput{
		Filters: []types.Filter{{Name: aws.String("instance-state-name"), Values: []string{"pending", "running"}}},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return 0, err
		}
		for _, reservation := range page.Reservations {
			for _, instance := range reservation.Instances {
				if s.owns(tagsOf(instance.Tags)) || instance.InstanceLifecycle == types.InstanceLifecycleTypeSpot ||
					instance.InstanceType == "" || !slices.Contains([]byte(standard), instance.InstanceType[0]) {
					continue
				}
				if cpu := instance.CpuOptions; cpu != nil {
					total += int(aws.ToInt32(cpu.CoreCount) * aws.ToInt32(cpu.ThreadsPerCore))
				}
			}
		}
	}
	return total, nil
}

func tagsOf(tags []types.Tag) map[string]string {
	out := map[string]string{}
	for _, tag := range tags {
		out[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return out
}
