package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// waiting tells what a slimrun costs whose payload takes its time.
func (b *bench) waiting() error {
	p, err := b.park(b.slimrun)
	if err != nil {
		return err
	}
	b.addFigure("a waiting slimrun, private memory", "%6.2f MiB", float64(p.private)/1024, atMost(6))
	b.addFigure("its wake-ups in 10 s", "%6.0f", float64(p.wakeups), atMost(0))
	b.raw["waiting"] = map[string]int{"private_kib": p.private, "rss_kib": p.rss, "wakeups": p.wakeups}
	return nil
}

// parkedFor is how long a waiting run's wake-ups are counted.
const parkedFor = 10 * time.Second

type parked struct{ private, rss, wakeups int }

// park starts a run that waits and watches its two processes: the launcher,
// and the init, which is its child.
func (b *bench) park(binary string) (p parked, err error) {
	// A copy: pages of a program that others run too would not count as private.
	alone := filepath.Join(b.dir, "alone")
	if err := exec.Command("cp", "--remove-destination", binary, alone).Run(); err != nil {
		return p, fmt.Errorf("copying %q: %w", binary, err)
	}
	command := exec.CommandContext(b.ctx,
		alone, "-q", "--manager", "embedded", "-m", "100M", "--", "sh", "-c", "echo there; exec cat")
	in, err1 := command.StdinPipe()
	out, err2 := command.StdoutPipe()
	if err := errors.Join(err1, err2, command.Start()); err != nil {
		return p, err
	}
	defer func() { in.Close(); command.Wait() }()
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil && err != io.EOF {
		return p, err
	}
	if err := pause(b.ctx, time.Second); err != nil { // what the start leaves behind is done
		return p, err
	}
	pids, err := launcherAndInit(command.Process.Pid)
	if err != nil {
		return p, err
	}
	before := switches(pids)
	if err := pause(b.ctx, parkedFor); err != nil {
		return p, err
	}
	p.wakeups = switches(pids) - before
	for _, pid := range pids {
		private, rss := memoryOf(pid)
		p.private, p.rss = p.private+private, p.rss+rss
	}
	return p, nil
}

func launcherAndInit(pid int) ([]int, error) {
	if child := childOf(pid); child != 0 {
		return []int{pid, child}, nil
	}
	return nil, fmt.Errorf("process %d has no init", pid)
}

// childOf is a process's only child, 0 if it has none.
func childOf(pid int) int {
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, list := range lists {
		content, _ := os.ReadFile(list)
		if child, err := strconv.Atoi(strings.TrimSpace(string(content))); err == nil {
			return child
		}
	}
	return 0
}

// switches counts the voluntary context switches of all threads.
func switches(pids []int) (n int) {
	for _, pid := range pids {
		files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
		for _, file := range files {
			n += field(file, "voluntary_ctxt_switches:")
		}
	}
	return n
}

// memoryOf is a process's private and its resident memory, in KiB.
func memoryOf(pid int) (private, rss int) {
	rollup := fmt.Sprintf("/proc/%d/smaps_rollup", pid)
	return field(rollup, "Private_Clean:") + field(rollup, "Private_Dirty:"), field(rollup, "Rss:")
}

// field is the number behind a name in one of the kernel's status files.
func field(file, name string) int {
	content, _ := os.ReadFile(file)
	for line := range strings.Lines(string(content)) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			n, _ := strconv.Atoi(strings.Fields(rest)[0])
			return n
		}
	}
	return 0
}
