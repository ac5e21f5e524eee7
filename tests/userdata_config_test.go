package tests

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/components/cluster/boot"
)

// nodeSettings are what node.conf assigns on the nodes of a run.
func nodeSettings(t *testing.T, r *recorder) map[string]string {
	t.Helper()
	templates := r.ofType("ec2/launchTemplate:LaunchTemplate")
	require.Len(t, templates, 1)
	files, ok := userDataFiles(templates[0].get("userData").(string))
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

// nodeResources are what the node's own policy opens to it, by the names of the statements.
func nodeResources(t *testing.T, r *recorder) map[string][]string {
	t.Helper()
	attached := r.byURN[urnOf(r, "aws:iam/rolePolicy:RolePolicy", "cluster-node")]
	require.NotNil(t, attached)
	var document struct {
		Statement []struct {
			Sid      string
			Action   json.RawMessage
			Resource json.RawMessage
		}
	}
	require.NoError(t, json.Unmarshal([]byte(attached.get("policy").(string)), &document))
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

// What a node may fetch and what it is told to fetch are two lists: one without the other is a boot that fails.
func TestNodesAreToldOfTheSupplementalPackageAndMayReadIt(t *testing.T) {
	r, err := run(t, "prod", privateOnly(overrides{"morpheus.supplementalUrl": supplemental, "morpheus.supplementalSha256": noDigest}))
	require.NoError(t, err)
	settings := nodeSettings(t, r)
	assert.Equal(t, supplemental, settings["SUPPLEMENTAL_URL"])
	assert.Equal(t, noDigest, settings["SUPPLEMENTAL_SHA256"])
	assert.Equal(t, []string{
		"arn:aws:s3:::" + strings.TrimPrefix(mirror, "s3://"), "arn:aws:s3:::" + strings.TrimPrefix(supplemental, "s3://"),
	}, nodeResources(t, r)["ReadPackage"], "exactly these two objects")

	without := deployed(t, "prod")
	assert.Empty(t, nodeSettings(t, without)["SUPPLEMENTAL_URL"])
	assert.NotContains(t, nodeResources(t, without), "ReadPackage", "an https package is nothing in S3")
}

func TestNodesAreToldOfTheSetupSecretAndMayReadIt(t *testing.T) {
	const arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:morpheus/first-setup-AbCdEf"
	r, err := run(t, "prod", overrides{"morpheus.setupSecretArn": arn})
	require.NoError(t, err)
	assert.Equal(t, arn, nodeSettings(t, r)["SETUP_SECRET"])
	assert.Equal(t, []string{arn}, nodeResources(t, r)["ReadTheFirstSetup"], "this secret alone")

	without := deployed(t, "prod")
	assert.Empty(t, nodeSettings(t, without)["SETUP_SECRET"])
	assert.NotContains(t, nodeResources(t, without), "ReadTheFirstSetup")
}
