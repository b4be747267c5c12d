package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// A storm is many launches at once, in bursts: slimrun's and systemd-run's by
// turns, so that there are pairs to compare; at least 1,000 launches each.
const (
	leastBursts   = 10
	mostBursts    = 20
	stormLaunches = 100 // a burst
	stormAtOnce   = 16
	stormBudget   = 40 * time.Second
)

const crowdSize = 1000

func (b *bench) storm() error {
	const measure = "launches a second, 16 at a time"
	peers, err := b.pair()
	if err != nil {
		b.addAbsent(measure, "", err)
		return nil
	}
	rates, err := b.bursts(peers)
	if err != nil {
		return err
	}
	figure := fmt.Sprintf("%.0f, systemd-run %.0f", rates[0].median(), rates[1].median())
	b.addRatio(measure, "", figure, rates[0].over(rates[1]), atLeast(1.2))
	b.raw["storm_per_second"] = map[string]sample{"slimrun": rates[0], "systemd-run": rates[1]}
	return nil
}

// bursts lets either be first in every other pair. The first pair warms up, and
// tells how many the time is enough for.
func (b *bench) bursts(peers []*peer) (rates [2]sample, err error) {
	start := time.Now()
	for pair, pairs := 0, 1+leastBursts; pair < pairs; pair++ {
		if pair == 1 {
			pairs = 1 + int(max(leastBursts, min(mostBursts, stormBudget/time.Since(start))))
			rates = [2]sample{}
		}
		for turn := range peers {
			i := (turn + pair) % len(peers)
			n, err := b.burst(peers[i])
			if err != nil {
				return rates, err
			}
			rates[i] = append(rates[i], n)
		}
	}
	return rates, nil
}

// burst is launches a second, from as many threads inside the manager's
// namespaces as run at a time.
func (b *bench) burst(p *peer) (float64, error) {
	posts := make([]*post, stormAtOnce)
	for i := range posts {
		posts[i] = b.lab.newPost()
		defer posts[i].close()
	}
	var next atomic.Int64
	var failed atomic.Value
	var threads sync.WaitGroup
	start := time.Now()
	for _, post := range posts {
		threads.Go(func() {
			for next.Add(1) <= stormLaunches && b.ctx.Err() == nil && failed.Load() == nil {
				if _, err := post.time(p.argv()); err != nil {
					failed.Store(err)
				}
			}
		})
	}
	threads.Wait()
	took := time.Since(start)
	if err, _ := failed.Load().(error); err != nil {
		return 0, b.blame(err)
	}
	return stormLaunches / took.Seconds(), context.Cause(b.ctx)
}

// crowd compares how a launch grows with a thousand scopes alive, one waiting
// process in each; the floor shows how much of that is the manager's own.
func (b *bench) crowd() error {
	measure := fmt.Sprintf("growth of a launch among %d scopes", crowdSize)
	peers, err := b.pair()
	if err != nil {
		b.addAbsent(measure, "", err)
		return nil
	}
	floor := b.floorPeer()
	if floor.absent != nil {
		return floor.absent
	}
	defer b.floor.close()
	peers = append(peers, floor)
	alone, err := b.interleave(peers, 8*time.Second)
	if err != nil {
		return err
	}
	h, err := b.gather()
	if err != nil {
		return err
	}
	defer h.close()
	among, err := b.interleave(peers, 15*time.Second)
	if err != nil {
		return err
	}
	n := min(len(alone[0]), len(among[0])) // each as many rounds as there was time for
	growth := func(i int) sample { return among[i][:n].over(alone[i][:n]).pairs }
	said := func(i int) string {
		before, after := alone[i].median(), among[i].median()
		return fmt.Sprintf("× %.2f (+%.1f ms)", after/before, after-before)
	}
	b.addRatio(measure, "", said(0)+", systemd-run "+said(1)+", floor "+said(2), growth(0).over(growth(1)), atMost(1))
	b.raw["crowd_ms"] = map[string]any{"alone": alone, "among": among}
	return nil
}

// gather makes the crowd, which leaves with the helper.
func (b *bench) gather() (*helper, error) {
	h, err := b.newHelper()
	if err != nil {
		return nil, err
	}
	for range crowdSize {
		if _, err = h.ask(lasting); err == nil {
			err = context.Cause(b.ctx)
		}
		if err != nil {
			h.close()
			return nil, err
		}
	}
	if err := pause(b.ctx, 2*time.Second); err != nil { // what the start leaves behind is done
		h.close()
		return nil, err
	}
	return h, nil
}
