package awstypes

import "slices"

// Listing is a call that lists the resources of one kind in an account.
type Listing struct {
	// Kind names what is listed, for people: "VPC".
	Kind string
	// Service is the name under which the call is signed.
	Service string
	// Call is the operation of a query service, the X-Amz-Target of a JSON service, or the path of a REST service.
	Call string
	// Body of the call to a JSON service, where it is not empty.
	Body string
	// ID is a pattern that matches once for each resource in the answer; its groups are the id.
	ID string
	// Gone is a pattern that matches the answer's text about a resource that is deleted, or that is AWS's own; "" is
	// DeletedState.
	Gone string
	// Each lists the resources for each of which the call is made: {of} in Call or Body is the id.
	Each *Listing
}

// DeletedState matches the state of deleted resources. The state of an instance has a name, that of all others has
// none.
const DeletedState = `<state>deleted</state>|<name>terminated</name>`

// Listings returns the listings of all types, and of resources that AWS makes for them and does not delete with them.
// Network interfaces are not among them: services make them.
func Listings() []*Listing {
	var out []*Listing
	for _, t := range all {
		if t.Listing != nil && !slices.Contains(out, t.Listing) {
			out = append(out, t.Listing)
		}
	}
	return append(out, MadeByAWS...)
}

// MadeByAWS are listings of resources that AWS makes for a scaling group.
var MadeByAWS = []*Listing{
	{Kind: "instance", Service: "ec2", Call: "DescribeInstances", ID: `<instanceId>([^<]+)`},
	// An attached volume is its instance's, and goes with it. moto makes two root volumes from a template that names
	// one, and leaves its own to the terminated instance.
	{
		Kind: "volume", Service: "ec2", Call: "DescribeVolumes", ID: `</volumeType><volumeId>([^<]+)`,
		Gone: `<status>attached</status>`,
	},
}

// ListingOf returns the listing of a kind, or nil.
func ListingOf(kind string) *Listing {
	list := Listings()
	i := slices.IndexFunc(list, func(l *Listing) bool { return l.Kind == kind })
	if i < 0 {
		return nil
	}
	return list[i]
}
