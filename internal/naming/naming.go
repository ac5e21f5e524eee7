// Package naming keeps names within AWS's limits.
//
// A logical name never contains the stack, because the URN has it. A fixed physical name, which AWS or a node needs,
// contains the stack unless the configuration sets another name. So two stacks in one account and region cannot
// collide.
package naming

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Length limits of the physical names that the program fixes or that Pulumi derives from a logical name.
const (
	LoadBalancerMax   = 32  // elasticloadbalancing CreateLoadBalancer, CreateTargetGroup
	DomainMax         = 28  // opensearch CreateDomain
	BrokerMax         = 50  // mq CreateBroker
	DBIdentifierMax   = 63  // rds CreateDBCluster, CreateDBInstance
	AutoScalingMax    = 255 // autoscaling CreateAutoScalingGroup
	CreationTokenMax  = 64  // elasticfilesystem CreateFileSystem
	AutonameSuffixLen = 8   // "-" and seven random characters, added by the provider to a logical name
)

// hashLen is the number of hash characters at the end of a shortened name.
const hashLen = 7

// Child returns the logical name of a resource inside a component: the component's name, then the role and, for
// repeated children, a stable key such as an availability zone. Aliases of a renamed component only apply to children
// whose names begin with the parent's name.
func Child(component string, parts ...string) string {
	return strings.Join(append([]string{component}, parts...), "-")
}

// Digest stands in a logical name for a stable key that may be a secret, such as an e-mail address: 8 hexadecimal digits.
func Digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:4])
}

// Fit joins the parts with "-". If the result is longer than limit, Fit shortens it and adds a hash of the full name,
// so that two different long names stay different. The result never ends with "-" and never exceeds limit.
func Fit(limit int, parts ...string) string {
	kept := make([]string, 0, len(parts))
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	whole := strings.TrimRight(strings.Join(kept, "-"), "-")
	if len(whole) <= limit {
		return whole
	}
	sum := sha256.Sum256([]byte(whole))
	hash := hex.EncodeToString(sum[:])
	if limit <= hashLen {
		return hash[:max(limit, 0)]
	}
	// The cut could split a rune; its remaining bytes are removed.
	head := strings.ToValidUTF8(whole[:limit-hashLen-1], "")
	head = strings.TrimRight(head, "-")
	if head == "" {
		return hash[:hashLen]
	}
	return head + "-" + hash[:hashLen]
}
