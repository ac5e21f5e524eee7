package moto

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/morpheus-ha/morpheus-aws/internal/rehearsal/awstypes"
)

// queryVersions are the API versions of query services.
var queryVersions = map[string]string{
	"autoscaling":          "2011-01-01",
	"ec2":                  "2016-11-15",
	"elasticloadbalancing": "2015-12-01",
	"iam":                  "2010-05-08",
	"monitoring":           "2010-08-01",
	"rds":                  "2014-10-31",
	"sns":                  "2010-03-31",
}

// snapshots are listings of database snapshots. moto keeps automatic ones, which AWS deletes with their cluster.
var snapshots = &awstypes.Listing{
	Service: "rds", Call: "DescribeDBClusterSnapshots", ID: `<DBClusterSnapshotIdentifier>([^<:]+)<`,
}

// item is one element of a list, and the part of the answer about it.
type item struct{ id, text string }

// inventory is the set of all resources that moto has, as "kind id". moto's own listing also has deleted resources,
// and fails after a deployment.
func (s *Server) inventory(ctx context.Context) (map[string]bool, error) {
	found := map[string]bool{}
	for _, l := range awstypes.Listings() {
		items, err := s.list(ctx, l)
		if err != nil {
			return nil, err
		}
		for _, id := range present(l, items) {
			found[l.Kind+" "+id] = true
		}
	}
	return found, nil
}

// present returns the ids of the items that are not deleted. NAT gateways and others stay in the answer for a while,
// as in AWS.
func present(l *awstypes.Listing, items []item) []string {
	gone := regexp.MustCompile(cmp.Or(l.Gone, awstypes.DeletedState))
	var ids []string
	for _, t := range items {
		if !gone.MatchString(t.text) {
			ids = append(ids, t.id)
		}
	}
	return ids
}

// itemsIn returns the items in a response. The text of each item ends at the next one.
func itemsIn(l *awstypes.Listing, answer string) []item {
	var items []item
	matches := regexp.MustCompile(l.ID).FindAllStringSubmatchIndex(answer, -1)
	for i, at := range matches {
		end := len(answer)
		if i+1 < len(matches) {
			end = matches[i+1][0]
		}
		var id []string
		for g := 2; g < len(at); g += 2 {
			id = append(id, answer[at[g]:at[g+1]])
		}
		items = append(items, item{strings.Join(id, " "), answer[at[0]:end]})
	}
	return items
}

// more matches an incomplete response.
var more = regexp.MustCompile(`<(NextToken|nextToken|Marker|NextMarker)>[^<]|"[nN]ext(Token|Marker)": ?"[^"]|` +
	`<IsTruncated>true|"Truncated": ?true`)

// list returns all items of a kind, deleted or not.
func (s *Server) list(ctx context.Context, l *awstypes.Listing) ([]item, error) {
	if l.Each == nil {
		return s.ask(ctx, l)
	}
	parents, err := s.list(ctx, l.Each)
	if err != nil {
		return nil, err
	}
	var all []item
	for _, parent := range parents {
		one := *l
		one.Call, one.Body = strings.ReplaceAll(l.Call, "{of}",
			parent.id), strings.ReplaceAll(l.Body, "{of}", parent.id)
		items, err := s.ask(ctx, &one)
		if err != nil {
			return nil, err
		}
		for _, t := range items {
			if t.id != parent.id {
				t.id = parent.id + " " + t.id
			}
			all = append(all, t)
		}
	}
	return all, nil
}

// ask makes the call of a listing.
func (s *Server) ask(ctx context.Context, l *awstypes.Listing) ([]item, error) {
	call := l.Call
	if strings.HasPrefix(call, "/") {
		call = http.MethodGet + " " + call
	}
	answer, err := s.send(ctx, l.Service, call, l.Body)
	if err == nil && more.MatchString(answer) {
		err = errors.New("the response is not complete")
	}
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", l.Service, l.Call, err)
	}
	return itemsIn(l, answer), nil
}

// send makes a call that bypasses the layer: "Operation" of a query service, with its parameters, "Target.Operation"
// of a JSON service, or "METHOD /path" of a REST service.
func (s *Server) send(ctx context.Context, service, call, body string) (string, error) {
	method, path := http.MethodPost, ""
	var header http.Header
	switch version := queryVersions[service]; {
	case version != "":
		header = http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
		// IAM returns a hundred of each by default.
		body = "Action=" + call + "&Version=" + version + "&MaxItems=1000&" + body
	case strings.Contains(call, " "):
		method, path, _ = strings.Cut(call, " ")
		header = http.Header{} // with a content type, moto uses another protocol
	default:
		header = http.Header{"Content-Type": {"application/x-amz-json-1.1"}, "X-Amz-Target": {call}}
		body = cmp.Or(body, "{}")
	}
	answer, err := s.call(ctx, method, path, service, header, body)
	return string(answer), err
}

// Leftovers are the resources that moto has now and did not have before the first deployment.
func (s *Server) Leftovers() ([]string, error) {
	now, err := s.inventory(context.Background())
	if err != nil {
		return nil, err
	}
	var left []string
	for resource := range now {
		if !s.before[resource] {
			left = append(left, resource)
		}
	}
	slices.Sort(left)
	return left, nil
}

// Kept returns keys that wait for their deletion, and final snapshots.
func (s *Server) Kept() []string {
	var kept []string
	keep := func(l *awstypes.Listing, format string, pattern string) {
		items, err := s.list(context.Background(), l)
		if err != nil {
			kept = append(kept, "moto could not list them: "+err.Error())
		}
		for _, t := range items {
			if regexp.MustCompile(pattern).MatchString(t.text) {
				kept = append(kept, fmt.Sprintf(format, t.id))
			}
		}
	}
	keep(awstypes.ListingOf("key"), "KMS key %s (pending deletion)", awstypes.PendingDeletion)
	keep(snapshots, "database snapshot %s", "")
	slices.Sort(kept)
	return kept
}
