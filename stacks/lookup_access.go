package stacks

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/morpheus-ha/morpheus-aws/components/access"
)

// lookUpRoles asks for the service-linked roles: found out by the services, a wrong choice costs half a deployment. A
// role that is there carries the stack's tag when this stack made it; then "create" is right at every later run. A role
// that an earlier stack of the same name left behind looks the same, and AWS refuses it in its own words.
func (c *Config) lookUpRoles(ctx *pulumi.Context, p *problems, in pulumi.InvokeOption) {
	for _, r := range []struct{ key, choice, name string }{
		{"serviceLinkedRoles.autoscaling", c.ServiceLinkedRoles.AutoScaling, access.AutoScalingRoleName},
		{"serviceLinkedRoles.opensearch", c.ServiceLinkedRoles.OpenSearch, access.OpenSearchRoleName},
	} {
		role, err := iam.LookupRole(ctx, &iam.LookupRoleArgs{Name: r.name}, in)
		switch {
		case err != nil && !notThere(err):
			p.add(r.key, r.choice, "a choice that the account can be asked about", err.Error())
		case err != nil && r.choice == roleExisting:
			p.add(r.key, r.choice, roleCreate, "the account has no role "+r.name)
		case err == nil && r.choice == roleCreate && role.Tags["Stack"] != c.Stack:
			p.add(r.key, r.choice, roleExisting, "the account has the role "+r.name+" already, and not from this stack; AWS makes it once")
		}
	}
}

// notThere tells IAM's answer about a role that does not exist from a question that it did not answer. The provider says
// the first when it asked for one role, AWS itself the second.
func notThere(err error) bool {
	return strings.Contains(err.Error(), "couldn't find resource") || strings.Contains(err.Error(), "NoSuchEntity")
}

// lookUpKeys holds existing keys against what every service asks of a key.
func (c *Config) lookUpKeys(ctx *pulumi.Context, p *problems, in pulumi.InvokeOption, partition string) {
	for _, e := range c.Encryption.Keys.existing() {
		if e.arn == "" {
			continue
		}
		if m := keyARN.FindStringSubmatch(e.arn); m == nil || m[1] != partition {
			p.add(e.key, e.arn, "a key in the partition "+partition, "that is where the region is")
			continue
		}
		key, err := kms.LookupKey(ctx, &kms.LookupKeyArgs{KeyId: e.arn}, in)
		switch {
		case err != nil:
			p.add(e.key, e.arn, "a key that the account has there", err.Error())
		case key.KeyState != "Enabled":
			p.add(e.key, e.arn, "an enabled key", fmt.Sprintf("it is in the state %s", key.KeyState))
		case key.KeyUsage != "ENCRYPT_DECRYPT" || key.KeySpec != "SYMMETRIC_DEFAULT":
			p.add(e.key, e.arn, "a symmetric key for encryption", fmt.Sprintf("it is %s for %s, which no service encrypts with", key.KeySpec, key.KeyUsage))
		case key.KeyManager != "CUSTOMER":
			p.add(e.key, e.arn, "a key of yours", "the policy of a key that AWS manages cannot let others in")
		}
	}
}

// checkPartition is about what is not looked up itself. Whether a policy exists IAM says at the first role, whether a secret
// does the first node.
func (c *Config) checkPartition(p *problems, partition string) {
	for _, a := range []struct{ key, arn, what string }{
		{"access.permissionsBoundary", c.Access.PermissionsBoundary, "a policy"},
		{"database.snapshotIdentifier", c.Database.SnapshotIdentifier, "a snapshot"},
		{"filesystem.replicationKeyArn", c.FileSystem.ReplicationKeyArn, "a key"},
		{"loadBalancer.certificateArn", c.LoadBalancer.CertificateArn, "a certificate"},
		{"loadBalancer.webAclArn", c.LoadBalancer.WebACLArn, "a web ACL"},
		{"morpheus.setupSecretArn", c.Morpheus.SetupSecretArn, "a secret"},
	} {
		if parts := strings.Split(a.arn, ":"); len(parts) > 1 && parts[0] == "arn" && parts[1] != partition {
			p.add(a.key, a.arn, a.what+" in the partition "+partition, "that is where the region is")
		}
	}
}
