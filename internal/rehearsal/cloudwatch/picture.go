package cloudwatch

import (
	"fmt"
	"hash/fnv"
	"html"
	"math"
	"strings"
)

// The picture's scale: pixels of a column and of a line of the grid, and the space around the plot of a chart.
const (
	columnWidth, lineHeight   = 50, 36
	gap, padding              = 4, 10
	titleHeight, legendHeight = 26, 20
	axisWidth                 = 44
	smallest, largest         = 10.0, 13.0
	samples                   = 48
)

// palette are CloudWatch's first colours.
var palette = []string{"#1f77b4", "#2ca02c", "#9467bd", "#8c564b", "#17becf", "#bcbd22"}

// Picture draws the layout of a dashboard with sample values as SVG. The values are made up: below the thresholds at which
// alarms fire. It shows what lies where, and no state of any stack.
func (d Dashboard) Picture() string {
	width, lines := gridColumns*columnWidth, 0
	for _, w := range d.Widgets {
		lines = max(lines, w.Y+w.Height)
	}
	var out strings.Builder
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="Helvetica, Arial, sans-serif" `+
		`font-size="12" fill="#16191f">`+"\n", width, lines*lineHeight)
	fmt.Fprintf(&out, `<rect width="%d" height="%d" fill="#f2f3f3"/>`+"\n", width, lines*lineHeight)
	for _, w := range d.Widgets {
		x, y := w.X*columnWidth+gap, w.Y*lineHeight+gap
		wide, high := w.Width*columnWidth-2*gap, w.Height*lineHeight-2*gap
		if w.Type == "text" {
			fmt.Fprintf(&out, `<text x="%d" y="%d" font-size="17" font-weight="bold">%s</text>`+"\n", x+gap, y+high-gap,
				html.EscapeString(strings.TrimLeft(w.Markdown, "# ")))
			continue
		}
		fmt.Fprintf(&out, `<rect x="%d" y="%d" width="%d" height="%d" rx="3" fill="#fff" stroke="#d5dbdb"/>`+"\n", x, y, wide, high)
		title, size := w.Title, 1.75*float64(wide-2*padding)/float64(max(len(w.Title), 1))
		if size < smallest {
			title = title[:int(1.75*float64(wide-2*padding)/smallest)-1] + "…"
		}
		fmt.Fprintf(&out, `<text x="%d" y="%d" font-weight="bold" font-size="%.1f">%s</text>`+"\n", x+padding, y+18,
			min(max(size, smallest), largest), html.EscapeString(title))
		if w.Type == "alarm" {
			w.drawAlarms(&out, x, y, wide)
			continue
		}
		w.drawChart(&out, x+axisWidth, y+titleHeight, wide-axisWidth-padding, high-titleHeight-legendHeight-gap)
	}
	out.WriteString("</svg>\n")
	return out.String()
}

// drawAlarms draws a box for each alarm, all in the state OK.
func (w Widget) drawAlarms(out *strings.Builder, x, y, wide int) {
	each := (wide - 2*padding) / len(w.Alarms)
	for i, arn := range w.Alarms {
		name := arn[strings.LastIndex(arn, "-")+1:]
		left := x + padding + i*each
		fmt.Fprintf(out, `<rect x="%d" y="%d" width="%d" height="52" rx="3" fill="#f2f8f0" stroke="#1d8102"/>`, left, y+titleHeight+gap,
			each-2*gap)
		fmt.Fprintf(out, `<text x="%d" y="%d" fill="#1d8102">OK</text><text x="%d" y="%d">%s</text>`+"\n", left+padding,
			y+titleHeight+24, left+padding, y+titleHeight+44, html.EscapeString(name))
	}
}

// drawChart draws the sample lines and the thresholds of a chart, and its legend.
func (w Widget) drawChart(out *strings.Builder, x, y, wide, high int) {
	lines, top := w.sampleLines()
	at := func(value float64) float64 { return float64(y+high) - value/top*float64(high) }
	fmt.Fprintf(out, `<path d="M%d %dV%dH%d" fill="none" stroke="#879596"/>`, x, y, y+high, x+wide)
	for _, share := range []float64{0, 0.5, 1} {
		fmt.Fprintf(out, `<text x="%d" y="%.1f" text-anchor="end" font-size="10" fill="#687078">%s</text>`, x-gap,
			at(share*top)+4, short(share*top))
	}
	for _, t := range w.Thresholds {
		from, to := at(t.Value), float64(y)
		if t.Fill == "below" {
			from, to = float64(y+high), at(t.Value)
		}
		fmt.Fprintf(out, `<rect x="%d" y="%.1f" width="%d" height="%.1f" fill="%s" fill-opacity="0.1"/>`, x, to, wide,
			math.Max(from-to, 0), t.Color)
		fmt.Fprintf(out, `<path d="M%d %.1fh%d" stroke="%s" stroke-dasharray="4 2"/>`, x, at(t.Value), wide, t.Color)
		fmt.Fprintf(out, `<text x="%d" y="%.1f" text-anchor="end" font-size="10" fill="%s">%s %s</text>`, x+wide-2,
			math.Max(at(t.Value)-3, float64(y)+9), t.Color, html.EscapeString(t.Label), short(t.Value))
	}
	legend := x
	for i, values := range lines {
		color := palette[i%len(palette)]
		var points strings.Builder
		for j, value := range values {
			fmt.Fprintf(&points, "%.1f,%.1f ", float64(x)+float64(j*wide)/(samples-1), at(value))
		}
		fmt.Fprintf(out, `<polyline points="%s" fill="none" stroke="%s" stroke-width="1.5"/>`, strings.TrimSpace(points.String()),
			color)
		label := w.Lines[i].Label
		fmt.Fprintf(out, `<rect x="%d" y="%d" width="8" height="8" fill="%s"/><text x="%d" y="%d" font-size="10">%s</text>`, legend,
			y+high+8, color, legend+11, y+high+16, html.EscapeString(label))
		legend += 22 + 6*len(label)
	}
	out.WriteString("\n")
}

// sampleLines returns a made-up series for each line, and the top of the axis. The values are on the good side of the
// thresholds.
func (w Widget) sampleLines() (lines [][]float64, top float64) {
	middle := 100.0
	if len(w.Thresholds) > 0 {
		middle = 0
	}
	for _, t := range w.Thresholds {
		share := 0.45
		if t.Fill == "below" {
			share = 1.6
		}
		middle, top = math.Max(middle, share*t.Value), math.Max(top, 1.25*t.Value)
	}
	top = math.Max(math.Max(top, 1.5*middle), 1)
	for i := range w.Lines {
		seed := fnv.New32a()
		fmt.Fprint(seed, w.Title, i)
		phase := float64(seed.Sum32()%628) / 100
		values := make([]float64, samples)
		for j := range values {
			day := 2*math.Pi*float64(j)/samples + phase
			values[j] = math.Max(middle*(1+0.18*math.Sin(day)+0.07*math.Sin(5*day+phase)), 0)
		}
		lines = append(lines, values)
	}
	return lines, top
}

// short returns a number of an axis, such as 2.5k or 215G.
func short(n float64) string {
	for _, unit := range []struct {
		of   float64
		name string
	}{{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}} {
		if math.Abs(n) >= unit.of {
			return fmt.Sprintf("%.3g%s", n/unit.of, unit.name)
		}
	}
	return fmt.Sprintf("%.3g", n)
}
