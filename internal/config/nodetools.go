package config

import (
	"maps"
	"net/netip"
	"regexp"
	"strings"
)

// NodeTools are the files of boot.Tools in a bucket of the user's.
type NodeTools struct {
	Bucket                string `json:"bucket"`
	AWSCLISHA256          string `json:"awsCliSha256"`
	EFSUtilsSHA256        string `json:"efsUtilsSha256"`
	CloudWatchAgentSHA256 string `json:"cloudwatchAgentSha256"`
	RDSCASHA256           string `json:"rdsCaSha256"`
}

// Checksums by the name of the tool, of the tools that have one.
func (n NodeTools) Checksums() map[string]string {
	out := map[string]string{
		"aws-cli":          n.AWSCLISHA256,
		"efs-utils":        n.EFSUtilsSHA256,
		"cloudwatch-agent": n.CloudWatchAgentSHA256,
		"rds-ca":           n.RDSCASHA256,
	}
	maps.DeleteFunc(out, func(_, sum string) bool { return sum == "" })
	return out
}

var (
	bucketForm  = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	bucketLabel = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)
	// reserved are what S3 has kept for names of its own.
	reserved = regexp.MustCompile(`^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|--x-s3|\.mrap)$`)
)

// bucketText is the name of the bucket with the tools.
var bucketText = Text{
	Is:      "the name of an S3 bucket with the node tools of docs/node-boot.md",
	Pattern: bucketForm, Not: reserved, Valid: valid(isBucket),
}

const (
	imageHasTools    = "when the image of cluster.imageId has the tool"
	whyToolsChecksum = "a tool without a checksum is not installed"
)

var nodeToolsRows = []Row{
	{Key: "nodeTools.bucket", Limit: bucketText, Empty: "when the image of cluster.imageId has all tools"},
	{Key: "nodeTools.awsCliSha256", Limit: sha256Text, Empty: imageHasTools, Why: whyToolsChecksum},
	{Key: "nodeTools.efsUtilsSha256", Limit: sha256Text, Empty: imageHasTools, Why: whyToolsChecksum},
	{Key: "nodeTools.cloudwatchAgentSha256", Limit: sha256Text, Empty: imageHasTools, Why: whyToolsChecksum},
	{Key: "nodeTools.rdsCaSha256", Limit: sha256Text, Empty: imageHasTools, Why: whyToolsChecksum},
}

var nodeToolsRules = []Rule{
	{
		Keys:  []string{"nodeTools"},
		Needs: []string{"cluster.imageId"},
		Says:  "required without cluster.imageId; with it, the bucket goes with the checksum of at least one tool",
		check: (*Config).checkNodeTools,
	},
}

// checkNodeTools needs all tools for Canonical's image, which lacks them. Of another image only its maker knows what
// it has.
func (c *Config) checkNodeTools(p *Problems) {
	const key = "nodeTools.bucket"
	t := c.NodeTools
	if c.Cluster.ImageID != "" {
		switch sums := len(t.Checksums()); {
		case t.Bucket == "" && sums > 0:
			p.Add(key, t.Bucket, bucketText.Is, "the checksum of a tool is given")
		case t.Bucket != "" && sums == 0:
			p.Add(key, t.Bucket, "empty without the checksum of a tool, with cluster.imageId", whyToolsChecksum)
		}
		return
	}
	if t.Bucket == "" {
		p.Add(key, t.Bucket, bucketText.Is,
			"Canonical's image has neither the AWS CLI nor the mount helper of EFS nor the CloudWatch agent")
	}
	for _, sum := range []struct{ key, value string }{
		{key: "nodeTools.awsCliSha256", value: t.AWSCLISHA256},
		{key: "nodeTools.efsUtilsSha256", value: t.EFSUtilsSHA256},
		{key: "nodeTools.cloudwatchAgentSha256", value: t.CloudWatchAgentSHA256},
		{key: "nodeTools.rdsCaSha256", value: t.RDSCASHA256},
	} {
		if sum.value == "" {
			p.Add(sum.key, "", sha256Text.Is, whyToolsChecksum)
		}
	}
}

// isBucket reports whether S3 would let a bucket have the name:
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
func isBucket(name string) bool {
	if _, err := netip.ParseAddr(name); err == nil || len(name) < 3 || len(name) > 63 || reserved.MatchString(name) {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if !bucketLabel.MatchString(label) {
			return false
		}
	}
	return true
}
