package location

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestNamesFollowThePartition(t *testing.T) {
	for _, c := range []struct {
		at                                    Location
		arn, global, managed, root, principal string
	}{
		{
			at:  Location{Partition: "aws", DNSSuffix: "amazonaws.com", Region: "us-east-1", AccountID: "123456789012"},
			arn: "arn:aws:rds:us-east-1:123456789012:cluster:x", global: "arn:aws:iam::123456789012:role/x",
			managed: "arn:aws:iam::aws:policy/x", root: "arn:aws:iam::123456789012:root",
			principal: "logs.us-east-1.amazonaws.com",
		},
		{
			at: Location{
				Partition: "aws-cn", DNSSuffix: "amazonaws.com.cn", Region: "cn-north-1", AccountID: "123456789012",
			},
			arn: "arn:aws-cn:rds:cn-north-1:123456789012:cluster:x", global: "arn:aws-cn:iam::123456789012:role/x",
			managed: "arn:aws-cn:iam::aws:policy/x", root: "arn:aws-cn:iam::123456789012:root",
			principal: "logs.cn-north-1.amazonaws.com.cn",
		},
	} {
		assert.Equal(t, c.arn, c.at.ARN("rds", "cluster:x"))
		assert.Equal(t, c.global, c.at.GlobalARN("iam", "role/x"), "IAM has no region")
		assert.Equal(t, c.managed, c.at.ManagedPolicyARN("x"), "AWS managed policies belong to no account")
		assert.Equal(t, c.root, c.at.AccountRoot())
		assert.Equal(t, c.principal, c.at.RegionalService("logs"))
		assert.Equal(t, c.principal, c.at.ViaService("logs"))
	}
}
