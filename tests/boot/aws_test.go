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
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/morpheus-ha/morpheus-aws/components/cluster/boot"
)

// Credentials of the node role.
const (
	roleKey   = "RoleSecretKey0123456789abcdef0123456789"
	roleToken = "RoleSessionToken0123456789abcdef"
)

// awsAPI is moto server behind TLS with AWS's host names. moto has no lifecycle actions, so awsAPI answers those
// two calls.
type awsAPI struct {
	direct string
	// region is where the deployer's calls go.
	region string

	mu sync.Mutex
	// completed are the lifecycle actions that nodes have completed.
	completed []completedAction
	// waiting has "<instance> <hook>" of each open lifecycle action.
	waiting map[string]bool
	beats   int
	// refused counts heartbeats without an open action, by "<instance> <hook>".
	refused map[string]int
	// metrics are the values that nodes have published, by name.
	metrics map[string][]string
	// faults is the number of next calls that are denied, by action: IAM permissions are eventually consistent.
	faults map[string]int
}

// completedAction is a lifecycle action that a node has completed.
type completedAction struct {
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
	hosts := []string{"*.s3.amazonaws.com"}
	for _, region := range []string{region, otherRegion} {
		hosts = append(hosts, "*."+region+".amazonaws.com", "*.s3."+region+".amazonaws.com")
	}
	return w.ca.serve(awsAddress+":443", "aws", w.aws.handler(proxy), hosts...)
}

// handler answers lifecycle calls and injected faults itself and passes all other calls to next. It requires the
// signature of the node role.
func (a *awsAPI) handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		if !strings.Contains(in.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/") ||
			in.Header.Get("X-Amz-Security-Token") != roleToken {
			http.Error(out, "not signed with the node's role", http.StatusForbidden)
			return
		}
		if strings.HasPrefix(in.Host, "monitoring.") {
			a.putMetric(out, in)
			return
		}
		if !strings.HasPrefix(in.Host, "autoscaling.") {
			_, action, _ := strings.Cut(in.Header.Get("X-Amz-Target"), ".")
			if action == "" {
				action = "s3 " + bucketOf(in)
			}
			if a.takeFault(action) {
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
		if a.takeFault(in.Form.Get("Action")) {
			out.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(out, queryError("AccessDenied", "not yet"))
			return
		}
		a.lifecycle(out, in.Form)
	})
}

// putMetric records a published metric.
func (a *awsAPI) putMetric(out http.ResponseWriter, in *http.Request) {
	if err := in.ParseForm(); err != nil || in.Form.Get("Namespace") != "Morpheus/Nodes" {
		http.Error(out, "not the namespace of the stack", http.StatusForbidden)
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	name := in.Form.Get("MetricData.member.1.MetricName")
	a.metrics[name] = append(a.metrics[name], in.Form.Get("MetricData.member.1.Value"))
	_, _ = io.WriteString(out, `<PutMetricDataResponse xmlns="http://monitoring.amazonaws.com/doc/2010-08-01/">`+
		`<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></PutMetricDataResponse>`)
}

// published returns the values of a metric, in order.
func (a *awsAPI) published(name string) []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.metrics[name])
}

// bucketOf returns the bucket of an S3 request, in its host name or in its path.
func bucketOf(in *http.Request) string {
	if name, _, found := strings.Cut(in.Host, ".s3."); found {
		return name
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(in.URL.Path, "/"), "/")
	return name
}

// queryError is an error document of AWS's query protocol.
func queryError(code, message string) string {
	return "<ErrorResponse><Error><Type>Sender</Type><Code>" + code + "</Code><Message>" + message +
		"</Message></Error></ErrorResponse>"
}

// fail makes the next calls of the action fail.
func (a *awsAPI) fail(action string, times int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.faults[action] = times
}

// takeFault is true when this call of the action must fail.
func (a *awsAPI) takeFault(action string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.faults[action]--
	return a.faults[action] >= 0
}

// faultsLeft returns how many calls of the action are still to fail.
func (a *awsAPI) faultsLeft(action string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return max(0, a.faults[action])
}

// heartbeats returns the number of accepted heartbeats.
func (a *awsAPI) heartbeats() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.beats
}

