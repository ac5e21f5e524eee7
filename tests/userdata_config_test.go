package tests

import (
	"encoding/base64"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/components/cluster/boot"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/simaws/account"
)

// nodeSettings returns the settings in node.conf on the nodes of a run.
func nodeSettings(t *testing.T, r *recorder) map[string]string {
	t.Helper()
	templates := r.OfType("ec2/launchTemplate:LaunchTemplate")
	require.Len(t, templates, 1)
	files, ok := userDataFiles(templates[0].Get("userData").(string))
	require.True(t, ok)
	out := map[string]string{}
	for _, f := range files {
		if f.Path == boot.Folder+"/node.conf" {
			for line := range strings.Lines(f.Content) {
				name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
				out[name] = strings.Trim(value, "'")
			}
		}
	}
	return out
}

// nodeResources returns the resources in the node's policy by statement.
func nodeResources(t *testing.T, r *recorder) map[string][]string {
	t.Helper()
	attached := r.ByURN[urnOf(r, "aws:iam/rolePolicy:RolePolicy", "cluster-node")]
	require.NotNil(t, attached)
	var document struct {
		Statement []struct {
			Sid      string
			Action   json.RawMessage
			Resource json.RawMessage
		}
	}
	require.NoError(t, json.Unmarshal([]byte(attached.Get("policy").(string)), &document))
	out := map[string][]string{}
	for _, s := range document.Statement {
		var several []string
		if json.Unmarshal(s.Resource, &several) != nil {
			several = []string{""}
			require.NoError(t, json.Unmarshal(s.Resource, &several[0]))
		}
		out[s.Sid] = several
	}
	return out
}

// The node's settings and its policy must name the same objects, or the boot fails.
func TestNodesGetTheSupplementalPackageAndMayReadIt(t *testing.T) {
	r, err := run(t,
		"prod", privateOnly(overrides{"morpheus.supplementalUrl": supplemental, "morpheus.supplementalSha256": noDigest}))
	require.NoError(t, err)
	settings := nodeSettings(t, r)
	assert.Equal(t, supplemental, settings["SUPPLEMENTAL_URL"])
	assert.Equal(t, noDigest, settings["SUPPLEMENTAL_SHA256"])
	assert.Equal(t, []string{
		"arn:aws:s3:::" + strings.TrimPrefix(mirror, "s3://"), "arn:aws:s3:::" + strings.TrimPrefix(supplemental, "s3://"),
	}, nodeResources(t, r)["ReadPackage"], "only these two objects")

	without := deployed(t, "prod")
	assert.Empty(t, nodeSettings(t, without)["SUPPLEMENTAL_URL"])
	assert.NotContains(t, nodeResources(t, without), "ReadPackage", "an https package needs no S3 permission")
}

// Signatures do not compress, so the limits of the configuration must keep the user data small enough.
func TestTheLongestURLsOfThePackagesFitIntoTheUserData(t *testing.T) {
	random := rand.NewChaCha8([32]byte{})
	signed := func(file string) string {
		url := "https://downloads.example.com/" + file + "?id="
		noise := make([]byte, 768)
		_, err := random.Read(noise)
		require.NoError(t, err)
		return (url + base64.RawURLEncoding.EncodeToString(noise))[:1024]
	}
	r, err := run(t, "prod", overrides{
		"morpheus.packageUrl": signed("morpheus-appliance_8.0.7-1_amd64.deb"), "morpheus.supplementalSha256": noDigest,
		"morpheus.supplementalUrl": signed("morpheus-appliance-supplemental_8.0.7-1_all.deb"),
	})
	require.NoError(t, err, "EC2 allows 16384 bytes")
	data, err := base64.StdEncoding.DecodeString(r.OfType("ec2/launchTemplate:LaunchTemplate")[0].Get("userData").(string))
	require.NoError(t, err)
	t.Logf("user data: %d of %d bytes", len(data), boot.MaxUserData)
	assert.LessOrEqual(t, len(data), boot.MaxUserData-4096, "the next parts need room; move some to the bundle")
}

func TestNodesGetTheSetupSecretAndMayReadIt(t *testing.T) {
	const arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:morpheus/first-setup-AbCdEf"
	r, err := run(t, "prod", overrides{"morpheus.setupSecretArn": arn})
	require.NoError(t, err)
	assert.Equal(t, arn, nodeSettings(t, r)["SETUP_SECRET"])
	assert.Equal(t, []string{arn}, nodeResources(t, r)["ReadTheFirstSetup"], "only this secret")

	without := deployed(t, "prod")
	assert.Empty(t, nodeSettings(t, without)["SETUP_SECRET"])
	assert.NotContains(t, nodeResources(t, without), "ReadTheFirstSetup")
}

// Reports quote logs, so they expire together with the logs.
func TestReportsOfFailedBootsHaveABucket(t *testing.T) {
	onBoth(t, func(t *testing.T, r *recorder) {
		bucket := r.ByURN[urnOf(r, "aws:s3/bucketV2:BucketV2", "cluster-diagnostics-bucket")]
		require.NotNil(t, bucket)
		assert.Equal(t, bucket.Output("bucket"), nodeSettings(t, r)["DIAGNOSTICS_BUCKET"])
		assert.Equal(t, []string{bucket.Output("arn") + "/boot/*"}, nodeResources(t, r)["LeaveReports"])
		expiry := r.ByURN[urnOf(r, "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2",
			"cluster-diagnostics-expiry")]
		require.NotNil(t, expiry)
		logs := r.ByURN[urnOf(r, "aws:cloudwatch/logGroup:LogGroup", "cluster-logs")]
		assert.Equal(t, logs.Get("retentionInDays"), expiry.Get("rules.expiration.days"))
		group := r.OfType("autoscaling/group:Group")[0]
		assert.True(t, madeBefore(r, group)["cluster-diagnostics-encryption"],
			"the first node's report must be encrypted with the key")
	})
}

// An image with all tools needs no bucket. A node whose image lacks some tools may read only those.
func TestACustomImageGetsOnlyTheToolsThatItLacks(t *testing.T) {
	const id = "ami-0f1e2d3c4b5a69788"
	start := func(over overrides) *recorder {
		a := simaws.NewAccount(simaws.Options{})
		a.Exists("us-east-1", "aws:ec2/ami:Ami", id, account.Values{"name": "morpheus-node"})
		over["cluster.imageId"] = id
		over["nodeTools.awsCliSha256"], over["nodeTools.efsUtilsSha256"] = "", ""
		over["nodeTools.cloudwatchAgentSha256"] = ""
		r, err := launch{Stack: "prod", Config: change(t, loadStack(t, "prod"), over), Account: a}.Start()
		require.NoError(t, err)
		assert.Equal(t, id, r.OfType("ec2/launchTemplate:LaunchTemplate")[0].Get("imageId"))
		for _, invoke := range r.Invokes {
			assert.NotEqual(t, "aws:ssm/getParameter:getParameter", invoke.Token,
				"the parameter of the default image must not be looked up")
		}
		return r
	}
	r := start(overrides{"nodeTools.bucket": "", "nodeTools.rdsCaSha256": ""})
	assert.Empty(t, nodeSettings(t, r)["MIRROR_BUCKET"])
	assert.NotContains(t, nodeResources(t, r), "ReadTools")
	r = start(overrides{"nodeTools.rdsCaSha256": noDigest})
	assert.Equal(t, []string{"arn:aws:s3:::node-tools-of-the-rehearsal/node-tools/rds-global-bundle.pem"},
		nodeResources(t, r)["ReadTools"])
}
