package search

import (
	"fmt"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/changes"
	"github.com/morpheus-ha/morpheus-aws/internal/versions"
)

const (
	losesIndexes = "replaces the domain - its indexes and automatic snapshots are lost"
	blueGreen    = "blue/green, ~1-2 h, double capacity and free addresses needed meanwhile"
)

// Changes lists what a change of a property does to the indexes.
// https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-configuration-changes.html
var Changes = changes.Table{
	{
		Token: awstoken.OpenSearchDomain, Property: "domainName", Effect: changes.DataLoss,
		Risk: losesIndexes, Input: "name", Keys: "search.name",
	},
	// The provider asks AWS to which versions a domain can be upgraded, and replaces it for any other.
	{
		Token: awstoken.OpenSearchDomain, Property: "engineVersion", Effect: changes.DataLoss,
		Risk: losesIndexes, When: versions.Lowered, Input: "engineVersion", Keys: "search.engineVersion",
	},
	{
		Token: awstoken.OpenSearchDomain, Property: "engineVersion", Effect: changes.BlueGreen,
		Risk: blueGreen + "; it cannot be undone", Input: "engineVersion", Keys: "search.engineVersion",
	},
	{
		Token: awstoken.OpenSearchDomain, Property: "encryptAtRest.kmsKeyId", Effect: changes.DataLoss,
		Risk: losesIndexes, Input: "keyArn", Keys: "encryption.keys.search",
	},
	{
		Token: awstoken.OpenSearchDomain, Property: "clusterConfig.instanceType", Effect: changes.BlueGreen,
		Risk: blueGreen, Input: "instanceType", Keys: "search.instanceType",
	},
	{
		Token: awstoken.OpenSearchDomain, Property: "clusterConfig.instanceCount", Effect: changes.BlueGreen,
		Risk: "without dedicated masters " + blueGreen + "; with them in place", Keys: "search.instanceCount",
	},
	{
		Token: awstoken.OpenSearchDomain, Property: "clusterConfig.dedicatedMasterEnabled", Effect: changes.BlueGreen,
		Risk: blueGreen, Input: "dedicatedMasters", Keys: "search.dedicatedMasters",
	},
	{
		Token: awstoken.OpenSearchDomain, Property: "clusterConfig.dedicatedMasterCount", Effect: changes.BlueGreen,
		Risk: blueGreen, Input: "dedicatedMasters", Keys: "search.dedicatedMasters",
	},
	{
		Token: awstoken.OpenSearchDomain, Property: "clusterConfig.dedicatedMasterType", Effect: changes.BlueGreen,
		Risk: blueGreen, Input: "masterInstanceType", Keys: "search.masterInstanceType",
	},
	{
		Token: awstoken.OpenSearchDomain, Property: "clusterConfig.zoneAwarenessEnabled", Effect: changes.BlueGreen,
		Risk: blueGreen, Input: "zoneCount", Keys: "search.instanceCount",
	},
	{
		Token: awstoken.OpenSearchDomain, Property: "clusterConfig.zoneAwarenessConfig", Effect: changes.BlueGreen,
		Risk: blueGreen, Input: "zoneCount", Keys: "search.instanceCount",
	},
	{
		Token: awstoken.OpenSearchDomain, Property: "vpcOptions.subnetIds", Effect: changes.BlueGreen,
		Risk: blueGreen, Input: "subnetIds", Keys: "network.availabilityZones",
	},
	{
		Token: awstoken.OpenSearchDomain, Property: "vpcOptions.securityGroupIds", Effect: changes.BlueGreen,
		Risk: blueGreen, Input: "securityGroupId",
	},
	{
		Token: awstoken.OpenSearchDomain, Property: "ebsOptions.volumeType", Effect: changes.BlueGreen,
		Risk: blueGreen,
	},
	{
		Token: awstoken.OpenSearchDomain, Property: "ebsOptions.volumeSize", Effect: changes.BlueGreen,
		Risk: blueGreen, When: smaller, Input: "volumeGiB", Keys: "search.volumeGiB",
	},
	{
		Token: awstoken.OpenSearchDomain, Property: "logPublishingOptions", Effect: changes.BlueGreen,
		Risk: blueGreen,
	},
	{
		Token: awstoken.OpenSearchDomain, Property: "advancedSecurityOptions.masterUserOptions", Effect: changes.ManualStep,
		Risk: "new password at once; the nodes cannot search until they are reconfigured (docs/secrets.md)",
		Keys: "rotation.search",
	},
	{
		Token: awstoken.RandomPassword, Property: "keepers", Effect: changes.ManualStep,
		Risk: "new password at once; the nodes cannot search until they are reconfigured (docs/secrets.md)",
		Keys: "rotation.search",
	},
}

// smaller selects the changes to a smaller number.
func smaller(old, wanted any) bool {
	a, known := number(old)
	b, also := number(wanted)
	return known && also && b < a
}

func number(v any) (float64, bool) {
	var n float64
	_, err := fmt.Sscan(fmt.Sprint(v), &n)
	return n, err == nil
}
