package opstest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/morpheus-ha/morpheus-aws/internal/ops/account"
	layer "github.com/morpheus-ha/morpheus-aws/internal/rehearsal/moto"
)

// Stub answers an operation that moto lacks or answers in one way only.
type Stub struct {
	// Call is the folder of botocore's model and the operation, such as "service-quotas GetServiceQuota".
	Call string
	// Answer is the response by the names of the model: maps, lists, texts, numbers, booleans and times. Rendering it fails
	// for a name or a value of an enumeration that the model does not have.
	Answer map[string]any
	// Code is the error to answer with instead; empty for none.
	Code string
	// Hang makes the call wait until the client gives up.
	Hang bool
	// Reply computes the answer, or the code of an error, from the body of each request; nil for Answer and Code.
	Reply func(body string) (answer map[string]any, code string)
	// When restricts the stub to requests whose body or path contains the text.
	When string
}

var (
	namer = sync.OnceValue(func() func(*http.Request, url.Values) (string, string) {
		return layer.Namer(filepath.Join(Repository(), motoFolder))
	})
	called sync.Map // the calls of a test binary
)

// Called returns the calls of the checks in this test binary, such as ec2:DescribeVpcs, sorted. The service is that of
// the signature.
func Called() []string {
	var out []string
	called.Range(func(key, _ any) bool {
		out = append(out, key.(string))
		return true
	})
	slices.Sort(out)
	return out
}

// Account returns the account with stubs before moto. A later stub of a call wins.
func (g *Given) Account(t *testing.T, stubs ...Stub) *account.Account {
	t.Helper()
	target, err := url.Parse(*g.Direct.BaseEndpoint)
	require.NoError(t, err)
	proxy := httputil.NewSingleHostReverseProxy(target)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		form, _ := url.ParseQuery(string(body)) // what is no form has no action
		service, operation := namer()(r, form)
		called.Store(service+":"+operation, true)
		for i := len(stubs) - 1; i >= 0; i-- {
			s := stubs[i]
			folder, name, _ := strings.Cut(s.Call, " ")
			model := modelOf(folder)
			if name != operation || model.signedAs() != service ||
				!strings.Contains(string(body)+r.URL.String(), s.When) {
				continue
			}
			if s.Reply != nil {
				s.Answer, s.Code = s.Reply(string(body))
			}
			if err := s.answer(w, r, model, operation); err != nil {
				t.Errorf("%s: %v", s.Call, err)
				http.Error(w, err.Error(), http.StatusInternalServerError)
			}
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	c := g.Direct.Copy()
	c.BaseEndpoint = &front.URL
	// Not the default transport, whose connections the end of any other test server closes.
	client := front.Client()
	if g.Wrap != nil {
		client.Transport = g.Wrap(client.Transport)
	}
	c.HTTPClient = client
	return account.From(c)
}

func (s Stub) answer(w http.ResponseWriter, r *http.Request, model *Model, operation string) error {
	if s.Hang {
		select {
		case <-r.Context().Done():
		case <-time.After(time.Minute):
		}
		return nil
	}
	if s.Code != "" {
		model.fail(w, s.Code)
		return nil
	}
	contentType, body, err := model.Render(operation, s.Answer)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", contentType)
	_, err = io.WriteString(w, body)
	return err
}

// fail answers with an error in the protocol of the service.
func (m *Model) fail(w http.ResponseWriter, code string) {
	status := http.StatusBadRequest
	body := fmt.Sprintf(`{"__type": %q, "message": "of the test"}`, code)
	w.Header().Set("X-Amzn-ErrorType", code)
	switch m.Metadata.Protocol {
	case "query", "rest-xml":
		body = "<ErrorResponse><Error><Code>" + code + "</Code><Message>of the test</Message></Error></ErrorResponse>"
	case "ec2":
		body = "<Response><Errors><Error><Code>" + code + "</Code><Message>of the test</Message></Error></Errors></Response>"
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body) // a client that went away has ended its test
}
