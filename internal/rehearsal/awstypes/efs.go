package awstypes

import (
	"fmt"
	"slices"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/evaluate"
)

// toFileSystem is a property with the id of a file system.
func toFileSystem(path string, blocksDelete bool) Reference {
	return Reference{
		Path: path, To: []string{awstoken.EFSFileSystem}, By: "id", NotFound: "FileSystemNotFound",
		BlocksDelete: blocksDelete,
	}
}

func efsTypes() []Type {
	return []Type{
		fileSystem(),
		mountTarget(),
		{
			Token: awstoken.EFSFileSystemPolicy,
			Simulation: Simulation{
				ID:         "{fileSystemId}",
				Duration:   Duration{Create: 2, Update: 2, Delete: 2},
				References: []Reference{toFileSystem("fileSystemId", false)},
				Rules: []Rule{{
					Name: "efs-policy", AWS: Error,
					Refuses: "a policy of another file system, or one that names a missing role",
					Source:  docs + "efs/latest/ug/API_PutFileSystemPolicy.html",
					Check:   efsPolicy,
				}},
			},
			Provider: Provider{Source: "efs/file_system_policy", Checks: map[string][]Check{"policy": {isJSON}}},
			Permissions: &Permissions{
				Read:  actions("elasticfilesystem: DescribeFileSystemPolicy"),
				Write: actions("elasticfilesystem: PutFileSystemPolicy DeleteFileSystemPolicy"),
			},
			NotListed: "a setting of the file system",
			Example: Values{
				"fileSystemId": "${files.id}", "policy": policy(allow("AWS", "*", "${files.arn}", "*")),
			},
		},
		{
			Token: awstoken.EFSBackupPolicy,
			Simulation: Simulation{
				ID:         "{fileSystemId}",
				Duration:   Duration{Create: 2, Update: 2, Delete: 2},
				References: []Reference{toFileSystem("fileSystemId", false)},
			},
			Provider: Provider{Source: "efs/backup_policy"},
			Permissions: &Permissions{
				Read:  actions("elasticfilesystem: DescribeBackupPolicy"),
				Write: actions("elasticfilesystem: PutBackupPolicy"),
			},
			NotListed: "a setting of the file system",
			Example:   Values{"fileSystemId": "${files.id}", "backupPolicy": Values{"status": "ENABLED"}},
		},
		fileSystemReplication(),
	}
}

func fileSystem() Type {
	return Type{
		Token: awstoken.EFSFileSystem,
		Simulation: Simulation{
			ID: "fs-{hex17}", ARN: "elasticfilesystem:{region}:{account}:file-system/{id}", Unique: "creationToken",
			Duration:   Duration{Create: 10, Update: 5, Delete: 5},
			References: []Reference{toKey("kmsKeyId")},
			Rules: []Rule{{
				Name: "efs-throughput", AWS: Error,
				Refuses: "elastic throughput with maxIO; a key without encryption",
				Source:  docs + "efs/latest/ug/API_CreateFileSystem.html",
				Check:   efsThroughput,
			}},
			Outputs: func(c *Call) {
				c.State["dnsName"] = c.Expand("{id}.efs.{region}.{suffix}")
				c.State["ownerId"], c.State["numberOfMountTargets"] = c.AccountID, 0.0
				c.fill("performanceMode", "generalPurpose")
				c.fill("encrypted", false)
				c.once("creationToken", "pulumi-{hex17}")
			},
		},
		Provider: Provider{Source: "efs/file_system", Checks: map[string][]Check{"kmsKeyId": {isARN}}},
		Permissions: &Permissions{
			Read: actions("elasticfilesystem: DescribeFileSystems DescribeLifecycleConfiguration"),
			Write: actions("elasticfilesystem: CreateFileSystem UpdateFileSystem DeleteFileSystem " +
				"PutLifecycleConfiguration TagResource UntagResource"),
			// https://docs.aws.amazon.com/efs/latest/ug/EFSKMS.html
			Dependent: actions("kms: CreateGrant GenerateDataKeyWithoutPlaintext"),
			NeverCalled: []NeverCalled{{
				Actions: actions("elasticfilesystem: UpdateFileSystemProtection"),
				Because: "AWS protects the copy, and the program does not set it",
			}},
		},
		Listing: &Listing{
			Kind: "file system", Service: "elasticfilesystem", Call: "/2015-02-01/file-systems",
			ID: `"FileSystemId": ?"([^"]+)`,
		},
		Example: Values{"creationToken": "app", "encrypted": true, "kmsKeyId": "${key.arn}"},
	}
}

