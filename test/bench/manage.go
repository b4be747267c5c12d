package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// listedRuns is how many runs there are to be listed.
const listedRuns = 100

// manage compares a launch that is left alone with one that is waited for, and a list of
// runs with systemd's own of units.
func (b *bench) manage() error {
	if err := b.detached(); err != nil {
		return err
	}
	return b.listed()
}

// detached: on the machine, for the manager's own view of it is read-only, and a record
// is kept.
func (b *bench) detached() error {
	foreground := b.slimrunPeer(b.slimrun, "embedded")
	argv := foreground.argv()
	left := program("slimrun -d", limitProven, foreground.post, append([]string{argv[0], "-d", "--rm"}, argv[1:]...)...)
	left.own = true
	samples, err := b.interleave([]*peer{left, foreground}, 10*time.Second)
	if err != nil {
		return err
	}
	b.addRatio("slimrun -d ÷ in the foreground", "", samples[0].milliseconds(), samples[0].over(samples[1]),
		atMost(1.5))
	b.raw["detached_ms"] = map[string]sample{"detached": samples[0], "foreground": samples[1]}
	return nil
}

func (b *bench) listed() error {
	end, err := b.hold(listedRuns)
	defer end()
	if err != nil {
		return err
	}
	own := program("slimrun ps", "", b.lab.here, b.slimrun, "ps")
	own.own = true
	systemctl := program("systemctl list-units", "", b.lab.inside, "systemctl", "list-units")
	peers := []*peer{own, systemctl, program("podman ps", "", b.lab.here, "podman", "ps")}
	samples, err := b.interleave(peers, 10*time.Second)
	if err != nil {
		return err
	}
	b.add(row{Measure: fmt.Sprintf("slimrun ps with %d runs", listedRuns), Figure: samples[0].milliseconds()})
	for i, p := range peers[1:] {
		if p.absent != nil {
			b.addAbsent(p.name, "", p.absent)
			continue
		}
		b.addRatio(p.name, "", samples[i+1].milliseconds(), samples[0].over(samples[i+1]), goal{})
	}
	b.raw["listed_ms"] = map[string]sample{"slimrun": samples[0], "systemctl": samples[1]}
	return nil
}

// hold starts runs that last until they are ended.
func (b *bench) hold(n int) (end func(), err error) {
	ctx, cancel := context.WithCancel(b.ctx)
	var all []*exec.Cmd
	end = func() {
		cancel()
		for _, run := range all {
			run.Wait()
		}
	}
	for range n {
		run := exec.CommandContext(ctx, b.slimrun, "-q", "--manager", "embedded", "-m", "100M", "--", "sleep", "1000")
		if err := run.Start(); err != nil {
			return end, err
		}
		all = append(all, run)
	}
	for deadline := time.Now().Add(time.Minute); ; {
		names, err := exec.CommandContext(ctx, b.slimrun, "ps", "-q").Output()
		switch {
		case err != nil:
			return end, fmt.Errorf("listing the runs: %w", err)
		case strings.Count(string(names), "\n") >= n:
			return end, pause(b.ctx, 2*time.Second) // what the start leaves behind is done
		case time.Now().After(deadline):
			return end, errors.New("the runs that are to be listed do not start")
		}
		if err := pause(b.ctx, 100*time.Millisecond); err != nil {
			return end, err
		}
	}
}
