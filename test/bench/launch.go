package main

import "time"

// launchBudget is what the rounds of all peers may take together.
const launchBudget = 45 * time.Second

// launch compares a launch with every peer that is installed.
func (b *bench) launch() error {
	peers := b.peers()
	if b.floor != nil {
		defer b.floor.close()
	}
	samples, err := b.interleave(peers, launchBudget)
	if err != nil {
		return err
	}
	raw := map[string]sample{}
	for i, p := range peers {
		b.addLaunch(i, p, samples)
		if p.absent == nil {
			raw[p.name] = samples[i]
		}
	}
	b.raw["launch_ms"] = raw
	if b.svg != "" {
		return draw(b.svg, peers, samples)
	}
	return nil
}

func (b *bench) addLaunch(i int, p *peer, samples []sample) {
	switch own := samples[0]; {
	case p.absent != nil:
		b.addAbsent(p.name, p.limits, p.absent)
	case i == 0:
		b.add(row{Measure: p.name, Limits: p.limits, Figure: samples[i].milliseconds()})
	default:
		b.addRatio(p.name, p.limits, samples[i].milliseconds(), own.over(samples[i]), p.goal)
	}
}
