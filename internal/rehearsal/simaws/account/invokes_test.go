package account_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
)

func TestTheInvokesAnswerForTheirRegion(t *testing.T) {
	a := simaws.NewAccount(simaws.Options{})
	ask := func(token string, args values) values {
		out, err := a.Invoke(other, token, args)
		require.NoError(t, err)
		return out
	}
	zones := ask("aws:index/getAvailabilityZones:getAvailabilityZones", nil)
	assert.Contains(t, zones["names"], "eu-west-1a")
	assert.Contains(t, zones["zoneIds"], "euw1-az1", "the zone's id is the same in every account")
	assert.Equal(t, simaws.AccountID, ask("aws:index/getCallerIdentity:getCallerIdentity", nil)["accountId"])
	assert.Equal(t, "aws", ask("aws:index/getPartition:getPartition", nil)["partition"])
	assert.Equal(t, other, ask("aws:index/getRegion:getRegion", nil)["name"])
	for _, args := range []values{{"zoneId": simaws.HostedZoneID}, {"name": simaws.Domain}, {"name": simaws.Domain + "."}} {
		zone := ask("aws:route53/getZone:getZone", args)
		assert.Equal(t, simaws.HostedZoneID, zone["zoneId"])
		assert.Equal(t, simaws.Domain, zone["name"])
		assert.Equal(t, false, zone["privateZone"])
	}
	role := ask("aws:iam/getRole:getRole", values{"name": "AWSServiceRoleForAutoScaling"})
	assert.Equal(t, "arn:aws:iam::"+simaws.AccountID+":role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling", role["arn"])
	assert.Empty(t, role["tags"], "nobody's stack made it")
	image := ask("aws:ssm/getParameter:getParameter", values{"name": simaws.ImageParameter})
	assert.Equal(t, simaws.ImageID, image["value"], "the image that the fixture has")
	byID := func(name, id string) values {
		return values{"filters": []any{values{"name": name, "values": []any{id}}}}
	}
	found := ask("aws:ec2/getAmi:getAmi", byID("image-id", simaws.ImageID))
	assert.Equal(t, "/dev/sda1", found["rootDeviceName"])
	assert.Equal(t, simaws.ImageID, found["imageId"])
	_, err := a.Invoke(other, "aws:ec2/getAmi:getAmi", byID("image-id", "ami-00000000000000000"))
	assert.ErrorContains(t, err, "Your query returned no results")
	_, err = a.Invoke(other, "aws:ec2/getAmi:getAmi", byID("name", "ubuntu"))
	assert.ErrorContains(t, err, "by image-id only", "a filter that is not modelled must not find everything")
}

func TestAKeyIsFoundAsItIs(t *testing.T) {
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
	for partition, suffix := range map[string]string{"aws": "amazonaws.com", "aws-us-gov": "amazonaws.com", "aws-cn": "amazonaws.com.cn"} {
		a := simaws.NewAccount(simaws.Options{Partition: partition})
		found, err := a.Invoke(region, "aws:index/getPartition:getPartition", nil)
		require.NoError(t, err)
		assert.Equal(t, partition, found["partition"])
		assert.Equal(t, suffix, found["dnsSuffix"], "in China names end otherwise")
	}
}
