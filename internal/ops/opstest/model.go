package opstest

import (
	"compress/gzip"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// Model is botocore's model of a service.
type Model struct {
	Metadata struct {
		EndpointPrefix, SigningName, Protocol string

		Protocols []string
	}
	Operations map[string]struct {
		Output        shapeRef
		HTTP          struct{ Method, RequestURI string }
		ResultWrapper string
	}
	Shapes map[string]shape
}

type shapeRef struct {
	Shape, LocationName, Location string

	Flattened bool
}

type shape struct {
	Type            string
	Members         map[string]shapeRef
	Member          shapeRef
	Key, Value      shapeRef
	Enum            []string
	Flattened       bool
	TimestampFormat string
}

var loaded sync.Map

// modelOf reads a model of moto's virtual environment once. It panics if there is none: the name is in the code of a
// test.
func modelOf(folder string) *Model {
	if known, ok := loaded.Load(folder); ok {
		return known.(*Model)
	}
	pattern := filepath.Join(Repository(), motoFolder, "lib", "python*", "site-packages", "botocore", "data", folder, "*",
		"service-2.json.gz")
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		panic("botocore has no model of " + folder)
	}
	file, err := os.Open(slices.Max(files)) // the newest: the folders are dates
	if err != nil {
		panic(err)
	}
	defer file.Close() //nolint:errcheck // read only
	text, err := gzip.NewReader(file)
	if err != nil {
		panic(err)
	}
	model := &Model{}
	if err := json.NewDecoder(text).Decode(model); err != nil {
		panic(err)
	}
	if slices.Contains(model.Metadata.Protocols, "query") { // CloudWatch has several, and the SDK uses this one
		model.Metadata.Protocol = "query"
	}
	loaded.Store(folder, model)
	return model
}

// signedAs is the name of the service in signatures.
func (m *Model) signedAs() string {
	if m.Metadata.SigningName != "" {
		return m.Metadata.SigningName
	}
	return m.Metadata.EndpointPrefix
}

// Render returns an answer in the protocol of the service. It fails if the model has no such name or value.
func (m *Model) Render(operation string, answer map[string]any) (contentType, body string, err error) {
	o, known := m.Operations[operation]
	if !known {
		return "", "", fmt.Errorf("the model has no operation %s", operation)
	}
	if o.Output.Shape == "" && len(answer) == 0 { // such as of RebootInstances
		return "", "", nil
	}
	switch m.Metadata.Protocol {
	case "json", "rest-json":
		if o.Output.Shape == "" && len(answer) == 0 { // such an operation answers with nothing
			return "application/x-amz-json-1.1", "", nil
		}
		value, err := m.json(o.Output, answer, operation)
		if err != nil {
			return "", "", err
		}
		text, err := json.Marshal(value)
		return "application/x-amz-json-1.1", string(text), err
	case "query":
		var out strings.Builder
		fmt.Fprintf(&out, "<%sResponse><%sResult>", operation, operation)
		if o.Output.Shape == "" && len(answer) > 0 {
			return "", "", fmt.Errorf("%s has no answer", operation)
		}
		if o.Output.Shape == "" { // the operation answers nothing
			return "text/xml", fmt.Sprintf("<%sResponse></%sResponse>", operation, operation), nil
		}
		if err := m.xml(&out, o.Output, answer, operation); err != nil {
			return "", "", err
		}
		fmt.Fprintf(&out, "</%sResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></%sResponse>", operation,
			operation)
		return "text/xml", out.String(), nil
	case "ec2":
		var out strings.Builder
		fmt.Fprintf(&out, "<%sResponse><requestId>1</requestId>", operation)
		if err := m.xml(&out, o.Output, answer, operation); err != nil {
			return "", "", err
		}
		fmt.Fprintf(&out, "</%sResponse>", operation)
		return "text/xml", out.String(), nil
	}
	return "", "", fmt.Errorf("no rendering for the protocol %s", m.Metadata.Protocol)
}

