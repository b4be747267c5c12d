package embedded

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// targetName is the one unit that the manager knows.
const targetName = "slimrun.target"

// becomeManager is the manager's main: PID 1 of a new PID namespace, in new
// mount, UTS and IPC namespaces. It enters the root cgroup, makes itself a
// view of the machine in which systemd can do no harm, and becomes systemd.
func becomeManager(r registry, _ *os.File) error {
	systemd, err := FindSystemd(r.systemd)
	if err != nil {
		return err
	}
	t, err := r.findTree()
	if err != nil {
		return err
	}
	if err := t.join(); err != nil {
		return err
	}
	if err := unix.Unshare(unix.CLONE_NEWCGROUP); err != nil {
		return fmt.Errorf("making a cgroup namespace: %w", err)
	}
	if err := r.buildView(t); err != nil {
		return err
	}
	if err := dropCapabilities(); err != nil {
		return err
	}
	if err := dieWithSupervisor(); err != nil {
		return err
	}
	argv := append([]string{systemd}, managerArgs(t)...)
	return fmt.Errorf("executing %q: %w", systemd, unix.Exec(systemd, argv, managerEnv()))
}

// dieWithSupervisor asks once more for what the clone asked for (Pdeathsig): the
// death signal is a thread's, the clone's went to the first, and exec keeps
// that of the thread which calls it. The runtime may have moved us by now. A
// supervisor that is dead already has ended us by the first thread's.
func dieWithSupervisor() error {
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
		return fmt.Errorf("binding its life to the supervisor's: %w", err)
	}
	return nil
}

// managerArgs is systemd's command line, which in a container also stands for
// the kernel's. On v1 both words are needed: 252 to 255 look at the first,
// 256 and 257 refuse v1 without the second.
func managerArgs(t tree) []string {
	args := []string{"--system", "--unit=" + targetName, "--show-status=no", "--log-target=kmsg"}
	if t.v1() {
		args = append(args, "systemd.unified_cgroup_hierarchy=0", "SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1")
	}
	return args
}

// managerEnv: container= keeps systemd from a machine's setup (modules, clock,
// SELinux, efivars, devices), and makes it exit rather than freeze. No unit
// and no generator but ours; but what systemd writes of transient units, and of properties
// that were set, it must find again after a reload (SIGHUP) and when it executes itself
// (SIGTERM), or all limits of all runs would be gone.
func managerEnv() []string {
	return []string{
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
		"container=slimrun",
		"NOTIFY_SOCKET=" + filepath.Join("/run", readyName),
		"SYSTEMD_LOG_TARGET=kmsg",
		"SYSTEMD_UNIT_PATH=" + unitsDir + ":/run/systemd/system.control:/run/systemd/transient",
		"SYSTEMD_GENERATOR_PATH=" + emptyDir,
		"SYSTEMD_ENVIRONMENT_GENERATOR_PATH=" + emptyDir,
	}
}
