package awstypes

import "slices"

// Listing is a call that lists the resources of one kind in an account.
type Listing struct {
	// Kind is the name of the resource kind in reports: "VPC".
	Kind string
	// Service is the service name in the call's signature.
	Service string
	// Call is the operation of a query service, the X-Amz-Target of a JSON service, or the path of a REST service.
	Call string
	// Body is the body of a call to a JSON service, if it is not empty.
	Body string
	// ID is a pattern that matches once for each resource in the answer; its groups are the id.
	ID string
	// Gone is a pattern that matches the answer's text about a resource that is deleted or belongs to AWS; "" means
	// DeletedState.
	Gone string
	// Each lists resources, and the call is made for each of them with its id as {of} in Call or Body.
	Each *Listing
}

// DeletedState matches the state of deleted resources. Only the state of an instance has a name element.
const DeletedState = `<state>deleted</state>|<name>terminated</name>`

// Listings returns the listings of all types, and of resources that AWS creates for them and does not delete with them.
// It has no network interfaces, because services create them.
func Listings() []*Listing {
	var out []*Listing
	for _, t := range all {
		if t.Listing != nil && !slices.Contains(out, t.Listing) {
			out = append(out, t.Listing)
		}
	}
	return append(out, MadeByAWS...)
}

// MadeByAWS are listings of resources that AWS creates for a scaling group.
var MadeByAWS = []*Listing{
	{Kind: "instance", Service: "ec2", Call: "DescribeInstances", ID: `<instanceId>([^<]+)`},
	// An attached volume is deleted with its instance. If a template names a root volume, moto creates two, and the
	// terminated instance keeps the second one.
	{
		Kind: "volume", Service: "ec2", Call: "DescribeVolumes", ID: `</volumeType><volumeId>([^<]+)`,
		Gone: `<status>attached</status>`,
	},
}

// ListingOf returns the listing of a kind; nil if there is none.
func ListingOf(kind string) *Listing {
	list := Listings()
	i := slices.IndexFunc(list, func(l *Listing) bool { return l.Kind == kind })
	if i < 0 {
		return nil
	}
	return list[i]
}
