package plot

import (
	"fmt"
	"strings"
	"time"

	"github.com/slimrun/slimrun/launcher/sample"
	"github.com/slimrun/slimrun/launcher/verdict"
	"github.com/slimrun/slimrun/unit/cgroup"
)

const (
	width, height = 860, 446
	left, right   = 64, 790
	// drawn are the points of a curve at most: one for each three pixels.
	drawn = 240
)

// picture is one run's.
type picture struct {
	svg
	run    verdict.Report
	points sample.Series // from the start on
	length time.Duration
	memory band
	cpu    band
	waits  band
}

// SVG draws a run. It needs no samples, but shows little without them.
func SVG(run verdict.Report, samples sample.Series) []byte {
	p := &picture{run: run, points: fromStart(samples.Thin(drawn))}
	p.length = time.Duration(run.Usage.Wall) * time.Microsecond
	p.length = max(p.length, p.points[len(p.points)-1].At, time.Millisecond)
	p.memory = band{left, right, 82, 266, p.length, p.mostMemory()}
	p.cpu = band{left, right, 300, 340, p.length, 1}
	p.waits = band{left, right, 368, 408, p.length, 1}
	fmt.Fprintf(p, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %[1]d %[2]d" `+
		`width="%[1]d" height="%[2]d" role="img">`+"\n", width, height)
	p.WriteString(style)
	p.rect(0, 0, width, height, "bg")
	p.head()
	p.drawMemory()
	p.drawCPU()
	p.drawWaits()
	p.times()
	p.WriteString("</svg>\n")
	return []byte(p.String())
}

// fromStart puts the start before the first look: nothing was taken yet.
func fromStart(points sample.Series) sample.Series {
	start := sample.Point{Reading: cgroup.Reading{Limit: cgroup.NotGiven, Throttled: cgroup.NotGiven}}
	if len(points) > 0 {
		start.Limit = points[0].Limit
		for _, figure := range []struct{ to, from *uint64 }{
			{&start.Kills, &points[0].Kills},
			{&start.CPU, &points[0].CPU},
			{&start.Throttled, &points[0].Throttled},
			{&start.Waited[0], &points[0].Waited[0]},
			{&start.Waited[1], &points[0].Waited[1]},
			{&start.Waited[2], &points[0].Waited[2]},
		} {
			*figure.to = 0
			if *figure.from == cgroup.NotGiven {
				*figure.to = cgroup.NotGiven
			}
		}
	}
	return append(sample.Series{start}, points...)
}

func (p *picture) head() {
	title := strings.ToValidUTF8(strings.Join(p.run.Command, " "), "?")
	if runes := []rune(title); len(runes) > 80 {
		title = string(runes[:79]) + "…"
	}
	p.text(left, 24, "t", title)
	ended := fmt.Sprintf("%s, status %d, after %s", p.run.Outcome, p.run.ExitCode, spoken(p.length))
	if started, err := time.Parse(time.RFC3339Nano, p.run.Started); err == nil {
		ended += " · " + started.Local().Format("2006-01-02 15:04:05")
	}
	p.text(left, 44, "s", ended)
	if len(p.points) == 1 {
		p.text((left+right)/2, 160, "s m", "it ended before slimrun looked at it")
	}
}

// spoken is a time to three digits.
func spoken(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return d.Round(10 * time.Millisecond).String()
	case d < time.Minute:
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}

// times is the axis below all bands.
func (p *picture) times() {
	for _, at := range timeTicks(p.length) {
		p.text(p.waits.x(at), p.waits.bottom+18, "s m", timeText(at))
	}
}

// grid draws a band's ground line, and its name.
func (p *picture) grid(b band, name string) {
	p.line(b.left, b.bottom, b.right, b.bottom, "grid")
	p.text(b.left, b.top-6, "", name)
}
