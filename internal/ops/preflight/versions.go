package preflight

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/mq"
	"github.com/aws/aws-sdk-go-v2/service/opensearch"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
	"github.com/morpheus-ha/morpheus-aws/internal/versions"
)

func (s *Subject) versionChecks() []check.Check {
	const group = "versions"
	return []check.Check{
		{
			ID: "version-database", Group: group, Severity: check.Error,
			Asks: "does the region offer database.engineVersion, and is its end of support far?",
			Do:   "choose a newer version: aws rds describe-db-engine-versions --engine aurora-mysql",
			Run:  s.versionDatabase,
		},
		{
			ID: "version-messaging", Group: group, Severity: check.Error,
			Asks: "does the region offer messaging.engineVersion, and is its end of support far?",
			Do:   "choose a newer version: aws mq describe-broker-engine-types --engine-type RABBITMQ",
			Run:  s.versionMessaging,
		},
		{
			ID: "version-search", Group: group, Severity: check.Error,
			Asks: "does the region offer search.engineVersion, and is its end of support far?",
			Do:   "choose a newer version: aws opensearch list-versions",
			Run:  s.versionSearch,
		},
		{
			ID: "image", Group: group, Severity: check.Error,
			Asks: "is there an image for the nodes that fits, and is it recent?",
			Do:   "choose another cluster.imageParameter or cluster.imageId: docs/node-boot.md",
			Run:  s.image,
		},
	}
}

// offered judges a version that the region has.
func (s *Subject) offered(engine versions.Engine, value string, offers []string) check.Result {
	if !slices.Contains(offers, value) {
		return check.Finding("the region does not offer %s %s; it offers %s", engine, value, newest(offers))
	}
	warning, err := versions.Check(engine, value, s.Now)
	switch {
	case err != nil:
		return check.Finding("%s: %s", value, err)
	case warning != "":
		return check.Warn("%s: %s", value, warning)
	}
	return check.Pass("the region offers %s %s, and its end of support is not near", engine, value)
}

// newest are the last versions of a list.
func newest(offers []string) string {
	if len(offers) == 0 {
		return "none"
	}
	slices.Sort(offers)
	return strings.Join(offers[max(0, len(offers)-5):], ", ")
}

func (s *Subject) versionDatabase(ctx context.Context) (check.Result, error) {
	var offers []string
	pages := rds.NewDescribeDBEngineVersionsPaginator(s.Account.RDS(), &rds.DescribeDBEngineVersionsInput{
		Engine: aws.String("aurora-mysql"),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return check.Result{}, err
		}
		for _, v := range page.DBEngineVersions {
			offers = append(offers, aws.ToString(v.EngineVersion))
		}
	}
	return s.offered(versions.Aurora, s.Config.Database.EngineVersion, offers), nil
}

func (s *Subject) versionMessaging(ctx context.Context) (check.Result, error) {
	found, err := s.Account.MQ().DescribeBrokerEngineTypes(ctx, &mq.DescribeBrokerEngineTypesInput{
		EngineType: aws.String("RABBITMQ"),
	})
	if err != nil {
		return check.Result{}, err
	}
	var offers []string
	for _, engine := range found.BrokerEngineTypes {
		for _, v := range engine.EngineVersions {
			offers = append(offers, aws.ToString(v.Name))
		}
	}
	return s.offered(versions.RabbitMQ, s.Config.Messaging.EngineVersion, offers), nil
}

func (s *Subject) versionSearch(ctx context.Context) (check.Result, error) {
	var offers []string
	pages := opensearch.NewListVersionsPaginator(s.Account.OpenSearch(), &opensearch.ListVersionsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return check.Result{}, err
		}
		offers = append(offers, page.Versions...)
	}
	return s.offered(versions.OpenSearch, s.Config.Search.EngineVersion, offers), nil
}

func (s *Subject) image(ctx context.Context) (check.Result, error) {
	id := s.Config.Cluster.ImageID
	if id == "" {
		name := s.Config.Cluster.ImageParameter
		parameter, err := s.Account.SSM().GetParameter(ctx, &ssm.GetParameterInput{Name: &name})
		switch {
		case account.IsCode(err, "ParameterNotFound"):
			return check.Finding("cluster.imageParameter: the region has no parameter %s", name), nil
		case err != nil:
			return check.Result{}, err
		}
		id = aws.ToString(parameter.Parameter.Value)
	}
	deprecated := true
	found, err := s.Account.EC2().DescribeImages(ctx, &ec2.DescribeImagesInput{
		ImageIds: []string{id}, IncludeDeprecated: &deprecated,
	})
	switch {
	case account.IsCode(err, "InvalidAMIID.NotFound", "InvalidAMIID.Unavailable", "InvalidAMIID.Malformed"):
		return check.Finding("the account does not see the image %s", id), nil
	case err != nil:
		return check.Result{}, err
	case len(found.Images) == 0:
		return check.Finding("the account does not see the image %s", id), nil
	}
	image := found.Images[0]
	if image.State != "available" {
		return check.Finding("the image %s is %s", id, image.State), nil
	}
	if image.Architecture != "x86_64" {
		return check.Finding("the image %s is for %s, and the nodes are x86_64", id, image.Architecture), nil
	}
	made, err := time.Parse(time.RFC3339, aws.ToString(image.CreationDate))
	if err != nil {
		return check.Pass("%s is available; AWS does not say when it was made", id), nil //nolint:nilerr // no date
	}
	days := int(s.Now.Sub(made).Hours() / 24)
	if days > versions.OldImageDays {
		return check.Warn("the image %s is %d days old", id, days), nil
	}
	return check.Pass("%s", fmt.Sprintf("%s is available and %d days old", id, days)), nil
}
