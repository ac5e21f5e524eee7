package tests

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
)

// lacking is an account that lacks something, and the problem of the configuration with it.
type lacking struct {
	name    string
	over    overrides
	prepare func(*account.Account)
	problem string
}

// check runs each case in an account that has only the fixture.
func check(t *testing.T, cases []lacking) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			a := simaws.NewAccount(simaws.Options{})
			if c.prepare != nil {
				c.prepare(a)
			}
			r, err := launch{Stack: "prod", Config: change(t, loadStack(t, "prod"), c.over), Account: a}.Start()
			require.Error(t, err)
			assert.Contains(t, err.Error(),
				"the configuration has 1 problem; nothing but the provider was registered:\n  - "+c.problem)
			assert.Len(t, r.All(), 1, "a resource was made before the account was asked")
		})
	}
}

func TestWhatTheConfigurationNamesMustExist(t *testing.T) {
	const (
		secret   = "arn:aws:secretsmanager:us-east-1:123456789012:secret:setup-AbCdEf"
		boundary = "arn:aws:iam::123456789012:policy/limits"
	)
	otherACL := strings.Replace(simaws.WebACLARN("us-east-1"), "3b2a1c0d", "00000000", 1)
	snapshot := func(state account.Values) func(*account.Account) {
		return func(a *account.Account) { a.Exists("us-east-1", awstypes.RDSClusterSnapshot, "before", state) }
	}
	check(t, []lacking{
		{
			name: "setup secret", over: overrides{"morpheus.setupSecretArn": secret},
			problem: `morpheus.setupSecretArn: must be a secret that the account has there, got "` + secret + `" (`,
		},
		{
			name: "boundary", over: overrides{"access.permissionsBoundary": boundary},
			problem: `access.permissionsBoundary: must be a policy that the account has, got "` + boundary + `" (`,
		},
		{
			name: "web ACL", over: overrides{
				"loadBalancer.webAclArn": strings.Replace(otherACL, "/rehearsal/", "/gone/", 1),
			},
			problem: `loadBalancer.webAclArn: must be a web ACL that the account has there, got "`,
		},
		{
			name: "web ACL with the name of another", over: overrides{"loadBalancer.webAclArn": otherACL},
			problem: `loadBalancer.webAclArn: must be a web ACL that the account has there, got "` + otherACL +
				`" (the web ACL of that name is ` + simaws.WebACLARN("us-east-1"),
		},
		{
			name: "snapshot", over: overrides{"database.snapshotIdentifier": "gone"},
			problem: `database.snapshotIdentifier: must be a snapshot of a cluster that the account sees in us-east-1, got ` +
				`"gone" (`,
		},
		{
			name: "snapshot of PostgreSQL", over: overrides{"database.snapshotIdentifier": "before"},
			prepare: snapshot(account.Values{"engine": "aurora-postgresql"}),
			problem: `database.snapshotIdentifier: must be a snapshot of Aurora MySQL, got "before" (it is of aurora-post`,
		},
		{
			name: "snapshot that is not finished", over: overrides{"database.snapshotIdentifier": "before"},
			prepare: snapshot(account.Values{"status": "creating"}),
			problem: `database.snapshotIdentifier: must be a snapshot that is available, got "before" (it is in the state cr`,
		},
	})
}

// Afterwards the snapshot is not read again and may be deleted, while the key stays in the configuration.
func TestASnapshotIsOnlyNeededUntilTheDatabaseExists(t *testing.T) {
	config := change(t, loadStack(t, "prod"), overrides{"database.snapshotIdentifier": "before"})
	first, err := launch{Stack: "prod", Config: config}.Start() // in an account that has it
	require.NoError(t, err)
	_, err = launch{
		Stack: "prod", Config: config, Account: simaws.NewAccount(simaws.Options{}), Preview: true,
		Previous: outputsOf(first),
	}.Start()
	require.NoError(t, err)
}

