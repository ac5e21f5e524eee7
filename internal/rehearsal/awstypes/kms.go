package awstypes

import (
	"cmp"
	"fmt"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/evaluate"
)

// PendingDeletion matches the state of a key in its waiting period in KMS's response.
const PendingDeletion = `"KeyState": ?"PendingDeletion"`

func kmsTypes() []Type {
	return []Type{
		{
			Token: awstoken.KMSKey,
			Simulation: Simulation{
				ID: "{uuid}", ARN: "kms:{region}:{account}:key/{id}",
				Duration: Duration{Create: 8, Update: 2, Delete: 2},
				Rules: []Rule{
					{
						Name: "key-policy-root", AWS: Error,
						Refuses: "a policy that does not let the account change the policy",
						Source:  docs + "kms/latest/developerguide/key-policy-default.html",
						Check:   keyPolicyRoot,
					},
					{
						Name: "key-policy-principals", AWS: Error,
						Refuses: "a policy that names a missing role, such as a service-linked " +
							"role of a fresh account",
						Source: docs + "autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html",
						Check:  keyPolicyPrincipals,
					},
				},
				Outputs:  func(c *Call) { c.State["keyId"] = c.ID },
				OnDelete: keepKey,
			},
			Provider: Provider{Source: "kms/key", Checks: map[string][]Check{"policy": {isJSON}}},
			Permissions: &Permissions{
				Read: actions("kms: DescribeKey GetKeyPolicy GetKeyRotationStatus ListResourceTags"),
				// EnableKey is for a key that an operator has disabled.
				Write: actions("kms: CreateKey PutKeyPolicy EnableKey EnableKeyRotation UpdateKeyDescription " +
					"ScheduleKeyDeletion TagResource UntagResource"),
				NeverCalled: []NeverCalled{{
					Actions: actions("kms: DisableKey DisableKeyRotation"),
					Because: "keys are enabled and rotated",
				}},
			},
			Listing: &Listing{
				Kind: "key", Service: "kms", Call: "TrentService.DescribeKey", Body: `{"KeyId":"{of}"}`,
				ID: `"KeyId": ?"([^"]+)`, Gone: PendingDeletion + `|"KeyManager": ?"AWS"`,
				Each: &Listing{
					Service: "kms", Call: "TrentService.ListKeys", Body: `{"Limit":1000}`, ID: `"KeyId": ?"([^"]+)`,
				},
			},
			Example: Values{"policy": policy(allow("AWS", "${root}", "*", "kms:*"))},
		},
		{
			Token: awstoken.KMSAlias,
			Simulation: Simulation{
				ID: "{name}", ARN: "kms:{region}:{account}:{name}", Unique: "name",
				Duration: Duration{Create: 1, Update: 1, Delete: 1},
				References: []Reference{
					{Path: "targetKeyId", To: []string{awstoken.KMSKey}, By: "id", NotFound: "NotFoundException"},
				},
				Outputs: func(c *Call) {
					if key := c.ByID(awstoken.KMSKey, c.Text("targetKeyId")); key != nil {
						c.State["targetKeyArn"] = key.State["arn"]
					}
				},
			},
			Provider: Provider{
				Source:    "kms/alias",
				Autonamed: "name", NameLimit: 256,
				Checks: map[string][]Check{"name": { // kms/validate.go
					matches(`^alias/[0-9A-Za-z_/-]+$`), never(`^alias/aws/`, "begin with alias/aws/"),
				}},
			},
			Permissions: &Permissions{
				Read:  actions("kms: ListAliases"),
				Write: actions("kms: CreateAlias UpdateAlias DeleteAlias"),
			},
			Listing: &Listing{
				Kind: "key alias", Service: "kms", Call: "TrentService.ListAliases", ID: `"AliasName": ?"([^"]+)`,
			},
			Example: Values{"name": "alias/app", "targetKeyId": "${key.id}"},
		},
	}
}

func keepKey(c *Call) error {
	days := numberOr(c.State["deletionWindowInDays"], 30)
	c.keep("key", c.ID, fmt.Sprintf("KMS key %s (pending deletion for %.0f days)", c.ID, days))
	return nil
}

// keyPolicyRoot is the lock-out check of KMS: the account must be able to change the policy later.
func keyPolicyRoot(c *Call) error {
	text := c.Text("policy")
	if text == "" || c.isTrue("bypassPolicyLockoutSafetyCheck") {
		return nil
	}
	if _, err := evaluate.Parse(text); err != nil {
		return fmt.Errorf("MalformedPolicyDocumentException: %w", err)
	}
	root := caller{
		principal: c.Expand("arn:{partition}:iam::{account}:root"),
		resource:  c.Expand("arn:{partition}:kms:{region}:{account}:key/{id}"),
	}
	if !c.mayAll(text, root, "kms:PutKeyPolicy") {
		return fmt.Errorf("MalformedPolicyDocumentException: the new key policy will not allow you to update " +
			"the key policy in the future")
	}
	return nil
}

// keyPolicyPrincipals refuses a policy that names a role that does not exist, as KMS does.
func keyPolicyPrincipals(c *Call) error {
	text := c.Text("policy")
	if text == "" {
		return nil
	}
	doc, err := evaluate.Parse(text)
	if err != nil {
		return fmt.Errorf("MalformedPolicyDocumentException: %w", err)
	}
	if arn := c.missingRole(doc); arn != "" {
		return fmt.Errorf("MalformedPolicyDocumentException: policy contains a statement with one or more "+
			"invalid principals: %s", arn)
	}
	return nil
}

var kmsLookUps = []LookUp{{
	Token:       "aws:kms/getKey:getKey",
	Source:      "kms/key_data_source",
	Permissions: &Permissions{Read: actions("kms: DescribeKey")},
	Answer:      describeKey,
}}

// describeKey returns a key of the region, by ARN or id.
func describeKey(c *Call) (Values, error) {
	id := c.Text("keyId")
	found := c.Find(awstoken.KMSKey, func(r *Resource) bool { return r.ID == id || r.State["arn"] == id })
	if len(found) == 0 {
		return nil, fmt.Errorf("reading KMS Key (%s): NotFoundException: Key '%s' does not exist", id, id)
	}
	state := found[0].State
	text := func(property, otherwise string) string {
		value, _ := state[property].(string)
		return cmp.Or(value, otherwise)
	}
	condition := text("keyState", "Enabled")
	return Values{
		"id": found[0].ID, "keyId": id, "arn": state["arn"], "awsAccountId": c.AccountID,
		"description": text("description", ""), "keyState": condition, "enabled": condition == "Enabled",
		"keyUsage": text("keyUsage", "ENCRYPT_DECRYPT"), "keySpec": text("keySpec", "SYMMETRIC_DEFAULT"),
		"customerMasterKeySpec": text("keySpec", "SYMMETRIC_DEFAULT"), "keyManager": text("keyManager", "CUSTOMER"),
		"origin": "AWS_KMS", "multiRegion": state["multiRegion"] == true, "creationDate": "2025-01-01T00:00:00Z",
		"deletionDate": "", "expirationModel": "", "validTo": "", "cloudHsmClusterId": "", "customKeyStoreId": "",
		"pendingDeletionWindowInDays": 0.0, "multiRegionConfigurations": []any{}, "xksKeyConfigurations": []any{},
	}, nil
}
