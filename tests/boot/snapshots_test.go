package boot_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// keptSnapshots are the parts of the search domain that keep snapshots, as the service answers: only a signed call of a
// mapped role may register a repository, and a policy is changed only by who names its version.
type keptSnapshots struct {
	mapping    []string // backend roles of manage_snapshots
	repository json.RawMessage
	policy     json.RawMessage
	version    int
	// snapshots are states with the time of their end.
	snapshots []keptSnapshot
	// signed counts accepted signatures, and wrong has the reasons of the refused ones.
	signed int
	wrong  []string
}

type keptSnapshot struct {
	state string
	end   time.Time
}

func isSnapshots(in *http.Request) bool {
	return strings.HasPrefix(in.URL.Path, "/_snapshot/") || strings.HasPrefix(in.URL.Path, "/_plugins/")
}

func (k *keptSnapshots) serve(out http.ResponseWriter, in *http.Request, body []byte) {
	user, password, _ := in.BasicAuth()
	master := user == "morpheus" && password == searchPassword
	answer := func(status int, value any) {
		out.Header().Set("Content-Type", "application/json")
		out.WriteHeader(status)
		_ = json.NewEncoder(out).Encode(value)
	}
	switch path := in.Method + " " + in.URL.Path; {
	case path == "PUT /_snapshot/morpheus":
		why := badSignature(in, body, "es")
		switch {
		case master:
			why = "User: anonymous is not authorized to perform: iam:PassRole"
		case why == "" && !slices.Contains(k.mapping, nodeRole):
			why = "no permissions for [cluster:admin/repository/put]"
		}
		if why != "" {
			k.wrong = append(k.wrong, why)
			answer(http.StatusForbidden, map[string]string{"Message": why})
			return
		}
		k.signed++
		k.repository = slices.Clone(body)
		answer(http.StatusOK, map[string]bool{"acknowledged": true})
	case !master:
		answer(http.StatusUnauthorized, map[string]string{"Message": "unauthorized"})
	case path == "GET /_plugins/_security/api/rolesmapping/manage_snapshots":
		if k.mapping == nil {
			answer(http.StatusNotFound, map[string]string{"status": "NOT_FOUND"})
			return
		}
		answer(http.StatusOK, map[string]any{"manage_snapshots": map[string]any{
			"hosts": []string{}, "users": []string{}, "reserved": false, "hidden": false, "backend_roles": k.mapping,
			"and_backend_roles": []string{},
		}})
	case path == "PUT /_plugins/_security/api/rolesmapping/manage_snapshots":
		var mapping map[string][]string
		if err := json.Unmarshal(body, &mapping); err != nil {
			answer(http.StatusBadRequest, map[string]string{"reason": err.Error()})
			return
		}
		k.mapping = mapping["backend_roles"]
		answer(http.StatusOK, map[string]string{"status": "OK"})
	case path == "GET /_snapshot/morpheus":
		if k.repository == nil {
			answer(http.StatusNotFound, map[string]string{"error": "repository_missing_exception"})
			return
		}
		answer(http.StatusOK, map[string]json.RawMessage{"morpheus": k.repository})
	case path == "GET /_snapshot/morpheus/_all":
		list := []map[string]any{}
		for i, s := range k.snapshots {
			list = append(list, map[string]any{
				"snapshot": fmt.Sprint("morpheus-", i), "state": s.state, "end_time_in_millis": s.end.UnixMilli(),
			})
		}
		answer(http.StatusOK, map[string]any{"snapshots": list})
	case strings.HasSuffix(path, " /_plugins/_sm/policies/morpheus"):
		k.servePolicy(answer, in, body)
	default:
		answer(http.StatusNotFound, map[string]string{"error": "no such path"})
	}
}

func (k *keptSnapshots) servePolicy(answer func(int, any), in *http.Request, body []byte) {
	current := fmt.Sprintf("if_seq_no=%d&if_primary_term=1", k.version)
	stored := map[string]any{"_id": "morpheus-sm-policy", "_version": k.version, "_seq_no": k.version, "_primary_term": 1}
	switch {
	case in.Method == http.MethodGet && k.policy == nil:
		answer(http.StatusNotFound, map[string]string{"error": "status_exception"})
	case in.Method == http.MethodGet:
		stored["sm_policy"] = k.policy
		answer(http.StatusOK, stored)
	case in.Method == http.MethodPost && k.policy != nil, in.Method == http.MethodPut && in.URL.RawQuery != current:
		answer(http.StatusConflict, map[string]string{"error": "version_conflict_engine_exception"})
	default:
		var policy struct {
			Creation struct {
				Schedule struct {
					Cron struct{ Expression, Timezone string }
				}
			}
			Config struct{ Repository string } `json:"snapshot_config"`
		}
		if err := json.Unmarshal(body, &policy); err != nil || policy.Config.Repository != "morpheus" ||
			len(strings.Fields(policy.Creation.Schedule.Cron.Expression)) != 5 || policy.Creation.Schedule.Cron.Timezone == "" {
			answer(http.StatusBadRequest, map[string]string{"error": "illegal_argument_exception"})
			return
		}
		k.policy = slices.Clone(body)
		k.version++
		answer(http.StatusCreated, map[string]string{"_id": "morpheus-sm-policy"})
	}
}

// badSignature returns why AWS refuses the signature of a request with the node's role; "" for a good one.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
func badSignature(in *http.Request, body []byte, service string) string {
	given, found := strings.CutPrefix(in.Header.Get("Authorization"), "AWS4-HMAC-SHA256 ")
	if !found {
		return "Missing Authentication Token"
	}
	parts := map[string]string{}
	for part := range strings.SplitSeq(given, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		parts[name] = value
	}
	at := in.Header.Get("X-Amz-Date")
	if len(at) != len("20060102T150405Z") {
		return "the signature has no date"
	}
	scope := at[:8] + "/" + region + "/" + service + "/aws4_request"
	switch {
	case parts["Credential"] != "AKIAEXAMPLE/"+scope:
		return "Credential should be scoped to " + scope + ", got " + parts["Credential"]
	case in.Header.Get("X-Amz-Security-Token") != roleToken:
		return "The security token included in the request is invalid"
	}
	names := strings.Split(parts["SignedHeaders"], ";")
	if !slices.Contains(names, "host") || !slices.Contains(names, "x-amz-date") {
		return "host and x-amz-date must be signed, got " + parts["SignedHeaders"]
	}
	var headers strings.Builder
	for _, name := range names {
		value := in.Header.Get(name)
		if name == "host" {
			value = in.Host
		}
		headers.WriteString(name + ":" + strings.TrimSpace(value) + "\n")
	}
	hash := func(text []byte) string { sum := sha256.Sum256(text); return hex.EncodeToString(sum[:]) }
	canonical := strings.Join([]string{
		in.Method, in.URL.EscapedPath(), in.URL.RawQuery, headers.String(), parts["SignedHeaders"], hash(body),
	}, "\n")
	toSign := strings.Join([]string{"AWS4-HMAC-SHA256", at, scope, hash([]byte(canonical))}, "\n")
	key := []byte("AWS4" + roleKey)
	for _, text := range []string{at[:8], region, service, "aws4_request", toSign} {
		mac := hmac.New(sha256.New, key)
		_, _ = io.WriteString(mac, text)
		key = mac.Sum(nil)
	}
	if hex.EncodeToString(key) != parts["Signature"] {
		return "The request signature we calculated does not match the signature you provided"
	}
	return ""
}
