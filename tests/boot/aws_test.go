package boot_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Of the role that nodes have.
const (
	roleKey   = "RoleSecretKey0123456789abcdef0123456789"
	roleToken = "RoleSessionToken0123456789abcdef"
)

// awsAPI is moto server behind TLS under AWS's names. moto has no lifecycle actions: those two calls are answered here.
type awsAPI struct {
	direct string

	mu      sync.Mutex
	answers []answered
	waiting map[string]bool // instances whose launch or termination hook waits
	beats   int
	// refused heartbeats by instance and hook, of hooks that did not wait.
	refused map[string]int
	// faults are how many calls of an action are yet to be refused, as when a permission is still on its way.
	faults map[string]int
}

// answered is a lifecycle action that a node completed.
type answered struct {
	instance, hook, result string
	at                     time.Time
}

func (w *world) startAWS(repository string) error {
	w.aws = &awsAPI{direct: "http://127.0.0.1:5005", waiting: map[string]bool{}}
	program := filepath.Join(repository, "tools/bin/moto/bin/moto_server")
	if err := w.start("moto", nil, program, "-H", "127.0.0.1", "-p", "5005"); err != nil {
		return err
	}
	if err := await(60*time.Second, func() bool { return dials("127.0.0.1:5005") }); err != nil {
		return fmt.Errorf("moto does not answer: %w", err)
	}
	target, err := url.Parse(w.aws.direct)
	if err != nil {
		return err
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host
	}}
	domain := region + ".amazonaws.com"
	return w.ca.serve(awsAddress+":443", "aws", w.aws.layer(proxy), "*."+domain, "*.s3."+domain, "*.s3.amazonaws.com")
}

// layer answers the lifecycle calls, as far as AWS would.
func (a *awsAPI) layer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		if !strings.Contains(in.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/") ||
			in.Header.Get("X-Amz-Security-Token") != roleToken {
			http.Error(out, "not signed with the node's role", http.StatusForbidden)
			return
		}
		if !strings.HasPrefix(in.Host, "autoscaling.") {
			_, action, _ := strings.Cut(in.Header.Get("X-Amz-Target"), ".")
			if a.fails(action) {
				out.WriteHeader(http.StatusBadRequest)
				_, _ = io.WriteString(out, `{"__type": "AccessDeniedException", "Message": "not yet"}`)
				return
			}
			next.ServeHTTP(out, in)
			return
		}
		if err := in.ParseForm(); err != nil {
			http.Error(out, err.Error(), http.StatusBadRequest)
			return
		}
		if a.fails(in.Form.Get("Action")) {
			out.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(out, `<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not yet</Message></Error></ErrorResponse>`)
			return
		}
		a.lifecycle(out, in.Form)
	})
}

// fail makes the next calls of the action fail.
func (a *awsAPI) fail(action string, times int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.faults[action] = times
}

func (a *awsAPI) fails(action string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.faults[action]--
	return a.faults[action] >= 0
}

// left is how many calls of the action are yet to fail.
func (a *awsAPI) left(action string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return max(0, a.faults[action])
}

// heartbeats that were taken.
func (a *awsAPI) heartbeats() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.beats
}

func (a *awsAPI) refusals(instance, hook string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.refused[instance+" "+hook]
}

func (a *awsAPI) lifecycle(out http.ResponseWriter, form url.Values) {
	a.mu.Lock()
	defer a.mu.Unlock()
	action, instance, hook := form.Get("Action"), form.Get("InstanceId"), form.Get("LifecycleHookName")
	if form.Get("AutoScalingGroupName") != groupName || !a.waiting[instance+" "+hook] {
		if action == "RecordLifecycleActionHeartbeat" {
			a.refused[instance+" "+hook]++
		}
		out.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprintf(out, `<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>No active Lifecycle Action found with instance ID %s</Message></Error></ErrorResponse>`, instance)
		return
	}
	if action == "CompleteLifecycleAction" {
		delete(a.waiting, instance+" "+hook)
		a.answers = append(a.answers, answered{instance, hook, form.Get("LifecycleActionResult"), time.Now()})
	} else {
		a.beats++
	}
	_, _ = fmt.Fprintf(out, `<%[1]sResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/"><%[1]sResult/><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></%[1]sResponse>`, action)
}

