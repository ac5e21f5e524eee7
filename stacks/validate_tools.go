package stacks

// validateTools asks for all of the tools: the images that a stack can name are Canonical's, which lack them.
func (c *Config) validateTools(p *problems) {
	t := c.NodeTools
	if !bucketName.MatchString(t.Bucket) {
		p.add("nodeTools.bucket", t.Bucket, "the name of an S3 bucket with the node tools of docs/node-boot.md",
			"Canonical's image has neither the AWS CLI nor the mount helper of EFS nor the CloudWatch agent")
	}
	for key, sum := range map[string]string{
		"nodeTools.awsCliSha256": t.AWSCLISHA256, "nodeTools.efsUtilsSha256": t.EFSUtilsSHA256,
		"nodeTools.cloudwatchAgentSha256": t.CloudWatchAgentSHA256, "nodeTools.rdsCaSha256": t.RDSCASHA256,
	} {
		if !sha256Hex.MatchString(sum) {
			p.add(key, sum, "64 lower-case hexadecimal digits", "a tool without a checksum is not installed")
		}
	}
}
