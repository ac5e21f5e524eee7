package moto

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/route53"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
)

// config returns the configuration of the SDK clients that change the account outside Pulumi.
func (s *Server) config() aws.Config {
	return aws.Config{
		Region:       s.region,
		BaseEndpoint: aws.String(s.direct),
		Credentials:  credentials.NewStaticCredentialsProvider("console", "console", ""),
	}
}

// fixture creates the resources that exist before the first deployment: the hosted zone, the service-linked roles and
// an existing VPC.
func (s *Server) fixture(ctx context.Context, domain string) error {
	zone, err := route53.NewFromConfig(s.config()).CreateHostedZone(ctx, &route53.CreateHostedZoneInput{
		Name: aws.String(domain), CallerReference: aws.String("rehearsal"),
	})
	if err != nil {
		return fmt.Errorf("hosted zone: %w", err)
	}
	s.HostedZoneID = strings.TrimPrefix(aws.ToString(zone.HostedZone.Id), "/hostedzone/")
	roles := iam.NewFromConfig(s.config())
	for service, name := range map[string]string{
		"autoscaling.amazonaws.com":       "AWSServiceRoleForAutoScaling",
		"opensearchservice.amazonaws.com": "AWSServiceRoleForAmazonOpenSearchService",
	} {
		// Not CreateServiceLinkedRole: moto generates most of the names, but the program looks up the roles by name.
		_, err := roles.CreateRole(ctx, &iam.CreateRoleInput{
			RoleName: aws.String(
				name,
			), Path: aws.String("/aws-service-role/" + service + "/"), AssumeRolePolicyDocument: aws.String("{}"),
		})
		if err != nil {
			return fmt.Errorf("service-linked role of %s: %w", service, err)
		}
	}
	if err := s.existingNetwork(ctx); err != nil {
		return fmt.Errorf("existing VPC: %w", err)
	}
	if err := s.checkersList(ctx); err != nil {
		return fmt.Errorf("prefix list of the health checkers: %w", err)
	}
	if err := s.objects(ctx); err != nil {
		return fmt.Errorf("tools and packages: %w", err)
	}
	return s.privateZone(ctx, domain)
}

// objects creates the buckets and objects that the configuration of a rehearsal names.
func (s *Server) objects(ctx context.Context) error {
	for _, path := range append([]string{simaws.ToolsBucket, simaws.PackagesBucket}, simaws.FixtureObjects...) {
		body := ""
		if strings.Contains(path, "/") {
			body = "rehearsal"
		}
		if _, err := s.call(ctx, http.MethodPut, "/"+path, "s3", http.Header{}, body); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}

// Drift changes the backup retention of the database, like a user in the console.
func (s *Server) Drift(token, property string, value any) (string, error) {
	days, isNumber := value.(int)
	if token != awstoken.RDSCluster || property != "backupRetentionPeriod" || !isNumber {
		return "", fmt.Errorf("no call for a drift of %s of %s", property, token)
	}
	ctx := context.Background()
	databases := rds.NewFromConfig(s.config())
	found, err := databases.DescribeDBClusters(ctx, &rds.DescribeDBClustersInput{})
	if err != nil {
		return "", err
	}
	if len(found.DBClusters) != 1 {
		return "", fmt.Errorf("one database cluster was expected, there are %d", len(found.DBClusters))
	}
	id := found.DBClusters[0].DBClusterIdentifier
	_, err = databases.ModifyDBCluster(ctx, &rds.ModifyDBClusterInput{
		DBClusterIdentifier:   id,
		BackupRetentionPeriod: aws.Int32(int32(days)), // #nosec G115 -- days
		ApplyImmediately:      aws.Bool(true),
	})
	return aws.ToString(id), err
}
