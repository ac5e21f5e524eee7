package encryption

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/internal/alarm"
)

// keyRole is the role of the ARN of a concern's key.
func keyRole(concern Concern) string { return "key-" + string(concern) }

// Alarms of the keys. KMS has no metric of a key that nobody can use any more, and an event only when it is deleted: the
// call that disables or schedules it comes through CloudTrail.
func Alarms() alarm.Tier {
	roles := make([]string, len(Concerns))
	for i, concern := range Concerns {
		roles[i] = keyRole(concern)
	}
	return alarm.Tier{Name: "encryption", Events: []alarm.Event{{
		Name: "key-ends", Severity: alarm.Page, Essential: true, Trail: true,
		Fields: append(alarm.From("aws.kms", "AWS API Call via CloudTrail"),
			alarm.Having("detail.eventName", "ScheduleKeyDeletion", "DisableKey", "DeleteImportedKeyMaterial"),
			alarm.About("detail.resources.ARN", roles...)),
		Meaning: "Somebody has disabled a key of the stack or scheduled its deletion. What it encrypts can no longer be read; " +
			"after the waiting period it is lost for ever.",
		Action: "Unless it is a planned destroy, undo it at once: `aws kms cancel-key-deletion`, then `aws kms enable-key`. The " +
			"message names the key and who made the call.",
		Source: "https://docs.aws.amazon.com/kms/latest/developerguide/ct-schedule-key-deletion.html",
	}}}
}

// Dimensions are the outputs that name the keys, by role.
func (e *Encryption) Dimensions() map[string]pulumi.StringInput {
	out := map[string]pulumi.StringInput{}
	for concern, arn := range e.keys {
		out[keyRole(concern)] = arn
	}
	return out
}
