package awstypes_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
)

func TestLookUpsUseTheirRegion(t *testing.T) {
	a := simaws.NewAccount(simaws.Options{})
	ask := func(token string, args values) values {
		out, err := a.Invoke(other, token, args)
		require.NoError(t, err)
		return out
	}
	zones := ask("aws:index/getAvailabilityZones:getAvailabilityZones", nil)
	assert.Contains(t, zones["names"], "eu-west-1a")
	assert.Contains(t, zones["zoneIds"], "euw1-az1", "a zone's id must be the same in every account")
	assert.Equal(t, simaws.AccountID, ask("aws:index/getCallerIdentity:getCallerIdentity", nil)["accountId"])
	assert.Equal(t, "aws", ask("aws:index/getPartition:getPartition", nil)["partition"])
	assert.Equal(t, other, ask("aws:index/getRegion:getRegion", nil)["name"])
	for _, args := range []values{{"zoneId": simaws.HostedZoneID}, {"name": simaws.Domain},
		{"name": simaws.Domain + "."}} {
		zone := ask("aws:route53/getZone:getZone", args)
		assert.Equal(t, simaws.HostedZoneID, zone["zoneId"])
		assert.Equal(t, simaws.Domain, zone["name"])
		assert.Equal(t, false, zone["privateZone"])
	}
	role := ask("aws:iam/getRole:getRole", values{"name": "AWSServiceRoleForAutoScaling"})
	assert.Equal(t,
		"arn:aws:iam::"+simaws.AccountID+":role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling",
		role["arn"])
	assert.Empty(t, role["tags"], "no stack has created the role")
	image := ask("aws:ssm/getParameter:getParameter", values{"name": simaws.ImageParameter})
	assert.Equal(t, simaws.ImageID, image["value"], "the fixture's image")
	byID := func(name, id string) values {
		return values{"filters": []any{values{"name": name, "values": []any{id}}}}
	}
	found := ask("aws:ec2/getAmi:getAmi", byID("image-id", simaws.ImageID))
	assert.Equal(t, "/dev/sda1", found["rootDeviceName"])
	assert.Equal(t, simaws.ImageID, found["imageId"])
	_, err := a.Invoke(other, "aws:ec2/getAmi:getAmi", byID("image-id", "ami-00000000000000000"))
	assert.ErrorContains(t, err, "Your query returned no results")
	_, err = a.Invoke(other, "aws:ec2/getAmi:getAmi", byID("name", "ubuntu"))
	assert.ErrorContains(t, err, "by image-id only", "an unsupported filter must not match all images")
}

func TestAKeyLookUpReturnsItsState(t *testing.T) {
	w := newWorld(t)
	made := w.made["key"]
	for _, id := range []any{made.ID, made.State["arn"]} {
		found, err := w.account.Invoke(region, "aws:kms/getKey:getKey", values{"keyId": id})
		require.NoError(t, err)
		assert.Equal(t, made.State["arn"], found["arn"])
		assert.Equal(t, "Enabled", found["keyState"])
		assert.Equal(t, "SYMMETRIC_DEFAULT", found["keySpec"])
	}
}

func TestPartitionsHaveTheirNames(t *testing.T) {
	for partition, suffix := range map[string]string{"aws": "amazonaws.com", "aws-us-gov": "amazonaws.com",
		"aws-cn": "amazonaws.com.cn"} {
		a := simaws.NewAccount(simaws.Options{Partition: partition})
		found, err := a.Invoke(region, "aws:index/getPartition:getPartition", nil)
		require.NoError(t, err)
		assert.Equal(t, partition, found["partition"])
		assert.Equal(t, suffix, found["dnsSuffix"], "China has its own DNS suffix")
	}
}

