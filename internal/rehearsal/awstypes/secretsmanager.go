package awstypes

import (
	"fmt"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
)

func secretsmanagerTypes() []Type {
	return []Type{
		{
			Token: awstoken.SecretsManagerSecret,
			Simulation: Simulation{
				ID: "{secretArn}", Unique: "name",
				Duration:   Duration{Create: 2, Update: 1, Delete: 1},
				References: []Reference{toKey("kmsKeyId")},
				Rules: []Rule{{
					Name: "secret-recovery-window", AWS: Error,
					Refuses: "a window other than 0 or 7..30 days; the name of a secret that waits for " +
						"its deletion",
					Source: docs + "secretsmanager/latest/apireference/API_DeleteSecret.html",
					Check:  recoveryWindow,
				}},
				Outputs: func(c *Call) {
					if c.Old == nil {
						c.ID = c.Expand("arn:{partition}:secretsmanager:{region}:{account}:secret:{name}-{suffix6}")
					}
					c.State["arn"] = c.ID
				},
				OnDelete: keepSecret,
			},
			Provider: Provider{
				Source:    "secretsmanager/secret",
				Autonamed: "name", NameLimit: 512,
				Checks: map[string][]Check{"name": {matches(`^[0-9A-Za-z/_+=.@-]+$`)}}, // secretsmanager/validate.go
			},
			Permissions: &Permissions{
				// Without versions: a deployment does not read the appliance's secret or a password that RDS keeps.
				Read:      actions("secretsmanager: DescribeSecret GetResourcePolicy"),
				Write:     actions("secretsmanager: CreateSecret UpdateSecret DeleteSecret TagResource UntagResource"),
				Dependent: actions("kms: Decrypt GenerateDataKey"),
				NeverCalled: []NeverCalled{
					{
						Actions: actions("secretsmanager: DeleteResourcePolicy PutResourcePolicy"),
						Because: "no resource policy",
					},
					{
						Actions: actions("secretsmanager: RemoveRegionsFromReplication ReplicateSecretToRegions"),
						Because: "no replica",
					},
				},
			},
			Listing: &Listing{
				Kind: "secret", Service: "secretsmanager", Call: "secretsmanager.ListSecrets", ID: `"ARN": ?"([^"]+)`,
			},
			Example: Values{"name": "app", "recoveryWindowInDays": 7, "kmsKeyId": "${key.arn}"},
		},
		{
			Token: awstoken.SecretsManagerSecretVersion,
			Simulation: Simulation{
				ID:       "{secretId}|{hex32}",
				Duration: Duration{Create: 1, Update: 1, Delete: 1},
				References: []Reference{{
					Path: "secretId", To: []string{awstoken.SecretsManagerSecret}, By: "arn",
					NotFound: "ResourceNotFoundException",
				}},
				Outputs: func(c *Call) {
					c.State["arn"] = c.Text("secretId")
					c.once("versionId", "{uuid}")
					c.fill("versionStages", []any{"AWSCURRENT"})
				},
			},
			Provider: Provider{Source: "secretsmanager/secret_version"},
			Permissions: &Permissions{
				// A refresh and an update read the value, to compare it; a preview does not.
				Write:     actions("secretsmanager: GetSecretValue PutSecretValue UpdateSecretVersionStage"),
				Dependent: actions("kms: Decrypt GenerateDataKey"),
				NeverCalled: []NeverCalled{{
					Actions: actions("secretsmanager: ListSecretVersionIds"),
					Because: "no custom stages",
				}},
			},
			NotListed: "is deleted with its secret",
			Example:   Values{"secretId": "${stored.id}", "secretString": "x"},
		},
	}
}

func keepSecret(c *Call) error {
	if days := numberOr(c.State["recoveryWindowInDays"], 30); days > 0 {
		c.keep("secret", fmt.Sprint(c.State["name"]), fmt.Sprintf("secret %s (recoverable for %.0f days)", c.ID, days))
	}
	return nil
}

func recoveryWindow(c *Call) error {
	if days := numberOr(c.In["recoveryWindowInDays"], 30); days != 0 && (days < 7 || days > 30) {
		return fmt.Errorf("InvalidParameterException: recoveryWindowInDays must be 0 or 7..30, got %.0f", days)
	}
	if name := c.Text("name"); c.Old == nil && c.isKept("secret", name) {
		return fmt.Errorf("InvalidRequestException: you can't create this secret because a secret with the name "+
			"%s is already scheduled for deletion", name)
	}
	return nil
}