func efsThroughput(c *Call) error {
	if c.Text("performanceMode") == "maxIO" && c.Text("throughputMode") == "elastic" {
		return fmt.Errorf("BadRequest: throughput mode 'elastic' is not supported for performance mode 'maxIO'")
	}
	if c.Text("kmsKeyId") != "" && !c.isTrue("encrypted") {
		return fmt.Errorf("BadRequest: a KMS key needs encrypted to be true")
	}
	return nil
}

func mountTarget() Type {
	return Type{
		Token: awstoken.EFSMountTarget,
		Simulation: Simulation{
			ID:       "fsmt-{hex17}",
			Duration: Duration{Create: 90, Update: 5, Delete: 15},
			References: []Reference{
				toFileSystem("fileSystemId", true), toSubnets("subnetId"), toSecurityGroups("securityGroups[]"),
			},
			Rules: []Rule{{
				Name: "mount-target-per-zone", AWS: Error,
				Refuses: "a second one in a zone",
				Source:  docs + "efs/latest/ug/API_CreateMountTarget.html",
				Check:   mountTargetOnce,
			}},
			Outputs: mountTargetOutputs,
		},
		Provider: Provider{Source: "efs/mount_target"},
		Permissions: &Permissions{
			Read: actions("elasticfilesystem: DescribeMountTargets DescribeMountTargetSecurityGroups",
				"ec2: DescribeSubnets"),
			Write: actions("elasticfilesystem: CreateMountTarget DeleteMountTarget ModifyMountTargetSecurityGroups"),
			// https://docs.aws.amazon.com/efs/latest/ug/API_CreateMountTarget.html and
			// API_ModifyMountTargetSecurityGroups.html
			Dependent: actions("ec2: DescribeNetworkInterfaces CreateNetworkInterface " +
				"ModifyNetworkInterfaceAttribute " +
				"DeleteNetworkInterface"),
		},
		NotListed: "AWS does not delete a file system with a mount target",
		Example: Values{
			"fileSystemId": "${files.id}", "subnetId": "${subnet-a.id}", "securityGroups": []any{"${group.id}"},
		},
	}
}

func mountTargetOutputs(c *Call) {
	subnet := c.state(awstoken.EC2Subnet, c.Text("subnetId"))
	fileSystem := c.state(awstoken.EFSFileSystem, c.Text("fileSystemId"))
	c.State["availabilityZoneName"] = subnet["availabilityZone"]
	c.State["availabilityZoneId"] = subnet["availabilityZoneId"]
	c.State["dnsName"], c.State["fileSystemArn"] = fileSystem["dnsName"], fileSystem["arn"]
	c.State["mountTargetDnsName"] = fmt.Sprintf("%v.%v", subnet["availabilityZone"], fileSystem["dnsName"])
	c.State["ownerId"] = c.AccountID
	c.once("networkInterfaceId", "eni-{hex17}")
	c.fill("ipAddress", "10.0.0.5")
}

func mountTargetOnce(c *Call) error {
	zone := c.state(awstoken.EC2Subnet, c.Text("subnetId"))["availabilityZone"]
	same := c.Find(awstoken.EFSMountTarget, func(r *Resource) bool {
		return r != c.Old && r.State["fileSystemId"] == c.Text("fileSystemId") &&
			r.State["availabilityZoneName"] == zone
	})
	if len(same) > 0 {
		return fmt.Errorf("MountTargetConflict: a mount target already exists in %v", zone)
	}
	return nil
}

