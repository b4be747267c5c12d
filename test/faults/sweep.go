package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
)

// limit is what every payload must run under; lines says so with "LIMIT".
const limit = 64 << 20

// lines are launched; DIR is where the lab works. Between them they use whatever makes
// slimrun or its init call the kernel.
func lines() []string {
	all := []string{
		"--hostname inside --pids 100 --cpus 1",
		"--no-init --workdir /tmp --ulimit nofile=100:200 --nice 5 --oom-score-adj 300 --cpu-sched batch --share pid --unshare ipc,net,cgroup",
		"--uid 1234 --gid 5 --groups 7 --cap-drop all --seccomp default --read-only --tmpfs /mnt --bind DIR/data:/srv:ro",
		"--root DIR/root --overlay - --unshare net",
		"--map-root --read-only --report DIR/report --summary",
	}
	if os.Geteuid() != 0 {
		return []string{all[0], "--no-init --workdir /tmp --share pid --unshare ipc,net,cgroup", all[4]}
	}
	return all
}

// lab is where the launches are made.
type lab struct {
	ctx     context.Context
	slimrun string
	dir     string // a directory of ours
	payload string
	errno   string
	count   int // of launches
}

// fault is a system call that fails, the first eight times at most.
type fault struct {
	call  string
	times int // it fails this time
}

// most is how often a call of one thread is failed.
const most = 8

// sweep launches each line once for each of its faults.
func (l *lab) sweep(wanted, calls *regexp.Regexp) error {
	failed := 0
	for _, line := range lines() {
		if !wanted.MatchString(line) {
			continue
		}
		faults, err := l.faults(line)
		if err != nil {
			return fmt.Errorf("%s: without a fault: %w", line, err)
		}
		t := newTally(line)
		for _, f := range slices.DeleteFunc(faults, func(f fault) bool { return !calls.MatchString(f.call) }) {
			if err := l.ctx.Err(); err != nil {
				return err
			}
			o, err := l.launch(line, &f)
			if err != nil {
				return err
			}
			t.add(f, o)
		}
		t.print(os.Stdout)
		failed += t.failed
	}
	if failed > 0 {
		return fmt.Errorf("%d faults ended otherwise than they must", failed)
	}
	return nil
}

// faults are those of a line, by what it calls without one.
func (l *lab) faults(line string) (faults []fault, err error) {
	o, err := l.launch(line, nil)
	if err != nil {
		return nil, err
	}
	if kind, problem := judge(fault{}, o); kind != asPayload {
		return nil, fmt.Errorf("%s (%s): %s", kind, problem, o.words)
	}
	counts := busiest(o.trace)
	for _, call := range slices.Sorted(maps.Keys(counts)) {
		for n := range min(counts[call], most) {
			faults = append(faults, fault{call, n + 1})
		}
	}
	return faults, nil
}

var (
	called = regexp.MustCompile(`(?m)^(\d+) +(\w+)\(`)
	// neverFail are no faults: these calls do not return, or are the payload's.
	neverFail = []string{"exit", "exit_group", "rt_sigreturn", "restart_syscall", "readv", "writev"}
)

// busiest is how often the busiest thread makes each call: strace counts by thread.
func busiest(trace string) map[string]int {
	type one struct{ thread, call string }
	counts, most := map[one]int{}, map[string]int{}
	for _, found := range called.FindAllStringSubmatch(trace, -1) {
		if key := (one{found[1], found[2]}); !slices.Contains(neverFail, key.call) {
			counts[key]++
			most[key.call] = max(most[key.call], counts[key])
		}
	}
	return most
}

// words are a line's, for this lab.
func (l *lab) argv(line string) []string {
	argv := []string{"-q", "-m", fmt.Sprint(limit)}
	argv = append(argv, strings.Fields(strings.ReplaceAll(line, "DIR", l.dir))...)
	payload := l.payload
	if strings.Contains(line, "--root ") {
		payload = "/" + payloadName
	}
	return append(argv, "--", payload)
}
