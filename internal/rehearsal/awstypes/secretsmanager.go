package awstypes

import (
	"fmt"
	"maps"
	"slices"
	"strings"

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
				}, {
					Name: "secret-replica", AWS: ErrorOrQuiet,
					Refuses: "a copy in the secret's own region, or under a key that its region does not have; a copy where " +
						"another secret has the name, which may be a promoted copy, with or without force",
					Source: docs + "secretsmanager/latest/userguide/replicate-secrets_troubleshoot.html",
					Check:  secretReplica,
				}},
				Outputs: func(c *Call) {
					if c.Old == nil {
						c.ID = c.Expand("arn:{partition}:secretsmanager:{region}:{account}:secret:{name}-{suffix6}")
					}
					c.State["arn"] = c.ID
					replicateSecret(c)
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
				Read: actions("secretsmanager: DescribeSecret GetResourcePolicy"),
				Write: actions("secretsmanager: CreateSecret UpdateSecret DeleteSecret TagResource UntagResource " +
					"RemoveRegionsFromReplication ReplicateSecretToRegions"),
				// Encrypt is for the copies: https://docs.aws.amazon.com/secretsmanager/latest/userguide/replicate-secrets.html
				Dependent: actions("kms: Decrypt Encrypt GenerateDataKey"),
				NeverCalled: []NeverCalled{
					{
						Actions: actions("secretsmanager: DeleteResourcePolicy PutResourcePolicy"),
						Because: "no resource policy",
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
	for _, copied := range c.secretCopies() {
		c.Store.Remove(copied)
	}
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

// SecretReplica is the type of the copy of a secret in another region. The id is its ARN; the state has the ARN of the
// secret in "of", and true in "promoted" when it has become a secret of its own.
const SecretReplica = "aws:secretsmanager/replica:Replica"

// secretCopies are the copies of the secret of a call that are still copies.
func (c *Call) secretCopies() []*Resource {
	return slices.DeleteFunc(c.Store.Resources(SecretReplica, ""), func(r *Resource) bool {
		return r.State["of"] != c.ID || r.State["promoted"] == true
	})
}

func secretReplica(c *Call) error {
	for _, item := range at(c.In, "replicas[]") {
		wanted, _ := item.(map[string]any)
		region, _ := wanted["region"].(string)
		key, _ := wanted["kmsKeyId"].(string)
		if region == c.Region {
			return fmt.Errorf("InvalidParameterException: the replica must be in another region than %s", region)
		}
		if key != "" && !slices.ContainsFunc(c.Store.Resources(awstoken.KMSKey, region), func(r *Resource) bool {
			return r.State["arn"] == key
		}) {
			return fmt.Errorf("replication to %s fails: the KMS key %s does not exist there", region, key)
		}
		for _, token := range []string{SecretReplica, awstoken.SecretsManagerSecret} {
			for _, other := range c.Store.Resources(token, region) {
				if other.State["name"] == c.Text("name") && (other.State["of"] != c.ID || other.State["promoted"] == true) {
					return fmt.Errorf("replication to %s fails: a secret with the name %v exists there", region, other.State["name"])
				}
			}
		}
	}
	return nil
}

// replicateSecret makes the wanted copies and removes the others.
func replicateSecret(c *Call) {
	for _, copied := range c.secretCopies() {
		c.Store.Remove(copied)
	}
	var out []any
	for _, item := range at(c.In, "replicas[]") {
		wanted, _ := item.(map[string]any)
		region := fmt.Sprint(wanted["region"])
		made := maps.Clone(wanted)
		out = append(out, made)
		arn := strings.Replace(c.ID, ":"+c.Region+":", ":"+region+":", 1)
		c.Store.Add(&Resource{Token: SecretReplica, Region: region, ID: arn, State: Values{
			"arn": arn, "name": c.State["name"], "of": c.ID, "kmsKeyId": wanted["kmsKeyId"],
		}})
	}
	if out != nil {
		c.State["replicas"] = out
	}
}
