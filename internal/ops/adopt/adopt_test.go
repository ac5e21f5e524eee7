package adopt

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/lifecycle"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/opstest"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/steps"
)

func TestMain(m *testing.M) { opstest.Main(m) }

var update = flag.Bool("update", false, "rewrite the list of permissions in docs/operations.md")

type (
	m = map[string]any
	l = []any
)

const (
	keyArn     = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	errorLog   = "/aws/rds/cluster/orders/error"
	generalLog = "/aws/rds/cluster/orders/general"
	clusterArn = "arn:aws:rds:us-east-1:123456789012:cluster:orders"
	fileSystem = "fs-0123456789abcdef0"
)

var data = []string{"subnet-0000000000000000a", "subnet-0000000000000000b", "subnet-0000000000000000c"}

// world is an account with a cluster and a file system that can be adopted, by stubs.
type world struct {
	cluster, group, global, key, files, mount m
	values                                    map[string]any
	tags                                      map[string]l // those that were added, by service
}

func newWorld() *world {
	return &world{
		tags: map[string]l{},
		cluster: m{
			"DBClusterIdentifier": "orders", "DBClusterArn": clusterArn, "Status": "available", "Engine": "aurora-mysql",
			"EngineMode": "provisioned", "EngineVersion": "8.0.mysql_aurora.3.10.4", "StorageEncrypted": true, "KmsKeyId": keyArn,
			"MasterUsername": "admin", "DBSubnetGroup": "orders-subnets", "DBClusterParameterGroup": "orders-parameters",
			"Port": 3306, "VpcSecurityGroups": l{m{"VpcSecurityGroupId": "sg-1"}},
			"DBClusterMembers": l{m{"DBInstanceIdentifier": "orders-1"}, m{"DBInstanceIdentifier": "orders-2"}},
		},
		group: m{
			"DBSubnetGroupName": "orders-subnets", "DBSubnetGroupArn": "arn:aws:rds:us-east-1:123456789012:subgrp:orders-subnets",
			"VpcId":   "vpc-00000000000000001",
			"Subnets": l{m{"SubnetIdentifier": data[2]}, m{"SubnetIdentifier": data[0]}, m{"SubnetIdentifier": data[1]}},
		},
		global: m{"GlobalClusters": l{}},
		key:    m{"KeyId": keyArn, "KeyManager": "CUSTOMER"},
		files: m{
			"FileSystemId": fileSystem, "CreationToken": "quickCreated-1", "LifeCycleState": "available", "Encrypted": true,
			"KmsKeyId": keyArn, "PerformanceMode": "generalPurpose", "ThroughputMode": "elastic", "Tags": l{},
			"OwnerId": "123456789012", "CreationTime": time.Unix(1, 0), "NumberOfMountTargets": 1, "SizeInBytes": m{"Value": 1},
		},
		mount: m{
			"MountTargetId": "fsmt-1", "FileSystemId": fileSystem, "SubnetId": data[0], "AvailabilityZoneName": "us-east-1a",
			"LifeCycleState": "available",
		},
		values: map[string]any{
			"database.name": "orders", "filesystem.name": "quickCreated-1", "encryption.keys.database": keyArn,
			"encryption.keys.filesystem": keyArn, "network.existing.vpcId": "vpc-00000000000000001", "network.natGateways": "existing",
			"network.cidr": "", "network.interfaceEndpoints": false,
			"network.availabilityZones":      []string{"us-east-1a", "us-east-1b", "us-east-1c"},
			"network.existing.dataSubnetIds": data,
			"network.existing.publicSubnetIds": []string{
				"subnet-0000000000000001a", "subnet-0000000000000001b", "subnet-0000000000000001c",
			},
			"network.existing.applicationSubnetIds": []string{
				"subnet-0000000000000002a", "subnet-0000000000000002b", "subnet-0000000000000002c",
			},
		},
	}
}

