package plot

import (
	"fmt"

	"github.com/slimrun/slimrun/launcher/sample"
	"github.com/slimrun/slimrun/unit/cgroup"
)

// rates are how much of each second passed since the look before, by a figure in
// microseconds; false where the kernel does not give it.
func (p *picture) rates(figure func(sample.Point) uint64) (rates []float64, given bool) {
	rates = make([]float64, len(p.points))
	for i := 1; i < len(p.points); i++ {
		now, before := figure(p.points[i]), figure(p.points[i-1])
		if now == cgroup.NotGiven || before == cgroup.NotGiven || now < before {
			continue
		}
		given = true
		rates[i] = float64(now-before) / float64((p.points[i].At - p.points[i-1].At).Microseconds())
	}
	return rates, given
}

// steps are the places of rates, each of which was so since the look before.
func (p *picture) steps(b band, rates []float64) (upper, ground []spot) {
	for i := 1; i < len(p.points); i++ {
		from, to := b.x(p.points[i-1].At), b.x(p.points[i].At)
		upper = append(upper, spot{from, b.y(rates[i])}, spot{to, b.y(rates[i])})
		ground = append(ground, spot{from, b.bottom}, spot{to, b.bottom})
	}
	return upper, ground
}

// drawCPU draws how many CPUs the run kept busy, up to the most there were.
func (p *picture) drawCPU() {
	rates, given := p.rates(func(at sample.Point) uint64 { return at.CPU })
	most := 0.0
	for _, rate := range rates {
		most = max(most, rate)
	}
	p.cpu.most = max(most*1.1, 0.1)
	b := p.cpu
	p.grid(b, "CPU")
	if !given {
		p.text(b.left+40, b.top-6, "s", "unknown")
		return
	}
	p.text(b.left-8, b.y(most)+4, "s e", fmt.Sprintf("%.2g", most))
	upper, ground := p.steps(b, rates)
	p.area(upper, ground, "cpu")
	p.drawThrottled(b)
}

// drawThrottled underlines when the run was held back.
func (p *picture) drawThrottled(b band) {
	rates, _ := p.rates(func(at sample.Point) uint64 { return at.Throttled })
	shown := false
	for i := 1; i < len(p.points); i++ {
		if rates[i] < 0.01 {
			continue
		}
		from, to := b.x(p.points[i-1].At), b.x(p.points[i].At)
		p.rect(from, b.bottom, max(to-from, 1), 4, "thr")
		shown = true
	}
	if shown {
		p.text(b.right, b.top-6, "s e", "throttled where underlined")
	}
}

// waits are the pressures that are drawn, with their names' and curves' classes.
var waits = []struct {
	name, curve, text string
	resource          int // in cgroup.Resources
}{
	{"memory", "pm", "tm", 1},
	{"I/O", "pi", "ti", 2},
	{"CPU", "pc", "tc", 0},
}

// drawWaits draws a curve for each resource that the kernel counts pressure of.
func (p *picture) drawWaits() {
	b := p.waits
	p.grid(b, "Waited for")
	p.text(b.left-8, b.top+4, "s e", "100%")
	x, any := b.left+70, false
	for _, w := range waits {
		rates, given := p.rates(func(at sample.Point) uint64 { return at.Waited[w.resource] })
		if !given {
			continue
		}
		any = true
		upper, _ := p.steps(b, rates)
		p.curve(upper, w.curve)
		p.text(x, b.top-6, w.text, w.name)
		x += 14 + 8*float64(len(w.name))
	}
	if !any {
		p.text(x, b.top-6, "s", "unknown: this kernel counts no pressure (PSI)")
	}
}
