package moto

import (
	"encoding/json"
	"net/http"
	"strings"
)

// noRestoreTests is why the calls of restore tests are answered here.
const noRestoreTests = "moto has no restore tests (backup 2018-11-15, RestoreTestingPlanForGet)"

// createdAt is the time at which everything was made: seconds since 1970.
const createdAt = 1735689600

// restoreTestLayer has the calls of restore tests. It keeps what was put, by the path of the plan or the selection.
var restoreTestLayer = []Entry{
	{
		Call: "backup CreateRestoreTestingPlan", Why: noRestoreTests,
		Method: http.MethodPut, Path: testPlans,
		Request: []string{"RestoreTestingPlan.RestoreTestingPlanName", "Tags"},
		Answer:  []string{"RestoreTestingPlanName", "RestoreTestingPlanArn", "CreationTime"},
		answer: func(s *layerState, _ string, body []byte) any {
			var request struct {
				RestoreTestingPlan map[string]any
				Tags               map[string]any
			}
			if json.Unmarshal(body, &request) != nil {
				return nil
			}
			name, _ := request.RestoreTestingPlan["RestoreTestingPlanName"].(string)
			s.keepTest(name, request.RestoreTestingPlan)
			s.keepTest("tags "+testPlanARN(name), request.Tags)
			return map[string]any{
				"RestoreTestingPlanName": name, "RestoreTestingPlanArn": testPlanARN(name), "CreationTime": createdAt,
			}
		},
	},
	{
		Call: "backup GetRestoreTestingPlan", Why: noRestoreTests,
		Method: http.MethodGet, Path: testPlan,
		Answer: []string{
			"RestoreTestingPlan.RestoreTestingPlanArn", "RestoreTestingPlan.CreationTime",
			"RestoreTestingPlan.RestoreTestingPlanName", "RestoreTestingPlan.StartWindowHours",
		},
		answer: func(s *layerState, name string, _ []byte) any {
			return s.test("RestoreTestingPlan", name, map[string]any{"RestoreTestingPlanArn": testPlanARN(name)})
		},
	},
	{
		Call: "backup UpdateRestoreTestingPlan", Why: noRestoreTests,
		Method: http.MethodPut, Path: testPlan,
		Request: []string{"RestoreTestingPlan"},
		Answer:  []string{"RestoreTestingPlanName", "RestoreTestingPlanArn"},
		answer: func(s *layerState, name string, body []byte) any {
			s.changeTest("RestoreTestingPlan", name, body)
			return map[string]any{"RestoreTestingPlanName": name, "RestoreTestingPlanArn": testPlanARN(name)}
		},
	},
	{
		Call: "backup DeleteRestoreTestingPlan", Why: noRestoreTests,
		Method: http.MethodDelete, Path: testPlan,
		answer: forgetTest,
	},
	{
		Call: "backup ListTags", Why: noRestoreTests,
		Method: http.MethodGet, Path: testPlanTags,
		Answer: []string{"Tags"},
		answer: func(s *layerState, arn string, _ []byte) any {
			if tags := s.backup("test tags " + arn); tags != nil {
				return map[string]any{"Tags": tags}
			}
			return nil // of a vault or a plan, which moto has
		},
	},
	{
		Call:   "backup ListTags",
		Why:    "moto reads the ARN between two slashes, and the provider sends no slash at the end (backup 2018-11-15)",
		Method: http.MethodGet, Path: testPlanTags,
		rewrite: func(r *http.Request) {
			if !strings.HasSuffix(r.URL.Path, "/") {
				r.URL = r.URL.JoinPath("/")
			}
		},
	},
	{
		Call: "backup CreateRestoreTestingSelection", Why: noRestoreTests,
		Method: http.MethodPut, Path: testSelections,
		Request: []string{"RestoreTestingSelection.RestoreTestingSelectionName"},
		Answer:  []string{"RestoreTestingPlanName", "RestoreTestingPlanArn", "RestoreTestingSelectionName", "CreationTime"},
		answer: func(s *layerState, path string, body []byte) any {
			var request struct{ RestoreTestingSelection map[string]any }
			if json.Unmarshal(body, &request) != nil {
				return nil
			}
			plan, _, _ := strings.Cut(path, "/")
			name, _ := request.RestoreTestingSelection["RestoreTestingSelectionName"].(string)
			s.keepTest(path+"/"+name, request.RestoreTestingSelection)
			return map[string]any{
				"RestoreTestingPlanName": plan, "RestoreTestingPlanArn": testPlanARN(plan),
				"RestoreTestingSelectionName": name, "CreationTime": createdAt,
			}
		},
	},
	{
		Call: "backup GetRestoreTestingSelection", Why: noRestoreTests,
		Method: http.MethodGet, Path: testSelection,
		Answer: []string{
			"RestoreTestingSelection.RestoreTestingPlanName", "RestoreTestingSelection.CreationTime",
			"RestoreTestingSelection.RestoreTestingSelectionName", "RestoreTestingSelection.ValidationWindowHours",
		},
		answer: func(s *layerState, path string, _ []byte) any {
			plan, _, _ := strings.Cut(path, "/")
			return s.test("RestoreTestingSelection", path, map[string]any{"RestoreTestingPlanName": plan})
		},
	},
	{
		Call: "backup UpdateRestoreTestingSelection", Why: noRestoreTests,
		Method: http.MethodPut, Path: testSelection,
		Request: []string{"RestoreTestingSelection"},
		Answer:  []string{"RestoreTestingPlanName"},
		answer: func(s *layerState, path string, body []byte) any {
			s.changeTest("RestoreTestingSelection", path, body)
			plan, _, _ := strings.Cut(path, "/")
			return map[string]any{"RestoreTestingPlanName": plan}
		},
	},
	{
		Call: "backup DeleteRestoreTestingSelection", Why: noRestoreTests,
		Method: http.MethodDelete, Path: testSelection,
		answer: forgetTest,
	},
}

func testPlanARN(name string) string {
	return "arn:aws:backup:us-east-1:123456789012:restore-testing-plan:" + name + "-0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
}

func (s *layerState) keepTest(key string, values map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.backups["test "+key] = values
}

// test returns what was put, inside an element of the answer; nil for nothing, and moto then answers with an error.
func (s *layerState) test(element, key string, more map[string]any) any {
	kept := s.backup("test " + key)
	if kept == nil {
		return nil
	}
	out := map[string]any{"CreationTime": createdAt}
	for _, values := range []map[string]any{kept, more} {
		for name, value := range values {
			out[name] = value
		}
	}
	return map[string]any{element: out}
}

// changeTest adds what an update has to what was put.
func (s *layerState) changeTest(element, key string, body []byte) {
	var request map[string]map[string]any
	if json.Unmarshal(body, &request) != nil {
		return
	}
	out := map[string]any{}
	for _, values := range []map[string]any{s.backup("test " + key), request[element]} {
		for name, value := range values {
			out[name] = value
		}
	}
	s.keepTest(key, out)
}

func forgetTest(s *layerState, key string, _ []byte) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.backups, "test "+key)
	return struct{}{}
}
