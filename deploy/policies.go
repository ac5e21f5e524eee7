package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// policyFolder has the generated policies; the engine runs the program in the folder of its Pulumi.yaml.
const policyFolder = "../docs/deployer-policy"

// secretReading is the statement of an update's policies that a refresh needs in addition to preview.json.
const secretReading = "SecretValues"

// boundaryPlaceholder stands in boundary.json for the ARN of the user's policy.
const boundaryPlaceholder = "BOUNDARY_ARN"

// policies are the JSON texts of the generated policies by file name without extension. "secrets" allows reading the
// secrets that the program writes.
type policies map[string]string

// updates returns the names of the policies of an update in addition to "preview", sorted.
func (p policies) updates() []string {
	return slices.Sorted(maps.Keys(p.having("update-")))
}

func (p policies) having(prefix string) policies {
	out := maps.Clone(p)
	maps.DeleteFunc(out, func(name, _ string) bool { return !strings.HasPrefix(name, prefix) })
	return out
}

// readPolicies reads the policies. Without a boundary there is no policy "boundary".
func readPolicies(boundary string) (policies, error) {
	files, err := filepath.Glob(filepath.Join(policyFolder, "*.json"))
	if err != nil {
		return nil, err
	}
	out := policies{}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		if name == "boundary" && boundary == "" {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var short bytes.Buffer // IAM counts no white space, but the provider compares it
		if err := json.Compact(&short, bytes.ReplaceAll(text, []byte(boundaryPlaceholder), []byte(boundary))); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		out[name] = short.String()
	}
	if out["preview"] == "" || len(out.updates()) == 0 {
		return nil, fmt.Errorf("%s has no preview.json or no update-*.json", policyFolder)
	}
	for _, name := range out.updates() {
		text, err := secretsPolicy(out[name])
		if err != nil {
			return nil, fmt.Errorf("%s.json: %w", name, err)
		}
		if text != "" {
			out["secrets"] = text
		}
	}
	if out["secrets"] == "" {
		return nil, fmt.Errorf("no update-*.json has the statement %s", secretReading)
	}
	return out, nil
}

// secretsPolicy returns the reading part of the statement for the program's secrets; empty if the policy has none.
func secretsPolicy(update string) (string, error) {
	var document struct {
		Version   string
		Statement []struct {
			Sid, Effect string
			Action      []string
			Resource    []string
			Condition   any `json:",omitempty"`
		}
	}
	if err := json.Unmarshal([]byte(update), &document); err != nil {
		return "", err
	}
	for _, s := range document.Statement {
		if s.Sid != secretReading {
			continue
		}
		var reads []string
		for _, action := range s.Action {
			if strings.HasPrefix(action, "secretsmanager:Get") {
				reads = append(reads, action)
			}
		}
		s.Action = reads
		document.Statement = append(document.Statement[:0], s)
		text, err := json.Marshal(document)
		return string(text), err
	}
	return "", nil
}
