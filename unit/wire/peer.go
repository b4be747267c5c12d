package wire

import (
	"fmt"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/slimrun/slimrun/unit/linux"
)

// peer is the process that listens at the other end: the manager, or for a bus
// whoever opened its socket.
type peer struct{ pid int }

// peerOf asks the kernel; a process that cannot be seen from here has PID 0.
func peerOf(connected stream) (p peer) {
	socket, ok := connected.(syscall.Conn)
	if !ok {
		return p
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return p
	}
	raw.Control(func(fd uintptr) {
		if cred, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED); err == nil {
			p.pid = int(cred.Pid)
		}
	})
	return p
}

// worked is the CPU time that it has used so far, in ticks of 10 ms; 0 where
// nobody can say.
func (p peer) worked() uint64 {
	if p.pid <= 0 {
		return 0
	}
	stat, err := linux.ReadFile(fmt.Sprintf("/proc/%d/stat", p.pid))
	if err != nil {
		return 0
	}
	return parseWorked(stat)
}

// parseWorked adds utime and stime of /proc/PID/stat (proc(5)); the name before
// them, in parentheses, may hold anything.
func parseWorked(stat string) uint64 {
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	if len(fields) < 13 {
		return 0
	}
	user, err1 := strconv.ParseUint(fields[11], 10, 64)
	system, err2 := strconv.ParseUint(fields[12], 10, 64)
	if err1 != nil || err2 != nil {
		return 0
	}
	return user + system
}
