package main

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

const (
	stormLaunches = 1000
	stormAtOnce   = 16
	crowdSize     = 1000
)

// storm compares 1,000 launches, 16 at a time.
func (b *bench) storm() error {
	var own, theirs sample
	for range 3 {
		n, err := b.rate(b.slimrunArgs(b.slimrun, "system"))
		if err != nil {
			return err
		}
		own = append(own, n)
		if n, err = b.rate(b.systemdRun()); err != nil {
			return err
		}
		theirs = append(theirs, n)
	}
	b.say("\n%-44s %.0f, systemd-run's %.0f a second: %.2f, goal ≥ 1.2", fmt.Sprintf("%d launches, %d at a time", stormLaunches, stormAtOnce),
		own.median(), theirs.median(), own.median()/theirs.median())
	b.raw["storm_per_second"] = map[string]sample{"slimrun": own, "systemd-run": theirs}
	return nil
}

func (b *bench) systemdRun() []string {
	return append([]string{path("systemd-run"), "--scope", "-q", "-p", "MemoryMax=100M", path("unshare")}, unshareArgs...)
}

// rate is launches a second, from as many threads inside the manager's
// namespaces as run at a time.
func (b *bench) rate(argv []string) (float64, error) {
	var next atomic.Int64
	var failed atomic.Value
	var threads sync.WaitGroup
	posts := make([]*post, stormAtOnce)
	for i := range posts {
		posts[i] = newPost(func() error { return enter(b.lab.manager) }, b.priority)
	}
	start := time.Now()
	for _, p := range posts {
		threads.Go(func() {
			for next.Add(1) <= stormLaunches {
				if _, err := p.time(argv); err != nil {
					failed.Store(err)
				}
			}
			close(p.work)
		})
	}
	threads.Wait()
	if err, _ := failed.Load().(error); err != nil {
		return 0, err
	}
	return stormLaunches / time.Since(start).Seconds(), nil
}

// crowd compares how a launch grows with a thousand scopes alive, one waiting
// process in each.
func (b *bench) crowd() error {
	peers := []peer{{time: b.timed(b.lab.inside, b.slimrunArgs(b.slimrun, "system"))}, {time: b.timed(b.lab.inside, b.systemdRun())}}
	alone, err := interleave(peers, 30)
	if err != nil {
		return err
	}
	h, err := b.newHelper()
	if err != nil {
		return err
	}
	defer h.close()
	for range crowdSize {
		if _, err := h.scope(lasting); err != nil {
			return err
		}
	}
	time.Sleep(2 * time.Second)
	among, err := interleave(peers, 30)
	if err != nil {
		return err
	}
	for i, name := range []string{"slimrun", "systemd-run"} {
		b.say("%-44s %.1f ms, alone %.1f ms: %.2f", fmt.Sprintf("%s among %d scopes", name, crowdSize), among[i].median(), alone[i].median(), among[i].median()/alone[i].median())
	}
	b.raw["crowd_ms"] = map[string]any{"alone": alone, "among": among}
	return nil
}
