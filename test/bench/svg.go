package main

import (
	"fmt"
	"html"
	"os"
	"strings"
)

// The picture: a bar for each peer, its median, and a line over the middle
// half of its figures. Colours that both a light and a dark page can bear.
const (
	svgWidth  = 760
	svgLabel  = 250 // where the bars begin
	svgRow    = 34
	svgTop    = 44
	svgBar    = 18
	svgRight  = 110 // room for the words behind the longest bar
	svgFont   = `font-family="system-ui, sans-serif" font-size="13"`
	svgMuted  = "#7d8590"
	svgStroke = "#57606a"
)

var svgColours = map[string]string{limitProven: "#1a7f37", limitSet: "#bf8700", limitNone: "#8c959f"}

// svgWords are for who cannot tell the colours apart.
var svgWords = map[string]string{limitProven: "proven", limitSet: "set", limitNone: "no limit"}

// draw writes the launch times as an SVG.
func draw(file string, peers []*peer, samples []sample) error {
	longest := 0.0
	for i, s := range samples {
		if peers[i].absent == nil {
			longest = max(longest, s.quantile(0.75))
		}
	}
	scale := (svgWidth - svgLabel - svgRight) / longest
	height := svgTop + svgRow*len(peers) + 40
	var svg strings.Builder
	fmt.Fprintf(&svg, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" role="img">`+"\n", svgWidth, height)
	fmt.Fprintf(&svg, `<title>Launch time of true, median of %d interleaved rounds</title>`+"\n", len(samples[0]))
	text(&svg, 8, 22, "#57606a", fmt.Sprintf("Launching true, ms: median of %d interleaved rounds; the line is the middle half", len(samples[0])))
	for i, p := range peers {
		drawPeer(&svg, p, samples[i], svgTop+i*svgRow, scale)
	}
	drawLegend(&svg, height-14)
	svg.WriteString("</svg>\n")
	return os.WriteFile(file, []byte(svg.String()), 0o644)
}

func drawPeer(svg *strings.Builder, p *peer, s sample, y int, scale float64) {
	text(svg, 8, y+14, svgStroke, p.name)
	if p.absent != nil {
		text(svg, svgLabel, y+14, svgMuted, "absent: "+p.absent.Error())
		return
	}
	fmt.Fprintf(svg, `<rect x="%d" y="%d" width="%.1f" height="%d" rx="2" fill="%s"/>`+"\n",
		svgLabel, y, s.median()*scale, svgBar, svgColours[p.limits])
	low, high := svgLabel+s.quantile(0.25)*scale, svgLabel+s.quantile(0.75)*scale
	fmt.Fprintf(svg, `<path d="M%.1f %d H%.1f" stroke="%s" stroke-width="2"/>`+"\n", low, y+svgBar+4, high, svgMuted)
	text(svg, int(max(high, svgLabel+s.median()*scale))+8, y+14, svgStroke,
		fmt.Sprintf("%.1f  %s", s.median(), svgWords[p.limits]))
}

func drawLegend(svg *strings.Builder, y int) {
	x := 8
	for _, entry := range []struct{ limits, words string }{
		{limitProven, "limit proven against the kernel"}, {limitSet, "limit set, not read back"}, {limitNone, "no limit"},
	} {
		fmt.Fprintf(svg, `<rect x="%d" y="%d" width="12" height="12" rx="2" fill="%s"/>`+"\n",
			x, y-11, svgColours[entry.limits])
		text(svg, x+18, y, svgStroke, entry.words)
		x += 40 + 8*len(entry.words)
	}
}

func text(svg *strings.Builder, x, y int, fill, words string) {
	fmt.Fprintf(svg, `<text x="%d" y="%d" %s fill="%s">%s</text>`+"\n", x, y, svgFont, fill, html.EscapeString(words))
}
