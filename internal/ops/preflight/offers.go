package preflight

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/mq"
	mqtypes "github.com/aws/aws-sdk-go-v2/service/mq/types"
	"github.com/aws/aws-sdk-go-v2/service/opensearch"
	"github.com/aws/aws-sdk-go-v2/service/rds"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
)

func (s *Subject) offerChecks() []check.Check {
	const group = "offers"
	return []check.Check{
		{
			ID: "zones", Group: group, Severity: check.Error,
			Asks: "does the account have the zones, and are they available?",
			Do:   "choose other zones in network.availabilityZones: aws ec2 describe-availability-zones",
			Run:  s.zones,
		},
		{
			ID: "offers-nodes", Group: group, Severity: check.Error,
			Asks: "does each zone offer one of cluster.instanceTypes, and each type some zone?",
			Do:   "choose other types in cluster.instanceTypes or other zones: aws ec2 describe-instance-type-offerings --location-type availability-zone",
			Run:  s.offersNodes,
		},
		{
			ID: "offers-database", Group: group, Severity: check.Error,
			Asks: "do the zones of the database offer its class with its version?",
			Do:   "choose another database.instanceClass or other zones: aws rds describe-orderable-db-instance-options --engine aurora-mysql",
			Run:  s.offersDatabase,
		},
		{
			ID: "offers-messaging", Group: group, Severity: check.Error,
			Asks: "do the zones of the broker offer its type and its deployment mode?",
			Do:   "choose another messaging.instanceType or other zones: aws mq describe-broker-instance-options --engine-type RABBITMQ",
			Run:  s.offersMessaging,
		},
		{
			ID: "offers-search", Group: group, Severity: check.Error,
			Asks: "do the zones of the search domain offer its types with its version?",
			Do:   "choose another search.instanceType or other zones: aws opensearch list-instance-type-details --retrieve-azs --engine-version <version>",
			Run:  s.offersSearch,
		},
	}
}

func (s *Subject) zones(ctx context.Context) (check.Result, error) {
	all := true
	found, err := s.Account.EC2().DescribeAvailabilityZones(ctx, &ec2.DescribeAvailabilityZonesInput{
		AllAvailabilityZones: &all,
		Filters:              []ec2types.Filter{{Name: aws.String("zone-type"), Values: []string{"availability-zone"}}},
	})
	if err != nil {
		return check.Result{}, err
	}
	states := map[string]string{}
	for _, zone := range found.AvailabilityZones {
		state := string(zone.State)
		if zone.OptInStatus == ec2types.AvailabilityZoneOptInStatusNotOptedIn {
			state = "not enabled"
		}
		states[aws.ToString(zone.ZoneName)] = state
	}
	var problems []string
	for _, zone := range s.Config.Network.AvailabilityZones {
		switch state := states[zone]; state {
		case "available":
		case "":
			problems = append(problems, "there is no zone "+zone)
		default:
			problems = append(problems, fmt.Sprintf("%s is %s", zone, state))
		}
	}
	return check.Judge(problems, "%s are available", strings.Join(s.Config.Network.AvailabilityZones, ", ")), nil
}

// nodeOffers returns the configured types that each zone offers, and the number of zones of each type.
func (s *Subject) nodeOffers(ctx context.Context) (typesIn map[string][]string, zonesOf map[string]int, err error) {
	typesIn, zonesOf = map[string][]string{}, map[string]int{}
	pages := ec2.NewDescribeInstanceTypeOfferingsPaginator(s.Account.EC2(), &ec2.DescribeInstanceTypeOfferingsInput{
		LocationType: ec2types.LocationTypeAvailabilityZone,
		Filters:      []ec2types.Filter{{Name: aws.String("instance-type"), Values: s.Config.Cluster.InstanceTypes}},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, nil, err
		}
		for _, offer := range page.InstanceTypeOfferings {
			zone, name := aws.ToString(offer.Location), string(offer.InstanceType)
			typesIn[zone] = append(typesIn[zone], name)
			zonesOf[name]++
		}
	}
	return typesIn, zonesOf, nil
}

func (s *Subject) offersNodes(ctx context.Context) (check.Result, error) {
	names := s.Config.Cluster.InstanceTypes
	typesIn, zonesOf, err := s.nodeOffers(ctx)
	if err != nil {
		return check.Result{}, err
	}
	var problems []string
	for _, name := range names {
		if zonesOf[name] == 0 {
			problems = append(problems, "no zone of the region offers "+name)
		}
	}
	for _, zone := range s.Config.Network.AvailabilityZones {
		if len(typesIn[zone]) == 0 {
			problems = append(problems, fmt.Sprintf("%s offers none of %s", zone, strings.Join(names, ", ")))
		}
	}
	return check.Judge(problems, "every zone offers one of %s", strings.Join(names, ", ")), nil
}

