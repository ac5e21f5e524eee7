package validate

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
	"github.com/morpheus-ha/morpheus-aws/internal/ops/check"
)

func (s *Subject) encryptionChecks() []check.Check {
	const group = "encryption"
	return []check.Check{
		{
			ID: "keys-enabled", Group: group, Severity: check.Error,
			Asks: "is every key of the stack enabled?",
			Do:   "undo it at once: aws kms cancel-key-deletion; then aws kms enable-key (docs/monitoring.md, \"encryption-key-ends\")",
			Run:  s.keysEnabled,
		},
		{
			ID: "keys-rotate", Group: group, Severity: check.Warning,
			Asks: "does AWS rotate every key of the stack?",
			Do:   "run pulumi up: somebody has switched the rotation off",
			Run:  s.keysRotate,
		},
		{
			ID: "secrets", Group: group, Severity: check.Error,
			Asks: "does every secret of the stack exist, with a customer key?",
			Do:   "restore it: aws secretsmanager restore-secret; nodes cannot boot without it",
			Run:  s.secrets,
		},
		{
			ID: "volumes-encrypted", Group: group, Severity: check.Error,
			Asks: "are the disks of all nodes encrypted?",
			Do:   "replace the node: aws autoscaling terminate-instance-in-auto-scaling-group",
			Run:  s.volumesEncrypted,
		},
	}
}

// ofKeys judges each key of the stack.
func (s *Subject) ofKeys(text string, problem func(name, id string) (string, error)) (check.Result, error) {
	keys := s.State.Of(awstoken.KMSKey)
	if len(keys) == 0 && len(s.Config.Encryption.Keys.Given()) == 0 {
		return check.Finding("the state of the stack has no keys"), nil
	}
	var problems []string
	for _, key := range keys {
		found, err := problem(key.Name(), key.ID)
		switch {
		case account.IsCode(err, "NotFoundException"):
			problems = append(problems, "there is no key "+key.Name())
		case err != nil:
			return check.Result{}, err
		case found != "":
			problems = append(problems, found)
		}
	}
	return check.Judge(problems, "%d keys %s", len(keys), text), nil
}

func (s *Subject) keysEnabled(ctx context.Context) (check.Result, error) {
	return s.ofKeys("are enabled", func(name, id string) (string, error) {
		found, err := s.Account.KMS().DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &id})
		if err != nil || found.KeyMetadata.KeyState == types.KeyStateEnabled {
			return "", err
		}
		return fmt.Sprintf("%s is %s", name, found.KeyMetadata.KeyState), nil
	})
}

func (s *Subject) keysRotate(ctx context.Context) (check.Result, error) {
	return s.ofKeys("are rotated", func(name, id string) (string, error) {
		found, err := s.Account.KMS().GetKeyRotationStatus(ctx, &kms.GetKeyRotationStatusInput{KeyId: &id})
		if err != nil || found.KeyRotationEnabled {
			return "", err
		}
		return name + " is not rotated", nil
	})
}

func (s *Subject) secrets(ctx context.Context) (check.Result, error) {
	list := s.State.Of(awstoken.SecretsManagerSecret)
	if len(list) == 0 {
		return check.Finding("the state of the stack has no secrets"), nil
	}
	var problems []string
	for _, secret := range list {
		found, err := s.Account.Secrets().DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: &secret.ID})
		switch {
		case account.IsCode(err, "ResourceNotFoundException"):
			problems = append(problems, "there is no secret "+secret.Name())
		case err != nil:
			return check.Result{}, err
		case found.DeletedDate != nil:
			problems = append(problems, secret.Name()+" is being deleted")
		case aws.ToString(found.KmsKeyId) == "" || strings.HasPrefix(aws.ToString(found.KmsKeyId), "alias/aws/"):
			problems = append(problems, secret.Name()+" has no customer key")
		}
	}
	return check.Judge(problems, "%d secrets exist and have a customer key", len(list)), nil
}

func (s *Subject) volumesEncrypted(ctx context.Context) (check.Result, error) {
	own := s.Config.DefaultTags()
	var problems []string
	n := 0
	pages := ec2.NewDescribeVolumesPaginator(s.Account.EC2(), &ec2.DescribeVolumesInput{Filters: []ec2types.Filter{
		{Name: aws.String("tag:Project"), Values: []string{own["Project"]}},
		{Name: aws.String("tag:Stack"), Values: []string{own["Stack"]}},
	}})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return check.Result{}, err
		}
		for _, volume := range page.Volumes {
			n++
			if !aws.ToBool(volume.Encrypted) {
				problems = append(problems, aws.ToString(volume.VolumeId)+" is not encrypted")
			}
		}
	}
	if n == 0 {
		return check.Finding("no volume has the tags of the stack"), nil
	}
	return check.Judge(problems, "%d volumes are encrypted", n), nil
}

// driftTime is how long a comparison of all resources may take.
const driftTime = 20 * time.Minute

func (s *Subject) driftChecks() []check.Check {
	return []check.Check{{
		ID: "drift", Group: "drift", Severity: check.Warning, Timeout: driftTime, Flags: "--drift",
		Asks: "does AWS still have what the last update made?",
		Do:   "read the changes with pulumi preview --refresh --diff and run pulumi up, or take them over into the configuration",
		Run: func(ctx context.Context) (check.Result, error) {
			if s.Drift == nil {
				return check.Skip("it takes minutes: give --drift"), nil
			}
			changes, err := s.Drift(ctx)
			if err != nil {
				return check.Result{}, err
			}
			return check.Judge(changes, "a preview with a refresh changes nothing"), nil
		},
	}}
}