// check compares a text with the enumeration of its shape.
func (s shape) check(value any, path string) error {
	text, isText := value.(string)
	if isText && len(s.Enum) > 0 && !slices.Contains(s.Enum, text) {
		return fmt.Errorf("%s: %q is none of %s", path, text, strings.Join(s.Enum, ", "))
	}
	return nil
}

func (m *Model) json(ref shapeRef, value any, path string) (any, error) {
	s := m.Shapes[ref.Shape]
	switch s.Type {
	case "structure":
		fields, isMap := value.(map[string]any)
		if !isMap {
			return nil, fmt.Errorf("%s: must be a structure", path)
		}
		out := map[string]any{}
		for name, field := range fields {
			member, known := s.Members[name]
			if !known {
				return nil, fmt.Errorf("%s: the model has no %s", path, name)
			}
			rendered, err := m.json(member, field, path+"."+name)
			if err != nil {
				return nil, err
			}
			if member.LocationName != "" {
				name = member.LocationName
			}
			out[name] = rendered
		}
		return out, nil
	case "list":
		out := []any{}
		for _, element := range elements(value) {
			rendered, err := m.json(s.Member, element, path+"[]")
			if err != nil {
				return nil, err
			}
			out = append(out, rendered)
		}
		return out, nil
	case "timestamp":
		at, isTime := value.(time.Time)
		if !isTime {
			return nil, fmt.Errorf("%s: must be a time", path)
		}
		if s.TimestampFormat == "iso8601" {
			return at.UTC().Format(time.RFC3339), nil
		}
		return at.Unix(), nil
	case "":
		return nil, fmt.Errorf("%s: the model has no shape %s", path, ref.Shape)
	}
	return value, s.check(value, path)
}

// elements returns a list as one of any values.
func elements(value any) []any {
	switch list := value.(type) {
	case []any:
		return list
	case []string:
		var out []any
		for _, element := range list {
			out = append(out, element)
		}
		return out
	case []map[string]any:
		var out []any
		for _, element := range list {
			out = append(out, element)
		}
		return out
	}
	return nil
}

func (m *Model) xml(out *strings.Builder, ref shapeRef, value any, path string) error {
	s := m.Shapes[ref.Shape]
	switch s.Type {
	case "structure":
		fields, isMap := value.(map[string]any)
		if !isMap {
			return fmt.Errorf("%s: must be a structure", path)
		}
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			if err := m.xmlMember(out, s, name, fields[name], path); err != nil {
				return err
			}
		}
		return nil
	case "list":
		element := s.Member.LocationName
		if element == "" {
			element = "member"
		}
		for _, value := range elements(value) {
			fmt.Fprintf(out, "<%s>", element)
			if err := m.xml(out, s.Member, value, path+"[]"); err != nil {
				return err
			}
			fmt.Fprintf(out, "</%s>", element)
		}
		return nil
	case "timestamp":
		at, isTime := value.(time.Time)
		if !isTime {
			return fmt.Errorf("%s: must be a time", path)
		}
		out.WriteString(at.UTC().Format(time.RFC3339))
		return nil
	case "":
		return fmt.Errorf("%s: the model has no shape %s", path, ref.Shape)
	}
	if err := s.check(value, path); err != nil {
		return err
	}
	return xml.EscapeText(out, []byte(fmt.Sprint(value)))
}

func (m *Model) xmlMember(out *strings.Builder, s shape, name string, value any, path string) error {
	member, known := s.Members[name]
	if !known {
		return fmt.Errorf("%s: the model has no %s", path, name)
	}
	wire := name
	if member.LocationName != "" {
		wire = member.LocationName
	}
	list := m.Shapes[member.Shape]
	if list.Type == "list" && (list.Flattened || member.Flattened) {
		for _, element := range elements(value) {
			fmt.Fprintf(out, "<%s>", wire)
			if err := m.xml(out, list.Member, element, path+"."+name+"[]"); err != nil {
				return err
			}
			fmt.Fprintf(out, "</%s>", wire)
		}
		return nil
	}
	fmt.Fprintf(out, "<%s>", wire)
	if err := m.xml(out, member, value, path+"."+name); err != nil {
		return err
	}
	fmt.Fprintf(out, "</%s>", wire)
	return nil
}
