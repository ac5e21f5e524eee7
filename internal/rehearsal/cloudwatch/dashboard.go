package cloudwatch

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
)

// The limits of a dashboard.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
const (
	maxWidgets   = 500
	gridColumns  = 24
	maxHeight    = 1000
	maxInWidget  = 500
	maxOnBoard   = 2500
	maxAlarms    = 100
	defaultWidth = 6
)

// Dashboard is a body that CloudWatch accepts and shows in full.
type Dashboard struct {
	Widgets []Widget
}

// Widget is one element of a dashboard.
type Widget struct {
	Type                string
	X, Y, Width, Height int
	Title, Markdown     string
	Region              string
	Metrics             []Metric
	Lines               []Line
	Alarms              []string
	Thresholds          []Threshold
}

// Line is a visible line of a chart, with its label.
type Line struct{ ID, Label string }

// Threshold is a horizontal annotation. Fill is above, below or empty.
type Threshold struct {
	Value              float64
	Label, Fill, Color string
}

// body is the JSON of a dashboard, as far as this package knows it. Unknown fields are refused: CloudWatch warns of them
// and leaves the widget empty.
type body struct {
	Start          string            `json:"start"`
	PeriodOverride string            `json:"periodOverride"`
	Widgets        []json.RawMessage `json:"widgets"`
}

type element struct {
	Type       string          `json:"type"`
	X          *int            `json:"x"`
	Y          *int            `json:"y"`
	Width      int             `json:"width"`
	Height     int             `json:"height"`
	Properties json.RawMessage `json:"properties"`
}

type metricProperties struct {
	Title       string          `json:"title"`
	Region      string          `json:"region"`
	View        string          `json:"view"`
	Stacked     bool            `json:"stacked"`
	Metrics     [][]any         `json:"metrics"`
	YAxis       map[string]axis `json:"yAxis"`
	Annotations struct {
		Horizontal []struct {
			Label string   `json:"label"`
			Value *float64 `json:"value"`
			Fill  string   `json:"fill"`
			Color string   `json:"color"`
		} `json:"horizontal"`
	} `json:"annotations"`
}

type axis struct {
	Min       *float64 `json:"min"`
	Max       *float64 `json:"max"`
	Label     string   `json:"label"`
	ShowUnits bool     `json:"showUnits"`
}

// ParseDashboard reads a body. It returns an error for one that CloudWatch refuses or shows in part only.
func ParseDashboard(text string) (Dashboard, error) {
	var parsed body
	var out Dashboard
	if err := strict([]byte(text), &parsed); err != nil {
		return out, err
	}
	if parsed.Widgets == nil || len(parsed.Widgets) > maxWidgets {
		return out, fmt.Errorf("widgets: must be at most %d, got %d", maxWidgets, len(parsed.Widgets))
	}
	metrics := 0
	for i, raw := range parsed.Widgets {
		w, err := parseWidget(raw)
		if err != nil {
			return out, fmt.Errorf("widget %d %q: %w", i, w.Title, err)
		}
		for _, other := range out.Widgets {
			if w.covers(other) {
				return out, fmt.Errorf("widget %d %q: lies over %q", i, w.Title, other.Title)
			}
		}
		metrics += len(w.Metrics)
		out.Widgets = append(out.Widgets, w)
	}
	if metrics > maxOnBoard {
		return out, fmt.Errorf("must have at most %d metrics, got %d", maxOnBoard, metrics)
	}
	return out, nil
}

func strict(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}

// covers reports whether two widgets overlap.
func (w Widget) covers(o Widget) bool {
	return w.X < o.X+o.Width && o.X < w.X+w.Width && w.Y < o.Y+o.Height && o.Y < w.Y+w.Height
}

func parseWidget(raw []byte) (Widget, error) {
	var e element
	w := Widget{}
	if err := strict(raw, &e); err != nil {
		return w, err
	}
	w.Type, w.Width, w.Height = e.Type, e.Width, e.Height
	if (e.X == nil) != (e.Y == nil) {
		return w, errors.New("x and y go together")
	}
	if e.X != nil {
		w.X, w.Y = *e.X, *e.Y
	}
	if w.Width == 0 && w.Height == 0 {
		w.Width, w.Height = defaultWidth, defaultWidth
	}
	var err error
	switch w.Type {
	case "metric":
		err = w.readMetrics(e.Properties)
	case "text":
		var p struct {
			Markdown   string `json:"markdown"`
			Background string `json:"background"`
		}
		err = strict(e.Properties, &p)
		w.Markdown, w.Title = p.Markdown, p.Markdown
		if err == nil && p.Markdown == "" {
			err = errors.New("a text widget needs markdown")
		}
	case "alarm":
		err = w.readAlarms(e.Properties)
	default:
		err = fmt.Errorf("type: must be metric, text or alarm, got %q", w.Type)
	}
	if err != nil {
		return w, err
	}
	if w.X < 0 || w.Y < 0 || w.Width < 1 || w.Height < 1 || w.Height > maxHeight || w.X+w.Width > gridColumns {
		return w, fmt.Errorf("must lie in the grid of %d columns, got x %d, y %d, width %d, height %d", gridColumns, w.X, w.Y,
			w.Width, w.Height)
	}
	return w, nil
}