func (w *world) subject(t *testing.T) *Subject {
	t.Helper()
	values := opstest.Filled("123456789012")
	maps.Copy(values, w.values)
	answers := func(call string, answer func() m) opstest.Stub {
		return opstest.Stub{Call: call, Reply: func(string) (map[string]any, string) { return answer(), "" }}
	}
	added := func(call, service string) opstest.Stub {
		return opstest.Stub{Call: call, Reply: func(string) (map[string]any, string) {
			w.tags[service] = l{
				m{"Key": "Project", "Value": "morpheus"}, m{"Key": "Stack", "Value": "prod"},
				m{"Key": "Environment", "Value": "production"}, m{"Key": "ManagedBy", "Value": "pulumi"},
			}
			return m{}, ""
		}}
	}
	return &Subject{
		Config: opstest.Config(t, values), Cluster: "orders", FileSystem: fileSystem,
		AWS: opstest.NewAccount(t).Account(t,
			answers("rds DescribeDBClusters", func() m { return m{"DBClusters": l{w.cluster}} }),
			answers("rds DescribeDBSubnetGroups", func() m { return m{"DBSubnetGroups": l{w.group}} }),
			answers("rds DescribeGlobalClusters", func() m { return w.global }),
			answers("rds ListTagsForResource", func() m { return m{"TagList": w.tags["rds"]} }),
			answers("kms DescribeKey", func() m { return m{"KeyMetadata": w.key} }),
			answers("logs DescribeLogGroups", func() m {
				const arn = "arn:aws:logs:us-east-1:123456789012:log-group:"
				return m{"logGroups": l{
					m{"logGroupName": errorLog, "arn": arn + errorLog + ":*"},
					m{"logGroupName": generalLog, "arn": arn + generalLog + ":*"},
				}}
			}),
			answers("logs ListTagsForResource", func() m {
				tags := m{}
				for _, tag := range w.tags["logs"] {
					tags[tag.(m)["Key"].(string)] = tag.(m)["Value"]
				}
				return m{"tags": tags}
			}),
			answers("efs DescribeFileSystems", func() m { return m{"FileSystems": l{w.files}} }),
			answers("efs DescribeMountTargets", func() m { return m{"MountTargets": l{w.mount}} }),
			answers("efs ListTagsForResource", func() m { return m{"Tags": w.tags["efs"]} }),
			added("rds AddTagsToResource", "rds"), added("efs TagResource", "efs"), added("logs TagResource", "logs"),
		),
	}
}

func TestACommonDatabaseAndFileSystemCanBeAdopted(t *testing.T) {
	found, err := newWorld().subject(t).Look(t.Context())
	require.NoError(t, err)
	require.NoError(t, found.Err())
	assert.ElementsMatch(t, []Resource{
		{Type: awstoken.EFSFileSystem, Name: "filesystem-storage", ID: fileSystem},
		{Type: awstoken.EFSMountTarget, Name: "filesystem-mount-us-east-1a", ID: "fsmt-1"},
		{Type: awstoken.RDSCluster, Name: "database-cluster", ID: "orders"},
		{Type: awstoken.RDSSubnetGroup, Name: "database-subnets", ID: "orders-subnets"},
		{Type: awstoken.LogGroup, Name: "database-log-error", ID: errorLog},
	}, found.Resources)
	changes, left := strings.Join(found.Changes, "\n"), strings.Join(found.Left, "\n")
	for _, want := range []string{
		"instead of sg-1", "instead of orders-parameters", "gives the administrator admin a new password",
		"from elastic to bursting", "all clients but the nodes lose access",
	} {
		assert.Contains(t, changes, want, "an engineer must read it before the update does it")
	}
	assert.Contains(t, left, "the instances orders-1, orders-2")
	assert.Contains(t, left, generalLog)
}

