package awstypes

import "fmt"

// partitionLookUps are the look-ups without a service.
var partitionLookUps = []LookUp{
	{
		Token:       "aws:index/getAvailabilityZones:getAvailabilityZones",
		Source:      "ec2/ec2_availability_zones_data_source",
		Permissions: &Permissions{Read: actions("ec2: DescribeAvailabilityZones")},
		Answer: func(c *Call) (Values, error) {
			names := Zones(c.Region)
			ids := make([]string, len(names))
			for i, name := range names {
				ids[i] = zoneID(name)
			}
			return Values{
				"id": c.Region, "names": anys(names), "zoneIds": anys(ids), "groupNames": []any{c.Region},
			}, nil
		},
	},
	{
		Token: "aws:index/getCallerIdentity:getCallerIdentity",
		Answer: func(c *Call) (Values, error) {
			arn := fmt.Sprintf("arn:%s:sts::%s:assumed-role/deployer/rehearsal", c.Partition, c.AccountID)
			return Values{
				"id":        c.AccountID,
				"accountId": c.AccountID,
				"arn":       arn,
				"userId":    "AROAREHEARSAL:rehearsal",
			}, nil
		},
	},
	{
		Token:       "aws:index/getPartition:getPartition",
		Permissions: &Permissions{}, // the provider needs no call for it
		Answer: func(c *Call) (Values, error) {
			return Values{
				"id": c.Partition, "partition": c.Partition,
				"dnsSuffix":        partitions[c.Partition].dnsSuffix,
				"reverseDnsPrefix": partitions[c.Partition].reverseDNSPrefix,
			}, nil
		},
	},
	{
		Token: "aws:index/getRegion:getRegion",
		Answer: func(c *Call) (Values, error) {
			return Values{
				"id": c.Region, "name": c.Region, "description": c.Region,
				"endpoint": "ec2." + c.Region + "." + DNSSuffix(c.Partition),
			}, nil
		},
	},
}
