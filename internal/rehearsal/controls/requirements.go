package controls

import (
	"fmt"
	"slices"
	"strings"
)

// Requirements are the program's own, where no control of Security Hub asks for as much: security, and a production that
// survives the loss of a zone. The ids of CIS are those of the AWS Foundations Benchmark.
var Requirements = slices.Concat(securityRequirements, zoneRequirements)

// encrypted checks that a resource has a key of a customer. The keys of AWS's own have no property.
func encrypted(path string) func(*recorder, *registered) bool {
	return func(_ *recorder, res *registered) bool {
		key := fmt.Sprint(res.Get(path))
		return strings.HasPrefix(key, "arn:") && strings.Contains(key, ":key/")
	}
}

var securityRequirements = []Control{
	{IDs: "Encryption.EFS", token: "efs/fileSystem:FileSystem", what: "a customer's key", holds: encrypted("kmsKeyId")},
	{IDs: "Encryption.RDS", token: dbCluster, what: "a customer's key", holds: encrypted("kmsKeyId")},
	{IDs: "Encryption.MQ", token: "mq/broker:Broker", what: "a customer's key",
		holds: encrypted("encryptionOptions.kmsKeyId")},
	{IDs: "Encryption.Opensearch", token: osDomain, what: "a customer's key", holds: encrypted("encryptAtRest.kmsKeyId")},
	{IDs: "Encryption.EC2", token: template, what: "a customer's key", holds: encrypted("blockDeviceMappings.ebs.kmsKeyId")},
	{IDs: "Encryption.SecretsManager", token: secretOf, what: "a customer's key", holds: encrypted("kmsKeyId")},
	{IDs: "Encryption.Logs", token: "cloudwatch/logGroup:LogGroup", what: "a customer's key", holds: encrypted("kmsKeyId")},

	{IDs: "TLS.RDS", token: "rds/clusterParameterGroup:ClusterParameterGroup", what: "refuses clients without TLS",
		holds: func(_ *recorder, res *registered) bool { return parameter(res, "require_secure_transport") == "ON" }},
	{IDs: "TLS.EFS", token: "efs/fileSystem:FileSystem", what: "refuses clients without TLS",
		holds: having("efs/fileSystemPolicy:FileSystemPolicy", "fileSystemId", "id",
			func(r *recorder, res *registered) bool {
				return slices.ContainsFunc(Statements(r), func(s Statement) bool {
					return s.Where == res && s.Effect == "Deny" && fmt.Sprint(s.Condition["Bool"]["aws:SecureTransport"]) != "<nil>"
				})
			})},

	{IDs: "Private.MQ", token: "mq/broker:Broker", what: "no public address",
		holds: func(_ *recorder, res *registered) bool { return res.Get("publiclyAccessible") != true }},
	// CIS 5.3 and EC2.53 ask for it too: no remote administration from everywhere.
	{IDs: "CIS.5.3", token: "vpc/securityGroupIngressRule:SecurityGroupIngressRule", what: "no SSH, no RDP",
		holds: func(_ *recorder, res *registered) bool {
			from, _ := res.Get("fromPort").(float64)
			to, _ := res.Get("toPort").(float64)
			open := func(port float64) bool { return from <= port && port <= to }
			return !open(22) && !open(3389) && res.Get("ipProtocol") != "-1"
		}},
	{IDs: "LeastPrivilege.IAM", token: inline, what: "names the resources of data and secrets",
		holds: allowingNone(func(s Statement) bool {
			return slices.Contains(List(s.Resource), "*") && slices.ContainsFunc(List(s.Action), func(action string) bool {
				service, verb, _ := strings.Cut(action, ":")
				return slices.Contains([]string{"secretsmanager", "kms", "s3", "rds-db"}, service) && verb != "ListAllMyBuckets"
			})
		})},
}

// zoneRequirements are those of high availability.
var zoneRequirements = []Control{
	{IDs: "Zones.Nodes", production: true, token: nodeGroup, what: "three zones, three nodes or more",
		holds: func(r *recorder, res *registered) bool {
			return inZones("vpcZoneIdentifiers", 3)(r, res) && number("minSize", 3)(r, res)
		}},
	{IDs: "Zones.Broker", production: true, token: "mq/broker:Broker", what: "a cluster over zones",
		holds: value("deploymentMode", "CLUSTER_MULTI_AZ")},
	{IDs: "Zones.Search", production: true, token: osDomain, what: "three zones and dedicated masters",
		holds: func(r *recorder, res *registered) bool {
			return value("clusterConfig.zoneAwarenessConfig.availabilityZoneCount", 3)(r, res) &&
				number("clusterConfig.dedicatedMasterCount", 3)(r, res)
		}},
	{IDs: "Zones.Files", production: true, token: "efs/fileSystem:FileSystem", what: "a mount target in each of three zones",
		holds: func(r *recorder, res *registered) bool {
			zones := map[any]bool{}
			for _, target := range r.OfType("efs/mountTarget:MountTarget") {
				if target.Get("fileSystemId") == res.ID {
					zones[target.Get("subnetId")] = true
				}
			}
			return len(zones) >= 3
		}},
	{IDs: "Zones.Gateways", production: true, token: vpc, what: "a NAT gateway for each zone, or none",
		holds: func(r *recorder, _ *registered) bool {
			subnets := map[any]bool{}
			for _, gateway := range r.OfType("ec2/natGateway:NatGateway") {
				subnets[gateway.Get("subnetId")] = true
			}
			return len(subnets) == 0 || len(subnets) >= 3
		}},
	{IDs: "Zones.Database", production: true, token: dbCluster, what: "a reader in another zone than the writer",
		holds: func(r *recorder, _ *registered) bool {
			zones := map[any]bool{}
			for _, instance := range r.OfType(dbInstance) {
				zones[instance.Get("availabilityZone")] = true
			}
			return len(zones) >= 2
		}},
	{IDs: "Zones.LoadBalancer", production: true, token: balancer, what: "three zones", holds: inZones("subnets", 3)},
}
