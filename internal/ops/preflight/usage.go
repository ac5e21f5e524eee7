package preflight

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/backup"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/efs"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/mq"
	"github.com/aws/aws-sdk-go-v2/service/opensearch"
	"github.com/aws/aws-sdk-go-v2/service/rds"
)

// pager is what the SDK's paginators of lists have.
type pager[Page, Options any] interface {
	HasMorePages() bool
	NextPage(ctx context.Context, options ...func(*Options)) (*Page, error)
}

// count adds up what each page of a list has.
func count[Page, Options any](ctx context.Context, pages pager[Page, Options], of func(*Page) int) (int, error) {
	total := 0
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return 0, err
		}
		total += of(page)
	}
	return total, nil
}

func addressesUsed(ctx context.Context, s *Subject) (int, error) {
	found, err := s.Account.EC2().DescribeAddresses(ctx, &ec2.DescribeAddressesInput{})
	if err != nil {
		return 0, err
	}
	return len(found.Addresses), nil
}

func vpcsUsed(ctx context.Context, s *Subject) (int, error) {
	return count(ctx, ec2.NewDescribeVpcsPaginator(s.Account.EC2(), &ec2.DescribeVpcsInput{}),
		func(p *ec2.DescribeVpcsOutput) int { return len(p.Vpcs) })
}

func internetGatewaysUsed(ctx context.Context, s *Subject) (int, error) {
	return count(ctx, ec2.NewDescribeInternetGatewaysPaginator(s.Account.EC2(), &ec2.DescribeInternetGatewaysInput{}),
		func(p *ec2.DescribeInternetGatewaysOutput) int { return len(p.InternetGateways) })
}

// natGatewaysUsed is the number in the configured zone that has most.
func natGatewaysUsed(ctx context.Context, s *Subject) (int, error) {
	zoneOf := map[string]string{}
	_, err := count(ctx, ec2.NewDescribeSubnetsPaginator(s.Account.EC2(), &ec2.DescribeSubnetsInput{
		Filters: []types.Filter{{Name: aws.String("availability-zone"), Values: s.Config.Network.AvailabilityZones}},
	}), func(p *ec2.DescribeSubnetsOutput) int {
		for _, subnet := range p.Subnets {
			zoneOf[aws.ToString(subnet.SubnetId)] = aws.ToString(subnet.AvailabilityZone)
		}
		return 0
	})
	if err != nil {
		return 0, err
	}
	in, most := map[string]int{}, 0
	_, err = count(ctx, ec2.NewDescribeNatGatewaysPaginator(s.Account.EC2(), &ec2.DescribeNatGatewaysInput{
		Filter: []types.Filter{{Name: aws.String("state"), Values: []string{"pending", "available"}}},
	}), func(p *ec2.DescribeNatGatewaysOutput) int {
		for _, gateway := range p.NatGateways {
			if zone := zoneOf[aws.ToString(gateway.SubnetId)]; zone != "" {
				in[zone]++
				most = max(most, in[zone])
			}
		}
		return 0
	})
	return most, err
}

func securityGroupsUsed(ctx context.Context, s *Subject) (int, error) {
	return count(ctx, ec2.NewDescribeSecurityGroupsPaginator(s.Account.EC2(), &ec2.DescribeSecurityGroupsInput{}),
		func(p *ec2.DescribeSecurityGroupsOutput) int { return len(p.SecurityGroups) })
}

// endpointsUsed are those of an existing VPC.
func endpointsUsed(ctx context.Context, s *Subject) (int, error) {
	if !s.Config.Network.Given() {
		return 0, nil
	}
	return count(ctx, ec2.NewDescribeVpcEndpointsPaginator(s.Account.EC2(), &ec2.DescribeVpcEndpointsInput{
		Filters: []types.Filter{
			{Name: aws.String("vpc-id"), Values: []string{s.Config.Network.Existing.VpcID}},
			{Name: aws.String("vpc-endpoint-type"), Values: []string{"Interface"}},
		},
	}), func(p *ec2.DescribeVpcEndpointsOutput) int { return len(p.VpcEndpoints) })
}

func databaseClustersUsed(ctx context.Context, s *Subject) (int, error) {
	return count(ctx, rds.NewDescribeDBClustersPaginator(s.Account.RDS(), &rds.DescribeDBClustersInput{}),
		func(p *rds.DescribeDBClustersOutput) int { return len(p.DBClusters) })
}

func databaseInstancesUsed(ctx context.Context, s *Subject) (int, error) {
	return count(ctx, rds.NewDescribeDBInstancesPaginator(s.Account.RDS(), &rds.DescribeDBInstancesInput{}),
		func(p *rds.DescribeDBInstancesOutput) int { return len(p.DBInstances) })
}

func brokersUsed(ctx context.Context, s *Subject) (int, error) {
	return count(ctx, mq.NewListBrokersPaginator(s.Account.MQ(), &mq.ListBrokersInput{}),
		func(p *mq.ListBrokersOutput) int { return len(p.BrokerSummaries) })
}

func domainsUsed(ctx context.Context, s *Subject) (int, error) {
	found, err := s.Account.OpenSearch().ListDomainNames(ctx, &opensearch.ListDomainNamesInput{})
	if err != nil {
		return 0, err
	}
	return len(found.DomainNames), nil
}

func fileSystemsUsed(ctx context.Context, s *Subject) (int, error) {
	return count(ctx, efs.NewDescribeFileSystemsPaginator(s.Account.EFS(), &efs.DescribeFileSystemsInput{}),
		func(p *efs.DescribeFileSystemsOutput) int { return len(p.FileSystems) })
}

func balancersUsed(ctx context.Context, s *Subject) (int, error) {
	return count(ctx, elb.NewDescribeLoadBalancersPaginator(s.Account.ELB(), &elb.DescribeLoadBalancersInput{}),
		func(p *elb.DescribeLoadBalancersOutput) int {
			n := 0
			for _, balancer := range p.LoadBalancers {
				if balancer.Type == elbtypes.LoadBalancerTypeEnumApplication {
					n++
				}
			}
			return n
		})
}

func scalingGroupsUsed(ctx context.Context, s *Subject) (int, error) {
	return count(ctx, autoscaling.NewDescribeAutoScalingGroupsPaginator(s.Account.AutoScaling(),
		&autoscaling.DescribeAutoScalingGroupsInput{}),
		func(p *autoscaling.DescribeAutoScalingGroupsOutput) int { return len(p.AutoScalingGroups) })
}

func keysUsed(ctx context.Context, s *Subject) (int, error) {
	return count(ctx, kms.NewListKeysPaginator(s.Account.KMS(), &kms.ListKeysInput{}),
		func(p *kms.ListKeysOutput) int { return len(p.Keys) })
}

func vaultsUsed(ctx context.Context, s *Subject) (int, error) {
	return count(ctx, backup.NewListBackupVaultsPaginator(s.Account.Backup(), &backup.ListBackupVaultsInput{}),
		func(p *backup.ListBackupVaultsOutput) int { return len(p.BackupVaultList) })
}

func alarmsUsed(ctx context.Context, s *Subject) (int, error) {
	return count(ctx, cloudwatch.NewDescribeAlarmsPaginator(s.Account.CloudWatch(), &cloudwatch.DescribeAlarmsInput{}),
		func(p *cloudwatch.DescribeAlarmsOutput) int { return len(p.MetricAlarms) + len(p.CompositeAlarms) })
}
