package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// charge compares the most memory that was ever charged to a scope whose
// payload needs next to none; the payload alone is what no launcher can beat.
func (b *bench) charge() error {
	const measure = "peak charged to the scope of `sh -c cat`"
	peers, err := b.pair()
	if err != nil {
		b.addAbsent(measure, "", err)
		return nil
	}
	peers = append(peers, program("the payload alone", limitSet, b.lab.inside,
		"systemd-run", "--scope", "-q", "-p", "MemoryMax=100M", "true"))
	for _, p := range peers {
		argv := p.argv()
		argv = append(argv[:len(argv)-1:len(argv)-1], "sh", "-c", "cat") // in place of true
		p.other = func() (float64, error) { return p.post.charged(argv) }
	}
	samples, err := b.interleave(peers, 7*time.Second)
	if err != nil {
		return err
	}
	kib := func(i int) float64 { return samples[i].median() / 1024 }
	figure := fmt.Sprintf("%.0f KiB, systemd-run %.0f KiB, the payload alone %.0f KiB", kib(0), kib(1), kib(2))
	b.addRatio(measure, "", figure, samples[0].over(samples[1]), atMost(0.6).onV2())
	b.raw["charged_bytes"] = map[string]sample{"slimrun": samples[0], "systemd-run": samples[1], "alone": samples[2]}
	return nil
}

// charged starts a command that ends in a cat, and reads its scope's peak once
// cat has answered.
func (p *post) charged(argv []string) (peak float64, err error) {
	stdin, say, err1 := os.Pipe()
	hear, stdout, err2 := os.Pipe()
	if err := errors.Join(err1, err2); err != nil {
		return 0, err
	}
	defer hear.Close()
	var process *os.Process
	p.do(func() { process, err = p.start(argv, stdin, stdout) })
	stdin.Close()
	stdout.Close()
	if err == nil {
		peak, err = answeredPeak(process.Pid, say, hear) // from here: the post's /proc is the manager's
		say.Close()
		err = errors.Join(err, waitFor(process, nil))
	}
	return peak, p.explain(argv, err)
}

func answeredPeak(pid int, say io.Writer, hear io.Reader) (float64, error) {
	if _, err := say.Write([]byte("?")); err != nil {
		return 0, err
	}
	if _, err := io.ReadFull(hear, make([]byte, 1)); err != nil {
		return 0, fmt.Errorf("cat does not answer: %w", err)
	}
	for child := childOf(pid); child != 0; child = childOf(child) {
		pid = child
	}
	file, err := peakFile(pid)
	if err != nil {
		return 0, err
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	return strconv.ParseFloat(strings.TrimSpace(string(content)), 64)
}

// peakFile is where a process's cgroup tells its peak.
func peakFile(pid int) (string, error) {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(content)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		switch {
		case pureV2():
			return filepath.Join(cgroupRoot, parts[2], "memory.peak"), nil
		case parts[1] == "memory":
			return filepath.Join(cgroupRoot, "memory", parts[2], "memory.max_usage_in_bytes"), nil
		}
	}
	return "", fmt.Errorf("process %d is in no memory cgroup", pid)
}