// databaseOffers returns the zones that offer the class with the version.
func (s *Subject) databaseOffers(ctx context.Context) ([]string, error) {
	d := s.Config.Database
	var zones []string
	pages := rds.NewDescribeOrderableDBInstanceOptionsPaginator(s.Account.RDS(),
		&rds.DescribeOrderableDBInstanceOptionsInput{
			Engine: aws.String("aurora-mysql"), EngineVersion: &d.EngineVersion, DBInstanceClass: &d.InstanceClass,
		})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, option := range page.OrderableDBInstanceOptions {
			for _, zone := range option.AvailabilityZones {
				zones = append(zones, aws.ToString(zone.Name))
			}
		}
	}
	return zones, nil
}

func (s *Subject) offersDatabase(ctx context.Context) (check.Result, error) {
	zones, err := s.databaseOffers(ctx)
	if err != nil {
		return check.Result{}, err
	}
	d, own := s.Config.Database, s.Config.Network.AvailabilityZones
	return missingIn(own[:min(d.Instances, len(own))], zones, d.InstanceClass+" with "+d.EngineVersion), nil
}

// missingIn is a finding with the zones that do not offer something.
func missingIn(zones, offered []string, what string) check.Result {
	var problems []string
	for _, zone := range zones {
		if !slices.Contains(offered, zone) {
			problems = append(problems, fmt.Sprintf("%s does not offer %s", zone, what))
		}
	}
	return check.Judge(problems, "%s offer %s", strings.Join(zones, ", "), what)
}

// brokerOffers returns the zones that offer the type in the deployment mode.
func (s *Subject) brokerOffers(ctx context.Context) ([]string, error) {
	m := s.Config.Messaging
	found, err := s.Account.MQ().DescribeBrokerInstanceOptions(ctx, &mq.DescribeBrokerInstanceOptionsInput{
		EngineType: aws.String("RABBITMQ"), HostInstanceType: &m.InstanceType,
	})
	if err != nil {
		return nil, err
	}
	var zones []string
	for _, option := range found.BrokerInstanceOptions {
		if !slices.Contains(option.SupportedDeploymentModes, mqtypes.DeploymentMode(m.DeploymentMode)) {
			continue
		}
		for _, zone := range option.AvailabilityZones {
			zones = append(zones, aws.ToString(zone.Name))
		}
	}
	return zones, nil
}

func (s *Subject) offersMessaging(ctx context.Context) (check.Result, error) {
	zones, err := s.brokerOffers(ctx)
	if err != nil {
		return check.Result{}, err
	}
	m, own := s.Config.Messaging, s.Config.Network.AvailabilityZones
	if m.DeploymentMode == string(mqtypes.DeploymentModeSingleInstance) {
		own = own[:1]
	}
	return missingIn(own, zones, m.InstanceType+" as "+m.DeploymentMode), nil
}

// searchOffers returns the zones of each type that the region offers with the version.
func (s *Subject) searchOffers(ctx context.Context) (map[string][]string, error) {
	d, retrieve := s.Config.Search, true
	zonesOf := map[string][]string{}
	pages := opensearch.NewListInstanceTypeDetailsPaginator(s.Account.OpenSearch(),
		&opensearch.ListInstanceTypeDetailsInput{EngineVersion: &d.EngineVersion, RetrieveAZs: &retrieve})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		switch {
		case account.IsCode(err, "ResourceNotFoundException"):
			return zonesOf, nil // it offers nothing with this version
		case err != nil:
			return nil, err
		}
		for _, t := range page.InstanceTypeDetails {
			zonesOf[string(t.InstanceType)] = t.AvailabilityZones
		}
	}
	return zonesOf, nil
}

// searchTypes are the instance types of the domain.
func (s *Subject) searchTypes() []string {
	d := s.Config.Search
	if d.DedicatedMasters > 0 && d.MasterInstanceType != d.InstanceType {
		return []string{d.InstanceType, d.MasterInstanceType}
	}
	return []string{d.InstanceType}
}

func (s *Subject) offersSearch(ctx context.Context) (check.Result, error) {
	zonesOf, err := s.searchOffers(ctx)
	if err != nil {
		return check.Result{}, err
	}
	d, wanted := s.Config.Search, s.searchTypes()
	own := s.Config.Network.AvailabilityZones
	var problems []string
	for _, name := range wanted {
		if result := missingIn(own[:min(d.InstanceCount, len(own))], zonesOf[name], name); result.Status == check.Found {
			problems = append(problems, result.Evidence)
		}
	}
	return check.Judge(problems, "the zones offer %s with %s", strings.Join(wanted, ", "), d.EngineVersion), nil
}
