package drill

import (
	"fmt"
	"html"
	"strings"
	"time"
)

// Sizes of the picture in pixels.
const (
	pictureWidth = 1000
	leftEdge     = 130
	rightEdge    = 970
	pingTop      = 84
	barHeight    = 26
	phaseTop     = 136
	alarmTop     = 188
	eventTop     = 240
	eventHeight  = 18
)

const pictureStyle = `    text { font-family: "DejaVu Sans", Verdana, Arial, sans-serif; font-size: 12px; fill: #24313d }
    .h { font-weight: bold; font-size: 15px } .s { font-size: 11px; fill: #4a5866 } .w { fill: #ffffff; font-size: 11px }
    .r { font-weight: bold; font-size: 14px; fill: #9c2f2f }`

// canvas draws times on a horizontal axis.
type canvas struct {
	strings.Builder

	from, to time.Time
}

func (c *canvas) x(at time.Time) float64 {
	whole := c.to.Sub(c.from).Seconds()
	if whole <= 0 {
		return leftEdge
	}
	return leftEdge + (rightEdge-leftEdge)*min(max(at.Sub(c.from).Seconds()/whole, 0), 1)
}

func (c *canvas) text(x, y float64, class, text string) {
	fmt.Fprintf(c, "  <text x=\"%.1f\" y=\"%.1f\" class=%q>%s</text>\n", x, y, class, html.EscapeString(text))
}

// bar draws a time span; it is at least a pixel wide, so that a second is seen.
func (c *canvas) bar(from, to time.Time, y, height float64, colour string) {
	fmt.Fprintf(c, "  <rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=%q/>\n", c.x(from), y,
		max(c.x(to)-c.x(from), 1), height, colour)
}

// named draws a span with a name: inside if there is room.
func (c *canvas) named(from, to time.Time, y float64, colour, name string) {
	c.bar(from, to, y, barHeight, colour)
	const letter = 6.5
	if width := letter * float64(len(name)); c.x(to)-c.x(from) > width {
		c.text(c.x(from)+6, y+17, "w", name)
	}
}

// Picture draws when /ping answered, the phases and the alarms.
func (r *Record) Picture() string {
	events := r.sorted()
	c := &canvas{from: r.Began, to: r.Ended}
	if c.to.IsZero() {
		c.to = r.Began.Add(time.Minute)
	}
	height := eventTop + eventHeight*(len(events)+1) + 40
	fmt.Fprintf(c, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\" "+
		"aria-labelledby=\"title\">\n  <title id=\"title\">Drill %s of the stack %s: when /ping answered</title>\n"+
		"  <style>\n%s\n  </style>\n  <rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n", pictureWidth, height, pictureWidth,
		height, html.EscapeString(r.Drill), html.EscapeString(r.Stack), pictureStyle, pictureWidth, height)
	c.text(20, 28, "h", fmt.Sprintf("Drill %s of the stack %s, %s", r.Drill, r.Stack, stamp(r.Began)))
	if r.Simulated {
		c.text(20, 50, "r", "REHEARSAL: simulated services; no time in this picture is a recovery time")
	}
	c.pings(r)
	c.phases(r)
	c.alarms(r)
	c.axis(r)
	c.events(r, events)
	fmt.Fprintln(c, "</svg>")
	return c.String()
}

const (
	answered = "#3f8f5b"
	failed   = "#c0392b"
	lost     = "#b9770e"
	held     = "#5d6d7e"
	whole    = "#2f5d8a"
)

func (c *canvas) pings(r *Record) {
	c.text(20, pingTop+11, "", "/ping")
	c.text(20, pingTop+25, "s", "red: no answer")
	if len(r.Samples) > 0 {
		c.bar(r.Samples[0].At, r.Samples[len(r.Samples)-1].At.Add(pingEvery), pingTop, barHeight, answered)
	}
	for _, o := range outages(r.Samples) {
		c.named(o.From, o.To, pingTop, failed, span(o.Took()))
	}
}

func (c *canvas) phases(r *Record) {
	c.text(20, phaseTop+17, "", "spare")
	if r.Injected.IsZero() {
		return
	}
	end := c.to
	if r.Redundancy != nil {
		end = r.lost().Add(*r.Redundancy)
	}
	c.named(c.from, r.Injected, phaseTop, whole, "there")
	if r.Released.IsZero() {
		c.named(r.Injected, end, phaseTop, lost, "missing")
	} else {
		c.named(r.Injected, r.Released, phaseTop, held, "suspended by the drill")
		c.named(r.Released, end, phaseTop, lost, "coming back")
	}
	if r.Redundancy != nil {
		c.named(end, c.to, phaseTop, whole, "back")
	}
}

func (c *canvas) alarms(r *Record) {
	c.text(20, alarmTop+17, "", "alarms")
	if len(r.Alarms) == 0 {
		c.text(leftEdge, alarmTop+17, "s", "none began")
	}
	for _, a := range r.Alarms {
		c.bar(a.On, a.On.Add(time.Second), alarmTop, barHeight, failed)
		c.text(c.x(a.On)+4, alarmTop+17, "s", a.Name)
	}
}

// axis marks the time since the injection, with at most ten marks.
func (c *canvas) axis(r *Record) {
	zero := r.Injected
	if zero.IsZero() {
		zero = c.from
	}
	const most = 10
	step := 10 * time.Second
	for _, longer := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute,
		30 * time.Minute} {
		if c.to.Sub(c.from)/step <= most {
			break
		}
		step = longer
	}
	for at := zero; !at.After(c.to); at = at.Add(step) {
		fmt.Fprintf(c, "  <line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" stroke=\"#9aa7b3\" stroke-dasharray=\"2 3\"/>\n", c.x(at),
			c.x(at), pingTop-12, alarmTop+barHeight)
		if c.x(at) < rightEdge-barHeight {
			c.text(c.x(at)+2, pingTop-4, "s", "+"+span(at.Sub(zero)))
		}
	}
}

func (c *canvas) events(r *Record, events []Event) {
	y := float64(eventTop)
	c.text(20, y, "s", "after the failure")
	for _, e := range events {
		y += eventHeight
		c.text(20, y, "s", r.after(e.At))
		c.text(leftEdge, y, "", shortened(e.Text))
	}
	y += eventHeight
	c.text(20, y, "s", r.after(c.to))
	c.text(leftEdge, y, "", shortened(strings.ReplaceAll(r.verdict(), "*", "")))
}

// shortened keeps a text within the picture; the report has all of it.
func shortened(text string) string {
	const most = 118
	if len(text) <= most {
		return text
	}
	return text[:most] + "..."
}
