package awstypes_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
)

func TestDeletionProtectionBlocksTheDeletionUntilItIsRemoved(t *testing.T) {
	for token, property := range map[string]string{awstoken.RDSCluster: "deletionProtection",
		awstoken.LBLoadBalancer: "enableDeletionProtection"} {
		t.Run(token, func(t *testing.T) {
			w := newWorld(t)
			made := w.need("protected", token, with(example(token), values{property: true}))
			assert.ErrorContains(t, w.delete(token, made.ID), "deletion protection",
				"a destroy must not succeed by accident")
			_, err := w.update(token, made.ID, example(token))
			require.NoError(t, err, "the runbook removes it in a separate update")
			assert.NoError(t, w.delete(token, made.ID), "then the deletion must succeed")
		})
	}
}

func TestAClusterLeavesAFinalSnapshot(t *testing.T) {
	w := newWorld(t)
	unnamed := w.need("unnamed", awstoken.RDSCluster,
		with(example(awstoken.RDSCluster), values{"finalSnapshotIdentifier": nil}))
	assert.ErrorContains(t, w.delete(awstoken.RDSCluster, unnamed.ID), "finalSnapshotIdentifier is required",
		"without a snapshot name, the deletion must fail")
	_, err := w.update(awstoken.RDSCluster, unnamed.ID,
		with(example(awstoken.RDSCluster), values{"finalSnapshotIdentifier": nil, "skipFinalSnapshot": true}))
	require.NoError(t, err)
	require.NoError(t, w.delete(awstoken.RDSCluster, unnamed.ID), "dev may skip the snapshot")
	assert.Empty(t, w.account.Kept(), "then nothing is kept")

	first := w.need("first", awstoken.RDSCluster, example(awstoken.RDSCluster))
	require.NoError(t, w.delete(awstoken.RDSCluster, first.ID))
	assert.Equal(t, []string{"database snapshot app-final"}, w.account.Kept(), "AWS must keep the snapshot")
	assert.NotContains(t, w.account.Leftovers(), awstoken.RDSCluster+" "+first.ID+" "+region,
		"a kept snapshot must not count as a leftover")

	second := w.need("second", awstoken.RDSCluster, example(awstoken.RDSCluster))
	assert.ErrorContains(t, w.delete(awstoken.RDSCluster, second.ID), "DBClusterSnapshotAlreadyExistsFault",
		"the snapshot name of the first destroy is taken")
	_, err = w.update(awstoken.RDSCluster, second.ID,
		with(example(awstoken.RDSCluster), values{"finalSnapshotIdentifier": "app-final-2"}))
	require.NoError(t, err)
	assert.NoError(t, w.delete(awstoken.RDSCluster, second.ID), "another snapshot name must work")
}

func TestASecretWaitsForItsDeletion(t *testing.T) {
	w := newWorld(t)
	made := w.need("secret", awstoken.SecretsManagerSecret,
		with(example(awstoken.SecretsManagerSecret), values{"name": "morpheus-db"}))
	w.remove("secret")
	assert.Equal(t, []string{"secret " + made.ID + " (recoverable for 7 days)"}, w.account.Kept(),
		"a deleted secret can be recovered")
	_, err := w.create(awstoken.SecretsManagerSecret,
		with(example(awstoken.SecretsManagerSecret), values{"name": "morpheus-db"}))
	assert.ErrorContains(t, err, "already scheduled for deletion", "its name must stay taken")
	_, err = w.create(awstoken.SecretsManagerSecret,
		with(example(awstoken.SecretsManagerSecret), values{"name": "morpheus"}))
	assert.NoError(t, err, "a name with the same beginning must be free")

	w.need("at-once", awstoken.SecretsManagerSecret,
		with(example(awstoken.SecretsManagerSecret), values{"name": "dev", "recoveryWindowInDays": 0}))
	w.remove("at-once")
	_, err = w.create(awstoken.SecretsManagerSecret,
		with(example(awstoken.SecretsManagerSecret), values{"name": "dev", "recoveryWindowInDays": 0}))
	assert.NoError(t, err, "with a window of 0, the name must be free immediately")
}

