package lookup

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"

	"github.com/morpheus-ha/morpheus-aws/components/access"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
)

// whyPartition is why an ARN of another partition is refused.
const whyPartition = "that is where the region is"

// checkRoles looks up the service-linked roles: the services themselves refuse a wrong choice only half a deployment
// later. A role that this stack created carries the stack's tag; then "create" is right at every later run. A role
// that an earlier stack of the same name left behind looks the same, and AWS refuses it in its own words.
func (q *query) checkRoles() {
	for _, r := range []struct{ key, choice, name string }{
		{
			key: "serviceLinkedRoles.autoscaling", choice: q.config.ServiceLinkedRoles.AutoScaling,
			name: access.AutoScalingRoleName,
		},
		{
			key: "serviceLinkedRoles.opensearch", choice: q.config.ServiceLinkedRoles.OpenSearch,
			name: access.OpenSearchRoleName,
		},
	} {
		role, err := iam.LookupRole(q.ctx, &iam.LookupRoleArgs{Name: r.name}, q.in)
		switch {
		case err != nil && !isNoSuchRole(err):
			q.problems.Add(r.key, r.choice, "a choice that the account can be asked about", err.Error())
		case err != nil && r.choice == config.RoleExisting:
			q.problems.Add(r.key, r.choice, config.RoleCreate, "the account has no role "+r.name)
		case err == nil && r.choice == config.RoleCreate && role.Tags["Stack"] != q.config.Stack:
			q.problems.Add(r.key, r.choice, config.RoleExisting,
				"the account has the role "+r.name+" already, and not from this stack; AWS makes it once")
		}
	}
}

// isNoSuchRole tells IAM's answer about a role that does not exist from a failed question. The provider gives the
// first text, AWS itself the second.
func isNoSuchRole(err error) bool {
	return strings.Contains(err.Error(), "couldn't find resource") || strings.Contains(err.Error(), "NoSuchEntity")
}

// checkKeys compares existing keys with what every service needs of a key.
func (q *query) checkKeys(partition string) {
	for _, given := range q.config.Encryption.Keys.Given() {
		if strings.Split(given.ARN, ":")[1] != partition {
			q.problems.Add(given.Key, given.ARN, "a key in the partition "+partition, whyPartition)
			continue
		}
		key, err := kms.LookupKey(q.ctx, &kms.LookupKeyArgs{KeyId: given.ARN}, q.in)
		switch {
		case err != nil:
			q.problems.Add(given.Key, given.ARN, "a key that the account has there", err.Error())
		case key.KeyState != "Enabled":
			q.problems.Add(given.Key, given.ARN, "an enabled key", "it is in the state "+key.KeyState)
		case key.KeyUsage != "ENCRYPT_DECRYPT" || key.KeySpec != "SYMMETRIC_DEFAULT":
			q.problems.Add(given.Key, given.ARN, "a symmetric key for encryption",
				fmt.Sprintf("it is %s for %s, which no service encrypts with", key.KeySpec, key.KeyUsage))
		case key.KeyManager != "CUSTOMER":
			q.problems.Add(given.Key, given.ARN, "a key of yours",
				"the policy of a key that AWS manages cannot let others in")
		}
	}
}

// checkPartitions compares the ARNs that are not looked up with the partition of the region. IAM reports a missing
// policy at the first role, Secrets Manager a missing secret to the first node.
func (q *query) checkPartitions(partition string) {
	for _, a := range []struct{ key, arn, what string }{
		{key: "access.permissionsBoundary", arn: q.config.Access.PermissionsBoundary, what: "a policy"},
		{key: "database.snapshotIdentifier", arn: q.config.Database.SnapshotIdentifier, what: "a snapshot"},
		{key: "filesystem.replicationKeyArn", arn: q.config.FileSystem.ReplicationKeyArn, what: "a key"},
		{key: "loadBalancer.certificateArn", arn: q.config.LoadBalancer.CertificateArn, what: "a certificate"},
		{key: "loadBalancer.webAclArn", arn: q.config.LoadBalancer.WebACLArn, what: "a web ACL"},
		{key: "morpheus.setupSecretArn", arn: q.config.Morpheus.SetupSecretArn, what: "a secret"},
	} {
		if parts := strings.Split(a.arn, ":"); len(parts) > 1 && parts[0] == "arn" && parts[1] != partition {
			q.problems.Add(a.key, a.arn, a.what+" in the partition "+partition, whyPartition)
		}
	}
}