// A gateway endpoint has no subnets. Its prefix list is the one that rules and routes name.
func TestAGatewayEndpointHasThePrefixListOfItsService(t *testing.T) {
	w := newWorld(t)
	const name = "com.amazonaws.us-east-1.s3"
	made := w.need("s3", awstoken.EC2VPCEndpoint,
		values{"vpcId": "${vpc.id}", "serviceName": name, "routeTableIds": []any{"${table.id}"}})
	list, err := w.account.Invoke(region, "aws:ec2/getManagedPrefixList:getManagedPrefixList", values{"name": name})
	require.NoError(t, err)
	assert.Equal(t, list["id"], made.State["prefixListId"], "the look-up must return the endpoint's prefix list")
	w.need("rule", awstoken.EC2SecurityGroupEgressRule,
		with(example(awstoken.EC2SecurityGroupEgressRule), values{"cidrIpv4": nil, "prefixListId": list["id"]}))
	_, err = w.create(awstoken.EC2SecurityGroupEgressRule,
		with(example(awstoken.EC2SecurityGroupEgressRule), values{"cidrIpv4": nil, "prefixListId": "pl-gone"}))
	assert.ErrorContains(t, err, "InvalidPrefixListID.NotFound")
	_, err = w.account.Invoke(region, "aws:ec2/getManagedPrefixList:getManagedPrefixList",
		values{"name": "com.amazonaws.us-east-1.dynamo"})
	assert.ErrorContains(t, err, "no matching EC2 Managed Prefix List found")
}

// A security group counts a prefix list as its largest number of entries, whatever it has.
func TestAPrefixListCountsAsItsLargestNumberOfEntries(t *testing.T) {
	w := newWorld(t)
	for id, most := range map[string]float64{"pl-59": 59, "pl-60": 60} {
		w.account.Exists(region, awstypes.EC2ManagedPrefixList, id, values{"name": id, "maxEntries": most})
	}
	rule := func(id string) values {
		return with(example(awstoken.EC2SecurityGroupIngressRule), values{"cidrIpv4": nil, "prefixListId": id})
	}
	w.need("one", awstoken.EC2SecurityGroupIngressRule, example(awstoken.EC2SecurityGroupIngressRule))
	_, err := w.create(awstoken.EC2SecurityGroupIngressRule, rule("pl-60"))
	require.ErrorContains(t, err, "RulesPerSecurityGroupLimitExceeded", "1 and 60 are more than 60")
	_, err = w.create(awstoken.EC2SecurityGroupIngressRule, rule("pl-59"))
	assert.NoError(t, err, "1 and 59 are 60")
}

// AWS tells no largest number of entries of its own lists.
func TestAPrefixListOfAWSCountsAsItsWeight(t *testing.T) {
	w := newWorld(t)
	checkers := awstypes.PrefixListID(region, "com.amazonaws."+region+".route53-healthchecks")
	w.account.Exists(region, awstypes.EC2ManagedPrefixList, "pl-36", values{"name": "clients", "maxEntries": 36.0})
	rule := func(id string) values {
		return with(example(awstoken.EC2SecurityGroupIngressRule), values{"cidrIpv4": nil, "prefixListId": id})
	}
	w.need("clients", awstoken.EC2SecurityGroupIngressRule, rule("pl-36"))
	_, err := w.create(awstoken.EC2SecurityGroupIngressRule, rule(checkers))
	assert.ErrorContains(t, err, "RulesPerSecurityGroupLimitExceeded", "36 and 25 are more than 60")
}

func TestChinaHasItsOwnServiceNames(t *testing.T) {
	a := simaws.NewAccount(simaws.Options{Partition: "aws-cn"})
	const china = "cn-north-1"
	ask := func(token string, inputs values) (account.Answer, error) {
		return a.Create(account.Request{Region: china, Token: token, Inputs: inputs})
	}
	made, err := ask(awstoken.EC2VPC, values{"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": true})
	require.NoError(t, err)
	net, err := ask(awstoken.EC2Subnet, values{"vpcId": made.ID, "cidrBlock": "10.0.0.0/24"})
	require.NoError(t, err)
	for name, exists := range map[string]bool{
		"cn.com.amazonaws.cn-north-1.ec2": true, "com.amazonaws.cn-north-1.ec2": false,
		"com.amazonaws.cn-north-1.kms": true, "cn.com.amazonaws.cn-north-1.kms": false,
	} {
		_, err := ask(awstoken.EC2VPCEndpoint,
			values{"vpcId": made.ID, "serviceName": name, "vpcEndpointType": "Interface", "subnetIds": []any{net.ID}})
		assert.Equal(t, exists, err == nil, "%s: %v", name, err)
	}
}