func TestAKeyIsOnlyScheduledForItsDeletion(t *testing.T) {
	w := newWorld(t)
	made := w.need("doomed", awstoken.KMSKey, with(example(awstoken.KMSKey), values{"deletionWindowInDays": 7}))
	w.remove("doomed")
	assert.Equal(t, []string{"KMS key " + made.ID + " (pending deletion for 7 days)"}, w.account.Kept())
	_, err := w.create(awstoken.SecretsManagerSecret,
		with(example(awstoken.SecretsManagerSecret), values{"kmsKeyId": made.State["arn"]}))
	assert.Error(t, err, "a key that waits for its deletion cannot be used")
}

func TestALaunchTemplateCountsItsVersions(t *testing.T) {
	w := newWorld(t)
	version := func(changes values) any {
		made, err := w.update(awstoken.EC2LaunchTemplate, w.made["template"].ID,
			with(example(awstoken.EC2LaunchTemplate), with(values{"name": "nodes"}, changes)))
		require.NoError(t, err)
		return made.State["latestVersion"]
	}
	assert.InDelta(t, 1, w.made["template"].State["latestVersion"], 0, "the first version")
	assert.InDelta(t, 2, version(values{"instanceType": "m5.2xlarge"}), 0,
		"a change must create a new version, and the group must get its number")
	assert.InDelta(t, 2, version(values{"instanceType": "m5.2xlarge", "tags": values{"a": "b"}}), 0,
		"a tag on the template must not create a version")
	assert.InDelta(t, 2, version(values{"instanceType": "m5.2xlarge", "updateDefaultVersion": true}), 0,
		"the choice of the default must not create a version")
	assert.InDelta(t, 3, version(values{"instanceType": "m5.4xlarge", "updateDefaultVersion": true}), 0)
	made, err := w.account.Read(
		account.Request{Region: region, Token: awstoken.EC2LaunchTemplate, ID: w.made["template"].ID},
	)
	require.NoError(t, err)
	assert.InDelta(t, 3, made.State["defaultVersion"], 0,
		"with updateDefaultVersion, the default must be the newest version")
}

// If an update generated new ids, addresses or states, all dependents would change.
func TestAnUpdateKeepsComputedValues(t *testing.T) {
	for _, typ := range awstypes.Created() {
		token, inputs := typ.Token, typ.Example
		t.Run(token, func(t *testing.T) {
			w := newWorld(t)
			made, err := w.create(token, inputs)
			require.NoError(t, err)
			again, err := w.update(token, made.ID, inputs)
			require.NoError(t, err, "AWS must accept the same inputs again")
			assert.Equal(t, made, again, "an update without a change must not change anything")
			tagged, err := w.update(token, made.ID, with(inputs, values{"tags": values{"a": "b"}}))
			require.NoError(t, err)
			delete(tagged.State, "tags")
			delete(tagged.State, "tagsAll")
			assert.Equal(t, made, tagged, "a tag must not change other properties")
		})
	}
	t.Run("address", func(t *testing.T) {
		w := newWorld(t)
		again, err := w.update(awstoken.EC2ElasticIP, w.made["address"].ID,
			values{"domain": "vpc", "tags": values{"a": "b"}})
		require.NoError(t, err)
		assert.Equal(t, w.made["address"].State["publicIp"], again.State["publicIp"], "an address must not change")
	})
	t.Run("certificate", func(t *testing.T) {
		w := newWorld(t)
		w.need("validation", awstoken.ACMCertificateValidation, example(awstoken.ACMCertificateValidation))
		again, err := w.update(awstoken.ACMCertificate, w.made["pending"].ID,
			values{"domainName": "old.example.com", "tags": values{"a": "b"}})
		require.NoError(t, err)
		assert.Equal(t, "ISSUED", again.State["status"], "a certificate must stay issued")
	})
}

