package preflight

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/morpheus-ha/morpheus-aws/components/cluster/boot"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
)

func (s *Subject) fileChecks() []check.Check {
	const group = "files"
	return []check.Check{
		{
			ID: "package", Group: group, Severity: check.Error,
			Asks: "can the appliance package be downloaded, and has it the SHA-256 of the configuration?",
			Do:   "upload the package with aws s3 cp --checksum-algorithm SHA256, or correct morpheus.packageUrl and morpheus.packageSha256",
			Run: func(ctx context.Context) (check.Result, error) {
				return s.file(ctx, s.Config.Morpheus.PackageURL, s.Config.Morpheus.PackageSHA256)
			},
		},
		{
			ID: "supplemental-package", Group: group, Severity: check.Error,
			Asks: "can the supplemental package be downloaded, and has it the SHA-256 of the configuration?",
			Do:   "upload the package with aws s3 cp --checksum-algorithm SHA256, or correct morpheus.supplementalUrl",
			Run: func(ctx context.Context) (check.Result, error) {
				if s.Config.Morpheus.SupplementalURL == "" {
					return check.Skip("morpheus.supplementalUrl is empty"), nil
				}
				return s.file(ctx, s.Config.Morpheus.SupplementalURL, s.Config.Morpheus.SupplementalSHA256)
			},
		},
		{
			ID: "node-tools", Group: group, Severity: check.Error,
			Asks: "does the bucket have the node tools with the SHA-256 of the configuration?",
			Do:   "go run ./tools/node-tools -bucket <bucket> uploads them: docs/node-boot.md, \"Tools\"",
			Run:  s.nodeTools,
		},
		{
			ID: "node-tools-region", Group: group, Severity: check.Error,
			Asks: "is the bucket of the node tools in the region of the stack?",
			Do:   "upload the tools to a bucket in the region: nodes without the internet reach S3 of their own region only",
			Run:  s.nodeToolsRegion,
		},
	}
}

func (s *Subject) file(ctx context.Context, url, sum string) (check.Result, error) {
	if path, inS3 := strings.CutPrefix(url, "s3://"); inS3 {
		bucket, key, _ := strings.Cut(path, "/")
		problem, note, err := s.object(ctx, bucket, key, sum)
		switch {
		case err != nil:
			return check.Result{}, err
		case problem != "":
			return check.Finding("%s", problem), nil
		}
		return check.Pass("%s", note), nil
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodHead, url, nil)
	if err != nil {
		return check.Result{}, errors.New("the URL cannot be read")
	}
	response, err := s.HTTP.Do(request)
	if err != nil {
		// The error has the URL, which may have a query.
		return check.Result{}, fmt.Errorf("the server %s does not answer from here; nodes may still reach it", request.Host)
	}
	defer response.Body.Close() //nolint:errcheck // no body
	if response.StatusCode/100 != 2 {
		return check.Finding("the server %s answers %s", request.Host, response.Status), nil
	}
	return check.Pass("the server %s has %d bytes; only a node computes their SHA-256", request.Host,
		response.ContentLength), nil
}

// object returns what is wrong with an object in S3; otherwise a note of what was compared.
func (s *Subject) object(ctx context.Context, bucket, key, sum string) (problem, note string, err error) {
	name := "s3://" + bucket + "/" + key
	found, err := s.Account.S3().HeadObject(ctx, &s3.HeadObjectInput{
		Bucket: &bucket, Key: &key, ChecksumMode: types.ChecksumModeEnabled,
	})
	var missing *types.NotFound
	switch {
	case errors.As(err, &missing) || account.IsCode(err, "NoSuchBucket", "NoSuchKey", "NotFound"):
		return name + " does not exist", "", nil
	case forbidden(err):
		// A bucket may let in the nodes only.
		return "", name + ": S3 does not let this identity look", nil
	case err != nil:
		return "", "", err
	}
	if aws.ToInt64(found.ContentLength) == 0 {
		return name + " is empty", "", nil
	}
	got, err := base64.StdEncoding.DecodeString(aws.ToString(found.ChecksumSHA256))
	if err != nil || len(got) == 0 {
		return "", name + " exists; S3 has no SHA-256 of it", nil //nolint:nilerr // that of a multipart upload
	}
	if hex.EncodeToString(got) != sum {
		return fmt.Sprintf("%s has the SHA-256 %x, the configuration has %s", name, got, sum), "", nil
	}
	return "", name + " has the SHA-256 of the configuration", nil
}

// forbidden reports whether S3 has refused a request without a body.
func forbidden(err error) bool {
	var api smithy.APIError
	return errors.As(err, &api) && (api.ErrorCode() == "Forbidden" || api.ErrorCode() == "AccessDenied")
}

func (s *Subject) nodeTools(ctx context.Context) (check.Result, error) {
	bucket, sums := s.Config.NodeTools.Bucket, s.Config.NodeTools.Checksums()
	if bucket == "" {
		return check.Skip("the image has the tools"), nil
	}
	var problems []string
	for _, tool := range boot.Tools {
		if sums[tool.Name] == "" {
			continue
		}
		problem, _, err := s.object(ctx, bucket, tool.Key, sums[tool.Name])
		switch {
		case err != nil:
			return check.Result{}, err
		case problem != "":
			problems = append(problems, problem)
		}
	}
	return check.Judge(problems, "%s has the %d tools", bucket, len(sums)), nil
}

func (s *Subject) nodeToolsRegion(ctx context.Context) (check.Result, error) {
	bucket := s.Config.NodeTools.Bucket
	if bucket == "" {
		return check.Skip("the image has the tools"), nil
	}
	found, err := s.Account.S3().GetBucketLocation(ctx, &s3.GetBucketLocationInput{Bucket: &bucket})
	switch {
	case account.IsCode(err, "NoSuchBucket"):
		return check.Finding("there is no bucket %s", bucket), nil
	case err != nil:
		return check.Result{}, err
	}
	region := string(found.LocationConstraint)
	switch region {
	case "":
		region = "us-east-1"
	case "EU":
		region = "eu-west-1"
	}
	if region != s.Config.AWS.Region {
		return check.Finding("the bucket %s is in %s, the stack in %s", bucket, region, s.Config.AWS.Region), nil
	}
	return check.Pass("the bucket %s is in %s", bucket, region), nil
}
