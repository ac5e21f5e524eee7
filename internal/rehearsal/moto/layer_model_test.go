package moto

import (
	"compress/gzip"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// serviceModel is the part of botocore's description of a service that these tests use.
type serviceModel struct {
	Metadata struct {
		APIVersion, EndpointPrefix, Protocol, SigningName, TargetPrefix string

		Protocols []string
	}
	Operations map[string]struct {
		HTTP          struct{ Method, RequestURI string }
		Input, Output shapeRef
	}
	Shapes map[string]struct {
		Type      string
		Members   map[string]shapeRef
		Member    shapeRef
		Enum      []string
		Flattened bool
	}
}

type shapeRef struct{ Shape, LocationName, QueryName string }

// readService reads the newest model in a folder of botocore.
func readService(t *testing.T, folder string) serviceModel {
	files, err := filepath.Glob(
		filepath.Join("..", "..", "..", Folder, "lib", "python*", "site-packages", "botocore", "data", folder, "*",
			"service-2.json.gz"),
	)
	require.NoError(t, err)
	require.NotEmpty(t, files, "botocore has no model of %s", folder)
	file, err := os.Open(slices.Max(files))
	require.NoError(t, err)
	defer func() { assert.NoError(t, file.Close()) }()
	text, err := gzip.NewReader(file)
	require.NoError(t, err)
	var model serviceModel
	require.NoError(t, json.NewDecoder(text).Decode(&model), folder)
	// CloudWatch has several; the provider still uses this one.
	if slices.Contains(model.Metadata.Protocols, "query") {
		model.Metadata.Protocol = "query"
	}
	return model
}

// member follows one step of a path in the protocol.
func (m serviceModel) member(shape, step string, request bool) (string, bool) {
	of := m.Shapes[shape]
	if of.Type == "list" {
		element := of.Member.LocationName
		if element == "" {
			element = "member"
		}
		hidden := of.Flattened || m.Metadata.Protocol == "json" || m.Metadata.Protocol == "rest-json" ||
			request && m.Metadata.Protocol == "ec2"
		if hidden {
			return m.member(of.Member.Shape, step, request)
		}
		return of.Member.Shape, step == element
	}
	for name, ref := range of.Members {
		wire := name
		if ref.LocationName != "" {
			wire = ref.LocationName
		}
		if request && m.Metadata.Protocol == "ec2" {
			wire = strings.ToUpper(wire[:1]) + wire[1:]
			if ref.QueryName != "" {
				wire = ref.QueryName
			}
		}
		if wire == step {
			return ref.Shape, true
		}
	}
	return "", false
}

// has reports whether a path is in the model, and whether its value, if there is one, is allowed.
func (m serviceModel) has(shape, path string, request bool) bool {
	path, value, valued := strings.Cut(path, "=")
	for step := range strings.SplitSeq(path, ".") {
		if _, err := strconv.Atoi(step); err == nil {
			continue // an index of a list
		}
		var ok bool
		if shape, ok = m.member(shape, step, request); !ok {
			return false
		}
	}
	return !valued || slices.Contains(m.Shapes[shape].Enum, value)
}

// request returns a request for an operation in the form of the SDKs.
func (m serviceModel) request(t *testing.T, operation, signedAs string) (*http.Request, url.Values) {
	o := m.Operations[operation]
	form := url.Values{}
	path := regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(o.HTTP.RequestURI, "x-1")
	r := httptest.NewRequestWithContext(t.Context(), o.HTTP.Method, path, nil)
	r.Header.Set("Authorization", signature(signedAs))
	switch m.Metadata.Protocol {
	case "query", "ec2":
		form.Set("Action", operation)
		form.Set("Version", m.Metadata.APIVersion)
	case "json":
		r.Header.Set("X-Amz-Target", m.Metadata.TargetPrefix+"."+operation)
	}
	return r, form
}

// botocore returns a function that reads each model once. It skips the test if moto's virtual environment, which has
// the models, is missing.
func botocore(t *testing.T) func(entry string) (serviceModel, string) {
	if _, err := os.Stat(filepath.Join("..", "..", "..", Folder)); err != nil {
		t.Skip("the models come with moto: run `make moto`")
	}
	read := map[string]serviceModel{}
	return func(entry string) (serviceModel, string) {
		folder, operation, _ := strings.Cut(entry, " ")
		if _, known := read[folder]; !known {
			read[folder] = readService(t, folder)
		}
		return read[folder], operation
	}
}

// TestEachEntryOfTheLayerIsOneOperationOfTheModel: an entry must match its operation only, and none of other services.
func TestEachEntryOfTheLayerIsOneOperationOfTheModel(t *testing.T) {
	models := botocore(t)
	for _, e := range Layer {
		model, operation := models(e.Call)
		require.Contains(t, model.Operations, operation, "%s is in no model", e.Call)
		prefix := model.Metadata.SigningName
		if prefix == "" {
			prefix = model.Metadata.EndpointPrefix
		}
		assert.Equal(t, prefix, e.service(), "calls of %s are signed under this name", e.Call)
		for other := range model.Operations {
			r, form := model.request(t, other, e.service())
			_, matched := e.match(r, form)
			assert.Equal(t, other == operation, matched, "%s, when %s is called", e.Call, other)
		}
		r, form := model.request(t, operation, "another")
		_, matched := e.match(r, form)
		assert.False(t, matched, "%s of another service must not match", operation)
	}
}

// TestTheLayerUsesTheNamesOfTheModel: the provider would ignore an element with another name.
func TestTheLayerUsesTheNamesOfTheModel(t *testing.T) {
	models := botocore(t)
	for _, e := range Layer {
		model, operation := models(e.Call)
		for _, path := range e.Request {
			assert.True(t, model.has(model.Operations[operation].Input.Shape, path, true), "%s: %s is not a parameter",
				e.Call, path)
		}
		for _, path := range e.Answer {
			assert.True(t, model.has(model.Operations[operation].Output.Shape, path, false), "%s: %s is not in the response",
				e.Call, path)
		}
	}
}

var names = regexp.MustCompile(`<(\w+)[/>]|"(\w+)":`)

// namesIn returns the names of a response's elements.
func namesIn(text string) map[string]int {
	count := map[string]int{}
	for _, match := range names.FindAllStringSubmatch(text, -1) {
		count[match[1]+match[2]]++
	}
	return count
}

// TestTheLayerListsItsParametersAndElements: otherwise the test above would check incomplete lists.
func TestTheLayerListsItsParametersAndElements(t *testing.T) {
	models := botocore(t)
	asked, answered := map[string]string{}, map[string]string{} // by service, by entry
	for _, c := range replay(t) {
		if c.entry == "" {
			continue
		}
		model, operation := models(c.entry)
		e := Layer[slices.IndexFunc(Layer, func(e Entry) bool { return e.Call == c.entry })]
		asked[e.service()] += c.call.body
		answered[c.entry] += c.moto + c.answer
		written := namesIn(c.answer)
		for name, times := range namesIn(c.moto) {
			written[name] -= times
		}
		for name, times := range written {
			assert.True(t, times <= 0 || slices.ContainsFunc(e.Answer, func(path string) bool {
				path, _, _ = strings.Cut(path, "=")
				return slices.Contains(strings.Split(path, "."), name)
			}), "%s writes %s, which Answer does not list", c.entry, name)
		}
		if c.contentType == formType {
			form, err := url.ParseQuery(c.call.body)
			require.NoError(t, err)
			form.Del("Action")
			for name := range form {
				assert.True(t, model.has(model.Operations[operation].Input.Shape, name, true),
					"%s is called with %s, which AWS does not know", c.entry, name)
			}
		}
	}
	for _, e := range Layer {
		for _, path := range e.Request { // two operations may share parameters
			assert.Contains(t, asked[e.service()], path[strings.LastIndex(path, ".")+1:],
				"%s reads %s, but no call of the test has it", e.Call, path)
		}
		for _, path := range e.Answer {
			path, value, _ := strings.Cut(path, "=")
			assert.Contains(t, answered[e.Call], path[strings.LastIndex(path, ".")+1:],
				"%s lists %s, but no response in the test has it", e.Call, path)
			assert.Contains(t, answered[e.Call], value, "%s lists a value of %s, but no response in the test has it",
				e.Call, path)
		}
	}
}

// TestARewrittenCallIsAnOperationOfTheModel: the replacement of an unsupported call must be an operation of AWS.
func TestARewrittenCallIsAnOperationOfTheModel(t *testing.T) {
	load := botocore(t)
	known := newModels(filepath.Join("..", "..", "..", Folder))
	rewritten := 0
	for _, c := range replay(t) {
		if c.request == nil || c.request.Method == c.method {
			continue
		}
		rewritten++
		operation, err := known.operation(c.signedAs(), c.request)
		require.NoError(t, err, "%s becomes %s %s", c.entry, c.request.Method, c.request.URL)
		model, _ := load(c.entry)
		var body map[string]any
		require.NoError(t, json.Unmarshal([]byte(c.body), &body))
		for name := range body {
			assert.True(t, model.has(model.Operations[operation].Input.Shape, name, true), "%s is not a parameter of %s",
				name, operation)
		}
	}
	assert.Equal(t, 1, rewritten, "number of rewritten calls")
}
