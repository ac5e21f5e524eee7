package lookup

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/mq"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"

	"github.com/morpheus-ha/morpheus-aws/internal/endpoints"
	"github.com/morpheus-ha/morpheus-aws/internal/location"
)

// offerChecks ask whether the zones offer what the tiers run on. The names of zones differ between accounts, so no
// table can tell. What is deployed is not asked again: it must stay updatable when AWS stops offering it.
func (q *query) offerChecks() []func() {
	var out []func()
	for _, check := range []struct {
		held string
		run  func()
	}{
		{held: nodeOffers, run: q.checkNodeOffers},
		{held: databaseOffers, run: q.checkDatabaseOffers},
		{held: brokerOffers, run: q.checkBrokerOffers},
	} {
		if !q.unchanged(check.held) {
			out = append(out, check.run)
		}
	}
	return out
}

// checkNodeOffers needs one of the types in each zone, and each type in some zone.
func (q *query) checkNodeOffers() {
	const key = "cluster.instanceTypes"
	types, kind := q.config.Cluster.InstanceTypes, "availability-zone"
	found, err := ec2.GetInstanceTypeOfferings(q.ctx, &ec2.GetInstanceTypeOfferingsArgs{
		LocationType: &kind,
		Filters:      []ec2.GetInstanceTypeOfferingsFilter{{Name: "instance-type", Values: types}},
	}, q.in)
	if err != nil {
		q.add(key, types, "types that the region can be asked about", err.Error())
		return
	}
	// The two lists belong together, element by element.
	zonesOf, typesIn := map[string][]string{}, map[string]int{}
	for i, name := range found.InstanceTypes {
		if i < len(found.Locations) {
			zonesOf[name] = append(zonesOf[name], found.Locations[i])
			typesIn[found.Locations[i]]++
		}
	}
	for i, name := range types {
		if len(zonesOf[name]) == 0 {
			q.add(fmt.Sprintf("%s[%d]", key, i), name, "a type that "+q.config.AWS.Region+" offers", "no zone there has it")
		}
	}
	for i, zone := range q.config.Network.AvailabilityZones {
		if typesIn[zone] == 0 {
			q.add(fmt.Sprintf("network.availabilityZones[%d]", i), zone, "a zone that offers one of "+key,
				fmt.Sprintf("it offers none of %s; %s", strings.Join(types, ", "), offeredIn(zonesOf)))
		}
	}
}

// offeredIn says which zones offer which types.
func offeredIn(zonesOf map[string][]string) string {
	var out []string
	for name, zones := range zonesOf {
		slices.Sort(zones)
		out = append(out, fmt.Sprintf("%s is offered in %s", name, strings.Join(zones, ", ")))
	}
	if len(out) == 0 {
		return "no zone offers any"
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// checkDatabaseOffers needs the class in the zones of the instances, which go to the zones in turn.
func (q *query) checkDatabaseOffers() {
	const key = "database.instanceClass"
	d, aurora, clusters := q.config.Database, "aurora", true
	found, err := rds.GetOrderableDbInstance(q.ctx, &rds.GetOrderableDbInstanceArgs{
		Engine: "aurora-mysql", EngineVersion: &d.EngineVersion, InstanceClass: &d.InstanceClass,
		StorageType: &aurora, SupportsClusters: &clusters,
	}, q.in)
	if err != nil {
		q.add(key, d.InstanceClass, "a class that "+q.config.AWS.Region+" offers with "+d.EngineVersion, err.Error())
		return
	}
	zones := q.config.Network.AvailabilityZones
	for _, zone := range zones[:min(d.Instances, len(zones))] {
		if !slices.Contains(found.AvailabilityZones, zone) {
			q.add(key, d.InstanceClass, "a class that "+zone+" offers",
				"it is offered in "+strings.Join(found.AvailabilityZones, ", "))
		}
	}
}

// checkBrokerOffers needs the type in every zone of a cluster, or in that of a single instance.
func (q *query) checkBrokerOffers() {
	const key = "messaging.instanceType"
	m, engine := q.config.Messaging, "RABBITMQ"
	found, err := mq.GetInstanceTypeOfferings(q.ctx, &mq.GetInstanceTypeOfferingsArgs{
		EngineType: &engine, HostInstanceType: &m.InstanceType,
	}, q.in)
	if err != nil {
		q.add(key, m.InstanceType, "a type that the region can be asked about", err.Error())
		return
	}
	var offered []string
	for _, option := range found.BrokerInstanceOptions {
		if !slices.Contains(option.SupportedDeploymentModes, m.DeploymentMode) {
			continue
		}
		for _, zone := range option.AvailabilityZones {
			offered = append(offered, zone.Name)
		}
	}
	zones := q.config.Network.AvailabilityZones
	if m.DeploymentMode == "SINGLE_INSTANCE" {
		zones = zones[:1]
	}
	for _, zone := range zones {
		if !slices.Contains(offered, zone) {
			where := strings.Join(slices.Compact(slices.Sorted(slices.Values(offered))), ", ")
			if where == "" {
				where = "no zone of the region"
			}
			q.add(key, m.InstanceType, "a type that "+zone+" offers for "+m.DeploymentMode, "it is offered in "+where)
		}
	}
}

// endpointChecks look for endpoints with private DNS in an existing VPC: a VPC has one of each service. The stack's own
// have its tags.
func (q *query) endpointChecks(partition string) []func() {
	network := q.config.Network
	if !network.Given() || !network.InterfaceEndpoints || q.unchanged(heldEndpoints) {
		return nil
	}
	vpc, loc := network.Existing.VpcID, location.Location{Partition: partition, Region: q.config.AWS.Region}
	var out []func()
	for _, service := range endpoints.Services(!q.config.NoInternet()) {
		out = append(out, func() {
			name := endpoints.ServiceName(loc, service.Name)
			found, err := ec2.LookupVpcEndpoint(q.ctx, &ec2.LookupVpcEndpointArgs{VpcId: &vpc, ServiceName: &name}, q.in)
			switch {
			case err != nil && isMissing(err):
			case err != nil:
				q.add("network.interfaceEndpoints", true, "false, or a VPC that can be asked about its endpoints", err.Error())
			case found.PrivateDnsEnabled && !q.owns(found.Tags):
				q.add("network.interfaceEndpoints", true, "false with "+vpc,
					"it has an endpoint of "+name+" with private DNS already, "+found.Id+", and takes one of each service")
			}
		})
	}
	return out
}
