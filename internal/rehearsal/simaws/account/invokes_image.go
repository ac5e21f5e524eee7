package account

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// image answers with the one image that a filter by id finds; other filters are not modelled. An image is Ubuntu's unless it
// says otherwise. The provider's words for none:
// https://github.com/hashicorp/terraform-provider-aws/blob/v5.82.2/internal/service/ec2/ec2_ami_data_source.go
func (a *Account) image(region string, args Values) (Values, error) {
	filters, _ := args["filters"].([]any)
	var ids []any
	for _, f := range filters {
		filter, _ := f.(map[string]any)
		if filter["name"] != "image-id" {
			return nil, fmt.Errorf("the simulated AWS filters images by image-id only, not by %v", filter["name"])
		}
		ids, _ = filter["values"].([]any)
	}
	found := a.find(func(r *Resource) bool {
		return r.Token == imageT && r.Region == region && slices.Contains(ids, any(r.ID))
	})
	if len(found) == 0 {
		return nil, errors.New("Your query returned no results. Please change your search criteria and try again.") //nolint:revive,staticcheck // the provider's words
	}
	out := Values{
		"state": "available", "architecture": "x86_64", "rootDeviceName": "/dev/sda1", "rootDeviceType": "ebs", "imageType": "machine",
		"virtualizationType": "hvm", "hypervisor": "xen", "enaSupport": true, "public": false, "ownerId": a.ID, "platformDetails": "Linux/UNIX",
	}
	maps.Copy(out, found[0].State)
	size, _ := out["volumeSize"].(float64)
	delete(out, "volumeSize")
	out["id"], out["imageId"], out["filters"] = found[0].ID, found[0].ID, filters
	out["arn"] = fmt.Sprintf("arn:%s:ec2:%s::image/%s", a.Partition, region, found[0].ID)
	out["blockDeviceMappings"] = []any{Values{
		"deviceName": out["rootDeviceName"], "noDevice": "", "virtualName": "",
		"ebs": Values{"volume_size": fmt.Sprint(max(int(size), 8)), "volume_type": "gp3", "encrypted": "false"},
	}}
	return out, nil
}
