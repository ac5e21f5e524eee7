package recovery

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/steps"
)

// isCopy reports whether a secret is a copy of one in another region.
func isCopy(ctx context.Context, side Side, arn string) (bool, error) {
	found, err := side.API.Secrets.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: &arn})
	if err != nil {
		return false, fmt.Errorf("describe the secret %s: %w", arn, err)
	}
	primary := aws.ToString(found.PrimaryRegion)
	return primary != "" && primary != side.Region, nil
}

// promoteSecret makes a copy a secret of its own: a node must be able to write the appliance's.
func (m *Move) promoteSecret(side Side, arn string, i int) steps.Step {
	return steps.Step{
		Name: fmt.Sprintf("promote secret %d", i+1), Does: "make " + arn + " a secret of its own", Limit: shortLimit,
		Done: func(ctx context.Context) (bool, error) {
			copied, err := isCopy(ctx, side, arn)
			return err == nil && !copied, err
		},
		Do: func(ctx context.Context) error {
			_, err := side.API.Secrets.StopReplicationToReplica(ctx, &secretsmanager.StopReplicationToReplicaInput{SecretId: &arn})
			return err
		},
	}
}

// secretBack puts the value of a promoted secret into the original, and deletes the promoted one: Secrets Manager does not
// replicate to a name that is taken.
func (m *Move) secretBack(i int) steps.Step {
	promoted, original := m.From.Secrets[i], m.To.Secrets[i]
	return steps.Step{
		Name:  fmt.Sprintf("take secret %d back", i+1),
		Does:  "put the value of " + promoted + " into " + original + " and delete the promoted one",
		Limit: shortLimit,
		Done: func(ctx context.Context) (bool, error) {
			copied, err := isCopy(ctx, m.From, promoted)
			if missing := new(types.ResourceNotFoundException); errors.As(err, &missing) {
				return true, nil
			}
			return copied, err
		},
		Do: func(ctx context.Context) error {
			wanted, err := m.From.API.Secrets.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &promoted})
			if err != nil {
				return err
			}
			have, err := m.To.API.Secrets.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &original})
			if err != nil {
				return err
			}
			if aws.ToString(wanted.SecretString) != aws.ToString(have.SecretString) {
				_, err = m.To.API.Secrets.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{
					SecretId: &original, SecretString: wanted.SecretString,
				})
				if err != nil {
					return err
				}
			}
			_, err = m.From.API.Secrets.DeleteSecret(ctx, &secretsmanager.DeleteSecretInput{
				SecretId: &promoted, ForceDeleteWithoutRecovery: aws.Bool(true),
			})
			return err
		},
	}
}
