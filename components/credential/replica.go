package credential

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/secretsmanager"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Replica is the copy of a secret in another region. Its ARN is that of the secret but for the region.
type Replica struct {
	Region string
	// KeyArn encrypts the copy: a key of its region.
	KeyArn pulumi.StringInput
	// Promoted leaves the copies as they are: they became secrets of their own, and Secrets Manager would replicate
	// over them if it were told to.
	Promoted bool
}

// Copies is the copy as an input of the secret; none for nil. A secret of the same name that exists there is never
// overwritten: it may be a promoted copy, whose values are newer.
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/standalone-secret.html
func (r *Replica) Copies() secretsmanager.SecretReplicaArray {
	if r == nil {
		return nil
	}
	return secretsmanager.SecretReplicaArray{secretsmanager.SecretReplicaArgs{
		Region: pulumi.String(r.Region), KmsKeyId: r.KeyArn.ToStringOutput(),
	}}
}

// Options are those of the secret.
func (r *Replica) Options() []pulumi.ResourceOption {
	if r == nil || !r.Promoted {
		return nil
	}
	return []pulumi.ResourceOption{pulumi.IgnoreChanges([]string{"replicas"})}
}
