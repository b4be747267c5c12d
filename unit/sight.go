package unit

import (
	"os"
	"strconv"
	"strings"

	"github.com/slimrun/slimrun/unit/problem"
)

// initialPIDNamespace is the machine's own (PROC_PID_INIT_INO).
const initialPIDNamespace = "pid:[4026531836]"

// outOfSight says whether systemd is in a PID namespace above this process's,
// as inside a run: a PID of here would be somebody else's there.
func outOfSight() bool {
	if here, err := os.Readlink("/proc/self/ns/pid"); err == nil && here == initialPIDNamespace {
		return false
	}
	name, err := os.ReadFile("/proc/1/comm")
	return err != nil || strings.TrimSpace(string(name)) != "systemd"
}

// ownProc refuses a /proc of another PID namespace, as after `unshare --pid --fork` alone,
// and in a run with --share pid of the embedded manager's: by a number there another
// process is found, which systemd would move, and whose limits would be proven. Where there
// is no /proc at all others say so.
func ownProc(proc string) error {
	self, err := os.Readlink(proc + "/self")
	if err != nil || self == strconv.Itoa(os.Getpid()) {
		return nil
	}
	return problem.Errorf("`unshare --mount-proc slimrun` mounts one that does, for slimrun alone",
		"%s does not show the PID namespace in which slimrun is: it calls this process %s, not %d",
		proc, self, os.Getpid())
}
