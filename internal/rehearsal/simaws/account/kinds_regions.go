package account

import (
	"fmt"
	"strings"
)

const (
	replicaT       = "aws:efs/replicationConfiguration:ReplicationConfiguration"
	globalClusterT = "aws:rds/globalCluster:GlobalCluster"
)

// What reaches over the border of a region.
func init() {
	register(
		Kind{
			Token: replicaT, ID: "{sourceFileSystemId}", Unique: "sourceFileSystemId", Took: Took{120, 5, 300},
			Refs: []Ref{{Path: "sourceFileSystemId", To: []string{fileSystemT}, By: "id", NotFound: "FileSystemNotFound", Holds: true}},
			Rules: []Rule{
				{"efs-replica-region", "https://docs.aws.amazon.com/efs/latest/ug/API_CreateReplicationConfiguration.html", replicaRegion},
			},
			Outputs: func(c *Call) {
				source := c.state(fileSystemT, c.Text("sourceFileSystemId"))
				c.State["sourceFileSystemArn"], c.State["originalSourceFileSystemArn"] = source["arn"], source["arn"]
				c.State["sourceFileSystemRegion"], c.State["creationTime"] = c.Region, "2026-01-01 00:00:00 +0000 UTC"
				wanted, _ := c.In["destination"].(map[string]any)
				destination := map[string]any{"fileSystemId": "fs-" + c.hexOnce("copy", 17), "status": "ENABLED"}
				for k, v := range wanted {
					destination[k] = v
				}
				c.State["destination"] = destination
			},
			OnDelete: func(c *Call) error {
				copied, _ := c.State["destination"].(map[string]any)
				c.Keep("replica", c.self.ID, fmt.Sprintf("file system %v in %v (the copy, no longer kept up)", copied["fileSystemId"], copied["region"]))
				return nil
			},
		},
		Kind{
			Token: globalClusterT, ID: "{globalClusterIdentifier}", ARN: "rds::{account}:global-cluster:{globalClusterIdentifier}",
			Unique: "globalClusterIdentifier", Took: Took{30, 5, 60},
			Refs: []Ref{{Path: "sourceDbClusterIdentifier", To: []string{dbClusterT}, By: "arn", NotFound: "DBClusterNotFoundFault", Holds: true}},
			Rules: []Rule{
				{"global-database-member", "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-global-database.html", globalMember},
			},
			Outputs: func(c *Call) {
				once(c, "globalClusterResourceId", "cluster-{hex16}")
				arn := c.Text("sourceDbClusterIdentifier")
				for _, source := range c.Find(dbClusterT, func(r *Resource) bool { return r.State["arn"] == arn }) {
					for _, same := range []string{"engine", "engineVersion", "storageEncrypted"} {
						c.State[same] = source.State[same]
					}
					c.State["engineVersionActual"] = source.State["engineVersion"]
					c.State["globalClusterMembers"] = []any{map[string]any{"dbClusterArn": arn, "isWriter": true}}
				}
			},
			OnDelete: func(c *Call) error {
				if c.State["deletionProtection"] == true {
					return fmt.Errorf("InvalidParameterCombination: cannot delete protected global cluster, please disable deletion protection and try again")
				}
				return nil
			},
		},
	)
}

// replicaRegion refuses a key that is not in the region of the copy, and a copy that would be lost with its original.
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

// globalMember refuses what a cluster may not have in a global database.
func globalMember(c *Call) error {
	arn := c.Text("sourceDbClusterIdentifier")
	for _, source := range c.Find(dbClusterT, func(r *Resource) bool { return r.State["arn"] == arn }) {
		switch {
		case source.State["manageMasterUserPassword"] == true:
			return fmt.Errorf("InvalidParameterCombination: a cluster whose master password is managed in AWS Secrets Manager cannot be a member of a global database")
		case numberOr(source.State["backtrackWindow"], 0) > 0:
			return fmt.Errorf("InvalidParameterCombination: a cluster with Backtrack cannot be a member of a global database")
		case len(c.Find(globalClusterT, func(r *Resource) bool {
			return r.State["sourceDbClusterIdentifier"] == arn && r.State["globalClusterIdentifier"] != c.Text("globalClusterIdentifier")
		})) > 0:
			return fmt.Errorf("InvalidDBClusterStateFault: the cluster is already a member of a global database")
		}
	}
	return nil
}

// inGlobalDatabase says whether the cluster of a call is a member of one.
func (c *Call) inGlobalDatabase() bool {
	if c.Text("globalClusterIdentifier") != "" {
		return true
	}
	return c.Old != nil && len(c.Find(globalClusterT, func(r *Resource) bool {
		return r.State["sourceDbClusterIdentifier"] == c.Old.State["arn"]
	})) > 0
}