// await makes the hook wait for the instance.
func (a *awsAPI) await(instance, hook string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.waiting[instance+" "+hook] = true
}

// results of the hook, by instance.
func (a *awsAPI) results(hook string) map[string]string {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := map[string]string{}
	for _, x := range a.answers {
		if x.hook == hook {
			out[x.instance] += x.result
		}
	}
	return out
}

// call makes a call of a JSON service as the one who deployed the stack.
func (a *awsAPI) call(service, target string, body, into any) error {
	return a.do(http.MethodPost, service, "/", jsonBody(body), target, into)
}

func (a *awsAPI) do(method, service, path string, body io.Reader, target string, into any) error {
	request, err := http.NewRequest(method, a.direct+path, body)
	if err != nil {
		return err
	}
	request.Host = service + "." + region + ".amazonaws.com"
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIADEPLOYER/20260101/"+region+"/"+service+"/aws4_request, SignedHeaders=host, Signature=0")
	if target != "" {
		request.Header.Set("X-Amz-Target", target)
		request.Header.Set("Content-Type", "application/x-amz-json-1.1")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode >= 300 {
		return fmt.Errorf("%s %s %s: %s: %s", method, service, path, response.Status, data)
	}
	switch into := into.(type) {
	case nil:
		return nil
	case *string:
		*into = string(data)
		return nil
	default:
		return json.Unmarshal(data, into)
	}
}

// reset empties moto and makes what a deployment makes: secrets, log group, buckets with the packages.
func (a *awsAPI) reset() error {
	a.mu.Lock()
	a.answers, a.waiting, a.beats = nil, map[string]bool{}, 0
	a.refused, a.faults = map[string]int{}, map[string]int{}
	a.mu.Unlock()
	response, err := http.Post(a.direct+"/moto-api/reset", "", http.NoBody)
	if err != nil {
		return err
	}
	_ = response.Body.Close()
	errs := []error{
		a.call("logs", "Logs_20140328.CreateLogGroup", map[string]string{"logGroupName": logGroup}, nil),
		a.do(http.MethodPut, "s3", "/"+mirrorBucket, http.NoBody, "", nil),
		a.do(http.MethodPut, "s3", "/"+diagnosticsBucket, http.NoBody, "", nil),
		a.createSecret("appliance", ""),
	}
	for name, user := range map[string][2]string{
		"admin": {"admin", adminPassword}, "database": {"morpheus", databasePassword},
		"messaging": {"morpheus", brokerPassword}, "search": {"morpheus", searchPassword},
	} {
		value, err := json.Marshal(map[string]string{"username": user[0], "password": user[1]})
		errs = append(errs, err, a.createSecret(name, string(value)))
	}
	setup, err := json.Marshal(map[string]string{
		"username": "root", "password": setupPassword, "email": "root@example.com", "license": licenseKey,
	})
	errs = append(errs, err, a.createSecret("setup", string(setup)))
	return errors.Join(errs...)
}

func (a *awsAPI) createSecret(name, value string) error {
	body := map[string]string{"Name": name, "ClientRequestToken": fmt.Sprintf("%032d", time.Now().UnixNano())}
	if value != "" {
		body["SecretString"] = value
	}
	return a.call("secretsmanager", "secretsmanager.CreateSecret", body, nil)
}

// secret is the value of a secret of moto.
func (a *awsAPI) secret(name string) (string, error) {
	var out struct{ SecretString string }
	err := a.call("secretsmanager", "secretsmanager.GetSecretValue", map[string]string{"SecretId": name}, &out)
	return out.SecretString, err
}

// report is what a node wrote to the log group when its boot failed.
func (a *awsAPI) report(instance string) (string, error) {
	var out struct{ Events []struct{ Message string } }
	err := a.call("logs", "Logs_20140328.GetLogEvents", map[string]string{
		"logGroupName": logGroup, "logStreamName": instance + "/boot-failure",
	}, &out)
	var text strings.Builder
	for _, e := range out.Events {
		text.WriteString(e.Message)
	}
	return text.String(), err
}