func (w *Widget) readAlarms(raw []byte) error {
	var p struct {
		Title  string   `json:"title"`
		Alarms []string `json:"alarms"`
		SortBy string   `json:"sortBy"`
		States []string `json:"states"`
	}
	if err := strict(raw, &p); err != nil {
		return err
	}
	w.Title, w.Alarms = p.Title, p.Alarms
	if len(p.Alarms) == 0 || len(p.Alarms) > maxAlarms {
		return fmt.Errorf("alarms: must be 1 to %d ARNs, got %d", maxAlarms, len(p.Alarms))
	}
	return nil
}

func (w *Widget) readMetrics(raw []byte) error {
	var p metricProperties
	if err := strict(raw, &p); err != nil {
		return err
	}
	w.Title, w.Region = p.Title, p.Region
	switch {
	case p.Region == "":
		return errors.New("a metric widget needs a region")
	case !slices.Contains([]string{"timeSeries", "singleValue", "bar", "pie", "gauge", ""}, p.View):
		return fmt.Errorf("view: got %q", p.View)
	case len(p.Metrics) == 0 || len(p.Metrics) > maxInWidget:
		return fmt.Errorf("metrics: must be 1 to %d, got %d", maxInWidget, len(p.Metrics))
	}
	for side := range p.YAxis {
		if side != "left" && side != "right" {
			return fmt.Errorf("yAxis: must be left or right, got %q", side)
		}
	}
	for _, a := range p.Annotations.Horizontal {
		if a.Value == nil {
			return fmt.Errorf("annotations: %q needs a value", a.Label)
		}
		if !slices.Contains([]string{"above", "below", "none", ""}, a.Fill) {
			return fmt.Errorf("annotations: fill must be above, below or none, got %q", a.Fill)
		}
		w.Thresholds = append(w.Thresholds, Threshold{Value: *a.Value, Label: a.Label, Fill: a.Fill, Color: a.Color})
	}
	return w.readRows(p.Metrics)
}

var (
	rowID     = regexp.MustCompile(`^[a-z][A-Za-z0-9_]*$`)
	inFormula = regexp.MustCompile(`\b[a-z][A-Za-z0-9_]*\b`)
)

// readRows reads the rows of a chart: [namespace, metric, dimension, value, ..., options], or [{expression}].
func (w *Widget) readRows(rows [][]any) error {
	ids, formulas := map[string]bool{}, map[string]string{}
	visible := 0
	for i, row := range rows {
		var options map[string]any
		var texts []string
		for j, field := range row {
			switch v := field.(type) {
			case string:
				texts = append(texts, v)
			case map[string]any:
				if j != len(row)-1 {
					return fmt.Errorf("row %d: the options must be last", i)
				}
				options = v
			default:
				return fmt.Errorf("row %d: field %d is neither text nor options", i, j)
			}
		}
		id, label := text(options["id"]), text(options["label"])
		if id != "" && (!rowID.MatchString(id) || ids[id]) {
			return fmt.Errorf("row %d: the id %q must begin with a lower-case letter, and be used once", i, id)
		}
		ids[id] = true
		expression := text(options["expression"])
		switch {
		case expression != "" && len(texts) == 0:
			formulas[id] = expression
		case expression != "" || len(texts) < 2 || len(texts)%2 != 0 || texts[0] == "" || texts[1] == "":
			return fmt.Errorf("row %d: must be a namespace, a metric and pairs of dimensions, or an expression", i)
		default:
			m := Metric{ID: id, Namespace: texts[0], Name: texts[1], Statistic: text(options["stat"]), Dimensions: map[string]string{}}
			for at := 2; at < len(texts); at += 2 {
				m.Dimensions[texts[at]] = texts[at+1]
			}
			w.Metrics = append(w.Metrics, m)
		}
		if options["visible"] != false {
			visible++
			w.Lines = append(w.Lines, Line{ID: id, Label: label})
		}
	}
	for id, formula := range formulas {
		for _, name := range inFormula.FindAllString(formula, -1) {
			if !ids[name] {
				return fmt.Errorf("%s: the expression names %s, which no row has", id, name)
			}
		}
	}
	if visible == 0 {
		return errors.New("no row is visible")
	}
	return nil
}
