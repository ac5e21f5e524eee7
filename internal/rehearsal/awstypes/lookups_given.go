package awstypes

import (
	"fmt"
	"slices"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
)

// Types of what a configuration names and the program never creates.
const (
	// RDSClusterSnapshot is a snapshot of a database cluster.
	RDSClusterSnapshot = "aws:rds/clusterSnapshot:ClusterSnapshot"
	// S3Object is an object; its id is <bucket>/<key>.
	S3Object = "aws:s3/bucketObjectv2:BucketObjectv2"
)

// givenLookUps find what the configuration names. Each error has the provider's text for a missing resource.
var givenLookUps = []LookUp{
	{
		Token: "aws:iam/getPolicy:getPolicy", Source: "iam/policy_data_source",
		Permissions: &Permissions{
			Read:        actions("iam: GetPolicy GetPolicyVersion"),
			NeverCalled: []NeverCalled{{Actions: actions("iam: ListPolicies"), Because: "the ARN is given, not the name"}},
		},
		Answer: named(IAMPolicy, "arn", "reading IAM Policy: couldn't find resource", nil),
	},
	{
		Token: "aws:secretsmanager/getSecret:getSecret", Source: "secretsmanager/secret_data_source",
		Permissions: &Permissions{Read: actions("secretsmanager: DescribeSecret GetResourcePolicy")},
		Answer: named(awstoken.SecretsManagerSecret, "arn", "reading Secrets Manager Secret: couldn't find resource",
			nil),
	},
	{
		Token: "aws:rds/getClusterSnapshot:getClusterSnapshot", Source: "rds/cluster_snapshot_data_source",
		Permissions: &Permissions{Read: actions("rds: DescribeDBClusterSnapshots")},
		Answer:      clusterSnapshot,
	},
	{
		Token: "aws:wafv2/getWebAcl:getWebAcl", Source: "wafv2/web_acl_data_source",
		Permissions: &Permissions{Read: actions("wafv2: ListWebACLs")},
		Answer: func(c *Call) (Values, error) {
			found := c.FindBy(WAFWebACL, "name", c.Text("name"))
			if len(found) == 0 {
				return nil, fmt.Errorf("WAFv2 WebACL not found for name: %s", c.Text("name"))
			}
			return Values{
				"id": found[0].ID, "arn": found[0].State["arn"], "name": c.Text("name"), "scope": c.Text("scope"),
				"description": "",
			}, nil
		},
	},
	{
		Token: "aws:s3/getBucket:getBucket", Source: "s3/bucket_data_source",
		Permissions: &Permissions{Read: actions("s3: ListBucket GetBucketWebsite")},
		Answer:      bucketOf,
	},
	{
		Token: "aws:s3/getObject:getObject", Source: "s3/object_data_source",
		Permissions: &Permissions{
			Read: actions("s3: GetObject"),
		},
		Answer: objectOf,
	},
	{
		Token: "aws:ec2/getVpcEndpoint:getVpcEndpoint", Source: "ec2/vpc_endpoint_data_source",
		Permissions: &Permissions{Read: actions("ec2: DescribeVpcEndpoints DescribePrefixLists")},
		Answer:      describeEndpoint,
	},
}

func clusterSnapshot(c *Call) (Values, error) {
	id := c.Text("dbClusterSnapshotIdentifier")
	if !c.hasSnapshot(id) {
		return nil, fmt.Errorf("reading RDS DB Cluster Snapshots: couldn't find resource")
	}
	out := Values{
		"id": id, "dbClusterSnapshotIdentifier": id, "engine": "aurora-mysql",
		"engineVersion": "8.0.mysql_aurora.3.10.0", "status": "available", "storageEncrypted": true,
	}
	for _, snapshot := range c.snapshots(id) {
		for _, property := range []string{"engine", "engineVersion", "status"} {
			if value, given := snapshot.State[property]; given {
				out[property] = value
			}
		}
	}
	return out, nil
}

// bucketOf finds a bucket in any region: names are unique in all.
func bucketOf(c *Call) (Values, error) {
	name := c.Text("bucket")
	found := c.Store.Resources(awstoken.S3Bucket, c.Region)
	for _, r := range append(found, c.Store.Resources(awstoken.S3Bucket, "")...) {
		if r.ID == name {
			return Values{"id": name, "bucket": name, "arn": "arn:" + c.Partition + ":s3:::" + name, "region": r.Region}, nil
		}
	}
	return nil, fmt.Errorf("reading S3 Bucket (%s): couldn't find resource", name)
}

// objectOf returns what a HEAD request says of an object. S3 has a SHA-256 only of an upload that asked for it.
func objectOf(c *Call) (Values, error) {
	bucket, key := c.Text("bucket"), c.Text("key")
	for _, r := range append(c.Store.Resources(S3Object, c.Region), c.Store.Resources(S3Object, "")...) {
		if r.ID != bucket+"/"+key {
			continue
		}
		if r.State["forbidden"] == true {
			return nil, fmt.Errorf("reading S3 Bucket (%s) Object (%s): operation error S3: HeadObject, https response error "+
				"StatusCode: 403, api error Forbidden: Forbidden", bucket, key)
		}
		sum, _ := r.State["checksumSha256"].(string)
		return Values{
			"id": r.ID, "bucket": bucket, "key": key, "checksumSha256": sum,
			"contentLength": numberOr(r.State["contentLength"], 1), "contentType": "binary/octet-stream",
		}, nil
	}
	return nil, fmt.Errorf("reading S3 Bucket (%s) Object (%s): couldn't find resource", bucket, key)
}

