package main

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// peer is one way to start `true`.
type peer struct {
	name   string
	limits string // "proven", "set" (asked for and believed), "none"
	time   func() (time.Duration, error)
	goal   float64 // slimrun ÷ this peer, 0 for none
}

const (
	limitProven = "proven"
	limitSet    = "set"
	limitNone   = "none"
)

// unshareArgs are the namespaces slimrun makes, by util-linux.
var unshareArgs = []string{"-mpuf", "--mount-proc", "true"}

// launch compares a launch with every peer that is installed. slimrun stands
// twice in the table: beside systemd-run, inside the manager's namespaces,
// where it is the machine's systemd; and on the machine, as a user has it.
func (b *bench) launch() error {
	peers := b.peers()
	samples, err := interleave(peers, b.rounds)
	if err != nil {
		return err
	}
	b.say("\n%-34s %-8s %-28s %s", "launch of `true`, "+fmt.Sprint(b.rounds)+" rounds", "limits", "median (middle half)", "slimrun ÷ it, goal")
	raw := map[string]sample{}
	for i, p := range peers {
		b.say("%-34s %-8s %-28s %s", p.name, p.limits, samples[i].milliseconds(), p.against(samples[0], samples[i], i))
		raw[p.name] = samples[i]
	}
	b.raw["launch_ms"] = raw
	if b.svg != "" {
		return draw(b.svg, peers, samples)
	}
	return nil
}

func (p peer) against(slimrun, own sample, i int) string {
	if i == 0 {
		return ""
	}
	text := slimrun.over(own).String()
	if p.goal > 0 {
		text += fmt.Sprintf(", ≤ %.2f", p.goal)
	}
	return text
}

// interleave runs every peer once a round, each round in another order: what a
// peer leaves to the kernel to clear up is its follower's burden (a cgroup
// attach waits for RCU, or finds it done). The first rounds only warm up.
func interleave(peers []peer, rounds int) ([]sample, error) {
	samples := make([]sample, len(peers))
	const warm = 3
	order := rand.New(rand.NewPCG(5, 5))
	for round := range rounds + warm {
		for _, at := range order.Perm(len(peers)) {
			took, err := peers[at].time()
			if err != nil {
				return nil, err
			}
			if round >= warm {
				samples[at] = append(samples[at], ms(took))
			}
		}
	}
	return samples, nil
}

func (b *bench) peers() []peer {
	peers := []peer{
		{"slimrun, system manager", limitProven, b.timed(b.lab.inside, b.slimrunArgs(b.slimrun, "system")), 0},
		{"slimrun, embedded manager", limitProven, b.timed(b.lab.here, b.slimrunArgs(b.slimrun, "embedded")), 0},
	}
	unshare := path("unshare")
	if run := path("systemd-run"); run != "" {
		argv := append([]string{run, "--scope", "-q", "-p", "MemoryMax=100M", unshare}, unshareArgs...)
		peers = append(peers, peer{"systemd-run --scope … unshare", limitSet, b.timed(b.lab.inside, argv), 0.75})
	}
	if floor := b.floor(append([]string{unshare}, unshareArgs...)); floor != nil {
		peers = append(peers, peer{"floor: one round + unshare", limitSet, floor, 1.4})
	}
	if bwrap := path("bwrap"); bwrap != "" {
		argv := []string{bwrap, "--unshare-pid", "--unshare-uts", "--dev-bind", "/", "/", "--proc", "/proc", "true"}
		peers = append(peers, peer{"bwrap", limitNone, b.timed(b.lab.here, argv), 0})
	}
	return append(peers, peer{"unshare -mpuf --mount-proc", limitNone, b.timed(b.lab.here, append([]string{unshare}, unshareArgs...)), 0})
}

func (b *bench) slimrunArgs(binary, manager string) []string {
	return []string{binary, "-q", "--manager", manager, "-m", "100M", "--", "true"}
}

func (b *bench) timed(p *post, argv []string) func() (time.Duration, error) {
	return func() (time.Duration, error) { return p.time(argv) }
}
