package moto

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
)

// Entry is one call that the layer answers in moto's place.
type Entry struct {
	// Call is the service and operation, as botocore names them.
	Call string
	// Why moto cannot answer it, and what the answer was written from.
	Why string
	// Target is the X-Amz-Target header of a call of a JSON service; Method and Path tell a call of a REST service.
	Target string
	Method string
	Path   *regexp.Regexp
	// answer returns nil to leave the call to moto. id is the first group of Path.
	answer func(s *layerState, id string, body []byte) any
}

// layerState is what the answers remember.
type layerState struct {
	mu       sync.Mutex
	policies map[string]string // status of a file system's backup policy
}

var backupPolicy = regexp.MustCompile(`^/2015-02-01/file-systems/([^/]+)/backup-policy$`)

// Layer lists every call that moto lacks or gets wrong. Each answer is written from botocore's service model; a call that
// is not here is moto's own.
var Layer = []Entry{
	{
		Call:   "ssm GetParameter",
		Why:    "moto has no public parameters of Canonical and refuses to make any below /aws (ssm 2014-11-06, Parameter)",
		Target: "AmazonSSM.GetParameter",
		answer: canonicalImage,
	},
	{
		Call:   "efs PutBackupPolicy",
		Why:    "moto knows the policy of a file system's creation only (elasticfilesystem 2015-02-01, BackupPolicyDescription)",
		Method: http.MethodPut, Path: backupPolicy,
		answer: putBackupPolicy,
	},
	{
		Call:   "efs DescribeBackupPolicy",
		Why:    "moto answers PolicyNotFound for one that was put (elasticfilesystem 2015-02-01, BackupPolicyDescription)",
		Method: http.MethodGet, Path: backupPolicy,
		answer: describeBackupPolicy,
	},
}

// ubuntuImage is an Ubuntu image in moto's own list.
const ubuntuImage = "ami-785db401"

func canonicalImage(_ *layerState, _ string, body []byte) any {
	var request struct{ Name string }
	if json.Unmarshal(body, &request) != nil || !strings.HasPrefix(request.Name, "/aws/service/canonical/ubuntu/") {
		return nil
	}
	return map[string]any{"Parameter": map[string]any{
		"Name": request.Name, "Type": "String", "Value": ubuntuImage, "Version": 1, "DataType": "aws:ec2:image",
		"ARN": "arn:aws:ssm:us-east-1::parameter" + request.Name,
	}}
}

type backupPolicyDescription struct {
	BackupPolicy struct{ Status string }
}

func putBackupPolicy(s *layerState, id string, body []byte) any {
	var request backupPolicyDescription
	if json.Unmarshal(body, &request) != nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.policies[id] = request.BackupPolicy.Status
	return request
}

func describeBackupPolicy(s *layerState, id string, _ []byte) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	status, put := s.policies[id]
	if !put {
		return nil
	}
	var out backupPolicyDescription
	out.BackupPolicy.Status = status
	return out
}

// match says whether a call is the entry's, and whose it is.
func (e Entry) match(r *http.Request) (id string, ok bool) {
	if e.Path == nil {
		return "", r.Header.Get("X-Amz-Target") == e.Target
	}
	groups := e.Path.FindStringSubmatch(r.URL.Path)
	if groups == nil || r.Method != e.Method {
		return "", false
	}
	return groups[1], true
}

// layered answers the calls in Layer and hands all others on.
func layered(next http.Handler) http.Handler {
	state := &layerState{policies: map[string]string{}}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, entry := range Layer {
			id, ok := entry.match(r)
			if !ok {
				continue
			}
			body, err := io.ReadAll(r.Body)
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			if answer := entry.answer(state, id, body); answer != nil {
				w.Header().Set("Content-Type", "application/x-amz-json-1.1")
				_ = json.NewEncoder(w).Encode(answer) // a client that went away has ended its run
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}
