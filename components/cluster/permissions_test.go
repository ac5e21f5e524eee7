package cluster

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/config"
	"github.com/morpheus-ha/morpheus-aws/internal/location"
)

// A node may read its package only, in the partition of the stack, and nothing when the package is not in S3.
func TestNodesMayReadNothingButThePackageFromS3(t *testing.T) {
	for url, want := range map[string]string{
		"s3://mirror/files/morpheus_8.0.7.deb":                         "[arn:aws-cn:s3:::mirror/files/morpheus_8.0.7.deb]",
		"s3://mirror/a%20b+c_1.deb":                                    "[arn:aws-cn:s3:::mirror/a%20b+c_1.deb]",
		"https://downloads.example.com/morpheus_8.0.7-1_amd64.deb":     "",
		"https://mirror.s3.amazonaws.com/a/morpheus_8.0.7-1_amd64.deb": "",
	} {
		a := &Args{Location: location.Location{Partition: "aws-cn"}, Morpheus: config.Morpheus{PackageURL: url}}
		got := ""
		for _, s := range a.packageStatements() {
			assert.Equal(t, []string{"s3:GetObject"}, s.Actions)
			got += fmt.Sprint(s.Resources)
		}
		assert.Equal(t, want, got, url)
	}
}

func TestNodesMayReadTheSupplementalPackageFromS3(t *testing.T) {
	a := &Args{
		Location: location.Location{Partition: "aws"}, Morpheus: config.Morpheus{SupplementalURL: "s3://mirror/b.deb"},
	}
	for packageURL, want := range map[string]string{
		"s3://mirror/a.deb":                   "[arn:aws:s3:::mirror/a.deb arn:aws:s3:::mirror/b.deb]",
		"https://downloads.example.com/a.deb": "[arn:aws:s3:::mirror/b.deb]",
	} {
		a.Morpheus.PackageURL = packageURL
		statements := a.packageStatements()
		require.Len(t, statements, 1)
		assert.Equal(t, want, fmt.Sprint(statements[0].Resources))
	}
}