// refusals returns the number of heartbeats that were refused because the hook did not wait.
func (a *awsAPI) refusals(instance, hook string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.refused[instance+" "+hook]
}

// lifecycle answers CompleteLifecycleAction and RecordLifecycleActionHeartbeat.
func (a *awsAPI) lifecycle(out http.ResponseWriter, form url.Values) {
	a.mu.Lock()
	defer a.mu.Unlock()
	action, instance, hook := form.Get("Action"), form.Get("InstanceId"), form.Get("LifecycleHookName")
	if form.Get("AutoScalingGroupName") != groupName || !a.waiting[instance+" "+hook] {
		if action == "RecordLifecycleActionHeartbeat" {
			a.refused[instance+" "+hook]++
		}
		out.WriteHeader(http.StatusBadRequest)
		message := "No active Lifecycle Action found with instance ID " + instance
		_, _ = io.WriteString(out, queryError("ValidationError", message))
		return
	}
	if action == "CompleteLifecycleAction" {
		delete(a.waiting, instance+" "+hook)
		a.completed = append(a.completed, completedAction{
			instance: instance, hook: hook, result: form.Get("LifecycleActionResult"), at: time.Now(),
		})
	} else {
		a.beats++
	}
	_, _ = fmt.Fprintf(out, `<%[1]sResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/"><%[1]sResult/>`+
		`<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></%[1]sResponse>`, action)
}

// openHook makes the hook wait for the instance.
func (a *awsAPI) openHook(instance, hook string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.waiting[instance+" "+hook] = true
}

// results returns the results of the hook by instance; several results of one instance are concatenated.
func (a *awsAPI) results(hook string) map[string]string {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := map[string]string{}
	for _, x := range a.completed {
		if x.hook == hook {
			out[x.instance] += x.result
		}
	}
	return out
}

// call makes a call of a JSON service with the deployer's credentials.
func (a *awsAPI) call(service, target string, body, into any) error {
	return a.do(http.MethodPost, service, "/", jsonBody(body), target, into)
}

// do makes a call with the deployer's credentials and decodes the answer: into a *string as text, else as JSON.
func (a *awsAPI) do(method, service, path string, body io.Reader, target string, into any) error {
	request, err := http.NewRequest(method, a.direct+path, body)
	if err != nil {
		return err
	}
	request.Host = service + "." + a.region + ".amazonaws.com"
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIADEPLOYER/20260101/"+a.region+"/"+service+
		"/aws4_request, SignedHeaders=host, Signature=0")
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

// reset empties moto and creates the resources of a deployment: secrets, log group, buckets.
func (a *awsAPI) reset() error {
	a.mu.Lock()
	a.region = region
	a.completed, a.waiting, a.beats = nil, map[string]bool{}, 0
	a.refused, a.faults, a.metrics = map[string]int{}, map[string]int{}, map[string][]string{}
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
		a.do(http.MethodPut, "s3", "/"+filesBucket, http.NoBody, "", nil),
		a.do(http.MethodPut, "s3", "/"+definitionsBucket, http.NoBody, "", nil),
		a.putFiles(boot.Extras{}, boot.Bundle(boot.Extras{})),
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

// putFiles uploads the files of the boot, as a deployment does.
func (a *awsAPI) putFiles(extras boot.Extras, content string) error {
	return a.do(http.MethodPut, "s3", "/"+filesBucket+"/"+boot.BundleKey(extras), strings.NewReader(content), "", nil)
}

func (a *awsAPI) createSecret(name, value string) error {
	body := map[string]string{"Name": name, "ClientRequestToken": fmt.Sprintf("%032d", time.Now().UnixNano())}
	if value != "" {
		body["SecretString"] = value
	}
	return a.call("secretsmanager", "secretsmanager.CreateSecret", body, nil)
}

// secret returns the current value of a secret.
func (a *awsAPI) secret(name string) (string, error) {
	var out struct{ SecretString string }
	err := a.call("secretsmanager", "secretsmanager.GetSecretValue", map[string]string{"SecretId": name}, &out)
	return out.SecretString, err
}

// report returns the report of a failed boot from the log group.
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
