package review

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/morpheus-ha/morpheus-aws/internal/awstoken"
	"github.com/morpheus-ha/morpheus-aws/internal/guard"
	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal"
)

// protection is a property that keeps data or makes it recoverable.
type protection struct {
	token, property, what string
	// off is the value of a property of two values that protects nothing; a number protects more if it is higher.
	off any
}

// protections are the settings of lifecycle.Protection and of the backups, as the resources have them.
var protections = []protection{
	{awstoken.RDSCluster, "deletionProtection", "AWS's deletion protection", false},
	{awstoken.RDSCluster, "skipFinalSnapshot", "final snapshot", true},
	{awstoken.RDSCluster, "backupRetentionPeriod", "days of backups", nil},
	{awstoken.RDSGlobalCluster, "deletionProtection", "AWS's deletion protection", false},
	{awstoken.LBLoadBalancer, "enableDeletionProtection", "AWS's deletion protection", false},
	{awstoken.SecretsManagerSecret, "recoveryWindowInDays", "days in which the deleted secret can be restored", nil},
	{awstoken.KMSKey, "deletionWindowInDays", "days until the deleted key is gone", nil},
	{awstoken.KMSKey, "enableKeyRotation", "rotation of the key", false},
	{awstoken.S3Bucket, "forceDestroy", "refusal to delete a bucket with objects", true},
	{awstoken.BackupVault, "forceDestroy", "refusal to delete a vault with recovery points", true},
	{awstoken.BackupVaultLock, "minRetentionDays", "days for which nobody can delete a recovery point", nil},
}

// guarded is a protection that a preview changes.
type guarded struct {
	text    string
	lowered bool
}

// changedProtections compares the protection of every resource that exists before and after the preview. Deleted
// resources are listed by lost.
func changedProtections(result *rehearsal.Result) []guarded {
	var out []guarded
	for _, urn := range slices.Sorted(maps.Keys(result.After)) {
		before, existed := result.Before[urn]
		after := result.After[urn]
		if !existed {
			continue
		}
		name := resource.URN(urn).Name()
		if before.Protect != after.Protect {
			out = append(out, guarded{name + ": " + onOff(after.Protect) + " Pulumi's protection", before.Protect})
		}
		for _, p := range protections {
			if p.token != after.Type {
				continue
			}
			if text, lowered := p.compare(before.Values[p.property], after.Values[p.property]); text != "" {
				out = append(out, guarded{name + ": " + text, lowered})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b guarded) int {
		switch {
		case a.lowered == b.lowered:
			return 0
		case a.lowered:
			return -1
		}
		return 1
	})
	return out
}

// compare describes a changed protection; empty if it is the same.
func (p protection) compare(old, wanted any) (text string, lowered bool) {
	if p.off != nil {
		was, is := isOn(old, p.off), isOn(wanted, p.off)
		if was == is {
			return "", false
		}
		return onOff(is) + " " + p.what, was
	}
	was, _ := old.(float64)
	is, _ := wanted.(float64)
	if was == is {
		return "", false
	}
	return fmt.Sprintf("%v instead of %v %s", is, was, p.what), is < was
}

// isOn reports whether a property protects. Without a value it has the zero value of the provider.
func isOn(value, off any) bool {
	if value == nil {
		value = false
	}
	return value != off
}

func onOff(on bool) string {
	if on {
		return "gets"
	}
	return "loses"
}

// lost returns the resources with data that a preview deletes or replaces.
func lost(result *rehearsal.Result) []string {
	var out []string
	for _, c := range result.Changes {
		if removes(c.Op) && guard.HoldsData(c.Type) {
			out = append(out, fmt.Sprintf("%s (%s)", resource.URN(c.URN).Name(), c.Op))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
