package moto

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
)

// service returns the service name in the signature of the entry's calls, which may differ from botocore's folder.
func (e Entry) service() string {
	folder, _, _ := strings.Cut(e.Call, " ")
	for signed, folders := range modelFolders {
		if folders[0] == folder {
			return signed
		}
	}
	return folder
}

// match reports whether the entry matches a call, and returns the id in its path. Two services may have operations with
// the same name.
func (e Entry) match(r *http.Request, form url.Values) (id string, ok bool) {
	switch {
	case signedFor(r) != e.service():
		return "", false
	case e.Action != "":
		return "", form.Get("Action") == e.Action
	case e.Path == nil:
		return "", r.Header.Get("X-Amz-Target") == e.Target
	}
	groups := e.Path.FindStringSubmatch(r.URL.Path)
	if groups == nil || r.Method != e.Method || e.Query != "" && !r.URL.Query().Has(e.Query) {
		return "", false
	}
	return groups[1], true
}

// layered records every call. It answers or edits the calls in Layer and passes all others to next.
func layered(next http.Handler, calls *recorder) http.Handler {
	state := &layerState{
		policies:  map[string]string{},
		queries:   map[string]queryDefinition{},
		backups:   map[string]map[string]any{},
		forgotten: map[string]string{},
		clusters:  map[string]string{},
		mixed:     map[string]url.Values{},
		fields:    map[string]json.RawMessage{},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		var form url.Values
		if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
			form, _ = url.ParseQuery(string(body)) // an invalid form matches no entry
		}
		calls.record(r, form)
		for _, entry := range Layer {
			id, ok := entry.match(r, form)
			switch {
			case !ok:
			case entry.rewrite != nil:
				entry.rewrite(r)
			case entry.edit != nil:
				if entry.complete != nil {
					entry.complete(state, form)
					setForm(r, form)
				}
				edited(w, r, next, func(response string) string { return entry.edit(state, form, response) })
				return
			default:
				if answer := entry.answer(state, id, body); answer != nil {
					w.Header().Set("Content-Type", "application/x-amz-json-1.1")
					_ = json.NewEncoder(w).Encode(answer) // a client that went away has ended its run
					return
				}
			}
		}
		next.ServeHTTP(w, r)
	})
}

// setForm sets the body of a request to a form.
func setForm(r *http.Request, form url.Values) {
	body := form.Encode()
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	r.Header.Set("Content-Length", strconv.Itoa(len(body)))
}

// edited passes a call to next and edits the response.
func edited(w http.ResponseWriter, r *http.Request, next http.Handler, edit func(string) string) {
	r.Header.Del("Accept-Encoding") // a compressed response could not be edited
	recorder := httptest.NewRecorder()
	next.ServeHTTP(recorder, r)
	response := recorder.Body.String()
	if recorder.Code == http.StatusOK {
		response = edit(response)
	}
	maps.Copy(w.Header(), recorder.Header())
	w.Header().Set("Content-Length", strconv.Itoa(len(response)))
	w.WriteHeader(recorder.Code)
	_, _ = io.WriteString(w, response) // a client that went away has ended its run
}
