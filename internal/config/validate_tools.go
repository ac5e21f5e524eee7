package config

// validateTools asks for all of the tools, unless the image is the user's own: Canonical's lack them. Of an own image nobody
// but its maker knows what it has.
func (c *Config) validateTools(p *Problems) {
	t := c.NodeTools
	own, sums := c.Cluster.ImageID != "", len(t.Checksums())
	const asked = "the name of an S3 bucket with the node tools of docs/node-boot.md"
	switch {
	case own && t.Bucket == "" && sums == 0:
		return
	case own && t.Bucket == "":
		p.Add("nodeTools.bucket", t.Bucket, asked, "the checksum of a tool is given")
	case own && sums == 0:
		p.Add("nodeTools.bucket", t.Bucket, "empty without the checksum of a tool, with cluster.imageId", "a tool without a checksum is not installed")
	case !isBucket(t.Bucket):
		p.Add("nodeTools.bucket", t.Bucket, asked, "Canonical's image has neither the AWS CLI nor the mount helper of EFS nor the CloudWatch agent")
	}
	for key, sum := range map[string]string{
		"nodeTools.awsCliSha256": t.AWSCLISHA256, "nodeTools.efsUtilsSha256": t.EFSUtilsSHA256,
		"nodeTools.cloudwatchAgentSha256": t.CloudWatchAgentSHA256, "nodeTools.rdsCaSha256": t.RDSCASHA256,
	} {
		if own && sum == "" { // the image has it
			continue
		}
		if !sha256Hex.MatchString(sum) {
			p.Add(key, sum, "64 lower-case hexadecimal digits", "a tool without a checksum is not installed")
		}
	}
}