func TestARemovedInputIsRemovedUnlessAWSComputesIt(t *testing.T) {
	w := newWorld(t)
	made := w.need("broker", awstoken.MQBroker, with(example(awstoken.MQBroker), values{
		"storageType": "EBS", "tags": values{"a": "b"}, "maintenanceWindowStartTime": values{"dayOfWeek": "SUNDAY",
			"timeOfDay": "05:00", "timeZone": "UTC"},
	}))
	again, err := w.update(awstoken.MQBroker, made.ID, example(awstoken.MQBroker))
	require.NoError(t, err)
	assert.NotContains(t, again.State, "tags", "a removed input must be removed")
	assert.Equal(t, "EBS", again.State["storageType"], "a computed value must stay")
	assert.Contains(t, again.State, "maintenanceWindowStartTime", "a broker must always have a maintenance window")
	assert.Equal(t, false, again.State["publiclyAccessible"], "a removed input must have its default")
}

func TestOutputsHaveTheFormOfAWS(t *testing.T) {
	w := newWorld(t)
	w.need("instance", awstoken.RDSClusterInstance, example(awstoken.RDSClusterInstance))
	w.need("reader", awstoken.RDSClusterInstance,
		with(example(awstoken.RDSClusterInstance), values{"identifier": "app-2", "availabilityZone": "us-east-1b"}))
	w.need("broker", awstoken.MQBroker, example(awstoken.MQBroker))
	w.need("domain", awstoken.OpenSearchDomain, example(awstoken.OpenSearchDomain))
	w.need("mount", awstoken.EFSMountTarget, example(awstoken.EFSMountTarget))
	w.need("default", awstoken.EC2DefaultSecurityGroup, values{"vpcId": "${vpc.id}"})
	w.need("secret", awstoken.SecretsManagerSecret, example(awstoken.SecretsManagerSecret))
	w.need("version", awstoken.SecretsManagerSecretVersion, values{"secretId": "${secret.id}", "secretString": "x"})
	for path, want := range map[string]string{
		"vpc.id":                         `^vpc-[0-9a-f]{17}$`,
		"subnet-a.arn":                   `^arn:aws:ec2:us-east-1:123456789012:subnet/subnet-[0-9a-f]{17}$`,
		"subnet-b.availabilityZoneId":    `^use1-az2$`,
		"key.arn":                        `^arn:aws:kms:us-east-1:123456789012:key/[0-9a-f]{8}-[0-9a-f]{4}-`,
		"role.arn":                       `^arn:aws:iam::123456789012:role/node$`,
		"scaling-role.arn":               `:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling$`,
		"secret.arn":                     `^arn:aws:secretsmanager:us-east-1:123456789012:secret:app-[0-9a-f]{6}$`,
		"version.arn":                    `:secret:app-`,
		"logs.arn":                       `:log-group:/search$`,
		"balancer.dnsName":               `^public-\d+\.us-east-1\.elb\.amazonaws\.com$`,
		"balancer.arnSuffix":             `^app/public/[0-9a-f]{16}$`,
		"targets.arnSuffix":              `^targetgroup/nodes/[0-9a-f]{16}$`,
		"database.endpoint":              `^data\.cluster-[0-9a-f]{12}\.us-east-1\.rds\.amazonaws\.com$`,
		"database.readerEndpoint":        `^data\.cluster-ro-`,
		"instance.endpoint":              `^app-1\.`,
		"broker.instances.0.endpoints.0": `^amqps://b-[0-9a-f-]{36}\.mq\.us-east-1\.on\.aws:5671$`,
		"domain.endpoint":                `^vpc-app-[0-9a-f]{26}\.us-east-1\.es\.amazonaws\.com$`,
		"mount.dnsName":                  `^fs-[0-9a-f]{17}\.efs\.us-east-1\.amazonaws\.com$`,
		"mount.availabilityZoneName":     `^us-east-1a$`,
		"default.id":                     `^` + w.lookUp("vpc.defaultSecurityGroupId") + `$`,
		"template.id":                    `^lt-[0-9a-f]{17}$`,
	} {
		assert.Regexp(t, want, w.lookUp(path), path)
	}
	assert.Equal(t, true, w.made["instance"].State["writer"], "the first instance of a cluster writes")
	assert.Equal(t, false, w.made["reader"].State["writer"], "the second reads")
	assert.InDelta(t, 3306, w.made["reader"].State["port"], 0, "an instance has its cluster's port")
	assert.Equal(t, []any{"us-east-1a", "us-east-1b"}, w.made["nodes"].State["availabilityZones"])
}

