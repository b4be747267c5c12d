package main

import (
	"errors"
	"fmt"
)

// peer is one way to start `true`, or something else that gives a figure.
type peer struct {
	name   string
	limits string // "proven", "set", "none"
	goal   goal   // of slimrun ÷ this peer
	own    bool   // slimrun itself: no measure without it
	absent error  // why there are no figures

	post  *post                   // whole processes: from where,
	argv  func() []string         // and which
	other func() (float64, error) // or a figure of another kind
}

const (
	limitProven = "proven" // read back from the kernel
	limitSet    = "set"    // asked for, not read back
	limitNone   = "none"
)

// without is a peer that cannot be run.
func (p *peer) without(err error) *peer {
	p.absent = err
	return p
}

// figure runs the peer once.
func (p *peer) figure() (float64, error) {
	if p.other != nil {
		return p.other()
	}
	took, err := p.post.time(p.argv())
	return ms(took), err
}

func notInstalled(program string) error { return fmt.Errorf("%s is not installed", program) }

// unshareArgs are the namespaces slimrun makes, by util-linux.
var unshareArgs = []string{"-mpuf", "--mount-proc", "true"}

// peers is the table of those that launch `true`. slimrun stands twice in it:
// beside systemd-run, inside the manager's namespaces, where that is the
// machine's systemd; and on the machine, as a user has it.
func (b *bench) peers() []*peer {
	floor := b.floorPeer()
	peers := []*peer{
		b.slimrunPeer(b.slimrun, "system"),
		b.slimrunPeer(b.slimrun, "embedded"),
		b.systemdRunPeer(),
		floor,
		b.goFloorPeer(floor),
	}
	peers = append(peers, b.containers()...)
	return append(peers,
		program("bwrap", limitNone, b.lab.here, "bwrap", "--unshare-pid", "--unshare-uts", "--dev-bind", "/", "/", "--proc", "/proc", "true"),
		program("unshare -mpuf --mount-proc", limitNone, b.lab.here, append([]string{"unshare"}, unshareArgs...)...))
}

// program is a peer that is one command line.
func program(name, limits string, from *post, argv ...string) *peer {
	p := &peer{name: name, limits: limits, post: from}
	file := path(argv[0])
	if file == "" {
		return p.without(notInstalled(argv[0]))
	}
	argv[0] = file
	p.argv = func() []string { return argv }
	return p
}

func (b *bench) slimrunPeer(binary, manager string) *peer {
	from := map[string]*post{"system": b.lab.inside, "embedded": b.lab.here}[manager]
	p := program("slimrun, "+manager+" manager", limitProven, from, binary, "-q", "--manager", manager, "-m", "100M", "--", "true")
	p.own = true
	return p
}

func (b *bench) systemdRunPeer() *peer {
	argv := append([]string{"systemd-run", "--scope", "-q", "-p", "MemoryMax=100M", "unshare"}, unshareArgs...)
	p := program("systemd-run --scope … unshare", limitSet, b.lab.inside, argv...)
	p.goal = atMost(0.75)
	if path("unshare") == "" {
		return p.without(notInstalled("unshare"))
	}
	return p
}

// pair is slimrun and systemd-run, for what is measured of these two alone.
func (b *bench) pair() ([]*peer, error) {
	peers := []*peer{b.slimrunPeer(b.slimrun, "system"), b.systemdRunPeer()}
	return peers, errors.Join(peers[0].absent, peers[1].absent)
}
