package moto

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// queryDefinition is a saved query of CloudWatch Logs Insights.
type queryDefinition struct {
	ID            string   `json:"queryDefinitionId"`
	Name          string   `json:"name"`
	QueryString   string   `json:"queryString"`
	LogGroupNames []string `json:"logGroupNames"`
}

func putQuery(s *layerState, _ string, body []byte) any {
	var request queryDefinition
	if json.Unmarshal(body, &request) != nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	request.ID = cmp.Or(request.ID, fmt.Sprintf("00000000-0000-0000-0000-%012d", len(s.queries)+1))
	s.queries[request.ID] = request
	return map[string]any{"queryDefinitionId": request.ID}
}

func describeQueries(s *layerState, _ string, _ []byte) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []queryDefinition{}
	for _, id := range slices.Sorted(maps.Keys(s.queries)) {
		out = append(out, s.queries[id])
	}
	return map[string]any{"queryDefinitions": out}
}

func deleteQuery(s *layerState, _ string, body []byte) any {
	var request queryDefinition
	if json.Unmarshal(body, &request) != nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.queries, request.ID)
	return map[string]any{"success": true}
}
