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

func (s *Subject) offersNodes(ctx context.Context) (check.Result, error) {
	names := s.Config.Cluster.InstanceTypes
	typesIn, zonesOf := map[string][]string{}, map[string]int{}
	pages := ec2.NewDescribeInstanceTypeOfferingsPaginator(s.Account.EC2(), &ec2.DescribeInstanceTypeOfferingsInput{
		LocationType: ec2types.LocationTypeAvailabilityZone,
		Filters:      []ec2types.Filter{{Name: aws.String("instance-type"), Values: names}},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return check.Result{}, err
		}
		for _, offer := range page.InstanceTypeOfferings {
			zone, name := aws.ToString(offer.Location), string(offer.InstanceType)
			typesIn[zone] = append(typesIn[zone], name)
			zonesOf[name]++
		}
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

func (s *Subject) offersDatabase(ctx context.Context) (check.Result, error) {
	d := s.Config.Database
	var zones []string
	pages := rds.NewDescribeOrderableDBInstanceOptionsPaginator(s.Account.RDS(),
		&rds.DescribeOrderableDBInstanceOptionsInput{
			Engine: aws.String("aurora-mysql"), EngineVersion: &d.EngineVersion, DBInstanceClass: &d.InstanceClass,
		})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return check.Result{}, err
		}
		for _, option := range page.OrderableDBInstanceOptions {
			for _, zone := range option.AvailabilityZones {
				zones = append(zones, aws.ToString(zone.Name))
			}
		}
	}
	own := s.Config.Network.AvailabilityZones
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

func (s *Subject) offersMessaging(ctx context.Context) (check.Result, error) {
	m := s.Config.Messaging
	found, err := s.Account.MQ().DescribeBrokerInstanceOptions(ctx, &mq.DescribeBrokerInstanceOptionsInput{
		EngineType: aws.String("RABBITMQ"), HostInstanceType: &m.InstanceType,
	})
	if err != nil {
		return check.Result{}, err
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
	own := s.Config.Network.AvailabilityZones
	if m.DeploymentMode == string(mqtypes.DeploymentModeSingleInstance) {
		own = own[:1]
	}
	return missingIn(own, zones, m.InstanceType+" as "+m.DeploymentMode), nil
}

func (s *Subject) offersSearch(ctx context.Context) (check.Result, error) {
	d, retrieve := s.Config.Search, true
	zonesOf := map[string][]string{}
	pages := opensearch.NewListInstanceTypeDetailsPaginator(s.Account.OpenSearch(),
		&opensearch.ListInstanceTypeDetailsInput{EngineVersion: &d.EngineVersion, RetrieveAZs: &retrieve})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		switch {
		case account.IsCode(err, "ResourceNotFoundException"):
			return check.Finding("the region does not offer %s", d.EngineVersion), nil
		case err != nil:
			return check.Result{}, err
		}
		for _, t := range page.InstanceTypeDetails {
			zonesOf[string(t.InstanceType)] = t.AvailabilityZones
		}
	}
	wanted := []string{d.InstanceType}
	if d.DedicatedMasters > 0 {
		wanted = append(wanted, d.MasterInstanceType)
	}
	own := s.Config.Network.AvailabilityZones
	var problems []string
	for _, name := range slices.Compact(wanted) {
		if result := missingIn(own[:min(d.InstanceCount, len(own))], zonesOf[name], name); result.Status == check.Found {
			problems = append(problems, result.Evidence)
		}
	}
	return check.Judge(problems, "the zones offer %s with %s", strings.Join(wanted, ", "), d.EngineVersion), nil
}
