package lookup

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"

	"github.com/morpheus-ha/morpheus-aws/components/access"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
)

// whyPartition is the reason in a message about an ARN of another partition.
const whyPartition = "that is where the region is"

// roleChecks look up the service-linked roles, because the services would refuse a wrong setting only half a
// deployment later. A role that this stack created has the stack's tag, and then "create" stays valid. A role of an
// earlier stack with the same name has the same tag; then AWS returns its own error.
func (q *query) roleChecks() []func() {
	check := func(key, choice, name string) func() {
		return func() {
			role, err := iam.LookupRole(q.ctx, &iam.LookupRoleArgs{Name: name}, q.in)
			switch {
			case err != nil && !isMissing(err):
				q.add(key, choice, "a choice that the account can be asked about", err.Error())
			case err != nil && choice == config.RoleExisting:
				q.add(key, choice, config.RoleCreate, "the account has no role "+name)
			case err == nil && choice == config.RoleCreate && role.Tags["Stack"] != q.config.Stack:
				q.add(key, choice, config.RoleExisting,
					"the account has the role "+name+" already, and not from this stack; AWS makes it once")
			}
		}
	}
	roles := q.config.ServiceLinkedRoles
	return []func(){
		check("serviceLinkedRoles.autoscaling", roles.AutoScaling, access.AutoScalingRoleName),
		check("serviceLinkedRoles.opensearch", roles.OpenSearch, access.OpenSearchRoleName),
	}
}

// isMissing distinguishes a missing resource from a failed look-up: the texts of the provider, and AWS's own.
func isMissing(err error) bool {
	return slices.ContainsFunc([]string{
		"couldn't find resource", "no matching ", "your query returned no results", "empty result", "NoSuchEntity",
		"not found for name", "NotFound",
	}, func(text string) bool { return strings.Contains(err.Error(), text) })
}

// checkKeys checks that existing keys have the properties that every service needs.
func (q *query) checkKeys(partition string) {
	for _, given := range q.config.Encryption.Keys.Given() {
		if strings.Split(given.ARN, ":")[1] != partition {
			q.add(given.Key, given.ARN, "a key in the partition "+partition, whyPartition)
			continue
		}
		key, err := kms.LookupKey(q.ctx, &kms.LookupKeyArgs{KeyId: given.ARN}, q.in)
		switch {
		case err != nil:
			q.add(given.Key, given.ARN, "a key that the account has there", err.Error())
		case key.KeyState != "Enabled":
			q.add(given.Key, given.ARN, "an enabled key", "it is in the state "+key.KeyState)
		case key.KeyUsage != "ENCRYPT_DECRYPT" || key.KeySpec != "SYMMETRIC_DEFAULT":
			q.add(given.Key, given.ARN, "a symmetric key for encryption",
				fmt.Sprintf("it is %s for %s, which no service encrypts with", key.KeySpec, key.KeyUsage))
		case key.KeyManager != "CUSTOMER":
			q.add(given.Key, given.ARN, "a key of yours",
				"the policy of a key that AWS manages cannot let others in")
		}
	}
}

// checkPartitions checks that the ARNs without a look-up are in the partition of the region. A missing policy fails at
// the first role, a missing secret at the first node.
func (q *query) checkPartitions(partition string) {
	for _, a := range []struct{ key, arn, what string }{
		{key: "access.permissionsBoundary", arn: q.config.Access.PermissionsBoundary, what: "a policy"},
		{key: "database.snapshotIdentifier", arn: q.config.Database.SnapshotIdentifier, what: "a snapshot"},
		{key: "loadBalancer.certificateArn", arn: q.config.LoadBalancer.CertificateArn, what: "a certificate"},
		{key: "loadBalancer.webAclArn", arn: q.config.LoadBalancer.WebACLArn, what: "a web ACL"},
		{key: "morpheus.setupSecretArn", arn: q.config.Morpheus.SetupSecretArn, what: "a secret"},
	} {
		if parts := strings.Split(a.arn, ":"); len(parts) > 1 && parts[0] == "arn" && parts[1] != partition {
			q.add(a.key, a.arn, a.what+" in the partition "+partition, whyPartition)
		}
	}
}