// describeEndpoint returns the only endpoint of a service in a VPC.
func describeEndpoint(c *Call) (Values, error) {
	found := c.Find(awstoken.EC2VPCEndpoint, func(r *Resource) bool {
		return r.State["vpcId"] == c.Text("vpcId") && r.State["serviceName"] == c.Text("serviceName")
	})
	if len(found) != 1 {
		return nil, fmt.Errorf("no matching EC2 VPC Endpoint found")
	}
	return Values{
		"id": found[0].ID, "vpcId": c.Text("vpcId"), "serviceName": c.Text("serviceName"), "state": "available",
		"privateDnsEnabled": found[0].State["privateDnsEnabled"] == true, "tags": tagsOf(found[0]),
	}, nil
}

// NotOffered is what a zone does not offer: "<type> <zone>" is its id. Everything else is offered in every zone.
const NotOffered = "simulation:index:NotOffered"

// offers reports whether a zone offers a type of instance, class or broker.
func (c *Call) offers(what, zone string) bool {
	return len(c.Find(NotOffered, func(r *Resource) bool { return r.ID == what+" "+zone })) == 0
}

// offered returns the zones of the region that offer a type.
func (c *Call) offered(what string) []string {
	return slices.DeleteFunc(Zones(c.Region), func(zone string) bool { return !c.offers(what, zone) })
}

// offerLookUps return what the zones of the region offer.
var offerLookUps = []LookUp{
	{
		Token:       "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings",
		Source:      "ec2/ec2_instance_type_offerings_data_source",
		Permissions: &Permissions{Read: actions("ec2: DescribeInstanceTypeOfferings")},
		Answer:      instanceTypeOfferings,
	},
	{
		Token: "aws:rds/getOrderableDbInstance:getOrderableDbInstance", Source: "rds/orderable_instance_data_source",
		Permissions: &Permissions{Read: actions("rds: DescribeOrderableDBInstanceOptions")},
		Answer: func(c *Call) (Values, error) {
			zones := c.offered(c.Text("instanceClass"))
			if len(zones) == 0 {
				return nil, fmt.Errorf("no RDS DB Instance Classes match the criteria; try a different search")
			}
			return Values{
				"id": c.Text("instanceClass"), "instanceClass": c.Text("instanceClass"), "engine": c.Text("engine"),
				"engineVersion": c.Text("engineVersion"), "storageType": c.Text("storageType"),
				"availabilityZones": anys(zones),
			}, nil
		},
	},
	{
		Token:       "aws:mq/getInstanceTypeOfferings:getInstanceTypeOfferings",
		Source:      "mq/broker_instance_type_offerings_data_source",
		Permissions: &Permissions{Read: actions("mq: DescribeBrokerInstanceOptions")},
		Answer:      brokerOfferings,
	},
}

func instanceTypeOfferings(c *Call) (Values, error) {
	types, zones, kinds := []any{}, []any{}, []any{}
	filters, _ := c.In["filters"].([]any)
	for _, f := range filters {
		filter, _ := f.(map[string]any)
		if filter["name"] != "instance-type" {
			return nil, fmt.Errorf("the simulated AWS filters offerings by instance-type only, not by %v", filter["name"])
		}
		for _, name := range Texts(filter, "values[]") {
			for _, zone := range c.offered(name) {
				types, zones, kinds = append(types, name), append(zones, zone), append(kinds, "availability-zone")
			}
		}
	}
	return Values{
		"id": c.Region, "instanceTypes": types, "locations": zones, "locationTypes": kinds, "filters": filters,
		"locationType": c.Text("locationType"),
	}, nil
}

func brokerOfferings(c *Call) (Values, error) {
	options := []any{}
	var zones []any
	for _, zone := range c.offered(c.Text("hostInstanceType")) {
		zones = append(zones, Values{"name": zone})
	}
	if len(zones) > 0 {
		options = append(options, Values{
			"engineType": "RABBITMQ", "hostInstanceType": c.Text("hostInstanceType"), "storageType": "EBS",
			"availabilityZones": zones, "supportedEngineVersions": []any{"3.13"},
			"supportedDeploymentModes": []any{"SINGLE_INSTANCE", "CLUSTER_MULTI_AZ"},
		})
	}
	return Values{"id": c.Region, "brokerInstanceOptions": options}, nil
}

// notOffered returns AWS's error for the creation of a type in zones that do not offer it. What exists stays.
func (c *Call) notOffered(code, what string, zones []string) error {
	if c.Old != nil {
		return nil
	}
	for _, zone := range zones {
		if !c.offers(what, zone) {
			return fmt.Errorf("%s: %s is not offered in %s; choose one of %s", code, what, zone,
				strings.Join(c.offered(what), ", "))
		}
	}
	return nil
}