// Each of these would be a replacement, an error in the middle of the first update, or data without protection.
func TestWhatCannotBeAdoptedIsRefusedByName(t *testing.T) {
	for name, c := range map[string]struct {
		change func(w *world)
		want   string
		// twice is true if it is a problem of the cluster and of the file system.
		twice bool
	}{
		"another engine": {
			change: func(w *world) { w.cluster["Engine"] = "aurora-postgresql" },
			want:   "must be of aurora-mysql",
		},
		"serverless": {change: func(w *world) { w.cluster["EngineMode"] = "serverless" }, want: "provisioned"},
		"Aurora MySQL 2": {
			change: func(w *world) { w.cluster["EngineVersion"] = "5.7.mysql_aurora.2.11.1" },
			want:   "upgrade it where it is",
		},
		"another version": {change: func(w *world) { w.cluster["EngineVersion"] = "8.0.mysql_aurora.3.08.0" },
			want: `database.engineVersion: must be "8.0.mysql_aurora.3.08.0"`},
		"no encryption": {
			change: func(w *world) { w.cluster["StorageEncrypted"] = false },
			want:   "AWS cannot encrypt it in place",
		},
		"a key of AWS": {
			change: func(w *world) { w.key["KeyManager"] = "AWS" },
			want:   "the stack needs a customer key", twice: true,
		},
		"another key": {
			change: func(w *world) { w.values["encryption.keys.database"] = "" },
			want:   "encryption.keys.database: must be",
		},
		"another name": {
			change: func(w *world) { w.values["database.name"] = "other" },
			want:   `database.name: must be "orders"`,
		},
		"a secret of the stack": {change: func(w *world) { w.values["database.administratorSecret"] = "own" },
			want: "the administrator of the cluster is admin for ever"},
		"a replica": {
			change: func(w *world) { w.cluster["ReplicationSourceIdentifier"] = "arn:source" },
			want:   "promote it first",
		},
		"a global database": {change: func(w *world) {
			w.global = m{"GlobalClusters": l{m{"GlobalClusterIdentifier": "world", "GlobalClusterMembers": l{m{"DBClusterArn": clusterArn}}}}}
		}, want: "member of the global database world"},
		"busy": {change: func(w *world) { w.cluster["Status"] = "modifying" }, want: "it must be available"},
		"the default group": {
			change: func(w *world) { w.cluster["DBSubnetGroup"] = "default" },
			want:   "belongs to the account",
		},
		"another VPC": {
			change: func(w *world) { w.group["VpcId"] = "vpc-2" },
			want:   "a cluster cannot change its VPC",
		},
		"other subnets": {change: func(w *world) { w.group["Subnets"] = l{m{"SubnetIdentifier": "subnet-9"}} },
			want: "network.existing.dataSubnetIds: must be subnet-9"},
		"too many instances": {change: func(w *world) { w.values["database.instances"] = 15 }, want: "a cluster takes 16"},
		"files without encryption": {change: func(w *world) { w.files["Encrypted"] = false },
			want: "copy the files into a file system of the stack"},
		"one zone": {
			change: func(w *world) { w.files["AvailabilityZoneName"] = "us-east-1a" },
			want:   "in the zone us-east-1a alone",
		},
		"another token": {
			change: func(w *world) { w.files["CreationToken"] = "t" },
			want:   `filesystem.name: must be "t"`,
		},
		"another mode": {
			change: func(w *world) { w.files["PerformanceMode"] = "maxIO" },
			want:   "filesystem.performanceMode",
		},
		"a copy": {
			change: func(w *world) { w.files["FileSystemProtection"] = m{"ReplicationOverwriteProtection": "REPLICATING"} },
			want:   "delete the replication",
		},
		"another key of files": {
			change: func(w *world) { w.values["encryption.keys.filesystem"] = "" },
			want:   "encryption.keys.filesystem: must be",
		},
		"a mount target in the way": {
			change: func(w *world) { w.mount["SubnetId"] = "subnet-9" },
			want:   "fsmt-1 is in the subnet subnet-9",
		},
		"another stack's": {change: func(w *world) {
			w.cluster["TagList"] = l{m{"Key": "Project", "Value": "morpheus"}, m{"Key": "Stack", "Value": "qa"}}
		}, want: "has the tags of the stack qa"},
		"no protection": {change: func(w *world) { w.values["safety.allowDestroy"] = true }, want: "safety.allowDestroy"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			c.change(w)
			s := w.subject(t)
			found, err := s.Look(t.Context())
			require.NoError(t, err)
			require.ErrorContains(t, found.Err(), c.want)
			want := 1
			if c.twice {
				want = 2
			}
			assert.Len(t, found.Problems, want, "one cause is one problem: %v", found.Problems)
		})
	}
}

// preview is the part of what Pulumi writes that matters.
const preview = `{
  "nameTable": {"aws": "urn:pulumi:prod::morpheus::pulumi:providers:aws::aws", "network": "urn:network"},
  "resources": [
    {"type": "morpheus:tier:Database", "name": "database", "component": true},
    {"type": "morpheus:tier:FileSystem", "name": "filesystem", "component": true},
    {"type": "aws:rds/cluster:Cluster", "name": "database-cluster", "id": "<PLACEHOLDER>", "parent": "database", "provider": "aws",
      "version": "6.83.2", "kept": ["as", "it", "is"]},
    {"type": "aws:efs/fileSystem:FileSystem", "name": "renamed", "logicalName": "filesystem-storage", "id": "<PLACEHOLDER>",
      "parent": "filesystem", "provider": "aws"},
    {"type": "aws:kms/key:Key", "name": "encryption-logs", "id": "<PLACEHOLDER>", "provider": "aws-copies"}
  ],
  "providerInputs": {"aws": {"region": "us-east-1"}, "aws-copies": {"region": "us-west-2"}}
}`

