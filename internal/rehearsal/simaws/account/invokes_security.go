package account

import (
	"cmp"
	"fmt"
	"maps"
)

// dnsSuffixes of the partitions, and the beginning of their private service names.
var dnsSuffixes = map[string][2]string{
	"aws":        {"amazonaws.com", "com.amazonaws"},
	"aws-us-gov": {"amazonaws.com", "com.amazonaws"},
	"aws-cn":     {"amazonaws.com.cn", "cn.com.amazonaws"},
}

// DNSSuffix of the account's partition.
func (a *Account) DNSSuffix() string { return dnsSuffixes[a.Partition][0] }

func (a *Account) partition() Values {
	return Values{
		"id": a.Partition, "partition": a.Partition,
		"dnsSuffix": dnsSuffixes[a.Partition][0], "reverseDnsPrefix": dnsSuffixes[a.Partition][1],
	}
}

// role answers with a role or a service-linked role. One that is not there is an error in the provider's words:
// https://github.com/hashicorp/terraform-provider-aws/blob/v5.82.2/internal/service/iam/role_data_source.go
func (a *Account) role(args Values) (Values, error) {
	name, _ := args["name"].(string)
	found := a.find(func(r *Resource) bool {
		return (r.Token == roleT || r.Token == linkedRoleT) && r.State["name"] == name
	})
	if len(found) == 0 {
		return nil, fmt.Errorf("reading IAM Role (%s): couldn't find resource", name)
	}
	state := found[0].State
	tags := Values{}
	for _, property := range []string{"tags", "tagsAll"} {
		given, _ := state[property].(map[string]any)
		maps.Copy(tags, given)
	}
	text := func(property, otherwise string) string {
		value, _ := state[property].(string)
		return cmp.Or(value, otherwise)
	}
	return Values{
		"id": name, "name": name, "arn": state["arn"], "tags": tags, "path": text("path", "/"),
		"uniqueId": text("uniqueId", "AROAREHEARSAL"), "description": text("description", ""),
		"assumeRolePolicy": text("assumeRolePolicy", "{}"), "permissionsBoundary": text("permissionsBoundary", ""),
		"createDate": "2025-01-01T00:00:00Z", "maxSessionDuration": 3600.0, "roleLastUseds": []any{},
	}, nil
}

// kmsKey answers with a key of the region, by ARN or id.
func (a *Account) kmsKey(region string, args Values) (Values, error) {
	id, _ := args["keyId"].(string)
	found := a.find(func(r *Resource) bool {
		return r.Token == keyT && r.Region == region && (r.ID == id || r.State["arn"] == id)
	})
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
		"id": found[0].ID, "keyId": id, "arn": state["arn"], "awsAccountId": a.ID, "description": text("description", ""),
		"keyState": condition, "enabled": condition == "Enabled", "keyUsage": text("keyUsage", "ENCRYPT_DECRYPT"),
		"keySpec": text("keySpec", "SYMMETRIC_DEFAULT"), "customerMasterKeySpec": text("keySpec", "SYMMETRIC_DEFAULT"),
		"keyManager": text("keyManager", "CUSTOMER"), "origin": "AWS_KMS", "multiRegion": state["multiRegion"] == true,
		"creationDate": "2025-01-01T00:00:00Z", "deletionDate": "", "expirationModel": "", "validTo": "",
		"cloudHsmClusterId": "", "customKeyStoreId": "", "pendingDeletionWindowInDays": 0.0,
		"multiRegionConfigurations": []any{}, "xksKeyConfigurations": []any{},
	}, nil
}
