package moto

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// bucketPath is the path of a bucket.
var bucketPath = regexp.MustCompile(`^/([^/]+)/?$`)

// noConditions is why the policies of buckets are changed on their way.
const noConditions = "moto refuses what a policy denies under a condition, such as a call without TLS, in every case (s3 " +
	"2006-03-01): the layer gives the actions of such a statement a prefix that no call has"

// unmatched is the prefix. The response to the provider does not have it.
const unmatched = "conditional-"

// bucketLayer has the policies of buckets.
var bucketLayer = []Entry{
	{
		Call: "s3 PutBucketPolicy", Why: noConditions,
		Method: http.MethodPut, Path: bucketPath, Query: "policy",
		rewrite: func(r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return
			}
			text := string(withoutConditionalDenials(body))
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
			r.Header.Set("Content-Length", strconv.Itoa(len(text)))
		},
	},
	{
		Call: "s3 GetBucketPolicy", Why: noConditions,
		Method: http.MethodGet, Path: bucketPath, Query: "policy",
		edit: func(_ *layerState, _ url.Values, response string) string {
			return strings.ReplaceAll(response, unmatched, "")
		},
	},
}

// withoutConditionalDenials gives the actions of denials with a condition the prefix. A text that is no policy stays.
func withoutConditionalDenials(text []byte) []byte {
	var policy map[string]any
	if json.Unmarshal(text, &policy) != nil {
		return text
	}
	statements, _ := policy["Statement"].([]any)
	for _, item := range statements {
		statement, _ := item.(map[string]any)
		if statement["Effect"] != "Deny" || statement["Condition"] == nil {
			continue
		}
		switch actions := statement["Action"].(type) {
		case string:
			statement["Action"] = unmatched + actions
		case []any:
			for i, action := range actions {
				name, _ := action.(string)
				actions[i] = unmatched + name
			}
		}
	}
	out, err := json.Marshal(policy)
	if err != nil {
		return text
	}
	return out
}
