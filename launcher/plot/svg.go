package plot

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
)

// style has every colour twice, for light and for dark ground.
const style = `<style>
text{font:12px system-ui,sans-serif;fill:#1f2328}.s{fill:#656d76}.t{font-size:14px;font-weight:600}.e{text-anchor:end}.m{text-anchor:middle}
.bg{fill:#fff}.grid{stroke:#d8dee4}.ws{fill:#2f7de1}.cache{fill:#b6d4fb}.cpu{fill:#4aa564}.thr{fill:#c98a00}
.lim{stroke:#cf222e;stroke-width:1.5;stroke-dasharray:6 4;fill:none}.k{fill:#cf222e}.lt{fill:#cf222e}
.pm{stroke:#bc4c00}.pi{stroke:#8250df}.pc{stroke:#8c959f}.pm,.pi,.pc{fill:none;stroke-width:1.5}.tm{fill:#bc4c00}.ti{fill:#8250df}.tc{fill:#656d76}
.h{paint-order:stroke;stroke:#fff;stroke-width:3px;stroke-linejoin:round}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.s,.tc{fill:#9aa4af}.bg{fill:#0d1117}.grid{stroke:#30363d}.ws{fill:#3b82d6}.cache{fill:#234a78}
.cpu{fill:#3fa055}.thr{fill:#d9a521}.lim{stroke:#ff7b72}.k,.lt{fill:#ff7b72}.pm{stroke:#f0883e}.tm{fill:#f0883e}.pi{stroke:#a98bf0}.ti{fill:#a98bf0}.h{stroke:#0d1117}}
</style>
`

// svg is a picture in the making.
type svg struct{ strings.Builder }

func (s *svg) text(x, y float64, class, text string) {
	fmt.Fprintf(s, `<text x="%s" y="%s" class="%s">%s</text>`+"\n", short(x), short(y), class, escaped(text))
}

func (s *svg) line(x1, y1, x2, y2 float64, class string) {
	fmt.Fprintf(s, `<path d="M%s %sL%s %s" class="%s"/>`+"\n", short(x1), short(y1), short(x2), short(y2), class)
}

func (s *svg) rect(x, y, width, height float64, class string) {
	fmt.Fprintf(s, `<rect x="%s" y="%s" width="%s" height="%s" class="%s"/>`+"\n",
		short(x), short(y), short(width), short(height), class)
}

// spot is a place in the picture.
type spot struct{ x, y float64 }

// curve draws a line through the places; area fills what is between two.
func (s *svg) curve(spots []spot, class string) {
	fmt.Fprintf(s, `<path d="%s" class="%s"/>`+"\n", path(spots), class)
}

func (s *svg) area(upper, lower []spot, class string) {
	round := append([]spot{}, upper...)
	for i := len(lower) - 1; i >= 0; i-- {
		round = append(round, lower[i])
	}
	fmt.Fprintf(s, `<path d="%sZ" class="%s"/>`+"\n", path(round), class)
}

func path(spots []spot) string {
	var d strings.Builder
	for i, at := range spots {
		d.WriteString(map[bool]string{true: "M", false: "L"}[i == 0])
		d.WriteString(short(at.x) + " " + short(at.y))
	}
	return d.String()
}

// short is a coordinate to a tenth of a pixel.
func short(f float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(f, 'f', 1, 64), ".0")
}

// escaped is a text as XML has it, whatever bytes it is of.
func escaped(text string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(text)) // a Builder takes all
	return b.String()
}
