package lookup

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"

	"github.com/morpheus-ha/morpheus-aws/components/access"
	"github.com/morpheus-ha/morpheus-aws/internal/config"
)

// roles asks for the service-linked roles: found out by the services, a wrong choice costs half a deployment. A
// role that is there carries the stack's tag when this stack made it; then "create" is right at every later run. A role
// that an earlier stack of the same name left behind looks the same, and AWS refuses it in its own words.
func (q *query) roles() {
	for _, r := range []struct{ key, choice, name string }{
		{"serviceLinkedRoles.autoscaling", q.config.ServiceLinkedRoles.AutoScaling, access.AutoScalingRoleName},
		{"serviceLinkedRoles.opensearch", q.config.ServiceLinkedRoles.OpenSearch, access.OpenSearchRoleName},
	} {
		role, err := iam.LookupRole(q.ctx, &iam.LookupRoleArgs{Name: r.name}, q.in)
		switch {
		case err != nil && !notThere(err):
			q.problems.Add(r.key, r.choice, "a choice that the account can be asked about", err.Error())
		case err != nil && r.choice == config.RoleExisting:
			q.problems.Add(r.key, r.choice, config.RoleCreate, "the account has no role "+r.name)
		case err == nil && r.choice == config.RoleCreate && role.Tags["Stack"] != q.config.Stack:
			q.problems.Add(r.key, r.choice, config.RoleExisting, "the account has the role "+r.name+" already, and not from this stack; AWS makes it once")
		}
	}
}

// notThere tells IAM's answer about a role that does not exist from a question that it did not answer. The provider says
// the first when it asked for one role, AWS itself the second.
func notThere(err error) bool {
	return strings.Contains(err.Error(), "couldn't find resource") || strings.Contains(err.Error(), "NoSuchEntity")
}

// keys holds existing keys against what every service asks of a key.
func (q *query) keys(partition string) {
	for _, e := range q.config.Encryption.Keys.Given() {
		if strings.Split(e.ARN, ":")[1] != partition {
			q.problems.Add(e.Key, e.ARN, "a key in the partition "+partition, "that is where the region is")
			continue
		}
		key, err := kms.LookupKey(q.ctx, &kms.LookupKeyArgs{KeyId: e.ARN}, q.in)
		switch {
		case err != nil:
			q.problems.Add(e.Key, e.ARN, "a key that the account has there", err.Error())
		case key.KeyState != "Enabled":
			q.problems.Add(e.Key, e.ARN, "an enabled key", fmt.Sprintf("it is in the state %s", key.KeyState))
		case key.KeyUsage != "ENCRYPT_DECRYPT" || key.KeySpec != "SYMMETRIC_DEFAULT":
			q.problems.Add(e.Key, e.ARN, "a symmetric key for encryption", fmt.Sprintf("it is %s for %s, which no service encrypts with", key.KeySpec, key.KeyUsage))
		case key.KeyManager != "CUSTOMER":
			q.problems.Add(e.Key, e.ARN, "a key of yours", "the policy of a key that AWS manages cannot let others in")
		}
	}
}

// partition is about what is not looked up itself. Whether a policy exists IAM says at the first role, whether a secret
// does the first node.
func (q *query) partition(partition string) {
	for _, a := range []struct{ key, arn, what string }{
		{"access.permissionsBoundary", q.config.Access.PermissionsBoundary, "a policy"},
		{"database.snapshotIdentifier", q.config.Database.SnapshotIdentifier, "a snapshot"},
		{"filesystem.replicationKeyArn", q.config.FileSystem.ReplicationKeyArn, "a key"},
		{"loadBalancer.certificateArn", q.config.LoadBalancer.CertificateArn, "a certificate"},
		{"loadBalancer.webAclArn", q.config.LoadBalancer.WebACLArn, "a web ACL"},
		{"morpheus.setupSecretArn", q.config.Morpheus.SetupSecretArn, "a secret"},
	} {
		if parts := strings.Split(a.arn, ":"); len(parts) > 1 && parts[0] == "arn" && parts[1] != partition {
			q.problems.Add(a.key, a.arn, a.what+" in the partition "+partition, "that is where the region is")
		}
	}
}
