package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// record tells what --record costs: a launch, and looking at a run of a minute. The
// runs are added to this user's own history.
func (b *bench) record() error {
	without := b.slimrunPeer(b.slimrun, "embedded")
	with := program("slimrun --record", limitProven, b.lab.here,
		b.slimrun, "-q", "--manager", "embedded", "--record", "-m", "100M", "--", "true")
	with.goal = atMost(1.03)
	samples, err := b.interleave([]*peer{with, without}, launchBudget)
	if err != nil {
		return err
	}
	b.addRatio("--record ÷ without, a launch", limitProven, samples[0].milliseconds(), samples[0].over(samples[1]),
		with.goal)
	used, err := b.looking()
	if err != nil {
		return err
	}
	b.raw["record"] = map[string]any{"with_ms": samples[0], "without_ms": samples[1], "cpu_of_a_minute": used.String()}
	b.addFigure("CPU of looking at a run of a minute", "%6.3f%%", 100*used.Seconds()/time.Minute.Seconds(), atMost(0.1))
	return nil
}

// looking is the CPU time that a recording slimrun takes while its payload sleeps for
// a minute, from its first second on.
func (b *bench) looking() (time.Duration, error) {
	command := exec.CommandContext(b.ctx,
		b.slimrun, "-q", "--manager", "embedded", "--record", "-m", "100M", "--", "sleep", "62")
	if err := command.Start(); err != nil {
		return 0, err
	}
	defer command.Wait()
	if err := pause(b.ctx, time.Second); err != nil {
		return 0, err
	}
	before := cpuTime(command.Process.Pid)
	if err := pause(b.ctx, time.Minute); err != nil {
		return 0, err
	}
	return cpuTime(command.Process.Pid) - before, nil
}

// cpuTime is what all threads of a process have taken (/proc/PID/task/*/schedstat).
func cpuTime(pid int) (total time.Duration) {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	for _, file := range files {
		var nsec int64
		fmt.Sscan(strings.TrimSpace(contentOf(file)), &nsec)
		total += time.Duration(nsec)
	}
	return total
}

func contentOf(file string) string {
	content, _ := os.ReadFile(file) // a thread that has ended has none
	return string(content)
}