func TestTheFileHasOnlyWhatIsAdoptedWithTheProgramsOwnNames(t *testing.T) {
	text, err := File([]byte(preview), []Resource{
		{Type: awstoken.RDSCluster, Name: "database-cluster", ID: "orders"}, {Type: awstoken.EFSFileSystem, Name: "filesystem-storage", ID: fileSystem},
	})
	require.NoError(t, err)
	assert.JSONEq(t, `{
	  "nameTable": {"aws": "urn:pulumi:prod::morpheus::pulumi:providers:aws::aws"},
	  "resources": [
	    {"type": "morpheus:tier:Database", "name": "database", "component": true},
	    {"type": "aws:rds/cluster:Cluster", "name": "database-cluster", "id": "orders", "parent": "database", "provider": "aws",
	      "version": "6.83.2", "kept": ["as", "it", "is"]},
	    {"type": "morpheus:tier:FileSystem", "name": "filesystem", "component": true},
	    {"type": "aws:efs/fileSystem:FileSystem", "name": "renamed", "logicalName": "filesystem-storage", "id": "`+fileSystem+`",
	      "parent": "filesystem", "provider": "aws"}
	  ],
	  "providerInputs": {"aws": {"region": "us-east-1"}}
	}`, string(text))
	_, err = File([]byte(preview), []Resource{{Type: awstoken.RDSSubnetGroup, Name: "database-subnets", ID: "g"}})
	require.ErrorContains(t, err, "the next update would not create database-subnets", "a deployed stack has one already")
}

func TestTheTagsComeBeforeTheFileAndADryRunDoesNothing(t *testing.T) {
	w := newWorld()
	s := w.subject(t)
	found, err := s.Look(t.Context())
	require.NoError(t, err)
	var asked []string
	fails := errors.New("refused")
	run := func(_ context.Context, arguments ...string) ([]byte, error) {
		asked = append(asked, strings.Join(arguments[:1], " "))
		assert.Len(t, w.tags, 3, "a preview refuses what does not have the tags of the stack")
		if fails != nil {
			return nil, fails
		}
		return nil, os.WriteFile(arguments[slices.Index(arguments, "--import-file")+1], []byte(preview), 0o600)
	}
	path := filepath.Join(t.TempDir(), "adopt.json")
	found.Resources = found.Resources[:1]
	_, err = steps.Run(t.Context(), s.Steps(found, run, path), steps.Options{DryRun: true})
	require.NoError(t, err)
	assert.Empty(t, w.tags)
	assert.Empty(t, asked)
	assert.NoFileExists(t, path)

	_, err = steps.Run(t.Context(), s.Steps(found, run, path), steps.Options{Clock: &opstest.Hurry{}})
	require.ErrorContains(t, err, "refused")
	assert.NoFileExists(t, path, "half a file would import half of the resources")
	fails = nil
	_, err = steps.Run(t.Context(), s.Steps(found, run, path), steps.Options{Clock: &opstest.Hurry{}})
	require.NoError(t, err)
	text, err := os.ReadFile(path) //nolint:gosec // of the test
	require.NoError(t, err)
	assert.True(t, json.Valid(text))
	_, err = steps.Run(t.Context(), s.Steps(found, run, path), steps.Options{Clock: &opstest.Hurry{}})
	require.ErrorContains(t, err, "file exists", "an earlier file may be of other resources")
}

func TestADevelopmentStackAdoptsNothing(t *testing.T) {
	s := newWorld().subject(t)
	s.Config.Environment = lifecycle.Development
	found, err := s.Look(t.Context())
	require.NoError(t, err)
	require.ErrorContains(t, found.Err(), "environment: must be production", "Pulumi protects nothing in development")
}

func TestSomethingMustBeNamed(t *testing.T) {
	_, err := (&Subject{}).Look(t.Context())
	require.ErrorContains(t, err, "--database or --filesystem is required")
}

// TestGoldenPermissions compares the document with the calls of all tests of this package, which run before.
func TestGoldenPermissions(t *testing.T) {
	policy, err := os.ReadFile(filepath.Join(opstest.Repository(), "docs", "deployer-policy", "preview.json"))
	require.NoError(t, err)
	opstest.AssertListed(t, "adopt-permissions", opstest.Permissions(string(policy)), *update)
}
