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
			Location{"aws", "amazonaws.com", "us-east-1", "123456789012"},
			"arn:aws:rds:us-east-1:123456789012:cluster:x", "arn:aws:iam::123456789012:role/x",
			"arn:aws:iam::aws:policy/x", "arn:aws:iam::123456789012:root", "logs.us-east-1.amazonaws.com",
		},
		{
			Location{"aws-cn", "amazonaws.com.cn", "cn-north-1", "123456789012"},
			"arn:aws-cn:rds:cn-north-1:123456789012:cluster:x", "arn:aws-cn:iam::123456789012:role/x",
			"arn:aws-cn:iam::aws:policy/x", "arn:aws-cn:iam::123456789012:root", "logs.cn-north-1.amazonaws.com.cn",
		},
	} {
		assert.Equal(t, c.arn, c.at.ARN("rds", "cluster:x"))
		assert.Equal(t, c.global, c.at.GlobalARN("iam", "role/x"), "IAM has no region")
		assert.Equal(t, c.managed, c.at.ManagedPolicyARN("x"), "AWS's own policies belong to no account")
		assert.Equal(t, c.root, c.at.AccountRoot())
		assert.Equal(t, c.principal, c.at.RegionalService("logs"))
		assert.Equal(t, c.principal, c.at.ViaService("logs"))
	}
}
