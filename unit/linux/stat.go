package linux

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Stat is what /proc/PID/stat says of a process (proc(5)).
type Stat struct {
	Name    string // 15 bytes of it
	Parent  int    // 0 where it cannot be seen from here
	Born    int64  // in clock ticks since the boot: exact, to compare
	Kernel  bool   // it is a thread of the kernel's
	Stopped bool   // by a signal
	Started time.Time
}

// clockTick is the unit of /proc's times (USER_HZ), 100 a second on every machine.
const clockTick = 10 * time.Millisecond

// StatOf reads it. Errors: the process is gone.
func StatOf(pid int) (Stat, error) {
	text, err := ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return Stat{}, err
	}
	return parseStat(text, time.Now().Add(-uptime()))
}

// uptime is the time since the boot, with what was slept.
func uptime() time.Duration {
	var ts unix.Timespec
	unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts)
	return time.Duration(ts.Nano())
}

// parseStat reads "29 (slimrun-init) S 5 ..."; the name may hold anything.
func parseStat(text string, boot time.Time) (Stat, error) {
	begin, end := strings.IndexByte(text, '('), strings.LastIndexByte(text, ')')
	if begin < 0 || end < begin {
		return Stat{}, errors.New("that is no stat of a process")
	}
	fields := strings.Fields(text[end+1:])
	if len(fields) < 20 {
		return Stat{}, errors.New("that is no stat of a process")
	}
	const kernelThread = 0x200000 // PF_KTHREAD
	flags, _ := strconv.ParseUint(fields[6], 10, 64)
	parent, err1 := strconv.Atoi(fields[1])
	ticks, err2 := strconv.ParseInt(fields[19], 10, 64)
	born := boot.Add(time.Duration(ticks) * clockTick)
	return Stat{
		Name: text[begin+1 : end], Parent: parent, Born: ticks,
		Kernel: flags&kernelThread != 0, Stopped: fields[0] == "T", Started: born,
	}, errors.Join(err1, err2)
}