func TestAClusterAlwaysHasThreeZones(t *testing.T) {
	for name, c := range map[string]struct{ asked, got []any }{
		"nothing": {asked: nil, got: []any{"us-east-1a", "us-east-1b", "us-east-1c"}},
		"one":     {asked: []any{"us-east-1d"}, got: []any{"us-east-1a", "us-east-1b", "us-east-1d"}},
		"two":     {asked: []any{"us-east-1a", "us-east-1b"}, got: []any{"us-east-1a", "us-east-1b", "us-east-1c"}},
		"three": {asked: []any{"us-east-1b", "us-east-1c", "us-east-1d"}, got: []any{"us-east-1b", "us-east-1c",
			"us-east-1d"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			made, err := w.create(awstoken.RDSCluster,
				with(example(awstoken.RDSCluster), values{"availabilityZones": c.asked}))
			require.NoError(t, err)
			assert.Equal(t, c.got, made.State["availabilityZones"],
				"the next plan compares with these zones, and replaces a cluster with fewer")
		})
	}
}

func TestACertificateIsIssuedAfterItsValidation(t *testing.T) {
	w := newWorld(t)
	assert.Equal(t, "PENDING_VALIDATION", w.made["pending"].State["status"])
	w.need("validation", awstoken.ACMCertificateValidation, example(awstoken.ACMCertificateValidation))
	w.need("second", awstoken.LBListener,
		with(example(awstoken.LBListener), values{"port": 8443, "certificateArn": "${pending.arn}"}))
}

func TestSmallDomainsAreAccepted(t *testing.T) {
	for name, changes := range map[string]values{
		"one node in one zone": {"clusterConfig": values{"instanceType": "r6g.large.search", "instanceCount": 1},
			"vpcOptions.subnetIds": []any{"${subnet-a.id}"}},
		"two nodes in two zones": {
			"clusterConfig.instanceCount": 2, "clusterConfig.zoneAwarenessConfig": nil,
			"vpcOptions.subnetIds": []any{"${subnet-a.id}", "${subnet-b.id}"},
		},
		"four nodes in three zones": {"clusterConfig.instanceCount": 4},
		"without a VPC":             {"vpcOptions": nil},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := newWorld(t).create(awstoken.OpenSearchDomain, with(example(awstoken.OpenSearchDomain), changes))
			assert.NoError(t, err, "AWS must accept it")
		})
	}
}

// A network load balancer has subnet mappings. A rule that reads the first subnet must not fail.
func TestANetworkLoadBalancerHasNoSubnets(t *testing.T) {
	_, err := newWorld(t).create(awstoken.LBLoadBalancer, values{
		"name": "network", "loadBalancerType": "network", "internal": true,
		"subnetMappings": []any{values{"subnetId": "${subnet-a.id}"}},
	})
	assert.NoError(t, err)
}

func TestABucketWithObjectsIsNotDeleted(t *testing.T) {
	w := newWorld(t)
	made := w.need("full", awstoken.S3Bucket, values{"bucket": "full"})
	object := values{"bucket": "full", "key": "boot/a.sh", "content": "true"}
	w.need("file", awstoken.S3Object, object)
	w.need("again", awstoken.S3Object, object) // S3 replaces an object with the same key
	assert.ErrorContains(t, w.delete(awstoken.S3Bucket, made.ID), "BucketNotEmpty",
		"a retained object must be noticed when the stack is destroyed")
	_, err := w.update(awstoken.S3Bucket, made.ID, values{"bucket": "full", "forceDestroy": true})
	require.NoError(t, err)
	require.NoError(t, w.delete(awstoken.S3Bucket, made.ID), "the provider deletes the objects first")
	for _, left := range w.account.Resources(awstoken.S3Object, region) {
		assert.NotEqual(t, "full", left.State["bucket"], "the objects are deleted with their bucket")
	}
}
