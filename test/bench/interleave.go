package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"
)

const (
	warmRounds  = 3
	leastRounds = 100
	mostRounds  = 300
)

// interleave runs every peer once a round, each round in another order: what a
// peer leaves to the kernel to clear up is its follower's burden (a cgroup
// attach waits for RCU, or finds it done). The first rounds only warm up, and
// tell how many rounds the time is enough for: that is settled before any
// figure counts. A peer that fails is out, with the reason.
func (b *bench) interleave(peers []*peer, budget time.Duration) ([]sample, error) {
	order := rand.New(rand.NewPCG(5, 5))
	samples := make([]sample, len(peers))
	var start time.Time
	for round, rounds := 0, warmRounds+leastRounds; round < rounds; round++ {
		switch round {
		case 1: // the very first is dearer
			start = time.Now()
		case warmRounds:
			rounds = warmRounds + b.roundsWithin(budget, time.Since(start)/(warmRounds-1))
			clear(samples)
		}
		for _, at := range order.Perm(len(peers)) {
			n, err := b.once(peers[at])
			if err != nil {
				return nil, err
			}
			samples[at] = append(samples[at], n)
		}
	}
	return samples, nil
}

// once is a figure of a peer, nothing for one that is out.
func (b *bench) once(p *peer) (n float64, err error) {
	if b.ctx.Err() != nil {
		return 0, context.Cause(b.ctx)
	}
	if p.absent != nil {
		return 0, nil
	}
	if n, err = p.figure(); err == nil {
		return n, nil
	}
	if err = b.blame(err); p.own || b.ctx.Err() != nil {
		return 0, fmt.Errorf("%s: %w", p.name, err)
	}
	p.absent = err
	return 0, nil
}

// blame tells a failure from a Ctrl-C, which the peer hears of at the same time.
func (b *bench) blame(err error) error {
	if interrupted := pause(b.ctx, 100*time.Millisecond); interrupted != nil {
		return interrupted
	}
	return err
}

// roundsWithin is -rounds, or as many as the time allows.
func (b *bench) roundsWithin(budget, each time.Duration) int {
	if b.rounds > 0 {
		return b.rounds
	}
	return int(max(leastRounds, min(mostRounds, budget/max(each, 1))))
}
