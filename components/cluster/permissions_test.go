package cluster

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/components/cluster/boot"
	"github.com/morpheus-ha/morpheus-aws/internal/location"
)

// A node may read the one object that its package is, in the partition where it stands, and nothing when the package
// comes from elsewhere.
func TestOnlyThePackageIsReadFromS3(t *testing.T) {
	for url, want := range map[string]string{
		"s3://mirror/files/morpheus_8.0.7-1_amd64.deb":                 "[arn:aws-cn:s3:::mirror/files/morpheus_8.0.7-1_amd64.deb]",
		"s3://mirror/a%20b+c_1.deb":                                    "[arn:aws-cn:s3:::mirror/a%20b+c_1.deb]",
		"https://downloads.example.com/morpheus_8.0.7-1_amd64.deb":     "",
		"https://mirror.s3.amazonaws.com/a/morpheus_8.0.7-1_amd64.deb": "",
	} {
		a := &Args{Location: location.Location{Partition: "aws-cn"}, Package: Package{URL: url}}
		got := ""
		for _, s := range a.packageStatements() {
			assert.Equal(t, []string{"s3:GetObject"}, s.Actions)
			got += fmt.Sprint(s.Resources)
		}
		assert.Equal(t, want, got, url)
		assert.NoError(t, a.validateObjects(), url)
	}
}

func TestAPackageThatIsAPatternIsRefused(t *testing.T) {
	for _, url := range []string{"s3://mirror/*.deb", "s3://mirror/a?.deb", "s3://mirror/${aws:username}.deb", "s3://mirror"} {
		assert.ErrorContains(t, (&Args{Package: Package{URL: url}}).validateObjects(), "s3://bucket/key", "%s would open more than one object", url)
		supplemental := &Args{Boot: Boot{Supplemental: boot.Download{URL: url}}}
		assert.ErrorContains(t, supplemental.validateObjects(), "s3://bucket/key", "%s would open more than one object", url)
	}
}

func TestTheSupplementalPackageIsReadFromS3Too(t *testing.T) {
	a := &Args{Location: location.Location{Partition: "aws"}, Boot: Boot{Supplemental: boot.Download{URL: "s3://mirror/b.deb"}}}
	for packageURL, want := range map[string]string{
		"s3://mirror/a.deb":                   "[arn:aws:s3:::mirror/a.deb arn:aws:s3:::mirror/b.deb]",
		"https://downloads.example.com/a.deb": "[arn:aws:s3:::mirror/b.deb]",
	} {
		a.Package.URL = packageURL
		statements := a.packageStatements()
		require.Len(t, statements, 1)
		assert.Equal(t, want, fmt.Sprint(statements[0].Resources))
	}
}
