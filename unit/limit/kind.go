package limit

import (
	"errors"
	"strconv"
	"strings"

	"github.com/slimrun/slimrun/unit/linux"
)

// plain is what most kinds have in common: unit files have the value as the
// flag does, and the kernel has one file for it.
type plain struct{}

func (plain) unitText(value any, asked string) []string {
	if value == Infinity {
		return []string{"infinity"}
	}
	if n, ok := value.(uint64); ok {
		return []string{strconv.FormatUint(n, 10)}
	}
	return []string{asked}
}

func (plain) kernel(file string, read func(string) (string, error)) (string, error) {
	return read(file)
}

func (plain) holds(value any, got string, v1 bool) bool { return false }

// size is a number of bytes.
type size struct {
	plain
	zero  bool // zero is one
	floor bool // none is zero: it protects
}

func (k size) read(s string) (any, error) {
	n, err := ParseSize(s)
	if err == nil && n == 0 && !k.zero {
		return nil, errors.New(`zero is no limit to run under: want a size such as "100M"`)
	}
	if err == nil {
		err = Slip(s, n)
	}
	return n, err
}

// setting: systemd takes several numbers for one, and ten-thousandths.
func (k size) setting(s string) (any, error) {
	if n, ok := parseBytes(s, 1024); ok && n < maxBytes(pageSize()) && (n > 0 || k.zero) {
		return n, nil
	}
	return k.read(s)
}

func (size) holds(want any, got string, _ bool) bool {
	return pagesHold(want.(uint64), got, pageSize())
}

// pagesHold: the kernel rounds down to pages and says "max" for no limit (v1: its
// largest page count).
func pagesHold(want uint64, got string, page uint64) bool {
	if want == Infinity {
		return got == "max" || got == strconv.FormatUint(maxBytes(page), 10)
	}
	return got == strconv.FormatUint(want/page*page, 10)
}

// count is a number of tasks.
type count struct{ plain }

func (count) read(s string) (any, error) {
	if s == "infinity" {
		return Infinity, nil
	}
	n, err := strconv.ParseUint(s, 10, 31)
	if err != nil || n == 0 || !digits(s) {
		return nil, errors.New(`want a number of tasks from 1, or "infinity"`)
	}
	return n, nil
}

// setting: systemd takes a share of the tasks that there can be, too.
func (k count) setting(s string) (any, error) {
	permyriad, ok := share(s)
	if !ok {
		return k.read(s)
	}
	most, err := mostTasksHere()
	return max(most*scaled(permyriad)/(1<<32-1), 1), err
}

// mostTasks is the largest number that the kernel takes (PID_MAX_LIMIT, 64 bit);
// there can be no more tasks anyway.
const mostTasks = 4 << 20

func (count) holds(want any, got string, _ bool) bool {
	n := want.(uint64)
	return n > mostTasks && got == "max" || got == strconv.FormatUint(n, 10)
}

// span is a time.
type span struct{ plain }

func (span) read(s string) (any, error) {
	usec, err := ParseDuration(s)
	if err == nil && usec == 0 {
		return nil, errors.New(`want more than nothing: a time such as "30s"`)
	}
	return usec, err
}

func (k span) setting(s string) (any, error) { return k.span(s, 1e6) }

func (k span) bus(s string) (any, error) { return k.span(s, 1) }

func (span) span(s string, bare uint64) (any, error) {
	usec, err := parseSpan(s, bare)
	if err == nil && usec == 0 {
		return nil, errors.New(`want more than nothing: a time such as "30s"`)
	}
	return usec, err
}

func (k span) unitText(value any, asked string) []string {
	if value == Infinity {
		return []string{"infinity"}
	}
	return []string{strconv.FormatUint(value.(uint64), 10) + "us"}
}

// policy is what else ends after a kill for memory.
type policy struct{ plain }

func (policy) read(s string) (any, error) {
	if s != "kill" && s != "stop" && s != "continue" {
		return nil, errors.New("want kill, stop or continue")
	}
	return s, nil
}

func (k policy) setting(s string) (any, error) { return k.read(s) }

// holds: systemd sets memory.oom.group for OOMPolicy=kill alone.
func (policy) holds(want any, got string, _ bool) bool {
	return (want == "kill") == (strings.TrimSpace(got) == "1")
}

func stopsAll(value any) bool  { return value == "stop" }
func continues(value any) bool { return value == "continue" }

func noSwap(any) bool { return !hasSwap() }

// hasSwap reads /proc/swaps: a heading, then a line for each area. Unreadable
// counts as swap: fail closed.
func hasSwap() bool {
	content, err := linux.ReadFile("/proc/swaps")
	return err != nil || strings.Count(content, "\n") > 1
}

// mostTasksHere is how many there can be on this machine, as systemd's
// system_tasks_max has it.
func mostTasksHere() (uint64, error) {
	threads, err1 := readNumber("/proc/sys/kernel/threads-max")
	pids, err2 := readNumber("/proc/sys/kernel/pid_max")
	return min(threads, pids-1), errors.Join(err1, err2)
}

// tasksByDefault: DefaultTasksMax= is 15% of the tasks that there can be.
func tasksByDefault(value any) bool {
	most, err := mostTasksHere()
	return err == nil && value.(uint64) >= most*scaled(1500)/(1<<32-1)
}

func readNumber(name string) (uint64, error) {
	content, err := linux.ReadFile(name)
	if err != nil {
		return 0, err
	}
	return strconv.ParseUint(strings.TrimSpace(content), 10, 64)
}
