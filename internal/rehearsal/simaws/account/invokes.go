package account

import (
	"fmt"
	"slices"
	"strings"
)

// Zones of a region. Every region of the simulated AWS has four, so that a program that takes "all" is found out.
func Zones(region string) []string {
	return []string{region + "a", region + "b", region + "c", region + "d"}
}

// zoneID is the name of a zone that is the same in every account.
func zoneID(zone string) string {
	parts := strings.Split(zone, "-")
	if len(parts) < 3 || len(zone) == 0 {
		return ""
	}
	number := zone[len(zone)-1] - 'a' + 1
	return fmt.Sprintf("%s%c%s-az%d", parts[0], parts[1][0], parts[len(parts)-1][:1], number)
}

const parameterT = "aws:ssm/parameter:Parameter"

func init() {
	register(Kind{Token: parameterT, ID: "{name}", Unique: "name"})
}

// Invoke answers a look-up. One that the program was not known to make is an error.
func (a *Account) Invoke(region, token string, args Values) (Values, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch token {
	case "aws:index/getAvailabilityZones:getAvailabilityZones":
		names := Zones(region)
		ids := make([]string, len(names))
		for i, n := range names {
			ids[i] = zoneID(n)
		}
		return Values{"id": region, "names": anys(names), "zoneIds": anys(ids), "groupNames": []any{region}}, nil
	case "aws:index/getCallerIdentity:getCallerIdentity":
		arn := fmt.Sprintf("arn:%s:sts::%s:assumed-role/deployer/rehearsal", a.Partition, a.ID)
		return Values{"id": a.ID, "accountId": a.ID, "arn": arn, "userId": "AROAREHEARSAL:rehearsal"}, nil
	case "aws:index/getPartition:getPartition":
		return a.partition(), nil
	case "aws:index/getRegion:getRegion":
		return Values{"id": region, "name": region, "description": region, "endpoint": "ec2." + region + "." + a.DNSSuffix()}, nil
	case "aws:iam/getRole:getRole":
		return a.role(args)
	case "aws:kms/getKey:getKey":
		return a.kmsKey(region, args)
	case "aws:ec2/getAmi:getAmi":
		return a.image(region, args)
	case "aws:ec2/getVpc:getVpc":
		return a.vpc(region, args)
	case "aws:ec2/getSubnet:getSubnet":
		return a.subnet(region, args)
	case "aws:ec2/getManagedPrefixList:getManagedPrefixList":
		return a.prefixList(region, args)
	case "aws:route53/getZone:getZone":
		return a.hostedZone(args)
	case "aws:ssm/getParameter:getParameter":
		name, _ := args["name"].(string)
		found := a.find(func(r *Resource) bool { return r.Token == parameterT && r.Region == region && r.State["name"] == name })
		if len(found) == 0 {
			return nil, fmt.Errorf("ParameterNotFound: the parameter %s does not exist in %s", name, region)
		}
		value := found[0].State["value"]
		return Values{
			"id": name, "name": name, "type": "String", "value": value, "insecureValue": value, "version": 1.0,
			"arn": fmt.Sprintf("arn:%s:ssm:%s::parameter%s", a.Partition, region, name), "withDecryption": true,
		}, nil
	default:
		return nil, fmt.Errorf("the simulated AWS does not answer %s", token)
	}
}

// hostedZone finds a zone as the provider does, by its id or else by its name; a zone is private when it says so.
func (a *Account) hostedZone(args Values) (Values, error) {
	id, _ := args["zoneId"].(string)
	name, _ := args["name"].(string)
	private, _ := args["privateZone"].(bool)
	if (id == "") == (name == "") {
		return nil, fmt.Errorf("one of zoneId and name must be given")
	}
	found := a.find(func(r *Resource) bool {
		if r.Token != zoneT {
			return false
		}
		isPrivate, _ := r.State["privateZone"].(bool)
		return r.ID == id || id == "" && isPrivate == private && strings.TrimSuffix(fmt.Sprint(r.State["name"]), ".") == strings.TrimSuffix(name, ".")
	})
	if len(found) != 1 {
		return nil, fmt.Errorf("no matching Route 53 Hosted Zone found")
	}
	zone := found[0]
	isPrivate, _ := zone.State["privateZone"].(bool)
	return Values{
		"id": zone.ID, "zoneId": zone.ID, "name": zone.State["name"], "privateZone": isPrivate,
		"arn": fmt.Sprintf("arn:%s:route53:::hostedzone/%s", a.Partition, zone.ID),
	}, nil
}

// Regions that the simulated partitions have.
var Regions = []string{"us-east-1", "us-east-2", "us-west-2", "eu-west-1", "eu-central-1", "us-gov-west-1", "cn-north-1"}

// HasRegion says whether a region exists.
func HasRegion(region string) bool { return slices.Contains(Regions, region) }

// Identity is the account's number and partition.
func (a *Account) Identity() (id, partition string, err error) { return a.ID, a.Partition, nil }