func TestATransitGatewayIsAttachedOnceAndRoutesBlockItsDetachment(t *testing.T) {
	w := newWorld(t)
	w.need("attachment", awstoken.EC2TransitGatewayAttachment, example(awstoken.EC2TransitGatewayAttachment))
	_, err := w.create(awstoken.EC2TransitGatewayAttachment, example(awstoken.EC2TransitGatewayAttachment))
	assert.ErrorContains(t, err, "AlreadyExists", "a VPC can be attached to a gateway only once")
	w.need(
		"route",
		awstoken.EC2Route,
		values{
			"routeTableId":         "${table.id}",
			"destinationCidrBlock": "10.50.0.0/16",
			"transitGatewayId":     simaws.TransitGatewayID,
		},
	)
	assert.ErrorContains(t, w.delete(awstoken.EC2TransitGatewayAttachment, w.made["attachment"].ID), "IncorrectState",
		"a route must block the deletion")
	w.remove("route")
	w.remove("attachment")
}

func TestTheExistingVPCIsFoundByItsIDs(t *testing.T) {
	a := simaws.NewAccount(simaws.Options{})
	found, err := a.Invoke(other, "aws:ec2/getVpc:getVpc", values{"id": simaws.ExistingVpcID})
	require.NoError(t, err)
	assert.Equal(t, true, found["enableDnsHostnames"])
	net, err := a.Invoke(other, "aws:ec2/getSubnet:getSubnet", values{"id": simaws.ExistingSubnetID("data", 'b')})
	require.NoError(t, err)
	assert.Equal(t, simaws.ExistingVpcID, net["vpcId"])
	assert.Equal(t, other+"b", net["availabilityZone"])
	assert.InDelta(t, 251, net["availableIpAddressCount"], 0, "AWS reserves 5 of 256")
	for _, token := range []string{"aws:ec2/getVpc:getVpc", "aws:ec2/getSubnet:getSubnet"} {
		_, err = a.Invoke(region, token, values{"id": "gone"})
		assert.ErrorContains(t, err, "'gone' does not exist in us-east-1")
	}
}

func TestTheFixtureFitsTheCommittedStacks(t *testing.T) {
	a := simaws.NewAccount(simaws.Options{})
	for _, r := range awstypes.Regions {
		_, err := a.Read(account.Request{Region: r, Token: awstoken.ACMCertificate, ID: simaws.CertificateARN(r)})
		assert.NoError(t, err, "%s has a certificate", r)
		assert.True(t, awstypes.HasRegion(r), "%s is a region", r)
	}
	assert.False(t, awstypes.HasRegion("mars-north-1"), "an unknown region")
	id, partition, err := a.Identity()
	assert.NoError(t, err)
	assert.Equal(t, []string{simaws.AccountID, "aws"}, []string{id, partition})
}

func TestALookUpOfAMissingResourceIsAnError(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		region, token string
		args          values
		want          string
	}{
		{region: other, token: "aws:ssm/getParameter:getParameter", args: values{"name": "/gone"},
			want: "ParameterNotFound"},
		{region: region, token: "aws:route53/getZone:getZone", args: values{"zoneId": "ZGONE"},
			want: "no matching Route 53 Hosted Zone found"},
		{region: region, token: "aws:route53/getZone:getZone", args: values{"name": "example.org"},
			want: "no matching Route 53 Hosted Zone found"},
		{region: region, token: "aws:route53/getZone:getZone", args: values{"name": "example.org",
			"privateZone": true}, want: "no matching Route 53 Hosted Zone found"},
		{region: region, token: "aws:route53/getZone:getZone", want: "one of zoneId and name must be given"},
		// the provider's text
		{region: region, token: "aws:iam/getRole:getRole", args: values{"name": "gone"},
			want: "couldn't find resource"},
		// resources of one region
		{region: other, token: "aws:kms/getKey:getKey", args: values{"keyId": w.made["key"].State["arn"]},
			want: "NotFoundException"},
	} {
		_, err := w.account.Invoke(c.region, c.token, c.args)
		assert.ErrorContains(t, err, c.want, "%s %v", c.token, c.args)
	}
}
