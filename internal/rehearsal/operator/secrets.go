package operator

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
)

type secrets struct{ *inRegion }

// find returns a secret, and whether it is a copy of one in another region.
func (s secrets) find(store awstypes.Store, id *string) (found *awstypes.Resource, isCopy bool, err error) {
	arn := aws.ToString(id)
	if r := named(store, awstypes.SecretReplica, s.region, "arn", arn); r != nil {
		return r, r.State["promoted"] != true, nil
	}
	if r := named(store, awstoken.SecretsManagerSecret, s.region, "arn", arn); r != nil {
		return r, false, nil
	}
	return nil, false, &types.ResourceNotFoundException{Message: aws.String("there is no secret " + arn)}
}

func (s secrets) DescribeSecret(
	_ context.Context, in *secretsmanager.DescribeSecretInput, _ ...func(*secretsmanager.Options),
) (out *secretsmanager.DescribeSecretOutput, err error) {
	err = s.call(func(store awstypes.Store) error {
		found, isCopy, err := s.find(store, in.SecretId)
		if err != nil {
			return err
		}
		out = &secretsmanager.DescribeSecretOutput{ARN: in.SecretId}
		if isCopy {
			out.PrimaryRegion = aws.String(strings.Split(text(found.State, "of"), ":")[3])
		}
		return nil
	})
	return out, err
}

func (s secrets) StopReplicationToReplica(
	_ context.Context, in *secretsmanager.StopReplicationToReplicaInput, _ ...func(*secretsmanager.Options),
) (*secretsmanager.StopReplicationToReplicaOutput, error) {
	return &secretsmanager.StopReplicationToReplicaOutput{}, s.call(func(store awstypes.Store) error {
		found, isCopy, err := s.find(store, in.SecretId)
		if err != nil {
			return err
		}
		if !isCopy {
			return &types.InvalidRequestException{Message: aws.String("the secret is no copy")}
		}
		set(found, "promoted", true)
		s.values[aws.ToString(in.SecretId)] = s.values[text(found.State, "of")]
		if original := named(store, awstoken.SecretsManagerSecret, "", "arn", text(found.State, "of")); original != nil {
			set(original, "replicas", nil) // each secret has one copy
		}
		return nil
	})
}

func (s secrets) GetSecretValue(
	_ context.Context, in *secretsmanager.GetSecretValueInput, _ ...func(*secretsmanager.Options),
) (out *secretsmanager.GetSecretValueOutput, err error) {
	err = s.call(func(store awstypes.Store) error {
		if _, _, err := s.find(store, in.SecretId); err != nil {
			return err
		}
		out = &secretsmanager.GetSecretValueOutput{SecretString: aws.String(s.values[aws.ToString(in.SecretId)])}
		return nil
	})
	return out, err
}

func (s secrets) PutSecretValue(
	_ context.Context, in *secretsmanager.PutSecretValueInput, _ ...func(*secretsmanager.Options),
) (*secretsmanager.PutSecretValueOutput, error) {
	return &secretsmanager.PutSecretValueOutput{}, s.call(func(store awstypes.Store) error {
		_, isCopy, err := s.find(store, in.SecretId)
		if err != nil {
			return err
		}
		if isCopy {
			return &types.InvalidRequestException{Message: aws.String("the secret is a copy")}
		}
		s.values[aws.ToString(in.SecretId)] = aws.ToString(in.SecretString)
		return nil
	})
}

func (s secrets) DeleteSecret(
	_ context.Context, in *secretsmanager.DeleteSecretInput, _ ...func(*secretsmanager.Options),
) (*secretsmanager.DeleteSecretOutput, error) {
	return &secretsmanager.DeleteSecretOutput{}, s.call(func(store awstypes.Store) error {
		found, isCopy, err := s.find(store, in.SecretId)
		if err != nil {
			return err
		}
		if isCopy {
			return &types.InvalidRequestException{Message: aws.String("a copy is removed by its original")}
		}
		store.Remove(found)
		return nil
	})
}