func TestNodesFindTheirFilesInS3(t *testing.T) {
	const (
		cli  = simaws.ToolsBucket + "/node-tools/awscli-exe-linux-x86_64.zip"
		deb  = "s3://" + simaws.PackagesBucket + "/morpheus-appliance_8.0.7-1_amd64.deb"
		sumA = "4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a"
	)
	in64 := func(sum string) string {
		raw, err := hex.DecodeString(sum)
		require.NoError(t, err)
		return base64.StdEncoding.EncodeToString(raw)
	}
	object := func(id string, state account.Values) func(*account.Account) {
		return func(a *account.Account) { a.Exists("us-east-1", awstypes.S3Object, id, state) }
	}
	check(t, []lacking{
		{
			name: "bucket", over: overrides{"nodeTools.bucket": "no-such-bucket"},
			problem: `nodeTools.bucket: must be a bucket that exists, got "no-such-bucket" (`,
		},
		{
			name: "bucket of another region", over: overrides{"nodeTools.bucket": "tools-in-ireland"},
			prepare: func(a *account.Account) {
				a.Exists("eu-west-1", awstoken.S3Bucket, "tools-in-ireland", account.Values{})
			},
			problem: `nodeTools.bucket: must be a bucket in us-east-1, got "tools-in-ireland" (it is in eu-west-1;`,
		},
		{
			name: "object that is empty", prepare: object(cli, account.Values{"contentLength": 0.0}),
			problem: `nodeTools.bucket: must be an object that is not empty, got "s3://` + cli + `" (it has 0 bytes)`,
		},
		{
			name: "object with another checksum", prepare: object(cli, account.Values{"checksumSha256": in64(sumA)}),
			problem: `nodeTools.awsCliSha256: must be the SHA-256 of s3://` + cli + `, got "`,
		},
		{
			name: "package", over: overrides{"morpheus.packageUrl": "s3://nowhere/morpheus-appliance_8.0.7-1_amd64.deb"},
			problem: `morpheus.packageUrl: must be an object that exists, got "s3://nowhere/morpheus-appliance_8.0.7-1_amd64`,
		},
	})
	for name, c := range map[string]struct {
		over    overrides
		id      string
		state   account.Values
		comment string
	}{
		"the same checksum": {
			over: overrides{"nodeTools.awsCliSha256": sumA}, id: cli, state: account.Values{"checksumSha256": in64(sumA)},
			comment: "the object is the right one",
		},
		"a multipart upload": {
			id: cli, state: account.Values{"checksumSha256": in64(sumA) + "-7"},
			comment: "the checksum of the parts' checksums is not that of the file",
		},
		"an object that only nodes may read": {
			over: overrides{"morpheus.packageUrl": deb}, id: strings.TrimPrefix(deb, "s3://"),
			state: account.Values{"forbidden": true}, comment: "the bucket's policy may let only the nodes in",
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := simaws.NewAccount(simaws.Options{})
			object(c.id, c.state)(a)
			_, err := launch{Stack: "prod", Config: change(t, loadStack(t, "prod"), c.over), Account: a}.Start()
			assert.NoError(t, err, c.comment)
		})
	}
}

// A file that could not be downloaded is empty, and its checksum looks like any other.
func TestTheChecksumOfNothingIsRefused(t *testing.T) {
	const nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	for _, key := range []string{
		"morpheus.packageSha256", "nodeTools.awsCliSha256", "nodeTools.efsUtilsSha256",
		"nodeTools.cloudwatchAgentSha256", "nodeTools.rdsCaSha256",
	} {
		_, err := launch{Stack: "prod", Config: change(t, loadStack(t, "prod"), overrides{key: nothing})}.Start()
		assert.ErrorContains(t, err, key+": must be 64 lower-case hexadecimal digits, not of an empty file")
	}
}

// Nodes would download the new package, refuse it by its checksum, and no node would boot.
func TestANewReleaseNeedsANewChecksum(t *testing.T) {
	first, err := launch{Stack: "prod", Config: loadStack(t, "prod")}.Start()
	require.NoError(t, err)
	release := overrides{
		"morpheus.version":    "8.0.8",
		"morpheus.packageUrl": "https://downloads.example.com/files/morpheus-appliance_8.0.8-1_amd64.deb",
		"morpheus.upgrade":    "8.0.7 -> 8.0.8",
	}
	next := launch{
		Stack: "prod", Account: first.Account, Preview: true, Previous: outputsOf(first),
		Config: change(t, loadStack(t, "prod"), release),
	}
	_, err = next.Start()
	require.ErrorContains(t, err, "morpheus.packageSha256: must be the SHA-256 of the package of 8.0.8, got ")
	require.ErrorContains(t, err, "(it is still that of 8.0.7, which is deployed)")
	release["morpheus.packageSha256"] = strings.Repeat("ab", 32)
	next.Config = change(t, loadStack(t, "prod"), release)
	_, err = next.Start()
	require.NoError(t, err)
}
