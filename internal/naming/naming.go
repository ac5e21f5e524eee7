// Package naming keeps names inside the limits of AWS.
//
// A logical name never carries the stack (the URN has it already); a physical name that AWS or a node needs to be
// fixed does, unless the configuration gives another, so that two stacks in one account and region do not collide.
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

// hashLen is how many characters of the hash end a shortened name.
const hashLen = 7

// Child is the logical name of a resource inside a component: the component's name, then the role (and, for repeated
// children, a stable key such as an availability zone). Aliases of a renamed component rewrite a child's name only
// when it begins with the parent's name.
func Child(component string, parts ...string) string {
	return strings.Join(append([]string{component}, parts...), "-")
}

// Fit joins the parts with "-" and, when the result is longer than limit, shortens it and ends it with a hash of the
// whole, so that two long names that differ stay different. The result never ends with "-" and never exceeds limit.
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
	// Cutting bytes could split a rune; what is left of it is dropped.
	head := strings.ToValidUTF8(whole[:limit-hashLen-1], "")
	head = strings.TrimRight(head, "-")
	if head == "" {
		return hash[:hashLen]
	}
	return head + "-" + hash[:hashLen]
}
