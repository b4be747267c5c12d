package plot

import (
	"strconv"
	"time"

	"github.com/slimrun/slimrun/launcher/sample"
	"github.com/slimrun/slimrun/unit/cgroup"
)

// mostMemory is the top of the scale: the limit, unless that is so far above what
// was taken that nothing else would be seen.
func (p *picture) mostMemory() float64 {
	var taken, limited uint64
	for _, at := range p.points {
		taken = max(taken, at.WorkingSet+at.Cache)
		if at.Limit != cgroup.NotGiven {
			limited = max(limited, at.Limit)
		}
	}
	most := max(taken, 1<<20)
	if limited <= 4*most {
		most = max(most, limited)
	}
	return float64(most) * 1.08
}

// drawMemory draws working set and cache, one on the other, the limit and the kills.
func (p *picture) drawMemory() {
	b := p.memory
	for _, tick := range sizeTicks(b.most) {
		p.line(b.left, b.y(float64(tick)), b.right, b.y(float64(tick)), "grid")
		p.text(b.left-8, b.y(float64(tick))+4, "s e", sizeText(float64(tick)))
	}
	p.grid(b, "Memory")
	var ground, set, all []spot
	for _, at := range p.points {
		x := b.x(at.At)
		ground = append(ground, spot{x, b.bottom})
		set = append(set, spot{x, b.y(float64(at.WorkingSet))})
		all = append(all, spot{x, b.y(float64(at.WorkingSet + at.Cache))})
	}
	p.area(all, set, "cache")
	p.area(set, ground, "ws")
	p.drawLimit()
	p.nameAreas()
	p.drawKills()
}

// nameAreas writes names to the curves, at their highest points; the cache's where
// it is not in the way of the other.
func (p *picture) nameAreas() {
	set := p.points[0]
	for _, at := range p.points {
		if at.WorkingSet > set.WorkingSet {
			set = at
		}
	}
	if set.WorkingSet == 0 {
		return
	}
	taken := p.name(set.At, set.WorkingSet, "working set "+sizeText(float64(set.WorkingSet)))
	cache := sample.Point{}
	for _, at := range p.points {
		place := p.place(at.At, at.WorkingSet+at.Cache)
		if at.Cache > cache.Cache && (abs(taken.x-place.x) > 140 || abs(taken.y-place.y) > 14) {
			cache = at
		}
	}
	if float64(cache.Cache) > p.memory.most/10 {
		p.name(cache.At, cache.WorkingSet+cache.Cache, "cache "+sizeText(float64(cache.Cache)))
	}
}

func abs(f float64) float64 { return max(f, -f) }

// place is where the name of a curve goes whose highest point is there.
func (p *picture) place(at time.Duration, height uint64) spot {
	b := p.memory
	return spot{b.x(at), min(max(b.y(float64(height))+16, b.top+14), b.bottom-4)}
}

// name writes it.
func (p *picture) name(at time.Duration, height uint64, text string) spot {
	place, class := p.place(at, height), "h"
	if place.x > (left+right)*2/3 {
		class = "h e"
	}
	p.text(place.x, place.y, class, text)
	return place
}

// drawLimit draws the limit in steps, and says what it was changed to.
func (p *picture) drawLimit() {
	b := p.memory
	now, last := uint64(cgroup.NotGiven), time.Duration(0)
	var steps []spot
	for i, at := range p.points {
		if at.Limit == now && i < len(p.points)-1 {
			continue
		}
		if now != cgroup.NotGiven && float64(now) <= b.most {
			steps = append(steps, spot{b.x(at.At), b.y(float64(now))})
		}
		if at.Limit != now && at.Limit != cgroup.NotGiven {
			steps = p.limitFrom(steps, at.At, at.Limit)
		}
		now, last = at.Limit, at.At
	}
	if now != cgroup.NotGiven && float64(now) <= b.most && last < p.length {
		steps = append(steps, spot{b.right, b.y(float64(now))})
	}
	if len(steps) > 1 {
		p.curve(steps, "lim")
	}
}

// limitFrom begins a step, with its text; one that is off the scale is text alone.
func (p *picture) limitFrom(steps []spot, at time.Duration, limit uint64) []spot {
	b := p.memory
	x, class := b.x(at), "h lt"
	if x > (left+right)*2/3 {
		class = "h lt e"
	}
	if float64(limit) > b.most {
		p.text(b.right, b.top-6, "lt e", "limit "+sizeText(float64(limit))+", above the scale")
		return steps
	}
	y := b.y(float64(limit))
	p.text(x+4, y-5, class, "limit "+sizeText(float64(limit)))
	return append(steps, spot{x, y})
}

// drawKills marks when processes were killed; those that no look saw, at the end.
func (p *picture) drawKills() {
	seen, named := uint64(0), -1000.0
	for _, at := range p.points {
		if at.Kills != cgroup.NotGiven && at.Kills > seen {
			named = p.mark(at.At, at.Kills-seen, named)
			seen = at.Kills
		}
	}
	if all := p.run.OOM.Kills; all != nil && *all > seen {
		p.mark(p.length, *all-seen, named)
	}
}

// mark marks kills, with words if there is room behind where the last ones stand.
func (p *picture) mark(at time.Duration, n uint64, named float64) float64 {
	b := p.memory
	x := b.x(at)
	p.line(x, b.top, x, b.bottom, "lim")
	p.WriteString(`<path d="M` + short(x-5) + " " + short(b.top-2) + `h10l-5 9z" class="k"/>` + "\n")
	if x < named+150 {
		return named
	}
	text := "killed for memory"
	if n > 1 {
		text = strconv.FormatUint(n, 10) + " " + text
	}
	if x > (left+right)/2 {
		p.text(x-8, b.top-6, "lt e", text)
	} else {
		p.text(max(x+8, left+60), b.top-6, "lt", text)
	}
	return x
}