func efsPolicy(c *Call) error {
	doc, err := evaluate.Parse(c.Text("policy"))
	if err != nil {
		return fmt.Errorf("InvalidPolicyException: the file system policy is not a policy: %w", err)
	}
	if role := c.missingRole(doc); role != "" {
		return fmt.Errorf("InvalidPolicyException: invalid principal %s", role)
	}
	arn := fmt.Sprint(c.state(awstoken.EFSFileSystem, c.Text("fileSystemId"))["arn"])
	for _, s := range doc.Statements {
		for _, resource := range slices.Concat(s.Resource, s.NotResource) {
			if resource != arn && resource != "*" {
				return fmt.Errorf("InvalidPolicyException: resource %s is not this file system", resource)
			}
		}
	}
	return nil
}

func fileSystemReplication() Type {
	return Type{
		Token: awstoken.EFSReplication,
		Simulation: Simulation{
			ID: "{sourceFileSystemId}", Unique: "sourceFileSystemId",
			Duration:   Duration{Create: 120, Update: 5, Delete: 300},
			References: []Reference{toFileSystem("sourceFileSystemId", true)},
			Rules: []Rule{{
				Name: "efs-replica-region", AWS: ErrorOrQuiet,
				Refuses: "a key that is not in the region of the copy; a copy in the region of the original",
				Source:  docs + "efs/latest/ug/API_CreateReplicationConfiguration.html",
				Check:   replicaRegion,
			}},
			Outputs:  replicationOutputs,
			OnDelete: keepReplica,
		},
		Provider: Provider{Source: "efs/replication_configuration"},
		Permissions: &Permissions{
			Read:  actions("elasticfilesystem: DescribeReplicationConfigurations"),
			Write: actions("elasticfilesystem: CreateReplicationConfiguration DeleteReplicationConfiguration"),
			Dependent: actions("elasticfilesystem: CreateFileSystem", "kms: CreateGrant "+
				"GenerateDataKeyWithoutPlaintext"),
		},
		NotListed: "moto has no replication of file systems, so no deep rehearsal creates one",
		Example:   Values{"sourceFileSystemId": "${files.id}", "destination": Values{"region": "eu-west-1"}},
	}
}

func replicationOutputs(c *Call) {
	source := c.state(awstoken.EFSFileSystem, c.Text("sourceFileSystemId"))
	c.State["sourceFileSystemArn"], c.State["originalSourceFileSystemArn"] = source["arn"], source["arn"]
	c.State["sourceFileSystemRegion"], c.State["creationTime"] = c.Region, "2026-01-01 00:00:00 +0000 UTC"
	destination := map[string]any{"fileSystemId": "fs-" + c.digitsOnce("copy", 17), "status": "ENABLED"}
	requested, _ := c.In["destination"].(map[string]any)
	for name, value := range requested {
		destination[name] = value
	}
	c.State["destination"] = destination
	if c.Old != nil {
		return
	}
	// AWS makes the copy. No provider does, so no deployment leaves it over.
	id, region := fmt.Sprint(destination["fileSystemId"]), fmt.Sprint(destination["region"])
	c.Store.Add(&Resource{Token: awstoken.EFSFileSystem, Region: region, ID: id, Fixture: true, State: Values{
		"arn":       "arn:" + c.Partition + ":elasticfilesystem:" + region + ":" + c.AccountID + ":file-system/" + id,
		"dnsName":   id + ".efs." + region + "." + DNSSuffix(c.Partition),
		"encrypted": true, "kmsKeyId": destination["kmsKeyId"], "copyOf": c.Text("sourceFileSystemId"),
	}})
}

func keepReplica(c *Call) error {
	replica, _ := c.State["destination"].(map[string]any)
	c.keep("replica", c.ID, fmt.Sprintf(
		"file system %v in %v (the copy, no longer kept up)", replica["fileSystemId"], replica["region"]))
	return nil
}

// replicaRegion refuses a key that is not in the region of the copy, and a copy in the region of its original.
func replicaRegion(c *Call) error {
	region, key := c.Text("destination.region"), c.Text("destination.kmsKeyId")
	switch {
	case region == c.Region:
		return fmt.Errorf("a copy in %s is lost with the region that it is to outlive", region)
	case strings.HasPrefix(key, "arn:") && strings.Split(key, ":")[3] != region:
		return fmt.Errorf("ValidationException: the KMS key %s is not in the destination region %s", key, region)
	}
	return nil
}
