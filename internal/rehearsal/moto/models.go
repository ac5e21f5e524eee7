package moto

import (
	"cmp"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// modelFolders are the folders of botocore's models by the service name in signatures, where the two differ. OpenSearch
// also has an older API.
var modelFolders = map[string][]string{
	"elasticfilesystem": {"efs"},
	"es":                {"opensearch", "es"},
	"monitoring":        {"cloudwatch"},
}

// models are botocore's service models, which are installed with moto. They give the operation for a path of a REST
// service.
type models struct {
	folder string
	loaded sync.Map // service -> []route
}

// newModels reads from moto's virtual environment. If a model is missing, the name of the call contains the error.
func newModels(environment string) *models {
	pattern := filepath.Join(environment, "lib", "python*", "site-packages", "botocore", "data")
	found, _ := filepath.Glob(pattern) // the pattern is valid
	return &models{folder: strings.Join(found, "")}
}

// route is one operation of a REST service.
type route struct {
	operation, method string
	path              *regexp.Regexp
	// query are parameters that the request must have too. They distinguish S3's operations.
	query []string
	fixed int // characters of the path outside parameters
}

// operation returns the operation of a request to a REST service.
func (m *models) operation(service string, r *http.Request) (string, error) {
	routes, err := m.routes(service)
	if err != nil {
		return "", err
	}
	for _, route := range routes {
		missing := func(name string) bool { return !r.URL.Query().Has(name) }
		if route.method == r.Method && route.path.MatchString(r.URL.EscapedPath()) &&
			!slices.ContainsFunc(route.query, missing) {
			return route.operation, nil
		}
	}
	return "", errors.New("in no model")
}

func (m *models) routes(service string) ([]route, error) {
	if known, ok := m.loaded.Load(service); ok {
		return known.([]route), nil
	}
	folders := modelFolders[service]
	if folders == nil {
		folders = []string{service}
	}
	var routes []route
	for _, folder := range folders {
		files, err := filepath.Glob(filepath.Join(m.folder, folder, "*", "service-2.json.gz"))
		if err != nil || len(files) == 0 {
			return nil, errors.Join(err, fmt.Errorf("no model of %s", folder))
		}
		more, err := readModel(slices.Max(files)) // the names are dates
		if err != nil {
			return nil, fmt.Errorf("model of %s: %w", folder, err)
		}
		routes = append(routes, more...)
	}
	// The most specific first: /a/{b}/c before /a/{b+}.
	slices.SortStableFunc(routes, func(a, b route) int {
		return cmp.Or(len(b.query)-len(a.query), b.fixed-a.fixed, strings.Compare(a.operation, b.operation))
	})
	m.loaded.Store(service, routes)
	return routes, nil
}

func readModel(path string) ([]route, error) {
	file, err := os.Open(path) //nolint:gosec // a file of botocore in tools/bin
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // read only
	text, err := gzip.NewReader(file)
	if err != nil {
		return nil, err
	}
	var model struct {
		Operations map[string]struct {
			HTTP struct{ Method, RequestURI string }
		}
	}
	if err := json.NewDecoder(text).Decode(&model); err != nil {
		return nil, err
	}
	var routes []route
	for name, operation := range model.Operations {
		routes = append(routes, newRoute(name, operation.HTTP.Method, operation.HTTP.RequestURI))
	}
	return routes, nil
}

var parameter = regexp.MustCompile(`\{[^}]*?(\+?)\}`)

// newRoute reads a path such as /2013-04-01/hostedzone/{Id}/rrset/; {Key+} may contain slashes.
func newRoute(operation, method, uri string) route {
	path, query, _ := strings.Cut(uri, "?")
	r := route{operation: operation, method: method, fixed: len(parameter.ReplaceAllString(path, ""))}
	for _, name := range strings.FieldsFunc(query, func(c rune) bool { return c == '&' }) {
		name, _, _ = strings.Cut(name, "=")
		r.query = append(r.query, name)
	}
	var pattern strings.Builder
	rest := strings.TrimSuffix(path, "/")
	last := 0
	for _, at := range parameter.FindAllStringSubmatchIndex(rest, -1) {
		pattern.WriteString(regexp.QuoteMeta(rest[last:at[0]]))
		if at[3] > at[2] {
			pattern.WriteString(".+")
		} else {
			pattern.WriteString("[^/]+")
		}
		last = at[1]
	}
	pattern.WriteString(regexp.QuoteMeta(rest[last:]))
	r.path = regexp.MustCompile("^" + pattern.String() + "/?$")
	return r
}
