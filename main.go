// Command morpheus deploys Morpheus in high availability on AWS. See README.md.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/stacks"
)

func main() { pulumi.Run(stacks.Run) }
