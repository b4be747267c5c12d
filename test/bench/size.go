package main

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// size tells the binary's, and how long the manager took to its first job.
func (b *bench) size() error {
	b.say("\n%-44s %.2f MiB, goal ≤ 6", "the binary, static, stripped", float64(fileSize(b.slimrun))/(1<<20))
	b.say("%-44s %.0f ms, goal ≤ 60", "embedded manager: boot and first run", b.boot.median())
	b.raw["binary_bytes"], b.raw["boot_ms"] = fileSize(b.slimrun), b.boot
	return nil
}

// charge compares the memory charged to a scope at the most. The payload reads
// it from its own cgroup: on v1 the machine's hierarchies show it.
func (b *bench) charge() error {
	file := `d=$(sed -n 's/^0:://p' /proc/self/cgroup); cat "/sys/fs/cgroup$d/memory.peak"`
	if !pureV2() {
		file = `d=$(sed -n 's/^[0-9]*:memory://p' /proc/self/cgroup); cat "/sys/fs/cgroup/memory$d/memory.max_usage_in_bytes"`
	}
	payload := []string{"sh", "-c", file}
	var own, theirs sample
	for range 15 {
		n, err := b.number(b.lab.inside, append([]string{b.slimrun, "-q", "--manager", "system", "-m", "100M", "--"}, payload...))
		if err != nil {
			return err
		}
		own = append(own, n)
		peer := append([]string{path("systemd-run"), "--scope", "-q", "-p", "MemoryMax=100M", path("unshare"), "-mpuf", "--mount-proc"}, payload...)
		if n, err = b.number(b.lab.inside, peer); err != nil {
			return err
		}
		theirs = append(theirs, n)
	}
	b.say("%-44s %.0f KiB, systemd-run %.0f KiB: %v, goal (v2) ≤ 0.60", "peak charged to the scope by sh -c cat", own.median()/1024, theirs.median()/1024, own.over(theirs))
	b.raw["charged_bytes"] = map[string]sample{"slimrun": own, "systemd-run": theirs}
	return b.smallest()
}

func pureV2() bool {
	var fs unix.Statfs_t
	return unix.Statfs("/sys/fs/cgroup", &fs) == nil && fs.Type == unix.CGROUP2_SUPER_MAGIC
}

// number runs a command that prints one.
func (b *bench) number(p *post, argv []string) (n float64, err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return 0, err
	}
	defer r.Close()
	p.do(func() { err = waitFor(spawn(argv, w)) })
	w.Close()
	if err != nil {
		return 0, fmt.Errorf("%s: %w", strings.Join(argv, " "), err)
	}
	buf := make([]byte, 64)
	size, _ := r.Read(buf)
	return strconv.ParseFloat(strings.TrimSpace(string(buf[:size])), 64)
}

// smallest finds the least --memory under which `true` runs 5 times out of 5.
func (b *bench) smallest() error {
	least := math.NaN()
	for kib := 4096; kib >= 128; kib -= kib / 4 / 64 * 64 {
		if !b.runsUnder(kib) {
			break
		}
		least = float64(kib)
		if kib/4/64 == 0 {
			break
		}
	}
	b.say("%-44s %.0f KiB, goal (v2) ≤ 512", "smallest --memory for true, 5 times of 5", least)
	b.raw["smallest_kib"] = least
	return nil
}

func (b *bench) runsUnder(kib int) bool {
	for range 5 {
		if exec.Command(b.slimrun, "-q", "--manager", "embedded", "-m", fmt.Sprintf("%dK", kib), "--", "true").Run() != nil {
			return false
		}
	}
	return true
}
